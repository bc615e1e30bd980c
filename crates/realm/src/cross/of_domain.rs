//! What the files of one domain show to each other and to other domains, but for their texts. It is
//! never gathered anew while a domain is edited: what the files that differ showed before is taken
//! away, what they show now is added, so that a keystroke costs the same in a domain of ten contracts
//! and in one of ten thousand.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use semver::Version;

use super::facts::{ContractKey, target};
use crate::file::ParsedFile;
use crate::model::{BindingFile, ImportFrom};
use crate::names::Name;
use crate::problem::ProblemCode;
use crate::realm::{Domain, Realm};
use crate::shelves::Shelves;

/// Entries of bindings: the repo, and the place in its list. Sorted.
pub(crate) type Places = Arc<Vec<(Name, usize)>>;

/// Exporter and importer, with the places in `imports` that make the one follow the other.
pub(crate) type Edges = Shelves<(Name, Name), Arc<Vec<usize>>>;

/// Whether a file can be read, whom it names as the owner, and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owned {
    is_readable: bool,
    owner: Option<Name>,
    /// What an importer says that it follows is held against it.
    version: Option<Version>,
}

/// What every file of a domain may see of it, beside what its own names lead to. The same one stands
/// for the same files by name.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    definition: Option<Definition>,
    /// A name that contracts had before → those contracts.
    pub renamed: HashMap<Name, Vec<Name>>,
}

/// What others see of `domain.yaml`.
#[derive(Debug, PartialEq, Eq)]
struct Definition {
    is_readable: bool,
    /// Whether entries of `members` could not be read.
    has_unread: bool,
    /// What it names; nothing where it names none or cannot be read.
    members: Option<HashSet<Name>>,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfDomain {
    /// What all of its files see.
    pub frame: Arc<Frame>,
    /// Contracts, by name.
    pub contracts: Shelves<Name, Owned>,
    /// Contract → the repos whose bindings export it, with the place in `exports`.
    pub exporters: Shelves<Name, Places>,
    /// Contract, of whichever domain → the imports of it in this domain.
    pub imports: Shelves<ContractKey, Places>,
    /// Bindings in which an import names a domain.
    elsewhere: usize,
    /// Who follows whom by the imports of a domain; nothing where one of them names a domain, whose
    /// contracts this one does not know.
    pub edges: Edges,
}

impl OfDomain {
    /// What a domain shows `now` that showed `was` when it was `then`; the same if it shows the same.
    pub(crate) fn after(
        was: &Arc<Self>,
        realm: &Realm,
        (then, now): (&Domain, &Domain),
    ) -> Arc<Self> {
        let changed = Changed::between(then, now);
        let frame = frame_after(&was.frame, (then, now), &changed);
        let is_framed_anew = !Arc::ptr_eq(&frame, &was.frame);
        if changed.contracts.is_empty() && changed.bindings.is_empty() && !is_framed_anew {
            return was.clone();
        }
        let mut shows = Self::clone(was);
        shows.frame = frame;
        shows.part(realm, now, &changed);
        shows.take_over(realm, &now.name, &changed);
        shows.join(realm, now, (&changed, was.looks_elsewhere()));
        let is_same = !is_framed_anew
            && shows.elsewhere == was.elsewhere
            && shows.contracts == was.contracts
            && shows.exporters == was.exporters
            && shows.imports == was.imports
            && shows.edges == was.edges;
        match is_same {
            true => was.clone(),
            false => Arc::new(shows),
        }
    }

    /// Whether an import names a domain.
    pub(crate) fn looks_elsewhere(&self) -> bool {
        self.elsewhere > 0
    }

    /// Who exports a contract of the domain.
    pub(crate) fn exporter(&self, contract: &Name) -> Option<&Name> {
        let owned = self.contracts.get(contract).filter(|it| it.is_readable)?;
        let first = || self.exporters.get(contract)?.first().map(|(repo, _)| repo);
        owned.owner.as_ref().or_else(first)
    }

    /// The members that `domain.yaml` names; nothing where it names none or cannot be read.
    pub(crate) fn members(&self) -> Option<&HashSet<Name>> {
        self.frame.definition.as_ref()?.members.as_ref()
    }

    /// Whether a repo's binding here imports a contract.
    pub(crate) fn imports_as(&self, key: &ContractKey, repo: &Name) -> bool {
        let places = self.imports.get(key);
        places.is_some_and(|places| {
            let at = places.partition_point(|(other, _)| other < repo);
            places.get(at).is_some_and(|(other, _)| other == repo)
        })
    }

    /// Takes away the edges that a change may touch.
    fn part(&mut self, realm: &Realm, now: &Domain, changed: &Changed<'_>) {
        if self.looks_elsewhere() {
            return;
        }
        for edge in self.touched_edges(realm, now, changed, |binding| binding.was) {
            let ((from, to), index) = edge;
            let key = (from, to);
            let Some(places) = self.edges.get_mut(&key) else {
                continue;
            };
            let places = Arc::make_mut(places);
            places.retain(|place| *place != index);
            if places.is_empty() {
                self.edges.remove(&key);
            }
        }
    }

    /// Adds those that it makes.
    fn join(&mut self, realm: &Realm, now: &Domain, (changed, looked): (&Changed<'_>, bool)) {
        if self.looks_elsewhere() {
            self.edges = Edges::default();
            return;
        }
        let edges = match looked {
            true => self.all_edges(&now.name),
            false => self.touched_edges(realm, now, changed, |binding| binding.is),
        };
        for (edge, index) in edges {
            let Some(places) = self.edges.or_insert_with(&edge, Arc::default) else {
                continue;
            };
            let places = Arc::make_mut(places);
            if let Err(at) = places.binary_search(&index) {
                places.insert(at, index);
            }
        }
    }

    /// The edges of the imports of contracts whose exporter may be another, and of the bindings that
    /// are others, as `side` has them.
    fn touched_edges<'c>(
        &self,
        realm: &Realm,
        now: &Domain,
        changed: &Changed<'c>,
        side: impl Fn(&ChangedBinding<'c>) -> Option<&'c BindingFile>,
    ) -> Vec<((Name, Name), usize)> {
        let mut edges = Vec::new();
        let mut add = |contract: &Name, repo: &Name, index| {
            let exporter = self.exporter(contract).filter(|from| *from != repo);
            if let Some(exporter) = exporter {
                edges.push(((exporter.clone(), repo.clone()), index));
            }
        };
        for contract in &changed.touched {
            let key = (now.name.clone(), contract.clone());
            for (repo, index) in self.imports.get(&key).iter().flat_map(|it| it.iter()) {
                add(contract, repo, *index);
            }
        }
        for binding in &changed.bindings {
            for import in side(binding).into_iter().flat_map(|it| &it.imports) {
                let is_own = target(realm, &now.name, import).is_some_and(|it| it.0 == now.name);
                if is_own {
                    add(&import.contract, binding.repo, import.index);
                }
            }
        }
        edges
    }

    fn all_edges(&self, domain: &Name) -> Vec<((Name, Name), usize)> {
        let mut edges = Vec::new();
        let own = self.imports.iter().filter(|((of, _), _)| of == domain);
        for ((_, contract), places) in own {
            let Some(exporter) = self.exporter(contract) else {
                continue;
            };
            for (repo, index) in places.iter().filter(|(repo, _)| repo != exporter) {
                edges.push(((exporter.clone(), repo.clone()), *index));
            }
        }
        edges
    }

    /// What the contracts and bindings that are others show now, in place of what they showed.
    fn take_over(&mut self, realm: &Realm, domain: &Name, changed: &Changed<'_>) {
        for (name, is) in &changed.contracts {
            match is {
                Some(owned) => drop(self.contracts.insert((*name).clone(), owned.clone())),
                None => drop(self.contracts.remove(*name)),
            }
        }
        for binding in &changed.bindings {
            let repo = binding.repo;
            if let Some(was) = binding.was {
                for export in &was.exports {
                    take(&mut self.exporters, &export.contract, repo);
                }
                for import in &was.imports {
                    if let Some(key) = target(realm, domain, import) {
                        take(&mut self.imports, &key, repo);
                    }
                }
                self.elsewhere -= usize::from(names_a_domain(was));
            }
            if let Some(is) = binding.is {
                for export in &is.exports {
                    put(&mut self.exporters, &export.contract, (repo, export.index));
                }
                for import in &is.imports {
                    if let Some(key) = target(realm, domain, import) {
                        put(&mut self.imports, &key, (repo, import.index));
                    }
                }
                self.elsewhere += usize::from(names_a_domain(is));
            }
        }
    }
}

fn names_a_domain(binding: &BindingFile) -> bool {
    binding.imports.iter().any(|import| import.from.is_some())
}

/// Takes away a repo's places.
fn take<K: Ord + Clone>(map: &mut Shelves<K, Places>, key: &K, repo: &Name) {
    let Some(places) = map.get_mut(key) else {
        return;
    };
    let places = Arc::make_mut(places);
    places.retain(|(other, _)| other != repo);
    if places.is_empty() {
        map.remove(key);
    }
}

fn put<K: Ord + Clone>(map: &mut Shelves<K, Places>, key: &K, (repo, index): (&Name, usize)) {
    let Some(places) = map.or_insert_with(key, Arc::default) else {
        return;
    };
    let place = (repo.clone(), index);
    let places = Arc::make_mut(places);
    if let Err(at) = places.binary_search(&place) {
        places.insert(at, place);
    }
}

/// The files that show something else than they did.
struct Changed<'a> {
    contracts: Vec<(&'a Name, Option<Owned>)>,
    bindings: Vec<ChangedBinding<'a>>,
    /// Contracts whose exporter may be another.
    touched: BTreeSet<Name>,
    /// A contract has other former names.
    renames: bool,
    /// There is a file that was not there, or the other way round.
    other_names: bool,
}

struct ChangedBinding<'a> {
    repo: &'a Name,
    was: Option<&'a BindingFile>,
    is: Option<&'a BindingFile>,
}

impl<'a> Changed<'a> {
    fn between(then: &'a Domain, now: &'a Domain) -> Self {
        let mut changed = Self {
            contracts: Vec::new(),
            bindings: Vec::new(),
            touched: BTreeSet::new(),
            renames: false,
            other_names: then.definition.is_some() != now.definition.is_some()
                || then.governance.is_some() != now.governance.is_some()
                || other_names(&now.releases, &then.releases)
                || other_names(&now.acceptances, &then.acceptances),
        };
        for (name, was, is) in now.contracts.differences(&then.contracts, Arc::ptr_eq) {
            changed.other_names |= was.is_some() != is.is_some();
            let former = |file: Option<&'a Arc<ParsedFile>>| {
                file.and_then(|file| file.as_contract())
                    .map_or(&[][..], |contract| &contract.previously)
            };
            changed.renames |= former(was) != former(is);
            let (was, is) = (was.map(owned), is.map(owned));
            if was != is {
                changed.touched.insert(name.clone());
                changed.contracts.push((name, is));
            }
        }
        for (repo, was, is) in now.bindings.differences(&then.bindings, Arc::ptr_eq) {
            changed.other_names |= was.is_some() != is.is_some();
            let of = |file: Option<&'a Arc<ParsedFile>>| {
                file.and_then(|file| file.as_binding()).map(|file| &**file)
            };
            let (was, is) = (of(was), of(is));
            if !exports(was).eq(exports(is)) {
                let contracts = exports(was).chain(exports(is));
                changed
                    .touched
                    .extend(contracts.map(|(name, _)| name.clone()));
            } else if imports(was).eq(imports(is)) {
                continue;
            }
            changed.bindings.push(ChangedBinding { repo, was, is });
        }
        changed
    }
}

fn other_names<K: Ord>(
    now: &Shelves<K, Arc<ParsedFile>>,
    then: &Shelves<K, Arc<ParsedFile>>,
) -> bool {
    let differ = now.differences(then, Arc::ptr_eq);
    differ
        .iter()
        .any(|(_, was, is)| was.is_some() != is.is_some())
}

fn owned(file: &Arc<ParsedFile>) -> Owned {
    let contract = file.as_contract();
    Owned {
        is_readable: contract.is_some(),
        owner: contract.and_then(|contract| contract.owner.clone()),
        version: contract.and_then(|contract| contract.version.clone()),
    }
}

fn exports(binding: Option<&BindingFile>) -> impl Iterator<Item = (&Name, usize)> {
    let exports = binding.into_iter().flat_map(|binding| &binding.exports);
    exports.map(|export| (&export.contract, export.index))
}

fn imports(
    binding: Option<&BindingFile>,
) -> impl Iterator<Item = (&Name, Option<&ImportFrom>, usize)> {
    let imports = binding.into_iter().flat_map(|binding| &binding.imports);
    imports.map(|import| (&import.contract, import.from.as_ref(), import.index))
}

fn frame_after(
    was: &Arc<Frame>,
    (then, now): (&Domain, &Domain),
    changed: &Changed<'_>,
) -> Arc<Frame> {
    let is_defined_the_same = match (&then.definition, &now.definition) {
        (Some(then), Some(now)) if Arc::ptr_eq(then, now) => true,
        (_, file) => was.definition == file.as_ref().map(|file| definition(file)),
    };
    if is_defined_the_same && !changed.renames && !changed.other_names {
        return was.clone();
    }
    let mut renamed: HashMap<Name, Vec<Name>> = HashMap::new();
    for (name, file) in now.contracts.iter() {
        let former = file.as_contract().map(|contract| &contract.previously);
        for old in former.into_iter().flatten() {
            renamed.entry(old.clone()).or_default().push(name.clone());
        }
    }
    Arc::new(Frame {
        definition: now.definition.as_ref().map(|file| definition(file)),
        renamed,
    })
}

fn definition(file: &ParsedFile) -> Definition {
    let members = file.as_domain().map(|domain| {
        let members = domain.members.iter();
        members.map(|member| member.repo.clone()).collect()
    });
    Definition {
        is_readable: file.model.is_some(),
        has_unread: file.problems.iter().any(|problem| {
            matches!(
                problem.code,
                ProblemCode::BadName | ProblemCode::RealmSchema
            )
        }),
        members: members.filter(|members: &HashSet<Name>| !members.is_empty()),
    }
}
