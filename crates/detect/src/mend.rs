//! Small changes of source text that a person may ask for, made the way the code around them is
//! written: a comment that speaks to Blue above a line, one more or one less in a list of resources.
//!
//! Here, because it takes the syntax tree to know what a line or a list is. Every change is tried on
//! the text and dropped where it would not be what it should be (a comment inside a string, say), so
//! that a fix that is offered is one that works.

use blue_text::{Span, TextEdit, apply_edits};
use tree_sitter::{Node, Tree};

use crate::language::{Dialect, Language};

/// A comment of `words` on a line of its own above the line that `at` stands on, indented as that is;
/// nothing where no comment can stand there.
pub fn comment_above(text: &str, dialect: Dialect, at: u32, words: &str) -> Option<TextEdit> {
    let line = line_start(text, at as usize)?;
    // Python joins such lines before it looks for comments.
    if text[..line].trim_end_matches(['\r', '\n']).ends_with('\\') {
        return None;
    }
    let rest = &text[line..];
    let indent = &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()];
    let end = match rest.split_inclusive('\n').next() {
        Some(first) if first.ends_with("\r\n") => "\r\n",
        _ => "\n",
    };
    let mark = match dialect.language() {
        Language::Python => "#",
        Language::TypeScript => "//",
        Language::Json => return None,
    };
    let comment = format!("{indent}{mark} {words}{end}");
    let after = format!("{}{comment}{rest}", &text[..line]);
    let (before, tree) = (parse(text, dialect)?, parse(&after, dialect)?);
    let start = line + indent.len();
    let node = tree
        .root_node()
        .descendant_for_byte_range(start, start + 1)?;
    let is_comment = node.kind() == "comment" && node.start_byte() == start;
    let is_sound = !tree.root_node().has_error() || before.root_node().has_error();
    (is_comment && is_sound).then(|| TextEdit {
        span: Span::empty(line as u32),
        insert: comment,
    })
}

/// Takes away what a comment says at `at`: the whole comment, with its line where nothing else stands
/// on it; or of several codes that it silences, the one that stands there.
pub fn without_ignore(text: &str, at: Span) -> Option<TextEdit> {
    let start = line_start(text, at.start as usize)?;
    let line = text[start..].split_inclusive('\n').next()?;
    let content = line.trim_end_matches(['\r', '\n']);
    let marker = content.find("blue:")?;
    let gone = |from: usize, to: usize| {
        Some(TextEdit {
            span: Span::from_range(start + from..start + to),
            insert: String::new(),
        })
    };
    let codes = content[marker..].find("ignore[").map(|at| marker + at + 7);
    if let Some(from) = codes
        && let Some(length) = content[from..].find(']')
        && content[from..from + length].contains(',')
    {
        let (own, end) = (at.start as usize - start, at.end as usize - start);
        let (before, after) = (content.get(from..own)?, content.get(end..from + length)?);
        return match (after.split_once(','), before.rfind(',')) {
            (Some((_, rest)), _) => gone(own, from + length - rest.trim_start().len()),
            (None, Some(comma)) => gone(from + comma, end),
            (None, None) => None,
        };
    }
    let before = content[..marker].trim_end();
    let code = before
        .strip_suffix('#')
        .or_else(|| before.strip_suffix("//"))?
        .trim_end();
    match code.is_empty() {
        true => gone(0, line.len()),
        false => gone(code.len(), content.len()),
    }
}

/// A list as it is written, element by element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListLiteral {
    /// All of it, brackets included.
    pub span: Span,
    /// Its elements, in order.
    pub elements: Vec<ListElement>,
}

/// An element of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListElement {
    /// Its expression.
    pub span: Span,
    /// Where a key is written in it; nothing where none is that can be told apart.
    pub key: Option<WrittenKey>,
}

/// A key in an expression that names a resource, and what is written around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenKey {
    /// The key by IAM's rules; `*` for what the expression does not write out.
    pub iam: String,
    before: String,
    after: String,
}

/// The list literal that stands at a span, or that the name there was given at the top of the file.
pub fn list_at(text: &str, dialect: Dialect, span: Span) -> Option<ListLiteral> {
    let tree = parse(text, dialect)?;
    let list = find_list(&tree, text, span)?;
    if list.has_error() {
        return None;
    }
    let mut cursor = list.walk();
    let elements = list
        .named_children(&mut cursor)
        .filter(|node| node.kind() != "comment");
    let elements = elements.map(|node| ListElement {
        span: Span::from_range(node.byte_range()),
        key: written_key(node, text),
    });
    Some(ListLiteral {
        span: Span::from_range(list.byte_range()),
        elements: elements.collect(),
    })
}

impl ListLiteral {
    /// The list with one element more at its end, that names `pattern` as `like` names its key.
    /// Nothing for a pattern that would have to be escaped.
    pub fn with(
        &self,
        text: &str,
        dialect: Dialect,
        like: &WrittenKey,
        pattern: &str,
    ) -> Option<Vec<TextEdit>> {
        let odd = |c: char| c.is_control() || "\\\"'`{}$?".contains(c);
        if pattern.contains(odd) {
            return None;
        }
        let made = format!("{}{pattern}{}", like.before, like.after);
        let splices = self.appended(text, &made)?;
        is_sound(text, dialect, &splices).then_some(splices)
    }

    fn appended(&self, text: &str, made: &str) -> Option<Vec<TextEdit>> {
        let last = self.elements.last()?.span;
        let start = line_start(text, last.start as usize)?;
        let indent = text[start..last.start as usize]
            .chars()
            .take_while(|c| [' ', '\t'].contains(c));
        let indent: String = indent.collect();
        let first = self.elements.first()?.span;
        let is_inline =
            self.elements.len() == 1 || line_start(text, first.start as usize)? == start;
        let stands_alone = indent.len() == last.start as usize - start;
        let after = &text[last.end as usize..self.span.end as usize];
        let comma = comma_after(after);
        if is_inline && !stands_alone {
            let at = Span::empty(last.end);
            return Some(vec![TextEdit {
                span: at,
                insert: format!(", {made}"),
            }]);
        }
        let end = match text.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        let indent = match stands_alone {
            true => indent,
            // The first element stands behind the bracket, the others below it.
            false => " ".repeat(text[start..last.start as usize].chars().count()),
        };
        match (comma, after.find('\n')) {
            // `"a",  # why` and the bracket on a line below: after the comment.
            (Some(_), Some(line)) => Some(vec![TextEdit {
                span: Span::empty(last.end + after[..line].trim_end_matches('\r').len() as u32),
                insert: format!("{end}{indent}{made},"),
            }]),
            (None, Some(line)) => Some(vec![
                TextEdit {
                    span: Span::empty(last.end),
                    insert: ",".to_owned(),
                },
                TextEdit {
                    span: Span::empty(last.end + after[..line].trim_end_matches('\r').len() as u32),
                    insert: format!("{end}{indent}{made}"),
                },
            ]),
            (_, None) => Some(vec![TextEdit {
                span: Span::empty(last.end),
                insert: format!(",{end}{indent}{made}"),
            }]),
        }
    }

    /// The list without one of its elements; nothing where it is the only one.
    pub fn without(&self, text: &str, dialect: Dialect, index: usize) -> Option<Vec<TextEdit>> {
        let gone = self.elements.get(index)?.span;
        if self.elements.len() == 1 {
            return None;
        }
        let start = line_start(text, gone.start as usize)?;
        let stands_alone = text[start..gone.start as usize].trim().is_empty();
        let after = &text[gone.end as usize..self.span.end as usize];
        let line = after.split_inclusive('\n').next().unwrap_or_default();
        let rest = line.trim_start().trim_start_matches(',').trim();
        let is_last_on_line = rest.is_empty() || rest.starts_with(['#', '/']);
        let range = if stands_alone && is_last_on_line && line.ends_with('\n') {
            start..gone.end as usize + line.len()
        } else if let Some(next) = self.elements.get(index + 1) {
            gone.start as usize..next.span.start as usize
        } else {
            self.elements.get(index.checked_sub(1)?)?.span.end as usize..gone.end as usize
        };
        let splices = vec![TextEdit {
            span: Span::from_range(range),
            insert: String::new(),
        }];
        is_sound(text, dialect, &splices).then_some(splices)
    }
}

fn is_sound(text: &str, dialect: Dialect, splices: &[TextEdit]) -> bool {
    let has_error = |text: &str| {
        let tree = parse(text, dialect);
        tree.is_none_or(|tree| tree.root_node().has_error())
    };
    has_error(text) || apply_edits(text, splices).is_some_and(|after| !has_error(&after))
}

fn parse(text: &str, dialect: Dialect) -> Option<Tree> {
    dialect.parse(text, None, &mut || false)
}

fn line_start(text: &str, at: usize) -> Option<usize> {
    Some(text.get(..at)?.rfind('\n').map_or(0, |end| end + 1))
}

/// Where the comma is after an element, comments passed over.
fn comma_after(after: &str) -> Option<usize> {
    let blank = after.len() - after.trim_start().len();
    after[blank..].starts_with(',').then_some(blank)
}

fn is_list(node: Node<'_>) -> bool {
    matches!(node.kind(), "list" | "array")
}

fn find_list<'t>(tree: &'t Tree, text: &str, span: Span) -> Option<Node<'t>> {
    let root = tree.root_node();
    let node = root.descendant_for_byte_range(span.start as usize, span.end as usize)?;
    let mut at = Some(node);
    while let Some(here) = at {
        if is_list(here) {
            return Some(here);
        }
        if here.byte_range() != node.byte_range() {
            break;
        }
        at = here.parent();
    }
    // `resources: [...] as const`, `(…)`
    if let Some(inner) = node.named_child(0).filter(|inner| is_list(*inner))
        && matches!(
            node.kind(),
            "as_expression" | "satisfies_expression" | "parenthesized_expression"
        )
    {
        return Some(inner);
    }
    let is_name = matches!(node.kind(), "identifier" | "shorthand_property_identifier");
    is_name.then(|| named_list(root, text, node))?
}

/// The list that a name is given at the top of the file, if it is given one thing there.
fn named_list<'t>(root: Node<'t>, text: &str, name: Node<'t>) -> Option<Node<'t>> {
    let wanted = text.get(name.byte_range())?;
    let mut found = None;
    let mut cursor = root.walk();
    for statement in root.named_children(&mut cursor) {
        let statement = match statement.kind() {
            "export_statement" => statement.child_by_field_name("declaration")?,
            _ => statement,
        };
        let mut cursor = statement.walk();
        for part in statement.named_children(&mut cursor) {
            let (left, right) = match part.kind() {
                "assignment" => ("left", "right"),
                "variable_declarator" => ("name", "value"),
                _ => continue,
            };
            let left = part.child_by_field_name(left)?;
            if text.get(left.byte_range()) != Some(wanted) {
                continue;
            }
            let right = part.child_by_field_name(right)?;
            let list = match right.kind() {
                "as_expression" => right.named_child(0)?,
                _ => right,
            };
            if found.replace(list).is_some() || !is_list(list) {
                return None;
            }
        }
    }
    found
}

/// A string as it is written: its quotes, and what stands between them.
struct Written<'t> {
    node: Node<'t>,
    /// Bytes of the text between the quotes.
    start: usize,
    end: usize,
    /// What is filled in.
    holes: Vec<std::ops::Range<usize>>,
}

fn written<'t>(node: Node<'t>, text: &str) -> Option<Written<'t>> {
    if !matches!(node.kind(), "string" | "template_string") {
        return None;
    }
    let whole = text.get(node.byte_range())?;
    let open = whole.find(['"', '\'', '`'])?;
    let quote = if whole[open..].starts_with("\"\"\"") || whole[open..].starts_with("'''") {
        3
    } else {
        1
    };
    let mut cursor = node.walk();
    let holes = node
        .named_children(&mut cursor)
        .filter(|child| matches!(child.kind(), "interpolation" | "template_substitution"));
    let holes: Vec<_> = holes.map(|hole| hole.byte_range()).collect();
    let start = node.start_byte() + open + quote;
    let end = node.end_byte().checked_sub(quote)?;
    (start <= end).then_some(Written {
        node,
        start,
        end,
        holes,
    })
}

impl Written<'_> {
    /// The bytes of its literal text from `from` on, with their places.
    fn literal<'a>(&'a self, text: &'a str, from: usize) -> impl Iterator<Item = (usize, u8)> + 'a {
        let bytes = text.as_bytes();
        (from..self.end)
            .filter(|at| self.holes.iter().all(|hole| !hole.contains(at)))
            .map(move |at| (at, bytes[at]))
    }

    /// Where the key begins: after the bucket's `/`.
    fn key_start(&self, text: &str) -> Option<usize> {
        let from = match text.get(self.start..self.end)?.starts_with("arn:") {
            true => {
                let mut colons = self.literal(text, self.start).filter(|(_, b)| *b == b':');
                colons.nth(4)?.0 + 1
            }
            false => {
                self.holes
                    .first()
                    .filter(|hole| hole.start == self.start)?
                    .end
            }
        };
        let mut slashes = self.literal(text, from).filter(|(_, byte)| *byte == b'/');
        Some(slashes.next()?.0 + 1)
    }

    /// What it says from a byte on, `*` for what is filled in.
    fn iam(&self, text: &str, from: usize) -> String {
        let (mut said, mut at) = (String::new(), from);
        for hole in self.holes.iter().filter(|hole| hole.start >= from) {
            said.push_str(text.get(at..hole.start).unwrap_or_default());
            said.push('*');
            at = hole.end;
        }
        said.push_str(text.get(at..self.end).unwrap_or_default());
        said
    }

    /// The quotes around a text in which nothing is filled in.
    fn plain_quote<'a>(&self, text: &'a str) -> &'a str {
        &text[self.end..self.node.end_byte()]
    }
}

fn written_key(node: Node<'_>, text: &str) -> Option<WrittenKey> {
    let piece = |from: usize, to: usize| text.get(from..to).map(str::to_owned);
    if let Some(string) = written(node, text) {
        let start = string.key_start(text)?;
        return Some(WrittenKey {
            iam: string.iam(text, start),
            before: piece(node.start_byte(), start)?,
            after: piece(string.end, node.end_byte())?,
        });
    }
    match node.kind() {
        // `bucket.arn_for_objects("jobs/*")`, and a helper that is given nothing but the key.
        "call" | "call_expression" => {
            let arguments = node.child_by_field_name("arguments")?;
            let mut cursor = arguments.walk();
            let mut given = arguments.named_children(&mut cursor);
            let (only, None) = (given.next()?, given.next()) else {
                return None;
            };
            let string = written(only, text)?;
            let quote = string.plain_quote(text);
            Some(WrittenKey {
                iam: string.iam(text, string.start),
                before: piece(node.start_byte(), only.start_byte())? + quote,
                after: quote.to_owned() + &piece(only.end_byte(), node.end_byte())?,
            })
        }
        // `bucket.bucket_arn + "/jobs/*"`
        "binary_operator" | "binary_expression" => {
            let right = node.child_by_field_name("right")?;
            let string = written(right, text)?;
            if !text.get(string.start..string.end)?.starts_with('/') {
                return None;
            }
            let quote = string.plain_quote(text);
            Some(WrittenKey {
                iam: string.iam(text, string.start + 1),
                before: piece(node.start_byte(), right.start_byte())? + quote + "/",
                after: quote.to_owned(),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
