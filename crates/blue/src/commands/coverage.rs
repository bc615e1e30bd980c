//! `blue realm coverage`: what Blue saw of a repository, and what it could not see.

use std::io::Write;
use std::path::PathBuf;

use blue_workspace::Options;

use crate::cli::Context;
use crate::engine;
use crate::failure::{Error, Exit};
use crate::output::Format;
use crate::output::coverage::{Seen, human, json};
use crate::output::terminal::Terminal;

/// What Blue saw of this repository, and what it could not see
///
/// How many files were looked into, how many of the places that touch a value are known, and why the
/// others are not; for each export, values that no code was seen to touch and values that no
/// contract has; for each import, what its files grant. Says nothing of right or wrong: see `check`.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue realm coverage
  blue realm coverage --json | jq .sites.opaque"
)]
pub(crate) struct Args {
    /// The realm's checkout, instead of the one that the config names
    #[arg(long, value_name = "PATH")]
    realm: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let options = Options {
        realm_path: args.realm.clone(),
        ..Options::default()
    };
    let mut progress = |doing: &str| terminal.progress(doing);
    let loaded = engine::load(&start, options, &mut progress)?;
    let Some(report) = loaded.coverage(&start, &mut progress)? else {
        return Err(Error::Use {
            message: format!(
                "{} is a realm's own checkout, which has no code to look into",
                start.display()
            ),
            hint: "run it in a repository that takes part in the realm".to_owned(),
        });
    };
    let skipped = blue_ops::telling("counting what is left out …", &mut progress, || {
        blue_workspace::skipped(&report.root)
    });
    let seen = Seen { report, skipped };
    let text = match context.format {
        Format::Json => json(&seen),
        Format::Human => human(&seen, context.style, context.detail),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}
