//! A YAML document as a plain tree, read once, with every limit kept while it is read.
//!
//! Why not straight into the types: serde stops at the first error and forgets where it was, and
//! its maps drop a key that stands twice. The tree keeps both entries, and a node's place is its
//! way down from the root in ordinals, which `spans` turns into bytes only when somebody asks.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::Value;

use crate::limits;

/// A node. Aliases are expanded; merge keys (`<<`) are keys like any other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Yaml {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number that JSON can hold.
    Number(serde_json::Number),
    /// `.nan`, `.inf`, `-.inf`: no JSON.
    NotFinite,
    /// Any other scalar.
    Text(Box<str>),
    /// A list.
    List(Vec<Yaml>),
    /// A mapping in the order of the file, a key that stands twice twice.
    Map(Vec<(Yaml, Yaml)>),
    /// A node with a tag of its own (`!secret x`).
    Tagged(Box<Yaml>),
}

impl Yaml {
    /// What the node is, for "expected …, found …".
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "empty",
            Self::Bool(_) => "a boolean",
            Self::Number(_) | Self::NotFinite => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Tagged(_) => "a node with a tag",
        }
    }

    /// The text of a scalar: of a key, or of a field that takes any.
    pub(crate) fn scalar(&self) -> Option<String> {
        match self {
            Self::Null => Some(String::new()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.to_string()),
            Self::NotFinite | Self::List(_) | Self::Map(_) | Self::Tagged(_) => None,
        }
    }

    /// The tree that reads as `value`.
    pub(crate) fn from_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text.as_str().into()),
            Value::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            Value::Object(entries) => Self::Map(
                entries
                    .iter()
                    .map(|(key, value)| (Self::Text(key.as_str().into()), Self::from_json(value)))
                    .collect(),
            ),
        }
    }

    /// As JSON: of a key that stands twice the first, a number that JSON has not as null.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Null | Self::NotFinite => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.to_string()),
            Self::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(entries) => {
                let mut object = serde_json::Map::new();
                for (key, value) in entries {
                    let Some(key) = key.scalar() else { continue };
                    object.entry(key).or_insert_with(|| value.to_json());
                }
                Value::Object(object)
            }
            Self::Tagged(inner) => inner.to_json(),
        }
    }
}

/// Why a text is no tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReadError {
    /// Which limit was met; nothing: it is not YAML.
    pub limit: Option<Limit>,
    /// The parser's own words, without the place.
    pub message: String,
    /// Characters (not bytes) before the place, where the parser knows it; a byte order mark is not
    /// counted.
    pub chars: Option<usize>,
}

/// A limit that is kept while reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// [`limits::DEPTH`].
    Depth,
    /// [`limits::NODES`] or [`limits::SCALAR_BYTES`]: only aliases can bring it about.
    Aliases,
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Document {
    /// The first document of the stream.
    pub root: Yaml,
    /// True if the stream goes on after it.
    pub more: bool,
}

/// Reads the first document of `text`, whose byte order mark is none of it: the parser would take
/// the first key to be indented by it, and the second for the end of the document.
pub(crate) fn read(text: &str) -> Result<Document, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(chars) = deep_flow(text) {
        return Err(ReadError {
            limit: Some(Limit::Depth),
            message: String::new(),
            chars: Some(chars),
        });
    }
    let budget = Budget::new();
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let Some(first) = documents.next() else {
        return Ok(Document {
            root: Yaml::Null,
            more: false,
        });
    };
    let seed = Seed {
        budget: &budget,
        depth: 0,
    };
    let root = seed
        .deserialize(first)
        .map_err(|error| budget.explain(&error))?;
    Ok(Document {
        root,
        more: documents.next().is_some(),
    })
}

/// Characters before the bracket that opens level [`FLOW_DEPTH`] of brackets, if the text has so
/// many. The parser takes time in the square of the level of `[` and `{`, so a file of nothing else
/// must not reach it. Brackets in quotes and comments count too, hence the generous bound: no text
/// within [`limits::DEPTH`] has so many that stay open.
fn deep_flow(text: &str) -> Option<usize> {
    let mut open = 0usize;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > FLOW_DEPTH {
            return Some(text[..index].chars().count());
        }
    }
    None
}

/// Brackets that may be open at once before a text is not given to the parser at all.
const FLOW_DEPTH: usize = 2_000;

struct Budget {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
    hit: Cell<Option<Limit>>,
}

impl Budget {
    fn new() -> Self {
        Self {
            nodes: Cell::new(limits::NODES),
            bytes: Cell::new(limits::SCALAR_BYTES),
            hit: Cell::new(None),
        }
    }

    fn spend(&self, depth: usize, bytes: usize) -> Result<(), Limit> {
        let over = |limit| {
            self.hit.set(Some(limit));
            Err(limit)
        };
        if depth > limits::DEPTH {
            return over(Limit::Depth);
        }
        match (
            self.nodes.get().checked_sub(1),
            self.bytes.get().checked_sub(bytes),
        ) {
            (Some(nodes), Some(bytes)) => {
                self.nodes.set(nodes);
                self.bytes.set(bytes);
                Ok(())
            }
            _ => over(Limit::Aliases),
        }
    }

    fn explain(&self, error: &serde_yaml::Error) -> ReadError {
        let printed = error.to_string();
        // The parser's own guards, in case they strike before Blue's.
        let own = match printed.as_str() {
            text if text.starts_with("recursion limit exceeded") => Some(Limit::Depth),
            text if text.starts_with("repetition limit exceeded") => Some(Limit::Aliases),
            _ => None,
        };
        ReadError {
            limit: self.hit.get().or(own),
            message: without_places(&printed),
            chars: error.location().map(|location| location.index()),
        }
    }
}

/// A parser's message without its " at line 3 column 5": the place is told apart.
fn without_places(message: &str) -> String {
    message
        .split(", ")
        .map(|part| {
            [" at line ", " at position "]
                .iter()
                .filter_map(|place| part.rfind(place))
                .min()
                .map_or(part, |at| &part[..at])
        })
        .collect::<Vec<_>>()
        .join(", ")
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    budget: &'a Budget,
    /// Lists and mappings around the node.
    depth: usize,
}

impl Seed<'_> {
    fn spend<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        self.budget
            .spend(self.depth, bytes)
            .map_err(|limit| E::custom(format!("{limit:?}")))
    }

    fn inside(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Yaml;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Yaml, E> {
        self.spend(0)?;
        Ok(Yaml::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Yaml, E> {
        self.spend(0)?;
        Ok(Yaml::Number(value.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Yaml, E> {
        self.spend(0)?;
        Ok(Yaml::Number(value.into()))
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Yaml, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Yaml, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Yaml, E> {
        self.spend(0)?;
        Ok(serde_json::Number::from_f64(value).map_or(Yaml::NotFinite, Yaml::Number))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Yaml, E> {
        self.spend(value.len())?;
        Ok(Yaml::Text(value.into()))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Yaml, E> {
        self.spend(0)?;
        Ok(Yaml::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Yaml, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        self.inside().spend(0)?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self.inside())? {
            items.push(item);
        }
        Ok(Yaml::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        self.inside().spend(0)?;
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry_seed(self.inside(), self.inside())? {
            entries.push(entry);
        }
        Ok(Yaml::Map(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Yaml, A::Error> {
        let (tag, content) = access.variant_seed(TagName)?;
        self.inside().spend(tag)?;
        let node = content.newtype_variant_seed(self)?;
        Ok(Yaml::Tagged(Box::new(node)))
    }
}

/// Reads a tag's name for its length alone.
struct TagName;

impl<'de> DeserializeSeed<'de> for TagName {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for TagName {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<usize, E> {
        if value.is_empty() {
            return Err(E::custom("an empty tag"));
        }
        Ok(value.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> Option<Limit> {
        read(text).err().and_then(|error| error.limit)
    }

    #[test]
    fn a_key_that_stands_twice_is_kept_twice_and_json_has_the_first() {
        let root = read("a: 1\nb: [x, ~]\na: 2\n").unwrap().root;
        let Yaml::Map(entries) = &root else {
            panic!("{root:?}")
        };
        assert_eq!(entries.len(), 3);
        assert_eq!(
            root.to_json(),
            serde_json::json!({"a": 1, "b": ["x", null]})
        );
    }

    #[test]
    fn depth_is_limited_at_the_sixty_fifth_level() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(limit(&nested(64)), None);
        assert_eq!(limit(&nested(65)), Some(Limit::Depth));
        assert_eq!(limit(&nested(100_000)), Some(Limit::Depth));
        let block: String = (0..65).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        assert_eq!(limit(&block), Some(Limit::Depth));
    }

    #[test]
    fn aliases_are_expanded_but_not_for_ever() {
        let root = read("a: &x [1]\nb: *x\n").unwrap().root;
        assert_eq!(root.to_json(), serde_json::json!({"a": [1], "b": [1]}));
        let mut bomb = String::from("a0: &a0 [x]\n");
        for level in 1..10 {
            let before = level - 1;
            let items = vec![format!("*a{before}"); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert_eq!(limit(&bomb), Some(Limit::Aliases));
        let long = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(100_000),
            vec!["*a"; 1000].join(", ")
        );
        assert_eq!(limit(&long), Some(Limit::Aliases));
        assert_eq!(limit("a: &a [*a]\n"), Some(Limit::Depth));
    }

    #[test]
    fn what_is_not_yaml_says_where_in_characters() {
        let error = read("é: [1, 2\nb: 3\n").unwrap_err();
        assert_eq!(error.limit, None);
        assert!(!error.message.contains("line"), "{}", error.message);
        assert!(error.chars.is_some());
    }
}
