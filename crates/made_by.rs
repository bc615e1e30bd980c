//! For build scripts: names what a crate makes by a hash of all that goes into it.
//!
//! What is kept from one run to the next is good for the very program that made it. The version of Blue
//! alone does not say which that is: between two releases many programs have the same one.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Gives the crate the name as `BLUE_MADE_BY`. `of`: all that what is kept depends on, the crate's own source too, as
/// paths from the crate's folder.
pub(crate) fn tell(of: &[&str]) {
    let mut hasher = DefaultHasher::new();
    for path in of {
        println!("cargo:rerun-if-changed={path}");
        hash(Path::new(path), &mut hasher);
    }
    for variable in ["TARGET", "CARGO_PKG_VERSION"] {
        std::env::var(variable).ok().hash(&mut hasher);
    }
    println!("cargo:rustc-env=BLUE_MADE_BY={:016x}", hasher.finish());
}

/// A file by its path and bytes, a folder by what is in it, in the order of the names.
fn hash(path: &Path, hasher: &mut DefaultHasher) {
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            hash(&entry, hasher);
        }
        return;
    }
    path.hash(hasher);
    fs::read(path).ok().hash(hasher);
}
