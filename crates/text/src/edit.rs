//! What one edit did to the places of a text: enough to carry spans along without the text itself.

use crate::span::Span;

/// One replacement, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Edit {
    /// The bytes that were replaced, in the text before the edit.
    pub span: Span,
    /// How many bytes stand there now.
    pub inserted: u32,
}

/// To which side a place goes when an edit does not say: text was inserted exactly there, or the
/// place lay strictly inside of what was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bias {
    /// It stays before the new text.
    Before,
    /// It goes after the new text.
    After,
}

impl Edit {
    /// The bytes of the new text, in the text after the edit.
    #[must_use]
    pub const fn inserted_span(self) -> Span {
        Span {
            start: self.span.start,
            end: self.span.start.saturating_add(self.inserted),
        }
    }

    /// How much longer (or shorter) the text became, in bytes.
    #[must_use]
    pub const fn delta(self) -> i64 {
        self.inserted as i64 - self.span.len() as i64
    }

    /// Where a place of the text before lies in the text after. Both borders of a replaced stretch
    /// are kept: its start is the start of the new text, its end the end of it. `bias` decides in
    /// the cases named there.
    #[must_use]
    pub fn map_offset(self, offset: u32, bias: Bias) -> u32 {
        let old = self.span;
        let new = self.inserted_span();
        if offset < old.start {
            return offset;
        }
        if offset > old.end {
            return new.end.saturating_add(offset - old.end);
        }
        let undecided = old.is_empty() || (old.start < offset && offset < old.end);
        match bias {
            Bias::Before if undecided => new.start,
            Bias::After if undecided => new.end,
            _ if offset == old.start => new.start,
            _ => new.end,
        }
    }

    /// [`map_through`] one edit.
    fn map_span(self, span: Span) -> Span {
        let start = self.map_offset(span.start, Bias::After);
        let end_bias = if self.span.is_empty() {
            Bias::After
        } else {
            // Of a span whose end was replaced together with what follows, the rest remains.
            Bias::Before
        };
        let end = self.map_offset(span.end, end_bias);
        if end < start {
            return Span::empty(self.span.start);
        }
        Span::new(start, end)
    }
}

/// Where a span lies after edits, for findings that stay on screen while someone types. Each edit is
/// in the text that the edits before it made, as an editor sends them.
///
/// The span grows with text that is typed inside it or at its end, moves with text typed before it
/// or at its start, keeps what an edit over one of its ends leaves, and is empty at the edit's start
/// when an edit swallows it. An edit of exactly its bytes leaves it on the new text.
#[must_use]
pub fn map_through(span: Span, edits: &[Edit]) -> Span {
    edits.iter().fold(span, |span, edit| edit.map_span(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: u32, end: u32, inserted: u32) -> Edit {
        Edit {
            span: Span::new(start, end),
            inserted,
        }
    }

    #[test]
    fn one_edit_over_a_span_at_4_to_8() {
        // edit, where the span lies then
        for ((start, end, inserted), (to_start, to_end)) in [
            ((0, 2, 0), (2, 6)),  // before it
            ((0, 0, 3), (7, 11)), // before it
            ((4, 4, 3), (7, 11)), // typed at its start
            ((2, 4, 1), (3, 7)),  // up to its start
            ((5, 5, 3), (4, 11)), // inside
            ((5, 7, 0), (4, 6)),  // inside
            ((6, 8, 5), (4, 11)), // its last bytes
            ((4, 6, 1), (4, 7)),  // its first bytes
            ((8, 8, 2), (4, 10)), // typed at its end
            ((8, 9, 5), (4, 8)),  // what follows
            ((9, 12, 1), (4, 8)), // behind
            ((2, 6, 1), (3, 5)),  // over its start
            ((6, 10, 3), (4, 6)), // over its end
            ((4, 8, 6), (4, 10)), // exactly it
            ((4, 8, 0), (4, 4)),  // deleted
            ((2, 10, 3), (2, 2)), // swallowed
            ((4, 10, 3), (4, 4)), // swallowed, from its start
            ((2, 8, 3), (5, 5)),  // swallowed, to its end
        ] {
            let found = map_through(Span::new(4, 8), &[edit(start, end, inserted)]);
            assert_eq!(
                found,
                Span::new(to_start, to_end),
                "{start}..{end} -> {inserted} bytes"
            );
        }
    }

    #[test]
    fn edits_follow_each_other() {
        let edits = [edit(0, 0, 10), edit(14, 14, 1), edit(0, 10, 0)];
        assert_eq!(map_through(Span::new(4, 8), &edits), Span::new(5, 9));
        assert_eq!(map_through(Span::empty(4), &edits[..1]), Span::empty(14));
        assert_eq!(edits[0].delta(), 10);
        assert_eq!(edits[2].delta(), -10);
        let far = edit(1, 1, u32::MAX);
        assert_eq!(far.map_offset(u32::MAX, Bias::Before), u32::MAX);
    }
}
