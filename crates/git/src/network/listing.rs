//! Asking a remote where its branches are: one round trip, of which nothing is written here. Whoever must know whether
//! a clone is behind, but may not fetch into a repository that is its user's own, asks so.

use std::path::Path;

use git2::Direction;

use super::{Head, Line, Network, callbacks, nothing_there, on_a_line, transfer_error};
use crate::error::{self, Error};
use crate::id::CommitId;
use crate::repository::Repository;

/// Where the branches of a remote are, as it said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The branch that its HEAD leads to; nothing where it says none.
    pub default: Option<String>,
    /// Each branch, without `refs/heads/`, and its commit.
    pub branches: Vec<(String, CommitId)>,
}

impl Listing {
    /// Where a branch is.
    #[must_use]
    pub fn tip(&self, branch: &str) -> Option<CommitId> {
        let mut branches = self.branches.iter();
        branches.find(|(name, _)| name == branch).map(|(_, at)| *at)
    }
}

impl Repository {
    /// Asks a remote where its branches are.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Denied`], [`Error::TimedOut`], [`Error::Stopped`].
    pub fn list_remote(&self, remote: &str, network: &mut Network<'_>) -> Result<Listing, Error> {
        let url = self.url_of(remote)?;
        let git_dir = self.git.path().to_owned();
        let address = url.clone();
        let heads = on_a_line(&url, network, move |line| list(&git_dir, &address, line))?;
        let named = |name: &str| Some(name.strip_prefix("refs/heads/")?.to_owned());
        let default = heads.iter().find(|head| head.name == "HEAD");
        let default = default.and_then(|head| named(head.leads_to.as_deref()?));
        let branches = heads.iter();
        let branches =
            branches.filter_map(|head| Some((named(&head.name)?, CommitId::of(head.id))));
        Ok(Listing {
            default,
            branches: branches.collect(),
        })
    }
}

fn list(git_dir: &Path, url: &str, line: &Line) -> Result<Vec<Head>, Error> {
    if let Some(error) = nothing_there(url) {
        return Err(error);
    }
    let git = git2::Repository::open(git_dir).map_err(|why| error::opening(git_dir, why))?;
    let listed = || -> Result<Vec<Head>, git2::Error> {
        let mut remote = git.remote_anonymous(url)?;
        let callbacks = callbacks(line, git.config().ok());
        let connection = remote.connect_auth(Direction::Fetch, Some(callbacks), None)?;
        let heads = connection.list()?;
        Ok(heads.iter().map(Head::of).collect())
    };
    listed().map_err(|why| transfer_error(url, why))
}
