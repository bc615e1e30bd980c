//! String literals of both languages, decoded: prefixes, quotes, escapes, raw forms.

use smol_str::SmolStr;
use tree_sitter::Node;

use crate::builtins::formats::says_more;
use crate::language::Language;

/// A stretch of a string literal.
pub(crate) enum Piece<'t> {
    /// Characters, escapes decoded.
    Text(SmolStr),
    /// `{expression}`, `${expression}`.
    Hole(Node<'t>),
    /// `{month:02d}`: what is formatted, and how.
    Number(Node<'t>, SmolStr),
    /// `{date:raw/%Y}`: what is formatted, and the template that says words or folders of its own.
    Date(Node<'t>, SmolStr),
}

/// The pieces of a string node; `None` for one that is not text (bytes) or not whole.
pub(crate) fn pieces<'t>(node: Node<'t>, text: &str, language: Language) -> Option<Vec<Piece<'t>>> {
    let prefix = match language {
        Language::Python => python_prefix(node, text),
        Language::TypeScript => Prefix::default(),
        Language::Json => {
            let decoded: String = serde_json::from_str(&text[node.byte_range()]).ok()?;
            return Some(vec![Piece::Text(decoded.into())]);
        }
    };
    if prefix.bytes {
        return None;
    }
    // Of `r"\\"` the grammar sees no content, and takes the backslashes to the quote behind them.
    if prefix.raw && !prefix.format && !node.has_error() {
        let start = node.child(0)?;
        let quotes =
            text[start.byte_range()].trim_start_matches(|it: char| it.is_ascii_alphabetic());
        let end = node.end_byte().checked_sub(quotes.len())?;
        let content = text.get(start.end_byte()..end)?;
        return Some(vec![Piece::Text(content.into())]);
    }
    let mut cursor = node.walk();
    let mut pieces = Vec::new();
    for child in node.children(&mut cursor) {
        match child.kind() {
            // A bare escape stands as a child of its own in TypeScript's strings.
            "string_content" | "string_fragment" | "escape_sequence" => {
                let raw = &text[child.byte_range()];
                let decoded = if prefix.raw {
                    raw.into()
                } else {
                    unescape(raw, language)
                };
                // `{{` in an f-string is parsed as part of its content.
                let decoded = if prefix.format {
                    decoded.replace("{{", "{").replace("}}", "}")
                } else {
                    decoded
                };
                push_text(&mut pieces, &decoded);
            }
            "interpolation" => {
                let expression = child.child_by_field_name("expression");
                let expression = expression.unwrap_or(child);
                let mut inner = child.walk();
                let mut parts = child.named_children(&mut inner);
                let format = parts.find(|part| part.kind() == "format_specifier");
                let format = format.map(|format| text[format.byte_range()].trim_start_matches(':'));
                let zeros = format.filter(|format| crate::builtins::zeros(format).is_some());
                let format = format.filter(|it| it.contains('%') && !it.contains('{'));
                pieces.push(match format.filter(|format| says_more(format)) {
                    Some(format) => Piece::Date(expression, format.into()),
                    None if let Some(zeros) = zeros => Piece::Number(expression, zeros.into()),
                    None => Piece::Hole(expression),
                });
            }
            "template_substitution" => {
                pieces.push(Piece::Hole(child.named_child(0).unwrap_or(child)));
            }
            "ERROR" => return None,
            _ => {}
        }
    }
    Some(pieces)
}

fn push_text(pieces: &mut Vec<Piece<'_>>, more: &str) {
    if let Some(Piece::Text(text)) = pieces.last_mut() {
        *text = format!("{text}{more}").into();
        return;
    }
    pieces.push(Piece::Text(more.into()));
}

#[derive(Default, Clone, Copy)]
struct Prefix {
    raw: bool,
    bytes: bool,
    format: bool,
}

fn python_prefix(node: Node<'_>, text: &str) -> Prefix {
    let mut prefix = Prefix::default();
    for letter in text[node.byte_range()]
        .chars()
        .take_while(char::is_ascii_alphabetic)
    {
        match letter.to_ascii_lowercase() {
            'r' => prefix.raw = true,
            'b' => prefix.bytes = true,
            'f' | 't' => prefix.format = true,
            _ => {}
        }
    }
    prefix
}

/// Decodes backslash escapes. What is no escape in the language stays as written (Python) or loses
/// its backslash (JavaScript), as the languages say.
fn unescape(raw: &str, language: Language) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some(escape) = rest.next() else { break };
        match escape {
            '\n' => {}
            '\r' => {
                rest.next_if_eq(&'\n');
            }
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'v' => out.push('\u{b}'),
            '0' => out.push('\0'),
            'x' => push_code(&mut out, &take_hex(&mut rest, 2)),
            'u' if rest.peek() == Some(&'{') => {
                rest.next();
                let mut digits = String::new();
                for digit in rest.by_ref() {
                    if digit == '}' {
                        break;
                    }
                    digits.push(digit);
                }
                push_code(&mut out, &digits);
            }
            'u' => push_code(&mut out, &take_hex(&mut rest, 4)),
            'U' if language == Language::Python => push_code(&mut out, &take_hex(&mut rest, 8)),
            '\\' | '\'' | '"' | '`' | '$' => out.push(escape),
            other => {
                if language == Language::Python {
                    out.push('\\');
                }
                out.push(other);
            }
        }
    }
    out
}

fn take_hex(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, count: usize) -> String {
    let mut digits = String::new();
    while digits.len() < count
        && let Some(digit) = rest.next_if(char::is_ascii_hexdigit)
    {
        digits.push(digit);
    }
    digits
}

fn push_code(out: &mut String, digits: &str) {
    let code = u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32);
    out.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
}
