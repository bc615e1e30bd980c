//! Places as others count them: lines and columns in place of bytes.

use std::sync::Arc;

use blue_analysis::{Place, Root};
use blue_text::{Encoding, LineIndex};
use schemars::JsonSchema;
use serde::Serialize;

use crate::output::TextOf;

/// From the first character to behind the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Range {
    /// The first character.
    pub(crate) start: Position,
    /// Behind the last character.
    pub(crate) end: Position,
}

/// A place in a file. Lines and columns are 1-based, columns count Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Position {
    /// 1-based.
    #[schemars(range(min = 1))]
    pub(crate) line: u32,
    /// 1-based, in Unicode characters.
    #[schemars(range(min = 1))]
    pub(crate) column: u32,
}

/// Where byte `offset` of `text` is.
pub(crate) fn position(text: &str, lines: &LineIndex, offset: u32) -> Position {
    let position = lines.position(text, offset, Encoding::Utf32);
    Position {
        line: position.line + 1,
        column: position.character + 1,
    }
}

/// The ranges of places. Findings stand in order of their files: the lines of the last file are worth
/// keeping.
pub(crate) struct Ranges<'a> {
    text_of: TextOf<'a>,
    last: Option<Indexed>,
}

struct Indexed {
    root: Root,
    path: Arc<str>,
    text: Arc<str>,
    lines: LineIndex,
}

impl<'a> Ranges<'a> {
    pub(crate) fn new(text_of: TextOf<'a>) -> Self {
        let last = None;
        Ranges { text_of, last }
    }

    /// The range of a place; its file's first character where the text is not to be had.
    pub(crate) fn of(&mut self, place: &Place) -> Range {
        let start = Position { line: 1, column: 1 };
        self.known(place).unwrap_or(Range { start, end: start })
    }

    /// The range of a place; nothing where the text is not to be had.
    pub(crate) fn known(&mut self, place: &Place) -> Option<Range> {
        let known = |last: &Indexed| last.path == place.path && last.root == place.root;
        if !self.last.as_ref().is_some_and(known) {
            self.last = (self.text_of)(place).map(|text| Indexed {
                root: place.root.clone(),
                path: Arc::clone(&place.path),
                lines: LineIndex::new(&text),
                text,
            });
        }
        let file = self.last.as_ref()?;
        let at = |offset| position(&file.text, &file.lines, offset);
        Some(Range {
            start: at(place.span.start),
            end: at(place.span.end),
        })
    }

    /// `path:line:column` of a place, with the root's name before it where that is not `here`.
    pub(crate) fn name(&mut self, place: &Place, here: Option<&str>) -> String {
        let root = match here == Some(place.root.name()) {
            true => String::new(),
            false => format!("{}: ", place.root.name()),
        };
        match self.known(place) {
            Some(Range { start, .. }) => {
                format!("{root}{}:{}:{}", place.path, start.line, start.column)
            }
            None => format!("{root}{}", place.path),
        }
    }
}
