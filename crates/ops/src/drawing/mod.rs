//! A realm's graph, drawn: for the command and for the editor, which show the same. In lines for people, as a
//! picture, in the languages of two programs that draw, and as data.

mod diagrams;
mod document;
mod lines;
mod svg;

use blue_realm::{Graph, GraphContract, GraphImport, did_you_mean, graph};
use blue_workspace::RealmStates;

pub use diagrams::{dot, mermaid};
pub use document::{Document, document};
pub use lines::{Ink, Look, in_lines};
pub use svg::svg;

use crate::error::Error;
use crate::visible::visible;

/// A realm's name, and its graph.
pub type Named = (String, Graph);

/// The graphs of these realms as they are on record; of `domains` alone, where some are named.
///
/// # Errors
/// [`Error::Use`] where none of the realms has a domain of that name.
pub fn graphs(states: &[RealmStates], domains: &[String]) -> Result<Vec<Named>, Error> {
    let known = || {
        let realms = states.iter();
        realms.flat_map(|it| it.record.domains().map(|domain| domain.name.to_string()))
    };
    for name in domains {
        if !known().any(|it| it == *name) {
            let all: Vec<String> = known().collect();
            let hint = match did_you_mean(name, all.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are: {}", all.join(", ")),
            };
            return Err(Error::Use {
                message: format!("no realm here has a domain `{}`", visible(name)),
                hint,
            });
        }
    }
    let is_asked = |domain: &str| domains.is_empty() || domains.iter().any(|it| it == domain);
    let realms = states.iter();
    let graphs = realms.map(|it| (it.realm.to_string(), graph(&it.record, is_asked)));
    Ok(graphs.collect())
}

fn version(contract: &GraphContract) -> String {
    match &contract.version {
        Some(version) => version.to_string(),
        None => "no version yet".to_owned(),
    }
}

/// What stands on an edge.
fn label(contract: &GraphContract, import: &GraphImport) -> String {
    let range = import.range.as_deref().unwrap_or("no range");
    format!(
        "{} {} ({range}, {})",
        contract.name,
        version(contract),
        import.standing.word()
    )
}

fn edges(graph: &Graph) -> impl Iterator<Item = (&str, &GraphContract, &GraphImport)> {
    graph.contracts.iter().flat_map(|contract| {
        let owner = contract.owner.as_deref().unwrap_or("nobody");
        contract
            .importers
            .iter()
            .map(move |import| (owner, contract, import))
    })
}

#[cfg(test)]
mod tests {
    use blue_realm::Standing;

    use super::*;

    /// Names are refused by the realm's reader where they are no names; what is drawn must not hang on that.
    #[test]
    fn what_stands_in_a_realm_cannot_leave_its_quotes() {
        let import = GraphImport {
            repo: "b\"]; x".to_owned(),
            domain: "d".to_owned(),
            range: Some("\\\"<#>\n".to_owned()),
            resolved: None,
            standing: Standing::Unknown,
        };
        let contract = GraphContract {
            domain: "d".to_owned(),
            name: "c".to_owned(),
            owner: None,
            version: None,
            importers: vec![import],
        };
        let graph = Graph {
            contracts: vec![contract],
            ..Graph::default()
        };
        let graphs = [("r\"".to_owned(), graph)];
        for (text, escaped) in [(mermaid(&graphs), "#quot;"), (dot(&graphs), "\\\"")] {
            assert!(text.contains(escaped), "{text}");
            for line in text.lines() {
                let free = line.replace("\\\\", "").replace("\\\"", "");
                assert_eq!(free.matches('"').count() % 2, 0, "{line}");
            }
        }
        let drawn = svg(&graphs);
        assert!(drawn.contains("r&quot;"), "{drawn}");
        assert!(!drawn.contains("<#"), "{drawn}");
    }
}
