//! What a site's value is made of: the constants and functions that its expression goes through, wherever they are
//! defined. Who changes one of these changes what stands at the site, which may be in a file that nobody looks at.
//!
//! It is asked of values that are told of alone, and follows names as they are written; what it does not find, nothing is
//! said of.

use std::sync::Arc;

use blue_detect::{Call, Expr, Facts, FileId, Import, ImportItem, PlacedSite, SpanTree};
use blue_text::Span;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::db::{
    Db, FileTree, SourceFile, definition_places, definitions, interface, module, positions,
};
use crate::finding::{Place, Related, Root};
use crate::sites::Seen;

/// Steps through expressions, for one site.
const MAX_STEPS: u32 = 256;
/// Definitions, for one site.
const MAX_PARTS: usize = 16;
/// Sites of one value: where several have it, what changed it is found at the first.
const MAX_SITES: usize = 2;

/// Arguments of a client's calls that no key is made of.
const NO_KEYS: [&str; 3] = ["Bucket", "Body", "ContentType"];

/// A definition at the level of a module: its file, its name.
pub(crate) type Part = (FileId, SmolStr);

/// A definition that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Changed {
    /// Where it says something else now. The root is filled in when the findings of the repository are made.
    pub(crate) place: Place,
    pub(crate) name: Arc<str>,
}

impl Changed {
    pub(crate) fn related(&self) -> Related {
        Related {
            place: self.place.clone(),
            message: format!("`{}`, which it is made of, was changed here", self.name),
        }
    }
}

/// The definitions that sites are made of, or were made of, and that are not what they were.
pub(crate) fn changed_parts(
    db: &dyn Db,
    (now, seen): (FileTree, &[Seen]),
    (older, before): (FileTree, &[Seen]),
) -> Vec<Changed> {
    let mut parts = Vec::new();
    for (tree, sites) in [(now, seen), (older, before)] {
        for seen in sites.iter().take(MAX_SITES) {
            parts.extend(parts_of(db, tree, &seen.path, &seen.site));
        }
    }
    parts.sort_unstable();
    parts.dedup();
    let changed = parts
        .iter()
        .filter_map(|part| changed(db, now, older, part));
    let mut changed: Vec<Changed> = changed.collect();
    changed.sort();
    changed.dedup();
    changed
}

/// The definition, where it is another one than in the older tree.
fn changed(db: &dyn Db, now: FileTree, older: FileTree, (id, name): &Part) -> Option<Changed> {
    let (file, before) = (now.files(db).get(*id)?, older.files(db).get(*id));
    if Some(file) == before {
        return None;
    }
    let (facts, index) = definitions(db, file, name.clone()).last()?.clone();
    // One that is new was made for what stands at the site.
    let before = before?;
    let (was, at) = definitions(db, before, name.clone()).last()?.clone();
    if says_the_same((&was, at), (&facts, index)) {
        return None;
    }
    let span = span_of(db, file, name)?;
    let text = text_of(db, file);
    let was = span_of(db, before, name).and_then(|span| span.slice(text_of(db, before)));
    let place = Place {
        root: Root::Repo("".into()),
        path: file.path(db).clone(),
        span: first_difference(text, span, was),
    };
    Some(Changed {
        place,
        name: name.as_str().into(),
    })
}

/// Whether two definitions say the same, whatever is written around them.
fn says_the_same((a, of_a): (&Facts, u32), (b, of_b): (&Facts, u32)) -> bool {
    let value = |facts: &Facts, index: u32| facts.definitions.get(index as usize).cloned();
    value(a, of_a) == value(b, of_b)
        && (&a.functions, &a.classes, &a.calls) == (&b.functions, &b.classes, &b.calls)
}

fn text_of(db: &dyn Db, file: SourceFile) -> &str {
    file.content(db).as_text().map_or("", |text| text)
}

/// The characters of a definition's value.
fn span_of(db: &dyn Db, file: SourceFile, name: &SmolStr) -> Option<Span> {
    let item = *definition_places(db, file, name.clone()).last()?;
    let (_, index) = *definitions(db, file, name.clone()).last()?;
    let positions = positions(db, file);
    let (start, spans) = positions.items.get(item as usize)?;
    let value = spans.definitions.get(index as usize)?;
    value.span.shifted(i64::from(*start))
}

/// Of a value that stands in several lines, the first that it did not have and that is no comment; else all of it.
fn first_difference(text: &str, span: Span, was: Option<&str>) -> Span {
    let (Some(value), Some(was)) = (span.slice(text), was) else {
        return span;
    };
    if !value.contains('\n') {
        return span;
    }
    let before: FxHashSet<&str> = was.lines().map(str::trim).collect();
    let is_comment = |line: &str| line.starts_with('#') || line.starts_with("//");
    let mut at = span.start as usize;
    for line in value.split_inclusive('\n') {
        let said = line.trim();
        if !said.is_empty() && !is_comment(said) && !before.contains(said) {
            let start = at + (line.len() - line.trim_start().len());
            return Span::from_range(start..start + said.len());
        }
        at += line.len();
    }
    span
}

/// The definition that stands at an offset of a file: its name, and the characters from its line's beginning to its
/// value's end, as far as they are on one line.
pub(crate) fn definition_at(db: &dyn Db, file: SourceFile, offset: u32) -> Option<(SmolStr, Span)> {
    let (interface, positions) = (interface(db, file), positions(db, file));
    let text = text_of(db, file);
    let items = interface.items.iter().zip(&positions.items);
    for (facts, (start, spans)) in items {
        for (definition, value) in facts.definitions.iter().zip(&spans.definitions) {
            let Some(value) = value.span.shifted(i64::from(*start)) else {
                continue;
            };
            let before = text.get(..value.start as usize)?;
            let from = before.rfind('\n').map_or(0, |at| at + 1) as u32;
            let said = value.slice(text).unwrap_or_default();
            let first = said.lines().next().unwrap_or_default().len() as u32;
            let line = Span::new(from, value.start + first);
            if line.touches(offset) && !matches!(definition.value, Expr::Import(_)) {
                return Some((definition.name.clone(), line));
            }
        }
    }
    None
}

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
            Expr::Binary(_, a, b) | Expr::Index(a, b) => {
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
                    for arg in &call.args {
                        self.expr(file, facts, &arg.value);
                    }
                    self.expr(file, facts, &call.callee);
                }
            }
            _ => {}
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
