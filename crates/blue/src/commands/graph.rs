//! `blue realm graph`: who depends on whom, through what, at which versions.

mod svg;

use std::fmt::Write as _;
use std::io::Write as _;

use blue_realm::{Graph, GraphContract, GraphImport, Standing, did_you_mean, graph};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Context;
use crate::engine;
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Glyphs, Paint, Style, json::to_text};

/// Show who depends on whom in a realm, through what, at which versions
///
/// Of the realms of this repository, or of the realm whose checkout this is; what they say officially, not
/// what is proposed.
#[derive(Debug, Clone, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// How it is drawn; `--json` is short for json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Drawn,
    /// This domain only; may be repeated
    #[arg(long = "domain", value_name = "NAME")]
    domains: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Drawn {
    /// Lines, for people at a terminal
    #[default]
    Text,
    /// Mermaid, which forges draw in Markdown
    Mermaid,
    /// Graphviz
    Dot,
    /// A picture
    Svg,
    /// For programs
    Json,
}

/// A realm, and its graph.
type Named = (String, Graph);

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let options = blue_workspace::Options::default();
    let found = engine::load(&start, options, &mut |doing| terminal.progress(doing))?;
    let states = found.realm_states(&start);
    let known: Vec<String> = states
        .iter()
        .flat_map(|states| {
            states
                .record
                .domains()
                .map(|domain| domain.name.to_string())
        })
        .collect();
    for name in &args.domains {
        if !known.contains(name) {
            let hint = match did_you_mean(name, known.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are: {}", known.join(", ")),
            };
            return Err(Error::Use {
                message: format!("no realm here has a domain `{}`", visible(name)),
                hint,
            });
        }
    }
    let is_asked =
        |domain: &str| args.domains.is_empty() || args.domains.iter().any(|it| it == domain);
    let graphs: Vec<Named> = states
        .iter()
        .map(|states| (states.realm.to_string(), graph(&states.record, is_asked)))
        .collect();
    let text = match (args.format, context.format) {
        (Drawn::Json, _) | (_, Format::Json) => to_text(&document(&graphs)),
        (Drawn::Text, _) => graphs
            .iter()
            .map(|named| in_lines(named, context.style))
            .collect(),
        (Drawn::Mermaid, _) => mermaid(&graphs),
        (Drawn::Dot, _) => dot(&graphs),
        (Drawn::Svg, _) => svg::svg(&graphs),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn version(contract: &GraphContract) -> String {
    match &contract.version {
        Some(version) => version.to_string(),
        None => "no version yet".to_owned(),
    }
}

/// One line a contract, and one below it for each importer.
fn in_lines((realm, graph): &Named, style: Style) -> String {
    let mut text = style.paint(Paint::Strong, &visible(realm)) + "\n";
    let arrow = match style.glyphs {
        Glyphs::Unicode => "└─▶",
        Glyphs::Ascii => "-->",
    };
    let widths = |of: fn(&GraphImport) -> usize| {
        let importers = graph.contracts.iter().flat_map(|it| &it.importers);
        importers.map(of).max().unwrap_or_default()
    };
    let name_width = widths(|it| it.repo.chars().count());
    let range_width = widths(|it| it.range.as_deref().unwrap_or("no range").chars().count());
    let mut domain = None;
    for contract in &graph.contracts {
        if domain != Some(&contract.domain) {
            domain = Some(&contract.domain);
            let _ = writeln!(text, "  {}", visible(&contract.domain));
        }
        let owner = contract.owner.as_deref().unwrap_or("nobody");
        let _ = writeln!(
            text,
            "    {} exports {} {}",
            visible(owner),
            visible(&contract.name),
            version(contract),
        );
        if contract.importers.is_empty() {
            let _ = writeln!(
                text,
                "      {}",
                style.paint(Paint::Dim, "nobody imports it")
            );
        }
        for it in &contract.importers {
            let (repo, range) = (
                visible(&it.repo),
                visible(it.range.as_deref().unwrap_or("no range")),
            );
            let at = match &it.resolved {
                Some(resolved) => format!("at {resolved}"),
                None => "at no version yet".to_owned(),
            };
            let word = style.paint(paint(it.standing), it.standing.word());
            let _ = writeln!(
                text,
                "      {} {repo:name_width$}  {range:range_width$}  {at} ({word})",
                style.paint(Paint::Gutter, arrow),
            );
        }
    }
    let waiting: Vec<&str> = graph
        .repos
        .iter()
        .filter(|repo| !repo.has_joined)
        .map(|repo| repo.name.as_str())
        .collect();
    if !waiting.is_empty() {
        let _ = writeln!(text, "  not joined yet: {}", visible(&waiting.join(", ")));
    }
    if graph.contracts.is_empty() {
        let _ = writeln!(text, "  no contracts yet");
    }
    text
}

fn paint(standing: Standing) -> Paint {
    match standing {
        Standing::Current => Paint::Good,
        Standing::Stale => Paint::Warning,
        Standing::Broken => Paint::Error,
        Standing::New => Paint::Info,
        Standing::Unknown => Paint::Dim,
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

/// `flowchart` of Mermaid 10: realms as subgraphs; a repo's node is named by its realm and itself.
fn mermaid(graphs: &[Named]) -> String {
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
fn dot(graphs: &[Named]) -> String {
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

/// What `blue realm graph --format json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "The graph of realms")]
struct Document<'a> {
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

fn document(graphs: &[Named]) -> Document<'_> {
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

#[cfg(test)]
mod tests {
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
        let drawn = svg::svg(&graphs);
        assert!(drawn.contains("r&quot;"), "{drawn}");
        assert!(!drawn.contains("<#"), "{drawn}");
    }
}
