//! The files of the realm itself and of its repos, as a migration leaves them: changed in place where they are there.

use blue_realm::{FileKind, Step, edit};
use semver::Version;
use serde_json::{Map, Value, json};

use super::{Early, carry, text, wrong};
use crate::admin::carried::{Moved, Way};
use crate::admin::early::{value_of, version_of};
use crate::admin::{edited, yaml};
use crate::ask::Actor;
use crate::error::Error;
use crate::proposed::Proposed;

/// A version of `realm.yaml` that has fewer numbers than three: readers of YAML take `1.0` for a number.
pub(super) fn version_in_full(proposed: &mut Proposed) -> Result<(), Error> {
    let path = FileKind::Realm.path();
    let Some(file) = proposed.text(&path).map(str::to_owned) else {
        return Ok(());
    };
    // What is no YAML is told by whoever reads it.
    let value = value_of(&path, &file).unwrap_or_default();
    let said = value.as_object().and_then(|it| text(it, "version"));
    let full = said.filter(|said| Version::parse(said).is_err());
    match full.and_then(|said| version_of(&said)) {
        Some(full) => edited(proposed, &path, |text| {
            edit::set(text, &[Step::Key("version")], &json!(full.to_string()))
        }),
        None => Ok(()),
    }
}

/// Whoever takes a realm over is its approver, as whoever makes one: where nobody is named, nobody could ever let a break
/// in.
pub(super) fn has_an_approver(proposed: &mut Proposed, actor: &Actor) -> Result<(), Error> {
    let Some(file) = proposed.realm.realm_file() else {
        return Ok(());
    };
    if file.governance.approvers.is_some() {
        return Ok(());
    }
    let route = [Step::Key("governance"), Step::Key("approvers")];
    edited(proposed, &FileKind::Realm.path(), |text| {
        edit::set(text, &route, &json!([actor.author.email]))
    })
}

/// The file of a repo, from what the early layout called its domain. One that is there already gets what it lacks.
pub(super) fn write_repo(
    proposed: &mut Proposed,
    early: &Early,
    repo: &str,
    moved: &mut Vec<Moved>,
) -> Result<(), Error> {
    let path = FileKind::Repo { name: repo.into() }.path();
    let from = format!("domains/{repo}/domain.yaml");
    let was = early.value(&from)?.unwrap_or_default();
    let was = match was {
        Value::Object(was) => was,
        Value::Null => Map::new(),
        _ => return Err(wrong(&from, "is no mapping")),
    };
    let mut file = Map::new();
    file.insert("name".to_owned(), Value::from(repo));
    let renamed = [("repo_path", "path"), ("repo_url", "url")];
    for (old, new) in renamed {
        moved.push(Moved {
            from: (from.clone(), vec![Way::key(old)]),
            to: (path.clone(), vec![Way::key(new)]),
        });
    }
    moved.push(Moved {
        from: (from.clone(), Vec::new()),
        to: (path.clone(), Vec::new()),
    });
    for key in ["org", "repo_path", "repo_url"] {
        let renamed = renamed.iter().find(|(old, _)| *old == key);
        let to = renamed.map_or(key, |(_, new)| new);
        if let Some(value) = was.get(key) {
            file.insert(to.to_owned(), value.clone());
        }
    }
    carry(&was, &["repo_path", "repo_url"], &mut file, &from)?;
    let Some(known) = proposed.text(&path) else {
        proposed.write(&path, yaml(&Value::Object(file)));
        return Ok(());
    };
    let known = value_of(&path, known)?;
    for (key, value) in file {
        match known.get(&key) {
            None => edited(proposed, &path, |text| {
                edit::insert(text, &[], &key, &value)
            })?,
            Some(known) if *known == value => {}
            Some(_) => {
                let why = format!("says another `{key}` of {repo} than {path}");
                return Err(wrong(&from, &why));
            }
        }
    }
    Ok(())
}
