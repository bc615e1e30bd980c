//! What there is to be told, for whom and in which words: the same in a terminal and in an editor.

use blue_coordination::{Contract, Kind, Noted, Notification, Reader, RealmId};
use blue_realm::Realm;
use serde_json::{Value, json};

use super::notifications::is_gone;
use crate::clock;

/// A repository as the realm of record says it stands.
#[must_use]
pub fn reader(realm: &RealmId, record: &Realm, repo: &str) -> Reader {
    let mut reader = Reader {
        realm: realm.clone(),
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
        let own = own.map(|it| {
            let stands = it.version.clone().filter(|_| it.value.is_some());
            (named(&domain.name, &it.name), stands)
        });
        reader.exports.extend(own);
        for contract in record.contracts(&domain.name) {
            let was = contract.previously.iter();
            // What has the name now is meant by it.
            let was = was.filter(|name| record.contract(&domain.name, name).is_none());
            reader.renamed.extend(was.map(|name| {
                let now = named(&domain.name, &contract.name);
                (named(&domain.name, name), now)
            }));
        }
        let binding = record.binding(&domain.name, repo);
        for import in binding.iter().flat_map(|it| &it.imports) {
            if let Some(of) = record.domain_of_import(&domain.name, import) {
                let contract = named(of, &import.contract);
                let follows = import.resolved_version.clone();
                reader.imports.insert(contract, follows);
            }
        }
    }
    for domain in record.domains_of(repo) {
        let there = record.contracts(&domain.name).map(|it| Contract {
            domain: domain.name.to_string(),
            name: it.name.to_string(),
        });
        reader.contracts.extend(there);
    }
    reader
}

/// What happened, in one sentence without its end. What a realm says stands in it as it is.
#[must_use]
pub fn words(noted: &Noted) -> String {
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
        Kind::Breaking if is_gone(&noted.notification) => {
            format!("{name} of {from_repo} is gone: who imports it has nothing to follow any more")
        }
        Kind::Breaking => format!("{name} {version} of {from_repo} is there, breaking"),
        Kind::Merged => format!("{name} {version} of {from_repo} is merged"),
        Kind::Acknowledged => format!("{from_repo} follows {name} {version}"),
        Kind::Refused => format!("{name} {version} of {from_repo} was not let in"),
    };
    let says = kind.is_version() || *kind == Kind::Refused;
    if says && !changes.is_empty() {
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

/// What happened, as data for programs.
#[must_use]
pub fn shape(noted: &Noted) -> Value {
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
        "created_at": clock::timestamp(it.created_at.0.div_euclid(1000)),
        "replaces": noted.replaces,
    })
}
