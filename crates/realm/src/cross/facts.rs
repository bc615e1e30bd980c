//! What follows from all files of a realm together, gathered in one walk over them, so that a rule
//! that needs it costs a look-up for each file and not a walk.

use std::collections::{HashMap, HashSet};

use super::cycles::{self, Cycles};
use crate::model::Import;
use crate::names::Name;
use crate::realm::Realm;

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

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The first domain that has a contract of this name.
    pub homes: HashMap<Name, Name>,
    /// Domain and a name that contracts had before → those contracts.
    pub renamed: HashMap<ContractKey, Vec<Name>>,
    /// Contract → the repos whose bindings export it, with the place in `exports`.
    pub exporters: HashMap<ContractKey, Vec<(Name, usize)>>,
    /// Contracts and the repos that import them.
    pub importers: HashSet<(ContractKey, Name)>,
    /// Contract → the imports of it.
    pub imports: HashMap<ContractKey, Vec<ImportAt>>,
    /// Domain → members that `domain.yaml` names; nothing where it names none or cannot be read.
    pub members: HashMap<Name, HashSet<Name>>,
    /// Circles of repos through several domains.
    pub cycles: Cycles,
}

impl Facts {
    pub(crate) fn of(realm: &Realm) -> Self {
        let mut facts = Self::default();
        for domain in realm.domains() {
            for (name, file) in &domain.contracts {
                let home = facts.homes.entry(name.clone());
                home.or_insert_with(|| domain.name.clone());
                let former = file.as_contract().map(|contract| &contract.previously);
                for old in former.into_iter().flatten() {
                    let key = (domain.name.clone(), old.clone());
                    facts.renamed.entry(key).or_default().push(name.clone());
                }
            }
            if let Some(members) = domain.members() {
                let members: HashSet<Name> = members.cloned().collect();
                if !members.is_empty() {
                    facts.members.insert(domain.name.clone(), members);
                }
            }
            for (repo, file) in &domain.bindings {
                let Some(binding) = file.as_binding() else {
                    continue;
                };
                for export in &binding.exports {
                    let key = (domain.name.clone(), export.contract.clone());
                    let exporters = facts.exporters.entry(key).or_default();
                    exporters.push((repo.clone(), export.index));
                }
                for import in &binding.imports {
                    let Some(key) = target(realm, &domain.name, import) else {
                        continue;
                    };
                    facts.importers.insert((key.clone(), repo.clone()));
                    facts.imports.entry(key).or_default().push(ImportAt {
                        domain: domain.name.clone(),
                        repo: repo.clone(),
                        index: import.index,
                    });
                }
            }
        }
        facts.cycles = cycles::find(realm, &facts);
        facts
    }

    /// Who exports a contract: its owner, or where its file does not say, the first that says so of
    /// itself.
    pub(crate) fn exporter<'a>(&'a self, realm: &'a Realm, key: &ContractKey) -> Option<&'a Name> {
        let owner = realm.contract(&key.0, &key.1)?.owner.as_ref();
        owner.or_else(|| self.exporters.get(key)?.first().map(|(repo, _)| repo))
    }
}

/// The contract of this realm that an import of a binding in `domain` names, there or not.
pub(crate) fn target(realm: &Realm, domain: &Name, import: &Import) -> Option<ContractKey> {
    let domain = realm.domain_of_import(domain, import)?;
    Some((domain.into(), import.contract.clone()))
}
