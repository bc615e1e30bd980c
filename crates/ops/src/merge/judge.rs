//! What a waiting sync would make of the realm, and whether it may: read from the branch and from
//! the branch of record, whose governance, members and permissions count.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use blue_git::{CommitId, Merged};
use blue_realm::proposal::{Author, Proposal, is_person, judge_change, problems};
use blue_realm::{Date, FileKind, Realm, Text, binding_path, classify, contract_path};
use semver::Version;

use super::affected::Affected;
use super::open::{OpenSync, trailer};
use super::rule::{Case, Change, Decision, Force, SourceState, Word, decide};
use crate::ask::Ask;
use crate::clock;
use crate::error::Error;
use crate::place::OpenRealm;

/// What whoever merges brings along.
#[derive(Debug, Clone, Default)]
pub struct Terms<'a> {
    /// What they insist on.
    pub force: Force,
    /// Of these contracts alone; empty: of all.
    pub forced: Vec<String>,
    /// A repo and where its code is, to tell whether a commit is part of it.
    pub code: Option<(&'a str, &'a Path)>,
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
    /// Since when it waits; nothing: the branch of record does not say yet.
    pub since: Option<i64>,
    /// How the code stands to the exporter's default branch.
    pub source: SourceState,
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
    let mut judged = Judged {
        open: open.clone(),
        merged: open.tip,
        changes: Vec::new(),
        outcome: Outcome::Refused(Vec::new()),
        since,
        source: SourceState::Unknown,
    };
    let merged = match realm.repository.is_ancestor(main, open.tip)? {
        true => Merged::Commit(open.tip),
        false => {
            let message = format!("Merge {}", open.branch);
            realm
                .repository
                .merge_on(main, open.tip, &message, &ask.maker())?
        }
    };
    judged.merged = match merged {
        Merged::Commit(merged) => merged,
        Merged::Conflict(paths) => {
            judged.outcome = Outcome::Refused(vec![format!(
                "{} changed on {} since: {} has to sync again, which makes the change on top of it",
                paths.join(" and "),
                realm.main,
                open.repo,
            )]);
            return Ok(judged);
        }
    };
    let proposed = realm.realm_at(judged.merged)?;
    let authors = authors(realm, main, open)?;
    let today = clock::date(ask.now);
    let refused = refusals(record, &proposed, &authors, today);
    let (spoken, changes) = (spoken(realm, main, open)?, changed(record, &proposed));
    let mut approvals = Vec::new();
    for (domain, contract) in &changes {
        let (title, change) = change(record, &proposed, (domain, contract), today, &spoken, open);
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
    if !refused.is_empty() {
        judged.outcome = Outcome::Refused(refused);
        return Ok(judged);
    }
    let is_forced = terms.forced.is_empty()
        || changes
            .iter()
            .any(|(_, contract)| terms.forced.iter().any(|it| **it == **contract));
    let all_approve = approvals.len() == changes.len();
    judged.outcome = Outcome::Decided(decide(&Case {
        changes: judged.changes.iter().map(|(_, it)| it.clone()).collect(),
        approvals: approvals.into_iter().filter(|_| all_approve).collect(),
        force: if is_forced { terms.force } else { Force::No },
        since,
        now: ask.now,
        source: judged.source,
    }));
    Ok(judged)
}

/// When a commit of the branch of record first said that the branch waits.
fn recorded(realm: &OpenRealm, main: CommitId, open: &OpenSync) -> Result<Option<i64>, Error> {
    // Where the branch began: it may have taken up what came on the branch of record since.
    let first = open.commits.first();
    let base = first.and_then(|commit| commit.parents.first().copied());
    let since = realm.repository.commits_between(base, main)?;
    let mut since = since.iter();
    let first = since.find(|commit| {
        let mut branches = commit.trailers(trailer::RECORDED);
        branches.any(|branch| branch == open.branch)
    });
    Ok(first.map(|commit| commit.time))
}

/// Who changed which file on the branch, by the realm's paths.
fn authors(
    realm: &OpenRealm,
    main: CommitId,
    open: &OpenSync,
) -> Result<BTreeMap<Text, Vec<Author>>, Error> {
    let mut authors: BTreeMap<Text, Vec<Author>> = BTreeMap::new();
    for change in realm.repository.changes(main, open.tip, &realm.under)? {
        let mut names: Vec<Text> = Vec::new();
        if change.committer.email != change.author.email {
            names.push(change.committer.email.as_str().into());
        }
        for path in change.paths {
            authors.entry(path.into()).or_default().push(Author {
                email: change.author.email.as_str().into(),
                names: names.clone(),
                commit: Some(change.commit.short().into()),
                verified: false,
            });
        }
    }
    Ok(authors)
}

/// Why it may not be merged whoever agrees: what it changes beside contracts and words about them,
/// who changed what is another's, versions that are wrong.
fn refusals(
    record: &Realm,
    proposed: &Realm,
    authors: &BTreeMap<Text, Vec<Author>>,
    today: Date,
) -> Vec<String> {
    let mut said = Vec::new();
    for path in authors.keys() {
        let is_of_sync = matches!(
            classify(path),
            Some(
                FileKind::Contract { .. }
                    | FileKind::Release { .. }
                    | FileKind::Binding { .. }
                    | FileKind::Acceptances { .. }
            )
        );
        if !is_of_sync {
            said.push(format!(
                "it changes {path}, which no sync does: merge it by hand"
            ));
        }
    }
    let found = problems(&Proposal {
        base: record,
        proposed,
        authors,
        today: Some(today),
    });
    said.extend(
        found
            .into_iter()
            .map(|(path, it)| format!("{path}: {}", it.message)),
    );
    said
}

/// The contracts that differ.
fn changed(record: &Realm, proposed: &Realm) -> Vec<(Arc<str>, Arc<str>)> {
    let mut changed = Vec::new();
    for domain in proposed.domains() {
        for contract in proposed.contracts(&domain.name) {
            let path = contract_path(&domain.name, &contract.name);
            let text = |realm: &Realm| realm.file(&path).map(|file| file.text.clone());
            if text(record) != text(proposed) {
                changed.push((domain.name.clone(), contract.name.clone()));
            }
        }
    }
    changed
}

fn change(
    record: &Realm,
    proposed: &Realm,
    (domain, name): (&str, &str),
    today: Date,
    spoken: &BTreeMap<String, String>,
    open: &OpenSync,
) -> (String, Change) {
    let old = record.contract(domain, name);
    let mut change = Change {
        contract: name.to_owned(),
        is_breaking: true,
        importers: Vec::new(),
        words: Vec::new(),
        governance: record.governance(domain),
    };
    let Some(new) = proposed.contract(domain, name) else {
        return (name.to_owned(), change);
    };
    let judgement = judge_change(record, domain, new, Some(today));
    let to = new.version.clone().unwrap_or(Version::new(0, 0, 0));
    change.is_breaking = judgement.verdict != blue_compat::contract::Overall::Compatible;
    // Who is asked is what the branch of record says: nobody leaves by the branch that asks them.
    change.importers = Affected::of(record, domain, new, &to, &judgement);
    let words = change.importers.iter().filter_map(|importer| {
        word(proposed, importer, (name, &to), today, (spoken, open)).map(|by| Word {
            repo: Some(importer.repo.clone()),
            by,
            verified: false,
        })
    });
    change.words = words.collect();
    let from = old.and_then(|old| old.version.as_ref().filter(|_| old.value.is_some()));
    let title = match from {
        Some(from) => format!("{name} {from} → {to}"),
        None => format!("{name} {to}"),
    };
    (title, change)
}

/// Under which e-mail an importer has given its word, if it has: its binding follows the version, or
/// it has accepted every break, and no acceptance has ended; said after the contract last changed.
fn word(
    proposed: &Realm,
    importer: &Affected,
    (contract, to): (&str, &Version),
    today: Date,
    (spoken, open): (&BTreeMap<String, String>, &OpenSync),
) -> Option<String> {
    let (domain, repo) = (&importer.domain, &importer.repo);
    let said = |path: &str| spoken.get(path).cloned();
    let binding = proposed.binding(domain, repo)?;
    let follows = binding.imports.iter().any(|import| {
        let resolved = import.resolved_version.as_ref();
        *import.contract == *contract && resolved.is_some_and(|it| it >= to)
    });
    if follows && let Some(by) = said(&binding_path(domain, repo)) {
        return Some(by);
    }
    let accepted = proposed.acceptances(domain, repo)?;
    let is_accepted = |print: &String| {
        let mut records = accepted.acceptances.iter();
        records.any(|record| *record.fingerprint == **print && record.holds_on(today))
    };
    let path = FileKind::Acceptances {
        domain: domain.as_str().into(),
        repo: repo.as_str().into(),
    }
    .path();
    let all = !open.breaks.is_empty() && open.breaks.iter().all(is_accepted);
    all.then(|| said(&path).unwrap_or_else(|| "an earlier acceptance".to_owned()))
}

/// The bindings and acceptances that the branch changed after it last changed a contract, and under
/// which e-mail: a word is about what stood there when it was given.
fn spoken(
    realm: &OpenRealm,
    main: CommitId,
    open: &OpenSync,
) -> Result<BTreeMap<String, String>, Error> {
    let mut spoken = BTreeMap::new();
    for change in realm.repository.changes(main, open.tip, &realm.under)? {
        let kinds = change.paths.iter().filter_map(|path| classify(path));
        if kinds
            .into_iter()
            .any(|kind| matches!(kind, FileKind::Contract { .. }))
        {
            spoken.clear();
        }
        for path in &change.paths {
            if matches!(
                classify(path),
                Some(FileKind::Binding { .. } | FileKind::Acceptances { .. })
            ) {
                spoken.insert(path.clone(), change.author.email.clone());
            }
        }
    }
    Ok(spoken)
}

/// Whether the code that the values were read from is part of the exporter's default branch, as far
/// as that can be told: from the exporter's own checkout, if it is here.
fn source_state(
    realm: &OpenRealm,
    record: &Realm,
    open: &OpenSync,
    terms: &Terms<'_>,
) -> SourceState {
    if open.is_uncommitted() {
        return SourceState::Uncommitted;
    }
    let Some(commit) = open
        .source
        .as_deref()
        .and_then(|it| it.parse::<CommitId>().ok())
    else {
        return SourceState::Unknown;
    };
    let own = terms.code.filter(|(repo, _)| *repo == open.repo);
    let beside = || {
        let path = record.repo(&open.repo)?.path.clone()?;
        Some(realm.checkout()?.join(&*path))
    };
    let Some(root) = own.map(|(_, root)| root.to_owned()).or_else(beside) else {
        return SourceState::Unknown;
    };
    let state = || -> Result<SourceState, blue_git::Error> {
        let Some(code) = blue_git::discover(&root)? else {
            return Ok(SourceState::Unknown);
        };
        let Some(default) = code.default_branch()? else {
            return Ok(SourceState::Unknown);
        };
        if !code.commit_exists(commit)? {
            return Ok(SourceState::Unknown);
        }
        Ok(match code.is_ancestor(commit, default.commit)? {
            true => SourceState::Reachable,
            false => SourceState::Elsewhere,
        })
    };
    state().unwrap_or(SourceState::Unknown)
}
