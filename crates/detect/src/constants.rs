//! What a constant says, as JSON, each part with the place where it is written: for contracts whose
//! value is a constant of the code (`detect: - symbol: QUEUE_NAMES`).
//!
//! Collections are read from their expressions, through the names they are made of, so that each
//! element keeps its own place; what stands in them is folded like any other value. What cannot be
//! known is said, with the reason, and never left out: a value with a hole in it is not a smaller one.

mod find;
mod instances;
mod loops;

use smol_str::SmolStr;

use crate::eval::{Evaluator, Scope, why_of};
use crate::facts::{Expr, FactPositions, Operator, Positions, SpanTree};
use crate::program::Program;
use crate::value::{FileId, Part, Text, Value, Values, Why};
use blue_text::Span;

pub use find::{Constant, constant};

/// More parts than this in one constant are not read.
const MAX_PARTS: u32 = 10_000;
/// A value nested deeper than this is not read (security.md).
const MAX_DEPTH: u32 = 64;

/// Where a part of a value is written, without its position in the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValuePlace {
    /// The file.
    pub file: FileId,
    /// The statement, by its place in the file's interface.
    pub item: u32,
    slot: Slot,
    /// Into the literal collections there.
    path: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Slot {
    Definition(u32),
    Change(u32),
    Attribute(u32, u32),
    Field(u32, u32),
    Argument(u32, u32),
}

/// A value of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json {
    /// What it is.
    pub kind: JsonKind,
    /// Why a collection may hold more than is seen; `None` for one that is known whole.
    pub open: Option<Why>,
    /// Where it is written.
    pub place: ValuePlace,
}

/// What a value of the code is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonKind {
    /// `None`, `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as JSON writes it.
    Number(SmolStr),
    /// A string; `*` stands for what only a run knows.
    Text(String),
    /// A list or tuple.
    List(Vec<Json>),
    /// A set: its elements are in no order.
    Set(Vec<Json>),
    /// A dict, an object, an instance with fields.
    Map(Vec<(SmolStr, Json)>),
    /// An enum: its members by name. A list of their values, or an object of them, as it is asked for.
    Members(Vec<(SmolStr, Json)>),
    /// Not known.
    Unknown(Why),
}

/// Where a part of a value stands in the text of its file. Bytes.
pub fn place_value(place: &ValuePlace, positions: &Positions) -> Option<Span> {
    let (start, spans) = positions.items.get(place.item as usize)?;
    let mut at = tree_of(spans, place.slot)?;
    for step in &place.path {
        match at.children.get(*step as usize) {
            Some(child) => at = child,
            None => break,
        }
    }
    at.span.shifted(i64::from(*start))
}

fn tree_of(spans: &FactPositions, slot: Slot) -> Option<&SpanTree> {
    let class = |class: u32| spans.classes.get(class as usize);
    match slot {
        Slot::Definition(index) => spans.definitions.get(index as usize),
        Slot::Change(index) => spans.changes.get(index as usize),
        Slot::Attribute(of, index) => class(of)?.attributes.get(index as usize),
        Slot::Field(of, index) => class(of)?.fields.get(index as usize),
        Slot::Argument(call, arg) => {
            let call = spans.calls.get(call as usize)?;
            call.args.get(arg as usize)
        }
    }
}

/// An expression's surroundings, and where it is written.
#[derive(Clone)]
struct At {
    scope: Scope,
    place: ValuePlace,
}

impl At {
    /// Of an element of the collection that stands here.
    fn child(&self, index: usize) -> At {
        let mut at = self.clone();
        at.place.path.push(index as u32);
        at
    }

    /// Of something else in the same statement.
    fn slot(&self, slot: Slot) -> At {
        let mut at = self.clone();
        at.place = ValuePlace {
            file: at.scope.file,
            item: at.place.item,
            slot,
            path: Vec::new(),
        };
        at
    }
}

/// Reads one constant.
struct Reader<'p> {
    eval: Evaluator<'p>,
    program: &'p dyn Program,
    /// Parts that may still be read.
    left: u32,
    depth: u32,
    /// The definitions being read: one that is met again depends on itself.
    reading: Vec<ValuePlace>,
}

fn unknown(why: Why, at: &At) -> Json {
    made(JsonKind::Unknown(why), at)
}

fn made(kind: JsonKind, at: &At) -> Json {
    Json {
        kind,
        open: None,
        place: at.place.clone(),
    }
}

fn syntax(words: &str) -> Why {
    Why::Syntax(words.into())
}

impl Json {
    fn is_scalar(&self) -> bool {
        !matches!(
            self.kind,
            JsonKind::List(_) | JsonKind::Set(_) | JsonKind::Map(_) | JsonKind::Members(_)
        )
    }

    /// The elements of a list or set.
    fn elements(&self) -> Option<&Vec<Json>> {
        match &self.kind {
            JsonKind::List(elements) | JsonKind::Set(elements) => Some(elements),
            _ => None,
        }
    }
}

impl Reader<'_> {
    fn read(&mut self, expr: &Expr, at: &At) -> Json {
        self.program.poll();
        if self.left == 0 {
            return unknown(syntax("value of more than 10,000 parts"), at);
        }
        if self.depth >= MAX_DEPTH {
            return unknown(syntax("value nested deeper than 64 levels"), at);
        }
        self.left -= 1;
        self.depth += 1;
        let read = stacker::maybe_grow(crate::walk::RED_ZONE, crate::walk::STACK_STEP, || {
            self.read_here(expr, at)
        });
        self.depth -= 1;
        read
    }

    fn read_here(&mut self, expr: &Expr, at: &At) -> Json {
        match expr {
            // Exactly as it is written, however long.
            Expr::Text(text) => made(JsonKind::Text(text.to_string()), at),
            Expr::List(elements) => self.list(elements, at),
            Expr::Map(entries) => self.map(entries, at),
            Expr::Set(inner) => as_set(self.read(inner, at)),
            Expr::Filtered(inner) => {
                let mut read = self.read(inner, at);
                read.open = Some(syntax("condition in a comprehension"));
                read
            }
            Expr::Every(element) => self.every(element, at),
            Expr::EveryEntry(entry) => self.every_entry(&entry.0, &entry.1, at),
            Expr::Binary(Operator::Add | Operator::Merge, left, right) => {
                let sides = (
                    self.read(left, &at.child(0)),
                    self.read(right, &at.child(1)),
                );
                joined(sides, at).unwrap_or_else(|| self.folded(expr, at))
            }
            Expr::Name(_) | Expr::Own(_) | Expr::Import(_) | Expr::Attr(..) | Expr::Index(..) => {
                self.named(expr, at)
            }
            Expr::Call(index) => self.call(*index, at),
            Expr::Class(class) => self.class_value(*class, at),
            Expr::Alt(values) => {
                let all: Vec<Json> = values.iter().map(|value| self.read(value, at)).collect();
                match all.as_slice() {
                    [first, rest @ ..] if rest.iter().all(|other| other.kind == first.kind) => {
                        first.clone()
                    }
                    _ => unknown(syntax("choice between several values"), at),
                }
            }
            _ => self.folded(expr, at),
        }
    }

    /// What an expression is worth that is no collection of its own.
    fn folded(&mut self, expr: &Expr, at: &At) -> Json {
        let values = self.eval.root(expr, &at.scope);
        self.of_values(&values, at)
    }

    fn of_values(&mut self, values: &Values, at: &At) -> Json {
        let mut all = values.iter();
        match (all.next(), all.next()) {
            (Some(one), None) => self.of_value(one, at),
            _ => unknown(syntax("choice between several values"), at),
        }
    }

    fn of_value(&mut self, value: &Value, at: &At) -> Json {
        let Some(left) = self.left.checked_sub(1) else {
            return unknown(syntax("value of more than 10,000 parts"), at);
        };
        self.left = left;
        let kind = match value {
            Value::Text(text) => of_text(text),
            Value::Int(number) => JsonKind::Number(number.to_string().into()),
            Value::Number(number) => JsonKind::Number(number.clone()),
            Value::Bool(known) => JsonKind::Bool(*known),
            Value::Null => JsonKind::Null,
            Value::List(elements) => {
                let mut all = Vec::new();
                for values in elements.iter() {
                    // Any of some strings, as at a site: each of them.
                    let strings = values.iter().all(|value| matches!(value, Value::Text(_)));
                    match strings {
                        true => all.extend(values.iter().map(|value| self.of_value(value, at))),
                        false => all.push(self.of_values(values, at)),
                    }
                }
                JsonKind::List(all)
            }
            Value::Map(map) => {
                let mut made = made(JsonKind::Map(Vec::new()), at);
                made.open = map.open.clone();
                for (key, values) in &map.entries {
                    let value = self.of_values(values, at);
                    put(&mut made, key.clone(), value);
                }
                return made;
            }
            Value::Class(class) => return self.of_class(class, at),
            Value::Instance { class, args } => return self.of_instance(class, args, at),
            Value::Func(_) => JsonKind::Unknown(syntax("function")),
            Value::Module(_) => JsonKind::Unknown(syntax("module")),
            Value::External(_) | Value::Place(_) | Value::Hole(_) => {
                JsonKind::Unknown(why_of(value))
            }
        };
        made(kind, at)
    }

    fn list(&mut self, elements: &[Expr], at: &At) -> Json {
        let mut list = made(JsonKind::List(Vec::new()), at);
        for (index, element) in elements.iter().enumerate() {
            self.push(&mut list, element, &at.child(index));
        }
        list
    }

    /// Puts an element at the end of a list, or what is spread there.
    fn push(&mut self, list: &mut Json, element: &Expr, at: &At) {
        let more = match element {
            Expr::Spread(inner) => {
                let spread = self.read(inner, at);
                let spread = spread_of(spread);
                list.open = list.open.take().or(spread.open.clone());
                match spread.kind {
                    JsonKind::List(elements) | JsonKind::Set(elements) => elements,
                    kind => {
                        list.open = list.open.take().or(Some(why_not(kind)));
                        return;
                    }
                }
            }
            // As at a site, each way counts.
            Expr::Alt(values) => {
                let all: Vec<Json> = values.iter().map(|value| self.read(value, at)).collect();
                match all.iter().all(|one| matches!(one.kind, JsonKind::Text(_))) {
                    true => all,
                    false => vec![self.read(element, at)],
                }
            }
            _ => vec![self.read(element, at)],
        };
        if let JsonKind::List(elements) | JsonKind::Set(elements) = &mut list.kind {
            elements.extend(more);
        }
    }

    fn map(&mut self, entries: &[(Option<Expr>, Expr)], at: &At) -> Json {
        let mut map = made(JsonKind::Map(Vec::new()), at);
        for (index, (key, value)) in entries.iter().enumerate() {
            self.put_entry(&mut map, key.as_ref(), value, &at.child(index));
        }
        map
    }

    /// Puts an entry into a map, or, without a key, all of another one.
    fn put_entry(&mut self, map: &mut Json, key: Option<&Expr>, value: &Expr, at: &At) {
        let read = self.read(value, at);
        let Some(key) = key else {
            take(map, read);
            return;
        };
        let keys = self.eval.root(key, &at.scope);
        let known = match keys.iter().as_slice() {
            [Value::Text(text)] => text.known(),
            [Value::Int(number)] => Some(number.to_string()),
            _ => None,
        };
        match known {
            Some(key) => put(map, key.into(), read),
            None => map.open = map.open.take().or(Some(why_of(keys.first()))),
        }
    }

    /// What an expression refers to: a collection is written where it is defined, a scalar where it
    /// is used.
    fn named(&mut self, expr: &Expr, at: &At) -> Json {
        match self.follow(expr, at) {
            Follow::To(target) => {
                if self.reading.contains(&target.at.place) || self.reading.len() > 200 {
                    return unknown(Why::Cycle, at);
                }
                self.reading.push(target.at.place.clone());
                let mut read = self.read(&target.expr, &target.at);
                if let Some(name) = &target.name {
                    read = self.with_changes(read, name, &target.at, at);
                }
                self.reading.pop();
                if read.is_scalar() {
                    read.place = at.place.clone();
                }
                read
            }
            Follow::Not => self.folded(expr, at),
            Follow::Stop(why) => unknown(why, at),
        }
    }

    /// What later statements of the module make of what a name was bound to, up to where it is used.
    fn with_changes(&mut self, mut read: Json, name: &SmolStr, from: &At, used: &At) -> Json {
        let file = from.place.file;
        let interface = self.program.interface(file);
        let end = match used.scope.item {
            Some(item) if used.scope.file == file => item,
            _ => interface.items.len(),
        };
        let start = from.place.item as usize + 1;
        let later = interface.items.iter().enumerate().take(end).skip(start);
        for (item, facts) in later {
            for (index, (changed, to)) in facts.changes.iter().enumerate() {
                if changed != name {
                    continue;
                }
                let at = At {
                    scope: Scope {
                        file,
                        facts: facts.clone(),
                        frame: None,
                        item: Some(item),
                    },
                    place: ValuePlace {
                        file,
                        item: item as u32,
                        slot: Slot::Change(index as u32),
                        path: Vec::new(),
                    },
                };
                self.change(&mut read, to, &at);
            }
        }
        read
    }

    fn change(&mut self, read: &mut Json, to: &Expr, at: &At) {
        match (to, &read.kind) {
            (Expr::List(elements), JsonKind::List(_) | JsonKind::Set(_)) => {
                for (index, element) in elements.iter().enumerate().skip(1) {
                    self.push(read, element, &at.child(index));
                }
            }
            (Expr::Map(entries), JsonKind::Map(_)) => {
                for (index, (key, value)) in entries.iter().enumerate().skip(1) {
                    self.put_entry(read, key.as_ref(), value, &at.child(index));
                }
            }
            // `names.update(more)` of a set.
            (Expr::Map(entries), JsonKind::Set(_)) => {
                for (index, (_, value)) in entries.iter().enumerate().skip(1) {
                    let spread = Expr::Spread(Box::new(value.clone()));
                    self.push(read, &spread, &at.child(index));
                }
            }
            (Expr::Unknown(why), _) => read.open = Some(Why::Syntax(why.clone())),
            _ => read.open = Some(syntax("change of the value")),
        }
    }
}

/// Where a reference leads.
enum Follow {
    /// To an expression.
    To(Box<Target>),
    /// To nothing that is written as a whole: it is worth what it folds to.
    Not,
    /// To something of which nothing can be said.
    Stop(Why),
}

struct Target {
    expr: Expr,
    at: At,
    /// The module's name that stands for it.
    name: Option<SmolStr>,
}

/// A list where a set is asked for, and what is spread from an enum.
fn as_set(mut read: Json) -> Json {
    read = spread_of(read);
    if let JsonKind::List(elements) = read.kind {
        read.kind = JsonKind::Set(elements);
    }
    read
}

/// What one gets of a value by going through it: the keys of a map, the values of an enum.
fn spread_of(mut read: Json) -> Json {
    read.kind = match read.kind {
        JsonKind::Members(members) => {
            JsonKind::List(members.into_iter().map(|(_, value)| value).collect())
        }
        JsonKind::Map(entries) => JsonKind::List(
            entries
                .into_iter()
                .map(|(key, value)| Json {
                    kind: JsonKind::Text(key.to_string()),
                    open: None,
                    place: value.place,
                })
                .collect(),
        ),
        kind => kind,
    };
    read
}

fn why_not(kind: JsonKind) -> Why {
    match kind {
        JsonKind::Unknown(why) => why,
        _ => syntax("spread of what is no collection"),
    }
}

/// Two collections as one.
fn joined((left, right): (Json, Json), at: &At) -> Option<Json> {
    let open = left.open.clone().or(right.open.clone());
    if let JsonKind::Map(_) = &left.kind {
        let mut both = left;
        if !matches!(right.kind, JsonKind::Map(_)) {
            return None;
        }
        take(&mut both, right);
        return Some(both);
    }
    let all: Vec<Json> = left
        .elements()?
        .iter()
        .chain(right.elements()?)
        .cloned()
        .collect();
    let kind = match left.kind {
        JsonKind::Set(_) => JsonKind::Set(all),
        _ => JsonKind::List(all),
    };
    Some(Json {
        kind,
        open,
        place: at.place.clone(),
    })
}

/// Sets an entry of a map, over one that is there.
fn put(map: &mut Json, key: SmolStr, value: Json) {
    if let JsonKind::Map(entries) | JsonKind::Members(entries) = &mut map.kind {
        match entries.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value,
            None => entries.push((key, value)),
        }
    }
}

/// Takes the entries of another map over those of this one.
fn take(map: &mut Json, other: Json) {
    map.open = map.open.take().or(other.open);
    match other.kind {
        JsonKind::Map(entries) | JsonKind::Members(entries) => {
            for (key, value) in entries {
                put(map, key, value);
            }
        }
        kind => map.open = map.open.take().or(Some(why_not(kind))),
    }
}

/// A string as JSON has it: `*` for each hole; not known where it says nothing.
pub(crate) fn of_text(text: &Text) -> JsonKind {
    if let Some(known) = text.known() {
        return JsonKind::Text(known);
    }
    let mut written = String::new();
    let mut says = false;
    let mut after_hole = false;
    for part in &text.parts {
        match part {
            Part::Literal(literal) => {
                says |= literal.chars().any(char::is_alphanumeric);
                written.push_str(literal);
            }
            Part::Any | Part::Hole(_) if after_hole => {}
            Part::Any | Part::Hole(_) => written.push('*'),
        }
        after_hole = !matches!(part, Part::Literal(_));
    }
    match (says, text.why()) {
        (true, _) | (_, None) => JsonKind::Text(written),
        (false, Some(why)) => JsonKind::Unknown(why.clone()),
    }
}
