//! What a contract says is on its way out: told to an importer where it grants it, and what makes
//! its removal minor work once its day has passed.

use blue_pattern::{Pattern, Verdict, covers};
use blue_realm::{ContractFile, Date, Deprecation, DeprecationTarget, Elements};
use blue_text::Span;
use serde_json::Value;

use crate::contract::Declared;
use crate::db::{Db, World};
use crate::draft::Draft;
use crate::finding::{Code, Place, Related, Root};
use crate::import::Held;

/// Whether a day is over.
pub(crate) fn is_over(db: &dyn Db, day: Date) -> bool {
    has_passed(db, World::get(db), day)
}

/// By itself, so that what hangs on a day is made again when it has passed, and not every morning.
#[salsa::tracked(returns(copy))]
fn has_passed(db: &dyn Db, world: World, day: Date) -> bool {
    world.today(db).is_some_and(|today| today > day)
}

/// The entry that says that a value is on its way out.
pub(crate) fn deprecation<'c>(
    contract: &'c ContractFile,
    declared: &Declared,
) -> Option<&'c Deprecation> {
    let mut entries = contract.deprecated.iter();
    entries.find(|entry| is_about(entry, declared))
}

fn is_about(entry: &Deprecation, declared: &Declared) -> bool {
    match &entry.target {
        DeprecationTarget::Value(value) => value
            .as_str()
            .is_some_and(|text| Pattern::parse(text) == declared.pattern),
        DeprecationTarget::Pointer(pointer) => declared.is_at(pointer),
    }
}

/// The day from which a value may be taken out, if that has come.
pub(crate) fn sunset_passed(
    db: &dyn Db,
    contract: &ContractFile,
    declared: &Declared,
) -> Option<Date> {
    let entry = deprecation(contract, declared)?;
    sunset(entry).filter(|day| is_over(db, *day))
}

fn sunset(entry: &Deprecation) -> Option<Date> {
    Date::parse(entry.sunset.as_deref()?.trim())
}

/// The values in use that are on their way out, each at the grants that give it.
pub(crate) fn deprecations(held: &Held<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let Some(contract) = &held.model.contract else {
        return drafts;
    };
    for entry in &contract.deprecated {
        let mut of_entry = held
            .used
            .iter()
            .filter(|value| is_about(entry, value))
            .peekable();
        if of_entry.peek().is_none() {
            drafts.extend(elsewhere(held, contract, entry));
        }
        for value in of_entry {
            let what = format!("`{}` in `{}`", value.text, value.field);
            let draft = draft(held, entry, &what);
            let mut places = given_at(held, value);
            if places.is_empty() {
                places.push(written_at(held, &value.text));
            }
            drafts.push(draft.subject(&value.field, &value.text).sites(places));
        }
    }
    drafts
}

/// A part of a value that is no list of strings: no grant gives it.
fn elsewhere(held: &Held<'_>, contract: &ContractFile, entry: &Deprecation) -> Option<Draft> {
    let value = contract.value.as_ref()?;
    let is_there = Elements::of(value).has(&entry.target);
    let is_declared = held
        .model
        .declared
        .iter()
        .any(|value| is_about(entry, value));
    let uses = held.model.import.uses.as_ref();
    let is_below = |below: &str, above: &str| {
        let rest = below.strip_prefix(above);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (what, written) = match &entry.target {
        // A text stands in code by itself, anything else by the name of its member; a bare number is nearly anywhere.
        DeprecationTarget::Pointer(pointer) => {
            let node = value.pointer(pointer).and_then(Value::as_str);
            let name = pointer.rsplit('/').next();
            let name = name.filter(|it| it.parse::<usize>().is_err());
            (
                pointer.to_string(),
                node.or(name).unwrap_or_default().to_owned(),
            )
        }
        DeprecationTarget::Value(Value::String(text)) => (text.clone(), text.clone()),
        DeprecationTarget::Value(other) => (other.to_string(), String::new()),
    };
    let is_used = uses.is_none_or(|uses| {
        uses.iter().any(|used| match &entry.target {
            DeprecationTarget::Pointer(pointer) => {
                is_below(used, pointer) || is_below(pointer, used)
            }
            DeprecationTarget::Value(_) => **used == *what,
        })
    });
    (is_there && is_used && !is_declared).then(|| {
        // The pointer of the whole value is empty.
        let called = match what.is_empty() {
            true => "all".to_owned(),
            false => format!("`{what}`"),
        };
        let draft = draft(held, entry, &called).subject("", &what);
        draft.sites([written_at(held, &written)])
    })
}

/// Where no grant gives a value, most likely the bound files write it as it is: the first place where one does, between
/// characters that would not make it another. Else the import's own place.
fn written_at(held: &Held<'_>, value: &str) -> Place {
    let files = held.repo.tree(held.db).files(held.db);
    let is_of_word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '/' | '.' | '*');
    for (_, path) in &held.model.import.binding {
        let source = files.at(path).map(|(_, source)| source);
        let Some(text) = source.and_then(|it| it.content(held.db).as_text()) else {
            continue;
        };
        let mut all = text.match_indices(value).filter(|_| !value.is_empty());
        let whole = all.find(|(at, _)| {
            let before = text[..*at].chars().next_back();
            let after = text[at + value.len()..].chars().next();
            !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
        });
        if let Some((at, _)) = whole {
            return Place {
                root: Root::Repo("".into()),
                path: path.clone(),
                span: Span::from_range(at..at + value.len()),
            };
        }
    }
    held.place(held.statement())
}

fn draft(held: &Held<'_>, entry: &Deprecation, what: &str) -> Draft {
    let name = &held.model.import.contract;
    let since = entry.since.as_deref();
    let since = since
        .map(|since| format!(" since {since}"))
        .unwrap_or_default();
    let note = entry.note.as_deref();
    let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
    let (code, message) = match sunset(entry) {
        Some(day) if is_over(held.db, day) => (
            Code::SunsetPassed,
            format!(
                "the sunset of {what} of {name} was {day}: it may go with any minor version, so \
                 follow now{note}"
            ),
        ),
        Some(day) => (
            Code::ValueDeprecated,
            format!(
                "{what} of {name} is deprecated{since} and may go after {day}: follow until then{note}"
            ),
        ),
        None => (
            Code::ValueDeprecated,
            format!("{what} of {name} is deprecated{since}, without a day on which it goes{note}"),
        ),
    };
    let draft = Draft::new(code, held.place(held.statement())).message(message);
    let draft = draft.about_import(held.model, held.repo.name(held.db));
    match held.model.deprecated.get(entry.index) {
        Some(place) => draft.related(Related {
            place: place.clone(),
            message: "the contract says so here".to_owned(),
        }),
        None => draft,
    }
}

/// The characters that grant a value: elements of a list, else the whole of the argument. Where
/// some are about nothing but the value, those that give more stay as they are.
fn given_at(held: &Held<'_>, value: &Declared) -> Vec<Place> {
    let (mut narrow, mut wide) = (Vec::new(), Vec::new());
    for granted in held.giving(value) {
        let placed = &granted.placed;
        let whole = granted.place();
        let gives = placed.grant.resources.iter().filter(|resource| {
            let keys = resource.keys.as_ref();
            keys.is_some_and(|keys| covers(keys, &value.pattern) == Verdict::Yes)
        });
        for resource in gives {
            let span = placed.element(resource).unwrap_or(whole.span);
            let keys = resource.keys.as_ref();
            let is_narrow = keys.is_some_and(|keys| covers(&value.pattern, keys) == Verdict::Yes);
            let places = match is_narrow {
                true => &mut narrow,
                false => &mut wide,
            };
            places.push(Place {
                span,
                ..whole.clone()
            });
        }
    }
    match narrow.is_empty() {
        true => wide,
        false => narrow,
    }
}
