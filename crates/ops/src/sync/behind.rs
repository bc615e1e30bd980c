//! What seems to be gone from the code, or to have come back to it, where the code is not the one that the contract was
//! made from: it may only be missing, or still be there, in this clone. A clone that is behind has no way to tell; its
//! remote has.
//!
//! A check counts such a difference, and says so: a clone without history (CI's) could not judge anything else. Here it
//! would be written for everybody, so the remote is asked where its branch is, and nothing is written of a contract
//! whose code cannot be told from older code.

use std::path::Path;

use blue_git::{CommitId, Listing, Repository, Why, discover};
use blue_realm::Realm;
use blue_workspace::SaidValue;

use super::change::{ContractChange, removed_in_words};
use super::parts::{Item, items};
use crate::ask::Ask;
use crate::error::Error;

/// A contract of which nothing is written, or may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// Its domain.
    pub domain: String,
    /// Its name.
    pub contract: String,
    /// Why, and what to do: a sentence without its end.
    pub why: String,
}

/// Whether the remote of the code may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// It is.
    Remote,
    /// Nothing leaves this machine (`--dry-run`): what was fetched last counts.
    Nobody,
}

/// The contracts of which nothing may be written, and those of which that is not known yet.
pub(crate) type Behind = (Vec<HeldBack>, Vec<HeldBack>);

/// What a sync wants to write, and from where.
pub(crate) struct Wanted<'a> {
    /// The root of the code.
    pub(crate) root: &'a Path,
    /// What the realm says officially.
    pub(crate) record: &'a Realm,
    /// How the code differs from it.
    pub(crate) changes: &'a [ContractChange],
    /// The contracts that constants are read for: of these the whole value counts, wherever it was parted from.
    pub(crate) said: &'a [SaidValue],
    /// The values that a person takes out by name.
    pub(crate) remove: &'a [String],
}

/// Holds what the code seems to have lost against the code that the contracts were made from.
///
/// # Errors
/// [`Error::Stopped`], [`Error::Git`] for a repository that cannot be read.
pub(crate) fn behind(
    wanted: &Wanted<'_>,
    asking: Asking,
    ask: &mut Ask<'_>,
) -> Result<Behind, Error> {
    let (mut held_back, mut doubted) = Behind::default();
    let Some(code) = Code::at(wanted.root)? else {
        return Ok((held_back, doubted));
    };
    let mut listed = None;
    for change in wanted.changes {
        let back = wanted.brings_back(change);
        if back.is_none() && !wanted.takes_out(change) {
            continue;
        }
        let Some(made) = made_from(wanted.record, change) else {
            continue;
        };
        let name = &change.contract;
        let seems = match back {
            Some(what) if !wanted.takes_out(change) => {
                format!("{what}, and may only be here because it was taken out since")
            }
            _ => "what seems to be gone may only be missing here".to_owned(),
        };
        let from = match code.stands(&made.commit) {
            Stands::Within => continue,
            Stands::Ahead if !wanted.is_said(change) => continue,
            Stands::Ahead => Err(code.is_behind(&code.default_name())),
            Stands::Elsewhere(lacks) => match asking {
                Asking::Nobody => code.as_fetched().map(|()| lacks),
                Asking::Remote => {
                    if listed.is_none() {
                        listed = Some(code.listing(ask)?);
                    }
                    let listed = listed.as_ref().map_or(&Listed::NoRemote, |it| it);
                    code.held_against(listed, made.branch.as_deref())
                        .map(|()| lacks)
                }
            },
        };
        let short = made.commit.get(..7).unwrap_or(&made.commit);
        let of = |why: String| HeldBack {
            domain: change.domain.clone(),
            contract: name.clone(),
            why,
        };
        match from {
            Err(why) => held_back.push(of(format!(
                "{name} is not synced: {seems}, for it was made from commit {short}, {}, and {why}",
                code.stands(&made.commit).in_words()
            ))),
            Ok(lacks) if asking == Asking::Nobody => doubted.push(of(format!(
                "{name} was made from commit {short}, {lacks}: whether this clone is behind is asked of its remote \
                 before anything is pushed"
            ))),
            Ok(_) => {}
        }
    }
    Ok((held_back, doubted))
}

/// Whether a checkout of code has, in its objects, all of the default branch as its remote has that now; not where
/// the remote does not say, or the history is cut off.
///
/// # Errors
/// [`Error::Stopped`], [`Error::Git`] for a repository that cannot be read.
pub(crate) fn has_default_branch(root: &Path, ask: &mut Ask<'_>) -> Result<bool, Error> {
    let Some(code) = Code::at(root)?.filter(|code| !code.repository.is_shallow()) else {
        return Ok(false);
    };
    let Listed::Branches(listing) = code.listing(ask)? else {
        return Ok(false);
    };
    let default = listing.default.as_deref();
    match default.and_then(|default| listing.tip(default)) {
        Some(tip) => Ok(code.repository.commit_exists(tip)?),
        None => Ok(false),
    }
}

impl Wanted<'_> {
    /// Whether a change takes something out, or makes something else of it, that nobody named.
    fn takes_out(&self, change: &ContractChange) -> bool {
        let mut removed = change.removed.iter();
        removed.any(|(_, text)| !self.remove.contains(text))
            || change.parts.iter().any(|part| part.old.is_some())
    }

    /// What a change adds that the contract held before, in the beginning of a sentence: old code would say it. Of
    /// versions without a file what the contract's history says is believed.
    fn brings_back(&self, change: &ContractChange) -> Option<String> {
        if change.added.is_empty() {
            return None;
        }
        let (domain, name) = (&change.domain, &change.contract);
        let releases = self.record.releases(domain, name).into_iter().rev();
        let mut held = releases.map(|(version, release)| (version, items(release.value.as_ref())));
        let held = held.find_map(|(version, held)| {
            let (_, text) = change.added.iter().find(|item| held.contains(item))?;
            Some(format!("`{text}` was in {version}"))
        });
        held.or_else(|| {
            let contract = self.record.contract(domain, name)?;
            let took_out = |item: &&Item| {
                let words = removed_in_words(item);
                let mut all = contract.evolution.iter().flat_map(|it| &it.changes);
                all.any(|change| **change == *words)
            };
            let (_, text) = change.added.iter().find(took_out)?;
            Some(format!("`{text}` was in an earlier version"))
        })
    }

    fn is_said(&self, change: &ContractChange) -> bool {
        let mut said = self.said.iter();
        said.any(|it| *it.domain == *change.domain && *it.contract == *change.contract)
    }
}

/// The code that a contract was made from, as its history says.
struct MadeFrom {
    commit: String,
    branch: Option<String>,
}

fn made_from(record: &Realm, change: &ContractChange) -> Option<MadeFrom> {
    let contract = record.contract(&change.domain, &change.contract)?;
    let source = contract.evolution.last()?.source.as_ref()?;
    Some(MadeFrom {
        commit: source.commit.as_ref()?.to_string(),
        branch: source.branch.as_ref().map(ToString::to_string),
    })
}

/// A checkout of the code.
pub(super) struct Code {
    pub(super) repository: Repository,
    pub(super) head: CommitId,
}

/// How the commit that a contract was made from stands to what is checked out.
enum Stands {
    /// It is part of it: what is gone since was taken out.
    Within,
    /// It is of the branch that everybody starts from, which has more than what is checked out.
    Ahead,
    /// It is on neither: squashed, rebased, or not here yet. How, in words.
    Elsewhere(&'static str),
}

impl Stands {
    fn in_words(&self) -> &'static str {
        match self {
            Stands::Elsewhere(lacks) => lacks,
            _ => "which what is checked out does not contain",
        }
    }
}

/// What the remote of the code says.
pub(super) enum Listed {
    /// There is none.
    NoRemote,
    /// Where its branches are.
    Branches(Listing),
    /// It said nothing: why.
    Silent(String),
}

impl Code {
    /// Nothing where the code is in no repository, or in one without a commit.
    pub(super) fn at(root: &Path) -> Result<Option<Code>, Error> {
        let Some(repository) = discover(root)? else {
            return Ok(None);
        };
        let head = repository.head_record()?;
        Ok(head.map(|head| Code {
            repository,
            head: head.commit,
        }))
    }

    pub(super) fn has(&self, commit: CommitId) -> bool {
        self.repository
            .is_ancestor(commit, self.head)
            .unwrap_or(false)
    }

    fn stands(&self, commit: &str) -> Stands {
        let Ok(named) = self.repository.resolve(commit) else {
            return Stands::Elsewhere("which this clone does not have");
        };
        if self.has(named) {
            return Stands::Within;
        }
        let shared = self.repository.default_branch().ok().flatten();
        let is_of = |shared: CommitId| self.repository.is_ancestor(named, shared).unwrap_or(false);
        match shared {
            Some(shared) if is_of(shared.commit) => Stands::Ahead,
            _ => Stands::Elsewhere("which what is checked out does not contain"),
        }
    }

    pub(super) fn listing(&self, ask: &mut Ask<'_>) -> Result<Listed, Error> {
        let Some(remote) = self.repository.main_remote()? else {
            let others = self.repository.remotes()?;
            return Ok(match others.is_empty() {
                true => Listed::NoRemote,
                false => Listed::Silent("none of its remotes is called origin".to_owned()),
            });
        };
        let doing = format!("asking {remote} where the code is");
        let repository = &self.repository;
        let listed = ask.over_the_network(&doing, |line| repository.list_remote(&remote, line));
        match listed {
            Ok(listing) => Ok(Listed::Branches(listing)),
            Err(Error::Git(why)) => Ok(Listed::Silent(why.to_string())),
            Err(why) => Err(why),
        }
    }

    /// Whether the remote's branch is part of what is checked out, so that nothing is only missing; else why nobody
    /// can tell. The branch is the one that the contract names, where just that is checked out, else the default one.
    fn held_against(&self, listed: &Listed, made_on: Option<&str>) -> Result<(), String> {
        let listing = match listed {
            Listed::NoRemote => return Ok(()),
            Listed::Silent(why) => {
                return Err(format!(
                    "whether this clone is behind cannot be asked: {why}; sync again when it can"
                ));
            }
            Listed::Branches(listing) => listing,
        };
        let checked_out = self.repository.head_branch().ok().flatten();
        let is_out = |branch: &&str| checked_out.as_deref() == Some(*branch);
        let own = made_on.filter(is_out);
        let branch = own.filter(|branch| listing.tip(branch).is_some());
        let branch = branch.or(listing.default.as_deref()).or(made_on);
        match branch.and_then(|branch| Some((branch, listing.tip(branch)?))) {
            Some((branch, tip)) if !self.has(tip) => Err(self.is_behind(branch)),
            // Nobody has pushed anything that could be missing.
            _ => Ok(()),
        }
    }

    /// The same as far as it was fetched.
    fn as_fetched(&self) -> Result<(), String> {
        match self.repository.default_branch() {
            Ok(Some(record)) => match record.why {
                Why::RemoteTracking { name } if !self.has(record.commit) => {
                    Err(self.is_behind(&name))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The branch that everybody starts from.
    fn default_name(&self) -> String {
        let default = self.repository.default_branch().ok().flatten();
        match default.map(|record| record.why) {
            Some(Why::RemoteTracking { name } | Why::LocalBranch { name }) => name,
            _ => "the default branch".to_owned(),
        }
    }

    fn is_behind(&self, branch: &str) -> String {
        let whole = match self.repository.is_shallow() {
            true => " with its history (`fetch-depth: 0`)",
            false => "",
        };
        format!(
            "{branch} has commits that are not checked out: fetch and merge it{whole}, then sync again"
        )
    }
}
