//! Objects of the repository's classes: fields as a constructor set them, with what it was given, and what it hands on
//! to the class above.

use std::rc::Rc;

use super::*;

/// Files that make objects of a class, which are looked at for what they give.
const MAX_MAKING_FILES: usize = 16;

impl Evaluator<'_> {
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
        // `prefix: str` in a class above says what is there, and `prefix = "raw"` in this one what it is.
        let is_here = |(known, value): &(SmolStr, Expr)| known == name && *value != Expr::Null;
        let is_set = |above: &ClassRef| above.class().fields.iter().any(|(known, _)| known == name);
        if class.class().attributes.iter().any(is_here) && !ancestors.iter().any(is_set) {
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
        let func = above.iter().find_map(|class| own_method(class, name))?;
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
        let is_counted = values
            .iter()
            .any(|value| is_count(value) && !is_anew(value));
        let is_set = values.iter().any(is_anew);
        let growth = values.iter().filter_map(|value| growth_of(value, name));
        let growth = growth.reduce(|one, other| match one == other {
            true => one,
            false => Growth::Around,
        });
        if is_set {
            values.retain(is_anew);
        }
        let annotation = facts
            .annotations
            .iter()
            .find(|(known, of)| known == name && !matches!(of, Expr::Unknown(_)))
            .cloned();
        let scope = Scope::around(class);
        if !values.is_empty() {
            let is_own = matches!(instance, Value::Instance { class: own, .. } if own == class);
            let below = (!is_own).then(|| instance.clone());
            let key = Key::Field(class.clone(), args.clone(), below, name.into());
            let is_declared = annotation.is_some();
            let found = self.remembered(key, |this| {
                let frame = this.constructor_frame(class, args, instance);
                let mut scope = Scope {
                    frame,
                    ..scope.clone()
                };
                if !is_set
                    && let Some(before) =
                        this.inherited_field(class, args, name, instance, MAX_ANCESTORS)
                {
                    // `super().__init__(prefix)`, and then `self.prefix = self.prefix.strip("/")`.
                    let field = Expr::Attr(Box::new(Expr::This(class.class)), name.into());
                    scope = this.assuming(&field, before, &scope);
                }
                let all: Vec<_> = values
                    .iter()
                    .map(|value| this.eval(value, &scope))
                    .collect();
                this.charge(scope.frame.as_ref());
                let known = all.iter().flat_map(|values| values.iter().cloned());
                // `self.x = None` before it is set says nothing of its value.
                let mut set: Vec<Value> = known.filter(|value| *value != Value::Null).collect();
                // `self.step = 0`, and later what nobody knows: where a count begins is one number of many.
                let is_unknown = |value: &Value| matches!(value, Value::Hole(_));
                if !is_declared && set.iter().any(is_unknown) {
                    set.retain(|value| !matches!(value, Value::Int(_)));
                }
                // `self.prefix = ""` until it is set.
                let is_empty =
                    |value: &Value| matches!(value, Value::Text(text) if text.parts.is_empty());
                let says = |value: &Value| matches!(value, Value::Text(_)) && !is_empty(value);
                if all.len() > 1 && set.iter().any(says) {
                    set.retain(|value| !is_empty(value));
                }
                if is_counted && set.iter().all(|value| matches!(value, Value::Int(_))) {
                    return Values::hole(Why::Syntax("counter".into()));
                }
                match growth.filter(|_| is_set) {
                    Some(growth) => Values::collect(set.iter().map(|it| growth.of(it, name))),
                    None => Values::collect(set),
                }
            });
            if found.iter().any(|value| !matches!(value, Value::Hole(_))) || annotation.is_none() {
                return Some(found);
            }
        }
        // Only a class of the repository says more than "not known", and a type of a few texts.
        if let Some((_, annotation)) = annotation {
            let declared = self.eval(&annotation, &scope);
            if let Some(texts) = self.texts_of_type(&annotation, declared.first(), &scope) {
                let given = self.given_field(class, args, name)?;
                return Some(given.flat_map(|given| match given {
                    Value::Hole(_) => enumerations::one_of(&Values::one(given.clone()), &texts),
                    given => Values::one(given.clone()),
                }));
            }
            let object = match declared.first() {
                Value::Class(of) => Some(Value::Instance {
                    class: of.clone(),
                    args: None,
                }),
                declared => names::of_type(declared),
            };
            if let Some(object) = object {
                // What it was made with says more than its type.
                let given = self.given_field(class, args, name);
                let is_known = |value: &Value| !matches!(value, Value::Hole(_));
                return match given.as_ref().is_some_and(|it| it.iter().any(is_known)) {
                    true => given,
                    false => Some(Values::one(object)),
                };
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
            let mut attributes = class.class().attributes.iter();
            let has_default = attributes.any(|(known, _)| known == name);
            return match has_default {
                true => self.default_or_given(class, name, position),
                false => Some(Values::hole(Why::Parameter(name.into()))),
            };
        };
        let given = args.keyword(name).or_else(|| args.positional.get(position));
        // `Export(**raw)` may give it.
        let may_be_given = || args.open.clone().map(Values::hole);
        given.cloned().or_else(may_be_given)
    }

    /// The default of a dataclass's field, where some of those that make an object give another value.
    fn default_or_given(
        &mut self,
        class: &ClassRef,
        name: &str,
        position: usize,
    ) -> Option<Values> {
        let key = Key::Field(class.clone(), None, None, format!("given {name}").into());
        let worth = self.remembered(key, |this| {
            let default = this.own_attribute(class, name);
            match default {
                // `prefix: str | None = None` is set by somebody, or asked about.
                Some(default) if *default.first() == Value::Null => {
                    Values::hole(Why::Parameter(name.into()))
                }
                Some(default) if this.is_given_by_some(class, name, position) => {
                    let given = Value::Hole(Why::Parameter(name.into()));
                    Values::one(operators::given_or(&given, &default))
                }
                _ => Values::hole(Why::Syntax("default".into())),
            }
        });
        let is_given = match worth.first() {
            Value::Hole(why) => matches!(why, Why::Parameter(_)),
            _ => true,
        };
        is_given.then_some(worth)
    }

    /// Whether a call by the name of a class gives a field, by its name or at its position.
    fn is_given_by_some(&self, class: &ClassRef, name: &str, position: usize) -> bool {
        let made = &class.class().name;
        let files = self.program.callers(made);
        // A file of data alone is not looked into: `YIELD = Spec("yield", fmt="csv")` beside the class.
        let files = files.iter().take(MAX_MAKING_FILES);
        files.chain([&class.file]).any(|file| {
            let calls = self.program.calls(*file, made);
            calls.iter().any(|(facts, _, index)| {
                let args = &facts.calls[*index as usize].args;
                let mut keywords = args.iter().filter_map(|arg| arg.keyword.as_deref());
                let plain = args.iter().filter(|arg| arg.keyword.is_none()).count();
                plain > position || keywords.any(|keyword| keyword == name)
            })
        })
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
            None => own_method(class, "__post_init__")?,
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
            is_way: false,
        })))
    }
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

fn has_field(class: &ClassRef, name: &str) -> bool {
    let class = class.class();
    class.fields.iter().any(|(known, _)| known == name)
        || class.annotations.iter().any(|(known, _)| known == name)
}

/// How a method adds to a field that is a string: `this.path = `${this.path}/${name}`` at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    AtEnd,
    Around,
}

impl Growth {
    /// What a field is that was set to something, however often it has grown since.
    fn of(self, set: &Value, name: &str) -> Value {
        let Value::Text(text) = set else {
            return set.clone();
        };
        let mut grown = match self {
            Growth::AtEnd => text.clone(),
            Growth::Around => Text::default(),
        };
        grown.push(Part::Hole(Why::Field(name.into())));
        Value::Text(grown)
    }
}

fn growth_of(value: &Expr, name: &str) -> Option<Growth> {
    let is_field = |part: &Expr| matches!(part.bare(), Expr::Attr(object, of) if of == name && matches!(**object, Expr::This(_)));
    let is_text = |part: &Expr| !matches!(part.bare(), Expr::Int(_) | Expr::Unknown(_));
    match value.bare() {
        Expr::Concat(parts) if parts.len() > 1 => {
            let at = parts.iter().position(is_field)?;
            Some(if at == 0 {
                Growth::AtEnd
            } else {
                Growth::Around
            })
        }
        Expr::Binary(Operator::Add, field, more) if is_field(field) && is_text(more) => {
            Some(Growth::AtEnd)
        }
        Expr::Binary(Operator::Add, more, field) if is_field(field) && is_text(more) => {
            Some(Growth::Around)
        }
        _ => None,
    }
}

/// Whether a field is set to one number more or less than another one: `self.count += 1`.
fn is_count(value: &Expr) -> bool {
    match value.bare() {
        Expr::Binary(Operator::Add | Operator::Subtract, _, by) => matches!(**by, Expr::Int(_)),
        _ => false,
    }
}
