//! Edits of text files as a person reads them: hunks of kept, removed and added lines.
//!
//! Small hunks with words around them are what a story shows; they have no line numbers, so that
//! they can be written by hand.

/// What parts two hunks of one file.
const BETWEEN_HUNKS: &str = "@@";

/// `text` with all `hunks` applied. A line of a hunk begins with ` ` (kept), `-` (removed) or `+`
/// (added). Nothing if a hunk's kept and removed lines do not stand in the text exactly once.
pub(crate) fn apply(text: &str, hunks: &str) -> Option<String> {
    let mut text = text.to_owned();
    for hunk in hunks.split(&format!("\n{BETWEEN_HUNKS}\n")) {
        let (old, new) = sides(hunk)?;
        // From line start to line end, never in the middle of a longer line.
        let mut places = text
            .match_indices(&old)
            .filter(|(at, _)| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n'));
        let (at, _) = places.next()?;
        if places.next().is_some() {
            return None;
        }
        text.replace_range(at..at + old.len(), &new);
    }
    Some(text)
}

/// What a hunk's place looks like before and after.
fn sides(hunk: &str) -> Option<(String, String)> {
    let (mut old, mut new) = (String::new(), String::new());
    for line in hunk.lines() {
        let (mark, rest) = line.split_at_checked(1).unwrap_or((" ", ""));
        let sides: &mut [&mut String] = match mark {
            " " => &mut [&mut old, &mut new],
            "-" => &mut [&mut old],
            "+" => &mut [&mut new],
            _ => return None,
        };
        for side in sides {
            side.push_str(rest);
            side.push('\n');
        }
    }
    Some((old, new))
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn hunks() {
        let text = "a\nb\n\nc\nb\n";
        // hunks, result
        for (hunks, expected) in [
            ("-a\n+x", Some("x\nb\n\nc\nb\n")),
            (" a\n-b\n\n+x\n c", Some("a\n\nx\nc\nb\n")),
            ("-a\n@@\n c\n+x\n", Some("b\n\nc\nx\nb\n")),
            ("-b", None),
            ("-z", None),
            ("*a", None),
        ] {
            assert_eq!(apply(text, hunks).as_deref(), expected, "{hunks}");
        }
        assert_eq!(apply("xa\na\n", "-a\n+b").as_deref(), Some("xa\nb\n"));
    }
}
