//! How a scalar is written so that YAML reads it back as it was meant: bare where every reader
//! agrees on it, in quotes otherwise.
//!
//! "Every reader" is more than Blue's own: `no`, `0o17`, `1_000` and `12:30` are text to one version
//! of YAML and something else to another (YAML 1.1, section 10; YAML 1.2.2, section 10.3).

use crate::yaml::{self, Yaml};

/// How a text is written on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// Without quotes, where that is safe.
    Bare,
    /// `'…'`, where the text has nothing that needs an escape.
    Single,
    /// `"…"`.
    Double,
}

/// What stands around a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// Lines and indentation.
    Block,
    /// `[…]` or `{…}`.
    Flow,
}

/// `text` on one line, in the wished quoting if that can say it.
pub(crate) fn text(text: &str, wish: Quoting, around: Around) -> String {
    match wish {
        Quoting::Bare if bare_is_safe(text, around) => text.to_owned(),
        Quoting::Bare if text.contains(['"', '\\']) && !needs_escape(text) => single(text),
        Quoting::Single if !needs_escape(text) => single(text),
        _ => double(text),
    }
}

/// `text` as a key, which must be bare in a narrower sense.
pub(crate) fn key(text: &str, wish: Quoting) -> String {
    let reads = |as_key: &str| {
        let read = yaml::read(&format!("{as_key}: 1"));
        matches!(read.map(|document| document.root), Ok(Yaml::Map(entries))
            if matches!(entries.as_slice(), [(Yaml::Text(key), _)] if **key == *text))
    };
    match wish {
        Quoting::Bare if bare_is_safe(text, Around::Flow) && reads(text) => text.to_owned(),
        Quoting::Single if !needs_escape(text) => single(text),
        _ => double(text),
    }
}

/// What a scalar that is written so says; nothing if it is no scalar.
pub(crate) fn read(written: &str) -> Option<String> {
    yaml::read(written).ok()?.root.scalar()
}

fn bare_is_safe(text: &str, around: Around) -> bool {
    const FIRST: &[char] = &['_', '/', '.', '^', '$', '(', '+', '=', '<', '~'];
    let first_is_plain = text
        .chars()
        .next()
        .is_some_and(|first| first.is_alphanumeric() || FIRST.contains(&first));
    let breaks_flow = around == Around::Flow && text.contains([',', '[', ']', '{', '}']);
    if !first_is_plain || breaks_flow || needs_escape(text) || other_readers_differ(text) {
        return false;
    }
    // The last word is the parser's.
    let read = match around {
        Around::Block => yaml::read(text).map(|document| document.root),
        Around::Flow => yaml::read(&format!("[{text}]")).map(|document| match document.root {
            Yaml::List(mut items) if items.len() == 1 => items.pop().unwrap_or(Yaml::Null),
            other => other,
        }),
    };
    matches!(read, Ok(Yaml::Text(found)) if *found == *text)
}

/// True if some version of YAML takes the bare text for a boolean, null or number.
fn other_readers_differ(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<",
    ];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.replace('_', "");
    let based = ["0x", "0o", "0b", "0X", "0O", "0B"]
        .iter()
        .any(|base| digits.starts_with(base));
    let sexagesimal = digits.contains(':')
        && digits.split(':').all(|part| {
            part.starts_with(|c: char| c.is_ascii_digit()) && part.parse::<f64>().is_ok()
        });
    WORDS.contains(&text.to_ascii_lowercase().as_str())
        || digits.parse::<f64>().is_ok()
        || matches!(digits.to_ascii_lowercase().as_str(), ".inf" | ".nan")
        || based
        || sexagesimal
}

/// True if readers of YAML 1.1 take the bare text for a day or a time of one (its "timestamp").
pub(crate) fn is_time(text: &str) -> bool {
    let (day, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    let parts: Vec<&str> = day.split('-').collect();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_day = matches!(parts.as_slice(), [year, month, of_month]
        if year.len() == 4 && [month, of_month].iter().all(|it| (1..=2).contains(&it.len()))
            && parts.iter().all(|it| digits(it)));
    is_day && (rest.is_empty() || rest.starts_with(['t', 'T', ' ', '\t']))
}

/// True if the text can be said in double quotes only.
fn needs_escape(text: &str) -> bool {
    text.chars().any(is_escaped)
}

/// Characters that YAML does not print, and those that it takes for the end of a line.
fn is_escaped(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for char in text.chars() {
        match char {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            _ if is_escaped(char) => written.push_str(&format!("\\u{:04X}", u32::from(char))),
            _ => written.push(char),
        }
    }
    written.push('"');
    written
}

/// The lines of a text that can be written below `|`, and how its end is told (`|`, `|-`); nothing
/// if quotes say it better.
pub(crate) fn literal(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let head = if body.len() < text.len() { "|" } else { "|-" };
    let lines: Vec<&str> = body.split('\n').collect();
    let odd = |line: &&str| {
        line.starts_with('\t') || line.ends_with([' ', '\t']) || line.chars().any(is_escaped)
    };
    let ends_open = lines
        .first()
        .is_none_or(|line| line.is_empty() || line.starts_with(' '))
        || lines.last().is_none_or(|line| line.is_empty());
    (lines.len() > 1 && !ends_open && !lines.iter().any(odd)).then_some((head, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_where_every_reader_agrees() {
        for (given, block, flow) in [
            ("aperture", "aperture", "aperture"),
            ("1.2.0", "1.2.0", "1.2.0"),
            ("1.10", "\"1.10\"", "\"1.10\""),
            ("^1.0.0", "^1.0.0", "^1.0.0"),
            (
                ">=1.0.0, <2.0.0",
                "\">=1.0.0, <2.0.0\"",
                "\">=1.0.0, <2.0.0\"",
            ),
            ("models/**/*.py", "models/**/*.py", "models/**/*.py"),
            ("**/*.py", "\"**/*.py\"", "\"**/*.py\""),
            ("!models/tests/", "\"!models/tests/\"", "\"!models/tests/\""),
            ("removed a, b", "removed a, b", "\"removed a, b\""),
            ("a{b}", "a{b}", "\"a{b}\""),
            ("2026-02-01", "2026-02-01", "2026-02-01"),
            (
                "2026-02-01T08:00:00Z",
                "2026-02-01T08:00:00Z",
                "2026-02-01T08:00:00Z",
            ),
            ("12:30", "\"12:30\"", "\"12:30\""),
            ("no", "\"no\"", "\"no\""),
            ("Off", "\"Off\"", "\"Off\""),
            ("1_000", "\"1_000\"", "\"1_000\""),
            ("0x1f", "\"0x1f\"", "\"0x1f\""),
            ("1234e56", "\"1234e56\"", "\"1234e56\""),
            ("0a1b2c3", "0a1b2c3", "0a1b2c3"),
            ("", "\"\"", "\"\""),
            ("a: b", "\"a: b\"", "\"a: b\""),
            ("a #b", "\"a #b\"", "\"a #b\""),
            ("a#b", "a#b", "a#b"),
            ("a:", "\"a:\"", "\"a:\""),
            (" a", "\" a\"", "\" a\""),
            ("a ", "\"a \"", "\"a \""),
            ("say \"x\"", "say \"x\"", "say \"x\""),
            ("*\"x\"", "'*\"x\"'", "'*\"x\"'"),
            ("*it's \\", "'*it''s \\'", "'*it''s \\'"),
            ("tab\there", "\"tab\\there\"", "\"tab\\there\""),
            (
                "\u{7f}\u{2028}\\",
                "\"\\u007F\\u2028\\\\\"",
                "\"\\u007F\\u2028\\\\\"",
            ),
            ("café 🍄", "café 🍄", "café 🍄"),
            ("---", "\"---\"", "\"---\""),
        ] {
            assert_eq!(
                text(given, Quoting::Bare, Around::Block),
                block,
                "{given:?}"
            );
            assert_eq!(text(given, Quoting::Bare, Around::Flow), flow, "{given:?}");
            for wish in [Quoting::Bare, Quoting::Single, Quoting::Double] {
                let written = text(given, wish, Around::Block);
                assert_eq!(read(&written).as_deref(), Some(given), "{written}");
            }
        }
    }

    #[test]
    fn what_readers_of_an_older_yaml_take_for_a_time() {
        for (text, expected) in [
            ("2026-02-01", true),
            ("2026-02-01T08:00:00Z", true),
            ("2026-02-01 08:00:00", true),
            ("2026-2-1", true),
            ("2026-02-01/raw", false),
            ("2026-02", false),
            ("plates-02-01", false),
            ("26-02-01", false),
            ("", false),
            ("2026-02-0菌", false),
        ] {
            assert_eq!(is_time(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_of_lines_is_written_in_lines_where_that_says_it() {
        for (given, expected) in [
            ("one\ntwo", Some("|-")),
            ("one\n\n  two\n", Some("|")),
            ("one", None),
            ("one\n", None),
            ("one\ntwo\n\n", None),
            (" one\ntwo", None),
            ("\none\ntwo", None),
            ("one \ntwo", None),
            ("one\r\ntwo", None),
            ("one\n\ttwo", None),
        ] {
            assert_eq!(literal(given).map(|(head, _)| head), expected, "{given:?}");
        }
    }
}
