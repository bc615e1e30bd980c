//! What a key of a realm's file or of a config means, and the words that it can be: as the files' own
//! JSON Schemas say it.

use std::fmt::Write as _;

use blue_realm::{FileFormat, KeyDoc, On, key_docs, node_at};

use crate::findings::unquoted;
use crate::hover::Hover;

/// What a key means, and a word that stands for one of several things.
pub(crate) fn key_hover(format: FileFormat, text: &str, offset: u32) -> Option<Hover> {
    let node = node_at(text, offset)?;
    let doc = key_docs(format, &node.route())?;
    let markdown = match node.on {
        On::Key => key_words(&doc),
        On::Value => {
            let word = unquoted(node.span.slice(text)?);
            format!("`{word}` of **{}**\n\n{}\n", doc.title, doc.word(word)?)
        }
    };
    let span = node.span;
    Some(Hover { markdown, span })
}

fn key_words(doc: &KeyDoc) -> String {
    let mut words = format!("**{}**", doc.title);
    if !doc.types.is_empty() {
        let _ = write!(words, " · {}", doc.types);
    }
    if doc.required {
        words.push_str(" · required");
    }
    let _ = write!(words, "\n\n{}\n", doc.markdown);
    for (word, meaning) in &doc.words {
        let _ = write!(words, "\n- `{word}`: {meaning}");
    }
    if let Some(default) = &doc.default {
        let _ = write!(words, "\n\nWithout it: `{default}`.\n");
    }
    words
}
