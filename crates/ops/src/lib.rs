//! What is done about it: sync, acknowledge, merge. Each verb once, for the command and for the
//! server; nothing here knows who called.
//!
//! Every verb is a pure plan first (a function of a realm, of what was detected, of who asks and of
//! the clock) and then steps, of which each can be the last one that happens: whatever was begun is
//! found again in git, and running the verb once more finishes it. No checkout is ever touched
//! ([`worktree`] makes new ones): what is written to a realm is a commit made in objects, on a tip
//! that was fetched, and a branch that moves only from where it was seen.

pub mod ack;
pub mod admin;
mod ask;
pub mod clock;
mod code;
pub mod drawing;
pub mod errand;
mod error;
mod here;
pub mod history;
pub mod merge;
mod place;
mod proposed;
mod shown;
mod signers;
pub mod status;
pub mod sync;
mod visible;
pub mod words;
pub mod worktree;
mod write;

#[cfg(test)]
mod tests;

pub use ask::{Actor, Ask, Moved, Step};
pub use blue_programs::Programs;
pub use code::{ExportedCode, followings_at, read_world, source, telling};
pub use error::Error;
pub use here::Here;
pub use place::{
    CheckoutMay, Freshness, OpenRealm, Published, RealmAt, RealmPlace, is_of_the_network,
};
pub use proposed::{FileText, Proposed, diff_of};
pub use shown::{MovedBranch, moved_branches, waiting_branches};
pub use signers::{Signers, verifier};
pub use visible::{stand_in, visible};
pub use write::{Landed, TRIES, Written, commit, land, renew};
