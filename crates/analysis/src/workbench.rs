//! What is worked out of a tree while the host answers one question: what names and calls are worth, for all memos that
//! come to them. A memo by itself would work all of it out again, for each file, in each step of the search for leads,
//! and for the sites once more; in a large program nearly all of it is the same.
//!
//! A memo must depend on all that its answer was made of, whoever worked it out. So each value is kept with what was
//! read of the tree on the way to it ([`Reads`]); who takes it reads that again through the database, and takes it only
//! where it is what it was. A keystroke finds the memos that hang on what it changes, and no others.
//!
//! The bench is gone when the question is answered: all that lasts is in memos. After a keystroke a few memos are made
//! anew that have little in common, and what they read would be written down for nobody: so the first [`FEW`] of a
//! question work by themselves.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use blue_detect::{
    Calls, Definitions, FileId, Holders, Interface, Known, Lead, Leads, Methods, NamedWrapper,
    Near, Program, Read, Subclasses, calls_of, definition_places_in, definitions_in,
    star_imports_in, tops_of,
};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::by_name::{Ask, Looked, question};
use crate::db::{Db, FileTree, TreePaths, module_in, projects, still_interface, tree_paths};
use crate::program::TreeProgram;
use crate::reads::Reads;
use crate::told::{Slice, leads_in};

/// More values than this are not kept: of a large tree they take more memory than all of its facts.
const MOST_VALUES: usize = 150_000;
/// So do more places in sets of what was read.
const MOST_READ: usize = 4_000_000;

thread_local! {
    /// The question that this thread answers; none between two questions.
    static AT_WORK: RefCell<Option<Work>> = const { RefCell::new(None) };
}

/// More memos than this of one question share what they find out.
const FEW: usize = 6;

/// How a question is being answered.
#[derive(Default)]
struct Work {
    /// Memos that looked into code.
    memos: usize,
    benches: Vec<Bench>,
}

/// Whether no more than a few memos have looked into code for the question.
fn are_few() -> bool {
    AT_WORK.with(|at_work| {
        let mut at_work = at_work.borrow_mut();
        at_work.as_mut().is_some_and(|work| {
            work.memos += 1;
            work.memos <= FEW
        })
    })
}

/// Looks into code with a slice of what there is to be told, while these files are looked into: what is found, and the
/// questions that were asked of the tree.
pub(crate) fn looking<'db, R>(
    db: &'db dyn Db,
    tree: FileTree,
    (looked, slice): (Looked<'db>, Slice<'db>),
    find: impl FnOnce(&mut Known, &dyn Program, &Leads) -> R,
) -> (R, Vec<u64>) {
    let leads = leads_in(db, slice);
    if are_few() {
        let program = TreeProgram::told(db, tree, looked, slice);
        let found = find(&mut Known::default(), &program, &leads);
        return (found, program.asked());
    }
    let program = BenchProgram::new(db, tree, (looked, slice), leads.clone());
    let found = program.find(|known, program| find(known, program, &leads));
    (found, program.finish())
}

/// Answers a question of the host. What is asked within another question is part of that.
pub(crate) fn answering<R>(answer: impl FnOnce() -> R) -> R {
    struct Until(bool);
    impl Drop for Until {
        fn drop(&mut self) {
            if self.0 {
                let _ = AT_WORK.with(RefCell::take);
            }
        }
    }
    let is_first = AT_WORK.with(|at_work| {
        let mut at_work = at_work.borrow_mut();
        let is_first = at_work.is_none();
        at_work.get_or_insert_default();
        is_first
    });
    let _until = Until(is_first);
    answer()
}

/// What is worked out of one tree.
struct Bench {
    tree: FileTree,
    known: Known,
    reads: Reads<What>,
    /// What those reads by name found that go by the tree as a whole.
    found: FxHashMap<u32, Found>,
    /// By question: the reads of it. With other files looked into, or told otherwise, it is another read.
    by_question: FxHashMap<u64, Vec<u32>>,
    still: FxHashMap<FileId, Still>,
    modules: FxHashMap<(FileId, SmolStr), Option<FileId>>,
}

impl Bench {
    fn new(tree: FileTree) -> Bench {
        Bench {
            tree,
            known: Known::default(),
            reads: Reads::default(),
            found: FxHashMap::default(),
            by_question: FxHashMap::default(),
            still: FxHashMap::default(),
            modules: FxHashMap::default(),
        }
    }

    /// The one of a tree that is at work.
    fn take(tree: FileTree) -> Bench {
        let known = AT_WORK.with(|at_work| {
            let mut at_work = at_work.borrow_mut();
            let benches = &mut at_work.as_mut()?.benches;
            let at = benches.iter().position(|bench| bench.tree == tree)?;
            Some(benches.swap_remove(at))
        });
        known.unwrap_or_else(|| Bench::new(tree))
    }

    fn put_back(mut self) {
        if self.known.remembers() > MOST_VALUES {
            self.known.tidy();
            if self.known.remembers() > MOST_VALUES / 2 {
                self.known = Known::default();
            }
        }
        if self.reads.size() > MOST_READ {
            self = Bench::new(self.tree);
        }
        AT_WORK.with(|at_work| {
            if let Some(work) = at_work.borrow_mut().as_mut() {
                work.benches.push(self);
            }
        });
    }
}

/// What is read of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum What {
    /// All that a file says: of one that lies still, whatever was asked.
    File(FileId),
    /// What binds a name in an open one.
    Definitions(FileId, SmolStr),
    Places(FileId, SmolStr),
    Packages(FileId),
    Calls(FileId, SmolStr),
    StarImports(FileId),
    /// What a question found; the number tells several answers apart.
    Named(Ask, SmolStr, u32),
    Wrappers,
}

/// What a question by name found.
#[derive(Debug, Clone, PartialEq)]
enum Found {
    Files(Arc<[FileId]>),
    Places(Methods),
    Names(Arc<[SmolStr]>),
    /// Whether it leads to a call of the tables, and by which parameters where these take addresses alone.
    /// The folders at the top that the leads of a name are in, and these where all of them take addresses alone.
    Leads(Arc<[SmolStr]>, Option<Arc<[Lead]>>),
}

/// A file that lies still.
struct Still {
    read: u32,
    interface: Arc<Interface>,
    definitions: FxHashMap<SmolStr, Definitions>,
}

/// A tree of which a slice is told, for one memo: it takes what others have worked out.
struct BenchProgram<'db> {
    db: &'db dyn Db,
    tree: FileTree,
    program: TreeProgram<'db>,
    paths: &'db TreePaths,
    leads: Arc<Leads>,
    bench: RefCell<Bench>,
    own: RefCell<Own>,
}

/// What this memo has read.
#[derive(Default)]
struct Own {
    /// By read: whether the database was asked.
    asked: Vec<bool>,
    /// By question: the read of it that holds here.
    now: FxHashMap<u64, u32>,
    /// By set of reads: whether all of them hold here.
    holds: FxHashMap<Read, bool>,
}

impl Own {
    /// Marks a read; whether it is the first of its kind.
    fn mark(&mut self, read: u32) -> bool {
        let at = read as usize;
        if self.asked.len() <= at {
            self.asked.resize(at + 64, false);
        }
        !std::mem::replace(&mut self.asked[at], true)
    }
}

impl<'db> BenchProgram<'db> {
    fn new(
        db: &'db dyn Db,
        tree: FileTree,
        (looked, slice): (Looked<'db>, Slice<'db>),
        leads: Arc<Leads>,
    ) -> BenchProgram<'db> {
        projects(db, tree);
        BenchProgram {
            db,
            tree,
            program: TreeProgram::told(db, tree, looked, slice),
            paths: tree_paths(db, tree),
            leads,
            bench: RefCell::new(Bench::take(tree)),
            own: RefCell::default(),
        }
    }

    /// Finds something out with what is known already. Unwinding leaves the bench behind: half of a value is none.
    fn find<R>(&self, find: impl FnOnce(&mut Known, &dyn Program) -> R) -> R {
        let mut known = std::mem::take(&mut self.bench.borrow_mut().known);
        let found = find(&mut known, self);
        self.bench.borrow_mut().known = known;
        found
    }

    /// The questions that were asked. What was worked out is there for the next memo.
    fn finish(self) -> Vec<u64> {
        self.bench.into_inner().put_back();
        self.program.asked()
    }

    /// Something of a file that lies still; `None` of one that is open.
    fn still<R>(&self, file: FileId, of: impl FnOnce(&mut Still) -> R) -> Option<R> {
        let mut bench = self.bench.borrow_mut();
        let bench = &mut *bench;
        if let Some(still) = bench.still.get_mut(&file)
            && !self.own.borrow_mut().mark(still.read)
        {
            bench.reads.note(still.read);
            return Some(of(still));
        }
        let interface = still_interface(self.db, self.tree, file)?;
        let read = bench.reads.number(&What::File(file));
        self.own.borrow_mut().mark(read);
        bench.reads.note(read);
        let still = bench.still.entry(file).or_insert_with(|| Still {
            read,
            interface,
            definitions: FxHashMap::default(),
        });
        Some(of(still))
    }

    /// Notes a read that the database was just asked.
    fn note(&self, what: &What) {
        let mut bench = self.bench.borrow_mut();
        let read = bench.reads.number(what);
        bench.reads.note(read);
        self.own.borrow_mut().mark(read);
    }

    /// What a question finds now, and the read that it is.
    fn ask(&self, ask: Ask, name: &str) -> u32 {
        let asked = question(ask, name);
        if let Some(read) = self.own.borrow().now.get(&asked) {
            return *read;
        }
        let program = &self.program;
        let found = match ask {
            Ask::Method => Found::Places(program.methods(name)),
            Ask::Base => Found::Places(program.subclasses(name)),
            Ask::Holder => Found::Places(program.holders(name)),
            Ask::Rename => Found::Names(program.other_names(name)),
            Ask::Lead => {
                program.asks(Ask::Lead, name);
                let leads = self.leads.of(name);
                let mut tops: Vec<_> = leads.iter().map(|it| it.home.top.clone()).collect();
                tops.sort_unstable();
                tops.dedup();
                let all = leads.iter().all(|lead| lead.address);
                Found::Leads(tops.into(), all.then(|| leads.into()))
            }
            Ask::Caller | Ask::Quiet => Found::Files(program.callers(name)),
        };
        let mut bench = self.bench.borrow_mut();
        let bench = &mut *bench;
        let known = bench.by_question.entry(asked).or_default();
        let same = known.iter().find(|read| bench.found[read] == found);
        let read = match same {
            Some(read) => *read,
            None => {
                let what = What::Named(ask, name.into(), known.len() as u32);
                let read = bench.reads.number(&what);
                known.push(read);
                bench.found.insert(read, found);
                read
            }
        };
        let mut own = self.own.borrow_mut();
        own.mark(read);
        own.now.insert(asked, read);
        read
    }

    fn found(&self, ask: Ask, name: &str) -> Found {
        let read = self.ask(ask, name);
        let mut bench = self.bench.borrow_mut();
        bench.reads.note(read);
        bench.found[&read].clone()
    }

    fn places(&self, ask: Ask, name: &str) -> Methods {
        match self.found(ask, name) {
            Found::Places(places) => places,
            _ => Methods::default(),
        }
    }

    /// Whether reading something finds what it found, with the database asked.
    fn is_as_read(&self, read: u32) -> bool {
        let what = self.bench.borrow().reads.what(read).clone();
        let program = &self.program;
        match &what {
            What::Named(ask, name, _) => return self.ask(*ask, name) == read,
            _ if !self.own.borrow_mut().mark(read) => {}
            What::File(file) => {
                still_interface(self.db, self.tree, *file);
            }
            What::Definitions(file, name) => drop(program.definitions(*file, name)),
            What::Places(file, name) => drop(program.definition_places(*file, name)),
            What::Packages(file) => drop(program.packages(*file)),
            What::Calls(file, name) => drop(program.calls(*file, name)),
            What::StarImports(file) => drop(program.star_imports(*file)),
            What::Wrappers => drop(program.wrappers()),
        }
        true
    }

    fn holds(&self, read: Read) -> bool {
        if read == Read::default() {
            return true;
        }
        if let Some(known) = self.own.borrow().holds.get(&read) {
            return *known;
        }
        let reads: Rc<[u32]> = self.bench.borrow().reads.of(read);
        let is_new = |read: &u32| {
            let own = self.own.borrow();
            !own.asked.get(*read as usize).copied().unwrap_or(false)
        };
        // Of a question that was asked here, only the answer that it had holds.
        let mut own = reads.iter();
        let holds =
            own.all(|read| (!is_new(read) && !self.is_named(*read)) || self.is_as_read(*read));
        self.own.borrow_mut().holds.insert(read, holds);
        holds
    }

    fn is_named(&self, read: u32) -> bool {
        matches!(self.bench.borrow().reads.what(read), What::Named(..))
    }
}

impl Program for BenchProgram<'_> {
    fn interface(&self, file: FileId) -> Arc<Interface> {
        self.still(file, |still| still.interface.clone())
            .unwrap_or_else(|| {
                self.note(&What::File(file));
                self.program.interface(file)
            })
    }

    fn definitions(&self, file: FileId, name: &str) -> Definitions {
        let still = self.still(file, |still| match still.definitions.get(name) {
            Some(known) => known.clone(),
            None => {
                let found = definitions_in(&still.interface, name);
                still.definitions.insert(name.into(), found.clone());
                found
            }
        });
        still.unwrap_or_else(|| {
            self.note(&What::Definitions(file, name.into()));
            self.program.definitions(file, name)
        })
    }

    fn definition_places(&self, file: FileId, name: &str) -> Arc<[u32]> {
        self.still(file, |it| definition_places_in(&it.interface, name))
            .unwrap_or_else(|| {
                self.note(&What::Places(file, name.into()));
                self.program.definition_places(file, name)
            })
    }

    fn packages(&self, file: FileId) -> Arc<[SmolStr]> {
        self.still(file, |still| still.interface.packages())
            .unwrap_or_else(|| {
                self.note(&What::Packages(file));
                self.program.packages(file)
            })
    }

    fn calls(&self, file: FileId, name: &str) -> Calls {
        self.still(file, |still| calls_of(&still.interface, name))
            .unwrap_or_else(|| {
                self.note(&What::Calls(file, name.into()));
                self.program.calls(file, name)
            })
    }

    fn star_imports(&self, file: FileId) -> Arc<[SmolStr]> {
        self.still(file, |still| star_imports_in(&still.interface))
            .unwrap_or_else(|| {
                self.note(&What::StarImports(file));
                self.program.star_imports(file)
            })
    }

    /// Which files there are is read by everybody, and so is what the configurations say.
    fn module(&self, from: FileId, name: &str) -> Option<FileId> {
        let mut bench = self.bench.borrow_mut();
        let key = (from, SmolStr::from(name));
        if let Some(known) = bench.modules.get(&key) {
            return *known;
        }
        let path = self.paths.of(from)?;
        let found = module_in(self.db, self.tree, path, name);
        bench.modules.insert(key, found);
        found
    }

    fn callers(&self, name: &str) -> Arc<[FileId]> {
        match self.found(Ask::Caller, name) {
            Found::Files(files) => files,
            _ => Arc::default(),
        }
    }

    fn methods(&self, name: &str) -> Methods {
        self.places(Ask::Method, name)
    }

    fn subclasses(&self, name: &str) -> Subclasses {
        self.places(Ask::Base, name)
    }

    fn holders(&self, name: &str) -> Holders {
        self.places(Ask::Holder, name)
    }

    fn other_names(&self, name: &str) -> Arc<[SmolStr]> {
        match self.found(Ask::Rename, name) {
            Found::Names(names) => names,
            _ => Arc::default(),
        }
    }

    fn leads(&self, name: &str, from: FileId) -> bool {
        let near = Near::of(self, from);
        match self.found(Ask::Lead, name) {
            Found::Leads(tops, _) => tops.iter().any(|top| near.is_under(top)),
            _ => false,
        }
    }

    fn tops(&self, file: FileId) -> Arc<[SmolStr]> {
        tops_of(self, file)
    }

    fn is_crowded(&self) -> bool {
        self.program.is_crowded()
    }

    fn address_leads(&self, name: &str, from: FileId) -> Option<Arc<[Lead]>> {
        let near = Near::of(self, from);
        let Found::Leads(_, Some(leads)) = self.found(Ask::Lead, name) else {
            return None;
        };
        let leads = leads.iter().filter(|lead| near.is_under(&lead.home.top));
        let leads: Arc<[Lead]> = leads.cloned().collect();
        (!leads.is_empty()).then_some(leads)
    }

    fn wrappers(&self) -> Arc<[NamedWrapper]> {
        self.note(&What::Wrappers);
        self.program.wrappers()
    }

    fn path(&self, file: FileId) -> Arc<str> {
        self.paths.of(file).cloned().unwrap_or_default()
    }

    fn poll(&self) {
        self.program.poll();
    }

    fn note(&self) {
        self.bench.borrow_mut().reads.begin();
    }

    fn noted(&self) -> Read {
        self.bench.borrow_mut().reads.end()
    }

    fn read_again(&self, read: Read) -> bool {
        let holds = self.holds(read);
        if holds {
            self.bench.borrow_mut().reads.note_all(read);
        }
        holds
    }
}
