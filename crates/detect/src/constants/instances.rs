//! Classes, enums and their instances, and the calls that make a collection of another one.

use super::*;
use crate::eval::is_enumeration;
use crate::facts::{Arg, ArgKind, Call};
use crate::shared::Shared;
use crate::value::{Args, ClassRef};

impl Reader<'_> {
    pub(super) fn call(&mut self, index: u32, at: &At) -> Json {
        let expr = Expr::Call(index);
        let facts = at.scope.facts.clone();
        let call = &facts.calls[index as usize];
        let callees = self.eval.root(&call.callee, &at.scope);
        match callees.iter().as_slice() {
            [Value::Class(class)]
                if !is_enumeration(class) && class.class().constructor.is_none() =>
            {
                self.instance(class, index, call, at)
            }
            [Value::External(external)] if !external.path.contains('(') => {
                let path = external.path.clone();
                let made = self.made_by(&path, index, call, at);
                made.unwrap_or_else(|| self.folded(&expr, at))
            }
            _ => match self.mapped(call, at) {
                Some(made) => made,
                None => self.folded(&expr, at),
            },
        }
    }

    fn arg(&mut self, call: u32, index: usize, arg: &Arg, at: &At) -> Json {
        let slot = Slot::Argument(call, index as u32);
        self.read(&arg.value, &at.slot(slot))
    }

    /// A collection that something of the standard libraries makes.
    fn made_by(&mut self, path: &str, index: u32, call: &Call, at: &At) -> Option<Json> {
        let name = path.rsplit('.').next().unwrap_or(path);
        let first = call.args.first().filter(|arg| arg.kind == ArgKind::Plain);
        let is_given = first.is_some_and(|arg| arg.keyword.is_none());
        match (path, name) {
            ("set" | "frozenset" | "Set", _) if !is_given => {
                Some(made(JsonKind::Set(Vec::new()), at))
            }
            ("set" | "frozenset" | "Set", _) => Some(as_set(self.arg(index, 0, first?, at))),
            ("list" | "tuple" | "sorted", _) => Some(spread_of(self.arg(index, 0, first?, at))),
            ("Object.freeze", _) | (_, "MappingProxyType" | "OrderedDict") if is_given => {
                Some(self.arg(index, 0, first?, at))
            }
            (_, "cast") if call.args.len() == 2 => Some(self.arg(index, 1, &call.args[1], at)),
            ("dict" | "Object.assign", _) | (_, "OrderedDict") => {
                let mut map = made(JsonKind::Map(Vec::new()), at);
                for (number, arg) in call.args.iter().enumerate() {
                    let read = self.arg(index, number, arg, at);
                    match &arg.keyword {
                        Some(key) => put(&mut map, key.clone(), read),
                        None => take(&mut map, pairs(read)),
                    }
                }
                Some(map)
            }
            ("Map" | "Object.fromEntries", _) if is_given => {
                Some(pairs(self.arg(index, 0, first?, at)))
            }
            (_, "field" | "Field" | "ib" | "attrib") => self.default_of(index, call, at),
            _ => None,
        }
    }

    /// What `field(default=…)` gives.
    fn default_of(&mut self, index: u32, call: &Call, at: &At) -> Option<Json> {
        let named = |name: &str| {
            let mut args = call.args.iter().enumerate();
            args.find(|(_, arg)| arg.keyword.as_deref() == Some(name))
        };
        if let Some((number, arg)) = named("default") {
            return Some(self.arg(index, number, arg, at));
        }
        if let Some((number, arg)) = named("default_factory").or_else(|| named("factory")) {
            let at = at.slot(Slot::Argument(index, number as u32));
            let factories = self.eval.root(&arg.value, &at.scope);
            return Some(match factories.iter().as_slice() {
                [Value::External(made)] if &*made.path == "list" => {
                    super::made(JsonKind::List(Vec::new()), &at)
                }
                [Value::External(made)] if &*made.path == "dict" => {
                    super::made(JsonKind::Map(Vec::new()), &at)
                }
                [factory] => {
                    let none = Args::default();
                    let given = self.eval.apart(|eval| eval.call_value(factory, &none));
                    self.of_values(&given, &at)
                }
                _ => unknown(syntax("default factory"), &at),
            });
        }
        let first = call.args.first().filter(|arg| arg.keyword.is_none())?;
        Some(self.arg(index, 0, first, at))
    }

    /// An instance of a class without a constructor of its own (a dataclass, a model, a named tuple):
    /// its fields, as the call gives them, else their defaults.
    fn instance(&mut self, class: &ClassRef, index: u32, call: &Call, at: &At) -> Json {
        let mut map = made(JsonKind::Map(Vec::new()), at);
        let mut line: Vec<ClassRef> = self.eval.ancestors(class);
        line.reverse();
        line.push(class.clone());
        let mut fields: Vec<(SmolStr, Option<Json>)> = Vec::new();
        for class in &line {
            for (name, _) in &class.class().annotations {
                let default = self.default_attribute(class, name);
                match fields.iter_mut().find(|(known, _)| known == name) {
                    Some(known) => known.1 = default,
                    None => fields.push((name.clone(), default)),
                }
            }
        }
        let positional = call.args.iter().enumerate();
        let mut positional = positional.filter(|(_, arg)| arg.keyword.is_none());
        let is_partial = line.iter().any(is_typed_dict);
        for (name, default) in fields {
            let mut args = call.args.iter().enumerate();
            let named = args.find(|(_, arg)| arg.keyword.as_ref() == Some(&name));
            let value = match named.or_else(|| positional.next()) {
                Some((_, arg)) if arg.kind != ArgKind::Plain => continue,
                Some((number, arg)) => self.arg(index, number, arg, at),
                None => match default {
                    Some(default) => default,
                    None if is_partial => continue,
                    None => unknown(syntax("field without a value"), at),
                },
            };
            put(&mut map, name, value);
        }
        for (number, arg) in call.args.iter().enumerate() {
            match (&arg.keyword, arg.kind) {
                (Some(name), _) => {
                    let value = self.arg(index, number, arg, at);
                    put(&mut map, name.clone(), value);
                }
                (None, ArgKind::SpreadMap) => {
                    let read = self.arg(index, number, arg, at);
                    take(&mut map, read);
                }
                (None, ArgKind::Spread) => map.open = Some(syntax("spread argument")),
                (None, ArgKind::Plain) => {}
            }
        }
        map
    }

    fn default_attribute(&mut self, class: &ClassRef, name: &str) -> Option<Json> {
        let attributes = &class.class().attributes;
        let index = attributes.iter().rposition(|(known, _)| known == name)?;
        let at = self.in_class(class, Slot::Attribute(class.class, index as u32))?;
        let value = attributes[index].1.clone();
        Some(self.read(&value, &at))
    }

    /// The surroundings of what a class says.
    pub(super) fn in_class(&self, class: &ClassRef, slot: Slot) -> Option<At> {
        let interface = self.program.interface(class.file);
        let item = interface
            .items
            .iter()
            .position(|facts| facts.id == class.facts.id)?;
        Some(At {
            scope: Scope {
                file: class.file,
                facts: class.facts.clone(),
                frame: None,
                item: Some(item),
            },
            place: ValuePlace {
                file: class.file,
                item: item as u32,
                slot,
                path: Vec::new(),
            },
        })
    }

    /// A class of the statement at hand, as a value.
    pub(super) fn class_value(&mut self, class: u32, at: &At) -> Json {
        let class = ClassRef {
            file: at.scope.file,
            facts: at.scope.facts.clone(),
            class,
        };
        self.of_class(&class, at)
    }

    /// A class as a value: the members of an enum; else its attributes, and the fields that have a
    /// value from the start.
    pub(super) fn of_class(&mut self, class: &ClassRef, at: &At) -> Json {
        let is_enum = is_enumeration(class);
        let mut read = match is_enum {
            true => made(JsonKind::Members(Vec::new()), at),
            false => made(JsonKind::Map(Vec::new()), at),
        };
        let says = class.class();
        let attributes = says.attributes.iter().enumerate();
        let attributes =
            attributes.map(|(index, it)| (Slot::Attribute(class.class, index as u32), it));
        let fields = says.fields.iter().enumerate();
        let fields = fields.map(|(index, it)| (Slot::Field(class.class, index as u32), it));
        let fields = fields.filter(|_| says.constructor.is_none());
        for (slot, (name, value)) in attributes.chain(fields) {
            if name.starts_with('_') {
                continue;
            }
            let Some(at) = self.in_class(class, slot) else {
                continue;
            };
            let value = match (is_enum, value) {
                (true, Expr::Call(_)) if let Some(value) = self.counted(class, name) => {
                    self.of_value(&value, &at)
                }
                _ => self.read(value, &at),
            };
            if value.kind != JsonKind::Unknown(syntax("function")) {
                put(&mut read, name.clone(), value);
            }
        }
        let is_empty = match &read.kind {
            JsonKind::Map(entries) | JsonKind::Members(entries) => entries.is_empty(),
            _ => false,
        };
        match is_empty {
            true => unknown(syntax("class without values"), at),
            false => read,
        }
    }

    /// What `auto()` is in an enumeration.
    fn counted(&mut self, class: &ClassRef, name: &str) -> Option<Value> {
        let values = self.eval.apart(|eval| eval.class_attribute(class, name))?;
        let is_known = matches!(values.first(), Value::Text(_) | Value::Int(_));
        is_known.then(|| values.first().clone())
    }

    /// An instance that was not made by a call at hand.
    pub(super) fn of_instance(
        &mut self,
        class: &ClassRef,
        args: &Option<Shared<Args>>,
        at: &At,
    ) -> Json {
        let says = class.class();
        let fields = says.fields.iter().map(|(name, _)| name);
        let annotated = says.annotations.iter().map(|(name, _)| name);
        let mut names: Vec<SmolStr> = Vec::new();
        for name in annotated.chain(fields) {
            if !names.contains(name) && !name.starts_with('_') {
                names.push(name.clone());
            }
        }
        if names.is_empty() {
            return unknown(syntax("object"), at);
        }
        let instance = Value::Instance {
            class: class.clone(),
            args: args.clone(),
        };
        let mut map = made(JsonKind::Map(Vec::new()), at);
        for name in names {
            let values = self
                .eval
                .apart(|eval| eval.attribute(&instance, &name, class.file));
            let value = self.of_values(&values, at);
            put(&mut map, name, value);
        }
        map
    }
}

fn is_typed_dict(class: &ClassRef) -> bool {
    class.class().bases.iter().any(|base| match base {
        Expr::Name(name) | Expr::Attr(_, name) => name == "TypedDict",
        Expr::Import(index) => matches!(
            &class.facts.imports[*index as usize].item,
            crate::facts::ImportItem::Named(name) if name == "TypedDict"
        ),
        _ => false,
    })
}

/// A list of pairs as a map; what is a map stays one.
fn pairs(read: Json) -> Json {
    let JsonKind::List(elements) = &read.kind else {
        return read;
    };
    let mut map = Json {
        kind: JsonKind::Map(Vec::new()),
        open: read.open.clone(),
        place: read.place.clone(),
    };
    for element in elements {
        match element.elements().map(Vec::as_slice) {
            Some(
                [
                    Json {
                        kind: JsonKind::Text(key),
                        ..
                    },
                    value,
                ],
            ) => put(&mut map, key.as_str().into(), value.clone()),
            _ => map.open = Some(syntax("key")),
        }
    }
    map
}
