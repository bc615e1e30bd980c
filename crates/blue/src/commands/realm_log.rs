//! `blue realm log`: who changed, synced, acknowledged and merged what in the realms, and when.

use std::io::Write;
use std::path::PathBuf;

use blue_git::Rewrites;
use blue_ops::history::{Filter, Logged, log};
use blue_ops::{Freshness, OpenRealm, RealmAt, RealmPlace, clock};
use blue_workspace::blue_home;
use serde_json::{Value, json};

use crate::cli::Context;
use crate::commands::contract::kept_in;
use crate::failure::{Error, Exit};
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Paint, Style};
use crate::realms::{self, FetchArgs};

/// Who changed, synced, acknowledged and merged what in a realm, and when
///
/// From the history of the followed branch, newest first: what Blue did by what its commits say of themselves,
/// what was done by hand by the files that it changed. Who acted is what the commit says; "(unverified)" without a
/// signature by a key that the realm has of a repo of theirs.
#[derive(Debug, Clone, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue realm log
  blue realm log --contract s3-permissions --since 2026-01-01
  blue realm log --actor ada@example.com -n 5 --json"
)]
pub(crate) struct Args {
    /// From this day or time on (2026-01-06, 2026-01-06T09:00:00Z), or for so many days (14d)
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// What this actor did: an e-mail, or what stands before its `@`
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// What is about contracts of this name
    #[arg(long, value_name = "NAME")]
    contract: Option<String>,
    /// So many of each realm, at most
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 30)]
    max_count: usize,
    /// Of every realm that this machine knows, not of those here alone; what is not of here is not fetched
    #[arg(long)]
    all_realms: bool,
    #[command(flatten)]
    fetch: FetchArgs,
    /// The realm's checkout, in place of what .blue/config.yaml says [env: BLUE_REALM_PATH]
    #[arg(long, value_name = "PATH")]
    realm: Option<PathBuf>,
}

/// A realm and what was done in it.
type Named = (String, Vec<Logged>);

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let since = match &args.since {
        Some(text) => Some(
            clock::begin_of(text, clock::now()).ok_or_else(|| Error::Use {
                message: format!("`{}` is no day and no time", visible(text)),
                hint: "write 2026-01-06, 2026-01-06T09:00:00Z, or 14d for the last 14 days"
                    .to_owned(),
            })?,
        ),
        None => None,
    };
    let filter = Filter {
        since,
        actor: args.actor.clone(),
        contract: args.contract.clone(),
    };
    let realm_path = crate::commands::check::realm_path(args.realm.as_deref(), context);
    let mut progress = |doing: &str| terminal.progress(doing);
    let here = realms::here(&start, realm_path.as_deref());
    let places = match (here, args.all_realms) {
        (Ok(here), all) => {
            if !all {
                realms::is_named(&here, args.realm.as_deref())?;
            }
            realms::refresh(&here, args.fetch, &mut progress)?;
            match all {
                true => every(here.realms),
                false => here.realms,
            }
        }
        (Err(Error::NoConfig(_)), true) => every(Vec::new()),
        (Err(why), _) => return Err(why),
    };
    let mut found: Vec<Named> = Vec::new();
    for place in &places {
        let logged = of_realm(place, &filter, args.max_count, &mut progress)?;
        found.push((place.name.clone(), logged));
    }
    let text = match context.format {
        Format::Json => json(&found),
        Format::Human => found.iter().map(|it| human(it, context.style)).collect(),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

/// Every realm that this machine knows, those that are named here first; what is known twice counts once.
fn every(here: Vec<RealmPlace>) -> Vec<RealmPlace> {
    let mut places = here;
    let kept = blue_home().map(|home| kept_in(&home)).unwrap_or_default();
    for path in kept {
        let is_clone = path.join("HEAD").is_file();
        let name = match is_clone {
            true => path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned()),
            false => std::fs::read(path.join("realm.yaml"))
                .ok()
                .and_then(|bytes| {
                    let file = blue_realm::parse_file("realm.yaml", &bytes);
                    file.as_realm()?.name.as_deref().map(str::to_owned)
                }),
        };
        let Some(name) = name.filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let is_known = |known: &RealmPlace| match &known.at {
            RealmAt::Path(other) => other.canonicalize().ok() == path.canonicalize().ok(),
            RealmAt::Url { .. } => known.name == name,
        };
        // A checkout says what a clone of the same realm says.
        if places
            .iter()
            .any(|it| is_known(it) || (is_clone && it.name == name))
        {
            continue;
        }
        let at = RealmAt::Path(path);
        places.push(RealmPlace {
            name,
            at,
            follow: None,
        });
    }
    places
}

fn of_realm(
    place: &RealmPlace,
    filter: &Filter,
    limit: usize,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Logged>, Error> {
    let mut ask = realms::reading(progress);
    let realm = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, &mut ask)?;
    Ok(log(&realm, realm.tip()?, filter, limit, &ask)?)
}

fn human((realm, logged): &Named, style: Style) -> String {
    let mut text = style.paint(Paint::Strong, &visible(realm)) + "\n";
    if logged.is_empty() {
        text.push_str("  nothing of the kind\n");
    }
    let width = |of: fn(&Logged) -> usize| logged.iter().map(of).max().unwrap_or_default();
    let verbs = width(|it| it.verb.word().len());
    let actors = width(|it| actor(it).chars().count());
    for it in logged {
        let at = clock::timestamp(it.commit.time);
        let at = at.replace('T', " ");
        let at = at.get(..16).unwrap_or(&at);
        let id = style.paint(Paint::Dim, &it.commit.id.short());
        let verb = it.verb.word();
        let actor = actor(it);
        let actor = visible(&actor);
        let subject = visible(&it.subject);
        text.push_str(&format!(
            "  {id}  {at}  {verb:<verbs$}  {actor:<actors$}  {subject}\n"
        ));
    }
    text
}

fn actor(it: &Logged) -> String {
    match it.is_verified {
        true => it.actor.clone(),
        false => format!("{} (unverified)", it.actor),
    }
}

fn json(found: &[Named]) -> String {
    let realms: Vec<Value> = found
        .iter()
        .map(|(realm, logged)| {
            let entries: Vec<Value> = logged.iter().map(shape).collect();
            json!({"realm": realm, "entries": entries})
        })
        .collect();
    to_text(&json!({"version": 1, "realms": realms}))
}

fn shape(it: &Logged) -> Value {
    json!({
        "commit": it.commit.id.to_string(),
        "at": clock::timestamp(it.commit.time),
        "actor": it.actor,
        "verified": it.is_verified,
        "did": it.verb.word(),
        "subject": it.subject,
        "contracts": it.contracts,
        "files": it.files,
    })
}
