//! Findings as SARIF 2.1.0 (Static Analysis Results Interchange Format, OASIS), for code scanning and
//! every viewer of it. The paragraphs in the comments are those of the standard.

use std::collections::BTreeSet;

use blue_analysis::{Accepted, Code, Finding, Place, Root, Severity};
use serde_json::{Map, Value, json};

use crate::engine::{Age, Report};
use crate::failure::Exit;
use crate::findings_pages::{meaning, page_of, summary};
use crate::output::json::to_text;
use crate::output::places::{Range, Ranges};
use crate::output::{TextOf, count};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The base that code scanning takes for the root of the checkout.
const SOURCE_ROOT: &str = "%SRCROOT%";

/// The document, with a final line end.
pub(crate) fn check(
    report: &Report,
    text_of: TextOf<'_>,
    exit: Exit,
    docs: Option<&str>,
) -> String {
    let codes: BTreeSet<Code> = report.findings.iter().map(|it| it.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let mut ranges = Ranges::new(text_of);
    let results = report.findings.iter();
    let results: Vec<_> = results
        .map(|finding| result(finding, report, &codes, &mut ranges))
        .collect();
    let rules: Vec<_> = codes.iter().map(|code| rule(*code, docs)).collect();
    let driver = json!({
        "name": "Blue",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let run = json!({
        "tool": {"driver": driver},
        "automationDetails": {"id": format!("blue/{}/", percent_encoded(report.here().unwrap_or("realm")))},
        "invocations": [invocation(report, exit)],
        "originalUriBaseIds": bases(report),
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    to_text(&json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))
}

/// A rule, with its page (3.49).
fn rule(code: Code, docs: Option<&str>) -> Value {
    let mut rule = json!({
        "id": code.as_str(),
        "name": pascal(code.as_str()),
        "shortDescription": {"text": summary(code)},
        "fullDescription": {"text": meaning(code)},
        "help": {"text": page_of(code), "markdown": page_of(code)},
        "defaultConfiguration": {"level": level(code.default_severity())},
    });
    if let Some(docs) = docs {
        let docs = docs.trim_end_matches('/');
        rule["helpUri"] = json!(format!("{docs}/{code}"));
    }
    rule
}

/// `export-added` as `ExportAdded`: a name for people that is one word.
fn pascal(code: &str) -> String {
    let words = code.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_uppercase())
    });
    words.collect()
}

/// There is nothing below `note` that still shows (3.27.10).
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Hint => "note",
    }
}

/// How it went (3.20): findings are no failure of the tool.
fn invocation(report: &Report, exit: Exit) -> Value {
    let successful = matches!(exit, Exit::Fine | Exit::Findings);
    let notes = report.notes.iter();
    let notes = notes.map(|note| json!({"level": "note", "message": {"text": note}}));
    let unchecked = (report.unchecked > 0).then(|| {
        let files = count(report.unchecked as usize, "file");
        let text = format!("{files} could not be looked into");
        json!({"level": "warning", "message": {"text": text}})
    });
    let could_not = report.could_not.iter();
    let could_not = could_not.map(|why| json!({"level": "warning", "message": {"text": why}}));
    let held_back = report.held_back.iter();
    let held_back = held_back.map(|why| json!({"level": "error", "message": {"text": why}}));
    let notes = notes.chain(unchecked).chain(could_not).chain(held_back);
    let notes: Vec<_> = notes.collect();
    json!({
        "executionSuccessful": successful,
        "exitCode": exit.code(),
        "toolExecutionNotifications": notes,
    })
}

/// What URIs are relative to (3.14.14): the checkout, and every realm or repo elsewhere, of which only
/// the name is known to all.
fn bases(report: &Report) -> Value {
    let mut bases = Map::new();
    let root = file_uri(&report.checkout.root.to_string_lossy());
    let text = "the root of the checkout";
    bases.insert(
        SOURCE_ROOT.to_owned(),
        json!({"uri": root, "description": {"text": text}}),
    );
    let related = |finding: &'_ Finding| {
        let related = finding.related.iter().map(|related| related.place.clone());
        let places: Vec<Place> = related.chain([finding.place.clone()]).collect();
        places
    };
    for place in report.findings.iter().flat_map(|it| related(it)) {
        if report.checkout.path(&place).is_none() {
            let kind = match place.root {
                Root::Repo(_) => "the repository",
                Root::Realm(_) => "the realm",
            };
            let text = format!("{kind} {}", place.root.name());
            let base = json!({"description": {"text": text}});
            bases.insert(base_of(&place.root), base);
        }
    }
    Value::Object(bases)
}

/// `REALM_letemcook`.
fn base_of(root: &Root) -> String {
    match root {
        Root::Repo(name) => format!("REPO_{name}"),
        Root::Realm(name) => format!("REALM_{name}"),
    }
}

fn result(finding: &Finding, report: &Report, codes: &[Code], ranges: &mut Ranges<'_>) -> Value {
    let rule = codes.iter().position(|code| *code == finding.code);
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": rule,
        "level": level(finding.severity),
        "message": {"text": finding.message},
        "locations": [location(&finding.place, report, ranges)],
        "partialFingerprints": {"blueFinding/v1": finding.fingerprint},
    });
    let related = related(finding, report, ranges);
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    if let Some(age) = report.age(finding) {
        result["baselineState"] = match age {
            Age::New => json!("new"),
            Age::Unchanged => json!("unchanged"),
        };
    }
    if let Some(accepted) = &finding.accepted {
        result["suppressions"] = json!([suppression(accepted)]);
    }
    let mut properties = Map::new();
    for (name, value) in [
        ("repo", &finding.repo),
        ("realm", &finding.realm),
        ("domain", &finding.domain),
        ("contract", &finding.contract),
    ] {
        properties.extend(value.as_ref().map(|it| (name.to_owned(), json!(&**it))));
    }
    let change = finding.change.as_ref();
    properties.extend(change.map(|it| ("change".to_owned(), json!(it))));
    if !properties.is_empty() {
        result["properties"] = Value::Object(properties);
    }
    result
}

/// An acceptance, which stands in the realm, not in the source (3.35).
fn suppression(accepted: &Accepted) -> Value {
    let until = accepted.until.as_ref();
    let until = until.map_or(String::new(), |until| format!(" until {until}"));
    let who = accepted.by.join(", ");
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": format!("{} (accepted by {who}{until})", accepted.reason),
    })
}

/// Its other sites, and what has to do with it. (More than one of `locations` would say that all of
/// them have to change: 3.27.12.)
fn related(finding: &Finding, report: &Report, ranges: &mut Ranges<'_>) -> Vec<Value> {
    let sites = finding.sites.iter().filter(|site| **site != finding.place);
    let sites = sites.map(|site| (site, "also here"));
    let related = finding.related.iter();
    let related = related.map(|related| (&related.place, related.message.as_str()));
    let places = sites.chain(related).enumerate();
    let places = places.map(|(index, (place, message))| {
        let mut location = location(place, report, ranges);
        location["id"] = json!(index + 1);
        location["message"] = json!({"text": message});
        location
    });
    places.collect()
}

fn location(place: &Place, report: &Report, ranges: &mut Ranges<'_>) -> Value {
    let (path, base) = match report.checkout.path(place) {
        Some(path) => (path, SOURCE_ROOT.to_owned()),
        None => (place.path.to_string(), base_of(&place.root)),
    };
    let artifact = json!({"uri": percent_encoded(&path), "uriBaseId": base});
    let mut physical = json!({"artifactLocation": artifact});
    if let Some(Range { start, end }) = ranges.known(place) {
        physical["region"] = json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        });
    }
    json!({"physicalLocation": physical})
}

/// A path as a relative URI reference (RFC 3986): all but unreserved characters and `/` encoded.
fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// A folder as a `file` URI (RFC 8089), which ends in `/`; `C:\git` becomes `file:///C:/git/`.
fn file_uri(folder: &str) -> String {
    let folder = folder.strip_prefix(r"\\?\").unwrap_or(folder);
    let folder = folder.replace('\\', "/");
    let (drive, rest) = match folder.as_bytes() {
        [letter, b':', ..] if letter.is_ascii_alphabetic() => folder.split_at(2),
        _ => folder.split_at(0),
    };
    let begin = if drive.is_empty() { "" } else { "/" };
    let rest = percent_encoded(rest.trim_end_matches('/'));
    format!("file://{begin}{drive}{rest}/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris() {
        for (path, expected) in [
            ("jobs/segment.py", "jobs/segment.py"),
            ("jobs/a b#c?d%e:f.py", "jobs/a%20b%23c%3Fd%25e%3Af.py"),
            ("真菌.py", "%E7%9C%9F%E8%8F%8C.py"),
        ] {
            assert_eq!(percent_encoded(path), expected);
        }
        for (folder, expected) in [
            ("/srv/a b", "file:///srv/a%20b/"),
            ("/", "file:///"),
            (r"C:\git\aperture", "file:///C:/git/aperture/"),
            (r"\\?\D:\git", "file:///D:/git/"),
        ] {
            assert_eq!(file_uri(folder), expected);
        }
    }

    #[test]
    fn names_of_rules() {
        assert_eq!(pascal("export-missing-source"), "ExportMissingSource");
        assert_eq!(pascal("cycle"), "Cycle");
    }
}
