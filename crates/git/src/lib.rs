//! Git repositories: which commit counts, what files it holds, what differs on disk; commits made in
//! objects, branches moved only from where they were seen, fetching and pushing.
//!
//! It exists so that the rest of Blue never meets libgit2, its error codes or its borrowed
//! objects. No checkout is ever touched but those of `create` and `linked`, by who asks for just
//! that; the only processes that are started are git's own credential helpers, by libgit2, for a
//! fetch or a push. Nothing here knows the files of a realm.
//! Every call may touch the disk: never on an async thread.

mod commit;
mod create;
mod credentials;
mod error;
mod history;
mod id;
mod linked;
mod lock;
mod managed;
mod network;
mod record;
mod refs;
mod remote;
mod repository;
mod signing;
mod tree;
mod watch;
mod worktree;

pub use commit::{CommitInfo, FileChange, Maker, Merged, user_identity};
pub use create::{Advanced, first_branch};
pub use error::Error;
pub use history::{Change, CommitSignature, Person};
pub use id::{BlobId, CommitId, ParseIdError};
pub use linked::{LinkStep, Linked, OnLinkStep, Unsaved};
pub use lock::{Lock, lock};
pub use managed::{lock_managed, managed_path, open_managed, update_managed};
pub use network::push::Pushed;
pub use network::{Fetch, Listing, Network, Progress, Rewrites, TIME_LIMIT, allowed};
pub use record::{Behind, Record, Why};
pub use refs::RefUpdate;
pub use remote::{Remote, without_credentials};
pub use repository::{Repository, discover};
pub use signing::{SignatureFormat, Signer, Signing, user_signing};
pub use tree::{EntryKind, TreeChange, TreeChanged, TreeEntry};
pub use watch::Fingerprint;
