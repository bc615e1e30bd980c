//! `contract deprecate`, `remove`, `rename`: what becomes of a contract that is there.

use blue_realm::edit;
use blue_realm::{
    ContractFile, Date, DeprecationTarget, FileKind, Name, Realm, Step, binding_path, contract_path,
};
use serde_json::{Value, json};

use super::{bindings, edited, name_of, written};
use crate::ask::Actor;
use crate::error::Error;
use crate::merge::{not_its_own, open_syncs};
use crate::place::OpenRealm;
use crate::proposed::Proposed;
use crate::write::Written;

/// What is on its way out.
#[derive(Debug, Clone, PartialEq)]
pub struct Deprecate<'a> {
    /// The contract's domain.
    pub domain: &'a str,
    /// The contract.
    pub contract: &'a str,
    /// What of it.
    pub target: DeprecationTarget,
    /// The last day on which it holds: `2027-01-31`.
    pub sunset: &'a str,
    /// Since which version or day; nothing: the contract's version.
    pub since: Option<&'a str>,
    /// What to do instead.
    pub note: Option<&'a str>,
    /// The day it is, in UTC: importers are told before a value goes, so the last day is none that has passed.
    pub today: Date,
}

/// Says that a value of a contract, or all of it (the pointer that is empty), is on its way out. Said again, it says what
/// is said now.
///
/// # Errors
/// [`Error::Use`] where there is no such contract, value or day; [`Error::Edit`].
pub fn deprecate(
    base: &Realm,
    wish: &Deprecate<'_>,
    actor: &Actor,
) -> Result<Option<Written>, Error> {
    let contract = known(base, wish.domain, wish.contract)?;
    let (key, target) = match &wish.target {
        DeprecationTarget::Value(value) => ("value", value.clone()),
        DeprecationTarget::Pointer(pointer) => ("pointer", Value::from(&**pointer)),
    };
    is_in(contract, &wish.target)?;
    let Some(sunset) = Date::parse(wish.sunset) else {
        return Err(Error::Use {
            message: format!("`{}` is no day", wish.sunset),
            hint: "write the last day on which it holds, as 2027-01-31".to_owned(),
        });
    };
    if sunset < wish.today {
        return Err(Error::Use {
            message: format!(
                "{} has passed: importers would be told of what is over, and its removal would break them unseen",
                wish.sunset
            ),
            hint: format!("name a day from {} on", wish.today),
        });
    }
    let version = contract.version.as_ref().map(ToString::to_string);
    let since = wish.since.map(str::to_owned).or(version);
    let mut entry = json!({key: target});
    let said = [
        ("since", since.as_deref()),
        ("sunset", Some(wish.sunset)),
        ("note", wish.note),
    ];
    for (key, text) in said {
        if let Some(text) = text {
            entry[key] = Value::from(text);
        }
    }
    let mut proposed = Proposed::of(base);
    let path = contract_path(wish.domain, wish.contract);
    let there = contract.deprecated.iter();
    let mut there = there.filter(|it| it.target == wish.target);
    match there.next() {
        None => edited(&mut proposed, &path, |text| {
            edit::append(text, &[Step::Key("deprecated")], &entry)
        })?,
        Some(there) => {
            let was = [
                ("since", there.since.as_deref()),
                ("sunset", there.sunset.as_deref()),
                ("note", there.note.as_deref()),
            ];
            for (key, is) in was {
                // Since when it is so does not change by its being said again.
                let is_asked = key != "since" || wish.since.is_some();
                let Some(text) = entry.get(key).filter(|_| is_asked) else {
                    continue;
                };
                if is == text.as_str() {
                    continue;
                }
                let route = [
                    Step::Key("deprecated"),
                    Step::Index(there.index),
                    Step::Key(key),
                ];
                edited(&mut proposed, &path, |file| edit::set(file, &route, text))?;
            }
        }
    }
    let what = in_words(&wish.target, wish.contract);
    let subject = format!("{what} is deprecated, until {}", wish.sunset);
    Ok(written(proposed, &subject, actor))
}

/// What is deprecated, in a few words.
#[must_use]
pub fn in_words(target: &DeprecationTarget, contract: &str) -> String {
    match target {
        DeprecationTarget::Pointer(pointer) if pointer.is_empty() => contract.to_owned(),
        DeprecationTarget::Pointer(pointer) => format!("{pointer} of {contract}"),
        DeprecationTarget::Value(Value::String(text)) => format!("{text} of {contract}"),
        DeprecationTarget::Value(value) => format!("{value} of {contract}"),
    }
}

/// Fails where the contract's value has nothing of the kind.
fn is_in(contract: &ContractFile, target: &DeprecationTarget) -> Result<(), Error> {
    let name = &contract.name;
    let Some(value) = &contract.value else {
        return Err(Error::Use {
            message: format!("{name} has no value yet: there is nothing to deprecate"),
            hint: "`blue realm sync` in its owner's repository gives it one".to_owned(),
        });
    };
    let mut texts = Vec::new();
    let is_there = match target {
        DeprecationTarget::Pointer(pointer) => value.pointer(pointer).is_some(),
        DeprecationTarget::Value(wanted) => holds(value, wanted, &mut texts),
    };
    if is_there {
        return Ok(());
    }
    let what = match target {
        DeprecationTarget::Pointer(pointer) => pointer.to_string(),
        DeprecationTarget::Value(Value::String(text)) => text.clone(),
        DeprecationTarget::Value(value) => value.to_string(),
    };
    let hint = match blue_realm::did_you_mean(&what, texts.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("`blue contract show {name}` shows what there is"),
    };
    Err(Error::Use {
        message: format!("{name} has no `{what}`"),
        hint,
    })
}

/// Whether something stands anywhere in a value; its texts, on the way.
fn holds<'v>(value: &'v Value, wanted: &Value, texts: &mut Vec<&'v str>) -> bool {
    if value == wanted {
        return true;
    }
    match value {
        Value::String(text) => {
            texts.push(text);
            false
        }
        Value::Array(items) => items.iter().any(|it| holds(it, wanted, texts)),
        Value::Object(members) => members.values().any(|it| holds(it, wanted, texts)),
        _ => false,
    }
}

/// Takes a contract away, with its released versions and its owner's export. Refused while anybody imports it.
///
/// # Errors
/// [`Error::Use`], naming those who import it; [`Error::Edit`].
pub fn remove_contract(
    base: &Realm,
    (domain, name): (&str, &str),
    actor: &Actor,
) -> Result<Option<Written>, Error> {
    bindings::domain_is_there(base, domain)?;
    let path = contract_path(domain, name);
    if base.file(&path).is_none() {
        // It is gone already, or a slip: of a name near another one nobody can tell.
        let known: Vec<&str> = base.contracts(domain).map(|it| &*it.name).collect();
        return match blue_realm::did_you_mean(name, known.iter().copied()) {
            Some(_) => Err(bindings::not_there("contract", name, &known)),
            None => Ok(None),
        };
    }
    let importers = base.importers_of(domain, name);
    if !importers.is_empty() {
        let mut repos: Vec<String> = importers
            .iter()
            .map(|it| match **it.domain == *domain {
                true => it.repo.to_string(),
                false => format!("{} (in {})", it.repo, it.domain),
            })
            .collect();
        repos.sort();
        repos.dedup();
        return Err(Error::Use {
            message: format!(
                "{name} is imported by {}, whom that would break",
                repos.join(", ")
            ),
            hint: format!(
                "have them take it out of their bindings first; `blue realm admin contract deprecate {name} --sunset DAY` \
                 tells them until when"
            ),
        });
    }
    let mut proposed = Proposed::of(base);
    let owner = base.contract(domain, name).and_then(|it| it.owner.clone());
    proposed.remove(&path);
    for name in names_of_its_own(base, domain, name) {
        for (version, _) in base.releases(domain, &name) {
            let kind = FileKind::Release {
                domain: domain.into(),
                contract: name.clone(),
                version: version.to_string().into(),
            };
            proposed.remove(&kind.path());
        }
    }
    let owners = base
        .bindings(domain)
        .filter(|it| owner.as_ref().is_none_or(|owner| *owner == it.repo));
    for binding in owners {
        let path = binding_path(domain, &binding.repo);
        let exports = binding.exports.iter();
        let named = exports
            .filter(|it| *it.contract == *name)
            .map(|it| it.index);
        // The last first, so that the places of the others stay.
        for index in named.rev() {
            let route = [Step::Key("exports"), Step::Index(index)];
            edited(&mut proposed, &path, |text| edit::remove(text, &route))?;
        }
    }
    Ok(written(proposed, &format!("{name} is taken away"), actor))
}

/// That no sync of a contract waits which is to be called otherwise or taken away: its importers' words would be lost, and
/// its branch would be of nothing.
///
/// # Errors
/// [`Error::Use`] with the syncs and the way out; [`Error::Git`].
pub fn nothing_waits(realm: &OpenRealm, (domain, name): (&str, &str)) -> Result<(), Error> {
    let main = realm.tip()?;
    let record = realm.realm_at(main)?;
    if record.contract(domain, name).is_none() {
        return Ok(());
    }
    let (open, _) = open_syncs(realm, main)?;
    let mut waits = open.into_iter().filter(|open| {
        open.is_of(domain, name) && not_its_own(realm, (main, &record), open).is_empty()
    });
    let Some(first) = waits.next() else {
        return Ok(());
    };
    let branches: Vec<String> = waits.map(|open| open.branch).collect();
    let more = match branches.as_slice() {
        [] => String::new(),
        more => format!(", and so does {}", more.join(", ")),
    };
    Err(Error::Use {
        message: format!("{} of {name} waits{more}: it would be lost", first.branch),
        hint: format!(
            "`blue realm sync` merges it once it may be, or take it away first: `{}` in the realm's checkout",
            realm.taking_away(&first.branch)
        ),
    })
}

/// The names under which released versions of a contract stand: its own, and those it had before that mean no other
/// contract now.
fn names_of_its_own(base: &Realm, domain: &str, name: &str) -> Vec<Name> {
    let is_free = |before: &Name| {
        let mut others = base.contracts(domain).filter(|it| *it.name != *name);
        !others.any(|it| it.name == *before || it.previously.contains(before))
    };
    let contract = base.contract(domain, name);
    let before = contract.iter().flat_map(|it| &it.previously);
    let before = before.filter(|it| is_free(it)).cloned();
    std::iter::once(Name::from(name)).chain(before).collect()
}

/// Gives a contract another name, in one change: its file, every binding that exports or imports it, every acceptance.
/// Its released versions stay where they are, and are found by `previously`.
///
/// # Errors
/// [`Error::Use`] where there is no such contract or the name is none, or another's; [`Error::Edit`].
pub fn rename_contract(
    base: &Realm,
    domain: &str,
    (old, new): (&str, &str),
    actor: &Actor,
) -> Result<Option<Written>, Error> {
    bindings::domain_is_there(base, domain)?;
    name_of("contract", new)?;
    let taken = base.contract(domain, new);
    if base.contract(domain, old).is_none()
        && taken.is_some_and(|it| it.previously.iter().any(|it| **it == *old))
    {
        return Ok(None);
    }
    known(base, domain, old)?;
    let (from, to) = (contract_path(domain, old), contract_path(domain, new));
    if base.file(&to).is_some() {
        return Err(Error::Use {
            message: format!("{domain} has a contract {new} already"),
            hint: "take another name".to_owned(),
        });
    }
    let mut proposed = Proposed::of(base);
    let text = proposed.text(&from).unwrap_or_default().to_owned();
    proposed.write(&to, text);
    proposed.remove(&from);
    edited(&mut proposed, &to, |text| {
        edit::set(text, &[Step::Key("name")], &Value::from(new))
    })?;
    edited(&mut proposed, &to, |text| {
        let route = [Step::Key("previously")];
        edit::append(text, &route, &Value::from(old))
    })?;
    for held in base.domains() {
        for binding in base.bindings(&held.name) {
            let path = binding_path(&held.name, &binding.repo);
            let imports = binding.imports.iter().filter(|it| {
                *it.contract == *old && base.domain_of_import(&held.name, it) == Some(domain)
            });
            let mut routes: Vec<_> = imports.map(|it| ("imports", it.index)).collect();
            if *held.name == *domain {
                let exports = binding.exports.iter();
                let exports = exports.filter(|it| *it.contract == *old);
                routes.extend(exports.map(|it| ("exports", it.index)));
            }
            for (list, index) in routes {
                let route = [Step::Key(list), Step::Index(index), Step::Key("contract")];
                edited(&mut proposed, &path, |text| {
                    edit::set(text, &route, &Value::from(new))
                })?;
            }
        }
    }
    renamed_acceptances(&mut proposed, base, domain, (old, new))?;
    Ok(written(
        proposed,
        &format!("{old} is called {new} now"),
        actor,
    ))
}

fn renamed_acceptances(
    proposed: &mut Proposed,
    base: &Realm,
    domain: &str,
    (old, new): (&str, &str),
) -> Result<(), Error> {
    for binding in base.bindings(domain) {
        let Some(file) = base.acceptances(domain, &binding.repo) else {
            continue;
        };
        let kind = FileKind::Acceptances {
            domain: domain.into(),
            repo: binding.repo.clone(),
        };
        let named = file.acceptances.iter();
        for it in named.filter(|it| it.contract.as_deref() == Some(old)) {
            let route = [Step::Index(it.index), Step::Key("contract")];
            edited(proposed, &kind.path(), |text| {
                edit::set(text, &route, &Value::from(new))
            })?;
        }
    }
    Ok(())
}

fn known<'r>(base: &'r Realm, domain: &str, name: &str) -> Result<&'r ContractFile, Error> {
    bindings::domain_is_there(base, domain)?;
    let found = base.contract(domain, name);
    found.map(|it| &**it).ok_or_else(|| {
        let known: Vec<&str> = base.contracts(domain).map(|it| &*it.name).collect();
        bindings::not_there("contract", name, &known)
    })
}
