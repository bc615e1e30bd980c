//! A change that somebody may make to a text: what a remedy is made of, before anybody applied it.

use crate::span::{Span, saturate};

/// Bytes to take out and text to put there instead. Unlike [`Edit`](crate::Edit), which tells what
/// happened, it carries the new text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TextEdit {
    /// Bytes of the text before the change; empty for an insertion.
    pub span: Span,
    /// What stands there then.
    pub insert: String,
}

impl TextEdit {
    /// `text` goes in before byte `at`.
    #[must_use]
    pub fn insertion(at: usize, text: impl Into<String>) -> Self {
        Self::replacement(at..at, text)
    }

    /// `text` goes where bytes `range` were.
    #[must_use]
    pub fn replacement(range: std::ops::Range<usize>, text: impl Into<String>) -> Self {
        Self {
            span: Span::from_range(range),
            insert: text.into(),
        }
    }
}

/// The text after `edits`, all of which speak of `text` as it is, as those of an editor's workspace
/// edit do (LSP 3.17, "Text Document Edit"). Insertions at one place keep their order. Nothing if a
/// span cuts a character, lies beyond the text, or overlaps another.
#[must_use]
pub fn apply_edits(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut ordered: Vec<&TextEdit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut changed = String::with_capacity(text.len() + 64);
    let mut done = 0u32;
    for edit in ordered {
        changed.push_str(
            Span {
                start: done,
                end: edit.span.start,
            }
            .slice(text)?,
        );
        edit.span.slice(text)?;
        changed.push_str(&edit.insert);
        done = edit.span.end;
    }
    changed.push_str(
        Span {
            start: done,
            end: saturate(text.len()),
        }
        .slice(text)?,
    );
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_speak_of_the_text_as_it_was() {
        for (edits, expected) in [
            (vec![(0..1, "x"), (3..3, "y")], Some("xbcy🍄")),
            (vec![(3..3, "y"), (0..1, "x")], Some("xbcy🍄")),
            (vec![(1..1, "1"), (1..1, "2")], Some("a12bc🍄")),
            (vec![(1..1, "1"), (1..2, "2")], Some("a12c🍄")),
            (vec![], Some("abc🍄")),
            (vec![(0..2, ""), (1..3, "")], None),
            (vec![(4..5, "")], None),
            (vec![(7..8, "")], None),
            (vec![(7..7, "!")], Some("abc🍄!")),
        ] {
            let edits: Vec<TextEdit> = edits
                .into_iter()
                .map(|(range, text)| TextEdit::replacement(range, text))
                .collect();
            assert_eq!(
                apply_edits("abc🍄", &edits).as_deref(),
                expected,
                "{edits:?}"
            );
        }
    }
}
