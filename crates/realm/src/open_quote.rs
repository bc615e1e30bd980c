//! A quote that is not closed. The parser reads on to the next quote, or to the end of the text, and only there finds that
//! something is wrong: far from where a person would look for it.

use blue_text::Span;

/// The first value whose quote nothing closes as a value's quote is closed, of those that begin on lines up to an offset:
/// from the quote to its line's end. For a text that is no YAML.
pub(crate) fn open_quote(text: &str, until: usize) -> Option<Span> {
    let mut start = 0;
    // Lines that are deeper than this are text of a block.
    let mut block: Option<usize> = None;
    while start <= until {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = rest[..length].trim_end();
        let indent = line.len() - line.trim_start().len();
        if block.is_some_and(|block| line.is_empty() || indent > block) {
            start += length;
            continue;
        }
        block = is_head_of_block(line).then_some(indent);
        let from = start + value_of(line);
        let value = &text[from..];
        match closing(value) {
            _ if !value.starts_with(['"', '\'']) => start += length,
            Some(end) if ends_value(&value[end..]) => {
                let line = value[end..]
                    .find('\n')
                    .map_or(value.len(), |at| end + at + 1);
                start = from + line;
            }
            _ => return Some(Span::from_range(from..start + line.len())),
        }
    }
    None
}

/// Where the value of a line begins: behind dashes and the key. Bytes.
fn value_of(line: &str) -> usize {
    let mut from = line.len() - line.trim_start().len();
    while let Some(item) = line[from..].strip_prefix("- ") {
        from += 2 + (item.len() - item.trim_start().len());
    }
    let item = &line[from..];
    if item.starts_with(['"', '\'', '#']) {
        return from;
    }
    match item.split_once(": ") {
        Some((key, value)) => from + key.len() + 2 + (value.len() - value.trim_start().len()),
        None => from,
    }
}

/// Whether what follows is a block of text (`note: |`).
fn is_head_of_block(line: &str) -> bool {
    let word = line.rsplit(' ').next().unwrap_or_default();
    let word = word.trim_end_matches(|c: char| matches!(c, '+' | '-' | '0'..='9'));
    matches!(word, "|" | ">")
}

/// Where a quoted text ends: the byte behind its quote.
fn closing(value: &str) -> Option<usize> {
    let mut rest = value.char_indices().peekable();
    let (_, quote) = rest.next()?;
    while let Some((at, character)) = rest.next() {
        match character {
            '\\' if quote == '"' => {
                rest.next();
            }
            // Two of them stand for one.
            it if it == quote
                && quote == '\''
                && rest.peek().is_some_and(|(_, it)| *it == quote) =>
            {
                rest.next();
            }
            it if it == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Whether a value may end before this: nothing else stands on its line, or it was a key, or one of a list.
fn ends_value(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or_default();
    let after = line.trim_start();
    // A comment has a blank before it.
    let is_comment = after.starts_with('#') && after.len() < line.len();
    after.is_empty() || is_comment || after.starts_with([',', ':', ']', '}'])
}

#[cfg(test)]
mod tests {
    use super::open_quote;

    #[test]
    fn the_first_that_nothing_closes() {
        for (text, expected) in [
            ("a: \"1.4.0\nb: 2\n", Some("\"1.4.0")),
            ("a: \"1.4.0\nb: \"x\"\nc: d\n", Some("\"1.4.0")),
            ("a:\n  - 'x\n  - 'y'\n", Some("'x")),
            ("a: \"1.4.0\nb: {c: \"#/d\"}\n", Some("\"1.4.0")),
            ("a: \"1\" # one\nb: \"c\n", Some("\"c")),
            ("a: 'it''s'\nb: 'c\n", Some("'c")),
            ("a: \"1 \\\" 2\"\nb: \"c", Some("\"c")),
            // In several lines, and text that only looks like it.
            ("a: \"one\n  two\"\nb: [c\n", None),
            ("a: |\n  b: \"c\n\n  d: 'e\nf: [g\n", None),
            ("a: >-\n  b: \"c\nd: 'e\n", Some("'e")),
            ("# it's\na: it's\nb: [\"c\"\n", None),
            ("\"a: b\nc: d\n", Some("\"a: b")),
            ("", None),
        ] {
            let span = open_quote(text, text.len());
            assert_eq!(span.and_then(|span| span.slice(text)), expected, "{text}");
        }
        assert_eq!(open_quote("a: b\nc: \"d\n", 2), None, "below the place");
    }
}
