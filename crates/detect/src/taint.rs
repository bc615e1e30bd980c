//! Which parameters an expression is made of, directly or through local names and calls. By syntax
//! alone, so that a file is known to hold no wrapper without resolving anything.

use rustc_hash::FxHashMap;

use crate::around::Around;
use crate::facts::{Expr, Facts, ImportItem};
use crate::walk::{RED_ZONE, STACK_STEP};

/// A parameter: its function, and its place there.
pub(crate) type ParamId = (u32, u32);

/// How the string of an expression begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// With a scheme of S3.
    Address,
    /// With what these parameters say, or with something else that is no address by itself.
    Unknown(Vec<ParamId>),
    /// With what a function makes that may be the repository's own, or what the object around holds; as [`Beginning::Unknown`]
    /// where that adds nothing.
    Made(Vec<ParamId>),
}

/// Local names and calls that are looked through for the beginning of a string.
const MAX_LOOKS: u32 = 32;

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

    /// How the string of an expression begins, by its syntax.
    pub(crate) fn beginning(&self, expr: &Expr, around: &dyn Around) -> Beginning {
        let mut params = Vec::new();
        let mut look = Look {
            around,
            left: MAX_LOOKS,
            is_made: false,
        };
        if look.begins(expr, self.facts, &mut params) {
            return Beginning::Address;
        }
        params.sort_unstable();
        params.dedup();
        match look.is_made {
            true => Beginning::Made(params),
            false => Beginning::Unknown(params),
        }
    }

    /// What a function of the same statement returns is made of, of what the functions around it are
    /// given.
    fn returned_by(&mut self, callee: &Expr) -> Vec<ParamId> {
        let facts = self.facts;
        let func = match callee {
            Expr::Func(func) => *func,
            Expr::Local { func, index } => {
                match &facts.functions[*func as usize].bindings[*index as usize] {
                    Expr::Func(func) => *func,
                    _ => return Vec::new(),
                }
            }
            _ => return Vec::new(),
        };
        let mut found = Vec::new();
        for value in &facts.functions[func as usize].returns {
            self.collect(value, &mut found);
        }
        found.retain(|(owner, _)| *owner < func);
        found
    }

    fn collect(&mut self, expr: &Expr, found: &mut Vec<ParamId>) {
        stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.collect_here(expr, found));
    }

    fn collect_here(&mut self, expr: &Expr, found: &mut Vec<ParamId>) {
        match expr {
            Expr::Param { func, index } => {
                found.push((*func, *index));
                let facts = self.facts;
                if let Some(given) = &facts.functions[*func as usize].params[*index as usize].given
                {
                    self.collect(given, found);
                }
            }
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
                made.extend(self.returned_by(&call.callee));
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
            Expr::Slice(object, ends) => {
                self.collect(object, found);
                self.collect(&ends.0, found);
                self.collect(&ends.1, found);
            }
            Expr::Attr(inner, _)
            | Expr::Spread(inner)
            | Expr::Each(inner)
            | Expr::Every(inner)
            | Expr::Filtered(inner)
            | Expr::When(_, inner)
            | Expr::Set(inner) => self.collect(inner, found),
            Expr::Declared(both) => self.collect(&both.0, found),
            Expr::EveryEntry(entry) => {
                self.collect(&entry.0, found);
                self.collect(&entry.1, found);
            }
            _ => {}
        }
    }
}

/// A look at how a string begins.
struct Look<'i> {
    around: &'i dyn Around,
    /// Expressions that may still be looked at.
    left: u32,
    /// Whether a function that may be the repository's own makes it, or who made the object around.
    is_made: bool,
}

impl Look<'_> {
    /// Whether it begins with a scheme of S3, for all that is known in this file.
    fn begins(&mut self, expr: &Expr, facts: &Facts, params: &mut Vec<ParamId>) -> bool {
        let Some(left) = self.left.checked_sub(1) else {
            return false;
        };
        self.left = left;
        match expr {
            Expr::Param { func, index } => {
                params.push((*func, *index));
                false
            }
            Expr::Text(text) => is_address(text),
            Expr::Local { func, index } => {
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                self.begins(bound, facts, params)
            }
            Expr::Call(index) => {
                let call = &facts.calls[*index as usize];
                self.is_made |= self.may_make_address(&call.callee, facts);
                let on = match &call.callee {
                    Expr::Attr(object, _) => self.begins(object, facts, params),
                    _ => false,
                };
                let first = call.args.first().map(|arg| &arg.value);
                on || first.is_some_and(|first| self.begins(first, facts, params))
            }
            Expr::Concat(parts) => parts
                .first()
                .is_some_and(|first| self.begins(first, facts, params)),
            Expr::Alt(parts) | Expr::List(parts) => parts
                .iter()
                .map(|part| self.begins(part, facts, params))
                .max()
                .unwrap_or(false),
            // `self.root`: who makes the object says whether that is an address.
            Expr::Attr(inner, _) if is_own(inner) => {
                self.is_made = true;
                false
            }
            Expr::Binary(_, inner, _)
            | Expr::Index(inner, _)
            | Expr::Slice(inner, _)
            | Expr::Attr(inner, _)
            | Expr::Spread(inner)
            | Expr::Each(inner)
            | Expr::Every(inner)
            | Expr::Filtered(inner)
            | Expr::When(_, inner)
            | Expr::Set(inner) => self.begins(inner, facts, params),
            Expr::Declared(both) => self.begins(&both.0, facts, params),
            Expr::Name(name) => self.is_address_constant(name),
            Expr::Own(index) => {
                let value = &facts.definitions[*index as usize].value;
                self.begins(value, facts, params)
            }
            _ => false,
        }
    }

    /// Whether a function may be one of the repository that puts the scheme in front, as far as its name tells.
    fn may_make_address(&self, callee: &Expr, facts: &Facts) -> bool {
        match callee {
            Expr::Func(_) | Expr::Local { .. } => true,
            Expr::Name(name) => {
                self.around.binds(name).is_some_and(|(facts, index)| {
                    match &facts.definitions[index as usize].value {
                        Expr::Import(import) => {
                            let import = &facts.imports[*import as usize];
                            matches!(import.item, ImportItem::Named(_))
                                && !is_of_paths(&import.module)
                        }
                        _ => true,
                    }
                })
            }
            Expr::Own(index) => {
                !matches!(facts.definitions[*index as usize].value, Expr::Import(_))
            }
            // Of a method its name has to say so: nearly every string is given through some.
            Expr::Attr(_, name) => {
                let name = name.to_lowercase();
                let words = ["url", "uri", "path", "s3", "address", "location", "key"];
                words.iter().any(|word| name.contains(word)) && !is_of_paths(&name)
            }
            _ => false,
        }
    }

    /// Whether a name of the module may stand for a string with the scheme; one that is imported
    /// may.
    fn is_address_constant(&mut self, name: &str) -> bool {
        let Some((facts, index)) = self.around.binds(name) else {
            return false;
        };
        match &facts.definitions[index as usize].value {
            Expr::Import(import) => {
                matches!(facts.imports[*import as usize].item, ImportItem::Named(_))
            }
            // What a function of another statement is given is no parameter here.
            value => self.begins(value, &facts, &mut Vec::new()),
        }
    }
}

/// Whether an expression is the object around, or something in it: `self`, `self.config`.
fn is_own(expr: &Expr) -> bool {
    match expr.bare() {
        Expr::This(_) => true,
        Expr::Attr(object, _) => is_own(object),
        _ => false,
    }
}

/// Modules, and methods of strings and paths, that make local paths of what they are given.
fn is_of_paths(name: &str) -> bool {
    matches!(
        name,
        "os" | "os.path"
            | "posixpath"
            | "pathlib"
            | "path"
            | "node:path"
            | "joinpath"
            | "abspath"
            | "realpath"
            | "relpath"
            | "normpath"
            | "urllib.parse"
    )
}

/// Whether a literal begins with a scheme of S3.
fn is_address(text: &str) -> bool {
    ["s3://", "s3a://", "s3n://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}
