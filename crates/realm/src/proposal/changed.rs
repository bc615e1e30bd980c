//! Which lines of a file were changed: where a finding about the change itself stands.

use std::collections::HashSet;

use blue_text::Span;

/// The first stretch of lines of `new` that `old` does not have; where lines were only taken out,
/// the line that follows them, else the last. Nothing if the texts are the same. Without the line's
/// end and the white space before it, so that an editor has something to mark.
pub(super) fn first_changed_lines(old: &str, new: &str) -> Option<Span> {
    if old == new {
        return None;
    }
    let lines: Vec<&str> = new.split_inclusive('\n').collect();
    let before: Vec<&str> = old.split_inclusive('\n').collect();
    let same = lines.iter().zip(&before).take_while(|(is, was)| is == was);
    let first = same.count();
    let left: HashSet<&str> = before[first..].iter().copied().collect();
    let fresh = lines[first..]
        .iter()
        .take_while(|line| !left.contains(**line));
    let end = (first + fresh.count().max(1)).min(lines.len());
    let first = first.min(end.saturating_sub(1));
    let bytes = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let start = bytes(&lines[..first]);
    let text = new.get(start..start + bytes(lines.get(first..end)?))?;
    let indent = text.len() - text.trim_start().len();
    let shown = text.trim();
    Some(match shown.is_empty() {
        true => Span::from_range(start..start),
        false => Span::from_range(start + indent..start + indent + shown.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_that_were_not_there() {
        let old = "name: a\nvalue:\n  - x\n  - y\n";
        for (new, changed) in [
            (old, None),
            ("name: b\nvalue:\n  - x\n  - y\n", Some("name: b")),
            (
                "name: a\nvalue:\n  - x\n  - v\n  - w\n  - y\n",
                Some("- v\n  - w"),
            ),
            ("name: a\nvalue:\n  - y\n", Some("- y")),
            ("name: a\nvalue:\n  - x\n", Some("- x")),
            ("name: a\nvalue:\n  - x\n  - y", Some("- y")),
            ("", Some("")),
            ("\n\n", Some("")),
        ] {
            let span = first_changed_lines(old, new);
            assert_eq!(span.and_then(|span| span.slice(new)), changed, "{new:?}");
        }
        assert_eq!(
            first_changed_lines("", "é\n").and_then(|s| s.slice("é\n")),
            Some("é")
        );
    }
}
