//! What searches ask of a text before anything is parsed, kept apart from the text: whether it holds a word of
//! the tables, and which names it may call. Whoever keeps it from one run to the next need not read a file again
//! to know that nothing in it matters.
//!
//! It may say yes where the text would say no, and is then held against the text itself; never the other way.

use crate::directives::may_ignore;
use crate::facts::hash_of;
use crate::leads::{CALLED, MEMBER, is_given, is_of_interest, is_taken_apart};

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gist {
    /// Whether the text is looked into whoever it calls ([`is_of_interest`]).
    pub is_of_interest: bool,
    /// Whether it may hold an ignore comment ([`may_ignore`]).
    pub may_ignore: bool,
    /// The hashes of what stands where a name is called, renamed or handed on. Sorted, each once.
    called: Box<[u32]>,
}

/// The bytes of a file name at most, on nearly all systems: what is longer is not looked up.
const MAX_STEM: usize = 255;

impl Gist {
    /// That of a text.
    pub fn of(text: &str) -> Gist {
        let mut called = Vec::new();
        collect_words(text, &mut called);
        collect_modules(text, &mut called);
        called.sort_unstable();
        called.dedup();
        Gist {
            is_of_interest: is_of_interest(text),
            may_ignore: may_ignore(text),
            called: called.into(),
        }
    }

    /// Whether the text may call, or import under another name, what one of these keys is of; `None`
    /// for a name of which a gist knows nothing.
    pub(crate) fn may_call(&self, keys: &[Option<u32>]) -> bool {
        // What a partial is made of is found by how its name begins.
        self.holds(hash(PARTIAL)) || keys.iter().any(|key| key.is_none_or(|key| self.holds(key)))
    }

    /// Whether the text may define a method or function of that name ([`crate::may_define`]). Of what is no name nothing
    /// is known.
    pub fn may_define(&self, name: &str) -> bool {
        !name.chars().all(is_of_word) || key_of(name).is_none_or(|key| self.holds(key))
    }

    fn holds(&self, key: u32) -> bool {
        self.called.binary_search(&key).is_ok()
    }

    /// As bytes, to be kept by who says which program made them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let flags = u8::from(self.is_of_interest) | (u8::from(self.may_ignore) << 1);
        let called = self.called.iter().flat_map(|hash| hash.to_le_bytes());
        std::iter::once(flags).chain(called).collect()
    }

    /// What [`Gist::to_bytes`] made these of; nothing where they are no such bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Gist> {
        let (flags, called) = bytes.split_first()?;
        let (called, rest) = called.as_chunks::<4>();
        let called: Box<[u32]> = called.iter().map(|it| u32::from_le_bytes(*it)).collect();
        let is_sorted = called.is_sorted_by(|one, other| one < other);
        (*flags <= 3 && rest.is_empty() && is_sorted).then_some(Gist {
            is_of_interest: flags & 1 != 0,
            may_ignore: flags & 2 != 0,
            called,
        })
    }
}

const PARTIAL: &str = "partial";

fn hash(word: &str) -> u32 {
    (hash_of(word) >> 32) as u32
}

/// By what a gist knows a name that is searched for; nothing where it does not.
pub(crate) fn key_of(name: &str) -> Option<u32> {
    if let Some(stem) = name.strip_prefix('/') {
        let is_known = !stem.is_empty() && stem.len() < MAX_STEM && !stem.contains(NO_MODULE);
        return is_known.then(|| hash(name));
    }
    let word = name.strip_prefix('#').unwrap_or(name);
    (!word.is_empty() && word.chars().all(is_of_word)).then(|| hash(word))
}

/// Whether a character is part of a name, as [`crate::CallSearch`] tells names apart.
pub(crate) fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

/// The words that stand where a search finds what calls or renames them.
fn collect_words(text: &str, found: &mut Vec<u32>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let length = word_length(&text[at..]);
        if length == 0 {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let end = at + length;
        if is_used(&text[..at], &text[end..]) {
            found.push(hash(&text[at..end]));
        }
        at = end;
    }
}

/// The bytes of the word that a text begins with.
fn word_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let step = match byte {
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') => 1,
            byte if byte.is_ascii() => 0,
            _ => {
                let char = text[length..].chars().next();
                char.filter(|it| is_of_word(*it)).map_or(0, char::len_utf8)
            }
        };
        if step == 0 {
            break;
        }
        length += step;
    }
    length
}

/// Whether a word between these is where a search looks for one.
fn is_used(before: &str, after: &str) -> bool {
    let is_called = CALLED.iter().any(|it| match after.strip_prefix(it) {
        Some(rest) => *it != MEMBER || is_taken_apart(rest),
        None => false,
    });
    is_called
        || is_given(before, after)
        || (after.starts_with('\n') && before.trim_end_matches('#').ends_with("= "))
}

/// What is in the last part of no module that is looked up.
const NO_MODULE: [char; 4] = ['/', '"', '\'', '\n'];

/// The last parts of the modules that may be imported: from a slash to a quote.
fn collect_modules(text: &str, found: &mut Vec<u32>) {
    let bytes = text.as_bytes();
    let mut slash: Option<usize> = None;
    for at in memchr::memchr3_iter(b'/', b'"', b'\'', bytes) {
        if bytes[at] == b'/' {
            slash = Some(at);
            continue;
        }
        let Some(start) = slash.take() else { continue };
        let module = &text[start..at];
        if module.len() > MAX_STEM + ".js".len() || module.contains('\n') {
            continue;
        }
        found.push(hash(module));
        if let Some(stem) = module.strip_suffix(".js") {
            found.push(hash(stem));
        }
    }
}
