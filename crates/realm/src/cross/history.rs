//! A contract's `evolution` and its released versions: both say what the contract was, and may not
//! contradict what it is.

use semver::Version;

use super::{Beside, Loose, Way};
use crate::kind::FileKind;
use crate::model::{ContractFile, Evolution};
use crate::names::Name;
use crate::problem::{Problem, ProblemCode};
use crate::spans::Step;

pub(super) fn of_file(beside: &mut Beside<'_>) {
    let file = beside.file;
    let (FileKind::Contract { domain, .. }, Some(contract)) = (&file.kind, file.as_contract())
    else {
        return;
    };
    in_order(beside, contract);
    // What was never released has no history to be complete.
    if let (Some(version), Some(_)) = (&contract.version, &contract.value) {
        newest_entry(beside, contract, version);
        releases(beside, domain, contract, version);
    }
}

fn version_of(entry: &Evolution) -> Way<'static> {
    Way::Value(vec![
        Step::Key("evolution"),
        Step::Index(entry.index),
        Step::Key("version"),
    ])
}

fn in_order<'a>(beside: &mut Beside<'a>, contract: &'a ContractFile) {
    let path = beside.file.path.clone();
    let mut highest: Option<(&Version, &Evolution)> = None;
    for entry in &contract.evolution {
        let Some(version) = &entry.version else {
            continue;
        };
        let Some((before, above)) =
            highest.filter(|(high, _)| version.cmp_precedence(high).is_le())
        else {
            highest = Some((version, entry));
            continue;
        };
        let message = match before == version {
            true => format!("{version} has two entries: each version brings one"),
            false => format!(
                "the entry of {version} stands after the one of {before}: versions only grow, the \
                 newest stands last"
            ),
        };
        let loose = Loose::new(ProblemCode::EvolutionMismatch, version_of(entry), message);
        let message = format!("the entry of {before}");
        beside.tell(loose.relate(path.clone(), version_of(above), message));
    }
}

fn newest_entry<'a>(beside: &mut Beside<'a>, contract: &'a ContractFile, version: &Version) {
    let entries = &contract.evolution;
    if entries.iter().any(|entry| entry.version.is_none()) {
        // It may be the one; what is wrong with it is told where it stands.
        return;
    }
    let newest = entries
        .iter()
        .filter_map(|entry| Some((entry.version.as_ref()?, entry)));
    let newest = newest.max_by(|(a, _), (b, _)| a.cmp_precedence(b));
    let at_version = Way::Value(vec![Step::Key("version")]);
    match newest {
        Some((newest, _)) if newest == version => {}
        Some((newest, entry)) if newest.cmp_precedence(version).is_gt() => {
            let message = format!(
                "the newest entry is of {newest}, but the contract is at {version}: importers \
                 would wait for a version that is not there"
            );
            let loose = Loose::new(ProblemCode::EvolutionMismatch, version_of(entry), message);
            let path = beside.file.path.clone();
            beside.tell(loose.relate(path, at_version, "the contract's version".to_owned()));
        }
        newest => {
            let last = match newest {
                Some((newest, _)) => format!(", whose newest is of {newest}"),
                None => String::new(),
            };
            let message = format!(
                "version {version} has no entry in `evolution`{last}: importers read there what \
                 changed and how to follow"
            );
            beside.tell(Loose::new(
                ProblemCode::EvolutionMissing,
                at_version,
                message,
            ));
        }
    }
}

/// What was released under the contract's own version is what the contract says; nothing was
/// released above it.
fn releases<'a>(
    beside: &mut Beside<'a>,
    domain: &Name,
    contract: &'a ContractFile,
    version: &'a Version,
) {
    let at_version = || Way::Value(vec![Step::Key("version")]);
    let path = |version: &Version| {
        let contract = contract.name.clone();
        let version = version.to_string().into();
        let domain = domain.clone();
        FileKind::Release {
            domain,
            contract,
            version,
        }
        .path()
    };
    let releases = beside.realm.releases(domain, &contract.name);
    if let Some((highest, _)) = releases.last()
        && highest.cmp_precedence(version).is_gt()
    {
        let message = format!(
            "version {version} is lower than {highest}, which is released: importers that follow \
             {highest} would never see this one"
        );
        let loose = Loose::new(ProblemCode::VersionRegressed, at_version(), message);
        let start = Way::Value(vec![]);
        beside.tell(loose.relate(path(highest), start, format!("{highest} was released here")));
    }
    let Some(own) = beside.realm.release(domain, &contract.name, version) else {
        return;
    };
    let is_schema = |problem: &Problem| problem.code == ProblemCode::SchemaInvalid;
    let no_schema = None;
    let schema = match beside.file.problems.iter().any(is_schema) {
        true => &no_schema,
        false => &contract.schema,
    };
    let same = [
        ("schema", &own.schema, schema),
        ("value", &own.value, &contract.value),
    ];
    // What one of the two files does not say, or says in a way that cannot be used, is not judged.
    let differs = same
        .into_iter()
        .find(|(_, was, is)| matches!((was, is), (Some(was), Some(is)) if was != is));
    if let Some((key, ..)) = differs {
        let message = format!(
            "the contract's `{key}` is not what {version} was released with: importers of \
             {version} rely on that, so this needs a version of its own"
        );
        let loose = Loose::new(ProblemCode::VersionNotBumped, at_version(), message);
        let way = Way::Key(vec![Step::Key(key)]);
        let released = format!("`{key}` of {version} as released");
        beside.tell(loose.relate(path(version), way, released));
    }
}
