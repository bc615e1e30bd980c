//! Is a set of strings inside another, or inside several together; and if not, which string shows it.
//!
//! **One word decides, mostly.** Unicode has far more characters than patterns write. Take a letter
//! that no general pattern writes, and fill every wildcard of the special one with it. If no
//! general matches this word, it is the example. If one does, and has no `?`, then its stars took
//! in those letters, and would take in whatever stands there instead: it covers the special all
//! alone. So among patterns without `?` a union covers exactly what one of its members covers, and the
//! answer costs one walk a member. Only generals with `?` can cover something together (`` and
//! `?*` cover `*`), and only for them is there a search (`search.rs`), with a budget.

use crate::matching::{absorbs, intersects};
use crate::pattern::{Pattern, Token};
use crate::search::{Search, search};

/// What is known of an inclusion.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Every string of the special pattern is covered.
    Yes,
    /// This string of the special pattern is not covered.
    No {
        /// The special pattern with one letter for each wildcard, or two for each star, where that
        /// will do; else a shortest one.
        example: String,
    },
    /// The search left its budget ([`STATE_BUDGET`](crate::STATE_BUDGET)). It takes many `?` behind
    /// stars to get here; patterns without `?` never do.
    Unknown,
}

/// Is every string of `special` in `general`?
#[must_use]
pub fn covers(general: &Pattern, special: &Pattern) -> Verdict {
    union_covers(std::slice::from_ref(general), special)
}

/// Is every string of `special` in at least one of `generals`? Exact: generals that only together
/// cover it do.
#[must_use]
pub fn union_covers(generals: &[Pattern], special: &Pattern) -> Verdict {
    if generals.iter().any(|general| absorbs(general, special)) {
        return Verdict::Yes;
    }
    let Some(fresh) = unwritten_letter(generals) else {
        return Verdict::Unknown;
    };
    if let Some(example) = filled_example(generals, special, fresh) {
        return Verdict::No { example };
    }
    match search(special, &relevant(generals, special), fresh) {
        Search::Covered => Verdict::Yes,
        Search::Example(example) => Verdict::No { example },
        Search::OverBudget => Verdict::Unknown,
    }
}

/// Do the two match the same strings? As `==`: the normal form is one a set.
///
/// The strings of least length are the pattern without its stars, so those agree; and a letter that
/// neither writes, put where the one has a star, needs a star of the other there, or one with only
/// `?` in between, which the normal form puts in one order.
#[must_use]
pub fn equal(a: &Pattern, b: &Pattern) -> bool {
    a == b
}

/// A string of `special` that is in none of `generals`, made to be read (see [`Verdict::No`]);
/// nothing if there is none, or none was found within the budget.
#[must_use]
pub fn difference_example(special: &Pattern, generals: &[Pattern]) -> Option<String> {
    match union_covers(generals, special) {
        Verdict::No { example } => Some(example),
        Verdict::Yes | Verdict::Unknown => None,
    }
}

/// The special pattern with letters for its wildcards, if that is an example. `fresh` is the letter
/// that decides; the ones before it only read better.
fn filled_example(generals: &[Pattern], special: &Pattern, fresh: char) -> Option<String> {
    let twice = String::from_iter([fresh, fresh]);
    ["x", "y", "1", &fresh.to_string(), &twice]
        .into_iter()
        .map(|filling| fill(special, filling))
        .find(|word| !generals.iter().any(|general| general.matches(word)))
}

/// A word of the pattern: `filling` for a star, its first letter for a `?`.
fn fill(pattern: &Pattern, filling: &str) -> String {
    let mut word = String::new();
    for token in pattern.tokens() {
        match token {
            Token::Char(c) => word.push(*c),
            Token::One => word.extend(filling.chars().next()),
            Token::Any => word.push_str(filling),
        }
    }
    word
}

/// The generals that can matter: they meet the special one, and no other takes them in.
fn relevant<'a>(generals: &'a [Pattern], special: &Pattern) -> Vec<&'a Pattern> {
    let mut kept: Vec<&Pattern> = Vec::new();
    for general in generals
        .iter()
        .filter(|general| intersects(general, special))
    {
        if kept.iter().any(|other| absorbs(other, general)) {
            continue;
        }
        kept.retain(|other| !absorbs(general, other));
        kept.push(general);
    }
    kept
}

/// A letter or digit that no pattern writes, the ones that read well as a placeholder first; nothing
/// if they write every letter there is.
fn unwritten_letter(patterns: &[Pattern]) -> Option<char> {
    let readable = ('x'..='z')
        .chain('a'..='w')
        .chain('0'..='9')
        .chain('A'..='Z');
    let further = ('\u{c0}'..=char::MAX).filter(|c| c.is_alphabetic());
    let written: std::collections::HashSet<Token> = patterns
        .iter()
        .flat_map(|pattern| pattern.tokens().iter().copied())
        .collect();
    readable
        .chain(further)
        .find(|c| !written.contains(&Token::Char(*c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(generals: &[&str], special: &str) -> String {
        let generals: Vec<_> = generals
            .iter()
            .map(|text| Pattern::parse_iam(text))
            .collect();
        match union_covers(&generals, &Pattern::parse_iam(special)) {
            Verdict::Yes => "yes".to_owned(),
            Verdict::No { example } => format!("no: {example}"),
            Verdict::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn verdicts() {
        for (generals, special, expected) in [
            (&["jobs/*"][..], "jobs/*/out.json", "yes"),
            (&["jobs/*/out.json"], "jobs/*", "no: jobs/x"),
            (
                &["masks/*", "*.csv"],
                "jobs/*/out.json",
                "no: jobs/x/out.json",
            ),
            (&["jobs/x*"], "jobs/*", "no: jobs/y"),
            (&["jobs/x*", "jobs/y*", "jobs/1*"], "jobs/*", "no: jobs/z"),
            (&[], "jobs/*", "no: jobs/x"),
            (&["jobs/1"], "jobs/1", "yes"),
            (&["jobs/1"], "jobs/2", "no: jobs/2"),
            (&["jobs/?"], "jobs/*", "no: jobs/xx"),
            (&["jobs/?*"], "jobs/*", "no: jobs/"),
            (&["jobs/?*", "jobs/"], "jobs/*", "yes"),
            (&["a?*"], "a*b", "yes"),
            (&["", "?", "??", "???*"], "*", "yes"),
            (&["", "?", "???*"], "*", "no: xx"),
            (&["?*a", "a"], "*a", "yes"),
            (&["??*"], "a*b", "yes"),
            (&["???*"], "a*b", "no: ab"),
            (&["*"], "", "yes"),
            (&["?"], "*", "no: xx"),
            (&["*a*"], "*aa*", "yes"),
            (&["*aa*"], "*a*", "no: xax"),
        ] {
            assert_eq!(
                verdict(generals, special),
                expected,
                "{generals:?} {special}"
            );
        }
    }

    #[test]
    fn a_search_beyond_the_budget_says_so() {
        // As in `search.rs`: all that is short, and a distance from the end.
        let short: Vec<String> = (0..30).map(|len| "?".repeat(len)).collect();
        let far = format!("*a{}", "?".repeat(24));
        let mut generals: Vec<&str> = short.iter().map(String::as_str).collect();
        generals.push(&far);
        assert_eq!(verdict(&generals, "*a*a*a*a*a*"), "unknown");
        generals.push("*a*a*");
        assert_eq!(verdict(&generals, "*a*a*a*a*a*"), "yes");
    }

    #[test]
    fn many_patterns_without_question_marks_need_no_budget() {
        let generals: Vec<_> = (0..500)
            .map(|n| Pattern::parse(&format!("*a{n}*b{n}*")))
            .collect();
        let special = Pattern::parse("*a*b*");
        let Verdict::No { example } = union_covers(&generals, &special) else {
            panic!("not covered");
        };
        assert!(special.matches(&example), "{example}");
        assert!(!generals.iter().any(|g| g.matches(&example)), "{example}");
        assert_eq!(
            union_covers(&generals, &Pattern::parse("1/a77/*/b77")),
            Verdict::Yes
        );
    }
}
