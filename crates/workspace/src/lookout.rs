//! Looking at the disk by oneself, where nobody else tells of its changes: a client that watches no files, and a realm
//! that is not on this machine yet, whose folder nobody could be asked to watch.
//!
//! Files are asked for their times and sizes, and nothing is subscribed to: what a system tells of folders by itself is
//! limited (one watch a folder, of a number that all programs share), says nothing of network drives, and differs on each
//! system, while to ask costs one or two microseconds a file. Whoever looks leaves fifty times as long between two looks
//! as one took, so that it is never more than a fiftieth of one processor.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use blue_analysis::{CONFIG, LOCAL_CONFIG};

use crate::discover::relative;
use crate::disk;
use crate::workspace::{RealmState, Workspace};

/// Files change their times in steps that may be as long as this.
const STEP: Duration = Duration::from_millis(20);

/// What changed so lately may be changed again without showing it.
const UNSETTLED: Duration = Duration::from_millis(100);

/// Folders in folders that a file of a realm, or a branch of git, stands in.
const DEEPEST: usize = 8;

/// Who sees changes of files that lie in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watching {
    /// The client, as far as it can be asked to.
    Client,
    /// Nobody.
    Nobody,
}

/// What is to be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sights(BTreeMap<PathBuf, Sight>);

/// A folder that is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sight {
    what: What,
    /// What changed since then was not read.
    since: SystemTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// A repository, with the files that bindings name themselves.
    Repo(Arc<[Arc<str>]>),
    /// A realm's checkout.
    Realm,
    /// Where git keeps what moves.
    Git,
    /// A place where a realm should be that could not be read.
    Missing,
}

impl Sights {
    /// Whether there is nothing to look at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Workspace {
    /// What has to be looked at, since nobody tells of it.
    #[must_use]
    pub fn sights(&self, watching: Watching) -> Sights {
        let mut sights = Sights::default();
        let mut add = |root: &Path, what: What| {
            let since = self.asked_since(root);
            let sight = || Sight { what, since };
            sights.0.entry(root.to_owned()).or_insert_with(sight);
        };
        for repo in &self.repos {
            let held = |root: &Path| {
                let mut held = self
                    .realms
                    .iter()
                    .filter(|it| repo.realms.contains(&it.key));
                held.any(|realm| realm.root == *root)
            };
            for root in repo.realm_roots.iter().filter(|root| !held(root)) {
                add(root, What::Missing);
            }
            if watching == Watching::Nobody {
                add(&repo.root, What::Repo(repo.named.clone()));
                repo.git_dirs.iter().for_each(|dir| add(dir, What::Git));
            }
        }
        for realm in &self.realms {
            // Clones that Blue keeps lie where no client looks by itself, and few let themselves be asked to.
            if is_bare(realm) {
                add(&realm.root, What::Git);
            } else if watching == Watching::Nobody {
                add(&realm.root, What::Realm);
                realm.git_dirs.iter().for_each(|dir| add(dir, What::Git));
            }
        }
        sights
    }
}

/// Whether a realm is a repository without a working tree.
fn is_bare(realm: &RealmState) -> bool {
    realm.git_dirs.contains(&realm.root)
}

/// Looks again and again.
#[derive(Debug, Default)]
pub struct Lookout(BTreeMap<PathBuf, Seen>);

/// What was there at the last look; nothing: no such file, or none that may not have changed since unseen.
#[derive(Debug, Default)]
struct Seen {
    files: HashMap<PathBuf, Option<Stamp>>,
    folders: HashMap<PathBuf, Option<Stamp>>,
}

impl Lookout {
    /// The files that have changed since the last look. Blocking: a microsecond or two a file; where folders changed, a
    /// walk over the repository.
    pub fn look(&mut self, sights: &Sights) -> Vec<PathBuf> {
        self.0.retain(|root, _| sights.0.contains_key(root));
        let mut changed = Vec::new();
        for (root, sight) in &sights.0 {
            let now = SystemTime::now();
            let is_first = !self.0.contains_key(root);
            let found = match self.0.get_mut(root) {
                Some(seen) => seen.look(root, &sight.what, now),
                None => {
                    let mut seen = list(root, &sight.what);
                    let found = seen.since(sight.since);
                    seen.settle(now);
                    self.0.insert(root.clone(), seen);
                    found
                }
            };
            match (&sight.what, found.is_empty()) {
                (_, true) => {}
                // Whatever it is: it has to be read, or tried again.
                (What::Missing, false) => changed.push(root.clone()),
                (What::Repo(_), false) if is_first => changed.push(root.join(CONFIG)),
                _ => changed.extend(found),
            }
        }
        changed
    }
}

impl Seen {
    fn look(&mut self, root: &Path, what: &What, now: SystemTime) -> Vec<PathBuf> {
        let mut changed = Vec::new();
        for (path, stamp) in &mut self.files {
            let found = Stamp::of(path);
            if found != *stamp {
                changed.push(path.clone());
                *stamp = found;
            }
        }
        let is_other = |(path, stamp): (&PathBuf, &Option<Stamp>)| Stamp::of(path) != *stamp;
        if self.folders.iter().any(is_other) {
            let found = list(root, what);
            let here = |seen: &Seen, path: &PathBuf| seen.files.contains_key(path);
            let came = found.files.keys().filter(|path| !here(self, path));
            let went = self.files.keys().filter(|path| !here(&found, path));
            let mut moved: Vec<PathBuf> = came.chain(went).cloned().collect();
            moved.retain(|path| !changed.contains(path));
            changed.extend(moved);
            *self = found;
        }
        self.settle(now);
        changed.sort();
        changed
    }

    /// What may not have been read, since it changed after `since`. What a changed folder has lost is not known any more.
    fn since(&self, since: SystemTime) -> Vec<PathBuf> {
        let since = since.checked_sub(STEP).unwrap_or(since);
        let is_newer = |stamp: &Option<Stamp>| stamp.is_some_and(|it| it.at >= since);
        let all = self.files.iter().chain(&self.folders);
        let newer = all.filter(|(_, stamp)| is_newer(stamp));
        newer.map(|(path, _)| path.clone()).collect()
    }

    /// Forgets the stamps that a change in the same step of the clock would leave as they are.
    fn settle(&mut self, now: SystemTime) {
        let stamps = self.files.values_mut().chain(self.folders.values_mut());
        for stamp in stamps {
            let age = stamp.and_then(|it| now.duration_since(it.at).ok());
            if age.is_some_and(|age| age < UNSETTLED) {
                *stamp = None;
            }
        }
    }

    fn add_file(&mut self, path: PathBuf) {
        let stamp = Stamp::of(&path);
        self.files.insert(path, stamp);
    }

    /// Takes a folder in, and what is below it as far as it is wanted.
    fn add_folder(&mut self, folder: &Path, depth: usize, is_wanted: &impl Fn(&Path) -> bool) {
        // Before it is read: what comes while it is read shows at the next look.
        self.folders.insert(folder.to_owned(), Stamp::of(folder));
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth > 0 => {
                    self.add_folder(&path, depth - 1, is_wanted);
                }
                Ok(kind) if kind.is_file() && is_wanted(&path) => self.add_file(path),
                _ => {}
            }
        }
    }
}

fn list(root: &Path, what: &What) -> Seen {
    let mut seen = Seen::default();
    match what {
        What::Repo(named) => list_repo(&mut seen, root, named),
        What::Realm => list_realm(&mut seen, root),
        What::Git => list_git(&mut seen, root),
        What::Missing => {
            seen.add_file(root.to_owned());
            list_realm(&mut seen, root);
            list_git(&mut seen, root);
            list_git(&mut seen, &root.join(".git"));
        }
    }
    seen
}

fn list_repo(seen: &mut Seen, root: &Path, named: &[Arc<str>]) {
    for path in [CONFIG, LOCAL_CONFIG] {
        seen.add_file(root.join(path));
    }
    let queries = root.join(".blue/queries");
    seen.add_folder(&queries, 1, &|path| disk::is_query(path));
    for path in named {
        seen.add_file(root.join(&**path));
    }
    for (path, is_folder) in disk::own_entries(root) {
        if is_folder {
            let ignores = path.join(".gitignore");
            if ignores.is_file() {
                seen.add_file(ignores);
            }
            seen.folders.insert(path.clone(), Stamp::of(&path));
        } else if relative(&path, root).is_some_and(|it| blue_detect::is_source(&it)) {
            seen.add_file(path);
        }
    }
}

fn list_realm(seen: &mut Seen, root: &Path) {
    seen.add_file(root.join("realm.yaml"));
    let is_yaml = |path: &Path| path.extension().is_some_and(|it| it == "yaml");
    for folder in ["repos", "domains"] {
        seen.add_folder(&root.join(folder), DEEPEST, &is_yaml);
    }
}

fn list_git(seen: &mut Seen, dir: &Path) {
    for name in ["HEAD", "packed-refs"] {
        seen.add_file(dir.join(name));
    }
    let is_ref = |path: &Path| path.extension().is_none_or(|it| it != "lock");
    seen.add_folder(&dir.join("refs"), DEEPEST, &is_ref);
}

/// What tells a file from what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    /// When it, or anything that is known of it, last changed.
    at: SystemTime,
    length: u64,
    is_folder: bool,
    /// Its number in the file system: what was put in its place has another.
    number: u64,
}

impl Stamp {
    /// Of a file or folder; links are not followed.
    fn of(path: &Path) -> Option<Stamp> {
        let metadata = fs::symlink_metadata(path).ok()?;
        let (at, number) = changed(&metadata)?;
        let is_folder = metadata.is_dir();
        Some(Stamp {
            at,
            // Of a folder it is no one's business.
            length: if is_folder { 0 } else { metadata.len() },
            is_folder,
            number,
        })
    }
}

/// When a file changed, and its number. What is moved here or unpacked keeps the time of its content; that of what the
/// system knows of it is of now.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<(SystemTime, u64)> {
    use std::os::unix::fs::MetadataExt;

    let since = Duration::new(
        u64::try_from(metadata.ctime()).ok()?,
        u32::try_from(metadata.ctime_nsec()).ok()?,
    );
    let known = SystemTime::UNIX_EPOCH.checked_add(since)?;
    Some((metadata.modified().ok()?.max(known), metadata.ino()))
}

#[cfg(not(unix))]
fn changed(metadata: &Metadata) -> Option<(SystemTime, u64)> {
    Some((metadata.modified().ok()?, 0))
}
