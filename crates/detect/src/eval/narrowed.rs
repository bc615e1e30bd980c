//! What is left of a value where something was asked of it: of several things that a name may stand for, those for
//! which the answer led here. `if path.startswith("s3://"):` leaves the addresses of what callers give.

use super::*;
use crate::facts::Test;

impl Evaluator<'_> {
    /// The alternatives of a value that its guard leaves, and those that this one stands under.
    pub(super) fn narrowed(
        &mut self,
        guard: u32,
        value: &Expr,
        values: Values,
        scope: &Scope,
    ) -> Values {
        if values.iter().len() < 2 {
            return values;
        }
        let facts = scope.facts.clone();
        let subject = value.bare();
        let mut left: Vec<Value> = values.iter().cloned().collect();
        let mut at = Some(guard);
        while let Some(index) = at {
            let guard = &facts.guards[index as usize];
            left.retain(|one| {
                self.holds_of(&guard.test, subject, one, scope) != Some(!guard.holds)
            });
            at = guard.outer;
        }
        match left.is_empty() {
            // One of the conditions was not understood.
            true => values,
            false => Values::collect(left),
        }
    }

    /// Whether a test holds where what it asks about is this; `None` where it asks about something else, or
    /// nobody can tell.
    fn holds_of(
        &mut self,
        test: &Test,
        subject: &Expr,
        one: &Value,
        scope: &Scope,
    ) -> Option<bool> {
        match test {
            Test::True(asked) if asked.bare() == subject => guards::truth(one),
            Test::True(Expr::Call(index)) => self.answer_of(*index, subject, one, scope),
            Test::True(_) => None,
            Test::Equal(left, right, _) => {
                let other = match (left.bare() == subject, right.bare() == subject) {
                    (true, false) => right,
                    (false, true) => left,
                    _ => return None,
                };
                let other = self.eval(other, scope);
                guards::same(&Values::one(one.clone()), &other)
            }
            Test::In(value, collection) if value.bare() == subject => {
                let collection = self.eval(collection, scope);
                guards::is_in(&Values::one(one.clone()), &collection)
            }
            Test::In(value, collection) if collection.bare() == subject => {
                let value = self.eval(value, scope);
                guards::is_in(&value, &Values::one(one.clone()))
            }
            Test::In(..) => None,
            Test::Not(test) => self.holds_of(test, subject, one, scope).map(|holds| !holds),
            Test::Needs(test) => self
                .holds_of(test, subject, one, scope)
                .filter(|holds| !holds),
            Test::And(both) => {
                let both = [&both[0], &both[1]].map(|it| self.holds_of(it, subject, one, scope));
                match both {
                    [Some(false), _] | [_, Some(false)] => Some(false),
                    [Some(true), Some(true)] => Some(true),
                    _ => None,
                }
            }
            Test::Or(both) => {
                let both = [&both[0], &both[1]].map(|it| self.holds_of(it, subject, one, scope));
                match both {
                    [Some(true), _] | [_, Some(true)] => Some(true),
                    [Some(false), Some(false)] => Some(false),
                    _ => None,
                }
            }
        }
    }

    /// What a call answers that asks about a value: `path.startswith("s3://")`, `isinstance(path, str)`.
    fn answer_of(
        &mut self,
        index: u32,
        subject: &Expr,
        one: &Value,
        scope: &Scope,
    ) -> Option<bool> {
        let facts = scope.facts.clone();
        let call = &facts.calls[index as usize];
        match &call.callee {
            Expr::Attr(object, name) if object.bare() == subject => {
                let Value::Text(_) = one else {
                    return None;
                };
                let args = self.args(&call.args, scope);
                let answer = crate::builtins::method(self, one, name, &args)?;
                match answer.first() {
                    Value::Bool(known) => Some(*known),
                    _ => None,
                }
            }
            Expr::Name(name) if name == "isinstance" => {
                let first = call.args.first()?;
                let kinds = guards::kinds_of(&call.args)?;
                match first.value.bare() == subject {
                    true => guards::is_of_kinds(one, &kinds),
                    false => None,
                }
            }
            _ => None,
        }
    }
}
