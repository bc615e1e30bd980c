//! The laws of patterns, held against enumeration: every short string over a small alphabet is put to
//! a matcher so naive that it is plainly right.

#![allow(
    clippy::unwrap_used,
    reason = "a model that is wrong should fail at its line"
)]

use blue_pattern::{
    Part, Pattern, Verdict, covers, difference_example, double_star_hint, equal, intersects,
    union_covers,
};
use proptest::prelude::*;

/// `x` is in no pattern here: it stands for all that patterns do not write.
const LETTERS: [char; 4] = ['a', 'b', '/', 'x'];

/// All strings over [`LETTERS`] of at most `len` characters, the shortest first.
fn words(len: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..len {
        let to = all.len();
        for at in from..to {
            for letter in LETTERS {
                all.push(format!("{}{letter}", all[at]));
            }
        }
        from = to;
    }
    all
}

/// Matching by its definition, over the spelling of IAM without escapes.
fn model_matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((b'*', after)), rest) => {
            model_matches(after, text) || rest.is_some_and(|(_, left)| model_matches(pattern, left))
        }
        (Some((b'?', after)), Some((_, left))) => model_matches(after, left),
        (Some((c, after)), Some((d, left))) => c == d && model_matches(after, left),
        (Some(_), None) => false,
    }
}

/// Which of `words` a pattern matches, one bit each.
fn language(pattern: &str, words: &[String]) -> Vec<bool> {
    words
        .iter()
        .map(|word| model_matches(pattern.as_bytes(), word.as_bytes()))
        .collect()
}

fn is_inside(special: &[bool], general: &[bool]) -> bool {
    special.iter().zip(general).all(|(s, g)| !s || *g)
}

/// Every spelling of at most `len` tokens.
fn spellings(len: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..len {
        let to = all.len();
        for at in from..to {
            for token in ["a", "/", "*", "?"] {
                all.push(format!("{}{token}", all[at]));
            }
        }
        from = to;
    }
    all
}

/// A spelling of IAM over the letters that patterns may write.
fn iam(len: usize) -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec!["a", "b", "/", "*", "*", "?", "?*"]);
    prop::collection::vec(token, 0..=len).prop_map(|tokens| tokens.concat())
}

/// Every pair of small patterns: inclusion, equality, intersection are what enumeration says. Five
/// characters decide: an example needs at most the three of the special pattern, and one or two more
/// to be too long for the general one.
#[test]
fn every_pair_of_small_patterns() {
    let words = words(5);
    let all: Vec<(Pattern, Vec<bool>)> = spellings(3)
        .iter()
        .map(|text| (Pattern::parse_iam(text), language(text, &words)))
        .collect();
    for (general, of_general) in &all {
        for (special, of_special) in &all {
            let inside = is_inside(of_special, of_general);
            match covers(general, special) {
                Verdict::Yes => assert!(inside, "{special} is not in {general}"),
                Verdict::No { example } => {
                    assert!(
                        !inside,
                        "{special} is in {general}, {example} shows nothing"
                    );
                    assert!(special.matches(&example) && !general.matches(&example));
                }
                Verdict::Unknown => panic!("{special} in {general} is unknown"),
            }
            let same = of_general == of_special;
            assert_eq!(equal(general, special), same, "{general} {special}");
            let meet = of_general.iter().zip(of_special).any(|(g, s)| *g && *s);
            // Two patterns of three characters meet in at most six of them.
            let short = general.to_string().len() + special.to_string().len() <= 5;
            if meet || short {
                assert_eq!(intersects(general, special), meet, "{general} {special}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn matching_is_the_models(pattern in iam(8), text in "[ab/x]{0,10}") {
        let found = Pattern::parse_iam(&pattern).matches(&text);
        prop_assert_eq!(found, model_matches(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn a_union_covers_what_enumeration_says(
        special in iam(4),
        generals in prop::collection::vec(iam(4), 0..5),
    ) {
        let words = words(5);
        let mut union = vec![false; words.len()];
        for general in &generals {
            for (bit, matches) in union.iter_mut().zip(language(general, &words)) {
                *bit |= matches;
            }
        }
        let inside = is_inside(&language(&special, &words), &union);
        let special = Pattern::parse_iam(&special);
        let generals: Vec<_> = generals.iter().map(|text| Pattern::parse_iam(text)).collect();
        match union_covers(&generals, &special) {
            Verdict::Yes => prop_assert!(inside),
            Verdict::No { example } => {
                prop_assert!(special.matches(&example), "{example} is not in {special}");
                prop_assert!(!generals.iter().any(|g| g.matches(&example)), "{example} is covered");
                prop_assert_eq!(difference_example(&special, &generals), Some(example));
            }
            Verdict::Unknown => prop_assert!(false, "small patterns are decided"),
        }
    }

    /// A union that was cut into pieces covers the whole, which no piece does: `P*Q` is `PQ`, `P?Q`, …
    /// and `P??…*Q`. Without one of the pieces it does not.
    #[test]
    fn pieces_cover_the_whole(before in "[ab/]{0,3}", after in "[ab/]{0,3}", cuts in 1..5_usize, lost in any::<usize>()) {
        let whole = Pattern::parse_iam(&format!("{before}*{after}"));
        let piece = |n: usize| {
            let star = if n == cuts { "*" } else { "" };
            Pattern::parse_iam(&format!("{before}{}{star}{after}", "?".repeat(n)))
        };
        let mut pieces: Vec<_> = (0..=cuts).map(piece).collect();
        prop_assert_eq!(union_covers(&pieces, &whole), Verdict::Yes);
        pieces.remove(lost % pieces.len());
        let example = difference_example(&whole, &pieces).unwrap();
        prop_assert!(whole.matches(&example) && !pieces.iter().any(|p| p.matches(&example)));
    }

    #[test]
    fn longer_patterns_agree_with_the_words_they_match(
        a in iam(8),
        b in iam(8),
        text in "[ab/x]{0,8}",
    ) {
        let (a, b) = (Pattern::parse_iam(&a), Pattern::parse_iam(&b));
        let word = Pattern::literal(&text);
        prop_assert_eq!(covers(&a, &word) == Verdict::Yes, a.matches(&text));
        prop_assert_eq!(intersects(&a, &word), a.matches(&text));
        prop_assert_eq!(intersects(&a, &b), intersects(&b, &a));
        if a.matches(&text) && b.matches(&text) {
            prop_assert!(intersects(&a, &b));
        }
        if covers(&a, &b) == Verdict::Yes {
            prop_assert!(intersects(&a, &b));
            prop_assert!(a.matches(&text) || !b.matches(&text));
            prop_assert_eq!(covers(&b, &a) == Verdict::Yes, equal(&a, &b));
        }
    }

    #[test]
    fn what_is_printed_is_read_back(text in r"[ab*?\\${}/菌]{0,12}") {
        let value = Pattern::parse(&text);
        prop_assert_eq!(&Pattern::parse(&value.to_string()), &value);
        let grant = Pattern::parse_iam(&text);
        prop_assert_eq!(&Pattern::parse_iam(&grant.to_iam()), &grant);
        prop_assert_eq!(&Pattern::parse_iam(&value.to_iam()), &value);
        let literal = Pattern::literal(&text);
        prop_assert!(literal.matches(&text) && literal.is_literal());
        prop_assert_eq!(&Pattern::parse(&literal.to_string()), &literal);
        prop_assert_eq!(literal.literal_prefix(), text);
    }

    #[test]
    fn parts_read_as_their_spelling(pieces in prop::collection::vec(prop::option::of(r"[a*?\\]{0,3}"), 0..5)) {
        let spelled: String = pieces
            .iter()
            .map(|piece| match piece {
                Some(text) => text.replace('\\', r"\\").replace('*', r"\*"),
                None => "*".to_owned(),
            })
            .collect();
        let parts = pieces.into_iter().map(|piece| piece.map_or(Part::Any, Part::Literal));
        prop_assert_eq!(Pattern::from_parts(parts), Pattern::parse(&spelled));
    }

    /// Once no run of stars is left, the pattern is the same.
    #[test]
    fn hinted_stars_are_one_star(text in r"[a*\\菌]{0,10}") {
        let mut shorter = text.clone();
        while let Some(run) = double_star_hint(&shorter) {
            prop_assert!(run.len() > 1 && shorter[run.clone()].bytes().all(|b| b == b'*'));
            shorter.replace_range(run, "*");
        }
        prop_assert_eq!(Pattern::parse(&shorter), Pattern::parse(&text));
        prop_assert_eq!(Pattern::parse(&shorter).to_string().matches('*').count(), shorter.matches('*').count());
    }
}
