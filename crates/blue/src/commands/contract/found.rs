//! What is found in the realms that are known, as one shape.

use std::collections::BTreeMap;

use blue_realm::{CompatibilityMode, ContractFile, DeprecationTarget};
use blue_workspace::{ContractAt, contract_version};
use semver::Version;
use serde_json::Value;

use super::known::{Known, Realms, unknown};
use super::shape::{Compatibility, Contract, Deprecated, Document, Entry, Importer};
use crate::failure::Error;

/// A contract of a realm.
#[derive(Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) known: &'a Known,
    pub(super) domain: &'a str,
    pub(super) contract: &'a ContractFile,
}

impl Realms {
    /// Every contract that the realms say, by realm, domain and name; one that is only proposed too.
    pub(super) fn contracts(&self) -> Vec<Held<'_>> {
        let mut all: Vec<Held<'_>> = Vec::new();
        for known in &self.all {
            let first = all.len();
            let states = &known.states;
            for realm in [&states.record, &states.working] {
                for domain in realm.domains() {
                    let domain: &str = &domain.name;
                    if self.domain.as_ref().is_some_and(|asked| *asked != *domain) {
                        continue;
                    }
                    for contract in realm.contracts(domain) {
                        let is_new = all[first..].iter().all(|held| {
                            held.domain != domain || held.contract.name != contract.name
                        });
                        if is_new {
                            all.push(Held {
                                known,
                                domain,
                                contract,
                            });
                        }
                    }
                }
            }
            all[first..]
                .sort_by(|a, b| (a.domain, &a.contract.name).cmp(&(b.domain, &b.contract.name)));
        }
        all
    }

    /// The contracts of a name, `CONTRACT` or `DOMAIN/CONTRACT`, the one they have or had.
    ///
    /// # Errors
    /// [`Error::Use`] where there is none.
    pub(super) fn named(&self, name: &str) -> Result<Vec<Held<'_>>, Error> {
        let all = self.contracts();
        let (domain, own) = match name.split_once('/') {
            Some((domain, own)) => (Some(domain), own),
            None => (None, name),
        };
        let in_domain = |held: &&Held<'_>| domain.is_none_or(|domain| held.domain == domain);
        let has = |held: &&Held<'_>| *held.contract.name == *own;
        let had = |held: &&Held<'_>| {
            held.contract
                .previously
                .iter()
                .any(|former| **former == *own)
        };
        for is_it in [&has as &dyn Fn(&&Held<'_>) -> bool, &had] {
            let found: Vec<Held<'_>> = all
                .iter()
                .filter(in_domain)
                .filter(|held| is_it(held))
                .copied()
                .collect();
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let names: Vec<String> = all
            .iter()
            .map(|held| held.contract.name.to_string())
            .collect();
        Err(unknown("contract", name, &names))
    }

    fn document(&self, contracts: Vec<Contract>) -> Document {
        Document {
            version: 1,
            contracts,
            notes: self.notes.clone(),
        }
    }
}

impl Held<'_> {
    /// What every answer says of it.
    pub(super) fn shape(&self) -> Contract {
        let states = &self.known.states;
        let version = |contract: &ContractFile| contract.version.as_ref().map(Version::to_string);
        let proposed = states.working.contract(self.domain, &self.contract.name);
        let proposed = proposed.and_then(|contract| version(contract));
        let own = version(self.contract);
        let importers = states.record.importers_of(self.domain, &self.contract.name);
        let importers = importers.iter().map(|importer| Importer {
            repo: importer.repo.to_string(),
            range: importer
                .import
                .version_text
                .as_ref()
                .map(ToString::to_string),
            resolved_version: importer
                .import
                .resolved_version
                .as_ref()
                .map(Version::to_string),
        });
        Contract {
            realm: states.realm.to_string(),
            domain: self.domain.to_owned(),
            contract: self.contract.name.to_string(),
            proposed: proposed.filter(|proposed| Some(proposed) != own.as_ref()),
            version: own,
            owner: self.contract.owner.as_ref().map(ToString::to_string),
            description: self.contract.description.as_ref().map(ToString::to_string),
            importers: importers.collect(),
            previously: self
                .contract
                .previously
                .iter()
                .map(ToString::to_string)
                .collect(),
            ..Contract::default()
        }
    }
}

/// Everything.
pub(super) fn list(realms: &Realms) -> Document {
    realms.document(realms.contracts().iter().map(Held::shape).collect())
}

/// One contract, or one version of it.
///
/// # Errors
/// [`Error::Use`] for a name that nothing has, [`Error::Version`] for a version that cannot be had.
pub(super) fn show(realms: &Realms, text: &str) -> Result<Document, Error> {
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let version = version.map(|text| {
        Version::parse(text).map_err(|why| Error::BadVersion {
            text: text.to_owned(),
            why: why.to_string(),
        })
    });
    let version = version.transpose()?;
    let mut contracts = Vec::new();
    for held in realms.named(name)? {
        contracts.push(shown(&held, version.as_ref())?);
    }
    Ok(realms.document(contracts))
}

fn shown(held: &Held<'_>, version: Option<&Version>) -> Result<Contract, Error> {
    let mut shape = held.shape();
    let states = &held.known.states;
    let old = version.map(|version| {
        let at = |contract| ContractAt {
            root: &states.root,
            follow: states.follow.as_deref(),
            domain: held.domain,
            contract,
        };
        let names = held.contract.previously.iter();
        let former = |error| {
            let mut found = names
                .clone()
                .map(|name| contract_version(&at(name), &states.record, version));
            found.find_map(Result::ok).ok_or(error)
        };
        contract_version(&at(&held.contract.name), &states.record, version).or_else(former)
    });
    let old = old.transpose()?;
    let contract = old.as_ref().map_or(held.contract, |old| &*old.contract);
    shape.source = old.as_ref().map(|old| old.from.clone());
    if old.is_some() {
        shape.version = contract.version.as_ref().map(Version::to_string);
        shape.proposed = None;
    }
    shape.compatibility = Some(Compatibility {
        backwards: contract.compatibility.backwards,
        forwards: contract.compatibility.forwards,
        mode: match contract.compatibility.mode {
            CompatibilityMode::Emitted => "emitted",
            CompatibilityMode::Literal => "literal",
        },
    });
    shape.value.clone_from(&contract.value);
    shape.schema.clone_from(&contract.schema);
    let deprecated = contract.deprecated.iter().map(|entry| Deprecated {
        what: match &entry.target {
            DeprecationTarget::Value(value) => value.clone(),
            DeprecationTarget::Pointer(pointer) => Value::String(pointer.to_string()),
        },
        sunset: entry.sunset.as_ref().map(ToString::to_string),
        note: entry.note.as_ref().map(ToString::to_string),
    });
    shape.deprecated = deprecated.collect();
    Ok(shape)
}

/// The versions of a contract: its `evolution`, and the files of what was released.
///
/// # Errors
/// [`Error::Use`] for a name that nothing has.
pub(super) fn history(realms: &Realms, name: &str) -> Result<Document, Error> {
    let contracts = realms.named(name)?;
    let contracts = contracts.iter().map(|held| {
        let mut shape = held.shape();
        shape.history = entries(held, &shape.importers);
        shape
    });
    Ok(realms.document(contracts.collect()))
}

fn entries(held: &Held<'_>, importers: &[Importer]) -> Vec<Entry> {
    let mut by_version: BTreeMap<Version, Entry> = BTreeMap::new();
    for entry in &held.contract.evolution {
        let Some(version) = &entry.version else {
            continue;
        };
        let text = |text: &Option<blue_realm::Text>| text.as_ref().map(ToString::to_string);
        let source = entry.source.as_ref();
        let made = Entry {
            date: text(&entry.date),
            actor: text(&entry.actor),
            compatible: entry.compatible,
            changes: entry.changes.iter().map(ToString::to_string).collect(),
            commit: source.and_then(|source| text(&source.commit)),
            migration: text(&entry.migration),
            ..Entry::default()
        };
        by_version.insert(version.clone(), made);
    }
    let record = &held.known.states.record;
    let names = std::iter::once(&held.contract.name).chain(&held.contract.previously);
    for name in names {
        for (version, _) in record.releases(held.domain, name) {
            by_version.entry(version.clone()).or_default().released = true;
        }
    }
    if let Some(version) = &held.contract.version {
        by_version.entry(version.clone()).or_default();
    }
    let newest_first = by_version.into_iter().rev();
    newest_first
        .map(|(version, mut entry)| {
            entry.version = version.to_string();
            let follows = |it: &&Importer| it.resolved_version.as_ref() == Some(&entry.version);
            entry.followed_by = importers
                .iter()
                .filter(follows)
                .map(|it| it.repo.clone())
                .collect();
            entry
        })
        .collect()
}
