//! What is wrong in all files of a realm, remembered by domain: while somebody types in one file,
//! the others are looked at again only if they could see the difference. Every memory is compared
//! with what it was made from, by identity, so that it never changes an answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::facts::{Around, Facts, OfDomain};
use super::problems_beside;
use crate::date::Date;
use crate::file::ParsedFile;
use crate::kind::FileKind;
use crate::names::Name;
use crate::problem::Problem;
use crate::realm::{Domain, Realm};

/// A file about which there is something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The file.
    pub file: Arc<ParsedFile>,
    /// All that is wrong with it, in the order of its text. Nothing: but its text speaks to Blue.
    pub problems: Arc<[Problem]>,
}

impl Judged {
    fn new(realm: &Realm, facts: &Facts, file: &Arc<ParsedFile>, today: Option<Date>) -> Self {
        Self {
            file: file.clone(),
            problems: problems_beside(realm, facts, file, today).into(),
        }
    }

    fn is_noteworthy(&self) -> bool {
        !self.problems.is_empty() || self.file.text.contains("blue:")
    }
}

/// What realms that were made from each other remember together.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    facts: Mutex<Option<Arc<Facts>>>,
    domains: Mutex<HashMap<Name, Arc<OfDomainThen>>>,
}

impl Memory {
    /// What follows from a realm.
    pub(crate) fn facts_of(&self, realm: &Realm) -> Arc<Facts> {
        let held = || self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = held().clone();
        let facts = Arc::new(Facts::of(realm, before.as_deref()));
        *held() = Some(facts.clone());
        facts
    }

    /// Every file about which there is something to say: `realm.yaml`, repos, then by domain.
    pub(crate) fn judged(
        &self,
        realm: &Realm,
        facts: &Arc<Facts>,
        today: Option<Date>,
    ) -> Vec<Judged> {
        let judged = |file: &Arc<ParsedFile>| Judged::new(realm, facts, file, today);
        let above = realm.files_above().map(judged);
        let mut all: Vec<Judged> = above.filter(Judged::is_noteworthy).collect();
        for domain in realm.domains() {
            let Some(shows) = facts.domain(&domain.name) else {
                continue;
            };
            let view = View {
                around: facts.around.clone(),
                shows: shows.clone(),
                whole: shows.looks_elsewhere.then(|| facts.clone()),
                today,
            };
            let held = || self.domains.lock().unwrap_or_else(PoisonError::into_inner);
            let then = held().get(&domain.name).cloned();
            // What a circle is told at shows places in other domains.
            let then = then.filter(|then| {
                then.view.is(&view) && !facts.cycles.are_told_in(&domain.name) && !then.in_circle
            });
            if let Some(then) = then.as_ref().filter(|it| Arc::ptr_eq(&it.domain, domain)) {
                all.extend(then.noteworthy.iter().cloned());
                continue;
            }
            let now = OfDomainThen::new((realm, facts), domain, view, then.as_deref());
            all.extend(now.noteworthy.iter().cloned());
            held().insert(domain.name.clone(), Arc::new(now));
        }
        all
    }
}

/// All that a file can see beside its own text and the texts that its problems point at.
#[derive(Debug)]
struct View {
    around: Arc<Around>,
    shows: Arc<OfDomain>,
    /// Where imports name other domains.
    whole: Option<Arc<Facts>>,
    today: Option<Date>,
}

impl View {
    fn is(&self, other: &View) -> bool {
        let same_whole = match (&self.whole, &other.whole) {
            (None, None) => true,
            (Some(a), Some(b)) => a.shows_the_same(b),
            _ => false,
        };
        Arc::ptr_eq(&self.around, &other.around)
            && Arc::ptr_eq(&self.shows, &other.shows)
            && self.today == other.today
            && same_whole
    }
}

/// A domain as it was judged.
#[derive(Debug)]
struct OfDomainThen {
    domain: Arc<Domain>,
    view: View,
    in_circle: bool,
    /// Every file, in order.
    files: Vec<FileThen>,
    noteworthy: Vec<Judged>,
}

/// A file as it was judged, with those that its problems point at.
#[derive(Debug, Clone)]
struct FileThen {
    judged: Judged,
    related: Vec<Arc<ParsedFile>>,
}

impl OfDomainThen {
    /// `then`: when it had the same view, and so the same files by name.
    fn new(
        (realm, facts): (&Realm, &Facts),
        domain: &Arc<Domain>,
        view: View,
        then: Option<&OfDomainThen>,
    ) -> Self {
        let mut known = then.map(|then| then.files.iter());
        let mut files = Vec::new();
        for file in domain.files() {
            let known = known.as_mut().and_then(Iterator::next);
            files.push(match known.filter(|known| known.holds(realm, file)) {
                Some(known) => known.clone(),
                None => FileThen::new(realm, Judged::new(realm, facts, file, view.today)),
            });
        }
        let judged = files.iter().map(|file| &file.judged);
        Self {
            domain: domain.clone(),
            view,
            in_circle: facts.cycles.are_told_in(&domain.name),
            noteworthy: judged.filter(|it| it.is_noteworthy()).cloned().collect(),
            files,
        }
    }
}

impl FileThen {
    fn new(realm: &Realm, judged: Judged) -> Self {
        let related = judged.problems.iter().flat_map(|problem| &problem.related);
        let related = related.filter_map(|other| realm.file(&other.path).cloned());
        Self {
            related: related.collect(),
            judged,
        }
    }

    /// Whether it would be judged the same.
    fn holds(&self, realm: &Realm, file: &Arc<ParsedFile>) -> bool {
        // An acceptance is held against all of what its repo's binding says.
        Arc::ptr_eq(&self.judged.file, file)
            && !matches!(file.kind, FileKind::Acceptances { .. })
            && self.related.iter().all(|was| {
                let is = realm.file(&was.path);
                is.is_some_and(|is| Arc::ptr_eq(was, is))
            })
    }
}
