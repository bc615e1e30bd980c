//! What a condition on the letters of a text says of it: behind `if prefix.endswith("/"):` it ends so, and what is made of
//! a text on the way for others (`f"{prefix}/"`) is not made of one that ends so.

use super::guards::{About, mentions};
use super::*;
use crate::facts::Test;

impl Evaluator<'_> {
    /// Whether the value of one way through a branch is made of a text for which the branch goes another way: of the
    /// one that is taken where nobody gives another, or the one that a setting has where nobody sets it. The branch
    /// itself is open, for somebody may; but then the value is made of that.
    pub(super) fn is_of_other_text(&mut self, guard: u32, value: &Expr, scope: &Scope) -> bool {
        let facts = scope.facts.clone();
        let made_of = match value.bare() {
            // What the branch sets a name to.
            Expr::Local { func, index } => {
                &facts.functions[*func as usize].bindings[*index as usize]
            }
            value => value,
        };
        let mut at = Some(guard);
        while let Some(index) = at {
            let guard = &facts.guards[index as usize];
            if let Some(subject) = tested(&guard.test, &facts)
                && !is_of_class(subject, &facts)
                && (subject == value.bare() || mentions(made_of, subject, &facts))
            {
                let values = self.eval(subject, scope);
                let is_other = |value| self.goes_otherwise(value, index, subject, scope);
                if values.iter().all(is_other) {
                    return true;
                }
            }
            at = guard.outer;
        }
        false
    }

    /// A text, without what is taken where nobody gives another if a guard does not hold for that.
    pub(super) fn without_default(
        &mut self,
        value: &Value,
        guard: u32,
        subject: &Expr,
        scope: &Scope,
    ) -> Value {
        match value {
            Value::Text(text) if self.goes_otherwise(value, guard, subject, scope) => {
                let parts = text.parts.iter().map(|part| match part {
                    Part::Hole(Why::Or(why, _)) => Part::Hole(why.as_ref().clone()),
                    part => part.clone(),
                });
                Value::Text(parts.collect::<Vec<_>>().into())
            }
            value => value.clone(),
        }
    }

    /// Whether a guard does not hold for a text, with the defaults that it has in it.
    fn goes_otherwise(&mut self, value: &Value, guard: u32, subject: &Expr, scope: &Scope) -> bool {
        let Value::Text(text) = value else {
            return false;
        };
        let one = &Value::Text(as_taken(text));
        let guard = &scope.facts.guards[guard as usize];
        let about = Some(About { subject, one });
        self.holds(&guard.test, scope, about) == Some(!guard.holds)
    }
}

/// Whether an expression is an attribute of the class around, which classes below set anew.
fn is_of_class(expr: &Expr, facts: &Facts) -> bool {
    let Expr::Attr(object, name) = expr else {
        return false;
    };
    let Expr::This(class) = object.as_ref() else {
        return false;
    };
    let mut attributes = facts.classes[*class as usize].attributes.iter();
    attributes.any(|(known, _)| known == name)
}

/// A text with what is taken where nobody gives another.
fn as_taken(text: &Text) -> Text {
    let mut taken = Text::default();
    for part in &text.parts {
        match part {
            Part::Hole(Why::Or(_, default)) => taken.append(&Text::literal(default)),
            part => taken.push(part.clone()),
        }
    }
    taken
}

/// What a condition asks the letters of: `prefix` of `prefix.endswith("/")`, `prefix[-1] == "/"` and `"/" in prefix`.
pub(super) fn tested<'f>(test: &'f Test, facts: &'f Facts) -> Option<&'f Expr> {
    match test {
        Test::Not(test) | Test::Needs(test) => tested(test, facts),
        Test::And(both) | Test::Or(both) => both.iter().find_map(|test| tested(test, facts)),
        Test::True(value) | Test::Equal(value, _, _) => match value.bare() {
            Expr::Call(index) => match &facts.calls[*index as usize].callee {
                Expr::Attr(object, _) => Some(object.bare()),
                _ => None,
            },
            Expr::Index(object, _) | Expr::Slice(object, _) => Some(object.bare()),
            _ => None,
        },
        Test::In(Expr::Text(_), text) => Some(text.bare()),
        Test::In(..) | Test::Less(..) => None,
    }
}

/// Alternatives of something with the end that they surely have where a guard holds.
pub(super) fn with_ending(guard: u32, subject: &Expr, values: Values, facts: &Facts) -> Values {
    match ending(guard, subject, facts) {
        Some(Ending::Sure(ending)) => values.map(|value| ending_in(value, ending)),
        Some(Ending::IfAny(ending)) => {
            let of_one = |value: &Value| match value {
                Value::Hole(_) => vec![Value::text(""), ending_in(value, ending)],
                other => vec![other.clone()],
            };
            Values::collect(values.iter().flat_map(of_one))
        }
        None => values,
    }
}

/// What a string ends in.
#[derive(Clone, Copy)]
enum Ending<'f> {
    Sure(&'f SmolStr),
    /// It does where it is not empty.
    IfAny(&'f SmolStr),
}

/// What a string surely ends in where a guard holds: `if prefix.endswith("/"):`, or behind
/// `if prefix and not prefix.endswith("/"):`.
fn ending<'f>(guard: u32, subject: &Expr, facts: &'f Facts) -> Option<Ending<'f>> {
    let guard = &facts.guards[guard as usize];
    match &guard.test {
        Test::And(both) if !guard.holds => match &both[0] {
            Test::True(value) if value.bare() == subject => {
                let ending = tested_ending(&both[1], false, subject, facts)?;
                Some(Ending::IfAny(ending))
            }
            _ => None,
        },
        test => tested_ending(test, guard.holds, subject, facts).map(Ending::Sure),
    }
}

fn tested_ending<'f>(
    test: &'f Test,
    holds: bool,
    subject: &Expr,
    facts: &'f Facts,
) -> Option<&'f SmolStr> {
    let (test, holds) = match test {
        Test::Not(test) => (test.as_ref(), !holds),
        test => (test, holds),
    };
    let Test::True(Expr::Call(index)) = test else {
        return None;
    };
    let call = &facts.calls[*index as usize];
    match (&call.callee, call.args.as_slice()) {
        (Expr::Attr(object, name), [arg]) if object.bare() == subject => match &arg.value {
            Expr::Text(ending) if holds && matches!(name.as_str(), "endswith" | "endsWith") => {
                Some(ending)
            }
            _ => None,
        },
        _ => None,
    }
}

/// A string of which the end is not known, with the end that it surely has.
fn ending_in(value: &Value, ending: &str) -> Value {
    let mut text = match value {
        Value::Text(text) => match text.parts.last() {
            Some(Part::Hole(Why::Or(_, default))) if default.ends_with(ending) => {
                return value.clone();
            }
            Some(Part::Hole(Why::Or(why, _))) => {
                let mut text = text.clone();
                text.parts.pop();
                text.push(Part::Hole(why.as_ref().clone()));
                text
            }
            Some(Part::Hole(_)) => text.clone(),
            _ => return value.clone(),
        },
        Value::Hole(why) => Text::hole(why.clone()),
        other => return other.clone(),
    };
    text.push(Part::Literal(ending.into()));
    Value::Text(text)
}
