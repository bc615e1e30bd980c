//! What holds of every file, whatever is in it.

use proptest::prelude::*;

use super::{STORY, files};
use crate::config::parse_config;
use crate::{ParsedFile, Problem, Realm, Spans, Step, parse_file};

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
