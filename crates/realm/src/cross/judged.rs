//! What is wrong in all files of a realm, remembered file by file: while somebody types in one, the
//! others are looked at again only if they could see the difference. Every memory is compared with
//! what it was made from, by identity, so that it never changes an answer.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::facts::{Around, Facts, Mark};
use super::of_domain::OfDomain;
use super::problems_beside;
use crate::date::Date;
use crate::file::ParsedFile;
use crate::kind::FileKind;
use crate::names::Name;
use crate::problem::Problem;
use crate::realm::{Domain, Files, Realm};
use crate::shelves::Shelves;

/// A file about which there is something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The file.
    pub file: Arc<ParsedFile>,
    /// All that is wrong with it, in the order of its text. Nothing: but its text speaks to Blue.
    pub problems: Arc<[Problem]>,
}

/// What realms that were made from each other remember together.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    facts: Mutex<Option<Arc<Facts>>>,
    above: Mutex<Option<Arc<AboveThen>>>,
    domains: Mutex<HashMap<Name, Arc<DomainThen>>>,
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// What follows from a realm.
    pub(crate) fn facts_of(&self, realm: &Realm) -> Arc<Facts> {
        let before = held(&self.facts).clone();
        let facts = Arc::new(Facts::of(realm, before.as_deref()));
        *held(&self.facts) = Some(facts.clone());
        facts
    }

    /// Every file about which there is something to say: `realm.yaml`, repos, then by domain.
    pub(crate) fn judged(
        &self,
        realm: &Realm,
        facts: &Arc<Facts>,
        today: Option<Date>,
    ) -> Vec<Judged> {
        let asked = Asked {
            realm,
            facts,
            today,
        };
        let mut all = self.judged_above(&asked);
        for (name, shows) in facts.shows().iter() {
            if let Some(domain) = realm.domain(name) {
                let now = self.judged_in(&asked, domain, shows);
                all.extend(now.noteworthy.values().map(|file| file.judged.clone()));
            }
        }
        all
    }

    fn judged_above(&self, asked: &Asked<'_>) -> Vec<Judged> {
        let then = held(&self.above).clone();
        let now = AboveThen::new(asked, then.as_deref());
        let root = now.root.iter().map(|(_, judged)| judged);
        let all = root.chain(now.repos.noteworthy.values());
        let all = all.filter(|it| is_noteworthy(it)).cloned().collect();
        *held(&self.above) = Some(Arc::new(now));
        all
    }

    fn judged_in(
        &self,
        asked: &Asked<'_>,
        domain: &Arc<Domain>,
        shows: &Arc<OfDomain>,
    ) -> Arc<DomainThen> {
        let then = held(&self.domains).get(&domain.name).cloned();
        let view = View::of(asked, domain, shows);
        // What a circle is told at shows places in other domains.
        let in_circle = asked.facts.cycles.are_told_in(&domain.name);
        let then = then.filter(|then| then.view.is(&view) && !in_circle && !then.in_circle);
        if let Some(then) = &then
            && Arc::ptr_eq(&then.domain, domain)
            && Arc::ptr_eq(&then.shows, shows)
        {
            return then.clone();
        }
        let now = match then {
            Some(then) => then.after(asked, domain, shows),
            None => {
                let mut now = DomainThen {
                    domain: domain.clone(),
                    shows: shows.clone(),
                    view,
                    in_circle,
                    noteworthy: Shelves::default(),
                };
                domain.files().for_each(|file| now.judge(asked, file));
                now
            }
        };
        let now = Arc::new(now);
        held(&self.domains).insert(domain.name.clone(), now.clone());
        now
    }
}

/// What is asked.
struct Asked<'a> {
    realm: &'a Realm,
    facts: &'a Arc<Facts>,
    today: Option<Date>,
}

impl Asked<'_> {
    fn judge(&self, file: &Arc<ParsedFile>) -> Judged {
        Judged {
            file: file.clone(),
            problems: problems_beside(self.realm, self.facts, file, self.today).into(),
        }
    }
}

fn is_noteworthy(judged: &Judged) -> bool {
    !judged.problems.is_empty() || judged.file.text.contains("blue:")
}

/// What stands above all domains, as it was judged.
#[derive(Debug)]
struct AboveThen {
    around: Arc<Around>,
    today: Option<Date>,
    /// `realm.yaml`, which names paths of others.
    root: Option<(Mark, Judged)>,
    gave_up: bool,
    repos: ReposThen,
}

#[derive(Debug, Clone, Default)]
struct ReposThen {
    files: Files<Name>,
    noteworthy: Shelves<Name, Judged>,
}

impl AboveThen {
    fn new(asked: &Asked<'_>, then: Option<&Self>) -> Self {
        let (realm, facts) = (asked.realm, asked.facts);
        let then = then
            .filter(|then| Arc::ptr_eq(&then.around, &facts.around) && then.today == asked.today);
        let gave_up = facts.cycles.gave_up;
        let root = realm.root().map(|file| {
            let known =
                then.and_then(|then| then.root.as_ref().filter(|_| then.gave_up == gave_up));
            let known = known
                .filter(|(names, it)| names.is(&facts.names) && Arc::ptr_eq(&it.file, file))
                .map(|(_, it)| it.clone());
            let judged = known.unwrap_or_else(|| asked.judge(file));
            (facts.names.clone(), judged)
        });
        let mut repos = then.map(|then| then.repos.clone()).unwrap_or_default();
        let files = realm.repo_files();
        for (name, _, file) in files.differences(&repos.files.clone(), Arc::ptr_eq) {
            match file.map(|file| asked.judge(file)).filter(is_noteworthy) {
                Some(judged) => drop(repos.noteworthy.insert(name.clone(), judged)),
                None => drop(repos.noteworthy.remove(name)),
            }
        }
        repos.files = files.clone();
        Self {
            around: facts.around.clone(),
            today: asked.today,
            root,
            gave_up,
            repos,
        }
    }
}

/// What all files of a domain can see, beside the domain's own names and texts.
#[derive(Debug)]
struct View {
    around: Arc<Around>,
    shows: Arc<OfDomain>,
    /// What other domains show, where that matters to one of its files.
    elsewhere: Option<Mark>,
    today: Option<Date>,
}

impl View {
    fn of(asked: &Asked<'_>, domain: &Domain, shows: &Arc<OfDomain>) -> Self {
        // Whoever accepts may import in another domain.
        let is_accepted = !domain.acceptances.is_empty() && asked.facts.looks_elsewhere();
        let looks = shows.looks_elsewhere() || is_accepted;
        Self {
            around: asked.facts.around.clone(),
            shows: shows.clone(),
            elsewhere: looks.then(|| asked.facts.shown.clone()),
            today: asked.today,
        }
    }

    fn is(&self, other: &View) -> bool {
        let is_same_elsewhere = match (&self.elsewhere, &other.elsewhere) {
            (None, None) => true,
            (Some(a), Some(b)) => a.is(b),
            _ => false,
        };
        Arc::ptr_eq(&self.around, &other.around)
            && Arc::ptr_eq(&self.shows.frame, &other.shows.frame)
            && self.today == other.today
            && is_same_elsewhere
    }
}

/// A domain as it was judged.
#[derive(Debug)]
struct DomainThen {
    domain: Arc<Domain>,
    shows: Arc<OfDomain>,
    view: View,
    in_circle: bool,
    /// The files about which there is something to say; in the order of [`Domain::files`].
    noteworthy: Shelves<FileKind, FileThen>,
}

/// A file as it was judged, with those that its problems point at.
#[derive(Debug, Clone)]
struct FileThen {
    judged: Judged,
    related: Vec<Arc<ParsedFile>>,
}

impl DomainThen {
    fn judge(&mut self, asked: &Asked<'_>, file: &Arc<ParsedFile>) {
        let judged = asked.judge(file);
        if !is_noteworthy(&judged) {
            self.noteworthy.remove(&file.kind);
            return;
        }
        let related = judged.problems.iter().flat_map(|problem| &problem.related);
        let related = related.filter_map(|other| asked.realm.file(&other.path).cloned());
        let related = related.collect();
        let then = FileThen { judged, related };
        self.noteworthy.insert(file.kind.clone(), then);
    }

    /// The domain as it is now, of which all files see the same as before: those are judged again
    /// that are others, or that could see how others changed.
    fn after(&self, asked: &Asked<'_>, domain: &Arc<Domain>, shows: &Arc<OfDomain>) -> Self {
        let mut now = Self {
            domain: domain.clone(),
            shows: shows.clone(),
            view: View::of(asked, domain, shows),
            in_circle: self.in_circle,
            noteworthy: self.noteworthy.clone(),
        };
        for kind in self.in_doubt(asked, domain, shows) {
            match asked.realm.file_of(&kind) {
                Some(file) => now.judge(asked, file),
                None => drop(now.noteworthy.remove(&kind)),
            }
        }
        now
    }

    fn in_doubt(
        &self,
        asked: &Asked<'_>,
        domain: &Arc<Domain>,
        shows: &OfDomain,
    ) -> BTreeSet<FileKind> {
        let mut again: BTreeSet<FileKind> = BTreeSet::new();
        let then = &self.domain;
        let name = || domain.name.clone();
        again.insert(FileKind::Domain { domain: name() });
        again.insert(FileKind::Governance { domain: name() });
        for (contract, was, is) in domain.contracts.differences(&then.contracts, Arc::ptr_eq) {
            let contract = contract.clone();
            let version = |file: Option<&Arc<ParsedFile>>| {
                let contract = file.and_then(|file| file.as_contract());
                contract.and_then(|it| it.version.clone())
            };
            // An import says which version it follows.
            if version(was) != version(is) {
                let key = (name(), contract.clone());
                let places = shows.imports.get(&key).into_iter();
                let importers = places.flat_map(|places| places.iter());
                again.extend(importers.map(|(repo, _)| FileKind::Binding {
                    domain: name(),
                    repo: repo.clone(),
                }));
            }
            let domain = name();
            again.insert(FileKind::Contract { domain, contract });
        }
        // A contract is held against what was released of it.
        for ((contract, version), ..) in domain.releases.differences(&then.releases, Arc::ptr_eq) {
            let (contract, version) = (contract.clone(), version.clone());
            again.insert(FileKind::Contract {
                domain: name(),
                contract: contract.clone(),
            });
            again.insert(FileKind::Release {
                domain: name(),
                contract,
                version,
            });
        }
        // An acceptance is held against all of what its repo's binding says.
        let bindings = domain.bindings.differences(&then.bindings, Arc::ptr_eq);
        let acceptances = domain
            .acceptances
            .differences(&then.acceptances, Arc::ptr_eq);
        for (repo, ..) in bindings.into_iter().chain(acceptances) {
            let (binding, acceptances) = (repo.clone(), repo.clone());
            again.insert(FileKind::Binding {
                domain: name(),
                repo: binding,
            });
            again.insert(FileKind::Acceptances {
                domain: name(),
                repo: acceptances,
            });
        }
        for repo in self.exporters_in_doubt(shows) {
            let domain = name();
            again.insert(FileKind::Binding { domain, repo });
        }
        let points_at_another = |file: &&FileThen| {
            file.related.iter().any(|was| {
                let is = asked.realm.file_of(&was.kind);
                is.is_none_or(|is| !Arc::ptr_eq(was, is))
            })
        };
        let pointing = self.noteworthy.values().filter(points_at_another);
        again.extend(pointing.map(|file| file.judged.file.kind.clone()));
        again
    }

    /// The repos that export, or did, what may have another exporter now.
    fn exporters_in_doubt(&self, shows: &OfDomain) -> BTreeSet<Name> {
        let owned = shows
            .contracts
            .differences(&self.shows.contracts, |a, b| a == b);
        let exported = shows
            .exporters
            .differences(&self.shows.exporters, |a, b| a == b);
        let contracts = owned.iter().map(|(name, ..)| *name);
        let contracts = contracts.chain(exported.iter().map(|(name, ..)| *name));
        let places =
            contracts.flat_map(|name| [&self.shows, shows].map(|it| it.exporters.get(name)));
        let places = places.flatten().flat_map(|places| places.iter());
        places.map(|(repo, _)| repo.clone()).collect()
    }
}
