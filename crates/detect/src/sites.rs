//! Where a file's code touches a value: the calls that the API tables name, and the calls of
//! in-repo functions that pass a parameter on to one (wrappers).
//!
//! A wrapper's inner call is a template: with the caller's arguments bound, each call of it is a
//! site at the caller. A function that nobody calls keeps its site.

use std::rc::Rc;

use blue_pattern::Pattern;
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::apis::{Api, ArgSpec, Form, Op, When, api_table};
use crate::eval::{Evaluator, Scope, why_of};
use crate::facts::{Arg, ArgKind, Call, Expr, Facts, ImportItem, ParamKind};
use crate::index::call_name;
use crate::language::{Dialect, Language};
use crate::program::Program;
use crate::receivers::{Made, is_on, made_with, names_bucket};
use crate::value::{Args, Closure, FileId, FuncRef, Part, Text, Value, Values, Why};

/// A wrapper may call a wrapper, this many times over, counted from the key.
const MAX_CHAIN: usize = 8;
/// A function with more callers than this is taken as one that anybody may call.
const MAX_CALLERS: usize = 64;

/// One function is seen to use its parameters this many times.
const MAX_USES: usize = 64;
/// More functions than this behind a call are not gone through to rule it out.
const MAX_REACHED: usize = 2_000;
/// One question, which is what a function does with its parameters, takes this many steps.
const MAX_QUESTION: u64 = 50_000;

/// A bucket, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// Its name.
    Known(SmolStr),
    /// The variable of the environment that holds its name.
    Env(SmolStr),
}

/// Which argument of a call a site's value stands in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArgPath {
    /// Into [`Call::args`].
    pub arg: u32,
    /// Into the literal collections below it.
    pub path: Vec<u32>,
}

/// A place where the code touches a value, without its position in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What it does.
    pub op: Op,
    /// The folded value.
    pub pattern: Pattern,
    /// The bucket, where that is known.
    pub bucket: Option<Bucket>,
    /// The statement, by its place in the file's interface.
    pub item: u32,
    /// The call in it.
    pub call: u32,
    /// The argument the value stands in; `None` where the call has no argument for it.
    pub arg: Option<ArgPath>,
    /// The files of the calls on its wrapper chain, outermost first, without the site's own.
    pub through: Vec<FileId>,
    /// The steps that folded the value, in words.
    pub how: Vec<String>,
    /// Why nothing of the value is known; `None` for one that says something.
    pub opaque: Option<Why>,
}

/// A value at a key position.
#[derive(Clone)]
struct Use {
    op: Op,
    key: Values,
    bucket: Option<Bucket>,
    /// The call and argument, in the outermost function looked at.
    call: u32,
    arg: Option<ArgPath>,
    /// Functions passed through, outermost first.
    chain: Vec<FuncRef>,
    /// The calls that lead to it and the row at the end of them, so that the same use is found
    /// again with other arguments.
    trace: Vec<(u64, u32)>,
}

/// A call: its file, its statement, its index there.
type CallPlace = (FileId, usize, u32);

/// All sites of a file.
pub fn sites(program: &dyn Program, file: FileId) -> Vec<Site> {
    let mut finder = Finder::new(program);
    let interface = program.interface(file);
    let mut found = Vec::new();
    for (item, facts) in interface.items.iter().enumerate() {
        for (index, call) in facts.calls.iter().enumerate() {
            if !finder.may_matter(call, facts, file) {
                continue;
            }
            program.poll();
            finder.sites_of_call(file, item, index as u32, &mut found);
        }
    }
    found
}

struct Finder<'p> {
    eval: Evaluator<'p>,
    program: &'p dyn Program,
    reaching: FxHashMap<FuncRef, bool>,
    callers: FxHashMap<FuncRef, Rc<[CallPlace]>>,
    /// What functions do with their parameters unknown.
    open: FxHashMap<FuncRef, Rc<[Use]>>,
    /// The question in hand ends where the evaluator's total reaches this.
    limit: u64,
}

impl<'p> Finder<'p> {
    fn new(program: &'p dyn Program) -> Finder<'p> {
        Finder {
            eval: Evaluator::new(program),
            program,
            reaching: FxHashMap::default(),
            callers: FxHashMap::default(),
            open: FxHashMap::default(),
            limit: 0,
        }
    }

    /// Whether a call may be of the tables or lead to one, by its name and shape.
    fn may_matter(&self, call: &Call, facts: &Facts, file: FileId) -> bool {
        let Some(mut name) = call_name(call, facts) else {
            return false;
        };
        if let Expr::Name(_) = &call.callee
            && let Some((facts, index)) = self.program.definitions(file, &name).last()
            && let Some(original) = imported_name(facts, *index)
        {
            name = original;
        }
        api_table(self.language(file)).may_hold(&name, call, facts) || self.program.leads(&name)
    }

    fn sites_of_call(&mut self, file: FileId, item: usize, index: u32, found: &mut Vec<Site>) {
        let scope = self.scope_of(file, item, index);
        let func = scope.frame.as_ref().map(|frame| frame.0.func.clone());
        let mut uses = self.direct_uses(index, &scope);
        if uses.is_empty() {
            uses = self.wrapped_uses(index, &scope);
        }
        for used in uses {
            let mut said_nothing = false;
            for value in used.key.iter() {
                let text = value.to_text();
                // Of several ways of which nothing is known, one is told.
                if pattern_of(&text, Op::Read).0.is_opaque()
                    && std::mem::replace(&mut said_nothing, true)
                {
                    continue;
                }
                if !self.is_site_here(&text, func.as_ref(), &used) {
                    continue;
                }
                found.push(self.site(&text, &used, item, &scope));
            }
        }
    }

    fn site(&mut self, text: &Text, used: &Use, item: usize, scope: &Scope) -> Site {
        let (pattern, bucket) = pattern_of(text, used.op);
        let opaque = pattern.is_opaque().then(|| {
            text.why()
                .cloned()
                .unwrap_or(Why::Syntax("wildcard".into()))
        });
        let mut how = Vec::new();
        for func in &used.chain {
            let path = self.program.path(func.file);
            how.push(format!("through {}() in {path}", func.function().name));
        }
        let call = &scope.facts.calls[used.call as usize];
        if let Some(arg) = &used.arg
            && let Some(arg) = call.args.get(arg.arg as usize)
        {
            self.steps(&arg.value, scope, 6, &mut how);
        }
        Site {
            op: used.op,
            pattern,
            bucket: used.bucket.clone().or(bucket),
            item: item as u32,
            call: used.call,
            arg: used.arg.clone(),
            through: used.chain.iter().map(|func| func.file).collect(),
            how,
            opaque,
        }
    }

    /// What the API tables say of a call.
    fn direct_uses(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        let facts = scope.facts.clone();
        let call = &facts.calls[index as usize];
        let language = self.language(scope.file);
        let Some(name) = self.called_name(call, scope) else {
            return Vec::new();
        };
        let rows = api_table(language).rows(&name);
        if rows.is_empty() {
            return Vec::new();
        }
        let mut args = None;
        let mut found = Vec::new();
        for (number, api) in rows.iter().enumerate() {
            if !api.row.may_hold(call, &facts) || !self.is_api(api, call, scope) {
                continue;
            }
            if let Some(on) = &api.row.on
                && let Expr::Attr(object, _) = &call.callee
            {
                let made = made_with(&mut self.eval, object, on, scope);
                let args = args.get_or_insert_with(|| self.eval.root_args(&call.args, scope));
                self.uses_on(api, number as u32, index, &facts, args, made, &mut found);
                continue;
            }
            let args = args.get_or_insert_with(|| self.eval.root_args(&call.args, scope));
            if !holds(api.row.when.as_ref(), args) || !has_needed(api, args) {
                continue;
            }
            let Some(key) = self.key(&api.row.key, args, api.row.ops[0]) else {
                continue;
            };
            let bucket = api
                .row
                .bucket
                .as_ref()
                .and_then(|spec| argument(spec, args));
            let bucket = match (&bucket, &call.callee) {
                (None, Expr::Attr(object, _)) if api.row.module.is_none() => {
                    made_with(&mut self.eval, object, "Bucket", scope).bucket
                }
                _ => bucket,
            };
            let bucket = bucket.as_ref().and_then(bucket_of);
            for op in &api.row.ops {
                found.push(Use {
                    op: *op,
                    key: key.clone(),
                    bucket: bucket.clone(),
                    call: index,
                    arg: locate(&api.row.key, call),
                    chain: Vec::new(),
                    trace: vec![(number as u64, index), (*op as u64, 0)],
                });
            }
        }
        found
    }

    /// The uses by a method of a resource.
    #[allow(clippy::too_many_arguments)] // what a use is made of
    fn uses_on(
        &self,
        api: &Api,
        number: u32,
        index: u32,
        facts: &Facts,
        args: &Args,
        made: Made,
        found: &mut Vec<Use>,
    ) {
        let spec = &api.row.key;
        let call = &facts.calls[index as usize];
        let (key, place) = match spec.form {
            Form::Receiver => (made.key, crate::receivers::locate(call, &facts.calls)),
            _ => (self.key(spec, args, api.row.ops[0]), None),
        };
        // All objects of a bucket.
        let all = || api.row.ops[0] == Op::List && spec.form != Form::CopySource;
        let Some(key) = key.or_else(|| all().then(|| Values::one(Value::text("")))) else {
            return;
        };
        let (call_at, arg) = match place {
            Some((call, arg)) => (call, Some(arg)),
            None => (index, locate(spec, call)),
        };
        // Whatever begins with a filter's prefix.
        let key = match api.row.on.as_deref() {
            Some("Bucket.objects.filter") => Values::concat([&key, &Values::one(Value::text("*"))]),
            _ => key,
        };
        for op in &api.row.ops {
            let read_source = spec.form == Form::CopySource;
            found.push(Use {
                op: *op,
                key: key.clone(),
                bucket: made
                    .bucket
                    .as_ref()
                    .filter(|_| !read_source)
                    .and_then(bucket_of),
                call: call_at,
                arg: arg.clone(),
                chain: Vec::new(),
                trace: vec![(u64::from(number), index), (*op as u64, 0)],
            });
        }
    }

    /// The values at the key's position; `None` where the call gives no key, and so is no site.
    fn key(&self, spec: &ArgSpec, args: &Args, op: Op) -> Option<Values> {
        let mut values = argument(spec, args);
        if spec.form == Form::CopySource {
            values = values.map(|values| values.flat_map(copy_source));
        }
        let values = match values {
            Some(values) => values,
            // Everything in the bucket is listed.
            None if op == Op::List && has_bucket(args) => Values::one(Value::text("*")),
            None => args.open.clone().map(Values::hole)?,
        };
        // DynamoDB's keys are objects; a file handle is no key.
        let strings = values.iter().filter(|value| {
            !matches!(
                value,
                Value::Map(_) | Value::List(_) | Value::Null | Value::Bool(_)
            ) && (op == Op::List || !is_empty_text(value))
        });
        let strings: Vec<Value> = strings.cloned().collect();
        if strings.is_empty() {
            return None;
        }
        Some(Values::collect(strings))
    }

    /// Whether a row speaks of this call: by the module a function is imported from, or by a
    /// receiver that is not plainly something else.
    fn is_api(&mut self, api: &Api, call: &Call, scope: &Scope) -> bool {
        if let Some(module) = &api.row.module {
            let expected = format!("{module}.{}", api.row.name);
            return self.eval.root(&call.callee, scope).iter().any(
                |value| matches!(value, Value::External(external) if external.path == expected),
            );
        }
        let Expr::Attr(object, name) = &call.callee else {
            return false;
        };
        let on = api.row.on.as_deref();
        self.eval
            .root(object, scope)
            .iter()
            .any(|receiver| match receiver {
                Value::External(external) if on.is_some_and(|on| is_on(external, on)) => true,
                Value::Hole(_) | Value::External(_) if on == Some("Bucket") => {
                    names_bucket(object, scope)
                }
                _ if on.is_some() => false,
                Value::Hole(_) => true,
                Value::External(external) => {
                    let Some(rule) = &api.client else { return true };
                    if !rule
                        .calls
                        .iter()
                        .any(|made| external.path.starts_with(made.as_str()))
                    {
                        return true;
                    }
                    // The service is the first argument; `client(service_name="s3")` works too.
                    let service = external
                        .args
                        .positional
                        .first()
                        .or_else(|| external.args.keyword("service_name"));
                    !external.path.ends_with("()")
                        || external.path.matches("()").count() > 1
                        || service
                            .and_then(Values::known)
                            .is_none_or(|known| known == rule.service)
                }
                // A class of the repository: its method is looked into instead.
                Value::Instance { .. } | Value::Class(_) => {
                    let found = self
                        .eval
                        .apart(|eval| eval.attribute(receiver, name, scope.file));
                    !matches!(found.first(), Value::Func(_))
                }
                _ => false,
            })
    }

    /// The uses of a value by an in-repo function that this call gives arguments to.
    fn wrapped_uses(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        let facts = scope.facts.clone();
        let call = &facts.calls[index as usize];
        let mut found = Vec::new();
        for closure in self.callees(call, scope) {
            if !self.reaches(&closure.func) {
                continue;
            }
            let args = self.eval.root_args(&call.args, scope);
            let open = self.open_uses(&closure);
            if open.is_empty() {
                continue;
            }
            let given = self.eval.apart(|eval| eval.bind_args(&closure.func, &args));
            let bound_scope = self.eval.enter(&closure, given);
            let uses =
                self.question(|this| this.uses_in(&closure.func, &bound_scope, MAX_CHAIN - 1));
            for bound in uses {
                let Some(open) = open.iter().find(|open| open.trace == bound.trace) else {
                    continue;
                };
                let Some(param) = tainted_by(&open.key, &closure.func) else {
                    continue;
                };
                if !is_bare(&open.key) && patterns(&open.key) == patterns(&bound.key) {
                    // The caller adds nothing: the site stays where its text is.
                    continue;
                }
                let mut chain = vec![closure.func.clone()];
                chain.extend(bound.chain);
                found.push(Use {
                    call: index,
                    arg: argument_of_param(call, &closure.func, param),
                    chain,
                    ..bound
                });
            }
        }
        found
    }

    /// What a function does with its parameters unknown.
    fn open_uses(&mut self, closure: &Closure) -> Rc<[Use]> {
        if let Some(known) = self.open.get(&closure.func) {
            return known.clone();
        }
        let frame = self.eval.open_frame(&closure.func);
        let scope = Scope {
            file: closure.func.file,
            facts: closure.func.facts.clone(),
            frame: Some(frame),
            item: None,
        };
        let uses: Rc<[Use]> = self
            .question(|this| this.uses_in(&closure.func, &scope, MAX_CHAIN - 1))
            .into();
        self.open.insert(closure.func.clone(), uses.clone());
        uses
    }

    /// A question with a budget of its own, which is no part of that of the one in hand: who asks
    /// first must not tell how far an answer goes.
    fn question<R>(&mut self, ask: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.eval.total;
        let outer = std::mem::replace(&mut self.limit, before + MAX_QUESTION);
        let answer = ask(self);
        self.limit = outer + (self.eval.total - before);
        answer
    }

    /// Every use in a function's body, in the order of its calls, whatever the arguments: the same
    /// function gives the same list with other values.
    fn uses_in(&mut self, func: &FuncRef, scope: &Scope, depth: usize) -> Vec<Use> {
        let mut found = Vec::new();
        for index in func.function().calls.clone() {
            let call = &func.facts.calls[index as usize];
            if found.len() >= MAX_USES || self.eval.total >= self.limit {
                break;
            }
            if !self.may_matter(call, &func.facts, func.file) {
                continue;
            }
            let scope = self.inner_scope(call, func, scope);
            let direct = self.direct_uses(index, &scope);
            if !direct.is_empty() || depth == 0 {
                found.extend(direct);
                continue;
            }
            for closure in self.callees(call, &scope) {
                self.eval.total += 1;
                if closure.func == *func || !self.reaches(&closure.func) {
                    continue;
                }
                let args = self.eval.root_args(&call.args, &scope);
                let given = self.eval.apart(|eval| eval.bind_args(&closure.func, &args));
                let inner = self.eval.enter(&closure, given);
                for mut used in self.uses_in(&closure.func, &inner, depth - 1) {
                    used.chain.insert(0, closure.func.clone());
                    used.call = index;
                    used.arg = None;
                    used.trace.push((closure.func.facts.id, index));
                    found.push(used);
                }
            }
        }
        found
    }

    /// A call in a function nested in `func` sees `func`'s frame around its own.
    fn inner_scope(&self, call: &Call, func: &FuncRef, scope: &Scope) -> Scope {
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
                };
                self.eval.enter_open(&closure)
            }
            _ => scope.clone(),
        }
    }

    /// The in-repo functions a call may mean.
    fn callees(&mut self, call: &Call, scope: &Scope) -> Vec<Closure> {
        let mut found = Vec::new();
        for value in self.eval.root(&call.callee, scope).iter() {
            if let Value::Func(closure) = value {
                found.push(closure.clone());
            }
        }
        if !found.is_empty() {
            return found;
        }
        // A method of something unknown: the one class of the repository that has it.
        let Expr::Attr(object, name) = &call.callee else {
            return found;
        };
        let unknown =
            |value: &Value| matches!(value, Value::Hole(why) if !matches!(why, Why::External(_)));
        if is_everybodys(name) || !self.eval.root(object, scope).iter().all(unknown) {
            return found;
        }
        if let [(file, facts, func)] = &*self.program.methods(name) {
            let func = FuncRef {
                file: *file,
                facts: facts.clone(),
                func: *func,
            };
            if fits(call, &func, &self.program.path(*file)) {
                found.push(Closure {
                    func,
                    this: None,
                    outer: None,
                });
            }
        }
        found
    }

    /// Whether a function's body, or one it calls, may hold a use.
    fn reaches(&mut self, func: &FuncRef) -> bool {
        match self.reaching.get(func) {
            Some(known) => *known,
            None => self.question(|this| this.find_reaching(func)),
        }
    }

    fn find_reaching(&mut self, func: &FuncRef) -> bool {
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
    fn called_by(&mut self, func: &FuncRef) -> Option<Vec<FuncRef>> {
        let table = api_table(self.language(func.file));
        let scope = Scope {
            file: func.file,
            facts: func.facts.clone(),
            frame: Some(self.eval.open_frame(func)),
            item: None,
        };
        let mut found = Vec::new();
        for index in func.function().calls.clone() {
            let call = &func.facts.calls[index as usize];
            if !self.may_matter(call, &func.facts, func.file) {
                continue;
            }
            let name = self.called_name(call, &scope);
            if name.is_some_and(|name| table.may_hold(&name, call, &func.facts)) {
                return None;
            }
            found.extend(self.callees(call, &scope).into_iter().map(|c| c.func));
        }
        Some(found)
    }

    /// Whether a use is a site where it stands, or at the callers of the function around it.
    fn is_site_here(&mut self, text: &Text, func: Option<&FuncRef>, used: &Use) -> bool {
        let Some(func) = func else { return true };
        let key = Values::one(Value::Text(text.clone()));
        if tainted_by(&key, func).is_none() {
            return true;
        }
        let callers = self.callers(func);
        if callers.is_empty() {
            return true;
        }
        if is_bare(&key) {
            return false;
        }
        if callers.len() > MAX_CALLERS {
            return true;
        }
        // Some caller adds nothing: then the text here is all there is to show for it.
        callers
            .iter()
            .any(|(file, item, call)| !self.refines(*file, *item, *call, func, used))
    }

    /// Whether a caller's arguments say more of the value than the function does.
    fn refines(
        &mut self,
        file: FileId,
        item: usize,
        call: u32,
        func: &FuncRef,
        used: &Use,
    ) -> bool {
        let scope = self.scope_of(file, item, call);
        self.wrapped_uses(call, &scope)
            .iter()
            .any(|found| found.chain.first() == Some(func) && found.trace.starts_with(&used.trace))
    }

    /// Every call of a function: file, statement, call. Those after the first [`MAX_CALLERS`] are
    /// not looked for.
    fn callers(&mut self, func: &FuncRef) -> Rc<[CallPlace]> {
        if let Some(known) = self.callers.get(func) {
            return known.clone();
        }
        let name = func.function().name.clone();
        let mut found = Vec::new();
        if !name.is_empty() {
            for file in self.program.callers(&name).iter() {
                self.callers_in(*file, func, &name, &mut found);
                if found.len() > MAX_CALLERS {
                    break;
                }
            }
        }
        let found: Rc<[_]> = found.into();
        self.callers.insert(func.clone(), found.clone());
        found
    }

    fn callers_in(
        &mut self,
        file: FileId,
        func: &FuncRef,
        name: &SmolStr,
        found: &mut Vec<CallPlace>,
    ) {
        let interface = self.program.interface(file);
        let names = std::iter::once(name).chain(interface.aliases(name));
        let mut calls: Vec<_> = names.flat_map(|name| interface.called(name)).collect();
        calls.sort_unstable();
        for (item, index) in calls {
            let scope = self.scope_of(file, item as usize, index);
            let at_work = scope.frame.as_ref().map(|frame| &frame.0.func);
            if at_work == Some(func) {
                continue;
            }
            let call = &scope.facts.calls[index as usize];
            if self.callees(call, &scope).iter().any(|c| c.func == *func) {
                found.push((file, item as usize, index));
            }
            if found.len() > MAX_CALLERS {
                return;
            }
        }
    }

    /// Where a call stands, with the function around it as anybody may call it.
    fn scope_of(&mut self, file: FileId, item: usize, call: u32) -> Scope {
        let facts = self.program.interface(file).items[item].clone();
        let func = facts.calls[call as usize].func.map(|func| FuncRef {
            file,
            facts: facts.clone(),
            func,
        });
        Scope {
            file,
            facts,
            item: func.is_none().then_some(item),
            frame: func.as_ref().map(|func| self.eval.open_frame(func)),
        }
    }

    /// The name of what a call calls, as the tables know it: an imported name by the name it has
    /// where it comes from.
    fn called_name(&self, call: &Call, scope: &Scope) -> Option<SmolStr> {
        let name = call_name(call, &scope.facts)?;
        if let Expr::Name(_) = &call.callee
            && let Some((facts, index)) = self.program.definitions(scope.file, &name).last()
            && let Some(original) = imported_name(facts, *index)
        {
            return Some(original);
        }
        Some(name)
    }

    fn language(&self, file: FileId) -> Language {
        Dialect::of_path(&self.program.path(file)).map_or(Language::Python, Dialect::language)
    }

    /// The names and helpers that a value was folded through, in words.
    fn steps(&mut self, expr: &Expr, scope: &Scope, depth: usize, how: &mut Vec<String>) {
        if depth == 0 || how.len() >= 8 {
            return;
        }
        match expr {
            Expr::Concat(parts) => {
                for part in parts {
                    self.steps(part, scope, depth - 1, how);
                }
            }
            Expr::Binary(_, left, right) => {
                self.steps(left, scope, depth - 1, how);
                self.steps(right, scope, depth - 1, how);
            }
            Expr::Attr(object, _) | Expr::Index(object, _) | Expr::Each(object) => {
                self.steps(object, scope, depth - 1, how);
            }
            Expr::Alt(values) => {
                for value in values {
                    self.steps(value, scope, depth - 1, how);
                }
            }
            Expr::Local { func, index } => {
                let value = &scope.facts.functions[*func as usize].bindings[*index as usize];
                self.steps(value, scope, depth - 1, how);
            }
            Expr::Import(index) => {
                let import = &scope.facts.imports[*index as usize];
                if let Some(file) = self.program.module(scope.file, &import.module)
                    && let ImportItem::Named(name) = &import.item
                {
                    push_step(how, format!("{name} from {}", self.program.path(file)));
                }
            }
            Expr::Name(name) => {
                let definitions = self.program.definitions(scope.file, name);
                let Some((facts, index)) = definitions.last() else {
                    return;
                };
                let value = facts.definitions[*index as usize].value.clone();
                match value {
                    Expr::Import(_) => {
                        let scope = Scope {
                            facts: facts.clone(),
                            frame: None,
                            ..scope.clone()
                        };
                        self.steps(&value, &scope, depth - 1, how);
                    }
                    _ => push_step(how, format!("{name} in {}", self.program.path(scope.file))),
                }
            }
            Expr::Call(index) => {
                let facts = scope.facts.clone();
                let call = &facts.calls[*index as usize];
                for closure in self.callees(call, scope) {
                    let path = self.program.path(closure.func.file);
                    push_step(how, format!("{}() in {path}", closure.func.function().name));
                }
            }
            _ => {}
        }
    }
}

fn push_step(how: &mut Vec<String>, step: String) {
    if !how.contains(&step) {
        how.push(step);
    }
}

/// The name an import takes, where a definition is one.
fn imported_name(facts: &Facts, definition: u32) -> Option<SmolStr> {
    let Expr::Import(index) = &facts.definitions[definition as usize].value else {
        return None;
    };
    match &facts.imports[*index as usize].item {
        ImportItem::Named(name) if name != "default" => Some(name.clone()),
        _ => None,
    }
}

/// No object has an empty key: it stands for one that was not given.
fn is_empty_text(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.parts.is_empty())
}

/// Methods that files, collections and strings have: called on something unknown, they say nothing
/// of what it is.
fn is_everybodys(method: &str) -> bool {
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

/// Whether a call gives a function the arguments it takes.
fn fits(call: &Call, func: &FuncRef, path: &str) -> bool {
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

fn holds(when: Option<&When>, args: &Args) -> bool {
    let Some(when) = when else { return true };
    let by_position = when
        .position
        .and_then(|position| args.positional.get(position));
    let by_keyword = when
        .keyword
        .as_ref()
        .and_then(|keyword| args.keyword(keyword));
    let known = by_keyword.or(by_position).and_then(Values::known);
    known.is_some_and(|known| when.is.iter().any(|expected| *expected == known))
}

fn has_needed(api: &Api, args: &Args) -> bool {
    let Some(needed) = &api.row.needs else {
        return true;
    };
    let position = api.row.key.position.unwrap_or(usize::MAX);
    args.keyword(needed).is_some() || args.positional.len() > position.max(2)
}

fn has_bucket(args: &Args) -> bool {
    args.keyword("Bucket").is_some()
        || matches!(args.positional.first().map(Values::first), Some(Value::Map(map)) if map.get("Bucket").is_some())
}

fn argument(spec: &ArgSpec, args: &Args) -> Option<Values> {
    let by_keyword = spec
        .keyword
        .as_ref()
        .and_then(|keyword| args.keyword(keyword));
    let by_position = || {
        spec.position
            .and_then(|position| args.positional.get(position))
    };
    let values = by_keyword.or_else(by_position)?;
    let mut values = values.clone();
    for step in &spec.path {
        let mut missing = false;
        if step == "*" {
            values = crate::eval::elements_of(&values);
            continue;
        }
        values = values.flat_map(|value| match (step.as_str(), value) {
            (name, Value::Map(map)) => match (map.get(name), &map.open) {
                (Some(values), _) => values.clone(),
                (None, Some(why)) => Values::hole(why.clone()),
                (None, None) => {
                    missing = true;
                    Values::one(Value::Null)
                }
            },
            (_, other) => Values::hole(why_of(other)),
        });
        if missing {
            return None;
        }
    }
    Some(values)
}

/// `CopySource` is `bucket/key` or an object with both.
fn copy_source(value: &Value) -> Values {
    match value {
        Value::Map(map) => map
            .get("Key")
            .cloned()
            .unwrap_or_else(|| Values::hole(why_of(value))),
        Value::Text(text) => {
            let mut parts = text.parts.iter().enumerate();
            let cut = parts.find_map(|(index, part)| match part {
                Part::Literal(literal) => {
                    let trimmed = literal.strip_prefix('/').filter(|_| index == 0);
                    let literal = trimmed.unwrap_or(literal);
                    literal
                        .split_once('/')
                        .map(|(_, rest)| (index, SmolStr::from(rest)))
                }
                _ => None,
            });
            let Some((index, rest)) = cut else {
                return Values::one(value.clone());
            };
            let mut key = Text::default();
            key.push(Part::Literal(rest));
            for part in &text.parts[index + 1..] {
                key.push(part.clone());
            }
            Values::one(Value::Text(key))
        }
        other => Values::hole(why_of(other)),
    }
}

pub(crate) fn bucket_of(values: &Values) -> Option<Bucket> {
    match values.iter().collect::<Vec<_>>().as_slice() {
        [Value::Text(text)] => match text.known() {
            Some(name) if !name.is_empty() => Some(Bucket::Known(name.into())),
            _ => match text.why() {
                Some(Why::Environment(name)) => Some(Bucket::Env(name.clone())),
                _ => None,
            },
        },
        [Value::Hole(Why::Environment(name))] => Some(Bucket::Env(name.clone())),
        [Value::External(external)] => {
            let name = crate::builtins::bucket_name(external)?.known()?;
            Some(Bucket::Known(name.into()))
        }
        _ => None,
    }
}

/// The argument a row's key stands in.
fn locate(spec: &ArgSpec, call: &Call) -> Option<ArgPath> {
    let by_keyword = call
        .args
        .iter()
        .position(|arg| arg.keyword.is_some() && arg.keyword == spec.keyword);
    let by_position = || {
        spec.position
            .and_then(|position| positional(call, position))
    };
    let by_spread = || {
        call.args
            .iter()
            .position(|arg| matches!(arg.kind, ArgKind::Spread | ArgKind::SpreadMap))
    };
    let arg = by_keyword.or_else(by_position).or_else(by_spread)?;
    let mut path = Vec::new();
    let mut at = &call.args[arg].value;
    for step in &spec.path {
        let child = match at {
            Expr::Map(entries) => entries
                .iter()
                .rposition(|(key, _)| matches!(key, Some(Expr::Text(text)) if text == step)),
            Expr::List(elements) if step == "*" && elements.len() == 1 => Some(0),
            _ => None,
        };
        let Some(child) = child else { break };
        path.push(child as u32);
        at = match at {
            Expr::Map(entries) => &entries[child].1,
            Expr::List(elements) => &elements[child],
            _ => break,
        };
    }
    Some(ArgPath {
        arg: arg as u32,
        path,
    })
}

fn positional(call: &Call, position: usize) -> Option<usize> {
    let plain = |arg: &Arg| arg.keyword.is_none() && arg.kind == ArgKind::Plain;
    call.args
        .iter()
        .enumerate()
        .filter(|(_, arg)| plain(arg))
        .nth(position)
        .map(|(index, _)| index)
}

/// The argument that a call gives to a parameter.
fn argument_of_param(call: &Call, func: &FuncRef, param: usize) -> Option<ArgPath> {
    let name = &func.function().params[param].name;
    let by_keyword = call
        .args
        .iter()
        .position(|arg| arg.keyword.as_ref() == Some(name) && !name.is_empty());
    let arg = by_keyword.or_else(|| positional(call, param))?;
    Some(ArgPath {
        arg: arg as u32,
        path: Vec::new(),
    })
}

/// The first parameter of `func` that a value depends on.
fn tainted_by(key: &Values, func: &FuncRef) -> Option<usize> {
    let params = &func.function().params;
    key.iter().find_map(|value| {
        value.to_text().parts.iter().find_map(|part| match part {
            Part::Hole(Why::Parameter(name)) => {
                let found = params.iter().position(|param| param.name == *name);
                // A parameter of an enclosing function is given by that function's callers.
                found.or_else(|| (!params.is_empty() && is_outer(name, func)).then_some(0))
            }
            _ => None,
        })
    })
}

fn is_outer(name: &str, func: &FuncRef) -> bool {
    let mut at = func.function().parent;
    while let Some(index) = at {
        let function = &func.facts.functions[index as usize];
        if function.params.iter().any(|param| param.name == name) {
            return true;
        }
        at = function.parent;
    }
    false
}

/// Whether a value says nothing but what a parameter will bring.
fn is_bare(key: &Values) -> bool {
    key.iter()
        .any(|value| pattern_of(&value.to_text(), Op::Read).0.is_opaque())
}

fn patterns(key: &Values) -> Vec<Pattern> {
    key.iter()
        .map(|value| pattern_of(&value.to_text(), Op::Read).0)
        .collect()
}

/// The pattern of a symbolic string: each hole a wildcard, scheme and bucket stripped, no leading
/// slash; a listing's prefix covers what begins with it.
pub(crate) fn pattern_of(text: &Text, op: Op) -> (Pattern, Option<Bucket>) {
    let mut parts: Vec<blue_pattern::Part> = Vec::new();
    let mut bucket = None;
    let mut rest = text.clone();
    if let Some(Part::Literal(first)) = text.parts.first()
        && let Some((scheme, after)) = first.split_once("://")
        && matches!(scheme, "s3" | "s3a" | "s3n")
    {
        match after.split_once('/') {
            Some((name, key)) => {
                bucket = Some(Bucket::Known(name.into()));
                rest.parts[0] = Part::Literal(key.into());
            }
            // The bucket itself is folded from parts: the key begins after its slash.
            None => rest = after_first_slash(&text.parts[1..]),
        }
    }
    for (index, part) in rest.parts.iter().enumerate() {
        parts.push(match part {
            Part::Literal(literal) if index == 0 => {
                blue_pattern::Part::Literal(literal.trim_start_matches('/').to_owned())
            }
            Part::Literal(literal) => blue_pattern::Part::Literal(literal.to_string()),
            Part::Any | Part::Hole(_) => blue_pattern::Part::Any,
        });
    }
    if op == Op::List {
        parts.push(blue_pattern::Part::Any);
    }
    (Pattern::from_parts(parts), bucket)
}

fn after_first_slash(parts: &[Part]) -> Text {
    let mut made = Text::default();
    let mut found = false;
    for part in parts {
        match part {
            Part::Literal(literal) if !found => {
                if let Some((_, rest)) = literal.split_once('/') {
                    found = true;
                    made.push(Part::Literal(rest.into()));
                }
            }
            part if found => made.push(part.clone()),
            _ => {}
        }
    }
    made
}
