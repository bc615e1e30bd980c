//! The graph in lines: one a contract, and one below it for each importer.

use std::fmt::Write as _;

use blue_realm::{GraphImport, Standing};

use super::{Named, version};
use crate::visible::visible;

/// What a stretch of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// A realm's name.
    Headline,
    /// The arrow to an importer.
    Arrow,
    /// What can be skipped.
    Dim,
    /// The word for where an importer stands.
    Standing(Standing),
}

/// How lines look where they are shown.
pub struct Look<'a> {
    /// Leads from a contract to who imports it.
    pub arrow: &'a str,
    /// A stretch in its colour; the stretch itself where there are none.
    pub ink: &'a dyn Fn(Ink, &str) -> String,
}

impl Look<'_> {
    /// Without colours, as an editor shows it.
    pub const PLAIN: Look<'static> = Look {
        arrow: "└─▶",
        ink: &|_, text| text.to_owned(),
    };
}

/// A realm's graph for people.
#[must_use]
pub fn in_lines((realm, graph): &Named, look: &Look<'_>) -> String {
    let mut text = (look.ink)(Ink::Headline, &visible(realm)) + "\n";
    let widths = |of: fn(&GraphImport) -> usize| {
        let importers = graph.contracts.iter().flat_map(|it| &it.importers);
        importers.map(of).max().unwrap_or_default()
    };
    let widths = (
        widths(|it| it.repo.chars().count()),
        widths(|it| range(it).chars().count()),
    );
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
            let nobody = (look.ink)(Ink::Dim, "nobody imports it");
            let _ = writeln!(text, "      {nobody}");
        }
        for it in &contract.importers {
            text.push_str(&importer(it, widths, look));
        }
    }
    let repos = graph.repos.iter();
    let waiting = repos.filter(|repo| !repo.has_joined);
    let waiting: Vec<&str> = waiting.map(|repo| repo.name.as_str()).collect();
    if !waiting.is_empty() {
        let _ = writeln!(text, "  not joined yet: {}", visible(&waiting.join(", ")));
    }
    if graph.contracts.is_empty() {
        let _ = writeln!(text, "  no contracts yet");
    }
    text
}

fn range(import: &GraphImport) -> &str {
    import.range.as_deref().unwrap_or("no range")
}

/// `widths`: of the names and of the ranges, in characters.
fn importer(it: &GraphImport, widths: (usize, usize), look: &Look<'_>) -> String {
    let (name_width, range_width) = widths;
    let (repo, range) = (visible(&it.repo), visible(range(it)));
    let at = match &it.resolved {
        Some(resolved) => format!("at {resolved}"),
        None => "at no version yet".to_owned(),
    };
    let word = (look.ink)(Ink::Standing(it.standing), it.standing.word());
    let arrow = (look.ink)(Ink::Arrow, look.arrow);
    format!("      {arrow} {repo:name_width$}  {range:range_width$}  {at} ({word})\n")
}
