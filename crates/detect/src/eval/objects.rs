//! What objects are worth: attributes of modules, classes and instances, fields as a constructor set
//! them, entries of collections.

use std::rc::Rc;

use super::*;
use crate::builtins::addresses::{self, AddressPart};
use crate::builtins::paths;
use crate::transpiled::EXPORTS;

impl Evaluator<'_> {
    /// `object.name`, where it is not called.
    pub(crate) fn attribute(&mut self, object: &Value, name: &str, from: FileId) -> Values {
        match object {
            Value::Module(file) => self.module_attribute(*file, name),
            Value::External(external)
                if external.path == "django.conf.settings"
                    && let Some(values) = self.django_setting(name, from) =>
            {
                values
            }
            Value::External(external) if external.path == "process.env" => {
                Values::hole(Why::Environment(name.into()))
            }
            Value::External(external)
                if external.path.ends_with(".parse_args()")
                    && let Some(values) = self.option(name, from) =>
            {
                values
            }
            Value::Hole(Why::Parameter(param) | Why::Field(param))
                if is_options(param)
                    && let Some(values) = self.option(name, from) =>
            {
                values
            }
            Value::External(external)
                if let Some(values) = crate::listings::said_of(external, name) =>
            {
                values
            }
            Value::External(external) => {
                // What a compiler makes of a default import.
                if name == "default" {
                    return Values::one(object.clone());
                }
                if let Some(part) = AddressPart::named(name)
                    && let Some(values) =
                        addresses::part_of(&external.path, &external.args.positional, part)
                {
                    return values;
                }
                if matches!(external.path.as_str(), "os" | "path" | "path.posix") && name == "sep" {
                    return Values::one(Value::text("/"));
                }
                if matches!(external.path.as_str(), "os" | "os.path") && name == "extsep" {
                    return Values::one(Value::text("."));
                }
                let path = format!("{}.{name}", external.path);
                if external.path.contains('(') {
                    return Values::one(crate::builtins::external_attribute(external, name));
                }
                match self.program.module(from, &path) {
                    Some(file) => Values::one(Value::Module(file)),
                    None => Values::one(Value::external(path)),
                }
            }
            Value::Class(class) => match self.class_attribute(class, name) {
                Some(values) => values.flat_map(|value| match value {
                    Value::Func(closure) if is_static_getter(closure) => {
                        self.call_closure(closure, &Args::default())
                    }
                    other => Values::one(other.clone()),
                }),
                None => Values::hole(Why::Syntax("attribute".into())),
            },
            Value::Instance { class, args } => {
                let values = self.instance_attribute(class, args, name, object);
                match args {
                    Some(_) => values,
                    None => given_where_made(&values, name),
                }
            }
            Value::Map(map) => map_entry(map, name).flat_map(|value| match value {
                Value::Func(closure) => {
                    let closure = called_on(closure, object);
                    match closure.func.function().kind {
                        FunctionKind::Property => self.call_closure(&closure, &Args::default()),
                        _ => Values::one(Value::Func(closure)),
                    }
                }
                other => Values::one(other.clone()),
            }),
            // An enum's member is its value.
            Value::Text(_) | Value::Int(_) if name == "value" => Values::one(object.clone()),
            Value::Text(text) => match paths::attribute(text, name) {
                Some(part) => part.into(),
                None => Values::hole(Why::Syntax("attribute".into())),
            },
            Value::Hole(why) => Values::hole(why.clone()),
            _ => Values::hole(Why::Syntax("attribute".into())),
        }
    }

    /// The default of an option of the command line, as the file says it to `argparse`.
    fn option(&mut self, name: &str, file: FileId) -> Option<Values> {
        let calls = self.program.calls(file, "add_argument");
        let (facts, _, index) = calls.iter().find(|(facts, _, index)| {
            let args = &facts.calls[*index as usize].args;
            option_name(args).is_some_and(|option| option == name)
        })?;
        let mut args = facts.calls[*index as usize].args.iter();
        let default = args.find(|arg| arg.keyword.as_deref() == Some("default"))?;
        let scope = Scope {
            file,
            facts: facts.clone(),
            frame: None,
            item: None,
        };
        let values = self.eval(&default.value, &scope);
        let says = |value: &Value| !matches!(value, Value::Null | Value::Hole(_));
        values.iter().any(says).then_some(values)
    }

    pub(super) fn module_attribute(&mut self, file: FileId, name: &str) -> Values {
        if let Some(values) = self.module_name(file, name) {
            return values;
        }
        // `module.exports = store`: the module is what it exports, and its own default.
        match self.module_name(file, "default") {
            None if name == "default" => return Values::one(Value::Module(file)),
            Some(exported) if exported.iter().all(|value| may_have(value, name)) => {
                return exported.flat_map(|value| self.attribute(value, name, file));
            }
            _ => {}
        }
        // `const store = module.exports = {}; store.save = function …`
        if let Some(own) = self.module_name(file, EXPORTS)
            && let Some(own) = own.known()
            && let Some(found) = self.attached_to(file, &own, name)
        {
            return found;
        }
        // A package's module that its `__init__.py` does not name.
        match self.program.module(file, &format!(".{name}")) {
            Some(file) => Values::one(Value::Module(file)),
            None => Values::hole(Why::External(name.into())),
        }
    }

    /// A function that a later statement gives a name of the module: `store.save = function …`.
    pub(super) fn attached(&mut self, object: &Expr, name: &str, scope: &Scope) -> Option<Values> {
        let Expr::Name(object) = object else {
            return None;
        };
        self.attached_to(scope.file, object, name)
    }

    fn attached_to(&mut self, file: FileId, object: &str, name: &str) -> Option<Values> {
        let dotted = format!("{object}.{name}");
        if self.program.definitions(file, &dotted).is_empty() {
            return None;
        }
        self.module_name(file, &dotted)
    }

    /// An entry that a later statement gives a dict of a module: `PATHS["raw"] = "raw/v1"`. It is asked for by
    /// itself, since entries may be made of one another.
    pub(super) fn later_entry(
        &mut self,
        object: &Expr,
        entry: &str,
        scope: &Scope,
    ) -> Option<Values> {
        let (file, name) = self.module_of(object, scope)?;
        let name = crate::walk_bind::entry_name(&name, entry);
        if self.program.definitions(file, &name).is_empty() {
            return None;
        }
        self.module_name(file, &name)
    }

    /// The module that binds what an expression names, and the name there.
    fn module_of(&mut self, object: &Expr, scope: &Scope) -> Option<(FileId, SmolStr)> {
        match object {
            Expr::Name(name) => {
                let file = self.definer(scope.file, name)?;
                let definitions = self.program.definitions(file, name);
                let (facts, index) = definitions.last()?;
                let Expr::Import(import) = &facts.definitions[*index as usize].value else {
                    return Some((file, name.clone()));
                };
                let import = &facts.imports[*import as usize];
                let ImportItem::Named(name) = &import.item else {
                    return None;
                };
                let target = self.program.module(file, &import.module)?;
                Some((self.definer(target, name)?, name.clone()))
            }
            Expr::Attr(module, name) => match self.eval(module, scope).first() {
                Value::Module(file) => Some((self.definer(*file, name)?, name.clone())),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn bases(&mut self, class: &ClassRef) -> Vec<ClassRef> {
        let scope = Scope {
            file: class.file,
            facts: class.facts.clone(),
            frame: None,
            item: None,
        };
        let bases = class.class().bases.clone();
        let mut found = Vec::new();
        for base in &bases {
            // `Store[Job]`: the class, whatever it is made for.
            let base = match base {
                Expr::Index(generic, _) => generic,
                base => base,
            };
            match self.eval(base, &scope).first() {
                Value::Class(base) => found.push(base.clone()),
                // `module.exports = Store`
                Value::Module(file) => match self.module_name(*file, "default").as_ref() {
                    Some(whole) if let Value::Class(base) = whole.first() => {
                        found.push(base.clone())
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        found
    }

    /// The classes that a class inherits from, nearest first, each once.
    pub(crate) fn ancestors(&mut self, class: &ClassRef) -> Vec<ClassRef> {
        let mut found: Vec<ClassRef> = Vec::new();
        let mut open = self.bases(class);
        open.reverse();
        while let Some(base) = open.pop() {
            if base == *class || found.contains(&base) || found.len() >= MAX_ANCESTORS {
                continue;
            }
            let above = self.bases(&base);
            found.push(base);
            open.extend(above.into_iter().rev());
        }
        found
    }

    pub(crate) fn class_attribute(&mut self, class: &ClassRef, name: &str) -> Option<Values> {
        if let Some(found) = self.own_attribute(class, name) {
            return Some(found);
        }
        if let Some(found) = self.later_attribute(class, name) {
            return Some(found);
        }
        let ancestors = self.ancestors(class);
        ancestors
            .iter()
            .find_map(|base| self.own_attribute(base, name))
    }

    /// An attribute that a later statement gives the class: `Store.prefix = "raw"`,
    /// `Store.prototype.save = function …`.
    fn later_attribute(&mut self, class: &ClassRef, name: &str) -> Option<Values> {
        let class_name = &class.class().name;
        if class_name.is_empty() {
            return None;
        }
        if let Some(found) = self.attached_to(class.file, class_name, name) {
            return Some(found);
        }
        let prototype = format!("{class_name}.prototype");
        if let Some(found) = self.attached_to(class.file, &prototype, name) {
            return Some(found);
        }
        match self
            .attached_to(class.file, class_name, "prototype")?
            .first()
        {
            Value::Map(map) => map.get(name).cloned(),
            _ => None,
        }
    }

    /// The interfaces that a class implements, itself or by what it inherits from.
    pub(crate) fn interfaces(&mut self, class: &ClassRef) -> Vec<ClassRef> {
        let mut open = self.ancestors(class);
        open.push(class.clone());
        let mut found: Vec<ClassRef> = Vec::new();
        while let Some(at) = open.pop() {
            for named in at.class().implements.clone() {
                if let Some(interface) = self.interface(&named, at.file, &at.facts)
                    && !found.contains(&interface)
                    && found.len() < MAX_ANCESTORS
                {
                    found.push(interface.clone());
                    open.push(interface);
                }
            }
        }
        found
    }

    /// The type that something is declared to be of, where that is a class or an interface of the repository.
    pub(crate) fn declared_type(
        &mut self,
        object: &Expr,
        scope: &Scope,
        depth: usize,
    ) -> Option<ClassRef> {
        let depth = depth.checked_sub(1)?;
        let facts = scope.facts.clone();
        match object {
            Expr::Declared(both) => {
                let found = self.interface(&both.1, scope.file, &facts);
                found.or_else(|| self.declared_type(&both.0, scope, depth))
            }
            Expr::Param { func, index } => {
                let param = &facts.functions[*func as usize].params[*index as usize];
                self.interface(param.annotation.as_ref()?, scope.file, &facts)
            }
            Expr::Local { func, index } => {
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                self.declared_type(bound, scope, depth)
            }
            Expr::When(_, inner) => self.declared_type(inner, scope, depth),
            Expr::Own(index) => {
                self.declared_type(&facts.definitions[*index as usize].value, scope, depth)
            }
            Expr::Attr(of, name) => {
                let of = self.eval(of, scope);
                let Value::Instance { class, .. } = of.first() else {
                    return None;
                };
                let mut classes = vec![class.clone()];
                classes.extend(self.ancestors(class));
                classes.iter().find_map(|class| {
                    let annotations = &class.class().annotations;
                    let (_, declared) = annotations.iter().find(|(known, _)| known == name)?;
                    self.interface(declared, class.file, &class.facts)
                })
            }
            _ => None,
        }
    }

    pub(super) fn own_attribute(&mut self, class: &ClassRef, name: &str) -> Option<Values> {
        let found = class
            .class()
            .attributes
            .iter()
            .rev()
            .find(|(known, _)| known == name);
        if let Some((_, value)) = found {
            let scope = Scope {
                file: class.file,
                facts: class.facts.clone(),
                frame: None,
                item: None,
            };
            let value = value.clone();
            let key = Key::Field(class.clone(), None, format!("class {name}").into());
            return Some(self.remembered(key, |this| this.eval(&value, &scope)));
        }
        let func = method(class, name)?;
        let this = (func.function().kind == FunctionKind::Method).then(|| Value::Instance {
            class: class.clone(),
            args: None,
        });
        Some(Values::one(Value::Func(Closure {
            func,
            this: this.map(Box::new),
            outer: None,
            given: None,
        })))
    }

    pub(super) fn instance_attribute(
        &mut self,
        class: &ClassRef,
        args: &Option<Shared<Args>>,
        name: &str,
        instance: &Value,
    ) -> Values {
        if let Some(values) = self.field(class, args, name, instance) {
            return values;
        }
        match self.class_attribute(class, name) {
            Some(values) => values.flat_map(|value| match value {
                Value::Func(closure) => {
                    let bound = Closure {
                        this: Some(Box::new(instance.clone())),
                        ..closure.clone()
                    };
                    if closure.func.function().kind == FunctionKind::Property {
                        return self.call_closure(&bound, &Args::default());
                    }
                    Values::one(Value::Func(bound))
                }
                other => Values::one(other.clone()),
            }),
            None => Values::hole(Why::Syntax("attribute".into())),
        }
    }

    pub(super) fn field(
        &mut self,
        class: &ClassRef,
        args: &Option<Shared<Args>>,
        name: &str,
        instance: &Value,
    ) -> Option<Values> {
        if let Some(found) = self.own_field(class, args, name, instance) {
            return Some(found);
        }
        // Most names are no fields of any class above: nothing is worked out for these.
        let ancestors = self.ancestors(class);
        if !ancestors.iter().any(|above| has_field(above, name)) {
            return None;
        }
        self.inherited_field(class, args, name, instance, MAX_ANCESTORS)
    }

    /// A field that a class above sets, made with what the constructor below hands on to it.
    fn inherited_field(
        &mut self,
        class: &ClassRef,
        args: &Option<Shared<Args>>,
        name: &str,
        instance: &Value,
        depth: usize,
    ) -> Option<Values> {
        let depth = depth.checked_sub(1)?;
        let mut handed_on = None;
        for base in self.bases(class) {
            let is_here = has_field(&base, name);
            if base == *class
                || !is_here
                    && !self
                        .ancestors(&base)
                        .iter()
                        .any(|above| has_field(above, name))
            {
                continue;
            }
            let args = match &handed_on {
                Some(known) => known,
                None => &*handed_on.insert(self.handed_on(class, args, instance)),
            };
            let args = args.clone();
            let found = match is_here {
                true => self.own_field(&base, &args, name, instance),
                false => None,
            };
            let found = found.or_else(|| self.inherited_field(&base, &args, name, instance, depth));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// What a constructor gives to that of the class above: `super().__init__(…)`, `super(…)`.
    fn handed_on(
        &mut self,
        class: &ClassRef,
        args: &Option<Shared<Args>>,
        instance: &Value,
    ) -> Option<Shared<Args>> {
        let Some(constructor) = class.class().constructor else {
            return args.clone();
        };
        let facts = class.facts.clone();
        let is_super = |expr: &Expr| matches!(expr, Expr::Name(name) if name == "super");
        let calls = facts.functions[constructor as usize].calls.clone();
        // `super(Store, self).__init__(root)` hands on what `__init__` is given.
        let is_asked = |index: u32| {
            let mut callees = facts.calls.iter().map(|call| &call.callee);
            callees.any(
                |callee| matches!(callee, Expr::Attr(object, _) if **object == Expr::Call(index)),
            )
        };
        let found = calls.into_iter().find(|index| {
            let callee = &facts.calls[*index as usize].callee;
            match callee {
                Expr::Attr(object, name) if name == "__init__" => is_above(object, &facts),
                Expr::Unknown(kind) => kind == "super",
                callee => {
                    let given = facts.calls[*index as usize].args.len();
                    is_super(callee) && given > 1 && !is_asked(*index)
                }
            }
        })?;
        let scope = Scope {
            file: class.file,
            facts: facts.clone(),
            frame: self.constructor_frame(class, args, instance),
            item: None,
        };
        let given = self.args(&facts.calls[found as usize].args, &scope);
        self.charge(scope.frame.as_ref());
        given.is_kept().then(|| Shared::new(given))
    }

    /// `super().save`: the method of the nearest class above the one around, called on the same object.
    pub(super) fn of_above(&mut self, object: &Expr, name: &str, scope: &Scope) -> Option<Values> {
        if !is_above(object, &scope.facts) {
            return None;
        }
        let mut frame = scope.frame.clone();
        let around = loop {
            let at = frame?;
            if let Some(class) = at.0.func.function().class {
                break class_ref(scope, class);
            }
            frame = at.0.outer.clone();
        };
        let this = self.this(around.class, scope).first().clone();
        // Of an object of a class below, the order is that class's.
        let mut above = match &this {
            Value::Instance { class, .. } if *class != around => {
                let mut all = self.ancestors(class).into_iter();
                all.find(|class| *class == around);
                all.collect()
            }
            _ => Vec::new(),
        };
        above.extend(self.ancestors(&around));
        let func = above.iter().find_map(|class| method(class, name))?;
        Some(Values::one(Value::Func(Closure {
            func,
            this: Some(Box::new(this)),
            outer: None,
            given: None,
        })))
    }

    pub(super) fn own_field(
        &mut self,
        class: &ClassRef,
        args: &Option<Shared<Args>>,
        name: &str,
        instance: &Value,
    ) -> Option<Values> {
        let facts = class.class();
        let set = facts.fields.iter().filter(|(known, _)| known == name);
        let mut values: Vec<Expr> = set.map(|(_, value)| value.clone()).collect();
        // `self.key = clean(self.key)` says no more than what the field was set to before.
        let is_anew = |value: &Expr| !reads_field(value, name, &class.facts, 8);
        if values.iter().any(is_anew) {
            values.retain(is_anew);
        }
        let annotation = facts
            .annotations
            .iter()
            .find(|(known, of)| known == name && !matches!(of, Expr::Unknown(_)))
            .cloned();
        let scope = Scope {
            file: class.file,
            facts: class.facts.clone(),
            frame: None,
            item: None,
        };
        if !values.is_empty() {
            let key = Key::Field(class.clone(), args.clone(), name.into());
            let found = self.remembered(key, |this| {
                let frame = this.constructor_frame(class, args, instance);
                let scope = Scope {
                    frame,
                    ..scope.clone()
                };
                let all: Vec<_> = values
                    .iter()
                    .map(|value| this.eval(value, &scope))
                    .collect();
                this.charge(scope.frame.as_ref());
                let known = all.iter().flat_map(|values| values.iter().cloned());
                // `self.x = None` before it is set says nothing of its value.
                let set: Vec<Value> = known.filter(|value| *value != Value::Null).collect();
                Values::collect(set)
            });
            if found.iter().any(|value| !matches!(value, Value::Hole(_))) || annotation.is_none() {
                return Some(found);
            }
        }
        // Only a class of the repository says more than "not known".
        if let Some((_, annotation)) = annotation {
            match self.eval(&annotation, &scope).first() {
                Value::Class(class) => {
                    return Some(Values::one(Value::Instance {
                        class: class.clone(),
                        args: None,
                    }));
                }
                declared => {
                    if let Some(objects) = names::of_type(declared) {
                        return Some(Values::one(objects));
                    }
                }
            }
        }
        self.given_field(class, args, name)
    }

    /// A dataclass's field, as the call that made the instance gave it.
    pub(super) fn given_field(
        &mut self,
        class: &ClassRef,
        args: &Option<Shared<Args>>,
        name: &str,
    ) -> Option<Values> {
        if class.class().constructor.is_some() {
            return None;
        }
        let annotations = &class.class().annotations;
        let position = annotations.iter().position(|(known, _)| known == name)?;
        let Some(args) = args else {
            // Whoever makes one gives it, where the class does not.
            let has_default = class
                .class()
                .attributes
                .iter()
                .any(|(known, _)| known == name);
            return (!has_default).then(|| Values::hole(Why::Parameter(name.into())));
        };
        if let Some(values) = args.keyword(name) {
            return Some(values.clone());
        }
        args.positional.get(position).cloned()
    }

    pub(super) fn constructor_frame(
        &mut self,
        class: &ClassRef,
        args: &Option<Shared<Args>>,
        instance: &Value,
    ) -> Option<FrameRef> {
        let func = match class.class().constructor {
            Some(func) => FuncRef {
                file: class.file,
                facts: class.facts.clone(),
                func,
            },
            // A dataclass's: it is given nothing.
            None => method(class, "__post_init__")?,
        };
        let given = match args {
            Some(args) if class.class().constructor.is_some() => self.bind_args(&func, args),
            Some(_) => vec![None; func.function().params.len()],
            None => vec![None; func.function().params.len()],
        };
        Some(FrameRef(Rc::new(Frame {
            func,
            args: given,
            this: Some(instance.clone()),
            outer: None,
            spent: Some(Cell::default()),
            assumed: Vec::new(),
        })))
    }

    pub(crate) fn index(&mut self, object: &Value, index: &Values, from: FileId) -> Values {
        match object {
            Value::List(elements) => match index.first() {
                Value::Int(at) => {
                    let length = elements.len() as i64;
                    let at = if *at < 0 { length + at } else { *at };
                    let found = usize::try_from(at).ok().and_then(|at| elements.get(at));
                    found
                        .cloned()
                        .unwrap_or_else(|| Values::hole(Why::Syntax("index".into())))
                }
                _ => each(object),
            },
            Value::Map(map) => match number_or_known(index) {
                Some(key) => map_entry(map, &key),
                None => map
                    .any_entry()
                    .unwrap_or_else(|| Values::hole(why_of(index.first()))),
            },
            Value::Class(class) => match index.known() {
                Some(name) => {
                    let missing = match is_enumeration(class) {
                        true => "missing member",
                        false => "index",
                    };
                    self.class_attribute(class, name.as_str())
                        .unwrap_or_else(|| Values::hole(Why::Syntax(missing.into())))
                }
                None => Values::hole(why_of(index.first())),
            },
            Value::External(external) if external.path == "os.environ" => {
                Values::hole(Why::Environment(index.known().unwrap_or_default().into()))
            }
            Value::External(external)
                if let Value::Int(at) = index.first()
                    && let Some(part) = AddressPart::at(*at)
                    && let Some(values) =
                        addresses::part_of(&external.path, &external.args.positional, part) =>
            {
                values
            }
            // One of what was listed.
            Value::External(external)
                if index.known().is_none()
                    && let Some(values) = crate::listings::elements(external) =>
            {
                values
            }
            // Destructured: `const { x } = require("y")`.
            Value::Instance { .. } | Value::Module(_) | Value::External(_) => match index.known() {
                Some(name) => self.attribute(object, &name, from),
                None => Values::hole(why_of(index.first())),
            },
            Value::Text(text) if let Some(character) = character_at(text, index) => {
                Values::one(Value::text(&character))
            }
            Value::Hole(why) => Values::hole(why.clone()),
            _ => Values::hole(Why::Syntax("index".into())),
        }
    }
}

/// `key[0]`, `key[-1]`, where what stands there is known.
fn character_at(text: &Text, index: &Values) -> Option<String> {
    let [Value::Int(at)] = index.iter().as_slice() else {
        return None;
    };
    let ends = match at {
        0.. => text.parts.first(),
        _ => text.parts.last(),
    };
    let Part::Literal(literal) = ends? else {
        return None;
    };
    let found = match at {
        0.. => literal.chars().nth(usize::try_from(*at).ok()?),
        _ => literal.chars().rev().nth(usize::try_from(-at - 1).ok()?),
    };
    found.map(String::from)
}

/// Whether an expression is what stands above the class around: `super()`, `super(Store, self)`, `super`.
fn is_above(object: &Expr, facts: &Facts) -> bool {
    match object {
        Expr::Call(index) => {
            let callee = &facts.calls[*index as usize].callee;
            matches!(callee, Expr::Name(name) if name == "super")
        }
        Expr::Unknown(kind) => kind == "super",
        _ => false,
    }
}

/// Whether what a module exports whole may have an attribute of that name.
fn may_have(exported: &Value, name: &str) -> bool {
    match exported {
        Value::Instance { .. } | Value::Class(_) => true,
        Value::Map(map) => map.get(name).is_some(),
        _ => false,
    }
}

/// An entry of an object that is a function, called on that object where it asks for it.
fn called_on(closure: &Closure, object: &Value) -> Closure {
    let mut closure = closure.clone();
    if closure.this.is_none() && closure.func.function().reads_receiver {
        closure.this = Some(Box::new(object.clone()));
    }
    closure
}

/// `static get root() { … }`: read on the class.
fn is_static_getter(closure: &Closure) -> bool {
    closure.func.function().kind == FunctionKind::Property && closure.this.is_none()
}

/// A field of an object that nobody is seen to make: what its constructor is given, or a class below
/// says, is known where there is one.
fn given_where_made(values: &Values, name: &str) -> Values {
    let is_given = |why: &Why| match why {
        Why::Parameter(_) => true,
        Why::Syntax(kind) => kind == "attribute",
        _ => false,
    };
    values.map(|value| match value {
        Value::Hole(why) if is_given(why) => Value::Hole(Why::Field(name.into())),
        Value::Text(text) => {
            let mut text = text.clone();
            for part in &mut text.parts {
                match part {
                    Part::Hole(why @ Why::Parameter(_)) => *why = Why::Field(name.into()),
                    Part::Hole(Why::Local(why) | Why::Or(why, _))
                        if matches!(**why, Why::Parameter(_)) =>
                    {
                        **why = Why::Field(name.into());
                    }
                    _ => {}
                }
            }
            Value::Text(text)
        }
        other => other.clone(),
    })
}

/// `object[start:end]`: of a string or a list, where the ends are known.
pub(super) fn sliced(object: &Value, start: &Values, end: &Values) -> Values {
    let end_of = |values: &Values| match values.first() {
        Value::Int(at) => Some(Some(*at)),
        Value::Null => Some(None),
        _ => None,
    };
    let (Some(start), Some(end)) = (end_of(start), end_of(end)) else {
        return match object {
            Value::Text(text) if let Some(cut) = starts_and_ends(text, start, end).next() => {
                crate::builtins::strings::without_scheme(text, cut).into()
            }
            // Some of the elements: as the elements of a loop they are the same.
            Value::List(_) => Values::one(object.clone()),
            Value::External(external) if crate::listings::elements(external).is_some() => {
                Values::one(object.clone())
            }
            other => Values::hole(why_of(other)),
        };
    };
    match object {
        Value::Text(text) => crate::builtins::strings::slice(text, start, end).into(),
        Value::List(elements) => Values::one(crate::builtins::list_slice(elements, start, end)),
        Value::External(external) if crate::listings::elements(external).is_some() => {
            Values::one(object.clone())
        }
        Value::Hole(why) => Values::hole(why.clone()),
        other => Values::hole(why_of(other)),
    }
}

/// What is left of a string between places in it.
fn starts_and_ends(text: &Text, start: &Values, end: &Values) -> impl Iterator<Item = Text> {
    let pairs = start
        .iter()
        .flat_map(|start| end.iter().map(move |end| (start, end)));
    pairs.filter_map(|(start, end)| crate::builtins::places::between(text, start, end))
}

/// The key that an index is: `match[1]` as well as `match["1"]`.
fn number_or_known(index: &Values) -> Option<String> {
    match index.first() {
        Value::Int(at) => Some(at.to_string()),
        _ => index.known(),
    }
}

/// Names of what holds the options of a command line.
fn is_options(name: &str) -> bool {
    matches!(
        name,
        "args" | "opts" | "options" | "parsed_args" | "cli_args" | "arguments"
    )
}

/// The attribute under which `argparse` keeps an option.
pub(crate) fn option_name(args: &[Arg]) -> Option<SmolStr> {
    let text = |value: &Expr| match value {
        Expr::Text(text) => Some(text.clone()),
        _ => None,
    };
    let named = args
        .iter()
        .find(|arg| arg.keyword.as_deref() == Some("dest"));
    if let Some(dest) = named {
        return text(&dest.value);
    }
    let plain = args.iter().filter(|arg| arg.keyword.is_none());
    let names: Vec<SmolStr> = plain.filter_map(|arg| text(&arg.value)).collect();
    let long = names.iter().find(|name| name.starts_with("--"));
    let name = long.or_else(|| names.first())?;
    Some(name.trim_start_matches('-').replace('-', "_").into())
}

fn has_field(class: &ClassRef, name: &str) -> bool {
    let class = class.class();
    class.fields.iter().any(|(known, _)| known == name)
        || class.annotations.iter().any(|(known, _)| known == name)
}
