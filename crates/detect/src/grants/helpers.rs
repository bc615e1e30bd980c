//! Grants that a function of the repository makes of its parameters: each call of it is a grant, with the
//! caller's values, at the caller. `read_only("raw/*")` grants what is in the string, not all there is.

use std::collections::BTreeSet;

use blue_pattern::Pattern;
use smol_str::SmolStr;

use super::{Grant, form_of, grant_of, is_own, statements};
use crate::eval::{Evaluator, Scope};
use crate::facts::{Call, Expr, Facts, FunctionKind, Interface};
use crate::made::{class_around, method_around};
use crate::program::Program;
use crate::sites::{ArgPath, Bucket, Finder};
use crate::value::{ClassRef, Closure, FileId, FuncRef, MAX_ALTERNATIVES, Value, Why};

/// Whether a file is of the CDK, or takes something from one that is: a policy that extends one of the repository
/// needs to import no more. Calls are looked into in no other.
pub(super) fn is_infrastructure(program: &dyn Program, file: FileId) -> bool {
    let interface = program.interface(file);
    if imports_cdk(&interface) {
        return true;
    }
    let mut imports = interface.items.iter().flat_map(|facts| &facts.imports);
    imports.any(|import| {
        let module = program.module(file, &import.module);
        module.is_some_and(|module| imports_cdk(&program.interface(module)))
    })
}

fn imports_cdk(interface: &Interface) -> bool {
    let mut imports = interface.items.iter().flat_map(|facts| &facts.imports);
    imports.any(|import| {
        let module = &import.module;
        module.contains("aws_cdk") || module.contains("aws-cdk") || module == "constructs"
    })
}

/// A grant of a helper, as a call of it makes it.
#[derive(PartialEq)]
pub(super) struct Made {
    /// Nothing where it says no more than the helper does whoever calls it.
    pub(super) grant: Option<Grant>,
    /// The function and the call in it.
    pub(super) of: (FuncRef, u32),
}

/// Calls of a helper that are asked what they say.
const MAX_CALLERS: usize = 32;

/// Helpers call helpers, this many times over.
const MAX_HELPERS: usize = 4;

/// What a call of a helper grants; empty for a call of anything else.
pub(super) fn through(eval: &mut Evaluator<'_>, call: &Call, scope: &Scope) -> Vec<Made> {
    let construct = construct(eval, call, scope);
    let is_construct = construct.is_some();
    let Some(closure) = construct.or_else(|| helper(eval, call, scope)) else {
        return Vec::new();
    };
    let bound = entered(eval, &closure, call, scope);
    let open = Scope {
        frame: Some(eval.open_frame(&closure.func)),
        ..bound.clone()
    };
    // On the same object: what that is made with, the helper says itself.
    let this = closure.this.as_deref().cloned();
    let open = this
        .and_then(|this| eval.on_object(&open, this))
        .unwrap_or(open);
    let whoever = grants_in(eval, &closure, &open, MAX_HELPERS);
    let mut made = grants_in(eval, &closure, &bound, MAX_HELPERS);
    if is_construct {
        // What a construct says something of itself is told in it.
        let says_nothing = |of: u32| {
            let mut same = whoever.iter().filter(|(at, _)| *at == of);
            same.any(|(_, it)| says_nothing(it))
        };
        let has_keys = |grant: &Grant| grant.resources.iter().any(|it| it.keys.is_some());
        made.retain(|(index, grant)| has_keys(grant) && says_nothing(*index));
    }
    let made = made.into_iter().map(|(index, grant)| {
        let mut same = whoever.iter().filter(|(at, _)| *at == index);
        let is_same = same.any(|(_, it)| {
            // In which bucket its own keys are, is told where they are.
            says(it) == says(&grant) || !hangs_on_a_parameter(it) && keys(it) == keys(&grant)
        });
        let says_more = !is_same && grant.unknown_actions.is_none();
        Made {
            grant: says_more.then_some(Grant { arg: None, ..grant }),
            of: (closure.func.clone(), index),
        }
    });
    made.collect()
}

/// What a call of a helper grants; in a class whose objects are made with what it hangs on, as each of them is made.
pub(super) fn wherever_made(finder: &mut Finder<'_>, call: &Call, scope: &Scope) -> Vec<Made> {
    let own = through(&mut finder.eval, call, scope);
    let has_bucket = |grant: &Grant| grant.resources.iter().all(|it| it.bucket.is_some());
    let is_open = |made: &Made| {
        let is_settled = |grant: &Grant| has_bucket(grant) && !hangs_on_a_parameter(grant);
        !made.grant.as_ref().is_some_and(is_settled)
    };
    if own.is_empty() || !own.iter().any(is_open) {
        return own;
    }
    let scopes = scopes_where_made(finder, scope);
    let made = through_in(finder, call, scopes);
    if !made.is_empty() {
        return made;
    }
    // In which bucket, who calls the function around may say.
    let says_keys = |made: &Made| {
        let says = |grant: &Grant| !has_bucket(grant) && !hangs_on_a_parameter(grant);
        made.grant.as_ref().is_some_and(says)
    };
    if own.iter().all(says_keys) {
        let scopes = scopes_where_called(finder, scope);
        let called = through_in(finder, call, scopes);
        if !called.is_empty() && !called.iter().any(is_open) {
            return called;
        }
    }
    own
}

/// What a call of a helper grants in some scopes, each grant once.
fn through_in(finder: &mut Finder<'_>, call: &Call, scopes: Vec<Scope>) -> Vec<Made> {
    let mut made: Vec<Made> = Vec::new();
    for scope in scopes {
        for new in through(&mut finder.eval, call, &scope) {
            if !made.contains(&new) {
                made.push(new);
            }
        }
    }
    made
}

/// Whether all calls of a helper, in other files as well, say with their values what a call in it grants.
pub(super) fn is_told_elsewhere(finder: &mut Finder<'_>, (func, index): &(FuncRef, u32)) -> bool {
    let callers = finder.callers(func);
    if callers.is_empty() || callers.len() > MAX_CALLERS {
        return false;
    }
    let of = (func.clone(), *index);
    let is_construct =
        class_around(func).is_some_and(|class| class.class().constructor == Some(func.func));
    let mut is_told = false;
    for caller in callers.iter() {
        if !is_infrastructure(finder.program, caller.file) {
            return false;
        }
        let scope = finder.scope_of(caller);
        let call = &caller.facts.calls[caller.call as usize];
        let made = wherever_made(finder, call, &scope);
        match made.iter().find(|made| made.of == of) {
            Some(made) if made.grant.is_some() => is_told = true,
            // What it gives to the constructor does not come to it.
            None if is_construct => {}
            _ => return false,
        }
    }
    is_told
}

/// The scope inside a helper that is called with these arguments.
fn entered(eval: &mut Evaluator<'_>, closure: &Closure, call: &Call, scope: &Scope) -> Scope {
    let args = eval.root_args(&call.args, scope);
    let given = eval.bind(closure, &args);
    eval.enter(closure, given)
}

/// What the calls in a helper grant, those of other helpers among them, with the call in it.
fn grants_in(
    eval: &mut Evaluator<'_>,
    closure: &Closure,
    scope: &Scope,
    depth: usize,
) -> Vec<(u32, Grant)> {
    let facts = closure.func.facts.clone();
    let mut found = Vec::new();
    for index in closure.func.function().calls.clone() {
        let call = &facts.calls[index as usize];
        if call.func != Some(closure.func.func) {
            continue;
        }
        let form = form_of(call, &facts).filter(|form| !is_own(eval, form, call, scope));
        if let Some(form) = form {
            found.extend(grant_of(eval, &form, index, scope).map(|grant| (index, grant)));
            continue;
        }
        let Some(depth) = depth.checked_sub(1) else {
            continue;
        };
        let Some(inner) = helper(eval, call, scope) else {
            continue;
        };
        if inner.func == closure.func || !may_grant(eval, &inner, depth) {
            continue;
        }
        let inside = entered(eval, &inner, call, scope);
        let made = grants_in(eval, &inner, &inside, depth);
        found.extend(made.into_iter().map(|(_, grant)| (index, grant)));
    }
    found
}

/// Whether a helper's file is of the CDK: others are not gone through.
fn may_grant(eval: &mut Evaluator<'_>, closure: &Closure, depth: usize) -> bool {
    depth > 0 && is_infrastructure(eval.program, closure.func.file)
}

/// What a grant comes to: its fields, and the keys in each bucket.
type Said<'g> = (Vec<&'static str>, Keys<'g>);
type Keys<'g> = BTreeSet<(Option<&'g Bucket>, Option<&'g Pattern>)>;

fn says(grant: &Grant) -> Said<'_> {
    let resources = grant.resources.iter();
    let keys = resources.map(|it| (it.bucket.as_ref(), it.keys.as_ref()));
    (grant.fields(), keys.collect())
}

/// The fields that a grant reaches, with the keys, whatever the bucket.
fn keys(grant: &Grant) -> (Vec<&'static str>, BTreeSet<Option<&Pattern>>) {
    let keys = grant.resources.iter().map(|it| it.keys.as_ref());
    (grant.fields(), keys.collect())
}

/// A scope in a helper, once for each call of it; nothing where there are too many.
pub(super) fn scopes_where_called(finder: &mut Finder<'_>, scope: &Scope) -> Vec<Scope> {
    let Some(func) = scope.frame.as_ref().map(|frame| frame.0.func.clone()) else {
        return Vec::new();
    };
    let callers = finder.callers(&func);
    if callers.len() > MAX_ALTERNATIVES {
        return Vec::new();
    }
    let mut scopes = Vec::new();
    for caller in callers.iter() {
        let call = &caller.facts.calls[caller.call as usize];
        let around = finder.scope_of(caller);
        let mut wherever = scopes_where_made(finder, &around);
        if wherever.is_empty() {
            wherever.push(around);
        }
        for around in wherever {
            let closure = helper(&mut finder.eval, call, &around);
            let closure = closure.filter(|closure| closure.func == func);
            scopes.extend(closure.map(|it| entered(&mut finder.eval, &it, call, &around)));
        }
    }
    scopes
}

/// The function that a call runs, where it may make policies: a function or a method of the repository,
/// or the constructor of a class that is a policy.
fn helper(eval: &mut Evaluator<'_>, call: &Call, scope: &Scope) -> Option<Closure> {
    if let Some(class) = class_above(call, &scope.facts) {
        let base = eval.root(&class, scope);
        return match base.first() {
            Value::Class(class) => constructor(eval, class),
            _ => None,
        };
    }
    if !matches!(
        call.callee,
        Expr::Name(_) | Expr::Attr(..) | Expr::Own(_) | Expr::Local { .. }
    ) {
        return None;
    }
    let callee = eval.root(&call.callee, scope);
    match callee.first() {
        Value::Func(closure) if closure.func.function().kind != FunctionKind::Property => {
            Some(closure.clone())
        }
        Value::Class(class) => constructor(eval, class),
        _ => None,
    }
}

/// The constructor that a call runs of a construct of the repository, which grants what it is given.
fn construct(eval: &mut Evaluator<'_>, call: &Call, scope: &Scope) -> Option<Closure> {
    if !matches!(
        call.callee,
        Expr::Name(_) | Expr::Attr(..) | Expr::Own(_) | Expr::Class(_)
    ) {
        return None;
    }
    let callee = eval.root(&call.callee, scope);
    let Value::Class(class) = callee.first() else {
        return None;
    };
    let line = line_of(eval, class);
    if is_policy(&line) || !is_infrastructure(eval.program, class.file) {
        return None;
    }
    constructor_of(class, class)
}

/// The constructor that a scope is in.
pub(super) fn constructor_around(scope: &Scope) -> Option<FuncRef> {
    let func = &scope.frame.as_ref()?.0.func;
    let class = class_around(func)?;
    (class.class().constructor == Some(func.func)).then(|| func.clone())
}

/// Whether nothing of the keys that a grant reaches is known but by who calls or makes it.
pub(super) fn says_nothing(grant: &Grant) -> bool {
    let is_open = |keys: &Pattern| keys.is_opaque();
    hangs_on_a_parameter(grant)
        && grant
            .resources
            .iter()
            .all(|it| it.keys.as_ref().is_some_and(is_open))
}

/// The argument of a helper's call that says most of what is granted.
pub(super) fn told(
    finder: &mut Finder<'_>,
    grant: &Grant,
    call: &Call,
    scope: &Scope,
) -> Option<ArgPath> {
    let whole = grant.resources.first()?.keys.as_ref()?.to_string();
    finder.told_in(&whole, call, None, scope)
}

/// The class that a call of `super` is of, as the class around it names it.
fn class_above(call: &Call, facts: &Facts) -> Option<Expr> {
    if !statements::is_super(call, facts) {
        return None;
    }
    let class = facts.functions[call.func? as usize].class?;
    facts.classes[class as usize].bases.first().cloned()
}

/// A class and those above it.
fn line_of(eval: &mut Evaluator<'_>, class: &ClassRef) -> Vec<ClassRef> {
    let mut line = vec![class.clone()];
    line.extend(eval.ancestors(class));
    line
}

/// Whether a class is a policy, as the CDK has them: what it grants is told where one is made.
fn is_policy(line: &[ClassRef]) -> bool {
    line.iter().any(|class| {
        class.class().bases.iter().any(|base| match base {
            Expr::Name(name) | Expr::Attr(_, name) => {
                matches!(name.as_str(), "Policy" | "ManagedPolicy" | "PolicyDocument")
            }
            _ => false,
        })
    })
}

/// Where a call stands in a class that is no policy, once for each way in which its objects are made.
pub(super) fn scopes_where_made(finder: &mut Finder<'_>, scope: &Scope) -> Vec<Scope> {
    let func = scope
        .frame
        .as_ref()
        .map(|frame| method_around(&frame.0.func));
    let Some(class) = func.and_then(|func| class_around(&func)) else {
        return Vec::new();
    };
    let line = line_of(&mut finder.eval, &class);
    match is_policy(&line) {
        true => Vec::new(),
        false => finder.scopes_where_made(scope),
    }
}

/// The constructor of a class that is a policy, its own or the one it inherits.
fn constructor(eval: &mut Evaluator<'_>, class: &ClassRef) -> Option<Closure> {
    let line = line_of(eval, class);
    if !is_policy(&line) {
        return None;
    }
    let made_by = line
        .iter()
        .find(|class| class.class().constructor.is_some())?;
    constructor_of(class, made_by)
}

/// The constructor of a class, by which an object of that class, or of one below it, is made.
fn constructor_of(made: &ClassRef, class: &ClassRef) -> Option<Closure> {
    let func = FuncRef {
        file: class.file,
        facts: class.facts.clone(),
        func: class.class().constructor?,
    };
    Some(Closure {
        func,
        this: Some(Box::new(Value::Instance {
            class: made.clone(),
            args: None,
        })),
        outer: None,
        given: None,
    })
}

/// Whether a helper is called from a file alone, so that all of what it grants is granted there.
pub(super) fn is_only_of(program: &dyn Program, func: &FuncRef, file: FileId) -> bool {
    let function = func.function();
    let name: SmolStr = match function.class {
        Some(class) if func.facts.classes[class as usize].constructor == Some(func.func) => {
            func.facts.classes[class as usize].name.clone()
        }
        _ => function.name.clone(),
    };
    func.file == file && program.callers(&name).iter().all(|caller| *caller == file)
}

/// Whether what a grant says hangs on a parameter.
pub(super) fn hangs_on_a_parameter(grant: &Grant) -> bool {
    let is_parameter = |why: &Option<Why>| matches!(why, Some(Why::Parameter(_) | Why::Field(_)));
    is_parameter(&grant.unknown_actions)
        || grant
            .resources
            .iter()
            .any(|it| is_parameter(&it.opaque) || !it.is_whole)
}
