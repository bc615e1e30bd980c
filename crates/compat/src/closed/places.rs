//! A closed emitter written as a schema, place by place.
//!
//! All schemas that apply to one place are brought together, alternatives apart, because only
//! together do they say which properties are declared there. Where that cannot be written exactly
//! the place stays as open as it was: more is then to be proven, nothing wrong is.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::relocate::{is_relocatable, refers, relocated, without_siblings};
use crate::schema;

/// Schemas written in all.
const MAX_PLACES: usize = 2_000;
/// Alternatives of one place.
const MAX_CASES: usize = 16;
/// Branches of an `anyOf` of which all combinations are looked at.
const MAX_COMBINED: usize = 3;
/// Schemas that apply to one place.
const MAX_APPLIED: usize = 64;
/// Where the schema as it was stands, for references of what is kept.
const LITERAL: &str = "literal";

/// A schema that accepts all the closed emitter does and hardly more; `None` where no such schema
/// can be written, and the schema itself has to do.
pub(crate) fn rewritten(schema: &Value) -> Option<Value> {
    if !is_relocatable(schema) {
        return None;
    }
    let schema = &without_siblings(schema);
    let mut writer = Writer {
        root: schema,
        open: Vec::new(),
        recursive: HashSet::new(),
        names: HashMap::new(),
        definitions: Map::new(),
        places: 0,
    };
    let closed = writer.place(vec![schema])?;
    let mut whole = Map::new();
    if let Some(dialect) = schema.get("$schema") {
        whole.insert("$schema".to_owned(), dialect.clone());
    }
    let mut definitions = writer.definitions;
    if refers(&closed) || definitions.values().any(refers) {
        let mut literal = relocated(schema, LITERAL);
        literal.as_object_mut()?.shift_remove("$schema");
        definitions.insert(LITERAL.to_owned(), literal);
        whole.insert("$defs".to_owned(), Value::Object(definitions));
    }
    match closed {
        Value::Object(members) if !members.contains_key("$ref") => {
            // Definitions of its own are under `literal`, where all references lead.
            let own = |name: &str| matches!(name, "$schema" | "$defs" | "definitions");
            whole.extend(members.into_iter().filter(|(name, _)| !own(name)));
        }
        closed => {
            whole.insert("allOf".to_owned(), json!([closed]));
        }
    }
    Some(Value::Object(whole))
}

/// The addresses of the schemas that apply to a place.
type Key = Vec<*const Value>;

struct Writer<'a> {
    root: &'a Value,
    /// Places being written; one inside itself is a recursion.
    open: Vec<Key>,
    recursive: HashSet<Key>,
    /// For the names of definitions: each place by the order in which it was reached.
    names: HashMap<Key, usize>,
    definitions: Map<String, Value>,
    places: usize,
}

/// One way in which a document can satisfy the schemas of a place.
#[derive(Clone, Default)]
struct Case<'a> {
    /// Schemas that hold, in-place applicators followed.
    hold: Vec<&'a Map<String, Value>>,
    /// Of them, those that only this case has.
    chosen: Vec<&'a Value>,
    /// Schemas that may hold: they declare, and say nothing for sure.
    may: Vec<&'a Map<String, Value>>,
}

impl<'a> Writer<'a> {
    /// The closed schema of a place to which all of these apply.
    fn place(&mut self, mut applied: Vec<&'a Value>) -> Option<Value> {
        applied.sort_by_key(|schema| std::ptr::from_ref(*schema));
        applied.dedup_by_key(|schema| std::ptr::from_ref(*schema));
        if applied.contains(&&Value::Bool(false)) {
            return Some(Value::Bool(false));
        }
        applied.retain(|schema| schema.is_object());
        if applied.is_empty() {
            return Some(Value::Bool(true));
        }
        self.places += 1;
        if self.places > MAX_PLACES || self.open.len() > schema::MAX_DEPTH {
            return None;
        }
        let key: Key = applied
            .iter()
            .map(|schema| std::ptr::from_ref(*schema))
            .collect();
        let number = self.names.len();
        let number = *self.names.entry(key.clone()).or_insert(number);
        let name = format!("closed-{number}");
        if self.open.contains(&key) {
            let reference = json!({"$ref": format!("#/$defs/{name}")});
            self.recursive.insert(key);
            return Some(reference);
        }
        self.open.push(key.clone());
        let written = self.write(&applied);
        self.open.pop();
        let written = written?;
        if !self.recursive.contains(&key) {
            return Some(written);
        }
        let reference = json!({"$ref": format!("#/$defs/{name}")});
        self.definitions.insert(name, written);
        Some(reference)
    }

    fn write(&mut self, applied: &[&'a Value]) -> Option<Value> {
        if let [Value::Object(only)] = applied
            && is_plain(only)
        {
            return self.plain(only);
        }
        let literal: Vec<Value> = applied
            .iter()
            .map(|schema| relocated(schema, LITERAL))
            .collect();
        let mut parts = literal;
        if let Some(cases) = self.cases(applied) {
            let mut alternatives = Vec::new();
            for case in &cases {
                let closing = self.closing(case)?;
                let chosen = case.chosen.iter().map(|schema| relocated(schema, LITERAL));
                let all: Vec<Value> = chosen.chain([closing]).collect();
                alternatives.push(match all.as_slice() {
                    [one] => one.clone(),
                    _ => json!({ "allOf": all }),
                });
            }
            match alternatives.len() {
                1 => parts.extend(alternatives),
                _ => parts.push(json!({ "anyOf": alternatives })),
            }
        }
        Some(match parts.as_slice() {
            [one] => one.clone(),
            _ => json!({ "allOf": parts }),
        })
    }

    /// A schema that nothing else applies beside: closed where it stands.
    fn plain(&mut self, only: &'a Map<String, Value>) -> Option<Value> {
        let case = Case {
            hold: vec![only],
            ..Case::default()
        };
        let closing = self.closing(&case)?;
        let mut written = relocated(&Value::Object(only.clone()), LITERAL);
        let members = written.as_object_mut()?;
        for (keyword, value) in closing.as_object()? {
            members.insert(keyword.clone(), value.clone());
        }
        Some(written)
    }

    /// The alternatives of a place; `None` where there are too many.
    fn cases(&self, applied: &[&'a Value]) -> Option<Vec<Case<'a>>> {
        let mut cases = vec![Case::default()];
        for schema in applied {
            cases = self.and(cases, schema, 0)?;
        }
        Some(cases)
    }

    /// The cases with one more schema that holds in all of them.
    fn and(&self, cases: Vec<Case<'a>>, schema: &'a Value, depth: usize) -> Option<Vec<Case<'a>>> {
        let Value::Object(members) = schema else {
            return Some(cases);
        };
        if depth > MAX_APPLIED {
            return None;
        }
        let mut cases = cases;
        if cases
            .iter()
            .all(|case| case.hold.iter().any(|held| std::ptr::eq(*held, members)))
        {
            return Some(cases);
        }
        for case in &mut cases {
            case.hold.push(members);
        }
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            let target = schema::resolve(self.root, reference)?;
            cases = self.and(cases, target, depth + 1)?;
        }
        for branch in list(members, "allOf") {
            cases = self.and(cases, branch, depth + 1)?;
        }
        let choices = self.choices(members);
        for alternatives in choices {
            let mut split = Vec::new();
            for alternative in &alternatives {
                let mut with = cases.clone();
                for case in &mut with {
                    case.chosen.extend(&alternative.chosen);
                    case.may.extend(&alternative.may);
                }
                for branch in &alternative.chosen {
                    with = self.and(with, branch, depth + 1)?;
                }
                split.extend(with);
            }
            if split.len() > MAX_CASES {
                return None;
            }
            cases = split;
        }
        let applied = |case: &Case<'_>| case.hold.len() + case.may.len();
        cases
            .iter()
            .all(|case| applied(case) <= MAX_APPLIED)
            .then_some(cases)
    }

    /// The choices a schema leaves: for each, its alternatives.
    fn choices(&self, members: &'a Map<String, Value>) -> Vec<Vec<Case<'a>>> {
        let mut choices = Vec::new();
        let any: Vec<&Value> = list(members, "anyOf").collect();
        if !any.is_empty() && any.len() <= MAX_COMBINED {
            let combinations = 1..(1usize << any.len());
            let chosen = |bits: usize| {
                let branches = any.iter().enumerate();
                let chosen = branches.filter(|(index, _)| bits & (1 << index) != 0);
                Case {
                    chosen: chosen.map(|(_, branch)| *branch).collect(),
                    ..Case::default()
                }
            };
            choices.push(combinations.map(chosen).collect());
        } else if !any.is_empty() {
            let may: Vec<_> = any
                .iter()
                .flat_map(|branch| self.in_place(branch))
                .collect();
            choices.push(vec![Case {
                may,
                ..Case::default()
            }]);
        }
        let one = list(members, "oneOf").map(|branch| Case {
            chosen: vec![branch],
            ..Case::default()
        });
        let one: Vec<Case<'_>> = one.collect();
        if one.len() > MAX_CASES {
            let branches = list(members, "oneOf");
            let may = branches.flat_map(|branch| self.in_place(branch)).collect();
            choices.push(vec![Case {
                may,
                ..Case::default()
            }]);
        } else if !one.is_empty() {
            choices.push(one);
        }
        if let Some(condition) = members.get("if") {
            let [then, otherwise] = ["then", "else"].map(|keyword| members.get(keyword));
            let holding = [Some(condition), then].into_iter().flatten().collect();
            let case = |chosen| Case {
                chosen,
                ..Case::default()
            };
            choices.push(vec![case(holding), case(otherwise.into_iter().collect())]);
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            let dependent = members.get(keyword).and_then(Value::as_object);
            let schemas = dependent.into_iter().flat_map(Map::values);
            let may: Vec<_> = schemas.flat_map(|schema| self.in_place(schema)).collect();
            choices.push(vec![Case {
                may,
                ..Case::default()
            }]);
        }
        choices
    }

    /// A schema and all that may apply with it.
    fn in_place(&self, schema: &'a Value) -> Vec<&'a Map<String, Value>> {
        let mut found: Vec<&Map<String, Value>> = Vec::new();
        let mut open = vec![schema];
        while let Some(schema) = open.pop() {
            let Value::Object(members) = schema else {
                continue;
            };
            if found.len() > MAX_APPLIED || found.iter().any(|known| std::ptr::eq(*known, members))
            {
                continue;
            }
            found.push(members);
            for keyword in ["allOf", "anyOf", "oneOf"] {
                open.extend(list(members, keyword));
            }
            open.extend(
                ["if", "then", "else"]
                    .iter()
                    .filter_map(|keyword| members.get(*keyword)),
            );
            for keyword in ["dependentSchemas", "dependencies"] {
                let dependent = members.get(keyword).and_then(Value::as_object);
                open.extend(dependent.into_iter().flat_map(Map::values));
            }
            let reference = members.get("$ref").and_then(Value::as_str);
            open.extend(reference.and_then(|reference| schema::resolve(self.root, reference)));
        }
        found
    }

    /// What a case adds: declared properties alone, and closed places below.
    fn closing(&mut self, case: &Case<'a>) -> Option<Value> {
        let mut closing = Map::new();
        let all = || case.hold.iter().chain(&case.may);
        if !all().any(|schema| schema.contains_key("unevaluatedProperties")) {
            self.close_properties(case, &mut closing)?;
        }
        let unread = ["contains", "unevaluatedItems"];
        if case.may.is_empty()
            && !all().any(|schema| unread.iter().any(|keyword| schema.contains_key(*keyword)))
        {
            self.close_items(case, &mut closing)?;
        }
        Some(Value::Object(closing))
    }

    fn close_properties(
        &mut self,
        case: &Case<'a>,
        closing: &mut Map<String, Value>,
    ) -> Option<()> {
        let all = || case.hold.iter().chain(&case.may).copied();
        let mut properties = Map::new();
        let names: Vec<&String> = all()
            .flat_map(|schema| object(schema, "properties").map(|(name, _)| name))
            .collect();
        for name in names {
            if properties.contains_key(name) {
                continue;
            }
            let possible = case
                .may
                .iter()
                .any(|schema| !applying(schema, name).is_empty());
            let below = match possible {
                true => Value::Bool(true),
                false => {
                    let applied = case.hold.iter().flat_map(|schema| applying(schema, name));
                    self.place(applied.collect())?
                }
            };
            properties.insert(name.clone(), below);
        }
        let patterns: Vec<(&String, &Value)> = all()
            .flat_map(|schema| object(schema, "patternProperties"))
            .collect();
        let mut by_pattern = Map::new();
        for (pattern, schema) in &patterns {
            let alone = patterns.len() == 1
                && all().count() == 1
                && !properties
                    .keys()
                    .any(|name| crate::sample::is_match(pattern, name));
            let below = match alone {
                true => self.place(vec![schema])?,
                false => Value::Bool(true),
            };
            by_pattern.insert((*pattern).clone(), below);
        }
        let rest: Vec<&Value> = all()
            .filter_map(|schema| {
                schema
                    .get("additionalProperties")
                    .filter(|rest| rest.is_object())
            })
            .collect();
        match rest.as_slice() {
            [] => {
                closing.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            [rest] if all().count() == 1 => {
                closing.insert("additionalProperties".to_owned(), self.place(vec![rest])?);
            }
            _ => {}
        }
        if !properties.is_empty() {
            closing.insert("properties".to_owned(), Value::Object(properties));
        }
        if !by_pattern.is_empty() {
            closing.insert("patternProperties".to_owned(), Value::Object(by_pattern));
        }
        Some(())
    }

    fn close_items(&mut self, case: &Case<'a>, closing: &mut Map<String, Value>) -> Option<()> {
        let speaks = |schema: &&&'a Map<String, Value>| {
            ["items", "prefixItems"]
                .iter()
                .any(|keyword| schema.contains_key(*keyword))
        };
        let speaking: Vec<&'a Map<String, Value>> =
            case.hold.iter().filter(speaks).copied().collect();
        let is_list = |schema: &&Map<String, Value>| {
            schema.get("items").is_some_and(Value::is_object) && !schema.contains_key("prefixItems")
        };
        if !speaking.is_empty() && speaking.iter().all(is_list) {
            let items = speaking.iter().filter_map(|schema| schema.get("items"));
            closing.insert("items".to_owned(), self.place(items.collect())?);
            return Some(());
        }
        let [only] = speaking.as_slice() else {
            return Some(());
        };
        for keyword in ["prefixItems", "items", "additionalItems"] {
            match only.get(keyword) {
                Some(Value::Array(places)) => {
                    let places: Option<Vec<Value>> = places
                        .iter()
                        .map(|schema| self.place(vec![schema]))
                        .collect();
                    closing.insert(keyword.to_owned(), Value::Array(places?));
                }
                Some(rest) => {
                    closing.insert(keyword.to_owned(), self.place(vec![rest])?);
                }
                None => {}
            }
        }
        Some(())
    }
}

/// Whether nothing but itself applies in place.
fn is_plain(schema: &Map<String, Value>) -> bool {
    const APPLICATORS: [&str; 9] = [
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "dependentSchemas",
        "dependencies",
        "$dynamicRef",
        "$recursiveRef",
    ];
    !APPLICATORS
        .iter()
        .any(|keyword| schema.contains_key(*keyword))
}

/// The subschemas of one schema that apply to the property of that name.
fn applying<'a>(schema: &'a Map<String, Value>, name: &str) -> Vec<&'a Value> {
    let own = schema
        .get("properties")
        .and_then(|properties| properties.get(name));
    let patterns = object(schema, "patternProperties");
    let matching = patterns.filter(|(pattern, _)| crate::sample::is_match(pattern, name));
    let applying: Vec<&Value> = own
        .into_iter()
        .chain(matching.map(|(_, schema)| schema))
        .collect();
    match applying.is_empty() {
        true => schema.get("additionalProperties").into_iter().collect(),
        false => applying,
    }
}

fn list<'a>(schema: &'a Map<String, Value>, keyword: &str) -> impl Iterator<Item = &'a Value> {
    let items = schema.get(keyword).and_then(Value::as_array);
    items.into_iter().flatten()
}

fn object<'a>(
    schema: &'a Map<String, Value>,
    keyword: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    let members = schema.get(keyword).and_then(Value::as_object);
    members.into_iter().flatten()
}
