//! What stands under a cursor in a YAML file: the way to it by keys and indexes, for hovers and
//! actions. It answers while the file is half typed: where the syntax tree is broken around the
//! cursor, indentation tells.

use blue_text::Span;
use tree_sitter::Node;

use crate::decode::Text;
use crate::edit::scalar_text;
use crate::spans::{Layout, Step};

/// [`Step`], owned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathStep {
    /// The value of this key of a mapping.
    Key(Text),
    /// This item of a list, from 0.
    Index(usize),
}

/// Which part of an entry the cursor is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum On {
    /// The key that the path ends with.
    Key,
    /// The value that the path leads to.
    Value,
}

/// What stands under a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeAt {
    /// The way down from the root.
    pub path: Vec<PathStep>,
    /// The key at the end of the path, or its value.
    pub on: On,
    /// The bytes of the key or the value; empty at the cursor behind a colon without a value.
    pub span: Span,
}

impl NodeAt {
    /// The path as the other functions of this crate take it.
    #[must_use]
    pub fn route(&self) -> Vec<Step<'_>> {
        self.path
            .iter()
            .map(|step| match step {
                PathStep::Key(key) => Step::Key(key),
                PathStep::Index(index) => Step::Index(*index),
            })
            .collect()
    }
}

/// What stands at byte `offset` of `text`, or ends there. Nothing in a comment, on an empty line,
/// beyond the text, and in a text over [`limits::FILE_BYTES`](crate::limits::FILE_BYTES).
#[must_use]
pub fn node_at(text: &str, offset: u32) -> Option<NodeAt> {
    let at = offset as usize;
    if text.len() > crate::limits::FILE_BYTES || !text.is_char_boundary(at) {
        return None;
    }
    let layout = Layout::new(text)?;
    match in_tree(text, &layout, at) {
        Ok(found) => found,
        Err(Broken) => crate::cursor_lines::in_lines(text, at),
    }
}

/// The syntax tree has an error around the cursor, or nothing there.
struct Broken;

fn in_tree(text: &str, layout: &Layout<'_>, at: usize) -> Result<Option<NodeAt>, Broken> {
    let root = layout.tree().root_node();
    let leaf = touched(root, at).ok_or(Broken)?;
    if leaf.kind() == "comment" {
        return Ok(None);
    }
    let mut found = match leaf.kind() {
        kind if is_leaf(kind) => Found {
            path: Vec::new(),
            on: None,
            span: layout.tidy(leaf.byte_range()).ok_or(Broken)?,
        },
        // Behind the colon of an entry without a value.
        "block_mapping_pair" | "flow_pair" => {
            let key = leaf.child_by_field_name("key").ok_or(Broken)?;
            if leaf.child_by_field_name("value").is_some() {
                return Ok(None);
            }
            if text
                .get(key.end_byte()..at)
                .is_none_or(|gap| gap.contains('\n'))
            {
                return Ok(None);
            }
            Found {
                path: vec![PathStep::Key(key_text(text, key).ok_or(Broken)?)],
                on: Some(On::Value),
                span: Span::from_range(at..at),
            }
        }
        // White space: what the line says before it.
        _ => return Err(Broken),
    };
    let mut node = leaf;
    while let Some(parent) = node.parent() {
        if node.is_error() || parent.is_error() {
            return Err(Broken);
        }
        found.step(text, parent, node).ok_or(Broken)?;
        node = parent;
    }
    found.path.reverse();
    Ok(Some(NodeAt {
        path: found.path,
        on: found.on.unwrap_or(On::Value),
        span: found.span,
    }))
}

/// What was found on the way up; the path from its end.
struct Found {
    path: Vec<PathStep>,
    on: Option<On>,
    span: Span,
}

impl Found {
    /// From `node` up to `parent`.
    fn step(&mut self, text: &str, parent: Node<'_>, node: Node<'_>) -> Option<()> {
        match parent.kind() {
            "block_mapping_pair" | "flow_pair" => {
                let key = parent.child_by_field_name("key")?;
                if key.id() == node.id() && self.path.is_empty() {
                    self.on = Some(On::Key);
                }
                self.path.push(PathStep::Key(key_text(text, key)?));
            }
            "flow_mapping" if node.kind() == "flow_node" => {
                self.on = self.on.or(Some(On::Key));
                self.path.push(PathStep::Key(key_text(text, node)?));
            }
            "block_sequence" | "flow_sequence" => {
                let mut cursor = parent.walk();
                let index = parent
                    .named_children(&mut cursor)
                    .filter(|child| child.kind() != "comment")
                    .position(|child| child.id() == node.id())?;
                self.path.push(PathStep::Index(index));
            }
            _ => {}
        }
        Some(())
    }
}

/// The smallest node at `at`: one that begins there or is around it, else one that ends there.
fn touched(root: Node<'_>, at: usize) -> Option<Node<'_>> {
    let after = root.named_descendant_for_byte_range(at, at + 1);
    let after = after.map(whole_scalar);
    match after {
        Some(node) if is_leaf(node.kind()) || node.kind() == "comment" => Some(node),
        _ => {
            let before = at.checked_sub(1)?;
            let before = root.named_descendant_for_byte_range(before, at);
            match before.map(whole_scalar) {
                Some(node) if is_leaf(node.kind()) || node.kind() == "comment" => Some(node),
                Some(pair) if pair.kind().ends_with("_pair") => Some(pair),
                before => after.or(before),
            }
        }
    }
}

/// Of a part of a scalar (an escape, a number) the scalar.
fn whole_scalar(node: Node<'_>) -> Node<'_> {
    let mut whole = node;
    let mut up = Some(node);
    while let Some(node) = up {
        if is_leaf(node.kind()) {
            whole = node;
        }
        if matches!(node.kind(), "flow_node" | "block_node") {
            break;
        }
        up = node.parent();
    }
    whole
}

fn is_leaf(kind: &str) -> bool {
    matches!(
        kind,
        "plain_scalar" | "double_quote_scalar" | "single_quote_scalar" | "block_scalar" | "alias"
    )
}

fn key_text(text: &str, key: Node<'_>) -> Option<Text> {
    let written = text.get(key.byte_range())?;
    Some(scalar_text(written)?.as_str().into())
}
