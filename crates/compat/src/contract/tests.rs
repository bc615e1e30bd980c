use super::*;
use serde_json::json;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn side<'a>(schema: &'a Value, value: &'a Value) -> Side<'a> {
    Side {
        schema: Some(schema),
        value: Some(value),
        deprecated: &[],
    }
}

fn permissions(properties: Value) -> Value {
    json!({"type": "object", "required": ["read"], "properties": properties})
}

fn paths() -> Value {
    json!({"type": "array", "items": {"type": "string"}})
}

/// The verdict, the versions after 1.4.0 and 0.4.0, the lines, the reasons.
fn told(judgement: &Judgement) -> (Overall, [String; 2], Vec<String>, Vec<String>) {
    let versions = [Version::new(1, 4, 0), Version::new(0, 4, 0)];
    let line = |property: &Property| match property.verdict {
        Some(verdict) => format!("{property} - {verdict:?}"),
        None => property.to_string(),
    };
    (
        judgement.verdict,
        versions.map(|from| judgement.smallest_version(&from).to_string()),
        judgement.properties.iter().map(line).collect(),
        judgement
            .reasons
            .iter()
            .map(|reason| format!("{} @{}", reason.text, reason.place.pointer))
            .collect(),
    )
}

#[track_caller]
fn check(
    old: &Side<'_>,
    new: &Side<'_>,
    promises: Promises,
    expected: (Overall, [&str; 2], &[&str], &[&str]),
) {
    let judgement = judge(old, new, promises, Some(day("2026-06-01")));
    let (verdict, versions, lines, reasons) = told(&judgement);
    assert_eq!(verdict, expected.0, "{judgement:#?}");
    assert_eq!(versions, expected.1);
    assert_eq!(lines, expected.2);
    assert_eq!(reasons, expected.3);
}

/// As the exporter's binding has patterns compared: by what they take in.
#[test]
fn patterns_become_wider_and_narrower() {
    let covers = Promises {
        matching: Matching::Covers,
        ..Promises::default()
    };
    let schema = permissions(json!({"read": paths()}));
    let [wide, narrow, both] = [
        json!({"read": ["a/*"]}),
        json!({"read": ["a/*/x"]}),
        json!({"read": ["a/*", "a/*/x"]}),
    ];
    check(
        &side(&schema, &narrow),
        &side(&schema, &wide),
        covers,
        (
            Overall::Compatible,
            ["1.5.0", "0.4.1"],
            &["read: removed `a/*/x`, added `a/*` - Compatible"],
            &[
                "`a/*/x` removed from `read`, which is covered still @/read",
                "`a/*` added to `read` @/read/0",
            ],
        ),
    );
    check(
        &side(&schema, &wide),
        &side(&schema, &narrow),
        covers,
        (
            Overall::Breaking,
            ["2.0.0", "0.5.0"],
            &["read: removed `a/*`, added `a/*/x` - Breaking"],
            &[
                "`a/*` removed from `read`, so that `a/x` is covered no more @/read",
                "`a/*/x` added to `read`, which was covered before @/read/0",
            ],
        ),
    );
    check(
        &side(&schema, &wide),
        &side(&schema, &both),
        covers,
        (
            Overall::Compatible,
            ["1.4.1", "0.4.1"],
            &["read: added `a/*/x` - Compatible"],
            &["`a/*/x` added to `read`, which was covered before @/read/1"],
        ),
    );
    let narrowed = judge(&side(&schema, &wide), &side(&schema, &narrow), covers, None);
    assert_eq!(narrowed.witness(), Some(&json!("a/x")));
    // Where patterns are only text, each is as good as any other.
    let judgement = judge(
        &side(&schema, &narrow),
        &side(&schema, &wide),
        Promises::default(),
        None,
    );
    assert_eq!(judgement.verdict, Overall::Breaking);
}

#[test]
fn a_value_is_added_and_another_removed() {
    let schema = permissions(json!({"read": paths(), "write": paths()}));
    let old = json!({"read": ["raw/*", "ref/*"], "write": ["out/*"]});
    let added = json!({"read": ["raw/*", "ref/*", "masks/*"], "write": ["out/*"]});
    let removed = json!({"read": ["ref/*"], "write": ["out/*", "log/*"]});
    check(
        &side(&schema, &old),
        &side(&schema, &old),
        Promises::default(),
        (
            Overall::Compatible,
            ["1.4.0", "0.4.0"],
            &["read: unchanged", "write: unchanged"],
            &[],
        ),
    );
    check(
        &side(&schema, &old),
        &side(&schema, &added),
        Promises::default(),
        (
            Overall::Compatible,
            ["1.5.0", "0.4.1"],
            &["read: added `masks/*` - Compatible", "write: unchanged"],
            &["`masks/*` added to `read` @/read/2"],
        ),
    );
    check(
        &side(&schema, &old),
        &side(&schema, &removed),
        Promises::default(),
        (
            Overall::Breaking,
            ["2.0.0", "0.5.0"],
            &[
                "read: removed `raw/*` - Breaking",
                "write: added `log/*` - Compatible",
            ],
            &[
                "`raw/*` removed from `read` @/read",
                "`log/*` added to `write` @/write/1",
            ],
        ),
    );
    let none = Promises {
        backwards: false,
        ..Promises::default()
    };
    let judgement = judge(&side(&schema, &old), &side(&schema, &removed), none, None);
    assert_eq!(judgement.verdict, Overall::Breaking);
    let from = Version::new(1, 4, 0);
    assert_eq!(judgement.required_bump(&from), Bump::Minor);
}

#[test]
fn a_value_that_is_no_list_or_object() {
    let told = |old: Value, new: Value| {
        let any = json!(true);
        let judgement = judge(
            &side(&any, &old),
            &side(&any, &new),
            Promises::default(),
            None,
        );
        judgement.headline().unwrap().text.clone()
    };
    let scalar = told(json!(40), json!(400));
    assert_eq!(scalar, "the value changed from `40` to `400`");
    let kind = told(json!([40]), json!(40));
    assert_eq!(kind, "the value is of another kind now");
}

#[test]
fn only_words_and_order() {
    let schema = permissions(json!({"read": paths()}));
    let mut described = schema.clone();
    described["description"] = json!("what may be read");
    let value = json!({"read": ["a", "b"]});
    let sorted = json!({"read": ["b", "a"]});
    for (new_schema, new_value) in [(&described, &value), (&schema, &sorted)] {
        check(
            &side(&schema, &value),
            &side(new_schema, new_value),
            Promises::default(),
            (
                Overall::Compatible,
                ["1.4.1", "0.4.1"],
                &["read: unchanged"],
                &[],
            ),
        );
    }
}

#[test]
fn a_schema_that_accepts_more_breaks_its_readers() {
    let old = permissions(json!({"read": paths()}));
    let new =
        permissions(json!({"read": {"type": ["array", "null"], "items": {"type": "string"}}}));
    let value = json!({"read": []});
    let literal = Promises {
        mode: Mode::Literal,
        ..Promises::default()
    };
    let judgement = judge(&side(&old, &value), &side(&new, &value), literal, None);
    let (verdict, versions, lines, reasons) = told(&judgement);
    assert_eq!(verdict, Overall::Breaking);
    assert_eq!(versions, ["2.0.0", "0.5.0"]);
    assert_eq!(lines, ["read: schema changed - Breaking"]);
    assert_eq!(
        reasons,
        [
            "the schema accepts `{\"read\":null}`, which importers of the old version refuse \
             @/properties/read/type"
        ]
    );
    assert_eq!(judgement.witness(), Some(&json!({"read": null})));
    // The other way round nothing is new.
    let narrowed = judge(&side(&new, &value), &side(&old, &value), literal, None);
    assert_eq!(narrowed.verdict, Overall::Compatible);
    let forwards = Promises {
        forwards: true,
        ..literal
    };
    let judgement = judge(&side(&new, &value), &side(&old, &value), forwards, None);
    assert_eq!(judgement.verdict, Overall::Breaking);
    assert_eq!(
        judgement.headline().map(|reason| reason.text.as_str()),
        Some("the schema refuses `{\"read\":null}`, which the old version accepts")
    );
}

#[test]
fn a_property_is_added_with_a_default() {
    let old = permissions(json!({"read": paths()}));
    let mut experiments = json!({"$ref": "#/$defs/paths"});
    experiments["default"] = json!([]);
    let mut new = permissions(json!({"read": paths(), "experiments": experiments}));
    new["$defs"] = json!({"paths": paths()});
    let value = json!({"read": []});
    let judgement = judge(
        &side(&old, &value),
        &side(&new, &value),
        Promises::default(),
        None,
    );
    let (verdict, versions, lines, _) = told(&judgement);
    assert_eq!(verdict, Overall::Compatible, "{judgement:#?}");
    assert_eq!(versions, ["1.5.0", "0.4.1"]);
    assert_eq!(
        lines,
        [
            "read: unchanged",
            "experiments: added (optional, default=[]) - Compatible"
        ]
    );
}

#[test]
fn an_unusable_schema_is_unknown_and_says_where() {
    let old = json!({"properties": {"read": {"pattern": "(?=a)b"}}});
    let new = permissions(json!({"read": paths()}));
    let value = json!({"read": []});
    let judgement = judge(
        &side(&old, &value),
        &side(&new, &value),
        Promises::default(),
        None,
    );
    assert_eq!(judgement.verdict, Overall::Unknown);
    assert_eq!(judgement.class, ChangeClass::Breaking);
    let undecided = judgement.undecided().unwrap();
    assert!(
        undecided.text.starts_with("whether importers of the old version can read the new one is not decided: the old schema cannot be used: "),
        "{}", undecided.text
    );
}

#[test]
fn what_was_deprecated_may_go_after_its_sunset() {
    let schema = permissions(json!({"read": paths()}));
    let old = json!({"read": ["raw/*", "ref/*"]});
    let new = json!({"read": ["ref/*"]});
    let raw = json!("raw/*");
    let rows = [
        (Target::Value(&raw), Some("2026-05-31"), Overall::Compatible),
        (Target::Value(&raw), Some("2026-06-01"), Overall::Breaking),
        (Target::Value(&raw), None, Overall::Breaking),
        (
            Target::Pointer("/read/0"),
            Some("2026-05-31"),
            Overall::Compatible,
        ),
        (
            Target::Pointer("/read"),
            Some("2026-05-31"),
            Overall::Compatible,
        ),
        (
            Target::Pointer("/rea"),
            Some("2026-05-31"),
            Overall::Breaking,
        ),
        (
            Target::Pointer("/read/1"),
            Some("2026-05-31"),
            Overall::Breaking,
        ),
    ];
    for (what, sunset, verdict) in rows {
        let deprecated = [Deprecated {
            what,
            sunset: sunset.map(day),
        }];
        let old = Side {
            deprecated: &deprecated,
            ..side(&schema, &old)
        };
        let today = Some(day("2026-06-01"));
        let judgement = judge(&old, &side(&schema, &new), Promises::default(), today);
        assert_eq!(judgement.verdict, verdict, "{what:?} {sunset:?}");
        if verdict == Overall::Compatible {
            let from = Version::new(1, 4, 0);
            assert_eq!(judgement.smallest_version(&from), Version::new(1, 5, 0));
            assert_eq!(
                judgement.reasons[0].text,
                "`raw/*` removed from `read` after its sunset"
            );
        }
        let never = judge(&old, &side(&schema, &new), Promises::default(), None);
        assert_eq!(never.verdict, Overall::Breaking);
    }
}

#[test]
fn a_sunset_may_be_put_off_but_not_brought_forward() {
    let schema = permissions(json!({"read": paths()}));
    let value = json!({"read": ["raw/*"]});
    let raw = json!("raw/*");
    let entry = |sunset: &str| {
        [Deprecated {
            what: Target::Value(&raw),
            sunset: Some(day(sunset)),
        }]
    };
    let (was, earlier, later) = (
        entry("2026-12-31"),
        entry("2026-10-01"),
        entry("2027-01-31"),
    );
    let with = |deprecated| Side {
        deprecated,
        ..side(&schema, &value)
    };
    check(
        &with(&was),
        &with(&earlier),
        Promises::default(),
        (
            Overall::Breaking,
            ["2.0.0", "0.5.0"],
            &["read: unchanged"],
            &["the sunset of `raw/*` moved from 2026-12-31 to 2026-10-01 @"],
        ),
    );
    check(
        &with(&was),
        &with(&later),
        Promises::default(),
        (
            Overall::Compatible,
            ["1.4.1", "0.4.1"],
            &["read: unchanged"],
            &[],
        ),
    );
}

#[test]
fn the_first_value_is_an_addition_and_losing_it_a_break() {
    let schema = permissions(json!({"read": paths()}));
    let value = json!({"read": []});
    let empty = Side {
        schema: Some(&schema),
        ..Side::default()
    };
    let first = judge(&empty, &side(&schema, &value), Promises::default(), None);
    assert_eq!(first.verdict, Overall::Compatible);
    let gone = judge(&side(&schema, &value), &empty, Promises::default(), None);
    assert_eq!(gone.verdict, Overall::Breaking);
    assert_eq!(gone.reasons[0].text, "its value removed");
}
