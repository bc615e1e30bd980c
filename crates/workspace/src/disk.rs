//! Reading files within limits: source files of a repository, YAML files of a realm.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use blue_analysis::Content;
use blue_detect::Dialect;
use ignore::WalkBuilder;

use crate::discover::relative;

/// A source file larger than this is not read (security.md).
const MAX_SOURCE_BYTES: u64 = 5 * 1024 * 1024;

/// The content of bytes that should be source text.
pub(crate) fn content_of(bytes: Vec<u8>) -> Content {
    if bytes.len() as u64 > MAX_SOURCE_BYTES {
        return too_large();
    }
    match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text.into()),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Content::Unreadable(
                format!("is not UTF-8 (byte {at} is no part of a character)").into(),
            )
        }
    }
}

fn too_large() -> Content {
    Content::Unreadable("is larger than 5 MiB, the limit for a source file".into())
}

/// The content of a file; nothing where there is no such file.
pub(crate) fn read(path: &Path) -> Option<Content> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            return Some(Content::Unreadable(
                format!("cannot be read: {error}").into(),
            ));
        }
    };
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() {
        return None;
    }
    if metadata.len() > MAX_SOURCE_BYTES {
        return Some(too_large());
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    // One byte more than the limit, so that a file that grows meanwhile is seen to be too large.
    match file.take(MAX_SOURCE_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) => Some(content_of(bytes)),
        Err(error) => Some(Content::Unreadable(
            format!("cannot be read: {error}").into(),
        )),
    }
}

/// The source files of a repository: what git does not ignore, no installed or built code, no
/// symbolic links.
pub(crate) fn source_files(root: &Path) -> Vec<(Arc<str>, Content)> {
    let mut files: Vec<(Arc<str>, Content)> = Vec::new();
    let walk = WalkBuilder::new(root)
        .require_git(false)
        .follow_links(false)
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !(is_folder && entry.depth() > 0 && blue_detect::is_skipped_dir(&name))
        })
        .build();
    for entry in walk.flatten() {
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Some(path) = relative(entry.path(), root) else {
            continue;
        };
        if Dialect::of_path(&path).is_none() {
            continue;
        }
        let Some(content) = read(entry.path()) else {
            continue;
        };
        if let Content::Text(text) = &content
            && (blue_detect::is_minified(text) || blue_detect::is_generated(text))
        {
            continue;
        }
        files.push((path.into(), content));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

/// The files of a realm's working tree that may be the format's, with their bytes.
pub(crate) fn realm_files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let limit = blue_realm::limits::FILE_BYTES as u64 + 1;
    let mut files = Vec::new();
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .follow_links(false)
        .max_depth(Some(5))
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walk.flatten() {
        let Some(path) = relative(entry.path(), root) else {
            continue;
        };
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if !is_file || blue_realm::classify(&path).is_none() {
            continue;
        }
        let mut bytes = Vec::new();
        let opened = fs::File::open(entry.path());
        if opened
            .and_then(|file| file.take(limit).read_to_end(&mut bytes))
            .is_ok()
        {
            files.push((path, bytes));
        }
        if files.len() > blue_realm::limits::REALM_FILES {
            break;
        }
    }
    files
}
