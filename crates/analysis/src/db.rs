//! The database of inputs and of what follows from them.
//!
//! Inputs are set by the host as plain data; everything else is a memoised pure function of them,
//! invalidated and cut off by `salsa`. What was measured of it decides the shape: no memo depends on
//! more than about a hundred others, so what speaks of a whole tree fans in by groups of files.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, OnceLock};

use blue_detect::{
    CallSearch, Calls, Definitions, Dialect, FileId, Grant, Interface, Language, Lead, Leads,
    Methods, NamedWrapper, PlacedGrant, PlacedSite, Positions, Program, Projects, Site,
    StatementCache, Subclasses, Summary, SummaryKey, SummaryStore, calls_of, candidates,
    definition_places_in, definitions_in, holds_anchor, is_project_file, may_define, methods_in,
    place_grants, place_sites, star_imports_in, states_a_value, summarise,
};
use blue_realm::config::ParsedConfig;
use blue_realm::{Date, Realm};
use blue_text::Span;
use dashmap::DashMap;
use rustc_hash::{FxHashMap, FxHashSet};
use salsa::Cancelled;
use smol_str::SmolStr;
use tree_sitter::{InputEdit, Point, Tree};

use crate::checkout::Checkout;
use crate::contract::exports;
use crate::finding::{Code, Severity};
use crate::parts::sites_by_parts;
use crate::pending::PendingChange;
use crate::realm_findings::{RealmProposal, ToldFiles};

/// Files in one group of the fan-in.
const GROUP: usize = 100;
/// Files that name a wrapper found in the round before are looked into, this many times.
const ROUNDS: u32 = 4;
/// A parse that newer edits cancelled this often may finish: somebody who types on for ever must
/// see something some time.
const PATIENCE: u8 = 3;

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Its text.
    Text(Arc<str>),
    /// Not looked into, with the reason in words: not UTF-8, no right to read it.
    Unreadable(Arc<str>),
    /// Not looked into, since it is over a limit, which the words name.
    OverLimit(Arc<str>),
}

impl Content {
    /// Its text; nothing of what is not looked into.
    pub(crate) fn text(&self) -> &str {
        match self {
            Content::Text(text) => text,
            _ => "",
        }
    }

    /// Why it is not looked into: the finding's code, and the reason in words.
    pub(crate) fn unread(&self) -> Option<(Code, &Arc<str>)> {
        match self {
            Content::Text(_) => None,
            Content::Unreadable(why) => Some((Code::SourceUnreadable, why)),
            Content::OverLimit(why) => Some((Code::LimitExceeded, why)),
        }
    }
}

/// A file of a tree. The same input stands in several trees while its content is the same.
#[salsa::input(debug)]
pub(crate) struct SourceFile {
    #[returns(ref)]
    pub(crate) path: Arc<str>,
    #[returns(ref)]
    pub(crate) content: Content,
    /// It is being edited: what depends on its text is kept apart from what depends on the texts of
    /// files that lie still.
    #[returns(copy)]
    pub(crate) is_open: bool,
}

/// Which files there are: a file keeps its number while the tree lives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TreeFiles {
    pub(crate) list: Vec<Option<SourceFile>>,
    pub(crate) by_path: FxHashMap<Arc<str>, FileId>,
}

impl TreeFiles {
    pub(crate) fn get(&self, file: FileId) -> Option<SourceFile> {
        self.list.get(file.0 as usize).copied().flatten()
    }

    pub(crate) fn at(&self, path: &str) -> Option<(FileId, SourceFile)> {
        let id = *self.by_path.get(path)?;
        Some((id, self.get(id)?))
    }
}

/// A set of files that may name each other: a working tree, or a tree at a commit.
#[salsa::input]
pub(crate) struct FileTree {
    #[returns(ref)]
    pub(crate) files: Arc<TreeFiles>,
}

/// A realm.
#[salsa::input]
pub(crate) struct RealmInput {
    /// By which its repos' configs name it.
    #[returns(ref)]
    pub(crate) name: Arc<str>,
    /// What it says officially.
    #[returns(ref)]
    pub(crate) record: Arc<Realm>,
    /// Its working tree and open buffers: a proposal.
    #[returns(ref)]
    pub(crate) working: Option<Arc<Realm>>,
    /// What that proposal is held against, and who made it.
    #[returns(ref)]
    pub(crate) proposal: Arc<RealmProposal>,
}

/// A code repository that takes part in realms.
#[salsa::input]
pub(crate) struct RepoInput {
    #[returns(ref)]
    pub(crate) name: Arc<str>,
    #[returns(copy)]
    pub(crate) tree: FileTree,
    /// The tree at each commit that a contract's value was read from, and at HEAD (`""`).
    #[returns(ref)]
    pub(crate) baselines: Arc<FxHashMap<SmolStr, FileTree>>,
    #[returns(ref)]
    pub(crate) realms: Arc<[RealmInput]>,
    #[returns(ref)]
    pub(crate) config: Arc<ParsedConfig>,
    /// What overrides it on this machine; its values are in the config already.
    #[returns(ref)]
    pub(crate) local: Option<Arc<ParsedConfig>>,
    /// Realms of the config that could not be read, with the reason.
    #[returns(ref)]
    pub(crate) unreachable: Arc<[(Arc<str>, Arc<str>)]>,
    /// A revision that all absence is judged from, instead of each contract's own commit.
    #[returns(ref)]
    pub(crate) base: Option<SmolStr>,
    /// Its own queries, path and text, by path.
    #[returns(ref)]
    pub(crate) queries: Arc<[(Arc<str>, Content)]>,
    /// What git says of its checkout.
    #[returns(ref)]
    pub(crate) checkout: Arc<Checkout>,
    /// Severities of codes in place of their own, where no setting gives one.
    #[returns(ref)]
    pub(crate) defaults: Arc<[(Code, Severity)]>,
}

/// What there is once.
#[salsa::input(singleton)]
pub(crate) struct World {
    /// All repositories, for what one of them is told about another. Sorted by name.
    #[returns(ref)]
    pub(crate) repos: Arc<[RepoInput]>,
    /// The day it is; nothing: no day has passed.
    #[returns(copy)]
    pub(crate) today: Option<Date>,
    /// Changes of contracts that are under way elsewhere, as the host was told.
    #[returns(ref)]
    pub(crate) pending: Arc<[PendingChange]>,
}

#[salsa::db]
pub(crate) trait Db: salsa::Database {
    fn beside(&self) -> &Beside;
}

/// What stands beside the database: hints and caches by content, which never change an answer.
#[derive(Default)]
pub(crate) struct Beside {
    trees: DashMap<SourceFile, (Tree, Arc<str>)>,
    statements: StatementCache,
    cancelled: DashMap<SourceFile, u8>,
    /// Summaries of files that lie still, by their texts: set once, before anything is asked.
    pub(crate) store: OnceLock<Arc<dyn SummaryStore>>,
    /// What was told of the files of realms.
    pub(crate) told: DashMap<RealmInput, Arc<ToldFiles>>,
}

#[salsa::db]
#[derive(Clone, Default)]
pub(crate) struct Database {
    storage: salsa::Storage<Database>,
    beside: Arc<Beside>,
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {
    fn beside(&self) -> &Beside {
        &self.beside
    }
}

/// More statements than this in the cache, and it is emptied: it only saves work.
const MAX_STATEMENTS: usize = 200_000;

/// The summary of a file; an empty one for what is not read.
#[salsa::tracked(returns(clone))]
fn summary(db: &dyn Db, file: SourceFile) -> Summary {
    let Some(dialect) = Dialect::of_path(file.path(db)) else {
        return Summary::default();
    };
    let Content::Text(text) = file.content(db) else {
        return Summary::default();
    };
    let beside = db.beside();
    // A file that is typed in needs its tree for the next keystroke, and each of its texts is seen once.
    let store = beside.store.get().filter(|_| !file.is_open(db));
    let key = store.map(|_| SummaryKey::of(text, dialect));
    let stored = store.zip(key.as_ref());
    if let Some(known) = stored.and_then(|(store, key)| store.get(key)) {
        return known;
    }
    let impatient = beside
        .cancelled
        .get(&file)
        .is_some_and(|times| *times >= PATIENCE);
    // The parser calls back from C, where a panic would abort the process: cancellation is caught
    // there and taken up again once C has returned.
    let mut stopped = None;
    let mut stop = || {
        if impatient {
            return false;
        }
        let poll = || db.unwind_if_revision_cancelled();
        match Cancelled::catch(AssertUnwindSafe(poll)) {
            Ok(()) => false,
            Err(cancelled) => {
                stopped = Some(cancelled);
                true
            }
        }
    };
    let hint = beside
        .trees
        .get(&file)
        .and_then(|kept| edited(&kept.0, &kept.1, text));
    let tree = dialect.parse(text, hint.as_ref(), &mut stop);
    let made = tree.and_then(|tree| {
        let made = summarise(text, &tree, dialect, &beside.statements, &mut stop);
        beside.trees.insert(file, (tree, text.clone()));
        made
    });
    if let Some(cancelled) = stopped {
        *beside.cancelled.entry(file).or_insert(0) += 1;
        resume_unwind(Box::new(cancelled));
    }
    beside.cancelled.remove(&file);
    if beside.statements.len() > MAX_STATEMENTS {
        beside.statements.clear();
    }
    if let (Some((store, key)), Some(made)) = (stored, &made) {
        store.put(key, file.path(db), made);
    }
    made.unwrap_or_default()
}

/// Runs something that asks now and then whether its answer is still wanted, from where it must not
/// panic; unwinds when it is not.
pub(crate) fn stoppable<R>(
    db: &dyn Db,
    run: impl FnOnce(&mut dyn FnMut() -> bool) -> Option<R>,
) -> Option<R> {
    let mut stopped = None;
    let mut stop = || {
        let poll = || db.unwind_if_revision_cancelled();
        match Cancelled::catch(AssertUnwindSafe(poll)) {
            Ok(()) => false,
            Err(cancelled) => {
                stopped = Some(cancelled);
                true
            }
        }
    };
    let made = run(&mut stop);
    if let Some(cancelled) = stopped {
        resume_unwind(Box::new(cancelled));
    }
    made
}

/// Functions of others that the bindings of a tree's repository say access objects.
#[salsa::tracked(returns(clone))]
fn named_wrappers(db: &dyn Db, tree: FileTree) -> Arc<[NamedWrapper]> {
    let repos = World::get(db).repos(db).iter();
    let is_its = |repo: &&RepoInput| {
        repo.tree(db) == tree || repo.baselines(db).values().any(|of| *of == tree)
    };
    let models = repos.filter(is_its).map(|repo| exports(db, *repo));
    let mut found: Vec<NamedWrapper> = Vec::new();
    for model in models.flat_map(|models| models.to_vec()) {
        for wrapper in crate::detectors::named_wrappers(&model.export) {
            if !found.contains(&wrapper) {
                found.push(wrapper);
            }
        }
    }
    found.into()
}

/// The tree of a file's text: the one its summary was made of, where that is at hand.
pub(crate) fn parsed(
    db: &dyn Db,
    file: SourceFile,
    dialect: Dialect,
    text: &Arc<str>,
    stop: &mut dyn FnMut() -> bool,
) -> Option<Tree> {
    let kept = db.beside().trees.get(&file);
    let kept = kept.and_then(|kept| Arc::ptr_eq(&kept.1, text).then(|| kept.0.clone()));
    kept.or_else(|| dialect.parse(text, None, stop))
}

/// Files that are not open need no tree.
pub(crate) fn forget_tree(db: &Database, file: SourceFile) {
    db.beside.trees.remove(&file);
}

/// An older tree, told of the one stretch in which the texts differ; `None` where they share
/// nothing worth telling.
fn edited(tree: &Tree, old: &str, new: &str) -> Option<Tree> {
    let mut start = common_prefix(old.as_bytes(), new.as_bytes());
    while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
        start -= 1;
    }
    let mut same = common_suffix(&old.as_bytes()[start..], &new.as_bytes()[start..]);
    while !old.is_char_boundary(old.len() - same) || !new.is_char_boundary(new.len() - same) {
        same -= 1;
    }
    let (old_end, new_end) = (old.len() - same, new.len() - same);
    let mut tree = tree.clone();
    let start_position = point(Point::default(), &old[..start]);
    tree.edit(&InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position,
        old_end_position: point(start_position, &old[start..old_end]),
        new_end_position: point(start_position, &new[start..new_end]),
    });
    Some(tree)
}

/// Bytes compared at once where two texts are mostly the same.
const BLOCK: usize = 256;

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK));
    let start = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a[start..].iter().zip(&b[start..]);
    start + rest.take_while(|(a, b)| a == b).count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK));
    let same = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    let rest = a.iter().rev().zip(b.iter().rev());
    same + rest.take_while(|(a, b)| a == b).count()
}

/// Where a text ends that begins at a point. tree-sitter's rows are counted by `\n` alone, its columns
/// in bytes.
fn point(from: Point, text: &str) -> Point {
    let rows = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    match memchr::memrchr(b'\n', text.as_bytes()) {
        Some(end) => Point::new(from.row + rows, text.len() - end - 1),
        None => Point::new(from.row, from.column + text.len()),
    }
}

#[salsa::tracked(returns(clone))]
pub(crate) fn interface(db: &dyn Db, file: SourceFile) -> Arc<Interface> {
    summary(db, file).interface
}

#[salsa::tracked(returns(clone))]
pub(crate) fn positions(db: &dyn Db, file: SourceFile) -> Arc<Positions> {
    summary(db, file).positions
}

#[salsa::tracked(returns(clone))]
pub(crate) fn definitions(db: &dyn Db, file: SourceFile, name: SmolStr) -> Definitions {
    definitions_in(&interface(db, file), &name)
}

#[salsa::tracked(returns(clone))]
fn definition_places(db: &dyn Db, file: SourceFile, name: SmolStr) -> Arc<[u32]> {
    definition_places_in(&interface(db, file), &name)
}

#[salsa::tracked(returns(copy))]
fn imports(db: &dyn Db, file: SourceFile, module: SmolStr) -> bool {
    interface(db, file).imports(&module)
}

#[salsa::tracked(returns(clone))]
fn calls(db: &dyn Db, file: SourceFile, name: SmolStr) -> Calls {
    calls_of(&interface(db, file), &name)
}

#[salsa::tracked(returns(clone))]
fn star_imports(db: &dyn Db, file: SourceFile) -> Arc<[SmolStr]> {
    star_imports_in(&interface(db, file))
}

#[salsa::tracked(returns(copy))]
fn module(db: &dyn Db, tree: FileTree, from: SourceFile, module: SmolStr) -> Option<FileId> {
    let path = from.path(db);
    let language = Dialect::of_path(path)?.language();
    let files = tree.files(db);
    candidates(path, &module, language, &projects(db, tree))
        .iter()
        .find_map(|path| files.by_path.get(path.as_str()))
        .copied()
}

/// What the configurations of a tree say that imports mean.
#[salsa::tracked(returns(clone))]
fn projects(db: &dyn Db, tree: FileTree) -> Arc<Projects> {
    let files = tree.files(db);
    let configs = files
        .by_path
        .iter()
        .filter(|(path, _)| is_project_file(path));
    let texts = configs.filter_map(|(path, id)| match files.get(*id)?.content(db) {
        Content::Text(text) => Some((&**path, &**text)),
        _ => None,
    });
    Arc::new(Projects::read(texts))
}

/// What a file calls, by last name, and by the names it imports under others.
#[salsa::tracked(returns(clone))]
fn called_names(db: &dyn Db, file: SourceFile) -> Arc<FxHashSet<SmolStr>> {
    let interface = interface(db, file);
    let mut names: FxHashSet<SmolStr> = FxHashSet::default();
    for facts in &interface.items {
        names.extend(
            facts
                .calls
                .iter()
                .filter_map(|call| call.callee_name().cloned()),
        );
        for import in &facts.imports {
            if let blue_detect::ImportItem::Named(name) = &import.item {
                names.insert(name.clone());
            }
        }
    }
    Arc::new(names)
}

/// The names of the methods of a file's classes.
#[salsa::tracked(returns(clone))]
fn method_names(db: &dyn Db, file: SourceFile) -> Arc<FxHashSet<SmolStr>> {
    let interface = interface(db, file);
    let functions = interface.items.iter().flat_map(|facts| &facts.functions);
    let methods = functions.filter(|function| function.class.is_some());
    Arc::new(methods.map(|function| function.name.clone()).collect())
}

/// The names of what a file's classes extend.
#[salsa::tracked(returns(clone))]
fn base_names(db: &dyn Db, file: SourceFile) -> Arc<FxHashSet<SmolStr>> {
    let interface = interface(db, file);
    let classes = interface.items.iter().flat_map(|facts| &facts.classes);
    let bases = classes.flat_map(|class| &class.bases);
    Arc::new(bases.filter_map(blue_detect::base_name).cloned().collect())
}

/// How many groups a tree's files make.
pub(crate) fn groups(db: &dyn Db, tree: FileTree) -> u32 {
    tree.files(db).list.len().div_ceil(GROUP) as u32
}

/// The files of a group that are in a language Blue reads.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// With their texts. That nobody types in them keeps the memo durable: a keystroke elsewhere
    /// does not even look at it.
    pub(crate) still: Arc<[(FileId, Arc<str>)]>,
    pub(crate) open: Arc<[(FileId, SourceFile)]>,
}

#[salsa::tracked(returns(clone), no_eq)]
pub(crate) fn group(db: &dyn Db, tree: FileTree, group: u32) -> Group {
    let files = tree.files(db);
    let start = group as usize * GROUP;
    let end = files.list.len().min(start + GROUP);
    let (mut still, mut open) = (Vec::new(), Vec::new());
    for index in start..end {
        let id = FileId(index as u32);
        let Some(file) = files.get(id) else { continue };
        if Dialect::of_path(file.path(db)).is_none() {
            continue;
        }
        if file.is_open(db) {
            open.push((id, file));
        } else if let Content::Text(text) = file.content(db) {
            still.push((id, text.clone()));
        }
    }
    Group {
        still: still.into(),
        open: open.into(),
    }
}

/// The files of a group that are worth looking into: that hold a word of the API tables, or name a
/// function that leads to one.
fn group_files(db: &dyn Db, tree: FileTree, group: u32) -> Arc<[FileId]> {
    relevant(db, tree, group, ROUNDS)
}

/// The same after so many rounds.
#[salsa::tracked(returns(clone))]
fn relevant(db: &dyn Db, tree: FileTree, number: u32, round: u32) -> Arc<[FileId]> {
    if round > 0 && is_settled(db, tree, round - 1) {
        return relevant(db, tree, number, round - 1);
    }
    let mut found = still_relevant(db, tree, number, round).to_vec();
    for (id, file) in group(db, tree, number).open.iter() {
        if is_relevant(db, tree, *file, round) {
            found.push(*id);
        }
    }
    found.sort_unstable();
    found.into()
}

/// Those of a group that nobody has open.
#[salsa::tracked(returns(clone))]
fn still_relevant(db: &dyn Db, tree: FileTree, number: u32, round: u32) -> Arc<[FileId]> {
    let group = group(db, tree, number);
    let known = match round {
        0 => Arc::default(),
        round => still_relevant(db, tree, number, round - 1),
    };
    let holds = |id: FileId, text: &str| {
        known.binary_search(&id).is_ok() || holds_words(db, tree, text, round)
    };
    let still = group.still.iter().filter(|(id, text)| holds(*id, text));
    still.map(|(id, _)| *id).collect()
}

/// Whether an open file is relevant.
#[salsa::tracked(returns(copy))]
fn is_relevant(db: &dyn Db, tree: FileTree, file: SourceFile, round: u32) -> bool {
    let Content::Text(text) = file.content(db) else {
        return false;
    };
    (0..=round).any(|round| holds_words(db, tree, text, round))
}

/// Whether a text holds a word that a round looks for: of the tables in the first, afterwards the
/// names found in the round before.
fn holds_words(db: &dyn Db, tree: FileTree, text: &str, round: u32) -> bool {
    match round {
        // A comment may state a value in a file that has no call in it.
        0 => holds_anchor(text) || states_a_value(text),
        round => {
            let led = led(db, tree, round - 1);
            led.search.as_ref().is_some_and(|search| search.finds(text))
        }
    }
}

/// What leads to a call of the tables, and a search for those who call it; the same while the leads
/// are.
#[derive(Debug, Clone)]
struct Led {
    sorted: Arc<[Lead]>,
    leads: Arc<Leads>,
    search: Option<Arc<CallSearch>>,
}

impl PartialEq for Led {
    fn eq(&self, other: &Led) -> bool {
        self.sorted == other.sorted
    }
}
impl Eq for Led {}

/// What is known to lead to one before anything is looked into.
fn seeds(db: &dyn Db, tree: FileTree) -> Vec<Lead> {
    let wrappers = named_wrappers(db, tree);
    wrappers.iter().map(NamedWrapper::lead).collect()
}

/// The functions that lead to a call of the tables, as far as so many rounds find them.
#[salsa::tracked(returns(ref))]
fn led(db: &dyn Db, tree: FileTree, round: u32) -> Led {
    if round > 0 && is_settled(db, tree, round - 1) {
        return led(db, tree, round - 1).clone();
    }
    let mut sorted: Vec<Lead> = match round {
        0 => seeds(db, tree),
        round => led(db, tree, round - 1).sorted.to_vec(),
    };
    for group in 0..groups(db, tree) {
        sorted.extend_from_slice(&group_leads(db, tree, group, round));
    }
    sorted.sort_unstable();
    sorted.dedup();
    let mut leads = Leads::default();
    for lead in &sorted {
        leads.insert(lead.clone());
    }
    let mut names: Vec<&str> = sorted.iter().map(|lead| lead.function.as_str()).collect();
    names.dedup();
    let search = (!names.is_empty())
        .then(|| CallSearch::new(names))
        .flatten();
    Led {
        search: search.map(Arc::new),
        sorted: sorted.into(),
        leads: Arc::new(leads),
    }
}

/// Whether a round found nothing that was not known before it: the rounds after it find nothing
/// either.
#[salsa::tracked(returns(copy))]
fn is_settled(db: &dyn Db, tree: FileTree, round: u32) -> bool {
    let found = led(db, tree, round);
    match round {
        0 => found.sorted.is_empty(),
        round => *found == *led(db, tree, round - 1),
    }
}

/// What of a group's files leads to a call of the tables, or of what the round before found.
#[salsa::tracked(returns(clone))]
fn group_leads(db: &dyn Db, tree: FileTree, group: u32, round: u32) -> Arc<[Lead]> {
    let files = tree.files(db);
    let mut found: Vec<Lead> = Vec::new();
    for file in relevant(db, tree, group, round).iter() {
        if let Some(file) = files.get(*file) {
            found.extend_from_slice(&file_leads(db, tree, file, round));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.into()
}

/// Those of a file.
#[salsa::tracked(returns(clone))]
fn file_leads(db: &dyn Db, tree: FileTree, file: SourceFile, round: u32) -> Arc<[Lead]> {
    let before = match round {
        0 => {
            let mut seeded = Leads::default();
            for seed in seeds(db, tree) {
                seeded.insert(seed);
            }
            Arc::new(seeded)
        }
        round => led(db, tree, round - 1).leads.clone(),
    };
    blue_detect::leads_in(&interface(db, file), &before, file.path(db)).into()
}

/// The names of all that leads to a call of the tables, with the parameters of those that take
/// addresses alone; nothing where the rounds did not find all.
#[salsa::tracked(returns(ref))]
fn lead_names(db: &dyn Db, tree: FileTree) -> Option<FxHashMap<SmolStr, Option<Arc<[Lead]>>>> {
    if !is_settled(db, tree, ROUNDS) {
        return None;
    }
    let found = led(db, tree, ROUNDS);
    let names = found.sorted.iter().map(|lead| lead.function.as_str());
    let with_addresses = |name| {
        let addresses = found.leads.addresses(name);
        (SmolStr::from(name), addresses.map(Into::into))
    };
    Some(names.map(with_addresses).collect())
}

/// Which files of a group speak of a name.
type ByName = FxHashMap<SmolStr, Vec<FileId>>;

fn by_name(
    db: &dyn Db,
    tree: FileTree,
    group: u32,
    names: impl Fn(SourceFile) -> Arc<FxHashSet<SmolStr>>,
) -> Arc<ByName> {
    let files = tree.files(db);
    let mut found = ByName::default();
    for id in group_files(db, tree, group).iter() {
        let Some(file) = files.get(*id) else { continue };
        for name in names(file).iter() {
            found.entry(name.clone()).or_default().push(*id);
        }
    }
    Arc::new(found)
}

#[salsa::tracked(returns(clone))]
fn group_callers(db: &dyn Db, tree: FileTree, group: u32) -> Arc<ByName> {
    by_name(db, tree, group, |file| called_names(db, file))
}

/// Who calls what, by groups: one memo for all names, so that a name costs no memo in each group.
#[salsa::tracked(returns(clone))]
fn all_callers(db: &dyn Db, tree: FileTree) -> Arc<[Arc<ByName>]> {
    let groups = 0..groups(db, tree);
    groups.map(|group| group_callers(db, tree, group)).collect()
}

fn named<'g>(groups: &'g [Arc<ByName>], name: &SmolStr) -> impl Iterator<Item = FileId> + 'g {
    let found = groups.iter().filter_map({
        let name = name.clone();
        move |group| group.get(&name)
    });
    found.flatten().copied()
}

#[salsa::tracked(returns(clone))]
fn callers(db: &dyn Db, tree: FileTree, name: SmolStr) -> Arc<[FileId]> {
    named(&all_callers(db, tree), &name).collect()
}

#[salsa::tracked(returns(clone))]
fn group_methods(db: &dyn Db, tree: FileTree, group: u32) -> Arc<ByName> {
    by_name(db, tree, group, |file| method_names(db, file))
}

/// Who has which method, by groups.
#[salsa::tracked(returns(clone))]
fn all_methods(db: &dyn Db, tree: FileTree) -> Arc<[Arc<ByName>]> {
    let groups = 0..groups(db, tree);
    groups.map(|group| group_methods(db, tree, group)).collect()
}

#[salsa::tracked(returns(clone))]
fn methods(db: &dyn Db, tree: FileTree, name: SmolStr) -> Methods {
    let files = tree.files(db);
    let mut found = Vec::new();
    for id in named(&all_methods(db, tree), &name) {
        let Some(file) = files.get(id) else { continue };
        for (facts, func) in methods_in(&interface(db, file), &name) {
            found.push((id, facts, func));
        }
    }
    // The only one that was looked into need not be the only one.
    if let [(only, ..)] = found.as_slice()
        && let Some(file) = files.get(*only)
        && let Some(dialect) = Dialect::of_path(file.path(db))
    {
        let mut groups = 0..groups(db, tree);
        let language = dialect.language();
        if groups.any(|group| group_may_define(db, tree, group, language, name.clone())) {
            return Methods::default();
        }
    }
    found.into()
}

#[salsa::tracked(returns(clone))]
fn group_bases(db: &dyn Db, tree: FileTree, group: u32) -> Arc<ByName> {
    by_name(db, tree, group, |file| base_names(db, file))
}

/// Who extends what, by groups.
#[salsa::tracked(returns(clone))]
fn all_bases(db: &dyn Db, tree: FileTree) -> Arc<[Arc<ByName>]> {
    let groups = 0..groups(db, tree);
    groups.map(|group| group_bases(db, tree, group)).collect()
}

#[salsa::tracked(returns(clone))]
fn subclasses(db: &dyn Db, tree: FileTree, name: SmolStr) -> Subclasses {
    let files = tree.files(db);
    let mut found = Vec::new();
    for id in named(&all_bases(db, tree), &name) {
        let Some(file) = files.get(id) else { continue };
        for (facts, class) in blue_detect::subclasses_in(&interface(db, file), &name) {
            found.push((id, facts, class));
        }
    }
    found.into()
}

/// Whether a file of a group that is not looked into may have a method of that name.
#[salsa::tracked(returns(copy))]
fn group_may_define(
    db: &dyn Db,
    tree: FileTree,
    group: u32,
    language: Language,
    name: SmolStr,
) -> bool {
    let files = tree.files(db);
    let read = group_files(db, tree, group);
    let start = group as usize * GROUP;
    let end = files.list.len().min(start + GROUP);
    (start..end).any(|index| {
        let id = FileId(index as u32);
        // First, so that the answer does not hang on the text of a file that is typed in.
        if read.binary_search(&id).is_ok() {
            return false;
        }
        let Some(file) = files.get(id) else {
            return false;
        };
        let dialect = Dialect::of_path(file.path(db));
        if dialect.is_none_or(|dialect| dialect.language() != language) {
            return false;
        }
        match file.content(db) {
            Content::Text(text) => may_define(text, language, &name),
            _ => false,
        }
    })
}

/// A tree of the database, as the resolver asks for it.
pub(crate) struct TreeProgram<'db> {
    pub(crate) db: &'db dyn Db,
    pub(crate) tree: FileTree,
}

impl TreeProgram<'_> {
    fn file(&self, file: FileId) -> Option<SourceFile> {
        self.tree.files(self.db).get(file)
    }
}

impl Program for TreeProgram<'_> {
    fn interface(&self, file: FileId) -> Arc<Interface> {
        self.file(file)
            .map(|file| interface(self.db, file))
            .unwrap_or_default()
    }

    fn definitions(&self, file: FileId, name: &str) -> Definitions {
        match self.file(file) {
            Some(file) => definitions(self.db, file, name.into()),
            None => Arc::new([]),
        }
    }

    fn definition_places(&self, file: FileId, name: &str) -> Arc<[u32]> {
        match self.file(file) {
            Some(file) => definition_places(self.db, file, name.into()),
            None => Arc::new([]),
        }
    }

    fn imports(&self, file: FileId, module: &str) -> bool {
        self.file(file)
            .is_some_and(|file| imports(self.db, file, module.into()))
    }

    fn calls(&self, file: FileId, name: &str) -> Calls {
        match self.file(file) {
            Some(file) => calls(self.db, file, name.into()),
            None => Arc::new([]),
        }
    }

    fn star_imports(&self, file: FileId) -> Arc<[SmolStr]> {
        match self.file(file) {
            Some(file) => star_imports(self.db, file),
            None => Arc::new([]),
        }
    }

    fn module(&self, from: FileId, name: &str) -> Option<FileId> {
        module(self.db, self.tree, self.file(from)?, name.into())
    }

    fn callers(&self, name: &str) -> Arc<[FileId]> {
        callers(self.db, self.tree, name.into())
    }

    fn methods(&self, name: &str) -> Methods {
        methods(self.db, self.tree, name.into())
    }

    fn subclasses(&self, name: &str) -> Subclasses {
        subclasses(self.db, self.tree, name.into())
    }

    fn leads(&self, name: &str) -> bool {
        let names = lead_names(self.db, self.tree).as_ref();
        names.is_none_or(|names| names.contains_key(name))
    }

    fn address_leads(&self, name: &str) -> Option<Arc<[Lead]>> {
        let names = lead_names(self.db, self.tree).as_ref();
        names.and_then(|names| names.get(name).cloned().flatten())
    }

    fn wrappers(&self) -> Arc<[NamedWrapper]> {
        named_wrappers(self.db, self.tree)
    }

    fn path(&self, file: FileId) -> Arc<str> {
        self.file(file)
            .map(|file| file.path(self.db).clone())
            .unwrap_or_default()
    }

    fn poll(&self) {
        self.db.unwind_if_revision_cancelled();
    }
}

/// The sites of a file, without their places.
#[salsa::tracked(returns(clone))]
fn file_sites(db: &dyn Db, tree: FileTree, file: FileId) -> Arc<[Site]> {
    let source = tree.files(db).get(file);
    if let Some(source) = source.filter(|source| source.is_open(db)) {
        return sites_by_parts(db, tree, file, source);
    }
    blue_detect::sites(&TreeProgram { db, tree }, file).into()
}

/// The sites of a file, in the order of its text.
#[salsa::tracked(returns(clone))]
pub(crate) fn placed_sites(db: &dyn Db, tree: FileTree, file: FileId) -> Arc<[PlacedSite]> {
    let Some(source) = tree.files(db).get(file) else {
        return Arc::new([]);
    };
    place_sites(&file_sites(db, tree, file), &positions(db, source)).into()
}

#[salsa::tracked(returns(clone))]
fn file_grants(db: &dyn Db, tree: FileTree, file: FileId) -> Arc<[Grant]> {
    blue_detect::grants(&TreeProgram { db, tree }, file).into()
}

/// The grants of a file, in the order of its text.
#[salsa::tracked(returns(clone))]
pub(crate) fn placed_grants(db: &dyn Db, tree: FileTree, file: FileId) -> Arc<[PlacedGrant]> {
    let Some(source) = tree.files(db).get(file) else {
        return Arc::new([]);
    };
    if let Content::Text(text) = source.content(db)
        && blue_detect::is_template(source.path(db))
    {
        return blue_detect::template_grants(text)
            .unwrap_or_default()
            .into();
    }
    place_grants(&file_grants(db, tree, file), &positions(db, source)).into()
}

/// The sites of some files, by file.
pub(crate) type SitesByFile = Arc<[(FileId, Arc<[PlacedSite]>)]>;

/// The sites of a group of a tree's files, in the order of the files' numbers.
#[salsa::tracked(returns(clone))]
pub(crate) fn group_sites(db: &dyn Db, tree: FileTree, group: u32) -> SitesByFile {
    let files = group_files(db, tree, group);
    let found = files
        .iter()
        .map(|file| (*file, placed_sites(db, tree, *file)));
    found.filter(|(_, sites)| !sites.is_empty()).collect()
}

/// How far the files of a group were looked into.
#[derive(Debug, Default)]
pub(crate) struct FileCounts {
    /// Those worth looking into.
    pub(crate) parsed: u32,
    /// Those in a language Blue reads that hold nothing it looks for.
    pub(crate) quiet: u32,
    /// Parsed ones with syntax errors.
    pub(crate) broken: Vec<Arc<str>>,
}

/// How far the files of a group were looked into. For one who asks of the whole tree, once: no memo.
pub(crate) fn file_counts(db: &dyn Db, tree: FileTree, number: u32) -> FileCounts {
    let files = tree.files(db);
    let all = group(db, tree, number);
    let parsed = group_files(db, tree, number);
    let mut counts = FileCounts {
        parsed: parsed.len() as u32,
        quiet: (all.still.len() + all.open.len()).saturating_sub(parsed.len()) as u32,
        broken: Vec::new(),
    };
    for file in parsed.iter().filter_map(|file| files.get(*file)) {
        if !positions(db, file).broken.is_empty() {
            counts.broken.push(file.path(db).clone());
        }
    }
    counts
}

/// A file that is not looked into: its path, the code of the finding, why.
pub(crate) type Unread = (Arc<str>, Code, Arc<str>);

/// The files of a group that could not be read, with the reason.
#[salsa::tracked(returns(clone))]
pub(crate) fn group_unreadable(db: &dyn Db, tree: FileTree, group: u32) -> Arc<[Unread]> {
    let files = tree.files(db);
    let start = group as usize * GROUP;
    let end = files.list.len().min(start + GROUP);
    let mut found = Vec::new();
    for file in files.list[start..end].iter().flatten() {
        // An open file is text, and what it says changes with every keystroke.
        if file.is_open(db) {
            continue;
        }
        if let Some((code, why)) = file.content(db).unread() {
            found.push((file.path(db).clone(), code, why.clone()));
        }
    }
    found.into()
}

/// Whether the statement at an offset of a file holds a syntax error.
pub(crate) fn broken_statements(db: &dyn Db, file: SourceFile) -> Vec<Span> {
    positions(db, file).broken.clone()
}

/// Lets a long loop over plain data end when its answer is no longer wanted.
pub(crate) fn poll(db: &dyn Db) {
    db.unwind_if_revision_cancelled();
}
