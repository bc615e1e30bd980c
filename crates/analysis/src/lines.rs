//! Where a stretch of an old text lies in a new one, by a line diff.

use std::cmp::Reverse;
use std::ops::Range;

use blue_text::Span;
use rustc_hash::FxHashSet;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};

/// Where a stretch of an old text stands in a new one. Bytes of the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// Its line survived: the same characters.
    Kept(Span),
    /// Its line was changed: what stands between the same characters there, else the characters of
    /// the line that took its place.
    Replaced(Span),
    /// Its line is gone: the characters of the next one that survived.
    Gone(Span),
}

impl Stands {
    /// The bytes.
    pub(crate) fn span(self) -> Span {
        match self {
            Stands::Kept(span) | Stands::Replaced(span) | Stands::Gone(span) => span,
        }
    }
}

/// Where a stretch of a text stands in another state of it: the same characters, else what took their place.
#[must_use]
pub fn moved_span(old: &str, new: &str, span: Span) -> Span {
    LineMap::new(old, new).map(span).span()
}

/// A map from the lines of one text to those of another. It is made at each keystroke, which changes one of thousands: the
/// lines at the beginning and at the end that are the same are no part of the lists, but for one at either end, by which is
/// told where others were.
pub(crate) struct LineMap<'t> {
    /// The bytes that the lists leave out, of either text.
    kept: Kept,
    old: Vec<(u32, &'t str)>,
    new: Vec<(u32, &'t str)>,
    ops: Vec<DiffOp>,
}

/// What two texts begin and end with, in whole lines. Bytes.
#[derive(Debug, Clone, Copy)]
struct Kept {
    ahead: usize,
    behind: usize,
}

impl<'t> LineMap<'t> {
    pub(crate) fn new(old: &'t str, new: &'t str) -> LineMap<'t> {
        LineMap::between(old, new, Kept::of(old, new))
    }

    fn between(old: &'t str, new: &'t str, kept: Kept) -> LineMap<'t> {
        let (old, new) = (lines(old, kept), lines(new, kept));
        let ops = differences(&old, &new);
        LineMap {
            kept,
            old,
            new,
            ops,
        }
    }

    /// Where the lists end, in the old text and in the new one.
    fn ends(&self) -> (u32, u32) {
        let end = |lines: &[(u32, &str)]| {
            let last = lines.last();
            last.map_or(self.kept.ahead as u32, |(start, text)| {
                start + text.len() as u32
            })
        };
        (end(&self.old), end(&self.new))
    }

    /// Where a stretch is now. The characters of a line are those without the blanks at its ends.
    pub(crate) fn map(&self, span: Span) -> Stands {
        let (old_end, new_end) = self.ends();
        if (span.start as usize) < self.kept.ahead {
            return Stands::Kept(span);
        }
        if self.kept.behind > 0
            && span.start >= old_end
            && let Some(moved) = span.shifted(i64::from(new_end) - i64::from(old_end))
        {
            return Stands::Kept(moved);
        }
        let line = self
            .old
            .partition_point(|(start, _)| *start <= span.start)
            .saturating_sub(1);
        for op in &self.ops {
            let (tag, old, new) = op.as_tag_tuple();
            if !old.contains(&line) {
                continue;
            }
            return match tag {
                DiffTag::Equal => {
                    let target = new.start + (line - old.start);
                    let (from, to) = (self.old[line].0, self.new[target].0);
                    let moved = span.shifted(i64::from(to) - i64::from(from));
                    Stands::Kept(moved.unwrap_or_else(|| self.whole(target)))
                }
                DiffTag::Replace => {
                    let target = self.likest(line, line - old.start, new);
                    let within = self.within(line, span, target);
                    Stands::Replaced(within.unwrap_or_else(|| self.whole(target)))
                }
                _ => Stands::Gone(self.whole(new.start)),
            };
        }
        Stands::Gone(self.whole(self.new.len().saturating_sub(1)))
    }

    /// What puts back the old lines that a stretch of the old text stands in: the bytes of the new text that they take the
    /// place of, and themselves. Where as many lines were changed as there are now, the stretch's own lines alone; nothing
    /// where they are as they were.
    pub(crate) fn undone(&self, span: Span) -> Option<(Span, String)> {
        if (span.start as usize) < self.kept.ahead {
            return None;
        }
        let line_of = |at: u32| {
            let after = self.old.partition_point(|(start, _)| *start <= at);
            after.saturating_sub(1)
        };
        let (first, last) = (
            line_of(span.start),
            line_of(span.end.max(span.start + 1) - 1),
        );
        let mut ops = self.ops.iter().map(DiffOp::as_tag_tuple);
        let (tag, old, new) = ops.find(|(_, old, _)| old.contains(&first))?;
        if tag == DiffTag::Equal || !old.contains(&last) {
            return None;
        }
        let (old, new) = match old.len() == new.len() {
            true => {
                let at = new.start + (first - old.start);
                (first..last + 1, at..at + (last + 1 - first))
            }
            false => (old, new),
        };
        let start = |line: usize| {
            let line = self.new.get(line);
            line.map_or_else(|| self.ends().1, |(start, _)| *start)
        };
        let mut text: String = self.old[old].iter().map(|(_, line)| *line).collect();
        let span = Span::new(start(new.start), start(new.end));
        // A last line may have no end.
        let ends = |line: &(u32, &str)| line.1.ends_with('\n');
        if new.start == self.new.len() && self.new.last().is_some_and(|line| !ends(line)) {
            text.insert(0, '\n');
        }
        if new.end < self.new.len() && !text.ends_with('\n') {
            text.push('\n');
        }
        Some((span, text))
    }

    /// Of some new lines the one that most of an old line is left in; of equals, the one that stands
    /// `nth` among them as the old line did, or is nearest to it.
    fn likest(&self, old: usize, nth: usize, new: Range<usize>) -> usize {
        let old = self.old[old].1.trim();
        let alike = |line: &usize| {
            let now = self.new[*line].1.trim();
            let same = |pairs: &mut dyn Iterator<Item = (u8, u8)>| {
                pairs.take_while(|(a, b)| a == b).count()
            };
            let ahead = same(&mut old.bytes().zip(now.bytes()));
            let behind = same(&mut old.bytes().rev().zip(now.bytes().rev()));
            let off = (line - new.start).abs_diff(nth);
            ((ahead + behind).min(old.len()), Reverse(off))
        };
        new.clone().max_by_key(alike).unwrap_or(new.start)
    }

    /// What stands between the same characters in a changed line: what is typed in place of the
    /// stretch, and no more than that.
    fn within(&self, line: usize, span: Span, target: usize) -> Option<Span> {
        let (start, old) = self.old[line];
        let old = old.trim_end_matches(['\r', '\n']);
        let (from, to) = (span.start.checked_sub(start)?, span.end.checked_sub(start)?);
        let (before, after) = (old.get(..from as usize)?, old.get(to as usize..)?);
        let (start, new) = self.new[target];
        let new = new.trim_end_matches(['\r', '\n']);
        let between = new.strip_prefix(before)?.strip_suffix(after)?;
        let from = start + before.len() as u32;
        Some(Span::new(from, from + between.len() as u32))
    }

    fn whole(&self, line: usize) -> Span {
        // After the last line there is none: the last one that has characters.
        let line = line.min(self.new.len().saturating_sub(1));
        let Some((start, text)) = self.new.get(line) else {
            return Span::empty(0);
        };
        let trimmed = text.trim_start();
        let from = *start + (text.len() - trimmed.len()) as u32;
        Span::new(from, from + trimmed.trim_end().len() as u32)
    }
}

/// What was done to some lines: only what lies between the first and the last that differ is looked into.
fn differences(old: &[(u32, &str)], new: &[(u32, &str)]) -> Vec<DiffOp> {
    let is_same = |(a, b): &(&(u32, &str), &(u32, &str))| a.1 == b.1;
    let ahead = old.iter().zip(new).take_while(is_same).count();
    let (old, new) = (&old[ahead..], &new[ahead..]);
    let behind = old.iter().rev().zip(new.iter().rev());
    let behind = behind.take_while(is_same).count();
    let (old_end, new_end) = (old.len() - behind, new.len() - behind);
    let kept = kept_between(&old[..old_end], &new[..new_end]);
    let kept = kept
        .into_iter()
        .map(|(old, new)| (ahead + old, ahead + new));
    let first = (0..ahead).map(|line| (line, line));
    let last = (0..behind).map(|line| (ahead + old_end + line, ahead + new_end + line));
    let ends = (ahead + old_end + behind, ahead + new_end + behind);
    as_operations(first.chain(kept).chain(last), ends)
}

/// The lines that were kept: the place of each in both texts, in order.
fn kept_between(old: &[(u32, &str)], new: &[(u32, &str)]) -> Vec<(usize, usize)> {
    // A line that one side alone has was not kept, and a file that has grown far has thousands of those: Myers' takes the
    // length times the number of differences.
    let in_both = |lines: &[(u32, &str)], others: &[(u32, &str)]| -> Vec<usize> {
        let others: FxHashSet<&str> = others.iter().map(|line| line.1).collect();
        let places = lines.iter().enumerate();
        let in_both = places.filter(|(_, line)| others.contains(line.1));
        in_both.map(|(place, _)| place).collect()
    };
    let (at_old, at_new) = (in_both(old, new), in_both(new, old));
    let a: Vec<&str> = at_old.iter().map(|line| old[*line].1).collect();
    let b: Vec<&str> = at_new.iter().map(|line| new[*line].1).collect();
    // Lines that stand once on either side part the texts first.
    let operations = capture_diff_slices(Algorithm::Patience, &a, &b);
    let equal = operations.iter().map(DiffOp::as_tag_tuple);
    let equal = equal.filter(|(tag, ..)| *tag == DiffTag::Equal);
    let pairs = equal.flat_map(|(_, old, new)| old.zip(new));
    pairs.map(|(old, new)| (at_old[old], at_new[new])).collect()
}

/// What was done to lines of which these were kept, to their ends.
fn as_operations(kept: impl Iterator<Item = (usize, usize)>, ends: (usize, usize)) -> Vec<DiffOp> {
    let mut operations: Vec<DiffOp> = Vec::new();
    let (mut old, mut new) = (0, 0);
    for (old_index, new_index) in kept.chain([ends]) {
        let (old_len, new_len) = (old_index - old, new_index - new);
        match (old_len, new_len) {
            (0, 0) => {}
            (0, _) => operations.push(DiffOp::Insert {
                old_index: old,
                new_index: new,
                new_len,
            }),
            (_, 0) => operations.push(DiffOp::Delete {
                old_index: old,
                old_len,
                new_index: new,
            }),
            _ => operations.push(DiffOp::Replace {
                old_index: old,
                old_len,
                new_index: new,
                new_len,
            }),
        }
        if (old_index, new_index) == ends {
            break;
        }
        match operations.last_mut() {
            Some(DiffOp::Equal { len, .. }) => *len += 1,
            _ => operations.push(DiffOp::Equal {
                old_index,
                new_index,
                len: 1,
            }),
        }
        (old, new) = (old_index + 1, new_index + 1);
    }
    operations
}

impl Kept {
    /// Nothing.
    #[cfg(test)]
    const NONE: Kept = Kept {
        ahead: 0,
        behind: 0,
    };

    fn of(old: &str, new: &str) -> Kept {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        // The line before the one in which they part stays in the lists.
        let ahead = line_start(&old[..same_ahead(old, new)]);
        let ahead = line_start(&old[..ahead.saturating_sub(1)]);
        let (old, new) = (&old[ahead..], &new[ahead..]);
        let behind = &old[old.len() - same_behind(old, new)..];
        // And so does the first line that stands whole in what they have in common.
        let mut ends = memchr::memchr_iter(b'\n', behind).skip(1);
        Kept {
            ahead,
            behind: ends.next().map_or(0, |end| behind.len() - end - 1),
        }
    }
}

/// Where the last line of a text begins.
fn line_start(text: &[u8]) -> usize {
    memchr::memrchr(b'\n', text).map_or(0, |end| end + 1)
}

/// Bytes that are compared at once.
const AT_ONCE: usize = 256;

/// How many bytes two texts begin with.
fn same_ahead(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.chunks_exact(AT_ONCE).zip(b.chunks_exact(AT_ONCE));
    let whole = chunks.take_while(|(a, b)| a == b).count() * AT_ONCE;
    let rest = a[whole..].iter().zip(&b[whole..]);
    whole + rest.take_while(|(a, b)| a == b).count()
}

/// How many bytes two texts end with.
fn same_behind(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.rchunks_exact(AT_ONCE).zip(b.rchunks_exact(AT_ONCE));
    let whole = chunks.take_while(|(a, b)| a == b).count() * AT_ONCE;
    let (a, b) = (&a[..a.len() - whole], &b[..b.len() - whole]);
    let rest = a.iter().rev().zip(b.iter().rev());
    whole + rest.take_while(|(a, b)| a == b).count()
}

/// The lines of a text, each with where it begins, without what is kept.
fn lines(text: &str, kept: Kept) -> Vec<(u32, &str)> {
    let text = &text[..text.len() - kept.behind];
    let between = &text[kept.ahead..];
    let ends = memchr::memchr_iter(b'\n', between.as_bytes()).map(|end| kept.ahead + end + 1);
    // A last line may have no end.
    let last = (!between.is_empty() && !between.ends_with('\n')).then_some(text.len());
    let mut start = kept.ahead;
    let lines = ends.chain(last).map(|end| {
        let line = (start as u32, &text[start..end]);
        start = end;
        line
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_stretch_are_put_back() {
        let old = "a = 1\nkey = 'x'\nb = 2\nc = 3";
        let start = old.find("'x'").unwrap() as u32;
        let span = Span::new(start, start + 3);
        for (new, expected) in [
            (
                "a = 1\nkey = 'y'\nb = 2\nc = 3\n",
                Some("a = 1\nkey = 'x'\nb = 2\nc = 3\n"),
            ),
            // A neighbour that was changed as well stays so.
            (
                "a = 1\nkey = 'y'\nb = 7\nc = 3\n",
                Some("a = 1\nkey = 'x'\nb = 7\nc = 3\n"),
            ),
            (
                "a = 1\nb = 2\nc = 3\n",
                Some("a = 1\nkey = 'x'\nb = 2\nc = 3\n"),
            ),
            ("a = 1", Some("a = 1\nkey = 'x'\nb = 2\nc = 3")),
            ("", Some("a = 1\nkey = 'x'\nb = 2\nc = 3")),
            ("above\na = 1\nkey = 'x'\n", None),
        ] {
            let made = LineMap::new(old, new).undone(span).map(|(span, text)| {
                let (before, after) = (&new[..span.start as usize], &new[span.end as usize..]);
                format!("{before}{text}{after}")
            });
            assert_eq!(made.as_deref(), expected, "{new}");
        }
    }

    #[test]
    fn all_lines_of_both_texts_are_told_of_in_order() {
        for (old, new) in [
            ("", ""),
            ("", "a\n"),
            ("a\n", ""),
            ("a\nb\nc\n", "a\nx\nc\n"),
            ("a\nb\n\nc\n", "x\n\ny\n\nb\n\nz\n"),
            ("k\na\n\nb\n\nc\nk\n", "k\n1\n\n2\n\na\n3\n\nb\n4\nc\nk\n"),
            ("a\nb\nc\nd\n", "d\nc\nb\na\n"),
        ] {
            let (old, new) = (lines(old, Kept::NONE), lines(new, Kept::NONE));
            let (mut at_old, mut at_new) = (0, 0);
            for operation in differences(&old, &new) {
                let (tag, from, to) = operation.as_tag_tuple();
                assert_eq!((from.start, to.start), (at_old, at_new));
                if tag == DiffTag::Equal {
                    let same = from.clone().zip(to.clone());
                    same.for_each(|(a, b)| assert_eq!(old[a].1, new[b].1));
                }
                (at_old, at_new) = (from.end, to.end);
            }
            assert_eq!((at_old, at_new), (old.len(), new.len()));
        }
    }

    #[test]
    fn what_two_texts_begin_and_end_with_changes_nothing() {
        let old: String = (0..40).map(|line| format!("line {}\n", line % 7)).collect();
        let ends = |text: &str| {
            let mut ends: Vec<_> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
            ends.extend([0, text.len()]);
            ends
        };
        for from in ends(&old) {
            for to in [0, 3, 8, 9, 100] {
                for typed in ["", "x", "line 3\n", "x\ny\n", "\u{e4}"] {
                    let to = (from + to).min(old.len());
                    let new = format!("{}{typed}{}", &old[..from], &old[to..]);
                    for (old, new) in [(&old, &new), (&new, &old)] {
                        let all = LineMap::between(old, new, Kept::NONE);
                        let map = LineMap::new(old, new);
                        for start in (0..=old.len() as u32).step_by(3) {
                            let span = Span::new(start, (start + 9).min(old.len() as u32));
                            assert_eq!(map.map(span), all.map(span), "{new:?} {span:?}");
                            assert_eq!(map.undone(span), all.undone(span), "{new:?} {span:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_stretch_moves_with_its_line() {
        let old = "a = 1\nkey = 'x'\nb = 2\nc = 3\n";
        let at = |text: &str| {
            let start = old.find(text).unwrap() as u32;
            Span::new(start, start + text.len() as u32)
        };
        let cases = [
            ("above\na = 1\nkey = 'x'\nb = 2\nc = 3\n", "kept", "'x'"),
            (
                "a = 1\n  key = 'y'\nb = 2\nc = 3\n",
                "replaced",
                "key = 'y'",
            ),
            ("a = 1\nkey = ''\nb = 2\nc = 3\n", "replaced", "''"),
            ("a = 1\nb = 2\nc = 3\n", "gone", "b = 2"),
            ("a = 1\n", "gone", "a = 1"),
            // Of the lines that took the place of one, the one that is most like it.
            (
                "a = 1\nother()\nkey = 'y'\nb = 2\nc = 3\n",
                "replaced",
                "'y'",
            ),
            (
                "a = 1\nkey = 'y'\nother()\nb = 2\nc = 3\n",
                "replaced",
                "'y'",
            ),
            (
                "a = 1\r\nkey = 'x'\r\nb = 2\r\nc = 3\r\n",
                "replaced",
                "'x'",
            ),
            ("", "gone", ""),
        ];
        for (new, how, expected) in cases {
            let mapped = LineMap::new(old, new).map(at("'x'"));
            let said = match mapped {
                Stands::Kept(_) => "kept",
                Stands::Replaced(_) => "replaced",
                Stands::Gone(_) => "gone",
            };
            assert_eq!(
                (said, mapped.span().slice(new)),
                (how, Some(expected)),
                "{new}"
            );
        }
    }
}
