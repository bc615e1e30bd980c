//! `blue realm admin health`: what of a realm nobody looks after any more.

use std::io::Write as _;

use blue_git::Rewrites;
use blue_ops::admin::{Ailment, AilmentKind, confirm, health, last_seen};
use blue_ops::{Ask, Freshness, OpenRealm, clock};
use serde_json::{Value, json};

use crate::cli::Context;
use crate::commands::admin::{Common, ask, change, open, stands, tell, the_realm};
use crate::failure::{Error, Exit};
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Paint, Style};
use crate::realms::{self, FetchArgs};

/// What of a realm nobody looks after any more
///
/// Repositories in no domain, without maintainers, or not confirmed for a year; contracts that nobody imports; imports that
/// have lagged behind for 90 days. It judges nothing: the exit code is 0.
#[derive(Debug, Clone, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Say of this repository that it is still there: `confirmed_at`
    #[arg(long)]
    confirm: bool,
    /// Of several realms here, this one
    #[arg(long = "of", value_name = "REALM")]
    of: Option<String>,
    #[command(flatten)]
    fetch: FetchArgs,
    #[command(flatten)]
    common: Common,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let here = stands(context, &args.common)?;
    if args.confirm {
        return run_confirm(args, context, terminal);
    }
    let place = the_realm(&here, args.of.as_deref())?;
    let mut progress = |doing: &str| terminal.progress(doing);
    let fetch = FetchArgs {
        offline: args.fetch.offline || args.common.dry_run,
        ..args.fetch
    };
    realms::refresh(&here, fetch, &mut progress)?;
    let mut ask = Ask::reading(&mut progress);
    let realm = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, &mut ask)?;
    let record = realm.realm_at(realm.tip()?)?;
    let found = health(&record, &last_seen(&realm)?, clock::now());
    let text = match context.format {
        Format::Json => {
            let shapes: Vec<Value> = found.iter().map(shape).collect();
            to_text(&json!({"version": 1, "realm": place.name, "ailments": shapes}))
        }
        Format::Human => human(&place.name, &found, context.style),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn run_confirm(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let here = stands(context, &args.common)?;
    let repo = super::binding::repo_of(&here)?;
    let place = the_realm(&here, args.of.as_deref())?;
    let mut progress = |doing: &str| terminal.progress(doing);
    let mut ask = ask(&here, &mut progress)?;
    let mut realm = open(place, &args.common, &mut ask)?;
    let now = ask.now;
    let outcome = change(&mut realm, &args.common, &mut ask, &mut |base, actor| {
        confirm(base, &repo, actor, now)
    })?;
    let said = format!("{repo} is still there, as of {}", clock::date(now));
    let shape = json!({"realm": place.name, "repo": repo});
    tell(context, terminal, &outcome, (&said, &[]), shape)
}

fn title(kind: AilmentKind) -> &'static str {
    match kind {
        AilmentKind::Orphaned => "in no domain",
        AilmentKind::Maintainers => "nobody to ask",
        AilmentKind::Unconfirmed => "not confirmed for a year",
        AilmentKind::NotImported => "imported by nobody",
        AilmentKind::Stale => "long behind",
    }
}

fn human(realm: &str, found: &[Ailment], style: Style) -> String {
    if found.is_empty() {
        return format!(
            "{} {}: everything is looked after\n",
            style.good(),
            visible(realm)
        );
    }
    let mut text = style.paint(Paint::Strong, &visible(realm)) + "\n";
    let mut kind = None;
    for it in found {
        if kind != Some(it.kind) {
            kind = Some(it.kind);
            text.push_str(&format!(
                "  {}\n",
                style.paint(Paint::Warning, title(it.kind))
            ));
        }
        text.push_str(&format!("    {}\n", visible(&it.words)));
        text.push_str(&format!(
            "      {}\n",
            style.paint(Paint::Dim, &visible(&it.hint))
        ));
    }
    text
}

fn shape(it: &Ailment) -> Value {
    json!({
        "kind": it.kind.word(),
        "domain": it.domain,
        "repo": it.repo,
        "contract": it.contract,
        "message": it.words,
        "hint": it.hint,
    })
}
