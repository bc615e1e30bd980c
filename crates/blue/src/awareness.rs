//! What this machine keeps of what there is to be told: read from a realm's history whenever a command has fetched
//! it. It is awareness alone: what goes wrong with it stops no command, and is said to whom asks for more (`-v`).

use std::sync::Once;

use blue_coordination::{Noted, Notifications, RealmId, Sessions};
use blue_git::Rewrites;
use blue_ops::{Ask, Freshness, OpenRealm, RealmPlace};
use blue_realm::Realm;
use blue_workspace::{blue_home, runtime_folder};

pub(crate) use blue_ops::history::{reader, shape, words};

/// The database; nothing for a user without a home folder.
///
/// # Errors
/// It cannot be used.
pub(crate) fn open() -> Result<Option<Notifications>, blue_coordination::Error> {
    let Some(home) = blue_home() else {
        return Ok(None);
    };
    let known = Notifications::open(&home.join("daemon.db"))?;
    if let Some(aside) = known.set_aside() {
        tracing::warn!(
            "daemon.db was damaged; it is at {} now, and made again from the realms' histories",
            aside.display()
        );
    }
    Ok(Some(known))
}

/// Tells others at work on this machine that a realm was written to.
pub(crate) fn moved(realm: &str) {
    let Some(folder) = runtime_folder() else {
        return;
    };
    let told = Sessions::open(&folder.join("sessions.db"));
    if let Err(why) = told.and_then(|mut sessions| sessions.realm_moved(realm)) {
        say(&why);
    }
}

/// Reads what is new in a realm's history.
pub(crate) fn learn(realm: &OpenRealm) {
    let learnt = open()
        .map_err(blue_ops::Error::from)
        .and_then(|known| match known {
            Some(mut known) => blue_ops::history::learn(realm, &mut known),
            None => Ok(0),
        });
    match learnt {
        Ok(0) => {}
        Ok(new) => {
            tracing::info!("{}: {new} notifications are new", realm.name);
            moved(&realm.name);
        }
        Err(why) => say(&why),
    }
}

/// Reads what is new in the history of a realm that was just fetched.
pub(crate) fn learn_from(place: &RealmPlace, ask: &mut Ask<'_>) {
    match OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, ask) {
        Ok(realm) => learn(&realm),
        Err(why) => say(&why),
    }
}

/// What a repository has not been told of a realm; nothing where that is not known.
pub(crate) fn unread(realm: &RealmId, record: &Realm, repo: &str) -> Vec<Noted> {
    let unread = open().and_then(|known| match known {
        Some(mut known) => known.unread(&reader(realm, record, repo)),
        None => Ok(Vec::new()),
    });
    unread.unwrap_or_else(|why| {
        say(&why);
        Vec::new()
    })
}

/// Once a run is enough.
fn say(why: &dyn std::error::Error) {
    static SAID: Once = Once::new();
    SAID.call_once(|| tracing::warn!("what there is to be told is not known: {why}"));
}
