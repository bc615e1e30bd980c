//! `realm.yaml`, `repos/{repo}.yaml`, `domain.yaml` and `governance.yaml` (`realm-format.md`, "The
//! realm repository").

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::shapes::{Levels, Name, OneOrMore, Path, Prose, Time, Url, Version};

/// The realm: a git repository of YAML files that groups domains, with rules of governance and
/// trust. It stands in `realm.yaml`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(title = "realm.yaml", deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Realm {
    /// The realm's name: `[a-z0-9]` then `[a-z0-9-]*`, 64 characters at most.
    pub name: Name,
    /// The realm's own version, a semantic one.
    pub version: Option<Version>,
    /// When the realm was made: RFC 3339, in UTC.
    pub created_at: Option<Time>,
    /// Who decides: who may register a repo, who approves, how long a change waits. A domain may
    /// override it in its own `governance.yaml`.
    pub governance: Option<Governance>,
    /// Who sees whom, and who may change which files.
    pub trust: Option<Trust>,
    /// Severities of this realm by the code of the finding (`import-excess: off`). Only a realm may
    /// lower the findings of those who break others.
    pub findings: Option<Levels>,
}

/// Who decides.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Governance {
    /// Who may register a repo in the realm. Unset: by approval.
    #[schemars(extend("default" = "approval"))]
    pub admission: Option<Admission>,
    /// The repos that may register where `admission` is `invite-only`.
    pub invited: Option<Vec<Name>>,
    /// Who approves: e-mails, or user names of the forge. An empty list where `admission` is
    /// `approval` lets nobody in, and is a finding.
    pub approvers: Option<Vec<String>>,
    /// What happens when a contract changes.
    pub breaking_changes: Option<BreakingChanges>,
}

/// Who may register a repo.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Admission {
    /// Anybody.
    Open,
    /// Whom an approver lets in.
    Approval,
    /// The repos that `invited` names.
    InviteOnly,
}

/// What happens when a contract changes.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct BreakingChanges {
    /// Whether a breaking change waits until an approver agrees. Unset: it does.
    #[schemars(extend("default" = true))]
    pub require_approval: Option<bool>,
    /// Days that a compatible change waits for the importers' acknowledgements before it is merged.
    /// Unset: 14.
    #[schemars(extend("default" = 14))]
    pub grace_period_days: Option<u32>,
}

/// Who sees whom, and who may change what.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Trust {
    /// How far the repos of the realm trust one another. Unset: all see all.
    #[schemars(extend("default" = "collaborative"))]
    pub mode: Option<TrustMode>,
    /// Whether a commit that changes a contract, a binding or an acceptance must carry a good
    /// signature by a key of that repo. Unset: it need not.
    #[schemars(extend("default" = false))]
    pub require_signed_commits: Option<bool>,
    /// Patterns of paths in the realm, and the roles that may change what they match. Where none
    /// matches: a repo's own files belong to its maintainers, a contract to its owner's, `domain.yaml`
    /// to the members', the rest to the approvers.
    pub permissions: Option<BTreeMap<String, OneOrMore<Role>>>,
}

/// How far the repos of a realm trust one another.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum TrustMode {
    /// All see all.
    Collaborative,
    /// Importers are not shown to each other: a rule of display, not confidentiality; use one realm
    /// per customer for that.
    VendorCustomer,
    /// Imports from other realms are allowed.
    Federation,
}

/// Somebody whom a permission names.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "snake_case")]
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

/// A code repository that takes part in the realm, in `repos/{repo}.yaml`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(title = "repos/{repo}.yaml", deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Repo {
    /// The repo's name, which is the file's.
    pub name: Name,
    /// The organisation that the repo belongs to, for readers.
    pub org: Option<Prose>,
    /// A local checkout of the repo, relative to the realm's.
    pub path: Option<String>,
    /// Where git fetches the repo from.
    pub url: Option<Url>,
    /// The folder that is this repo, where several share one repository (a monorepo).
    pub subdir: Option<Path>,
    /// Who looks after the repo: e-mails, or user names of the forge. Reviewers of changes that
    /// concern the repo come from here, and only they may change its files in the realm.
    pub maintainers: Option<Vec<String>>,
    /// SSH or GPG public keys that sign for the repo. They are changed only by a commit that an old
    /// one signed, or by an approver.
    pub signing_keys: Option<Vec<String>>,
    /// How the repo wants to hear of changes, beside the realm.
    pub notify: Option<Notify>,
    /// When the repo joined: RFC 3339, in UTC.
    pub joined_at: Option<Time>,
    /// When somebody last said that the repo is still there: RFC 3339, in UTC. `blue realm admin health --confirm` says it.
    pub confirmed_at: Option<Time>,
}

/// How a repo wants to hear of changes.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Notify {
    /// Also open an issue in this repo.
    Issue,
}

/// A domain: a context in which repos coordinate, in `domains/{domain}/domain.yaml`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(title = "domain.yaml", deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Domain {
    /// The domain's name, which is its folder's.
    pub name: Name,
    /// What the domain is about, for readers.
    pub description: Option<Prose>,
    /// When the domain was made: RFC 3339, in UTC.
    pub created_at: Option<Time>,
    /// The repos that take part. One that has no file under `repos/` yet is pending, not wrong.
    pub members: Option<Vec<Name>>,
}

/// A domain's own governance, in `domains/{domain}/governance.yaml`: what it sets goes before what
/// `realm.yaml` sets. The keys stand bare, or under `governance:`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(title = "governance.yaml", untagged)]
pub enum GovernanceFile {
    /// The keys of `governance`, bare.
    Bare(Governance),
    /// The keys under `governance:`, as in `realm.yaml`.
    Nested(NestedGovernance),
}

/// Governance as `realm.yaml` writes it.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct NestedGovernance {
    /// What the domain decides for itself.
    pub governance: Governance,
}
