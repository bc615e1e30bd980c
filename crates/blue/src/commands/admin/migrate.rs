//! `blue realm admin migrate`: a realm of the early layout turned into the present one.

use blue_git::Rewrites;
use blue_ops::admin::{Early, left_over, migrate};
use blue_ops::{Ask, Freshness, OpenRealm};
use serde_json::json;

use crate::cli::Context;
use crate::commands::admin::{Common, Outcome, ask, change, open, stands, tell, the_realm};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;

/// Turn a realm of the early layout into the present one
///
/// There a folder under domains/ was a repository with exports.yaml and imports.yaml, and contracts shared schemas in
/// contracts/*.schema.yaml. All of them become members of one domain; each contract gets a copy of the schemas that it
/// refers to. One commit. Keys that this layout does not know and comments are taken over with what they stand at, and what
/// cannot be is named; schemas that nothing refers to stay where they are.
#[derive(Debug, Clone, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The domain that they become members of [default: the realm's name]
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Of several realms here, this one
    #[arg(long = "of", value_name = "REALM")]
    of: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let here = stands(context, &args.common)?;
    let place = the_realm(&here, args.of.as_deref())?;
    let domain = args.domain.clone().unwrap_or_else(|| place.name.clone());
    let mut progress = |doing: &str| terminal.progress(doing);
    let mut ask = ask(&here, &mut progress)?;
    let mut realm = open(place, &args.common, &mut ask)?;
    let now = ask.now;
    let mut left: Vec<String> = Vec::new();
    let rehearsed = match args.common.dry_run {
        true => Some(realm.rehearsal()?),
        false => None,
    };
    let outcome = change(&mut realm, &args.common, &mut ask, &mut |base, actor| {
        // What is to be moved is no file of the format: it is read beside the realm, at the same commit.
        let mut silent = |_: &str| ();
        let mut reading = Ask::reading(&mut silent);
        let early = match &rehearsed {
            Some(view) => Early::of(view)?,
            None => {
                let mode = (Freshness::AsItIs, Rewrites::Stop);
                Early::of(&OpenRealm::open(place, mode.0, mode.1, &mut reading)?)?
            }
        };
        let written = migrate(base, &early, &domain, actor, now)?;
        left = written
            .as_ref()
            .map(|it| left_over(&early, it))
            .unwrap_or_default();
        Ok(written)
    })?;
    let said = match outcome {
        Outcome::Nothing => format!("nothing of {} is in the early layout", place.name),
        _ => format!(
            "{} is in the present layout; its repositories are in {domain}",
            place.name
        ),
    };
    let mut next = vec![
        "where code is read from was not said then: `blue realm admin export CONTRACT --domain DOMAIN --files GLOB` says it"
            .to_owned(),
        "`blue realm check` in the realm's checkout says what is left to be done".to_owned(),
    ];
    if !left.is_empty() {
        next.push(format!(
            "{} stays, for no contract refers to it",
            left.join(", ")
        ));
    }
    let next: &[String] = match outcome {
        Outcome::Landed => &next,
        _ => &[],
    };
    let shape = json!({"realm": place.name, "domain": domain});
    tell(context, terminal, &outcome, (&said, next), shape)
}
