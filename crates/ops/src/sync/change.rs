//! What a contract is to become, told as what is added and taken out and not as text: so it can be
//! made again on whatever others made of the contract meanwhile, and two of them merge by field.

use std::collections::BTreeSet;

use blue_pattern::{Pattern, Verdict, covers};
use blue_realm::ContractFile;
use blue_workspace::{Drift, HowShown, SaidValue, ShownValue};
use serde_json::{Map, Value};

use super::parts::{self, Item, Part, items, list_at};

/// A change of one contract's value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContractChange {
    /// The contract's domain.
    pub domain: String,
    /// The contract.
    pub contract: String,
    /// What the code has and the contract has not, in order.
    pub added: Vec<Item>,
    /// What the contract has and the code has no more, in order.
    pub removed: Vec<Item>,
    /// What of `removed` goes also where it covers something that the code has: a sync which waits takes it out.
    pub settled: Vec<Item>,
    /// What becomes another beside items of lists.
    pub parts: Vec<Part>,
    /// Why the contract's schema does not take some of it, in a sentence each.
    pub refused: Vec<String>,
}

impl ContractChange {
    /// The changes of the contracts of a realm, as an exporter's code makes them.
    #[must_use]
    pub fn of_drifts(realm: &str, drifts: &[Drift]) -> Vec<ContractChange> {
        let mut changes: Vec<ContractChange> = Vec::new();
        for drift in drifts.iter().filter(|drift| *drift.realm == *realm) {
            let is_of = |change: &ContractChange| {
                *change.domain == *drift.domain && *change.contract == *drift.contract
            };
            let at = changes.iter().position(is_of).unwrap_or_else(|| {
                changes.push(ContractChange::empty(&drift.domain, &drift.contract));
                changes.len() - 1
            });
            let change = &mut changes[at];
            change.refused.extend(drift.refused.clone());
            let item = |text: &String| (drift.field.to_string(), text.clone());
            for (to, items) in [
                (&mut change.added, &drift.added),
                (&mut change.removed, &drift.removed),
            ] {
                for item in items.iter().map(item) {
                    if !to.contains(&item) {
                        to.push(item);
                    }
                }
            }
        }
        changes
    }

    /// The same, with the values that constants say: of these any shape is known, and what of them the
    /// findings tell item by item is left out.
    #[must_use]
    pub fn of_code(realm: &str, drifts: &[Drift], said: &[SaidValue]) -> Vec<ContractChange> {
        let mut changes = ContractChange::of_drifts(realm, drifts);
        for said in said.iter().filter(|it| *it.realm == *realm) {
            let is_of = |change: &ContractChange| {
                *change.domain == *said.domain && *change.contract == *said.contract
            };
            let at = changes.iter().position(is_of).unwrap_or_else(|| {
                changes.push(ContractChange::empty(&said.domain, &said.contract));
                changes.len() - 1
            });
            let reads = |(place, _): &Item| {
                said.fields.iter().any(|field| {
                    let rest = place.strip_prefix(&**field);
                    &**field == "value"
                        || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                })
            };
            let change = &mut changes[at];
            // What a comment states of a list is in no constant.
            let lists = said.value.as_ref().or(said.declared.as_ref());
            let is_item = |(place, _): &Item| {
                lists.is_some_and(|value| value.get(place).is_some_and(Value::is_array))
            };
            change.added.retain(|item| !reads(item) || is_item(item));
            change.removed.retain(|item| !reads(item));
            let key = (&*said.domain, &*said.contract);
            let whole = ContractChange::between(key, said.declared.as_ref(), said.value.as_ref());
            let refused = std::mem::take(&mut change.refused);
            *change = std::mem::take(change).and(&whole);
            change.refused = refused;
        }
        changes.retain(|change| !change.is_empty() || !change.refused.is_empty());
        changes
    }

    /// Takes out of the contracts the patterns in place of which the code has narrower ones (`--narrow`).
    pub fn narrow(changes: &mut Vec<ContractChange>, realm: &str, shown: &[ShownValue]) {
        let of_realm = shown.iter().filter(|it| *it.realm == *realm);
        for wide in of_realm.filter(|it| it.shown == HowShown::Narrower) {
            let is_of = |change: &ContractChange| {
                *change.domain == *wide.domain && *change.contract == *wide.contract
            };
            let at = changes.iter().position(is_of).unwrap_or_else(|| {
                changes.push(ContractChange::empty(&wide.domain, &wide.contract));
                changes.len() - 1
            });
            let item = (wide.field.to_string(), wide.text.to_string());
            if !changes[at].removed.contains(&item) {
                changes[at].removed.push(item);
            }
        }
    }

    /// The same as what a sync makes that waits: what it takes out was meant.
    pub(super) fn settled(self) -> ContractChange {
        ContractChange {
            settled: self.removed.clone(),
            ..self
        }
    }

    /// A change of a contract that changes nothing.
    #[must_use]
    pub fn empty(domain: &str, contract: &str) -> ContractChange {
        ContractChange {
            domain: domain.to_owned(),
            contract: contract.to_owned(),
            ..ContractChange::default()
        }
    }

    /// How `new` differs from `old`, item by item.
    #[must_use]
    pub fn between(
        (domain, contract): (&str, &str),
        old: Option<&Value>,
        new: Option<&Value>,
    ) -> ContractChange {
        let (was, is) = (items(old), items(new));
        let missing = |from: &[Item], of: &[Item]| -> Vec<Item> {
            let of: BTreeSet<&Item> = of.iter().collect();
            from.iter()
                .filter(|item| !of.contains(item))
                .cloned()
                .collect()
        };
        ContractChange {
            added: missing(&is, &was),
            removed: missing(&was, &is),
            parts: parts::between(old, new),
            ..ContractChange::empty(domain, contract)
        }
    }

    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.parts.is_empty()
    }

    /// Whether all that another change of the contract makes is made by this one too; one that makes nothing is not.
    #[must_use]
    pub fn holds(&self, other: &ContractChange) -> bool {
        let is_in = |theirs: &[Item], mine: &[Item]| theirs.iter().all(|it| mine.contains(it));
        let makes = |theirs: &Part| {
            let mut mine = self.parts.iter();
            mine.any(|mine| mine.pointer == theirs.pointer && mine.new == theirs.new)
        };
        !other.is_empty()
            && is_in(&other.added, &self.added)
            && is_in(&other.removed, &self.removed)
            && other.parts.iter().all(makes)
    }

    /// Both, by field: what the one adds and the other takes out is added, for losing it would
    /// break somebody.
    #[must_use]
    pub fn and(mut self, other: &ContractChange) -> ContractChange {
        for item in &other.added {
            if !self.added.contains(item) {
                self.added.push(item.clone());
            }
        }
        for item in &other.removed {
            if !self.removed.contains(item) {
                self.removed.push(item.clone());
            }
        }
        // Of one part the later word counts: it knew the earlier one, or is refused where it is made.
        for part in &other.parts {
            self.parts.retain(|it| it.pointer != part.pointer);
            self.parts.push(part.clone());
        }
        self.settled.extend(other.settled.iter().cloned());
        let added: BTreeSet<Item> = self.added.iter().cloned().collect();
        self.removed.retain(|item| !added.contains(item));
        self
    }

    /// Without taking out what covers something that the code has: that would only narrow the
    /// contract (`detection.md`: sync never narrows a pattern in use). What is kept is returned.
    pub fn keep_wide(&mut self) -> Vec<Item> {
        let (added, settled) = (self.added.clone(), self.settled.clone());
        let is_wide = |item: &Item| {
            let (field, wide) = (&item.0, Pattern::parse(&item.1));
            let mut same = added.iter().filter(|(other, _)| other == field);
            !settled.contains(item)
                && same.any(|(_, narrow)| covers(&wide, &Pattern::parse(narrow)) == Verdict::Yes)
        };
        let (kept, gone) = std::mem::take(&mut self.removed)
            .into_iter()
            .partition(is_wide);
        self.removed = gone;
        kept
    }

    /// Less what the contract says already: of a value as it stands.
    #[must_use]
    pub fn on(&self, value: Option<&Value>) -> ContractChange {
        let there: BTreeSet<Item> = items(value).into_iter().collect();
        let mut change = self.clone();
        change.added.retain(|item| !there.contains(item));
        change.removed.retain(|item| there.contains(item));
        let now = |part: &Part| {
            value
                .and_then(|value| value.pointer(&part.pointer))
                .cloned()
        };
        change.parts.retain(|part| now(part) != part.new);
        change
    }

    /// Why a part cannot be changed: somebody else made something of it that this change does not know of.
    #[must_use]
    pub fn conflict(&self, contract: &str, value: Option<&Value>) -> Option<String> {
        let said = |part: Option<&Value>| part.map_or("nothing".to_owned(), parts::short);
        let mut all = self.parts.iter();
        all.find_map(|part| {
            let now = value.and_then(|value| value.pointer(&part.pointer));
            let is_known = now == part.old.as_ref() || now == part.new.as_ref();
            (!is_known).then(|| {
                format!(
                    "{} of {contract} is {} in the realm now and was {} when the code was read, which says \
                     {}: sync again, so that it is read anew, or agree on one",
                    part.place(),
                    said(now),
                    said(part.old.as_ref()),
                    said(part.new.as_ref()),
                )
            })
        })
    }

    /// The value that it makes of a contract's.
    #[must_use]
    pub fn applied(&self, contract: &ContractFile) -> Value {
        let nothing = Value::Object(Map::new());
        let mut value = contract.value.clone().unwrap_or(nothing);
        for part in &self.parts {
            parts::put(&mut value, &part.pointer, part.new.as_ref());
        }
        for (place, text) in &self.removed {
            let pointer = parts::pointer_of(place);
            if let Some(Value::Array(list)) = value.pointer_mut(&pointer) {
                list.retain(|item| item.as_str() != Some(text));
            }
        }
        for (place, text) in &self.added {
            if let Some(list) = list_at(&mut value, place)
                && !list.iter().any(|item| item.as_str() == Some(text))
            {
                list.push(Value::String(text.clone()));
            }
        }
        if let (None, Value::Object(fields)) = (&contract.value, &mut value) {
            complete(fields, contract.schema.as_ref());
        }
        value
    }

    /// The parts that are not told by what is added: a list that is new is its items.
    pub fn other_parts(&self) -> impl Iterator<Item = &Part> {
        let is_told = |part: &Part| {
            let new = items(part.new.as_ref());
            let list = part.new.as_ref().and_then(Value::as_array);
            part.old.is_none()
                && list.is_some_and(|list| !list.is_empty() && list.len() == new.len())
                && new.iter().all(|(_, text)| {
                    let mut added = self.added.iter();
                    added.any(|(place, it)| parts::pointer_of(place) == part.pointer && it == text)
                })
        };
        self.parts.iter().filter(move |part| !is_told(part))
    }

    /// In words, for people who read a history: `added jobs/*/report.json to write`.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let added = self.added.iter();
        let added = added.map(|(at, text)| format!("added {text} to {}", parts::shown_place(at)));
        let removed = self.removed.iter().map(removed_in_words);
        let parts = self.other_parts().map(Part::in_words);
        added.chain(removed).chain(parts).collect()
    }
}

/// In words, that an item is taken out: so histories say it.
pub(super) fn removed_in_words((at, text): &Item) -> String {
    format!("removed {text} from {}", parts::shown_place(at))
}

/// A first value says of what its schema requires and the code has none of, that there is none.
fn complete(fields: &mut Map<String, Value>, schema: Option<&Value>) {
    let required = schema.and_then(|schema| schema.get("required"));
    let required = required.and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        fields
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(added: &[(&str, &str)], removed: &[(&str, &str)]) -> ContractChange {
        let items = |items: &[(&str, &str)]| -> Vec<Item> {
            let items = items.iter();
            items
                .map(|(f, t)| ((*f).to_owned(), (*t).to_owned()))
                .collect()
        };
        ContractChange {
            added: items(added),
            removed: items(removed),
            ..ContractChange::empty("s3-access", "s3-permissions")
        }
    }

    #[test]
    fn a_change_is_made_again_on_what_others_made() {
        let value = json!({"read": ["a", "b"], "write": ["c"]});
        let mine = change(
            &[("read", "d"), ("read", "b")],
            &[("write", "c"), ("write", "x")],
        );
        let on = mine.on(Some(&value));
        assert_eq!(on, change(&[("read", "d")], &[("write", "c")]));
        let contract = ContractFile {
            value: Some(value.clone()),
            ..ContractFile::default()
        };
        let made = on.applied(&contract);
        assert_eq!(made, json!({"read": ["a", "b", "d"], "write": []}));
        assert_eq!(
            ContractChange::between(("s3-access", "s3-permissions"), Some(&value), Some(&made)),
            on
        );
    }

    #[test]
    fn two_merge_by_field_and_lose_nothing() {
        let one = change(&[("read", "a")], &[("write", "c")]);
        let other = change(&[("write", "c"), ("read", "b")], &[("read", "z")]);
        let both = one.and(&other);
        assert_eq!(
            both,
            change(
                &[("read", "a"), ("write", "c"), ("read", "b")],
                &[("read", "z")]
            )
        );
    }

    #[test]
    fn what_covers_is_kept() {
        let mut narrowing = change(
            &[("read", "plates/a/raw/*.tiff")],
            &[("read", "plates/*/raw/*.tiff"), ("read", "b")],
        );
        let kept = narrowing.keep_wide();
        assert_eq!(
            kept,
            [("read".to_owned(), "plates/*/raw/*.tiff".to_owned())]
        );
        assert_eq!(
            narrowing,
            change(&[("read", "plates/a/raw/*.tiff")], &[("read", "b")])
        );
    }

    #[test]
    fn a_first_value_has_what_its_schema_requires() {
        let contract = ContractFile {
            schema: Some(json!({"required": ["read", "delete"]})),
            ..ContractFile::default()
        };
        let made = change(&[("read", "a")], &[]).applied(&contract);
        assert_eq!(made, json!({"read": ["a"], "delete": []}));
    }
}
