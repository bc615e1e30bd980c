//! A file of a realm as it was read, to be kept: what it says and what is wrong with it, as bytes. Reading YAML is
//! nearly all that a large realm costs, and most of its files are the same the next time.
//!
//! What is kept is found by a hash of the path and of the very bytes that were read ([`FileKey`]), and is good for the
//! program that made it ([`made_by`]): a file is a function of nothing else. The text is not kept, for whoever asks has
//! just read it. Bytes from a disk may be anything: cut off, damaged, or written by somebody who wants Blue to fall over.
//! What is no such file is nothing, never an error: it is read anew. A checksum stands for damage that would still make
//! sense, a bound on nesting for a stack that would overflow.

use std::cell::Cell;
use std::hash::{DefaultHasher, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

use crate::decode::Extra;
use crate::file::ParsedFile;
use crate::kind::{FileKind, classify};
use crate::limits;
use crate::model::Model;
use crate::problem::Problem;

/// The first byte: how the rest is written.
const FORMAT: u8 = 1;
/// Bytes of the checksum behind it.
const CHECKSUM: usize = 8;

/// Which program makes what is kept: Blue's version, and a hash of the code that reads realms. What another one has
/// made says nothing about what this one would make.
#[must_use]
pub fn made_by() -> &'static str {
    concat!(env!("CARGO_PKG_VERSION"), "-", env!("BLUE_MADE_BY"))
}

/// What a file is kept by: SHA-256, since whoever writes the files must not be able to give two of them one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileKey(pub [u8; 32]);

impl FileKey {
    /// Of a path relative to the realm's root, and the bytes that stand there.
    #[must_use]
    pub fn of(path: &str, bytes: &[u8]) -> FileKey {
        let mut hasher = Sha256::new();
        hasher.update((path.len() as u64).to_le_bytes());
        hasher.update(path.as_bytes());
        hasher.update(bytes);
        FileKey(hasher.finalize().into())
    }
}

/// What a file says and what is wrong with it, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept<M, P> {
    model: M,
    problems: P,
}

/// A file as bytes; nothing for one that is not to be kept: one that is none of the format's, is over the limits, or is
/// nested too deep to be taken in again.
#[must_use]
pub fn encode(file: &ParsedFile, key: &FileKey) -> Option<Vec<u8>> {
    if file.kind == FileKind::Foreign || file.text.len() >= limits::FILE_BYTES {
        return None;
    }
    let kept = Kept {
        model: &file.model,
        problems: &file.problems,
    };
    let mut bytes = postcard::to_extend(&kept, vec![0; 1 + CHECKSUM]).ok()?;
    let sum = checksum(key, &bytes[1 + CHECKSUM..]);
    bytes[0] = FORMAT;
    bytes[1..=CHECKSUM].copy_from_slice(&sum);
    Some(bytes)
}

/// The file at `path` that [`encode`] made `kept` of, which held `bytes`; nothing where it made it of another.
#[must_use]
pub fn decode(path: &str, bytes: &[u8], key: &FileKey, kept: &[u8]) -> Option<ParsedFile> {
    let (format, rest) = kept.split_first()?;
    let (sum, rest) = rest.split_at_checked(CHECKSUM)?;
    if *format != FORMAT || *sum != checksum(key, rest) || bytes.len() >= limits::FILE_BYTES {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let (kept, rest) = postcard::take_from_bytes::<Kept<Option<Model>, Vec<Problem>>>(rest).ok()?;
    // What would take others out of the text is nothing that was made of it.
    let is_inside = |problem: &Problem| {
        let range = problem.span.start as usize..problem.span.end as usize;
        text.get(range).is_some() && problem.related.is_empty()
    };
    let is_one = rest.is_empty() && kept.problems.iter().all(is_inside);
    is_one.then(|| ParsedFile {
        path: path.into(),
        kind: classify(path).unwrap_or(FileKind::Foreign),
        text: text.into(),
        model: kept.model,
        problems: kept.problems,
    })
}

/// Against damage, not against people: these could write whatever it asks for.
fn checksum(key: &FileKey, bytes: &[u8]) -> [u8; CHECKSUM] {
    let mut hasher = DefaultHasher::new();
    hasher.write(&key.0);
    hasher.write(bytes);
    hasher.finish().to_le_bytes()
}

/// JSON as it is kept: serde's own way to read it asks what comes next, which these bytes do not say.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Self")]
enum Json {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

impl Json {
    fn of(value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Number(number) => {
                let unsigned = number.as_u64().map(Json::Unsigned);
                let whole = unsigned.or_else(|| number.as_i64().map(Json::Signed));
                whole.unwrap_or_else(|| Json::Float(number.as_f64().unwrap_or(f64::NAN)))
            }
            Value::String(text) => Json::Text(text.clone()),
            Value::Array(items) => Json::List(items.iter().map(Json::of).collect()),
            Value::Object(entries) => Json::of_map(entries),
        }
    }

    fn of_map(entries: &Extra) -> Json {
        let entries = entries.iter();
        Json::Map(
            entries
                .map(|(key, it)| (key.clone(), Json::of(it)))
                .collect(),
        )
    }

    /// Nothing where a number is none of JSON's.
    fn value(self) -> Option<Value> {
        Some(match self {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(flag),
            Json::Unsigned(number) => Value::Number(number.into()),
            Json::Signed(number) => Value::Number(number.into()),
            Json::Float(number) => Value::Number(Number::from_f64(number)?),
            Json::Text(text) => Value::String(text),
            Json::List(items) => {
                let items = items.into_iter().map(Json::value);
                Value::Array(items.collect::<Option<_>>()?)
            }
            Json::Map(entries) => Value::Object(Json::map(entries)?),
        })
    }

    fn map(entries: Vec<(String, Json)>) -> Option<Extra> {
        let mut map = Map::with_capacity(entries.len());
        for (key, value) in entries {
            map.insert(key, value.value()?);
        }
        Some(map)
    }
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Runs a step one level deeper; nothing beyond what a file may have ([`limits::DEPTH`]).
fn deeper<T>(step: impl FnOnce() -> T) -> Option<T> {
    let depth = DEPTH.get();
    if depth > limits::DEPTH {
        return None;
    }
    DEPTH.set(depth + 1);
    let made = step();
    DEPTH.set(depth);
    Some(made)
}

// What is derived is called through here (the derived functions are its own ones of these names).
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Json::serialize(self, to)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Json, D::Error> {
        let made = deeper(|| Json::deserialize(from));
        made.unwrap_or_else(|| Err(de::Error::custom("nested too deep")))
    }
}

fn taken<T, E: de::Error>(found: Option<T>) -> Result<T, E> {
    found.ok_or_else(|| E::custom("no JSON"))
}

/// A field that is JSON.
pub(crate) mod value {
    use super::{Deserialize, Deserializer, Json, Serialize, Serializer, Value, taken};

    pub(crate) fn serialize<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(&Json::of(value), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        taken(<Json as Deserialize>::deserialize(from)?.value())
    }
}

/// A field that may be JSON.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, Json, Serialize, Serializer, Value, taken};

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Value>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        Serialize::serialize(&value.as_ref().map(Json::of), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Value>, D::Error> {
        let found = <Option<Json> as Deserialize>::deserialize(from)?;
        found.map(|json| taken(json.value())).transpose()
    }
}

/// Keys that the format does not know.
pub(crate) mod extra {
    use super::{Deserialize, Deserializer, Extra, Json, Serialize, Serializer, taken};

    pub(crate) fn serialize<S: Serializer>(extra: &Extra, to: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(&Json::of_map(extra), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Extra, D::Error> {
        match <Json as Deserialize>::deserialize(from)? {
            Json::Map(entries) => taken(Json::map(entries)),
            _ => taken(None),
        }
    }
}
