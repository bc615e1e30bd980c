//! What a site's value is made of: the constants and functions that its expression goes through, wherever they are
//! defined. Who changes one of these changes what stands at the site, which may be in a file that nobody looks at.
//!
//! It is asked of values that are told of alone, and follows names as they are written; what it does not find, nothing is
//! said of.

use std::sync::Arc;

use blue_detect::{Call, Expr, Facts, FileId, Import, ImportItem, PlacedSite, SpanTree};
use blue_text::Span;
use smol_str::SmolStr;

use crate::db::{Db, FileTree, SourceFile, definitions, interface, module, positions};

/// Steps through expressions, for one site.
const MAX_STEPS: u32 = 256;
/// Imports that lead to one another.
const MAX_RENAMES: u32 = 8;
/// Definitions, for one site.
const MAX_PARTS: usize = 16;

/// Arguments of a client's calls that no key is made of.
const NO_KEYS: [&str; 3] = ["Bucket", "Body", "ContentType"];

/// A definition at the level of a module: its file, its name.
pub(crate) type Part = (FileId, SmolStr);

/// The definitions that a site's value is made of.
pub(crate) fn parts_of(db: &dyn Db, tree: FileTree, path: &str, site: &PlacedSite) -> Vec<Part> {
    let Some((id, file)) = tree.files(db).at(path) else {
        return Vec::new();
    };
    let mut walk = Walk {
        db,
        tree,
        found: Vec::new(),
        left: MAX_STEPS,
    };
    let Some((facts, call, value)) = call_of(db, file, site) else {
        return Vec::new();
    };
    let call = &facts.calls[call];
    if let Some(value) = &value {
        walk.expr(id, &facts, value);
    }
    walk.chain(call, &site.through);
    walk.found
}

/// The call that a site stands at, and what its argument says there.
fn call_of(
    db: &dyn Db,
    file: SourceFile,
    site: &PlacedSite,
) -> Option<(Arc<Facts>, usize, Option<Expr>)> {
    let positions = positions(db, file);
    let items = &positions.items;
    let after = items.partition_point(|(start, _)| *start <= site.span.start);
    let at = after.checked_sub(1)?;
    let (start, spans) = &items[at];
    let within = site.span.shifted(-i64::from(*start))?;
    let facts = interface(db, file).items.get(at)?.clone();
    let calls = spans.calls.iter().enumerate();
    // The innermost that has it as an argument, which may be a call itself.
    let candidates = calls.filter_map(|(index, call)| {
        let arg = call.args.iter().position(|arg| arg.span.covers(within));
        let is_here = arg.is_some() || call.call == within;
        is_here.then_some((call.call.len(), index, arg))
    });
    let (_, index, arg) =
        candidates.min_by_key(|(length, index, arg)| (arg.is_none(), *length, *index))?;
    let call = facts.calls.get(index)?;
    let value = arg.and_then(|arg| {
        let tree = &spans.calls[index].args[arg];
        Some(part_at(&call.args.get(arg)?.value, tree, within).clone())
    });
    Some((facts, index, value))
}

/// The part of a literal collection that stands at a span, else all of it.
fn part_at<'e>(expr: &'e Expr, tree: &SpanTree, span: Span) -> &'e Expr {
    let at = tree
        .children
        .iter()
        .position(|child| child.span.covers(span));
    let part = at.and_then(|at| match expr {
        Expr::Map(entries) => Some((&entries.get(at)?.1, at)),
        Expr::List(items) => Some((items.get(at)?, at)),
        _ => None,
    });
    match part {
        Some((part, at)) => part_at(part, &tree.children[at], span),
        None => expr,
    }
}

/// Whether a value is taken out of what a call returned.
fn is_result(facts: &Facts, expr: &Expr) -> bool {
    let mut at = expr;
    // A name may be bound to something of its own, in a loop.
    for _ in 0..MAX_STEPS {
        at = match at {
            Expr::Call(_) => return true,
            Expr::When(_, inner)
            | Expr::Index(inner, _)
            | Expr::Attr(inner, _)
            | Expr::Each(inner) => inner,
            Expr::Local { func, index } => {
                let function = facts.functions.get(*func as usize);
                match function.and_then(|it| it.bindings.get(*index as usize)) {
                    Some(value) => value,
                    None => return false,
                }
            }
            _ => return false,
        };
    }
    false
}

/// Whether what a function returns is made of its parameters.
fn is_of_params(facts: &Facts, expr: &Expr) -> bool {
    fn within(facts: &Facts, expr: &Expr, left: &mut u32) -> bool {
        let Some(less) = left.checked_sub(1) else {
            return true;
        };
        *left = less;
        match expr {
            Expr::Param { .. } => true,
            Expr::Index(object, _) | Expr::Attr(object, _) | Expr::Each(object)
                if is_result(facts, object) =>
            {
                false
            }
            Expr::Concat(parts) | Expr::List(parts) | Expr::Alt(parts) => {
                parts.iter().any(|part| within(facts, part, left))
            }
            Expr::Binary(_, a, b) | Expr::Index(a, b) => {
                within(facts, a, left) || within(facts, b, left)
            }
            Expr::Slice(inner, _)
            | Expr::Spread(inner)
            | Expr::Each(inner)
            | Expr::Every(inner)
            | Expr::Filtered(inner)
            | Expr::Set(inner)
            | Expr::Attr(inner, _)
            | Expr::When(_, inner) => within(facts, inner, left),
            Expr::Declared(both) => within(facts, &both.0, left),
            Expr::Local { func, index } => {
                let function = facts.functions.get(*func as usize);
                let value = function.and_then(|it| it.bindings.get(*index as usize));
                value.is_some_and(|value| within(facts, value, left))
            }
            Expr::Call(index) => facts.calls.get(*index as usize).is_some_and(|call| {
                let mut args = call.args.iter().map(|arg| &arg.value);
                args.any(|arg| within(facts, arg, left)) || within(facts, &call.callee, left)
            }),
            _ => false,
        }
    }
    within(facts, expr, &mut MAX_STEPS.clone())
}

struct Walk<'db> {
    db: &'db dyn Db,
    tree: FileTree,
    found: Vec<Part>,
    /// Steps that may still be made.
    left: u32,
}

impl Walk<'_> {
    fn source(&self, file: FileId) -> Option<SourceFile> {
        self.tree.files(self.db).get(file)
    }

    /// The functions that a call leads through, by their names, in the files that it is known to go through: what they
    /// give to calls of their own.
    fn chain(&mut self, call: &Call, through: &[FileId]) {
        let mut names: Vec<SmolStr> = call.callee_name().cloned().into_iter().collect();
        for id in through {
            let Some(file) = self.source(*id) else {
                continue;
            };
            let interface = interface(self.db, file);
            let mut next = Vec::new();
            for facts in &interface.items {
                for function in facts.functions.iter().filter(|it| names.contains(&it.name)) {
                    let Some(calls) = facts
                        .calls
                        .get(function.calls.start as usize..function.calls.end as usize)
                    else {
                        continue;
                    };
                    for definition in &facts.definitions {
                        self.push(*id, &definition.name);
                    }
                    for call in calls {
                        next.extend(call.callee_name().cloned());
                        for arg in &call.args {
                            self.given(*id, facts, (arg.keyword.as_ref(), &arg.value));
                        }
                    }
                }
            }
            names = next;
        }
    }

    /// What a function gives to a call of its own, as far as a key may be made of it.
    fn given(&mut self, file: FileId, facts: &Facts, (name, value): (Option<&SmolStr>, &Expr)) {
        let is_no_key = |name: &SmolStr| NO_KEYS.iter().any(|no| name.eq_ignore_ascii_case(no));
        match value {
            _ if name.is_some_and(is_no_key) => {}
            Expr::Map(entries) => {
                for (key, value) in entries {
                    let name = match key {
                        Some(Expr::Text(name)) => Some(name),
                        _ => None,
                    };
                    self.given(file, facts, (name, value));
                }
            }
            value => self.expr(file, facts, value),
        }
    }

    fn push(&mut self, file: FileId, name: &SmolStr) -> bool {
        let part = (file, name.clone());
        let is_new = self.found.len() < MAX_PARTS && !self.found.contains(&part);
        if is_new {
            self.found.push(part);
        }
        is_new
    }

    fn expr(&mut self, file: FileId, facts: &Facts, expr: &Expr) {
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        self.left = left;
        match expr {
            Expr::Concat(parts) | Expr::List(parts) | Expr::Alt(parts) => {
                for part in parts {
                    self.expr(file, facts, part);
                }
            }
            Expr::Binary(_, a, b) => {
                self.expr(file, facts, a);
                self.expr(file, facts, b);
            }
            // What is in the result of a call is not made of what the call was given.
            Expr::Index(object, _) | Expr::Attr(object, _) | Expr::Each(object)
                if is_result(facts, object) => {}
            Expr::Index(a, b) => {
                self.expr(file, facts, a);
                self.expr(file, facts, b);
            }
            Expr::Slice(inner, _)
            | Expr::Spread(inner)
            | Expr::Each(inner)
            | Expr::Every(inner)
            | Expr::Filtered(inner)
            | Expr::Set(inner)
            | Expr::When(_, inner) => self.expr(file, facts, inner),
            Expr::Declared(both) => self.expr(file, facts, &both.0),
            Expr::Local { func, index } => {
                let function = facts.functions.get(*func as usize);
                if let Some(value) = function.and_then(|it| it.bindings.get(*index as usize)) {
                    self.expr(file, facts, value);
                }
            }
            Expr::Attr(object, name) => match self.module_of(file, facts, object) {
                Some(target) => self.name(target, name),
                None => self.expr(file, facts, object),
            },
            Expr::Name(name) => self.name(file, name),
            Expr::Own(index) => {
                if let Some(definition) = facts.definitions.get(*index as usize) {
                    self.name(file, &definition.name);
                }
            }
            Expr::Import(index) => {
                if let Some(import) = facts.imports.get(*index as usize) {
                    self.import(file, import);
                }
            }
            Expr::This(class) => {
                if let Some(class) = facts.classes.get(*class as usize) {
                    self.push(file, &class.name);
                }
            }
            Expr::Func(index) => {
                let function = facts.functions.get(*index as usize);
                for value in function.into_iter().flat_map(|it| &it.returns) {
                    self.expr(file, facts, value);
                }
            }
            Expr::Call(index) => {
                if let Some(call) = facts.calls.get(*index as usize) {
                    self.call(file, facts, call);
                }
            }
            _ => {}
        }
    }

    /// What a call returns: of a function of the repository, what it makes of its parameters; any other may be made of all
    /// that it is given.
    fn call(&mut self, file: FileId, facts: &Facts, call: &Call) {
        let is_handed_on = match &call.callee {
            Expr::Name(name) => self
                .function(file, name, 0)
                .is_none_or(|(facts, function)| {
                    let function = &facts.functions[function as usize];
                    function.returns.iter().any(|it| is_of_params(&facts, it))
                }),
            _ => true,
        };
        for arg in call.args.iter().filter(|_| is_handed_on) {
            self.expr(file, facts, &arg.value);
        }
        match &call.callee {
            // `"{}/{}".format(…)`, `key(…).strip("/")`
            Expr::Attr(object, name) => match self.module_of(file, facts, object) {
                Some(target) => self.name(target, name),
                None => self.expr(file, facts, object),
            },
            callee => self.expr(file, facts, callee),
        }
    }

    /// The function that a name of a module stands for, wherever it is defined: its facts, and its place in them.
    fn function(&self, file: FileId, name: &SmolStr, depth: u32) -> Option<(Arc<Facts>, u32)> {
        let found = definitions(self.db, self.source(file)?, name.clone());
        let (facts, index) = found.last()?.clone();
        match &facts.definitions[index as usize].value {
            Expr::Func(function) => Some((facts.clone(), *function)),
            Expr::Import(import) if depth < MAX_RENAMES => {
                let import = facts.imports.get(*import as usize)?;
                let ImportItem::Named(name) = &import.item else {
                    return None;
                };
                let target = self.target(file, &import.module)?;
                self.function(target, name, depth + 1)
            }
            _ => None,
        }
    }

    /// What a name of a module stands for.
    fn name(&mut self, file: FileId, name: &SmolStr) {
        let Some(source) = self.source(file) else {
            return;
        };
        let definitions = definitions(self.db, source, name.clone());
        let Some((facts, index)) = definitions.last() else {
            return;
        };
        let value = &facts.definitions[*index as usize].value;
        // What was imported is defined elsewhere.
        if matches!(value, Expr::Import(_)) || self.push(file, name) {
            self.expr(file, facts, value);
        }
    }

    fn import(&mut self, file: FileId, import: &Import) {
        let target = self.target(file, &import.module);
        if let (Some(target), ImportItem::Named(name)) = (target, &import.item) {
            self.name(target, name);
        }
    }

    fn target(&self, from: FileId, written: &SmolStr) -> Option<FileId> {
        module(self.db, self.tree, self.source(from)?, written.clone())
    }

    /// The file that an expression names as a whole.
    fn module_of(&self, file: FileId, facts: &Facts, object: &Expr) -> Option<FileId> {
        let (facts, value) = match object {
            Expr::Name(name) => {
                let found = definitions(self.db, self.source(file)?, name.clone());
                let (facts, index) = found.last()?.clone();
                let value = facts.definitions[index as usize].value.clone();
                (facts, value)
            }
            Expr::Import(_) => (Arc::new(facts.clone()), object.clone()),
            _ => return None,
        };
        let Expr::Import(index) = value else {
            return None;
        };
        let import = facts.imports.get(index as usize)?;
        match &import.item {
            ImportItem::Module => self.target(file, &import.module),
            // `from models import paths`.
            ImportItem::Named(name) => {
                let below = [
                    format!("{}.{name}", import.module),
                    format!("{}{name}", import.module),
                ];
                let mut below = below.iter().map(SmolStr::from);
                below.find_map(|it| self.target(file, &it))
            }
            ImportItem::All => None,
        }
    }
}
