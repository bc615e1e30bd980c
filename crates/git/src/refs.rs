//! Branches: listing them, and moving them only from where they were seen.

use git2::{BranchType, ErrorClass, ErrorCode};

use crate::error::{self, Error};
use crate::id::CommitId;
use crate::repository::Repository;

/// Where a branch is moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// The branch's name, without `refs/heads/`.
    pub branch: String,
    /// Where it was seen; nothing: it did not exist. Anything else there now stops the update.
    pub expected: Option<CommitId>,
    /// Where it goes; nothing: it is deleted.
    pub to: Option<CommitId>,
}

/// Whether a reference of that full name is at `at`, and if not, where it is.
pub(crate) fn tip_of(
    repository: &git2::Repository,
    name: &str,
) -> Result<Option<CommitId>, git2::Error> {
    match repository.find_reference(name) {
        Ok(reference) => Ok(Some(CommitId::of(reference.peel_to_commit()?.id()))),
        Err(why) if why.code() == ErrorCode::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}

impl Repository {
    /// The branches here whose names begin with `prefix`, by name.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn branches(&self, prefix: &str) -> Result<Vec<(String, CommitId)>, Error> {
        self.listed("refs/heads/", BranchType::Local, prefix)
    }

    /// The branches of a remote, as they were last seen, whose names (without the remote's) begin
    /// with `prefix`, by name.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn remote_branches_of(
        &self,
        remote: &str,
        prefix: &str,
    ) -> Result<Vec<(String, CommitId)>, Error> {
        self.listed(
            &format!("refs/remotes/{remote}/"),
            BranchType::Remote,
            prefix,
        )
    }

    fn listed(
        &self,
        folder: &str,
        kind: BranchType,
        prefix: &str,
    ) -> Result<Vec<(String, CommitId)>, Error> {
        let failed = |why| error::doing("listing branches".to_owned(), &self.git, why);
        let mut found = Vec::new();
        for branch in self.git.branches(Some(kind)).map_err(failed)? {
            let (branch, _) = branch.map_err(failed)?;
            let reference = branch.get();
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            let Some(name) = name.strip_prefix(folder).filter(|name| *name != "HEAD") else {
                continue;
            };
            // One that leads nowhere is nobody's branch.
            if let (true, Ok(commit)) = (name.starts_with(prefix), reference.peel_to_commit()) {
                found.push((name.to_owned(), CommitId::of(commit.id())));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Moves a branch of this repository from where it was seen; false where it was not there any
    /// more, and nothing was done. A checkout of it is not touched.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn move_branch(&self, update: &RefUpdate) -> Result<bool, Error> {
        let name = format!("refs/heads/{}", update.branch);
        self.move_reference(&name, update.expected, update.to)
    }

    /// The same, of any reference by its full name.
    pub(crate) fn move_reference(
        &self,
        name: &str,
        expected: Option<CommitId>,
        to: Option<CommitId>,
    ) -> Result<bool, Error> {
        let moved = moved_under_lock(&self.git, name, expected, to);
        let moved = moved.map(|at| at == At::Moved);
        moved.map_err(|why| error::doing(format!("moving {name}"), &self.git, why))
    }

    /// Whether `ancestor` is `descendant` or one of its ancestors.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn is_ancestor(&self, ancestor: CommitId, descendant: CommitId) -> Result<bool, Error> {
        if ancestor == descendant {
            return Ok(true);
        }
        let found = self
            .git
            .graph_descendant_of(descendant.oid(), ancestor.oid());
        found.map_err(|why| {
            error::doing(
                format!("comparing {ancestor} and {descendant}"),
                &self.git,
                why,
            )
        })
    }
}

/// How moving a reference ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// It is where it was to go.
    Moved,
    /// It was somewhere else; nothing was done.
    Elsewhere(Option<CommitId>),
}

/// How often a lock that somebody holds is tried again, and how long is waited between.
const LOCK_TRIES: u32 = 100;
/// The same of a folder of branches that cannot be made: on a disk that takes no writing it never can.
const FOLDER_TRIES: u32 = 5;
const LOCK_WAIT: std::time::Duration = std::time::Duration::from_millis(20);

/// Moves a reference with git's own lock on it held, so that nobody moves it between looking and
/// writing: neither another of these nor git itself.
pub(crate) fn moved_under_lock(
    repository: &git2::Repository,
    name: &str,
    expected: Option<CommitId>,
    to: Option<CommitId>,
) -> Result<At, git2::Error> {
    let mut tries = 0;
    let mut transaction = loop {
        let mut transaction = repository.transaction()?;
        match transaction.lock_ref(name) {
            Ok(()) => break transaction,
            // The last branch of a folder is taken away with the folder, which was made for this one meanwhile.
            Err(why)
                if (why.code() == ErrorCode::Locked && tries < LOCK_TRIES)
                    || (why.class() == ErrorClass::Os && tries < FOLDER_TRIES) =>
            {
                drop(transaction);
                tries += 1;
                std::thread::sleep(LOCK_WAIT);
            }
            Err(why) => return Err(why),
        }
    };
    let at = tip_of(repository, name)?;
    if at != expected {
        return Ok(At::Elsewhere(at));
    }
    match (at, to) {
        (None, None) => return Ok(At::Moved),
        (_, None) => transaction.remove(name)?,
        (_, Some(to)) => {
            let who = git2::Signature::now("blue", "blue@localhost")?;
            transaction.set_target(name, to.oid(), Some(&who), "blue: moved")?;
        }
    }
    transaction.commit()?;
    Ok(At::Moved)
}
