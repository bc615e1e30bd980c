//! Laws that hold for all schemas: no document contradicts a verdict, every witness is one, a schema
//! is within itself, and what is within what is within a third is within that.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

use blue_compat::{Mode, Part, Verdict, containment, containment_in, derivation};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const NAMES: [&str; 4] = ["a", "b", "kind", "x-a"];
const PATTERNS: [&str; 7] = ["^a", "b$", "^[ab]*$", "^x-", "a*", ".", "^[a-z]{2}$"];

fn a_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-2i64..7).prop_map(Value::from),
        prop::sample::select(vec![0.5, 1.5, -0.25]).prop_map(Value::from),
        "[ab]{0,3}".prop_map(Value::from),
        Just(json!("é\n")),
        Just(json!([])),
        Just(json!([1, "a"])),
        Just(json!({"a": 1})),
    ]
}

fn a_plain_schema() -> impl Strategy<Value = Value> {
    let size = 0u64..4;
    prop_oneof![
        2 => prop::sample::subsequence(
            vec!["string", "integer", "number", "null", "boolean", "array", "object"], 1..3)
            .prop_map(|types| json!({ "type": types })),
        1 => prop::collection::vec(a_value(), 1..4).prop_map(distinct),
        1 => a_value().prop_map(|value| json!({ "const": value })),
        1 => (-2i64..5, -2i64..5).prop_map(|(least, most)|
            json!({"type": "number", "minimum": least, "exclusiveMaximum": most})),
        1 => prop::sample::select(vec![json!(1), json!(2), json!(3), json!(0.5), json!(0.1)])
            .prop_map(|step| json!({"type": "number", "multipleOf": step})),
        1 => (size.clone(), size.clone()).prop_map(|(least, most)|
            json!({"type": "string", "minLength": least, "maxLength": most})),
        2 => prop::sample::select(PATTERNS.to_vec())
            .prop_map(|pattern| json!({"type": "string", "pattern": pattern})),
        1 => (size.clone(), size.clone(), any::<bool>()).prop_map(|(least, most, unique)|
            json!({"type": "array", "minItems": least, "maxItems": most, "uniqueItems": unique})),
        1 => (size.clone(), size).prop_map(|(least, most)|
            json!({"type": "object", "minProperties": least, "maxProperties": most})),
    ]
}

/// `enum` with each value once.
fn distinct(values: Vec<Value>) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    json!({ "enum": kept })
}

fn a_schema() -> impl Strategy<Value = Value> {
    a_plain_schema().prop_recursive(3, 16, 3, |inner| {
        let three = (inner.clone(), inner.clone(), inner.clone());
        let name = prop::sample::select(NAMES.to_vec());
        let pattern = prop::sample::select(PATTERNS.to_vec());
        prop_oneof![
            3 => (an_object(inner.clone()), any::<bool>()).prop_map(|(mut object, is_closed)| {
                if is_closed {
                    object["additionalProperties"] = json!(false);
                }
                object
            }),
            1 => (an_object(inner.clone()), pattern, inner.clone()).prop_map(|(mut object, pattern, inner)| {
                object["patternProperties"] = json!({pattern: inner});
                object
            }),
            1 => (an_object(inner.clone()), inner.clone()).prop_map(|(mut object, rest)| {
                object["unevaluatedProperties"] = rest;
                object
            }),
            1 => (name.clone(), inner.clone()).prop_map(|(name, inner)|
                json!({"type": "object", "dependentSchemas": {name: inner}})),
            1 => (name.clone(), name).prop_map(|(name, other)|
                json!({"type": "object", "dependentRequired": {name: [other]}})),
            1 => inner.clone().prop_map(|names| json!({"type": "object", "propertyNames": names})),
            1 => inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
            1 => three.clone().prop_map(|(first, second, rest)|
                json!({"type": "array", "prefixItems": [first, second], "items": rest})),
            1 => (inner.clone(), 0u64..3, 0u64..3).prop_map(|(item, least, most)|
                json!({"type": "array", "contains": item, "minContains": least, "maxContains": most})),
            1 => (inner.clone(), inner.clone()).prop_map(|(first, rest)|
                json!({"type": "array", "prefixItems": [first], "unevaluatedItems": rest})),
            1 => (inner.clone(), inner.clone()).prop_map(|(one, other)| json!({"anyOf": [one, other]})),
            1 => three.clone().prop_map(|(a, b, c)| json!({"oneOf": [a, b, c]})),
            1 => (inner.clone(), inner.clone()).prop_map(|(one, other)| json!({"allOf": [one, other]})),
            1 => three.prop_map(|(a, b, c)| json!({"if": a, "then": b, "else": c})),
            1 => inner.prop_map(|inner| json!({ "not": inner })),
        ]
    })
}

fn an_object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let names = || prop::sample::subsequence(NAMES.to_vec(), 0..3);
    let schemas = prop::collection::vec(inner, NAMES.len());
    (names(), names(), schemas).prop_map(|(declared, required, schemas)| {
        let properties: Map<String, Value> = declared
            .iter()
            .zip(schemas)
            .map(|(name, schema)| ((*name).to_owned(), schema))
            .collect();
        json!({"type": "object", "properties": properties, "required": required})
    })
}

/// Two versions, most of which have something to do with each other.
fn a_pair() -> impl Strategy<Value = (Value, Value)> {
    (a_schema(), a_schema(), 0..6).prop_map(|(one, other, kind)| match kind {
        0 => (one, other),
        1 => (one.clone(), json!({"allOf": [other, one]})),
        2 => (json!({"anyOf": [other, one.clone()]}), one),
        3 => (one.clone(), json!({"not": {"not": one}})),
        4 => {
            let with = |inner: Value| json!({"type": "object", "properties": {"a": inner}});
            (with(one), with(other))
        }
        _ => {
            let tree = |leaf: Value| {
                json!({"$ref": "#/$defs/n", "$defs": {"n": {"type": "object",
                    "properties": {"a": leaf, "b": {"$ref": "#/$defs/n"}}}}})
            };
            (tree(one), tree(other))
        }
    })
}

fn a_document() -> impl Strategy<Value = Value> {
    a_value().prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), inner, 0..4)
                .prop_map(|members| {
                    let members = members.into_iter();
                    Value::Object(
                        members
                            .map(|(name, value)| (name.to_owned(), value))
                            .collect(),
                    )
                }),
        ]
    })
}

fn accepts(schema: &Value, document: &Value) -> bool {
    jsonschema::validator_for(schema)
        .unwrap()
        .is_valid(document)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_document_contradicts_a_verdict(
        (old, new) in a_pair(),
        documents in prop::collection::vec(a_document(), 48),
    ) {
        let found = containment(&old, &new);
        let sides = [
            (found.backwards, &new, &old, Part::Old),
            (found.forwards, &old, &new, Part::New),
        ];
        for (verdict, emitter, reader, part) in sides {
            match verdict {
                Verdict::Breaking { witness } => {
                    prop_assert!(accepts(emitter, &witness) && !accepts(reader, &witness), "{}", witness);
                }
                Verdict::Compatible => {
                    let emitted = jsonschema::validator_for(emitter).unwrap();
                    let read = jsonschema::validator_for(reader).unwrap();
                    for document in &documents {
                        let shown = emitted.is_valid(document) && !read.is_valid(document);
                        prop_assert!(!shown, "{}", document);
                    }
                    // Why it holds can always be said.
                    let _ = derivation(Mode::Literal, emitter, reader, part);
                }
                Verdict::Unknown { why, .. } => prop_assert!(!why.is_empty()),
            }
        }
    }

    #[test]
    fn a_schema_is_within_itself(schema in a_schema()) {
        let mut told = schema.clone();
        told["description"] = json!("the same");
        for mode in [Mode::Literal, Mode::Emitted] {
            let found = containment_in(mode, &schema, &told);
            prop_assert_eq!(found.backwards, Verdict::Compatible);
            prop_assert_eq!(found.forwards, Verdict::Compatible);
        }
    }

    #[test]
    fn what_is_within_what_is_within_a_third_is_within_that(
        (one, other) in a_pair(),
        third in a_schema(),
        is_union in any::<bool>(),
    ) {
        let third = match is_union {
            true => json!({"anyOf": [third, other.clone()]}),
            false => third,
        };
        let within = |emitter: &Value, reader: &Value| containment(reader, emitter).backwards;
        if within(&one, &other) == Verdict::Compatible && within(&other, &third) == Verdict::Compatible {
            let is_broken = matches!(within(&one, &third), Verdict::Breaking { .. });
            prop_assert!(!is_broken, "{} {} {}", one, other, third);
        }
    }

    /// What holds for all documents holds for those that are emitted.
    #[test]
    fn emitted_is_never_narrower((old, new) in a_pair()) {
        let literal = containment_in(Mode::Literal, &old, &new);
        if literal.backwards == Verdict::Compatible {
            prop_assert_eq!(containment_in(Mode::Emitted, &old, &new).backwards, Verdict::Compatible);
        }
    }
}

/// Schemas on which other tools ran away: twelve alternatives, each of which leads back to all.
#[test]
fn a_recursion_of_twelve_alternatives_ends() {
    let tree = |alternatives: u32, leaf: &str| {
        let mut branches: Vec<Value> = (0..alternatives)
            .map(|kind| {
                json!({"type": "object", "required": ["kind", "left"], "properties": {
                    "kind": {"const": format!("k{kind}")},
                    "left": {"$ref": "#/$defs/e"}, "right": {"$ref": "#/$defs/e"}}})
            })
            .collect();
        branches.push(json!({ "type": leaf }));
        json!({"$ref": "#/$defs/e", "$defs": {"e": {"oneOf": branches}}})
    };
    let fewer = containment(&tree(12, "string"), &tree(11, "string"));
    assert_eq!(fewer.backwards, Verdict::Compatible);
    assert!(matches!(fewer.forwards, Verdict::Breaking { .. }));
    let other = containment(&tree(12, "number"), &tree(12, "integer"));
    assert_eq!(other.backwards, Verdict::Compatible);
    assert!(matches!(other.forwards, Verdict::Breaking { .. }));
    // With nothing to tell them apart but what they must have. Whatever is said of it, it ends.
    let alike = |alternatives: u32, leaf: &str| {
        let mut branches: Vec<Value> = (0..alternatives)
            .map(|kind| {
                json!({"type": "object", "required": [format!("p{kind}")], "additionalProperties": false,
                    "properties": {format!("p{kind}"): {"$ref": "#/$defs/e"}}})
            })
            .collect();
        branches.push(json!({ "type": leaf }));
        json!({"$ref": "#/$defs/e", "$defs": {"e": {"oneOf": branches}}})
    };
    let found = containment(&alike(12, "number"), &alike(12, "integer"));
    assert!(!matches!(found.backwards, Verdict::Breaking { .. }));
    assert!(matches!(found.forwards, Verdict::Breaking { .. }));
}
