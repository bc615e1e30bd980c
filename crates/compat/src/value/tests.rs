use super::*;
use proptest::prelude::*;
use serde_json::json;

/// One line a change: `+pointer new`, `-pointer old`, `~pointer old → new`, `↕pointer`.
fn drawn(old: Value, new: Value) -> Vec<String> {
    let diff = diff(&old, &new);
    let show = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let draw = |change: &ValueChange| match change.kind {
        ChangeKind::Added => format!("+{} {}", change.pointer, show(&change.new)),
        ChangeKind::Removed => format!("-{} {}", change.pointer, show(&change.old)),
        ChangeKind::Changed => {
            format!(
                "~{} {} → {}",
                change.pointer,
                show(&change.old),
                show(&change.new)
            )
        }
    };
    let changes = diff.changes.iter().map(draw);
    changes
        .chain(diff.reordered.iter().map(|at| format!("↕{at}")))
        .collect()
}

#[test]
fn changes_and_where_they_are() {
    let rows: Vec<(Value, Value, Effect, Vec<&str>)> = vec![
        (
            json!({"paths": ["a", "b"]}),
            json!({"paths": ["a", "b"]}),
            Effect::None,
            vec![],
        ),
        (
            json!({"paths": ["a", "b"]}),
            json!({"paths": ["b", "a"]}),
            Effect::None,
            vec!["↕/paths"],
        ),
        (
            json!(["a", "b"]),
            json!(["c", "a", "b"]),
            Effect::Additive,
            vec![r#"+/0 "c""#],
        ),
        (
            json!(["a", "b"]),
            json!(["b"]),
            Effect::Removing,
            vec![r#"-/0 "a""#],
        ),
        (
            json!(["a", "b"]),
            json!(["c", "b", "a"]),
            Effect::Additive,
            vec![r#"+/0 "c""#, "↕"],
        ),
        (
            json!([]),
            json!(["a"]),
            Effect::Additive,
            vec![r#"+/0 "a""#],
        ),
        (
            json!(["a"]),
            json!(["a", "a"]),
            Effect::Additive,
            vec![r#"+/1 "a""#],
        ),
        (
            json!([1, 2]),
            json!([1, 3, 2]),
            Effect::Additive,
            vec!["+/1 3"],
        ),
        (
            json!([1, 2]),
            json!([2, 1]),
            Effect::Removing,
            vec!["~/0 1 → 2", "~/1 2 → 1"],
        ),
        (
            json!([{"a": ["x"]}]),
            json!([{"a": ["x", "y"]}]),
            Effect::Additive,
            vec![r#"+/0/a/1 "y""#],
        ),
        (
            json!([{"a": ["x", "y"]}, 1]),
            json!([{"a": ["y", "x"]}, 1]),
            Effect::None,
            vec![],
        ),
        (
            json!({"a": 1, "b": 2}),
            json!({"b": 2, "a": 1}),
            Effect::None,
            vec!["↕"],
        ),
        (
            json!({"a": 1}),
            json!({"a": 1, "b": 2}),
            Effect::Additive,
            vec!["+/b 2"],
        ),
        (
            json!({"a": 1, "b": 2}),
            json!({"a": 1}),
            Effect::Removing,
            vec!["-/b 2"],
        ),
        (
            json!({"a": 1}),
            json!({"a": "1"}),
            Effect::Removing,
            vec![r#"~/a 1 → "1""#],
        ),
        (json!({"a": 1}), json!({"a": 1.0}), Effect::None, vec![]),
        (
            json!({"a": null}),
            json!({"a": {}}),
            Effect::Removing,
            vec!["~/a null → {}"],
        ),
        (
            json!(["a"]),
            json!({"0": "a"}),
            Effect::Removing,
            vec![r#"~ ["a"] → {"0":"a"}"#],
        ),
        (
            json!({"a/b": {"~": 1}}),
            json!({"a/b": {"~": 2}}),
            Effect::Removing,
            vec!["~/a~1b/~0 1 → 2"],
        ),
        (json!({"": 1}), json!({}), Effect::Removing, vec!["-/ 1"]),
    ];
    for (old, new, effect, lines) in rows {
        assert_eq!(diff(&old, &new).effect(), effect, "{old} → {new}");
        assert_eq!(drawn(old.clone(), new.clone()), lines, "{old} → {new}");
    }
}

/// Patterns, compared as what they take in: each change with its effect and its witness.
#[test]
fn patterns_are_compared_by_what_they_take_in() {
    let rows: Vec<(Value, Value, Effect, Vec<&str>)> = vec![
        (
            json!({"read": ["a/*/x", "b"]}),
            json!({"read": ["a/*", "b"]}),
            Effect::Additive,
            vec!["/read/0 Removed None", "/read/0 Added Additive a/x"],
        ),
        (
            json!({"read": ["a/*"]}),
            json!({"read": ["a/*/x"]}),
            Effect::Removing,
            vec!["/read/0 Removed Removing a/x", "/read/0 Added None"],
        ),
        (
            json!(["a/*"]),
            json!(["a/*", "a/b"]),
            Effect::None,
            vec!["/1 Added None"],
        ),
        (
            json!(["a/*", "a/b"]),
            json!(["a/*"]),
            Effect::None,
            vec!["/1 Removed None"],
        ),
        (
            json!(["a/*"]),
            json!(["a/x", "a/y", "b"]),
            Effect::Removing,
            vec![
                "/0 Removed Removing a/1",
                "/0 Added None",
                "/1 Added None",
                "/2 Added Additive b",
            ],
        ),
        // No set, and no pattern.
        (
            json!({"bucket": "a/*/x"}),
            json!({"bucket": "a/*"}),
            Effect::Removing,
            vec!["/bucket Changed Removing"],
        ),
    ];
    for (old, new, effect, lines) in rows {
        let diff = diff_by(&old, &new, Matching::Covers);
        assert_eq!(diff.effect(), effect, "{old} → {new}");
        let line = |change: &ValueChange| {
            let ValueChange {
                pointer,
                kind,
                effect,
                witness,
                ..
            } = change;
            let witness = witness.as_ref().map(|it| format!(" {it}"));
            format!(
                "{pointer} {kind:?} {effect:?}{}",
                witness.unwrap_or_default()
            )
        };
        let seen: Vec<String> = diff.changes.iter().map(line).collect();
        assert_eq!(seen, lines, "{old} → {new}");
    }
}

fn a_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2i64..3).prop_map(Value::from),
        "[a-c~/]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[ab~/]{0,2}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn pointers_lead_to_what_they_name(old in a_value(), new in a_value()) {
        for change in diff(&old, &new).changes {
            if let Some(was) = &change.old {
                prop_assert_eq!(old.pointer(&change.pointer), Some(was));
            }
            if let Some(is) = &change.new {
                prop_assert_eq!(new.pointer(&change.pointer), Some(is));
            }
        }
    }

    /// A removal is one exactly where some string is not taken in any more.
    #[test]
    fn a_witness_shows_what_a_change_of_patterns_takes(
        old in prop::collection::hash_set("[ab*/]{0,4}", 0..4),
        new in prop::collection::hash_set("[ab*/]{0,4}", 0..4),
        probes in prop::collection::vec("[abx/]{0,5}", 8),
    ) {
        let [was, is] = [&old, &new].map(|set| set.iter().map(|text| Pattern::parse(text)).collect::<Vec<_>>());
        let takes = |set: &[Pattern], text: &str| set.iter().any(|pattern| pattern.matches(text));
        let list = |set: &HashSet<String>| Value::from(set.iter().cloned().collect::<Vec<_>>());
        let diff = diff_by(&list(&old), &list(&new), Matching::Covers);
        for change in &diff.changes {
            if let Some(witness) = &change.witness {
                let (here, there) = match change.kind {
                    ChangeKind::Added => (&is, &was),
                    _ => (&was, &is),
                };
                prop_assert!(takes(here, witness) && !takes(there, witness), "{:?}", change);
            }
            prop_assert_eq!(change.witness.is_none(), change.effect == Effect::None);
        }
        for text in &probes {
            let lost = takes(&was, text) && !takes(&is, text);
            let gained = takes(&is, text) && !takes(&was, text);
            prop_assert!(!lost || diff.effect() == Effect::Removing, "{text} of {old:?} {new:?}");
            prop_assert!(!gained || diff.effect() >= Effect::Additive, "{text} of {old:?} {new:?}");
        }
    }

    #[test]
    fn a_value_is_the_same_as_itself_and_changes_both_ways(old in a_value(), new in a_value()) {
        prop_assert_eq!(diff(&old, &old), ValueDiff::default());
        let there = diff(&old, &new);
        let back = diff(&new, &old);
        prop_assert_eq!(there.changes.is_empty(), back.changes.is_empty());
        // What was only added is removed on the way back.
        if there.effect() == Effect::Additive {
            prop_assert_eq!(back.effect(), Effect::Removing);
        }
    }
}
