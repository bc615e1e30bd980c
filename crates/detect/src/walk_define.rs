//! Functions and classes, as the walker goes through them: parameters and their defaults, decorators, fields,
//! members, and what is yielded.

use tree_sitter::Node;

use crate::facts::{Class, ClassPositions, Expr, Function, FunctionKind, Name, Param, ParamKind};
use crate::language::Language;
use crate::roles::{Part, Role};
use crate::scope::{Scope, ScopeKind};
use crate::walk::Walker;

impl<'t> Walker<'t> {
    pub(crate) fn decorated(&mut self, node: Node<'t>) {
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

    /// `yield value`: one of what the function gives, or what `with` is given. Where what a `yield` is worth is used,
    /// that is of a generator that somebody else runs (`const page = yield get(key)`): it gets what it asked for, as with `await`.
    pub(crate) fn yielded(&mut self, node: Node<'t>) -> Expr {
        let unknown = Expr::Unknown(node.kind().into());
        let Some(value) = self.roles.part(node, Part::Value) else {
            self.visit_children(node);
            return unknown;
        };
        let value = self.expr(value);
        let is_statement = node
            .parent()
            .is_none_or(|parent| parent.kind() == "expression_statement");
        if self.language == Language::TypeScript && !is_statement {
            return value;
        }
        let after = self.source(node).trim_start_matches("yield").trim_start();
        let is_delegated = after.starts_with('*') || after.starts_with("from ");
        let value = match self.is_context || is_delegated {
            true => value,
            false => Expr::Every(Box::new(value)),
        };
        let value = self.when(self.guard, value);
        self.yields.push(value);
        unknown
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
        // What sets a property bears its name, and is never reached by it.
        let name = match in_class.is_some() && self.is_setter(node) {
            true => "",
            false => name.trim_start_matches('#'),
        };
        let kind = self.function_kind(node, in_class);
        let parent = self.function();
        self.facts.functions.push(Function {
            name: name.into(),
            kind,
            class: in_class,
            parent,
            params: Vec::new(),
            bindings: Vec::new(),
            returns: Vec::new(),
            returned: None,
            calls: 0..0,
            reads_receiver: false,
        });
        if let Some(class) = in_class {
            let class = &mut self.facts.classes[class as usize];
            class.methods.push(index);
            if matches!(name, "__init__" | "constructor") {
                class.constructor = Some(index);
            }
        }
        let statement = self.statement;
        let around = (self.branches, self.loops, self.round, self.guard);
        (self.branches, self.loops, self.round, self.guard) = (0, 0, None, None);
        let jumps = self.jumps.take();
        let options = std::mem::take(&mut self.options);
        let was_context = std::mem::replace(&mut self.is_context, is_context);
        let yields_around = std::mem::take(&mut self.yields);
        self.scopes.push(Scope::new(ScopeKind::Function(index)));
        let first_call = self.facts.calls.len() as u32;
        let followed_around = self.follow_fields(node, index);
        self.params(node, index);
        for (name, default) in options {
            if self.innermost().get(&name).is_some() {
                self.innermost().set(name, vec![default]);
            }
        }
        if let Some(body) = self.roles.part(node, Part::Body) {
            if self.role(body) == Some(Role::Block) {
                self.keep_for_later(body, index);
                self.visit(body);
            } else {
                let value = self.expr(body);
                self.facts.functions[index as usize].returns.push(value);
            }
        }
        let yields = std::mem::replace(&mut self.yields, yields_around);
        let returns = &mut self.facts.functions[index as usize].returns;
        // What awaits was once compiled to a generator, which returns what the function does.
        if self.language == Language::Python || returns.is_empty() {
            returns.extend(yields);
        }
        self.name_returned(index);
        self.settle_fields(index, followed_around);
        self.scopes.pop();
        let calls = first_call..self.facts.calls.len() as u32;
        self.facts.functions[index as usize].calls = calls;
        self.facts.functions[index as usize].returned = self.returned_type(node);
        (self.branches, self.loops, self.round, self.guard) = around;
        self.jumps = jumps;
        self.is_context = was_context;
        self.statement = statement;
        index
    }

    /// The type that a function is declared to return, where that may be a class of the repository.
    fn returned_type(&mut self, node: Node<'t>) -> Option<Expr> {
        let declared = node.child_by_field_name("return_type")?;
        let declared = match self.language {
            Language::Python | Language::Json => declared,
            Language::TypeScript => declared.named_child(0)?,
        };
        // `str`, `dict[str, int]`, `Promise<void>`
        let is_class = |word: &str| {
            word.starts_with(char::is_uppercase)
                && !matches!(word, "Any" | "None" | "Optional" | "Promise" | "Path")
        };
        let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
        let text = self.source(declared);
        let words = || text.split(|letter| !is_letter(letter));
        let of = words().any(is_class).then(|| self.annotation(declared))??;
        // Whoever asks whether there is one has to know.
        let is_missing = |word: &str| matches!(word, "Optional" | "None" | "null" | "undefined");
        Some(match words().any(is_missing) {
            true => Expr::Alt(vec![of, Expr::Null]),
            false => of,
        })
    }

    /// `@size.setter`, `@size.deleter`, `set size(value)`.
    fn is_setter(&self, node: Node<'t>) -> bool {
        match self.language {
            Language::Python => {
                let of_property = |it: &String| it.ends_with(".setter") || it.ends_with(".deleter");
                self.decorators.iter().any(of_property)
            }
            Language::TypeScript => self.words_before_name(node).any(|word| word == "set"),
            Language::Json => false,
        }
    }

    /// What stands before a function's name: `static async`, `get`.
    fn words_before_name(&self, node: Node<'t>) -> impl Iterator<Item = &'t str> {
        let name = self.roles.part(node, Part::Name).unwrap_or(node);
        self.text[node.start_byte()..name.start_byte()].split_whitespace()
    }

    /// Keeps bindings of a function for the functions that its body defines.
    fn keep_for_later(&mut self, body: Node<'t>, func: u32) {
        let mut names = Vec::new();
        for statement in self.children(body) {
            match self.role(statement) {
                Some(Role::Function) => names.extend(self.roles.part(statement, Part::Name)),
                Some(_) => {}
                // `const put = async (key) => …`
                None => {
                    let assigned = self.children(statement).into_iter();
                    let assigned = assigned.filter(|it| self.role(*it) == Some(Role::Assign));
                    names.extend(assigned.filter_map(|it| self.named_function(it)));
                }
            }
        }
        for name in names {
            let bindings = &mut self.facts.functions[func as usize].bindings;
            bindings.push(Expr::Unknown("function that is never reached".into()));
            let index = (bindings.len() - 1) as u32;
            let name = self.source(name).into();
            self.innermost().later.push((name, index));
        }
    }

    /// The name that an assignment gives to a function.
    fn named_function(&self, assigned: Node<'t>) -> Option<Node<'t>> {
        let value = self.roles.part(assigned, Part::Value)?;
        let target = self.roles.part(assigned, Part::Target)?;
        let is_it =
            self.role(value) == Some(Role::Function) && self.role(target) == Some(Role::Name);
        is_it.then_some(target)
    }

    pub(crate) fn function_kind(&mut self, node: Node<'t>, class: Option<u32>) -> FunctionKind {
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
            if self.words_before_name(node).any(|word| word == "get") {
                return FunctionKind::Property;
            }
            if self.words_before_name(node).any(|word| word == "static") {
                return FunctionKind::Static;
            }
        }
        match self.language == Language::Python && self.takes_no_object(node) {
            true => FunctionKind::Static,
            false => FunctionKind::Method,
        }
    }

    /// Whether a function in a class is one that is called on the class (`Paths.joined(folder, name)`), though it does not
    /// say so: its first parameter is not called as the object is, and nothing is asked of it.
    fn takes_no_object(&self, node: Node<'t>) -> bool {
        let Some(first) = self.param_nodes(node).first().copied() else {
            return true;
        };
        let first = &self.text[first.byte_range()];
        let name = first.split([':', '=']).next().unwrap_or(first).trim();
        let is_object = name.contains("self")
            || name.starts_with(['*', '_'])
            || matches!(name, "cls" | "mcs" | "mcls" | "klass" | "this" | "me" | "s");
        !is_object && !self.text[node.byte_range()].contains(&format!("{name}."))
    }

    pub(crate) fn param_nodes(&self, function: Node<'t>) -> Vec<Node<'t>> {
        let mut nodes = self.roles.parts(function, Part::Param);
        if let Some(list) = self.roles.part(function, Part::Params) {
            let mut cursor = list.walk();
            nodes.extend(list.named_children(&mut cursor));
        }
        nodes
    }

    pub(crate) fn params(&mut self, node: Node<'t>, func: u32) {
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

    /// `@Inject(PREFIX) private readonly prefix: string`: what a container is asked for, as a call.
    fn injected(&mut self, param: Node<'t>) -> Option<Expr> {
        if self.language != Language::TypeScript {
            return None;
        }
        let mut decorators = self.children(param).into_iter();
        let decorator = decorators.find(|it| it.kind() == "decorator")?;
        let call = self.children(decorator).into_iter().next()?;
        let callee = self.roles.part(call, Part::Callee)?;
        is_injection(self.source(callee)).then(|| self.expr(call))
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
        let around = std::mem::replace(&mut self.in_default, true);
        let default = default.map(|default| self.expr(default));
        let default = default.or_else(|| self.injected(node));
        self.in_default = around;
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
        if role == Some(Role::Param) && is_parameter_property(node) {
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
        let implements = self.roles.parts(node, Part::Implements);
        let implements = implements.into_iter().filter_map(|it| self.annotation(it));
        let implements = implements.collect();
        let index = self.new_class(name, bases);
        self.facts.classes[index as usize].implements = implements;
        self.scopes.push(Scope::new(ScopeKind::Class(index)));
        if let Some(body) = self.roles.part(node, Part::Body) {
            self.visit_children(body);
        }
        self.scopes.pop();
        index
    }

    pub(crate) fn new_class(&mut self, name: &str, bases: Vec<Expr>) -> u32 {
        self.positions.classes.push(ClassPositions::default());
        self.facts.classes.push(Class {
            name: name.into(),
            bases,
            implements: Vec::new(),
            attributes: Vec::new(),
            fields: Vec::new(),
            annotations: Vec::new(),
            members: Vec::new(),
            methods: Vec::new(),
            constructor: None,
        });
        (self.facts.classes.len() - 1) as u32
    }

    /// Whether a function makes objects, as they were made before there were classes: by its name, and by
    /// what it does.
    pub(crate) fn is_constructor(&self, node: Node<'t>, name: &str) -> bool {
        self.language == Language::TypeScript
            && name.starts_with(char::is_uppercase)
            && self.class().is_none()
            && self.source(node).contains("this.")
    }

    /// A function that makes objects, as the class it stands for.
    pub(crate) fn constructor_function(&mut self, node: Node<'t>, name: &str) -> Expr {
        let class = self.new_class(name, Vec::new());
        self.scopes.push(Scope::new(ScopeKind::Class(class)));
        let func = self.function_at(node);
        self.scopes.pop();
        let made = &mut self.facts.classes[class as usize];
        made.methods.retain(|method| *method != func);
        made.constructor = Some(func);
        Expr::Class(class)
    }

    /// `Store.prototype.save = function …` in the function that the class stands in: a method.
    pub(crate) fn prototype_method(&mut self, object: &str, value: &Expr) -> bool {
        let Some(name) = object.strip_suffix(".prototype") else {
            return false;
        };
        let class = self.facts.classes.iter().rposition(|it| it.name == name);
        let (Some(class), Expr::Func(func)) = (class, value) else {
            return false;
        };
        self.facts.functions[*func as usize].class = Some(class as u32);
        self.facts.classes[class].methods.push(*func);
        true
    }

    /// `this` where no class is around: notes that the functions around read it.
    pub(crate) fn receiver(&mut self) -> Expr {
        for scope in &self.scopes {
            if let ScopeKind::Function(func) = scope.kind {
                self.facts.functions[func as usize].reads_receiver = true;
            }
        }
        Expr::Receiver
    }

    pub(crate) fn field(&mut self, node: Node<'t>) {
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

    pub(crate) fn member(&mut self, node: Node<'t>) {
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
}

/// `constructor(@Inject(TOKEN) private readonly prefix: string)` declares a field.
fn is_parameter_property(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    let mut children = node.children(&mut cursor);
    children.any(|child| {
        matches!(
            child.kind(),
            "accessibility_modifier" | "override_modifier" | "readonly"
        )
    })
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

/// Whether a decorator of a parameter names what a container of dependencies gives for it: NestJS's, tsyringe's,
/// InversifyJS's.
pub(crate) fn is_injection(name: &str) -> bool {
    matches!(name, "Inject" | "inject")
}
