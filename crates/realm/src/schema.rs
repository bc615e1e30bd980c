//! A contract's schema and value: whether the one is a JSON Schema that stands by itself, and
//! whether it accepts the other.

use std::collections::HashSet;

use blue_compat::schema::{SchemaError, SchemaViolation, compile};
use serde_json::Value;

use crate::decode::{At, Problems};
use crate::problem::ProblemCode;
use crate::spans::{Part, pointer_ordinals};

/// Tells what is wrong, and gives both back as far as they are of use: no schema that is over the
/// limits, and of a `value:` with nothing after it null only where the schema accepts null.
pub(crate) fn check(
    schema_at: Option<&At<'_>>,
    value_at: Option<&At<'_>>,
    problems: &mut Problems,
) -> (Option<Value>, Option<Value>) {
    let value = value_at.map(|at| (at, at.node.to_json()));
    let not_null = |value: Option<(&At<'_>, Value)>| {
        let (_, value) = value?;
        (!value.is_null()).then_some(value)
    };
    let Some(at) = schema_at else {
        return (None, not_null(value));
    };
    let schema = at.node.to_json();
    if refers_outside(at, &schema, problems) {
        return (Some(schema), not_null(value));
    }
    let validator = match compile(&schema) {
        Ok(validator) => validator,
        Err(error) => {
            let limit = refuse(at, &schema, &error, problems);
            return ((!limit).then_some(schema), not_null(value));
        }
    };
    let Some((value_at, value)) = value else {
        return (Some(schema), None);
    };
    let violations = validator.violations(&value);
    if value.is_null() && !violations.is_empty() {
        return (Some(schema), None);
    }
    for violation in &violations {
        violated(value_at, &value, violation, problems);
    }
    (Some(schema), Some(value))
}

/// A schema that cannot be used; true if it is one that costs too much.
fn refuse(at: &At<'_>, schema: &Value, error: &SchemaError, problems: &mut Problems) -> bool {
    let mut message = error.to_string();
    let (code, pointer) = match error {
        SchemaError::TooLarge { .. } | SchemaError::TooDeep | SchemaError::TooManyLinks => {
            (ProblemCode::LimitExceeded, None)
        }
        SchemaError::UnknownDialect { .. } => {
            (ProblemCode::SchemaInvalid, Some("/$schema".to_owned()))
        }
        SchemaError::BrokenReference { .. } => {
            (ProblemCode::SchemaInvalid, broken_reference(schema))
        }
        SchemaError::Invalid {
            pointer,
            message: why,
        } => {
            message = format!("not a JSON Schema: {}", end_of(why));
            (ProblemCode::SchemaInvalid, Some(pointer.clone()))
        }
        _ => (ProblemCode::SchemaInvalid, None),
    };
    let below = pointer.and_then(|pointer| pointer_ordinals(at.node, &pointer));
    // Without a node to point at, and at the schema as a whole, its key says enough.
    let (below, part) = match below {
        Some(below) if !below.is_empty() => (below, Part::Value),
        _ => (Vec::new(), Part::Key),
    };
    problems.add_below(code, at, below, part, message);
    code == ProblemCode::LimitExceeded
}

/// The first `$ref` into this document that finds nothing there.
fn broken_reference(schema: &Value) -> Option<String> {
    let mut found = References::default();
    collect(schema, &mut String::new(), &mut found);
    let broken = found.refs.into_iter().find(|(_, target)| {
        let fragment = target.strip_prefix('#').unwrap_or_default();
        if fragment.starts_with('/') {
            return schema.pointer(fragment).is_none();
        }
        !fragment.is_empty() && !found.anchors.iter().any(|anchor| anchor == fragment)
    });
    broken.map(|(pointer, _)| pointer)
}

fn violated(at: &At<'_>, value: &Value, violation: &SchemaViolation, problems: &mut Problems) {
    let message = format!("the schema refuses this: {}", end_of(&violation.message));
    let pointer = &violation.instance_pointer;
    let below = pointer_ordinals(at.node, pointer).unwrap_or_default();
    let keyword = violation.schema_pointer.rsplit('/').next();
    let code = ProblemCode::ValueSchema;
    match keyword {
        // What is missing stands nowhere; the key of what it is missing from is the nearest.
        Some("required" | "dependentRequired" | "minProperties") => {
            problems.add_below(code, at, below, Part::Key, message);
        }
        Some("additionalProperties" | "unevaluatedProperties" | "propertyNames") => {
            let unexpected = unexpected_keys(value.pointer(pointer), &violation.message);
            if unexpected.is_empty() {
                problems.add_below(code, at, below, Part::Value, message);
                return;
            }
            for key in unexpected {
                let token = key.replace('~', "~0").replace('/', "~1");
                let below = pointer_ordinals(at.node, &format!("{pointer}/{token}"));
                let below = below.unwrap_or_default();
                problems.add_below(code, at, below, Part::Key, message.clone());
            }
        }
        Some("uniqueItems") => {
            let again = value.pointer(pointer).and_then(repeated_item);
            let below = below.into_iter().chain(again).collect();
            problems.add_below(code, at, below, Part::Value, message);
        }
        _ => problems.add_below(code, at, below, Part::Value, message),
    }
}

/// The first item of a list that stood there before.
fn repeated_item(list: &Value) -> Option<usize> {
    let items = list.as_array()?;
    let mut seen = HashSet::new();
    items.iter().position(|item| !seen.insert(item.to_string()))
}

/// The keys of the object that the validator's words quote.
fn unexpected_keys<'v>(object: Option<&'v Value>, message: &str) -> Vec<&'v str> {
    let Some(Value::Object(object)) = object else {
        return Vec::new();
    };
    object
        .keys()
        .map(String::as_str)
        .filter(|key| {
            message.contains(&format!("'{key}'")) || message.contains(&format!("\"{key}\""))
        })
        .collect()
}

/// The validator writes out the whole instance before it says what is wrong with it: the end is
/// what matters.
fn end_of(message: &str) -> String {
    const CHARS: usize = 160;
    let clean: Vec<char> = message.chars().filter(|c| !c.is_control()).collect();
    let short: String = clean.iter().rev().take(CHARS).rev().collect();
    let dots = if clean.len() > CHARS { "…" } else { "" };
    format!("{dots}{}", short.trim_end_matches('.'))
}

/// Tells of every `$ref` that leads out of the document: none of them is ever fetched
/// (`security.md`).
fn refers_outside(at: &At<'_>, schema: &Value, problems: &mut Problems) -> bool {
    let mut found = References::default();
    collect(schema, &mut String::new(), &mut found);
    let mut outside = false;
    for (pointer, target) in &found.refs {
        let document = target.split('#').next().unwrap_or_default();
        // A schema may carry others with an `$id` of their own (JSON Schema 2020-12, 9.3).
        let carried = found.ids.iter().any(|id| {
            id.trim_end_matches('#') == document || id.ends_with(&format!("/{document}"))
        });
        if document.is_empty() || carried {
            continue;
        }
        outside = true;
        let message = "`$ref` leads out of this document, and Blue fetches nothing: put the \
                       schema it means under `$defs`"
            .to_owned();
        let below = pointer_ordinals(at.node, pointer).unwrap_or_default();
        problems.add_below(ProblemCode::SchemaInvalid, at, below, Part::Value, message);
    }
    outside
}

/// What a schema refers to, and what it has to be referred to.
#[derive(Default)]
struct References {
    /// JSON pointers of the `$ref`s, and where they lead.
    refs: Vec<(String, String)>,
    ids: Vec<String>,
    anchors: Vec<String>,
}

fn collect(schema: &Value, pointer: &mut String, found: &mut References) {
    match schema {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                below(pointer, &index.to_string(), |pointer| {
                    collect(item, pointer, found);
                });
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                below(pointer, key, |pointer| {
                    collect_keyword(key, value, pointer, found);
                });
            }
        }
        _ => {}
    }
}

fn collect_keyword(key: &str, value: &Value, pointer: &mut String, found: &mut References) {
    match (key, value) {
        ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(target)) => {
            found.refs.push((pointer.clone(), target.clone()));
        }
        ("$id" | "id", Value::String(id)) => found.ids.push(id.clone()),
        ("$anchor" | "$dynamicAnchor", Value::String(anchor)) => {
            found.anchors.push(anchor.clone());
        }
        // Instances, not schemas.
        ("const" | "enum" | "default" | "examples" | "example", _) => {}
        // Names of the users' own, each with a schema.
        (
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas"
            | "dependencies",
            Value::Object(named),
        ) => {
            for (name, schema) in named {
                below(pointer, name, |pointer| collect(schema, pointer, found));
            }
        }
        _ => collect(value, pointer, found),
    }
}

fn below(pointer: &mut String, token: &str, visit: impl FnOnce(&mut String)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    visit(pointer);
    pointer.truncate(length);
}
