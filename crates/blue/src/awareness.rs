//! What this machine keeps of what there is to be told: read from a realm's history whenever a command has fetched
//! it. It is awareness alone: what goes wrong with it stops no command, and is said to whom asks for more (`-v`).

use std::sync::Once;

use blue_coordination::{Contract, Kind, Noted, Notification, Notifications, Reader};
use blue_git::Rewrites;
use blue_ops::{Ask, Freshness, OpenRealm, RealmPlace};
use blue_realm::Realm;
use blue_workspace::blue_home;
use serde_json::{Value, json};

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
        Ok(new) => tracing::info!("{}: {new} notifications are new", realm.name),
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
pub(crate) fn unread(realm: &str, record: &Realm, repo: &str) -> Vec<Noted> {
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

/// A repository as the realm of record says it stands.
pub(crate) fn reader(realm: &str, record: &Realm, repo: &str) -> Reader {
    let mut reader = Reader {
        realm: realm.to_owned(),
        repo: repo.to_owned(),
        ..Reader::default()
    };
    for domain in record.domains() {
        let named = |domain: &str, name: &str| Contract {
            domain: domain.to_owned(),
            name: name.to_owned(),
        };
        let contracts = record.contracts(&domain.name);
        let own = contracts.filter(|it| it.owner.as_deref() == Some(repo));
        let own = own.map(|it| named(&domain.name, &it.name));
        reader.exports.extend(own);
        let binding = record.binding(&domain.name, repo);
        for import in binding.iter().flat_map(|it| &it.imports) {
            if let Some(of) = record.domain_of_import(&domain.name, import) {
                let contract = named(of, &import.contract);
                let follows = import.resolved_version.clone();
                reader.imports.insert(contract, follows);
            }
        }
    }
    let domains = record.domains_of(repo);
    reader.domains = domains.map(|it| it.name.to_string()).collect();
    reader
}

/// What happened, in one sentence without its end. What a realm says stands in it as it is.
pub(crate) fn words(noted: &Noted) -> String {
    let Notification {
        contract,
        version,
        from_repo,
        kind,
        changes,
        ..
    } = &noted.notification;
    let name = &contract.name;
    let mut words = match kind {
        Kind::New => format!("{name} {version} of {from_repo} is new"),
        Kind::Updated => format!("{name} {version} of {from_repo} is there, compatible"),
        Kind::Breaking => format!("{name} {version} of {from_repo} is there, breaking"),
        Kind::Merged => format!("{name} {version} of {from_repo} is merged"),
        Kind::Acknowledged => format!("{from_repo} follows {name} {version}"),
        Kind::Refused => format!("{name} {version} of {from_repo} was not let in"),
    };
    if kind.is_version() && !changes.is_empty() {
        words.push_str(": ");
        words.push_str(changes);
    }
    match noted.replaces {
        0 => {}
        1 => words.push_str(" (and one version before it)"),
        more => words.push_str(&format!(" (and {more} versions before it)")),
    }
    words
}

/// For programs.
pub(crate) fn shape(noted: &Noted) -> Value {
    let it = &noted.notification;
    json!({
        "id": noted.id,
        "realm": it.realm,
        "domain": it.contract.domain,
        "contract": it.contract.name,
        "version": it.version.to_string(),
        "from_repo": it.from_repo,
        "kind": it.kind.word(),
        "changes": it.changes,
        "created_at": blue_ops::clock::timestamp(it.created_at.0.div_euclid(1000)),
        "replaces": noted.replaces,
    })
}
