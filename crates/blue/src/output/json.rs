//! Findings for machines: version 1 of the shape that docs/findings.md settles ("Shapes").

use blue_analysis::{Accepted, ChangeData, Finding, Fix, Severity};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::engine::{Age, Report};
use crate::output::TextOf;
use crate::output::places::{Range, Ranges};

/// What `blue realm check --output-format json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Findings of Blue")]
struct Document<'a> {
    /// Of this shape.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// In the order of (path, offset, code).
    findings: Vec<FindingShape<'a>>,
    summary: Summary,
    /// Why the sync that is checked out in its realm may not be merged yet: a sentence each.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    held_back: &'a [String],
    /// What could not be judged, and why: a sentence each.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unjudged: &'a [String],
}

/// One thing to tell a person.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct FindingShape<'a> {
    /// What kind of thing it says: `blue explain CODE`.
    code: &'static str,
    #[schemars(with = "SeverityShape")]
    severity: Severity,
    /// One sentence: what, and the consequence.
    message: &'a str,
    /// The repo whose finding it is; null for a realm's own files.
    repo: Option<&'a str>,
    realm: Option<&'a str>,
    domain: Option<&'a str>,
    contract: Option<&'a str>,
    /// Relative to the repo's root, in a realm's own checkout to the realm's; `/` between its parts.
    path: &'a str,
    range: Range,
    /// All places that it is about, in the order of (path, offset).
    sites: Vec<SiteShape<'a>>,
    /// Places in other files and repos.
    related: Vec<RelatedShape<'a>>,
    change: Option<ChangeShape<'a>>,
    /// What can be done about it.
    fixes: Vec<FixShape<'a>>,
    /// Of what it is about, never of its place or words: `v1:` and a hash, an ordinal for equals.
    #[schemars(regex(pattern = r"^v1:[0-9a-f]{16}(#[0-9]+)?$"))]
    fingerprint: &'a str,
    /// Those whom it breaks have agreed to it: it fails nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<AcceptedShape<'a>>,
    /// Only with `--base`: whether the change since then brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Age>,
}

#[derive(JsonSchema)]
#[schemars(rename = "Severity", rename_all = "lowercase")]
#[allow(dead_code, reason = "it stands for Severity in the schema")]
enum SeverityShape {
    /// It breaks somebody, or an input is wrong.
    Error,
    /// Somebody has to do something, but nothing breaks yet.
    Warning,
    /// Something will follow from it.
    Info,
    /// Worth knowing when one stands there.
    Hint,
}

/// One of the places of a finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Site")]
struct SiteShape<'a> {
    /// Relative to the same root as the finding's.
    path: &'a str,
    range: Range,
}

/// A place that has to do with a finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Related")]
struct RelatedShape<'a> {
    /// The repo, or the realm, that `path` is relative to.
    repo: &'a str,
    path: &'a str,
    range: Range,
    /// What it has to do with it.
    message: &'a str,
}

/// What has changed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct ChangeShape<'a> {
    /// The member of the contract's value.
    field: Option<&'a str>,
    /// Values that the code has and the contract has not.
    added: &'a [String],
    /// Values that the contract has and the code has no more.
    removed: &'a [String],
    /// The version the realm records.
    from: Option<&'a str>,
    /// The smallest version that would be right.
    to: Option<&'a str>,
    /// `major`, `minor` or `patch`.
    bump: Option<&'a str>,
    /// `compatible`, `breaking` or `unknown`.
    verdict: Option<&'a str>,
    /// A concrete document that shows a break.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<&'a str>,
}

/// An operation or an edit that a person may choose.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
struct FixShape<'a> {
    id: &'a str,
    /// The words to offer it with.
    title: &'a str,
}

/// The word of those whom a finding breaks.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Accepted")]
struct AcceptedShape<'a> {
    /// The importers, each of them broken by it.
    by: Vec<&'a str>,
    /// Why, in their words.
    reason: &'a str,
    /// The day until which it holds (`2027-01-31`); null: without an end.
    until: Option<&'a str>,
}

/// How many of what. What was accepted is counted as that alone.
#[derive(Serialize, JsonSchema)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    hints: usize,
    /// Breaks that those they break have agreed to.
    accepted: usize,
    /// Findings that a comment or a setting silenced; they are not listed.
    silenced: u32,
    /// Files that could not be looked into, and what else could not be judged.
    unchecked: u32,
    /// Only with `--base`: how many of the findings the change since then brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<usize>,
}

/// The document for `realm check`, with a final line end.
pub(crate) fn check(report: &Report, text_of: TextOf<'_>) -> String {
    let mut ranges = Ranges::new(text_of);
    let shapes = report.findings.iter().map(|finding| {
        let baseline = report.age(finding);
        shape(finding, baseline, &mut ranges)
    });
    let document = Document {
        version: 1,
        findings: shapes.collect(),
        summary: summary(report),
        held_back: &report.held_back,
        unjudged: &report.could_not,
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
        let all = report.findings.iter().filter(|finding| finding.counts());
        all.filter(|finding| finding.severity == severity).count()
    };
    Summary {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        infos: count(Severity::Info),
        hints: count(Severity::Hint),
        accepted: report.findings.iter().filter(|it| !it.counts()).count(),
        silenced: report.silenced,
        unchecked: report.unchecked + report.could_not.len() as u32,
        new: report.before.is_some().then(|| report.counting().count()),
    }
}

fn shape<'a>(
    finding: &'a Finding,
    baseline: Option<Age>,
    ranges: &mut Ranges<'_>,
) -> FindingShape<'a> {
    let sites = finding.sites.iter().map(|site| SiteShape {
        path: &site.path,
        range: ranges.of(site),
    });
    let sites = sites.collect();
    let related = finding.related.iter().map(|related| RelatedShape {
        repo: related.place.root.name(),
        path: &related.place.path,
        range: ranges.of(&related.place),
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
        range: ranges.of(&finding.place),
        sites,
        related,
        change: finding.change.as_ref().map(change),
        fixes: finding.fixes.iter().map(fix).collect(),
        fingerprint: &finding.fingerprint,
        accepted: finding.accepted.as_ref().map(accepted),
        baseline,
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

fn accepted(accepted: &Accepted) -> AcceptedShape<'_> {
    AcceptedShape {
        by: accepted.by.iter().map(|name| &**name).collect(),
        reason: &accepted.reason,
        until: accepted.until.as_deref(),
    }
}

fn fix(fix: &Fix) -> FixShape<'_> {
    FixShape {
        id: fix.id,
        title: &fix.title,
    }
}

/// The JSON Schema (2020-12) of what [`check`] writes.
pub(crate) fn schema() -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<Document<'static>>();
    schema.insert("$id".to_owned(), "urn:blue:schema:findings".into());
    schema
}
