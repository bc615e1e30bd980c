//! Who calls an in-repo function, by which names it is called, and from within what.

use std::rc::Rc;

use smol_str::SmolStr;

use crate::crowds::{Near, top_in_crowd};
use crate::facts::Call;
use crate::index::DEFAULT;
use crate::sites::{CallPlace, Finder};
use crate::source_rules::{is_example_path, is_test_path};
use crate::value::{FileId, FuncRef, Value};
use crate::wrappers::is_everybodys;

/// A function with more callers than this is taken as one that anybody may call.
pub(crate) const MAX_CALLERS: usize = 64;
/// A function goes by as many names.
const MAX_NAMES: usize = 16;

impl Finder<'_> {
    /// The innermost function from `func` out to `outer` that somebody calls: a closure's callers give
    /// what it was made with as well.
    pub(crate) fn called_below(&mut self, func: &FuncRef, outer: FuncRef) -> FuncRef {
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
    pub(crate) fn is_called_inside(&mut self, call: &Call, func: &FuncRef) -> bool {
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

    /// Every call of a function. Those after the first [`MAX_CALLERS`] are not looked for, nor those
    /// in tests: whoever else calls a handler (a framework, a queue) is not seen, and what its test
    /// gives it is not shown, so that the test would hide the site. Nor does an example hide it: what it
    /// gives to a library is one of all the things that others give.
    pub(crate) fn callers(&mut self, func: &FuncRef) -> Rc<[CallPlace]> {
        if let Some((known, read)) = self.functions.callers.get(func)
            && self.program.read_again(*read)
        {
            return known.clone();
        }
        self.program.note();
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
            && matches!(name.as_str(), "__init__" | "constructor")
        {
            names.push(class.name.clone());
        }
        if name != DEFAULT && self.leads(DEFAULT, func.file) && self.is_exported_whole(func) {
            names.push(DEFAULT.into());
        }
        self.add_other_names(&mut names, func.file);
        // What it takes to find out is no part of the question in hand, which may find it known.
        let found = self.question(|this| this.calls_by(&names, func));
        let found: Rc<[_]> = found.into();
        let read = self.program.noted();
        let known = (found.clone(), read);
        self.functions.callers.insert(func.clone(), known);
        found
    }

    /// The calls of a function by some names.
    fn calls_by(&mut self, names: &[SmolStr], func: &FuncRef) -> Vec<CallPlace> {
        let mut found = Vec::new();
        for name in names {
            for file in self.files_that_call(name, func.file) {
                self.callers_in(file, func, name, &mut found);
                if found.len() > MAX_CALLERS {
                    break;
                }
            }
        }
        found
    }

    /// The files that call something of a file by a name; neither tests nor examples, unless it is one itself.
    pub(crate) fn files_that_call(&self, name: &str, own: FileId) -> Vec<FileId> {
        let own = self.program.path(own);
        let within = [is_test_path(&own), is_example_path(&own)];
        let top = top_in_crowd(self.program, &own);
        let counts = |file: &FileId| {
            let path = self.program.path(*file);
            (within[0] || !is_test_path(&path))
                && (within[1] || !is_example_path(&path))
                && Near::of(self.program, *file).is_under(&top)
        };
        let files = self.program.callers(name);
        files.iter().copied().filter(counts).collect()
    }

    /// The names that something goes by beside those that it has, one after the other.
    pub(crate) fn add_other_names(&mut self, names: &mut Vec<SmolStr>, file: FileId) {
        let mut at = 0;
        while at < names.len() && names.len() < MAX_NAMES {
            for other in self.program.other_names(&names[at]).iter() {
                if !names.contains(other) && !is_everybodys(other) && self.leads(other, file) {
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
            if self
                .all_callees(call, &scope)
                .iter()
                .any(|c| c.func == *func)
            {
                found.push(place);
            }
            if found.len() > MAX_CALLERS {
                return;
            }
        }
    }
}

/// Whether a function is another one or stands in it.
pub(crate) fn is_within(inner: &FuncRef, func: &FuncRef) -> bool {
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
