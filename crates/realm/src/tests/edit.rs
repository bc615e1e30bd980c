//! Edits: what each makes of a text.

use blue_text::{Span, TextEdit, apply_edits};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::Step;
use crate::edit::{self, EditError};

/// `exports/0/source_files` as a route.
fn steps(route: &str) -> Vec<Step<'_>> {
    route
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_or(Step::Key(part), Step::Index))
        .collect()
}

/// The lines that go and come with the edits, or the error. Line ends other than `\n` are shown.
fn shown(text: &str, edits: Result<Vec<TextEdit>, EditError>) -> String {
    let edits = match edits {
        Ok(edits) => edits,
        Err(error) => return format!("{error}\n"),
    };
    let changed = apply_edits(text, &edits).unwrap();
    let diff = similar::TextDiff::from_lines(text, &changed);
    diff.iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal)
        .map(|change| {
            let line = change.value().replace('\r', "␍");
            let line = line
                .strip_suffix('\n')
                .map_or(format!("{line}⏎"), str::to_owned);
            format!("{}{line}\n", change.tag())
        })
        .collect()
}

fn check(text: &str, edits: Result<Vec<TextEdit>, EditError>, expected: &Expect) {
    expected.assert_eq(&shown(text, edits));
}

const BINDING: &str = "\
# who reads what
repo: aperture   # us
exports:
- contract: s3-permissions
  source_files: [\"models/**/*.py\", '!models/tests/']   # not the tests
  match: covers
- contract: jobs

  # these two
  source_files:
  - jobs/a.py
  - \"jobs/b.py\"  # the second
  # the end
imports: []  # none yet
";

#[test]
fn a_value_is_set() {
    let set = |route, value: Value, expected: Expect| {
        check(
            BINDING,
            edit::set(BINDING, &steps(route), &value),
            &expected,
        );
    };
    set(
        "repo",
        json!("fungal-image-analysis"),
        expect![[r#"
        -repo: aperture   # us
        +repo: fungal-image-analysis   # us
    "#]],
    );
    set(
        "repo",
        json!("*"),
        expect![[r#"
        -repo: aperture   # us
        +repo: "*"   # us
    "#]],
    );
    set(
        "repo",
        json!("one\ntwo"),
        expect![[r#"
        -repo: aperture   # us
        +repo: |-   # us
        +  one
        +  two
    "#]],
    );
    set(
        "repo",
        json!({"a": [1, {"b": "no"}]}),
        expect![[r#"
        -repo: aperture   # us
        +repo:   # us
        +  a:
        +  - 1
        +  - b: "no"
    "#]],
    );
    set(
        "exports/0/source_files/1",
        json!("it's"),
        expect![[r#"
        -  source_files: ["models/**/*.py", '!models/tests/']   # not the tests
        +  source_files: ["models/**/*.py", 'it''s']   # not the tests
    "#]],
    );
    set(
        "exports/0/source_files",
        json!(["a", "b, c"]),
        expect![[r#"
            -  source_files: ["models/**/*.py", '!models/tests/']   # not the tests
            +  source_files: [a, "b, c"]   # not the tests
        "#]],
    );
    set(
        "exports/1/source_files",
        json!("jobs/"),
        expect![[r#"
        -  source_files:
        -  - jobs/a.py
        -  - "jobs/b.py"  # the second
        -  # the end
        +  source_files: jobs/
    "#]],
    );
    set(
        "exports/1/source_files/1",
        json!({"a": 1, "b": 2}),
        expect![[r#"
            -  - "jobs/b.py"  # the second
            +  - a: 1  # the second
            +    b: 2
        "#]],
    );
    set(
        "exports/1/detect/s3/bucket",
        json!("b"),
        expect![[r#"
        +  detect:
        +    s3:
        +      bucket: b
    "#]],
    );
    set(
        "imports",
        json!([{"contract": "jobs", "version": "^1.0.0"}]),
        expect![[r#"
            -imports: []  # none yet
            +imports:  # none yet
            +- contract: jobs
            +  version: ^1.0.0
        "#]],
    );
    set(
        "imports/0",
        json!(1),
        expect![[r#"
        there is no `imports[0]` in the file
    "#]],
    );
}

#[test]
fn an_item_is_appended() {
    let append = |route, value: Value, expected: Expect| {
        let edits = edit::append(BINDING, &steps(route), &value);
        check(BINDING, edits, &expected);
    };
    append(
        "exports/0/source_files",
        json!("**/x.py"),
        expect![[r#"
        -  source_files: ["models/**/*.py", '!models/tests/']   # not the tests
        +  source_files: ["models/**/*.py", '!models/tests/', '**/x.py']   # not the tests
    "#]],
    );
    append(
        "exports/1/source_files",
        json!("**/x.py"),
        expect![[r#"
        +  - "**/x.py"
    "#]],
    );
    append(
        "exports",
        json!({"contract": "x", "source_files": ["a", "b"]}),
        expect![[r#"
            +- contract: x
            +  source_files:
            +  - a
            +  - b
        "#]],
    );
    append(
        "imports",
        json!("x"),
        expect![[r#"
        -imports: []  # none yet
        +imports:  # none yet
        +- x
    "#]],
    );
    append(
        "exports/1/detect",
        json!({"symbol": "QUEUE_NAMES", "into": "queues"}),
        expect![[r#"
            +  detect:
            +  - symbol: QUEUE_NAMES
            +    into: queues
        "#]],
    );
    append(
        "repo",
        json!("x"),
        expect![[r#"
        `repo` is not a list
    "#]],
    );
}

#[test]
fn an_item_or_an_entry_is_removed() {
    let remove = |route, expected: Expect| {
        check(BINDING, edit::remove(BINDING, &steps(route)), &expected);
    };
    remove(
        "exports/0/source_files/0",
        expect![[r#"
        -  source_files: ["models/**/*.py", '!models/tests/']   # not the tests
        +  source_files: ['!models/tests/']   # not the tests
    "#]],
    );
    remove(
        "exports/0/source_files/1",
        expect![[r#"
        -  source_files: ["models/**/*.py", '!models/tests/']   # not the tests
        +  source_files: ["models/**/*.py"]   # not the tests
    "#]],
    );
    remove(
        "exports/1/source_files/1",
        expect![[r#"
        -  - "jobs/b.py"  # the second
    "#]],
    );
    remove(
        "exports/1/contract",
        expect![[r#"
        -- contract: jobs
        -
        -  # these two
        -  source_files:
        +- source_files:
    "#]],
    );
    remove(
        "exports/0",
        expect![[r#"
        -- contract: s3-permissions
        -  source_files: ["models/**/*.py", '!models/tests/']   # not the tests
        -  match: covers
    "#]],
    );
    remove(
        "repo",
        expect![[r#"
        -repo: aperture   # us
    "#]],
    );
    remove(
        "",
        expect![[r#"
        `the file` cannot be changed without changing what stands around it
    "#]],
    );
}

#[test]
fn every_manner_of_a_file_is_kept() {
    let at = |text: &str, edits, expected: Expect| check(text, edits, &expected);
    let crlf = "\u{feff}a:\r\n    b: 1\r\nlist:\r\n    - x\r\n";
    at(
        crlf,
        edit::set(crlf, &steps("a/c/d"), &json!([1])),
        expect![[r#"
            +    c:␍
            +        d:␍
            +            - 1␍
        "#]],
    );
    at(
        crlf,
        edit::append(crlf, &steps("list"), &json!({"k": {"v": 1}})),
        expect![[r#"
            +    - k:␍
            +          v: 1␍
        "#]],
    );
    at(
        crlf,
        edit::remove(crlf, &steps("a/b")),
        expect![[r#"
        -﻿a:␍
        -    b: 1␍
        +﻿a: {}␍
    "#]],
    );
    let lines = "l: [\n  a, # first\n  b # second\n]\nm: { x: 1,\n }\nn: {}\ne: [ ]\n";
    at(
        lines,
        edit::append(lines, &steps("l"), &json!("c")),
        expect![[r#"
            -  b # second
            +  b, # second
            +  c
        "#]],
    );
    at(
        lines,
        edit::remove(lines, &steps("l/0")),
        expect![[r#"
        -  a, # first
    "#]],
    );
    at(
        lines,
        edit::insert(lines, &steps("m"), "y", &json!("a, b")),
        expect![[r#"
            -m: { x: 1,
            +m: { x: 1, "y": "a, b"
        "#]],
    );
    at(
        lines,
        edit::set(lines, &steps("n/k"), &json!(true)),
        expect![[r#"
            -n: {}
            +n:
            +  k: true
        "#]],
    );
    at(
        lines,
        edit::append(lines, &steps("e"), &json!("c")),
        expect![[r#"
            -e: [ ]
            +e:
            +  - c
        "#]],
    );
    let open = "a: |\n  text\n\n  more\nb:\nc: &x [1]\nd: *x\n- ";
    at(
        open,
        edit::set(open, &steps("b"), &json!(1)),
        expect![[r#"
            the file is not YAML: did not find expected key, while parsing a block mapping
        "#]],
    );
    let anchors = "a: |\n  text\n\n  more\nb: # nothing\nc: &x [1]\nd: *x\nlast: 1";
    at(
        anchors,
        edit::set(anchors, &steps("a"), &json!("short")),
        expect![[r#"
            -a: |
            -  text
            -
            -  more
            +a: short
        "#]],
    );
    at(
        anchors,
        edit::set(anchors, &steps("a"), &json!("two\nlines\n")),
        expect![[r#"
            -  text
            -
            -  more
            +  two
            +  lines
        "#]],
    );
    at(
        anchors,
        edit::set(anchors, &steps("b"), &json!({"k": 1})),
        expect![[r#"
            +  k: 1
        "#]],
    );
    at(
        anchors,
        edit::append(anchors, &steps("b"), &json!(1)),
        expect![[r#"
            +  - 1
        "#]],
    );
    at(
        anchors,
        edit::append(anchors, &steps("c"), &json!(2)),
        expect![[r#"
            `c` cannot be changed without changing what stands around it
        "#]],
    );
    at(
        anchors,
        edit::append(anchors, &steps("d"), &json!(2)),
        expect![[r#"
            `d` cannot be changed without changing what stands around it
        "#]],
    );
    at(
        anchors,
        edit::set(anchors, &steps("new"), &json!(2)),
        expect![[r#"
            -last: 1⏎
            +last: 1
            +new: 2⏎
        "#]],
    );
    at(
        anchors,
        edit::remove(anchors, &steps("last")),
        expect![[r#"
            -last: 1⏎
        "#]],
    );
    let nested = "- - a\n  - b\n-\n- {p, q: 1}\n- [r: s]\n";
    at(
        nested,
        edit::append(nested, &steps("0"), &json!([1, 2])),
        expect![[r#"
            +  - - 1
            +    - 2
        "#]],
    );
    at(
        nested,
        edit::append(nested, &steps(""), &json!([["x"], {}])),
        expect![[r#"
            +- - - x
            +  - {}
        "#]],
    );
    at(
        nested,
        edit::set(nested, &steps("1"), &json!({"a": 1, "b": 2})),
        expect![[r#"
            --
            +- a: 1
            +  b: 2
        "#]],
    );
    at(
        nested,
        edit::set(nested, &steps("2/p"), &json!("z")),
        expect![[r#"
            -- {p, q: 1}
            +- {p: z, q: 1}
        "#]],
    );
    at(
        nested,
        edit::set(nested, &steps("3/0"), &json!("z")),
        expect![[r#"
            -- [r: s]
            +- [z]
        "#]],
    );
    at(
        "",
        edit::append("", &[], &json!({"fingerprint": "v1:5f1c"})),
        expect![[r#"
            +- fingerprint: v1:5f1c
        "#]],
    );
    at(
        "# x",
        edit::set("# x", &steps("a/b"), &json!(1)),
        expect![[r#"
            -# x⏎
            +# x
            +a:
            +  b: 1
        "#]],
    );
    at(
        "a: 1\n",
        edit::remove("a: 1\n", &steps("a")),
        expect![[r#"
            -a: 1
            +{}
        "#]],
    );
}

#[test]
fn a_suggestion_is_written_in_the_quotes_that_stand_there() {
    let text = "a: \"oen\"\nb: 'x ^1.0'\nc: 1.2\n\"nmae\": x\nd: [plain, 'q']\n";
    for (old, new, line) in [
        ("\"oen\"", "one", "a: \"one\""),
        ("oen", "o\"ne", "a: \"o\\\"ne\""),
        ("^1.0", "^1.0.0", "b: 'x ^1.0.0'"),
        ("^1.0", "it's", "b: 'x it''s'"),
        ("1.2", "1.2.0", "c: 1.2.0"),
        ("1.2", "1.3", "c: 1.3"),
        ("\"nmae\"", "name", "\"name\": x"),
        ("plain", "a, b", "d: [\"a, b\", 'q']"),
        ("plain", "no", "d: [\"no\", 'q']"),
        ("a", "name", "name: \"oen\""),
    ] {
        let start = text.find(old).unwrap();
        let edits = edit::replace(text, Span::from_range(start..start + old.len()), new).unwrap();
        let changed = apply_edits(text, &edits).unwrap();
        assert!(
            changed.lines().any(|found| found == line),
            "{old} -> {new}: {changed}"
        );
        let untouched = changed.lines().zip(text.lines()).filter(|(a, b)| a == b);
        assert_eq!(untouched.count(), 4, "{changed}");
    }
    // What is no YAML is replaced as the suggestion has it.
    let broken = "a: *.py\n";
    let edits = edit::replace(broken, Span::new(3, 7), "\"*.py\"").unwrap();
    assert_eq!(apply_edits(broken, &edits).unwrap(), "a: \"*.py\"\n");
    assert!(edit::replace(text, Span::new(0, 12), "x").is_err());
    assert!(edit::replace(text, Span::new(4000, 4001), "x").is_err());
}

#[test]
fn a_key_is_renamed() {
    let text = "nmae: 1\n'owner': {verison: 2}\n";
    check(
        text,
        edit::rename_key(text, &steps("nmae"), "name"),
        &expect![[r#"
            -nmae: 1
            +name: 1
        "#]],
    );
    check(
        text,
        edit::rename_key(text, &steps("owner"), "it's"),
        &expect![[r#"
            -'owner': {verison: 2}
            +'it''s': {verison: 2}
        "#]],
    );
    check(
        text,
        edit::rename_key(text, &steps("owner/verison"), "version"),
        &expect![[r#"
            -'owner': {verison: 2}
            +'owner': {version: 2}
        "#]],
    );
    check(
        text,
        edit::rename_key(text, &steps("nmae"), "owner"),
        &expect![[r#"
            there is a `owner` already
        "#]],
    );
}

#[test]
fn what_remedies_write() {
    let contract = "name: s3-permissions\nversion: '1.2.0' # now\nowner: aperture\n";
    let entry = crate::format::Evolution {
        version: "1.3.0".to_owned(),
        changes: vec!["added jobs/*/result.json".to_owned()],
        compatible: Some(true),
        date: Some("2026-02-01".to_owned()),
        actor: None,
        source: None,
        migration: None,
    };
    check(
        contract,
        edit::set_contract_version(contract, "1.3.0"),
        &expect![[r#"
            -version: '1.2.0' # now
            +version: '1.3.0' # now
        "#]],
    );
    check(
        contract,
        edit::append_evolution(contract, &entry),
        &expect![[r#"
            +evolution:
            +  - version: 1.3.0
            +    changes:
            +      - added jobs/*/result.json
            +    compatible: true
            +    date: 2026-02-01
        "#]],
    );
    let binding = "exports:\n  - contract: a\n    source_files: jobs/a.py # one\n  - contract: b\n    source_files: [x]\nimports:\n  - contract: c\n    version: \"^1.0.0\"\n    rseolved: 1\n";
    check(
        binding,
        edit::add_source_file(binding, 0, "**/b.py"),
        &expect![[r#"
            -    source_files: jobs/a.py # one
            +    source_files: # one
            +      - jobs/a.py
            +      - "**/b.py"
        "#]],
    );
    check(
        binding,
        edit::add_source_file(binding, 1, "**/b.py"),
        &expect![[r#"
            -    source_files: [x]
            +    source_files: [x, "**/b.py"]
        "#]],
    );
    check(
        binding,
        edit::set_import_range(binding, 0, "^2.0.0"),
        &expect![[r#"
            -    version: "^1.0.0"
            +    version: "^2.0.0"
        "#]],
    );
    check(
        binding,
        edit::set_resolved_version(binding, 0, "2.0.0"),
        &expect![[r#"
            +    resolved_version: 2.0.0
        "#]],
    );
    let at = binding.find("rseolved").unwrap();
    let span = Span::from_range(at..at + 8);
    check(
        binding,
        edit::remove_key_at(binding, span),
        &expect![[r#"
            -    rseolved: 1
        "#]],
    );
    assert!(edit::remove_key_at(binding, Span::new(12, 13)).is_err());
}

/// What stands at the margin below a list is about the file, or leads the next key in.
#[test]
fn a_comment_below_stays_below() {
    let texts = [
        "evolution:\n  - version: 1.0.0\n    # of this one\n\n# The end.\n# Really.\n",
        "evolution:\n- version: 1.0.0\n# The end.\n",
        "evolution:\n  - version: 1.0.0\n# What goes:\ndeprecated:\n  - value: a\n# The end.\n",
    ];
    let mut seen = String::new();
    for text in texts {
        let entry = json!({"version": "1.1.0"});
        let edits = [
            edit::append(text, &steps("evolution"), &entry),
            edit::set(text, &steps("evolution"), &json!([entry])),
            edit::remove(text, &steps("evolution/0")),
            edit::remove(text, &steps("deprecated")),
        ];
        for edits in edits.into_iter().flatten() {
            seen.push_str(&apply_edits(text, &edits).unwrap());
            seen.push_str("---\n");
        }
    }
    expect![[r#"
        evolution:
          - version: 1.0.0
            # of this one
          - version: 1.1.0

        # The end.
        # Really.
        ---
        evolution:
          - version: 1.1.0

        # The end.
        # Really.
        ---
        evolution: []

        # The end.
        # Really.
        ---
        evolution:
        - version: 1.0.0
        - version: 1.1.0
        # The end.
        ---
        evolution:
        - version: 1.1.0
        # The end.
        ---
        evolution: []
        # The end.
        ---
        evolution:
          - version: 1.0.0
          - version: 1.1.0
        # What goes:
        deprecated:
          - value: a
        # The end.
        ---
        evolution:
          - version: 1.1.0
        # What goes:
        deprecated:
          - value: a
        # The end.
        ---
        evolution: []
        # What goes:
        deprecated:
          - value: a
        # The end.
        ---
        evolution:
          - version: 1.0.0
        # What goes:
        # The end.
        ---
    "#]]
    .assert_eq(&seen);
}
