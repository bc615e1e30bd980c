//! `blue realm admin`: the life of a realm. Every command says what it will write and asks before it does, on a
//! terminal; takes `--yes` in scripts and `--dry-run`; does nothing where it is so already; and leaves all of its change or
//! none.

pub(crate) mod binding;
pub(crate) mod cache;
pub(crate) mod codeowners;
mod constant;
pub(crate) mod contract;
pub(crate) mod domain;
pub(crate) mod health;
pub(crate) mod init;
pub(crate) mod join;
pub(crate) mod leave;
pub(crate) mod migrate;
mod own_files;
mod seen;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use blue_git::Rewrites;
use blue_ops::{
    Ask, CheckoutMay, Freshness, Landed, OpenRealm, Programs, RealmPlace, Written, land,
};
use blue_realm::Realm;
use serde_json::{Value, json};

use crate::cli::Context;
use crate::failure::{Error, Exit};
use crate::interruption;
use crate::output::Format;
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::realms::{self, Here};

/// What all of them take.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Common {
    /// Show what would be written, and write nothing; nothing is fetched either
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// The realm's checkout, in place of what .blue/config.yaml says [env: BLUE_REALM_PATH]
    #[arg(long, value_name = "PATH")]
    realm: Option<PathBuf>,
    /// The difference that it makes outside of the realm, which is shown and agreed to with the rest.
    #[arg(skip)]
    beside: String,
}

/// What came of a change of a realm.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// It is on record.
    Landed,
    /// It would be: this is the difference.
    Shown(String),
    /// It is so already.
    Nothing,
    /// The person did not want it.
    Declined,
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Outcome::Landed => "written",
            Outcome::Shown(_) => "dry-run",
            Outcome::Nothing => "unchanged",
            Outcome::Declined => "declined",
        }
    }
}

type Make<'m> =
    &'m mut dyn FnMut(&Realm, &blue_ops::Actor) -> Result<Option<Written>, blue_ops::Error>;

/// What a command stands in.
fn stands(context: &Context, common: &Common) -> Result<Here, Error> {
    let given = crate::commands::check::realm_path(common.realm.as_deref(), context);
    let here = realms::here(&context.start()?, given.as_deref())?;
    if common.realm.is_some() {
        realms::is_named(&here, common.realm.as_deref())?;
    }
    Ok(here)
}

/// The one realm that a command is about.
pub(crate) fn the_realm<'h>(here: &'h Here, named: Option<&str>) -> Result<&'h RealmPlace, Error> {
    let known = || here.realms.iter().map(|it| it.name.as_str());
    match (named, here.realms.as_slice()) {
        (None, [one]) => Ok(one),
        (None, []) => Err(Error::Use {
            message: "no realm is named here".to_owned(),
            hint: "join one with `blue realm admin join`".to_owned(),
        }),
        (None, _) => Err(Error::Use {
            message: "several realms are named here".to_owned(),
            hint: format!(
                "say which with --of: {}",
                known().collect::<Vec<_>>().join(", ")
            ),
        }),
        (Some(name), realms) => {
            realms
                .iter()
                .find(|it| it.name == name)
                .ok_or_else(|| Error::Use {
                    message: format!("no realm `{}` is named here", visible(name)),
                    hint: format!("there are: {}", known().collect::<Vec<_>>().join(", ")),
                })
        }
    }
}

/// Opens a realm to be changed, fetched; for a dry run as it was fetched last.
fn open(place: &RealmPlace, common: &Common, ask: &mut Ask<'_>) -> Result<OpenRealm, Error> {
    let mut realm = match common.dry_run {
        true => OpenRealm::open_rehearsal(place, ask)?,
        false => OpenRealm::open(place, Freshness::Fetched, Rewrites::Stop, ask)?,
    };
    realm.checkout_may = CheckoutMay::Move;
    Ok(realm)
}

/// Changes a realm, once it is shown and agreed to.
fn change(
    realm: &mut OpenRealm,
    common: &Common,
    ask: &mut Ask<'_>,
    make: Make<'_>,
) -> Result<Outcome, Error> {
    let actor = ask.actor.clone();
    let base = realm.realm_at(realm.tip()?)?;
    let Some(planned) = make(&base, &actor)? else {
        return Ok(Outcome::Nothing);
    };
    planned
        .proposed
        .judge(&actor.as_author(), blue_ops::clock::date(ask.now))?;
    let diff = planned.proposed.diff() + &common.beside;
    if common.dry_run {
        return Ok(Outcome::Shown(diff));
    }
    if !agreed(common, &diff)? {
        return Ok(Outcome::Declined);
    }
    // Not before: whoever is asked something, and does not answer, ends it at once.
    interruption::stops(ask);
    let landed = land(realm, ask, &mut |base| make(base, &actor));
    let landed = landed.map_err(|why| interruption::told(why.into(), ask))?;
    Ok(match landed {
        Landed::At(..) => Outcome::Landed,
        Landed::Nothing => Outcome::Nothing,
    })
}

/// Asks on a terminal, once the change was shown there; a script that did not say `--yes` is told to.
fn agreed(common: &Common, shown: &str) -> Result<bool, Error> {
    if common.yes {
        return Ok(true);
    }
    let (stdin, mut stderr) = (std::io::stdin(), std::io::stderr());
    if !stdin.is_terminal() || !stderr.is_terminal() {
        return Err(Error::Use {
            message: "nobody is there to be asked whether this may be written".to_owned(),
            hint: "say --yes, or look at it first with --dry-run".to_owned(),
        });
    }
    let mut answer = String::new();
    let visible: Vec<_> = shown.lines().map(visible).collect();
    let asked = write!(stderr, "{}\nWrite this? [y/N] ", visible.join("\n"))
        .and_then(|()| stderr.flush())
        .and_then(|()| stdin.read_line(&mut answer));
    Ok(asked.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Tells what came of it: the difference of a dry run, else a line and what comes next.
fn tell(
    context: &Context,
    terminal: &mut Terminal,
    outcome: &Outcome,
    (said, next): (&str, &[String]),
    about: Value,
) -> Result<Exit, Error> {
    if context.format == Format::Json {
        let mut shape = json!({"version": 1, "outcome": outcome.word()});
        for (key, value) in about.as_object().into_iter().flatten() {
            shape[key] = value.clone();
        }
        shape["next"] = json!(next);
        if let Outcome::Shown(diff) = outcome {
            shape["diff"] = json!(diff);
        }
        terminal.write_all(to_text(&shape).as_bytes())?;
        return Ok(Exit::Fine);
    }
    let text = match outcome {
        Outcome::Shown(diff) => {
            let lines: Vec<_> = diff.lines().map(visible).collect();
            format!("{}\nnothing was written (--dry-run)\n", lines.join("\n"))
        }
        Outcome::Landed => format!("{} {}\n", context.style.good(), visible(said)),
        Outcome::Nothing => format!(
            "{} nothing to do: {}\n",
            context.style.good(),
            visible(said)
        ),
        Outcome::Declined => "nothing was written\n".to_owned(),
    };
    let next: String = match outcome {
        Outcome::Landed | Outcome::Nothing => next
            .iter()
            .map(|line| format!("  {}\n", visible(line)))
            .collect(),
        _ => String::new(),
    };
    terminal.write_all((text + &next).as_bytes())?;
    Ok(Exit::Fine)
}

/// Who acts, for a command that stands in a repository or a realm.
fn ask<'p>(here: &Here, progress: &'p mut dyn FnMut(&str)) -> Result<Ask<'p>, Error> {
    Ok(Ask::new(
        realms::actor(here)?,
        Programs::OnTerminal,
        progress,
    ))
}
