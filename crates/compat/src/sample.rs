//! A few strings that a regular expression matches.
//!
//! It exists for the search of witnesses: a schema with a `pattern` accepts no string that was not
//! made for it. Samples are proposals; whoever uses them asks the validator.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Samples of one pattern.
const MAX_SAMPLES: usize = 12;
/// Characters a repetition may add.
const MAX_REPEATED: u32 = 64;
/// Bytes of one sample.
const MAX_BYTES: usize = 1024;

/// Strings the pattern probably matches, shortest ways first; empty when it is no pattern that
/// automata can run.
pub(crate) fn matching(pattern: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::parse(pattern) else {
        return Vec::new();
    };
    let mut samples = of(&hir);
    samples.dedup();
    samples
}

/// Whether some sample-free reading of the pattern holds for the text. A pattern that cannot be
/// read matches: the caller collects hints and would rather have too many.
pub(crate) fn is_match(pattern: &str, text: &str) -> bool {
    let schema = serde_json::json!({ "pattern": pattern });
    match crate::schema::compile(&schema) {
        Ok(validator) => validator.accepts(&serde_json::Value::from(text)),
        Err(_) => true,
    }
}

fn of(hir: &Hir) -> Vec<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => vec![String::from_utf8_lossy(&literal.0).into_owned()],
        HirKind::Class(class) => of_class(class),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Alternation(branches) => branches.iter().flat_map(of).take(MAX_SAMPLES).collect(),
        HirKind::Concat(parts) => parts
            .iter()
            .fold(vec![String::new()], |heads, part| joined(&heads, &of(part))),
        HirKind::Repetition(repetition) => {
            let samples = of(&repetition.sub);
            let most = repetition.max.unwrap_or(repetition.min.saturating_add(2));
            let counts = [
                repetition.min,
                repetition.min.saturating_add(1).min(most),
                most,
            ];
            let mut repeated = Vec::new();
            for count in counts.into_iter().filter(|count| *count <= MAX_REPEATED) {
                for sample in samples.iter().take(3) {
                    repeated.push(sample.repeat(count as usize));
                }
            }
            repeated.dedup();
            repeated.retain(|sample| sample.len() <= MAX_BYTES);
            repeated.truncate(MAX_SAMPLES);
            repeated
        }
    }
}

/// Every head with the first tail, and the first head with every tail.
fn joined(heads: &[String], tails: &[String]) -> Vec<String> {
    let (Some(head), Some(tail)) = (heads.first(), tails.first()) else {
        return Vec::new();
    };
    let with_tail = heads.iter().map(|head| format!("{head}{tail}"));
    let with_head = tails.iter().skip(1).map(|tail| format!("{head}{tail}"));
    let all = with_tail
        .chain(with_head)
        .filter(|sample| sample.len() <= MAX_BYTES);
    all.take(MAX_SAMPLES).collect()
}

/// A readable member of each range, ends included.
fn of_class(class: &Class) -> Vec<String> {
    let mut found: Vec<char> = Vec::new();
    match class {
        Class::Unicode(class) => {
            let holds = |c: &char| {
                class
                    .ranges()
                    .iter()
                    .any(|r| r.start() <= *c && *c <= r.end())
            };
            found.extend(['a', '0', 'A', '-', ' '].iter().filter(|c| holds(c)));
            let ends = class
                .ranges()
                .iter()
                .take(4)
                .flat_map(|range| [range.start(), range.end()]);
            found.extend(ends);
        }
        Class::Bytes(class) => {
            let ranges = class.ranges().iter().take(4);
            found.extend(
                ranges
                    .map(|range| char::from(range.start()))
                    .filter(char::is_ascii),
            );
        }
    }
    found.into_iter().take(6).map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_match_what_they_were_made_from() {
        let patterns = [
            "^s3://[a-z0-9.-]{3,63}/",
            "^(raw|curated)/[0-9]{4}-[0-9]{2}$",
            "a?b+c*",
            r"^\d{3}-\w+\.json$",
            "^[^/]+$",
            "",
        ];
        for pattern in patterns {
            let samples = matching(pattern);
            assert!(!samples.is_empty(), "{pattern}");
            for sample in samples {
                assert!(is_match(pattern, &sample), "{pattern}: {sample:?}");
            }
        }
        for pattern in ["(", "(?=a)"] {
            assert_eq!(matching(pattern), [""; 0], "{pattern}");
        }
    }
}
