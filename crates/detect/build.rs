//! Names what summaries are made by: a hash of this crate, of the queries and of all versions it is
//! built with.
//!
//! A summary that was kept is good for the very program that made it. The version of Blue alone does
//! not say which that is: between two releases many programs have the same one.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// All that a summary depends on but the file itself, from this crate's folder.
const MADE_OF: &[&str] = &[
    "build.rs",
    "src",
    "../text/src",
    "../../queries",
    "../../Cargo.lock",
];

fn main() {
    let mut hasher = DefaultHasher::new();
    for path in MADE_OF {
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
