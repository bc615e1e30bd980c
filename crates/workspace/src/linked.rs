//! Repositories in a linked worktree of git's: what a config says of the folders around it was said of the main
//! checkout, and what git ignores is in the main checkout alone.

use std::path::{Path, PathBuf};

use blue_analysis::LOCAL_CONFIG;

use crate::discover::plain;
use crate::load::folder_in;

/// The folder of worktrees in a main checkout, as `blue realm worktree` makes them.
pub(crate) const WORKTREES: &str = ".worktrees";

/// The folder in the main checkout that is the same as one in a linked worktree; nothing for a folder that is in a main
/// checkout, or in none.
#[must_use]
pub fn in_main_checkout(root: &Path) -> Option<PathBuf> {
    let repository = blue_git::discover(root).ok()??;
    // Most are no linked worktrees; asking this opens nothing more.
    if repository.git_dir() == repository.common_dir() {
        return None;
    }
    let main = repository.main_checkout().ok()??;
    let folder = folder_in(&repository, root)?;
    let same: PathBuf = main.join(folder).components().collect();
    let is_itself = same.canonicalize().ok() == root.canonicalize().ok();
    (!is_itself).then_some(same)
}

/// A path that a config in `root` says: from there, or, in a linked worktree where it leads to nothing, from the main
/// checkout, beside which it was written.
#[must_use]
pub fn beside(root: &Path, path: &Path) -> PathBuf {
    let own = plain(&root.join(path));
    if path.is_absolute() || own.exists() {
        return own;
    }
    let main = in_main_checkout(root).map(|main| plain(&main.join(path)));
    main.filter(|main| main.exists()).unwrap_or(own)
}

/// What this machine's user overrides in a config: git ignores the file, so that a linked worktree has none of its own,
/// and the main checkout's counts. Nothing where there is none.
#[must_use]
pub fn local_config(root: &Path) -> Option<Vec<u8>> {
    let own = std::fs::read(root.join(LOCAL_CONFIG)).ok();
    own.or_else(|| std::fs::read(in_main_checkout(root)?.join(LOCAL_CONFIG)).ok())
}

/// The name of a repository whose config does not say one: its folder's, of a linked worktree that of the main checkout.
#[must_use]
pub fn folder_name(root: &Path) -> Option<String> {
    let main = in_main_checkout(root);
    let name = main.as_deref().unwrap_or(root).file_name()?;
    Some(name.to_string_lossy().into_owned())
}

/// The change that the worktree is for in which a folder lies: NAME, in `.worktrees/feat-NAME`.
pub(crate) fn change_of(worktree: &Path) -> Option<String> {
    let is_placed = worktree.parent()?.file_name()? == WORKTREES;
    let name = worktree.file_name()?.to_str()?.strip_prefix("feat-")?;
    is_placed.then(|| name.to_owned())
}

/// Whether a folder is the root of such a worktree: what is above it is another checkout.
pub(crate) fn is_worktree(folder: &Path) -> bool {
    let parent = folder.parent().and_then(Path::file_name);
    parent.is_some_and(|name| name == WORKTREES) && folder.join(".git").is_file()
}
