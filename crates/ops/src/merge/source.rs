//! How the code that a waiting sync was read from stands to the branch that its exporter's people agreed on.

use std::path::{Path, PathBuf};

use blue_git::{CommitId, discover};
use blue_realm::Realm;

use super::judge::{CodeFreshness, Judged, Terms};
use super::open::{OpenSync, open_syncs, trailer};
use super::rule::SourceState;
use crate::ask::Ask;
use crate::error::Error;
use crate::place::OpenRealm;
use crate::sync::{Asking, has_default_branch};

/// Whether the code that the values were read from is part of the exporter's default branch, as far
/// as that can be told: from the exporter's own checkout, if it is here. Of several commits the worst counts.
pub(super) fn source_state(
    realm: &OpenRealm,
    record: &Realm,
    open: &OpenSync,
    terms: &Terms<'_>,
) -> SourceState {
    if open.is_uncommitted() {
        return SourceState::Uncommitted;
    }
    let root = root_of(realm, record, open, terms);
    let is_own = terms.code.is_some_and(|(repo, _)| repo == open.repo);
    let freshness = match is_own {
        true => terms.freshness,
        false => CodeFreshness::Unknown,
    };
    let states = open.sources.iter().map(|source| match &root {
        Some(root) => of_commit(root, source, freshness).unwrap_or(SourceState::Unknown),
        None => SourceState::Unknown,
    });
    let states: Vec<SourceState> = states.collect();
    let worst = [
        SourceState::Elsewhere,
        SourceState::Unknown,
        SourceState::Reachable,
    ];
    let mut worst = worst.into_iter().filter(|state| states.contains(state));
    worst.next().unwrap_or(SourceState::Unknown)
}

/// Where the exporter's code is on this machine.
fn root_of(
    realm: &OpenRealm,
    record: &Realm,
    open: &OpenSync,
    terms: &Terms<'_>,
) -> Option<PathBuf> {
    let own = terms.code.filter(|(repo, _)| *repo == open.repo);
    if let Some((_, root)) = own {
        return Some(root.to_owned());
    }
    let path = record.repo(&open.repo)?.path.clone()?;
    Some(realm.checkout()?.join(&*path))
}

fn of_commit(
    root: &Path,
    source: &str,
    freshness: CodeFreshness,
) -> Result<SourceState, blue_git::Error> {
    let Ok(commit) = source.parse::<CommitId>() else {
        return Ok(SourceState::Unknown);
    };
    let Some(code) = discover(root)? else {
        return Ok(SourceState::Unknown);
    };
    let Some(default) = code.default_branch()? else {
        return Ok(SourceState::Unknown);
    };
    if !code.commit_exists(commit)? {
        return Ok(match freshness {
            CodeFreshness::Whole => SourceState::Elsewhere,
            CodeFreshness::Unknown => SourceState::Unknown,
        });
    }
    Ok(match code.is_ancestor(commit, default.commit)? {
        true => SourceState::Reachable,
        false => SourceState::Elsewhere,
    })
}

/// The same terms, with how the code of whoever merges stands to its remote, where that decides on a sync of theirs:
/// one that was made from a commit which is not here was pushed by somebody else, or never.
pub(super) fn fresh<'t>(
    realm: &OpenRealm,
    terms: &Terms<'t>,
    ask: &mut Ask<'_>,
) -> Result<Terms<'t>, Error> {
    let mut terms = terms.clone();
    let Some((repo, root)) = terms.code.filter(|_| realm.asking() == Asking::Remote) else {
        return Ok(terms);
    };
    let Some(code) = discover(root)? else {
        return Ok(terms);
    };
    let is_here = |source: &String| match source.parse::<CommitId>() {
        Ok(commit) => code.commit_exists(commit).unwrap_or(false),
        Err(_) => true,
    };
    let (open, _) = open_syncs(realm, realm.tip()?)?;
    let mut own = open.iter().filter(|open| open.repo == repo);
    if own.any(|open| !open.sources.iter().all(is_here)) && has_default_branch(root, ask)? {
        terms.freshness = CodeFreshness::Whole;
    }
    Ok(terms)
}

impl Judged {
    /// That it cannot be told from here whether the code is on the exporter's default branch, a sentence without its
    /// end; nothing where it can.
    #[must_use]
    pub fn unchecked(&self) -> Option<String> {
        (self.source == SourceState::Unknown).then(|| {
            format!(
                "whether the code that it was read from ({}) is on {}'s default branch could not be checked from here",
                self.open.made_from(),
                self.open.repo
            )
        })
    }
}

impl OpenSync {
    /// The commits that its values were read from, for people: `commit abc1234`.
    #[must_use]
    pub fn made_from(&self) -> String {
        let commits = self.sources.iter().filter(|it| *it != trailer::UNCOMMITTED);
        let short: Vec<&str> = commits.map(|it| it.get(..7).unwrap_or(it)).collect();
        match short.as_slice() {
            [] => "no commit that it names".to_owned(),
            [one] => format!("commit {one}"),
            several => format!("commits {}", blue_realm::listed(several)),
        }
    }
}
