//! Whether one schema accepts every document another does, three-valued and with evidence.
//!
//! It exists because a wrong "breaking" costs more than any other answer: "breaking" is only said
//! with a witness that the validator confirmed, "compatible" only with a proof, and everything
//! else is "unknown" with the reason (compatibility.md, "Verdicts carry evidence").
//!
//! Blue's own prover (`difference`) goes first: it is quick, its work is counted, and it yields the
//! witness as well as the proof. What it leaves open goes to the `jsonschema` crate's canonical form
//! and to a search by samples.

mod canonical;

use serde_json::Value;

use crate::closed::{self, Closed};
use crate::difference::{self, Found, LINE_BREAKS};
use crate::schema::{self, Validator};
use crate::witness;
use canonical::Proof;

/// The answer to one of the two questions.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Proven: every document the one accepts, the other accepts.
    Compatible,
    /// Refuted by a document.
    Breaking {
        /// The one schema accepts it and the other does not; the validator said so.
        witness: Value,
    },
    /// Neither was found. Never to be taken for either.
    Unknown {
        /// What stopped it, in words.
        why: String,
        /// The subschema at which the proof stopped, where one could be named.
        stopped: Option<Stopped>,
    },
}

/// Which of two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The one that was there before.
    Old,
    /// The one that is there now, or is proposed.
    New,
}

/// A subschema that stopped a proof.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stopped {
    /// The schema it is in.
    pub part: Part,
    /// JSON pointer into that schema, as it was handed in.
    pub pointer: String,
}

/// How a property that a schema does not declare is taken (compatibility.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// As never emitted, on the side whose documents are quantified; the reading side is as written.
    #[default]
    Emitted,
    /// As the schema has it, on both sides.
    Literal,
}

/// Both questions about a changed schema. (Schema registries name the directions from the side of
/// the reader that is upgraded, so their "backward" is this `forwards`.)
#[derive(Debug, Clone, PartialEq)]
pub struct Compatibility {
    /// Can an importer of the old version read the new one: every document the new schema accepts,
    /// the old one accepts.
    pub backwards: Verdict,
    /// Can an importer of the new version read the old one: the other way round.
    pub forwards: Verdict,
}

/// Compares two schemas as both are written (mode `literal`).
#[must_use]
pub fn containment(old: &Value, new: &Value) -> Compatibility {
    containment_in(Mode::Literal, old, new)
}

/// Compares two schemas in a mode.
#[must_use]
pub fn containment_in(mode: Mode, old: &Value, new: &Value) -> Compatibility {
    let (was, is) = match (schema::compile(old), schema::compile(new)) {
        (Ok(was), Ok(is)) => (was, is),
        (Err(why), _) => {
            return unusable(&format!("the old schema cannot be used: {why}"), Part::Old);
        }
        (_, Err(why)) => {
            return unusable(&format!("the new schema cannot be used: {why}"), Part::New);
        }
    };
    if old == new {
        let backwards = Verdict::Compatible;
        let forwards = Verdict::Compatible;
        return Compatibility {
            backwards,
            forwards,
        };
    }
    let old = Side {
        schema: old,
        validator: &was,
        part: Part::Old,
    };
    let new = Side {
        schema: new,
        validator: &is,
        part: Part::New,
    };
    let answer = match mode {
        Mode::Literal => literal,
        Mode::Emitted => emitted,
    };
    Compatibility {
        backwards: answer(&new, &old),
        forwards: answer(&old, &new),
    }
}

/// One step of a proof: a keyword of the reader, and what it follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The rule, named after the reader's keyword. Besides these: `same` (both say the same),
    /// `branch` (of the emitter's alternatives), `recursion` (is being proven further up), `nothing`
    /// (the emitter accepts no document), `closed` (mode emitted), `canonical` (the second prover).
    pub rule: String,
    /// JSON pointer into the reading schema.
    pub reader: String,
    /// JSON pointers into the emitting schema; none where a keyword holds of itself, or where the
    /// emitter was closed and no longer is as it was written.
    pub emitter: Vec<String>,
    /// What it rests on, further down.
    pub because: Vec<Step>,
}

/// Why every document of the `emitter` is one of the `reader`, which is `reader_part` of the two:
/// a step for each keyword of the reader. Empty where [`containment_in`] would not say so.
#[must_use]
pub fn derivation(mode: Mode, emitter: &Value, reader: &Value, reader_part: Part) -> Vec<Step> {
    let rule = |rule: &str, because| {
        let (reader, emitter) = (String::new(), Vec::new());
        let rule = rule.to_owned();
        vec![Step {
            rule,
            reader,
            emitter,
            because,
        }]
    };
    if schema::compile(emitter).is_err() || schema::compile(reader).is_err() {
        return Vec::new();
    }
    if let Some(steps) = difference::derive(emitter, reader, reader_part) {
        return steps;
    }
    let written = match mode {
        Mode::Literal => None,
        Mode::Emitted => closed::rewritten(emitter),
    };
    if let Some(written) = &written
        && let Some(mut steps) = difference::derive(written, reader, reader_part)
    {
        steps.iter_mut().for_each(without_emitter);
        return rule("closed", steps);
    }
    match canonical::prove(written.as_ref().unwrap_or(emitter), reader) {
        Proof::Holds { .. } => rule("canonical", Vec::new()),
        Proof::Open { .. } => Vec::new(),
    }
}

fn without_emitter(step: &mut Step) {
    step.emitter.clear();
    step.because.iter_mut().for_each(without_emitter);
}

#[derive(Clone, Copy)]
struct Side<'a> {
    schema: &'a Value,
    validator: &'a Validator,
    part: Part,
}

impl Part {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Part {
        match self {
            Part::Old => Part::New,
            Part::New => Part::Old,
        }
    }
}

fn unusable(why: &str, part: Part) -> Compatibility {
    Compatibility {
        backwards: unknown(why, part),
        forwards: unknown(why, part),
    }
}

fn unknown(why: &str, part: Part) -> Verdict {
    Verdict::Unknown {
        why: why.to_owned(),
        stopped: Some(Stopped {
            part,
            pointer: String::new(),
        }),
    }
}

/// Does the reader accept all that the emitter does, both as written?
fn literal(emitter: &Side<'_>, reader: &Side<'_>) -> Verdict {
    let refutes = |document: &Value| {
        !reader.validator.accepts(document) && emitter.validator.accepts(document)
    };
    match difference::find(emitter.schema, reader.schema, reader.part) {
        Found::Nothing => Verdict::Compatible,
        Found::Document(document) if refutes(&document) => {
            breaking(witness::shrunk(document, &refutes), emitter.schema, reader)
        }
        Found::Document(document) => {
            unconfirmed(&document);
            by_others(emitter.schema, reader, None, &refutes)
        }
        Found::Stopped { why, stopped } => {
            by_others(emitter.schema, reader, Some((why, stopped)), &refutes)
        }
    }
}

/// The same with the emitter closed. What holds for all that is allowed holds for what is emitted.
fn emitted(emitter: &Side<'_>, reader: &Side<'_>) -> Verdict {
    let closed = Closed {
        schema: emitter.schema,
        validator: emitter.validator,
    };
    let refutes =
        |document: &Value| !reader.validator.accepts(document) && closed.accepts(document);
    let as_written = difference::find(emitter.schema, reader.schema, reader.part);
    match as_written {
        Found::Nothing => return Verdict::Compatible,
        Found::Document(document) if refutes(&document) => {
            return breaking(witness::shrunk(document, &refutes), emitter.schema, reader);
        }
        _ => {}
    }
    let Some(written) = closed::rewritten(emitter.schema) else {
        return by_others(emitter.schema, reader, None, &refutes);
    };
    match difference::find(&written, reader.schema, reader.part) {
        Found::Nothing if emits_nothing(&written, reader.part) => unknown(
            "the schema requires a property that it does not declare, so that nothing is emitted \
             by what it declares",
            emitter.part,
        ),
        Found::Nothing => Verdict::Compatible,
        Found::Document(document) if refutes(&document) => {
            breaking(witness::shrunk(document, &refutes), emitter.schema, reader)
        }
        // What is written for the prover may allow a little more than is emitted.
        Found::Document(_) => by_others(&written, reader, None, &refutes),
        Found::Stopped { why, stopped } => {
            // Pointers into what was written mean nothing to others.
            let stopped = stopped.filter(|stopped| stopped.part == reader.part);
            by_others(&written, reader, Some((why, stopped)), &refutes)
        }
    }
}

/// The verdict that a confirmed witness makes. One that is told apart by a line break alone, which neither schema
/// names, makes none: engines of patterns differ about what `.` matches there, and whoever wrote `.+` meant "not empty".
fn breaking(witness: Value, emitter: &Value, reader: &Side<'_>) -> Verdict {
    let mut broken = Vec::new();
    strings(&witness, &mut |text| {
        if text.contains(LINE_BREAKS) {
            broken.push(text.to_owned());
        }
    });
    let is_named = |wanted: &String| {
        let mut found = false;
        for schema in [emitter, reader.schema] {
            strings(schema, &mut |text| found |= text == wanted);
        }
        found
    };
    if broken.is_empty() || broken.iter().any(is_named) {
        return Verdict::Breaking { witness };
    }
    unknown(
        "they were told apart only by a text that holds a line break, about which engines of patterns differ",
        reader.part,
    )
}

/// Every text and every member's name of a document.
fn strings<'v>(value: &'v Value, take: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, take)),
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            take(name);
            strings(member, take);
        }),
        _ => {}
    }
}

fn emits_nothing(emitter: &Value, reader_part: Part) -> bool {
    difference::find(emitter, &Value::Bool(false), reader_part) == Found::Nothing
}

/// What Blue's prover left open: the canonical form, then a search by samples.
fn by_others(
    emitter: &Value,
    reader: &Side<'_>,
    open: Option<(String, Option<Stopped>)>,
    refutes: &dyn Fn(&Value) -> bool,
) -> Verdict {
    let proof = canonical::prove(emitter, reader.schema);
    let difference = match &proof {
        // It contradicts a document only where that is outside the mode, or a fault.
        Proof::Holds { emits_something } if open.is_some() && *emits_something => {
            return Verdict::Compatible;
        }
        Proof::Holds { .. } => None,
        Proof::Open { difference, .. } => difference.as_ref(),
    };
    if let Some(witness) = witness::find(emitter, reader.schema, difference, refutes) {
        return breaking(witness::shrunk(witness, &refutes), emitter, reader);
    }
    let (why, stopped) = match (open, proof) {
        (Some(open), _) => open,
        (None, Proof::Open { why, .. }) => (why, None),
        (None, Proof::Holds { .. }) => {
            tracing::warn!("two provers contradict each other; the verdict is unknown");
            ("two provers contradict each other".to_owned(), None)
        }
    };
    Verdict::Unknown { why, stopped }
}

/// A fault: Blue's prover and the validator read a schema differently.
fn unconfirmed(document: &Value) {
    tracing::warn!(%document, "a witness was not confirmed; the verdict does not rest on it");
}

#[cfg(test)]
mod emitted_tests;
#[cfg(test)]
mod tests;
