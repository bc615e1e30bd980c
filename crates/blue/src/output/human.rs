//! Findings for people: each with its line of code and marks under the very characters, what has to
//! do with it below, and what can be done.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use blue_analysis::{Accepted, Finding, Place, Related, Root, Severity};
use blue_text::LineIndex;

use crate::cli::Detail;
use crate::engine::{Age, Report};
use crate::output::addresses::without_secrets;
use crate::output::evidence::evidence;
use crate::output::places::{Ranges, position};
use crate::output::snippet::{Row, rows};
use crate::output::visible::visible;
use crate::output::{Paint, Style, TextOf, count};

/// More places of one finding than this are counted, not listed.
const OTHER_SITES: usize = 5;

/// How a report is to be told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Telling {
    pub(crate) style: Style,
    pub(crate) detail: Detail,
    /// From this severity on the check fails.
    pub(crate) fail_on: Severity,
    /// Whether each finding is explained.
    pub(crate) explain: bool,
}

/// What `realm check` says of a report, with a final line end; empty if there is nothing to say.
pub(crate) fn check(report: &Report, text_of: TextOf<'_>, telling: Telling) -> String {
    let mut out = String::new();
    let is_old = |finding: &&Arc<Finding>| report.age(finding) == Some(Age::Unchanged);
    for finding in report.findings.iter().filter(|it| !is_old(it)) {
        out.push_str(&self::finding(finding, report, text_of, telling));
        out.push('\n');
    }
    if telling.detail > Detail::Quiet {
        let old: Vec<_> = report.findings.iter().filter(is_old).collect();
        out.push_str(&already_there(&old, report, text_of, telling.style));
    }
    out.push_str(&passed(report, telling));
    out.push_str(&in_the_way(report, telling.style));
    out.push_str(&summary(report, telling));
    out
}

/// What is said behind the findings: what passed, and what is empty.
pub(crate) fn passed(report: &Report, telling: Telling) -> String {
    let mut out = String::new();
    if telling.detail == Detail::Verbose {
        out.push_str(&whose(report, telling.style));
    }
    if telling.detail > Detail::Quiet {
        for passed in &report.passed {
            let (contract, text) = (visible(&passed.contract), visible(&passed.text));
            let _ = writeln!(out, "{} {contract}: {text}", telling.style.good());
        }
        for note in &report.notes {
            let _ = writeln!(out, "{}", visible(note));
        }
    }
    out
}

/// What holds a sync back, and what could not be judged.
fn in_the_way(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for why in &report.held_back {
        let _ = writeln!(out, "{} {}", style.bad(), visible(why));
    }
    for why in &report.could_not {
        let _ = writeln!(out, "{} {}", style.warning(), visible(why));
    }
    out
}

/// What was there before, a line each: it asks nothing of the one who brings a change.
fn already_there(
    old: &[&Arc<Finding>],
    report: &Report,
    text_of: TextOf<'_>,
    style: Style,
) -> String {
    if old.is_empty() {
        return String::new();
    }
    let head = format!("Already there ({}):", old.len());
    let mut out = format!("{}\n", style.paint(Paint::Strong, &head));
    let mut ranges = Ranges::new(text_of);
    for finding in old {
        let kind = format!("{}[{}]", finding.severity, finding.code);
        let kind = style.paint(Paint::of(finding.severity), &kind);
        let name = ranges.name(&finding.place, report.here());
        let (name, message) = (visible(&name), visible(&finding.message));
        let _ = writeln!(out, "  {kind} {name}: {message}");
    }
    out.push('\n');
    out
}

fn whose(report: &Report, style: Style) -> String {
    let repo = report.repo.as_deref().unwrap_or("no repository");
    let realms = if report.realms.is_empty() {
        "no realm".to_owned()
    } else {
        report.realms.join(", ")
    };
    let line = format!("checked {} against {}", visible(repo), visible(&realms));
    format!("{}\n", style.paint(Paint::Dim, &line))
}

/// How many of what; nothing if nothing was found or left out.
pub(crate) fn summary(report: &Report, telling: Telling) -> String {
    let number = |severity| {
        let all = report.counting();
        all.filter(|finding| finding.severity == severity).count()
    };
    let kinds = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "info"),
        (Severity::Hint, "hint"),
    ];
    let parts = kinds
        .iter()
        .map(|(severity, name)| (number(*severity), *name));
    let parts = parts.filter(|(number, _)| *number > 0);
    let mut parts: Vec<_> = parts.map(|(number, name)| count(number, name)).collect();
    if report.already_there() > 0 {
        parts.push(format!("{} already there", report.already_there()));
    }
    if report.accepted() > 0 {
        parts.push(format!("{} accepted", report.accepted()));
    }
    if report.silenced > 0 {
        parts.push(format!("{} silenced", report.silenced));
    }
    if report.unchecked > 0 {
        parts.push(format!("{} unchecked", report.unchecked));
    }
    if parts.is_empty() {
        return String::new();
    }
    let worst = report.counting().map(|finding| finding.severity).max();
    let style = telling.style;
    let mark = match worst {
        Some(worst) if worst >= telling.fail_on => style.bad(),
        Some(Severity::Warning | Severity::Error) => style.warning(),
        _ => style.good(),
    };
    let mut text = format!("{mark} {}\n", parts.join(", "));
    let worst = report.counting().max_by_key(|finding| finding.severity);
    if let Some(finding) = worst {
        let more = format!("For what a finding means: blue explain {}", finding.code);
        let _ = writeln!(text, "{}", style.paint(Paint::Dim, &more));
    }
    text
}

/// One finding, with a final line end.
fn finding(finding: &Finding, report: &Report, text_of: TextOf<'_>, telling: Telling) -> String {
    let style = telling.style;
    let paint = Paint::of(finding.severity);
    let head = format!("{}[{}]", finding.severity, finding.code);
    let message = style.paint(Paint::Strong, &format!(": {}", visible(&finding.message)));
    let mut drawing = Drawing::new(finding, report, text_of, style);
    drawing.out = format!("{}{message}\n", style.paint(paint, &head));
    drawing.place(&finding.place, "-->", Marks::Main(paint));
    for related in &finding.related {
        drawing.related(related);
    }
    drawing.other_sites(finding);
    if let Some(accepted) = &finding.accepted {
        drawing.note("accepted", &accepted_by(accepted));
    }
    for fix in finding.fixes.iter().filter(|fix| is_done_by_hand(fix.id)) {
        drawing.note("help", &fix.title);
    }
    if telling.explain {
        for (word, text) in evidence(finding) {
            drawing.note(word, &text);
        }
    }
    drawing.out
}

/// `by fungal-image-analysis until 2027-01-31: …`.
fn accepted_by(accepted: &Accepted) -> String {
    let until = accepted.until.as_ref();
    let until = until.map_or(String::new(), |until| format!(" until {until}"));
    format!("by {}{until}: {}", accepted.by.join(", "), accepted.reason)
}

/// Whether a fix is an edit that its reader can make here and now. The others are operations of
/// Blue's own, which are offered where they can be run.
pub(crate) fn is_done_by_hand(id: &str) -> bool {
    let operations = [
        "sync",
        "sync-major",
        "worktree",
        "acknowledge",
        "open-contract",
        "open-binding",
        "open-exporter",
        "see-change",
    ];
    !operations.contains(&id)
}

/// A finding while it is drawn: its gutter is as wide as its largest line number.
struct Drawing<'a> {
    out: String,
    /// The repository the reader is in; none in a realm's own checkout.
    repo: Option<&'a str>,
    text_of: TextOf<'a>,
    style: Style,
    gutter: usize,
    /// Code stands right above, and a bar parts it from what follows.
    below_code: bool,
}

/// What stands under the characters of a place.
#[derive(Clone, Copy)]
enum Marks<'a> {
    /// Of the finding itself.
    Main(Paint),
    /// Of a related place, with what it has to do with the finding.
    Related(&'a str),
}

impl<'a> Drawing<'a> {
    fn new(finding: &Finding, report: &'a Report, text_of: TextOf<'a>, style: Style) -> Self {
        let places = finding.related.iter().map(|related| &related.place);
        let last_line = places.chain([&finding.place]).filter_map(|place| {
            let text = text_of(place)?;
            Some(LineIndex::new(&text).line_of(place.span.end) + 1)
        });
        let gutter = last_line.max().unwrap_or(1).to_string().len();
        Drawing {
            out: String::new(),
            repo: report.repo.as_deref(),
            text_of,
            style,
            gutter,
            below_code: false,
        }
    }

    fn related(&mut self, related: &Related) {
        let known = (self.text_of)(&related.place).is_some();
        let marks = Marks::Related(&related.message);
        self.place(&related.place, ":::", marks);
        if !known {
            self.note("note", &related.message);
        }
    }

    /// Where, and the code there if it is to be had.
    fn place(&mut self, place: &Place, arrow: &str, marks: Marks<'_>) {
        let text = (self.text_of)(place);
        let arrow = self.style.paint(Paint::Gutter, arrow);
        self.end_code();
        let blank = " ".repeat(self.gutter);
        let name = self.name(place, text.as_deref());
        let _ = writeln!(self.out, "{blank}{arrow} {name}");
        let Some(text) = text else {
            return;
        };
        self.bar("");
        let text = match place.path.ends_with(".yaml") {
            true => without_secrets(&text),
            false => Cow::Borrowed(&*text),
        };
        let rows = rows(&text, place.span, self.style.ellipsis());
        let last = rows.len().saturating_sub(1);
        for (index, row) in rows.iter().enumerate() {
            self.row(row, marks, index == last);
        }
        self.below_code = true;
    }

    fn end_code(&mut self) {
        if std::mem::take(&mut self.below_code) {
            self.bar("");
        }
    }

    /// `path:line:column`, which terminals and editors know how to open; before it the root's
    /// name, if that is not the one the reader is in.
    fn name(&self, place: &Place, text: Option<&str>) -> String {
        let here = match &place.root {
            Root::Repo(name) => self.repo == Some(name),
            Root::Realm(_) => self.repo.is_none(),
        };
        let root = if here {
            String::new()
        } else {
            format!("{}: ", visible(place.root.name()))
        };
        let path = visible(&place.path);
        match text {
            Some(text) => {
                let at = position(text, &LineIndex::new(text), place.span.start);
                format!("{root}{path}:{}:{}", at.line, at.column)
            }
            None => format!("{root}{path}"),
        }
    }

    fn row(&mut self, row: &Row, marks: Marks<'_>, last: bool) {
        let Row::Source {
            line,
            shown,
            indent,
            marks: length,
        } = row
        else {
            let _ = writeln!(self.out, "...");
            return;
        };
        let number = format!("{line:>width$} |", width = self.gutter);
        let number = self.style.paint(Paint::Gutter, &number);
        let _ = writeln!(self.out, "{}", format!("{number} {shown}").trim_end());
        let blank = " ".repeat(*indent);
        let (mark, paint, label) = match marks {
            Marks::Main(paint) => ("^", paint, ""),
            Marks::Related(message) => ("-", Paint::Gutter, message),
        };
        let mut below = mark.repeat(*length);
        if last && !label.is_empty() {
            let _ = write!(below, " {}", visible(label));
        }
        let below = format!(" {blank}{}", self.style.paint(paint, &below));
        self.bar(&below);
    }

    fn bar(&mut self, rest: &str) {
        let bar = self.style.paint(Paint::Gutter, "|");
        let _ = writeln!(self.out, "{} {bar}{rest}", " ".repeat(self.gutter));
    }

    fn note(&mut self, kind: &str, text: &str) {
        self.end_code();
        let equals = self.style.paint(Paint::Gutter, "=");
        let kind = self.style.paint(Paint::Strong, kind);
        let blank = " ".repeat(self.gutter);
        let _ = writeln!(self.out, "{blank} {equals} {kind}: {}", visible(text));
    }

    fn other_sites(&mut self, finding: &Finding) {
        let others = finding.sites.iter().filter(|site| **site != finding.place);
        let others: Vec<_> = others.collect();
        for site in others.iter().take(OTHER_SITES) {
            let text = (self.text_of)(site);
            let name = self.name(site, text.as_deref());
            self.note("also", &name);
        }
        if others.len() > OTHER_SITES {
            let more = count(others.len() - OTHER_SITES, "place");
            self.note("also", &format!("{more} more"));
        }
    }
}
