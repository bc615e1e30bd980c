//! From the syntax tree of one top-level statement to its [`Facts`].
//!
//! One walker serves every language: it asks for the role of a node (`queries/`), never for what a
//! grammar calls it. It follows the order in which a program runs, so that a name stands for the
//! values that can have reached it: the last assignment, or one of several after a branch.

use blue_text::Span;
use tree_sitter::Node;

use crate::facts::{Expr, FactPositions, Facts, Name, SpanTree, hash_of};
use crate::language::{Dialect, Language};
use crate::roles::{Part, Role, Roles};
use crate::scope::{Scope, ScopeKind};
use crate::walk_branch::Jumps;
use crate::walk_fields::Followed;

/// More values than this reaching one name at once are not told apart.
pub(crate) const MAX_ALTERNATIVES: usize = 8;

/// Code nested deeper than this says nothing: no person wrote it, and every step over an expression
/// recurses as deep as it is nested.
pub(crate) const MAX_NESTING: usize = 1_000;

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
    pub(crate) value_at: Option<SpanTree>,
    /// How many branches and loops of the function are around.
    pub(crate) branches: u32,
    /// How many loops.
    pub(crate) loops: u32,
    /// What jumps out of the innermost loop's round left names standing for.
    pub(crate) jumps: Option<Jumps>,
    /// The function around the innermost loop, and the first value that it bound in this round.
    pub(crate) round: Option<(u32, u32)>,
    /// Under which condition of the function this is reached.
    pub(crate) guard: Option<u32>,
    pub(crate) decorators: Vec<String>,
    /// Whether what the function yields is what `with` is given.
    pub(crate) is_context: bool,
    /// What the function yields, so far.
    pub(crate) yields: Vec<Expr>,
    /// What options of the command line are where nobody gives them, as decorators say.
    pub(crate) options: Vec<(Name, Expr)>,
    /// Expressions that somebody asks for.
    pub(crate) wanted: Option<Wanted>,
    /// What the function that is walked next is given, by the place of its parameters.
    pub(crate) given: Vec<Option<Expr>>,
    /// The fields that the constructor at hand makes of themselves.
    pub(crate) followed: Option<Followed>,
    /// Whether a parameter's default is walked, which sees the names of the class around.
    pub(crate) in_default: bool,
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
        jumps: None,
        round: None,
        guard: None,
        decorators: Vec::new(),
        is_context: false,
        yields: Vec::new(),
        options: Vec::new(),
        wanted,
        given: Vec::new(),
        followed: None,
        in_default: false,
    };
    walker.statement = walker.span(node);
    match walker.language {
        Language::Json => walker.exports_whole(node),
        _ => walker.visit(node),
    }
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
            // A class's names are seen in its body and by what its methods take by default, not in its methods.
            let is_seen = depth == 0 || depth == 1 && self.in_default;
            if !is_seen && matches!(scope.kind, ScopeKind::Class(_)) {
                continue;
            }
            if let Some(values) = scope.get(name) {
                return one_of(values.to_vec());
            }
            if depth > 0
                && let ScopeKind::Function(func) = scope.kind
                && let Some((_, index)) = scope.later.iter().find(|(known, _)| known == name)
            {
                return Expr::Local {
                    func,
                    index: *index,
                };
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
            Some(Role::Function)
                if let Some(name) = self.roles.part(node, Part::Name)
                    && self.is_constructor(node, self.source(name)) =>
            {
                let class = self.constructor_function(node, self.source(name));
                self.bind_name(self.source(name), class);
            }
            Some(Role::Function) => {
                let name = self
                    .roles
                    .part(node, Part::Name)
                    .map(|name| self.source(name));
                let index = self.function_at(node);
                let is_setter = self.facts.functions[index as usize].name.is_empty();
                if let Some(name) = name.filter(|_| !is_setter) {
                    self.bind_name(name, Expr::Func(index));
                }
            }
            Some(Role::Class | Role::Enum) => {
                self.visit_decorators(node);
                let name = self
                    .roles
                    .part(node, Part::Name)
                    .map(|name| self.source(name));
                let index = self.class_at(node);
                if let Some(name) = name {
                    self.bind_name(name, Expr::Class(index));
                }
            }
            Some(Role::Interface) => self.interface(node),
            Some(Role::TypeAlias) => self.type_alias(node),
            Some(Role::Decorated) => self.decorated(node),
            Some(Role::Branch) => self.branch(node),
            Some(Role::Attempt) => self.attempt(node),
            Some(Role::Loop) => self.repeat(node),
            Some(Role::Assert) => self.assertion(node),
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
            Some(Role::Global) => {
                let names = self.roles.parts(node, Part::Name);
                let names: Vec<Name> = names.iter().map(|it| self.source(*it).into()).collect();
                self.innermost().globals.extend(names);
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
            Some(Role::Jump) => self.jump(),
            Some(Role::Block | Role::Exit | Role::Arm) | None => self.visit_children(node),
            Some(_) => {
                self.expr(node);
            }
        }
    }

    /// `@Module({ … }) class App {}`, `@Module({ … }) export class App {}`: what TypeScript's decorators are given.
    pub(crate) fn visit_decorators(&mut self, node: Node<'t>) {
        let decorators = self.children(node);
        for decorator in decorators {
            if decorator.kind() == "decorator" {
                self.visit_children(decorator);
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
