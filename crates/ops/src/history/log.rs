//! The history of a realm as people ask for it: who changed, synced, acknowledged and merged what, and when.
//!
//! What Blue does says what it was in trailers of its commits, and that is believed here, for it is shown and decides
//! on nothing; of commits by hand the files that they changed tell.

use std::collections::BTreeSet;

use blue_git::{CommitId, CommitInfo};
use blue_realm::proposal::Author;
use blue_realm::{FileKind, Realm, classify};

use super::deeds::{Deed, deeds};
use super::entries::{Entry, entry};
use crate::ask::Ask;
use crate::error::Error;
use crate::merge::trailer;
use crate::place::OpenRealm;
use crate::signers::{has_keys, signed_by};

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Brought what an exporter's code says.
    Synced,
    /// Said that an importer follows.
    Acknowledged,
    /// Agreed to a break before following.
    Accepted,
    /// Made a sync, or another branch, part of the record.
    Merged,
    /// Began the grace period of a sync that waits.
    Recorded,
    /// Anything else.
    Changed,
}

impl Verb {
    /// For people and programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verb::Synced => "synced",
            Verb::Acknowledged => "acknowledged",
            Verb::Accepted => "accepted",
            Verb::Merged => "merged",
            Verb::Recorded => "recorded",
            Verb::Changed => "changed",
        }
    }
}

/// A commit of a realm, as what somebody did.
#[derive(Debug, Clone)]
pub struct Logged {
    /// The commit.
    pub commit: CommitInfo,
    /// What was done.
    pub verb: Verb,
    /// By whom: the e-mail that the commit says.
    pub actor: String,
    /// Whether a repo that lists that e-mail has signed it, with a key that the realm has of it now.
    pub is_verified: bool,
    /// The first line of the message.
    pub subject: String,
    /// The contracts that it is about, each as its name alone.
    pub contracts: BTreeSet<String>,
    /// The realm's files that it changed.
    pub files: Vec<String>,
}

/// Which commits are asked for: those that are all of these.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Made at this time or later: seconds since 1970-01-01T00:00:00Z.
    pub since: Option<i64>,
    /// By this actor: its whole e-mail, or the part before the `@`.
    pub actor: Option<String>,
    /// About a contract of this name.
    pub contract: Option<String>,
}

/// The newest `limit` of the commits of a realm that are asked for, newest first. Merges of the branch of record into
/// another branch are left out: they do nothing to it.
///
/// # Errors
/// [`Error::Git`].
pub fn log(
    realm: &OpenRealm,
    tip: CommitId,
    filter: &Filter,
    limit: usize,
    ask: &Ask<'_>,
) -> Result<Vec<Logged>, Error> {
    let mut logged = Vec::new();
    let record = realm.realm_at(tip).ok().filter(has_keys);
    for commit in realm.repository.commits_between(None, tip)?.iter().rev() {
        if logged.len() == limit {
            break;
        }
        let actor = actor(commit);
        let is_late = filter.since.is_none_or(|since| commit.time >= since);
        if !is_late || !is_by(&actor, filter) || takes_in(commit, &realm.main) {
            continue;
        }
        let Some(entry) = entry(realm, commit.id)? else {
            continue;
        };
        let deeds = deeds(realm, &entry)?;
        let contracts = contracts(&entry, &deeds);
        let wanted = filter.contract.as_ref();
        if wanted.is_some_and(|wanted| !contracts.contains(wanted)) {
            continue;
        }
        logged.push(Logged {
            verb: verb(&entry, &deeds),
            is_verified: match &record {
                Some(record) => is_verified(realm, record, (commit, &actor), ask)?,
                None => false,
            },
            actor,
            subject: subject(commit).to_owned(),
            contracts,
            files: entry.files.into_iter().map(|it| it.path).collect(),
            commit: entry.commit,
        });
    }
    Ok(logged)
}

/// Whether a repo that lists the actor has signed a commit.
fn is_verified(
    realm: &OpenRealm,
    record: &Realm,
    (commit, actor): (&CommitInfo, &str),
    ask: &Ask<'_>,
) -> Result<bool, Error> {
    let Some(signature) = realm.repository.signature_of(commit.id)? else {
        return Ok(false);
    };
    let author = Author {
        email: actor.into(),
        ..Author::default()
    };
    Ok(!signed_by(record, &author, &signature, ask).is_empty())
}

fn subject(commit: &CommitInfo) -> &str {
    let mut lines = commit.message.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// Who acted: what Blue wrote into the commit, else who wrote it.
fn actor(commit: &CommitInfo) -> String {
    let keys = [trailer::ACTOR, trailer::FORCED, trailer::APPROVED];
    let said = keys.iter().find_map(|key| commit.trailers(key).last());
    let written = match commit.author.email.as_str() {
        "" => &commit.author.name,
        email => email,
    };
    said.unwrap_or(written).to_owned()
}

fn is_by(actor: &str, filter: &Filter) -> bool {
    let Some(wanted) = filter.actor.as_deref() else {
        return true;
    };
    let name = actor.split('@').next().unwrap_or_default();
    actor.eq_ignore_ascii_case(wanted) || name.eq_ignore_ascii_case(wanted)
}

/// Whether it takes the branch of record into a branch of a sync.
fn takes_in(commit: &CommitInfo, main: &str) -> bool {
    let into = format!("Merge {main} into ");
    commit.parents.len() > 1 && subject(commit).starts_with(&into)
}

fn verb(entry: &Entry, deeds: &[Deed]) -> Verb {
    let commit = &entry.commit;
    let has = |key| commit.trailers(key).next().is_some();
    let is_merge = commit.parents.len() > 1;
    if has(trailer::MERGED) || is_merge {
        return Verb::Merged;
    }
    for (key, verb) in [
        (trailer::RECORDED, Verb::Recorded),
        (trailer::ACKNOWLEDGED, Verb::Acknowledged),
        (trailer::SOURCE, Verb::Synced),
    ] {
        if has(key) {
            return verb;
        }
    }
    let any = |of: fn(&Deed) -> bool| deeds.iter().any(of);
    if any(|deed| matches!(deed, Deed::Accepts { .. })) {
        return Verb::Accepted;
    }
    let is_only_a_word = deeds
        .iter()
        .all(|deed| matches!(deed, Deed::Follows { .. }));
    match is_only_a_word && !deeds.is_empty() {
        true => Verb::Acknowledged,
        false => Verb::Changed,
    }
}

fn contracts(entry: &Entry, deeds: &[Deed]) -> BTreeSet<String> {
    let said = entry.commit.trailers(trailer::CONTRACT);
    let said = said.filter_map(|it| it.split('@').next());
    let mut contracts: BTreeSet<String> = said.map(str::to_owned).collect();
    for file in &entry.files {
        if let Some(FileKind::Contract { contract, .. } | FileKind::Release { contract, .. }) =
            classify(&file.path)
        {
            contracts.insert(contract.to_string());
        }
    }
    contracts.extend(deeds.iter().filter_map(|deed| match deed {
        Deed::Released { contract, .. }
        | Deed::Gone { contract, .. }
        | Deed::Follows { contract, .. } => Some(contract.clone()),
        Deed::Accepts { contract, .. } => contract.clone(),
    }));
    contracts
}
