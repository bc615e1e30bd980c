//! What names stand for while a function is walked: the last value, or one of several after a branch.
//!
//! A branch runs each arm from the same state. What an arm changes is written down and undone, so
//! that a branch costs what its arms bind, not what is bound around it.

use rustc_hash::FxHashMap;

use crate::facts::{Expr, Name};
use crate::walk::MAX_ALTERNATIVES;

/// Where names are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    Module,
    Function(u32),
    Class(u32),
}

/// What an arm of a branch left names standing for.
pub(crate) type Changes = FxHashMap<Name, Vec<Expr>>;

/// One way through a branch: what it changed, and the guard under which it was gone.
#[derive(Default)]
pub(crate) struct End {
    pub(crate) guard: Option<u32>,
    pub(crate) changes: Changes,
}

pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    bindings: FxHashMap<Name, Vec<Expr>>,
    /// What names stood for before they were bound, since the first arm that is open.
    undo: Vec<(Name, Option<Vec<Expr>>)>,
    /// Where in `undo` each open arm begins.
    arms: Vec<usize>,
    /// Names of the module that a function binds.
    pub(crate) globals: Vec<Name>,
    /// The functions that a function's body defines somewhere, by the bindings that are kept for them: one within it may
    /// call one that stands further down.
    pub(crate) later: Vec<(Name, u32)>,
}

impl Scope {
    pub(crate) fn new(kind: ScopeKind) -> Scope {
        Scope {
            kind,
            bindings: FxHashMap::default(),
            undo: Vec::new(),
            arms: Vec::new(),
            globals: Vec::new(),
            later: Vec::new(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[Expr]> {
        self.bindings.get(name).map(Vec::as_slice)
    }

    /// The names that are bound, in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Name> {
        self.bindings.keys()
    }

    pub(crate) fn set(&mut self, name: Name, values: Vec<Expr>) {
        if self.arms.is_empty() {
            self.bindings.insert(name, values);
            return;
        }
        let old = self.bindings.insert(name.clone(), values);
        self.undo.push((name, old));
    }

    /// Takes back what `set` did: a name goes back to what it stood for.
    fn restore(&mut self, name: Name, old: Option<Vec<Expr>>) {
        match old {
            Some(values) => self.bindings.insert(name, values),
            None => self.bindings.remove(&name),
        };
    }

    pub(crate) fn open_arm(&mut self) {
        self.arms.push(self.undo.len());
    }

    /// What the arm changed so far.
    pub(crate) fn changes(&self) -> Changes {
        self.changes_since(self.open_arms())
    }

    /// How many arms are open.
    pub(crate) fn open_arms(&self) -> usize {
        self.arms.len()
    }

    /// What was changed since so many arms were open.
    pub(crate) fn changes_since(&self, arms: usize) -> Changes {
        let arm = arms.checked_sub(1).and_then(|arm| self.arms.get(arm));
        let start = arm.copied().unwrap_or_default();
        let changed = self.undo[start..].iter().map(|(name, _)| name);
        changed
            .filter_map(|name| Some((name.clone(), self.bindings.get(name)?.clone())))
            .collect()
    }

    /// What the arm changed; every name stands again for what it did before the arm.
    pub(crate) fn close_arm(&mut self) -> Changes {
        let start = self.arms.pop().unwrap_or_default();
        let mut changes = Changes::default();
        for (name, old) in self.undo.split_off(start).into_iter().rev() {
            if let Some(new) = self.bindings.get(&name) {
                changes.entry(name.clone()).or_insert_with(|| new.clone());
            }
            self.restore(name, old);
        }
        changes
    }

    /// Joins the ways through a branch that stands under a guard: a name stands for what any of them
    /// left, where that way was gone. Ways that change nothing are given as such.
    pub(crate) fn join(&mut self, ends: &[End], outer: Option<u32>) {
        let mut names: Vec<&Name> = ends.iter().flat_map(|end| end.changes.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let mut all: Vec<(Option<u32>, Expr)> = Vec::new();
            for end in ends {
                let values = end.changes.get(name).or_else(|| self.bindings.get(name));
                let guard = end.guard.filter(|_| ends.len() > 1 && end.guard != outer);
                for value in values.into_iter().flatten() {
                    let is_same = |known: &Expr| known.bare() == value.bare();
                    let known = all.iter().position(|(_, known)| is_same(known));
                    match known {
                        // What one of the ways asked about it is no matter after them.
                        Some(at) if all[at].1 != *value => all[at] = (None, value.bare().clone()),
                        // It is left by two ways, whatever their conditions.
                        Some(at) if all[at].0 != guard => all[at].0 = None,
                        Some(_) => {}
                        None if all.len() <= MAX_ALTERNATIVES => all.push((guard, value.clone())),
                        None => {}
                    }
                }
            }
            let all = all.into_iter().map(|(guard, value)| match guard {
                Some(guard) => Expr::When(guard, Box::new(value)),
                None => value,
            });
            self.set(name.clone(), all.collect());
        }
    }

    /// Names bound for the time of a comprehension: an arm whose changes nobody sees.
    pub(crate) fn discard_arm(&mut self) {
        self.close_arm();
    }
}
