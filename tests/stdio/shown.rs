//! What an editor shows of diagnostics, as lines to compare: `code severity «text» message`.

use serde_json::Value;

/// No lines at all.
pub(crate) const NOTHING: [&str; 0] = [];

/// How positions count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Units {
    Utf8,
    Utf16,
    Utf32,
}

impl Units {
    pub(crate) const ALL: [(Units, &str); 3] = [
        (Units::Utf8, "utf-8"),
        (Units::Utf16, "utf-16"),
        (Units::Utf32, "utf-32"),
    ];

    /// How many units a text has.
    pub(crate) fn count(self, text: &str) -> usize {
        match self {
            Units::Utf8 => text.len(),
            Units::Utf16 => text.encode_utf16().count(),
            Units::Utf32 => text.chars().count(),
        }
    }

    /// The byte of a position.
    fn byte(self, text: &str, position: &Value) -> usize {
        let line = position["line"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let units = position["character"].as_u64().unwrap() as usize;
        let rest = &text[start..];
        let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        let byte = ends.find(|at| self.count(&rest[..*at]) == units);
        start + byte.unwrap_or_else(|| panic!("{position} is inside a character of {text:?}"))
    }

    /// The text of a range.
    pub(crate) fn under<'t>(self, text: &'t str, range: &Value) -> &'t str {
        &text[self.byte(text, &range["start"])..self.byte(text, &range["end"])]
    }

    /// The text with edits made, all of which speak of the text as it is.
    pub(crate) fn edited(self, text: &str, edits: &[Value]) -> String {
        let place = |edit: &Value| {
            let range = &edit["range"];
            (
                self.byte(text, &range["start"]),
                self.byte(text, &range["end"]),
            )
        };
        let mut edits: Vec<_> = edits.iter().map(|edit| (place(edit), edit)).collect();
        edits.sort_by_key(|(place, _)| *place);
        let (mut made, mut at) = (String::new(), 0);
        for ((start, end), edit) in edits {
            made.push_str(&text[at..start]);
            made.push_str(edit["newText"].as_str().unwrap());
            at = end;
        }
        made + &text[at..]
    }

    /// The position of a byte, as `(line, character)`.
    pub(crate) fn position(self, text: &str, byte: usize) -> (u32, u32) {
        let before = &text[..byte];
        let line = before.rsplit('\n').next().unwrap();
        (before.matches('\n').count() as u32, self.count(line) as u32)
    }
}

/// Every diagnostic of a publication of `text`, as a line.
pub(crate) fn shown(units: Units, diagnostics: &Value, text: &str) -> Vec<String> {
    let lines = diagnostics.as_array().unwrap().iter().map(|it| {
        let severity = match it["severity"].as_u64() {
            Some(1) => "error",
            Some(2) => "warning",
            Some(3) => "info",
            Some(4) => "hint",
            other => panic!("a severity {other:?}"),
        };
        assert_eq!(it["source"], "blue");
        let code = it["code"].as_str().unwrap();
        let message = it["message"].as_str().unwrap();
        let under = units.under(text, &it["range"]);
        format!("{code} {severity} «{under}» {message}")
    });
    lines.collect()
}

/// Whether lines are those expected, in order. `…` in what is expected stands for any words, so that
/// a test says what a message has to name and not how it is worded.
pub(crate) fn fits(lines: &[String], expected: &[impl AsRef<str>]) -> bool {
    let fits = |(line, expected): (&String, &str)| {
        let mut rest = line.as_str();
        let mut parts = expected.split('…');
        let first = parts.next().unwrap_or_default();
        let Some(after) = rest.strip_prefix(first) else {
            return false;
        };
        rest = after;
        for part in parts {
            let Some(at) = rest.find(part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.is_empty() || expected.ends_with('…')
    };
    let expected = expected.iter().map(AsRef::as_ref);
    lines.len() == expected.len() && lines.iter().zip(expected).all(fits)
}

/// Fails if lines are not those expected ([`fits`]).
#[track_caller]
pub(crate) fn assert_fits(lines: &[String], expected: &[impl AsRef<str>]) {
    let wanted: Vec<_> = expected.iter().map(AsRef::as_ref).collect();
    assert!(fits(lines, expected), "{lines:#?}\nis not\n{wanted:#?}");
}

#[test]
fn expected_lines() {
    let lines = ["a hint «x» says 1 of 2".to_owned()];
    for (expected, fit) in [
        ("a hint «x» says 1 of 2", true),
        ("a hint «x» …2", true),
        ("a hint «x» …1…", true),
        ("a hint «x» …1", false),
        ("a hint «x» …2…1…", false),
        ("hint…", false),
    ] {
        assert_eq!(fits(&lines, &[expected]), fit, "{expected}");
    }
    assert!(!fits(&lines, &NOTHING));
}
