//! From a change to the version it asks for.
//!
//! It exists so that the table of compatibility.md ("From change to version") is written once, as
//! data in and a number out; who asks (sync, check, a lens) makes no difference.

use semver::Version;

use crate::value::Effect;

/// How far a version has to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bump {
    /// Nothing changed.
    None,
    /// The last number.
    Patch,
    /// The middle number.
    Minor,
    /// The first number.
    Major,
}

/// What became of a contract's schema, asked in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SchemaChange {
    /// It says the same.
    Unchanged,
    /// It changed, and the question was answered with yes.
    Compatible,
    /// A witness says no.
    Breaking,
    /// Neither was found; counts as breaking until someone accepts it.
    Unknown,
}

/// Whether anything changed that carries no meaning: description, order, layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wording {
    /// Nothing of the kind.
    Same,
    /// Some of it.
    Changed,
}

/// A change of a contract, as far as its version is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContractChange {
    /// What the value's change does to those who read it.
    pub value: Effect,
    /// Can an importer of the old version read the new one?
    pub backwards: SchemaChange,
    /// Can an importer of the new version read the old one?
    pub forwards: SchemaChange,
    /// Changes without meaning.
    pub wording: Wording,
}

/// A contract's promises (realm-format.md, `compatibility`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy {
    /// An importer of the old version can read the new one.
    pub backwards: bool,
    /// An importer of the new version can read the old one.
    pub forwards: bool,
}

/// The defaults of realm-format.md: backwards yes, forwards no.
impl Default for Policy {
    fn default() -> Self {
        Policy {
            backwards: true,
            forwards: false,
        }
    }
}

/// What a change is to the importers, whatever number it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeClass {
    /// No change at all.
    Nothing,
    /// Only words and order.
    Described,
    /// Something new that disturbs nobody.
    Compatible,
    /// Somebody may have to follow. Stays so with `backwards: false`, where only the number is
    /// smaller (findings, the merge rule and notifications go by this).
    Breaking,
}

/// Why a proposed version will not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Versions only grow.
    #[error("version {proposed} does not come after {from}")]
    NotGrowing {
        /// The version there is.
        from: Version,
        /// The one that was proposed.
        proposed: Version,
    },
    /// It grows, but less than the change asks for.
    #[error("version {proposed} is too small for this change, which needs {needed}")]
    TooSmall {
        /// The one that was proposed.
        proposed: Version,
        /// The smallest that is right.
        needed: Version,
    },
}

/// What the change is to importers under these promises.
#[must_use]
pub fn classify(change: ContractChange, policy: Policy) -> ChangeClass {
    let refused = |schema| matches!(schema, SchemaChange::Breaking | SchemaChange::Unknown);
    if change.value == Effect::Removing
        || refused(change.backwards)
        || (policy.forwards && refused(change.forwards))
    {
        return ChangeClass::Breaking;
    }
    let schema_changed = [change.backwards, change.forwards]
        .iter()
        .any(|schema| *schema != SchemaChange::Unchanged);
    if change.value == Effect::Additive || schema_changed {
        return ChangeClass::Compatible;
    }
    match change.wording {
        Wording::Changed => ChangeClass::Described,
        Wording::Same => ChangeClass::Nothing,
    }
}

/// The smallest bump that is right for a change (compatibility.md's table). `backwards: false`
/// makes no promise, so a break asks for a minor there; below 1.0.0 a break asks for a minor and
/// everything else for a patch.
#[must_use]
pub fn required_bump(change: ContractChange, policy: Policy, from: &Version) -> Bump {
    let before_one = from.major == 0;
    match classify(change, policy) {
        ChangeClass::Nothing => Bump::None,
        ChangeClass::Described => Bump::Patch,
        ChangeClass::Compatible if before_one => Bump::Patch,
        ChangeClass::Compatible => Bump::Minor,
        ChangeClass::Breaking if before_one || !policy.backwards => Bump::Minor,
        ChangeClass::Breaking => Bump::Major,
    }
}

/// The smallest version after `from` that is at least this bump. Build metadata is left behind.
///
/// A prerelease leads up to its release and promises nothing itself, so its release is enough
/// when that already is such a bump: 1.5.0-rc.1 goes to 1.5.0 by a patch or a minor and to 2.0.0
/// by a major (npm's `semver inc` does the same). `Bump::None` keeps the version as it is.
#[must_use]
pub fn next_version(from: &Version, bump: Bump) -> Version {
    let prerelease = !from.pre.is_empty();
    let (major, minor, patch) = (from.major, from.minor, from.patch);
    match bump {
        Bump::None => from.clone(),
        Bump::Major if prerelease && minor == 0 && patch == 0 => Version::new(major, 0, 0),
        Bump::Major => Version::new(major.saturating_add(1), 0, 0),
        Bump::Minor if prerelease && patch == 0 => Version::new(major, minor, 0),
        Bump::Minor => Version::new(major, minor.saturating_add(1), 0),
        Bump::Patch if prerelease => Version::new(major, minor, patch),
        Bump::Patch => Version::new(major, minor, patch.saturating_add(1)),
    }
}

/// The line that a version is of: of two lines no range of importers takes in both. That is a major, below 1.0.0 a minor.
#[must_use]
pub fn version_line(version: &Version) -> (u64, u64) {
    match version.major {
        0 => (0, version.minor),
        major => (major, 0),
    }
}

/// Whether a person's choice of version will do: the smallest right one, or any larger.
///
/// # Errors
/// [`VersionError`], which names the smallest version that would do.
pub fn check_proposed(from: &Version, proposed: &Version, bump: Bump) -> Result<(), VersionError> {
    let needed = next_version(from, bump);
    if proposed.cmp_precedence(&needed).is_ge() {
        return Ok(());
    }
    let proposed = proposed.clone();
    if proposed.cmp_precedence(from).is_le() {
        let from = from.clone();
        return Err(VersionError::NotGrowing { from, proposed });
    }
    Err(VersionError::TooSmall { proposed, needed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    const PLAIN: ContractChange = ContractChange {
        value: Effect::None,
        backwards: SchemaChange::Unchanged,
        forwards: SchemaChange::Unchanged,
        wording: Wording::Same,
    };

    const BOTH_WAYS: Policy = Policy {
        backwards: true,
        forwards: true,
    };
    const NO_PROMISE: Policy = Policy {
        backwards: false,
        forwards: false,
    };

    #[test]
    fn every_row_of_the_table() {
        use Bump::{Major, Minor, None, Patch};
        use SchemaChange::{Breaking, Compatible, Unknown};
        let described = ContractChange {
            wording: Wording::Changed,
            ..PLAIN
        };
        let additive = ContractChange {
            value: Effect::Additive,
            ..PLAIN
        };
        let removing = ContractChange {
            value: Effect::Removing,
            ..PLAIN
        };
        let schema = |backwards, forwards| ContractChange {
            backwards,
            forwards,
            ..PLAIN
        };
        // change, then the bump by default, with forwards, without backwards; each from 1.2.3 and 0.2.3
        let rows = [
            (PLAIN, [None, None, None], [None, None, None]),
            (described, [Patch, Patch, Patch], [Patch, Patch, Patch]),
            (additive, [Minor, Minor, Minor], [Patch, Patch, Patch]),
            (removing, [Major, Major, Minor], [Minor, Minor, Minor]),
            (
                schema(Compatible, Compatible),
                [Minor, Minor, Minor],
                [Patch, Patch, Patch],
            ),
            (
                schema(Compatible, Breaking),
                [Minor, Major, Minor],
                [Patch, Minor, Patch],
            ),
            (
                schema(Compatible, Unknown),
                [Minor, Major, Minor],
                [Patch, Minor, Patch],
            ),
            (
                schema(Breaking, Compatible),
                [Major, Major, Minor],
                [Minor, Minor, Minor],
            ),
            (
                schema(Unknown, Compatible),
                [Major, Major, Minor],
                [Minor, Minor, Minor],
            ),
            (
                ContractChange {
                    value: Effect::Additive,
                    ..schema(Breaking, Breaking)
                },
                [Major, Major, Minor],
                [Minor; 3],
            ),
            (
                ContractChange {
                    value: Effect::Additive,
                    ..described
                },
                [Minor, Minor, Minor],
                [Patch; 3],
            ),
        ];
        for (change, after_one, before_one) in rows {
            for (from, bumps) in [("1.2.3", after_one), ("0.2.3", before_one)] {
                for (policy, bump) in [Policy::default(), BOTH_WAYS, NO_PROMISE]
                    .into_iter()
                    .zip(bumps)
                {
                    let got = required_bump(change, policy, &version(from));
                    assert_eq!(got, bump, "{change:?} {policy:?} from {from}");
                }
            }
        }
    }

    #[test]
    fn a_break_stays_a_break_without_a_promise() {
        let removing = ContractChange {
            value: Effect::Removing,
            ..PLAIN
        };
        assert_eq!(classify(removing, NO_PROMISE), ChangeClass::Breaking);
    }

    #[test]
    fn next_versions() {
        use Bump::{Major, Minor, None, Patch};
        let rows = [
            ("1.4.2", None, "1.4.2"),
            ("1.4.2", Patch, "1.4.3"),
            ("1.4.2", Minor, "1.5.0"),
            ("1.4.2", Major, "2.0.0"),
            ("0.4.2", Minor, "0.5.0"),
            ("1.4.2+build", Patch, "1.4.3"),
            ("1.5.0-rc.1", Patch, "1.5.0"),
            ("1.5.0-rc.1", Minor, "1.5.0"),
            ("1.5.0-rc.1", Major, "2.0.0"),
            ("1.5.1-rc.1", Minor, "1.6.0"),
            ("2.0.0-rc.1", Major, "2.0.0"),
        ];
        for (from, bump, next) in rows {
            assert_eq!(
                next_version(&version(from), bump),
                version(next),
                "{from} {bump:?}"
            );
        }
    }

    #[test]
    fn a_person_may_take_a_larger_version() {
        let from = version("1.4.2");
        let needed = version("1.5.0");
        let small = |proposed: &str| VersionError::TooSmall {
            proposed: version(proposed),
            needed: needed.clone(),
        };
        let shrinking = |proposed: &str| VersionError::NotGrowing {
            from: from.clone(),
            proposed: version(proposed),
        };
        let rows = [
            ("1.5.0", Ok(())),
            ("3.0.0", Ok(())),
            ("1.4.3", Err(small("1.4.3"))),
            ("1.5.0-rc.1", Err(small("1.5.0-rc.1"))),
            ("1.4.2", Err(shrinking("1.4.2"))),
            ("1.4.1", Err(shrinking("1.4.1"))),
        ];
        for (proposed, verdict) in rows {
            assert_eq!(
                check_proposed(&from, &version(proposed), Bump::Minor),
                verdict,
                "{proposed}"
            );
        }
        assert_eq!(check_proposed(&from, &from, Bump::None), Ok(()));
    }

    proptest! {
        #[test]
        fn versions_grow_with_the_bump(
            numbers in (0u64..3, 0u64..3, 0u64..3),
            pre in prop::sample::select(vec!["", "-rc.1"]),
        ) {
            let from = version(&format!("{}.{}.{}{pre}", numbers.0, numbers.1, numbers.2));
            let all = [Bump::None, Bump::Patch, Bump::Minor, Bump::Major].map(|bump| next_version(&from, bump));
            prop_assert!(all.is_sorted());
            prop_assert!(all[0] < all[1]);
        }
    }
}
