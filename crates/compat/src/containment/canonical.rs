//! The second prover: the `jsonschema` crate's canonical form.
//!
//! It exists for what Blue's own prover leaves open. It takes no budget of its own in every step and
//! its API is experimental, so it runs on a thread that may be given up on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use jsonschema::PatternOptions;
use jsonschema::canonical::{
    self, CanonicalSchema, CanonicalView, CanonicalizationError, Containment, Satisfiability,
};
use serde_json::{Value, json};

/// How long it may take for one question.
const PROOF_TIME: Duration = Duration::from_millis(500);
/// The prover recurses along references and nesting, in large frames.
const PROOF_STACK_BYTES: usize = 128 * 1024 * 1024;
/// As many provers may be left running after their time; after that the answer is unknown at once.
const MAX_RUNAWAYS: usize = 4;

static RUNAWAYS: AtomicUsize = AtomicUsize::new(0);

/// What the prover says about one direction.
#[derive(Debug)]
pub(super) enum Proof {
    Holds {
        /// Whether the emitting side has any document at all.
        emits_something: bool,
    },
    /// It fails, or is not decided; a schema of the difference where it could be written.
    Open {
        why: String,
        difference: Option<Value>,
    },
}

impl Proof {
    fn open(why: impl Into<String>) -> Proof {
        Proof::Open {
            why: why.into(),
            difference: None,
        }
    }
}

/// Whether `reader` accepts all that `emitter` does.
pub(super) fn prove(emitter: &Value, reader: &Value) -> Proof {
    if RUNAWAYS.load(Ordering::Relaxed) >= MAX_RUNAWAYS {
        return Proof::open("earlier comparisons are still running");
    }
    let (sender, receiver) = mpsc::channel();
    let prover = Prover::default();
    let at_work = AtWork(prover.clone());
    let (emitter, reader) = (emitter.clone(), reader.clone());
    let work = move || {
        let _at_work = at_work;
        // Nobody listens any more when the time was up.
        let _ = sender.send(answer(&emitter, &reader));
    };
    let thread = std::thread::Builder::new().stack_size(PROOF_STACK_BYTES);
    if thread.name("schema-prover".to_owned()).spawn(work).is_err() {
        return Proof::open("no thread could be started to compare the schemas");
    }
    match receiver.recv_timeout(PROOF_TIME) {
        Ok(proof) => proof,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            prover.abandon();
            Proof::open("the comparison took longer than its budget")
        }
        // The prover panicked: its fault, not an answer.
        Err(mpsc::RecvTimeoutError::Disconnected) => Proof::open("the comparison failed"),
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

fn answer(emitter: &Value, reader: &Value) -> Proof {
    let reads = canonicalize(&in_dialect_of(reader, emitter));
    let emits = canonicalize(&in_dialect_of(emitter, reader));
    let (reader, emitter) = match (reads, emits) {
        (Ok(reader), Ok(emitter)) => (reader, emitter),
        (Err(why), _) | (_, Err(why)) => return Proof::open(why),
    };
    let why = match reader.covers(&emitter) {
        Ok(Containment::Yes) => {
            let emits_something = emitter.satisfiability() != Satisfiability::No;
            return Proof::Holds { emits_something };
        }
        Ok(Containment::No) => "there is a difference, but no document was found to show it",
        Ok(Containment::Unknown) => "neither a proof nor a counterexample was found",
        Err(CanonicalizationError::IncompatibleOperands(why)) => {
            return Proof::open(why.to_string());
        }
        Err(why) => return Proof::open(why.to_string()),
    };
    let difference = emitter.subtract(&reader).ok();
    Proof::Open {
        why: why.to_owned(),
        difference: difference.map(|difference| difference.to_json_schema()),
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

fn canonicalize(schema: &Value) -> Result<CanonicalSchema, String> {
    let options = canonical::options()
        .offline()
        .should_validate_formats(false)
        .with_pattern_options(PatternOptions::regex());
    let canonical = options
        .canonicalize(schema)
        .map_err(|why| why.to_string())?;
    match canonical.view() {
        CanonicalView::Raw(_) => Err("the schema holds what cannot be compared".to_owned()),
        _ => Ok(canonical),
    }
}
