//! What is found, for people: aligned, and without what a terminal would obey.

use std::fmt::Write as _;

use serde_json::Value;

use super::shape::{Contract, Document, Entry, Importer};
use crate::cli::Context;
use crate::output::visible::visible;
use crate::output::{Paint, Style};

/// A table a domain: name, version, owner, importers.
pub(super) fn list(document: &Document, context: &Context) -> String {
    let mut out = String::new();
    if document.contracts.is_empty() {
        out.push_str("there is no contract yet\n");
    }
    let rows: Vec<[String; 4]> = document.contracts.iter().map(row).collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| width_of(&row[column]))
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let mut of = (String::new(), String::new());
    for (contract, row) in document.contracts.iter().zip(&rows) {
        let here = (contract.realm.clone(), contract.domain.clone());
        if here != of {
            let head = format!("{}: {}", here.0, here.1);
            let _ = writeln!(
                out,
                "{}",
                context.style.paint(Paint::Strong, &visible(&head))
            );
            of = here;
        }
        let cells = row.iter().take(3).zip(widths);
        let cells = cells.map(|(cell, width)| format!("{cell}{}", pad(cell, width)));
        let cells: Vec<String> = cells.collect();
        let line = format!("  {}  {}", cells.join("  "), row[3]);
        let _ = writeln!(out, "{}", line.trim_end());
    }
    with_notes(out, document, context.style)
}

fn row(contract: &Contract) -> [String; 4] {
    let version = match (&contract.version, &contract.proposed) {
        (Some(version), Some(proposed)) => format!("{version} ({proposed} proposed)"),
        (Some(version), None) => version.clone(),
        (None, Some(proposed)) => format!("({proposed} proposed)"),
        (None, None) => "not released".to_owned(),
    };
    let repos: Vec<&str> = contract
        .importers
        .iter()
        .map(|it| it.repo.as_str())
        .collect();
    let importers = match repos.as_slice() {
        [] => "nobody imports it".to_owned(),
        repos => format!("imported by {}", repos.join(", ")),
    };
    let owner = contract
        .owner
        .clone()
        .unwrap_or_else(|| "nobody".to_owned());
    [contract.contract.clone(), version, owner, importers].map(|cell| visible(&cell).into_owned())
}

fn width_of(text: &str) -> usize {
    text.chars().count()
}

fn pad(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(width_of(text)))
}

fn with_notes(mut out: String, document: &Document, style: Style) -> String {
    for note in &document.notes {
        let _ = writeln!(out, "{} {}", style.warning(), visible(note));
    }
    out
}

fn head(out: &mut String, contract: &Contract, style: Style) {
    let version = contract.version.as_deref().unwrap_or("not released");
    let name = format!("{} {version}", contract.contract);
    let place = format!("{}: {}", contract.realm, contract.domain);
    let name = style.paint(Paint::Strong, &visible(&name));
    let _ = writeln!(out, "{name}  ({})", visible(&place));
}

/// A line of what a contract says, its names aligned.
fn said(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "  {name:<14}{}", visible(text));
}

/// All that a contract says.
pub(super) fn show(document: &Document, schema: bool, context: &Context) -> String {
    let mut out = String::new();
    for (index, contract) in document.contracts.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        head(&mut out, contract, context.style);
        facts(&mut out, contract);
        if let Some(value) = &contract.value {
            out.push_str("  value\n");
            written(&mut out, value, 4);
        }
        if let Some(text) = contract.schema.as_ref().filter(|_| schema) {
            out.push_str("  schema\n");
            let text = serde_json::to_string_pretty(text).unwrap_or_default();
            for line in text.lines() {
                let _ = writeln!(out, "    {}", visible(line));
            }
        }
    }
    with_notes(out, document, context.style)
}

fn facts(out: &mut String, contract: &Contract) {
    if let Some(description) = &contract.description {
        said(out, "description", description);
    }
    if let Some(proposed) = &contract.proposed {
        said(
            out,
            "proposed",
            &format!("{proposed}, in the realm's working tree"),
        );
    }
    if let Some(source) = &contract.source {
        said(out, "read from", source);
    }
    said(
        out,
        "exported by",
        contract.owner.as_deref().unwrap_or("nobody"),
    );
    if contract.importers.is_empty() {
        said(out, "imported by", "nobody yet");
    }
    for (index, importer) in contract.importers.iter().enumerate() {
        let name = if index == 0 { "imported by" } else { "" };
        said(out, name, &imported(importer));
    }
    if !contract.previously.is_empty() {
        said(out, "previously", &contract.previously.join(", "));
    }
    if let Some(promises) = &contract.compatibility {
        let yes = |promised: bool| if promised { "yes" } else { "no" };
        let text = format!(
            "backwards {}, forwards {}, mode {}",
            yes(promises.backwards),
            yes(promises.forwards),
            promises.mode
        );
        said(out, "promises", &text);
    }
    for entry in &contract.deprecated {
        let what = plain(&entry.what);
        let sunset = entry.sunset.as_ref().map(|day| format!(" until {day}"));
        let note = entry.note.as_ref().map(|note| format!(": {note}"));
        let text = format!(
            "{what}{}{}",
            sunset.unwrap_or_default(),
            note.unwrap_or_default()
        );
        said(out, "deprecated", &text);
    }
}

fn imported(importer: &Importer) -> String {
    let range = importer.range.as_ref().map(|range| format!(" ({range})"));
    let follows = match &importer.resolved_version {
        Some(version) => format!("follows {version}"),
        None => "follows no version yet".to_owned(),
    };
    format!("{}{}, {follows}", importer.repo, range.unwrap_or_default())
}

fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}

/// A value, a line an element.
fn written(out: &mut String, value: &Value, indent: usize) {
    let space = " ".repeat(indent);
    let is_leaf = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => true,
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                if is_leaf(item) {
                    let _ = writeln!(out, "{space}{}", visible(&plain(item)));
                } else {
                    let _ = writeln!(out, "{space}-");
                    written(out, item, indent + 2);
                }
            }
        }
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                if is_leaf(member) {
                    let line = format!("{name}: {}", plain(member));
                    let _ = writeln!(out, "{space}{}", visible(&line));
                } else {
                    let _ = writeln!(out, "{space}{}", visible(name));
                    written(out, member, indent + 2);
                }
            }
        }
        leaf => {
            let _ = writeln!(out, "{space}{}", visible(&plain(leaf)));
        }
    }
}

/// Contracts, and below each what matches.
pub(super) fn search(document: &Document, context: &Context) -> String {
    let mut out = String::new();
    if document.contracts.is_empty() {
        out.push_str("no contract that is known here mentions it\n");
    }
    for contract in &document.contracts {
        head(&mut out, contract, context.style);
        let places = contract.matches.iter().map(|one| width_of(&one.place));
        let width = places.max().unwrap_or(0);
        for one in &contract.matches {
            let what = match one.how {
                "covers" => "  covers it",
                "meets" => "  meets it",
                _ => "",
            };
            let place = visible(&one.place).into_owned();
            let text = visible(&one.text).into_owned();
            let _ = writeln!(out, "  {place}{}  {text}{what}", pad(&place, width));
        }
    }
    with_notes(out, document, context.style)
}

/// Versions, the newest first.
pub(super) fn history(document: &Document, context: &Context) -> String {
    let mut out = String::new();
    for (index, contract) in document.contracts.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        head(&mut out, contract, context.style);
        if let Some(proposed) = &contract.proposed {
            said(&mut out, "proposed", proposed);
        }
        let width = contract
            .history
            .iter()
            .map(|entry| width_of(&entry.version))
            .max();
        for entry in &contract.history {
            one_version(&mut out, entry, width.unwrap_or(0));
        }
    }
    with_notes(out, document, context.style)
}

fn one_version(out: &mut String, entry: &Entry, width: usize) {
    let compatible = match entry.compatible {
        Some(true) => Some("compatible".to_owned()),
        Some(false) => Some("breaking".to_owned()),
        None => None,
    };
    let day = entry
        .date
        .as_ref()
        .map(|date| date.split('T').next().unwrap_or_default().to_owned());
    let by = entry.actor.as_ref().map(|actor| format!("by {actor}"));
    let commit = entry.commit.as_ref().map(|commit| {
        let short: String = commit.chars().take(10).collect();
        format!("from {short}")
    });
    let followed = match entry.followed_by.is_empty() {
        true => None,
        false => Some(format!("followed by {}", entry.followed_by.join(", "))),
    };
    let file = (!entry.released).then(|| "no file of its own".to_owned());
    let facts: Vec<String> = [day, compatible, by, commit, followed, file]
        .into_iter()
        .flatten()
        .collect();
    let version = visible(&entry.version).into_owned();
    let line = format!(
        "  {version}{}  {}",
        pad(&version, width),
        visible(&facts.join(", "))
    );
    let _ = writeln!(out, "{}", line.trim_end());
    let indent = " ".repeat(width + 4);
    for change in &entry.changes {
        let _ = writeln!(out, "{indent}{}", visible(change));
    }
    if let Some(migration) = &entry.migration {
        let _ = writeln!(out, "{indent}to follow: {}", visible(migration));
    }
}
