//! Which two states of which contracts are compared: what the realm says, an old version, what is
//! proposed, or what an exporter's code has.

use std::path::Path;
use std::sync::Arc;

use blue_analysis::finds_value;
use blue_compat::value::Matching;
use blue_realm::{ContractFile, Match, Realm};
use blue_workspace::{ContractAt, RealmStates, VersionError, contract_version};
use semver::Version;

use super::followed::everyone;
use super::judged::judged;
use super::{Compared, Comparison};
use crate::commands::check::detected::detected_value;
use crate::commands::check::named::Known;
use crate::commands::check::options::Args;
use crate::engine::{Loaded, Report};
use crate::failure::Error;

/// One state of a contract.
pub(super) struct State {
    /// What is compared.
    pub(super) contract: Arc<ContractFile>,
    /// The version that counts for importers.
    pub(super) version: Option<Version>,
    /// Whether the state itself says that version: else it is the one that a sync would make.
    pub(super) says_version: bool,
    /// Where it was read, in words.
    pub(super) source: String,
}

impl State {
    fn of(contract: Arc<ContractFile>, source: String) -> State {
        let version = contract.version.clone();
        State {
            contract,
            version,
            says_version: true,
            source,
        }
    }

    /// `1.4.0 (origin/main at 60979ee)`.
    pub(super) fn named(&self) -> String {
        match &self.version {
            Some(version) if self.says_version => format!("{version} ({})", self.source),
            _ => self.source.clone(),
        }
    }
}

/// Which side of the realm the start lies on.
enum Standing {
    /// A realm's own checkout.
    Realm,
    /// A code repository of this name.
    Repo(Arc<str>),
}

/// Compares the contracts that are asked for.
pub(super) fn compare(
    args: &Args,
    start: &Path,
    found: &Loaded,
    report: &Report,
) -> Result<Comparison, Error> {
    let standing = standing_of(report);
    let from = version_of("--from", args.versions.from.as_deref())?;
    let to = version_of("--to", args.versions.to.as_deref())?;
    let mut comparison = Comparison {
        compared: Vec::new(),
        notes: Vec::new(),
        could_not: Vec::new(),
    };
    let realms = found.realm_states(start);
    Known::with_former(&realms).expect(&args.named)?;
    let mut wanted = Vec::new();
    for realm in &realms {
        for (domain, contract) in contracts(realm, &standing) {
            let names = names_of(realm, &domain, &contract);
            if names.iter().any(|name| args.named.has(&domain, name)) {
                wanted.push((realm, domain, names));
            }
        }
    }
    if wanted.is_empty() {
        return nothing(args, &standing, comparison);
    }
    if wanted.len() > 1 && (from.is_some() || to.is_some()) {
        return Err(several(&wanted));
    }
    for (realm, domain, names) in &wanted {
        let subject = Subject {
            realm,
            domain,
            names,
            standing: &standing,
            report,
            is_strict: args.is_strict(),
            is_hypothetical: false,
        };
        let unread = &mut comparison.could_not;
        match subject.compare(from.as_ref(), to.as_ref(), unread)? {
            Some(compared) => comparison.compared.push(compared),
            None => comparison.notes.push(format!(
                "{}: new, there is no version before it to compare with",
                subject.name()
            )),
        }
        if from.is_none() {
            let unjudged = realm.unjudged.iter().map(|why| why.to_string());
            comparison.could_not.extend(unjudged);
        }
    }
    comparison.could_not.dedup();
    Ok(comparison)
}

fn nothing(args: &Args, standing: &Standing, empty: Comparison) -> Result<Comparison, Error> {
    if !args.named.is_empty() {
        return Err(Error::Use {
            message: "no contract that is compared here has that name".to_owned(),
            hint: "without --contract and --domain all of them are compared".to_owned(),
        });
    }
    let note = match standing {
        Standing::Realm => "the realm has no contract yet".to_owned(),
        Standing::Repo(repo) => format!("{repo} has to do with no contract"),
    };
    Ok(Comparison {
        notes: vec![note],
        ..empty
    })
}

/// The name that a contract has now, then those it had: by one of them an older state may know it.
fn names_of(realm: &RealmStates, domain: &str, contract: &str) -> Vec<String> {
    let mut names = vec![contract.to_owned()];
    for realm in [&realm.working, &realm.record] {
        let former = realm.contract(domain, contract);
        let former = former.iter().flat_map(|contract| &contract.previously);
        for name in former {
            // A name that was given to another contract since is that one's.
            let is_free = realm.contract(domain, name).is_none();
            if is_free && names.iter().all(|known| **known != **name) {
                names.push(name.to_string());
            }
        }
    }
    names
}

fn several(wanted: &[(&RealmStates, Arc<str>, Vec<String>)]) -> Error {
    let names = wanted.iter().filter_map(|(_, _, names)| names.first());
    let names: Vec<&str> = names.map(String::as_str).collect();
    Error::Use {
        message: format!(
            "versions are of one contract, and there are several: {}",
            names.join(", ")
        ),
        hint: "name one with --contract".to_owned(),
    }
}

/// A version argument; `working` and nothing are the same.
fn version_of(option: &str, text: Option<&str>) -> Result<Option<Version>, Error> {
    let Some(text) = text.filter(|text| *text != "working") else {
        return Ok(None);
    };
    let version = Version::parse(text).map_err(|why| Error::Use {
        message: format!("`{option} {text}` is no version: {why}"),
        hint: "write it as in the contract, such as 1.4.0, or `working`".to_owned(),
    })?;
    Ok(Some(version))
}

/// The contracts, by domain, that are compared where nothing is named: all of a realm; of a code
/// repository those it exports, or where it exports none those it imports.
fn contracts(realm: &RealmStates, standing: &Standing) -> Vec<(Arc<str>, Arc<str>)> {
    let Standing::Repo(repo) = standing else {
        let domains = realm.working.domains();
        let all = domains.flat_map(|domain| {
            let contracts = realm.working.contracts(&domain.name);
            contracts.map(|contract| (domain.name.clone(), contract.name.clone()))
        });
        return all.collect();
    };
    let (mut exports, mut imports) = (Vec::new(), Vec::new());
    for domain in realm.record.domains_of(repo) {
        let Some(binding) = realm.record.binding(&domain.name, repo) else {
            continue;
        };
        let exported = binding.exports.iter();
        exports.extend(exported.map(|export| (domain.name.clone(), export.contract.clone())));
        for import in &binding.imports {
            if let Some(of) = realm.record.domain_of_import(&domain.name, import) {
                imports.push((of.into(), import.contract.clone()));
            }
        }
    }
    if exports.is_empty() { imports } else { exports }
}

/// A contract to compare.
pub(super) struct Subject<'a> {
    pub(super) realm: &'a RealmStates,
    pub(super) domain: &'a str,
    /// Its name, then those it had before.
    pub(super) names: &'a [String],
    standing: &'a Standing,
    report: &'a Report,
    is_strict: bool,
    /// Whether a version that is nowhere to be read may be compared to: what it holds is taken to be
    /// what there was.
    is_hypothetical: bool,
}

/// Which versions are compared; without them what the realm says, and what is proposed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Between<'a> {
    pub(crate) from: Option<&'a Version>,
    pub(crate) to: Option<&'a Version>,
    /// Whether `to` may be a version that is nowhere to be read.
    pub(crate) is_hypothetical: bool,
}

/// A contract, now called `contract`, from one version to another; nothing where there is no state to
/// compare with.
pub(crate) fn between(
    (realm, report): (&RealmStates, &Report),
    (domain, contract): (&str, &str),
    versions: &Between<'_>,
    unread: &mut Vec<String>,
) -> Result<Option<Compared>, Error> {
    let standing = standing_of(report);
    let names = names_of(realm, domain, contract);
    let subject = Subject {
        realm,
        domain,
        names: &names,
        standing: &standing,
        report,
        is_strict: false,
        is_hypothetical: versions.is_hypothetical,
    };
    subject.compare(versions.from, versions.to, unread)
}

fn standing_of(report: &Report) -> Standing {
    match &report.repo {
        Some(repo) => Standing::Repo(repo.clone()),
        None => Standing::Realm,
    }
}

impl Subject<'_> {
    pub(super) fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Nothing where there is no state to compare with. What an importer follows and cannot be read is
    /// told in `unread`.
    fn compare(
        &self,
        from: Option<&Version>,
        to: Option<&Version>,
        unread: &mut Vec<String>,
    ) -> Result<Option<Compared>, Error> {
        let old = match from {
            Some(version) => Some(self.version(version)?),
            None => self.official(),
        };
        let new = match to {
            Some(version) => Some(self.version_or_next(version, old.as_ref())?),
            None => self.proposed(),
        };
        let (Some(old), Some(mut new)) = (old, new) else {
            return Ok(None);
        };
        let importers_in: &Realm = match self.standing {
            Standing::Realm => &self.realm.working,
            Standing::Repo(_) => &self.realm.record,
        };
        let matching = self.matching();
        let judgement = judged(&old.contract, &new.contract, matching);
        let smallest = old.version.as_ref();
        let smallest = smallest.map(|it| judgement.smallest_version(it));
        if !new.says_version {
            new.version.clone_from(&smallest);
        }
        let everyone = everyone(self, importers_in, (&old, &mut new), &judgement, unread);
        Ok(Some(Compared {
            realm: self.realm.realm.to_string(),
            domain: self.domain.to_owned(),
            contract: self.name().to_owned(),
            affected: everyone.affected,
            behind: everyone.behind,
            from: old,
            to: new,
            judgement,
            smallest,
            is_strict: self.is_strict,
        }))
    }

    /// A version of the contract to compare to.
    fn version_or_next(&self, version: &Version, old: Option<&State>) -> Result<State, Error> {
        match (self.version(version), old) {
            (Err(VersionError::NotFound { .. }), Some(old)) if self.is_hypothetical => {
                let mut next = (*old.contract).clone();
                next.version = Some(version.clone());
                let source = "not released, so that only ranges are held against it".to_owned();
                Ok(State::of(Arc::new(next), source))
            }
            (found, _) => Ok(found?),
        }
    }

    /// A version of the contract, by whichever name it had then.
    pub(super) fn version(&self, version: &Version) -> Result<State, VersionError> {
        let read = |contract: &String| {
            let at = ContractAt {
                root: &self.realm.root,
                follow: self.realm.follow.as_deref(),
                domain: self.domain,
                contract,
            };
            contract_version(&at, &self.realm.working, version)
        };
        let mut first = None;
        for name in self.names {
            match read(name) {
                Ok(found) => return Ok(State::of(found.contract, found.from)),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or_else(|| VersionError::NotFound {
            contract: self.name().to_owned(),
            version: version.clone(),
            shallow: false,
        }))
    }

    /// What the realm says officially; in its own checkout where the proposal left that.
    fn official(&self) -> Option<State> {
        let (realm, source) = match (self.standing, &self.realm.base) {
            (Standing::Realm, Some((base, against))) => (base, against.to_string()),
            _ => (&self.realm.record, "the realm's record".to_owned()),
        };
        Some(State::of(self.in_realm(realm)?.clone(), source))
    }

    /// What is proposed: the realm's working tree; of an exporter what its code has.
    fn proposed(&self) -> Option<State> {
        if let Standing::Repo(repo) = self.standing {
            let of_record = self.in_realm(&self.realm.record)?;
            let export = self.realm.record.export_of(self.domain, &of_record.name);
            // What nothing finds in code is proposed by the realm's files alone.
            let is_found = export.is_none_or(|(_, export)| finds_value(export, of_record));
            if of_record.owner.as_ref() == Some(repo) && is_found {
                return Some(self.detected(of_record));
            }
        }
        let working = self.in_realm(&self.realm.working)?;
        Some(State::of(working.clone(), "working".to_owned()))
    }

    fn in_realm<'r>(&self, realm: &'r Realm) -> Option<&'r Arc<ContractFile>> {
        let mut names = self.names.iter();
        names.find_map(|name| realm.contract(self.domain, name))
    }

    /// How the exporter's binding, as the realm has it, wants values compared.
    pub(super) fn matching(&self) -> Matching {
        let mut names = self.names.iter();
        let export = names.find_map(|name| self.realm.record.export_of(self.domain, name));
        match export.map(|(_, export)| export.matching) {
            Some(Match::Covers) => Matching::Covers,
            Some(Match::Exact) | None => Matching::Exact,
        }
    }

    /// The contract with the value that the code has now, as the exporter's findings tell it.
    fn detected(&self, contract: &Arc<ContractFile>) -> State {
        let mut detected = (**contract).clone();
        detected.value = detected_value(self.report, &self.realm.realm, self.domain, contract);
        State {
            says_version: detected.value == contract.value,
            version: contract.version.clone(),
            contract: Arc::new(detected),
            source: "working".to_owned(),
        }
    }
}
