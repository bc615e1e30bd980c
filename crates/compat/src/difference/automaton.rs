//! Patterns as automata over characters, and the shortest string that some match and others do not.
//!
//! It exists because whether one pattern's strings are all another's is a question about automata,
//! which sampling cannot answer. Patterns mean what ECMA-262 gives them, as the validator has them:
//! a match may begin and end anywhere, `\d` is ASCII, `$` is the very end.

use std::collections::{HashMap, HashSet, VecDeque};

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// States of one pattern; counted repetitions are written out.
const MAX_STATES: usize = 4_000;
/// Characters of listed strings.
const MAX_LISTED: usize = 100_000;
/// Groups of characters that no pattern tells apart.
const MAX_RANGES: usize = 6_000;

type State = u32;
type Range = (u32, u32);

/// A pattern's automaton, not deterministic.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    steps: Vec<Step>,
    start: State,
}

#[derive(Debug, Clone)]
enum Step {
    Character(Vec<Range>, State),
    Split(Vec<State>),
    AtStart(State),
    AtEnd(State),
    Match,
}

const LAST: u32 = char::MAX as u32;

impl Machine {
    /// `None` for what no automaton runs (look-around, word boundaries), or a very large pattern.
    pub(super) fn of_pattern(pattern: &str) -> Option<Machine> {
        let rust = jsonschema_regex::to_rust_regex(pattern).ok()?;
        let hir = regex_syntax::parse(&rust).ok()?;
        let mut machine = Machine {
            steps: vec![Step::Match],
            start: 0,
        };
        // Whatever follows a match is read by the match itself.
        machine.steps.push(Step::Character(vec![(0, LAST)], 0));
        machine.steps[0] = Step::Split(vec![1, 2]);
        machine.steps.push(Step::Match);
        let body = machine.add_hir(&hir, 0)?;
        let before = machine.push(Step::Split(Vec::new()))?;
        let any = machine.push(Step::Character(vec![(0, LAST)], before))?;
        machine.steps[before as usize] = Step::Split(vec![body, any]);
        machine.start = before;
        Some(machine)
    }

    /// Exactly these strings.
    pub(super) fn of_strings<'s>(strings: impl Iterator<Item = &'s str>) -> Option<Machine> {
        let mut machine = Machine {
            steps: vec![Step::Match],
            start: 0,
        };
        let mut branches = Vec::new();
        for string in strings {
            let mut next = 0;
            for character in string.chars().rev() {
                let one = u32::from(character);
                machine.steps.push(Step::Character(vec![(one, one)], next));
                next = u32::try_from(machine.steps.len() - 1).ok()?;
            }
            branches.push(next);
        }
        machine.steps.push(Step::Split(branches));
        machine.start = u32::try_from(machine.steps.len() - 1).ok()?;
        (machine.steps.len() <= MAX_LISTED).then_some(machine)
    }

    fn push(&mut self, step: Step) -> Option<State> {
        if self.steps.len() > MAX_STATES {
            return None;
        }
        self.steps.push(step);
        u32::try_from(self.steps.len() - 1).ok()
    }

    fn add_hir(&mut self, hir: &Hir, next: State) -> Option<State> {
        match hir.kind() {
            HirKind::Empty => Some(next),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).ok()?;
                text.chars().rev().try_fold(next, |next, character| {
                    let one = u32::from(character);
                    self.push(Step::Character(vec![(one, one)], next))
                })
            }
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.ranges().iter();
                let ranges = ranges.map(|range| (range.start().into(), range.end().into()));
                self.push(Step::Character(ranges.collect(), next))
            }
            HirKind::Class(Class::Bytes(class)) => {
                let ranges = class.ranges().iter();
                let ranges = ranges.map(|range| (range.start().into(), range.end().into()));
                class
                    .is_ascii()
                    .then(|| self.push(Step::Character(ranges.collect(), next)))?
            }
            HirKind::Look(Look::Start) => self.push(Step::AtStart(next)),
            HirKind::Look(Look::End) => self.push(Step::AtEnd(next)),
            HirKind::Look(_) => None,
            HirKind::Capture(capture) => self.add_hir(&capture.sub, next),
            HirKind::Concat(parts) => {
                let mut parts = parts.iter().rev();
                parts.try_fold(next, |next, part| self.add_hir(part, next))
            }
            HirKind::Alternation(branches) => {
                let starts: Option<Vec<State>> = branches
                    .iter()
                    .map(|branch| self.add_hir(branch, next))
                    .collect();
                self.push(Step::Split(starts?))
            }
            HirKind::Repetition(repetition) => {
                let mut next = next;
                match repetition.max {
                    None => {
                        let again = self.push(Step::Split(Vec::new()))?;
                        let body = self.add_hir(&repetition.sub, again)?;
                        self.steps[again as usize] = Step::Split(vec![body, next]);
                        next = again;
                    }
                    Some(max) => {
                        let end = next;
                        for _ in repetition.min..max {
                            let body = self.add_hir(&repetition.sub, next)?;
                            next = self.push(Step::Split(vec![body, end]))?;
                        }
                    }
                }
                let mut times = 0..repetition.min;
                times.try_fold(next, |next, _| self.add_hir(&repetition.sub, next))
            }
        }
    }

    /// The states reached without reading on, and whether the string may end here.
    fn closure(&self, from: impl IntoIterator<Item = State>, is_start: bool) -> Reached {
        let begin: Vec<State> = from.into_iter().collect();
        let walk = |is_end: bool| {
            let mut seen = HashSet::new();
            let mut open = begin.clone();
            let (mut reading, mut matched) = (Vec::new(), false);
            while let Some(state) = open.pop() {
                if !seen.insert(state) {
                    continue;
                }
                match &self.steps[state as usize] {
                    Step::Character(..) => reading.push(state),
                    Step::Split(branches) => open.extend(branches),
                    Step::AtStart(next) if is_start => open.push(*next),
                    Step::AtEnd(next) if is_end => open.push(*next),
                    Step::AtStart(_) | Step::AtEnd(_) => {}
                    Step::Match => matched = true,
                }
            }
            reading.sort_unstable();
            (reading, matched)
        };
        let (reading, _) = walk(false);
        let (_, matched) = walk(true);
        Reached { reading, matched }
    }

    fn begin(&self) -> Reached {
        self.closure([self.start], true)
    }

    fn after(&self, reached: &Reached, character: u32) -> Reached {
        let next = reached.reading.iter().filter_map(|state| {
            let Step::Character(ranges, next) = &self.steps[*state as usize] else {
                return None;
            };
            holds(ranges, character).then_some(*next)
        });
        self.closure(next, false)
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        let mut reached = self.begin();
        for character in text.chars() {
            reached = self.after(&reached, character.into());
        }
        reached.matched
    }

    fn ranges(&self) -> impl Iterator<Item = &Vec<Range>> {
        self.steps.iter().filter_map(|step| match step {
            Step::Character(ranges, _) => Some(ranges),
            _ => None,
        })
    }
}

fn holds(ranges: &[Range], character: u32) -> bool {
    let after = ranges.partition_point(|(start, _)| *start <= character);
    after > 0 && character <= ranges[after - 1].1
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Reached {
    reading: Vec<State>,
    matched: bool,
}

/// What is asked of a string.
pub(super) struct Wanted<'m> {
    /// Each with whether it has to match.
    pub(super) machines: Vec<(&'m Machine, bool)>,
    /// In characters.
    pub(super) min: u64,
    pub(super) max: Option<u64>,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Some(String),
    None,
    /// There was no room for an answer.
    TooLarge,
}

/// The shortest string that is wanted. `work` is what may still be spent, in states; it is lowered.
pub(super) fn shortest(wanted: &Wanted<'_>, work: &mut u64) -> Found {
    let Some(characters) = representatives(&wanted.machines) else {
        return Found::TooLarge;
    };
    let mut search = Search {
        wanted,
        sets: Vec::new(),
        known: HashMap::new(),
        moves: HashMap::new(),
    };
    // Lengths beyond the larger bound are all alike.
    let counted = wanted.max.map_or(wanted.min, |max| max.max(wanted.min));
    let begin: Vec<u32> = (0..wanted.machines.len())
        .map(|machine| search.set(machine, wanted.machines[machine].0.begin()))
        .collect();
    let mut places: Vec<(Vec<u32>, u64, usize, u32)> = vec![(begin.clone(), 0, 0, 0)];
    let mut seen: HashSet<(Vec<u32>, u64)> = HashSet::from([(begin, 0)]);
    let mut open = VecDeque::from([0usize]);
    while let Some(at) = open.pop_front() {
        let (sets, length, ..) = &places[at];
        let (sets, length) = (sets.clone(), *length);
        if length >= wanted.min && search.is_wanted(&sets) {
            return Found::Some(spelled(&places, at));
        }
        if wanted.max.is_some_and(|max| length >= max) {
            continue;
        }
        for character in &characters {
            let Some(left) = work.checked_sub(1) else {
                return Found::TooLarge;
            };
            *work = left;
            let next = search.next(&sets, *character);
            let longer = (length + 1).min(counted.max(1));
            if !search.is_dead(&next) && seen.insert((next.clone(), longer)) {
                open.push_back(places.len());
                places.push((next, longer, at, *character));
            }
        }
    }
    Found::None
}

fn spelled(places: &[(Vec<u32>, u64, usize, u32)], mut at: usize) -> String {
    let mut characters = Vec::new();
    while at != 0 {
        let (_, _, before, character) = &places[at];
        characters.extend(char::from_u32(*character));
        at = *before;
    }
    characters.iter().rev().collect()
}

struct Search<'m> {
    wanted: &'m Wanted<'m>,
    sets: Vec<(usize, Reached)>,
    known: HashMap<(usize, Reached), u32>,
    moves: HashMap<(u32, u32), u32>,
}

impl Search<'_> {
    fn set(&mut self, machine: usize, reached: Reached) -> u32 {
        let key = (machine, reached);
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let id = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push(key.clone());
        self.known.insert(key, id);
        id
    }

    fn next(&mut self, sets: &[u32], character: u32) -> Vec<u32> {
        let mut next = Vec::with_capacity(sets.len());
        for set in sets {
            if let Some(known) = self.moves.get(&(*set, character)) {
                next.push(*known);
                continue;
            }
            let (machine, reached) = &self.sets[*set as usize];
            let machine = *machine;
            let reached = self.wanted.machines[machine].0.after(reached, character);
            let id = self.set(machine, reached);
            self.moves.insert((*set, character), id);
            next.push(id);
        }
        next
    }

    fn is_wanted(&self, sets: &[u32]) -> bool {
        sets.iter().all(|set| {
            let (machine, reached) = &self.sets[*set as usize];
            reached.matched == self.wanted.machines[*machine].1
        })
    }

    /// Whether some machine that has to match cannot any more.
    fn is_dead(&self, sets: &[u32]) -> bool {
        sets.iter().any(|set| {
            let (machine, reached) = &self.sets[*set as usize];
            let needed = self.wanted.machines[*machine].1;
            needed && !reached.matched && reached.reading.is_empty()
        })
    }
}

/// One character for each group that no machine tells apart, the most readable first. `None`: too
/// many groups.
fn representatives(machines: &[(&Machine, bool)]) -> Option<Vec<u32>> {
    let mut classes: Vec<&Vec<Range>> = machines
        .iter()
        .flat_map(|(machine, _)| machine.ranges())
        .collect();
    classes.sort_unstable();
    classes.dedup();
    // Surrogates are no characters.
    let mut starts: Vec<u32> = vec![0, 0xE000];
    for (start, end) in classes.iter().flat_map(|class| class.iter()) {
        starts.push(*start);
        starts.push(end + 1);
    }
    starts.extend(READABLE.chars().map(u32::from));
    starts.extend(READABLE.chars().map(|character| u32::from(character) + 1));
    starts.sort_unstable();
    starts.dedup();
    starts.retain(|start| char::from_u32(*start).is_some());
    if starts.len() > MAX_RANGES || starts.len().saturating_mul(classes.len()) > 1_000_000 {
        return None;
    }
    let mut groups: HashMap<Vec<bool>, u32> = HashMap::new();
    for start in starts {
        let told: Vec<bool> = classes.iter().map(|class| holds(class, start)).collect();
        let best = groups.entry(told).or_insert(start);
        if readability(start) < readability(*best) {
            *best = start;
        }
    }
    let mut characters: Vec<u32> = groups.into_values().collect();
    characters.sort_unstable_by_key(|character| readability(*character));
    Some(characters)
}

/// Characters a person likes to read, the best first.
const READABLE: &str = "abcxyz019AZ-_ ./:@+,;#'=é";

fn readability(character: u32) -> (usize, u32) {
    let letter = char::from_u32(character).unwrap_or('\u{fffd}');
    let rank = match READABLE.chars().position(|readable| readable == letter) {
        Some(position) => position,
        None if letter.is_ascii_graphic() => 100,
        // Validators do not agree on which of these end a line.
        None if matches!(letter, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') => 400,
        None if letter.is_control() => 300,
        None => 200,
    };
    (rank, character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(pattern: &str, other: &str, min: u64, max: Option<u64>) -> Found {
        let [one, other] = [pattern, other].map(|text| Machine::of_pattern(text).unwrap());
        let wanted = Wanted {
            machines: vec![(&one, true), (&other, false)],
            min,
            max,
        };
        shortest(&wanted, &mut 50_000)
    }

    #[test]
    fn one_pattern_within_another() {
        for (one, other) in [
            ("^ba+b$", "b.*b"),
            ("^(ab){0,3}$", "^(ab)*$"),
            ("^[^a]*$", "^[^a]*$"),
            (".+", ".{1,}"),
            (r"^\d+$", "^[0-9]*$"),
            ("anything", "a*"),
            ("^a$", "a"),
            ("^(foo|bar)$", "^[a-z]{3}$"),
            (r"^\p{Lu}", r"\p{L}"),
            ("$^", "^$"),
            ("a|b|", ""),
        ] {
            assert_eq!(
                difference(one, other, 0, None),
                Found::None,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn the_difference_is_as_short_as_can_be() {
        for (one, other, shown) in [
            ("", ".", ""),
            (".{2,}", "aa", "ab"),
            ("^(ab)*$", "^(ab){0,3}$", "abababab"),
            ("^[a-z]+$", "^[a-y]+$", "z"),
            ("^s3://", "^s3://raw", "s3://"),
            (r"\w", r"\d", "a"),
        ] {
            let found = difference(one, other, 0, None);
            assert_eq!(found, Found::Some(shown.to_owned()), "{one} {other}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert_eq!(
            difference("^(ab)*$", "^(ab){0,3}$", 0, Some(7)),
            Found::None
        );
        assert_eq!(
            difference("^é*$", "^é{0,2}$", 4, None),
            Found::Some("éééé".to_owned())
        );
        assert_eq!(difference("^a*$", "^a{9}$", 10, Some(9)), Found::None);
    }

    #[test]
    fn what_no_automaton_runs_is_none() {
        for pattern in [r"\bword\b", "^(a{1000}){1000}$", "("] {
            assert!(Machine::of_pattern(pattern).is_none(), "{pattern}");
        }
    }
}
