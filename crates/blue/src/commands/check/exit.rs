//! How a check ends: what was found, as an exit code.

use blue_analysis::{Code, Severity};

use crate::engine::Report;
use crate::failure::Exit;

/// The exit code for what was found; findings from `fail_on` on fail.
pub(super) fn exit(report: &Report, fail_on: Severity) -> Exit {
    let found = |codes: &[Code]| {
        let mut all = report.findings.iter();
        all.any(|finding| codes.contains(&finding.code))
    };
    let never_seen = report.realms.is_empty() && found(&[Code::RealmUnreachable]);
    let unreadable = found(&[Code::SourceUnreadable, Code::LimitExceeded]);
    // Whatever else was found was held against a guess.
    if found(&[Code::ConfigInvalid]) {
        return Exit::Usage;
    }
    let mut severities = report.counting().map(|finding| finding.severity);
    if severities.any(|severity| severity >= fail_on) || !report.held_back.is_empty() {
        Exit::Findings
    } else if never_seen || unreadable || !report.could_not.is_empty() {
        Exit::Unchecked
    } else {
        Exit::Fine
    }
}
