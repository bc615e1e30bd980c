//! Which worktrees there are, and what was done in them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use blue_git::discover;

use super::find::{Absent, Around, find};
use super::plan::by_checkout;
use super::{FOLDER, branch_of};
use crate::error::Error;

/// A worktree of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The repos in it, each with its folder there; empty: all of it.
    pub repos: Vec<(String, PathBuf)>,
    /// Its folder.
    pub path: PathBuf,
    /// What is checked out, where it is not the change's branch; `Some(None)`: no branch.
    pub strayed: Option<Option<String>>,
    /// How many files are changed, or new and not ignored.
    pub changed: usize,
    /// How many commits nothing else keeps.
    pub only_here: usize,
    /// Whether it was being made or taken away as the process ended.
    pub is_half: bool,
}

/// The worktrees of some repos.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// By the name of the change.
    pub changes: BTreeMap<String, Vec<Standing>>,
    /// The repos that do not stand on this machine.
    pub absent: Vec<(String, Absent)>,
}

/// The worktrees of all changes in these repos.
///
/// # Errors
/// [`Error::Git`].
pub fn list(around: &Around<'_>, repos: &[String]) -> Result<Listed, Error> {
    let (local, absent) = find(around, repos);
    let mut changes: BTreeMap<String, Vec<Standing>> = BTreeMap::new();
    for (checkout, repos) in by_checkout(local) {
        let Some(repository) = discover(&checkout)? else {
            continue;
        };
        let folder = std::fs::canonicalize(checkout.join(FOLDER)).unwrap_or_default();
        for linked in repository.linked()? {
            let place = linked.path.parent().map(std::fs::canonicalize);
            let is_placed = matches!(place, Some(Ok(place)) if place == folder);
            let name = linked.path.file_name().and_then(|it| it.to_str());
            let name = name.unwrap_or_default();
            let half = name
                .strip_prefix(".feat-")
                .and_then(|it| it.strip_suffix(".part"));
            let Some(rfc) = half
                .or_else(|| name.strip_prefix("feat-"))
                .filter(|_| is_placed)
            else {
                continue;
            };
            let path = checkout.join(FOLDER).join(format!("feat-{rfc}"));
            let mut standing = Standing {
                repos: repos.clone(),
                path,
                strayed: (linked.branch.as_deref() != Some(&branch_of(rfc)))
                    .then(|| linked.branch.clone()),
                changed: 0,
                only_here: 0,
                is_half: half.is_some() || !linked.path.is_dir(),
            };
            if !standing.is_half
                && let Some(own) = discover(&linked.path)?
            {
                standing.changed = own.unsaved()?.changed.len();
                standing.only_here = own.commits_only_on(&branch_of(rfc))?;
            }
            changes.entry(rfc.to_owned()).or_default().push(standing);
        }
    }
    Ok(Listed { changes, absent })
}
