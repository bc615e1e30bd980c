//! Calls that say which operation they mean by other things than the name of what they call: by a string
//! (`provider.request("S3", "putObject", params)`, `s3[method](params)`), or by a method that was kept as a value
//! (`promisify(s3.getObject)(params)`). The operations are those of the API tables.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;
use smol_str::{SmolStr, ToSmolStr};

use crate::apis::{Api, ApiTable, ArgSpec, api_table};
use crate::eval::Scope;
use crate::facts::{ArgKind, Call, Expr, Facts, Name};
use crate::folders::below;
use crate::keys::{argument, bucket_of, locate, open_bucket_of};
use crate::language::Language;
use crate::sites::{Finder, Use};
use crate::value::{Args, Value, Values};

/// The name that a call of `object[method](…)` is known by.
pub(crate) const INDEXED: &str = "[]";
/// What a method's value is looked for behind, one in the other.
const MAX_PEELS: u32 = 8;

/// Which argument of such a call says what.
pub(crate) struct Dispatched<'c> {
    /// The name of the service, where the call gives one.
    pub(crate) service: Option<&'c Expr>,
    pub(crate) operation: &'c Expr,
    /// The place of the operation's own arguments.
    pub(crate) params: usize,
    /// The object that has the operations, where the operation is an index of it.
    on: Option<&'c Expr>,
}

/// The operation that a word names: `putObject`, `PutObject`, `PutObjectCommand`.
fn operation_named(word: &str) -> String {
    let word = word.strip_suffix("Command").unwrap_or(word);
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

fn is_s3(service: &str) -> bool {
    service.eq_ignore_ascii_case("s3") || service.eq_ignore_ascii_case("s3client")
}

impl ApiTable {
    /// The rows of an operation that is called by its name, as a client's method.
    fn operation(&self, word: &str) -> Vec<&Api> {
        let rows = self.rows(&operation_named(word)).iter();
        rows.filter(|api| is_operation(api)).collect()
    }

    /// How a call names its operation, by its syntax; `None` for one that calls what it means.
    pub(crate) fn dispatched<'c>(&self, call: &'c Call, facts: &Facts) -> Option<Dispatched<'c>> {
        if let Expr::Index(object, operation) = &call.callee {
            let may_be = !matches!(operation.as_ref(), Expr::Int(_) | Expr::Call(_));
            return (may_be && names_s3(object, facts, 4)).then_some(Dispatched {
                service: None,
                operation: operation.as_ref(),
                params: 0,
                on: Some(object.as_ref()),
            });
        }
        let plain = call.args.iter().all(|arg| arg.kind == ArgKind::Plain);
        if !plain || call.args.len() < 2 {
            return None;
        }
        let value = |at: usize| call.args.get(at).map(|arg| &arg.value);
        // The names themselves.
        for (at, pair) in call.args.windows(2).enumerate().take(3) {
            if let (Expr::Text(service), Expr::Text(word)) = (&pair[0].value, &pair[1].value)
                && is_s3(service)
                && !self.operation(word).is_empty()
            {
                return Some(Dispatched {
                    service: None,
                    operation: &pair[1].value,
                    params: at + 2,
                    on: None,
                });
            }
        }
        let name = call.callee_name()?;
        let row = self.dispatch().iter().find(|row| row.name == *name)?;
        if call.args.len() <= row.params {
            return None;
        }
        Some(Dispatched {
            service: row.service.and_then(value),
            operation: value(row.operation)?,
            params: row.params,
            on: None,
        })
    }

    /// What of such a call leads to a site.
    pub(crate) fn dispatched_keys<'c>(&self, call: &'c Call, facts: &Facts) -> Vec<&'c Expr> {
        let Some(dispatched) = self.dispatched(call, facts) else {
            return Vec::new();
        };
        let params = call.args.get(dispatched.params).map(|arg| &arg.value);
        let all = [dispatched.service, Some(dispatched.operation), params];
        all.into_iter().flatten().collect()
    }
}

fn is_operation(api: &Api) -> bool {
    let row = &api.row;
    row.module.is_none() && row.on.is_none() && row.when.is_none() && row.key.position == Some(0)
}

/// Whether an object is called after S3, or as a client is.
pub(crate) fn names_s3(object: &Expr, facts: &Facts, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    // `S3_WRITERS[kind]` is a table.
    let says = |name: &str| {
        let is_constant = !name.contains(char::is_lowercase) && name.contains('_');
        let name = name.to_ascii_lowercase();
        !is_constant && (name.contains("s3") || name == "client")
    };
    match object {
        Expr::Name(name) | Expr::Attr(_, name) => says(name),
        Expr::Param { func, index } => {
            says(&facts.functions[*func as usize].params[*index as usize].name)
        }
        Expr::Local { func, index } => {
            let bound = &facts.functions[*func as usize].bindings[*index as usize];
            names_s3(bound, facts, depth)
        }
        Expr::Call(index) => names_s3(&facts.calls[*index as usize].callee, facts, depth),
        Expr::Declared(both) => names_s3(&both.0, facts, depth),
        Expr::When(_, inner) => names_s3(inner, facts, depth),
        Expr::Alt(all) => all.iter().any(|one| names_s3(one, facts, depth)),
        _ => false,
    }
}

/// The method that an expression keeps as a value, and its object: `s3.getObject`, bound to its object or made to
/// return a promise.
pub(crate) fn method_value<'f>(expr: &'f Expr, facts: &'f Facts) -> Option<(&'f Expr, &'f Name)> {
    let mut at = expr;
    for _ in 0..MAX_PEELS {
        at = match at {
            Expr::Attr(object, name) => return Some((object.as_ref(), name)),
            Expr::Local { func, index } => {
                &facts.functions[*func as usize].bindings[*index as usize]
            }
            Expr::Own(index) => &facts.definitions[*index as usize].value,
            Expr::Declared(both) => &both.0,
            Expr::Call(index) => {
                let call = &facts.calls[*index as usize];
                match &call.callee {
                    Expr::Attr(method, name) if name == "bind" => method.as_ref(),
                    callee if promises(callee) => &call.args.first()?.value,
                    _ => return None,
                }
            }
            _ => return None,
        };
    }
    None
}

/// Whether a function makes of another one the same that returns a promise, by its name.
fn promises(callee: &Expr) -> bool {
    let (Expr::Name(name) | Expr::Attr(_, name)) = callee else {
        return false;
    };
    matches!(
        name.as_str(),
        "promisify" | "pify" | "denodeify" | "thunkify" | "fromNode" | "fromCallback"
    )
}

/// As [`method_value`], of an expression that only keeps a method: not of a plain attribute, which may be any function.
pub(crate) fn kept_method<'f>(expr: &'f Expr, facts: &'f Facts) -> Option<&'f Name> {
    match expr {
        Expr::Call(_) => method_value(expr, facts).map(|(_, name)| name),
        _ => None,
    }
}

impl Finder<'_> {
    /// The uses of a value by a call that says its operation by a string. Where nobody knows the string, any
    /// operation is possible, and a caller has to say which.
    pub(crate) fn dispatched_uses(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        let language = self.language(scope.file);
        if language != Language::TypeScript {
            return Vec::new();
        }
        let table = api_table(language);
        let facts = scope.facts.clone();
        let call = &facts.calls[index as usize];
        let Some(dispatched) = table.dispatched(call, &facts) else {
            return Vec::new();
        };
        let mut is_possible = false;
        if let Some(service) = dispatched.service {
            match self.eval.root(service, scope).known() {
                Some(known) if !is_s3(&known) => return Vec::new(),
                Some(_) => {}
                None => is_possible = true,
            }
        }
        if let Some(object) = dispatched.on
            && self.eval.root(object, scope).iter().any(is_own)
        {
            return Vec::new();
        }
        let operation = self.eval.root(dispatched.operation, scope);
        let words: Option<Vec<String>> = operation.iter().map(word_of).collect();
        let words: Vec<SmolStr> = match words {
            Some(words) => words.iter().map(|word| word.to_smolstr()).collect(),
            None => {
                is_possible = true;
                table.operations().cloned().collect()
            }
        };
        let mut args = self.eval.root_args(&call.args, scope);
        args.positional
            .drain(..dispatched.params.min(args.positional.len()));
        let mut found: Vec<Use> = Vec::new();
        for word in words {
            for api in table.operation(&word) {
                self.possible(api, &args, (index, dispatched.params), call, &mut found);
            }
        }
        for used in &mut found {
            used.is_possible = is_possible;
        }
        found
    }

    /// What an operation does with some arguments. Operations that take the same key for the same are one.
    fn possible(
        &self,
        api: &Api,
        args: &Args,
        (index, params): (u32, usize),
        call: &Call,
        found: &mut Vec<Use>,
    ) {
        let spec = &api.row.key;
        let Some(key) = self.key(spec, args, api.row.ops[0]) else {
            return;
        };
        let at = ArgSpec {
            position: Some(params),
            ..spec.clone()
        };
        let bucket = api.row.bucket.as_ref();
        let bucket = bucket.and_then(|spec| argument(spec, args));
        for op in &api.row.ops {
            let mut hasher = FxHasher::default();
            (INDEXED, spec.path.as_slice()).hash(&mut hasher);
            let trace = vec![(hasher.finish(), index), (*op as u64, 0)];
            if found
                .iter()
                .any(|known| known.trace == trace && known.key == key)
            {
                continue;
            }
            found.push(Use {
                op: *op,
                key: key.clone(),
                bucket: bucket.as_ref().and_then(bucket_of),
                open_bucket: bucket.as_ref().and_then(open_bucket_of),
                needs_scheme: false,
                below: below(spec, args),
                is_possible: false,
                call: index,
                arg: locate(&at, call),
                chain: Vec::new(),
                trace,
            });
        }
    }

    /// What a method is called on, where a call calls one, and where that expression stands: by its name, or as a
    /// value that a name of the module keeps.
    pub(crate) fn called_on(&self, call: &Call, scope: &Scope) -> Option<(Expr, Scope)> {
        if let Expr::Attr(object, _) = &call.callee {
            return Some((object.as_ref().clone(), scope.clone()));
        }
        if let Some((object, _)) = method_value(&call.callee, &scope.facts) {
            return Some((object.clone(), scope.clone()));
        }
        let Expr::Name(name) = &call.callee else {
            return None;
        };
        let definitions = self.program.definitions(scope.file, name);
        let (facts, index) = definitions.last()?;
        let value = &facts.definitions[*index as usize].value;
        let (object, _) = method_value(value, facts)?;
        let at = Scope::of_module(scope.file, facts);
        Some((object.clone(), at))
    }

    /// The arguments of an operation with those that its client was made with: `new S3({ params: { Bucket } })`.
    pub(crate) fn with_bound(&mut self, args: &Args, call: &Call, scope: &Scope) -> Option<Args> {
        let (object, at) = self.called_on(call, scope)?;
        let bound = self.eval.root(&object, &at).iter().find_map(|client| {
            let Value::External(client) = client else {
                return None;
            };
            match client.args.positional.first()?.first() {
                Value::Map(options) if client.path.ends_with("S3()") => {
                    options.get("params").cloned()
                }
                _ => None,
            }
        })?;
        let Value::Map(bound) = bound.first() else {
            return None;
        };
        let mut made = (**bound).clone();
        let mut args = args.clone();
        match args.positional.first().map(Values::first) {
            Some(Value::Map(own)) => {
                made.take(own);
                args.positional.remove(0);
            }
            None | Some(Value::Func(_)) => {}
            Some(_) => return None,
        }
        let made = Values::one(Value::Map(crate::shared::Shared::new(made)));
        args.positional.insert(0, made);
        Some(args)
    }
}

/// A table of functions of the repository's own.
fn is_own(value: &Value) -> bool {
    matches!(
        value,
        Value::Map(_)
            | Value::Class(_)
            | Value::Instance { .. }
            | Value::Module(_)
            | Value::List(_)
    )
}

fn word_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => text.known(),
        _ => None,
    }
}
