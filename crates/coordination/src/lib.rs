//! Who else is at work on this machine, and what they have to be told: awareness, kept in SQLite.
//!
//! Git is the truth of a realm: durable, reviewed. What stands here is fast, best effort, of one
//! machine, and safe to delete: every database is made anew where it is missing or damaged, and what
//! it said of a realm's history is derived from that history again.
//!
//! Three files, so that what beats wakes nobody who waits for what lasts:
//!
//! - `sessions.db` in the run-time folder: the editors and commands that are running ([`Sessions`]);
//! - `daemon.db` in Blue's home: notifications and what was dismissed ([`Notifications`]);
//! - `.blue/cache.db` in a repository: what was made of its files ([`Cache`]).
//!
//! Locks are always taken in this order: the lock file of a realm's clone, then `daemon.db`, then a
//! repository's `cache.db`. No transaction lives across git, the network or another lock; the functions here
//! make that easy, since each is one transaction that ends before it returns.
//!
//! This crate knows no git, no realm files and no analysis: contracts are names and versions, a change is the
//! values it adds and removes.

mod cache;
mod database;
mod error;
mod moment;
mod notification;
mod notifications;
mod process;
mod session;
mod sessions;

pub use cache::{
    Cache, Counts, FileSummary, KeptFile, KeptSummary, KeptText, RealmFile, Stored, Use, Verdict,
    VerdictKey,
};
pub use error::Error;
pub use moment::Moment;
pub use notification::{Contract, Kind, Mute, Noted, Notification, Reader, RealmId, Waiting};
pub use notifications::{Notifications, ReadRealm};
pub use process::is_running;
pub use session::{Edit, Moved, Session, SessionKey};
pub use sessions::{SILENT_MS, Sessions};
