//! What differs between a commit and the files on disk.
//!
//! It exists so that a baseline is compared with hundreds of changed files, not with all of them:
//! libgit2 skips by the index's cached sizes and times what did not change.

use git2::{Delta, DiffDelta, DiffOptions, ObjectType, Oid};

use crate::error::{self, Error};
use crate::id::CommitId;
use crate::repository::Repository;

impl Repository {
    /// The paths, relative to the folder `under` (itself relative to the working tree's root;
    /// empty for all), whose content on disk is not the commit's: changed, deleted, or untracked
    /// and not ignored. Staged or not makes no difference; modes and submodules are left out.
    /// Sorted.
    ///
    /// # Errors
    /// [`Error::Bare`], [`Error::MissingObject`].
    pub fn changed_since(&self, commit: CommitId, under: &str) -> Result<Vec<String>, Error> {
        self.changed(commit, under, None)
    }

    /// The same, of these paths alone (relative to `under`): the rest of the working tree is not looked at.
    ///
    /// # Errors
    /// [`Error::Bare`], [`Error::MissingObject`].
    pub fn changed_among(
        &self,
        commit: CommitId,
        under: &str,
        paths: &[String],
    ) -> Result<Vec<String>, Error> {
        match paths {
            // Git would take none for all.
            [] => Ok(Vec::new()),
            _ => self.changed(commit, under, Some(paths)),
        }
    }

    fn changed(
        &self,
        commit: CommitId,
        under: &str,
        paths: Option<&[String]>,
    ) -> Result<Vec<String>, Error> {
        let Some(root) = self.git.workdir() else {
            let path = self.git.path().to_path_buf();
            return Err(Error::Bare { path });
        };
        let under: Vec<&str> = under
            .split('/')
            .filter(|step| !matches!(*step, "" | "."))
            .collect();
        let under = under.join("/");
        let failed = |why| {
            let doing = format!("comparing the working tree with commit {commit}");
            error::doing(doing, &self.git, why)
        };
        let tree = self.find_commit(commit)?.tree().map_err(failed)?;
        let prefix = if under.is_empty() {
            under
        } else {
            format!("{under}/")
        };
        let mut options = options(&prefix, paths);
        let diff = self
            .git
            .diff_tree_to_workdir_with_index(Some(&tree), Some(&mut options));
        let diff = diff.map_err(failed)?;
        let mut changed = Vec::new();
        for delta in diff.deltas() {
            let Some(bytes) = path_of(&delta) else {
                continue;
            };
            let path = String::from_utf8_lossy(bytes);
            // A folder is a repository of its own.
            let inside = path
                .strip_prefix(&prefix)
                .filter(|path| !path.ends_with('/'));
            let Some(inside) = inside else {
                continue;
            };
            // Staged and then undone on disk, or only removed from the index: reported, but equal.
            let was = commit_blob(&tree, &path);
            let is = Oid::hash_file(ObjectType::Blob, root.join(path.as_ref())).ok();
            if was.is_none() || was != is {
                changed.push(inside.to_owned());
            }
        }
        changed.sort();
        changed.dedup();
        Ok(changed)
    }
}

fn options(prefix: &str, paths: Option<&[String]>) -> DiffOptions {
    let mut options = DiffOptions::new();
    options
        .include_untracked(true)
        .recurse_untracked_dirs(true)
        .include_ignored(false)
        .include_typechange(true)
        .ignore_filemode(true)
        .ignore_submodules(true)
        .skip_binary_check(true)
        .update_index(false)
        .disable_pathspec_match(true);
    let under = prefix.trim_end_matches('/');
    match paths {
        None if under.is_empty() => {}
        None => _ = options.pathspec(under),
        Some(paths) => {
            for path in paths {
                options.pathspec(format!("{prefix}{path}"));
            }
        }
    }
    options
}

fn path_of<'a>(delta: &DiffDelta<'a>) -> Option<&'a [u8]> {
    match delta.status() {
        Delta::Unmodified | Delta::Ignored => None,
        Delta::Deleted => delta.old_file().path_bytes(),
        _ => delta
            .new_file()
            .path_bytes()
            .or(delta.old_file().path_bytes()),
    }
}

fn commit_blob(tree: &git2::Tree<'_>, path: &str) -> Option<Oid> {
    let entry = tree.get_path(std::path::Path::new(path)).ok()?;
    (entry.kind() == Some(ObjectType::Blob)).then(|| entry.id())
}
