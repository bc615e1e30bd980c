//! A document that one schema accepts and another does not, or the proof that there is none.
//!
//! It exists because both answers come from the same walk: the schemas' assertions are brought
//! together place by place (what the one asks for, and that the other is not satisfied), split into
//! cases, and each case is either closed by a contradiction or yields a value. All cases closed is
//! the proof; a value is the witness. What is not understood, or too large, stops a case and is
//! named.
//!
//! Work is counted, in steps that do not depend on the machine, and ends when it is spent: nothing
//! here has to be left running.

mod arrays;
mod assertions;
mod automaton;
mod decimal;
mod derive;
mod evaluate;
mod node;
mod number;
mod objects;
mod place;
mod read;
mod text;
mod unevaluated;

use std::collections::HashMap;

use serde_json::Value;

pub(crate) use derive::derive;
pub(crate) use text::LINE_BREAKS;

use crate::containment::{Part, Stopped};
use node::{Id, Lit, Node, Nodes};

/// Steps for one question. A step is a case looked at or a state of an automaton.
const MAX_WORK: u64 = 400_000;
/// Places of a document inside one another.
const MAX_PLACES: usize = 48;
/// Nodes read from both schemas.
const MAX_NODES: usize = 40_000;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    /// Every case is closed by a contradiction.
    Nothing,
    /// A document that the one accepts and the other does not; a validator has yet to confirm it.
    Document(Value),
    /// Neither.
    Stopped {
        /// In words.
        why: String,
        stopped: Option<Stopped>,
    },
}

/// Looks for a document that `emitter` accepts and `reader` does not.
pub(crate) fn find(emitter: &Value, reader: &Value, reader_part: Part) -> Found {
    let mut search = Search::new();
    let read =
        |search: &mut Search, schema: &Value, part| read::read(&mut search.nodes, schema, part);
    let stopped = |part, why: &str| Found::Stopped {
        why: why.to_owned(),
        stopped: Some(Stopped {
            part,
            pointer: String::new(),
        }),
    };
    const NAMES: &str = "a part of the schema has a name (`$id`) that references could mean";
    let Some(reads) = read(&mut search, reader, reader_part) else {
        return stopped(reader_part, NAMES);
    };
    let Some(emits) = read(&mut search, emitter, reader_part.other()) else {
        return stopped(reader_part.other(), NAMES);
    };
    if search.nodes.len() > MAX_NODES {
        return stopped(reader_part, "the schemas are too large");
    }
    for (id, part) in [(reads, reader_part), (emits, reader_part.other())] {
        if search.nodes.goes_round_in_place(id) {
            return stopped(part, "a reference of the schema leads to itself in place");
        }
    }
    match search.place(vec![(emits, true), (reads, false)]) {
        Answer::Nothing => Found::Nothing,
        Answer::Document(document) => Found::Document(document),
        Answer::Stopped(stop) => search.told(stop, reader_part),
    }
}

/// The answer for one place of a document.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    Nothing,
    Document(Value),
    Stopped(Stop),
}

/// What stopped a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stop {
    why: &'static str,
    at: Option<Id>,
}

struct Search {
    nodes: Nodes,
    work: u64,
    /// Places being worked on, outermost first, each with what is asked there.
    open: Vec<Vec<Lit>>,
    /// The outermost open place that an answer rests on, while it is worked out.
    rests_on: usize,
    known: HashMap<Vec<Lit>, Answer>,
}

impl Search {
    fn new() -> Search {
        Search {
            nodes: Nodes::new(),
            work: 0,
            open: Vec::new(),
            rests_on: usize::MAX,
            known: HashMap::new(),
        }
    }

    fn spend(&mut self, work: u64) {
        self.work = self.work.saturating_add(work);
    }

    fn work_left(&self) -> u64 {
        MAX_WORK.saturating_sub(self.work)
    }

    /// A case given up, at the most telling of its assertions.
    fn stopped(&self, facts: &[Lit], why: &'static str) -> Answer {
        let named = facts
            .iter()
            .find(|(_, positive)| !positive)
            .or(facts.first());
        Answer::Stopped(Stop {
            why,
            at: named.map(|(id, _)| *id),
        })
    }

    fn told(&self, stop: Stop, reader_part: Part) -> Found {
        let place = stop.at.and_then(|id| {
            let parts = [reader_part, reader_part.other()];
            parts.into_iter().find_map(|part| {
                let pointer = self.nodes.pointer(id, part)?;
                Some(Stopped { part, pointer })
            })
        });
        Found::Stopped {
            why: stop.why.to_owned(),
            stopped: place,
        }
    }
}

impl Nodes {
    /// Whether a reference leads back to itself without a step into the document: what such a
    /// schema means is not agreed upon.
    fn goes_round_in_place(&self, root: Id) -> bool {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            Open,
            Done,
        }
        let mut states: HashMap<Id, State> = HashMap::new();
        let mut below = vec![root];
        while let Some(start) = below.pop() {
            if states.contains_key(&start) {
                continue;
            }
            let mut stack = vec![(start, false)];
            while let Some((id, is_left)) = stack.pop() {
                if is_left {
                    states.insert(id, State::Done);
                    continue;
                }
                match states.get(&id) {
                    Some(State::Open) => return true,
                    Some(State::Done) => continue,
                    None => {}
                }
                states.insert(id, State::Open);
                stack.push((id, true));
                let (in_place, inside) = self.leads_to(id);
                below.extend(inside);
                for next in in_place {
                    match states.get(&next) {
                        Some(State::Open) => return true,
                        Some(State::Done) => {}
                        None => stack.push((next, false)),
                    }
                }
            }
        }
        false
    }

    /// The nodes that apply to the same value, and those that apply to its parts.
    fn leads_to(&self, id: Id) -> (Vec<Id>, Vec<Id>) {
        match self.get(id) {
            Node::All(parts) | Node::Any(parts) | Node::One(parts) => (parts.clone(), Vec::new()),
            Node::Not(inner) => (vec![*inner], Vec::new()),
            Node::If(condition, then, otherwise) => {
                (vec![*condition, *then, *otherwise], Vec::new())
            }
            Node::Recursive(slot) => {
                let target = self.targets.get(*slot as usize).copied().flatten();
                (target.into_iter().collect(), Vec::new())
            }
            Node::Item(_, id)
            | Node::Rest(_, id)
            | Node::ContainsMin(id, _)
            | Node::ContainsMax(id, _)
            | Node::Property(_, id)
            | Node::Matching(_, id)
            | Node::Names(id)
            | Node::Additional { schema: id, .. } => (Vec::new(), vec![*id]),
            _ => (Vec::new(), Vec::new()),
        }
    }
}
