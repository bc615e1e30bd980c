//! `blue realm sync`: what this repository's code says becomes a version of its contracts, what it
//! follows is acknowledged, and what may be merged is. What is said of it stands in [`told`].

mod told;
mod wait;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use blue_analysis::Code;
use blue_compat::bump::Bump;
use blue_detect::Dialect;
use blue_git::Rewrites;
use blue_ops::ack::{self, Acknowledged};
use blue_ops::merge::{Force, Merging, Terms, merge_open};
use blue_ops::sync::{
    ContractChange, Fate, Narrowing, Request, Source, SyncBranch, Target, Wish, export, unwritable,
};
use blue_ops::{Ask, Freshness, OpenRealm, RealmPlace};
use blue_workspace::{Following, Options};

use crate::awareness;
use crate::cli::Context;
use crate::engine;
use crate::failure::{Error, Exit};
use crate::interruption;
use crate::output::terminal::Terminal;
use crate::output::{Format, Style};
use crate::realms::{self, Errand, Here};

pub(crate) use told::{of_word, open, waits, word};
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
    /// Keep nothing from one run to the next; there is nothing to leave out yet
    #[arg(long)]
    no_cache: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum BumpTo {
    Major,
    Minor,
    Patch,
}

/// What was done to one realm.
struct Done {
    realm: String,
    main: String,
    branches: Vec<SyncBranch>,
    said: Vec<Acknowledged>,
    merging: Vec<Merging>,
    waited: Vec<Waited>,
    notes: Vec<String>,
    target: Target,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let realm_path = crate::commands::check::realm_path(args.realm.as_deref(), context);
    let here = realms::here(&start, realm_path.as_deref())?;
    let mut done = Vec::new();
    for place in &here.realms {
        let mut progress = |doing: &str| terminal.progress(doing);
        let mut ask = Errand::here(&here)?.ask(&mut progress);
        if !args.dry_run {
            interruption::stops(&mut ask);
        }
        let synced = sync(args, &here, place, realm_path.as_deref(), &mut ask);
        done.push(synced.map_err(|why| interruption::told(why, &ask))?);
        // A dry run writes nothing, not even what it could know.
        if !args.dry_run {
            awareness::learn_from(place, &mut ask);
        }
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
    Ok(wait::exit_of(done.iter().flat_map(|done| &done.waited)))
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
    for (place, done) in here.realms.iter().zip(done) {
        let on = (&mut *terminal, style);
        wait::wait(&mut done.waited, place, (&errand, &terms), until, on)?;
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
        done.push(sync(&Args::default(), &here, place, None, &mut ask)?);
    }
    Ok(told::human(&done, here.repo.as_deref(), style))
}

fn sync(
    args: &Args,
    here: &Here,
    place: &RealmPlace,
    realm_path: Option<&Path>,
    ask: &mut Ask<'_>,
) -> Result<Done, Error> {
    let target = match (args.dry_run, args.no_push) {
        (true, _) => Target::Nowhere,
        (_, true) => Target::Here,
        _ => Target::Remote,
    };
    let freshness = match target {
        Target::Nowhere => Freshness::AsItIs,
        _ => Freshness::Fetched,
    };
    let rewrites = match args.accept_rewrite {
        true => Rewrites::Accept,
        false => Rewrites::Stop,
    };
    let mut realm = OpenRealm::open(place, freshness, rewrites, ask)?;
    let mut done = Done {
        realm: place.name.clone(),
        main: realm.main.clone(),
        branches: Vec::new(),
        said: Vec::new(),
        merging: Vec::new(),
        waited: Vec::new(),
        notes: Vec::new(),
        target,
    };
    if let Some(repo) = &here.repo {
        let read = ReadCode::read(here, realm_path, &mut |doing| (ask.progress)(doing))?;
        exports(args, (here, repo), &mut realm, &read, &mut done, ask)?;
        if target == Target::Remote {
            done.said = imports(args, (here, repo), realm_path, &mut realm, ask)?;
        }
    }
    if target == Target::Remote {
        let new = done.branches.iter();
        let new = new.filter(|it| matches!(it.fate, Fate::Made | Fate::Updated));
        let new: Vec<String> = new.map(|it| it.branch.clone()).collect();
        done.merging = merge_open(&mut realm, &terms(args, here), &new, ask)?;
        if args.wait {
            done.waited = Waited::of(&done, &realm)?;
        }
    }
    Ok(done)
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
    }
}

/// The repository's code, read and held against the realm.
struct ReadCode {
    found: engine::Loaded,
    source: Source,
}

impl ReadCode {
    fn read(
        here: &Here,
        realm_path: Option<&Path>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<ReadCode, Error> {
        let options = Options {
            realm_path: realm_path.map(Path::to_owned),
            ..Options::default()
        };
        let found = engine::load(&here.root, options, progress)?;
        let report = found.report(&here.root, progress)?;
        let mut findings = report.findings.iter();
        if let Some(other) = findings.find(|it| it.code == Code::RepoMismatch) {
            return Err(Error::Use {
                message: other.message.clone(),
                hint:
                    "a sync speaks for the repository that the realm knows; a fork joins under a \
                       name of its own"
                        .to_owned(),
            });
        }
        let source = source(&here.root)?;
        Ok(ReadCode { found, source })
    }
}

/// Which commit the code that was read is, if it is one.
pub(crate) fn source(root: &Path) -> Result<Source, Error> {
    let Some(repository) = blue_git::discover(root)? else {
        return Ok(Source::default());
    };
    let branch = repository.head_branch()?;
    let Some(head) = repository.head_record()? else {
        return Ok(Source {
            commit: None,
            branch,
            is_committed: false,
        });
    };
    let under = blue_workspace::folder_in(&repository, root).unwrap_or_default();
    let changed = repository.changed_since(head.commit, &under)?;
    let is_source = |path: &String| Dialect::of_path(path).is_some();
    Ok(Source {
        commit: Some(head.commit.to_string()),
        branch,
        is_committed: !changed.iter().any(is_source),
    })
}

fn exports(
    args: &Args,
    (here, repo): (&Here, &str),
    realm: &mut OpenRealm,
    read: &ReadCode,
    done: &mut Done,
    ask: &mut Ask<'_>,
) -> Result<(), Error> {
    let drifts = read.found.drifts(&here.root)?;
    let said = read.found.said_values(&here.root)?;
    let mut changes = ContractChange::of_code(&realm.name, &drifts, &said);
    let said = said.iter().filter(|it| *it.realm == *realm.name);
    for (said, place) in said.flat_map(|said| said.unknown.iter().map(move |at| (said, at))) {
        done.notes.push(format!(
            "not all of `{place}` of {} can be known from the code: what the contract declares there stays",
            said.contract
        ));
    }
    let record = realm.realm_at(realm.tip()?)?;
    changes.retain(|change| {
        let contract = record.contract(&change.domain, &change.contract);
        let why = contract.and_then(|contract| unwritable(contract, change));
        done.notes.extend(why.clone());
        why.is_none()
    });
    let wish = Wish {
        contract: args.contract.clone(),
        bump: args.bump.map(|bump| match bump {
            BumpTo::Major => Bump::Major,
            BumpTo::Minor => Bump::Minor,
            BumpTo::Patch => Bump::Patch,
        }),
        message: args.message.clone(),
        remove: args.remove.clone(),
        narrowing: match args.narrow {
            true => Narrowing::Asked,
            false => Narrowing::Never,
        },
    };
    let is_past = |commit: &str| is_past(&here.root, commit).unwrap_or(false);
    let request = Request {
        repo,
        changes: &changes,
        source: &read.source,
        wish: &wish,
        is_past: &is_past,
        target: done.target,
    };
    known(args, realm)?;
    done.branches = export(realm, &request, ask)?;
    let notes = done.branches.iter().flat_map(|it| &it.planned);
    done.notes.extend(notes.flat_map(|it| it.notes.clone()));
    Ok(())
}

/// A contract that is named is one of the realm's.
fn known(args: &Args, realm: &OpenRealm) -> Result<(), Error> {
    let Some(name) = &args.contract else {
        return Ok(());
    };
    let record = realm.realm_at(realm.tip()?)?;
    let mut domains = record.domains();
    if domains.any(|domain| record.contract(&domain.name, name).is_some()) {
        return Ok(());
    }
    Err(Error::Use {
        message: format!("{} has no contract `{name}`", realm.name),
        hint: "`blue status` lists those of this repository".to_owned(),
    })
}

/// Whether a commit is part of what is checked out.
fn is_past(root: &Path, commit: &str) -> Result<bool, Error> {
    let (Some(repository), Ok(commit)) = (blue_git::discover(root)?, commit.parse()) else {
        return Ok(false);
    };
    let Some(head) = repository.head_record()? else {
        return Ok(false);
    };
    Ok(repository.commit_exists(commit)? && repository.is_ancestor(commit, head.commit)?)
}

fn imports(
    args: &Args,
    (here, repo): (&Here, &str),
    realm_path: Option<&Path>,
    realm: &mut OpenRealm,
    ask: &mut Ask<'_>,
) -> Result<Vec<Acknowledged>, Error> {
    let request = ack::Request {
        repo,
        contract: args.contract.as_deref(),
        anyway: None,
        widening: ack::Widening::Never,
    };
    let name = realm.name.clone();
    let mut failed = None;
    let mut at = |commit| match followings_at(here, realm_path, &name, commit) {
        Ok(found) => Ok(found),
        Err(why) => {
            failed = Some(why);
            Err(blue_ops::Error::Stopped)
        }
    };
    let said = ack::follow(realm, &request, &mut at, ask);
    match failed {
        Some(why) => Err(why),
        None => Ok(said?),
    }
}

/// How the code stands to what a realm says at a commit; nothing: of record.
pub(crate) fn followings_at(
    here: &Here,
    realm_path: Option<&Path>,
    realm: &str,
    commit: Option<blue_git::CommitId>,
) -> Result<Vec<Following>, Error> {
    let options = Options {
        realm_path: realm_path.map(Path::to_owned),
        realms_at: commit.map(|at| (realm.into(), at)).into_iter().collect(),
        ..Options::default()
    };
    let found = engine::load(&here.root, options, &mut |_| ())?;
    found.followings(&here.root)
}
