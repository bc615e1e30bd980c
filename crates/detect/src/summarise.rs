//! A file's [`Summary`]: one parse, then the facts of each top-level statement.
//!
//! A keystroke changes one statement. The others are recognised by their text in a
//! [`StatementCache`] and not walked again, so the cost of a keystroke is that of reparsing, of
//! hashing the text, and of one statement.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use blue_text::Span;
use dashmap::DashMap;
use rustc_hash::{FxBuildHasher, FxHasher};
use tree_sitter::{Node, Tree};

use crate::directives::directives;
use crate::facts::{FactPositions, Facts, Interface, Positions, Summary, hash_of};
use crate::language::{Dialect, Language};
use crate::store::{SummaryKey, SummaryStore};
use crate::walk::facts_of;

/// Facts by the statement's text. One for each open file, or one shared by the threads of a scan.
#[derive(Debug, Default)]
pub struct StatementCache {
    by_text: DashMap<(Dialect, u64, u32), Placed, FxBuildHasher>,
}

/// Facts and where they stand.
type Placed = (Arc<Facts>, Arc<FactPositions>);

impl StatementCache {
    /// How many statements are kept.
    pub fn len(&self) -> usize {
        self.by_text.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.by_text.is_empty()
    }

    /// Forgets everything, for a host that watches its memory.
    pub fn clear(&self) {
        self.by_text.clear();
    }
}

/// Bytes of JSON that code may import: more is data.
const MAX_JSON: usize = 256 << 10;

/// Summarises a parsed text. `stop` is asked before each statement that has to be walked; `None`
/// when it said so.
pub fn summarise(
    text: &str,
    tree: &Tree,
    dialect: Dialect,
    cache: &StatementCache,
    stop: &mut dyn FnMut() -> bool,
) -> Option<Summary> {
    if dialect == Dialect::Json && text.len() > MAX_JSON {
        return Some(Summary::default());
    }
    let root = tree.root_node();
    let mut interface = Interface::default();
    let mut positions = Positions {
        directives: directives(text, root),
        ..Positions::default()
    };
    let mut cursor = root.walk();
    for node in root.named_children(&mut cursor) {
        if node.is_extra() {
            continue;
        }
        let (facts, spans) = facts_of_statement(node, text, dialect, cache, root, stop)?;
        if !is_empty(&facts) {
            interface.items.push(facts);
            positions.items.push((node.start_byte() as u32, spans));
        }
    }
    if root.has_error() {
        positions.broken = broken_statements(root);
    }
    if dialect.language() == Language::Python {
        positions.broken.extend(torn_statements(root, text));
        positions.broken.sort();
        positions.broken.dedup();
    }
    Some(Summary {
        interface: Arc::new(interface),
        positions: Arc::new(positions),
    })
}

/// Parses and summarises a text that was never seen before. `None` when `stop` said so.
pub fn summarise_text(
    text: &str,
    dialect: Dialect,
    cache: &StatementCache,
    stop: &mut dyn FnMut() -> bool,
) -> Option<Summary> {
    let tree = dialect.parse(text, None, stop)?;
    summarise(text, &tree, dialect, cache, stop)
}

/// The same, where summaries are kept: a text that is known is not parsed. The path is for the store alone.
pub fn summarise_stored(
    (path, text): (&str, &str),
    dialect: Dialect,
    cache: &StatementCache,
    store: Option<&dyn SummaryStore>,
) -> Option<Summary> {
    let Some(store) = store else {
        return summarise_text(text, dialect, cache, &mut || false);
    };
    let key = SummaryKey::of(text, dialect);
    if let Some(known) = store.get(&key) {
        return Some(known);
    }
    let made = summarise_text(text, dialect, cache, &mut || false)?;
    store.put(&key, path, &made);
    Some(made)
}

fn facts_of_statement(
    node: Node<'_>,
    text: &str,
    dialect: Dialect,
    cache: &StatementCache,
    root: Node<'_>,
    stop: &mut dyn FnMut() -> bool,
) -> Option<Placed> {
    let source = &text[node.byte_range()];
    let mut hash = hash_of(source);
    if root.has_error() {
        hash = hash_of((hash, shape_of(node)));
    }
    let key = (dialect, hash, source.len() as u32);
    // How a statement with an error in it is parsed depends on what stands around it.
    let whole = !node.has_error();
    if whole && let Some(known) = cache.by_text.get(&key) {
        return Some(known.clone());
    }
    if stop() {
        return None;
    }
    let (facts, spans) = facts_of(node, text, dialect);
    let made = (Arc::new(facts), Arc::new(spans));
    if whole {
        cache.by_text.insert(key, made.clone());
    }
    Some(made)
}

/// A hash of how a statement was parsed. Where a grammar is ambiguous (`a < b > (c)`), an error
/// elsewhere in the file may decide which way an intact statement is read.
fn shape_of(node: Node<'_>) -> u64 {
    let mut hasher = FxHasher::default();
    let mut cursor = node.walk();
    loop {
        let at = cursor.node();
        (at.kind_id(), at.end_byte() - node.start_byte()).hash(&mut hasher);
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return hasher.finish();
            }
        }
    }
}

fn is_empty(facts: &Facts) -> bool {
    facts.definitions.is_empty()
        && facts.imports.is_empty()
        && facts.functions.is_empty()
        && facts.classes.is_empty()
        && facts.calls.is_empty()
        && facts.changes.is_empty()
}

/// Nobody types at more places than this.
const MOST_TORN: usize = 64;

/// Statements of Python whose dot ends a line: the grammar takes the next line for the attribute, and Python takes it for an
/// error, which is what stands there while somebody types what comes behind the dot.
fn torn_statements(root: Node<'_>, text: &str) -> Vec<Span> {
    let dots = text.match_indices('.').map(|(at, _)| at);
    let at_end = dots.filter(|at| {
        let rest = text[at + 1..].trim_start_matches([' ', '\t']);
        rest.starts_with(['\n', '\r', '#'])
    });
    let torn = at_end.take(MOST_TORN).filter_map(|at| {
        let dot = root.descendant_for_byte_range(at, at + 1)?;
        let mut around = dot.parent().filter(|it| it.kind() == "attribute")?;
        if dot.kind() != "." {
            return None;
        }
        while let Some(next) = around.parent() {
            // In brackets a line goes on.
            let first = around.child(0).map_or("", |it| it.kind());
            let in_index = next.kind() == "subscript" && next.start_byte() != around.start_byte();
            if matches!(first, "(" | "[" | "{") || in_index || around.kind() == "interpolation" {
                return None;
            }
            if around.kind().ends_with("_statement") || next == root {
                return Some(Span::from_range(around.byte_range()));
            }
            around = next;
        }
        None
    });
    torn.collect()
}

/// The innermost statements that hold a syntax error, in order.
fn broken_statements(root: Node<'_>) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut open = vec![(root, 0..root.end_byte())];
    while let Some((node, statement)) = open.pop() {
        if node.is_error() || node.is_missing() {
            let around: Range<usize> = if node.is_error() && node.parent() == Some(root) {
                node.byte_range()
            } else {
                statement.clone()
            };
            let span = Span::new(around.start as u32, around.end as u32);
            if !found.contains(&span) {
                found.push(span);
            }
            continue;
        }
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if !child.has_error() && !child.is_missing() {
                continue;
            }
            let is_statement = child.kind().ends_with("_statement")
                || child.kind().ends_with("_declaration")
                || node == root;
            let around = if is_statement {
                child.byte_range()
            } else {
                statement.clone()
            };
            open.push((child, around));
        }
    }
    found.sort();
    found
}
