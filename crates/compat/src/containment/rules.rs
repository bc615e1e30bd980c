//! Rules of Blue's own, each named after the keyword it treats, for what the canonical form leaves
//! open: recursion, listed values, alternatives.
//!
//! Every rule proves `emitter ⊆ reader` from smaller containments, and says nothing where it does
//! not apply. A recursion is closed by assuming what is being proven, once a step into a part of the
//! document lies between: documents are finite.

use serde_json::{Map, Value, json};

use crate::relocate::{is_relocatable, relocated, without_siblings};
use crate::schema;

/// Rules applied for one question.
const MAX_WORK: usize = 4_000;
/// Containments inside one another.
const MAX_DEPTH: usize = 128;
/// Schemas compiled to hold listed values against.
const MAX_COMPILED: usize = 200;
/// Where the reader stands whole while one of its parts is compiled.
const LITERAL: &str = "literal";

/// Whether the rules prove that `reader` accepts all that `emitter` does.
pub(super) fn prove(emitter: &Value, reader: &Value) -> bool {
    let alike = in_known_dialect(emitter) && emitter.get("$schema") == reader.get("$schema");
    if !alike || !is_relocatable(emitter) || !is_relocatable(reader) {
        return false;
    }
    let (emitter, reader) = (&without_siblings(emitter), &without_siblings(reader));
    let mut rules = Rules {
        emitter,
        reader,
        assumed: Vec::new(),
        steps: 0,
        work: 0,
        compiled: 0,
    };
    rules.holds(emitter, reader)
}

/// Dialects in which every keyword means what the rules take it for.
fn in_known_dialect(schema: &Value) -> bool {
    let dialect = schema.get("$schema").and_then(Value::as_str);
    let dialect = dialect.unwrap_or("2020-12");
    match dialect.contains("draft-04") {
        // Which knows no `const`.
        true => !schema.to_string().contains("\"const\""),
        false => ["2020-12", "draft-07", "draft-06"]
            .iter()
            .any(|known| dialect.contains(known)),
    }
}

struct Rules<'a> {
    emitter: &'a Value,
    reader: &'a Value,
    /// What is being proven, with the steps into the document made before.
    assumed: Vec<(*const Value, *const Value, usize)>,
    steps: usize,
    work: usize,
    compiled: usize,
}

impl<'a> Rules<'a> {
    fn holds(&mut self, emitter: &'a Value, reader: &'a Value) -> bool {
        self.work += 1;
        if self.work > MAX_WORK || self.assumed.len() > MAX_DEPTH {
            return false;
        }
        if is_false(emitter) || is_true(reader) {
            return true;
        }
        let pair = (std::ptr::from_ref(emitter), std::ptr::from_ref(reader));
        let open = self.assumed.iter().rev();
        let mut open = open.filter(|(e, r, _)| (*e, *r) == pair);
        if let Some((_, _, steps)) = open.next() {
            return *steps < self.steps;
        }
        self.assumed.push((pair.0, pair.1, self.steps));
        let holds = self.by_emitter(emitter, reader) || self.by_reader(emitter, reader);
        self.assumed.pop();
        holds
    }

    /// One step into the document.
    fn below(&mut self, emitter: &'a Value, reader: &'a Value) -> bool {
        self.steps += 1;
        let holds = self.holds(emitter, reader);
        self.steps -= 1;
        holds
    }

    /// Rules that take the emitting side apart; each is enough alone.
    fn by_emitter(&mut self, emitter: &'a Value, reader: &'a Value) -> bool {
        let Value::Object(members) = emitter else {
            return false;
        };
        if self.listed(members, reader) {
            return true;
        }
        let reference = members.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|reference| schema::resolve(self.emitter, reference));
        if target.is_some_and(|target| self.holds(target, reader)) {
            return true;
        }
        for keyword in ["anyOf", "oneOf"] {
            let branches = members.get(keyword).and_then(Value::as_array);
            if branches.is_some_and(|branches| {
                !branches.is_empty() && branches.iter().all(|branch| self.holds(branch, reader))
            }) {
                return true;
            }
        }
        let parts = members.get("allOf").and_then(Value::as_array);
        parts.is_some_and(|parts| parts.iter().any(|part| self.holds(part, reader)))
    }

    /// `enum`, `const`: each value is held against the reader.
    fn listed(&mut self, emitter: &'a Map<String, Value>, reader: &'a Value) -> bool {
        let values: Vec<&Value> = match (emitter.get("const"), emitter.get("enum")) {
            (Some(value), _) => vec![value],
            (None, Some(Value::Array(values))) => values.iter().collect(),
            _ => return false,
        };
        self.compiled += 1;
        if self.compiled > MAX_COMPILED {
            return false;
        }
        let mut whole = relocated(self.reader, LITERAL);
        if let Some(members) = whole.as_object_mut() {
            members.shift_remove("$schema");
        }
        let mut alone = json!({"$defs": {LITERAL: whole}, "allOf": [relocated(reader, LITERAL)]});
        if let Some(dialect) = self.reader.get("$schema") {
            alone["$schema"] = dialect.clone();
        }
        let Ok(validator) = schema::compile(&alone) else {
            return false;
        };
        values.iter().all(|value| validator.accepts(value))
    }

    /// The reading side: every keyword of it has to follow from the emitter.
    fn by_reader(&mut self, emitter: &'a Value, reader: &'a Value) -> bool {
        let Value::Object(members) = reader else {
            return false;
        };
        let all = |keyword: &str| members.contains_key(keyword);
        // Keywords whose meaning hangs on neighbours that no rule reads.
        if ["unevaluatedProperties", "unevaluatedItems"]
            .iter()
            .any(|keyword| all(keyword))
        {
            return false;
        }
        members
            .iter()
            .all(|(keyword, value)| self.keyword(emitter, members, keyword, value))
    }

    fn keyword(
        &mut self,
        emitter: &'a Value,
        reader: &'a Map<String, Value>,
        keyword: &str,
        value: &'a Value,
    ) -> bool {
        const SILENT: [&str; 13] = [
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly",
            "$comment",
            "format",
            "$schema",
            "$defs",
            "definitions",
            "then",
        ];
        if SILENT.contains(&keyword) {
            return keyword != "then" || !reader.contains_key("if");
        }
        let said = emitter.get(keyword);
        match keyword {
            "$ref" => {
                let reference = value.as_str();
                let target =
                    reference.and_then(|reference| schema::resolve(self.reader, reference));
                target.is_some_and(|target| self.holds(emitter, target))
            }
            "allOf" => list(value).all(|part| self.holds(emitter, part)),
            "anyOf" => list(value).any(|branch| self.holds(emitter, branch)),
            "type" => said.is_some_and(|said| kinds_within(said, value)),
            "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => {
                at_least(said, value)
            }
            "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
                at_least(Some(value), said.unwrap_or(&Value::Null))
            }
            "required" => {
                list(value).all(|name| said.is_some_and(|said| list(said).any(|own| own == name)))
            }
            "items" => self.items(emitter, reader, value),
            "properties" | "additionalProperties" if !reader.contains_key("patternProperties") => {
                self.properties(emitter, reader, keyword)
            }
            "multipleOf" => said.is_some_and(|said| is_multiple(said, value)),
            "pattern" | "const" | "enum" | "uniqueItems" => said == Some(value),
            _ => false,
        }
    }

    /// `items`, where neither side has places of its own.
    fn items(&mut self, emitter: &'a Value, reader: &Map<String, Value>, items: &'a Value) -> bool {
        if excludes(emitter, "array") {
            return true;
        }
        if reader.contains_key("prefixItems") || emitter.get("prefixItems").is_some() {
            return false;
        }
        emitter
            .get("items")
            .is_some_and(|own| self.below(own, items))
    }

    /// `properties` and `additionalProperties`, where no pattern speaks too.
    fn properties(
        &mut self,
        emitter: &'a Value,
        reader: &'a Map<String, Value>,
        keyword: &str,
    ) -> bool {
        if excludes(emitter, "object") {
            return true;
        }
        if emitter.get("patternProperties").is_some() {
            return false;
        }
        let own = emitter.get("properties").and_then(Value::as_object);
        let own_rest = emitter.get("additionalProperties");
        let read = reader.get("properties").and_then(Value::as_object);
        if keyword == "properties" {
            return read.into_iter().flatten().all(|(name, reads)| {
                let emits = own.and_then(|own| own.get(name)).or(own_rest);
                is_true(reads) || emits.is_some_and(|emits| self.below(emits, reads))
            });
        }
        let Some(rest) = reader.get("additionalProperties") else {
            return true;
        };
        if is_true(rest) {
            return true;
        }
        let unread = own.into_iter().flatten();
        let mut unread =
            unread.filter(|(name, _)| !read.is_some_and(|read| read.contains_key(*name)));
        unread.all(|(_, emits)| self.below(emits, rest))
            && own_rest.is_some_and(|emits| self.below(emits, rest))
    }
}

fn is_true(schema: &Value) -> bool {
    *schema == Value::Bool(true) || schema.as_object().is_some_and(Map::is_empty)
}

fn is_false(schema: &Value) -> bool {
    *schema == Value::Bool(false)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The names in a `type`, which is one or a list.
fn kinds(value: &Value) -> Vec<&str> {
    match value {
        Value::String(kind) => vec![kind],
        _ => list(value).filter_map(Value::as_str).collect(),
    }
}

fn kinds_within(emitted: &Value, read: &Value) -> bool {
    let read = kinds(read);
    let holds =
        |kind: &&str| read.contains(kind) || (*kind == "integer" && read.contains(&"number"));
    let emitted = kinds(emitted);
    !emitted.is_empty() && emitted.iter().all(holds)
}

/// Whether the emitter has no document of that kind.
fn excludes(emitter: &Value, kind: &str) -> bool {
    emitter
        .get("type")
        .is_some_and(|said| !kinds(said).is_empty() && !kinds(said).contains(&kind))
}

/// Whether one step is a whole number of times another, as decimals are written.
fn is_multiple(step: &Value, of: &Value) -> bool {
    let exact = |value: &Value| -> Option<(i128, u32)> {
        let text = value.as_number()?.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits = u32::try_from(fraction.len())
            .ok()
            .filter(|digits| *digits <= 12)?;
        Some((format!("{whole}{fraction}").parse().ok()?, digits))
    };
    let (Some((step, step_digits)), Some((of, of_digits))) = (exact(step), exact(of)) else {
        return false;
    };
    let digits = step_digits.max(of_digits);
    let scaled = |number: i128, own: u32| number.checked_mul(10i128.pow(digits - own));
    match (scaled(step, step_digits), scaled(of, of_digits)) {
        (Some(step), Some(of)) => of != 0 && step % of == 0,
        _ => false,
    }
}

/// Whether one bound is a number no smaller than another.
fn at_least(bound: Option<&Value>, least: &Value) -> bool {
    let numbers = bound.and_then(Value::as_i64).zip(least.as_i64());
    numbers.is_some_and(|(bound, least)| bound >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_proves_and_refuses() {
        let tree = |leaf: Value| {
            json!({"$ref": "#/$defs/n", "$defs": {"n": {"type": "object",
                "properties": {"value": leaf, "next": {"$ref": "#/$defs/n"}}}}})
        };
        let rows = [
            (
                json!({"enum": ["a", 1]}),
                json!({"type": ["string", "integer"]}),
                true,
            ),
            (
                json!({"enum": ["a", 1.5]}),
                json!({"type": ["string", "integer"]}),
                false,
            ),
            (
                tree(json!({"type": "integer"})),
                tree(json!({"type": "number"})),
                true,
            ),
            (
                tree(json!({"type": "number"})),
                tree(json!({"type": "integer"})),
                false,
            ),
            (
                json!({"oneOf": [{"type": "null"}, {"const": 1}]}),
                json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}),
                true,
            ),
            (json!({"minLength": 3}), json!({"minLength": 2}), true),
            (json!({"minLength": 2}), json!({"minLength": 3}), false),
            (json!({"multipleOf": 6}), json!({"multipleOf": 1.5}), true),
            (json!({"multipleOf": 3}), json!({"multipleOf": 0.3}), true),
            (json!({"multipleOf": 1.5}), json!({"multipleOf": 6}), false),
            (json!({"multipleOf": 1}), json!({"multipleOf": 0.3}), false),
            (json!({"maxItems": 3}), json!({"maxItems": 2}), false),
            (json!({}), json!({"maxItems": 2}), false),
            (
                json!({"properties": {"a": {"type": "string"}}}),
                json!({"properties": {"b": {"type": "string"}}}),
                false,
            ),
            (
                json!({"properties": {"a": {"type": "string"}}, "additionalProperties": false}),
                json!({"properties": {"b": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
                true,
            ),
            (
                json!({"items": {"const": 1}}),
                json!({"items": {"type": "integer"}}),
                true,
            ),
            (
                json!({"type": "string"}),
                json!({"items": {"type": "integer"}}),
                true,
            ),
            (json!({"$ref": "#"}), json!({"type": "integer"}), false),
        ];
        for (emitter, reader, holds) in rows {
            assert_eq!(prove(&emitter, &reader), holds, "{emitter} {reader}");
        }
    }
}
