//! What a contract says is on its way out: that it is there, and when it goes.

use std::cell::OnceCell;
use std::collections::HashSet;

use semver::Version;
use serde_json::Value;

use super::{Beside, Loose, Way};
use crate::date::Date;
use crate::decode::shortened;
use crate::model::{ContractFile, Deprecation, DeprecationTarget};
use crate::problem::ProblemCode;
use crate::spans::Step;

pub(super) fn of_file(beside: &mut Beside<'_>) {
    let file = beside.file;
    let Some(contract) = file.as_contract() else {
        return;
    };
    let Some(value) = &contract.value else { return };
    let held = Elements::of(value);
    for entry in &contract.deprecated {
        if beside.full() {
            return;
        }
        sooner_than_said(beside, contract, entry);
        match held.has(&entry.target) {
            true => passed(beside, entry),
            false => of_nothing(beside, value, entry),
        }
    }
}

/// A value, to be asked whether it has what entries of `deprecated` are about.
#[derive(Debug)]
pub struct Elements<'v> {
    value: &'v Value,
    elements: OnceCell<HashSet<String>>,
}

impl<'v> Elements<'v> {
    /// To be asked of a contract's value.
    #[must_use]
    pub fn of(value: &'v Value) -> Elements<'v> {
        Elements {
            value,
            elements: OnceCell::new(),
        }
    }

    /// Whether an entry is about something of it.
    #[must_use]
    pub fn has(&self, target: &DeprecationTarget) -> bool {
        match target {
            DeprecationTarget::Pointer(pointer) => self.value.pointer(pointer).is_some(),
            DeprecationTarget::Value(wanted) => {
                let elements = self.elements.get_or_init(|| elements_of(self.value));
                elements.contains(&wanted.to_string())
            }
        }
    }
}

fn way(entry: &Deprecation, key: &'static str) -> Way<'static> {
    Way::Value(vec![
        Step::Key("deprecated"),
        Step::Index(entry.index),
        Step::Key(key),
    ])
}

/// The key under which the entry says what it is about, and that.
fn target(entry: &Deprecation) -> (&'static str, String) {
    match &entry.target {
        DeprecationTarget::Value(Value::String(text)) => ("value", shortened(text)),
        DeprecationTarget::Value(value) => ("value", shortened(&value.to_string())),
        DeprecationTarget::Pointer(pointer) => ("pointer", shortened(pointer)),
    }
}

/// Every element of lists and every scalar of a value, as compact JSON.
fn elements_of(value: &Value) -> HashSet<String> {
    let mut elements = HashSet::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => {
                // Lists in lists are elements too; written out, those of 64 levels stay small.
                elements.extend(items.iter().map(Value::to_string));
                open.extend(items);
            }
            Value::Object(object) => open.extend(object.values()),
            scalar => {
                elements.insert(scalar.to_string());
            }
        }
    }
    elements
}

fn of_nothing<'a>(beside: &mut Beside<'a>, value: &'a Value, entry: &Deprecation) {
    let (key, shown) = target(entry);
    let near = match &entry.target {
        DeprecationTarget::Value(Value::String(text)) => {
            let texts = texts_of(value);
            beside.near(text, texts.into_iter())
        }
        _ => None,
    };
    let message = format!(
        "`{shown}` is deprecated, but the value has nothing of the kind: if it is gone, this entry \
         can go too"
    );
    let loose = Loose::new(ProblemCode::EvolutionMismatch, way(entry, key), message);
    beside.tell(loose.suggest(near));
}

fn texts_of(value: &Value) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Object(object) => open.extend(object.values().rev()),
            Value::String(text) => texts.push(text.as_str()),
            _ => {}
        }
    }
    texts
}

fn passed(beside: &mut Beside<'_>, entry: &Deprecation) {
    let (Some(today), Some(sunset)) = (beside.today, entry.sunset_day()) else {
        return;
    };
    if today <= sunset {
        return;
    }
    let (_, shown) = target(entry);
    let message = format!(
        "the sunset of `{shown}` was {sunset}: taking it out is minor work now, or give importers \
         another day"
    );
    beside.tell(Loose::new(
        ProblemCode::SunsetPassed,
        way(entry, "sunset"),
        message,
    ));
}

/// A sunset before the deprecation, or a deprecation by a version that is not there yet.
fn sooner_than_said(beside: &mut Beside<'_>, contract: &ContractFile, entry: &Deprecation) {
    let Some(since) = &entry.since else { return };
    let since = since.trim();
    if let (Some(since), Some(sunset)) = (Date::parse(since), entry.sunset_day())
        && sunset < since
    {
        let message = format!(
            "the sunset, {sunset}, is before the day of the deprecation, {since}: nobody could \
             follow in time"
        );
        let loose = Loose::new(
            ProblemCode::EvolutionMismatch,
            way(entry, "sunset"),
            message,
        );
        let path = beside.file.path.clone();
        beside.tell(loose.relate(path, way(entry, "since"), "deprecated since".to_owned()));
    }
    if let (Ok(since), Some(version)) = (Version::parse(since), &contract.version)
        && since.cmp_precedence(version).is_gt()
    {
        let message = format!("deprecated since {since}, but the contract is at {version} only");
        let loose = Loose::new(ProblemCode::EvolutionMismatch, way(entry, "since"), message);
        beside.tell(loose);
    }
}
