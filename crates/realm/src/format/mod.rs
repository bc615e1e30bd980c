//! The shape of every file as Rust types, for the JSON Schemas that YAML editors check with and for
//! the documentation of keys that Blue's own hover shows. One source for both: the doc comment of a
//! field *is* the documentation of its key.
//!
//! The readers (`read`, `config`) do not go through these types; tests hold the two together, key by
//! key and word by word.

mod binding;
mod config;
mod contract;
mod key_docs;
mod realm;
mod shapes;

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::kind::FileKind;

pub use binding::*;
pub use config::*;
pub use contract::*;
pub use key_docs::{KeyDoc, key_docs};
pub use realm::*;
pub use shapes::*;

/// A kind of file that has a JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileFormat {
    /// `realm.yaml`.
    Realm,
    /// `repos/{repo}.yaml`.
    Repo,
    /// `domains/{domain}/domain.yaml`.
    Domain,
    /// `domains/{domain}/governance.yaml`.
    Governance,
    /// `domains/{domain}/contracts/{contract}.yaml`.
    Contract,
    /// `domains/{domain}/contracts/{contract}/{version}.yaml`.
    Release,
    /// `domains/{domain}/bindings/{repo}.yaml`.
    Binding,
    /// `domains/{domain}/acceptances/{repo}.yaml`.
    Acceptance,
    /// `.blue/config.yaml`.
    Config,
    /// What an editor gives under `blue`.
    Settings,
}

impl FileFormat {
    /// All of them, in the order of the book.
    pub const ALL: [Self; 10] = [
        Self::Realm,
        Self::Repo,
        Self::Domain,
        Self::Governance,
        Self::Contract,
        Self::Release,
        Self::Binding,
        Self::Acceptance,
        Self::Config,
        Self::Settings,
    ];

    /// The word that people type: `contract`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Realm => "realm",
            Self::Repo => "repo",
            Self::Domain => "domain",
            Self::Governance => "governance",
            Self::Contract => "contract",
            Self::Release => "release",
            Self::Binding => "binding",
            Self::Acceptance => "acceptance",
            Self::Config => "config",
            Self::Settings => "settings",
        }
    }

    /// Where such files are, with `*` for a name.
    #[must_use]
    pub const fn place(self) -> &'static str {
        match self {
            Self::Realm => "realm.yaml",
            Self::Repo => "repos/*.yaml",
            Self::Domain => "domains/*/domain.yaml",
            Self::Governance => "domains/*/governance.yaml",
            Self::Contract => "domains/*/contracts/*.yaml",
            Self::Release => "domains/*/contracts/*/*.yaml",
            Self::Binding => "domains/*/bindings/*.yaml",
            Self::Acceptance => "domains/*/acceptances/*.yaml",
            Self::Config => ".blue/config.yaml",
            Self::Settings => "an editor's settings, under `blue`",
        }
    }

    /// The format of a file of a realm; nothing for a file of none.
    #[must_use]
    pub const fn of(kind: &FileKind) -> Option<Self> {
        match kind {
            FileKind::Realm => Some(Self::Realm),
            FileKind::Repo { .. } => Some(Self::Repo),
            FileKind::Domain { .. } => Some(Self::Domain),
            FileKind::Governance { .. } => Some(Self::Governance),
            FileKind::Contract { .. } => Some(Self::Contract),
            FileKind::Release { .. } => Some(Self::Release),
            FileKind::Binding { .. } => Some(Self::Binding),
            FileKind::Acceptances { .. } => Some(Self::Acceptance),
            FileKind::Foreign => None,
        }
    }

    /// Its JSON Schema, in the dialect 2020-12.
    #[must_use]
    pub fn json_schema(self) -> &'static Value {
        static SCHEMAS: LazyLock<Vec<Value>> =
            LazyLock::new(|| FileFormat::ALL.into_iter().map(generated).collect());
        // `ALL` is in the order of the variants.
        SCHEMAS.get(self as usize).unwrap_or(&Value::Null)
    }
}

fn generated(format: FileFormat) -> Value {
    match format {
        FileFormat::Realm => schema_of::<Realm>(format),
        FileFormat::Repo => schema_of::<Repo>(format),
        FileFormat::Domain => schema_of::<Domain>(format),
        FileFormat::Governance => schema_of::<GovernanceFile>(format),
        FileFormat::Contract => schema_of::<Contract>(format),
        FileFormat::Release => schema_of::<Release>(format),
        FileFormat::Binding => schema_of::<Binding>(format),
        FileFormat::Acceptance => schema_of::<Acceptances>(format),
        FileFormat::Config => schema_of::<Config>(format),
        FileFormat::Settings => schema_of::<Settings>(format),
    }
}

fn schema_of<T: JsonSchema>(format: FileFormat) -> Value {
    let generator = SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(Tidy))
        .into_generator();
    let schema = generator.into_root_schema_for::<T>().to_value();
    let Value::Object(mut members) = schema else {
        return schema;
    };
    members.insert(
        "$id".to_owned(),
        json!(format!("urn:blue:schema:{}", format.name())),
    );
    // What a reader looks for first.
    let mut ordered = serde_json::Map::new();
    for key in ["$schema", "$id", "title", "description"] {
        if let Some(value) = members.shift_remove(key) {
            ordered.insert(key.to_owned(), value);
        }
    }
    ordered.extend(members);
    Value::Object(ordered)
}

/// Makes the schema say what the files say: a key that may be left out is left out, not null; and
/// the width of an integer is nobody's business.
#[derive(Debug, Clone)]
struct Tidy;

impl Transform for Tidy {
    fn transform(&mut self, schema: &mut Schema) {
        let Some(members) = schema.as_object_mut() else {
            return;
        };
        if members.get("format").and_then(Value::as_str) == Some("uint32") {
            members.remove("format");
        }
        if let Some(Value::String(text)) = members.get_mut("description") {
            *text = unwrapped(text);
        }
        let required = members.get("required").cloned().unwrap_or_default();
        let is_required = |key: &str| {
            let keys = required.as_array();
            keys.is_some_and(|keys| keys.iter().any(|known| known == key))
        };
        let Some(Value::Object(properties)) = members.get_mut("properties") else {
            return;
        };
        for (key, property) in properties {
            if let Value::Object(property) = property
                && !is_required(key)
            {
                without_null(property);
            }
        }
    }
}

/// Lines of one paragraph as one.
fn unwrapped(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|lines| lines.replace('\n', " "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn without_null(property: &mut serde_json::Map<String, Value>) {
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|name| name != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            property.insert("type".to_owned(), one);
        }
    }
    let Some(Value::Array(choices)) = property.get_mut("anyOf") else {
        return;
    };
    choices.retain(|choice| *choice != json!({"type": "null"}));
    if let [Value::Object(one)] = choices.as_slice() {
        let one = one.clone();
        property.remove("anyOf");
        for (key, value) in one {
            property.entry(key).or_insert(value);
        }
    }
}

/// The users' own keys, `x-…`: anything.
pub(super) fn own_keys() -> Value {
    json!({"^x-": true})
}

/// The users' own keys of a table of texts.
pub(super) fn own_text_keys() -> Value {
    json!({"^x-": {"type": "string"}})
}
