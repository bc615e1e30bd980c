//! What there is to be told of a realm's history, and by whom it was done.

use blue_coordination::{Contract, Kind, Moment, Notification, RealmId};
use blue_git::CommitId;
use semver::{Prerelease, Version};

use super::deeds::{Deed, deeds};
use super::entries::{Entry, Reach, entries_within};
use crate::error::Error;
use crate::merge::trailer;
use crate::place::OpenRealm;

/// No more characters than these of what a realm says of a change are kept.
pub(super) const MAX_WORDS: usize = 500;

/// In a version: the contract is gone.
const GONE: &str = "gone";

/// In place of an exporter, where the realm names none.
const NOBODY: &str = "nobody";

/// What there is to be told of what [`entries`](super::entries()) gives, in its order. The same commits say the same.
///
/// # Errors
/// [`Error::Git`].
pub fn notifications(
    realm: &OpenRealm,
    since: Option<CommitId>,
    tip: CommitId,
) -> Result<Vec<Notification>, Error> {
    told_since(realm, &realm.id()?, (since, Reach::News), tip)
}

/// The same, of a realm whose identity is known, and as far back as is said.
pub(super) fn told_since(
    realm: &OpenRealm,
    id: &RealmId,
    (since, reach): (Option<CommitId>, Reach),
    tip: CommitId,
) -> Result<Vec<Notification>, Error> {
    let mut told = Vec::new();
    entries_within(realm, (since, reach), tip, |entry| {
        let done = deeds(realm, &entry)?;
        let which = (&*realm.name, id);
        let of_one = done.iter().flat_map(|it| of_deed(which, &entry, it));
        told.extend(of_one);
        Ok(())
    })?;
    Ok(told)
}

fn of_deed(realm: (&str, &RealmId), entry: &Entry, deed: &Deed) -> Vec<Notification> {
    match deed {
        Deed::Released {
            domain,
            contract,
            owner,
            from,
            to,
            is_breaking,
            changes,
        } => {
            let kind = match (from, is_breaking) {
                (None, _) => Kind::New,
                (_, true) => Kind::Breaking,
                (_, false) => Kind::Updated,
            };
            let was_proposed = is_of_a_sync(entry);
            let merged = was_proposed.then_some(Kind::Merged);
            let kinds = [kind].into_iter().chain(merged);
            let owner = owner.as_deref().unwrap_or(NOBODY);
            let one = |kind| {
                of(
                    (realm, entry),
                    (domain, contract),
                    to,
                    (owner, kind),
                    changes,
                )
            };
            kinds.map(one).collect()
        }
        Deed::Follows {
            domain,
            contract,
            repo,
            to,
            ..
        } => {
            let by = (repo.as_str(), Kind::Acknowledged);
            vec![of((realm, entry), (domain, contract), to, by, &[])]
        }
        Deed::Gone {
            domain,
            contract,
            owner,
            from,
        } => {
            let by = (owner.as_deref().unwrap_or(NOBODY), Kind::Breaking);
            let end = end_after(from);
            vec![of((realm, entry), (domain, contract), &end, by, &[])]
        }
        // That a break is agreed to is of no version yet.
        Deed::Accepts { .. } => Vec::new(),
    }
}

/// What stands for the version of a contract that is gone: after all that it had, so that nobody has followed it, and
/// before whatever comes under its name in a later major.
fn end_after(last: &Version) -> Version {
    Version {
        pre: Prerelease::new(GONE).unwrap_or_default(),
        ..Version::new(last.major.saturating_add(1), 0, 0)
    }
}

/// Whether a notification says that its contract is gone.
pub(super) fn is_gone(of: &Notification) -> bool {
    of.kind == Kind::Breaking && of.version.pre.as_str() == GONE
}

/// Whether a commit came by way of a sync: a merge of one, or, where the branch of record only had to move on, the
/// sync's own.
fn is_of_a_sync(entry: &Entry) -> bool {
    let has = |key| entry.commit.trailers(key).next().is_some();
    has(trailer::MERGED) || has(trailer::SOURCE)
}

fn of(
    ((realm, id), entry): ((&str, &RealmId), &Entry),
    (domain, contract): (&str, &str),
    version: &Version,
    (from_repo, kind): (&str, Kind),
    changes: &[String],
) -> Notification {
    Notification {
        realm: realm.to_owned(),
        realm_id: id.clone(),
        contract: Contract {
            domain: domain.to_owned(),
            name: contract.to_owned(),
        },
        version: version.clone(),
        from_repo: from_repo.to_owned(),
        kind,
        changes: changes.join("; ").chars().take(MAX_WORDS).collect(),
        created_at: Moment(entry.commit.time.saturating_mul(1000)),
    }
}
