//! The pieces both grammars are made of: operators and versions of which the end may be missing.
//!
//! It exists apart from the grammars so that a place that is wrong is found, and said, once.

use std::ops::Range;

use semver::Prerelease;

use super::RangeError;

/// The greatest number node-semver takes in a version (JavaScript's MAX_SAFE_INTEGER).
pub(super) const NPM_MAX_NUMBER: u64 = 9_007_199_254_740_991;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    None,
    Exact,
    Caret,
    Tilde,
    Less,
    LessEq,
    Greater,
    GreaterEq,
}

/// A version of which the end may be missing or `x`.
pub(super) struct Partial {
    pub(super) major: Option<u64>,
    pub(super) minor: Option<u64>,
    pub(super) patch: Option<u64>,
    pub(super) pre: Prerelease,
    /// Whether an `x`, `X` or `*` is written.
    pub(super) wildcard: Option<char>,
    /// The bytes from the first digit on.
    pub(super) span: Range<usize>,
}

pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) max_number: u64,
}

pub(super) fn error(
    span: Range<usize>,
    message: impl Into<String>,
    suggestion: Option<&str>,
) -> RangeError {
    RangeError {
        span,
        message: message.into(),
        suggestion: suggestion.map(str::to_owned),
    }
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..self.end]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next character's bytes; empty at the end.
    pub(super) fn char_span(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    pub(super) fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(keep).len();
    }

    pub(super) fn skip_spaces(&mut self) {
        self.skip_while(char::is_whitespace);
    }

    pub(super) fn operator(&mut self) -> Operator {
        const SPELLINGS: [(&str, Operator); 7] = [
            (">=", Operator::GreaterEq),
            ("<=", Operator::LessEq),
            (">", Operator::Greater),
            ("<", Operator::Less),
            ("=", Operator::Exact),
            ("^", Operator::Caret),
            ("~", Operator::Tilde),
        ];
        for (spelling, operator) in SPELLINGS {
            if self.rest().starts_with(spelling) {
                self.at += spelling.len();
                return operator;
            }
        }
        Operator::None
    }

    /// `=>` and its kin: the operator is read already, a second one follows.
    pub(super) fn refuse_misspelt_operator(&self) -> Result<(), RangeError> {
        let Some(second) = self.peek().filter(|c| matches!(c, '<' | '>' | '^' | '~')) else {
            return Ok(());
        };
        let before = self.text[..self.at].trim_end();
        if before.ends_with('=') && matches!(second, '<' | '>') {
            let span = before.len() - 1..self.at + 1;
            let meant = format!("{second}=");
            let message = format!("the operator is written `{meant}`");
            return Err(error(span, message, Some(&meant)));
        }
        let message = "one operator only may stand before a version";
        Err(error(self.char_span(), message, Some("")))
    }

    /// A `*` (or `x`) that is a whole comparator, and nothing more; Cargo takes it only alone.
    pub(super) fn lone_wildcard(&mut self) -> Option<Range<usize>> {
        let wildcard = self.peek().filter(|c| is_wildcard(*c))?;
        let after = self.rest()[wildcard.len_utf8()..].trim_start();
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        let span = self.char_span();
        self.at = span.end;
        self.skip_spaces();
        Some(span)
    }

    /// Whether the part is `A - B`: a hyphen with white space on both sides.
    pub(super) fn has_hyphen_range(&self) -> bool {
        let mut before = ' ';
        let mut chars = self.rest().chars().peekable();
        let mut seen = false;
        while let Some(c) = chars.next() {
            let lone = before.is_whitespace() && chars.peek().is_some_and(|c| c.is_whitespace());
            if c == '-' && lone && seen {
                return true;
            }
            seen = true;
            before = c;
        }
        false
    }

    /// `1`, `1.2`, `1.x`, `1.2.3-beta.1+build`. Once a part is a wildcard, those after it are too.
    pub(super) fn partial(&mut self) -> Result<Partial, RangeError> {
        let start = self.at;
        let mut parts = [None; 3];
        let mut wildcard = None;
        let mut written = 0;
        while written < parts.len() {
            if written > 0 {
                if self.peek() != Some('.') {
                    break;
                }
                self.at += 1;
            }
            parts[written] = self.number_or_wildcard(&mut wildcard)?;
            written += 1;
        }
        let mut pre = Prerelease::EMPTY;
        if written == parts.len() && self.peek() == Some('-') {
            pre = self.prerelease(wildcard)?;
        }
        if self.peek() == Some('+') {
            self.build(written == parts.len() && wildcard.is_none())?;
        }
        let [major, minor, patch] = parts;
        Ok(Partial {
            major,
            minor,
            patch,
            pre,
            wildcard,
            span: start..self.at,
        })
    }

    fn number_or_wildcard(
        &mut self,
        wildcard: &mut Option<char>,
    ) -> Result<Option<u64>, RangeError> {
        if let Some(c) = self.peek().filter(|c| is_wildcard(*c)) {
            self.at += c.len_utf8();
            *wildcard = Some(c);
            return Ok(None);
        }
        let start = self.at;
        self.skip_while(|c| c.is_ascii_digit());
        let digits = &self.text[start..self.at];
        if digits.is_empty() {
            return Err(self.expected_number());
        }
        let span = start..self.at;
        if let Some(c) = wildcard {
            let message = format!("a number after `{c}` would say nothing");
            return Err(error(span, message, Some(&c.to_string())));
        }
        if digits.len() > 1 && digits.starts_with('0') {
            let bare = digits.trim_start_matches('0');
            let bare = if bare.is_empty() { "0" } else { bare };
            return Err(error(
                span,
                "a version number has no leading zero",
                Some(bare),
            ));
        }
        match digits
            .parse()
            .ok()
            .filter(|number| *number <= self.max_number)
        {
            Some(number) => Ok(Some(number)),
            None => Err(error(span, "this version number is too large", None)),
        }
    }

    fn prerelease(&mut self, wildcard: Option<char>) -> Result<Prerelease, RangeError> {
        let dash = self.at;
        self.at += 1;
        let start = self.at;
        self.skip_while(is_identifier);
        let word = &self.text[start..self.at];
        if word.is_empty() {
            return Err(error(
                dash..self.at,
                "a prerelease name is missing after `-`",
                Some(""),
            ));
        }
        let pre =
            Prerelease::new(word).map_err(|why| error(start..self.at, why.to_string(), None))?;
        match wildcard {
            None => Ok(pre),
            // npm reads `1.x.x-alpha` and leaves the prerelease out; Cargo refuses it.
            Some(_) if self.max_number == NPM_MAX_NUMBER => Ok(Prerelease::EMPTY),
            Some(c) => {
                let message = format!("a prerelease cannot follow `{c}`");
                Err(error(dash..self.at, message, Some("")))
            }
        }
    }

    /// Build metadata is read and left out: it plays no part in any range.
    fn build(&mut self, complete: bool) -> Result<(), RangeError> {
        let plus = self.at;
        self.at += 1;
        let start = self.at;
        self.skip_while(is_identifier);
        let word = &self.text[start..self.at];
        if word.is_empty() || word.split('.').any(str::is_empty) {
            return Err(error(
                plus..self.at,
                "the name after `+` is missing",
                Some(""),
            ));
        }
        if !complete && self.max_number != NPM_MAX_NUMBER {
            let message = "build metadata can only follow a full version";
            return Err(error(plus..self.at, message, Some("")));
        }
        Ok(())
    }

    fn expected_number(&self) -> RangeError {
        let rest = self.rest();
        let word = rest
            .split(|c: char| c.is_whitespace() || c == ',')
            .next()
            .unwrap_or("");
        let span = self.at..self.at + word.len();
        if word.is_empty() {
            return error(span, "a version is missing here", None);
        }
        match word {
            "latest" | "any" => error(span, format!("`{word}` is a name, not a range"), Some("*")),
            "|" => error(span, "alternatives are separated by `||`", Some("||")),
            "&" | "&&" | "and" => error(
                span,
                "comparators that must all hold stand side by side",
                Some(""),
            ),
            "or" => error(span, "alternatives are separated by `||`", Some("||")),
            _ => error(
                self.char_span(),
                "expected a version number, `x` or `*`",
                None,
            ),
        }
    }

    pub(super) fn unexpected_after_version(&self) -> RangeError {
        let next = self.peek().unwrap_or(' ');
        let span = self.at..self.at;
        match next {
            '|' => error(
                self.char_span(),
                "alternatives are separated by `||`",
                Some("||"),
            ),
            '<' | '>' | '=' | '^' | '~' => {
                error(span, "a space is missing between comparators", Some(" "))
            }
            c if c.is_ascii_alphabetic() => {
                error(span, "a prerelease is written after `-`", Some("-"))
            }
            '.' => error(self.at..self.end, "a version has three numbers", Some("")),
            '-' => error(
                self.char_span(),
                "a prerelease can only follow a full version",
                None,
            ),
            _ => error(
                self.char_span(),
                format!("unexpected `{next}` after the version"),
                None,
            ),
        }
    }
}

fn is_wildcard(c: char) -> bool {
    matches!(c, 'x' | 'X' | '*')
}

fn is_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '.'
}
