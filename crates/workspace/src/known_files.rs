//! Files of realms that were read before, so that they are not read again: reading YAML is nearly all that a large
//! realm costs.
//!
//! They come from the realms as they were loaded last, and from `.blue/cache.db` (`blue_realm::stored`), and are found
//! by the very bytes that stand on the disk or in a commit: nothing here believes a time. What is kept is taken out at
//! once when the first file is asked for that is not known otherwise, and what is new is put in at once when somebody
//! asks for that ([`Keeper::keep`](crate::Keeper::keep)). A cache is never why something else fails.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use blue_coordination::{Cache, Counts, Error, RealmFile, Use};
use blue_realm::stored::{FileKey, decode, encode, made_by};
use blue_realm::{ParsedFile, Realm, parse_file};
use rayon::prelude::*;

use crate::kept::{opened, say, say_damage};

/// Files that are held as bytes at once before they are written: a server has no room for all of them.
const AT_ONCE: usize = 512;

/// What is known while one job reads.
#[derive(Debug, Default)]
pub(crate) struct KnownFiles {
    /// The realms as they were loaded last.
    near: Vec<Arc<Realm>>,
    /// The database; nothing where nothing is kept.
    path: Option<PathBuf>,
    kept: OnceLock<HashMap<FileKey, Kept>>,
    /// Read in this job, and not kept yet.
    new: Mutex<Vec<(FileKey, Arc<ParsedFile>)>>,
}

#[derive(Debug)]
struct Kept {
    file: Vec<u8>,
    is_used: AtomicBool,
}

impl KnownFiles {
    /// Of realms that are loaded, and of a database.
    pub(crate) fn new(near: Vec<Arc<Realm>>, path: Option<PathBuf>) -> KnownFiles {
        KnownFiles {
            near,
            path,
            ..KnownFiles::default()
        }
    }

    /// Takes out what is kept, where it will be asked for: to be called on a thread of its own before that. Blocking.
    pub(crate) fn prepare(&self) {
        if self.near.is_empty() {
            self.kept();
        }
    }

    /// The file of these bytes. To be called on many threads.
    pub(crate) fn read(&self, path: &str, bytes: &[u8]) -> Arc<ParsedFile> {
        let mut near = self.near.iter();
        if let Some(known) = near.find_map(|realm| same_in(realm, path, bytes)) {
            return known.clone();
        }
        if self.path.is_none() {
            return Arc::new(parse_file(path, bytes));
        }
        let key = FileKey::of(path, bytes);
        if let Some(kept) = self.kept().get(&key)
            && let Some(file) = decode(path, bytes, &key, &kept.file)
        {
            kept.is_used.store(true, Ordering::Relaxed);
            return Arc::new(file);
        }
        let file = Arc::new(parse_file(path, bytes));
        let mut new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
        new.push((key, file.clone()));
        file
    }

    fn kept(&self) -> &HashMap<FileKey, Kept> {
        self.kept.get_or_init(|| {
            let Some(path) = self.path.as_deref().filter(|path| path.is_file()) else {
                return HashMap::new();
            };
            taken_out(path).unwrap_or_else(|error| {
                say(&error);
                HashMap::new()
            })
        })
    }

    /// What there is to write when the job is done; nothing where nothing is kept, or nothing was asked for.
    pub(crate) fn news(self) -> Option<News> {
        let path = self.path?;
        let new = self
            .new
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let (used, unused): (Vec<_>, Vec<_>) = self
            .kept
            .into_inner()
            .unwrap_or_default()
            .into_iter()
            .partition(|(_, kept)| kept.is_used.load(Ordering::Relaxed));
        let asked = used.len() + new.len();
        // Another branch or another realm may ask for them tomorrow, so some may stay; but not more than are of use.
        let gone = match unused.len() > asked {
            true => unused.into_iter().map(|(key, _)| key.0).collect(),
            false => Vec::new(),
        };
        (asked > 0).then_some(News {
            path,
            new,
            gone,
            hits: used.len() as u64,
        })
    }
}

/// The file that a realm has at a path, where it is of these bytes.
pub(crate) fn same_in<'r>(
    realm: &'r Realm,
    path: &str,
    bytes: &[u8],
) -> Option<&'r Arc<ParsedFile>> {
    let known = realm.file(path);
    // A symbolic link has no text either.
    known.filter(|file| !bytes.is_empty() && file.text.as_bytes() == bytes)
}

fn taken_out(path: &Path) -> Result<HashMap<FileKey, Kept>, Error> {
    let mut cache = opened(path)?;
    let found = cache.realm_files(made_by())?;
    say_damage(&cache);
    let found = found.into_iter().map(|(content, file)| {
        let is_used = AtomicBool::new(false);
        (FileKey(content), Kept { file, is_used })
    });
    Ok(found.collect())
}

/// What a job read that is not kept yet, and what is kept and of no use any more.
#[derive(Debug)]
pub(crate) struct News {
    path: PathBuf,
    new: Vec<(FileKey, Arc<ParsedFile>)>,
    gone: Vec<[u8; 32]>,
    hits: u64,
}

impl News {
    /// Puts it in. Blocking.
    pub(crate) fn keep(self) {
        if let Err(error) = self.write() {
            say(&error);
        }
    }

    fn write(self) -> Result<(), Error> {
        let mut cache: Cache = opened(&self.path)?;
        if !self.gone.is_empty() {
            cache.keep_realm_files(made_by(), &[], &self.gone)?;
        }
        for new in self.new.chunks(AT_ONCE) {
            let files = new.par_iter().filter_map(|(key, file)| {
                Some(RealmFile {
                    path: file.path.to_string(),
                    content: key.0,
                    file: encode(file, key)?,
                })
            });
            let files: Vec<RealmFile> = files.collect();
            cache.keep_realm_files(made_by(), &files, &[])?;
        }
        let counts = Counts {
            hits: self.hits,
            misses: self.new.len() as u64,
        };
        cache.count(Use::Contracts, counts)?;
        say_damage(&cache);
        Ok(())
    }
}
