//! What a realm's history says happened: which contract got which version, who follows it, who agreed to what.
//!
//! It exists so that a machine that was off misses nothing. Whoever fetches a realm reads the stretch of its branch
//! of record that was not read yet, and keeps what there is to be told. git is the truth: what is kept has a natural
//! key, so that a stretch that is read twice tells nothing twice.

mod deeds;
mod entries;
mod identity;
mod log;
mod notifications;
mod refused;
mod told;

use blue_coordination::{Moment, Notifications, ReadRealm, RealmId};
use blue_git::CommitId;

use crate::clock;
use crate::error::Error;
use crate::place::OpenRealm;

pub use deeds::{Deed, deeds};
pub use entries::{Entry, Touched, entries};
pub use log::{Filter, Logged, Verb, log};
pub use notifications::notifications;
pub use told::{reader, shape, words};

/// Reads what is new in a realm into the notifications of this machine, and says how many there were: what its history
/// says, and which syncs were not let in. Nothing is fetched; where nothing moved, nothing is written.
///
/// # Errors
/// [`Error::Awareness`] where the database cannot be used; [`Error::Git`], [`Error::NoRealm`].
pub fn learn(realm: &OpenRealm, known: &mut Notifications) -> Result<usize, Error> {
    let tip = realm.tip()?;
    let id = realm.id()?;
    let new = of_history((realm, &id), tip, known)?;
    let clone = realm.repository.common_dir().display().to_string();
    let before = known.waiting(&id, &clone)?;
    let (waiting, told) = refused::refused((realm, &id), tip, &before)?;
    if waiting == before {
        return Ok(new);
    }
    Ok(new + known.record_waiting((&id, &clone), &waiting, &told)?)
}

fn of_history(
    (realm, id): (&OpenRealm, &RealmId),
    tip: CommitId,
    known: &mut Notifications,
) -> Result<usize, Error> {
    let last = known.read_up_to(id)?;
    if last.as_deref() == Some(&*tip.to_string()) {
        return Ok(0);
    }
    let since = last.and_then(|last| last.parse().ok());
    // No transaction is open while git is read.
    let reach = match known.has_nameless(&realm.name)? {
        true => entries::Reach::Kept,
        false => entries::Reach::News,
    };
    let new = notifications::told_since(realm, id, (since, reach), tip)?;
    let read = ReadRealm {
        id: id.clone(),
        name: realm.name.clone(),
        url: realm.address(),
        local_path: realm.repository.common_dir().display().to_string(),
        tip: tip.to_string(),
        at: Moment(clock::now().saturating_mul(1000)),
    };
    Ok(known.record_history(&read, &new)?)
}
