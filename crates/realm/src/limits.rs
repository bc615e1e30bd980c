//! The limits on what a realm may cost a reader, all from the specification's `security.md`: a realm
//! is shared with other organisations, so every file of it may be hostile. Those of a schema are
//! `blue_compat::schema`'s.

/// Bytes of one YAML file.
pub const FILE_BYTES: usize = 1 << 20;
/// Levels of lists and mappings inside one another in one YAML file.
pub const DEPTH: usize = 64;
/// Files of one realm.
pub const REALM_FILES: usize = 100_000;
/// Nodes after aliases are expanded. A file of [`FILE_BYTES`] without aliases cannot have more.
pub(crate) const NODES: usize = 600_000;
/// Bytes of scalars after aliases are expanded.
pub(crate) const SCALAR_BYTES: usize = 4 << 20;
/// Problems that are told of one file; beyond, they help nobody.
pub(crate) const PROBLEMS: usize = 200;
/// Names that are held against the wrong ones of one file, to suggest the one that was meant.
pub(crate) const COMPARISONS: usize = 20_000;
/// Steps from repo to repo that the search for cycles of one realm may take.
pub(crate) const CYCLE_STEPS: usize = 5_000_000;
/// Patterns of `trust.permissions` that are held against the files of the realm.
pub(crate) const PERMISSIONS: usize = 200;
