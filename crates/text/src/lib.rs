//! Text as Blue holds it: spans in bytes, lines, positions of an editor, and edits.
//!
//! Everything inside Blue counts **bytes of UTF-8**; an editor counts lines and UTF-16 units (or
//! UTF-8, or UTF-32: it is negotiated). This crate is the one border between the two, so that a
//! byte column never leaves as an editor's column and no index is ever stale between two edits of
//! one batch. It knows nothing of files, protocols or languages.
//!
//! Offsets are `u32`: Blue reads no file over 5 MiB, so 4 GiB is room enough. Longer text is not an
//! error until it is edited ([`EditError::TooLarge`]); what lies beyond is not indexed.
//!
//! Lines end as the Language Server Protocol 3.17 says ("Text Documents"): `\n`, `\r\n` or a lone
//! `\r`. Parsers often count `\n` only, so a parser's row is **not** a line of [`LineIndex`].
//!
//! ```
//! use blue_text::{Buffer, Change, Encoding, Position, PositionRange, Span};
//!
//! let mut buffer = Buffer::new("a = 'jobs/🍄'\r\n".to_owned());
//! let at = buffer.lines().position(buffer.text(), 14, Encoding::Utf16);
//! assert_eq!(at, Position { line: 0, character: 12 }); // the mushroom is two units, four bytes
//!
//! let range = PositionRange { start: at, end: at };
//! let edit = buffer.apply(Change::Range { range, text: "/*" }, Encoding::Utf16)?.unwrap();
//! assert_eq!(buffer.text(), "a = 'jobs/🍄/*'\r\n");
//! assert_eq!(edit.span, Span::empty(14));
//! # Ok::<(), blue_text::EditError>(())
//! ```

mod buffer;
mod edit;
mod line_index;
mod position;
mod span;
mod text_edit;

pub use buffer::{Buffer, Change, EditError};
pub use edit::{Bias, Edit, map_through};
pub use line_index::LineIndex;
pub use position::{Encoding, Position, PositionRange};
pub use span::Span;
pub use text_edit::{TextEdit, apply_edits};
