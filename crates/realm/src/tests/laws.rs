//! What holds of every file, whatever is in it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{STORY, files, realm_of};
use crate::config::parse_config;
use crate::proposal::{Author, Proposal, problems};
use crate::stored::{FileKey, decode, encode};
use crate::{Date, ParsedFile, Problem, Realm, Spans, Step, Text, parse_file};

fn spans_are_places(text: &str, problems: &[Problem]) -> Result<(), TestCaseError> {
    for problem in problems {
        let shown = problem.span.slice(text);
        prop_assert!(shown.is_some(), "{problem:?} in {text:?}");
        prop_assert!(
            shown != Some("") || text.is_empty(),
            "{problem:?} in {text:?}"
        );
    }
    Ok(())
}

fn holds(file: ParsedFile) -> Result<(), TestCaseError> {
    spans_are_places(&file.text, &file.problems)?;
    prop_assert!(file.model.is_some() || !file.problems.is_empty());
    let (path, text) = (file.path.clone(), file.text.clone());
    let realm = Realm::from_files([file]);
    spans_are_places(&text, &realm.problems_of(&path, None))
}

/// What is kept of a file is the file.
fn comes_back(path: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    let (file, key) = (parse_file(path, bytes), FileKey::of(path, bytes));
    let kept = encode(&file, &key);
    let back = kept.and_then(|kept| decode(path, bytes, &key, &kept));
    // Replaced characters are not what was read.
    let is_kept = std::str::from_utf8(bytes).is_ok();
    prop_assert_eq!(back, is_kept.then_some(file));
    Ok(())
}

/// What is told of a whole realm, and of a change to it and back: places in its files, twice the
/// same, and no more than is kept.
fn holds_beside(changed: ParsedFile) -> Result<(), TestCaseError> {
    let today = Date::parse("2027-06-01");
    let story = realm_of(STORY);
    let realm = story.with_file(changed);
    for file in realm.files() {
        let told = realm.problems_of(&file.path, today);
        prop_assert!(told.len() <= 2 * crate::limits::PROBLEMS);
        for problem in &told {
            stands(&realm, &file.path, problem)?;
        }
        prop_assert_eq!(told, realm.clone().problems_of(&file.path, today));
    }
    let author = Author {
        email: "mia@example.com".into(),
        ..Author::default()
    };
    let authors: BTreeMap<Text, Vec<Author>> = realm
        .files()
        .map(|file| (file.path.clone(), vec![author.clone()]))
        .collect();
    for [base, proposed] in [[&story, &realm], [&realm, &story]] {
        let asked = Proposal {
            base,
            proposed,
            authors: &authors,
            today,
        };
        let told = problems(&asked);
        for (path, problem) in &told {
            stands(proposed, path, problem)?;
        }
        prop_assert_eq!(told, problems(&asked));
    }
    Ok(())
}

/// In files of the realm, at characters of theirs, in words that can be read.
fn stands(realm: &Realm, path: &str, problem: &Problem) -> Result<(), TestCaseError> {
    let others = problem
        .related
        .iter()
        .map(|other| (&*other.path, other.span));
    for (path, span) in others.chain([(path, problem.span)]) {
        let Some(file) = realm.file(path) else {
            return Err(TestCaseError::fail(format!("{path}: {problem:?}")));
        };
        let shown = span.slice(&file.text);
        prop_assert!(shown.is_some(), "{path}: {problem:?}");
        prop_assert!(
            shown != Some("") || file.text.is_empty(),
            "{path}: {problem:?}"
        );
    }
    prop_assert!(!problem.message.contains(char::is_control), "{problem:?}");
    let suggestion = problem.suggestion.as_deref().unwrap_or_default();
    prop_assert!(!suggestion.contains(char::is_control), "{problem:?}");
    Ok(())
}

/// A file of the story with some of its bytes replaced, taken out or doubled.
fn mutated() -> impl Strategy<Value = (String, Vec<u8>)> {
    let edits = prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            0usize..12,
            prop_oneof![
                prop::sample::select(vec![
                    "", "\n", "\r\n", ": ", "- ", "\t", "\"", "'", "[", "]", "{", "}", "*a", "&a ",
                    "!t ", "|\n", ">-\n", "? ", "~", "é", "🍄", "---\n", "\u{feff}", "#", "1e9",
                    "<<: ", "\\", "..", "/",
                ])
                .prop_map(str::to_owned),
                any::<String>(),
            ],
        ),
        0..6,
    );
    (any::<prop::sample::Index>(), edits).prop_map(|(which, edits)| {
        let files = files(STORY);
        let (path, text) = which.get(&files).clone();
        let mut bytes = text.into_bytes();
        for (at, cut, new) in edits {
            let start = at.index(bytes.len() + 1);
            let end = (start + cut).min(bytes.len());
            bytes.splice(start..end, new.into_bytes());
        }
        (path, bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_file_costs_problems_only((path, bytes) in mutated()) {
        holds(parse_file(&path, &bytes))?;
        comes_back(&path, &bytes)?;
        let config = parse_config(&bytes);
        spans_are_places(&config.text, &config.problems)?;
    }

    #[test]
    fn any_bytes_cost_problems_only(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for (path, _) in files(STORY) {
            holds(parse_file(&path, &bytes))?;
        }
    }

    /// However a list of keys is written, each is found where it stands.
    #[test]
    fn every_node_is_found(
        items in prop::collection::vec("[a-z ]{0,3}[a-zé🍄'\"#:-]{1,4}[a-z]", 1..8),
        style in 0usize..4,
        ending in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let quoted: Vec<String> = items
            .iter()
            .map(|item| match style % 2 {
                0 => format!("\"{}\"", item.replace('"', "\\\"")),
                _ => format!("'{}'", item.replace('\'', "''")),
            })
            .collect();
        let list = match style / 2 {
            0 => format!("[{}]", quoted.join(" , ")),
            _ => quoted.iter().map(|q| format!("{ending}  -   {q} # x")).collect(),
        };
        let text = format!("# é{ending}value:{ending} read: {list}{ending}last: 1{ending}");
        let spans = Spans::new(&text).unwrap();
        for (index, written) in quoted.iter().enumerate() {
            let route = [Step::Key("value"), Step::Key("read"), Step::Index(index)];
            let span = spans.value(&route).unwrap();
            prop_assert_eq!(span.slice(&text).unwrap(), written);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_file_beside_the_others_costs_problems_only((path, bytes) in mutated()) {
        holds_beside(parse_file(&path, &bytes))?;
    }
}
