//! What stands under a cursor: every character of a file is asked for.

use proptest::prelude::*;

use super::{STORY, files};
use crate::{NodeAt, On, PathStep, node_at};

/// `exports/0/contract = "s3-permissions"`, a key with `:` behind it.
fn shown(text: &str, found: Option<NodeAt>) -> String {
    let Some(found) = found else {
        return "-".to_owned();
    };
    let path: Vec<String> = found
        .path
        .iter()
        .map(|step| match step {
            PathStep::Key(key) => key.to_string(),
            PathStep::Index(index) => index.to_string(),
        })
        .collect();
    let on = match found.on {
        On::Key => ":",
        On::Value => " =",
    };
    let under = found.span.slice(text).unwrap();
    format!("{}{on} {under}", path.join("/"))
}

/// The text without its `$0`, and what stands where that was.
fn at_cursor(marked: &str) -> String {
    let at = marked.find("$0").unwrap();
    let text = marked.replacen("$0", "", 1);
    shown(&text, node_at(&text, u32::try_from(at).unwrap()))
}

#[test]
fn every_way_to_write_a_node() {
    for (marked, expected) in [
        ("na$0me: x\n", "name: name"),
        ("$0name: x\n", "name: name"),
        ("name$0: x\n", "name: name"),
        ("name: $0x\n", "name = x"),
        ("name: x$0\n", "name = x"),
        ("name: x $0\n", "name = x "),
        ("name: $0\nowner: y\n", "name = "),
        ("name: x # wh$0y\n", "-"),
        ("\"na\\u006d$0e\": x\n", "name: \"na\\u006de\""),
        ("a:\n  b: [x, {p: $01.5, q}]\n", "a/b/1/p = 1.5"),
        ("a:\n  b: [x, {p: 1.5, $0q}]\n", "a/b/1/q: q"),
        ("a:\n  b: [x, y$0: z]\n", "a/b/1/y: y"),
        ("- a: 1\n# c\n- b: 2\n  c: t$0rue\n", "1/c = true"),
        ("a: |\n  one\n  t$0wo\nb: 1\n", "a = |\n  one\n  two"),
        ("a: &x 1\nb: *$0x\n", "b = *x"),
        ("\n$0\na: 1\n", "-"),
        ("$0", "-"),
    ] {
        assert_eq!(at_cursor(marked), expected, "{marked:?}");
    }
}

#[test]
fn half_typed() {
    for (marked, expected) in [
        ("name: s3-permissions\nver$0\nowner: aperture\n", "ver: ver"),
        (
            "exports:\n  - contract: x\n    source_files: [\"a\", $0\n  - contract: y\n",
            "exports/0/source_files = [\"a\", ",
        ),
        (
            "exports: [\nimports:\n  - contract: a\n  - contract: b\n    vers$0ion: \"^1\n",
            "imports/1/version: version",
        ),
        (
            "exports: [\nimports:\n- contract: a\n- contract: b\n  version: \"^$01\n",
            "imports/1/version = \"^1",
        ),
        ("a: [\nl:\n- x\n- y$0\n", "l/1 = y"),
        ("a: [\nl:\n- - x\n  - $0y\n", "l/0/1 = y"),
        ("a: [\nl:\n  k: # why$0\n", "-"),
        ("a: [\nl:\n  k: $0\n", "l/k = "),
        ("a: [\n'l': $0v\n", "l = v"),
        ("a: [\n# k: $0v\n", "-"),
    ] {
        assert_eq!(at_cursor(marked), expected, "{marked:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever the text, the place is one of it; in a whole file the path leads where the cursor is.
    #[test]
    fn a_place_is_of_the_text(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        insert in prop::sample::select(vec!["", "[", "{", "\"", ": ", "- ", "\n", "é", "  k"]),
    ) {
        let files = files(STORY);
        let (_, whole) = which.get(&files);
        let at = at.index(whole.len() + 1);
        if let Some(found) = node_at(whole, at as u32) {
            prop_assert!(found.span.touches(at as u32));
            let span = match found.on {
                On::Key => crate::key_span_of(whole, &found.route()),
                On::Value => crate::span_of(whole, &found.route()),
            };
            prop_assert_eq!(span, Some(found.span), "{:?}", found);
        }
        let mut text = whole.clone();
        let place = cut.index(text.len() + 1);
        text.insert_str(place, insert);
        text.truncate(text.len().min(place + insert.len() + 40));
        for offset in [at, place, place + insert.len()] {
            if let Some(found) = node_at(&text, offset as u32) {
                prop_assert!(found.span.slice(&text).is_some(), "{found:?} in {text:?}");
                prop_assert!(found.span.touches(offset as u32), "{found:?} in {text:?}");
            }
        }
    }
}
