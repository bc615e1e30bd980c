//! The graph in the languages of two programs that draw: Mermaid and Graphviz.

use std::fmt::Write as _;

use blue_realm::Standing;

use super::{Named, edges, label};
use crate::visible::visible;

/// `flowchart` of Mermaid 10: realms as subgraphs; a repo's node is named by its realm and itself.
#[must_use]
pub fn mermaid(graphs: &[Named]) -> String {
    // Mermaid has entities where others have escapes.
    let quoted = |text: &str| {
        let plain = visible(text).replace('#', "#35;").replace('"', "#quot;");
        format!("\"{}\"", plain.replace('<', "#lt;").replace('>', "#gt;"))
    };
    let mut text = "flowchart LR\n".to_owned();
    for (number, (realm, graph)) in graphs.iter().enumerate() {
        let _ = writeln!(text, "  subgraph realm{number} [{}]", quoted(realm));
        let node = |name: &str| {
            let at = graph.repos.iter().position(|repo| repo.name == name);
            at.map_or(format!("r{number}nobody"), |at| format!("r{number}n{at}"))
        };
        for repo in &graph.repos {
            let _ = writeln!(text, "    {}[{}]", node(&repo.name), quoted(&repo.name));
        }
        for (owner, contract, import) in edges(graph) {
            let _ = writeln!(
                text,
                "    {} -->|{}| {}",
                node(owner),
                quoted(&label(contract, import)),
                node(&import.repo),
            );
        }
        text.push_str("  end\n");
    }
    text
}

/// Graphviz's `digraph`: realms as clusters.
#[must_use]
pub fn dot(graphs: &[Named]) -> String {
    let quoted = |text: &str| {
        format!(
            "\"{}\"",
            visible(text).replace('\\', "\\\\").replace('"', "\\\"")
        )
    };
    let mut text = "digraph realms {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (number, (realm, graph)) in graphs.iter().enumerate() {
        let _ = writeln!(
            text,
            "  subgraph cluster_{number} {{\n    label={};",
            quoted(realm)
        );
        let node = |name: &str| quoted(&format!("{realm}/{name}"));
        for repo in &graph.repos {
            let style = if repo.has_joined { "solid" } else { "dashed" };
            let _ = writeln!(
                text,
                "    {} [label={}, style={style}];",
                node(&repo.name),
                quoted(&repo.name)
            );
        }
        for (owner, contract, import) in edges(graph) {
            let colour = match import.standing {
                Standing::Current => "black",
                Standing::Stale => "orange",
                Standing::Broken => "red",
                Standing::New | Standing::Unknown => "gray",
            };
            let _ = writeln!(
                text,
                "    {} -> {} [label={}, color={colour}];",
                node(owner),
                node(&import.repo),
                quoted(&label(contract, import)),
            );
        }
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    text
}
