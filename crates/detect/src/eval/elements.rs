//! Comprehensions over what is known: `[f"raw/{name}" for name in NAMES]` makes an element of each name, in their
//! order, and what is said of one element several times (`f"{key}-{value}" for key, value in PARTS.items()`) is said
//! of that one each time.

use super::*;

/// Of a longer collection any element is taken for all.
const MAX_ELEMENTS: usize = 24;
/// Expressions in one another that are looked through for the variable.
const MAX_LOOKS: u32 = 8;

impl Evaluator<'_> {
    /// What a comprehension makes of each element of its collection, in order, for each of those that it may be;
    /// `None` where nothing is known of any, or the comprehension has more than one variable.
    pub(super) fn of_each<T>(
        &mut self,
        made: &[&Expr],
        scope: &Scope,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> Option<Vec<Vec<T>>> {
        let variable = variable_of(made, &scope.facts, false)?;
        self.of_elements(&variable, scope, &mut make)
    }

    /// What is made of each element that a variable stands for, in order.
    fn of_elements<T>(
        &mut self,
        variable: &Expr,
        scope: &Scope,
        make: &mut dyn FnMut(&mut Self) -> T,
    ) -> Option<Vec<Vec<T>>> {
        let Expr::Each(collection) = variable else {
            return None;
        };
        let collections = self.eval(collection, scope);
        let mut all: Vec<Vec<Values>> = Vec::new();
        let mut is_known = false;
        for collection in collections.iter() {
            let elements: Vec<Values> = match collection {
                Value::List(elements) => elements.to_vec(),
                Value::Map(map) if map.open.is_none() || !map.others.is_empty() => {
                    map.pairs().map(|(key, _)| key).collect()
                }
                other => vec![each(other)],
            };
            is_known |= !matches!(collection, Value::Hole(_) | Value::External(_));
            all.push(elements);
        }
        let count: usize = all.iter().map(Vec::len).sum();
        if !is_known || count > MAX_ELEMENTS {
            return None;
        }
        let all = all.into_iter().map(|elements| {
            let made = elements.into_iter().map(|element| {
                let at = (
                    scope.facts.id,
                    scope.frame.clone(),
                    variable.clone(),
                    element,
                );
                self.elements.push(at);
                let one = make(self);
                self.elements.pop();
                one
            });
            made.collect()
        });
        Some(all.collect())
    }

    /// The string that the rounds of a loop put together. Of how many rounds nobody knows, it may be empty, or it
    /// begins as a round begins and ends as one ends.
    pub(super) fn of_all_rounds(&mut self, all: &Expr, scope: &Scope) -> Values {
        let unknown = || Why::Syntax(SmolStr::new_static("loop"));
        let Expr::Every(round) = all else {
            return self.eval(all, scope);
        };
        let variable = variable_of(&[round], &scope.facts, true);
        let lists = variable.and_then(|variable| {
            let make = &mut |this: &mut Self| as_told(&this.eval(round, scope));
            self.of_elements(&variable, scope, make)
        });
        if let Some(lists) = lists {
            return Values::collect(
                lists
                    .iter()
                    .flat_map(|rounds| Values::concat(rounds).iter().cloned().collect::<Vec<_>>()),
            );
        }
        let one = as_told(&self.eval(round, scope));
        let [one] = one.iter().as_slice() else {
            return Values::hole(unknown());
        };
        let one = one.to_text();
        let mut many = Text::default();
        if let Some(first @ Part::Literal(_)) = one.parts.first() {
            many.push(first.clone());
        }
        many.push(Part::Hole(one.why().cloned().unwrap_or_else(unknown)));
        if let [_, .., last @ Part::Literal(_)] = one.parts.as_slice() {
            many.push(last.clone());
        }
        Values::collect([Value::text(""), Value::Text(many)])
    }

    /// The element that a comprehension's variable stands for while it is gone through.
    pub(super) fn taken(&self, variable: &Expr, scope: &Scope) -> Option<&Values> {
        let mut taken = self.elements.iter().rev();
        let found = taken.find(|(facts, frame, of, _)| {
            *facts == scope.facts.id && *frame == scope.frame && of == variable
        });
        found.map(|(_, _, _, element)| element)
    }
}

/// The one variable that some expressions are made with; `None` where there are several, or where a name is made with
/// it, which is worked out once for all elements, unless what that name may be for any of them will do.
fn variable_of(made: &[&Expr], facts: &Facts, any_will_do: bool) -> Option<Expr> {
    let mut look = Look {
        facts,
        found: None,
        bound: Vec::new(),
    };
    for expr in made {
        look.look(expr, MAX_LOOKS)?;
    }
    let variable = look.found?;
    let mut bound = look.bound.iter();
    let is_made = !any_will_do && bound.any(|value| has(value, variable, facts, MAX_LOOKS));
    (!is_made).then(|| variable.clone())
}

/// The strings of some values, without those that are told from another one by what stands in their holes alone.
fn as_told(values: &Values) -> Values {
    let is_hole = |part: &Part| matches!(part, Part::Hole(_));
    let is_told = |a: &Text, b: &Text| {
        let mut pairs = a.parts.iter().zip(&b.parts);
        a.parts.len() != b.parts.len() || pairs.any(|(a, b)| a != b && !(is_hole(a) && is_hole(b)))
    };
    let mut all: Vec<Text> = Vec::new();
    for value in values.iter() {
        let text = value.to_text();
        if all.iter().all(|known| is_told(known, &text)) {
            all.push(text);
        }
    }
    Values::collect(all.into_iter().map(Value::Text))
}

/// A look for the one variable of a comprehension.
struct Look<'f> {
    facts: &'f Facts,
    found: Option<&'f Expr>,
    /// What the local names are worth that it is made with.
    bound: Vec<&'f Expr>,
}

impl<'f> Look<'f> {
    /// `None` where there are several, or something that is worked out once for all elements.
    fn look(&mut self, expr: &'f Expr, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::Each(inner) => {
                if has_each(inner, depth, self.facts) {
                    return None;
                }
                match self.found {
                    Some(known) if known != expr => None,
                    _ => {
                        self.found = Some(expr);
                        Some(())
                    }
                }
            }
            Expr::Func(_) | Expr::Class(_) => None,
            Expr::Local { func, index } => {
                let functions = &self.facts.functions;
                self.bound
                    .push(&functions[*func as usize].bindings[*index as usize]);
                Some(())
            }
            Expr::Call(index) => {
                let call = &self.facts.calls[*index as usize];
                self.look(&call.callee, depth)?;
                call.args
                    .iter()
                    .try_for_each(|arg| self.look(&arg.value, depth))
            }
            Expr::Concat(parts) | Expr::List(parts) | Expr::Alt(parts) => {
                parts.iter().try_for_each(|part| self.look(part, depth))
            }
            Expr::Binary(_, left, right) | Expr::Index(left, right) => {
                self.look(left, depth)?;
                self.look(right, depth)
            }
            Expr::Map(entries) => entries.iter().try_for_each(|(key, value)| {
                if let Some(key) = key {
                    self.look(key, depth)?;
                }
                self.look(value, depth)
            }),
            Expr::Slice(object, _) => self.look(object, depth),
            Expr::Attr(inner, _)
            | Expr::Spread(inner)
            | Expr::When(_, inner)
            | Expr::Set(inner) => self.look(inner, depth),
            Expr::Declared(both) => self.look(&both.0, depth),
            // A comprehension within one has a variable of its own.
            Expr::Every(_) | Expr::EveryEntry(_) | Expr::Filtered(_) => None,
            _ => Some(()),
        }
    }
}

/// Whether an expression takes an element of something by itself.
fn has_each(expr: &Expr, depth: u32, facts: &Facts) -> bool {
    any_part(expr, facts, depth, &|part| matches!(part, Expr::Each(_)))
}

fn has(expr: &Expr, part: &Expr, facts: &Facts, depth: u32) -> bool {
    any_part(expr, facts, depth, &|inner| inner == part)
}

/// Whether an expression is, or is made of, one that is looked for.
pub(crate) fn any_part(
    expr: &Expr,
    facts: &Facts,
    depth: u32,
    is_it: &dyn Fn(&Expr) -> bool,
) -> bool {
    if is_it(expr) {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let any = |inner: &Expr| any_part(inner, facts, depth, is_it);
    match expr {
        Expr::Call(index) => {
            let call = &facts.calls[*index as usize];
            any(&call.callee) || call.args.iter().any(|arg| any(&arg.value))
        }
        Expr::Concat(parts) | Expr::List(parts) | Expr::Alt(parts) => parts.iter().any(any),
        Expr::Binary(_, left, right) | Expr::Index(left, right) => any(left) || any(right),
        Expr::Attr(inner, _)
        | Expr::Slice(inner, _)
        | Expr::Spread(inner)
        | Expr::Filtered(inner)
        | Expr::When(_, inner)
        | Expr::Set(inner)
        | Expr::Each(inner) => any(inner),
        Expr::Declared(both) => any(&both.0),
        _ => false,
    }
}
