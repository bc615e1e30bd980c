//! From the protocol's types to Blue's.

use std::path::{Path, PathBuf};

use blue_text::{Encoding, Position, PositionRange};
use tower_lsp::lsp_types::{self, ClientCapabilities, PositionEncodingKind, Url};

/// The path of a `file:` URI, percent escapes undone. Of any other scheme, or a file of another host:
/// nothing. On Windows the drive's letter is made upper case, so that the spellings of the clients
/// (`file:///c%3A/…`, `file:///C:/…`) are one path.
pub(crate) fn path(uri: &Url) -> Option<PathBuf> {
    if uri.scheme() != "file" {
        return None;
    }
    let path = uri.to_file_path().ok()?;
    Some(if cfg!(windows) {
        upper_drive(&path)
    } else {
        path
    })
}

/// `c:\x` as `C:\x`.
fn upper_drive(path: &Path) -> PathBuf {
    match path.to_str() {
        Some(text) if text.as_bytes().get(1) == Some(&b':') => {
            let (drive, rest) = text.split_at(1);
            PathBuf::from(drive.to_ascii_uppercase() + rest)
        }
        _ => path.to_owned(),
    }
}

/// What `position` counts in is negotiated; this is the same place.
pub(crate) fn position(position: lsp_types::Position) -> Position {
    Position {
        line: position.line,
        character: position.character,
    }
}

pub(crate) fn range(range: lsp_types::Range) -> PositionRange {
    PositionRange {
        start: position(range.start),
        end: position(range.end),
    }
}

/// UTF-8 if the client offers it, since that is what Blue counts in; else the first that it offers
/// and Blue knows; else UTF-16 (LSP 3.17, `positionEncodings`).
pub(crate) fn encoding(capabilities: &ClientCapabilities) -> Encoding {
    let general = capabilities.general.as_ref();
    let offered = general.and_then(|general| general.position_encodings.as_deref());
    let offered = offered.unwrap_or_default();
    if offered.contains(&PositionEncodingKind::UTF8) {
        return Encoding::Utf8;
    }
    let known = |kind: &PositionEncodingKind| match kind.as_str() {
        "utf-16" => Some(Encoding::Utf16),
        "utf-32" => Some(Encoding::Utf32),
        _ => None,
    };
    offered.iter().find_map(known).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn encodings() {
        for (offered, expected) in [
            (json!({}), Encoding::Utf16),
            (json!({"general": {}}), Encoding::Utf16),
            (
                json!({"general": {"positionEncodings": []}}),
                Encoding::Utf16,
            ),
            (
                json!({"general": {"positionEncodings": ["utf-7"]}}),
                Encoding::Utf16,
            ),
            (
                json!({"general": {"positionEncodings": ["utf-16", "utf-8"]}}),
                Encoding::Utf8,
            ),
            (
                json!({"general": {"positionEncodings": ["utf-16", "utf-32"]}}),
                Encoding::Utf16,
            ),
            (
                json!({"general": {"positionEncodings": ["utf-7", "utf-32"]}}),
                Encoding::Utf32,
            ),
        ] {
            let capabilities = serde_json::from_value(offered.clone()).unwrap();
            assert_eq!(encoding(&capabilities), expected, "{offered}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn paths() {
        for (uri, expected) in [
            ("file:///a/b.py", Some("/a/b.py")),
            ("file:///a%20b/%C3%A9.py", Some("/a b/é.py")),
            ("file:///a/./c/../b.py", Some("/a/b.py")),
            ("file://localhost/a", Some("/a")),
            ("file://elsewhere/a", None),
            ("untitled:Untitled-1", None),
            ("https://letemcook.example/a.py", None),
        ] {
            let found = path(&Url::parse(uri).unwrap());
            assert_eq!(found.as_deref(), expected.map(Path::new), "{uri}");
        }
    }

    #[test]
    fn drives() {
        for (path, expected) in [("c:\\x", "C:\\x"), ("C:/x", "C:/x"), ("/x", "/x"), ("", "")] {
            assert_eq!(upper_drive(Path::new(path)), Path::new(expected));
        }
    }
}
