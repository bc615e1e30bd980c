//! What holds of every edit, whatever the file and the value.

use blue_text::{Span, TextEdit, apply_edits};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{STORY, files};
use crate::Step;
use crate::edit::{self, EditError};
use crate::yaml::{self, Yaml};

/// One edit, and the tree it should make of another.
#[derive(Debug, Clone)]
enum Change {
    Set(Value),
    Append(Value),
    Insert(String, Value),
    Remove,
}

fn json_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z*!?&#%@|>:, \\-'\"\\[\\]{}\\\\\n\t.0-9éY~=<]{0,12}",
        any::<String>(),
        prop::sample::select(vec![
            "no",
            "on",
            "null",
            "1.10",
            "0x1f",
            "**/*.py",
            "---",
            "two\nlines\n"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        (-1e9f64..1e9).prop_map(Value::from),
        text.clone().prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((text.clone(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        json_value().prop_map(Change::Set),
        json_value().prop_map(Change::Append),
        ("[a-z*: ]{1,8}", json_value()).prop_map(|(key, value)| Change::Insert(key, value)),
        Just(Change::Remove),
    ]
}

/// Every way into a tree, by keys and indexes.
fn routes(node: &Yaml, route: Vec<Owned>, all: &mut Vec<Vec<Owned>>) {
    match node {
        Yaml::List(items) => {
            for (index, item) in items.iter().enumerate() {
                routes(
                    item,
                    [route.clone(), vec![Owned::Index(index)]].concat(),
                    all,
                );
            }
        }
        Yaml::Map(entries) => {
            for (key, value) in entries {
                if let Some(key) = key.scalar() {
                    routes(value, [route.clone(), vec![Owned::Key(key)]].concat(), all);
                }
            }
        }
        _ => {}
    }
    all.push(route);
}

#[derive(Debug, Clone)]
enum Owned {
    Key(String),
    Index(usize),
}

fn borrowed(route: &[Owned]) -> Vec<Step<'_>> {
    route
        .iter()
        .map(|step| match step {
            Owned::Key(key) => Step::Key(key),
            Owned::Index(index) => Step::Index(*index),
        })
        .collect()
}

fn edit_of(text: &str, route: &[Step<'_>], change: &Change) -> Result<Vec<TextEdit>, EditError> {
    match change {
        Change::Set(value) => edit::set(text, route, value),
        Change::Append(value) => edit::append(text, route, value),
        Change::Insert(key, value) => edit::insert(text, route, key, value),
        Change::Remove => edit::remove(text, route),
    }
}

/// The same change made on the values alone, by other means than the edit's.
fn made_of(mut root: Value, route: &[Step<'_>], change: &Change) -> Option<Value> {
    let pointer = pointer_of(route);
    match change {
        Change::Set(value) => *root.pointer_mut(&pointer)? = value.clone(),
        Change::Append(value) => match root.pointer_mut(&pointer)? {
            Value::Array(items) => items.push(value.clone()),
            none @ Value::Null => *none = json!([value]),
            _ => return None,
        },
        Change::Insert(key, value) => match root.pointer_mut(&pointer)? {
            Value::Object(entries) if entries.contains_key(key) => return None,
            Value::Object(entries) => {
                entries.insert(key.clone(), value.clone());
            }
            none @ Value::Null => *none = json!({key: value}),
            _ => return None,
        },
        Change::Remove => {
            let (last, parent) = route.split_last()?;
            let above = pointer_of(parent);
            match (root.pointer_mut(&above)?, last) {
                (Value::Array(items), Step::Index(index)) => {
                    items.remove(*index);
                }
                (Value::Object(entries), Step::Key(key)) => {
                    entries.shift_remove(*key);
                }
                _ => return None,
            }
        }
    }
    Some(root)
}

fn pointer_of(route: &[Step<'_>]) -> String {
    route
        .iter()
        .map(|step| match step {
            Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("/{index}"),
        })
        .collect()
}

/// Lines of `text` that no edit touches, all of which must stand in the changed text in order.
fn untouched_lines_stay(
    text: &str,
    edits: &[TextEdit],
    changed: &str,
) -> Result<(), TestCaseError> {
    let mut start = 0usize;
    let mut after = changed
        .split_inclusive('\n')
        .map(bare)
        .collect::<Vec<_>>()
        .into_iter();
    for line in text.split_inclusive('\n') {
        let span = Span::from_range(start..start + bare(line).len());
        start += line.len();
        let touched = edits.iter().any(|edit| match edit.span.is_empty() {
            true => span.touches(edit.span.start) && !edit.insert.starts_with(['\n', '\r']),
            false => span.meets(edit.span),
        });
        if !touched {
            prop_assert!(
                after.any(|kept| kept == bare(line)),
                "{line:?} of {text:?} in {changed:?}"
            );
        }
    }
    Ok(())
}

fn bare(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

/// What readers of older YAML would take for something else is in quotes, but for the format's own times.
#[test]
fn a_document_says_the_same_to_every_reader() {
    let texts = [
        "yes",
        "No",
        "on",
        "off",
        "y",
        "null",
        "~",
        "1.0",
        "1.10",
        "007",
        "1_000",
        "0o7",
        "0x1F",
        "1e3",
        "+1",
        ".5",
        ".inf",
        "12:30",
        "2026-02-01",
        "2026-02-01T08:00:00Z",
        "<<",
        "=",
        "",
        " a",
        "- a",
        "a: b",
        "a #b",
        "@a",
        "%a",
    ];
    let value = json!({"list": texts, "by name": {"date": "2026-02-01"}});
    let text = edit::document(&json!({"name": "x", "date": "2026-02-01", "value": value}));
    for said in texts {
        assert!(
            text.contains(&format!("- \"{said}\"\n")),
            "{said:?} in\n{text}"
        );
    }
    assert!(
        text.starts_with("name: x\ndate: 2026-02-01\nvalue:\n  list:\n  - \"yes\"\n"),
        "{text}"
    );
    assert!(
        text.ends_with("  by name:\n    date: \"2026-02-01\"\n"),
        "{text}"
    );
    // What a sync adds to a value is a text as well.
    let before = "date: 2026-02-01\nvalue:\n  days:\n  - monday\n";
    let route = [Step::Key("value"), Step::Key("days")];
    let edits = edit::append(before, &route, &json!("2026-02-01")).unwrap();
    let after = apply_edits(before, &edits).unwrap();
    assert_eq!(after, format!("{before}  - \"2026-02-01\"\n"));
    for scalar in [
        json!("x"),
        json!("no"),
        json!(3),
        json!(null),
        json!([]),
        json!({}),
    ] {
        let text = edit::document(&scalar);
        assert_eq!(yaml::read(&text).unwrap().root.to_json(), scalar, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// `parse(apply(edit(x)))` is `edit(parse(x))`, and every file of the story can be edited.
    #[test]
    fn an_edit_of_the_text_is_the_edit_of_its_value(
        which in any::<prop::sample::Index>(),
        deep in any::<prop::sample::Index>(),
        change in change(),
        crlf in any::<bool>(),
    ) {
        let files = files(STORY);
        let (_, text) = which.get(&files);
        // A comment on each line, for one to be lost.
        let text = text.replace('\n', " # why\n");
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let root = yaml::read(&text).unwrap().root;
        let mut all = Vec::new();
        routes(&root, Vec::new(), &mut all);
        let route = deep.get(&all);
        let route = borrowed(route);
        let expected = made_of(root.to_json(), &route, &change);
        match (edit_of(&text, &route, &change), expected) {
            (Ok(edits), Some(expected)) => {
                let changed = apply_edits(&text, &edits).unwrap();
                let found = yaml::read(&changed).unwrap().root.to_json();
                prop_assert_eq!(found, expected, "{}", changed);
                untouched_lines_stay(&text, &edits, &changed)?;
                if crlf {
                    prop_assert!(!changed.replace("\r\n", "").contains('\n'), "{changed:?}");
                }
            }
            (Err(_), None) => {}
            (Ok(edits), None) => {
                prop_assert!(false, "{change:?} at {route:?} should not be possible: {edits:?}");
            }
            (Err(error), Some(expected)) => {
                prop_assert!(false, "{error} at {route:?} for {change:?}: {expected}");
            }
        }
    }

    /// A document says its value, to other readers too.
    #[test]
    fn a_document_is_its_value(value in json_value()) {
        let text = edit::document(&value);
        prop_assert_eq!(&yaml::read(&text).unwrap().root.to_json(), &value, "{}", text);
        let other: Value = serde_yaml::from_str(&text).unwrap();
        prop_assert_eq!(other, value, "{}", text);
    }

    /// Whatever the file, an edit is an error or right.
    #[test]
    fn a_hostile_file_costs_an_error(
        which in any::<prop::sample::Index>(),
        places in prop::collection::vec((any::<prop::sample::Index>(), 0usize..6, prop::sample::select(vec![
            "", "\n", "\r\n", "\r", ": ", "- ", "\t", "\"", "'", "[", "]", "{", "}", "*a", "&a ", "!t ",
            "|\n", ">-\n", "|+\n\n", "? ", "~", "é", "---\n", "...\n", "\u{feff}", "#", "<<: ", ",", "\u{85}",
        ])), 0..5),
        deep in any::<prop::sample::Index>(),
        change in change(),
    ) {
        let files = files(STORY);
        let (_, text) = which.get(&files);
        let mut bytes = text.clone().into_bytes();
        for (at, cut, new) in places {
            let start = at.index(bytes.len() + 1);
            let end = (start + cut).min(bytes.len());
            bytes.splice(start..end, new.bytes());
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let root = yaml::read(&text).map_or(Yaml::Null, |document| document.root);
        let mut all = Vec::new();
        routes(&root, Vec::new(), &mut all);
        let route: &Vec<Owned> = deep.get(&all);
        let route = borrowed(route);
        if let Ok(edits) = edit_of(&text, &route, &change) {
            let changed = apply_edits(&text, &edits).unwrap();
            prop_assert!(yaml::read(&changed).is_ok(), "{changed:?}");
            untouched_lines_stay(&text, &edits, &changed)?;
        }
        let span = Span::from_range(deep.index(text.len() + 1)..text.len());
        let _ = edit::replace(&text, span, "x");
    }
}
