//! What objects of a class are made with, wherever the repository makes one. An object of which no more than its class is
//! known (a parameter, what a framework hands in, `self` of a method that nobody is seen to call) is one of these.

use std::rc::Rc;

use crate::eval::Scope;
use crate::facts::Expr;
use crate::shared::Shared;
use crate::sites::{CallPlace, Finder, Use};
use crate::value::{Args, ClassRef, Closure, FuncRef, MAX_ALTERNATIVES, Value};

/// A call on an object that may have been made in more ways than this is a call on any.
const MAX_MADE: usize = 4;
/// More calls by the name of a class than this are not gone through.
const MAX_LOOKED_AT: usize = 64;

impl Finder<'_> {
    /// What objects of a class are made with, each once: nothing where that is not seen, or there are more than
    /// [`MAX_ALTERNATIVES`].
    pub(crate) fn makers(&mut self, class: &ClassRef) -> Rc<[Shared<Args>]> {
        if let Some((known, read)) = self.functions.makers.get(class)
            && self.program.read_again(*read)
        {
            return known.clone();
        }
        self.program.note();
        let found = self.question(|this| this.find_makers(class));
        let found: Rc<[_]> = found.unwrap_or_default().into();
        let known = (found.clone(), self.program.noted());
        self.functions.makers.insert(class.clone(), known);
        found
    }

    /// See [`Finder::makers`]; `None` where there are too many.
    fn find_makers(&mut self, class: &ClassRef) -> Option<Vec<Shared<Args>>> {
        let mut found: Vec<Shared<Args>> = Vec::new();
        for maker in self.calls_of_class(class)? {
            let scope = self.scope_of(&maker);
            let call = &maker.facts.calls[maker.call as usize];
            let callee = self.eval.root(&call.callee, &scope);
            let is_class = |value: &Value| matches!(value, Value::Class(made) if made == class);
            if !callee.iter().any(is_class) {
                continue;
            }
            let given = self.eval.root_args(&call.args, &scope);
            if !given.is_kept() {
                return None;
            }
            let given = Shared::new(given);
            if !found.contains(&given) {
                found.push(given);
            }
            if found.len() > MAX_ALTERNATIVES {
                return None;
            }
        }
        Some(found)
    }

    /// The calls by the name of a class, and those of `cls` in its own methods. `None` where there are too many.
    fn calls_of_class(&mut self, class: &ClassRef) -> Option<Vec<CallPlace>> {
        let name = &class.class().name;
        let mut found = Vec::new();
        if name.is_empty() {
            return Some(found);
        }
        let mut names = vec![name.clone()];
        self.add_other_names(&mut names);
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

    /// The uses of a call in a method, by each object of its class as it is made.
    pub(crate) fn uses_as_made(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        let Some(frame) = &scope.frame else {
            return Vec::new();
        };
        let Some(class) = class_around(&frame.0.func) else {
            return Vec::new();
        };
        let makers = self.makers(&class);
        let made = makers.iter().filter_map(|given| {
            let eval = &mut self.eval;
            eval.made_with(scope, &class, (**given).clone())
        });
        let made: Vec<Scope> = made.collect();
        let uses = made.iter();
        uses.flat_map(|made| self.question(|this| this.uses_of_call(index, made)))
            .collect()
    }

    /// Methods of an object that nobody knows, as those of any that is made; those of one's own object stay as they are.
    pub(crate) fn on_any_made(&mut self, object: &Expr, methods: Vec<Closure>) -> Vec<Closure> {
        if matches!(object, Expr::This(_)) {
            return methods;
        }
        let mut found = Vec::new();
        for method in &methods {
            let class = match method.this.as_deref() {
                Some(Value::Instance { class, args: None }) => Some(class.clone()),
                Some(_) => None,
                None => class_around(&method.func),
            };
            let makers = class.as_ref().map(|class| self.makers(class));
            match (class, makers) {
                (Some(class), Some(makers)) if (1..=MAX_MADE).contains(&makers.len()) => {
                    found.extend(makers.iter().map(|given| Closure {
                        this: Some(Box::new(Value::Instance {
                            class: class.clone(),
                            args: Some(given.clone()),
                        })),
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

/// The class that a function is a method of.
pub(crate) fn class_around(func: &FuncRef) -> Option<ClassRef> {
    Some(ClassRef {
        file: func.file,
        facts: func.facts.clone(),
        class: func.function().class?,
    })
}
