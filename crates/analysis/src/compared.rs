//! What of a contract's value the code was held against. That nothing is said of a contract may mean that its code is
//! right, or that nobody looked: only of what was looked at may it be said that it passed.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::absence::captured_by;
use crate::contract::ExportModel;
use crate::db::{Db, RepoInput};
use crate::export::in_words;
use crate::leaves::{field_of, pointer_to};
use crate::sites::Detected;

/// How much of a contract was held against the code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// All that it declares, in words that say so.
    Passed(String),
    /// Nothing of it, and why: the end of a sentence about the contract.
    Nothing(String),
}

/// Holds what detectors read, and what they could not know, against what the contract declares.
pub(crate) fn compared(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    now: &Detected,
) -> Compared {
    let Some(value) = &model.contract.value else {
        return Compared::Passed(MATCHES.to_owned());
    };
    let captured = captured_by(db, repo, model);
    let mut parts = Parts::default();
    parts.walk(value, "", &|value, pointer| {
        let field = field_of(pointer);
        let by_s3 = model.detector.as_ref().is_some_and(|it| it.detects(&field));
        // A key of an object store, and a capture, goes into a list that is a member of the value.
        let is_list = value.is_array() && *pointer_to("", &field) == *pointer;
        model.others.reads(pointer) || (is_list && (by_s3 || captured.contains(&field)))
    });
    if parts.read == 0 && !parts.unread.is_empty() {
        return Compared::Nothing(match value {
            Value::Object(_) => "its detectors find none of its fields in code".to_owned(),
            other => format!(
                "its value is {}, and what its detectors find goes into fields; `- symbol: NAME` reads a constant",
                kind_of(other)
            ),
        });
    }
    let unknown: BTreeSet<Arc<str>> = now.unknown.iter().map(|it| field_of(it)).collect();
    let mut but: Vec<String> = Vec::new();
    for (fields, why) in [
        (parts.unread, "which no detector reads"),
        (unknown, "of which not all is known from the code"),
    ] {
        if !fields.is_empty() {
            but.push(format!("{}, {why}", named(&fields)));
        }
    }
    Compared::Passed(match but.as_slice() {
        [] => MATCHES.to_owned(),
        but => format!("{MATCHES} but for {}", but.join("; and for ")),
    })
}

const MATCHES: &str = "code matches contract";

/// The parts of a value, by whether a detector reads them.
#[derive(Default)]
struct Parts {
    read: usize,
    /// As findings call them.
    unread: BTreeSet<Arc<str>>,
}

impl Parts {
    /// Sorts a part of the value, of which nothing is read as one where that is so.
    fn walk(&mut self, value: &Value, pointer: &str, is_read: &dyn Fn(&Value, &str) -> bool) {
        // Where nothing is declared, whatever the code had would be more than that.
        let is_nothing = pointer.is_empty() && value.as_object().is_some_and(Map::is_empty);
        if is_nothing || is_read(value, pointer) {
            self.read += 1;
            return;
        }
        let mut below = Parts::default();
        for (name, value) in value.as_object().into_iter().flatten() {
            below.walk(value, &pointer_to(pointer, name), is_read);
        }
        self.read += below.read;
        match below.read {
            0 => {
                self.unread.insert(field_of(pointer));
            }
            _ => self.unread.extend(below.unread),
        }
    }
}

/// `` `a`, `b` and 2 more ``.
fn named(fields: &BTreeSet<Arc<str>>) -> String {
    let shown = fields.iter().take(NAMED);
    let mut words: Vec<String> = shown.map(|field| format!("`{field}`")).collect();
    if fields.len() > NAMED {
        words.push(format!("{} more", fields.len() - NAMED));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    in_words(&words, "and")
}

/// More fields than these are counted.
const NAMED: usize = 3;

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
