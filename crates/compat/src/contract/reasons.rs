//! What of a change decided its verdict, in words and with the place in the files.
//!
//! It exists so that every message about a contract's change names the same thing the same way:
//! `needs 2.0.0: ` and then one of these.

use blue_pattern::{Pattern, intersects};
use serde_json::Value;

use super::{Earlier, Promises, Target};
use crate::containment::{Compatibility, Part, Stopped, Verdict};
use crate::schema;
use crate::value::{ChangeKind, Effect, ValueChange, ValueDiff};

/// Why a verdict is what it is: one change.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// What changed, as part of a sentence: `` `a/b` removed from `read` ``.
    pub text: String,
    /// What it does to importers.
    pub weight: Weight,
    /// Where it stands in the new version: the changed part, else the nearest that is left of it.
    pub place: Place,
    /// Where it stood in the old version, where that is another place.
    pub was: Option<Place>,
    /// What shows it: of a schema a document, of patterns a string that is not taken in any more.
    pub witness: Option<Value>,
}

/// How much a reason weighs, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Somebody may have to follow.
    Breaking,
    /// Not decided; breaking until someone accepts it.
    Unknown,
    /// Something new, or something that breaks no promise.
    Compatible,
}

/// A part of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Which of its documents.
    pub document: Document,
    /// JSON pointer into it.
    pub pointer: String,
}

/// What a pointer leads into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Document {
    /// `value`.
    Value,
    /// `schema`.
    Schema,
    /// `deprecated`: no pointer is told.
    Deprecated,
}

pub(super) struct Subject<'a> {
    /// The old and the new one.
    pub(super) schemas: [&'a Value; 2],
    pub(super) promises: Promises,
    pub(super) value: &'a ValueDiff,
    pub(super) schema: Option<&'a Compatibility>,
    pub(super) earlier: &'a [Earlier<'a>],
}

/// The gravest first, else in the order of the files: the value's, the schema's, the sunsets.
pub(super) fn reasons(subject: &Subject<'_>, sunset: &dyn Fn(&ValueChange) -> bool) -> Vec<Reason> {
    let changes = subject.value.changes.iter();
    let of_value = |change| of_value(change, &subject.value.changes, sunset);
    let mut reasons: Vec<Reason> = changes.map(of_value).collect();
    if let Some(both) = subject.schema {
        reasons.push(of_schema(subject, Direction::Backwards, &both.backwards));
        // Whoever promises nothing about the second question is not told of its answer.
        if subject.promises.forwards {
            reasons.push(of_schema(subject, Direction::Forwards, &both.forwards));
        }
    }
    reasons.extend(subject.earlier.iter().map(of_earlier));
    reasons.sort_by_key(|reason| reason.weight);
    reasons
}

/// Whether a pattern that is gone is there still in part: another one of its list, which is new, takes
/// in some of what it did.
fn is_narrowed(change: &ValueChange, all: &[ValueChange]) -> bool {
    let list = |pointer: &str| pointer.rsplit_once('/').map(|(list, _)| list.to_owned());
    let pattern = |value: &Option<Value>| Some(Pattern::parse(value.as_ref()?.as_str()?));
    let Some(gone) = pattern(&change.old) else {
        return false;
    };
    let beside = all
        .iter()
        .filter(|other| list(&other.pointer) == list(&change.pointer));
    let mut new = beside.filter_map(|other| pattern(&other.new));
    new.any(|new| intersects(&new, &gone))
}

fn of_value(
    change: &ValueChange,
    all: &[ValueChange],
    sunset: &dyn Fn(&ValueChange) -> bool,
) -> Reason {
    let (above, step) = change.pointer.rsplit_once('/').unwrap_or(("", ""));
    let [old, new] = [&change.old, &change.new].map(|value| value.as_ref().map(shown));
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let is_item = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
    let here = named(&change.pointer);
    let list = named(above);
    let text = match (change.kind, is_item) {
        _ if change.pointer.is_empty() => whole(change, &old, &new),
        (ChangeKind::Added, true) => format!("{new} added to {list}"),
        (ChangeKind::Removed, true) => format!("{old} removed from {list}"),
        (ChangeKind::Added, false) => format!("{here} added"),
        (ChangeKind::Removed, false) => format!("{here} removed"),
        (ChangeKind::Changed, _) => format!("{here} changed from {old} to {new}"),
    };
    let at = |pointer: &str| Place {
        document: Document::Value,
        pointer: pointer.to_owned(),
    };
    let passed = sunset(change);
    // What a reader can rely on is the same.
    let made_up = match (change.effect, change.kind, &change.witness) {
        (Effect::None, ChangeKind::Added, _) => ", which was covered before".to_owned(),
        (Effect::None, ..) => ", which is covered still".to_owned(),
        (Effect::Removing, _, Some(witness)) if is_narrowed(change, all) => {
            format!(", so that `{witness}` is covered no more")
        }
        _ => String::new(),
    };
    Reason {
        text: match passed && change.effect == Effect::Removing {
            true => format!("{text} after its sunset"),
            false => format!("{text}{made_up}"),
        },
        weight: match (change.effect, change.kind) {
            (Effect::Removing, ChangeKind::Removed) if passed => Weight::Compatible,
            (Effect::Removing, _) => Weight::Breaking,
            (Effect::Additive | Effect::None, _) => Weight::Compatible,
        },
        place: match change.kind {
            ChangeKind::Removed => at(above),
            ChangeKind::Added | ChangeKind::Changed => at(&change.pointer),
        },
        was: (change.kind == ChangeKind::Removed).then(|| at(&change.pointer)),
        witness: match change.effect {
            Effect::Removing => change.witness.clone().map(Value::String),
            Effect::Additive | Effect::None => None,
        },
    }
}

/// The value itself. Lists and objects that are both there are told by what is in them, so one that
/// changed as a whole is a scalar, or has become another kind of value.
fn whole(change: &ValueChange, old: &str, new: &str) -> String {
    let nests = |value: &Option<Value>| {
        let value = value.as_ref();
        value.is_some_and(|value| value.is_object() || value.is_array())
    };
    match change.kind {
        ChangeKind::Added => "it has a value now".to_owned(),
        ChangeKind::Removed => "its value removed".to_owned(),
        ChangeKind::Changed if nests(&change.old) || nests(&change.new) => {
            "the value is of another kind now".to_owned()
        }
        ChangeKind::Changed => format!("the value changed from {old} to {new}"),
    }
}

/// A place by its pointer as people write it: `/read` as `read`, deeper ones with their steps.
fn named(pointer: &str) -> String {
    match pointer.strip_prefix('/') {
        None => "the value".to_owned(),
        Some(steps) if steps.contains('/') => format!("`{pointer}`"),
        Some(name) => format!("`{}`", name.replace("~1", "/").replace("~0", "~")),
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Backwards,
    Forwards,
}

fn of_schema(subject: &Subject<'_>, direction: Direction, verdict: &Verdict) -> Reason {
    let [was, is] = subject.schemas;
    let root = || String::new();
    let (weight, text, pointer, witness) = match verdict {
        Verdict::Compatible => {
            let text = match direction {
                Direction::Backwards => {
                    "the schema changed, and accepts nothing that it refused before"
                }
                Direction::Forwards => "the schema changed, and refuses nothing that it accepted",
            };
            (Weight::Compatible, text.to_owned(), root(), None)
        }
        Verdict::Breaking { witness } => {
            let document = shown(witness);
            let text = match direction {
                Direction::Backwards => format!(
                    "the schema accepts {document}, which importers of the old version refuse"
                ),
                Direction::Forwards => {
                    format!("the schema refuses {document}, which the old version accepts")
                }
            };
            let reader = match direction {
                Direction::Backwards => was,
                Direction::Forwards => is,
            };
            let pointer = refusing(reader, witness).unwrap_or_default();
            (Weight::Breaking, text, pointer, Some(witness.clone()))
        }
        Verdict::Unknown { why, stopped } => {
            let question = match direction {
                Direction::Backwards => "importers of the old version can read the new one",
                Direction::Forwards => "importers of the new version can read the old one",
            };
            let text = match stopped {
                Some(Stopped { part, pointer }) => {
                    let whose = match part {
                        Part::Old => " of the old schema",
                        Part::New => "",
                    };
                    format!("whether {question} is not decided: {why}, at `#{pointer}`{whose}")
                }
                None => format!("whether {question} is not decided: {why}"),
            };
            let pointer = stopped.as_ref().map(|stopped| stopped.pointer.clone());
            (Weight::Unknown, text, pointer.unwrap_or_default(), None)
        }
    };
    let at = |pointer: String| Place {
        document: Document::Schema,
        pointer,
    };
    let left = nearest(is, &pointer);
    Reason {
        text,
        weight,
        was: (left != pointer).then(|| at(pointer)),
        place: at(left),
        witness,
    }
}

/// The keyword that refuses a document, by pointer into the schema as it is written.
fn refusing(schema: &Value, document: &Value) -> Option<String> {
    let violations = schema::validate(schema, document).ok()?;
    let first = violations.into_iter().next()?;
    Some(nearest(schema, &first.schema_pointer))
}

/// The longest beginning of a pointer that leads to something.
fn nearest(schema: &Value, pointer: &str) -> String {
    let mut left = pointer;
    while schema.pointer(left).is_none() {
        match left.rfind('/') {
            Some(at) => left = &left[..at],
            None => return String::new(),
        }
    }
    left.to_owned()
}

fn of_earlier(earlier: &Earlier<'_>) -> Reason {
    let Earlier { what, was, is } = earlier;
    let what = match what {
        Target::Value(value) => shown(value),
        Target::Pointer(pointer) => named(pointer),
    };
    Reason {
        text: format!("the sunset of {what} moved from {was} to {is}"),
        weight: Weight::Breaking,
        place: Place {
            document: Document::Deprecated,
            pointer: String::new(),
        },
        was: None,
        witness: None,
    }
}

/// Characters of a value that are shown.
const MAX_SHOWN: usize = 120;

/// A value inside a sentence: strings as they are, the rest as JSON, in backticks.
pub(super) fn shown(value: &Value) -> String {
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    match text.char_indices().nth(MAX_SHOWN) {
        Some((cut, _)) => format!("`{}…`", &text[..cut]),
        None => format!("`{text}`"),
    }
}
