//! The host's side of the database: inputs go in here, snapshots to ask come out.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use blue_detect::{FileId, SummaryStore};
use blue_realm::config::ParsedConfig;
use blue_realm::{Date, Realm};
use blue_text::Span;
use rustc_hash::FxHashMap;
use salsa::{Durability, Setter};
use smol_str::SmolStr;

use crate::actions::{self, Action};
use crate::checkout::Checkout;
use crate::content::Content;
use crate::coverage::{Coverage, coverage};
use crate::db::{
    Database, Db, FileTree, RealmInput, RepoInput, SourceFile, TreeFiles, World, broken_statements,
    forget_tree,
};
use crate::draft::{CONFIG, LOCAL_CONFIG};
use crate::finding::{Code, Finding, Place, Root, Severity};
use crate::findings::{Findings, level, realm_text, repo_findings};
use crate::hover::{Hover, hover};
use crate::pending::PendingChange;
use crate::program::{FileSites, all_sites};
use crate::realm_findings::{RealmProposal, realm_findings};
use crate::realm_hover::{config_hover, realm_hover};
use crate::realm_report::realm_report;
use crate::under_way::{OpenEdit, open_edits};
use crate::workbench::answering;

/// A realm of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RealmKey(usize);

/// A repository of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RepoKey(usize);

/// A newer state of the inputs made the answer worthless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// The tree of a repository at a commit, as what differs from the working tree on disk.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// Files with another content there (`None`: not there). All others are the same.
    pub changed: Vec<(Arc<str>, Option<Content>)>,
    /// How the commit that is named stands to what is checked out.
    pub stands: BaselineStands,
}

/// How the commit of a baseline stands to what is checked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BaselineStands {
    /// It is part of it, or nobody can tell.
    #[default]
    Within,
    /// It is of the branch that everybody starts from, and ahead of it: the tree is that of the commit where the two
    /// parted, for what came there since is missing here and nobody took it out.
    Parted,
    /// It is on neither: it was squashed or rebased, or what is checked out is behind without knowing.
    Aside,
}

/// A code repository.
#[derive(Debug, Clone)]
pub struct RepoSpec {
    /// As its config names it.
    pub name: Arc<str>,
    /// Its source files and the files its bindings name, as they stand on disk. Paths are relative
    /// to the repository's root, `/` between the parts.
    pub files: Vec<(Arc<str>, Content)>,
    /// Trees at commits, by the commit's id as contracts name it; `""` is HEAD.
    pub baselines: Vec<(Arc<str>, Baseline)>,
    /// The revision that replaces HEAD's tree where a contract names no commit of its own.
    pub base: Option<Arc<str>>,
    /// The realms it takes part in.
    pub realms: Vec<RealmKey>,
    /// Its config, with what overrides it on this machine.
    pub config: Arc<ParsedConfig>,
    /// What overrides it, for what is wrong there.
    pub local: Option<Arc<ParsedConfig>>,
    /// Realms that its config names and that cannot be read, with the reason.
    pub unreachable: Vec<(Arc<str>, Arc<str>)>,
    /// The queries of its own, path and text: `.blue/queries/{language}/{name}.scm`.
    pub queries: Vec<(Arc<str>, Content)>,
    /// What git says of its checkout and of those of its realms.
    pub checkout: Checkout,
    /// Severities of codes in place of their own, where neither the config nor a realm sets one. A
    /// finding that is milder than its code for a reason of its own stays so.
    pub defaults: Vec<(Code, Severity)>,
}

/// Owns the inputs. A change cancels the snapshots that are being asked, and waits for them to end.
pub struct Host {
    pub(crate) db: Database,
    world: World,
    repos: Vec<Option<RepoInput>>,
    realms: Vec<RealmInput>,
    /// Repositories and realms as they were, where somebody asks what is new.
    pub(crate) before: FxHashMap<RepoKey, RepoInput>,
    pub(crate) realms_before: FxHashMap<RealmKey, RealmInput>,
}

impl Default for Host {
    fn default() -> Host {
        let db = Database::default();
        let world = World::builder(Arc::default(), None, Arc::default(), Arc::default())
            .durability(Durability::HIGH)
            .new(&db);
        Host {
            db,
            world,
            repos: Vec::new(),
            realms: Vec::new(),
            before: FxHashMap::default(),
            realms_before: FxHashMap::default(),
        }
    }
}

impl Host {
    /// Has summaries of files that lie still asked of a store before they are parsed, and put there
    /// after. Once, before anything is asked: a second store is not taken.
    pub fn keep_summaries(&mut self, store: Arc<dyn SummaryStore>) {
        let _ = self.db.beside().store.set(store);
    }

    /// Adds a realm, or sets what it says.
    pub fn set_realm(
        &mut self,
        key: Option<RealmKey>,
        name: &Arc<str>,
        record: Arc<Realm>,
        working: Option<Arc<Realm>>,
    ) -> RealmKey {
        let known = key.and_then(|key| self.realms.get(key.0).copied());
        let Some(realm) = known else {
            let input = RealmInput::builder(name.clone(), record, working, Arc::default())
                .durability(Durability::HIGH)
                .new(&self.db);
            self.realms.push(input);
            return RealmKey(self.realms.len() - 1);
        };
        if *realm.record(&self.db) != record {
            realm.set_record(&mut self.db).to(record);
        }
        if *realm.working(&self.db) != working {
            realm.set_working(&mut self.db).to(working);
        }
        key.unwrap_or(RealmKey(0))
    }

    /// Sets the working tree of a realm alone.
    pub fn set_working_realm(&mut self, key: RealmKey, working: Option<Arc<Realm>>) {
        if let Some(realm) = self.realms.get(key.0).copied()
            && *realm.working(&self.db) != working
        {
            realm.set_working(&mut self.db).to(working);
        }
    }

    /// Sets what a realm's working tree is held against.
    pub fn set_proposal(&mut self, key: RealmKey, proposal: RealmProposal) {
        if let Some(realm) = self.realms.get(key.0).copied()
            && **realm.proposal(&self.db) != proposal
        {
            realm.set_proposal(&mut self.db).to(Arc::new(proposal));
        }
    }

    /// Adds a repository, or replaces all that is known of one.
    pub fn set_repo(&mut self, key: Option<RepoKey>, spec: RepoSpec) -> RepoKey {
        let known = key.and_then(|key| self.repos.get(key.0).copied().flatten());
        let files = self.tree_files(known, &spec.files);
        let parted = spec
            .baselines
            .iter()
            .filter(|(_, it)| it.stands != BaselineStands::Within);
        let parted = parted.map(|(commit, it)| (SmolStr::from(&**commit), it.stands));
        let parted: Arc<[_]> = parted.collect();
        let mut baselines: FxHashMap<SmolStr, FileTree> = FxHashMap::default();
        for (commit, baseline) in &spec.baselines {
            let before = known.and_then(|repo| repo.baselines(&self.db).get(&**commit).copied());
            let tree = self.baseline(before, &files, baseline);
            baselines.insert(SmolStr::from(&**commit), tree);
        }
        let tree = self.tree(known.map(|repo| repo.tree(&self.db)), files);
        let realms: Arc<[RealmInput]> = spec
            .realms
            .iter()
            .filter_map(|realm| self.realms.get(realm.0).copied())
            .collect();
        let base = spec.base.as_deref().map(SmolStr::from);
        let unreachable: Arc<[_]> = spec.unreachable.into();
        let baselines = Arc::new(baselines);
        let Some(repo) = known else {
            let input = RepoInput::builder(
                spec.name,
                tree,
                baselines,
                parted,
                realms,
                spec.config,
                spec.local,
                unreachable,
                base,
                spec.queries.into(),
                Arc::new(spec.checkout),
                spec.defaults.into(),
            )
            .durability(Durability::HIGH)
            .new(&self.db);
            self.repos.push(Some(input));
            self.tell_the_world();
            return RepoKey(self.repos.len() - 1);
        };
        let db = &mut self.db;
        repo.set_name(db).to(spec.name);
        repo.set_tree(db).to(tree);
        repo.set_baselines(db).to(baselines);
        if **repo.parted(db) != *parted {
            repo.set_parted(db).to(parted);
        }
        repo.set_realms(db).to(realms);
        repo.set_config(db).to(spec.config);
        repo.set_local(db).to(spec.local);
        repo.set_unreachable(db).to(unreachable);
        repo.set_base(db).to(base);
        if **repo.queries(db) != *spec.queries {
            repo.set_queries(db).to(spec.queries.into());
        }
        if **repo.checkout(db) != spec.checkout {
            repo.set_checkout(db).to(Arc::new(spec.checkout));
        }
        if **repo.defaults(db) != *spec.defaults {
            repo.set_defaults(db).to(spec.defaults.into());
        }
        self.tell_the_world();
        key.unwrap_or(RepoKey(0))
    }

    /// Sets a repository's own queries, path and text, by path.
    pub fn set_queries(&mut self, key: RepoKey, queries: Vec<(Arc<str>, Content)>) {
        let Some(repo) = self.repo(key) else { return };
        if **repo.queries(&self.db) != *queries {
            repo.set_queries(&mut self.db).to(queries.into());
        }
    }

    /// Sets the config of a repository alone, and what overrides it on this machine.
    pub fn set_config(
        &mut self,
        key: RepoKey,
        config: Arc<ParsedConfig>,
        local: Option<Arc<ParsedConfig>>,
    ) {
        let Some(repo) = self.repos.get(key.0).copied().flatten() else {
            return;
        };
        if *repo.config(&self.db) != config {
            repo.set_config(&mut self.db).to(config);
        }
        if *repo.local(&self.db) != local {
            repo.set_local(&mut self.db).to(local);
        }
    }

    /// Forgets a repository.
    pub fn remove_repo(&mut self, key: RepoKey) {
        if let Some(slot) = self.repos.get_mut(key.0) {
            *slot = None;
        }
        self.before.remove(&key);
        self.tell_the_world();
    }

    /// Says which day it is, in UTC. Only what hangs on a day that has passed since is made again.
    pub fn set_today(&mut self, today: Option<Date>) {
        if self.world.today(&self.db) != today {
            self.world.set_today(&mut self.db).to(today);
        }
    }

    /// Says which changes of contracts are under way elsewhere; whether that is anything new.
    pub fn set_pending(&mut self, mut pending: Vec<PendingChange>) -> bool {
        pending.sort();
        pending.dedup();
        let is_new = **self.world.pending(&self.db) != *pending;
        if is_new {
            self.world.set_pending(&mut self.db).to(pending.into());
        }
        is_new
    }

    /// Says what repositories are about to make of their contracts, as [`Snapshot::open_edits`] found it: their importers are
    /// told of it while nobody can tell. Nothing that was found has to be found again.
    pub fn set_last_whole(&mut self, found: &[(RepoKey, Vec<OpenEdit>)]) {
        let found = found.iter().filter_map(|(key, edits)| {
            let repo = self.repos.get(key.0).copied().flatten()?;
            Some((repo, edits))
        });
        let mut all = self.world.last_whole(&self.db).to_vec();
        for (repo, edits) in found {
            match all.iter_mut().find(|(known, _)| *known == repo) {
                Some((_, known)) if **known == **edits => {}
                Some((_, known)) => *known = edits.as_slice().into(),
                None => all.push((repo, edits.as_slice().into())),
            }
        }
        if **self.world.last_whole(&self.db) != *all {
            self.world.set_last_whole(&mut self.db).to(all.into());
        }
    }

    /// Which repositories there are, where that has changed.
    fn tell_the_world(&mut self) {
        let mut repos: Vec<RepoInput> = self.repos.iter().flatten().copied().collect();
        repos.sort_by_key(|repo| repo.name(&self.db).clone());
        if **self.world.repos(&self.db) != *repos {
            self.world.set_repos(&mut self.db).to(repos.into());
        }
    }

    pub(crate) fn repo(&self, key: RepoKey) -> Option<RepoInput> {
        self.repos.get(key.0).copied().flatten()
    }

    pub(crate) fn realm(&self, key: RealmKey) -> Option<RealmInput> {
        self.realms.get(key.0).copied()
    }

    fn source(&mut self, path: Arc<str>, content: Content) -> SourceFile {
        SourceFile::builder(path, content.clone(), false, content)
            .durability(Durability::HIGH)
            .new(&self.db)
    }

    /// The files of a repository as they stand on disk. Those it had before are the same inputs
    /// under the same numbers, so that what was found of them stays found.
    fn tree_files(
        &mut self,
        known: Option<RepoInput>,
        listed: &[(Arc<str>, Content)],
    ) -> TreeFiles {
        let before = known.map(|repo| repo.tree(&self.db).files(&self.db).clone());
        let before = before.unwrap_or_default();
        let mut files = TreeFiles {
            list: vec![None; before.list.len()],
            ..TreeFiles::default()
        };
        for (path, content) in listed {
            match before.at(path) {
                Some((id, source)) => {
                    self.set_still(source, content);
                    files.list[id.0 as usize] = Some(source);
                    files.by_path.insert(path.clone(), id);
                }
                None => {
                    let source = self.source(path.clone(), content.clone());
                    add(&mut files, path.clone(), source);
                }
            }
        }
        files
    }

    fn set_still(&mut self, source: SourceFile, content: &Content) {
        let was_open = source.is_open(&self.db);
        if was_open {
            source.set_is_open(&mut self.db).to(false);
        }
        if was_open || source.content(&self.db) != content {
            source
                .set_content(&mut self.db)
                .with_durability(Durability::HIGH)
                .to(content.clone());
        }
        self.set_at_rest(source, content);
    }

    fn set_at_rest(&mut self, source: SourceFile, content: &Content) {
        if source.at_rest(&self.db) != content {
            source.set_at_rest(&mut self.db).to(content.clone());
        }
    }

    fn tree(&mut self, known: Option<FileTree>, files: TreeFiles) -> FileTree {
        let files = Arc::new(files);
        match known {
            Some(tree) => {
                if *tree.files(&self.db) != files {
                    tree.set_files(&mut self.db).to(files);
                }
                tree
            }
            None => FileTree::builder(files)
                .durability(Durability::HIGH)
                .new(&self.db),
        }
    }

    fn baseline(
        &mut self,
        known: Option<FileTree>,
        now: &TreeFiles,
        baseline: &Baseline,
    ) -> FileTree {
        let before = known.map(|tree| tree.files(&self.db).clone());
        let mut files = now.clone();
        for (path, content) in &baseline.changed {
            let old = before.as_ref().and_then(|before| before.at(path));
            let old = old.map(|(_, source)| source).filter(|old| {
                now.at(path).is_none_or(|(_, source)| source != *old)
                    && Some(old.content(&self.db)) == content.as_ref()
            });
            let source = match (old, content) {
                (Some(old), _) => Some(old),
                (None, Some(content)) => Some(self.source(path.clone(), content.clone())),
                (None, None) => None,
            };
            put(&mut files, path, source);
        }
        self.tree(known, files)
    }

    /// Sets the content of a file of a repository (`None`: it is gone). A baseline that shared the
    /// file keeps what it was. An open file changes often, a closed one seldom.
    pub fn set_file(
        &mut self,
        key: RepoKey,
        path: &Arc<str>,
        content: Option<Content>,
        open: bool,
    ) {
        // Only a text can be typed in.
        let open = open && content.as_ref().is_some_and(Content::is_text);
        let Some(repo) = self.repos.get(key.0).copied().flatten() else {
            return;
        };
        let tree = repo.tree(&self.db);
        let known = tree.files(&self.db).at(path).map(|(_, source)| source);
        if let (Some(source), Some(content)) = (known, &content)
            && source.content(&self.db) == content
            && !open
            && !source.is_open(&self.db)
        {
            return;
        }
        if let Some(source) = known {
            self.part_from_baselines(repo, path, source);
        }
        let durability = if open {
            Durability::LOW
        } else {
            Durability::HIGH
        };
        match (known, content) {
            (Some(source), Some(content)) => {
                if source.is_open(&self.db) != open {
                    source.set_is_open(&mut self.db).to(open);
                }
                if !open {
                    self.set_at_rest(source, &content);
                    forget_tree(&self.db, source);
                }
                source
                    .set_content(&mut self.db)
                    .with_durability(durability)
                    .to(content);
            }
            (None, Some(content)) => {
                let at_rest = match open {
                    true => Content::Text("".into()),
                    false => content.clone(),
                };
                let source = SourceFile::builder(path.clone(), content, open, at_rest)
                    .durability(Durability::HIGH)
                    .content_durability(durability)
                    .new(&self.db);
                self.change_tree(tree, |files| put(files, path, Some(source)));
                // A number that is new is new in all of them; one that a file had in a baseline alone stays its own there.
                for baseline in self.baselines(repo) {
                    self.change_tree(baseline, |files| reserve(files, path));
                }
            }
            (Some(_), None) => self.change_tree(tree, |files| put(files, path, None)),
            (None, None) => {}
        }
    }

    fn baselines(&self, repo: RepoInput) -> Vec<FileTree> {
        let mut trees: Vec<FileTree> = repo.baselines(&self.db).values().copied().collect();
        trees.dedup();
        trees
    }

    fn part_from_baselines(&mut self, repo: RepoInput, path: &Arc<str>, source: SourceFile) {
        for tree in self.baselines(repo) {
            let shared = tree
                .files(&self.db)
                .at(path)
                .is_some_and(|(_, kept)| kept == source);
            if shared {
                let content = source.content(&self.db).clone();
                let copy = self.source(path.clone(), content);
                self.change_tree(tree, |files| put(files, path, Some(copy)));
            }
        }
    }

    fn change_tree(&mut self, tree: FileTree, change: impl FnOnce(&mut TreeFiles)) {
        let mut files = (**tree.files(&self.db)).clone();
        change(&mut files);
        tree.set_files(&mut self.db).to(Arc::new(files));
    }

    /// A view of this state, for any thread. It must be dropped before the next change can go on.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            db: self.db.clone(),
            repos: self.repos.clone(),
            realms: self.realms.clone(),
            before: self.before.clone(),
            realms_before: self.realms_before.clone(),
        }
    }
}

/// Adds a file under the next number.
fn add(files: &mut TreeFiles, path: Arc<str>, source: SourceFile) {
    let id = FileId(files.list.len() as u32);
    files.list.push(Some(source));
    files.by_path.insert(path, id);
}

/// Puts a file, or its absence, under the number its path has or had.
fn put(files: &mut TreeFiles, path: &Arc<str>, source: Option<SourceFile>) {
    match (files.by_path.get(path).copied(), source) {
        (Some(id), source) => {
            files.list[id.0 as usize] = source;
            if source.is_none() {
                files.by_path.remove(path);
            }
        }
        (None, Some(source)) => add(files, path.clone(), source),
        (None, None) => {}
    }
}

/// Keeps a number free for a file that the other trees have.
fn reserve(files: &mut TreeFiles, path: &Arc<str>) {
    if !files.by_path.contains_key(path) {
        files.list.push(None);
    }
}

/// The findings that show in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFindings {
    /// Which file.
    pub root: Root,
    /// Its path.
    pub path: Arc<str>,
    /// Its findings, each at the place where it shows there.
    pub findings: Vec<(Span, Arc<Finding>)>,
}

/// A state of the inputs, to ask.
#[derive(Clone)]
pub struct Snapshot {
    db: Database,
    repos: Vec<Option<RepoInput>>,
    realms: Vec<RealmInput>,
    pub(crate) before: FxHashMap<RepoKey, RepoInput>,
    pub(crate) realms_before: FxHashMap<RealmKey, RealmInput>,
}

impl Snapshot {
    pub(crate) fn ask<T>(&self, answer: impl FnOnce(&Database) -> T) -> Result<T, Cancelled> {
        let answer = AssertUnwindSafe(|| answering(|| answer(&self.db)));
        salsa::Cancelled::catch(answer).map_err(|_| Cancelled)
    }

    pub(crate) fn db(&self) -> &Database {
        &self.db
    }

    pub(crate) fn repo(&self, key: RepoKey) -> Option<RepoInput> {
        self.repos.get(key.0).copied().flatten()
    }

    /// All findings of a repository.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn findings(&self, key: RepoKey) -> Result<Arc<Findings>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Arc::default());
        };
        self.ask(|db| repo_findings(db, repo))
    }

    /// What a repository's open files would make of the contracts that it exports; nothing where one of them
    /// is half typed, so that nobody can tell.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn open_edits(&self, key: RepoKey) -> Result<Option<Vec<OpenEdit>>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Some(Vec::new()));
        };
        self.ask(|db| open_edits(db, repo))
    }

    /// All sites of a repository: the path of each file that has any, with its sites.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn sites(&self, key: RepoKey) -> Result<Vec<FileSites>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Vec::new());
        };
        self.ask(|db| all_sites(db, repo.tree(db)))
    }

    /// What was seen of a repository, and what could not be.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn coverage(&self, key: RepoKey) -> Result<Coverage, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Coverage::default());
        };
        self.ask(|db| coverage(db, repo))
    }

    /// Everything there is to say of a realm's own files. As long as the realm is large: for a report.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn realm_report(&self, key: RealmKey) -> Result<Findings, Cancelled> {
        let Some(realm) = self.realms.get(key.0).copied() else {
            return Ok(Findings::default());
        };
        self.ask(|db| realm_report(db, realm))
    }

    /// The findings of a realm's own files, without who passed and what is empty.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn realm_findings(&self, key: RealmKey) -> Result<Arc<Findings>, Cancelled> {
        let Some(realm) = self.realms.get(key.0).copied() else {
            return Ok(Arc::default());
        };
        self.ask(|db| realm_findings(db, realm))
    }

    /// The words about a byte offset of a repository's file.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn hover(&self, key: RepoKey, path: &str, offset: u32) -> Result<Option<Hover>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(None);
        };
        self.ask(|db| {
            if path == CONFIG {
                return config_hover(db, repo, offset);
            }
            let (file, _) = repo.tree(db).files(db).at(path)?;
            hover(db, repo, file, offset)
        })
    }

    /// The words about a byte offset of a realm's file.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn realm_hover(
        &self,
        key: RealmKey,
        path: &str,
        offset: u32,
    ) -> Result<Option<Hover>, Cancelled> {
        let Some(realm) = self.realms.get(key.0).copied() else {
            return Ok(None);
        };
        self.ask(|db| realm_hover(db, realm, path, offset))
    }

    /// What there is to do about a finding, seen from one of its places; `of` is the repository whose
    /// finding it is.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn actions(
        &self,
        of: Option<RepoKey>,
        finding: &Finding,
        at: &Place,
    ) -> Result<Vec<Action>, Cancelled> {
        let repo = of.and_then(|key| self.repo(key));
        self.ask(|db| actions::of_finding(db, repo, &self.realms, finding, at))
    }

    /// What there is to do in a file of a repository, whatever is found there.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn file_actions(&self, key: RepoKey, path: &str) -> Result<Vec<Action>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Vec::new());
        };
        self.ask(|db| actions::of_file(db, repo, path))
    }

    /// Whether a repository or the realm of a finding sets the severity of its code.
    pub fn sets_level(&self, of: Option<RepoKey>, finding: &Finding) -> bool {
        let db = &self.db;
        let code = finding.code.as_str();
        let own = of.and_then(|key| self.repo(key));
        if own.is_some_and(|repo| level(&repo.config(db).config.findings, code).is_some()) {
            return true;
        }
        let mut realms = self.realms.iter();
        let realm = realms.find(|realm| Some(realm.name(db)) == finding.realm.as_ref());
        let file = realm.and_then(|realm| realm.record(db).realm_file());
        file.is_some_and(|file| level(&file.findings, code).is_some())
    }

    /// The statements of a file that hold a syntax error. Bytes.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn broken_statements(&self, key: RepoKey, path: &str) -> Result<Vec<Span>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Vec::new());
        };
        self.ask(|db| {
            let found = repo.tree(db).files(db).at(path);
            found
                .map(|(_, source)| broken_statements(db, source))
                .unwrap_or_default()
        })
    }

    /// The text that a place's span refers to; nothing for a file that is not known.
    pub fn text_of(&self, place: &Place) -> Option<Arc<str>> {
        match &place.root {
            Root::Realm(name) => {
                let mut realms = self
                    .realms
                    .iter()
                    .filter(|realm| realm.name(&self.db) == name);
                realms.find_map(|realm| realm_text(&self.db, *realm, &place.path))
            }
            Root::Repo(name) => {
                let mut repos = self
                    .repos
                    .iter()
                    .flatten()
                    .filter(|repo| repo.name(&self.db) == name);
                repos.find_map(|repo| self.repo_text(*repo, &place.path))
            }
        }
    }

    /// The text that spans in a repository's file refer to; nothing for a file that is not known.
    pub fn text_in(&self, key: RepoKey, path: &str) -> Option<Arc<str>> {
        self.repo_text(self.repo(key)?, path)
    }

    fn repo_text(&self, repo: RepoInput, path: &str) -> Option<Arc<str>> {
        match path {
            CONFIG => return Some(repo.config(&self.db).text.clone()),
            LOCAL_CONFIG => return Some(repo.local(&self.db).as_ref()?.text.clone()),
            _ => {}
        }
        let mut queries = repo.queries(&self.db).iter();
        if let Some((_, content)) = queries.find(|(query, _)| **query == *path) {
            return Some(content.text().into());
        }
        let (_, source) = repo.tree(&self.db).files(&self.db).at(path)?;
        Some(
            source
                .content(&self.db)
                .as_text()
                .cloned()
                .unwrap_or_default(),
        )
    }
}
