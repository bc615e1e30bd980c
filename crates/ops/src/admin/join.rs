//! `join`: a repository takes part in a realm.

use blue_realm::edit;
use blue_realm::proposal::is_person;
use blue_realm::{Admission, FileKind, Realm, Step};
use serde_json::{Value, json};

use super::{Bound, NewExport, NewImport, bindings, edited, name_of, written, yaml};
use crate::ask::Actor;
use crate::clock;
use crate::error::Error;
use crate::proposed::Proposed;
use crate::write::Written;

/// A repository that takes part.
#[derive(Debug, Clone, Default)]
pub struct Join {
    /// Its name in the realm.
    pub repo: String,
    /// Where git fetches it from, without credentials.
    pub url: Option<String>,
    /// Where its checkout stands, relative to the realm's, for those who have both.
    pub path: Option<String>,
    /// The folder in that, of one repository among several.
    pub subdir: Option<String>,
    /// What it exports and imports, as its code says.
    pub exports: Vec<NewExport>,
    /// See `exports`.
    pub imports: Vec<NewImport>,
}

impl Join {
    /// Whether whoever acts may write it to the branch of record, as far as the realm's admission goes; else it is a
    /// proposal for its approvers.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where the repository would have to be invited.
    pub fn is_admitted(&self, realm: &Realm, actor: &Actor) -> Result<bool, Error> {
        if realm.repo(&self.repo).is_some() {
            return Ok(true);
        }
        let Some(file) = realm.realm_file() else {
            return Ok(true);
        };
        let governance = &file.governance;
        let approves = governance
            .approvers()
            .iter()
            .any(|listed| listed.eq_ignore_ascii_case(&actor.author.email));
        match governance.admission() {
            Admission::Open => Ok(true),
            // Nobody is listed who could approve.
            Admission::Approval => Ok(approves || governance.approvers().is_empty()),
            Admission::InviteOnly => {
                let invited = governance.invited.iter().flatten();
                let is_invited = invited.into_iter().any(|repo| **repo == *self.repo);
                match approves || is_invited {
                    true => Ok(true),
                    false => Err(Error::NotAllowed(vec![format!(
                        "{} is by invitation only, and `governance.invited` does not name {}: ask {}",
                        file.name.as_deref().unwrap_or("the realm"),
                        self.repo,
                        governance.approvers().join(" or "),
                    )])),
                }
            }
        }
    }
}

/// Whether a realm has a repository of which it lists no maintainer.
#[must_use]
pub fn is_nobodys(realm: &Realm, repo: &str) -> bool {
    let file = realm.repo(repo);
    file.is_some_and(|file| file.maintainers.is_empty())
}

/// Whether somebody may say who looks after a repository that nobody does: an approver, or anybody where there is none.
fn decides(realm: &Realm, actor: &Actor) -> bool {
    let governance = realm.realm_file().map(|file| file.governance.clone());
    let governance = governance.unwrap_or_default();
    let mut approvers = governance.approvers().iter();
    let is_listed = approvers.any(|listed| is_person(&actor.as_author(), listed));
    is_listed || governance.approvers().is_empty()
}

/// The repository's file and its bindings, over those that are there.
///
/// # Errors
/// [`Error::Use`], [`Error::Edit`].
pub fn join(base: &Realm, wish: &Join, actor: &Actor, now: i64) -> Result<Option<Written>, Error> {
    name_of("repo", &wish.repo)?;
    let mut proposed = Proposed::of(base);
    let kind = FileKind::Repo {
        name: wish.repo.as_str().into(),
    };
    let path = kind.path();
    if base.file(&path).is_none() {
        let mut file = json!({"name": wish.repo});
        let members = [
            ("path", &wish.path),
            ("url", &wish.url),
            ("subdir", &wish.subdir),
        ];
        for (key, value) in members {
            if let Some(value) = value {
                file[key] = Value::from(value.as_str());
            }
        }
        file["maintainers"] = json!([actor.author.email]);
        file["joined_at"] = Value::from(clock::timestamp(now));
        proposed.write(&path, yaml(&file));
    } else if is_nobodys(base, &wish.repo) && decides(base, actor) {
        // Nobody is listed who would look after it.
        let route = [Step::Key("maintainers")];
        edited(&mut proposed, &path, |text| {
            edit::set(text, &route, &json!([actor.author.email]))
        })?;
    }
    for export in &wish.exports {
        bindings::add(&mut proposed, &wish.repo, &Bound::Export(export.clone()))?;
    }
    for import in &wish.imports {
        bindings::add(&mut proposed, &wish.repo, &Bound::Import(import.clone()))?;
    }
    Ok(written(
        proposed,
        &format!("{} takes part", wish.repo),
        actor,
    ))
}
