//! Questions that one walk along a pattern answers: does it match a string, does it meet another.
//!
//! All of them take at most (length × length) steps and no memory to speak of. Keys of S3 are at
//! most 1024 bytes long; a caller that reads longer text from strangers limits it first.

use crate::pattern::{Pattern, Token};

impl Pattern {
    /// True if `text` is in the set.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        walk(self.tokens(), &text, |token, &c| {
            token == Token::One || token == Token::Char(c)
        })
    }
}

/// True if some string is in both sets.
#[must_use]
pub fn intersects(a: &Pattern, b: &Pattern) -> bool {
    let (a, b) = (a.tokens(), b.tokens());
    match (a.contains(&Token::Any), b.contains(&Token::Any)) {
        (_, false) => walk(a, b, |x, &y| meet(x, y)),
        (false, true) => walk(b, a, |x, &y| meet(x, y)),
        // What stands between the first and the last star of the one fits into a star of the
        // other, one after the other; so only the ends have to agree.
        (true, true) => ends_meet(a.iter(), b.iter()) && ends_meet(a.iter().rev(), b.iter().rev()),
    }
}

/// True if every string of `special` is in `general` because stars of `general` take in whole
/// stretches of `special`, wildcards included. Sound; complete if `general` has no `?`, which
/// `inclusion.rs` shows.
pub(crate) fn absorbs(general: &Pattern, special: &Pattern) -> bool {
    walk(general.tokens(), special.tokens(), |g, &s| match s {
        Token::Char(_) => g == Token::One || g == s,
        Token::One => g == Token::One,
        Token::Any => false,
    })
}

/// True if one character can be both.
fn meet(a: Token, b: Token) -> bool {
    a == b || a == Token::One || b == Token::One
}

/// True if two patterns agree up to the first star that either of them has.
fn ends_meet<'a>(a: impl Iterator<Item = &'a Token>, b: impl Iterator<Item = &'a Token>) -> bool {
    a.zip(b)
        .take_while(|(a, b)| **a != Token::Any && **b != Token::Any)
        .all(|(a, b)| meet(*a, *b))
}

/// The walk of wildcard matching: each stretch between stars is placed as early as it fits. Only the
/// last star is ever taken back, because an earlier one that takes more leaves less for the rest.
fn walk<T>(tokens: &[Token], items: &[T], fits: impl Fn(Token, &T) -> bool) -> bool {
    let (mut at, mut item) = (0, 0);
    // After the last star: the token, and the first item that the star does not take.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (tokens.get(at), items.get(item)) {
            (Some(Token::Any), _) => {
                at += 1;
                if at == tokens.len() {
                    return true;
                }
                retry = Some((at, item));
                continue;
            }
            (Some(&token), Some(found)) if fits(token, found) => {
                at += 1;
                item += 1;
                continue;
            }
            (None, None) => return true,
            // Too few items: a star that takes more does not help.
            (_, None) => return false,
            _ => {}
        }
        let Some((after_star, taken)) = retry else {
            return false;
        };
        retry = Some((after_star, taken + 1));
        (at, item) = (after_star, taken + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching() {
        // pattern of IAM, text, matches
        for (pattern, text, matches) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a/b", true),
            ("?", "", false),
            ("?", "🍄", true),
            ("?", "e\u{301}", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*ab", "aab", true),
            ("*ab*ba", "aba", false),
            ("*ab*ba", "abba", true),
            ("*a?c*", "zabcabd", true),
            ("jobs/*/out.json", "jobs//out.json", true),
            ("jobs/*/out.json", "jobs/out.json", false),
            ("jobs/*/out.json", "jobs/7/a/out.json", true),
        ] {
            let found = Pattern::parse_iam(pattern).matches(text);
            assert_eq!(found, matches, "{pattern} {text}");
        }
    }

    #[test]
    fn meeting() {
        for (a, b, meets) in [
            ("jobs/*", "*/out.json", true),
            ("jobs/*", "masks/*", false),
            ("*.json", "*.csv", false),
            ("a*", "ab", true),
            ("a*c", "ab", false),
            ("a?", "?b", true),
            ("a?", "?", false),
            ("*a*", "b?b", true),
            ("*a*", "bbb", false),
            ("ab*", "a?c*", true),
            ("*", "", true),
            ("?*", "", false),
        ] {
            let (a, b) = (Pattern::parse_iam(a), Pattern::parse_iam(b));
            assert_eq!(intersects(&a, &b), meets, "{a} {b}");
            assert_eq!(intersects(&b, &a), meets, "{b} {a}");
        }
    }
}
