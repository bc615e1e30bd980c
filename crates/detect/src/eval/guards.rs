//! Conditions: which way through a branch the arguments of a call decide for.

use super::*;
use crate::facts::Test;
use crate::keys::{begins_as_address, is_local_path};
use crate::walk_branch::is_predicate;

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
        Values::collect(all)
    }

    fn is_absent(&mut self, value: &Expr, scope: &Scope) -> bool {
        match value {
            Expr::When(guard, value) => {
                self.is_ruled_out(*guard, scope) || self.is_absent(value, scope)
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
            if self.holds(&guard.test, scope) == Some(!guard.holds) {
                return true;
            }
            at = guard.outer;
        }
        false
    }

    fn holds(&mut self, test: &Test, scope: &Scope) -> Option<bool> {
        match test {
            Test::True(value) => {
                if let Some(known) = self.is_instance(value, scope) {
                    return known;
                }
                let known = self.eval(value, scope);
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
            Test::Equal(left, right, _) => {
                let left = self.eval(left, scope);
                let right = self.eval(right, scope);
                same(&left, &right)
            }
            Test::In(value, collection) => {
                let value = self.eval(value, scope);
                let collection = self.eval(collection, scope);
                is_in(&value, &collection)
            }
            Test::Not(test) => self.holds(test, scope).map(|holds| !holds),
            Test::Needs(test) => self.holds(test, scope).filter(|holds| !holds),
            Test::And(both) => {
                let both = [&both[0], &both[1]].map(|test| self.holds(test, scope));
                match both {
                    [Some(false), _] | [_, Some(false)] => Some(false),
                    [Some(true), Some(true)] => Some(true),
                    _ => None,
                }
            }
            Test::Or(both) => {
                let both = [&both[0], &both[1]].map(|test| self.holds(test, scope));
                match both {
                    [Some(true), _] | [_, Some(true)] => Some(true),
                    [Some(false), Some(false)] => Some(false),
                    _ => None,
                }
            }
        }
    }

    /// `isinstance(value, kind)`; `None` for another expression.
    fn is_instance(&mut self, value: &Expr, scope: &Scope) -> Option<Option<bool>> {
        let Expr::Call(index) = value else {
            return None;
        };
        let facts = scope.facts.clone();
        let call = &facts.calls[*index as usize];
        if !matches!(&call.callee, Expr::Name(name) if name == "isinstance") {
            return None;
        }
        let Some(value) = call.args.first() else {
            return Some(None);
        };
        let Some(kinds) = kinds_of(&call.args) else {
            return Some(None);
        };
        let value = self.eval(&value.value, scope);
        Some(agreed(value.iter().map(|value| is_of_kinds(value, &kinds))))
    }
}

/// The names of the types that `isinstance` is given.
pub(super) fn kinds_of(args: &[Arg]) -> Option<Vec<SmolStr>> {
    let kinds = match &args.get(1)?.value {
        Expr::List(kinds) => kinds.as_slice(),
        kind => std::slice::from_ref(kind),
    };
    let named = |kind: &Expr| match kind {
        Expr::Name(name) => Some(name.clone()),
        _ => None,
    };
    kinds.iter().map(named).collect()
}

/// Whether a value is of one of some built-in types; `None` where that cannot be told.
pub(super) fn is_of_kinds(value: &Value, kinds: &[SmolStr]) -> Option<bool> {
    let each: Vec<_> = kinds.iter().map(|kind| is_kind(value, kind)).collect();
    match (each.contains(&Some(true)), each.contains(&None)) {
        (true, _) => Some(true),
        (false, true) => None,
        (false, false) => Some(false),
    }
}

/// Whether a value is an element of a list, or a part of a string; `None` where that cannot be told.
pub(super) fn is_in(value: &Values, collection: &Values) -> Option<bool> {
    let value = value.known()?;
    match collection.first() {
        Value::List(elements) => {
            let found = elements.iter().map(|it| Some(it.known()? == value));
            let found: Option<Vec<bool>> = found.collect();
            found.map(|found| found.contains(&true))
        }
        Value::Text(text) if is_local_path(text) && begins_as_address(&value) => Some(false),
        Value::Text(text) => {
            let has = |part: &Part| match part {
                Part::Literal(literal) => literal.contains(&value),
                Part::Any => value == "*",
                Part::Hole(_) => false,
            };
            match text.parts.iter().any(has) {
                true => Some(true),
                false => Some(text.known()?.contains(&value)),
            }
        }
        _ => None,
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

/// Whether a value is of a built-in type; `None` where that cannot be told.
fn is_kind(value: &Value, kind: &str) -> Option<bool> {
    let own = match value {
        Value::Text(_) => "str",
        Value::List(_) => "list",
        Value::Map(_) => "dict",
        Value::Int(_) => "int",
        Value::Bool(_) => "bool",
        Value::Null => "None",
        _ => return None,
    };
    match kind {
        "str" | "dict" | "int" | "bool" | "bytes" | "float" => Some(kind == own),
        // Neither is told from the other.
        "list" | "tuple" | "set" if own == "list" => None,
        "list" | "tuple" | "set" => Some(false),
        _ => None,
    }
}

fn agreed(mut all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

/// Whether a value counts as true; `None` where a hole decides.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Null => Some(false),
        Value::Bool(known) => Some(*known),
        Value::Int(number) => Some(*number != 0),
        Value::Text(text) if text.parts.is_empty() => Some(false),
        Value::Text(text) => {
            let says = |part: &Part| match part {
                Part::Literal(_) | Part::Any => true,
                Part::Hole(why) => matches!(why, Why::Or(..)),
            };
            text.parts.iter().any(says).then_some(true)
        }
        Value::List(elements) if !elements.is_empty() => Some(true),
        Value::Map(map) if !map.entries.is_empty() => Some(true),
        Value::Map(map) if map.open.is_none() => Some(false),
        Value::Func(_) | Value::Class(_) | Value::Module(_) => Some(true),
        _ => None,
    }
}

/// Whether what two expressions are worth is the same, in all their alternatives alike.
pub(super) fn same(left: &Values, right: &Values) -> Option<bool> {
    let pairs = left
        .iter()
        .flat_map(|a| right.iter().map(move |b| equal(a, b)));
    agreed(pairs)
}

/// Whether one is a path of local files, and the other the beginning of an address.
fn is_other_address(path: &Value, address: &Value) -> bool {
    let (Value::Text(path), Value::Text(address)) = (path, address) else {
        return false;
    };
    is_local_path(path) && address.known().is_some_and(|it| begins_as_address(&it))
}

/// Whether two values are the same; `None` where a hole decides.
fn equal(left: &Value, right: &Value) -> Option<bool> {
    if is_other_address(left, right) || is_other_address(right, left) {
        return Some(false);
    }
    match (left, right) {
        (Value::Hole(_) | Value::External(_), _) | (_, Value::Hole(_) | Value::External(_)) => None,
        (Value::Text(left), Value::Text(right)) => match (left.known(), right.known()) {
            (Some(left), Some(right)) => Some(left == right),
            _ => None,
        },
        (Value::Instance { .. }, Value::Instance { .. }) => None,
        (left, right) => Some(left == right),
    }
}
