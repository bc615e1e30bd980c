//! What follows from all files of a realm together, so that a rule that needs it costs a look-up for
//! each file and not a walk.
//!
//! It goes by domains ([`OfDomain`]), of which only those are looked at that are not the same as
//! before, and is taken for what it was where it says the same. So a keystroke in a contract's words
//! leaves all of this as it is, and whoever remembers something of it can tell by identity.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::cycles::{self, Cycles};
use super::of_domain::{OfDomain, Places};
use crate::decode::Text;
use crate::model::{Governance, Import, TrustMode};
use crate::names::Name;
use crate::realm::{Domain, Files, Realm};
use crate::shelves::{Difference, Shelves};

/// A contract, by its domain and its name.
pub(crate) type ContractKey = (Name, Name);

/// An import, by the binding it stands in and its place there.
#[derive(Debug, Clone)]
pub(crate) struct ImportAt {
    /// The domain of the binding.
    pub domain: Name,
    /// The importer.
    pub repo: Name,
    /// The place in `imports`.
    pub index: usize,
}

impl ImportAt {
    /// The import.
    pub(crate) fn import<'a>(&self, realm: &'a Realm) -> Option<&'a Import> {
        let binding = realm.binding(&self.domain, &self.repo)?;
        binding
            .imports
            .iter()
            .find(|import| import.index == self.index)
    }
}

/// The same one stands for something that is the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mark(Arc<u8>);

impl Mark {
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What a file can see of the realm beyond its domain.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Around {
    name: Option<Text>,
    trust: Option<TrustMode>,
    governance: Option<Governance>,
    left_out: usize,
    /// The first domain that has a contract of this name.
    pub homes: Arc<HashMap<Name, Name>>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The repos and the domains that it was gathered from.
    repos: Files<Name>,
    domains: Shelves<Name, Arc<Domain>>,
    shows: Shelves<Name, Arc<OfDomain>>,
    /// See [`Around`]; another one where a repo or a domain came or went.
    pub around: Arc<Around>,
    /// Domains in which an import names a domain.
    looking_elsewhere: Arc<Vec<Name>>,
    /// Another one where something in a domain looks otherwise from outside of its file.
    pub shown: Mark,
    /// Another one where a file came or went.
    pub names: Mark,
    /// Circles of repos through several domains.
    pub cycles: Arc<Cycles>,
}

impl Facts {
    /// What follows from a realm. `before`: of another one, most likely alike.
    pub(crate) fn of(realm: &Realm, before: Option<&Facts>) -> Self {
        // What an import names hangs on what the realm is called.
        let kin = before.filter(|before| before.around.name.as_deref() == realm.name());
        let nothing = Facts::default();
        let before = kin.unwrap_or(&nothing);
        let shows = shows_after(realm, before);
        let mut facts = Self {
            repos: realm.repo_files().clone(),
            domains: realm.domain_map().clone(),
            shows: shows.clone(),
            around: before.around.clone(),
            looking_elsewhere: before.looking_elsewhere.clone(),
            shown: before.shown.clone(),
            names: before.names.clone(),
            cycles: before.cycles.clone(),
        };
        let changed = shows.differences(&before.shows, Arc::ptr_eq);
        facts.settle_around(realm, before, &changed);
        if !changed.is_empty() || kin.is_none() {
            facts.shown = Mark::default();
            let elsewhere = shows.iter().filter(|(_, it)| it.looks_elsewhere());
            facts.looking_elsewhere = Arc::new(elsewhere.map(|(name, _)| name.clone()).collect());
            if kin.is_none() || !facts.closes_no_circle(before, &changed) {
                facts.cycles = Arc::new(cycles::find(realm, &facts));
            }
        }
        facts
    }

    /// What is seen of the realm beyond a domain, with what is marked of the names in it.
    fn settle_around(&mut self, realm: &Realm, before: &Facts, changed: &[ChangedShows<'_>]) {
        let repos = self.repos.differences(&before.repos, Arc::ptr_eq);
        let other_repos = repos
            .iter()
            .any(|(_, was, is)| was.is_some() != is.is_some());
        let (mut other_domains, mut other_contracts, mut other_files) = (false, false, other_repos);
        for (_, was, is) in changed {
            let (Some(was), Some(is)) = (was, is) else {
                (other_domains, other_contracts, other_files) = (true, true, true);
                break;
            };
            other_files |= !Arc::ptr_eq(&was.frame, &is.frame);
            let contracts = is.contracts.differences(&was.contracts, |a, b| a == b);
            let mut contracts = contracts.iter();
            other_contracts |= contracts.any(|(_, was, is)| was.is_some() != is.is_some());
        }
        let homes = match other_contracts {
            true => Arc::new(self.homes()),
            false => before.around.homes.clone(),
        };
        let around = Around::beside(realm, homes);
        if other_repos || other_domains || around != *before.around {
            self.around = Arc::new(around);
        }
        if other_files {
            self.names = Mark::default();
        }
    }

    /// Whether what changed closes no circle, where there was none before.
    fn closes_no_circle(&self, before: &Facts, changed: &[ChangedShows<'_>]) -> bool {
        // What an import elsewhere makes follow is worked out in the search alone.
        let looks_elsewhere = [self, before].iter().any(|it| it.looks_elsewhere());
        if looks_elsewhere || !before.cycles.are_none() {
            return false;
        }
        let nothing = OfDomain::default();
        let mut added = Vec::new();
        for (_, was, is) in changed {
            let was = was.map_or(&nothing.edges, |was| &was.edges);
            let Some(is) = is else { continue };
            let edges = is.edges.differences(was, |a, b| a == b);
            let new = edges.into_iter().filter(|(_, was, _)| was.is_none());
            added.extend(new.map(|(edge, ..)| edge));
        }
        cycles::closes_none(self, &added)
    }

    /// Each domain, with what it shows.
    pub(crate) fn shows(&self) -> &Shelves<Name, Arc<OfDomain>> {
        &self.shows
    }

    /// Whether an import names a domain.
    pub(crate) fn looks_elsewhere(&self) -> bool {
        !self.looking_elsewhere.is_empty()
    }

    fn homes(&self) -> HashMap<Name, Name> {
        let mut homes = HashMap::new();
        for (domain, shows) in self.shows.iter() {
            for contract in shows.contracts.keys() {
                let home = homes.entry(contract.clone());
                home.or_insert_with(|| domain.clone());
            }
        }
        homes
    }

    /// What a domain shows.
    pub(crate) fn domain(&self, name: &str) -> Option<&Arc<OfDomain>> {
        self.shows.get(name)
    }

    /// The members that `domain.yaml` names; nothing where it names none or cannot be read.
    pub(crate) fn members(&self, domain: &str) -> Option<&HashSet<Name>> {
        self.domain(domain)?.members()
    }

    /// The contracts that had this name before.
    pub(crate) fn renamed(&self, key: &ContractKey) -> Option<&Vec<Name>> {
        self.domain(&key.0)?.frame.renamed.get(&key.1)
    }

    /// The repos whose bindings export a contract, with the place in `exports`.
    pub(crate) fn exporters(&self, key: &ContractKey) -> Option<&Places> {
        self.domain(&key.0)?.exporters.get(&key.1)
    }

    /// The domains whose bindings may import what a domain has, by name.
    fn near<'a>(&'a self, domain: &'a Name) -> impl Iterator<Item = (&'a Name, &'a Arc<OfDomain>)> {
        let others = self.looking_elsewhere.iter();
        let before = others.clone().filter(move |other| *other < domain);
        let after = others.filter(move |other| *other > domain);
        let near = before.chain([domain]).chain(after);
        near.filter_map(|name| Some((name, self.domain(name)?)))
    }

    /// The imports of a contract, by domain and repo.
    pub(crate) fn imports(&self, key: &ContractKey) -> Vec<ImportAt> {
        let mut imports = Vec::new();
        for (domain, shows) in self.near(&key.0) {
            let places = shows.imports.get(key).into_iter();
            imports.extend(
                places
                    .flat_map(|it| it.iter())
                    .map(|(repo, index)| ImportAt {
                        domain: domain.clone(),
                        repo: repo.clone(),
                        index: *index,
                    }),
            );
        }
        imports
    }

    /// The contracts of a domain that can be read and that nobody imports, by name.
    pub(crate) fn not_imported<'a>(
        &'a self,
        realm: &'a Realm,
        domain: &'a Name,
    ) -> impl Iterator<Item = &'a Name> {
        let is_used = move |name: &Name| {
            let key = (domain.clone(), name.clone());
            self.near(domain)
                .any(|(_, shows)| shows.imports.contains_key(&key))
        };
        let held = realm.domain(domain).into_iter();
        let contracts = held.flat_map(|held| held.contracts.iter());
        let readable = contracts.filter(|(_, file)| file.as_contract().is_some());
        readable
            .map(|(name, _)| name)
            .filter(move |name| !is_used(name))
    }

    /// Whether a repo imports a contract.
    pub(crate) fn is_importer(&self, key: &ContractKey, repo: &Name) -> bool {
        self.near(&key.0)
            .any(|(_, shows)| shows.imports_as(key, repo))
    }

    /// Who exports a contract: its owner, or where its file does not say, the first that says so of
    /// itself.
    pub(crate) fn exporter(&self, key: &ContractKey) -> Option<&Name> {
        self.domain(&key.0)?.exporter(&key.1)
    }
}

/// A domain of which something else is seen.
type ChangedShows<'a> = Difference<'a, Name, Arc<OfDomain>>;

/// What each domain shows, where it is known what they showed before.
fn shows_after(realm: &Realm, before: &Facts) -> Shelves<Name, Arc<OfDomain>> {
    let mut shows = before.shows.clone();
    let domains = realm.domain_map();
    for (name, then, now) in domains.differences(&before.domains, Arc::ptr_eq) {
        let Some(now) = now else {
            shows.remove(name);
            continue;
        };
        let is = match (then, before.shows.get(name)) {
            (Some(then), Some(was)) => OfDomain::after(was, realm, (then, now)),
            _ => OfDomain::after(&Arc::default(), realm, (&Domain::new(name), now)),
        };
        // Put where it was, the same would look like another.
        let is_known = shows.get(name).is_some_and(|was| Arc::ptr_eq(was, &is));
        if !is_known {
            shows.insert(name.clone(), is);
        }
    }
    shows
}

impl Around {
    fn beside(realm: &Realm, homes: Arc<HashMap<Name, Name>>) -> Self {
        let root = realm.realm_file();
        Self {
            name: realm.name().map(Into::into),
            trust: root.map(|root| root.trust.mode),
            governance: root.map(|root| root.governance.clone()),
            left_out: realm.left_out(),
            homes,
        }
    }
}

/// The contract of this realm that an import of a binding in `domain` names, there or not.
pub(crate) fn target(realm: &Realm, domain: &Name, import: &Import) -> Option<ContractKey> {
    let domain = realm.domain_of_import(domain, import)?;
    Some((domain.into(), import.contract.clone()))
}
