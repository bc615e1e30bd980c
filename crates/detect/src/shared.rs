//! A collection that many values hold: its hash and size are worked out once, so that a value made of
//! values made of values is compared and remembered at the cost of its outermost layer.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use crate::facts::hash_of;
use crate::value::{Args, External, MapValue, Place, Value, Values};

/// How many values something is made of, itself included.
pub(crate) trait Size {
    fn size(&self) -> u32;
}

#[derive(Debug)]
struct Inner<T> {
    hash: u64,
    size: u32,
    value: T,
}

/// A value behind a counted pointer, with its hash and size.
#[derive(Debug)]
pub(crate) struct Shared<T>(Rc<Inner<T>>);

impl<T: Hash + Size> Shared<T> {
    pub(crate) fn new(value: T) -> Shared<T> {
        Shared(Rc::new(Inner {
            hash: hash_of(&value),
            size: value.size(),
            value,
        }))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        Shared(self.0.clone())
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Shared<T>) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
            || ((self.0.hash, self.0.size) == (other.0.hash, other.0.size)
                && self.0.value == other.0.value)
    }
}
impl<T: Eq> Eq for Shared<T> {}

impl<T> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash.hash(state);
    }
}

impl<T> Size for Shared<T> {
    fn size(&self) -> u32 {
        self.0.size
    }
}

fn sum<'v>(values: impl Iterator<Item = &'v Values>) -> u32 {
    values.fold(1, |sum, values| sum.saturating_add(values.size()))
}

impl Size for Value {
    fn size(&self) -> u32 {
        match self {
            Value::List(list) => list.size(),
            Value::Map(map) => map.size(),
            Value::External(external) => external.size(),
            Value::Instance { args, .. } => args.as_ref().map_or(1, Shared::size),
            _ => 1,
        }
    }
}

impl Size for Values {
    fn size(&self) -> u32 {
        self.iter()
            .fold(0, |sum: u32, value| sum.saturating_add(value.size()))
    }
}

impl Size for Vec<Values> {
    fn size(&self) -> u32 {
        sum(self.iter())
    }
}

impl Size for Place {
    fn size(&self) -> u32 {
        1
    }
}

impl Size for MapValue {
    fn size(&self) -> u32 {
        sum(self.values())
    }
}

impl Size for Args {
    fn size(&self) -> u32 {
        let named = self.keywords.iter().map(|(_, values)| values);
        sum(self.positional.iter().chain(named))
    }
}

impl Size for External {
    fn size(&self) -> u32 {
        let on = self.on.as_ref().map_or(0, Shared::size);
        self.args.size().saturating_add(on)
    }
}
