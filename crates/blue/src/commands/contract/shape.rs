//! What `blue contract list`, `show`, `search` and `history` find: one shape for machines, of which
//! `blue schema contracts` is the schema, and what people are told is made from.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

/// What `blue contract list`, `show`, `search` and `history` write with `--json`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(title = "Contracts")]
pub(super) struct Document {
    /// Of this shape.
    #[schemars(extend("const" = 1))]
    pub(super) version: u32,
    /// By realm, domain and name.
    pub(super) contracts: Vec<Contract>,
    /// What there is to say besides, in a sentence each.
    pub(super) notes: Vec<String>,
}

/// A contract, as its realm says it officially.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Contract {
    pub(super) realm: String,
    pub(super) domain: String,
    pub(super) contract: String,
    /// Of `show NAME@VERSION` the one that is asked for; null before its first release.
    pub(super) version: Option<String>,
    /// What the realm's working tree proposes, where that is another version.
    pub(super) proposed: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) description: Option<String>,
    pub(super) importers: Vec<Importer>,
    /// The names that it had before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) previously: Vec<String>,
    /// Only of `show`: where the version was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
    /// Only of `show`: what its changes promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compatibility: Option<Compatibility>,
    /// Only of `show`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<Value>,
    /// Only of `show`: its JSON Schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<Value>,
    /// Only of `show`: what is on its way out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) deprecated: Vec<Deprecated>,
    /// Only of `search`: what matches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) matches: Vec<Match>,
    /// Only of `history`: its versions, the newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) history: Vec<Entry>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Importer {
    pub(super) repo: String,
    pub(super) range: Option<String>,
    /// The version that it follows; null: none yet.
    pub(super) resolved_version: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Compatibility {
    pub(super) backwards: bool,
    pub(super) forwards: bool,
    /// `emitted` or `literal`.
    pub(super) mode: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Deprecated {
    /// An element of the value, or a JSON pointer into it.
    pub(super) what: Value,
    pub(super) sunset: Option<String>,
    pub(super) note: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Match {
    /// `name`, `description` or a JSON pointer into the value.
    pub(super) place: String,
    /// What stands there.
    pub(super) text: String,
    /// `contains` the text; `covers` all of the path or pattern; `meets` it in part.
    pub(super) how: &'static str,
}

/// A version.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Entry {
    pub(super) version: String,
    pub(super) date: Option<String>,
    pub(super) actor: Option<String>,
    /// Whether importers of the version before could go on, as its entry says.
    pub(super) compatible: Option<bool>,
    pub(super) changes: Vec<String>,
    /// The commit of the exporter's code that its value was read from.
    pub(super) commit: Option<String>,
    pub(super) migration: Option<String>,
    /// Whether its schema and value stand in a file of their own.
    pub(super) released: bool,
    /// Who follows it now.
    pub(super) followed_by: Vec<String>,
}

/// The schema of the document.
pub(crate) fn schema() -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Document>();
    schema.insert("$id".to_owned(), "urn:blue:schema:contracts".into());
    schema
}
