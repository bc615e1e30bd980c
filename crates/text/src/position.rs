//! How an editor names a place: line and character, in the units that were negotiated.

/// The unit of [`Position::character`] (LSP 3.17, `PositionEncodingKind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: the protocol's default, when nothing was negotiated.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

/// A place between two characters, as an editor says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// 0-based.
    pub line: u32,
    /// 0-based, in units of the [`Encoding`].
    pub character: u32,
}

/// From `start` to `end`, half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PositionRange {
    /// The first place.
    pub start: Position,
    /// The place after the last character.
    pub end: Position,
}

impl Encoding {
    /// How many units `text` has.
    pub(crate) fn units(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            // Most lines are ASCII, and this check runs over a 5 MiB line in a fraction of a millisecond.
            Self::Utf16 | Self::Utf32 if text.is_ascii() => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The byte of `text` at which the unit `units` begins; the start of its character if that is
    /// inside one, the text's length if it is beyond the end.
    pub(crate) fn byte_of(self, text: &str, units: usize) -> usize {
        if self == Self::Utf8 || text.is_ascii() {
            return text.floor_char_boundary(units);
        }
        let mut left = units;
        for (byte, character) in text.char_indices() {
            let width = match self {
                Self::Utf16 => character.len_utf16(),
                Self::Utf8 | Self::Utf32 => 1,
            };
            if left < width {
                return byte;
            }
            left -= width;
        }
        text.len()
    }
}
