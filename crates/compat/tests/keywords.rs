//! Each keyword, the thin ones first, in both modes: `keywords.jsonl` holds two schemas a line and
//! four letters, backwards and forwards in mode literal, then in mode emitted: `y`es, `n`o, `?`.
//! `UPDATE=1` writes the letters that are found; look at them.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

use std::path::Path;

use blue_compat::{Mode, Part, Verdict, containment_in, derivation};
use serde_json::{Value, json};

fn uri(dialect: &str) -> String {
    match dialect {
        "4" | "6" | "7" => format!("http://json-schema.org/draft-0{dialect}/schema#"),
        _ => format!("https://json-schema.org/draft/{dialect}/schema"),
    }
}

fn schema(case: &Value, side: &str) -> Value {
    let mut schema = case[side].clone();
    if let Some(members) = schema.as_object_mut() {
        let dialect = case["dialect"].as_str().unwrap();
        members.insert("$schema".to_owned(), json!(uri(dialect)));
    }
    schema
}

/// The letter of a verdict, whose evidence is looked at.
fn letter(verdict: &Verdict, mode: Mode, emitter: &Value, reader: &Value, part: Part) -> char {
    match verdict {
        Verdict::Compatible => {
            let steps = derivation(mode, emitter, reader, part);
            assert!(
                !steps.is_empty() || *reader == json!({}),
                "{emitter} {reader}"
            );
            'y'
        }
        Verdict::Breaking { witness } => {
            let accepts = |schema| jsonschema::validator_for(schema).unwrap().is_valid(witness);
            assert!(accepts(emitter) && !accepts(reader), "{witness}");
            'n'
        }
        Verdict::Unknown { .. } => '?',
    }
}

#[test]
fn each_keyword_in_both_modes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keywords.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut written = String::new();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let mut case: Value = serde_json::from_str(line).unwrap();
        let (old, new) = (schema(&case, "old"), schema(&case, "new"));
        let mut letters = String::new();
        for mode in [Mode::Literal, Mode::Emitted] {
            let both = containment_in(mode, &old, &new);
            letters.push(letter(&both.backwards, mode, &new, &old, Part::Old));
            letters.push(letter(&both.forwards, mode, &old, &new, Part::New));
        }
        if case["is"] != json!(letters) {
            wrong.push(format!("{}: {letters}", case["says"]));
        }
        case["is"] = json!(letters);
        written += &format!("{case}\n");
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, written).unwrap();
        return;
    }
    assert_eq!(wrong, [""; 0]);
}
