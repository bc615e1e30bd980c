//! Objects and dicts: what is known of their entries. A loop that fills a dict (`paths[name] = f"raw/{name}"`) puts
//! in what is known under keys that are not, and whoever goes through the dict finds it there.

use smol_str::SmolStr;

use crate::value::{Text, Value, Values, Why};

/// Entries under keys that are not known whole, of one dict.
const MAX_OTHERS: usize = 16;

/// An object or dict.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct MapValue {
    pub(crate) entries: Vec<(SmolStr, Values)>,
    /// Something was spread in, or a key is not known: other keys may be there.
    pub(crate) open: Option<Why>,
    /// What was put in under keys that are not known whole, with these keys.
    pub(crate) others: Vec<(Text, Values)>,
}

impl MapValue {
    /// Takes the entries of another one over its own.
    pub(crate) fn take(&mut self, other: &MapValue) {
        self.open = self.open.take().or_else(|| other.open.clone());
        self.others.extend(other.others.iter().cloned());
        self.others.truncate(MAX_OTHERS);
        if self.entries.is_empty() {
            self.entries = other.entries.clone();
            return;
        }
        for (key, values) in &other.entries {
            self.put(key, values.clone());
        }
    }

    /// Sets an entry, over one that is there.
    pub(crate) fn put(&mut self, key: &SmolStr, values: Values) {
        match self
            .entries
            .iter_mut()
            .rev()
            .find(|(known, _)| known == key)
        {
            Some(entry) => entry.1 = values,
            None => self.entries.push((key.clone(), values)),
        }
    }

    /// One for several, by the way the program took: an entry is worth what any of them says.
    pub(crate) fn either(maps: &[&MapValue]) -> MapValue {
        let mut made = MapValue::default();
        for map in maps {
            made.open = made.open.or_else(|| map.open.clone());
            for other in &map.others {
                if !made.others.contains(other) {
                    made.put_other(other.0.clone(), other.1.clone());
                }
            }
            for (key, values) in &map.entries {
                let both = match made.get(key) {
                    Some(known) if known == values => continue,
                    Some(known) => Values::collect(known.iter().chain(values.iter()).cloned()),
                    None => values.clone(),
                };
                made.put(key, both);
            }
        }
        made
    }

    /// It, or something of which nothing is known: each entry may be worth anything.
    pub(crate) fn or_unknown(mut self, why: &Why) -> MapValue {
        for (_, values) in &mut self.entries {
            let all = values.iter().cloned().chain([Value::Hole(why.clone())]);
            *values = Values::collect(all);
        }
        self
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Values> {
        // The last one written wins.
        self.entries
            .iter()
            .rev()
            .find(|(known, _)| known == key)
            .map(|(_, values)| values)
    }
    /// Sets an entry under a key that is not known whole.
    pub(crate) fn put_other(&mut self, key: Text, values: Values) {
        if self.others.len() < MAX_OTHERS {
            self.others.push((key, values));
        }
    }

    /// Any of the entries, asked for by a key that is not known; `None` where nobody knows what there is.
    pub(crate) fn any_entry(&self) -> Option<Values> {
        let is_told = self.open.is_none() || !self.others.is_empty();
        let is_empty = self.entries.is_empty() && self.others.is_empty();
        if !is_told || is_empty {
            return None;
        }
        let all = self.values().flat_map(Values::iter);
        Some(Values::collect(all.cloned()))
    }

    /// What all entries are worth.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Values> {
        let others = self.others.iter().map(|(_, values)| values);
        self.entries.iter().map(|(_, values)| values).chain(others)
    }

    /// All entries, by their keys as strings.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Values, &Values)> {
        let known = self.entries.iter();
        let known = known.map(|(key, values)| (Values::one(Value::text(key)), values));
        let others = self.others.iter();
        known.chain(others.map(|(key, values)| (Values::from(key.clone()), values)))
    }

    /// Whether nothing is in it, for all that is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.others.is_empty() && self.open.is_none()
    }
}
