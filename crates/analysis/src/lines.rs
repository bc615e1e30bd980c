//! Where a stretch of an old text lies in a new one, by a line diff.

use blue_text::Span;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};

/// A map from the lines of one text to those of another.
pub(crate) struct LineMap<'t> {
    old: Vec<(u32, &'t str)>,
    new: Vec<(u32, &'t str)>,
    ops: Vec<DiffOp>,
}

impl<'t> LineMap<'t> {
    pub(crate) fn new(old: &'t str, new: &'t str) -> LineMap<'t> {
        let (old, new) = (lines(old), lines(new));
        let texts = |lines: &[(u32, &'t str)]| lines.iter().map(|(_, line)| *line).collect();
        let (a, b): (Vec<&str>, Vec<&str>) = (texts(&old), texts(&new));
        let ops = capture_diff_slices(Algorithm::Myers, &a, &b);
        LineMap { old, new, ops }
    }

    /// The same characters where their line survived; where it was replaced, the characters of the
    /// line that took its place; where it is gone, those of the next line that survived. Characters
    /// means: without the blanks at the line's ends.
    pub(crate) fn map(&self, span: Span) -> Span {
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
                    moved.unwrap_or_else(|| self.whole(target))
                }
                DiffTag::Replace => {
                    let target = (new.start + (line - old.start)).min(new.end - 1);
                    self.whole(target)
                }
                _ => self.whole(new.start),
            };
        }
        self.whole(self.new.len().saturating_sub(1))
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

fn lines(text: &str) -> Vec<(u32, &str)> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        lines.push((start, line));
        start += line.len() as u32;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_moves_with_its_line() {
        let old = "a = 1\nkey = 'x'\nb = 2\nc = 3\n";
        let at = |text: &str| {
            let start = old.find(text).unwrap() as u32;
            Span::new(start, start + text.len() as u32)
        };
        let cases = [
            ("above\na = 1\nkey = 'x'\nb = 2\nc = 3\n", "'x'"),
            // Replaced: the line that took its place.
            ("a = 1\n  key = 'y'\nb = 2\nc = 3\n", "key = 'y'"),
            // Gone: the next line that survived.
            ("a = 1\nb = 2\nc = 3\n", "b = 2"),
        ];
        for (new, expected) in cases {
            let mapped = LineMap::new(old, new).map(at("'x'"));
            assert_eq!(mapped.slice(new), Some(expected), "{new}");
        }
        assert_eq!(LineMap::new(old, "").map(at("'x'")), Span::empty(0));
    }
}
