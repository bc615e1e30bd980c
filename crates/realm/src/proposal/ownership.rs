//! Who changed what is another's (`realm-format.md`, `trust.permissions` and its defaults;
//! `git-and-forges.md`, "Conflicts"). Who may is read from the base, never from the change that is
//! judged; where the base lists nobody, nothing can be told.

use std::collections::BTreeSet;

use super::people;
use super::place::{Told, in_place_of};
use super::{Author, Proposal, changed};
use crate::cross::{Loose, Permissions, Way};
use crate::decode::{Text, shortened};
use crate::kind::{FileKind, classify};
use crate::model::{Admission, DomainFile, RepoFile, Role, Trust};
use crate::names::Name;
use crate::problem::ProblemCode;
use crate::realm::Realm;

pub(super) fn judge<'a>(proposal: &Proposal<'a>, told: &mut Told<'a>) {
    if proposal.base.file(&FileKind::Realm.path()).is_none() {
        // A realm that is only being made is its maker's.
        return;
    }
    let nothing = Trust::default();
    let file = proposal.base.realm_file();
    let trust = file.map_or(&nothing, |file| &file.trust);
    let permissions = Permissions::new(trust);
    for (path, authors) in proposal.authors {
        let kind = classify(path).unwrap_or(FileKind::Foreign);
        if authors.is_empty() || is_generated(path) || !is_changed(proposal, path, &kind) {
            continue;
        }
        let may = match permissions.of(path) {
            Some((_, roles)) => by_roles(proposal, &kind, roles),
            None => by_default(proposal, &kind),
        };
        let strangers: Vec<&Author> = authors
            .iter()
            .filter(|author| !may.allows(proposal, &kind, author))
            .collect();
        // Nobody is listed who could do it better.
        if strangers.is_empty() || (may.people.is_empty() && may.not_invited.is_none()) {
            continue;
        }
        tell(proposal, path, &kind, &may, &strangers, told);
    }
}

/// The forge's own file of owners, which is generated from what is judged here.
fn is_generated(path: &str) -> bool {
    matches!(
        path.rsplit_once('/').unwrap_or(("", path)),
        (_, "CODEOWNERS")
    )
}

/// Of a file that is no file of the format only the caller knows.
fn is_changed(proposal: &Proposal<'_>, path: &str, kind: &FileKind) -> bool {
    if *kind == FileKind::Foreign {
        return true;
    }
    let text = |realm: &Realm| realm.file(path).map(|file| file.text.clone());
    text(proposal.base) != text(proposal.proposed)
}

/// Who may change a file.
#[derive(Default)]
struct May {
    /// Whom the base lists.
    people: BTreeSet<Text>,
    /// Who that is, in words: `the maintainers of aperture`.
    who: String,
    /// Anybody may.
    anybody: bool,
    /// The repo may not join: only by invitation, and it has none.
    not_invited: Option<Name>,
}

impl May {
    fn allows(&self, proposal: &Proposal<'_>, kind: &FileKind, author: &Author) -> bool {
        self.anybody
            || self.people.iter().any(|listed| people::is(author, listed))
            || comes_or_goes(proposal, kind, author)
    }

    fn and(mut self, other: May) -> May {
        if other.people.is_empty() {
            return self;
        }
        if self.people.is_empty() {
            self.who = other.who;
        } else if !self.who.contains(&other.who) {
            self.who = format!("{} and {}", self.who, other.who);
        }
        self.people.extend(other.people);
        self
    }
}

fn by_roles(proposal: &Proposal<'_>, kind: &FileKind, roles: &[Role]) -> May {
    roles.iter().fold(May::default(), |may, role| {
        may.and(match role {
            Role::RealmOwners => approvers(proposal.base, kind),
            Role::DomainOwners => domain_owners(proposal, kind),
            Role::ContractOwner => contract_owner(proposal, kind),
            Role::RepoMaintainers => match kind {
                FileKind::Repo { name: repo }
                | FileKind::Binding { repo, .. }
                | FileKind::Acceptances { repo, .. } => maintainers(proposal, repo),
                _ => contract_owner(proposal, kind),
            },
        })
    })
}

/// The specification's defaults.
fn by_default(proposal: &Proposal<'_>, kind: &FileKind) -> May {
    let base = proposal.base;
    let is_gone = proposal.proposed.file(&kind.path()).is_none();
    match kind {
        FileKind::Repo { name: repo }
        | FileKind::Binding { repo, .. }
        | FileKind::Acceptances { repo, .. } => {
            let own = maintainers(proposal, repo);
            let of_keys = matches!(kind, FileKind::Repo { .. }) && keys_changed(proposal, repo);
            // A repo whose people are gone is taken out, or given others, by an approver.
            let by_approver = of_keys || (is_gone && !matches!(kind, FileKind::Acceptances { .. }));
            match by_approver {
                true => own.and(approvers(base, kind)),
                false => own,
            }
        }
        FileKind::Contract { domain, contract } => {
            let own = contract_owner(proposal, kind);
            let owner = |realm: &Realm| realm.contract(domain, contract)?.owner.clone();
            let handed_on = owner(base).is_some() && owner(base) != owner(proposal.proposed);
            match handed_on {
                true => own.and(approvers(base, kind)),
                false => own,
            }
        }
        FileKind::Release { .. } => contract_owner(proposal, kind),
        FileKind::Domain { .. } => {
            let own = domain_owners(proposal, kind);
            match base.file(&kind.path()).is_none() || is_gone {
                true => own.and(approvers(base, kind)),
                false => own,
            }
        }
        FileKind::Realm | FileKind::Governance { .. } | FileKind::Foreign => approvers(base, kind),
    }
}

/// Who decides in the realm; in a domain with deciders of its own those, but not about who decides.
fn approvers(base: &Realm, kind: &FileKind) -> May {
    let of_domain = match kind {
        FileKind::Governance { .. } => None,
        _ => kind.domain(),
    };
    let governance = match of_domain {
        Some(domain) => base.governance(domain),
        None => base
            .realm_file()
            .map(|file| file.governance.clone())
            .unwrap_or_default(),
    };
    May {
        people: governance.approvers().iter().cloned().collect(),
        who: "the realm's approvers".to_owned(),
        ..May::default()
    }
}

fn domain_owners(proposal: &Proposal<'_>, kind: &FileKind) -> May {
    let Some(domain) = kind.domain() else {
        return May::default();
    };
    let of = |realm: &Realm| -> Option<Vec<Name>> {
        Some(realm.domain(domain)?.members()?.cloned().collect())
    };
    // A new domain is its first members'.
    let is_new = proposal
        .base
        .file(&format!("domains/{domain}/domain.yaml"))
        .is_none();
    let members = match is_new {
        true => of(proposal.proposed),
        false => of(proposal.base),
    };
    let repos = members.into_iter().flatten();
    let people = repos.filter_map(|repo| proposal.base.repo(&repo).cloned());
    May {
        people: people.flat_map(|repo| repo.maintainers.clone()).collect(),
        who: format!("the maintainers of the members of {domain}"),
        ..May::default()
    }
}

/// The maintainers of whom the base says owns the contract; of a new one whom it says itself.
fn contract_owner(proposal: &Proposal<'_>, kind: &FileKind) -> May {
    let (FileKind::Contract { domain, contract }
    | FileKind::Release {
        domain, contract, ..
    }) = kind
    else {
        return May::default();
    };
    let was = |name: &Name| proposal.base.contract(domain, name)?.owner.clone();
    let proposed = proposal.proposed.contract(domain, contract);
    let former = || proposed.and_then(|new| new.previously.iter().find_map(was));
    let owner = was(contract)
        .or_else(former)
        .or_else(|| proposed.and_then(|new| new.owner.clone()));
    match owner {
        Some(owner) => maintainers(proposal, &owner),
        None => May::default(),
    }
}

/// The maintainers of a repo as the base lists them; of one that joins, by the rules of admission.
fn maintainers(proposal: &Proposal<'_>, repo: &Name) -> May {
    let of = |file: &RepoFile| file.maintainers.iter().cloned().collect();
    let who = format!("the maintainers of {repo}");
    if proposal.base.has_repo(repo) {
        let people = proposal
            .base
            .repo(repo)
            .map(|file| of(file))
            .unwrap_or_default();
        return May {
            people,
            who,
            ..May::default()
        };
    }
    let governance = proposal
        .base
        .realm_file()
        .map(|file| file.governance.clone());
    let governance = governance.unwrap_or_default();
    let own = May {
        people: proposal
            .proposed
            .repo(repo)
            .map(|file| of(file))
            .unwrap_or_default(),
        who,
        ..May::default()
    };
    let deciders = approvers(proposal.base, &FileKind::Realm);
    match governance.admission() {
        Admission::Open => May {
            anybody: true,
            ..own
        },
        // Where nobody decides, nobody is kept out.
        Admission::Approval if deciders.people.is_empty() => May {
            anybody: true,
            ..own
        },
        Admission::Approval => own.and(deciders),
        Admission::InviteOnly => {
            let invited = governance.invited.as_deref().unwrap_or_default();
            match invited.contains(repo) {
                true => own.and(deciders),
                false => May {
                    not_invited: Some(repo.clone()),
                    ..deciders
                },
            }
        }
    }
}

/// Whether a repo's people or their keys are others than before.
fn keys_changed(proposal: &Proposal<'_>, repo: &Name) -> bool {
    let of = |realm: &Realm| {
        let file = realm.repo(repo)?;
        Some((file.maintainers.clone(), file.signing_keys.clone()))
    };
    of(proposal.base) != of(proposal.proposed)
}

/// Whether all that changed of a `domain.yaml` is that repos of the author's became members, or
/// are none any more: whom they may join is for admission to say, told at their own files.
fn comes_or_goes(proposal: &Proposal<'_>, kind: &FileKind, author: &Author) -> bool {
    let FileKind::Domain { domain } = kind else {
        return false;
    };
    let of =
        |realm: &Realm| -> Option<DomainFile> { Some((**realm.domain(domain)?.file()?).clone()) };
    let (Some(was), Some(is)) = (of(proposal.base), of(proposal.proposed)) else {
        return false;
    };
    let repos = |file: &DomainFile| -> BTreeSet<Name> {
        file.members
            .iter()
            .map(|member| member.repo.clone())
            .collect()
    };
    let moved: Vec<Name> = repos(&was)
        .symmetric_difference(&repos(&is))
        .cloned()
        .collect();
    let only = DomainFile {
        members: was.members.clone(),
        ..is
    } == was;
    let own = |repo: &Name| {
        let may = maintainers(proposal, repo);
        may.anybody || may.people.iter().any(|listed| people::is(author, listed))
    };
    only && !moved.is_empty() && moved.iter().all(own)
}

/// People who are named in a message, at most.
const NAMED: usize = 5;

fn tell<'a>(
    proposal: &Proposal<'a>,
    path: &Text,
    kind: &FileKind,
    may: &May,
    strangers: &[&Author],
    told: &mut Told<'a>,
) {
    let by: BTreeSet<String> = strangers
        .iter()
        .map(|author| people::shown(author))
        .collect();
    let by: Vec<String> = by.into_iter().take(NAMED).collect();
    let proposed = proposal.proposed.file(path);
    let did = match (proposed, proposal.base.file(path)) {
        (None, Some(_)) => "was taken away",
        (Some(_), None) => "was made",
        _ => "was changed",
    };
    let who = match &may.not_invited {
        Some(repo) => format!(
            "`{repo}` is not invited, and only {} let others in",
            may.who
        ),
        None => format!("that is for {}", may.who),
    };
    let listed: Vec<String> = may
        .people
        .iter()
        .take(NAMED)
        .map(|one| shortened(one))
        .collect();
    let listed = match listed.is_empty() {
        true => String::new(),
        false => format!(" ({})", listed.join(", ")),
    };
    let message = format!(
        "{} {did} by {}; {who}{listed}",
        shortened(path),
        crate::names::listed(&by)
    );
    let loose = |way| Loose::new(ProblemCode::NotOwner, way, message);
    if let Some(file) = proposed {
        let was = proposal.base.file(path).map(|file| file.text.clone());
        let span = changed::first_changed_lines(was.as_deref().unwrap_or_default(), &file.text);
        told.tell(path, loose(span.map_or(Way::Value(Vec::new()), Way::Span)));
    } else if let Some((file, way)) = in_place_of(proposal.base, proposal.proposed, kind) {
        told.tell(&file.path, loose(way));
    }
}
