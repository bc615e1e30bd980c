//! What the code and the realm mean together: findings and hovers, as plain data in byte offsets.
//!
//! Everything is a memoised function of inputs that a host sets as plain data: files' texts, which
//! files there are, a realm's files, the tree at a commit. This crate knows no editor, no terminal
//! and no git; whoever asks gets the same answer.

mod absence;
mod accept;
mod actions;
mod before;
mod breaks;
mod bucket;
mod by_name;
mod changed_parts;
mod checkout;
mod compared;
mod content;
mod contract;
mod coverage;
mod db;
mod deprecated;
mod detectors;
mod draft;
mod drift;
mod excess;
mod export;
mod finding;
mod findings;
mod followed;
mod host;
mod hover;
mod ignores;
mod import;
mod key_hover;
mod lead_tree;
mod leaves;
mod lines;
mod made;
mod made_of;
mod maker_hover;
mod makers;
mod opaque;
mod parts;
mod pending;
mod program;
mod proposed_paths;
mod queries;
mod reads;
mod realm_findings;
mod realm_hover;
mod realm_names;
mod realm_report;
mod restore;
mod said;
mod sites;
mod symbols;
mod told;
mod under_way;
mod unmatched;
mod whole;
mod workbench;

pub use actions::{Action, ActionKind, Run, RunVerb};
pub use before::BeforeSpec;
pub use breaks::BreakingChange;
pub use checkout::Checkout;
pub use content::{Content, KnownText, TextSource};
pub use contract::{finds_value, relies_on};
pub use coverage::{Coverage, ExportSeen, FieldValue, FilesSeen, ImportSeen, SitesSeen};
pub use draft::{CONFIG, LOCAL_CONFIG, Print};
pub use finding::{
    Accepted, ChangeData, Code, Finding, Fix, Place, Related, Root, Severity, TextEdit,
};
pub use findings::{Findings, Mode, Passed};
pub use followed::{Drift, Following, HowShown, ShownValue};
pub use host::{
    Baseline, BaselineStands, Cancelled, FileFindings, Host, RealmKey, RepoKey, RepoSpec, Snapshot,
};
pub use hover::Hover;
pub use leaves::parts_of;
pub use lines::moved_span;
pub use made::Made;
pub use pending::{Follower, PendingChange};
pub use program::FileSites;
pub use realm_findings::RealmProposal;
pub use said::{SaidValue, value_of_constant};
pub use under_way::OpenEdit;
