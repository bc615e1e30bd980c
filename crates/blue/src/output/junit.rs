//! Findings as a JUnit report, which nearly every CI can show: each contract that passed is a test
//! case that passed, each finding one that failed, or, where it does not fail the check, one that
//! passed and has something to say. What holds a sync back is a case that failed, what could not be judged one with an error.
//!
//! The few elements are written by hand: a crate for them would bring an XML reader and a calendar.

use std::fmt::Write as _;

use blue_analysis::{Finding, Mode, Severity};

use crate::engine::Report;
use crate::output::TextOf;
use crate::output::human::is_done_by_hand;
use crate::output::places::Ranges;
use crate::output::visible::visible;

/// The document, with a final line end. Findings from `fail_on` are failures.
pub(crate) fn check(report: &Report, text_of: TextOf<'_>, fail_on: Severity) -> String {
    let mut ranges = Ranges::new(text_of);
    let mut cases: Vec<String> = report.passed.iter().map(|it| passed(it, report)).collect();
    let mut failures = 0;
    for finding in &report.findings {
        let fails = finding.severity >= fail_on && report.counts(finding);
        failures += usize::from(fails);
        let ending = match fails {
            true => Ending::Failure,
            false => Ending::Output,
        };
        cases.push(case(finding, report, &mut ranges, ending));
    }
    let of_the_whole = [("failure", &report.held_back), ("error", &report.could_not)];
    for (ending, lines) in of_the_whole {
        cases.extend(lines.iter().map(|why| in_the_way(why, report, ending)));
    }
    failures += report.held_back.len();
    if cases.is_empty() {
        // Many take a report without a case for one that was not made.
        let notes = report.notes.join("; ");
        cases.push(format!(
            "    <testcase classname=\"blue\" name=\"{}\" time=\"0\"/>\n",
            attribute(&format!("nothing to say: {notes}"))
        ));
    }
    let name = report.repo.as_deref().map(attribute);
    let name = name.unwrap_or_else(|| attribute(&report.realms.join(", ")));
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{}\" time=\"0\"",
        cases.len(),
        report.could_not.len()
    );
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"blue realm check\" {counts}>\n  \
         <testsuite name=\"{name}\" {counts} skipped=\"0\">\n{}  </testsuite>\n</testsuites>\n",
        cases.concat()
    )
}

fn passed(passed: &blue_analysis::Passed, report: &Report) -> String {
    let mode = match passed.mode {
        Mode::Exporter => "exporter",
        Mode::Importer => "importer",
        Mode::Contract => "contract",
    };
    let repo = report.repo.as_deref().unwrap_or("realm");
    format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"/>\n",
        attribute(&format!("{repo}.{mode}.{}", passed.contract)),
        attribute(&passed.text)
    )
}

/// A case of the whole, with the element that ends it.
fn in_the_way(why: &str, report: &Report, ending: &str) -> String {
    let why = attribute(why);
    let class = attribute(&format!("{}.check", report.here().unwrap_or("realm")));
    let ending = format!("<{ending} message=\"{why}\">{why}</{ending}>");
    format!(
        "    <testcase classname=\"{class}\" name=\"{why}\" time=\"0\">\n      {ending}\n    </testcase>\n"
    )
}

#[derive(Clone, Copy)]
enum Ending {
    Failure,
    Output,
}

fn case(finding: &Finding, report: &Report, ranges: &mut Ranges<'_>, ending: Ending) -> String {
    let here = report.here();
    let mut text = format!("{}: {}", ranges.name(&finding.place, here), finding.message);
    for related in &finding.related {
        let name = ranges.name(&related.place, here);
        let _ = write!(text, "\n{name}: {}", related.message);
    }
    for fix in finding.fixes.iter().filter(|it| is_done_by_hand(it.id)) {
        let _ = write!(text, "\nhelp: {}", fix.title);
    }
    let class = format!(
        "{}.{}",
        finding.place.root.name(),
        finding.contract.as_deref().unwrap_or("realm")
    );
    let mut out = String::new();
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\"",
        attribute(&class),
        attribute(&format!("{}: {}", finding.code, finding.message))
    );
    if let Some(path) = report.checkout.path(&finding.place) {
        let line = ranges.of(&finding.place).start.line;
        let _ = write!(out, " file=\"{}\" line=\"{line}\"", attribute(&path));
    }
    let text = element(&text);
    let body = match ending {
        Ending::Failure => format!(
            "<failure type=\"{}\" message=\"{}\">{text}</failure>",
            finding.code,
            attribute(&finding.message)
        ),
        Ending::Output => format!("<system-out>{}: {text}</system-out>", finding.severity),
    };
    let _ = writeln!(out, " time=\"0\">\n      {body}\n    </testcase>");
    out
}

/// One line in quotation marks.
fn attribute(text: &str) -> String {
    escaped(&visible(text))
}

/// Text of an element, line by line.
fn element(text: &str) -> String {
    let lines = text.lines().map(|line| escaped(&visible(line)));
    lines.collect::<Vec<_>>().join("\n")
}

/// What XML 1.0 takes for markup, and the two characters that it has no place for and that
/// [`visible`] lets through ("Extensible Markup Language (XML) 1.0", 2.2).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        for (text, expected) in [
            (
                "a < b && \"c\" > d",
                "a &lt; b &amp;&amp; &quot;c&quot; &gt; d",
            ),
            ("]]>", "]]&gt;"),
            ("\0\x1b[31m\u{ffff}", "␀␛[31m\u{fffd}"),
            ("菌 é 🍄", "菌 é 🍄"),
        ] {
            assert_eq!(attribute(text), expected);
        }
        assert_eq!(attribute("a\nb"), "a␊b");
        assert_eq!(element("a\nb"), "a\nb");
    }
}
