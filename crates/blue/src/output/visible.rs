//! Text of others (source lines, names, messages) as a terminal may show it.
//!
//! It exists because a file that Blue reads may hold escape sequences that rewrite a terminal, and
//! characters that turn the direction of what is read; both are shown, never obeyed.

use blue_ops::stand_in;
use unicode_width::UnicodeWidthChar;

pub(crate) use blue_ops::visible;

/// One character of a source line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Where the character begins, in bytes of the line.
    pub(crate) at: usize,
    /// What is printed: the character, spaces for a tab, a stand-in.
    pub(crate) shown: String,
    /// Columns of the terminal: 2 for CJK, 0 for a combining mark.
    pub(crate) width: usize,
}

/// Tabs reach to the next column that this divides.
const TAB: usize = 4;

/// A source line, character by character.
pub(crate) fn cells(line: &str) -> Vec<Cell> {
    let mut column = 0;
    line.char_indices()
        .map(|(at, character)| {
            let cell = cell(at, character, column);
            column += cell.width;
            cell
        })
        .collect()
}

fn cell(at: usize, character: char, column: usize) -> Cell {
    if character == '\t' {
        let width = TAB - column % TAB;
        let shown = " ".repeat(width);
        return Cell { at, shown, width };
    }
    let shown = stand_in(character).unwrap_or(character);
    Cell {
        at,
        shown: shown.to_string(),
        width: shown.width().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_obeyed() {
        for (text, expected) in [
            ("plain ä 菌", "plain ä 菌"),
            ("\x1b[31mred", "␛[31mred"),
            ("a\nb", "a␊b"),
            ("user\u{202e}txt", "user\u{fffd}txt"),
            ("\u{9b}31m", "\u{fffd}31m"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn columns() {
        // line, widths
        for (line, widths) in [
            ("ab", &[1, 1][..]),
            ("\ta\tb", &[4, 1, 3, 1]),
            ("菌a", &[2, 1]),
            ("e\u{301}", &[1, 0]),
            ("\x1b", &[1]),
        ] {
            let found: Vec<_> = cells(line).iter().map(|cell| cell.width).collect();
            assert_eq!(found, widths, "{line:?}");
        }
    }
}
