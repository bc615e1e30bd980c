//! What binds a name, as the walker goes by it: assignments, patterns taken apart, attributes, and changes of
//! what a name stands for.

use tree_sitter::Node;

use crate::eval::any_part;
use crate::facts::{Arg, Definition, Expr, ImportItem, Name, Operator, SpanTree};
use crate::index::DEFAULT;
use crate::language::Language;
use crate::roles::{Part, Role};
use crate::scope::ScopeKind;
use crate::transpiled::EXPORTS;
use crate::walk::{RED_ZONE, STACK_STEP, Walker};
use crate::walk_types::declared_as;

/// Expressions in one another that are looked through.
const MAX_LOOKS: u32 = 8;

impl<'t> Walker<'t> {
    pub(crate) fn assign(&mut self, node: Node<'t>) {
        let value_node = self.roles.part(node, Part::Value);
        let Some(target) = self.roles.part(node, Part::Target) else {
            return self.visit_children(node);
        };
        let value = value_node.map(|value| match self.role(value) {
            Some(Role::Function)
                if self.role(target) == Some(Role::Name)
                    && self.is_constructor(value, self.source(target)) =>
            {
                self.constructor_function(value, self.source(target))
            }
            _ => self.expr(value),
        });
        self.stands_at(value_node);
        if let Some(value) = value_node {
            self.names_exports(target, value);
        }
        let operator = match self.role(node) {
            Some(Role::Augment) => self.roles.part(node, Part::Operator),
            _ => None,
        };
        let operator = operator.map(|operator| self.source(operator));
        // `count++`, `this.count++`
        let counted = matches!(operator, Some("++" | "--")).then_some(Expr::Int(1));
        let value = value.or(counted);
        if let (Some(value), ScopeKind::Function(_) | ScopeKind::Module) =
            (&value, self.innermost().kind)
            && self.counts(node, target, value)
            && (self.loops > 0 || !self.is_bound_here(target))
        {
            return self.bind(target, Expr::Unknown("counter".into()));
        }
        if self.role(node) == Some(Role::Augment) {
            let Some(value) = value else {
                return;
            };
            let old = self.expr(target);
            let new = match operator {
                Some("+=" | "++") => Expr::Binary(Operator::Add, Box::new(old), Box::new(value)),
                Some("--") => Expr::Binary(Operator::Subtract, Box::new(old), Box::new(value)),
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
        let value = value.map(|value| self.kept_method(target, node, value));
        let declared = annotation.clone();
        let declared = declared.filter(|it| !matches!(it, Expr::Unknown(_)));
        if let (Some(value), Some(declared)) = (&value, &declared) {
            self.declared_by_context(value, declared);
        }
        let value = value.map(|value| declared_as(value, declared));
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

    /// `(store ??= createStore())`, where what it is worth is used: what is there has been set so before.
    pub(crate) fn set_where_missing(&mut self, node: Node<'t>) -> Option<Expr> {
        let operator = self.roles.part(node, Part::Operator)?;
        if !matches!(self.source(operator), "??=" | "||=") {
            return None;
        }
        let target = self.roles.part(node, Part::Target)?;
        let value = self.expr(self.roles.part(node, Part::Value)?);
        let old = self.expr(target);
        let either = Expr::Binary(Operator::Or, Box::new(old), Box::new(value.clone()));
        self.bind(target, either);
        Some(value)
    }

    /// Whether the innermost function, class or module itself binds the name that is assigned to.
    fn is_bound_here(&mut self, target: Node<'t>) -> bool {
        let name = self.source(target);
        self.innermost().get(name).is_some()
    }

    /// Whether an assignment counts: `part += 1`, `part = part + 1`, `part++`.
    fn counts(&self, node: Node<'t>, target: Node<'t>, value: &Expr) -> bool {
        if self.role(target) != Some(Role::Name) {
            return false;
        }
        match value {
            Expr::Int(_) => self.role(node) == Some(Role::Augment),
            Expr::Binary(Operator::Add, left, right) => {
                matches!(**right, Expr::Int(_)) && **left == self.lookup(self.source(target))
            }
            _ => false,
        }
    }

    /// Notes where the value stands that is about to be bound, where anybody may ask.
    pub(crate) fn stands_at(&mut self, value: Option<Node<'t>>) {
        self.value_at = match self.innermost().kind {
            ScopeKind::Function(_) => None,
            _ => value.map(|value| self.span_tree(value)),
        };
    }

    /// Where the value stands that is being bound.
    pub(crate) fn place(&self) -> SpanTree {
        self.value_at.clone().unwrap_or_else(|| SpanTree {
            span: self.statement,
            children: Vec::new(),
        })
    }

    /// Gives an attribute to a class, or to its instances a field.
    pub(crate) fn add_attribute(&mut self, class: u32, name: Name, value: Expr) {
        let at = self.place();
        self.facts.classes[class as usize]
            .attributes
            .push((name, value));
        self.positions.classes[class as usize].attributes.push(at);
    }

    pub(crate) fn add_field(&mut self, class: u32, name: Name, value: Expr) {
        let at = self.place();
        self.facts.classes[class as usize]
            .fields
            .push((name, value));
        self.positions.classes[class as usize].fields.push(at);
    }

    /// `object.__setattr__(self, "root", root)`, as a frozen class does it, sets a field; so does `setattr`.
    pub(crate) fn sets_attribute(&mut self, callee: &Expr, args: &[Arg]) {
        let sets = match callee {
            Expr::Name(name) => name == "setattr",
            Expr::Attr(_, name) => name == "__setattr__",
            _ => false,
        };
        if sets
            && let [.., object, name, value] = args
            && let (Expr::This(class), Expr::Text(name)) = (&object.value, &name.value)
        {
            self.add_field(*class, name.clone(), value.value.clone());
        }
    }

    /// `locals()`: the names of the function around, with what they stand for.
    pub(crate) fn names_here(&self, call: Node<'t>, callee: Node<'t>) -> Option<Expr> {
        let is_it = self.language == Language::Python && self.source(callee) == "locals";
        if !is_it || self.source(call) != "locals()" {
            return None;
        }
        let function = self.scopes.iter().rev();
        let mut function = function.filter(|it| matches!(it.kind, ScopeKind::Function(_)));
        let mut names: Vec<&Name> = function.next()?.names().collect();
        names.sort_unstable();
        let entries = names.into_iter();
        let entries = entries.map(|name| (Some(Expr::Text(name.clone())), self.lookup(name)));
        Some(Expr::Map(entries.collect()))
    }

    /// Binds the names of a target to (parts of) a value.
    pub(crate) fn bind(&mut self, target: Node<'t>, value: Expr) {
        stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.bind_here(target, value));
    }

    pub(crate) fn bind_here(&mut self, target: Node<'t>, value: Expr) {
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
                    if let Some(Expr::Text(entry)) = &key
                        && self.role(object) == Some(Role::Name)
                        && self.is_bound_before(self.source(object))
                    {
                        let name = entry_name(self.source(object), entry);
                        self.define(name.into(), value.clone());
                    }
                    let entry = |old| Expr::Map(vec![(None, old), (key, value)]);
                    match self.own_field(object) {
                        Some(at) => self.amend(at, entry),
                        None => self.change(object, entry),
                    }
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
    pub(crate) fn stands_whole(&mut self) {
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
    pub(crate) fn bind_element(&mut self, node: Node<'t>, value: &Expr, index: i64) {
        let at = Expr::Int(index);
        if self.role(node) == Some(Role::Rest)
            && let Some(inner) = self.roles.part(node, Part::Target)
        {
            let rest = Expr::Slice(Box::new(value.clone()), Box::new((at, Expr::Null)));
            return self.bind(inner, rest);
        }
        self.bind(node, Expr::Index(Box::new(value.clone()), Box::new(at)));
    }

    pub(crate) fn bind_map(&mut self, target: Node<'t>, value: &Expr) {
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
                    if let Some(imported) = self.import_of(value, key) {
                        self.bind(inner, imported);
                        continue;
                    }
                    Expr::Index(Box::new(value.clone()), Box::new(Expr::Text(key.into())))
                }
                None => Expr::Unknown("rest of a pattern".into()),
            };
            self.bind(inner, part);
        }
    }

    /// `const { save: put } = require("./store")` takes what `import { save as put }` does.
    fn import_of(&mut self, module: &Expr, name: &str) -> Option<Expr> {
        let Expr::Import(index) = module else {
            return None;
        };
        let import = &self.facts.imports[*index as usize];
        let is_whole = import.item == ImportItem::Module;
        let module = import.module.clone();
        is_whole.then(|| self.add_import(&module, ImportItem::Named(name.into())))
    }

    /// The field that an expression of a constructor names, where it was set before: `self.paths`. The class, and its
    /// place among the class's fields.
    pub(crate) fn own_field(&mut self, object: Node<'t>) -> Option<(u32, usize)> {
        let (class, at) = self.field_of_this(object)?;
        let constructor = self.facts.classes[class as usize].constructor;
        (constructor.is_some() && constructor == self.function()).then_some((class, at))
    }

    /// A field of the object around that is a list, in a method that puts something into it: `self.pending.append(key)`.
    pub(crate) fn field_that_grows(&mut self, object: Node<'t>) -> Option<(u32, usize)> {
        let (class, at) = self.field_of_this(object)?;
        let (_, value) = &self.facts.classes[class as usize].fields[at];
        matches!(value, Expr::List(_)).then_some((class, at))
    }

    /// The field that `self.name` is, by its class and its place there.
    fn field_of_this(&mut self, object: Node<'t>) -> Option<(u32, usize)> {
        if self.role(object) != Some(Role::Attribute) {
            return None;
        }
        let class = self.class()?;
        let of = self.roles.part(object, Part::Object)?;
        let name = self.source(self.roles.part(object, Part::Name)?);
        let fields = &self.facts.classes[class as usize].fields;
        let at = fields.iter().rposition(|(known, _)| known == name)?;
        let is_own = matches!(self.role(of), Some(Role::Name | Role::This));
        (is_own && self.expr(of) == Expr::This(class)).then_some((class, at))
    }

    /// Changes in place what a field was set to.
    pub(crate) fn amend(&mut self, (class, at): (u32, usize), change: impl FnOnce(Expr) -> Expr) {
        let value = &mut self.facts.classes[class as usize].fields[at].1;
        let old = std::mem::replace(value, Expr::Null);
        *value = flat(change(old));
        self.positions.classes[class as usize].fields[at]
            .children
            .clear();
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
        } else if let Some(depth) = self.bound_around(name) {
            let changed = change(self.lookup(name));
            self.bind_around(depth, name, changed);
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

    /// The scope of the function that binds a name, where functions within it that are given to calls reach up to
    /// here: what these do to the name's value (`ids.forEach((id) => { keys.push(id); })`) is done once they ran.
    fn bound_around(&self, name: &str) -> Option<usize> {
        let mut depth = self.scopes.len().checked_sub(1)?;
        loop {
            let ScopeKind::Function(func) = self.scopes[depth].kind else {
                return None;
            };
            if self.scopes[depth].get(name).is_some() {
                return Some(depth);
            }
            if !self.facts.functions[func as usize].name.is_empty() {
                return None;
            }
            depth = depth.checked_sub(1)?;
        }
    }

    /// Binds a name in a scope around.
    fn bind_around(&mut self, depth: usize, name: &str, value: Expr) {
        if let ScopeKind::Function(func) = self.scopes[depth].kind {
            let bindings = &mut self.facts.functions[func as usize].bindings;
            bindings.push(value);
            let index = (bindings.len() - 1) as u32;
            self.scopes[depth].set(name.into(), vec![Expr::Local { func, index }]);
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
    pub(crate) fn bind_attribute(&mut self, target: Node<'t>, value: Expr) {
        let (Some(object), Some(name)) = (
            self.roles.part(target, Part::Object),
            self.roles.part(target, Part::Name),
        ) else {
            return;
        };
        let name: Name = self.source(name).trim_start_matches('#').into();
        let object_text = self.source(object);
        match object_text == "module" && name == "exports" {
            true => self.name_function(DEFAULT, &value),
            false => self.name_function(&name, &value),
        }
        self.is_member(&value);
        if object_text == "exports" || object_text == "module.exports" {
            return self.define_exported(name, value);
        }
        if object_text == "module" && name == "exports" {
            self.define_exports(&value);
            if let Expr::Name(own) = &value {
                self.define(EXPORTS.into(), Expr::Text(own.clone()));
            }
            return self.define(DEFAULT.into(), value);
        }
        if self.prototype_method(object_text, &value) {
            return;
        }
        match self.expr(object) {
            object @ Expr::This(_) if self.set_followed(&object, &name, &value) => {}
            Expr::This(class) => self.add_field(class, name, value),
            Expr::Class(class) => self.add_attribute(class, name, value),
            object if let Some(class) = self.made_here(&object) => {
                self.add_field(class, name, value);
            }
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

    /// The class of an object that is made here by hand (`super().__new__(cls)`), under a local name or one of the class
    /// itself: `cls._instance`.
    fn made_here(&self, object: &Expr) -> Option<u32> {
        let made = |value: &Expr| match value.bare() {
            Expr::This(class) => Some(*class),
            _ => None,
        };
        match object {
            Expr::Local { func, index } => {
                made(&self.facts.functions[*func as usize].bindings[*index as usize])
            }
            Expr::Attr(of, kept) => {
                let (Expr::This(index) | Expr::Class(index)) = of.as_ref() else {
                    return None;
                };
                let class = &self.facts.classes[*index as usize];
                let mut set = class.attributes.iter().chain(&class.fields);
                let is_it =
                    |(name, value): &(Name, Expr)| name == kept && made(value) == Some(*index);
                set.any(is_it).then_some(*index)
            }
            _ => None,
        }
    }

    /// The class around this point, where it has that name.
    pub(crate) fn class_named(&self, name: &str) -> Option<u32> {
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
            exported: false,
        });
    }

    /// What a module of CommonJS gives to others under a name.
    pub(crate) fn define_exported(&mut self, name: Name, value: Expr) {
        let before = self.facts.definitions.len();
        self.define(name, value);
        for definition in &mut self.facts.definitions[before..] {
            definition.exported = true;
        }
    }

    /// A function that has no name of its own is known by the one it is given.
    pub(crate) fn name_function(&mut self, name: &str, value: &Expr) {
        if let Expr::Func(index) = value
            && let function = &mut self.facts.functions[*index as usize]
            && function.name.is_empty()
        {
            function.name = name.into();
            self.name_returned(*index);
        }
        if let Expr::Call(call) = value {
            self.name_made(name, *call);
        }
    }

    /// `put = lambda prefix: lambda name: …`, `const reader = (bucket) => (key) => …`: what a function returns and has no
    /// name goes by that of the function.
    pub(crate) fn name_returned(&mut self, index: u32) {
        let function = &self.facts.functions[index as usize];
        if let ([Expr::Func(inner)], false) =
            (function.returns.as_slice(), function.name.is_empty())
        {
            let (name, inner) = (function.name.clone(), Expr::Func(*inner));
            self.name_function(&name, &inner);
        }
    }

    /// What a function makes a name of the module stand for (`global PREFIX`), once it ran; not what hangs on what the
    /// name stood for before.
    fn define_global(&mut self, name: &str, value: &Expr) {
        let own = Expr::Name(name.into());
        if any_part(value, &self.facts, MAX_LOOKS, &|part| *part == own) {
            return;
        }
        let at = self.place();
        self.positions.definitions.push(at);
        self.facts.definitions.push(Definition {
            name: name.into(),
            value: value.clone(),
            conditional: true,
            exported: false,
        });
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
                if self.innermost().globals.iter().any(|it| it == name) {
                    self.define_global(name, &value);
                }
                let later = self.innermost().later.iter();
                let kept = later.rev().find(|(known, _)| known == name);
                let kept = kept.map(|(_, index)| *index as usize);
                let bindings = &mut self.facts.functions[func as usize].bindings;
                if let (Some(kept), Expr::Func(_)) = (kept, &value) {
                    bindings[kept] = value.clone();
                }
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
}

/// The name by which a module knows an entry that a later statement sets: `PATHS["raw"] = …`.
pub(crate) fn entry_name(object: &str, entry: &str) -> String {
    format!("{object}[{entry}]")
}

/// A collection that begins with all of another literal one, as one literal: however often it is changed, it stays as
/// deep as it is.
fn flat(value: Expr) -> Expr {
    match value {
        Expr::Map(mut entries) if matches!(entries.first(), Some((None, Expr::Map(_)))) => {
            let (_, first) = entries.remove(0);
            match first {
                Expr::Map(mut inner) => {
                    inner.extend(entries);
                    Expr::Map(inner)
                }
                other => Expr::Map(std::iter::once((None, other)).chain(entries).collect()),
            }
        }
        Expr::List(mut elements) if is_spread_list(elements.first()) => {
            let mut inner = match elements.remove(0) {
                Expr::Spread(inner) => match *inner {
                    Expr::List(inner) => inner,
                    other => vec![Expr::Spread(Box::new(other))],
                },
                other => vec![other],
            };
            inner.extend(elements);
            Expr::List(inner)
        }
        value => value,
    }
}

fn is_spread_list(first: Option<&Expr>) -> bool {
    matches!(first, Some(Expr::Spread(inner)) if matches!(**inner, Expr::List(_)))
}
