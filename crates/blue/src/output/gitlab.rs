//! Findings as a Code Quality report of GitLab, the part of Code Climate's format that it reads
//! ("Code Quality report format" in its documentation): shown on the lines of a merge request.
//!
//! GitLab itself compares the report with the target branch's by fingerprint, so that all findings
//! stand in it, with or without `--base`. What holds a sync back, and what could not be judged, is in no file; the report
//! knows nothing without a place, so that the file stands for it which says what is checked.

use std::borrow::Cow;
use std::collections::BTreeSet;

use blue_analysis::{CONFIG, Finding, Severity};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::engine::Report;
use crate::output::TextOf;
use crate::output::json::to_text;
use crate::output::places::Ranges;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: Cow<'a, str>,
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
    let mut issues: Vec<_> = issues
        .map(|finding| issue(finding, report, &mut ranges))
        .collect();
    for (check_name, severity, lines) in [
        ("held-back", Severity::Error, &report.held_back),
        ("unchecked", Severity::Warning, &report.could_not),
    ] {
        // The same sentence twice would be one fingerprint twice.
        let lines: BTreeSet<&String> = lines.iter().collect();
        let lines = lines.into_iter();
        issues.extend(lines.map(|why| of_the_whole(why, (check_name, severity), report)));
    }
    to_text(&issues)
}

/// An issue that no line of a file has.
fn of_the_whole<'a>(
    why: &str,
    (check_name, of): (&'static str, Severity),
    report: &Report,
) -> Issue<'a> {
    let hash = Sha256::digest(format!("{check_name}\0{why}"));
    let hash: String = hash.iter().take(8).map(|it| format!("{it:02x}")).collect();
    let file = match report.repo {
        Some(_) => CONFIG,
        None => "realm.yaml",
    };
    Issue {
        description: why.to_owned(),
        check_name,
        fingerprint: Cow::Owned(format!("v1:{check_name}:{hash}")),
        severity: severity(of),
        location: Location {
            path: report.checkout.own(file),
            lines: Lines { begin: 1, end: 1 },
        },
    }
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
        fingerprint: Cow::Borrowed(&finding.fingerprint),
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
