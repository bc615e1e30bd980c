//! Classes that leave something to those below them: a method that only they have a body for, an attribute
//! that only they set. What runs is never an instance of such a class, but one of a class that fills it in.

use super::*;
use crate::facts::Class;

/// Classes below classes are followed this far.
const MAX_BELOW: usize = 4;
/// Definitions that name one another on the way to a class.
const MAX_HOPS: usize = 4;

impl Evaluator<'_> {
    /// The scopes that a place in a method runs in where its class leaves something to those below it: one for
    /// each class that fills it in, and has no method of that name of its own. None where it leaves nothing, or
    /// to too many.
    pub(crate) fn scopes_below(&mut self, scope: &Scope) -> Vec<Scope> {
        let mut at = scope.frame.clone();
        while let Some(frame) = &at {
            let function = frame.0.func.function();
            if function.class.is_some() {
                break;
            }
            at = frame.0.outer.clone();
        }
        let Some(method) = at.map(|frame| frame.0.func.clone()) else {
            return Vec::new();
        };
        let Some(class) = method.function().class else {
            return Vec::new();
        };
        let class = class_ref(scope, class);
        let mut below = Vec::new();
        self.below(&class, MAX_BELOW, &mut below);
        if below.len() > crate::value::MAX_ALTERNATIVES {
            return Vec::new();
        }
        let name = &method.function().name;
        below.retain(|class| own_method(class, name).is_none());
        let below = below.into_iter();
        below.map(|class| run_on(scope, &class)).collect()
    }

    /// A place in a method as it runs on an object of a class below.
    pub(crate) fn scope_on(&self, scope: &Scope, class: &ClassRef) -> Scope {
        run_on(scope, class)
    }

    fn below(&mut self, class: &ClassRef, depth: usize, found: &mut Vec<ClassRef>) {
        let open = hooks(&class.facts, class.class());
        if open.is_empty() || depth == 0 {
            return;
        }
        let extending = self.program.subclasses(&class.class().name);
        for (file, facts, index) in extending.iter() {
            let below = ClassRef {
                file: *file,
                facts: facts.clone(),
                class: *index,
            };
            if below == *class || found.contains(&below) || !self.extends(&below, class) {
                continue;
            }
            let before = found.len();
            self.below(&below, depth - 1, found);
            let fills = open.iter().any(|name| fills(below.class(), facts, name));
            if found.len() == before && fills {
                found.push(below);
            }
        }
    }

    /// The classes right below another, as a list; `None` where there are none, or too many.
    pub(super) fn classes_below(&mut self, class: &ClassRef) -> Option<Value> {
        let extending = self.program.subclasses(&class.class().name);
        let mut found = Vec::new();
        for (file, facts, index) in extending.iter() {
            let below = ClassRef {
                file: *file,
                facts: facts.clone(),
                class: *index,
            };
            if self.extends(&below, class) {
                found.push(Values::one(Value::Class(below)));
            }
        }
        let is_told = !found.is_empty() && found.len() <= crate::value::MAX_ALTERNATIVES;
        is_told.then(|| Value::List(Shared::new(found)))
    }

    /// Whether a class names another one among its bases, by what the names stand for in its file.
    pub(crate) fn extends(&mut self, below: &ClassRef, above: &ClassRef) -> bool {
        let bases = below.class().bases.clone();
        bases.iter().any(|base| {
            let base = match base {
                Expr::Index(generic, _) => generic,
                base => base,
            };
            match base {
                Expr::Name(name) => self.stands_for(below.file, name, above),
                Expr::Attr(_, name) => *name == above.class().name,
                _ => false,
            }
        })
    }

    fn stands_for(&mut self, file: FileId, name: &str, class: &ClassRef) -> bool {
        let (mut file, mut name) = (file, SmolStr::from(name));
        for _ in 0..MAX_HOPS {
            let Some(definer) = self.definer(file, &name) else {
                return false;
            };
            let definitions = self.program.definitions(definer, &name);
            let Some((facts, index)) = definitions.last() else {
                return false;
            };
            let Expr::Import(import) = &facts.definitions[*index as usize].value else {
                return definer == class.file && name == class.class().name;
            };
            let import = &facts.imports[*import as usize];
            let (ImportItem::Named(original), Some(target)) =
                (&import.item, self.program.module(definer, &import.module))
            else {
                return false;
            };
            (file, name) = (target, original.clone());
        }
        false
    }
}

/// A scope as it is when the method around it is called on an object of another class.
fn run_on(scope: &Scope, class: &ClassRef) -> Scope {
    fn frame_on(frame: &FrameRef, class: &ClassRef) -> FrameRef {
        let is_method = frame.0.func.function().class.is_some();
        let outer = frame.0.outer.as_ref().filter(|_| !is_method);
        FrameRef(Rc::new(Frame {
            func: frame.0.func.clone(),
            args: frame.0.args.clone(),
            this: match is_method {
                true => Some(Value::Instance {
                    class: class.clone(),
                    args: None,
                }),
                false => frame.0.this.clone(),
            },
            outer: outer.map(|outer| frame_on(outer, class)),
            spent: None,
            assumed: Vec::new(),
            is_way: false,
        }))
    }
    Scope {
        frame: scope.frame.as_ref().map(|frame| frame_on(frame, class)),
        ..scope.clone()
    }
}

/// The names that a class leaves to those below it.
pub(crate) fn hooks(facts: &Facts, made: &Class) -> Vec<SmolStr> {
    let functions = &facts.functions;
    let methods = made.methods.iter().map(|func| &functions[*func as usize]);
    let without_body = methods.filter(|function| is_hook(function, facts));
    let mut open: Vec<SmolStr> = without_body.map(|function| function.name.clone()).collect();
    let attributes = made.attributes.iter();
    let unset = attributes.filter(|(_, value)| *value == Expr::Null);
    open.extend(unset.map(|(name, _)| name.clone()));
    let is_set = |name: &SmolStr| made.attributes.iter().any(|(known, _)| known == name);
    let declared = made.annotations.iter().map(|(name, _)| name);
    open.extend(declared.filter(|name| !is_set(name)).cloned());
    open
}

/// Whether a method only says that a class below has it.
pub(crate) fn is_hook(function: &crate::facts::Function, facts: &Facts) -> bool {
    let is_error = |index: u32| {
        let name = facts.calls[index as usize].callee_name();
        name.is_some_and(|name| name.contains("NotImplemented"))
    };
    // `return NotImplementedError(…)`, where `raise` was meant.
    let is_nothing = |value: &Expr| match value {
        Expr::Null => true,
        Expr::Call(index) => is_error(*index),
        Expr::Name(name) => name.contains("NotImplemented"),
        _ => false,
    };
    function.class.is_some()
        && function.returns.iter().all(is_nothing)
        && function.calls.clone().all(is_error)
        && !crate::leads::is_special(&function.name)
}

/// Whether a class has what one above it leaves open.
fn fills(class: &Class, facts: &Facts, name: &str) -> bool {
    let has = |pairs: &[(SmolStr, Expr)]| {
        let mut pairs = pairs.iter();
        pairs.any(|(known, value)| known == name && *value != Expr::Null)
    };
    let functions = &facts.functions;
    let mut methods = class.methods.iter().map(|func| &functions[*func as usize]);
    has(&class.attributes)
        || has(&class.fields)
        || methods.any(|function| function.name == name && !function.returns.is_empty())
}
