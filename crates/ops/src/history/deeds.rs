//! What a commit did to a realm's contracts, read from the files that it changed and from nothing that it says of
//! itself: a message may say anything.

use std::sync::Arc;

use blue_realm::{
    AcceptancesFile, BindingFile, ContractFile, FileKind, Import, ParsedFile, classify,
};
use semver::Version;

use super::entries::{Entry, Touched};
use crate::error::Error;
use crate::place::OpenRealm;

/// Something that was done to a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It got a version.
    Released {
        /// Its domain.
        domain: String,
        /// Its name.
        contract: String,
        /// Its exporter; nothing where the realm names none.
        owner: Option<String>,
        /// The version before; nothing: it has its first value.
        from: Option<Version>,
        /// The version.
        to: Version,
        /// Whether importers of the version before may be broken by it.
        is_breaking: bool,
        /// What changed, in the realm's words; may be empty.
        changes: Vec<String>,
    },
    /// It was taken away, with all of its versions.
    Gone {
        /// Its domain.
        domain: String,
        /// Its name.
        contract: String,
        /// Its exporter; nothing where the realm named none.
        owner: Option<String>,
        /// The last version.
        from: Version,
    },
    /// An importer follows a later version.
    Follows {
        /// The contract's domain.
        domain: String,
        /// The contract.
        contract: String,
        /// The importer.
        repo: String,
        /// The version that it followed before.
        from: Option<Version>,
        /// The version.
        to: Version,
    },
    /// An importer agrees to a break before it follows.
    Accepts {
        /// The domain of its binding.
        domain: String,
        /// The contract, as the record says.
        contract: Option<String>,
        /// The importer.
        repo: String,
        /// Of the break.
        fingerprint: String,
        /// Why.
        reason: Option<String>,
    },
}

/// What a commit did, in the order of its files' paths. They are read one at a time.
///
/// # Errors
/// [`Error::Git`].
pub fn deeds(realm: &OpenRealm, entry: &Entry) -> Result<Vec<Deed>, Error> {
    let mut deeds = Vec::new();
    for touched in &entry.files {
        match classify(&touched.path) {
            Some(FileKind::Contract { domain, .. }) => {
                deeds.extend(released(realm, &domain, touched, &entry.files)?);
                deeds.extend(gone(realm, &domain, touched, &entry.files)?);
            }
            Some(FileKind::Binding { domain, repo }) => {
                deeds.extend(follows(realm, (&domain, &repo), touched)?);
            }
            Some(FileKind::Acceptances { domain, repo }) => {
                deeds.extend(accepts(realm, (&domain, &repo), touched)?);
            }
            _ => {}
        }
    }
    Ok(deeds)
}

fn contract(file: Option<Arc<ParsedFile>>) -> Option<Arc<ContractFile>> {
    file?.as_contract().cloned()
}

/// The version of a contract that has a value.
fn version(contract: Option<&ContractFile>) -> Option<&Version> {
    let contract = contract.filter(|it| it.value.is_some())?;
    contract.version.as_ref()
}

fn released(
    realm: &OpenRealm,
    domain: &str,
    touched: &Touched,
    all: &[Touched],
) -> Result<Option<Deed>, Error> {
    let Some(after) = contract(touched.after(realm)?) else {
        return Ok(None);
    };
    let Some(to) = version(Some(&after)) else {
        return Ok(None);
    };
    let before = match contract(touched.before(realm)?) {
        Some(before) => Some(before),
        None => renamed(realm, domain, &after, all)?,
    };
    let from = version(before.as_deref());
    if from == Some(to) {
        return Ok(None);
    }
    let mut news = after.evolution.iter().filter(|entry| {
        let version = entry.version.as_ref();
        version.is_some_and(|it| it <= to && from.is_none_or(|from| it > from))
    });
    let is_said = news.clone().any(|entry| entry.compatible == Some(false));
    // Of a first value the last word counts: nobody has seen what was before.
    let words: Vec<String> = match from {
        Some(_) => news
            .flat_map(|it| &it.changes)
            .map(ToString::to_string)
            .collect(),
        None => {
            let last = news.next_back().into_iter().flat_map(|it| &it.changes);
            last.map(ToString::to_string).collect()
        }
    };
    Ok(Some(Deed::Released {
        domain: domain.to_owned(),
        contract: after.name.to_string(),
        owner: after.owner.as_ref().map(ToString::to_string),
        from: from.cloned(),
        to: to.clone(),
        is_breaking: from.is_some_and(|from| to.major > from.major || is_said),
        changes: words,
    }))
}

/// A contract with a value whose file is no more, and that has no other name now.
fn gone(
    realm: &OpenRealm,
    domain: &str,
    touched: &Touched,
    all: &[Touched],
) -> Result<Option<Deed>, Error> {
    if touched.after(realm)?.is_some() {
        return Ok(None);
    }
    let before = contract(touched.before(realm)?);
    let Some((before, from)) = before
        .as_ref()
        .and_then(|it| Some((it, version(Some(it))?.clone())))
    else {
        return Ok(None);
    };
    let in_domain = |it: &&Touched| matches!(classify(&it.path), Some(FileKind::Contract { domain: other, .. }) if *other == *domain);
    for other in all.iter().filter(in_domain) {
        let now = contract(other.after(realm)?);
        if now.is_some_and(|now| now.previously.contains(&before.name)) {
            return Ok(None);
        }
    }
    Ok(Some(Deed::Gone {
        domain: domain.to_owned(),
        contract: before.name.to_string(),
        owner: before.owner.as_ref().map(ToString::to_string),
        from,
    }))
}

/// A contract under the name that it had until this commit.
fn renamed(
    realm: &OpenRealm,
    domain: &str,
    after: &ContractFile,
    all: &[Touched],
) -> Result<Option<Arc<ContractFile>>, Error> {
    for name in &after.previously {
        let had_it = |it: &&Touched| {
            matches!(classify(&it.path),
                Some(FileKind::Contract { domain: other, contract }) if *other == *domain && *contract == **name)
        };
        for was in all.iter().filter(had_it) {
            if was.after(realm)?.is_some() {
                continue; // It has the name still.
            }
            if let Some(before) = contract(was.before(realm)?) {
                return Ok(Some(before));
            }
        }
    }
    Ok(None)
}

fn binding(file: Option<Arc<ParsedFile>>) -> Option<Arc<BindingFile>> {
    file?.as_binding().cloned()
}

/// Whoever joins says what it has; that it follows is a word about something that it imported before.
fn follows(
    realm: &OpenRealm,
    (domain, repo): (&str, &str),
    touched: &Touched,
) -> Result<Vec<Deed>, Error> {
    let Some(before) = binding(touched.before(realm)?) else {
        return Ok(Vec::new());
    };
    let Some(after) = binding(touched.after(realm)?) else {
        return Ok(Vec::new());
    };
    let moved = after.imports.iter().filter_map(|import| {
        let to = import.resolved_version.as_ref()?;
        let of = |it: &&Import| it.contract == import.contract && it.from == import.from;
        let from = before.imports.iter().find(of)?.resolved_version.as_ref();
        if from.is_some_and(|from| from >= to) {
            return None;
        }
        let domain = match &import.from {
            None => domain,
            Some(from) if *from.realm == *realm.name => &from.domain,
            Some(_) => return None,
        };
        Some(Deed::Follows {
            domain: domain.to_owned(),
            contract: import.contract.to_string(),
            repo: repo.to_owned(),
            from: from.cloned(),
            to: to.clone(),
        })
    });
    Ok(moved.collect())
}

fn accepts(
    realm: &OpenRealm,
    (domain, repo): (&str, &str),
    touched: &Touched,
) -> Result<Vec<Deed>, Error> {
    let records = |file: Option<Arc<ParsedFile>>| -> Vec<_> {
        let held: Option<Arc<AcceptancesFile>> = file.and_then(|it| it.as_acceptances().cloned());
        held.map(|it| it.acceptances.clone()).unwrap_or_default()
    };
    let before = records(touched.before(realm)?);
    let new = records(touched.after(realm)?).into_iter().filter(|record| {
        let mut known = before.iter();
        !known.any(|it| it.fingerprint == record.fingerprint)
    });
    let accepted = new.map(|record| Deed::Accepts {
        domain: domain.to_owned(),
        contract: record.contract.map(|it| it.to_string()),
        repo: repo.to_owned(),
        fingerprint: record.fingerprint.to_string(),
        reason: record.reason.map(|it| it.to_string()),
    });
    Ok(accepted.collect())
}
