//! The search for a string that is in one pattern and in none of several others.
//!
//! Only strings that have one and the same letter wherever the special pattern has a wildcard need
//! be looked at, if no general pattern writes that letter: in any string outside the generals, such
//! letters can take the place of others, and the generals then match less, never more. So what is
//! searched for is how many letters each star stands for.
//!
//! All patterns are walked at once, character by character, breadth first: the first string found is
//! a shortest one. Where a general may stand after some characters is a set of places in it (subset
//! construction, made on demand). Two facts keep that small. A place before a star that was reached
//! matches nothing that the star does not: only the last star reached, and the places behind it, are
//! kept. And of two states at the same place of the special pattern, the one from which each general
//! matches more leads to nothing new.

use std::collections::{HashMap, HashSet};

use crate::pattern::{Pattern, Token};

/// How many states a search may make before it gives up: a fraction of a second, some megabytes.
pub const STATE_BUDGET: usize = 20_000;

/// With how many earlier states a new one is compared: the first ones made have the least behind
/// them, so they are the ones that make others needless.
const COMPARED: usize = 16;

/// How a search ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// There is no such string.
    Covered,
    /// A shortest one.
    Example(String),
    /// [`STATE_BUDGET`] did not suffice.
    OverBudget,
}

/// Where a general may stand: token indices, ascending (its length: the end). The first is the last
/// star that was reached, if one was. Empty: it cannot match any more.
type Places = Vec<usize>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    /// The token of the special pattern that is next.
    special: usize,
    /// As many as there are generals.
    generals: Vec<Places>,
}

/// How a state was reached: by a character from an earlier one.
type Origin = Option<(usize, char)>;

/// `fresh` is a character that none of the generals writes.
pub(crate) fn search(special: &Pattern, generals: &[&Pattern], fresh: char) -> Search {
    let start = State {
        special: 0,
        generals: generals
            .iter()
            .map(|g| settle(g.tokens(), vec![0]))
            .collect(),
    };
    let mut seen = HashSet::from([start.clone()]);
    let mut first_at = HashMap::from([(0, vec![0])]);
    let mut made: Vec<(State, Origin)> = vec![(start, None)];
    let mut at = 0;
    while at < made.len() {
        let state = made[at].0.clone();
        if is_example(&state, special, generals) {
            return Search::Example(spell(&made, at));
        }
        for (character, place) in moves(special.tokens(), state.special, fresh) {
            let next = State {
                special: place,
                generals: advance(&state.generals, generals, character),
            };
            if is_hopeless(&next, generals) || seen.contains(&next) {
                continue;
            }
            let earlier = first_at.entry(place).or_default();
            if earlier
                .iter()
                .any(|&e| matches_less(&made[e].0, &next, generals))
            {
                continue;
            }
            if made.len() == STATE_BUDGET {
                return Search::OverBudget;
            }
            if earlier.len() < COMPARED {
                earlier.push(made.len());
            }
            seen.insert(next.clone());
            made.push((next, Some((at, character))));
        }
        at += 1;
    }
    Search::Covered
}

/// The next characters of the special pattern, and where it stands behind them.
fn moves(tokens: &[Token], place: usize, fresh: char) -> impl Iterator<Item = (char, usize)> + '_ {
    // A star may take nothing; in the normal form the token behind it is none.
    let behind_star = (tokens.get(place) == Some(&Token::Any)).then_some(place + 1);
    std::iter::once(place)
        .chain(behind_star)
        .filter_map(move |place| match *tokens.get(place)? {
            Token::Any => Some((fresh, place)),
            Token::One => Some((fresh, place + 1)),
            Token::Char(c) => Some((c, place + 1)),
        })
}

/// True if the string so far is in the special pattern and in no general.
fn is_example(state: &State, special: &Pattern, generals: &[&Pattern]) -> bool {
    let left = &special.tokens()[state.special..];
    let is_end = left.is_empty() || left == [Token::Any];
    let ends =
        |(places, general): (&Places, &&Pattern)| places.last() == Some(&general.tokens().len());
    is_end && !state.generals.iter().zip(generals).any(ends)
}

/// True if some general stands at a star that is its last token: it matches whatever follows.
fn is_hopeless(state: &State, generals: &[&Pattern]) -> bool {
    state
        .generals
        .iter()
        .zip(generals)
        .any(|(places, general)| {
            star_of(places, general.tokens()).is_some_and(|star| star + 1 == general.tokens().len())
        })
}

/// Where the generals may stand after one more character.
fn advance(places: &[Places], generals: &[&Pattern], character: char) -> Vec<Places> {
    places
        .iter()
        .zip(generals)
        .map(|(places, general)| {
            let tokens = general.tokens();
            let moved = places
                .iter()
                .filter_map(|&place| match *tokens.get(place)? {
                    Token::Any => Some(place),
                    Token::One => Some(place + 1),
                    Token::Char(expected) => (expected == character).then_some(place + 1),
                })
                .collect();
            settle(tokens, moved)
        })
        .collect()
}

/// Goes past stars, which may take nothing, and drops what the last star makes needless.
fn settle(tokens: &[Token], mut places: Places) -> Places {
    let is_star = |place: &usize| tokens.get(*place) == Some(&Token::Any);
    let star = places.iter().copied().filter(is_star).max();
    // In the normal form no star follows another, so one step past it is enough.
    places.extend(star.map(|star| star + 1));
    places.retain(|&place| Some(place) >= star);
    places.sort_unstable();
    places.dedup();
    places
}

/// The star that a pattern stands at, if it does.
fn star_of(places: &[usize], tokens: &[Token]) -> Option<usize> {
    let first = *places.first()?;
    (tokens.get(first) == Some(&Token::Any)).then_some(first)
}

/// True if each general matches from `a` at most what it matches from `b`: for that, each of its
/// places in `a` is one in `b`, or lies before a star in `b`.
fn matches_less(a: &State, b: &State, generals: &[&Pattern]) -> bool {
    let places = a.generals.iter().zip(&b.generals);
    generals.iter().zip(places).all(|(general, (a, b))| {
        let star = star_of(b, general.tokens());
        a.iter()
            .all(|place| star.is_some_and(|star| *place < star) || b.contains(place))
    })
}

/// The string that led to a state.
fn spell(made: &[(State, Origin)], end: usize) -> String {
    let mut letters = Vec::new();
    let mut at = end;
    while let Some((before, character)) = made[at].1 {
        letters.push(character);
        at = before;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(special: &str, generals: &[&str], expected: &Search) {
        let special = Pattern::parse_iam(special);
        let parsed: Vec<_> = generals
            .iter()
            .map(|text| Pattern::parse_iam(text))
            .collect();
        let found = search(&special, &parsed.iter().collect::<Vec<_>>(), 'x');
        assert_eq!(&found, expected, "{special} without {generals:?}");
    }

    #[test]
    fn shortest_strings() {
        for (special, generals, expected) in [
            ("*", &["?*"][..], ""),
            ("*", &["", "??*"], "x"),
            ("jobs/*/out", &["jobs/a*/out"], "jobs//out"),
            ("*a*", &["a*", "*a"], "xax"),
            ("a?c", &["abc"], "axc"),
            ("", &["?*"], ""),
            ("", &[], ""),
            ("*b*b*", &["*bb*", "b*", "*b", "????", "*b?b*"], "xbxxbx"),
        ] {
            check(special, generals, &Search::Example(expected.to_owned()));
        }
    }

    #[test]
    fn nothing_left() {
        for (special, generals) in [
            ("*", &["", "?*"][..]),
            ("*a*", &["a*", "?*a*"]),
            ("", &["*"]),
            ("a*b*c", &["abc", "a?*bc", "ab?*c", "a?*b?*c"]),
        ] {
            check(special, generals, &Search::Covered);
        }
    }

    #[test]
    fn the_budget_is_kept() {
        // Whatever is short is matched, and for the rest the distances of five `a` from the end
        // have to be remembered: more combinations than the budget has states.
        let short: Vec<String> = (0..30).map(|len| "?".repeat(len)).collect();
        let far = format!("*a{}", "?".repeat(24));
        let mut generals: Vec<&str> = short.iter().map(String::as_str).collect();
        generals.push(&far);
        check("*a*a*a*a*a*", &generals, &Search::OverBudget);
    }
}
