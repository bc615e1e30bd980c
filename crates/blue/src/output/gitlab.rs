//! Findings as a Code Quality report of GitLab, the part of Code Climate's format that it reads
//! ("Code Quality report format" in its documentation): shown on the lines of a merge request.
//!
//! GitLab itself compares the report with the target branch's by fingerprint, so that all findings
//! stand in it, with or without `--base`.

use blue_analysis::{CONFIG, Finding, Severity};
use serde::Serialize;

use crate::engine::Report;
use crate::output::TextOf;
use crate::output::json::to_text;
use crate::output::places::Ranges;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    /// From the root of the repository.
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    /// 1-based.
    begin: u32,
    end: u32,
}

/// The report, with a final line end.
pub(crate) fn check(report: &Report, text_of: TextOf<'_>) -> String {
    let mut ranges = Ranges::new(text_of);
    let issues = report.findings.iter();
    let issues: Vec<_> = issues
        .map(|finding| issue(finding, report, &mut ranges))
        .collect();
    to_text(&issues)
}

fn issue<'a>(finding: &'a Finding, report: &Report, ranges: &mut Ranges<'_>) -> Issue<'a> {
    let range = ranges.of(&finding.place);
    let (description, location) = match report.checkout.path(&finding.place) {
        Some(path) => {
            let (begin, end) = (range.start.line, range.end.line);
            let lines = Lines { begin, end };
            (finding.message.clone(), Location { path, lines })
        }
        // A place is required, and this one is not in the repository: its config leads to it.
        None => {
            let name = ranges.name(&finding.place, report.here());
            let path = report.checkout.own(CONFIG);
            let lines = Lines { begin: 1, end: 1 };
            let description = format!("{} ({name})", finding.message);
            (description, Location { path, lines })
        }
    };
    Issue {
        description,
        check_name: finding.code.as_str(),
        fingerprint: &finding.fingerprint,
        severity: severity(finding.severity),
        location,
    }
}

/// Of GitLab's five; `blocker` would say that nothing else matters.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "minor",
        Severity::Hint => "info",
    }
}
