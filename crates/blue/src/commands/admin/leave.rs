//! `blue realm admin leave`: this repository takes part no more.

use blue_ops::admin::{Anyway, leave};
use serde_json::json;

use crate::cli::Context;
use crate::commands::admin::{Common, Outcome, ask, change, open, stands, tell, the_realm};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;

/// Take this repository out of a realm
///
/// Its file, its bindings and its contracts go. Refused while others import them, who are named.
#[derive(Debug, Clone, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Leave although others import from it: their bindings are then broken
    #[arg(long)]
    force: bool,
    /// Of several realms here, this one
    #[arg(long = "of", value_name = "REALM")]
    of: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let here = stands(context, &args.common)?;
    let Some(repo) = here.repo.clone() else {
        return Err(Error::Use {
            message: "this is a realm's own checkout, which takes part in nothing".to_owned(),
            hint: "run it in the repository that leaves".to_owned(),
        });
    };
    let anyway = match args.force {
        true => Anyway::Yes,
        false => Anyway::No,
    };
    let mut progress = |doing: &str| terminal.progress(doing);
    let place = the_realm(&here, args.of.as_deref())?;
    let mut ask = ask(&here, &mut progress)?;
    let mut realm = open(place, &args.common, &mut ask)?;
    // `--realm` may be another one than the config names.
    let own = realm.realm_at(realm.tip()?)?.name().map(str::to_owned);
    let name = own.as_deref().unwrap_or(&place.name);
    let outcome = change(&mut realm, &args.common, &mut ask, &mut |base, actor| {
        leave(base, &repo, anyway, actor)
    })?;
    let next = match outcome {
        Outcome::Landed if *name == *place.name => {
            vec![format!("take {name} out of .blue/config.yaml")]
        }
        _ => Vec::new(),
    };
    let said = format!("{repo} takes no part in {name}");
    tell(
        context,
        terminal,
        &outcome,
        (&said, &next),
        json!({"repo": repo, "realm": name}),
    )
}
