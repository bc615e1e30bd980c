//! Contracts and their released versions.

use semver::Version;
use serde_json::Value;

use super::own_name;
use crate::decode::{At, Extra, Fields, Problems, Text};
use crate::model::{
    Compatibility, CompatibilityMode, ContractFile, Deprecation, DeprecationTarget, Evolution,
    ReleaseFile, Source, Validation,
};
use crate::names::Name;
use crate::problem::ProblemCode;
use crate::schema;
use crate::spans::Part;
use crate::times::Shape;

const KEYS: &[&str] = &[
    "name",
    "description",
    "version",
    "owner",
    "previously",
    "compatibility",
    "schema",
    "value",
    "deprecated",
    "validation",
    "evolution",
];

pub(super) fn contract(
    root: &At<'_>,
    name: &Name,
    problems: &mut Problems,
) -> Option<ContractFile> {
    let fields = root.fields(problems)?;
    let extra = fields.extra(KEYS, problems);
    own_name(&fields, "name", name, problems);
    // A contract that was never released needs no version yet: its first sync gives it one.
    let version = match fields.get("value") {
        Some(_) => fields.required("version", problems),
        None => fields.get("version"),
    };
    let owner = fields.required("owner", problems);
    let (schema, value) = schema_and_value(&fields, problems);
    let previously = fields.get("previously");
    let list = |at: At<'_>, problems: &mut Problems| {
        at.one_or_more(problems, |at, problems| at.name(problems))
    };
    Some(ContractFile {
        name: name.clone(),
        description: fields.get("description").and_then(|at| at.prose(problems)),
        version: version.and_then(|at| at.version(problems)),
        owner: owner.and_then(|at| at.name(problems)),
        previously: previously.map(|at| list(at, problems)).unwrap_or_default(),
        compatibility: fields
            .get("compatibility")
            .and_then(|at| compatibility(&at, problems))
            .unwrap_or_default(),
        schema,
        value,
        deprecated: fields
            .get("deprecated")
            .map(|at| at.list(problems, deprecation))
            .unwrap_or_default(),
        validation: fields
            .get("validation")
            .and_then(|at| validation(&at, problems))
            .unwrap_or_default(),
        evolution: fields
            .get("evolution")
            .map(|at| at.list(problems, evolution))
            .unwrap_or_default(),
        extra,
    })
}

pub(super) fn release(
    root: &At<'_>,
    path_version: &str,
    problems: &mut Problems,
) -> Option<ReleaseFile> {
    let fields = root.fields(problems)?;
    // What a sync writes beside schema and value is the contract's, for readers.
    fields.extra(KEYS, problems);
    let version = Version::parse(path_version).ok();
    if version.is_none() {
        let message = format!(
            "the file is named `{}`, which is no semantic version",
            crate::decode::shortened(path_version)
        );
        problems.add(ProblemCode::BadVersion, root, Part::Key, message);
    }
    if let Some(at) = fields.get("version") {
        let inner = at.version(problems);
        if let (Some(inner), Some(version)) = (inner, &version)
            && inner != *version
        {
            let message = format!("`version` is {inner}, but by its path this is {version}");
            let suggestion = Some(version.to_string());
            problems.suggest(
                ProblemCode::BadVersion,
                &at,
                Part::Value,
                message,
                suggestion,
            );
        }
    }
    let (schema, value) = schema_and_value(&fields, problems);
    Some(ReleaseFile {
        version,
        schema,
        value,
    })
}

fn schema_and_value(
    fields: &Fields<'_>,
    problems: &mut Problems,
) -> (Option<Value>, Option<Value>) {
    let schema = fields.required("schema", problems);
    // `value:` with nothing after it reads as null: a value only where null is one.
    let value = fields.get_any("value");
    schema::check(schema.as_ref(), value.as_ref(), problems)
}

fn compatibility(at: &At<'_>, problems: &mut Problems) -> Option<Compatibility> {
    const MODES: &[(&str, CompatibilityMode)] = &[
        ("emitted", CompatibilityMode::Emitted),
        ("literal", CompatibilityMode::Literal),
    ];
    let fields = at.fields(problems)?;
    fields.extra(&["backwards", "forwards", "mode"], problems);
    let unset = Compatibility::default();
    Some(Compatibility {
        backwards: fields
            .get("backwards")
            .and_then(|at| at.flag(problems))
            .unwrap_or(unset.backwards),
        forwards: fields
            .get("forwards")
            .and_then(|at| at.flag(problems))
            .unwrap_or(unset.forwards),
        mode: fields
            .get("mode")
            .and_then(|at| at.one_of(MODES, problems))
            .unwrap_or(unset.mode),
    })
}

fn deprecation(at: &At<'_>, problems: &mut Problems) -> Option<Deprecation> {
    let fields = at.fields(problems)?;
    fields.extra(&["value", "pointer", "since", "sunset", "note"], problems);
    let target = match (fields.get("value"), fields.get("pointer")) {
        (Some(value), None) => DeprecationTarget::Value(value.node.to_json()),
        (None, Some(pointer)) => DeprecationTarget::Pointer(pointer_text(&pointer, problems)?),
        (_, second) => {
            let at = second.unwrap_or(*at);
            let message = "an entry has `value` or `pointer`, one of the two".to_owned();
            problems.add(ProblemCode::RealmSchema, &at, Part::Value, message);
            return None;
        }
    };
    Some(Deprecation {
        index: at.ordinal,
        target,
        since: fields.get("since").and_then(|at| at.prose(problems)),
        sunset: fields
            .get("sunset")
            .and_then(|at| at.time(Shape::Date, problems)),
        note: fields.get("note").and_then(|at| at.prose(problems)),
    })
}

fn pointer_text(at: &At<'_>, problems: &mut Problems) -> Option<Text> {
    let pointer = at.text(problems)?;
    if pointer.is_empty() || pointer.starts_with('/') {
        return Some(pointer);
    }
    let message = "a JSON pointer begins with `/`".to_owned();
    let suggestion = Some(format!("/{pointer}"));
    problems.suggest(
        ProblemCode::RealmSchema,
        at,
        Part::Value,
        message,
        suggestion,
    );
    None
}

fn validation(at: &At<'_>, problems: &mut Problems) -> Option<Validation> {
    let fields = at.fields(problems)?;
    fields.extra(&["exporter", "importer", "ci_only"], problems);
    Some(Validation {
        exporter: fields.get("exporter").and_then(|at| at.path(problems)),
        importer: fields.get("importer").and_then(|at| at.path(problems)),
        ci_only: fields
            .get("ci_only")
            .map(|at| at.one_or_more(problems, |at, problems| at.path(problems)))
            .unwrap_or_default(),
    })
}

fn evolution(at: &At<'_>, problems: &mut Problems) -> Option<Evolution> {
    let fields = at.fields(problems)?;
    let _: Extra = fields.extra(
        &[
            "version",
            "changes",
            "compatible",
            "date",
            "actor",
            "source",
            "migration",
        ],
        problems,
    );
    let version = fields.required("version", problems);
    Some(Evolution {
        index: at.ordinal,
        version: version.and_then(|at| at.version(problems)),
        changes: fields
            .get("changes")
            .map(|at| at.one_or_more(problems, |at, problems| at.prose(problems)))
            .unwrap_or_default(),
        compatible: fields.get("compatible").and_then(|at| at.flag(problems)),
        date: fields
            .get("date")
            .and_then(|at| at.time(Shape::Date, problems)),
        actor: fields.get("actor").and_then(|at| at.prose(problems)),
        source: fields.get("source").and_then(|at| source(&at, problems)),
        migration: fields.get("migration").and_then(|at| at.prose(problems)),
    })
}

fn source(at: &At<'_>, problems: &mut Problems) -> Option<Source> {
    let fields = at.fields(problems)?;
    fields.extra(&["commit", "branch"], problems);
    Some(Source {
        // A commit's short id may look like a number; as one it is as good as it ever will be.
        commit: fields.get("commit").and_then(|at| at.prose(problems)),
        branch: fields.get("branch").and_then(|at| at.prose(problems)),
    })
}
