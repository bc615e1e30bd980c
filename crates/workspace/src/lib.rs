//! The world on disk, brought to the analysis: which folder is a repository or a realm, what its
//! files say, what they said at the commits that matter.
//!
//! The server and the command both need it, and neither may know the other; the analysis knows no
//! disk and no git. So this crate is where files are read: as [`Load`]s, blocking jobs that a host
//! runs wherever it likes, whose results it brings back.

mod actions;
mod address;
mod at_work;
mod baselines;
mod config;
mod discover;
mod disk;
mod kept;
mod known_files;
mod linked;
mod load;
mod lookout;
mod proposal;
mod realm_files;
mod realms;
mod shown;
mod skipped;
mod texts;
mod trust;
mod versions;
mod waiting;
mod watch;
mod workspace;

pub use actions::{FileAction, FileEdit, FilePlace};
pub use address::{address_from, address_of};
pub use at_work::{AtWork, LastWhole, runtime_folder};
pub use blue_analysis::{
    ActionKind, CONFIG, Cancelled, Code, Drift, Finding, Following, Hover, HowShown, Mode,
    OpenEdit, Passed, PendingChange, Place, Root, Run, RunVerb, SaidValue, Severity, ShownValue,
};
pub use blue_realm::Level;
pub use discover::{Found, blue_home, discover};
pub use kept::{CACHE, Caching, Keeper, cache_of, cache_path};
pub use linked::{beside, folder_name, in_main_checkout, local_config};
pub use load::folder_in;
pub use load::{Load, Loaded};
pub use lookout::{Lookout, Sights, Watching};
pub use proposal::{ProposedCommit, Verifier, authors_of, proposed_commits};
pub use realm_files::{read_beside, realm_at, realm_beside};
pub use realms::kept_realm;
pub use shown::{
    CoverageReport, FileDiagnostics, RealmReport, RealmStates, Report, Shown, ShownRelated,
    Snapshot,
};
pub use skipped::{Skipped, skipped};
pub use texts::Reading;
pub use trust::{
    RealmIdentity, Trust, TrustError, TrustLevel, is_known_realm, note_realm, set_trust,
};
pub use versions::{ContractAt, VersionError, VersionFound, contract_version};
pub use watch::Watch;
pub use workspace::{Options, Workspace};
