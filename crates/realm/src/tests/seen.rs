//! Which keys and words the readers ask for, noted while they read: what the JSON Schemas are held
//! against. A reader's lists cannot be read from outside; what it compares a file with can.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Where something was asked for: the keys down to it, without the indexes of lists.
pub(crate) type Way = Vec<String>;

thread_local! {
    static KEYS: RefCell<BTreeMap<Way, BTreeSet<String>>> = const { RefCell::new(BTreeMap::new()) };
    static WORDS: RefCell<BTreeMap<Way, BTreeSet<String>>> = const { RefCell::new(BTreeMap::new()) };
}

/// A mapping at `way` may have these keys.
pub(crate) fn keys(way: Way, known: &[&str]) {
    KEYS.with_borrow_mut(|keys| note(keys, way, known));
}

/// A scalar at `way` may be one of these words.
pub(crate) fn words<'a>(way: Way, known: impl Iterator<Item = &'a str>) {
    let known: Vec<&str> = known.collect();
    WORDS.with_borrow_mut(|words| note(words, way, &known));
}

fn note(table: &mut BTreeMap<Way, BTreeSet<String>>, way: Way, known: &[&str]) {
    let noted = table.entry(way).or_default();
    noted.extend(known.iter().map(|word| (*word).to_owned()));
}

/// What was noted on this thread since the last time it was asked: keys, then words.
#[allow(clippy::type_complexity, reason = "two tables of one kind")]
pub(crate) fn take() -> (
    BTreeMap<Way, BTreeSet<String>>,
    BTreeMap<Way, BTreeSet<String>>,
) {
    (KEYS.take(), WORDS.take())
}
