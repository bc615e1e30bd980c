//! Which texts may define a method or function of a name, parsed or not: all of them are gone through once, and not once
//! for each name that is asked for. A large tree asks for thousands.

use rayon::prelude::*;

use crate::facts::hash_of;
use crate::gist::is_of_word;
use crate::language::Language;
use crate::leads::defines_at;
use crate::value::FileId;

/// By the hash of a name, the files that may define it; sorted.
#[derive(Debug, Default)]
pub(crate) struct Defined(Vec<(u64, FileId)>);

impl Defined {
    /// What some texts define.
    pub(crate) fn of<'t>(
        texts: impl IndexedParallelIterator<Item = (&'t str, Language)>,
    ) -> Defined {
        let files = texts.enumerate();
        let found = files.flat_map_iter(|(file, (text, language))| {
            let file = FileId(file as u32);
            let mut hashes = Vec::new();
            each_defined(text, language, |name| hashes.push(hash_of(name)));
            hashes.sort_unstable();
            hashes.dedup();
            hashes.into_iter().map(move |hash| (hash, file))
        });
        let mut found: Vec<_> = found.collect();
        found.par_sort_unstable();
        Defined(found)
    }

    /// The files whose texts may define a name, in order: [`crate::may_define`] tells of each. `None` of what is no
    /// name, of which nothing is known.
    pub(crate) fn by(&self, name: &str) -> Option<impl Iterator<Item = FileId>> {
        if name.is_empty() || !name.chars().all(is_of_word) {
            return None;
        }
        let hash = hash_of(name);
        let start = self.0.partition_point(|(known, _)| *known < hash);
        let found = self.0[start..].iter();
        let found = found.take_while(move |(known, _)| *known == hash);
        Some(found.map(|(_, file)| *file))
    }
}

/// Tells of every name that a text may define, as often as it does.
fn each_defined<'t>(text: &'t str, language: Language, mut found: impl FnMut(&'t str)) {
    for open in memchr::memchr_iter(b'(', text.as_bytes()) {
        let before = &text[..open];
        let word = before
            .char_indices()
            .rev()
            .take_while(|(_, char)| is_of_word(*char));
        let Some((start, _)) = word.last() else {
            continue;
        };
        // What is called on something, or given to something, defines nothing.
        let may_follow = match text[..start].chars().next_back() {
            Some(char) => char.is_whitespace() || char == '*',
            None => true,
        };
        if may_follow && defines_at(text, start, language) {
            found(&text[start..open]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_each_text_that_may_define_it() {
        let texts = [
            ("def save(key):\n    put(key)\n", Language::Python),
            ("store.save(key)\nsave(key)\n", Language::Python),
            ("class Store {\n  async save(key) {\n", Language::TypeScript),
            ("    async def save(\n", Language::Python),
            (
                "function* räumen(key) {\nreturn save(key);\n",
                Language::TypeScript,
            ),
        ];
        let defined = Defined::of(texts.as_slice().par_iter().copied());
        for name in ["save", "put", "räumen", "key", "def"] {
            let expected = (0..texts.len()).filter(|at| {
                let (text, language) = texts[*at];
                crate::may_define(text, language, name)
            });
            let found = defined.by(name).unwrap().map(|file| file.0 as usize);
            assert_eq!(
                found.collect::<Vec<_>>(),
                expected.collect::<Vec<_>>(),
                "{name}"
            );
        }
        assert_eq!(defined.by("save").unwrap().count(), 3);
        assert!(defined.by("#save").is_none());
    }
}
