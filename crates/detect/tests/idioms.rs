//! Each idiom by which code spells a key, in both languages. A case is text: files behind
//! `//- PATH`, then what Blue must see behind `//=`, a line a site: `PATH:LINE op pattern`.
//! Adding a case is adding a paragraph to a file in `tests/idioms/`.
#![allow(clippy::unwrap_used)] // what builds the cases may fail as the cases do

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use blue_detect::{
    MemoryProgram, PlacedGrant, Program, Summary, SummaryKey, SummaryStore, decode, encode, grants,
    is_template, place_grants, place_sites, sites, template_grants,
};

/// A store as one on disk is: of bytes alone. It counts what it was given.
#[derive(Default)]
struct Bytes {
    kept: Mutex<BTreeMap<SummaryKey, Vec<u8>>>,
    made: AtomicUsize,
}

impl SummaryStore for Bytes {
    fn get(&self, key: &SummaryKey) -> Option<Summary> {
        let kept = self.kept.lock().unwrap();
        kept.get(key).map(|bytes| decode(bytes).unwrap())
    }

    fn put(&self, key: &SummaryKey, _path: &str, summary: &Summary) {
        self.made.fetch_add(1, Ordering::Relaxed);
        let bytes = encode(summary).unwrap();
        self.kept.lock().unwrap().insert(*key, bytes);
    }
}

struct Case {
    name: String,
    files: Vec<(Arc<str>, Arc<str>)>,
    expected: Vec<String>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut file: Option<(String, String)> = None;
    for line in text.lines() {
        let close = |cases: &mut Vec<Case>, file: &mut Option<(String, String)>| {
            if let (Some((path, body)), Some(case)) = (file.take(), cases.last_mut()) {
                case.files.push((path.into(), body.into()));
            }
        };
        if let Some(name) = line.strip_prefix("=== ") {
            close(&mut cases, &mut file);
            cases.push(Case {
                name: name.to_owned(),
                files: Vec::new(),
                expected: Vec::new(),
            });
        } else if let Some(path) = line.strip_prefix("//- ") {
            close(&mut cases, &mut file);
            file = Some((path.to_owned(), String::new()));
        } else if let Some(site) = line.strip_prefix("//= ") {
            close(&mut cases, &mut file);
            cases
                .last_mut()
                .unwrap()
                .expected
                .push(site.trim().to_owned());
        } else if let Some((_, body)) = &mut file {
            writeln!(body, "{line}").unwrap();
        }
    }
    cases
}

fn seen(program: &MemoryProgram, files: &[(Arc<str>, Arc<str>)]) -> Vec<String> {
    let mut seen = Vec::new();
    for file in program.relevant() {
        let positions = program.summary(*file).positions.clone();
        let text = program.text(*file);
        let path = program.path(*file);
        let line = |offset: u32| text[..offset as usize].matches('\n').count() + 1;
        for site in place_sites(&sites(program, *file), &positions) {
            let bucket = match &site.bucket {
                Some(blue_detect::Bucket::Known(name)) => format!(" in {name}"),
                Some(blue_detect::Bucket::Env(name)) => format!(" in env:{name}"),
                None => String::new(),
            };
            let mut words = format!(
                "{path}:{} {} {}{bucket}",
                line(site.span.start),
                site.op.as_str(),
                site.pattern
            );
            if let Some(why) = &site.opaque {
                write!(words, " (opaque: {why})").unwrap();
            }
            seen.push(words);
        }
        let placed = place_grants(&grants(program, *file), &positions);
        say_grants(&path, text, &placed, &mut seen);
    }
    for (path, text) in files.iter().filter(|(path, _)| is_template(path)) {
        say_grants(
            path,
            text,
            &template_grants(text).unwrap_or_default(),
            &mut seen,
        );
    }
    seen.sort();
    seen
}

fn say_grants(path: &str, text: &str, grants: &[PlacedGrant], seen: &mut Vec<String>) {
    let line = |offset: u32| text[..offset as usize].matches('\n').count() + 1;
    for placed in grants {
        let fields = placed.grant.fields().join("+");
        let effect = match placed.grant.effect {
            blue_detect::Effect::Allow => "grant",
            blue_detect::Effect::Deny => "deny",
        };
        for resource in &placed.grant.resources {
            let Some(keys) = &resource.keys else { continue };
            let bucket = match &resource.bucket {
                Some(blue_detect::Bucket::Known(name)) => format!(" in {name}"),
                _ => String::new(),
            };
            let when = match placed.grant.is_conditional {
                true => " under a condition",
                false => "",
            };
            seen.push(format!(
                "{path}:{} {effect} {fields} {keys}{bucket}{when}",
                line(placed.span.start)
            ));
        }
    }
}

fn check(file: &str, text: &str) {
    let mut wrong = String::new();
    for mut case in cases(text) {
        case.expected.sort();
        let files = || case.files.iter().cloned();
        let seen = |program: &MemoryProgram| seen(program, &case.files);
        // Made, made and put into a store, taken out of it as bytes: always the same.
        let store = Arc::new(Bytes::default());
        let cold = seen(&MemoryProgram::with_store(files(), store.clone()));
        assert_eq!(
            cold,
            seen(&MemoryProgram::with_store(files(), store.clone())),
            "{file}: {}, from a store",
            case.name
        );
        let made = store.made.load(Ordering::Relaxed);
        assert_eq!(made, store.kept.lock().unwrap().len(), "{}", case.name);
        let seen = seen(&MemoryProgram::new(files()));
        assert_eq!(cold, seen, "{file}: {}, with a store", case.name);
        if seen != case.expected {
            writeln!(wrong, "\n{file}: {}\n  expected:", case.name).unwrap();
            for line in &case.expected {
                writeln!(wrong, "    {line}").unwrap();
            }
            writeln!(wrong, "  seen:").unwrap();
            for line in &seen {
                writeln!(wrong, "    {line}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

macro_rules! idioms {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let file = concat!(stringify!($name), ".txt");
            check(file, include_str!(concat!("idioms/", stringify!($name), ".txt")));
        }
    )*};
}

mod each {
    use super::check;
    idioms! {
        alternatives compiled conditions grants grants_rules javascript javascript_listings one_of one_of_members python python_boto2 python_decided python_fields python_followed python_kept_methods python_applications
        python_frameworks python_functional python_general python_handed python_libraries python_listings python_objects python_pipelines
        python_local python_made python_reached python_strings python_unknown python_ways templates traps typescript typescript_dispatch
        typescript_given typescript_kept typescript_objects typescript_settings typescript_applications typescript_values typescript_ways urls wrappers
    }
}
