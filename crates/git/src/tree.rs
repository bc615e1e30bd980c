//! What files a commit holds, and their contents.
//!
//! Listing and reading are apart so that a caller who keeps what it computed by content (a
//! [`BlobId`] names content) reads only what it has not seen.

use git2::{ErrorCode, FileMode, ObjectType, Oid, Tree};

use crate::error::{self, Error};
use crate::id::{BlobId, CommitId};
use crate::repository::Repository;

/// A file in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Relative to the folder that was listed, with `/`. Bytes that are not UTF-8 are replaced.
    pub path: String,
    /// Its content.
    pub blob: BlobId,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry of a commit is. Submodules are not listed: their files are another repository's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A regular file, executable or not.
    File,
    /// A symbolic link; its content is the path it leads to.
    Symlink,
}

/// A path in which two commits differ, by any of content, mode and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeChange {
    /// Relative to the root of the repository, with `/`. Bytes that are not UTF-8 are replaced.
    pub path: String,
    /// Whether the older commit has something there.
    pub was_there: bool,
    /// What the newer one has.
    pub now: TreeChanged,
}

/// What stands at a path that was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TreeChanged {
    /// A regular file, in the mode that it had, or in the usual one where it is new.
    File,
    /// A regular file in another mode than it had.
    Mode,
    /// Nothing.
    Gone,
    /// Something else than a file: a symbolic link, another repository.
    Foreign,
}

/// The mode git gives a symbolic link.
const SYMLINK_MODE: i32 = 0o120_000;

impl Repository {
    /// The content of a regular file at a path (relative to the root of the repository, with `/`);
    /// `None` when the commit has no such file, or a folder, link or submodule there.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn file_at(&self, commit: CommitId, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(tree) = self.folder(commit, folder)? else {
            return Ok(None);
        };
        match tree.get_name_bytes(name.as_bytes()) {
            Some(entry) if kind_of(&entry) == Some(EntryKind::File) => {
                self.blob(BlobId::of(entry.id())).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// All files under a folder (relative to the root of the repository; empty for the root), in
    /// all folders below, sorted by path. Empty when the commit has no such folder. Contents are
    /// not read.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn tree_at(&self, commit: CommitId, under: &str) -> Result<Vec<TreeEntry>, Error> {
        let mut entries = Vec::new();
        let Some(root) = self.folder(commit, under)? else {
            return Ok(entries);
        };
        let mut open = vec![(String::new(), root)];
        while let Some((prefix, tree)) = open.pop() {
            for entry in &tree {
                let path = format!("{prefix}{}", String::from_utf8_lossy(entry.name_bytes()));
                if entry.kind() == Some(ObjectType::Tree) {
                    open.push((format!("{path}/"), self.find_tree(entry.id())?));
                } else if let Some(kind) = kind_of(&entry) {
                    let blob = BlobId::of(entry.id());
                    entries.push(TreeEntry { path, blob, kind });
                }
            }
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    /// Every path in which `new` differs from `old`, in the whole repository, sorted. Unlike what commits
    /// say that they changed, this leaves nothing out: not modes, links, other repositories, or what a
    /// merge took from one of its sides.
    ///
    /// # Errors
    /// [`Error::MissingObject`], [`Error::Git`].
    pub fn tree_changes(&self, old: CommitId, new: CommitId) -> Result<Vec<TreeChange>, Error> {
        let trees = [old, new].map(|id| self.find_tree(self.find_commit(id)?.tree_id()));
        let [old_tree, new_tree] = trees;
        let (old_tree, new_tree) = (old_tree?, new_tree?);
        let mut options = git2::DiffOptions::new();
        options
            .skip_binary_check(true)
            .include_typechange(true)
            .ignore_submodules(false);
        let diff = self
            .git
            .diff_tree_to_tree(Some(&old_tree), Some(&new_tree), Some(&mut options))
            .map_err(|why| error::doing(format!("comparing {old} and {new}"), &self.git, why))?;
        let changes = diff.deltas().map(|delta| {
            let (before, after) = (delta.old_file(), delta.new_file());
            let was_there = before.mode() != FileMode::Unreadable && !before.id().is_zero();
            let now = match (before.mode(), after.mode()) {
                _ if delta.status() == git2::Delta::Deleted => TreeChanged::Gone,
                (_, FileMode::Blob) if !was_there => TreeChanged::File,
                (was, is @ (FileMode::Blob | FileMode::BlobExecutable)) if was == is => {
                    TreeChanged::File
                }
                (_, FileMode::Blob | FileMode::BlobExecutable) => TreeChanged::Mode,
                _ => TreeChanged::Foreign,
            };
            let path = after.path_bytes().or(before.path_bytes());
            TreeChange {
                path: String::from_utf8_lossy(path.unwrap_or_default()).into_owned(),
                was_there,
                now,
            }
        });
        let mut changes: Vec<TreeChange> = changes.collect();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// The content a [`BlobId`] names.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn blob(&self, id: BlobId) -> Result<Vec<u8>, Error> {
        let found = self.git.find_blob(id.oid());
        let blob =
            found.map_err(|why| error::reading(format!("file content {id}"), &self.git, why))?;
        Ok(blob.content().to_vec())
    }

    /// How many bytes the content has, without reading it: to hold it against a limit first.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn blob_size(&self, id: BlobId) -> Result<usize, Error> {
        let header = self.git.odb().and_then(|odb| odb.read_header(id.oid()));
        let header =
            header.map_err(|why| error::reading(format!("file content {id}"), &self.git, why));
        header.map(|(size, _)| size)
    }

    /// A folder of a commit; `None` when there is no such folder.
    fn folder(&self, commit: CommitId, path: &str) -> Result<Option<Tree<'_>>, Error> {
        let read = self.find_commit(commit)?;
        let mut tree = self.find_tree(read.tree_id())?;
        // Step by step: libgit2's own look-up by path says "not found" for a missing object, too.
        for step in path.split('/').filter(|step| !matches!(*step, "" | ".")) {
            let next = match tree.get_name_bytes(step.as_bytes()) {
                Some(entry) if entry.kind() == Some(ObjectType::Tree) => entry.id(),
                _ => return Ok(None),
            };
            tree = self.find_tree(next)?;
        }
        Ok(Some(tree))
    }

    fn find_tree(&self, id: Oid) -> Result<Tree<'_>, Error> {
        self.git.find_tree(id).map_err(|why| {
            let what = format!("folder {id}");
            match why.code() {
                ErrorCode::NotFound => Error::MissingObject {
                    what,
                    path: self.git.path().to_path_buf(),
                },
                _ => error::reading(what, &self.git, why),
            }
        })
    }
}

fn kind_of(entry: &git2::TreeEntry<'_>) -> Option<EntryKind> {
    match entry.kind() {
        Some(ObjectType::Blob) if entry.filemode() == SYMLINK_MODE => Some(EntryKind::Symlink),
        Some(ObjectType::Blob) => Some(EntryKind::File),
        _ => None,
    }
}
