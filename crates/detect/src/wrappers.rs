//! In-repo functions that pass a parameter on as a key: what their calls touch, with what they are given.

use std::rc::Rc;

use blue_pattern::{Pattern, Verdict, covers};
use rustc_hash::FxHashSet;

use crate::apis::api_table;
use crate::callers::is_within;
use crate::eval::{Scope, parts_of_call};
use crate::facts::{Call, Expr, Function};
use crate::keys::{
    Giver, argument_of_param, hangs_on_fields, is_bare, is_s3_url, may_be_s3_url, patterns,
    tainted_by,
};
use crate::sites::{Finder, Use, Ways};
use crate::value::{ClassRef, Closure, FuncRef, Text, Value, Values};

/// A wrapper may call a wrapper, this many times over, counted from the key.
pub(crate) const MAX_CHAIN: usize = 8;

/// One function is seen to use its parameters this many times.
const MAX_USES: usize = 64;
/// More functions than this behind a call are not gone through to rule it out.
const MAX_REACHED: usize = 2_000;
/// One question, which is what a function does with its parameters, takes this many steps.
const MAX_QUESTION: u64 = 50_000;

impl Finder<'_> {
    /// The uses of a value by an in-repo function that this call gives arguments to.
    pub(crate) fn wrapped_uses(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        self.wrapped_uses_seen(index, scope, &mut |_, _| {})
    }

    /// As [`Finder::wrapped_uses`], telling of every use that the call reaches, whether or not its
    /// arguments say more of it.
    pub(crate) fn wrapped_uses_seen(
        &mut self,
        index: u32,
        scope: &Scope,
        reached: &mut dyn FnMut(&FuncRef, &Use),
    ) -> Vec<Use> {
        let facts = scope.facts.clone();
        let call = &facts.calls[index as usize];
        let mut found: Vec<Use> = Vec::new();
        let mut silent: Vec<Use> = Vec::new();
        if !self.may_give_address(call, scope, is_s3_url) {
            return found;
        }
        let around = scope.frame.as_ref().map(|frame| frame.0.func.function());
        let is_constructed = around.is_some_and(is_constructor);
        let callees = self.all_callees(call, scope);
        let is_made_here = self.is_made_here(call, scope);
        for closure in &callees {
            if !self.reaches(&closure.func) {
                continue;
            }
            let open = self.open_uses(closure);
            if open.is_empty() {
                continue;
            }
            let uses =
                self.question(|this| this.uses_called(closure, (call, scope), MAX_CHAIN - 1));
            let others = found.len();
            let mut by_default: Option<Rc<[Use]>> = None;
            for mut bound in uses.iter().cloned() {
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
                let asked = (closure, open, (giver, is_made_here));
                let new = self.newly_said(asked, &bound).or_else(|| {
                    let by_default = by_default
                        .get_or_insert_with(|| self.uses_called_by_default(closure, (call, scope)));
                    let same = by_default.iter().find(|it| is_same_use(it, &bound))?;
                    let new = self.newly_said(asked, same)?;
                    // One of the ways that the function tells by itself is nothing new.
                    let ways = patterns(&open.key);
                    let is_new = patterns(&new).iter().any(|said| !ways.contains(said));
                    is_new.then_some(new)
                });
                let key = new.clone().unwrap_or_else(|| bound.key.clone());
                let Some(told) = as_told_by(closure, (giver, &key), (index, call), bound) else {
                    continue;
                };
                if new.is_none() {
                    // The caller adds nothing: the site stays where its text is.
                    let mut others = callees.iter().filter(|it| it.func == closure.func);
                    let is_of_other = |it: &Closure| class_of(it) != class_of(closure);
                    silent.extend(others.any(is_of_other).then_some(told));
                    continue;
                }
                // What several classes do alike is told of the first of them.
                let is_same =
                    |it: &Use| (it.op, &it.key, &it.bucket) == (told.op, &told.key, &told.bucket);
                if !found[..others].iter().any(is_same) {
                    found.push(told);
                }
            }
        }
        found.extend(told_as_well(silent, &found));
        found
    }

    /// What a caller says of a key beside what the function that it calls says by itself; `None` where that is no more.
    fn newly_said(
        &mut self,
        (function, open, (giver, is_made_here)): (&Closure, &Use, (Giver, bool)),
        bound: &Use,
    ) -> Option<Values> {
        let new = added(&open.key, &bound.key)?;
        // What is said right where the text is may part what is not known; further out only words count.
        let says_more = says_more(&open.key, &new)
            || is_chosen(&open.key, &new)
            || matches!(giver, Giver::Argument(_))
                && !says_again(&open.key, &new)
                && self.is_made_in(function, bound);
        let is_new = says_more && !self.is_known_inside(function, open, (&new, is_made_here));
        is_new.then_some(new)
    }

    /// The uses in a function that a call calls from one that nobody is seen to call, with what that one's parameters are
    /// where nothing is given.
    fn uses_called_by_default(
        &mut self,
        closure: &Closure,
        (call, scope): (&Call, &Scope),
    ) -> Rc<[Use]> {
        match self.scope_by_default(scope) {
            Some(scope) => {
                self.question(|this| this.uses_called(closure, (call, &scope), MAX_CHAIN - 1))
            }
            None => Rc::new([]),
        }
    }

    /// Whether a call makes an object, or is a method's of one that the same function makes.
    fn is_made_here(&mut self, call: &Call, scope: &Scope) -> bool {
        let facts = scope.facts.clone();
        let mut makers = vec![call];
        if let Expr::Attr(object, _) = &call.callee {
            let bound = match object.as_ref() {
                Expr::Local { func, index } => {
                    &facts.functions[*func as usize].bindings[*index as usize]
                }
                other => other,
            };
            if let Expr::Call(maker) = bound {
                makers.push(&facts.calls[*maker as usize]);
            }
        }
        let is_class = |value: &Value| matches!(value, Value::Class(_));
        let mut makers = makers.into_iter();
        makers.any(|call| self.eval.root(&call.callee, scope).iter().any(is_class))
    }

    /// Whether a call says of a key what the method knows by itself, or less: its object's fields are as the repository
    /// makes such objects. Of one that is made where it is called (`is_made_here`), by what it is not given alone.
    fn is_known_inside(
        &mut self,
        method: &Closure,
        open: &Use,
        (said, is_made_here): (&Values, bool),
    ) -> bool {
        if !hangs_on_fields(&open.key) {
            return false;
        }
        let made = match is_made_here {
            true => self.open_uses_by_default(&method.func),
            false => self.open_uses_as_made(&method.func),
        };
        let made = made
            .iter()
            .filter(|it| it.op == open.op && it.trace == open.trace);
        let ways: Vec<Vec<Pattern>> = made.map(|it| patterns(&it.key)).collect();
        let said = patterns(said);
        let is_known = |it: &Pattern| ways.iter().any(|known| known.contains(it));
        let is_said = |it: &Pattern| !it.is_opaque() && said.contains(it);
        match ways.as_slice() {
            [] => false,
            // Such an object is made in one way alone, however little is known of it here.
            [known] => !is_any(known) && known.iter().all(|it| is_part_of(it, &said)),
            _ => said.iter().all(is_known) && ways.iter().flatten().all(is_said),
        }
    }

    /// Whether the text of a use's key is made in a function itself: what it calls only hands on what it is given.
    fn is_made_in(&mut self, function: &Closure, used: &Use) -> bool {
        // What stands within it, and is called there, is its own text.
        let mut chain = used.chain.iter();
        let Some(next) = chain.find(|next| !is_within(next, &function.func)) else {
            return true;
        };
        let next = Closure {
            func: next.clone(),
            this: None,
            outer: None,
            given: None,
        };
        let open = self.open_uses(&next);
        let mut same = open.iter().filter(|it| it.op == used.op);
        same.all(|it| is_bare(&it.key))
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
        let Some(leads) = self.address_leads(&name, scope.file) else {
            return true;
        };
        leads.iter().any(|lead| {
            let args = lead.args(call);
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
        if let Some((known, read)) = self.functions.open.get(&closure.func)
            && self.program.read_again(*read)
        {
            return known.clone();
        }
        self.program.note();
        let scope = self.open_scope(&closure.func);
        let uses: Rc<[Use]> = self
            .question(|this| this.uses_in(&closure.func, &scope, MAX_CHAIN - 1))
            .into();
        let known = (uses.clone(), self.program.noted());
        self.functions.open.insert(closure.func.clone(), known);
        uses
    }

    /// A question with a budget of its own, which is no part of that of the one in hand: who asks
    /// first must not tell how far an answer goes.
    pub(crate) fn question<R>(&mut self, ask: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.eval.total;
        let outer = std::mem::replace(&mut self.limit, before + MAX_QUESTION);
        let was_on_way = std::mem::take(&mut self.is_on_way);
        let answer = ask(self);
        self.is_on_way = was_on_way;
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
            let call = &func.facts.calls[index as usize];
            if self.may_matter(call, &func.facts, func.file) && !self.is_called_inside(call, func) {
                found.extend(self.uses_behind(index, func, scope, depth));
            }
        }
        found
    }

    /// The uses that one call in a function's body comes to, be it in a function within it that is called by its name.
    pub(crate) fn uses_behind(
        &mut self,
        index: u32,
        func: &FuncRef,
        scope: &Scope,
        depth: usize,
    ) -> Vec<Use> {
        let call = &func.facts.calls[index as usize];
        if !self.may_matter(call, &func.facts, func.file) {
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
        for closure in self.all_callees(call, scope) {
            self.eval.total += 1;
            if closure.func == *func || !self.reaches(&closure.func) {
                continue;
            }
            // What several classes do alike is told of the first of them.
            let others = found.len();
            for used in self.uses_called(&closure, (call, scope), depth - 1).iter() {
                let is_same =
                    |it: &Use| (it.op, &it.key, &it.bucket) == (used.op, &used.key, &used.bucket);
                if found[..others].iter().any(is_same) {
                    continue;
                }
                let mut used = used.clone();
                used.chain.insert(0, closure.func.clone());
                used.call = index;
                used.arg = None;
                used.trace.push((closure.func.facts.id, index));
                found.push(used);
            }
        }
        found
    }

    /// The uses in a function that a call calls, with what it gives. Where one condition chooses several of its arguments,
    /// or what it is made on, each way is gone by itself.
    fn uses_called(
        &mut self,
        closure: &Closure,
        (call, scope): (&Call, &Scope),
        depth: usize,
    ) -> Rc<[Use]> {
        let uses = self.uses_on_way(closure, (call, scope), depth);
        // Most keys have one value: nothing can go together.
        let may_cross = |used: &Use| used.key.iter().len() > 1 || used.key.is_too_many();
        if self.is_on_way || !uses.iter().any(may_cross) {
            return uses;
        }
        let parts = parts_of_call(call);
        let ways = self.eval.apart(|eval| eval.ways(&parts, scope));
        if ways.len() == 1 && ways[0].frame == scope.frame {
            return uses;
        }
        self.uses_in_ways(closure, (call, &ways), depth)
            .unwrap_or(uses)
    }

    fn uses_on_way(
        &mut self,
        closure: &Closure,
        (call, scope): (&Call, &Scope),
        depth: usize,
    ) -> Rc<[Use]> {
        let args = self.eval.root_args(&call.args, scope);
        let given = self.eval.apart(|eval| eval.bind(closure, &args));
        self.uses_with(closure, given, depth)
    }

    /// `None` where a key has more alternatives in all ways than can be told.
    fn uses_in_ways(
        &mut self,
        closure: &Closure,
        (call, ways): (&Call, &[Scope]),
        depth: usize,
    ) -> Option<Rc<[Use]>> {
        let mut all: Vec<(Use, Vec<Value>)> = Vec::new();
        let before = self.eval.total;
        // Of several ways a run takes one: they take what the longest does, and are not parted again.
        let mut longest = before;
        self.is_on_way = true;
        for way in ways {
            longest = longest.max(std::mem::replace(&mut self.eval.total, before));
            // The object that the function is called on may be another one on each way.
            let callees = self.callees(call, way);
            let on_way: Vec<&Closure> = match callees.contains(closure) {
                true => vec![closure],
                false => callees
                    .iter()
                    .filter(|it| it.func == closure.func)
                    .collect(),
            };
            for closure in on_way {
                for used in self.uses_on_way(closure, (call, way), depth).iter() {
                    let keys = used.key.iter().cloned();
                    let is_same =
                        |known: &Use| is_same_use(known, used) && known.bucket == used.bucket;
                    match all.iter_mut().find(|(known, _)| is_same(known)) {
                        Some((_, all)) => all.extend(keys),
                        None => all.push((used.clone(), keys.collect())),
                    }
                }
            }
        }
        self.is_on_way = false;
        self.eval.total = longest.max(self.eval.total);
        let told = all.into_iter().map(|(used, keys)| {
            let key = Values::all_of(keys)?;
            Some(Use { key, ..used })
        });
        told.collect()
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

    /// Whether a function's body, or one it calls, may hold a use.
    pub(crate) fn reaches(&mut self, func: &FuncRef) -> bool {
        if let Some(known) = self.known_to_reach(func) {
            return known;
        }
        self.program.note();
        let (reaching, others) = self.question(|this| this.find_reaching(func));
        let read = self.program.noted();
        let known = reaching.into_iter().map(|func| (func, (true, read)));
        let others = others.into_iter().map(|func| (func, (false, read)));
        let known: Vec<_> = known.chain(others).collect();
        let reaches = known.iter().any(|(_, (reaches, _))| *reaches);
        self.functions.reaching.extend(known);
        reaches
    }

    fn known_to_reach(&self, func: &FuncRef) -> Option<bool> {
        let (known, read) = self.functions.reaching.get(func)?;
        self.program.read_again(*read).then_some(*known)
    }

    /// The functions that are found to come to a use, from where one calls the next: all from `func` on, or none. Then
    /// those that do not.
    fn find_reaching(&mut self, func: &FuncRef) -> (Vec<FuncRef>, Vec<FuncRef>) {
        // Each with the place of the one that calls it.
        let mut open: Vec<(FuncRef, usize)> = vec![(func.clone(), 0)];
        let mut seen: FxHashSet<FuncRef> = FxHashSet::default();
        seen.insert(func.clone());
        let mut at = 0;
        while at < open.len() {
            let func = open[at].0.clone();
            let called = match self.known_to_reach(&func) {
                Some(true) => None,
                Some(false) => Some(Vec::new()),
                None => self.called_by(&func),
            };
            // So many functions are looked into rather than ruled out.
            let Some(called) = called.filter(|_| open.len() <= MAX_REACHED) else {
                let mut reaching = vec![func];
                while at > 0 {
                    at = open[at].1;
                    reaching.push(open[at].0.clone());
                }
                return (reaching, Vec::new());
            };
            for func in called {
                if seen.insert(func.clone()) {
                    open.push((func, at));
                }
            }
            at += 1;
        }
        let others = open.into_iter().map(|(func, _)| func);
        (Vec::new(), others.collect())
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
            let callees = self.all_callees(call, &scope).into_iter();
            found.extend(callees.map(|callee| callee.func));
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
}

/// Whether two uses are one and the same with other keys, be it in other buckets.
fn is_same_use(one: &Use, other: &Use) -> bool {
    let of = |used: &Use| {
        let kind = (used.op, used.needs_scheme, used.below, used.is_possible);
        (used.call, kind)
    };
    of(one) == of(other)
        && one.trace == other.trace
        && one.chain == other.chain
        && one.arg == other.arg
}

/// Whether a function makes an object of its class, by its name.
pub(crate) fn is_constructor(function: &Function) -> bool {
    function.class.is_some() && matches!(&*function.name, "__init__" | "constructor")
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

/// A use behind a call as the call tells of it: at the argument that gives it. `None` where an object of which nothing
/// is known gives it.
fn as_told_by(
    closure: &Closure,
    (giver, key): (Giver, &Values),
    (index, call): (u32, &Call),
    used: Use,
) -> Option<Use> {
    let before = closure.given.as_ref();
    let before = before.map_or(0, |given| given.positional.len());
    let (arg, key) = match giver {
        Giver::Argument(param) => {
            let arg = argument_of_param(call, &closure.func, param, before);
            (arg, key.clone())
        }
        Giver::Receiver => (None, told(key)?),
    };
    let mut chain = vec![closure.func.clone()];
    chain.extend(used.chain);
    Some(Use {
        call: index,
        arg,
        chain,
        key,
        ..used
    })
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
    let is_other = by_caller != by_itself || is_open(open) && !is_open(bound);
    (is_other && !says_less).then(|| bound.clone())
}

/// Of one method on objects of several classes: where one of them says more of a key, what the others say, of which it
/// says no more than their class does, is told there as well.
fn told_as_well(mut silent: Vec<Use>, found: &[Use]) -> Vec<Use> {
    let says = |key: &Values| !patterns(key).iter().any(Pattern::is_opaque);
    silent.retain(|silent| {
        let is_same = |it: &&Use| it.chain == silent.chain && it.trace == silent.trace;
        says(&silent.key) && found.iter().filter(is_same).any(|it| says(&it.key))
    });
    silent
}

/// The class of the object that a method is called on.
fn class_of(method: &Closure) -> Option<&ClassRef> {
    match method.this.as_deref()? {
        Value::Instance { class, .. } | Value::Class(class) => Some(class),
        _ => None,
    }
}

/// Whether a caller chooses some of the texts that a key may be, or leaves nobody else to choose them.
fn is_chosen(open: &Values, filled: &Values) -> bool {
    is_open(open) && (!is_open(filled) || patterns(filled).len() < patterns(open).len())
}

/// Whether a parameter chooses among the texts that a key may be.
fn is_open(key: &Values) -> bool {
    let is_one = |value: &Value| matches!(value, Value::Text(text) if text.chosen.is_some());
    key.iter().any(is_one)
}

/// Whether a key as a caller fills it in may go every way that it goes in the function by itself.
fn says_again(open: &Values, filled: &Values) -> bool {
    let said = patterns(filled);
    patterns(open).iter().all(|it| said.contains(it))
}

/// Whether a key as a caller fills it in has words that the function by itself has not. Where it has none, the caller
/// says how what is not known is parted, and the site stays where its text is.
pub(crate) fn says_more(open: &Values, filled: &Values) -> bool {
    let own: Vec<Vec<String>> = patterns(open).iter().map(words).collect();
    is_bare(open) || patterns(filled).iter().any(|it| !own.contains(&words(it)))
}

/// The literal stretches of a pattern without those between two wildcards that are marks alone, or the letter between
/// a date and a time.
fn words(pattern: &Pattern) -> Vec<String> {
    let stretches: Vec<String> = pattern.to_string().split('*').map(str::to_owned).collect();
    let last = stretches.len() - 1;
    let is_word = |(at, stretch): &(usize, String)| {
        let says = stretch.chars().any(char::is_alphanumeric) && stretch != "T";
        *at == 0 || *at == last || says
    };
    let words = stretches.into_iter().enumerate().filter(is_word);
    words.map(|(_, stretch)| stretch).collect()
}

/// Whether some of a key's ways may be anything.
fn is_any(said: &[Pattern]) -> bool {
    said.iter().any(Pattern::is_opaque)
}

/// Whether a way that a key may go is one of some, or part of one.
fn is_part_of(way: &Pattern, ways: &[Pattern]) -> bool {
    ways.iter().any(|it| covers(it, way) == Verdict::Yes)
}

/// What is told of a key: its alternatives without those of which nothing is known.
fn told(key: &Values) -> Option<Values> {
    let is_told = |value: &&Value| !is_bare(&Values::one((*value).clone()));
    let told: Vec<Value> = key.iter().filter(is_told).cloned().collect();
    (!told.is_empty()).then(|| Values::collect(told))
}
