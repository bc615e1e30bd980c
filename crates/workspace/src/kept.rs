//! Summaries that outlive a run, in `.blue/cache.db` of the repository that they are of
//! (coordination.md); beside them files of realms (`known_files.rs`).
//!
//! All of them are taken out at once while the sources are read, and what is new is put in at once when
//! somebody asks for that ([`Keeper::keep`]): what summaries are asked of while code is looked into is
//! memory alone. A cache is never why something else fails. It is not used where a stranger may
//! have written it, as part of what was checked out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use blue_coordination::{Cache, Counts, Error, FileSummary, Use};
use blue_detect::{
    ContentHash, Dialect, Summary, SummaryKey, SummaryStore, decode, encode, made_by,
};
use dashmap::DashMap;
use rayon::prelude::*;

use crate::discover::{Found, blue_home};
use crate::known_files::News;
use crate::linked::in_main_checkout;
use crate::texts::Texts;

/// Where it is in a repository.
pub const CACHE: &str = ".blue/cache.db";

/// Its name in Blue's home.
const IN_HOME: &str = "cache.db";

/// Whether what is made of files is kept from one run to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Caching {
    /// Yes, where there is a `.blue` that may be written.
    #[default]
    Kept,
    /// Nothing is read from `.blue/cache.db`, and nothing written.
    Nothing,
}

/// More summaries than this in memory, and all are forgotten: they only save work.
const MOST: usize = 200_000;

/// The summaries of all repositories that are open, by what they were made of.
#[derive(Debug, Default)]
pub(crate) struct Summaries {
    known: DashMap<SummaryKey, Known>,
    /// Made in this run and not kept yet: the file, and the summary as bytes.
    new: Mutex<Vec<New>>,
    shelves: Mutex<Vec<Arc<Shelf>>>,
    /// What was read of realms and is not kept yet.
    realms: Mutex<Vec<News>>,
    /// Those of repositories whose files are read as they are asked for.
    texts: Mutex<Vec<Arc<Texts>>>,
}

#[derive(Debug)]
struct Known {
    summary: Summary,
    /// Where it was kept.
    from: Option<Arc<Shelf>>,
}

#[derive(Debug)]
struct New {
    key: SummaryKey,
    /// Relative to whichever repository it is of.
    path: String,
    bytes: Vec<u8>,
}

/// The cache of one repository.
#[derive(Debug)]
struct Shelf {
    /// The repository's root.
    root: PathBuf,
    /// The database.
    path: PathBuf,
    hits: AtomicU64,
    /// Files in it that are no more.
    gone: Mutex<BTreeSet<String>>,
}

impl SummaryStore for Summaries {
    fn get(&self, key: &SummaryKey) -> Option<Summary> {
        let known = self.known.get(key)?;
        if let Some(shelf) = &known.from {
            shelf.hits.fetch_add(1, Ordering::Relaxed);
        }
        Some(known.summary.clone())
    }

    fn put(&self, key: &SummaryKey, path: &str, summary: &Summary) {
        if self.known.len() > MOST {
            self.known.clear();
        }
        let known = Known {
            summary: summary.clone(),
            from: None,
        };
        self.known.insert(*key, known);
        let Some(bytes) = encode(summary) else {
            return;
        };
        let new = New {
            key: *key,
            path: path.to_owned(),
            bytes,
        };
        locked(&self.new).push(new);
    }
}

/// Keeps what was made of files for the next run.
#[derive(Debug, Clone, Default)]
pub struct Keeper(pub(crate) Option<Arc<Summaries>>);

impl Keeper {
    /// Keeps what is new since the last time: to be called on any thread, when the findings are there. Blocking, for a
    /// few milliseconds and a read of each file that is new. What goes wrong is logged: it costs the next
    /// run time, and nothing else.
    pub fn keep(&self) {
        if let Some(kept) = &self.0 {
            kept.keep();
        }
    }

    /// Whether a file was found changed that had been taken for what it was in an earlier run: what was answered
    /// meanwhile is to be asked again, of a workspace that reads everything.
    pub fn was_overtaken(&self) -> bool {
        let kept = self.0.as_ref();
        kept.is_some_and(|kept| locked(&kept.texts).iter().any(|it| it.was_overtaken()))
    }
}

impl Summaries {
    /// Takes in what was kept of a repository, in the database at `path`, and sends what was known of its texts as soon
    /// as that is there. Blocking.
    pub(crate) fn read(&self, root: &Path, path: PathBuf, texts: Option<Sender<Arc<Texts>>>) {
        let shelf = Arc::new(Shelf {
            root: root.to_owned(),
            path,
            hits: AtomicU64::new(0),
            gone: Mutex::default(),
        });
        {
            let mut shelves = locked(&self.shelves);
            match shelves.iter_mut().find(|it| it.root == shelf.root) {
                Some(before) => *before = shelf.clone(),
                None => shelves.push(shelf.clone()),
            }
        }
        // Who keeps what is known of texts has it made now: its time is the moment before they are read.
        if !shelf.path.is_file() && texts.is_none() {
            return;
        }
        let found = opened(&shelf.path).and_then(|mut cache| {
            // What a linked worktree's files were is not what those of the checkout are that the cache is of.
            if let Some(sender) = texts.filter(|_| shelf.path == root.join(CACHE)) {
                let texts = Texts::read(root, &shelf.path, &mut cache);
                {
                    let mut known = locked(&self.texts);
                    known.retain(|it| it.root() != root);
                    known.push(texts.clone());
                }
                // Nobody waits where the job was stopped.
                let _ = sender.send(texts);
            }
            let found = cache.summaries(made_by());
            say_damage(&cache);
            found
        });
        let found = match found {
            Ok(found) => found,
            Err(error) => return say(&error),
        };
        let gone = found.par_iter().filter_map(|kept| {
            let summary = decode(&kept.summary).zip(Dialect::of_path(&kept.path));
            if let Some((summary, dialect)) = summary {
                let content = ContentHash(kept.content);
                let from = Some(shelf.clone());
                let known = Known { summary, from };
                self.known.insert(SummaryKey { content, dialect }, known);
            }
            let is_there = fs::symlink_metadata(root.join(&kept.path)).is_ok();
            (!is_there).then(|| kept.path.clone())
        });
        let gone = gone.collect();
        // Of a linked worktree other files may be gone than of the checkout that the cache is of.
        if shelf.path == root.join(CACHE) {
            *locked(&shelf.gone) = gone;
        }
    }

    /// What was read of realms, to be kept when somebody asks for that.
    pub(crate) fn realms_read(&self, news: News) {
        locked(&self.realms).push(news);
    }

    /// See [`Keeper::keep`].
    fn keep(&self) {
        let realms = std::mem::take(&mut *locked(&self.realms));
        realms.into_iter().for_each(News::keep);
        let new = std::mem::take(&mut *locked(&self.new));
        let shelves = locked(&self.shelves).clone();
        for shelf in shelves {
            let files: Vec<FileSummary> =
                new.par_iter().filter_map(|new| shelf.file(new)).collect();
            let gone = std::mem::take(&mut *locked(&shelf.gone));
            let counts = Counts {
                hits: shelf.hits.swap(0, Ordering::Relaxed),
                misses: files.len() as u64,
            };
            if files.is_empty() && gone.is_empty() && counts.hits == 0 {
                continue;
            }
            if let Err(error) = shelf.write(&files, &gone, counts) {
                say(&error);
            }
        }
        for texts in locked(&self.texts).iter() {
            if let Err(error) = texts.keep(|| opened(&texts.root().join(CACHE))) {
                say(&error);
            }
        }
    }
}

impl Shelf {
    /// A summary with its file, where it is one of this repository's files as they are on disk now: another
    /// repository may have one of the same path, and a commit another text.
    fn file(&self, new: &New) -> Option<FileSummary> {
        let path = self.root.join(&new.path);
        let before = fs::metadata(&path).ok()?;
        let text = fs::read_to_string(&path).ok()?;
        let is_it = ContentHash::of(&text) == new.key.content
            && Dialect::of_path(&new.path) == Some(new.key.dialect);
        let since = before.modified().ok()?.duration_since(UNIX_EPOCH);
        is_it.then(|| FileSummary {
            path: new.path.clone(),
            mtime: since.map_or(0, |since| {
                i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
            }),
            size: before.len(),
            content: new.key.content.0,
            summary: new.bytes.clone(),
        })
    }

    fn write(
        &self,
        files: &[FileSummary],
        gone: &BTreeSet<String>,
        counts: Counts,
    ) -> Result<(), Error> {
        let mut cache = opened(&self.path)?;
        if !files.is_empty() {
            cache.keep_summaries(made_by(), files)?;
        }
        if !gone.is_empty() {
            cache.forget_summaries(gone)?;
        }
        cache.count(Use::Summaries, counts)?;
        say_damage(&cache);
        Ok(())
    }
}

/// Where the cache of a repository is or would be, worktrees having that of the main checkout; nothing where there is
/// to be none: in a folder without a `.blue` of its own, where a link leads elsewhere, and where git tracks the
/// file, for whoever wrote that could have Blue say anything about the code.
pub fn cache_path(root: &Path) -> Option<PathBuf> {
    let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|it| it.is_dir());
    let own = root.join(CACHE);
    if !is_folder(own.parent()?) {
        return None;
    }
    let of_main = in_main_checkout(root).map(|main| main.join(CACHE));
    let of_main = of_main.filter(|path| path.parent().is_some_and(is_folder));
    usable(of_main.unwrap_or(own))
}

/// The same path, unless a stranger may have written what is there.
fn usable(path: PathBuf) -> Option<PathBuf> {
    match fs::symlink_metadata(&path) {
        Ok(file) if !file.is_file() => return None,
        // Only what is there can have been checked out.
        Ok(_) if is_tracked(&path) => {
            tracing::warn!(
                "{} is tracked by git, so that others can write it: it is not used; `git rm --cached` and \
                 a line in .gitignore take it out",
                path.display()
            );
            return None;
        }
        _ => {}
    }
    Some(path)
}

/// Where what is made of the files of a place is kept: in the repository itself, or, of a realm's own checkout, which
/// has no `.blue`, in Blue's home; nothing where that is not there.
pub fn cache_of(found: &Found) -> Option<PathBuf> {
    match found {
        Found::Repo(root) => cache_path(root),
        Found::Realm(_) => {
            let path = blue_home()?.join(IN_HOME);
            let folder = path.parent()?;
            usable(folder.is_dir().then_some(path)?)
        }
    }
}

fn is_tracked(path: &Path) -> bool {
    let Some(folder) = path.parent() else {
        return false;
    };
    match blue_git::discover(folder) {
        // A repository that cannot be asked may track anything.
        Ok(Some(repository)) => repository.tracks(path).unwrap_or(true),
        Ok(None) => false,
        Err(_) => true,
    }
}

pub(crate) fn opened(path: &Path) -> Result<Cache, Error> {
    let cache = Cache::open(path)?;
    say_damage(&cache);
    Ok(cache)
}

pub(crate) fn say_damage(cache: &Cache) {
    if let Some(aside) = cache.set_aside() {
        tracing::warn!(
            "{CACHE} was damaged; it is at {} now, and made again from the code",
            aside.display()
        );
    }
}

/// Says once a process why nothing is kept: a server would say it at each keystroke.
pub(crate) fn say(error: &Error) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let words = match error.is_of_the_disk() {
        true => format!("{error} (its disk takes no more)"),
        false => error.to_string(),
    };
    match error {
        // As it is in CI, and no loss.
        Error::NotWritable { .. } => tracing::debug!("nothing is kept: {error}"),
        _ if !locked(&SAID).insert(words.clone()) => {}
        _ => tracing::warn!("nothing is kept from this run for the next: {words}"),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
