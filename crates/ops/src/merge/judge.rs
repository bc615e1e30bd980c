//! What a waiting sync would make of the realm, and whether it may: read from the branch and from
//! the branch of record, whose governance, members and permissions count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use blue_analysis::BreakingChange;
use blue_compat::contract::Overall;
use blue_git::{CommitId, Merged};
use blue_realm::proposal::{is_person, judge_change};
use blue_realm::{
    ContractFile, Date, FileKind, Importer, Realm, binding_path, classify, contract_path,
};
use semver::Version;

use super::affected::Affected;
use super::heard::stood;
use super::open::{OpenSync, trailer};
use super::rule::{Case, Change, Decision, Force, SourceState, Word, decide};
use super::sound::{beside, foreign, not_its_own, of_rules};
use super::source::source_state;
use crate::ask::Ask;
use crate::clock;
use crate::error::Error;
use crate::place::OpenRealm;
use crate::signers::Signers;
use crate::sync::is_of_source;

/// What whoever merges brings along.
#[derive(Debug, Clone, Default)]
pub struct Terms<'a> {
    /// What they insist on.
    pub force: Force,
    /// Of these contracts alone; empty: of all.
    pub forced: Vec<String>,
    /// A repo and where its code is, to tell whether a commit is part of it.
    pub code: Option<(&'a str, &'a Path)>,
    /// Whether that code has all that its remote's default branch has now: a commit that it lacks is no part of that.
    pub freshness: CodeFreshness,
}

/// How the code of whoever merges stands to its remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CodeFreshness {
    /// Nobody has asked.
    #[default]
    Unknown,
    /// It has all of the default branch.
    Whole,
}

/// A waiting sync, judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The sync.
    pub open: OpenSync,
    /// What the branch of record would be.
    pub merged: CommitId,
    /// The changes of contracts, with who has spoken: title (`s3-permissions 1.4.0 → 1.5.0`) first.
    pub changes: Vec<(String, Change)>,
    /// What may become of it.
    pub outcome: Outcome,
    /// All that stands in the way is what came on the branch of record since: its exporter's next sync makes it again on
    /// top of that.
    pub is_overtaken: bool,
    /// Nobody's sync goes on with it, for somebody wrote to it who may not: what takes it away, for a shell in the realm's
    /// checkout.
    pub take_away: Option<String>,
    /// Since when it waits; nothing: the branch of record does not say yet.
    pub since: Option<i64>,
    /// How the code stands to the exporter's default branch.
    pub source: SourceState,
    /// Who signed its commits.
    pub signers: Signers,
    /// What whoever merges insists on here.
    pub force: Force,
    /// Whether whoever merges is an approver of all that changes.
    pub is_approver: bool,
}

impl Judged {
    /// Who made it: `ada@example.com (unverified)`, or the e-mail alone where a good signature says so.
    #[must_use]
    pub fn actor(&self) -> String {
        match self.is_verified() {
            true => self.open.actor.clone(),
            false => format!("{} (unverified)", self.open.actor),
        }
    }

    /// Whether a good signature says who made it.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        let is_signed = |commit| self.signers.is_verified(commit);
        self.open.told_by.is_some_and(is_signed)
    }
}

/// What may become of a waiting sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The rule has decided.
    Decided(Decision),
    /// It cannot be merged as it is, whoever agrees: a sentence each.
    Refused(Vec<String>),
}

/// Judges a sync against the branch of record at `main`.
///
/// # Errors
/// [`Error::Git`], [`Error::NoRealm`].
pub fn judge(
    realm: &OpenRealm,
    (main, record): (CommitId, &Realm),
    open: &OpenSync,
    terms: &Terms<'_>,
    ask: &Ask<'_>,
) -> Result<Judged, Error> {
    let since = recorded(realm, main, open)?;
    let signers = Signers::of(realm, record, &open.changes, ask);
    let mut judged = Judged {
        open: open.clone(),
        merged: open.tip,
        changes: Vec::new(),
        outcome: Outcome::Refused(Vec::new()),
        is_overtaken: false,
        take_away: None,
        since,
        source: SourceState::Unknown,
        signers,
        force: Force::No,
        is_approver: false,
    };
    let (merged, proposed) = match merged(realm, main, open, ask)? {
        Ok(both) => both,
        Err(why) => {
            judged.is_overtaken = matches!(why, NotMerged::Yet(_));
            let (NotMerged::Yet(why) | NotMerged::Never(why)) = why;
            judged.outcome = Outcome::Refused(vec![why]);
            judged.take_away = take_away(realm, (main, record), open);
            return Ok(judged);
        }
    };
    judged.merged = merged;
    let today = clock::date(ask.now);
    let mut refused = foreign(realm, main, open);
    refused.extend(beside(realm, (main, record), (merged, &proposed))?);
    refused.extend(of_rules(record, &proposed, (open, &judged.signers), today));
    let mut told = BTreeSet::new();
    refused.retain(|why| told.insert(why.clone()));
    let changes = changed(record, &proposed);
    let mut approvals = Vec::new();
    for (domain, contract) in &changes {
        let at = At {
            realm,
            record,
            proposed: &proposed,
            merged,
            today,
            signers: &judged.signers,
        };
        let (title, change) = change(&at, (domain, contract), open)?;
        let me = ask.actor.as_author();
        let approvers = change.governance.approvers();
        if approvers.iter().any(|listed| is_person(&me, listed)) {
            approvals.push(Word {
                repo: None,
                by: me.email.to_string(),
                verified: false,
            });
        }
        judged.changes.push((title, change));
    }
    judged.source = source_state(realm, record, open, terms);
    let is_forced = terms.forced.is_empty()
        || changes
            .iter()
            .any(|(_, contract)| terms.forced.iter().any(|it| **it == **contract));
    judged.force = if is_forced { terms.force } else { Force::No };
    judged.is_approver = approvals.len() == changes.len();
    if !refused.is_empty() {
        judged.outcome = Outcome::Refused(refused);
        judged.take_away = take_away(realm, (main, record), open);
        return Ok(judged);
    }
    let all_approve = judged.is_approver;
    judged.outcome = Outcome::Decided(decide(&Case {
        changes: judged.changes.iter().map(|(_, it)| it.clone()).collect(),
        approvals: approvals.into_iter().filter(|_| all_approve).collect(),
        force: judged.force,
        since,
        now: ask.now,
        source: judged.source,
    }));
    Ok(judged)
}

/// What takes a branch away that no sync goes on with.
fn take_away(realm: &OpenRealm, of_record: (CommitId, &Realm), open: &OpenSync) -> Option<String> {
    let is_gone_on_with = !open.repo.is_empty() && not_its_own(realm, of_record, open).is_empty();
    (!is_gone_on_with).then(|| realm.taking_away(&open.branch))
}

/// When a commit of the branch of record first said that the branch waits: this branch, from its first
/// commit on, and not another one that had its name. Of clocks that were set back, the time of what
/// stood there already counts.
fn recorded(realm: &OpenRealm, main: CommitId, open: &OpenSync) -> Result<Option<i64>, Error> {
    let Some(first) = open.commits.first() else {
        return Ok(None);
    };
    // Where the branch began: it may have taken up what came on the branch of record since.
    let base = first.parents.first().copied();
    let since = realm.repository.commits_between(base, main)?;
    let id = first.id.to_string();
    let says = |commit: &&blue_git::CommitInfo| {
        let has = |key, value: &str| commit.trailers(key).any(|it| it == value);
        has(trailer::RECORDED, &open.branch) && has(trailer::FIRST, &id)
    };
    let Some(commit) = since.iter().find(says) else {
        return Ok(None);
    };
    let before = commit.parents.first().copied();
    let before = before.map(|before| realm.repository.commit_info(before));
    let before = before.transpose()?.map_or(i64::MIN, |before| before.time);
    Ok(Some(commit.time.max(before).max(first.time)))
}

/// Why a branch cannot be merged.
enum NotMerged {
    /// What came on the branch of record since is in the way.
    Yet(String),
    /// The branch itself is.
    Never(String),
}

/// What the branch of record would be with the branch merged, or why that cannot be.
fn merged(
    realm: &OpenRealm,
    main: CommitId,
    open: &OpenSync,
    ask: &Ask<'_>,
) -> Result<Result<(CommitId, Realm), NotMerged>, Error> {
    if let Some(why) = &open.trouble {
        return Ok(Err(NotMerged::Never(why.clone())));
    }
    let repository = &realm.repository;
    let merged = match repository.is_ancestor(main, open.tip)? {
        true => Merged::Commit(open.tip),
        false => {
            let message = format!("Merge {}", open.branch);
            repository.merge_on(main, open.tip, &message, &ask.maker())?
        }
    };
    let merged = match merged {
        Merged::Commit(merged) => merged,
        // By another name, or gone: what it is about is nobody's.
        Merged::Conflict(paths) if open.repo.is_empty() => {
            return Ok(Err(NotMerged::Never(format!(
                "{} changed on {} since, where there is no such contract any more: a sync of what became of it says what \
                 the code says now",
                paths.join(" and "),
                realm.main,
            ))));
        }
        Merged::Conflict(paths) => {
            return Ok(Err(NotMerged::Yet(format!(
                "{} changed on {} since: {} has to sync again, which makes the change on top of it",
                blue_realm::listed(&paths),
                realm.main,
                open.repo,
            ))));
        }
    };
    Ok(match realm.realm_at(merged) {
        Ok(proposed) => Ok((merged, proposed)),
        Err(Error::NoRealm { .. }) => Err(NotMerged::Never("it leaves no realm".to_owned())),
        Err(why) => return Err(why),
    })
}

/// The contracts of the record that differ, and those that are gone.
fn changed(record: &Realm, proposed: &Realm) -> Vec<(Arc<str>, Arc<str>)> {
    let mut changed = BTreeSet::new();
    for realm in [proposed, record] {
        for domain in realm.domains() {
            for contract in realm.contracts(&domain.name) {
                let path = contract_path(&domain.name, &contract.name);
                let text = |realm: &Realm| realm.file(&path).map(|file| file.text.clone());
                if text(record) != text(proposed) {
                    changed.insert((domain.name.clone(), contract.name.clone()));
                }
            }
        }
    }
    changed.into_iter().collect()
}

/// What a change is judged in.
struct At<'a> {
    realm: &'a OpenRealm,
    record: &'a Realm,
    proposed: &'a Realm,
    /// The commit of the proposed realm.
    merged: CommitId,
    today: Date,
    signers: &'a Signers,
}

fn change(
    at: &At<'_>,
    (domain, name): (&str, &str),
    open: &OpenSync,
) -> Result<(String, Change), Error> {
    let At {
        record, proposed, ..
    } = *at;
    let old = record.contract(domain, name);
    let mut change = Change {
        domain: domain.to_owned(),
        contract: name.to_owned(),
        to: None,
        is_breaking: true,
        importers: Vec::new(),
        words: Vec::new(),
        governance: record.governance(domain),
    };
    let Some(new) = proposed.contract(domain, name) else {
        return Ok((name.to_owned(), change));
    };
    let judgement = judge_change(record, domain, new, Some(at.today));
    let to = new.version.clone().unwrap_or(Version::new(0, 0, 0));
    change.to.clone_from(&new.version);
    change.is_breaking = judgement.verdict != Overall::Compatible;
    // Who is asked is what the branch of record says: nobody leaves by the branch that asks them.
    change.importers = Affected::of(record, domain, new, &to, &judgement);
    let names = names_of(new);
    let breaking = BreakingChange {
        realm: &at.realm.name,
        domain,
        names: &names,
        to: Some(&to),
        value: new.value.as_ref(),
        from: old.and_then(|old| old.version.as_ref()),
        judgement: &judgement,
    };
    let spoken = spoken(at, (domain, name), open)?;
    for importer in record.importers_of(domain, name) {
        let by = word(at, &importer, &breaking, &spoken);
        change.words.extend(by.map(|(by, commit)| Word {
            repo: Some(importer.repo.to_string()),
            by,
            verified: commit.is_some_and(|commit| at.signers.has(commit, importer.repo)),
        }));
    }
    let from = old.and_then(|old| old.version.as_ref().filter(|_| old.value.is_some()));
    let title = match from {
        Some(from) => format!("{name} {from} → {to}"),
        None => format!("{name} {to}"),
    };
    Ok((title, change))
}

/// The names that a contract has and had.
pub(crate) fn names_of(contract: &ContractFile) -> Vec<String> {
    let names = std::iter::once(&contract.name).chain(&contract.previously);
    names.map(ToString::to_string).collect()
}

/// Under which e-mail an importer has given its word, if it has, and by which commit of the branch: its binding follows the version, said of
/// just this contract; or it has accepted what breaks it, as that is found out here, and no acceptance
/// has ended.
fn word(
    at: &At<'_>,
    importer: &Importer<'_>,
    breaking: &BreakingChange<'_>,
    spoken: &BTreeMap<String, Spoken>,
) -> Option<(String, Option<CommitId>)> {
    let (domain, repo) = (importer.domain, importer.repo);
    let said = |path: &str| spoken.get(path).cloned();
    let binding = at.proposed.binding(domain, repo);
    let mut imports = binding.iter().flat_map(|it| &it.imports);
    let follows = imports.any(|import| {
        let resolved = import.resolved_version.as_ref();
        import.contract == importer.import.contract
            && import.from == importer.import.from
            && resolved.zip(breaking.to).is_some_and(|(it, to)| it >= to)
    });
    if follows && let Some((by, commit)) = said(&binding_path(domain, repo)) {
        return Some((by, Some(commit)));
    }
    breaking.accepted_by(importer, at.proposed, Some(at.today))?;
    let path = FileKind::Acceptances {
        domain: domain.clone(),
        repo: repo.clone(),
    }
    .path();
    Some(match said(&path) {
        Some((by, commit)) => (by, Some(commit)),
        None => ("an earlier acceptance".to_owned(), None),
    })
}

/// Under which e-mail somebody has spoken, and by which commit.
type Spoken = (String, CommitId);

/// The bindings and acceptances that the branch changed, and by whom, where the contract stood
/// there just as it would be merged: a word is about what stood there when it was given, in whichever
/// order the branch's commits are told.
fn spoken(
    at: &At<'_>,
    (domain, name): (&str, &str),
    open: &OpenSync,
) -> Result<BTreeMap<String, Spoken>, Error> {
    let path = contract_path(domain, name);
    let stands = stood(at.realm, at.merged, &path)?;
    let mut spoken = BTreeMap::new();
    if stands.is_none() {
        return Ok(spoken);
    }
    for change in &open.changes {
        let words = change.paths.iter().filter(|path| {
            matches!(
                classify(path),
                Some(FileKind::Binding { .. } | FileKind::Acceptances { .. })
            )
        });
        let mut words = words.peekable();
        if words.peek().is_some() && stood(at.realm, change.commit, &path)? == stands {
            let by = (change.author.email.clone(), change.commit);
            spoken.extend(words.map(|path| (path.clone(), by.clone())));
        }
    }
    Ok(spoken)
}

/// A contract without where its versions were read from, by whom and when.
pub(crate) fn as_told(contract: &ContractFile) -> ContractFile {
    let mut contract = contract.clone();
    for entry in &mut contract.evolution {
        (entry.source, entry.date, entry.actor) = (None, None, None);
        entry.changes.retain(|words| !is_of_source(words));
    }
    contract
}

/// The contract that a waiting sync changes in such a way that an importer may accept it by this
/// fingerprint: found out from what the sync makes of the realm.
pub(crate) fn accepted_in(
    realm: &OpenRealm,
    record: &Realm,
    open: &OpenSync,
    (repo, print): (&str, &str),
    today: Date,
) -> Option<(String, String)> {
    let waiting = realm.realm_at(open.tip).ok()?;
    let mut contracts = open.contracts.iter();
    let found = contracts.find(|(domain, name)| {
        let (Some(old), Some(new)) = (
            record.contract(domain, name),
            waiting.contract(domain, name),
        ) else {
            return false;
        };
        let judgement = judge_change(record, domain, new, Some(today));
        let names = names_of(new);
        let breaking = BreakingChange {
            realm: &realm.name,
            domain,
            names: &names,
            to: new.version.as_ref(),
            value: new.value.as_ref(),
            from: old.version.as_ref(),
            judgement: &judgement,
        };
        let importers = record.importers_of(domain, name).into_iter();
        let mut own = importers.filter(|importer| **importer.repo == *repo);
        own.any(|importer| breaking.is_accepted_by(print, &importer))
    });
    found.cloned()
}
