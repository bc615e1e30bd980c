//! Assertions about one type of document, as each dialect spells them.

use serde_json::{Map, Value};

use super::decimal::Decimal;
use super::node::{Id, NUMBER, Node, OBJECT, PatternId, STRING};
use super::read::{Dialect, Members, Reader};

impl<'a> Reader<'a, '_> {
    pub(super) fn of_numbers(
        &mut self,
        members: &Members,
        keyword: &str,
        value: &Value,
        parts: &mut Vec<Id>,
    ) {
        let is_exclusive = |keyword: &str| members.get(keyword) == Some(&Value::Bool(true));
        let four = self.dialect == Dialect::Four;
        let make: fn(Decimal, bool) -> Node = match keyword {
            "minimum" | "exclusiveMinimum" => |bound, exclusive| Node::Least { bound, exclusive },
            "maximum" | "exclusiveMaximum" => |bound, exclusive| Node::Most { bound, exclusive },
            "multipleOf" => |step, _| Node::Multiple(step),
            _ => return,
        };
        let Some(number) = value.as_number() else {
            return;
        };
        let exclusive = match keyword {
            "minimum" => four && is_exclusive("exclusiveMinimum"),
            "maximum" => four && is_exclusive("exclusiveMaximum"),
            _ => true,
        };
        let node = match Decimal::of(number) {
            Some(Decimal::ZERO) if keyword == "multipleOf" => Node::Unread("multipleOf", NUMBER),
            Some(bound) => make(bound, exclusive),
            None => Node::Unread("number", NUMBER),
        };
        parts.push(self.nodes.add(node));
    }

    pub(super) fn of_strings_and_sizes(
        &mut self,
        keyword: &str,
        value: &Value,
        parts: &mut Vec<Id>,
    ) {
        let node = match (keyword, value.as_str()) {
            ("pattern", Some(pattern)) => match self.nodes.pattern(pattern) {
                Some(pattern) => Node::Pattern(pattern),
                None => Node::Unread("pattern", STRING),
            },
            _ => {
                let make: fn(u64) -> Node = match keyword {
                    "minLength" => Node::MinLength,
                    "maxLength" => Node::MaxLength,
                    "minItems" => Node::MinItems,
                    "maxItems" => Node::MaxItems,
                    "minProperties" => Node::MinProperties,
                    "maxProperties" => Node::MaxProperties,
                    _ => return,
                };
                let Some(size) = size(value) else {
                    return;
                };
                if size == 0 && keyword.starts_with("min") {
                    return;
                }
                make(size)
            }
        };
        parts.push(self.nodes.add(node));
    }

    pub(super) fn of_arrays(
        &mut self,
        members: &'a Members,
        keyword: &str,
        value: &'a Value,
        path: u32,
        parts: &mut Vec<Id>,
    ) {
        let list = |keyword: &str| members.get(keyword).and_then(Value::as_array);
        match (keyword, value) {
            ("uniqueItems", Value::Bool(true)) => parts.push(self.nodes.add(Node::Unique)),
            ("prefixItems", Value::Array(places)) if self.dialect == Dialect::Of2020 => {
                self.places(keyword, places, path, parts);
            }
            ("items", Value::Array(places)) if self.dialect < Dialect::Of2020 => {
                self.places(keyword, places, path, parts);
            }
            ("items", schema) => {
                let from = match self.dialect {
                    Dialect::Of2020 => list("prefixItems").map_or(0, Vec::len),
                    _ => 0,
                };
                let schema = self.below(schema, path, &["items"]);
                parts.push(self.nodes.add(Node::Rest(from, schema)));
            }
            ("additionalItems", schema) if self.dialect < Dialect::Of2020 => {
                if let Some(places) = list("items") {
                    let schema = self.below(schema, path, &["additionalItems"]);
                    parts.push(self.nodes.add(Node::Rest(places.len(), schema)));
                }
            }
            ("contains", schema) if self.dialect >= Dialect::Six => {
                let schema = self.below(schema, path, &["contains"]);
                let later = self.dialect >= Dialect::Of2019;
                let bound = |keyword: &str| size(members.get(keyword).filter(|_| later)?);
                let min = bound("minContains").unwrap_or(1);
                if min > 0 {
                    parts.push(self.nodes.add(Node::ContainsMin(schema, min)));
                }
                if let Some(max) = bound("maxContains") {
                    parts.push(self.nodes.add(Node::ContainsMax(schema, max)));
                }
            }
            _ => {}
        }
    }

    fn places(&mut self, keyword: &str, places: &'a [Value], path: u32, parts: &mut Vec<Id>) {
        for (index, schema) in places.iter().enumerate() {
            let schema = self.below(schema, path, &[keyword, &index.to_string()]);
            parts.push(self.nodes.add(Node::Item(index, schema)));
        }
    }

    pub(super) fn of_objects(
        &mut self,
        members: &'a Members,
        keyword: &str,
        value: &'a Value,
        path: u32,
        parts: &mut Vec<Id>,
    ) {
        match (keyword, value) {
            ("required", Value::Array(names)) => {
                let names = names.iter().filter_map(Value::as_str);
                parts.extend(names.map(|name| self.nodes.add(Node::Required(name.to_owned()))));
            }
            ("properties", Value::Object(properties)) => {
                for (name, schema) in properties {
                    let schema = self.below(schema, path, &["properties", name]);
                    parts.push(self.nodes.add(Node::Property(name.clone(), schema)));
                }
            }
            ("patternProperties", Value::Object(patterns)) => {
                for (pattern, schema) in patterns {
                    let schema = self.below(schema, path, &["patternProperties", pattern]);
                    let node = match self.nodes.pattern(pattern) {
                        Some(pattern) => Node::Matching(pattern, schema),
                        None => Node::Unread("patternProperties", OBJECT),
                    };
                    parts.push(self.nodes.add(node));
                }
            }
            ("additionalProperties", schema) => {
                let schema = self.below(schema, path, &["additionalProperties"]);
                let names = keys(members, "properties").map(ToOwned::to_owned).collect();
                let patterns: Vec<&str> = keys(members, "patternProperties").collect();
                parts.push(self.additional(names, &patterns, schema));
            }
            ("propertyNames", schema) if self.dialect >= Dialect::Six => {
                let schema = self.below(schema, path, &["propertyNames"]);
                parts.push(self.nodes.add(Node::Names(schema)));
            }
            _ => {}
        }
    }

    pub(super) fn additional(
        &mut self,
        mut names: Vec<String>,
        patterns: &[&str],
        schema: Id,
    ) -> Id {
        names.sort_unstable();
        names.dedup();
        let known: Option<Vec<PatternId>> = patterns
            .iter()
            .map(|pattern| self.nodes.pattern(pattern))
            .collect();
        let Some(mut patterns) = known else {
            return self.nodes.add(Node::Unread("patternProperties", OBJECT));
        };
        patterns.sort_unstable();
        patterns.dedup();
        self.nodes.add(Node::Additional {
            names,
            patterns,
            schema,
        })
    }
}

pub(super) fn keys<'a>(members: &'a Members, keyword: &str) -> impl Iterator<Item = &'a str> {
    let object = members.get(keyword).and_then(Value::as_object);
    object.into_iter().flat_map(Map::keys).map(String::as_str)
}

/// A bound on sizes. Dialects from draft-06 on allow 2.0.
fn size(value: &Value) -> Option<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = |number: f64| (number >= 0.0).then_some(number as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(whole))
}
