//! Which of several texts is taken, where a caller says it: `FOLDERS[kind]`, with a parameter `kind`, and
//! `key or f"jobs/{job}"`, with a parameter `key`. Each of them is what some call touches, so the texts stay as they are;
//! that they were chosen, and by which parameter, goes with them. A caller that gives a name, or leaves one out, touches
//! one of them alone, and there it is told. So it is with a field that chooses, `FOLDERS[self.kind]`, and who makes the
//! object.

use crate::maps::MapValue;
use crate::shared::Shared;
use crate::value::{Chooser, Part, Text, Value, Values, Why};

/// Tables within tables that are looked through for texts.
const MAX_DEPTH: u32 = 4;

impl MapValue {
    /// What is found under a key that is not known, or is one of several; `None` where nobody knows what there is.
    pub(crate) fn entry_of(&self, key: &Values) -> Option<Values> {
        let found = match self.entries_named(key) {
            Some(found) => found,
            None => self.any_entry()?,
        };
        let given = key.iter().find_map(|key| {
            let key = key.to_text();
            match key.why().map(Why::of_path) {
                Some(Why::Parameter(name)) => Some(Chooser::Parameter(name.clone())),
                Some(Why::Field(name)) => Some(Chooser::Field(name.clone())),
                _ => key.chosen.map(|by| *by),
            }
        });
        Some(match given {
            Some(by) => chosen(&found, &by),
            None => found,
        })
    }

    /// The entries of keys that are all known.
    fn entries_named(&self, keys: &Values) -> Option<Values> {
        let mut found = Vec::new();
        for key in keys.iter() {
            let key = Values::one(key.clone()).known()?;
            found.extend(self.get(&key).into_iter().flat_map(Values::iter).cloned());
        }
        (!found.is_empty()).then(|| Values::collect(found))
    }
}

impl Chooser {
    /// Why a text is not known that it chooses.
    fn why(&self) -> Why {
        match self {
            Chooser::Parameter(name) => Why::Parameter(name.clone()),
            Chooser::Field(name) => Why::Field(name.clone()),
        }
    }
}

/// Some values as a parameter or a field chose them.
pub(crate) fn chosen(values: &Values, by: &Chooser) -> Values {
    chosen_at(values, by, MAX_DEPTH)
}

fn chosen_at(values: &Values, by: &Chooser, depth: u32) -> Values {
    let Some(depth) = depth.checked_sub(1) else {
        return values.clone();
    };
    values.map(|value| match value {
        Value::Text(text) => Value::Text(text_chosen(text, by)),
        Value::Map(map) => {
            let mut map = (**map).clone();
            for (_, values) in &mut map.entries {
                *values = chosen_at(values, by, depth);
            }
            Value::Map(Shared::new(map))
        }
        // There are too many to tell: which one, the caller says.
        Value::Hole(Why::TooMany) => Value::Hole(by.why()),
        other => other.clone(),
    })
}

/// A text as a parameter or a field chose it.
pub(crate) fn text_chosen(text: &Text, by: &Chooser) -> Text {
    let mut text = text.clone();
    for part in &mut text.parts {
        if let Part::Hole(why @ Why::TooMany) = part {
            *why = by.why();
        }
    }
    text.chosen = Some(Box::new(by.clone()));
    text
}
