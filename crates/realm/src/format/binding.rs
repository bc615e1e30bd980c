//! Bindings and acceptances: what a repo says for itself (`realm-format.md`, "binding";
//! `detection.md`, "Detectors").

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::shapes::{Any, Date, Glob, Name, Nothing, OneOrMore, Path, Prose, Range, Time, Version};

/// What a repo exports to and imports from a domain, in `domains/{domain}/bindings/{repo}.yaml`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(title = "binding", deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Binding {
    /// The repo whose binding it is, which is the file's name.
    pub repo: Name,
    /// `provider` or `consumer`, for readers: Blue derives it.
    pub role: Option<Prose>,
    /// The contracts that the repo provides, and where their values live in its code.
    pub exports: Option<Vec<Export>>,
    /// The contracts that the repo consumes, and which of its files have to follow them.
    pub imports: Option<Vec<Import>>,
}

/// A contract that the repo provides.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Export {
    /// The contract, of this domain.
    pub contract: Name,
    /// The files whose code makes the value: gitignore-style globs, relative to the repo. `*` stops
    /// at `/`, `**` does not, `!` takes out. A glob that begins with `*` must be quoted.
    pub source_files: OneOrMore<Glob>,
    /// How the value is found in the code. Unset: `s3` where the value has `read`, `write` or
    /// `delete`; any other value needs `symbol` or `query`.
    pub detect: Option<Vec<Detector>>,
    /// How what is found is held against what the contract declares. Unset: `exact`.
    #[schemars(rename = "match", extend("default" = "exact"))]
    pub matching: Option<Match>,
}

/// How detected values are held against declared ones.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Match {
    /// Each value that is found must be declared as it is.
    Exact,
    /// A declared pattern that covers a value will do.
    Covers,
}

/// One way to find a contract's value in code: `s3`, `symbol` or `query`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum Detector {
    /// Object keys of S3, without settings.
    Bare(BareDetector),
    /// Object keys of S3.
    S3(Box<S3Detector>),
    /// A constant.
    Symbol(SymbolDetector),
    /// A query of the repo's own.
    Query(QueryDetector),
}

/// A detector without settings.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum BareDetector {
    /// Object keys of S3, of any bucket.
    S3,
}

/// Object keys of S3, by what the code does with them.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct S3Detector {
    /// Object keys of S3 that the code reads, writes, deletes or lists. Nothing after the colon: of
    /// any bucket.
    pub s3: S3Settings,
    /// Which field of the value each operation's keys go into. Unset: the field of the operation's
    /// name, and `read` for `list`.
    pub fields: Option<S3Fields>,
    /// Functions of libraries whose calls are taken for accesses: `module.function(key=1)`.
    pub wrappers: Option<OneOrMore<WrapperText>>,
}

/// Settings of `s3`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum S3Settings {
    /// Settings.
    Some(S3Filter),
    /// None.
    None(Nothing),
}

/// Settings of `s3`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct S3Filter {
    /// Only keys of this bucket, or of one of these; `env:NAME` names the variable that holds it.
    /// Unset: any bucket.
    pub bucket: Option<OneOrMore<String>>,
    /// Which field of the value each operation's keys go into. Unset: the field of the operation's
    /// name, and `read` for `list`.
    pub fields: Option<S3Fields>,
    /// Functions of libraries whose calls are taken for accesses: `module.function(key=1)`.
    pub wrappers: Option<OneOrMore<WrapperText>>,
}

/// The field of the value that each operation's keys go into.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_text_keys()))]
pub struct S3Fields {
    /// The field for keys that are read. Unset: `read`.
    #[schemars(extend("default" = "read"))]
    pub read: Option<String>,
    /// The field for keys that are written. Unset: `write`.
    #[schemars(extend("default" = "write"))]
    pub write: Option<String>,
    /// The field for keys that are deleted. Unset: `delete`.
    #[schemars(extend("default" = "delete"))]
    pub delete: Option<String>,
    /// The field for prefixes that are listed. Unset: `read`.
    #[schemars(extend("default" = "read"))]
    pub list: Option<String>,
}

/// A wrapper as a binding writes it.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline)]
pub struct WrapperText(
    #[schemars(regex(
        pattern = r"^[A-Za-z_@][A-Za-z0-9_-]*([./][A-Za-z_$][A-Za-z0-9_$-]*)+\(key ?= ?([0-9]|[1-5][0-9]|[A-Za-z_$][A-Za-z0-9_$]*)(\|([0-9]|[1-5][0-9]|[A-Za-z_$][A-Za-z0-9_$]*))?(, ?(op ?= ?(read|write|delete|list)|bucket ?= ?([0-9]|[1-5][0-9]|[A-Za-z_$][A-Za-z0-9_$]*)(\|([0-9]|[1-5][0-9]|[A-Za-z_$][A-Za-z0-9_$]*))?))*\)$"
    ))]
    pub String,
);

/// A constant, evaluated to JSON.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct SymbolDetector {
    /// A constant of the source files: its value, evaluated to JSON, is the contract's.
    #[schemars(regex(pattern = r"^[A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z_$][A-Za-z0-9_$]*)*$"))]
    pub symbol: String,
    /// The part of the contract's value that it is: a field, or a JSON pointer. Unset: the whole value.
    pub into: Option<String>,
}

/// A query of the repo's own.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct QueryDetector {
    /// The name of a query of the repo's own: `.blue/queries/{language}/{name}.scm`.
    #[schemars(regex(pattern = r"^[^./\\:][^/\\:]*$"))]
    pub query: String,
    /// Which field of the value each of the query's captures goes into.
    pub fields: Option<BTreeMap<String, String>>,
    /// The field of the value for captures that name none.
    pub into: Option<String>,
}

/// A contract that the repo consumes.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Import {
    /// The contract, of this domain unless `from` says otherwise.
    pub contract: Name,
    /// The realm and domain that the contract is of, as `realm:domain`. Unset: this one.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}:[a-z0-9][a-z0-9-]{0,63}$"))]
    pub from: Option<String>,
    /// The versions that the repo can follow: a range in npm's or Cargo's spelling. A bare version
    /// means different things to the two: write `=` or `^`.
    pub version: Range,
    /// The files of the repo that have to follow the contract: a path, or a list of paths.
    pub binding: OneOrMore<Path>,
    /// What of the contract the repo relies on: JSON pointers or value patterns. Unset: all of it.
    pub uses: Option<OneOrMore<String>>,
    /// Which changes the repo wants to approve before they are merged. Unset: those that break.
    #[schemars(extend("default" = "breaking"))]
    pub approve: Option<Approve>,
    /// How to follow; shown in `import-stale` and on hover.
    pub note: Option<Prose>,
    /// The version that the repo has last followed. `blue ack` moves it.
    pub resolved_version: Option<Version>,
    /// When it was followed: RFC 3339, in UTC.
    pub resolved_at: Option<Time>,
    /// Written for readers, never read by Blue.
    pub status: Option<Any>,
}

/// Which changes an importer wants to approve.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Approve {
    /// Those that break it.
    Breaking,
    /// All.
    Always,
}

/// The breaks that a repo has accepted, in `domains/{domain}/acceptances/{repo}.yaml`. The importer
/// alone writes it.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(title = "acceptances", untagged)]
pub enum Acceptances {
    /// A list of them.
    List(Vec<Acceptance>),
    /// A list under a key.
    Named(NamedAcceptances),
    /// A file from which the last was taken away.
    Empty(Nothing),
}

/// The breaks that a repo has accepted, under a key.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct NamedAcceptances {
    /// The repo, for readers: the file's name counts.
    pub repo: Option<Any>,
    /// The breaks that the repo has accepted.
    pub acceptances: Vec<Acceptance>,
}

/// An importer's word that it agrees to a break before it follows.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Acceptance {
    /// The fingerprint of the finding that is accepted: `v1:…`, as `check` prints it.
    pub fingerprint: String,
    /// The contract that the break is of.
    pub contract: Option<Name>,
    /// The break, in words.
    pub change: Option<Prose>,
    /// Why it is accepted.
    pub reason: Option<Prose>,
    /// The date on which the acceptance ends: RFC 3339, a date or a time in UTC. Unset: it does not.
    pub until: Option<Date>,
    /// Who accepted.
    pub actor: Option<Prose>,
    /// When: RFC 3339, a date or a time in UTC.
    pub date: Option<Date>,
}
