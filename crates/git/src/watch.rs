//! Noticing that the record may have moved: a commit, a fetch, another branch.
//!
//! It exists for hosts that live long. Ask for [`Repository::watch_paths`] to be woken, and for
//! [`Repository::fingerprint`] to know whether anything is new.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::repository::Repository;

/// Stands for all that decides which commit is the record. Only good for comparing with another
/// one of the same repository in the same process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

/// References are kept a few folders deep; more is not a repository of this world.
const MAX_DEPTH: usize = 16;

impl Repository {
    /// A value that changes whenever the answer of [`Repository::record_commit`] may have. By
    /// contents, not by file times, which are too coarse for two commits within a few milliseconds.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn fingerprint(&self) -> Result<Fingerprint, Error> {
        let mut hasher = DefaultHasher::new();
        for path in self.watch_paths() {
            hash_path(&path, MAX_DEPTH, &mut hasher)?;
        }
        Ok(Fingerprint(hasher.finish()))
    }

    /// The files and folders (watch these recursively) under the git directory in which a commit,
    /// a fetch or a checkout leaves its trace. Some may not exist yet.
    #[must_use]
    pub fn watch_paths(&self) -> Vec<PathBuf> {
        let shared = self.git.commondir();
        vec![
            self.git.path().join("HEAD"),
            shared.join("packed-refs"),
            shared.join("refs").join("heads"),
            shared.join("refs").join("remotes"),
            shared.join("refs").join("tags"),
            shared.join("config"),
            shared.join("shallow"),
        ]
    }
}

fn hash_path(path: &Path, depth: usize, hasher: &mut DefaultHasher) -> Result<(), Error> {
    let unreadable = |source: std::io::Error| Error::Read {
        path: path.to_path_buf(),
        source,
    };
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        // Also when it went away between listing and reading: git locks and renames here.
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(unreadable(why)),
    };
    if kind.is_dir() && depth > 0 {
        let listing = fs::read_dir(path).map_err(unreadable)?;
        let mut children: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
        children.sort();
        for child in children {
            hash_path(&child, depth - 1, hasher)?;
        }
        return Ok(());
    }
    if !kind.is_file()
        || path
            .extension()
            .is_some_and(|extension| extension == "lock")
    {
        return Ok(());
    }
    match fs::read(path) {
        Ok(content) => {
            path.hash(hasher);
            content.hash(hasher);
            Ok(())
        }
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(()),
        Err(why) => Err(unreadable(why)),
    }
}
