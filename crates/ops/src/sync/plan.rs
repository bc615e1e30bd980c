//! What a sync writes: a function of the realm, of a change and of who makes it. No git, no clock.

use blue_analysis::BreakingChange;
use blue_compat::bump::{Bump, next_version, version_line};
use blue_compat::contract::{Judgement, Overall};
use blue_realm::format::{Evolution, Source as EntrySource};
use blue_realm::proposal::{as_released, judge_change};
use blue_realm::{ContractFile, FileKind, Realm, contract_path, parse_file};
use semver::Version;
use serde_json::Value;

use super::change::ContractChange;
use super::parts::{Item, items, pointer_of, shown_place};
use super::text;
use crate::clock;
use crate::error::Error;
use crate::merge::{Affected, names_of, trailer};
use crate::proposed::Proposed;

/// What a person asks of a sync beside what the code says.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Only this contract.
    pub contract: Option<String>,
    /// At least this far.
    pub bump: Option<Bump>,
    /// No lower version than this one, which a sync that waits has already.
    pub at_least: Option<Version>,
    /// What the history says, in place of a list of what changed.
    pub message: Option<String>,
    /// Values that go, whether or not the code ever showed them.
    pub remove: Vec<String>,
    /// What to do with a declared pattern that covers what the code has.
    pub narrowing: Narrowing,
}

/// Whether a declared pattern gives way to a narrower one that the code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Narrowing {
    /// It stays.
    #[default]
    Never,
    /// It goes (`--narrow`).
    Asked,
}

/// The exporter's code that a value was read from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The commit that was checked out; nothing where git knows none.
    pub commit: Option<String>,
    /// Its branch; nothing for a detached HEAD.
    pub branch: Option<String>,
    /// Whether the code that was read is what that commit says.
    pub is_committed: bool,
}

/// Who makes a change, from what, and when.
#[derive(Debug, Clone)]
pub struct By<'a> {
    /// The realm, as findings name it.
    pub realm: &'a str,
    /// The repo whose code was read.
    pub repo: &'a str,
    /// The e-mail of whoever runs it.
    pub actor: &'a str,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// The code.
    pub source: &'a Source,
    /// What else of it was read, and is kept with it: the commits of other clones, or `uncommitted`.
    pub others: &'a [String],
}

/// A version of a contract that an earlier sync, which waits, is about to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The version.
    pub version: Version,
    /// The sync's branch.
    pub branch: String,
}

/// The next version of a contract.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What changes of its value.
    pub change: ContractChange,
    /// The version before; nothing for the first one.
    pub from: Option<Version>,
    /// The version that it gets.
    pub to: Version,
    /// What that means.
    pub judgement: Judgement,
    /// Who imports it.
    pub importers: Vec<Affected>,
    /// The files.
    pub proposed: Proposed,
    /// The e-mail of whoever makes it.
    pub actor: String,
    /// The fingerprints by which its importers may accept it before they follow.
    pub breaks: Vec<String>,
    /// What people should know of it: what was kept and why, a sentence each.
    pub notes: Vec<String>,
}

impl Planned {
    /// Whether importers have to follow.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.judgement.verdict != Overall::Compatible
    }

    /// `compatible`, `breaking`, or `breaking until somebody proves otherwise`.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match self.judgement.verdict {
            Overall::Compatible => "compatible",
            Overall::Breaking => "breaking",
            Overall::Unknown => "unknown",
        }
    }

    /// `s3-permissions 1.4.0 → 1.5.0`.
    #[must_use]
    pub fn title(&self) -> String {
        let name = &self.change.contract;
        match &self.from {
            Some(from) => format!("{name} {from} → {}", self.to),
            None => format!("{name} {}", self.to),
        }
    }
}

/// What becomes of a contract in `realm`; nothing where it says already what the change makes of it. The versions that
/// are `taken`, the lowest first, are not given once more.
///
/// # Errors
/// [`Error::NotAllowed`] where another repo owns it; [`Error::Wrong`] where its schema refuses the
/// value; [`Error::Use`] for a wish that cannot be granted; [`Error::Edit`].
pub fn plan(
    realm: &Realm,
    change: &ContractChange,
    (wish, taken): (&Wish, &[Taken]),
    by: &By<'_>,
) -> Result<Option<Planned>, Error> {
    let (domain, name) = (&change.domain, &change.contract);
    let path = contract_path(domain, name);
    let (Some(contract), Some(file)) = (realm.contract(domain, name), realm.file(&path)) else {
        let message = format!("the realm has no contract {name} in {domain} any more");
        return Err(Error::Wrong(vec![message]));
    };
    owned(contract, by.repo)?;
    if !change.refused.is_empty() {
        return Err(Error::Wrong(change.refused.clone()));
    }
    if let Some(why) = unwritable(contract, change) {
        return Err(Error::Wrong(vec![why]));
    }
    let mut change = change.clone();
    let mut notes = Vec::new();
    if wish.narrowing == Narrowing::Never {
        notes.extend(change.keep_wide().iter().map(|kept| kept_wide(name, kept)));
    }
    let change = with_removed(change, contract, &wish.remove).on(contract.value.as_ref());
    if let Some(why) = change.conflict(name, contract.value.as_ref()) {
        return Err(Error::Wrong(vec![why]));
    }
    if change.is_empty() && contract.value.is_some() {
        return Ok(None);
    }
    let is_first = contract.value.is_none();
    let value = change.applied(contract);
    let mut next = (**contract).clone();
    next.value = Some(value.clone());
    let judgement = judge_change(realm, domain, &next, Some(clock::date(by.now)));
    let released = as_released(realm, domain, contract);
    if let Some(version) = contract.version.as_ref()
        && (&released.schema, &released.value) != (&contract.schema, &contract.value)
    {
        notes.push(format!(
            "{name} is not what {version} was released with any more, so this is judged from what was released"
        ));
    }
    let (to, bump) = version_of(contract, &judgement, wish)?;
    let (to, after) = after_taken(to, bump, taken);
    let to = wish.at_least.clone().map_or(to.clone(), |it| it.max(to));
    notes.extend(after.map(|after| comes_after(name, &to, after)));
    let entry = entry(&change, &judgement, &to, wish, by);
    let edited = text::contract(&file.text, contract, &change, &value, &entry);
    let edited = edited.map_err(|source| Error::Edit {
        path: path.clone(),
        source,
    })?;
    refuses(name, contract, &value)?;
    let mut proposed = Proposed::of(realm);
    let made = parse_file(&path, edited.as_bytes());
    let release_path = FileKind::Release {
        domain: domain.as_str().into(),
        contract: name.as_str().into(),
        version: to.to_string().into(),
    }
    .path();
    if let Some(made) = made.as_contract() {
        let release = text::release(&release_path, &edited, made);
        proposed.write(&release_path, release);
    }
    proposed.write(&path, edited);
    let importers = Affected::of(realm, domain, contract, &to, &judgement);
    let names = names_of(contract);
    let breaking = BreakingChange {
        realm: by.realm,
        domain,
        names: &names,
        to: Some(&to),
        value: Some(&value),
        from: contract.version.as_ref(),
        judgement: &judgement,
    };
    let mut breaks = Vec::new();
    for importer in realm.importers_of(domain, name) {
        for print in breaking.prints(&importer) {
            if !breaks.contains(&print) {
                breaks.push(print);
            }
        }
    }
    Ok(Some(Planned {
        breaks,
        from: contract.version.clone().filter(|_| !is_first),
        to,
        judgement,
        importers,
        proposed,
        notes,
        change,
        actor: by.actor.to_owned(),
    }))
}

/// Whether a repo may change a contract.
///
/// # Errors
/// [`Error::NotAllowed`] where another repo owns it.
pub(super) fn owned(contract: &ContractFile, repo: &str) -> Result<(), Error> {
    match &contract.owner {
        Some(owner) if **owner != *repo => Err(Error::NotAllowed(vec![format!(
            "{} belongs to {owner}, and {repo} cannot change it: {repo}'s export binding of it is \
             wrong, or {owner} has to sync it",
            contract.name
        )])),
        _ => Ok(()),
    }
}

/// Why a change cannot be written, in a sentence: what is read one by one is items of lists, of which the
/// contract has to have, or may be given, the list.
#[must_use]
pub fn unwritable(contract: &ContractFile, change: &ContractChange) -> Option<String> {
    let value = contract.value.as_ref();
    let is_list = |place: &str| {
        let pointer = pointer_of(place);
        let is_there = value.is_some_and(|value| value.pointer(&pointer).is_some());
        // So findings call parts of a constant's value, which are no names of lists.
        if !is_there && (place == "value" || (place.contains('/') && !place.starts_with('/'))) {
            return false;
        }
        // Of a place that is not there yet, the nearest one that is.
        let mut above = Some(pointer.as_str());
        while let Some(at) = above {
            match value.and_then(|value| value.pointer(at)) {
                Some(there) if at == pointer => return there.is_array(),
                Some(there) => return there.is_object(),
                None => above = at.rsplit_once('/').map(|(above, _)| above),
            }
        }
        true
    };
    let mut items = change.added.iter().chain(&change.removed);
    let (place, text) = items.find(|(place, _)| !is_list(place))?;
    let (place, name) = (shown_place(place), &contract.name);
    Some(format!(
        "`{text}` in `{place}` of {name} is no item of a list, which is all that a sync writes of what is \
         read one by one: change the contract by hand, or read it from a constant"
    ))
}

fn kept_wide(contract: &str, (place, text): &Item) -> String {
    let field = shown_place(place);
    format!(
        "`{text}` stays in `{field}` of {contract}, for it covers what the code has; --narrow takes \
         it out"
    )
}

/// With the values that were named by hand, in whichever field they stand.
fn with_removed(
    mut change: ContractChange,
    contract: &ContractFile,
    remove: &[String],
) -> ContractChange {
    // Also what a sync brings that waits.
    change.added.retain(|(_, text)| !remove.contains(text));
    for item in items(contract.value.as_ref()) {
        if remove.contains(&item.1) && !change.removed.contains(&item) {
            change.removed.push(item);
        }
    }
    change
}

/// The version that comes next where versions up to it are taken, and the last of these. One of another line, of
/// which no range of importers takes in both (another major, below 1.0.0 another minor), is out of the way: what is
/// compatible does not wait for what breaks.
fn after_taken(mut to: Version, bump: Bump, taken: &[Taken]) -> (Version, Option<&Taken>) {
    let mut after = None;
    for one in taken {
        if version_line(&one.version) == version_line(&to) && one.version >= to {
            to = next_version(&one.version, bump.max(Bump::Patch));
            after = Some(one);
        }
    }
    (to, after)
}

fn comes_after(contract: &str, to: &Version, after: &Taken) -> String {
    let Taken { version, branch } = after;
    format!("{contract} becomes {to} here, for {branch}, which waits, makes it {version}")
}

/// The smallest version that is right, or a larger one that was asked for; and how far that moves.
fn version_of(
    contract: &ContractFile,
    judgement: &Judgement,
    wish: &Wish,
) -> Result<(Version, Bump), Error> {
    let first = |version: Version| {
        let bump = judgement.required_bump(&version);
        Ok((version, bump))
    };
    let from = match (&contract.version, &contract.value) {
        (Some(from), Some(_)) => from,
        (Some(version), None) => return first(version.clone()),
        (None, _) => return first(Version::new(0, 1, 0)),
    };
    let smallest = judgement.smallest_version(from);
    let Some(bump) = wish.bump else {
        return Ok((smallest, judgement.required_bump(from)));
    };
    let asked = next_version(from, bump);
    if asked >= smallest {
        return Ok((asked, bump));
    }
    let why = judgement.headline().map(|reason| reason.text.clone());
    let witness = judgement.witness().map(|it| format!(" (such as `{it}`)"));
    Err(Error::Use {
        message: format!(
            "{} {asked} would be too small: {}{} asks for {smallest}",
            contract.name,
            why.unwrap_or_else(|| "the change".to_owned()),
            witness.unwrap_or_default(),
        ),
        hint: "leave --bump out, or take a larger one".to_owned(),
    })
}

/// What of an entry says where it was read from begins with one of these, beside its `source`.
const READ_FROM: &str = "read from ";
const ALSO_FROM: &str = "also read from ";

/// Whether words of an entry say only where its version was read from.
pub(crate) fn is_of_source(words: &str) -> bool {
    words.starts_with(READ_FROM) || words.starts_with(ALSO_FROM)
}

fn entry(
    change: &ContractChange,
    judgement: &Judgement,
    to: &Version,
    wish: &Wish,
    by: &By<'_>,
) -> Evolution {
    let mut changes = match &wish.message {
        Some(message) => vec![message.trim().to_owned()],
        None => change.in_words(),
    };
    if changes.is_empty() {
        changes.push("the first value".to_owned());
    }
    let Source {
        commit,
        branch,
        is_committed,
    } = by.source;
    if !is_committed && branch.is_some() {
        changes.push(format!("{READ_FROM}code that is not committed yet"));
    }
    // An entry has one source (`realm-format.md`), which is the code that was read last.
    changes.extend(by.others.iter().map(|other| match other.as_str() {
        trailer::UNCOMMITTED => format!("{ALSO_FROM}code that was not committed"),
        commit => format!("{ALSO_FROM}commit {}", commit.get(..7).unwrap_or(commit)),
    }));
    let commit = commit.clone().filter(|_| *is_committed);
    let source = (commit.is_some() || branch.is_some()).then(|| EntrySource {
        commit,
        branch: branch.clone(),
    });
    Evolution {
        version: to.to_string(),
        changes,
        compatible: Some(judgement.verdict == Overall::Compatible),
        date: Some(clock::timestamp(by.now)),
        actor: Some(by.actor.to_owned()),
        source,
        migration: None,
    }
}

/// The contract's own schema has the last word on a value.
fn refuses(name: &str, contract: &ContractFile, value: &Value) -> Result<(), Error> {
    let Some(schema) = &contract.schema else {
        return Ok(());
    };
    let found = blue_compat::schema::validate(schema, value);
    let found = found.unwrap_or_default();
    let said = found.iter().map(|violation| {
        format!(
            "the schema of {name} refuses the value that the code has at `{}`: {}",
            violation.instance_pointer, violation.message
        )
    });
    let said: Vec<String> = said.collect();
    match said.is_empty() {
        true => Ok(()),
        false => Err(Error::Wrong(said)),
    }
}
