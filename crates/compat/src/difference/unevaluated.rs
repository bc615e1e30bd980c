//! `unevaluatedProperties` and `unevaluatedItems`, written out as what they leave in each case.
//!
//! Which properties are evaluated hangs on which neighbours hold, so each combination of branches
//! is a case: the branches themselves, and an `additionalProperties` of all that they evaluate.

use serde_json::{Map, Value};

use super::assertions::keys;
use super::node::{ARRAY, Id, Lit, Node, OBJECT, ROOT};
use super::read::{Dialect, Reader};

/// Combinations of one schema's branches.
const MAX_CASES: usize = 24;
/// References followed in place.
const MAX_DEPTH: usize = 24;

/// What is evaluated when these conditions hold.
#[derive(Debug, Clone, Default)]
struct Case<'a> {
    conditions: Vec<Lit>,
    names: Vec<&'a str>,
    patterns: Vec<&'a str>,
    all_properties: bool,
    /// As many items from the first on.
    items: usize,
    all_items: bool,
    some_items: bool,
}

impl<'a> Case<'a> {
    fn with(&self, other: &Case<'a>) -> Case<'a> {
        let joined = |one: &[&'a str], other: &[&'a str]| [one, other].concat();
        Case {
            conditions: [&self.conditions[..], &other.conditions[..]].concat(),
            names: joined(&self.names, &other.names),
            patterns: joined(&self.patterns, &other.patterns),
            all_properties: self.all_properties || other.all_properties,
            items: self.items.max(other.items),
            all_items: self.all_items || other.all_items,
            some_items: self.some_items || other.some_items,
        }
    }
}

impl<'a> Reader<'a, '_> {
    pub(super) fn unevaluated(
        &mut self,
        whole: &'a Value,
        members: &'a Map<String, Value>,
        path: u32,
        parts: &mut Vec<Id>,
    ) {
        let [properties, items] = ["unevaluatedProperties", "unevaluatedItems"].map(|keyword| {
            members
                .get(keyword)
                .filter(|schema| **schema != Value::Bool(true))
        });
        if properties.is_none() && items.is_none() {
            return;
        }
        let cases = self.cases(whole, 0, IsWhole::Yes);
        if let Some(schema) = properties {
            let node = match &cases {
                Some(cases) => {
                    let step = self.nodes.path(path, "unevaluatedProperties");
                    let schema = self.schema(schema, step);
                    self.by_case(cases, |reader, case| match case.all_properties {
                        true => reader.nodes.always(),
                        false => {
                            let names = case.names.iter().map(ToString::to_string).collect();
                            reader.additional(names, &case.patterns, schema)
                        }
                    })
                }
                None => self
                    .nodes
                    .add(Node::Unread("unevaluatedProperties", OBJECT)),
            };
            parts.push(node);
        }
        if let Some(schema) = items {
            let usable = cases.filter(|cases| !cases.iter().any(|case| case.some_items));
            let node = match &usable {
                Some(cases) => {
                    let step = self.nodes.path(path, "unevaluatedItems");
                    let schema = self.schema(schema, step);
                    self.by_case(cases, |reader, case| match case.all_items {
                        true => reader.nodes.always(),
                        false => reader.nodes.add(Node::Rest(case.items, schema)),
                    })
                }
                None => self.nodes.add(Node::Unread("unevaluatedItems", ARRAY)),
            };
            parts.push(node);
        }
    }

    fn by_case(&mut self, cases: &[Case<'a>], leaves: impl Fn(&mut Self, &Case<'a>) -> Id) -> Id {
        let mut branches = Vec::new();
        for case in cases {
            let mut all = vec![leaves(self, case)];
            for (id, positive) in &case.conditions {
                all.push(match positive {
                    true => *id,
                    false => self.nodes.add(Node::Not(*id)),
                });
            }
            branches.push(self.nodes.all(all));
        }
        self.nodes.any(branches)
    }

    /// `None`: too many.
    fn cases(
        &mut self,
        schema: &'a Value,
        depth: usize,
        is_whole: IsWhole,
    ) -> Option<Vec<Case<'a>>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let Value::Object(members) = schema else {
            return Some(vec![Case::default()]);
        };
        let mut cases = vec![own(members, self.dialect, is_whole)];
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            if let Some(reference) = members.get(keyword).and_then(Value::as_str) {
                let target = self.resolve(reference)?;
                cases = product(&cases, &self.cases(target, depth + 1, IsWhole::No)?)?;
            }
        }
        for branch in list(members, "allOf") {
            cases = product(&cases, &self.cases(branch, depth + 1, IsWhole::No)?)?;
        }
        for branch in list(members, "anyOf") {
            let branch = self.optional(branch, None, depth)?;
            cases = product(&cases, &branch)?;
        }
        let mut one = Vec::new();
        for branch in list(members, "oneOf") {
            one.extend(self.holding(branch, depth)?);
        }
        if !one.is_empty() {
            cases = product(&cases, &one)?;
        }
        if let Some(condition) = members.get("if") {
            let mut when = self.holding(condition, depth)?;
            if let Some(then) = members.get("then") {
                when = product(&when, &self.cases(then, depth + 1, IsWhole::No)?)?;
            }
            let id = self.schema(condition, ROOT);
            let mut otherwise = vec![Case {
                conditions: vec![(id, false)],
                ..Case::default()
            }];
            if let Some(schema) = members.get("else") {
                otherwise = product(&otherwise, &self.cases(schema, depth + 1, IsWhole::No)?)?;
            }
            cases = product(&cases, &[when, otherwise].concat())?;
        }
        let dependent = members.get("dependentSchemas").and_then(Value::as_object);
        for (name, schema) in dependent.into_iter().flatten() {
            let has = self.has(name);
            let branch = self.optional(schema, Some(has), depth)?;
            cases = product(&cases, &branch)?;
        }
        Some(cases)
    }

    /// A branch that holds.
    fn holding(&mut self, branch: &'a Value, depth: usize) -> Option<Vec<Case<'a>>> {
        let condition = (self.schema(branch, ROOT), true);
        let mut cases = self.cases(branch, depth + 1, IsWhole::No)?;
        cases
            .iter_mut()
            .for_each(|case| case.conditions.push(condition));
        Some(cases)
    }

    /// A branch that holds (when `condition` does, or it does itself), or does not.
    fn optional(
        &mut self,
        branch: &'a Value,
        condition: Option<Id>,
        depth: usize,
    ) -> Option<Vec<Case<'a>>> {
        let id = condition.unwrap_or_else(|| self.schema(branch, ROOT));
        let mut cases = self.cases(branch, depth + 1, IsWhole::No)?;
        cases
            .iter_mut()
            .for_each(|case| case.conditions.push((id, true)));
        cases.push(Case {
            conditions: vec![(id, false)],
            ..Case::default()
        });
        Some(cases)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IsWhole {
    /// The schema whose `unevaluated…` is asked about: its own leaves nothing evaluated.
    Yes,
    No,
}

/// What a schema evaluates by itself.
fn own<'a>(members: &'a Map<String, Value>, dialect: Dialect, is_whole: IsWhole) -> Case<'a> {
    let inner = |keyword: &str| is_whole == IsWhole::No && members.contains_key(keyword);
    let length = |keyword: &str| {
        let list = members.get(keyword).and_then(Value::as_array);
        list.map_or(0, Vec::len)
    };
    let newest = dialect == Dialect::Of2020;
    let items = members.get("items").is_some_and(|items| !items.is_array());
    Case {
        names: keys(members, "properties").collect(),
        patterns: keys(members, "patternProperties").collect(),
        all_properties: members.contains_key("additionalProperties")
            || inner("unevaluatedProperties"),
        items: if newest {
            length("prefixItems")
        } else {
            length("items")
        },
        all_items: items
            || (!newest && length("items") > 0 && members.contains_key("additionalItems"))
            || inner("unevaluatedItems"),
        some_items: newest && members.contains_key("contains"),
        ..Case::default()
    }
}

fn product<'a>(one: &[Case<'a>], other: &[Case<'a>]) -> Option<Vec<Case<'a>>> {
    let all = one
        .iter()
        .flat_map(|one| other.iter().map(move |other| one.with(other)));
    let all: Vec<Case<'a>> = all.collect();
    (all.len() <= MAX_CASES).then_some(all)
}

fn list<'a>(members: &'a Map<String, Value>, keyword: &str) -> impl Iterator<Item = &'a Value> {
    let list = members.get(keyword).and_then(Value::as_array);
    list.into_iter().flatten()
}
