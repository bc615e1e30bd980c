//! The graph as data, for programs: the same shape from the command and from the server.

use blue_realm::GraphContract;
use schemars::JsonSchema;
use serde::Serialize;

use super::Named;

/// What `blue realm graph --format json` writes, and `blue/graph` answers.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "The graph of realms")]
pub struct Document<'a> {
    /// Of this shape.
    #[schemars(extend("const" = 1))]
    version: u32,
    realms: Vec<RealmShape<'a>>,
}

/// One realm, as it is on record.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Realm")]
struct RealmShape<'a> {
    name: &'a str,
    /// Sorted by name.
    repos: Vec<RepoShape<'a>>,
    /// Sorted by domain and name.
    contracts: Vec<ContractShape<'a>>,
}

/// A repo: a node.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Repo")]
struct RepoShape<'a> {
    name: &'a str,
    /// False for a member of a domain that has no file under `repos/` yet.
    joined: bool,
}

/// A contract, with its edges.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Contract")]
struct ContractShape<'a> {
    domain: &'a str,
    name: &'a str,
    /// The exporter.
    owner: Option<&'a str>,
    version: Option<String>,
    importers: Vec<ImportShape<'a>>,
}

/// An edge: an importer of a contract.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Import")]
struct ImportShape<'a> {
    repo: &'a str,
    /// Of its binding.
    domain: &'a str,
    /// As it is written.
    range: Option<&'a str>,
    /// The version it has acknowledged.
    resolved: Option<String>,
    /// `current`, `stale`, `broken`, `new` (has acknowledged none) or `unknown`.
    standing: &'static str,
}

/// The graphs as data.
#[must_use]
pub fn document(graphs: &[Named]) -> Document<'_> {
    let realms = graphs.iter().map(|(name, graph)| RealmShape {
        name,
        repos: graph
            .repos
            .iter()
            .map(|repo| RepoShape {
                name: &repo.name,
                joined: repo.has_joined,
            })
            .collect(),
        contracts: graph.contracts.iter().map(contract_shape).collect(),
    });
    Document {
        version: 1,
        realms: realms.collect(),
    }
}

fn contract_shape(contract: &GraphContract) -> ContractShape<'_> {
    let importers = contract.importers.iter().map(|it| ImportShape {
        repo: &it.repo,
        domain: &it.domain,
        range: it.range.as_deref(),
        resolved: it.resolved.as_ref().map(ToString::to_string),
        standing: it.standing.word(),
    });
    ContractShape {
        domain: &contract.domain,
        name: &contract.name,
        owner: contract.owner.as_deref(),
        version: contract.version.as_ref().map(ToString::to_string),
        importers: importers.collect(),
    }
}
