//! What stands under a cursor, by indentation alone: for the moments in which a file is no YAML,
//! because somebody is typing in it. It takes lines for what they look like, and so may take a line
//! of a text (`|`) for a key; a syntax tree that is whole is asked first.

use blue_text::Span;

use crate::cursor::{NodeAt, On, PathStep};
use crate::decode::Text;
use crate::edit::scalar_text;

/// A dash or a key, with the column it begins at (in bytes).
#[derive(Debug)]
enum Mark {
    Dash {
        column: usize,
    },
    Key {
        column: usize,
        key: Text,
        end: usize,
    },
}

/// A line: its marks, and where what stands behind them begins.
struct Line<'t> {
    marks: Vec<Mark>,
    rest: usize,
    text: &'t str,
}

/// Whose parent is looked for on the lines above.
#[derive(Clone, Copy)]
enum Below {
    /// A key, or a scalar, at this column.
    Entry(usize),
    /// A dash at this column, which has so many before it.
    Dash { column: usize, before: usize },
}

/// See [`node_at`](crate::node_at).
pub(crate) fn in_lines(text: &str, at: usize) -> Option<NodeAt> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let end = text
        .get(at..)?
        .find('\n')
        .map_or(text.len(), |end| at + end);
    let line = read(text.get(start..end)?);
    let column = at - start;
    let mut path = Vec::new();
    let (on, range, below) = match line.marks.last() {
        Some(Mark::Key {
            column: from,
            end,
            key,
        }) => {
            path.push(PathStep::Key(key.clone()));
            let below = Below::Entry(*from);
            if column < *from {
                return None;
            }
            if column <= *end {
                (On::Key, *from..*end, below)
            } else {
                (On::Value, line.value(column)?, below)
            }
        }
        Some(Mark::Dash { column: from }) => {
            let below = Below::Dash {
                column: *from,
                before: 0,
            };
            (On::Value, line.value(column)?, below)
        }
        // The beginning of a key, as far as it is typed.
        None => {
            let range = line.value(column)?;
            let typed = line
                .text
                .get(range.clone())
                .filter(|typed| !typed.is_empty())?;
            path.push(PathStep::Key(typed.into()));
            let below = Below::Entry(range.start);
            (On::Key, range, below)
        }
    };
    let marks = line.marks.len().saturating_sub(1);
    let mut below = below;
    for mark in line.marks.get(..marks)?.iter().rev() {
        below = above(mark, below, &mut path);
    }
    for earlier in text.get(..start)?.lines().rev() {
        for mark in read(earlier).marks.iter().rev() {
            below = above(mark, below, &mut path);
        }
    }
    if let Below::Dash { before, .. } = below {
        path.push(PathStep::Index(before));
    }
    path.reverse();
    let span = Span::from_range(start + range.start..start + range.end);
    Some(NodeAt { path, on, span })
}

/// What `mark` is to what lies below it: its parent, a brother, or nothing.
fn above(mark: &Mark, below: Below, path: &mut Vec<PathStep>) -> Below {
    match (mark, below) {
        (Mark::Key { column, key, .. }, Below::Entry(at)) if *column < at => {
            path.push(PathStep::Key(key.clone()));
            Below::Entry(*column)
        }
        (Mark::Dash { column }, Below::Entry(at)) if *column < at => Below::Dash {
            column: *column,
            before: 0,
        },
        (Mark::Dash { column }, Below::Dash { column: at, before }) if *column == at => {
            Below::Dash {
                column: at,
                before: before + 1,
            }
        }
        (Mark::Dash { column }, Below::Dash { column: at, before }) if *column < at => {
            path.push(PathStep::Index(before));
            Below::Dash {
                column: *column,
                before: 0,
            }
        }
        (Mark::Key { column, key, .. }, Below::Dash { column: at, before }) if *column <= at => {
            path.push(PathStep::Index(before));
            path.push(PathStep::Key(key.clone()));
            Below::Entry(*column)
        }
        (_, below) => below,
    }
}

fn read(text: &str) -> Line<'_> {
    let text = text.trim_end();
    let mut line = Line {
        marks: Vec::new(),
        rest: text.len() - text.trim_start_matches([' ', '\u{feff}']).len(),
        text,
    };
    if text[line.rest..].starts_with('#') {
        line.rest = text.len();
        return line;
    }
    loop {
        let rest = &text[line.rest..];
        if rest != "-" && !rest.starts_with("- ") {
            break;
        }
        line.marks.push(Mark::Dash { column: line.rest });
        let behind = rest[1..].trim_start_matches(' ');
        line.rest = text.len() - behind.len();
    }
    let rest = &text[line.rest..];
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let from = quote.map_or(0, |quote| {
        rest[1..].find(quote).map_or(rest.len(), |at| at + 2)
    });
    let colon = rest[from..]
        .match_indices(':')
        .map(|(at, _)| from + at)
        .find(|at| {
            let behind = rest[at + 1..].chars().next();
            behind.is_none_or(|c| c == ' ' || c == '\t')
        });
    let key = colon.and_then(|at| Some((at, scalar_text(rest[..at].trim_end())?)));
    if let Some((at, key)) = key.filter(|_| !rest.starts_with(['[', '{', '#', '|', '>'])) {
        line.marks.push(Mark::Key {
            column: line.rest,
            key: key.as_str().into(),
            end: line.rest + rest[..at].trim_end().len(),
        });
        let behind = rest[at + 1..].trim_start();
        line.rest = text.len() - behind.len();
    }
    line
}

impl Line<'_> {
    /// The bytes behind the marks, without a comment; nothing if the cursor is beyond them.
    fn value(&self, column: usize) -> Option<std::ops::Range<usize>> {
        let rest = self.text.get(self.rest..).unwrap_or_default();
        let comment = match rest.starts_with('#') {
            true => Some(0),
            false => rest.find(" #"),
        };
        let value = rest[..comment.unwrap_or(rest.len())].trim_end();
        let range = self.rest..self.rest + value.len();
        match column {
            _ if value.is_empty() => comment.is_none().then_some(column..column),
            _ if column < range.start => None,
            _ if column <= range.end => Some(range),
            // Behind what is typed so far.
            _ => comment.is_none().then_some(range.start..column),
        }
    }
}
