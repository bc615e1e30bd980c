//! JSON Schemas of contracts: reading them within limits, and holding values against them.
//!
//! It exists because a schema is untrusted input (security.md): none may make Blue fetch, hang or
//! overflow, so every schema passes through here before any other code compiles it.

use std::collections::HashMap;

use jsonschema::PatternOptions;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// A schema may be this large, in bytes of compact JSON.
pub const MAX_SCHEMA_BYTES: usize = 256 * 1024;
/// A schema, or a value held against one, may be nested this deep.
pub const MAX_DEPTH: usize = 64;
/// As many `$ref`s may lead on from one another. Compilers follow them by recursion, so a chain of
/// thousands would overflow the stack.
const MAX_LINKS: usize = 256;

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Larger than [`MAX_SCHEMA_BYTES`].
    #[error("the schema has {bytes} bytes; the limit is {MAX_SCHEMA_BYTES}")]
    TooLarge {
        /// Its size as compact JSON.
        bytes: usize,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the schema is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A chain of references longer than Blue follows.
    #[error("more than {MAX_LINKS} references of the schema lead on from one another")]
    TooManyLinks,
    /// A reference to another document, which is never fetched.
    #[error("`{reference}` lies outside the schema; a contract's schema refers only to itself")]
    RemoteReference {
        /// As resolved against the schema's base.
        reference: String,
    },
    /// A reference to something that is not in the schema.
    #[error("a reference leads nowhere: {message}")]
    BrokenReference {
        /// The validator's own words.
        message: String,
    },
    /// `$schema` names a dialect that is not known.
    #[error("`$schema` names an unknown dialect: {dialect}")]
    UnknownDialect {
        /// As written.
        dialect: String,
    },
    /// A keyword's value is not what its dialect allows, or a pattern is not a regular expression
    /// that an automaton can run (look-around and back-references are none).
    #[error("the schema is not valid at `{pointer}`: {message}")]
    Invalid {
        /// JSON pointer into the schema.
        pointer: String,
        /// The validator's own words.
        message: String,
    },
}

/// One reason why a value does not satisfy a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaViolation {
    /// JSON pointer to the part of the value.
    pub instance_pointer: String,
    /// JSON pointer to the keyword of the schema that refuses it.
    pub schema_pointer: String,
    /// What is wrong, in words.
    pub message: String,
}

/// A compiled schema.
#[derive(Debug, Clone)]
pub struct Validator {
    compiled: jsonschema::Validator,
}

/// Compiles a schema: the dialect `$schema` names, else 2020-12. `format` is an annotation in every
/// dialect; nothing is ever fetched; patterns run on automata only.
///
/// # Errors
/// [`SchemaError`].
pub fn compile(schema: &Value) -> Result<Validator, SchemaError> {
    check_limits(schema)?;
    let options = jsonschema::options()
        .offline()
        .should_validate_formats(false)
        .with_pattern_options(PatternOptions::regex());
    let compiled = options.build(schema).map_err(|why| refusal(&why))?;
    Ok(Validator { compiled })
}

/// All reasons why the value does not satisfy the schema; none when it does.
///
/// # Errors
/// [`SchemaError`] when the schema itself is unusable.
pub fn validate(schema: &Value, value: &Value) -> Result<Vec<SchemaViolation>, SchemaError> {
    Ok(compile(schema)?.violations(value))
}

impl Validator {
    /// Whether the value satisfies the schema. A value nested deeper than [`MAX_DEPTH`] does not.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        !is_deeper_than(value, MAX_DEPTH) && self.compiled.is_valid(value)
    }

    /// Which parts of the schema accepted which parts of a document that it accepts; branches that
    /// refuse, and all below them, are left out.
    pub(crate) fn applied(&self, value: &Value) -> Vec<Applied> {
        let evaluation = self.compiled.evaluate(value);
        let list = serde_json::to_value(evaluation.list()).unwrap_or_default();
        let units = list.get("details").and_then(Value::as_array);
        let mut refused: Vec<String> = Vec::new();
        let mut applied = Vec::new();
        for unit in units.into_iter().flatten() {
            let text = |key: &str| unit.get(key).and_then(Value::as_str).unwrap_or("");
            let (path, instance_pointer) = (text("evaluationPath"), text("instanceLocation"));
            if unit.get("valid") != Some(&Value::Bool(true)) {
                refused.push(format!("{path} {instance_pointer}"));
                continue;
            }
            applied.push(Applied {
                path: path.to_owned(),
                schema_pointer: text("schemaLocation").to_owned(),
                instance_pointer: instance_pointer.to_owned(),
            });
        }
        applied.retain(|unit| {
            !refused.iter().any(|refused| {
                let (path, instance) = refused.split_once(' ').unwrap_or((refused, ""));
                is_below(&unit.path, path) && is_below(&unit.instance_pointer, instance)
            })
        });
        applied
    }

    /// All reasons why it does not.
    #[must_use]
    pub fn violations(&self, value: &Value) -> Vec<SchemaViolation> {
        if is_deeper_than(value, MAX_DEPTH) {
            return vec![SchemaViolation {
                instance_pointer: String::new(),
                schema_pointer: String::new(),
                message: format!("the value is nested deeper than {MAX_DEPTH} levels"),
            }];
        }
        let errors = self.compiled.iter_errors(value);
        let violations = errors.map(|error| SchemaViolation {
            instance_pointer: error.instance_path().as_str().to_owned(),
            schema_pointer: error.schema_path().as_str().to_owned(),
            message: error.to_string(),
        });
        violations.collect()
    }
}

/// A schema that was applied to a part of a document, and accepted it.
pub(crate) struct Applied {
    /// JSON pointer through the schema, references followed.
    pub(crate) path: String,
    /// JSON pointer into the schema, behind the last reference.
    pub(crate) schema_pointer: String,
    /// JSON pointer into the document.
    pub(crate) instance_pointer: String,
}

fn is_below(pointer: &str, above: &str) -> bool {
    let rest = pointer.strip_prefix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What must hold before anything recurses into a schema.
pub(crate) fn check_limits(schema: &Value) -> Result<(), SchemaError> {
    if is_deeper_than(schema, MAX_DEPTH) {
        return Err(SchemaError::TooDeep);
    }
    let bytes = schema.to_string().len();
    if bytes > MAX_SCHEMA_BYTES {
        return Err(SchemaError::TooLarge { bytes });
    }
    let mut links = Links {
        root: schema,
        longest: HashMap::new(),
    };
    links.longest_from(schema, 0).map(drop)
}

fn refusal(why: &jsonschema::ValidationError<'_>) -> SchemaError {
    use jsonschema::ReferencingError;
    match why.kind() {
        ValidationErrorKind::Referencing(ReferencingError::Unretrievable { uri, .. }) => {
            let reference = uri.clone();
            SchemaError::RemoteReference { reference }
        }
        ValidationErrorKind::Referencing(ReferencingError::UnknownSpecification {
            specification,
        }) => {
            let dialect = specification.clone();
            SchemaError::UnknownDialect { dialect }
        }
        ValidationErrorKind::Referencing(other) => SchemaError::BrokenReference {
            message: other.to_string(),
        },
        _ => SchemaError::Invalid {
            pointer: why.instance_path().as_str().to_owned(),
            message: why.to_string(),
        },
    }
}

fn is_deeper_than(value: &Value, limit: usize) -> bool {
    let mut open = vec![(value, 1)];
    while let Some((value, depth)) = open.pop() {
        if depth > limit + 1 {
            return true;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => open.extend(members.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    false
}

/// The longest chain of references from each target.
struct Links<'a> {
    root: &'a Value,
    /// `None` while it is being followed: a cycle, which adds nothing.
    longest: HashMap<&'a str, Option<usize>>,
}

impl<'a> Links<'a> {
    fn longest_from(&mut self, schema: &'a Value, above: usize) -> Result<usize, SchemaError> {
        if above > MAX_LINKS {
            return Err(SchemaError::TooManyLinks);
        }
        let mut longest = 0;
        for reference in references_in(schema) {
            let known = self.longest.get(reference).copied();
            let length = match known {
                Some(length) => length.unwrap_or(0),
                None => {
                    self.longest.insert(reference, None);
                    let target = resolve(self.root, reference);
                    let onward = match target {
                        Some(target) => self.longest_from(target, above + 1)?,
                        None => 0,
                    };
                    self.longest.insert(reference, Some(onward + 1));
                    onward + 1
                }
            };
            longest = longest.max(length);
        }
        match above + longest > MAX_LINKS {
            true => Err(SchemaError::TooManyLinks),
            false => Ok(longest),
        }
    }
}

fn references_in(schema: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                for (name, value) in members {
                    match value.as_str() {
                        Some(target)
                            if matches!(
                                name.as_str(),
                                "$ref" | "$dynamicRef" | "$recursiveRef"
                            ) =>
                        {
                            found.push(target);
                        }
                        _ => open.push(value),
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// What a reference of the form `#` or `#/pointer` names. Anchors and `$id`s are the validator's
/// business.
pub(crate) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let pointer = reference.strip_prefix('#')?;
    match pointer.contains('%') {
        false => root.pointer(pointer),
        true => root.pointer(&percent_decoded(pointer)?),
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn violations_say_where() {
        let schema = json!({"type": "object", "required": ["paths"],
            "properties": {"paths": {"type": "array", "items": {"$ref": "#/$defs/path~1x"}}},
            "$defs": {"path/x": {"pattern": "^s3://"}}});
        let rows = [
            (json!({"paths": ["s3://a"]}), vec![]),
            (json!({"paths": ["a", "s3://a"]}), vec!["/paths/0"]),
            (json!({}), vec![""]),
            (json!(1), vec![""]),
        ];
        for (value, places) in rows {
            let violations = validate(&schema, &value).unwrap();
            let found: Vec<_> = violations
                .iter()
                .map(|v| v.instance_pointer.as_str())
                .collect();
            assert_eq!(found, places, "{value}");
            assert!(
                violations
                    .iter()
                    .all(|v| !v.message.is_empty() && !v.schema_pointer.is_empty())
            );
        }
    }

    #[test]
    fn the_dialect_is_what_the_schema_says() {
        let tuple = |dialect: &str| json!({"$schema": dialect, "items": [{"type": "string"}]});
        let seven = tuple("http://json-schema.org/draft-07/schema#");
        assert_eq!(validate(&seven, &json!([1])).unwrap().len(), 1);
        let newest = tuple("https://json-schema.org/draft/2020-12/schema");
        assert!(matches!(compile(&newest), Err(SchemaError::Invalid { .. })));
        let default = json!({"prefixItems": [{"type": "string"}]});
        assert_eq!(validate(&default, &json!([1])).unwrap().len(), 1);
        let format =
            json!({"$schema": "http://json-schema.org/draft-07/schema#", "format": "date"});
        assert_eq!(
            validate(&format, &json!("no date")).unwrap(),
            [],
            "format is an annotation"
        );
    }

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!({}), |inner, _| json!({"not": inner}))
    }

    fn chain(links: usize) -> Value {
        let link = |i: usize| {
            (
                format!("d{i}"),
                json!({"$ref": format!("#/$defs/d{}", i + 1)}),
            )
        };
        let mut defs: serde_json::Map<String, Value> = (0..links).rev().map(link).collect();
        defs.insert(format!("d{links}"), json!(true));
        json!({"$ref": "#/$defs/d0", "$defs": defs})
    }

    #[test]
    fn what_is_refused() {
        let refused = |schema: Value| compile(&schema).unwrap_err();
        for reference in [
            "https://example.com/a.json",
            "file:///etc/passwd",
            "other.json",
            "other.json#/a",
        ] {
            let error = refused(json!({"properties": {"a": {"$ref": reference}}}));
            assert!(
                matches!(error, SchemaError::RemoteReference { .. }),
                "{reference}: {error:?}"
            );
        }
        let dialect = "https://example.com/meta".to_owned();
        assert_eq!(
            refused(json!({"$schema": dialect})),
            SchemaError::UnknownDialect { dialect }
        );
        assert!(matches!(
            refused(json!({"$ref": "#/nope"})),
            SchemaError::BrokenReference { .. }
        ));
        for pattern in ["(?=a)b", r"(a)\1", "("] {
            let error = refused(json!({"properties": {"a": {"pattern": pattern}}}));
            assert!(
                matches!(&error, SchemaError::Invalid { pointer, .. } if pointer == "/properties/a/pattern"),
                "{error:?}"
            );
        }
        for schema in [json!(1), json!({"type": 7})] {
            assert!(matches!(refused(schema), SchemaError::Invalid { .. }));
        }
        let large = "x".repeat(MAX_SCHEMA_BYTES);
        assert!(matches!(
            refused(json!({"description": large})),
            SchemaError::TooLarge { .. }
        ));
        assert!(compile(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(refused(nested(MAX_DEPTH + 1)), SchemaError::TooDeep);
        assert!(compile(&chain(MAX_LINKS - 1)).is_ok());
        assert_eq!(refused(chain(MAX_LINKS + 1)), SchemaError::TooManyLinks);
        assert_eq!(refused(chain(5000)), SchemaError::TooManyLinks);
    }

    #[test]
    fn recursion_is_fine_and_ends() {
        let tree = json!({"properties": {"next": {"$ref": "#"}}, "additionalProperties": false});
        assert_eq!(validate(&tree, &json!({"next": {"next": {}}})).unwrap(), []);
        assert_eq!(
            validate(&tree, &json!({"next": {"x": {}}})).unwrap().len(),
            1
        );
        let nowhere =
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}});
        assert_eq!(validate(&nowhere, &json!(1)).unwrap(), []);
        let deep = (0..200).fold(json!({}), |inner, _| json!({"next": inner}));
        assert_eq!(validate(&tree, &deep).unwrap().len(), 1);
    }
}
