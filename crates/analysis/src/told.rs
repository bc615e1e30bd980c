//! What code is told of the tree around it: which names lead to a call of the tables, and what open
//! files add to who calls, has and extends what.
//!
//! All of that may change with a keystroke, and nearly no code hears of it. So code is looked into with
//! the [`Slice`] of it that it asks for, as a value: while that is the same, what was found is the same,
//! and the database does not even look at it. What will be asked is not known before, so the slice grows
//! until nothing outside of it was asked for ([`with_slice`]).

use std::sync::Arc;

use blue_detect::{FileId, Lead, Leads};

use crate::by_name::{Ask, question};
use crate::db::{Db, poll};

/// What open files answer: the questions, with the files. Sorted.
pub(crate) type OpenAnswers = Arc<[(u64, Arc<[FileId]>)]>;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    leads: Arc<Leads>,
    /// The names that lead anywhere: the questions whether they do and who calls them. Sorted.
    names: Vec<(u64, u64, smol_str::SmolStr)>,
    open: OpenAnswers,
}

impl Told {
    pub(crate) fn new(leads: Arc<Leads>, open: OpenAnswers) -> Told {
        let names = leads.names();
        let names = names.map(|name| {
            let asked = question(Ask::Lead, name);
            (asked, question(Ask::Caller, name), name.clone())
        });
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        Told { leads, names, open }
    }

    /// All there is in a slice.
    pub(crate) fn of(db: &dyn Db, slice: Slice<'_>) -> Told {
        Told::new(leads_in(db, slice), slice.open(db).clone())
    }

    pub(crate) fn leads(&self) -> &Leads {
        &self.leads
    }

    /// The open files that answer a question.
    pub(crate) fn open(&self, question: u64) -> Arc<[FileId]> {
        answer(&self.open, question)
    }

    fn slice<'db>(
        &self,
        db: &'db dyn Db,
        is_called: &dyn Fn(u64) -> bool,
        is_asked: impl Fn(u64) -> bool,
    ) -> Slice<'db> {
        let names = self.names.iter();
        let names = names.filter(|(asked, called, _)| is_called(*called) || is_asked(*asked));
        let leads = names.flat_map(|(.., name)| self.leads.of(name));
        let open = self.open.iter().filter(|(question, _)| is_asked(*question));
        let leads: Arc<[Lead]> = leads.cloned().collect();
        Slice::new(db, leads, open.cloned().collect::<OpenAnswers>())
    }
}

/// A part of what there is to be told.
#[salsa::interned]
pub(crate) struct Slice<'db> {
    #[returns(ref)]
    leads: Arc<[Lead]>,
    #[returns(ref)]
    open: OpenAnswers,
}

impl<'db> Slice<'db> {
    /// The open files in it that answer a question.
    pub(crate) fn files(self, db: &'db dyn Db, question: u64) -> Arc<[FileId]> {
        answer(self.open(db), question)
    }
}

fn answer(answers: &OpenAnswers, question: u64) -> Arc<[FileId]> {
    let at = answers.binary_search_by_key(&question, |(it, _)| *it);
    at.map_or_else(|_| Arc::default(), |at| answers[at].1.clone())
}

/// The leads in a slice.
#[salsa::tracked(returns(clone))]
pub(crate) fn leads_in<'db>(db: &'db dyn Db, slice: Slice<'db>) -> Arc<Leads> {
    Arc::new(slice.leads(db).iter().cloned().collect())
}

/// What was found with a slice, and the questions asked on the way. Sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found<T> {
    pub(crate) found: Arc<[T]>,
    pub(crate) asked: Arc<[u64]>,
}

impl<T> Found<T> {
    pub(crate) fn new(found: Vec<T>, mut asked: Vec<u64>) -> Found<T> {
        asked.sort_unstable();
        asked.dedup();
        Found {
            found: found.into(),
            asked: asked.into(),
        }
    }
}

/// What is found with just what of `told` is asked for. `is_called`: whether the code calls the name of
/// a question [`Ask::Caller`]; it begins with the leads of those.
pub(crate) fn with_slice<'db, T>(
    db: &'db dyn Db,
    told: &Told,
    is_called: &dyn Fn(u64) -> bool,
    find: impl Fn(Slice<'db>) -> Found<T>,
) -> Found<T> {
    let mut asked: Vec<Arc<[u64]>> = Vec::new();
    let mut slice = told.slice(db, is_called, |_| false);
    loop {
        poll(db);
        let found = find(slice);
        asked.push(found.asked.clone());
        let wider = told.slice(db, is_called, |question| {
            let mut asked = asked.iter();
            asked.any(|asked| asked.binary_search(&question).is_ok())
        });
        if wider == slice {
            return found;
        }
        slice = wider;
    }
}
