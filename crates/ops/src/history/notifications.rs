//! What there is to be told of a realm's history, and by whom it was done.

use blue_coordination::{Contract, Kind, Moment, Notification, RealmId};
use blue_git::CommitId;
use semver::Version;

use super::deeds::{Deed, deeds};
use super::entries::{Entry, Reach, entries_within};
use crate::error::Error;
use crate::merge::trailer;
use crate::place::OpenRealm;

/// No more characters than these of what a realm says of a change are kept.
pub(super) const MAX_WORDS: usize = 500;

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
        // That a break is agreed to is of no version yet.
        Deed::Accepts { .. } => Vec::new(),
    }
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
