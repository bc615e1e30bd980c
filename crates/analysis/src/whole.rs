//! Whether the code is said whole where a value of it comes from. While somebody types it is not: a statement does not
//! parse, an import leads nowhere, a name is used that nothing gives any more. What was there before is not gone then; nobody
//! can tell.
//!
//! It is held against an older state: what did not parse then either is something that the grammar does not know, and an
//! import that led nowhere then is one of what is generated, installed or built.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use blue_detect::{Dialect, Expr, FileId, Import, ImportItem};
use blue_text::Span;
use smol_str::SmolStr;

use crate::contract::first_line;
use crate::db::{
    Db, FileTree, SourceFile, broken_statements, definitions, interface, module, poll, star_imports,
};
use crate::finding::{Place, Root};

/// Files that a value may come from, at most: those nearest to it.
const MOST: usize = 64;

/// What is not said whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Half {
    pub(crate) place: Place,
    /// What it is, as the beginning of a sentence.
    pub(crate) what: Arc<str>,
}

/// The first thing that is not said whole in these files of a tree, or in those that they import from.
pub(crate) fn half(
    db: &dyn Db,
    now: FileTree,
    older: Option<FileTree>,
    paths: &[Arc<str>],
) -> Option<Half> {
    let files = now.files(db);
    let known = paths.iter().filter_map(|path| files.at(path));
    let mut seen: Vec<FileId> = known.map(|(id, _)| id).collect();
    let mut next = VecDeque::from(seen.clone());
    while let Some(id) = next.pop_front() {
        poll(db);
        let Some(file) = files.get(id) else { continue };
        if let Some(found) = half_of(db, now, older, file) {
            return Some(found);
        }
        for target in targets(db, now, file).iter() {
            if seen.len() < MOST && !seen.contains(target) {
                seen.push(*target);
                next.push_back(*target);
            }
        }
    }
    None
}

/// Whether anything may not be said whole that was at an older state: a file is there no more, or of those that do not say
/// the same one does not parse or leads nowhere, or has something no more that others may import. Whoever asks [`half`] of
/// many asks this first.
#[salsa::tracked(returns(copy))]
pub(crate) fn may_be_half(db: &dyn Db, now: FileTree, older: FileTree) -> bool {
    if lacks_a_file(db, now, older) {
        return true;
    }
    let changed = changed_files(db, now, older);
    let mut changed = changed.iter();
    changed.any(|(file, before)| {
        poll(db);
        half_of(db, now, Some(older), *file).is_some()
            || before.is_some_and(|before| lacks_a_name(db, *file, before))
    })
}

/// Whether a tree lacks a file of code that an older one had.
#[salsa::tracked(returns(copy))]
fn lacks_a_file(db: &dyn Db, now: FileTree, older: FileTree) -> bool {
    let (now, older) = (now.files(db), older.files(db));
    // What a file is counted as may differ from tree to tree.
    let mut gone = older.by_path.keys().filter(|path| now.at(path).is_none());
    gone.any(|path| older.at(path).is_some() && Dialect::of_path(path).is_some())
}

/// The files of a tree that do not say what those of an older one do, each with what it was.
#[salsa::tracked(returns(clone))]
fn changed_files(
    db: &dyn Db,
    now: FileTree,
    older: FileTree,
) -> Arc<[(SourceFile, Option<SourceFile>)]> {
    let (now, older) = (now.files(db), older.files(db));
    let files = now.list.iter().copied();
    let files = files.filter_map(|file| {
        let before = older.at(file?.path(db)).map(|(_, before)| before);
        let says_another = |file: &SourceFile| {
            before.is_none_or(|before| before != *file && !is_same_text(db, before, *file))
        };
        let file = file.filter(says_another)?;
        Dialect::of_path(file.path(db)).map(|_| (file, before))
    });
    files.collect()
}

/// Whether two files hold the same text: which of them a state of the code has may hang on the way there.
pub(crate) fn is_same_text(db: &dyn Db, one: SourceFile, other: SourceFile) -> bool {
    one == other || one.content(db).is_same(other.content(db))
}

/// Whether a file had a definition of some name that it has no more.
#[salsa::tracked(returns(copy))]
fn lacks_a_name(db: &dyn Db, file: SourceFile, before: SourceFile) -> bool {
    let names = |file: SourceFile| -> BTreeSet<SmolStr> {
        let interface = interface(db, file);
        let all = interface.items.iter().flat_map(|facts| &facts.definitions);
        all.map(|definition| definition.name.clone()).collect()
    };
    !names(before).is_subset(&names(file))
}

/// The files of a tree that a file imports from.
#[salsa::tracked(returns(clone))]
fn targets(db: &dyn Db, tree: FileTree, file: SourceFile) -> Arc<[FileId]> {
    let found = imports_of(db, file).into_iter();
    let mut found: Vec<FileId> = found
        .filter_map(|import| module(db, tree, file, import.module))
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into()
}

fn imports_of(db: &dyn Db, file: SourceFile) -> Vec<Import> {
    let interface = interface(db, file);
    let all = interface.items.iter().flat_map(|facts| &facts.imports);
    all.cloned().collect()
}

/// What of one file is not said whole, and was at the older state, or was not there yet. Not what it imports from.
#[salsa::tracked(returns(clone))]
pub(crate) fn half_of(
    db: &dyn Db,
    now: FileTree,
    older: Option<FileTree>,
    file: SourceFile,
) -> Option<Half> {
    let path = file.path(db);
    let before = older.and_then(|tree| Some((tree, tree.files(db).at(path)?.1)));
    if before.is_none_or(|(_, before)| before != file)
        && let Some(span) = new_error(db, file, before.map(|(_, before)| before))
    {
        return Some(half_at(db, file, span, "this does not parse".into()));
    }
    if let Some((import, what)) = lost_import(db, (now, file), before) {
        let span = word(text_of(db, file), &import.module).unwrap_or_default();
        return Some(half_at(db, file, span, what));
    }
    let (name, span) = lost_name(db, file, before?)?;
    let what = format!("`{name}` is used here, and not imported any more");
    Some(half_at(db, file, span, what.into()))
}

fn half_at(db: &dyn Db, file: SourceFile, span: Span, what: Arc<str>) -> Half {
    let text = text_of(db, file);
    // Of what does not parse to the end of the file, the line where that begins.
    let rest = span.slice(text).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default().trim_end();
    let span = match line.is_empty() {
        true => first_line(text),
        false => Span::from_range(span.start as usize..span.start as usize + line.len()),
    };
    Half {
        place: Place {
            root: Root::Repo("".into()),
            path: file.path(db).clone(),
            span,
        },
        what,
    }
}

fn text_of(db: &dyn Db, file: SourceFile) -> &str {
    file.content(db).as_text().map_or("", |text| text)
}

/// The first statement that does not parse, and stood in the older text neither.
fn new_error(db: &dyn Db, file: SourceFile, before: Option<SourceFile>) -> Option<Span> {
    let broken = broken_statements(db, file);
    if broken.is_empty() {
        return None;
    }
    let was = before.map(|before| (text_of(db, before), broken_statements(db, before)));
    let stood = |statement: &str| {
        was.as_ref().is_some_and(|(text, broken)| {
            let mut broken = broken.iter().filter_map(|span| span.slice(text));
            broken.any(|it| it.trim() == statement.trim())
        })
    };
    let text = text_of(db, file);
    let is_new = |span: &Span| span.slice(text).is_none_or(|statement| !stood(statement));
    broken.into_iter().find(is_new)
}

type Older = (FileTree, SourceFile);

/// An import that leads nowhere, and why: of a file that is not there, or of a name that its file does not have. Only where
/// it led somewhere before, or is new and of what is this repository's own.
fn lost_import(
    db: &dyn Db,
    (now, file): (FileTree, SourceFile),
    before: Option<Older>,
) -> Option<(Import, Arc<str>)> {
    let imports = imports_of(db, file);
    let lost: Vec<Import> = imports
        .iter()
        .filter(|import| trouble(db, (now, file), import).is_some())
        .cloned()
        .collect();
    if lost.is_empty() {
        return None;
    }
    let was = before.map(|(_, before)| imports_of(db, before));
    let was = was.unwrap_or_default();
    let mut own: Vec<SmolStr> = Vec::new();
    let resolved = imports.iter().map(|import| ((now, file), import));
    let older = was.iter().filter_map(|import| Some((before?, import)));
    for ((tree, file), import) in resolved.chain(older) {
        if module(db, tree, file, import.module.clone()).is_some() {
            own.push(first_part(&import.module).into());
        }
    }
    let is_own = |import: &Import| {
        import.module.starts_with('.') || own.iter().any(|own| *own == first_part(&import.module))
    };
    let stood = |import: &Import| {
        let older = before.filter(|_| was.contains(import));
        older.is_some_and(|older| trouble(db, older, import).is_some())
    };
    let mut lost = lost.into_iter();
    let lost = lost.find(|import| is_own(import) && !stood(import))?;
    let what = trouble(db, (now, file), &lost)?;
    Some((lost, what))
}

fn first_part(module: &str) -> &str {
    module.split(['.', '/']).next().unwrap_or_default()
}

/// Why an import leads nowhere in a tree.
fn trouble(db: &dyn Db, (tree, file): Older, import: &Import) -> Option<Arc<str>> {
    let written = &import.module;
    let Some(target) = module(db, tree, file, written.clone()) else {
        return Some(format!("`{written}`, which is imported here, cannot be found").into());
    };
    let ImportItem::Named(name) = &import.item else {
        return None;
    };
    let target = tree.files(db).get(target)?;
    let below = [format!("{written}.{name}"), format!("{written}{name}")];
    let mut below = below.iter().map(SmolStr::from);
    // A type, or what a statement makes that is not followed, is a word there.
    let is_there = **name == *"default"
        || !definitions(db, target, name.as_str().into()).is_empty()
        || !star_imports(db, target).is_empty()
        || word(text_of(db, target), name).is_some()
        || below.any(|it| module(db, tree, file, it).is_some());
    let path = target.path(db);
    (!is_there).then(|| format!("`{name}` is imported here, and not in {path}").into())
}

/// A name that was imported before, from the repository's own code, and is used without being imported or defined.
fn lost_name(db: &dyn Db, file: SourceFile, before: Older) -> Option<(SmolStr, Span)> {
    let (tree, before) = before;
    if before == file || !star_imports(db, file).is_empty() {
        return None;
    }
    let text = text_of(db, file);
    for facts in &interface(db, before).items {
        for definition in &facts.definitions {
            let Expr::Import(at) = definition.value else {
                continue;
            };
            let name = &definition.name;
            let import = facts.imports.get(at as usize);
            let is_own = import
                .is_some_and(|import| module(db, tree, before, import.module.clone()).is_some());
            if is_own
                && definitions(db, file, name.as_str().into()).is_empty()
                && let Some(span) = word(text, name)
            {
                return Some((name.as_str().into(), span));
            }
        }
    }
    None
}

/// Where a word first stands in a text by itself.
fn word(text: &str, word: &str) -> Option<Span> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = text.match_indices(word);
    let (at, _) = found.find(|(at, _)| {
        let end = at + word.len();
        !text[..*at].ends_with(is_part) && !text[end..].starts_with(is_part)
    })?;
    Some(Span::from_range(at..at + word.len()))
}
