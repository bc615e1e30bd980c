//! `domain create`: a place where repos coordinate, with its first contract and those who export and import it.

use blue_realm::edit;
use blue_realm::{FileKind, Realm, Step};
use serde_json::json;

use super::{
    Bound, Constant, First, NewContract, NewExport, NewImport, bindings, edited, maintains,
    name_of, written, yaml,
};
use crate::ask::Actor;
use crate::clock;
use crate::error::Error;
use crate::proposed::Proposed;
use crate::write::Written;

/// A domain that is to be.
#[derive(Debug, Clone, Default)]
pub struct NewDomain {
    /// Its name.
    pub name: String,
    /// Its members. Who has not joined the realm yet is waited for.
    pub repos: Vec<String>,
    /// Its first contract and the contract's owner.
    pub contract: Option<(String, String)>,
    /// Globs of the owner's files that the contract is read from.
    pub files: Vec<String>,
    /// Only this bucket's.
    pub bucket: Option<String>,
    /// The constant that it is read from, in place of what the code does to objects.
    pub constant: Option<Constant>,
    /// What the owner's code says of it; nothing: its first sync says it.
    pub first: Option<First>,
    /// The files of the other members that follow it, as far as they are known.
    pub bound: Vec<(String, Vec<String>)>,
}

/// What a new domain leaves for others to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Left(pub Vec<(String, Without)>);

/// Why a member has no binding yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// It has not joined the realm.
    Membership,
    /// The actor is none of its maintainers: its bindings are for them to write.
    Permission,
    /// Which of its files would follow is not known.
    Files,
}

/// The range that importers begin with.
const RANGE: &str = ">=1.0.0, <2.0.0";

/// The domain, its contract, and the bindings of those for whom the actor may write them; who is left out, and why.
///
/// # Errors
/// [`Error::Use`] for names that are none, and an owner that is no member; [`Error::Edit`]. A cycle through domains is
/// refused as the change is judged.
pub fn create_domain(
    base: &Realm,
    wish: &NewDomain,
    actor: &Actor,
    now: i64,
) -> Result<(Option<Written>, Left), Error> {
    name_of("domain", &wish.name)?;
    for repo in &wish.repos {
        name_of("repo", repo)?;
    }
    let mut proposed = Proposed::of(base);
    let path = FileKind::Domain {
        domain: wish.name.as_str().into(),
    }
    .path();
    match base.file(&path) {
        None => {
            let domain = json!({
                "name": wish.name,
                "created_at": clock::timestamp(now),
                "members": wish.repos,
            });
            proposed.write(&path, yaml(&domain));
        }
        Some(_) => {
            for repo in &wish.repos {
                bindings::add_member(&mut proposed, &wish.name, repo)?;
            }
        }
    }
    let mut left = Left::default();
    if let Some((contract, owner)) = &wish.contract {
        if !wish.repos.contains(owner) {
            return Err(Error::Use {
                message: format!(
                    "{owner} is to own {contract} and is no member of {}",
                    wish.name
                ),
                hint: "name it in --repos, or another owner with --owner".to_owned(),
            });
        }
        bindings::add_contract(
            &mut proposed,
            &NewContract {
                domain: wish.name.clone(),
                name: contract.clone(),
                owner: owner.clone(),
                schema: bindings::schema_of_new(wish.first.as_ref(), wish.constant.as_ref()),
                first: wish.first.clone(),
            },
            actor,
        )?;
        for repo in &wish.repos {
            // What stands there is its maintainers', unless files are named for it.
            let is_there = is_bound(base, wish, repo, (contract, owner));
            if is_there && (repo != owner || wish.files.is_empty()) {
                continue;
            }
            match bound(base, wish, repo, (contract, owner), actor) {
                Ok(binding) => bindings::add(&mut proposed, repo, &binding)?,
                Err(why) => left.0.push((repo.clone(), why)),
            }
        }
    }
    Ok((
        written(proposed, &format!("A domain: {}", wish.name), actor),
        left,
    ))
}

/// Whether a member's binding has to do with the contract already.
fn is_bound(base: &Realm, wish: &NewDomain, repo: &str, (contract, owner): (&str, &str)) -> bool {
    let Some(binding) = base.binding(&wish.name, repo) else {
        return false;
    };
    match repo == owner {
        true => binding.exports.iter().any(|it| *it.contract == *contract),
        false => binding.imports.iter().any(|it| *it.contract == *contract),
    }
}

/// The binding of a member, or why it has none yet.
fn bound(
    base: &Realm,
    wish: &NewDomain,
    repo: &str,
    (contract, owner): (&str, &str),
    actor: &Actor,
) -> Result<Bound, Without> {
    if base.repo(repo).is_none() {
        return Err(Without::Membership);
    }
    if !maintains(base, repo, actor) {
        return Err(Without::Permission);
    }
    if repo == owner {
        return match wish.files.is_empty() {
            true => Err(Without::Files),
            false => Ok(Bound::Export(NewExport {
                domain: wish.name.clone(),
                contract: contract.to_owned(),
                files: wish.files.clone(),
                bucket: wish.bucket.clone(),
                constant: wish.constant.clone(),
            })),
        };
    }
    let known = wish
        .bound
        .iter()
        .find(|(of, files)| of == repo && !files.is_empty());
    let (_, files) = known.ok_or(Without::Files)?;
    Ok(Bound::Import(NewImport {
        domain: wish.name.clone(),
        contract: contract.to_owned(),
        version: RANGE.to_owned(),
        binding: files.clone(),
    }))
}

/// Makes a repository a member of a domain that is there.
///
/// # Errors
/// [`Error::Use`], [`Error::Edit`].
pub fn add_to_domain(
    base: &Realm,
    domain: &str,
    repo: &str,
    actor: &Actor,
) -> Result<Option<Written>, Error> {
    name_of("repo", repo)?;
    bindings::domain_is_there(base, domain)?;
    let mut proposed = Proposed::of(base);
    bindings::add_member(&mut proposed, domain, repo)?;
    Ok(written(
        proposed,
        &format!("{repo} is a member of {domain}"),
        actor,
    ))
}

/// Takes a repository out of a domain. Refused while it has a binding there: what that says would be lost.
///
/// # Errors
/// [`Error::Use`], [`Error::Edit`].
pub fn take_from_domain(
    base: &Realm,
    domain: &str,
    repo: &str,
    actor: &Actor,
) -> Result<Option<Written>, Error> {
    bindings::domain_is_there(base, domain)?;
    if base.binding(domain, repo).is_some() {
        return Err(Error::Use {
            message: format!("{repo} has a binding in {domain}, which would be lost"),
            hint: "take what it exports and imports out of the binding first, or have it leave the realm".to_owned(),
        });
    }
    let members = base
        .domain(domain)
        .and_then(|it| it.members().map(Iterator::collect));
    let members: Vec<_> = members.unwrap_or_default();
    let Some(index) = members.iter().position(|member| ***member == *repo) else {
        return Ok(None);
    };
    let mut proposed = Proposed::of(base);
    let path = FileKind::Domain {
        domain: domain.into(),
    }
    .path();
    let route = [Step::Key("members"), Step::Index(index)];
    edited(&mut proposed, &path, |text| edit::remove(text, &route))?;
    Ok(written(
        proposed,
        &format!("{repo} is no member of {domain}"),
        actor,
    ))
}
