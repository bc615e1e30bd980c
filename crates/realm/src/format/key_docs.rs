//! What a key of a file means, for a hover on it: looked up in the file's own JSON Schema, so that
//! a YAML editor and Blue say the same.

use serde_json::Value;

use super::FileFormat;
use crate::spans::Step;

/// The documentation of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDoc {
    /// The key with those above it: `governance.admission`, `exports[].match`.
    pub title: String,
    /// One to three sentences.
    pub markdown: String,
    /// What holds where the key is left out, as YAML writes it.
    pub default: Option<String>,
    /// What stands there, in words: `text`, `true or false`, `list of text`. Empty: anything.
    pub types: String,
    /// The words that it can be, each with its meaning; empty if it is not one of some words.
    pub words: Vec<(String, String)>,
    /// True if the file is wrong without it.
    pub required: bool,
}

impl KeyDoc {
    /// What the word under a cursor means.
    #[must_use]
    pub fn word(&self, word: &str) -> Option<&str> {
        let found = self.words.iter().find(|(known, _)| known == word);
        found.map(|(_, meaning)| meaning.as_str())
    }
}

/// The documentation of the key at the end of `route`; of an item of a list, its list's. Nothing for
/// a key that the format does not know, and below `schema` and `value` of a contract.
#[must_use]
pub fn key_docs(format: FileFormat, route: &[Step<'_>]) -> Option<KeyDoc> {
    let root = format.json_schema();
    let mut found = Found {
        schemas: alternatives(root, root),
        entry: None,
        above: None,
        required: false,
    };
    let mut title = String::new();
    for step in route {
        match step {
            Step::Key(key) => {
                found = found.key(root, key)?;
                if !title.is_empty() {
                    title.push('.');
                }
                title.push_str(key);
            }
            Step::Index(_) => {
                found = found.item(root)?;
                title.push_str("[]");
            }
        }
    }
    let entry = found.entry?;
    // The entries of a table are documented by the table.
    let markdown = text(entry, "description").or(found.above).or_else(|| {
        found
            .schemas
            .iter()
            .find_map(|schema| text(schema, "description"))
    })?;
    let words: Vec<(String, String)> = found
        .schemas
        .iter()
        .flat_map(|schema| words(schema))
        .collect();
    Some(KeyDoc {
        title: title
            .trim_end_matches("[]")
            .trim_start_matches("[].")
            .to_owned(),
        markdown: markdown.to_owned(),
        default: entry.get("default").map(crate::edit::flow),
        types: match words.is_empty() {
            true => types(root, &found.schemas),
            false => "one of the words below".to_owned(),
        },
        words,
        required: found.required,
    })
}

/// Where the walk stands.
struct Found<'s> {
    /// What the value may be, without references.
    schemas: Vec<&'s Value>,
    /// The schema of the entry as the mapping has it, with its own description and default.
    entry: Option<&'s Value>,
    /// The documentation of the mapping that the entry is of.
    above: Option<&'s str>,
    required: bool,
}

impl<'s> Found<'s> {
    fn key(&self, root: &'s Value, key: &str) -> Option<Self> {
        let entries: Vec<(&Value, &Value)> = self
            .schemas
            .iter()
            .filter_map(|schema| Some((*schema, entry(schema, key)?)))
            .collect();
        let (_, first) = *entries.first()?;
        let requires = |schema: &Value| {
            let keys = schema.get("required").and_then(Value::as_array);
            keys.is_some_and(|keys| keys.iter().any(|known| known == key))
        };
        Some(Self {
            schemas: entries
                .iter()
                .flat_map(|(_, entry)| alternatives(root, entry))
                .collect(),
            entry: Some(first),
            above: self.entry.and_then(|entry| text(entry, "description")),
            required: entries.iter().all(|(schema, _)| requires(schema)),
        })
    }

    fn item(&self, root: &'s Value) -> Option<Self> {
        let items: Vec<&Value> = self
            .schemas
            .iter()
            .filter_map(|schema| schema.get("items"))
            .collect();
        items.first()?;
        Some(Self {
            schemas: items
                .into_iter()
                .flat_map(|item| alternatives(root, item))
                .collect(),
            entry: self.entry,
            above: self.above,
            required: self.required,
        })
    }
}

fn entry<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    if let Some(known) = schema.get("properties").and_then(|known| known.get(key)) {
        return Some(known);
    }
    let table = schema
        .get("additionalProperties")
        .filter(|table| table.is_object())?;
    let names = schema
        .pointer("/propertyNames/enum")
        .and_then(Value::as_array);
    names
        .is_none_or(|names| names.iter().any(|name| name == key))
        .then_some(table)
}

/// What a schema may be, references followed. A schema of words stands for itself.
fn alternatives<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    if let Some(name) = text(schema, "$ref").and_then(|to| to.strip_prefix("#/$defs/")) {
        let target = root.get("$defs").and_then(|known| known.get(name));
        return target
            .map(|target| alternatives(root, target))
            .unwrap_or_default();
    }
    let choices = schema.get("anyOf").and_then(Value::as_array);
    match choices {
        Some(choices) => choices
            .iter()
            .flat_map(|choice| alternatives(root, choice))
            .collect(),
        None => vec![schema],
    }
}

fn words(schema: &Value) -> Vec<(String, String)> {
    let choices = schema.get("oneOf").and_then(Value::as_array);
    choices
        .into_iter()
        .flatten()
        .filter_map(|choice| {
            let word = text(choice, "const")?;
            let meaning = text(choice, "description").unwrap_or_default();
            Some((word.to_owned(), meaning.to_owned()))
        })
        .collect()
}

fn types(root: &Value, schemas: &[&Value]) -> String {
    let mut said: Vec<String> = Vec::new();
    for schema in schemas {
        let Some(types) = schema.get("type") else {
            return String::new();
        };
        let names = types
            .as_array()
            .map_or_else(|| vec![types], |types| types.iter().collect());
        for name in names {
            let word = match name.as_str().unwrap_or_default() {
                "array" => match schema.get("items") {
                    Some(items) => format!("list of {}", plural(root, items)),
                    None => "list".to_owned(),
                },
                "string" => "text".to_owned(),
                // Any scalar will do, and is text.
                "number" | "boolean" if types.is_array() => continue,
                "boolean" => "true or false".to_owned(),
                "integer" => "whole number".to_owned(),
                "object" => "mapping".to_owned(),
                "null" => "nothing".to_owned(),
                other => other.to_owned(),
            };
            if !said.contains(&word) {
                said.push(word);
            }
        }
    }
    said.join(", or ")
}

fn plural(root: &Value, items: &Value) -> String {
    let alternatives = alternatives(root, items);
    match alternatives.iter().any(|item| !words(item).is_empty()) {
        true => "words".to_owned(),
        false => types(root, &alternatives).replace("mapping", "mappings"),
    }
}

fn text<'s>(schema: &'s Value, key: &str) -> Option<&'s str> {
    schema.get(key)?.as_str()
}
