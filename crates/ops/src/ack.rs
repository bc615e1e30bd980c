//! An importer's word: that it follows a version, on the sync that waits for it or, later, on the
//! branch of record; or that it agrees to a break before it follows.

use blue_git::{CommitId, RefUpdate};
use blue_realm::edit::{self, EditError};
use blue_realm::{Date, FileKind, Import, Realm, Step as Way, binding_path};
use blue_text::{TextEdit, apply_edits};
use blue_workspace::Following;
use semver::Version;
use serde_json::json;

use crate::ask::{Ask, Step};
use crate::clock;
use crate::error::Error;
use crate::merge::{OpenSync, accepted_in, is_heard, not_its_own, open_syncs, trailer};
use crate::place::{OpenRealm, Published};
use crate::proposed::Proposed;
use crate::write::{Landed, TRIES, Written, again, busy, commit, land};

/// What an importer wants to say.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The importer, by the name of its config.
    pub repo: &'a str,
    /// Only this contract.
    pub contract: Option<&'a str>,
    /// Why it follows where its grants cannot be read (`--anyway`).
    pub anyway: Option<&'a str>,
    /// Whether a range that ends before the version is widened.
    pub widening: Widening,
}

/// What becomes of a range that ends before a version whose values are all granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Widening {
    /// It stays, and the version is not followed.
    Never,
    /// It goes on to the version's major.
    Allowed,
}

/// What became of one import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// The contract.
    pub contract: String,
    /// The version; nothing where there is none.
    pub version: Option<Version>,
    /// The branch of the sync that waits for it; nothing: the branch of record.
    pub on: Option<String>,
    /// What was said, or why nothing.
    pub said: Said,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// That it follows, by this commit; with the range that it has now, where that is another one.
    Follows {
        /// The commit.
        commit: CommitId,
        /// The new range.
        widened: Option<String>,
    },
    /// It had said so.
    Already,
    /// Nothing: the code does not follow yet. A sentence's end: `no grant covers …`.
    NotYet(String),
    /// It had said so, and the code does not follow any more: a sentence's end.
    NoLonger(String),
}

/// How the importer's code stands to the realm at a commit; nothing: of record.
pub type FollowingsAt<'a> = dyn FnMut(Option<CommitId>) -> Result<Vec<Following>, Error> + 'a;

/// Says of each import that its code follows that it does: on the syncs that wait, and on the branch
/// of record.
///
/// # Errors
/// Those of [`land`], and of `followings`.
pub fn follow(
    realm: &mut OpenRealm,
    request: &Request<'_>,
    followings: &mut FollowingsAt<'_>,
    ask: &mut Ask<'_>,
) -> Result<Vec<Acknowledged>, Error> {
    let mut said = on_waiting(realm, request, followings, ask)?;
    let at = realm.unlike_checkout()?;
    for following in wanted(followings(at)?, request, realm) {
        let followed = on_record(realm, request, &following, ask)?;
        let waits = said.iter().any(|it| it.contract == *following.contract);
        // Who follows what waits needs not be told that there is nothing else.
        if !waits || matches!(followed.said, Said::Follows { .. }) {
            said.push(followed);
        }
    }
    Ok(said)
}

fn wanted(all: Vec<Following>, request: &Request<'_>, realm: &OpenRealm) -> Vec<Following> {
    let is_wanted = |it: &Following| {
        *it.realm == *realm.name && request.contract.is_none_or(|only| *it.contract == *only)
    };
    all.into_iter().filter(|it| is_wanted(it)).collect()
}

fn on_record(
    realm: &mut OpenRealm,
    request: &Request<'_>,
    following: &Following,
    ask: &mut Ask<'_>,
) -> Result<Acknowledged, Error> {
    let mut acknowledged = Acknowledged {
        contract: following.contract.to_string(),
        version: following.version.clone(),
        on: None,
        said: Said::Already,
    };
    let range = match stand(following, request) {
        Ok(range) => range,
        Err(said) => {
            acknowledged.said = said;
            return Ok(acknowledged);
        }
    };
    let (now, actor) = (ask.now, ask.actor.author.email.clone());
    let landed = land(realm, ask, &mut |record| {
        let import = import_of(record, request, following);
        let resolved = import.and_then(|import| import.resolved_version.clone());
        match resolved >= following.version {
            true => Ok(None),
            false => written(record, request, following, range.as_deref(), (now, &actor)),
        }
    })?;
    if let Landed::At(commit, _) = landed {
        acknowledged.said = Said::Follows {
            commit,
            widened: range,
        };
    }
    Ok(acknowledged)
}

/// Whether there is something to say: the range that the import needs, where it needs another one.
fn stand(following: &Following, request: &Request<'_>) -> Result<Option<String>, Said> {
    let not_yet = |why: String| Err(Said::NotYet(why));
    let Some(version) = &following.version else {
        return not_yet("it has no value yet, so there is nothing to follow".to_owned());
    };
    let uncovered = match following.uncovered.as_slice() {
        [] => None,
        [first] => Some(format!("no grant covers `{first}`")),
        [first, rest @ ..] => Some(format!("no grant covers `{first}` and {} more", rest.len())),
    };
    if following.resolved.as_ref().is_some_and(|it| it >= version) {
        return Err(uncovered.map_or(Said::Already, Said::NoLonger));
    }
    if let Some(why) = uncovered {
        return not_yet(why);
    }
    if let Some(path) = following.missing.first() {
        return not_yet(format!("{path}, which its binding names, does not exist"));
    }
    if !following.is_readable && request.anyway.is_none() {
        return not_yet(
            "what its bound files grant cannot be read; `blue ack --anyway --reason …` says it all \
             the same"
                .to_owned(),
        );
    }
    match (following.in_range, request.widening) {
        (true, _) => Ok(None),
        (false, Widening::Allowed) => Ok(Some(format!(
            ">={version}, <{}.0.0",
            version.major.saturating_add(1)
        ))),
        (false, Widening::Never) => not_yet(format!(
            "{version} is outside its range; `blue ack {}` widens it",
            following.contract
        )),
    }
}

/// Why an importer cannot say that it follows the contract of record, in the end of a sentence; nothing
/// where it can. A range may be widened for it.
#[must_use]
pub fn hindrance(following: &Following) -> Option<String> {
    let request = Request {
        repo: "",
        contract: None,
        anyway: None,
        widening: Widening::Allowed,
    };
    match stand(following, &request) {
        Ok(_) => None,
        Err(Said::NotYet(why) | Said::NoLonger(why)) => Some(why),
        Err(_) => Some("it is followed already".to_owned()),
    }
}

/// The import in the binding of a realm.
fn import_of(realm: &Realm, request: &Request<'_>, following: &Following) -> Option<Import> {
    let binding = realm.binding(&following.bound_in, request.repo)?;
    let mut imports = binding.imports.iter();
    let import = imports.find(|import| import.contract == following.contract)?;
    Some(import.clone())
}

/// The change of the importer's binding.
fn written(
    realm: &Realm,
    request: &Request<'_>,
    following: &Following,
    range: Option<&str>,
    (now, actor): (i64, &str),
) -> Result<Option<Written>, Error> {
    let path = binding_path(&following.bound_in, request.repo);
    let Some(version) = &following.version else {
        return Ok(None);
    };
    let Some(import) = import_of(realm, request, following) else {
        return Ok(None);
    };
    let mut proposed = Proposed::of(realm);
    let text = proposed.text(&path).unwrap_or_default().to_owned();
    let index = import.index;
    let resolved = version.to_string();
    // Said once more in the same second, it would be no word at all.
    let (was, is_same) = (
        import.resolved_at.as_deref(),
        import.resolved_version.as_ref() == Some(version),
    );
    let at = clock::timestamp(now);
    let at = match is_same && was == Some(&*at) {
        true => clock::timestamp(now.saturating_add(1)),
        false => at,
    };
    let at = json!(at);
    let entry = [
        Way::Key("imports"),
        Way::Index(index),
        Way::Key("resolved_at"),
    ];
    let edited = (|| -> Result<String, EditError> {
        let text = apply(&text, edit::set_resolved_version(&text, index, &resolved)?)?;
        let text = apply(&text, edit::set(&text, &entry, &at)?)?;
        match range {
            Some(range) => apply(&text, edit::set_import_range(&text, index, range)?),
            None => Ok(text),
        }
    })();
    let edited = edited.map_err(|source| Error::Edit {
        path: path.clone(),
        source,
    })?;
    proposed.write(&path, edited);
    let (repo, name) = (request.repo, &following.contract);
    let mut message = format!("{repo} follows {name} {version}\n");
    if range.is_some() || request.anyway.is_some() {
        message.push('\n');
    }
    if let Some(range) = range {
        message.push_str(&format!("Its range is {range} now.\n"));
    }
    if let Some(reason) = request.anyway {
        message.push_str(&format!("Its grants cannot be read: {}\n", reason.trim()));
    }
    message.push_str(&format!(
        "\n{}: {name}@{version}\n{}: {}\n{}: {repo}\n{}: {actor}\n",
        trailer::CONTRACT,
        trailer::DOMAIN,
        following.domain,
        trailer::ACKNOWLEDGED,
        trailer::ACTOR,
    ));
    Ok(Some(Written { proposed, message }))
}

fn apply(text: &str, edits: Vec<TextEdit>) -> Result<String, EditError> {
    apply_edits(text, &edits).ok_or_else(|| EditError::Entangled("the file".to_owned()))
}

/// The importer's words on the syncs of others that wait.
fn on_waiting(
    realm: &mut OpenRealm,
    request: &Request<'_>,
    followings: &mut FollowingsAt<'_>,
    ask: &mut Ask<'_>,
) -> Result<Vec<Acknowledged>, Error> {
    let mut said = Vec::new();
    let main = realm.tip()?;
    let record = realm.realm_at(main)?;
    let imports = |open: &OpenSync| {
        let mut contracts = open.contracts.iter();
        contracts.any(|(domain, contract)| {
            let mut importers = record.importers_of(domain, contract).into_iter();
            importers.any(|importer| **importer.repo == *request.repo)
        })
    };
    let (open, _) = open_syncs(realm, main)?;
    // A word on a branch that can never be merged would be lost.
    let is_sound = |open: &OpenSync| not_its_own(realm, (main, &record), open).is_empty();
    let open: Vec<OpenSync> = open
        .into_iter()
        .filter(|open| imports(open) && is_sound(open))
        .collect();
    for open in open {
        said.extend(on_one(realm, request, open, followings, ask)?);
    }
    Ok(said)
}

fn on_one(
    realm: &mut OpenRealm,
    request: &Request<'_>,
    mut open: OpenSync,
    followings: &mut FollowingsAt<'_>,
    ask: &mut Ask<'_>,
) -> Result<Vec<Acknowledged>, Error> {
    for attempt in 0..=TRIES {
        let mut said = Vec::new();
        let mut tip = open.tip;
        for mut following in wanted(followings(Some(open.tip))?, request, realm) {
            if !open.is_of(&following.domain, &following.contract) {
                continue;
            }
            let of = (&*following.domain, &*following.contract);
            if !is_heard(realm, &open, of, (&following.bound_in, request.repo))? {
                // What its binding says there is of something that the sync said before.
                following.resolved = None;
            }
            let mut acknowledged = Acknowledged {
                contract: following.contract.to_string(),
                version: following.version.clone(),
                on: Some(open.branch.clone()),
                said: Said::Already,
            };
            match stand(&following, request) {
                Err(why) => acknowledged.said = why,
                Ok(range) => {
                    let by = (ask.now, &*ask.actor.author.email);
                    let here = realm.realm_at(tip)?;
                    let written = written(&here, request, &following, range.as_deref(), by)?;
                    if let Some(written) = written {
                        let author = ask.actor.as_author();
                        written.proposed.judge(&author, clock::date(ask.now))?;
                        tip = commit(realm, tip, &written, ask)?;
                        acknowledged.said = Said::Follows {
                            commit: tip,
                            widened: range,
                        };
                    }
                }
            }
            said.push(acknowledged);
        }
        if tip == open.tip {
            return Ok(said);
        }
        ask.took(Step::Committed)?;
        let update = RefUpdate {
            branch: open.branch.clone(),
            expected: Some(open.tip),
            to: Some(tip),
        };
        if realm.publish(&update, ask)? == Published::Done {
            ask.took(Step::Pushed)?;
            return Ok(said);
        }
        again(realm, attempt, ask)?;
        let (now, _) = open_syncs(realm, realm.tip()?)?;
        match now.into_iter().find(|it| it.branch == open.branch) {
            Some(moved) => open = moved,
            // Merged or withdrawn meanwhile: what is left to say is said on the branch of record.
            None => return Ok(Vec::new()),
        }
    }
    Err(busy(realm))
}

/// A break that an importer agrees to before it follows.
#[derive(Debug, Clone)]
pub struct Acceptance<'a> {
    /// The importer, by the name of its config.
    pub repo: &'a str,
    /// The break's fingerprint, as `check` prints it.
    pub fingerprint: &'a str,
    /// The contract that it is of, where it is known from elsewhere than the syncs that wait.
    pub contract: Option<(&'a str, &'a str)>,
    /// Why it is accepted.
    pub reason: &'a str,
    /// The day on which the acceptance ends.
    pub until: Option<Date>,
}

/// Records that an importer accepts a break: on the sync that is the break, else on the branch of
/// record. The branch it was written to; nothing where it was accepted already.
///
/// # Errors
/// [`Error::Use`] where no contract that the repo imports has such a break, and where it would end before
/// it begins; those of [`land`].
pub fn accept(
    realm: &mut OpenRealm,
    acceptance: &Acceptance<'_>,
    ask: &mut Ask<'_>,
) -> Result<Option<String>, Error> {
    let today = clock::date(ask.now);
    if let Some(until) = acceptance.until.filter(|until| *until < today) {
        return Err(Error::Use {
            message: format!("{until} has passed: what ends then accepts nothing"),
            hint: format!("name a day from {today} on, or leave --until out"),
        });
    }
    for attempt in 0..=TRIES {
        let main = realm.tip()?;
        let record_now = realm.realm_at(main)?;
        let (open, _) = open_syncs(realm, main)?;
        let asked = (acceptance.repo, acceptance.fingerprint);
        let waiting = open.into_iter().find_map(|open| {
            let of = accepted_in(realm, &record_now, &open, asked, today)?;
            not_its_own(realm, (main, &record_now), &open)
                .is_empty()
                .then_some((open, of))
        });
        let (branch, tip) = match &waiting {
            Some((open, _)) => (open.branch.clone(), open.tip),
            None => (realm.main.clone(), main),
        };
        let of_open = || Some(waiting.as_ref()?.1.clone());
        let named = acceptance
            .contract
            .map(|(d, c)| (d.to_owned(), c.to_owned()));
        let Some((domain, contract)) = named.or_else(of_open) else {
            return Err(Error::Use {
                message: format!(
                    "nothing that waits or is checked here is the break {}",
                    acceptance.fingerprint
                ),
                hint: "the exporter's check and its sync print the fingerprint; name the contract \
                       too: `blue ack CONTRACT --accept FINGERPRINT --reason …`"
                    .to_owned(),
            });
        };
        let here = realm.realm_at(tip)?;
        let actor = ask.actor.author.email.clone();
        // What is not synced yet has no words in the realm.
        let change = waiting
            .as_ref()
            .map(|_| last_change(&here, &domain, &contract));
        let of = (&*domain, &*contract, change.flatten());
        let record = record(&here, acceptance, of, (ask.now, &actor))?;
        let Some(written) = record else {
            return Ok(None);
        };
        let author = ask.actor.as_author();
        written.proposed.judge(&author, clock::date(ask.now))?;
        let made = commit(realm, tip, &written, ask)?;
        ask.took(Step::Committed)?;
        let update = RefUpdate {
            branch: branch.clone(),
            expected: Some(tip),
            to: Some(made),
        };
        if realm.publish(&update, ask)? == Published::Done {
            ask.took(Step::Pushed)?;
            return Ok(Some(branch));
        }
        again(realm, attempt, ask)?;
    }
    Err(busy(realm))
}

/// What the latest version of a contract changed, in the words of its history.
fn last_change(realm: &Realm, domain: &str, contract: &str) -> Option<String> {
    let contract = realm.contract(domain, contract)?;
    let words = contract.evolution.last()?.changes.join("; ");
    (!words.is_empty()).then_some(words)
}

/// The record in the importer's file, if it is not there yet. One that has ended makes room for it.
fn record(
    realm: &Realm,
    acceptance: &Acceptance<'_>,
    (domain, contract, change): (&str, &str, Option<String>),
    (now, actor): (i64, &str),
) -> Result<Option<Written>, Error> {
    let repo = acceptance.repo;
    let importers = realm.importers_of(domain, contract);
    let importer = importers.iter().find(|one| **one.repo == *repo);
    let importer = importer.ok_or_else(|| Error::Use {
        message: format!("{repo} does not import {contract}, so nothing of it breaks {repo}"),
        hint: "only who a change breaks can accept it".to_owned(),
    })?;
    let path = FileKind::Acceptances {
        domain: importer.domain.clone(),
        repo: repo.into(),
    }
    .path();
    let held = realm.acceptances(importer.domain, repo);
    let records = held.iter().flat_map(|it| &it.acceptances);
    let mut same = records.filter(|it| *it.fingerprint == *acceptance.fingerprint);
    let ended = same.next();
    let today = clock::date(now);
    if ended.into_iter().chain(same).any(|it| it.holds_on(today)) {
        return Ok(None);
    }
    let mut entry = serde_json::Map::new();
    let mut say = |key: &str, value: String| entry.insert(key.to_owned(), json!(value));
    say("fingerprint", acceptance.fingerprint.to_owned());
    say("contract", contract.to_owned());
    if let Some(change) = change {
        say("change", change);
    }
    say("reason", acceptance.reason.trim().to_owned());
    if let Some(until) = acceptance.until {
        say("until", until.to_string());
    }
    say("actor", actor.to_owned());
    say("date", clock::timestamp(now));
    let entry = serde_json::Value::Object(entry);
    let mut proposed = Proposed::of(realm);
    let text = match proposed.text(&path) {
        Some(text) => {
            let is_named = text.lines().any(|line| line.starts_with("acceptances:"));
            let named = [Way::Key("acceptances")];
            let route: &[Way<'_>] = if is_named { &named } else { &[] };
            let without = match ended {
                Some(ended) => {
                    let item = [route, &[Way::Index(ended.index)]].concat();
                    edit::remove(text, &item).and_then(|edits| apply(text, edits))
                }
                None => Ok(text.to_owned()),
            };
            without.and_then(|text| {
                let edits = edit::append(&text, route, &entry)?;
                apply(&text, edits)
            })
        }
        None => Ok(edit::document(&json!([entry]))),
    };
    let text = text.map_err(|source| Error::Edit {
        path: path.clone(),
        source,
    })?;
    proposed.write(&path, text);
    let message = format!(
        "{repo} accepts a break of {contract}\n\n{}\n\n{}: {actor}\n",
        acceptance.reason.trim(),
        trailer::ACTOR,
    );
    Ok(Some(Written { proposed, message }))
}
