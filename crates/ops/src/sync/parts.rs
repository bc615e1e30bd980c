//! Parts of a contract's value that are no items of lists of unique strings: a scalar, a member with all
//! that is in it, a list in its order. Each is changed as one, from what was seen there to something else.

use std::collections::BTreeSet;

use blue_realm::Step;
use serde_json::{Map, Value};

/// A part that becomes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it is in the value (RFC 6901).
    pub pointer: String,
    /// What was there when it was changed; nothing: no such part.
    pub old: Option<Value>,
    /// What is there then; nothing: it goes.
    pub new: Option<Value>,
}

/// An item of a list of unique strings: where the list is, and the item. A list that is a member of the value itself is
/// called by its name, any other by its pointer.
pub type Item = (String, String);

impl Part {
    /// What messages call the place.
    #[must_use]
    pub fn place(&self) -> String {
        shown_place(&self.pointer)
    }

    /// In words: `changed limits/retries from 3 to 5`.
    pub(super) fn in_words(&self) -> String {
        let place = self.place();
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => {
                format!("changed {place} from {} to {}", short(old), short(new))
            }
            (None, Some(new)) => format!("added {place}: {}", short(new)),
            (Some(old), None) => format!("removed {place}, which was {}", short(old)),
            (None, None) => format!("left {place} out"),
        }
    }
}

/// A value in few characters.
#[must_use]
pub fn short(value: &Value) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    match text.chars().count() > MOST {
        true => text.chars().take(MOST - 1).chain(['…']).collect(),
        false => text,
    }
}

/// What messages call the place that an item's list, or a part, is at.
#[must_use]
pub fn shown_place(place: &str) -> String {
    match place.strip_prefix('/') {
        None if place.is_empty() => "value".to_owned(),
        None => place.to_owned(),
        Some(one) if !one.contains('/') => unescaped(one),
        Some(path) => path.to_owned(),
    }
}

/// The pointer of a list by what its items call it.
pub(super) fn pointer_of(place: &str) -> String {
    match place {
        "" => String::new(),
        pointer if pointer.starts_with('/') => pointer.to_owned(),
        name => below("", name),
    }
}

fn place_of(pointer: &str) -> String {
    match pointer.strip_prefix('/') {
        // A name that would be read as a pointer stays one.
        Some(one) if !one.contains('/') && !unescaped(one).starts_with('/') => unescaped(one),
        _ => pointer.to_owned(),
    }
}

fn below(pointer: &str, step: &str) -> String {
    let step = step.replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{step}")
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// The steps to a pointer in a value, as keys and places in lists; what is not there yet is a key.
pub(super) fn with_route<T>(
    value: Option<&Value>,
    pointer: &str,
    doing: impl FnOnce(&[Step<'_>]) -> T,
) -> T {
    let steps: Vec<String> = pointer.split('/').skip(1).map(unescaped).collect();
    let mut route = vec![Step::Key("value")];
    let mut at = value;
    for step in &steps {
        let index = step.parse::<usize>().ok();
        match (at, index) {
            (Some(Value::Array(items)), Some(index)) => {
                route.push(Step::Index(index));
                at = items.get(index);
            }
            (now, _) => {
                route.push(Step::Key(step));
                at = now.and_then(|now| now.get(step));
            }
        }
    }
    doing(&route)
}

/// The items of the lists of unique strings of a value, and of those of other strings that are a member of
/// the value itself.
pub(super) fn items(value: Option<&Value>) -> Vec<Item> {
    let mut found = Vec::new();
    if let Some(value) = value {
        collect(value, "", &mut found);
    }
    found
}

fn collect(value: &Value, pointer: &str, found: &mut Vec<Item>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(value, &below(pointer, name), found);
            }
        }
        Value::Array(list) if is_set(list) => {
            let texts = list.iter().filter_map(Value::as_str);
            found.extend(texts.map(|text| (place_of(pointer), text.to_owned())));
        }
        _ => {}
    }
}

fn is_set(list: &[Value]) -> bool {
    let texts: BTreeSet<&str> = list.iter().filter_map(Value::as_str).collect();
    texts.len() == list.len()
}

/// The parts in which two values differ, beside items of lists of unique strings that both have, or that
/// are a member of the value itself.
pub(super) fn between(old: Option<&Value>, new: Option<&Value>) -> Vec<Part> {
    let mut parts = Vec::new();
    let nothing = Value::Object(Map::new());
    match (old, new) {
        (None, Some(new @ Value::Object(_))) => compare(&nothing, new, "", &mut parts),
        (Some(old), Some(new)) => compare(old, new, "", &mut parts),
        (None, None) => {}
        (old, new) => parts.push(Part {
            pointer: String::new(),
            old: old.cloned(),
            new: new.cloned(),
        }),
    }
    parts
}

fn compare(old: &Value, new: &Value, pointer: &str, parts: &mut Vec<Part>) {
    let mut part = |pointer: &str, old: Option<&Value>, new: Option<&Value>| {
        parts.push(Part {
            pointer: pointer.to_owned(),
            old: old.cloned(),
            new: new.cloned(),
        });
    };
    match (old, new) {
        _ if old == new => {}
        (Value::Object(was), Value::Object(is)) => {
            let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
            for name in names {
                let at = below(pointer, name);
                match (was.get(name), is.get(name)) {
                    (Some(was), Some(is)) => compare(was, is, &at, parts),
                    // Its items tell it.
                    (None, Some(Value::Array(list))) if is_set(list) && !list.is_empty() => {}
                    (old, new) => parts.push(Part {
                        pointer: at,
                        old: old.cloned(),
                        new: new.cloned(),
                    }),
                }
            }
        }
        (Value::Array(was), Value::Array(is)) if is_set(was) && is_set(is) => {}
        (Value::Array(was), Value::Array(is)) if was.len() == is.len() => {
            for (index, (was, is)) in was.iter().zip(is).enumerate() {
                compare(was, is, &below(pointer, &index.to_string()), parts);
            }
        }
        _ => part(pointer, Some(old), Some(new)),
    }
}

/// Puts a part into a value; nothing is done where its place cannot be reached.
pub(super) fn put(value: &mut Value, pointer: &str, new: Option<&Value>) {
    let Some((above, last)) = pointer.rsplit_once('/') else {
        if let Some(new) = new {
            *value = new.clone();
        }
        return;
    };
    let last = unescaped(last);
    if let (None, Some(_)) = (value.pointer(above), new) {
        put(value, above, Some(&Value::Object(Map::new())));
    }
    match (value.pointer_mut(above), new) {
        (Some(Value::Object(fields)), Some(new)) => {
            fields.insert(last, new.clone());
        }
        (Some(Value::Object(fields)), None) => {
            fields.remove(&last);
        }
        (Some(Value::Array(list)), Some(new)) => {
            if let Some(there) = last.parse().ok().and_then(|at: usize| list.get_mut(at)) {
                *there = new.clone();
            }
        }
        _ => {}
    }
}

/// The list that items are called by, made where there is none.
pub(super) fn list_at<'v>(value: &'v mut Value, place: &str) -> Option<&'v mut Vec<Value>> {
    let pointer = pointer_of(place);
    if value.pointer(&pointer).is_none() {
        put(value, &pointer, Some(&Value::Array(Vec::new())));
    }
    value.pointer_mut(&pointer)?.as_array_mut()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_put_together_again_is_the_new_value() {
        let old = json!({"queues": ["a", "b"], "limits": {"retries": 3, "names": ["x"], "old": 1}, "steps": [1, 2]});
        for new in [
            json!({"queues": ["b", "c"], "limits": {"retries": 5, "names": ["x", "y"], "deep": {"a": [1]}}, "steps": [1, 3]}),
            json!({"queues": [], "limits": {}, "steps": [1, 2, 3]}),
            json!({"a/b": 1, "queues": ["a"]}),
            json!({"more": {"names": ["n"]}}),
        ] {
            let mut made = old.clone();
            for part in between(Some(&old), Some(&new)) {
                put(&mut made, &part.pointer, part.new.as_ref());
            }
            let (was, is) = (items(Some(&made)), items(Some(&new)));
            for (place, text) in was.iter().filter(|it| !is.contains(it)) {
                list_at(&mut made, place)
                    .unwrap()
                    .retain(|it| it.as_str() != Some(text));
            }
            for (place, text) in is.iter().filter(|it| !was.contains(it)) {
                list_at(&mut made, place).unwrap().push(json!(text));
            }
            assert_eq!(made, new);
        }
        assert_eq!(
            between(Some(&json!(30)), Some(&json!(60)))[0].in_words(),
            "changed value from 30 to 60"
        );
        assert_eq!(shown_place("/limits/retries"), "limits/retries");
    }
}
