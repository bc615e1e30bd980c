//! Functions that a call is given to run: by a thread, a pool, a queue, later, or with each element of a list.
//! What they are given there is a call of them, and is recorded as one beside the call that stands in the text.

use smol_str::SmolStr;

use crate::facts::{Arg, ArgKind, Expr};
use crate::language::Language;
use crate::walk::Walker;

/// A call that another one stands for: what is called, and with what.
pub(crate) struct Handed {
    pub(crate) callee: Expr,
    pub(crate) args: Vec<Arg>,
    /// What the call in the text is worth.
    pub(crate) worth: Worth,
}

/// What a call is worth that another one stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// What comes of the other one.
    Same,
    /// A list of that.
    Each,
    /// Something else, or who knows.
    Other,
}

/// A list of more rows than this is not gone through row by row.
const MAX_ROWS: usize = 8;

/// Functions that run another one, with all that follows it.
fn runs_at(name: &str) -> Option<usize> {
    match name {
        "to_thread"
        | "run_in_threadpool"
        | "run_sync_in_worker_thread"
        | "run_sync"
        | "run_in_thread"
        | "partial"
        | "call_soon"
        | "call_soon_threadsafe"
        | "start_soon"
        | "submit" => Some(0),
        "run_in_executor" | "call_later" => Some(1),
        _ => None,
    }
}

/// Whether something by that name runs its first argument with each element of what follows.
fn runs_with_each(name: &str) -> bool {
    matches!(
        name,
        "map"
            | "imap"
            | "imap_unordered"
            | "map_async"
            | "uimap"
            | "amap"
            | "thread_map"
            | "process_map"
    )
}

/// Whether something by that name runs its first argument with what follows it: again where it fails, later, or
/// elsewhere.
fn runs_its_first(name: &str) -> bool {
    const WORDS: [&str; 15] = [
        "limit",
        "retry",
        "retries",
        "attempt",
        "backoff",
        "thread",
        "executor",
        "background",
        "enqueue",
        "spawn",
        "add_task",
        "add_job",
        "safe_call",
        "call_with",
        "run_with",
    ];
    let name = name.to_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Functions of Python's own that make no key: of these the list is asked for, element by element.
fn is_builtin(function: &Expr) -> bool {
    matches!(function, Expr::Name(name) if matches!(
        name.as_str(),
        "str" | "int" | "float" | "repr" | "len" | "bool" | "list" | "tuple" | "dict" | "type" | "print" | "bytes"
    ))
}

/// Whether an expression may stand for a function, by its syntax.
pub(crate) fn is_function(value: &Expr) -> bool {
    matches!(
        value,
        Expr::Attr(..) | Expr::Name(_) | Expr::Local { .. } | Expr::Own(_) | Expr::Func(_)
    )
}

fn plain(value: Expr) -> Arg {
    Arg {
        keyword: None,
        kind: ArgKind::Plain,
        value,
    }
}

/// An element of the list that an argument is, by the same name.
fn each_of(arg: &Arg) -> Arg {
    let value = match arg.kind {
        ArgKind::Plain => Expr::Each(Box::new(arg.value.clone())),
        _ => arg.value.clone(),
    };
    Arg {
        value,
        ..arg.clone()
    }
}

fn named<'a>(args: &'a [Arg], names: &[&str]) -> Option<&'a Expr> {
    let is_it = |arg: &&Arg| arg.keyword.as_deref().is_some_and(|it| names.contains(&it));
    args.iter().find(is_it).map(|arg| &arg.value)
}

/// Arguments given as a tuple and a dict of them.
fn packed(list: Option<&Expr>, map: Option<&Expr>) -> Vec<Arg> {
    let mut args = match list {
        Some(Expr::List(elements)) => elements.iter().cloned().map(plain).collect(),
        Some(other) => vec![Arg {
            keyword: None,
            kind: ArgKind::Spread,
            value: other.clone(),
        }],
        None => Vec::new(),
    };
    match map {
        Some(Expr::Map(entries)) => args.extend(entries.iter().filter_map(|(key, value)| {
            let Some(Expr::Text(name)) = key else {
                return None;
            };
            Some(Arg {
                keyword: Some(name.clone()),
                kind: ArgKind::Plain,
                value: value.clone(),
            })
        })),
        Some(other) => args.push(Arg {
            keyword: None,
            kind: ArgKind::SpreadMap,
            value: other.clone(),
        }),
        None => {}
    }
    args
}

impl Walker<'_> {
    /// The calls that a call makes of what it is given.
    pub(crate) fn handed(&mut self, callee: &Expr, args: &[Arg]) -> Vec<Handed> {
        let Some(name) = self.called_name(callee) else {
            let operation = self.operation_given(args);
            let operation = operation.filter(|_| self.language == Language::Python);
            return operation.into_iter().collect();
        };
        let name = &name.clone();
        // `save.submit(key)`, where an executor is given the function.
        let is_string = |arg: &Arg| matches!(arg.value, Expr::Text(_) | Expr::Concat(_));
        let is_own = args.len() == 1 || args.first().is_some_and(is_string);
        let is_task = name == "submit" && is_own;
        if let Some(place) = runs_at(name).filter(|_| !is_task) {
            // What is kept under a name of the module is called by that.
            if name == "partial" && self.function().is_none() {
                return Vec::new();
            }
            let others_follow = args.len() > place + 1;
            let Some(arg) = args.get(place).filter(|_| others_follow) else {
                return Vec::new();
            };
            if arg.kind != ArgKind::Plain || arg.keyword.is_some() {
                return Vec::new();
            }
            let Some((callee, mut given)) = self.runnable(&arg.value) else {
                return Vec::new();
            };
            given.extend_from_slice(&args[place + 1..]);
            return vec![Handed {
                callee,
                args: given,
                worth: Worth::Same,
            }];
        }
        match self.language {
            Language::Python => self.handed_in_python(callee, name, args),
            Language::TypeScript => self.handed_in_javascript(name, args),
            Language::Json => Vec::new(),
        }
    }

    /// `pMap(keys, remove)`, `limit(put, key)`: functions by their name; those that are written in place are walked there.
    fn handed_in_javascript(&mut self, name: &str, args: &[Arg]) -> Vec<Handed> {
        let is_plain = |arg: &Arg| arg.kind == ArgKind::Plain;
        if !args.iter().all(is_plain) {
            return Vec::new();
        }
        let is_named = |arg: &Arg| is_function(&arg.value) && !matches!(arg.value, Expr::Func(_));
        let (function, given, worth) = match (name, args) {
            ("pMap" | "pEach" | "pMapSeries" | "pEachSeries" | "pFilter", [list, function, ..])
            | ("mapLimit" | "eachLimit" | "forEachLimit", [list, _, function, ..]) => {
                (function, vec![each_of(list)], Worth::Each)
            }
            (name, [function, rest @ ..]) if runs_its_first(name) && !rest.is_empty() => {
                (function, rest.to_vec(), Worth::Same)
            }
            _ => return Vec::new(),
        };
        if !is_named(function) {
            return Vec::new();
        }
        let Some((callee, mut args)) = self.runnable(&function.value) else {
            return Vec::new();
        };
        args.extend(given);
        vec![Handed {
            callee,
            args,
            worth,
        }]
    }

    fn handed_in_python(&mut self, callee: &Expr, name: &SmolStr, args: &[Arg]) -> Vec<Handed> {
        let once = |(callee, mut given): (Expr, Vec<Arg>), more: Vec<Arg>| {
            given.extend(more);
            vec![Handed {
                callee,
                args: given,
                worth: Worth::Same,
            }]
        };
        let first = args.first().filter(|arg| arg.kind == ArgKind::Plain);
        let first = first
            .filter(|arg| arg.keyword.is_none())
            .map(|arg| &arg.value);
        let on = match callee {
            Expr::Attr(object, _) if is_function(object) => Some(object.as_ref()),
            _ => None,
        };
        match (name.as_str(), first) {
            (name, Some(function)) if runs_with_each(name) && args.len() > 1 => {
                self.with_each(function, &args[1..])
            }
            ("starmap" | "starmap_async", Some(function)) if args.len() > 1 => {
                self.with_each_row(function, &args[1].value)
            }
            ("apply" | "apply_async", Some(function)) if is_function(function) => {
                let second = args.get(1).filter(|arg| arg.keyword.is_none());
                let list = named(args, &["args"]).or(second.map(|arg| &arg.value));
                let more = packed(list, named(args, &["kwds"]));
                match self.runnable(function).filter(|_| !more.is_empty()) {
                    Some(function) => once(function, more),
                    None => Vec::new(),
                }
            }
            // A task of a queue, run by its own name.
            (
                "delay" | "remote" | "si" | "s" | "spawn" | "submit" | "local" | "fn" | "send"
                | "kiq" | "defer" | "defer_async" | "delay_on_commit",
                _,
            ) if !args.is_empty() && on.is_some() => {
                let function = on.and_then(|on| self.runnable(on));
                function.map_or_else(Vec::new, |function| once(function, args.to_vec()))
            }
            ("apply_async", first) if on.is_some() => {
                let list = named(args, &["args"]).or(first);
                let more = packed(list, named(args, &["kwargs"]));
                let function = on.and_then(|on| self.runnable(on));
                function.map_or_else(Vec::new, |function| once(function, more))
            }
            // `save.map(keys)`, `save.expand(key=keys)`: a task, with each element of each list.
            ("map" | "expand", _) if !args.is_empty() && on.is_some() => {
                let function = on.and_then(|on| self.runnable(on));
                let each = args.iter().map(each_of).collect();
                let made = function.map_or_else(Vec::new, |function| once(function, each));
                let as_list = |made: Handed| Handed {
                    worth: Worth::Each,
                    ..made
                };
                made.into_iter().map(as_list).collect()
            }
            // `Thread(target=save, args=(key,))`, and whatever else is told so of a function.
            _ => {
                if let Some(operation) = self.operation_given(args) {
                    return vec![operation];
                }
                if let Some(function) = first.filter(|it| runs_its_first(name) && is_function(it)) {
                    return self.run_with(function, args, &args[1..]);
                }
                match named(args, &["target", "python_callable", "func", "fn"]) {
                    Some(function) => self.run_with(function, args, &[]),
                    None => Vec::new(),
                }
            }
        }
    }

    /// A function that is run with arguments that a list and a dict hold, else with those that follow it.
    fn run_with(&mut self, function: &Expr, args: &[Arg], following: &[Arg]) -> Vec<Handed> {
        let list = named(args, &["args", "op_args", "fargs"]);
        let map = named(args, &["kwargs", "op_kwargs", "fkwargs", "kwds"]);
        let packed = packed(list, map);
        let more = match packed.is_empty() {
            true => following.to_vec(),
            false => packed,
        };
        if more.is_empty() {
            return Vec::new();
        }
        let Some((callee, mut given)) = self.runnable(function) else {
            return Vec::new();
        };
        given.extend(more);
        vec![Handed {
            callee,
            args: given,
            worth: Worth::Other,
        }]
    }

    fn with_each(&mut self, function: &Expr, lists: &[Arg]) -> Vec<Handed> {
        let is_list = |arg: &&Arg| arg.kind == ArgKind::Plain && arg.keyword.is_none();
        let each: Vec<Expr> = lists
            .iter()
            .take_while(is_list)
            .map(|arg| Expr::Each(Box::new(arg.value.clone())))
            .collect();
        if each.is_empty() || is_builtin(function) {
            return Vec::new();
        }
        if let Expr::Func(func) = function {
            let params = &mut self.facts.functions[*func as usize].params;
            for (param, value) in params.iter_mut().zip(each) {
                param.given = Some(value);
            }
            return Vec::new();
        }
        let Some((callee, mut args)) = self.runnable(function) else {
            return Vec::new();
        };
        args.extend(each.into_iter().map(plain));
        vec![Handed {
            callee,
            args,
            worth: Worth::Each,
        }]
    }

    fn with_each_row(&mut self, function: &Expr, rows: &Expr) -> Vec<Handed> {
        let Some((callee, given)) = self.runnable(function) else {
            return Vec::new();
        };
        let with = |more: Vec<Arg>| Handed {
            callee: callee.clone(),
            args: given.iter().cloned().chain(more).collect(),
            worth: Worth::Each,
        };
        match self.rows(rows, MAX_ROWS) {
            Some(rows) => {
                let rows = rows.into_iter();
                rows.map(|row| with(row.into_iter().map(plain).collect()))
                    .collect()
            }
            None => vec![with(vec![Arg {
                keyword: None,
                kind: ArgKind::Spread,
                value: Expr::Each(Box::new(rows.clone())),
            }])],
        }
    }

    /// The rows of a list of tuples, where the code writes them: each by itself, or all by one.
    fn rows(&self, list: &Expr, depth: usize) -> Option<Vec<Vec<Expr>>> {
        let depth = depth.checked_sub(1)?;
        match list {
            Expr::List(rows) if rows.len() <= MAX_ROWS => {
                let row = |row: &Expr| match row {
                    Expr::List(row) => Some(row.clone()),
                    _ => None,
                };
                rows.iter().map(row).collect()
            }
            Expr::Every(row) => match row.as_ref() {
                Expr::List(row) => Some(vec![row.clone()]),
                _ => None,
            },
            Expr::Filtered(list) | Expr::Set(list) | Expr::When(_, list) => self.rows(list, depth),
            Expr::Local { func, index } => {
                let bound = &self.facts.functions[*func as usize].bindings[*index as usize];
                self.rows(bound, depth)
            }
            Expr::Call(index) => {
                let call = &self.facts.calls[*index as usize];
                if call.callee_name().is_none_or(|name| name != "zip") {
                    return None;
                }
                let each = call.args.iter();
                let each = each.map(|arg| Expr::Each(Box::new(arg.value.clone())));
                Some(vec![each.collect()])
            }
            _ => None,
        }
    }

    /// The name that a call goes by, of what the function around imports the one that it has where it comes from.
    fn called_name<'a>(&'a self, callee: &'a Expr) -> Option<&'a SmolStr> {
        match callee {
            Expr::Name(name) | Expr::Attr(_, name) => Some(name),
            Expr::Local { func, index } => {
                match &self.facts.functions[*func as usize].bindings[*index as usize] {
                    Expr::Import(import) => self.facts.import_name(*import),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What is run where a function stands as a value, and what it was given before: itself, or what
    /// `partial` made of it.
    fn runnable(&mut self, value: &Expr) -> Option<(Expr, Vec<Arg>)> {
        if let Some(made) = self.made_partial(value) {
            return Some(made);
        }
        is_function(value).then(|| (value.clone(), Vec::new()))
    }

    /// What a callee stands for: `partial(save, "raw")("x")`, `delayed(save)("x")`, `getattr(s3, "put_object")(…)`.
    pub(crate) fn called_through(&mut self, callee: &Expr) -> Option<(Expr, Vec<Arg>)> {
        if let Some(made) = self.made_partial(callee) {
            return Some(made);
        }
        let Expr::Call(index) = callee else {
            return None;
        };
        let call = &self.facts.calls[*index as usize];
        let name = self.called_name(&call.callee)?;
        if let ("getattr", [object, member]) = (name.as_str(), call.args.as_slice())
            && let Expr::Text(member) = &member.value
        {
            let member = Expr::Attr(Box::new(object.value.clone()), member.clone());
            return Some((member, Vec::new()));
        }
        // `save.options(retries=3)(key)`: a task that is told how to run.
        if matches!(
            name.as_str(),
            "options" | "with_options" | "override" | "set"
        ) && let Expr::Attr(task, _) = &call.callee
            && is_function(task)
        {
            return Some(((**task).clone(), Vec::new()));
        }
        let is_such = matches!(
            name.as_str(),
            "delayed"
                | "sync_to_async"
                | "async_to_sync"
                | "asyncify"
                | "partial"
                | "database_sync_to_async"
        );
        let function = call.args.first().filter(|_| is_such)?;
        is_function(&function.value).then(|| (function.value.clone(), Vec::new()))
    }

    /// The function and the arguments that `partial` was given. The call that was recorded where it stands
    /// is taken back: the function is run here.
    pub(crate) fn made_partial(&mut self, value: &Expr) -> Option<(Expr, Vec<Arg>)> {
        let index = match value {
            Expr::Call(index) => *index,
            Expr::Local { func, index } => {
                match &self.facts.functions[*func as usize].bindings[*index as usize] {
                    Expr::Call(index) => *index,
                    _ => return None,
                }
            }
            _ => return None,
        };
        let written = index.checked_sub(1)?;
        let calls = &self.facts.calls;
        let partial = &calls[written as usize];
        let name = self.called_name(&partial.callee);
        let is_partial = name.is_some_and(|name| name == "partial");
        let (function, given) = partial.args.split_first().filter(|_| is_partial)?;
        if calls[index as usize].args.as_slice() != given || !is_function(&function.value) {
            return None;
        }
        let made = (function.value.clone(), given.to_vec());
        self.facts.calls[index as usize].callee = Expr::Unknown("partial".into());
        Some(made)
    }
}
