//! Branches and loops, as the walker goes through them: what an arm leaves names standing for, and under
//! which conditions, so that a caller who decides a condition is asked about one way alone.

use tree_sitter::Node;

use crate::facts::{Expr, Guard, Operator, PAIRS, Test};
use crate::language::Language;
use crate::roles::{Part, Role};
use crate::scope::{Changes, End};
use crate::walk::Walker;
use crate::walk_test::MAX_TEST;

/// Statements within one another are looked through this far for whether they return.
const MAX_LEAVES: u32 = 8;
/// What a loop counts with: without one of these in it, it counts nothing.
const COUNTING: [&str; 9] = ["+=", "-=", "*=", "++", "--", " + ", " - ", " * ", " // "];
/// Guards that hold within one another.
const MAX_GUARDS: u32 = 16;
/// Names that one condition asks about.
const MAX_ASKED: usize = 4;

/// Jumps out of a round of one loop that are looked at.
const MAX_JUMPS: usize = 4;

/// What `break` left of a loop.
pub(crate) struct Jumps {
    /// How many arms were open in the loop itself.
    arms: usize,
    left: Vec<Changes>,
}

impl<'t> Walker<'t> {
    /// Runs each arm from the same state and joins what they leave. An arm that leaves the
    /// function or the loop leaves nothing; what follows then runs where its condition fails.
    pub(crate) fn branch(&mut self, node: Node<'t>) {
        let subject = self.roles.part(node, Part::Condition);
        let asked = subject.map(|subject| self.expr(subject));
        let asked_whole = asked.clone();
        let outer = self.guard;
        let test = self.roles.part(node, Part::Test);
        let mut condition = test;
        let mut test = test.map(|test| self.test(test));
        let otherwise = self.roles.parts(node, Part::Otherwise);
        let mut arms = self.roles.parts(node, Part::Arm);
        let mut exhaustive = !otherwise.is_empty();
        arms.extend(otherwise.iter().copied());
        arms.sort_by_key(Node::start_byte);
        let last = arms.last().copied();
        self.branches += 1;
        let mut ends: Vec<End> = Vec::new();
        // The guard under which the arms so far were not taken.
        let mut failed = outer;
        // The values of the cases above that have nothing to do of their own.
        let mut above: Vec<Expr> = Vec::new();
        let mut asked_about = self.asked_about(self.roles.part(node, Part::Test), &test);
        for arm in arms {
            if let Some(asked) = &asked {
                self.guard = failed;
                test = self.case(arm, (asked, subject), &mut above);
                asked_about.extend(self.asked_about(subject, &test));
                // It goes on with the case below.
                if !above.is_empty() && Some(&arm) != last.as_ref() {
                    continue;
                }
            }
            if let Some(own) = self.roles.part(arm, Part::Condition) {
                self.guard = failed;
                condition = Some(own);
                test = Some(self.test(own));
                asked_about.extend(self.asked_about(Some(own), &test));
            }
            let is_last = otherwise.contains(&arm) || self.takes_all(arm);
            exhaustive |= is_last;
            let held = match (&test, is_last) {
                (Some(Some(test)), false) => self.add_guard(test.clone(), true, failed),
                _ => failed,
            };
            self.guard = held;
            self.innermost().open_arm();
            let mut narrowed = self.leave(&asked_about, held, outer);
            if let (Some(Some(test)), false) = (&test, is_last) {
                narrowed.extend(self.narrow(test));
            }
            if let Some(condition) = condition.filter(|_| !is_last) {
                narrowed.extend(self.narrow_type(condition, MAX_TEST));
            }
            if let (Some(asked), Some(name)) = (&asked_whole, self.taken_by(arm)) {
                self.bind_name(name, asked.clone());
            }
            self.visit(arm);
            let mut changes = self.innermost().close_arm();
            changes.retain(|changed, values| {
                let mut left = narrowed.iter();
                !left.any(|(name, value)| name == changed && values.as_slice() == [value.clone()])
            });
            if !self.leaves(arm, MAX_LEAVES) {
                ends.push(End {
                    guard: held,
                    changes,
                });
            }
            if let (Some(Some(test)), false) = (&test, is_last) {
                failed = self.add_guard(test.clone(), false, failed);
            }
        }
        self.branches -= 1;
        if !exhaustive || ends.is_empty() {
            ends.push(End {
                guard: failed,
                ..End::default()
            });
        }
        self.guard = match ends.as_slice() {
            [only] => only.guard,
            _ => outer,
        };
        self.innermost().join(&ends, outer);
        if ends.len() > 1 {
            self.leave_what_was_found(&asked_about, &ends, outer);
        }
        // Where all other ways left the function, what was asked holds from here on.
        let unchanged = |name: &crate::facts::Name| match ends.as_slice() {
            [only] => !only.changes.contains_key(name),
            _ => false,
        };
        asked_about.retain(|(name, _)| unchanged(name));
        self.leave(&asked_about, self.guard, outer);
        for after in self.roles.parts(node, Part::After) {
            self.visit(after);
        }
    }

    /// What the case of a `switch` or `match` asks of its value, and of those of the cases that fall through to it.
    fn case(
        &mut self,
        arm: Node<'t>,
        (asked, subject): (&Expr, Option<Node<'t>>),
        above: &mut Vec<Expr>,
    ) -> Option<Option<Test>> {
        if self.takes_all(arm) {
            return None;
        }
        let patterns = self.roles.parts(arm, Part::Value);
        let is_empty = arm.named_child_count() <= 1;
        let value = match patterns.as_slice() {
            [] => return None,
            [only] => self.case_value(*only),
            // A sequence is taken apart.
            _ => Expr::Unknown("case".into()),
        };
        match value {
            Expr::List(several) => above.extend(several),
            one => above.push(one),
        }
        if is_empty {
            return Some(None);
        }
        let values = std::mem::take(above);
        // Held against a text, anything may be seen to be another one.
        let is_decided = self.is_decided(asked);
        let is_known = values.iter().all(|value| match value {
            Expr::Unknown(_) => false,
            value => is_decided || matches!(value, Expr::Text(_)),
        });
        let name = subject.filter(|subject| self.role(*subject) == Some(Role::Name));
        let name = name.map(|name| self.source(name).into());
        let test = is_known.then(|| match <[Expr; 1]>::try_from(values) {
            Ok([only]) => Test::Equal(asked.clone(), only, name),
            Err(several) => Test::In(asked.clone(), Expr::List(several)),
        });
        let filter = self.roles.part(arm, Part::Filter);
        Some(match filter {
            Some(_) => test.map(|test| Test::Needs(Box::new(test))),
            None => test,
        })
    }

    /// The value of a case: a literal, a dotted name, or several of them.
    fn case_value(&mut self, pattern: Node<'t>) -> Expr {
        match self.role(pattern) {
            Some(Role::String | Role::Int | Role::Name | Role::Attribute | Role::Null) => {
                self.expr(pattern)
            }
            Some(Role::True | Role::False) => self.expr(pattern),
            Some(Role::Inner) => match self.roles.part(pattern, Part::Value) {
                Some(inner) => self.case_value(inner),
                None => Expr::Unknown("case".into()),
            },
            Some(Role::List) => {
                let all = self.children(pattern).into_iter();
                let all: Vec<Expr> = all.map(|one| self.case_value(one)).collect();
                match all.iter().any(|one| matches!(one, Expr::Unknown(_))) {
                    true => Expr::Unknown("case".into()),
                    false => Expr::List(all),
                }
            }
            // `case Mode.LOCAL:`; without a dot it is a name that takes whatever comes.
            Some(Role::Dotted) if self.source(pattern).contains('.') => {
                let mut parts = self.source(pattern).split('.').map(str::trim);
                let first = self.lookup(parts.next().unwrap_or_default());
                parts.fold(first, |object, part| {
                    Expr::Attr(Box::new(object), part.into())
                })
            }
            _ => Expr::Unknown("case".into()),
        }
    }

    /// Whether a case takes whatever the ones above it left: `case _:`, `case other:`.
    fn takes_all(&self, arm: Node<'t>) -> bool {
        self.taken_by(arm).is_some() && self.roles.part(arm, Part::Filter).is_none()
    }

    /// The name that a case gives to whatever it is asked about.
    fn taken_by(&self, arm: Node<'t>) -> Option<&'t str> {
        if self.language != Language::Python || self.role(arm) != Some(Role::Arm) {
            return None;
        }
        let patterns = self.roles.parts(arm, Part::Value);
        let [only] = patterns.as_slice() else {
            return None;
        };
        let text = self.source(*only);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let begins = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let is_literal = matches!(text, "None" | "True" | "False");
        (begins && text.chars().all(is_word) && !is_literal).then_some(text)
    }

    /// What is asserted holds from here on.
    pub(crate) fn assertion(&mut self, node: Node<'t>) {
        let Some(condition) = self.roles.part(node, Part::Test) else {
            return self.visit_children(node);
        };
        let outer = self.guard;
        let test = Some(self.test(condition));
        let asked_about = self.asked_about(Some(condition), &test);
        if let Some(Some(test)) = test {
            self.guard = self.add_guard(test, true, outer);
            self.leave(&asked_about, self.guard, outer);
        }
        // `assert isinstance(store, Store)`
        self.narrow_type(condition, MAX_TEST);
    }

    /// Runs what is tried, what is done where that went wrong at any point of it, and what follows
    /// either way.
    pub(crate) fn attempt(&mut self, node: Node<'t>) {
        let guard = self.guard;
        self.branches += 1;
        let mut ends: Vec<End> = Vec::new();
        self.innermost().open_arm();
        let tried: Vec<Node<'t>> = [Part::Body, Part::Otherwise]
            .into_iter()
            .flat_map(|part| self.roles.parts(node, part))
            .collect();
        let body = tried.first().copied();
        let mut reached = None;
        for part in &tried {
            self.visit(*part);
            if Some(*part) == body {
                reached = Some(self.innermost().changes());
            }
        }
        let changes = self.innermost().close_arm();
        if !tried
            .last()
            .is_some_and(|last| self.leaves(*last, MAX_LEAVES))
        {
            ends.push(End { guard, changes });
        }
        self.guard = guard;
        let reached = reached.unwrap_or_default();
        for handler in self.roles.parts(node, Part::Arm) {
            self.innermost().open_arm();
            let begun = End {
                guard,
                changes: reached.clone(),
            };
            let not = End {
                guard,
                ..End::default()
            };
            self.innermost().join(&[begun, not], guard);
            self.visit(handler);
            let changes = self.innermost().close_arm();
            if !self.leaves(handler, MAX_LEAVES) {
                ends.push(End { guard, changes });
            }
            self.guard = guard;
        }
        self.branches -= 1;
        if ends.is_empty() {
            ends.push(End {
                guard,
                changes: reached,
            });
        }
        self.innermost().join(&ends, guard);
        for after in self.roles.parts(node, Part::After) {
            self.visit(after);
        }
    }

    pub(crate) fn add_guard(&mut self, test: Test, holds: bool, outer: Option<u32>) -> Option<u32> {
        let depth = outer.map_or(0, |outer| self.facts.guards[outer as usize].depth + 1);
        if depth >= MAX_GUARDS {
            return outer;
        }
        self.facts.guards.push(Guard {
            test,
            holds,
            outer,
            depth,
        });
        Some((self.facts.guards.len() - 1) as u32)
    }

    /// The names that a condition asks about, with what they stand for.
    fn asked_about(
        &mut self,
        condition: Option<Node<'t>>,
        test: &Option<Option<Test>>,
    ) -> Vec<(crate::facts::Name, Expr)> {
        let (Some(condition), Some(Some(_))) = (condition, test) else {
            return Vec::new();
        };
        let mut found: Vec<(crate::facts::Name, Expr)> = Vec::new();
        let mut open = vec![condition];
        while let Some(node) = open.pop() {
            if found.len() >= MAX_ASKED || self.role(node) == Some(Role::Function) {
                break;
            }
            let followed = self.followed_at(node);
            if followed.is_none() && self.role(node) != Some(Role::Name) {
                let mut cursor = node.walk();
                open.extend(node.named_children(&mut cursor));
                continue;
            }
            let name = followed.unwrap_or_else(|| self.source(node).into());
            if self.innermost().get(&name).is_none() {
                continue;
            }
            let value = self.lookup(&name);
            let may_be_several = matches!(
                value,
                Expr::Local { .. }
                    | Expr::Param { .. }
                    | Expr::Alt(_)
                    | Expr::When(..)
                    | Expr::Each(_)
            );
            if may_be_several && !found.iter().any(|(known, _)| *known == name) {
                found.push((name, value));
            }
        }
        found
    }

    /// Where each way through a branch found a name to be equal to a text, and all others left the function, it is one of
    /// those from here on.
    fn leave_what_was_found(
        &mut self,
        asked_about: &[(crate::facts::Name, Expr)],
        ends: &[End],
        outer: Option<u32>,
    ) {
        for (name, value) in asked_about {
            if ends.iter().any(|end| end.changes.contains_key(name)) {
                continue;
            }
            let found = ends.iter().map(|end| {
                let mut at = end.guard.filter(|_| end.guard != outer);
                while let Some(index) = at.filter(|_| at != outer) {
                    let guard = &self.facts.guards[index as usize];
                    match &guard.test {
                        Test::Equal(asked, text @ Expr::Text(_), _)
                            if guard.holds && asked.bare() == value.bare() =>
                        {
                            return Some(vec![text.clone()]);
                        }
                        Test::In(asked, Expr::List(texts))
                            if guard.holds
                                && asked.bare() == value.bare()
                                && texts.iter().all(|it| matches!(it, Expr::Text(_))) =>
                        {
                            return Some(texts.clone());
                        }
                        _ => at = guard.outer,
                    }
                }
                None
            });
            if let Some(texts) = found.collect::<Option<Vec<_>>>() {
                let test = Test::In(value.bare().clone(), Expr::List(texts.concat()));
                self.guard = self.add_guard(test, true, outer);
                self.leave(&[(name.clone(), value.clone())], self.guard, outer);
                return;
            }
        }
    }

    /// What follows stands where the condition of a filter holds: `[it for it in found if it.endswith(".json")]`.
    pub(crate) fn only_where(&mut self, filter: Node<'t>) {
        let Some(condition) = self.children(filter).into_iter().next() else {
            return;
        };
        let outer = self.guard;
        let test = Some(self.test(condition));
        let asked_about = self.asked_about(Some(condition), &test);
        if let Some(Some(test)) = test {
            self.guard = self.add_guard(test, true, outer);
        }
        self.leave(&asked_about, self.guard, outer);
    }

    /// Under a guard, names stand for what it leaves of what they stood for.
    fn leave(
        &mut self,
        names: &[(crate::facts::Name, Expr)],
        guard: Option<u32>,
        outer: Option<u32>,
    ) -> Vec<(crate::facts::Name, Expr)> {
        let Some(guard) = guard.filter(|_| guard != outer) else {
            return Vec::new();
        };
        let left = names.iter().map(|(name, value)| {
            let value = Expr::When(guard, Box::new(value.clone()));
            self.innermost().set(name.clone(), vec![value.clone()]);
            (name.clone(), value)
        });
        left.collect()
    }

    /// In an arm where a name equals a literal, it stands for that.
    fn narrow(&mut self, test: &Test) -> Option<(crate::facts::Name, Expr)> {
        let Test::Equal(_, value @ Expr::Text(_), Some(name)) = test else {
            return None;
        };
        self.innermost().set(name.clone(), vec![value.clone()]);
        Some((name.clone(), value.clone()))
    }

    /// In an arm where a name was asked for its class (`isinstance(resource, s3.Bucket)`, `target instanceof Bucket`), it
    /// stands for one of that class where nothing else is known of it.
    fn narrow_type(
        &mut self,
        condition: Node<'t>,
        depth: u32,
    ) -> Option<(crate::facts::Name, Expr)> {
        let depth = depth.checked_sub(1)?;
        let sides = [Part::Left, Part::Right].map(|part| self.roles.part(condition, part));
        let operator = self.roles.part(condition, Part::Operator);
        let asked = match (self.role(condition), sides) {
            (Some(Role::Inner), _) => {
                let inner = self.roles.part(condition, Part::Value)?;
                return self.narrow_type(inner, depth);
            }
            (Some(Role::Call), _) => {
                let callee = self.roles.part(condition, Part::Callee)?;
                let args = self.roles.part(condition, Part::Arguments)?;
                let is_asked = self.source(callee) == "isinstance";
                let args = self.children(args);
                <[Node<'t>; 2]>::try_from(args).ok().filter(|_| is_asked)
            }
            (_, [Some(left), Some(right)]) => match operator.map(|it| self.source(it)) {
                Some("and" | "&&") => {
                    let first = self.narrow_type(left, depth);
                    return first.or_else(|| self.narrow_type(right, depth));
                }
                Some("instanceof") => Some([left, right]),
                _ => None,
            },
            _ => None,
        };
        let [name, class] = asked?;
        let is_plain = self.role(name) == Some(Role::Name)
            && matches!(self.role(class), Some(Role::Name | Role::Attribute));
        let last = self.source(class).rsplit('.').next();
        let is_class = last.is_some_and(|last| last.starts_with(char::is_uppercase));
        if !is_plain || !is_class {
            return None;
        }
        let known = self.lookup(self.source(name));
        let class = self.expr(class);
        let declared = Expr::Declared(Box::new((known, class)));
        let name: crate::facts::Name = self.source(name).into();
        self.innermost().set(name.clone(), vec![declared.clone()]);
        Some((name, declared))
    }

    /// Whether what follows a statement is never run after it: it returns, raises or goes on with the loop, and where it
    /// is a branch, each of its arms does.
    fn leaves(&self, node: Node<'t>, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let parts = |part| self.roles.parts(node, part);
        let all_leave = |nodes: &[Node<'t>]| nodes.iter().all(|node| self.leaves(*node, depth));
        match self.role(node) {
            Some(Role::Return | Role::Exit | Role::Jump) => true,
            Some(Role::Loop | Role::Function | Role::Class | Role::Decorated) => false,
            Some(Role::Branch) => {
                let otherwise = parts(Part::Otherwise);
                !otherwise.is_empty() && all_leave(&otherwise) && all_leave(&parts(Part::Arm))
            }
            Some(Role::Attempt) => {
                let tried = [parts(Part::Body), parts(Part::Otherwise)].concat();
                let last = tried.last();
                last.is_some_and(|last| self.leaves(*last, depth)) && all_leave(&parts(Part::Arm))
            }
            _ => {
                let count = node.named_child_count();
                let last = node.named_child(count.saturating_sub(1) as u32);
                last.is_some_and(|last| self.leaves(last, depth))
            }
        }
    }

    /// `break`: what names stand for there is what they may stand for after the loop.
    pub(crate) fn jump(&mut self) {
        let Some(mut jumps) = self.jumps.take() else {
            return;
        };
        if jumps.left.len() < MAX_JUMPS {
            let left = self.innermost().changes_since(jumps.arms);
            jumps.left.push(left);
        }
        self.jumps = Some(jumps);
    }

    pub(crate) fn repeat(&mut self, node: Node<'t>) {
        let outer = self.guard;
        self.innermost().open_arm();
        let arms = self.innermost().open_arms();
        let jumps = Jumps {
            arms,
            left: Vec::new(),
        };
        let jumps_around = self.jumps.replace(jumps);
        self.branches += 1;
        self.forget_counters(node);
        // What fails before the first round leaves no round.
        let condition = self.roles.part(node, Part::Condition);
        if let Some(condition) = condition
            && let Some(test) = self.test(condition)
        {
            self.guard = self.add_guard(test, true, outer);
        }
        self.loops += 1;
        let around = self.round;
        self.round = self.function().map(|func| {
            let bound = self.facts.functions[func as usize].bindings.len();
            (func, bound as u32)
        });
        match (
            self.roles.part(node, Part::Target),
            self.roles.part(node, Part::Iterable),
        ) {
            (Some(target), Some(iterable)) => {
                let value = self.expr(iterable);
                let value = self.as_pairs(node, (target, iterable), value);
                self.bind(target, Expr::Each(Box::new(value)));
            }
            _ => {
                let body = self.roles.part(node, Part::Body);
                let mut cursor = node.walk();
                let head: Vec<_> = node
                    .named_children(&mut cursor)
                    .filter(|child| Some(*child) != body && Some(*child) != condition)
                    .collect();
                for (index, child) in head.into_iter().enumerate() {
                    self.visit(child);
                    // `for (let index = 0; …; index += STEP)`: what the loop counts with is there now.
                    if index == 0 {
                        self.forget_counters(node);
                    }
                }
            }
        }
        if let Some(body) = self.roles.part(node, Part::Body) {
            self.visit(body);
        }
        self.branches -= 1;
        self.loops -= 1;
        self.guard = outer;
        let jumps = std::mem::replace(&mut self.jumps, jumps_around);
        let mut changes = self.innermost().close_arm();
        let together = self.put_together(node, &mut changes);
        self.round = around;
        // A list that grows in a loop is looked at for what was put in: that it may have stayed as it was says nothing.
        let mut grown = Changes::default();
        for (name, values) in &mut changes {
            let is_grown = |value: &Expr| self.is_grown(name, value);
            if values.iter().any(is_grown) {
                values.retain(is_grown);
                grown.insert(name.clone(), values.clone());
            }
        }
        let ran = End {
            guard: outer,
            changes,
        };
        let never = End {
            guard: outer,
            changes: grown,
        };
        let mut ends = vec![ran, never];
        for left in jumps.into_iter().flat_map(|jumps| jumps.left) {
            // What all rounds make together is not what one of them made so far.
            let is_of_round = |(name, values): &(crate::facts::Name, Vec<Expr>)| {
                let is_made = together.iter().any(|(made, _)| made == name);
                !is_made && !values.iter().any(|value| self.is_grown(name, value))
            };
            let mut changes = ends[1].changes.clone();
            changes.extend(left.into_iter().filter(is_of_round));
            ends.push(End {
                guard: outer,
                changes,
            });
        }
        self.innermost().join(&ends, outer);
        for (name, value) in together {
            self.bind_name(&name, value);
        }
    }

    /// What `for (const [name, key] of keys)` goes through: of a `Map` its entries.
    fn as_pairs(
        &mut self,
        node: Node<'t>,
        (target, iterable): (Node<'t>, Node<'t>),
        value: Expr,
    ) -> Expr {
        let is_name = matches!(
            self.role(iterable),
            Some(Role::Name | Role::Attribute | Role::Index)
        );
        let is_pattern = matches!(self.role(target), Some(Role::List | Role::PatternList));
        if self.language != Language::TypeScript || !is_name || !is_pattern {
            return value;
        }
        let entries = Expr::Attr(Box::new(value), PAIRS.into());
        Expr::Call(self.push_call(node, entries, Vec::new(), Vec::new()))
    }

    /// Whether a value is the list that a name stands for, with more in it.
    fn is_grown(&self, name: &str, value: &Expr) -> bool {
        let bound = |value: &Expr| match value.bare() {
            Expr::Local { func, index } => {
                self.facts.functions[*func as usize].bindings[*index as usize].clone()
            }
            value => value.clone(),
        };
        let Expr::List(elements) = bound(value) else {
            return false;
        };
        match (elements.first(), bound(&self.lookup(name))) {
            (Some(Expr::Spread(_)), _) => true,
            (_, Expr::List(old)) => elements.len() > old.len() && elements.starts_with(&old),
            _ => false,
        }
    }

    /// Whether an assignment may count: it adds to its target, or takes it so many times.
    fn may_count(&self, assignment: Node<'t>, target: Node<'t>) -> bool {
        if !assignment.kind().starts_with("assignment") {
            return true;
        }
        let Some(value) = assignment.child_by_field_name("right") else {
            return false;
        };
        let is_target = |at: u32| {
            let side = value.child(at);
            side.is_some_and(|side| self.source(side) == self.source(target))
        };
        let operator = value.child(1).map(|operator| self.source(operator));
        matches!(operator, Some("+" | "-" | "*" | "//")) && (is_target(0) || is_target(2))
    }

    /// A number that the loop counts with is none that is known, wherever in the loop it is read.
    fn forget_counters(&mut self, node: Node<'t>) {
        let text = self.source(node);
        if !COUNTING.iter().any(|sign| text.contains(sign)) {
            return;
        }
        let mut cursor = node.walk();
        loop {
            let at = cursor.node();
            let is_statement = matches!(
                at.kind(),
                "augmented_assignment"
                    | "augmented_assignment_expression"
                    | "update_expression"
                    | "assignment"
                    | "assignment_expression"
            );
            if is_statement
                && let Some(target) = at.named_child(0)
                && self.role(target) == Some(Role::Name)
                && self.may_count(at, target)
            {
                let name = self.source(target);
                let is_number = match self.lookup(name) {
                    Expr::Int(_) => true,
                    Expr::Local { func, index } => matches!(
                        self.facts.functions[func as usize].bindings[index as usize],
                        Expr::Int(_)
                    ),
                    _ => false,
                };
                if is_number && self.innermost().get(name).is_some() {
                    self.bind_name(name, Expr::Unknown("counter".into()));
                }
            }
            if !is_statement && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    /// `then if test else otherwise`.
    pub(crate) fn conditional(&mut self, node: Node<'t>) -> Expr {
        let arms = [Part::Then, Part::Otherwise].map(|part| self.roles.part(node, part));
        let test = self.roles.part(node, Part::Test);
        let is_default = match (test, arms[0]) {
            (Some(test), Some(then)) => Self::asks_for_itself(self.source(test), self.source(then)),
            _ => false,
        };
        let asked = test;
        let test = test.and_then(|test| self.test(test));
        let about = self.asked_about(asked, &Some(test.clone()));
        let values = self.either(arms, test, &about);
        match <[Expr; 2]>::try_from(values) {
            Ok([then, otherwise]) if is_default => {
                let [then, otherwise] = [then, otherwise].map(unguarded);
                Expr::Binary(Operator::Or, Box::new(then), Box::new(otherwise))
            }
            Ok(both) => Expr::Alt(both.into()),
            Err(values) => Expr::Alt(values),
        }
    }

    /// One of two values, by what a condition says. It may ask for a constant.
    pub(crate) fn choice(&mut self, test: Node<'t>, arms: [Option<Node<'t>>; 2]) -> Expr {
        let asked = test;
        let test = match self.role(test) {
            Some(Role::Name) => Some(Test::True(self.expr(test))),
            _ => self.test(test),
        };
        let about = match self.role(asked) {
            Some(Role::Name) => vec![(self.source(asked).into(), self.lookup(self.source(asked)))],
            _ => self.asked_about(Some(asked), &Some(test.clone())),
        };
        Expr::Alt(self.either(arms, test, &about))
    }

    /// The values of two arms, each under its answer.
    fn either(
        &mut self,
        arms: [Option<Node<'t>>; 2],
        test: Option<Test>,
        about: &[(crate::facts::Name, Expr)],
    ) -> Vec<Expr> {
        let outer = self.guard;
        let mut values = Vec::new();
        for (arm, holds) in arms.into_iter().zip([true, false]) {
            let Some(arm) = arm else { continue };
            let guard = match &test {
                Some(test) => self.add_guard(test.clone(), holds, outer),
                None => outer,
            };
            self.guard = guard;
            let value = match about.is_empty() || guard == outer {
                true => self.expr(arm),
                false => self.left_of(about, guard, outer, arm),
            };
            values.push(self.when(guard.filter(|_| guard != outer), value));
        }
        self.guard = outer;
        values
    }

    /// The value of an arm, in which names stand for what its guard leaves of them.
    fn left_of(
        &mut self,
        about: &[(crate::facts::Name, Expr)],
        guard: Option<u32>,
        outer: Option<u32>,
        arm: Node<'t>,
    ) -> Expr {
        self.innermost().open_arm();
        self.leave(about, guard, outer);
        let value = self.expr(arm);
        let bound = self.innermost().close_arm();
        for (name, values) in bound {
            if !about.iter().any(|(known, _)| *known == name) {
                self.innermost().set(name, values);
            }
        }
        value
    }

    /// A value that is there where a guard holds.
    pub(crate) fn when(&self, guard: Option<u32>, value: Expr) -> Expr {
        match guard {
            Some(guard) => Expr::When(guard, Box::new(value)),
            None => value,
        }
    }
}

fn unguarded(value: Expr) -> Expr {
    match value {
        Expr::When(_, value) => *value,
        value => value,
    }
}
