//! What several strings have in common, where there are too many of them to be told one by one: the folders that all
//! begin with, the name or extension that all end with, and a hole where they differ.

use blue_pattern::{Pattern, Verdict, covers};

use crate::shared::Shared;
use crate::value::{Part, Text, Value, Values, Why};

/// Of strings that differ only in why something of them is not known, the first.
pub(crate) fn told_apart(all: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for value in all {
        let Value::Text(text) = &value else {
            kept.push(value);
            continue;
        };
        let is_like = |other: &Value| match other {
            Value::Text(other) => is_alike(other, text),
            _ => false,
        };
        if !kept.iter().any(is_like) {
            kept.push(value);
        }
    }
    kept
}

/// The strings that no other one of them covers: of a hole and of a word, the hole says both.
pub(crate) fn without_covered(all: Vec<Value>) -> Vec<Value> {
    let patterns: Vec<Option<Pattern>> = all.iter().map(pattern_of).collect();
    let is_covered = |at: usize| {
        let Some(own) = &patterns[at] else {
            return false;
        };
        let mut others = patterns.iter().enumerate();
        others.any(|(other, pattern)| {
            other != at
                && pattern.as_ref().is_some_and(|it| {
                    covers(it, own) == Verdict::Yes && covers(own, it) != Verdict::Yes
                })
        })
    };
    let kept: Vec<bool> = (0..all.len()).map(|at| !is_covered(at)).collect();
    let kept = all.into_iter().zip(kept);
    kept.filter(|(_, is_kept)| *is_kept)
        .map(|(value, _)| value)
        .collect()
}

/// The pattern that a string is, with its scheme and all.
fn pattern_of(value: &Value) -> Option<Pattern> {
    let Value::Text(text) = value else {
        return None;
    };
    let parts = text.parts.iter().map(|part| match part {
        Part::Literal(text) => blue_pattern::Part::Literal(text.to_string()),
        Part::Any | Part::Hole(_) => blue_pattern::Part::Any,
    });
    Some(Pattern::from_parts(parts))
}

/// Too many strings, as one for those in a folder more and one for the others: a folder that is there or not is no reason
/// to say nothing of what else they are made of.
pub(crate) fn in_common_by_depth(all: &[Value]) -> Option<Values> {
    let depth = |value: &Value| match value {
        Value::Text(text) => Some(folders(text).len()),
        _ => None,
    };
    let first = depth(all.first()?)?;
    let (deep, deeper): (Vec<Value>, Vec<Value>) =
        all.iter().cloned().partition(|it| depth(it) == Some(first));
    let other = depth(deeper.first()?)?;
    let is_same = deeper.iter().all(|it| depth(it) == Some(other));
    (is_same && first.abs_diff(other) == 1)
        .then(|| Values::collect([in_common(&deep), in_common(&deeper)]))
}

/// What too many strings have in common, with a hole where they differ: the folders that all of them begin with,
/// and the name or extension that all end with. Words are not cut, for `b01` and `b02` are two names.
pub(crate) fn in_common(all: &[Value]) -> Value {
    let lists = all.iter().map(|value| match value {
        Value::List(elements) => Some(elements.to_vec()),
        _ => None,
    });
    if let Some(lists) = lists.collect::<Option<Vec<_>>>() {
        return Value::List(Shared::new(list_in_common(&lists)));
    }
    let texts: Vec<Text> = all.iter().map(Value::to_text).collect();
    let is_text = |value: &Value| matches!(value, Value::Text(_));
    let begins: Option<Vec<&str>> = texts
        .iter()
        .map(|text| literal_at(text.parts.first()))
        .collect();
    let ends: Option<Vec<&str>> = texts
        .iter()
        .map(|text| literal_at(text.parts.last()))
        .collect();
    let hole = Part::Hole(Why::TooMany);
    if !all.iter().all(is_text) {
        return Value::Hole(Why::TooMany);
    }
    if let Some(made) = in_common_by_folders(&texts) {
        return Value::Text(made);
    }
    let mut made = Text::default();
    let begin = begins.map(|all| shared_beginning(&all)).unwrap_or_default();
    made.push(Part::Literal(begin.into()));
    made.push(hole);
    // Of a string that is one literal, what is taken from its beginning is not taken from its end.
    let rest = |text: &'_ str| text.strip_prefix(begin).unwrap_or(text).len();
    let end = ends.map(|all| shared_end(&all)).unwrap_or_default();
    let is_free = texts.iter().all(|text| match text.parts.as_slice() {
        [Part::Literal(only)] => rest(only) >= end.len(),
        _ => true,
    });
    if is_free {
        made.push(Part::Literal(end.into()));
    }
    match made.parts.as_slice() {
        [Part::Hole(why)] => Value::Hole(why.clone()),
        _ => Value::Text(made),
    }
}

/// Too many lists as one: what they all begin with, and then any of what else is in them, or who knows what.
pub(crate) fn list_in_common(lists: &[Vec<Values>]) -> Vec<Values> {
    let Some((first, others)) = lists.split_first() else {
        return Vec::new();
    };
    let is_common = |at: &usize| others.iter().all(|list| list.get(*at) == first.get(*at));
    let common = (0..first.len()).take_while(is_common).count();
    let rest = lists.iter().flat_map(|list| &list[common..]);
    let rest = rest.flat_map(|values| values.iter().cloned());
    let rest = Values::collect(rest.chain([Value::Hole(Why::TooMany)]));
    [&first[..common], &[rest]].concat()
}

/// As [`in_common`], of paths that all have as many folders: folder by folder.
fn in_common_by_folders(texts: &[Text]) -> Option<Text> {
    let all: Vec<Vec<Text>> = texts.iter().map(folders).collect();
    let (first, others) = all.split_first()?;
    let is_in_one = others.iter().all(|other| is_alike(&other[0], &first[0]));
    let has_folders = first.len() > 2 || first.len() == 2 && is_in_one;
    if !has_folders || others.iter().any(|other| other.len() != first.len()) {
        return None;
    }
    let mut made = Text::default();
    for (at, folder) in first.iter().enumerate() {
        if at > 0 {
            made.push(Part::Literal("/".into()));
        }
        if others.iter().all(|other| is_alike(&other[at], folder)) {
            made.append(folder);
            continue;
        }
        let alike: Vec<&Text> = all.iter().map(|it| &it[at]).collect();
        if let Some(folder) = in_common_by_parts(&alike) {
            made.append(&folder);
            continue;
        }
        made.push(Part::Hole(Why::TooMany));
        let ends: Option<Vec<&str>> = alike.iter().map(|it| literal_at(it.parts.last())).collect();
        let end = ends.map(|ends| shared_end(&ends)).unwrap_or_default();
        made.push(Part::Literal(end.into()));
    }
    (!made.is_too_long()).then_some(made)
}

/// As [`in_common`], of names with holes at the same places: `archive-*-*.db` and `index-*-*.db` are `*-*-*.db`.
fn in_common_by_parts(names: &[&Text]) -> Option<Text> {
    let (first, others) = names.split_first()?;
    let is_hole = |part: &Part| matches!(part, Part::Hole(_));
    let is_like = |other: &&Text| {
        let mut both = first.parts.iter().zip(&other.parts);
        first.parts.len() == other.parts.len()
            && both.all(|(one, other)| is_hole(one) == is_hole(other))
    };
    if !first.parts.iter().any(is_hole) || !others.iter().all(is_like) {
        return None;
    }
    let mut made = Text::default();
    for (at, part) in first.parts.iter().enumerate() {
        if is_hole(part) || others.iter().all(|other| other.parts[at] == *part) {
            made.push(part.clone());
            continue;
        }
        let words: Option<Vec<&str>> = names
            .iter()
            .map(|it| literal_at(it.parts.get(at)))
            .collect();
        made.push(Part::Hole(Why::TooMany));
        made.push(Part::Literal(shared_mark(&words?).into()));
    }
    Some(made)
}

/// The mark that all words end with, before what is not known.
fn shared_mark<'a>(words: &[&'a str]) -> &'a str {
    let Some((first, others)) = words.split_first() else {
        return "";
    };
    let ends = shared_end(words);
    if !ends.is_empty() {
        return ends;
    }
    let start = first.trim_end_matches(['-', '_', '=', '.']).len();
    let mark = &first[start..];
    match others.iter().all(|other| other.ends_with(mark)) {
        true => mark,
        false => "",
    }
}

/// What stands between the slashes of a path.
fn folders(text: &Text) -> Vec<Text> {
    let mut found = vec![Text::default()];
    for part in &text.parts {
        let Part::Literal(literal) = part else {
            if let Some(last) = found.last_mut() {
                last.push(part.clone());
            }
            continue;
        };
        for (index, name) in literal.split('/').enumerate() {
            if index > 0 {
                found.push(Text::default());
            }
            if let Some(last) = found.last_mut() {
                last.push(Part::Literal(name.into()));
            }
        }
    }
    found
}

/// Whether two strings are the same but for why something of them is not known.
fn is_alike(one: &Text, other: &Text) -> bool {
    let is_same = |(a, b): (&Part, &Part)| match (a, b) {
        (Part::Hole(_), Part::Hole(_)) => true,
        (a, b) => a == b,
    };
    one.parts.len() == other.parts.len() && one.parts.iter().zip(&other.parts).all(is_same)
}

fn literal_at(part: Option<&Part>) -> Option<&str> {
    match part {
        Some(Part::Literal(text)) => Some(text),
        _ => None,
    }
}

/// Up to the last slash that all have.
fn shared_beginning<'a>(all: &[&'a str]) -> &'a str {
    let Some((first, others)) = all.split_first() else {
        return "";
    };
    let is_shared = |end: &usize| others.iter().all(|other| other.starts_with(&first[..*end]));
    let slashes = first.rmatch_indices('/').map(|(at, _)| at + 1);
    let end = slashes.into_iter().find(is_shared);
    &first[..end.unwrap_or(0)]
}

/// From the first slash or dot on that all have.
fn shared_end<'a>(all: &[&'a str]) -> &'a str {
    let Some((first, others)) = all.split_first() else {
        return "";
    };
    let is_shared = |start: &usize| others.iter().all(|other| other.ends_with(&first[*start..]));
    let marks = first.match_indices(['/', '.']).map(|(at, _)| at);
    let start = marks.into_iter().find(is_shared);
    &first[start.unwrap_or(first.len())..]
}
