//! The database of inputs and of what follows from them.
//!
//! Inputs are set by the host as plain data; everything else is a memoised pure function of them,
//! invalidated and cut off by `salsa`. What was measured of it decides the shape: no memo depends on
//! more than about a hundred others, so what speaks of a whole tree fans in by groups of files.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, OnceLock};

use blue_detect::{
    Calls, Definitions, Dialect, FileId, Interface, NamedWrapper, Positions, Projects,
    StatementCache, Summary, SummaryStore, calls_of, candidates, definition_places_in,
    definitions_in, is_project_file, star_imports_in, summarise,
};
use blue_realm::config::ParsedConfig;
use blue_realm::{Date, Realm};
use blue_text::Span;
use dashmap::DashMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use salsa::Cancelled;
use smol_str::SmolStr;
use tree_sitter::{InputEdit, Point, Tree};

use crate::checkout::Checkout;
use crate::content::Content;
use crate::contract::exports;
use crate::finding::{Code, Severity};
use crate::host::BaselineStands;
use crate::lead_tree::group_files;
use crate::pending::PendingChange;
use crate::realm_findings::{RealmProposal, ToldFiles};
use crate::told::{Code as Asker, Hints};
use crate::under_way::LastWhole;

/// Files in one group of the fan-in.
pub(crate) const GROUP: usize = 100;
/// A parse that newer edits cancelled this often may finish: somebody who types on for ever must
/// see something some time.
const PATIENCE: u8 = 3;

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
    /// What it held when it was last not open: by which it is decided that it is looked into. With a file that somebody
    /// opens, or types the name of an SDK into, the whole search for leads would begin anew.
    #[returns(ref)]
    pub(crate) at_rest: Content,
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

/// The paths of a tree's files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TreePaths {
    by_path: FxHashMap<Arc<str>, FileId>,
    by_file: Vec<Option<Arc<str>>>,
}

impl TreePaths {
    pub(crate) fn of(&self, file: FileId) -> Option<&Arc<str>> {
        self.by_file.get(file.0 as usize)?.as_ref()
    }
}

/// A set of files that may name each other: a working tree, or a tree at a commit. Any change of the list reaches
/// whoever reads it: what is found of a file reads [`source_at`], [`still_interface`] and [`tree_paths`], which are the
/// same for all others when another file is put in the place of one.
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
    /// Those of them whose commits are not part of HEAD.
    #[returns(ref)]
    pub(crate) parted: Arc<[(SmolStr, BaselineStands)]>,
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
    /// What repositories were about to make of their contracts when their open files were last whole. Asked for while they
    /// are not.
    #[returns(ref)]
    pub(crate) last_whole: LastWhole,
}

#[salsa::db]
pub(crate) trait Db: salsa::Database {
    fn beside(&self) -> &Beside;
}

/// What stands beside the database: hints and caches by content, which never change an answer.
#[derive(Default)]
pub(crate) struct Beside {
    trees: DashMap<SourceFile, (Tree, Arc<str>), FxBuildHasher>,
    statements: StatementCache,
    cancelled: DashMap<SourceFile, u8, FxBuildHasher>,
    /// Summaries of files that lie still, by their texts: set once, before anything is asked.
    pub(crate) store: OnceLock<Arc<dyn SummaryStore>>,
    /// What code asked for when it was looked into the last time.
    pub(crate) asked: DashMap<Asker, Hints, FxBuildHasher>,
    /// What was told of the files of realms.
    pub(crate) told: DashMap<RealmInput, Arc<ToldFiles>, FxBuildHasher>,
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
    let content = file.content(db);
    let beside = db.beside();
    // A file that is typed in needs its tree for the next keystroke, and each of its texts is seen once.
    let store = beside.store.get().filter(|_| !file.is_open(db));
    let key = store.and_then(|_| content.summary_key(dialect));
    let stored = store.zip(key.as_ref());
    if let Some(known) = stored.and_then(|(store, key)| store.get(key)) {
        return known;
    }
    let Some(text) = content.as_text() else {
        return Summary::default();
    };
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
        // Of a large package the trees take more memory than all else together.
        if file.is_open(db) {
            beside.trees.insert(file, (tree, text.clone()));
        }
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
pub(crate) fn named_wrappers(db: &dyn Db, tree: FileTree) -> Arc<[NamedWrapper]> {
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
pub(crate) fn definition_places(db: &dyn Db, file: SourceFile, name: SmolStr) -> Arc<[u32]> {
    definition_places_in(&interface(db, file), &name)
}

#[salsa::tracked(returns(clone))]
pub(crate) fn packages(db: &dyn Db, file: SourceFile) -> Arc<[SmolStr]> {
    interface(db, file).packages()
}

#[salsa::tracked(returns(clone))]
pub(crate) fn calls(db: &dyn Db, file: SourceFile, name: SmolStr) -> Calls {
    calls_of(&interface(db, file), &name)
}

#[salsa::tracked(returns(clone))]
pub(crate) fn star_imports(db: &dyn Db, file: SourceFile) -> Arc<[SmolStr]> {
    star_imports_in(&interface(db, file))
}

#[salsa::tracked(returns(copy))]
pub(crate) fn module(
    db: &dyn Db,
    tree: FileTree,
    from: SourceFile,
    module: SmolStr,
) -> Option<FileId> {
    module_in(db, tree, from.path(db), &module)
}

/// The file that a module means to a file at a path.
pub(crate) fn module_in(db: &dyn Db, tree: FileTree, path: &str, module: &str) -> Option<FileId> {
    let language = Dialect::of_path(path)?.language();
    let paths = tree_paths(db, tree);
    candidates(path, module, language, &projects(db, tree))
        .iter()
        .find_map(|path| paths.by_path.get(path.as_str()))
        .copied()
}

/// Which files a tree has, by their paths.
#[salsa::tracked(returns(ref))]
pub(crate) fn tree_paths(db: &dyn Db, tree: FileTree) -> TreePaths {
    let files = tree.files(db);
    let path = |file: &Option<SourceFile>| file.map(|file| file.path(db).clone());
    TreePaths {
        by_path: files.by_path.clone(),
        by_file: files.list.iter().map(path).collect(),
    }
}

/// A file of a tree.
#[salsa::tracked(returns(copy))]
pub(crate) fn source_at(db: &dyn Db, tree: FileTree, file: FileId) -> Option<SourceFile> {
    tree.files(db).get(file)
}

/// What a file says that lies still; nothing of one that is open, or not there.
#[salsa::tracked(returns(clone))]
pub(crate) fn still_interface(db: &dyn Db, tree: FileTree, file: FileId) -> Option<Arc<Interface>> {
    let source = tree.files(db).get(file)?;
    (!source.is_open(db)).then(|| interface(db, source))
}

/// What the configurations of a tree say that imports mean.
#[salsa::tracked(returns(clone))]
pub(crate) fn projects(db: &dyn Db, tree: FileTree) -> Arc<Projects> {
    let files = tree.files(db);
    let configs = files
        .by_path
        .iter()
        .filter(|(path, _)| is_project_file(path));
    let texts = configs.filter_map(|(path, id)| {
        let text = files.get(*id)?.content(db).as_text()?;
        Some((&**path, &**text))
    });
    let paths = files.by_path.keys().map(|path| &**path);
    Arc::new(Projects::read(texts, paths))
}

/// How many groups a tree's files make.
pub(crate) fn groups(db: &dyn Db, tree: FileTree) -> u32 {
    tree.files(db).list.len().div_ceil(GROUP) as u32
}

/// The files of a group that are in a language Blue reads.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// With what is known of their texts. That nobody types in them keeps the memo durable: a keystroke
    /// elsewhere does not even look at it.
    pub(crate) still: Arc<[(FileId, Content)]>,
    pub(crate) open: Arc<[(FileId, SourceFile)]>,
    /// All of them, as they lay when they were last not open.
    pub(crate) at_rest: Arc<[(FileId, Content)]>,
}

#[salsa::tracked(returns(clone), no_eq)]
pub(crate) fn group(db: &dyn Db, tree: FileTree, group: u32) -> Group {
    let files = tree.files(db);
    let start = group as usize * GROUP;
    let end = files.list.len().min(start + GROUP);
    let (mut still, mut open, mut at_rest) = (Vec::new(), Vec::new(), Vec::new());
    for index in start..end {
        let id = FileId(index as u32);
        let Some(file) = files.get(id) else { continue };
        // Nothing runs in JSON: it is read where code imports it.
        if Dialect::of_program(file.path(db)).is_none() {
            continue;
        }
        if file.at_rest(db).is_text() {
            at_rest.push((id, file.at_rest(db).clone()));
        }
        if file.is_open(db) {
            open.push((id, file));
        } else if file.content(db).is_text() {
            still.push((id, file.content(db).clone()));
        }
    }
    Group {
        still: still.into(),
        open: open.into(),
        at_rest: at_rest.into(),
    }
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
        // An open file is text, and what it says changes with every keystroke. JSON that is no text, or large, is data.
        if file.is_open(db) || Dialect::of_path(file.path(db)) == Some(Dialect::Json) {
            continue;
        }
        if let Some((code, why)) = file.content(db).unread() {
            found.push((file.path(db).clone(), code, why.clone()));
        }
    }
    found.into()
}

/// Those of a tree. Asked for each contract with each keystroke.
#[salsa::tracked(returns(clone))]
pub(crate) fn unreadable(db: &dyn Db, tree: FileTree) -> Arc<[Unread]> {
    let groups = (0..groups(db, tree)).map(|group| group_unreadable(db, tree, group));
    groups.flat_map(|group| group.to_vec()).collect()
}

/// Whether the statement at an offset of a file holds a syntax error.
pub(crate) fn broken_statements(db: &dyn Db, file: SourceFile) -> Vec<Span> {
    positions(db, file).broken.clone()
}

/// Lets a long loop over plain data end when its answer is no longer wanted.
pub(crate) fn poll(db: &dyn Db) {
    db.unwind_if_revision_cancelled();
}
