//! Parts of a string that come from one value: `f"{name}{suffix}"` in `for name, suffix in PAIRS`.
//!
//! Evaluated one by one, each part has all values of the loop, and together they make pairs that no run
//! makes. So what two parts or more are taken out of is taken one value at a time.

use super::*;

/// Names that stand for one another are followed this far.
const MAX_NAMES: usize = 8;
/// Local names between an element and what is made of it.
const MAX_LOCALS: u32 = 4;

/// A part of a string, as something taken out of something: `pair[0]` is `[0]` out of `pair`.
struct Taken<'f> {
    whole: &'f Expr,
    /// The indices and attributes, outermost first.
    steps: Vec<&'f Expr>,
}

/// What `left + right` puts together, in order, whatever stands in brackets on the left.
pub(super) fn terms<'e>(left: &'e Expr, right: &'e Expr) -> Vec<&'e Expr> {
    let mut all = vec![right];
    let mut at = left;
    while let Expr::Binary(Operator::Add, left, right) = at {
        all.push(right);
        at = left;
    }
    all.push(at);
    all.reverse();
    all
}

impl Evaluator<'_> {
    /// A concatenation of which at least two parts are taken out of one value that has alternatives;
    /// `None` for any other.
    pub(super) fn concat_of_one(&mut self, parts: &[&Expr], scope: &Scope) -> Option<Values> {
        let facts = scope.facts.clone();
        let taken: Vec<_> = parts.iter().map(|part| taken(part, &facts)).collect();
        if taken.iter().any(Taken::is_looked_up)
            && let Some(values) = self.concat_of_element(parts, scope)
        {
            return Some(values);
        }
        let whole = common(&taken)?;
        let wholes = self.eval(whole, scope);
        if wholes.iter().len() < 2 {
            return None;
        }
        let mut all = Vec::new();
        for one in wholes.iter() {
            let mut strings = Vec::new();
            for (part, taken) in parts.iter().zip(&taken) {
                let values = match taken.whole == whole {
                    true => self.taken_out(&taken.steps, one, scope),
                    false => self.eval(part, scope),
                };
                strings.push(self.as_strings(values));
            }
            all.extend(Values::concat(&strings).iter().cloned());
        }
        Some(Values::collect(all))
    }

    /// One of which a part is looked up by an element that another part is made of: `f"{kind}/{FILES[kind]}"` in
    /// `for kind in KINDS`.
    fn concat_of_element(&mut self, parts: &[&Expr], scope: &Scope) -> Option<Values> {
        let facts = scope.facts.clone();
        let variable = elements::variable_of(parts, &facts)?;
        let made = parts
            .iter()
            .filter(|part| elements::is_made_of(part, &variable, &facts, MAX_LOCALS));
        if made.count() < 2 || self.has_element(&variable, scope) {
            return None;
        }
        let lists = self.of_each(parts, scope, |this| {
            let strings = parts.iter().map(|part| {
                let values = this.eval(part, scope);
                this.as_strings(values)
            });
            let strings: Vec<_> = strings.collect();
            Values::concat(&strings)
        })?;
        let all = lists.iter().flatten();
        Some(Values::collect(all.flat_map(|made| made.iter().cloned())))
    }

    fn taken_out(&mut self, steps: &[&Expr], one: &Value, scope: &Scope) -> Values {
        let mut values = Values::one(one.clone());
        for step in steps.iter().rev() {
            values = match step {
                Expr::Index(_, index) => {
                    let index = self.eval(index, scope);
                    values.flat_map(|value| self.index(value, &index, scope.file))
                }
                Expr::Attr(_, name) => {
                    values.flat_map(|value| self.attribute(value, name, scope.file))
                }
                _ => values,
            };
        }
        values
    }
}

impl Taken<'_> {
    /// Whether it stands in something under a name that is not written there.
    fn is_looked_up(&self) -> bool {
        let is_it = |step: &&Expr| match step {
            Expr::Index(_, index) => !matches!(**index, Expr::Text(_) | Expr::Int(_)),
            _ => false,
        };
        self.steps.iter().any(is_it)
    }
}

fn taken<'f>(part: &'f Expr, facts: &'f Facts) -> Taken<'f> {
    let mut steps = Vec::new();
    let mut whole = part;
    let mut names = 0;
    loop {
        whole = match whole {
            Expr::Index(object, _) | Expr::Attr(object, _) => {
                steps.push(whole);
                object
            }
            Expr::Local { func, index } if names < MAX_NAMES => {
                names += 1;
                &facts.functions[*func as usize].bindings[*index as usize]
            }
            Expr::When(_, inner) => inner,
            Expr::Own(index) if names < MAX_NAMES => {
                names += 1;
                &facts.definitions[*index as usize].value
            }
            _ => return Taken { whole, steps },
        };
    }
}

/// What at least two parts are taken out of. Two loops over one list look the same, so what is no part
/// of an element does not count.
fn common<'f>(taken: &[Taken<'f>]) -> Option<&'f Expr> {
    let is_part = |of: &&Taken<'f>| !of.steps.is_empty() && may_be_several(of.whole);
    let parts: Vec<_> = taken.iter().filter(is_part).collect();
    let mut pairs = parts.iter().enumerate();
    pairs.find_map(|(at, part)| {
        let again = parts[at + 1..]
            .iter()
            .any(|other| other.whole == part.whole);
        again.then_some(part.whole)
    })
}

/// Whether something can have alternatives, as far as it says itself: most names do not.
fn may_be_several(whole: &Expr) -> bool {
    matches!(
        whole,
        Expr::Each(_) | Expr::Param { .. } | Expr::Alt(_) | Expr::Call(_)
    )
}
