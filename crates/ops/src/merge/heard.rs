//! Whether an importer's word on a sync that waits is about what the sync says now: who changes a sync leaves its version
//! what it was, often enough, and of something else nobody has said anything.

use blue_git::CommitId;
use blue_realm::{ContractFile, binding_path, contract_path};

use super::judge::as_told;
use super::open::OpenSync;
use crate::error::Error;
use crate::place::OpenRealm;

/// A contract as it stood at a commit, for whoever gives a word about it, and whether its file can be read whole.
pub(crate) fn stood(
    realm: &OpenRealm,
    commit: CommitId,
    path: &str,
) -> Result<Option<(ContractFile, bool)>, Error> {
    let Some(file) = realm.file_at(commit, path)? else {
        return Ok(None);
    };
    let is_whole = file.problems.is_empty();
    let contract = file.as_contract();
    Ok(contract.map(|contract| (as_told(contract), is_whole)))
}

/// Whether the binding of `repo` in the domain `bound_in` was last changed on the branch where a contract stood as it
/// stands there now, so that what it says counts where the sync is judged.
pub(crate) fn is_heard(
    realm: &OpenRealm,
    open: &OpenSync,
    (domain, name): (&str, &str),
    (bound_in, repo): (&str, &str),
) -> Result<bool, Error> {
    let (contract, binding) = (contract_path(domain, name), binding_path(bound_in, repo));
    let stands = stood(realm, open.tip, &contract)?;
    let changes = open.changes.iter();
    for change in changes.filter(|it| it.paths.contains(&binding)) {
        if stands.is_some() && stood(realm, change.commit, &contract)? == stands {
            return Ok(true);
        }
    }
    Ok(false)
}
