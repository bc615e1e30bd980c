//! `init`: a realm from nothing.

use std::path::Path;

use blue_git::{CommitId, FileChange, Repository};
use serde_json::json;

use super::{CODEOWNERS, codeowners, name_of, yaml};
use crate::ask::Ask;
use crate::clock;
use crate::error::Error;
use crate::proposed::Proposed;
use blue_realm::Realm;

/// A realm that is to be.
#[derive(Debug, Clone)]
pub struct Init<'a> {
    /// Its name.
    pub name: &'a str,
    /// The folder of its checkout: empty, or not there.
    pub path: &'a Path,
    /// Files beside the realm's own, as a workflow for a forge: path and text.
    pub beside: &'a [(&'a str, &'a str)],
}

/// Makes the repository of a realm with its first commit. The actor becomes its approver. Nothing is done where the
/// folder holds a realm of that name already.
///
/// # Errors
/// [`Error::Use`] where the name is none, or the folder holds something else.
pub fn init(wish: &Init<'_>, ask: &mut Ask<'_>) -> Result<Option<CommitId>, Error> {
    name_of("realm", wish.name)?;
    // Whoever began it was killed at the last steps.
    Repository::finish_create(wish.path)?;
    let realm_yaml = wish.path.join("realm.yaml");
    if let Ok(text) = std::fs::read(&realm_yaml) {
        let there = Realm::from_files([blue_realm::parse_file("realm.yaml", &text)]);
        return match there.name() {
            Some(name) if name == wish.name => Ok(None),
            _ => Err(in_the_way(wish.path, "holds another realm")),
        };
    }
    if !Repository::may_create(wish.path) {
        return Err(in_the_way(wish.path, "is not an empty folder"));
    }
    let mut proposed = Proposed::of(&Realm::from_files([]));
    let approver = &ask.actor.author.email;
    let realm = json!({
        "name": wish.name,
        "version": "1.0.0",
        "created_at": clock::timestamp(ask.now),
        "governance": {
            "admission": "approval",
            "approvers": [approver],
        },
    });
    proposed.write("realm.yaml", yaml(&realm));
    let owners = codeowners(&proposed.realm);
    let mut files = proposed.changes();
    let beside = wish.beside.iter().copied();
    for (path, text) in beside.chain([(CODEOWNERS, owners.as_str())]) {
        files.push(FileChange {
            path: path.to_owned(),
            content: Some(text.as_bytes().to_vec()),
        });
    }
    let message = format!("A realm: {}\n", wish.name);
    let branch = blue_git::first_branch();
    let (_, commit) =
        Repository::create(wish.path, &branch, &files, &message, &ask.signing_maker())?;
    Ok(Some(commit))
}

fn in_the_way(path: &Path, why: &str) -> Error {
    Error::Use {
        message: format!("{} {why}", path.display()),
        hint: "name a folder that is empty or does not exist yet with --path".to_owned(),
    }
}
