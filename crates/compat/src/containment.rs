//! Whether one schema accepts every document another does, three-valued and with evidence.
//!
//! It exists because a wrong "breaking" costs more than any other answer: "breaking" is only said
//! with a witness that the validator confirmed, "compatible" only with a proof, and everything
//! else is "unknown" with the reason (compatibility.md, "Verdicts carry evidence").
//!
//! The proof is the `jsonschema` crate's canonical form. It takes no budget of its own in every
//! step and its API is experimental, so it runs on a thread that may be given up on.

mod rules;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use jsonschema::canonical::{self, CanonicalSchema, CanonicalView, Containment, Satisfiability};
use jsonschema::{PatternOptions, canonical::CanonicalizationError};
use serde_json::{Value, json};

use crate::closed::{self, Closed};
use crate::schema::{self, Validator};
use crate::witness;

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

/// How long the prover may take for one pair, both directions (twice that in mode `emitted`).
const PROOF_TIME: Duration = Duration::from_millis(1500);
/// The prover recurses along references and nesting, in large frames.
const PROOF_STACK_BYTES: usize = 128 * 1024 * 1024;
/// As many provers may be left running after their time; after that the answer is unknown at once.
const MAX_RUNAWAYS: usize = 4;

static RUNAWAYS: AtomicUsize = AtomicUsize::new(0);

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
            return unknown(&format!("the old schema cannot be used: {why}"), Part::Old);
        }
        (_, Err(why)) => {
            return unknown(&format!("the new schema cannot be used: {why}"), Part::New);
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
    };
    let new = Side {
        schema: new,
        validator: &is,
    };
    let questions = [
        Question::between(&old, Part::Old, &new),
        Question::between(&new, Part::New, &old),
    ];
    let [backwards, forwards] = prove(questions);
    let settle = |proof, emitter: &Side<'_>, reader: &Side<'_>, part| match mode {
        Mode::Literal => {
            let emits = |document: &Value| emitter.validator.accepts(document);
            settle(proof, emitter.schema, reader, &emits)
        }
        Mode::Emitted => settle_emitted(proof, emitter, reader, part),
    };
    Compatibility {
        backwards: settle(backwards, &new, &old, Part::Old),
        forwards: settle(forwards, &old, &new, Part::New),
    }
}

struct Side<'a> {
    schema: &'a Value,
    validator: &'a Validator,
}

/// What the prover says about one direction.
enum Proof {
    Holds {
        emits: Emits,
    },
    /// It fails, or is not decided; a schema of the difference where it could be written.
    Open {
        why: String,
        difference: Option<Value>,
        stopped: Option<Stopped>,
    },
}

/// Whether the emitting side has any document at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Emits {
    Nothing,
    Something,
}

/// Whether a schema is the prover's own writing, in which pointers mean nothing to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rewritten {
    Yes,
    No,
}

/// Does `reader` accept all that `emitter` does?
struct Question {
    reader: Value,
    /// Which version the reader is; the emitter is the other.
    reader_part: Part,
    emitter: Value,
    is_rewritten: Rewritten,
}

impl Question {
    fn between(reader: &Side<'_>, reader_part: Part, emitter: &Side<'_>) -> Question {
        Question {
            reader: reader.schema.clone(),
            reader_part,
            emitter: emitter.schema.clone(),
            is_rewritten: Rewritten::No,
        }
    }
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

impl Proof {
    fn open(why: impl Into<String>) -> Proof {
        Proof::Open {
            why: why.into(),
            difference: None,
            stopped: None,
        }
    }
}

/// `emits` says what the emitting side can write; `emitter` is what candidates are made from.
fn settle(
    proof: Proof,
    emitter: &Value,
    reader: &Side<'_>,
    emits: &dyn Fn(&Value) -> bool,
) -> Verdict {
    let (why, difference, stopped) = match proof {
        Proof::Holds { .. } => return Verdict::Compatible,
        Proof::Open {
            why,
            difference,
            stopped,
        } => (why, difference, stopped),
    };
    let refutes = |document: &Value| !reader.validator.accepts(document) && emits(document);
    match witness::find(emitter, reader.schema, difference.as_ref(), refutes) {
        Some(witness) => Verdict::Breaking { witness },
        None => Verdict::Unknown { why, stopped },
    }
}

/// The emitting side closed. What holds for all that is allowed holds for what is emitted.
fn settle_emitted(
    literal: Proof,
    emitter: &Side<'_>,
    reader: &Side<'_>,
    reader_part: Part,
) -> Verdict {
    if matches!(literal, Proof::Holds { .. }) {
        return Verdict::Compatible;
    }
    let closed = Closed {
        schema: emitter.schema,
        validator: emitter.validator,
    };
    let emits = |document: &Value| closed.accepts(document);
    let Some(written) = closed::rewritten(emitter.schema) else {
        return settle(literal, emitter.schema, reader, &emits);
    };
    let question = Question {
        reader: reader.schema.clone(),
        reader_part,
        emitter: written.clone(),
        is_rewritten: Rewritten::Yes,
    };
    let [proof] = prove([question]);
    if matches!(
        proof,
        Proof::Holds {
            emits: Emits::Nothing
        }
    ) {
        return Verdict::Unknown {
            why: "the schema requires a property that it does not declare, so that nothing is \
                  emitted by what it declares"
                .to_owned(),
            stopped: Some(Stopped {
                part: reader_part.other(),
                pointer: String::new(),
            }),
        };
    }
    let (proof, hint) = match (proof, literal) {
        (proof @ Proof::Holds { .. }, _) => (proof, emitter.schema),
        (proof, _) => (proof, &written),
    };
    settle(proof, hint, reader, &emits)
}

fn unknown(why: &str, part: Part) -> Compatibility {
    let verdict = || Verdict::Unknown {
        why: why.to_owned(),
        stopped: Some(Stopped {
            part,
            pointer: String::new(),
        }),
    };
    Compatibility {
        backwards: verdict(),
        forwards: verdict(),
    }
}

/// The answers, in order.
fn prove<const N: usize>(questions: [Question; N]) -> [Proof; N] {
    let open = |why: &str| std::array::from_fn(|_| Proof::open(why));
    if RUNAWAYS.load(Ordering::Relaxed) >= MAX_RUNAWAYS {
        return open("earlier comparisons are still running");
    }
    let (sender, receiver) = mpsc::channel();
    let prover = Prover::default();
    let at_work = AtWork(prover.clone());
    let work = move || {
        let _at_work = at_work;
        for question in questions {
            // Nobody listens any more when the time was up.
            let _ = sender.send(answer(&question));
        }
    };
    let thread = std::thread::Builder::new().stack_size(PROOF_STACK_BYTES);
    if thread.name("schema-prover".to_owned()).spawn(work).is_err() {
        return open("no thread could be started to compare the schemas");
    }
    let deadline = std::time::Instant::now() + PROOF_TIME;
    [(); N].map(|()| {
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        match receiver.recv_timeout(left) {
            Ok(proof) => proof,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                prover.abandon();
                Proof::open("the comparison took longer than its budget")
            }
            // The prover panicked: its fault, not an answer.
            Err(mpsc::RecvTimeoutError::Disconnected) => Proof::open("the comparison failed"),
        }
    })
}

fn answer(question: &Question) -> Proof {
    let reader = canonicalize(&in_dialect_of(&question.reader, &question.emitter));
    let emitter = canonicalize(&in_dialect_of(&question.emitter, &question.reader));
    let proof = cover(
        (question.reader_part, &reader),
        (question.reader_part.other(), &emitter),
    );
    // Rules need no canonical form, and follow recursion.
    let proof = match proof {
        Proof::Open { .. } if rules::prove(&question.emitter, &question.reader) => Proof::Holds {
            emits: match &emitter {
                Ok(emitter) if emitter.satisfiability() == Satisfiability::No => Emits::Nothing,
                _ => Emits::Something,
            },
        },
        proof => proof,
    };
    match (proof, question.is_rewritten) {
        (
            Proof::Open {
                why,
                difference,
                stopped,
            },
            Rewritten::Yes,
        ) => Proof::Open {
            why,
            difference,
            stopped: stopped.filter(|stopped| stopped.part == question.reader_part),
        },
        (proof, _) => proof,
    }
}

/// A prover's thread: at work, given up by who waited for it, or done.
#[derive(Clone, Default)]
struct Prover(Arc<AtomicU8>);

const AT_WORK: u8 = 0;
const ABANDONED: u8 = 1;
const DONE: u8 = 2;

impl Prover {
    /// Nobody waits for it any more. Only these count as runaways: how many are at work at once is
    /// the caller's matter, and must not change an answer.
    fn abandon(&self) {
        let was = self
            .0
            .compare_exchange(AT_WORK, ABANDONED, Ordering::AcqRel, Ordering::Acquire);
        if was.is_ok() {
            RUNAWAYS.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Held by the thread for as long as it works, also when it panics.
struct AtWork(Prover);

impl Drop for AtWork {
    fn drop(&mut self) {
        if self.0.0.swap(DONE, Ordering::AcqRel) == ABANDONED {
            RUNAWAYS.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// `true` and `false` mean the same in every dialect, but the prover compares within one only.
fn in_dialect_of(schema: &Value, other: &Value) -> Value {
    match (schema, other.get("$schema")) {
        (Value::Bool(true), Some(dialect)) => json!({ "$schema": dialect }),
        (Value::Bool(false), Some(dialect)) => json!({ "$schema": dialect, "not": {} }),
        _ => schema.clone(),
    }
}

/// What stopped the prover from reading a schema, and where.
type Unread = (String, Option<String>);

fn canonicalize(schema: &Value) -> Result<CanonicalSchema, Unread> {
    let options = canonical::options()
        .offline()
        .should_validate_formats(false)
        .with_pattern_options(PatternOptions::regex());
    let canonical = options
        .canonicalize(schema)
        .map_err(|why| (why.to_string(), None))?;
    match canonical.view() {
        CanonicalView::Raw(raw) => Err((
            "the schema holds a construct that cannot be compared".to_owned(),
            raw.pointer,
        )),
        _ => Ok(canonical),
    }
}

/// Whether `reader` accepts all that `emitter` does.
fn cover(
    (reader_part, reader): (Part, &Result<CanonicalSchema, Unread>),
    (emitter_part, emitter): (Part, &Result<CanonicalSchema, Unread>),
) -> Proof {
    let (reader, emitter) = match (reader, emitter) {
        (Ok(reader), Ok(emitter)) => (reader, emitter),
        (Err(unread), _) => return unreadable(reader_part, unread),
        (_, Err(unread)) => return unreadable(emitter_part, unread),
    };
    let why = match reader.covers(emitter) {
        Ok(Containment::Yes) => {
            let emits = match emitter.satisfiability() {
                Satisfiability::No => Emits::Nothing,
                _ => Emits::Something,
            };
            return Proof::Holds { emits };
        }
        Ok(Containment::No) => "there is a difference, but no document was found to show it",
        Ok(Containment::Unknown) => "neither a proof nor a counterexample was found",
        Err(CanonicalizationError::IncompatibleOperands(why)) => {
            return Proof::open(why.to_string());
        }
        Err(why) => return Proof::open(why.to_string()),
    };
    let difference = emitter.subtract(reader).ok();
    Proof::Open {
        why: why.to_owned(),
        difference: difference.map(|difference| difference.to_json_schema()),
        stopped: None,
    }
}

fn unreadable(part: Part, (why, pointer): &Unread) -> Proof {
    Proof::Open {
        why: why.clone(),
        difference: None,
        stopped: pointer.clone().map(|pointer| Stopped { part, pointer }),
    }
}

#[cfg(test)]
mod emitted_tests;
#[cfg(test)]
mod tests;
