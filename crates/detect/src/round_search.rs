//! Whom a round of the search for leads looks into (`leads.rs` has the rule): the files that call one of some names. Of a
//! name that very many files call (`get`, `forward`), those that say as well where it is from: the module that it is in,
//! or the class that it is a method of. All others mean something else by it, or nobody could tell what.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use smol_str::SmolStr;

use crate::crowds::top_of;
use crate::gist::{Gist, is_of_word};
use crate::leads::{CallSearch, Lead, Leads};

/// The files that a round looks into for the name of a function alone: those of the names that the fewest files call. What
/// is beyond is common. Few repositories have as many files.
const BY_NAME_ALONE: u32 = 2_000;

/// The search of one round.
#[derive(Debug)]
pub struct RoundSearch {
    names: Names,
    calls: CallSearch,
    words: AhoCorasick,
}

/// The names of a round, and where their functions are.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    names: Vec<SmolStr>,
    /// By name: whether it is not known where one of its functions is.
    is_anywhere: Vec<bool>,
    /// The names of modules, of classes and of folders at the top, each with the places of the names that are in such a
    /// module, in such a class and under such a folder.
    homes: Vec<(SmolStr, [Vec<u32>; 3])>,
    /// Whether of some it is said under which folder at the top they are.
    is_crowded: bool,
}

/// Two searches of the same names find the same.
impl PartialEq for RoundSearch {
    fn eq(&self, other: &RoundSearch) -> bool {
        self.names == other.names
    }
}
impl Eq for RoundSearch {}

/// What a text that is not looked into calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The places of the names in the round's list. Sorted.
    names: Box<[u32]>,
    /// Those of which the text says where they are from. Sorted.
    at_home: Box<[u32]>,
}

impl Names {
    /// The places of the names that are under a folder at the top.
    fn under(&self, top: &str) -> &[u32] {
        let at = self
            .homes
            .binary_search_by(|(word, _)| word.as_str().cmp(top));
        at.map_or(&[], |at| &self.homes[at].1[2])
    }
}

/// Which of a round's names are common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Common(Vec<bool>);

impl RoundSearch {
    /// That of some names, and of what is known of them; `None` of no names, and of more than a search can hold.
    pub fn new(names: &[SmolStr], leads: &Leads) -> Option<RoundSearch> {
        let mut homes: BTreeMap<&SmolStr, [Vec<u32>; 3]> = BTreeMap::new();
        let mut is_anywhere = vec![false; names.len()];
        let mut is_crowded = false;
        for (at, name) in names.iter().enumerate() {
            for Lead { home, .. } in leads.of(name) {
                is_anywhere[at] |= home.module.is_empty();
                is_crowded |= !home.top.is_empty();
                for (kind, word) in [&home.module, &home.class, &home.top]
                    .into_iter()
                    .enumerate()
                {
                    if !word.is_empty() {
                        let of = &mut homes.entry(word).or_default()[kind];
                        of.push(at as u32);
                        of.dedup();
                    }
                }
            }
        }
        let calls = names.iter().map(SmolStr::as_str);
        let search = RoundSearch {
            calls: CallSearch::new(calls).filter(|_| !names.is_empty())?,
            words: AhoCorasick::new(homes.keys()).ok()?,
            names: Names {
                names: names.to_vec(),
                is_anywhere,
                homes: homes
                    .into_iter()
                    .map(|(word, of)| (word.clone(), of))
                    .collect(),
                is_crowded,
            },
        };
        Some(search)
    }

    /// Whether the text that a gist is of may call one of the names: where it may not, it does not.
    pub fn may_find(&self, gist: &Gist) -> bool {
        self.calls.may_find(gist)
    }

    /// What a text calls; `None` where it calls none of the names.
    pub fn called(&self, path: &str, text: &str) -> Option<Called> {
        let names = self.calls.found(text);
        if names.is_empty() {
            return None;
        }
        let is_called = |at: &u32| names.binary_search(at).is_ok();
        let (mut at_home, mut brought) = (Vec::new(), Vec::new());
        for found in self.words.find_overlapping_iter(text) {
            if !is_word(text, found.range()) {
                continue;
            }
            let (_, [modules, classes, tops]) = &self.names.homes[found.pattern().as_usize()];
            at_home.extend(classes.iter().copied().filter(is_called));
            let imported = modules.iter().chain(tops);
            let mut imported = imported.copied().filter(is_called).peekable();
            if imported.peek().is_none() {
                continue;
            }
            match import_at(text, found.range()) {
                Some(Import::Absolute) => brought.extend(imported),
                Some(Import::Relative) => {}
                None => continue,
            }
            at_home.extend(modules.iter().copied().filter(is_called));
        }
        let anywhere = |at: &u32| self.names.is_anywhere[*at as usize];
        at_home.extend(names.iter().copied().filter(anywhere));
        let mut names = names.into_vec();
        if self.names.is_crowded {
            let under = self.names.under(top_of(path));
            let is_near = |at: &u32| anywhere(at) || under.contains(at) || brought.contains(at);
            names.retain(is_near);
            at_home.retain(is_near);
        }
        at_home.sort_unstable();
        at_home.dedup();
        (!names.is_empty()).then(|| Called {
            names: names.into(),
            at_home: at_home.into(),
        })
    }

    /// How many of some texts call each of the names.
    pub fn count<'c>(&self, called: impl Iterator<Item = &'c Called>) -> Vec<u32> {
        let mut counts = vec![0; self.names.names.len()];
        for at in called.flat_map(|called| &called.names) {
            counts[*at as usize] += 1;
        }
        counts
    }
}

impl Common {
    /// By how many of the texts that are not looked into yet call each name.
    pub fn of(counts: Vec<u32>) -> Common {
        let mut rarest: Vec<(u32, usize)> = counts.into_iter().zip(0..).collect();
        rarest.sort_unstable();
        let mut common = vec![false; rarest.len()];
        let mut files = 0;
        for (count, at) in rarest {
            files += count;
            common[at] = files > BY_NAME_ALONE;
        }
        Common(common)
    }
}

impl Called {
    /// Whether the text is looked into for it.
    pub fn counts(&self, common: &Common) -> bool {
        let is_common = |at: u32| common.0.get(at as usize).is_some_and(|it| *it);
        !self.at_home.is_empty() || self.names.iter().any(|at| !is_common(*at))
    }
}

/// What is imported, by its path as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Import {
    /// From the folder of the file, or one around it.
    Relative,
    Absolute,
}

/// How a word of a text is part of the path of what is imported, as far as its line tells.
fn import_at(text: &str, range: Range<usize>) -> Option<Import> {
    let start = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].trim_start();
    if line.starts_with("from .") {
        return Some(Import::Relative);
    }
    let is_import = line.starts_with("from ") || line.starts_with("import ");
    (is_import || text[..range.start].ends_with('/')).then_some(Import::Absolute)
}

fn is_word(text: &str, range: Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
}
