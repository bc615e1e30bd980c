//! The subcommands, one file each: what they take, what they do, what they answer with.

pub(crate) mod ack;
pub(crate) mod admin;
pub(crate) mod can_merge;
pub(crate) mod check;
pub(crate) mod compat;
pub(crate) mod completions;
pub(crate) mod contract;
pub(crate) mod coverage;
pub(crate) mod demo;
pub(crate) mod detect;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod graph;
pub(crate) mod lsp;
pub(crate) mod notifications;
pub(crate) mod realm_log;
pub(crate) mod schema;
pub(crate) mod semver;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod trust;
pub(crate) mod worktree;
