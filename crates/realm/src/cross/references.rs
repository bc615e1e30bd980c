//! Names of domains, repos and contracts that something else has to have.

use super::facts::target;
use super::{Beside, Loose, Way};
use crate::kind::{FileKind, binding_path, contract_path};
use crate::model::{BindingFile, ContractFile, DomainFile, Export, Import, TrustMode};
use crate::names::Name;
use crate::problem::ProblemCode;
use crate::realm::Domain;
use crate::spans::Step;

/// A folder without `domain.yaml`: told once, at the first of its files.
pub(super) fn undefined_domain(beside: &mut Beside<'_>) {
    let Some(domain) = domain_of(beside) else {
        return;
    };
    if domain.definition.is_some() {
        return;
    }
    let first = domain.files().next();
    if first.is_none_or(|first| first.path != beside.file.path) {
        return;
    }
    let key = match beside.file.kind {
        FileKind::Binding { .. } => "repo",
        _ => "name",
    };
    let message = format!(
        "the domain `{0}` does not exist: domains/{0}/domain.yaml is missing",
        domain.name
    );
    let way = Way::Value(vec![Step::Key(key)]);
    beside.tell(Loose::new(ProblemCode::UnknownReference, way, message));
}

pub(super) fn of_file(beside: &mut Beside<'_>) {
    let file = beside.file;
    let Some(domain) = domain_of(beside) else {
        return;
    };
    if let Some(definition) = file.as_domain() {
        pending_members(beside, definition);
    }
    if let Some(contract) = file.as_contract() {
        owner(beside, domain, contract);
        former_names(beside, domain, contract);
    }
    if let Some(binding) = file.as_binding() {
        of_binding(beside, domain, binding);
    }
    if let FileKind::Release { contract, .. } = &file.kind {
        release_of_nothing(beside, domain, contract);
    }
}

pub(super) fn domain_of<'a>(beside: &Beside<'a>) -> Option<&'a Domain> {
    let name = beside.file.kind.domain()?;
    beside.realm.domain(name).map(|domain| &**domain)
}

fn pending_members<'a>(beside: &mut Beside<'a>, definition: &'a DomainFile) {
    let members = beside.facts.members(&definition.name);
    for member in &definition.members {
        if beside.full() {
            return;
        }
        if beside.realm.has_repo(&member.repo) {
            continue;
        }
        let message = format!("`{}` has not joined the realm yet", member.repo);
        let way = Way::Value(vec![Step::Key("members"), Step::Index(member.index)]);
        // Who is a member already was not meant by another name.
        let others = beside.realm.repos().map(|(name, _)| name);
        let others = others.filter(|name| members.is_none_or(|members| !members.contains(*name)));
        let near = beside.near(&member.repo, others);
        beside.tell(Loose::new(ProblemCode::MemberPending, way, message).suggest(near));
    }
}

fn owner<'a>(beside: &mut Beside<'a>, domain: &'a Domain, contract: &'a ContractFile) {
    let Some(owner) = &contract.owner else { return };
    repo_named(beside, domain, owner, "owner");
}

/// A repo that is named must have joined, or be expected to, and be of the domain.
fn repo_named<'a>(beside: &mut Beside<'a>, domain: &'a Domain, repo: &Name, key: &'static str) {
    let way = Way::Value(vec![Step::Key(key)]);
    let members = beside.facts.members(&domain.name);
    let member = members.map(|members| members.contains(repo));
    let joined = beside.realm.has_repo(repo);
    let (code, message) = match (joined, member) {
        // It may be the entry that cannot be read, which is told where it stands.
        (_, Some(false)) if has_unread_members(domain) => return,
        (true, Some(false)) => {
            let message = format!(
                "`{repo}` is no member of the domain `{0}`: add it to `members` in \
                 domains/{0}/domain.yaml",
                domain.name
            );
            let loose = Loose::new(ProblemCode::UnknownReference, way, message);
            let members = Way::Key(vec![Step::Key("members")]);
            let path = format!("domains/{}/domain.yaml", domain.name);
            beside.tell(loose.relate(path, members, "the domain's members".to_owned()));
            return;
        }
        (true, _) => return,
        (false, Some(true)) => (
            ProblemCode::MemberPending,
            format!("`{repo}` has not joined the realm yet"),
        ),
        // Whom the domain expects cannot be read.
        (false, None)
            if domain
                .definition
                .as_ref()
                .is_some_and(|file| file.model.is_none()) =>
        {
            return;
        }
        (false, _) => (
            ProblemCode::UnknownReference,
            format!("the realm has no repo `{repo}`: repos/{repo}.yaml is missing"),
        ),
    };
    let near = beside.near(repo, beside.realm.repos().map(|(name, _)| name));
    beside.tell(Loose::new(code, way, message).suggest(near));
}

/// Whether entries of `members` cannot be read.
fn has_unread_members(domain: &Domain) -> bool {
    let definition = domain.definition.as_ref();
    definition.is_some_and(|file| {
        let mut codes = file.problems.iter().map(|problem| problem.code);
        codes.any(|code| matches!(code, ProblemCode::BadName | ProblemCode::RealmSchema))
    })
}

/// A name that a contract had before is nobody else's, now or before.
fn former_names<'a>(beside: &mut Beside<'a>, domain: &'a Domain, contract: &'a ContractFile) {
    for (index, old) in contract.previously.iter().enumerate() {
        if beside.full() {
            return;
        }
        let key = (domain.name.clone(), old.clone());
        let others = beside.facts.renamed(&key);
        let first = others.and_then(|others| others.first());
        let name = &contract.name;
        let (other, key, message) = if old == name {
            let message = format!("`{old}` is what the contract is called now, not before");
            (None, "name", message)
        } else if domain.contracts.contains_key(old) {
            let message = format!(
                "`{old}` is a contract of its own, so importers of it would be taken for importers \
                 of `{name}`"
            );
            (Some(old), "name", message)
        } else if let Some(first) = first.filter(|first| *first != name) {
            let message =
                format!("`{old}` was `{first}` before, by what that says: a name leads to one");
            (Some(first), "previously", message)
        } else {
            continue;
        };
        let list = Way::Value(vec![Step::Key("previously"), Step::Index(index)]);
        // One name may stand without a list.
        let way = Way::FirstOf(vec![list, Way::Value(vec![Step::Key("previously")])]);
        let mut loose = Loose::new(ProblemCode::BadName, way, message);
        if let Some(other) = other {
            let path = contract_path(&domain.name, other);
            let way = Way::Value(vec![Step::Key(key)]);
            loose = loose.relate(path, way, "the other contract".to_owned());
        }
        beside.tell(loose);
    }
}

fn of_binding<'a>(beside: &mut Beside<'a>, domain: &'a Domain, binding: &'a BindingFile) {
    repo_named(beside, domain, &binding.repo, "repo");
    for export in &binding.exports {
        if beside.full() {
            return;
        }
        let way = Way::Value(vec![
            Step::Key("exports"),
            Step::Index(export.index),
            Step::Key("contract"),
        ]);
        if !domain.contracts.contains_key(&export.contract) {
            no_contract(beside, domain, &export.contract, way);
        } else {
            second_exporter(beside, domain, binding, export, way);
        }
    }
    for import in &binding.imports {
        if beside.full() {
            return;
        }
        import_target(beside, domain, import);
    }
}

fn second_exporter<'a>(
    beside: &mut Beside<'a>,
    domain: &'a Domain,
    binding: &BindingFile,
    export: &Export,
    way: Way<'a>,
) {
    let key = (domain.name.clone(), export.contract.clone());
    let Some(exporter) = beside.facts.exporter(&key) else {
        return;
    };
    if *exporter == binding.repo {
        return;
    }
    // An owner that the realm does not know is told at `owner`: it was not meant.
    if !beside.realm.has_repo(exporter) && beside.realm.has_repo(&binding.repo) {
        return;
    }
    let message = format!(
        "`{}` has another exporter, `{exporter}`: a contract has one",
        export.contract
    );
    let mut loose = Loose::new(ProblemCode::UnknownReference, way, message);
    let contract = beside.realm.contract(&key.0, &key.1);
    if contract.is_some_and(|contract| contract.owner.is_some()) {
        let path = contract_path(&key.0, &key.1);
        let way = Way::Value(vec![Step::Key("owner")]);
        loose = loose.relate(path, way, format!("`{exporter}` owns the contract"));
    }
    let exporters = beside.facts.exporters(&key);
    let other = exporters.and_then(|all| all.iter().find(|(repo, _)| repo == exporter));
    if let Some((repo, index)) = other {
        let way = Way::Value(vec![
            Step::Key("exports"),
            Step::Index(*index),
            Step::Key("contract"),
        ]);
        let path = binding_path(&key.0, repo);
        loose = loose.relate(path, way, format!("`{exporter}` exports it here"));
    }
    beside.tell(loose);
}

fn import_target<'a>(beside: &mut Beside<'a>, domain: &'a Domain, import: &'a Import) {
    let item = [Step::Key("imports"), Step::Index(import.index)];
    let way = |key| Way::Value(item.iter().copied().chain([Step::Key(key)]).collect());
    let Some((of, contract)) = target(beside.realm, &domain.name, import) else {
        // Another realm's contracts are for whoever can read that realm to judge.
        let trust = beside.realm.realm_file().map(|file| file.trust.mode);
        if let (Some(from), Some(mode)) = (&import.from, trust)
            && mode != TrustMode::Federation
        {
            let message = format!(
                "`{}` is another realm, and this one imports from none: realm.yaml has to say \
                 `trust: {{ mode: federation }}`",
                from.realm
            );
            beside.tell(Loose::new(
                ProblemCode::UnknownReference,
                way("from"),
                message,
            ));
        }
        return;
    };
    let Some(target) = beside.realm.domain(&of) else {
        let near = beside.near(&of, beside.realm.domains().map(|domain| &domain.name));
        let from = import.from.as_ref();
        let near = near.and_then(|near| Some(format!("{}:{near}", from?.realm)));
        let message = format!("the realm has no domain `{of}`");
        let loose = Loose::new(ProblemCode::UnknownReference, way("from"), message);
        beside.tell(loose.suggest(near));
        return;
    };
    let Some(file) = target.contracts.get(&contract) else {
        no_contract(beside, target, &contract, way("contract"));
        return;
    };
    let stands = file.as_contract().and_then(|it| it.version.as_ref());
    if let (Some(followed), Some(stands)) = (&import.resolved_version, stands)
        && followed.cmp_precedence(stands).is_gt()
    {
        let message = format!(
            "there is no `{contract}` {followed}, it is at {stands}: who says that it followed {followed} is told of no \
             version up to that"
        );
        let loose = Loose::new(
            ProblemCode::UnknownReference,
            way("resolved_version"),
            message,
        );
        let version = Way::Value(vec![Step::Key("version")]);
        let path = contract_path(&of, &contract);
        beside.tell(loose.relate(path, version, "the contract's version".to_owned()));
    }
}

/// Tells that a domain has no contract of this name, and where one is.
pub(super) fn no_contract<'a>(
    beside: &mut Beside<'a>,
    domain: &'a Domain,
    contract: &Name,
    way: Way<'a>,
) {
    let key = (domain.name.clone(), contract.clone());
    let renamed = beside.facts.renamed(&key);
    let renamed = renamed.and_then(|renamed| renamed.first());
    let home = beside.facts.around.homes.get(contract);
    let (message, suggestion) = match (renamed, home) {
        (Some(renamed), _) => (
            format!("the contract `{contract}` is called `{renamed}` now"),
            Some(renamed.to_string()),
        ),
        (None, Some(home)) => (
            format!(
                "the domain `{}` has no contract `{contract}`; `{home}` has one",
                domain.name
            ),
            beside.near(contract, domain.contracts.keys()),
        ),
        (None, None) => (
            format!("the domain `{}` has no contract `{contract}`", domain.name),
            beside.near(contract, domain.contracts.keys()),
        ),
    };
    let loose = Loose::new(ProblemCode::UnknownReference, way, message);
    beside.tell(loose.suggest(suggestion));
}

/// A folder of released versions beside which no contract stands, told at the first of them. What a
/// contract released under a name it had before stays where it is.
fn release_of_nothing<'a>(beside: &mut Beside<'a>, domain: &'a Domain, contract: &Name) {
    let key = (domain.name.clone(), contract.clone());
    if domain.contracts.contains_key(contract) || beside.facts.renamed(&key).is_some() {
        return;
    }
    let from = (contract.clone(), Name::from(""));
    let first = domain.releases.iter_from(&from).next();
    if first.is_none_or(|(_, first)| first.path != beside.file.path) {
        return;
    }
    let keys = ["schema", "value"];
    let way = Way::FirstOf(keys.map(|key| Way::Key(vec![Step::Key(key)])).to_vec());
    no_contract(beside, domain, contract, way);
    // What would have to change is the path, which is not at the place.
    if let Some(loose) = beside.loose.last_mut() {
        loose.suggestion = None;
    }
}
