//! `--wait`: until what was synced is merged, or cannot be. The remote is asked with a growing pause; each time what
//! may be merged is, by the rule that every sync runs, so that nobody has to come back for that.

use std::time::{Duration, Instant};

use blue_git::Rewrites;
use blue_ops::errand::Synced;
use blue_ops::merge::{Awaited, Standing, Terms, merge_open};
use blue_ops::{Ask, Freshness, OpenRealm, RealmPlace};

use super::told;
use crate::awareness;
use crate::failure::{Error, Exit};
use crate::interruption;
use crate::output::Style;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::realms::Errand;

/// The first pause; each one is twice as long as the one before, up to the longest.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);

/// A sync that was waited for, and how it stood last.
pub(super) struct Waited {
    pub(super) awaited: Awaited,
    pub(super) standing: Standing,
    /// It was decided before anybody waited.
    pub(super) at_once: bool,
}

impl Waited {
    /// Those that this run made, changed or found as it would have made them.
    pub(super) fn of(done: &Synced, realm: &OpenRealm) -> Result<Vec<Waited>, Error> {
        let mut all = Vec::new();
        for branch in &done.branches {
            let Some(tip) = branch.commit.filter(|_| !branch.is_taken_away()) else {
                continue;
            };
            let awaited = Awaited {
                branch: branch.branch.clone(),
                tip,
            };
            let standing = awaited.standing(realm, &done.merging)?;
            all.push(Waited {
                at_once: standing.is_decided(),
                awaited,
                standing,
            });
        }
        Ok(all)
    }
}

/// How the waiting for all of them ended.
pub(super) fn exit_of<'w>(all: impl Iterator<Item = &'w Waited>) -> Exit {
    let mut exit = Exit::Fine;
    for one in all {
        match &one.standing {
            Standing::Refused(_) | Standing::TakenAway => return Exit::Findings,
            Standing::Waits(_) | Standing::NotTaken(_) => exit = Exit::Unchecked,
            Standing::Merged { .. } => {}
        }
    }
    exit
}

/// Waits for one realm's, no longer than `until`; what each of them waits for is said on stderr, whenever that is
/// something else than before.
///
/// # Errors
/// [`Error::Interrupted`]; what is wrong with the realm. A remote that cannot be reached meanwhile is said,
/// and asked again.
pub(super) fn wait(
    waited: &mut [Waited],
    place: &RealmPlace,
    (errand, terms): (&Errand, &Terms<'_>),
    until: Instant,
    (terminal, style): (&mut Terminal, Style),
) -> Result<(), Error> {
    let mut pause = FIRST;
    let mut said = String::new();
    loop {
        let now = standings(waited, style);
        if now != said && !now.is_empty() {
            let stderr = terminal.stderr();
            write!(stderr, "{now}")?;
            stderr.flush()?;
        }
        said = now;
        if waited.iter().all(|one| one.standing.is_decided()) {
            return Ok(());
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        interruption::pause(pause.min(left)).map_err(|why| stopped(why, Vec::new()))?;
        pause = (pause * 2).min(LONGEST);
        let mut progress = |doing: &str| terminal.progress(doing);
        let mut ask = errand.now().ask(&mut progress);
        interruption::stops(&mut ask);
        match look(waited, place, terms, &mut ask) {
            Ok(()) => {}
            Err(blue_ops::Error::Git(why)) if blue_ops::is_of_the_network(&why) => {
                writeln!(
                    terminal.stderr(),
                    "{}: {why}; it is asked again",
                    place.name
                )?;
            }
            // Others write to it all the time: the next look is another chance.
            Err(blue_ops::Error::Busy { .. }) => {}
            Err(why) => {
                let moved = ask.moved.iter().map(ToString::to_string);
                return Err(stopped(why.into(), moved.collect()));
            }
        }
    }
}

/// An end of the waiting, wherever in it somebody stopped it; what a look had merged by then is said as well.
fn stopped(why: Error, mut done: Vec<String>) -> Error {
    match why {
        Error::Ops(blue_ops::Error::Stopped) => {
            done.push("what was synced stays, and waits for whoever syncs next".to_owned());
            Error::Interrupted { done }
        }
        other => other,
    }
}

/// One look at the remote; the realm's clone is locked for no longer.
fn look(
    waited: &mut [Waited],
    place: &RealmPlace,
    terms: &Terms<'_>,
    ask: &mut Ask<'_>,
) -> Result<(), blue_ops::Error> {
    let mut realm = OpenRealm::open(place, Freshness::Fetched, Rewrites::Stop, ask)?;
    for one in waited.iter_mut() {
        one.awaited.see(&realm)?;
    }
    let merging = merge_open(&mut realm, terms, &[], ask)?;
    for one in waited.iter_mut() {
        if !one.standing.is_decided() {
            one.standing = one.awaited.standing(&realm, &merging)?;
        }
    }
    awareness::learn(&realm);
    Ok(())
}

/// What those wait for of which nothing is decided yet.
fn standings(waited: &[Waited], style: Style) -> String {
    let lines = waited.iter().map(|one| match &one.standing {
        Standing::Waits(judged) => told::waits(judged, style),
        Standing::NotTaken(why) => format!(
            "{} may be merged, by somebody whom the remote lets: {}\n",
            visible(&one.awaited.branch),
            visible(why)
        ),
        _ => String::new(),
    });
    lines.collect()
}
