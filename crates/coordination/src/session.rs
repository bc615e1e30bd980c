//! What a session tells of itself.

use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::notification::Contract;

/// Names a session: one process at work in one repository, for one realm. A server with several folders open is
/// several sessions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey {
    /// Of the process, and of nothing else: it is drawn once, so that a process id that is used again names
    /// another session.
    pub process: String,
    /// The repository's name in the realm.
    pub repo: String,
    /// The realm's name.
    pub realm: String,
    /// Where everybody has it from: another realm of this machine may have that name.
    pub realm_at: String,
}

/// An editor or a command at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which one.
    pub key: SessionKey,
    /// The process's id, on this machine.
    pub pid: u32,
    /// What runs it, for people: "Neovim 0.12", "blue realm sync".
    pub client: String,
    /// When it registered.
    pub started_at: Moment,
    /// When it was last heard of.
    pub last_heartbeat: Moment,
    /// When its user last did something.
    pub last_activity: Moment,
    /// The name of the coordinated change it works on: its branch is `feat/NAME`.
    pub active_rfc: Option<String>,
    /// The domains whose contracts its repository exports or imports.
    pub active_domains: Vec<String>,
    /// How its unsaved files differ from its contracts.
    pub exports_modified: Vec<Edit>,
    /// The contracts that its repository imports.
    pub imports_watching: Vec<Contract>,
}

/// What a session's open files would make of a contract that its repository exports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edit {
    /// The contract.
    pub contract: Contract,
    /// Its version in the realm.
    pub from: String,
    /// The version it would get; nothing where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Values that it would gain.
    #[serde(default)]
    pub added: Vec<Moved>,
    /// Values that it would lose.
    #[serde(default)]
    pub removed: Vec<Moved>,
    /// The first of the files the change stands in, relative to the repository, with `/`.
    pub file: String,
}

/// A value of a contract and the field it stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moved {
    /// The member of the contract's value, as `read`.
    pub field: String,
    /// The value, as it stands in the contract.
    pub value: String,
}
