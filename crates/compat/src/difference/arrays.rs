//! Lists that are asked for: how long, what stands where, what has to be among the items, and how
//! often it may.
//!
//! A list may be cut down to what is asked for: its first places, an item for each demand, and as
//! many as the least length needs. So only so many lengths are looked at.

use serde_json::Value;

use super::node::{Id, Lit, Node};
use super::{Answer, Search};

/// The longest list that is made, item by item where items have to differ or are counted.
const MAX_MADE: u64 = 4_096;
const MAX_COUNTED: usize = 128;
/// Items that have to be among others, in all.
const MAX_DEMANDS: usize = 24;

#[derive(Default)]
struct Asked {
    min: u64,
    max: Option<u64>,
    places: Vec<(usize, Lit)>,
    /// From a place on.
    rests: Vec<(usize, Id)>,
    demands: Vec<Demand>,
    /// At most so many items of a kind.
    caps: Vec<(Id, u64)>,
    is_unique: bool,
    /// Two items have to be the same.
    has_twice: bool,
}

/// An item somewhere from a place on. Demands of one group need an item each.
#[derive(Clone, Copy)]
struct Demand {
    from: usize,
    lit: Lit,
    group: usize,
}

/// What is asked of the item at one place.
#[derive(Debug, Clone, Default)]
struct Slot {
    lits: Vec<Lit>,
    groups: Vec<usize>,
}

impl Search {
    pub(super) fn array(&mut self, facts: &[Lit]) -> Answer {
        let Some(asked) = self.asked_of_lists(facts) else {
            return self.stopped(facts, "too many items are asked for to be placed");
        };
        let first = asked.places.iter().map(|(index, _)| index + 1);
        let first = first.chain(asked.rests.iter().map(|(from, _)| *from));
        let first = first.max().unwrap_or(0);
        let from = asked.demands.iter().map(|demand| demand.from).max();
        let first = first.max(from.unwrap_or(0));
        let extra = asked.demands.len() + if asked.has_twice { 2 } else { 0 };
        let most = asked.min.max(first as u64) + extra as u64;
        let most = asked.max.map_or(most, |max| max.min(most));
        if asked.min > MAX_MADE {
            return self.stopped(facts, "a list that long is not made");
        }
        let mut stop = None;
        for length in asked.min..=most {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            match self.list(&asked, facts, length, first + extra) {
                Answer::Nothing => {}
                Answer::Document(list) => return Answer::Document(list),
                Answer::Stopped(why) => stop = stop.or(Some(why)),
            }
        }
        stop.map_or(Answer::Nothing, Answer::Stopped)
    }

    /// `None`: too much to place.
    fn asked_of_lists(&self, facts: &[Lit]) -> Option<Asked> {
        let mut asked = Asked::default();
        let at_most = |asked: &mut Asked, bound: u64| {
            asked.max = Some(asked.max.map_or(bound, |max| max.min(bound)));
        };
        for (group, (id, positive)) in facts.iter().enumerate() {
            let demand = |asked: &mut Asked, lit, from, count: u64| {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                let room = MAX_DEMANDS.checked_sub(asked.demands.len())?;
                let demand = Demand { from, lit, group };
                (count <= room).then(|| asked.demands.extend(std::iter::repeat_n(demand, count)))
            };
            match (self.nodes.get(*id), positive) {
                (Node::MinItems(bound), true) => asked.min = asked.min.max(*bound),
                (Node::MaxItems(bound), false) => {
                    asked.min = asked.min.max(bound.saturating_add(1));
                }
                (Node::MaxItems(bound), true) => at_most(&mut asked, *bound),
                (Node::MinItems(bound), false) => at_most(&mut asked, bound.saturating_sub(1)),
                (Node::Unique, true) => asked.is_unique = true,
                (Node::Unique, false) => asked.has_twice = true,
                (Node::Item(index, id), true) => asked.places.push((*index, (*id, true))),
                (Node::Item(index, id), false) => {
                    asked.places.push((*index, (*id, false)));
                    asked.min = asked.min.max(*index as u64 + 1);
                }
                (Node::Rest(from, id), true) => asked.rests.push((*from, *id)),
                (Node::Rest(from, id), false) => demand(&mut asked, (*id, false), *from, 1)?,
                (Node::ContainsMin(id, min), true) => demand(&mut asked, (*id, true), 0, *min)?,
                (Node::ContainsMin(id, min), false) => {
                    asked.caps.push((*id, min.saturating_sub(1)));
                }
                (Node::ContainsMax(id, max), true) => asked.caps.push((*id, *max)),
                (Node::ContainsMax(id, max), false) => {
                    demand(&mut asked, (*id, true), 0, max.saturating_add(1))?;
                }
                _ => {}
            }
        }
        Some(asked)
    }

    /// A list of that length. Items behind the first `told_apart` are all alike.
    fn list(&mut self, asked: &Asked, facts: &[Lit], length: usize, told_apart: usize) -> Answer {
        let one_by_one = asked.is_unique || !asked.caps.is_empty();
        if one_by_one && length > MAX_COUNTED {
            return self.stopped(facts, "so many items are not told apart");
        }
        let made = if one_by_one {
            length
        } else {
            length.min(told_apart)
        };
        let slots: Vec<Slot> = (0..made)
            .map(|index| Slot {
                lits: base(asked, index),
                groups: Vec::new(),
            })
            .collect();
        let filler = (length > made).then(|| base(asked, made));
        let mut stop = None;
        for lits in slots.iter().map(|slot| &slot.lits).chain(&filler) {
            match self.place(lits.clone()) {
                Answer::Nothing => return Answer::Nothing,
                Answer::Document(_) => {}
                Answer::Stopped(why) => stop = stop.or(Some(why)),
            }
        }
        if let Some(stop) = stop {
            return Answer::Stopped(stop);
        }
        let filler = match filler.map(|lits| self.place(lits)) {
            Some(Answer::Document(item)) => Some(item),
            _ => None,
        };
        let list = Making {
            asked,
            facts,
            filler: filler.map(|item| (item, length - made)),
        };
        if !asked.has_twice {
            return self.assign(&list, 0, slots, None);
        }
        let mut stop = None;
        for one in 0..slots.len() {
            for other in one + 1..slots.len() {
                let mut slots = slots.clone();
                let twice = slots[other].lits.clone();
                slots[one].lits.extend(twice);
                match self.assign(&list, 0, slots, Some((one, other))) {
                    Answer::Nothing => {}
                    Answer::Document(list) => return Answer::Document(list),
                    Answer::Stopped(why) => stop = stop.or(Some(why)),
                }
            }
        }
        stop.map_or(Answer::Nothing, Answer::Stopped)
    }

    /// Places the demands from one on.
    fn assign(
        &mut self,
        list: &Making<'_>,
        next: usize,
        slots: Vec<Slot>,
        twice: Option<(usize, usize)>,
    ) -> Answer {
        self.work += 1;
        if self.work_left() == 0 {
            return self.stopped(
                list.facts,
                "the items that are asked for could not be placed",
            );
        }
        let Some(demand) = list.asked.demands.get(next) else {
            return self.count(list, 0, slots, twice);
        };
        let mut stop = None;
        let mut tried: Vec<Slot> = Vec::new();
        for index in demand.from..slots.len() {
            // The second of two that are the same is what the first is.
            let at = match twice {
                Some((one, other)) if other == index => one,
                _ => index,
            };
            let is_taken = slots[index].groups.contains(&demand.group);
            let is_alike = tried
                .iter()
                .any(|slot| slot.lits == slots[at].lits && slot.groups == slots[index].groups);
            if is_taken || (is_alike && twice.is_none()) {
                continue;
            }
            tried.push(Slot {
                lits: slots[at].lits.clone(),
                groups: slots[index].groups.clone(),
            });
            let mut slots = slots.clone();
            slots[at].lits.push(demand.lit);
            slots[index].groups.push(demand.group);
            match self.place(slots[at].lits.clone()) {
                Answer::Nothing => continue,
                Answer::Document(_) => {}
                Answer::Stopped(why) => {
                    stop = stop.or(Some(why));
                    continue;
                }
            }
            match self.assign(list, next + 1, slots, twice) {
                Answer::Nothing => {}
                Answer::Document(list) => return Answer::Document(list),
                Answer::Stopped(why) => stop = stop.or(Some(why)),
            }
        }
        stop.map_or(Answer::Nothing, Answer::Stopped)
    }

    /// Keeps to what may not be there too often: from each item of a slot on, all of those kinds
    /// are left out that can be.
    fn count(
        &mut self,
        list: &Making<'_>,
        index: usize,
        slots: Vec<Slot>,
        twice: Option<(usize, usize)>,
    ) -> Answer {
        let caps = &list.asked.caps;
        if caps.is_empty() || index == slots.len() {
            return self.items(list, &slots, twice);
        }
        if twice.is_some() || caps.len() > 4 {
            return self.stopped(list.facts, "items that are counted could not be placed");
        }
        let mut stop = None;
        let mut ways: Vec<u32> = (0..1u32 << caps.len()).collect();
        ways.sort_by_key(|way| way.count_ones());
        for way in ways {
            let mut slots = slots.clone();
            for (bit, (id, _)) in caps.iter().enumerate() {
                slots[index].lits.push((*id, way & (1 << bit) != 0));
            }
            let is_within = caps.iter().all(|(id, most)| {
                let held = slots[..=index].iter();
                let held = held.filter(|slot| slot.lits.contains(&(*id, true))).count();
                held as u64 <= *most
            });
            if !is_within {
                continue;
            }
            match self.place(slots[index].lits.clone()) {
                Answer::Nothing => continue,
                Answer::Document(_) => {}
                Answer::Stopped(why) => {
                    stop = stop.or(Some(why));
                    continue;
                }
            }
            match self.count(list, index + 1, slots, twice) {
                Answer::Nothing => {}
                Answer::Document(list) => return Answer::Document(list),
                Answer::Stopped(why) => stop = stop.or(Some(why)),
            }
            if self.work_left() == 0 {
                return self.stopped(list.facts, "items that are counted could not be placed");
            }
        }
        stop.map_or(Answer::Nothing, Answer::Stopped)
    }

    /// A value for each slot, different ones where they have to be.
    fn items(
        &mut self,
        list: &Making<'_>,
        slots: &[Slot],
        twice: Option<(usize, usize)>,
    ) -> Answer {
        let mut items: Vec<Value> = Vec::new();
        if list.asked.is_unique {
            match self.different(list, slots, &mut items) {
                Answer::Document(_) => {}
                other => return other,
            }
        } else {
            for slot in slots {
                match self.place(slot.lits.clone()) {
                    Answer::Document(item) => items.push(item),
                    other => return other,
                }
            }
        }
        if let Some((one, other)) = twice
            && let Some(item) = items.get(one).cloned()
            && other < items.len()
        {
            items[other] = item;
        }
        if let Some((filler, count)) = &list.filler {
            items.extend(std::iter::repeat_n(filler.clone(), *count));
        }
        Answer::Document(Value::Array(items))
    }

    /// Adds values for the slots that have none yet, none of them twice. As many values as there
    /// are slots are tried for each: of more, one would always be left for it.
    fn different(&mut self, list: &Making<'_>, slots: &[Slot], items: &mut Vec<Value>) -> Answer {
        let Some(slot) = slots.get(items.len()) else {
            return Answer::Document(Value::Null);
        };
        let mut tried: Vec<Value> = items.clone();
        let mut stop = None;
        for _ in 0..slots.len() {
            if self.work_left() == 0 {
                return self.stopped(list.facts, "items that have to differ were not found");
            }
            let mut lits = slot.lits.clone();
            if !tried.is_empty() {
                lits.push((self.nodes.values(&tried), false));
            }
            let item = match self.place(lits) {
                Answer::Document(item) => item,
                Answer::Nothing => break,
                Answer::Stopped(why) => {
                    stop = stop.or(Some(why));
                    break;
                }
            };
            items.push(item.clone());
            match self.different(list, slots, items) {
                Answer::Nothing => {}
                Answer::Document(done) => return Answer::Document(done),
                Answer::Stopped(why) => stop = stop.or(Some(why)),
            }
            items.pop();
            tried.push(item);
            // Where all are asked the same, another choice changes nothing.
            if slots.iter().all(|other| other.lits == slot.lits) {
                break;
            }
        }
        stop.map_or(Answer::Nothing, Answer::Stopped)
    }
}

struct Making<'a> {
    asked: &'a Asked,
    facts: &'a [Lit],
    /// What the list is filled up with, and how often.
    filler: Option<(Value, usize)>,
}

/// What is asked of each item at a place.
fn base(asked: &Asked, index: usize) -> Vec<Lit> {
    let places = asked.places.iter().filter(|(place, _)| *place == index);
    let rests = asked.rests.iter().filter(|(from, _)| *from <= index);
    let places = places.map(|(_, lit)| *lit);
    places.chain(rests.map(|(_, id)| (*id, true))).collect()
}
