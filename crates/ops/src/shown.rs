//! What a verb would write, or has written, as people read it before they say yes: the branches that move,
//! the commits that come, and the lines that differ.

use std::collections::BTreeSet;

use blue_git::{CommitId, CommitInfo};

use crate::error::Error;
use crate::merge::open_syncs;
use crate::place::OpenRealm;
use crate::proposed::diff_of;

/// A branch of a realm that moves.
#[derive(Debug, Clone)]
pub struct MovedBranch {
    /// Its name.
    pub branch: String,
    /// Whether it is new; with [`MovedBranch::goes`] false for one that moves on.
    pub is_new: bool,
    /// Whether it is taken away.
    pub goes: bool,
    /// The commits that come onto it, oldest first.
    pub commits: Vec<CommitInfo>,
    /// How its files differ from what they were: a unified diff.
    pub diff: String,
}

/// The branches that a verb has moved in a realm, or would in a rehearsal, in the order of their moves.
/// `main`: the commit of record before.
///
/// # Errors
/// [`Error::Git`].
pub fn moved_branches(realm: &OpenRealm, main: CommitId) -> Result<Vec<MovedBranch>, Error> {
    let mut shown = Vec::new();
    for update in realm.moved() {
        let from = update.expected.unwrap_or(main);
        let Some(to) = update.to else {
            shown.push(MovedBranch {
                branch: update.branch,
                is_new: false,
                goes: true,
                commits: Vec::new(),
                diff: String::new(),
            });
            continue;
        };
        shown.push(MovedBranch {
            branch: update.branch,
            is_new: update.expected.is_none(),
            goes: false,
            commits: realm.repository.commits_between(Some(from), to)?,
            diff: diff(realm, from, to)?,
        });
    }
    Ok(shown)
}

/// The syncs that wait with a change of a contract, each as what it would bring to the branch of record.
///
/// # Errors
/// [`Error::Git`].
pub fn waiting_branches(
    realm: &OpenRealm,
    domain: &str,
    contract: &str,
) -> Result<Vec<MovedBranch>, Error> {
    let main = realm.tip()?;
    let (open, _) = open_syncs(realm, main)?;
    let mut shown = Vec::new();
    for sync in open.iter().filter(|sync| sync.is_of(domain, contract)) {
        let base = realm.repository.merge_base(main, sync.tip)?;
        shown.push(MovedBranch {
            branch: sync.branch.clone(),
            is_new: false,
            goes: false,
            commits: realm.repository.commits_between(base, sync.tip)?,
            diff: diff(realm, base.unwrap_or(main), sync.tip)?,
        });
    }
    Ok(shown)
}

/// How a commit changes the files of what it was made on: a unified diff.
///
/// # Errors
/// [`Error::Git`].
pub(crate) fn commit_diff(realm: &OpenRealm, commit: CommitId) -> Result<String, Error> {
    let info = realm.repository.commit_info(commit)?;
    match info.parents.first() {
        Some(parent) => diff(realm, *parent, commit),
        None => Ok(String::new()),
    }
}

fn diff(realm: &OpenRealm, from: CommitId, to: CommitId) -> Result<String, Error> {
    let repository = &realm.repository;
    let mut paths = BTreeSet::new();
    for change in repository.changes(from, to, "")? {
        paths.extend(change.paths);
    }
    let text = |commit, path: &str| -> Result<Option<String>, Error> {
        let bytes = repository.file_at(commit, path)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    };
    let mut shown = String::new();
    for path in paths {
        let (old, new) = (text(from, &path)?, text(to, &path)?);
        if old != new {
            shown.push_str(&diff_of(&path, old.as_deref(), new.as_deref()));
        }
    }
    Ok(shown)
}
