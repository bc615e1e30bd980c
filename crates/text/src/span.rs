//! A stretch of a text in bytes: the only way in which Blue's crates name a place in a file.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Bytes `start..end` of a text, half open. Both lie on borders of characters when the span came
/// from a parser or from [`LineIndex`](crate::LineIndex); a span alone cannot promise that.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one; never less than `start` when made by this crate.
    pub end: u32,
}

impl Span {
    /// Bytes `start..end`; empty at `start` if `end` lies before it.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        let end = if end < start { start } else { end };
        Self { start, end }
    }

    /// The empty span before byte `at`.
    #[must_use]
    pub const fn empty(at: u32) -> Self {
        Self { start: at, end: at }
    }

    /// From the `usize` bytes of a parser or of the standard library; cut off at `u32::MAX`.
    #[must_use]
    pub fn from_range(range: Range<usize>) -> Self {
        Self::new(saturate(range.start), saturate(range.end))
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// True without a byte in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// True if the byte at `offset` is in the span (its end is not).
    #[must_use]
    pub const fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// True if a cursor at `offset` is in the span or at one of its ends.
    #[must_use]
    pub const fn touches(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }

    /// True if `inner` lies wholly in this span; also if they are equal, also if `inner` is empty
    /// at one of the ends.
    #[must_use]
    pub const fn covers(self, inner: Self) -> bool {
        self.start <= inner.start && inner.end <= self.end
    }

    /// True if the two share a byte, or one is empty strictly inside the other.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// True if the two share a byte or a border: what a selection, which may be empty, asks.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// Moved by `delta` bytes; nothing if an end would leave `u32`.
    #[must_use]
    pub fn shifted(self, delta: i64) -> Option<Self> {
        let shift = |offset: u32| u32::try_from(i64::from(offset).checked_add(delta)?).ok();
        Some(Self {
            start: shift(self.start)?,
            end: shift(self.end)?,
        })
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn cover(a: Self, b: Self) -> Self {
        Self {
            start: a.start.min(b.start),
            end: a.end.max(b.end),
        }
    }

    /// As the standard library wants it.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text under the span; nothing if it reaches beyond `text` or cuts a character.
    #[must_use]
    pub fn slice(self, text: &str) -> Option<&str> {
        text.get(self.range())
    }
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.range()
    }
}

/// A length or offset of a text as `u32`, cut off at `u32::MAX` (see the crate's limits).
pub(crate) fn saturate(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders() {
        let span = Span::new(2, 5);
        // offset, contains, touches
        for (offset, contains, touches) in [
            (1, false, false),
            (2, true, true),
            (4, true, true),
            (5, false, true),
            (6, false, false),
        ] {
            assert_eq!(span.contains(offset), contains, "contains {offset}");
            assert_eq!(span.touches(offset), touches, "touches {offset}");
        }
        // other, covers, intersects, meets
        for (start, end, covers, intersects, meets) in [
            (2, 5, true, true, true),
            (3, 4, true, true, true),
            (2, 2, true, false, true),
            (3, 3, true, true, true),
            (5, 5, true, false, true),
            (0, 2, false, false, true),
            (5, 9, false, false, true),
            (0, 3, false, true, true),
            (4, 9, false, true, true),
            (0, 9, false, true, true),
            (0, 1, false, false, false),
            (6, 9, false, false, false),
        ] {
            let other = Span::new(start, end);
            assert_eq!(span.covers(other), covers, "covers {other:?}");
            assert_eq!(span.intersects(other), intersects, "intersects {other:?}");
            assert_eq!(other.intersects(span), intersects, "{other:?} intersects");
            assert_eq!(span.meets(other), meets, "meets {other:?}");
            assert_eq!(other.meets(span), meets, "{other:?} meets");
        }
    }

    #[test]
    fn making_and_moving() {
        assert_eq!(Span::new(5, 2), Span::empty(5));
        assert_eq!(Span::new(2, 5).len(), 3);
        assert!(Span::empty(7).is_empty());
        assert_eq!(Span::from_range(3..usize::MAX), Span::new(3, u32::MAX));
        assert_eq!(Span::new(2, 5).shifted(-2), Some(Span::new(0, 3)));
        assert_eq!(Span::new(2, 5).shifted(-3), None);
        assert_eq!(Span::new(2, u32::MAX).shifted(1), None);
        assert_eq!(Span::new(2, 5).shifted(i64::MAX), None);
        assert_eq!(
            Span::cover(Span::new(2, 5), Span::new(8, 9)),
            Span::new(2, 9)
        );
        assert_eq!(Span::new(1, 3).slice("äb"), None);
        assert_eq!(Span::new(0, 2).slice("äb"), Some("ä"));
        assert_eq!(Span::new(0, 9).slice("äb"), None);
    }
}
