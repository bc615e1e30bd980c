//! What follows from all files of a realm together, gathered in one walk over them, so that a rule
//! that needs it costs a look-up for each file and not a walk.
//!
//! It goes by domains: what a domain shows is gathered again only when a file of it is another, and
//! is taken for what it was where it says the same. So a keystroke in a contract's words leaves all
//! of this as it is, and whoever remembers something of it can tell by identity.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::cycles::{self, Cycles, Edges};
use crate::decode::Text;
use crate::file::ParsedFile;
use crate::model::{Governance, Import, TrustMode};
use crate::names::Name;
use crate::realm::{Domain, Realm};

/// A contract, by its domain and its name.
pub(crate) type ContractKey = (Name, Name);

/// An import, by the binding it stands in and its place there.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Whether a file can be read, and whom it names as the owner.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    is_readable: bool,
    owner: Option<Name>,
}

/// All that a file can see of the others in its domain, but for their texts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OfDomain {
    /// Every path, in order.
    paths: Vec<Text>,
    /// `domain.yaml`, of which others see whether it and its members can be read.
    definition: Option<Arc<ParsedFile>>,
    /// Contracts, by name.
    pub contracts: BTreeMap<Name, Owned>,
    /// A name that contracts had before → those contracts.
    pub renamed: HashMap<Name, Vec<Name>>,
    /// Contract → the repos whose bindings export it, with the place in `exports`.
    pub exporters: HashMap<Name, Vec<(Name, usize)>>,
    /// Contract, of whichever domain → the imports of it in this domain.
    pub imports: HashMap<ContractKey, Vec<ImportAt>>,
    /// Contracts and the repos that import them.
    importers: HashSet<(ContractKey, Name)>,
    /// Contracts that can be read and that nothing here imports.
    unused: Vec<Name>,
    /// Whether an import names a domain.
    pub looks_elsewhere: bool,
    /// What `domain.yaml` names; nothing where it names none or cannot be read.
    pub members: Option<HashSet<Name>>,
    /// What was released: each is held against its contract.
    releases: Vec<Arc<ParsedFile>>,
    /// Who follows whom by the imports that name no domain.
    pub edges: Edges,
}

/// What a file can see of the realm beyond its domain.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Around {
    name: Option<Text>,
    trust: Option<TrustMode>,
    governance: Option<Governance>,
    repos: Vec<Name>,
    domains: Vec<Name>,
    left_out: usize,
    /// The first domain that has a contract of this name.
    pub homes: HashMap<Name, Name>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Each domain beside what it was gathered from.
    domains: BTreeMap<Name, (Arc<Domain>, Arc<OfDomain>)>,
    /// See [`Around`].
    pub around: Arc<Around>,
    /// Domains in which an import names a domain.
    looking_elsewhere: Vec<Name>,
    /// Circles of repos through several domains.
    pub cycles: Arc<Cycles>,
}

impl Facts {
    /// What follows from a realm. `before`: of another one, most likely alike.
    pub(crate) fn of(realm: &Realm, before: Option<&Facts>) -> Self {
        // What an import names hangs on what the realm is called.
        let kin = before.filter(|before| before.around.name.as_deref() == realm.name());
        let mut domains = BTreeMap::new();
        for domain in realm.domains() {
            let known = kin.and_then(|kin| kin.domains.get(&domain.name));
            let shows = match known {
                Some((was, shows)) if Arc::ptr_eq(was, domain) => shows.clone(),
                known => {
                    let shows = OfDomain::of(realm, domain);
                    match known {
                        Some((_, was)) if **was == shows => was.clone(),
                        _ => Arc::new(shows),
                    }
                }
            };
            domains.insert(domain.name.clone(), (domain.clone(), shows));
        }
        let elsewhere = domains.iter().filter(|(_, (_, it))| it.looks_elsewhere);
        let looking_elsewhere = elsewhere.map(|(name, _)| name.clone()).collect();
        let mut facts = Self {
            around: Arc::default(),
            looking_elsewhere,
            cycles: Arc::default(),
            domains,
        };
        let same_names = kin.is_some_and(|kin| {
            let names = |(was, is): (&Arc<OfDomain>, &Arc<OfDomain>)| {
                Arc::ptr_eq(was, is) || was.contracts.keys().eq(is.contracts.keys())
            };
            kin.domains.keys().eq(facts.domains.keys()) && kin.shown().zip(facts.shown()).all(names)
        });
        let around = match kin.filter(|_| same_names) {
            Some(kin) => Around::beside(realm, kin.around.homes.clone()),
            None => Around::beside(realm, facts.homes()),
        };
        facts.around = match kin {
            Some(kin) if *kin.around == around => kin.around.clone(),
            _ => Arc::new(around),
        };
        facts.cycles = match kin.filter(|kin| kin.shows_the_same(&facts)) {
            Some(kin) => kin.cycles.clone(),
            None => Arc::new(cycles::find(realm, &facts)),
        };
        facts
    }

    fn shown(&self) -> impl Iterator<Item = &Arc<OfDomain>> {
        self.domains.values().map(|(_, shows)| shows)
    }

    /// Whether nothing in any domain looks otherwise from outside of its file.
    pub(crate) fn shows_the_same(&self, other: &Facts) -> bool {
        Arc::ptr_eq(&self.around, &other.around)
            && self.domains.len() == other.domains.len()
            && self
                .shown()
                .zip(other.shown())
                .all(|(a, b)| Arc::ptr_eq(a, b))
    }

    fn homes(&self) -> HashMap<Name, Name> {
        let mut homes = HashMap::new();
        for (domain, (_, shows)) in &self.domains {
            for contract in shows.contracts.keys() {
                let home = homes.entry(contract.clone());
                home.or_insert_with(|| domain.clone());
            }
        }
        homes
    }

    /// What a domain shows.
    pub(crate) fn domain(&self, name: &str) -> Option<&Arc<OfDomain>> {
        self.domains.get(name).map(|(_, shows)| shows)
    }

    /// The members that `domain.yaml` names; nothing where it names none or cannot be read.
    pub(crate) fn members(&self, domain: &str) -> Option<&HashSet<Name>> {
        self.domain(domain)?.members.as_ref()
    }

    /// The contracts that had this name before.
    pub(crate) fn renamed(&self, key: &ContractKey) -> Option<&Vec<Name>> {
        self.domain(&key.0)?.renamed.get(&key.1)
    }

    /// The repos whose bindings export a contract, with the place in `exports`.
    pub(crate) fn exporters(&self, key: &ContractKey) -> Option<&Vec<(Name, usize)>> {
        self.domain(&key.0)?.exporters.get(&key.1)
    }

    /// The domains whose bindings may import what a domain has, by name.
    fn near<'a>(&'a self, domain: &'a Name) -> impl Iterator<Item = &'a Arc<OfDomain>> {
        let others = self.looking_elsewhere.iter();
        let before = others.clone().filter(move |other| *other < domain);
        let after = others.filter(move |other| *other > domain);
        let near = before.chain([domain]).chain(after);
        near.filter_map(|name| self.domain(name))
    }

    /// The imports of a contract, by domain and repo.
    pub(crate) fn imports<'a>(
        &'a self,
        key: &'a ContractKey,
    ) -> impl Iterator<Item = &'a ImportAt> {
        self.near(&key.0)
            .filter_map(|shows| shows.imports.get(key))
            .flatten()
    }

    /// The contracts of a domain that can be read and that nobody imports, by name.
    pub(crate) fn not_imported<'a>(&'a self, domain: &'a Name) -> impl Iterator<Item = &'a Name> {
        let unused = self.domain(domain).map(|shows| shows.unused.iter());
        let is_used = move |name: &Name| {
            let key = (domain.clone(), name.clone());
            !self.looking_elsewhere.is_empty() && self.imports(&key).next().is_some()
        };
        unused
            .into_iter()
            .flatten()
            .filter(move |name| !is_used(name))
    }

    /// Whether a repo imports a contract.
    pub(crate) fn is_importer(&self, key: &ContractKey, repo: &Name) -> bool {
        let pair = (key.clone(), repo.clone());
        self.near(&key.0)
            .any(|shows| shows.importers.contains(&pair))
    }

    /// Who exports a contract: its owner, or where its file does not say, the first that says so of
    /// itself.
    pub(crate) fn exporter(&self, key: &ContractKey) -> Option<&Name> {
        self.domain(&key.0)?.exporter(&key.1)
    }
}

impl Default for Around {
    fn default() -> Self {
        Self::beside(&Realm::default(), HashMap::new())
    }
}

impl Around {
    fn beside(realm: &Realm, homes: HashMap<Name, Name>) -> Self {
        let root = realm.realm_file();
        Self {
            name: realm.name().map(Into::into),
            trust: root.map(|root| root.trust.mode),
            governance: root.map(|root| root.governance.clone()),
            repos: realm.repos().map(|(name, _)| name.clone()).collect(),
            domains: realm.domains().map(|domain| domain.name.clone()).collect(),
            left_out: realm.left_out(),
            homes,
        }
    }
}

impl OfDomain {
    fn of(realm: &Realm, domain: &Domain) -> Self {
        let members = domain.members().map(|members| members.cloned().collect());
        let mut shows = Self {
            paths: domain.files().map(|file| file.path.clone()).collect(),
            definition: domain.definition.clone(),
            contracts: BTreeMap::new(),
            renamed: HashMap::new(),
            exporters: HashMap::new(),
            imports: HashMap::new(),
            importers: HashSet::new(),
            unused: Vec::new(),
            looks_elsewhere: false,
            members: members.filter(|members: &HashSet<Name>| !members.is_empty()),
            releases: domain.releases.values().cloned().collect(),
            edges: Edges::new(),
        };
        for (name, file) in &domain.contracts {
            let contract = file.as_contract();
            let owned = Owned {
                is_readable: contract.is_some(),
                owner: contract.and_then(|contract| contract.owner.clone()),
            };
            shows.contracts.insert(name.clone(), owned);
            let former = contract.map(|contract| &contract.previously);
            for old in former.into_iter().flatten() {
                let renamed = shows.renamed.entry(old.clone()).or_default();
                renamed.push(name.clone());
            }
        }
        for (repo, file) in &domain.bindings {
            let Some(binding) = file.as_binding() else {
                continue;
            };
            for export in &binding.exports {
                let exporters = shows.exporters.entry(export.contract.clone()).or_default();
                exporters.push((repo.clone(), export.index));
            }
            for import in &binding.imports {
                shows.looks_elsewhere |= import.from.is_some();
                let Some(key) = target(realm, &domain.name, import) else {
                    continue;
                };
                shows.importers.insert((key.clone(), repo.clone()));
                shows.imports.entry(key).or_default().push(ImportAt {
                    domain: domain.name.clone(),
                    repo: repo.clone(),
                    index: import.index,
                });
            }
        }
        let readable = shows.contracts.iter().filter(|(_, it)| it.is_readable);
        let used = |name: &Name| {
            let key = (domain.name.clone(), name.clone());
            shows.imports.contains_key(&key)
        };
        let unused = readable.map(|(name, _)| name).filter(|name| !used(name));
        shows.unused = unused.cloned().collect();
        shows.edges = cycles::edges_inside(domain, &shows);
        shows
    }

    /// Who exports a contract of the domain.
    pub(crate) fn exporter(&self, contract: &Name) -> Option<&Name> {
        let owned = self.contracts.get(contract).filter(|it| it.is_readable)?;
        let first = || self.exporters.get(contract)?.first().map(|(repo, _)| repo);
        owned.owner.as_ref().or_else(first)
    }
}

/// The contract of this realm that an import of a binding in `domain` names, there or not.
pub(crate) fn target(realm: &Realm, domain: &Name, import: &Import) -> Option<ContractKey> {
    let domain = realm.domain_of_import(domain, import)?;
    Some((domain.into(), import.contract.clone()))
}
