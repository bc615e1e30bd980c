//! Syncs that wait in a realm: what the branches `sync/…` that everybody sees would make of its
//! contracts, as far as they were fetched.
//!
//! Read from what the branches hold and not from what they say of themselves; a branch that cannot
//! be read is nobody's news, and neither is one that nobody's agreement merges, for somebody else than the contract's
//! owner wrote it: whoever looks after the realm is told of that one, where the rule of merging judges it.

use std::sync::Arc;

use blue_analysis::{Follower, PendingChange, parts_of};
use blue_git::{Change, CommitId, Error, Repository};
use blue_realm::proposal::{Proposal, strangers};
use blue_realm::{
    Acceptance, ContractFile, FileKind, Importer, ParsedFile, Realm, classify, parse_file,
};
use semver::Version;

use crate::proposal::authors_of;

/// What the branches of syncs begin with (`git-and-forges.md`).
const SYNC: &str = "sync/";

/// The trailer of a sync's commits that names the branch of the exporter's code.
const CODE_BRANCH: &str = "Blue-Branch";

/// More branches than this are not looked at.
const MAX_BRANCHES: usize = 100;

/// The changes of contracts that wait for the record, which is what the realm says at `main`.
pub(crate) fn waiting(
    repository: &Repository,
    under: &str,
    (main, record): (CommitId, &Realm),
    name: &Arc<str>,
) -> Vec<PendingChange> {
    let branches = branches(repository).unwrap_or_default();
    let mut changes = Vec::new();
    for (branch, tip) in branches.into_iter().take(MAX_BRANCHES) {
        let found = of_branch(repository, under, (main, record), (&branch, tip), name);
        changes.extend(found.unwrap_or_default());
    }
    changes
}

fn branches(repository: &Repository) -> Result<Vec<(String, CommitId)>, Error> {
    match repository.main_remote()? {
        Some(remote) => repository.remote_branches_of(&remote, SYNC),
        None => repository.branches(SYNC),
    }
}

fn of_branch(
    repository: &Repository,
    under: &str,
    (main, record): (CommitId, &Realm),
    (branch, tip): (&str, CommitId),
    name: &Arc<str>,
) -> Result<Vec<PendingChange>, Error> {
    if repository.is_ancestor(tip, main)? {
        return Ok(Vec::new());
    }
    let mut paths: Vec<String> = Vec::new();
    let mut code_branch: Option<Arc<str>> = None;
    let made = repository.changes(main, tip, under)?;
    for change in &made {
        let is_contract = |path: &String| matches!(classify(path), Some(FileKind::Contract { .. }));
        if change.paths.iter().any(is_contract) {
            let commit = repository.commit_info(change.commit)?;
            let says = commit.trailers(CODE_BRANCH).last().map(Into::into);
            code_branch = says.or(code_branch);
        }
        paths.extend(change.paths.iter().cloned());
    }
    paths.sort();
    paths.dedup();
    let file = |path: &str| -> Result<Option<ParsedFile>, Error> {
        let full = match under {
            "" => path.to_owned(),
            under => format!("{under}/{path}"),
        };
        let bytes = repository.file_at(tip, &full)?;
        Ok(bytes.map(|bytes| parse_file(path, &bytes)))
    };
    if !is_its_owners(record, &made, &paths, &file)? {
        return Ok(Vec::new());
    }
    let (mut words, mut accepted) = (Vec::new(), Vec::new());
    for path in &paths {
        match classify(path) {
            Some(FileKind::Binding { domain, .. }) => {
                let file = file(path)?;
                words.extend(
                    file.into_iter()
                        .flat_map(|it| followed(record, &domain, &it)),
                );
            }
            Some(FileKind::Acceptances { domain, repo }) => {
                let news = file(path)?.map(|it| accepts(record, (&domain, &repo), &it));
                accepted.extend(
                    news.into_iter()
                        .flatten()
                        .map(|name| (domain.clone(), repo.clone(), name)),
                );
            }
            _ => {}
        }
    }
    let mut changes = Vec::new();
    for path in paths {
        let Some(FileKind::Contract { domain, contract }) = classify(&path) else {
            continue;
        };
        let Some(file) = file(&path)? else {
            continue;
        };
        let Some(proposed) = file.as_contract() else {
            continue;
        };
        let now = record.contract(&domain, &contract);
        let (was, is) = (items(now), items(Some(proposed)));
        let missing = |from: &[Moved], of: &[Moved]| -> Vec<Moved> {
            let missing = from.iter().filter(|it| !of.contains(it));
            missing.cloned().collect()
        };
        let follows = |word: &&Word| {
            let is_at = |version: &Version| word.version >= *version;
            (&*word.domain, &*word.contract) == (&*domain, &*contract)
                && proposed.version.as_ref().is_some_and(is_at)
        };
        let followed_by = words.iter().filter(follows).map(|it| Follower {
            repo: it.repo.clone(),
            range: it.range.clone(),
        });
        let importers = record.importers_of(&domain, &contract);
        let accepted_by = accepted.iter().filter(|(bound_in, repo, name)| {
            let is_by = |it: &Importer<'_>| (&**it.domain, &**it.repo) == (&**bound_in, &**repo);
            **name == *contract && importers.iter().any(is_by)
        });
        changes.push(PendingChange {
            followed_by: followed_by.collect(),
            accepted_by: accepted_by.map(|(_, repo, _)| (&**repo).into()).collect(),
            realm: name.clone(),
            to: proposed.version.as_ref().map(ToString::to_string),
            added: missing(&is, &was),
            removed: missing(&was, &is),
            branch: Some(branch.into()),
            code_branch: code_branch.clone(),
            place: format!("on {branch}, which waits in the realm"),
            domain,
            contract,
        });
    }
    Ok(changes)
}

/// Whether a branch holds what a sync may, and its contracts were changed by those who may change them. Who gave a word
/// on it is for the rule of merging.
fn is_its_owners(
    record: &Realm,
    made: &[Change],
    paths: &[String],
    file: &dyn Fn(&str) -> Result<Option<ParsedFile>, Error>,
) -> Result<bool, Error> {
    let mut proposed = record.clone();
    for path in paths {
        match classify(path) {
            Some(FileKind::Contract { .. } | FileKind::Release { .. }) => {
                proposed = match file(path)? {
                    Some(file) => proposed.with_file(file),
                    None => proposed.without_file(path),
                };
            }
            Some(FileKind::Binding { .. } | FileKind::Acceptances { .. }) => {}
            _ => return Ok(false),
        }
    }
    let mut authors = authors_of(made, &|_| false);
    authors.retain(|path, _| {
        let kind = classify(path);
        matches!(
            kind,
            Some(FileKind::Contract { .. } | FileKind::Release { .. })
        )
    });
    let told = strangers(&Proposal {
        base: record,
        proposed: &proposed,
        authors: &authors,
        today: None,
    });
    Ok(told.is_empty())
}

/// That an importer follows a version, as its binding says on a sync's branch.
struct Word {
    repo: Arc<str>,
    domain: String,
    contract: Arc<str>,
    version: Version,
    /// The range of the binding, as it is written.
    range: Option<String>,
}

/// What a binding of a domain says that it follows.
fn followed(record: &Realm, domain: &str, file: &ParsedFile) -> Vec<Word> {
    let Some(binding) = file.as_binding() else {
        return Vec::new();
    };
    let imports = binding.imports.iter().filter_map(|import| {
        Some(Word {
            repo: binding.repo.clone(),
            domain: record.domain_of_import(domain, import)?.to_owned(),
            contract: import.contract.clone(),
            version: import.resolved_version.clone()?,
            range: import.version_text.as_deref().map(str::to_owned),
        })
    });
    imports.collect()
}

/// The contracts of whose breaks a repository says that it accepts them, and does not say so in the record.
fn accepts(record: &Realm, (domain, repo): (&str, &str), file: &ParsedFile) -> Vec<String> {
    let known = record.acceptances(domain, repo);
    let is_new = |it: &&Acceptance| {
        let mut known = known.iter().flat_map(|file| &file.acceptances);
        !known.any(|old| old.fingerprint == it.fingerprint)
    };
    let all = file.as_acceptances().into_iter();
    let news = all.flat_map(|file| &file.acceptances).filter(is_new);
    news.filter_map(|it| Some(it.contract.as_ref()?.to_string()))
        .collect()
}

/// A part of a contract's value: where it is, and what it says.
type Moved = (Arc<str>, String);

fn items(contract: Option<&Arc<ContractFile>>) -> Vec<Moved> {
    parts_of(contract.and_then(|contract| contract.value.as_ref()))
}
