//! Whole realms in one string, and what is wrong with them: `//- path` begins a file. The text of a
//! problem is printed with its line and carets under the very characters.

mod binding;
mod config;
mod contract;
mod cross;
mod cursor;
mod edit;
mod edit_laws;
mod format;
mod generate;
mod hostile;
mod judged;
mod laws;
mod ownership;
mod proposal;
mod realm;
mod rules;
mod schemas;
pub(crate) mod seen;
mod stored;

use blue_text::{Encoding, LineIndex};
use expect_test::Expect;

use crate::problem::escaped;
use crate::proposal::{Author, Proposal, problems};
use crate::{Date, ParsedFile, Problem, Realm, parse_file};

/// The files of a fixture, by path.
fn files(fixture: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in fixture.split_inclusive('\n') {
        if let Some(path) = line.trim_end().strip_prefix("//- ") {
            files.push((path.trim_start_matches('/').to_owned(), String::new()));
        } else if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    files
}

fn realm_of(fixture: &str) -> Realm {
    let parse = |(path, text): &(String, String)| parse_file(path, text.as_bytes());
    Realm::from_files(files(fixture).iter().map(parse))
}

/// All problems of all files, in the order of the realm, on no day in particular.
fn check(fixture: &str, expected: Expect) {
    check_on(fixture, None, expected);
}

/// As [`check`], on a day.
fn check_on(fixture: &str, today: Option<&str>, expected: Expect) {
    let realm = realm_of(fixture);
    let today = today.and_then(Date::parse);
    let mut shown = String::new();
    for file in realm.files() {
        for problem in realm.problems_of(&file.path, today) {
            shown.push_str(&show_in(&realm, &file.path, &problem));
        }
    }
    expected.assert_eq(&shown);
}

/// As [`show`], with the related places below.
fn show_in(realm: &Realm, path: &str, problem: &Problem) -> String {
    let mut shown = show(path, &realm.file(path).unwrap().text, problem);
    for other in &problem.related {
        let text = &realm.file(&other.path).unwrap().text;
        let index = LineIndex::new(text);
        let at = index.position(text, other.span.start, Encoding::Utf32);
        let there = other.span.slice(text).unwrap_or("<cut>");
        shown.push_str(&format!(
            "  + {}:{}:{} `{}`: {}\n",
            other.path,
            at.line + 1,
            at.character + 1,
            there.lines().next().unwrap_or_default(),
            other.message
        ));
    }
    shown
}

/// The problems of one file by itself.
fn check_file(path: &str, text: &str, expected: Expect) -> ParsedFile {
    let file = parse_file(path, text.as_bytes());
    let shown: String = file
        .problems
        .iter()
        .map(|problem| show(path, &file.text, problem))
        .collect();
    expected.assert_eq(&shown);
    file
}

/// `path:line:column code: message`, the line, and carets under the characters on it.
fn show(path: &str, text: &str, problem: &Problem) -> String {
    let index = LineIndex::new(text);
    let at = |offset| index.position(text, offset, Encoding::Utf32);
    let (start, end) = (at(problem.span.start), at(problem.span.end));
    let line = index.line_span(start.line, text).unwrap_or_default();
    let line = line.slice(text).unwrap_or("<cut>").trim_end();
    let width = line.chars().count() as u32;
    let (more, last) = match end.line == start.line {
        true => ("", end.character),
        false => ("…", width.max(start.character + 1)),
    };
    let carets = "^".repeat(last.saturating_sub(start.character) as usize);
    let indent = " ".repeat(start.character as usize);
    let instead = match &problem.suggestion {
        Some(suggestion) => format!(" -> {suggestion}"),
        None => String::new(),
    };
    let head = format!(
        "{}:{}:{} {}: {}{instead}\n",
        escaped(path),
        start.line + 1,
        start.character + 1,
        problem.code,
        problem.message,
    );
    match text.is_empty() {
        true => head,
        false => format!("{head}  {line}\n  {indent}{carets}{more}\n"),
    }
}

/// What is wrong with the change from one realm to another, made by these.
fn check_change(base: &str, proposed: &str, authors: &[(&str, &[Author])], expected: Expect) {
    let [base, proposed] = [base, proposed].map(realm_of);
    let authors = authors
        .iter()
        .map(|(path, authors)| ((*path).into(), authors.to_vec()))
        .collect();
    let asked = Proposal {
        base: &base,
        proposed: &proposed,
        authors: &authors,
        today: Date::parse("2026-03-01"),
    };
    let shown: String = problems(&asked)
        .iter()
        .map(|(path, problem)| show_in(&proposed, path, problem))
        .collect();
    expected.assert_eq(&shown);
}

/// The realm of the specification's story, without a fault.
const STORY: &str = "\
//- /realm.yaml
name: letemcook
version: 1.0.0
created_at: 2026-01-05T09:00:00Z
governance:
  admission: approval
  approvers: [rosa@example.com]
  breaking_changes: { require_approval: true, grace_period_days: 7 }
trust:
  mode: collaborative
  permissions:
    \"domains/*/contracts/**\": [contract_owner, realm_owners]
findings: { import-excess: off }
x-cost-centre: 4711
//- /repos/aperture.yaml
name: aperture
path: ../aperture
url: https://git.example.com/imaging/aperture.git
maintainers: [rosa@example.com]
joined_at: 2026-01-05T09:00:00Z
//- /repos/fungal-image-analysis.yaml
name: fungal-image-analysis
url: git@git.example.com:imaging/fungal-image-analysis.git
subdir: services/analysis
notify: issue
maintainers:
  - theo
//- /domains/s3-access/domain.yaml
name: s3-access
description: who may read which keys
created_at: 2026-01-05T09:00:00Z
members:
  - aperture
  - fungal-image-analysis
//- /domains/s3-access/governance.yaml
breaking_changes:
  grace_period_days: 3
//- /domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
description: what aperture reads and writes
version: 1.2.0
owner: aperture
previously: [bucket-permissions]
compatibility: { backwards: true, forwards: false, mode: emitted }
schema:
  type: object
  required: [read]
  properties:
    read: { type: array, items: { type: string }, uniqueItems: true }
    write: { type: array, items: { type: string }, uniqueItems: true }
value:
  read:
    - \"raw/*/image.tiff\"
    - models/*/weights.pt
  write:
    - jobs/*/result.json
deprecated:
  - value: models/*/weights.pt
    since: 1.1.0
    sunset: 2026-12-31
validation:
  exporter: scripts/check.sh
  ci_only: [scripts/slow.sh]
evolution:
  - version: 1.2.0
    changes: [added jobs/*/result.json]
    compatible: true
    date: 2026-02-01
    source: { commit: 0a1b2c3, branch: main }
//- /domains/s3-access/contracts/s3-permissions/1.1.0.yaml
schema: { type: object }
value: { read: [\"raw/*/image.tiff\"] }
//- /domains/s3-access/contracts/s3-permissions/1.2.0.yaml
schema:
  type: object
  required: [read]
  properties:
    read: { type: array, items: { type: string }, uniqueItems: true }
    write: { type: array, items: { type: string }, uniqueItems: true }
value:
  read: [\"raw/*/image.tiff\", models/*/weights.pt]
  write: [jobs/*/result.json]
//- /domains/s3-access/bindings/aperture.yaml
repo: aperture
role: provider
exports:
  - contract: s3-permissions
    source_files: [\"models/**/*.py\", \"!models/tests/\"]
    detect:
      - s3: { bucket: cultivarium-fungal-imaging }
        fields: { read: read, write: write, delete: delete, list: read }
      - symbol: QUEUE_NAMES
        into: queues
      - query: kafka-topics
    match: covers
//- /domains/s3-access/bindings/fungal-image-analysis.yaml
repo: fungal-image-analysis
imports:
  - contract: s3-permissions
    version: \"^1.0.0\"
    binding: infra/stack.py
    uses: [/read]
    approve: always
    note: run cdk diff
    resolved_version: 1.1.0
    resolved_at: 2026-01-20T10:00:00Z
    status: stale
//- /domains/s3-access/acceptances/fungal-image-analysis.yaml
- fingerprint: v1:5f1c
  contract: s3-permissions
  change: removed raw/*/image.tiff
  reason: not read any more
  until: 2026-06-30
  actor: theo
  date: 2026-02-02T08:00:00Z
";
