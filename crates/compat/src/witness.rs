//! Looking for a document that one schema accepts and another rejects.
//!
//! It exists because a prover's "no" is not evidence: a person believes a document. Candidates are
//! made from what both schemas mention (constants, bounds and their neighbours, properties present
//! and missing) and each is judged by the caller; nothing here decides anything.

mod hints;

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use serde_json::{Map, Number, Value, json};

use crate::schema;
use hints::{EXTRA, Hint, Side};

/// Documents tried before giving up.
const MAX_TRIED: usize = 20_000;
/// How deep candidates nest: first a little, for most differences lie near the top and a recursive
/// schema would take all places on its way down; then as deep as a contract ever goes.
const DEPTHS: [usize; 2] = [6, 32];
/// How long candidates are made for one direction.
const SEARCH_TIME: Duration = Duration::from_millis(500);
/// Sub-candidates kept for one place.
const MAX_PER_PLACE: usize = 24;
/// Places looked at in all.
const MAX_PLACES: usize = 600;
/// Small validators compiled to order candidates by.
const MAX_COMPILED: usize = 400;
/// The longest string and list that is made because a bound asks for it.
const MAX_MADE: u64 = 512;

/// A document for which `refutes` says yes, or `None` when none was found within the budget.
/// `difference`, when known, is a schema of exactly the documents looked for.
pub(crate) fn find(
    emitter: &Value,
    reader: &Value,
    difference: Option<&Value>,
    refutes: impl Fn(&Value) -> bool,
) -> Option<Value> {
    let emitted = Hint {
        schema: emitter,
        root: emitter,
        side: Side::Emitter,
    };
    let read = Hint {
        schema: reader,
        root: reader,
        side: Side::Reader,
    };
    // The difference is small and says most, so it goes first and alone.
    let narrow = difference.map(|schema| {
        let root = schema;
        let side = Side::Emitter;
        vec![Hint { schema, root, side }]
    });
    let deadline = Instant::now() + SEARCH_TIME;
    for max_depth in DEPTHS {
        for hints in narrow.iter().chain([&vec![emitted, read]]) {
            let mut search = Search {
                places: 0,
                compiled: 0,
                max_depth,
                deadline,
            };
            let documents = search.documents(hints, 0);
            let tried = documents.into_iter().take(MAX_TRIED);
            if let Some(found) = tried.into_iter().find(|document| refutes(document)) {
                return Some(found);
            }
        }
    }
    None
}

/// Checks made to make a witness smaller.
const MAX_SHRINKS: usize = 200;

/// The witness without what it does not need: members, items, the length of strings.
pub(crate) fn shrunk(mut witness: Value, refutes: &dyn Fn(&Value) -> bool) -> Value {
    let mut left = MAX_SHRINKS;
    'again: loop {
        for smaller in smaller(&witness) {
            if left == 0 {
                return witness;
            }
            left -= 1;
            if refutes(&smaller) {
                witness = smaller;
                continue 'again;
            }
        }
        return witness;
    }
}

/// The value with one thing less, each way.
fn smaller(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(members) => {
            for name in members.keys() {
                let mut less = members.clone();
                less.shift_remove(name);
                found.push(Value::Object(less));
            }
            for (name, inner) in members {
                for less in smaller(inner) {
                    let mut members = members.clone();
                    members.insert(name.clone(), less);
                    found.push(Value::Object(members));
                }
            }
        }
        Value::Array(items) => {
            for index in 0..items.len().min(16) {
                let mut less = items.clone();
                less.remove(index);
                found.push(Value::Array(less));
            }
            for (index, inner) in items.iter().enumerate().take(16) {
                for less in smaller(inner) {
                    let mut items = items.clone();
                    items[index] = less;
                    found.push(Value::Array(items));
                }
            }
        }
        Value::String(text) if text.chars().count() > 1 => {
            found.extend(["", "a"].map(Value::from));
        }
        _ => {}
    }
    found
}

struct Search {
    places: usize,
    compiled: usize,
    max_depth: usize,
    deadline: Instant,
}

/// Candidates without repetition, in the order they were thought of.
#[derive(Default)]
struct Candidates {
    seen: HashSet<String>,
    list: Vec<Value>,
}

impl Candidates {
    fn add(&mut self, mut value: Value) {
        // Most writers and readers of JSON do not keep 2.0 and 2 apart (draft-04's `integer` does),
        // so a witness must not rest on that.
        if let Some(whole) = value
            .as_f64()
            .filter(|_| value.is_f64())
            .and_then(exactly_whole)
        {
            value = whole;
        }
        if self.seen.insert(value.to_string()) {
            self.list.push(value);
        }
    }
}

impl Search {
    /// Documents worth trying at a place about which the hints speak.
    fn documents(&mut self, hints: &[Hint<'_>], depth: usize) -> Vec<Value> {
        self.places += 1;
        let flat = hints::flatten(hints);
        let mut made = Candidates::default();
        newly_named(&flat, &mut made);
        for hint in &flat {
            named_values(hint.schema, &mut made);
        }
        for hint in &flat {
            scalars(hint.schema, &mut made);
        }
        for value in [
            json!(null),
            json!(true),
            json!(false),
            json!(0),
            json!(1),
            json!(-1),
            json!(0.5),
        ] {
            made.add(value);
        }
        for value in ["", "a", "ab", "0", "é"] {
            made.add(json!(value));
        }
        made.add(json!([]));
        made.add(json!({}));
        if depth < self.max_depth && self.places < MAX_PLACES && Instant::now() < self.deadline {
            self.objects(&flat, depth, &mut made);
            self.arrays(&flat, depth, &mut made);
        }
        made.list
    }

    /// The candidates of a place below, the most telling first, and no more than serve.
    fn below(&mut self, hints: &[Hint<'_>], depth: usize) -> Vec<Value> {
        let mut candidates = self.documents(hints, depth + 1);
        let emitters = self.validators(hints, Side::Emitter);
        let readers = self.validators(hints, Side::Reader);
        // What all emitters take and some reader refuses is a witness for this place already.
        candidates.sort_by_cached_key(|candidate| {
            let refused = emitters
                .iter()
                .filter(|emitter| !emitter.accepts(candidate))
                .count();
            let read = readers.iter().all(|reader| reader.accepts(candidate));
            (refused, read)
        });
        candidates.truncate(MAX_PER_PLACE);
        candidates
    }

    fn validators(&mut self, hints: &[Hint<'_>], side: Side) -> Vec<schema::Validator> {
        let mut validators = Vec::new();
        for hint in hints.iter().filter(|hint| hint.side == side).take(4) {
            if self.compiled < MAX_COMPILED {
                self.compiled += 1;
                validators.extend(schema::compile(&hints::standing_alone(*hint)).ok());
            }
        }
        validators
    }

    fn objects(&mut self, hints: &[Hint<'_>], depth: usize, made: &mut Candidates) {
        let names = hints::property_names(hints);
        if names.is_empty()
            && !hints
                .iter()
                .any(|hint| hints::speaks_of_objects(hint.schema))
        {
            return;
        }
        let mut values: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for name in &names {
            let about = hints::property_hints(hints, name);
            values.insert(name, self.below(&about, depth));
        }
        let first = |name: &str| values.get(name).and_then(|values| values.first().cloned());
        let with = |names: &mut dyn Iterator<Item = &str>| -> Map<String, Value> {
            names
                .filter_map(|name| Some((name.to_owned(), first(name)?)))
                .collect()
        };
        let required = |side: Side| {
            let hints = hints.iter().filter(move |hint| hint.side == side);
            let lists = hints.filter_map(|hint| hint.schema.get("required")?.as_array());
            let names: Vec<&str> = lists.flatten().filter_map(Value::as_str).collect();
            names
        };
        let emitted = with(&mut required(Side::Emitter).into_iter());
        let read = with(&mut required(Side::Reader).into_iter());
        let mut bases = vec![emitted.clone(), with(&mut names.iter().map(String::as_str))];
        bases.push(emitted.into_iter().chain(read).collect());
        bases.push(Map::new());
        bases.extend(filled(&bases[0], hints, &first));
        for base in &bases {
            made.add(Value::Object(base.clone()));
            for (name, values) in &values {
                for value in values {
                    let mut object = base.clone();
                    object.insert((*name).to_owned(), value.clone());
                    made.add(Value::Object(object));
                }
                let mut without = base.clone();
                if without.shift_remove(*name).is_some() {
                    made.add(Value::Object(without));
                }
            }
        }
    }

    fn arrays(&mut self, hints: &[Hint<'_>], depth: usize, made: &mut Candidates) {
        if !hints
            .iter()
            .any(|hint| hints::speaks_of_arrays(hint.schema))
        {
            return;
        }
        let places = hints
            .iter()
            .map(|hint| hints::tuple(*hint).len())
            .max()
            .unwrap_or(0)
            .min(8);
        let mut prefix = Vec::new();
        for index in 0..places {
            let about = hints::item_hints(hints, index);
            prefix.push(self.below(&about, depth));
        }
        let mut items = self.below(&hints::item_hints(hints, places), depth);
        let contained: Vec<Hint<'_>> = hints
            .iter()
            .filter_map(|hint| hint.get("contains"))
            .collect();
        if !contained.is_empty() {
            items.extend(self.below(&contained, depth));
        }
        let head: Vec<Value> = prefix
            .iter()
            .filter_map(|values| values.first().cloned())
            .collect();
        for (index, values) in prefix.iter().enumerate() {
            made.add(Value::Array(head[..index.min(head.len())].to_vec()));
            for value in values.iter().filter(|_| index < head.len()) {
                let mut list = head.clone();
                list[index] = value.clone();
                made.add(Value::Array(list.clone()));
                list.truncate(index + 1);
                made.add(Value::Array(list));
            }
        }
        made.add(Value::Array(head.clone()));
        for item in &items {
            let list = |count: usize| head.iter().chain(std::iter::repeat_n(item, count)).cloned();
            made.add(Value::Array(list(1).collect()));
            made.add(Value::Array(list(2).collect()));
            if let Some(other) = items.first() {
                made.add(Value::Array(list(1).chain([other.clone()]).collect()));
                made.add(Value::Array(
                    [other.clone()].into_iter().chain(list(1)).collect(),
                ));
            }
        }
        for length in bounds(
            hints,
            &["minItems", "maxItems", "minContains", "maxContains"],
        ) {
            let fresh = (0..).map(|number| json!(number));
            let varied = items.iter().cloned().chain(fresh);
            made.add(head.iter().cloned().chain(varied).take(length).collect());
            let Some(item) = items.first() else {
                continue;
            };
            let same = std::iter::repeat(item).cloned();
            made.add(head.iter().cloned().chain(same).take(length).collect());
        }
    }
}

/// The values that the emitter lists and the reader does not: in a long `enum` the only telling ones.
fn newly_named(hints: &[Hint<'_>], made: &mut Candidates) {
    let listed = |side: Side| {
        let hints = hints.iter().filter(move |hint| hint.side == side);
        let lists = hints.filter_map(|hint| hint.schema.get("enum")?.as_array());
        lists.flatten()
    };
    let known: HashSet<String> = listed(Side::Reader).map(Value::to_string).collect();
    let new = listed(Side::Emitter).filter(|value| !known.contains(&value.to_string()));
    for value in new.take(MAX_PER_PLACE) {
        made.add(value.clone());
    }
}

fn named_values(schema: &Value, made: &mut Candidates) {
    for keyword in ["const", "default"] {
        if let Some(value) = schema.get(keyword) {
            made.add(value.clone());
        }
    }
    for keyword in ["enum", "examples"] {
        let values = schema.get(keyword).and_then(Value::as_array);
        for value in values.into_iter().flatten().take(MAX_PER_PLACE * 2) {
            made.add(value.clone());
        }
    }
}

fn scalars(schema: &Value, made: &mut Candidates) {
    for keyword in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] {
        if let Some(bound) = schema.get(keyword).and_then(Value::as_number) {
            numbers_around(bound, made);
        }
    }
    for keyword in ["multipleOf", "divisibleBy"] {
        if let Some(step) = schema.get(keyword).and_then(Value::as_number) {
            numbers_around(step, made);
            for factor in [-1.0, 2.0, 3.0, 5.0, 7.0, 0.5, 10.0] {
                add_number(step.as_f64().unwrap_or(1.0) * factor, made);
            }
        }
    }
    for keyword in ["minLength", "maxLength"] {
        let bound = schema.get(keyword).and_then(Value::as_u64);
        for length in bound
            .into_iter()
            .flat_map(around)
            .filter(|length| *length <= MAX_MADE)
        {
            let length = usize::try_from(length).unwrap_or(0);
            for unit in ["a", "0", "é"] {
                made.add(json!(unit.repeat(length)));
            }
            made.add(json!("ab".repeat(length).get(..length)));
        }
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        for sample in crate::sample::matching(pattern) {
            made.add(json!(format!("{sample}a")));
            made.add(json!(sample));
        }
    }
}

fn numbers_around(bound: &Number, made: &mut Candidates) {
    if let Some(whole) = bound.as_i64() {
        for step in [0, 1, -1] {
            made.add(json!(whole.saturating_add(step)));
        }
    }
    let number = bound.as_f64().unwrap_or(0.0);
    for number in [
        number,
        number + 0.5,
        number - 0.5,
        number.floor(),
        number.ceil(),
        number + 0.001,
    ] {
        add_number(number, made);
    }
}

fn add_number(number: f64, made: &mut Candidates) {
    if number.is_finite() {
        made.add(json!(number));
    }
}

/// The integer that a number is, as far as floating point can tell integers apart.
fn exactly_whole(number: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = number.fract() == 0.0 && number.abs() < EXACT;
    #[allow(clippy::cast_possible_truncation)] // Whole and in range.
    whole.then(|| json!(number as i64))
}

fn around(bound: u64) -> [u64; 3] {
    [bound, bound.saturating_add(1), bound.saturating_sub(1)]
}

/// Lengths worth making, from bounds on them.
fn bounds(hints: &[Hint<'_>], keywords: &[&str]) -> Vec<usize> {
    let found = hints.iter().flat_map(|hint| {
        keywords
            .iter()
            .filter_map(|keyword| hint.schema.get(*keyword))
    });
    let lengths = found
        .filter_map(Value::as_u64)
        .flat_map(around)
        .filter(|length| *length <= MAX_MADE);
    lengths
        .filter_map(|length| usize::try_from(length).ok())
        .collect()
}

/// Objects with as many members as bounds ask for.
fn filled(
    base: &Map<String, Value>,
    hints: &[Hint<'_>],
    first: &dyn Fn(&str) -> Option<Value>,
) -> Vec<Map<String, Value>> {
    let fill = |count: usize| {
        let mut object = base.clone();
        for number in 0.. {
            if object.len() >= count {
                break;
            }
            let value = first(EXTRA).unwrap_or(Value::Null);
            object.insert(format!("{EXTRA}{number}"), value);
        }
        object
    };
    bounds(hints, &["minProperties", "maxProperties"])
        .into_iter()
        .map(fill)
        .collect()
}
