//! Mode `emitted`, by hand and against random documents.

use super::*;
use proptest::prelude::*;
use serde_json::json;

/// `y`, `n` or `?` for backwards in mode literal and emitted.
#[track_caller]
fn check(old: Value, new: Value, literal: char, emitted: char) {
    let word = |mode| match containment_in(mode, &old, &new).backwards {
        Verdict::Compatible => 'y',
        Verdict::Breaking { .. } => 'n',
        Verdict::Unknown { .. } => '?',
    };
    let words = (word(Mode::Literal), word(Mode::Emitted));
    let both = containment_in(Mode::Emitted, &old, &new);
    assert_eq!(words, (literal, emitted), "{old} → {new}: {both:?}");
}

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

#[test]
fn what_is_not_declared_is_not_emitted() {
    let a = object(json!({"a": {"type": "string"}}));
    let ab = object(json!({"a": {"type": "string"}, "b": {"type": "string"}}));
    // A property leaves the new schema: nothing under its name is emitted any more.
    check(ab.clone(), a.clone(), 'n', 'y');
    check(a.clone(), ab.clone(), 'y', 'y');
    // The reader asks for it.
    let mut asking = ab.clone();
    asking["required"] = json!(["b"]);
    check(asking, a.clone(), 'n', 'n');
    // The reader refuses what is declared.
    let mut closed = a.clone();
    closed["additionalProperties"] = json!(false);
    check(closed.clone(), ab.clone(), 'n', 'n');
    check(closed.clone(), a.clone(), 'n', 'y');
    // An additionalProperties that is a schema declares; `true` does not.
    let with = |rest: Value| {
        let mut schema = a.clone();
        schema["additionalProperties"] = rest;
        schema
    };
    check(closed.clone(), with(json!({"type": "string"})), 'n', 'n');
    check(closed.clone(), with(json!(true)), 'n', 'y');
    check(ab.clone(), with(json!({"type": "string"})), 'y', 'y');
    check(ab.clone(), with(json!({"type": "integer"})), 'n', 'n');
    // patternProperties declare what they match.
    let mut pattern = a.clone();
    pattern["patternProperties"] = json!({"^x-": {"type": "integer"}});
    check(closed.clone(), pattern.clone(), 'n', 'n');
    check(ab.clone(), pattern, 'n', 'y');
}

#[test]
fn references_that_are_kept_lead_into_the_schema_as_it_was() {
    let with = |patterns: Value| {
        json!({
            "type": "object", "required": ["read"], "additionalProperties": false,
            "properties": {"read": {"$ref": "#/$defs/patterns"}},
            "$defs": {"patterns": patterns},
        })
    };
    let unique = json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true});
    let any = json!({"type": "array", "items": {"type": "string"}, "uniqueItems": false});
    check(with(unique.clone()), with(any.clone()), 'n', 'n');
    check(with(any), with(unique), 'y', 'y');
}

#[test]
fn places_below_are_closed_too() {
    let nest = |inner: Value| object(json!({"read": {"type": "array", "items": inner}}));
    let a = object(json!({"a": {"type": "string"}}));
    let ab = object(json!({"a": {"type": "string"}, "b": {"type": "string"}}));
    check(nest(ab.clone()), nest(a.clone()), 'n', 'y');
    check(
        object(json!({"x": ab.clone()})),
        object(json!({"x": a.clone()})),
        'n',
        'y',
    );
    let rest = |inner: &Value| json!({"type": "object", "additionalProperties": inner});
    check(rest(&ab), rest(&a), 'n', 'y');
    let tuple = |inner: &Value| json!({"type": "array", "prefixItems": [inner]});
    check(tuple(&ab), tuple(&a), 'n', 'y');
    let behind = |inner: &Value| json!({"$ref": "#/$defs/entry", "$defs": {"entry": inner}});
    check(behind(&ab), behind(&a), 'n', 'y');
}

#[test]
fn schemas_that_apply_in_place_declare_together() {
    let a = json!({"properties": {"a": {"type": "string"}}});
    let b = json!({"properties": {"b": {"type": "string"}}});
    let c = json!({"properties": {"c": {"type": "string"}}});
    let all = |parts: &[&Value]| json!({"type": "object", "allOf": parts});
    check(all(&[&a, &b, &c]), all(&[&a, &b]), 'n', 'y');
    let closed = json!({"type": "object", "properties": {"a": true, "b": true}, "additionalProperties": false});
    check(closed.clone(), all(&[&a, &b]), 'n', 'y');
    check(closed.clone(), all(&[&a, &c]), 'n', 'n');
    // One child, declared by two.
    let deep = |inner: &Value| json!({"properties": {"x": inner}});
    let split = json!({"type": "object", "allOf": [deep(&a), deep(&b)]});
    let whole = object(
        json!({"x": {"properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}}}}),
    );
    check(whole, split.clone(), 'n', 'y');
    let exact =
        object(json!({"x": {"properties": {"a": true, "b": true}, "additionalProperties": false}}));
    check(exact, split, 'n', 'y');
    let spread = json!({"type": "object", "allOf": [{"$ref": "#/$defs/base"}],
        "properties": {"a": {"type": "string"}}, "$defs": {"base": b}});
    check(closed, spread, 'n', 'y');
}

#[test]
fn each_alternative_declares_for_itself() {
    let branch = |kind: &str, name: &str| {
        json!({"type": "object", "required": ["kind"],
            "properties": {"kind": {"const": kind}, name: {"type": "string"}}})
    };
    let one = json!({"oneOf": [branch("s3", "bucket"), branch("queue", "name")]});
    let closed = |schema: Value| {
        let mut schema = schema;
        schema["additionalProperties"] = json!(false);
        schema
    };
    let exact = json!({"oneOf": [closed(branch("s3", "bucket")), closed(branch("queue", "name"))]});
    check(exact.clone(), one.clone(), 'n', 'y');
    let crossed =
        json!({"oneOf": [closed(branch("s3", "name")), closed(branch("queue", "bucket"))]});
    check(crossed, one.clone(), 'n', 'n');
    let any = json!({"anyOf": [branch("s3", "bucket"), branch("queue", "name")]});
    check(exact, any, 'n', 'y');
    let either = json!({"type": "object", "properties": {"a": {"type": "string"}},
        "if": {"required": ["a"]}, "then": {"properties": {"b": {"type": "string"}}}, "else": {"properties": {"c": {"type": "string"}}}});
    let all = json!({"type": "object", "properties": {"a": true, "b": true, "c": true}, "additionalProperties": false});
    check(all, either, 'n', 'y');
}

#[test]
fn a_not_stays_as_it_is_written() {
    let old = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "not": {"required": ["a", "b"]}});
    let new = json!({"type": "object", "properties": {"a": {"type": "string"}}, "not": {"properties": {"a": {"const": "x"}}, "required": ["a"]}});
    check(old, new, 'n', 'y');
}

#[test]
fn nothing_left_to_emit_is_no_proof() {
    let new = json!({"type": "object", "required": ["b"], "properties": {"a": {}}});
    let old = json!({"type": "object", "required": ["a"]});
    check(old, new, 'n', '?');
}

#[test]
fn recursion_ends() {
    let tree = |leaf: Value| {
        json!({"$ref": "#/$defs/n", "$defs": {"n": {"type": "object",
            "properties": {"value": leaf, "next": {"$ref": "#/$defs/n"}}}}})
    };
    let found = containment_in(
        Mode::Emitted,
        &tree(json!({"type": "string"})),
        &tree(json!({"type": "integer"})),
    );
    assert!(
        matches!(found.backwards, Verdict::Breaking { .. }),
        "{found:?}"
    );
    let twelve: Vec<Value> = (0..12)
        .map(|n| json!({"properties": {format!("p{n}"): {"$ref": "#"}}, "required": [format!("p{n}")]}))
        .collect();
    let wide = json!({"type": "object", "oneOf": twelve});
    let mut wider = wide.clone();
    wider["maxProperties"] = json!(3);
    for mode in [Mode::Literal, Mode::Emitted] {
        let _ends = containment_in(mode, &wide, &wider);
    }
}

/// Objects that declare in every way there is.
fn a_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!({})),
        Just(json!({"type": "string"})),
        Just(json!({"type": "integer"})),
        Just(json!({"type": "object"})),
        Just(json!({"required": ["a"]})),
    ];
    leaf.prop_recursive(3, 14, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(a, b)| json!({"properties": {"a": a, "b": b}})),
            inner.clone().prop_map(|a| json!({"properties": {"a": a}, "required": ["a"]})),
            pair.clone().prop_map(|(a, x)| json!({"type": "object", "properties": {"a": a}, "patternProperties": {"^[bx]": x}})),
            pair.clone().prop_map(|(a, rest)| json!({"properties": {"a": a}, "additionalProperties": rest})),
            inner.clone().prop_map(|items| json!({"items": items})),
            inner.clone().prop_map(|item| json!({"contains": item})),
            pair.clone().prop_map(|(a, b)| json!({"allOf": [a, b]})),
            pair.clone().prop_map(|(a, b)| json!({"anyOf": [a, b]})),
            pair.clone().prop_map(|(a, b)| json!({"oneOf": [a, b]})),
            pair.clone().prop_map(|(a, b)| json!({"if": {"required": ["a"]}, "then": a, "else": b})),
            pair.clone().prop_map(|(a, b)| json!({"dependentSchemas": {"a": a}, "properties": {"a": b}})),
            pair.prop_map(|(a, b)| json!({"allOf": [a], "not": b})),
        ]
    })
}

fn a_document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!("s")), Just(json!(1)), Just(json!({}))];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            2 => prop::collection::btree_map("[abcx]", inner.clone(), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            1 => prop::collection::vec(inner, 0..3).prop_map(Value::from),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    /// What is written for the prover accepts all that is emitted.
    #[test]
    fn the_written_schema_misses_no_emitted_document(
        schema in a_schema(),
        documents in prop::collection::vec(a_document(), 32),
    ) {
        let Some(written) = closed::rewritten(&schema) else { return Ok(()) };
        let validator = schema::compile(&schema).unwrap();
        let emitter = Closed { schema: &schema, validator: &validator };
        let written_validator = schema::compile(&written).unwrap();
        for document in &documents {
            if emitter.accepts(document) {
                prop_assert!(written_validator.accepts(document), "{} {} {}", schema, written, document);
            }
        }
    }

    /// No document contradicts a verdict.
    #[test]
    fn no_emitted_document_contradicts_a_verdict(
        old in a_schema(),
        new in a_schema(),
        documents in prop::collection::vec(a_document(), 24),
    ) {
        let found = containment_in(Mode::Emitted, &old, &new);
        for (verdict, emitter, reader) in [(found.backwards, &new, &old), (found.forwards, &old, &new)] {
            let emits = schema::compile(emitter).unwrap();
            let closed = Closed { schema: emitter, validator: &emits };
            let reads = schema::compile(reader).unwrap();
            match verdict {
                Verdict::Compatible => for document in &documents {
                    prop_assert!(!closed.accepts(document) || reads.accepts(document), "{} {} {}", emitter, reader, document);
                },
                Verdict::Breaking { witness } => prop_assert!(closed.accepts(&witness) && !reads.accepts(&witness)),
                Verdict::Unknown { .. } => {}
            }
        }
    }
}

#[test]
fn a_recursion_is_closed_on_every_level() {
    let tree = |more: Value| {
        let mut node = object(
            json!({"next": {"$ref": "#/$defs/n"}, "value": {"type": "string"},
            "kids": {"type": "array", "items": {"$ref": "#/$defs/n"}}}),
        );
        for (name, schema) in more.as_object().unwrap() {
            node["properties"][name] = schema.clone();
        }
        json!({"$defs": {"n": node}, "type": "object", "properties": {"root": {"$ref": "#/$defs/n"}}})
    };
    let more = tree(json!({"label": {"type": "string"}}));
    check(more.clone(), tree(json!({})), 'n', 'y');
    check(tree(json!({"value": {"type": "integer"}})), more, 'n', 'n');
}
