//! What an expression may be worth: symbolic strings with holes, collections, functions, classes.
//!
//! A name can stand for several values (a branch, a loop over a literal list), so evaluation deals
//! in [`Values`]: at most [`MAX_ALTERNATIVES`] of them, beyond which there is one hole.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::eval::Frame;
use crate::facts::{Class, Facts, Function, Name};
use crate::in_common::{in_common, in_common_by_depth, told_apart, without_covered};
pub(crate) use crate::maps::MapValue;
use crate::shared::{Shared, Size};
pub(crate) use crate::walk::MAX_ALTERNATIVES;

/// A folded string has at most this many parts, literal or hole.
pub(crate) const MAX_PARTS: usize = 64;
/// A folded string has at most this many characters outside its holes.
pub(crate) const MAX_CHARACTERS: usize = 512;

/// Of more alternatives than this it is not even asked what they have in common.
const MAX_LOOKED_AT: usize = 64;

/// A file of the program, as its host counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// Why a value, or a part of it, is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// A parameter of the function, which every caller may give another value.
    Parameter(Name),
    /// A field of an object, which is given where the object is made or by a class below.
    Field(Name),
    /// Something from outside the repository.
    External(SmolStr),
    /// A variable of the environment.
    Environment(SmolStr),
    /// A kind of syntax that is not followed.
    Syntax(SmolStr),
    /// More than eight alternatives.
    TooMany,
    /// Longer than the bounds on a folded string.
    TooLong,
    /// It depends on itself.
    Cycle,
    /// Working it out would take too many steps.
    Budget,
    /// The name of a bucket, which holds no slash: what an address begins with once its scheme is taken
    /// off.
    Bucket(Box<Why>),
    /// The beginning of a path of local files: whatever it is, it is no address.
    Local(Box<Why>),
    /// What may be given, with the string that the code takes where it is not: `prefix or "raw"`.
    Or(Box<Why>, SmolStr),
}

impl Why {
    /// What is not known, whatever is known of its kind.
    pub(crate) fn of_path(&self) -> &Why {
        match self {
            Why::Local(why) | Why::Or(why, _) => why.of_path(),
            why => why,
        }
    }

    /// As [`Why::of_path`], to say it otherwise.
    pub(crate) fn of_path_mut(&mut self) -> &mut Why {
        match self {
            Why::Local(why) | Why::Or(why, _) => why.of_path_mut(),
            why => why,
        }
    }

    /// What is not known, whatever stands for it.
    fn plain(&self) -> Why {
        match self {
            Why::Or(why, _) => why.plain(),
            why => why.clone(),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Parameter(name) if name.is_empty() => f.write_str("a parameter"),
            Why::Parameter(name) => write!(f, "the parameter `{name}`"),
            Why::Field(name) => write!(f, "the field `{name}` of an object made elsewhere"),
            Why::External(name) if name.trim().is_empty() => {
                f.write_str("an expression that is not written yet")
            }
            Why::External(name) => write!(f, "`{name}`, from outside this repository"),
            Why::Environment(name) => write!(f, "the environment variable `{name}`"),
            Why::Syntax(kind) if kind == "wildcard" => f.write_str("a wildcard and nothing else"),
            Why::Syntax(kind) => write!(f, "{} that is not followed", kind.replace('_', " ")),
            Why::TooMany => f.write_str("more than 8 alternatives"),
            Why::TooLong => f.write_str("longer than 64 parts or 512 characters"),
            Why::Cycle => f.write_str("a value that depends on itself"),
            Why::Budget => f.write_str("too many steps to work it out"),
            Why::Bucket(why) | Why::Local(why) | Why::Or(why, _) => why.fmt(f),
        }
    }
}

/// A stretch of a symbolic string.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Literal(SmolStr),
    /// A `*` that the code itself writes.
    Any,
    Hole(Why),
}

/// What decides which of several texts is taken, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Chooser {
    Parameter(Name),
    /// A field of an object: who makes it says it.
    Field(Name),
}

/// A symbolic string: neighbouring literals merged, no empty literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Text {
    pub(crate) parts: Vec<Part>,
    /// What chose it, or a part of it, among several: see [`crate::chosen`].
    pub(crate) chosen: Option<Box<Chooser>>,
}

impl From<Vec<Part>> for Text {
    fn from(parts: Vec<Part>) -> Text {
        Text {
            parts,
            chosen: None,
        }
    }
}

impl Text {
    pub(crate) fn hole(why: Why) -> Text {
        vec![Part::Hole(why)].into()
    }

    /// A string of the source: a star in it is a wildcard.
    pub(crate) fn literal(text: &str) -> Text {
        let mut made = Text::default();
        for (index, stretch) in text.split('*').enumerate() {
            if index > 0 {
                made.push(Part::Any);
            }
            made.push(Part::Literal(stretch.into()));
        }
        made
    }

    pub(crate) fn push(&mut self, part: Part) {
        match (self.parts.last_mut(), part) {
            (_, Part::Literal(text)) if text.is_empty() => {}
            (Some(Part::Literal(last)), Part::Literal(text)) => {
                *last = format!("{last}{text}").into();
            }
            (_, part) => self.parts.push(part),
        }
    }

    pub(crate) fn append(&mut self, other: &Text) {
        for part in &other.parts {
            self.push(part.clone());
        }
        if self.chosen.is_none() {
            self.chosen.clone_from(&other.chosen);
        }
    }

    /// The string itself, where it is known whole.
    pub(crate) fn known(&self) -> Option<String> {
        let mut known = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => known.push_str(text),
                Part::Any => known.push('*'),
                Part::Hole(_) => return None,
            }
        }
        Some(known)
    }

    pub(crate) fn is_too_long(&self) -> bool {
        let characters = |part: &Part| match part {
            Part::Literal(text) => text.chars().count(),
            _ => 0,
        };
        self.parts.len() > MAX_PARTS
            || self.parts.iter().map(characters).sum::<usize>() > MAX_CHARACTERS
    }

    /// The string where nobody knows what stands in its holes, whatever the code takes instead: of what is cut
    /// out of that nothing is known.
    pub(crate) fn plain(&self) -> Text {
        let parts = self.parts.iter().map(|part| match part {
            Part::Hole(why) => Part::Hole(why.plain()),
            part => part.clone(),
        });
        Text {
            parts: parts.collect(),
            chosen: self.chosen.clone(),
        }
    }

    /// It from its end to its beginning.
    pub(crate) fn turned(&self) -> Text {
        let mut turned = Text {
            chosen: self.chosen.clone(),
            ..Text::default()
        };
        for part in self.parts.iter().rev() {
            turned.push(match part {
                Part::Literal(text) => Part::Literal(text.chars().rev().collect()),
                part => part.clone(),
            });
        }
        turned
    }

    /// The first hole's reason.
    pub(crate) fn why(&self) -> Option<&Why> {
        self.parts.iter().find_map(|part| match part {
            Part::Hole(why) => Some(why),
            _ => None,
        })
    }
}

/// A function, wherever it stands.
#[derive(Debug, Clone)]
pub(crate) struct FuncRef {
    pub(crate) file: FileId,
    pub(crate) facts: Arc<Facts>,
    pub(crate) func: u32,
}

impl FuncRef {
    pub(crate) fn function(&self) -> &Function {
        &self.facts.functions[self.func as usize]
    }
}

impl PartialEq for FuncRef {
    fn eq(&self, other: &FuncRef) -> bool {
        (self.file, self.facts.id, self.func) == (other.file, other.facts.id, other.func)
    }
}
impl Eq for FuncRef {}
impl Hash for FuncRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.file, self.facts.id, self.func).hash(state);
    }
}

/// A class, wherever it stands.
#[derive(Debug, Clone)]
pub(crate) struct ClassRef {
    pub(crate) file: FileId,
    pub(crate) facts: Arc<Facts>,
    pub(crate) class: u32,
}

impl ClassRef {
    pub(crate) fn class(&self) -> &Class {
        &self.facts.classes[self.class as usize]
    }
}

impl PartialEq for ClassRef {
    fn eq(&self, other: &ClassRef) -> bool {
        (self.file, self.facts.id, self.class) == (other.file, other.facts.id, other.class)
    }
}
impl Eq for ClassRef {}
impl Hash for ClassRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.file, self.facts.id, self.class).hash(state);
    }
}

/// A function with what it sees of the functions around it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Closure {
    pub(crate) func: FuncRef,
    pub(crate) this: Option<Box<Value>>,
    pub(crate) outer: Option<FrameRef>,
    /// What it was given before it is called: `partial(save, "raw")`.
    pub(crate) given: Option<Shared<Args>>,
}

/// A frame, compared by identity.
#[derive(Debug, Clone)]
pub(crate) struct FrameRef(pub(crate) Rc<Frame>);

impl PartialEq for FrameRef {
    fn eq(&self, other: &FrameRef) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
impl Eq for FrameRef {}
impl Hash for FrameRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Rc::as_ptr(&self.0).hash(state);
    }
}

/// The values given to a call, by name where named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Args {
    pub(crate) positional: Vec<Values>,
    pub(crate) keywords: Vec<(Name, Values)>,
    /// Something was spread into the call that is not known: what is missing may be given.
    pub(crate) open: Option<Why>,
}

/// What is made with more values than this is told apart no longer by what it was given.
const MAX_ARGS_SIZE: u32 = 256;

impl Args {
    /// Whether an instance keeps what it was made with.
    pub(crate) fn is_kept(&self) -> bool {
        self.size() <= MAX_ARGS_SIZE
    }

    pub(crate) fn keyword(&self, name: &str) -> Option<&Values> {
        self.keywords
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, values)| values)
    }
}

/// Something from outside the repository: `boto3.client`, or the result of calling it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct External {
    /// Dotted, with `()` after what was called: `boto3.client()`.
    pub(crate) path: SmolStr,
    /// What the last call in the path was given.
    pub(crate) args: Args,
    /// What the last call was made on, where that came from a call as well.
    pub(crate) on: Option<Shared<External>>,
}

/// A place in a string: what stands before it, and what after.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) before: Text,
    pub(crate) after: Text,
}

/// One thing an expression may be worth.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Text(Text),
    Int(i64),
    /// A number that is no integer, as JSON writes it.
    Number(SmolStr),
    Bool(bool),
    Null,
    List(Shared<Vec<Values>>),
    Map(Shared<MapValue>),
    Func(Closure),
    Class(ClassRef),
    Instance {
        class: ClassRef,
        args: Option<Shared<Args>>,
    },
    Module(FileId),
    External(Shared<External>),
    /// A place in a string that is not known whole.
    Place(Shared<Place>),
    Hole(Why),
}

impl Value {
    pub(crate) fn text(text: &str) -> Value {
        Value::Text(Text::literal(text))
    }

    pub(crate) fn external(path: impl Into<SmolStr>) -> Value {
        Value::External(Shared::new(External {
            path: path.into(),
            args: Args::default(),
            on: None,
        }))
    }

    /// Whether it is the same as another one, whoever chose it.
    fn says(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Text(own), Value::Text(other)) => own.parts == other.parts,
            _ => self == other,
        }
    }

    /// The string this value is when it is made part of one.
    pub(crate) fn to_text(&self) -> Text {
        match self {
            Value::Text(text) => text.clone(),
            Value::Int(number) => Text::literal(&number.to_string()),
            Value::Number(number) => Text::literal(number),
            Value::Bool(_) => Text::hole(Why::Syntax("boolean".into())),
            Value::Null => Text::hole(Why::Syntax("missing value".into())),
            Value::List(_) | Value::Map(_) => Text::hole(Why::Syntax("collection".into())),
            Value::Func(_) | Value::Class(_) | Value::Instance { .. } | Value::Module(_) => {
                Text::hole(Why::Syntax("object".into()))
            }
            Value::External(external) => Text::hole(Why::External(external.path.clone())),
            Value::Place(_) => Text::hole(Why::Syntax("place in a string".into())),
            Value::Hole(why) => Text::hole(why.clone()),
        }
    }
}

/// The values an expression may have: never empty, at most [`MAX_ALTERNATIVES`].
///
/// Behind a counted pointer: what a name is worth is handed to everybody who reads it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Values(Rc<[Value]>);

impl Values {
    pub(crate) fn one(value: Value) -> Values {
        Values(Rc::new([value]))
    }

    pub(crate) fn hole(why: Why) -> Values {
        Values::one(Value::Hole(why))
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.0.iter()
    }

    pub(crate) fn first(&self) -> &Value {
        &self.0[0]
    }

    /// All of some values, each once; one hole where there are none or too many.
    pub(crate) fn collect(values: impl IntoIterator<Item = Value>) -> Values {
        let mut all: Vec<Value> = Vec::new();
        for value in values {
            let value = match value {
                Value::Text(text) if text.is_too_long() => Value::Hole(Why::TooLong),
                value => value,
            };
            if !all.iter().any(|known| known.says(&value)) {
                all.push(value);
            }
            if all.len() > MAX_LOOKED_AT {
                return Values::hole(Why::TooMany);
            }
        }
        if all.len() > MAX_ALTERNATIVES {
            all = told_apart(all);
        }
        if all.len() > MAX_ALTERNATIVES {
            return in_common_by_depth(&all).unwrap_or_else(|| Values::one(in_common(&all)));
        }
        if all.is_empty() {
            Values::hole(Why::Syntax("empty collection".into()))
        } else {
            Values(all.into())
        }
    }

    /// All of some values, each once; `None` where there are too many to be told one by one.
    pub(crate) fn all_of(values: impl IntoIterator<Item = Value>) -> Option<Values> {
        let mut all: Vec<Value> = Vec::new();
        for value in values {
            if !all.contains(&value) {
                all.push(value);
            }
        }
        (all.len() <= MAX_ALTERNATIVES).then(|| Values::collect(all))
    }

    /// Whether something of a value is not known because it has more alternatives than are told.
    pub(crate) fn is_too_many(&self) -> bool {
        let is_it = |why: &Why| matches!(why, Why::TooMany | Why::TooLong);
        self.iter().any(|value| match value {
            Value::Hole(why) => is_it(why),
            Value::Text(text) => text
                .parts
                .iter()
                .any(|part| matches!(part, Part::Hole(why) if is_it(why))),
            _ => false,
        })
    }

    pub(crate) fn flat_map(&self, mut f: impl FnMut(&Value) -> Values) -> Values {
        match &*self.0 {
            [one] => f(one),
            many => {
                let mut all = Vec::new();
                for value in many {
                    all.extend(f(value).iter().cloned());
                }
                Values::collect(all)
            }
        }
    }

    /// Without what is missing on one way through, where it is there on another: that is the one on which it is used.
    pub(crate) fn there(self) -> Values {
        let is_there = |value: &&Value| **value != Value::Null;
        let count = self.iter().filter(is_there).count();
        match count == 0 || count == self.0.len() {
            true => self,
            false => Values(self.iter().filter(is_there).cloned().collect()),
        }
    }

    pub(crate) fn map(&self, mut f: impl FnMut(&Value) -> Value) -> Values {
        Values::collect(self.0.iter().map(&mut f))
    }

    /// The symbolic strings of all combinations, one piece after the other.
    pub(crate) fn concat<'a>(pieces: impl IntoIterator<Item = &'a Values>) -> Values {
        let pieces: Vec<&Values> = pieces.into_iter().collect();
        let mut made = vec![Text::default()];
        for piece in &pieces {
            // What is missing on one way through is there on the way that is of use.
            let known = piece.iter().filter(|value| **value != Value::Null);
            let mut texts: Vec<Text> = known.map(Value::to_text).collect();
            if texts.is_empty() {
                texts.push(Value::Null.to_text());
            }
            let mut next = Vec::with_capacity(made.len() * texts.len());
            for start in &made {
                for text in &texts {
                    next.push(joined(start, text));
                }
            }
            next.dedup();
            if next.len() > MAX_ALTERNATIVES && next.len() <= MAX_LOOKED_AT {
                let values = next.into_iter().map(Value::Text).collect();
                let values = without_covered(told_apart(values));
                next = values.iter().map(Value::to_text).collect();
            }
            if next.len() > MAX_ALTERNATIVES {
                return Values::concat_in_common(&pieces);
            }
            if next.iter().any(Text::is_too_long) {
                return Values::hole(Why::TooLong);
            }
            made = next;
        }
        Values::collect(made.into_iter().map(Value::Text))
    }

    /// The string of too many combinations: pieces that have alternatives are what these have in common, those with the
    /// most first, until few enough combinations are left.
    fn concat_in_common(pieces: &[&Values]) -> Values {
        let there = |piece: &Values| {
            let known = piece.iter().filter(|value| **value != Value::Null);
            known.cloned().collect::<Vec<Value>>()
        };
        let mut left: Vec<Vec<Value>> = pieces.iter().map(|piece| there(piece)).collect();
        let count = |left: &[Vec<Value>]| {
            left.iter().fold(1, |count: usize, piece| {
                count.saturating_mul(piece.len().max(1))
            })
        };
        while count(&left) > MAX_ALTERNATIVES
            && let Some(most) = left.iter_mut().max_by_key(|piece| piece.len())
        {
            *most = vec![in_common(most)];
        }
        let mut made = vec![Text::default()];
        for piece in &left {
            let texts = match piece.as_slice() {
                [] => vec![Value::Null.to_text()],
                some => some.iter().map(Value::to_text).collect(),
            };
            made = made
                .iter()
                .flat_map(|start| texts.iter().map(move |text| joined(start, text)))
                .collect();
        }
        match made.iter().any(Text::is_too_long) {
            true => Values::hole(Why::TooLong),
            false => Values::collect(made.into_iter().map(Value::Text)),
        }
    }

    /// The one string all of this is, where it is known and is there at all.
    pub(crate) fn known(&self) -> Option<String> {
        match &*self.0 {
            [Value::Text(text)] | [Value::Text(text), Value::Null] => text.known(),
            _ => None,
        }
    }
}

fn joined(start: &Text, end: &Text) -> Text {
    let mut whole = start.clone();
    whole.append(end);
    whole
}
