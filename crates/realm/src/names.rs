//! Names of realms, repos, domains and contracts, and what a person may have meant by a wrong one.

use std::sync::Arc;

/// A checked name: `[a-z0-9]` then `[a-z0-9-]*`, 64 characters at most (`realm-format.md`).
pub type Name = Arc<str>;

/// Characters that a name may have at most.
pub const NAME_LENGTH: usize = 64;

/// True for a name of the grammar.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= NAME_LENGTH
        && text.bytes().next().is_some_and(alphanumeric)
        && text.bytes().all(|byte| alphanumeric(byte) || byte == b'-')
}

/// The nearest spelling that the grammar allows: lower case, `-` for everything else (`S3 Access` →
/// `s3-access`). Nothing if no letter or digit of ASCII is left.
#[must_use]
pub fn spell_name(text: &str) -> Option<String> {
    let mut name = String::new();
    for char in text.chars() {
        if name.len() == NAME_LENGTH {
            break;
        }
        if char.is_ascii_alphanumeric() {
            name.push(char.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

/// The candidate that `text` is most likely a slip of; nothing if none is near. Ties go to the
/// first, so that the answer does not depend on the order in which a hash map hands them out.
#[must_use]
pub fn did_you_mean<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A slip is one character in three at most; a long hostile key is not worth the arithmetic.
    if text.len() > 4 * NAME_LENGTH {
        return None;
    }
    let lowered = text.to_ascii_lowercase().replace('-', "_");
    let allowed = (lowered.chars().count() / 3).max(1);
    // No slip of `allowed` characters changes the length by more bytes than this.
    let bytes = 4 * allowed;
    candidates
        .into_iter()
        .filter(|candidate| *candidate != text && candidate.len().abs_diff(text.len()) <= bytes)
        .map(|candidate| {
            let other = candidate.to_ascii_lowercase().replace('-', "_");
            (strsim::damerau_levenshtein(&lowered, &other), candidate)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Names in a sentence: "a", "a and b", "a, b and c".
#[must_use]
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [first @ .., last] if first.len() > 1 => format!("{} and {last}", first.join(", ")),
        all => all.join(" and "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_names() {
        for (text, spelled) in [
            ("s3-access", Some("s3-access")),
            ("3d", Some("3d")),
            ("S3 Access", Some("s3-access")),
            ("-a", Some("a")),
            ("a_b", Some("a-b")),
            ("café", Some("caf")),
            ("", None),
            ("画像", None),
        ] {
            assert_eq!(spell_name(text).as_deref(), spelled, "{text}");
            assert_eq!(is_name(text), spelled == Some(text), "{text}");
        }
        assert!(is_name(&"a".repeat(64)));
        assert!(!is_name(&"a".repeat(65)));
        assert_eq!(spell_name(&"a".repeat(65)), Some("a".repeat(64)));
    }

    #[test]
    fn a_slip_is_near_and_a_stranger_is_not() {
        let known = ["name", "owner", "schema", "source_files"];
        assert_eq!(did_you_mean("onwer", known), Some("owner"));
        assert_eq!(did_you_mean("source-file", known), Some("source_files"));
        assert_eq!(did_you_mean("sourceFiles", known), Some("source_files"));
        assert_eq!(did_you_mean("governance", known), None);
        assert_eq!(did_you_mean(&"x".repeat(1000), known), None);
    }

    #[test]
    fn names_are_told_apart() {
        let names = ["billing", "delivery", "pantry"];
        assert_eq!(listed(&names[..1]), "billing");
        assert_eq!(listed(&names[..2]), "billing and delivery");
        assert_eq!(listed(&names), "billing, delivery and pantry");
    }
}
