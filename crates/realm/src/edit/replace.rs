//! Writing a suggestion over the characters it is for, in the quotes that stand there.

use blue_text::{Span, TextEdit, apply_edits};
use tree_sitter::Node;

use super::scalar::{self, Around, Quoting};
use super::{Draft, EditError, shown};
use crate::spans::{Layout, Step};
use crate::yaml;

/// Renames the key at the end of `route`, in its quotes.
///
/// # Errors
/// [`EditError::Missing`], [`EditError::Exists`] if the mapping has such a key, and the others.
pub fn rename_key(text: &str, route: &[Step<'_>], name: &str) -> Result<Vec<TextEdit>, EditError> {
    let draft = Draft::open(text)?;
    let at = draft.locate(route)?;
    let Some((ordinal, parent)) = at.split_last() else {
        return Err(EditError::Missing(shown(route)));
    };
    let mut expected = draft.root.clone();
    let parent = super::descendant_mut(&mut expected, parent);
    let Some(yaml::Yaml::Map(entries)) = parent else {
        return Err(draft.entangled(route));
    };
    let has = |(key, _): &(yaml::Yaml, yaml::Yaml)| key.scalar().as_deref() == Some(name);
    if entries.iter().any(has) {
        return Err(EditError::Exists(name.to_owned()));
    }
    if let Some((key, _)) = entries.get_mut(*ordinal) {
        *key = yaml::Yaml::Text(name.into());
    }
    let edits = draft.place(&at).and_then(|place| {
        let key = scalar_in(place.key()?)?;
        let written = scalar::key(name, quoting(key));
        Some(vec![TextEdit::replacement(key.byte_range(), written)])
    });
    draft.settle(route, edits, &expected)
}

/// Writes `new` over the characters of `span`, as a problem's suggestion asks: a scalar or a part of
/// one keeps its quotes, and gets some where it needs them. Of a text that is no YAML (the glob that
/// is to be quoted) the characters are replaced as they are.
///
/// # Errors
/// [`EditError::Missing`] if the span is not of this text, [`EditError::Entangled`] if the text would
/// not say `new` there.
pub fn replace(text: &str, span: Span, new: &str) -> Result<Vec<TextEdit>, EditError> {
    let Some(old) = span.slice(text) else {
        return Err(EditError::Missing("place".to_owned()));
    };
    let entangled = || EditError::Entangled(crate::decode::shortened(old));
    let raw = TextEdit {
        span,
        insert: new.to_owned(),
    };
    let (Ok(before), Some(layout)) = (yaml::read(text), Layout::new(text)) else {
        return Ok(vec![raw]);
    };
    let root = layout.tree().root_node();
    let node = root.descendant_for_byte_range(span.range().start, span.range().end);
    let Some(node) = node.and_then(scalar_around) else {
        return Err(entangled());
    };
    let edit = spliced(text, node, span, new).ok_or_else(entangled)?;
    let changed = apply_edits(text, std::slice::from_ref(&edit)).ok_or_else(entangled)?;
    // Whatever was written must still be one scalar: the shape of the file is as it was.
    match yaml::read(&changed) {
        Ok(after) if same_shape(&before.root, &after.root) => Ok(vec![edit]),
        _ => Err(entangled()),
    }
}

/// The edit that puts `new` over `span` in the scalar `node`.
fn spliced(text: &str, node: Node<'_>, span: Span, new: &str) -> Option<TextEdit> {
    let whole = node.byte_range();
    let written = text.get(whole.clone())?;
    let quoting = quoting(node);
    let quote = usize::from(quoting != Quoting::Bare);
    let content = written.get(quote..written.len().checked_sub(quote)?)?;
    let inner = whole.start + quote..whole.end - quote;
    let part = span.range();
    let covers_all = part == whole || part == inner;
    let value = if covers_all {
        new.to_owned()
    } else {
        // A part can be told from the rest only where nothing is escaped.
        let literal = scalar::read(written)? == content;
        let from = part.start.checked_sub(inner.start)?;
        let to = part.end.checked_sub(inner.start)?;
        if !literal {
            return None;
        }
        format!("{}{new}{}", content.get(..from)?, content.get(to..)?)
    };
    let is_key = node_is_key(node);
    let around = if super::write::in_flow(node) {
        Around::Flow
    } else {
        Around::Block
    };
    let rendered = match is_key {
        true => scalar::key(&value, quoting),
        // A number that is to be a number stays bare.
        false if quoting == Quoting::Bare && plain_number(&value) && plain_number(content) => {
            value.clone()
        }
        false => scalar::text(&value, quoting, around),
    };
    // The smallest edit that does it.
    let as_part = format!(
        "{}{new}{}",
        text.get(whole.start..part.start).unwrap_or_default(),
        text.get(part.end..whole.end).unwrap_or_default()
    );
    if rendered == as_part && whole.start <= part.start && part.end <= whole.end {
        return Some(TextEdit {
            span,
            insert: new.to_owned(),
        });
    }
    Some(TextEdit::replacement(whole, rendered))
}

fn plain_number(text: &str) -> bool {
    text.parse::<f64>().is_ok() && !text.starts_with(['i', 'n', 'I', 'N'])
}

fn quoting(node: Node<'_>) -> Quoting {
    match node.kind() {
        "double_quote_scalar" => Quoting::Double,
        "single_quote_scalar" => Quoting::Single,
        _ => Quoting::Bare,
    }
}

fn is_scalar(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "double_quote_scalar" | "single_quote_scalar" | "plain_scalar"
    )
}

/// The scalar that `node` is, is a part of, or is nothing more than.
fn scalar_around(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = Some(node);
    while let Some(node) = at {
        if is_scalar(node) {
            return Some(node);
        }
        if node.kind() == "flow_node" {
            break;
        }
        at = node.parent();
    }
    scalar_in(node)
}

fn scalar_in(node: Node<'_>) -> Option<Node<'_>> {
    if is_scalar(node) {
        return Some(node);
    }
    if !matches!(node.kind(), "flow_node" | "block_node") {
        return None;
    }
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .find(|child| is_scalar(*child))
}

fn node_is_key(node: Node<'_>) -> bool {
    let Some(holder) = node.parent() else {
        return false;
    };
    holder
        .parent()
        .and_then(|pair| pair.child_by_field_name("key"))
        .is_some_and(|key| key.id() == holder.id())
}

/// True if the two differ in scalars only.
fn same_shape(a: &yaml::Yaml, b: &yaml::Yaml) -> bool {
    use yaml::Yaml::{List, Map, Tagged};
    match (a, b) {
        (List(a), List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_shape(a, b)),
        (Map(a), Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((_, a), (_, b))| same_shape(a, b))
        }
        (Tagged(a), Tagged(b)) => same_shape(a, b),
        (List(_) | Map(_) | Tagged(_), _) | (_, List(_) | Map(_) | Tagged(_)) => false,
        _ => true,
    }
}
