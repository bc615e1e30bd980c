//! What code is told of the tree around it: which names lead to a call of the tables, and what open
//! files add to who calls, has and extends what.
//!
//! All of that may change with a keystroke, and nearly no code hears of it. So code is looked into with
//! the [`Slice`] of it that it asks for, as a value: while that is the same, what was found is the same,
//! and the database does not even look at it. What will be asked is not known before, so the slice grows
//! until nothing outside of it was asked for ([`Asking::find`]). It begins
//! with what was asked the last time ([`Hints`]): in a large program most of the work would be done twice.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use blue_detect::{FileId, Lead, Leads};
use rustc_hash::FxHasher;

use crate::by_name::{Ask, Looked, question};
use crate::db::{Db, FileTree, poll};

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

/// Code that is looked into with a slice, and what for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Code {
    /// The leads of the files of a group that lie still.
    GroupLeads(FileTree, u32),
    /// Those of a file.
    FileLeads(FileTree, FileId),
    /// The sites of the files of a group that lie still.
    GroupSites(FileTree, u32),
    /// Those of a file.
    FileSites(FileTree, FileId),
}

/// What code asked for, as a hint: whoever begins with what was asked the last time seldom has to begin again. What is
/// found with a slice hangs on the slice alone, so that a hint never tells.
#[derive(Default)]
pub(crate) struct Hints {
    last: Asked,
    /// By the files that were looked into and the slice that is begun with when nothing is known, in a number: what was
    /// asked for in the end. While that slice is the same, what was found in the end is mostly known.
    ends: VecDeque<(u64, Asked)>,
}

type Asked = Arc<[u64]>;

/// More ends than this are not kept: it is a few times the steps that a search takes.
const MOST_ENDS: usize = 64;

impl Hints {
    fn of(&self, beginning: u64) -> Asked {
        let mut ends = self.ends.iter().rev();
        let end = ends.find(|(known, _)| *known == beginning);
        end.map_or_else(|| self.last.clone(), |(_, asked)| asked.clone())
    }

    fn keep(&mut self, beginning: u64, asked: Asked) {
        self.last = asked.clone();
        match self.ends.iter_mut().find(|(known, _)| *known == beginning) {
            Some((_, known)) => *known = asked,
            None => self.ends.push_back((beginning, asked)),
        }
        if self.ends.len() > MOST_ENDS {
            self.ends.pop_front();
        }
    }
}

/// What is asked of code, and with what.
pub(crate) struct Asking<'db, 't> {
    pub(crate) code: Code,
    pub(crate) looked: Looked<'db>,
    pub(crate) told: &'t Told,
    /// Whether the code calls the name of a question [`Ask::Caller`]; it begins with the leads of those.
    pub(crate) is_called: &'t dyn Fn(u64) -> bool,
}

impl<'db> Asking<'db, '_> {
    /// What there is to be told of some questions. Each list is sorted.
    fn slice(&self, db: &'db dyn Db, asked: &[Asked]) -> Slice<'db> {
        self.told.slice(db, self.is_called, |question| {
            let mut asked = asked.iter();
            asked.any(|asked| asked.binary_search(&question).is_ok())
        })
    }

    /// What is found with just what of it is asked for.
    pub(crate) fn find<T>(
        &self,
        db: &'db dyn Db,
        find: impl Fn(Slice<'db>) -> Found<T>,
    ) -> Found<T> {
        let beginning = self.slice(db, &[]);
        let mut hasher = FxHasher::default();
        (self.looked, beginning).hash(&mut hasher);
        let beginning = hasher.finish();
        let hints = db.beside().asked.get(&self.code);
        let hint = hints.map(|hints| hints.of(beginning));
        let mut asked: Vec<Asked> = hint.clone().into_iter().collect();
        let mut slice = match hint {
            Some(_) => self.slice(db, &asked),
            // Who is told all finds what all others know, and the most that there is to ask for.
            None => self.told.slice(db, self.is_called, |_| true),
        };
        loop {
            poll(db);
            let found = find(slice);
            asked.push(found.asked.clone());
            let asked_for = self.slice(db, &asked);
            if asked_for == slice {
                if !hint.is_some_and(|hint| Arc::ptr_eq(&hint, &found.asked)) {
                    self.keep(db, beginning, slice, asked);
                }
                return found;
            }
            slice = asked_for;
        }
    }

    /// Keeps what leads to a slice at once: what was asked for last, or all that ever was.
    fn keep(&self, db: &'db dyn Db, beginning: u64, slice: Slice<'db>, asked: Vec<Asked>) {
        let last = &asked[asked.len() - 1..];
        let asked = match self.slice(db, last) == slice {
            true => last[0].clone(),
            false => {
                let mut all = asked.concat();
                all.sort_unstable();
                all.dedup();
                all.into()
            }
        };
        let mut hints = db.beside().asked.entry(self.code).or_default();
        hints.keep(beginning, asked);
    }
}
