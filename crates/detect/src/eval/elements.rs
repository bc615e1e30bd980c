//! Comprehensions over what is known: `[f"raw/{name}" for name in NAMES]` makes an element of each name, in their
//! order, and what is said of one element several times (`f"{key}-{value}" for key, value in PARTS.items()`) is said
//! of that one each time.

use super::*;

/// Of a longer collection any element is taken for all.
const MAX_ELEMENTS: usize = 24;
/// Expressions in one another that are looked through for the variable.
const MAX_LOOKS: u32 = 8;
/// Local names between it and what is made of it.
const MAX_LOCALS: u32 = 4;

impl Evaluator<'_> {
    /// What a comprehension makes of each element of its collection, in order, for each of those that it may be;
    /// `None` where nothing is known of any, or the comprehension has more than one variable.
    pub(super) fn of_each<T>(
        &mut self,
        made: &[&Expr],
        scope: &Scope,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> Option<Vec<Vec<T>>> {
        let variable = variable_of(made, &scope.facts)?;
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
        let collections = self.iterated(&collections);
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
                if self.took_element >= self.elements.len() {
                    self.took_element = usize::MAX;
                }
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
        let variable = variable_of(&[round], &scope.facts);
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

    /// Whether what a local name is worth is another thing for each of the elements that are gone through.
    pub(super) fn is_of_element(&self, binding: &Expr, scope: &Scope) -> bool {
        let mut taken = self.elements.iter();
        taken.any(|(facts, frame, of, _)| {
            *facts == scope.facts.id
                && *frame == scope.frame
                && is_made_of(binding, of, &scope.facts, MAX_LOCALS)
        })
    }

    /// Whether a variable stands for one element already.
    pub(super) fn has_element(&self, variable: &Expr, scope: &Scope) -> bool {
        self.element_at(variable, scope).is_some() || self.goes_through(variable, scope)
    }

    fn element_at(&self, variable: &Expr, scope: &Scope) -> Option<usize> {
        self.elements.iter().rposition(|(facts, frame, of, _)| {
            *facts == scope.facts.id && *frame == scope.frame && of == variable
        })
    }

    /// The element that a comprehension's variable stands for while it is gone through.
    pub(super) fn take_element(&mut self, variable: &Expr, scope: &Scope) -> Option<Values> {
        let at = self.element_at(variable, scope)?;
        self.took_element = self.took_element.min(at);
        Some(self.elements[at].3.clone())
    }
}

/// The one variable that some expressions are made with; `None` where there are several.
pub(super) fn variable_of(made: &[&Expr], facts: &Facts) -> Option<Expr> {
    let mut look = Look { facts, found: None };
    for expr in made {
        look.look(expr, MAX_LOOKS)?;
    }
    look.found.cloned()
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
}

impl<'f> Look<'f> {
    /// `None` where there are several, or something that is worked out once for all elements.
    fn look(&mut self, expr: &'f Expr, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::Each(inner) => {
                if takes_each(inner, depth, self.facts) {
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
            // The variable of a loop, or a part of it.
            Expr::Local { func, index } => {
                let binding = &self.facts.functions[*func as usize].bindings[*index as usize];
                match is_variable(binding, self.facts, MAX_LOCALS) {
                    true => self.look(binding, depth),
                    false => Some(()),
                }
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

/// Whether an expression is an element of something, or a part of one.
fn is_variable(expr: &Expr, facts: &Facts, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match expr {
        Expr::Each(_) => true,
        Expr::Index(inner, _) | Expr::Attr(inner, _) | Expr::When(_, inner) => {
            is_variable(inner, facts, depth)
        }
        Expr::Local { func, index } => {
            let binding = &facts.functions[*func as usize].bindings[*index as usize];
            is_variable(binding, facts, depth)
        }
        _ => false,
    }
}

/// Whether an expression takes an element of something.
pub(super) fn has_each(expr: &Expr, facts: &Facts) -> bool {
    any_part(expr, facts, MAX_LOOKS, &|part| {
        is_variable(part, facts, MAX_LOCALS)
    })
}

fn takes_each(expr: &Expr, depth: u32, facts: &Facts) -> bool {
    any_part(expr, facts, depth, &|part| matches!(part, Expr::Each(_)))
}

/// Whether an expression is made of another one, which local names may stand between.
pub(super) fn is_made_of(expr: &Expr, part: &Expr, facts: &Facts, locals: u32) -> bool {
    any_part(expr, facts, MAX_LOOKS, &|inner| {
        let is_made = |func: u32, index: u32, locals: u32| {
            let binding = &facts.functions[func as usize].bindings[index as usize];
            is_made_of(binding, part, facts, locals)
        };
        match inner {
            Expr::Local { func, index } if locals > 0 => is_made(*func, *index, locals - 1),
            inner => inner == part,
        }
    })
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
