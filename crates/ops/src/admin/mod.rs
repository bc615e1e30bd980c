//! The life of a realm: made, joined, given domains, contracts and bindings, left. Each verb is a function from a
//! realm to a change of it, which [`crate::land`] writes: all of it or nothing, and nothing where it is
//! so already.

mod bindings;
mod carried;
mod codeowners;
mod contract;
mod domain;
mod early;
mod health;
mod init;
mod join;
mod leave;
mod migrate;

use blue_realm::edit::EditError;
use blue_realm::{Realm, edit};
use blue_text::{TextEdit, apply_edits};
use serde_json::Value;

use crate::ask::Actor;
use crate::error::Error;
use crate::merge::trailer;
use crate::proposed::Proposed;
use crate::write::Written;

pub(crate) use bindings::not_there;
pub use bindings::{
    Bound, Constant, First, NewContract, NewExport, NewImport, export, import, schema_of,
};
pub use codeowners::{CODEOWNERS, codeowners, own_code};
pub use contract::{
    Deprecate, deprecate, in_words, nothing_waits, remove_contract, rename_contract,
};
pub use domain::{Left, NewDomain, Without, add_to_domain, create_domain, take_from_domain};
pub use health::{Ailment, AilmentKind, LastSeen, confirm, health, last_seen};
pub use init::{Init, init};
pub use join::{Join, is_nobodys, join};
pub use leave::{Anyway, leave};
pub use migrate::{Early, early_file, left_over, migrate};

/// A new file.
fn yaml(value: &Value) -> String {
    edit::document(value)
}

/// Changes a file, which is there, in place.
fn edited(
    proposed: &mut Proposed,
    path: &str,
    edit: impl FnOnce(&str) -> Result<Vec<TextEdit>, EditError>,
) -> Result<(), Error> {
    let wrap = |source| Error::Edit {
        path: path.to_owned(),
        source,
    };
    let text = proposed.text(path).unwrap_or_default().to_owned();
    let edits = edit(&text).map_err(wrap)?;
    let text =
        apply_edits(&text, &edits).ok_or_else(|| wrap(EditError::Entangled(path.to_owned())))?;
    proposed.write(path, text);
    Ok(())
}

/// The change with its message; nothing where it changes nothing.
fn written(proposed: Proposed, subject: &str, actor: &Actor) -> Option<Written> {
    if proposed.files.is_empty() {
        return None;
    }
    let email = actor.author.email.replace(['\n', '\r'], " ");
    Some(Written {
        message: format!("{subject}\n\n{}: {email}\n", trailer::ACTOR),
        proposed,
    })
}

/// Fails where a name is none, with a spelling that is one.
fn name_of(what: &str, name: &str) -> Result<(), Error> {
    if blue_realm::is_name(name) {
        return Ok(());
    }
    let hint = match blue_realm::spell_name(name) {
        Some(spelling) => {
            format!("write `{spelling}`: lower-case letters, digits and `-`, at most 64")
        }
        None => "names are lower-case letters, digits and `-`, at most 64".to_owned(),
    };
    Err(Error::Use {
        message: format!("`{name}` is no name of a {what}"),
        hint,
    })
}

/// Whether the actor is one of the people of a repo, as the realm lists them by e-mail.
fn maintains(realm: &Realm, repo: &str, actor: &Actor) -> bool {
    let Some(repo) = realm.repo(repo) else {
        return false;
    };
    let people = [&actor.author.email, &actor.committer.email];
    repo.maintainers.iter().any(|listed| {
        people
            .iter()
            .any(|email| email.eq_ignore_ascii_case(listed))
    })
}
