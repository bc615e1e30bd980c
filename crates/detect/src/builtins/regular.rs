//! Regular expressions that change strings: `re.sub(r"\.csv$", ".json", key)`, `key.replace(/\/+$/, "")`.
//!
//! What is not known of a string stands for a letter while the expression looks for its places, so that `[^/]+$` takes a
//! name that is not known and `\d+` does not. Flags but that for small and capital letters are not looked at: all
//! places are replaced.

use std::cell::RefCell;
use std::ops::Range;

use regex::{Captures, Regex, RegexBuilder};
use rustc_hash::FxHashMap;

use super::strings::without_scheme;
use crate::value::{Part, Text, Why};

/// Longer expressions are taken to leave a string as it is, in bytes.
const MAX_PATTERN: usize = 256;
/// What a compiled expression may take, and once more what it keeps of its work, in bytes.
const MAX_COMPILED: usize = 1 << 17;
/// Expressions that are kept compiled, in each thread.
const MAX_KEPT: usize = 64;
/// What stands for a stretch that is not known: one byte.
const UNKNOWN: &str = "q";

/// A string with another one in all places that a regular expression finds. One that is not understood leaves the
/// string as it is.
pub(super) fn substitute(pattern: &str, new: &str, text: &Text) -> Text {
    let Some(regex) = compiled(pattern) else {
        return text.clone();
    };
    let known = Flat::of(text);
    let new = template(new);
    let is_at_end = is_of_end(pattern);
    let start = pattern.trim_start_matches("(?i)");
    let is_at_an_end = is_at_end || start.starts_with('^') || start.starts_with("\\A");
    let keeps = new.iter().all(|piece| matches!(piece, Piece::Text(_)));
    let mut made = Made::default();
    let mut done = 0;
    for found in regex.captures_iter(&known.text) {
        let Some(whole) = found.get(0) else {
            continue;
        };
        if keeps && !is_at_an_end && known.is_unknown(whole.range()) {
            continue;
        }
        known.copy(done..whole.start(), &mut made);
        let around = known.default_around(whole.range());
        // What was the default stays one, also where nothing is put there.
        made.push_text("", around);
        for piece in &new {
            match piece {
                Piece::Text(text) => made.push_text(text, around),
                Piece::Group(group) => {
                    if let Some(group) = group_of(&found, group) {
                        known.copy(group, &mut made);
                    }
                }
            }
        }
        done = whole.end();
    }
    let ends_unknown =
        matches!(text.parts.last(), Some(Part::Hole(why)) if !matches!(why, Why::Or(..)));
    known.copy(done..known.text.len(), &mut made);
    if done == 0 && is_at_end && keeps && ends_unknown && text.parts.len() > 1 {
        // `key.replace(/\.csv$/, ".json")`: it is one that ends so.
        for piece in &new {
            if let Piece::Text(text) = piece {
                made.push_text(text, None);
            }
        }
    }
    without_scheme(text, made.finish())
}

/// Whether a regular expression finds the end of a string, and nothing else.
pub(super) fn is_of_end(pattern: &str) -> bool {
    pattern.ends_with('$')
        && !pattern.ends_with("\\$")
        && !pattern.trim_start_matches("(?i)").starts_with('^')
        && !pattern.contains('|')
}

fn compiled(pattern: &str) -> Option<Regex> {
    thread_local! {
        static KEPT: RefCell<FxHashMap<String, Option<Regex>>> = RefCell::default();
    }
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    KEPT.with_borrow_mut(|kept| {
        if let Some(known) = kept.get(pattern) {
            return known.clone();
        }
        if kept.len() == MAX_KEPT {
            kept.clear();
        }
        let built = RegexBuilder::new(&pattern.replace("\\Z", "\\z"))
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_COMPILED)
            .build()
            .ok();
        kept.insert(pattern.to_owned(), built.clone());
        built
    })
}

/// What is put in a place: words, and groups of what was found there.
enum Piece {
    Text(String),
    /// By its number or its name.
    Group(String),
}

/// `\1`, `\g<name>`, `$1`, `$<name>` and `$&` in what is put in a place.
fn template(new: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    let mut rest = new;
    while let Some(at) = rest.find(['\\', '$']) {
        let (before, after) = rest.split_at(at);
        words.push_str(before);
        let mark = &after[..1];
        let after = &after[1..];
        match group_at(mark, after) {
            Some((group, left)) => {
                pieces.push(Piece::Text(std::mem::take(&mut words)));
                pieces.push(Piece::Group(group));
                rest = left;
            }
            None => {
                // `\\` and `$$` are one.
                words.push_str(mark);
                rest = after.strip_prefix(mark).unwrap_or(after);
            }
        }
    }
    words.push_str(rest);
    pieces.push(Piece::Text(words));
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    pieces
}

fn group_at<'t>(mark: &str, after: &'t str) -> Option<(String, &'t str)> {
    let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 {
        return Some((after[..digits].to_owned(), &after[digits..]));
    }
    if mark == "$" && after.starts_with('&') {
        return Some(("0".to_owned(), &after[1..]));
    }
    let named = match mark {
        "$" => after.strip_prefix('<'),
        _ => after.strip_prefix("g<"),
    };
    let (name, left) = named?.split_once('>')?;
    Some((name.to_owned(), left))
}

fn group_of(found: &Captures<'_>, group: &str) -> Option<Range<usize>> {
    let group = match group.parse() {
        Ok(number) => found.get(number),
        Err(_) => found.name(group),
    };
    group.map(|group| group.range())
}

/// A symbolic string as letters, with what each stretch of them stands for.
struct Flat<'t> {
    text: String,
    parts: Vec<(Range<usize>, &'t Part)>,
}

impl<'t> Flat<'t> {
    fn of(text: &'t Text) -> Flat<'t> {
        let mut flat = Flat {
            text: String::new(),
            parts: Vec::new(),
        };
        for part in &text.parts {
            let start = flat.text.len();
            flat.text.push_str(match part {
                Part::Literal(literal) => literal,
                Part::Hole(Why::Or(_, default)) if has_default(part) => default,
                Part::Any | Part::Hole(_) => UNKNOWN,
            });
            flat.parts.push((start..flat.text.len(), part));
        }
        flat
    }

    /// Whether all of a stretch stands for what is not known.
    fn is_unknown(&self, at: Range<usize>) -> bool {
        let mut touched = self.touched(&at);
        !at.is_empty()
            && touched.all(|(_, part)| !matches!(part, Part::Literal(_)) && !has_default(part))
    }

    /// The default of a part that a stretch stands in, whole.
    fn default_around(&self, at: Range<usize>) -> Option<&'t Part> {
        let mut touched = self.touched(&at);
        let (range, part) = touched.next()?;
        let is_within = range.start <= at.start && at.end <= range.end;
        (has_default(part) && is_within).then_some(*part)
    }

    fn touched(&self, at: &Range<usize>) -> impl Iterator<Item = &(Range<usize>, &'t Part)> {
        self.parts
            .iter()
            .filter(move |(range, _)| range.start < at.end && at.start < range.end)
    }

    /// Puts a stretch as it is behind what is made.
    fn copy(&self, at: Range<usize>, made: &mut Made<'t>) {
        for (range, part) in self.touched(&at) {
            let stretch = &self.text[range.start.max(at.start)..range.end.min(at.end)];
            match part {
                Part::Literal(_) => made.push_text(stretch, None),
                _ if has_default(part) => made.push_text(stretch, Some(part)),
                Part::Any | Part::Hole(_) => made.push(part),
            }
        }
    }
}

/// Whether a part is not known but for a default that has letters.
fn has_default(part: &Part) -> bool {
    matches!(part, Part::Hole(Why::Or(_, default)) if !default.is_empty())
}

/// What is made, and the default that its last letters stand in.
#[derive(Default)]
struct Made<'t> {
    text: Text,
    default: Option<&'t Part>,
}

impl<'t> Made<'t> {
    fn push(&mut self, part: &Part) {
        self.text.push(part.clone());
        self.default = None;
    }

    fn push_text(&mut self, text: &str, default: Option<&'t Part>) {
        let Some(Part::Hole(Why::Or(why, _))) = default else {
            self.text.push(Part::Literal(text.into()));
            self.default = None;
            return;
        };
        let is_same = |known: &'t Part| default.is_some_and(|default| std::ptr::eq(known, default));
        match self.text.parts.last_mut() {
            Some(Part::Hole(Why::Or(_, known))) if self.default.is_some_and(is_same) => {
                *known = format!("{known}{text}").into();
            }
            _ => self
                .text
                .push(Part::Hole(Why::Or(why.clone(), text.into()))),
        }
        self.default = default;
    }

    /// A default of which nothing is left is none: its hole stays.
    fn finish(mut self) -> Text {
        for part in &mut self.text.parts {
            if let Part::Hole(why) = part
                && let Why::Or(plain, default) = why
                && default.is_empty()
            {
                *why = (**plain).clone();
            }
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A string with `<name>` for what is not known and `<name=default>` for what has a default.
    fn text(said: &str) -> Text {
        let mut made = Text::default();
        for stretch in said.split_inclusive(['<', '>']) {
            match stretch.strip_suffix('>') {
                Some(name) => {
                    let why = |name: &str| Why::Parameter(name.into());
                    made.push(Part::Hole(match name.split_once('=') {
                        Some((name, default)) => Why::Or(Box::new(why(name)), default.into()),
                        None => why(name),
                    }));
                }
                None => made.push(Part::Literal(stretch.trim_end_matches('<').into())),
            }
        }
        made
    }

    fn said(text: &Text) -> String {
        let part = |part: &Part| match part {
            Part::Literal(literal) => literal.to_string(),
            Part::Any => "*".to_owned(),
            Part::Hole(Why::Or(why, default)) => match why.as_ref() {
                Why::Parameter(name) => format!("<{name}={default}>"),
                _ => "<?>".to_owned(),
            },
            Part::Hole(Why::Parameter(name)) => format!("<{name}>"),
            Part::Hole(_) => "<?>".to_owned(),
        };
        text.parts.iter().map(part).collect()
    }

    #[test]
    fn places_are_found_around_what_is_not_known() {
        for (pattern, new, before, after) in [
            (r"\.csv$", ".json", "a/<n>.csv", "a/<n>.json"),
            (r"\.[^.]+$", ".json", "a/<n>.csv", "a/<n>.json"),
            (r"\.[^.]+$", ".json", "a/<n>.<e>", "a/<n>.json"),
            // It is one that ends so.
            (r"\.csv$", ".json", "a/<n>", "a/<n>.json"),
            (r"^a/", "b/", "a/<n>.csv", "b/<n>.csv"),
            (r"/", "-", "a/<n>/b", "a-<n>-b"),
            (r"/+$", "", "a/<n>//", "a/<n>"),
            (r"^.*/", "", "a/<n>/b.csv", "b.csv"),
            (r"[^/]+$", "index.html", "a/<n>", "a/index.html"),
            // What is not known stays, whatever letters it has.
            (r"[^a-z]+", "_", "<n> (1).csv", "<n>_csv"),
            (r"\w+", "_", "<n>/", "<n>/"),
            (r"(.*)\.csv$", r"\1_old.csv", "a/<n>.csv", "a/<n>_old.csv"),
            (
                r"^(\w+)/(?<name>.*)$",
                "$<name>/$1/$&$$",
                "a/<n>",
                "<n>/a/a/<n>$",
            ),
            (r"(?i)\.CSV$", "", "<n>.csv", "<n>"),
            // The default of what may be given is changed as what is given is.
            (r"/+$", "", "<p=exports/>", "<p=exports>"),
            (r"/", "-", "<p=a/b/c>/x", "<p=a-b-c>-x"),
            (r"^a/", "", "<p=a/b>/x", "<p=b>/x"),
            // The hole stays where nothing of its default does.
            (r"^raw$", "", "<p=raw>", "<p>"),
            (r"^raw", "", "<p=raw>/x", "<p>/x"),
            (r"/", "-", "<p=>/x", "<p>-x"),
            // Not understood.
            (r"(?=x)", "", "x", "x"),
        ] {
            let made = substitute(pattern, new, &text(before));
            assert_eq!(said(&made), after, "{pattern} in {before}");
        }
    }
}
