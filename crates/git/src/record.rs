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
    /// local branch, else HEAD. Without: the upstream of the branch that is checked out, else HEAD.
    ///
    /// # Errors
    /// [`Error::MissingObject`] when a reference leads to a commit that is not there.
    pub fn record_commit(&self, follow: Option<&str>) -> Result<Option<Record>, Error> {
        let found = match follow {
            Some(name) => self.followed(name)?,
            None => {
                let branch = self.head_branch()?;
                let upstream = branch.and_then(|branch| self.upstream_of(&branch));
                upstream.map(remote_tracking)
            }
        };
        if let Some((reference, why)) = found {
            return self.record(&reference, why).map(Some);
        }
        match self.git.head() {
            Ok(head) => self.record(&head, Why::Head).map(Some),
            Err(why) if matches!(why.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                Ok(None)
            }
            Err(why) => Err(error::doing("reading HEAD".to_owned(), &self.git, why)),
        }
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
        let remotes = self.remote_names()?;
        let remote = match remotes.as_slice() {
            names if names.iter().any(|name| name == "origin") => Some("origin"),
            [only] => Some(only.as_str()),
            _ => None,
        };
        let by_name =
            remote.and_then(|remote| self.reference(&format!("refs/remotes/{remote}/{branch}")));
        Ok(by_name.or_else(|| self.upstream_of(branch)))
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
