//! Ways through a function: what one condition or one name decides in several parts of a whole goes together.
//!
//! Of `f"{folder}/{name}{ending}"`, where one `if` sets `folder` and `ending`, each part taken by itself has all its
//! alternatives, and together they make keys that no run makes. So the whole is worked out once for each way: once
//! where the condition holds and once where it does not, once for each value of a name that two parts are made of.
//! The same goes for what a call is given and what it is made on.

use super::reached::Assumption;
use super::*;
use crate::facts::Test;

/// Two parts with two values each that go together make as many strings at least: four, of which two may be the same.
const CROSSED: usize = 3;
/// More ways than this are not gone one by one: of a whole no more alternatives are told.
const MAX_WAYS: usize = 8;
/// Expressions in one another that are looked through for what parts are made of.
const MAX_LOOKS: u32 = 16;
/// Expressions of one whole that are looked at.
const MAX_LOOKED_AT: usize = 400;

impl Evaluator<'_> {
    /// What is made of several parts, in each way that they can go together. Most wholes have one value, and nothing is
    /// looked for.
    pub(super) fn in_each_way(
        &mut self,
        parts: &[&Expr],
        scope: &Scope,
        mut make: impl FnMut(&mut Self, &Scope) -> Values,
    ) -> Values {
        if self.is_parted || self.is_on_way {
            return make(self, scope);
        }
        let parts = whole(parts);
        if parts.len() < 2 {
            return make(self, scope);
        }
        self.is_parted = true;
        let before = self.cost;
        let mut values = make(self, scope);
        let is_text = |value: &&Value| matches!(value, Value::Text(_));
        if values.iter().filter(is_text).count() >= CROSSED || values.is_too_many() {
            let after = std::mem::replace(&mut self.cost, before);
            let ways = self.ways_of(&parts, scope);
            let told = match ways.len() > 1 || ways[0].frame != scope.frame {
                true => self.made_in(&ways, &mut make),
                false => None,
            };
            match told {
                Some(told) => values = told,
                None => self.cost = after,
            }
        }
        self.is_parted = false;
        values
    }

    /// `None` where that makes more than can be told.
    fn made_in(
        &mut self,
        ways: &[Scope],
        make: &mut dyn FnMut(&mut Self, &Scope) -> Values,
    ) -> Option<Values> {
        if let [only] = ways {
            return Some(make(self, only));
        }
        // Of several ways a run takes one: they cost what the dearest does.
        let before = std::mem::take(&mut self.cost);
        let mut dearest = Cost::default();
        let mut all = Vec::new();
        let was_on_way = std::mem::replace(&mut self.is_on_way, true);
        for way in ways {
            self.cost = before;
            all.extend(make(self, way).iter().cloned());
            dearest = Cost {
                steps: dearest.steps.max(self.cost.steps),
                height: dearest.height.max(self.cost.height),
            };
        }
        self.is_on_way = was_on_way;
        self.cost = dearest;
        Values::all_of(all)
    }

    /// The scopes in which several parts of one whole are to be worked out, one for each way; the scope itself where
    /// nothing is chosen for two of them at once. What it takes to find out is no part of what the whole takes.
    pub(crate) fn ways(&mut self, parts: &[&Expr], scope: &Scope) -> Vec<Scope> {
        self.ways_of(&whole(parts), scope)
    }

    fn ways_of(&mut self, parts: &[&Expr], scope: &Scope) -> Vec<Scope> {
        let is_parted = |frame: &FrameRef| frame.0.is_way;
        if scope.frame.as_ref().is_none_or(is_parted) {
            return vec![scope.clone()];
        }
        let Some(choices) = choices(parts, scope) else {
            return vec![scope.clone()];
        };
        let before = std::mem::take(&mut self.cost);
        let was_parted = std::mem::take(&mut self.is_parted);
        let mut ways = vec![scope.clone()];
        for choice in &choices {
            let next: Vec<Scope> = ways
                .iter()
                .flat_map(|way| self.parted(choice, way))
                .collect();
            if next.len() <= MAX_WAYS {
                ways = next;
            }
        }
        if ways.len() > 1 {
            ways.retain(|way| {
                let mut seen = FxHashMap::default();
                let mut parts = parts.iter();
                parts.all(|part| self.is_possible(part, way, MAX_LOOKS, &mut seen))
            });
        }
        self.is_parted = was_parted;
        self.cost = before;
        match ways.is_empty() {
            // One of the conditions was not understood.
            true => vec![scope.clone()],
            false => ways,
        }
    }

    /// The scopes that a choice parts one into.
    fn parted(&mut self, choice: &Choice, scope: &Scope) -> Vec<Scope> {
        match choice {
            Choice::Name(name) => {
                let values = self.eval(name, scope).there();
                let several = values.iter().len() > 1;
                let each = values.iter().filter(|_| several);
                let ways: Vec<Scope> = each
                    .map(|one| self.on_way(name, Values::one(one.clone()), scope))
                    .collect();
                match several {
                    true => ways,
                    false => vec![scope.clone()],
                }
            }
            Choice::Test(test) if self.holds(test, scope, None).is_some() => vec![scope.clone()],
            Choice::Test(test) => {
                let ways = [true, false].map(|holds| match flag(test, &scope.facts) {
                    // Whoever is given it is told the same.
                    Some(flag) => self.on_way(flag, Values::one(Value::Bool(holds)), scope),
                    None => self.supposing(Assumption::Answer(test.clone(), holds), scope, true),
                });
                ways.to_vec()
            }
        }
    }

    fn on_way(&mut self, name: &Expr, values: Values, scope: &Scope) -> Scope {
        self.supposing(Assumption::Worth(name.clone(), values), scope, true)
    }

    /// Whether a way leaves something of a part: of what conditions choose between, one whose condition does not fail.
    /// `known`: what was found of local names.
    fn is_possible(
        &mut self,
        part: &Expr,
        scope: &Scope,
        depth: u32,
        known: &mut FxHashMap<u32, bool>,
    ) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return true;
        };
        match part {
            Expr::Alt(all) => {
                let is_there = |value: &&Expr| *value.bare() != Expr::Null;
                // What is missing on one way is there on the one on which it is used.
                let mut there = all.iter().filter(is_there).peekable();
                there.peek().is_none()
                    || there.any(|one| self.is_possible(one, scope, depth, known))
            }
            Expr::When(guard, value) => {
                !self.is_ruled_out(*guard, scope) && self.is_possible(value, scope, depth, known)
            }
            Expr::Local { func, index } => {
                if let Some(known) = known.get(index) {
                    return *known;
                }
                let facts = scope.facts.clone();
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                known.insert(*index, true);
                let is_possible = self.is_possible(bound, scope, depth, known);
                known.insert(*index, is_possible);
                is_possible
            }
            Expr::Concat(parts) | Expr::List(parts) => parts
                .iter()
                .all(|part| self.is_possible(part, scope, depth, known)),
            Expr::Binary(Operator::Add | Operator::Divide | Operator::Percent, left, right) => {
                self.is_possible(left, scope, depth, known)
                    && self.is_possible(right, scope, depth, known)
            }
            _ => true,
        }
    }
}

/// What decides in several parts at once.
#[derive(Debug, Clone, PartialEq)]
enum Choice {
    /// A name, or a call, that may stand for several things.
    Name(Expr),
    Test(Test),
}

/// What decides in at least two of some parts: names first, those first that others are made of.
fn choices(parts: &[&Expr], scope: &Scope) -> Option<Vec<Choice>> {
    let frame = &scope.frame.as_ref()?.0;
    if parts.len() < 2 {
        return None;
    }
    if frame.func.facts.id != scope.facts.id {
        return None;
    }
    let mut look = Look {
        facts: &scope.facts,
        func: frame.func.func,
        part: 0,
        looked_at: 0,
        names: Vec::new(),
        tests: Vec::new(),
        is_through: Vec::new(),
    };
    for (at, part) in parts.iter().enumerate() {
        look.part = at;
        look.is_through.clear();
        look.at(part, MAX_LOOKS);
    }
    let named: Vec<&Expr> = look
        .names
        .iter()
        .filter(|seen| seen.count > 1)
        .map(|seen| seen.what)
        .collect();
    // What one part asks of a yes or no may be what another part is.
    look.tests.iter_mut().for_each(|seen| {
        let flag = flag(&seen.what, &scope.facts);
        seen.count += u32::from(flag.is_some_and(|flag| named.contains(&flag)));
    });
    let names = look.names.iter().filter(|seen| seen.count > 1);
    let names = names.map(|seen| (seen.again, Choice::Name(seen.what.clone())));
    let tests = look.tests.iter().filter(|seen| seen.count > 1);
    let tests = tests.map(|seen| (seen.again, Choice::Test(seen.what.clone())));
    let mut all: Vec<(bool, Choice)> = names.chain(tests).collect();
    // What decides in two of the parts, before what does so within one alone.
    all.sort_by_key(|(again, _)| !again);
    let all: Vec<Choice> = all.into_iter().map(|(_, choice)| choice).collect();
    (!all.is_empty()).then_some(all)
}

/// The parts of a whole that may hang on something.
fn whole<'e>(parts: &[&'e Expr]) -> Vec<&'e Expr> {
    let parts = parts.iter().flat_map(|part| match part {
        // `"/".join([folder, name])`
        Expr::List(elements) => elements.iter().collect(),
        part => vec![*part],
    });
    parts.filter(|part| may_hang(part)).collect()
}

fn may_hang(part: &Expr) -> bool {
    !matches!(
        part,
        Expr::Text(_)
            | Expr::Int(_)
            | Expr::Number(_)
            | Expr::Bool(_)
            | Expr::Null
            | Expr::Unknown(_)
            | Expr::Name(_)
            | Expr::Own(_)
            | Expr::Import(_)
            | Expr::This(_)
    )
}

/// The parameter that a condition asks about, where it is one that is given yes or no.
fn flag<'t>(test: &'t Test, facts: &Facts) -> Option<&'t Expr> {
    let Test::True(asked @ Expr::Param { func, index }) = test else {
        return None;
    };
    let param = &facts.functions[*func as usize].params[*index as usize];
    matches!(param.default, Some(Expr::Bool(_))).then_some(asked)
}

/// Something that was seen in a part.
struct Seen<T> {
    what: T,
    first: usize,
    /// Whether another part has it as well.
    again: bool,
    /// In how many places.
    count: u32,
}

impl<T: PartialEq> Seen<T> {
    fn note(all: &mut Vec<Seen<T>>, what: T, part: usize) {
        match all.iter_mut().find(|seen| seen.what == what) {
            Some(seen) => {
                seen.again |= seen.first != part;
                seen.count += 1;
            }
            None => all.push(Seen {
                what,
                first: part,
                again: false,
                count: 1,
            }),
        }
    }
}

/// A look through the parts of a whole, within one function.
struct Look<'f> {
    facts: &'f Facts,
    func: u32,
    /// The part that is looked through.
    part: usize,
    looked_at: usize,
    names: Vec<Seen<&'f Expr>>,
    tests: Vec<Seen<Test>>,
    /// The local names that were looked through for this part.
    is_through: Vec<u32>,
}

impl<'f> Look<'f> {
    fn at(&mut self, expr: &'f Expr, depth: u32) {
        self.looked_at += 1;
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if self.looked_at > MAX_LOOKED_AT {
            return;
        }
        match expr {
            Expr::Local { func, index } if *func == self.func => {
                if !self.is_through.contains(index) {
                    self.is_through.push(*index);
                    let bindings = &self.facts.functions[*func as usize].bindings;
                    self.at(&bindings[*index as usize], depth);
                }
                self.note(expr);
            }
            Expr::Param { func, .. } if *func == self.func => self.note(expr),
            Expr::Call(index) => {
                let call = &self.facts.calls[*index as usize];
                if let Expr::Attr(object, _) = &call.callee {
                    self.at(object, depth);
                }
                call.args.iter().for_each(|arg| self.at(&arg.value, depth));
            }
            Expr::Attr(object, _) | Expr::Index(object, _) => {
                self.at(object, depth);
                if let Expr::Index(_, index) = expr {
                    self.at(index, depth);
                }
                // Of two loops over one list nobody can tell which element is whose, but of a part of one.
                let is_of_element = matches!(object.bare(), Expr::Each(_) | Expr::Call(_));
                let is_of_own = matches!(object.bare(), Expr::This(_));
                match (is_of_element, is_of_own) {
                    (true, _) => self.note(object.bare()),
                    (_, true) => self.note(expr),
                    _ => {}
                }
            }
            Expr::Alt(all) => {
                self.tests_of(all, depth);
                all.iter().for_each(|one| self.at(one, depth));
            }
            Expr::Concat(parts) | Expr::List(parts) => {
                parts.iter().for_each(|part| self.at(part, depth));
            }
            Expr::Binary(_, left, right) => {
                self.at(left, depth);
                self.at(right, depth);
            }
            Expr::Map(entries) => entries.iter().for_each(|(key, value)| {
                key.iter().for_each(|key| self.at(key, depth));
                self.at(value, depth);
            }),
            Expr::When(_, inner)
            | Expr::Slice(inner, _)
            | Expr::Each(inner)
            | Expr::Spread(inner)
            | Expr::Set(inner)
            | Expr::Filtered(inner) => self.at(inner, depth),
            Expr::Declared(both) => self.at(&both.0, depth),
            _ => {}
        }
    }

    fn note(&mut self, expr: &'f Expr) {
        Seen::note(&mut self.names, expr, self.part);
    }

    /// The conditions that choose between some values: those that not all of them stand under alike.
    fn tests_of(&mut self, all: &'f [Expr], depth: u32) {
        let chains: Vec<Vec<(&'f Test, bool)>> =
            all.iter().map(|one| guards_of(one, self.facts)).collect();
        let mut noted: Vec<&Test> = Vec::new();
        for (test, holds) in chains.iter().flatten() {
            if chains.iter().all(|chain| chain.contains(&(*test, *holds))) {
                continue;
            }
            let mut asked = Vec::new();
            asked_by(test, &mut asked);
            // What an earlier round of a loop has left stays, whatever the condition says of a later one.
            let is_of_element = |asked: &&Expr| elements::has_each(asked, self.facts);
            let is_asked = |chain: &Vec<(&Test, bool)>| chain.iter().any(|(it, _)| it == test);
            if asked.iter().any(is_of_element) && !chains.iter().all(is_asked) {
                continue;
            }
            if noted.contains(test) {
                continue;
            }
            noted.push(test);
            asked.iter().for_each(|asked| self.at(asked, depth));
            if !needs_more(test) {
                Seen::note(&mut self.tests, (*test).clone(), self.part);
            }
        }
    }
}

/// The conditions that a value stands under, each with the answer that leads to it.
fn guards_of<'f>(value: &'f Expr, facts: &'f Facts) -> Vec<(&'f Test, bool)> {
    let mut found = Vec::new();
    let mut at = value;
    while let Expr::When(guard, inner) = at {
        let mut next = Some(*guard);
        while let Some(index) = next {
            let guard = &facts.guards[index as usize];
            let known = plainly(&guard.test, guard.holds);
            if !found.contains(&known) {
                found.push(known);
            }
            next = guard.outer;
        }
        at = inner;
    }
    found
}

/// A condition and its answer, without `not`.
pub(super) fn plainly(test: &Test, holds: bool) -> (&Test, bool) {
    match test {
        Test::Not(test) => plainly(test, !holds),
        test => (test, holds),
    }
}

/// Whether a condition asks for more than can be told.
fn needs_more(test: &Test) -> bool {
    match test {
        Test::Needs(_) => true,
        Test::Not(test) => needs_more(test),
        Test::And(both) | Test::Or(both) => both.iter().any(needs_more),
        _ => false,
    }
}

/// What a condition asks about.
fn asked_by<'f>(test: &'f Test, found: &mut Vec<&'f Expr>) {
    match test {
        Test::True(value) => found.push(value),
        Test::Equal(left, right, _) | Test::In(left, right) | Test::Less(left, right) => {
            found.extend([left, right]);
        }
        Test::Not(test) | Test::Needs(test) => asked_by(test, found),
        Test::And(both) | Test::Or(both) => both.iter().for_each(|test| asked_by(test, found)),
    }
}
