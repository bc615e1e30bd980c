//! Jobs that read the disk and git: blocking, run off the loop of whoever asks, and brought back as
//! plain data.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use blue_analysis::{Baseline, CONFIG, Content};
use blue_git::{CommitId, Repository, managed_path};
use blue_realm::Realm;
use blue_realm::config::{Config, ParsedConfig, RealmRef, merge, parse_config, parse_local_config};

use crate::address::{address_from, address_of};
use crate::baselines::{Sources, load_baselines};
use crate::config::Configs;
use crate::discover::{Found, blue_home, is_too_wide, plain, relative};
use crate::disk;
use crate::kept::{Summaries, cache_of};
use crate::known_files::KnownFiles;
use crate::linked::{beside, folder_name, local_config};
use crate::proposal::Against;
use crate::realms::{LoadedRealm, Reading, at_commit, load_realm};
use crate::texts::{self, Texts};
use crate::trust::RealmIdentity;
use crate::workspace::Options;

/// A job to run.
#[derive(Debug)]
pub struct Load {
    /// Why, in a few words for the log.
    pub cause: String,
    pub(crate) found: Found,
    pub(crate) options: Options,
    /// Counts the jobs, so that what an older one found late does not count.
    pub(crate) number: u64,
    /// Set when it begins to read: a change after that needs another one.
    pub(crate) begun: Arc<AtomicBool>,
    /// Set when nobody wants it any more.
    pub(crate) stop: Stop,
    /// Takes in what is kept of a repository; nothing where nothing is.
    pub(crate) kept: Option<Arc<Summaries>>,
    /// The realms as they are loaded now, whose files most likely are the same.
    pub(crate) near: Vec<Arc<Realm>>,
}

/// With what a job reads.
#[derive(Clone, Copy)]
struct Job<'l> {
    options: &'l Options,
    stop: &'l Stop,
    known: &'l KnownFiles,
}

/// Tells jobs to stop reading; asked between one file and the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(crate) fn stop(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What a job found.
#[derive(Debug)]
pub struct Loaded {
    pub(crate) found: Found,
    pub(crate) number: u64,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Repo(Box<LoadedRepo>),
    Realm(LoadedRealm),
    /// There is nothing (any more).
    Nothing,
    /// It was not read to its end.
    Stopped,
}

/// A repository as it stands on disk and in git.
#[derive(Debug)]
pub(crate) struct LoadedRepo {
    pub(crate) name: Arc<str>,
    pub(crate) configs: Configs,
    pub(crate) files: Vec<(Arc<str>, Content)>,
    pub(crate) realms: Vec<LoadedRealm>,
    /// Where its config says that realms are, whether or not they are there.
    pub(crate) realm_roots: Vec<PathBuf>,
    pub(crate) git_dirs: Vec<PathBuf>,
    /// Files that bindings name themselves, whatever their language.
    pub(crate) named: Vec<Arc<str>>,
    pub(crate) baselines: Vec<(Arc<str>, Baseline)>,
    pub(crate) base: Option<Arc<str>>,
    pub(crate) unreachable: Vec<(Arc<str>, Arc<str>)>,
    /// The urls of its remotes, without credentials.
    pub(crate) remotes: Vec<Arc<str>>,
    /// The branch that is checked out.
    pub(crate) branch: Option<Arc<str>>,
    /// Its own queries, path and text.
    pub(crate) queries: Vec<(Arc<str>, Content)>,
    /// What its config said at `--base`; nothing without one, or where it had none then.
    pub(crate) before: Option<LoadedBefore>,
}

/// What a repository's config said at `--base`, and where that leads now.
#[derive(Debug)]
pub(crate) struct LoadedBefore {
    pub(crate) name: Arc<str>,
    pub(crate) config: ParsedConfig,
    pub(crate) realms: Vec<LoadedRealm>,
    pub(crate) unreachable: Vec<(Arc<str>, Arc<str>)>,
}

impl Load {
    /// Reads everything. Blocking: milliseconds for a small repository, seconds for a large one.
    pub fn run(mut self) -> Loaded {
        self.begun.store(true, Ordering::SeqCst);
        let path = self.kept.as_ref().and_then(|_| cache_of(&self.found));
        let known = KnownFiles::new(std::mem::take(&mut self.near), path.clone());
        let what = match self.stop.is_set() {
            true => What::Stopped,
            false => self.read(&known, path),
        };
        // Half of a repository would be findings of absence that are none.
        let what = if self.stop.is_set() {
            What::Stopped
        } else {
            if let (Some(kept), Some(news)) = (&self.kept, known.news()) {
                kept.realms_read(news);
            }
            what
        };
        Loaded {
            found: self.found,
            number: self.number,
            what,
        }
    }

    /// Reads it, and on other threads what is kept of it, in the database at `path`.
    fn read(&self, known: &KnownFiles, path: Option<PathBuf>) -> What {
        let job = Job {
            options: &self.options,
            stop: &self.stop,
            known,
        };
        std::thread::scope(|scope| {
            scope.spawn(|| known.prepare());
            match &self.found {
                Found::Repo(root) => {
                    let (sender, texts) = channel();
                    let is_asked = self.options.reading == texts::Reading::AsAsked;
                    let sender = is_asked.then_some(sender);
                    if let (Some(kept), Some(path)) = (&self.kept, path) {
                        scope.spawn(|| kept.read(root, path, sender));
                    } else {
                        drop(sender);
                    }
                    let repo = load_repo(root, job, || texts.recv().ok());
                    repo.map_or(What::Nothing, |repo| What::Repo(Box::new(repo)))
                }
                Found::Realm(root) => {
                    let reading = Reading {
                        against: &self.options.of_realm(),
                        stop: &self.stop,
                        known,
                    };
                    let realm = load_realm(root, None, None, reading);
                    realm.map_or(What::Nothing, What::Realm)
                }
            }
        })
    }
}

fn load_repo(
    root: &Path,
    job: Job<'_>,
    texts: impl FnOnce() -> Option<Arc<Texts>>,
) -> Option<LoadedRepo> {
    let Job { options, stop, .. } = job;
    let bytes = std::fs::read(root.join(CONFIG)).ok()?;
    let local = local_config(root);
    let configs = Configs {
        own: parse_config(&bytes),
        local: local.map(|bytes| parse_local_config(&bytes)),
    };
    let config = configs.merged();
    let name = name_of(root, &config.config);
    let (realms, unreachable) = load_references(root, &config.config, job);
    let realm_roots = config.config.realms.iter();
    let realm_roots = realm_roots
        .filter_map(|reference| realm_root(root, reference, &config.config, options))
        .collect();
    let mut files = if is_too_wide(root) {
        Vec::new()
    } else {
        disk::source_files(root, stop, texts)
    };
    let named = named_files(&name, &realms);
    add_named_files(root, &named, &mut files);
    let sources = Sources {
        root,
        files: files.iter().map(|(path, _)| &**path).collect(),
        named: &named,
    };
    let (baselines, base) = load_baselines(&sources, &name, &realms, (options, stop));
    let before = load_before(root, configs.local.as_ref(), job);
    Some(LoadedRepo {
        name,
        configs,
        files,
        realms,
        realm_roots,
        git_dirs: git_dirs(root),
        named,
        baselines,
        base,
        unreachable,
        remotes: remotes(root),
        branch: branch(root),
        queries: disk::queries(root),
        before,
    })
}

fn name_of(root: &Path, config: &Config) -> Arc<str> {
    let folder = || folder_name(root).map(Into::into);
    let name = config.repo.clone().or_else(folder);
    name.unwrap_or_else(|| "repo".into())
}

type References = (Vec<LoadedRealm>, Vec<(Arc<str>, Arc<str>)>);

/// The realms that a config names, and those of them that cannot be read, with the reason.
fn load_references(root: &Path, config: &Config, job: Job<'_>) -> References {
    let (mut realms, mut unreachable) = (Vec::new(), Vec::new());
    for reference in &config.realms {
        match load_reference(root, reference, config, job) {
            Ok(realm) => realms.push(realm),
            Err((name, why)) => unreachable.push((name, why.into())),
        }
    }
    (realms, unreachable)
}

/// The config at `--base`, with the realms as they are now.
fn load_before(root: &Path, local: Option<&ParsedConfig>, job: Job<'_>) -> Option<LoadedBefore> {
    let base = job.options.base.as_deref()?;
    let repository = blue_git::discover(root).ok().flatten()?;
    let folder = under(&repository, root)?;
    let path = match folder.is_empty() {
        true => CONFIG.to_owned(),
        false => format!("{folder}/{CONFIG}"),
    };
    let commit = repository.resolve(base).ok()?;
    let bytes = repository.file_at(commit, &path).ok().flatten()?;
    let mut config = parse_config(&bytes);
    if let Some(local) = local {
        config.config = merge(&config.config, &local.config);
    }
    let (realms, unreachable) = load_references(root, &config.config, job);
    Some(LoadedBefore {
        name: name_of(root, &config.config),
        config,
        realms,
        unreachable,
    })
}

fn load_reference(
    root: &Path,
    reference: &RealmRef,
    config: &Config,
    job: Job<'_>,
) -> Result<LoadedRealm, (Arc<str>, String)> {
    let Job {
        options,
        stop,
        known,
    } = job;
    let name: Arc<str> = reference.name.clone().unwrap_or_else(|| "(unnamed)".into());
    let follow = reference.reference.as_deref();
    let loaded = match realm_root(root, reference, config, options) {
        Some(path) if is_of_another(root, &path, reference) => {
            let url = reference.url.as_deref().unwrap_or_default();
            let url = blue_git::without_credentials(url);
            Err(format!(
                "{} is a clone of another realm of that name; `blue realm check --fetch` fetches {url}",
                path.display()
            ))
        }
        Some(path) => {
            let reading = Reading {
                against: &Against::default(),
                stop,
                known,
            };
            load_realm(&path, Some(&name), follow, reading)
        }
        None if reference.has_refused_url => {
            Err("the `url` that its config names is refused".to_owned())
        }
        None => Err("its config names neither a `path` nor a `url` of it".to_owned()),
    };
    let loaded = loaded.and_then(|realm| match pinned(options, &name) {
        Some(commit) => at_commit(realm, commit, known),
        None => Ok(realm),
    });
    loaded.map_err(|why| {
        let root = realm_root(root, reference, config, options);
        let is_here = root.is_some_and(|root| root.is_dir());
        let why = match &reference.url {
            Some(url) if !is_here => format!(
                "{} is not known on this machine yet; `blue realm check` fetches it where it can be reached",
                blue_git::without_credentials(url)
            ),
            _ => why,
        };
        (name, why)
    })
}

fn pinned(options: &Options, name: &str) -> Option<CommitId> {
    let mut pins = options.realms_at.iter();
    pins.find(|(realm, _)| **realm == *name).map(|(_, at)| *at)
}

/// Whether the clone that Blue keeps by a realm's name is of another address than the one that is meant: two realms may have
/// one name, and what the one says is nothing that the other does.
fn is_of_another(root: &Path, path: &Path, reference: &RealmRef) -> bool {
    let (Some(url), Some(name)) = (&reference.url, &reference.name) else {
        return false;
    };
    let is_kept = blue_home().is_some_and(|home| *path == managed_path(&home, name));
    let kept = is_kept.then(|| RealmIdentity::of(name, path).url).flatten();
    kept.is_some_and(|kept| address_of(&kept) != address_of(&address_from(root, url)))
}

/// Where a realm's checkout is, or should be.
fn realm_root(
    root: &Path,
    reference: &RealmRef,
    config: &Config,
    options: &Options,
) -> Option<PathBuf> {
    let given = options
        .realm_path
        .as_deref()
        .filter(|_| config.realms.len() == 1);
    if let Some(path) = given {
        return Some(plain(path));
    }
    let path = reference.path.as_ref();
    let path = path.map(|path| beside(root, Path::new(&**path)));
    // A checkout that is not there gives way to the clone that Blue keeps.
    let kept = reference.url.as_ref().zip(reference.name.as_ref());
    match (path, kept) {
        (Some(path), Some(_)) if path.is_dir() => Some(path),
        (_, Some((_, name))) => Some(managed_path(&blue_home()?, name)),
        (path, None) => path,
    }
}

/// The urls of a checkout's remotes.
fn remotes(root: &Path) -> Vec<Arc<str>> {
    let remotes = match blue_git::discover(root) {
        Ok(Some(repository)) => repository.remotes(),
        _ => return Vec::new(),
    };
    let remotes = remotes.unwrap_or_default().into_iter();
    remotes.map(|remote| remote.url.into()).collect()
}

/// The branch that is checked out; nothing for a detached HEAD.
fn branch(root: &Path) -> Option<Arc<str>> {
    let repository = blue_git::discover(root).ok()??;
    repository.head_branch().ok()?.map(Into::into)
}

/// Where git keeps what moves when somebody commits or fetches: for a linked worktree or a folder of
/// a larger repository that is not below the root.
pub(crate) fn git_dirs(root: &Path) -> Vec<PathBuf> {
    let Ok(Some(repository)) = blue_git::discover(root) else {
        return Vec::new();
    };
    let dirs = [repository.git_dir(), repository.common_dir()];
    let mut dirs: Vec<PathBuf> = dirs.iter().map(|dir| plain(dir)).collect();
    dirs.dedup();
    dirs
}

/// The folder of a realm inside the repository that it lies in: empty for the repository's root, and
/// for a bare one; nothing where it does not lie in it.
#[must_use]
pub fn folder_in(repository: &Repository, root: &Path) -> Option<String> {
    match repository.workdir() {
        Some(_) => under(repository, root),
        None => Some(String::new()),
    }
}

/// The folder of a root inside its repository's working tree; git speaks of real paths.
pub(crate) fn under(repository: &Repository, root: &Path) -> Option<String> {
    let workdir = std::fs::canonicalize(repository.workdir()?).ok()?;
    let root = std::fs::canonicalize(root).ok()?;
    relative(&root, &workdir)
}

/// The files that a repository's bindings name themselves, without a pattern.
fn named_files(name: &str, realms: &[LoadedRealm]) -> Vec<Arc<str>> {
    let mut named: Vec<Arc<str>> = Vec::new();
    for realm in realms {
        for domain in realm.record.domains_of(name) {
            let Some(binding) = realm.record.binding(&domain.name, name) else {
                continue;
            };
            let bound = binding.imports.iter().flat_map(|import| &import.binding);
            named.extend(bound.map(|(_, path)| path.clone()));
            let sources = binding
                .exports
                .iter()
                .flat_map(|export| &export.source_files);
            named.extend(
                sources
                    .filter(|path| !path.contains(['*', '?', '[', '!']))
                    .cloned(),
            );
        }
    }
    let inside = named.iter().map(|path| blue_realm::paths::inside(path));
    let mut named: Vec<Arc<str>> = inside.flatten().map(Into::into).collect();
    named.sort();
    named.dedup();
    named
}

/// Reads them, whatever their language, and whatever git ignores.
fn add_named_files(root: &Path, named: &[Arc<str>], files: &mut Vec<(Arc<str>, Content)>) {
    for path in named {
        let known = files.iter().any(|(known, _)| known == path);
        if known || disk::source(root, path, named).is_none() {
            continue;
        }
        if let Some(content) = disk::Source::Named.read(root, path) {
            files.push((path.clone(), content));
        }
    }
}
