//! What `blue compat --json` writes for one pair, as types: its JSON Schema is made of them.

use blue_compat::contract::PropertyChange;
use blue_compat::{Judgement, Step, Verdict};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use super::{Derivations, both, bump, bump_word, mode_word, overall_word, part_word, word};

/// What `blue compat OLD NEW --json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Compatibility of two schemas")]
pub(super) struct Document<'a> {
    /// Of this shape.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// `literal` or `emitted`: how a property that no schema declares is taken.
    mode: &'a str,
    /// `compatible`, `breaking` or `unknown`: backwards, as a contract promises by default.
    verdict: &'a str,
    /// What the change asks for from 1.0.0 on: `none`, `patch`, `minor` or `major`.
    bump: &'a str,
    /// Whether the old schema accepts every document that the new one does.
    backwards: AnswerShape<'a>,
    /// Whether the new schema accepts every document that the old one does.
    forwards: AnswerShape<'a>,
    /// The properties that either declares at its top, by name.
    properties: Vec<PropertyShape<'a>>,
}

/// The answer to one of the two questions, with its evidence.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Answer")]
struct AnswerShape<'a> {
    /// `compatible`, `breaking` or `unknown`.
    verdict: &'a str,
    /// Only with `breaking`: a document that the one schema accepts and the other does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<&'a Value>,
    /// Only with `compatible`: what it follows from.
    #[serde(skip_serializing_if = "Option::is_none")]
    derivation: Option<Vec<StepShape<'a>>>,
    /// Only with `unknown`: what stopped the proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    /// Only with `unknown`: where, if one place could be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StoppedShape<'a>>,
}

/// A subschema that stopped a proof.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Stopped")]
struct StoppedShape<'a> {
    /// `old` or `new`.
    schema: &'a str,
    /// JSON pointer into it.
    pointer: &'a str,
}

/// A keyword of the reading schema, and why it holds.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct StepShape<'a> {
    /// Named after the keyword; or `same`, `branch`, `recursion`, `nothing`, `below`, `closed`,
    /// `canonical`.
    rule: &'a str,
    /// JSON pointer into the reading schema.
    reader: &'a str,
    /// JSON pointers into the emitting schema.
    emitter: &'a [String],
    /// What it rests on, further down.
    because: Vec<StepShape<'a>>,
}

/// One property and what happened to it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Property")]
struct PropertyShape<'a> {
    name: &'a str,
    /// `unchanged`, `added`, `removed` or `changed`.
    change: &'a str,
    /// In words.
    text: String,
    /// `compatible`, `breaking` or `unknown`; null where it was not judged by itself.
    verdict: Option<&'a str>,
}

pub(super) fn of<'a>(judgement: &'a Judgement, derivations: &'a Derivations) -> Document<'a> {
    let [(_, backwards), (_, forwards)] = both(judgement);
    let properties = judgement.properties.iter().map(|property| PropertyShape {
        name: &property.name,
        change: change_word(property.change),
        text: property.to_string(),
        verdict: property.verdict.map(overall_word),
    });
    Document {
        version: 1,
        mode: mode_word(judgement.promises.mode),
        verdict: overall_word(judgement.verdict),
        bump: bump_word(bump(judgement)),
        backwards: answer(backwards, &derivations.backwards),
        forwards: answer(forwards, &derivations.forwards),
        properties: properties.collect(),
    }
}

/// The JSON Schema of [`Document`].
pub(crate) fn schema() -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<Document<'static>>();
    schema.insert("$id".to_owned(), "urn:blue:schema:compat".into());
    schema
}

fn answer<'a>(verdict: &'a Verdict, steps: &'a [Step]) -> AnswerShape<'a> {
    let mut answer = AnswerShape {
        verdict: word(verdict),
        witness: None,
        derivation: None,
        why: None,
        stopped: None,
    };
    match verdict {
        Verdict::Compatible => answer.derivation = Some(steps.iter().map(step).collect()),
        Verdict::Breaking { witness } => answer.witness = Some(witness),
        Verdict::Unknown { why, stopped } => {
            answer.why = Some(why);
            answer.stopped = stopped.as_ref().map(|stopped| StoppedShape {
                schema: part_word(stopped.part),
                pointer: &stopped.pointer,
            });
        }
    }
    answer
}

fn step(step: &Step) -> StepShape<'_> {
    StepShape {
        rule: &step.rule,
        reader: &step.reader,
        emitter: &step.emitter,
        because: step.because.iter().map(self::step).collect(),
    }
}

fn change_word(change: PropertyChange) -> &'static str {
    match change {
        PropertyChange::Unchanged => "unchanged",
        PropertyChange::Added => "added",
        PropertyChange::Removed => "removed",
        PropertyChange::Changed => "changed",
    }
}
