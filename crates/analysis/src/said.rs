//! What the constants that a contract is read from make of its value: the whole of it, of any shape, as a
//! sync writes it. What is not known in the code stays as it is declared, and is said.
//!
//! It exists beside the findings, which tell a difference leaf by leaf, because what is written has to be
//! a value: a list in its order, a member with what is in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use blue_detect::{Constant, Json, JsonKind, ValuePlace};
use serde_json::{Map, Value};

use crate::contract::exports;
use crate::db::{Db, RepoInput};
use crate::host::{Cancelled, RepoKey, Snapshot};
use crate::leaves::{field_of, is_set, known, pointer_to, with};
use crate::symbols::{is_no_part, symbol_value};

/// The value that an exporter's constants make of a contract's.
#[derive(Debug, Clone, PartialEq)]
pub struct SaidValue {
    /// The realm.
    pub realm: Arc<str>,
    /// The contract's domain.
    pub domain: Arc<str>,
    /// The contract.
    pub contract: Arc<str>,
    /// What it declares; nothing before its first release.
    pub declared: Option<Value>,
    /// The same with what constants say in place of what they are read for.
    pub value: Option<Value>,
    /// What they are read for, as findings call it: `queues`, `limits/retries`, `value` for all.
    pub fields: Vec<Arc<str>>,
    /// Where not all of it is known, as findings call these places: what is declared there stays.
    pub unknown: Vec<Arc<str>>,
}

impl Snapshot {
    /// The values of the contracts of an exporter that constants are read for.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn said_values(&self, key: RepoKey) -> Result<Vec<SaidValue>, Cancelled> {
        let Some(repo) = self.repo(key) else {
            return Ok(Vec::new());
        };
        self.ask(|db| said_values(db, repo))
    }
}

fn said_values(db: &dyn Db, repo: RepoInput) -> Vec<SaidValue> {
    let tree = repo.tree(db);
    let mut found = Vec::new();
    for (index, model) in exports(db, repo).iter().enumerate() {
        if model.others.symbols.is_empty() {
            continue;
        }
        let declared = model.contract.value.clone();
        let mut said = SaidValue {
            realm: model.realm.clone(),
            domain: model.domain.clone(),
            contract: model.contract.name.clone(),
            value: declared.clone(),
            declared,
            fields: Vec::new(),
            unknown: Vec::new(),
        };
        for (number, symbol) in model.others.symbols.iter().enumerate() {
            said.fields.push(field_of(&symbol.into));
            let constant = symbol_value(db, repo, tree, index, number);
            let Constant::Value(json) = &*constant else {
                said.unknown.push(field_of(&symbol.into));
                continue;
            };
            let declared = said.declared.as_ref();
            let declared = declared.and_then(|declared| declared.pointer(&symbol.into));
            let mut unknown = BTreeSet::new();
            let is_out = |place: &ValuePlace| is_no_part(db, tree, place);
            let merged = Merging {
                is_out: &is_out,
                unknown: &mut unknown,
            }
            .merged(json, declared, &symbol.into);
            said.unknown
                .extend(unknown.iter().map(|pointer| field_of(pointer)));
            if let Some(merged) = merged {
                let whole = said.value.take().unwrap_or(Value::Null);
                said.value = with(whole.clone(), &symbol.into, merged).or(Some(whole));
            }
        }
        said.unknown.sort();
        said.unknown.dedup();
        found.push(said);
    }
    found
}

/// What a constant says by itself, before any contract declares it; nothing where nothing of it is a value. With it,
/// the pointers of what is not known. `is_out` says of a place whether a comment takes it out of the value.
#[must_use]
pub fn value_of_constant(
    constant: &Json,
    is_out: &dyn Fn(&ValuePlace) -> bool,
) -> (Option<Value>, Vec<String>) {
    let mut unknown = BTreeSet::new();
    let value = Merging {
        is_out,
        unknown: &mut unknown,
    }
    .merged(constant, None, "");
    (value, unknown.into_iter().collect())
}

/// A value of the code put over what is declared in its place.
struct Merging<'a> {
    /// Whether a comment says of a place that it is no part of the value.
    is_out: &'a dyn Fn(&ValuePlace) -> bool,
    /// The pointers of what is not known.
    unknown: &'a mut BTreeSet<String>,
}

impl Merging<'_> {
    /// The value; nothing where nothing is to stand there.
    fn merged(&mut self, said: &Json, declared: Option<&Value>, pointer: &str) -> Option<Value> {
        if (self.is_out)(&said.place) && !matches!(said.kind, JsonKind::Map(_) | JsonKind::List(_))
        {
            return None;
        }
        if said.open.is_some() {
            self.unknown.insert(pointer.to_owned());
        }
        match &said.kind {
            JsonKind::Unknown(_) => {
                self.unknown.insert(pointer.to_owned());
                declared.cloned()
            }
            JsonKind::Map(entries) => Some(self.members(entries, said, declared, pointer)),
            JsonKind::Members(entries) if matches!(declared, Some(Value::Object(_))) => {
                Some(self.members(entries, said, declared, pointer))
            }
            JsonKind::Members(entries) => {
                let values: Vec<&Json> = entries.iter().map(|(_, value)| value).collect();
                Some(self.elements(&values, said, declared, pointer))
            }
            JsonKind::List(values) | JsonKind::Set(values) => {
                let values: Vec<&Json> = values.iter().collect();
                Some(self.elements(&values, said, declared, pointer))
            }
            JsonKind::Null | JsonKind::Bool(_) | JsonKind::Number(_) | JsonKind::Text(_) => {
                known(said, declared)
            }
        }
    }

    fn members(
        &mut self,
        entries: &[(smol_str::SmolStr, Json)],
        said: &Json,
        declared: Option<&Value>,
        pointer: &str,
    ) -> Value {
        let was = declared.and_then(Value::as_object);
        let mut fields = Map::new();
        for (name, value) in was.into_iter().flatten() {
            let is_said = entries.iter().any(|(said, _)| **said == **name);
            if is_said || said.open.is_some() {
                fields.insert(name.clone(), value.clone());
            }
        }
        for (name, value) in entries {
            let declared = was.and_then(|was| was.get(&**name));
            match self.merged(value, declared, &pointer_to(pointer, name)) {
                Some(value) => fields.insert(name.to_string(), value),
                None => fields.remove(&**name),
            };
        }
        Value::Object(fields)
    }

    fn elements(
        &mut self,
        values: &[&Json],
        said: &Json,
        declared: Option<&Value>,
        pointer: &str,
    ) -> Value {
        let was = declared.and_then(Value::as_array);
        let mut is_whole = said.open.is_none();
        let mut found: Vec<Value> = Vec::new();
        for value in values {
            if (self.is_out)(&value.place) {
                continue;
            }
            let at = was.and_then(|was| was.get(found.len()));
            match known(value, at) {
                Some(value) => found.push(value),
                None => is_whole = false,
            }
        }
        if !is_whole {
            self.unknown.insert(pointer.to_owned());
        }
        let is_text = found.iter().all(Value::is_string);
        let Some(was) = was.filter(|was| is_text && is_set(was)) else {
            // Which element of an ordered list is which cannot be told where one is not known.
            return match (is_whole, declared) {
                (false, Some(declared)) => declared.clone(),
                _ => Value::Array(found),
            };
        };
        if is_whole && !is_set(&found) {
            return Value::Array(found);
        }
        // A set: its order says nothing, so what stays stays where it is.
        let kept = was.iter().filter(|it| !is_whole || found.contains(it));
        let mut all: Vec<Value> = kept.cloned().collect();
        for value in found {
            if !all.contains(&value) {
                all.push(value);
            }
        }
        Value::Array(all)
    }
}
