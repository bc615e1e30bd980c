//! What kind of place a folder is: a repository that takes part in a realm, a realm's own checkout,
//! or neither.

use std::path::{Component, Path, PathBuf};

use crate::linked::is_worktree;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A code repository: the folder that holds `.blue/config.yaml`.
    Repo(PathBuf),
    /// A realm: the folder that holds `realm.yaml`.
    Realm(PathBuf),
}

impl Found {
    /// The folder.
    pub fn root(&self) -> &Path {
        match self {
            Found::Repo(root) | Found::Realm(root) => root,
        }
    }
}

/// Looks at `path` and the folders above it: the nearest one that is a repository or a realm.
/// `home` is Blue's own folder (`~/.blue`), whose settings look like a repository's config, and
/// whose parent is therefore none.
pub fn discover(path: &Path, home: Option<&Path>) -> Option<Found> {
    for folder in path.ancestors() {
        let own = home.is_some_and(|home| folder.join(".blue") == home);
        if !own && folder.join(".blue/config.yaml").is_file() {
            return Some(Found::Repo(folder.to_owned()));
        }
        if folder.join("realm.yaml").is_file() {
            return Some(Found::Realm(folder.to_owned()));
        }
        // Above a worktree is the main checkout, on another branch.
        if is_worktree(folder) {
            return None;
        }
    }
    None
}

/// Blue's own folder, which need not be there: `$BLUE_HOME`, else `~/.blue`; nothing for a user
/// without a home folder.
pub fn blue_home() -> Option<PathBuf> {
    if let Some(home) = std::env::var_os("BLUE_HOME") {
        return Some(PathBuf::from(home));
    }
    std::env::home_dir().map(|home| home.join(".blue"))
}

/// Whether a folder is one that is never walked: the root of the file system, or the user's home.
pub(crate) fn is_too_wide(root: &Path) -> bool {
    root.parent().is_none() || std::env::home_dir().is_some_and(|home| home == root)
}

/// A path without `.` and `..`, by its spelling alone, so that it equals what an editor would open.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut made = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !made.pop() {
                    made.push("..");
                }
            }
            other => made.push(other),
        }
    }
    made
}

/// A path relative to a root, `/` between its parts; nothing for one outside it.
pub(crate) fn relative(path: &Path, root: &Path) -> Option<String> {
    let rest = path.strip_prefix(root).ok()?;
    let mut parts = Vec::new();
    for component in rest.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy()),
            _ => return None,
        }
    }
    Some(parts.join("/"))
}
