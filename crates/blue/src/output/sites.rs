//! What `blue detect` says: one line a site, for people in columns, for machines as JSON Lines.

use std::fmt::Write as _;
use std::sync::Arc;

use blue_detect::{Op, Reason};
use blue_text::{LineIndex, Span};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::cli::Detail;
use crate::output::places::position;
use crate::output::visible::visible;
use crate::output::{Paint, Style, count};

/// All that was seen.
#[derive(Default)]
pub(crate) struct Sites {
    /// In order of path and place.
    pub(crate) sites: Vec<Site>,
    /// Files that could not be looked into.
    pub(crate) unchecked: usize,
    /// Templates that are no YAML, and the line from which on they are none.
    pub(crate) broken: Vec<(String, usize)>,
}

/// A place where code touches a value.
pub(crate) struct Site {
    /// As the reader names the file.
    pub(crate) path: String,
    /// The file's.
    pub(crate) text: Arc<str>,
    /// Bytes of `text`.
    pub(crate) span: Span,
    /// `read`, `write`, `delete`, `list` or `grant`; `value` for what a constant says or a query
    /// captures.
    pub(crate) op: &'static str,
    /// Where in a constant's value it is (RFC 6901), or the field that a query captures it for.
    pub(crate) at: Option<String>,
    pub(crate) pattern: String,
    /// A name, or `env:` and the variable that holds it.
    pub(crate) bucket: Option<String>,
    /// Of a grant, as IAM names them.
    pub(crate) actions: Vec<String>,
    /// The steps that folded the pattern.
    pub(crate) how: Vec<String>,
    /// Why nothing of the pattern is known, in words and as a kind.
    pub(crate) opaque: Option<(String, Reason)>,
    /// A grant that takes away.
    pub(crate) denied: bool,
    /// A grant that holds under conditions alone.
    pub(crate) conditional: bool,
}

#[derive(Serialize)]
struct Shape<'a> {
    version: u32,
    path: &'a str,
    line: u32,
    column: u32,
    op: &'static str,
    pattern: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    bucket: Option<&'a str>,
    actions: &'a [String],
    how: &'a [String],
    opaque: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conditional: Option<bool>,
}

/// The sites with lines and columns; sites of one file stand together.
fn shapes(sites: &[Site]) -> Vec<Shape<'_>> {
    let mut lines: Option<(&str, LineIndex)> = None;
    let mut shapes = Vec::new();
    for site in sites {
        let (_, index) = match lines.take() {
            Some((path, index)) if path == site.path => lines.insert((path, index)),
            _ => lines.insert((&site.path, LineIndex::new(&site.text))),
        };
        let at = position(&site.text, index, site.span.start);
        shapes.push(Shape {
            version: 1,
            path: &site.path,
            line: at.line,
            column: at.column,
            op: site.op,
            at: site.at.as_deref(),
            pattern: &site.pattern,
            bucket: site.bucket.as_deref(),
            actions: &site.actions,
            how: &site.how,
            opaque: site.opaque.as_ref().map(|(why, _)| why.as_str()),
            reason: site.opaque.as_ref().map(|(_, reason)| reason.as_str()),
            effect: site.denied.then_some("deny"),
            conditional: site.conditional.then_some(true),
        });
    }
    shapes
}

/// What could not be looked into, behind the sites.
#[derive(Serialize)]
struct Told<'a> {
    version: u32,
    notice: Notice<'a>,
}

#[derive(Serialize)]
struct Notice<'a> {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<usize>,
}

fn notices(found: &Sites) -> Vec<Notice<'_>> {
    let mut told = Vec::new();
    if found.unchecked > 0 {
        let files = count(found.unchecked, "file");
        told.push(Notice {
            message: format!("{files} not looked into: too large, minified, or not UTF-8"),
            path: None,
            line: None,
            files: Some(found.unchecked),
        });
    }
    told.extend(found.broken.iter().map(|(path, line)| Notice {
        message: format!(
            "{}:{line} is not YAML: what it grants from there on may be missing",
            visible(path)
        ),
        path: Some(path),
        line: Some(*line),
        files: None,
    }));
    told
}

/// JSON Lines, one site a line: `{"version": 1, path, line, column, op, pattern, at?, bucket, actions,
/// how, opaque, reason?, effect?, conditional?}`, and behind them one for each notice: `{"version": 1, "notice":
/// {message, path?, line?, files?}}`; line and column 1-based, the column in Unicode characters;
/// `opaque` says why nothing of the pattern is known, else null, and `reason` the same in one word;
/// `effect` is `deny` for a statement that takes away.
pub(crate) fn json(found: &Sites) -> String {
    let mut lines = String::new();
    for shape in shapes(&found.sites) {
        // String keys and whole numbers only, which always serialise.
        let line = serde_json::to_string(&shape).unwrap_or_default();
        let _ = writeln!(lines, "{line}");
    }
    for notice in notices(found) {
        let told = Told { version: 1, notice };
        let line = serde_json::to_string(&told).unwrap_or_default();
        let _ = writeln!(lines, "{line}");
    }
    lines
}

/// `path:line:column  op  pattern`, and behind it what else is known.
pub(crate) fn human(found: &Sites, style: Style, detail: Detail) -> String {
    let shapes = shapes(&found.sites);
    let places: Vec<_> = shapes
        .iter()
        .map(|shape| format!("{}:{}:{}", visible(shape.path), shape.line, shape.column))
        .collect();
    let widest = places.iter().map(|place| place.width()).max().unwrap_or(0);
    let mut out = String::new();
    for (shape, place) in shapes.iter().zip(&places) {
        let blank = " ".repeat(widest - place.width());
        let op = shape.effect.unwrap_or(shape.op);
        let op = style.paint(Paint::Info, &format!("{op:<6}"));
        let pattern = match shape.pattern {
            "" if shape.op == Op::Grant.as_str() => "the bucket itself",
            pattern => pattern,
        };
        let pattern = style.paint(Paint::Strong, &visible(pattern));
        let rest = style.paint(Paint::Dim, &visible(&rest(shape)));
        let line = format!("{place}{blank}  {op}  {pattern}{rest}");
        let _ = writeln!(out, "{}", line.trim_end());
        if detail == Detail::Verbose {
            for step in shape.how {
                let _ = writeln!(out, "    {}", style.paint(Paint::Dim, &visible(step)));
            }
        }
    }
    let _ = writeln!(out, "{}", total(&shapes));
    for notice in notices(found) {
        let _ = writeln!(out, "{}", notice.message);
    }
    out
}

fn rest(shape: &Shape<'_>) -> String {
    let mut rest = String::new();
    if let Some(at) = shape.at {
        let _ = write!(rest, "  at {at}");
    }
    if let Some(bucket) = shape.bucket {
        let _ = write!(rest, "  in {bucket}");
    }
    if !shape.actions.is_empty() {
        let _ = write!(rest, "  {}", shape.actions.join(" "));
    }
    if shape.conditional.is_some() {
        rest.push_str("  under a condition");
    }
    if let Some(reason) = shape.opaque {
        let _ = write!(rest, "  not known: {reason}");
    }
    rest
}

/// `2 parameter, 1 external`
fn by_reason(opaque: &[&str]) -> String {
    let words = Reason::ALL.into_iter().map(Reason::as_str);
    let counted = words.filter_map(|word| {
        let number = opaque.iter().filter(|reason| **reason == word).count();
        (number > 0).then(|| format!("{number} {word}"))
    });
    counted.collect::<Vec<_>>().join(", ")
}

fn total(shapes: &[Shape<'_>]) -> String {
    if shapes.is_empty() {
        return "Nothing found: no call that reads, writes or deletes an S3 object, and no grant \
                of one, in Python or TypeScript"
            .to_owned();
    }
    let mut parts = Vec::new();
    for op in ["read", "write", "delete", "list", "grant", "value"] {
        let number = shapes.iter().filter(|shape| shape.op == op).count();
        if number > 0 {
            parts.push(count(number, op));
        }
    }
    let opaque: Vec<&str> = shapes.iter().filter_map(|shape| shape.reason).collect();
    let unknown = match opaque.len() {
        0 => String::new(),
        number => format!("; {number} not known ({})", by_reason(&opaque)),
    };
    format!(
        "{}: {}{unknown}",
        count(shapes.len(), "site"),
        parts.join(", ")
    )
}
