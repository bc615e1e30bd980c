//! Versions of changed contracts. The base is the specification's story; a case is what is changed.

use expect_test::{Expect, expect};

use super::{STORY, check_change};

/// The story with texts in place of others that are there.
fn with(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(STORY.to_owned(), |story, (old, new)| {
        assert!(story.contains(old), "{old}");
        story.replacen(old, new, 1)
    })
}

/// What the change of the story by these edits is told.
fn check(edits: &[(&str, &str)], expected: Expect) {
    check_change(STORY, &with(edits), &[], expected);
}

const VERSION: &str = "version: 1.2.0\nowner";
const ADDED: (&str, &str) = (
    "    - jobs/*/result.json\n",
    "    - jobs/*/result.json\n    - jobs/*/log.txt\n",
);
const REMOVED: (&str, &str) = ("    - \"raw/*/image.tiff\"\n", "");
/// An importer of the new version may find a number where there was text.
const WIDENED: (&str, &str) = (
    "    read: { type: array, items: { type: string }, uniqueItems: true }\n    write",
    "    read: { type: array, items: { type: [string, number] }, uniqueItems: true }\n    write",
);

fn version(to: &'static str) -> (&'static str, &'static str) {
    (VERSION, to)
}

#[test]
fn an_addition_asks_for_a_minor() {
    check(
        &[ADDED],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 1.3.0: `jobs/*/log.txt` added to `write` -> 1.3.0
              version: 1.2.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:19:7 `jobs/*/log.txt`: `jobs/*/log.txt` added to `write`
        "#]],
    );
    check(
        &[ADDED, version("version: 1.2.1\nowner")],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-too-small: 1.2.1 is too small, this needs 1.3.0: `jobs/*/log.txt` added to `write` -> 1.3.0
              version: 1.2.1
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:19:7 `jobs/*/log.txt`: `jobs/*/log.txt` added to `write`
        "#]],
    );
    check(
        &[ADDED, version("version: 1.3.0-rc.1\nowner")],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-too-small: 1.3.0-rc.1 is too small, this needs 1.3.0: `jobs/*/log.txt` added to `write` -> 1.3.0
              version: 1.3.0-rc.1
                       ^^^^^^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:19:7 `jobs/*/log.txt`: `jobs/*/log.txt` added to `write`
        "#]],
    );
    check(&[ADDED, version("version: 1.3.0\nowner")], expect![[""]]);
    check(&[ADDED, version("version: 4.0.0\nowner")], expect![[""]]);
}

#[test]
fn a_break_asks_for_a_major() {
    check(
        &[REMOVED, ADDED],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 2.0.0: `raw/*/image.tiff` removed from `read`, and one more change -> 2.0.0
              version: 1.2.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:15:5 `- models/*/weights.pt`: `raw/*/image.tiff` removed from `read`
        "#]],
    );
    check(
        &[REMOVED, version("version: 1.3.0\nowner")],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-too-small: 1.3.0 is too small, this needs 2.0.0: `raw/*/image.tiff` removed from `read` -> 2.0.0
              version: 1.3.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:15:5 `- models/*/weights.pt`: `raw/*/image.tiff` removed from `read`
        "#]],
    );
    check(&[REMOVED, version("version: 2.0.0\nowner")], expect![[""]]);
    let literal = with(&[("mode: emitted", "mode: literal")]);
    let widened = literal
        .replacen(WIDENED.0, WIDENED.1, 1)
        .replace(VERSION, "version: 1.3.0\nowner");
    check_change(
        &literal,
        &widened,
        &[],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-too-small: 1.3.0 is too small, this needs 2.0.0: the schema accepts `{"read":[0]}`, which importers of the old version refuse -> 2.0.0
              version: 1.3.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:11:41 `[string, number]`: the schema accepts `{"read":[0]}`, which importers of the old version refuse
        "#]],
    );
    // Without the promise only the number is smaller; a promise that is taken back counts still.
    check(
        &[
            REMOVED,
            version("version: 1.3.0\nowner"),
            ("backwards: true", "backwards: false"),
        ],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-too-small: 1.3.0 is too small, this needs 2.0.0: `raw/*/image.tiff` removed from `read` -> 2.0.0
              version: 1.3.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:15:5 `- models/*/weights.pt`: `raw/*/image.tiff` removed from `read`
        "#]],
    );
    check(
        &[(
            "schema:\n  type: object\n  required: [read]\n  properties:\n",
            "value:\n  read:\n",
        )],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 2.0.0: `read` changed from `["raw/*/image.tiff","models/*/weights.pt"]` to `{"read":{"type":"array","items":{"type":"string"},"uniqueItems":true},"write":{"type":"array","items":{"type":"string"},…`, and one more change -> 2.0.0
              version: 1.2.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:9:5 `read: { type: array, items: { type: string }, uniqueItems: true }`: `read` changed from `["raw/*/image.tiff","models/*/weights.pt"]` to `{"read":{"type":"array","items":{"type":"string"},"uniqueItems":true},"write":{"type":"array","items":{"type":"string"},…`
        "#]],
    );
}

#[test]
fn a_value_may_be_taken_out_after_its_sunset() {
    let gone = ("    - models/*/weights.pt\n", "");
    check(
        &[gone, version("version: 1.3.0\nowner")],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-too-small: 1.3.0 is too small, this needs 2.0.0: `models/*/weights.pt` removed from `read` -> 2.0.0
              version: 1.3.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:15:5 `- "raw/*/image.tiff"`: `models/*/weights.pt` removed from `read`
        "#]],
    );
    let base = with(&[("sunset: 2026-12-31", "sunset: 2026-02-28")]);
    let proposed = base
        .replace(gone.0, "")
        .replace(VERSION, "version: 1.3.0\nowner");
    check_change(&base, &proposed, &[], expect![[""]]);
    check(
        &[("sunset: 2026-12-31", "sunset: 2026-06-30")],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 2.0.0: the sunset of `models/*/weights.pt` moved from 2026-12-31 to 2026-06-30 -> 2.0.0
              version: 1.2.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:19:1 `deprecated`: the sunset of `models/*/weights.pt` moved from 2026-12-31 to 2026-06-30
        "#]],
    );
}

#[test]
fn words_order_and_promises() {
    check(
        &[(
            "description: what aperture reads and writes",
            "description: keys",
        )],
        expect![[""]],
    );
    check(
        &[(
            "    - \"raw/*/image.tiff\"\n    - models/*/weights.pt\n",
            "    - models/*/weights.pt\n    - \"raw/*/image.tiff\"\n",
        )],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 1.2.1: words or order of the contract changed -> 1.2.1
              version: 1.2.0
                       ^^^^^
        "#]],
    );
    check(
        &[("mode: emitted", "mode: literal")],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 1.2.1: what the contract promises of its changes is another -> 1.2.1
              version: 1.2.0
                       ^^^^^
        "#]],
    );
    check(
        &[(
            "schema:\n  type: object\n  required: [read]\n",
            "schema:\n  description: keys\n  type: object\n  required: [read]\n",
        )],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 1.2.1: words or order of the contract changed -> 1.2.1
              version: 1.2.0
                       ^^^^^
        "#]],
    );
}

#[test]
fn versions_only_grow() {
    check(
        &[version("version: 1.1.9\nowner")],
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:3:10 version-regressed: version 1.1.9 is lower than 1.2.0, which the realm has: importers that follow 1.2.0 would never see this one -> 1.2.0
          version: 1.1.9
                   ^^^^^
    "#]],
    );
    check(
        &[ADDED, version("version: 0.9.0\nowner")],
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:3:10 version-regressed: version 0.9.0 is lower than 1.2.0, which the realm has: importers that follow 1.2.0 would never see this one -> 1.3.0
          version: 0.9.0
                   ^^^^^
    "#]],
    );
}

#[test]
fn what_is_not_decided_counts_as_breaking() {
    // Where a word ends is nothing that an automaton over characters knows.
    let with_items = |items: &str, version: &str| {
        let read =
            "    read: { type: array, items: { type: string }, uniqueItems: true }\n    write";
        let odd = read.replacen("{ type: string }", items, 1);
        let text = with(&[(read, &odd)]);
        text.replacen(VERSION, version, 1)
    };
    let base = with_items("{ type: string, pattern: '^[a-z][*./]' }", VERSION);
    let proposed = |version| with_items("{ type: string, pattern: '^[a-z]\\b[*./]' }", version);
    check_change(
        &base,
        &proposed(VERSION),
        &[],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 2.0.0: whether importers of the old version can read the new one is not decided: the schema holds what cannot be compared -> 2.0.0
              version: 1.2.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:7:1 `schema`: whether importers of the old version can read the new one is not decided: the schema holds what cannot be compared
            domains/s3-access/contracts/s3-permissions.yaml:7:1 verdict-unknown: whether importers of the old version can read the new one is not decided: the schema holds what cannot be compared; it counts as breaking until somebody knows better, so this needs 2.0.0
              schema:
              ^^^^^^
        "#]],
    );
    let minor = proposed("version: 1.3.0\nowner");
    check_change(
        &base,
        &minor,
        &[],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:7:1 verdict-unknown: whether importers of the old version can read the new one is not decided: the schema holds what cannot be compared; it counts as breaking until somebody knows better, so this needs 2.0.0
              schema:
              ^^^^^^
        "#]],
    );
    let major = proposed("version: 2.0.0\nowner");
    check_change(&base, &major, &[], expect![""]);
    // What breaks for a reason that is known is told that one alone.
    let breaks = minor.replacen(REMOVED.0, REMOVED.1, 1);
    check_change(
        &base,
        &breaks,
        &[],
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:3:10 version-too-small: 1.3.0 is too small, this needs 2.0.0: `raw/*/image.tiff` removed from `read`, and one more change -> 2.0.0
          version: 1.3.0
                   ^^^^^
          + domains/s3-access/contracts/s3-permissions.yaml:15:5 `- models/*/weights.pt`: `raw/*/image.tiff` removed from `read`
    "#]],
    );
}

#[test]
fn a_new_entry_that_calls_a_break_compatible() {
    let entry = |compatible: &str| {
        format!(
            "  - version: 2.0.0\n    changes: [less]\n    compatible: {compatible}\n  - version: 1.2.0\n    changes: [added"
        )
    };
    for compatible in ["true", "false"] {
        let entry = entry(compatible);
        // The order of entries is not what this is about.
        let story = with(&[REMOVED, version("version: 2.0.0\nowner")]);
        let (head, tail) = story
            .split_once("  - version: 1.2.0\n    changes: [added")
            .unwrap();
        let (own, rest) = tail.split_once("//- ").unwrap();
        let new = entry.split_once("  - version: 1.2.0").unwrap().0;
        let proposed = format!("{head}  - version: 1.2.0\n    changes: [added{own}{new}//- {rest}");
        let expected = match compatible {
            "true" => expect![[r#"
                domains/s3-access/contracts/s3-permissions.yaml:33:17 evolution-mismatch: the entry of 2.0.0 says `compatible: true`, but the change is breaking: `raw/*/image.tiff` removed from `read` -> false
                      compatible: true
                                  ^^^^
                  + domains/s3-access/contracts/s3-permissions.yaml:15:5 `- models/*/weights.pt`: `raw/*/image.tiff` removed from `read`
            "#]],
            _ => expect![[""]],
        };
        check_change(STORY, &proposed, &[], expected);
    }
}

#[test]
fn a_new_contract_begins_where_it_likes() {
    for (version, expected) in [
        ("0.1.0", expect![[""]]),
        ("3.2.1", expect![[""]]),
        (
            "0.0.1",
            expect![[r#"
            domains/s3-access/contracts/queues.yaml:2:10 version-too-small: a contract's first version is 0.1.0 or higher, not 0.0.1 -> 0.1.0
              version: 0.0.1
                       ^^^^^
        "#]],
        ),
    ] {
        let proposed = format!(
            "{STORY}//- /domains/s3-access/contracts/queues.yaml
name: queues
version: {version}
owner: aperture
schema: {{}}
value: []
"
        );
        check_change(STORY, &proposed, &[], expected);
    }
}

#[test]
fn a_contract_that_has_another_name_now_is_the_same() {
    let renamed = with(&[
        (
            "contracts/s3-permissions.yaml",
            "contracts/imaging-keys.yaml",
        ),
        ("name: s3-permissions", "name: imaging-keys"),
        (
            "[bucket-permissions]",
            "[bucket-permissions, s3-permissions]",
        ),
        (
            "contracts/s3-permissions/1.1.0",
            "contracts/imaging-keys/1.1.0",
        ),
        ADDED,
    ]);
    check_change(
        STORY,
        &renamed,
        &[],
        expect![[r#"
            domains/s3-access/contracts/imaging-keys.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 1.3.0: `jobs/*/log.txt` added to `write` -> 1.3.0
              version: 1.2.0
                       ^^^^^
              + domains/s3-access/contracts/imaging-keys.yaml:19:7 `jobs/*/log.txt`: `jobs/*/log.txt` added to `write`
        "#]],
    );
}

#[test]
fn what_was_released_is_rewritten() {
    let release = "//- /domains/s3-access/contracts/s3-permissions/1.1.0.yaml
schema: { type: object }
value: { read: [\"raw/*/image.tiff\"] }
";
    check(
        &[(release, "")],
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:3:10 version-rewritten: domains/s3-access/contracts/s3-permissions/1.1.0.yaml, which says what 1.1.0 was released with, is taken away: importers of 1.1.0 could not be judged any more
          version: 1.2.0
                   ^^^^^
    "#]],
    );
    check(
        &[(
            "value: { read: [\"raw/*/image.tiff\"] }",
            "value: { read: [raw/1/image.tiff] }",
        )],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions/1.1.0.yaml:2:1 version-rewritten: 1.1.0 of `s3-permissions` was released with something else here: what importers of it rely on is never changed; release this as a version of its own
              value: { read: [raw/1/image.tiff] }
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        "#]],
    );
    // Layout is not what importers rely on.
    check(
        &[(
            "value: { read: [\"raw/*/image.tiff\"] }",
            "value:\n  read: # layout\n    - raw/*/image.tiff",
        )],
        expect![[""]],
    );
    // One that was never written before is no history to rewrite.
    check_change(&with(&[(release, "")]), STORY, &[], expect![[""]]);
}

#[test]
fn a_contract_that_is_taken_away_breaks_its_importers() {
    let start = STORY
        .find("//- /domains/s3-access/contracts/s3-permissions.yaml")
        .unwrap();
    let end = STORY
        .find("//- /domains/s3-access/bindings/aperture.yaml")
        .unwrap();
    let without = format!("{}{}", &STORY[..start], &STORY[end..]);
    check_change(
        STORY,
        &without,
        &[],
        expect![[r#"
        domains/s3-access/bindings/aperture.yaml:3:1 export-breaking: the contract `s3-permissions` is taken away, which breaks everyone who imports it: fungal-image-analysis
          exports:
          ^^^^^^^
          + domains/s3-access/bindings/fungal-image-analysis.yaml:3:15 `s3-permissions`: fungal-image-analysis imports it here
    "#]],
    );
    let exporter = without
        .find("//- /domains/s3-access/bindings/aperture.yaml")
        .unwrap();
    let importer = without
        .find("//- /domains/s3-access/bindings/fungal")
        .unwrap();
    let less = format!("{}{}", &without[..exporter], &without[importer..]);
    check_change(
        STORY,
        &less,
        &[],
        expect![[r#"
        domains/s3-access/domain.yaml:1:7 export-breaking: the contract `s3-permissions` is taken away, which breaks everyone who imports it: fungal-image-analysis
          name: s3-access
                ^^^^^^^^^
          + domains/s3-access/bindings/fungal-image-analysis.yaml:3:15 `s3-permissions`: fungal-image-analysis imports it here
    "#]],
    );
    let binding = without
        .find("//- /domains/s3-access/bindings/fungal")
        .unwrap();
    check_change(STORY, &without[..binding], &[], expect![[""]]);
}

#[test]
fn what_an_importer_still_follows_counts_too() {
    // 1.1.0 promised text, 1.2.0 let numbers in by mistake; what changes now breaks only who still
    // reads 1.1.0.
    let schema = |more: &str, note: &str| {
        format!("schema:\n  type: object{more}\n  properties: {{ note: {{ type: {note} }} }}\n")
    };
    let world = |version: &str, more: &str| {
        format!(
            "//- /realm.yaml
name: letemcook
//- /repos/aperture.yaml
name: aperture
//- /repos/fungal-image-analysis.yaml
name: fungal-image-analysis
//- /domains/s3-access/domain.yaml
name: s3-access
//- /domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
version: {version}
owner: aperture
compatibility: {{ mode: literal }}
{}value: {{ note: a }}
//- /domains/s3-access/contracts/s3-permissions/1.1.0.yaml
{}value: {{ note: a }}
//- /domains/s3-access/bindings/fungal-image-analysis.yaml
repo: fungal-image-analysis
imports:
  - {{ contract: s3-permissions, version: ^1.0.0, binding: a.py, resolved_version: 1.1.0 }}
",
            schema(more, "[string, number]"),
            schema("", "string"),
        )
    };
    let base = world("1.2.0", "");
    let proposed = world("1.3.0", "\n  required: [note]");
    check_change(
        &base,
        &proposed,
        &[],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:2:10 version-too-small: 1.3.0 is too small, this needs 2.0.0: the schema accepts `{"note":0}`, which importers of the old version refuse (seen from 1.1.0, which fungal-image-analysis still follows) -> 2.0.0
              version: 1.3.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:8:31 `[string, number]`: the schema accepts `{"note":0}`, which importers of the old version refuse
        "#]],
    );
    // Whose range does not let the new version in is not met by it.
    let pinned = |text: String| text.replace("version: ^1.0.0", "version: ~1.1.0");
    check_change(&pinned(base), &pinned(proposed), &[], expect![[""]]);
}

#[test]
fn an_entry_of_the_history_stays_as_it_was() {
    check(
        &[("  - version: 1.2.0\n", "  - version: 1.1.5\n")],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:27:14 evolution-mismatch: the entry of 1.2.0 says 1.1.5 now: an entry stays as it was written, a change brings a new one -> 1.2.0
                - version: 1.1.5
                           ^^^^^
        "#]],
    );
}

#[test]
fn a_schema_that_is_none_says_nothing_about_the_change() {
    check(
        &[(
            "    read: { type: array, items: { type: string }, uniqueItems: true }\n    write",
            "    read: { type: arrai, items: { type: string }, uniqueItems: true }\n    write",
        )],
        expect![[""]],
    );
}

#[test]
fn a_value_that_its_schema_refuses_says_nothing_about_the_change() {
    let wrong = ("    - jobs/*/result.json\n", "    - 7\n");
    check(&[wrong], expect![[""]]);
    // What a new schema refuses is the new schema's doing.
    let tighter = (
        "    read: { type: array, items: { type: string }, uniqueItems: true }\n    write",
        "    read: { type: array, items: { type: string, maxLength: 3 } }\n    write",
    );
    check(
        &[tighter],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the version still is 1.2.0, by which alone importers tell versions apart, but this needs 2.0.0: the schema accepts `{"read":["",""]}`, which importers of the old version refuse -> 2.0.0
              version: 1.2.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:11:11 `{ type: array, items: { type: string, maxLength: 3 } }`: the schema accepts `{"read":["",""]}`, which importers of the old version refuse
        "#]],
    );
}

/// The importer alone is told of a range that its contract has left.
#[test]
fn a_range_that_is_written_takes_in_the_contract() {
    let range = "    version: \"^1.0.0\"";
    check(
        &[(range, "    version: \">=2.0.0\"")],
        expect![[r#"
        domains/s3-access/bindings/fungal-image-analysis.yaml:4:14 import-broken: `s3-permissions` is at 1.2.0, below the range `>=2.0.0`: who follows it by that is broken from the first day
              version: ">=2.0.0"
                       ^^^^^^^^^
          + domains/s3-access/contracts/s3-permissions.yaml:3:10 `1.2.0`: the contract's version
    "#]],
    );
    check(
        &[(range, "    version: \"<1.2.0\"")],
        expect![[r#"
        domains/s3-access/bindings/fungal-image-analysis.yaml:4:14 import-broken: `s3-permissions` is at 1.2.0, above the range `<1.2.0`: who follows it by that is broken from the first day
              version: "<1.2.0"
                       ^^^^^^^^
          + domains/s3-access/contracts/s3-permissions.yaml:3:10 `1.2.0`: the contract's version
    "#]],
    );
    check(&[(range, "    version: \"^1.1.0\"")], expect![[r#""#]]);
    let major = "version: 2.0.0\nowner";
    check(
        &[
            REMOVED,
            version(major),
            ("  - version: 1.2.0", "  - version: 2.0.0"),
        ],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:26:14 evolution-mismatch: the entry of 1.2.0 says 2.0.0 now: an entry stays as it was written, a change brings a new one -> 1.2.0
                - version: 2.0.0
                           ^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:28:17 evolution-mismatch: the entry of 2.0.0 says `compatible: true`, but the change is breaking: `raw/*/image.tiff` removed from `read` -> false
                  compatible: true
                              ^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:15:5 `- models/*/weights.pt`: `raw/*/image.tiff` removed from `read`
        "#]],
    );
}
