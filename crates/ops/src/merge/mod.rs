//! Merging what waits: what a branch changes is read and held against the realm's rules, whoever
//! has spoken is heard, and the rule decides.

mod affected;
mod awaited;
mod document;
mod heard;
mod joins;
mod judge;
mod kept;
mod open;
mod rule;
mod sound;
mod source;
mod steps;

pub use affected::Affected;
pub use awaited::{Awaited, Standing};
pub use document::{join_shape, sync_shape};
pub(crate) use heard::{is_heard, stood};
pub use joins::{Admitted, JOIN, Joining, JudgedJoin, admit_open, open_joins};
pub use judge::{CodeFreshness, Judged, Outcome, Terms, judge};
pub(crate) use judge::{accepted_in, as_told, names_of};
pub(crate) use kept::with_words;
#[cfg(test)]
pub(crate) use open::MAX_COMMITS;
pub(crate) use open::trailer;
pub use open::{OpenSync, SYNC, Tip, open_syncs};
pub use rule::{Because, Case, Change, Decision, Force, SourceState, Wait, Word, decide};
pub(crate) use sound::{is_of_sync, not_its_own};
pub use steps::{Merging, merge_open};
