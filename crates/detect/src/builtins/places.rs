//! Places in a string that is not known whole, and what is cut off there: `key[: key.rfind("/")]`,
//! `pattern[: pattern.index("*")]`, `key[len(prefix):]`. Such a place is no number that anybody knows, but what stands
//! before it and after it is.

use crate::shared::Shared;
use crate::value::{External, Part, Place, Text, Value, Values, Why};

/// Which of several places is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    First,
    Last,
}

/// Where a string has another one, which is known; `None` where a hole may have it before.
pub(super) fn find(text: &Text, needle: &str, which: Which) -> Option<Value> {
    if needle.is_empty() {
        return None;
    }
    let known = text.known().filter(|_| !text.parts.contains(&Part::Any));
    if let Some(known) = known {
        let at = match which {
            Which::First => known.find(needle),
            Which::Last => known.rfind(needle),
        };
        return Some(Value::Int(
            at.map_or(-1, |at| known[..at].chars().count() as i64),
        ));
    }
    let (index, at) = match which {
        Which::First => first(text, needle)?,
        Which::Last => last(text, needle)?,
    };
    let mut place = Place {
        before: text.parts[..index].to_vec().into(),
        after: Text::default(),
    };
    match &text.parts[index] {
        Part::Literal(literal) => {
            place.before.push(Part::Literal(literal[..at].into()));
            place.after.push(Part::Literal(literal[at..].into()));
        }
        part => place.after.push(part.clone()),
    }
    for part in &text.parts[index + 1..] {
        place.after.push(part.clone());
    }
    Some(Value::Place(Shared::new(place)))
}

/// The part that has the needle, and the byte in it.
fn first(text: &Text, needle: &str) -> Option<(usize, usize)> {
    for (index, part) in text.parts.iter().enumerate() {
        match part {
            Part::Literal(literal) => {
                if let Some(at) = literal.find(needle) {
                    return Some((index, at));
                }
            }
            Part::Any if needle == "*" => return Some((index, 0)),
            // A path that is not known has slashes of its own; the name of a bucket has none.
            Part::Hole(Why::Bucket(_)) | Part::Any => {}
            Part::Hole(_) if needle.starts_with('/') => return None,
            Part::Hole(_) => {}
        }
    }
    None
}

fn last(text: &Text, needle: &str) -> Option<(usize, usize)> {
    let mut parts = text.parts.iter().enumerate().rev();
    parts.find_map(|(index, part)| match part {
        Part::Literal(literal) => Some((index, literal.rfind(needle)?)),
        Part::Any if needle == "*" => Some((index, 0)),
        _ => None,
    })
}

/// A place so many characters further on.
pub(crate) fn moved(place: &Place, by: i64) -> Value {
    let unknown = || Value::Hole(Why::Syntax("place in a string".into()));
    let Ok(by) = usize::try_from(by) else {
        return unknown();
    };
    let Some(Part::Literal(first)) = place.after.parts.first() else {
        return unknown();
    };
    let Some((at, _)) = first.char_indices().chain([(first.len(), ' ')]).nth(by) else {
        return unknown();
    };
    let mut moved = Place {
        before: place.before.clone(),
        after: Text::default(),
    };
    moved.before.push(Part::Literal(first[..at].into()));
    moved.after.push(Part::Literal(first[at..].into()));
    for part in &place.after.parts[1..] {
        moved.after.push(part.clone());
    }
    Value::Place(Shared::new(moved))
}

/// The nearest or the farthest of some places of one string: `min(key.index(c) for c in "*[")`.
pub(super) fn outermost(places: &Values, which: Which) -> Option<Values> {
    let Value::List(elements) = places.first() else {
        return None;
    };
    let found = elements.iter().flat_map(Values::iter);
    let found = found.filter_map(|value| match value {
        Value::Place(place) => Some(place),
        _ => None,
    });
    let length = |place: &&Shared<Place>| {
        let parts = place.before.parts.iter();
        parts.fold((place.before.parts.len(), 0), |(count, length), part| {
            let own = match part {
                Part::Literal(literal) => literal.len(),
                _ => 0,
            };
            (count, length + own)
        })
    };
    let found = match which {
        Which::First => found.min_by_key(length),
        Which::Last => found.max_by_key(length),
    };
    found.map(|place| Values::one(Value::Place(place.clone())))
}

/// What stands between two ends of a slice of which one at least is a place in the string, or as long as another
/// string is that it begins with; `None` where neither is.
pub(crate) fn between(text: &Text, start: &Value, end: &Value) -> Option<Text> {
    let whole = |place: &Place| {
        let mut whole = place.before.clone();
        whole.append(&place.after);
        whole == *text
    };
    let cut = match end {
        Value::Place(place) if whole(place) => Some(place.before.clone()),
        Value::Place(_) => return None,
        Value::External(external) => measured(external),
        _ => None,
    };
    let is_cut = cut.is_some();
    let front = match cut {
        Some(front) => {
            without_front(text, &front)?;
            front
        }
        None => text.clone(),
    };
    let number = |end: &Value| match end {
        Value::Int(at) => Some(Some(*at)),
        Value::Null => Some(None),
        _ => None,
    };
    match start {
        Value::Place(place) if is_cut => {
            let start = place.before.clone();
            without_front(&front, &start)
        }
        Value::Place(place) if whole(place) => {
            Some(super::strings::slice(&place.after, None, number(end)?))
        }
        Value::External(external) if let Some(begins) = measured(external) => {
            let rest = without_front(&front, &begins)?;
            match is_cut {
                true => Some(rest),
                false => Some(super::strings::slice(&rest, None, number(end)?)),
            }
        }
        start if is_cut => Some(super::strings::slice(&front, number(start)?, None)),
        _ => None,
    }
}

/// How long a string is: a number where it is known, else what [`between`] takes for the place at its end.
pub(crate) fn length(text: &Text) -> Values {
    match text.known() {
        Some(known) => Values::one(Value::Int(known.chars().count() as i64)),
        None => super::external_call("len", &super::given(&[&Values::from(text.clone())]), None),
    }
}

/// The string whose length a value is.
fn measured(external: &External) -> Option<Text> {
    let is_length = external.path == "len()";
    is_length.then(|| Some(external.args.positional.first()?.first().to_text()))?
}

/// The length of a string less so many characters, where these are known: the length of what stands before them.
pub(crate) fn shorter(length: &External, by: i64) -> Option<Values> {
    let mut text = measured(length)?;
    let Some(Part::Literal(last)) = text.parts.last_mut() else {
        return None;
    };
    let left = last
        .chars()
        .count()
        .checked_sub(usize::try_from(by).ok()?)?;
    *last = last.chars().take(left).collect::<String>().into();
    Some(self::length(&text))
}

/// A string without another one that it begins with, hole by hole.
fn without_front(text: &Text, front: &Text) -> Option<Text> {
    let mut rest = text.parts.as_slice();
    let mut left: Option<&str> = None;
    for part in &front.parts {
        match (part, left.take(), rest.split_first()) {
            (Part::Literal(cut), Some(literal), _) => left = Some(literal.strip_prefix(&**cut)?),
            (Part::Literal(cut), None, Some((Part::Literal(literal), others))) => {
                left = Some(literal.strip_prefix(&**cut)?);
                rest = others;
            }
            (part, None, Some((first, others))) if part == first => rest = others,
            (part, Some(""), Some((first, others))) if part == first => rest = others,
            _ => return None,
        }
    }
    let mut made = Text::default();
    made.push(Part::Literal(left.unwrap_or_default().into()));
    for part in rest {
        made.push(part.clone());
    }
    Some(made)
}
