//! What a report on a realm says besides its findings: of each contract about which there is nothing to
//! say that it passed, and what is empty. By itself, since whoever types in a realm's files asks for
//! neither, and both are as long as the realm is large.

use std::sync::Arc;

use blue_realm::Realm;
use rustc_hash::FxHashSet;

use crate::db::{Db, RealmInput};
use crate::finding::{Finding, Severity};
use crate::findings::{Findings, Mode, Passed};
use crate::realm_findings::{RealmProposal, realm_findings};

/// Everything there is to say of a realm's own files.
pub(crate) fn realm_report(db: &dyn Db, realm: RealmInput) -> Findings {
    let mut found = (*realm_findings(db, realm)).clone();
    let shown = realm.working(db).as_ref().unwrap_or(realm.record(db));
    let proposal = realm.proposal(db);
    found.passed = passed(shown, proposal, &found.findings);
    found.notes = notes(shown, proposal);
    found
}

/// Contracts about which there is nothing to say.
fn passed(shown: &Realm, proposal: &RealmProposal, findings: &[Arc<Finding>]) -> Vec<Passed> {
    let text: Arc<str> = match proposal.base {
        Some(_) => "valid schema, version bump correct".into(),
        None => "valid schema".into(),
    };
    let loud = findings
        .iter()
        .filter(|one| one.severity >= Severity::Warning);
    let loud = loud.filter_map(|one| Some((one.domain.as_ref()?, one.contract.as_ref()?)));
    let loud: FxHashSet<(&Arc<str>, &Arc<str>)> = loud.collect();
    let mut passed = Vec::new();
    for domain in shown.domains() {
        for contract in shown.contracts(&domain.name) {
            let is_quiet = !loud.contains(&(&domain.name, &contract.name));
            if is_quiet && contract.schema.is_some() && contract.version.is_some() {
                passed.push(Passed {
                    contract: contract.name.clone(),
                    mode: Mode::Contract,
                    text: text.clone(),
                });
            }
        }
    }
    passed
}

fn notes(shown: &Realm, proposal: &RealmProposal) -> Vec<String> {
    let mut notes = Vec::new();
    let mut contracts = 0;
    for domain in shown.domains() {
        // In the order of the contracts.
        let mut not_imported = shown.not_imported(&domain.name).peekable();
        for contract in shown.contracts(&domain.name) {
            contracts += 1;
            let name = &contract.name;
            if contract.value.is_none() {
                notes.push(format!("{name}: no value yet, the first sync releases it"));
            }
            if not_imported.next_if_eq(&name).is_some() {
                notes.push(format!("{name}: nobody imports it yet"));
            }
        }
    }
    if contracts == 0 {
        notes.push("the realm has no contract yet".to_owned());
    }
    match (&proposal.against, &proposal.base) {
        (Some(_), Some(base)) if **base == *shown => {}
        (Some(against), Some(_)) => notes.push(format!("held against {against}")),
        _ if !proposal.unjudged.is_empty() => {}
        _ => notes.push(
            "there is no commit to hold the files against: versions and owners are not judged"
                .to_owned(),
        ),
    }
    notes
}
