//! From the syntax tree of one top-level statement to its [`Facts`].
//!
//! One walker serves every language: it asks for the role of a node (`queries/`), never for what a
//! grammar calls it. It follows the order in which a program runs, so that a name stands for the
//! values that can have reached it: the last assignment, or one of several after a branch.

use blue_text::Span;
use tree_sitter::Node;

use crate::facts::{
    Class, ClassPositions, Definition, Expr, FactPositions, Facts, Function, FunctionKind, Import,
    ImportItem, Name, Operator, Param, ParamKind, SpanTree, hash_of,
};
use crate::language::{Dialect, Language};
use crate::roles::{Part, Role, Roles};
use crate::scope::{Scope, ScopeKind};
use crate::transpiled::EXPORTS;

/// More values than this reaching one name at once are not told apart.
pub(crate) const MAX_ALTERNATIVES: usize = 8;

/// Code nested deeper than this says nothing: no person wrote it, and every step over an expression
/// recurses as deep as it is nested.
const MAX_NESTING: usize = 1_000;

/// What a walk needs of the stack before it asks for more.
pub(crate) const RED_ZONE: usize = 128 * 1024;
pub(crate) const STACK_STEP: usize = 2 * 1024 * 1024;

pub(crate) struct Walker<'t> {
    pub(crate) text: &'t str,
    pub(crate) language: Language,
    pub(crate) roles: Roles<'t>,
    pub(crate) facts: Facts,
    pub(crate) positions: FactPositions,
    pub(crate) scopes: Vec<Scope>,
    /// Byte offset of the statement in its file.
    pub(crate) base: usize,
    pub(crate) statement: Span,
    /// Where the value stands that is being bound; nothing: in the statement.
    value_at: Option<SpanTree>,
    /// How many branches and loops of the function are around.
    pub(crate) branches: u32,
    /// How many loops.
    pub(crate) loops: u32,
    /// Under which condition of the function this is reached.
    pub(crate) guard: Option<u32>,
    decorators: Vec<String>,
    /// Whether what the function yields is what `with` is given.
    is_context: bool,
    /// What options of the command line are where nobody gives them, as decorators say.
    options: Vec<(Name, Expr)>,
    /// Expressions that somebody asks for.
    pub(crate) wanted: Option<Wanted>,
    /// What the function that is walked next is given, by the place of its parameters.
    pub(crate) given: Vec<Option<Expr>>,
}

/// Expressions that are asked for by their nodes, with the answers: what each says, and the function
/// around it.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) nodes: rustc_hash::FxHashSet<usize>,
    pub(crate) found: rustc_hash::FxHashMap<usize, (Expr, Option<u32>)>,
}

/// The facts of a top-level statement, and where they stand.
pub(crate) fn facts_of(node: Node<'_>, text: &str, dialect: Dialect) -> (Facts, FactPositions) {
    if is_nested_too_deep(node) {
        return (Facts::default(), FactPositions::default());
    }
    let walker = walk(node, text, dialect, None);
    (walker.facts, walker.positions)
}

/// What some expressions of a top-level statement say, in the terms of its [`Facts`]; nothing of a
/// node that is no expression.
pub(crate) fn expressions_of(
    node: Node<'_>,
    text: &str,
    dialect: Dialect,
    wanted: Wanted,
) -> Wanted {
    if is_nested_too_deep(node) {
        return Wanted::default();
    }
    walk(node, text, dialect, Some(wanted))
        .wanted
        .unwrap_or_default()
}

fn walk<'t>(node: Node<'t>, text: &'t str, dialect: Dialect, wanted: Option<Wanted>) -> Walker<'t> {
    let mut walker = Walker {
        text,
        language: dialect.language(),
        roles: dialect.roles().roles(node, text),
        facts: Facts {
            id: hash_of(&text[node.byte_range()]),
            ..Facts::default()
        },
        positions: FactPositions::default(),
        scopes: vec![Scope::new(ScopeKind::Module)],
        base: node.start_byte(),
        statement: Span::default(),
        value_at: None,
        branches: 0,
        loops: 0,
        guard: None,
        decorators: Vec::new(),
        is_context: false,
        options: Vec::new(),
        wanted,
        given: Vec::new(),
    };
    walker.statement = walker.span(node);
    walker.visit(node);
    walker
}

impl<'t> Walker<'t> {
    pub(crate) fn span(&self, node: Node<'t>) -> Span {
        Span::new(
            (node.start_byte() - self.base) as u32,
            (node.end_byte() - self.base) as u32,
        )
    }

    pub(crate) fn source(&self, node: Node<'t>) -> &'t str {
        &self.text[node.byte_range()]
    }

    pub(crate) fn role(&self, node: Node<'t>) -> Option<Role> {
        self.roles.role(node)
    }

    pub(crate) fn innermost(&mut self) -> &mut Scope {
        // The module's scope is never popped.
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    /// The innermost function around this point.
    pub(crate) fn function(&self) -> Option<u32> {
        self.scopes.iter().rev().find_map(|scope| match scope.kind {
            ScopeKind::Function(index) => Some(index),
            _ => None,
        })
    }

    /// The innermost class around this point.
    pub(crate) fn class(&self) -> Option<u32> {
        self.scopes.iter().rev().find_map(|scope| match scope.kind {
            ScopeKind::Class(index) => Some(index),
            _ => None,
        })
    }

    /// What a name stands for here.
    pub(crate) fn lookup(&self, name: &str) -> Expr {
        for (depth, scope) in self.scopes.iter().rev().enumerate() {
            // A class's names are seen in its body, not in its methods.
            if depth > 0 && matches!(scope.kind, ScopeKind::Class(_)) {
                continue;
            }
            if let Some(values) = scope.get(name) {
                return one_of(values.to_vec());
            }
        }
        Expr::Name(name.into())
    }

    /// Visits a statement, or an expression whose value nobody asks for.
    pub(crate) fn visit(&mut self, node: Node<'t>) {
        stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.visit_here(node));
    }

    fn visit_here(&mut self, node: Node<'t>) {
        if is_statement(node) {
            self.statement = self.span(node);
        }
        match self.role(node) {
            Some(Role::Function) => {
                let name = self
                    .roles
                    .part(node, Part::Name)
                    .map(|name| self.source(name));
                let index = self.function_at(node);
                if let Some(name) = name {
                    self.bind_name(name, Expr::Func(index));
                }
            }
            Some(Role::Class | Role::Enum) => {
                let name = self
                    .roles
                    .part(node, Part::Name)
                    .map(|name| self.source(name));
                let index = self.class_at(node);
                if let Some(name) = name {
                    self.bind_name(name, Expr::Class(index));
                }
            }
            Some(Role::Decorated) => self.decorated(node),
            Some(Role::Branch) => self.branch(node),
            Some(Role::Attempt) => self.attempt(node),
            Some(Role::Loop) => self.repeat(node),
            Some(Role::Return) => {
                let value = self
                    .roles
                    .part(node, Part::Value)
                    .map(|value| self.expr(value));
                if let (Some(value), Some(func)) = (value, self.function()) {
                    let value = self.when(self.guard, value);
                    self.facts.functions[func as usize].returns.push(value);
                }
            }
            Some(Role::Assign | Role::Augment) => self.assign(node),
            Some(Role::Field) => self.field(node),
            Some(Role::Member) => self.member(node),
            Some(
                Role::ImportModule
                | Role::ImportAs
                | Role::ImportFrom
                | Role::ImportEs
                | Role::ImportRequire,
            ) => self.import(node),
            Some(Role::Export) => self.export(node),
            Some(Role::Block | Role::Exit | Role::Arm) | None => self.visit_children(node),
            Some(_) => {
                self.expr(node);
            }
        }
    }

    pub(crate) fn visit_children(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        let children: Vec<_> = node.named_children(&mut cursor).collect();
        for child in children {
            self.visit(child);
        }
    }

    fn decorated(&mut self, node: Node<'t>) {
        let mut texts = Vec::new();
        let first_call = self.facts.calls.len();
        for decorator in self.roles.parts(node, Part::Decorator) {
            self.visit_children(decorator);
            texts.push(
                self.source(decorator)
                    .trim_start_matches('@')
                    .trim()
                    .to_owned(),
            );
        }
        self.decorators = texts;
        self.options = self.facts.calls[first_call..]
            .iter()
            .filter_map(option_of)
            .collect();
        if let Some(definition) = self.roles.part(node, Part::Definition) {
            self.visit(definition);
        }
        self.decorators.clear();
        self.options.clear();
    }

    /// `yield value`: one of what the function gives, or what `with` is given.
    pub(crate) fn yielded(&mut self, node: Node<'t>) {
        let Some(value) = self.roles.part(node, Part::Value) else {
            return self.visit_children(node);
        };
        let value = self.expr(value);
        let is_whole = self.is_context || self.source(node).starts_with("yield from");
        let value = match is_whole {
            true => value,
            false => Expr::Every(Box::new(value)),
        };
        let value = self.when(self.guard, value);
        if let Some(func) = self.function() {
            self.facts.functions[func as usize].returns.push(value);
        }
    }

    fn assign(&mut self, node: Node<'t>) {
        let value_node = self.roles.part(node, Part::Value);
        let Some(target) = self.roles.part(node, Part::Target) else {
            return self.visit_children(node);
        };
        let value = value_node.map(|value| self.expr(value));
        self.stands_at(value_node);
        if let Some(value) = value_node {
            self.names_exports(target, value);
        }
        if self.role(node) == Some(Role::Augment) {
            let Some(value) = value else { return };
            let operator = self
                .roles
                .part(node, Part::Operator)
                .map(|op| self.source(op));
            let old = self.expr(target);
            let new = match operator {
                Some("+=") => Expr::Binary(Operator::Add, Box::new(old), Box::new(value)),
                Some("/=") => Expr::Binary(Operator::Divide, Box::new(old), Box::new(value)),
                Some("||=" | "??=") => Expr::Binary(Operator::Or, Box::new(old), Box::new(value)),
                _ => Expr::Unknown("augmented assignment".into()),
            };
            return self.bind(target, new);
        }
        let annotation = self.roles.part(node, Part::Type);
        let annotation = annotation.map(|annotation| {
            let named = self.annotation(annotation);
            // A field of another type is one all the same: they are counted.
            named.unwrap_or_else(|| Expr::Unknown("type".into()))
        });
        if let (Some(annotation), ScopeKind::Class(class)) = (annotation, self.innermost().kind) {
            let name = self.source(target).into();
            self.facts.classes[class as usize]
                .annotations
                .push((name, annotation));
        }
        if let Some(value) = value {
            self.bind(target, value);
        }
        self.value_at = None;
    }

    /// Notes where the value stands that is about to be bound, where anybody may ask.
    fn stands_at(&mut self, value: Option<Node<'t>>) {
        self.value_at = match self.innermost().kind {
            ScopeKind::Function(_) => None,
            _ => value.map(|value| self.span_tree(value)),
        };
    }

    /// Where the value stands that is being bound.
    fn place(&self) -> SpanTree {
        self.value_at.clone().unwrap_or_else(|| SpanTree {
            span: self.statement,
            children: Vec::new(),
        })
    }

    /// Gives an attribute to a class, or to its instances a field.
    fn add_attribute(&mut self, class: u32, name: Name, value: Expr) {
        let at = self.place();
        self.facts.classes[class as usize]
            .attributes
            .push((name, value));
        self.positions.classes[class as usize].attributes.push(at);
    }

    fn add_field(&mut self, class: u32, name: Name, value: Expr) {
        let at = self.place();
        self.facts.classes[class as usize]
            .fields
            .push((name, value));
        self.positions.classes[class as usize].fields.push(at);
    }

    /// Binds the names of a target to (parts of) a value.
    pub(crate) fn bind(&mut self, target: Node<'t>, value: Expr) {
        stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.bind_here(target, value));
    }

    fn bind_here(&mut self, target: Node<'t>, value: Expr) {
        match self.role(target) {
            Some(Role::Name) => self.bind_name(self.source(target), value),
            Some(Role::PatternList | Role::List) => {
                let mut cursor = target.walk();
                let children: Vec<_> = target.children(&mut cursor).collect();
                let value = self.shared(value);
                self.stands_whole();
                let mut index = 0;
                for child in children {
                    match child.kind() {
                        "," => index += 1,
                        _ if !child.is_named() || child.is_extra() => {}
                        _ => self.bind_element(child, &value, index),
                    }
                }
            }
            Some(Role::PatternMap) => {
                let value = self.shared(value);
                self.stands_whole();
                self.bind_map(target, &value);
            }
            Some(Role::Param) => {
                let default = self
                    .roles
                    .part(target, Part::Default)
                    .map(|node| self.expr(node));
                let value = match default {
                    Some(default) => Expr::Binary(Operator::Or, Box::new(value), Box::new(default)),
                    None => value,
                };
                if let Some(inner) = self.roles.part(target, Part::Target) {
                    self.bind(inner, value);
                }
            }
            Some(Role::Rest) => {
                if let Some(inner) = self.roles.part(target, Part::Target) {
                    self.bind(inner, Expr::Unknown("rest of a pattern".into()));
                }
            }
            Some(Role::Attribute) => self.bind_attribute(target, value),
            Some(Role::Index) => {
                let index = self.roles.parts(target, Part::Index).into_iter().next();
                let key = index.map(|index| self.expr(index));
                if let Some(object) = self.roles.part(target, Part::Object) {
                    self.change(object, |old| Expr::Map(vec![(None, old), (key, value)]));
                }
            }
            Some(Role::Inner) => {
                if let Some(inner) = self.roles.part(target, Part::Value) {
                    self.bind(inner, value);
                }
            }
            _ => self.visit_children(target),
        }
    }

    /// Of a part of a value it is not known where in it it stands.
    fn stands_whole(&mut self) {
        if let Some(at) = &mut self.value_at {
            at.children.clear();
        }
    }

    /// A value that several names take a part of, bound once where it is more than a name: each
    /// part would hold a copy of it otherwise.
    pub(crate) fn shared(&mut self, value: Expr) -> Expr {
        let mut at = &value;
        while let Expr::Index(object, _)
        | Expr::Slice(object, _)
        | Expr::Attr(object, _)
        | Expr::When(_, object)
        | Expr::Each(object) = at
        {
            at = object;
        }
        let is_large = matches!(
            at,
            Expr::List(_)
                | Expr::Map(_)
                | Expr::Alt(_)
                | Expr::Concat(_)
                | Expr::Binary(..)
                | Expr::Every(_)
                | Expr::EveryEntry(_)
                | Expr::Set(_)
        );
        if !is_large {
            return value;
        }
        match self.innermost().kind {
            ScopeKind::Module => {
                self.define(Name::default(), value);
                Expr::Own((self.facts.definitions.len() - 1) as u32)
            }
            ScopeKind::Function(func) => {
                let bindings = &mut self.facts.functions[func as usize].bindings;
                bindings.push(value);
                let index = (bindings.len() - 1) as u32;
                Expr::Local { func, index }
            }
            ScopeKind::Class(_) => value,
        }
    }

    /// Binds what stands at a place of a pattern: an element, or those from there on.
    fn bind_element(&mut self, node: Node<'t>, value: &Expr, index: i64) {
        let at = Expr::Int(index);
        if self.role(node) == Some(Role::Rest)
            && let Some(inner) = self.roles.part(node, Part::Target)
        {
            let rest = Expr::Slice(Box::new(value.clone()), Box::new((at, Expr::Null)));
            return self.bind(inner, rest);
        }
        self.bind(node, Expr::Index(Box::new(value.clone()), Box::new(at)));
    }

    fn bind_map(&mut self, target: Node<'t>, value: &Expr) {
        let mut cursor = target.walk();
        let children: Vec<_> = target.named_children(&mut cursor).collect();
        for child in children {
            let (key, inner) = match self.role(child) {
                Some(Role::Name) => (Some(self.source(child)), Some(child)),
                Some(Role::Pair) => (
                    self.roles
                        .part(child, Part::Key)
                        .map(|key| self.source(key)),
                    self.roles.part(child, Part::Value),
                ),
                Some(Role::Param) => (
                    self.roles
                        .part(child, Part::Target)
                        .map(|target| self.source(target)),
                    Some(child),
                ),
                // What is left has all but a few of the entries.
                Some(Role::Rest) => {
                    if let Some(inner) = self.roles.part(child, Part::Target) {
                        self.bind(inner, value.clone());
                    }
                    continue;
                }
                _ => (None, Some(child)),
            };
            let Some(inner) = inner else { continue };
            let part = match key {
                Some(key) => {
                    let key = key.trim_matches(['"', '\'']);
                    Expr::Index(Box::new(value.clone()), Box::new(Expr::Text(key.into())))
                }
                None => Expr::Unknown("rest of a pattern".into()),
            };
            self.bind(inner, part);
        }
    }

    /// A local name that stands for something changed in place: `params["Key"] = key`,
    /// `params.update(…)`, `keys.append(key)`.
    pub(crate) fn change(&mut self, object: Node<'t>, change: impl FnOnce(Expr) -> Expr) {
        if self.role(object) != Some(Role::Name) {
            return self.visit(object);
        }
        let name = self.source(object);
        let is_bound_here = self.innermost().get(name).is_some();
        if is_bound_here {
            let changed = change(self.lookup(name));
            self.bind_name(name, changed);
        } else if self.is_bound_before(name) {
            let old = SpanTree {
                span: self.span(object),
                children: Vec::new(),
            };
            let at = SpanTree {
                span: self.statement,
                children: vec![old, self.place()],
            };
            self.change_at(name, change(Expr::Name(name.into())), at);
        }
    }

    /// Whether a name is the module's, and of an earlier statement if of any.
    pub(crate) fn is_bound_before(&mut self, name: &str) -> bool {
        self.scopes.len() == 1 && self.innermost().get(name).is_none()
    }

    /// Notes that the code here changes what an earlier statement bound.
    pub(crate) fn change_at(&mut self, name: &str, changed: Expr, at: SpanTree) {
        let changed = match self.branches {
            0 => changed,
            _ => Expr::Unknown("change under a condition".into()),
        };
        self.facts.changes.push((name.into(), changed));
        self.positions.changes.push(at);
    }

    /// `self.x = value` makes a field; `exports.x = value` a name of the module.
    fn bind_attribute(&mut self, target: Node<'t>, value: Expr) {
        let (Some(object), Some(name)) = (
            self.roles.part(target, Part::Object),
            self.roles.part(target, Part::Name),
        ) else {
            return;
        };
        let name: Name = self.source(name).trim_start_matches('#').into();
        self.name_function(&name, &value);
        self.is_member(&value);
        let object_text = self.source(object);
        if object_text == "exports" || object_text == "module.exports" {
            return self.define(name, value);
        }
        if object_text == "module" && name == "exports" {
            self.define_exports(&value);
            if let Expr::Name(own) = &value {
                self.define(EXPORTS.into(), Expr::Text(own.clone()));
            }
            return self.define("default".into(), value);
        }
        match self.expr(object) {
            Expr::This(class) => self.add_field(class, name, value),
            Expr::Class(class) => self.add_attribute(class, name, value),
            Expr::Name(_) if self.class_named(object_text).is_some() => {
                if let Some(class) = self.class_named(object_text) {
                    self.add_attribute(class, name, value);
                }
            }
            _ => {
                // A class may be given attributes by later statements, and anything functions.
                let is_attached = object_text.starts_with(char::is_uppercase)
                    || (matches!(value, Expr::Func(_)) && !object_text.contains('.'));
                if self.scopes.len() == 1 && is_attached {
                    let dotted = format!("{object_text}.{name}");
                    self.define(dotted.into(), value.clone());
                }
                let key = Some(Expr::Text(name));
                self.change(object, |old| Expr::Map(vec![(None, old), (key, value)]));
            }
        }
    }

    /// The class around this point, where it has that name.
    fn class_named(&self, name: &str) -> Option<u32> {
        self.class()
            .filter(|class| self.facts.classes[*class as usize].name == name)
    }

    pub(crate) fn define(&mut self, name: Name, value: Expr) {
        // `module.exports = { x }` gives what the module has already.
        if value == Expr::Name(name.clone()) {
            return;
        }
        let conditional = self.branches > 0;
        let at = self.place();
        self.positions.definitions.push(at);
        self.facts.definitions.push(Definition {
            name,
            value,
            conditional,
        });
    }

    /// A function that has no name of its own is known by the one it is given.
    pub(crate) fn name_function(&mut self, name: &str, value: &Expr) {
        if let Expr::Func(index) = value
            && let function = &mut self.facts.functions[*index as usize]
            && function.name.is_empty()
        {
            function.name = name.into();
        }
        if let Expr::Call(call) = value {
            self.name_made(name, *call);
        }
    }

    /// Binds a name in the innermost scope.
    pub(crate) fn bind_name(&mut self, name: &str, value: Expr) {
        self.name_function(name, &value);
        let bound = match self.innermost().kind {
            ScopeKind::Module => {
                let before = self.facts.definitions.len();
                self.define(name.into(), value);
                if self.facts.definitions.len() == before {
                    return;
                }
                Expr::Own(before as u32)
            }
            ScopeKind::Function(func) => {
                let bindings = &mut self.facts.functions[func as usize].bindings;
                bindings.push(value);
                Expr::Local {
                    func,
                    index: (bindings.len() - 1) as u32,
                }
            }
            ScopeKind::Class(class) => {
                self.add_attribute(class, name.into(), value);
                Expr::Attr(Box::new(Expr::Class(class)), name.into())
            }
        };
        self.innermost().set(name.into(), vec![bound]);
    }

    /// Walks a function and returns its index.
    pub(crate) fn function_at(&mut self, node: Node<'t>) -> u32 {
        let index = self.facts.functions.len() as u32;
        let in_class = match self.innermost().kind {
            ScopeKind::Class(class) => Some(class),
            _ => None,
        };
        let name = self
            .roles
            .part(node, Part::Name)
            .map_or("", |name| self.source(name));
        let is_context = self
            .decorators
            .iter()
            .any(|decorator| decorator.ends_with("contextmanager"));
        let kind = self.function_kind(node, in_class);
        let parent = self.function();
        self.facts.functions.push(Function {
            name: name.trim_start_matches('#').into(),
            kind,
            class: in_class,
            parent,
            params: Vec::new(),
            bindings: Vec::new(),
            returns: Vec::new(),
            calls: 0..0,
        });
        if let Some(class) = in_class {
            let class = &mut self.facts.classes[class as usize];
            class.methods.push(index);
            if matches!(name, "__init__" | "constructor") {
                class.constructor = Some(index);
            }
        }
        let statement = self.statement;
        let around = (self.branches, self.loops, self.guard);
        (self.branches, self.loops, self.guard) = (0, 0, None);
        let options = std::mem::take(&mut self.options);
        let was_context = std::mem::replace(&mut self.is_context, is_context);
        self.scopes.push(Scope::new(ScopeKind::Function(index)));
        let first_call = self.facts.calls.len() as u32;
        self.params(node, index);
        for (name, default) in options {
            if self.innermost().get(&name).is_some() {
                self.innermost().set(name, vec![default]);
            }
        }
        if let Some(body) = self.roles.part(node, Part::Body) {
            if self.role(body) == Some(Role::Block) {
                self.visit(body);
            } else {
                let value = self.expr(body);
                self.facts.functions[index as usize].returns.push(value);
            }
        }
        self.scopes.pop();
        let calls = first_call..self.facts.calls.len() as u32;
        self.facts.functions[index as usize].calls = calls;
        (self.branches, self.loops, self.guard) = around;
        self.is_context = was_context;
        self.statement = statement;
        index
    }

    fn function_kind(&mut self, node: Node<'t>, class: Option<u32>) -> FunctionKind {
        let decorators = std::mem::take(&mut self.decorators);
        if class.is_none() {
            return FunctionKind::Plain;
        }
        let decorated = |name: &str| decorators.iter().any(|d| d == name || d.ends_with(name));
        if decorated("staticmethod") {
            return FunctionKind::Static;
        }
        if decorated("classmethod") {
            return FunctionKind::ClassMethod;
        }
        if decorated("property") || decorated("cached_property") {
            return FunctionKind::Property;
        }
        if self.language == Language::TypeScript {
            let name = self.roles.part(node, Part::Name).unwrap_or(node);
            let before = &self.text[node.start_byte()..name.start_byte()];
            let mut words = before.split_whitespace();
            if before.split_whitespace().any(|word| word == "static") {
                return FunctionKind::Static;
            }
            if words.any(|word| word == "get") {
                return FunctionKind::Property;
            }
        }
        FunctionKind::Method
    }

    pub(crate) fn param_nodes(&self, function: Node<'t>) -> Vec<Node<'t>> {
        let mut nodes = self.roles.parts(function, Part::Param);
        if let Some(list) = self.roles.part(function, Part::Params) {
            let mut cursor = list.walk();
            nodes.extend(list.named_children(&mut cursor));
        }
        nodes
    }

    fn params(&mut self, node: Node<'t>, func: u32) {
        let nodes = self.param_nodes(node);
        let mut given = std::mem::take(&mut self.given).into_iter();
        let function = &self.facts.functions[func as usize];
        let (kind, class) = (function.kind, function.class);
        let takes_instance = self.language == Language::Python
            && matches!(
                kind,
                FunctionKind::Method | FunctionKind::ClassMethod | FunctionKind::Property
            );
        let mut keyword_only = false;
        for (position, param) in nodes.into_iter().enumerate() {
            if self.role(param) == Some(Role::KeywordOnly) {
                keyword_only = true;
                continue;
            }
            if position == 0
                && takes_instance
                && let Some(class) = class
            {
                let value = match kind {
                    FunctionKind::ClassMethod => Expr::Class(class),
                    _ => Expr::This(class),
                };
                let name = self.source(param).into();
                self.innermost().set(name, vec![value]);
                continue;
            }
            let before = self.facts.functions[func as usize].params.len();
            self.param(param, func, keyword_only);
            let given = given.next().flatten();
            if let Some(param) = self.facts.functions[func as usize].params.get_mut(before) {
                param.given = given;
            }
        }
    }

    pub(crate) fn param(&mut self, node: Node<'t>, func: u32, keyword_only: bool) {
        let role = self.role(node);
        let (target, default, annotation) = match role {
            Some(Role::Param) => (
                self.roles.part(node, Part::Target).unwrap_or(node),
                self.roles.part(node, Part::Default),
                self.roles.part(node, Part::Type),
            ),
            Some(Role::Rest | Role::RestMap) => (
                self.roles.part(node, Part::Target).unwrap_or(node),
                None,
                None,
            ),
            Some(Role::Name | Role::PatternMap | Role::PatternList) => (node, None, None),
            _ => return,
        };
        let inner_role = self.role(target);
        let kind = match (role, inner_role) {
            (Some(Role::Rest), _) | (_, Some(Role::Rest)) => ParamKind::Rest,
            (Some(Role::RestMap), _) | (_, Some(Role::RestMap)) => ParamKind::RestMap,
            _ if keyword_only => ParamKind::KeywordOnly,
            _ => ParamKind::Plain,
        };
        let target = match inner_role {
            Some(Role::Rest | Role::RestMap) => {
                self.roles.part(target, Part::Target).unwrap_or(target)
            }
            _ => target,
        };
        let default = default.map(|default| self.expr(default));
        let annotation = annotation.and_then(|annotation| self.annotation(annotation));
        let plain = self.role(target) == Some(Role::Name);
        let name: Name = if plain {
            self.source(target).into()
        } else {
            Name::default()
        };
        let params = &mut self.facts.functions[func as usize].params;
        let value = Expr::Param {
            func,
            index: params.len() as u32,
        };
        params.push(Param {
            name: name.clone(),
            kind,
            default,
            annotation: annotation.clone(),
            given: None,
        });
        if plain {
            self.innermost().set(name.clone(), vec![value.clone()]);
        } else {
            self.bind(target, value.clone());
        }
        if role == Some(Role::Param) && is_parameter_property(self.source(node)) {
            let class = self.facts.functions[func as usize].class;
            if let Some(class) = class {
                self.add_field(class, name.clone(), value);
                self.facts.classes[class as usize]
                    .annotations
                    .extend(annotation.map(|annotation| (name, annotation)));
            }
        }
    }

    /// Walks a class or enum and returns its index.
    pub(crate) fn class_at(&mut self, node: Node<'t>) -> u32 {
        self.decorators.clear();
        let mut bases: Vec<Expr> = Vec::new();
        for base in self.roles.parts(node, Part::Base) {
            bases.push(self.expr(base));
        }
        if let Some(list) = self.roles.part(node, Part::Bases) {
            let mut cursor = list.walk();
            let children: Vec<_> = list.named_children(&mut cursor).collect();
            for child in children {
                let base = self.expr(child);
                bases.push(base);
            }
        }
        if self.role(node) == Some(Role::Enum) {
            // As Python spells it.
            bases.push(Expr::Name("Enum".into()));
        }
        let name = self
            .roles
            .part(node, Part::Name)
            .map_or("", |name| self.source(name));
        let index = self.facts.classes.len() as u32;
        self.positions.classes.push(ClassPositions::default());
        self.facts.classes.push(Class {
            name: name.into(),
            bases,
            attributes: Vec::new(),
            fields: Vec::new(),
            annotations: Vec::new(),
            methods: Vec::new(),
            constructor: None,
        });
        self.scopes.push(Scope::new(ScopeKind::Class(index)));
        if let Some(body) = self.roles.part(node, Part::Body) {
            self.visit_children(body);
        }
        self.scopes.pop();
        index
    }

    fn field(&mut self, node: Node<'t>) {
        let ScopeKind::Class(class) = self.innermost().kind else {
            return self.visit_children(node);
        };
        let Some(name_node) = self.roles.part(node, Part::Name) else {
            return;
        };
        let name: Name = self.source(name_node).trim_start_matches('#').into();
        let annotation = self
            .roles
            .part(node, Part::Type)
            .and_then(|annotation| self.annotation(annotation));
        let value_node = self.roles.part(node, Part::Value);
        let value = value_node.map(|value| self.expr(value));
        if let Some(value) = &value {
            self.name_function(&name, value);
            self.is_member(value);
        }
        let before = &self.text[node.start_byte()..name_node.start_byte()];
        self.facts.classes[class as usize]
            .annotations
            .extend(annotation.map(|annotation| (name.clone(), annotation)));
        let Some(value) = value else { return };
        self.stands_at(value_node);
        if before.split_whitespace().any(|word| word == "static") {
            self.add_attribute(class, name, value);
        } else {
            self.add_field(class, name, value);
        }
        self.value_at = None;
    }

    fn member(&mut self, node: Node<'t>) {
        let value_node = self.roles.part(node, Part::Value);
        let name = match (self.roles.part(node, Part::Name), value_node) {
            (Some(name), _) => name,
            // `enum Kind { Raw }`: the compiler counts.
            (None, None) => node,
            _ => return,
        };
        let value = match value_node {
            Some(value) => self.expr(value),
            None => Expr::Unknown("enum member without a value".into()),
        };
        if let ScopeKind::Class(class) = self.innermost().kind {
            let name = self.source(name).trim_matches(['"', '\'']).into();
            self.stands_at(Some(value_node.unwrap_or(node)));
            self.add_attribute(class, name, value);
            self.value_at = None;
        }
    }

    pub(crate) fn add_import(&mut self, module: &str, item: ImportItem) -> Expr {
        self.facts.imports.push(Import {
            module: module.into(),
            item,
        });
        Expr::Import((self.facts.imports.len() - 1) as u32)
    }

    fn import(&mut self, node: Node<'t>) {
        match self.role(node) {
            // `import a.b` binds `a`; the rest is reached as its attribute.
            Some(Role::ImportModule) => {
                let first = self.source(node).split('.').next().unwrap_or_default();
                let value = self.add_import(first, ImportItem::Module);
                self.bind_name(first, value);
            }
            Some(Role::ImportAs | Role::ImportRequire) => {
                let module = self
                    .roles
                    .part(node, Part::Module)
                    .map(|n| unquoted(self.source(n)));
                let alias = self.roles.part(node, Part::Alias).map(|n| self.source(n));
                if let (Some(module), Some(alias)) = (module, alias) {
                    let value = self.add_import(module, ImportItem::Module);
                    self.bind_name(alias, value);
                }
            }
            _ => self.import_names(node),
        }
    }

    fn import_names(&mut self, node: Node<'t>) {
        let Some(module) = self.roles.part(node, Part::Module) else {
            return;
        };
        let module = unquoted(self.source(module));
        for name in self.roles.parts(node, Part::Name) {
            let (name, alias) = self.alias(name);
            let value = self.add_import(module, ImportItem::Named(name));
            self.bind_name(&alias, value);
        }
        if let Some(name) = self.roles.part(node, Part::Default) {
            let value = self.add_import(module, ImportItem::Named("default".into()));
            self.bind_name(self.source(name), value);
        }
        if let Some(name) = self.roles.part(node, Part::Namespace) {
            let value = self.add_import(module, ImportItem::Module);
            self.bind_name(self.source(name), value);
        }
        if self.roles.part(node, Part::All).is_some() {
            self.add_import(module, ImportItem::All);
        }
    }

    fn alias(&self, node: Node<'t>) -> (Name, Name) {
        let name = self.roles.part(node, Part::Name).unwrap_or(node);
        let alias = self.roles.part(node, Part::Alias).unwrap_or(name);
        (
            unquoted(self.source(name)).into(),
            unquoted(self.source(alias)).into(),
        )
    }

    fn export(&mut self, node: Node<'t>) {
        let module = self
            .roles
            .part(node, Part::Module)
            .map(|module| unquoted(self.source(module)));
        for specifier in self.roles.parts(node, Part::Name) {
            let (name, alias) = self.alias(specifier);
            match module {
                Some(module) => {
                    let value = self.add_import(module, ImportItem::Named(name));
                    self.define(alias, value);
                }
                None if name != alias => self.define(alias, Expr::Name(name)),
                None => {}
            }
        }
        if let Some(module) = module {
            if let Some(namespace) = self.roles.part(node, Part::Namespace) {
                let value = self.add_import(module, ImportItem::Module);
                let name = namespace.named_child(0).unwrap_or(namespace);
                self.define(self.source(name).into(), value);
            } else if self.roles.part(node, Part::All).is_some() {
                self.add_import(module, ImportItem::All);
            }
        }
        if let Some(default) = self.roles.part(node, Part::Default) {
            let value = match self.role(default) {
                Some(Role::Function | Role::Class | Role::Enum) => {
                    let value = self.expr(default);
                    if let Some(name) = self.roles.part(default, Part::Name) {
                        self.bind_name(self.source(name), value.clone());
                    }
                    value
                }
                _ => self.expr(default),
            };
            self.stands_at(Some(default));
            self.define("default".into(), value);
            self.value_at = None;
        } else if let Some(declaration) = self.roles.part(node, Part::Declaration) {
            self.visit(declaration);
        }
    }
}

/// One value, or one of several.
pub(crate) fn one_of(mut values: Vec<Expr>) -> Expr {
    match values.len() {
        1 => values.remove(0),
        n if n > MAX_ALTERNATIVES => Expr::Unknown("too many alternatives".into()),
        _ => Expr::Alt(values),
    }
}

/// Whether a tree is deeper than [`MAX_NESTING`]. Walks without recursion.
fn is_nested_too_deep(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    let mut depth = 0;
    loop {
        if cursor.goto_first_child() {
            depth += 1;
            if depth > MAX_NESTING {
                return true;
            }
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
            depth -= 1;
        }
    }
}

fn is_statement(node: Node<'_>) -> bool {
    let kind = node.kind();
    kind.ends_with("_statement") || kind.ends_with("_declaration") || kind.ends_with("_definition")
}

/// `constructor(private readonly prefix: string)` declares a field.
fn is_parameter_property(source: &str) -> bool {
    let first = source.split_whitespace().next().unwrap_or_default();
    matches!(first, "private" | "public" | "protected" | "readonly")
}

fn unquoted(source: &str) -> &str {
    source.trim_matches(['"', '\'', '`'])
}

/// `@click.option("--prefix", default="raw")`: the parameter, and what it is where nobody gives it.
fn option_of(call: &crate::facts::Call) -> Option<(Name, Expr)> {
    let name = call.callee_name()?;
    if !matches!(name.as_str(), "option" | "argument") {
        return None;
    }
    let mut args = call.args.iter();
    let default = &args
        .find(|arg| arg.keyword.as_deref() == Some("default"))?
        .value;
    let is_plain = matches!(default, Expr::Text(_) | Expr::Concat(_) | Expr::Name(_));
    let name = crate::eval::option_name(&call.args).filter(|_| is_plain)?;
    Some((name, default.clone()))
}
