//! What a constant says, and what a query of a repository's own captures: `--detector symbol:NAME` and
//! `--detector query:NAME`, to try a detector before a binding names it.

use std::path::Path;
use std::sync::Arc;

use blue_detect::{
    Constant, Dialect, FileId, Json, JsonKind, MemoryProgram, Program, RepoQuery, ValuePlace,
    captured, compile_query, constant, is_test_path, place_value,
};
use blue_text::Span;

use super::said;
use crate::failure::Error;
use crate::output::sites::Site;
use crate::sources::Sources;

/// Bytes of a query that is read at most.
const QUERY_BYTES: u64 = 64 * 1024;

/// What a value is called where sites have an operation.
const VALUE: &str = "value";

/// What a constant says, part by part.
pub(super) fn of_symbol(program: &MemoryProgram, sources: &Sources, name: &str) -> Vec<Site> {
    let is_asked = |file: &FileId| {
        let path = program.path(*file);
        sources.asked.contains_key(&path) && !is_test_path(&path)
    };
    let last = name.rsplit('.').next().unwrap_or(name);
    let files: Vec<FileId> = program
        .files()
        .filter(|file| is_asked(file) && program.text(*file).contains(last))
        .collect();
    let mut found = Vec::new();
    match constant(program, &files, name) {
        Constant::Missing => {}
        Constant::Several(places) => {
            for place in &places {
                let mut site = site(program, sources, place);
                let words = "it is defined in several files: put the module in front of it";
                site.opaque = Some((words.to_owned(), blue_detect::Reason::Parameter));
                site.pattern = "*".to_owned();
                found.push(site);
            }
        }
        Constant::Value(value) => parts(program, sources, &value, String::new(), &mut found),
    }
    found
}

fn parts(
    program: &MemoryProgram,
    sources: &Sources,
    value: &Json,
    at: String,
    found: &mut Vec<Site>,
) {
    let mut say = |pattern: String, opaque| {
        let mut site = site(program, sources, &value.place);
        site.at = Some(at.clone()).filter(|at| !at.is_empty());
        site.pattern = pattern;
        site.opaque = opaque;
        found.push(site);
    };
    if let Some(why) = &value.open {
        say("*".to_owned(), Some(said(why)));
    }
    let members: Vec<(String, &Json)> = match &value.kind {
        JsonKind::Null => return say("null".to_owned(), None),
        JsonKind::Bool(known) => return say(known.to_string(), None),
        JsonKind::Number(number) => return say(number.to_string(), None),
        JsonKind::Text(text) => return say(text.clone(), None),
        JsonKind::Unknown(why) => return say("*".to_owned(), Some(said(why))),
        JsonKind::List(elements) | JsonKind::Set(elements) => {
            let numbered = elements.iter().enumerate();
            numbered
                .map(|(index, it)| (index.to_string(), it))
                .collect()
        }
        JsonKind::Map(entries) | JsonKind::Members(entries) => {
            let named = entries.iter();
            named
                .map(|(name, it)| (name.replace('~', "~0").replace('/', "~1"), it))
                .collect()
        }
    };
    for (step, member) in members {
        parts(program, sources, member, format!("{at}/{step}"), found);
    }
}

fn site(program: &MemoryProgram, sources: &Sources, place: &ValuePlace) -> Site {
    let path = program.path(place.file);
    let positions = &program.summary(place.file).positions;
    Site {
        span: place_value(place, positions).unwrap_or(Span::empty(0)),
        text: Arc::clone(program.text(place.file)),
        // It may stand in a file that was not asked for.
        path: sources
            .asked
            .get(&path)
            .cloned()
            .unwrap_or_else(|| path.to_string()),
        op: VALUE,
        at: None,
        pattern: String::new(),
        bucket: None,
        actions: Vec::new(),
        how: Vec::new(),
        opaque: None,
        denied: false,
        conditional: false,
    }
}

/// What a query captures in the files that are asked for.
///
/// # Errors
/// Where the repository has no such query, or one that does not compile.
pub(super) fn of_query(
    program: &MemoryProgram,
    sources: &Sources,
    name: &str,
) -> Result<Vec<Site>, Error> {
    let python = read(&sources.root, "python", Dialect::Python, name)?;
    let typescript = read(&sources.root, "typescript", Dialect::TypeScript, name)?;
    let tsx = read(&sources.root, "typescript", Dialect::Tsx, name)
        .ok()
        .flatten();
    if python.is_none() && typescript.is_none() {
        return Err(Error::NoQuery(name.to_owned()));
    }
    let mut found = Vec::new();
    for file in program.files() {
        let path = program.path(file);
        let (Some(shown), Some(dialect)) = (sources.asked.get(&path), Dialect::of_path(&path))
        else {
            continue;
        };
        let query = match dialect {
            Dialect::Python => &python,
            Dialect::TypeScript => &typescript,
            Dialect::Tsx => &tsx,
            Dialect::Json => continue,
        };
        let Some(query) = query.as_ref().filter(|_| !is_test_path(&path)) else {
            continue;
        };
        let text = program.text(file);
        let Some(tree) = dialect.parse(text, None, &mut || false) else {
            continue;
        };
        let positions = &program.summary(file).positions;
        let caught = captured(
            program,
            (file, &tree, text),
            (name, query),
            positions,
            &mut || false,
        );
        for caught in caught.into_iter().flat_map(|caught| caught.sites) {
            found.push(Site {
                at: caught.stated.as_ref().map(|field| format!("/{field}")),
                op: VALUE,
                ..super::of_use(&caught, shown, text)
            });
        }
    }
    Ok(found)
}

fn read(
    root: &Path,
    folder: &str,
    dialect: Dialect,
    name: &str,
) -> Result<Option<RepoQuery>, Error> {
    let shown = format!(".blue/queries/{folder}/{name}.scm");
    let path = root.join(&shown);
    let small = std::fs::metadata(&path).is_ok_and(|it| it.is_file() && it.len() <= QUERY_BYTES);
    if name.contains(['/', '\\', ':']) || !small {
        return Ok(None);
    }
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(None);
    };
    let compiled = compile_query(dialect, &text);
    let compiled = compiled.map_err(|problem| {
        let line = text[..problem.span.start as usize].matches('\n').count() + 1;
        Error::Query(format!("{shown}:{line}"), problem.message)
    });
    compiled.map(Some)
}
