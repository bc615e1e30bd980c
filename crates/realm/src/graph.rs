//! Who depends on whom in a realm, through which contract, at which versions: its graph as plain data.
//!
//! Repos are the nodes; an edge runs from the exporter of a contract to one of its importers, and is labelled with
//! the domain it runs in (`realm-format.md`, "Cycles").

use std::collections::BTreeSet;

use semver::Version;

use crate::model::{ContractFile, Import};
use crate::realm::Realm;

/// A realm as a graph. Everything is sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    /// The repos.
    pub repos: Vec<GraphRepo>,
    /// The contracts, with those who import them.
    pub contracts: Vec<GraphContract>,
}

/// A repo of the graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GraphRepo {
    /// Its name.
    pub name: String,
    /// Whether it has a file under `repos/`: a member without one has not joined yet.
    pub has_joined: bool,
}

/// A contract and the edges that it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphContract {
    /// Its domain.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// The one exporter; nothing where the file names none.
    pub owner: Option<String>,
    /// Nothing: it has no version yet.
    pub version: Option<Version>,
    /// Those who import it.
    pub importers: Vec<GraphImport>,
}

/// An edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphImport {
    /// The importer.
    pub repo: String,
    /// The domain of its binding, which may be another than the contract's.
    pub domain: String,
    /// The range as written.
    pub range: Option<String>,
    /// The version it has acknowledged.
    pub resolved: Option<Version>,
    /// Where that leaves it.
    pub standing: Standing,
}

/// Where an importer stands with a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It follows the version of record.
    Current,
    /// A newer version, in its range, waits to be acknowledged.
    Stale,
    /// The version of record is outside its range.
    Broken,
    /// It has never acknowledged a version.
    New,
    /// The contract has no version, or the range is none.
    Unknown,
}

impl Standing {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Standing::Current => "current",
            Standing::Stale => "stale",
            Standing::Broken => "broken",
            Standing::New => "new",
            Standing::Unknown => "unknown",
        }
    }
}

/// The graph of a realm, or of some of its domains alone: `domains` is asked of each contract's.
#[must_use]
pub fn graph(realm: &Realm, domains: impl Fn(&str) -> bool) -> Graph {
    let mut graph = Graph::default();
    let mut named = BTreeSet::new();
    for domain in realm.domains().filter(|domain| domains(&domain.name)) {
        named.extend(
            domain
                .members()
                .into_iter()
                .flatten()
                .map(ToString::to_string),
        );
        for contract in realm.contracts(&domain.name) {
            let contract = contract_of(realm, &domain.name, contract);
            named.extend(contract.owner.clone());
            named.extend(contract.importers.iter().map(|it| it.repo.clone()));
            graph.contracts.push(contract);
        }
    }
    let repos = named.into_iter().map(|name| GraphRepo {
        has_joined: realm.repo(&name).is_some(),
        name,
    });
    graph.repos = repos.collect();
    graph
}

fn contract_of(realm: &Realm, domain: &str, contract: &ContractFile) -> GraphContract {
    let importers = realm.importers_of(domain, &contract.name);
    let mut importers: Vec<GraphImport> = importers
        .into_iter()
        .map(|importer| GraphImport {
            repo: importer.repo.to_string(),
            domain: importer.domain.to_string(),
            range: importer.import.version_text.as_deref().map(str::to_owned),
            resolved: importer.import.resolved_version.clone(),
            standing: standing(contract.version.as_ref(), importer.import),
        })
        .collect();
    importers.sort_by(|a, b| (&a.repo, &a.domain).cmp(&(&b.repo, &b.domain)));
    GraphContract {
        domain: domain.to_owned(),
        name: contract.name.to_string(),
        owner: contract.owner.as_ref().map(ToString::to_string),
        version: contract.version.clone(),
        importers,
    }
}

/// Where an import stands with a version of its contract.
#[must_use]
pub fn standing(version: Option<&Version>, import: &Import) -> Standing {
    let (Some(version), Some(range)) = (version, &import.version) else {
        return Standing::Unknown;
    };
    match &import.resolved_version {
        _ if !range.matches(version) => Standing::Broken,
        None => Standing::New,
        Some(resolved) if resolved < version => Standing::Stale,
        Some(_) => Standing::Current,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::parse_file;

    const REALM: &[(&str, &str)] = &[
        ("realm.yaml", "name: letemcook\n"),
        ("repos/aperture.yaml", "name: aperture\n"),
        (
            "repos/fungal-image-analysis.yaml",
            "name: fungal-image-analysis\n",
        ),
        (
            "domains/s3-access/domain.yaml",
            "name: s3-access\nmembers: [aperture, fungal-image-analysis, station]\n",
        ),
        (
            "domains/s3-access/contracts/s3-permissions.yaml",
            "name: s3-permissions\nversion: 1.4.0\nowner: aperture\nschema: {}\n",
        ),
        (
            "domains/s3-access/contracts/outlines.yaml",
            "name: outlines\nowner: fungal-image-analysis\nschema: {}\n",
        ),
        ("domains/queues/domain.yaml", "name: queues\nmembers: []\n"),
        (
            "domains/queues/contracts/names.yaml",
            "name: names\nversion: 0.1.0\nowner: aperture\nschema: {}\n",
        ),
    ];

    fn check(import: &str, domains: impl Fn(&str) -> bool, expected: Expect) {
        let binding = format!("repo: fungal-image-analysis\nimports:\n{import}");
        let binding = (
            "domains/s3-access/bindings/fungal-image-analysis.yaml",
            &*binding,
        );
        let files = REALM.iter().copied().chain([binding]);
        let realm = Realm::from_files(files.map(|(path, text)| parse_file(path, text.as_bytes())));
        let graph = graph(&realm, domains);
        let mut lines: Vec<String> = graph
            .repos
            .iter()
            .map(|repo| {
                format!(
                    "{}{}",
                    repo.name,
                    if repo.has_joined { "" } else { " (not joined)" }
                )
            })
            .collect();
        for contract in &graph.contracts {
            let version = contract
                .version
                .as_ref()
                .map(Version::to_string)
                .unwrap_or_default();
            lines.push(format!("{}/{} {version}", contract.domain, contract.name));
            for it in &contract.importers {
                let range = it.range.as_deref().unwrap_or("-");
                lines.push(format!("  -> {} {range} {}", it.repo, it.standing.word()));
            }
        }
        expected.assert_eq(&(lines.join("\n") + "\n"));
    }

    #[test]
    fn all_of_a_realm() {
        check(
            "  - {contract: s3-permissions, version: ^1.0.0, binding: a.py, resolved_version: 1.4.0}\n  \
             - {contract: names, from: letemcook:queues, version: ^0.1.0, binding: b.py}\n",
            |_| true,
            expect![[r#"
                aperture
                fungal-image-analysis
                station (not joined)
                queues/names 0.1.0
                  -> fungal-image-analysis ^0.1.0 new
                s3-access/outlines 
                s3-access/s3-permissions 1.4.0
                  -> fungal-image-analysis ^1.0.0 current
            "#]],
        );
    }

    #[test]
    fn one_domain_alone() {
        check(
            "  - {contract: names, from: letemcook:queues, version: ^0.1.0, binding: b.py, resolved_version: 0.1.0}\n",
            |domain| domain == "queues",
            expect![[r#"
                aperture
                fungal-image-analysis
                queues/names 0.1.0
                  -> fungal-image-analysis ^0.1.0 current
            "#]],
        );
    }

    #[test]
    fn where_an_importer_stands() {
        for (binding, expected) in [
            ("version: ^1.0.0, resolved_version: 1.4.0", "current"),
            ("version: ^1.0.0, resolved_version: 1.3.9", "stale"),
            ("version: ^1.0.0", "new"),
            ("version: ^2.0.0, resolved_version: 1.4.0", "broken"),
            ("version: ^2.0.0", "broken"),
            ("version: none", "unknown"),
        ] {
            let import = format!("repo: a\nimports: [{{contract: c, binding: a.py, {binding}}}]\n");
            let file = parse_file("domains/d/bindings/a.yaml", import.as_bytes());
            let import = &file.as_binding().unwrap().imports[0];
            let version = Version::new(1, 4, 0);
            assert_eq!(
                standing(Some(&version), import).word(),
                expected,
                "{binding}"
            );
            assert_eq!(standing(None, import), Standing::Unknown);
        }
    }
}
