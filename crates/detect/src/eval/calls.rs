//! Calls: their arguments bound to parameters, in-repo functions entered, methods looked up.

use super::*;
use crate::facts::{Call, Name};
use crate::language::Dialect;

/// What a call is given, and what it is made on.
pub(crate) fn parts_of_call(call: &Call) -> Vec<&Expr> {
    let on = match &call.callee {
        Expr::Attr(object, _) => Some(object.as_ref()),
        _ => None,
    };
    on.into_iter()
        .chain(call.args.iter().map(|arg| &arg.value))
        .collect()
}

impl Evaluator<'_> {
    /// The values given to a call, each a root.
    pub(crate) fn root_args(&mut self, args: &[Arg], scope: &Scope) -> Args {
        let values = args
            .iter()
            .map(|arg| self.root(&arg.value, scope))
            .collect();
        given(args, values)
    }

    pub(super) fn args(&mut self, args: &[Arg], scope: &Scope) -> Args {
        let values = args
            .iter()
            .map(|arg| self.eval(&arg.value, scope))
            .collect();
        given(args, values)
    }

    /// Runs something apart from the work in hand: what it costs is its own.
    pub(crate) fn apart<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        self.low = usize::MAX;
        let before = std::mem::take(&mut self.cost);
        let made = work(self);
        self.cost = before;
        self.cut = false;
        made
    }

    pub(super) fn call(&mut self, index: u32, scope: &Scope) -> Values {
        let facts = scope.facts.clone();
        let call = &facts.calls[index as usize];
        // An object is one, whatever it may be made with.
        let is_class = |name: &Name| name.starts_with(char::is_uppercase);
        match call.callee_name().is_some_and(is_class) {
            true => self.call_in(call, scope),
            false => self.in_each_way(&parts_of_call(call), scope, |this, scope| {
                this.call_in(call, scope)
            }),
        }
    }

    fn call_in(&mut self, call: &Call, scope: &Scope) -> Values {
        let facts = scope.facts.clone();
        let args = self.args(&call.args, scope);
        if let Expr::Attr(object, name) = &call.callee
            && let Some(above) = self.of_above(object, name, scope)
        {
            return above.flat_map(|method| self.call_value(method, &args));
        }
        if let Expr::Attr(object, name) = &call.callee {
            let on = self.eval(object, scope).there();
            let on = self.or_kept(on, object, name, scope);
            let made = on.flat_map(|on| self.call_method(on, name, &args, scope.file));
            if let Value::Hole(_) | Value::External(_) = made.first()
                && gives_what_is_asked(name)
                && let Some(object) = asked_for(&args)
            {
                return Values::one(object);
            }
            if let Value::Hole(_) = made.first() {
                if let Some(attached) = self.attached(object, name, scope) {
                    return attached.flat_map(|function| self.call_value(function, &args));
                }
                if let Some(returned) = self.returned_by_member(object, &on, name, (&args, scope)) {
                    return returned;
                }
                if let Some(returned) = self.returned_by_any(&on, name, (call, &args), scope.file) {
                    return returned;
                }
                let called = (object.as_ref(), &on);
                if let Some(returned) = self.returned_by_implementations(called, name, &args, scope)
                {
                    return returned;
                }
                if crate::boto2::makes_key(name, object, &facts) {
                    let path = format!("?.{name}");
                    return crate::builtins::external_call(&path, &args, None);
                }
            }
            return made;
        }
        if matches!(&call.callee, Expr::Name(name) if name == "getattr")
            && let Some(found) = self.looked_up(&args, scope.file)
        {
            return found;
        }
        let callee = self.eval(&call.callee, scope).there();
        callee.flat_map(|callee| self.call_value(callee, &args))
    }

    /// `getattr(object, "name")`, where the object is one of the repository.
    fn looked_up(&mut self, args: &Args, from: FileId) -> Option<Values> {
        let [object, name, ..] = args.positional.as_slice() else {
            return None;
        };
        let name = name.known()?;
        let is_own = |value: &Value| {
            matches!(
                value,
                Value::Module(_) | Value::Class(_) | Value::Instance { .. }
            )
        };
        let default = args.positional.get(2);
        if !object.iter().all(is_own) {
            // What is not the repository's may have it: a string in its place says what is taken else.
            let default = default.filter(|it| matches!(it.first(), Value::Text(_)))?;
            return match object.first() {
                Value::External(external) if !external.path.contains('(') => {
                    let found = self.attribute(object.first(), &name, from);
                    let is_known = |value: &Value| matches!(value, Value::Text(_));
                    Some(match found.iter().all(is_known) {
                        true => found,
                        false => default.clone(),
                    })
                }
                given @ Value::Hole(Why::Parameter(_) | Why::Field(_)) => {
                    Some(Values::one(given_or(given, default)))
                }
                _ => None,
            };
        }
        let found = object.flat_map(|object| self.attribute(object, &name, from));
        match (found.first(), default) {
            (Value::Hole(_), Some(default)) => Some(default.clone()),
            _ => Some(found),
        }
    }

    pub(crate) fn call_method(
        &mut self,
        object: &Value,
        name: &str,
        args: &Args,
        from: FileId,
    ) -> Values {
        if let Value::External(external) = object
            && functional::is_name(name)
            && let Some(values) = self.functional(&format!("{}.{name}", external.path), args)
        {
            return values;
        }
        let with_members = self.with_members(object, name, args, from);
        let (name, args) = match &with_members {
            Some(args) => ("format", args),
            None => (name, args),
        };
        let read_here = (name == "parse_args").then(|| {
            let mut args = args.clone();
            let file = Values::one(Value::Module(from));
            args.keywords.push((objects::READ_IN.into(), file));
            args
        });
        let args = read_here.as_ref().unwrap_or(args);
        if let ("get" | "getOrThrow", Value::Hole(_) | Value::External(_)) = (name, object)
            && let Some(values) = self.nest_setting(args)
        {
            return values;
        }
        if let ("get", Value::Module(file)) = (name, object)
            && let Some(values) = self.node_setting(*file, args)
        {
            return values;
        }
        if let Some(values) = crate::builtins::method(self, object, name, args) {
            return values;
        }
        if let (Value::External(external), "get" | "setdefault") = (object, name)
            && frameworks::is_flask_configuration(&external.path)
            && let Some(asked) = args.positional.first().and_then(Values::known)
            && let Some(values) = self.flask_setting(&asked, from)
        {
            return values;
        }
        if let Some(values) = self.given_by_framework(object, name, from) {
            return values;
        }
        if name == "import_module"
            && let Some(module) = args.positional.first().and_then(Values::known)
            && let Some(file) = self.program.module(from, &module)
        {
            return Values::one(Value::Module(file));
        }
        if let Value::Class(class) = object
            && name == "__subclasses__"
            && let Some(below) = self.classes_below(class)
        {
            return Values::one(below);
        }
        let method = self.attribute(object, name, from);
        if let Value::Hole(why) = method.first()
            && let Some(values) = crate::arns::inherited(name, args, why)
        {
            return values;
        }
        method.flat_map(|method| self.call_value(method, args))
    }

    pub(crate) fn call_value(&mut self, callee: &Value, args: &Args) -> Values {
        match callee {
            Value::Func(closure) => self.call_closure(closure, args),
            Value::Class(class) => {
                // `Kind("raw")` is the member of that value.
                if is_enumeration(class)
                    && let Some(value) = args.positional.first()
                {
                    let member = self.member_of(class, value);
                    return match (member, value.first()) {
                        (Some(member), _) => member,
                        (None, Value::Hole(_)) => match self.texts_of_members(class) {
                            Some(texts) => enumerations::one_of(value, &texts),
                            None => value.clone(),
                        },
                        (None, _) => value.clone(),
                    };
                }
                let args = args.is_kept().then(|| Shared::new(args.clone()));
                Values::one(Value::Instance {
                    class: class.clone(),
                    args,
                })
            }
            Value::External(external)
                if let Some(values) = self.functional(&external.path, args) =>
            {
                values
            }
            Value::External(external)
                if let Some(filled) = crate::builtins::formats::lodash(external, args) =>
            {
                filled
            }
            Value::External(_) if let Some(made_of) = made_of(callee) => {
                self.call_closure(made_of, args)
            }
            Value::External(external) if external.path.ends_with("namedtuple()") => {
                crate::builtins::external_call(&external.path, args, Some(external))
            }
            Value::External(external) if let Some(made) = made_partial(&external.path, args) => {
                Values::one(made)
            }
            Value::External(external)
                if let Some(default) = crate::builtins::settings::called(external, args) =>
            {
                default
            }
            // `environ.to_config(Settings)`
            Value::External(external)
                if external.path == "environ.to_config"
                    && let Some(Value::Class(class)) =
                        args.positional.first().map(Values::first) =>
            {
                Values::one(Value::Instance {
                    class: class.clone(),
                    args: None,
                })
            }
            // What was looked up is known by how: `getattr(module, "Store")()`.
            Value::External(external) if external.path.ends_with(')') => {
                crate::builtins::external_call(&external.path, args, Some(external))
            }
            Value::External(external) => crate::builtins::call_external(&external.path, args),
            // `module.exports = function …`: the module is what it exports.
            Value::Module(file) => match self.module_name(*file, "default") {
                Some(exported) if *exported.first() != *callee => {
                    exported.flat_map(|exported| self.call_value(exported, args))
                }
                _ => Values::hole(Why::Syntax("call".into())),
            },
            Value::Hole(why) => Values::hole(why.clone()),
            // `keys = Keys("raw"); keys(name)`
            Value::Instance { class, .. } => match self.method_of(class, "__call__") {
                Some(func) => {
                    let called = Closure {
                        func,
                        this: Some(Box::new(callee.clone())),
                        outer: None,
                        given: None,
                    };
                    self.call_closure(&called, args)
                }
                None => Values::hole(Why::Syntax("call".into())),
            },
            _ => Values::hole(Why::Syntax("call".into())),
        }
    }

    /// A method of a class, or of the nearest class above that has one of that name.
    pub(crate) fn method_of(&mut self, class: &ClassRef, name: &str) -> Option<FuncRef> {
        own_method(class, name).or_else(|| {
            let above = self.ancestors(class);
            above.iter().find_map(|class| own_method(class, name))
        })
    }

    /// What a function returns for some arguments: any of its returns.
    pub(crate) fn call_closure(&mut self, closure: &Closure, args: &Args) -> Values {
        let given = self.bind(closure, args);
        let this = closure.this.as_deref().cloned();
        let returns = closure.func.function().returns.clone();
        // What a class leaves to those below it is known where an object is made of one of them.
        let function = closure.func.function();
        let is_left = matches!(&this, Some(Value::Instance { args: None, .. }))
            && is_hook(function, &closure.func.facts);
        if is_left {
            return Values::hole(Why::Field(function.name.clone()));
        }
        if returns.is_empty() {
            return Values::hole(Why::Syntax("function without a value".into()));
        }
        let outer = closure.outer.clone();
        let is_on_way = self.is_on_way;
        let key = Key::Call(closure.func.clone(), this, outer, given.clone(), is_on_way);
        let closure = closure.clone();
        self.remembered(key, move |evaluator| {
            let scope = evaluator.enter(&closure, given);
            let all = evaluator.any_of(&returns, &scope);
            evaluator.charge(scope.frame.as_ref());
            // `return None` beside other returns: what is used is one of the others, but whoever asks whether
            // there is one has to know.
            let there: Vec<Value> = all
                .iter()
                .filter(|it| **it != Value::Null)
                .cloned()
                .collect();
            let none = all
                .iter()
                .find(|it| **it == Value::Null)
                .filter(|_| !there.is_empty());
            let returned = Values::collect(there.iter().chain(none).cloned());
            evaluator.as_returned(returned, &closure.func)
        })
    }

    /// What a function returns of which nothing is known, as an object of the class that it is declared to return.
    fn as_returned(&mut self, returned: Values, func: &FuncRef) -> Values {
        let is_unknown =
            |value: &Value| matches!(value, Value::Hole(_) | Value::External(_) | Value::Null);
        let Some(declared) = &func.function().returned else {
            return returned;
        };
        if !returned.iter().all(is_unknown) || returned.iter().all(|it| *it == Value::Null) {
            return returned;
        }
        let (declared, may_be_missing) = match declared {
            Expr::Alt(either) => (&either[0], true),
            declared => (declared, false),
        };
        let scope = Scope::of_module(func.file, &func.facts);
        let object = names::of_type(self.eval(declared, &scope).first());
        match object.or_else(|| self.object_of_alias(declared, &scope)) {
            // What comes from outside says itself what it is.
            Some(object) if !matches!(object, Value::External(_)) => {
                let none = may_be_missing.then_some(Value::Null);
                Values::collect([object].into_iter().chain(none))
            }
            _ => returned,
        }
    }

    /// Counts what the local names of a finished call took.
    pub(super) fn charge(&mut self, frame: Option<&FrameRef>) {
        let spent = frame.map_or(0, |frame| frame.0.spent());
        self.cost.steps = self.cost.steps.saturating_add(spent);
    }

    /// The scope inside a function that is called with these arguments.
    pub(crate) fn enter(&self, closure: &Closure, args: Vec<Option<Values>>) -> Scope {
        let func = closure.func.clone();
        Scope {
            file: func.file,
            facts: func.facts.clone(),
            item: None,
            frame: Some(FrameRef(Rc::new(Frame {
                func,
                args,
                this: closure.this.as_deref().cloned(),
                outer: closure.outer.clone(),
                spent: Some(Cell::default()),
                assumed: Vec::new(),
                is_way: self.is_on_way,
            }))),
        }
    }

    /// The scope inside a function nested in one that is at work, its own parameters unknown.
    pub(crate) fn enter_open(&self, closure: &Closure) -> Scope {
        self.enter(closure, vec![None; closure.func.function().params.len()])
    }

    /// As [`Evaluator::bind_args`], with what the function was given before.
    pub(crate) fn bind(&mut self, closure: &Closure, args: &Args) -> Vec<Option<Values>> {
        let Some(given) = &closure.given else {
            return self.bind_args(&closure.func, args);
        };
        let mut all = (**given).clone();
        all.positional.extend(args.positional.iter().cloned());
        all.open = args.open.clone().or(all.open);
        let named = |name: &str| args.keyword(name).is_some();
        all.keywords.retain(|(name, _)| !named(name));
        all.keywords.extend(args.keywords.iter().cloned());
        self.bind_args(&closure.func, &all)
    }

    /// The values of a function's parameters when it is called with these arguments.
    pub(crate) fn bind_args(&mut self, func: &FuncRef, args: &Args) -> Vec<Option<Values>> {
        let function = func.function();
        let mut given: Vec<Option<Values>> = vec![None; function.params.len()];
        // What a queue's task is given first is the task itself, whoever runs it.
        let is_bound = function.class.is_none()
            && function
                .params
                .first()
                .is_some_and(|param| param.name == "self")
            && args.positional.len() < function.params.len();
        let task = is_bound.then(|| Values::hole(Why::Syntax("task".into())));
        let mut positional = task.into_iter().chain(args.positional.iter().cloned());
        for (index, param) in function.params.iter().enumerate() {
            given[index] = match param.kind {
                ParamKind::Plain => match args.keyword(&param.name) {
                    Some(values) if !param.name.is_empty() => Some(values.clone()),
                    _ => positional.next(),
                },
                ParamKind::KeywordOnly => args.keyword(&param.name).cloned(),
                ParamKind::Rest => Some(Values::one(Value::List(Shared::new(
                    positional.by_ref().collect(),
                )))),
                ParamKind::RestMap => {
                    let named = |name: &str| function.params.iter().any(|p| p.name == name);
                    let rest = args
                        .keywords
                        .iter()
                        .filter(|(name, _)| !named(name))
                        .cloned();
                    let entries = rest.collect();
                    Some(Values::one(Value::Map(Shared::new(MapValue {
                        entries,
                        open: args.open.clone(),
                        ..MapValue::default()
                    }))))
                }
            };
        }
        let scope = Scope::of_module(func.file, &func.facts);
        let path = self.program.path(func.file);
        let is_typescript =
            Dialect::of_path(&path).is_some_and(|dialect| dialect != Dialect::Python);
        for (index, param) in function.params.iter().enumerate() {
            let missing = given[index]
                .as_ref()
                .is_none_or(|v| *v.first() == Value::Null);
            if !missing {
                continue;
            }
            let is_none = |values: &Values| matches!(values.iter().as_slice(), [Value::Null]);
            if !is_typescript && given[index].as_ref().is_some_and(is_none) {
                // `None` itself is no default.
                continue;
            }
            given[index] = match (&args.open, &param.default) {
                (Some(why), _) => Some(Values::hole(why.clone())),
                (None, Some(default)) => {
                    let default = self.eval(default, &scope);
                    Some(self.depended_on(default))
                }
                (None, None) if is_typescript && param.kind == ParamKind::Plain => {
                    Some(Values::one(Value::Null)) // `undefined`
                }
                // `None` itself.
                (None, None) if given[index].is_some() => continue,
                (None, None) => Some(Values::hole(Why::Syntax("missing argument".into()))),
            };
        }
        given
    }
}

/// Whether a container of objects gives, by a method of that name, the object it is asked for.
pub(crate) fn gives_what_is_asked(name: &str) -> bool {
    matches!(
        name,
        "get"
            | "resolve"
            | "resolveAsync"
            | "inject"
            | "make"
            | "getService"
            | "getInstance"
            | "getOrThrow"
    )
}

/// `container.resolve(Store)`: an object of the class that is given.
fn asked_for(args: &Args) -> Option<Value> {
    match args.positional.first()?.first() {
        Value::Class(class) if !is_enumeration(class) => Some(Value::Instance {
            class: class.clone(),
            args: None,
        }),
        _ => None,
    }
}

/// `partial(save, "raw")`, as the function with what it is given.
fn made_partial(path: &str, args: &Args) -> Option<Value> {
    let (function, rest) = args.positional.split_first()?;
    let Value::Func(closure) = function.first() else {
        return None;
    };
    if !matches!(path, "functools.partial" | "partial") || function.iter().len() > 1 {
        return None;
    }
    let before = closure.given.as_ref();
    let before = before.map_or_else(Vec::new, |before| before.positional.clone());
    let mut given = Args {
        positional: before,
        ..args.clone()
    };
    given.positional.extend(rest.iter().cloned());
    let given = given.is_kept().then(|| Shared::new(given));
    Some(Value::Func(Closure {
        given,
        ..closure.clone()
    }))
}

/// The function that another one made something of: `retried(async (key) => …)`, by a function from
/// outside, or by one of the repository that returns a function which calls it.
pub(crate) fn made_of(value: &Value) -> Option<&Closure> {
    fn functions<'v>(given: impl Iterator<Item = &'v Values>) -> Option<&'v Closure> {
        let mut found = given.filter_map(|values| match values.first() {
            Value::Func(closure) => Some(closure),
            _ => None,
        });
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }
    match value {
        Value::External(external) if external.path.ends_with("()") => {
            functions(external.args.positional.iter())
        }
        Value::Func(closure) if is_returned(&closure.func) && hands_on(&closure.func) => {
            functions(closure.outer.as_ref()?.0.args.iter().flatten())
        }
        _ => None,
    }
}

/// Whether a function has no name but that of the function around, which returns it.
fn is_returned(func: &FuncRef) -> bool {
    let function = func.function();
    let parent = function
        .parent
        .map(|parent| &func.facts.functions[parent as usize]);
    function.name.is_empty() || parent.is_some_and(|parent| parent.name == function.name)
}

/// Whether a function calls one that the function around was given with nothing before what it is given itself.
fn hands_on(func: &FuncRef) -> bool {
    let facts = &func.facts;
    let calls = facts.calls.iter().filter(|call| {
        matches!(&call.callee, Expr::Param { func: of, .. } if *of < func.func)
            && call.func.is_some_and(|of| of >= func.func)
    });
    let mut calls = calls.map(|call| call.args.first());
    calls.all(|first| match first.map(|arg| arg.value.bare()) {
        Some(Expr::Param { func: of, .. }) => *of >= func.func,
        _ => true,
    })
}
