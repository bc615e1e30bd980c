//! What a change of a whole contract means: its value and its schema together, under its promises.
//!
//! It exists so that whoever asks (the realm's rules, the exporter's findings, sync, a hover) gets
//! the same verdict, the same words and the same smallest version from one call (compatibility.md,
//! "From change to version"). It knows nothing of files: places are JSON pointers into the value and
//! the schema, and the day is given.

mod day;
mod properties;
mod reasons;
mod wording;

use semver::Version;
use serde_json::Value;

use crate::bump::{
    self, Bump, ChangeClass, ContractChange, Policy, SchemaChange, Wording, next_version,
};
use crate::containment::{Compatibility, Mode, Verdict, containment_in};
use crate::value::{self, ChangeKind, Effect, Matching, ValueChange, ValueDiff};

pub use day::Day;
pub use properties::{Demand, Property, PropertyChange};
pub use reasons::{Document, Place, Reason, Weight};

/// One version of a contract. What is absent says nothing: no schema allows everything, and without
/// a value the contract was not released yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Side<'a> {
    /// Its JSON Schema.
    pub schema: Option<&'a Value>,
    /// Its value.
    pub value: Option<&'a Value>,
    /// What is on its way out.
    pub deprecated: &'a [Deprecated<'a>],
}

/// An entry of a contract's `deprecated`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deprecated<'a> {
    /// What is on its way out.
    pub what: Target<'a>,
    /// The day after which its removal breaks nobody; none was promised where absent.
    pub sunset: Option<Day>,
}

/// What an entry of `deprecated` is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target<'a> {
    /// An element of the value, wherever it stands.
    Value(&'a Value),
    /// A JSON pointer into the value: that part and all below it.
    Pointer(&'a str),
}

/// What a contract promises about its changes (realm-format.md, `compatibility`). Those of the *old*
/// version count: a promise is taken back for what comes after, not for the change that breaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Promises {
    /// An importer of the old version can read the new one.
    pub backwards: bool,
    /// An importer of the new version can read the old one.
    pub forwards: bool,
    /// How undeclared properties are taken.
    pub mode: Mode,
    /// How sets of patterns in the value are compared: what the exporter's binding says
    /// (realm-format.md, `match`).
    pub matching: Matching,
}

/// The defaults of realm-format.md.
impl Default for Promises {
    fn default() -> Self {
        let Policy {
            backwards,
            forwards,
        } = Policy::default();
        let mode = Mode::default();
        Promises {
            backwards,
            forwards,
            mode,
            matching: Matching::default(),
        }
    }
}

/// The answer for the whole contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Overall {
    /// Nobody has to follow.
    Compatible,
    /// Neither was found. Breaking until someone accepts it.
    Unknown,
    /// Somebody may have to follow.
    Breaking,
}

/// What a change of a contract means.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The promises it was judged under.
    pub promises: Promises,
    /// Compatible, breaking or unknown.
    pub verdict: Overall,
    /// What the change is to importers, whatever number it gets; unknown counts as breaking.
    pub class: ChangeClass,
    /// What the version hangs on.
    pub change: ContractChange,
    /// The value's difference; pointers of removals lead into the old value, others into the new.
    pub value: ValueDiff,
    /// Both questions about the schema; absent when it says the same word by word, descriptions and
    /// order aside.
    pub schema: Option<Compatibility>,
    /// One entry a top-level property, the old version's order first.
    pub properties: Vec<Property>,
    /// What changed and why that matters, the gravest first, one sentence's part each.
    pub reasons: Vec<Reason>,
}

/// Judges the change from `old` to `new`. `today` decides whether a sunset has passed; without it
/// none has. Schemas beyond the limits of [`crate::schema`] make the verdict unknown.
#[must_use]
pub fn judge(old: &Side<'_>, new: &Side<'_>, promises: Promises, today: Option<Day>) -> Judgement {
    let value = value_diff(old.value, new.value, promises.matching);
    let sunset = |change: &ValueChange| past_sunset(change, old.deprecated, today);
    let all = || Value::Bool(true);
    let was = old.schema.cloned().unwrap_or_else(all);
    let is = new.schema.cloned().unwrap_or_else(all);
    let same = wording::meaning(&was) == wording::meaning(&is);
    let schema = (!same).then(|| containment_in(promises.mode, &was, &is));
    let earlier = earlier_sunsets(old.deprecated, new.deprecated);
    let change = ContractChange {
        value: match earlier.is_empty() {
            true => effect(&value, &sunset),
            false => Effect::Removing,
        },
        backwards: schema_change(schema.as_ref().map(|both| &both.backwards)),
        forwards: schema_change(schema.as_ref().map(|both| &both.forwards)),
        wording: match is_reworded(old, new, &value) {
            true => Wording::Changed,
            false => Wording::Same,
        },
    };
    let schemas = [&was, &is];
    let properties =
        properties::properties(schemas, [old.value, new.value], &value, promises, &sunset);
    let subject = reasons::Subject {
        schemas,
        promises,
        value: &value,
        schema: schema.as_ref(),
        earlier: &earlier,
    };
    let reasons = reasons::reasons(&subject, &sunset);
    let policy = promises.policy();
    Judgement {
        promises,
        verdict: overall(change, promises),
        class: bump::classify(change, policy),
        change,
        value,
        schema,
        properties,
        reasons,
    }
}

impl Promises {
    /// What of it decides on a version.
    #[must_use]
    pub fn policy(self) -> Policy {
        Policy {
            backwards: self.backwards,
            forwards: self.forwards,
        }
    }
}

impl Judgement {
    /// How far the version has to move, seen from the old one (below 1.0.0 less).
    #[must_use]
    pub fn required_bump(&self, from: &Version) -> Bump {
        bump::required_bump(self.change, self.promises.policy(), from)
    }

    /// The smallest version that is right after `from`; `from` itself when nothing changed.
    #[must_use]
    pub fn smallest_version(&self, from: &Version) -> Version {
        next_version(from, self.required_bump(from))
    }

    /// Why the version has to move as far: the gravest reason; none when nothing but words and
    /// order changed.
    #[must_use]
    pub fn headline(&self) -> Option<&Reason> {
        self.reasons.first()
    }

    /// What stopped the proof, where the verdict is unknown.
    #[must_use]
    pub fn undecided(&self) -> Option<&Reason> {
        let mut reasons = self.reasons.iter();
        reasons.find(|reason| reason.weight == Weight::Unknown)
    }

    /// What shows the break: a document that the one schema accepts and the other refuses, or a string
    /// that the value's patterns do not take in any more. Without `backwards` it is still told of: the
    /// verdict stays.
    #[must_use]
    pub fn witness(&self) -> Option<&Value> {
        let mut breaking = self.reasons.iter();
        let breaking = breaking
            .by_ref()
            .filter(|reason| reason.weight == Weight::Breaking);
        breaking.filter_map(|reason| reason.witness.as_ref()).next()
    }
}

fn value_diff(old: Option<&Value>, new: Option<&Value>, matching: Matching) -> ValueDiff {
    let whole = |kind| ValueChange {
        pointer: String::new(),
        kind,
        old: old.cloned(),
        new: new.cloned(),
        effect: kind.effect(),
        witness: None,
    };
    let changes = match (old, new) {
        (Some(old), Some(new)) => return value::diff_by(old, new, matching),
        (None, Some(_)) => vec![whole(ChangeKind::Added)],
        (Some(_), None) => vec![whole(ChangeKind::Removed)],
        (None, None) => Vec::new(),
    };
    ValueDiff {
        changes,
        reordered: Vec::new(),
    }
}

/// The worst of the changes; what is removed after its sunset is no more than an addition.
fn effect(diff: &ValueDiff, sunset: &dyn Fn(&ValueChange) -> bool) -> Effect {
    let of_one = |change: &ValueChange| match change.effect {
        Effect::Removing if change.kind == ChangeKind::Removed && sunset(change) => {
            Effect::Additive
        }
        effect => effect,
    };
    let effects = diff.changes.iter().map(of_one);
    effects.max().unwrap_or(Effect::None)
}

/// Whether a removal was announced and its day has passed. The day itself is the last one on which
/// an importer may rely on it.
fn past_sunset(change: &ValueChange, deprecated: &[Deprecated<'_>], today: Option<Day>) -> bool {
    let Some(today) = today else {
        return false;
    };
    let is_about = |what: Target<'_>| match what {
        Target::Value(value) => change.old.as_ref() == Some(value),
        Target::Pointer(pointer) => is_at_or_below(&change.pointer, pointer),
    };
    let mut entries = deprecated.iter();
    entries.any(|entry| is_about(entry.what) && entry.sunset.is_some_and(|sunset| sunset < today))
}

fn is_at_or_below(pointer: &str, above: &str) -> bool {
    let rest = pointer.strip_prefix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A sunset that the new version moves to an earlier day.
#[derive(Debug, Clone, Copy)]
struct Earlier<'a> {
    what: Target<'a>,
    was: Day,
    is: Day,
}

fn earlier_sunsets<'a>(old: &[Deprecated<'a>], new: &[Deprecated<'a>]) -> Vec<Earlier<'a>> {
    let moved = |entry: &Deprecated<'a>| {
        let now = new.iter().find(|now| now.what == entry.what)?;
        let (was, is) = (entry.sunset?, now.sunset?);
        let what = entry.what;
        (is < was).then_some(Earlier { what, was, is })
    };
    old.iter().filter_map(moved).collect()
}

fn schema_change(verdict: Option<&Verdict>) -> SchemaChange {
    match verdict {
        None => SchemaChange::Unchanged,
        Some(Verdict::Compatible) => SchemaChange::Compatible,
        Some(Verdict::Breaking { .. }) => SchemaChange::Breaking,
        Some(Verdict::Unknown { .. }) => SchemaChange::Unknown,
    }
}

/// Whether anything differs, the order of members included.
fn is_reworded(old: &Side<'_>, new: &Side<'_>, value: &ValueDiff) -> bool {
    let text = |schema: Option<&Value>| schema.map(Value::to_string);
    !value.reordered.is_empty()
        || text(old.schema) != text(new.schema)
        || text(old.value) != text(new.value)
        || old.deprecated != new.deprecated
}

fn overall(change: ContractChange, promises: Promises) -> Overall {
    let asked = [
        Some(change.backwards),
        promises.forwards.then_some(change.forwards),
    ];
    let says = |answer| asked.contains(&Some(answer));
    if change.value == Effect::Removing || says(SchemaChange::Breaking) {
        return Overall::Breaking;
    }
    match says(SchemaChange::Unknown) {
        true => Overall::Unknown,
        false => Overall::Compatible,
    }
}

#[cfg(test)]
mod tests;
