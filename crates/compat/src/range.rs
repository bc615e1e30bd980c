//! Version ranges as importers write them: npm's grammar and Cargo's, one type for both.
//!
//! It exists because a binding's `version` may be spelled in either (compatibility.md, "Ranges"),
//! and everything after parsing (does it match, what is the least version, is this version past it)
//! must be asked without caring which it was. npm's rules are those of node-semver in its strict
//! mode; Cargo's are those of the `semver` crate, whose `VersionReq` answers for them.

mod grammar;
mod scanner;
mod sets;

use std::fmt;
use std::ops::Range;

use semver::{Prerelease, Version, VersionReq};
use serde::{Deserialize, Serialize};

use scanner::NPM_MAX_NUMBER;
pub use sets::Standing;

/// The ecosystem whose rules give a range its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// node-semver, strict mode: spaces, `||`, hyphen ranges; a bare `1.2.3` is exact.
    Npm,
    /// Cargo: comparators separated by commas; a bare `1.2.3` is `^1.2.3`.
    Cargo,
}

/// Why a range could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RangeError {
    /// Bytes of the text that are wrong; empty at the place where something is missing.
    pub span: Range<usize>,
    /// One sentence without a full stop.
    pub message: String,
    /// What to write in place of the bytes of `span`.
    pub suggestion: Option<String>,
}

/// A range, and what its reader should hear about its spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The range.
    pub range: VersionRange,
    /// Bytes of a bare version that npm reads as "this one" and Cargo as `^`. `range` then holds
    /// what both agree on, which is npm's (narrower) reading; an operator would settle it.
    pub ambiguous: Option<Range<usize>>,
}

/// A set of versions, written as a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRange {
    /// Any of these, each of which is all of its bounds; no bounds is every version.
    alternatives: Vec<Vec<Bound>>,
    /// For Cargo: the authority on matching and printing. Its partial comparators treat
    /// prereleases in ways that no list of bounds says (`>=1, >=1.5.0-a` refuses 1.5.0-b).
    cargo: Option<VersionReq>,
}

/// A comparison with one full version; build metadata plays no part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Bound {
    op: BoundOp,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum BoundOp {
    Exact,
    Less,
    LessEq,
    Greater,
    GreaterEq,
}

/// Reads a version by a dialect's rules. npm takes white space around it and a `v` before it, and no
/// number that JavaScript cannot count with; beside that both read what semver.org says.
///
/// # Errors
/// What is wrong, in the words of the `semver` crate.
pub fn parse_version(text: &str, dialect: Dialect) -> Result<Version, VersionError> {
    let refused = |why: &str| VersionError(why.to_owned());
    if dialect == Dialect::Cargo {
        return Version::parse(text).map_err(|why| VersionError(why.to_string()));
    }
    if text.len() > MAX_VERSION {
        return Err(refused("it has more than 256 characters"));
    }
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let version = Version::parse(text).map_err(|why| VersionError(why.to_string()))?;
    let numbers = [version.major, version.minor, version.patch];
    match numbers.iter().all(|number| *number <= NPM_MAX_NUMBER) {
        true => Ok(version),
        false => Err(refused("a number in it is larger than npm takes")),
    }
}

/// As many bytes of a version as npm takes.
const MAX_VERSION: usize = 256;

/// Why a text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VersionError(String);

impl VersionRange {
    /// Reads a range, telling the dialect by its spelling: a comma is Cargo's; `||`, a hyphen
    /// range or several comparators with spaces are npm's; one comparator alone means the same
    /// in both, except a bare version (see [`Parsed::ambiguous`]).
    ///
    /// # Errors
    /// [`RangeError`], which points at the bytes that are wrong.
    pub fn parse(text: &str) -> Result<Parsed, RangeError> {
        if text.contains(',') {
            let range = grammar::cargo(text)?;
            return Ok(Parsed {
                range,
                ambiguous: None,
            });
        }
        let npm = grammar::npm(text)?;
        Ok(Parsed {
            range: VersionRange::npm(npm.alternatives),
            ambiguous: npm.bare,
        })
    }

    /// Reads a range by the rules of one dialect.
    ///
    /// # Errors
    /// [`RangeError`], which points at the bytes that are wrong.
    pub fn parse_as(text: &str, dialect: Dialect) -> Result<VersionRange, RangeError> {
        match dialect {
            Dialect::Npm => Ok(VersionRange::npm(grammar::npm(text)?.alternatives)),
            Dialect::Cargo => grammar::cargo(text),
        }
    }

    /// The dialect whose rules it follows.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.cargo {
            Some(_) => Dialect::Cargo,
            None => Dialect::Npm,
        }
    }

    /// Whether the version is in the range. A prerelease is only where a comparator names a
    /// prerelease of the same major.minor.patch: the rule of both dialects.
    #[must_use]
    pub fn matches(&self, version: &Version) -> bool {
        match &self.cargo {
            Some(req) => req.matches(version),
            None => self.alternatives.iter().any(|all| all_match(all, version)),
        }
    }

    /// Whether the version is past every version the range can hold.
    #[must_use]
    pub fn is_above(&self, version: &Version) -> bool {
        !self.matches(version) && self.alternatives.iter().all(|all| above_all(all, version))
    }

    /// Whether the version comes before every version the range can hold.
    #[must_use]
    pub fn is_below(&self, version: &Version) -> bool {
        !self.matches(version) && self.alternatives.iter().all(|all| below_all(all, version))
    }

    /// An alternative that nothing can satisfy says nothing beside another, and one that
    /// everything satisfies says all.
    fn npm(mut alternatives: Vec<Vec<Bound>>) -> VersionRange {
        if alternatives.iter().any(Vec::is_empty) {
            alternatives = vec![Vec::new()];
        }
        if alternatives.iter().any(|all| !is_nothing(all)) {
            alternatives.retain(|all| !is_nothing(all));
        } else {
            alternatives.truncate(1);
        }
        VersionRange {
            alternatives,
            cargo: None,
        }
    }
}

/// Canonical: npm's as lowered bounds (`>=1.2.0 <2.0.0-0||3.0.0`), Cargo's as `semver` prints it.
/// Reading it again by the same dialect gives an equal range.
impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(req) = &self.cargo {
            return req.fmt(f);
        }
        for (index, all) in self.alternatives.iter().enumerate() {
            if index > 0 {
                f.write_str("||")?;
            }
            if all.is_empty() {
                f.write_str("*")?;
            }
            for (index, bound) in all.iter().enumerate() {
                let space = if index > 0 { " " } else { "" };
                write!(f, "{space}{}{}", bound.op.symbol(), bound.version)?;
            }
        }
        Ok(())
    }
}

impl BoundOp {
    fn symbol(self) -> &'static str {
        match self {
            BoundOp::Exact => "",
            BoundOp::Less => "<",
            BoundOp::LessEq => "<=",
            BoundOp::Greater => ">",
            BoundOp::GreaterEq => ">=",
        }
    }
}

impl Bound {
    fn admits(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.op {
            BoundOp::Exact => order.is_eq(),
            BoundOp::Less => order.is_lt(),
            BoundOp::LessEq => order.is_le(),
            BoundOp::Greater => order.is_gt(),
            BoundOp::GreaterEq => order.is_ge(),
        }
    }
}

fn all_match(all: &[Bound], version: &Version) -> bool {
    if !all.iter().all(|bound| bound.admits(version)) {
        return false;
    }
    version.pre.is_empty()
        || all.iter().any(|bound| {
            let named = &bound.version;
            !named.pre.is_empty()
                && (named.major, named.minor, named.patch)
                    == (version.major, version.minor, version.patch)
        })
}

/// `<0.0.0-0`: before the first version there is.
fn is_nothing(all: &[Bound]) -> bool {
    matches!(all.first(), Some(Bound { op: BoundOp::Less, version })
        if *version == lowest_of(&Version::new(0, 0, 0)))
}

/// The first prerelease of the version's major.minor.patch.
fn lowest_of(version: &Version) -> Version {
    let mut lowest = Version::new(version.major, version.minor, version.patch);
    lowest.pre = Prerelease::new("0").unwrap_or(Prerelease::EMPTY);
    lowest
}

/// Past one upper bound is past all that must also hold. A prerelease that the range merely does
/// not opt into is neither above nor below.
fn above_all(all: &[Bound], version: &Version) -> bool {
    all.iter().any(|bound| {
        let order = version.cmp_precedence(&bound.version);
        match bound.op {
            BoundOp::Less => order.is_ge(),
            BoundOp::LessEq | BoundOp::Exact => order.is_gt(),
            BoundOp::Greater | BoundOp::GreaterEq => false,
        }
    })
}

/// The mirror image of [`above_all`].
fn below_all(all: &[Bound], version: &Version) -> bool {
    all.iter().any(|bound| {
        let order = version.cmp_precedence(&bound.version);
        match bound.op {
            BoundOp::Greater => order.is_le(),
            BoundOp::GreaterEq | BoundOp::Exact => order.is_lt(),
            BoundOp::Less | BoundOp::LessEq => false,
        }
    })
}

#[cfg(test)]
mod tests;
