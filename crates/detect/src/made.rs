//! What objects of a class are made with, wherever the repository makes one. An object of which no more than its class is
//! known (a parameter, what a framework hands in, `self` of a method that nobody is seen to call) is one of these.

use std::rc::Rc;

use smol_str::SmolStr;

use crate::eval::Scope;
use crate::facts::{Call, Expr};
use crate::shared::Shared;
use crate::sites::{CallPlace, Finder, Use};
use crate::value::{
    Args, ClassRef, Closure, FileId, FuncRef, MAX_ALTERNATIVES, Part, Value, Values, Why,
};
use crate::wrappers::MAX_CHAIN;

/// A call on an object that may have been made in more ways than this is a call on any.
const MAX_MADE: usize = 4;
/// More calls by the name of a class than this are not gone through.
const MAX_LOOKED_AT: usize = 64;

/// Classes below one, that are looked at for who makes their objects, and how far below.
const MAX_BELOW: usize = 16;
const MAX_DEPTH: usize = 2;

/// An object may be made by the constructor of one that the constructor of another makes, this deep.
const MAX_WITHIN: usize = 2;

/// An object as somebody makes it.
#[derive(Clone)]
pub(crate) struct Made {
    /// The class itself, or one below it.
    class: ClassRef,
    args: Shared<Args>,
    /// Where, for the first that makes it so.
    file: FileId,
}

impl Made {
    fn object(&self) -> Value {
        Value::Instance {
            class: self.class.clone(),
            args: Some(self.args.clone()),
        }
    }
}

impl Finder<'_> {
    /// The objects of a class, or of one below it, as they are made: each once. `None` where they are made in more than
    /// [`MAX_ALTERNATIVES`] ways.
    fn makers(&mut self, class: &ClassRef, depth: usize) -> Option<Rc<[Made]>> {
        let key = (class.clone(), depth);
        if let Some((known, read)) = self.functions.makers.get(&key)
            && self.program.read_again(*read)
        {
            return known.clone();
        }
        self.program.note();
        let found = self.question(|this| this.find_makers(class, depth));
        let found: Option<Rc<[_]>> = found.map(Into::into);
        let known = (found.clone(), self.program.noted());
        self.functions.makers.insert(key, known);
        found
    }

    fn find_makers(&mut self, class: &ClassRef, depth: usize) -> Option<Vec<Made>> {
        let mut classes = vec![class.clone()];
        self.add_below(class, MAX_DEPTH, &mut classes);
        if classes.len() > MAX_BELOW {
            return None;
        }
        let mut found: Vec<Made> = Vec::new();
        for class in classes {
            for maker in self.calls_of_class(&class)? {
                let scope = self.scope_of(&maker);
                let call = &maker.facts.calls[maker.call as usize];
                let callee = self.eval.root(&call.callee, &scope);
                let is_class =
                    |value: &Value| matches!(value, Value::Class(made) if *made == class);
                if !callee.iter().any(is_class) {
                    continue;
                }
                for scope in self.scopes_of_maker(scope, call, depth) {
                    let args = self.eval.root_args(&call.args, &scope);
                    if !args.is_kept() {
                        return None;
                    }
                    let made = Made {
                        class: class.clone(),
                        args: Shared::new(args),
                        file: maker.file,
                    };
                    let is_same = |it: &Made| it.class == made.class && it.args == made.args;
                    if !found.iter().any(is_same) {
                        found.push(made);
                    }
                    if found.len() > MAX_ALTERNATIVES {
                        return None;
                    }
                }
            }
        }
        Some(found)
    }

    /// Where a call makes an object: in a constructor that hands on what it is given, once for each way in which objects of
    /// its own class are made.
    fn scopes_of_maker(&mut self, scope: Scope, call: &Call, depth: usize) -> Vec<Scope> {
        let Some(frame) = &scope.frame else {
            return vec![scope];
        };
        let func = frame.0.func.clone();
        let class = class_around(&func);
        if class.is_none() && depth > 0 && is_given(&self.eval.root_args(&call.args, &scope)) {
            let called = self.scopes_of_factory(&func);
            return match called.is_empty() {
                true => vec![scope],
                false => called,
            };
        }
        let class = class.filter(|class| class.class().constructor == Some(func.func));
        let (Some(class), Some(depth)) = (class, depth.checked_sub(1)) else {
            return vec![scope];
        };
        if !is_given(&self.eval.root_args(&call.args, &scope)) {
            return vec![scope];
        }
        let Some(made) = self.makers(&class, depth) else {
            return vec![scope];
        };
        let mut scopes = Vec::new();
        for made in made.iter().filter(|made| made.class == class) {
            let entered = Closure {
                func: func.clone(),
                this: Some(Box::new(made.object())),
                outer: None,
                given: None,
            };
            let args = self.eval.apart(|eval| eval.bind(&entered, &made.args));
            scopes.push(self.eval.enter(&entered, args));
        }
        if made.is_empty() {
            scopes.extend(self.eval.apart(|eval| eval.by_default(&scope)));
        }
        // What a class below gives to the constructor above it is not looked for.
        if scopes.is_empty() || made.iter().any(|made| made.class != class) {
            scopes.push(scope);
        }
        scopes
    }

    /// Where a function makes an object of what it is given, `def create(bucket): return Store(bucket)`, once for each call of
    /// it; nothing where there are too many.
    fn scopes_of_factory(&mut self, func: &FuncRef) -> Vec<Scope> {
        let callers = self.callers(func);
        if callers.len() > MAX_MADE {
            return Vec::new();
        }
        let entered = Closure {
            func: func.clone(),
            this: None,
            outer: None,
            given: None,
        };
        let mut scopes = Vec::new();
        for caller in callers.iter() {
            let at = self.scope_of(caller);
            let call = &caller.facts.calls[caller.call as usize];
            let args = self.eval.root_args(&call.args, &at);
            let args = self.eval.apart(|eval| eval.bind(&entered, &args));
            scopes.push(self.eval.enter(&entered, args));
        }
        scopes
    }

    /// Where a call stands in a method of a class, once for each way in which its objects are made: nothing where nobody
    /// makes one, or one is made of a class below.
    pub(crate) fn scopes_where_made(&mut self, scope: &Scope) -> Vec<Scope> {
        let Some(frame) = &scope.frame else {
            return Vec::new();
        };
        let method = method_around(&frame.0.func);
        let Some(class) = class_around(&method) else {
            return Vec::new();
        };
        let Some(made) = self.makers(&class, MAX_WITHIN) else {
            return Vec::new();
        };
        if made.iter().any(|made| made.class != class) {
            return Vec::new();
        }
        let is_constructor = class.class().constructor == Some(frame.0.func.func);
        let mut scopes = Vec::new();
        for made in made.iter() {
            if !is_constructor {
                scopes.extend(self.eval.on_object(scope, made.object()));
                continue;
            }
            let entered = Closure {
                func: frame.0.func.clone(),
                this: Some(Box::new(made.object())),
                outer: None,
                given: None,
            };
            let args = self.eval.apart(|eval| eval.bind(&entered, &made.args));
            scopes.push(self.eval.enter(&entered, args));
        }
        scopes
    }

    /// The classes below one, and those below them; none where there are too many.
    pub(crate) fn classes_below(&mut self, class: &ClassRef) -> Vec<ClassRef> {
        let mut found = Vec::new();
        self.add_below(class, MAX_DEPTH, &mut found);
        if found.len() > MAX_BELOW {
            found.clear();
        }
        found
    }

    fn add_below(&mut self, class: &ClassRef, depth: usize, found: &mut Vec<ClassRef>) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        let extending = self.program.subclasses(&class.class().name);
        for (file, facts, index) in extending.iter() {
            let below = ClassRef {
                file: *file,
                facts: facts.clone(),
                class: *index,
            };
            if found.len() <= MAX_BELOW
                && !found.contains(&below)
                && self.eval.apart(|eval| eval.extends(&below, class))
            {
                found.push(below.clone());
                self.add_below(&below, depth, found);
            }
        }
    }

    /// The calls by the name of a class, and those of `cls` in its own methods. `None` where there are too many.
    fn calls_of_class(&mut self, class: &ClassRef) -> Option<Vec<CallPlace>> {
        let name = &class.class().name;
        let mut found = Vec::new();
        if name.is_empty() {
            return Some(found);
        }
        let mut names = vec![name.clone()];
        self.add_other_names(&mut names, class.file);
        for name in &names {
            for file in self.files_that_call(name, class.file) {
                for (facts, item, index) in self.program.calls(file, name).iter() {
                    found.push(CallPlace {
                        file,
                        facts: facts.clone(),
                        item: *item as usize,
                        call: *index,
                    });
                }
                if found.len() > MAX_LOOKED_AT {
                    return None;
                }
            }
        }
        for (index, call) in class.facts.calls.iter().enumerate() {
            if call.callee == Expr::Class(class.class) && call.func.is_some() {
                found.push(CallPlace {
                    file: class.file,
                    facts: class.facts.clone(),
                    item: 0, // It stands in a function.
                    call: index as u32,
                });
            }
        }
        Some(found)
    }

    /// The objects as they are made whose method of that name is this one.
    fn made_with_method(&mut self, class: &ClassRef, method: &FuncRef) -> Option<Vec<Made>> {
        let mut made = self.makers(class, MAX_WITHIN)?.to_vec();
        let name = &method.function().name;
        made.retain(|it| {
            let own = self.eval.apart(|eval| eval.method_of(&it.class, name));
            own.is_none_or(|own| own == *method)
        });
        Some(made)
    }

    /// Whether the repository is seen to make the objects of a method.
    pub(crate) fn is_made(&mut self, method: &FuncRef) -> bool {
        let method = &method_around(method);
        let class = class_around(method);
        let made = class.and_then(|class| self.made_with_method(&class, method));
        made.is_some_and(|made| !made.is_empty())
    }

    /// The uses of a call in a method, by each object as it is made; of one that nobody is seen to make, as one is that is
    /// given nothing that has a default. Each with that in words.
    pub(crate) fn uses_as_made(&mut self, index: u32, scope: &Scope) -> Vec<(Use, String)> {
        let mut found = Vec::new();
        for (at, how) in self.scopes_as_made(scope) {
            let uses = self.question(|this| this.uses_of_call(index, &at));
            found.extend(uses.into_iter().map(|used| (used, how.clone())));
        }
        found
    }

    /// What a method does with its parameters unknown, on each object as it is made.
    pub(crate) fn open_uses_as_made(&mut self, method: &FuncRef) -> Rc<[Use]> {
        if let Some((known, read)) = self.functions.open_as_made.get(method)
            && self.program.read_again(*read)
        {
            return known.clone();
        }
        self.program.note();
        let scope = self.open_scope(method);
        let mut found = Vec::new();
        for (at, _) in self.scopes_as_made(&scope) {
            found.extend(self.question(|this| this.uses_in(method, &at, MAX_CHAIN - 1)));
        }
        let found: Rc<[Use]> = found.into();
        let known = (found.clone(), self.program.noted());
        self.functions.open_as_made.insert(method.clone(), known);
        found
    }

    /// The same, on an object that is given nothing that has a default.
    pub(crate) fn open_uses_by_default(&mut self, method: &FuncRef) -> Rc<[Use]> {
        let Some(class) = class_around(method) else {
            return Rc::from([]);
        };
        let scope = self.open_scope(method);
        let at = self.eval.apart(|eval| eval.made_by_default(&scope, &class));
        let uses = at.map(|at| self.question(|this| this.uses_in(method, &at, MAX_CHAIN - 1)));
        uses.unwrap_or_default().into()
    }

    /// A scope in a method, on each object as it is made.
    fn scopes_as_made(&mut self, scope: &Scope) -> Vec<(Scope, String)> {
        let Some(frame) = &scope.frame else {
            return Vec::new();
        };
        let method = method_around(&frame.0.func);
        let Some(class) = class_around(&method) else {
            return Vec::new();
        };
        let Some(made) = self.made_with_method(&class, &method) else {
            return Vec::new();
        };
        let mut scopes: Vec<(Scope, String)> = Vec::new();
        for made in &made {
            let path = self.program.path(made.file);
            let how = format!("{}() made in {path}", made.class.class().name);
            let at = self.eval.on_object(scope, made.object());
            scopes.extend(at.map(|at| (at, how)));
        }
        if made.is_empty() {
            let how = format!("defaults of {}(), which nobody makes", class.class().name);
            let at = self.eval.apart(|eval| eval.made_by_default(scope, &class));
            scopes.extend(at.map(|at| (at, how)));
        }
        scopes
    }

    /// Methods of an object that nobody knows, as those of any that is made; those of one's own object stay as they are.
    pub(crate) fn on_any_made(
        &mut self,
        object: &Expr,
        scope: &Scope,
        methods: Vec<Closure>,
    ) -> Vec<Closure> {
        if matches!(object, Expr::This(_)) {
            return methods;
        }
        let mut given: Option<Option<Vec<Value>>> = None;
        let mut found = Vec::new();
        for method in &methods {
            let class = match method.this.as_deref() {
                Some(Value::Instance { class, args: None }) => Some(class.clone()),
                Some(_) => None,
                None => class_around(&method.func),
            };
            let made = class.and_then(|class| self.made_with_method(&class, &method.func));
            match made {
                Some(made) if (1..=MAX_MADE).contains(&made.len()) => {
                    let mut objects: Vec<Value> = made.iter().map(Made::object).collect();
                    // Which of several it is, those say who give it.
                    if objects.len() > 1
                        && let Some(given) =
                            given.get_or_insert_with(|| self.given_as(object, scope))
                    {
                        // One that is made otherwise than it is seen to be made is any of them.
                        let meant = objects.iter().filter(|object| given.contains(object));
                        let meant: Vec<Value> = meant.cloned().collect();
                        if given.iter().all(|object| meant.contains(object)) {
                            objects = meant;
                        }
                    }
                    found.extend(objects.into_iter().map(|object| Closure {
                        this: Some(Box::new(object)),
                        ..method.clone()
                    }));
                }
                _ => found.push(method.clone()),
            }
        }
        match found.len() <= MAX_ALTERNATIVES {
            true => found,
            false => methods,
        }
    }
}

impl Finder<'_> {
    /// The objects that a parameter is given by those who call its function, or a field by those who make its object;
    /// `None` where one of them gives something else, or nobody does.
    fn given_as(&mut self, object: &Expr, scope: &Scope) -> Option<Vec<Value>> {
        let mut found: Vec<Value> = Vec::new();
        let mut take = |values: Values| {
            let is_made = |value: &Value| matches!(value, Value::Instance { args: Some(_), .. });
            let are_made = values.iter().all(is_made);
            found.extend(values.iter().cloned());
            are_made
        };
        match object {
            Expr::Local { func, index } => {
                let bound = &scope.facts.functions[*func as usize].bindings[*index as usize];
                return self.given_as(&bound.clone(), scope);
            }
            _ if let Some((func, index, member)) = given_parameter(object) => {
                let func = FuncRef {
                    file: scope.file,
                    facts: scope.facts.clone(),
                    func,
                };
                let param = &func.function().params[index as usize].name;
                let callers = self.callers(&func);
                if callers.is_empty() || callers.len() > MAX_MADE {
                    return None;
                }
                for caller in callers.iter() {
                    let at = self.scope_of(caller);
                    let call = &caller.facts.calls[caller.call as usize];
                    let args = self.eval.root_args(&call.args, &at);
                    let given = args.keyword(param);
                    let given = given.or_else(|| args.positional.get(index as usize))?;
                    let given = match (member, given.first()) {
                        (None, _) => given.clone(),
                        (Some(name), Value::Map(map)) => map.get(name)?.clone(),
                        _ => return None,
                    };
                    if !take(given) {
                        return None;
                    }
                }
            }
            Expr::Attr(of, name) if let Expr::This(class) = of.as_ref() => {
                let class = ClassRef {
                    file: scope.file,
                    facts: scope.facts.clone(),
                    class: *class,
                };
                let made = self.makers(&class, MAX_WITHIN)?;
                if made.is_empty() || made.len() > MAX_MADE {
                    return None;
                }
                for made in made.iter() {
                    let object = made.object();
                    let held = self
                        .eval
                        .apart(|eval| eval.attribute(&object, name, class.file));
                    if !take(held) {
                        return None;
                    }
                }
            }
            _ => return None,
        }
        Some(found)
    }
}

/// The parameter that something is, or the member of one that it is: `deps.store`, `({ store }) => …`.
fn given_parameter(object: &Expr) -> Option<(u32, u32, Option<&SmolStr>)> {
    let (of, member) = match object {
        Expr::Attr(of, name) => (of.bare(), Some(name)),
        Expr::Index(of, entry) => match entry.as_ref() {
            Expr::Text(name) => (of.bare(), Some(name)),
            _ => return None,
        },
        of => (of, None),
    };
    match of {
        Expr::Param { func, index } => Some((*func, *index, member)),
        _ => None,
    }
}

/// Whether arguments are made of what the callers of the function around give.
fn is_given(args: &Args) -> bool {
    holds_parameter(args, MAX_MEMBERS)
}

fn holds_parameter(args: &Args, depth: usize) -> bool {
    let keywords = args.keywords.iter().map(|(_, values)| values);
    let mut values = args.positional.iter().chain(keywords);
    values.any(|values| hangs_on_a_parameter(values, depth))
}

/// Objects within an object that is given, looked through for what its maker is given itself.
const MAX_MEMBERS: usize = 3;

fn hangs_on_a_parameter(values: &Values, depth: usize) -> bool {
    let is_parameter = |part: &Part| match part {
        Part::Hole(why) => matches!(why.of_path(), Why::Parameter(_)),
        _ => false,
    };
    values.iter().any(|value| match value {
        Value::Map(map) => depth.checked_sub(1).is_some_and(|depth| {
            let mut members = map.entries.iter();
            members.any(|(_, member)| hangs_on_a_parameter(member, depth))
        }),
        Value::Instance {
            args: Some(args), ..
        } => depth
            .checked_sub(1)
            .is_some_and(|depth| holds_parameter(args, depth)),
        // `Bucket.from_bucket_name(self, "Plates", props.bucket_name)`
        Value::External(made) => depth
            .checked_sub(1)
            .is_some_and(|depth| holds_parameter(&made.args, depth)),
        value => value.to_text().parts.iter().any(is_parameter),
    })
}

/// The method that a function stands in, as what is given to a call there does; the function where it is in none.
pub(crate) fn method_around(func: &FuncRef) -> FuncRef {
    let mut at = func.clone();
    while at.function().class.is_none() {
        match at.function().parent {
            Some(parent) => at.func = parent,
            None => return func.clone(),
        }
    }
    at
}

/// The class that a function is a method of.
pub(crate) fn class_around(func: &FuncRef) -> Option<ClassRef> {
    Some(ClassRef {
        file: func.file,
        facts: func.facts.clone(),
        class: func.function().class?,
    })
}
