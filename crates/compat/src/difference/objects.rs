//! Objects that are asked for: which properties they have, have not, and what stands under them.
//!
//! Names are those that some schema mentions, and fresh ones: for each way in which the patterns
//! can match a name or not, a name of that kind, if there is one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::node::{Id, Lit, Node, PatternId, STRING};
use super::{Answer, Search, Stop};

/// Patterns of names at one place; each doubles the kinds of names.
const MAX_PATTERNS: usize = 7;
/// Properties made because a bound asks for them.
const MAX_MADE: u64 = 256;
/// Names for properties that no schema mentions, if they will do.
const FRESH: [&str; 4] = ["extra", "other", "another", "x"];

#[derive(Default)]
struct Asked {
    min: u64,
    max: Option<u64>,
    /// Properties that have to be there, and what more is asked of them than of any other.
    required: BTreeMap<String, Vec<Lit>>,
    absent: BTreeSet<String>,
    properties: BTreeMap<String, Vec<Id>>,
    matching: Vec<(PatternId, Id)>,
    additional: Vec<(Vec<String>, Vec<PatternId>, Id)>,
    names: Vec<Id>,
    demands: Vec<Demand>,
    patterns: Vec<PatternId>,
    /// All names that a schema mentions.
    mentioned: BTreeSet<String>,
}

/// A property of some name.
#[derive(Clone)]
enum Demand {
    Matching(PatternId, Id),
    Additional(Vec<String>, Vec<PatternId>, Id),
    Named(Id),
}

impl Demand {
    /// What is asked of its value.
    fn value(&self) -> Option<Lit> {
        match self {
            Demand::Matching(_, id) | Demand::Additional(_, _, id) => Some((*id, false)),
            Demand::Named(_) => None,
        }
    }
}

type Slots = Vec<(String, Vec<Lit>)>;

impl Search {
    pub(super) fn object(&mut self, facts: &[Lit]) -> Answer {
        let asked = self.asked_of_objects(facts);
        let most = asked.max.unwrap_or(u64::MAX);
        if asked.min > most
            || asked.required.len() as u64 > most
            || asked
                .required
                .keys()
                .any(|name| asked.absent.contains(name))
        {
            return Answer::Nothing;
        }
        let needs_names = !asked.demands.is_empty() || asked.min > asked.required.len() as u64;
        if (needs_names && asked.patterns.len() > MAX_PATTERNS) || asked.min > MAX_MADE {
            return self.stopped(facts, "too many kinds of properties to look at all of them");
        }
        let mut slots: Slots = Vec::new();
        let mut stop = None;
        for (name, more) in &asked.required {
            match self.is_allowed(&asked, name) {
                Some(true) => {}
                Some(false) => return Answer::Nothing,
                None => {
                    stop = Some(self.stopped(facts, "a name could not be held against a schema"))
                }
            }
            let mut lits = self.of_property(&asked, name);
            lits.extend(more);
            match self.place(lits.clone()) {
                Answer::Nothing => return Answer::Nothing,
                Answer::Document(_) => {}
                stopped @ Answer::Stopped(_) => stop = stop.or(Some(stopped)),
            }
            slots.push((name.clone(), lits));
        }
        match stop {
            Some(stop) => stop,
            None => self.meet(&asked, facts, 0, slots),
        }
    }

    fn asked_of_objects(&self, facts: &[Lit]) -> Asked {
        let mut asked = Asked::default();
        let at_most = |asked: &mut Asked, bound: u64| {
            asked.max = Some(asked.max.map_or(bound, |max| max.min(bound)));
        };
        for (id, positive) in facts {
            match (self.nodes.get(*id), *positive) {
                (Node::MinProperties(bound), true) => asked.min = asked.min.max(*bound),
                (Node::MaxProperties(bound), false) => {
                    asked.min = asked.min.max(bound.saturating_add(1));
                }
                (Node::MaxProperties(bound), true) => at_most(&mut asked, *bound),
                (Node::MinProperties(bound), false) => at_most(&mut asked, bound.saturating_sub(1)),
                (Node::Required(name), true) => {
                    asked.required.entry(name.clone()).or_default();
                }
                (Node::Required(name), false) => {
                    asked.mentioned.insert(name.clone());
                    asked.absent.insert(name.clone());
                }
                (Node::Property(name, id), true) => {
                    asked.properties.entry(name.clone()).or_default().push(*id);
                }
                (Node::Property(name, id), false) => {
                    asked
                        .required
                        .entry(name.clone())
                        .or_default()
                        .push((*id, false));
                }
                (Node::Matching(pattern, id), positive) => {
                    asked.patterns.push(*pattern);
                    match positive {
                        true => asked.matching.push((*pattern, *id)),
                        false => asked.demands.push(Demand::Matching(*pattern, *id)),
                    }
                }
                (
                    Node::Additional {
                        names,
                        patterns,
                        schema,
                    },
                    positive,
                ) => {
                    asked.patterns.extend(patterns);
                    asked.mentioned.extend(names.iter().cloned());
                    let (names, patterns) = (names.clone(), patterns.clone());
                    match positive {
                        true => asked.additional.push((names, patterns, *schema)),
                        false => asked
                            .demands
                            .push(Demand::Additional(names, patterns, *schema)),
                    }
                }
                (Node::Names(id), true) => asked.names.push(*id),
                (Node::Names(id), false) => asked.demands.push(Demand::Named(*id)),
                _ => {}
            }
        }
        asked.mentioned.extend(asked.required.keys().cloned());
        asked.mentioned.extend(asked.properties.keys().cloned());
        asked.patterns.sort_unstable();
        asked.patterns.dedup();
        asked
    }

    fn is_allowed(&self, asked: &Asked, name: &str) -> Option<bool> {
        let lits: Vec<Lit> = asked.names.iter().map(|id| (*id, true)).collect();
        self.nodes.all_hold(&lits, &name.into())
    }

    /// What is asked of a property of that name.
    fn of_property(&self, asked: &Asked, name: &str) -> Vec<Lit> {
        let own = asked.properties.get(name).into_iter().flatten().copied();
        let matching = asked
            .matching
            .iter()
            .filter(|(pattern, _)| self.nodes.machine(*pattern).is_match(name));
        let additional = asked
            .additional
            .iter()
            .filter(|(names, patterns, _)| self.nodes.is_additional(names, patterns, name));
        own.chain(matching.map(|(_, id)| *id))
            .chain(additional.map(|(_, _, id)| *id))
            .map(|id| (id, true))
            .collect()
    }

    fn meets(&self, demand: &Demand, name: &str) -> Option<bool> {
        match demand {
            Demand::Matching(pattern, _) => Some(self.nodes.machine(*pattern).is_match(name)),
            Demand::Additional(names, patterns, _) => {
                Some(self.nodes.is_additional(names, patterns, name))
            }
            Demand::Named(id) => self.nodes.all_hold(&[(*id, false)], &name.into()),
        }
    }

    /// Finds properties for the demands from one on.
    fn meet(&mut self, asked: &Asked, facts: &[Lit], next: usize, slots: Slots) -> Answer {
        self.work += 1;
        if self.work_left() == 0 {
            return self.stopped(
                facts,
                "the properties that are asked for could not be found",
            );
        }
        let Some(demand) = asked.demands.get(next) else {
            return self.fill(asked, facts, slots);
        };
        let mut stop = None;
        for index in 0..slots.len() {
            match self.meets(demand, &slots[index].0) {
                Some(true) => {}
                Some(false) => continue,
                None => {
                    stop = Some(unheld(facts));
                    continue;
                }
            }
            let mut slots = slots.clone();
            slots[index].1.extend(demand.value());
            match self.with_slots(asked, facts, next, slots, index) {
                Answer::Nothing => {}
                Answer::Document(object) => return Answer::Document(object),
                Answer::Stopped(why) => stop = stop.or(Some(why)),
            }
        }
        if asked.max.is_some_and(|max| slots.len() as u64 >= max) {
            return stop.map_or(Answer::Nothing, Answer::Stopped);
        }
        for (name, lits) in self.other_names(asked, facts, demand, &slots, &mut stop) {
            let mut slots = slots.clone();
            slots.push((name, lits));
            let index = slots.len() - 1;
            match self.with_slots(asked, facts, next, slots, index) {
                Answer::Nothing => {}
                Answer::Document(object) => return Answer::Document(object),
                Answer::Stopped(why) => stop = stop.or(Some(why)),
            }
        }
        stop.map_or(Answer::Nothing, Answer::Stopped)
    }

    fn with_slots(
        &mut self,
        asked: &Asked,
        facts: &[Lit],
        next: usize,
        slots: Slots,
        changed: usize,
    ) -> Answer {
        match self.place(slots[changed].1.clone()) {
            Answer::Nothing => Answer::Nothing,
            Answer::Stopped(why) => Answer::Stopped(why),
            Answer::Document(_) => self.meet(asked, facts, next + 1, slots),
        }
    }

    /// Names that are not there yet and meet a demand, each with what is asked of its value: those
    /// that are mentioned, then a fresh one of each kind.
    fn other_names(
        &mut self,
        asked: &Asked,
        facts: &[Lit],
        demand: &Demand,
        slots: &Slots,
        stop: &mut Option<Stop>,
    ) -> Slots {
        let mut found = Vec::new();
        for name in &asked.mentioned {
            if asked.absent.contains(name) || slots.iter().any(|(used, _)| used == name) {
                continue;
            }
            match (self.is_allowed(asked, name), self.meets(demand, name)) {
                (Some(true), Some(true)) => {
                    let mut lits = self.of_property(asked, name);
                    lits.extend(demand.value());
                    found.push((name.clone(), lits));
                }
                (Some(false), _) | (_, Some(false)) => {}
                _ => *stop = stop.or(Some(unheld(facts))),
            }
        }
        for kind in 0..1u32 << asked.patterns.len() {
            let matches = |pattern: &PatternId| {
                let bit = asked.patterns.iter().position(|own| own == pattern);
                bit.is_some_and(|bit| kind & (1 << bit) != 0)
            };
            let mut name: Vec<Lit> = Vec::new();
            match demand {
                Demand::Matching(pattern, _) if !matches(pattern) => continue,
                Demand::Additional(_, patterns, _) if patterns.iter().any(matches) => continue,
                Demand::Named(id) => name.push((*id, false)),
                _ => {}
            }
            match self.fresh(asked, kind, name, slots) {
                Answer::Document(Value::String(name)) => {
                    let mut lits = self.of_property(asked, &name);
                    lits.extend(demand.value());
                    found.push((name, lits));
                }
                Answer::Stopped(why) => *stop = stop.or(Some(why)),
                _ => {}
            }
        }
        found
    }

    /// A name that no schema mentions, of a kind: the patterns that match it, as bits.
    fn fresh(&mut self, asked: &Asked, kind: u32, more: Vec<Lit>, slots: &Slots) -> Answer {
        let mut lits = more;
        lits.push((self.nodes.add(Node::Types(STRING)), true));
        lits.extend(asked.names.iter().map(|id| (*id, true)));
        for (bit, pattern) in asked.patterns.iter().enumerate() {
            let pattern = self.nodes.add(Node::Pattern(*pattern));
            lits.push((pattern, kind & (1 << bit) != 0));
        }
        let used = slots.iter().map(|(name, _)| name);
        let used: BTreeSet<&String> = used.chain(&asked.mentioned).collect();
        let used: Vec<Value> = used.into_iter().map(|name| name.as_str().into()).collect();
        if !used.is_empty() {
            lits.push((self.nodes.values(&used), false));
        }
        let plain = FRESH.iter().map(|name| Value::from(*name));
        let plain = plain
            .into_iter()
            .find(|name| self.nodes.all_hold(&lits, name) == Some(true));
        match plain {
            Some(name) => Answer::Document(name),
            None => self.place(lits),
        }
    }

    /// Adds properties until there are enough.
    fn fill(&mut self, asked: &Asked, facts: &[Lit], mut slots: Slots) -> Answer {
        let enough = usize::try_from(asked.min).unwrap_or(usize::MAX);
        let mut stop = None;
        if slots.len() < enough {
            for name in &asked.mentioned {
                let is_used = slots.iter().any(|(used, _)| used == name);
                if slots.len() >= enough || is_used || asked.absent.contains(name) {
                    continue;
                }
                match self.is_allowed(asked, name) {
                    Some(true) => {}
                    Some(false) => continue,
                    None => {
                        stop = Some(unheld(facts));
                        continue;
                    }
                }
                let lits = self.of_property(asked, name);
                self.add_if_possible(name.clone(), lits, &mut slots, &mut stop);
            }
        }
        for kind in 0..1u32 << asked.patterns.len() {
            while slots.len() < enough {
                let name = match self.fresh(asked, kind, Vec::new(), &slots) {
                    Answer::Document(Value::String(name)) => name,
                    Answer::Stopped(why) => {
                        stop = stop.or(Some(why));
                        break;
                    }
                    _ => break,
                };
                let lits = self.of_property(asked, &name);
                if !self.add_if_possible(name, lits, &mut slots, &mut stop) {
                    break;
                }
            }
        }
        if slots.len() < enough {
            return stop.map_or(Answer::Nothing, Answer::Stopped);
        }
        let mut object = Map::new();
        for (name, lits) in slots {
            match self.place(lits) {
                Answer::Document(value) => object.insert(name, value),
                other => return other,
            };
        }
        Answer::Document(Value::Object(object))
    }

    fn add_if_possible(
        &mut self,
        name: String,
        lits: Vec<Lit>,
        slots: &mut Slots,
        stop: &mut Option<Stop>,
    ) -> bool {
        match self.place(lits.clone()) {
            Answer::Document(_) => slots.push((name, lits)),
            Answer::Stopped(why) => {
                *stop = stop.or(Some(why));
                return false;
            }
            Answer::Nothing => return false,
        }
        true
    }
}

fn unheld(facts: &[Lit]) -> Stop {
    Stop {
        why: "a name could not be held against a schema",
        at: facts.first().map(|(id, _)| *id),
    }
}
