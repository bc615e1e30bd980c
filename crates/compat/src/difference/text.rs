//! Strings that are asked for: lengths, patterns, and strings they may not be.

use serde_json::Value;

use super::automaton::{Found, Machine, Wanted, shortest};
use super::node::{Lit, Node};
use super::{Answer, Search};

/// The longest string that is made because a bound asks for it.
const MAX_MADE: u64 = 20_000;

/// What ECMA-262 ends a line with, and `.` does not match.
pub(crate) const LINE_BREAKS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

/// The shortest string of a length.
fn within(
    machines: Vec<(&Machine, bool)>,
    (min, max): (u64, Option<u64>),
    work: &mut u64,
) -> Found {
    let mut wanted = Wanted {
        machines,
        min: 0,
        max: None,
    };
    // Bounds are costly to count up to, and often need not be.
    let found = shortest(&wanted, work);
    let Found::Some(text) = &found else {
        return found;
    };
    let length = text.chars().count() as u64;
    if max.is_some_and(|max| length > max) {
        return Found::None;
    }
    if length >= min {
        return found;
    }
    (wanted.min, wanted.max) = (min, max);
    shortest(&wanted, work)
}

impl Search {
    pub(super) fn text(&mut self, facts: &[Lit]) -> Answer {
        let (mut min, mut max) = (0, None::<u64>);
        let mut patterns = Vec::new();
        let mut others: Vec<String> = Vec::new();
        for (id, positive) in facts {
            match (self.nodes.get(*id), positive) {
                (Node::MinLength(bound), true) => min = min.max(*bound),
                (Node::MaxLength(bound), false) => min = min.max(bound.saturating_add(1)),
                (Node::MaxLength(bound), true) => {
                    max = Some(max.map_or(*bound, |max| max.min(*bound)));
                }
                // No string is shorter than none.
                (Node::MinLength(0), false) => return Answer::Nothing,
                (Node::MinLength(bound), false) => {
                    max = Some(max.map_or(bound - 1, |max| max.min(bound - 1)));
                }
                (Node::Pattern(pattern), positive) => patterns.push((*pattern, *positive)),
                (Node::Values(values), false) => {
                    let values = values.iter().map(|id| self.nodes.value_of(*id));
                    others.extend(values.filter_map(Value::as_str).map(ToOwned::to_owned));
                }
                _ => {}
            }
        }
        if max.is_some_and(|max| min > max) {
            return Answer::Nothing;
        }
        let fits = |text: &str| {
            let length = text.chars().count() as u64;
            length >= min && max.is_none_or(|max| length <= max)
        };
        let plain = ["", "a", "b", "ab", "abc"];
        let plain = plain.into_iter().find(|text| {
            fits(text)
                && !others.iter().any(|other| other == text)
                && patterns.iter().all(|(pattern, positive)| {
                    self.nodes.machine(*pattern).is_match(text) == *positive
                })
        });
        if let Some(text) = plain {
            return Answer::Document(text.into());
        }
        if min > MAX_MADE {
            return self.stopped(facts, "a string that long is not made");
        }
        others.retain(|other| fits(other));
        if patterns.is_empty() && others.is_empty() {
            return Answer::Document("a".repeat(usize::try_from(min).unwrap_or(0)).into());
        }
        self.by_automata(facts, &patterns, &others, (min, max))
    }

    fn by_automata(
        &mut self,
        facts: &[Lit],
        patterns: &[(u32, bool)],
        others: &[String],
        (min, max): (u64, Option<u64>),
    ) -> Answer {
        let Some(others) = Machine::of_strings(others.iter().map(String::as_str)) else {
            return self.stopped(facts, "too many strings are listed");
        };
        let mut machines: Vec<(&Machine, bool)> = patterns
            .iter()
            .map(|(pattern, positive)| (self.nodes.machine(*pattern), *positive))
            .collect();
        machines.push((&others, false));
        let mut work = self.work_left();
        let before = work;
        let mut found = within(machines.clone(), (min, max), &mut work);
        if let Found::Some(text) = &found
            && text.contains(LINE_BREAKS)
            // Whoever reads the witness, and whichever engine runs the patterns: one without is better.
            && let Some(broken) = Machine::of_pattern("[\\n\\r\\u2028\\u2029]")
        {
            machines.push((&broken, false));
            if let Found::Some(text) = within(machines, (min, max), &mut work) {
                found = Found::Some(text);
            }
        }
        self.spend(before - work);
        match found {
            Found::Some(text) => Answer::Document(text.into()),
            Found::None => Answer::Nothing,
            Found::TooLarge => self.stopped(
                facts,
                "its patterns are too large to be held against each other",
            ),
        }
    }
}
