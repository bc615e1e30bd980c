//! `migrate`: a realm of the early layout (`domains/{repo}/exports.yaml` and `imports.yaml`, schemas that are shared in
//! `contracts/*.schema.yaml`) turned into the present one.
//!
//! There a folder under `domains/` was a repo, and nothing said where repos coordinate. So all of them become members of
//! one domain, in which no cycle can be wrong. Versions, values and histories are taken over as they stand, and so is what
//! this format does not know: keys stay keys, comments stay with what they stood at. What has no place is refused by name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use blue_realm::{FileKind, Realm, binding_path, contract_path};
use serde_json::{Map, Value, json};

use super::carried::{Moved, Way, carry_comments};
use super::early::{Schemas, value_of, version_of};
use super::{name_of, written, yaml};
use crate::ask::Actor;
use crate::clock;
use crate::error::Error;
use crate::place::OpenRealm;
use crate::proposed::{FileText, Proposed};
use crate::write::Written;

mod history;
mod repo;

use history::history;
use repo::{has_an_approver, version_in_full, write_repo};

/// A file of the early layout that a realm's checkout holds, by its path in it; nothing where there is none. It is looked
/// for on disk: nothing of that layout is read as a realm, so that nothing else could tell of it.
#[must_use]
pub fn early_file(checkout: &Path) -> Option<String> {
    let folders = std::fs::read_dir(checkout.join("domains")).ok()?;
    let mut found: Vec<String> = Vec::new();
    for folder in folders.flatten() {
        let name = folder.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_there = |file: &&str| folder.path().join(file).is_file();
        let file = ["exports.yaml", "imports.yaml"].into_iter().find(is_there);
        found.extend(file.map(|file| format!("domains/{name}/{file}")));
    }
    found.into_iter().min()
}

/// The files of the early layout, by path.
#[derive(Debug, Clone, Default)]
pub struct Early(pub(super) BTreeMap<String, String>);

impl Early {
    /// Those of a realm as it is on record.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn of(realm: &OpenRealm) -> Result<Early, Error> {
        let tip = realm.tip()?;
        let mut files = BTreeMap::new();
        for entry in realm.repository.tree_at(tip, &realm.under)? {
            if !is_early(&entry.path) {
                continue;
            }
            let path = realm.path_in_repository(&entry.path);
            let bytes = realm.repository.file_at(tip, &path)?.unwrap_or_default();
            if bytes.len() > blue_realm::limits::FILE_BYTES {
                return Err(wrong(
                    &entry.path,
                    "is larger than 1 MiB, the limit for a file",
                ));
            }
            let text = String::from_utf8(bytes).map_err(|_| wrong(&entry.path, "is not UTF-8"))?;
            files.insert(entry.path, text);
        }
        Ok(Early(files))
    }

    /// Whether there is nothing of that layout.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.repos().is_empty()
    }

    /// The folders that were repos.
    fn repos(&self) -> BTreeSet<String> {
        let repos = self.0.keys().filter_map(|path| {
            let (folder, name) = path.strip_prefix("domains/")?.split_once('/')?;
            matches!(name, "exports.yaml" | "imports.yaml").then(|| folder.to_owned())
        });
        repos.collect()
    }

    /// What a file says; nothing where it is not there.
    fn value(&self, path: &str) -> Result<Option<Value>, Error> {
        self.0
            .get(path)
            .map(|text| value_of(path, text))
            .transpose()
    }
}

fn is_early(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [
            "domains",
            _,
            "exports.yaml" | "imports.yaml" | "domain.yaml",
        ] => true,
        ["contracts", name] | ["domains", _, "contracts", name] => {
            name.ends_with(".schema.yaml") || name.ends_with(".schema.yml")
        }
        _ => false,
    }
}

pub(super) fn wrong(path: &str, why: &str) -> Error {
    Error::Use {
        message: format!("{path} {why}"),
        hint: "mend it by hand and run this again; nothing was changed".to_owned(),
    }
}

/// A contract that a repo of the early layout exports.
struct Exported {
    owner: String,
    /// As it stands there.
    entry: Map<String, Value>,
    /// The file it stands in.
    path: String,
    /// The way to it there.
    at: Vec<Way>,
    /// The key that its name stands under.
    named_by: &'static str,
}

/// The files of the early layout that nothing refers to: they stay where they are, and nothing is read of them.
#[must_use]
pub fn left_over(early: &Early, written: &Written) -> Vec<String> {
    let is_gone = |path: &&String| {
        let files = &written.proposed.files;
        files
            .iter()
            .any(|file| file.path == **path && file.text.is_none())
    };
    let schemas = early.0.keys().filter(|path| path.contains(".schema."));
    schemas.filter(|path| !is_gone(path)).cloned().collect()
}

/// The realm in the present layout. Nothing where nothing of the early one is left.
///
/// # Errors
/// [`Error::Use`] for a file that cannot be taken over, with its path.
pub fn migrate(
    base: &Realm,
    early: &Early,
    domain: &str,
    actor: &Actor,
    now: i64,
) -> Result<Option<Written>, Error> {
    let repos = early.repos();
    let mut proposed = Proposed::of(base);
    version_in_full(&mut proposed)?;
    if repos.is_empty() {
        return Ok(written(
            proposed,
            "The realm's version is written in full",
            actor,
        ));
    }
    name_of("domain", domain)?;
    for repo in &repos {
        name_of("repo", repo)?;
    }
    has_an_approver(&mut proposed, actor)?;
    let schemas = Schemas::of(early)?;
    let mut moved = Vec::new();
    let mut gone: Vec<String> = Vec::new();
    for path in early.0.keys() {
        let mut parts = path.strip_prefix("domains/").unwrap_or_default().split('/');
        // A domain of the present layout beside them stays, and so does a schema until it is copied.
        let of_repo = parts.next().is_some_and(|folder| repos.contains(folder));
        if of_repo && parts.next().is_some_and(|file| file != "contracts") {
            gone.push(path.clone());
        }
    }
    for path in &gone {
        take_away(&mut proposed, path, &early.0[path]);
    }
    let mut exported: BTreeMap<String, Exported> = BTreeMap::new();
    for repo in &repos {
        write_repo(&mut proposed, early, repo, &mut moved)?;
        let path = format!("domains/{repo}/exports.yaml");
        for (at, entry) in entries(early, &path, "exports")?.into_iter() {
            let path = path.clone();
            let named = ["name", "contract"].into_iter();
            let mut named = named.filter_map(|key| Some((key, text(&entry, key)?)));
            let (named_by, name) = named
                .next()
                .ok_or_else(|| wrong(&path, "has an export without a `name`"))?;
            name_of("contract", &name)?;
            let owner = repo.clone();
            if let Some(other) = exported.get(&name) {
                let why = format!(
                    "exports {name}, and so does {}: a contract has one exporter",
                    other.path
                );
                return Err(wrong(&path, &why));
            }
            let export = Exported {
                owner,
                entry,
                path,
                at,
                named_by,
            };
            exported.insert(name, export);
        }
    }
    for (name, export) in &exported {
        let copied = write_contract(&mut proposed, &schemas, domain, (name, export), &mut moved)?;
        for schema in copied {
            let Some(path) = Schemas::path(early, &schema) else {
                continue;
            };
            moved.push(Moved {
                from: (path.to_owned(), Vec::new()),
                to: (
                    contract_path(domain, name),
                    [Way::key("schema"), Way::key("$defs"), Way::key(&schema)].into(),
                ),
            });
            if !gone.iter().any(|it| it == path) {
                take_away(&mut proposed, path, &early.0[path]);
                gone.push(path.to_owned());
            }
        }
    }
    for repo in &repos {
        write_binding(&mut proposed, early, domain, (repo, &exported), &mut moved)?;
    }
    let file = json!({
        "name": domain,
        "created_at": clock::timestamp(now),
        "members": repos,
    });
    let kind = FileKind::Domain {
        domain: domain.into(),
    };
    proposed.write(&kind.path(), yaml(&file));
    gone.sort();
    carry_comments(&mut proposed, early, &gone, &moved)?;
    let subject = format!("The early layout is taken over into {domain}");
    Ok(written(proposed, &subject, actor))
}

/// Takes a file away that may be none of the format.
fn take_away(proposed: &mut Proposed, path: &str, text: &str) {
    proposed.remove(path);
    if proposed.files.iter().all(|file| file.path != path) {
        proposed.files.push(FileText {
            path: path.to_owned(),
            was: Some(text.to_owned()),
            text: None,
        });
    }
}

/// Takes over what stands beside the `known` keys: what no version of the format knows is the users' to judge, and none of
/// it may be lost.
fn carry(
    from: &Map<String, Value>,
    known: &[&str],
    into: &mut Map<String, Value>,
    path: &str,
) -> Result<(), Error> {
    for (key, value) in from.iter().filter(|(key, _)| !known.contains(&&***key)) {
        match into.get(key) {
            None => {
                into.insert(key.clone(), value.clone());
            }
            Some(made) if made == value => {}
            Some(_) => {
                let why =
                    format!("has a `{key}` that says something else than what it is to become");
                return Err(wrong(path, &why));
            }
        }
    }
    Ok(())
}

/// What an early export says of where its value is read from: in this layout its binding does.
const OF_BINDING: [&str; 3] = ["source_files", "detect", "match"];

fn write_contract(
    proposed: &mut Proposed,
    schemas: &Schemas,
    domain: &str,
    (name, export): (&str, &Exported),
    moved: &mut Vec<Moved>,
) -> Result<Vec<String>, Error> {
    let entry = &export.entry;
    let version = match entry.get("version") {
        None | Some(Value::Null) => "1.0.0".to_owned(),
        Some(said) => text(entry, "version").unwrap_or_else(|| said.to_string()),
    };
    let Some(parsed) = version_of(&version) else {
        let why = format!(
            "says that {name} is at `{version}`, which is no version: it takes three numbers, such as 1.0.0"
        );
        return Err(wrong(&export.path, &why));
    };
    let version = parsed.to_string();
    let (schema, copied) = schemas.own(name, entry.get("schema"), &export.path)?;
    let mut contract = Map::new();
    contract.insert("name".to_owned(), Value::from(name));
    for key in ["description"] {
        if let Some(value) = entry.get(key) {
            contract.insert(key.to_owned(), value.clone());
        }
    }
    contract.insert("version".to_owned(), Value::from(version.clone()));
    contract.insert("owner".to_owned(), Value::from(export.owner.clone()));
    if let Some(value) = entry.get("compatibility") {
        contract.insert("compatibility".to_owned(), value.clone());
    }
    contract.insert("schema".to_owned(), schema.clone());
    let value = entry.get("value").cloned();
    if let Some(value) = &value {
        contract.insert("value".to_owned(), value.clone());
    }
    if let Some(value) = entry.get("validation") {
        contract.insert("validation".to_owned(), value.clone());
    }
    let at = |key: &str| [&export.at[..], &[Way::key(key)]].concat();
    let to = |way: Vec<Way>| (contract_path(domain, name), way);
    moved.push(Moved {
        from: (export.path.clone(), export.at.clone()),
        to: to(Vec::new()),
    });
    let mut evolution = Vec::new();
    for (number, (logged, made)) in history(export, name, &parsed)?.into_iter().enumerate() {
        evolution.push(Value::Object(made));
        moved.extend(logged.map(|logged| Moved {
            from: (export.path.clone(), logged),
            to: to(vec![Way::key("evolution"), Way::Index(number)]),
        }));
    }
    moved.push(Moved {
        from: (export.path.clone(), at("changelog")),
        to: to(vec![Way::key("evolution")]),
    });
    contract.insert("evolution".to_owned(), Value::Array(evolution));
    let mut known = vec![
        export.named_by,
        "version",
        "schema",
        "changelog",
        "evolution",
    ];
    known.extend(OF_BINDING);
    carry(entry, &known, &mut contract, &export.path)?;
    proposed.write(&contract_path(domain, name), yaml(&Value::Object(contract)));
    if let Some(value) = value {
        let kind = FileKind::Release {
            domain: domain.into(),
            contract: name.into(),
            version: version.into(),
        };
        proposed.write(
            &kind.path(),
            yaml(&json!({"schema": schema, "value": value})),
        );
    }
    Ok(copied)
}

fn write_binding(
    proposed: &mut Proposed,
    early: &Early,
    domain: &str,
    (repo, exported): (&str, &BTreeMap<String, Exported>),
    moved: &mut Vec<Moved>,
) -> Result<(), Error> {
    let to = binding_path(domain, repo);
    let mut binding = Map::new();
    binding.insert("repo".to_owned(), Value::from(repo));
    let own = exported.iter().filter(|(_, export)| export.owner == repo);
    let mut exports: Vec<Value> = Vec::new();
    for (name, export) in own {
        let mut made = Map::new();
        made.insert("contract".to_owned(), Value::from(name.as_str()));
        // Where it is read from was not said then: anywhere.
        made.insert("source_files".to_owned(), json!(["**"]));
        for key in OF_BINDING {
            let Some(value) = export.entry.get(key) else {
                continue;
            };
            made.insert(key.to_owned(), value.clone());
            moved.push(Moved {
                from: (
                    export.path.clone(),
                    [&export.at[..], &[Way::key(key)]].concat(),
                ),
                to: (
                    to.clone(),
                    vec![
                        Way::key("exports"),
                        Way::Index(exports.len()),
                        Way::key(key),
                    ],
                ),
            });
        }
        exports.push(Value::Object(made));
    }
    let path = format!("domains/{repo}/imports.yaml");
    let mut imports = Vec::new();
    for (at, entry) in entries(early, &path, "imports")? {
        let named = ["contract", "name"].into_iter();
        let mut named = named.filter_map(|key| Some((key, text(&entry, key)?)));
        let (named_by, name) = named
            .next()
            .ok_or_else(|| wrong(&path, "has an import without a `contract`"))?;
        moved.push(Moved {
            from: (path.clone(), at),
            to: (
                to.clone(),
                vec![Way::key("imports"), Way::Index(imports.len())],
            ),
        });
        let from = text(&entry, "from");
        if from.is_none() && entry.get("from").is_some_and(|it| !it.is_null()) {
            let why = format!("imports {name} with a `from` that is no repo's name");
            return Err(wrong(&path, &why));
        }
        match (exported.get(&name), from) {
            (None, _) => {
                return Err(wrong(
                    &path,
                    &format!("imports {name}, which no exports.yaml has"),
                ));
            }
            (Some(export), Some(from)) if from != export.owner => {
                let why = format!("imports {name} from {from}, and it is {}'s", export.owner);
                return Err(wrong(&path, &why));
            }
            _ => {}
        }
        let mut import = Map::new();
        import.insert("contract".to_owned(), Value::from(name.as_str()));
        // Whose it is says the contract.
        let known = [named_by, "from", "contract", "resolved_version"];
        for key in ["version", "binding"] {
            if let Some(value) = entry.get(key) {
                import.insert(key.to_owned(), value.clone());
            }
        }
        if let Some(resolved) = text(&entry, "resolved_version") {
            let Some(resolved) = version_of(&resolved) else {
                let why = format!(
                    "says that {name} is followed at `{resolved}`, which is no version: it takes three \
                     numbers, such as 1.0.0"
                );
                return Err(wrong(&path, &why));
            };
            let resolved = Value::from(resolved.to_string());
            import.insert("resolved_version".to_owned(), resolved);
        }
        carry(&entry, &known, &mut import, &path)?;
        imports.push(Value::Object(import));
    }
    for (key, list) in [("exports", exports), ("imports", imports)] {
        if !list.is_empty() {
            binding.insert(key.to_owned(), Value::Array(list));
        }
    }
    for (key, file) in [("exports", "exports.yaml"), ("imports", "imports.yaml")] {
        let path = format!("domains/{repo}/{file}");
        // A list that is the whole file has nothing beside it.
        if let Some(Value::Object(all)) = early.value(&path)? {
            let known = match all.get("repo") {
                Some(said) if said == repo => [key, "repo"],
                _ => [key, key],
            };
            carry(&all, &known, &mut binding, &path)?;
        }
    }
    let is_there = binding.len() > 1;
    if is_there {
        proposed.write(&to, yaml(&Value::Object(binding)));
    }
    for file in ["exports.yaml", "imports.yaml"] {
        moved.push(Moved {
            from: (format!("domains/{repo}/{file}"), Vec::new()),
            to: match is_there {
                true => (to.clone(), Vec::new()),
                false => (FileKind::Repo { name: repo.into() }.path(), Vec::new()),
            },
        });
    }
    Ok(())
}

/// An entry of a list in a file of the early layout: the way to it, and what it says.
type Entry = (Vec<Way>, Map<String, Value>);

/// The entries of a list in a file of the early layout; the file may be the list itself.
fn entries(early: &Early, path: &str, key: &str) -> Result<Vec<Entry>, Error> {
    let Some(file) = early.value(path)? else {
        return Ok(Vec::new());
    };
    let list = match &file {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items,
        file => match file.get(key) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(wrong(path, &format!("has a `{key}` that is no list"))),
        },
    };
    let above: Vec<Way> = match &file {
        Value::Array(_) => Vec::new(),
        _ => vec![Way::key(key)],
    };
    list.iter()
        .enumerate()
        .map(|(index, item)| match item {
            Value::Object(item) => {
                let at = [&above[..], &[Way::Index(index)]].concat();
                Ok((at, item.clone()))
            }
            _ => Err(wrong(
                path,
                &format!("has an entry of `{key}` that is no mapping"),
            )),
        })
        .collect()
}

fn text(entry: &Map<String, Value>, key: &str) -> Option<String> {
    match entry.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
