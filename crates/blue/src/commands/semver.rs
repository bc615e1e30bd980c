//! `blue semver`: what a version range means, and which versions are in it, by the rules that an
//! import's `version` is read with.

use std::fmt::Write as _;
use std::io::Write;

use blue_compat::range::{Dialect, Parsed, VersionRange};
use semver::Version;
use serde::Serialize;

use crate::cli::{Context, Detail};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
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

Exit codes:
  0 all versions are in the range    1 one is not    2 no range, or no version"
)]
pub(crate) struct Args {
    /// The range, as npm or Cargo spell it
    #[arg(allow_hyphen_values = true)]
    range: String,
    /// Versions to look for in it
    #[arg(value_name = "VERSION")]
    versions: Vec<String>,
    /// Whose rules to read it by [default: told by its spelling]
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
}

#[derive(Serialize)]
struct Judged {
    version: String,
    satisfies: bool,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let parsed = parse(args)?;
    let mut versions = Vec::new();
    for text in &args.versions {
        let version = Version::parse(text).map_err(|why| Error::BadVersion {
            text: text.clone(),
            why: why.to_string(),
        })?;
        versions.push(Judged {
            version: version.to_string(),
            satisfies: parsed.range.matches(&version),
        });
    }
    let bare = parsed.ambiguous.clone();
    let answer = Answer {
        version: 1,
        range: args.range.clone(),
        dialect: match parsed.range.dialect() {
            Dialect::Npm => "npm",
            Dialect::Cargo => "cargo",
        },
        canonical: parsed.range.to_string(),
        minimal: parsed.range.minimal().map(|version| version.to_string()),
        ambiguous: bare.and_then(|bytes| args.range.get(bytes).map(ToOwned::to_owned)),
        versions,
    };
    let text = match context.format {
        Format::Json => json::to_text(&answer),
        Format::Human => human(&answer, context),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(
        match answer.versions.iter().all(|judged| judged.satisfies) {
            true => Exit::Fine,
            false => Exit::Findings,
        },
    )
}

fn parse(args: &Args) -> Result<Parsed, Error> {
    let by = |dialect| {
        VersionRange::parse_as(&args.range, dialect).map(|range| Parsed {
            range,
            ambiguous: None,
        })
    };
    let parsed = match args.dialect {
        None => VersionRange::parse(&args.range),
        Some(DialectArg::Npm) => by(Dialect::Npm),
        Some(DialectArg::Cargo) => by(Dialect::Cargo),
    };
    parsed.map_err(|error| Error::BadRange {
        range: args.range.clone(),
        error,
    })
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
        let _ = match judged.satisfies {
            true => writeln!(out, "{} {} is in it", style.good(), judged.version),
            false => writeln!(out, "{} {} is not in it", style.bad(), judged.version),
        };
    }
    out
}
