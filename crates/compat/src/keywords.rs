//! Where schemas stand inside a schema, by keyword.
//!
//! It exists because a schema must be walked without taking a property called `items`, or a constant
//! that looks like a schema, for one.

/// What the value of a keyword is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// One schema.
    Schema,
    /// A list of schemas.
    List,
    /// Schemas by name; `dependencies` also has lists of names there.
    Map,
    /// One schema, or a list of them in older dialects.
    SchemaOrList,
}

/// `None` for a keyword that holds no schema. All dialects from draft-04 on together.
pub(crate) fn place_of(keyword: &str) -> Option<Place> {
    Some(match keyword {
        "not"
        | "if"
        | "then"
        | "else"
        | "contains"
        | "propertyNames"
        | "additionalProperties"
        | "additionalItems"
        | "unevaluatedProperties"
        | "unevaluatedItems"
        | "contentSchema" => Place::Schema,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Place::List,
        "items" => Place::SchemaOrList,
        "properties" | "patternProperties" | "dependentSchemas" | "dependencies" | "$defs"
        | "definitions" => Place::Map,
        _ => return None,
    })
}

/// Keywords that assert nothing: words for readers (2020-12 Validation, 9; `format` only annotates
/// here, section 7), and places where schemas are kept for references.
pub(crate) fn asserts_nothing(keyword: &str) -> bool {
    const ANNOTATIONS: [&str; 9] = [
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "$comment",
        "format",
    ];
    ANNOTATIONS.contains(&keyword)
}
