//! Where the files of findings stand in the checkout that CI has: annotations are shown on paths
//! from the root of the git repository, while findings count from the folder of the repo or realm.

use std::path::{Path, PathBuf};

use blue_analysis::{Place, Root};

/// The checkout that a check is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checkout {
    /// The root of git's working tree; without git, of what is checked. An absolute path.
    pub(crate) root: PathBuf,
    /// The folder in it that is checked: empty, or ending in `/`.
    pub(crate) checked: String,
    /// The repos and realms that lie in it, each with its folder there: empty, or ending in `/`.
    pub(crate) folders: Vec<(Root, String)>,
}

impl Checkout {
    /// The checkout that `checked` lies in, with those of `roots` that are in it as well. A folder
    /// with a git repository of its own (a realm fetched into `.realm`) is not.
    pub(crate) fn of(checked: &Path, roots: Vec<(Root, PathBuf)>) -> Checkout {
        let root = work_tree(checked).unwrap_or_else(|| checked.to_owned());
        let inside = roots.into_iter().filter_map(|(name, path)| {
            let same = path == checked || work_tree(&path).as_deref() == Some(&*root);
            let folder = same.then(|| folder(&path, &root)).flatten()?;
            Some((name, folder))
        });
        let folders = inside.collect();
        let checked = folder(checked, &root).unwrap_or_default();
        Checkout {
            root,
            checked,
            folders,
        }
    }

    /// A place's path from the checkout's root, with `/`; nothing where it lies elsewhere.
    pub(crate) fn path(&self, place: &Place) -> Option<String> {
        let mut folders = self.folders.iter();
        let (_, folder) = folders.find(|(root, _)| *root == place.root)?;
        Some(format!("{folder}{}", place.path))
    }

    /// The path from the checkout's root of a file of what is checked.
    pub(crate) fn own(&self, path: &str) -> String {
        format!("{}{path}", self.checked)
    }
}

/// The working tree that git has for a folder, spelled as the system does.
fn work_tree(path: &Path) -> Option<PathBuf> {
    let repository = blue_git::discover(path).ok().flatten()?;
    repository.workdir()?.canonicalize().ok()
}

fn folder(path: &Path, root: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let inside = path.strip_prefix(root).ok()?;
    let parts = inside.components().map(|part| part.as_os_str());
    let parts = parts.map(|part| format!("{}/", part.to_string_lossy()));
    Some(parts.collect())
}
