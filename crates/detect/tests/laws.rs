//! What must hold for any text: kept trees, statements and summaries change no answer, who asks first
//! changes no answer, and no text makes Blue panic, overflow its stack or run away.
#![allow(clippy::unwrap_used)] // what builds the cases may fail as the cases do

#[path = "laws/gist.rs"]
mod gist;
#[path = "laws/incremental.rs"]
mod incremental;
#[path = "laws/leads.rs"]
mod leads;
#[path = "laws/limits.rs"]
mod limits;
#[path = "laws/order.rs"]
mod order;
#[path = "laws/stored.rs"]
mod stored;

use std::sync::Arc;

use blue_detect::{MemoryProgram, PlacedSite, Program, grants, place_grants, place_sites, sites};

/// A program of these texts.
fn program(files: &[(&str, &str)]) -> MemoryProgram {
    MemoryProgram::new(
        files
            .iter()
            .map(|(path, text)| (Arc::from(*path), Arc::from(*text))),
    )
}

/// The sites of the file at `path`.
fn sites_of(program: &MemoryProgram, path: &str) -> Vec<PlacedSite> {
    let found = program
        .relevant()
        .iter()
        .find(|f| *program.path(**f) == *path);
    let Some(file) = found else { return Vec::new() };
    let positions = program.summary(*file).positions.clone();
    let _ = place_grants(&grants(program, *file), &positions);
    place_sites(&sites(program, *file), &positions)
}

/// The sites of a lone file, as `op pattern`.
fn seen(path: &str, text: &str) -> Vec<String> {
    let sites = sites_of(&program(&[(path, text)]), path);
    let words = |site: &PlacedSite| format!("{} {}", site.op.as_str(), site.pattern);
    sites.iter().map(words).collect()
}
