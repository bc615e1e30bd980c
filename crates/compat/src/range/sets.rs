//! What two ranges have to do with each other: which versions are in both, whether one lies inside
//! the other, and where a version stands beside a range.
//!
//! It exists because nothing of this can be read off the spelling. Both dialects let a prerelease in
//! only where a comparator names one of the same major.minor.patch, and Cargo's partial comparators
//! refuse some of these again. So every question is put to [`VersionRange::matches`] itself, at
//! finitely many versions.
//!
//! **Why finitely many do.** Versions stand in one order, and the comparators of the ranges cut it at
//! their own versions. Between two neighbouring cuts all releases are treated alike, and so are all
//! prereleases of one major.minor.patch that is named; prereleases of others are in no range. Each
//! such stretch that is not empty has a least version, which follows a cut immediately: the cut
//! itself, the next release after it, the cut with `.0` behind its prerelease, or the first
//! prerelease of its major.minor.patch. [`VersionRange::points`] holds them all.

use semver::{Prerelease, Version};

use super::scanner::NPM_MAX_NUMBER;
use super::{Bound, BoundOp, VersionRange, above_all, below_all, lowest_of};

/// Where a version stands beside a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It is in the range.
    Inside,
    /// It is past every version the range can hold.
    Above,
    /// It comes before every version the range can hold.
    Below,
    /// Neither: in a gap of the range, or a prerelease that it does not let in.
    Between,
}

impl VersionRange {
    /// The least version in the range, or `None` when none can be.
    #[must_use]
    pub fn minimal(&self) -> Option<Version> {
        least(self.points().into_iter().filter(|it| self.matches(it)))
    }

    /// The least version that is in both ranges, or `None` when none is.
    #[must_use]
    pub fn common(&self, other: &VersionRange) -> Option<Version> {
        let both = |version: &Version| self.matches(version) && other.matches(version);
        least(self.points_with(other).filter(both))
    }

    /// The least version of this range that the other does not hold; `None` when this one lies
    /// inside the other. An empty range lies inside every one.
    #[must_use]
    pub fn first_outside(&self, other: &VersionRange) -> Option<Version> {
        let only_here = |version: &Version| self.matches(version) && !other.matches(version);
        least(self.points_with(other).filter(only_here))
    }

    /// Whether every version of this range is in the other.
    #[must_use]
    pub fn is_subset_of(&self, other: &VersionRange) -> bool {
        self.first_outside(other).is_none()
    }

    /// The range of exactly the versions that are in both; `None` when there are none. Two of
    /// Cargo's give one of Cargo's, every other pair one of npm's.
    #[must_use]
    pub fn intersection(&self, other: &VersionRange) -> Option<VersionRange> {
        let mut alternatives: Vec<Vec<Bound>> = Vec::new();
        let theirs = other.plain();
        for mine in self.plain() {
            for their in &theirs {
                let both = meet(&mine, their);
                if !is_crossed(&both) && !alternatives.contains(&both) {
                    alternatives.push(both);
                }
            }
        }
        // What bounds do not cross may hold no version all the same: `>1.0.0 <1.0.1`.
        alternatives.retain(|all| plain_range(vec![all.clone()]).minimal().is_some());
        if alternatives.is_empty() {
            return None;
        }
        let met = plain_range(alternatives);
        let is_cargo = self.cargo.is_some() && other.cargo.is_some();
        Some(match is_cargo {
            true => as_cargo(&met).unwrap_or(met),
            false => met,
        })
    }

    /// Where a version stands beside the range. A prerelease that is past a bound and not let in
    /// stands, as npm has it, on the side where the range ends: below `>1.2.3`, which is open
    /// upwards, and above `<2.0.0`.
    #[must_use]
    pub fn standing(&self, version: &Version) -> Standing {
        if self.matches(version) {
            return Standing::Inside;
        }
        let each = |is_it: &dyn Fn(&[Bound]) -> bool| {
            let mut alternatives = self.alternatives.iter();
            alternatives.all(|all| is_it(all))
        };
        let is_above = each(&|all| above_all(all, version) || is_open(all, version, lower));
        let is_below = each(&|all| below_all(all, version) || is_open(all, version, upper));
        match (is_above, is_below) {
            // Of a range that holds nothing a version is neither.
            (true, false) => Standing::Above,
            (false, true) => Standing::Below,
            _ => Standing::Between,
        }
    }

    fn points_with(&self, other: &VersionRange) -> impl Iterator<Item = Version> + use<> {
        self.points().into_iter().chain(other.points())
    }

    /// One version at least of each stretch that the range treats alike, its least one.
    fn points(&self) -> Vec<Version> {
        let first = Version::new(0, 0, 0);
        let mut points = vec![lowest_of(&first), first];
        for bound in self.alternatives.iter().flatten() {
            let cut = &bound.version;
            points.push(Version::new(cut.major, cut.minor, cut.patch));
            points.push(lowest_of(cut));
            points.extend(self.next_release(cut));
            if !cut.pre.is_empty() {
                points.push(cut.clone());
                let mut next = cut.clone();
                next.pre = Prerelease::new(&format!("{}.0", cut.pre)).unwrap_or(Prerelease::EMPTY);
                points.push(next);
            }
        }
        // Cargo's `>1` lets in a prerelease of 2.0.0 that another comparator names.
        let comparators = self.cargo.iter().flat_map(|req| &req.comparators);
        for comparator in comparators.filter(|comparator| !comparator.pre.is_empty()) {
            let (minor, patch) = (comparator.minor, comparator.patch);
            let mut named = Version::new(comparator.major, minor.unwrap_or(0), patch.unwrap_or(0));
            points.push(lowest_of(&named));
            named.pre = comparator.pre.clone();
            points.push(named);
        }
        points
    }

    /// The first release past another; `None` after the last that can be written.
    fn next_release(&self, version: &Version) -> Option<Version> {
        let max = match self.cargo {
            Some(_) => u64::MAX,
            None => NPM_MAX_NUMBER,
        };
        let (major, minor, patch) = (version.major, version.minor, version.patch);
        if patch < max {
            return Some(Version::new(major, minor, patch + 1));
        }
        if minor < max {
            return Some(Version::new(major, minor + 1, 0));
        }
        (major < max).then(|| Version::new(major + 1, 0, 0))
    }

    /// The same set as alternatives of a lower and an upper bound each, by npm's rules.
    fn plain(&self) -> Vec<Vec<Bound>> {
        if self.cargo.is_none() {
            return self.alternatives.iter().map(|all| tightest(all)).collect();
        }
        let Some(from) = self.minimal() else {
            return Vec::new();
        };
        // Cargo's comparators must all hold, so that what they let in is one stretch. It begins at
        // its least version; of its end it is asked whether a prerelease there is let in.
        let mut bounds = Vec::new();
        if from != Version::new(0, 0, 0) {
            bounds.push(bound(BoundOp::GreaterEq, from));
        }
        let all: &[Bound] = self.alternatives.first().map_or(&[], Vec::as_slice);
        if let Some(upper) = upper(all) {
            let at = &upper.version;
            let is_here = |point: &Version| is_prerelease_of(point, at) && self.matches(point);
            let lets_in = self.points().iter().any(is_here);
            bounds.push(match lets_in {
                true => upper,
                false => without_prereleases(&upper),
            });
        }
        vec![bounds]
    }
}

fn least(versions: impl Iterator<Item = Version>) -> Option<Version> {
    versions.min_by(Version::cmp_precedence)
}

fn bound(op: BoundOp, version: Version) -> Bound {
    Bound { op, version }
}

fn plain_range(alternatives: Vec<Vec<Bound>>) -> VersionRange {
    VersionRange {
        alternatives,
        cargo: None,
    }
}

fn is_prerelease_of(version: &Version, of: &Version) -> bool {
    let named = (of.major, of.minor, of.patch);
    !version.pre.is_empty() && (version.major, version.minor, version.patch) == named
}

/// Whether bounds of npm's let prereleases of a version in at all.
fn names(all: &[Bound], version: &Version) -> bool {
    all.iter()
        .any(|bound| is_prerelease_of(&bound.version, version))
}

/// Of bounds that must all hold those that say it all: the highest lower and the lowest upper one. A
/// bound that is left out named, if any, prereleases that these leave out.
fn tightest(all: &[Bound]) -> Vec<Bound> {
    lower(all).into_iter().chain(upper(all)).collect()
}

fn lower(all: &[Bound]) -> Option<Bound> {
    let lower = all.iter().filter_map(|it| match it.op {
        BoundOp::Greater | BoundOp::GreaterEq => Some(it.clone()),
        BoundOp::Exact => Some(bound(BoundOp::GreaterEq, it.version.clone())),
        BoundOp::Less | BoundOp::LessEq => None,
    });
    lower.max_by(|a, b| {
        let strict = |bound: &Bound| bound.op == BoundOp::Greater;
        let order = a.version.cmp_precedence(&b.version);
        order.then(strict(a).cmp(&strict(b)))
    })
}

fn upper(all: &[Bound]) -> Option<Bound> {
    let upper = all.iter().filter_map(|it| match it.op {
        BoundOp::Less | BoundOp::LessEq => Some(it.clone()),
        BoundOp::Exact => Some(bound(BoundOp::LessEq, it.version.clone())),
        BoundOp::Greater | BoundOp::GreaterEq => None,
    });
    upper.min_by(|a, b| {
        let wide = |bound: &Bound| bound.op == BoundOp::LessEq;
        let order = a.version.cmp_precedence(&b.version);
        order.then(wide(a).cmp(&wide(b)))
    })
}

/// Whether a version is let through by all bounds, of which none is on the side that `end` looks at
/// and one on the other; bounds that leave everything in begin at the first version.
fn is_open(all: &[Bound], version: &Version, end: fn(&[Bound]) -> Option<Bound>) -> bool {
    let is_first = |all: &[Bound]| {
        Some(bound(BoundOp::GreaterEq, Version::new(0, 0, 0))).filter(|_| all.is_empty())
    };
    let ends = end(all).or_else(|| is_first(all).and_then(|first| end(&[first])));
    ends.is_none() && all.iter().all(|bound| bound.admits(version))
}

/// The bound for releases alone.
fn without_prereleases(of: &Bound) -> Bound {
    if of.version.pre.is_empty() || (of.version.pre.as_str() == "0" && of.op == BoundOp::Less) {
        // `<2.0.0-0` is how npm itself writes an end, and lets no prerelease in.
        return of.clone();
    }
    let version = &of.version;
    let release = Version::new(version.major, version.minor, version.patch);
    match of.op {
        BoundOp::Greater | BoundOp::GreaterEq | BoundOp::Exact => {
            bound(BoundOp::GreaterEq, release)
        }
        BoundOp::Less | BoundOp::LessEq => bound(BoundOp::Less, release),
    }
}

/// Whether a lower bound lies past an upper one.
fn is_crossed(all: &[Bound]) -> bool {
    let ends = lower(all).zip(upper(all));
    ends.is_some_and(|(low, high)| low.version.cmp_precedence(&high.version).is_gt())
}

/// What both lists of bounds let in. A prerelease has to be named by both.
fn meet(mine: &[Bound], theirs: &[Bound]) -> Vec<Bound> {
    let narrowed = |own: &[Bound], other: &[Bound]| -> Vec<Bound> {
        let one = |it: &Bound| match names(other, &it.version) {
            true => it.clone(),
            false => without_prereleases(it),
        };
        own.iter().map(one).collect()
    };
    let mut all = narrowed(mine, theirs);
    all.extend(narrowed(theirs, mine));
    let mut bounds = tightest(&all);
    if let [low, high] = bounds.as_slice()
        && (low.op, high.op) == (BoundOp::GreaterEq, BoundOp::LessEq)
        && low.version == high.version
    {
        return vec![bound(BoundOp::Exact, low.version.clone())];
    }
    if !is_crossed(&bounds) {
        // It rules out no release, and names no prerelease.
        bounds.retain(|it| it.op != BoundOp::GreaterEq || it.version != Version::new(0, 0, 0));
    }
    bounds
}

/// The same set in Cargo's spelling, where it is one stretch.
fn as_cargo(range: &VersionRange) -> Option<VersionRange> {
    let [all] = range.alternatives.as_slice() else {
        return None;
    };
    let spelled = |bound: &Bound| {
        let version = &bound.version;
        match bound.op {
            BoundOp::Exact => format!("={version}"),
            // Cargo has no need for npm's way to write an end.
            BoundOp::Less if version.pre.as_str() == "0" => {
                let end = Version::new(version.major, version.minor, version.patch);
                format!("<{end}")
            }
            op => format!("{}{version}", op.symbol()),
        }
    };
    let text = match all.is_empty() {
        true => "*".to_owned(),
        false => all.iter().map(spelled).collect::<Vec<_>>().join(", "),
    };
    let cargo = super::grammar::cargo(&text).ok()?;
    // `<2.0.0` and a lower bound that names a prerelease of 2.0.0 are another set.
    let same = cargo.is_subset_of(range) && range.is_subset_of(&cargo);
    same.then_some(cargo)
}

#[cfg(test)]
mod tests;
