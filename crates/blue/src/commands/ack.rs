//! `blue ack`: this repository's word about what it imports: that it follows, or that it agrees to a
//! break before it does.

use std::io::Write;
use std::path::{Path, PathBuf};

use blue_git::{CommitId, Rewrites};
use blue_ops::ack::{self, Acceptance, Acknowledged, Widening};
use blue_ops::errand::{self, AckAsked};
use blue_ops::sync::Target;
use blue_ops::{Ask, Freshness, MovedBranch, OpenRealm, RealmPlace, moved_branches};
use blue_realm::Date;
use blue_workspace::Caching;
use serde_json::json;

use crate::awareness;
use crate::cli::Context;
use crate::commands::sync::{of_diff, of_word, word};
use crate::failure::{Error, Exit};
use crate::interruption;
use crate::output::json::to_text;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Style};
use crate::realms::{self, Errand, Here};

/// Say that this repository follows what it imports
///
/// Of each contract whose values are all granted here, the version is written into this repository's
/// binding in the realm: on the sync that waits for it, else on the branch of record. A range that
/// ends before the version is widened. With --accept: that a break is agreed to before it is
/// followed.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue ack --dry-run
  blue ack
  blue ack s3-permissions --anyway --reason \"granted by hand, in the console\"
  blue ack --accept v1:0123456789abcdef --reason \"we move in May\" --until 2027-06-01"
)]
pub(crate) struct Args {
    /// Only this contract
    #[arg(value_name = "CONTRACT")]
    contract: Option<String>,
    /// Accept the break with this fingerprint, as check and sync print it
    #[arg(
        long,
        value_name = "FINGERPRINT",
        requires = "reason",
        conflicts_with = "anyway"
    )]
    accept: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// With --accept: the last day on which it holds
    #[arg(long, value_name = "DATE", requires = "accept")]
    until: Option<String>,
    /// Follow also where what the bound files grant cannot be read
    #[arg(long, requires = "reason")]
    anyway: bool,
    /// Show what would be written, and write nothing; nothing is fetched either
    #[arg(long)]
    dry_run: bool,
    /// Go on where the realm's history was written anew
    #[arg(long, conflicts_with = "dry_run")]
    accept_rewrite: bool,
    /// The realm's checkout, in place of what .blue/config.yaml says [env: BLUE_REALM_PATH]
    #[arg(long, value_name = "PATH")]
    realm: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let realm_path = crate::commands::check::realm_path(args.realm.as_deref(), context);
    let mut here = realms::here(&start, realm_path.as_deref())?;
    // A dry run writes nothing, and even reading the cache writes beside it.
    if args.dry_run {
        here.caching = Caching::Nothing;
    }
    let Some(repo) = here.repo.clone() else {
        return Err(Error::Use {
            message: "this is a realm's own checkout, which follows nothing".to_owned(),
            hint: "run it in the repository that imports".to_owned(),
        });
    };
    realms::is_named(&here, args.realm.as_deref())?;
    let mut text = String::new();
    let (mut shapes, mut shown) = (Vec::new(), Vec::new());
    let mut unknown = Vec::new();
    for place in &here.realms {
        let mut progress = |doing: &str| terminal.progress(doing);
        let mut ask = Errand::here(&here)?.ask(&mut progress);
        let mut realm = begin(args, place, &mut ask)?;
        let main = realm.tip()?;
        if args.accept.is_some() {
            let said = accept(args, &repo, &mut realm, context.style, &mut ask);
            let (line, shape) = said.map_err(|why| interruption::told(why, &ask))?;
            text.push_str(&line);
            shapes.push(shape);
            shown.extend(ended(args, &realm, main)?);
            continue;
        }
        let said = follow(args, &here, &mut realm, &mut ask);
        let said = said.map_err(|why| interruption::told(why, &ask))?;
        shown.extend(ended(args, &realm, main)?);
        if let Some(name) = args.contract.as_deref().filter(|_| said.is_empty()) {
            unknown.push(imports_no(name, &repo, &realm)?);
        } else {
            text.push_str(&told(&said, (&repo, place), target(args), context.style));
        }
        shapes.extend(said.iter().map(word));
    }
    // Of several realms one is meant: it is a slip where none has it.
    if unknown.len() == here.realms.len()
        && let Some(slip) = unknown.pop()
    {
        return Err(slip);
    }
    match (context.format, args.dry_run) {
        (Format::Json, false) => text = to_text(&json!({"version": 1, "acknowledged": shapes})),
        (Format::Json, true) => {
            let shown: Vec<_> = shown.iter().map(Would::shape).collect();
            text = to_text(&json!({"version": 1, "acknowledged": shapes, "dry_run": shown}));
        }
        (Format::Human, true) => {
            text.extend(shown.iter().map(|it| it.line(context.style)));
            text.push_str("nothing was written (--dry-run)\n");
        }
        (Format::Human, false) => {}
    }
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

/// Opens a realm to be written to; for a dry run as it was last fetched, in memory.
fn begin(args: &Args, place: &RealmPlace, ask: &mut Ask<'_>) -> Result<OpenRealm, Error> {
    if args.dry_run {
        let realm = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, ask)?;
        return Ok(realm.rehearsal()?);
    }
    interruption::stops(ask);
    let rewrites = match args.accept_rewrite {
        true => Rewrites::Accept,
        false => Rewrites::Stop,
    };
    let realm = OpenRealm::open(place, Freshness::Fetched, rewrites, ask)?;
    awareness::learn(&realm);
    Ok(realm)
}

/// A branch of a realm that a dry run would move.
struct Would {
    realm: String,
    moved: MovedBranch,
}

/// What there is to be shown of what was done in memory; others are told of what was done for good.
fn ended(args: &Args, realm: &OpenRealm, main: CommitId) -> Result<Vec<Would>, Error> {
    if !args.dry_run {
        awareness::moved(&realm.name);
        return Ok(Vec::new());
    }
    let moved = moved_branches(realm, main)?.into_iter().map(|moved| Would {
        realm: realm.name.clone(),
        moved,
    });
    Ok(moved.collect())
}

impl Would {
    fn line(&self, style: Style) -> String {
        let Would { realm, moved } = self;
        let head = format!(
            "{}: would be changed in {realm}, as it was last fetched",
            moved.branch
        );
        format!("{}\n{}", visible(&head), of_diff(&moved.diff, style))
    }

    fn shape(&self) -> serde_json::Value {
        let MovedBranch { branch, diff, .. } = &self.moved;
        json!({"realm": self.realm, "branch": branch, "diff": diff})
    }
}

/// Follows what the repository in `folder` imports, as `blue -C folder ack` would without arguments,
/// for a story that shows it; gives what it says.
pub(crate) fn ack_folder(folder: &Path, errand: &Errand, style: Style) -> Result<String, Error> {
    let here = realms::here(folder, None)?;
    let repo = here.repo.clone().unwrap_or_default();
    let mut text = String::new();
    for place in &here.realms {
        let mut progress = |_: &str| ();
        let mut ask = errand.ask(&mut progress);
        let mut realm = OpenRealm::open(place, Freshness::Fetched, Rewrites::Stop, &mut ask)?;
        let said = follow(&Args::default(), &here, &mut realm, &mut ask)?;
        text.push_str(&told(&said, (&repo, place), Target::Remote, style));
    }
    Ok(text)
}

fn follow(
    args: &Args,
    here: &Here,
    realm: &mut OpenRealm,
    ask: &mut Ask<'_>,
) -> Result<Vec<Acknowledged>, Error> {
    let asked = AckAsked {
        contract: args.contract.clone(),
        anyway: args.reason.clone().filter(|_| args.anyway),
        widening: Widening::Allowed,
    };
    Ok(errand::acknowledge(realm, here, &asked, ask)?)
}

/// What is said of a contract that is named and not imported.
fn imports_no(name: &str, repo: &str, realm: &OpenRealm) -> Result<Error, Error> {
    let record = realm.realm_at(realm.tip()?)?;
    let bindings = record.domains().map(|it| record.binding(&it.name, repo));
    let imports = bindings.flatten().flat_map(|it| &it.imports);
    let mut known: Vec<&str> = imports.map(|it| &*it.contract).collect();
    known.dedup();
    let hint = match blue_realm::did_you_mean(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => {
            "it imports nothing: `blue realm admin import` declares what it does".to_owned()
        }
        None => format!("it imports {}", known.join(", ")),
    };
    Ok(Error::Use {
        message: format!("{repo} imports no `{name}` from {}", realm.name),
        hint,
    })
}

/// Where what is said goes.
fn target(args: &Args) -> Target {
    match args.dry_run {
        true => Target::Nowhere,
        false => Target::Remote,
    }
}

fn told(
    said: &[Acknowledged],
    (repo, place): (&str, &RealmPlace),
    target: Target,
    style: Style,
) -> String {
    let words = said.iter().map(|one| of_word(one, repo, target, style));
    let mut text: String = words.collect();
    let realm = visible(&place.name);
    if said.is_empty() {
        text.push_str(&format!("{repo} imports nothing from {realm}\n"));
    } else if text.is_empty() {
        let mark = style.good();
        text.push_str(&format!(
            "{mark} {realm}: {repo} follows all that it imports\n"
        ));
    }
    text
}

fn accept(
    args: &Args,
    repo: &str,
    realm: &mut OpenRealm,
    style: Style,
    ask: &mut Ask<'_>,
) -> Result<(String, serde_json::Value), Error> {
    let fingerprint = args.accept.as_deref().unwrap_or_default();
    let until = match &args.until {
        Some(text) => Some(Date::parse(text).ok_or_else(|| Error::Use {
            message: format!("`{text}` is no date"),
            hint: "a date is written 2027-06-01".to_owned(),
        })?),
        None => None,
    };
    let record = realm.realm_at(realm.tip()?)?;
    let named = args.contract.as_deref().and_then(|contract| {
        let mut domains = record.domains();
        let domain = domains.find(|it| record.contract(&it.name, contract).is_some())?;
        Some((domain.name.to_string(), contract))
    });
    let acceptance = Acceptance {
        repo,
        fingerprint,
        contract: named
            .as_ref()
            .map(|(domain, contract)| (domain.as_str(), *contract)),
        reason: args.reason.as_deref().unwrap_or_default(),
        until,
    };
    let on = ack::accept(realm, &acceptance, ask)?;
    let mark = style.good();
    let print = visible(fingerprint);
    let text = match &on {
        Some(branch) if args.dry_run => {
            format!("{repo} would accept {print}, on {}\n", visible(branch))
        }
        Some(branch) => format!("{mark} {repo} accepts {print}, on {}\n", visible(branch)),
        None => format!("{mark} {repo} has accepted {print} already\n"),
    };
    let shape = json!({"fingerprint": fingerprint, "branch": on, "state": "accepted"});
    Ok((text, shape))
}
