//! In-repo functions that pass a parameter on as a key: what their calls touch, who calls them, and
//! whether a site stands where its call is or at the callers.

use std::rc::Rc;
use std::sync::Arc;

use blue_pattern::{Pattern, Verdict, covers};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::apis::{api_table, args_at};
use crate::eval::{Evaluator, Scope, is_enumeration, is_hook, made_of};
use crate::facts::{ArgKind, Call, Expr, Facts, ParamKind};
use crate::index::DEFAULT;
use crate::keys::{
    Giver, argument_of_param, given_by, hangs_on_fields, is_bare, is_s3_url, may_be_s3_url,
    patterns, tainted_by,
};
use crate::language::{Dialect, Language};
use crate::shared::Shared;
use crate::sites::{CallPlace, Finder, Use, Ways};
use crate::source_rules::{is_example_path, is_test_path};
use crate::value::{ClassRef, Closure, FileId, FuncRef, Text, Value, Values};

/// A wrapper may call a wrapper, this many times over, counted from the key.
pub(crate) const MAX_CHAIN: usize = 8;
/// A function with more callers than this is taken as one that anybody may call.
const MAX_CALLERS: usize = 64;
/// Functions that hand on what they were given, one to the next, before the last one's callers are asked; and how many
/// callers each may have. Every one asks for all the uses behind it, so that this is a power.
const MAX_HANDED: usize = 3;
const MAX_HANDED_TO: usize = 8;

/// A method of an interface that many implement may be any of theirs.
const MAX_IMPLEMENTED: usize = 8;

/// One function is seen to use its parameters this many times.
const MAX_USES: usize = 64;
/// A function goes by as many names.
const MAX_NAMES: usize = 16;
/// More functions than this behind a call are not gone through to rule it out.
const MAX_REACHED: usize = 2_000;
/// One question, which is what a function does with its parameters, takes this many steps.
const MAX_QUESTION: u64 = 50_000;

/// What a caller says of a value that a function makes.
enum Adds {
    Something,
    /// As its own function has it, this.
    Nothing(Vec<Use>),
    /// With these arguments the function does not come to it.
    NotReached,
    /// It does, by another way than the one that is asked about.
    OtherWay,
}

impl Finder<'_> {
    /// The uses of a value by an in-repo function that this call gives arguments to.
    pub(crate) fn wrapped_uses(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        self.wrapped_uses_seen(index, scope, &mut |_, _| {})
    }

    /// As [`Finder::wrapped_uses`], telling of every use that the call reaches, whether or not its
    /// arguments say more of it.
    fn wrapped_uses_seen(
        &mut self,
        index: u32,
        scope: &Scope,
        reached: &mut dyn FnMut(&FuncRef, &Use),
    ) -> Vec<Use> {
        let facts = scope.facts.clone();
        let call = &facts.calls[index as usize];
        let mut found = Vec::new();
        if !self.may_give_address(call, scope, is_s3_url) {
            return found;
        }
        let around = scope.frame.as_ref().map(|frame| frame.0.func.function());
        let is_constructed = around.is_some_and(|function| function.name == "__init__");
        for closure in self.callees(call, scope) {
            if !self.reaches(&closure.func) {
                continue;
            }
            let args = self.eval.root_args(&call.args, scope);
            let open = self.open_uses(&closure);
            if open.is_empty() {
                continue;
            }
            let given = self.eval.apart(|eval| eval.bind(&closure, &args));
            let bound_scope = self.eval.enter(&closure, given);
            let uses =
                self.question(|this| this.uses_in(&closure.func, &bound_scope, MAX_CHAIN - 1));
            let others = found.len();
            for mut bound in uses {
                let same = open.iter().find(|open| open.trace == bound.trace);
                // What it is called on is known here: it goes one way of those that are open.
                let alike = |open: &&Use| (open.op, open.call) == (bound.op, bound.call);
                let Some(open) = same.or_else(|| open.iter().find(alike)) else {
                    continue;
                };
                // What a constructor calls on its object is told where the object is made.
                if is_constructed {
                    bound.call = index;
                }
                reached(&closure.func, &bound);
                let Some(giver) = tainted_by(&open.key, &closure.func) else {
                    continue;
                };
                let Some(key) = added(&open.key, &bound.key) else {
                    // The caller adds nothing: the site stays where its text is.
                    continue;
                };
                let arg = match giver {
                    Giver::Argument(param) => {
                        let given = closure.given.as_ref();
                        let before = given.map_or(0, |given| given.positional.len());
                        argument_of_param(call, &closure.func, param, before)
                    }
                    Giver::Receiver => None,
                };
                // An object of which nothing is known says nothing.
                let key = match giver {
                    Giver::Receiver => told(&key),
                    Giver::Argument(_) => Some(key),
                };
                let Some(key) = key else {
                    continue;
                };
                // What several classes do alike is told of the first of them.
                let is_same =
                    |it: &Use| (it.op, &it.key, &it.bucket) == (bound.op, &key, &bound.bucket);
                if found[..others].iter().any(is_same) {
                    continue;
                }
                let mut chain = vec![closure.func.clone()];
                chain.extend(bound.chain);
                found.push(Use {
                    call: index,
                    arg,
                    chain,
                    key,
                    ..bound
                });
            }
        }
        found
    }

    /// Whether a call gives an address to a function that takes addresses alone; true for calls of
    /// all other functions. It is asked before anything is looked into: most calls of what reads a
    /// file give a local path.
    fn may_give_address(
        &mut self,
        call: &Call,
        scope: &Scope,
        is_address: impl Fn(&Text) -> bool,
    ) -> bool {
        let Some(name) = self.called_name(call, scope) else {
            return true;
        };
        let Some(leads) = self.address_leads(&name) else {
            return true;
        };
        leads.iter().any(|lead| {
            let keyword = Some(lead.keyword.as_str()).filter(|name| !name.is_empty());
            let args = args_at(call, Some(lead.position as usize), keyword);
            self.any_address(&args, scope, &is_address)
        })
    }

    /// Inside a function of which no call is known.
    pub(crate) fn open_scope(&mut self, func: &FuncRef) -> Scope {
        Scope {
            file: func.file,
            facts: func.facts.clone(),
            frame: Some(self.eval.open_frame(func)),
            item: None,
        }
    }

    /// What a function does with its parameters unknown.
    pub(crate) fn open_uses(&mut self, closure: &Closure) -> Rc<[Use]> {
        if let Some(known) = self.open.get(&closure.func) {
            return known.clone();
        }
        let scope = self.open_scope(&closure.func);
        let uses: Rc<[Use]> = self
            .question(|this| this.uses_in(&closure.func, &scope, MAX_CHAIN - 1))
            .into();
        self.open.insert(closure.func.clone(), uses.clone());
        uses
    }

    /// A question with a budget of its own, which is no part of that of the one in hand: who asks
    /// first must not tell how far an answer goes.
    pub(crate) fn question<R>(&mut self, ask: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.eval.total;
        let outer = std::mem::replace(&mut self.limit, before + MAX_QUESTION);
        let answer = ask(self);
        self.limit = outer + (self.eval.total - before);
        answer
    }

    /// Every use in a function's body, in the order of its calls, whatever the arguments: the same
    /// function gives the same list with other values.
    pub(crate) fn uses_in(&mut self, func: &FuncRef, scope: &Scope, depth: usize) -> Vec<Use> {
        let mut found = Vec::new();
        for index in func.function().calls.clone() {
            if found.len() >= MAX_USES || self.eval.total >= self.limit {
                break;
            }
            found.extend(self.uses_behind(index, func, scope, depth));
        }
        found
    }

    /// The uses that one call in a function's body comes to.
    pub(crate) fn uses_behind(
        &mut self,
        index: u32,
        func: &FuncRef,
        scope: &Scope,
        depth: usize,
    ) -> Vec<Use> {
        let call = &func.facts.calls[index as usize];
        if !self.may_matter(call, &func.facts, func.file) || self.is_called_inside(call, func) {
            return Vec::new();
        }
        let scope = self.inner_scope(call, func, scope);
        if let Some(guard) = call.guard
            && self.ways == Ways::Open
            && self.eval.apart(|eval| eval.is_ruled_out(guard, &scope))
        {
            return Vec::new(); // The arguments say that it is not reached.
        }
        let found = self.uses_behind_in(index, func, &scope, depth);
        if found.is_empty() || self.ways == Ways::Any {
            return found;
        }
        // Of what is made of a name that the condition asks about, what that leaves.
        let reached = self.eval.apart(|eval| eval.reached(call.guard, &scope));
        match reached.frame == scope.frame {
            true => found,
            false => self.uses_behind_in(index, func, &reached, depth),
        }
    }

    fn uses_behind_in(
        &mut self,
        index: u32,
        func: &FuncRef,
        scope: &Scope,
        depth: usize,
    ) -> Vec<Use> {
        let call = &func.facts.calls[index as usize];
        let mut found = self.direct_uses(index, scope);
        if !found.is_empty() || depth == 0 {
            return found;
        }
        if !self.may_give_address(call, scope, may_be_s3_url) {
            return found;
        }
        for closure in self.callees(call, scope) {
            self.eval.total += 1;
            if closure.func == *func || !self.reaches(&closure.func) {
                continue;
            }
            let args = self.eval.root_args(&call.args, scope);
            let given = self.eval.apart(|eval| eval.bind(&closure, &args));
            let inner = self.eval.enter(&closure, given);
            // What several classes do alike is told of the first of them.
            let others = found.len();
            for mut used in self.uses_in(&closure.func, &inner, depth - 1) {
                let is_same =
                    |it: &Use| (it.op, &it.key, &it.bucket) == (used.op, &used.key, &used.bucket);
                if found[..others].iter().any(is_same) {
                    continue;
                }
                used.chain.insert(0, closure.func.clone());
                used.call = index;
                used.arg = None;
                used.trace.push((closure.func.facts.id, index));
                found.push(used);
            }
        }
        found
    }

    /// A call in a function nested in `func` sees `func`'s frame around its own.
    pub(crate) fn inner_scope(&self, call: &Call, func: &FuncRef, scope: &Scope) -> Scope {
        match call.func {
            Some(inner) if inner != func.func => {
                let inner = FuncRef {
                    func: inner,
                    ..func.clone()
                };
                let closure = Closure {
                    func: inner,
                    this: None,
                    outer: scope.frame.clone(),
                    given: None,
                };
                self.eval.enter_open(&closure)
            }
            _ => scope.clone(),
        }
    }

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
        if !found.is_empty() {
            return found;
        }
        let Expr::Attr(object, name) = &call.callee else {
            return found;
        };
        found = self.implemented(object, name, call, scope);
        if !found.is_empty() {
            return found;
        }
        self.namesakes_meant(object, name, call, scope)
    }

    /// What makes an object of a class, called on the object that it makes: the class's own, or that of one
    /// above.
    fn constructor(&mut self, class: &ClassRef, call: &Call, scope: &Scope) -> Option<Closure> {
        if is_enumeration(class) || self.language(class.file) != Language::Python {
            return None;
        }
        let own = |class: &ClassRef| {
            let func = class.class().constructor?;
            Some(FuncRef {
                file: class.file,
                facts: class.facts.clone(),
                func,
            })
        };
        let func = own(class).or_else(|| {
            let above = self.eval.apart(|eval| eval.ancestors(class));
            above.iter().find_map(own)
        })?;
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
            let above = self.eval.apart(|eval| {
                let mut above = eval.ancestors(&class);
                above.extend(eval.interfaces(&class));
                above
            });
            if declared.iter().any(|declared| above.contains(declared)) {
                found.extend(self.method_that_fits(method, call));
            }
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

    /// Whether a function's body, or one it calls, may hold a use.
    pub(crate) fn reaches(&mut self, func: &FuncRef) -> bool {
        match self.reaching.get(func) {
            Some(known) => *known,
            None => self.question(|this| this.find_reaching(func)),
        }
    }

    pub(crate) fn find_reaching(&mut self, func: &FuncRef) -> bool {
        // Each with the place of the one that calls it.
        let mut open: Vec<(FuncRef, usize)> = vec![(func.clone(), 0)];
        let mut seen: FxHashSet<FuncRef> = FxHashSet::default();
        seen.insert(func.clone());
        let mut at = 0;
        while at < open.len() {
            let func = open[at].0.clone();
            let called = match self.reaching.get(&func) {
                Some(true) => None,
                Some(false) => Some(Vec::new()),
                None => self.called_by(&func),
            };
            // So many functions are looked into rather than ruled out.
            let Some(called) = called.filter(|_| open.len() <= MAX_REACHED) else {
                while at > 0 {
                    self.reaching.insert(open[at].0.clone(), true);
                    at = open[at].1;
                }
                self.reaching.insert(open[0].0.clone(), true);
                return true;
            };
            for func in called {
                if seen.insert(func.clone()) {
                    open.push((func, at));
                }
            }
            at += 1;
        }
        self.reaching
            .extend(open.into_iter().map(|(func, _)| (func, false)));
        false
    }

    /// The in-repo functions that a function's body calls; `None` where it holds a call of the
    /// tables itself.
    pub(crate) fn called_by(&mut self, func: &FuncRef) -> Option<Vec<FuncRef>> {
        let scope = self.open_scope(func);
        let mut found = Vec::new();
        for index in func.function().calls.clone() {
            let call = &func.facts.calls[index as usize];
            if !self.may_matter(call, &func.facts, func.file) {
                continue;
            }
            if self.is_of_tables(call, func, &scope) {
                return None;
            }
            found.extend(self.callees(call, &scope).into_iter().map(|c| c.func));
        }
        Some(found)
    }

    /// Whether a call in a function's body is one of the tables, by its name and shape.
    pub(crate) fn is_of_tables(&self, call: &Call, func: &FuncRef, scope: &Scope) -> bool {
        let table = api_table(self.language(func.file));
        let around = self.around(func.file);
        self.called_name(call, scope).is_some_and(|name| {
            table.may_hold(&name, call, &func.facts, &around)
                || self.program.wrappers().iter().any(|it| it.is(&name))
        })
    }

    /// Whether a use is a site where it stands, or at the callers of the function around it.
    pub(crate) fn is_site_here(&mut self, text: &Text, func: Option<&FuncRef>, used: &Use) -> bool {
        self.is_site_within(text, func, used, 0)
    }

    /// `passed`: how many functions have handed on what they were given, so far.
    fn is_site_within(
        &mut self,
        text: &Text,
        func: Option<&FuncRef>,
        used: &Use,
        passed: usize,
    ) -> bool {
        let Some(func) = func else { return true };
        let key = Values::one(Value::Text(text.clone()));
        let Some(giver) = given_by(&key, func) else {
            return true;
        };
        let func = &self.called_below(func, giver);
        let callers = self.callers(func);
        if callers.is_empty() {
            return true;
        }
        let is_of_fields = hangs_on_fields(&key);
        if is_bare(&key) && !is_of_fields {
            return false;
        }
        let most = if passed == 0 {
            MAX_CALLERS
        } else {
            MAX_HANDED_TO
        };
        if callers.len() > most {
            return true;
        }
        // Some caller adds nothing: then the text here is all there is to show for it. One whose
        // arguments say that this is not reached is none of its callers.
        let mut is_reached = false;
        for caller in callers.iter() {
            match self.adds(caller, func, used, &key) {
                Adds::Nothing(handed) if self.is_handed_on(caller, &handed, passed) => {
                    is_reached = true;
                }
                Adds::Nothing(_) => return true,
                // Of an object nobody can tell that it is only ever made the other way.
                Adds::OtherWay if is_of_fields => return true,
                Adds::Something | Adds::OtherWay => is_reached = true,
                Adds::NotReached => {}
            }
        }
        !is_reached
    }

    /// The innermost function from `func` out to `outer` that somebody calls: a closure's callers give
    /// what it was made with as well.
    fn called_below(&mut self, func: &FuncRef, outer: FuncRef) -> FuncRef {
        let mut at = func.clone();
        while at != outer {
            if self.is_called(&at) {
                return at;
            }
            match at.function().parent {
                Some(parent) => at.func = parent,
                None => break,
            }
        }
        outer
    }

    fn is_called(&mut self, func: &FuncRef) -> bool {
        !self.callers(func).is_empty()
    }

    /// Whether a call stands in a function within `func` that is called by its own name: there it is
    /// looked into, with what it is given.
    fn is_called_inside(&mut self, call: &Call, func: &FuncRef) -> bool {
        let mut at = call.func;
        while let Some(inner) = at.filter(|inner| *inner != func.func) {
            let inner = FuncRef {
                func: inner,
                ..func.clone()
            };
            if self.is_called(&inner) {
                return true;
            }
            at = inner.function().parent;
        }
        false
    }

    /// Whether a caller that adds nothing only hands on what its own callers give it, who say more.
    fn is_handed_on(&mut self, caller: &CallPlace, handed: &[Use], passed: usize) -> bool {
        let scope = self.scope_of(caller);
        let Some(outer) = scope.frame.as_ref().map(|frame| frame.0.func.clone()) else {
            return false;
        };
        if passed >= MAX_HANDED || handed.is_empty() {
            return false;
        }
        handed.iter().all(|used| {
            let texts: Vec<Text> = used.key.iter().map(|value| value.to_text()).collect();
            !texts.is_empty()
                && texts
                    .iter()
                    .all(|text| !self.is_site_within(text, Some(&outer), used, passed + 1))
        })
    }

    /// Whether a caller's arguments say more of the value than the function does: where there are several
    /// ways through it, of that one.
    fn adds(&mut self, caller: &CallPlace, func: &FuncRef, used: &Use, way: &Values) -> Adds {
        let scope = self.scope_of(caller);
        let own = patterns(way);
        let is_only_way = used.key.iter().len() == 1;
        let of_this_way = |found: &Use| {
            let said = patterns(&found.key);
            said.iter()
                .any(|said| own.iter().any(|own| covers(own, said) == Verdict::Yes))
        };
        // One that says nothing may be any way.
        let says_nothing = |found: &Use| patterns(&found.key).iter().all(|it| it.is_opaque());
        // A function may call one wrapper twice: the uses behind the two differ in the call alone.
        let is_of_call = |found: &Use| {
            let next = found.trace.get(used.trace.len());
            next.is_none_or(|(_, call)| *call == used.call)
        };
        let is_use = |at: &FuncRef, found: &Use| {
            at == func && found.trace.starts_with(&used.trace) && is_of_call(found)
        };
        let is_same =
            |at: &FuncRef, found: &Use| is_use(at, found) && (is_only_way || of_this_way(found));
        let mut reached = Vec::new();
        let mut comes_to_it = false;
        let found = self.wrapped_uses_seen(caller.call, &scope, &mut |at, found| {
            if is_same(at, found) || is_use(at, found) && says_nothing(found) {
                // Behind this caller, it is this call that leads to it.
                reached.push(Use {
                    call: caller.call,
                    ..found.clone()
                });
            }
            comes_to_it |= is_use(at, found);
        });
        let says_more = found.iter().any(|found| {
            let first = found.chain.first();
            first.is_some_and(|first| is_same(first, found))
        });
        // A call that is not looked into tells nobody what it says, or the site would stand nowhere.
        let call = &caller.facts.calls[caller.call as usize];
        let says_more = says_more && self.may_matter(call, &caller.facts, caller.file);
        match says_more {
            true => Adds::Something,
            false if !reached.is_empty() => Adds::Nothing(reached),
            false if comes_to_it => Adds::OtherWay,
            false => Adds::NotReached,
        }
    }

    /// Every call of a function. Those after the first [`MAX_CALLERS`] are not looked for, nor those
    /// in tests: whoever else calls a handler (a framework, a queue) is not seen, and what its test
    /// gives it is not shown, so that the test would hide the site. Nor does an example hide it: what it
    /// gives to a library is one of all the things that others give.
    pub(crate) fn callers(&mut self, func: &FuncRef) -> Rc<[CallPlace]> {
        if let Some(known) = self.callers.get(func) {
            return known.clone();
        }
        let name = func.function().name.clone();
        let mut names = Vec::new();
        if !name.is_empty() {
            names.push(name.clone());
        }
        // A constructor is called by the name of its class.
        let function = func.function();
        let class = function
            .class
            .map(|class| &func.facts.classes[class as usize]);
        if let Some(class) = class.filter(|it| it.constructor == Some(func.func))
            && !class.name.is_empty()
            && name == "__init__"
        {
            names.push(class.name.clone());
        }
        if name != DEFAULT && self.leads(DEFAULT) && self.is_exported_whole(func) {
            names.push(DEFAULT.into());
        }
        self.add_other_names(&mut names);
        let mut found = Vec::new();
        let program = self.program;
        let own = program.path(func.file);
        let within = [is_test_path(&own), is_example_path(&own)];
        let counts = |file: FileId| {
            let path = program.path(file);
            (within[0] || !is_test_path(&path)) && (within[1] || !is_example_path(&path))
        };
        for name in &names {
            let files = self.program.callers(name);
            for file in files.iter().filter(|file| counts(**file)) {
                self.callers_in(*file, func, name, &mut found);
                if found.len() > MAX_CALLERS {
                    break;
                }
            }
        }
        let found: Rc<[_]> = found.into();
        self.callers.insert(func.clone(), found.clone());
        found
    }

    /// The names that something goes by beside those that it has, one after the other.
    fn add_other_names(&mut self, names: &mut Vec<SmolStr>) {
        let mut at = 0;
        while at < names.len() && names.len() < MAX_NAMES {
            for other in self.program.other_names(&names[at]).iter() {
                if !names.contains(other) && !is_everybodys(other) && self.leads(other) {
                    names.push(other.clone());
                }
            }
            at += 1;
        }
    }

    /// Whether a function is what its module exports as itself.
    fn is_exported_whole(&mut self, func: &FuncRef) -> bool {
        if func.function().parent.is_some() || func.function().class.is_some() {
            return false;
        }
        let exported = self.eval.apart(|eval| eval.module_name(func.file, DEFAULT));
        exported.is_some_and(|exported| {
            exported
                .iter()
                .any(|value| matches!(value, Value::Func(closure) if closure.func == *func))
        })
    }

    pub(crate) fn callers_in(
        &mut self,
        file: FileId,
        func: &FuncRef,
        name: &SmolStr,
        found: &mut Vec<CallPlace>,
    ) {
        for (facts, item, index) in self.program.calls(file, name).iter() {
            let place = CallPlace {
                file,
                facts: facts.clone(),
                item: *item as usize,
                call: *index,
            };
            let scope = self.scope_of(&place);
            let at_work = scope.frame.as_ref().map(|frame| &frame.0.func);
            if at_work.is_some_and(|at_work| is_within(at_work, func)) {
                continue;
            }
            let call = &facts.calls[*index as usize];
            if self.callees(call, &scope).iter().any(|c| c.func == *func) {
                found.push(place);
            }
            if found.len() > MAX_CALLERS {
                return;
            }
        }
    }
}

/// Methods that files, collections and strings have: called on something unknown, they say nothing
/// of what it is.
pub(crate) fn is_everybodys(method: &str) -> bool {
    matches!(
        method,
        "read"
            | "write"
            | "get"
            | "set"
            | "open"
            | "close"
            | "copy"
            | "update"
            | "add"
            | "append"
            | "pop"
            | "remove"
            | "items"
            | "keys"
            | "values"
            | "join"
            | "send"
            | "run"
            | "execute"
            | "map"
            | "filter"
            | "then"
            | "end"
            | "push"
    )
}

/// Whether a method of an object of which no more than the class is known is left to the classes below that.
fn is_left_open(closure: &Closure) -> bool {
    let is_any = matches!(
        closure.this.as_deref(),
        Some(Value::Instance { args: None, .. })
    );
    is_any && is_hook(closure.func.function(), &closure.func.facts)
}

/// Whether a function is another one or stands in it.
fn is_within(inner: &FuncRef, func: &FuncRef) -> bool {
    let mut at = inner.clone();
    loop {
        if at == *func {
            return true;
        }
        match at.function().parent {
            Some(parent) => at.func = parent,
            None => return false,
        }
    }
}

/// What a caller's arguments say of a key more than the function does by itself; nothing where they
/// say the same, or less. Ways through the function that the caller has no part in are the function's.
fn added(open: &Values, bound: &Values) -> Option<Values> {
    let by_itself = patterns(open);
    if is_bare(open) {
        let is_new = |value: &&Value| {
            let said = patterns(&Values::one((*value).clone()));
            said[0].is_opaque() || !by_itself.contains(&said[0])
        };
        let new: Vec<Value> = bound.iter().filter(is_new).cloned().collect();
        return (!new.is_empty()).then(|| Values::collect(new));
    }
    let by_caller = patterns(bound);
    let says_less = by_caller.iter().all(|said| {
        let covered = |own: &Pattern| said != own && covers(said, own) == Verdict::Yes;
        by_itself.iter().any(covered)
    });
    (by_caller != by_itself && !says_less).then(|| bound.clone())
}

/// What is told of a key: its alternatives without those of which nothing is known.
fn told(key: &Values) -> Option<Values> {
    let is_told = |value: &&Value| !is_bare(&Values::one((*value).clone()));
    let told: Vec<Value> = key.iter().filter(is_told).cloned().collect();
    (!told.is_empty()).then(|| Values::collect(told))
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
