//! What is known of values that are held against one another, in three answers: yes, no, and `None` where a hole
//! decides.

use super::*;
use crate::keys::{begins_as_address, is_local_path};
use crate::walk::MAX_ALTERNATIVES;

/// The names of the types that `isinstance` is given.
pub(super) fn kinds_of(args: &[Arg]) -> Option<Vec<SmolStr>> {
    let kinds = match &args.get(1)?.value {
        Expr::List(kinds) => kinds.as_slice(),
        kind => std::slice::from_ref(kind),
    };
    let named = |kind: &Expr| match kind {
        Expr::Name(name) => Some(name.clone()),
        _ => None,
    };
    kinds.iter().map(named).collect()
}

/// Whether a value is of one of some built-in types; `None` where that cannot be told.
pub(super) fn is_of_kinds(value: &Value, kinds: &[SmolStr]) -> Option<bool> {
    let each: Vec<_> = kinds.iter().map(|kind| is_kind(value, kind)).collect();
    match (each.contains(&Some(true)), each.contains(&None)) {
        (true, _) => Some(true),
        (false, true) => None,
        (false, false) => Some(false),
    }
}

/// Whether a value is an element of a list, or a part of a string, in all their alternatives alike; `None` where that
/// cannot be told.
pub(super) fn is_in(value: &Values, collection: &Values) -> Option<bool> {
    let whole = value.known();
    let each = value
        .iter()
        .filter(|one| whole.is_none() || **one != Value::Null);
    let pairs = each.flat_map(|one| collection.iter().map(move |of| is_part(one, of)));
    agreed(pairs)
}

fn is_part(value: &Value, collection: &Value) -> Option<bool> {
    let Value::Text(value) = value else {
        return None;
    };
    let value = value.known()?;
    match collection {
        Value::List(elements) => {
            let found = elements.iter().map(|it| Some(it.known()? == value));
            let found: Option<Vec<bool>> = found.collect();
            found.map(|found| found.contains(&true))
        }
        Value::Text(text) if is_local_path(text) && begins_as_address(&value) => Some(false),
        Value::Text(text) => {
            let has = |part: &Part| match part {
                Part::Literal(literal) => literal.contains(&value),
                Part::Any => value == "*",
                Part::Hole(_) => false,
            };
            match text.parts.iter().any(has) {
                true => Some(true),
                false => Some(text.known()?.contains(&value)),
            }
        }
        _ => None,
    }
}

/// What an element of a collection may be, where all of them are known, and are texts with a word in them: of a dict the
/// keys.
pub(super) fn texts_of(collection: &Values) -> Option<Values> {
    let [collection] = collection.iter().as_slice() else {
        return None;
    };
    let elements: Vec<Values> = match collection {
        Value::List(elements) => elements.iter().cloned().collect(),
        Value::Map(map) if map.open.is_none() => map.pairs().map(|(key, _)| key).collect(),
        _ => return None,
    };
    let mut texts: Vec<Value> = Vec::new();
    for element in elements {
        let text = element
            .known()
            .filter(|text| text.contains(char::is_alphanumeric))?;
        let text = Value::text(&text);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let is_told = (1..=MAX_ALTERNATIVES).contains(&texts.len());
    is_told.then(|| Values::collect(texts))
}

/// Whether a value is of a built-in type; `None` where that cannot be told.
fn is_kind(value: &Value, kind: &str) -> Option<bool> {
    let own = match value {
        Value::Text(_) => "str",
        Value::List(_) => "list",
        Value::Map(_) => "dict",
        Value::Int(_) => "int",
        Value::Bool(_) => "bool",
        Value::Null => "None",
        _ => return None,
    };
    match kind {
        // `b""` is held as a text.
        "bytes" if own == "str" => None,
        "str" | "dict" | "int" | "bool" | "bytes" | "float" => Some(kind == own),
        // Neither is told from the other.
        "list" | "tuple" | "set" if own == "list" => None,
        "list" | "tuple" | "set" => Some(false),
        _ => None,
    }
}

pub(super) fn agreed(mut all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

/// Whether a value counts as true; `None` where a hole decides.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Null => Some(false),
        // Of an object that is known whole: `undefined`.
        Value::Hole(Why::Syntax(kind)) if kind == "missing key" => Some(false),
        Value::Bool(known) => Some(*known),
        Value::Int(number) => Some(*number != 0),
        Value::Text(text) if text.parts.is_empty() => Some(false),
        Value::Text(text) => {
            let says = |part: &Part| match part {
                Part::Literal(_) | Part::Any => true,
                Part::Hole(why) => matches!(why, Why::Or(..)),
            };
            text.parts.iter().any(says).then_some(true)
        }
        Value::List(elements) if !elements.is_empty() => Some(true),
        Value::Map(map) if !map.entries.is_empty() => Some(true),
        Value::Map(map) if map.open.is_none() => Some(false),
        Value::Func(_) | Value::Class(_) | Value::Module(_) => Some(true),
        _ => None,
    }
}

/// Whether what two expressions are worth is the same, in all their alternatives alike.
pub(super) fn same(left: &Values, right: &Values) -> Option<bool> {
    let pairs = left
        .iter()
        .flat_map(|a| right.iter().map(move |b| equal(a, b)));
    agreed(pairs)
}

/// Whether one is a path of local files, and the other the beginning of an address.
fn is_other_address(path: &Value, address: &Value) -> bool {
    let (Value::Text(path), Value::Text(address)) = (path, address) else {
        return false;
    };
    is_local_path(path) && address.known().is_some_and(|it| begins_as_address(&it))
}

/// Whether two values are the same; `None` where a hole decides.
fn equal(left: &Value, right: &Value) -> Option<bool> {
    if is_other_address(left, right) || is_other_address(right, left) {
        return Some(false);
    }
    match (left, right) {
        (Value::Hole(_) | Value::External(_), _) | (_, Value::Hole(_) | Value::External(_)) => None,
        (Value::Text(left), Value::Text(right)) => match (left.known(), right.known()) {
            (Some(left), Some(right)) => Some(left == right),
            _ => differ(left, right).then_some(false),
        },
        (Value::Instance { .. }, Value::Instance { .. }) => None,
        (left, right) => Some(left == right),
    }
}

/// Whether two strings of which something is not known begin or end with other words, or one is longer than the other
/// one is, whatever stands in the holes.
fn differ(one: &Text, other: &Text) -> bool {
    let is_shorter = |one: &Text, other: &Text| {
        let words = other.parts.iter().map(|part| match part {
            Part::Literal(literal) => literal.len(),
            Part::Any | Part::Hole(_) => 0,
        });
        one.known().is_some_and(|known| known.len() < words.sum())
    };
    if is_shorter(one, other) || is_shorter(other, one) {
        return true;
    }
    let at = |end: fn(&[Part]) -> Option<&Part>| match (end(&one.parts), end(&other.parts)) {
        (Some(Part::Literal(one)), Some(Part::Literal(other))) => {
            Some((one.as_str(), other.as_str()))
        }
        _ => None,
    };
    let begin = at(|parts| parts.first());
    let end = at(|parts| parts.last());
    let begins_otherwise =
        begin.is_some_and(|(a, b)| !a.bytes().zip(b.bytes()).all(|(a, b)| a == b));
    let ends_otherwise =
        end.is_some_and(|(a, b)| !a.bytes().rev().zip(b.bytes().rev()).all(|(a, b)| a == b));
    begins_otherwise || ends_otherwise
}
