//! Ways through a function, where several parts of what a call is given are chosen by one condition, or are made of one
//! name that stands for several things: `folder` and `suffix` that one `if` sets, `pair[0]` and `pair[1]`, an object and
//! the path that it is given. Taken part by part they make combinations that no run makes; so each way is gone by itself.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::*;
use crate::facts::{Name, Test};
use crate::value::Gone;

/// More ways than this are not gone one by one.
const MAX_WAYS: usize = 8;
/// Conditions that are told apart.
const MAX_TESTS: usize = 6;
/// Names that are told apart.
const MAX_SUBJECTS: usize = 3;
/// Answers that are known of the way through a constructor.
const MAX_ANSWERS: usize = 8;
/// Expressions that are looked through for what hangs together.
const MAX_PARTS: usize = 400;

/// Where an expression stands of which the parts may hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Spot {
    /// What a call calls, and what it gives.
    Call(u32),
    /// What a constructor sets the fields to that a call reads.
    Fields(u32),
}

/// A statement, a spot in it, and the class whose fields are meant there.
pub(crate) type Place = (u64, Spot, (u64, u32));

/// What the parts of an expression have in common, by its syntax.
#[derive(Debug, Default)]
pub(crate) struct Common {
    /// The guards of its alternatives.
    guards: Vec<u32>,
    /// The conditions that choose for more than one part.
    tests: Vec<Test>,
    /// What more than one part is made of.
    subjects: Vec<Expr>,
    choices: Vec<Choice>,
    /// The fields of the object around that are read.
    fields: Vec<Name>,
}

/// One of several, each under a guard.
#[derive(Debug)]
struct Choice {
    /// The guards that it stands under itself.
    around: Vec<u32>,
    arms: Vec<u32>,
}

impl Common {
    fn is_plain(&self) -> bool {
        self.guards.is_empty() && self.subjects.is_empty()
    }
}

impl Evaluator<'_> {
    /// The scopes in which a call of the function around is made, one for each way that leads to it and on which other
    /// things go together; its own scope, where there is nothing to tell apart. What it takes to find out is no part
    /// of what the value in hand takes.
    pub(crate) fn ways_to_call(&mut self, index: u32, scope: &Scope) -> Vec<Scope> {
        let guard = scope.facts.calls[index as usize].guard;
        let mut ways = Vec::new();
        for made in self.ways_made(index, scope) {
            let at = self.reached(guard, &made);
            ways.extend(self.ways(Spot::Call(index), guard, at));
        }
        ways
    }

    /// The scopes in which a call is made on an object that went one way through its constructor each, where several of
    /// the fields that the call reads hang on that.
    fn ways_made(&mut self, index: u32, scope: &Scope) -> Vec<Scope> {
        let common = self.common(Spot::Call(index), scope);
        if common.fields.is_empty() {
            return vec![scope.clone()];
        }
        let before = std::mem::take(&mut self.cost);
        let ways = self.made_apart(index, &common, scope);
        self.cost = before;
        ways.unwrap_or_else(|| vec![scope.clone()])
    }

    fn made_apart(&mut self, index: u32, read: &Common, scope: &Scope) -> Option<Vec<Scope>> {
        let around = scope.frame.as_ref()?.0.func.function().class?;
        let object = self.this(around, scope).first().clone();
        let Value::Instance { class, args } = &object else {
            return None;
        };
        let sets = |class: &ClassRef| {
            let class = class.class();
            let is_set = |name: &Name| class.fields.iter().any(|(known, _)| known == name);
            class.constructor.is_some() && read.fields.iter().any(is_set)
        };
        let mut makers = std::iter::once(class.clone()).chain(self.ancestors(class));
        let maker = makers.find(sets)?;
        let fields = self.common_fields(index, read, &maker, scope);
        if fields.guards.is_empty() {
            return None;
        }
        let guard = scope.facts.calls[index as usize].guard;
        let is_here = maker.facts.id == scope.facts.id && maker.class == around;
        let asked = match guard.filter(|_| is_here) {
            Some(guard) => asked_of_fields(&leaves_of(guard, &scope.facts), &maker),
            None => Vec::new(),
        };
        let mut asked = asked;
        asked.retain(|leaf| {
            let mut guards = fields.guards.iter();
            guards.any(|guard| {
                let test = &maker.facts.guards[*guard as usize].test;
                answered_in_parts(std::slice::from_ref(leaf), test, &maker.facts)
            })
        });
        if asked.is_empty() && fields.tests.is_empty() {
            return None;
        }
        let on_way = |this: &mut Self, way: &[(Test, bool)]| {
            let known = args.as_ref();
            let mut made = known.map_or_else(Args::default, |args| (**args).clone());
            made.gone = Gone {
                is_unseen: known.is_none_or(|args| args.gone.is_unseen),
                answers: made.gone.answers,
            };
            // A method of the object that calls another one asks again: what is known is not said twice.
            for (test, holds) in way {
                let is_known = instances::gone_through(&made.gone, &maker);
                let is_known = answered(&is_known, test, &maker.facts).is_some();
                if !is_known && made.gone.answers.len() < MAX_ANSWERS {
                    let answer = (maker.facts.id, maker.class, test.clone(), *holds);
                    made.gone.answers.push(answer);
                }
            }
            let object = Value::Instance {
                class: class.clone(),
                args: Some(Shared::new(made)),
            };
            this.on_object(scope, object)
        };
        // What leads to the call is known of the object that it is made on.
        let mut ways: Vec<Vec<(Test, bool)>> = vec![asked];
        for test in &fields.tests {
            let mut next = Vec::new();
            for (at, way) in ways.iter().enumerate() {
                let left = ways.len() - at - 1;
                let on = on_way(self, way)?;
                let inside = self.in_constructor(&maker, around, &on)?;
                let is_open =
                    next.len() + left + 2 <= MAX_WAYS && self.holds(test, &inside, None).is_none();
                match is_open {
                    true => next.extend([true, false].map(|holds| {
                        let mut more = way.clone();
                        add_leaves(test, holds, &mut more);
                        more
                    })),
                    false => next.push(way.clone()),
                }
            }
            ways = next;
        }
        let mut found = Vec::new();
        for way in &ways {
            let on = on_way(self, way)?;
            let inside = self.in_constructor(&maker, around, &on)?;
            if self.is_possible(&fields, &inside) {
                found.push(on);
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// The scope in the constructor of the object that a method is called on, or in one above it.
    fn in_constructor(&mut self, maker: &ClassRef, around: u32, scope: &Scope) -> Option<Scope> {
        let object = self.this(around, scope).first().clone();
        let Value::Instance { class, args } = &object else {
            return None;
        };
        let args = match class == maker {
            true => args.clone(),
            false => None, // What is handed on to a class above is worked out with the fields.
        };
        let frame = self.constructor_frame(maker, &args, &object);
        Some(Scope {
            frame,
            ..Scope::around(maker)
        })
    }

    /// What the fields that a call reads have in common.
    fn common_fields(
        &mut self,
        index: u32,
        read: &Common,
        maker: &ClassRef,
        scope: &Scope,
    ) -> Rc<Common> {
        let key = (
            scope.facts.id,
            Spot::Fields(index),
            (maker.facts.id, maker.class),
        );
        if let Some(known) = self.common.get(&key) {
            return known.clone();
        }
        let mut look = Look::new(&maker.facts);
        look.func = maker.class().constructor;
        let mut counts = Counts::new();
        for name in &read.fields {
            let set = maker.class().fields.iter();
            let set = set.filter(|(known, _)| known == name);
            let set: Vec<&Expr> = set.map(|(_, value)| value).collect();
            counts = sum(counts, look.choice(&set));
        }
        let common = Rc::new(look.common(&counts));
        self.common.insert(key, common.clone());
        common
    }

    fn ways(&mut self, spot: Spot, guard: Option<u32>, scope: Scope) -> Vec<Scope> {
        if scope.frame.is_none() {
            return vec![scope];
        }
        let common = self.common(spot, &scope);
        if common.is_plain() {
            return vec![scope];
        }
        let before = std::mem::take(&mut self.cost);
        let ways = self.told_apart(&common, guard, scope);
        self.cost = before;
        ways
    }

    fn told_apart(&mut self, common: &Common, guard: Option<u32>, scope: Scope) -> Vec<Scope> {
        let facts = scope.facts.clone();
        let at = match guard {
            Some(guard) if is_asked_again(guard, &common.guards, &facts) => {
                self.with_taken(&leaves_of(guard, &facts), scope)
            }
            _ => scope,
        };
        let mut ways = vec![at.clone()];
        for test in &common.tests {
            let mut next = Vec::new();
            for (index, way) in ways.iter().enumerate() {
                let left = ways.len() - index - 1;
                let is_open =
                    next.len() + left + 2 <= MAX_WAYS && self.holds(test, way, None).is_none();
                match is_open {
                    true => next.extend([true, false].map(|holds| self.taking(test, holds, way))),
                    false => next.push(way.clone()),
                }
            }
            ways = next;
        }
        if ways.len() > 1 {
            let is_reached =
                |this: &mut Self, way: &Scope| !guard.is_some_and(|it| this.is_ruled_out(it, way));
            ways.retain(|way| self.is_possible(common, way) && is_reached(self, way));
            if ways.is_empty() {
                ways.push(at); // A condition was not understood.
            }
        }
        for subject in &common.subjects {
            let mut next = Vec::new();
            for (index, way) in ways.iter().enumerate() {
                let left = ways.len() - index - 1;
                let values = self.eval(subject, way);
                let count = values.iter().len();
                let is_told = |value: &Value| !matches!(value, Value::Hole(_));
                match count > 1
                    && next.len() + left + count <= MAX_WAYS
                    && values.iter().any(is_told)
                {
                    true => next.extend(
                        values
                            .iter()
                            .map(|one| self.assuming(subject, Values::one(one.clone()), way)),
                    ),
                    false => next.push(way.clone()),
                }
            }
            ways = next;
        }
        ways
    }

    /// Whether each choice of a way has something left to choose.
    fn is_possible(&mut self, common: &Common, way: &Scope) -> bool {
        common.choices.iter().all(|choice| {
            let is_gone = choice
                .around
                .iter()
                .any(|guard| self.is_ruled_out(*guard, way));
            is_gone
                || choice
                    .arms
                    .iter()
                    .any(|guard| !self.is_ruled_out(*guard, way))
        })
    }

    /// What the parts of an expression have in common; it hangs on the statement alone.
    fn common(&mut self, spot: Spot, scope: &Scope) -> Rc<Common> {
        let key = (scope.facts.id, spot, (0, 0));
        if let Some(known) = self.common.get(&key) {
            return known.clone();
        }
        let facts = &scope.facts;
        let mut look = Look::new(facts);
        let counts = match spot {
            Spot::Call(index) => {
                look.func = facts.calls[index as usize].func;
                look.call(index)
            }
            // They are of another statement: see `common_fields`.
            Spot::Fields(_) => Counts::new(),
        };
        let common = Rc::new(look.common(&counts));
        self.common.insert(key, common.clone());
        common
    }
}

/// How often each of the things that are looked for is met on one way, by their places.
type Counts = Vec<u32>;

/// What several parts may have in common.
#[derive(Clone, Copy)]
enum Thing<'f> {
    Test(&'f Test),
    /// A name, an element, or what a call answers.
    Subject(&'f Expr),
}

struct Look<'f> {
    facts: &'f Facts,
    func: Option<u32>,
    things: Vec<Thing<'f>>,
    /// The place of each subject, with what it is made of.
    met: FxHashMap<&'f Expr, (usize, Counts)>,
    /// How often a part of each element was taken.
    parted: FxHashMap<&'f Expr, u32>,
    /// The guards that stand around.
    around: Vec<u32>,
    guards: Vec<u32>,
    choices: Vec<Choice>,
    fields: Vec<Name>,
    looked_at: usize,
}

impl<'f> Look<'f> {
    fn new(facts: &'f Facts) -> Look<'f> {
        Look {
            facts,
            func: None,
            things: Vec::new(),
            met: FxHashMap::default(),
            parted: FxHashMap::default(),
            around: Vec::new(),
            guards: Vec::new(),
            choices: Vec::new(),
            fields: Vec::new(),
            looked_at: 0,
        }
    }

    /// A subject, with what it is made of.
    fn subject(&mut self, expr: &'f Expr, made_of: impl FnOnce(&mut Self) -> Counts) -> Counts {
        let (place, mut counts) = match self.met.get(expr) {
            Some((place, counts)) => (*place, counts.clone()),
            None => {
                let place = self.things.len();
                self.things.push(Thing::Subject(expr));
                self.met.insert(expr, (place, Counts::new()));
                let counts = made_of(self);
                self.met.insert(expr, (place, counts.clone()));
                (place, counts)
            }
        };
        add(&mut counts, place, 1);
        counts
    }

    fn test(&mut self, test: &'f Test) -> usize {
        let facts = self.facts;
        let is_it = |thing: &Thing<'f>| match thing {
            Thing::Test(known) => same_test(known, test, facts),
            Thing::Subject(_) => false,
        };
        let known = self.things.iter().position(is_it);
        known.unwrap_or_else(|| {
            self.things.push(Thing::Test(test));
            self.things.len() - 1
        })
    }

    /// Counts that a part of something is taken.
    fn parts(&mut self, of: &'f Expr) {
        if let Expr::Each(_) = of {
            *self.parted.entry(of).or_default() += 1;
        }
    }

    /// One of several, by the guards that they stand under.
    fn choice(&mut self, all: &[&'f Expr]) -> Counts {
        let guard = |one: &&Expr| match one {
            Expr::When(guard, _) => Some(*guard),
            _ => None,
        };
        let arms: Vec<Option<u32>> = all.iter().map(guard).collect();
        // What is chosen without a condition may be there on any way.
        let is_open = arms.iter().any(Option::is_none);
        let arms: Vec<u32> = arms.into_iter().flatten().collect();
        self.guards.extend(&arms);
        let mut own = Counts::new();
        for guard in &arms {
            let mut asked = Vec::new();
            parts_of(&self.facts.guards[*guard as usize].test, &mut asked);
            for test in asked {
                let place = self.test(test);
                if own.get(place).is_none_or(|count| *count == 0) {
                    add(&mut own, place, 1);
                }
            }
        }
        if !arms.is_empty() && !is_open {
            self.choices.push(Choice {
                around: self.around.clone(),
                arms,
            });
        }
        let mut most = Counts::new();
        for one in all {
            for (place, count) in self.look(one).into_iter().enumerate() {
                if most.len() <= place {
                    most.resize(place + 1, 0);
                }
                most[place] = most[place].max(count);
            }
        }
        sum(own, most)
    }

    fn all(&mut self, parts: impl Iterator<Item = &'f Expr>) -> Counts {
        let mut counts = Counts::new();
        for part in parts {
            let own = self.look(part);
            counts = sum(counts, own);
        }
        counts
    }

    fn look(&mut self, expr: &'f Expr) -> Counts {
        self.looked_at += 1;
        if self.looked_at > MAX_PARTS {
            return Counts::new();
        }
        let facts = self.facts;
        match expr {
            Expr::Local { func, index } if Some(*func) == self.func => {
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                self.subject(expr, |this| this.look(bound))
            }
            Expr::Param { func, .. } if Some(*func) == self.func => {
                self.subject(expr, |_| Counts::new())
            }
            Expr::Call(index) => self.subject(expr, |this| this.call(*index)),
            Expr::Each(inner) => self.subject(expr, |this| this.look(inner)),
            Expr::Alt(all) => self.choice(&all.iter().collect::<Vec<_>>()),
            Expr::When(guard, inner) => {
                self.guards.push(*guard);
                self.around.push(*guard);
                let counts = self.look(inner);
                self.around.pop();
                counts
            }
            Expr::Concat(parts) | Expr::List(parts) => self.all(parts.iter()),
            Expr::Index(object, index) => {
                self.parts(object);
                self.all([&**object, &**index].into_iter())
            }
            Expr::Binary(_, left, right) => self.all([&**left, &**right].into_iter()),
            Expr::Map(entries) => {
                let parts = entries.iter();
                self.all(parts.flat_map(|(key, value)| key.iter().chain(Some(value))))
            }
            Expr::Attr(object, name) if matches!(**object, Expr::This(_)) => {
                if !self.fields.contains(name) {
                    self.fields.push(name.clone());
                }
                Counts::new()
            }
            Expr::Attr(inner, _) => {
                self.parts(inner);
                self.look(inner)
            }
            Expr::Slice(inner, _) | Expr::Spread(inner) | Expr::Set(inner) => self.look(inner),
            Expr::Declared(both) => self.look(&both.0),
            // A comprehension goes through its own elements.
            _ => Counts::new(),
        }
    }

    fn call(&mut self, index: u32) -> Counts {
        let call = &self.facts.calls[index as usize];
        let args = call.args.iter().map(|arg| &arg.value);
        self.all(std::iter::once(&call.callee).chain(args))
    }

    fn common(mut self, counts: &Counts) -> Common {
        let count = |counts: &Counts, place: usize| counts.get(place).copied().unwrap_or_default();
        let is_several = |place: usize| count(counts, place) > 1;
        // What is met again in something that is met again is told apart with that.
        let shared = self.met.values().filter(|(place, _)| is_several(*place));
        let shared: Vec<_> = shared.collect();
        let is_within = |at: usize| {
            shared.iter().any(|(place, made_of)| {
                let within = count(made_of, at) * count(counts, *place);
                *place != at && within > 0 && within == count(counts, at)
            })
        };
        let mut tests = Vec::new();
        let mut subjects = Vec::new();
        for (place, thing) in self.things.iter().enumerate() {
            if !is_several(place) || is_within(place) {
                continue;
            }
            match thing {
                Thing::Test(test) => tests.push((*test).clone()),
                // Two loops over one collection look the same: of an element its parts count, and not it itself.
                Thing::Subject(Expr::Each(_)) if !self.is_parted(thing, counts, place) => {}
                Thing::Subject(subject) => subjects.push((*subject).clone()),
            }
        }
        tests.truncate(MAX_TESTS);
        subjects.truncate(MAX_SUBJECTS);
        self.guards.sort_unstable();
        self.guards.dedup();
        Common {
            guards: self.guards,
            tests,
            subjects,
            choices: self.choices,
            fields: self.fields,
        }
    }

    /// Whether each time that an element is met, a part of it is taken.
    fn is_parted(&self, thing: &Thing<'_>, counts: &Counts, place: usize) -> bool {
        let Thing::Subject(element) = thing else {
            return false;
        };
        self.parted.get(element).copied().unwrap_or_default() >= counts[place]
    }
}

fn add(counts: &mut Counts, place: usize, count: u32) {
    if counts.len() <= place {
        counts.resize(place + 1, 0);
    }
    counts[place] += count;
}

fn sum(mut one: Counts, other: Counts) -> Counts {
    for (place, count) in other.into_iter().enumerate() {
        add(&mut one, place, count);
    }
    one
}

/// The conditions of which the answer to one is made.
fn parts_of<'t>(test: &'t Test, found: &mut Vec<&'t Test>) {
    match test {
        Test::Not(inner) => parts_of(inner, found),
        Test::And(both) | Test::Or(both) => both.iter().for_each(|one| parts_of(one, found)),
        one => found.push(one),
    }
}

/// What is asked on the way to a guard, and the answers that lead there.
fn leaves_of(guard: u32, facts: &Facts) -> Vec<(Test, bool)> {
    let mut found = Vec::new();
    let mut next = Some(guard);
    while let Some(index) = next {
        let guard = &facts.guards[index as usize];
        add_leaves(&guard.test, guard.holds, &mut found);
        next = guard.outer;
    }
    found
}

/// What follows from a condition's answer for its parts.
pub(super) fn add_leaves(test: &Test, holds: bool, found: &mut Vec<(Test, bool)>) {
    match test {
        Test::Not(inner) => return add_leaves(inner, !holds, found),
        Test::And(both) if holds => both.iter().for_each(|one| add_leaves(one, true, found)),
        Test::Or(both) if !holds => both.iter().for_each(|one| add_leaves(one, false, found)),
        Test::Needs(inner) if holds => add_leaves(inner, true, found),
        _ => {}
    }
    found.push((test.clone(), holds));
}

/// Whether some of the guards of what a call is given ask what was asked on the way to it.
fn is_asked_again(guard: u32, others: &[u32], facts: &Facts) -> bool {
    let mut chain = Vec::new();
    let mut next = Some(guard);
    while let Some(index) = next {
        chain.push(index);
        next = facts.guards[index as usize].outer;
    }
    let mut others = others
        .iter()
        .filter(|other| !chain.contains(other))
        .peekable();
    if others.peek().is_none() {
        return false;
    }
    let leaves = leaves_of(guard, facts);
    others.any(|other| answered_in_parts(&leaves, &facts.guards[*other as usize].test, facts))
}

/// Whether what was found out says something of a condition, or of a part of it.
fn answered_in_parts(known: &[(Test, bool)], test: &Test, facts: &Facts) -> bool {
    let mut asked = Vec::new();
    add_leaves(test, true, &mut asked);
    add_leaves(test, false, &mut asked);
    asked
        .iter()
        .any(|(test, _)| answered(known, test, facts).is_some())
}

/// What is found out of the fields of an object, as its constructor would ask for it: of the fields, and of what they
/// are set to.
fn asked_of_fields(known: &[(Test, bool)], maker: &ClassRef) -> Vec<(Test, bool)> {
    let fields = &maker.class().fields;
    let is_field = |expr: &Expr| matches!(expr.bare(), Expr::Attr(object, _) if matches!(**object, Expr::This(_)));
    let set_to = |expr: &Expr| {
        let Expr::Attr(_, name) = expr.bare() else {
            return None;
        };
        let mut set = fields.iter().filter(|(known, _)| known == name);
        let (_, value) = set.next()?;
        let is_it =
            set.next().is_none() && matches!(value, Expr::Param { .. } | Expr::Local { .. });
        is_it.then(|| value.clone())
    };
    let mut found = Vec::new();
    for (test, holds) in known {
        let (of, made): (&Expr, Box<dyn Fn(Expr) -> Test>) = match test {
            Test::True(of) => (of, Box::new(Test::True)),
            Test::Equal(of, to, _) => {
                let to = to.clone();
                (of, Box::new(move |of| Test::Equal(of, to.clone(), None)))
            }
            Test::In(of, all) => {
                let all = all.clone();
                (of, Box::new(move |of| Test::In(of, all.clone())))
            }
            _ => continue,
        };
        if !is_field(of) {
            continue;
        }
        found.extend(set_to(of).map(|value| (made(value), *holds)));
        found.push((made(of.bare().clone()), *holds));
    }
    found
}

/// What was found out before says of a condition.
pub(super) fn answered(taken: &[(Test, bool)], test: &Test, facts: &Facts) -> Option<bool> {
    taken
        .iter()
        .find_map(|(known, holds)| follows(known, *holds, test, facts))
}

fn follows(known: &Test, holds: bool, test: &Test, facts: &Facts) -> Option<bool> {
    let same = |a: &Expr, b: &Expr| same_expr(a, b, facts, MAX_LOOKS);
    match (known, test) {
        (Test::Equal(a, one, _), Test::Equal(b, other, _))
            if one != other && is_literal(one) && is_literal(other) =>
        {
            (holds && same(a, b)).then_some(false)
        }
        (Test::Equal(a, one, _), Test::True(b)) if same(a, b) => match one {
            Expr::Null if holds => Some(false),
            Expr::Text(text) if holds => Some(!text.is_empty()),
            Expr::Bool(one) => Some(*one == holds),
            _ => None,
        },
        (Test::True(a), Test::Equal(b, other, _)) if same(a, b) => match other {
            Expr::Null if holds => Some(false),
            Expr::Text(text) if holds && text.is_empty() => Some(false),
            Expr::Text(text) if !holds && !text.is_empty() => Some(false),
            Expr::Bool(other) => Some(*other == holds),
            _ => None,
        },
        (Test::Equal(a, one, _), Test::In(b, Expr::List(all)))
            if holds && is_literal(one) && all.iter().all(is_literal) && same(a, b) =>
        {
            Some(all.contains(one))
        }
        (Test::In(a, Expr::List(all)), Test::Equal(b, one, _))
            if is_literal(one) && all.iter().all(is_literal) && same(a, b) =>
        {
            (holds != all.contains(one)).then_some(false)
        }
        _ => same_test(known, test, facts).then_some(holds),
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Text(_) | Expr::Int(_) | Expr::Bool(_) | Expr::Null
    )
}

/// Conditions that ask the same, however they came to what they ask about.
fn same_test(one: &Test, other: &Test, facts: &Facts) -> bool {
    let same = |a: &Expr, b: &Expr| same_expr(a, b, facts, MAX_LOOKS);
    match (one, other) {
        (Test::True(a), Test::True(b)) => same(a, b),
        (Test::Equal(a, b, _), Test::Equal(c, d, _))
        | (Test::In(a, b), Test::In(c, d))
        | (Test::Less(a, b), Test::Less(c, d)) => same(a, c) && same(b, d),
        (Test::Not(a), Test::Not(b)) | (Test::Needs(a), Test::Needs(b)) => same_test(a, b, facts),
        (Test::And(a), Test::And(b)) | (Test::Or(a), Test::Or(b)) => {
            same_test(&a[0], &b[0], facts) && same_test(&a[1], &b[1], facts)
        }
        _ => false,
    }
}

/// How deep expressions are held against one another.
const MAX_LOOKS: u32 = 8;

fn same_expr(one: &Expr, other: &Expr, facts: &Facts, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let same = |a: &Expr, b: &Expr| same_expr(a, b, facts, depth);
    match (one.bare(), other.bare()) {
        (Expr::Call(a), Expr::Call(b)) if a != b => {
            let [a, b] = [a, b].map(|index| &facts.calls[*index as usize]);
            let mut pairs = a.args.iter().zip(&b.args);
            a.args.len() == b.args.len()
                && same(&a.callee, &b.callee)
                && pairs.all(|(a, b)| {
                    (&a.keyword, a.kind) == (&b.keyword, b.kind) && same(&a.value, &b.value)
                })
        }
        (Expr::Attr(a, name), Expr::Attr(b, other)) => name == other && same(a, b),
        (Expr::Index(a, at), Expr::Index(b, other)) => same(a, b) && same(at, other),
        (Expr::Slice(a, ends), Expr::Slice(b, others)) => ends == others && same(a, b),
        (Expr::Alt(a), Expr::Alt(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (a, b) => a == b,
    }
}
