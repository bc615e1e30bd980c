//! Conditions: which way through a branch is taken, as far as what is known of values decides. An answer is yes,
//! no, or `None` where nobody can tell: then both ways are gone.
//!
//! A condition may be asked of all that a value may be at once, or of one of its alternatives ([`About`]): that is
//! how `if path.startswith("s3://"):` leaves the addresses of what callers give.

use super::comparisons::{agreed, is_in, is_of_kinds, kinds_of, same, truth};
use super::quantities::counted;
use super::*;
use crate::facts::Test;
use crate::program::base_name;
use crate::walk_test::is_predicate;

/// An expression, and the one of its alternatives that is asked about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) subject: &'a Expr,
    pub(super) one: &'a Value,
}

impl Evaluator<'_> {
    /// What any of some values is worth, without those whose condition fails.
    pub(super) fn any_of(&mut self, values: &[Expr], scope: &Scope) -> Values {
        let mut all = Vec::new();
        for value in values {
            if !self.is_absent(value, scope) {
                let value = self.eval(value, scope);
                all.extend(value.iter().cloned());
            }
        }
        if all.is_empty() {
            // No way is left: one of the conditions was not understood.
            for value in values {
                let value = self.eval(value, scope);
                all.extend(value.iter().cloned());
            }
        }
        // A way that asks for what is not there ends with an error.
        if !all.iter().all(is_missing) {
            all.retain(|value| !is_missing(value));
        }
        Values::collect(all)
    }

    fn is_absent(&mut self, value: &Expr, scope: &Scope) -> bool {
        match value {
            Expr::When(guard, value) => {
                self.is_ruled_out(*guard, scope)
                    || self.is_of_other_text(*guard, value, scope)
                    || self.is_absent(value, scope)
            }
            _ => false,
        }
    }

    /// Whether a place is known not to be reached: its condition, or one that it stands under, fails.
    pub(crate) fn is_ruled_out(&mut self, guard: u32, scope: &Scope) -> bool {
        let facts = scope.facts.clone();
        let mut at = Some(guard);
        while let Some(index) = at {
            let guard = &facts.guards[index as usize];
            if self.holds(&guard.test, scope, None) == Some(!guard.holds) {
                return true;
            }
            at = guard.outer;
        }
        false
    }

    /// The alternatives of a value that its guard leaves, and those that this one stands under.
    pub(super) fn narrowed(
        &mut self,
        guard: u32,
        value: &Expr,
        values: Values,
        scope: &Scope,
    ) -> Values {
        let facts = scope.facts.clone();
        let subject = value.bare();
        if let Some(taken) = self.taken_to_be(subject, &values, guard, scope) {
            return taken;
        }
        let values = self.with_edge(guard, subject, values, scope);
        if values.iter().len() < 2 {
            return values;
        }
        let mut left: Vec<Value> = values.iter().cloned().collect();
        let mut at = Some(guard);
        while let Some(index) = at {
            let guard = &facts.guards[index as usize];
            if asks_about(&guard.test, subject, &facts) {
                left.retain(|one| {
                    let about = Some(About { subject, one });
                    self.holds(&guard.test, scope, about) != Some(!guard.holds)
                });
            }
            at = guard.outer;
        }
        match left.is_empty() {
            // One of the conditions was not understood.
            true => values,
            false => Values::collect(left),
        }
    }

    /// Whether a condition holds.
    pub(super) fn holds(
        &mut self,
        test: &Test,
        scope: &Scope,
        about: Option<About<'_>>,
    ) -> Option<bool> {
        if about.is_none()
            && let Some(answer) = scope.answer(test)
        {
            return Some(answer);
        }
        match test {
            Test::True(value) => self.counts_as_true(value, scope, about),
            Test::Equal(left, right, _) => {
                if !self.is_settled(left, scope, about) || !self.is_settled(right, scope, about) {
                    return None;
                }
                if counted(left, scope).is_some() || counted(right, scope).is_some() {
                    let left = self.quantity(left, scope, about)?;
                    return left.is(self.quantity(right, scope, about)?);
                }
                let left = self.worth(left, scope, about);
                let right = self.worth(right, scope, about);
                same(&left, &right)
            }
            Test::In(value, collection) => {
                if !self.is_settled(value, scope, about)
                    || !self.is_settled(collection, scope, about)
                {
                    return None;
                }
                let value = self.worth(value, scope, about);
                let collection = self.worth(collection, scope, about);
                is_in(&value, &collection)
            }
            Test::Less(left, right) => {
                if !self.is_settled(left, scope, about) || !self.is_settled(right, scope, about) {
                    return None;
                }
                let left = self.quantity(left, scope, about)?;
                left.is_less(self.quantity(right, scope, about)?)
            }
            Test::Not(test) => self.holds(test, scope, about).map(|holds| !holds),
            Test::Needs(test) => self.holds(test, scope, about).filter(|holds| !holds),
            Test::And(both) => {
                let both = [&both[0], &both[1]].map(|test| self.holds(test, scope, about));
                match both {
                    [Some(false), _] | [_, Some(false)] => Some(false),
                    [Some(true), Some(true)] => Some(true),
                    _ => None,
                }
            }
            Test::Or(both) => {
                let both = [&both[0], &both[1]].map(|test| self.holds(test, scope, about));
                match both {
                    [Some(true), _] | [_, Some(true)] => Some(true),
                    [Some(false), Some(false)] => Some(false),
                    _ => None,
                }
            }
        }
    }

    fn counts_as_true(
        &mut self,
        value: &Expr,
        scope: &Scope,
        about: Option<About<'_>>,
    ) -> Option<bool> {
        if !self.is_settled(value, scope, about) {
            return None;
        }
        // Of an object that the caller writes out, a member is what it says there; any other may be set anew.
        if let Some(object) = crate::walk_test::option_of(value) {
            let is_whole = |value: &Value| matches!(value, Value::Map(map) if map.open.is_none());
            if !self.eval(object, scope).iter().all(is_whole) {
                return None;
            }
        }
        if let Some(known) = self.is_instance(value, scope, about) {
            return known;
        }
        if counted(value, scope).is_some() {
            let count = self.quantity(value, scope, about)?;
            return count.is(quantities::Quantity::NONE).map(|none| !none);
        }
        let known = self.worth(value, scope, about);
        if !is_answer(value, scope) {
            return agreed(known.iter().map(truth));
        }
        // What a function looks things up in may be filled as the program runs: only a yes or no
        // that it makes of what it is given counts.
        agreed(known.iter().map(|value| match value {
            Value::Bool(known) => Some(*known),
            _ => None,
        }))
    }

    /// What an expression is worth, where what is asked about is one of its alternatives alone.
    pub(super) fn worth(&mut self, expr: &Expr, scope: &Scope, about: Option<About<'_>>) -> Values {
        let Some(About { subject, one }) = about else {
            return self.eval(expr, scope);
        };
        match expr.bare() {
            bare if bare == subject => Values::one(one.clone()),
            Expr::Index(object, index) if mentions(object, subject, &scope.facts) => {
                let object = self.worth(object, scope, about);
                let index = self.eval(index, scope);
                object.flat_map(|object| self.index(object, &index, scope.file))
            }
            Expr::Slice(object, ends) if mentions(object, subject, &scope.facts) => {
                let object = self.worth(object, scope, about);
                let [start, end] = [&ends.0, &ends.1].map(|end| self.eval(end, scope));
                object.flat_map(|object| objects::sliced(object, &start, &end))
            }
            Expr::Attr(object, name) if mentions(object, subject, &scope.facts) => {
                let object = self.worth(object, scope, about);
                object.flat_map(|object| self.attribute(object, name, scope.file))
            }
            Expr::Call(index) => {
                let facts = scope.facts.clone();
                let call = &facts.calls[*index as usize];
                match &call.callee {
                    Expr::Attr(object, name) if mentions(object, subject, &facts) => {
                        let args = self.args(&call.args, scope);
                        let object = self.worth(object, scope, about);
                        object.flat_map(|object| self.call_method(object, name, &args, scope.file))
                    }
                    _ => self.eval(expr, scope),
                }
            }
            _ => self.eval(expr, scope),
        }
    }

    /// Whether what an expression reads of its own object is what that was made with: a field that is set once, and
    /// to no literal. All else may be set anew as the program runs. Of what is asked about, that is one of the
    /// things that it may be set to.
    fn is_settled(&mut self, expr: &Expr, scope: &Scope, about: Option<About<'_>>) -> bool {
        if about.is_some_and(|about| is_read_of(expr, about.subject, &scope.facts)) {
            return true;
        }
        // What it takes to find out is no part of what the value in hand takes.
        let before = std::mem::take(&mut self.cost);
        let is_settled = self.is_settled_in(expr, scope, MAX_NAMES);
        self.cost = before;
        is_settled
    }

    /// `depth`: how many names and functions may stand between.
    fn is_settled_in(&mut self, expr: &Expr, scope: &Scope, depth: u32) -> bool {
        let is_settled = |this: &mut Self, expr: &Expr| this.is_settled_in(expr, scope, depth);
        match expr {
            Expr::When(_, inner) | Expr::Slice(inner, _) => is_settled(self, inner),
            // `SETTINGS["store"]`: set by whoever runs it as well; `FOLDERS[kind]` is a table.
            Expr::Index(object, index) if is_of_module(object) && is_text(index) => false,
            Expr::Index(object, index) => is_settled(self, object) && is_settled(self, index),
            Expr::Attr(object, name) => match object.as_ref() {
                Expr::This(class) => {
                    let class = &scope.facts.classes[*class as usize];
                    let mut set = class.fields.iter().filter(|(known, _)| known == name);
                    match (set.next(), set.next()) {
                        (Some((_, value)), None) => !is_literal(value, &scope.facts),
                        // A mark is no mode that somebody chooses: `delimiter = "/"`.
                        (None, _) => class.attributes.iter().any(|(known, value)| {
                            known == name && matches!(value, Expr::Text(text) if is_mark(text))
                        }),
                        _ => false,
                    }
                }
                // `settings.STORE == "s3"`: what a module keeps is set by whoever runs it. `Kind.RAW` is what it is.
                object if is_of_module(object) => {
                    let is_class = |value: &Value| matches!(value, Value::Class(_));
                    self.eval(object, scope).iter().all(is_class)
                }
                object => is_settled(self, object) && !self.is_of_settings(object, scope),
            },
            Expr::Local { func, index } if depth > 0 => {
                let facts = scope.facts.clone();
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                self.is_settled_in(bound, scope, depth - 1)
            }
            Expr::Call(index) => {
                let facts = scope.facts.clone();
                let call = &facts.calls[*index as usize];
                let is_on = match &call.callee {
                    Expr::Attr(object, name)
                        if name == "get"
                            && is_of_module(object)
                            && call.args.first().is_some_and(|key| is_text(&key.value))
                            && self.is_map(object, scope) =>
                    {
                        false
                    }
                    // A function of a module: `os.path.isdir(path)`.
                    Expr::Attr(_, name) if name == "isdir" => true,
                    Expr::Attr(object, _) => is_settled(self, object),
                    callee => depth == 0 || self.answers_what_is_settled(callee, scope, depth - 1),
                };
                is_on && call.args.iter().all(|arg| is_settled(self, &arg.value))
            }
            _ => true,
        }
    }

    /// Whether a function that is given nothing answers what is settled: `def store(): return SETTINGS["store"]` does not.
    fn answers_what_is_settled(&mut self, callee: &Expr, scope: &Scope, depth: u32) -> bool {
        if !matches!(callee, Expr::Name(_) | Expr::Own(_) | Expr::Import(_)) {
            return true;
        }
        let callees = self.eval(callee, scope);
        callees.iter().all(|callee| {
            let Value::Func(closure) = callee else {
                return true;
            };
            let function = closure.func.function();
            if !function.params.is_empty() {
                return true;
            }
            let scope = Scope {
                frame: Some(self.open_frame(&closure.func)),
                ..Scope::of_module(closure.func.file, &closure.func.facts)
            };
            let mut returns = function.returns.iter();
            returns.all(|value| self.is_settled_in(value, &scope, depth))
        })
    }

    fn is_map(&mut self, object: &Expr, scope: &Scope) -> bool {
        let objects = self.eval(object, scope);
        objects.iter().all(|it| matches!(it, Value::Map(_)))
    }

    /// Whether an expression may be an object of settings (`class Config(BaseSettings)`): its defaults are what whoever
    /// runs the program sets to something else.
    fn is_of_settings(&mut self, object: &Expr, scope: &Scope) -> bool {
        let objects = self.eval(object, scope);
        objects.iter().any(|object| match object {
            Value::Instance { class, .. } => {
                let mut bases = class.class().bases.iter().filter_map(base_name);
                bases.any(|base| base.ends_with("Settings"))
            }
            _ => false,
        })
    }

    /// `isinstance(value, kind)`; `None` for another expression.
    fn is_instance(
        &mut self,
        value: &Expr,
        scope: &Scope,
        about: Option<About<'_>>,
    ) -> Option<Option<bool>> {
        let Expr::Call(index) = value else {
            return None;
        };
        let facts = scope.facts.clone();
        let call = &facts.calls[*index as usize];
        if !matches!(&call.callee, Expr::Name(name) if name == "isinstance") {
            return None;
        }
        let [value, kinds] = call.args.as_slice() else {
            return Some(None);
        };
        let value = self.worth(&value.value, scope, about);
        if let Some(kinds) = kinds_of(&call.args) {
            let known = agreed(value.iter().map(|value| is_of_kinds(value, &kinds)));
            if known.is_some() {
                return Some(known);
            }
        }
        let kind = match &kinds.value {
            Expr::List(_) => return Some(None),
            kind => self.eval(kind, scope),
        };
        let [Value::Class(class)] = kind.iter().as_slice() else {
            return Some(None);
        };
        let each = value.iter().map(|value| self.is_of_class(value, class));
        Some(agreed(each))
    }

    /// Whether a value is an object of a class of the repository. A member of an enumeration is held as its value, and a
    /// class may be one of strings.
    fn is_of_class(&mut self, value: &Value, class: &ClassRef) -> Option<bool> {
        match value {
            Value::Instance { class: own, .. } => {
                let is_it = own == class || self.ancestors(own).contains(class);
                // What is declared may be an object of a class below.
                is_it.then_some(true)
            }
            Value::Null | Value::List(_) | Value::Map(_) | Value::Func(_) | Value::Module(_) => {
                Some(false)
            }
            _ => None,
        }
    }
}

/// Whether a condition asks about an expression.
pub(super) fn asks_about(test: &Test, subject: &Expr, facts: &Facts) -> bool {
    let has = |expr: &Expr| mentions(expr, subject, facts);
    match test {
        Test::True(value) => has(value),
        Test::Equal(left, right, _) | Test::In(left, right) | Test::Less(left, right) => {
            has(left) || has(right)
        }
        Test::Not(test) | Test::Needs(test) => asks_about(test, subject, facts),
        Test::And(both) | Test::Or(both) => {
            both.iter().any(|test| asks_about(test, subject, facts))
        }
    }
}

/// Whether an expression reads what is asked about: that itself, a part of it, or what one of its methods says.
fn is_read_of(expr: &Expr, subject: &Expr, facts: &Facts) -> bool {
    match expr.bare() {
        bare if bare == subject => true,
        Expr::Index(object, _) | Expr::Slice(object, _) => is_read_of(object, subject, facts),
        Expr::Call(index) => match &facts.calls[*index as usize].callee {
            Expr::Attr(object, _) => is_read_of(object, subject, facts),
            _ => false,
        },
        _ => false,
    }
}

/// Names and functions between what a condition asks about and where that is kept.
const MAX_NAMES: u32 = 3;
/// How deep a condition is looked through for what it asks about.
const MAX_LOOKS: u32 = 8;

pub(super) fn mentions(expr: &Expr, subject: &Expr, facts: &Facts) -> bool {
    elements::any_part(expr, facts, MAX_LOOKS, &|part| part == subject)
}

/// Whether something is an entry or a member that is surely not there.
fn is_missing(value: &Value) -> bool {
    matches!(value, Value::Hole(Why::Syntax(kind)) if kind == "missing key" || kind == "missing member")
}

/// Whether a field is set to a literal, on one of the ways through its constructor.
fn is_literal(value: &Expr, facts: &Facts) -> bool {
    match value.bare() {
        Expr::Alt(all) => all.iter().any(|one| is_literal(one, facts)),
        Expr::Local { func, index } => {
            let bound = &facts.functions[*func as usize].bindings[*index as usize];
            is_plain(bound)
        }
        bare => is_plain(bare),
    }
}

fn is_mark(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_alphanumeric)
}

fn is_text(value: &Expr) -> bool {
    matches!(value, Expr::Text(_))
}

fn is_plain(value: &Expr) -> bool {
    matches!(
        value.bare(),
        Expr::Text(_)
            | Expr::Int(_)
            | Expr::Number(_)
            | Expr::Bool(_)
            | Expr::Null
            | Expr::List(_)
            | Expr::Map(_)
    )
}

/// Whether an expression is a name of the module, or an attribute of one.
fn is_of_module(expr: &Expr) -> bool {
    match expr.bare() {
        Expr::Name(_) | Expr::Own(_) | Expr::Import(_) => true,
        Expr::Attr(object, _) => is_of_module(object),
        _ => false,
    }
}

/// Whether an expression is what a function of the program answers.
fn is_answer(value: &Expr, scope: &Scope) -> bool {
    let Expr::Call(index) = value else {
        return false;
    };
    let callee = &scope.facts.calls[*index as usize].callee;
    matches!(callee, Expr::Name(name) | Expr::Attr(_, name) if is_predicate(name))
}
