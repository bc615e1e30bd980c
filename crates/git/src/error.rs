//! What can go wrong, in sentences that name the path or revision.
//!
//! It exists because libgit2 tells a missing branch from a missing object only by an error class,
//! and the two want different advice.

use std::path::{Path, PathBuf};

use git2::{ErrorClass, ErrorCode};

/// Why a repository could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// git refuses repositories that belong to somebody else (`safe.directory`).
    #[error(
        "the repository at {} belongs to another user, so git will not read it; if you trust it, run \
         `git config --global --add safe.directory {}`", path.display(), path.display()
    )]
    NotOwned {
        /// Where discovery started or the repository lies.
        path: PathBuf,
    },
    /// There is a repository, but it cannot be opened.
    #[error("the git repository at {} cannot be opened", path.display())]
    Open {
        /// Where discovery started or the repository lies.
        path: PathBuf,
        /// What libgit2 said.
        source: git2::Error,
    },
    /// The question is about a working tree and there is none.
    #[error("the git repository at {} is bare: it has no working tree", path.display())]
    Bare {
        /// The git directory.
        path: PathBuf,
    },
    /// No commit goes by this name.
    #[error("{} has no commit, branch or tag `{rev}`", path.display())]
    UnknownRevision {
        /// As it was asked for.
        rev: String,
        /// The git directory.
        path: PathBuf,
    },
    /// A short id that begins more than one object.
    #[error("`{rev}` is the beginning of several ids in {}; write more of it", path.display())]
    AmbiguousRevision {
        /// As it was asked for.
        rev: String,
        /// The git directory.
        path: PathBuf,
    },
    /// An object that something refers to is not there, or is damaged.
    #[error(
        "{what} is missing from {} or damaged; in a shallow clone, fetch the whole history \
         (`git fetch --unshallow`, in CI `fetch-depth: 0`)", path.display()
    )]
    MissingObject {
        /// The object: "commit 1a2b…", "branch main's commit".
        what: String,
        /// The git directory.
        path: PathBuf,
    },
    /// A file under the git directory cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody else is at it.
    #[error(
        "{} is locked by another process{}; try again when it is done", path.display(), in_words(holder)
    )]
    Locked {
        /// The lock's file.
        path: PathBuf,
        /// The process's number, where it is known.
        holder: String,
    },
    /// A remote does not answer, or not as git does.
    #[error("{url} cannot be reached")]
    Unreachable {
        /// Without credentials.
        url: String,
        /// What libgit2 said.
        source: git2::Error,
    },
    /// A remote wants to know who asks, and nothing that was offered pleased it.
    #[error(
        "{url} does not let you in; set BLUE_REALM_TOKEN, or let git remember who you are (a \
         credential helper, or a key in ssh-agent)"
    )]
    Denied {
        /// Without credentials.
        url: String,
        /// What libgit2 said.
        source: git2::Error,
    },
    /// A remote takes too long.
    #[error("{url} did not answer within {} s", limit.as_secs())]
    TimedOut {
        /// Without credentials.
        url: String,
        /// How long was waited.
        limit: std::time::Duration,
    },
    /// Somebody stopped it.
    #[error("it was stopped before it was done")]
    Stopped,
    /// A URL that is not for git, or that could be taken for something else.
    #[error("`{url}` is no address that is fetched from: https, ssh, git@ or a path")]
    BadUrl {
        /// Without credentials.
        url: String,
    },
    /// There is no such remote.
    #[error("{} has no remote `{name}`", path.display())]
    NoRemote {
        /// As it was asked for.
        name: String,
        /// The git directory.
        path: PathBuf,
    },
    /// A branch's history was written anew: what was last seen of it is no ancestor of what it is.
    #[error(
        "the history of {branch} at {url} was written anew: {} was last seen there, and {} does not \
         come after it; nothing here was overwritten. Ask who did it, and why; `blue realm sync \
         --accept-rewrite` goes on with the new history", was.short(), is.short()
    )]
    Rewritten {
        /// The branch.
        branch: String,
        /// Without credentials.
        url: String,
        /// What was last seen.
        was: crate::CommitId,
        /// What is there now.
        is: crate::CommitId,
    },
    /// Git signs commits here, and this one could not be signed.
    #[error(
        "git is told to sign commits (`commit.gpgsign`), and this one could not be signed: {why}; it was not \
         pushed, and nothing is lost: see that `git commit -S` works, and run this again"
    )]
    NotSigned {
        /// As the end of a sentence.
        why: String,
    },
    /// Anything else.
    #[error("{doing} failed in {}", path.display())]
    Git {
        /// What was being done: "comparing the working tree with commit 1a2b…".
        doing: String,
        /// The git directory.
        path: PathBuf,
        /// What libgit2 said.
        source: git2::Error,
    },
}

fn in_words(holder: &str) -> String {
    match holder {
        "" => String::new(),
        holder => format!(" ({holder})"),
    }
}

/// The error of opening what lies at a path.
pub(crate) fn opening(path: &Path, source: git2::Error) -> Error {
    let path = path.to_path_buf();
    match source.code() {
        ErrorCode::Owner => Error::NotOwned { path },
        _ => Error::Open { path, source },
    }
}

/// The error of reading an object that something said is there.
pub(crate) fn reading(what: String, repository: &git2::Repository, source: git2::Error) -> Error {
    let path = repository.path().to_path_buf();
    if is_missing_object(&source) {
        return Error::MissingObject { what, path };
    }
    let doing = format!("reading {what}");
    Error::Git {
        doing,
        path,
        source,
    }
}

/// The error of anything else; a missing object stays one.
pub(crate) fn doing(doing: String, repository: &git2::Repository, source: git2::Error) -> Error {
    let path = repository.path().to_path_buf();
    if is_missing_object(&source) {
        let what = format!("an object needed for {doing}");
        return Error::MissingObject { what, path };
    }
    Error::Git {
        doing,
        path,
        source,
    }
}

/// Missing, truncated, not inflating, hashing to something else: for the reader all the same.
pub(crate) fn is_missing_object(error: &git2::Error) -> bool {
    let store = matches!(
        error.class(),
        ErrorClass::Odb | ErrorClass::Zlib | ErrorClass::Object
    );
    store || error.code() == ErrorCode::HashsumMismatch
}
