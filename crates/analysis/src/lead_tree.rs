//! Which files are looked into, and which names lead to a call of the tables: the rule of
//! `blue_detect`'s `leads.rs`, as memos. A round is a row of steps; each asks all files that the round
//! looks into for their leads, with what the step before had found.
//!
//! Each step is a memo over groups of files, and each group is asked with the [`Slice`] that it asks for.
//! A file's leads are no memo of a step: while what it is told is the same, so is what it says.

use std::sync::Arc;

use blue_detect::{
    CROWD, Called, Common, Dialect, FileId, LEAD_ROUNDS, Lead, Leads, NamedWrapper, RoundSearch,
    counts_for_crowd, leads_knowing,
};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::by_name::{Ask, Listed, Looked, answers_of, is_answered_in, question};
use crate::content::Content;
use crate::db::{
    Db, FileTree, SourceFile, group, groups, named_wrappers, source_at, still_interface, tree_paths,
};
use crate::parts::leads_by_parts;
use crate::told::{Asking, Code, Found, OpenAnswers, Slice, Told};
use crate::workbench::looking;

/// Where the search ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The last round that there was.
    round: u32,
    pub(crate) told: Arc<Told>,
}

#[salsa::tracked(returns(ref))]
pub(crate) fn settled(db: &dyn Db, tree: FileTree) -> Settled {
    let mut round = 0;
    while round < LEAD_ROUNDS as u32 && !round_names(db, tree, round + 1).is_empty() {
        round += 1;
    }
    let leads = round_end(db, tree, round);
    let told = Told::new(leads, open_answers(db, tree, round));
    Settled {
        round,
        told: Arc::new(told),
    }
}

/// The files that are looked into in the end, as they lay when they were last not open.
#[salsa::tracked(returns(copy))]
pub(crate) fn settled_files(db: &dyn Db, tree: FileTree) -> Looked<'_> {
    looked(db, tree, settled(db, tree).round)
}

/// The files of a group that are looked into: that hold a word of the API tables, or name a
/// function that leads to one. Sorted.
#[salsa::tracked(returns(clone))]
pub(crate) fn group_files(db: &dyn Db, tree: FileTree, number: u32) -> Arc<[FileId]> {
    let listed = settled_files(db, tree).groups(db)[number as usize];
    let mut found: Vec<FileId> = listed.still(db, tree).map(|(id, _)| id).collect();
    for (id, _) in group(db, tree, number).open.iter() {
        if is_looked_into(db, tree, *id) {
            found.push(*id);
        }
    }
    found.sort_unstable();
    found.into()
}

/// Whether an open file is looked into in the end.
#[salsa::tracked(returns(copy))]
pub(crate) fn is_looked_into(db: &dyn Db, tree: FileTree, file: FileId) -> bool {
    let source = source_at(db, tree, file);
    source.is_some_and(|source| is_looked(db, tree, source, settled(db, tree).round))
}

/// What is known at the start of a round, or after so many of its steps.
#[salsa::tracked(returns(clone))]
fn step(db: &dyn Db, tree: FileTree, round: u32, number: u32) -> Arc<Leads> {
    let Some(before) = number.checked_sub(1) else {
        return match round.checked_sub(1) {
            Some(before) => round_end(db, tree, before),
            None => Arc::new(seeds(db, tree)),
        };
    };
    let before = step(db, tree, round, before);
    let told = Told::new(before.clone(), open_answers(db, tree, round));
    let looked = looked(db, tree, round);
    let mut all: Option<Leads> = None;
    let mut take = |found: &[Lead]| {
        for lead in found {
            if !before.of(&lead.function).contains(lead) {
                let all = all.get_or_insert_with(|| (*before).clone());
                all.insert(lead.clone());
            }
        }
    };
    for (at, listed) in (0..).zip(looked.groups(db).iter()) {
        if listed.files(db).is_empty() {
            continue;
        }
        let is_called = |question: u64| is_answered_in(db, tree, *listed, question);
        let asking = Asking {
            code: Code::GroupLeads(tree, at),
            looked,
            told: &told,
            is_called: &is_called,
        };
        let find = |slice| group_leads(db, tree, *listed, looked, slice);
        take(&asking.find(db, find).found);
    }
    for (id, file) in open_files(db, tree).iter() {
        if is_looked(db, tree, *file, round) {
            take(&told_leads(db, tree, (*id, *file), looked, &told).found);
        }
    }
    all.map_or(before, Arc::new)
}

/// What is known when a round finds no more.
#[salsa::tracked(returns(clone))]
fn round_end(db: &dyn Db, tree: FileTree, round: u32) -> Arc<Leads> {
    let mut known = step(db, tree, round, 0);
    for number in 1.. {
        let next = step(db, tree, round, number);
        if next == known {
            break;
        }
        known = next;
    }
    known
}

/// What is known to lead to a call of the tables before anything is looked into.
fn seeds(db: &dyn Db, tree: FileTree) -> Leads {
    let wrappers = named_wrappers(db, tree);
    wrappers.iter().map(NamedWrapper::lead).collect()
}

/// The names whose callers a round looks into: those of what was found in the one before. Sorted.
#[salsa::tracked(returns(clone))]
fn round_names(db: &dyn Db, tree: FileTree, round: u32) -> Arc<[SmolStr]> {
    let names = match round.checked_sub(1) {
        None => seeds(db, tree).names_beyond(&Leads::default()),
        Some(before) => {
            let start = step(db, tree, before, 0);
            round_end(db, tree, before).names_beyond(&start)
        }
    };
    names.into()
}

/// The search for those who call what the round before has found: the same while the names are, and where they are from.
#[salsa::tracked(returns(ref))]
fn round_search(db: &dyn Db, tree: FileTree, round: u32) -> Option<RoundSearch> {
    let names = round_names(db, tree, round);
    let leads = step(db, tree, round, 0);
    RoundSearch::new(&names, &leads)
}

/// Why a round may look into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Begin {
    /// It does, whoever the file calls.
    OfInterest,
    Called(Called),
}

impl Begin {
    fn called(&self) -> Option<&Called> {
        match self {
            Begin::OfInterest => None,
            Begin::Called(called) => Some(called),
        }
    }
}

fn begin(
    db: &dyn Db,
    tree: FileTree,
    (path, content): (&str, &Content),
    round: u32,
) -> Option<Begin> {
    if round == 0 && content.is_of_interest() {
        return Some(Begin::OfInterest);
    }
    let search = round_search(db, tree, round).as_ref()?;
    content.called(path, search).map(Begin::Called)
}

/// The files of a group that a round may look into, and none before it does, as they lay when they were last not open.
/// Sorted.
#[salsa::tracked(returns(clone))]
fn still_begun(db: &dyn Db, tree: FileTree, number: u32, round: u32) -> Arc<[(FileId, Begin)]> {
    let before = round.checked_sub(1);
    let known = before.map_or_else(Arc::default, |it| still_looked(db, tree, number, it));
    let group = group(db, tree, number);
    let rest = group.at_rest.iter();
    let rest = rest.filter(|(id, _)| known.binary_search(id).is_err());
    let paths = tree_paths(db, tree);
    let begun = rest.filter_map(|(id, content)| {
        let file = (&**paths.of(*id)?, content);
        Some((*id, begin(db, tree, file, round)?))
    });
    begun.collect()
}

/// How many files of a group make a crowd, as they lay when they were last not open.
#[salsa::tracked(returns(copy))]
fn still_crowd(db: &dyn Db, tree: FileTree, number: u32) -> usize {
    let paths = tree_paths(db, tree);
    let begun = still_begun(db, tree, number, 0);
    let counted = begun.iter().filter(|(id, begin)| {
        matches!(begin, Begin::OfInterest) && paths.of(*id).is_some_and(|it| counts_for_crowd(it))
    });
    counted.count()
}

/// Whether the files are many programs side by side.
#[salsa::tracked(returns(copy))]
pub(crate) fn is_crowded(db: &dyn Db, tree: FileTree) -> bool {
    let groups = 0..groups(db, tree);
    let crowd: usize = groups.map(|number| still_crowd(db, tree, number)).sum();
    crowd > CROWD
}

/// How many files of a group call each name of a round, of those that none before looks into.
#[salsa::tracked(returns(clone))]
fn still_counts(db: &dyn Db, tree: FileTree, number: u32, round: u32) -> Arc<[u32]> {
    let Some(search) = round_search(db, tree, round) else {
        return Arc::default();
    };
    let begun = still_begun(db, tree, number, round);
    let called = begun.iter().filter_map(|(_, begin)| begin.called());
    search.count(called).into()
}

/// The names of a round that very many files call. What is open counts as it lay.
#[salsa::tracked(returns(ref))]
fn common(db: &dyn Db, tree: FileTree, round: u32) -> Common {
    let mut counts = vec![0; round_names(db, tree, round).len()];
    for number in 0..groups(db, tree) {
        let of_group = still_counts(db, tree, number, round);
        for (count, more) in counts.iter_mut().zip(of_group.iter()) {
            *count += more;
        }
    }
    Common::of(counts)
}

fn begins(db: &dyn Db, tree: FileTree, begin: &Begin, round: u32) -> bool {
    let called = begin.called();
    called.is_none_or(|called| called.counts(common(db, tree, round)))
}

/// The files of a group that a round looks into, as they lay when they were last not open. Sorted.
#[salsa::tracked(returns(clone))]
fn still_looked(db: &dyn Db, tree: FileTree, number: u32, round: u32) -> Arc<[FileId]> {
    let before = round.checked_sub(1);
    let known = before.map_or_else(Arc::default, |it| still_looked(db, tree, number, it));
    let begun = still_begun(db, tree, number, round);
    let begun = begun
        .iter()
        .filter(|(_, begin)| begins(db, tree, begin, round));
    let mut found: Vec<FileId> = known.iter().copied().collect();
    found.extend(begun.map(|(id, _)| *id));
    found.sort_unstable();
    found.into()
}

/// Those of all groups.
#[salsa::tracked(returns(copy))]
fn looked(db: &dyn Db, tree: FileTree, round: u32) -> Looked<'_> {
    let groups = 0..groups(db, tree);
    let groups = groups.map(|group| Listed::new(db, still_looked(db, tree, group, round)));
    Looked::new(db, groups.collect::<Arc<[_]>>())
}

/// Whether a round looks into an open file.
#[salsa::tracked(returns(copy))]
fn is_looked(db: &dyn Db, tree: FileTree, file: SourceFile, round: u32) -> bool {
    let content = file.content(db);
    let begins_in = |round| {
        let begin = begin(db, tree, (file.path(db), content), round);
        begin.is_some_and(|begin| begins(db, tree, &begin, round))
    };
    content.is_text() && (0..=round).any(begins_in)
}

/// The files that somebody has open, in a language that Blue reads. Sorted.
#[salsa::tracked(returns(clone))]
pub(crate) fn open_files(db: &dyn Db, tree: FileTree) -> Arc<[(FileId, SourceFile)]> {
    let groups = 0..groups(db, tree);
    let open = groups.flat_map(|number| group(db, tree, number).open.to_vec());
    open.collect()
}

/// What open files answer in a round.
#[salsa::tracked(returns(clone))]
fn open_answers(db: &dyn Db, tree: FileTree, round: u32) -> OpenAnswers {
    let mut found: FxHashMap<u64, Vec<FileId>> = FxHashMap::default();
    for (id, file) in open_files(db, tree).iter() {
        if !is_looked(db, tree, *file, round) {
            let quiet = found.entry(question(Ask::Quiet, "")).or_default();
            quiet.push(*id);
            continue;
        }
        for question in answers_of(db, *file).iter() {
            found.entry(*question).or_default().push(*id);
        }
    }
    let found = found.into_iter().map(|(it, files)| (it, files.into()));
    let mut found: Vec<(u64, Arc<[FileId]>)> = found.collect();
    found.sort_unstable();
    found.into()
}

/// The leads of the files of a group.
#[salsa::tracked(returns(clone))]
fn group_leads<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    listed: Listed<'db>,
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Lead> {
    let told = Told::of(db, slice);
    let (mut leads, mut asked) = (Vec::new(), Vec::new());
    for file in listed.still(db, tree) {
        let found = told_leads(db, tree, file, looked, &told);
        leads.extend_from_slice(&found.found);
        asked.extend_from_slice(&found.asked);
    }
    leads.sort_unstable();
    leads.dedup();
    Found::new(leads, asked)
}

/// The leads of a file, with what it asks for of what there is to be told.
fn told_leads<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (id, file): (FileId, SourceFile),
    looked: Looked<'db>,
    told: &Told,
) -> Found<Lead> {
    let answers = answers_of(db, file);
    let is_called = |question: u64| answers.binary_search(&question).is_ok();
    let asking = Asking {
        code: Code::FileLeads(tree, id),
        looked,
        told,
        is_called: &is_called,
    };
    asking.find(db, |slice| file_leads(db, tree, id, looked, slice))
}

#[salsa::tracked(returns(clone))]
fn file_leads<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    file: FileId,
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Lead> {
    if let Some(still) = still_interface(db, tree, file) {
        return statement_leads(db, tree, (file, &still.items), looked, slice);
    }
    match source_at(db, tree, file) {
        Some(source) => leads_by_parts(db, tree, (file, source), looked, slice),
        None => Found::new(Vec::new(), Vec::new()),
    }
}

/// Those of some statements of a file.
pub(crate) fn statement_leads<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, items): (FileId, &[Arc<blue_detect::Facts>]),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Lead> {
    let (found, mut asked) = looking(db, tree, (looked, slice), |known, program, told| {
        leads_knowing(known, program, file, items, told)
    });
    asked.extend(found.asked.iter().map(|name| question(Ask::Lead, name)));
    Found::new(found.leads, asked)
}

/// The language of a file, by its path.
pub(crate) fn language(path: &str) -> Option<blue_detect::Language> {
    Dialect::of_path(path).map(Dialect::language)
}
