//! Summaries that are kept, by what they were made of: a file that was looked into before is not
//! parsed again.
//!
//! A summary depends on a file's text, its dialect, and on this program ([`made_by`]) with the queries
//! that are part of it: on nothing else. A repository's own queries, the wrappers it names and what
//! bindings say are asked later, of summaries or of texts. So a store changes no answer, whatever is in
//! it and whoever filled it, as long as it gives back what it was given.

mod codec;

use std::fmt;

use dashmap::DashMap;
use rustc_hash::FxBuildHasher;
use sha2::{Digest, Sha256};

use crate::facts::Summary;
use crate::language::Dialect;

pub use codec::{decode, encode};

/// The hash of a file's text: SHA-256, since whoever writes the files must not be able to give two of
/// them one summary.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// That of a text.
    pub fn of(text: &str) -> ContentHash {
        ContentHash(Sha256::digest(text.as_bytes()).into())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4]
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a summary is kept by, as long as one program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SummaryKey {
    /// The text.
    pub content: ContentHash,
    /// How it is read.
    pub dialect: Dialect,
}

impl SummaryKey {
    /// That of a text.
    pub fn of(text: &str, dialect: Dialect) -> SummaryKey {
        SummaryKey {
            content: ContentHash::of(text),
            dialect,
        }
    }
}

/// Which program makes these summaries: Blue's version, and a hash of the code and the queries that
/// they are made by. What another one has made says nothing about what this one would make.
pub fn made_by() -> &'static str {
    concat!(env!("CARGO_PKG_VERSION"), "-", env!("BLUE_MADE_BY"))
}

/// Keeps summaries. Asked and told from many threads at once.
pub trait SummaryStore: Send + Sync {
    /// What was put there; nothing where that is not known (any more), or cannot be read.
    fn get(&self, key: &SummaryKey) -> Option<Summary>;

    /// Takes a summary that was just made of a text, and says at which path of its repository that stands.
    fn put(&self, key: &SummaryKey, path: &str, summary: &Summary);
}

/// A store that lasts as long as its owner.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: DashMap<SummaryKey, Summary, FxBuildHasher>,
}

impl MemoryStore {
    /// How many summaries there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

impl SummaryStore for MemoryStore {
    fn get(&self, key: &SummaryKey) -> Option<Summary> {
        self.kept.get(key).map(|kept| kept.clone())
    }

    fn put(&self, key: &SummaryKey, _path: &str, summary: &Summary) {
        self.kept.insert(*key, summary.clone());
    }
}
