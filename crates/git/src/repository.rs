//! Finding and opening a repository, and naming its commits.
//!
//! Discovery is libgit2's, never "is there a folder called .git": in a worktree and in a
//! submodule `.git` is a file.

use std::path::Path;

use git2::{ErrorClass, ErrorCode};

use crate::error::{self, Error};
use crate::id::CommitId;

/// The priority of objects in memory; those of loose ones and packs are 1 and 2.
const IN_MEMORY: i32 = 1000;

/// An open repository. `Send` but not `Sync`: each thread opens its own.
pub struct Repository {
    pub(crate) git: git2::Repository,
}

/// Opens the repository that holds `path`, looking upwards; `None` when there is none (also when
/// `path` does not exist). Environment variables such as `GIT_DIR` are not read.
///
/// # Errors
/// [`Error::NotOwned`], [`Error::Open`].
pub fn discover(path: &Path) -> Result<Option<Repository>, Error> {
    match git2::Repository::discover(path) {
        Ok(git) => Ok(Some(Repository { git })),
        Err(why) if why.code() == ErrorCode::NotFound => Ok(None),
        Err(why) => Err(error::opening(path, why)),
    }
}

impl Repository {
    /// The same repository once more, which keeps in memory what is written to it: to see what would come of
    /// something. Objects are gone when it is dropped; references are not held back.
    ///
    /// # Errors
    /// [`Error::NotOwned`], [`Error::Open`], [`Error::Git`].
    pub fn in_memory(&self) -> Result<Repository, Error> {
        let path = self.git_dir();
        let git = git2::Repository::open(path).map_err(|why| error::opening(path, why))?;
        // Above every other one, so that all that is written goes there; the repository's database of objects
        // keeps it alive.
        let added = git
            .odb()
            .and_then(|objects| objects.add_new_mempack_backend(IN_MEMORY).map(drop));
        added.map_err(|why| error::doing("keeping objects in memory".to_owned(), &git, why))?;
        Ok(Repository { git })
    }

    /// The root of the working tree, of a linked worktree its own; `None` for a bare repository.
    #[must_use]
    pub fn workdir(&self) -> Option<&Path> {
        self.git.workdir()
    }

    /// The git directory: of a linked worktree its own under `.git/worktrees/`.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        self.git.path()
    }

    /// The git directory that all worktrees share.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        self.git.commondir()
    }

    /// Whether the index of this working tree has a file: one that was committed, or that will be.
    ///
    /// # Errors
    /// [`Error::Git`] where the index cannot be read.
    pub fn tracks(&self, path: &Path) -> Result<bool, Error> {
        let Some(workdir) = self.git.workdir() else {
            return Ok(false);
        };
        let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (workdir, path) = (real(workdir), real(path));
        let Ok(inside) = path.strip_prefix(&workdir) else {
            return Ok(false);
        };
        let index = self.git.index();
        let index = index.map_err(|why| error::reading("the index".to_owned(), &self.git, why))?;
        Ok((0..4).any(|stage| index.get_path(inside, stage).is_some()))
    }

    /// Whether history was cut off when cloning, so that old commits may be missing.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        // libgit2 looks in the worktree's own git directory, but git keeps the file in the shared one.
        self.git.is_shallow() || self.git.commondir().join("shallow").is_file()
    }

    /// The name of the branch that is checked out, which may have no commit yet; `None` when HEAD
    /// is detached.
    ///
    /// # Errors
    /// [`Error::Git`] when HEAD cannot be read.
    pub fn head_branch(&self) -> Result<Option<String>, Error> {
        let reading = |why| error::doing("reading HEAD".to_owned(), &self.git, why);
        let head = self.git.find_reference("HEAD").map_err(reading)?;
        let target = head.symbolic_target_bytes().map(String::from_utf8_lossy);
        let branch = target
            .as_deref()
            .and_then(|name| name.strip_prefix("refs/heads/"));
        Ok(branch.map(str::to_owned))
    }

    /// The commit that a full or short id, a branch, a tag, a reference's full name or an
    /// expression such as `HEAD~2` names. Searches and paths (`:/text`, `main:file`) are not taken.
    ///
    /// # Errors
    /// [`Error::UnknownRevision`], [`Error::AmbiguousRevision`], [`Error::MissingObject`].
    pub fn resolve(&self, rev: &str) -> Result<CommitId, Error> {
        let path = || self.git.path().to_path_buf();
        let unknown = || Error::UnknownRevision {
            rev: rev.to_owned(),
            path: path(),
        };
        if rev.is_empty() || rev.contains(':') || rev.contains("^{/") {
            return Err(unknown());
        }
        let object = self.git.revparse_single(rev);
        let commit = object.and_then(|object| object.peel_to_commit());
        commit
            .map(|commit| CommitId::of(commit.id()))
            .map_err(|why| {
                let is_id = rev.len() >= 4 && rev.bytes().all(|b| b.is_ascii_hexdigit());
                match why.code() {
                    ErrorCode::Ambiguous => Error::AmbiguousRevision {
                        rev: rev.to_owned(),
                        path: path(),
                    },
                    // An id that was typed is not known; one that a branch holds is missing.
                    ErrorCode::NotFound if why.class() == ErrorClass::Odb && !is_id => {
                        error::reading(format!("the commit of `{rev}`"), &self.git, why)
                    }
                    ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Peel => unknown(),
                    _ => error::reading(format!("the commit of `{rev}`"), &self.git, why),
                }
            })
    }

    /// Whether the commit is in this clone (and can be read).
    ///
    /// # Errors
    /// [`Error::MissingObject`] when it is there but damaged.
    pub fn commit_exists(&self, commit: CommitId) -> Result<bool, Error> {
        match self.git.find_commit(commit.oid()) {
            Ok(_) => Ok(true),
            Err(why) if why.code() == ErrorCode::NotFound => Ok(false),
            Err(why) => Err(error::reading(format!("commit {commit}"), &self.git, why)),
        }
    }

    /// The commit and its ancestors along first parents, newest first, `limit` at most. In a
    /// shallow clone the line ends where the history was cut: see [`Repository::is_shallow`].
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn first_parents(&self, commit: CommitId, limit: usize) -> Result<Vec<CommitId>, Error> {
        let mut line = Vec::new();
        let mut next = Some(commit);
        while let Some(id) = next.filter(|_| line.len() < limit) {
            let read = self.find_commit(id)?;
            line.push(id);
            next = read.parent_id(0).ok().map(CommitId::of);
            // libgit2 does not always cut where `.git/shallow` says.
            if let Some(parent) = next
                && self.is_shallow()
                && !self.commit_exists(parent)?
            {
                next = None;
            }
        }
        Ok(line)
    }

    pub(crate) fn find_commit(&self, id: CommitId) -> Result<git2::Commit<'_>, Error> {
        let found = self.git.find_commit(id.oid());
        found.map_err(|why| error::reading(format!("commit {id}"), &self.git, why))
    }
}
