//! What is to be made, as a function of what is there.

use std::path::PathBuf;

use blue_git::{CommitId, Linked};

use super::find::{Absent, Around, Local};
use super::{FOLDER, branch_of, folder_of, rfc_name};
use crate::error::Error;

/// Which worktrees are wished for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The name of the change.
    pub rfc: &'a str,
    /// The domains whose repos take part.
    pub domains: &'a [String],
    /// Those alone; none: all of these domains.
    pub repos: &'a [String],
}

/// What is made, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// `feat/NAME`.
    pub branch: String,
    /// One for each git repository.
    pub worktrees: Vec<Planned>,
    /// The repos that do not stand on this machine.
    pub absent: Vec<(String, Absent)>,
}

/// A worktree that is made, or is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The repos in it: more than one where they share a git repository. Each with its folder there; empty: all of it.
    pub repos: Vec<(String, PathBuf)>,
    /// The main checkout.
    pub checkout: PathBuf,
    /// The worktree's folder.
    pub path: PathBuf,
    /// What is done about it.
    pub fate: Fate,
}

/// What is done about a worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is made, and its branch begins there.
    Made(Start),
    /// It is there, at its place.
    There,
    /// The branch is checked out elsewhere, and stays there.
    Elsewhere,
}

/// Where a branch begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// The branch is there.
    Known,
    /// Somebody pushed one of that name (`origin/feat/experiments`), which it follows.
    Pushed {
        /// The remote's branch.
        name: String,
        /// Where it is.
        at: CommitId,
    },
    /// At the branch that everybody starts from (`origin/main`).
    New {
        /// That branch.
        name: String,
        /// Where it is.
        at: CommitId,
    },
}

impl Start {
    /// The commit at which a branch is made; nothing for one that is there.
    #[must_use]
    pub fn commit(&self) -> Option<CommitId> {
        match self {
            Start::Known => None,
            Start::Pushed { at, .. } | Start::New { at, .. } => Some(*at),
        }
    }
}

/// What is there of a change in a git repository.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// The branch.
    pub(super) branch: Option<CommitId>,
    /// The branch of that name on the remote, with the remote's name before it.
    pub(super) pushed: Option<(String, CommitId)>,
    /// The branch that everybody starts from.
    pub(super) default: Option<(String, CommitId)>,
    /// A branch `feat`, beside which git can have no `feat/NAME`.
    pub(super) has_feat: bool,
    /// The branch that the main checkout is on.
    pub(super) checked_out: Option<String>,
    /// The linked worktrees.
    pub(super) linked: Vec<Linked>,
    /// Whether something is at the worktree's place.
    pub(super) is_taken: bool,
}

/// The repos that are wished for, in the order of the domains.
pub(super) fn wished(around: &Around<'_>, wish: &Wish<'_>) -> Result<Vec<String>, Error> {
    rfc_name(wish.rfc)?;
    let mut members: Vec<String> = Vec::new();
    for name in wish.domains {
        let Some(domain) = around.realm.domain(name) else {
            let known: Vec<&str> = around.realm.domains().map(|it| &*it.name).collect();
            return Err(crate::admin::not_there("domain", name, &known));
        };
        for member in domain.members().into_iter().flatten() {
            if !members.iter().any(|it| **it == **member) {
                members.push(member.to_string());
            }
        }
    }
    for repo in wish.repos {
        if !members.contains(repo) {
            let known: Vec<&str> = members.iter().map(String::as_str).collect();
            let hint = match blue_realm::did_you_mean(repo, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("its members are {}", known.join(", ")),
            };
            return Err(Error::Use {
                message: format!(
                    "`{repo}` is no member of {}",
                    blue_realm::listed(wish.domains)
                ),
                hint,
            });
        }
    }
    let is_wished = |repo: &String| wish.repos.is_empty() || wish.repos.contains(repo);
    Ok(members.into_iter().filter(is_wished).collect())
}

/// The repos by their git repositories, in the order of the first of each.
pub(super) fn by_checkout(local: Vec<Local>) -> Vec<(PathBuf, Vec<(String, PathBuf)>)> {
    let mut found: Vec<(PathBuf, Vec<(String, PathBuf)>)> = Vec::new();
    for it in local {
        let repo = (it.repo, it.folder);
        match found
            .iter_mut()
            .find(|(checkout, _)| *checkout == it.checkout)
        {
            Some((_, repos)) => repos.push(repo),
            None => found.push((it.checkout, vec![repo])),
        }
    }
    found
}

/// What is done in one git repository, or why nothing can be.
pub(super) fn planned(
    rfc: &str,
    checkout: PathBuf,
    repos: Vec<(String, PathBuf)>,
    seen: &Seen,
) -> Result<Planned, String> {
    let branch = branch_of(rfc);
    let path = checkout.join(FOLDER).join(folder_of(rfc));
    let of_branch = |branch: &Option<String>| branch.as_deref() == Some(branch_of(rfc).as_str());
    let with = |path: PathBuf, fate: Fate| Planned {
        repos: repos.clone(),
        checkout: checkout.clone(),
        path,
        fate,
    };
    if of_branch(&seen.checked_out) {
        return Ok(with(checkout.clone(), Fate::Elsewhere));
    }
    let is_there = |it: &&Linked| it.path.is_dir();
    let at_place = seen.linked.iter().find(|it| same(&it.path, &path));
    if let Some(there) = at_place.filter(is_there) {
        return match &there.branch {
            on if of_branch(on) => Ok(with(path, Fate::There)),
            Some(other) => Err(format!(
                "{} is there and on {other}, not on {branch}; switch it, or take another name",
                path.display()
            )),
            None => Err(format!(
                "{} is there and on no branch; switch it to {branch}, or take another name",
                path.display()
            )),
        };
    }
    // One beside its place is being made, and nobody's.
    let mut others = seen.linked.iter().filter(is_there);
    if let Some(other) = others.find(|it| of_branch(&it.branch) && !is_part(&it.path, rfc)) {
        return Ok(with(other.path.clone(), Fate::Elsewhere));
    }
    if seen.is_taken {
        return Err(format!(
            "{} is in the way: it is no worktree of this repository; move it, or take another name",
            path.display()
        ));
    }
    let start = match (seen.branch, &seen.pushed, &seen.default) {
        (Some(_), _, _) => Start::Known,
        _ if seen.has_feat => {
            return Err(format!(
                "{} has a branch `feat`, beside which git can have no `{branch}`; rename that one",
                checkout.display()
            ));
        }
        (_, Some((name, at)), _) => Start::Pushed {
            name: name.clone(),
            at: *at,
        },
        (_, _, Some((name, at))) => Start::New {
            name: name.clone(),
            at: *at,
        },
        _ => {
            return Err(format!(
                "{} has no commit yet that a branch could begin at; commit there first",
                checkout.display()
            ));
        }
    };
    Ok(with(path, Fate::Made(start)))
}

fn is_part(path: &std::path::Path, rfc: &str) -> bool {
    let name = format!(".{}.part", folder_of(rfc));
    path.file_name().is_some_and(|it| *it == *name)
}

/// Whether two paths are one, however git spells it.
pub(super) fn same(one: &std::path::Path, other: &std::path::Path) -> bool {
    if one == other {
        return true;
    }
    let real = std::fs::canonicalize;
    matches!((real(one), real(other)), (Ok(one), Ok(other)) if one == other)
}
