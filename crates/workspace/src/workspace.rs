//! What is open and what is loaded: the owner of the analysis' inputs. Its methods return at once;
//! what has to be read from disk comes back as [`Load`]s to run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use blue_analysis::{
    BeforeSpec, CONFIG, Checkout, Code, Content, Host, PendingChange, RealmKey, RepoKey, RepoSpec,
    Severity,
};
use blue_git::CommitId;
use blue_realm::{Date, Level, Realm, parse_file};
use blue_text::Edit;

use crate::config::Configs;
use crate::discover::{Found, blue_home, discover, relative};
use crate::disk::{self, Source};
use crate::kept::{Caching, Keeper, Summaries};
use crate::load::{Load, Loaded, LoadedBefore, LoadedRepo, Stop, What};
use crate::proposal::{Against, LoadedProposal, Verifier};
use crate::realms::LoadedRealm;
use crate::shown::Snapshot;
use crate::texts::Reading;

/// How a host wants the world read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The realm's checkout, instead of what the config says (where it names one realm).
    pub realm_path: Option<PathBuf>,
    /// The revision that absence is judged from where a contract names no commit of its own; for a
    /// realm's own checkout, the revision that it is held against.
    pub base: Option<Arc<str>>,
    /// Commits that are taken for what realms of these names say, instead of those they are followed
    /// at: what is asked for is how the code would stand to a proposal.
    pub realms_at: Vec<(Arc<str>, CommitId)>,
    /// Realms that could not be reached, of which an older state is known: the name, and why, with how old that is.
    pub stale: Vec<(Arc<str>, Arc<str>)>,
    /// The day it is, for what ends on a day; nothing: the system clock's, in UTC.
    pub today: Option<Date>,
    /// Severities of codes in place of their own, in reports and diagnostics alike, where neither
    /// the repository nor the realm sets one.
    pub defaults: Vec<(Code, Severity)>,
    /// Severities that findings are shown with, of codes for which neither the repository nor the
    /// realm sets one. Reports do not know them.
    pub levels: Vec<(Code, Level)>,
    /// Whether findings of the severity hint are not shown.
    pub hides_hints: bool,
    /// Whether what is made of files is kept from one run to the next. It is settled when a workspace begins.
    pub caching: Caching,
    /// Which texts of source files are read.
    pub reading: Reading,
    /// Who tells whether the commits of a realm's checkout are signed by whom they say; nothing: nobody is verified.
    pub verifier: Option<Verifier>,
}

impl Options {
    /// What a realm's own checkout is held against.
    pub(crate) fn of_realm(&self) -> Against<'_> {
        Against {
            base: self.base.as_deref(),
            verifier: self.verifier.as_ref(),
        }
    }
}

/// A loaded repository.
#[derive(Debug, Clone)]
pub(crate) struct RepoState {
    pub(crate) root: PathBuf,
    pub(crate) name: Arc<str>,
    pub(crate) key: RepoKey,
    pub(crate) realms: Vec<RealmKey>,
    /// Where its config says that realms are, whether or not they are there.
    pub(crate) realm_roots: Vec<PathBuf>,
    pub(crate) git_dirs: Vec<PathBuf>,
    /// As they stand on disk; shared, for every snapshot has them.
    pub(crate) configs: Arc<Configs>,
    /// Its own queries, as they are on disk.
    pub(crate) queries: Arc<[(Arc<str>, Content)]>,
    /// Files that bindings name themselves, whatever their language.
    pub(crate) named: Arc<[Arc<str>]>,
    /// The names of the realms that could not be read.
    unread: Vec<Arc<str>>,
}

/// A loaded realm.
#[derive(Debug, Clone)]
pub(crate) struct RealmState {
    pub(crate) root: PathBuf,
    /// The branch or tag whose commit is the record, where a config names one: of one checkout,
    /// repositories may follow several.
    pub(crate) follow: Option<Arc<str>>,
    pub(crate) git_dirs: Vec<PathBuf>,
    pub(crate) name: Arc<str>,
    pub(crate) key: RealmKey,
    /// Its working tree on disk, without open buffers.
    pub(crate) disk: Arc<Realm>,
    /// What that is held against.
    pub(crate) proposal: Arc<LoadedProposal>,
    /// What it says officially.
    pub(crate) record: Arc<Realm>,
    /// The commit at which it does.
    pub(crate) record_commit: Option<CommitId>,
    /// What the syncs that wait in it would make of its contracts.
    pub(crate) waiting: Vec<PendingChange>,
    /// How its checkout stands to the record, in words, where that is another state.
    pub(crate) behind: Option<Arc<str>>,
    /// Of the job that read it.
    number: u64,
}

/// The newest job that was asked for a root.
struct Asked {
    found: Found,
    number: u64,
    /// When it was asked for: what changed before that is read.
    at: SystemTime,
    begun: Arc<AtomicBool>,
    stop: Stop,
    is_done: bool,
}

impl Asked {
    /// Whether it will see what a new job would.
    fn waits(&self) -> bool {
        !self.begun.load(Ordering::SeqCst) && !self.stop.is_set()
    }
}

/// Everything that is open and loaded.
#[derive(Default)]
pub struct Workspace {
    options: Options,
    pub(crate) host: Host,
    /// Nothing where nothing is kept.
    kept: Option<Arc<Summaries>>,
    pub(crate) repos: Vec<RepoState>,
    pub(crate) realms: Vec<RealmState>,
    /// Roots whose loading was asked for.
    wanted: Vec<Found>,
    asked: Vec<Asked>,
    /// Jobs so far.
    jobs: u64,
    /// Folders that the host opened.
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) open: BTreeMap<PathBuf, Arc<str>>,
    /// What open files are sources of, so that typing does not look at the disk.
    sources: BTreeMap<PathBuf, Option<SourceAt>>,
    /// Changes of contracts that other sessions have under way.
    pub(crate) others: Vec<PendingChange>,
}

/// A source file of a repository.
#[derive(Debug, Clone)]
struct SourceAt {
    repo: RepoKey,
    /// Relative to the repository's root.
    path: Arc<str>,
    source: Source,
}

impl Workspace {
    /// A workspace with nothing in it.
    pub fn new(options: Options) -> Workspace {
        let mut workspace = Workspace {
            options,
            ..Workspace::default()
        };
        if workspace.options.caching == Caching::Kept {
            let kept: Arc<Summaries> = Arc::default();
            workspace.host.keep_summaries(kept.clone());
            workspace.kept = Some(kept);
        }
        workspace
    }

    /// What keeps for the next run what was made of files.
    pub fn keeper(&self) -> Keeper {
        Keeper(self.kept.clone())
    }

    /// Has the world read as these say from now on.
    pub fn set_options(&mut self, options: Options) -> Vec<Load> {
        let before = std::mem::replace(&mut self.options, options);
        let same = before.realm_path == self.options.realm_path
            && before.base == self.options.base
            && before.realms_at == self.options.realms_at;
        if same {
            return Vec::new();
        }
        // A job that waits still would read as before.
        for asked in self.asked.iter().filter(|asked| asked.waits()) {
            asked.stop.stop();
        }
        let wanted = self.wanted.clone();
        let loads = wanted.into_iter();
        loads
            .filter_map(|found| self.load(found, "the settings changed"))
            .collect()
    }

    /// Takes up the repository or realm that a folder lies in. A folder of several takes each up
    /// when one of its files is opened.
    pub fn add_folder(&mut self, path: &Path) -> Vec<Load> {
        if !self.folders.iter().any(|folder| folder == path) {
            self.folders.push(path.to_owned());
        }
        self.want(path, "a folder was opened")
    }

    /// Forgets a folder, and what was loaded for it alone.
    pub fn remove_folder(&mut self, path: &Path) -> Vec<Load> {
        self.folders.retain(|folder| folder != path);
        self.forget_unused();
        Vec::new()
    }

    /// Forgets what neither a folder nor an open file belongs to.
    fn forget_unused(&mut self) {
        let (open, folders) = (&self.open, &self.folders);
        let in_use = |root: &Path| {
            folders
                .iter()
                .any(|folder| folder.starts_with(root) || root.starts_with(folder))
                || open.keys().any(|file| file.starts_with(root))
        };
        for repo in self.repos.extract_if(.., |repo| !in_use(&repo.root)) {
            self.host.remove_repo(repo.key);
            self.sources.clear();
        }
        self.wanted.retain(|found| in_use(found.root()));
    }

    fn want(&mut self, path: &Path, cause: &str) -> Vec<Load> {
        let home = blue_home();
        let Some(found) = discover(path, home.as_deref()) else {
            return Vec::new();
        };
        if self.wanted.contains(&found) {
            return Vec::new();
        }
        self.wanted.push(found.clone());
        Vec::from_iter(self.load(found, cause))
    }

    /// A job; none where one waits that has not begun, which will see what this one would.
    fn load(&mut self, found: Found, cause: &str) -> Option<Load> {
        let before = self.asked.iter().position(|asked| asked.found == found);
        if before.is_some_and(|at| self.asked[at].waits()) {
            return None;
        }
        self.jobs += 1;
        let near = self.realms.iter();
        let near = near.flat_map(|realm| [realm.disk.clone(), realm.record.clone()]);
        let asked = Asked {
            found: found.clone(),
            number: self.jobs,
            at: SystemTime::now(),
            begun: Arc::default(),
            stop: Stop::default(),
            is_done: false,
        };
        let load = Load {
            cause: format!("{}: {cause}", found.root().display()),
            found,
            options: self.options.clone(),
            number: self.jobs,
            begun: asked.begun.clone(),
            stop: asked.stop.clone(),
            kept: self.kept.clone(),
            near: near.collect(),
        };
        match before {
            Some(at) => self.asked[at] = asked,
            None => self.asked.push(asked),
        }
        Some(load)
    }

    /// Has the jobs end that are not done; the folders that were being read. What was known of them
    /// before stays known.
    pub fn stop_loading(&mut self) -> Vec<PathBuf> {
        let unfinished = self.asked.iter().filter(|asked| !asked.is_done);
        let stopped = unfinished.map(|asked| {
            asked.stop.stop();
            asked.found.clone()
        });
        let stopped: Vec<Found> = stopped.collect();
        // They are wanted again when somebody opens one of their files.
        self.wanted.retain(|wanted| !stopped.contains(wanted));
        stopped
            .iter()
            .map(|found| found.root().to_owned())
            .collect()
    }

    /// A file was opened in an editor: its buffer counts from now on, not the disk.
    pub fn buffer_opened(&mut self, path: &Path, text: Arc<str>) -> Vec<Load> {
        self.open.insert(path.to_owned(), text.clone());
        self.set_buffer(path, &text);
        self.want(path, "a file was opened")
    }

    /// A buffer changed. `edits` lead from the last text to this one; empty where they are not known.
    pub fn buffer_changed(&mut self, path: &Path, text: Arc<str>, _edits: &[Edit]) -> Vec<Load> {
        self.look_at_the_clock();
        self.open.insert(path.to_owned(), text.clone());
        self.set_buffer(path, &text);
        Vec::new()
    }

    /// A buffer was closed: the disk counts again.
    pub fn buffer_closed(&mut self, path: &Path) -> Vec<Load> {
        self.open.remove(path);
        self.sources.remove(path);
        self.read_again(path);
        self.refresh_realms(path);
        self.refresh_config(path);
        self.refresh_queries(path);
        self.forget_unused();
        Vec::new()
    }

    /// Files changed on disk (saved, created, deleted; a commit or a fetch shows in `.git`).
    pub fn files_changed(&mut self, paths: &[PathBuf]) -> Vec<Load> {
        let mut again: Vec<Found> = Vec::new();
        let mut reload = |found: Found| {
            if !again.contains(&found) {
                again.push(found);
            }
        };
        let mut sources: Vec<&PathBuf> = Vec::new();
        for path in paths {
            // What is kept of the code says nothing about it.
            if is_cache(path) {
                continue;
            }
            let in_git = path.components().any(|part| part.as_os_str() == ".git");
            let in_config = path
                .parent()
                .is_some_and(|parent| parent.ends_with(".blue"));
            let in_config = in_config || disk::is_query(path);
            // What git ignores is no source.
            let in_config = in_config || path.ends_with(".gitignore");
            for repo in &self.repos {
                let is_inside = path.starts_with(&repo.root);
                let moved = repo.git_dirs.iter().any(|dir| path.starts_with(dir));
                if moved || (is_inside && (in_git || in_config)) {
                    reload(Found::Repo(repo.root.clone()));
                } else if is_inside {
                    sources.push(path);
                }
            }
            // Those that a repository follows by a name of its own are read with that one.
            for realm in self.realms.iter().filter(|realm| realm.follow.is_none()) {
                let moved = realm.git_dirs.iter().any(|dir| path.starts_with(dir));
                if moved || path.starts_with(&realm.root) {
                    reload(Found::Realm(realm.root.clone()));
                }
            }
            // Which files a repository's bindings name may have changed as well; and a realm that
            // was not there may be now.
            for repo in &self.repos {
                let held = |realm: &&RealmState| repo.realms.contains(&realm.key);
                let mut held = self.realms.iter().filter(held);
                let moved =
                    held.any(|realm| realm.git_dirs.iter().any(|dir| path.starts_with(dir)));
                if moved || repo.realm_roots.iter().any(|root| path.starts_with(root)) {
                    reload(Found::Repo(repo.root.clone()));
                }
            }
        }
        sources.retain(|path| !self.open.contains_key(*path));
        for path in sources {
            self.read_again(path);
        }
        let mut loads: Vec<Load> = again
            .into_iter()
            .filter_map(|found| self.load(found, "files changed on disk"))
            .collect();
        // A folder may have become a repository or a realm.
        for path in paths {
            let named = path.ends_with(".blue/config.yaml") || path.ends_with("realm.yaml");
            if named
                && loads
                    .iter()
                    .all(|load| !path.starts_with(load.found.root()))
            {
                self.wanted.retain(|found| !path.starts_with(found.root()));
                loads.extend(self.want(path, "its definition changed"));
            }
        }
        loads
    }

    /// The realms of these names were written to: they are read again, with the repositories that follow them.
    pub fn realms_moved(&mut self, names: &[String]) -> Vec<Load> {
        let is_meant = |name: &str| names.iter().any(|it| it == name);
        let moved = self.realms.iter().filter(|realm| is_meant(&realm.name));
        let moved: Vec<(RealmKey, Option<PathBuf>)> = moved
            .map(|realm| {
                let root = realm.follow.is_none().then(|| realm.root.clone());
                (realm.key, root)
            })
            .collect();
        // One that could not be read may be there now.
        let follows = |repo: &&RepoState| {
            moved.iter().any(|(key, _)| repo.realms.contains(key))
                || repo.unread.iter().any(|name| is_meant(name))
        };
        let repos = self.repos.iter().filter(follows);
        let repos = repos.map(|repo| Found::Repo(repo.root.clone()));
        let mut again: Vec<Found> = repos.collect();
        let realms = moved.iter().filter_map(|(_, root)| root.clone());
        again.extend(realms.map(Found::Realm));
        let again = again.into_iter();
        again
            .filter_map(|found| self.load(found, "the realm was written to"))
            .collect()
    }

    /// Since when what changed in a folder may not have been read.
    pub(crate) fn asked_since(&self, root: &Path) -> SystemTime {
        let own = self.asked.iter().find(|asked| asked.found.root() == root);
        let first = || self.asked.iter().map(|asked| asked.at).min();
        let at = own.map(|asked| asked.at).or_else(first);
        at.unwrap_or_else(SystemTime::now)
    }

    /// The roots of the loaded repositories, in the order in which they were opened.
    #[must_use]
    pub fn repo_roots(&self) -> Vec<PathBuf> {
        self.repos.iter().map(|repo| repo.root.clone()).collect()
    }

    /// What the loaded realms say officially, by their names.
    #[must_use]
    pub fn records(&self) -> Vec<(Arc<str>, Arc<Realm>)> {
        let realms = self.realms.iter();
        realms
            .map(|it| (it.name.clone(), it.record.clone()))
            .collect()
    }

    /// Looks at the clock: no timer wakes anybody up at midnight, the next event will do.
    fn look_at_the_clock(&mut self) {
        let today = self.options.today.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            Date::from_unix(now.map_or(0, |since| since.as_secs() as i64))
        });
        self.host.set_today(Some(today));
    }

    /// Brings in what a load found. It may ask for more.
    pub fn loaded(&mut self, loaded: Loaded) -> Vec<Load> {
        self.look_at_the_clock();
        let newer = |asked: &Asked| asked.found == loaded.found && asked.number > loaded.number;
        let newer = self.asked.iter().find(|asked| newer(asked));
        if newer.is_some_and(|newer| newer.is_done) {
            return Vec::new(); // It was read before what counts now.
        }
        let own = |asked: &&mut Asked| asked.number == loaded.number;
        if let Some(asked) = self.asked.iter_mut().find(own) {
            asked.is_done = true;
        }
        match loaded.what {
            What::Repo(repo) => self.take_repo(loaded.found.root(), *repo, loaded.number),
            What::Realm(realm) => {
                self.take_realm(realm, loaded.number);
            }
            What::Nothing => self.forget(&loaded.found),
            What::Stopped => {}
        }
        Vec::new()
    }

    fn forget(&mut self, found: &Found) {
        self.wanted.retain(|wanted| wanted != found);
        for repo in self
            .repos
            .extract_if(.., |repo| Found::Repo(repo.root.clone()) == *found)
        {
            self.host.remove_repo(repo.key);
            self.sources.clear();
        }
        // Repositories that are held against it say themselves that it is gone.
        self.realms
            .retain(|realm| Found::Realm(realm.root.clone()) != *found);
    }

    fn take_realm(&mut self, realm: LoadedRealm, number: u64) -> RealmKey {
        let at = self
            .realms
            .iter()
            .position(|known| known.root == realm.root && known.follow == realm.follow);
        if let Some(known) = at.map(|at| &self.realms[at])
            && known.number > number
        {
            return known.key; // It was read again since.
        }
        let (working, changed) = self.with_buffers(&realm.root, &realm.working);
        let proposal = realm.proposal.with_buffers(changed);
        let key = at.map(|at| self.realms[at].key);
        let key = self
            .host
            .set_realm(key, &realm.name, realm.record.clone(), Some(working));
        let before = self.options.base.as_ref();
        let before = before.and_then(|_| proposal.base.clone());
        self.host.set_realm_before(key, before);
        self.host.set_proposal(key, proposal);
        let state = RealmState {
            root: realm.root,
            follow: realm.follow,
            git_dirs: realm.git_dirs,
            name: realm.name,
            key,
            disk: realm.working,
            proposal: realm.proposal,
            record: realm.record,
            record_commit: realm.record_commit,
            waiting: realm.waiting,
            behind: realm.behind,
            number,
        };
        match at {
            Some(at) => self.realms[at] = state,
            None => self.realms.push(state),
        }
        self.tell_what_is_coming();
        key
    }

    fn take_repo(&mut self, root: &Path, loaded: LoadedRepo, number: u64) {
        let behind = loaded.realms.iter().filter_map(|realm| {
            let stands = realm.behind.clone()?;
            Some((realm.name.clone(), stands))
        });
        let behind = behind.collect();
        let unread = loaded.unreachable.iter();
        let unread = unread.map(|(name, _)| name.clone()).collect();
        let realms: Vec<RealmKey> = loaded
            .realms
            .into_iter()
            .map(|realm| self.take_realm(realm, number))
            .collect();
        let at = self.repos.iter().position(|repo| repo.root == root);
        let configs = self.configs_of(root, &loaded.configs);
        let is_read = |name: &Arc<str>| {
            let mut read = realms.iter();
            read.any(|key| {
                self.realms
                    .iter()
                    .any(|it| it.key == *key && it.name == *name)
            })
        };
        let stale = self.options.stale.iter();
        let stale = stale.filter(|(name, _)| is_read(name)).cloned();
        let checkout = Checkout {
            stale: stale.collect(),
            behind,
            remotes: loaded.remotes,
            branch: loaded.branch,
        };
        let spec = RepoSpec {
            name: loaded.name.clone(),
            files: loaded.files,
            baselines: loaded.baselines,
            base: loaded.base,
            realms: realms.clone(),
            config: Arc::new(configs.merged()),
            local: configs.local.map(Arc::new),
            queries: self.queries_of(root, &loaded.queries),
            checkout,
            unreachable: loaded.unreachable,
            defaults: self.options.defaults.clone(),
        };
        let key = self.host.set_repo(at.map(|at| self.repos[at].key), spec);
        self.take_before(key, loaded.before, number);
        let state = RepoState {
            root: root.to_owned(),
            name: loaded.name,
            key,
            realms,
            realm_roots: loaded.realm_roots,
            git_dirs: loaded.git_dirs,
            configs: Arc::new(loaded.configs),
            queries: loaded.queries.into(),
            named: loaded.named.into(),
            unread,
        };
        match at {
            Some(at) => self.repos[at] = state,
            None => self.repos.push(state),
        }
        let open: Vec<(PathBuf, Arc<str>)> = self
            .open
            .iter()
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect();
        // What it names and ignores may have changed.
        self.sources.clear();
        for (path, text) in open.iter().filter(|(path, _)| path.starts_with(root)) {
            self.set_buffer(path, text);
        }
    }

    fn take_before(&mut self, key: RepoKey, before: Option<LoadedBefore>, number: u64) {
        let spec = before
            .zip(self.options.base.clone())
            .map(|(before, revision)| {
                let realms = before.realms.into_iter();
                let realms = realms.map(|realm| self.take_realm(realm, number));
                BeforeSpec {
                    revision,
                    name: before.name,
                    realms: realms.collect(),
                    config: Arc::new(before.config),
                    unreachable: before.unreachable,
                }
            });
        self.host.set_before(key, spec);
    }

    /// A realm's working tree with the open buffers over it, and the files in which these differ
    /// from the disk.
    fn with_buffers(&self, root: &Path, disk: &Arc<Realm>) -> (Arc<Realm>, Vec<Arc<str>>) {
        let mut realm: Option<Realm> = None;
        let mut changed = Vec::new();
        for (path, text) in &self.open {
            let Some(relative) = relative(path, root) else {
                continue;
            };
            if blue_realm::classify(&relative).is_none() {
                continue;
            }
            let file = parse_file(&relative, text.as_bytes());
            if disk
                .file(&relative)
                .is_none_or(|disk| disk.text != file.text)
            {
                changed.push(file.path.clone());
            }
            realm = Some(realm.as_ref().unwrap_or(disk).with_file(file));
        }
        let realm = realm.map_or_else(|| disk.clone(), Arc::new);
        (realm, changed)
    }

    fn set_buffer(&mut self, path: &Path, text: &Arc<str>) {
        let known = self.sources.get(path).cloned();
        let at = known.unwrap_or_else(|| {
            let at = self.source_at(path);
            self.sources.insert(path.to_owned(), at.clone());
            at
        });
        if let Some(at) = at {
            let content = at.source.counts(Content::Text(text.clone()));
            self.host.set_file(at.repo, &at.path, content, true);
        }
        self.refresh_realms(path);
        self.refresh_config(path);
        self.refresh_queries(path);
    }

    /// The disk counts for a file, as far as it is a source there.
    fn read_again(&mut self, path: &Path) {
        let Some((repo, relative)) = self.repo_at(path) else {
            return;
        };
        let content = disk::source(&repo.root, &relative, &repo.named)
            .and_then(|source| source.read(&repo.root, &relative));
        let key = repo.key;
        self.host.set_file(key, &relative, content, false);
    }

    /// Brings the open buffers of a realm's files over its working tree.
    fn refresh_realms(&mut self, path: &Path) {
        for at in 0..self.realms.len() {
            let realm = &self.realms[at];
            let is_file = relative(path, &realm.root)
                .is_some_and(|path| blue_realm::classify(&path).is_some());
            if is_file {
                let (working, changed) = self.with_buffers(&realm.root, &realm.disk);
                let proposal = realm.proposal.with_buffers(changed);
                self.host.set_working_realm(realm.key, Some(working));
                self.host.set_proposal(realm.key, proposal);
            }
        }
    }

    /// The repository with the nearest root above a path, and the path in it; nothing where the path
    /// belongs to a nearer one that is not loaded.
    fn repo_at(&self, path: &Path) -> Option<(&RepoState, Arc<str>)> {
        let repo = nearest(&self.repos, path)?;
        let between = path.ancestors().skip(1);
        let mut between = between.take_while(|folder| *folder != repo.root);
        if between.any(|folder| folder.join(CONFIG).is_file()) {
            return None;
        }
        Some((repo, relative(path, &repo.root)?.into()))
    }

    fn source_at(&self, path: &Path) -> Option<SourceAt> {
        let (repo, relative) = self.repo_at(path)?;
        let source = disk::source(&repo.root, &relative, &repo.named)?;
        Some(SourceAt {
            repo: repo.key,
            path: relative,
            source,
        })
    }

    /// A view of this state, for any thread. It must be dropped before the next change can go on.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            asked: self.host.snapshot(),
            repos: self.repos.clone().into(),
            realms: self.realms.clone().into(),
            folders: self.folders.clone().into(),
            open: Arc::new(self.open.clone()),
            options: Arc::new(self.options.clone()),
        }
    }
}

/// Whether a path is that of `.blue/cache.db`, or of what the database keeps beside it.
fn is_cache(path: &Path) -> bool {
    let in_blue = path.parent().is_some_and(|it| it.ends_with(".blue"));
    let name = path.file_name().unwrap_or_default();
    in_blue && name.to_string_lossy().starts_with("cache.db")
}

/// The repository with the nearest root above a path.
pub(crate) fn nearest<'r>(repos: &'r [RepoState], path: &Path) -> Option<&'r RepoState> {
    let above = repos.iter().filter(|repo| path.starts_with(&repo.root));
    above.max_by_key(|repo| repo.root.as_os_str().len())
}
