//! Shapes that several files share: names, versions, times, tables of severities.
//!
//! The types stand for what is written in a file. Nothing is read into them: `decode` reads node by
//! node, to keep what is right of a file that is wrong. They are here to be documented, and a test
//! holds them against the readers.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::json;

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident: $schema:tt;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

words! {
    /// `[a-z0-9]` then `[a-z0-9-]*`, 64 characters at most.
    Name: {
        "type": "string",
        "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"
    };
    /// A semantic version (semver.org, 2.0.0).
    Version: {
        "type": "string",
        "pattern": "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-((0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(\\.(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*))?(\\+([0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*))?$",
        "examples": ["1.2.0"]
    };
    /// A range of versions, in npm's or Cargo's spelling.
    Range: {
        "type": ["string", "integer"],
        "examples": ["^1.2.0", ">=1.0.0, <2.0.0"]
    };
    /// A time of RFC 3339 in UTC.
    Time: {
        "type": "string",
        "format": "date-time",
        "pattern": "([zZ]|[+-]00:00)$",
        "examples": ["2026-01-31T12:00:00Z"]
    };
    /// A date, or a time of RFC 3339 in UTC.
    Date: {
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([tT ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([zZ]|[+-]00:00))?$",
        "examples": ["2026-01-31"]
    };
    /// Words for people: any scalar.
    Prose: {
        "type": ["string", "number", "boolean"]
    };
    /// A path inside the repo, without wildcards.
    Path: {
        "type": "string",
        "minLength": 1,
        "pattern": "^[^/\\\\~*?\\[\\]]",
        "examples": ["infra/stack.py"]
    };
    /// Where git fetches from: `https://…`, `ssh://…` or `git@host:path`.
    Url: {
        "type": "string",
        "examples": ["https://git.example.com/imaging/aperture.git"]
    };
    /// The name of a branch or tag (git-check-ref-format(1)).
    Reference: {
        "type": "string",
        "pattern": "^(?!-)(?!.*\\.\\.)[^\\s~^:?*\\[\\\\]*$",
        "examples": ["main"]
    };
    /// A JSON pointer (RFC 6901).
    Pointer: {
        "type": "string",
        "pattern": "^(/|$)",
        "examples": ["/read/0"]
    };
    /// A gitignore-style glob, relative to the repo.
    Glob: {
        "type": "string",
        "minLength": 1,
        "examples": ["models/**/*.py"]
    };
    /// Any JSON value.
    Any: {};
    /// Any JSON value but null.
    Something: {
        "type": ["string", "number", "boolean", "array", "object"]
    };
    /// A JSON Schema, 2020-12 unless `$schema` says otherwise.
    EmbeddedSchema: {
        "type": ["object", "boolean"],
        "examples": [{"type": "object", "required": ["read"]}]
    };
    /// Nothing.
    Nothing: {
        "type": "null"
    };
}

/// One, or a list of them.
#[derive(Debug, Clone)]
pub enum OneOrMore<T> {
    /// A list.
    Many(Vec<T>),
    /// One alone.
    One(T),
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [generator.subschema_for::<Vec<T>>(), generator.subschema_for::<T>()]
        })
    }
}

/// A severity that is set for a finding's code.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Level {
    /// It is not told at all.
    Off,
    /// It is told where one stands.
    Hint,
    /// Something will follow from it.
    Info,
    /// Somebody has to do something, but nothing breaks yet.
    Warning,
    /// It breaks somebody, or an input is wrong: `check` fails.
    Error,
}

/// Codes of findings and the severities set for them.
#[derive(Debug, Clone)]
pub struct Levels;

impl JsonSchema for Levels {
    fn schema_name() -> Cow<'static, str> {
        "Levels".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": {"enum": crate::CODES},
            // YAML 1.1 reads `off` as false: whoever validates with such a reader sees that.
            "additionalProperties": {"anyOf": [generator.subschema_for::<Level>(), {"const": false}]},
        })
    }
}

/// Codes of findings and the severities that a repo sets for them.
#[derive(Debug, Clone)]
pub struct RepoLevels;

impl JsonSchema for RepoLevels {
    fn schema_name() -> Cow<'static, str> {
        "RepoLevels".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Levels::json_schema(generator);
        let kept = json!({
            "const": "error",
            "description": "A finding of what breaks others: only the realm may lower it."
        });
        let codes = crate::CODES
            .iter()
            .filter(|code| crate::config::only_the_realm_lowers(code));
        let properties: serde_json::Map<_, _> = codes
            .map(|code| ((*code).to_owned(), kept.clone()))
            .collect();
        schema.insert("properties".to_owned(), properties.into());
        schema
    }
}

/// A place in the exporter's history.
#[derive(Debug, Clone, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Source {
    /// The commit's id.
    #[schemars(with = "Option<Prose>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The branch that the commit was on.
    #[schemars(with = "Option<Prose>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}
