//! Expressions, as the walker reads them: literals, names, operators, calls and collections become
//! an [`Expr`]; anything else is visited for the calls in it and is itself unknown.

use blue_text::Span;
use smol_str::SmolStr;
use tree_sitter::Node;

use crate::facts::{Arg, ArgKind, Call, CallPositions, Expr, ImportItem, Operator, SpanTree};
use crate::handed::{Worth, is_function};
use crate::language::Language;
use crate::literal_types::LiteralType;
use crate::literals::{Piece, pieces};
use crate::program::base_name;
use crate::roles::{Part, Role};
use crate::walk::{RED_ZONE, STACK_STEP, Walker};

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

/// A value with the type it is declared to have, where the value may say nothing by itself.
pub(crate) fn declared_as(value: Expr, declared: Option<Expr>) -> Expr {
    let may_be_unknown = matches!(
        value,
        Expr::Call(_)
            | Expr::Attr(..)
            | Expr::Index(..)
            | Expr::Name(_)
            | Expr::Param { .. }
            | Expr::Local { .. }
            | Expr::Unknown(_)
    );
    match declared {
        Some(declared) if may_be_unknown => Expr::Declared(Box::new((value, declared))),
        _ => value,
    }
}

/// The type of a value that may be missing: `Optional[Store]`, `Store | None`, `Union[Store, None]`; or that is
/// only said to be final, or of a class's own.
fn one_or_nothing(text: &str) -> Option<&str> {
    let text = text.trim().trim_matches(['"', '\'']);
    let inside = |name: &str| {
        let rest = text.strip_prefix("typing.").unwrap_or(text);
        rest.strip_prefix(name)?
            .strip_prefix('[')?
            .strip_suffix(']')
    };
    let wrapped = ["Optional", "Final", "ClassVar", "Annotated"];
    if let Some(inner) = wrapped.into_iter().find_map(inside) {
        let first = inner.split(',').next().unwrap_or(inner);
        return Some(one_or_nothing(first).unwrap_or(first.trim().trim_matches(['"', '\''])));
    }
    let several = inside("Union")
        .map(|inner| (inner, ','))
        .or(text.contains('|').then_some((text, '|')));
    let (types, separator) = several?;
    let mut there = types
        .split(separator)
        .map(str::trim)
        .filter(|one| *one != "None");
    let only = there.next()?.trim_matches(['"', '\'']);
    there.next().is_none().then_some(only)
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

/// What a collection's type says of its elements: `list[Store]`, of a mapping its values.
fn element_type(text: &str) -> Option<ElementType<'_>> {
    let text = text.strip_prefix("typing.").unwrap_or(text);
    let text = text.strip_prefix("collections.abc.").unwrap_or(text);
    let (collection, inner) = text.strip_suffix(']')?.split_once('[')?;
    Some(match collection {
        "list" | "List" | "set" | "Set" | "frozenset" | "FrozenSet" | "Sequence"
        | "MutableSequence" | "Iterable" | "Iterator" | "Collection" | "deque" | "Deque" => {
            ElementType::Of(element(inner))
        }
        "tuple" | "Tuple" => ElementType::Of(element(
            inner.strip_suffix("...")?.trim_end().strip_suffix(',')?,
        )),
        "dict" | "Dict" | "Mapping" | "MutableMapping" | "DefaultDict" | "defaultdict"
        | "OrderedDict" => ElementType::UnderKeys(element(inner.split_once(',')?.1)),
        _ => return None,
    })
}

/// A type within another, by its name alone.
fn element(text: &str) -> &str {
    let text = text.trim();
    let text = one_or_nothing(text).unwrap_or(text);
    text.trim_matches(['"', '\''])
}

/// The type of what is in a collection.
#[derive(Debug, Clone, Copy)]
enum ElementType<'t> {
    /// Of what somebody has who goes through it.
    Of(&'t str),
    /// Of what a map has under its keys.
    UnderKeys(&'t str),
}

/// What an array of TypeScript holds: `Job[]`, `readonly Job[]`, `Array<Job>`.
fn element_of_array(text: &str) -> Option<&str> {
    let text = text.strip_prefix("readonly ").unwrap_or(text).trim();
    let generic = ["Array<", "ReadonlyArray<", "Set<", "Iterable<"];
    let inner = generic.iter().find_map(|it| text.strip_prefix(it));
    let inner = inner.and_then(|it| it.strip_suffix('>'));
    let element = inner.or_else(|| text.strip_suffix("[]"))?.trim();
    let bare = element
        .strip_prefix('(')
        .and_then(|it| it.strip_suffix(')'));
    Some(bare.unwrap_or(element).trim())
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
            Some(Role::Null) => Expr::Null,
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
            Some(Role::Yield) => {
                self.yielded(node);
                unknown()
            }
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
            Some(Role::Assign) if let Some(value) = self.assigned_to_attribute(node) => value,
            Some(Role::Assign) => {
                self.visit(node);
                match self.roles.part(node, Part::Target) {
                    Some(target) if self.role(target) == Some(Role::Name) => self.expr(target),
                    _ => unknown(),
                }
            }
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

    /// A type, where it is a name that may be a class of the repo.
    pub(crate) fn annotation(&mut self, node: Node<'t>) -> Option<Expr> {
        match self.role(node) {
            Some(Role::Name) => Some(self.lookup(self.source(node))),
            Some(Role::Attribute) => Some(self.expr(node)),
            Some(Role::Shape) => self.shape_in_place(node),
            _ if let Some(texts) = self.literal_type(self.source(node)) => Some(texts),
            Some(Role::Inner) if let Some(element) = element_of_array(self.source(node)) => {
                self.every(ElementType::Of(element))
            }
            Some(Role::Inner) => {
                let inner = self.roles.part(node, Part::Value)?;
                // `"raw" | string`: another text may be of it as well.
                let is_text = LiteralType::of(self.source(inner), self.language).is_some();
                match is_text && self.source(node).contains('|') {
                    true => None,
                    false => self.annotation(inner),
                }
            }
            // A forward reference: `"Storage"`.
            Some(Role::String) => {
                let name = self.source(node).trim_matches(['"', '\'']);
                let name = one_or_nothing(name).unwrap_or(name);
                match element_type(name) {
                    Some(element) if self.language == Language::Python => self.every(element),
                    _ => self.named_type(name),
                }
            }
            _ if self.language == Language::Python => {
                let text = self.source(node);
                let text = one_or_nothing(text).unwrap_or(text);
                match element_type(text) {
                    Some(element) => self.every(element),
                    None => self.named_type(text),
                }
            }
            _ => self.every(ElementType::Of(element_of_array(self.source(node))?)),
        }
    }

    /// The texts that a type leaves, as a collection of them.
    pub(crate) fn literal_type(&mut self, text: &'t str) -> Option<Expr> {
        let every = |element| Expr::Every(Box::new(element));
        Some(match LiteralType::of(text, self.language)? {
            LiteralType::Texts(texts) => {
                Expr::List(texts.into_iter().map(|it| Expr::Text(it.into())).collect())
            }
            LiteralType::ElementOf(name) => every(Expr::Each(Box::new(self.lookup(name)))),
            LiteralType::EntryOf(name) => {
                let key = Expr::Unknown("key".into());
                every(Expr::Index(Box::new(self.lookup(name)), Box::new(key)))
            }
        })
    }

    /// A collection of what a type names, where that may be a class of the repo, or leave a few texts.
    fn every(&mut self, element: ElementType<'t>) -> Option<Expr> {
        let (ElementType::Of(name) | ElementType::UnderKeys(name)) = element;
        if let ElementType::Of(name) = element
            && let Some(texts) = self.literal_type(name)
        {
            return Some(Expr::Every(Box::new(texts)));
        }
        let last = name.rsplit('.').next().unwrap_or(name);
        let is_class = last.starts_with(char::is_uppercase) && !matches!(last, "Any" | "Path");
        let named = self.named_type(name).filter(|_| is_class)?;
        // Who goes through a map has its keys: an alternative tells it from a list, and is worth the same.
        let named = match element {
            ElementType::Of(_) => named,
            ElementType::UnderKeys(_) => Expr::Alt(vec![named]),
        };
        Some(Expr::Every(Box::new(named)))
    }

    /// What a type is called, where it is a name or an attribute of one.
    fn named_type(&mut self, text: &str) -> Option<Expr> {
        let is_name =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        let mut parts = text.split('.');
        if !text.split('.').all(is_name) {
            return None;
        }
        let first = self.lookup(parts.next()?);
        Some(parts.fold(first, |object, part| {
            Expr::Attr(Box::new(object), part.into())
        }))
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

    /// `params.update(more)` and `keys.append(key)` change what the name stands for.
    fn changed_by(&mut self, callee: Node<'t>, call: u32) {
        let Some(Expr::Attr(_, name)) = self.facts.calls.get(call as usize).map(|c| &c.callee)
        else {
            return;
        };
        let name = name.clone();
        if let Some(object) = self.roles.part(callee, Part::Object)
            && self.role(object) == Some(Role::Name)
            && self.is_bound_before(self.source(object))
        {
            return self.changed_later(object, &name, call);
        }
        let (is_list, is_map, is_taken) = (
            matches!(name.as_str(), "append" | "push"),
            matches!(name.as_str(), "update"),
            matches!(name.as_str(), "pop" | "shift"),
        );
        if !is_list && !is_map && !is_taken {
            return self.grown_by(callee, &name, call);
        }
        let is_shift = name == "shift";
        let args = self.facts.calls[call as usize].args.clone();
        let Some(object) = self.roles.part(callee, Part::Object) else {
            return;
        };
        let field = self.own_field(object).filter(|_| !is_taken);
        if self.role(object) != Some(Role::Name) && field.is_none() {
            return;
        }
        if is_taken {
            let first = args.first().map(|arg| &arg.value);
            let ends = match first {
                None if is_shift => (Expr::Int(1), Expr::Null),
                Some(Expr::Int(0)) => (Expr::Int(1), Expr::Null),
                None => (Expr::Null, Expr::Int(-1)),
                _ => return,
            };
            self.change(object, |old| Expr::Slice(Box::new(old), Box::new(ends)));
            return;
        }
        let change = |old| {
            if is_list {
                let mut elements = vec![Expr::Spread(Box::new(old))];
                elements.extend(args.into_iter().map(|arg| arg.value));
                return Expr::List(elements);
            }
            let mut entries = vec![(None, old)];
            entries.extend(args.into_iter().map(|arg| match arg.keyword {
                Some(name) => (Some(Expr::Text(name)), arg.value),
                None => (None, arg.value),
            }));
            Expr::Map(entries)
        };
        match field {
            Some(at) => self.amend(at, change),
            None => self.change(object, change),
        }
    }

    /// `keys.extend(more)`, `parts.insert(0, prefix)`, `keys.add(key)` of a set, `params.setdefault("Key", key)`.
    fn grown_by(&mut self, callee: Node<'t>, method: &str, call: u32) {
        let Some(object) = self.roles.part(callee, Part::Object) else {
            return;
        };
        if self.role(object) != Some(Role::Name) {
            return;
        }
        let args = &self.facts.calls[call as usize].args;
        let values: Vec<Expr> = args.iter().map(|arg| arg.value.clone()).collect();
        let spread = |value: Expr| Expr::Spread(Box::new(value));
        match (method, values.as_slice()) {
            ("extend", [more]) => {
                let more = spread(more.clone());
                self.change(object, |old| Expr::List(vec![spread(old), more]));
            }
            ("insert", [Expr::Int(0), first]) | ("unshift", [first]) => {
                let first = first.clone();
                self.change(object, |old| Expr::List(vec![first, spread(old)]));
            }
            // What is there already stays.
            ("setdefault", [Expr::Text(_), value]) => {
                let (key, value) = (args[0].value.clone(), value.clone());
                self.change(object, |old| {
                    Expr::Map(vec![(Some(key), value), (None, old)])
                });
            }
            ("add", [element]) if self.is_set(self.source(object)) => {
                let element = element.clone();
                self.change(object, |old| Expr::List(vec![spread(old), element]));
            }
            _ => {}
        }
    }

    /// Whether a local name stands for a set, or for one that something was put into.
    fn is_set(&self, name: &str) -> bool {
        let mut value = &self.lookup(name);
        while let Expr::Local { func, index } = value {
            value = &self.facts.functions[*func as usize].bindings[*index as usize];
        }
        match value {
            Expr::Set(_) | Expr::List(_) => true,
            Expr::Call(index) => {
                let name = self.facts.calls[*index as usize].callee_name();
                name.is_some_and(|name| matches!(name.as_str(), "set" | "Set"))
            }
            _ => false,
        }
    }

    /// A method of a name that an earlier statement of the module binds: what it may do to what the
    /// name stands for.
    fn changed_later(&mut self, object: Node<'t>, method: &str, call: u32) {
        let args = &self.facts.calls[call as usize].args;
        let spans = &self.positions.calls[call as usize];
        let mut children = vec![SpanTree {
            span: self.span(object),
            children: Vec::new(),
        }];
        children.extend(spans.args.iter().cloned());
        let at = SpanTree {
            span: spans.call,
            children,
        };
        let values = args.iter().map(|arg| arg.value.clone());
        let old = Expr::Name(self.source(object).into());
        let changed = match method {
            "append" | "push" | "add" => {
                let old = Expr::Spread(Box::new(old));
                Expr::List(std::iter::once(old).chain(values).collect())
            }
            "extend" => {
                let all = std::iter::once(old).chain(values);
                Expr::List(all.map(|one| Expr::Spread(Box::new(one))).collect())
            }
            "update" => {
                let given = args.iter().map(|arg| {
                    let key = arg.keyword.clone().map(Expr::Text);
                    (key, arg.value.clone())
                });
                Expr::Map(std::iter::once((None, old)).chain(given).collect())
            }
            "setdefault" if matches!(args.as_slice(), [key, _] if matches!(key.value, Expr::Text(_))) =>
            {
                let given = (Some(args[0].value.clone()), args[1].value.clone());
                Expr::Map(vec![given, (None, old)])
            }
            "insert" | "unshift" | "splice" | "pop" | "popitem" | "shift" | "remove"
            | "discard" | "clear" | "delete" | "set" | "setdefault" | "sort" | "reverse" => {
                Expr::Unknown(format!("call of {method}()").into())
            }
            _ => return,
        };
        self.change_at(self.source(object), changed, at);
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
