//! Ranges: whatever is written, reading it ends, errors point into the text, and what is asked of two
//! ranges agrees with what each of them says of a version.
//!
//! An input is lines: a range, another, then versions.
#![no_main]

use blue_compat::range::{Dialect, Standing, VersionRange, parse_version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let mut ranges = Vec::new();
    for text in lines.by_ref().take(2) {
        let dialects = [Dialect::Npm, Dialect::Cargo].map(Some);
        for dialect in dialects.into_iter().chain([None]) {
            let read = match dialect {
                Some(dialect) => VersionRange::parse_as(text, dialect),
                None => VersionRange::parse(text).map(|parsed| parsed.range),
            };
            match read {
                Ok(range) => ranges.push(range),
                Err(error) => assert!(text.get(error.span).is_some()),
            }
        }
    }
    let mut versions: Vec<_> = lines
        .take(8)
        .filter_map(|text| parse_version(text, Dialect::Cargo).ok())
        .collect();
    versions.extend(ranges.iter().filter_map(VersionRange::minimal));
    for one in &ranges {
        let again = VersionRange::parse_as(&one.to_string(), one.dialect());
        assert_eq!(again.map(|it| it.to_string()), Ok(one.to_string()));
        for other in &ranges {
            agree(one, other, &versions);
        }
    }
});

fn agree(one: &VersionRange, other: &VersionRange, versions: &[semver::Version]) {
    let met = one.intersection(other);
    let outside = one.first_outside(other);
    let common = one.common(other);
    assert_eq!(met.is_some(), common.is_some(), "{one} and {other}");
    for version in versions.iter().chain(&outside).chain(&common) {
        let (here, there) = (one.matches(version), other.matches(version));
        let in_met = met.as_ref().is_some_and(|met| met.matches(version));
        assert_eq!(in_met, here && there, "{version} of {one} and {other}");
        assert!(
            !here || there || outside.is_some(),
            "{version} of {one} in {other}"
        );
        assert_eq!(
            one.standing(version) == Standing::Inside,
            here,
            "{version} of {one}"
        );
    }
    if let Some(version) = &outside {
        assert!(
            one.matches(version) && !other.matches(version),
            "{version} of {one} in {other}"
        );
    }
}
