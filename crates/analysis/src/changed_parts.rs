//! Definitions that values are made of and that are not what they were: which, and where they say something else now.

use std::sync::Arc;

use blue_detect::{Expr, Facts};
use blue_text::Span;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::db::{Db, FileTree, SourceFile, definition_places, definitions, interface, positions};
use crate::finding::{Place, Related, Root};
use crate::made_of::parts_of;
use crate::sites::Seen;

/// Sites of one value: where several have it, what changed it is found at the first.
const MAX_SITES: usize = 2;

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
    // By path: what a file is counted as may differ from tree to tree.
    let mut parts: Vec<(&str, SmolStr)> = Vec::new();
    for (tree, sites) in [(now, seen), (older, before)] {
        for seen in sites.iter().take(MAX_SITES) {
            let made_of = parts_of(db, tree, &seen.path, &seen.site).into_iter();
            parts.extend(made_of.filter_map(|(file, name)| {
                let file = tree.files(db).get(file)?;
                Some((&**file.path(db), name))
            }));
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
fn changed(
    db: &dyn Db,
    now: FileTree,
    older: FileTree,
    (path, name): &(&str, SmolStr),
) -> Option<Changed> {
    let (_, file) = now.files(db).at(path)?;
    // One that is new was made for what stands at the site.
    let (_, before) = older.files(db).at(path)?;
    if file == before {
        return None;
    }
    let (facts, index) = definitions(db, file, name.clone()).last()?.clone();
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
