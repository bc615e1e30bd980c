//! Schemas, or parts of one, made to stand inside another without losing what they refer to.
//!
//! It exists because a question about a part (one property, one place, one branch) needs a schema
//! that the prover and the validator can take by itself.

use serde_json::{Value, json};

use crate::keywords::{Place, place_of};

/// Whether references are all that ties it to its document: no names that only a whole document
/// gives meaning to.
pub(crate) fn is_relocatable(schema: &Value) -> bool {
    !names_itself(schema)
}

/// Whether anything in it is a reference; a property of that name counts too.
pub(crate) fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members.contains_key("$ref") || members.values().any(refers),
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}

fn names_itself(schema: &Value) -> bool {
    const NAMES: [&str; 7] = [
        "$id",
        "id",
        "$anchor",
        "$dynamicAnchor",
        "$recursiveAnchor",
        "$dynamicRef",
        "$recursiveRef",
    ];
    match schema {
        Value::Object(members) => members.iter().any(|(name, value)| {
            (NAMES.contains(&name.as_str()) && value.is_string()) || names_itself(value)
        }),
        Value::Array(items) => items.iter().any(names_itself),
        _ => false,
    }
}

/// A part of a schema, its references led to where that schema will stand: `#/$defs/NAME`.
pub(crate) fn relocated(schema: &Value, name: &str) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let members = members.iter().map(|(keyword, value)| {
        let value = match (place_of(keyword), value) {
            (None, Value::String(reference)) if keyword == "$ref" => {
                let pointer = reference.strip_prefix('#').unwrap_or(reference);
                json!(format!("#/$defs/{name}{pointer}"))
            }
            (Some(Place::Schema | Place::SchemaOrList), Value::Object(_)) => relocated(value, name),
            (Some(Place::List | Place::SchemaOrList), Value::Array(schemas)) => schemas
                .iter()
                .map(|schema| relocated(schema, name))
                .collect(),
            (Some(Place::Map), Value::Object(schemas)) => {
                let schemas = schemas.iter();
                Value::Object(
                    schemas
                        .map(|(at, schema)| (at.clone(), relocated(schema, name)))
                        .collect(),
                )
            }
            _ => value.clone(),
        };
        (keyword.clone(), value)
    });
    Value::Object(members.collect())
}

/// The schema without what its dialect ignores beside a `$ref` (all before 2019-09).
pub(crate) fn without_siblings(schema: &Value) -> Value {
    let dialect = schema.get("$schema").and_then(Value::as_str).unwrap_or("");
    match ["draft-03", "draft-04", "draft-06", "draft-07"]
        .iter()
        .any(|draft| dialect.contains(draft))
    {
        true => referring_alone(schema),
        false => schema.clone(),
    }
}

/// Too much may be dropped (a property called `$ref` is no reference only if its value is a schema),
/// never in a way that changes what a reference leads to.
fn referring_alone(schema: &Value) -> Value {
    const KEPT: [&str; 4] = ["$ref", "$schema", "definitions", "$defs"];
    match schema {
        Value::Object(members) => {
            let alone = members.get("$ref").is_some_and(Value::is_string);
            let members = members.iter();
            let members = members.filter(|(name, _)| !alone || KEPT.contains(&name.as_str()));
            let members = members.map(|(name, value)| (name.clone(), referring_alone(value)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.iter().map(referring_alone).collect(),
        _ => schema.clone(),
    }
}
