//! What a condition on the letters of a text says of it: behind `if prefix.endswith("/"):` it ends so, and what is made of
//! a text on the way for others (`f"{prefix}/"`) is not made of one that ends so.

use super::comparisons::texts_of;
use super::guards::{About, mentions};
use super::*;
use crate::facts::Test;
use crate::value::MAX_ALTERNATIVES;

impl Evaluator<'_> {
    /// A part of something that conditions asked about (`found["Key"]` behind `if found["Key"].endswith(".json"):`), with
    /// what they surely leave of it.
    pub(super) fn part_with_edges(
        &mut self,
        part: &Expr,
        object: &Expr,
        values: Values,
        scope: &Scope,
    ) -> Values {
        let mut values = values;
        let mut at = object;
        while let Expr::When(guard, inner) = at {
            values = self.with_edge(*guard, part, values, scope);
            at = inner;
        }
        values
    }

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

    /// Alternatives of something with the beginning or end that they surely have where a guard holds.
    pub(super) fn with_edge(
        &mut self,
        guard: u32,
        subject: &Expr,
        values: Values,
        scope: &Scope,
    ) -> Values {
        let facts = scope.facts.clone();
        let guard = &facts.guards[guard as usize];
        // `if prefix and not prefix.endswith("/"):`, behind which it is empty or ends so.
        if let Test::And(both) = &guard.test
            && !guard.holds
            && matches!(&both[0], Test::True(value) if value.bare() == subject)
            && let Some([edge]) = self.edge(&both[1], false, subject, scope).as_deref()
        {
            let of_one = |value: &Value| match value {
                Value::Hole(_) => vec![Value::text(""), edge.put_on(value)],
                other => vec![other.clone()],
            };
            return Values::collect(values.iter().flat_map(of_one));
        }
        let edges = self.edges(&guard.test, guard.holds, subject, scope);
        put_on_all(&edges, values)
    }

    /// An element of a collection that passes a test (`keys.filter((key) => key.endsWith(".json"))`), with what that says of it.
    pub(crate) fn passing(&mut self, test: &Closure, element: &Value) -> Values {
        let whole = || Values::one(element.clone());
        let [Expr::Call(index)] = test.func.function().returns.as_slice() else {
            return whole();
        };
        let test_of = Test::True(Expr::Call(*index));
        let facts = test.func.facts.clone();
        let Some(subject) = tested(&test_of, &facts) else {
            return whole();
        };
        let args = Args {
            positional: vec![whole()],
            ..Args::default()
        };
        let given = self.bind(test, &args);
        let scope = self.enter(test, given);
        let edges = self.edges(&test_of, true, subject, &scope);
        if self.eval(subject, &scope).first() == element {
            return put_on_all(&edges, whole());
        }
        match subject {
            Expr::Attr(_, name) => {
                crate::listings::with_key(element, name, |key| put_on_all(&edges, key))
            }
            _ => whole(),
        }
    }

    /// What a string surely begins with and ends in where a condition holds, or does not: `prefix.endswith("/")`, also
    /// with others beside it (`key.startswith("/") and key.endswith(".json")`).
    fn edges(
        &mut self,
        test: &Test,
        holds: bool,
        subject: &Expr,
        scope: &Scope,
    ) -> Vec<OneOfEdges> {
        match test {
            Test::Not(test) => self.edges(test, !holds, subject, scope),
            Test::And(both) if holds => {
                let mut edges = self.edges(&both[0], true, subject, scope);
                edges.extend(self.edges(&both[1], true, subject, scope));
                edges
            }
            Test::Or(both) if !holds => {
                let mut edges = self.edges(&both[0], false, subject, scope);
                edges.extend(self.edges(&both[1], false, subject, scope));
                edges
            }
            _ => Vec::from_iter(self.edge(test, holds, subject, scope)),
        }
    }

    /// What it begins with or ends in by one condition, also with another one beside it that does not decide
    /// (`left.endswith("/") or right.startswith("/")`).
    fn edge(
        &mut self,
        test: &Test,
        holds: bool,
        subject: &Expr,
        scope: &Scope,
    ) -> Option<OneOfEdges> {
        match test {
            Test::Not(test) => self.edge(test, !holds, subject, scope),
            Test::Or(both) if holds => {
                let (one, other) = (&both[0], &both[1]);
                [(one, other), (other, one)]
                    .into_iter()
                    .find_map(|(test, beside)| {
                        let edge = self.edge(test, true, subject, scope)?;
                        (self.holds(beside, scope, None) == Some(false)).then_some(edge)
                    })
            }
            Test::True(Expr::Call(index)) if holds => {
                let facts = scope.facts.clone();
                let call = &facts.calls[*index as usize];
                let (Expr::Attr(object, name), [arg]) = (&call.callee, call.args.as_slice()) else {
                    return None;
                };
                if !is_same_place(object, subject) {
                    return None;
                }
                let edge = match name.as_str() {
                    "startswith" | "startsWith" => Edge::Beginning,
                    "endswith" | "endsWith" => Edge::Ending,
                    _ => return None,
                };
                let asked = self.eval(&arg.value, scope);
                // `key.endswith((".jpg", ".png"))`
                let texts = match asked.known() {
                    Some(text) => vec![text],
                    None => {
                        let texts = texts_of(&asked)?;
                        let texts = texts.iter().cloned().map(Values::one);
                        texts.filter_map(|text| text.known()).collect()
                    }
                };
                let edges: OneOfEdges = texts.iter().map(|text| edge(text.into())).collect();
                edges.iter().all(Edge::is_told).then_some(edges)
            }
            _ => None,
        }
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

/// Values with the edges that they surely have. Where that makes too many, they stay as they are.
fn put_on_all(edges: &[OneOfEdges], values: Values) -> Values {
    edges.iter().fold(values, |values, edges| {
        let with = values
            .iter()
            .flat_map(|value| edges.iter().map(|edge| edge.put_on(value)));
        let with: Vec<Value> = with.collect();
        match with.len() > MAX_ALTERNATIVES {
            true => values,
            false => Values::collect(with),
        }
    })
}

/// Whether two expressions name the same, under whatever guards: `found["Key"]` before a condition on `found` and after it.
fn is_same_place(one: &Expr, other: &Expr) -> bool {
    match (one.bare(), other.bare()) {
        (Expr::Index(one, at), Expr::Index(other, other_at)) => {
            at == other_at && is_same_place(one, other)
        }
        (Expr::Attr(one, name), Expr::Attr(other, other_name)) => {
            name == other_name && is_same_place(one, other)
        }
        (one, other) => one == other,
    }
}

/// Edges of which a string has one.
type OneOfEdges = Vec<Edge>;

/// What a string begins with, or ends in.
enum Edge {
    Beginning(SmolStr),
    Ending(SmolStr),
}

impl Edge {
    /// Of a beginning, marks and folders count: another one with words is asked for by what takes the string apart.
    fn is_told(&self) -> bool {
        match self {
            Edge::Beginning(text) => {
                let is_folder = text.ends_with('/') && !text.contains(':');
                is_folder || !text.contains(char::is_alphanumeric)
            }
            Edge::Ending(_) => true,
        }
    }

    /// A string that is not known at this edge, with what it surely has there.
    fn put_on(&self, value: &Value) -> Value {
        let text = match value {
            Value::Text(text) => text.clone(),
            Value::Hole(why) => Text::hole(why.clone()),
            other => return other.clone(),
        };
        let mut parts = text.parts.clone();
        let (at, literal) = match self {
            Edge::Beginning(literal) => (0, literal),
            Edge::Ending(literal) => (parts.len().saturating_sub(1), literal),
        };
        let Some(Part::Hole(why)) = parts.get(at) else {
            return value.clone();
        };
        if let Why::Or(why, default) = why {
            let has_it = match self {
                Edge::Beginning(literal) => default.starts_with(literal.as_str()),
                Edge::Ending(literal) => default.ends_with(literal.as_str()),
            };
            if has_it {
                return value.clone();
            }
            parts[at] = Part::Hole(why.as_ref().clone());
        }
        let beside = match self {
            Edge::Beginning(_) => 0,
            Edge::Ending(_) => parts.len(),
        };
        parts.insert(beside, Part::Literal(literal.clone()));
        let mut made = Text {
            parts: Vec::new(),
            ..text
        };
        parts.into_iter().for_each(|part| made.push(part));
        Value::Text(made)
    }
}
