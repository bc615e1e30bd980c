//! Which errands there are, and what each is given.

use serde::{Deserialize, Serialize};
use tower_lsp::lsp_types::Url;

/// What an errand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Sync,
    Acknowledge,
    Worktree,
    Check,
    Refresh,
    Graph,
    Change,
}

impl Verb {
    pub(crate) const ALL: [Verb; 7] = [
        Verb::Sync,
        Verb::Acknowledge,
        Verb::Worktree,
        Verb::Check,
        Verb::Refresh,
        Verb::Graph,
        Verb::Change,
    ];

    /// The command that asks for it.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Verb::Sync => "blue.sync",
            Verb::Acknowledge => "blue.acknowledge",
            Verb::Worktree => "blue.worktree",
            Verb::Check => "blue.check",
            Verb::Refresh => "blue.refresh",
            Verb::Graph => "blue.showGraph",
            Verb::Change => "blue.showChange",
        }
    }

    /// As a sentence has it: `Blue cannot sync`.
    pub(super) fn does(self) -> &'static str {
        match self {
            Verb::Worktree => "make worktrees",
            Verb::Graph => "show the graph",
            Verb::Change => "show the change",
            other => other.word(),
        }
    }

    /// That it was not done.
    pub(super) fn undone(self) -> &'static str {
        match self {
            Verb::Sync => "no sync",
            Verb::Acknowledge => "nothing is acknowledged",
            Verb::Worktree => "no worktrees",
            Verb::Check => "no check",
            Verb::Refresh => "no realm is fetched",
            Verb::Graph => "no graph",
            Verb::Change => "no change is shown",
        }
    }

    /// What that means for the realm, of those that write to one.
    pub(super) fn unwritten(self) -> &'static str {
        match self {
            Verb::Sync | Verb::Acknowledge | Verb::Worktree => " Nothing was written.",
            Verb::Check | Verb::Refresh | Verb::Graph | Verb::Change => "",
        }
    }

    /// As a title has it: `Blue: sync aperture`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Verb::Sync => "sync",
            Verb::Acknowledge => "acknowledge",
            Verb::Worktree => "worktree",
            Verb::Check => "check",
            Verb::Refresh => "refresh",
            Verb::Graph => "graph",
            Verb::Change => "change",
        }
    }
}

/// What a command is given. All of it may be absent: a person asks from a menu, and one repository is open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    /// A file or folder of the repository.
    pub(crate) uri: Option<Url>,
    /// Only this realm.
    pub(crate) realm: Option<String>,
    /// Of a worktree: the domain whose repositories take part.
    pub(crate) domain: Option<String>,
    /// Only this contract.
    pub(crate) contract: Option<String>,
    /// Of a worktree: the change's name.
    pub(crate) rfc: Option<String>,
}
