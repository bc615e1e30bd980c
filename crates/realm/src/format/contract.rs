//! Contracts and their released versions (`realm-format.md`, "contract").

use schemars::JsonSchema;
use serde::Serialize;

use super::shapes::{
    Any, Date, EmbeddedSchema, Name, OneOrMore, Path, Pointer, Prose, Something, Source, Version,
};

/// A contract: a named, versioned value with a JSON Schema, owned by exactly one repo. It stands in
/// `domains/{domain}/contracts/{contract}.yaml`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(
    title = "contract",
    deny_unknown_fields,
    extend("patternProperties" = super::own_keys(), "dependentRequired" = {"value": ["version"]})
)]
pub struct Contract {
    /// The contract's name, which is the file's.
    pub name: Name,
    /// What the value is for, for readers.
    pub description: Option<Prose>,
    /// The semantic version of the schema and value that stand here. Needed as soon as there is a
    /// value.
    pub version: Option<Version>,
    /// The one repo that exports the contract. No other repo may change this file.
    pub owner: Name,
    /// Names that the contract had before: a renamed contract keeps its history.
    pub previously: Option<OneOrMore<Name>>,
    /// What the contract promises to those who import it, from one version to the next.
    pub compatibility: Option<Compatibility>,
    /// The JSON Schema of the value: 2020-12 unless `$schema` says otherwise. A `$ref` leads to a
    /// place inside this schema only.
    pub schema: EmbeddedSchema,
    /// The value: any JSON value that the schema accepts. Absent: not released yet; the first sync
    /// makes it.
    pub value: Option<Any>,
    /// What is on its way out: its removal after the sunset breaks nobody.
    pub deprecated: Option<Vec<Deprecation>>,
    /// Scripts that judge the value, as paths inside the repo that is being checked.
    pub validation: Option<Validation>,
    /// The contract's history, newest last. Each sync appends one entry.
    pub evolution: Option<Vec<Evolution>>,
}

/// A released version of a contract, in `domains/{domain}/contracts/{contract}/{version}.yaml`:
/// schema and value as they were. Sync writes it, and it is never changed after.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(title = "released version", deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Release {
    /// The contract's name, for readers.
    pub name: Option<Any>,
    /// What the value is for, for readers.
    pub description: Option<Any>,
    /// The version, which is the file's name.
    pub version: Option<Version>,
    /// The repo that exported it, for readers.
    pub owner: Option<Any>,
    /// Names that the contract had before, for readers.
    pub previously: Option<Any>,
    /// What the contract promised, for readers.
    pub compatibility: Option<Any>,
    /// The JSON Schema of this version.
    pub schema: EmbeddedSchema,
    /// The value of this version.
    pub value: Option<Any>,
    /// What was on its way out, for readers.
    pub deprecated: Option<Any>,
    /// Scripts that judged the value, for readers.
    pub validation: Option<Any>,
    /// The history up to this version, for readers.
    pub evolution: Option<Any>,
}

/// What a contract promises from one version to the next.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Compatibility {
    /// Whether an importer of the old version can read the new one. Unset: it can.
    #[schemars(extend("default" = true))]
    pub backwards: Option<bool>,
    /// Whether an importer of the new version can read the old one. Unset: it need not.
    #[schemars(extend("default" = false))]
    pub forwards: Option<bool>,
    /// How properties that the schema does not declare are taken when two schemas are compared.
    /// Unset: as never emitted.
    #[schemars(extend("default" = "emitted"))]
    pub mode: Option<CompatibilityMode>,
}

/// How undeclared properties are taken.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum CompatibilityMode {
    /// The exporter never emits what its schema does not declare.
    Emitted,
    /// As JSON Schema has it: what is not forbidden may be there.
    Literal,
}

/// Something that is on its way out: `value` or `pointer` says what, one of the two.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("patternProperties" = super::own_keys(), "oneOf" = [{"required": ["value"]}, {"required": ["pointer"]}])
)]
pub struct Deprecation {
    /// An element of the value, wherever it stands.
    pub value: Option<Something>,
    /// A JSON pointer (RFC 6901) into the value.
    pub pointer: Option<Pointer>,
    /// The version or date since which it is deprecated.
    pub since: Option<Prose>,
    /// The date from which its removal breaks nobody: RFC 3339, a date or a time in UTC.
    pub sunset: Option<Date>,
    /// What to use instead; shown to importers.
    pub note: Option<Prose>,
}

/// Scripts that judge the value. They run in the repo that is being checked, with the contract in
/// their environment; 0 is valid, 1 invalid, 2 a warning. An editor never runs them.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Validation {
    /// The script that runs in the exporter's repo.
    pub exporter: Option<Path>,
    /// The script that runs in each importer's repo.
    pub importer: Option<Path>,
    /// Scripts that run only in CI.
    pub ci_only: Option<OneOrMore<Path>>,
}

/// An entry of a contract's history.
#[derive(Debug, Clone, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct Evolution {
    /// The version that it brought.
    #[schemars(with = "Version")]
    pub version: String,
    /// What changed, in words: `added jobs/*/result.json`.
    #[schemars(with = "Option<OneOrMore<Prose>>")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// Whether importers of the version before can go on as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatible: Option<bool>,
    /// When: RFC 3339, a date or a time in UTC.
    #[schemars(with = "Option<Date>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Who brought it.
    #[schemars(with = "Option<Prose>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The commit of the exporter's code that the value was read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Words for those who must follow.
    #[schemars(with = "Option<Prose>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<String>,
}
