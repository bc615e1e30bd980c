//! Expressions, as the walker reads them: literals, names, operators, calls and collections become
//! an [`Expr`]; anything else is visited for the calls in it and is itself unknown.

use blue_text::Span;
use smol_str::SmolStr;
use tree_sitter::Node;

use crate::facts::{Arg, ArgKind, Call, CallPositions, Expr, ImportItem, Operator, SpanTree};
use crate::handed::{Worth, is_function};
use crate::language::Language;
use crate::literals::{Piece, pieces};
use crate::program::base_name;
use crate::roles::{Part, Role};
use crate::walk::{RED_ZONE, STACK_STEP, Walker};
use crate::walk_types::declared_as;

/// A number, where it is one of JSON's.
fn number(digits: &str) -> Option<Expr> {
    if let Ok(whole) = digits.parse() {
        return Some(Expr::Int(whole));
    }
    let radix = |prefix: &str, radix| {
        let digits = digits.to_ascii_lowercase();
        i64::from_str_radix(digits.strip_prefix(prefix)?, radix).ok()
    };
    if let Some(whole) = radix("0x", 16)
        .or_else(|| radix("0o", 8))
        .or_else(|| radix("0b", 2))
    {
        return Some(Expr::Int(whole));
    }
    let is_decimal = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    let real = digits.parse::<f64>().ok().filter(|_| is_decimal)?;
    // As any reader of JSON would write it: `1.50` is `1.5`.
    real.is_finite()
        .then(|| Expr::Number(format!("{real:?}").into()))
}

/// A date's template: each part of the date is not known.
fn date_parts(template: &str) -> Vec<Expr> {
    let parts = crate::builtins::formats::strftime(template).parts;
    let parts = parts.into_iter().map(|part| match part {
        crate::value::Part::Literal(words) => Expr::Text(words),
        _ => Expr::Unknown("date".into()),
    });
    parts.collect()
}

/// Bytes; a literal above this is longer than any folded string may be, and is not copied about.
const MAX_LITERAL: usize = 4 * crate::value::MAX_CHARACTERS;

impl<'t> Walker<'t> {
    /// The value of an expression. Each node must be asked for once: its calls are recorded.
    pub(crate) fn expr(&mut self, node: Node<'t>) -> Expr {
        let value = stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.expr_here(node));
        if self.wanted.is_some() {
            self.answer(node, &value);
        }
        value
    }

    /// Keeps the value of an expression that somebody asks for.
    fn answer(&mut self, node: Node<'t>, value: &Expr) {
        let func = self.function();
        if let Some(wanted) = &mut self.wanted
            && wanted.nodes.contains(&node.id())
        {
            wanted.found.insert(node.id(), (value.clone(), func));
        }
    }

    fn expr_here(&mut self, node: Node<'t>) -> Expr {
        let unknown = || Expr::Unknown(node.kind().into());
        match self.role(node) {
            Some(Role::String) => self.string(node),
            Some(Role::Strings) => {
                let parts = self
                    .children(node)
                    .into_iter()
                    .map(|child| self.expr(child))
                    .collect();
                Expr::Concat(parts)
            }
            Some(Role::Name | Role::Shorthand) => self.lookup(self.source(node)),
            Some(Role::Property) => Expr::Text(self.source(node).into()),
            Some(Role::This) => match self.class() {
                Some(class) => Expr::This(class),
                None => self.receiver(),
            },
            Some(Role::Int) => {
                let digits = self.source(node).replace('_', "");
                number(&digits).unwrap_or_else(unknown)
            }
            Some(Role::Regex) => {
                let pattern = self.roles.part(node, Part::Value).map(|n| self.source(n));
                let flags = self.source(node).rsplit('/').next().unwrap_or_default();
                pattern.map_or_else(unknown, |pattern| match flags.contains('i') {
                    true => Expr::Regex(format!("(?i){pattern}").into()),
                    false => Expr::Regex(pattern.into()),
                })
            }
            Some(Role::Unary) => self.unary(node),
            Some(Role::Set) => Expr::Set(Box::new(Expr::List(
                self.elements(node)
                    .into_iter()
                    .map(|child| self.expr(child))
                    .collect(),
            ))),
            Some(Role::True) => Expr::Bool(true),
            Some(Role::False) => Expr::Bool(false),
            Some(Role::Null) => {
                // `void save(id)`
                self.visit_children(node);
                Expr::Null
            }
            Some(Role::Attribute) => self.attribute(node),
            Some(Role::Sequence) => {
                let values = self
                    .children(node)
                    .into_iter()
                    .map(|child| self.expr(child));
                values.last().unwrap_or_else(unknown)
            }
            Some(Role::Index) => {
                let object = self
                    .roles
                    .part(node, Part::Object)
                    .map(|object| self.expr(object));
                let indices = self.roles.parts(node, Part::Index);
                if let ([index], Some(object)) = (indices.as_slice(), &object)
                    && self.role(*index) == Some(Role::Slice)
                {
                    let [start, end, step] = self.slice_ends(*index);
                    let all = matches!((&start, &end), (Expr::Null, Expr::Null));
                    let object = Box::new(object.clone());
                    return match step {
                        Expr::Null | Expr::Int(1) => Expr::Slice(object, Box::new((start, end))),
                        Expr::Int(-1) if all => {
                            Expr::Binary(Operator::Step, object, Box::new(step))
                        }
                        _ => {
                            let step = Box::new(Expr::Unknown("step".into()));
                            Expr::Binary(Operator::Step, object, step)
                        }
                    };
                }
                let indices = indices.into_iter().map(|index| self.expr(index));
                let indices: Vec<Expr> = indices.collect();
                // `table[row, column]` asks for a tuple.
                let index = match <[Expr; 1]>::try_from(indices) {
                    Ok([only]) => only,
                    Err(several) => Expr::List(several),
                };
                match object {
                    Some(object) => Expr::Index(Box::new(object), Box::new(index)),
                    None => unknown(),
                }
            }
            Some(Role::Binary | Role::Compare) => self.binary(node),
            Some(Role::Yield) => self.yielded(node),
            Some(Role::Conditional) => self.conditional(node),
            Some(Role::Inner) => self.inner(node),
            Some(Role::List | Role::PatternList) => Expr::List(
                self.elements(node)
                    .into_iter()
                    .map(|child| self.expr(child))
                    .collect(),
            ),
            Some(Role::Spread | Role::SpreadMap) => match self.roles.part(node, Part::Value) {
                Some(inner) => Expr::Spread(Box::new(self.expr(inner))),
                None => unknown(),
            },
            Some(Role::Map) => self.map(node),
            Some(Role::Comprehension) => self.comprehension(node),
            Some(Role::SetComprehension) => Expr::Set(Box::new(self.comprehension(node))),
            Some(Role::MapComprehension) => self.comprehension(node),
            Some(Role::Call) => {
                let value = self.call(node);
                self.asked_for(node, value)
            }
            Some(Role::Function) => Expr::Func(self.function_at(node)),
            Some(Role::Class | Role::Enum) => Expr::Class(self.class_at(node)),
            Some(Role::Augment) if let Some(value) = self.set_where_missing(node) => value,
            Some(Role::Augment) => {
                self.visit(node);
                unknown()
            }
            Some(Role::Assign) if let Some(value) = self.assigned_to_attribute(node) => value,
            Some(Role::Assign) => {
                self.visit(node);
                match self.roles.part(node, Part::Target) {
                    Some(target) if self.role(target) == Some(Role::Name) => self.expr(target),
                    _ => unknown(),
                }
            }
            _ if node.kind() == "meta_property" => Expr::Name("import.meta".into()),
            _ => {
                self.visit_children(node);
                unknown()
            }
        }
    }

    /// `container.get<Store>("store")`: what a container is asked for is of the type that the call says.
    fn asked_for(&mut self, node: Node<'t>, value: Expr) -> Expr {
        let declared = self.roles.part(node, Part::Type);
        let Some(declared) = declared.filter(|declared| self.role(*declared) == Some(Role::Name))
        else {
            return value;
        };
        let gives = |index: u32| {
            let name = self.facts.calls[index as usize].callee_name();
            name.is_some_and(|name| crate::eval::gives_what_is_asked(name))
        };
        match value {
            Expr::Call(index) if gives(index) => {
                let declared = self.annotation(declared);
                declared_as(value, declared)
            }
            value => value,
        }
    }

    /// `(x)`, `x as Store`
    fn inner(&mut self, node: Node<'t>) -> Expr {
        let Some(value) = self.roles.part(node, Part::Value) else {
            return Expr::Unknown(node.kind().into());
        };
        let value = self.expr(value);
        let declared = self.roles.part(node, Part::Type);
        let declared = declared.and_then(|declared| self.annotation(declared));
        declared_as(value, declared)
    }

    fn attribute(&mut self, node: Node<'t>) -> Expr {
        let (Some(object), Some(name)) = (
            self.roles.part(node, Part::Object),
            self.roles.part(node, Part::Name),
        ) else {
            return Expr::Unknown(node.kind().into());
        };
        let name = self.source(name);
        if let Some(own) = self.exported(object, name) {
            return own;
        }
        let object = self.expr(object);
        let name = name.trim_start_matches('#');
        if let Some(followed) = self.read_followed(&object, name) {
            return followed;
        }
        Expr::Attr(Box::new(object), name.into())
    }

    pub(crate) fn children(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor)
            .filter(|child| !child.is_extra())
            .collect()
    }

    /// The children of a collection that are elements of it.
    pub(crate) fn elements(&self, node: Node<'t>) -> Vec<Node<'t>> {
        self.children(node)
    }

    fn string(&mut self, node: Node<'t>) -> Expr {
        let Some(pieces) = pieces(node, self.text, self.language) else {
            self.visit_children(node);
            return Expr::Unknown(node.kind().into());
        };
        let mut parts: Vec<Expr> = pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => Expr::Text(text),
                Piece::Hole(hole) => self.expr(hole),
                Piece::Number(number, format) => {
                    let template = Expr::Text(format!("%{format}").into());
                    let number = self.expr(number);
                    Expr::Binary(Operator::Percent, Box::new(template), Box::new(number))
                }
                Piece::Date(date, template) => {
                    self.visit(date);
                    Expr::Concat(date_parts(&template))
                }
            })
            .collect();
        match parts.len() {
            0 => Expr::Text(SmolStr::default()),
            1 if matches!(&parts[0], Expr::Text(text) if text.len() > MAX_LITERAL) => {
                Expr::Unknown("long string".into())
            }
            1 if matches!(parts[0], Expr::Text(_)) => parts.remove(0),
            _ => Expr::Concat(parts),
        }
    }

    /// The ends of a slice; a step is not followed.
    /// Where a slice begins and ends, and its steps.
    fn slice_ends(&mut self, node: Node<'t>) -> [Expr; 3] {
        let mut ends = [Expr::Null, Expr::Null, Expr::Null];
        let mut at = 0;
        let mut cursor = node.walk();
        let children: Vec<_> = node.children(&mut cursor).collect();
        for child in children {
            if self.source(child) == ":" {
                at = (at + 1).min(2);
            } else if child.is_named() && !child.is_extra() {
                ends[at] = self.expr(child);
            }
        }
        ends
    }

    fn binary(&mut self, node: Node<'t>) -> Expr {
        let (Some(left), Some(right)) = (
            self.roles.part(node, Part::Left),
            self.roles.part(node, Part::Right),
        ) else {
            return Expr::Unknown(node.kind().into());
        };
        let operator = self
            .roles
            .part(node, Part::Operator)
            .map_or("", |op| self.source(op));
        if matches!(operator, "or" | "||")
            && let Some(either) = self.either_by_and(left, right)
        {
            return either;
        }
        if matches!(operator, "and" | "&&") {
            let left = self.test(left);
            // Where the value is used at all, the left side held.
            return self.behind(left.as_ref(), true, right, |this| this.expr(right));
        }
        let left = self.expr(left);
        let right = self.expr(right);
        let operator = match operator {
            "+" => Operator::Add,
            "/" => Operator::Divide,
            "%" => Operator::Percent,
            "-" => Operator::Subtract,
            "*" => Operator::Multiply,
            "//" => Operator::FloorDivide,
            "or" | "||" | "??" => Operator::Or,
            "|" => Operator::Merge,
            "==" | "===" => Operator::Equal,
            "in" if self.language == Language::Python => Operator::In,
            _ => return Expr::Unknown(node.kind().into()),
        };
        Expr::Binary(operator, Box::new(left), Box::new(right))
    }

    /// `a and b or c`: as `b if a else c`.
    fn either_by_and(&mut self, left: Node<'t>, right: Node<'t>) -> Option<Expr> {
        let mut left = left;
        while self.role(left) == Some(Role::Inner) {
            left = self.roles.part(left, Part::Value)?;
        }
        let operator = self.roles.part(left, Part::Operator)?;
        if !matches!(self.role(left), Some(Role::Binary | Role::Compare))
            || !matches!(self.source(operator), "and" | "&&")
        {
            return None;
        }
        let test = self.roles.part(left, Part::Left)?;
        let then = self.roles.part(left, Part::Right)?;
        Some(self.choice(test, [Some(then), Some(right)]))
    }

    /// `-3`; of what else has one side nothing is known.
    fn unary(&mut self, node: Node<'t>) -> Expr {
        let Some(value) = self.roles.part(node, Part::Value) else {
            return Expr::Unknown(node.kind().into());
        };
        let operator = self.roles.part(node, Part::Operator);
        let operator = operator.map_or("", |operator| self.source(operator));
        match (operator, self.expr(value)) {
            ("-", Expr::Int(number)) => Expr::Int(-number),
            ("-", Expr::Number(number)) => Expr::Number(format!("-{number}").into()),
            ("+", value @ (Expr::Int(_) | Expr::Number(_))) => value,
            ("!" | "", Expr::Bool(known)) => Expr::Bool(!known),
            // `-len(ending)`
            ("-", value @ (Expr::Call(_) | Expr::Attr(..))) => {
                Expr::Binary(Operator::Subtract, Box::new(Expr::Int(0)), Box::new(value))
            }
            _ => Expr::Unknown(node.kind().into()),
        }
    }

    /// A key of an object or dict: in an object, a bare word is its own name.
    pub(crate) fn key(&mut self, node: Node<'t>) -> Expr {
        match self.role(node) {
            Some(Role::Int) => Expr::Text(self.source(node).into()),
            _ => self.expr(node),
        }
    }

    fn comprehension(&mut self, node: Node<'t>) -> Expr {
        self.innermost().open_arm();
        for clause in self.roles.parts(node, Part::Clause) {
            let (Some(target), Some(iterable)) = (
                self.roles.part(clause, Part::Target),
                self.roles.part(clause, Part::Iterable),
            ) else {
                continue;
            };
            let iterable = self.expr(iterable);
            self.shadow(target, &Expr::Each(Box::new(iterable)));
        }
        let outer = self.guard;
        let filters = self.roles.parts(node, Part::Filter);
        let is_filtered = !filters.is_empty();
        for filter in filters {
            self.only_where(filter);
        }
        let made = match self.roles.part(node, Part::Element) {
            Some(pair) if self.role(pair) == Some(Role::Pair) => self.every_entry(pair),
            Some(element) => Expr::Every(Box::new(self.expr(element))),
            None => Expr::Every(Box::new(Expr::Unknown(node.kind().into()))),
        };
        self.guard = outer;
        self.innermost().discard_arm();
        match is_filtered {
            true => Expr::Filtered(Box::new(made)),
            false => made,
        }
    }

    fn every_entry(&mut self, pair: Node<'t>) -> Expr {
        let mut side = |part| match self.roles.part(pair, part) {
            Some(node) => self.expr(node),
            None => Expr::Unknown(pair.kind().into()),
        };
        let (key, value) = (side(Part::Key), side(Part::Value));
        Expr::EveryEntry(Box::new((key, value)))
    }

    /// Binds a comprehension's variable, which nothing sees after it.
    fn shadow(&mut self, target: Node<'t>, value: &Expr) {
        if self.role(target) == Some(Role::Name) {
            let name = self.source(target);
            return self.innermost().set(name.into(), vec![value.clone()]);
        }
        for (index, child) in self.children(target).into_iter().enumerate() {
            let element = Expr::Index(Box::new(value.clone()), Box::new(Expr::Int(index as i64)));
            self.shadow(child, &element);
        }
    }

    fn call(&mut self, node: Node<'t>) -> Expr {
        let Some(callee_node) = self.roles.part(node, Part::Callee) else {
            return Expr::Unknown(node.kind().into());
        };
        if let Some(value) = self.helper(node) {
            return value;
        }
        if let Some(value) = self.compiled_enum(node) {
            return value;
        }
        if let Some(value) = self.names_here(node, callee_node) {
            return value;
        }
        let callee = match self.expr(callee_node) {
            Expr::When(_, callee) => callee.bare().clone(),
            callee => callee,
        };
        let callee = self.method_named(callee);
        let mut args = Vec::new();
        let mut spans = Vec::new();
        if let Some(list) = self.roles.part(node, Part::Arguments) {
            // `join(x for x in xs)`: the generator stands where the list of arguments would.
            let nodes = if self.role(list) == Some(Role::Comprehension) {
                vec![list]
            } else {
                self.children(list)
            };
            for arg in nodes {
                spans.push(self.span_tree(self.argument_value(arg)));
                let arg = self.argument_of(&callee, &args, arg);
                args.push(arg);
            }
        }
        let callee = match self.called_by_call(&callee).filter(|_| !args.is_empty()) {
            Some(method) => {
                args.remove(0);
                spans.remove(0);
                method
            }
            None => callee,
        };
        let callee = match self.called_on_base(&callee, &args) {
            Some(method) => {
                args.remove(0);
                spans.remove(0);
                method
            }
            None => callee,
        };
        let is_import = matches!(&callee, Expr::Name(name) if name == "require")
            || callee_node.kind() == "import";
        if is_import
            && let [
                Arg {
                    value: Expr::Text(module),
                    ..
                },
            ] = args.as_slice()
        {
            let module = module.clone();
            return self.add_import(&module, ImportItem::Module);
        }
        // `super().__new__(cls)`
        if let (Expr::Attr(_, name), Some(class)) = (&callee, self.class())
            && name == "__new__"
            && let Some(Expr::Class(of) | Expr::This(of)) = args.first().map(|arg| &arg.value)
            && *of == class
            && self.language == Language::Python
        {
            return Expr::This(class);
        }
        if let Some((callee, args)) = self.called_with_each(&callee, &args) {
            let spans = spans.last().cloned().into_iter().collect();
            self.push_call(node, callee, args, spans);
        }
        if let Some((made, before)) = self.called_through(&callee) {
            let whole = SpanTree {
                span: self.span(node),
                children: Vec::new(),
            };
            spans.splice(0..0, before.iter().map(|_| whole.clone()));
            args.splice(0..0, before);
            let call = self.push_call(node, made, args, spans);
            return Expr::Call(call);
        }
        self.sets_attribute(&callee, &args);
        let handed = self.handed(&callee, &args);
        let places = args.iter().map(|arg| arg.value.clone());
        let places: Vec<Expr> = places.collect();
        let call = self.push_call(node, callee, args, spans.clone());
        let mut made = None;
        for handed in handed {
            // An argument stands where the same one stands in the call, else the whole call does.
            let at = |arg: &Arg| {
                let found = places.iter().position(|value| *value == arg.value);
                found.map_or(
                    SpanTree {
                        span: self.span(node),
                        children: Vec::new(),
                    },
                    |at| spans[at].clone(),
                )
            };
            let at = handed.args.iter().map(at).collect();
            let call = self.push_call(node, handed.callee, handed.args, at);
            made = match handed.worth {
                Worth::Each => Some(Expr::Every(Box::new(Expr::Call(call)))),
                Worth::Same => Some(Expr::Call(call)),
                Worth::Other => made,
            };
        }
        if let Some(made) = made {
            return made;
        }
        self.changed_by(callee_node, call);
        Expr::Call(call)
    }

    /// `put = s3.put_object`, and then `put(…)`: the method that a local name stands for.
    fn method_named(&self, callee: Expr) -> Expr {
        match &callee {
            Expr::Local { func, index } if self.language == Language::Python => {
                match &self.facts.functions[*func as usize].bindings[*index as usize] {
                    method @ Expr::Attr(object, _) if is_function(object) => method.clone(),
                    _ => callee,
                }
            }
            _ => callee,
        }
    }

    /// `Store.save(self, key)`, in a class below: the method of the class above.
    fn called_on_base(&self, callee: &Expr, args: &[Arg]) -> Option<Expr> {
        let Expr::Attr(class, name) = callee else {
            return None;
        };
        let (Expr::Name(class) | Expr::Attr(_, class)) = class.as_ref() else {
            return None;
        };
        let on = args.first().filter(|arg| arg.kind == ArgKind::Plain)?;
        let (Expr::This(own), None, Language::Python) = (&on.value, &on.keyword, self.language)
        else {
            return None;
        };
        let mut bases = self.facts.classes[*own as usize].bases.iter();
        let is_above = bases.any(|base| base_name(base) == Some(class));
        is_above.then(|| Expr::Attr(Box::new(Expr::Unknown("super".into())), name.clone()))
    }

    /// `promisify(s3.getObject).call(s3, params)`: the method of an SDK, where one is called so.
    fn called_by_call(&self, callee: &Expr) -> Option<Expr> {
        let Expr::Attr(method, name) = callee else {
            return None;
        };
        if name != "call" || self.language == Language::Python {
            return None;
        }
        let table = crate::apis::api_table(self.language);
        let (_, operation) = crate::dispatch::method_value(method, &self.facts)?;
        (!table.rows(operation).is_empty()).then(|| method.as_ref().clone())
    }

    pub(crate) fn push_call(
        &mut self,
        node: Node<'t>,
        callee: Expr,
        args: Vec<Arg>,
        spans: Vec<SpanTree>,
    ) -> u32 {
        self.facts.calls.push(Call {
            callee,
            args,
            func: self.function(),
            guard: self.guard,
        });
        self.positions.calls.push(CallPositions {
            call: self.span(node),
            args: spans,
            statement: self.statement_of(node),
        });
        (self.facts.calls.len() - 1) as u32
    }

    fn statement_of(&self, node: Node<'t>) -> Span {
        let span = self.span(node);
        if self.statement.covers(span) {
            self.statement
        } else {
            span
        }
    }

    fn argument_value(&self, node: Node<'t>) -> Node<'t> {
        match self.role(node) {
            Some(Role::Keyword) => self.roles.part(node, Part::Value).unwrap_or(node),
            _ => node,
        }
    }

    pub(crate) fn argument(&mut self, node: Node<'t>) -> Arg {
        match self.role(node) {
            Some(Role::Keyword) => {
                let keyword = self
                    .roles
                    .part(node, Part::Name)
                    .map(|n| self.source(n).into());
                let value = self
                    .roles
                    .part(node, Part::Value)
                    .map(|value| self.expr(value));
                let value = value.unwrap_or(Expr::Unknown("argument".into()));
                Arg {
                    keyword,
                    kind: ArgKind::Plain,
                    value,
                }
            }
            Some(role @ (Role::Spread | Role::SpreadMap)) => {
                let kind = if role == Role::Spread {
                    ArgKind::Spread
                } else {
                    ArgKind::SpreadMap
                };
                let value = match self.expr(node) {
                    Expr::Spread(inner) => *inner,
                    other => other,
                };
                Arg {
                    keyword: None,
                    kind,
                    value,
                }
            }
            _ => Arg {
                keyword: None,
                kind: ArgKind::Plain,
                value: self.expr(node),
            },
        }
    }

    /// The spans of a literal collection's elements, for sites whose key stands inside one.
    pub(crate) fn span_tree(&self, node: Node<'t>) -> SpanTree {
        stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.span_tree_here(node))
    }

    fn span_tree_here(&self, node: Node<'t>) -> SpanTree {
        let children = match self.role(node) {
            Some(Role::Inner) => {
                return match self.roles.part(node, Part::Value) {
                    Some(inner) => self.span_tree(inner),
                    None => SpanTree {
                        span: self.span(node),
                        children: Vec::new(),
                    },
                };
            }
            Some(Role::List | Role::Set) => self
                .elements(node)
                .into_iter()
                .map(|child| self.span_tree(child))
                .collect(),
            Some(Role::Binary | Role::Compare) => [Part::Left, Part::Right]
                .into_iter()
                .filter_map(|part| self.roles.part(node, part))
                .map(|side| self.span_tree(side))
                .collect(),
            Some(Role::Map) => self
                .elements(node)
                .into_iter()
                .map(|child| {
                    let value = match self.role(child) {
                        Some(Role::Pair) => self.roles.part(child, Part::Value).unwrap_or(child),
                        _ => child,
                    };
                    self.span_tree(value)
                })
                .collect(),
            _ => Vec::new(),
        };
        SpanTree {
            span: self.span(node),
            children,
        }
    }
}
