//! Pushing a branch from where it was seen: whoever was faster is told apart from whoever says no,
//! and nothing is ever overwritten.

use std::cell::RefCell;
use std::path::Path;

use git2::{ErrorCode, PushOptions};

use super::{Line, callbacks, folder_of, on_a_line, transfer_error};
use crate::error::{self, Error};
use crate::id::CommitId;
use crate::network::Network;
use crate::refs::{At, RefUpdate, moved_under_lock, tip_of};
use crate::repository::Repository;

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is where it was to go.
    Done,
    /// It was not where it was expected: somebody was faster. Nothing was done.
    Moved {
        /// Where it is, if that is known.
        at: Option<CommitId>,
    },
    /// The remote does not want it: a protected branch, a hook. Nothing was done.
    Refused {
        /// Its words.
        why: String,
    },
}

impl Repository {
    /// Moves a branch of a remote, from where it was seen. The commits that it needs go along. The
    /// remote-tracking branch follows.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Denied`], [`Error::TimedOut`], [`Error::Stopped`]: then it is
    /// not known whether it was done.
    pub fn push(
        &self,
        remote: &str,
        update: &RefUpdate,
        network: &mut Network<'_>,
    ) -> Result<Pushed, Error> {
        let url = self.url_of(remote)?;
        let (git_dir, address) = (self.git.path().to_owned(), url.clone());
        let wanted = update.clone();
        let pushed = on_a_line(&url, network, move |line| {
            let git = git2::Repository::open(&git_dir);
            let git = git.map_err(|why| error::opening(&git_dir, why))?;
            match folder_of(&address) {
                Some(folder) => into_folder(&git, &folder, &wanted),
                None => over_the_wire(&git, &address, &wanted, line),
            }
        })?;
        if pushed == Pushed::Done {
            let name = format!("refs/remotes/{remote}/{}", update.branch);
            let seen = tip_of(&self.git, &name).ok().flatten();
            // A fetch sets it right if somebody else moves it now.
            let _ = self.move_reference(&name, seen, update.to);
        }
        Ok(pushed)
    }
}

/// Into a repository on this disk. libgit2's own way there looks at a branch and writes it without a
/// lock, so that of two pushes at once one would be lost.
fn into_folder(git: &git2::Repository, folder: &Path, update: &RefUpdate) -> Result<Pushed, Error> {
    let target = git2::Repository::open(folder).map_err(|why| error::opening(folder, why))?;
    let failed = |why| error::doing(format!("pushing {}", update.branch), &target, why);
    let name = format!("refs/heads/{}", update.branch);
    let at = tip_of(&target, &name).map_err(failed)?;
    if at != update.expected {
        return Ok(Pushed::Moved { at });
    }
    if let (Some(at), Some(to)) = (at, update.to)
        && at != to
        && !git.graph_descendant_of(to.oid(), at.oid()).unwrap_or(false)
    {
        return Ok(Pushed::Moved { at: Some(at) });
    }
    if !target.is_bare() && is_checked_out(&target, &name) {
        let why = format!("it is checked out in {}", folder.display());
        return Ok(Pushed::Refused { why });
    }
    if let Some(to) = update.to {
        copy_objects(git, &target, to).map_err(failed)?;
    }
    match moved_under_lock(&target, &name, update.expected, update.to).map_err(failed)? {
        At::Moved => Ok(Pushed::Done),
        At::Elsewhere(at) => Ok(Pushed::Moved { at }),
    }
}

fn is_checked_out(target: &git2::Repository, name: &str) -> bool {
    let head = target.find_reference("HEAD");
    head.is_ok_and(|head| head.symbolic_target_bytes() == Some(name.as_bytes()))
}

/// Brings a commit and all that it needs into another repository, as one pack.
fn copy_objects(
    git: &git2::Repository,
    target: &git2::Repository,
    commit: CommitId,
) -> Result<(), git2::Error> {
    if target.find_commit(commit.oid()).is_ok() {
        return Ok(());
    }
    let mut walk = git.revwalk()?;
    walk.push(commit.oid())?;
    for reference in target.references()?.flatten() {
        let Ok(known) = reference.peel_to_commit() else {
            continue;
        };
        if git.find_commit(known.id()).is_ok() {
            walk.hide(known.id())?;
        }
    }
    let mut builder = git.packbuilder()?;
    builder.insert_walk(&mut walk)?;
    let odb = target.odb()?;
    let mut writer = odb.packwriter()?;
    let mut unwritten = None;
    builder.foreach(|part| match std::io::Write::write_all(&mut writer, part) {
        Ok(()) => true,
        Err(why) => {
            unwritten = Some(why);
            false
        }
    })?;
    if let Some(why) = unwritten {
        return Err(git2::Error::from_str(&why.to_string()));
    }
    writer.commit()?;
    Ok(())
}

/// Words in which servers say that a branch was moved meanwhile.
const MOVED: &[&str] = &[
    "lock",
    "fetch first",
    "non-fast-forward",
    "stale",
    "already exists",
    "failed to update ref",
    "incorrect old value",
];

fn over_the_wire(
    git: &git2::Repository,
    url: &str,
    update: &RefUpdate,
    line: &Line,
) -> Result<Pushed, Error> {
    let failed = |why| transfer_error(url, why);
    let elsewhere: RefCell<Option<Option<CommitId>>> = RefCell::new(None);
    let said: RefCell<Option<String>> = RefCell::new(None);
    let mut callbacks = callbacks(line, git.config().ok());
    // What the server listed when this connection began, and will hold the update against.
    callbacks.push_negotiation(|updates| {
        for listed in updates {
            let at = Some(listed.src())
                .filter(|id| !id.is_zero())
                .map(CommitId::of);
            if at != update.expected {
                *elsewhere.borrow_mut() = Some(at);
                return Err(git2::Error::from_str("the branch is somewhere else"));
            }
        }
        Ok(())
    });
    callbacks.push_update_reference(|_, status| {
        if let Some(words) = status {
            *said.borrow_mut() = Some(words.to_owned());
        }
        Ok(())
    });
    let mut options = PushOptions::new();
    options.remote_callbacks(callbacks);
    let from = update.to.map(|to| to.to_string()).unwrap_or_default();
    // Never by force: what does not come after what is there is refused here and there.
    let refspec = format!("{from}:refs/heads/{}", update.branch);
    let mut remote = git.remote_anonymous(url).map_err(failed)?;
    let pushed = remote.push(&[refspec], Some(&mut options));
    drop(options);
    if let Some(at) = elsewhere.into_inner() {
        return Ok(Pushed::Moved { at });
    }
    match (pushed, said.into_inner()) {
        (_, Some(why)) if MOVED.iter().any(|words| why.contains(words)) => {
            Ok(Pushed::Moved { at: None })
        }
        (_, Some(why)) => Ok(Pushed::Refused { why }),
        (Ok(()), None) => Ok(Pushed::Done),
        (Err(why), None) if why.code() == ErrorCode::NotFastForward => {
            Ok(Pushed::Moved { at: None })
        }
        (Err(why), None) => Err(failed(why)),
    }
}
