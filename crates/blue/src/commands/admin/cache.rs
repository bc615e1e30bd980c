//! `blue realm admin cache`: what `.blue/cache.db` of this repository holds, or of a realm's own checkout what Blue's
//! home holds, how it served, and emptying it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use blue_coordination::{Cache, Stored, Use};
use blue_workspace::{Found, cache_of};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::cli::Context;
use crate::commands::admin::{Common, stands};
use crate::failure::{Error, Exit};
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::{Format, count};

/// Show what is kept of this repository from one run to the next, or empty it
///
/// It is safe to empty at any time: everything in it is made again.
#[derive(Debug, Clone, clap::Subcommand)]
#[command(verbatim_doc_comment)]
pub(crate) enum Args {
    /// Forget all of it
    Clear(Clear),
    /// What it holds, and how often it served
    Stats,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Clear {
    /// Show what would be forgotten, and forget nothing
    #[arg(long)]
    dry_run: bool,
}

/// What `blue realm admin cache --json` writes: what is kept of a repository from one run to the next. What does not
/// apply is left out.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "The cache of a repository")]
struct Told {
    /// Of this shape.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// The database; nothing where there may be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    /// Its bytes on disk; 0 where it is not there.
    bytes: u64,
    /// Whether it was emptied now.
    #[serde(skip_serializing_if = "Option::is_none")]
    cleared: Option<bool>,
    /// What it holds (before it was emptied).
    caches: Vec<Part>,
    #[serde(skip)]
    of_realm: bool,
}

/// One of the caches.
#[derive(Debug, Serialize, JsonSchema)]
struct Part {
    /// Which one: `export`, what source files say; `contract`, what the files of realms say; `validation`, how
    /// contracts' own checks ended.
    cache: &'static str,
    /// Entries.
    entries: u64,
    /// Bytes of what is kept in them.
    bytes: u64,
    /// How often what was asked for was there, since it was emptied last.
    hits: u64,
    /// How often it was not, and was made.
    misses: u64,
}

/// The schema of the document.
pub(crate) fn schema() -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Told>();
    schema.insert("$id".to_owned(), "urn:blue:schema:cache".into());
    schema
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let here = stands(context, &Common::default())?;
    let found = match here.repo {
        Some(_) => Found::Repo(here.root),
        None => Found::Realm(here.root),
    };
    let path = cache_of(&found);
    let mut told = Told {
        version: 1,
        path: path.clone(),
        bytes: 0,
        cleared: None,
        caches: Vec::new(),
        of_realm: matches!(found, Found::Realm(_)),
    };
    let there = path.filter(|path| path.is_file());
    if let Some(path) = &there {
        let mut cache = opened(path)?;
        let all = [
            ("export", Use::Summaries),
            ("contract", Use::Contracts),
            ("validation", Use::Verdicts),
        ];
        for (name, of) in all {
            told.caches
                .push(part(name, cache.stored(of).map_err(unusable)?));
        }
        told.bytes = std::fs::metadata(path).map_or(0, |it| it.len());
        if let Args::Clear(Clear { dry_run: false }) = args {
            cache.clear().map_err(unusable)?;
        }
    }
    if let Args::Clear(clear) = args {
        told.cleared = Some(there.is_some() && !clear.dry_run);
    }
    let text = match context.format {
        Format::Json => to_text(&told),
        Format::Human => words(args, &told, context),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn opened(path: &Path) -> Result<Cache, Error> {
    let cache = Cache::open(path).map_err(unusable)?;
    if let Some(aside) = cache.set_aside() {
        tracing::warn!("it was damaged; it is at {} now", aside.display());
    }
    Ok(cache)
}

/// What those errors say of awareness is not true of a cache.
fn unusable(error: blue_coordination::Error) -> Error {
    use blue_coordination::Error::{Busy, NotWritable};
    let message = match &error {
        Busy { path } => format!("{} is held by another process", path.display()),
        NotWritable { path } => format!("{} cannot be written", path.display()),
        _ => return error.into(),
    };
    Error::Use {
        message,
        hint: "checks go on without it; try again when it may be written".to_owned(),
    }
}

fn part(cache: &'static str, stored: Stored) -> Part {
    Part {
        cache,
        entries: stored.entries,
        bytes: stored.bytes,
        hits: stored.counts.hits,
        misses: stored.counts.misses,
    }
}

fn words(args: &Args, told: &Told, context: &Context) -> String {
    let Some(path) = &told.path else {
        let place = match told.of_realm {
            true => {
                "what is made of a realm's own checkout is kept in Blue's home, which is not there"
            }
            false => "only a repository with a .blue of its own keeps anything",
        };
        return format!("Nothing is kept here: {place}.\n");
    };
    if told.caches.is_empty() {
        return format!("Nothing is kept yet; {} is not there.\n", path.display());
    }
    match (args, told.cleared) {
        (Args::Clear(_), Some(true)) => format!(
            "{} {} is empty; it held {}\n",
            context.style.good(),
            path.display(),
            held(told)
        ),
        (Args::Clear(_), _) => format!("{} would be emptied of {}\n", path.display(), held(told)),
        (Args::Stats, _) => stats(path, told),
    }
}

fn held(told: &Told) -> String {
    let parts: Vec<String> = told.caches.iter().map(in_words).collect();
    match parts.split_last() {
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

fn in_words(part: &Part) -> String {
    let entries = usize::try_from(part.entries).unwrap_or(usize::MAX);
    match part.cache {
        "export" => match entries {
            1 => "the summary of 1 file".to_owned(),
            _ => format!("the summaries of {}", count(entries, "file")),
        },
        "contract" => match entries {
            1 => "1 file of its realms".to_owned(),
            _ => format!("{} of its realms", count(entries, "file")),
        },
        _ => format!("{} of contracts' own checks", count(entries, "result")),
    }
}

fn stats(path: &Path, told: &Told) -> String {
    let mut text = format!("{} holds\n", path.display());
    for part in &told.caches {
        let asked = part.hits + part.misses;
        let rate = match asked {
            0 => "never asked".to_owned(),
            _ => format!(
                "{} of {asked} asked for were there ({} %)",
                part.hits,
                part.hits * 100 / asked
            ),
        };
        text.push_str(&format!("  {}; {rate}\n", in_words(part)));
    }
    text
}
