//! Findings for machines: version 1 of the shape that docs/findings.md settles ("Shapes").

use std::sync::Arc;

use blue_analysis::{ChangeData, Finding, Fix, Place, Root, Severity};
use blue_text::{Encoding, LineIndex};
use serde::Serialize;

use crate::engine::Report;
use crate::output::TextOf;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<FindingShape<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct FindingShape<'a> {
    code: &'static str,
    severity: Severity,
    message: &'a str,
    repo: Option<&'a str>,
    realm: Option<&'a str>,
    domain: Option<&'a str>,
    contract: Option<&'a str>,
    path: &'a str,
    range: Range,
    sites: Vec<SiteShape<'a>>,
    related: Vec<RelatedShape<'a>>,
    change: Option<ChangeShape<'a>>,
    fixes: &'a [Fix],
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct SiteShape<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct RelatedShape<'a> {
    /// The repo, or the realm, that `path` is relative to.
    repo: &'a str,
    path: &'a str,
    range: Range,
    message: &'a str,
}

#[derive(Serialize)]
struct ChangeShape<'a> {
    field: Option<&'a str>,
    added: &'a [String],
    removed: &'a [String],
    from: Option<&'a str>,
    to: Option<&'a str>,
    bump: Option<&'a str>,
    verdict: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<&'a str>,
}

/// From the first character to behind the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// 1-based; columns count Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    hints: usize,
    accepted: usize,
    silenced: u32,
    unchecked: u32,
}

/// Where byte `offset` of `text` is.
pub(crate) fn position(text: &str, lines: &LineIndex, offset: u32) -> Position {
    let position = lines.position(text, offset, Encoding::Utf32);
    Position {
        line: position.line + 1,
        column: position.character + 1,
    }
}

/// The document for `realm check`, with a final line end.
pub(crate) fn check(report: &Report, text_of: TextOf<'_>) -> String {
    let mut texts = Texts {
        text_of,
        last: None,
    };
    let shapes = report.findings.iter();
    let document = Document {
        version: 1,
        findings: shapes.map(|finding| shape(finding, &mut texts)).collect(),
        summary: summary(report),
    };
    to_text(&document)
}

/// Any shape as it is printed: indented, members in the order of the shape.
pub(crate) fn to_text(shape: &impl Serialize) -> String {
    // Shapes have string keys and finite numbers only, which always serialise.
    let mut text = serde_json::to_string_pretty(shape).unwrap_or_default();
    text.push('\n');
    text
}

fn summary(report: &Report) -> Summary {
    let count = |severity| {
        let all = report.findings.iter();
        all.filter(|finding| finding.severity == severity).count()
    };
    Summary {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        infos: count(Severity::Info),
        hints: count(Severity::Hint),
        accepted: 0,
        silenced: report.silenced,
        unchecked: report.unchecked,
    }
}

fn shape<'a>(finding: &'a Finding, texts: &mut Texts<'_>) -> FindingShape<'a> {
    let sites = finding.sites.iter().map(|site| SiteShape {
        path: &site.path,
        range: texts.range(site),
    });
    let sites = sites.collect();
    let related = finding.related.iter().map(|related| RelatedShape {
        repo: related.place.root.name(),
        path: &related.place.path,
        range: texts.range(&related.place),
        message: &related.message,
    });
    let related = related.collect();
    FindingShape {
        code: finding.code.as_str(),
        severity: finding.severity,
        message: &finding.message,
        repo: finding.repo.as_deref(),
        realm: finding.realm.as_deref(),
        domain: finding.domain.as_deref(),
        contract: finding.contract.as_deref(),
        path: &finding.place.path,
        range: texts.range(&finding.place),
        sites,
        related,
        change: finding.change.as_ref().map(change),
        fixes: &finding.fixes,
        fingerprint: &finding.fingerprint,
    }
}

fn change(change: &ChangeData) -> ChangeShape<'_> {
    ChangeShape {
        field: change.field.as_deref(),
        added: &change.added,
        removed: &change.removed,
        from: change.from.as_deref(),
        to: change.to.as_deref(),
        bump: change.bump,
        verdict: change.verdict,
        witness: change.witness.as_deref(),
    }
}

/// Findings stand in order of their files: the lines of the last file are worth keeping.
struct Texts<'a> {
    text_of: TextOf<'a>,
    last: Option<Indexed>,
}

struct Indexed {
    root: Root,
    path: Arc<str>,
    text: Arc<str>,
    lines: LineIndex,
}

impl Texts<'_> {
    /// The range of a place; its file's first character where the text is not to be had.
    fn range(&mut self, place: &Place) -> Range {
        let known = |last: &Indexed| last.path == place.path && last.root == place.root;
        if !self.last.as_ref().is_some_and(known) {
            self.last = (self.text_of)(place).map(|text| Indexed {
                root: place.root.clone(),
                path: Arc::clone(&place.path),
                lines: LineIndex::new(&text),
                text,
            });
        }
        let at = |offset| match &self.last {
            Some(file) => position(&file.text, &file.lines, offset),
            None => Position { line: 1, column: 1 },
        };
        Range {
            start: at(place.span.start),
            end: at(place.span.end),
        }
    }
}
