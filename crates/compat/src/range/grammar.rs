//! Reading the text of a range, in both grammars, with errors that point at a character.
//!
//! Written by hand rather than by node-semver's chain of replacements because those lose the
//! place of what is wrong. Both grammars share the scanner and the partial version
//! (`1`, `1.2`, `1.x`, `1.2.3-beta`); only what stands around it differs.

use std::ops::Range;

use semver::{Comparator, Op, Version, VersionReq};

use super::scanner::{NPM_MAX_NUMBER, Operator, Partial, Scanner, error};
use super::{Bound, BoundOp, RangeError, VersionRange, lowest_of};

/// A range longer than this is refused: nobody writes one, and messages quote it.
const MAX_BYTES: usize = 4096;
/// As many comparators as `semver::VersionReq` takes.
const CARGO_MAX_COMPARATORS: usize = 32;

/// What npm's grammar reads.
pub(super) struct Npm {
    pub(super) alternatives: Vec<Vec<Bound>>,
    /// The bytes of the only comparator, when it is a bare version that Cargo reads differently.
    pub(super) bare: Option<Range<usize>>,
}

/// Reads npm's grammar.
pub(super) fn npm(text: &str) -> Result<Npm, RangeError> {
    refuse_long(text)?;
    let mut alternatives = Vec::new();
    let mut start = 0;
    let mut bare = None;
    for part in text.split("||") {
        let mut scanner = Scanner {
            text,
            at: start,
            end: start + part.len(),
            max_number: NPM_MAX_NUMBER,
        };
        let (bounds, alone) = npm_alternative(&mut scanner)?;
        alternatives.push(bounds);
        bare = alone;
        start += part.len() + "||".len();
    }
    if alternatives.len() > 1 {
        bare = None;
    }
    Ok(Npm { alternatives, bare })
}

/// Reads Cargo's grammar.
pub(super) fn cargo(text: &str) -> Result<VersionRange, RangeError> {
    refuse_long(text)?;
    let mut scanner = Scanner {
        text,
        at: 0,
        end: text.len(),
        max_number: u64::MAX,
    };
    let mut comparators = Vec::new();
    let mut bounds = Vec::new();
    scanner.skip_spaces();
    if let Some(star) = scanner.lone_wildcard() {
        if scanner.peek().is_some() {
            return Err(error(
                star,
                "`*` stands for every version, so nothing may stand beside it",
                Some(""),
            ));
        }
        return Ok(cargo_range(comparators, bounds));
    }
    loop {
        if comparators.len() == CARGO_MAX_COMPARATORS {
            let rest = scanner.at..text.len();
            return Err(error(rest, "more than 32 comparators in one range", None));
        }
        let (comparator, mut lowered) = cargo_comparator(&mut scanner)?;
        comparators.push(comparator);
        bounds.append(&mut lowered);
        scanner.skip_spaces();
        match scanner.peek() {
            None => return Ok(cargo_range(comparators, bounds)),
            Some(',') => scanner.at += 1,
            Some('|') => {
                let message = "commas (Cargo's) and `||` (npm's) cannot be mixed in one range";
                return Err(error(scanner.char_span(), message, None));
            }
            Some(_) => {
                let place = scanner.at..scanner.at;
                return Err(error(
                    place,
                    "Cargo's comparators are separated by commas",
                    Some(", "),
                ));
            }
        }
        scanner.skip_spaces();
        if let Some(star) = scanner.lone_wildcard() {
            return Err(error(
                star,
                "`*` stands for every version, so nothing may stand beside it",
                None,
            ));
        }
    }
}

fn cargo_range(comparators: Vec<Comparator>, bounds: Vec<Bound>) -> VersionRange {
    VersionRange {
        alternatives: vec![bounds],
        cargo: Some(VersionReq { comparators }),
    }
}

fn cargo_comparator(scanner: &mut Scanner<'_>) -> Result<(Comparator, Vec<Bound>), RangeError> {
    let operator = scanner.operator();
    scanner.skip_spaces();
    scanner.refuse_misspelt_operator()?;
    let partial = scanner.partial()?;
    let Some(major) = partial.major else {
        let message = "a wildcard major version takes no operator and nothing beside it";
        return Err(error(partial.span, message, Some("*")));
    };
    let op = match operator {
        Operator::None if partial.wildcard.is_some() => Op::Wildcard,
        Operator::None | Operator::Caret => Op::Caret,
        Operator::Exact => Op::Exact,
        Operator::Tilde => Op::Tilde,
        Operator::Less => Op::Less,
        Operator::LessEq => Op::LessEq,
        Operator::Greater => Op::Greater,
        Operator::GreaterEq => Op::GreaterEq,
    };
    // The bounds serve `minimal` and `is_above`, which ask `matches` last.
    let lowered = match (op, partial.wildcard) {
        (Op::Caret, _) => Operator::Caret,
        _ => operator,
    };
    // `semver` takes `^18446744073709551615`, after which there is nothing to bound it by.
    let bounds = lower(lowered, &partial, u64::MAX).unwrap_or_default();
    if scanner
        .peek()
        .is_some_and(|c| !c.is_whitespace() && !matches!(c, ',' | '|'))
    {
        return Err(scanner.unexpected_after_version());
    }
    let comparator = Comparator {
        op,
        major,
        minor: partial.minor,
        patch: partial.patch,
        pre: partial.pre,
    };
    Ok((comparator, bounds))
}

type Alternative = (Vec<Bound>, Option<Range<usize>>);

/// One part between `||`: a hyphen range, or comparators separated by spaces.
fn npm_alternative(scanner: &mut Scanner<'_>) -> Result<Alternative, RangeError> {
    scanner.skip_spaces();
    if scanner.has_hyphen_range() {
        return Ok((hyphen_range(scanner)?, None));
    }
    let mut bounds: Vec<Bound> = Vec::new();
    let mut comparators = 0;
    let mut bare = None;
    let mut nothing = false;
    while scanner.peek().is_some() {
        let (operator, partial) = npm_comparator(scanner)?;
        for bound in lower(operator, &partial, NPM_MAX_NUMBER)? {
            nothing |= super::is_nothing(std::slice::from_ref(&bound));
            if !is_first_version(&bound) && !bounds.contains(&bound) {
                bounds.push(bound);
            }
        }
        comparators += 1;
        bare = (operator == Operator::None && differs_in_cargo(&partial)).then_some(partial.span);
        scanner.skip_spaces();
    }
    if nothing {
        bounds = vec![nothing_bound()];
    }
    Ok((bounds, bare.filter(|_| comparators == 1)))
}

fn npm_comparator(scanner: &mut Scanner<'_>) -> Result<(Operator, Partial), RangeError> {
    let operator = scanner.operator();
    if operator == Operator::Tilde && scanner.peek() == Some('>') {
        scanner.at += 1; // Ruby's `~>`, which npm takes as `~`.
    }
    let prefix = scanner.at;
    scanner.skip_spaces();
    scanner.refuse_misspelt_operator()?;
    scanner.skip_while(|c| c == 'v' || c == '=' || c.is_whitespace());
    let partial = scanner.partial()?;
    let marks = scanner.text[prefix..partial.span.start].trim();
    let rebuilt = matches!(operator, Operator::Caret | Operator::Tilde);
    // node-semver takes any run of `v` and `=` before a partial version, but one `v` before a full one.
    if partial.patch.is_some() && !rebuilt && !matches!(marks, "" | "v") {
        let span = prefix..partial.span.start;
        return Err(error(
            span,
            "one operator only may stand before a version",
            Some(""),
        ));
    }
    match scanner.peek() {
        Some(c) if !c.is_whitespace() => Err(scanner.unexpected_after_version()),
        _ => Ok((operator, partial)),
    }
}

/// `1.2 - 2.3.4`: both ends included, and an end that is cut short includes all that begins so.
fn hyphen_range(scanner: &mut Scanner<'_>) -> Result<Vec<Bound>, RangeError> {
    let from = hyphen_end(scanner)?;
    scanner.skip_spaces();
    if scanner.peek() != Some('-') {
        return Err(error(
            scanner.char_span(),
            "expected `-` and the other end of the range",
            None,
        ));
    }
    scanner.at += 1;
    let to = hyphen_end(scanner)?;
    scanner.skip_spaces();
    if scanner.peek().is_some() {
        let rest = scanner.at..scanner.end;
        return Err(error(
            rest,
            "nothing may follow a hyphen range but `||`",
            None,
        ));
    }
    let mut bounds = lower(Operator::GreaterEq, &from, NPM_MAX_NUMBER)?;
    bounds.extend(lower(Operator::LessEq, &to, NPM_MAX_NUMBER)?);
    bounds.retain(|bound| !is_first_version(bound));
    Ok(bounds)
}

fn hyphen_end(scanner: &mut Scanner<'_>) -> Result<Partial, RangeError> {
    scanner.skip_while(|c| c == 'v' || c == '=' || c.is_whitespace());
    if matches!(scanner.peek(), Some('<' | '>' | '^' | '~')) {
        let message = "the ends of a hyphen range are plain versions, without an operator";
        return Err(error(scanner.char_span(), message, Some("")));
    }
    scanner.partial()
}

/// The bounds that a comparator stands for; none for every version.
fn lower(operator: Operator, partial: &Partial, max: u64) -> Result<Vec<Bound>, RangeError> {
    let Some(major) = partial.major else {
        return Ok(match operator {
            Operator::Less | Operator::Greater => vec![nothing_bound()],
            _ => Vec::new(),
        });
    };
    let (minor, patch) = (partial.minor, partial.patch);
    let mut version = Version::new(major, minor.unwrap_or(0), patch.unwrap_or(0));
    version.pre = partial.pre.clone();
    let up = |number: u64| {
        let next = number.checked_add(1).filter(|next| *next <= max);
        next.ok_or_else(|| {
            error(
                partial.span.clone(),
                "the version after this one is too large",
                None,
            )
        })
    };
    let next_major = || Ok(Version::new(up(major)?, 0, 0));
    let next_minor = |minor| Ok(Version::new(major, up(minor)?, 0));
    // The first version that no longer begins with what is written.
    let past = || match minor {
        None => next_major(),
        Some(minor) => next_minor(minor),
    };
    let full = patch.is_some();
    let bounds = match operator {
        Operator::Caret => match (minor, patch) {
            (Some(minor), Some(patch)) if major == 0 && minor == 0 => {
                between(version, Version::new(0, 0, up(patch)?))
            }
            (Some(minor), _) if major == 0 => between(version, next_minor(minor)?),
            _ => between(version, next_major()?),
        },
        Operator::Tilde => between(version, past()?),
        Operator::None | Operator::Exact if full => vec![bound(BoundOp::Exact, version)],
        Operator::None | Operator::Exact => between(version, past()?),
        Operator::Less if full => vec![bound(BoundOp::Less, version)],
        Operator::Less => vec![bound(BoundOp::Less, lowest_of(&version))],
        Operator::LessEq if full => vec![bound(BoundOp::LessEq, version)],
        Operator::LessEq => vec![bound(BoundOp::Less, lowest_of(&past()?))],
        Operator::Greater if full => vec![bound(BoundOp::Greater, version)],
        Operator::Greater => vec![bound(BoundOp::GreaterEq, past()?)],
        Operator::GreaterEq => vec![bound(BoundOp::GreaterEq, version)],
    };
    Ok(bounds)
}

fn between(from: Version, to: Version) -> Vec<Bound> {
    vec![
        bound(BoundOp::GreaterEq, from),
        bound(BoundOp::Less, lowest_of(&to)),
    ]
}

fn bound(op: BoundOp, version: Version) -> Bound {
    Bound { op, version }
}

fn nothing_bound() -> Bound {
    bound(BoundOp::Less, lowest_of(&Version::new(0, 0, 0)))
}

/// `>=0.0.0` rules out no release, so node-semver drops it.
fn is_first_version(bound: &Bound) -> bool {
    bound.op == BoundOp::GreaterEq && bound.version == Version::new(0, 0, 0)
}

/// Whether Cargo, which reads a bare version as `^`, takes it for another set than npm does.
fn differs_in_cargo(partial: &Partial) -> bool {
    let zero = partial.major == Some(0);
    match (partial.minor, partial.patch, partial.wildcard) {
        (_, _, Some(_)) | (None, _, None) => false,
        (Some(_), None, None) => !zero,
        (Some(minor), Some(_), None) => !(zero && minor == 0 && partial.pre.is_empty()),
    }
}

fn refuse_long(text: &str) -> Result<(), RangeError> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    let message = format!(
        "a range may have {MAX_BYTES} bytes, this one has {}",
        text.len()
    );
    Err(error(0..text.len(), message, None))
}
