//! Values as leaves: what a contract declares and what a constant of the code says, each cut into the
//! parts that can change by themselves. An element of a list of unique strings is one, whatever its
//! place in the list; everything else is one by its JSON pointer (`compatibility.md`, "The value").

use std::collections::BTreeSet;
use std::sync::Arc;

use blue_detect::{Json, JsonKind, ValuePlace, Why};
use serde_json::Value;

use crate::contract::declared_values;

/// A part of a value that can change by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// What messages call the place it is in: `queues` for an element of `/queues`.
    pub(crate) field: Arc<str>,
    /// Where it is (RFC 6901); `-` for an element that has no counterpart in the contract.
    pub(crate) pointer: Arc<str>,
    /// A string as it is, anything else as JSON writes it.
    pub(crate) text: Arc<str>,
    pub(crate) json: Value,
}

/// What a constant says, held against what is declared in its place.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) leaves: Vec<(Leaf, ValuePlace)>,
    /// What is not known, by the pointer of what it is in.
    pub(crate) unknown: Vec<(Arc<str>, Why, ValuePlace)>,
}

/// The pointer that `into` of a binding means: a field of the value, or a pointer; the whole value
/// without one.
pub(crate) fn pointer_of(into: Option<&str>) -> Arc<str> {
    match into {
        None | Some("") => "".into(),
        Some(pointer) if pointer.starts_with('/') => pointer.into(),
        Some(field) => pointer_to("", field),
    }
}

/// What lies one step below a pointer.
pub(crate) fn pointer_to(pointer: &str, step: &str) -> Arc<str> {
    let step = step.replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{step}").into()
}

/// What messages call the place that a pointer leads to.
pub(crate) fn field_of(pointer: &str) -> Arc<str> {
    match pointer.strip_prefix('/') {
        None => "value".into(),
        Some(one) if !one.contains('/') => one.replace("~1", "/").replace("~0", "~").into(),
        Some(path) => path.into(),
    }
}

/// Whether a pointer is another one, or leads to something below it.
pub(crate) fn is_below(pointer: &str, above: &str) -> bool {
    let rest = pointer.strip_prefix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The leaves of a declared value that stands at a pointer.
pub(crate) fn declared_leaves(value: &Value, pointer: &str) -> Vec<Leaf> {
    let mut found = Vec::new();
    declared(value, pointer, &mut found);
    found
}

fn declared(value: &Value, pointer: &str, found: &mut Vec<Leaf>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                declared(value, &pointer_to(pointer, name), found);
            }
        }
        Value::Array(elements) if is_set(elements) => {
            for (index, element) in elements.iter().enumerate() {
                found.push(Leaf {
                    field: field_of(pointer),
                    pointer: pointer_to(pointer, &index.to_string()),
                    text: element.as_str().unwrap_or_default().into(),
                    json: element.clone(),
                });
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                declared(element, &pointer_to(pointer, &index.to_string()), found);
            }
        }
        scalar => found.push(leaf(scalar.clone(), pointer)),
    }
}

/// What a contract's value says, whatever its shape: the place, as messages call it, and the text of each part that can
/// change by itself. Strings of a list that is a member of the value count each by itself.
#[must_use]
pub fn parts_of(value: Option<&Value>) -> Vec<(Arc<str>, String)> {
    let lists = declared_values(value).into_iter();
    let mut parts: Vec<(Arc<str>, String)> =
        lists.map(|it| (it.field, it.text.to_string())).collect();
    let is_listed: BTreeSet<Arc<str>> = parts
        .iter()
        .map(|(field, _)| pointer_of(Some(field)))
        .collect();
    let leaves = value.map(|value| declared_leaves(value, ""));
    for leaf in leaves.into_iter().flatten() {
        if !is_listed.iter().any(|list| is_below(&leaf.pointer, list)) {
            parts.push((leaf.field, leaf.text.to_string()));
        }
    }
    parts
}

/// Whether a list means a set: its elements are strings, none of them twice.
pub(crate) fn is_set(elements: &[Value]) -> bool {
    let mut texts: Vec<&str> = elements.iter().filter_map(Value::as_str).collect();
    let all = texts.len() == elements.len();
    texts.sort_unstable();
    texts.dedup();
    all && texts.len() == elements.len()
}

fn leaf(json: Value, pointer: &str) -> Leaf {
    let text = match &json {
        // `"3"` is not `3`.
        Value::String(text) if serde_json::from_str::<Value>(text).is_err() => text.clone(),
        other => other.to_string(),
    };
    Leaf {
        field: field_of(pointer),
        pointer: pointer.into(),
        text: text.into(),
        json,
    }
}

/// What a constant says of what stands at a pointer.
pub(crate) fn detected_leaves(said: &Json, declared: Option<&Value>, pointer: &str) -> Read {
    let mut read = Read::default();
    detected(said, declared, pointer, &mut read);
    read
}

fn detected(said: &Json, declared: Option<&Value>, pointer: &str, read: &mut Read) {
    if let Some(why) = &said.open {
        let unknown = (pointer.into(), why.clone(), said.place.clone());
        read.unknown.push(unknown);
    }
    match &said.kind {
        JsonKind::Unknown(why) => {
            let unknown = (pointer.into(), why.clone(), said.place.clone());
            read.unknown.push(unknown);
        }
        JsonKind::Map(entries) => members(entries, declared, (said, pointer), read),
        JsonKind::Members(entries) if matches!(declared, Some(Value::Object(_))) => {
            members(entries, declared, (said, pointer), read);
        }
        JsonKind::Members(entries) => {
            let values: Vec<&Json> = entries.iter().map(|(_, value)| value).collect();
            elements(&values, declared, (said, pointer), read);
        }
        JsonKind::List(values) | JsonKind::Set(values) => {
            let values: Vec<&Json> = values.iter().collect();
            elements(&values, declared, (said, pointer), read);
        }
        JsonKind::Null | JsonKind::Bool(_) | JsonKind::Number(_) | JsonKind::Text(_) => {
            if let Some(json) = known(said, declared) {
                read.leaves.push((leaf(json, pointer), said.place.clone()));
            }
        }
    }
}

fn members(
    entries: &[(smol_str::SmolStr, Json)],
    declared: Option<&Value>,
    (said, pointer): (&Json, &str),
    read: &mut Read,
) {
    for (name, value) in entries {
        let declared = declared.and_then(|declared| declared.get(&**name));
        detected(value, declared, &pointer_to(pointer, name), read);
    }
    let is_object = matches!(declared, Some(Value::Object(_)));
    if entries.is_empty() && said.open.is_none() && !is_object {
        let empty = leaf(Value::Object(serde_json::Map::new()), pointer);
        read.leaves.push((empty, said.place.clone()));
    }
}

fn elements(
    values: &[&Json],
    declared: Option<&Value>,
    (said, pointer): (&Json, &str),
    read: &mut Read,
) {
    let list = declared.and_then(Value::as_array);
    if values.is_empty() && said.open.is_none() && list.is_none() {
        let empty = leaf(Value::Array(Vec::new()), pointer);
        return read.leaves.push((empty, said.place.clone()));
    }
    let is_text = |value: &&&Json| matches!(value.kind, JsonKind::Text(_) | JsonKind::Unknown(_));
    let all_text = values.iter().filter(is_text).count() == values.len();
    if all_text && list.is_none_or(|list| is_set(list)) {
        for value in values {
            match &value.kind {
                JsonKind::Text(text) => {
                    let leaf = Leaf {
                        field: field_of(pointer),
                        pointer: pointer_to(pointer, "-"),
                        text: text.as_str().into(),
                        json: Value::String(text.clone()),
                    };
                    read.leaves.push((leaf, value.place.clone()));
                }
                _ => detected(value, None, pointer, read),
            }
        }
        return;
    }
    let declared: &[Value] = list.map_or(&[], Vec::as_slice);
    let is_ordered = !matches!(said.kind, JsonKind::Set(_) | JsonKind::Members(_));
    for (value, counterpart) in values
        .iter()
        .zip(counterparts(values, declared, is_ordered))
    {
        let step = counterpart.map_or("-".to_owned(), |index| index.to_string());
        let counterpart = counterpart.and_then(|index| declared.get(index));
        if matches!(value.kind, JsonKind::Unknown(_)) {
            detected(value, None, pointer, read);
            continue;
        }
        detected(value, counterpart, &pointer_to(pointer, &step), read);
    }
}

/// Which declared element each element of the code is held against. What both lists begin and end with
/// is the same, and what lies between is held against each other in pairs; elements of a set find
/// their own.
fn counterparts(values: &[&Json], declared: &[Value], ordered: bool) -> Vec<Option<usize>> {
    let same = |value: &Json, index: usize| {
        let there = declared.get(index);
        there.is_some_and(|there| known(value, Some(there)).as_ref() == Some(there))
    };
    if !ordered {
        let mut taken = vec![false; declared.len()];
        let own = values.iter().map(|value| {
            let free = (0..declared.len()).find(|at| !taken[*at] && same(value, *at))?;
            taken[free] = true;
            Some(free)
        });
        return own.collect();
    }
    let shorter = values.len().min(declared.len());
    let prefix = (0..shorter).take_while(|at| same(values[*at], *at)).count();
    let from_end = |at: usize| (values.len() - 1 - at, declared.len() - 1 - at);
    let suffix = (0..shorter - prefix)
        .take_while(|at| {
            let (value, there) = from_end(*at);
            same(values[value], there)
        })
        .count();
    let (values_end, declared_end) = (values.len() - suffix, declared.len() - suffix);
    let own = (0..values.len()).map(|at| {
        if at >= values_end {
            return Some(at - values_end + declared_end);
        }
        (at < declared_end).then_some(at)
    });
    own.collect()
}

/// A value of the code as JSON, in the shape of what is declared in its place; nothing where a part of
/// it is not known.
pub(crate) fn known(said: &Json, declared: Option<&Value>) -> Option<Value> {
    match as_json(said, declared) {
        (value, true) => Some(value),
        (_, false) => None,
    }
}

/// A value of the code as JSON, and whether it is known whole; what is not known is left out.
pub(crate) fn as_json(said: &Json, declared: Option<&Value>) -> (Value, bool) {
    let mut whole = said.open.is_none();
    let mut each = |value: &Json, declared: Option<&Value>| {
        let (json, is_whole) = as_json(value, declared);
        whole &= is_whole;
        (!matches!(value.kind, JsonKind::Unknown(_))).then_some(json)
    };
    let value = match &said.kind {
        JsonKind::Null => Value::Null,
        JsonKind::Bool(known) => Value::Bool(*known),
        JsonKind::Number(number) => serde_json::from_str(number).unwrap_or(Value::Null),
        JsonKind::Text(text) => Value::String(text.clone()),
        JsonKind::Unknown(_) => return (Value::Null, false),
        JsonKind::List(values) => {
            let at = |index: usize| declared.and_then(|declared| declared.get(index));
            let values = values.iter().enumerate();
            Value::Array(
                values
                    .filter_map(|(index, value)| each(value, at(index)))
                    .collect(),
            )
        }
        JsonKind::Set(values) => {
            let values = values.iter().filter_map(|value| each(value, None));
            Value::Array(in_order(values.collect(), declared))
        }
        JsonKind::Members(entries) if !matches!(declared, Some(Value::Object(_))) => {
            let values = entries.iter().filter_map(|(_, value)| each(value, None));
            Value::Array(in_order(values.collect(), declared))
        }
        JsonKind::Map(entries) | JsonKind::Members(entries) => {
            let members = entries.iter().filter_map(|(name, value)| {
                let declared = declared.and_then(|declared| declared.get(&**name));
                Some((name.to_string(), each(value, declared)?))
            });
            Value::Object(members.collect())
        }
    };
    (value, whole)
}

/// The elements of a set in the order in which they are declared; new ones behind them.
fn in_order(mut values: Vec<Value>, declared: Option<&Value>) -> Vec<Value> {
    let declared = declared.and_then(Value::as_array);
    let place = |value: &Value| {
        let at = declared.and_then(|declared| declared.iter().position(|it| it == value));
        at.unwrap_or(usize::MAX)
    };
    values.sort_by_key(place);
    values
}

/// A value with something put in where a pointer leads; nothing where something else is in the way.
pub(crate) fn with(mut value: Value, pointer: &str, json: Value) -> Option<Value> {
    put(&mut value, pointer, json)?;
    Some(value)
}

fn put(value: &mut Value, pointer: &str, json: Value) -> Option<()> {
    let Some(path) = pointer.strip_prefix('/') else {
        *value = json;
        return Some(());
    };
    let (step, rest) = match path.find('/') {
        Some(at) => path.split_at(at),
        None => (path, ""),
    };
    let step = step.replace("~1", "/").replace("~0", "~");
    if value.is_null() {
        *value = match step.as_str() {
            "-" => Value::Array(Vec::new()),
            _ => Value::Object(serde_json::Map::new()),
        };
    }
    match value {
        Value::Object(fields) => put(fields.entry(step).or_insert(Value::Null), rest, json),
        Value::Array(elements) => {
            let index = step.parse().unwrap_or(elements.len());
            if index >= elements.len() {
                elements.push(Value::Null);
                return put(elements.last_mut()?, rest, json);
            }
            put(&mut elements[index], rest, json)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pointer_is_called_by_its_field() {
        for (into, pointer, field) in [
            (None, "", "value"),
            (Some("queues"), "/queues", "queues"),
            (Some("a/b"), "/a~1b", "a/b"),
            (Some("/limits/retries"), "/limits/retries", "limits/retries"),
        ] {
            assert_eq!(&*pointer_of(into), pointer);
            assert_eq!(&*field_of(pointer), field);
        }
    }

    #[test]
    fn lists_of_unique_strings_are_cut_into_elements_and_the_rest_by_pointer() {
        let value = json!({"queues": ["a", "b"], "twice": ["a", "a"], "n": {"x/y": 1.5, "s": "3"}});
        let found = declared_leaves(&value, "");
        let mut lines: Vec<String> = found
            .iter()
            .map(|leaf| format!("{} {} {}", leaf.field, leaf.pointer, leaf.text))
            .collect();
        lines.sort();
        assert_eq!(
            lines,
            [
                "n/s /n/s \"3\"",
                "n/x~1y /n/x~1y 1.5",
                "queues /queues/0 a",
                "queues /queues/1 b",
                "twice/0 /twice/0 a",
                "twice/1 /twice/1 a",
            ]
        );
    }

    #[test]
    fn a_value_of_any_shape_is_told_in_parts() {
        let told = |value: Value| -> Vec<String> {
            let parts = parts_of(Some(&value)).into_iter();
            parts
                .map(|(field, text)| format!("{field} {text}"))
                .collect()
        };
        assert_eq!(told(json!(["a", "b"])), ["value a", "value b"]);
        assert_eq!(told(json!("a")), ["value a"]);
        assert_eq!(
            told(json!({"a/b": ["x", "x"], "limits": {"names": ["y"], "retries": 3}})),
            ["a/b x", "a/b x", "limits/names y", "limits/retries 3"]
        );
    }

    #[test]
    fn something_is_put_where_a_pointer_leads() {
        let value = json!({"a": [1], "s": "x"});
        let put = |pointer| with(value.clone(), pointer, json!(2));
        assert_eq!(put("/a/-"), Some(json!({"a": [1, 2], "s": "x"})));
        assert_eq!(put("/a/0"), Some(json!({"a": [2], "s": "x"})));
        assert_eq!(
            put("/b/c"),
            Some(json!({"a": [1], "s": "x", "b": {"c": 2}}))
        );
        assert_eq!(put("/b/-"), Some(json!({"a": [1], "s": "x", "b": [2]})));
        assert_eq!(put(""), Some(json!(2)));
        assert_eq!(put("/s/t"), None);
    }
}
