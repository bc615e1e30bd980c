//! New repositories, and checkouts that move because their own user asked for it.
//!
//! Everything else that Blue writes is a commit made in objects; here a working tree is written, and only where
//! nothing in it can be lost.

use std::io::ErrorKind;
use std::path::Path;

use git2::build::CheckoutBuilder;
use git2::{ErrorCode, RepositoryInitOptions, StatusOptions};

use crate::commit::{FileChange, Maker};
use crate::error::{self, Error};
use crate::id::CommitId;
use crate::refs::RefUpdate;
use crate::repository::Repository;

/// Whether a checkout has moved with its branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advanced {
    /// Branch and working tree are at the new commit.
    Done,
    /// Somebody moved the branch meanwhile.
    Moved,
    /// Something in the working tree is not committed: nothing was touched.
    Dirty,
}

/// A repository that is being made.
const PART: &str = ".blue-new-part";
/// One that is whole, and on its way out.
const WHOLE: &str = ".blue-new";

fn moved(from: &Path, to: &Path) -> Result<(), Error> {
    std::fs::rename(from, to).map_err(|source| Error::Write {
        path: to.to_owned(),
        source,
    })
}

/// Takes a folder away, if it is there.
fn gone(path: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Error::Write {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// The branch that git begins a new repository with: `init.defaultBranch` of the user's configuration, where that is a
/// name of a branch, else `main`.
#[must_use]
pub fn first_branch() -> String {
    let config = git2::Config::open_default().and_then(|mut config| config.snapshot());
    let said = config.and_then(|config| config.get_string("init.defaultBranch"));
    let said = said.ok().map(|name| name.trim().to_owned());
    let is_name = |name: &String| git2::Branch::name_is_valid(name).unwrap_or(false);
    said.filter(is_name).unwrap_or_else(|| "main".to_owned())
}

impl Repository {
    /// Makes a repository with a working tree in a folder that is empty or does not exist, and commits these
    /// files as its first commit on `branch`. The user's templates, which may hold hooks, are not used.
    ///
    /// It is made whole in a folder inside and then moved out: whoever was killed meanwhile is finished by
    /// [`Repository::finish_create`], and what was never whole is made anew.
    ///
    /// # Errors
    /// [`Error::Git`], [`Error::Write`].
    pub fn create(
        path: &Path,
        branch: &str,
        files: &[FileChange],
        message: &str,
        maker: &Maker,
    ) -> Result<(Repository, CommitId), Error> {
        let opening = |source| Error::Open {
            path: path.to_owned(),
            source,
        };
        let part = path.join(PART);
        gone(&part)?;
        let mut options = RepositoryInitOptions::new();
        options
            .mkpath(true)
            .external_template(false)
            .initial_head(branch);
        let git = git2::Repository::init_opts(&part, &options).map_err(opening)?;
        let commit = Repository { git }.first_commit(branch, files, message, maker)?;
        moved(&part, &path.join(WHOLE))?;
        Repository::finish_create(path)?;
        let git = git2::Repository::open(path).map_err(opening)?;
        Ok((Repository { git }, commit))
    }

    /// Finishes what [`Repository::create`] had made whole and not yet moved out; says whether there was such.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn finish_create(path: &Path) -> Result<bool, Error> {
        let whole = path.join(WHOLE);
        let Ok(inside) = std::fs::read_dir(&whole) else {
            return Ok(false);
        };
        for entry in inside.flatten() {
            moved(&entry.path(), &path.join(entry.file_name()))?;
        }
        gone(&whole)?;
        Ok(true)
    }

    /// Whether a folder has nothing in it but what [`Repository::create`] had begun there, or is not there at all.
    #[must_use]
    pub fn may_create(path: &Path) -> bool {
        match std::fs::read_dir(path) {
            Ok(mut inside) => inside.all(|entry| entry.is_ok_and(|it| it.file_name() == PART)),
            Err(why) => why.kind() == ErrorKind::NotFound,
        }
    }

    fn first_commit(
        &self,
        branch: &str,
        files: &[FileChange],
        message: &str,
        maker: &Maker,
    ) -> Result<CommitId, Error> {
        let failed = |why| error::doing("making the first commit".to_owned(), &self.git, why);
        let empty = self.git.treebuilder(None).and_then(|tree| tree.write());
        let empty = empty
            .and_then(|tree| self.git.find_tree(tree))
            .map_err(failed)?;
        let tree = self.changed_tree(&empty, files).map_err(failed)?;
        let made = self.write_commit(tree, &[], message, maker)?;
        let reference = format!("refs/heads/{branch}");
        self.git
            .reference(&reference, made.oid(), false, "blue: first commit")
            .map_err(failed)?;
        let mut checkout = CheckoutBuilder::new();
        self.git
            .checkout_head(Some(checkout.force()))
            .map_err(failed)?;
        Ok(made)
    }

    /// Moves the branch that is checked out, and its working tree with it, where nothing there would be lost:
    /// every file is as the commit of before has it. Files that git does not know stay, and are in the way where the
    /// new commit has one of that name.
    ///
    /// # Errors
    /// [`Error::MissingObject`], [`Error::Git`].
    pub fn advance_checkout(&self, update: &RefUpdate) -> Result<Advanced, Error> {
        let failed = |why| error::doing(format!("moving {}", update.branch), &self.git, why);
        let Some(to) = update.to else {
            return Ok(Advanced::Dirty);
        };
        let mut options = StatusOptions::new();
        options.include_untracked(false).include_ignored(false);
        let changed = self.git.statuses(Some(&mut options)).map_err(failed)?;
        if !changed.is_empty() {
            return Ok(Advanced::Dirty);
        }
        let commit = self.find_commit(to)?;
        // The files first: git tells what may be written by the commit that HEAD names, and looks at all of them before
        // it writes one.
        let mut checkout = CheckoutBuilder::new();
        match self
            .git
            .checkout_tree(commit.as_object(), Some(checkout.safe()))
        {
            Err(why) if why.code() == ErrorCode::Conflict => return Ok(Advanced::Dirty),
            done => done.map_err(failed)?,
        }
        if !self.move_branch(update)? {
            // Nothing of the user's was there, so that nothing is lost on the way back.
            let mut checkout = CheckoutBuilder::new();
            self.git
                .checkout_head(Some(checkout.force()))
                .map_err(failed)?;
            return Ok(Advanced::Moved);
        }
        Ok(Advanced::Done)
    }
}
