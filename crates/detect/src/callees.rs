//! The in-repo functions that a call may mean: what its name is worth, what makes an object, methods of classes that fill in
//! what is only declared.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::eval::{Evaluator, Scope, is_enumeration, is_hook, made_of, own_method};
use crate::facts::{ArgKind, Call, Expr, Facts, Function, FunctionKind, ParamKind};
use crate::language::Dialect;
use crate::shared::Shared;
use crate::sites::Finder;
use crate::value::{ClassRef, Closure, FileId, FuncRef, Value};
use crate::walk_types::METHOD;
use crate::wrappers::MAX_CHAIN;

/// A method of an interface that many implement may be any of theirs.
const MAX_IMPLEMENTED: usize = 8;

impl Finder<'_> {
    /// The in-repo functions a call may mean.
    pub(crate) fn callees(&mut self, call: &Call, scope: &Scope) -> Vec<Closure> {
        let mut found = Vec::new();
        for value in self.eval.root(&call.callee, scope).iter() {
            match value {
                value if let Some(closure) = made_of(value) => found.push(closure.clone()),
                // What an abstract class only says that classes below have: theirs are meant.
                Value::Func(closure) if is_left_open(closure) => {}
                Value::Func(closure) => found.push(closure.clone()),
                Value::Module(file) => found.extend(self.exported_function(*file)),
                Value::Class(class) => found.extend(self.constructor(class, call, scope)),
                _ => {}
            }
        }
        let Expr::Attr(object, name) = &call.callee else {
            return found;
        };
        if found.is_empty() {
            found = self.implemented(object, name, call, scope);
        }
        if found.is_empty() {
            found = self.namesakes_meant(object, name, call, scope);
        }
        self.on_any_made(object, scope, found)
    }

    /// As [`Finder::callees`], with what may run in their place on an object of a class below.
    pub(crate) fn all_callees(&mut self, call: &Call, scope: &Scope) -> Vec<Closure> {
        let mut found = self.callees(call, scope);
        for at in 0..found.len() {
            let below = self.set_anew_below(&found[at].clone());
            found.extend(below);
        }
        found
    }

    /// The methods that classes below set anew, where of what a method is called on no more than the class is known: any of
    /// them may be meant.
    fn set_anew_below(&mut self, method: &Closure) -> Vec<Closure> {
        let Some(Value::Instance { class, args: None }) = method.this.as_deref() else {
            return Vec::new();
        };
        let name = &method.func.function().name;
        if !self.leads(name, method.func.file) {
            return Vec::new();
        }
        let below = self.classes_below(class).into_iter();
        below
            .filter_map(|class| {
                Some(Closure {
                    func: own_method(&class, name)?,
                    this: Some(Box::new(Value::Instance { class, args: None })),
                    ..method.clone()
                })
            })
            .collect()
    }

    /// What makes an object of a class, called on the object that it makes: the class's own, or that of one
    /// above.
    fn constructor(&mut self, class: &ClassRef, call: &Call, scope: &Scope) -> Option<Closure> {
        if is_enumeration(class) {
            return None;
        }
        let func = self.eval.apart(|eval| eval.constructor_of(class))?;
        // Whether it reaches a use is asked by who asks: to ask it here would have no end where two classes
        // make objects of each other.
        let args = self.eval.root_args(&call.args, scope);
        let object = Value::Instance {
            class: class.clone(),
            args: args.is_kept().then(|| Shared::new(args)),
        };
        Some(Closure {
            func,
            this: Some(Box::new(object)),
            outer: None,
            given: None,
        })
    }

    /// A method of a class, where a call gives it the arguments it takes.
    fn method_that_fits(
        &self,
        (file, facts, func): &(FileId, Arc<Facts>, u32),
        call: &Call,
    ) -> Option<Closure> {
        let func = FuncRef {
            file: *file,
            facts: facts.clone(),
            func: *func,
        };
        fits(call, &func, &self.program.path(*file)).then_some(Closure {
            func,
            this: None,
            outer: None,
            given: None,
        })
    }

    /// The methods that a call means of which only the declaration is known: of an interface, or of a class
    /// that leaves the method to those below it.
    fn implemented(
        &mut self,
        object: &Expr,
        name: &SmolStr,
        call: &Call,
        scope: &Scope,
    ) -> Vec<Closure> {
        let mut declared: Vec<ClassRef> = Vec::new();
        for value in self.eval.root(object, scope).iter() {
            match value {
                Value::Instance { class, .. } => declared.push(class.clone()),
                Value::Hole(_) | Value::External(_) => {}
                _ => return Vec::new(),
            }
        }
        if declared.is_empty() {
            let of_object = |eval: &mut Evaluator<'_>| eval.declared_type(object, scope, MAX_CHAIN);
            declared.extend(self.eval.apart(of_object));
        }
        if declared.is_empty() {
            return Vec::new();
        }
        let methods = self.program.methods(name);
        let mut found = Vec::new();
        for method in methods.iter() {
            let (file, facts, func) = method;
            let Some(class) = facts.functions[*func as usize].class else {
                continue;
            };
            let class = ClassRef {
                file: *file,
                facts: facts.clone(),
                class,
            };
            let is_of_type = |it: &ClassRef| self.eval.apart(|eval| eval.is_of_type(&class, it));
            if declared.iter().any(is_of_type) {
                found.extend(self.method_that_fits(method, call));
            }
        }
        if found.is_empty() {
            let members = methods.iter().filter(|method| {
                let mut declared = declared.iter();
                declared.any(|declared| is_among_members_of(declared, method))
            });
            found = members
                .filter_map(|method| self.method_that_fits(method, call))
                .collect();
        }
        if found.len() > MAX_IMPLEMENTED {
            found.clear();
        }
        found
    }

    /// The function that a module is: `module.exports = function …`.
    fn exported_function(&mut self, file: FileId) -> Option<Closure> {
        let exported = self.eval.module_name(file, "default")?;
        match exported.first() {
            Value::Func(closure) => Some(closure.clone()),
            _ => None,
        }
    }
}

/// Whether a function is a member of an object that has every method of an interface, as far as the function tells that
/// makes the object.
fn is_among_members_of(declared: &ClassRef, (_, facts, func): &(FileId, Arc<Facts>, u32)) -> bool {
    let of = &facts.functions[*func as usize];
    let is_beside = |it: &&Function| {
        it.kind == FunctionKind::Member && it.parent == of.parent && it.class.is_none()
    };
    let beside = facts.functions.iter().filter(is_beside);
    let beside: Vec<&SmolStr> = beside.map(|it| &it.name).collect();
    let is_method = |of: &Expr| matches!(of, Expr::Unknown(kind) if kind == METHOD);
    let members = declared.class().members.iter();
    let methods = members.filter(|(_, of)| is_method(of));
    let mut methods = methods.map(|(name, _)| name).peekable();
    is_beside(&of) && methods.peek().is_some() && methods.all(|name| beside.contains(&name))
}

/// Whether a class is a protocol of Python's (PEP 544).
pub(crate) fn is_protocol(class: &ClassRef) -> bool {
    let is_named =
        |base: &Expr| matches!(base, Expr::Name(name) | Expr::Attr(_, name) if name == "Protocol");
    class.class().bases.iter().any(|base| match base {
        Expr::Index(generic, _) => is_named(generic),
        base => is_named(base),
    })
}

/// Whether a method of an object of which no more than the class is known is left to the classes below that.
fn is_left_open(closure: &Closure) -> bool {
    let is_any = matches!(
        closure.this.as_deref(),
        Some(Value::Instance { args: None, .. })
    );
    is_any && is_hook(closure.func.function(), &closure.func.facts)
}

/// Whether a call gives a function the arguments it takes.
pub(crate) fn fits(call: &Call, func: &FuncRef, path: &str) -> bool {
    if call.args.iter().any(|arg| arg.kind != ArgKind::Plain) {
        return true;
    }
    let params = &func.function().params;
    let positional = call.args.iter().filter(|arg| arg.keyword.is_none()).count();
    let rest = |kind: ParamKind| params.iter().any(|param| param.kind == kind);
    let plain = params.iter().filter(|param| param.kind == ParamKind::Plain);
    let named = |name: &SmolStr| {
        call.args
            .iter()
            .any(|arg| arg.keyword.as_ref() == Some(name))
    };
    let known = |name: &SmolStr| params.iter().any(|param| param.name == *name);
    let too_many = positional > plain.clone().count() && !rest(ParamKind::Rest);
    let stray = call.args.iter().filter_map(|arg| arg.keyword.as_ref());
    let stray = stray.into_iter().any(|name| !known(name)) && !rest(ParamKind::RestMap);
    let missing = plain
        .skip(positional)
        .any(|param| param.default.is_none() && !named(&param.name));
    // Of what may be left out in TypeScript, the types tell and not the code.
    let optional = positional > 0 && Dialect::of_path(path).is_none_or(|d| d != Dialect::Python);
    !too_many && !stray && (!missing || optional)
}
