//! What one pair of schemas costs, both questions and the confirmation of witnesses included.

#![allow(missing_docs)] // criterion's macros write public functions.

use std::hint::black_box;
use std::time::Duration;

use blue_compat::{Mode, containment_in};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};

fn pairs() -> Vec<(&'static str, Value, Value)> {
    let permissions = |write: Value| {
        json!({"type": "object", "required": ["read"], "additionalProperties": false,
            "properties": {"read": {"type": "array", "items": {"type": "string", "pattern": "^s3://"},
                "uniqueItems": true}, "write": write}})
    };
    let list = json!({"type": "array", "items": {"type": "string"}});
    let tree = |leaf: &str| {
        json!({"$ref": "#/$defs/n", "$defs": {"n": {"type": "object",
            "properties": {"value": {"type": leaf}, "next": {"$ref": "#/$defs/n"}}}}})
    };
    let pattern = |text: &str| json!({"type": "string", "pattern": text});
    let alternatives = |count: u32| {
        let branch = |kind: u32| {
            json!({"type": "object", "required": ["kind"],
                "properties": {"kind": {"const": kind}, "left": {"$ref": "#/$defs/e"}}})
        };
        let branches: Vec<Value> = (0..count).map(branch).collect();
        json!({"$ref": "#/$defs/e", "$defs": {"e": {"oneOf": branches}}})
    };
    vec![
        (
            "a contract",
            permissions(list.clone()),
            permissions(json!({"allOf": [list], "maxItems": 9})),
        ),
        ("a recursion", tree("number"), tree("integer")),
        (
            "two patterns",
            pattern("^[a-z]+(/[a-z]+)*$"),
            pattern("^(raw|curated)/[a-z]+$"),
        ),
        ("recursive oneOf of 12", alternatives(12), alternatives(11)),
    ]
}

fn compare(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pair");
    for (name, old, new) in pairs() {
        for (mode, word) in [(Mode::Literal, "literal"), (Mode::Emitted, "emitted")] {
            group.bench_function(format!("{name}, {word}"), |bencher| {
                bencher.iter(|| containment_in(mode, black_box(&old), black_box(&new)));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = compare
}
criterion_main!(benches);
