//! A JSON value as YAML, in the manner of the file it goes into.

use serde_json::Value;
use tree_sitter::{Node, TreeCursor};

use super::scalar::{self, Around, Quoting};
use crate::spans::Step;

/// How a file is laid out: what a new line of it should look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    /// `\n` or `\r\n`.
    pub(crate) line_end: &'static str,
    /// Columns that a mapping lies to the right of its key.
    pub(crate) step: usize,
    /// Columns that a list lies to the right of its key: as a mapping, or none.
    pub(crate) list_step: usize,
    /// How a text is written that readers of YAML 1.1 take for a day or a time.
    pub(crate) times: Times,
}

/// Whether a text that looks like a time may be meant as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// It is: the format's own times are written bare.
    Bare,
    /// Under keys of the format's own times alone: it may be a text of the users'.
    Known,
    /// It is a text.
    Quoted,
}

/// The keys of the format under which a time stands.
const TIMES: &[&str] = &[
    "created_at",
    "joined_at",
    "resolved_at",
    "confirmed_at",
    "date",
    "until",
    "sunset",
];

/// The keys below which everything is the users'.
const THEIRS: &[&str] = &["value", "schema"];

/// How times are written at `route` of a file.
pub(crate) fn times_at(route: &[Step<'_>]) -> Times {
    match route.first() {
        Some(Step::Key(key)) if THEIRS.contains(key) => Times::Quoted,
        _ => Times::Bare,
    }
}

/// A value as a file of its own, with a line end.
#[must_use]
pub fn document(value: &Value) -> String {
    let manner = Manner {
        line_end: "\n",
        step: 2,
        list_step: 0,
        times: Times::Known,
    };
    let Block { head, body } = match value {
        // Lines of a text need a column to the right of something.
        Value::String(text) => Block {
            head: scalar::text(text, Quoting::Bare, Around::Block),
            body: String::new(),
        },
        value => block(value, Holder::Document, manner),
    };
    let text = format!("{head}{body}");
    // Without a head the lines begin with the end of the one before.
    let text = match head.is_empty() {
        true => text.strip_prefix('\n').unwrap_or(&text),
        false => &text,
    };
    format!("{text}\n")
}

impl Manner {
    /// As the first mapping and the first list below a key have it; two columns where there is none.
    pub(crate) fn of(text: &str, root: Node<'_>) -> Self {
        let line_end = match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let mut step = None;
        let mut list_step = None;
        let mut cursor = root.walk();
        while let Some(node) = next(&mut cursor) {
            if node.kind() != "block_mapping_pair" {
                continue;
            }
            let value = node.child_by_field_name("value");
            let Some(below) = value.and_then(|value| value.named_child(0)) else {
                continue;
            };
            let column = |node: Node<'_>| {
                let start = node.start_position();
                let mark = start.row == 0 && text.starts_with('\u{feff}');
                start.column - if mark { '\u{feff}'.len_utf8() } else { 0 }
            };
            let offset = column(below).saturating_sub(column(node));
            match below.kind() {
                "block_mapping" if offset > 0 => step = step.or(Some(offset)),
                "block_sequence" => list_step = list_step.or(Some(offset)),
                _ => {}
            }
            if step.is_some() && list_step.is_some() {
                break;
            }
        }
        let step = step.or(list_step.filter(|step| *step > 0));
        let step = step.unwrap_or(2).min(8);
        Self {
            line_end,
            step,
            list_step: list_step.unwrap_or(step).min(8),
            times: Times::Bare,
        }
    }
}

/// The next node in the order of the text.
fn next<'t>(cursor: &mut TreeCursor<'t>) -> Option<Node<'t>> {
    if cursor.goto_first_child() || cursor.goto_next_sibling() {
        return Some(cursor.node());
    }
    while cursor.goto_parent() {
        if cursor.goto_next_sibling() {
            return Some(cursor.node());
        }
    }
    None
}

/// A value as lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Block {
    /// What stands on the line of the key or dash, without the space before it; may be empty.
    pub(crate) head: String,
    /// The lines below, each with its line end *before* it.
    pub(crate) body: String,
}

/// What holds a value, and at which column it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Nothing: the document.
    Document,
    /// A key.
    Key(usize),
    /// The dash of a list's item.
    Dash(usize),
}

/// `value` as lines below its holder.
pub(crate) fn block(value: &Value, holder: Holder, manner: Manner) -> Block {
    let (column, list_column) = match holder {
        Holder::Document => (0, 0),
        Holder::Key(at) => (at + manner.step, at + manner.list_step),
        Holder::Dash(at) => (at + 2, at + 2),
    };
    let start = |column: usize| format!("{}{}", manner.line_end, " ".repeat(column));
    let mut body = String::new();
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                body.push_str(&start(list_column));
                body.push_str(&dash(item, list_column, manner));
            }
        }
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                body.push_str(&start(column));
                body.push_str(&entry(key, value, column, manner));
            }
        }
        Value::String(text) => {
            if let Some((head, lines)) = scalar::literal(text) {
                for line in lines {
                    let indent = if line.is_empty() { 0 } else { column };
                    body.push_str(&start(indent));
                    body.push_str(line);
                }
                let head = head.to_owned();
                return Block { head, body };
            }
            let wish = match manner.times {
                Times::Bare => Quoting::Bare,
                _ if scalar::is_time(text) => Quoting::Double,
                _ => Quoting::Bare,
            };
            let head = scalar::text(text, wish, Around::Block);
            return Block { head, body };
        }
        other => {
            let head = flow(other);
            return Block { head, body };
        }
    }
    Block {
        head: String::new(),
        body,
    }
}

/// `- value`, for a dash at `column`.
pub(crate) fn dash(value: &Value, column: usize, manner: Manner) -> String {
    format!("- {}", beside_dash(value, column, manner))
}

/// What stands after a dash at `column` and the space behind it.
pub(crate) fn beside_dash(value: &Value, column: usize, manner: Manner) -> String {
    let Block { head, body } = block(value, Holder::Dash(column), manner);
    if !head.is_empty() {
        return head + &body;
    }
    // The first key or dash of what lies below stands on the line of this one.
    let skip = manner.line_end.len() + column + 2;
    body.get(skip..).unwrap_or_default().to_owned()
}

/// `key: value`, for a key at `column`.
pub(crate) fn entry(key: &str, value: &Value, column: usize, manner: Manner) -> String {
    let times = match manner.times {
        Times::Known if THEIRS.contains(&key) => Times::Quoted,
        Times::Known if value.is_string() && TIMES.contains(&key) => Times::Bare,
        as_is => as_is,
    };
    let Block { head, body } = block(value, Holder::Key(column), Manner { times, ..manner });
    let space = if head.is_empty() { "" } else { " " };
    let key = scalar::key(key, Quoting::Bare);
    format!("{key}:{space}{head}{body}")
}

/// `value` on one line, inside `[…]` or `{…}` or not.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar::text(text, Quoting::Bare, Around::Flow),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| flow_entry(key, value))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// `key: value` on one line.
pub(crate) fn flow_entry(key: &str, value: &Value) -> String {
    format!("{}: {}", scalar::key(key, Quoting::Bare), flow(value))
}
