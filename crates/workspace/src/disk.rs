//! Reading files within limits: source files of a repository, YAML files of a realm.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blue_analysis::Content;
use ignore::{DirEntry, WalkBuilder};
use rayon::prelude::*;

use crate::discover::{is_too_wide, relative};
use crate::load::Stop;
use crate::texts::Texts;

/// A source file larger than this is not read (security.md).
const MAX_SOURCE_BYTES: u64 = 5 * 1024 * 1024;

/// A query larger than this is not read: compiling one costs more than its length.
const MAX_QUERY_BYTES: u64 = 64 * 1024;

/// More queries than this in a folder are not read.
const MAX_QUERIES: usize = 200;

/// Whether a path is that of a repository's own query.
pub(crate) fn is_query(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::parent);
    path.extension().is_some_and(|it| it == "scm")
        && folder.is_some_and(|folder| folder.ends_with(".blue/queries"))
}

/// A repository's own queries, path and text, by path, so that beyond the limit the same ones are lost
/// each time. Those for a language that Blue does not read are among them, to be told. Links are not
/// followed.
pub(crate) fn queries(root: &Path) -> Vec<(Arc<str>, Content)> {
    let mut found: Vec<(Arc<str>, Content)> = Vec::new();
    let languages = entries_of(&root.join(".blue/queries"));
    for language in languages.into_iter().take(MAX_QUERIES) {
        if !language.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Some(language_name) = language.file_name().to_str().map(str::to_owned) else {
            continue;
        };
        let queries = entries_of(&language.path()).into_iter();
        let queries = queries.filter(|it| is_query(&it.path()));
        for entry in queries.take(MAX_QUERIES) {
            if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            let path = format!(".blue/queries/{language_name}/{name}");
            found.push((path.into(), query_content(&entry)));
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

/// What is in a folder, by name; nothing in one that is not there.
fn entries_of(folder: &Path) -> Vec<fs::DirEntry> {
    let mut entries: Vec<_> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().collect(),
        Err(_) => Vec::new(),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    entries
}

fn query_content(entry: &fs::DirEntry) -> Content {
    let size = entry.metadata().map_or(u64::MAX, |metadata| metadata.len());
    if size > MAX_QUERY_BYTES {
        return query_text("", size);
    }
    match fs::read_to_string(entry.path()) {
        Ok(text) => query_text(&text, size),
        Err(_) => Content::Unreadable("cannot be read as text".into()),
    }
}

/// The text of a query of that many bytes, on disk or in a buffer.
pub(crate) fn query_text(text: &str, size: u64) -> Content {
    match size > MAX_QUERY_BYTES {
        true => Content::OverLimit("is larger than 64 KiB, the limit for a query".into()),
        false => Content::Text(text.into()),
    }
}

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
    Content::OverLimit("is larger than 5 MiB, the limit for a source file".into())
}

/// The content of a file; nothing where there is no such file.
pub(crate) fn read(path: &Path) -> Option<Content> {
    match File::open(path) {
        Ok(file) => {
            let metadata = file.metadata().ok()?;
            content_in(file, &metadata)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => Some(unreadable(&error)),
    }
}

/// The content of an open file; nothing where that is no file.
pub(crate) fn content_in(file: File, metadata: &Metadata) -> Option<Content> {
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
        Err(error) => Some(unreadable(&error)),
    }
}

fn unreadable(error: &std::io::Error) -> Content {
    Content::Unreadable(format!("cannot be read: {error}").into())
}

/// A walk over a repository's own files: what git does not ignore, nothing installed or built, no
/// symbolic links, no folder that is a repository of its own for Blue.
fn walk(root: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(root);
    walk.require_git(false).follow_links(false);
    walk
}

pub(crate) fn is_own(entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    if !is_folder || entry.depth() == 0 {
        return true;
    }
    !blue_detect::is_skipped_dir(&entry.file_name().to_string_lossy())
        && !entry.path().join(".blue/config.yaml").is_file()
}

/// The files and folders of a repository that are its own, and which of them are folders.
pub(crate) fn own_entries(root: &Path) -> Vec<(PathBuf, bool)> {
    if is_too_wide(root) {
        return Vec::new();
    }
    let entries = walk(root).filter_entry(is_own).build().flatten();
    let entries = entries.filter_map(|entry| {
        let kind = entry.file_type()?;
        (kind.is_dir() || kind.is_file()).then(|| (entry.into_path(), kind.is_dir()))
    });
    entries.collect()
}

/// Whether a text is one that people wrote.
pub(crate) fn is_written(content: &Content) -> bool {
    match content {
        Content::Text(text) => !blue_detect::is_minified(text) && !blue_detect::is_generated(text),
        _ => true,
    }
}

/// The source files of a repository, in the order of their paths. `texts`: what is known of them, asked
/// for when it is known which there are; nothing where all are read.
pub(crate) fn source_files(
    root: &Path,
    stop: &Stop,
    texts: impl FnOnce() -> Option<Arc<Texts>>,
) -> Vec<(Arc<str>, Content)> {
    let mut found: Vec<(Arc<str>, PathBuf)> = Vec::new();
    for entry in walk(root).filter_entry(is_own).build().flatten() {
        if stop.is_set() {
            break;
        }
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Some(path) = relative(entry.path(), root) else {
            continue;
        };
        if !blue_detect::is_source(&path) {
            continue;
        }
        found.push((path.into(), entry.into_path()));
    }
    found.sort();
    let texts = texts();
    if let Some(texts) = texts.as_ref().filter(|_| !stop.is_set()) {
        texts.walked(found.iter().map(|(path, _)| &**path));
    }
    let read = found.into_par_iter().filter_map(|(path, file)| {
        if stop.is_set() {
            return None;
        }
        let content = match &texts {
            Some(texts) => texts.content(&path, &file)?,
            None => read(&file).filter(is_written)?,
        };
        Some((path, content))
    });
    read.collect()
}

/// What makes a file a source: a binding names the file itself, or the walk over the repository
/// comes by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Named,
    Walked,
}

impl Source {
    /// The content that counts: text that a program wrote does only where it is named.
    pub(crate) fn counts(self, content: Content) -> Option<Content> {
        (self == Source::Named || is_written(&content)).then_some(content)
    }

    /// The content on disk.
    pub(crate) fn read(self, root: &Path, path: &str) -> Option<Content> {
        self.counts(read(&root.join(path))?)
    }
}

/// Whether a path of a repository (relative to its root) is a source, also before it is on disk.
pub(crate) fn source(root: &Path, path: &str, named: &[Arc<str>]) -> Option<Source> {
    if named.iter().any(|named| **named == *path) {
        return stays_inside(root, path).then_some(Source::Named);
    }
    if !blue_detect::is_source(path) {
        return None;
    }
    let target = root.join(path);
    let kind = fs::symlink_metadata(&target).map(|metadata| metadata.file_type());
    let looked_for = match kind {
        Ok(kind) if kind.is_file() => target,
        Ok(_) => return None,
        // It is in a folder that is walked, or will be.
        Err(_) => target
            .ancestors()
            .skip(1)
            .find(|path| path.is_dir())?
            .to_owned(),
    };
    let way = looked_for.clone();
    let mut walk = walk(root);
    walk.filter_entry(move |entry| is_own(entry) && way.starts_with(entry.path()));
    let mut entries = walk.build().flatten();
    let name = path.rsplit('/').next().unwrap_or_default();
    (!name.starts_with('.') && entries.any(|entry| entry.path() == looked_for))
        .then_some(Source::Walked)
}

/// Whether a path leads to nowhere outside the repository, symbolic links followed.
pub(crate) fn stays_inside(root: &Path, path: &str) -> bool {
    let real = |path: &Path| fs::canonicalize(path);
    match (real(root), real(&root.join(path))) {
        (Ok(root), Ok(path)) => path.starts_with(root),
        // It is not there (yet), and neither is a link.
        (_, Err(_)) => fs::symlink_metadata(root.join(path)).is_err(),
        _ => false,
    }
}
