//! What a change of a contract means: the difference between two values, containment of two
//! schemas with witnesses, semver ranges, and the version that a change asks for.
//!
//! It exists so that "is this breaking?" has one answer, whoever asks. It knows JSON, JSON Schema
//! and semver; nothing of realms, repos, git or editors (docs/architecture.md).

pub mod bump;
mod closed;
pub mod containment;
pub mod contract;
mod difference;
mod keywords;
pub mod range;
mod relocate;
mod sample;
pub mod schema;
pub mod value;
mod witness;

pub use containment::{
    Compatibility, Mode, Part, Step, Stopped, Verdict, containment, containment_in, derivation,
};
pub use contract::{Judgement, Promises, Side, judge};
