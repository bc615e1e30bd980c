//! Loading realms: whatever stands in their files, reading them and judging a change from one to
//! another ends, answers the same twice, and points into the text.
//!
//! An input is files, each behind a line `//- PATH`; a line `//- ===` begins the realm that is
//! proposed over the one before it.
#![no_main]

use std::collections::BTreeMap;

use blue_realm::proposal::{Author, Proposal, problems};
use blue_realm::{Date, ParsedFile, Problem, Realm, Text, parse_file};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (base, proposed) = realms(bytes);
    let today = Date::parse("2026-06-01");
    for file in proposed.files() {
        let told = proposed.problems_of(&file.path, today);
        told.iter()
            .for_each(|problem| points(&proposed, &file.path, problem));
        assert_eq!(told, proposed.problems_of(&file.path, today));
    }
    let author = Author {
        email: "mia@example.com".into(),
        ..Author::default()
    };
    let paths = base
        .files()
        .chain(proposed.files())
        .map(|file| file.path.clone());
    let authors: BTreeMap<Text, Vec<Author>> =
        paths.map(|path| (path, vec![author.clone()])).collect();
    let asked = Proposal {
        base: &base,
        proposed: &proposed,
        authors: &authors,
        today,
    };
    for (path, problem) in problems(&asked) {
        points(&proposed, &path, &problem);
    }
});

fn realms(bytes: &[u8]) -> (Realm, Realm) {
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut base = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let head = std::str::from_utf8(line).ok();
        match head.and_then(|head| head.trim_end().strip_prefix("//- ")) {
            Some("===") => base = parsed(&files),
            Some(path) => files.push((path, Vec::new())),
            None => {
                if let Some((_, text)) = files.last_mut() {
                    text.extend_from_slice(line);
                }
            }
        }
    }
    (Realm::from_files(base), Realm::from_files(parsed(&files)))
}

fn parsed(files: &[(&str, Vec<u8>)]) -> Vec<ParsedFile> {
    files
        .iter()
        .map(|(path, text)| parse_file(path, text))
        .collect()
}

fn points(realm: &Realm, path: &str, problem: &Problem) {
    let others = problem
        .related
        .iter()
        .map(|other| (&*other.path, other.span));
    for (path, span) in others.chain([(path, problem.span)]) {
        let file = realm
            .file(path)
            .expect("a problem stands in a file of the realm");
        let shown = span.slice(&file.text).expect("a span is inside the text");
        assert!(!shown.is_empty() || file.text.is_empty(), "{problem:?}");
    }
    assert!(!problem.message.contains(char::is_control), "{problem:?}");
}
