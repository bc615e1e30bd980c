//! The difference between two contract values, by JSON pointer.
//!
//! It exists because a contract's value is mostly lists of strings (paths, queue names, flags) in
//! which order says nothing, so a textual or positional diff would call a sorted list a break
//! (compatibility.md, "The value").

use std::collections::HashSet;

use blue_pattern::{Pattern, Verdict, union_covers};
use serde_json::{Map, Value};

/// What changed from an old value to a new one, in the order of the old value, additions last
/// within each list or object.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValueDiff {
    /// Every element, member or scalar that is not the same; empty when the values mean the same.
    pub changes: Vec<ValueChange>,
    /// JSON pointers of the lists and objects whose common items stand in another order: no change
    /// of meaning, but the file did change, which asks for a patch.
    pub reordered: Vec<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueChange {
    /// RFC 6901 pointer: into the old value for a removal, into the new one for an addition, into
    /// both for a change.
    pub pointer: String,
    /// What happened there.
    pub kind: ChangeKind,
    /// What stood there; absent for an addition.
    pub old: Option<Value>,
    /// What stands there now; absent for a removal.
    pub new: Option<Value>,
    /// What it does to those who read the value.
    pub effect: Effect,
    /// A string that the old patterns took in and the new ones do not, or for an addition the other
    /// way round; only where patterns are compared ([`Matching::Covers`]).
    pub witness: Option<String>,
}

/// How the items of sets are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Matching {
    /// By their text.
    #[default]
    Exact,
    /// As patterns, by the strings that they take in: a set is worth what its patterns take in
    /// together. `a/*` in place of `a/*/x` takes nothing away; the other way round it does.
    Covers,
}

/// What happened at one place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// An element or member that was not there.
    Added,
    /// An element or member that is gone.
    Removed,
    /// Another scalar, or another type, at the same place.
    Changed,
}

/// What the change of a value does to those who read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// The values mean the same.
    None,
    /// Only additions: everything that was there still is.
    Additive,
    /// Something a reader may rely on is gone or different.
    Removing,
}

impl ValueDiff {
    /// The worst of the changes.
    #[must_use]
    pub fn effect(&self) -> Effect {
        let effects = self.changes.iter().map(|change| change.effect);
        effects.max().unwrap_or(Effect::None)
    }
}

/// Compares two values. Lists whose items are unique strings on both sides are sets; other lists
/// keep their order: what both begin and end with is the same, what lies between is compared in
/// pairs. `1` and `1.0` are the same number (JSON Schema 2020-12, 4.2.2).
///
/// Recurses once per level: the caller bounds the depth (security.md: 64).
#[must_use]
pub fn diff(old: &Value, new: &Value) -> ValueDiff {
    diff_by(old, new, Matching::Exact)
}

/// [`diff`], with the items of sets compared as asked.
#[must_use]
pub fn diff_by(old: &Value, new: &Value, matching: Matching) -> ValueDiff {
    let mut found = Found {
        diff: ValueDiff::default(),
        matching,
    };
    compare(old, new, &mut String::new(), &mut found);
    found.diff
}

/// A difference in the making.
struct Found {
    diff: ValueDiff,
    matching: Matching,
}

fn compare(old: &Value, new: &Value, at: &mut String, found: &mut Found) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => compare_objects(old, new, at, found),
        (Value::Array(old), Value::Array(new)) => match (as_set(old), as_set(new)) {
            (Some(was), Some(is)) => compare_sets((old, &was), (new, &is), at, found),
            _ => compare_lists(old, new, at, found),
        },
        _ if same(old, new) => {}
        _ => found.push(at, ChangeKind::Changed, Some(old), Some(new)),
    }
}

fn compare_objects(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    at: &mut String,
    found: &mut Found,
) {
    for (name, value) in old {
        within(at, name, |at| match new.get(name) {
            Some(now) => compare(value, now, at, found),
            None => found.push(at, ChangeKind::Removed, Some(value), None),
        });
    }
    for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        within(at, name, |at| {
            found.push(at, ChangeKind::Added, None, Some(value))
        });
    }
    let was = old.keys().filter(|name| new.contains_key(*name));
    let is = new.keys().filter(|name| old.contains_key(*name));
    if !was.eq(is) {
        found.diff.reordered.push(at.clone());
    }
}

type Set<'a> = (&'a [Value], &'a HashSet<&'a str>);

fn compare_sets((old, was): Set<'_>, (new, is): Set<'_>, at: &mut String, found: &mut Found) {
    let holds = |set: &HashSet<&str>, item: &Value| item.as_str().is_some_and(|s| set.contains(s));
    let patterns = |items: &[Value]| -> Vec<Pattern> {
        let texts = items.iter().filter_map(Value::as_str);
        texts.map(Pattern::parse).collect()
    };
    // The one side's patterns, for what the other has alone.
    let matching = found.matching;
    let taken_in = |items: &[Value]| match matching {
        Matching::Exact => None,
        Matching::Covers => Some(patterns(items)),
    };
    let is_gone = |(_, item): &(usize, &Value)| !holds(is, item);
    let left = old
        .iter()
        .any(|item| !holds(is, item))
        .then(|| taken_in(new));
    for (index, item) in old.iter().enumerate().filter(is_gone) {
        let (effect, witness) = outcome(item, left.iter().flatten().next(), Effect::Removing);
        within(at, &index.to_string(), |at| {
            found.push_with(at, (ChangeKind::Removed, effect, witness), Some(item), None)
        });
    }
    let is_fresh = |(_, item): &(usize, &Value)| !holds(was, item);
    let before = new
        .iter()
        .any(|item| !holds(was, item))
        .then(|| taken_in(old));
    for (index, item) in new.iter().enumerate().filter(is_fresh) {
        let (effect, witness) = outcome(item, before.iter().flatten().next(), Effect::Additive);
        within(at, &index.to_string(), |at| {
            found.push_with(at, (ChangeKind::Added, effect, witness), None, Some(item))
        });
    }
    let kept_before = old.iter().filter(|item| holds(is, item));
    let kept_now = new.iter().filter(|item| holds(was, item));
    if !kept_before.eq(kept_now) {
        found.diff.reordered.push(at.clone());
    }
}

/// What an item that only one of two sets has is worth: `full`, unless the other set's patterns take
/// it in together. Where that is not settled, it is not.
fn outcome(item: &Value, others: Option<&Vec<Pattern>>, full: Effect) -> (Effect, Option<String>) {
    let Some((others, text)) = others.zip(item.as_str()) else {
        return (full, None);
    };
    match union_covers(others, &Pattern::parse(text)) {
        Verdict::Yes => (Effect::None, None),
        Verdict::No { example } => (full, Some(example)),
        Verdict::Unknown => (full, None),
    }
}

fn compare_lists(old: &[Value], new: &[Value], at: &mut String, found: &mut Found) {
    let pairs = old.iter().zip(new);
    let prefix = pairs.take_while(|(was, is)| same(was, is)).count();
    let pairs = old[prefix..].iter().rev().zip(new[prefix..].iter().rev());
    let suffix = pairs.take_while(|(was, is)| same(was, is)).count();
    let old_end = old.len() - suffix;
    let new_end = new.len() - suffix;
    for index in prefix..old_end.max(new_end) {
        let was = old[..old_end].get(index);
        let is = new[..new_end].get(index);
        within(at, &index.to_string(), |at| match (was, is) {
            (Some(was), Some(is)) => compare(was, is, at, found),
            (Some(_), None) => found.push(at, ChangeKind::Removed, was, None),
            (None, _) => found.push(at, ChangeKind::Added, None, is),
        });
    }
}

impl Found {
    fn push(&mut self, at: &str, kind: ChangeKind, old: Option<&Value>, new: Option<&Value>) {
        let effect = kind.effect();
        self.push_with(at, (kind, effect, None), old, new);
    }

    fn push_with(
        &mut self,
        at: &str,
        (kind, effect, witness): (ChangeKind, Effect, Option<String>),
        old: Option<&Value>,
        new: Option<&Value>,
    ) {
        self.diff.changes.push(ValueChange {
            pointer: at.to_owned(),
            kind,
            old: old.cloned(),
            new: new.cloned(),
            effect,
            witness,
        });
    }
}

impl ChangeKind {
    /// What it does where nothing else makes up for it.
    pub(crate) fn effect(self) -> Effect {
        match self {
            ChangeKind::Added => Effect::Additive,
            ChangeKind::Removed | ChangeKind::Changed => Effect::Removing,
        }
    }
}

/// The items of a list, when they are strings and none stands twice.
fn as_set(list: &[Value]) -> Option<HashSet<&str>> {
    let set: HashSet<&str> = list.iter().map(Value::as_str).collect::<Option<_>>()?;
    (set.len() == list.len()).then_some(set)
}

/// Whether two values are one to every reader.
fn same(old: &Value, new: &Value) -> bool {
    if let (Value::Number(was), Value::Number(is)) = (old, new) {
        return was == is || (was.is_f64() != is.is_f64() && was.as_f64() == is.as_f64());
    }
    match (old, new) {
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => {
            diff(old, new).changes.is_empty()
        }
        _ => old == new,
    }
}

/// Runs with the pointer one step longer (RFC 6901, section 3: `~` is `~0`, `/` is `~1`).
fn within(at: &mut String, step: &str, run: impl FnOnce(&mut String)) {
    let length = at.len();
    at.push('/');
    at.push_str(&step.replace('~', "~0").replace('/', "~1"));
    run(at);
    at.truncate(length);
}

#[cfg(test)]
mod tests;
