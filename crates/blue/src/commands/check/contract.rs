//! `--mode=contract`: the contracts themselves, as the realm's files propose them. In a realm's own
//! checkout this is all there is to check; in a code repository it is what the repository exports
//! and imports.

use std::path::Path;

use crate::commands::check::options::Side;
use crate::commands::check::scope::nothing_of;
use crate::engine::{Loaded, Report};
use crate::failure::Error;

/// The report with what contract mode says, where that is asked for; in a realm's own checkout
/// without what other modes were asked for.
///
/// # Errors
/// [`Error::Cancelled`] when the files changed meanwhile.
pub(super) fn with_contracts(
    mut report: Report,
    found: &Loaded,
    start: &Path,
    sides: &[Side],
) -> Result<Report, Error> {
    let wanted = sides.contains(&Side::Contract);
    if report.repo.is_none() {
        return Ok(match sides.is_empty() || wanted {
            true => report,
            false => nothing_here(report),
        });
    }
    if !wanted {
        return Ok(report);
    }
    for realm in found.contracts_of(start)? {
        let known = |print: &String| report.findings.iter().any(|it| it.fingerprint == *print);
        let new = realm.found.findings.iter();
        let new: Vec<_> = new.filter(|it| !known(&it.fingerprint)).cloned().collect();
        report.findings.extend(new);
        report.passed.extend(realm.found.passed.iter().cloned());
        for note in &realm.found.notes {
            if !report.notes.contains(note) {
                report.notes.push(note.clone());
            }
        }
        report
            .could_not
            .extend(realm.found.could_not.iter().cloned());
        report.silenced += realm.found.silenced;
    }
    if report.findings.is_empty() && report.passed.is_empty() && report.notes.is_empty() {
        report.notes = vec![nothing_of(Side::Contract, &report)];
    }
    let order = |it: &blue_analysis::Finding| (it.place.clone(), it.code);
    report.findings.sort_by_key(|finding| order(finding));
    Ok(report)
}

/// A realm's own checkout has no side of its own.
fn nothing_here(report: Report) -> Report {
    let realm = report.here().unwrap_or("realm").to_owned();
    Report {
        findings: Vec::new(),
        passed: Vec::new(),
        could_not: Vec::new(),
        notes: vec![format!(
            "this is the realm {realm}'s own checkout, which exports and imports nothing; \
             --mode=contract checks it"
        )],
        ..report
    }
}
