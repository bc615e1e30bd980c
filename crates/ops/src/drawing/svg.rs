//! The graph as a picture that any browser and forge shows, with no program to draw it: repos as boxes, those that
//! export to the left of those that import from them, and a line for each import.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use blue_realm::Standing;

use super::{Named, edges, label};
use crate::visible::visible;

// Lengths are in user units: pixels at the picture's own size.
const BOX: (f64, f64) = (190.0, 40.0);
const GAP: (f64, f64) = (330.0, 44.0);
const MARGIN: f64 = 24.0;
const TITLE: f64 = 34.0;
/// Of one character at the size of the labels; wide ones are wider, and may touch.
const CHARACTER: f64 = 7.2;

const STYLE: &str = "text{font:12px sans-serif;fill:#222}.realm{font-weight:bold;font-size:15px}\
.repo{fill:#f4f6f8;stroke:#445}.waiting{stroke-dasharray:5 4}path{fill:none;stroke-width:1.5}\
.label{font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:4px}";

/// A document of SVG 1.1.
#[must_use]
pub fn svg(graphs: &[Named]) -> String {
    let mut body = String::new();
    let (mut width, mut top) = (2.0 * MARGIN + BOX.0, MARGIN);
    for named in graphs {
        let drawn = realm(named, top, &mut body);
        width = width.max(drawn.0);
        top = drawn.1 + MARGIN;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {top}\" width=\"{width}\" height=\"{top}\">\n\
         <style>{STYLE}</style>\n\
         <defs><marker id=\"to\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0L8 4L0 8\" style=\"fill:#445;stroke:none\"/></marker></defs>\n\
         <rect width=\"{width}\" height=\"{top}\" fill=\"#fff\"/>\n{body}</svg>\n"
    )
}

/// Draws a realm from `top` down; how far it reaches to the right and down.
fn realm((name, graph): &Named, top: f64, body: &mut String) -> (f64, f64) {
    let _ = writeln!(
        body,
        "<text class=\"realm\" x=\"{MARGIN}\" y=\"{}\">{}</text>",
        top + 16.0,
        escaped(name)
    );
    let names: Vec<&str> = graph.repos.iter().map(|it| it.name.as_str()).collect();
    let lines: Vec<_> = edges(graph).collect();
    let pairs = lines
        .iter()
        .map(|(owner, _, import)| (*owner, import.repo.as_str()));
    let columns = columns(&names, &pairs.collect::<Vec<_>>());
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    let mut at: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for name in &names {
        let column = columns.get(name).copied().unwrap_or_default();
        let row = rows.entry(column).or_default();
        let x = MARGIN + column as f64 * (BOX.0 + GAP.0);
        let y = top + TITLE + *row as f64 * (BOX.1 + GAP.1);
        at.insert(name, (x, y));
        *row += 1;
    }
    let bottom = at
        .values()
        .map(|(_, y)| y + BOX.1)
        .fold(top + TITLE, f64::max);
    let mut right = at
        .values()
        .map(|(x, _)| x + BOX.0 + MARGIN)
        .fold(0.0, f64::max);
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (owner, contract, import) in &lines {
        let Some((from, to)) = at.get(owner).zip(at.get(import.repo.as_str())) else {
            continue;
        };
        // Several contracts between the same two: one line below the other.
        let nth = seen.entry((*owner, import.repo.as_str())).or_default();
        let text = label(contract, import);
        right = right.max(line(
            *from,
            *to,
            (*nth as f64) * 15.0,
            (&text, import.standing),
            body,
        ));
        *nth += 1;
    }
    for repo in &graph.repos {
        let Some((x, y)) = at.get(repo.name.as_str()) else {
            continue;
        };
        let class = if repo.has_joined {
            "repo"
        } else {
            "repo waiting"
        };
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            BOX.0,
            BOX.1,
            x + BOX.0 / 2.0,
            y + BOX.1 / 2.0 + 4.0,
            escaped(&repo.name)
        );
    }
    (right, bottom)
}

/// A line from the right side of one box to the left side of another, with its words in the middle; how far they reach.
fn line(
    from: (f64, f64),
    to: (f64, f64),
    shift: f64,
    (text, standing): (&str, Standing),
    body: &mut String,
) -> f64 {
    let (x1, y1) = (from.0 + BOX.0, from.1 + BOX.1 / 2.0 + shift / 3.0);
    let (x2, y2) = (to.0, to.1 + BOX.1 / 2.0 + shift / 3.0);
    let reach = (x2 - x1).abs().max(120.0) / 2.0;
    let colour = match standing {
        Standing::Current => "#445",
        Standing::Stale => "#b26a00",
        Standing::Broken => "#c62828",
        Standing::New | Standing::Unknown => "#888",
    };
    let (x, y) = ((x1 + x2) / 2.0, (y1 + y2) / 2.0 - 6.0 + shift);
    let _ = writeln!(
        body,
        "<path d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\" stroke=\"{colour}\" marker-end=\"url(#to)\"/>\
         <text class=\"label\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{}</text>",
        x1 + reach,
        x2 - reach,
        escaped(text)
    );
    x + text.chars().count() as f64 * CHARACTER / 2.0 + MARGIN
}

/// The column of each repo: one to the right of the last that it imports from; on the way round a cycle nobody is first,
/// and it ends after as many columns as there are repos.
fn columns<'n>(names: &[&'n str], edges: &[(&'n str, &'n str)]) -> BTreeMap<&'n str, usize> {
    let mut columns: BTreeMap<&str, usize> = names.iter().map(|name| (*name, 0)).collect();
    let longest = names.len().saturating_sub(1);
    for _ in 0..names.len() {
        let mut is_moved = false;
        for (from, to) in edges {
            let after = (columns.get(from).copied().unwrap_or_default() + 1).min(longest);
            let column = columns.entry(to).or_default();
            if from != to && *column < after {
                *column = after;
                is_moved = true;
            }
        }
        if !is_moved {
            break;
        }
    }
    columns
}

/// What a realm says cannot leave its place in the document.
fn escaped(text: &str) -> String {
    let text = visible(text).replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_the_direction_of_imports() {
        let names = ["a", "b", "c"];
        let at = |edges: &[(&'static str, &'static str)]| {
            let found = columns(&names, edges);
            names.map(|name| found[name])
        };
        assert_eq!(at(&[("a", "b"), ("b", "c"), ("a", "c")]), [0, 1, 2]);
        assert_eq!(at(&[]), [0, 0, 0]);
        assert_eq!(at(&[("a", "a")]), [0, 0, 0]);
        // Round and round it ends.
        let cycle = at(&[("a", "b"), ("b", "a")]);
        assert!(cycle.iter().all(|column| *column <= 2), "{cycle:?}");
    }
}
