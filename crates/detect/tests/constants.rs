//! What a constant says as JSON, in both languages. A case is text: files behind `//- PATH`, the
//! constant's name behind `//?`, then what Blue must say of it behind `//=`, a line for each leaf:
//! `PATH:LINE /pointer value`. Adding a case is adding a paragraph to a file in `tests/constants/`;
//! `UPDATE=1 cargo test -p blue-detect --test constants` writes the `//=` lines, to be read before
//! they are believed.
#![allow(clippy::unwrap_used)] // what builds the cases may fail as the cases do

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use blue_detect::{Constant, Json, JsonKind, MemoryProgram, Program, constant, place_value};

/// The lines that a world and a name give.
fn said(files: &[(Arc<str>, Arc<str>)], name: &str) -> Vec<String> {
    let program = MemoryProgram::new(files.iter().cloned());
    let all: Vec<_> = program.files().collect();
    match constant(&program, &all, name) {
        Constant::Missing => vec!["missing".to_owned()],
        Constant::Several(places) => places
            .iter()
            .map(|place| format!("{} several", line(&program, place)))
            .collect(),
        Constant::Value(read) => {
            let mut lines = Vec::new();
            leaves(&program, &read, String::new(), &mut lines);
            lines
        }
    }
}

fn line(program: &MemoryProgram, place: &blue_detect::ValuePlace) -> String {
    let positions = program.summary(place.file).positions.clone();
    let span = place_value(place, &positions).unwrap();
    let text = program.text(place.file);
    let line = text[..span.start as usize].matches('\n').count() + 1;
    format!("{}:{line}", program.path(place.file))
}

fn leaves(program: &MemoryProgram, read: &Json, at: String, lines: &mut Vec<String>) {
    let here = line(program, &read.place);
    let mut say = |words: String| lines.push(format!("{here} {at} {words}"));
    match &read.kind {
        JsonKind::Null => say("null".to_owned()),
        JsonKind::Bool(known) => say(known.to_string()),
        JsonKind::Number(number) => say(number.to_string()),
        JsonKind::Text(text) => say(format!("{text:?}")),
        JsonKind::Unknown(why) => say(format!("({why})")),
        JsonKind::List(elements) | JsonKind::Set(elements) => {
            if let Some(why) = &read.open {
                say(format!("... ({why})"));
            }
            let sort = match read.kind {
                JsonKind::Set(_) => "{}",
                _ => "",
            };
            if elements.is_empty() {
                lines.push(format!("{here} {at} []"));
            }
            for (index, element) in elements.iter().enumerate() {
                leaves(program, element, format!("{at}/{sort}{index}"), lines);
            }
        }
        JsonKind::Map(entries) | JsonKind::Members(entries) => {
            if let Some(why) = &read.open {
                say(format!("... ({why})"));
            }
            for (key, value) in entries {
                let mark = match read.kind {
                    JsonKind::Members(_) => ".",
                    _ => "",
                };
                leaves(program, value, format!("{at}/{mark}{key}"), lines);
            }
        }
    }
}

/// The text of a file of cases with the lines that are said.
fn told(text: &str) -> String {
    let mut out = String::new();
    let mut files: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    let mut body: Option<(Arc<str>, String)> = None;
    for line in text.lines() {
        if line.starts_with("//= ") {
            continue;
        }
        let head = line.starts_with("=== ") || line.starts_with("//");
        if head && let Some((path, text)) = body.take() {
            files.push((path, text.into()));
        }
        writeln!(out, "{line}").unwrap();
        if line.starts_with("=== ") {
            files.clear();
        } else if let Some(path) = line.strip_prefix("//- ") {
            body = Some((path.into(), String::new()));
        } else if let Some(name) = line.strip_prefix("//? ") {
            for line in said(&files, name) {
                writeln!(out, "//= {line}").unwrap();
            }
        } else if let Some((_, body)) = &mut body {
            writeln!(body, "{line}").unwrap();
        }
    }
    out
}

#[test]
fn constants_as_json() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/constants");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let told = told(&text);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, told).unwrap();
        } else {
            let differs = told
                .lines()
                .zip(text.lines())
                .find(|(now, then)| now != then);
            assert!(told == text, "{}: {differs:?}", path.display());
        }
    }
}
