//! Which parameters an expression is made of, directly or through local names and calls. By syntax
//! alone, so that a file is known to hold no wrapper without resolving anything.

use rustc_hash::FxHashMap;

use crate::facts::{Expr, Facts};
use crate::walk::{RED_ZONE, STACK_STEP};

/// A parameter: its function, and its place there.
pub(crate) type ParamId = (u32, u32);

/// Asks about the expressions of some facts, remembering what local names and calls are made of.
pub(crate) struct Taint<'f> {
    facts: &'f Facts,
    locals: FxHashMap<(u32, u32), Vec<ParamId>>,
    calls: FxHashMap<u32, Vec<ParamId>>,
}

impl<'f> Taint<'f> {
    pub(crate) fn new(facts: &'f Facts) -> Taint<'f> {
        Taint {
            facts,
            locals: FxHashMap::default(),
            calls: FxHashMap::default(),
        }
    }

    /// The parameters that make up some of the expression, each once.
    pub(crate) fn of(&mut self, expr: &Expr) -> Vec<ParamId> {
        let mut found = Vec::new();
        self.collect(expr, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn collect(&mut self, expr: &Expr, found: &mut Vec<ParamId>) {
        stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.collect_here(expr, found));
    }

    fn collect_here(&mut self, expr: &Expr, found: &mut Vec<ParamId>) {
        match expr {
            Expr::Param { func, index } => found.push((*func, *index)),
            Expr::Local { func, index } => {
                let key = (*func, *index);
                if let Some(known) = self.locals.get(&key) {
                    return found.extend(known);
                }
                // Whatever leads back here says no more than what is gone through already.
                self.locals.insert(key, Vec::new());
                let facts = self.facts;
                let made = self.of(&facts.functions[*func as usize].bindings[*index as usize]);
                found.extend(&made);
                self.locals.insert(key, made);
            }
            Expr::Call(index) => {
                if let Some(known) = self.calls.get(index) {
                    return found.extend(known);
                }
                self.calls.insert(*index, Vec::new());
                let facts = self.facts;
                let call = &facts.calls[*index as usize];
                let mut made = self.of(&call.callee);
                for arg in &call.args {
                    made.extend(self.of(&arg.value));
                }
                made.sort_unstable();
                made.dedup();
                found.extend(&made);
                self.calls.insert(*index, made);
            }
            Expr::Concat(parts) | Expr::List(parts) | Expr::Alt(parts) => {
                parts.iter().for_each(|part| self.collect(part, found));
            }
            Expr::Map(entries) => {
                for (key, value) in entries {
                    self.collect(value, found);
                    key.iter().for_each(|key| self.collect(key, found));
                }
            }
            Expr::Binary(_, left, right) | Expr::Index(left, right) => {
                self.collect(left, found);
                self.collect(right, found);
            }
            Expr::Attr(inner, _) | Expr::Spread(inner) | Expr::Each(inner) | Expr::Every(inner) => {
                self.collect(inner, found);
            }
            _ => {}
        }
    }
}
