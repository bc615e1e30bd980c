//! What sync and acknowledge ask of the code: how what it says differs from what each contract
//! declares, and which imports are followed.
//!
//! It exists beside the findings because those are for people, who may turn a code off or silence a
//! line; what is written to a realm must not depend on that.

use std::sync::Arc;

use semver::Version;

use crate::contract::{Declared, ExportModel, exports, imports};
use crate::db::{Db, RepoInput};
use crate::export::{export_unread, exported};
use crate::finding::{ChangeData, Code, Severity};
use crate::host::{Cancelled, RepoKey, Snapshot};
use crate::import::{is_followed_by_grants, uncovered_values};
use crate::sites::{Detected, share_out};

/// How the code of an exporter differs from one field of a contract: one finding's worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The realm.
    pub realm: Arc<str>,
    /// The contract's domain.
    pub domain: Arc<str>,
    /// The contract.
    pub contract: Arc<str>,
    /// The member of its value.
    pub field: Arc<str>,
    /// What the code has and the contract has not.
    pub added: Vec<String>,
    /// What the contract has and the code has no more.
    pub removed: Vec<String>,
    /// Why the contract's schema does not take what was added, in a sentence.
    pub refused: Option<String>,
    /// Of the break that it is, by which importers accept it.
    pub fingerprint: Option<String>,
    /// A value that shows the break.
    pub witness: Option<String>,
}

/// A value of a contract of record that its exporter's code has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownValue {
    /// The realm.
    pub realm: Arc<str>,
    /// The contract's domain.
    pub domain: Arc<str>,
    /// The contract.
    pub contract: Arc<str>,
    /// The member of its value.
    pub field: Arc<str>,
    /// As the contract writes it.
    pub text: Arc<str>,
    /// How the code has it.
    pub shown: HowShown,
}

/// How code has a value that a contract declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowShown {
    /// It says the value.
    Itself,
    /// It says values that the pattern covers, and not the pattern; all that it says of the field is known.
    Narrower,
    /// The pattern covers something that it says, and it may say more than is known.
    Covered,
}

/// How the code of an importer stands to a contract of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Following {
    /// The realm.
    pub realm: Arc<str>,
    /// The contract's domain.
    pub domain: Arc<str>,
    /// The domain of the binding, which is another one where the import has a `from`.
    pub bound_in: Arc<str>,
    /// The contract.
    pub contract: Arc<str>,
    /// The place of the import in its binding, from 0.
    pub index: usize,
    /// The contract's version; nothing before its first release.
    pub version: Option<Version>,
    /// The version that was last followed.
    pub resolved: Option<Version>,
    /// Whether the binding's range takes the contract's version.
    pub in_range: bool,
    /// Values that the import uses and that no grant covers.
    pub uncovered: Vec<String>,
    /// Bound files that are not there.
    pub missing: Vec<Arc<str>>,
    /// Whether what is granted can be read at all: all bound files are there and in a language
    /// whose grants are known, and the contract is about something that is granted.
    pub is_readable: bool,
}

impl Following {
    /// In range, and nothing of the contract uncovered (`git-and-forges.md`, sync, 3); where grants
    /// cannot be read nobody can tell.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        self.in_range && self.is_readable && self.uncovered.is_empty() && self.missing.is_empty()
    }
}

impl Snapshot {
    /// How an exporter's code differs from its contracts, in the order of its findings.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn drifts(&self, key: RepoKey) -> Result<Vec<Drift>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Vec::new());
        };
        self.ask(|db| drifts(db, repo))
    }

    /// The values of its contracts that an exporter's code has.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn shown_values(&self, key: RepoKey) -> Result<Vec<ShownValue>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Vec::new());
        };
        self.ask(|db| shown_values(db, repo))
    }

    /// How an importer's code stands to the contracts of record that it imports.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn followings(&self, key: RepoKey) -> Result<Vec<Following>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Vec::new());
        };
        self.ask(|db| followings(db, repo))
    }
}

fn drifts(db: &dyn Db, repo: RepoInput) -> Vec<Drift> {
    let told = [
        Code::ExportAdded,
        Code::ExportRemoved,
        Code::ExportBreaking,
        Code::ExportSchema,
    ];
    let mut found = Vec::new();
    for draft in exported(db, repo).drafts.iter().cloned() {
        let code = draft.code();
        if !told.contains(&code) {
            continue;
        }
        let finding = draft.finish(repo.name(db));
        let (Some(realm), Some(domain), Some(contract), Some(change)) = (
            finding.realm,
            finding.domain,
            finding.contract,
            finding.change,
        ) else {
            continue;
        };
        let ChangeData {
            field,
            added,
            removed,
            witness,
            ..
        } = change;
        found.push(Drift {
            realm,
            domain,
            contract,
            field: field.unwrap_or_default().into(),
            added,
            removed,
            refused: (code == Code::ExportSchema).then_some(finding.message),
            fingerprint: (code == Code::ExportBreaking).then_some(finding.fingerprint),
            witness,
        });
    }
    found
}

fn shown_values(db: &dyn Db, repo: RepoInput) -> Vec<ShownValue> {
    let shares = share_out(db, repo, repo.tree(db));
    let models = exports(db, repo);
    let mut found = Vec::new();
    for (model, now) in models.iter().zip(&shares.detected) {
        let has = |declared: &&Declared| {
            now.has(declared) || model.matches_by_cover() && now.covers(declared)
        };
        found.extend(
            model
                .declared
                .iter()
                .filter(has)
                .map(|declared| ShownValue {
                    realm: model.realm.clone(),
                    domain: model.domain.clone(),
                    contract: model.contract.name.clone(),
                    field: declared.field.clone(),
                    text: declared.text.clone(),
                    shown: shown(db, repo, (model, now), declared),
                }),
        );
    }
    found
}

fn shown(
    db: &dyn Db,
    repo: RepoInput,
    (model, now): (&ExportModel, &Detected),
    declared: &Declared,
) -> HowShown {
    let itself = (declared.field.clone(), declared.pattern.clone());
    if now.values.contains_key(&itself) || model.matches_by_cover() && now.covers(declared) {
        return HowShown::Itself;
    }
    let is_opaque = now.opaque.iter().any(|(field, _)| *field == declared.field);
    let is_known = !is_opaque && !now.may_hide(declared) && export_unread(db, repo, model) == 0;
    // Of constants the whole value is written, and where a wider pattern will do nothing narrower is.
    let is_written = !model.matches_by_cover() && !model.others.reads(&declared.pointer());
    match is_known && is_written && now.sites(declared).is_some() {
        true => HowShown::Narrower,
        false => HowShown::Covered,
    }
}

fn followings(db: &dyn Db, repo: RepoInput) -> Vec<Following> {
    let mut found = Vec::new();
    for model in imports(db, repo).iter() {
        let Some(contract) = &model.contract else {
            continue;
        };
        let version = contract
            .version
            .clone()
            .filter(|_| contract.value.is_some());
        let mut missing = Vec::new();
        let (mut uncovered, mut is_readable) = (Vec::new(), false);
        if let Some(version) = &version {
            let (held, drafts) = crate::import::held(db, repo, model, version);
            let files = drafts
                .iter()
                .filter(|draft| draft.code() == Code::ImportMissingFile);
            missing.extend(files.map(|draft| Arc::from(draft.about_what())));
            is_readable = is_followed_by_grants(&held);
            for draft in uncovered_values(&held) {
                let change = draft
                    .changes()
                    .filter(|_| draft.severity() > Severity::Hint);
                uncovered.extend(change.into_iter().flat_map(|change| change.added.clone()));
            }
        }
        let range = model.import.version.as_ref();
        found.push(Following {
            realm: model.realm.clone(),
            domain: model.domain.clone(),
            bound_in: model.bound_in.clone(),
            contract: contract.name.clone(),
            index: model.import.index,
            in_range: range
                .zip(version.as_ref())
                .is_some_and(|(range, version)| range.matches(version)),
            version,
            resolved: model.import.resolved_version.clone(),
            uncovered,
            missing,
            is_readable,
        });
    }
    found
}
