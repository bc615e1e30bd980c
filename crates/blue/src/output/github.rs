//! Findings as workflow commands of GitHub Actions, which make annotations on the lines of a pull
//! request ("Workflow commands for GitHub Actions", `::error file=…,line=…::message`).
//!
//! Only what asks for something becomes an annotation, for a job may make ten of a kind: hints, what
//! was accepted, and with `--base` what was there before, stand in the job's log as plain lines. What holds a sync back
//! has no line to stand on, and is an annotation of the whole run.

use std::fmt::Write as _;

use blue_analysis::{Finding, Severity};

use crate::engine::Report;
use crate::output::TextOf;
use crate::output::places::{Range, Ranges};
use crate::output::visible::visible;

/// The commands and lines for a report, each with a line end.
pub(crate) fn check(report: &Report, text_of: TextOf<'_>) -> String {
    let mut out = String::new();
    let mut ranges = Ranges::new(text_of);
    for finding in &report.findings {
        let text = told(finding, report, &mut ranges);
        match level(finding.severity) {
            Some(level) if report.counts(finding) => {
                let place = place(finding, report, &mut ranges);
                let title = property(&format!("blue: {}", finding.code));
                let text = data(&text);
                let _ = writeln!(out, "::{level} {place}title={title}::{text}");
            }
            _ => {
                let here = report.here();
                let name = ranges.name(&finding.place, here);
                let (name, message) = (visible(&name), visible(&finding.message));
                let _ = writeln!(
                    out,
                    "{}[{}] {name}: {message}",
                    finding.severity, finding.code
                );
            }
        }
    }
    for (level, about, lines) in [
        ("error", "held back", &report.held_back),
        ("warning", "could not be judged", &report.could_not),
    ] {
        let title = property(&format!("blue: {about}"));
        for line in lines {
            let _ = writeln!(out, "::{level} title={title}::{}", data(&visible(line)));
        }
    }
    out
}

/// The kind of annotation; none for a hint.
fn level(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Error => Some("error"),
        Severity::Warning => Some("warning"),
        Severity::Info => Some("notice"),
        Severity::Hint => None,
    }
}

/// `file=…,line=…,…,`: columns are shown only where a range stays in its line. Empty where the place
/// lies outside of the checkout.
fn place(finding: &Finding, report: &Report, ranges: &mut Ranges<'_>) -> String {
    let Some(path) = report.checkout.path(&finding.place) else {
        return String::new();
    };
    let Range { start, end } = ranges.of(&finding.place);
    let mut place = format!(
        "file={},line={},endLine={},",
        property(&path),
        start.line,
        end.line
    );
    if start.line == end.line {
        let _ = write!(place, "col={},endColumn={},", start.column, end.column);
    }
    place
}

/// The message; where it stands if that is not in the checkout; what has to do with it.
fn told(finding: &Finding, report: &Report, ranges: &mut Ranges<'_>) -> String {
    let mut lines = vec![visible(&finding.message).into_owned()];
    if report.checkout.path(&finding.place).is_none() {
        let name = ranges.name(&finding.place, report.here());
        lines.push(format!("at {}", visible(&name)));
    }
    for related in &finding.related {
        let name = ranges.name(&related.place, report.here());
        let message = visible(&related.message);
        lines.push(format!("{}: {message}", visible(&name)));
    }
    lines.join("\n")
}

/// What ends a command, or begins a sequence of its own, in the text behind `::`.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// The same in a property, which ends at `,` or `:` as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (text, in_data, in_property) in [
            ("plain ä", "plain ä", "plain ä"),
            ("50%", "50%25", "50%25"),
            ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
            ("a:b,c", "a:b,c", "a%3Ab%2Cc"),
            ("::error::x", "::error::x", "%3A%3Aerror%3A%3Ax"),
        ] {
            assert_eq!(data(text), in_data);
            assert_eq!(property(text), in_property);
        }
    }
}
