use super::*;
use proptest::prelude::*;

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

fn range(text: &str, dialect: Dialect) -> VersionRange {
    VersionRange::parse_as(text, dialect)
        .unwrap_or_else(|e| panic!("{text:?}: {e} at {:?}", e.span))
}

/// Each row: range, versions in it, versions outside it, canonical spelling.
#[track_caller]
fn check(dialect: Dialect, rows: &[(&str, &str, &str, &str)]) {
    for (text, inside, outside, canonical) in rows {
        let range = range(text, dialect);
        assert_eq!(range.to_string(), *canonical, "{text:?}");
        for v in inside.split_whitespace() {
            assert!(range.matches(&version(v)), "{v} should be in {text:?}");
        }
        for v in outside.split_whitespace() {
            assert!(!range.matches(&version(v)), "{v} should not be in {text:?}");
        }
    }
}

#[test]
fn npm_ranges() {
    check(
        Dialect::Npm,
        &[
            ("", "0.0.0 9.9.9", "1.0.0-rc.1", "*"),
            ("*", "0.0.0 9.9.9", "1.0.0-rc.1", "*"),
            (
                "2.3.1",
                "2.3.1 2.3.1+build.7",
                "2.3.0 2.3.2 2.3.1-a",
                "2.3.1",
            ),
            ("=v2.3.1", "2.3.1", "2.3.2", "2.3.1"),
            (
                "2",
                "2.0.0 2.9.9",
                "1.9.9 3.0.0 3.0.0-a",
                ">=2.0.0 <3.0.0-0",
            ),
            ("2.3.x", "2.3.0 2.3.9", "2.2.9 2.4.0", ">=2.3.0 <2.4.0-0"),
            (
                "^2.3.1",
                "2.3.1 2.9.0",
                "2.3.0 3.0.0 3.0.0-a",
                ">=2.3.1 <3.0.0-0",
            ),
            ("^0.3.1", "0.3.1 0.3.9", "0.4.0 0.3.0", ">=0.3.1 <0.4.0-0"),
            ("^0.0.4", "0.0.4", "0.0.5 0.0.3", ">=0.0.4 <0.0.5-0"),
            ("^0.0", "0.0.0 0.0.9", "0.1.0", "<0.1.0-0"),
            (
                "^2.3.1-b",
                "2.3.1-b 2.3.1-c 2.3.1",
                "2.3.1-a 2.4.0-b",
                ">=2.3.1-b <3.0.0-0",
            ),
            ("~2.3.1", "2.3.1 2.3.9", "2.4.0", ">=2.3.1 <2.4.0-0"),
            ("~> 2", "2.0.0 2.9.0", "3.0.0", ">=2.0.0 <3.0.0-0"),
            ("> 2.3", "2.4.0", "2.3.9", ">=2.4.0"),
            ("<=2", "2.9.9 0.1.0", "3.0.0 3.0.0-a", "<3.0.0-0"),
            (
                ">=1.2 <2 || 3.x",
                "1.2.0 3.9.0",
                "2.0.0 4.0.0",
                ">=1.2.0 <2.0.0-0||>=3.0.0 <4.0.0-0",
            ),
            (
                "1.2 - 2.3",
                "1.2.0 2.3.9",
                "2.4.0 1.1.9",
                ">=1.2.0 <2.4.0-0",
            ),
            ("1.2.3 - 2.3.4", "1.2.3 2.3.4", "2.3.5", ">=1.2.3 <=2.3.4"),
            (">*", "", "0.0.0 1.0.0", "<0.0.0-0"),
            ("<x || 1.x", "1.0.0", "2.0.0", ">=1.0.0 <2.0.0-0"),
            ("1.x || *", "7.0.0", "", "*"),
            ("1.x.x-beta+b", "1.0.0", "1.0.0-beta", ">=1.0.0 <2.0.0-0"),
        ],
    );
}

#[test]
fn cargo_ranges() {
    check(
        Dialect::Cargo,
        &[
            ("1.2.3", "1.2.3 1.9.0", "2.0.0 1.2.2", "^1.2.3"),
            ("=1.2", "1.2.9", "1.3.0 1.2.0-a", "=1.2"),
            (">=1.2, <1.5", "1.2.0 1.4.9", "1.5.0 1.1.0", ">=1.2, <1.5"),
            ("1.*.*", "1.0.0 1.9.9", "2.0.0", "1.*"),
            ("x", "0.0.0 9.0.0", "1.0.0-a", "*"),
            ("~1.2.3-b", "1.2.3-b 1.2.9", "1.3.0 1.2.4-b", "~1.2.3-b"),
            (">=1, >=1.5.0-a", "1.5.0", "1.5.0-b", ">=1, >=1.5.0-a"),
            (
                "^18446744073709551615",
                "18446744073709551615.1.0",
                "1.0.0",
                "^18446744073709551615",
            ),
        ],
    );
}

#[test]
fn the_dialect_is_told_by_the_spelling() {
    use Dialect::{Cargo, Npm};
    let rows: [(&str, Dialect, Option<&str>); 14] = [
        (">=1.2, <2", Cargo, None),
        ("1.2.3, <2", Cargo, None),
        (">=1.2 <2", Npm, None),
        ("1.2.3 || 2.0.0", Npm, None),
        ("1.2.3 - 2", Npm, None),
        ("^1.2.3", Npm, None),
        ("=1.2.3", Npm, None),
        ("1", Npm, None),
        ("1.x", Npm, None),
        ("0.3", Npm, None),
        ("0.0.3", Npm, None),
        ("0.0.3-a", Npm, Some("0.0.3-a")),
        (" 1.2.3 ", Npm, Some("1.2.3")),
        ("1.2", Npm, Some("1.2")),
    ];
    for (text, dialect, ambiguous) in rows {
        let parsed = VersionRange::parse(text).unwrap();
        assert_eq!(parsed.range.dialect(), dialect, "{text:?}");
        assert_eq!(
            parsed.ambiguous.map(|span| &text[span]),
            ambiguous,
            "{text:?}"
        );
    }
}

/// Each row: range, the bytes blamed, what to write instead.
#[test]
fn errors_point_at_the_character() {
    let rows = [
        ("1.2.3beta", "", Some("-")),
        ("01.2.3", "01", Some("1")),
        ("1.x.5", "5", Some("x")),
        ("=>1.2.3", "=>", Some(">=")),
        ("==1.2.3", "=", Some("")),
        ("^ >1", ">", Some("")),
        ("1.2 | 2", "|", Some("||")),
        ("1 && 2", "&&", Some("")),
        ("1.2.3.4", ".4", Some("")),
        ("1.2.3-", "-", Some("")),
        ("latest", "latest", Some("*")),
        ("1.2-a", "-", None),
        ("1.2.3 - ^2", "^", Some("")),
        ("1 - 2 3", "3", None),
        ("^9007199254740991.0.0", "9007199254740991.0.0", None),
        ("1.99999999999999999999", "99999999999999999999", None),
        (">", "", None),
        ("1.2, <2 || 3", "|", None),
        ("1.2,", "", None),
        (">=1, *", "*", None),
        ("*, 1", "*", Some("")),
        ("1 2, 3", "", Some(", ")),
        ("é1", "é", None),
    ];
    for (text, blamed, suggestion) in rows {
        let error = VersionRange::parse(text).expect_err(text);
        assert_eq!(&text[error.span.clone()], blamed, "{text:?}: {error}");
        assert_eq!(error.suggestion.as_deref(), suggestion, "{text:?}: {error}");
    }
    let long = "1 ".repeat(4000);
    assert_eq!(VersionRange::parse(&long).unwrap_err().span, 0..8000);
}

#[test]
fn least_version_and_sides() {
    let rows = [
        ("*", Some("0.0.0"), "", ""),
        (
            "^1.2.3",
            Some("1.2.3"),
            "2.0.0 2.0.0-a",
            "1.2.2 0.9.0 1.2.3-a",
        ),
        (">1.2.3", Some("1.2.4"), "", "1.2.3 1.0.0"),
        (">1.2.3-a", Some("1.2.3-a.0"), "", "1.2.3-a 1.0.0"),
        (">1.2.2 <1.2.3-b", Some("1.2.3-0"), "1.2.3", "1.2.2"),
        ("<1.2.3", Some("0.0.0"), "1.2.3", ""),
        ("1.x || 3.x", Some("1.0.0"), "4.0.0", "0.9.0"),
        (">2 <1", None, "9.0.0", "0.1.0"),
        (">*", None, "1.0.0", ""),
        (">=1.2, <1.5", Some("1.2.0"), "1.5.0", "1.1.0"),
    ];
    for (text, least, above, below) in rows {
        let range = VersionRange::parse(text).unwrap().range;
        assert_eq!(
            range.minimal().map(|v| v.to_string()).as_deref(),
            least,
            "{text:?}"
        );
        for v in above.split_whitespace() {
            assert!(range.is_above(&version(v)), "{v} is above {text:?}");
        }
        for v in below.split_whitespace() {
            assert!(range.is_below(&version(v)), "{v} is below {text:?}");
        }
    }
    let with_gap = VersionRange::parse("1.x || 3.x").unwrap().range;
    assert!(!with_gap.is_above(&version("2.0.0")) && !with_gap.is_below(&version("2.0.0")));
    let release = VersionRange::parse("^1.2.3").unwrap().range;
    assert!(
        !release.is_above(&version("1.4.0-a")),
        "inside, though not opted into"
    );
}

#[test]
fn versions_as_each_dialect_writes_them() {
    // text, what npm reads, what Cargo reads
    for (text, npm, cargo) in [
        ("1.2.3", Some("1.2.3"), true),
        ("v1.2.3", Some("1.2.3"), false),
        (" v1.2.3-a.1+b ", Some("1.2.3-a.1+b"), false),
        ("vv1.2.3", None, false),
        ("=1.2.3", None, false),
        ("1.2", None, false),
        ("1.2.3-01", None, false),
        ("9007199254740991.0.0", Some("9007199254740991.0.0"), true),
        ("0.9007199254740992.0", None, true),
    ] {
        let read = parse_version(text, Dialect::Npm).ok();
        assert_eq!(read.map(|it| it.to_string()).as_deref(), npm, "{text:?}");
        assert_eq!(
            parse_version(text, Dialect::Cargo).is_ok(),
            cargo,
            "{text:?}"
        );
    }
    let long = format!("1.2.3-{}", "a".repeat(251));
    assert!(parse_version(&long, Dialect::Npm).is_err());
}

prop_compose! {
    fn a_version()(major in 0u64..3, minor in 0u64..3, patch in 0u64..3,
                   pre in prop::sample::select(vec!["", "", "-0", "-a", "-a.1", "-b"])) -> Version {
        version(&format!("{major}.{minor}.{patch}{pre}"))
    }
}

fn a_comparator() -> impl Strategy<Value = String> {
    let op = prop::sample::select(vec!["", "=", "^", "~", "<", "<=", ">", ">=", "~ ", ">= "]);
    let partial = prop_oneof![
        a_version().prop_map(|v| v.to_string()),
        (0u64..3, 0u64..3).prop_map(|(a, b)| format!("{a}.{b}")),
        (0u64..3).prop_map(|a| format!("{a}.*")),
        (0u64..3).prop_map(|a| a.to_string()),
    ];
    (op, partial).prop_map(|(op, partial)| format!("{op}{partial}"))
}

proptest! {
    #[test]
    fn cargo_agrees_with_the_semver_crate(
        parts in prop::collection::vec(prop_oneof![a_comparator(), "[0-2x*.,<>=^~ a-]{0,6}"], 1..4),
        v in a_version(),
    ) {
        let text = parts.join(", ");
        let ours = VersionRange::parse_as(&text, Dialect::Cargo);
        match VersionReq::parse(&text) {
            Ok(theirs) => {
                let ours = ours.unwrap_or_else(|e| panic!("{text:?}: {e}"));
                prop_assert_eq!(ours.to_string(), theirs.to_string());
                prop_assert_eq!(ours.matches(&v), theirs.matches(&v));
            }
            Err(why) => prop_assert!(ours.is_err(), "{:?} should be refused: {}", text, why),
        }
    }

    #[test]
    fn printing_and_reading_again_changes_nothing(
        parts in prop::collection::vec(a_comparator(), 1..4),
        separator in prop::sample::select(vec![" ", " || "]),
        v in a_version(),
    ) {
        let once = range(&parts.join(separator), Dialect::Npm);
        let again = range(&once.to_string(), Dialect::Npm);
        prop_assert_eq!(once.to_string(), again.to_string());
        prop_assert_eq!(once.matches(&v), again.matches(&v));
    }

    #[test]
    fn nothing_in_a_range_lies_outside_its_ends(
        parts in prop::collection::vec(a_comparator(), 1..4),
        separator in prop::sample::select(vec![" ", " || ", ", "]),
        v in a_version(),
    ) {
        let range = VersionRange::parse(&parts.join(separator)).unwrap().range;
        if range.matches(&v) {
            prop_assert!(!range.is_above(&v) && !range.is_below(&v));
            let least = range.minimal();
            prop_assert!(least.is_some_and(|least| least.cmp_precedence(&v).is_le()));
        }
        if let Some(least) = range.minimal() {
            prop_assert!(range.matches(&least));
        }
    }

    #[test]
    fn no_text_panics_and_every_span_is_sliceable(text in "[ -~é\t]{0,24}|[0-2x*.,|<>=^~ v+a-]{0,16}") {
        for result in [
            VersionRange::parse(&text).map(|p| p.range),
            VersionRange::parse_as(&text, Dialect::Npm),
            VersionRange::parse_as(&text, Dialect::Cargo),
        ] {
            match result {
                Ok(range) => { let _ = (range.to_string(), range.minimal()); }
                Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error),
            }
        }
    }
}
