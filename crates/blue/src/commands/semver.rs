//! `blue semver`: what a version range means, and which versions are in it, by the rules that an
//! import's `version` is read with.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::io::Write;

use blue_compat::range::{Dialect, Parsed, Standing, VersionRange, parse_version};
use semver::Version;
use serde::Serialize;

use crate::cli::{Context, Detail};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, json};

/// What a version range means, and which versions are in it
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue semver '>=1.0.0, <2.0.0' 1.4.0 2.0.0
  blue semver '^1.2 || 2.x' 2.3.4
  blue semver 1.2.3 1.4.0 --dialect cargo
  blue semver '^1.2.0' --intersect '<1.5.0'    The versions that are in both
  blue semver '~1.4' --subset-of '>=1.0.0, <2.0.0'
  blue semver --compare 1.4.0 1.4.0-rc.1

Exit codes:
  0 all that was asked is so    1 a version is not in the range, no version is in both, or the range
  is not inside the other    2 no range, or no version"
)]
pub(crate) struct Args {
    /// The range, as npm or Cargo spell it
    #[arg(allow_hyphen_values = true, required_unless_present = "compare")]
    range: Option<String>,
    /// Versions to look for in it
    #[arg(value_name = "VERSION")]
    versions: Vec<String>,
    /// The versions that this range holds too: a range of them, if there are any
    #[arg(long, value_name = "RANGE", allow_hyphen_values = true)]
    intersect: Option<String>,
    /// Whether every version of the range is in this one
    #[arg(long, value_name = "RANGE", allow_hyphen_values = true)]
    subset_of: Option<String>,
    /// Which of two versions comes first
    #[arg(
        long,
        num_args = 2,
        value_names = ["VERSION", "VERSION"],
        conflicts_with_all = ["range", "intersect", "subset_of"]
    )]
    compare: Vec<String>,
    /// Whose rules to read ranges and versions by [default: told by the range's spelling]
    #[arg(long, value_enum)]
    dialect: Option<DialectArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum DialectArg {
    /// node-semver's strict rules
    Npm,
    /// Cargo's
    Cargo,
}

impl From<DialectArg> for Dialect {
    fn from(argument: DialectArg) -> Self {
        match argument {
            DialectArg::Npm => Dialect::Npm,
            DialectArg::Cargo => Dialect::Cargo,
        }
    }
}

#[derive(Serialize)]
struct Answer {
    version: u32,
    range: String,
    dialect: &'static str,
    canonical: String,
    /// The least version in it; none when it holds nothing.
    minimal: Option<String>,
    /// A bare version in it means another thing to the other dialect.
    ambiguous: Option<String>,
    versions: Vec<Judged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intersection: Option<Intersection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subset: Option<Subset>,
}

#[derive(Serialize)]
struct Judged {
    /// As it was typed where it is none.
    version: String,
    satisfies: bool,
    /// `inside`, `above`, `below`, or `between`: in a gap, or a prerelease that is not let in. None
    /// where it is no version.
    standing: Option<&'static str>,
    /// It is a prerelease of a version that is in it.
    #[serde(skip)]
    is_let_out: bool,
    /// Why it is no version.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What `--intersect` asks.
#[derive(Serialize)]
struct Intersection {
    with: String,
    intersects: bool,
    /// A range of exactly the versions that are in both.
    range: Option<String>,
    /// The least of them.
    minimal: Option<String>,
}

/// What `--subset-of` asks.
#[derive(Serialize)]
struct Subset {
    of: String,
    subset: bool,
    /// The least version that is in the range and not in the other.
    outside: Option<String>,
}

/// What `--compare` asks.
#[derive(Serialize)]
struct Comparison {
    version: u32,
    left: String,
    right: String,
    /// -1: the left one comes first; 1: the right one; 0: neither, build metadata aside.
    order: i8,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let dialect = args.dialect.map(Dialect::from);
    if let [left, right] = args.compare.as_slice() {
        let versions = [left, right].map(|text| version(text, dialect));
        let [left, right] = versions;
        let text = compared(&left?, &right?, context);
        terminal.write_all(text.as_bytes())?;
        return Ok(Exit::Fine);
    }
    let answer = answer(args, dialect)?;
    let text = match context.format {
        Format::Json => json::to_text(&answer),
        Format::Human => human(&answer, context),
    };
    terminal.write_all(text.as_bytes())?;
    let is_version = |judged: &Judged| judged.error.is_none();
    Ok(match answer.is_yes() {
        _ if !answer.versions.iter().all(is_version) => Exit::Usage,
        true => Exit::Fine,
        false => Exit::Findings,
    })
}

fn answer(args: &Args, dialect: Option<Dialect>) -> Result<Answer, Error> {
    let text = args.range.clone().unwrap_or_default();
    let parsed = parse(&text, dialect)?;
    let range = &parsed.range;
    let mut versions = Vec::new();
    for text in &args.versions {
        let read = parse_version(text, range.dialect());
        let standing = read.as_ref().ok().map(|version| range.standing(version));
        versions.push(Judged {
            version: match &read {
                Ok(version) => version.to_string(),
                Err(_) => text.clone(),
            },
            satisfies: standing == Some(Standing::Inside),
            standing: standing.map(word),
            is_let_out: read.as_ref().is_ok_and(|version| {
                let mut released = version.clone();
                released.pre = semver::Prerelease::EMPTY;
                !version.pre.is_empty() && !range.matches(version) && range.matches(&released)
            }),
            error: read.err().map(|why| why.to_string()),
        });
    }
    let intersection = args.intersect.as_ref().map(|with| {
        let other = parse(with, dialect)?.range;
        let met = range.intersection(&other);
        Ok::<_, Error>(Intersection {
            with: with.clone(),
            intersects: met.is_some(),
            range: met.as_ref().map(ToString::to_string),
            minimal: range.common(&other).map(|version| version.to_string()),
        })
    });
    let subset = args.subset_of.as_ref().map(|of| {
        let outside = range.first_outside(&parse(of, dialect)?.range);
        Ok::<_, Error>(Subset {
            of: of.clone(),
            subset: outside.is_none(),
            outside: outside.map(|version| version.to_string()),
        })
    });
    let bare = parsed.ambiguous.clone();
    Ok(Answer {
        version: 1,
        dialect: match range.dialect() {
            Dialect::Npm => "npm",
            Dialect::Cargo => "cargo",
        },
        canonical: range.to_string(),
        minimal: range.minimal().map(|version| version.to_string()),
        ambiguous: bare.and_then(|bytes| text.get(bytes).map(ToOwned::to_owned)),
        range: text,
        versions,
        intersection: intersection.transpose()?,
        subset: subset.transpose()?,
    })
}

impl Answer {
    fn is_yes(&self) -> bool {
        self.versions.iter().all(|judged| judged.satisfies)
            && self.intersection.as_ref().is_none_or(|it| it.intersects)
            && self.subset.as_ref().is_none_or(|it| it.subset)
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Inside => "inside",
        Standing::Above => "above",
        Standing::Below => "below",
        Standing::Between => "between",
    }
}

fn parse(text: &str, dialect: Option<Dialect>) -> Result<Parsed, Error> {
    let parsed = match dialect {
        None => VersionRange::parse(text),
        Some(dialect) => VersionRange::parse_as(text, dialect).map(|range| Parsed {
            range,
            ambiguous: None,
        }),
    };
    parsed.map_err(|error| Error::BadRange {
        range: text.to_owned(),
        error,
    })
}

/// A version as the dialect writes it: npm takes a `v` before it.
fn version(text: &str, dialect: Option<Dialect>) -> Result<Version, Error> {
    parse_version(text, dialect.unwrap_or(Dialect::Npm)).map_err(|why| Error::BadVersion {
        text: text.to_owned(),
        why: why.to_string(),
    })
}

fn compared(left: &Version, right: &Version, context: &Context) -> String {
    let order = left.cmp_precedence(right);
    match context.format {
        Format::Json => json::to_text(&Comparison {
            version: 1,
            left: left.to_string(),
            right: right.to_string(),
            order: order as i8,
        }),
        Format::Human => match order {
            Ordering::Less => format!("{left} comes before {right}\n"),
            Ordering::Greater => format!("{left} comes after {right}\n"),
            Ordering::Equal => format!("{left} and {right} have the same place\n"),
        },
    }
}

fn human(answer: &Answer, context: &Context) -> String {
    let style = context.style;
    let mut out = String::new();
    if context.detail > Detail::Quiet {
        let _ = match &answer.minimal {
            Some(least) => writeln!(
                out,
                "{} ({}), from {least} on",
                answer.canonical, answer.dialect
            ),
            None => writeln!(
                out,
                "{} ({}), which holds no version",
                answer.canonical, answer.dialect
            ),
        };
        if let Some(bare) = &answer.ambiguous {
            let _ = writeln!(
                out,
                "{} `{bare}` alone is this one version to npm and `^{bare}` to Cargo: write `=` or `^`",
                style.warning()
            );
        }
    }
    for judged in &answer.versions {
        let (mark, version) = (mark(judged.satisfies, context), &judged.version);
        let _ = match (judged.standing, &judged.error) {
            (Some("inside"), _) => writeln!(out, "{mark} {version} is in it"),
            (Some(_), _) if judged.is_let_out => writeln!(
                out,
                "{mark} {version} is not in it: it lets no prerelease of that version in"
            ),
            (Some(standing @ ("above" | "below")), _) => {
                writeln!(out, "{mark} {version} is not in it, but {standing} it")
            }
            (_, Some(why)) => writeln!(out, "{mark} `{}` is no version: {why}", visible(version)),
            _ => writeln!(out, "{mark} {version} is not in it"),
        };
    }
    if let Some(met) = &answer.intersection {
        let (mark, with) = (mark(met.intersects, context), &met.with);
        let _ = match (&met.range, &met.minimal) {
            (Some(range), Some(least)) => {
                writeln!(out, "{mark} in `{with}` too: {range}, from {least} on")
            }
            _ => writeln!(out, "{mark} no version is in `{with}` too"),
        };
    }
    if let Some(subset) = &answer.subset {
        let (mark, of) = (mark(subset.subset, context), &subset.of);
        let _ = match &subset.outside {
            None => writeln!(out, "{mark} all of it is in `{of}`"),
            Some(version) => writeln!(out, "{mark} {version} is in it and not in `{of}`"),
        };
    }
    out
}

fn mark(is_so: bool, context: &Context) -> String {
    match is_so {
        true => context.style.good(),
        false => context.style.bad(),
    }
}
