//! The git repositories of the demo, made without the `git` command and without the user's name:
//! author and times are fixed, so that every demo has the same commits.

use std::path::Path;

use blue_git::Person;
use blue_ops::Actor;
use git2::build::CheckoutBuilder;
use git2::{BranchType, Commit, Oid, Repository, RepositoryInitOptions, Signature, Time};

use crate::failure::Error;
use crate::realms::Errand;

const NAME: &str = "Blue demo";
const MAIL: &str = "demo@blue.invalid";
/// 2026-01-05T09:00:00Z, in seconds since 1970.
const BEGAN: i64 = 1_767_603_600;
/// In seconds: what is between two commits of a repository.
const HOUR: i64 = 3_600;

/// The branch that everyone works on.
pub(crate) const BRANCH: &str = "main";

/// Makes an empty repository with a working tree.
pub(crate) fn init(path: &Path) -> Result<Repository, Error> {
    let repository = make(path, RepositoryInitOptions::new().mkdir(true))?;
    let fixed = || {
        // Texts are committed as they are, whatever the user's own settings say.
        let mut config = repository.config()?;
        config.set_bool("core.autocrlf", false)?;
        // Whoever goes on with the story plays the part of its people: the realm knows no others.
        config.set_str("user.name", NAME)?;
        config.set_str("user.email", MAIL)
    };
    fixed().map_err(|source| error(path, source))?;
    Ok(repository)
}

/// Makes an empty repository without a working tree, to push to.
pub(crate) fn init_bare(path: &Path) -> Result<(), Error> {
    let mut options = RepositoryInitOptions::new();
    make(path, options.mkdir(true).bare(true)).map(|_| ())
}

fn make(path: &Path, options: &mut RepositoryInitOptions) -> Result<Repository, Error> {
    // The user's templates may hold hooks.
    let options = options.external_template(false).initial_head(BRANCH);
    Repository::init_opts(path, options).map_err(|source| error(path, source))
}

/// Opens one that was made here.
pub(crate) fn open(path: &Path) -> Result<Repository, Error> {
    Repository::open(path).map_err(|source| error(path, source))
}

/// Commits `files` (paths in the repository) as they are on disk.
pub(crate) fn commit(repository: &Repository, files: &[&str], message: &str) -> Result<Oid, Error> {
    try_commit(repository, files, message).map_err(|source| error(repository.path(), source))
}

fn try_commit(repository: &Repository, files: &[&str], message: &str) -> Result<Oid, git2::Error> {
    let mut index = repository.index()?;
    for file in files {
        index.add_path(Path::new(file))?;
    }
    index.write()?;
    let tree = repository.find_tree(index.write_tree()?)?;
    let parent = match repository.head() {
        Ok(head) => Some(head.peel_to_commit()?),
        Err(_) => None,
    };
    let when = parent
        .as_ref()
        .map_or(BEGAN, |parent| parent.time().seconds() + HOUR);
    let author = Signature::new(NAME, MAIL, &Time::new(when, 0))?;
    let parents: Vec<&Commit<'_>> = parent.iter().collect();
    repository.commit(Some("HEAD"), &author, &author, message, &tree, &parents)
}

/// Names `remote` the repository's origin, and makes its branch follow the remote's.
pub(crate) fn publish(repository: &Repository, remote: &Path) -> Result<(), Error> {
    let published = || {
        // git itself wants `/` on every platform.
        let url = remote.to_string_lossy().replace('\\', "/");
        repository.remote("origin", &url)?;
        try_push(repository)?;
        let mut branch = repository.find_branch(BRANCH, BranchType::Local)?;
        branch.set_upstream(Some(&format!("origin/{BRANCH}")))
    };
    published().map_err(|source| error(repository.path(), source))
}

/// Brings a checkout to where origin's branch is, as `git pull --ff-only` does.
pub(crate) fn pull(repository: &Repository) -> Result<(), Error> {
    let pulled = || {
        let mut origin = repository.find_remote("origin")?;
        origin.fetch(&[BRANCH], None, None)?;
        let theirs = repository.find_branch(&format!("origin/{BRANCH}"), BranchType::Remote)?;
        let theirs = theirs.get().peel_to_commit()?;
        // In this order: a file that was changed by hand stops it before the branch has moved.
        let mut safely = CheckoutBuilder::new();
        repository.checkout_tree(theirs.as_object(), Some(safely.safe()))?;
        let mut head = repository.head()?;
        head.set_target(theirs.id(), "pull: Fast-forward")?;
        Ok(())
    };
    pulled().map_err(|source| error(repository.path(), source))
}

/// An errand of the demo's people, that many hours after it all began.
pub(crate) fn errand(hours: i64) -> Errand {
    let person = Person {
        name: NAME.to_owned(),
        email: MAIL.to_owned(),
    };
    Errand {
        actor: Actor {
            author: person.clone(),
            committer: person,
            // Whoever tries it has keys of their own.
            signing: None,
        },
        now: BEGAN + hours * HOUR,
    }
}

fn try_push(repository: &Repository) -> Result<(), git2::Error> {
    let mut origin = repository.find_remote("origin")?;
    origin.push(&[format!("refs/heads/{BRANCH}:refs/heads/{BRANCH}")], None)
}

fn error(path: &Path, source: git2::Error) -> Error {
    Error::Git {
        path: path.to_owned(),
        source,
    }
}
