//! `health`: what of a realm nobody looks after any more.

use blue_realm::edit;
use blue_realm::{FileKind, Realm, Step};
use serde_json::Value;

use super::{bindings, edited, written};
use crate::ask::Actor;
use crate::clock;
use crate::error::Error;
use crate::place::OpenRealm;
use crate::proposed::Proposed;
use crate::write::Written;

/// Days after which a repo should say again that it is still there.
const CONFIRMED: i64 = 365;

/// Days after which a binding that lags behind has done so for long.
const STALE: i64 = 90;

const DAY: i64 = 24 * 60 * 60;

/// Something that nobody looks after.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ailment {
    /// Which kind.
    pub kind: AilmentKind,
    /// The domain it is in; nothing for a repo.
    pub domain: Option<String>,
    /// The repo that it is about.
    pub repo: Option<String>,
    /// The contract that it is about.
    pub contract: Option<String>,
    /// What is wrong, in one sentence without its end.
    pub words: String,
    /// What to do.
    pub hint: String,
}

/// What can ail a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AilmentKind {
    /// A repo that is in no domain, and exports and imports nothing.
    Orphaned,
    /// A repo without anybody to ask, or whose people have not been seen for a year.
    Maintainers,
    /// A repo that has not said for a year that it is still there.
    Unconfirmed,
    /// A contract that nobody imports.
    NotImported,
    /// An import that has lagged behind for long.
    Stale,
}

impl AilmentKind {
    /// As machines read it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            AilmentKind::Orphaned => "orphaned",
            AilmentKind::Maintainers => "maintainers-gone",
            AilmentKind::Unconfirmed => "not-confirmed",
            AilmentKind::NotImported => "not-imported",
            AilmentKind::Stale => "long-stale",
        }
    }
}

/// When somebody was last seen to commit to the realm, by e-mail in lower case: seconds since 1970.
pub type LastSeen = std::collections::BTreeMap<String, i64>;

/// What nobody looks after, by kind.
#[must_use]
pub fn health(realm: &Realm, last_seen: &LastSeen, now: i64) -> Vec<Ailment> {
    let mut found = Vec::new();
    for (name, file) in realm.repos() {
        let repo = Some(name.to_string());
        let of_repo = |kind, words: String, hint: &str| Ailment {
            kind,
            domain: None,
            repo: repo.clone(),
            contract: None,
            words,
            hint: hint.to_owned(),
        };
        if realm.domains_of(name).next().is_none() {
            found.push(of_repo(
                AilmentKind::Orphaned,
                format!("{name} is in no domain"),
                "`blue realm admin domain add-member` makes it a member, `blue realm admin leave` takes it out",
            ));
        }
        let Some(file) = file else { continue };
        if let Some(words) = nobody(name, &file.maintainers, last_seen, now) {
            found.push(of_repo(
                AilmentKind::Maintainers,
                words,
                "ask who has taken it over, and put them into `maintainers` of its file in repos/",
            ));
        }
        let said = file.confirmed_at.as_ref().or(file.joined_at.as_ref());
        let at = said.and_then(|text| clock::begin_of(text.trim(), now));
        if let Some(days) = at
            .map(|at| (now - at) / DAY)
            .filter(|days| *days >= CONFIRMED)
        {
            found.push(of_repo(
                AilmentKind::Unconfirmed,
                format!("{name} was last confirmed {days} days ago"),
                "`blue realm admin health --confirm` in it says that it is still there",
            ));
        }
    }
    for domain in realm.domains() {
        found.extend(in_domain(realm, &domain.name, now));
    }
    found.sort();
    found
}

/// Why there is nobody to ask.
fn nobody(
    repo: &str,
    maintainers: &[blue_realm::Text],
    last_seen: &LastSeen,
    now: i64,
) -> Option<String> {
    if maintainers.is_empty() {
        return Some(format!("{repo} has no maintainers"));
    }
    // Users of a forge are not known by their commits, and who never wrote says nothing.
    let seen = maintainers
        .iter()
        .map(|who| last_seen.get(&who.to_ascii_lowercase()).copied());
    let seen: Option<Vec<i64>> = seen.collect();
    let last = seen?.into_iter().max()?;
    let days = (now - last) / DAY;
    (days >= CONFIRMED).then(|| {
        format!(
            "nobody of {repo} ({}) has written to the realm for {days} days",
            maintainers.join(", ")
        )
    })
}

fn in_domain(realm: &Realm, domain: &blue_realm::Name, now: i64) -> Vec<Ailment> {
    let mut found = Vec::new();
    for contract in realm.not_imported(domain) {
        let owner = realm.contract(domain, contract);
        let owner = owner.and_then(|it| it.owner.as_ref());
        found.push(Ailment {
            kind: AilmentKind::NotImported,
            domain: Some(domain.to_string()),
            repo: owner.map(ToString::to_string),
            contract: Some(contract.to_string()),
            words: format!("nobody imports {contract}"),
            hint: format!(
                "`blue realm admin contract remove {contract} --domain {domain}` takes it away"
            ),
        });
    }
    for binding in realm.bindings(domain) {
        for import in &binding.imports {
            let of = realm.domain_of_import(domain, import);
            let contract = of.and_then(|of| realm.contract(of, &import.contract));
            let Some(contract) = contract else { continue };
            let (Some(version), Some(resolved)) = (&contract.version, &import.resolved_version)
            else {
                continue;
            };
            let at = import.resolved_at.as_ref();
            let at = at.and_then(|text| clock::begin_of(text.trim(), now));
            let days = at.map(|at| (now - at) / DAY);
            let Some(days) = days.filter(|days| resolved < version && *days >= STALE) else {
                continue;
            };
            let (repo, name) = (&binding.repo, &import.contract);
            found.push(Ailment {
                kind: AilmentKind::Stale,
                domain: Some(domain.to_string()),
                repo: Some(repo.to_string()),
                contract: Some(name.to_string()),
                words: format!(
                    "{repo} has followed {name} {resolved} for {days} days, and it is at {version}"
                ),
                hint: format!("`blue realm check` in {repo} says what is missing, `blue ack` that it is followed"),
            });
        }
    }
    found
}

/// Says that a repo is still there: `confirmed_at` of its file. Nothing where it was said today.
///
/// # Errors
/// [`Error::Use`] where it has not joined; [`Error::Edit`].
pub fn confirm(
    base: &Realm,
    repo: &str,
    actor: &Actor,
    now: i64,
) -> Result<Option<Written>, Error> {
    bindings::has_joined(base, repo)?;
    let said = base.repo(repo).and_then(|it| it.confirmed_at.clone());
    let today = clock::date(now).to_string();
    if said.is_some_and(|said| said.starts_with(&today)) {
        return Ok(None);
    }
    let mut proposed = Proposed::of(base);
    let path = FileKind::Repo { name: repo.into() }.path();
    let at = Value::from(clock::timestamp(now));
    edited(&mut proposed, &path, |text| {
        edit::set(text, &[Step::Key("confirmed_at")], &at)
    })?;
    Ok(written(proposed, &format!("{repo} is still there"), actor))
}

/// When each person was last seen to commit to the realm, as its history on record says.
///
/// # Errors
/// [`Error::Git`].
pub fn last_seen(realm: &OpenRealm) -> Result<LastSeen, Error> {
    let mut seen = LastSeen::new();
    for commit in realm.repository.commits_between(None, realm.tip()?)? {
        for person in [&commit.author, &commit.committer] {
            let at = seen
                .entry(person.email.to_ascii_lowercase())
                .or_insert(commit.time);
            *at = commit.time.max(*at);
        }
    }
    Ok(seen)
}
