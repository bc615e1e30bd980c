//! Which two states of which contracts are compared: what the realm says, an old version, what is
//! proposed, or what an exporter's code has.

use std::path::Path;
use std::sync::Arc;

use blue_compat::Mode;
use blue_compat::contract::{Day, Deprecated, Promises, Side, Target, judge};
use blue_realm::{CompatibilityMode, ContractFile, DeprecationTarget, Realm};
use blue_workspace::{ContractAt, RealmStates, contract_version};
use semver::Version;

use super::affected::{Change, affected};
use super::{Compared, Comparison};
use crate::commands::check::detected::detected_value;
use crate::commands::check::named::Known;
use crate::commands::check::options::Args;
use crate::engine::{Loaded, Report};
use crate::failure::Error;

/// One state of a contract.
pub(super) struct State {
    /// What is compared.
    contract: Arc<ContractFile>,
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
    let standing = match &report.repo {
        Some(repo) => Standing::Repo(repo.clone()),
        None => Standing::Realm,
    };
    let from = version_of("--from", args.versions.from.as_deref())?;
    let to = version_of("--to", args.versions.to.as_deref())?;
    let mut comparison = Comparison {
        compared: Vec::new(),
        notes: Vec::new(),
        could_not: Vec::new(),
    };
    let realms = found.realm_states(start);
    Known::of(&realms).expect(&args.named)?;
    let mut wanted = Vec::new();
    for realm in &realms {
        for (domain, contract) in contracts(realm, &standing) {
            if args.named.has(&domain, &contract) {
                wanted.push((realm, domain, contract));
            }
        }
    }
    if wanted.is_empty() {
        return nothing(args, &standing, comparison);
    }
    if wanted.len() > 1 && (from.is_some() || to.is_some()) {
        return Err(several(&wanted));
    }
    for (realm, domain, contract) in wanted {
        let subject = Subject {
            realm,
            domain: &domain,
            contract: &contract,
            standing: &standing,
            report,
        };
        match subject.compare(from.as_ref(), to.as_ref())? {
            Some(compared) => comparison.compared.push(compared),
            None => comparison.notes.push(format!(
                "{contract}: new, there is no version before it to compare with"
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

fn several(wanted: &[(&RealmStates, Arc<str>, Arc<str>)]) -> Error {
    let names: Vec<&str> = wanted.iter().map(|(_, _, name)| &**name).collect();
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
struct Subject<'a> {
    realm: &'a RealmStates,
    domain: &'a str,
    contract: &'a str,
    standing: &'a Standing,
    report: &'a Report,
}

impl Subject<'_> {
    fn compare(
        &self,
        from: Option<&Version>,
        to: Option<&Version>,
    ) -> Result<Option<Compared>, Error> {
        let old = match from {
            Some(version) => Some(self.version(version)?),
            None => self.official(),
        };
        let new = match to {
            Some(version) => Some(self.version(version)?),
            None => self.proposed(),
        };
        let (Some(old), Some(mut new)) = (old, new) else {
            return Ok(None);
        };
        let deprecated = [&old, &new].map(|state| deprecations(&state.contract));
        let judgement = judge(
            &side(&old.contract, &deprecated[0]),
            &side(&new.contract, &deprecated[1]),
            promises(&old.contract),
            today(),
        );
        let smallest = old
            .version
            .as_ref()
            .map(|it| judgement.smallest_version(it));
        if !new.says_version {
            new.version.clone_from(&smallest);
        }
        let change = Change {
            from: old.version.as_ref(),
            to: new.version.as_ref(),
            judgement: &judgement,
        };
        let importers_in: &Realm = match self.standing {
            Standing::Realm => &self.realm.working,
            Standing::Repo(_) => &self.realm.record,
        };
        Ok(Some(Compared {
            realm: self.realm.realm.to_string(),
            domain: self.domain.to_owned(),
            contract: self.contract.to_owned(),
            affected: affected(importers_in, self.domain, self.contract, &change),
            from: old,
            to: new,
            judgement,
            smallest,
        }))
    }

    fn version(&self, version: &Version) -> Result<State, Error> {
        let at = ContractAt {
            root: &self.realm.root,
            follow: self.realm.follow.as_deref(),
            domain: self.domain,
            contract: self.contract,
        };
        let found = contract_version(&at, &self.realm.working, version)?;
        Ok(State::of(found.contract, found.from))
    }

    /// What the realm says officially; in its own checkout where the proposal left that.
    fn official(&self) -> Option<State> {
        let (realm, source) = match (self.standing, &self.realm.base) {
            (Standing::Realm, Some((base, against))) => (base, against.to_string()),
            _ => (&self.realm.record, "the realm's record".to_owned()),
        };
        let contract = realm.contract(self.domain, self.contract)?;
        Some(State::of(contract.clone(), source))
    }

    /// What is proposed: the realm's working tree; of an exporter what its code has.
    fn proposed(&self) -> Option<State> {
        if let Standing::Repo(repo) = self.standing {
            let of_record = self.realm.record.contract(self.domain, self.contract)?;
            if of_record.owner.as_ref() == Some(repo) {
                return Some(self.detected(of_record));
            }
        }
        let working = self.realm.working.contract(self.domain, self.contract)?;
        Some(State::of(working.clone(), "working".to_owned()))
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

fn side<'a>(contract: &'a ContractFile, deprecated: &'a [Deprecated<'a>]) -> Side<'a> {
    Side {
        schema: contract.schema.as_ref(),
        value: contract.value.as_ref(),
        deprecated,
    }
}

fn deprecations(contract: &ContractFile) -> Vec<Deprecated<'_>> {
    let entries = contract.deprecated.iter().map(|entry| Deprecated {
        what: match &entry.target {
            DeprecationTarget::Value(value) => Target::Value(value),
            DeprecationTarget::Pointer(pointer) => Target::Pointer(pointer),
        },
        sunset: entry.sunset.as_ref().and_then(|text| text.parse().ok()),
    });
    entries.collect()
}

fn promises(contract: &ContractFile) -> Promises {
    Promises {
        backwards: contract.compatibility.backwards,
        forwards: contract.compatibility.forwards,
        mode: match contract.compatibility.mode {
            CompatibilityMode::Emitted => Mode::Emitted,
            CompatibilityMode::Literal => Mode::Literal,
        },
    }
}

/// The day in UTC.
fn today() -> Option<Day> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = i64::try_from(now.ok()?.as_secs()).ok()?;
    blue_realm::Date::from_unix(seconds)
        .to_string()
        .parse()
        .ok()
}
