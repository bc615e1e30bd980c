//! What is known of a text without it never says no where the text says yes.

use blue_detect::{CallSearch, Gist, Language, is_of_interest, may_define, may_ignore};
use proptest::prelude::*;

/// What texts and names are made of: whole names, parts of them, and all that a search looks for around one.
const PARTS: &[&str] = &[
    "put",
    "save",
    "é",
    "_",
    "$",
    "x",
    "2",
    "#",
    "/",
    ".",
    "-",
    "[",
    "]",
    "(",
    ")",
    ":",
    "<",
    ">",
    " ",
    "\n",
    "\"",
    "'",
    "= ",
    " as ",
    ".get(",
    ".js\"",
    "partial(",
    ": ",
    "} = ",
    "}",
    ";",
    "def ",
    "async ",
    "function ",
    "{",
    "index",
    "boto3",
    "blue:",
    "ignore[x]",
    "blue: value ",
    "\u{3000}",
];

fn joined(most: usize) -> impl Strategy<Value = String> {
    let part = prop::sample::select(PARTS);
    prop::collection::vec(part, 0..most).prop_map(|parts| parts.concat())
}

/// A name that functions or modules may have.
fn name() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(&["put", "save", "saveput", "é", "_x", "$", "x2"][..]);
    prop_oneof![
        plain.clone().prop_map(str::to_owned),
        plain.clone().prop_map(|it| format!("#{it}")),
        plain.prop_map(|it| format!("/{it}")),
        joined(4),
        joined(3).prop_map(|it| format!("/{it}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_nothing_that_it_rules_out(text in joined(24), names in prop::collection::vec(name(), 1..4)) {
        let gist = Gist::of(&text);
        if let Some(search) = CallSearch::new(names.iter().map(String::as_str)) {
            prop_assert!(search.may_find(&gist) || !search.finds(&text), "{names:?} in {text:?}");
        }
        for language in [Language::Python, Language::TypeScript] {
            let name = &names[0];
            prop_assert!(gist.may_define(name) || !may_define(&text, language, name), "{name:?} in {text:?}");
        }
        prop_assert_eq!(gist.is_of_interest, is_of_interest(&text));
        prop_assert_eq!(gist.may_ignore, may_ignore(&text));
        prop_assert_eq!(Gist::from_bytes(&gist.to_bytes()), Some(gist));
    }

    #[test]
    fn bytes_that_are_none_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Some(gist) = Gist::from_bytes(&bytes) {
            prop_assert_eq!(gist.to_bytes(), bytes);
        }
    }
}

#[test]
fn a_name_that_is_not_there_is_ruled_out() {
    let text = "from store import put\n\n\ndef run(rows):\n    put(rows['key'])\n    save = rows\n    import '../lib/disk.js'\n";
    let gist = Gist::of(text);
    let may_find = |name: &str| CallSearch::new([name]).unwrap().may_find(&gist);
    for (name, expected) in [
        ("put", true),
        ("run", true),
        ("/disk", true),
        ("save", false),
        ("key", false),
        ("ru", false),
        ("/dis", false),
        ("store", false),
        // Of what is no name in either language nothing is known.
        ("a name", true),
    ] {
        assert_eq!(may_find(name), expected, "{name}");
    }
    assert!(gist.may_define("run") && !gist.may_define("save"));
}
