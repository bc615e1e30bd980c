//! The documents that the client has open, exactly as it has them. Owned by the main loop.
//!
//! An edit out of range is logged and ignored, and so is one of a document that is not open; the
//! edits after it are applied as if it had not been sent. Client and server may then disagree on the
//! text, so such a document is marked, and the next whole text (a full change, or the text that
//! comes with a save) sets it right.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blue_text::{Buffer, Change, Edit, Encoding, Span};
use tower_lsp::lsp_types::{TextDocumentContentChangeEvent, Url};

use crate::from_lsp;

/// A document that is open.
pub(crate) struct Document {
    /// As the client spells it: it is how the client finds it again.
    pub(crate) uri: Url,
    /// The client's number for this text.
    pub(crate) version: i32,
    pub(crate) buffer: Buffer,
    /// The buffer's text, to be shared.
    pub(crate) text: Arc<str>,
    /// An edit could not be applied since the last whole text.
    out_of_step: bool,
}

/// What an event did to a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) path: PathBuf,
    pub(crate) text: Arc<str>,
    /// From the text before to this one, in order. None: the text is the same.
    pub(crate) edits: Vec<Edit>,
}

/// All open documents of the file system; of others (`untitled:`, `git:`, …) nothing is known.
#[derive(Default)]
pub(crate) struct Documents {
    encoding: Encoding,
    by_path: HashMap<PathBuf, Document>,
}

impl Documents {
    /// `encoding` is how the client counts characters.
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            by_path: HashMap::new(),
        }
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(crate) fn get(&self, path: &Path) -> Option<&Document> {
        self.by_path.get(path)
    }

    /// All of them, with their paths.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Path, &Document)> {
        let all = self.by_path.iter();
        all.map(|(path, document)| (path.as_path(), document))
    }

    /// How the client spells all of them, and which versions they have.
    pub(crate) fn versions(&self) -> HashMap<PathBuf, (Url, i32)> {
        let open = self.by_path.iter();
        open.map(|(path, it)| (path.clone(), (it.uri.clone(), it.version)))
            .collect()
    }

    /// The path of a document that was opened (again: then it replaces the one there).
    pub(crate) fn open(&mut self, uri: Url, version: i32, text: String) -> Option<Changed> {
        let path = from_lsp::path(&uri)?;
        let shared: Arc<str> = text.as_str().into();
        let document = Document {
            uri,
            version,
            buffer: Buffer::new(text),
            text: Arc::clone(&shared),
            out_of_step: false,
        };
        if self.by_path.insert(path.clone(), document).is_some() {
            tracing::warn!(path = %path.display(), "opened again without having been closed");
        }
        Some(Changed {
            path,
            text: shared,
            edits: Vec::new(),
        })
    }

    /// Applies changes in order, each to the text that those before it made.
    pub(crate) fn change(
        &mut self,
        uri: &Url,
        version: i32,
        changes: &[TextDocumentContentChangeEvent],
    ) -> Option<Changed> {
        let path = from_lsp::path(uri)?;
        let Some(document) = self.by_path.get_mut(&path) else {
            tracing::warn!(%uri, "ignored a change of a document that is not open");
            return None;
        };
        document.version = version;
        let mut edits = Vec::new();
        for change in changes {
            edits.extend(document.apply(change, self.encoding));
        }
        if !edits.is_empty() {
            document.text = document.buffer.text().into();
        }
        Some(Changed {
            path,
            text: Arc::clone(&document.text),
            edits,
        })
    }

    /// The path of a saved document; what changed, if `text` is not what we have.
    pub(crate) fn save(&mut self, uri: &Url, text: Option<String>) -> Option<Changed> {
        let path = from_lsp::path(uri)?;
        let document = self.by_path.get_mut(&path)?;
        let mut edits = Vec::new();
        if let Some(text) = text.filter(|text| **text != *document.text) {
            tracing::warn!(%uri, known = document.out_of_step, "the saved text is another than ours");
            edits.extend(document.replace(text));
            document.text = document.buffer.text().into();
        }
        Some(Changed {
            path,
            text: Arc::clone(&document.text),
            edits,
        })
    }

    /// The path of a document that was closed.
    pub(crate) fn close(&mut self, uri: &Url) -> Option<PathBuf> {
        let path = from_lsp::path(uri)?;
        if self.by_path.remove(&path).is_none() {
            tracing::warn!(%uri, "ignored the closing of a document that is not open");
            return None;
        }
        Some(path)
    }
}

impl Document {
    fn apply(
        &mut self,
        change: &TextDocumentContentChangeEvent,
        encoding: Encoding,
    ) -> Option<Edit> {
        let Some(range) = change.range else {
            return self.replace(change.text.clone());
        };
        let range = from_lsp::range(range);
        let text = &change.text;
        match self.buffer.apply(Change::Range { range, text }, encoding) {
            Ok(edit) => edit,
            Err(error) => {
                if !self.out_of_step {
                    tracing::warn!(uri = %self.uri, %error, "ignored an edit");
                }
                self.out_of_step = true;
                None
            }
        }
    }

    fn replace(&mut self, text: String) -> Option<Edit> {
        let edit = edit_between(self.buffer.text(), &text);
        self.buffer = Buffer::new(text);
        self.out_of_step = false;
        edit
    }
}

/// The smallest single edit from one text to the other: what a client that sends whole texts did, so
/// that findings can be carried along. Nothing if they are equal.
pub(crate) fn edit_between(old: &str, new: &str) -> Option<Edit> {
    if old == new {
        return None;
    }
    let equal = |(a, b): &(u8, u8)| a == b;
    let mut start = old.bytes().zip(new.bytes()).take_while(equal).count();
    while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
        start -= 1;
    }
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let backwards = old_rest.bytes().rev().zip(new_rest.bytes().rev());
    let mut tail = backwards.take_while(equal).count();
    while !old.is_char_boundary(old.len() - tail) || !new.is_char_boundary(new.len() - tail) {
        tail -= 1;
    }
    let inserted = Span::from_range(start..new.len() - tail).len();
    Some(Edit {
        span: Span::from_range(start..old.len() - tail),
        inserted,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const URI: &str = "file:///letemcook/aperture/models/p%20q.py";

    fn uri(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn changes(value: Value) -> Vec<TextDocumentContentChangeEvent> {
        serde_json::from_value(value).unwrap()
    }

    fn range(a: u32, b: u32, c: u32, d: u32, text: &str) -> Value {
        json!({"range": {"start": {"line": a, "character": b}, "end": {"line": c, "character": d}},
               "text": text})
    }

    #[test]
    fn changes_of_a_batch_in_order() {
        // encoding, text, changes, the text then, the number of edits
        let utf16 = Encoding::Utf16;
        for (encoding, text, batch, expected, edits) in [
            (
                utf16,
                "a\nb\n",
                json!([range(0, 1, 0, 1, "\nx"), range(1, 0, 1, 1, "🍄")]),
                "a\n🍄\nb\n",
                2,
            ),
            (utf16, "🍄b", json!([range(0, 2, 0, 3, "c")]), "🍄c", 1),
            (
                Encoding::Utf8,
                "🍄b",
                json!([range(0, 4, 0, 5, "c")]),
                "🍄c",
                1,
            ),
            (
                Encoding::Utf32,
                "🍄b",
                json!([range(0, 1, 0, 2, "c")]),
                "🍄c",
                1,
            ),
            (utf16, "a\r\nb", json!([range(0, 1, 1, 0, "")]), "ab", 1),
            (
                utf16,
                "a",
                json!([{"text": "b"}, range(0, 1, 0, 1, "c")]),
                "bc",
                2,
            ),
            (utf16, "a", json!([{"text": "a"}]), "a", 0),
            (utf16, "a", json!([]), "a", 0),
            (utf16, "a", json!([range(0, 99, 1, 0, "b")]), "ab", 1),
            // Out of range, before one that is not.
            (
                utf16,
                "a",
                json!([range(9, 0, 9, 0, "b"), range(0, 0, 0, 0, "c")]),
                "ca",
                1,
            ),
            (utf16, "ab", json!([range(0, 2, 0, 1, "b")]), "ab", 0),
        ] {
            let mut documents = Documents::new(encoding);
            documents.open(uri(URI), 1, text.to_owned()).unwrap();
            let changed = documents
                .change(&uri(URI), 2, &changes(batch.clone()))
                .unwrap();
            assert_eq!(&*changed.text, expected, "{batch}");
            assert_eq!(changed.edits.len(), edits, "{batch}");
            let document = documents.get(&changed.path).unwrap();
            assert_eq!((document.version, document.buffer.text()), (2, expected));
        }
    }

    #[test]
    fn what_is_not_open_or_no_file_is_ignored() {
        let mut documents = Documents::default();
        let whole = changes(json!([{"text": "b"}]));
        assert_eq!(documents.change(&uri(URI), 1, &whole), None);
        assert_eq!(documents.close(&uri(URI)), None);
        assert_eq!(documents.save(&uri(URI), None), None);
        for other in [
            "untitled:Untitled-1",
            "git:/a.py",
            "vscode-notebook-cell:/a#b",
        ] {
            assert_eq!(
                documents.open(uri(other), 1, "a".to_owned()),
                None,
                "{other}"
            );
            assert_eq!(documents.change(&uri(other), 1, &whole), None, "{other}");
        }
        let opened = documents.open(uri(URI), 1, "a".to_owned()).unwrap();
        assert_eq!(documents.close(&uri(URI)).unwrap(), opened.path);
        assert_eq!(documents.change(&uri(URI), 2, &whole), None);
    }

    #[test]
    fn a_save_sets_the_text_right() {
        let mut documents = Documents::default();
        documents.open(uri(URI), 1, "a\n".to_owned());
        documents.change(&uri(URI), 2, &changes(json!([range(5, 0, 5, 0, "b")])));
        assert_eq!(documents.save(&uri(URI), None).unwrap().edits, []);
        let saved = documents.save(&uri(URI), Some("a\nb".to_owned())).unwrap();
        assert_eq!((&*saved.text, saved.edits.len()), ("a\nb", 1));
        let again = documents.save(&uri(URI), Some("a\nb".to_owned())).unwrap();
        assert_eq!(again.edits, []);
    }

    #[test]
    fn the_edit_between_two_texts() {
        for (old, new, expected) in [
            ("", "a", Some((0, 0, 1))),
            ("abc", "axc", Some((1, 2, 1))),
            ("aa", "aaa", Some((2, 2, 1))),
            ("aaa", "aa", Some((2, 3, 0))),
            ("é", "è", Some((0, 2, 2))),
            ("x菌", "x菇", Some((1, 4, 3))),
            ("菌x", "菇x", Some((0, 3, 3))),
            ("a", "a", None),
        ] {
            let found = edit_between(old, new);
            let expected = expected.map(|(start, end, inserted)| Edit {
                span: Span::new(start, end),
                inserted,
            });
            assert_eq!(found, expected, "{old} {new}");
            let Some(edit) = found else { continue };
            let middle = edit.inserted_span().slice(new).unwrap();
            let made = format!(
                "{}{middle}{}",
                &old[..edit.span.start as usize],
                &old[edit.span.end as usize..]
            );
            assert_eq!(made, new);
        }
    }
}
