//! The files of a realm as types: the specification's `realm-format.md`, field by field.
//!
//! A field is an `Option` where the file may leave it out *or may have it wrong*: what is wrong is
//! told in the file's problems, and the rest of the file is still used. Items of lists that could
//! not be read at all are left out; the others know their `index` in the file, so that a place can
//! be asked for with [`span_of`](crate::span_of).

use std::collections::BTreeMap;
use std::sync::Arc;

use blue_compat::range::VersionRange;
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::date::Date;
use crate::decode::{Extra, Text};
use crate::names::Name;
use crate::stored;

/// What one file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Model {
    /// `realm.yaml`.
    Realm(Arc<RealmFile>),
    /// `repos/{repo}.yaml`.
    Repo(Arc<RepoFile>),
    /// `domain.yaml`.
    Domain(Arc<DomainFile>),
    /// `governance.yaml` of a domain.
    Governance(Arc<GovernanceFile>),
    /// A contract.
    Contract(Arc<ContractFile>),
    /// A released version of a contract.
    Release(Arc<ReleaseFile>),
    /// What a repo exports to and imports from a domain.
    Binding(Arc<BindingFile>),
    /// The breaks that a repo has accepted.
    Acceptances(Arc<AcceptancesFile>),
}

/// A severity that a realm or a repo sets for a finding's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Not told at all.
    Off,
    /// Told where one stands.
    Hint,
    /// Something will follow.
    Info,
    /// Somebody has to do something.
    Warning,
    /// It breaks somebody.
    Error,
}

impl Level {
    /// The word for each, as files and editors' settings write it.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("off", Self::Off),
        ("hint", Self::Hint),
        ("info", Self::Info),
        ("warning", Self::Warning),
        ("error", Self::Error),
    ];
}

/// Codes of findings and the severities set for them, in the order of the file.
pub type Levels = Vec<(Text, Level)>;

/// `realm.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RealmFile {
    /// The realm's name.
    pub name: Option<Name>,
    /// The realm's own version.
    pub version: Option<Version>,
    /// RFC 3339.
    pub created_at: Option<Text>,
    /// Who decides.
    pub governance: Governance,
    /// Who may see and do what.
    pub trust: Trust,
    /// The realm's own severities.
    pub findings: Levels,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

/// `governance.yaml` of a domain: what it sets goes before what `realm.yaml` sets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GovernanceFile {
    /// What is overridden.
    pub governance: Governance,
}

/// Who may register a repo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Admission {
    /// Anybody.
    Open,
    /// Whom an approver lets in.
    #[default]
    Approval,
    /// The repos that are named.
    InviteOnly,
}

/// Rules of decision; what is not set is `None`, and its default is what the method says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Governance {
    /// Who may register a repo.
    pub admission: Option<Admission>,
    /// Repos that may register when admission is by invitation.
    pub invited: Option<Vec<Name>>,
    /// E-mails or users of the forge.
    pub approvers: Option<Vec<Text>>,
    /// Whether a breaking change needs approval.
    pub require_approval: Option<bool>,
    /// Days that a compatible change waits for acknowledgements.
    pub grace_period_days: Option<u32>,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

impl Governance {
    /// Who may register a repo; by approval unless said.
    #[must_use]
    pub fn admission(&self) -> Admission {
        self.admission.unwrap_or_default()
    }

    /// Whether a breaking change needs approval; yes unless said.
    #[must_use]
    pub fn require_approval(&self) -> bool {
        self.require_approval.unwrap_or(true)
    }

    /// Days that a compatible change waits; 14 unless said.
    #[must_use]
    pub fn grace_period_days(&self) -> u32 {
        self.grace_period_days.unwrap_or(14)
    }

    /// E-mails or users of the forge who decide.
    #[must_use]
    pub fn approvers(&self) -> &[Text] {
        self.approvers.as_deref().unwrap_or_default()
    }

    /// What `over` sets, else what is set here.
    #[must_use]
    pub fn overridden_by(&self, over: &Self) -> Self {
        let mut extra = self.extra.clone();
        extra.extend(over.extra.clone());
        Self {
            admission: over.admission.or(self.admission),
            invited: over.invited.clone().or_else(|| self.invited.clone()),
            approvers: over.approvers.clone().or_else(|| self.approvers.clone()),
            require_approval: over.require_approval.or(self.require_approval),
            grace_period_days: over.grace_period_days.or(self.grace_period_days),
            extra,
        }
    }
}

/// How far the repos of a realm trust one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum TrustMode {
    /// All see all.
    #[default]
    Collaborative,
    /// Importers are not shown to each other: a rule of display.
    VendorCustomer,
    /// Imports from other realms are allowed.
    Federation,
}

/// Somebody whom a permission names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// The realm's approvers.
    RealmOwners,
    /// The maintainers of the domain's members.
    DomainOwners,
    /// The maintainers of the contract's exporter.
    ContractOwner,
    /// The maintainers of the repo that the file is about.
    RepoMaintainers,
}

/// `trust` of `realm.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Trust {
    /// How far.
    pub mode: TrustMode,
    /// Whether commits that change a contract, binding or acceptance must be signed.
    pub require_signed_commits: bool,
    /// Patterns of paths and who may change what they match.
    pub permissions: Vec<(Text, Vec<Role>)>,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

/// `repos/{repo}.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RepoFile {
    /// The repo, by the file's name.
    pub name: Name,
    /// The organisation it belongs to.
    pub org: Option<Text>,
    /// Where its checkout stands, as written (relative to the realm's checkout).
    pub path: Option<Text>,
    /// Where git fetches it from.
    pub url: Option<Text>,
    /// The folder of a monorepo that is this repo; normalised.
    pub subdir: Option<Text>,
    /// E-mails or users of the forge.
    pub maintainers: Vec<Text>,
    /// SSH or GPG public keys.
    pub signing_keys: Vec<Text>,
    /// Whether an issue is opened in it too.
    pub notify: Option<Notify>,
    /// RFC 3339.
    pub joined_at: Option<Text>,
    /// When somebody last said that it is still there; RFC 3339.
    pub confirmed_at: Option<Text>,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

/// How a repo wants to hear of changes, beside the realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Notify {
    /// By an issue in the repo.
    Issue,
}

/// `domain.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DomainFile {
    /// The domain, by the folder's name.
    pub name: Name,
    /// For readers.
    pub description: Option<Text>,
    /// RFC 3339.
    pub created_at: Option<Text>,
    /// The repos that take part.
    pub members: Vec<Member>,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

/// A repo that takes part in a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its place in `members`, from 0.
    pub index: usize,
    /// The repo.
    pub repo: Name,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContractFile {
    /// The contract, by the file's name.
    pub name: Name,
    /// For readers.
    pub description: Option<Text>,
    /// Of the schema and value that stand here.
    pub version: Option<Version>,
    /// The one exporter.
    pub owner: Option<Name>,
    /// Names that it had before.
    pub previously: Vec<Name>,
    /// What its changes promise.
    pub compatibility: Compatibility,
    /// The JSON Schema; nothing if it is missing or over the limits.
    #[serde(with = "stored::optional")]
    pub schema: Option<Value>,
    /// The value; nothing if it was never released.
    #[serde(with = "stored::optional")]
    pub value: Option<Value>,
    /// What is on its way out.
    pub deprecated: Vec<Deprecation>,
    /// Scripts that judge it.
    pub validation: Validation,
    /// Its history, the newest last.
    pub evolution: Vec<Evolution>,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

/// What the changes of a contract promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Compatibility {
    /// An importer of the old version can read the new one.
    pub backwards: bool,
    /// An importer of the new version can read the old one.
    pub forwards: bool,
    /// How undeclared properties are taken (`compatibility.md`).
    pub mode: CompatibilityMode,
}

impl Default for Compatibility {
    fn default() -> Self {
        Self {
            backwards: true,
            forwards: false,
            mode: CompatibilityMode::Emitted,
        }
    }
}

/// How undeclared properties are taken when two schemas are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum CompatibilityMode {
    /// As never emitted.
    #[default]
    Emitted,
    /// As the schema has it.
    Literal,
}

/// An entry of `deprecated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deprecation {
    /// Its place in `deprecated`, from 0.
    pub index: usize,
    /// What is deprecated.
    pub target: DeprecationTarget,
    /// Since which version or date, as written.
    pub since: Option<Text>,
    /// The date from which its removal breaks nobody.
    pub sunset: Option<Text>,
    /// What to do instead.
    pub note: Option<Text>,
}

impl Deprecation {
    /// The day after which its removal breaks nobody.
    #[must_use]
    pub fn sunset_day(&self) -> Option<Date> {
        Date::parse(self.sunset.as_deref()?)
    }
}

/// What an entry of `deprecated` is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeprecationTarget {
    /// An element of the value, wherever it stands.
    Value(#[serde(with = "stored::value")] Value),
    /// A JSON pointer (RFC 6901) into the value.
    Pointer(Text),
}

/// `validation` of a contract: paths inside the repo that is checked, normalised.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validation {
    /// Run in the exporter's repo.
    pub exporter: Option<Text>,
    /// Run in an importer's repo.
    pub importer: Option<Text>,
    /// Run only in CI.
    pub ci_only: Vec<Text>,
}

/// An entry of `evolution`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evolution {
    /// Its place in `evolution`, from 0.
    pub index: usize,
    /// The version that it brought.
    pub version: Option<Version>,
    /// What changed, in words.
    pub changes: Vec<Text>,
    /// Whether importers of the version before could go on.
    pub compatible: Option<bool>,
    /// RFC 3339, or a date.
    pub date: Option<Text>,
    /// Who brought it.
    pub actor: Option<Text>,
    /// The exporter's code that the value was read from.
    pub source: Option<Source>,
    /// Words for those who must follow.
    pub migration: Option<Text>,
}

/// A place in the exporter's history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Source {
    /// A commit's id.
    pub commit: Option<Text>,
    /// The branch it was on.
    pub branch: Option<Text>,
}

/// A released version of a contract; never changed after it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReleaseFile {
    /// The version, by the file's name.
    pub version: Option<Version>,
    /// The JSON Schema then.
    #[serde(with = "stored::optional")]
    pub schema: Option<Value>,
    /// The value then.
    #[serde(with = "stored::optional")]
    pub value: Option<Value>,
}

/// What a repo exports to and imports from a domain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BindingFile {
    /// The repo, by the file's name.
    pub repo: Name,
    /// For readers.
    pub role: Option<Text>,
    /// What it provides.
    pub exports: Vec<Export>,
    /// What it consumes.
    pub imports: Vec<Import>,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

/// How detected values are held against declared ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Match {
    /// Each must be declared.
    #[default]
    Exact,
    /// A declared pattern that covers it will do.
    Covers,
}

/// An export binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Its place in `exports`, from 0.
    pub index: usize,
    /// The contract, of the same domain.
    pub contract: Name,
    /// Gitignore-style globs, as written; [`SourceSet`](crate::SourceSet) reads them.
    pub source_files: Vec<Text>,
    /// How its value is found; empty: by the default of `detection.md`.
    pub detect: Vec<Detector>,
    /// How what is found is held against what is declared.
    pub matching: Match,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

/// One way to find a contract's value in code (`detection.md`, "Detectors").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Detector {
    /// Object keys of S3, by what is done to them.
    S3 {
        /// Only these buckets; empty: any.
        buckets: Vec<Text>,
        /// Operation (`read`, `write`, `delete`, `list`) → field of the value.
        fields: BTreeMap<Text, Text>,
        /// Functions whose calls are taken for accesses.
        wrappers: Vec<Text>,
    },
    /// A constant, evaluated to JSON.
    Symbol {
        /// The constant.
        symbol: Text,
        /// The field of the value it goes into; nothing: it is the value.
        into: Option<Text>,
    },
    /// A query of the repo's own, `.blue/queries/{language}/{query}.scm`.
    Query {
        /// The file's name without its ending.
        query: Text,
        /// Capture → field of the value.
        fields: BTreeMap<Text, Text>,
        /// The field of the value for captures that name none.
        into: Option<Text>,
    },
}

/// Which changes an importer wants to approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Approve {
    /// Those that break.
    #[default]
    Breaking,
    /// All.
    Always,
}

/// An import binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its place in `imports`, from 0.
    pub index: usize,
    /// The contract.
    pub contract: Name,
    /// Another realm or domain that the contract is of.
    pub from: Option<ImportFrom>,
    /// The range as written.
    pub version_text: Option<Text>,
    /// The range; nothing if there is none or it is no range.
    pub version: Option<VersionRange>,
    /// The files that follow the contract: paths in the repo, normalised, with their place in a
    /// list (0 for one that stands alone).
    pub binding: Vec<(usize, Text)>,
    /// JSON pointers or value patterns that it relies on; nothing: all.
    pub uses: Option<Vec<Text>>,
    /// Which changes it wants to approve.
    pub approve: Approve,
    /// How to follow.
    pub note: Option<Text>,
    /// The version it has last followed; nothing: none yet.
    pub resolved_version: Option<Version>,
    /// RFC 3339.
    pub resolved_at: Option<Text>,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

/// `from` of an import: `realm:domain`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImportFrom {
    /// The realm.
    pub realm: Name,
    /// The domain in it.
    pub domain: Name,
}

/// The breaks that a repo has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AcceptancesFile {
    /// The importer, by the file's name.
    pub repo: Name,
    /// What it accepted.
    pub acceptances: Vec<Acceptance>,
}

/// An importer's word that it agrees to a break before it follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Of the finding that it accepts (`findings.md`).
    pub fingerprint: Text,
    /// The contract that the break is of.
    pub contract: Option<Name>,
    /// The break, in words.
    pub change: Option<Text>,
    /// Why.
    pub reason: Option<Text>,
    /// The date or time on which it ends.
    pub until: Option<Text>,
    /// Who accepted.
    pub actor: Option<Text>,
    /// When.
    pub date: Option<Text>,
    /// Keys that the format does not know.
    #[serde(with = "stored::extra")]
    pub extra: Extra,
}

impl Acceptance {
    /// The last day on which it holds; nothing for one without an end.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        Date::parse(self.until.as_deref()?.trim())
    }

    /// Whether it still holds on this day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.last_day().is_none_or(|last| day <= last)
    }
}
