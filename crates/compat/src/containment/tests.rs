use super::*;
use proptest::prelude::*;
use serde_json::json;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Unknown,
}
use Answer::{No, Unknown, Yes};

/// The answer; a witness is held against both schemas by a validator of this test's own.
fn answer(verdict: &Verdict, emitter: &Value, reader: &Value) -> Answer {
    match verdict {
        Verdict::Compatible => Yes,
        Verdict::Breaking { witness } => {
            let accepts = |schema| jsonschema::validator_for(schema).unwrap().is_valid(witness);
            assert!(
                accepts(emitter) && !accepts(reader),
                "{witness}: {emitter} → {reader}"
            );
            No
        }
        Verdict::Unknown { why, .. } => {
            assert!(!why.is_empty());
            Unknown
        }
    }
}

#[track_caller]
fn check(old: Value, new: Value, backwards: Answer, forwards: Answer) {
    let found = containment(&old, &new);
    let answers = (
        answer(&found.backwards, &new, &old),
        answer(&found.forwards, &old, &new),
    );
    assert_eq!(answers, (backwards, forwards), "{old} → {new}: {found:?}");
}

#[test]
fn both_directions() {
    let paths = |items: Value| {
        json!({"type": "object", "required": ["paths"],
        "properties": {"paths": {"type": "array", "items": items}}})
    };
    check(json!(true), json!({}), Yes, Yes);
    check(json!(false), json!({"type": "string"}), No, Yes);
    check(
        json!({"type": "integer"}),
        json!({"type": "number"}),
        No,
        Yes,
    );
    check(
        json!({"type": ["string", "null"]}),
        json!({"type": "string"}),
        Yes,
        No,
    );
    check(
        json!({"enum": ["a", "b"]}),
        json!({"enum": ["b", "c"]}),
        No,
        No,
    );
    check(
        json!({"type": "string", "maxLength": 8}),
        json!({"type": "string", "maxLength": 4}),
        Yes,
        No,
    );
    check(
        json!({"minimum": 0}),
        json!({"exclusiveMinimum": 0}),
        Yes,
        No,
    );
    check(json!({"multipleOf": 2}), json!({"multipleOf": 3}), No, No);
    check(json!({"minItems": 3}), json!({"minItems": 2}), No, Yes);
    check(json!({"uniqueItems": true}), json!({}), No, Yes);
    check(
        json!({"pattern": "^s3://"}),
        json!({"pattern": "^gs://"}),
        No,
        No,
    );
    check(paths(json!({"type": "string"})), paths(json!({})), No, Yes);
    check(
        paths(json!({"enum": ["a"]})),
        paths(json!({"enum": ["a", "b"]})),
        No,
        Yes,
    );
    // Open objects, as written: old data may hold anything under the new name.
    let open = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let more =
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}});
    check(open.clone(), more, Yes, No);
    let mut closed = open.clone();
    closed["additionalProperties"] = json!(false);
    check(open, closed, Yes, No);
    // Two keywords apart, several levels down.
    let deep = |leaf: Value| json!({"properties": {"a": {"items": {"properties": {"b": leaf}}}}});
    check(
        deep(json!({"maximum": 9})),
        deep(json!({"maximum": 10})),
        No,
        Yes,
    );
    let tree = |leaf: Value| {
        json!({"$ref": "#/$defs/n", "$defs": {"n": {"type": "object",
        "properties": {"value": leaf, "next": {"$ref": "#/$defs/n"}}}}})
    };
    let nested = |leaf: &str| {
        (0..20).fold(
            json!({"type": leaf}),
            |inner, _| json!({"type": "object", "properties": {"a": inner}, "required": ["a"]}),
        )
    };
    check(nested("string"), nested("number"), No, No);
    let long = |names: std::ops::Range<usize>| {
        let names: Vec<String> = names.map(|name| format!("s3://raw/{name}")).collect();
        json!({"properties": {"paths": {"items": {"enum": names}}}})
    };
    check(long(0..300), long(0..301), No, Yes);
    let nullable = json!({"type": ["string", "null"]});
    check(tree(json!({"type": "string"})), tree(nullable), No, Yes);
    // Draft-04 tells 2.0 from the integer 2, few writers and readers do: whole is whole.
    let fourth = |mut schema: Value| {
        schema["$schema"] = json!("http://json-schema.org/draft-04/schema#");
        schema
    };
    let whole = fourth(json!({"type": "integer"}));
    check(whole.clone(), fourth(json!({"enum": [1, 2.0]})), Yes, No);
    check(whole, fourth(json!({"multipleOf": 5})), No, No);
    check(fourth(json!({"type": "string"})), json!(true), No, Yes);
    check(json!(false), fourth(json!({"type": "string"})), No, Yes);
}

#[test]
fn a_schema_that_cannot_be_used_is_unknown() {
    for schema in [
        json!({"$ref": "https://example.com/a"}),
        json!({"type": 7}),
        json!({"pattern": "(?=a)"}),
    ] {
        for (old, new) in [(json!({}), schema.clone()), (schema.clone(), json!({}))] {
            let found = containment(&old, &new);
            assert!(
                matches!(found.backwards, Verdict::Unknown { .. }),
                "{found:?}"
            );
            assert!(
                matches!(found.forwards, Verdict::Unknown { .. }),
                "{found:?}"
            );
        }
    }
}

#[test]
fn a_long_chain_of_references_is_no_overflow() {
    let chain = |last: Value| {
        let link = |i: usize| {
            let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
            (
                format!("d{i}"),
                json!({"properties": {"a": {"items": next}}}),
            )
        };
        let mut defs: serde_json::Map<String, Value> = (0..200).map(link).collect();
        defs.insert("d200".to_owned(), last);
        json!({"$ref": "#/$defs/d0", "$defs": defs})
    };
    let found = containment(
        &chain(json!({"type": "string"})),
        &chain(json!({"type": "number"})),
    );
    assert!(!matches!(found.backwards, Verdict::Compatible));
}

fn a_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(true)),
        prop::sample::select(vec![
            "string", "integer", "number", "null", "array", "object"
        ])
        .prop_map(|kind| json!({"type": kind})),
        (0i64..4).prop_map(|n| json!({"minimum": n})),
        (0i64..4).prop_map(|n| json!({"type": "number", "maximum": n})),
        (0i64..3).prop_map(|n| json!({"minLength": n})),
        (0i64..3).prop_map(|n| json!({"type": "string", "maxLength": n})),
        prop::collection::vec(
            prop_oneof![Just(json!("a")), Just(json!(1)), Just(json!([]))],
            1..3
        )
        .prop_map(|values| json!({"enum": values})),
        Just(json!({"type": "array", "maxItems": 1})),
        Just(json!({"type": "string", "pattern": "^a"})),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| json!({"items": items})),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| json!({"properties": {"a": a, "b": b}})),
            inner.clone().prop_map(
                |a| json!({"type": "object", "properties": {"a": a}, "required": ["a"],
                "additionalProperties": false})
            ),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({"anyOf": [a, b]})),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({"allOf": [a, b]})),
            inner.prop_map(|a| json!({"not": a})),
        ]
    })
}

fn a_document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        (-1i64..5).prop_map(Value::from),
        Just(json!(0.5)),
        "[ab]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_document_contradicts_a_verdict(
        old in a_schema(),
        new in a_schema(),
        documents in prop::collection::vec(a_document(), 24),
    ) {
        let found = containment(&old, &new);
        let pairs = [(found.backwards, &new, &old), (found.forwards, &old, &new)];
        for (verdict, emitter, reader) in pairs {
            if answer(&verdict, emitter, reader) != Yes {
                continue;
            }
            let emitted = jsonschema::validator_for(emitter).unwrap();
            let read = jsonschema::validator_for(reader).unwrap();
            for document in &documents {
                prop_assert!(!emitted.is_valid(document) || read.is_valid(document), "{}", document);
            }
        }
    }
}
