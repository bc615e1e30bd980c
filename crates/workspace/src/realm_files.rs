//! The files of a realm, read within limits: those of a checkout, and those of a commit.
//!
//! A realm may have a hundred thousand of them, and is read by every verb. So they are read on all processors, what
//! was read before is not parsed again ([`KnownFiles`]), and of a commit nothing is read that the checkout has as well:
//! git names a content by its hash, which is made of the bytes that were read from the disk.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use blue_git::{BlobId, CommitId, EntryKind, Error, Repository, TreeEntry};
use blue_realm::{ParsedFile, Realm, classify, limits, linked_file, parse_file};
use ignore::WalkBuilder;
use rayon::prelude::*;

use crate::discover::relative;
use crate::known_files::{KnownFiles, same_in};
use crate::load::Stop;

/// Folders in folders that a file of the format stands in, and itself.
const DEEPEST: usize = 5;

/// Beyond so many paths git is asked about the whole checkout at once.
const MOST_ASKED: usize = 500;

/// Contents of a commit that are held at once before they are parsed.
const AT_ONCE: usize = 1024;

/// What stands in a realm's checkout.
#[derive(Debug)]
pub(crate) struct Checkout {
    /// The files of the format, read, in the order of their paths.
    pub(crate) files: Vec<Arc<ParsedFile>>,
    /// The other ones.
    pub(crate) others: Others,
}

/// Files in a realm's checkout that are none of the format.
#[derive(Debug)]
pub(crate) enum Others {
    /// All of them, relative to the realm's root.
    Known(Vec<String>),
    /// There are more than were looked at.
    More,
}

/// A file of the format in a checkout.
struct Found {
    path: String,
    file: PathBuf,
    is_link: bool,
}

/// Reads a checkout. Sorted, so that a realm beyond the limit loses the same files each time, and repos before domains.
pub(crate) fn checkout(root: &Path, stop: &Stop, known: &KnownFiles) -> Checkout {
    let (found, others) = walk(root, stop);
    let read = found.par_iter().map_init(Vec::new, |bytes, found| {
        if stop.is_set() {
            return None;
        }
        if found.is_link {
            return Some(Arc::new(linked_file(&found.path)));
        }
        read_into(bytes, &found.file).ok()?;
        Some(known.read(&found.path, bytes))
    });
    Checkout {
        files: read.flatten().collect(),
        others,
    }
}

/// What stands where a file of the format would, and what else there is.
fn walk(root: &Path, stop: &Stop) -> (Vec<Found>, Others) {
    let mut found: Vec<Found> = Vec::new();
    let mut others = Some(Vec::new());
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .follow_links(false)
        .max_depth(Some(DEEPEST))
        .sort_by_file_name(Ord::cmp)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walk {
        if stop.is_set() || found.len() > limits::REALM_FILES {
            others = None;
            break;
        }
        let Ok(entry) = entry else {
            others = None;
            continue;
        };
        let kind = entry.file_type();
        let is_folder = kind.is_some_and(|kind| kind.is_dir());
        if is_folder && entry.depth() < DEEPEST {
            continue;
        }
        let path = relative(entry.path(), root);
        let is_link = kind.is_some_and(|kind| kind.is_symlink());
        let is_file = is_link || kind.is_some_and(|kind| kind.is_file());
        match path {
            Some(path) if is_file && classify(&path).is_some() => found.push(Found {
                path,
                file: entry.into_path(),
                is_link,
            }),
            Some(path) if !is_folder => others = others.and_then(|known| with(known, path)),
            _ => others = None,
        }
    }
    (found, others.map_or(Others::More, Others::Known))
}

/// One path more; nothing beyond what git is asked about.
fn with(mut paths: Vec<String>, path: String) -> Option<Vec<String>> {
    paths.push(path);
    (paths.len() <= MOST_ASKED).then_some(paths)
}

/// The bytes of a file, and one more than the limit where it is larger.
fn read_into(bytes: &mut Vec<u8>, path: &Path) -> std::io::Result<()> {
    bytes.clear();
    bytes.reserve(8 * 1024);
    let limit = limits::FILE_BYTES as u64 + 1;
    File::open(path)?.take(limit).read_to_end(bytes)?;
    Ok(())
}

/// The realm at a commit, in a folder of its repository; nothing where the commit holds none there.
///
/// # Errors
/// [`Error::MissingObject`].
pub fn realm_at(
    repository: &Repository,
    commit: CommitId,
    under: &str,
) -> Result<Option<Realm>, Error> {
    realm_beside(repository, (commit, under), &Realm::default())
}

/// The same, with the very files of a realm that most likely is alike where they say the same: these
/// are neither read twice nor held twice.
///
/// # Errors
/// [`Error::MissingObject`].
pub fn realm_beside(
    repository: &Repository,
    (commit, under): (CommitId, &str),
    known: &Realm,
) -> Result<Option<Realm>, Error> {
    Commits::new(repository, under, &KnownFiles::default()).realm(commit, known)
}

/// The file of these bytes: the one that a realm has at this path, where it is of the same.
#[must_use]
pub fn read_beside(known: &Realm, path: &str, bytes: &[u8]) -> Arc<ParsedFile> {
    match same_in(known, path, bytes) {
        Some(file) => file.clone(),
        None => Arc::new(parse_file(path, bytes)),
    }
}

/// A realm at the commits of its repository.
pub(crate) struct Commits<'r> {
    pub(crate) repository: &'r Repository,
    /// The folder of the realm in its repository; empty: its root.
    pub(crate) under: &'r str,
    known: &'r KnownFiles,
    /// What was listed lately, for one commit is mostly asked about several times.
    listed: RefCell<Option<(CommitId, Rc<[TreeEntry]>)>>,
    /// The realm that was found to be what the commit holds, byte for byte.
    same: RefCell<Option<(CommitId, Realm)>>,
}

impl<'r> Commits<'r> {
    pub(crate) fn new(
        repository: &'r Repository,
        under: &'r str,
        known: &'r KnownFiles,
    ) -> Commits<'r> {
        Commits {
            repository,
            under,
            known,
            listed: RefCell::default(),
            same: RefCell::default(),
        }
    }

    fn list(&self, commit: CommitId) -> Result<Rc<[TreeEntry]>, Error> {
        let known = self.listed.borrow().clone();
        if let Some((_, entries)) = known.filter(|(at, _)| *at == commit) {
            return Ok(entries);
        }
        let entries: Rc<[TreeEntry]> = self.repository.tree_at(commit, self.under)?.into();
        self.listed.replace(Some((commit, entries.clone())));
        Ok(entries)
    }

    /// The realm at a commit, of the very files of another where they say the same, and that very realm where all do;
    /// nothing where the commit holds none.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub(crate) fn realm(&self, commit: CommitId, beside: &Realm) -> Result<Option<Realm>, Error> {
        let entries = self.list(commit)?;
        let entries = entries.iter();
        let entries: Vec<&TreeEntry> = entries.filter(|it| is_of_format(it)).collect();
        if entries.is_empty() {
            return Ok(None);
        }
        let files = entries.par_iter().map(|entry| same_blob(beside, entry));
        let mut files: Vec<Option<Arc<ParsedFile>>> = files.collect();
        let is_all = files.len() == beside.len() && beside.left_out() == 0;
        if is_all && files.iter().all(Option::is_some) {
            self.same.replace(Some((commit, beside.clone())));
            return Ok(Some(beside.clone()));
        }
        for (entries, files) in entries.chunks(AT_ONCE).zip(files.chunks_mut(AT_ONCE)) {
            self.fill(entries, files)?;
        }
        Ok(Some(Realm::from_shared(files.into_iter().flatten())))
    }

    /// Reads those files that are not there yet.
    fn fill(
        &self,
        entries: &[&TreeEntry],
        files: &mut [Option<Arc<ParsedFile>>],
    ) -> Result<(), Error> {
        let mut contents = Vec::new();
        for (entry, file) in entries.iter().zip(files) {
            if file.is_some() {
                continue;
            }
            match entry.kind {
                EntryKind::Symlink => *file = Some(Arc::new(linked_file(&entry.path))),
                EntryKind::File => contents.push((entry, file, self.repository.blob(entry.blob)?)),
            }
        }
        contents.into_par_iter().for_each(|(entry, file, bytes)| {
            *file = Some(self.known.read(&entry.path, &bytes));
        });
        Ok(())
    }

    /// The paths in a checkout, relative to the realm's root, that are not as a commit has them, as git sees it. Git is
    /// asked only about files that are not of the commit's very bytes.
    ///
    /// # Errors
    /// [`Error::Bare`], [`Error::MissingObject`].
    pub(crate) fn uncommitted(
        &self,
        commit: CommitId,
        working: &Realm,
        others: &Others,
    ) -> Result<Vec<String>, Error> {
        let all = || self.repository.changed_since(commit, self.under);
        let Others::Known(others) = others else {
            return all();
        };
        let entries = self.list(commit)?;
        let is_same = self.same.borrow();
        let is_same = is_same.as_ref();
        let is_same = is_same.is_some_and(|(at, realm)| *at == commit && realm.is(working));
        let asked = entries.par_iter().filter(|entry| {
            !is_of_format(entry) || !is_same && same_blob(working, entry).is_none()
        });
        let mut asked: Vec<String> = asked.map(|entry| entry.path.clone()).collect();
        asked.extend_from_slice(others);
        if !is_same {
            let there: HashSet<&str> = entries.iter().map(|entry| &*entry.path).collect();
            let new = working.files().filter(|file| !there.contains(&*file.path));
            asked.extend(new.map(|file| file.path.to_string()));
        }
        asked.sort();
        asked.dedup();
        match asked.len() > MOST_ASKED || working.left_out() > 0 {
            true => all(),
            false => self.repository.changed_among(commit, self.under, &asked),
        }
    }
}

fn is_of_format(entry: &TreeEntry) -> bool {
    classify(&entry.path).is_some()
}

/// The file that a realm has in an entry's place, where it is of the same bytes.
fn same_blob(realm: &Realm, entry: &TreeEntry) -> Option<Arc<ParsedFile>> {
    let file = realm.file(&entry.path)?;
    // A symbolic link has no text either. What is not UTF-8 has another text than bytes, and is read.
    let is_same = entry.kind == EntryKind::File
        && !file.text.is_empty()
        && BlobId::of_content(file.text.as_bytes()) == Some(entry.blob);
    is_same.then(|| file.clone())
}
