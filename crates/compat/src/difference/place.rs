//! One place of a document: all that is asked there, split into cases until each is a list of
//! plain assertions about one type.

use std::collections::HashSet;

use serde_json::Value;

use super::node::{ARRAY, BOOLEAN, Id, Lit, NULL, NUMBER, Node, OBJECT, STRING, Types, type_of};
use super::{Answer, MAX_PLACES, MAX_WORK, Search, Stop};

/// One after another, the types whose values are shortest first.
const TYPES: [Types; 6] = [NULL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT];

const TOO_MUCH: &str = "neither a proof nor a counterexample was found within the budget";

/// A case of one place: what is known to hold, and what is left to choose.
#[derive(Debug, Clone)]
struct Case {
    kind: Types,
    known: HashSet<Lit>,
    /// Plain assertions about the type.
    facts: Vec<Lit>,
    /// Alternatives, of each of which one has to hold.
    choices: Vec<Vec<Vec<Lit>>>,
    /// What nothing is concluded from; a case with one yields no document.
    unread: Option<Id>,
}

/// A contradiction: the case is closed.
struct Closed;

impl Search {
    /// A value for which all that is asked holds.
    pub(super) fn place(&mut self, mut asked: Vec<Lit>) -> Answer {
        asked.sort_unstable();
        asked.dedup();
        if let Some(answer) = self.known.get(&asked) {
            return answer.clone();
        }
        // Documents are finite: a smallest one never holds within itself what it is asked to be.
        if let Some(at) = self.open.iter().position(|open| *open == asked) {
            self.rests_on = self.rests_on.min(at);
            return Answer::Nothing;
        }
        if self.open.len() >= MAX_PLACES || self.work >= MAX_WORK {
            return self.stopped(&asked, TOO_MUCH);
        }
        let depth = self.open.len();
        let outer = std::mem::replace(&mut self.rests_on, usize::MAX);
        self.open.push(asked.clone());
        let answer = stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.by_types(&asked));
        self.open.pop();
        let rests_on = std::mem::replace(&mut self.rests_on, outer);
        let is_final = rests_on >= depth || matches!(answer, Answer::Document(_));
        if is_final {
            self.known.insert(asked, answer.clone());
        }
        if rests_on < depth {
            self.rests_on = self.rests_on.min(rests_on);
        }
        answer
    }

    fn by_types(&mut self, asked: &[Lit]) -> Answer {
        let possible = asked
            .iter()
            .fold(u8::MAX, |types, lit| types & self.nodes.types_of(*lit));
        let mut stop = None;
        for kind in TYPES.into_iter().filter(|kind| possible & kind != 0) {
            let mut case = Case {
                kind,
                known: HashSet::new(),
                facts: Vec::new(),
                choices: Vec::new(),
                unread: None,
            };
            let answer = match self.assert_all(&mut case, asked) {
                Ok(()) => self.case(case),
                Err(Closed) => continue,
            };
            match answer {
                Answer::Nothing => {}
                Answer::Document(document) => return Answer::Document(document),
                Answer::Stopped(why) => stop = stop.or(Some(why)),
            }
        }
        stop.map_or(Answer::Nothing, Answer::Stopped)
    }

    fn assert_all(&mut self, case: &mut Case, lits: &[Lit]) -> Result<(), Closed> {
        let mut open: Vec<Lit> = lits.iter().rev().copied().collect();
        while let Some((id, positive)) = open.pop() {
            self.work += 1;
            if self.nodes.types_of((id, positive)) & case.kind == 0
                || case.known.contains(&(id, !positive))
            {
                return Err(Closed);
            }
            let is_settled = self.nodes.types_of((id, !positive)) & case.kind == 0;
            if is_settled || !case.known.insert((id, positive)) {
                continue;
            }
            let node = self.nodes.get(id).clone();
            match (node, positive) {
                (Node::All(parts), true) => {
                    open.extend(parts.iter().rev().map(|part| (*part, true)))
                }
                (Node::Any(parts), false) => {
                    open.extend(parts.iter().rev().map(|part| (*part, false)));
                }
                (Node::All(parts), false) => {
                    case.choices
                        .push(parts.iter().map(|part| vec![(*part, false)]).collect());
                }
                (Node::Any(parts), true) => {
                    case.choices
                        .push(parts.iter().map(|part| vec![(*part, true)]).collect());
                }
                (Node::One(parts), positive) => case.choices.push(exactly_one(&parts, positive)),
                (Node::Not(inner), positive) => open.push((inner, !positive)),
                (Node::If(condition, then, otherwise), positive) => case.choices.push(vec![
                    vec![(condition, true), (then, positive)],
                    vec![(condition, false), (otherwise, positive)],
                ]),
                (Node::Recursive(slot), positive) => {
                    match self.nodes.targets.get(slot as usize).copied().flatten() {
                        Some(target) => open.push((target, positive)),
                        None => case.unread = Some(id),
                    }
                }
                (Node::Types(_), _) => {}
                (Node::Unread(..), _) => case.unread = Some(id),
                (Node::Values(values), false) if case.kind & (ARRAY | OBJECT) != 0 => {
                    for value in values {
                        let value = self.nodes.value_of(value).clone();
                        if type_of(&value) == case.kind {
                            open.push((self.structure(&value), false));
                        }
                    }
                }
                (_, positive) => case.facts.push((id, positive)),
            }
        }
        Ok(())
    }

    /// A list or an object that a schema names, as assertions about its parts.
    fn structure(&mut self, value: &Value) -> Id {
        let mut parts = Vec::new();
        let never = self.nodes.never();
        match value {
            Value::Array(items) => {
                parts.push(Node::Types(ARRAY));
                parts.push(Node::MinItems(items.len() as u64));
                parts.push(Node::MaxItems(items.len() as u64));
                for (index, item) in items.iter().enumerate() {
                    parts.push(Node::Item(index, self.nodes.values([item])));
                }
            }
            Value::Object(members) => {
                parts.push(Node::Types(OBJECT));
                let mut names: Vec<String> = members.keys().cloned().collect();
                names.sort_unstable();
                for (name, value) in members {
                    parts.push(Node::Required(name.clone()));
                    parts.push(Node::Property(name.clone(), self.nodes.values([value])));
                }
                parts.push(Node::Additional {
                    names,
                    patterns: Vec::new(),
                    schema: never,
                });
            }
            other => return self.nodes.values([other]),
        }
        let parts = parts.into_iter().map(|part| self.nodes.add(part)).collect();
        self.nodes.all(parts)
    }

    fn case(&mut self, case: Case) -> Answer {
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.split(case))
    }

    fn split(&mut self, mut case: Case) -> Answer {
        self.work += 1;
        if self.work >= MAX_WORK {
            return self.stopped(&case.facts, TOO_MUCH);
        }
        if self.settle_choices(&mut case).is_err() {
            return Answer::Nothing;
        }
        // What is known by now may close the case, or already yield what is looked for.
        let answer = self.facts(&case);
        let chosen = case
            .choices
            .iter()
            .min_by_key(|choice| choice.len())
            .cloned();
        let Some(choice) = chosen else {
            return self.unless_unread(answer, &case);
        };
        match &answer {
            Answer::Nothing => return Answer::Nothing,
            Answer::Document(document) if self.chooses(&case, document) => {
                return self.unless_unread(answer, &case);
            }
            _ => {}
        }
        case.choices.retain(|other| *other != choice);
        let mut stop = None;
        for (index, alternative) in choice.iter().enumerate() {
            let mut next = case.clone();
            // What was tried before need not be tried again together with this.
            let before = choice[..index]
                .iter()
                .filter_map(|before| match before.as_slice() {
                    [(id, positive)] => Some((*id, !positive)),
                    _ => None,
                });
            let lits: Vec<Lit> = alternative.iter().copied().chain(before).collect();
            if self.assert_all(&mut next, &lits).is_err() {
                continue;
            }
            match self.case(next) {
                Answer::Nothing => {}
                Answer::Document(document) => return Answer::Document(document),
                Answer::Stopped(why) => stop = stop.or(Some(why)),
            }
        }
        stop.map_or(Answer::Nothing, Answer::Stopped)
    }

    fn unless_unread(&self, answer: Answer, case: &Case) -> Answer {
        match (answer, case.unread) {
            (Answer::Document(_), Some(id)) => Answer::Stopped(Stop {
                why: "the schema holds what cannot be compared",
                at: Some(id),
            }),
            (answer, _) => answer,
        }
    }

    /// Whether a value found without the choices satisfies each of them.
    fn chooses(&self, case: &Case, document: &Value) -> bool {
        case.unread.is_none()
            && case.choices.iter().all(|choice| {
                let mut alternatives = choice.iter();
                alternatives.any(|lits| self.nodes.all_hold(lits, document) == Some(true))
            })
    }

    /// Drops alternatives that are closed and choices that are made; asserts what is left alone.
    fn settle_choices(&mut self, case: &mut Case) -> Result<(), Closed> {
        loop {
            let mut left = Vec::new();
            let mut alone: Vec<Lit> = Vec::new();
            for choice in std::mem::take(&mut case.choices) {
                let mut open = Vec::new();
                let mut is_made = false;
                for alternative in choice {
                    match self.remaining(case, &alternative) {
                        None => {}
                        Some(lits) if lits.is_empty() => is_made = true,
                        Some(lits) => open.push(lits),
                    }
                }
                match open.as_slice() {
                    _ if is_made => {}
                    [] => return Err(Closed),
                    [only] => alone.extend(only),
                    _ => left.push(open),
                }
            }
            case.choices = left;
            if alone.is_empty() {
                return Ok(());
            }
            self.assert_all(case, &alone)?;
        }
    }

    /// What of an alternative is not known yet; `None` if it cannot hold.
    fn remaining(&mut self, case: &Case, alternative: &[Lit]) -> Option<Vec<Lit>> {
        let mut left = Vec::new();
        for (id, positive) in alternative {
            self.work += 1;
            if case.known.contains(&(*id, !positive))
                || self.nodes.types_of((*id, *positive)) & case.kind == 0
            {
                return None;
            }
            let is_settled = case.known.contains(&(*id, *positive))
                || self.nodes.types_of((*id, !positive)) & case.kind == 0;
            if !is_settled {
                left.push((*id, *positive));
            }
        }
        Some(left)
    }

    /// The plain assertions of a case, all together.
    fn facts(&mut self, case: &Case) -> Answer {
        let facts = &case.facts;
        let listed =
            facts
                .iter()
                .find_map(|(id, positive)| match (self.nodes.get(*id), positive) {
                    (Node::Values(values), true) => Some(values.clone()),
                    _ => None,
                });
        if let Some(values) = listed {
            return self.listed(facts, case.kind, &values);
        }
        match case.kind {
            NULL => Answer::Document(Value::Null),
            BOOLEAN => {
                let mut both = [true, false].into_iter().map(Value::from);
                both.find(|value| self.nodes.all_hold(facts, value) == Some(true))
                    .map_or(Answer::Nothing, Answer::Document)
            }
            NUMBER => self.number(facts),
            STRING => self.text(facts),
            ARRAY => self.array(facts),
            _ => self.object(facts),
        }
    }

    fn listed(&mut self, facts: &[Lit], kind: Types, values: &[u32]) -> Answer {
        let mut is_known = true;
        for id in values {
            let value = self.nodes.value_of(*id);
            if type_of(value) != kind {
                continue;
            }
            match self.nodes.all_hold(facts, value) {
                Some(true) => return Answer::Document(value.clone()),
                Some(false) => {}
                None => is_known = false,
            }
        }
        self.spend(values.len() as u64);
        match is_known {
            true => Answer::Nothing,
            false => self.stopped(facts, "a listed value could not be held against the schema"),
        }
    }
}

/// The ways in which exactly one holds, or in which it is not exactly one.
fn exactly_one(parts: &[Id], positive: bool) -> Vec<Vec<Lit>> {
    let only = |chosen: usize| {
        let parts = parts.iter().enumerate();
        parts
            .map(|(index, part)| (*part, index == chosen))
            .collect::<Vec<Lit>>()
    };
    if positive {
        return (0..parts.len()).map(only).collect();
    }
    let mut ways = vec![parts.iter().map(|part| (*part, false)).collect()];
    for (index, one) in parts.iter().enumerate() {
        for other in &parts[index + 1..] {
            ways.push(vec![(*one, true), (*other, true)]);
        }
    }
    ways
}
