//! What of a schema carries meaning: everything but words for readers and the order of sets.
//!
//! It exists so that a corrected description asks for a patch and no proof.

use serde_json::{Map, Value};

use crate::keywords::{Place, asserts_nothing, place_of};

/// The schema without annotations, its sets (`required`, `enum`, `type`) in one order.
pub(super) fn meaning(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let said = members.iter().filter(|(name, _)| !asserts_nothing(name));
    let said = said.map(|(name, value)| (name.clone(), keyword(name, value)));
    Value::Object(said.collect())
}

fn keyword(name: &str, value: &Value) -> Value {
    let each = |members: &Map<String, Value>| {
        let members = members.iter();
        Value::Object(
            members
                .map(|(name, schema)| (name.clone(), meaning(schema)))
                .collect(),
        )
    };
    match (place_of(name), value) {
        (Some(Place::Schema | Place::SchemaOrList), Value::Object(_)) => meaning(value),
        (Some(Place::List | Place::SchemaOrList), Value::Array(schemas)) => {
            schemas.iter().map(meaning).collect()
        }
        (Some(Place::Map), Value::Object(members)) => each(members),
        (None, Value::Array(items)) if matches!(name, "required" | "enum" | "type") => {
            let mut items = items.clone();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_and_order_carry_no_meaning() {
        let rows = [
            (json!({"description": "a"}), json!({}), true),
            (
                json!({"properties": {"description": {"title": "b"}}}),
                json!({"properties": {"description": {}}}),
                true,
            ),
            (
                json!({"properties": {"description": {}}}),
                json!({"properties": {}}),
                false,
            ),
            (
                json!({"required": ["a", "b"], "type": ["null", "object"]}),
                json!({"type": ["object", "null"], "required": ["b", "a"]}),
                true,
            ),
            (
                json!({"anyOf": [{"enum": [1, 2]}]}),
                json!({"anyOf": [{"enum": [2, 1], "$comment": "c"}]}),
                true,
            ),
            (json!({"const": {"title": 1}}), json!({"const": {}}), false),
        ];
        for (one, other, same) in rows {
            assert_eq!(meaning(&one) == meaning(&other), same, "{one} {other}");
        }
    }
}
