//! What types say of values, in both languages: annotations, aliases, interfaces and the members that they give
//! to objects, collections of a type, and types that leave a few texts.

use tree_sitter::Node;

use crate::facts::{Expr, Name};
use crate::language::Language;
use crate::literal_types::LiteralType;
use crate::roles::{Part, Role};
use crate::walk::Walker;

/// What stands for the type of a member that is a method.
pub(crate) const METHOD: &str = "method";

/// A type that is written in place and is longer says nothing. Bytes.
const MAX_SHAPE: usize = 400;

impl<'t> Walker<'t> {
    /// A type, where it is a name that may be a class of the repo.
    pub(crate) fn annotation(&mut self, node: Node<'t>) -> Option<Expr> {
        if let Some(of) = self.utility_type(node) {
            return of;
        }
        match self.role(node) {
            Some(Role::Name) => Some(self.lookup(self.source(node))),
            Some(Role::Attribute) => Some(self.expr(node)),
            Some(Role::Shape) => self.shape_in_place(node),
            _ if node.kind() == "function_type" => self.function_in_place(node),
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

    /// A type that TypeScript makes of another one: `Readonly<Store>`, `ReturnType<typeof createStore>`, `typeof store`.
    /// `None` for other types.
    fn utility_type(&mut self, node: Node<'t>) -> Option<Option<Expr>> {
        match node.kind() {
            "type_query" => return Some(self.queried(node)),
            "generic_type" => {}
            _ => return None,
        }
        let name = self.source(node.child_by_field_name("name")?);
        let arguments = node.child_by_field_name("type_arguments")?;
        let arguments = self.children(arguments);
        let first = *arguments.first()?;
        Some(match name {
            "Awaited" | "Readonly" | "Partial" | "Required" | "NonNullable" | "Pick" | "Omit"
            | "Promise" => self.annotation(first),
            "InstanceType" => self.queried(first),
            // What a function makes, that of `registerAs("storage", () => …)` of NestJS's.
            RETURN_TYPE | "ConfigType" => {
                let function = self.queried(first)?;
                let of = Expr::Name(RETURN_TYPE.into());
                Some(Expr::Index(Box::new(of), Box::new(function)))
            }
            "Record" | "Map" | "ReadonlyMap" => {
                let of = self.annotation(*arguments.get(1)?)?;
                Some(Expr::Every(Box::new(Expr::Alt(vec![of]))))
            }
            _ => return None,
        })
    }

    /// What `typeof` a type is of.
    fn queried(&mut self, node: Node<'t>) -> Option<Expr> {
        if node.kind() != "type_query" {
            return None;
        }
        let value = self.children(node).into_iter().next()?;
        match self.role(value) {
            Some(Role::Name) => Some(self.lookup(self.source(value))),
            _ => None,
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

    /// An interface: what classes that implement it are looked up by, under a name that no value has.
    pub(crate) fn interface(&mut self, node: Node<'t>) {
        let Some(name) = self.roles.part(node, Part::Name) else {
            return;
        };
        let name = self.source(name);
        let extended = self.roles.parts(node, Part::Base);
        let extended = extended.into_iter().filter_map(|it| self.annotation(it));
        let extended = extended.collect();
        let index = self.shape(name, self.roles.part(node, Part::Body));
        self.facts.classes[index as usize].implements = extended;
        self.define(type_name(name), Expr::Class(index));
    }

    /// `type Request = Base & { store: Store }`: all that each of them says.
    fn intersection(&mut self, name: &str, node: Node<'t>) -> u32 {
        let mut members = Vec::new();
        let mut extended = Vec::new();
        let mut open = vec![node];
        while let Some(at) = open.pop() {
            match self.role(at) {
                _ if at.kind() == "intersection_type" => open.extend(self.children(at)),
                Some(Role::Shape) => members.extend(self.members(Some(at))),
                _ => extended.extend(self.annotation(at)),
            }
        }
        let index = self.new_class(name, Vec::new());
        let class = &mut self.facts.classes[index as usize];
        class.members = members;
        class.implements = extended;
        index
    }

    /// A type with members.
    fn shape(&mut self, name: &str, body: Option<Node<'t>>) -> u32 {
        let members = self.members(body);
        let index = self.new_class(name, Vec::new());
        self.facts.classes[index as usize].members = members;
        index
    }

    /// What a type says of the members that objects of it have.
    fn members(&mut self, body: Option<Node<'t>>) -> Vec<(Name, Expr)> {
        let signatures = body.map(|body| self.children(body)).unwrap_or_default();
        let mut members = Vec::new();
        for signature in signatures {
            if self.role(signature) != Some(Role::Signature) {
                continue;
            }
            let Some(name) = self.roles.part(signature, Part::Name) else {
                continue;
            };
            let of = self.roles.part(signature, Part::Type);
            let is_function = |of: &Node<'t>| of.kind() == "function_type";
            let of = match signature.kind() == "method_signature"
                || of.is_some_and(|of| is_function(&of))
            {
                true => Some(Expr::Unknown(METHOD.into())),
                false => of.and_then(|of| self.annotation(of)),
            };
            members.extend(of.map(|of| (self.source(name).into(), of)));
        }
        members
    }

    /// A type that is written where it is used, `{ stage: "raw" | "clean" }`: under its own text as its name.
    pub(crate) fn shape_in_place(&mut self, node: Node<'t>) -> Option<Expr> {
        let text = self.source(node);
        if text.len() > MAX_SHAPE {
            return None;
        }
        let mut members = self.members(Some(node));
        members.retain(|(_, of)| !matches!(of, Expr::Unknown(_)));
        if members.is_empty() {
            return None;
        }
        let index = self.new_class("", Vec::new());
        self.facts.classes[index as usize].members = members;
        self.define(type_name(text), Expr::Class(index));
        Some(Expr::Name(text.into()))
    }

    /// `const ingest: Handler = async (id, store) => …`: the parameters of a function that does not say of what type they are,
    /// as the type that it is declared to be of says it; of an object, those of all its functions.
    pub(crate) fn declared_by_context(&mut self, value: &Expr, declared: &Expr) {
        match (value, declared) {
            (Expr::Func(func), Expr::Name(_) | Expr::Own(_) | Expr::Import(_)) => {
                let params = &mut self.facts.functions[*func as usize].params;
                for (place, param) in params.iter_mut().enumerate() {
                    let of = Box::new(declared.clone());
                    let of = Expr::Index(of, Box::new(Expr::Int(place as i64)));
                    param.annotation.get_or_insert(of);
                }
            }
            (Expr::Map(entries), Expr::Every(element)) => {
                let Expr::Alt(element) = &**element else {
                    return;
                };
                for (_, value) in entries {
                    element
                        .iter()
                        .for_each(|element| self.declared_by_context(value, element));
                }
            }
            _ => {}
        }
    }

    /// The type of a function that is written where it is used, under its own text as its name.
    fn function_in_place(&mut self, node: Node<'t>) -> Option<Expr> {
        let text = self.source(node);
        if text.len() > MAX_SHAPE {
            return None;
        }
        let index = self.function_type("", node)?;
        if self.facts.classes[index as usize].members.is_empty() {
            return None;
        }
        self.define(type_name(text), Expr::Class(index));
        Some(Expr::Name(text.into()))
    }

    /// The type of a function: of its parameters, by their places.
    fn function_type(&mut self, name: &str, node: Node<'t>) -> Option<u32> {
        let params = node.child_by_field_name("parameters")?;
        let mut members = Vec::new();
        for (place, param) in self.children(params).into_iter().enumerate() {
            let Some(of) = param.child_by_field_name("type") else {
                continue;
            };
            let of = of.named_child(0).and_then(|of| self.annotation(of));
            members.extend(of.map(|of| (place.to_string().into(), of)));
        }
        let index = self.new_class(name, Vec::new());
        self.facts.classes[index as usize].members = members;
        Some(index)
    }

    /// `type Stage = "dev" | "prod"`: a type that says what its values may be; `type Job = { stage: Stage }`.
    pub(crate) fn type_alias(&mut self, node: Node<'t>) {
        let (Some(name), Some(value)) = (
            self.roles.part(node, Part::Name),
            self.roles.part(node, Part::Value),
        ) else {
            return;
        };
        let name = self.source(name);
        if value.kind() == "intersection_type" {
            let index = self.intersection(name, value);
            self.define(type_name(name), Expr::Class(index));
        } else if value.kind() == "function_type" {
            if let Some(index) = self.function_type(name, value) {
                self.define(type_name(name), Expr::Class(index));
            }
        } else if self.role(value) == Some(Role::Shape) {
            let index = self.shape(name, Some(value));
            self.define(type_name(name), Expr::Class(index));
        } else if let Some(texts) = self.literal_type(self.source(value)) {
            self.define(type_name(name), texts);
        } else if let Some(Some(of)) = self.utility_type(value) {
            self.define(type_name(name), of);
        }
    }
}

/// The type of what a function returns, which is worked out as its value is: it is no name of a value.
pub(crate) const RETURN_TYPE: &str = "ReturnType";

/// The name under which a module knows what is a type alone: types and values have names of their own.
pub(crate) fn type_name(name: &str) -> Name {
    format!("={name}").into()
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
