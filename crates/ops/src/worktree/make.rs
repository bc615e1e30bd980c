//! Making worktrees: all of them or none.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use blue_git::{LinkStep, Lock, RefUpdate, Repository, Why, discover, lock};

use super::find::{Absent, Around, find};
use super::plan::{Fate, Plan, Planned, Seen, Start, Wish, by_checkout, planned, wished};
use super::{FOLDER, IGNORED, branch_of, folder_of};
use crate::ask::{Ask, Step};
use crate::error::Error;

/// How long another run that is at the same repository is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What [`create`] would do. Nothing is written or locked.
///
/// # Errors
/// [`Error::Use`] for a name that is none, a domain or repo that is not there, or where none stands on this machine;
/// [`Error::InTheWay`] for what is in the way, of all repos at once; [`Error::Git`].
pub fn dry_run(around: &Around<'_>, wish: &Wish<'_>) -> Result<Plan, Error> {
    let places = places(around, wish)?;
    plan(wish, &places)
}

/// Makes the branch and the worktree of a change in every repo, those that are there left as they are. Where one
/// fails, or somebody stops it, what this run made is taken away again.
///
/// # Errors
/// Those of [`dry_run`]; [`Error::Stopped`].
pub fn create(around: &Around<'_>, wish: &Wish<'_>, ask: &mut Ask<'_>) -> Result<Plan, Error> {
    let places = places(around, wish)?;
    let _locks = locks(&places)?;
    let plan = plan(wish, &places)?;
    let mut made = Vec::new();
    for (place, planned) in places.here.iter().zip(&plan.worktrees) {
        let mut undo = Undo::default();
        let done = make(&place.repository, planned, &plan.branch, &mut undo, ask);
        made.push((&place.repository, undo));
        let Err(why) = done else { continue };
        // As if killed: whoever is killed undoes nothing.
        if matches!(why, Error::Stopped) && !ask.stop.load(Ordering::SeqCst) {
            return Err(why);
        }
        let left: Vec<Error> = made
            .iter()
            .rev()
            .filter_map(|(repository, undo)| undo.run(repository).err())
            .collect();
        return Err(match left.is_empty() {
            true => why,
            false => Error::Undone {
                why: Box::new(why),
                left: left.iter().map(ToString::to_string).collect(),
            },
        });
    }
    Ok(plan)
}

/// A git repository in which something is to be done.
pub(super) struct Place {
    pub(super) checkout: PathBuf,
    pub(super) repos: Vec<(String, PathBuf)>,
    pub(super) repository: Repository,
}

pub(super) struct Places {
    pub(super) here: Vec<Place>,
    pub(super) absent: Vec<(String, Absent)>,
}

/// The git repositories of the repos that are wished for. Who is named by name has to be there.
pub(super) fn places(around: &Around<'_>, wish: &Wish<'_>) -> Result<Places, Error> {
    let (local, absent) = find(around, &wished(around, wish)?);
    let named = absent.iter().filter(|(repo, _)| wish.repos.contains(repo));
    let named: Vec<String> = named.map(|(repo, why)| format!("{repo}: {why}")).collect();
    if !named.is_empty() || local.is_empty() {
        let why = match named.is_empty() {
            true => absent
                .iter()
                .map(|(repo, why)| format!("{repo}: {why}"))
                .collect(),
            false => named,
        };
        return Err(Error::Use {
            message: format!("no worktree can be made: {}", why.join("; ")),
            hint: format!(
                "clone it beside the others, and say in its .blue/config.yaml that it takes part in {}; or write its \
                 `path` into the realm's repos/",
                around.name
            ),
        });
    }
    let mut here = Vec::new();
    for (checkout, repos) in by_checkout(local) {
        let repository = opened(&checkout)?;
        here.push(Place {
            checkout,
            repos,
            repository,
        });
    }
    Ok(Places { here, absent })
}

fn opened(checkout: &Path) -> Result<Repository, Error> {
    discover(checkout)?.ok_or_else(|| Error::Use {
        message: format!("{} is no git checkout any more", checkout.display()),
        hint: "look what became of it, and run this again".to_owned(),
    })
}

/// Each repository for this run alone; always in the same order, so that two runs do not wait for each other.
pub(super) fn locks(places: &Places) -> Result<Vec<Lock>, Error> {
    let paths = places.here.iter();
    let paths = paths.map(|it| it.repository.common_dir().join("blue-worktree.lock"));
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    let locks = paths.iter().map(|path| lock(path, PATIENCE));
    Ok(locks.collect::<Result<_, _>>()?)
}

fn plan(wish: &Wish<'_>, places: &Places) -> Result<Plan, Error> {
    let mut plan = Plan {
        branch: branch_of(wish.rfc),
        worktrees: Vec::new(),
        absent: places.absent.clone(),
    };
    let mut in_the_way = Vec::new();
    for place in &places.here {
        let seen = seen(place, wish.rfc)?;
        let (checkout, repos) = (place.checkout.clone(), place.repos.clone());
        match planned(wish.rfc, checkout, repos, &seen) {
            Ok(planned) => plan.worktrees.push(planned),
            Err(why) => in_the_way.push(why),
        }
    }
    match in_the_way.is_empty() {
        true => Ok(plan),
        false => Err(Error::InTheWay(in_the_way)),
    }
}

pub(super) fn seen(place: &Place, rfc: &str) -> Result<Seen, Error> {
    let (repository, branch) = (&place.repository, branch_of(rfc));
    let exactly = |found: Vec<(String, _)>| {
        let mut found = found.into_iter();
        found.find(|(name, _)| *name == branch).map(|(_, at)| at)
    };
    let remote = repository.main_remote()?;
    let pushed = match &remote {
        Some(remote) => exactly(repository.remote_branches_of(remote, &branch)?)
            .map(|at| (format!("{remote}/{branch}"), at)),
        None => None,
    };
    let default = repository.default_branch()?.map(|record| {
        let name = match record.why {
            Why::RemoteTracking { name } | Why::LocalBranch { name } | Why::Tag { name } => name,
            Why::Head => "HEAD".to_owned(),
        };
        (name, record.commit)
    });
    let path = place.checkout.join(FOLDER).join(folder_of(rfc));
    // An empty folder is in nobody's way.
    let is_empty = |path: &Path| std::fs::read_dir(path).is_ok_and(|mut it| it.next().is_none());
    let here = repository.branches("feat")?;
    Ok(Seen {
        has_feat: here.iter().any(|(name, _)| name == "feat"),
        branch: exactly(here),
        pushed,
        default,
        checked_out: repository.head_branch()?,
        linked: repository.linked()?,
        is_taken: path.symlink_metadata().is_ok() && !is_empty(&path),
    })
}

/// What takes back what was done in one repository.
#[derive(Debug, Default)]
struct Undo {
    path: Option<PathBuf>,
    branch: Option<(String, blue_git::CommitId)>,
    is_excluded: bool,
}

impl Undo {
    fn run(&self, repository: &Repository) -> Result<(), Error> {
        if let Some(path) = &self.path {
            repository.unlink(path, &mut |_| ControlFlow::Continue(()))?;
        }
        if let Some((branch, at)) = &self.branch {
            repository.take_branch(branch, *at)?;
        }
        if self.is_excluded {
            repository.exclude_no_more(IGNORED)?;
        }
        Ok(())
    }
}

fn make(
    repository: &Repository,
    planned: &Planned,
    branch: &str,
    undo: &mut Undo,
    ask: &mut Ask<'_>,
) -> Result<(), Error> {
    let Fate::Made(start) = &planned.fate else {
        return Ok(());
    };
    undo.is_excluded = repository.exclude(IGNORED)?;
    ask.took(Step::Excluded)?;
    if let Some(at) = start.commit() {
        let update = RefUpdate {
            branch: branch.to_owned(),
            expected: None,
            to: Some(at),
        };
        // Somebody made it at this very moment: it is theirs, and taken as it is.
        if repository.move_branch(&update)? {
            undo.branch = Some((branch.to_owned(), at));
        }
        if let Start::Pushed { name, .. } = start {
            repository.set_upstream(branch, name)?;
        }
        ask.took(Step::Branched)?;
    }
    let empty = planned.path.is_dir();
    if empty {
        // It was looked at: an empty folder.
        let _ = std::fs::remove_dir(&planned.path);
    }
    undo.path = Some(planned.path.clone());
    let doing = format!(
        "checking {branch} out in {}",
        planned.checkout.join(FOLDER).display()
    );
    (ask.progress)(&doing);
    repository
        .link(&planned.path, branch, &mut |step| told(step, &doing, ask))
        .map_err(stopped)
}

/// Tells of a step, and says whether it goes on.
pub(super) fn told(step: LinkStep, doing: &str, ask: &mut Ask<'_>) -> ControlFlow<()> {
    let step = match step {
        LinkStep::Files { done, total } => {
            (ask.progress)(&format!("{doing}: {done}/{total} files"));
            // One moment among them is as good as another.
            LinkStep::Files { done: 0, total: 0 }
        }
        step => step,
    };
    match ask.took(Step::Linked(step)) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

pub(super) fn stopped(why: blue_git::Error) -> Error {
    match why {
        blue_git::Error::Stopped => Error::Stopped,
        why => Error::Git(why),
    }
}
