//! Source files that need not be read again: of a file that is as it was left when it was read last, what was known of
//! its text then is known still, and the text itself is read when somebody asks for it.
//!
//! The rule is that of git's index. A file is the same where device, inode, size and both times are; and it is
//! only remembered where its times lie before a moment of the file system's own clock that lies before the reading:
//! the time of the cache, which was written earlier. A change within one tick of that clock would show in
//! neither time otherwise. The time of change cannot be set by programs, so that one that sets the other back hides
//! nothing. Where a system has no such time, everything is read.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use blue_analysis::{Content, KnownText, TextSource};
use blue_coordination::{Cache, Counts, Error, KeptText, Use};
use blue_detect::{ContentHash, Gist, made_by};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::disk;

/// Which texts are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reading {
    /// All of them, at once.
    #[default]
    Everything,
    /// Those that somebody asks for, where what was known of the others is kept: for who looks at the world once, and looks
    /// again where [`crate::Keeper::was_overtaken`].
    AsAsked,
}

/// What a file system says of a file. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    device: u64,
    inode: u64,
    size: u64,
    modified: i64,
    changed: i64,
}

/// How what is known is written.
const FORMAT: u8 = 1;
const STAT: usize = 5 * 8;
const HASH: usize = 32;
const CHECKSUM: usize = 8;

impl Stat {
    #[cfg(unix)]
    fn of(file: &Metadata) -> Option<Stat> {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds = |seconds: i64, rest: i64| {
            let whole = seconds.checked_mul(1_000_000_000)?;
            whole.checked_add(rest)
        };
        file.is_file().then_some(())?;
        Some(Stat {
            device: file.dev(),
            inode: file.ino(),
            size: file.size(),
            modified: nanoseconds(file.mtime(), file.mtime_nsec())?,
            changed: nanoseconds(file.ctime(), file.ctime_nsec())?,
        })
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Option<Stat> {
        None
    }

    fn of_path(path: &Path) -> Option<Stat> {
        Stat::of(&fs::symlink_metadata(path).ok()?)
    }

    fn latest(&self) -> i64 {
        self.modified.max(self.changed)
    }

    fn to_bytes(self) -> [u8; STAT] {
        let numbers = [
            self.device,
            self.inode,
            self.size,
            self.modified as u64,
            self.changed as u64,
        ];
        let mut bytes = [0; STAT];
        for (at, number) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(numbers) {
            *at = number.to_le_bytes();
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; STAT]) -> Stat {
        let number = |at: usize| u64::from_le_bytes(bytes.as_chunks::<8>().0[at]);
        Stat {
            device: number(0),
            inode: number(1),
            size: number(2),
            modified: number(3) as i64,
            changed: number(4) as i64,
        }
    }
}

/// What is known of a file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    stat: Stat,
    /// Nothing of a text that no person wrote, which is passed over.
    text: Option<(ContentHash, Gist)>,
}

impl Known {
    /// A checksum, which stands for damage that would still read as something; then the rest.
    fn to_bytes(&self, path: &str) -> Vec<u8> {
        let mut bytes = vec![0; CHECKSUM];
        bytes.extend(self.stat.to_bytes());
        if let Some((hash, gist)) = &self.text {
            bytes.extend(hash.0);
            bytes.extend(gist.to_bytes());
        }
        let sum = checksum(path, &bytes[CHECKSUM..]);
        bytes[..CHECKSUM].copy_from_slice(&sum);
        bytes
    }

    /// What [`Known::to_bytes`] made these of, for that path; nothing where they are no such bytes.
    fn from_bytes(path: &str, bytes: &[u8]) -> Option<Known> {
        let (sum, rest) = bytes.split_at_checked(CHECKSUM)?;
        if *sum != checksum(path, rest) {
            return None;
        }
        let (stat, rest) = rest.split_first_chunk::<STAT>()?;
        let text = match rest.split_first_chunk::<HASH>() {
            Some((hash, gist)) => Some((ContentHash(*hash), Gist::from_bytes(gist)?)),
            None => rest.is_empty().then_some(None)?,
        };
        let stat = Stat::from_bytes(stat);
        Some(Known { stat, text })
    }
}

fn checksum(path: &str, bytes: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha256::new()
        .chain_update([FORMAT])
        .chain_update((path.len() as u64).to_le_bytes())
        .chain_update(path)
        .chain_update(bytes)
        .finalize();
    std::array::from_fn(|at| digest[at])
}

/// The texts of a repository.
#[derive(Debug)]
pub(crate) struct Texts {
    root: PathBuf,
    kept: HashMap<String, Known>,
    /// A moment of the file system's clock before anything was read. Nanoseconds since 1970.
    since: Option<i64>,
    /// Read in this run and to be kept.
    new: Mutex<Vec<(Arc<str>, Known)>>,
    /// Something was read that may change still without a trace.
    is_fresh: AtomicBool,
    /// A text was asked for that is there no more.
    overtaken: AtomicBool,
    /// Files that were kept and are not among the sources any more.
    gone: Mutex<Vec<String>>,
}

impl Texts {
    /// What is kept of the repository in `root`, in a cache that is at `path`. Blocking.
    pub(crate) fn read(root: &Path, path: &Path, cache: &mut Cache) -> Arc<Texts> {
        // What was written before now is older than whatever is read from now on.
        let since = time_of(path);
        let rows = cache.texts(made_by()).unwrap_or_default().into_par_iter();
        let kept = rows.filter_map(|row| {
            let known = Known::from_bytes(&row.path, &row.known)?;
            Some((row.path, known))
        });
        Arc::new(Texts {
            root: root.to_owned(),
            kept: kept.collect(),
            since,
            new: Mutex::default(),
            is_fresh: AtomicBool::new(false),
            overtaken: AtomicBool::new(false),
            gone: Mutex::default(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a text was asked for that is there no more.
    pub(crate) fn was_overtaken(&self) -> bool {
        self.overtaken.load(Ordering::SeqCst)
    }

    /// Is told which files are sources.
    pub(crate) fn walked<'p>(&self, paths: impl Iterator<Item = &'p str>) {
        let paths: HashSet<&str> = paths.collect();
        let gone = self.kept.keys().filter(|path| !paths.contains(&***path));
        *locked(&self.gone) = gone.cloned().collect();
    }

    /// The content of a source file that a person wrote.
    pub(crate) fn content(self: &Arc<Texts>, path: &Arc<str>, file: &Path) -> Option<Content> {
        if let Some(known) = self.kept.get(&**path)
            && Stat::of_path(file) == Some(known.stat)
        {
            let text = known.text.clone()?;
            return Some(Content::Known(Arc::new(KnownText::new(
                text,
                path.clone(),
                self.clone(),
            ))));
        }
        // Asked of the open file and before it is read: of what is written to it meanwhile the times tell.
        let Some(open) = File::open(file).ok() else {
            return disk::read(file);
        };
        let metadata = open.metadata().ok()?;
        let content = disk::content_in(open, &metadata)?;
        let is_written = disk::is_written(&content);
        let Content::Text(text) = content else {
            return Some(content);
        };
        let known = is_written.then(|| KnownText::of(text, path.clone(), self.clone()));
        self.remember(path, Stat::of(&metadata), known.as_ref());
        known.map(|known| Content::Known(Arc::new(known)))
    }

    fn remember(&self, path: &Arc<str>, stat: Option<Stat>, known: Option<&KnownText>) {
        let Some((stat, since)) = stat.zip(self.since) else {
            return;
        };
        if stat.latest() >= since {
            self.is_fresh.store(true, Ordering::SeqCst);
            return;
        }
        let text = known.map(|known| (*known.hash(), known.gist().clone()));
        locked(&self.new).push((path.clone(), Known { stat, text }));
    }

    /// Keeps what is new in a cache. Blocking.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn keep(&self, open: impl FnOnce() -> Result<Cache, Error>) -> Result<(), Error> {
        let new = std::mem::take(&mut *locked(&self.new));
        let gone = std::mem::take(&mut *locked(&self.gone));
        let is_fresh = self.is_fresh.swap(false, Ordering::SeqCst);
        if new.is_empty() && gone.is_empty() && !is_fresh {
            return Ok(());
        }
        let new = new.par_iter().map(|(path, known)| KeptText {
            path: (**path).to_owned(),
            known: known.to_bytes(path),
        });
        let new: Vec<KeptText> = new.collect();
        let mut cache = open()?;
        // Also where that is nothing, for it gives the cache a later time: what is fresh now is not the next time.
        cache.keep_texts(made_by(), &new, &gone)?;
        cache.count(Use::Summaries, Counts::default())
    }
}

impl TextSource for Texts {
    fn text(&self, path: &str, hash: &ContentHash) -> Option<Arc<str>> {
        let content = disk::read(&self.root.join(path));
        let text = content.and_then(|content| content.as_text().cloned());
        let text = text.filter(|text| ContentHash::of(text) == *hash);
        if text.is_none() {
            self.overtaken.store(true, Ordering::SeqCst);
        }
        text
    }
}

/// When a database was written last, as the file system of its folder tells time, and no later than now.
fn time_of(path: &Path) -> Option<i64> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let files = [path.to_owned(), PathBuf::from(log)];
    let times = files.iter().filter_map(|file| Stat::of_path(file));
    let latest = times.map(|it| it.modified).max()?;
    let now = std::time::UNIX_EPOCH.elapsed().ok()?;
    Some(latest.min(i64::try_from(now.as_nanos()).ok()?))
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
