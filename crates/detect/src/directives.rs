//! What comments tell Blue: `# blue: not-a-site`, `# blue: value write jobs/*/out.json`,
//! `# blue: ignore[code] reason` (or `// …`), on a line or the line above it.

use blue_text::Span;
use smol_str::SmolStr;

/// One comment that speaks to Blue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The line the comment stands on. Bytes, without the line's end.
    pub line: Span,
    /// The line it speaks of: its own where code stands before the comment, else the next.
    pub applies_to: Span,
    /// What it says.
    pub says: Says,
}

/// What a directive says.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        /// Why, in the author's words.
        reason: SmolStr,
    },
}

/// All directives of a text, in order.
pub(crate) fn directives(text: &str) -> Vec<Directive> {
    if !text.contains("blue:") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\r', '\n']).len();
        if let Some((before, says)) = read_line(&text[start..end]) {
            let line_span = span(start, end);
            let next_start = start + line.len();
            let next_end = text[next_start..]
                .find('\n')
                .map_or(text.len(), |at| next_start + at);
            let applies_to = if before.trim().is_empty() {
                span(next_start, next_end)
            } else {
                line_span
            };
            found.push(Directive {
                line: line_span,
                applies_to,
                says,
            });
        }
        start += line.len();
    }
    found
}

fn read_line(line: &str) -> Option<(&str, Says)> {
    let marker = line.find("blue:")?;
    let before = line[..marker].trim_end();
    let before = before
        .strip_suffix('#')
        .or_else(|| before.strip_suffix("//"))?;
    let words = line[marker + "blue:".len()..].trim();
    if words.starts_with("not-a-site") {
        return Some((before, Says::NotASite));
    }
    if let Some(value) = words.strip_prefix("value ") {
        let (field, pattern) = value.trim().split_once(char::is_whitespace)?;
        return Some((
            before,
            Says::Value {
                field: field.into(),
                pattern: pattern.trim().into(),
            },
        ));
    }
    let (code, reason) = words.strip_prefix("ignore[")?.split_once(']')?;
    Some((
        before,
        Says::Ignore {
            code: code.trim().into(),
            reason: reason.trim().into(),
        },
    ))
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_speaks_of_its_own_line_or_of_the_next() {
        let text = "x = 1  # blue: not-a-site\n// blue: value write jobs/*/out.json\nput(x)\nblue: not-a-site\n";
        let found = directives(text);
        let lines: Vec<_> = found.iter().map(|d| &text[d.applies_to.range()]).collect();
        assert_eq!(lines, ["x = 1  # blue: not-a-site", "put(x)"]);
        assert_eq!(
            found[1].says,
            Says::Value {
                field: "write".into(),
                pattern: "jobs/*/out.json".into()
            }
        );
    }
}
