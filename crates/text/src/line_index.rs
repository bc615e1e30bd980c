//! Where the lines of a text begin, kept right through edits without reading the whole text again.
//!
//! A place `p > 0` begins a line exactly when the byte before it is `\n`, or is `\r` and the byte at
//! `p` is not `\n`. Only two bytes decide, which is what makes [`LineIndex::splice`] both short and
//! right where an edit joins or parts a `\r` and a `\n`.

use crate::position::{Encoding, Position, PositionRange};
use crate::span::{Span, saturate};

/// The starts of a text's lines. It does not hold the text: methods that need it take it, and they
/// never panic if it is another one (the answer is then clamped, and meaningless).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LineIndex {
    /// Ascending, the first is 0; the last may be the text's length (after a final line end).
    starts: Vec<u32>,
    /// Of the whole text, in bytes.
    len: u32,
}

impl Default for LineIndex {
    /// Of an empty text, which has one line.
    fn default() -> Self {
        Self::new("")
    }
}

impl LineIndex {
    /// Reads the whole text once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let len = saturate(text.len());
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        // Only such bytes can end a line: all others are passed over many at a time.
        for end in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let next = saturate(end + 1);
            starts.extend(starts_in(bytes, next, next));
        }
        Self { starts, len }
    }

    /// At least 1: an empty text has one empty line, and a final line end begins one more.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        saturate(self.starts.len())
    }

    /// The bytes of a 0-based line without its line end; nothing if there is no such line.
    #[must_use]
    pub fn line_span(&self, line: u32, text: &str) -> Option<Span> {
        let line = line as usize;
        let start = *self.starts.get(line)?;
        let Some(&next) = self.starts.get(line + 1) else {
            return Some(Span::new(start, saturate(text.len())));
        };
        let bytes = text.as_bytes();
        let ends_with = |at: u32, byte: u8| bytes.get(at as usize) == Some(&byte);
        let mut end = next - 1;
        if end > start && ends_with(end, b'\n') && ends_with(end - 1, b'\r') {
            end -= 1;
        }
        Some(Span::new(start, end))
    }

    /// The 0-based line that holds the byte at `offset` (a line end belongs to the line it ends);
    /// the last line for an offset beyond the text.
    #[must_use]
    pub fn line_of(&self, offset: u32) -> u32 {
        // The first start is 0, so at least one is not greater.
        saturate(self.starts.partition_point(|&start| start <= offset)) - 1
    }

    /// The editor's position of a byte. An offset inside a character is that character's start, one
    /// inside `\r\n` is the line's end (an editor has no position there), one beyond the text is
    /// the text's end.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32, encoding: Encoding) -> Position {
        let offset = text.floor_char_boundary(offset as usize);
        let line = self.line_of(saturate(offset));
        let span = self.line_span(line, text).unwrap_or_default();
        let end = offset.min(span.end as usize);
        let before = text.get(span.start as usize..end).unwrap_or_default();
        Position {
            line,
            character: saturate(encoding.units(before)),
        }
    }

    /// The byte of an editor's position, clamped as the protocol asks: a character beyond the
    /// line's end is the line's end (before `\n`, `\r\n`, `\r`), a line beyond the last one is the
    /// text's end, a unit inside a character is that character's start.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> u32 {
        let Some(span) = self.line_span(position.line, text) else {
            return saturate(text.len());
        };
        let line = span.slice(text).unwrap_or_default();
        span.start + saturate(encoding.byte_of(line, position.character as usize))
    }

    /// [`position`](Self::position) of both ends.
    #[must_use]
    pub fn position_range(&self, text: &str, span: Span, encoding: Encoding) -> PositionRange {
        PositionRange {
            start: self.position(text, span.start, encoding),
            end: self.position(text, span.end, encoding),
        }
    }

    /// [`offset`](Self::offset) of both ends; empty at the start if the end lies before it.
    #[must_use]
    pub fn span(&self, text: &str, range: PositionRange, encoding: Encoding) -> Span {
        Span::new(
            self.offset(text, range.start, encoding),
            self.offset(text, range.end, encoding),
        )
    }

    /// Takes over one edit: the bytes `old` of the text before were replaced by `new_text`, which
    /// made `text_after`. Reads the new bytes and moves the later starts. If the three do not fit
    /// together the index is rebuilt from `text_after`, so it is right in every case.
    pub fn splice(&mut self, old: Span, new_text: &str, text_after: &str) {
        let new_end = old.start as usize + new_text.len();
        let fits = old.start <= old.end
            && old.end <= self.len
            && u32::try_from(text_after.len()).is_ok()
            && text_after.len() == new_end + (self.len - old.end) as usize;
        if !fits {
            *self = Self::new(text_after);
            return;
        }
        let new_end = saturate(new_end);
        // Starts before the edit depend on bytes before it, starts after `old.end` on bytes after
        // it; those from `old.start` to `old.end`, both included, have to be decided anew.
        let first = self
            .starts
            .partition_point(|&start| start < old.start.max(1));
        let last = self.starts.partition_point(|&start| start <= old.end);
        let delta = new_end.wrapping_sub(old.end);
        if delta != 0 {
            for start in &mut self.starts[last..] {
                // Cannot leave u32: the sum lies between 0 and the new text's length.
                *start = start.wrapping_add(delta);
            }
        }
        let fresh = starts_in(text_after.as_bytes(), old.start.max(1), new_end);
        self.starts.splice(first..last.max(first), fresh);
        self.len = saturate(text_after.len());
    }
}

/// The line starts `p` with `from <= p <= to`; `from` is at least 1.
fn starts_in(bytes: &[u8], from: u32, to: u32) -> impl Iterator<Item = u32> {
    (from..=to).filter(|&at| {
        let at = at as usize;
        match bytes.get(at - 1) {
            Some(b'\n') => true,
            Some(b'\r') => bytes.get(at) != Some(&b'\n'),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_ends() {
        // text, the lines without their ends
        for (text, lines) in [
            ("", vec![""]),
            ("a", vec!["a"]),
            ("a\n", vec!["a", ""]),
            ("\n\r", vec!["", "", ""]),
            ("\r\n", vec!["", ""]),
            ("\r\r\n\n", vec!["", "", "", ""]),
            ("a\r\nb\rc\nd", vec!["a", "b", "c", "d"]),
            ("菌\r菇\u{2028}\u{85}\n", vec!["菌", "菇\u{2028}\u{85}", ""]),
        ] {
            let index = LineIndex::new(text);
            let found: Vec<_> = (0..index.line_count())
                .map(|line| index.line_span(line, text).unwrap().slice(text).unwrap())
                .collect();
            assert_eq!(found, lines, "{text:?}");
            assert_eq!(index.line_span(index.line_count(), text), None);
            assert_eq!(index.line_of(u32::MAX), index.line_count() - 1);
        }
    }

    #[test]
    fn clamping() {
        use Encoding::{Utf8, Utf16, Utf32};
        let text = "a🍄b\r\n\u{65}\u{301}菌";
        let index = LineIndex::new(text);
        // line, character, encoding, byte
        for (line, character, encoding, byte) in [
            (0, 1, Utf16, 1),
            (0, 2, Utf16, 1), // between the surrogates
            (0, 3, Utf16, 5),
            (0, 4, Utf16, 6),
            (0, 5, Utf16, 6), // never into the line end
            (0, u32::MAX, Utf16, 6),
            (0, 2, Utf32, 5),
            (0, 4, Utf8, 1),
            (0, 7, Utf8, 6),
            (1, 1, Utf16, 9), // the accent is a character of its own
            (1, 2, Utf16, 11),
            (1, 3, Utf16, 14),
            (1, 4, Utf8, 11),
            (1, 9, Utf32, 14),
            (2, 0, Utf16, 14),
            (u32::MAX, u32::MAX, Utf16, 14),
        ] {
            let position = Position { line, character };
            assert_eq!(
                index.offset(text, position, encoding),
                byte,
                "{position:?} {encoding:?}"
            );
        }
        // byte, line, character in UTF-16
        for (byte, line, character) in [
            (0, 0, 0),
            (3, 0, 1), // inside the mushroom
            (5, 0, 3),
            (6, 0, 4),
            (7, 0, 4), // inside \r\n
            (8, 1, 0),
            (10, 1, 1),
            (14, 1, 3),
            (99, 1, 3),
        ] {
            let position = Position { line, character };
            assert_eq!(index.position(text, byte, Utf16), position, "byte {byte}");
        }
    }

    #[test]
    fn a_splice_that_does_not_fit_rebuilds() {
        for (old, new_text) in [(Span::new(0, 99), "x"), (Span::new(0, 1), "xx")] {
            let mut index = LineIndex::new("a\nb");
            index.splice(old, new_text, "q\n\n");
            assert_eq!(index, LineIndex::new("q\n\n"));
        }
    }
}
