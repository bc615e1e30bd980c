//! Summaries as bytes, to be kept on disk.
//!
//! Bytes from a disk may be anything: cut off, damaged, or written by somebody who wants Blue to fall
//! over. What is no summary is nothing, never an error: it is made again. A checksum stands for
//! damage that would still read as a summary, a bound on nesting for a stack that would overflow.

use std::cell::Cell;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use sha2::{Digest, Sha256};

use crate::facts::{Expr, SpanTree, Summary, Test};
use crate::walk::{MAX_NESTING, RED_ZONE, STACK_STEP};

/// The first byte: how the rest is written.
const FORMAT: u8 = 1;
/// Bytes of the checksum behind it.
const CHECKSUM: usize = 8;
/// Expressions nest deeper than this in nothing that the walker makes of code that it looks into: a
/// node becomes an expression, at times in a spread or under a condition.
const MAX_DEPTH: usize = 4 * MAX_NESTING;

/// A summary as bytes; nothing for one that is nested too deep to be read again.
pub fn encode(summary: &Summary) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 1 + CHECKSUM];
    bytes = postcard::to_extend(summary, bytes).ok()?;
    let sum = checksum(&bytes[1 + CHECKSUM..]);
    bytes[0] = FORMAT;
    bytes[1..=CHECKSUM].copy_from_slice(&sum);
    Some(bytes)
}

/// The summary that [`encode`] made these bytes of; nothing where they are no such bytes.
pub fn decode(bytes: &[u8]) -> Option<Summary> {
    let (format, rest) = bytes.split_first()?;
    let (sum, rest) = rest.split_at_checked(CHECKSUM)?;
    if *format != FORMAT || *sum != checksum(rest) {
        return None;
    }
    let (summary, rest) = postcard::take_from_bytes(rest).ok()?;
    rest.is_empty().then_some(summary)
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha256::digest(bytes);
    std::array::from_fn(|at| digest[at])
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Runs a step one level deeper; nothing beyond the bound.
fn deeper<T>(step: impl FnOnce() -> T) -> Option<T> {
    let depth = DEPTH.get();
    if depth >= MAX_DEPTH {
        return None;
    }
    DEPTH.set(depth + 1);
    let made = stacker::maybe_grow(RED_ZONE, STACK_STEP, step);
    DEPTH.set(depth);
    Some(made)
}

const TOO_DEEP: &str = "nested too deep";

/// The types that hold themselves: what is derived for them is called through here (the derived
/// functions are their own ones of these names, by `#[serde(remote = "Self")]`).
macro_rules! bounded {
    ($($name:ident)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let made = deeper(|| $name::serialize(self, to));
                made.unwrap_or_else(|| Err(ser::Error::custom(TOO_DEEP)))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                let made = deeper(|| $name::deserialize(from));
                made.unwrap_or_else(|| Err(de::Error::custom(TOO_DEEP)))
            }
        }
    )*};
}

bounded! { Expr SpanTree Test }
