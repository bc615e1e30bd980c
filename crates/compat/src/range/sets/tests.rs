use proptest::prelude::*;

use super::*;
use crate::range::Dialect;

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

fn range(text: &str) -> VersionRange {
    VersionRange::parse(text)
        .unwrap_or_else(|e| panic!("{text:?}: {e} at {:?}", e.span))
        .range
}

/// Each row: two ranges, the range of what is in both, the least version of that.
#[test]
fn what_is_in_both() {
    let rows = [
        ("^1.2.0", "<1.5.0", Some(">=1.2.0 <1.5.0"), "1.2.0"),
        ("^1.2.0", "^1.4.0", Some(">=1.4.0 <2.0.0-0"), "1.4.0"),
        ("*", "*", Some("*"), "0.0.0"),
        ("", "~1.2", Some(">=1.2.0 <1.3.0-0"), "1.2.0"),
        ("^1", "^2", None, ""),
        (">=1.0.0", "<=1.0.0", Some("1.0.0"), "1.0.0"),
        (">1.0.0", "<=1.0.0", None, ""),
        // No version lies between, for a prerelease of 1.0.1 is let in by neither.
        (">1.0.0", "<1.0.1", None, ""),
        (
            "1.x || 3.x",
            ">=1.5.0 <3.2.0",
            Some(">=1.5.0 <2.0.0-0||>=3.0.0 <3.2.0"),
            "1.5.0",
        ),
        // Cargo's two give Cargo's.
        (
            ">=1.0.0, <2.0.0",
            ">=1.2.0, <3.0.0",
            Some(">=1.2.0, <2.0.0"),
            "1.2.0",
        ),
        (
            ">=1.0.0, <2.0.0",
            "^1.4.0",
            Some(">=1.4.0 <2.0.0-0"),
            "1.4.0",
        ),
        (">=1.0.0, <=1.0.0", "=1.0.0, <3", Some("=1.0.0"), "1.0.0"),
        // A prerelease is in both only where both name one.
        (">=1.2.3-b", ">=1.0.0", Some(">=1.2.3"), "1.2.3"),
        (">=1.2.3-b", ">=1.2.3-a", Some(">=1.2.3-b"), "1.2.3-b"),
        ("<=1.2.3-b", "*", Some("<1.2.3"), "0.0.0"),
        ("=1.2.3-b", ">=1.0.0", None, ""),
        ("=1.2.3-b", ">=1.2.3-a", Some("1.2.3-b"), "1.2.3-b"),
    ];
    for (one, other, both, least) in rows {
        for (a, b) in [(one, other), (other, one)] {
            let (a, b) = (range(a), range(b));
            let met = a.intersection(&b);
            let shown = met.as_ref().map(ToString::to_string);
            assert_eq!(shown.as_deref(), both, "{a} and {b}");
            let common = a.common(&b).map(|it| it.to_string());
            assert_eq!(common.unwrap_or_default(), least, "{a} and {b}");
        }
    }
}

/// Each row: a range, another, the least version of the first outside of the second.
#[test]
fn inside_or_not() {
    let rows = [
        ("1.2.3", "1.x", None),
        ("1.x", "1.2.3", Some("1.0.0")),
        ("^1.4.0", ">=1.0.0, <2.0.0", None),
        (">=1.0.0, <3.0.0", "^1.0.0", Some("2.0.0")),
        ("1.x || 2.x", ">=1.0.0 <3.0.0", None),
        (">=1.0.0 <3.0.0", "1.x || 2.x", None),
        (">=1.0.0 <4.0.0", "1.x || 3.x", Some("2.0.0")),
        // Every range holds what holds nothing.
        (">2 <1", "3", None),
        ("3", ">2 <1", Some("3.0.0")),
        // The prereleases of 1.2.3 that the one names, and the other does not.
        ("^1.2.3-b", "1.x", Some("1.2.3-b")),
        (">1.2.3-b", ">=1.2.3-b", None),
        (">=1.2.3-b", ">1.2.3-b", Some("1.2.3-b")),
        ("<1.2.3-b", "<=1.2.3-b", None),
        ("*", ">=0.0.0", None),
        (">=0.0.0-0", "*", Some("0.0.0-0")),
    ];
    for (one, other, first) in rows {
        let (a, b) = (range(one), range(other));
        let outside = a.first_outside(&b).map(|it| it.to_string());
        assert_eq!(outside.as_deref(), first, "{one} in {other}");
        assert_eq!(a.is_subset_of(&b), first.is_none(), "{one} in {other}");
    }
}

#[test]
fn where_a_version_stands() {
    use Standing::{Above, Below, Between, Inside};
    for (text, of, standing) in [
        ("^1.2.3", "1.4.0", Inside),
        ("^1.2.3", "2.0.0", Above),
        ("^1.2.3", "1.2.2", Below),
        ("1.x || 3.x", "2.0.0", Between),
        ("1.x || 3.x", "4.0.0", Above),
        ("1.x || 3.x", "0.9.0", Below),
        ("^1.2.3", "1.4.0-a", Between),
        (">2 <1", "1.5.0", Between),
        // Prereleases that are not let in: by a range that is open above, below, and everywhere.
        (">1.2.3", "1.3.0-a", Below),
        ("<1.2.3", "1.2.0-a", Above),
        ("*", "1.2.0-a", Below),
        (">1.2.3", "1.3.0-a", Below),
        (">=1.0.0, <2.0.0", "1.3.0-a", Between),
    ] {
        assert_eq!(
            range(text).standing(&version(of)),
            standing,
            "{of} of {text}"
        );
    }
}

#[test]
fn the_last_numbers_end_nothing_early() {
    let last = format!(">1.2.{NPM_MAX_NUMBER}");
    assert_eq!(range(&last).minimal(), Some(version("1.3.0")));
    let cargo = format!(">1.2.{}, <1.3", u64::MAX);
    assert_eq!(range(&cargo).minimal(), None);
}

/// All versions of few numbers and names: what is true of these, and of nothing in between them, is
/// found by going through them.
fn every_version() -> Vec<Version> {
    let mut all = Vec::new();
    for major in 0..4 {
        for minor in 0..4 {
            for patch in 0..4 {
                for pre in [
                    "", "-0", "-0.0", "-a", "-a.0", "-a.1", "-a.1.0", "-b", "-b.0",
                ] {
                    all.push(version(&format!("{major}.{minor}.{patch}{pre}")));
                }
            }
        }
    }
    all
}

fn a_comparator() -> impl Strategy<Value = String> {
    let op = prop::sample::select(vec!["", "=", "^", "~", "<", "<=", ">", ">="]);
    let pre = prop::sample::select(vec!["", "", "", "-0", "-a", "-a.1", "-b"]);
    let full = (0u64..3, 0u64..3, 0u64..3, pre);
    let partial = prop_oneof![
        4 => full.prop_map(|(a, b, c, pre)| format!("{a}.{b}.{c}{pre}")),
        1 => (0u64..3, 0u64..3).prop_map(|(a, b)| format!("{a}.{b}")),
        1 => (0u64..3).prop_map(|a| a.to_string()),
    ];
    (op, partial).prop_map(|(op, partial)| format!("{op}{partial}"))
}

fn a_range() -> impl Strategy<Value = VersionRange> {
    let comparators = |count| prop::collection::vec(a_comparator(), 1..count);
    let npm = prop::collection::vec(comparators(4), 1..3).prop_map(|all| {
        let all: Vec<String> = all.iter().map(|some| some.join(" ")).collect();
        VersionRange::parse_as(&all.join("||"), Dialect::Npm).unwrap()
    });
    let cargo = comparators(4)
        .prop_map(|all| VersionRange::parse_as(&all.join(", "), Dialect::Cargo).unwrap());
    prop_oneof![npm, cargo]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn sets_are_what_going_through_all_versions_says(a in a_range(), b in a_range()) {
        let all = every_version();
        let first = |is_it: &dyn Fn(&Version) -> bool| {
            least(all.iter().filter(|version| is_it(version)).cloned())
        };
        prop_assert_eq!(a.minimal(), first(&|v| a.matches(v)), "least of {}", a);
        prop_assert_eq!(a.common(&b), first(&|v| a.matches(v) && b.matches(v)), "{} and {}", a, b);
        prop_assert_eq!(
            a.first_outside(&b), first(&|v| a.matches(v) && !b.matches(v)), "{} in {}", a, b
        );
        let met = a.intersection(&b);
        for version in &all {
            let in_both = a.matches(version) && b.matches(version);
            let in_met = met.as_ref().is_some_and(|met| met.matches(version));
            prop_assert_eq!(in_met, in_both, "{} in {} and {}: {:?}", version, a, b, met);
        }
    }

    #[test]
    fn a_range_meets_itself_and_lies_in_itself(a in a_range()) {
        prop_assert!(a.is_subset_of(&a));
        prop_assert_eq!(a.common(&a), a.minimal());
        if let Some(met) = a.intersection(&a) {
            prop_assert!(met.is_subset_of(&a) && a.is_subset_of(&met), "{} became {}", a, met);
            let again = VersionRange::parse_as(&met.to_string(), met.dialect()).unwrap();
            prop_assert_eq!(again.to_string(), met.to_string());
        }
    }

    #[test]
    fn above_and_below_are_outside_of_everything(a in a_range(), at in 0usize..512) {
        let all = every_version();
        let version = &all[at % all.len()];
        let held = || all.iter().filter(|version| a.matches(version));
        match a.standing(version) {
            Standing::Inside => prop_assert!(a.matches(version)),
            _ if !version.pre.is_empty() => prop_assert!(!a.matches(version)),
            Standing::Above => prop_assert!(held().all(|it| it.cmp_precedence(version).is_lt())),
            Standing::Below => prop_assert!(held().all(|it| it.cmp_precedence(version).is_gt())),
            Standing::Between => prop_assert!(!a.matches(version)),
        }
    }
}
