//! A contract's schema and value: whether the one is a JSON Schema that stands by itself, and
//! whether it accepts the other.

use serde_json::Value;

use crate::decode::{At, Problems};
use crate::problem::ProblemCode;
use crate::spans::{Part, pointer_ordinals};

/// Tells what is wrong, and gives the value back if there is one: of a `value:` with nothing after
/// it, only if the schema accepts null.
pub(crate) fn check(
    schema: Option<&(&At<'_>, Value)>,
    value: Option<(&At<'_>, Value)>,
    problems: &mut Problems,
) -> Option<Value> {
    let value = value.map(|(_, value)| value);
    if let Some((at, schema)) = schema {
        refers_outside(at, schema, problems);
    }
    value.filter(|value| !value.is_null())
}

/// Tells of every `$ref` that leads out of the document: none of them is ever fetched
/// (`security.md`).
fn refers_outside(at: &At<'_>, schema: &Value, problems: &mut Problems) -> bool {
    let mut refs = Vec::new();
    let mut ids = Vec::new();
    collect(schema, &mut String::new(), &mut refs, &mut ids);
    let mut outside = false;
    for (pointer, target) in refs {
        let document = target.split('#').next().unwrap_or_default();
        // A schema may carry others with an `$id` of their own (JSON Schema 2020-12, 9.3).
        let carried = ids.iter().any(|id| {
            id.trim_end_matches('#') == document || id.ends_with(&format!("/{document}"))
        });
        if document.is_empty() || carried {
            continue;
        }
        outside = true;
        let message = "`$ref` leads out of this document, and Blue fetches nothing: put the \
                       schema it means under `$defs`"
            .to_owned();
        let below = pointer_ordinals(at.node, &pointer).unwrap_or_default();
        problems.add_below(ProblemCode::SchemaInvalid, at, below, Part::Value, message);
    }
    outside
}

type Ref = (String, String);

fn collect(schema: &Value, pointer: &mut String, refs: &mut Vec<Ref>, ids: &mut Vec<String>) {
    match schema {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                below(pointer, &index.to_string(), |pointer| {
                    collect(item, pointer, refs, ids);
                });
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                below(pointer, key, |pointer| {
                    collect_keyword(key, value, pointer, refs, ids);
                });
            }
        }
        _ => {}
    }
}

fn collect_keyword(
    key: &str,
    value: &Value,
    pointer: &mut String,
    refs: &mut Vec<Ref>,
    ids: &mut Vec<String>,
) {
    match (key, value) {
        ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(target)) => {
            refs.push((pointer.clone(), target.clone()));
        }
        ("$id" | "id", Value::String(id)) => ids.push(id.clone()),
        // Instances, not schemas.
        ("const" | "enum" | "default" | "examples" | "example", _) => {}
        // Names of the users' own, each with a schema.
        (
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas"
            | "dependencies",
            Value::Object(named),
        ) => {
            for (name, schema) in named {
                below(pointer, name, |pointer| collect(schema, pointer, refs, ids));
            }
        }
        _ => collect(value, pointer, refs, ids),
    }
}

fn below(pointer: &mut String, token: &str, visit: impl FnOnce(&mut String)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    visit(pointer);
    pointer.truncate(length);
}
