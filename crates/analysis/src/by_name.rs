//! Who calls, has, extends and renames what, by name: what a file's code is asked of the tree around it. It goes
//! by groups of files, and names stand as hashes: whoever is found by one is asked for the name itself.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use blue_detect::{Facts, FileId};
use rustc_hash::FxHasher;

use crate::db::{Db, FileTree, SourceFile, interface, source_at};
use crate::parts::answers_by_parts;

/// What is asked of a tree by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    /// Which of its functions lead to a call of the tables.
    Lead,
    /// Which files call it.
    Caller,
    /// Which have a method of that name.
    Method,
    /// Which extend a class of that name.
    Base,
    /// Which have a class with an attribute of that name.
    Holder,
    /// Which give it another name.
    Rename,
    /// Which are open and are not looked into; the name is empty.
    Quiet,
}

/// A question, in a number.
pub(crate) fn question(ask: Ask, name: &str) -> u64 {
    let mut hasher = FxHasher::default();
    (ask, name).hash(&mut hasher);
    hasher.finish()
}

/// The questions that a file is an answer to. Sorted, each once.
#[salsa::tracked(returns(clone))]
pub(crate) fn answers_of(db: &dyn Db, file: SourceFile) -> Arc<[u64]> {
    let interface = interface(db, file);
    let mut found = match file.is_open(db) {
        true => answers_by_parts(db, file),
        false => answers_in(&interface.items),
    };
    found.sort_unstable();
    let is_answered = |question: &u64| found.binary_search(question).is_ok();
    // Of what it imports under another name, it answers by the name where that comes from as well.
    let imported = interface.imported_as().iter().flat_map(|(name, alias)| {
        let asked = [Ask::Caller, Ask::Rename].into_iter();
        let asked = asked.filter(|ask| is_answered(&question(*ask, alias)));
        asked.map(|ask| question(ask, name))
    });
    let imported: Vec<u64> = imported.collect();
    found.extend(imported);
    found.sort_unstable();
    found.dedup();
    found.into()
}

/// The questions that some statements are an answer to by the names that stand in them.
pub(crate) fn answers_in(items: &[Arc<Facts>]) -> Vec<u64> {
    let mut found = Vec::new();
    for facts in items {
        let called = blue_detect::called_in(facts);
        found.extend(called.map(|it| question(Ask::Caller, &it)));
        let methods = facts.functions.iter().filter(|it| it.is_method());
        found.extend(methods.map(|it| question(Ask::Method, &it.name)));
        let attributes = blue_detect::attributes_in(facts);
        found.extend(attributes.map(|it| question(Ask::Holder, it)));
        let bases = facts.classes.iter().flat_map(|class| &class.bases);
        let bases = bases.filter_map(blue_detect::base_name);
        found.extend(bases.map(|it| question(Ask::Base, it)));
        let renamed = blue_detect::renamed_in(facts);
        found.extend(renamed.map(|it| question(Ask::Rename, &it)));
    }
    found
}

/// Files that are looked into as they lay when they were last not open: those of one group of a tree. So a file that is
/// opened is still among them; what it says now is told apart ([`OpenAnswers`](crate::told::OpenAnswers)).
#[salsa::interned(revisions = usize::MAX)]
pub(crate) struct Listed<'db> {
    #[returns(ref)]
    pub(crate) files: Arc<[FileId]>,
}

impl<'db> Listed<'db> {
    /// Those that lie still.
    pub(crate) fn still(
        self,
        db: &'db dyn Db,
        tree: FileTree,
    ) -> impl Iterator<Item = (FileId, SourceFile)> {
        let files = self.files(db).iter();
        let files = files.filter_map(move |id| Some((*id, source_at(db, tree, *id)?)));
        files.filter(|(_, file)| !file.is_open(db))
    }
}

/// Those of all groups. What is found of a tree with the same files looked into is the same, however
/// they came to be looked into.
#[salsa::interned(revisions = usize::MAX)]
pub(crate) struct Looked<'db> {
    #[returns(ref)]
    pub(crate) groups: Arc<[Listed<'db>]>,
}

/// Questions with the files that answer them. Sorted.
type Answers = Arc<[(u64, FileId)]>;

#[salsa::tracked(returns(clone))]
fn group_answers<'db>(db: &'db dyn Db, tree: FileTree, listed: Listed<'db>) -> Answers {
    let mut found = Vec::new();
    for (id, file) in listed.still(db, tree) {
        found.extend(answers_of(db, file).iter().map(|question| (*question, id)));
    }
    found.sort_unstable();
    found.into()
}

/// By groups: one memo for all names, so that a name costs no memo in each group.
#[salsa::tracked(returns(clone))]
fn all_answers<'db>(db: &'db dyn Db, tree: FileTree, looked: Looked<'db>) -> Arc<[Answers]> {
    let groups = looked.groups(db).iter();
    let groups = groups.map(|listed| group_answers(db, tree, *listed));
    groups.collect()
}

/// The files that answer a question, of those that lie still and are looked into. Sorted.
#[salsa::tracked(returns(clone))]
pub(crate) fn still_answers<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    looked: Looked<'db>,
    question: u64,
) -> Arc<[FileId]> {
    let groups = all_answers(db, tree, looked);
    let found = groups.iter().flat_map(|group| {
        let start = group.partition_point(|(known, _)| *known < question);
        let found = group[start..].iter();
        let found = found.take_while(|(known, _)| *known == question);
        found.map(|(_, file)| *file)
    });
    found.collect()
}

/// Whether a file of a group may be an answer to a question.
pub(crate) fn is_answered_in<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    listed: Listed<'db>,
    question: u64,
) -> bool {
    let known = group_answers(db, tree, listed);
    known.binary_search_by_key(&question, |(it, _)| *it).is_ok()
}
