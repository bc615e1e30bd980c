//! `blue notifications`: what happened in the realms to what this repository exports and imports, and what of it it
//! does not want to see again.

use std::io::Write;

use blue_coordination::{Kind, Moment, Mute, Noted, Notifications};
use blue_git::Rewrites;
use blue_ops::{Ask, Freshness, OpenRealm, RealmPlace, clock};
use serde_json::{Value, json};

use crate::awareness::{self, reader, shape, words};
use crate::cli::Context;
use crate::failure::{Error, Exit};
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Glyphs, Paint, Style};
use crate::realms::{self, FetchArgs, Here};

/// What happened to what this repository exports and imports
///
/// Read from the realms' histories as they are fetched, and kept on this machine. A later version of a
/// contract stands for the earlier ones; what this repository follows, or has dismissed, is not shown.
#[derive(Debug, Clone, clap::Args)]
#[command(
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  blue notifications
  blue notifications dismiss 3 4
  blue notifications mute --kind merged
  blue notifications unmute --kind merged"
)]
pub(crate) struct Args {
    /// Also what was dismissed, followed or muted, and what is for other repositories
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    fetch: FetchArgs,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Verb {
    /// Hide notifications from this repository's list; nobody else is told
    Dismiss {
        /// As the list shows them
        #[arg(value_name = "ID", required = true)]
        ids: Vec<i64>,
    },
    /// Show nothing of this any more, in any repository; without an option: what is muted
    Mute(Which),
    /// Take a mute back, named by the options it was made with
    Unmute(Which),
}

/// What is muted: whatever is all of these.
#[derive(Debug, Clone, clap::Args)]
struct Which {
    /// Of this realm
    #[arg(long, value_name = "NAME")]
    realm: Option<String>,
    /// Of this domain
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Of contracts of this name
    #[arg(long, value_name = "NAME")]
    contract: Option<String>,
    /// Of this kind
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<Kind>,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::of_word(text).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        format!("there are {}", known.join(", "))
    })
}

impl Which {
    fn mute(&self) -> Mute {
        Mute {
            realm: self.realm.clone(),
            domain: self.domain.clone(),
            contract: self.contract.clone(),
            kind: self.kind,
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let mut known = awareness::open()?.ok_or_else(|| Error::Use {
        message: "there is no home folder to keep notifications in".to_owned(),
        hint: "set BLUE_HOME to a folder".to_owned(),
    })?;
    let (text, exit) = match &args.verb {
        None => list(args, &mut known, context, terminal)?,
        Some(Verb::Dismiss { ids }) => (dismiss(ids, &mut known, context)?, Exit::Fine),
        Some(Verb::Mute(which)) => (mute(&which.mute(), &mut known, context)?, Exit::Fine),
        Some(Verb::Unmute(which)) => (unmute(&which.mute(), &mut known, context)?, Exit::Fine),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(exit)
}

/// Where the command stands: a repository that has a name in its realms.
fn standing(context: &Context) -> Result<(Here, String), Error> {
    let start = context.start()?;
    let realm_path = crate::commands::check::realm_path(None, context);
    let here = realms::here(&start, realm_path.as_deref())?;
    match here.repo.clone() {
        Some(repo) => Ok((here, repo)),
        None => Err(Error::Use {
            message: "this is a realm's own checkout, and notifications are for repositories"
                .to_owned(),
            hint: "run it in a repository that exports or imports; `blue realm log` says what \
                   happened in the realm"
                .to_owned(),
        }),
    }
}

/// What there is to be told of one realm.
struct News {
    realm: String,
    noted: Vec<Noted>,
    /// Why it could not be looked at.
    problem: Option<blue_ops::Error>,
}

fn list(
    args: &Args,
    known: &mut Notifications,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<(String, Exit), Error> {
    let (here, repo) = standing(context)?;
    let mut progress = |doing: &str| terminal.progress(doing);
    realms::refresh(&here, args.fetch, &mut progress)?;
    let mut news = Vec::new();
    for place in &here.realms {
        let found = of_realm(args, (place, &repo), known, &mut progress);
        let (noted, problem) = match found {
            Ok(noted) => (noted, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        news.push(News {
            realm: place.name.clone(),
            noted,
            problem,
        });
    }
    let exit = match news.iter().any(|it| it.problem.is_some()) {
        true => Exit::Unchecked,
        false => Exit::Fine,
    };
    let text = match context.format {
        Format::Json => json(&repo, &news),
        Format::Human => {
            told_once(args, (&news, &repo), known)?;
            news.iter()
                .map(|news| human(&repo, news, context.style))
                .collect()
        }
    };
    Ok((text, exit))
}

/// What asks nothing of anybody is told to a person once: it is not listed again, but by `--all`.
fn told_once(
    args: &Args,
    (news, repo): (&[News], &str),
    known: &mut Notifications,
) -> Result<(), Error> {
    if args.all {
        return Ok(());
    }
    let noted = news.iter().flat_map(|it| &it.noted);
    let once = noted.filter(|it| it.notification.kind.asks_nothing());
    let ids: Vec<i64> = once.map(|it| it.id).collect();
    known.claim(&ids, repo, Moment(clock::now().saturating_mul(1000)))?;
    Ok(())
}

fn of_realm(
    args: &Args,
    (place, repo): (&RealmPlace, &str),
    known: &mut Notifications,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Noted>, blue_ops::Error> {
    let mut ask = Ask::reading(progress);
    let realm = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, &mut ask)?;
    blue_ops::history::learn(&realm, known)?;
    if args.all {
        return Ok(known.all(&realm.id()?)?);
    }
    let record = realm.realm_at(realm.tip()?)?;
    Ok(known.unread(&reader(&realm.id()?, &record, repo))?)
}

fn json(repo: &str, news: &[News]) -> String {
    let noted: Vec<Value> = news.iter().flat_map(|it| &it.noted).map(shape).collect();
    let problems = news.iter().filter_map(|it| it.problem.as_ref());
    let problems: Vec<String> = problems.map(ToString::to_string).collect();
    to_text(&json!({
        "version": 1,
        "repo": repo,
        "notifications": noted,
        "problems": problems,
    }))
}

/// The symbol of a notification.
pub(crate) fn bell(style: Style) -> &'static str {
    match style.glyphs {
        Glyphs::Unicode => "🔔",
        Glyphs::Ascii => "[news]",
    }
}

fn human(repo: &str, news: &News, style: Style) -> String {
    let realm = visible(&news.realm);
    if let Some(why) = &news.problem {
        let why = why.to_string();
        return format!("{} {realm}: {}\n", style.warning(), visible(&why));
    }
    let repo = visible(repo);
    let Some(first) = news.noted.first() else {
        return format!("{} {realm}: no notifications for {repo}\n", style.good());
    };
    let count = crate::output::count(news.noted.len(), "notification");
    let head = format!("{realm}: {count}");
    let mut text = format!("{} {}\n", bell(style), style.paint(Paint::Strong, &head));
    let ids = news.noted.iter().map(|it| it.id.to_string().len());
    let width = ids.max().unwrap_or_default();
    for noted in &news.noted {
        let day = clock::date(noted.notification.created_at.0.div_euclid(1000));
        let mark = match noted.notification.kind {
            Kind::Breaking | Kind::Refused => style.warning(),
            _ => style.good(),
        };
        let words = words(noted);
        let words = visible(&words);
        text.push_str(&format!("  {:>width$}  {day}  {mark} {words}\n", noted.id));
    }
    let hide = format!("`blue notifications dismiss {}` hides one", first.id);
    text.push_str(&format!("{}\n", style.paint(Paint::Dim, &hide)));
    text
}

fn dismiss(ids: &[i64], known: &mut Notifications, context: &Context) -> Result<String, Error> {
    let (here, repo) = standing(context)?;
    // Whoever git does not know may hide things from himself all the same.
    let actor = realms::actor(&here).map(|actor| actor.author.email);
    let now = Moment(clock::now().saturating_mul(1000));
    let done = known.dismiss(ids, &repo, &actor.unwrap_or_default(), now)?;
    let unknown: Vec<String> = ids
        .iter()
        .filter(|id| !done.contains(id))
        .map(|id| format!("no notification {id}"))
        .collect();
    if !unknown.is_empty() {
        let others = match done.is_empty() {
            true => "",
            false => "; the others that you named are dismissed",
        };
        return Err(Error::Use {
            message: format!("there is {} on this machine", blue_realm::listed(&unknown)),
            hint: format!("`blue notifications --all` lists them{others}"),
        });
    }
    if context.format == Format::Json {
        return Ok(to_text(
            &json!({"version": 1, "repo": repo, "dismissed": done}),
        ));
    }
    let count = crate::output::count(done.len(), "notification");
    let (mark, repo) = (context.style.good(), visible(&repo));
    Ok(format!(
        "{mark} {count} dismissed for {repo}; nobody else is told\n"
    ))
}

/// In words: `kind merged, contract s3-permissions`.
fn of_mute(mute: &Mute) -> String {
    let kind = mute.kind.map(|kind| kind.word().to_owned());
    let parts = [
        ("kind", &kind),
        ("contract", &mute.contract),
        ("domain", &mute.domain),
        ("realm", &mute.realm),
    ];
    let said = parts.iter().filter_map(|(what, name)| {
        let name = name.as_deref()?;
        Some(format!("{what} {}", visible(name)))
    });
    said.collect::<Vec<_>>().join(", ")
}

fn mute_shape(mute: &Mute) -> Value {
    json!({
        "realm": mute.realm,
        "domain": mute.domain,
        "contract": mute.contract,
        "kind": mute.kind.map(Kind::word),
    })
}

fn mute(mute: &Mute, known: &mut Notifications, context: &Context) -> Result<String, Error> {
    let is_asked = *mute != Mute::default();
    if is_asked {
        known.mute(mute)?;
    }
    let muted = known.muted()?;
    if context.format == Format::Json {
        let muted: Vec<Value> = muted.iter().map(mute_shape).collect();
        return Ok(to_text(&json!({"version": 1, "muted": muted})));
    }
    if is_asked {
        let mark = context.style.good();
        return Ok(format!("{mark} muted: {}\n", of_mute(mute)));
    }
    if muted.is_empty() {
        return Ok("nothing is muted\n".to_owned());
    }
    Ok(muted
        .iter()
        .map(|mute| format!("muted: {}\n", of_mute(mute)))
        .collect())
}

fn unmute(mute: &Mute, known: &mut Notifications, context: &Context) -> Result<String, Error> {
    let hint = "`blue notifications mute` lists what is muted".to_owned();
    if *mute == Mute::default() {
        return Err(Error::Use {
            message: "it is not said what is to be told again".to_owned(),
            hint,
        });
    }
    if !known.unmute(mute)? {
        return Err(Error::Use {
            message: format!("nothing is muted as {}", of_mute(mute)),
            hint,
        });
    }
    if context.format == Format::Json {
        let muted: Vec<Value> = known.muted()?.iter().map(mute_shape).collect();
        return Ok(to_text(&json!({"version": 1, "muted": muted})));
    }
    let mark = context.style.good();
    Ok(format!("{mark} told again: {}\n", of_mute(mute)))
}
