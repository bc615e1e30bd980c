//! The exporter's half of a sync: one commit a contract on a branch of its own, from the tip that was
//! fetched. A sync that waits already for the same repo, contract and branch of code is changed and
//! not doubled; who was faster is built upon.

use blue_git::{CommitId, FileChange, Merged, RefUpdate};
use blue_realm::{FileKind, classify};

use super::behind::HeldBack;
use super::change::ContractChange;
use super::checkout::Checkout;
use super::drafts::{Draft, State};
use super::parts::Item;
use super::plan::{Planned, Source, Wish};
use crate::ask::{Ask, Step};
use crate::error::Error;
use crate::merge::{SYNC, stood, trailer, with_words};
use crate::place::{OpenRealm, Published};
use crate::write::{TRIES, Written, again, busy, commit};

/// Where what is planned goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the branch that everybody sees.
    Remote,
    /// To a branch of this repository (`--no-push`).
    Here,
    /// Nowhere (`--dry-run`): not even objects are written.
    Nowhere,
}

/// What an exporter's sync is to do.
#[derive(Clone)]
pub struct Request<'a> {
    /// The exporter, by the name of its config.
    pub repo: &'a str,
    /// How its code differs from its contracts.
    pub changes: &'a [ContractChange],
    /// Whether the code says a value of a contract of record, and not only what it covers: of a domain, a contract, an item.
    pub shows: &'a dyn Fn(&str, &str, &Item) -> bool,
    /// The contracts that are left alone.
    pub held_back: &'a [HeldBack],
    /// The syncs that wait of branches of the code that are no more.
    pub given_up: &'a [String],
    /// The code.
    pub source: &'a Source,
    /// What a person asks beside.
    pub wish: &'a Wish,
    /// Where the code is checked out.
    pub checkout: &'a dyn Checkout,
    /// Where it goes.
    pub target: Target,
}

/// A branch of a sync, with what it holds.
#[derive(Debug, Clone)]
pub struct SyncBranch {
    /// Its name.
    pub branch: String,
    /// Its commit; nothing where it was only planned or taken away.
    pub commit: Option<CommitId>,
    /// What became of it.
    pub fate: Fate,
    /// The contracts, one commit each.
    pub planned: Vec<Planned>,
}

impl SyncBranch {
    /// Whether it is no more.
    #[must_use]
    pub fn is_taken_away(&self) -> bool {
        self.fate.is_end()
    }
}

/// What became of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Made,
    /// It waited already, and says something else now.
    Updated,
    /// It waits already, and says just this.
    Same,
    /// The code says again what the contract says: nothing waits any more.
    Withdrawn,
    /// The contract has come to say what it asked for, by another sync: nothing waits any more.
    Overtaken,
    /// Another sync that waits brings what it asked for.
    Joined,
    /// The branch of the code that it was read from is no more.
    GivenUp,
    /// The history that it was begun on is not that of the branch of record any more, so that it could not be merged.
    Orphaned,
}

impl Fate {
    /// Whether the branch is no more.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(
            self,
            Fate::Withdrawn | Fate::Overtaken | Fate::Joined | Fate::GivenUp | Fate::Orphaned
        )
    }
}

/// Brings what an exporter's code says to the realm.
///
/// # Errors
/// Those of [`plan()`](super::plan()), before anything is written; [`Error::Refused`], [`Error::Busy`], [`Error::Git`].
pub fn export(
    realm: &mut OpenRealm,
    request: &Request<'_>,
    ask: &mut Ask<'_>,
) -> Result<Vec<SyncBranch>, Error> {
    for attempt in 0..=TRIES {
        ask.took(Step::Fetched)?;
        let main = realm.tip()?;
        let record = realm.realm_at(main)?;
        let state = State {
            main,
            record: &record,
            request,
        };
        let drafts = state.drafts(realm, ask)?;
        ask.took(Step::Planned)?;
        match publish(realm, &state, drafts, ask)? {
            Some(branches) => return Ok(branches),
            None => again(realm, attempt, ask)?,
        }
    }
    Err(busy(realm))
}

/// The branches of this repository's syncs, of the branch of code that is checked out, that are in this clone alone
/// (`--no-push`).
pub(super) fn unpushed(
    realm: &OpenRealm,
    request: &Request<'_>,
) -> Result<Vec<(String, CommitId)>, Error> {
    let mut left = realm.unpushed(&format!("{SYNC}{}/", request.repo))?;
    let mut says = Vec::new();
    for (_, tip) in &left {
        let commit = realm.repository.commit_info(*tip)?;
        let last = |key: &str| commit.trailers(key).last().map(str::to_owned);
        // A commit of something else than a sync was made by somebody else.
        says.push(last(trailer::REPO).is_some() && last(trailer::BRANCH) == request.source.branch);
    }
    let mut says = says.into_iter();
    left.retain(|_| says.next().unwrap_or_default());
    Ok(left)
}

/// Writes the branches; nothing where somebody was faster.
fn publish(
    realm: &mut OpenRealm,
    state: &State<'_>,
    drafts: Vec<Draft>,
    ask: &mut Ask<'_>,
) -> Result<Option<Vec<SyncBranch>>, Error> {
    let mut written = Vec::new();
    let left = match (state.request.target, &state.request.wish.contract) {
        (Target::Remote, None) => unpushed(realm, state.request)?,
        _ => Vec::new(),
    };
    for draft in drafts {
        let expected = draft.open.as_ref().map(|open| open.tip);
        let to = match (draft.fate, state.request.target) {
            (Fate::Same, _) => expected,
            (fate, target) if fate.is_end() || target == Target::Nowhere => None,
            (Fate::Made, _) => Some(made(realm, state, &draft, ask)?),
            _ => match updated(realm, state, &draft, ask)? {
                Ok(tip) => Some(tip),
                // It is told where it is judged, and is not what was asked for here.
                Err(_) if draft.source.branch != state.request.source.branch => continue,
                Err(why) => return Err(Error::Wrong(vec![why])),
            },
        };
        ask.took(Step::Committed)?;
        if draft.fate != Fate::Same && state.request.target != Target::Nowhere {
            let update = RefUpdate {
                branch: draft.branch.clone(),
                expected,
                to,
            };
            if let (Target::Remote, None, Some(tip)) = (state.request.target, to, expected) {
                realm.withdraws(&draft.branch, tip);
            }
            if let (Some(made), true) = (to, draft.is_of_this_checkout_alone()) {
                realm.remembers(state.request.checkout, made);
            }
            let done = match state.request.target {
                Target::Remote => realm.publish(&update, ask)?,
                _ => here(realm, update)?,
            };
            if done == Published::Moved {
                return Ok(None);
            }
            ask.took(Step::Pushed)?;
        }
        written.push(SyncBranch {
            branch: draft.branch,
            commit: to,
            fate: draft.fate,
            planned: draft.planned,
        });
    }
    // All that the code says is pushed now, or taken back.
    for (branch, tip) in left {
        realm.take_away_here(&branch, tip)?;
    }
    Ok(Some(written))
}

/// A branch of this repository alone: where it is does not matter to anybody else.
fn here(realm: &OpenRealm, update: RefUpdate) -> Result<Published, Error> {
    let own = realm.repository.branches(&update.branch)?;
    let own = own.into_iter().find(|(name, _)| *name == update.branch);
    let update = RefUpdate {
        expected: own.map(|(_, at)| at),
        ..update
    };
    Ok(match realm.repository.move_branch(&update)? {
        true => Published::Done,
        false => Published::Moved,
    })
}

/// One commit a contract, on the branch of record.
fn made(
    realm: &OpenRealm,
    state: &State<'_>,
    draft: &Draft,
    ask: &Ask<'_>,
) -> Result<CommitId, Error> {
    let mut tip = state.main;
    for one in &draft.planned {
        let written = Written {
            proposed: one.proposed.clone(),
            message: message(one, state.request.repo, draft),
        };
        tip = commit(realm, tip, &written, ask)?;
    }
    Ok(tip)
}

/// One commit a contract on what waits already, or why there can be none. The branch is then brought up to the
/// branch of record: of files that both changed, the change is made anew and not merged as text. The commits
/// come first, so that each holds its change and says of it where it was read: a merge that held it would leave them
/// empty, and what they say would be said of nothing.
fn updated(
    realm: &OpenRealm,
    state: &State<'_>,
    draft: &Draft,
    ask: &Ask<'_>,
) -> Result<Result<CommitId, String>, Error> {
    let Some(open) = &draft.open else {
        return made(realm, state, draft, ask).map(Ok);
    };
    let mut tip = open.tip;
    let mut stale = draft.stale.clone();
    // Where the branch of record is taken in, so are its importers' words as they stand there.
    let is_behind = !realm.repository.is_ancestor(state.main, tip)?;
    if !is_behind {
        stale.extend(draft.words.iter().cloned());
    }
    let planned = draft.planned.iter().flat_map(|it| it.proposed.changes());
    let files: Vec<FileChange> = stale.iter().cloned().chain(planned).collect();
    for one in &draft.planned {
        let mut changes = one.proposed.changes();
        changes.append(&mut stale);
        let changes = realm.in_repository(&changes);
        let message = message(one, state.request.repo, draft);
        tip = realm
            .repository
            .commit_on(tip, &changes, &message, &realm.maker(ask))?;
    }
    if !stale.is_empty() {
        // Nothing that is planned brings it.
        let message = format!(
            "{}: what the code says no more is taken back\n",
            draft.branch
        );
        let changes = realm.in_repository(&stale);
        let maker = realm.maker(ask);
        tip = realm
            .repository
            .commit_on(tip, &changes, &message, &maker)?;
    }
    if !is_behind {
        return Ok(Ok(tip));
    }
    let message = format!("Merge {} into {}", realm.main, draft.branch);
    let mut over = realm.in_repository(&files);
    over.extend(realm.in_repository(&draft.words));
    let repository = &realm.repository;
    let merge = |over: &[FileChange]| {
        repository.merge_over(tip, state.main, over, &message, &realm.maker(ask))
    };
    let mut merged = merge(&over)?;
    if let Merged::Conflict(paths) = &merged {
        // Importers followed what the branch said before and, on the branch of record, something else. The former is
        // no word about what the branch says now, unless that is the same.
        let is_same = says_the_same(realm, (open.tip, tip), &files)?;
        let of_importers = paths.iter().filter(|path| {
            let own = realm.path_in_realm(path).and_then(classify);
            matches!(own, Some(FileKind::Binding { .. }))
        });
        for path in of_importers {
            let own = repository.file_at(tip, path)?;
            let record = repository.file_at(state.main, path)?;
            let in_realm = realm.path_in_realm(path).unwrap_or(path);
            let said = own.as_deref().zip(record.as_deref()).filter(|_| is_same);
            let said = said.and_then(|(own, record)| with_words(in_realm, own, record));
            over.push(FileChange {
                path: path.clone(),
                content: said.or(record),
            });
        }
        merged = merge(&over)?;
    }
    Ok(match merged {
        Merged::Commit(merged) => Ok(merged),
        Merged::Conflict(paths) => Err(format!(
            "{} changed both on {} and on {}; merge them by hand",
            blue_realm::listed(&paths),
            realm.main,
            draft.branch
        )),
    })
}

/// Whether a branch says of these files' contracts at one commit what it says at another.
fn says_the_same(
    realm: &OpenRealm,
    (before, now): (CommitId, CommitId),
    files: &[FileChange],
) -> Result<bool, Error> {
    for file in files {
        let is_contract = matches!(classify(&file.path), Some(FileKind::Contract { .. }));
        if is_contract && stood(realm, before, &file.path)? != stood(realm, now, &file.path)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The message of a contract's commit.
fn message(planned: &Planned, repo: &str, draft: &Draft) -> String {
    let source = &draft.source;
    let words = planned.change.in_words();
    let mut message = format!("{}: {}\n\n", planned.title(), summary(&words));
    for line in &words {
        message.push_str(&format!("- {line}\n"));
    }
    message.push_str(&format!("\nThis is {}.\n", planned.verdict()));
    for reason in planned.judgement.reasons.iter().take(1) {
        if planned.is_breaking() {
            message.push_str(&format!("{}\n", reason.text));
        }
    }
    for importer in &planned.importers {
        let files = blue_realm::listed(&importer.files);
        message.push_str(&format!("{} imports it in {files}.\n", importer.named()));
    }
    if !source.is_committed {
        message.push_str("It was read from code that is not committed yet.\n");
    }
    let ContractChange {
        domain, contract, ..
    } = &planned.change;
    let trailers = vec![
        (trailer::CONTRACT, format!("{contract}@{}", planned.to)),
        (trailer::DOMAIN, domain.clone()),
    ];
    push_trailers(&mut message, trailers, (repo, &planned.actor), draft);
    message
}

/// The last paragraph of a message: what it is about, and from which code, by whom.
fn push_trailers(
    message: &mut String,
    mut trailers: Vec<(&str, String)>,
    (repo, actor): (&str, &str),
    draft: &Draft,
) {
    let source = &draft.source;
    trailers.push((trailer::REPO, repo.to_owned()));
    let branch = source.branch.clone();
    trailers.extend(branch.map(|branch| (trailer::BRANCH, branch)));
    let commit = match (&source.commit, source.is_committed) {
        (Some(commit), true) => commit.clone(),
        _ => trailer::UNCOMMITTED.to_owned(),
    };
    let others = draft.others.iter().filter(|other| **other != commit);
    trailers.extend(others.map(|other| (trailer::SOURCE, other.clone())));
    trailers.push((trailer::SOURCE, commit));
    trailers.push((trailer::ACTOR, actor.to_owned()));
    message.push('\n');
    for (key, value) in trailers {
        message.push_str(&format!("{key}: {}\n", value.replace(['\n', '\r'], " ")));
    }
}

fn summary(words: &[String]) -> String {
    match words {
        [] => "its first value".to_owned(),
        [one] => one.clone(),
        [first, ..] => format!("{first} and {} more", words.len() - 1),
    }
}
