//! What comments tell Blue: `# blue: not-a-site`, `# blue: value write jobs/*/out.json`,
//! `# blue: ignore[code] reason` (or `// …`), on a line or the line above it.

use blue_text::Span;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use tree_sitter::Node;

/// One thing that a comment tells Blue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// The line the comment stands on. Bytes, without the line's end.
    pub line: Span,
    /// The comment that speaks to Blue, from its `#` or `//` to the end of its line. Bytes.
    pub comment: Span,
    /// The line it speaks of: its own where code stands before the comment, else the next.
    pub applies_to: Span,
    /// What it says.
    pub says: Says,
}

/// What a directive says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// The code on the line touches nothing.
    NotASite,
    /// The code on the line touches this value, which cannot be seen in it.
    Value {
        /// The field of the contract: `read`, `write`, `delete`, `list`.
        field: SmolStr,
        /// The pattern.
        pattern: SmolStr,
    },
    /// Findings of this code are silenced on the line.
    Ignore {
        /// The finding's code.
        code: SmolStr,
        /// Where the code stands. Bytes.
        code_at: Span,
        /// Why, in the author's words.
        reason: SmolStr,
    },
}

/// Whether a comment of a text may state a value: such a file is looked into, even if there is no call
/// in it that touches one.
pub fn states_a_value(text: &str) -> bool {
    text.contains("blue: value ")
}

/// Whether a text may hold an ignore comment.
pub fn may_ignore(text: &str) -> bool {
    let holds = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    holds("ignore[") && holds("blue:")
}

/// All directives of a text, in order. Text that only looks like a comment (in a docstring, in a
/// string) tells nothing.
pub(crate) fn directives(text: &str, root: Node<'_>) -> Vec<Directive> {
    let is_comment = |at: usize| {
        let node = root.descendant_for_byte_range(at, at + 1);
        node.is_some_and(|node| node.kind() == "comment")
    };
    directives_in(text, is_comment)
}

/// All directives of a text in any language whose comments begin with `#` or `//`, in order;
/// `is_comment` says of a byte of it whether it is part of a comment.
pub fn directives_in(text: &str, is_comment: impl Fn(usize) -> bool) -> Vec<Directive> {
    if !text.contains("blue:") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\r', '\n']).len();
        let line_span = span(start, end);
        let next_start = start + line.len();
        if let Some(marker) = marker(&text[start..end]).filter(|at| is_comment(start + at)) {
            let next_end = text[next_start..]
                .find('\n')
                .map_or(text.len(), |at| next_start + at);
            let applies_to = match text[start..start + marker].trim() {
                "" => span(next_start, next_end),
                _ => line_span,
            };
            let said = &text[start + marker..end];
            for says in read(said, start + marker) {
                found.push(Directive {
                    line: line_span,
                    comment: span(start + marker, start + marker + said.trim_end().len()),
                    applies_to,
                    says,
                });
            }
        }
        start = next_start;
    }
    found
}

/// Where, in a line, the comment begins that speaks to Blue: its `#` or `//`.
fn marker(line: &str) -> Option<usize> {
    let before = line[..line.find("blue:")?].trim_end();
    let before = before
        .strip_suffix('#')
        .or_else(|| before.strip_suffix("//"))?;
    Some(before.len())
}

/// What stands for a value in a comment that is made for somebody to fill in: it states nothing.
pub const TO_FILL_IN: &str = "PATTERN";

/// What a comment says that stands at an offset of the text.
fn read(comment: &str, offset: usize) -> Vec<Says> {
    let Some((marker, words)) = comment.split_once("blue:") else {
        return Vec::new();
    };
    let offset = offset + marker.len() + "blue:".len();
    let offset = offset + (words.len() - words.trim_start().len());
    let words = words.trim();
    if words.starts_with("not-a-site") {
        return vec![Says::NotASite];
    }
    if let Some(value) = words.strip_prefix("value ") {
        let value = value.trim().split_once(char::is_whitespace);
        let stated = value.filter(|(_, pattern)| pattern.trim() != TO_FILL_IN);
        let stated = stated.map(|(field, pattern)| Says::Value {
            field: field.into(),
            pattern: pattern.trim().into(),
        });
        return stated.into_iter().collect();
    }
    let ignored = words.strip_prefix("ignore[");
    let Some((codes, reason)) = ignored.and_then(|rest| rest.split_once(']')) else {
        return Vec::new();
    };
    let mut start = offset + "ignore[".len();
    let mut said = Vec::new();
    for code in codes.split(',') {
        let from = start + (code.len() - code.trim_start().len());
        said.push(Says::Ignore {
            code: code.trim().into(),
            code_at: span(from, from + code.trim().len()),
            reason: reason.trim().into(),
        });
        start += code.len() + 1;
    }
    said
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.
mod tests {
    use super::*;
    use crate::language::Dialect;

    fn of(path: &str, text: &str) -> Vec<Directive> {
        let dialect = Dialect::of_path(path).unwrap();
        let tree = dialect.parse(text, None, &mut || false).unwrap();
        directives(text, tree.root_node())
    }

    #[test]
    fn a_directive_speaks_of_its_own_line_or_of_the_next() {
        let text =
            "x = 1  # blue: not-a-site\n# blue: value write jobs/*/out.json \nput(x)\nblue = 1\n";
        let found = of("jobs/segment.py", text);
        let lines: Vec<_> = found.iter().map(|d| &text[d.applies_to.range()]).collect();
        assert_eq!(lines, ["x = 1  # blue: not-a-site", "put(x)"]);
        let comments: Vec<_> = found.iter().map(|d| &text[d.comment.range()]).collect();
        assert_eq!(
            comments,
            ["# blue: not-a-site", "# blue: value write jobs/*/out.json"]
        );
        assert_eq!(
            found[1].says,
            Says::Value {
                field: "write".into(),
                pattern: "jobs/*/out.json".into()
            }
        );
    }

    #[test]
    fn a_value_that_is_still_to_be_filled_in_states_nothing() {
        let found = of("jobs/segment.py", "# blue: value write PATTERN\nput(x)\n");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_comment_ignores_several_codes() {
        let text = "put(x)  // noqa // blue: ignore[export-added,  export-opaque] next release\n";
        let found = of("src/jobs.ts", text);
        let said: Vec<_> = found
            .iter()
            .map(|directive| match &directive.says {
                Says::Ignore { code_at, code, .. } => (&text[code_at.range()], code.as_str()),
                _ => panic!("{directive:?}"),
            })
            .collect();
        assert_eq!(
            said,
            [
                ("export-added", "export-added"),
                ("export-opaque", "export-opaque")
            ]
        );
    }

    #[test]
    fn what_is_no_comment_tells_nothing() {
        let python = "\"\"\"Silenced by\n# blue: ignore[export-added] why\n\"\"\"\ns = '# blue: not-a-site'\n";
        assert_eq!(of("jobs/segment.py", python), []);
        assert_eq!(of("src/jobs.ts", "f(`// blue: not-a-site`);\n"), []);
    }
}
