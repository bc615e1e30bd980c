//! A text that is being edited, with its lines always right: after each change, not after a batch.

use std::fmt;

use crate::edit::Edit;
use crate::line_index::LineIndex;
use crate::position::{Encoding, PositionRange};
use crate::span::Span;

/// One change as an editor sends it (LSP 3.17, `TextDocumentContentChangeEvent`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// The whole text anew.
    Full(&'a str),
    /// A stretch of the text as it is now is replaced.
    Range {
        /// The stretch, in the encoding given to [`Buffer::apply`].
        range: PositionRange,
        /// What stands there then.
        text: &'a str,
    },
}

/// Why a change was not applied. The buffer is as it was: the editor and Blue no longer agree on the
/// text, and the next full change mends that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditError {
    /// A line that the text does not have (the one after the last is still taken for the text's
    /// end), or a range that ends before it starts.
    OutOfRange {
        /// As the editor sent it.
        range: PositionRange,
        /// Lines that the text has.
        line_count: u32,
    },
    /// The text would be longer than offsets can say.
    TooLarge {
        /// Length in bytes that it would have.
        bytes: u64,
    },
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { range, line_count } => write!(
                f,
                "the edit {}:{} to {}:{} is out of range in a text of {line_count} lines",
                range.start.line, range.start.character, range.end.line, range.end.character
            ),
            Self::TooLarge { bytes } => write!(f, "a text of {bytes} bytes is too large to edit"),
        }
    }
}

impl std::error::Error for EditError {}

/// A text and its lines. It holds no encoding: each change says in which one it counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Buffer {
    text: String,
    lines: LineIndex,
}

impl Buffer {
    /// Reads the text once for its lines.
    #[must_use]
    pub fn new(text: String) -> Self {
        let lines = LineIndex::new(&text);
        Self { text, lines }
    }

    /// The text as it is now.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where its lines begin.
    #[must_use]
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// The text alone.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// Applies one change; what it did in bytes, or nothing for a full one (no span outlives it).
    /// A character beyond its line's end is the line's end.
    ///
    /// # Errors
    /// [`EditError`]; nothing is changed then.
    pub fn apply(
        &mut self,
        change: Change<'_>,
        encoding: Encoding,
    ) -> Result<Option<Edit>, EditError> {
        match change {
            Change::Full(text) => {
                fits(text.len())?;
                *self = Self::new(text.to_owned());
                Ok(None)
            }
            Change::Range { range, text } => {
                let span = self.checked_span(range, encoding)?;
                fits(self.text.len() - span.len() as usize + text.len())?;
                Ok(Some(self.replace(span, text)))
            }
        }
    }

    /// The bytes of a range, if it is one that an edit may have.
    fn checked_span(&self, range: PositionRange, encoding: Encoding) -> Result<Span, EditError> {
        let line_count = self.lines.line_count();
        if range.start > range.end || range.end.line > line_count {
            return Err(EditError::OutOfRange { range, line_count });
        }
        fits(self.text.len())?;
        Ok(self.lines.span(&self.text, range, encoding))
    }

    /// `span` lies in the text, on borders of characters.
    fn replace(&mut self, span: Span, text: &str) -> Edit {
        self.text.replace_range(span.range(), text);
        self.lines.splice(span, text, &self.text);
        Edit {
            span,
            inserted: crate::span::saturate(text.len()),
        }
    }
}

/// Offsets are `u32`, and so is the offset after the last byte.
fn fits(bytes: usize) -> Result<(), EditError> {
    match u32::try_from(bytes) {
        Ok(_) => Ok(()),
        Err(_) => Err(EditError::TooLarge {
            bytes: bytes as u64,
        }),
    }
}
