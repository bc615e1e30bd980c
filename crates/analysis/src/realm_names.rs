//! What a realm's YAML names, and where: contracts, versions, ranges, repos and domains, each with the
//! way to it.

use blue_realm::{BindingFile, ContractFile, FileKind, Import, ParsedFile, Step};
use semver::Version;

/// What a place in a file names.
pub(crate) enum Named<'a> {
    Contract(&'a str, &'a str),
    /// A version that the contract has or had.
    Version(&'a str, &'a str, &'a Version),
    /// The range of an import that stands in a binding of this domain.
    Range(&'a str, &'a Import),
    Repo(&'a str),
    Domain(&'a str),
    Realm,
}

/// A way into a file.
pub(crate) type Route<'a> = Vec<Step<'a>>;

/// All that a file names, with the way to each.
pub(crate) fn named(file: &ParsedFile) -> Vec<(Route<'_>, Named<'_>)> {
    let key = |name: &'static str| vec![Step::Key(name)];
    match &file.kind {
        FileKind::Realm => vec![(key("name"), Named::Realm)],
        FileKind::Repo { name } => vec![(key("name"), Named::Repo(name))],
        FileKind::Domain { domain } => {
            let members = file.as_domain().map(|it| it.members.as_slice());
            let members = members.unwrap_or_default().iter().map(|member| {
                let route = vec![Step::Key("members"), Step::Index(member.index)];
                (route, Named::Repo(&member.repo))
            });
            let own = [(key("name"), Named::Domain(domain))];
            own.into_iter().chain(members).collect()
        }
        FileKind::Contract { domain, .. } => match file.as_contract() {
            Some(contract) => of_contract(domain, contract),
            None => Vec::new(),
        },
        FileKind::Binding { domain, .. } => match file.as_binding() {
            Some(binding) => of_binding(domain, binding),
            None => Vec::new(),
        },
        FileKind::Acceptances { domain, .. } => {
            let accepted = file.as_acceptances().map(|it| it.acceptances.as_slice());
            let accepted = accepted.unwrap_or_default().iter();
            let named = accepted.filter_map(|entry| {
                let route = vec![Step::Index(entry.index), Step::Key("contract")];
                let contract = entry.contract.as_ref()?;
                Some((route, Named::Contract(domain, contract)))
            });
            named.collect()
        }
        _ => Vec::new(),
    }
}

fn of_contract<'a>(domain: &'a str, contract: &'a ContractFile) -> Vec<(Route<'a>, Named<'a>)> {
    let name = &*contract.name;
    let mut found = vec![(vec![Step::Key("name")], Named::Contract(domain, name))];
    if let Some(version) = &contract.version {
        let named = Named::Version(domain, name, version);
        found.push((vec![Step::Key("version")], named));
    }
    if let Some(owner) = &contract.owner {
        found.push((vec![Step::Key("owner")], Named::Repo(owner)));
    }
    for entry in &contract.evolution {
        let Some(version) = &entry.version else {
            continue;
        };
        let route = vec![
            Step::Key("evolution"),
            Step::Index(entry.index),
            Step::Key("version"),
        ];
        found.push((route, Named::Version(domain, name, version)));
    }
    found
}

fn of_binding<'a>(domain: &'a str, binding: &'a BindingFile) -> Vec<(Route<'a>, Named<'a>)> {
    let mut found = vec![(vec![Step::Key("repo")], Named::Repo(&binding.repo))];
    for export in &binding.exports {
        let route = vec![
            Step::Key("exports"),
            Step::Index(export.index),
            Step::Key("contract"),
        ];
        found.push((route, Named::Contract(domain, &export.contract)));
    }
    for import in &binding.imports {
        let entry = |key| {
            vec![
                Step::Key("imports"),
                Step::Index(import.index),
                Step::Key(key),
            ]
        };
        let of = import.from.as_ref().map_or(domain, |from| &*from.domain);
        found.push((entry("contract"), Named::Contract(of, &import.contract)));
        found.push((entry("version"), Named::Range(of, import)));
        if let Some(version) = &import.resolved_version {
            let named = Named::Version(of, &import.contract, version);
            found.push((entry("resolved_version"), named));
        }
    }
    found
}
