//! What the API tables say of a call: which rows hold for it, and the key and bucket it gives.

use crate::apis::{Api, ArgSpec, Form, Op, api_table, args_at, file_system};
use crate::eval::Scope;
use crate::facts::{Arg, ArgKind, Call, Expr, Facts};
use crate::folders::below;
use crate::keys::{
    argument, bucket_of, copy_source, copy_source_bucket, has_bucket, has_needed, holds, locate,
    may_be_s3_url, open_bucket_of, with_scheme,
};
use crate::receivers::{Made, is_on, made_with, names_bucket, store_of};
use crate::sites::{Bucket, Finder, Use};
use crate::value::{Args, Part, Text, Value, Values, Why};

impl Finder<'_> {
    /// What the API tables say of a call.
    pub(crate) fn direct_uses(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        let facts = scope.facts.clone();
        let call = &facts.calls[index as usize];
        let language = self.language(scope.file);
        let Some(name) = self.called_name(call, scope) else {
            return Vec::new();
        };
        let mut found = self.named_uses(&name, index, scope);
        let rows = api_table(language).rows(&name);
        if !found.is_empty() {
            return found;
        }
        if rows.is_empty() {
            return self.dispatched_uses(index, scope);
        }
        let mut args = None;
        for (number, api) in rows.iter().enumerate() {
            if !api.row.may_hold(call, &facts, &self.around(scope.file)) {
                continue;
            }
            let spec = &self.meant(&api.row.key, call, scope);
            if !self.may_be_address(spec, call, scope) || !self.is_api(api, call, scope) {
                continue;
            }
            if let Some(on) = &api.row.on
                && let Expr::Attr(object, _) = &call.callee
            {
                let made = made_with(&mut self.eval, object, on, scope);
                let args = args.get_or_insert_with(|| self.eval.root_args(&call.args, scope));
                let holds = holds(api.row.when.as_ref(), args);
                if holds == Some(false) {
                    continue;
                }
                let from = found.len();
                self.uses_on(api, number as u32, index, &facts, args, made, &mut found);
                let own = found[from..].iter_mut();
                own.for_each(|used| used.is_possible = holds.is_none());
                continue;
            }
            let args = match &mut args {
                Some(args) => args,
                none => {
                    let own = self.eval.root_args(&call.args, scope);
                    let bound = self.with_bound(&own, call, scope);
                    none.insert(bound.unwrap_or(own))
                }
            };
            let holds = holds(api.row.when.as_ref(), args);
            if holds == Some(false)
                || !has_needed(api, args)
                || takes_strings(spec, args)
                || !names_receiver(api, call, args, &facts)
            {
                continue;
            }
            let key = match (&spec.form, &call.callee) {
                (Form::ReceiverUrl, Expr::Attr(object, name)) => {
                    let path = self.eval.root(object, scope);
                    addresses(match (name.as_str(), args.positional.first()) {
                        ("glob", Some(below)) => crate::builtins::join_paths([&path, below]),
                        ("iterdir", _) => Values::concat([&path, &Values::one(Value::text("/"))]),
                        _ => path,
                    })
                }
                (Form::Callback, _) => self.called_back(spec, args),
                _ => self.key(spec, args, api.row.ops[0]),
            };
            let Some(key) = key else {
                continue;
            };
            let bucket = api
                .row
                .bucket
                .as_ref()
                .and_then(|spec| argument(spec, args));
            let (key, bucket, is_known) = match &api.row.store {
                None => (key, bucket, true),
                Some(spec) => match in_store(spec, args, key) {
                    Some(found) => found,
                    None => continue,
                },
            };
            let bucket = match (&bucket, &call.callee) {
                (None, Expr::Attr(object, _)) if api.row.module.is_none() => {
                    made_with(&mut self.eval, object, "Bucket", scope).bucket
                }
                _ => bucket,
            };
            let (buckets, open_bucket) = match spec.form {
                Form::CopySource => (vec![copied_from(spec, args)], None),
                _ => (
                    buckets_of(bucket.as_ref(), &key),
                    bucket.as_ref().and_then(open_bucket_of),
                ),
            };
            for op in &api.row.ops {
                if found
                    .iter()
                    .any(|known| known.op == *op && known.key == key)
                {
                    continue; // Two rows name it: a function of a module and a method.
                }
                found.extend(buckets.iter().map(|bucket| Use {
                    op: *op,
                    key: key.clone(),
                    bucket: bucket.clone(),
                    open_bucket: open_bucket.clone(),
                    needs_scheme: spec.form.needs_scheme(),
                    below: below(spec, args),
                    is_possible: holds.is_none() || !is_known,
                    call: index,
                    arg: locate(spec, call),
                    chain: Vec::new(),
                    trace: vec![(number as u64, index), (*op as u64, 0)],
                }));
            }
        }
        found
    }

    /// A row's key as a call means it: with a file system of S3, a path is `bucket/key`.
    fn meant(&mut self, spec: &ArgSpec, call: &Call, scope: &Scope) -> ArgSpec {
        let mut spec = spec.clone();
        if spec.form == Form::Url
            && let Some(given) = file_system(call)
        {
            let given = self.eval.root(&given.value, scope);
            let is_s3 = |value: &Value| match value {
                Value::External(external) => is_on(external, "S3FileSystem"),
                _ => false,
            };
            if given.iter().any(is_s3) {
                spec.form = Form::BucketKey;
            }
        }
        spec
    }

    /// Whether the argument of a row that takes addresses alone may be one; true for other rows. It is
    /// asked before what the method is called on, for most calls of such a name give a local path.
    fn may_be_address(&mut self, spec: &ArgSpec, call: &Call, scope: &Scope) -> bool {
        if spec.form != Form::Url {
            return true;
        }
        let args = args_at(call, spec.position, spec.keyword.as_deref());
        self.any_address(&args, scope, may_be_s3_url)
    }

    /// Whether one of some arguments is an address, or is spread and may hold one.
    pub(crate) fn any_address(
        &mut self,
        args: &[&Arg],
        scope: &Scope,
        is_address: impl Fn(&Text) -> bool,
    ) -> bool {
        args.iter().any(|arg| {
            arg.kind != ArgKind::Plain || {
                let given = self.eval.root(&arg.value, scope).flat_map(each_or_itself);
                // An object may hold one.
                let is_object =
                    |value: &Value| matches!(value, Value::Instance { .. } | Value::Map(_));
                given
                    .iter()
                    .any(|value| is_object(value) || is_address(&value.to_text()))
            }
        })
    }

    /// The uses by a method of a resource.
    #[allow(clippy::too_many_arguments)] // what a use is made of
    pub(crate) fn uses_on(
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
            _ => {
                let key = self.key(spec, args, api.row.ops[0]);
                let in_store = |key: Values| match &made.store {
                    Some(store) => store.key(&key),
                    None => key,
                };
                (key.map(in_store), None)
            }
        };
        let own_bucket = api.row.bucket.as_ref();
        let bucket = match own_bucket {
            Some(spec) => argument(spec, args),
            None => made.bucket,
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
        let (buckets, open_bucket) = match spec.form {
            Form::CopySource => (vec![copied_from(spec, args)], None),
            _ => (
                buckets_of(bucket.as_ref(), &key),
                bucket.as_ref().and_then(open_bucket_of),
            ),
        };
        for op in &api.row.ops {
            found.extend(buckets.iter().map(|bucket| Use {
                op: *op,
                key: key.clone(),
                bucket: bucket.clone(),
                open_bucket: open_bucket.clone(),
                needs_scheme: false,
                below: below(spec, args),
                is_possible: false,
                call: call_at,
                arg: arg.clone(),
                chain: Vec::new(),
                trace: vec![(u64::from(number), index), (*op as u64, 0)],
            }));
        }
    }

    /// The values at the key's position; `None` where the call gives no key, and so is no site.
    pub(crate) fn key(&self, spec: &ArgSpec, args: &Args, op: Op) -> Option<Values> {
        let mut values = argument(spec, args);
        match spec.form {
            Form::CopySource => {
                let decoded = values.map(|values| values.map(crate::keys::decoded));
                values = decoded.map(|values| values.flat_map(copy_source));
            }
            Form::BucketKey => {
                values = values.map(|values| values.flat_map(each_or_itself).map(with_scheme));
            }
            Form::Each => {
                values = values.map(|values| values.flat_map(each_or_itself));
            }
            Form::SqlRead => return crate::sql::addresses(&values?, false),
            Form::SqlWrite => return crate::sql::addresses(&values?, true),
            Form::Posted => {
                let posted = |value: &Value| filled(value, "${filename", "}");
                values = values.map(|values| values.map(posted));
            }
            // A list of addresses is as good as one.
            Form::Url => return addresses(values?.flat_map(each_or_itself)),
            _ => {}
        }
        let values = match values {
            Some(values) => values,
            // Everything in the bucket is listed.
            None if op == Op::List && has_bucket(args) => Values::one(Value::text("*")),
            None => args.open.clone().map(Values::hole)?,
        };
        // DynamoDB's keys are objects; a file handle or a number is no key.
        let strings = values.iter().filter(|value| {
            !matches!(
                value,
                Value::Map(_)
                    | Value::List(_)
                    | Value::Null
                    | Value::Bool(_)
                    | Value::Int(_)
                    | Value::Number(_)
            ) && (op == Op::List || !is_empty_text(value))
        });
        // What Jinja fills in, and what reads a key after it: no key holds two braces.
        let strings = strings.map(|value| filled(value, "{{", "}}"));
        let strings: Vec<Value> = strings.collect();
        if strings.is_empty() {
            return None;
        }
        Some(Values::collect(strings))
    }

    /// What a function in the arguments gives to its callback.
    fn called_back(&mut self, spec: &ArgSpec, args: &Args) -> Option<Values> {
        let mut all = Vec::new();
        for value in argument(spec, args)?.iter() {
            let Value::Func(closure) = value else {
                continue;
            };
            let function = closure.func.function();
            let facts = closure.func.facts.clone();
            let last = function.params.len().checked_sub(1)? as u32;
            let scope = self.eval.enter_open(closure);
            for index in function.calls.clone() {
                let call = &facts.calls[index as usize];
                let is_callback = matches!(&call.callee, Expr::Param { func, index }
                    if *func == closure.func.func && *index == last);
                if is_callback && let Some(arg) = call.args.get(1) {
                    all.extend(self.eval.root(&arg.value, &scope).iter().cloned());
                }
            }
        }
        (!all.is_empty()).then(|| Values::collect(all))
    }

    /// Whether a row speaks of this call: by the module a function is imported from, or by a
    /// receiver that is not plainly something else.
    pub(crate) fn is_api(&mut self, api: &Api, call: &Call, scope: &Scope) -> bool {
        if let Some(module) = &api.row.module {
            let expected = format!("{module}.{}", api.row.name);
            // A module may be called itself: `multerS3({ … })`.
            let is_command = api.row.name.ends_with("Command");
            let is_below = |path: &str| {
                let root = module.strip_suffix('*');
                let rest = root.and_then(|root| path.strip_prefix(root));
                rest.is_some_and(|rest| rest.rsplit('.').next() == Some(api.row.name.as_str()))
            };
            // `@acme/aws-sdk/lib-storage` hands on what `@aws-sdk/lib-storage` has.
            let is_of_same_name = |path: &str| {
                let part = expected.rsplit_once('/').map(|(_, part)| part);
                let before = part.and_then(|part| path.strip_suffix(part));
                before.is_some_and(|it| it.ends_with('/') && !it.contains('('))
            };
            let is_it = |path: &str| {
                path == expected
                    || is_below(path)
                    || is_of_same_name(path)
                    || path == module.as_str()
                    || (is_command && is_handed_on(path, &api.row.name))
            };
            return self
                .eval
                .root(&call.callee, scope)
                .iter()
                .any(|value| matches!(value, Value::External(external) if is_it(&external.path)));
        }
        let Some((object, at)) = self.called_on(call, scope) else {
            return false;
        };
        let name = &api.row.name;
        if api.row.key.form == Form::ReceiverUrl {
            return true; // What the receiver is worth tells.
        }
        let on = api.row.on.as_deref();
        let table = api_table(self.language(scope.file));
        self.eval
            .root(&object, &at)
            .iter()
            .any(|receiver| match receiver {
                Value::External(external) if on.is_some_and(|on| is_on(external, on)) => true,
                Value::Instance { class, .. } if on == Some("S3Storage") => {
                    let is_own = self.eval.class_attribute(class, name).is_some();
                    !is_own && self.eval.storage(receiver, scope.file).is_some()
                }
                Value::Hole(_) | Value::External(_) if on == Some("Bucket") => {
                    names_bucket(&object, &at.facts)
                }
                Value::Hole(_) if on == Some("boto.Bucket") => names_bucket(&object, &at.facts),
                Value::Map(map) if on == Some("Key") => crate::boto2::named(map).is_some(),
                Value::Hole(_) if on == Some("Bucket.objects") => {
                    matches!(&object, Expr::Attr(bucket, _) if names_bucket(bucket, &at.facts))
                }
                _ if on.is_some() => false,
                Value::Hole(_) => true,
                Value::External(external) if table.is_of_other(&external.path) => false,
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
                // `frame["day"] = day`: what an entry is set of is still what it was.
                Value::Map(map) => map.open.is_some() && map.get(name).is_none(),
                _ => false,
            })
    }
}

/// Whether something from outside is a command of S3's client that another package hands on: `@acme/aws-sdk/client-s3`.
/// Clients of other services have commands of the same names.
fn is_handed_on(path: &str, name: &str) -> bool {
    let module = path
        .strip_suffix(name)
        .and_then(|rest| rest.strip_suffix('.'));
    module.is_some_and(|module| {
        !module.is_empty()
            && !module.starts_with('.')
            && !module.contains('(')
            && !module.starts_with("@aws-sdk/client-")
    })
}

/// A key as it is in the bucket of the store that a call is given, with that bucket, and whether the store is known
/// to be one of S3; `None` where it is another.
fn in_store(spec: &ArgSpec, args: &Args, key: Values) -> Option<(Values, Option<Values>, bool)> {
    let given = argument(spec, args)?;
    let store = given.iter().find_map(|value| match value {
        Value::External(external) => store_of(external),
        _ => None,
    });
    match store {
        Some(store) => Some((store.key(&key), store.bucket, true)),
        None => {
            let is_given = |value: &Value| matches!(value, Value::Hole(why) if is_of_caller(why));
            given.iter().all(is_given).then_some((key, None, false))
        }
    }
}

fn is_of_caller(why: &Why) -> bool {
    matches!(why, Why::Parameter(_) | Why::Field(_))
}

/// The bucket of a copy's source.
fn copied_from(spec: &ArgSpec, args: &Args) -> Option<Bucket> {
    copy_source_bucket(&argument(spec, args)?.map(crate::keys::decoded))
}

/// The buckets that a call may mean, each by itself where one key is in any of them: which of several keys is in which of
/// several buckets is not known.
fn buckets_of(values: Option<&Values>, key: &Values) -> Vec<Option<Bucket>> {
    let Some(values) = values else {
        return vec![None];
    };
    if key.iter().len() == 1 && values.iter().len() > 1 {
        let each = values.iter().cloned().map(Values::one);
        let each: Option<Vec<_>> = each.map(|one| bucket_of(&one)).collect();
        if let Some(mut buckets) = each {
            buckets.sort();
            buckets.dedup();
            return buckets.into_iter().map(Some).collect();
        }
    }
    vec![bucket_of(values)]
}

/// The elements of a list, else the value.
fn each_or_itself(value: &Value) -> Values {
    match value {
        Value::List(_) => crate::eval::each(value),
        Value::External(external) if let Some(found) = crate::listings::elements(external) => found,
        other => Values::one(other.clone()),
    }
}

/// A template, with holes for what stands between two marks: an expression of Jinja's, the name of a posted file.
fn filled(value: &Value, opens: &str, closes: &str) -> Value {
    let holds = |part: &Part| matches!(part, Part::Literal(literal) if literal.contains(opens));
    let text = match value {
        Value::Text(text) if text.parts.iter().any(holds) => text,
        other => return other.clone(),
    };
    let mut made = Text::default();
    for part in &text.parts {
        let Part::Literal(literal) = part else {
            made.push(part.clone());
            continue;
        };
        let mut rest = literal.as_str();
        while let Some((before, after)) = rest.split_once(opens) {
            let Some((inside, after)) = after.split_once(closes) else {
                break;
            };
            made.push(Part::Literal(before.into()));
            let name = match inside.trim() {
                "" => "file's name",
                name => name,
            };
            made.push(Part::Hole(Why::External(name.into())));
            rest = after;
        }
        made.push(Part::Literal(rest.into()));
    }
    Value::Text(made)
}

/// Those of some values that are addresses of S3, or will be where a caller gives them.
fn addresses(values: Values) -> Option<Values> {
    let found: Vec<Value> = values
        .iter()
        .filter(|it| may_be_s3_url(&it.to_text()))
        .cloned()
        .collect();
    (!found.is_empty()).then(|| Values::collect(found))
}

/// No object has an empty key: it stands for one that was not given.
fn is_empty_text(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.parts.is_empty())
}

/// Whether a call gives a string beside the object that a row takes its key from: then it is a method of
/// that name that takes its arguments one by one.
fn takes_strings(spec: &ArgSpec, args: &Args) -> bool {
    let takes_object = spec.position == Some(0) && !spec.path.is_empty();
    let beside = args.positional.get(1).map(Values::first);
    takes_object && matches!(beside, Some(Value::Text(_)))
}

/// The name of the method of its own object that gave a local name its value: `redis = self.commands()`.
fn made_by<'f>(object: &Expr, facts: &'f Facts) -> Option<&'f str> {
    let Expr::Local { func, index } = object else {
        return None;
    };
    let mut bound = &facts.functions[*func as usize].bindings[*index as usize];
    if let Expr::Declared(both) = bound {
        bound = &both.0;
    }
    let Expr::Call(call) = bound else {
        return None;
    };
    match &facts.calls[*call as usize].callee {
        Expr::Attr(on, name) if matches!(on.as_ref(), Expr::This(_)) => Some(name.as_str()),
        _ => None,
    }
}

/// Whether the receiver's name holds a word that a row asks for, or the call gives an object that can be
/// looked into.
fn names_receiver(api: &Api, call: &Call, args: &Args, facts: &Facts) -> bool {
    let words = &api.row.receivers;
    let given = api.row.key.position.and_then(|at| args.positional.get(at));
    let is_object = |values: &Values| values.iter().any(|value| matches!(value, Value::Map(_)));
    if words.is_empty() || given.is_some_and(is_object) {
        return true;
    }
    let Expr::Attr(object, _) = &call.callee else {
        return true;
    };
    let says = |name: &str| {
        let name = name.to_lowercase();
        words.iter().any(|word| name.contains(word.as_str()))
    };
    let (Expr::Name(name) | Expr::Attr(_, name)) = object.as_ref() else {
        return match made_by(object, facts) {
            Some(maker) => says(maker),
            None => !matches!(object.as_ref(), Expr::Call(_)),
        };
    };
    says(name)
}
