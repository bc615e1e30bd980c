//! What an expression is worth: names followed across files, helpers called with their arguments,
//! instances asked for their fields.
//!
//! Every answer is a function of the facts alone, never of who asked first. Two things could spoil
//! that, and are kept from it: a value that depends on itself (every member of such a cycle is a
//! hole, found with Tarjan's low-links), and a budget (the steps of a value are counted as if
//! nothing had been remembered, and are remembered with it).

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::facts::{Arg, ArgKind, Expr, Facts, FunctionKind, ImportItem, Operator, ParamKind};
use crate::program::Program;
use crate::value::{
    Args, ClassRef, Closure, FileId, FrameRef, FuncRef, MapValue, Part, Text, Value, Values, Why,
};

/// A value that takes more steps than this, counting those of all it is made of, is a hole.
const MAX_STEPS: u32 = 20_000;

/// A function at work: what its parameters are worth.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) func: FuncRef,
    /// By parameter; `None` where nobody gave a value.
    args: Vec<Option<Values>>,
    this: Option<Value>,
    outer: Option<FrameRef>,
    /// Values of local names, once worked out.
    locals: RefCell<FxHashMap<u32, (Values, u32)>>,
}

/// Where an expression stands.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) file: FileId,
    pub(crate) facts: Arc<Facts>,
    /// The function around it, at work.
    pub(crate) frame: Option<FrameRef>,
    /// For code at the level of the module: which statement it is, since a later assignment does
    /// not reach it.
    pub(crate) item: Option<usize>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Name(FileId, smol_str::SmolStr),
    Call(FuncRef, Option<Value>, Vec<Option<Values>>),
    Field(ClassRef, Option<Rc<Args>>, smol_str::SmolStr),
}

impl Key {
    /// A function that calls itself depends on itself, whatever the arguments.
    fn is_same_work(&self, other: &Key) -> bool {
        match (self, other) {
            (Key::Call(a, ..), Key::Call(b, ..)) => a == b,
            (Key::Field(a, _, x), Key::Field(b, _, y)) => (a, x) == (b, y),
            _ => self == other,
        }
    }
}

struct Remembered {
    values: Values,
    steps: u32,
    /// The lowest place of the stack this depends on, while that is still at work.
    low: usize,
}

/// Works out values over a program. One serves one query of the host; it remembers what it found.
pub(crate) struct Evaluator<'p> {
    pub(crate) program: &'p dyn Program,
    at_work: Vec<Key>,
    low: usize,
    steps: u32,
    known: FxHashMap<Key, Remembered>,
    /// Keys whose cycle is not closed yet.
    pending: Vec<Key>,
}

impl<'p> Evaluator<'p> {
    pub(crate) fn new(program: &'p dyn Program) -> Evaluator<'p> {
        Evaluator {
            program,
            at_work: Vec::new(),
            low: usize::MAX,
            steps: 0,
            known: FxHashMap::default(),
            pending: Vec::new(),
        }
    }

    /// A frame for a function of which no call is known: its parameters are holes.
    pub(crate) fn open_frame(&self, func: &FuncRef) -> FrameRef {
        let outer = func.function().parent.map(|parent| {
            self.open_frame(&FuncRef {
                func: parent,
                ..func.clone()
            })
        });
        FrameRef(Rc::new(Frame {
            args: vec![None; func.function().params.len()],
            func: func.clone(),
            this: None,
            outer,
            locals: RefCell::default(),
        }))
    }

    /// The value of an expression on its own: a root, with a budget of its own.
    pub(crate) fn root(&mut self, expr: &Expr, scope: &Scope) -> Values {
        self.steps = 0;
        self.low = usize::MAX;
        let values = self.eval(expr, scope);
        if self.steps > MAX_STEPS {
            Values::hole(Why::Budget)
        } else {
            values
        }
    }

    pub(crate) fn eval(&mut self, expr: &Expr, scope: &Scope) -> Values {
        self.steps = self.steps.saturating_add(1);
        if self.steps > MAX_STEPS {
            return Values::hole(Why::Budget);
        }
        // Generated code can chain names deeper than a thread's stack.
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.eval_here(expr, scope))
    }

    fn eval_here(&mut self, expr: &Expr, scope: &Scope) -> Values {
        match expr {
            Expr::Unknown(kind) => Values::hole(Why::Syntax(kind.clone())),
            Expr::Text(text) => Values::one(Value::text(text)),
            Expr::Int(number) => Values::one(Value::Int(*number)),
            Expr::Bool(known) => Values::one(Value::Bool(*known)),
            Expr::Null => Values::one(Value::Null),
            Expr::Concat(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.eval(part, scope)).collect();
                Values::concat(&parts)
            }
            Expr::Binary(operator, left, right) => self.binary(*operator, left, right, scope),
            Expr::Name(name) => self.name(name, scope),
            Expr::Own(index) => {
                let value = &scope.facts.definitions[*index as usize].value;
                self.eval(value, scope)
            }
            Expr::Local { func, index } => self.local(*func, *index, scope),
            Expr::Param { func, index } => self.param(*func, *index, scope),
            Expr::Attr(object, name) => {
                let object = self.eval(object, scope);
                object.flat_map(|object| self.attribute(object, name, scope.file))
            }
            Expr::Index(object, index) => {
                let object = self.eval(object, scope);
                let index = self.eval(index, scope);
                object.flat_map(|object| self.index(object, &index, scope.file))
            }
            Expr::Call(index) => self.call(*index, scope),
            Expr::List(elements) => self.list(elements, scope),
            Expr::Map(entries) => self.map(entries, scope),
            Expr::Spread(inner) => self.eval(inner, scope),
            Expr::Alt(values) => {
                let all: Vec<_> = values.iter().map(|value| self.eval(value, scope)).collect();
                Values::collect(all.iter().flat_map(|values| values.iter().cloned()))
            }
            Expr::Each(collection) => {
                let collection = self.eval(collection, scope);
                collection.flat_map(each)
            }
            Expr::Every(element) => {
                let element = self.eval(element, scope);
                let elements = element.iter().cloned().map(Values::one).collect();
                Values::one(Value::List(Rc::new(elements)))
            }
            Expr::This(class) => self.this(*class, scope),
            Expr::Func(func) => Values::one(Value::Func(Closure {
                func: FuncRef {
                    file: scope.file,
                    facts: scope.facts.clone(),
                    func: *func,
                },
                this: None,
                outer: scope.frame.clone(),
            })),
            Expr::Class(class) => Values::one(Value::Class(class_ref(scope, *class))),
            Expr::Import(index) => self.import(*index, scope),
        }
    }

    fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr, scope: &Scope) -> Values {
        let left = self.eval(left, scope);
        let right = self.eval(right, scope);
        match operator {
            Operator::Add => match (left.first(), right.first()) {
                (Value::List(a), Value::List(b)) => {
                    let both = a.iter().chain(b.iter()).cloned().collect();
                    Values::one(Value::List(Rc::new(both)))
                }
                _ => Values::concat([&left, &right]),
            },
            Operator::Divide => crate::builtins::join_paths([&left, &right]),
            Operator::Percent => crate::builtins::percent(&left, &right),
            Operator::Or => {
                let missing = |value: &&Value| matches!(value, Value::Null);
                // What the left side cannot tell (a variable of the environment) may be missing.
                let all = left
                    .iter()
                    .filter(|value| !missing(value))
                    .chain(right.iter());
                Values::collect(all.filter(|value| !is_outside(value)).cloned()).or_hole(&left)
            }
        }
    }

    /// A name of the module: its definitions, else what star imports bring, else a built-in.
    pub(crate) fn name(&mut self, name: &str, scope: &Scope) -> Values {
        if let Some(item) = scope.item
            && self.program.definitions(scope.file, name).len() > 1
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
    fn name_before(&mut self, name: &str, file: FileId, item: usize) -> Option<Values> {
        let interface = self.program.interface(file);
        let earlier = interface.items.iter().take(item).enumerate().rev();
        for (index, facts) in earlier {
            let Some(definition) = facts.definitions.iter().rev().find(|d| d.name == name) else {
                continue;
            };
            if definition.conditional {
                return None;
            }
            let scope = Scope {
                file,
                facts: facts.clone(),
                frame: None,
                item: Some(index),
            };
            return Some(self.eval(&definition.value, &scope));
        }
        None
    }

    /// What a module's name is worth; `None` when the module binds no such name.
    pub(crate) fn module_name(&mut self, file: FileId, name: &str) -> Option<Values> {
        let definitions = self.program.definitions(file, name);
        if definitions.is_empty() {
            for module in self.program.star_imports(file).iter() {
                let Some(target) = self.program.module(file, module) else {
                    continue;
                };
                // A file that passes on its own names would ask for ever.
                let key = Key::Name(target, format!("*{name}").into());
                if target == file || self.at_work.contains(&key) {
                    continue;
                }
                self.at_work.push(key);
                let found = self.module_name(target, name);
                self.at_work.pop();
                if found.is_some() {
                    return found;
                }
            }
            return None;
        }
        let start = definitions
            .iter()
            .rposition(|(facts, index)| !facts.definitions[*index as usize].conditional)
            .unwrap_or(0);
        Some(self.remembered(Key::Name(file, name.into()), |this| {
            let mut all = Vec::new();
            for (facts, index) in &definitions[start..] {
                let scope = Scope {
                    file,
                    facts: facts.clone(),
                    frame: None,
                    item: None,
                };
                let value = &facts.definitions[*index as usize].value;
                all.extend(this.eval(value, &scope).iter().cloned());
            }
            Values::collect(all)
        }))
    }

    /// Does a piece of work once. Members of a cycle are holes, whoever asked first.
    fn remembered(&mut self, key: Key, work: impl FnOnce(&mut Self) -> Values) -> Values {
        if let Some(known) = self.known.get(&key) {
            self.steps = self.steps.saturating_add(known.steps);
            self.low = self.low.min(known.low);
            return known.values.clone();
        }
        if let Some(place) = self
            .at_work
            .iter()
            .position(|other| other.is_same_work(&key))
        {
            self.low = self.low.min(place);
            return Values::hole(Why::Cycle);
        }
        self.program.poll();
        let place = self.at_work.len();
        let outer_low = std::mem::replace(&mut self.low, usize::MAX);
        let outer_steps = std::mem::replace(&mut self.steps, 0);
        self.at_work.push(key.clone());
        let mut values = work(self);
        self.at_work.pop();
        let steps = self.steps;
        let low = self.low;
        if steps > MAX_STEPS {
            values = Values::hole(Why::Budget);
        }
        if low <= place {
            values = Values::hole(Why::Cycle);
        }
        let open = if low < place { low } else { usize::MAX };
        for member in &self.pending {
            if let Some(member) = self.known.get_mut(member)
                && member.low != usize::MAX
                && member.low >= place
            {
                member.low = open;
            }
        }
        if open == usize::MAX {
            let known = &self.known;
            self.pending
                .retain(|key| known.get(key).is_some_and(|k| k.low != usize::MAX));
        } else {
            self.pending.push(key.clone());
        }
        self.known.insert(
            key,
            Remembered {
                values: values.clone(),
                steps,
                low: open,
            },
        );
        self.low = outer_low.min(open);
        self.steps = outer_steps.saturating_add(steps);
        values
    }

    fn frame_of(&self, func: u32, scope: &Scope) -> Option<FrameRef> {
        let mut frame = scope.frame.clone();
        while let Some(at) = frame {
            if at.0.func.func == func && at.0.func.facts.id == scope.facts.id {
                return Some(at);
            }
            frame = at.0.outer.clone();
        }
        None
    }

    fn local(&mut self, func: u32, index: u32, scope: &Scope) -> Values {
        let binding = &scope.facts.functions[func as usize].bindings[index as usize];
        let Some(frame) = self.frame_of(func, scope) else {
            return self.eval(binding, scope);
        };
        if let Some((values, steps)) = frame.0.locals.borrow().get(&index) {
            self.steps = self.steps.saturating_add(*steps);
            return values.clone();
        }
        let before = std::mem::replace(&mut self.low, usize::MAX);
        let steps_before = self.steps;
        let at = Scope {
            frame: Some(frame.clone()),
            ..scope.clone()
        };
        let values = self.eval(binding, &at);
        // What is part of an open cycle is not kept: its value is not final.
        if self.low == usize::MAX {
            let steps = self.steps.saturating_sub(steps_before);
            frame
                .0
                .locals
                .borrow_mut()
                .insert(index, (values.clone(), steps));
        }
        self.low = self.low.min(before);
        values
    }

    fn param(&mut self, func: u32, index: u32, scope: &Scope) -> Values {
        let param = &scope.facts.functions[func as usize].params[index as usize];
        let given = self
            .frame_of(func, scope)
            .and_then(|frame| frame.0.args.get(index as usize).cloned().flatten());
        let given_hole = match given {
            Some(values) if values.iter().any(|value| !matches!(value, Value::Hole(_))) => {
                return values;
            }
            given => given,
        };
        // The annotation tells the class of what is not known otherwise.
        if let Some(annotation) = &param.annotation {
            let at = Scope {
                frame: None,
                ..scope.clone()
            };
            if let Value::Class(class) = self.eval(annotation, &at).first()
                && !is_enumeration(class)
            {
                return Values::one(Value::Instance {
                    class: class.clone(),
                    args: None,
                });
            }
        }
        given_hole.unwrap_or_else(|| Values::hole(Why::Parameter(param.name.clone())))
    }

    fn this(&mut self, class: u32, scope: &Scope) -> Values {
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

    fn import(&mut self, index: u32, scope: &Scope) -> Values {
        let import = &scope.facts.imports[index as usize];
        let target = self.program.module(scope.file, &import.module);
        match (&import.item, target) {
            (ImportItem::Module | ImportItem::All, Some(file)) => Values::one(Value::Module(file)),
            (ImportItem::Module | ImportItem::All, None) => {
                Values::one(Value::external(outside_name(&import.module)))
            }
            (ImportItem::Named(name), target) => {
                if let Some(file) = target
                    && let Some(values) = self.module_name(file, name)
                {
                    return values;
                }
                if target.is_none() && name == "default" {
                    return Values::one(Value::external(outside_name(&import.module)));
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

    fn list(&mut self, elements: &[Expr], scope: &Scope) -> Values {
        let mut all = Vec::new();
        for element in elements {
            let values = self.eval(element, scope);
            match (element, values.first()) {
                (Expr::Spread(_), Value::List(inner)) => all.extend(inner.iter().cloned()),
                (Expr::Spread(_), _) => all.push(values.flat_map(each)),
                _ => all.push(values),
            }
        }
        Values::one(Value::List(Rc::new(all)))
    }

    fn map(&mut self, entries: &[(Option<Expr>, Expr)], scope: &Scope) -> Values {
        let mut made = MapValue::default();
        for (key, value) in entries {
            let values = self.eval(value, scope);
            let Some(key) = key else {
                match values.first() {
                    Value::Map(inner) => {
                        made.entries.extend(inner.entries.iter().cloned());
                        made.open = made.open.or(inner.open.clone());
                    }
                    other => made.open = Some(why_of(other)),
                }
                continue;
            };
            let keys = self.eval(key, scope);
            for key in keys.iter() {
                match key {
                    Value::Text(text) if let Some(known) = text.known() => {
                        made.entries.push((known.into(), values.clone()));
                    }
                    other => made.open = Some(why_of(other)),
                }
            }
        }
        Values::one(Value::Map(Rc::new(made)))
    }

    /// `object.name`, where it is not called.
    pub(crate) fn attribute(&mut self, object: &Value, name: &str, from: FileId) -> Values {
        match object {
            Value::Module(file) => self.module_attribute(*file, name),
            Value::External(external) if external.path == "process.env" => {
                Values::hole(Why::Environment(name.into()))
            }
            Value::External(external) => {
                let path = format!("{}.{name}", external.path);
                if external.path.contains('(') {
                    return Values::one(crate::builtins::external_attribute(external, name));
                }
                match self.program.module(from, &path) {
                    Some(file) => Values::one(Value::Module(file)),
                    None => Values::one(Value::external(path)),
                }
            }
            Value::Class(class) => self
                .class_attribute(class, name)
                .unwrap_or_else(|| Values::hole(Why::Syntax("attribute".into()))),
            Value::Instance { class, args } => self.instance_attribute(class, args, name, object),
            Value::Map(map) => map_entry(map, name),
            // An enum's member is its value.
            Value::Text(_) | Value::Int(_) if name == "value" => Values::one(object.clone()),
            Value::Hole(why) => Values::hole(why.clone()),
            _ => Values::hole(Why::Syntax("attribute".into())),
        }
    }

    fn module_attribute(&mut self, file: FileId, name: &str) -> Values {
        if let Some(values) = self.module_name(file, name) {
            return values;
        }
        // A package's module that its `__init__.py` does not name.
        match self.program.module(file, &format!(".{name}")) {
            Some(file) => Values::one(Value::Module(file)),
            None => Values::hole(Why::External(name.into())),
        }
    }

    fn bases(&mut self, class: &ClassRef) -> Vec<ClassRef> {
        let scope = Scope {
            file: class.file,
            facts: class.facts.clone(),
            frame: None,
            item: None,
        };
        let bases = class.class().bases.clone();
        let mut found = Vec::new();
        for base in &bases {
            if let Value::Class(base) = self.eval(base, &scope).first() {
                found.push(base.clone());
            }
        }
        found
    }

    fn class_attribute(&mut self, class: &ClassRef, name: &str) -> Option<Values> {
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
        if let Some(func) = method(class, name) {
            let this = (func.function().kind == FunctionKind::Method).then(|| Value::Instance {
                class: class.clone(),
                args: None,
            });
            return Some(Values::one(Value::Func(Closure {
                func,
                this: this.map(Box::new),
                outer: None,
            })));
        }
        self.with_bases(class, name, |this, base| this.class_attribute(base, name))
    }

    fn with_bases(
        &mut self,
        class: &ClassRef,
        name: &str,
        mut ask: impl FnMut(&mut Self, &ClassRef) -> Option<Values>,
    ) -> Option<Values> {
        let key = Key::Field(class.clone(), None, format!("base {name}").into());
        if self.at_work.contains(&key) {
            return None;
        }
        self.at_work.push(key);
        let found = self.bases(class).iter().find_map(|base| ask(self, base));
        self.at_work.pop();
        found
    }

    fn instance_attribute(
        &mut self,
        class: &ClassRef,
        args: &Option<Rc<Args>>,
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

    fn field(
        &mut self,
        class: &ClassRef,
        args: &Option<Rc<Args>>,
        name: &str,
        instance: &Value,
    ) -> Option<Values> {
        let facts = class.class();
        let values: Vec<Expr> = facts
            .fields
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, v)| v.clone())
            .collect();
        let annotation = facts
            .annotations
            .iter()
            .find(|(known, _)| known == name)
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
        if let Some((_, annotation)) = annotation
            && let Value::Class(class) = self.eval(&annotation, &scope).first()
        {
            return Some(Values::one(Value::Instance {
                class: class.clone(),
                args: None,
            }));
        }
        if let Some(values) = self.given_field(class, args, name) {
            return Some(values);
        }
        self.with_bases(class, name, |this, base| {
            this.field(base, args, name, instance)
        })
    }

    /// A dataclass's field, as the call that made the instance gave it.
    fn given_field(
        &mut self,
        class: &ClassRef,
        args: &Option<Rc<Args>>,
        name: &str,
    ) -> Option<Values> {
        if class.class().constructor.is_some() {
            return None;
        }
        let args = args.as_ref()?;
        if let Some(values) = args.keyword(name) {
            return Some(values.clone());
        }
        let position = class
            .class()
            .annotations
            .iter()
            .position(|(known, _)| known == name)?;
        args.positional.get(position).cloned()
    }

    fn constructor_frame(
        &mut self,
        class: &ClassRef,
        args: &Option<Rc<Args>>,
        instance: &Value,
    ) -> Option<FrameRef> {
        let func = FuncRef {
            file: class.file,
            facts: class.facts.clone(),
            func: class.class().constructor?,
        };
        let given = match args {
            Some(args) => self.bind_args(&func, args),
            None => vec![None; func.function().params.len()],
        };
        Some(FrameRef(Rc::new(Frame {
            func,
            args: given,
            this: Some(instance.clone()),
            outer: None,
            locals: RefCell::default(),
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
            Value::Map(map) => match index.known() {
                Some(key) => map_entry(map, &key),
                None if map.open.is_none() && !map.entries.is_empty() => {
                    Values::collect(map.entries.iter().flat_map(|(_, v)| v.iter().cloned()))
                }
                None => Values::hole(why_of(index.first())),
            },
            Value::Class(class) => match index.known() {
                Some(name) => {
                    let name = name.as_str();
                    self.class_attribute(class, name)
                        .unwrap_or_else(|| Values::hole(Why::Syntax("index".into())))
                }
                None => Values::hole(why_of(index.first())),
            },
            Value::External(external) if external.path == "os.environ" => {
                Values::hole(Why::Environment(index.known().unwrap_or_default().into()))
            }
            // Destructured: `const { x } = require("y")`.
            Value::Instance { .. } | Value::Module(_) | Value::External(_) => match index.known() {
                Some(name) => self.attribute(object, &name, from),
                None => Values::hole(why_of(index.first())),
            },
            Value::Hole(why) => Values::hole(why.clone()),
            _ => Values::hole(Why::Syntax("index".into())),
        }
    }

    /// The values given to a call.
    pub(crate) fn args(&mut self, args: &[Arg], scope: &Scope) -> Args {
        let mut given = Args::default();
        for arg in args {
            let values = self.eval(&arg.value, scope);
            match (arg.kind, &arg.keyword, values.first()) {
                (ArgKind::Plain, Some(keyword), _) => {
                    given.keywords.push((keyword.clone(), values));
                }
                (ArgKind::Plain, None, _) => given.positional.push(values),
                (ArgKind::Spread, _, Value::List(list)) => {
                    given.positional.extend(list.iter().cloned());
                }
                (ArgKind::SpreadMap, _, Value::Map(map)) => {
                    given.keywords.extend(map.entries.iter().cloned());
                    given.open = given.open.or(map.open.clone());
                }
                (_, _, other) => given.open = Some(why_of(other)),
            }
        }
        given
    }

    fn call(&mut self, index: u32, scope: &Scope) -> Values {
        let facts = scope.facts.clone();
        let call = &facts.calls[index as usize];
        let args = self.args(&call.args, scope);
        if let Expr::Attr(object, name) = &call.callee {
            let object = self.eval(object, scope);
            return object.flat_map(|object| self.call_method(object, name, &args, scope.file));
        }
        let callee = self.eval(&call.callee, scope);
        callee.flat_map(|callee| self.call_value(callee, &args))
    }

    pub(crate) fn call_method(
        &mut self,
        object: &Value,
        name: &str,
        args: &Args,
        from: FileId,
    ) -> Values {
        if let Some(values) = crate::builtins::method(self, object, name, args) {
            return values;
        }
        let method = self.attribute(object, name, from);
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
                    return value.clone();
                }
                let args = Some(Rc::new(args.clone()));
                Values::one(Value::Instance {
                    class: class.clone(),
                    args,
                })
            }
            Value::External(external) => crate::builtins::call_external(&external.path, args),
            Value::Hole(why) => Values::hole(why.clone()),
            _ => Values::hole(Why::Syntax("call".into())),
        }
    }

    /// What a function returns for some arguments: any of its returns.
    pub(crate) fn call_closure(&mut self, closure: &Closure, args: &Args) -> Values {
        let given = self.bind_args(&closure.func, args);
        let this = closure.this.as_deref().cloned();
        let returns = closure.func.function().returns.clone();
        if returns.is_empty() {
            return Values::hole(Why::Syntax("function without a value".into()));
        }
        let key = Key::Call(closure.func.clone(), this, given.clone());
        let closure = closure.clone();
        self.remembered(key, move |evaluator| {
            let scope = evaluator.enter(&closure, given);
            let all: Vec<_> = returns
                .iter()
                .map(|value| evaluator.eval(value, &scope))
                .collect();
            let values = all.iter().flat_map(|values| values.iter().cloned());
            // `return None` beside other returns: what is used is one of the others.
            let values: Vec<Value> = values.filter(|value| *value != Value::Null).collect();
            Values::collect(values)
        })
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
                locals: RefCell::default(),
            }))),
        }
    }

    /// The scope inside a function nested in one that is at work, its own parameters unknown.
    pub(crate) fn enter_open(&self, closure: &Closure) -> Scope {
        self.enter(closure, vec![None; closure.func.function().params.len()])
    }

    /// The values of a function's parameters when it is called with these arguments.
    pub(crate) fn bind_args(&mut self, func: &FuncRef, args: &Args) -> Vec<Option<Values>> {
        let function = func.function();
        let mut given: Vec<Option<Values>> = vec![None; function.params.len()];
        let mut positional = args.positional.iter().cloned();
        for (index, param) in function.params.iter().enumerate() {
            given[index] = match param.kind {
                ParamKind::Plain => match args.keyword(&param.name) {
                    Some(values) if !param.name.is_empty() => Some(values.clone()),
                    _ => positional.next(),
                },
                ParamKind::KeywordOnly => args.keyword(&param.name).cloned(),
                ParamKind::Rest => Some(Values::one(Value::List(Rc::new(
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
                    Some(Values::one(Value::Map(Rc::new(MapValue {
                        entries,
                        open: args.open.clone(),
                    }))))
                }
            };
        }
        let scope = Scope {
            file: func.file,
            facts: func.facts.clone(),
            frame: None,
            item: None,
        };
        for (index, param) in function.params.iter().enumerate() {
            let missing = given[index]
                .as_ref()
                .is_none_or(|v| *v.first() == Value::Null);
            if !missing {
                continue;
            }
            given[index] = match (&args.open, &param.default) {
                (Some(why), _) => Some(Values::hole(why.clone())),
                (None, Some(default)) => Some(self.eval(default, &scope)),
                (None, None) => Some(Values::hole(Why::Syntax("missing argument".into()))),
            };
        }
        given
    }
}

trait OrHole {
    fn or_hole(self, left: &Values) -> Values;
}

impl OrHole for Values {
    /// A default that says nothing leaves what the left side said.
    fn or_hole(self, left: &Values) -> Values {
        match self.first() {
            Value::Hole(_) => left.clone(),
            _ => self,
        }
    }
}

/// Node's own modules may be named with their scheme.
fn outside_name(module: &str) -> &str {
    module.strip_prefix("node:").unwrap_or(module)
}

fn is_outside(value: &Value) -> bool {
    matches!(value, Value::Hole(Why::Environment(_)))
}

fn class_ref(scope: &Scope, class: u32) -> ClassRef {
    ClassRef {
        file: scope.file,
        facts: scope.facts.clone(),
        class,
    }
}

fn method(class: &ClassRef, name: &str) -> Option<FuncRef> {
    let functions = &class.facts.functions;
    let found = class
        .class()
        .methods
        .iter()
        .rev()
        .find(|f| functions[**f as usize].name == name);
    found.map(|func| FuncRef {
        file: class.file,
        facts: class.facts.clone(),
        func: *func,
    })
}

/// Whether a class is an enum: its members are values, not attributes of an instance.
pub(crate) fn is_enumeration(class: &ClassRef) -> bool {
    class.class().bases.iter().any(|base| match base {
        Expr::Name(name) | Expr::Attr(_, name) => name.ends_with("Enum"),
        Expr::Import(index) => match &class.facts.imports[*index as usize].item {
            ImportItem::Named(name) => name.ends_with("Enum"),
            _ => false,
        },
        _ => false,
    })
}

/// Any element of a collection.
pub(crate) fn each(collection: &Value) -> Values {
    match collection {
        Value::List(elements) => {
            Values::collect(elements.iter().flat_map(|values| values.iter().cloned()))
        }
        Value::Map(map) => Values::collect(map.entries.iter().map(|(key, _)| Value::text(key))),
        Value::Hole(why) => Values::hole(why.clone()),
        other => Values::hole(why_of(other)),
    }
}

fn map_entry(map: &MapValue, key: &str) -> Values {
    match (map.get(key), &map.open) {
        (Some(values), _) => values.clone(),
        (None, Some(why)) => Values::hole(why.clone()),
        (None, None) => Values::hole(Why::Syntax("missing key".into())),
    }
}

pub(crate) fn why_of(value: &Value) -> Why {
    match value {
        Value::Hole(why) => why.clone(),
        other => match other.to_text().parts.into_iter().next() {
            Some(Part::Hole(why)) => why,
            _ => Why::Syntax("value".into()),
        },
    }
}

impl From<Text> for Values {
    fn from(text: Text) -> Values {
        Values::collect([Value::Text(text)])
    }
}
