//! Taking worktrees away, where nothing that was done in them is lost.

use std::path::PathBuf;

use blue_git::{CommitId, Linked, Repository, discover};

use super::find::{Absent, Around};
use super::make::{Place, Places, locks, places, seen, stopped, told};
use super::plan::{Wish, same};
use super::{FOLDER, branch_of, folder_of};
use crate::ask::{Ask, Step};
use crate::error::Error;

/// What is taken away, or was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removal {
    /// `feat/NAME`.
    pub branch: String,
    /// One for each git repository that has something of the change.
    pub worktrees: Vec<Leaving>,
    /// Where the branch is checked out at a place of its own, which is left.
    pub left: Vec<PathBuf>,
    /// The repos that do not stand on this machine.
    pub absent: Vec<(String, Absent)>,
}

/// A worktree that is taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// The repos in it.
    pub repos: Vec<String>,
    /// Its folder.
    pub path: PathBuf,
    /// Where its branch is, which goes as well.
    pub branch: Option<CommitId>,
}

/// What [`remove`] would do.
///
/// # Errors
/// [`Error::Use`] for a name, domain or repo that is none; [`Error::InTheWay`] with every place where work would be lost;
/// [`Error::Git`].
pub fn removal(around: &Around<'_>, wish: &Wish<'_>) -> Result<Removal, Error> {
    plan(wish, &places(around, wish)?).map(|(removal, _)| removal)
}

/// Takes the worktrees of a change away, and its branch. Refused, for all of them, while one holds work that is not
/// committed, or commits that nothing else keeps: no remote's branch, no other branch here, no tag.
///
/// # Errors
/// Those of [`removal`]; [`Error::Stopped`].
pub fn remove(around: &Around<'_>, wish: &Wish<'_>, ask: &mut Ask<'_>) -> Result<Removal, Error> {
    let places = places(around, wish)?;
    let _locks = locks(&places)?;
    let (removal, at) = plan(wish, &places)?;
    for (leaving, at) in removal.worktrees.iter().zip(at) {
        let repository = &places.here[at].repository;
        let doing = format!("taking {} away", leaving.path.display());
        (ask.progress)(&doing);
        if let Some(tip) = leaving.branch {
            // First: a branch without a worktree would not be looked for again.
            displace(repository, leaving, &doing, ask)?;
            repository.take_branch(&removal.branch, tip)?;
            ask.took(Step::Unbranched)?;
        }
        repository
            .unlink(&leaving.path, &mut |step| told(step, &doing, ask))
            .map_err(stopped)?;
    }
    Ok(removal)
}

/// Moves a worktree's folder away, so that nobody goes on working in it.
fn displace(
    repository: &Repository,
    leaving: &Leaving,
    doing: &str,
    ask: &mut Ask<'_>,
) -> Result<(), Error> {
    repository
        .displace(&leaving.path, &mut |step| told(step, doing, ask))
        .map_err(stopped)
}

/// What is taken away, each with the index of its place.
fn plan(wish: &Wish<'_>, places: &Places) -> Result<(Removal, Vec<usize>), Error> {
    let branch = branch_of(wish.rfc);
    let mut removal = Removal {
        branch: branch.clone(),
        absent: places.absent.clone(),
        ..Removal::default()
    };
    let (mut at, mut in_the_way) = (Vec::new(), Vec::new());
    for (index, place) in places.here.iter().enumerate() {
        let path = place.checkout.join(FOLDER).join(folder_of(wish.rfc));
        let seen = seen(place, wish.rfc)?;
        let here = seen.linked.iter().find(|it| same(&it.path, &path));
        let here = here.filter(|it| it.path.is_dir());
        let is_half = place.repository.is_half_linked(&path)?;
        if seen.checked_out.as_ref() == Some(&branch) {
            removal.left.push(place.checkout.clone());
        }
        let is_of_branch = |it: &&Linked| it.branch.as_ref() == Some(&branch);
        let mut others = seen.linked.iter().filter(is_of_branch);
        let elsewhere =
            others.find(|it| it.path.is_dir() && !it.path.starts_with(place.checkout.join(FOLDER)));
        removal.left.extend(elsewhere.map(|it| it.path.clone()));
        if here.is_none() && !is_half {
            continue;
        }
        let only = match here {
            Some(here) => lost(place, here, &branch, &mut in_the_way)?,
            None => place.repository.commits_only_on(&branch)?,
        };
        let is_free =
            only == 0 && seen.checked_out.as_ref() != Some(&branch) && elsewhere.is_none();
        removal.worktrees.push(Leaving {
            repos: place.repos.iter().map(|(repo, _)| repo.clone()).collect(),
            path,
            branch: seen.branch.filter(|_| is_free),
        });
        at.push(index);
    }
    match in_the_way.is_empty() {
        true => Ok((removal, at)),
        false => Err(Error::InTheWay(in_the_way)),
    }
}

/// How many files are named.
const NAMED: usize = 3;

/// What would be lost with a worktree, into `why`; how many commits nothing else keeps.
fn lost(place: &Place, here: &Linked, branch: &str, why: &mut Vec<String>) -> Result<usize, Error> {
    let repos: Vec<&str> = place.repos.iter().map(|(repo, _)| repo.as_str()).collect();
    let (repos, path) = (repos.join(", "), here.path.display());
    if here.is_locked {
        why.push(format!(
            "{repos}: {path} is locked; `git worktree unlock {path}` unlocks it"
        ));
    }
    let Some(repository) = discover(&here.path)? else {
        return Ok(0);
    };
    let unsaved = repository.unsaved()?;
    if let Some(doing) = unsaved.amidst {
        why.push(format!("{repos}: a {doing} is under way in {path}"));
    }
    if unsaved.has_submodules {
        why.push(format!(
            "{repos}: submodules are checked out in {path}, whose commits would be lost; take them away with `git \
             submodule deinit --all` there"
        ));
    }
    if !unsaved.changed.is_empty() {
        let named: Vec<&str> = unsaved.changed.iter().map(String::as_str).collect();
        let more = match named.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = named[..named.len().min(NAMED)].join(", ");
        why.push(format!(
            "{repos}: {named}{more} in {path} would be lost: commit it, or undo it"
        ));
    }
    let only = repository.commits_only_on(branch)?;
    if only > 0 {
        let commits = match only {
            1 => "1 commit".to_owned(),
            more => format!("{more} commits"),
        };
        let on = here.branch.as_deref().unwrap_or("no branch");
        why.push(format!(
            "{repos}: {commits} on {on} in {path} would be lost, for nothing else has them: push (`git push -u origin \
             {branch}`) or merge"
        ));
    }
    Ok(only)
}
