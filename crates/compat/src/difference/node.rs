//! Schemas taken apart: each assertion a node of its own, equal nodes one.
//!
//! It exists so that all dialects are one to the search, and what both versions of a schema say
//! alike is recognised by a number.

use std::collections::HashMap;

use serde_json::{Number, Value};

use super::automaton::Machine;
use super::decimal::Decimal;
use crate::containment::Part;

/// A node, by its place in [`Nodes`].
pub(super) type Id = u32;
/// A pattern, by its place in [`Nodes`].
pub(super) type PatternId = u32;
/// A value that a schema names, by its place in [`Nodes`].
pub(super) type ValueId = u32;
/// A node that must hold, or must not.
pub(super) type Lit = (Id, bool);

/// JSON's types, as bits.
pub(super) type Types = u8;
pub(super) const NULL: Types = 1;
pub(super) const BOOLEAN: Types = 2;
pub(super) const NUMBER: Types = 4;
pub(super) const STRING: Types = 8;
pub(super) const ARRAY: Types = 16;
pub(super) const OBJECT: Types = 32;
pub(super) const ANY: Types = 63;

/// What a document is asked for. An assertion about one type holds for all documents of others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Node {
    All(Vec<Id>),
    Any(Vec<Id>),
    One(Vec<Id>),
    Not(Id),
    If(Id, Id, Id),
    /// A schema that refers to itself, by its place in [`Nodes::targets`].
    Recursive(u32),
    Types(Types),
    Values(Vec<ValueId>),
    Least {
        bound: Decimal,
        exclusive: bool,
    },
    Most {
        bound: Decimal,
        exclusive: bool,
    },
    Multiple(Decimal),
    MinLength(u64),
    MaxLength(u64),
    Pattern(PatternId),
    MinItems(u64),
    MaxItems(u64),
    Unique,
    /// The item at a place, where there is one.
    Item(usize, Id),
    /// All items from a place on.
    Rest(usize, Id),
    /// At least, and at most, so many items of a kind.
    ContainsMin(Id, u64),
    ContainsMax(Id, u64),
    MinProperties(u64),
    MaxProperties(u64),
    Required(String),
    Property(String, Id),
    Matching(PatternId, Id),
    /// Properties of no such name and that no such pattern matches.
    Additional {
        /// In order.
        names: Vec<String>,
        patterns: Vec<PatternId>,
        schema: Id,
    },
    Names(Id),
    /// What the search does not understand, about these types.
    Unread(&'static str, Types),
}

/// Where a node was first written: a keyword or schema of one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) part: Part,
    /// In [`Nodes::paths`].
    pub(super) path: u32,
}

/// All nodes of one question.
#[derive(Default)]
pub(super) struct Nodes {
    list: Vec<Node>,
    known: HashMap<Node, Id>,
    origins: [HashMap<Id, u32>; 2],
    /// Steps of JSON pointers, each with the one it follows.
    paths: Vec<(u32, String)>,
    pub(super) targets: Vec<Option<Id>>,
    patterns: Vec<Machine>,
    pattern_ids: HashMap<String, Option<PatternId>>,
    values: Vec<Value>,
    value_ids: HashMap<String, ValueId>,
    can_hold: Vec<[Option<Types>; 2]>,
}

/// The path of a whole schema.
pub(super) const ROOT: u32 = 0;

impl Nodes {
    pub(super) fn new() -> Nodes {
        let mut nodes = Nodes::default();
        nodes.paths.push((0, String::new()));
        nodes
    }

    pub(super) fn add(&mut self, node: Node) -> Id {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        let id = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(node.clone());
        self.known.insert(node, id);
        self.can_hold.push([None; 2]);
        id
    }

    pub(super) fn get(&self, id: Id) -> &Node {
        &self.list[id as usize]
    }

    pub(super) fn always(&mut self) -> Id {
        self.add(Node::All(Vec::new()))
    }

    pub(super) fn never(&mut self) -> Id {
        self.add(Node::Any(Vec::new()))
    }

    pub(super) fn all(&mut self, mut parts: Vec<Id>) -> Id {
        parts.sort_unstable();
        parts.dedup();
        match parts.as_slice() {
            [one] => *one,
            _ => self.add(Node::All(parts)),
        }
    }

    pub(super) fn any(&mut self, mut branches: Vec<Id>) -> Id {
        branches.sort_unstable();
        branches.dedup();
        match branches.as_slice() {
            [one] => *one,
            _ => self.add(Node::Any(branches)),
        }
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The path of a step below another.
    pub(super) fn path(&mut self, above: u32, step: &str) -> u32 {
        self.paths.push((above, step.to_owned()));
        u32::try_from(self.paths.len() - 1).unwrap_or(ROOT)
    }

    /// Says where a node stands, unless that was said.
    pub(super) fn came_from(&mut self, id: Id, origin: Origin) {
        let origins = &mut self.origins[usize::from(origin.part == Part::New)];
        origins.entry(id).or_insert(origin.path);
    }

    /// A JSON pointer to where a node stands in one of the schemas.
    pub(super) fn pointer(&self, id: Id, part: Part) -> Option<String> {
        let mut path = *self.origins[usize::from(part == Part::New)].get(&id)?;
        let mut steps = Vec::new();
        while path != ROOT {
            let (above, step) = &self.paths[path as usize];
            steps.push(step.replace('~', "~0").replace('/', "~1"));
            path = *above;
        }
        let steps = steps.iter().rev();
        Some(steps.fold(String::new(), |pointer, step| format!("{pointer}/{step}")))
    }

    /// `None` for a pattern that no automaton runs, or a very large one.
    pub(super) fn pattern(&mut self, text: &str) -> Option<PatternId> {
        if let Some(known) = self.pattern_ids.get(text) {
            return *known;
        }
        let id = Machine::of_pattern(text).map(|machine| {
            self.patterns.push(machine);
            u32::try_from(self.patterns.len() - 1).unwrap_or(0)
        });
        self.pattern_ids.insert(text.to_owned(), id);
        id
    }

    pub(super) fn machine(&self, id: PatternId) -> &Machine {
        &self.patterns[id as usize]
    }

    pub(super) fn value(&mut self, value: &Value) -> ValueId {
        let text = canonical(value);
        if let Some(id) = self.value_ids.get(&text) {
            return *id;
        }
        let id = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value.clone());
        self.value_ids.insert(text, id);
        id
    }

    pub(super) fn value_of(&self, id: ValueId) -> &Value {
        &self.values[id as usize]
    }

    /// Whether a list of named values holds one.
    pub(super) fn is_listed(&self, list: &[ValueId], value: &Value) -> bool {
        let known = self.value_ids.get(&canonical(value));
        known.is_some_and(|id| list.binary_search(id).is_ok())
    }

    /// A node for exactly these values.
    pub(super) fn values<'v>(&mut self, values: impl IntoIterator<Item = &'v Value>) -> Id {
        let mut ids: Vec<ValueId> = values.into_iter().map(|value| self.value(value)).collect();
        ids.sort_unstable();
        ids.dedup();
        self.add(Node::Values(ids))
    }

    /// The types of which a document may make the literal true. Too many rather than too few.
    pub(super) fn types_of(&mut self, (id, positive): Lit) -> Types {
        if let Some(known) = self.can_hold[id as usize][usize::from(positive)] {
            return known;
        }
        // A recursion finds this; it is replaced below.
        self.can_hold[id as usize][usize::from(positive)] = Some(ANY);
        let node = self.get(id).clone();
        let types = self.types_of_node(&node, positive);
        self.can_hold[id as usize][usize::from(positive)] = Some(types);
        types
    }

    fn types_of_node(&mut self, node: &Node, positive: bool) -> Types {
        let leaf = |own: Types| if positive { ANY } else { own };
        match node {
            Node::All(parts) if positive => parts
                .iter()
                .fold(ANY, |types, part| types & self.types_of((*part, true))),
            Node::Any(parts) if !positive => parts
                .iter()
                .fold(ANY, |types, part| types & self.types_of((*part, false))),
            Node::All(parts) | Node::Any(parts) => parts
                .iter()
                .fold(0, |types, part| types | self.types_of((*part, positive))),
            Node::One(parts) if positive => parts
                .iter()
                .fold(0, |types, part| types | self.types_of((*part, true))),
            Node::One(_) | Node::Recursive(_) => ANY,
            Node::Not(inner) => self.types_of((*inner, !positive)),
            Node::If(condition, then, otherwise) => {
                (self.types_of((*condition, true)) & self.types_of((*then, positive)))
                    | (self.types_of((*condition, false)) & self.types_of((*otherwise, positive)))
            }
            Node::Types(types) if positive => *types,
            Node::Types(types) => ANY & !types,
            Node::Values(values) if positive => values
                .iter()
                .fold(0, |types, value| types | type_of(self.value_of(*value))),
            Node::Values(values) => {
                let has = |value: &Value| values.iter().any(|id| self.value_of(*id) == value);
                let mut types = ANY;
                if has(&Value::Null) {
                    types &= !NULL;
                }
                if has(&Value::Bool(true)) && has(&Value::Bool(false)) {
                    types &= !BOOLEAN;
                }
                types
            }
            Node::Least { .. } | Node::Most { .. } | Node::Multiple(_) => leaf(NUMBER),
            Node::MinLength(_) | Node::MaxLength(_) | Node::Pattern(_) => leaf(STRING),
            Node::MinItems(_)
            | Node::MaxItems(_)
            | Node::Unique
            | Node::Item(..)
            | Node::Rest(..)
            | Node::ContainsMin(..)
            | Node::ContainsMax(..) => leaf(ARRAY),
            Node::MinProperties(_)
            | Node::MaxProperties(_)
            | Node::Required(_)
            | Node::Property(..)
            | Node::Matching(..)
            | Node::Additional { .. }
            | Node::Names(_) => leaf(OBJECT),
            Node::Unread(_, types) => leaf(*types),
        }
    }
}

pub(super) fn type_of(value: &Value) -> Types {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => BOOLEAN,
        Value::Number(_) => NUMBER,
        Value::String(_) => STRING,
        Value::Array(_) => ARRAY,
        Value::Object(_) => OBJECT,
    }
}

/// One text for all values that are equal as JSON Schema takes them: by number, not by spelling.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => number_text(number),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", canonical(value)))
                .collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

fn number_text(number: &Number) -> String {
    match Decimal::of(number).and_then(Decimal::value) {
        Some(Value::Number(number)) => number.to_string(),
        _ => number.to_string(),
    }
}
