//! Which of the findings are asked for.

use blue_analysis::{Code, Mode};

use crate::commands::check::options::Side;
use crate::engine::Report;

/// Without what belongs to the other side of the contracts alone.
pub(super) fn of_sides(mut report: Report, sides: &[Side]) -> Report {
    if sides.is_empty() {
        return report;
    }
    let wanted = |side: Option<Side>| side.is_none_or(|side| sides.contains(&side));
    report
        .findings
        .retain(|finding| wanted(side_of(finding.code)));
    report.passed.retain(|passed| {
        wanted(Some(match passed.mode {
            Mode::Exporter => Side::Exporter,
            Mode::Importer => Side::Importer,
            Mode::Contract => Side::Contract,
        }))
    });
    if report.findings.is_empty() && report.passed.is_empty() && report.notes.is_empty() {
        let notes: Vec<_> = sides
            .iter()
            // What the contracts themselves say comes later.
            .filter(|side| **side != Side::Contract)
            .map(|side| nothing_of(*side, &report))
            .collect();
        report.notes = notes;
    }
    report
}

/// Why a side has nothing to say.
pub(super) fn nothing_of(side: Side, report: &Report) -> String {
    let repo = report.repo.as_deref().unwrap_or("a realm's checkout");
    match side {
        Side::Exporter => format!("{repo} exports no contract"),
        Side::Importer => format!("{repo} imports no contract"),
        Side::Contract | Side::Compatibility => format!("{repo} has to do with no contract"),
    }
}

/// The side that has to do something about it; nothing where both have to.
fn side_of(code: Code) -> Option<Side> {
    let text = code.as_str();
    let exporter = text.starts_with("export-").then_some(Side::Exporter);
    exporter.or_else(|| text.starts_with("import-").then_some(Side::Importer))
}
