//! What is wrong with a file only beside the others: names that nothing has. A file that is there
//! and cannot be read defines what its path says, so that one broken file does not make a dozen
//! others look wrong; and what only such a file could tell is not judged.

use crate::date::Date;
use crate::file::{ParsedFile, at_least_one_char};
use crate::kind::FileKind;
use crate::limits;
use crate::model::{BindingFile, ContractFile, DomainFile, Export, Import};
use crate::names::{Name, did_you_mean};
use crate::problem::{Problem, ProblemCode};
use crate::realm::{Domain, Realm};
use crate::spans::{Spans, Step};

/// A problem before it has a span.
struct Loose {
    code: ProblemCode,
    route: Vec<Step<'static>>,
    message: String,
    suggestion: Option<String>,
}

/// The problems of `file` beside the rest of `realm`.
pub(crate) fn problems(realm: &Realm, file: &ParsedFile, _today: Option<Date>) -> Vec<Problem> {
    let mut loose = Vec::new();
    if file.kind == FileKind::Realm && realm.left_out() > 0 {
        loose.push(Loose {
            code: ProblemCode::LimitExceeded,
            route: vec![],
            message: format!(
                "the realm has more than {} files; {} are left out",
                limits::REALM_FILES,
                realm.left_out()
            ),
            suggestion: None,
        });
    }
    let domain = file.kind.domain().and_then(|name| realm.domain(name));
    if let Some(domain) = domain {
        undefined_domain(domain, file, &mut loose);
        if let Some(definition) = file.as_domain() {
            pending_members(realm, definition, &mut loose);
        }
        if let Some(contract) = file.as_contract() {
            owner(realm, domain, contract, &mut loose);
        }
        if let Some(binding) = file.as_binding() {
            of_binding(realm, domain, binding, &mut loose);
        }
    }
    placed(&file.text, loose)
}

fn placed(text: &str, loose: Vec<Loose>) -> Vec<Problem> {
    if loose.is_empty() {
        return Vec::new();
    }
    let spans = Spans::new(text);
    let place = |loose: Loose| {
        let found = match loose.route.as_slice() {
            [] => None,
            route => spans.as_ref().and_then(|spans| spans.value(route)),
        };
        Problem {
            code: loose.code,
            span: at_least_one_char(text, found.unwrap_or_default()),
            message: loose.message,
            suggestion: loose.suggestion,
            related: Vec::new(),
        }
    };
    loose.into_iter().map(place).collect()
}

/// A folder without `domain.yaml`: told once, at the first of its files.
fn undefined_domain(domain: &Domain, file: &ParsedFile, loose: &mut Vec<Loose>) {
    if domain.definition.is_some() {
        return;
    }
    let first = domain.files().next();
    if first.is_none_or(|first| first.path != file.path) {
        return;
    }
    let key = match file.kind {
        FileKind::Binding { .. } => "repo",
        _ => "name",
    };
    loose.push(Loose {
        code: ProblemCode::UnknownReference,
        route: vec![Step::Key(key)],
        message: format!(
            "the domain `{0}` does not exist: domains/{0}/domain.yaml is missing",
            domain.name
        ),
        suggestion: None,
    });
}

fn pending_members(realm: &Realm, definition: &DomainFile, loose: &mut Vec<Loose>) {
    for member in &definition.members {
        if loose.len() >= limits::PROBLEMS {
            return;
        }
        if realm.has_repo(&member.repo) {
            continue;
        }
        let others = realm.repos().map(|(name, _)| name).filter(|name| {
            // Who is a member already was not meant by another name.
            !definition.members.iter().any(|m| m.repo == **name)
        });
        loose.push(Loose {
            code: ProblemCode::MemberPending,
            route: vec![Step::Key("members"), Step::Index(member.index)],
            message: format!("`{}` has not joined the realm yet", member.repo),
            suggestion: near(&member.repo, others),
        });
    }
}

fn near<'a>(name: &str, others: impl Iterator<Item = &'a Name>) -> Option<String> {
    did_you_mean(name, others.map(|name| &**name)).map(str::to_owned)
}

fn owner(realm: &Realm, domain: &Domain, contract: &ContractFile, loose: &mut Vec<Loose>) {
    if let Some(owner) = &contract.owner {
        repo_named(realm, domain, owner, vec![Step::Key("owner")], loose);
    }
}

/// A repo that is named must have joined, or be expected to.
fn repo_named(
    realm: &Realm,
    domain: &Domain,
    repo: &Name,
    route: Vec<Step<'static>>,
    loose: &mut Vec<Loose>,
) {
    if realm.has_repo(repo) {
        return;
    }
    let member = domain
        .members()
        .map(|mut members| members.any(|member| member == repo));
    let (code, message) = match member {
        Some(true) => (
            ProblemCode::MemberPending,
            format!("`{repo}` has not joined the realm yet"),
        ),
        Some(false) => (
            ProblemCode::UnknownReference,
            format!("the realm has no repo `{repo}`: repos/{repo}.yaml is missing"),
        ),
        // Whom the domain expects cannot be read.
        None if domain.definition.is_some() => return,
        None => (
            ProblemCode::UnknownReference,
            format!("the realm has no repo `{repo}`: repos/{repo}.yaml is missing"),
        ),
    };
    loose.push(Loose {
        code,
        route,
        message,
        suggestion: near(repo, realm.repos().map(|(name, _)| name)),
    });
}

fn of_binding(realm: &Realm, domain: &Domain, binding: &BindingFile, loose: &mut Vec<Loose>) {
    let repo = vec![Step::Key("repo")];
    repo_named(realm, domain, &binding.repo, repo, loose);
    for export in &binding.exports {
        if loose.len() >= limits::PROBLEMS {
            return;
        }
        let route = vec![
            Step::Key("exports"),
            Step::Index(export.index),
            Step::Key("contract"),
        ];
        if !domain.contracts.contains_key(&export.contract) {
            loose.push(no_contract(realm, domain, &export.contract, route));
        } else if let Some(exporter) = other_exporter(domain, binding, export) {
            loose.push(Loose {
                code: ProblemCode::UnknownReference,
                route,
                message: format!(
                    "`{}` has another exporter, `{exporter}`: a contract has one",
                    export.contract
                ),
                suggestion: None,
            });
        }
    }
    for import in &binding.imports {
        if loose.len() >= limits::PROBLEMS {
            return;
        }
        import_target(realm, domain, import, loose);
    }
}

/// The repo that exports the contract, if it is not this one: its owner, or where the file does not
/// say who that is, the first that says so of itself.
fn other_exporter<'a>(
    domain: &'a Domain,
    binding: &BindingFile,
    export: &Export,
) -> Option<&'a Name> {
    let contract = domain.contracts.get(&export.contract)?.as_contract()?;
    let exporter = contract.owner.as_ref().or_else(|| {
        domain.bindings.iter().find_map(|(repo, file)| {
            let exports = &file.as_binding()?.exports;
            let exported = exports.iter().any(|e| e.contract == export.contract);
            exported.then_some(repo)
        })
    })?;
    (*exporter != binding.repo).then_some(exporter)
}

fn import_target(realm: &Realm, domain: &Domain, import: &Import, loose: &mut Vec<Loose>) {
    let item = [Step::Key("imports"), Step::Index(import.index)];
    let route = |key| item.iter().copied().chain([Step::Key(key)]).collect();
    // Another realm's contracts are for whoever can read that realm to judge.
    let Some(of) = realm.domain_of_import(&domain.name, import) else {
        return;
    };
    let Some(target) = realm.domain(of) else {
        loose.push(Loose {
            code: ProblemCode::UnknownReference,
            route: route("from"),
            message: format!("the realm has no domain `{of}`"),
            suggestion: near(of, realm.domains().map(|domain| &domain.name)).and_then(|near| {
                let from = import.from.as_ref()?;
                Some(format!("{}:{near}", from.realm))
            }),
        });
        return;
    };
    if !target.contracts.contains_key(&import.contract) {
        let problem = no_contract(realm, target, &import.contract, route("contract"));
        loose.push(problem);
    }
}

fn no_contract(
    realm: &Realm,
    domain: &Domain,
    contract: &Name,
    route: Vec<Step<'static>>,
) -> Loose {
    let renamed = domain.contracts.values().find_map(|file| {
        let file = file.as_contract()?;
        file.previously.contains(contract).then_some(&file.name)
    });
    let elsewhere = realm
        .domains()
        .find(|other| other.contracts.contains_key(contract));
    let (message, suggestion) = match (renamed, elsewhere) {
        (Some(renamed), _) => (
            format!("the contract `{contract}` is called `{renamed}` now"),
            Some(renamed.to_string()),
        ),
        (None, Some(elsewhere)) => (
            format!(
                "the domain `{}` has no contract `{contract}`; `{}` has one",
                domain.name, elsewhere.name
            ),
            near(contract, domain.contracts.keys()),
        ),
        (None, None) => (
            format!("the domain `{}` has no contract `{contract}`", domain.name),
            near(contract, domain.contracts.keys()),
        ),
    };
    Loose {
        code: ProblemCode::UnknownReference,
        route,
        message,
        suggestion,
    }
}
