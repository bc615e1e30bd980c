//! The steps of merging: each waiting sync is judged, and what may be merged moves the branch of
//! record from where it was judged, never by force; refused, it is judged again.

use std::collections::BTreeSet;

use blue_git::{CommitId, Merged, RefUpdate};
use blue_realm::proposal::is_person;

use super::judge::{Judged, Outcome, Terms, judge};
use super::open::{OpenSync, open_syncs, trailer};
use super::rule::{Because, Decision, Wait};
use super::source::fresh;
use crate::ask::{Ask, Step};
use crate::error::Error;
use crate::place::{OpenRealm, Published};
use crate::write::{TRIES, again, busy};

/// What became of a waiting sync.
#[derive(Debug, Clone)]
pub enum Merging {
    /// It is part of the branch of record.
    Merged {
        /// What was merged.
        judged: Judged,
        /// Why it could be.
        because: Because,
    },
    /// It waits still.
    Waits {
        /// As it stands.
        judged: Judged,
        /// The branch of record says since now that it waits.
        recorded: bool,
    },
    /// The realm's remote lets nobody like this write to its branch of record.
    NotTaken {
        /// What could have been merged.
        judged: Judged,
        /// The remote's words.
        why: String,
    },
}

impl Merging {
    fn not_recorded(self) -> Merging {
        match self {
            Merging::Waits { judged, .. } => Merging::Waits {
                judged,
                recorded: false,
            },
            other => other,
        }
    }

    /// The sync.
    #[must_use]
    pub fn judged(&self) -> &Judged {
        match self {
            Merging::Merged { judged, .. }
            | Merging::Waits { judged, .. }
            | Merging::NotTaken { judged, .. } => judged,
        }
    }
}

/// Merges what may be merged, and records of what waits that it does. `new` are branches of which the
/// clock is left to those who come next.
///
/// # Errors
/// [`Error::Git`], [`Error::Busy`]. What was merged before stays merged.
pub fn merge_open(
    realm: &mut OpenRealm,
    terms: &Terms<'_>,
    new: &[String],
    ask: &mut Ask<'_>,
) -> Result<Vec<Merging>, Error> {
    let terms = &fresh(realm, terms, ask)?;
    let (mut done, mut recorded): (Vec<Merging>, Vec<String>) = Default::default();
    let mut attempt = 0;
    'judging: loop {
        let main = realm.tip()?;
        let record = realm.realm_at(main)?;
        let (open, merged) = open_syncs(realm, main)?;
        for (branch, tip) in merged {
            take_away(realm, &branch, tip, ask)?;
        }
        for sync in &open {
            let is_done = |it: &&Merging| it.judged().open.branch == sync.branch;
            if done.iter().any(|it| is_done(&it)) {
                continue;
            }
            let judged = judge(realm, (main, &record), sync, terms, ask)?;
            let is_left = new.contains(&sync.branch) || recorded.contains(&sync.branch);
            let clock = if is_left { Clock::Left } else { Clock::Begun };
            let wanted = next(realm, main, judged, clock, ask)?;
            let (to, merging) = match wanted {
                Next::Leave(merging) => {
                    done.push(match *merging {
                        Merging::Waits { judged, .. } => Merging::Waits {
                            recorded: recorded.contains(&sync.branch),
                            judged,
                        },
                        other => other,
                    });
                    continue;
                }
                Next::Move(to, merging) => (to, merging),
            };
            let update = RefUpdate {
                branch: realm.main.clone(),
                expected: Some(main),
                to: Some(to),
            };
            match realm.publish(&update, ask) {
                Ok(Published::Done) => attempt = 0,
                Ok(Published::Moved) => {
                    if attempt == TRIES {
                        return Err(busy(realm));
                    }
                    again(realm, attempt, ask)?;
                    attempt += 1;
                    continue 'judging;
                }
                Err(Error::Refused { why, .. }) => {
                    done.push(match *merging {
                        Merging::Merged { judged, .. } => Merging::NotTaken { judged, why },
                        // Somebody else may begin its grace period.
                        other => other.not_recorded(),
                    });
                    continue;
                }
                Err(why) => return Err(why),
            }
            match *merging {
                Merging::Merged { .. } => {
                    ask.took(Step::Merged)?;
                    done.push(*merging);
                }
                // Judged once more, for now it is known until when it waits.
                _ => {
                    ask.took(Step::Recorded)?;
                    recorded.push(sync.branch.clone());
                }
            }
            continue 'judging;
        }
        return Ok(done);
    }
}

/// Whether the branch of record is to say since when something waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clock {
    /// Yes.
    Begun,
    /// That is for those who come next, or was just done.
    Left,
}

/// What is done about one of them.
enum Next {
    /// The branch of record moves to this commit.
    Move(CommitId, Box<Merging>),
    /// Nothing.
    Leave(Box<Merging>),
}

fn next(
    realm: &OpenRealm,
    main: CommitId,
    judged: Judged,
    clock: Clock,
    ask: &Ask<'_>,
) -> Result<Next, Error> {
    match &judged.outcome {
        Outcome::Decided(Decision::Merge(because)) => {
            let because = *because;
            let to = merge_commit(realm, main, &judged, because, ask)?;
            Ok(Next::Move(
                to,
                Box::new(Merging::Merged { judged, because }),
            ))
        }
        Outcome::Decided(Decision::Wait(waits)) => {
            let for_importers = |wait: &Wait| matches!(wait, Wait::Importers { .. });
            if judged.since.is_some() || clock == Clock::Left || !waits.iter().any(for_importers) {
                let recorded = false;
                return Ok(Next::Leave(Box::new(Merging::Waits { judged, recorded })));
            }
            let branch = &judged.open.branch;
            let message = format!(
                "{branch} waits for its importers\n\nThe grace period begins.\n\n{}: {branch}\n{}: {}\n",
                trailer::RECORDED,
                trailer::FIRST,
                judged
                    .open
                    .commits
                    .first()
                    .map(|it| it.id.to_string())
                    .unwrap_or_default(),
            );
            let to = realm
                .repository
                .commit_on(main, &[], &message, &realm.maker(ask))?;
            let merging = Merging::Waits {
                judged,
                recorded: true,
            };
            Ok(Next::Move(to, Box::new(merging)))
        }
        Outcome::Refused(_) => {
            let recorded = false;
            Ok(Next::Leave(Box::new(Merging::Waits { judged, recorded })))
        }
    }
}

/// The commit that the branch of record moves to: the branch's own where nothing has to be said,
/// else one that says who approved or insisted.
fn merge_commit(
    realm: &OpenRealm,
    main: CommitId,
    judged: &Judged,
    because: Because,
    ask: &Ask<'_>,
) -> Result<CommitId, Error> {
    let me = ask.actor.as_author();
    let approves = judged.changes.iter().any(|(_, change)| {
        let mut listed = change.governance.approvers().iter();
        change.is_breaking && listed.any(|listed| is_person(&me, listed))
    });
    let OpenSync { branch, tip, .. } = &judged.open;
    let comes_after = realm.repository.is_ancestor(main, *tip)?;
    if comes_after && !approves && because != Because::Forced {
        return Ok(*tip);
    }
    let titles: Vec<&str> = judged.changes.iter().map(|(title, _)| &**title).collect();
    let mut message = format!("Merge {branch}: {}\n", titles.join(", "));
    let mut before = "\n";
    let spoken = judged.changes.iter().flat_map(|(_, change)| &change.words);
    for word in spoken {
        let repo = word.repo.as_deref().unwrap_or_default();
        message.push_str(&format!(
            "{before}{repo} has acknowledged it: {}\n",
            word.shown()
        ));
        before = "";
    }
    // Whom it was not waited for is recorded as well.
    for repo in not_spoken(judged) {
        message.push_str(&format!("{before}{repo} has not acknowledged it\n"));
        before = "";
    }
    if let Some(unchecked) = judged.unchecked() {
        let mut letters = unchecked.chars();
        let first = letters.next().map(|first| first.to_uppercase());
        let first: String = first.into_iter().flatten().collect();
        message.push_str(&format!("{before}{first}{}.\n", letters.as_str()));
    }
    message.push_str(&format!("\n{}: {branch}\n", trailer::MERGED));
    let email = &me.email;
    match because {
        Because::Forced => message.push_str(&format!("{}: {email}\n", trailer::FORCED)),
        _ if approves => message.push_str(&format!("{}: {email}\n", trailer::APPROVED)),
        _ => {}
    }
    let merged = realm
        .repository
        .merge_on(main, *tip, &message, &realm.maker(ask))?;
    Ok(match merged {
        Merged::Commit(made) => made,
        // It was judged as one that merges.
        Merged::Conflict(_) => judged.merged,
    })
}

/// The importers that were asked and have said nothing, each once.
fn not_spoken(judged: &Judged) -> BTreeSet<&str> {
    let mut silent = BTreeSet::new();
    for (_, change) in &judged.changes {
        let has_spoken = |repo: &str| {
            let mut words = change.words.iter();
            words.any(|it| it.repo.as_deref() == Some(repo))
        };
        let asked = change.importers.iter().filter(|it| it.is_asked());
        silent.extend(asked.map(|it| &*it.repo).filter(|repo| !has_spoken(repo)));
    }
    silent
}

/// A branch that was merged is of no use any more; somebody else may have taken it away already, or
/// the remote may keep it.
pub(super) fn take_away(
    realm: &OpenRealm,
    branch: &str,
    tip: CommitId,
    ask: &mut Ask<'_>,
) -> Result<(), Error> {
    let update = RefUpdate {
        branch: branch.to_owned(),
        expected: Some(tip),
        to: None,
    };
    match realm.publish(&update, ask) {
        Err(Error::Refused { .. }) | Ok(_) => ask.took(Step::Cleaned),
        Err(why) => Err(why),
    }
}
