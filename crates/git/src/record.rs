//! Which commit is the record: what the repository says officially (realm-format.md, "Contract
//! of record").
//!
//! It exists because a checkout is often behind its remote or on another branch, and what others
//! have agreed on must not depend on that.

use git2::{ErrorCode, Reference};

use crate::error::{self, Error};
use crate::id::CommitId;
use crate::repository::Repository;

/// The commit of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The commit.
    pub commit: CommitId,
    /// When it was committed: seconds since 1970-01-01T00:00:00Z.
    pub time: i64,
    /// How it was found.
    pub why: Why,
}

/// A checkout that is not what is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Commits that the record has and the checkout has not.
    pub commits: usize,
    /// The branch that is checked out, where it is another one than the one followed; `None` also
    /// for a detached HEAD.
    pub branch: Option<String>,
    /// Whether another branch, or a detached HEAD at another commit, is checked out.
    pub is_elsewhere: bool,
}

/// How the commit of record was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is what the remote was last seen to have.
    RemoteTracking {
        /// Such as `origin/main`.
        name: String,
    },
    /// No remote knows the followed name, but a local branch has it.
    LocalBranch {
        /// Such as `main`.
        name: String,
    },
    /// The followed name is a tag.
    Tag {
        /// Such as `v1`.
        name: String,
    },
    /// Nothing better is known: what is checked out.
    Head,
}

impl Repository {
    /// The commit of record; `None` in a repository without commits.
    ///
    /// With `follow` (a branch's or tag's name): its remote-tracking branch (origin's, else the
    /// only remote's, else the one its local branch is set up to track), else the tag, else the
    /// local branch, else HEAD. Without: the remote's default branch as far as it is known, else the
    /// upstream of the branch that is checked out, else HEAD, and where that is on no branch,
    /// [`Repository::default_branch`]. Where others see the branch, what is checked out is a proposal: a person who
    /// tries something on a branch of a realm, or looks at an old commit of it, changes nothing for anybody. It is
    /// never a commit that nothing could be written to.
    ///
    /// # Errors
    /// [`Error::MissingObject`] when a reference leads to a commit that is not there.
    pub fn record_commit(&self, follow: Option<&str>) -> Result<Option<Record>, Error> {
        let Some(name) = follow else {
            let default = self.default_branch()?;
            let is_shared = |it: &Record| matches!(it.why, Why::RemoteTracking { .. });
            // HEAD is not even asked then: of a clone that Blue keeps it means nothing, and may be damaged.
            if default.as_ref().is_some_and(is_shared) {
                return Ok(default);
            }
            let Some(branch) = self.head_branch()? else {
                return Ok(default);
            };
            return match self.upstream_of(&branch).map(remote_tracking) {
                Some((reference, why)) => self.record(&reference, why).map(Some),
                None => Ok(self.head_record()?.or(default)),
            };
        };
        if let Some((reference, why)) = self.followed(name)? {
            return self.record(&reference, why).map(Some);
        }
        self.head_record()
    }

    /// The tip of the branch that everybody starts from, as far as this clone knows: what origin's
    /// (or the only remote's) HEAD points to, else its `main` or `master`, else its only branch,
    /// else the local `main` or `master`, else what the checked-out branch is set up to track, else
    /// HEAD. `None` in a repository without commits.
    ///
    /// # Errors
    /// [`Error::MissingObject`] when a reference leads to a commit that is not there.
    pub fn default_branch(&self) -> Result<Option<Record>, Error> {
        if let Some(remote) = self.main_remote()? {
            for name in ["HEAD", "main", "master"] {
                let Some(reference) = self.reference(&format!("refs/remotes/{remote}/{name}"))
                else {
                    continue;
                };
                // Of a branch that was deleted on the remote, the remote's HEAD may still speak.
                if let Ok(reference) = reference.resolve() {
                    let (reference, why) = remote_tracking(reference);
                    return self.record(&reference, why).map(Some);
                }
            }
            // A remote that was added by hand has no HEAD here. A shallow clone of one branch does
            // not know of the others.
            if !self.is_shallow()
                && let [only] = self.remote_branches(&remote)?.as_slice()
                && let Some(reference) = self.reference(only)
            {
                let (reference, why) = remote_tracking(reference);
                return self.record(&reference, why).map(Some);
            }
        }
        for name in ["main", "master"] {
            if let Some(reference) = self.reference(&format!("refs/heads/{name}")) {
                let name = name.to_owned();
                return self.record(&reference, Why::LocalBranch { name }).map(Some);
            }
        }
        let branch = self.head_branch()?.filter(|_| !self.is_shallow());
        if let Some(upstream) = branch.and_then(|branch| self.upstream_of(&branch)) {
            let (reference, why) = remote_tracking(upstream);
            return self.record(&reference, why).map(Some);
        }
        self.head_record()
    }

    /// Whether branches of any remote were fetched.
    ///
    /// # Errors
    /// [`Error`] when the repository cannot be read.
    pub fn has_remote_branches(&self) -> Result<bool, Error> {
        for remote in self.remote_names()? {
            if !self.remote_branches(&remote)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The full names of the branches that were fetched of a remote, without its HEAD.
    fn remote_branches(&self, remote: &str) -> Result<Vec<String>, Error> {
        let failed =
            |why| error::doing(format!("listing the branches of {remote}"), &self.git, why);
        let found = self
            .git
            .references_glob(&format!("refs/remotes/{remote}/*"));
        let mut found = found.map_err(failed)?;
        let head = format!("refs/remotes/{remote}/HEAD");
        let names = found.names().filter_map(Result::ok);
        Ok(names
            .filter(|name| *name != head)
            .map(str::to_owned)
            .collect())
    }

    /// What is checked out; `None` in a repository without commits.
    ///
    /// # Errors
    /// [`Error::MissingObject`] when HEAD leads to a commit that is not there.
    pub fn head_record(&self) -> Result<Option<Record>, Error> {
        match self.git.head() {
            Ok(head) => self.record(&head, Why::Head).map(Some),
            Err(why) if matches!(why.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                Ok(None)
            }
            Err(why) => Err(error::doing("reading HEAD".to_owned(), &self.git, why)),
        }
    }

    /// How the checkout stands to a record: how many commits it lacks, and which branch it is on if
    /// that is not the one followed. `None` where it lacks none and is on the same branch.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn behind(&self, record: &Record) -> Result<Option<Behind>, Error> {
        let Some(head) = self.head_record()? else {
            return Ok(None);
        };
        let failed = |why| error::doing("counting commits".to_owned(), &self.git, why);
        let (_, commits) = self
            .git
            .graph_ahead_behind(head.commit.oid(), record.commit.oid())
            .map_err(failed)?;
        let checked_out = self.head_branch()?;
        let followed = match &record.why {
            // Names of remotes may hold a `/`: what is checked out is asked for, not cut out.
            Why::RemoteTracking { name } => checked_out
                .as_deref()
                .is_some_and(|branch| name.ends_with(&format!("/{branch}"))),
            Why::LocalBranch { name } => checked_out.as_ref() == Some(name),
            Why::Tag { .. } => head.commit == record.commit,
            Why::Head => true,
        };
        let elsewhere = !followed && head.commit != record.commit;
        Ok((commits > 0 || elsewhere).then_some(Behind {
            commits,
            branch: checked_out.filter(|_| !followed),
            is_elsewhere: elsewhere,
        }))
    }

    fn followed(&self, name: &str) -> Result<Option<(Reference<'_>, Why)>, Error> {
        let tag = name.strip_prefix("refs/tags/");
        let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
        if tag.is_none()
            && let Some(reference) = self.tracking(branch)?
        {
            return Ok(Some(remote_tracking(reference)));
        }
        let name = tag.unwrap_or(branch);
        if let Some(reference) = self.reference(&format!("refs/tags/{name}")) {
            let name = name.to_owned();
            return Ok(Some((reference, Why::Tag { name })));
        }
        let reference = self.reference(&format!("refs/heads/{branch}"));
        let name = branch.to_owned();
        Ok(reference.map(|reference| (reference, Why::LocalBranch { name })))
    }

    /// The remote-tracking branch of a branch's name.
    fn tracking(&self, branch: &str) -> Result<Option<Reference<'_>>, Error> {
        let remote = self.main_remote()?;
        let by_name =
            remote.and_then(|remote| self.reference(&format!("refs/remotes/{remote}/{branch}")));
        Ok(by_name.or_else(|| self.upstream_of(branch)))
    }

    /// The remote that is meant where none is named: origin, else the only one.
    ///
    /// # Errors
    /// [`Error::Git`] when the configuration cannot be read.
    pub fn main_remote(&self) -> Result<Option<String>, Error> {
        let mut remotes = self.remote_names()?;
        Ok(match remotes.iter().any(|name| name == "origin") {
            true => Some("origin".to_owned()),
            false if remotes.len() == 1 => remotes.pop(),
            false => None,
        })
    }

    /// What a local branch is set up to track, if that is a remote's branch that was fetched.
    fn upstream_of(&self, branch: &str) -> Option<Reference<'_>> {
        let name = self
            .git
            .branch_upstream_name(&format!("refs/heads/{branch}"))
            .ok()?;
        let name = std::str::from_utf8(&name).ok()?;
        self.reference(name).filter(Reference::is_remote)
    }

    fn reference(&self, name: &str) -> Option<Reference<'_>> {
        self.git.find_reference(name).ok()
    }

    fn record(&self, reference: &Reference<'_>, why: Why) -> Result<Record, Error> {
        let name = String::from_utf8_lossy(reference.shorthand_bytes()).into_owned();
        let read = reference.peel_to_commit();
        let commit = read.map_err(|source| {
            let what = format!("the commit of `{name}`");
            match source.code() {
                ErrorCode::NotFound => Error::MissingObject {
                    what,
                    path: self.git.path().to_path_buf(),
                },
                _ => error::reading(what, &self.git, source),
            }
        })?;
        Ok(Record {
            commit: CommitId::of(commit.id()),
            time: commit.time().seconds(),
            why,
        })
    }
}

fn remote_tracking(reference: Reference<'_>) -> (Reference<'_>, Why) {
    let name = String::from_utf8_lossy(reference.shorthand_bytes()).into_owned();
    (reference, Why::RemoteTracking { name })
}
