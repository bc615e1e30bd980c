//! A sorted map that is kept on shelves which its clones share. It exists because a realm, its working
//! tree and what is known of each differ in a file or two of ten thousand: a clone costs nothing, a
//! change copies one shelf, and what two of them do not share is found without looking at the rest.

use std::borrow::Borrow;
use std::sync::Arc;

/// Entries on one shelf, at most. Few in tests, so that those with a dozen files fill several.
const SHELF: usize = if cfg!(test) { 4 } else { 64 };

type Shelf<K, V> = Arc<Vec<(K, V)>>;

/// Keys in their order, each with a value.
#[derive(Debug)]
pub struct Shelves<K, V> {
    /// None is empty.
    shelves: Arc<Vec<Shelf<K, V>>>,
    len: usize,
}

/// An entry that two maps do not both have: its key, what it was and what it is.
pub(crate) type Difference<'a, K, V> = (&'a K, Option<&'a V>, Option<&'a V>);

impl<K, V> Default for Shelves<K, V> {
    fn default() -> Self {
        Self {
            shelves: Arc::default(),
            len: 0,
        }
    }
}

impl<K, V> Clone for Shelves<K, V> {
    fn clone(&self) -> Self {
        Self {
            shelves: self.shelves.clone(),
            len: self.len,
        }
    }
}

impl<K: Ord, V> Shelves<K, V> {
    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let shelf = self.shelves.get(self.shelf_of(key))?;
        let at = shelf.binary_search_by(|(known, _)| known.borrow().cmp(key));
        Some(&shelf.get(at.ok()?)?.1)
    }

    /// Whether there is such a key.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// All entries, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        let entries = self.shelves.iter().flat_map(|shelf| shelf.iter());
        entries.map(|(key, value)| (key, value))
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// All values, by key.
    pub fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// The entries from a key on.
    pub(crate) fn iter_from<'a, 'k>(
        &'a self,
        key: &'k K,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, 'k, K, V> {
        let shelves = self.shelves.iter().skip(self.shelf_of(key));
        let entries = shelves.flat_map(|shelf| shelf.iter());
        let entries = entries.skip_while(move |(known, _)| known < key);
        entries.map(|(key, value)| (key, value))
    }

    /// The shelf on which a key is, if it is on any: the last that begins with no later one.
    fn shelf_of<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        let begins = |shelf: &Shelf<K, V>| {
            let first = shelf.first();
            first.is_some_and(|(first, _)| first.borrow() <= key)
        };
        self.shelves.partition_point(begins).saturating_sub(1)
    }

    /// Whether both are one, so that nothing has to be compared.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shelves, &other.shelves)
    }

    /// What is not as it `was`, by key. Shelves that both share are passed over.
    pub(crate) fn differences<'a>(
        &'a self,
        was: &'a Self,
        is_same: impl Fn(&V, &V) -> bool,
    ) -> Vec<Difference<'a, K, V>> {
        let mut found = Vec::new();
        if self.is(was) {
            return found;
        }
        let (mut new, mut old) = (Cursor::new(self), Cursor::new(was));
        loop {
            if let (Some(a), Some(b)) = (new.at_start(), old.at_start())
                && Arc::ptr_eq(a, b)
            {
                new.next_shelf();
                old.next_shelf();
                continue;
            }
            match (new.entry(), old.entry()) {
                (None, None) => return found,
                (Some((key, is)), Some((old_key, was))) if key == old_key => {
                    if !is_same(was, is) {
                        found.push((key, Some(was), Some(is)));
                    }
                    new.step();
                    old.step();
                }
                (Some((key, is)), Some((old_key, _))) if key < old_key => {
                    found.push((key, None, Some(is)));
                    new.step();
                }
                (_, Some((key, was))) => {
                    found.push((key, Some(was), None));
                    old.step();
                }
                (Some((key, is)), None) => {
                    found.push((key, None, Some(is)));
                    new.step();
                }
            }
        }
    }
}

impl<K: Ord + Clone, V: Clone> Shelves<K, V> {
    /// The value of a key, to be changed: no longer shared with clones.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.shelf_of(key);
        let index = self.shelves.get(at)?;
        let index = index.binary_search_by(|(known, _)| known.borrow().cmp(key));
        let shelf = Arc::make_mut(&mut self.shelves).get_mut(at)?;
        Some(&mut Arc::make_mut(shelf).get_mut(index.ok()?)?.1)
    }

    /// The value of a key to be changed; where there was none, what `make` makes.
    pub(crate) fn or_insert_with(&mut self, key: &K, make: impl FnOnce() -> V) -> Option<&mut V> {
        if !self.contains_key(key) {
            self.insert(key.clone(), make());
        }
        self.get_mut(key)
    }

    /// Puts a value under a key; what was there before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let at = self.shelf_of(&key);
        let shelves = Arc::make_mut(&mut self.shelves);
        let Some(shelf) = shelves.get_mut(at) else {
            shelves.push(Arc::new(vec![(key, value)]));
            self.len += 1;
            return None;
        };
        let index = match shelf.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(index) => {
                let held = Arc::make_mut(shelf).get_mut(index)?;
                return Some(std::mem::replace(&mut held.1, value));
            }
            Err(index) => index,
        };
        self.len += 1;
        if shelf.len() < SHELF {
            Arc::make_mut(shelf).insert(index, (key, value));
        } else if index == SHELF {
            // In the order of the keys, shelves are filled one after the other.
            shelves.insert(at + 1, Arc::new(vec![(key, value)]));
        } else {
            let held = Arc::make_mut(shelf);
            let mut rest = held.split_off(SHELF / 2);
            match index.checked_sub(SHELF / 2) {
                Some(index) => rest.insert(index, (key, value)),
                None => held.insert(index, (key, value)),
            }
            shelves.insert(at + 1, Arc::new(rest));
        }
        None
    }

    /// Takes a key away; its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.shelf_of(key);
        let found = self.shelves.get(at)?;
        let index = found.binary_search_by(|(known, _)| known.borrow().cmp(key));
        let index = index.ok()?;
        let shelves = Arc::make_mut(&mut self.shelves);
        let shelf = Arc::make_mut(shelves.get_mut(at)?);
        let (_, value) = shelf.remove(index);
        if shelf.is_empty() {
            shelves.remove(at);
        }
        self.len -= 1;
        Some(value)
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Shelves<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.differences(other, |a, b| a == b).is_empty()
    }
}

impl<K: Ord, V: Eq> Eq for Shelves<K, V> {}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for Shelves<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut shelves = Self::default();
        for (key, value) in entries {
            shelves.insert(key, value);
        }
        shelves
    }
}

/// A place in a map.
struct Cursor<'a, K, V> {
    shelves: &'a [Shelf<K, V>],
    index: usize,
}

impl<'a, K, V> Cursor<'a, K, V> {
    fn new(map: &'a Shelves<K, V>) -> Self {
        Self {
            shelves: &map.shelves,
            index: 0,
        }
    }

    fn entry(&self) -> Option<(&'a K, &'a V)> {
        let (key, value) = self.shelves.first()?.get(self.index)?;
        Some((key, value))
    }

    /// The shelf that begins here.
    fn at_start(&self) -> Option<&'a Shelf<K, V>> {
        self.shelves.first().filter(|_| self.index == 0)
    }

    fn next_shelf(&mut self) {
        self.shelves = self.shelves.get(1..).unwrap_or_default();
        self.index = 0;
    }

    fn step(&mut self) {
        self.index += 1;
        if self
            .shelves
            .first()
            .is_some_and(|shelf| self.index >= shelf.len())
        {
            self.next_shelf();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map_whose_clones_differ_in_what_was_changed(
            first in prop::collection::vec((0_u8..48, 0_u8..3), 0..40),
            then in prop::collection::vec((0_u8..48, prop::option::of(0_u8..3)), 0..24),
        ) {
            let mut known: BTreeMap<u8, u8> = BTreeMap::new();
            let mut map = Shelves::default();
            for (key, value) in first {
                prop_assert_eq!(map.insert(key, value), known.insert(key, value));
            }
            let (was, known_then) = (map.clone(), known.clone());
            for (key, value) in then {
                match value {
                    Some(value) => prop_assert_eq!(map.insert(key, value), known.insert(key, value)),
                    None => prop_assert_eq!(map.remove(&key), known.remove(&key)),
                }
            }
            prop_assert!(map.iter().eq(known.iter()));
            prop_assert!(was.iter().eq(known_then.iter()));
            prop_assert_eq!(map.len(), known.len());
            prop_assert_eq!(map == was, known == known_then);
            for key in 0..48 {
                prop_assert_eq!(map.get(&key), known.get(&key));
                prop_assert!(map.iter_from(&key).eq(known.range(key..)));
            }
            let differ = |key: &u8| known.get(key) != known_then.get(key);
            let expected: Vec<_> = (0..48)
                .filter(differ)
                .map(|key| (key, known_then.get(&key).copied(), known.get(&key).copied()))
                .collect();
            let found = map.differences(&was, |a, b| a == b);
            let found: Vec<_> = found
                .into_iter()
                .map(|(key, was, is)| (*key, was.copied(), is.copied()))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
