//! What was read on the way to values, as sets with numbers. Most values are made of others that were made of the same:
//! so a set is held once, and what two of them are together is worked out once.

use std::hash::Hash;
use std::rc::Rc;

use blue_detect::Read;
use rustc_hash::FxHashMap;

/// Reads, and sets of them. The set of number 0 is empty.
pub(crate) struct Reads<W> {
    whats: Vec<W>,
    numbers: FxHashMap<W, u32>,
    sets: Vec<Rc<[u32]>>,
    by_set: FxHashMap<Rc<[u32]>, u32>,
    both: FxHashMap<(u32, u32), u32>,
    /// How many numbers there are in all sets.
    size: usize,
    /// What is noted, the innermost last.
    notes: Vec<Note>,
    /// Empty ones.
    spare: Vec<Note>,
}

/// What was read since it was begun.
#[derive(Default)]
struct Note {
    reads: Vec<u32>,
    sets: Vec<u32>,
}

impl<W> Default for Reads<W> {
    fn default() -> Reads<W> {
        let empty: Rc<[u32]> = Rc::new([]);
        Reads {
            whats: Vec::new(),
            numbers: FxHashMap::default(),
            sets: vec![empty.clone()],
            by_set: FxHashMap::from_iter([(empty, 0)]),
            both: FxHashMap::default(),
            size: 0,
            notes: Vec::new(),
            spare: Vec::new(),
        }
    }
}

impl<W: Clone + Eq + Hash> Reads<W> {
    /// The number of a read.
    pub(crate) fn number(&mut self, what: &W) -> u32 {
        if let Some(known) = self.numbers.get(what) {
            return *known;
        }
        let number = self.whats.len() as u32;
        self.whats.push(what.clone());
        self.numbers.insert(what.clone(), number);
        number
    }

    pub(crate) fn what(&self, read: u32) -> &W {
        &self.whats[read as usize]
    }

    /// How much is held.
    pub(crate) fn size(&self) -> usize {
        self.size + self.both.len()
    }

    /// The reads of a set, sorted.
    pub(crate) fn of(&self, set: Read) -> Rc<[u32]> {
        self.sets[set.0 as usize].clone()
    }

    /// Begins a note, within those that are begun.
    pub(crate) fn begin(&mut self) {
        let note = self.spare.pop().unwrap_or_default();
        self.notes.push(note);
    }

    /// Ends the innermost note: what was read since.
    pub(crate) fn end(&mut self) -> Read {
        let Some(mut note) = self.notes.pop() else {
            return Read::default();
        };
        note.reads.sort_unstable();
        note.reads.dedup();
        let mut all = self.set(&note.reads);
        for set in &note.sets {
            all = self.both(all, *set);
        }
        note.reads.clear();
        note.sets.clear();
        self.spare.push(note);
        self.note_all(Read(all));
        Read(all)
    }

    /// Notes a read.
    pub(crate) fn note(&mut self, read: u32) {
        if let Some(note) = self.notes.last_mut()
            && !ends_with(&note.reads, read)
        {
            note.reads.push(read);
        }
    }

    /// Notes all reads of a set.
    pub(crate) fn note_all(&mut self, set: Read) {
        if let Some(note) = self.notes.last_mut()
            && set != Read::default()
            && !ends_with(&note.sets, set.0)
        {
            note.sets.push(set.0);
        }
    }

    fn set(&mut self, reads: &[u32]) -> u32 {
        if let Some(known) = self.by_set.get(reads) {
            return *known;
        }
        let number = self.sets.len() as u32;
        let reads: Rc<[u32]> = reads.into();
        self.size += reads.len();
        self.sets.push(reads.clone());
        self.by_set.insert(reads, number);
        number
    }

    /// What is in one of two sets.
    fn both(&mut self, a: u32, b: u32) -> u32 {
        let key = (a.min(b), a.max(b));
        if key.0 == key.1 || key.0 == 0 {
            return key.1;
        }
        if let Some(known) = self.both.get(&key) {
            return *known;
        }
        let all = merged(&self.sets[a as usize], &self.sets[b as usize]);
        let all = self.set(&all);
        self.both.insert(key, all);
        all
    }
}

/// Whether a number is among the last: most of what is read again was read just before.
fn ends_with(numbers: &[u32], number: u32) -> bool {
    const LAST: usize = 8;
    numbers.iter().rev().take(LAST).any(|it| *it == number)
}

/// Two sorted lists in one.
fn merged(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut at, mut other) = (0, 0);
    while let (Some(left), Some(right)) = (a.get(at), b.get(other)) {
        all.push(*left.min(right));
        at += usize::from(left <= right);
        other += usize::from(right <= left);
    }
    all.extend_from_slice(&a[at..]);
    all.extend_from_slice(&b[other..]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reads: &mut Reads<&'static str>, whats: &[&'static str]) -> Read {
        reads.begin();
        for what in whats {
            let number = reads.number(what);
            reads.note(number);
        }
        reads.end()
    }

    #[test]
    fn what_is_read_within_is_read_around() {
        let mut reads = Reads::default();
        reads.begin();
        let inner = read(&mut reads, &["a", "b", "a"]);
        let number = reads.number(&"c");
        reads.note(number);
        let outer = reads.end();
        assert_eq!(reads.of(inner).len(), 2);
        assert_eq!(reads.of(outer).len(), 3);
    }

    #[test]
    fn a_set_is_held_once_however_it_came_about() {
        let mut reads = Reads::default();
        let ab = read(&mut reads, &["a", "b"]);
        let ba = read(&mut reads, &["b", "a"]);
        let c = read(&mut reads, &["c"]);
        assert_eq!(ab, ba);
        let both = [(ab, c), (c, ab), (ba, c)].map(|(first, second)| {
            reads.begin();
            reads.note_all(first);
            reads.note_all(second);
            reads.end()
        });
        assert!(both.iter().all(|set| *set == both[0]));
        assert_eq!(&*reads.of(both[0]), &[0, 1, 2]);
    }

    #[test]
    fn what_was_taken_counts_as_read() {
        let mut reads = Reads::default();
        let taken = read(&mut reads, &["a"]);
        reads.begin();
        reads.note_all(taken);
        assert_eq!(reads.end(), taken);
        assert_eq!(read(&mut reads, &[]), Read::default());
    }
}
