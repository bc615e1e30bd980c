//! What names stand for: of the module and of other modules, imported ones, local ones, parameters and
//! `this`.

use super::contexts::is_argument;
use super::*;
use crate::builtins::paths;
use crate::index::DEFAULT;
use crate::language::Language;
use crate::modules::is_node_config;
use crate::value::External;

impl Evaluator<'_> {
    /// A name of the module: its definitions, else what star imports bring, else a built-in.
    pub(crate) fn name(&mut self, name: &str, scope: &Scope) -> Values {
        let definitions = self.program.definitions(scope.file, name);
        let mut exported = definitions
            .iter()
            .map(|(facts, index)| facts.definitions[*index as usize].exported);
        let first_is_exported = exported.next();
        if exported.any(|one| Some(one) != first_is_exported) {
            return self.own_name(scope.file, name);
        }
        if let Some(item) = scope.item
            && definitions.len() > 1
            && let Some(values) = self.name_before(name, scope.file, item)
        {
            return values;
        }
        match self.module_name(scope.file, name) {
            Some(values) => values,
            None => Values::one(Value::external(name)),
        }
    }

    /// The value a name has when a statement of the module runs.
    pub(super) fn name_before(&mut self, name: &str, file: FileId, item: usize) -> Option<Values> {
        let places = self.program.definition_places(file, name);
        let last = places.iter().rposition(|place| (*place as usize) < item)?;
        let place = places[last] as usize;
        let definitions = self.program.definitions(file, name);
        let (facts, at) = definitions.get(last)?;
        let definition = &facts.definitions[*at as usize];
        if definition.conditional {
            return None;
        }
        let scope = Scope {
            file,
            facts: facts.clone(),
            frame: None,
            item: Some(place),
        };
        let key = Key::At(file, place, *at);
        let value = &definition.value;
        Some(self.remembered(key, |this| this.eval(value, &scope)))
    }

    /// The file that binds a module's name: the module itself, one whose names it takes whole, or one from which it hands
    /// the name out.
    pub(crate) fn definer(&mut self, file: FileId, name: &str) -> Option<FileId> {
        let key = (file, SmolStr::from(name));
        if let Some((known, read)) = self.definers.get(&key)
            && self.program.read_again(*read)
        {
            return *known;
        }
        self.program.note();
        let found = self.find_definer(file, name, &mut Vec::new());
        self.definers.insert(key, (found, self.program.noted()));
        found
    }

    pub(super) fn find_definer(
        &self,
        file: FileId,
        name: &str,
        seen: &mut Vec<FileId>,
    ) -> Option<FileId> {
        if !self.program.definitions(file, name).is_empty() {
            return Some(file);
        }
        seen.push(file);
        for module in self.program.star_imports(file).iter() {
            if let Some(target) = self.program.module(file, module)
                && !seen.contains(&target)
                && let Some(found) = self.find_definer(target, name, seen)
            {
                return Some(found);
            }
        }
        let target = self.handed_out(file, name)?;
        match seen.contains(&target) {
            true => None,
            false => self.find_definer(target, name, seen),
        }
    }

    /// What a module's name is worth; `None` when the module binds no such name.
    pub(crate) fn module_name(&mut self, file: FileId, name: &str) -> Option<Values> {
        let file = self.definer(file, name)?;
        let definitions = self.program.definitions(file, name);
        Some(self.remembered(Key::Name(file, name.into()), |this| {
            this.defined(file, &definitions)
        }))
    }

    /// What a name stands for in a module of CommonJS that exports something else under it.
    fn own_name(&mut self, file: FileId, name: &str) -> Values {
        let mut definitions = self.program.definitions(file, name).to_vec();
        definitions.retain(|(facts, index)| !facts.definitions[*index as usize].exported);
        self.remembered(Key::Own(file, name.into()), |this| {
            this.defined(file, &definitions)
        })
    }

    /// What the last of some definitions of one name is worth, and those before it that may hold as well.
    fn defined(&mut self, file: FileId, definitions: &[(Arc<Facts>, u32)]) -> Values {
        let last = definitions
            .iter()
            .rposition(|(facts, index)| !facts.definitions[*index as usize].conditional);
        let mut all = Vec::new();
        for (facts, index) in &definitions[last.unwrap_or(0)..] {
            let scope = Scope::of_module(file, facts);
            let value = &facts.definitions[*index as usize].value;
            all.extend(self.eval(value, &scope).iter().cloned());
        }
        Values::collect(all)
    }

    pub(super) fn frame_of(&self, func: u32, scope: &Scope) -> Option<FrameRef> {
        let mut frame = scope.frame.clone();
        while let Some(at) = frame {
            let at_work = &at.0.func;
            if (at_work.func, at_work.file, at_work.facts.id) == (func, scope.file, scope.facts.id)
            {
                return Some(at);
            }
            frame = at.0.outer.clone();
        }
        None
    }

    pub(super) fn local(&mut self, func: u32, index: u32, scope: &Scope) -> Values {
        let binding = &scope.facts.functions[func as usize].bindings[index as usize];
        let Some(frame) = self.frame_of(func, scope) else {
            return self.eval(binding, scope);
        };
        if let Some(assumed) = frame.0.assumed(&Expr::Local { func, index }) {
            return assumed.clone();
        }
        if frame.0.spent() > MAX_STEPS {
            return Values::hole(Why::Budget);
        }
        let at = Scope {
            frame: Some(frame.clone()),
            ..scope.clone()
        };
        let name = (scope.facts.id, func, index);
        if !self.of_element.contains(&name) && self.is_of_element(binding, &at) {
            self.of_element.push(name);
            let values = self.eval(binding, &at);
            self.of_element.pop();
            return values;
        }
        self.remembered(Key::Local(frame, index), |this| this.eval(binding, &at))
    }

    pub(super) fn param(&mut self, func: u32, index: u32, scope: &Scope) -> Values {
        let param = &scope.facts.functions[func as usize].params[index as usize];
        let frame = self.frame_of(func, scope);
        if let Some(frame) = &frame
            && let Some(assumed) = frame.0.assumed(&Expr::Param { func, index })
        {
            return assumed.clone();
        }
        let given = frame
            .as_ref()
            .and_then(|frame| frame.0.args.get(index as usize).cloned().flatten());
        let given = match (given, &param.given, frame) {
            (None, Some(expr), Some(frame)) => {
                let at = Scope {
                    frame: frame.0.outer.clone(),
                    ..scope.clone()
                };
                Some(self.remembered(Key::Given(frame, index), |this| this.eval(expr, &at)))
            }
            // Of a function that is not at work itself: what it did to a list around it.
            (None, Some(expr), None) => Some(self.eval(expr, scope)),
            (None, None, Some(frame)) if is_argument(func, &scope.facts) => {
                let given = Key::Given(frame, index);
                Some(self.remembered(given, |this| this.given_by_callee(func, index, scope)))
            }
            (given, ..) => given,
        };
        let given_hole = match given {
            Some(values) if values.iter().any(|value| !matches!(value, Value::Hole(_))) => {
                return self.given_texts(&values, param, scope).unwrap_or(values);
            }
            given => given,
        };
        let unknown = || Values::hole(Why::Parameter(param.name.clone()));
        if let Some(Expr::Call(call)) = &param.default
            && scope.facts.calls[*call as usize]
                .callee_name()
                .is_some_and(|it| it == "Depends")
        {
            let of_module = Scope::of_module(scope.file, &scope.facts);
            let default = self.eval(&Expr::Call(*call), &of_module);
            let given = self.depended_on(default);
            if let Value::Instance { .. } = given.first() {
                return given;
            }
        }
        if let Some(given) = self.injected(&param.default, scope) {
            return given;
        }
        // The annotation tells the class of what is not known otherwise.
        if let Some((annotation, at)) = self.annotation_of((func, index), scope) {
            let annotation = &annotation;
            let declared = self.eval(annotation, &at);
            if param.default.is_none()
                && let Some(texts) = self.texts_of_type(annotation, declared.first(), &at)
            {
                return enumerations::one_of(&given_hole.unwrap_or_else(unknown), &texts);
            }
            if let Some(object) =
                of_type(declared.first()).or_else(|| self.object_of_alias(annotation, &at))
            {
                return Values::one(match object {
                    Value::Instance { class, args: None } if self.is_sent(&class) => {
                        let args = Some(Shared::new(kept::unseen()));
                        Value::Instance { class, args }
                    }
                    object => object,
                });
            }
            if is_local_paths(declared.first()) {
                return given_hole.unwrap_or_else(unknown).map(paths::of_files);
            }
            // Who must give a string does: it is not `None`.
            if param.default.is_none() && is_string(declared.first()) {
                return given_hole.unwrap_or_else(unknown).map(|value| match value {
                    Value::Hole(why) => Value::Text(Text::hole(why.clone())),
                    value => value.clone(),
                });
            }
        }
        given_hole.unwrap_or_else(unknown)
    }

    /// Whether objects of a class are made of what somebody sends: a model of Pydantic's that nobody is seen to make, the
    /// body of a request or an event. Its defaults hold for some of them.
    fn is_sent(&mut self, class: &ClassRef) -> bool {
        let is_model = |class: &ClassRef| {
            let bases = class.class().bases.iter();
            let mut names = bases.filter_map(crate::program::base_name);
            names.any(|name| name == "BaseModel")
        };
        let mut line = vec![class.clone()];
        line.extend(self.ancestors(class));
        line.iter().any(is_model) && self.program.callers(&class.class().name).is_empty()
    }

    /// What comes from outside (`JSON.parse(body).type`) and is given to a parameter whose type leaves a few texts: each of
    /// them.
    fn given_texts(
        &mut self,
        given: &Values,
        param: &crate::facts::Param,
        scope: &Scope,
    ) -> Option<Values> {
        let is_outside = |value: &Value| matches!(value, Value::External(_) | Value::Hole(_));
        let annotation = param.annotation.as_ref()?;
        if param.default.is_some() || !given.iter().all(is_outside) {
            return None;
        }
        let at = Scope {
            frame: None,
            ..scope.clone()
        };
        let declared = self.eval(annotation, &at);
        let texts = self.texts_of_type(annotation, declared.first(), &at)?;
        let unknown = given.map(|value| Value::Hole(why_of(value)));
        Some(enumerations::one_of(&unknown, &texts))
    }

    pub(super) fn this(&mut self, class: u32, scope: &Scope) -> Values {
        let mut frame = scope.frame.clone();
        while let Some(at) = frame {
            if let Some(this) = &at.0.this {
                return Values::one(this.clone());
            }
            frame = at.0.outer.clone();
        }
        Values::one(Value::Instance {
            class: class_ref(scope, class),
            args: None,
        })
    }

    /// `this` in a function that stands in no class.
    pub(super) fn receiver(&mut self, scope: &Scope) -> Values {
        let mut frame = scope.frame.clone();
        while let Some(at) = frame {
            if let Some(this) = &at.0.this {
                return Values::one(this.clone());
            }
            frame = at.0.outer.clone();
        }
        Values::hole(Why::Field("this".into()))
    }

    /// A value that is not known, as an object of the class that it is declared to be of.
    pub(super) fn declared(&mut self, value: &Expr, declared: &Expr, scope: &Scope) -> Values {
        let values = self.eval(value, scope);
        let is_unknown = |value: &Value| match value {
            Value::External(external) => !crate::receivers::is_receiver(external),
            value => matches!(value, Value::Hole(_) | Value::Null),
        };
        if !values.iter().all(is_unknown) {
            return values;
        }
        let at = Scope {
            frame: None,
            ..scope.clone()
        };
        let object = of_type(self.eval(declared, &at).first());
        match object.or_else(|| self.object_of_alias(declared, &at)) {
            Some(object) => Values::one(object),
            None => values,
        }
    }

    /// Something of a type that another name stands for: `type Store = ReturnType<typeof createStore>`.
    pub(super) fn object_of_alias(&mut self, named: &Expr, scope: &Scope) -> Option<Value> {
        let (file, facts, index) = self.type_named(named, scope.file, &scope.facts)?;
        let of @ Expr::Index(..) = &facts.definitions[index as usize].value else {
            return None;
        };
        let declared = self.eval(of, &Scope::of_module(file, &facts));
        of_type(declared.first())
    }

    /// The interface that the name of a type means.
    pub(crate) fn interface(
        &mut self,
        named: &Expr,
        file: FileId,
        facts: &Arc<Facts>,
    ) -> Option<ClassRef> {
        let (file, facts, index) = self.type_named(named, file, facts)?;
        match facts.definitions[index as usize].value {
            Expr::Class(class) => Some(ClassRef { file, facts, class }),
            _ => None,
        }
    }

    /// The definition of the type that a name means, where a module knows it as a type alone.
    pub(super) fn type_named(
        &mut self,
        named: &Expr,
        file: FileId,
        facts: &Arc<Facts>,
    ) -> Option<TypeDefinition> {
        let (file, name) = match named {
            Expr::Name(name) => (file, name.clone()),
            Expr::Own(index) => {
                let definition = &facts.definitions[*index as usize];
                match &definition.value {
                    value @ (Expr::Name(_) | Expr::Own(_) | Expr::Import(_)) => {
                        return self.type_named(value, file, facts);
                    }
                    // A type and a value may go by one name.
                    _ => (file, definition.name.clone()),
                }
            }
            Expr::Import(index) => {
                let import = &facts.imports[*index as usize];
                let ImportItem::Named(name) = &import.item else {
                    return None;
                };
                (self.program.module(file, &import.module)?, name.clone())
            }
            _ => return None,
        };
        self.type_in(file, &name, MAX_ANCESTORS)
    }

    fn type_in(&mut self, file: FileId, name: &str, depth: usize) -> Option<TypeDefinition> {
        let depth = depth.checked_sub(1)?;
        let own = crate::walk_types::type_name(name);
        if let Some(file) = self.definer(file, &own) {
            let definitions = self.program.definitions(file, &own);
            let (facts, index) = definitions.last()?;
            return Some((file, facts.clone(), *index));
        }
        let file = self.definer(file, name)?;
        let definitions = self.program.definitions(file, name);
        let (facts, index) = definitions.last()?;
        let Expr::Import(index) = facts.definitions[*index as usize].value else {
            return None;
        };
        let import = &facts.imports[index as usize];
        let ImportItem::Named(name) = &import.item else {
            return None;
        };
        let target = self.program.module(file, &import.module)?;
        self.type_in(target, name, depth)
    }

    pub(super) fn import(&mut self, index: u32, scope: &Scope) -> Values {
        let import = &scope.facts.imports[index as usize];
        let target = self.program.module(scope.file, &import.module);
        match (&import.item, target) {
            // A file of JSON is its value.
            (ImportItem::Module | ImportItem::All, Some(file))
                if self.language_of(file) == Language::Json
                    && !is_node_config(&self.program.path(file)) =>
            {
                let value = self.module_name(file, DEFAULT);
                value.unwrap_or_else(|| Values::hole(Why::External(import.module.clone())))
            }
            (ImportItem::Module | ImportItem::All, Some(file)) => Values::one(Value::Module(file)),
            (ImportItem::Module | ImportItem::All, None) => {
                Values::one(Value::external(outside_name(&import.module)))
            }
            (ImportItem::Named(name), target) => {
                // What a package imports from itself are the modules in it: `from . import store` in its `__init__.py`.
                if let Some(file) = target.filter(|file| *file != scope.file)
                    && let Some(values) = self.module_name(file, name)
                {
                    return values;
                }
                if name == "default" {
                    return Values::one(match target {
                        Some(file) => Value::Module(file),
                        None => Value::external(outside_name(&import.module)),
                    });
                }
                if target.is_none() && objects::is_environment(&import.module) {
                    return Values::hole(Why::Environment(name.clone()));
                }
                let separator = if import.module.ends_with('.') {
                    ""
                } else {
                    "."
                };
                let path = format!("{}{separator}{name}", outside_name(&import.module));
                match self.program.module(scope.file, &path) {
                    Some(file) => Values::one(Value::Module(file)),
                    None => Values::one(Value::external(path)),
                }
            }
        }
    }
}

/// Where a type is defined: the file, the statement, and the place among what that defines.
pub(super) type TypeDefinition = (FileId, Arc<Facts>, u32);

/// Something of a type: an object of a class, a list of such. Of classes from outside, an object of those that
/// the tables ask for.
pub(super) fn of_type(declared: &Value) -> Option<Value> {
    match declared {
        Value::External(external) if crate::receivers::is_receiver_type(&external.path) => {
            let made = External {
                path: format!("{}()", external.path).into(),
                args: Args {
                    open: Some(Why::Syntax("argument".into())),
                    ..Args::default()
                },
                on: None,
            };
            Some(Value::External(Shared::new(made)))
        }
        Value::Class(class) if !is_enumeration(class) => Some(Value::Instance {
            class: class.clone(),
            args: None,
        }),
        // `typeof store`, `ReturnType<typeof createStore>`
        Value::Map(_) | Value::Instance { .. } => Some(declared.clone()),
        Value::List(elements) => match elements.as_slice() {
            [element] => {
                let element = Values::one(of_type(element.first())?);
                Some(Value::List(Shared::new(vec![element])))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether a type is that of strings, in Python, and not of what may be none.
fn is_string(declared: &Value) -> bool {
    matches!(declared, Value::External(external) if external.path == "str")
}

/// Whether a type is that of paths of local files.
fn is_local_paths(declared: &Value) -> bool {
    matches!(declared, Value::External(external) if matches!(
        external.path.as_str(),
        "pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath" | "pathlib.PurePosixPath"
    ))
}

/// Node's own modules may be named with their scheme.
fn outside_name(module: &str) -> &str {
    module.strip_prefix("node:").unwrap_or(module)
}
