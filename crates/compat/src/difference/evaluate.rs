//! Holding a value against a node.
//!
//! It exists because the search meets thousands of small values, listed ones first, and a validator
//! would have to be compiled for each node. The last word on a witness is not spoken here.

use serde_json::Value;

use super::decimal::Decimal;
use super::node::{Id, Lit, Node, Nodes, canonical, type_of};

/// Nodes entered inside one another.
const MAX_DEPTH: usize = 200;

impl Nodes {
    /// Whether all hold for the value. `None`: not understood.
    pub(super) fn all_hold(&self, lits: &[Lit], value: &Value) -> Option<bool> {
        let mut known = true;
        for (id, positive) in lits {
            match self.holds(*id, value, 0) {
                Some(holds) if holds == *positive => {}
                Some(_) => return Some(false),
                None => known = false,
            }
        }
        known.then_some(true)
    }

    fn holds(&self, id: Id, value: &Value, depth: usize) -> Option<bool> {
        if depth > MAX_DEPTH {
            return None;
        }
        let each = |ids: &[Id]| -> Vec<Option<bool>> {
            ids.iter()
                .map(|id| self.holds(*id, value, depth + 1))
                .collect()
        };
        match self.get(id) {
            Node::All(parts) => every(each(parts)),
            Node::Any(parts) => every(each(parts).into_iter().map(negated).collect()).map(|no| !no),
            Node::One(parts) => {
                let parts = each(parts);
                let held = parts.iter().filter(|part| **part == Some(true)).count();
                match (held, parts.contains(&None)) {
                    (2.., _) => Some(false),
                    (_, true) => None,
                    (held, false) => Some(held == 1),
                }
            }
            Node::Not(inner) => negated(self.holds(*inner, value, depth + 1)),
            Node::If(condition, then, otherwise) => {
                let chosen = match self.holds(*condition, value, depth + 1)? {
                    true => then,
                    false => otherwise,
                };
                self.holds(*chosen, value, depth + 1)
            }
            Node::Recursive(slot) => {
                let target = self.targets.get(*slot as usize).copied().flatten()?;
                self.holds(target, value, depth + 1)
            }
            Node::Types(types) => Some(types & type_of(value) != 0),
            Node::Values(values) => Some(self.is_listed(values, value)),
            Node::Unread(_, types) => (types & type_of(value) == 0).then_some(true),
            node => match value {
                Value::Number(number) => number_holds(node, Decimal::of(number)),
                Value::String(text) => Some(self.text_holds(node, text)),
                Value::Array(items) => self.items_hold(node, items, depth),
                Value::Object(members) => self.members_hold(node, members, depth),
                Value::Null | Value::Bool(_) => Some(true),
            },
        }
    }

    fn text_holds(&self, node: &Node, text: &str) -> bool {
        let length = || text.chars().count() as u64;
        match node {
            Node::MinLength(bound) => length() >= *bound,
            Node::MaxLength(bound) => length() <= *bound,
            Node::Pattern(pattern) => self.machine(*pattern).is_match(text),
            _ => true,
        }
    }

    fn items_hold(&self, node: &Node, items: &[Value], depth: usize) -> Option<bool> {
        let length = items.len() as u64;
        let count = |id: Id| {
            let mut held = items.iter().map(|item| self.holds(id, item, depth + 1));
            held.try_fold(0u64, |count, held| Some(count + u64::from(held?)))
        };
        match node {
            Node::MinItems(bound) => Some(length >= *bound),
            Node::MaxItems(bound) => Some(length <= *bound),
            Node::Unique => {
                let mut texts: Vec<String> = items.iter().map(canonical).collect();
                texts.sort_unstable();
                Some(texts.windows(2).all(|two| two[0] != two[1]))
            }
            Node::Item(index, id) => match items.get(*index) {
                Some(item) => self.holds(*id, item, depth + 1),
                None => Some(true),
            },
            Node::Rest(from, id) => {
                let rest = items.iter().skip(*from);
                every(rest.map(|item| self.holds(*id, item, depth + 1)).collect())
            }
            Node::ContainsMin(id, min) => Some(count(*id)? >= *min),
            Node::ContainsMax(id, max) => Some(count(*id)? <= *max),
            _ => Some(true),
        }
    }

    fn members_hold(
        &self,
        node: &Node,
        members: &serde_json::Map<String, Value>,
        depth: usize,
    ) -> Option<bool> {
        let length = members.len() as u64;
        let where_name = |wanted: &dyn Fn(&str) -> bool, id: Id| {
            let chosen = members.iter().filter(|(name, _)| wanted(name));
            every(
                chosen
                    .map(|(_, value)| self.holds(id, value, depth + 1))
                    .collect(),
            )
        };
        match node {
            Node::MinProperties(bound) => Some(length >= *bound),
            Node::MaxProperties(bound) => Some(length <= *bound),
            Node::Required(name) => Some(members.contains_key(name)),
            Node::Property(name, id) => match members.get(name) {
                Some(value) => self.holds(*id, value, depth + 1),
                None => Some(true),
            },
            Node::Matching(pattern, id) => {
                where_name(&|name| self.machine(*pattern).is_match(name), *id)
            }
            Node::Additional {
                names,
                patterns,
                schema,
            } => where_name(&|name| self.is_additional(names, patterns, name), *schema),
            Node::Names(id) => {
                let names = members.keys().map(|name| Value::from(name.as_str()));
                every(
                    names
                        .map(|name| self.holds(*id, &name, depth + 1))
                        .collect(),
                )
            }
            _ => Some(true),
        }
    }

    /// Whether a property is one of those that neither names nor patterns speak of.
    pub(super) fn is_additional(&self, names: &[String], patterns: &[u32], name: &str) -> bool {
        names
            .binary_search_by(|own| own.as_str().cmp(name))
            .is_err()
            && !patterns
                .iter()
                .any(|pattern| self.machine(*pattern).is_match(name))
    }
}

fn number_holds(node: &Node, number: Option<Decimal>) -> Option<bool> {
    let asks = matches!(
        node,
        Node::Least { .. } | Node::Most { .. } | Node::Multiple(_)
    );
    if !asks {
        return Some(true);
    }
    let number = number?;
    match node {
        Node::Least { bound, exclusive } => {
            Some(number > *bound || (!exclusive && number == *bound))
        }
        Node::Most { bound, exclusive } => {
            Some(number < *bound || (!exclusive && number == *bound))
        }
        Node::Multiple(step) => number.is_multiple_of(*step),
        _ => Some(true),
    }
}

fn negated(holds: Option<bool>) -> Option<bool> {
    holds.map(|holds| !holds)
}

fn every(parts: Vec<Option<bool>>) -> Option<bool> {
    if parts.contains(&Some(false)) {
        return Some(false);
    }
    (!parts.contains(&None)).then_some(true)
}
