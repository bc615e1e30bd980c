//! `blue realm admin trust`: which realms may have their contracts' own checks run on this machine.

use std::io::Write;
use std::path::Path;

use blue_workspace::{RealmIdentity, Trust, TrustLevel, set_trust};
use serde_json::json;

use crate::cli::Context;
use crate::engine;
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Style, json::to_text};

/// Say how far this machine trusts a realm
///
/// A contract may name scripts that check it. They are run by commands, never by an editor, and only
/// where the realm is trusted. Without URL or PATH: the realms of this repository.
#[derive(Debug, Clone, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The realm: its URL (`*` stands for anything), or the path of its checkout
    realm: Option<String>,
    /// How far
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t)]
    level: Level,
    /// Show what is trusted, and change nothing
    #[arg(long, conflicts_with_all = ["realm", "level"])]
    list: bool,
    /// Show what would be trusted, and write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Level {
    /// Its contracts' checks are run
    #[default]
    Full,
    /// It is read, and nothing that it names is run
    ReadOnly,
    /// Nothing that it names is run, not even in CI
    Blocked,
}

impl From<Level> for TrustLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Full => TrustLevel::Full,
            Level::ReadOnly => TrustLevel::ReadOnly,
            Level::Blocked => TrustLevel::Blocked,
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    if args.list {
        let text = list(&Trust::read()?, context.format);
        terminal.write_all(text.as_bytes())?;
        return Ok(Exit::Fine);
    }
    let realms = match &args.realm {
        Some(named) => vec![named_realm(named, context)],
        None => realms_here(context, terminal)?,
    };
    let level = TrustLevel::from(args.level);
    let known = Trust::read()?;
    let (mut set, mut said) = (Vec::new(), String::new());
    for (pattern, realm) in realms {
        if !args.dry_run {
            set_trust(&pattern, level, realm.as_ref())?;
        }
        let pattern = blue_git::without_credentials(&pattern);
        said.push_str(&line((&pattern, level), &known, args, context.style));
        set.push(shape(&pattern, level));
    }
    let text = match context.format {
        Format::Json => {
            let mut shape = json!({"version": 1, "realms": set});
            if args.dry_run {
                shape["outcome"] = json!("dry-run");
            }
            to_text(&shape)
        }
        Format::Human if args.dry_run => said + "nothing was written (--dry-run)\n",
        Format::Human => said,
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

/// What is made of one entry.
fn line((pattern, level): (&str, TrustLevel), known: &Trust, args: &Args, style: Style) -> String {
    let mut entries = known.entries.iter();
    let was = entries.find(|(it, _)| it == pattern).map(|(_, was)| *was);
    let (pattern, is) = (visible(pattern), level.as_str());
    match (was, args.dry_run) {
        (Some(was), _) if was == level => {
            format!("{} nothing to do: {pattern}: {is}\n", style.good())
        }
        (Some(was), true) => format!("{pattern}: {} would become {is}\n", was.as_str()),
        (None, true) => format!("{pattern}: would be {is}\n"),
        (_, false) => format!("{} {pattern}: {is}\n", style.good()),
    }
}

fn shape(pattern: &str, level: TrustLevel) -> serde_json::Value {
    json!({"realm": pattern, "level": level.as_str()})
}

fn list(trust: &Trust, format: Format) -> String {
    let entries = trust.entries.iter();
    match format {
        Format::Json => {
            let shapes: Vec<_> = entries.map(|(it, level)| shape(it, *level)).collect();
            to_text(&json!({"version": 1, "realms": shapes}))
        }
        Format::Human if trust.entries.is_empty() => {
            "no realm is trusted on this machine: their contracts' checks are not run\n".to_owned()
        }
        Format::Human => {
            let lines = entries.map(|(it, level)| format!("{}: {}\n", visible(it), level.as_str()));
            lines.collect()
        }
    }
}

/// What was typed: a checkout is recorded by where it comes from.
fn named_realm(named: &str, context: &Context) -> (String, Option<RealmIdentity>) {
    let path = context.at(Path::new(named));
    if !path.join("realm.yaml").is_file() {
        return (named.to_owned(), None);
    }
    let folder = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let identity = RealmIdentity::of(&folder.unwrap_or_default(), &path);
    (identity.key().to_owned(), Some(identity))
}

/// The realms that the repository here takes part in.
fn realms_here(
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Vec<(String, Option<RealmIdentity>)>, Error> {
    let start = context.start()?;
    let options = blue_workspace::Options::default();
    let found = engine::load(&start, options, &mut |doing| terminal.progress(doing))?;
    let realms: Vec<_> = found
        .realm_states(&start)
        .iter()
        .map(|states| {
            let identity = RealmIdentity::of(&states.realm, &states.root);
            (identity.key().to_owned(), Some(identity))
        })
        .collect();
    if realms.is_empty() {
        return Err(Error::Use {
            message: "no realm of this repository can be read here".to_owned(),
            hint: "name one by its URL or by the path of its checkout".to_owned(),
        });
    }
    Ok(realms)
}
