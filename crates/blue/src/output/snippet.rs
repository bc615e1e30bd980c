//! The code itself, with marks under the characters that a finding is about.
//!
//! Marks are placed by the columns a terminal uses (two for CJK, to the next stop for a tab), and
//! long lines are cut around them: a minified file must not fill the screen.

use std::ops::Range;

use blue_text::{LineIndex, Span};

use crate::output::visible::{Cell, cells};

/// Columns of a source line that are shown at most.
const COLUMNS: usize = 110;
/// Columns kept before the marks of a line that is cut.
const BEFORE: usize = 30;
/// A span over more lines than this shows its first and last.
const LINES: u32 = 4;

/// One line of a snippet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    /// A line of the source and, below it, its marks: spaces, then this many of the mark.
    Source {
        /// 1-based.
        line: u32,
        shown: String,
        /// Columns before the marks.
        indent: usize,
        /// Columns of marks, at least 1.
        marks: usize,
    },
    /// Lines were left out here.
    Gap,
}

/// The rows for `span` of `text`; `cut` is what stands where a line was cut. A span that reaches
/// beyond the text (it changed meanwhile) is taken as far as it goes.
pub(crate) fn rows(text: &str, span: Span, cut: &str) -> Vec<Row> {
    let index = LineIndex::new(text);
    let first = index.line_of(span.start);
    // A span that ends behind a line end does not reach into the next line.
    let last_byte = span.end.max(span.start + 1) - 1;
    let last = index.line_of(last_byte).max(first);
    let short = last - first < LINES;
    let shown = |line: &u32| short || *line == first || *line == last;
    let mut rows = Vec::new();
    for line in (first..=last).filter(shown) {
        let Some(bounds) = index.line_span(line, text) else {
            continue;
        };
        if !short && line == last {
            rows.push(Row::Gap);
        }
        let source = bounds.slice(text).unwrap_or_default();
        let from = span.start.max(bounds.start) - bounds.start;
        let to = span.end.min(bounds.end).saturating_sub(bounds.start);
        rows.push(row(line + 1, source, from as usize, to as usize, cut));
    }
    rows
}

/// One line with marks under its bytes `from..to`, without the blanks at either end of them.
fn row(line: u32, source: &str, from: usize, to: usize, cut: &str) -> Row {
    let cells = cells(source);
    let marked = source.get(from..to).unwrap_or_default();
    let from = from + (marked.len() - marked.trim_start().len());
    let to = from + marked.trim().len();
    let begin = cells.partition_point(|cell| cell.at < from);
    let end = cells.partition_point(|cell| cell.at < to).max(begin);

    let window = window(&cells, begin);
    let mut shown = String::new();
    let mut indent = width(&cells[window.start..begin]);
    if window.start > 0 {
        shown.push_str(cut);
        indent += cut.chars().count();
    }
    shown.extend(cells[window.clone()].iter().map(|cell| cell.shown.as_str()));
    if window.end < cells.len() {
        shown.push_str(cut);
    }
    let marks = width(&cells[begin..end.min(window.end)]).max(1);
    Row::Source {
        line,
        shown,
        indent,
        marks,
    }
}

fn width(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.width).sum()
}

/// The cells of a line that are shown: all that fit, from a little before the cell `marked` on.
fn window(cells: &[Cell], marked: usize) -> Range<usize> {
    if width(cells) <= COLUMNS {
        return 0..cells.len();
    }
    let fitting = |cells: &mut dyn Iterator<Item = &Cell>, columns: usize| {
        let mut used = 0;
        cells
            .take_while(|cell| {
                used += cell.width;
                used <= columns
            })
            .count()
    };
    let start = marked - fitting(&mut cells[..marked].iter().rev(), BEFORE);
    start..start + fitting(&mut cells[start..].iter(), COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a person sees it: each line with its marks below.
    fn drawn(text: &str, span: Span) -> String {
        let mut drawn = String::new();
        for row in rows(text, span, "…") {
            match row {
                Row::Gap => drawn.push_str("...\n"),
                Row::Source {
                    line,
                    shown,
                    indent,
                    marks,
                } => {
                    let (blank, marks) = (" ".repeat(indent), "^".repeat(marks));
                    drawn.push_str(&format!("{line} {shown}\n  {blank}{marks}\n"));
                }
            }
        }
        drawn
    }

    fn check(text: &str, marked: &str, expected: &str) {
        let start = text.find(marked).unwrap();
        let span = Span::from_range(start..start + marked.len());
        assert_eq!(drawn(text, span), expected);
    }

    #[test]
    fn marks_stand_below_their_characters() {
        check("a\nkey = KEY\nb", "KEY", "2 key = KEY\n        ^^^\n");
        check("\tput(key)\r\n", "key", "1     put(key)\n          ^^^\n");
        check(
            "s = '菌/*', key",
            "key",
            "1 s = '菌/*', key\n              ^^^\n",
        );
        check("s = '菌'", "菌", "1 s = '菌'\n       ^^\n");
        check("key \n", "key \n", "1 key \n  ^^^\n");
    }

    #[test]
    fn spans_of_nothing_and_beyond() {
        assert_eq!(drawn("ab\n", Span::empty(1)), "1 ab\n   ^\n");
        assert_eq!(drawn("", Span::empty(0)), "1 \n  ^\n");
        assert_eq!(drawn("ab", Span::new(7, 9)), "1 ab\n    ^\n");
    }

    #[test]
    fn several_lines() {
        check(
            "f(\n  a,\n)\n",
            "f(\n  a,\n)",
            "1 f(\n  ^^\n2   a,\n    ^^\n3 )\n  ^\n",
        );
        let list = "f(\n  a,\n  b,\n  c,\n  d,\n)";
        check(list, list, "1 f(\n  ^^\n...\n6 )\n  ^\n");
    }

    #[test]
    fn long_lines_are_cut_around_the_marks() {
        let text = format!("{}KEY{}", "菌".repeat(100), "b".repeat(300));
        let start = 300;
        let expected = format!(
            "1 …{}KEY{}…\n  {}^^^\n",
            "菌".repeat(15),
            "b".repeat(77),
            " ".repeat(31)
        );
        assert_eq!(drawn(&text, Span::new(start, start + 3)), expected);
        let all = drawn(&text, Span::new(0, 600));
        assert_eq!(
            all,
            format!("1 {}…\n  {}\n", "菌".repeat(55), "^".repeat(110))
        );
    }
}
