//! `migrate`: a realm of the early layout (`domains/{repo}/exports.yaml` and `imports.yaml`, schemas that are shared in
//! `contracts/*.schema.yaml`) turned into the present one.
//!
//! There a folder under `domains/` was a repo, and nothing said where repos coordinate. So all of them become members of
//! one domain, in which no cycle can be wrong. Versions, values and histories are taken over as they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use blue_realm::{FileKind, Realm, binding_path, contract_path};
use semver::Version;
use serde_json::{Map, Value, json};

use super::early::{Schemas, value_of, version_of};
use super::{name_of, written, yaml};
use crate::ask::Actor;
use crate::clock;
use crate::error::Error;
use crate::place::OpenRealm;
use crate::proposed::{FileText, Proposed};
use crate::write::Written;

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
    if repos.is_empty() {
        return Ok(None);
    }
    name_of("domain", domain)?;
    for repo in &repos {
        name_of("repo", repo)?;
    }
    let mut proposed = Proposed::of(base);
    for (path, text) in &early.0 {
        // A domain of the present layout beside them stays.
        let folder = path
            .strip_prefix("domains/")
            .and_then(|it| it.strip_suffix("/domain.yaml"));
        if folder.is_none_or(|folder| repos.contains(folder)) {
            take_away(&mut proposed, path, text);
        }
    }
    let mut exported: BTreeMap<String, Exported> = BTreeMap::new();
    for repo in &repos {
        write_repo(&mut proposed, early, repo)?;
        for entry in entries(early, &format!("domains/{repo}/exports.yaml"), "exports")? {
            let path = format!("domains/{repo}/exports.yaml");
            let name = text(&entry, "name").or_else(|| text(&entry, "contract"));
            let name = name.ok_or_else(|| wrong(&path, "has an export without a `name`"))?;
            name_of("contract", &name)?;
            let owner = repo.clone();
            if let Some(other) = exported.get(&name) {
                let why = format!(
                    "exports {name}, and so does {}: a contract has one exporter",
                    other.path
                );
                return Err(wrong(&path, &why));
            }
            exported.insert(name, Exported { owner, entry, path });
        }
    }
    let schemas = Schemas::of(early)?;
    for (name, export) in &exported {
        write_contract(&mut proposed, &schemas, domain, (name, export))?;
    }
    for repo in &repos {
        write_binding(&mut proposed, early, domain, (repo, &exported))?;
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

fn write_repo(proposed: &mut Proposed, early: &Early, repo: &str) -> Result<(), Error> {
    let path = FileKind::Repo { name: repo.into() }.path();
    if proposed.text(&path).is_some() {
        return Ok(());
    }
    let was = early.value(&format!("domains/{repo}/domain.yaml"))?;
    let was = was.as_ref().and_then(Value::as_object);
    let mut file = Map::new();
    file.insert("name".to_owned(), Value::from(repo));
    for (from, to) in [
        ("org", "org"),
        ("repo_path", "path"),
        ("repo_url", "url"),
        ("path", "path"),
        ("url", "url"),
        ("maintainers", "maintainers"),
        ("joined_at", "joined_at"),
    ] {
        if let Some(value) = was.and_then(|was| was.get(from)) {
            file.insert(to.to_owned(), value.clone());
        }
    }
    kept(was, &mut file);
    proposed.write(&path, yaml(&Value::Object(file)));
    Ok(())
}

/// What users keep for themselves (`x-…`) stays theirs.
fn kept(was: Option<&Map<String, Value>>, into: &mut Map<String, Value>) {
    for (key, value) in was.into_iter().flatten() {
        if key.starts_with("x-") {
            into.insert(key.clone(), value.clone());
        }
    }
}

fn write_contract(
    proposed: &mut Proposed,
    schemas: &Schemas,
    domain: &str,
    (name, export): (&str, &Exported),
) -> Result<(), Error> {
    let entry = &export.entry;
    let version = text(entry, "version").unwrap_or_else(|| "1.0.0".to_owned());
    let Some(parsed) = version_of(&version) else {
        let why = format!(
            "says that {name} is at `{version}`, which is no version: it takes three numbers, such as 1.0.0"
        );
        return Err(wrong(&export.path, &why));
    };
    let version = parsed.to_string();
    let schema = schemas.own(name, entry.get("schema"), &export.path)?;
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
    contract.insert("evolution".to_owned(), history(entry, &parsed));
    kept(Some(entry), &mut contract);
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
    Ok(())
}

/// The changelog, the newest last; the version that is has an entry in any case.
fn history(entry: &Map<String, Value>, is: &Version) -> Value {
    let log = entry.get("changelog").or_else(|| entry.get("evolution"));
    let mut versions: BTreeMap<Version, Map<String, Value>> = BTreeMap::new();
    for logged in log.and_then(Value::as_array).into_iter().flatten() {
        let Some(logged) = logged.as_object() else {
            continue;
        };
        let version = text(logged, "version").and_then(|it| version_of(&it));
        if let Some(version) = version.filter(|version| version <= is) {
            versions.insert(version, logged.clone());
        }
    }
    versions.entry(is.clone()).or_default();
    let mut before: Option<Version> = None;
    let mut entries = Vec::new();
    for (version, logged) in versions {
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
        let compatible = logged.get("compatible").and_then(Value::as_bool);
        made.insert(
            "compatible".to_owned(),
            Value::from(compatible.unwrap_or(!grew)),
        );
        for key in ["date", "actor", "migration"] {
            if let Some(value) = logged.get(key) {
                made.insert(key.to_owned(), value.clone());
            }
        }
        entries.push(Value::Object(made));
        before = Some(version);
    }
    Value::Array(entries)
}

fn write_binding(
    proposed: &mut Proposed,
    early: &Early,
    domain: &str,
    (repo, exported): (&str, &BTreeMap<String, Exported>),
) -> Result<(), Error> {
    let mut binding = Map::new();
    binding.insert("repo".to_owned(), Value::from(repo));
    let own = exported.iter().filter(|(_, export)| export.owner == repo);
    let exports: Vec<Value> = own
        .map(|(name, export)| {
            let files = export.entry.get("source_files").cloned();
            // Where it is read from was not said then: anywhere.
            let files = files.unwrap_or_else(|| json!(["**"]));
            json!({"contract": name, "source_files": files})
        })
        .collect();
    let path = format!("domains/{repo}/imports.yaml");
    let mut imports = Vec::new();
    for entry in entries(early, &path, "imports")? {
        let name = text(&entry, "contract").or_else(|| text(&entry, "name"));
        let name = name.ok_or_else(|| wrong(&path, "has an import without a `contract`"))?;
        let from = text(&entry, "from");
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
        for key in [
            "version",
            "binding",
            "uses",
            "approve",
            "note",
            "resolved_version",
            "resolved_at",
        ] {
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
        kept(Some(&entry), &mut import);
        imports.push(Value::Object(import));
    }
    for (key, list) in [("exports", exports), ("imports", imports)] {
        if !list.is_empty() {
            binding.insert(key.to_owned(), Value::Array(list));
        }
    }
    if binding.len() > 1 {
        proposed.write(&binding_path(domain, repo), yaml(&Value::Object(binding)));
    }
    Ok(())
}

/// The entries of a list in a file of the early layout; the file may be the list itself.
fn entries(early: &Early, path: &str, key: &str) -> Result<Vec<Map<String, Value>>, Error> {
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
    list.iter()
        .map(|item| match item {
            Value::Object(item) => Ok(item.clone()),
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
