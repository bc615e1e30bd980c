//! Conditions, as the walker reads them: which of what they ask somebody may decide who knows what a
//! function is given, and what has to stay open because it changes as the program runs.

use tree_sitter::Node;

use crate::facts::{Expr, Operator, Test};
use crate::roles::{Part, Role};
use crate::walk::Walker;

/// A condition deeper than this is not held.
pub(crate) const MAX_TEST: u32 = 6;

impl<'t> Walker<'t> {
    /// Reads a condition, and what of it a caller may decide.
    pub(crate) fn test(&mut self, node: Node<'t>) -> Option<Test> {
        self.test_at(node, MAX_TEST)
    }

    fn test_at(&mut self, node: Node<'t>, depth: u32) -> Option<Test> {
        if depth == 0 {
            self.expr(node);
            return None;
        }
        match self.role(node) {
            Some(Role::Inner) => {
                let inner = self.roles.part(node, Part::Value)?;
                self.test_at(inner, depth - 1)
            }
            Some(Role::Unary) => {
                let operator = self.roles.part(node, Part::Operator);
                let inner = self.roles.part(node, Part::Value)?;
                // Python's `not` has no operator beside it.
                if operator.is_some_and(|operator| self.source(operator) != "!") {
                    self.expr(inner);
                    return None;
                }
                let inner = self.test_at(inner, depth - 1);
                Some(Test::Not(Box::new(inner?)))
            }
            Some(Role::Binary | Role::Compare) => self.comparison(node, depth),
            _ => {
                let value = self.expr(node);
                match self.is_decided(&value) || option_of(&value).is_some() {
                    true => Some(Test::True(value)),
                    false => self.membership(&value, &["includes", "has"]),
                }
            }
        }
    }

    fn comparison(&mut self, node: Node<'t>, depth: u32) -> Option<Test> {
        let (Some(left), Some(right)) = (
            self.roles.part(node, Part::Left),
            self.roles.part(node, Part::Right),
        ) else {
            self.visit_children(node);
            return None;
        };
        let operator = self
            .roles
            .part(node, Part::Operator)
            .map_or("", |operator| self.source(operator));
        match operator {
            "and" | "&&" | "or" | "||" => {
                let is_and = matches!(operator, "and" | "&&");
                let left = self.test_at(left, depth - 1);
                let right = self.behind(left.as_ref(), is_and, right, |this| {
                    this.test_at(right, depth - 1)
                });
                match [left, right] {
                    [Some(left), Some(right)] if is_and => Some(Test::And(Box::new([left, right]))),
                    [Some(left), Some(right)] => Some(Test::Or(Box::new([left, right]))),
                    // One that fails fails the whole.
                    [Some(one), None] | [None, Some(one)] if is_and => {
                        Some(Test::Needs(Box::new(one)))
                    }
                    _ => None,
                }
            }
            "==" | "is" | "===" => self.equal(left, right),
            "!=" | "is not" | "!==" => Some(Test::Not(Box::new(self.equal(left, right)?))),
            "in" | "not in" => {
                let values = [left, right].map(|side| self.expr(side));
                // `"://" in path` is asked of the path.
                let is_of_text = matches!(values[0], Expr::Text(_)) && self.is_decided(&values[1]);
                if !is_of_text && !self.is_decided(&values[0]) {
                    return None;
                }
                let [value, collection] = values;
                let test = Test::In(value, collection);
                Some(match operator {
                    "in" => test,
                    _ => Test::Not(Box::new(test)),
                })
            }
            "<" | ">" | "<=" | ">=" => self.ordered(left, operator, right),
            _ => {
                self.expr(left);
                self.expr(right);
                None
            }
        }
    }

    /// `KINDS.includes(kind)`, by some names of such a method: it asks what `kind in KINDS` asks in Python.
    fn membership(&self, asked: &Expr, names: &[&str]) -> Option<Test> {
        let Expr::Call(index) = asked else {
            return None;
        };
        let call = &self.facts.calls[*index as usize];
        let (Expr::Attr(collection, name), [arg]) = (&call.callee, call.args.as_slice()) else {
            return None;
        };
        let is_asked = names.contains(&name.as_str()) && self.is_decided(&arg.value);
        is_asked.then(|| Test::In(arg.value.clone(), (**collection).clone()))
    }

    /// Reads the right side of `and`, which runs where the left one holds, or of `or`, where it does not.
    pub(crate) fn behind<R>(
        &mut self,
        left: Option<&Test>,
        holds: bool,
        right: Node<'t>,
        read: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let outer = self.guard;
        if let Some(test) = left
            && self.source(right).contains('(')
        {
            self.guard = self.add_guard(test.clone(), holds, outer);
        }
        let found = read(self);
        self.guard = outer;
        found
    }

    /// `len(parts) > 1`
    fn ordered(&mut self, left: Node<'t>, operator: &str, right: Node<'t>) -> Option<Test> {
        let values = [left, right].map(|side| self.expr(side));
        let is_fixed = |value: &Expr| matches!(value, Expr::Int(_) | Expr::Name(_));
        let one_is = values.iter().any(|value| self.is_decided(value));
        if !one_is
            || !values
                .iter()
                .all(|value| is_fixed(value) || self.is_decided(value))
        {
            return None;
        }
        let [left, right] = values;
        let not = |test: Test| Test::Not(Box::new(test));
        Some(match operator {
            "<" => Test::Less(left, right),
            ">" => Test::Less(right, left),
            "<=" => not(Test::Less(right, left)),
            _ => not(Test::Less(left, right)),
        })
    }

    fn equal(&mut self, left: Node<'t>, right: Node<'t>) -> Option<Test> {
        let name = (self.role(left) == Some(Role::Name)).then(|| self.source(left).into());
        let values = [left, right].map(|side| self.expr(side));
        let [left, right] = values;
        // `KINDS.indexOf(kind) === -1`
        if right == Expr::Int(-1)
            && let Some(found) = self.membership(&left, &["indexOf"])
        {
            return Some(Test::Not(Box::new(found)));
        }
        let is_plain = matches!(
            right,
            Expr::Text(_) | Expr::Int(_) | Expr::Bool(_) | Expr::Null
        );
        if !is_plain && !self.is_decided(&left) {
            return None;
        }
        if !self.is_decided(&left) && !matches!(right, Expr::Text(_)) {
            return None;
        }
        Some(Test::Equal(left, right, name))
    }

    /// Whether a caller may decide what an expression is: it is made of parameters, of what was bound before
    /// any loop or in this round of the loop around, and of nothing that changes as the program runs.
    pub(crate) fn is_decided(&self, value: &Expr) -> bool {
        match value {
            Expr::Param { .. } | Expr::This(_) => true,
            Expr::Local { func, index } => self.loops == 0 || self.is_of_this_round(*func, *index),
            Expr::When(_, value) => self.is_decided(value),
            // What several ways through left a name standing for.
            Expr::Alt(all) => all.iter().all(|one| self.is_decided(one)),
            // `self.mode`: whether it is what the object was made with is seen once the class is known whole.
            Expr::Attr(object, _) if matches!(object.as_ref(), Expr::This(_)) => true,
            // `urlparse(uri).scheme`, `kind.value`
            Expr::Attr(object, name) => is_part(name) && self.is_decided(object),
            // `key[0]`
            Expr::Index(object, at) => {
                matches!(at.as_ref(), Expr::Int(_)) && self.is_decided(object)
            }
            Expr::Slice(object, ends) => {
                let is_end = |end: &Expr| matches!(end, Expr::Int(_) | Expr::Null);
                is_end(&ends.0) && is_end(&ends.1) && self.is_decided(object)
            }
            // `any(c in pattern for c in "*?[")`
            Expr::Every(element) => self.is_decided(element),
            Expr::Binary(Operator::In, _, collection) => self.is_decided(collection),
            Expr::Call(index) => self.is_decided_call(*index),
            _ => false,
        }
    }

    fn is_decided_call(&self, index: u32) -> bool {
        let call = &self.facts.calls[index as usize];
        let first = call.args.first();
        let is_of_decided = first.is_some_and(|arg| self.is_decided(&arg.value));
        let asks = |name: &str| is_predicate(name) && call.args.len() == 1;
        match &call.callee {
            Expr::Attr(object, name) => match name.as_str() {
                "startswith" | "endswith" | "startsWith" | "endsWith" => {
                    self.is_decided(object) || self.is_of_element(object)
                }
                "includes" | "strip" | "lstrip" | "rstrip" | "lower" | "upper" | "trim"
                | "toLowerCase" | "toUpperCase" | "split" | "rsplit" => self.is_decided(object),
                "urlparse" | "urlsplit" | "isdir" => is_of_decided,
                name => asks(name) && is_of_decided,
            },
            Expr::Name(name) => {
                is_of_decided
                    && (matches!(
                        name.as_str(),
                        "isinstance"
                            | "len"
                            | "bool"
                            | "str"
                            | "any"
                            | "all"
                            | "urlparse"
                            | "urlsplit"
                            | "isdir"
                    ) || asks(name))
            }
            _ => false,
        }
    }

    /// Whether an expression is the element of a loop or a comprehension, or an entry of one: `found["Key"]`, `it.key`.
    fn is_of_element(&self, value: &Expr) -> bool {
        match value.bare() {
            Expr::Each(_) => true,
            Expr::Index(object, entry) => {
                let is_entry = matches!(entry.as_ref(), Expr::Text(_));
                is_entry && (self.is_decided(object) || self.is_of_element(object))
            }
            Expr::Attr(object, _) => self.is_decided(object) || self.is_of_element(object),
            _ => false,
        }
    }

    /// Whether a value was bound since this round of the innermost loop began: no earlier round left it.
    fn is_of_this_round(&self, func: u32, index: u32) -> bool {
        self.round
            .is_some_and(|(around, first)| around == func && index >= first)
    }
}

/// Whether an attribute is a part of the value itself, whatever happens to the object.
fn is_part(name: &str) -> bool {
    matches!(
        name,
        "scheme" | "netloc" | "path" | "query" | "fragment" | "value" | "length"
    )
}

/// Whether a function is asked a yes-or-no question, by its name: `is_s3_uri`, `isLocal`, `_looks_like_dir`.
pub(crate) fn is_predicate(name: &str) -> bool {
    const ASKING: [&str; 5] = ["is", "looks", "begins", "starts", "ends"];
    let name = name.trim_start_matches('_');
    let mut asked = ASKING.iter().filter_map(|word| name.strip_prefix(word));
    asked.any(|rest| rest.starts_with(|c: char| c == '_' || c.is_uppercase()))
}

/// The parameter, or the field of the object around, of which an expression is a member: `options.prefix`,
/// `options["prefix"]`, `this.options.prefix`.
pub(crate) fn option_of(value: &Expr) -> Option<&Expr> {
    let object = match value.bare() {
        Expr::Attr(object, _) => object,
        Expr::Index(object, entry) if matches!(**entry, Expr::Text(_)) => object,
        _ => return None,
    };
    let is_option = match object.bare() {
        Expr::Param { .. } => true,
        Expr::Attr(of, _) => matches!(**of, Expr::This(_)),
        _ => false,
    };
    is_option.then_some(object)
}
