//! What both schemas say about one place of a document.
//!
//! It exists because the search makes one candidate for a place out of everything that is said
//! there: through references, branches and negations, by either schema. Too much is collected
//! rather than too little; nothing is concluded from it.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{MAX_MADE, MAX_PER_PLACE, around};
use crate::schema;

/// Schemas looked at for one place.
const MAX_HINTS: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Emitter,
    Reader,
}

/// A schema that says something about the place a candidate is made for.
#[derive(Clone, Copy)]
pub(super) struct Hint<'a> {
    pub(super) schema: &'a Value,
    /// The document its references are resolved in.
    pub(super) root: &'a Value,
    pub(super) side: Side,
}

impl<'a> Hint<'a> {
    pub(super) fn at(self, schema: &'a Value) -> Hint<'a> {
        Hint { schema, ..self }
    }

    pub(super) fn get(self, keyword: &str) -> Option<Hint<'a>> {
        self.schema.get(keyword).map(|schema| self.at(schema))
    }
}

/// The hints and all that apply to the same place through them.
pub(super) fn flatten<'a>(hints: &[Hint<'a>]) -> Vec<Hint<'a>> {
    let mut flat: Vec<Hint<'a>> = Vec::new();
    let mut seen = HashSet::new();
    let mut open: Vec<Hint<'a>> = hints.iter().rev().copied().collect();
    while let Some(hint) = open.pop() {
        let address: *const Value = hint.schema;
        if flat.len() >= MAX_HINTS || !seen.insert((address, hint.side == Side::Emitter)) {
            continue;
        }
        flat.push(hint);
        for keyword in ["not", "if", "then", "else"] {
            open.extend(hint.get(keyword));
        }
        for keyword in ["allOf", "anyOf", "oneOf", "type"] {
            let branches = hint.schema.get(keyword).and_then(Value::as_array);
            open.extend(
                branches
                    .into_iter()
                    .flatten()
                    .rev()
                    .map(|schema| hint.at(schema)),
            );
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            let branches = hint.schema.get(keyword).and_then(Value::as_object);
            open.extend(
                branches
                    .into_iter()
                    .flat_map(Map::values)
                    .map(|schema| hint.at(schema)),
            );
        }
        let reference = hint.schema.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|reference| schema::resolve(hint.root, reference));
        open.extend(target.map(|schema| hint.at(schema)));
    }
    flat
}

/// The hint's schema with what its references need.
pub(super) fn standing_alone(hint: Hint<'_>) -> Value {
    let mut whole = Map::new();
    for keyword in ["$schema", "$defs", "definitions"] {
        if let Some(value) = hint.root.get(keyword) {
            whole.insert(keyword.to_owned(), value.clone());
        }
    }
    whole.insert("allOf".to_owned(), json!([hint.schema]));
    Value::Object(whole)
}

/// A property that no schema is likely to name.
pub(super) const EXTRA: &str = "extra";

pub(super) fn property_names(hints: &[Hint<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if names.len() < 2 * MAX_PER_PLACE && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    for hint in hints {
        let schema = hint.schema;
        let lists = [
            schema.get("required"),
            schema.pointer("/propertyNames/enum"),
        ];
        let words = lists
            .into_iter()
            .flatten()
            .filter_map(Value::as_array)
            .flatten();
        words.filter_map(Value::as_str).for_each(&mut add);
        let word = schema
            .pointer("/propertyNames/const")
            .and_then(Value::as_str);
        word.into_iter().for_each(&mut add);
        for keyword in [
            "properties",
            "dependentRequired",
            "dependentSchemas",
            "dependencies",
        ] {
            let members = schema.get(keyword).and_then(Value::as_object);
            for (name, value) in members.into_iter().flatten() {
                add(name);
                let needed = value.as_array().into_iter().flatten();
                needed.filter_map(Value::as_str).for_each(&mut add);
            }
        }
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let name = schema
            .pointer("/propertyNames/pattern")
            .and_then(Value::as_str);
        for pattern in patterns
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .chain(name)
        {
            crate::sample::matching(pattern)
                .iter()
                .for_each(|name| add(name));
        }
        let lengths = ["/propertyNames/minLength", "/propertyNames/maxLength"];
        for bound in lengths
            .iter()
            .filter_map(|pointer| schema.pointer(pointer)?.as_u64())
        {
            for length in around(bound)
                .into_iter()
                .filter(|length| *length <= MAX_MADE)
            {
                add(&"p".repeat(usize::try_from(length).unwrap_or(0)));
            }
        }
    }
    if !names.is_empty() || hints.iter().any(|hint| speaks_of_objects(hint.schema)) {
        names.push(EXTRA.to_owned());
    }
    names
}

/// All that is said about a property of that name; too much rather than too little.
pub(super) fn property_hints<'a>(hints: &[Hint<'a>], name: &str) -> Vec<Hint<'a>> {
    let mut about = Vec::new();
    for hint in hints {
        let declared = hint
            .get("properties")
            .and_then(|properties| properties.get(name));
        let mut spoken = declared.is_some();
        about.extend(declared);
        let patterns = hint
            .schema
            .get("patternProperties")
            .and_then(Value::as_object);
        for (pattern, schema) in patterns.into_iter().flatten() {
            if crate::sample::is_match(pattern, name) {
                spoken = true;
                about.push(hint.at(schema));
            }
        }
        if !spoken {
            about.extend(hint.get("additionalProperties"));
            about.extend(hint.get("unevaluatedProperties"));
        }
    }
    about
}

pub(super) fn speaks_of_objects(schema: &Value) -> bool {
    const KEYWORDS: [&str; 5] = [
        "additionalProperties",
        "unevaluatedProperties",
        "minProperties",
        "maxProperties",
        "propertyNames",
    ];
    says_type(schema, "object") || KEYWORDS.iter().any(|keyword| schema.get(keyword).is_some())
}

pub(super) fn speaks_of_arrays(schema: &Value) -> bool {
    const KEYWORDS: [&str; 7] = [
        "items",
        "prefixItems",
        "contains",
        "minItems",
        "maxItems",
        "uniqueItems",
        "unevaluatedItems",
    ];
    says_type(schema, "array") || KEYWORDS.iter().any(|keyword| schema.get(keyword).is_some())
}

fn says_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    }
}

/// The schemas of the first items: `prefixItems`, or a list as `items` in older dialects.
pub(super) fn tuple<'a>(hint: Hint<'a>) -> &'a [Value] {
    let lists = [hint.schema.get("prefixItems"), hint.schema.get("items")];
    let list = lists.into_iter().flatten().find_map(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

pub(super) fn item_hints<'a>(hints: &[Hint<'a>], index: usize) -> Vec<Hint<'a>> {
    let mut about = Vec::new();
    for hint in hints {
        if let Some(schema) = tuple(*hint).get(index) {
            about.push(hint.at(schema));
            continue;
        }
        let rest = ["items", "additionalItems", "unevaluatedItems"].iter();
        about.extend(
            rest.filter_map(|keyword| hint.get(keyword))
                .filter(|rest| !rest.schema.is_array()),
        );
    }
    about
}
