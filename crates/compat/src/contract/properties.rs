//! A contract's change property by property, for people: `experiments: added (optional, default=[])`.
//!
//! It exists because a verdict on a whole schema does not say which of its parts earned it. Each
//! property that changed is judged alone: the old schema with only that property as it is now.

use std::fmt;

use serde_json::{Map, Value, json};

use super::{Overall, Promises, reasons::shown, wording::meaning};
use crate::containment::{Verdict, containment_in};
use crate::relocate::{is_relocatable, refers, relocated};
use crate::schema;
use crate::value::{ChangeKind, Effect, ValueChange, ValueDiff};

/// Properties that are judged alone; the rest go without a verdict of their own.
const MAX_JUDGED: usize = 32;

/// A top-level property of the schema or member of the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub change: PropertyChange,
    /// What the old schema said of it; absent when it did not name it.
    pub old: Option<Demand>,
    /// What the new schema says of it.
    pub new: Option<Demand>,
    /// What changed in the value there.
    pub values: Vec<ValueChange>,
    /// Its own verdict, of schema and value together, promises considered; absent where nothing
    /// changed, or where it cannot be told apart from the rest.
    pub verdict: Option<Overall>,
}

/// What became of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PropertyChange {
    /// Neither its schema nor its value.
    Unchanged,
    /// The schema names it now, or the value has it now where no schema does.
    Added,
    /// It was named or there, and is not any more.
    Removed,
    /// Its schema, whether it is required, or its value.
    Changed,
}

/// What a schema asks of a property.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// Whether it is in the schema's `required`.
    pub required: bool,
    /// Its `default`.
    pub default: Option<Value>,
    /// Its schema.
    pub schema: Value,
}

/// `read: unchanged`, `experiments: added (optional, default=[])`.
impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        match (self.change, &self.new) {
            (PropertyChange::Unchanged, _) => f.write_str("unchanged"),
            (PropertyChange::Added, Some(demand)) => write!(f, "added ({demand})"),
            (PropertyChange::Added, None) => f.write_str("added"),
            (PropertyChange::Removed, _) => f.write_str("removed"),
            (PropertyChange::Changed, _) => f.write_str(&self.changed().join(", ")),
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.required {
            true => "required",
            false => "optional",
        })?;
        match &self.default {
            Some(default) => write!(f, ", default={default}"),
            None => Ok(()),
        }
    }
}

impl Property {
    /// JSON pointer into the value.
    #[must_use]
    pub fn value_pointer(&self) -> String {
        format!("/{}", escaped(&self.name))
    }

    /// JSON pointer into a schema that names it.
    #[must_use]
    pub fn schema_pointer(&self) -> String {
        format!("/properties/{}", escaped(&self.name))
    }

    fn changed(&self) -> Vec<String> {
        let mut parts: Vec<String> = self.values.iter().map(change_in_words).collect();
        if let (Some(old), Some(new)) = (&self.old, &self.new) {
            match (old.required, new.required) {
                (true, false) => parts.push("now optional".to_owned()),
                (false, true) => parts.push("now required".to_owned()),
                _ => {}
            }
            if meaning(&old.schema) != meaning(&new.schema) {
                parts.push("schema changed".to_owned());
            }
        }
        if parts.is_empty() {
            parts.push("what its schema refers to changed".to_owned());
        }
        parts
    }
}

/// `added `a/c``, ``1` is now `2``.
fn change_in_words(change: &ValueChange) -> String {
    let of = |value: &Option<Value>| value.as_ref().map(shown).unwrap_or_default();
    match change.kind {
        ChangeKind::Added => format!("added {}", of(&change.new)),
        ChangeKind::Removed => format!("removed {}", of(&change.old)),
        ChangeKind::Changed => format!("{} is now {}", of(&change.old), of(&change.new)),
    }
}

/// A name as a step of a JSON pointer (RFC 6901, section 3).
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// `values` and `schemas` are the old and the new ones.
pub(super) fn properties<'a>(
    schemas: [&'a Value; 2],
    values: [Option<&'a Value>; 2],
    diff: &ValueDiff,
    promises: Promises,
    harmless: &dyn Fn(&ValueChange) -> bool,
) -> Vec<Property> {
    let mut names: Vec<&str> = Vec::new();
    let [was, is] = schemas.map(|schema| object_schema(schema));
    let declared = |schema: Option<&'a Map<String, Value>>| -> Option<&'a Map<String, Value>> {
        schema?.get("properties")?.as_object()
    };
    let [there_was, there_is] = values.map(|value| value.and_then(Value::as_object));
    let all = [declared(was), there_was, declared(is), there_is];
    for name in all.into_iter().flatten().flat_map(Map::keys) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut judged = 0;
    let property = |name: &&str| {
        let demands = [demand(was, name), demand(is, name)];
        let mut property = one(name, demands, values, diff);
        if property.change != PropertyChange::Unchanged && judged < MAX_JUDGED {
            judged += 1;
            property.verdict = verdict(&property, schemas, promises, harmless);
        }
        property
    };
    names.iter().map(property).collect()
}

fn one(
    name: &str,
    [old, new]: [Option<(Demand, Value)>; 2],
    values: [Option<&Value>; 2],
    diff: &ValueDiff,
) -> Property {
    let pointer = format!("/{}", escaped(name));
    let changes = diff.changes.iter();
    let changes = changes.filter(|change| super::is_at_or_below(&change.pointer, &pointer));
    let changes: Vec<ValueChange> = changes.cloned().collect();
    let [was, is] = values.map(|value| value.is_some_and(|value| value.get(name).is_some()));
    let same = match (&old, &new) {
        (Some((old, old_meaning)), Some((new, new_meaning))) => {
            old.required == new.required && old_meaning == new_meaning
        }
        (None, None) => true,
        _ => false,
    };
    let change = match (&old, &new) {
        (None, Some(_)) => PropertyChange::Added,
        (Some(_), None) => PropertyChange::Removed,
        (None, None) if was && !is => PropertyChange::Removed,
        (None, None) if is && !was => PropertyChange::Added,
        _ if same && changes.is_empty() => PropertyChange::Unchanged,
        _ => PropertyChange::Changed,
    };
    Property {
        name: name.to_owned(),
        change,
        old: old.map(|(demand, _)| demand),
        new: new.map(|(demand, _)| demand),
        values: changes,
        verdict: None,
    }
}

/// The schema of the top level, behind a reference if it is one.
fn object_schema(schema: &Value) -> Option<&Map<String, Value>> {
    let members = schema.as_object()?;
    if members.contains_key("properties") {
        return Some(members);
    }
    match members.get("$ref").and_then(Value::as_str) {
        Some(reference) => schema::resolve(schema, reference)?.as_object(),
        None => Some(members),
    }
}

/// What a schema asks of the property, and what that means with its references followed one step.
fn demand(schema: Option<&Map<String, Value>>, name: &str) -> Option<(Demand, Value)> {
    let schema = schema?;
    let property = schema.get("properties")?.get(name)?;
    let required = schema.get("required").and_then(Value::as_array);
    let demand = Demand {
        required: required.is_some_and(|names| names.iter().any(|item| item == name)),
        default: property.get("default").cloned(),
        schema: property.clone(),
    };
    let definitions = ["$defs", "definitions"].map(|keyword| schema.get(keyword));
    let means = match refers(property) {
        // A definition may have changed behind it.
        true => json!([
            meaning(property),
            definitions.map(|all| all.map(definitions_mean))
        ]),
        false => meaning(property),
    };
    Some((demand, means))
}

fn definitions_mean(definitions: &Value) -> Value {
    meaning(&json!({ "$defs": definitions }))
}

fn verdict(
    property: &Property,
    [was, is]: [&Value; 2],
    promises: Promises,
    harmless: &dyn Fn(&ValueChange) -> bool,
) -> Option<Overall> {
    let removing = |change: &ValueChange| {
        let is_gone = change.kind == ChangeKind::Removed;
        change.effect == Effect::Removing && !(is_gone && harmless(change))
    };
    if property.values.iter().any(removing) {
        return Some(Overall::Breaking);
    }
    if property.old.is_none() && property.new.is_none() {
        return Some(Overall::Compatible);
    }
    let alone = with_only(was, is, &property.name)?;
    let both = containment_in(promises.mode, was, &alone);
    let forwards = promises.forwards.then_some(both.forwards);
    let asked = [Some(both.backwards), forwards].into_iter().flatten();
    let overall = asked.map(|verdict| match verdict {
        Verdict::Compatible => Overall::Compatible,
        Verdict::Breaking { .. } => Overall::Breaking,
        Verdict::Unknown { .. } => Overall::Unknown,
    });
    overall.max()
}

/// Where the new schema stands whole, for the references of what is taken from it.
const NEW: &str = "new-version";

/// The old schema with one property as the new one has it. `None` where the two cannot be put
/// together: other dialects, or names that only a whole document gives meaning to.
fn with_only(was: &Value, is: &Value, name: &str) -> Option<Value> {
    let mut whole = was.as_object()?.clone();
    let new = is.as_object()?;
    if was.get("$ref").is_some() || is.get("$ref").is_some() {
        return None;
    }
    if was.get("$schema") != is.get("$schema") || !is_relocatable(was) || !is_relocatable(is) {
        return None;
    }
    let mut properties = member(&whole, "properties")?;
    let mut required: Vec<Value> = match whole.get("required") {
        Some(names) => names.as_array()?.clone(),
        None => Vec::new(),
    };
    required.retain(|item| item != name);
    properties.shift_remove(name);
    if let Some(property) = new.get("properties").and_then(|all| all.get(name)) {
        properties.insert(name.to_owned(), relocated(property, NEW));
        if refers(property) {
            let mut definitions = member(&whole, "$defs")?;
            let mut target = relocated(is, NEW);
            target.as_object_mut()?.shift_remove("$schema");
            definitions.insert(NEW.to_owned(), target);
            whole.insert("$defs".to_owned(), Value::Object(definitions));
        }
    }
    let asks = new.get("required").and_then(Value::as_array);
    if asks.is_some_and(|names| names.iter().any(|item| item == name)) {
        required.push(json!(name));
    }
    whole.insert("properties".to_owned(), Value::Object(properties));
    // Draft-04 knows no empty list.
    match required.is_empty() {
        true => whole.shift_remove("required"),
        false => whole.insert("required".to_owned(), Value::Array(required)),
    };
    Some(Value::Object(whole))
}

fn member(schema: &Map<String, Value>, keyword: &str) -> Option<Map<String, Value>> {
    match schema.get(keyword) {
        Some(value) => value.as_object().cloned(),
        None => Some(Map::new()),
    }
}
