//! A tree of the database, as the resolver asks for it, and the sites and grants that it finds there.
//!
//! What is found hangs on what was asked: facts of other files and what open files say by name, each a
//! memo of its own, and a [`Slice`] of what there is to be told of the whole tree.

use std::cell::RefCell;
use std::sync::Arc;

use blue_detect::{
    Calls, Definitions, FileId, Grant, Holders, Interface, Language, Lead, Leads, Methods,
    NamedWrapper, Near, PlacedGrant, PlacedSite, Program, Site, Statements, Subclasses, holders_in,
    is_test_path, methods_in, place_grants, place_sites, sites_knowing, subclasses_in, tops_of,
};
use rustc_hash::FxHashSet;

use crate::by_name::{Ask, Listed, Looked, answers_of, is_answered_in, question, still_answers};
use crate::db::{
    Db, FileTree, SourceFile, calls, definition_places, definitions, group, groups, interface,
    module, named_wrappers, packages, positions, source_at, star_imports, still_interface,
    tree_paths,
};
use crate::lead_tree::{is_looked_into, language, settled, settled_files};
use crate::parts::sites_by_parts;
use crate::told::{Asking, Code, Found, Slice, Told, leads_in};
use crate::workbench::looking;

/// A tree, for one who asks.
pub(crate) struct TreeProgram<'db> {
    db: &'db dyn Db,
    tree: FileTree,
    heard: Heard<'db>,
    asked: RefCell<FxHashSet<u64>>,
}

/// What is heard of the tree as a whole.
#[derive(Clone, Copy)]
enum Heard<'db> {
    /// Everything, as it is in the end.
    All,
    /// A slice, while these files are looked into.
    Slice(Looked<'db>, Slice<'db>),
}

impl<'db> TreeProgram<'db> {
    /// A tree as it is. What is found so is looked at with every keystroke.
    pub(crate) fn new(db: &'db dyn Db, tree: FileTree) -> TreeProgram<'db> {
        TreeProgram {
            db,
            tree,
            heard: Heard::All,
            asked: RefCell::default(),
        }
    }

    /// A tree of which a slice is told.
    pub(crate) fn told(
        db: &'db dyn Db,
        tree: FileTree,
        looked: Looked<'db>,
        slice: Slice<'db>,
    ) -> TreeProgram<'db> {
        TreeProgram {
            heard: Heard::Slice(looked, slice),
            ..TreeProgram::new(db, tree)
        }
    }

    /// The questions that were asked.
    pub(crate) fn asked(&self) -> Vec<u64> {
        self.asked.borrow().iter().copied().collect()
    }

    fn file(&self, file: FileId) -> Option<SourceFile> {
        source_at(self.db, self.tree, file)
    }

    fn looked(&self) -> Looked<'db> {
        match self.heard {
            Heard::All => settled_files(self.db, self.tree),
            Heard::Slice(looked, _) => looked,
        }
    }

    pub(crate) fn asks(&self, ask: Ask, name: &str) -> u64 {
        let question = question(ask, name);
        self.asked.borrow_mut().insert(question);
        question
    }

    /// The open files that answer a question.
    fn open(&self, question: u64) -> Arc<[FileId]> {
        match self.heard {
            Heard::All => settled(self.db, self.tree).told.open(question),
            Heard::Slice(_, slice) => slice.files(self.db, question),
        }
    }

    /// The files that answer a question. Sorted.
    fn files(&self, ask: Ask, name: &str) -> Arc<[FileId]> {
        let question = self.asks(ask, name);
        let still = still_answers(self.db, self.tree, self.looked(), question);
        let open = self.open(question);
        if open.is_empty() {
            return still;
        }
        let mut all: Vec<FileId> = still.iter().chain(open.iter()).copied().collect();
        all.sort_unstable();
        all.into()
    }

    /// Whether a file that is not looked into may have a method of that name.
    fn is_defined_elsewhere(&self, language: Language, name: &str) -> bool {
        let quiet = self.open(self.asks(Ask::Quiet, ""));
        let mut quiet = quiet.iter().filter_map(|file| self.file(*file));
        let name = smol_str::SmolStr::from(name);
        quiet.any(|file| open_may_define(self.db, file, language, name.clone()))
            || still_may_define(self.db, self.tree, self.looked(), (language, name))
    }

    /// Says something of what is known of the leads of a name.
    fn with_leads<R>(&self, name: &str, say: impl FnOnce(&Leads) -> R) -> R {
        self.asks(Ask::Lead, name);
        match self.heard {
            Heard::All => say(settled(self.db, self.tree).told.leads()),
            Heard::Slice(_, slice) => say(&leads_in(self.db, slice)),
        }
    }
}

/// Whether an open file that is not looked into may have a method of that name.
#[salsa::tracked(returns(copy))]
fn open_may_define(db: &dyn Db, file: SourceFile, of: Language, name: smol_str::SmolStr) -> bool {
    let path = file.path(db);
    language(path) == Some(of) && !is_test_path(path) && file.content(db).may_define(of, &name)
}

/// Whether one that lies still may.
#[salsa::tracked(returns(copy))]
fn still_may_define<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    looked: Looked<'db>,
    method: (Language, smol_str::SmolStr),
) -> bool {
    let groups = looked.groups(db).iter();
    (0..).zip(groups).any(|(number, listed)| {
        group_may_define(db, tree, (number, *listed), method.0, method.1.clone())
    })
}

#[salsa::tracked(returns(copy))]
fn group_may_define<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (number, listed): (u32, Listed<'db>),
    of: Language,
    name: smol_str::SmolStr,
) -> bool {
    let looked_into = listed.files(db);
    let paths = tree_paths(db, tree);
    let group = group(db, tree, number);
    group.still.iter().any(|(id, content)| {
        looked_into.binary_search(id).is_err()
            && content.may_define(of, &name)
            && paths
                .of(*id)
                .is_some_and(|path| language(path) == Some(of) && !is_test_path(path))
    })
}

/// The methods of a name in the files that lie still.
#[salsa::tracked(returns(clone))]
fn still_methods<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    looked: Looked<'db>,
    name: smol_str::SmolStr,
) -> Methods {
    let files = still_answers(db, tree, looked, question(Ask::Method, &name));
    methods_of(db, tree, &files, &name)
}

fn methods_of(db: &dyn Db, tree: FileTree, files: &[FileId], name: &str) -> Methods {
    let mut found = Vec::new();
    for id in files {
        let Some(file) = source_at(db, tree, *id) else {
            continue;
        };
        for (facts, func) in methods_in(&interface(db, file), name) {
            found.push((*id, facts, func));
        }
    }
    found.into()
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

    fn packages(&self, file: FileId) -> Arc<[smol_str::SmolStr]> {
        match self.file(file) {
            Some(file) => packages(self.db, file),
            None => Arc::new([]),
        }
    }

    fn calls(&self, file: FileId, name: &str) -> Calls {
        match self.file(file) {
            Some(file) => calls(self.db, file, name.into()),
            None => Arc::new([]),
        }
    }

    fn star_imports(&self, file: FileId) -> Arc<[smol_str::SmolStr]> {
        match self.file(file) {
            Some(file) => star_imports(self.db, file),
            None => Arc::new([]),
        }
    }

    fn module(&self, from: FileId, name: &str) -> Option<FileId> {
        module(self.db, self.tree, self.file(from)?, name.into())
    }

    fn callers(&self, name: &str) -> Arc<[FileId]> {
        self.files(Ask::Caller, name)
    }

    fn methods(&self, name: &str) -> Methods {
        let open = self.open(self.asks(Ask::Method, name));
        let found = match open.is_empty() {
            true => still_methods(self.db, self.tree, self.looked(), name.into()),
            false => methods_of(self.db, self.tree, &self.files(Ask::Method, name), name),
        };
        // The only one that was looked into need not be the only one.
        if let [(only, ..)] = &*found
            && let Some(only) = language(&self.path(*only))
            && self.is_defined_elsewhere(only, name)
        {
            return Methods::default();
        }
        found
    }

    fn subclasses(&self, name: &str) -> Subclasses {
        let mut found = Vec::new();
        for id in self.files(Ask::Base, name).iter() {
            let Some(file) = self.file(*id) else { continue };
            for (facts, class) in subclasses_in(&interface(self.db, file), name) {
                found.push((*id, facts, class));
            }
        }
        found.into()
    }

    fn holders(&self, name: &str) -> Holders {
        let mut found = Vec::new();
        for id in self.files(Ask::Holder, name).iter() {
            let Some(file) = self.file(*id) else { continue };
            for (facts, class) in holders_in(&interface(self.db, file), name) {
                found.push((*id, facts, class));
            }
        }
        found.into()
    }

    fn other_names(&self, name: &str) -> Arc<[smol_str::SmolStr]> {
        let mut found = Vec::new();
        for id in self.files(Ask::Rename, name).iter() {
            let Some(file) = self.file(*id) else { continue };
            for other in blue_detect::other_names_in(&interface(self.db, file), name) {
                if !found.contains(&other) {
                    found.push(other);
                }
            }
        }
        found.into()
    }

    fn leads(&self, name: &str, from: FileId) -> bool {
        self.with_leads(name, |leads| leads.leads_from(name, &Near::of(self, from)))
    }

    fn tops(&self, file: FileId) -> Arc<[smol_str::SmolStr]> {
        tops_of(self, file)
    }

    fn is_crowded(&self) -> bool {
        crate::lead_tree::is_crowded(self.db, self.tree)
    }

    fn address_leads(&self, name: &str, from: FileId) -> Option<Arc<[Lead]>> {
        let near = Near::of(self, from);
        self.with_leads(name, |leads| leads.addresses_from(name, &near))
    }

    fn wrappers(&self) -> Arc<[NamedWrapper]> {
        named_wrappers(self.db, self.tree)
    }

    fn path(&self, file: FileId) -> Arc<str> {
        let path = tree_paths(self.db, self.tree).of(file);
        path.cloned().unwrap_or_default()
    }

    fn poll(&self) {
        self.db.unwind_if_revision_cancelled();
    }
}

/// The sites of a file, with a slice of what there is to be told. Without their places.
#[salsa::tracked(returns(clone))]
fn sliced_sites<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    file: FileId,
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Site> {
    if let Some(still) = still_interface(db, tree, file) {
        let statements = Statements {
            items: &still.items,
            first: &|| 0,
        };
        return statement_sites(db, tree, (file, &statements), looked, slice);
    }
    match source_at(db, tree, file) {
        Some(source) => sites_by_parts(db, tree, (file, source), looked, slice),
        None => Found::new(Vec::new(), Vec::new()),
    }
}

/// Those of some statements of a file.
pub(crate) fn statement_sites<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, statements): (FileId, &Statements<'_>),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Site> {
    let (found, asked) = looking(db, tree, (looked, slice), |known, program, _| {
        sites_knowing(known, program, file, statements)
    });
    Found::new(found, asked)
}

/// The same, with what it asks for.
fn told_sites<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, source): (FileId, SourceFile),
    looked: Looked<'db>,
    told: &Told,
) -> Found<Site> {
    let answers = answers_of(db, source);
    let is_called = |question: u64| answers.binary_search(&question).is_ok();
    let asking = Asking {
        code: Code::FileSites(tree, file),
        looked,
        told,
        is_called: &is_called,
    };
    asking.find(db, |slice| sliced_sites(db, tree, file, looked, slice))
}

/// The sites of a file, in the order of its text.
#[salsa::tracked(returns(clone))]
pub(crate) fn placed_sites(db: &dyn Db, tree: FileTree, file: FileId) -> Arc<[PlacedSite]> {
    let Some(source) = source_at(db, tree, file) else {
        return Arc::new([]);
    };
    let told = &settled(db, tree).told;
    let looked = settled_files(db, tree);
    let found = told_sites(db, tree, (file, source), looked, told);
    place_sites(&found.found, &positions(db, source)).into()
}

/// The sites of some files, by file.
pub(crate) type SitesByFile = Arc<[(FileId, Arc<[PlacedSite]>)]>;

/// The sites of a group of a tree's files, in the order of the files' numbers. No memo: for one who asks
/// of the whole tree.
pub(crate) fn group_sites(db: &dyn Db, tree: FileTree, number: u32) -> SitesByFile {
    let still = still_group_sites(db, tree, number);
    let group = group(db, tree, number);
    let open = open_sites(db, tree, group.open.iter().map(|(id, _)| *id));
    if open.is_empty() {
        return still;
    }
    let mut all = [&*still, &*open].concat();
    all.sort_unstable_by_key(|(id, _)| *id);
    all.into()
}

/// The sites of those files of a tree that are open, of these.
pub(crate) fn open_sites(
    db: &dyn Db,
    tree: FileTree,
    open: impl Iterator<Item = FileId>,
) -> Vec<(FileId, Arc<[PlacedSite]>)> {
    let open = open.filter(|id| is_looked_into(db, tree, *id));
    let open = open.map(|id| (id, placed_sites(db, tree, id)));
    open.filter(|(_, sites)| !sites.is_empty()).collect()
}

/// The sites of the files of a group that lie still, in the order of their numbers.
#[salsa::tracked(returns(clone))]
pub(crate) fn still_group_sites(db: &dyn Db, tree: FileTree, number: u32) -> SitesByFile {
    let told = &settled(db, tree).told;
    let looked = settled_files(db, tree);
    let listed = looked.groups(db)[number as usize];
    let is_called = |question: u64| is_answered_in(db, tree, listed, question);
    let asking = Asking {
        code: Code::GroupSites(tree, number),
        looked,
        told,
        is_called: &is_called,
    };
    let still = asking.find(db, |slice| still_sites(db, tree, listed, looked, slice));
    still.found
}

/// The path of a file, and its sites.
pub type FileSites = (Arc<str>, Arc<[PlacedSite]>);

/// The sites of all files that have any. For one who asks of the whole tree, once: no memo.
pub(crate) fn all_sites(db: &dyn Db, tree: FileTree) -> Vec<FileSites> {
    let files = tree.files(db);
    let mut found = Vec::new();
    for number in 0..groups(db, tree) {
        for (id, sites) in group_sites(db, tree, number).iter() {
            if let Some(file) = files.get(*id) {
                found.push((file.path(db).clone(), sites.clone()));
            }
        }
    }
    found
}

/// The same, with a slice of what there is to be told.
#[salsa::tracked(returns(clone))]
fn still_sites<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    listed: Listed<'db>,
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<(FileId, Arc<[PlacedSite]>)> {
    let told = Told::of(db, slice);
    let (mut by_file, mut asked) = (Vec::new(), Vec::new());
    for (id, source) in listed.still(db, tree) {
        let found = told_sites(db, tree, (id, source), looked, &told);
        asked.extend_from_slice(&found.asked);
        // A comment may state what no call does.
        let placed = place_sites(&found.found, &positions(db, source));
        if !placed.is_empty() {
            by_file.push((id, placed.into()));
        }
    }
    Found::new(by_file, asked)
}

#[salsa::tracked(returns(clone))]
fn file_grants(db: &dyn Db, tree: FileTree, file: FileId) -> Arc<[Grant]> {
    blue_detect::grants(&TreeProgram::new(db, tree), file).into()
}

/// The grants of a file, in the order of its text.
#[salsa::tracked(returns(clone))]
pub(crate) fn placed_grants(db: &dyn Db, tree: FileTree, file: FileId) -> Arc<[PlacedGrant]> {
    let Some(source) = source_at(db, tree, file) else {
        return Arc::new([]);
    };
    if blue_detect::is_template(source.path(db))
        && let Some(text) = source.content(db).as_text()
    {
        return blue_detect::template_grants(text)
            .unwrap_or_default()
            .into();
    }
    place_grants(&file_grants(db, tree, file), &positions(db, source)).into()
}
