//! Syncs that wait of a branch of the code that is no more: nobody has it, so that nobody could take the sync back by
//! saying it no more, and it would wait for ever.
//!
//! That a remote lacks a branch proves little, for it may only not be pushed yet, from another clone. A sync is taken
//! away where this clone had the very commits that it was made from, and neither here nor at the remote is there a branch
//! that has them still. Of any other it is said how it can be taken away.

use std::path::Path;

use blue_git::CommitId;
use blue_realm::Realm;

use super::behind::{Code, Listed};
use crate::ask::Ask;
use crate::error::Error;
use crate::merge::{OpenSync, not_its_own, open_syncs};
use crate::place::OpenRealm;
use crate::sync::Asking;

/// What is known of the syncs of a repository whose branches of code are not here.
#[derive(Debug, Default)]
pub(crate) struct GivenUp {
    /// Their branches, where it is certain.
    pub(crate) branches: Vec<String>,
    /// What may be so, a sentence each.
    pub(crate) notes: Vec<String>,
}

/// Looks for them, of the repo `repo` whose code is at `root`. The remote of the code is asked only where a sync waits of
/// a branch that is not here.
///
/// # Errors
/// [`Error::Stopped`], [`Error::Git`] for a repository that cannot be read.
pub(crate) fn given_up(
    realm: &OpenRealm,
    record: &Realm,
    (repo, root): (&str, &Path),
    ask: &mut Ask<'_>,
) -> Result<GivenUp, Error> {
    let mut found = GivenUp::default();
    let Some(code) = Code::at(root)?.filter(|code| !code.repository.is_shallow()) else {
        return Ok(found);
    };
    let main = realm.tip()?;
    let (open, _) = open_syncs(realm, main)?;
    let here = code.repository.branches("")?;
    let is_here = |branch: &str| here.iter().any(|(name, _)| name == branch);
    let own = open.into_iter().filter_map(|open| {
        let branch = open.source_branch.clone()?;
        let may_be = open.repo == repo && !open.is_uncommitted() && !is_here(&branch);
        let is_sound = || not_its_own(realm, (main, record), &open).is_empty();
        (may_be && is_sound()).then_some((branch, open))
    });
    let own: Vec<(String, OpenSync)> = own.collect();
    if own.is_empty() || realm.asking() != Asking::Remote {
        return Ok(found);
    }
    let Listed::Branches(listing) = code.listing(ask)? else {
        return Ok(found);
    };
    let default = listing.default.as_deref().and_then(|it| listing.tip(it));
    for (branch, open) in own {
        // What a newer default branch has of it, nobody here can know.
        let is_known = default.is_some_and(|default| code.has(default));
        if !is_known || listing.tip(&branch).is_some() {
            continue;
        }
        let all = here.iter().chain(&listing.branches);
        let tips: Vec<CommitId> = all.map(|(_, at)| *at).chain([code.head]).collect();
        let sync = &open.branch;
        match code.had_and_lost(&open, &tips)? {
            Some(true) => found.branches.push(sync.clone()),
            Some(false) => {}
            None => found.notes.push(format!(
                "{sync} is of {branch} of {repo}, which is neither here nor on its remote: where nobody has it any more, \
                 `{}` in the realm's checkout takes it back",
                realm.taking_away(sync),
            )),
        }
    }
    Ok(found)
}

impl Code {
    /// Whether the commits that a sync was made from were here and are part of nothing any more; nothing where one never
    /// was here.
    fn had_and_lost(&self, open: &OpenSync, tips: &[CommitId]) -> Result<Option<bool>, Error> {
        for source in &open.sources {
            let Ok(commit) = source.parse::<CommitId>() else {
                return Ok(None);
            };
            if !self.repository.commit_exists(commit)? {
                return Ok(None);
            }
            for tip in tips {
                if self.repository.commit_exists(*tip)?
                    && self.repository.is_ancestor(commit, *tip)?
                {
                    return Ok(Some(false));
                }
            }
        }
        Ok((!open.sources.is_empty()).then_some(true))
    }
}
