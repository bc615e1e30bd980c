//! Reading git repositories: which commit counts, what files it holds, what differs on disk.
//!
//! It exists so that the rest of Blue never meets libgit2, its error codes or its borrowed
//! objects. Everything is read-only and starts no process; nothing here knows Blue's own files.
//! Every call may touch the disk: never on an async thread.

mod error;
mod history;
mod id;
mod record;
mod remote;
mod repository;
mod tree;
mod watch;
mod worktree;

pub use error::Error;
pub use history::{Change, CommitSignature, Person};
pub use id::{BlobId, CommitId, ParseIdError};
pub use record::{Behind, Record, Why};
pub use remote::{Remote, without_credentials};
pub use repository::{Repository, discover};
pub use tree::{EntryKind, TreeEntry};
pub use watch::Fingerprint;
