//! What is known of a file's content: its text, why there is none, or what was made of the same text in an
//! earlier run, so that the text is read only when somebody asks for it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use blue_detect::{
    Called, ContentHash, Dialect, Gist, Language, RoundSearch, SummaryKey, is_of_interest,
    may_define, may_ignore,
};

use crate::finding::Code;

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Its text.
    Text(Arc<str>),
    /// What is known of its text.
    Known(Arc<KnownText>),
    /// Not looked into, with the reason in words: not UTF-8, no right to read it.
    Unreadable(Arc<str>),
    /// Not looked into, since it is over a limit, which the words name.
    OverLimit(Arc<str>),
}

/// Reads texts of files that are known without.
pub trait TextSource: Send + Sync {
    /// The text of a file, by the path that its source gave it, where it has that hash still. Where it has not, the
    /// source remembers it, and its owner asks everything anew: what was answered meanwhile is of no use.
    fn text(&self, path: &str, hash: &ContentHash) -> Option<Arc<str>>;
}

/// What was made of a text, and who has that.
pub struct KnownText {
    hash: ContentHash,
    gist: Gist,
    path: Arc<str>,
    source: Arc<dyn TextSource>,
    text: OnceLock<Option<Arc<str>>>,
}

impl KnownText {
    /// What is known of a text that `source` has at a path.
    pub fn new(
        (hash, gist): (ContentHash, Gist),
        path: Arc<str>,
        source: Arc<dyn TextSource>,
    ) -> KnownText {
        KnownText {
            hash,
            gist,
            path,
            source,
            text: OnceLock::new(),
        }
    }

    /// That of a text that was just read.
    pub fn of(text: Arc<str>, path: Arc<str>, source: Arc<dyn TextSource>) -> KnownText {
        let known = (ContentHash::of(&text), Gist::of(&text));
        KnownText {
            text: OnceLock::from(Some(text)),
            ..KnownText::new(known, path, source)
        }
    }

    /// The hash of the text.
    pub fn hash(&self) -> &ContentHash {
        &self.hash
    }

    /// What searches ask of the text.
    pub fn gist(&self) -> &Gist {
        &self.gist
    }

    /// The text; nothing where its source has it no more.
    fn text(&self) -> Option<&Arc<str>> {
        let read = || self.source.text(&self.path, &self.hash);
        self.text.get_or_init(read).as_ref()
    }
}

impl PartialEq for KnownText {
    fn eq(&self, other: &KnownText) -> bool {
        self.hash == other.hash
    }
}
impl Eq for KnownText {}

impl fmt::Debug for KnownText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.path, self.hash)
    }
}

impl Content {
    /// Its text; nothing of what is not looked into, or is there no more.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Content::Text(text) => Some(text),
            Content::Known(known) => known.text(),
            Content::Unreadable(_) | Content::OverLimit(_) => None,
        }
    }

    /// Its text; an empty one of what is not looked into.
    pub(crate) fn text(&self) -> &str {
        self.as_text().map_or("", |text| text)
    }

    /// Whether two say the same, however it is known.
    pub(crate) fn is_same(&self, other: &Content) -> bool {
        self == other || (self.is_text() && other.is_text() && self.as_text() == other.as_text())
    }

    /// Whether it is a text, whether or not that was read.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Content::Text(_) | Content::Known(_))
    }

    /// Why it is not looked into: the finding's code, and the reason in words.
    pub(crate) fn unread(&self) -> Option<(Code, &Arc<str>)> {
        match self {
            Content::Text(_) | Content::Known(_) => None,
            Content::Unreadable(why) => Some((Code::SourceUnreadable, why)),
            Content::OverLimit(why) => Some((Code::LimitExceeded, why)),
        }
    }

    /// What a summary of it is kept by; nothing of what is not looked into.
    pub(crate) fn summary_key(&self, dialect: Dialect) -> Option<SummaryKey> {
        let content = match self {
            Content::Text(text) => ContentHash::of(text),
            Content::Known(known) => known.hash,
            Content::Unreadable(_) | Content::OverLimit(_) => return None,
        };
        Some(SummaryKey { content, dialect })
    }

    /// Whether it is looked into whoever it calls.
    pub(crate) fn is_of_interest(&self) -> bool {
        match self {
            Content::Known(known) => known.gist.is_of_interest,
            content => is_of_interest(content.text()),
        }
    }

    /// Whether it may hold an ignore comment.
    pub(crate) fn may_ignore(&self) -> bool {
        match self {
            Content::Known(known) => known.gist.may_ignore,
            content => may_ignore(content.text()),
        }
    }

    /// What it calls, or gives another name to, of what a search looks for.
    pub(crate) fn called(&self, path: &str, search: &RoundSearch) -> Option<Called> {
        match self {
            Content::Known(known) if !search.may_find(&known.gist) => None,
            content => search.called(path, content.text()),
        }
    }

    /// Whether it may define a method or function of that name.
    pub(crate) fn may_define(&self, language: Language, name: &str) -> bool {
        match self {
            Content::Known(known) if !known.gist.may_define(name) => false,
            content => may_define(content.text(), language, name),
        }
    }
}
