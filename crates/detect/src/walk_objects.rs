//! Dicts, and JavaScript's objects: `{ prefix: "raw", key(name) { return `${this.prefix}/${name}`; } }` is a class with one
//! object, whoever is given it.

use tree_sitter::Node;

use crate::facts::{Arg, ArgKind, Expr};
use crate::language::Language;
use crate::roles::{Part, Role};
use crate::scope::{Scope, ScopeKind};
use crate::walk::Walker;

impl<'t> Walker<'t> {
    /// A dict or an object. A statement of a policy is noted as a call, so that it is found as one.
    pub(crate) fn map(&mut self, node: Node<'t>) -> Expr {
        let class = self.class_of_object(node);
        let mut entries = Vec::new();
        for child in self.elements(node) {
            let entry = match self.role(child) {
                Some(Role::Pair) => {
                    let key = self.roles.part(child, Part::Key).map(|key| self.key(key));
                    let value = self.roles.part(child, Part::Value);
                    let value = value.map(|value| match self.is_method(value) {
                        true => self.in_class(class, |walker| walker.expr(value)),
                        false => self.expr(value),
                    });
                    let unknown = || Expr::Unknown("pair".into());
                    if let (Some(Expr::Text(name)), Some(value)) = (&key, &value) {
                        self.name_function(name, value);
                        self.is_member(value);
                        self.is_member_by_name(value);
                    }
                    (
                        key.or_else(|| Some(unknown())),
                        value.unwrap_or_else(unknown),
                    )
                }
                Some(Role::Shorthand) => {
                    let name = self.source(child);
                    let value = self.lookup(name);
                    self.is_member_by_name(&value);
                    (Some(Expr::Text(name.into())), value)
                }
                Some(Role::Spread | Role::SpreadMap) => match self.expr(child) {
                    Expr::Spread(inner) => (None, *inner),
                    other => (None, other),
                },
                Some(Role::Function) => {
                    let name = self
                        .roles
                        .part(child, Part::Name)
                        .map_or("", |n| self.source(n));
                    let start = child.start_byte();
                    let name_at = self
                        .roles
                        .part(child, Part::Name)
                        .map_or(start, |n| n.start_byte());
                    let words = self.text[start..name_at].split_whitespace().last();
                    let value = self.in_class(class, |walker| walker.function_at(child));
                    let value = Expr::Func(value);
                    match words {
                        Some("set") => continue,
                        Some("get") => self.is_getter(&value),
                        _ => self.is_member(&value),
                    }
                    (Some(Expr::Text(name.into())), value)
                }
                _ => {
                    self.visit_children(child);
                    (
                        Some(Expr::Unknown(child.kind().into())),
                        Expr::Unknown(child.kind().into()),
                    )
                }
            };
            entries.push(entry);
        }
        if let Some(class) = class {
            self.add_entries(class, &entries);
        }
        let map = Expr::Map(entries);
        let in_list = || {
            let around = node.parent().and_then(|list| self.role(list));
            around == Some(Role::List)
        };
        if crate::grants::is_statement(&map) || (crate::grants::is_listed(&map) && in_list()) {
            let arg = Arg {
                keyword: None,
                kind: ArgKind::Plain,
                value: map.clone(),
            };
            let callee = Expr::Unknown(crate::grants::STATEMENT.into());
            let spans = vec![self.span_tree(node)];
            self.push_call(node, callee, vec![arg], spans);
        }
        map
    }

    /// The class that an object stands for: where its functions say `this`, and no class is around that they may mean.
    /// What an object takes over from another one with a spread, it has there.
    fn class_of_object(&mut self, node: Node<'t>) -> Option<u32> {
        if self.language != Language::TypeScript || self.class().is_some() {
            return None;
        }
        let elements = self.elements(node);
        let is_spread =
            |it: &Node<'t>| matches!(self.role(*it), Some(Role::Spread | Role::SpreadMap));
        let says_this = |it: &Node<'t>| {
            let function = match self.role(*it) {
                Some(Role::Pair) => self.roles.part(*it, Part::Value),
                _ => Some(*it),
            };
            let function = function.filter(|function| self.is_method(*function));
            function.is_some_and(|function| self.source(function).contains("this."))
        };
        let stands_for_one = !elements.iter().any(is_spread) && elements.iter().any(says_this);
        stands_for_one.then(|| self.new_class("", Vec::new()))
    }

    /// Whether a function of an object has a `this` of its own.
    fn is_method(&self, function: Node<'t>) -> bool {
        self.role(function) == Some(Role::Function) && function.kind() != "arrow_function"
    }

    /// Walks something in the body of a class, where there is one.
    fn in_class<T>(&mut self, class: Option<u32>, walk: impl FnOnce(&mut Self) -> T) -> T {
        let Some(class) = class else {
            return walk(self);
        };
        self.scopes.push(Scope::new(ScopeKind::Class(class)));
        let walked = walk(self);
        self.scopes.pop();
        walked
    }

    /// What an object has beside its functions.
    fn add_entries(&mut self, class: u32, entries: &[(Option<Expr>, Expr)]) {
        for (key, value) in entries {
            let is_function = matches!(value, Expr::Func(_));
            if let Some(Expr::Text(name)) = key
                && !is_function
            {
                self.add_field(class, name.clone(), value.clone());
            }
        }
    }
}
