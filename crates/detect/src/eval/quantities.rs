//! Numbers as far as they are known: between which two they lie. How many pieces a split string has is known at
//! least from its separators, and at most where no hole of it may hold one.

use super::guards::About;
use super::*;

/// A number that is at least, and where that is known at most, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quantity {
    least: i64,
    most: Option<i64>,
}

impl Quantity {
    /// Zero.
    pub(super) const NONE: Quantity = Quantity::exactly(0);

    const fn exactly(number: i64) -> Quantity {
        Quantity {
            least: number,
            most: Some(number),
        }
    }

    fn at_least(least: usize) -> Quantity {
        Quantity {
            least: least as i64,
            most: None,
        }
    }

    /// One of two.
    fn or(self, other: Quantity) -> Quantity {
        let most = self.most.zip(other.most);
        Quantity {
            least: self.least.min(other.least),
            most: most.map(|(one, other)| one.max(other)),
        }
    }

    /// Whether it is smaller than another; `None` where both may be.
    pub(super) fn is_less(self, other: Quantity) -> Option<bool> {
        if self.most.is_some_and(|most| most < other.least) {
            return Some(true);
        }
        let never = other.most.is_some_and(|most| self.least >= most);
        never.then_some(false)
    }

    /// Whether both are the same number.
    pub(super) fn is(self, other: Quantity) -> Option<bool> {
        if self.is_less(other) == Some(true) || other.is_less(self) == Some(true) {
            return Some(false);
        }
        let both_known = self.most == Some(self.least) && other.most == Some(other.least);
        both_known.then_some(true)
    }
}

/// What an expression counts the elements or characters of: `len(parts)`, `parts.length`.
pub(super) fn counted<'f>(expr: &'f Expr, scope: &'f Scope) -> Option<&'f Expr> {
    match expr.bare() {
        Expr::Call(index) => {
            let call = &scope.facts.calls[*index as usize];
            match (&call.callee, call.args.as_slice()) {
                (Expr::Name(name), [only]) if name == "len" => Some(&only.value),
                _ => None,
            }
        }
        Expr::Attr(object, name) if name == "length" => Some(object),
        _ => None,
    }
}

/// What splits a string, and how often at most.
struct Split {
    limit: Option<usize>,
}

impl Evaluator<'_> {
    /// The number that an expression is.
    pub(super) fn quantity(
        &mut self,
        expr: &Expr,
        scope: &Scope,
        about: Option<About<'_>>,
    ) -> Option<Quantity> {
        if let Some(of) = counted(expr, scope) {
            let of = of.clone();
            return self.count(&of, scope, about);
        }
        let number = |value: &Value| match value {
            Value::Int(number) => Some(Quantity::exactly(*number)),
            _ => None,
        };
        let values = self.worth(expr, scope, about);
        any_of(values.iter().map(number))
    }

    /// How many elements or characters something has. A list may have grown or shrunk since it was made, unless it
    /// is one of the pieces of a string.
    fn count(&mut self, of: &Expr, scope: &Scope, about: Option<About<'_>>) -> Option<Quantity> {
        let split = split_of(of.bare(), scope)?;
        let values = self.worth(of, scope, about);
        let counts = values.iter().map(|value| match (value, &split) {
            (Value::Text(text), None) => Some(characters(text)),
            (Value::List(pieces), Some(split)) => Some(pieces_of(pieces, split)),
            _ => None,
        });
        any_of(counts)
    }
}

fn any_of(counts: impl Iterator<Item = Option<Quantity>>) -> Option<Quantity> {
    let counts: Option<Vec<Quantity>> = counts.collect();
    counts?.into_iter().reduce(Quantity::or)
}

fn characters(text: &Text) -> Quantity {
    let literal = |part: &Part| match part {
        Part::Literal(literal) => literal.chars().count(),
        Part::Any => 1,
        Part::Hole(_) => 0,
    };
    let least = text.parts.iter().map(literal).sum();
    match text.known() {
        Some(_) => Quantity::exactly(least as i64),
        None => Quantity::at_least(least),
    }
}

/// How many pieces a string was split into.
fn pieces_of(pieces: &[Values], split: &Split) -> Quantity {
    let has_hole = |piece: &Values| piece.known().is_none();
    // A hole that a path begins with stands before itself, for all folders that are in it.
    let stands_twice = match pieces {
        [first, second, ..] => match (first.first(), second.first()) {
            (Value::Text(first), Value::Text(second)) => {
                first.parts.len() == 1
                    && first.why().is_some()
                    && second.parts.first() == first.parts.first()
            }
            _ => false,
        },
        _ => false,
    };
    let least = pieces.len() - usize::from(stands_twice);
    let seen = (!pieces.iter().any(has_hole)).then_some(least as i64);
    let limit = split.limit.map(|limit| limit as i64 + 1);
    Quantity {
        least: least as i64,
        most: seen.or(limit),
    }
}

/// How an expression splits a string; nothing where it is none of the pieces of one, `None` where it may have been
/// changed since.
fn split_of(expr: &Expr, scope: &Scope) -> Option<Option<Split>> {
    let facts = &scope.facts;
    let made = match expr {
        Expr::Local { func, index } => {
            let is_it = |object: &Expr| object.bare() == expr;
            let mut calls = facts.calls.iter();
            let is_changed = calls.any(|call| {
                matches!(&call.callee, Expr::Attr(object, name) if is_it(object) && changes(name))
            });
            if is_changed {
                return None;
            }
            facts.functions[*func as usize].bindings[*index as usize].bare()
        }
        expr => expr,
    };
    let Expr::Call(index) = made else {
        return Some(None);
    };
    let call = &facts.calls[*index as usize];
    let Expr::Attr(_, name) = &call.callee else {
        return Some(None);
    };
    if name != "split" && name != "rsplit" {
        return Some(None);
    }
    let limit = call.args.iter().skip(1).find(|arg| {
        let name = arg.keyword.as_deref();
        name.is_none() || name == Some("maxsplit")
    });
    match limit.map(|limit| &limit.value) {
        None => Some(Some(Split { limit: None })),
        Some(Expr::Int(limit)) => {
            let limit = usize::try_from(*limit).ok();
            Some(Some(Split { limit }))
        }
        Some(_) => None,
    }
}

/// Whether a method changes the list that it is called on.
fn changes(method: &str) -> bool {
    matches!(
        method,
        "append"
            | "extend"
            | "insert"
            | "pop"
            | "remove"
            | "clear"
            | "push"
            | "shift"
            | "unshift"
            | "splice"
    )
}
