//! Where new values go in the text: over an old one, behind the last entry, behind the last item.

use blue_text::TextEdit;
use serde_json::Value;
use tree_sitter::Node;

use super::Draft;
use super::render::{self, Block, Holder};
use super::scalar::{self, Around, Quoting};
use crate::spans::Place;

impl Draft<'_> {
    /// The value at `at` gives way to `value`.
    pub(super) fn replaced(&self, at: &[usize], value: &Value) -> Option<Vec<TextEdit>> {
        let Some(place) = self.place(at) else {
            // No node at all: a file of nothing, or of comments.
            return at.is_empty().then(|| self.begun(value));
        };
        match place {
            Place::Alias(_) => None,
            Place::PairItem(pair) => Some(vec![TextEdit::replacement(
                pair.byte_range(),
                render::flow(value),
            )]),
            Place::BareKey(key) => Some(vec![TextEdit::insertion(
                key.end_byte(),
                format!(": {}", render::flow(value)),
            )]),
            Place::EmptyItem(item) => {
                let dash = item.child(0)?;
                let text = render::beside_dash(value, self.column(item), self.manner);
                Some(vec![TextEdit::insertion(
                    dash.end_byte(),
                    format!(" {text}"),
                )])
            }
            Place::Pair(pair) => self.replaced_in_pair(pair, place.inner(), value),
            Place::Node(_) => self.replaced_item(at, place.inner()?, value),
        }
    }

    /// A file without a value gets one.
    fn begun(&self, value: &Value) -> Vec<TextEdit> {
        let Block { head, body } = render::block(value, Holder::Document, self.manner);
        let line_end = self.manner.line_end;
        let body = match head.is_empty() {
            true => body.strip_prefix(line_end).unwrap_or(&body).to_owned(),
            false => head + &body,
        };
        let at_line_start =
            self.text.is_empty() || self.text == "\u{feff}" || self.text.ends_with(['\n', '\r']);
        let before = if at_line_start { "" } else { line_end };
        let insert = format!("{before}{body}{line_end}");
        vec![TextEdit::insertion(self.text.len(), insert)]
    }

    fn replaced_in_pair(
        &self,
        pair: Node<'_>,
        old: Option<Node<'_>>,
        value: &Value,
    ) -> Option<Vec<TextEdit>> {
        let mut cursor = pair.walk();
        let colon = pair
            .children(&mut cursor)
            .find(|child| child.kind() == ":")?;
        let in_flow = pair.kind() == "flow_pair";
        let Some(old) = old else {
            if in_flow {
                let insert = format!(" {}", render::flow(value));
                return Some(vec![TextEdit::insertion(colon.end_byte(), insert)]);
            }
            return Some(self.behind_colon(pair, colon, value));
        };
        let range = old.start_byte()..self.own_end(old, self.column(old).max(1))?;
        if in_flow {
            let new = self.one_line(old, value, Around::Flow)?;
            return Some(vec![TextEdit::replacement(range, new)]);
        }
        if let Some(new) = self.one_line(old, value, Around::Block) {
            return Some(vec![TextEdit::replacement(range, new)]);
        }
        let Block { head, body } = self.below(pair, value);
        if matches!(old.kind(), "block_mapping" | "block_sequence") {
            // What lies below the key goes, with the line end before it; a comment beside the key
            // stays.
            let start = self.line_start(range.start).checked_sub(1)?;
            let start = start - usize::from(self.text[..start].ends_with('\r'));
            if start < colon.end_byte() {
                return None;
            }
            let mut edits = Vec::new();
            if !head.is_empty() {
                edits.push(TextEdit::insertion(colon.end_byte(), format!(" {head}")));
            }
            edits.push(TextEdit::replacement(start..range.end, body));
            return Some(edits);
        }
        if old.kind() == "block_scalar" {
            let start = if head.is_empty() {
                colon.end_byte()
            } else {
                range.start
            };
            return Some(vec![TextEdit::replacement(start..range.end, head + &body)]);
        }
        let start = match head.is_empty() {
            true => self.text[..range.start].trim_end_matches([' ', '\t']).len(),
            false => range.start,
        };
        let end = self.line_content_end(range.end);
        Some(vec![
            TextEdit::replacement(start..range.end, head),
            TextEdit::insertion(end, body),
        ])
    }

    /// `key:` without a value gets one.
    fn behind_colon(&self, pair: Node<'_>, colon: Node<'_>, value: &Value) -> Vec<TextEdit> {
        let Block { head, body } = self.below(pair, value);
        let mut edits = Vec::new();
        if !head.is_empty() {
            edits.push(TextEdit::insertion(colon.end_byte(), format!(" {head}")));
        }
        if !body.is_empty() {
            let end = self.line_content_end(colon.end_byte());
            edits.push(TextEdit::insertion(end, body));
        }
        edits
    }

    fn below(&self, pair: Node<'_>, value: &Value) -> Block {
        render::block(value, Holder::Key(self.column(pair)), self.manner)
    }

    /// An item of a list, or the document's root.
    fn replaced_item(&self, at: &[usize], old: Node<'_>, value: &Value) -> Option<Vec<TextEdit>> {
        let range = match at.is_empty() {
            true => self.layout.tidy(old.byte_range())?.range(),
            false => old.start_byte()..self.own_end(old, self.column(old).max(1))?,
        };
        let dash = ancestor(old, "block_sequence_item").filter(|_| !in_flow(old));
        let new = match dash {
            // On one line: a comment may stand behind the old root.
            _ if at.is_empty() && value.is_string() => self.one_line(old, value, Around::Flow)?,
            _ if at.is_empty() => {
                let Block { head, body } = render::block(value, Holder::Document, self.manner);
                let body = match head.is_empty() {
                    true => body.strip_prefix(self.manner.line_end)?.to_owned(),
                    false => body,
                };
                head + &body
            }
            Some(dash) => match self.one_line(old, value, Around::Block) {
                Some(line) => line,
                None => {
                    let column = self.column(dash);
                    let text = render::beside_dash(value, column, self.manner);
                    if inline(old) {
                        return Some(self.around_comment(range, text));
                    }
                    text
                }
            },
            None => self.one_line(old, value, Around::Flow)?,
        };
        Some(vec![TextEdit::replacement(range, new)])
    }

    /// `new` over `range`: its first line there, the others below, so that a comment beside the old
    /// value does not end up inside the new one.
    fn around_comment(&self, range: std::ops::Range<usize>, new: String) -> Vec<TextEdit> {
        let line_end = self.manner.line_end;
        let Some((first, _)) = new.split_once(line_end) else {
            return vec![TextEdit::replacement(range, new)];
        };
        let end = self.line_content_end(range.end);
        let below = new[first.len()..].to_owned();
        vec![
            TextEdit::replacement(range, first),
            TextEdit::insertion(end, below),
        ]
    }

    /// A value for one line in the manner of the one it replaces: quotes stay quotes, brackets
    /// brackets. Nothing if it wants lines of its own, which inside brackets it never does.
    fn one_line(&self, old: Node<'_>, value: &Value, around: Around) -> Option<String> {
        let wish = match old.kind() {
            "double_quote_scalar" => Quoting::Double,
            "single_quote_scalar" => Quoting::Single,
            _ => Quoting::Bare,
        };
        match (value, around) {
            (Value::String(text), Around::Block)
                if wish == Quoting::Bare && scalar::literal(text).is_some() =>
            {
                None
            }
            (Value::String(text), _) => Some(scalar::text(text, wish, around))
                .filter(|_| around == Around::Flow || inline(old)),
            (Value::Array(items), Around::Block) if !items.is_empty() => {
                (old.kind() == "flow_sequence" && old.named_child_count() > 0)
                    .then(|| render::flow(value))
            }
            (Value::Object(entries), Around::Block) if !entries.is_empty() => {
                (old.kind() == "flow_mapping" && old.named_child_count() > 0)
                    .then(|| render::flow(value))
            }
            (_, Around::Block) => inline(old).then(|| render::flow(value)),
            (_, Around::Flow) => Some(render::flow(value)),
        }
    }

    /// A new last entry of the mapping at `at`, which has one already.
    pub(super) fn entry_added(
        &self,
        at: &[usize],
        key: &str,
        value: &Value,
    ) -> Option<Vec<TextEdit>> {
        let node = self.place(at)?.inner()?;
        let children = children(node);
        let (first, last) = (*children.first()?, *children.last()?);
        match node.kind() {
            "block_mapping" => {
                let column = self.column(first);
                let new = render::entry(key, value, column, self.manner);
                let end = self.own_end(last, column)?;
                Some(self.line_added(end, column, &new))
            }
            "flow_mapping" => self.flow_added(node, last, &render::flow_entry(key, value)),
            _ => None,
        }
    }

    /// A new last item of the list at `at`, which has one already.
    pub(super) fn item_added(&self, at: &[usize], value: &Value) -> Option<Vec<TextEdit>> {
        let node = self.place(at)?.inner()?;
        let children = children(node);
        let (first, last) = (*children.first()?, *children.last()?);
        match node.kind() {
            "block_sequence" => {
                let column = self.column(first);
                let new = render::dash(value, column, self.manner);
                // What stands at the margin is about the file, also below a list that stands there too.
                let end = self.own_end(last, column.max(1))?;
                Some(self.line_added(end, column, &new))
            }
            "flow_sequence" => {
                let new = match value {
                    Value::String(text) => scalar::text(text, quoting_of(last), Around::Flow),
                    other => render::flow(other),
                };
                self.flow_added(node, last, &new)
            }
            _ => None,
        }
    }

    /// `new` on lines of its own behind the line of `end`.
    fn line_added(&self, end: usize, column: usize, new: &str) -> Vec<TextEdit> {
        let end = self.line_content_end(end);
        let insert = format!("{}{}{new}", self.manner.line_end, " ".repeat(column));
        vec![TextEdit::insertion(end, insert)]
    }

    /// Where a node of several lines ends. The tree has every comment below it in it, up to the next value: those that
    /// begin before `column` (in characters) are about what comes then, or about the file.
    pub(super) fn own_end(&self, node: Node<'_>, column: usize) -> Option<usize> {
        let mut end = self.layout.tidy(node.byte_range())?.range().end;
        loop {
            let start = self.line_start(end);
            let line = self.text.get(start..end)?;
            let margin = line.len() - line.trim_start_matches(' ').len();
            let is_comment = || {
                let at = start + margin;
                let root = self.layout.tree().root_node();
                let there = root.descendant_for_byte_range(at, at + 1);
                there.is_some_and(|there| there.kind() == "comment")
            };
            if start <= node.start_byte() || margin >= column || !is_comment() {
                return Some(end);
            }
            end = self.text.get(..start)?.trim_end().len();
        }
    }

    /// `new` behind `last` in brackets: on a line of its own if the others have such.
    fn flow_added(&self, node: Node<'_>, last: Node<'_>, new: &str) -> Option<Vec<TextEdit>> {
        let end = last.end_byte();
        let mut cursor = node.walk();
        let comma = node
            .children(&mut cursor)
            .find(|child| child.kind() == "," && child.start_byte() >= end);
        let after = comma.map_or(end, |comma| comma.end_byte());
        let own_line = self.line_start(last.start_byte()) > node.start_byte();
        if !own_line {
            let text = if comma.is_some() {
                format!(" {new}")
            } else {
                format!(", {new}")
            };
            return Some(vec![TextEdit::insertion(after, text)]);
        }
        let indent = self.text[self.line_start(last.start_byte())..last.start_byte()]
            .chars()
            .take_while(|c| *c == ' ')
            .collect::<String>();
        let trailing = if comma.is_some() { "," } else { "" };
        let closes = node.end_byte().checked_sub(1)?;
        // A comment behind the last item stays with it.
        let line = self.line_content_end(after).min(closes);
        let line = after + self.text[after..line].trim_end().len();
        let mut edits = Vec::new();
        if comma.is_none() {
            edits.push(TextEdit::insertion(end, ","));
        }
        let insert = format!("{}{indent}{new}{trailing}", self.manner.line_end);
        edits.push(TextEdit::insertion(line, insert));
        Some(edits)
    }

    /// Columns before `node`, in characters; a byte order mark is none.
    pub(super) fn column(&self, node: Node<'_>) -> usize {
        let start = self.line_start(node.start_byte());
        self.text.get(start..node.start_byte()).map_or(0, |before| {
            before.trim_start_matches('\u{feff}').chars().count()
        })
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text
            .get(..at)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |line_end| line_end + 1)
    }

    /// The end of the line that `at` lies on, before its line end.
    pub(super) fn line_content_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        at + line.strip_suffix('\r').unwrap_or(line).len()
    }
}

/// The entries or items of a collection.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let kinds: &[&str] = match node.kind() {
        "block_mapping" => &["block_mapping_pair"],
        "block_sequence" => &["block_sequence_item"],
        _ => &["flow_pair", "flow_node"],
    };
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| kinds.contains(&child.kind()))
        .collect()
}

/// True for a value on the line of its key or dash.
fn inline(node: Node<'_>) -> bool {
    !matches!(
        node.kind(),
        "block_mapping" | "block_sequence" | "block_scalar"
    )
}

/// The quoting of a flow node that is a scalar.
fn quoting_of(node: Node<'_>) -> Quoting {
    match node.named_child(0).map(|child| child.kind()) {
        Some("double_quote_scalar") => Quoting::Double,
        Some("single_quote_scalar") => Quoting::Single,
        _ => Quoting::Bare,
    }
}

pub(super) fn in_flow(node: Node<'_>) -> bool {
    ancestor(node, "flow_sequence").is_some() || ancestor(node, "flow_mapping").is_some()
}

/// The nearest node around `node` of that kind.
fn ancestor<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut parent = node.parent();
    while let Some(node) = parent {
        if node.kind() == kind {
            return Some(node);
        }
        parent = node.parent();
    }
    None
}
