//! Sync: what an exporter's code says becomes a version of its contracts, on a branch that waits for
//! its importers; what an importer follows is acknowledged; what may be merged is.

mod behind;
mod change;
mod checkout;
mod drafts;
mod given_up;
mod parts;
mod plan;
mod run;
mod standing;
mod taken_back;
mod text;
mod wished;

pub use behind::{Asking, HeldBack};
pub(crate) use behind::{Wanted, behind, has_default_branch};
pub use change::ContractChange;
pub use checkout::Checkout;
pub(crate) use checkout::OnDisk;
pub(crate) use given_up::given_up;
pub use parts::{Item, Part, short, shown_place};
pub(crate) use plan::is_of_source;
pub use plan::{By, Narrowing, Planned, Source, Taken, Wish, plan, unwritable};
pub use run::{Fate, Request, SyncBranch, Target, export};
pub use wished::{Waiting, names_what_is_there};
