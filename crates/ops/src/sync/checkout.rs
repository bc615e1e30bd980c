//! What a sync asks of the checkout whose code it speaks for: the syncs that wait were made from code as well, and whether
//! the code here stands in for that is for git to say, never for who happened to run them.

use std::path::{Path, PathBuf};

use blue_git::{CommitId, Repository, Why, discover};

use crate::code::is_past;

/// The checkout of the code.
pub trait Checkout {
    /// Whether a commit of the code is part of what is checked out: what it said then is superseded by what the code
    /// says now.
    fn has(&self, commit: &str) -> bool;
    /// Whether the branch is checked out that everybody starts from, where the work of other branches ends.
    fn is_default(&self) -> bool;
    /// Whether the newest commit of a sync was made here from code that was not committed: nobody else could say of it
    /// that it is no more.
    fn has_made(&self, commit: CommitId) -> bool;
    /// Says, before it is pushed, that it is. What cannot be written is a sync that is not taken back by itself.
    fn makes(&self, commit: CommitId);
}

/// A checkout on disk.
pub(crate) struct OnDisk<'a> {
    /// Its root, or the folder of the code in it.
    pub(crate) root: &'a Path,
}

/// In the git directory of a checkout: the commits of syncs that were made from what is committed nowhere.
const MADE: &str = "blue-made";

/// So many commits back nobody takes anything back.
const MAX_MADE: usize = 100;

impl OnDisk<'_> {
    fn repository(&self) -> Option<Repository> {
        discover(self.root).ok().flatten()
    }

    /// Of a linked worktree its own.
    fn path(&self) -> Option<PathBuf> {
        Some(self.repository()?.git_dir().join(MADE))
    }

    fn made(&self) -> Vec<String> {
        let text = self
            .path()
            .and_then(|path| std::fs::read_to_string(path).ok());
        let text = text.unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn stands_on_default(&self) -> Option<bool> {
        let repository = self.repository()?;
        let default = repository.default_branch().ok()??;
        let Some(branch) = repository.head_branch().ok()? else {
            // On no branch, as CI has it.
            let head = repository.head_record().ok()??;
            return repository.is_ancestor(head.commit, default.commit).ok();
        };
        Some(match default.why {
            Why::RemoteTracking { name } => {
                let remote = repository.main_remote().ok().flatten();
                let of_remote = remote.map(|remote| format!("{remote}/{branch}"));
                of_remote.is_some_and(|of_remote| of_remote == name)
            }
            Why::LocalBranch { name } => name == branch,
            Why::Tag { .. } => false,
            Why::Head => true,
        })
    }
}

impl Checkout for OnDisk<'_> {
    fn has(&self, commit: &str) -> bool {
        is_past(self.root, commit).unwrap_or(false)
    }

    fn is_default(&self) -> bool {
        self.stands_on_default().unwrap_or(false)
    }

    fn has_made(&self, commit: CommitId) -> bool {
        self.made().contains(&commit.to_string())
    }

    fn makes(&self, commit: CommitId) {
        let Some(path) = self.path() else { return };
        let mut lines = self.made();
        lines.push(commit.to_string());
        let old = lines.len().saturating_sub(MAX_MADE);
        let _ = std::fs::write(path, lines[old..].join("\n") + "\n");
    }
}
