//! A contract's new text: its value, its version and an entry of its history, and the file of the
//! released version; every other line as it was.

use blue_realm::edit::{self, EditError};
use blue_realm::format::Evolution;
use blue_realm::{ContractFile, DeprecationTarget, Elements, Step, key_span_of, parse_file};
use blue_text::apply_edits;
use serde_json::{Map, Value, json};

use super::change::ContractChange;
use super::parts::{pointer_of, with_route};

/// The text of a contract with a change made, of what it says now; `value` is the whole new value.
///
/// # Errors
/// [`EditError`] where the text is laid out in a way that cannot be changed by itself.
pub(super) fn contract(
    text: &str,
    contract: &ContractFile,
    change: &ContractChange,
    value: &Value,
    entry: &Evolution,
) -> Result<String, EditError> {
    let mut text = text.to_owned();
    if contract.value.is_none() {
        text = edited(&text, |text| edit::set(text, &[Step::Key("value")], value))?;
    } else {
        for part in &change.parts {
            let now = value_in(&text);
            text = with_route(now.as_ref(), &part.pointer, |route| {
                edited(&text, |text| match &part.new {
                    Some(new) => edit::set(text, route, new),
                    None => edit::remove(text, route),
                })
            })?;
        }
        for (place, item) in &change.removed {
            let now = value_in(&text);
            let Some(index) = position(now.as_ref(), place, item) else {
                continue;
            };
            let pointer = format!("{}/{index}", pointer_of(place));
            text = with_route(now.as_ref(), &pointer, |route| {
                edited(&text, |text| edit::remove(text, route))
            })?;
        }
        for (place, item) in &change.added {
            let now = value_in(&text);
            text = with_route(now.as_ref(), &pointer_of(place), |route| {
                edited(&text, |text| edit::append(text, route, &json!(item)))
            })?;
        }
    }
    text = without_what_went(text, contract, value)?;
    let version = &entry.version;
    text = edited(&text, |text| edit::set_contract_version(text, version))?;
    edited(&text, |text| edit::append_evolution(text, entry))
}

/// Without the entries of `deprecated` whose values the change takes out: what is gone is not on its way out any more.
/// Entries that were about nothing before are left to people.
fn without_what_went(
    mut text: String,
    contract: &ContractFile,
    value: &Value,
) -> Result<String, EditError> {
    let Some(was) = &contract.value else {
        return Ok(text);
    };
    let (had, has) = (Elements::of(was), Elements::of(value));
    let is_gone = |target: &DeprecationTarget| match element_at(was, target) {
        // Whatever has taken its number.
        Some((list, element)) => {
            let now = value.pointer(list).and_then(Value::as_array);
            !now.is_some_and(|now| now.contains(element))
        }
        None => had.has(target) && !has.has(target),
    };
    let went = contract.deprecated.iter();
    let went = went.filter(|entry| is_gone(&entry.target));
    let went: Vec<usize> = went.map(|entry| entry.index).collect();
    let key = [Step::Key("deprecated")];
    // Also those that cannot be read count: nothing else is left of the list.
    let all = serde_yaml::from_str(&text).ok();
    let all = all.and_then(|file: Value| file.get("deprecated")?.as_array().map(Vec::len));
    if !went.is_empty() && Some(went.len()) == all {
        return edited(&text, |text| edit::remove(text, &key));
    }
    for index in went.into_iter().rev() {
        let route = [key[0], Step::Index(index)];
        text = edited(&text, |text| edit::remove(text, &route))?;
    }
    Ok(text)
}

/// The element of a list that a pointer leads to, with the list's pointer.
fn element_at<'a>(value: &'a Value, target: &'a DeprecationTarget) -> Option<(&'a str, &'a Value)> {
    let DeprecationTarget::Pointer(pointer) = target else {
        return None;
    };
    let (list, _) = pointer.rsplit_once('/')?;
    value.pointer(list)?.as_array()?;
    Some((list, value.pointer(pointer)?))
}

fn edited(
    text: &str,
    edit: impl FnOnce(&str) -> Result<Vec<blue_text::TextEdit>, EditError>,
) -> Result<String, EditError> {
    let edits = edit(text)?;
    apply_edits(text, &edits).ok_or_else(|| EditError::Entangled("the file".to_owned()))
}

fn value_in(text: &str) -> Option<Value> {
    let file: Value = serde_yaml::from_str(text).ok()?;
    file.get("value").cloned()
}

fn position(value: Option<&Value>, place: &str, item: &str) -> Option<usize> {
    let list = value?.pointer(&pointer_of(place))?.as_array()?;
    list.iter().position(|it| it.as_str() == Some(item))
}

/// The text of a released version: the schema and the value as the contract writes them, where they
/// can be cut out, else written anew.
pub(super) fn release(path: &str, text: &str, contract: &ContractFile) -> String {
    let cut: Option<Vec<String>> = ["schema", "value"]
        .into_iter()
        .filter(|key| key_span_of(text, &[Step::Key(key)]).is_some())
        .map(|key| entry_of(text, key))
        .collect();
    let says = |text: &str| {
        let file = parse_file(path, text.as_bytes());
        let release = file.as_release();
        file.problems.is_empty()
            && release.is_some_and(|it| it.schema == contract.schema && it.value == contract.value)
    };
    match cut.map(|parts| parts.concat()) {
        Some(text) if says(&text) => text,
        _ => anew(contract),
    }
}

fn anew(contract: &ContractFile) -> String {
    let mut release = Map::new();
    release.extend(
        contract
            .schema
            .clone()
            .map(|schema| ("schema".to_owned(), schema)),
    );
    release.extend(
        contract
            .value
            .clone()
            .map(|value| ("value".to_owned(), value)),
    );
    edit::document(&Value::Object(release))
}

/// The lines of a key at the root, up to the next one.
fn entry_of(text: &str, key: &str) -> Option<String> {
    let start = key_span_of(text, &[Step::Key(key)])?.start as usize;
    if start > 0 && !text[..start].ends_with('\n') {
        return None;
    }
    let mut entry = String::new();
    for (at, line) in text[start..].split_inclusive('\n').enumerate() {
        // Comments at the root lead the next key in.
        let is_inside = line.starts_with([' ', '-', '\t']) || line.trim().is_empty();
        if at > 0 && !is_inside {
            break;
        }
        entry.push_str(line);
    }
    let trimmed = entry.trim_end().len();
    entry.truncate(trimmed);
    entry.push('\n');
    Some(entry)
}
