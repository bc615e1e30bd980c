//! The schemas that contracts of the early layout shared, copied into each contract that refers to one: there a `$ref`
//! named a file (`../../contracts/s3-paths.schema.yaml#/properties/read`), which a contract's schema may not.

use std::collections::{BTreeMap, BTreeSet};

use blue_realm::Spans;
use semver::Version;
use serde_json::{Map, Value};

use super::carried::{Way, steps};
use super::migrate::{Early, wrong};
use crate::error::Error;

/// What a YAML file says, as JSON. Versions are as they are written: as a number, 1.10 would be 1.1.
pub(super) fn value_of(path: &str, text: &str) -> Result<Value, Error> {
    let value = serde_yaml::from_str(text);
    let mut value = value.map_err(|why| wrong(path, &format!("is not YAML: {why}")))?;
    // In a schema a number is a number.
    if name_of(path).is_none()
        && let Some(spans) = Spans::new(text)
    {
        as_written(&mut value, &mut Vec::new(), (text, &spans));
    }
    Ok(value)
}

/// Makes texts of the versions that were read as numbers; `route` leads to the value.
fn as_written(value: &mut Value, route: &mut Vec<Way>, (text, spans): (&str, &Spans<'_>)) {
    if route.len() > DEPTH {
        return;
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                route.push(Way::Index(index));
                as_written(item, route, (text, spans));
                route.pop();
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                // These are the users' own, and numbers in them are numbers.
                if matches!(&**key, "value" | "schema") || key.starts_with("x-") {
                    continue;
                }
                route.push(Way::key(key));
                as_written(member, route, (text, spans));
                route.pop();
            }
        }
        Value::Number(_) => {
            let is_version = |way: &Way| matches!(way, Way::Key(key) if key == "version" || key == "resolved_version");
            if !route.last().is_some_and(is_version) {
                return;
            }
            let written = spans.value(&steps(route));
            let written = written.and_then(|span| span.slice(text));
            if let Some(written) = written {
                *value = Value::from(written);
            }
        }
        _ => {}
    }
}

/// A version as the early layout wrote it: of fewer numbers than three, those that are left out are 0.
pub(super) fn version_of(text: &str) -> Option<Version> {
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let numbers = text.split('.').count();
    let is_short = numbers < 3
        && text
            .split('.')
            .all(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
    let full = match is_short {
        true => format!("{text}{}", ".0".repeat(3 - numbers)),
        false => text.to_owned(),
    };
    Version::parse(&full).ok()
}

/// The shared schemas, by the name of their file without `.schema.yaml`.
pub(super) struct Schemas(BTreeMap<String, Value>);

/// Schemas in schemas, at most.
const DEPTH: usize = 64;

impl Schemas {
    pub(super) fn of(early: &Early) -> Result<Schemas, Error> {
        let mut schemas = BTreeMap::new();
        for (path, text) in &early.0 {
            let Some(name) = name_of(path) else { continue };
            if schemas
                .insert(name.to_owned(), value_of(path, text)?)
                .is_some()
            {
                let why =
                    "has the name of another shared schema, so that nobody can tell which is meant";
                return Err(wrong(path, why));
            }
        }
        Ok(Schemas(schemas))
    }

    /// The file that a shared schema stands in.
    pub(super) fn path<'e>(early: &'e Early, name: &str) -> Option<&'e str> {
        let mut paths = early.0.keys();
        let path = paths.find(|path| name_of(path) == Some(name));
        path.map(String::as_str)
    }

    /// A contract's schema that refers to no file: what it refers to is in its `$defs`. With it, the names of these.
    pub(super) fn own(
        &self,
        contract: &str,
        said: Option<&Value>,
        path: &str,
    ) -> Result<(Value, Vec<String>), Error> {
        let mut schema = match said {
            // A file by its path or name.
            Some(Value::String(file)) => reference(file),
            Some(said) => said.clone(),
            None if self.0.contains_key(contract) => reference(contract),
            None => Value::Object(Map::new()),
        };
        let mut needed = BTreeSet::new();
        self.point(&mut schema, None, &mut needed, (path, 0))?;
        let mut done = BTreeMap::new();
        let mut dialects: BTreeSet<String> = BTreeSet::new();
        while let Some(name) = needed.pop_first() {
            if done.contains_key(&name) {
                continue;
            }
            let mut shared = self.0.get(&name).cloned().unwrap_or_default();
            if let Value::Object(shared) = &mut shared {
                // It would change what a `$ref` inside is relative to.
                if let Some(id) = shared.remove("$id") {
                    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
                    let comment = shared.entry("$comment").or_insert_with(|| Value::from(""));
                    let before = comment.as_str().filter(|it| !it.is_empty());
                    let before = before.map_or_else(String::new, |it| format!("{it}; "));
                    *comment = Value::from(format!("{before}$id was {id}"));
                }
                // Only the root of a schema may say it.
                if let Some(Value::String(dialect)) = shared.remove("$schema") {
                    dialects.insert(dialect);
                }
            }
            let mut more = BTreeSet::new();
            self.point(&mut shared, Some(&name), &mut more, (path, 0))?;
            done.insert(name, shared);
            needed.extend(more);
        }
        let names: Vec<String> = done.keys().cloned().collect();
        if done.is_empty() {
            return Ok((schema, names));
        }
        let Value::Object(members) = &mut schema else {
            return Ok((schema, names));
        };
        if let Some(Value::String(own)) = members.get("$schema") {
            dialects.insert(own.clone());
        }
        if dialects.len() > 1 {
            let dialects: Vec<&str> = dialects.iter().map(String::as_str).collect();
            let why = format!(
                "exports {contract}, whose shared schemas are of different kinds (`$schema` {}), which one schema cannot be",
                blue_realm::listed(&dialects)
            );
            return Err(wrong(path, &why));
        }
        if let Some(dialect) = dialects.pop_first() {
            members.insert("$schema".to_owned(), Value::from(dialect));
        }
        let defs = members
            .entry("$defs")
            .or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(defs) = defs else {
            return Err(wrong(
                path,
                &format!("has `$defs` in {contract} that are no mapping"),
            ));
        };
        for (name, shared) in done {
            match defs.get(&name) {
                Some(own) if *own != shared => {
                    let why = format!(
                        "has a `{name}` of its own in the `$defs` of {contract}, beside the shared schema"
                    );
                    return Err(wrong(path, &why));
                }
                _ => {
                    defs.insert(name, shared);
                }
            }
        }
        Ok((schema, names))
    }

    /// Turns each `$ref` to a file into one to `$defs`, and, in a schema that is moved there, each `$ref` to itself.
    fn point(
        &self,
        schema: &mut Value,
        moved: Option<&str>,
        needed: &mut BTreeSet<String>,
        (path, depth): (&str, usize),
    ) -> Result<(), Error> {
        if depth > DEPTH {
            return Err(wrong(path, "has a schema deeper than 64 levels, the limit"));
        }
        match schema {
            Value::Array(items) => {
                for item in items {
                    self.point(item, moved, needed, (path, depth + 1))?;
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    match value {
                        Value::String(to) if key == "$ref" => {
                            *to = self.pointed(to, moved, needed, path)?;
                        }
                        value => self.point(value, moved, needed, (path, depth + 1))?,
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn pointed(
        &self,
        to: &str,
        moved: Option<&str>,
        needed: &mut BTreeSet<String>,
        path: &str,
    ) -> Result<String, Error> {
        let (file, pointer) = to.split_once('#').unwrap_or((to, ""));
        if file.is_empty() {
            return Ok(match moved {
                Some(name) => format!("#/$defs/{name}{pointer}"),
                None => to.to_owned(),
            });
        }
        let name = name_of(file).unwrap_or(file);
        if !self.0.contains_key(name) {
            let why = format!("refers to `{to}`, and there is no contracts/{name}.schema.yaml");
            return Err(wrong(path, &why));
        }
        needed.insert(name.to_owned());
        Ok(format!("#/$defs/{name}{pointer}"))
    }
}

/// `s3-paths` of `../../contracts/s3-paths.schema.yaml`.
fn name_of(path: &str) -> Option<&str> {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.strip_suffix(".schema.yaml")
        .or_else(|| file.strip_suffix(".schema.yml"))
}

fn reference(file: &str) -> Value {
    let mut schema = Map::new();
    schema.insert("$ref".to_owned(), Value::from(file));
    Value::Object(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_as_they_were_written() {
        let text = "exports:\n  - version: 1.10\n    changelog: [{version: 1}]\n    value: {version: 1.10}\n";
        let value = value_of("domains/aperture/exports.yaml", text).unwrap();
        assert_eq!(
            value.to_string(),
            r#"{"exports":[{"version":"1.10","changelog":[{"version":"1"}],"value":{"version":1.1}}]}"#
        );
        for (written, version) in [
            ("1.10", Some("1.10.0")),
            ("2", Some("2.0.0")),
            ("v1.2.3", Some("1.2.3")),
            ("1.2.3-rc.1", Some("1.2.3-rc.1")),
            ("1.", None),
            ("next", None),
            ("", None),
        ] {
            let read = version_of(written).map(|it| it.to_string());
            assert_eq!(read.as_deref(), version, "{written}");
        }
    }
}
