//! `blue realm sync`: what this repository's code says becomes a version of its contracts, what it
//! follows is acknowledged, and what may be merged is. What is said of it stands in [`told`].

mod told;
mod wait;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use blue_compat::bump::Bump;
use blue_git::Rewrites;
use blue_ops::errand::{self, SyncAsked, Synced};
use blue_ops::merge::{Force, Terms};
use blue_ops::sync::{Narrowing, Target, Wish};
use blue_ops::{Ask, OpenRealm, RealmPlace, words};
use blue_workspace::Caching;

use crate::awareness;
use crate::cli::Context;
use crate::failure::{Error, Exit};
use crate::interruption;
use crate::output::terminal::Terminal;
use crate::output::{Format, Style};
use crate::realms::{self, Errand, Here};

pub(crate) use told::{asks, of_diff, of_word, waits, word};
use wait::Waited;

/// Bring what this repository's code says to the realm
///
/// Writes the next version of each contract that changed to a branch of the realm, one commit a
/// contract, says in the realm what this repository follows, and merges what everyone who is asked
/// has acknowledged. No checkout is touched.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue realm sync --dry-run
  blue realm sync
  blue realm sync --contract s3-permissions --bump minor --message \"jobs write a report\"
  blue realm sync --remove calibration/current.json
  blue realm sync --wait --timeout 10m"
)]
pub(crate) struct Args {
    /// Show what would be written, and write nothing; nothing is fetched either
    #[arg(long)]
    dry_run: bool,
    /// Sync this contract alone
    #[arg(long, value_name = "NAME")]
    contract: Option<String>,
    /// Move the version at least this far [default: the smallest that is right]
    #[arg(long, value_name = "BUMP", value_enum)]
    bump: Option<BumpTo>,
    /// What the contract's history says, in place of a list of what changed
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Take this value out of the contract, whether or not the code ever showed it; may be repeated
    #[arg(long, value_name = "VALUE")]
    remove: Vec<String>,
    /// Take out declared patterns that cover more than what the code has
    #[arg(long)]
    narrow: bool,
    /// Make the branch in the realm's clone on this machine, and push nothing
    #[arg(long)]
    no_push: bool,
    /// Wait until what was synced is merged, or cannot be
    #[arg(long, conflicts_with_all = ["dry_run", "no_push"])]
    wait: bool,
    /// With --wait: no longer than this, such as 90s, 10m or 2h
    #[arg(long, value_name = "TIME", requires = "wait", default_value = "1h", value_parser = time)]
    timeout: Duration,
    /// As an approver: wait for nobody's acknowledgement, once the grace period has passed
    #[arg(long)]
    force: bool,
    /// With --force: before the grace period has passed
    #[arg(long, requires = "force")]
    now: bool,
    /// Go on where the realm's history was written anew
    #[arg(long)]
    accept_rewrite: bool,
    /// The realm's checkout, in place of what .blue/config.yaml says [env: BLUE_REALM_PATH]
    #[arg(long, value_name = "PATH")]
    realm: Option<PathBuf>,
    /// Read nothing from .blue/cache.db, and write nothing to it
    #[arg(long)]
    no_cache: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum BumpTo {
    Major,
    Minor,
    Patch,
}

/// What was done to one realm, and what was waited for.
struct Done {
    place: RealmPlace,
    synced: Synced,
    waited: Vec<Waited>,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let realm_path = crate::commands::check::realm_path(args.realm.as_deref(), context);
    let mut here = realms::here(&start, realm_path.as_deref())?;
    realms::is_named(&here, args.realm.as_deref())?;
    // A dry run writes nothing, and even reading the cache writes beside it.
    here.caching = match args.no_cache || args.dry_run {
        true => Caching::Nothing,
        false => Caching::Kept,
    };
    let (mut done, mut not_here) = (Vec::new(), None);
    for place in &here.realms {
        let mut progress = |doing: &str| terminal.progress(doing);
        let mut ask = Errand::here(&here)?.ask(&mut progress);
        if !args.dry_run {
            interruption::stops(&mut ask);
        }
        match sync(args, &here, place, &mut ask) {
            // Another realm of this repository may have what is named.
            Err(why @ Error::Ops(blue_ops::Error::NotHere { .. })) => {
                not_here.get_or_insert(why);
                continue;
            }
            synced => done.push(synced.map_err(|why| interruption::told(why, &ask))?),
        }
        // A dry run writes nothing, not even what it could know.
        if !args.dry_run {
            awareness::learn_from(place, &mut ask);
            awareness::moved(&place.name);
        }
    }
    if let (true, Some(why)) = (done.is_empty(), not_here) {
        return Err(why);
    }
    if context.format == Format::Human {
        let text = told::human(&done, here.repo.as_deref(), context.style);
        terminal.write_all(text.as_bytes())?;
    }
    if args.wait {
        wait_for(args, &here, &mut done, (terminal, context.style))?;
    }
    let text = match context.format {
        Format::Json => told::json(&done),
        Format::Human => told::waited(&done, context.style),
    };
    terminal.write_all(text.as_bytes())?;
    let exit = wait::exit_of(done.iter().flat_map(|done| &done.waited));
    Ok(match exit {
        Exit::Fine if done.iter().any(is_not_forced) => Exit::Findings,
        Exit::Fine if done.iter().any(|it| !it.synced.held_back.is_empty()) => Exit::Findings,
        exit => exit,
    })
}

/// Whether something waits still that was insisted on, and that nobody waited for to its end.
fn is_not_forced(done: &Done) -> bool {
    let waited = |branch: &String| done.waited.iter().any(|one| one.awaited.branch == *branch);
    let mut merging = done.synced.merging.iter();
    merging.any(|it| words::is_not_forced(it) && !waited(&it.judged().open.branch))
}

/// Waits for what was synced to each realm, all within one time.
fn wait_for(
    args: &Args,
    here: &Here,
    done: &mut [Done],
    (terminal, style): (&mut Terminal, Style),
) -> Result<(), Error> {
    terminal.flush()?;
    let until = Instant::now() + args.timeout;
    let (errand, terms) = (Errand::here(here)?, terms(args, here));
    for done in done {
        let on = (&mut *terminal, style);
        wait::wait(&mut done.waited, &done.place, (&errand, &terms), until, on)?;
    }
    Ok(())
}

/// A stretch of time as it is typed: a number and `s`, `m` or `h`.
fn time(text: &str) -> Result<Duration, String> {
    let has_unit = text.ends_with(['s', 'm', 'h']);
    let (number, unit) = text.split_at(text.len() - usize::from(has_unit));
    let seconds = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(60 * 60),
        _ => None,
    };
    // Longer than anybody lives is as good as for ever, and can be added to a clock.
    let longest = 100 * 366 * 24 * 60 * 60;
    let time = number.parse::<u64>().ok().zip(seconds);
    let time = time.map(|(number, seconds)| number.saturating_mul(seconds).min(longest));
    let time = time.ok_or("a number and its unit: 90s, 10m or 2h")?;
    Ok(Duration::from_secs(time))
}

/// Syncs the repository in `folder`, as `blue -C folder realm sync` would without arguments, for a
/// story that shows it; gives what it says.
pub(crate) fn sync_folder(folder: &Path, errand: &Errand, style: Style) -> Result<String, Error> {
    let here = realms::here(folder, None)?;
    let mut done = Vec::new();
    for place in &here.realms {
        let mut progress = |_: &str| ();
        let mut ask = errand.ask(&mut progress);
        done.push(sync(&Args::default(), &here, place, &mut ask)?);
    }
    Ok(told::human(&done, here.repo.as_deref(), style))
}

fn sync(args: &Args, here: &Here, place: &RealmPlace, ask: &mut Ask<'_>) -> Result<Done, Error> {
    let target = match (args.dry_run, args.no_push) {
        (true, _) => Target::Nowhere,
        (_, true) => Target::Here,
        _ => Target::Remote,
    };
    let rewrites = match args.accept_rewrite {
        true => Rewrites::Accept,
        false => Rewrites::Stop,
    };
    let asked = SyncAsked {
        wish: wish(args),
        force: terms(args, here).force,
        target,
    };
    let mut realm = OpenRealm::open(place, errand::freshness(target), rewrites, ask)?;
    let synced = errand::sync(&mut realm, here, &asked, &mut None, ask)?;
    let waited = match args.wait {
        true => Waited::of(&synced, &realm)?,
        false => Vec::new(),
    };
    Ok(Done {
        place: place.clone(),
        synced,
        waited,
    })
}

fn terms<'a>(args: &Args, here: &'a Here) -> Terms<'a> {
    Terms {
        force: match (args.force, args.now) {
            (true, true) => Force::Now,
            (true, false) => Force::AfterGrace,
            _ => Force::No,
        },
        forced: args.contract.iter().cloned().collect(),
        code: here.repo.as_deref().map(|repo| (repo, &*here.root)),
        ..Terms::default()
    }
}

fn wish(args: &Args) -> Wish {
    Wish {
        contract: args.contract.clone(),
        bump: args.bump.map(|bump| match bump {
            BumpTo::Major => Bump::Major,
            BumpTo::Minor => Bump::Minor,
            BumpTo::Patch => Bump::Patch,
        }),
        at_least: None,
        message: args.message.clone(),
        remove: args.remove.clone(),
        narrowing: match args.narrow {
            true => Narrowing::Asked,
            false => Narrowing::Never,
        },
    }
}
