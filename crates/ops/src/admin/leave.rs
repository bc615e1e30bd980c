//! `leave`: a repository takes part no more.

use blue_realm::edit;
use blue_realm::{FileKind, Realm, Step, binding_path, contract_path};

use super::{edited, written};
use crate::ask::Actor;
use crate::error::Error;
use crate::proposed::{Breaks, Proposed};
use crate::write::Written;

/// Takes a repository out: its file, its bindings and acceptances, its place in domains, and what it exports. Refused
/// while others import that, unless `anyway` says so: their bindings then name a contract that is gone.
///
/// # Errors
/// [`Error::Use`], naming those who import from it; [`Error::Edit`].
pub fn leave(
    base: &Realm,
    repo: &str,
    anyway: Anyway,
    actor: &Actor,
) -> Result<Option<Written>, Error> {
    let mut proposed = Proposed::of(base);
    let mut in_the_way = Vec::new();
    let domains: Vec<_> = base.domains_of(repo).cloned().collect();
    for domain in &domains {
        let owned = base
            .contracts(&domain.name)
            .filter(|contract| contract.owner.as_deref() == Some(repo));
        for contract in owned {
            let importers = base.importers_of(&domain.name, &contract.name);
            let others = importers.iter().filter(|importer| **importer.repo != *repo);
            in_the_way.extend(
                others.map(|importer| format!("{} imports {}", importer.repo, contract.name)),
            );
            proposed.remove(&contract_path(&domain.name, &contract.name));
            let releases = base.releases(&domain.name, &contract.name);
            for (version, _) in releases {
                let kind = FileKind::Release {
                    domain: domain.name.clone(),
                    contract: contract.name.clone(),
                    version: version.to_string().into(),
                };
                proposed.remove(&kind.path());
            }
        }
        proposed.remove(&binding_path(&domain.name, repo));
        let acceptances = FileKind::Acceptances {
            domain: domain.name.clone(),
            repo: repo.into(),
        };
        proposed.remove(&acceptances.path());
        let members: Vec<_> = domain.members().into_iter().flatten().collect();
        if let Some(index) = members.iter().position(|member| ***member == *repo) {
            let path = FileKind::Domain {
                domain: domain.name.clone(),
            }
            .path();
            let route = [Step::Key("members"), Step::Index(index)];
            edited(&mut proposed, &path, |text| edit::remove(text, &route))?;
        }
    }
    if !in_the_way.is_empty() && anyway == Anyway::No {
        in_the_way.sort();
        in_the_way.dedup();
        return Err(Error::Use {
            message: format!("others rely on {repo}: {}", in_the_way.join(", ")),
            hint: "have them leave it first, hand its contracts on, or use --force".to_owned(),
        });
    }
    if anyway == Anyway::Yes {
        proposed.breaks = Breaks::Meant;
    }
    let kind = FileKind::Repo { name: repo.into() };
    proposed.remove(&kind.path());
    Ok(written(proposed, &format!("{repo} leaves"), actor))
}

/// Whether a repository leaves although others import from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anyway {
    /// It stays.
    No,
    /// It leaves.
    Yes,
}
