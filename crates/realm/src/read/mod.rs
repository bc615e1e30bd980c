//! One file of each kind from its tree: which keys it has, and what stands under them.

mod binding;
mod contract;
mod realm;

use std::sync::Arc;

use crate::decode::{At, Fields, Problems, shortened};
use crate::kind::FileKind;
use crate::model::{Level, Levels, Model};
use crate::names::{Name, is_name};
use crate::problem::ProblemCode;
use crate::spans::Part;

/// What the file says; nothing if its root has the wrong shape.
pub(crate) fn model(kind: &FileKind, root: &At<'_>, problems: &mut Problems) -> Option<Model> {
    match kind {
        FileKind::Realm => realm::realm(root, problems).map(Arc::new).map(Model::Realm),
        FileKind::Repo { name } => realm::repo(root, name, problems)
            .map(Arc::new)
            .map(Model::Repo),
        FileKind::Domain { domain } => realm::domain(root, domain, problems)
            .map(Arc::new)
            .map(Model::Domain),
        FileKind::Governance { .. } => realm::governance_file(root, problems)
            .map(Arc::new)
            .map(Model::Governance),
        FileKind::Contract { contract, .. } => contract::contract(root, contract, problems)
            .map(Arc::new)
            .map(Model::Contract),
        FileKind::Release { version, .. } => contract::release(root, version, problems)
            .map(Arc::new)
            .map(Model::Release),
        FileKind::Binding { repo, .. } => binding::binding(root, repo, problems)
            .map(Arc::new)
            .map(Model::Binding),
        FileKind::Acceptances { repo, .. } => binding::acceptances(root, repo, problems)
            .map(Arc::new)
            .map(Model::Acceptances),
        FileKind::Foreign => None,
    }
}

/// The name under `key`, which must be the one that the file's path has. The path's is what counts:
/// it is what other files find it by.
fn own_name(fields: &Fields<'_>, key: &'static str, path_name: &Name, problems: &mut Problems) {
    let Some(at) = fields.required(key, problems) else {
        return;
    };
    let Some(name) = at.name(problems) else {
        return;
    };
    if !is_name(path_name) {
        let message = format!(
            "`{}`, as the path has it, is not a name: `a-z`, `0-9` and `-`, 64 at most, no `-` first",
            shortened(path_name)
        );
        problems.add(ProblemCode::BadName, &at, Part::Value, message);
    } else if name != *path_name {
        let message = format!("`{key}` is `{name}`, but by its path this is `{path_name}`");
        let suggestion = Some(path_name.to_string());
        problems.suggest(ProblemCode::BadName, &at, Part::Value, message, suggestion);
    }
}

/// A table of codes and severities.
pub(crate) fn levels(at: &At<'_>, problems: &mut Problems) -> Levels {
    at.table(problems, |at, problems| at.one_of(Level::WORDS, problems))
}
