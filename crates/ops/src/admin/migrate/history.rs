//! What a contract of the early layout says of its versions, as entries of `evolution`.

use std::collections::BTreeMap;

use semver::Version;
use serde_json::{Map, Value};

use super::{Exported, carry, text, wrong};
use crate::admin::carried::Way;
use crate::admin::early::version_of;
use crate::error::Error;

/// An entry of a changelog: the way to it, and what it says.
type Logged = (Vec<Way>, Map<String, Value>);

/// The entries of the changelog by version, with the way to each.
fn logged(export: &Exported, name: &str, is: &Version) -> Result<BTreeMap<Version, Logged>, Error> {
    let mut versions: BTreeMap<Version, Logged> = BTreeMap::new();
    for key in ["changelog", "evolution"] {
        let list = match export.entry.get(key) {
            None | Some(Value::Null) => continue,
            Some(Value::Array(list)) => list,
            Some(_) => {
                let why = format!("has a `{key}` of {name} that is no list");
                return Err(wrong(&export.path, &why));
            }
        };
        for (index, entry) in list.iter().enumerate() {
            let version = entry.as_object().and_then(|it| text(it, "version"));
            let parsed = version.as_deref().and_then(version_of);
            let (Some(entry), Some(version)) = (entry.as_object(), parsed) else {
                let why = format!("has an entry of the `{key}` of {name} without a version");
                return Err(wrong(&export.path, &why));
            };
            if version > *is {
                let why = format!("tells of {version} in the `{key}` of {name}, which is at {is}");
                return Err(wrong(&export.path, &why));
            }
            let way = [&export.at[..], &[Way::key(key), Way::Index(index)]].concat();
            let twice = versions.insert(version.clone(), (way, entry.clone()));
            if twice.is_some() {
                let why = format!("tells of {version} of {name} twice");
                return Err(wrong(&export.path, &why));
            }
        }
    }
    Ok(versions)
}

/// An entry of `evolution`, and the way to what it was made of, if it was made of something.
type Made = (Option<Vec<Way>>, Map<String, Value>);

/// The changelog, the newest last, with the way to what each entry was made of; the version that is has an entry in any
/// case.
pub(super) fn history(export: &Exported, name: &str, is: &Version) -> Result<Vec<Made>, Error> {
    let versions = logged(export, name, is)?.into_iter();
    let mut versions: BTreeMap<Version, Made> = versions
        .map(|(version, (way, entry))| (version, (Some(way), entry)))
        .collect();
    versions.entry(is.clone()).or_default();
    let mut before: Option<Version> = None;
    let mut entries = Vec::new();
    for (version, (way, logged)) in versions {
        let mut made = Map::new();
        made.insert("version".to_owned(), Value::from(version.to_string()));
        let changes = logged.get("changes").cloned();
        made.insert(
            "changes".to_owned(),
            changes.unwrap_or_else(|| Value::from("taken over from the early layout")),
        );
        // Nobody wrote it then: a larger major says it.
        let grew = before
            .as_ref()
            .is_some_and(|before| before.major < version.major);
        let compatible = logged.get("compatible").cloned();
        made.insert(
            "compatible".to_owned(),
            compatible.unwrap_or(Value::Bool(!grew)),
        );
        carry(&logged, &["version"], &mut made, &export.path)?;
        entries.push((way, made));
        before = Some(version);
    }
    Ok(entries)
}
