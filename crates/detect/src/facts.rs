//! What one top-level statement of a file says, without where it says it.
//!
//! These are the facts that other files may depend on, so they hold no positions: a line typed above
//! moves every span of a file and changes none of its facts, and whatever was derived from them
//! stays valid. Positions stand beside them in [`Positions`], in parallel.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use blue_text::Span;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// An identifier as the source spells it.
pub type Name = SmolStr;

/// A symbolic expression: what can be said of a value from one statement's syntax alone. Indices
/// (`Func`, `Class`, `Call`, `Local`) point into the [`Facts`] that hold the expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Expr {
    /// Not followed, with the kind of syntax that stopped it.
    Unknown(Name),
    /// A string literal, escapes decoded.
    Text(SmolStr),
    /// A regular expression of JavaScript's, by its source between the slashes.
    Regex(SmolStr),
    /// An integer literal.
    Int(i64),
    /// Another number, as JSON writes it.
    Number(SmolStr),
    /// `True`, `true`.
    Bool(bool),
    /// `None`, `null`, `undefined`.
    Null,
    /// The pieces of an f-string or template, in order.
    Concat(Vec<Expr>),
    /// An operator with two sides.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// A name that no enclosing function binds: the module's own, imported or built in.
    Name(Name),
    /// A value bound inside a function of these facts, at one place of its body.
    Local {
        /// The function that binds it.
        func: u32,
        /// Into [`Function::bindings`].
        index: u32,
    },
    /// A parameter of an enclosing function.
    Param {
        /// The function whose parameter it is.
        func: u32,
        /// Into [`Function::params`].
        index: u32,
    },
    /// `object.name`.
    Attr(Box<Expr>, Name),
    /// `object[index]`.
    Index(Box<Expr>, Box<Expr>),
    /// `object[start:end]`; an end that is not given is [`Expr::Null`].
    Slice(Box<Expr>, Box<(Expr, Expr)>),
    /// A call, by its index in [`Facts::calls`].
    Call(u32),
    /// A list, tuple, set or array.
    List(Vec<Expr>),
    /// A dict or object: key and value; a spread has no key.
    Map(Vec<(Option<Expr>, Expr)>),
    /// `*xs`, `...xs` inside a list.
    Spread(Box<Expr>),
    /// One of several, by the way the program took.
    Alt(Vec<Expr>),
    /// Any element of a collection (a loop's or a comprehension's variable).
    Each(Box<Expr>),
    /// `self`, `this`: the instance whose class is given.
    This(u32),
    /// `this` in a function that stands in no class: what the function is called on.
    Receiver,
    /// A value, and the name of the type it is declared to have: what is asked where the value says
    /// nothing.
    Declared(Box<(Expr, Expr)>),
    /// A function of these facts, as a value.
    Func(u32),
    /// A class of these facts, as a value.
    Class(u32),
    /// An imported thing, by its index in [`Facts::imports`].
    Import(u32),
    /// A name of the module as it stood here: an index in [`Facts::definitions`].
    Own(u32),
    /// A list that holds every alternative of its element (a comprehension).
    Every(Box<Expr>),
    /// A dict of every alternative of its entry (a comprehension): key and value.
    EveryEntry(Box<(Expr, Expr)>),
    /// A collection of which a condition leaves some elements out.
    Filtered(Box<Expr>),
    /// A set: its elements are in no order.
    Set(Box<Expr>),
    /// A value that is there where a guard holds: an index in [`Facts::guards`].
    When(u32, Box<Expr>),
}

impl Expr {
    /// The value itself, under whatever guards it stands.
    pub(crate) fn bare(&self) -> &Expr {
        let mut at = self;
        while let Expr::When(_, inner) = at {
            at = inner;
        }
        at
    }
}

/// The operators that can make a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    /// `+`
    Add,
    /// `/` (pathlib joins with it)
    Divide,
    /// `%` (printf-style formatting)
    Percent,
    /// `or`, `||`, `??`: the left side, or the right one where the left is missing.
    Or,
    /// `-` of numbers
    Subtract,
    /// `*` of numbers
    Multiply,
    /// `//` of numbers
    FloorDivide,
    /// `|` (dicts and sets are merged with it)
    Merge,
    /// `==`, `===`
    Equal,
    /// `in`
    In,
    /// `parts[::2]`, `name[::-1]`: in steps; those of -1 turn it round.
    Step,
}

/// A condition that the arguments of a call may decide.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Test {
    /// The value counts as true.
    True(Expr),
    /// Both are the same; the name by which the first is called, where it has one.
    Equal(Expr, Expr, Option<Name>),
    /// The first is an element of the second, or a part of it.
    In(Expr, Expr),
    /// The first is a smaller number than the second.
    Less(Expr, Expr),
    /// The other one does not hold.
    Not(Box<Test>),
    /// Both hold.
    And(Box<[Test; 2]>),
    /// One of them holds.
    Or(Box<[Test; 2]>),
    /// The other one holds, and more that nobody can tell.
    Needs(Box<Test>),
}

/// Under which condition a place of a function is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Guard {
    /// What is asked.
    pub test: Test,
    /// The answer that leads here.
    pub holds: bool,
    /// The guard that this one stands under: an index in [`Facts::guards`].
    pub outer: Option<u32>,
    /// How many guards it stands under.
    pub depth: u32,
}

/// How a module names another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Import {
    /// As written: `..models.paths`, `./paths.js`, `@aws-sdk/client-s3`.
    pub module: SmolStr,
    /// What is taken from it.
    pub item: ImportItem,
}

/// What an import binds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ImportItem {
    /// The module itself (`import x.y as z`, `import * as z`, `require("x")`).
    Module,
    /// One of its names (`default` for a default export).
    Named(Name),
    /// All of its names (`from x import *`, `export * from`).
    All,
}

/// A name that a statement binds at the level of the module.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Definition {
    /// The name other modules ask for.
    pub name: Name,
    /// Its value.
    pub value: Expr,
    /// Whether it stands under a condition, so that an earlier definition may hold as well.
    pub conditional: bool,
    /// Whether other modules alone see it (`exports.load = …`): a name of the module that is called the same is another one.
    pub exported: bool,
}

/// What kind of parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParamKind {
    /// By position or by name.
    Plain,
    /// `*args`, `...rest`.
    Rest,
    /// `**kwargs`.
    RestMap,
    /// By name alone (after `*`).
    KeywordOnly,
}

/// The method that stands for what a loop over pairs goes through: no program has one of that name.
pub(crate) const PAIRS: &str = "=pairs";

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Param {
    /// Empty where it is destructured (its names are then bindings that index it).
    pub name: Name,
    /// What kind.
    pub kind: ParamKind,
    /// Its value where a caller gives none.
    pub default: Option<Expr>,
    /// Its annotation, where that is a name or an attribute.
    pub annotation: Option<Expr>,
    /// What the call gives it that the function is an argument of, in terms of the function around:
    /// an element of the list in `keys.forEach((key) => …)`.
    pub given: Option<Expr>,
}

/// How a function is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FunctionKind {
    /// Called by its name.
    Plain,
    /// Called on an instance; in Python its first parameter is that instance.
    Method,
    /// `@staticmethod`, `static`.
    Static,
    /// `@classmethod`: its first parameter is the class.
    ClassMethod,
    /// `@property`, `get x()`: read, not called.
    Property,
    /// An entry of an object, a field of a class: called on what has it.
    Member,
}

/// A function, method, lambda or arrow.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Function {
    /// Empty for a lambda, and for what sets a property.
    pub name: Name,
    /// How it is reached.
    pub kind: FunctionKind,
    /// The class that holds it.
    pub class: Option<u32>,
    /// The function that encloses it.
    pub parent: Option<u32>,
    /// In order, without Python's `self` or `cls`.
    pub params: Vec<Param>,
    /// Every value bound in its body, in source order.
    pub bindings: Vec<Expr>,
    /// What each `return` returns.
    pub returns: Vec<Expr>,
    /// The type that it is declared to return, where that may be a class of the repository; with nothing as the other
    /// alternative where it may be missing.
    pub returned: Option<Expr>,
    /// The calls in it and in the functions it holds: a range of [`Facts::calls`].
    pub calls: Range<u32>,
    /// Whether it reads [`Expr::Receiver`], or a function in it does.
    pub reads_receiver: bool,
}

impl Function {
    /// Whether it is found by its name on an object. What sets a property has none.
    pub fn is_method(&self) -> bool {
        !self.name.is_empty() && (self.class.is_some() || self.kind == FunctionKind::Member)
    }
}

/// A class, enum or interface with values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// What it extends.
    pub bases: Vec<Expr>,
    /// The interfaces it says it implements; of an interface, those it extends.
    pub implements: Vec<Expr>,
    /// Attributes of the class, enum members, field defaults.
    pub attributes: Vec<(Name, Expr)>,
    /// Attributes of an instance: set in its constructor, or a constructor parameter property.
    pub fields: Vec<(Name, Expr)>,
    /// Types of fields, where annotated by a name.
    pub annotations: Vec<(Name, Expr)>,
    /// Types of the members of an interface, where these may be one of a few texts, or another interface.
    pub members: Vec<(Name, Expr)>,
    /// Its functions, by index.
    pub methods: Vec<u32>,
    /// The function that makes an instance (`__init__`, `constructor`).
    pub constructor: Option<u32>,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Arg {
    /// Its name, for a keyword argument.
    pub keyword: Option<Name>,
    /// How it is passed.
    pub kind: ArgKind,
    /// Its value.
    pub value: Expr,
}

/// How an argument is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ArgKind {
    /// As itself.
    Plain,
    /// `*args`, `...args`.
    Spread,
    /// `**kwargs`.
    SpreadMap,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Call {
    /// What is called.
    pub callee: Expr,
    /// With what.
    pub args: Vec<Arg>,
    /// The innermost function around it.
    pub func: Option<u32>,
    /// Under which condition of that function it is made: an index in [`Facts::guards`].
    pub guard: Option<u32>,
}

impl Call {
    /// The last name of the callee: `put_object` of `self.s3.put_object`. It is what callers are
    /// looked up by.
    pub fn callee_name(&self) -> Option<&Name> {
        match &self.callee {
            Expr::Name(name) | Expr::Attr(_, name) => Some(name),
            _ => None,
        }
    }
}

/// All that one top-level statement says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// A hash of the text the facts come from: with a file it identifies the statement, wherever
    /// in the file it stands.
    pub id: u64,
    /// Names bound at the level of the module.
    pub definitions: Vec<Definition>,
    /// Imports, whatever the scope they stand in.
    pub imports: Vec<Import>,
    /// Functions, outer ones before the ones they hold.
    pub functions: Vec<Function>,
    /// Classes.
    pub classes: Vec<Class>,
    /// Calls; an argument's calls stand before the call.
    pub calls: Vec<Call>,
    /// Changes in place of what an earlier statement bound (`QUEUES.append("retries")`): the name,
    /// and what it is worth after it, in terms of what it was worth before ([`Expr::Name`]).
    pub changes: Vec<(Name, Expr)>,
    /// The conditions of branches, outer ones before the ones under them.
    pub guards: Vec<Guard>,
}

impl Facts {
    /// The name that an import takes from a module; `None` where it takes the module, or all that is in it.
    pub(crate) fn import_name(&self, import: u32) -> Option<&Name> {
        match &self.imports[import as usize].item {
            ImportItem::Named(name) => Some(name),
            ImportItem::Module | ImportItem::All => None,
        }
    }
}

impl Hash for Facts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// Where a call stands. Bytes, relative to the start of its top-level statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPositions {
    /// The whole call.
    pub call: Span,
    /// The arguments, in parallel to [`Call::args`].
    pub args: Vec<SpanTree>,
    /// The innermost statement around the call.
    pub statement: Span,
}

/// The span of an expression, and of the elements of a literal collection in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct SpanTree {
    /// The whole expression.
    pub span: Span,
    /// In parallel to the elements of [`Expr::List`], the entries of [`Expr::Map`] or the sides of
    /// [`Expr::Binary`]; empty for any other expression.
    pub children: Vec<SpanTree>,
}

/// The positions that belong to some [`Facts`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactPositions {
    /// In parallel to [`Facts::calls`].
    pub calls: Vec<CallPositions>,
    /// The values, in parallel to [`Facts::definitions`].
    pub definitions: Vec<SpanTree>,
    /// In parallel to [`Facts::classes`].
    pub classes: Vec<ClassPositions>,
    /// What is put in, in parallel to [`Facts::changes`].
    pub changes: Vec<SpanTree>,
}

/// Where the values of a class stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassPositions {
    /// In parallel to [`Class::attributes`].
    pub attributes: Vec<SpanTree>,
    /// In parallel to [`Class::fields`].
    pub fields: Vec<SpanTree>,
}

/// A file without its positions: what other files may depend on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Interface {
    /// One per top-level statement that says anything, in source order.
    pub items: Vec<Arc<Facts>>,
    /// Made from the items when it is first asked.
    #[serde(skip)]
    pub(crate) index: crate::index::NameIndex,
}

impl PartialEq for Interface {
    fn eq(&self, other: &Interface) -> bool {
        self.items == other.items
    }
}
impl Eq for Interface {}

/// Where the facts of a file stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Positions {
    /// In parallel to [`Interface::items`]: the byte offset the positions are relative to.
    pub items: Vec<(u32, Arc<FactPositions>)>,
    /// What comments tell Blue, by line.
    pub directives: Vec<crate::directives::Directive>,
    /// Statements that hold a syntax error.
    pub broken: Vec<Span>,
}

/// All that is known of one file from its text alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What other files may depend on.
    pub interface: Arc<Interface>,
    /// Where it stands.
    pub positions: Arc<Positions>,
}

/// A stable hash of some bytes, for identity within one run.
pub(crate) fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
