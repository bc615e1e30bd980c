//! The changes that remedies and sync make most, by what they are called.

use blue_text::{Span, TextEdit};
use serde_json::{Value, json};

use super::{EditError, append, remove, set};
use crate::format::Evolution;
use crate::spans::{Spans, Step};

/// Sets a contract's `version`.
///
/// # Errors
/// See [`EditError`].
pub fn set_contract_version(text: &str, version: &str) -> Result<Vec<TextEdit>, EditError> {
    set(text, &[Step::Key("version")], &json!(version))
}

/// Appends an entry to a contract's `evolution`.
///
/// # Errors
/// See [`EditError`].
pub fn append_evolution(text: &str, entry: &Evolution) -> Result<Vec<TextEdit>, EditError> {
    let value = serde_json::to_value(entry).unwrap_or(Value::Null);
    append(text, &[Step::Key("evolution")], &value)
}

/// Adds a glob to the `source_files` of the export at `index` of a binding. One glob that stands
/// alone becomes a list.
///
/// # Errors
/// See [`EditError`].
pub fn add_source_file(text: &str, index: usize, glob: &str) -> Result<Vec<TextEdit>, EditError> {
    let route = [
        Step::Key("exports"),
        Step::Index(index),
        Step::Key("source_files"),
    ];
    let alone = Spans::new(text).and_then(|spans| match spans.json(&route)? {
        Value::String(alone) => Some(alone),
        _ => None,
    });
    match alone {
        Some(alone) => set(text, &route, &json!([alone, glob])),
        None => append(text, &route, &json!(glob)),
    }
}

/// Sets the range of the import at `index` of a binding.
///
/// # Errors
/// See [`EditError`].
pub fn set_import_range(text: &str, index: usize, range: &str) -> Result<Vec<TextEdit>, EditError> {
    set_of_import(text, index, "version", range)
}

/// Sets the `resolved_version` of the import at `index` of a binding.
///
/// # Errors
/// See [`EditError`].
pub fn set_resolved_version(
    text: &str,
    index: usize,
    version: &str,
) -> Result<Vec<TextEdit>, EditError> {
    set_of_import(text, index, "resolved_version", version)
}

fn set_of_import(
    text: &str,
    index: usize,
    key: &str,
    value: &str,
) -> Result<Vec<TextEdit>, EditError> {
    let import = [Step::Key("imports"), Step::Index(index), Step::Key(key)];
    set(text, &import, &json!(value))
}

/// Takes out the entry whose key stands at `span`, as the problem `unknown-key` has it.
///
/// # Errors
/// [`EditError::Missing`] if no key stands there, and the others.
pub fn remove_key_at(text: &str, span: Span) -> Result<Vec<TextEdit>, EditError> {
    let found = crate::node_at(text, span.start).filter(|found| found.on == crate::On::Key);
    let found = found.ok_or_else(|| EditError::Missing("key".to_owned()))?;
    remove(text, &found.route())
}
