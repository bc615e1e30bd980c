//! Patterns as they are read, held and printed.

use std::fmt::{self, Write};
use std::ops::Range;
use std::sync::Arc;

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Token {
    /// This character.
    Char(char),
    /// Exactly one character, whichever (IAM's `?`).
    One,
    /// Any string.
    Any,
}

/// A set of strings, written as literal text with stars (and, from IAM, question marks).
///
/// A clone costs no copy. It is held in a normal form: two patterns are `==` exactly when they match the same strings.
/// Their order is only there for sorting: literal text comes before a star.
///
/// `Display` prints the shortest spelling that [`parse`](Self::parse) reads back as the same
/// pattern. One with a `?` has no such spelling; it is printed as IAM writes it
/// ([`to_iam`](Self::to_iam)).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// In a run of wildcards the `One`s stand before the single `Any`.
    tokens: Arc<[Token]>,
}

/// A piece of a pattern under construction, as a detector folds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Text that stands for itself, stars and backslashes included.
    Literal(String),
    /// Any string: a hole.
    Any,
}

impl Pattern {
    /// Reads a value pattern. Every string is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::from_tokens(value_tokens(text).map(|(_, token)| token))
    }

    /// Reads a resource or action of an IAM policy: `*` any string, `?` one character, and the escapes
    /// `${*}`, `${?}` and `${$}` (IAM User Guide, "Policy variables"). A backslash is itself. Other policy
    /// variables (`${aws:username}`) are kept as the text they are; a caller that knows better
    /// replaces them first.
    #[must_use]
    pub fn parse_iam(text: &str) -> Self {
        let mut rest = text;
        Self::from_tokens(std::iter::from_fn(move || {
            for escaped in ['*', '?', '$'] {
                let mut after = rest.strip_prefix("${").unwrap_or_default().chars();
                if after.next() == Some(escaped) && after.next() == Some('}') {
                    rest = after.as_str();
                    return Some(Token::Char(escaped));
                }
            }
            let mut chars = rest.chars();
            let token = match chars.next()? {
                '*' => Token::Any,
                '?' => Token::One,
                other => Token::Char(other),
            };
            rest = chars.as_str();
            Some(token)
        }))
    }

    /// The pattern that matches `text` alone.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self::from_tokens(text.chars().map(Token::Char))
    }

    /// Puts pieces together; holes that meet become one.
    pub fn from_parts(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut tokens = Vec::new();
        for part in parts {
            match part {
                Part::Literal(text) => tokens.extend(text.chars().map(Token::Char)),
                Part::Any => tokens.push(Token::Any),
            }
        }
        Self::from_tokens(tokens)
    }

    /// Brings tokens into the normal form.
    pub(crate) fn from_tokens(raw: impl IntoIterator<Item = Token>) -> Self {
        let mut tokens: Vec<Token> = Vec::new();
        for token in raw {
            match (tokens.last(), token) {
                (Some(Token::Any), Token::Any) => {}
                (Some(Token::Any), Token::One) => {
                    let before_star = tokens.len() - 1;
                    tokens.insert(before_star, Token::One);
                }
                _ => tokens.push(token),
            }
        }
        Self {
            tokens: tokens.into(),
        }
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// True if it has no letter and no digit outside its wildcards: it says too little about what
    /// it stands for to be put into a contract.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        !self
            .tokens
            .iter()
            .any(|token| matches!(token, Token::Char(c) if c.is_alphanumeric()))
    }

    /// True if it matches one string only.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.tokens.iter().all(|t| matches!(t, Token::Char(_)))
    }

    /// The text before its first wildcard, unescaped: every string that it matches begins so.
    #[must_use]
    pub fn literal_prefix(&self) -> String {
        self.tokens
            .iter()
            .map_while(|token| match token {
                Token::Char(c) => Some(*c),
                Token::One | Token::Any => None,
            })
            .collect()
    }

    /// The spelling that [`parse_iam`](Self::parse_iam) reads back as the same pattern.
    #[must_use]
    pub fn to_iam(&self) -> String {
        let mut out = String::new();
        for (at, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Any => out.push('*'),
                Token::One => out.push('?'),
                Token::Char('*') => out.push_str("${*}"),
                Token::Char('?') => out.push_str("${?}"),
                // Only before what would make an escape of it.
                Token::Char('$') => match &self.tokens[at + 1..] {
                    [
                        Token::Char('{'),
                        Token::Any | Token::One | Token::Char('$'),
                        Token::Char('}'),
                        ..,
                    ] => out.push_str("${$}"),
                    _ => out.push('$'),
                },
                Token::Char(other) => out.push(*other),
            }
        }
        out
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tokens.contains(&Token::One) {
            return f.pad(&self.to_iam());
        }
        let mut out = String::with_capacity(self.tokens.len());
        for (at, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Any | Token::One => out.write_char('*')?,
                Token::Char('*') => out.write_str("\\*")?,
                // Doubled only where the next character would make an escape of it.
                Token::Char('\\') => match self.tokens.get(at + 1) {
                    Some(Token::Any | Token::Char('*' | '\\')) => out.write_str("\\\\")?,
                    _ => out.write_char('\\')?,
                },
                Token::Char(other) => out.write_char(*other)?,
            }
        }
        f.pad(&out)
    }
}

/// The bytes of the first run of two or more stars in a value pattern, for a hint: it is read as one
/// star, which crosses `/` anyway. An escaped star does not count.
#[must_use]
pub fn double_star_hint(text: &str) -> Option<Range<usize>> {
    let mut run: Option<Range<usize>> = None;
    for (bytes, token) in value_tokens(text) {
        if token == Token::Any {
            let start = run.map_or(bytes.start, |run| run.start);
            run = Some(start..bytes.end);
            continue;
        }
        if let Some(found) = run.take_if(|run| run.len() > 1) {
            return Some(found);
        }
        run = None;
    }
    run.filter(|run| run.len() > 1)
}

/// The tokens of a value pattern as they stand, with their bytes.
fn value_tokens(text: &str) -> impl Iterator<Item = (Range<usize>, Token)> + '_ {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.next()?;
        let escaped = match first {
            '\\' => chars.next_if(|&(_, next)| matches!(next, '*' | '\\')),
            _ => None,
        };
        let token = match (first, escaped) {
            (_, Some((_, escaped))) => Token::Char(escaped),
            ('*', None) => Token::Any,
            (other, None) => Token::Char(other),
        };
        // What is escaped is one byte long.
        let end = start + first.len_utf8() + usize::from(escaped.is_some());
        Some((start..end, token))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        // as written, as printed, prefix, opaque
        for (written, printed, prefix, opaque) in [
            ("", "", "", true),
            ("*", "*", "", true),
            ("**", "*", "", true),
            ("jobs/**/out.json", "jobs/*/out.json", "jobs/", false),
            (r"a\*b", r"a\*b", "a*b", false),
            (r"a\\*b", r"a\\*b", r"a\", false),
            (r"a\\b", r"a\b", r"a\b", false),
            (r"a\b", r"a\b", r"a\b", false),
            (r"\", r"\", r"\", true),
            (r"\\", r"\", r"\", true),
            (r"\\\", r"\\\", r"\\", true),
            (r"\**", r"\**", "*", true),
            ("*/-_.*", "*/-_.*", "", true),
            ("*/菌", "*/菌", "", false),
            ("what?", "what?", "what?", false),
        ] {
            let pattern = Pattern::parse(written);
            assert_eq!(pattern.to_string(), printed, "{written}");
            assert_eq!(pattern.literal_prefix(), prefix, "{written}");
            assert_eq!(pattern.is_opaque(), opaque, "{written}");
        }
    }

    #[test]
    fn spellings_of_iam() {
        for (written, printed) in [
            ("a*?*b", "a?*b"),
            ("a${*}${?}${$}", "a${*}${?}$"),
            ("${$}{*}", "${$}{*}"),
            ("${aws:username}/*", "${aws:username}/*"),
            ("${", "${"),
            (r"a\*", r"a\*"),
        ] {
            assert_eq!(Pattern::parse_iam(written).to_iam(), printed, "{written}");
        }
        assert_eq!(Pattern::parse_iam("a?${?}").to_string(), "a?${?}");
        assert_eq!(Pattern::parse_iam("${*}").to_string(), r"\*");
        assert_eq!(Pattern::parse_iam("a*"), Pattern::parse("a**"));
        assert_ne!(Pattern::parse_iam("a?"), Pattern::parse("a?"));
    }

    #[test]
    fn hints() {
        for (written, hint) in [
            ("a/*/b", None),
            ("a/**/b", Some(2..4)),
            ("菌**", Some(3..5)),
            ("*a***b**", Some(2..5)),
            (r"\**", None),
            (r"\\**", Some(2..4)),
            (r"*\**", None),
        ] {
            assert_eq!(double_star_hint(written), hint, "{written}");
        }
    }

    #[test]
    fn parts() {
        let literal = |text: &str| Part::Literal(text.to_owned());
        let pattern = Pattern::from_parts([
            literal("jobs/"),
            Part::Any,
            Part::Any,
            literal(""),
            Part::Any,
            literal(r"\*"),
        ]);
        assert_eq!(pattern, Pattern::parse(r"jobs/*\\\*"));
        assert!(!pattern.is_literal());
        assert!(Pattern::literal("*").is_literal());
    }
}
