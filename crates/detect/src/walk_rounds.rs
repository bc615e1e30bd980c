//! Strings that a loop puts together: `for name in PARTS: path += f"{name}/"` leaves the pieces of all rounds one
//! after the other, and no single one of them.

use tree_sitter::Node;

use crate::facts::{Expr, Operator};
use crate::roles::Part;
use crate::scope::Changes;
use crate::walk::Walker;

/// Expressions in one another that are looked through for what a round adds.
const MAX_LOOKS: u32 = 8;

impl<'t> Walker<'t> {
    /// Takes out of what a loop changed the strings that each of its rounds adds to, with what they are after all rounds.
    pub(crate) fn put_together(
        &self,
        node: Node<'t>,
        changes: &mut Changes,
    ) -> Vec<(String, Expr)> {
        let (Some((func, first)), Some(body), Some(_)) = (
            self.round,
            self.roles.part(node, Part::Body),
            self.roles.part(node, Part::Iterable),
        ) else {
            return Vec::new();
        };
        let mut made: Vec<(String, Expr)> = Vec::new();
        for (name, values) in changes.iter() {
            let [value] = values.as_slice() else { continue };
            let mut added = Vec::new();
            let old = self.lookup(name);
            if !matches!(value, Expr::Local { func: of, index } if (*of, *index >= first) == (func, true))
                || !self.added_to(value, &old, MAX_LOOKS, &mut added)
                || added.is_empty()
            {
                continue;
            }
            let is_string = |part: &Expr| matches!(part, Expr::Text(_) | Expr::Concat(_));
            if added.iter().any(is_string) || is_string(self.bound(&old)) {
                let added = added
                    .iter()
                    .map(|part| self.of_round(part, (func, first), MAX_LOOKS));
                let all = Expr::Every(Box::new(Expr::Concat(added.collect())));
                let all = Expr::Spread(Box::new(all));
                made.push((name.to_string(), Expr::Concat(vec![old, all])));
            }
        }
        // Not every round may come to what it adds.
        let text = if made.is_empty() {
            ""
        } else {
            self.source(body)
        };
        if text.contains("continue") || text.contains("break") {
            return Vec::new();
        }
        changes.retain(|name, _| !made.iter().any(|(known, _)| known == name));
        made.sort_by(|a, b| a.0.cmp(&b.0));
        made
    }

    /// Whether a value is another one with more after it, and what that is.
    fn added_to(&self, value: &Expr, old: &Expr, depth: u32, added: &mut Vec<Expr>) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        if value == old {
            return true;
        }
        match value {
            Expr::Local { .. } => self.added_to(self.bound(value), old, depth, added),
            Expr::Binary(Operator::Add, left, right) => {
                let is_it = self.added_to(left, old, depth, added);
                added.push((**right).clone());
                is_it
            }
            Expr::Concat(parts) => {
                let Some((first, rest)) = parts.split_first() else {
                    return false;
                };
                let is_it = self.added_to(first, old, depth, added);
                added.extend(rest.iter().cloned());
                is_it
            }
            _ => false,
        }
    }

    /// What a name stands for.
    fn bound<'w>(&'w self, value: &'w Expr) -> &'w Expr {
        match value {
            Expr::Local { func, index } => {
                &self.facts.functions[*func as usize].bindings[*index as usize]
            }
            value => value,
        }
    }

    /// An expression of one round, with what the names of that round stand for in their place.
    fn of_round(&self, expr: &Expr, round: (u32, u32), depth: u32) -> Expr {
        let Some(depth) = depth.checked_sub(1) else {
            return expr.clone();
        };
        let of = |inner: &Expr| self.of_round(inner, round, depth);
        let all = |inner: &[Expr]| inner.iter().map(of).collect();
        match expr {
            Expr::Local { func, index } if *func == round.0 && *index >= round.1 => {
                of(self.bound(expr))
            }
            Expr::Concat(parts) => Expr::Concat(all(parts)),
            Expr::Alt(parts) => Expr::Alt(all(parts)),
            Expr::Binary(operator, left, right) => {
                Expr::Binary(*operator, Box::new(of(left)), Box::new(of(right)))
            }
            Expr::Index(object, index) => Expr::Index(Box::new(of(object)), Box::new(of(index))),
            Expr::Attr(object, name) => Expr::Attr(Box::new(of(object)), name.clone()),
            Expr::When(guard, inner) => Expr::When(*guard, Box::new(of(inner))),
            _ => expr.clone(),
        }
    }
}
