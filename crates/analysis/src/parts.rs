//! The sites of a file that is open, by parts: a keystroke resolves the statements around it, not the
//! file. What it changes elsewhere in the file (a name that others read, a caller) is known to the
//! database by name, and has the parts that asked for it resolved again.
//!
//! Where a part begins is told by the names that its statements bind, and a part goes by the name that it begins with: a
//! keystroke within a statement leaves all parts where they are, and a statement more or less moves no other part.

use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;

use blue_detect::{Facts, FileId, Interface, Lead, Site, Statements};
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::by_name::{Looked, answers_in};
use crate::db::{Db, FileTree, SourceFile, interface, source_at};
use crate::lead_tree::statement_leads;
use crate::program::statement_sites;
use crate::told::{Found, Slice};

/// Of so many statements in a row at most one begins a part for its name. On the average one in twice as many does: fewer
/// in a part are resolved anew by a keystroke, and more parts are held against what changed by each.
const LEAST: usize = 7;
/// Statements of a part at most.
const MOST: usize = 64;

/// All sites of a file, with a slice of what there is to be told.
pub(crate) fn sites_by_parts<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, source): (FileId, SourceFile),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Site> {
    let (mut sites, mut asked) = (Vec::new(), Vec::new());
    let mut first = 0;
    for part in &parts(db, source).list {
        let found = part_sites(db, tree, (file, part.key), looked, slice);
        for site in found.found.iter() {
            let mut site = site.clone();
            site.item += first;
            sites.push(site);
        }
        asked.extend_from_slice(&found.asked);
        first = part.end;
    }
    Found::new(sites, asked)
}

/// The sites of a part; statements are counted from its first.
#[salsa::tracked(returns(clone))]
fn part_sites<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, part): (FileId, u64),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Site> {
    let Some(source) = source_at(db, tree, file) else {
        return Found::new(Vec::new(), Vec::new());
    };
    let items = statements(db, source, part);
    let statements = Statements {
        items: &items,
        first: &|| first(db, source, part) as usize,
    };
    statement_sites(db, tree, (file, &statements), looked, slice)
}

/// All functions of a file that lead to a call of the tables.
pub(crate) fn leads_by_parts<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, source): (FileId, SourceFile),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Lead> {
    let (mut leads, mut asked) = (Vec::new(), Vec::new());
    for part in &parts(db, source).list {
        let found = part_leads(db, tree, (file, part.key), looked, slice);
        leads.extend_from_slice(&found.found);
        asked.extend_from_slice(&found.asked);
    }
    leads.sort_unstable();
    leads.dedup();
    Found::new(leads, asked)
}

#[salsa::tracked(returns(clone))]
fn part_leads<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, part): (FileId, u64),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Lead> {
    let Some(source) = source_at(db, tree, file) else {
        return Found::new(Vec::new(), Vec::new());
    };
    let items = statements(db, source, part);
    statement_leads(db, tree, (file, &items), looked, slice)
}

/// The questions that an open file is an answer to by the names that stand in it. One may come more than once.
pub(crate) fn answers_by_parts(db: &dyn Db, file: SourceFile) -> Vec<u64> {
    let parts = parts(db, file);
    let all = parts.list.iter();
    all.flat_map(|part| part_answers(db, file, part.key).to_vec())
        .collect()
}

#[salsa::tracked(returns(clone))]
fn part_answers(db: &dyn Db, file: SourceFile, part: u64) -> Arc<[u64]> {
    let mut found = answers_in(&statements(db, file, part));
    found.sort_unstable();
    found.dedup();
    found.into()
}

/// The statements of a part; none of one that is no more.
#[salsa::tracked(returns(clone))]
fn statements(db: &dyn Db, file: SourceFile, part: u64) -> Arc<[Arc<Facts>]> {
    let range = parts(db, file).range(part);
    let items = interface(db, file);
    items.items.get(range).unwrap_or_default().into()
}

/// The place of the first statement of a part.
#[salsa::tracked(returns(copy))]
fn first(db: &dyn Db, file: SourceFile, part: u64) -> u32 {
    parts(db, file).range(part).start as u32
}

/// The parts of a file.
#[salsa::tracked(returns(clone))]
fn parts(db: &dyn Db, file: SourceFile) -> Arc<Parts> {
    Arc::new(Parts::of(&interface(db, file)))
}

/// See [`parts`].
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    /// In the order of the file.
    list: Vec<Part>,
    /// The place in that list, by what a part goes by.
    places: FxHashMap<u64, u32>,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    /// What it goes by, as long as it begins with what it begins with.
    key: u64,
    /// The place of the statement after its last.
    end: u32,
}

impl Parts {
    fn of(interface: &Interface) -> Parts {
        let mut parts = Parts::default();
        // How many parts go by a name: those that begin with it, and those that are cut off behind them for their length.
        let mut known: FxHashMap<u32, u32> = FxHashMap::default();
        let (mut name, mut first) = (0, 0);
        let names: Vec<_> = interface.items.iter().map(|facts| name_of(facts)).collect();
        for at in 0..names.len() {
            let begins = beginning(&names, at);
            if at > 0 && begins.is_none() && at - first < MOST {
                continue;
            }
            if at > 0 {
                parts.end(at);
            }
            first = at;
            name = begins.unwrap_or(name);
            let count = known.entry(name).or_default();
            parts.begin(u64::from(name) << 32 | u64::from(*count));
            *count += 1;
        }
        parts.end(interface.items.len());
        parts
    }

    fn begin(&mut self, key: u64) {
        self.places.insert(key, self.list.len() as u32);
        self.list.push(Part { key, end: 0 });
    }

    /// Ends the last part before a statement.
    fn end(&mut self, at: usize) {
        if let Some(last) = self.list.last_mut() {
            last.end = at as u32;
        }
    }

    /// The places of the statements of a part.
    fn range(&self, key: u64) -> Range<usize> {
        let Some(at) = self.places.get(&key).map(|at| *at as usize) else {
            return 0..0;
        };
        let before = at.checked_sub(1).map_or(0, |before| self.list[before].end);
        before as usize..self.list[at].end as usize
    }
}

/// The name, in a number, by which a part goes that begins with a statement; `None` where none does, which is where it is
/// not the least of those around it. So parts are much of a length, and where they begin hangs on a few statements.
fn beginning(names: &[Option<u32>], at: usize) -> Option<u32> {
    let own = names[at]?;
    let before = &names[at.saturating_sub(LEAST - 1)..at];
    let after = &names[at + 1..names.len().min(at + LEAST)];
    let is_least = before.iter().flatten().all(|name| own < *name)
        && after.iter().flatten().all(|name| own <= *name);
    is_least.then_some(own)
}

/// The name that a statement binds, in a number. It is nothing of its text, which each keystroke in it changes.
fn name_of(facts: &Facts) -> Option<u32> {
    let name = facts.definitions.first()?;
    // The low bits of the hash of a short text are not mixed well.
    let hash = FxBuildHasher.hash_one(&name.name);
    Some((hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    use std::collections::BTreeSet;

    use blue_detect::{Dialect, StatementCache, summarise_text};

    fn interface(text: &str) -> Arc<Interface> {
        let cache = StatementCache::default();
        let summary = summarise_text(text, Dialect::Python, &cache, &mut || false);
        summary.unwrap().interface
    }

    /// The statements of each part, by what the part goes by.
    fn parts(text: &str) -> Vec<(u64, Vec<Arc<Facts>>)> {
        let interface = interface(text);
        let parts = Parts::of(&interface);
        let of = |part: &Part| interface.items[parts.range(part.key)].to_vec();
        parts.list.iter().map(|part| (part.key, of(part))).collect()
    }

    /// Parts of the first that the second has not just so.
    fn changed(before: &str, after: &str) -> usize {
        let (before, after) = (parts(before), parts(after));
        before.iter().filter(|part| !after.contains(part)).count()
    }

    fn function(number: usize, key: &str) -> String {
        format!("def keep_{number}():\n    s3.put_object(Bucket=BUCKET, Key='{key}')\n")
    }

    fn functions(count: usize) -> Vec<String> {
        (0..count).map(|it| function(it, "kept.json")).collect()
    }

    #[test]
    fn all_statements_are_in_one_part_each() {
        for text in [
            functions(300).concat(),
            "run()\n".repeat(300),
            String::new(),
        ] {
            let all = interface(&text);
            let parts = parts(&text);
            assert!(parts.iter().all(|(_, own)| (1..=MOST).contains(&own.len())));
            let together: Vec<_> = parts.into_iter().flat_map(|(_, own)| own).collect();
            assert_eq!(together, all.items);
        }
    }

    #[test]
    fn a_keystroke_within_a_statement_changes_its_part_alone() {
        let before = functions(100);
        for at in (0..before.len()).step_by(9) {
            let mut after = before.clone();
            after[at] = function(at, "kept.jsxon");
            assert_eq!(changed(&before.concat(), &after.concat()), 1, "{at}");
        }
    }

    #[test]
    fn a_statement_more_changes_no_more_than_the_part_that_it_stands_in_and_the_next() {
        let before = functions(100);
        for number in 300..330 {
            let mut after = before.clone();
            after.insert(50, function(number, "new.json"));
            let changed = changed(&before.concat(), &after.concat());
            assert!((1..=2).contains(&changed), "{number}: {changed}");
        }
    }

    #[test]
    fn parts_are_much_of_a_length() {
        let parts = parts(&functions(1_000).concat());
        let longest = parts.iter().map(|(_, own)| own.len()).max();
        assert!((1_000 / (3 * LEAST)..1_000 / LEAST).contains(&parts.len()));
        assert!(longest < Some(5 * LEAST), "{longest:?}");
    }

    #[test]
    fn names_that_are_bound_twice_make_parts_of_their_own() {
        let text = functions(100).concat().repeat(2);
        let keys: BTreeSet<u64> = parts(&text).iter().map(|(key, _)| *key).collect();
        assert_eq!(keys.len(), parts(&text).len());
    }
}
