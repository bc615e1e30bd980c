//! `blue realm admin codeowners`: the forges' file of owners, as the realm says.

use std::io::Write as _;
use std::path::Path;

use blue_ops::admin::{CODEOWNERS, codeowners, own_code};
use blue_ops::diff_of;
use serde_json::json;

use crate::cli::Context;
use crate::commands::admin::{Outcome, tell};
use crate::engine;
use crate::failure::{Error, Exit};
use crate::output::Format;
use crate::output::terminal::Terminal;

/// Write CODEOWNERS from the realm's owners and maintainers
///
/// In a realm's own checkout; from then on, every change that Blue makes keeps it up. One that was written by hand is only
/// replaced with --force. Elsewhere it is printed.
#[derive(Debug, Clone, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Replace one that was written by hand
    #[arg(long)]
    force: bool,
    /// Print it, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let options = blue_workspace::Options::default();
    let found = engine::load(&start, options, &mut |doing| terminal.progress(doing))?;
    let states = found.realm_states(&start);
    let Some(realm) = states.first() else {
        return Err(Error::NoConfig(start));
    };
    let text = codeowners(&realm.working);
    let path = realm.root.join(CODEOWNERS);
    let is_here = start.starts_with(&realm.root);
    let before = std::fs::read_to_string(&path).ok();
    let about = json!({"path": CODEOWNERS});
    if args.dry_run || !is_here {
        if context.format == Format::Json {
            let diff = diff_of(CODEOWNERS, before.as_deref(), Some(&text));
            return tell(context, terminal, &Outcome::Shown(diff), ("", &[]), about);
        }
        terminal.write_all(text.as_bytes())?;
        return Ok(Exit::Fine);
    }
    if before.as_deref().is_some_and(|before| !own_code(before)) && !args.force {
        return Err(Error::Use {
            message: format!("{} was written by hand", path.display()),
            hint: "--force replaces it, --dry-run prints what would stand there".to_owned(),
        });
    }
    let is_new = before.as_deref() != Some(&text);
    if is_new {
        write(&path, &text)?;
    }
    let said = match context.format {
        Format::Json => {
            let outcome = if is_new {
                Outcome::Landed
            } else {
                Outcome::Nothing
            };
            return tell(context, terminal, &outcome, ("", &[]), about);
        }
        Format::Human if is_new => format!(
            "{} {CODEOWNERS} is written; commit it\n",
            context.style.good()
        ),
        Format::Human => format!(
            "{} {CODEOWNERS} says what the realm says\n",
            context.style.good()
        ),
    };
    terminal.write_all(said.as_bytes())?;
    Ok(Exit::Fine)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|source| Error::File {
        doing: "write",
        path: path.to_owned(),
        source,
    })
}
