//! `export` and `import`: one binding of a repository, declared or changed; the contract is made where it is new.

use std::collections::BTreeSet;

use blue_analysis::finds_value;
use blue_realm::edit;
use blue_realm::{ContractFile, FileKind, Realm, Step, binding_path, contract_path};
use serde_json::{Value, json};

use super::{edited, name_of, written, yaml};
use crate::ask::Actor;
use crate::clock;
use crate::error::Error;
use crate::proposed::Proposed;
use crate::write::Written;

/// The version that a new contract's first value gets: `>=1.0.0, <2.0.0`, which importers begin with, takes it in.
const FIRST: &str = "1.0.0";

/// A contract that is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewContract {
    /// Its domain.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// The one exporter.
    pub owner: String,
    /// Its schema; nothing: that of S3 permissions.
    pub schema: Option<Value>,
    /// Its first value; nothing: its first sync gives it one.
    pub first: Option<First>,
}

/// The first value of a contract, as its owner's code has it.
#[derive(Debug, Clone, PartialEq)]
pub struct First {
    /// The value.
    pub value: Value,
    /// Its schema, for one of another shape than S3 permissions.
    pub schema: Option<Value>,
    /// When it was read: seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// The commit and the branch of the code; nothing for code that is not committed.
    pub source: Option<(String, Option<String>)>,
}

/// An export binding that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExport {
    /// The contract's domain.
    pub domain: String,
    /// The contract.
    pub contract: String,
    /// Globs of the files it is read from; none: those that the binding names already, else none at all.
    pub files: Vec<String>,
    /// Only this bucket's.
    pub bucket: Option<String>,
    /// The constant that it is read from, in place of what the code does to objects.
    pub constant: Option<Constant>,
}

/// A constant of the code that a contract's value, or a part of it, is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constant {
    /// Its name, also dotted.
    pub symbol: String,
    /// The member of the value, or the JSON pointer, that it is; nothing: all of it.
    pub into: Option<String>,
}

/// An import binding that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImport {
    /// The contract's domain.
    pub domain: String,
    /// The contract.
    pub contract: String,
    /// The range of versions.
    pub version: String,
    /// The files that follow it.
    pub binding: Vec<String>,
}

/// Either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// What it provides.
    Export(NewExport),
    /// What it consumes.
    Import(NewImport),
}

/// Declares that a repository exports a contract, which is made where it is new, with its first value if there is one.
/// One that is there keeps what it says.
///
/// # Errors
/// [`Error::Use`] where the contract is another's or its domain is not there; [`Error::Edit`].
pub fn export(
    base: &Realm,
    repo: &str,
    wish: &NewExport,
    first: Option<&First>,
    actor: &Actor,
) -> Result<Option<Written>, Error> {
    let mut proposed = Proposed::of(base);
    has_joined(base, repo)?;
    domain_is_there(base, &wish.domain)?;
    match base.contract(&wish.domain, &wish.contract) {
        None => add_contract(
            &mut proposed,
            &NewContract {
                domain: wish.domain.clone(),
                name: wish.contract.clone(),
                owner: repo.to_owned(),
                schema: schema_of_new(first, wish.constant.as_ref()),
                first: first.cloned(),
            },
            actor,
        )?,
        Some(contract) if of_another_value(contract, first) => {
            let export = base.export_of(&wish.domain, &wish.contract);
            let is_read = export.is_some_and(|(_, export)| finds_value(export, contract));
            return Err(Error::Use {
                message: format!(
                    "{} is there already, with another value, which it keeps",
                    wish.contract
                ),
                hint: match is_read {
                    true => "`blue realm sync` brings what the code says; leave --value or --from-code out".to_owned(),
                    false => format!(
                        "nothing reads it from the code: change {} in the realm, with a version and an entry of \
                         `evolution`, or have a constant say it with --symbol NAME --files GLOB",
                        contract_path(&wish.domain, &wish.contract)
                    ),
                },
            });
        }
        Some(contract) if contract.owner.as_deref() == Some(repo) => {
            if let Some(first) = first.filter(|it| it.schema.is_some() && contract.value.is_none())
            {
                give_value(&mut proposed, &wish.domain, contract, first, actor)?;
            }
        }
        Some(contract) => {
            let owner = contract.owner.as_deref().unwrap_or("nobody");
            return Err(Error::Use {
                message: format!(
                    "{} is {owner}'s: a contract has one exporter",
                    wish.contract
                ),
                hint: "import it with `blue realm admin import`, or take another name".to_owned(),
            });
        }
    }
    add_member(&mut proposed, &wish.domain, repo)?;
    add(&mut proposed, repo, &Bound::Export(wish.clone()))?;
    let subject = format!("{repo} exports {}", wish.contract);
    Ok(written(proposed, &subject, actor))
}

/// The schema of a contract that is new; nothing: that of S3 permissions.
pub(super) fn schema_of_new(first: Option<&First>, constant: Option<&Constant>) -> Option<Value> {
    match (first, constant) {
        (Some(first), _) => first.schema.clone(),
        // What its first sync finds, whatever its shape.
        (None, Some(_)) => Some(json!({})),
        (None, None) => None,
    }
}

/// Whether a value of its own shape was given for a contract that says another one.
fn of_another_value(contract: &ContractFile, first: Option<&First>) -> bool {
    let was = contract.value.as_ref();
    first.is_some_and(|first| first.schema.is_some() && was.is_some_and(|was| *was != first.value))
}

/// The first value of a contract that was made without one; a schema that does not take it in gives way, for nobody has
/// relied on it yet.
fn give_value(
    proposed: &mut Proposed,
    domain: &str,
    contract: &ContractFile,
    first: &First,
    actor: &Actor,
) -> Result<(), Error> {
    let path = contract_path(domain, &contract.name);
    let version = contract.version.as_ref().map(ToString::to_string);
    let version = version.unwrap_or_else(|| FIRST.to_owned());
    let takes = contract.schema.as_ref().filter(|schema| {
        let refused = blue_compat::schema::validate(schema, &first.value);
        refused.is_ok_and(|refused| refused.is_empty())
    });
    let schema = takes.or(first.schema.as_ref()).cloned().unwrap_or_default();
    let members = [
        ("version", Value::from(version.as_str())),
        ("schema", schema.clone()),
        ("value", first.value.clone()),
    ];
    for (key, value) in members {
        edited(proposed, &path, |text| {
            edit::set(text, &[Step::Key(key)], &value)
        })?;
    }
    let entry = first_entry(&version, first, actor);
    edited(proposed, &path, |text| {
        edit::append(text, &[Step::Key("evolution")], &entry)
    })?;
    let release = FileKind::Release {
        domain: domain.into(),
        contract: contract.name.clone(),
        version: version.as_str().into(),
    };
    let said = json!({"schema": schema, "value": first.value});
    proposed.write(&release.path(), yaml(&said));
    Ok(())
}

/// What the history of a contract says of its first value.
fn first_entry(version: &str, first: &First, actor: &Actor) -> Value {
    let mut entry = json!({
        "version": version,
        "changes": "the first value",
        "compatible": true,
        "date": clock::timestamp(first.now),
        "actor": actor.author.email,
    });
    if let Some((commit, branch)) = &first.source {
        entry["source"] = json!({"commit": commit});
        if let Some(branch) = branch {
            entry["source"]["branch"] = Value::from(branch.as_str());
        }
    }
    entry
}

/// A schema that takes a value in, and others of its shape: members by name, lists of strings that differ as sets.
#[must_use]
pub fn schema_of(value: &Value) -> Value {
    match value {
        Value::Null => json!({"type": "null"}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(number) if number.is_f64() => json!({"type": "number"}),
        Value::Number(_) => json!({"type": "integer"}),
        Value::String(_) => json!({"type": "string"}),
        Value::Array(items) => {
            let mut kinds: Vec<Value> = Vec::new();
            for kind in items.iter().map(schema_of) {
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            let texts: BTreeSet<&str> = items.iter().filter_map(Value::as_str).collect();
            let is_set = !items.is_empty() && texts.len() == items.len();
            match kinds.as_slice() {
                [] => json!({"type": "array"}),
                [one] if is_set => json!({"type": "array", "items": one, "uniqueItems": true}),
                [one] => json!({"type": "array", "items": one}),
                several => json!({"type": "array", "items": {"anyOf": several}}),
            }
        }
        Value::Object(members) => {
            let of = members
                .iter()
                .map(|(name, value)| (name.clone(), schema_of(value)));
            let properties: serde_json::Map<String, Value> = of.collect();
            json!({"type": "object", "additionalProperties": false, "properties": properties})
        }
    }
}

/// Declares that a repository imports a contract.
///
/// # Errors
/// [`Error::Use`] where there is no such contract; [`Error::Edit`].
pub fn import(
    base: &Realm,
    repo: &str,
    wish: &NewImport,
    actor: &Actor,
) -> Result<Option<Written>, Error> {
    let mut proposed = Proposed::of(base);
    has_joined(base, repo)?;
    domain_is_there(base, &wish.domain)?;
    if base.contract(&wish.domain, &wish.contract).is_none() {
        let known: Vec<&str> = base.contracts(&wish.domain).map(|it| &*it.name).collect();
        return Err(not_there("contract", &wish.contract, &known));
    }
    add_member(&mut proposed, &wish.domain, repo)?;
    add(&mut proposed, repo, &Bound::Import(wish.clone()))?;
    let subject = format!("{repo} imports {} {}", wish.contract, wish.version);
    Ok(written(proposed, &subject, actor))
}

pub(super) fn has_joined(base: &Realm, repo: &str) -> Result<(), Error> {
    if base.repo(repo).is_some() {
        return Ok(());
    }
    Err(Error::Use {
        message: format!("{repo} has not joined this realm"),
        hint: "run `blue realm admin join` in it first".to_owned(),
    })
}

pub(super) fn domain_is_there(base: &Realm, domain: &str) -> Result<(), Error> {
    if base.domain(domain).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = base.domains().map(|domain| &*domain.name).collect();
    Err(not_there("domain", domain, &known))
}

/// That something is not in the realm, with what was likely meant.
pub(crate) fn not_there(what: &str, name: &str, known: &[&str]) -> Error {
    let hint = match blue_realm::did_you_mean(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => format!("it has no {what} yet"),
        None => format!("it has {}", known.join(", ")),
    };
    Error::Use {
        message: format!("the realm has no {what} `{name}`"),
        hint,
    }
}

/// A new contract, and its first release where it has a value.
pub(super) fn add_contract(
    proposed: &mut Proposed,
    new: &NewContract,
    actor: &Actor,
) -> Result<(), Error> {
    name_of("contract", &new.name)?;
    let path = contract_path(&new.domain, &new.name);
    if proposed.text(&path).is_some() {
        return Ok(());
    }
    let patterns = json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true});
    let schema = new.schema.clone().unwrap_or_else(|| {
        json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {"read": patterns, "write": patterns, "delete": patterns},
        })
    });
    let mut contract = json!({
        "name": new.name,
        "version": FIRST,
        "owner": new.owner,
        "schema": schema,
    });
    if let Some(first) = &new.first {
        contract["value"] = first.value.clone();
        contract["evolution"] = json!([first_entry(FIRST, first, actor)]);
        let release = FileKind::Release {
            domain: new.domain.as_str().into(),
            contract: new.name.as_str().into(),
            version: FIRST.into(),
        };
        let said = json!({"schema": contract["schema"], "value": first.value});
        proposed.write(&release.path(), yaml(&said));
    }
    proposed.write(&path, yaml(&contract));
    Ok(())
}

/// Makes a repository a member of a domain, where it is none.
pub(super) fn add_member(proposed: &mut Proposed, domain: &str, repo: &str) -> Result<(), Error> {
    let path = FileKind::Domain {
        domain: domain.into(),
    }
    .path();
    let members = proposed
        .realm
        .domain(domain)
        .and_then(|it| it.members().map(Iterator::collect));
    let members: Vec<_> = members.unwrap_or_default();
    if members.iter().any(|member| ***member == *repo) {
        return Ok(());
    }
    let route = [Step::Key("members")];
    edited(proposed, &path, |text| {
        edit::append(text, &route, &Value::from(repo))
    })
}

/// A binding of a repository, where it has none of that contract; else its files and its range are those that are
/// wished.
pub(super) fn add(proposed: &mut Proposed, repo: &str, bound: &Bound) -> Result<(), Error> {
    let (domain, list, contract, item) = match bound {
        Bound::Export(it) => (&it.domain, "exports", &it.contract, export_item(it)),
        Bound::Import(it) => (&it.domain, "imports", &it.contract, import_item(it)),
    };
    let path = binding_path(domain, repo);
    let Some(binding) = proposed.realm.binding(domain, repo).cloned() else {
        proposed.write(&path, yaml(&json!({"repo": repo, list: [item]})));
        return Ok(());
    };
    let known = match bound {
        Bound::Export(_) => binding
            .exports
            .iter()
            .find(|it| *it.contract == **contract)
            .map(|it| it.index),
        Bound::Import(_) => binding
            .imports
            .iter()
            .find(|it| *it.contract == **contract)
            .map(|it| it.index),
    };
    let Some(index) = known else {
        let route = [Step::Key(list)];
        return edited(proposed, &path, |text| edit::append(text, &route, &item));
    };
    for (key, value) in item.as_object().into_iter().flatten() {
        if key == "source_files" && value.as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        let route = [Step::Key(list), Step::Index(index), Step::Key(key)];
        let is_so = blue_realm_value(proposed.text(&path).unwrap_or_default(), list, index, key);
        let (was, wished) = (is_so.as_ref().map_or(Vec::new(), listed), listed(value));
        match is_so {
            Some(_) if was == wished => {}
            Some(Value::Array(_)) => in_list(proposed, &path, &route, (&was, &wished))?,
            _ => edited(proposed, &path, |text| edit::set(text, &route, value))?,
        }
    }
    Ok(())
}

/// A list, and what stands for a list of itself.
fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

/// Makes one list of another: what stays keeps its line, with all that is beside it. Whose order becomes another one is
/// written anew, for in globs the last word counts.
fn in_list(
    proposed: &mut Proposed,
    path: &str,
    route: &[Step<'_>],
    (was, wished): (&[Value], &[Value]),
) -> Result<(), Error> {
    let stays = |item: &&Value| wished.contains(item);
    let new = wished.iter().filter(|item| !was.contains(item));
    let made = was.iter().filter(stays).chain(new.clone());
    if !made.eq(wished) {
        let all = Value::from(wished);
        return edited(proposed, path, |text| edit::set(text, route, &all));
    }
    for item in new {
        edited(proposed, path, |text| edit::append(text, route, item))?;
    }
    let gone = was.iter().enumerate().filter(|(_, item)| !stays(item));
    for (index, _) in gone.rev() {
        let item = [route, &[Step::Index(index)]].concat();
        edited(proposed, path, |text| edit::remove(text, &item))?;
    }
    Ok(())
}

/// What a binding's file says now.
fn blue_realm_value(text: &str, list: &str, index: usize, key: &str) -> Option<Value> {
    let file: Value = serde_yaml::from_str(text).ok()?;
    file.get(list)?.get(index)?.get(key).cloned()
}

fn export_item(export: &NewExport) -> Value {
    let mut item = json!({"contract": export.contract, "source_files": export.files});
    if let Some(bucket) = &export.bucket {
        item["detect"] = json!([{"s3": {"bucket": bucket}}]);
    }
    if let Some(Constant { symbol, into }) = &export.constant {
        item["detect"] = match into {
            Some(into) => json!([{"symbol": symbol, "into": into}]),
            None => json!([{"symbol": symbol}]),
        };
    }
    item
}

fn import_item(import: &NewImport) -> Value {
    let binding = match import.binding.as_slice() {
        [one] => Value::from(one.as_str()),
        several => json!(several),
    };
    json!({"contract": import.contract, "version": import.version, "binding": binding})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_of_a_value_takes_it_in() {
        for (value, schema) in [
            (json!(3), json!({"type": "integer"})),
            (json!(0.5), json!({"type": "number"})),
            (
                json!(["a", "b"]),
                json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
            ),
            (
                json!(["a", "a"]),
                json!({"type": "array", "items": {"type": "string"}}),
            ),
            (json!([]), json!({"type": "array"})),
            (
                json!([1, "a"]),
                json!({"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "string"}]}}),
            ),
            (
                json!({"limits": {"retries": 3}}),
                json!({"type": "object", "additionalProperties": false, "properties": {"limits": {
                    "type": "object", "additionalProperties": false, "properties": {"retries": {"type": "integer"}},
                }}}),
            ),
        ] {
            let made = schema_of(&value);
            assert_eq!(made, schema, "{value}");
            assert_eq!(
                blue_compat::schema::validate(&made, &value).unwrap(),
                [],
                "{value}"
            );
        }
    }
}
