//! Old versions of a contract: from the file that a release leaves, else from the history of the
//! realm's followed branch.
//!
//! It exists because two released versions are compared long after the contract's file has moved on.

use std::path::Path;
use std::sync::Arc;

use blue_git::{CommitId, Repository};
use blue_realm::{ContractFile, Realm, contract_path, parse_file};
use semver::Version;

use crate::load::folder_in;

/// Commits of the followed branch that are looked at, newest first.
const MAX_COMMITS: usize = 50_000;

/// What a version of a contract was.
#[derive(Debug, Clone)]
pub struct VersionFound {
    /// The contract as that version had it. Of a release's file only schema and value are of that
    /// version, the rest is the contract's own.
    pub contract: Arc<ContractFile>,
    /// Where it was read: a path of the realm, or a commit's short id.
    pub from: String,
}

/// Why a version cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// Neither released nor ever on the branch.
    #[error("the realm has no version {version} of {contract}: {}", advice(*.shallow))]
    NotFound {
        /// The contract.
        contract: String,
        /// As it was asked for.
        version: Version,
        /// History may be missing from this clone.
        shallow: bool,
    },
    /// git does not read its own files.
    #[error(transparent)]
    Git(#[from] blue_git::Error),
}

fn advice(shallow: bool) -> &'static str {
    match shallow {
        true => {
            "its clone here is shallow, so fetch the whole history (`git fetch --unshallow`, in CI \
             `fetch-depth: 0`)"
        }
        false => "no release file and no commit of the followed branch says it",
    }
}

/// Which contract of which realm's checkout.
#[derive(Debug, Clone, Copy)]
pub struct ContractAt<'a> {
    /// The realm's checkout.
    pub root: &'a Path,
    /// The branch or tag that is followed; nothing: the default branch.
    pub follow: Option<&'a str>,
    /// The domain.
    pub domain: &'a str,
    /// The contract.
    pub contract: &'a str,
}

/// What a version of a contract was: its release file in `realm`, else `realm`'s own contract where
/// that says it, else the last commit on the followed branch's first-parent line that says it.
/// Blocking.
///
/// # Errors
/// [`VersionError`].
pub fn contract_version(
    at: &ContractAt<'_>,
    realm: &Realm,
    version: &Version,
) -> Result<VersionFound, VersionError> {
    let now = realm.contract(at.domain, at.contract);
    if let Some(release) = realm.release(at.domain, at.contract, version) {
        let mut contract = now.map(|now| (**now).clone()).unwrap_or_default();
        contract.version = Some(version.clone());
        contract.schema.clone_from(&release.schema);
        contract.value.clone_from(&release.value);
        let from = contract_path(at.domain, &format!("{}/{version}", at.contract));
        let contract = Arc::new(contract);
        return Ok(VersionFound { contract, from });
    }
    if let Some(now) = now.filter(|now| now.version.as_ref() == Some(version)) {
        let from = contract_path(at.domain, at.contract);
        let contract = now.clone();
        return Ok(VersionFound { contract, from });
    }
    let not_found = |shallow| VersionError::NotFound {
        contract: at.contract.to_owned(),
        version: version.clone(),
        shallow,
    };
    let Some(repository) = blue_git::discover(at.root)? else {
        return Err(not_found(false));
    };
    let found = on_branch(&repository, at, version)?;
    found.ok_or_else(|| not_found(repository.is_shallow()))
}

fn on_branch(
    repository: &Repository,
    at: &ContractAt<'_>,
    version: &Version,
) -> Result<Option<VersionFound>, blue_git::Error> {
    let record = match at.follow {
        Some(name) => repository.record_commit(Some(name))?,
        None => repository.default_branch()?,
    };
    let (Some(record), Some(under)) = (record, folder_in(repository, at.root)) else {
        return Ok(None);
    };
    let path = contract_path(at.domain, at.contract);
    let full = match under.is_empty() {
        true => path.clone(),
        false => format!("{under}/{path}"),
    };
    // Most commits leave the contract alone: its text is read anew only where it differs.
    let mut last: Option<Vec<u8>> = None;
    for commit in repository.first_parents(record.commit, MAX_COMMITS)? {
        let bytes = repository.file_at(commit, &full)?;
        if bytes.is_none() || bytes == last {
            continue;
        }
        if let Some(found) = bytes
            .as_deref()
            .and_then(|it| said(it, &path, version, commit))
        {
            return Ok(Some(found));
        }
        last = bytes;
    }
    Ok(None)
}

fn said(bytes: &[u8], path: &str, version: &Version, commit: CommitId) -> Option<VersionFound> {
    let file = parse_file(path, bytes);
    let contract = file.as_contract()?;
    (contract.version.as_ref() == Some(version)).then(|| VersionFound {
        contract: contract.clone(),
        from: commit.short(),
    })
}
