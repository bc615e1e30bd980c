//! The emitting side of mode `emitted`: a schema under which no undeclared property is emitted.
//!
//! It exists because contracts describe what an exporter writes, and no exporter writes properties
//! it does not know. At each place of a document, once, after all schemas that apply there in place
//! (the sense of `unevaluatedProperties: false`), a property that none of them declares is taken as
//! absent. `properties`, `patternProperties` and an `additionalProperties` that is a schema, not
//! `true`, declare. A place that no schema, or only `true`, speaks of stays open.
//!
//! Two views of the one set: [`Closed::accepts`] decides for a document, after the validator's own
//! record of which schema applied where; [`rewritten`] writes a schema for the prover. The latter
//! may accept a little more, never less, so what is proven of it holds.

mod places;

use std::collections::HashSet;

use serde_json::Value;

pub(crate) use places::rewritten;

use crate::schema::Validator;

/// An emitter that may be asked about documents.
pub(crate) struct Closed<'a> {
    pub(crate) schema: &'a Value,
    pub(crate) validator: &'a Validator,
}

impl Closed<'_> {
    /// Whether the schema accepts the document, and each of its properties is declared.
    pub(crate) fn accepts(&self, document: &Value) -> bool {
        if !self.validator.accepts(document) {
            return false;
        }
        let mut reach = Reach::default();
        for unit in self.validator.applied(document) {
            let target = self.schema.pointer(&unit.schema_pointer);
            let is_schema = target.is_some_and(Value::is_object);
            let by_names = unit.path.contains("/propertyNames");
            let is_open = unit.path.ends_with("/additionalProperties") && !is_schema;
            if is_schema {
                reach.closed.insert(unit.instance_pointer.clone());
            }
            if !by_names && !is_open {
                reach.declared.insert(unit.instance_pointer);
            }
        }
        reach.allows(document, "")
    }
}

/// JSON pointers into one document.
#[derive(Default)]
struct Reach {
    /// Some schema spoke of what is there.
    closed: HashSet<String>,
    /// Some keyword led there.
    declared: HashSet<String>,
}

impl Reach {
    fn allows(&self, value: &Value, at: &str) -> bool {
        match value {
            Value::Object(members) => {
                let closed = self.closed.contains(at);
                members.iter().all(|(name, value)| {
                    let step = name.replace('~', "~0").replace('/', "~1");
                    let below = format!("{at}/{step}");
                    (!closed || self.declared.contains(&below)) && self.allows(value, &below)
                })
            }
            Value::Array(items) => {
                let mut items = items.iter().enumerate();
                items.all(|(index, item)| self.allows(item, &format!("{at}/{index}")))
            }
            _ => true,
        }
    }
}
