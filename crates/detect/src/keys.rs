//! Keys of calls: where a row finds them among the arguments, what parameters they are made of, and
//! the pattern and bucket they say.

use blue_pattern::Pattern;
use percent_encoding::percent_decode_str;
use smol_str::SmolStr;

use crate::apis::{Api, ArgSpec, Op, When};
use crate::eval::why_of;
use crate::facts::{Arg, ArgKind, Call, Expr, FunctionKind, ParamKind};
use crate::sites::{ArgPath, Bucket};
use crate::value::{Args, Chooser, External, FuncRef, Part, Text, Value, Values, Why};

/// Whether an argument is what a row asks for; `None` where that hangs on the callers of the function around.
pub(crate) fn holds(when: Option<&When>, args: &Args) -> Option<bool> {
    let Some(when) = when else { return Some(true) };
    let by_position = when
        .position
        .and_then(|position| args.positional.get(position));
    let by_keyword = when
        .keyword
        .as_ref()
        .and_then(|keyword| args.keyword(keyword));
    let given = by_keyword.or(by_position);
    // `open(*args, **kwargs)`: whoever calls the function around gives all of it.
    let is_handed_on = matches!(args.open, Some(Why::Parameter(_) | Why::Field(_)));
    if given.is_none() && is_handed_on && args.positional.is_empty() {
        return None;
    }
    let matches = |word: &str| when.is.iter().any(|expected| expected == word);
    let mut known = given
        .into_iter()
        .flat_map(Values::iter)
        .filter_map(known_word);
    if let Some(first) = known.next() {
        let any = matches(&first) || known.any(|word| matches(&word));
        let is_whole = given.is_some_and(|it| it.iter().all(|value| known_word(value).is_some()));
        if any || is_whole {
            return Some(any);
        }
    }
    // A caller may give another one than the one that is taken where nobody knows.
    let is_taken = when.default.as_deref().is_some_and(matches);
    let is_open = |value: &Value| {
        let text = value.to_text();
        matches!(
            text.parts.first(),
            Some(Part::Hole(Why::Parameter(_) | Why::Field(_)))
        )
    };
    match given {
        Some(given) if !is_taken && given.iter().any(is_open) => None,
        _ => Some(is_taken),
    }
}

fn known_word(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => text.known(),
        Value::Bool(known) => Some(known.to_string()),
        _ => None,
    }
}

pub(crate) fn has_needed(api: &Api, args: &Args) -> bool {
    let Some(needed) = &api.row.needs else {
        return true;
    };
    let position = api.row.key.position.unwrap_or(usize::MAX);
    args.keyword(needed).is_some() || args.positional.len() > position.max(2)
}

pub(crate) fn has_bucket(args: &Args) -> bool {
    args.keyword("Bucket").is_some()
        || args.keyword("bucket_name").is_some()
        || matches!(args.positional.first().map(Values::first), Some(Value::Map(map)) if map.get("Bucket").is_some())
}

pub(crate) fn argument(spec: &ArgSpec, args: &Args) -> Option<Values> {
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
            (name, Value::External(external))
                if let Some(key) = crate::listings::said_of(external, name) =>
            {
                key
            }
            // Something else's method of that name: it takes no object with the key in it.
            (_, Value::Text(_) | Value::Int(_) | Value::List(_) | Value::Func(_)) => {
                missing = true;
                Values::one(Value::Null)
            }
            (_, other) => Values::hole(why_of(other)),
        });
        if missing {
            return None;
        }
    }
    Some(values)
}

/// What S3 reads in the header that a source of a copy is sent in: its characters may be written as `%2F`.
pub(crate) fn decoded(source: &Value) -> Value {
    let Value::Text(text) = source else {
        return source.clone();
    };
    let mut made = Text::default();
    for part in &text.parts {
        made.push(match part {
            Part::Literal(literal) => {
                let decoded = percent_decode_str(literal).decode_utf8_lossy();
                Part::Literal(decoded.as_ref().into())
            }
            other => other.clone(),
        });
    }
    Value::Text(made)
}

/// `CopySource` is `bucket/key` or an object with both.
pub(crate) fn copy_source(value: &Value) -> Values {
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
        // MinIO's: `CopySource(bucket, key)`.
        Value::External(external)
            if external.path.ends_with("CopySource()")
                && let Some(key) = made_of_source(external, "object_name", 1) =>
        {
            key.clone()
        }
        other => Values::hole(why_of(other)),
    }
}

fn made_of_source<'e>(external: &'e External, name: &str, at: usize) -> Option<&'e Values> {
    let args = &external.args;
    args.keyword(name).or_else(|| args.positional.get(at))
}

/// The bucket that `CopySource` names, which need not be the target's.
pub(crate) fn copy_source_bucket(values: &Values) -> Option<Bucket> {
    let buckets = values.iter().map(|value| match value {
        Value::Map(map) => bucket_of(map.get("Bucket")?),
        Value::Text(text) => bucket_before(text),
        Value::External(external) if external.path.ends_with("CopySource()") => {
            bucket_of(made_of_source(external, "bucket_name", 0)?)
        }
        _ => None,
    });
    let mut buckets = buckets.collect::<Option<Vec<_>>>()?.into_iter();
    let first = buckets.next()?;
    buckets.all(|it| it == first).then_some(first)
}

/// What stands before the first slash of `bucket/key`.
fn bucket_before(text: &Text) -> Option<Bucket> {
    let slash = Part::Literal("/".into());
    let parts = match text.parts.as_slice() {
        [first, rest @ ..] if *first == slash => rest,
        all => all,
    };
    let (first, rest) = parts.split_first()?;
    match first {
        // An access point's name has slashes of its own.
        Part::Literal(literal) if literal.starts_with("arn:") => None,
        Part::Literal(literal) => {
            let (name, _) = literal
                .strip_prefix('/')
                .unwrap_or(literal)
                .split_once('/')?;
            (!name.is_empty()).then(|| Bucket::Known(name.into()))
        }
        Part::Hole(Why::Environment(name)) => match rest.first() {
            Some(Part::Literal(next)) if next.starts_with('/') => Some(Bucket::Env(name.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// The schemes of S3's addresses.
pub(crate) const SCHEMES: [&str; 3] = ["s3", "s3a", "s3n"];

/// An address as other libraries write it, as one with a scheme of S3 alone: GDAL's `/vsis3/bucket/key`, and fsspec's
/// with what it keeps copies in or finds in an archive before it (`simplecache::s3://bucket/key`,
/// `zip://plates.csv::s3://bucket/plates.zip`).
fn unwrapped(first: &str) -> Option<SmolStr> {
    for before in ["/vsis3/", "/vsis3_streaming/"] {
        if let Some(rest) = first.strip_prefix(before) {
            return Some(format!("s3://{rest}").into());
        }
    }
    let (before, rest) = first.rsplit_once("::")?;
    let is_within = |part: &str| {
        let archive = part.split_once("://").map(|(scheme, _)| scheme);
        part.ends_with("cache") || matches!(archive, Some("zip" | "tar" | "libarchive"))
    };
    before.split("::").all(is_within).then(|| rest.into())
}

/// Whether a string begins with a scheme of S3.
pub(crate) fn is_s3_url(text: &Text) -> bool {
    let Some(Part::Literal(first)) = text.parts.first() else {
        return false;
    };
    let unwrapped = unwrapped(first);
    let first = unwrapped.as_ref().unwrap_or(first);
    first
        .split_once("://")
        .is_some_and(|(scheme, _)| SCHEMES.contains(&scheme))
}

/// Whether a string is an address of S3, or will be what a caller gives.
pub(crate) fn may_be_s3_url(text: &Text) -> bool {
    is_s3_url(text)
        || matches!(
            text.parts.first(),
            Some(Part::Hole(why)) if is_given(why)
        )
}

/// Whether a string begins with what an object holds: whoever makes one says whether that is an address.
pub(crate) fn begins_with_field(text: &Text) -> bool {
    let first = text.parts.first();
    matches!(first, Some(Part::Hole(why)) if matches!(why.of_path(), Why::Field(_)) && is_given(why))
}

/// Whether callers say what is not known.
fn is_given(why: &Why) -> bool {
    match why {
        Why::Or(why, _) => is_given(why),
        why => matches!(why, Why::Parameter(_) | Why::Field(_)),
    }
}

/// `f"{scheme}://{bucket}/{key}"` as an address of S3; `None` for any other string.
fn of_any_scheme(text: &Text) -> Option<Text> {
    let after = behind_scheme(text)?;
    let mut made = Text::literal("s3://");
    made.append(&after);
    Some(made)
}

/// What stands behind a scheme that is not known.
pub(crate) fn behind_scheme(text: &Text) -> Option<Text> {
    let [Part::Hole(_), Part::Literal(second), rest @ ..] = text.parts.as_slice() else {
        return None;
    };
    let mut after = Text::literal(second.strip_prefix("://")?);
    rest.iter().for_each(|part| after.push(part.clone()));
    Some(after)
}

/// Whether a string is a path of local files, which is no address whatever it is.
pub(crate) fn is_local_path(text: &Text) -> bool {
    const MAKERS: [&str; 9] = [
        "tempfile.",
        "os.getcwd(",
        "os.path.abspath(",
        "os.path.realpath(",
        "os.path.expanduser(",
        "pathlib.Path.cwd(",
        "pathlib.Path.home(",
        "appdirs.",
        "platformdirs.",
    ];
    match text.parts.first() {
        Some(Part::Hole(Why::Local(_))) => true,
        Some(Part::Hole(Why::External(path))) => MAKERS.iter().any(|made| path.starts_with(made)),
        _ => false,
    }
}

/// Whether a string begins as an address does: `s3:`, `s3:/`, `s3a://data`, `gs://`.
pub(crate) fn begins_as_address(text: &str) -> bool {
    let is_scheme = |scheme: &&str| matches!(text.strip_prefix(*scheme), Some(":" | ":/"));
    text.contains("://") || SCHEMES.iter().any(is_scheme)
}

/// `bucket/key` as an address.
pub(crate) fn with_scheme(value: &Value) -> Value {
    let text = value.to_text();
    if is_s3_url(&text) || text.parts.is_empty() {
        return Value::Text(text);
    }
    // The address of something else.
    if matches!(text.parts.first(), Some(Part::Literal(first)) if first.contains("://")) {
        return Value::Null;
    }
    let mut made = Text::literal("s3://");
    made.append(&text);
    Value::Text(made)
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
            let name = crate::arns::bucket_name(external)?.known()?;
            Some(Bucket::Known(name.into()))
        }
        _ => None,
    }
}

/// What is not known of a bucket that is one value.
pub(crate) fn open_bucket_of(values: &Values) -> Option<Why> {
    match values.iter().as_slice() {
        [Value::Hole(why)] => Some(why.clone()),
        [Value::Text(text)] => match text.parts.as_slice() {
            [Part::Hole(why)] => Some(why.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The argument a row's key stands in.
pub(crate) fn locate(spec: &ArgSpec, call: &Call) -> Option<ArgPath> {
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

pub(crate) fn positional(call: &Call, position: usize) -> Option<usize> {
    let plain = |arg: &Arg| arg.keyword.is_none() && arg.kind == ArgKind::Plain;
    call.args
        .iter()
        .enumerate()
        .filter(|(_, arg)| plain(arg))
        .nth(position)
        .map(|(index, _)| index)
}

/// The argument that a call gives to a parameter that takes one. `before`: how many the function was given before.
pub(crate) fn argument_of_param(
    call: &Call,
    func: &FuncRef,
    param: usize,
    before: usize,
) -> Option<ArgPath> {
    let taker = &func.function().params[param];
    if matches!(taker.kind, ParamKind::Rest | ParamKind::RestMap) {
        return None;
    }
    let name = &taker.name;
    let by_keyword = call
        .args
        .iter()
        .position(|arg| arg.keyword.as_ref() == Some(name) && !name.is_empty());
    let by_position = || positional(call, param.checked_sub(before)?);
    let arg = by_keyword.or_else(by_position)?;
    Some(ArgPath {
        arg: arg as u32,
        path: Vec::new(),
    })
}

/// What a caller gives that a value depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Giver {
    /// An argument, by the place of its parameter.
    Argument(usize),
    /// What the function is called on, or was made by: the object, the closure.
    Receiver,
}

/// What the callers of `func` give first of what a value depends on.
pub(crate) fn tainted_by(key: &Values, func: &FuncRef) -> Option<Giver> {
    let params = &func.function().params;
    let holes = || {
        let texts = key.iter().map(Value::to_text);
        texts
            .flat_map(|text| text.parts)
            .filter_map(|part| match part {
                Part::Hole(why) => Some(why),
                _ => None,
            })
    };
    let argument = holes().find_map(|why| match why.of_path() {
        Why::Parameter(name) => {
            let found = params.iter().position(|param| param.name == *name);
            // A parameter of an enclosing function is given by that function's callers.
            found.or_else(|| (!params.is_empty() && is_outer(name, func)).then_some(0))
        }
        _ => None,
    });
    let argument = argument.or_else(|| {
        let chosen = key.iter().find_map(|value| value.to_text().chosen)?;
        match &*chosen {
            Chooser::Parameter(by) => params.iter().position(|param| param.name == *by),
            Chooser::Field(_) => None,
        }
    });
    let by_receiver = |why: Why| match why.of_path() {
        Why::Parameter(name) => is_outer(name, func),
        Why::Field(_) => true,
        _ => false,
    };
    argument.map(Giver::Argument).or_else(|| {
        let is_of_receiver = is_chosen_by_field(key) || holes().any(by_receiver);
        is_of_receiver.then_some(Giver::Receiver)
    })
}

/// The function whose callers give a value what it depends on: the nearest around with a parameter of
/// that name, or that is called on the object of whose fields it is; else the nearest that may be given such an object.
pub(crate) fn given_by(key: &Values, func: &FuncRef) -> Option<FuncRef> {
    let of_fields = hangs_on_fields(key);
    let mut given_an_object = None;
    let mut at = func.clone();
    loop {
        let params = &at.function().params;
        let is_own = |name: &str| params.iter().any(|param| param.name == name);
        let is_given = |part: &Part| match part {
            Part::Hole(why) => matches!(why.of_path(), Why::Parameter(name) if is_own(name)),
            _ => false,
        };
        let depends = |value: &Value| {
            let text = value.to_text();
            let by_own = |by: &Chooser| matches!(by, Chooser::Parameter(name) if is_own(name));
            text.parts.iter().any(is_given) || text.chosen.is_some_and(|by| by_own(&by))
        };
        if key.iter().any(depends) || (is_of_object(&at) && of_fields) {
            return Some(at);
        }
        if of_fields && !params.is_empty() && given_an_object.is_none() {
            given_an_object = Some(at.clone());
        }
        match at.function().parent {
            Some(parent) => at.func = parent,
            None => return given_an_object,
        }
    }
}

/// Whether a function is called on an object, whose fields it may read.
fn is_of_object(func: &FuncRef) -> bool {
    let function = func.function();
    let is_named = !function.name.is_empty();
    function.class.is_some()
        || function.kind == FunctionKind::Member
        || (function.reads_receiver && is_named)
}

/// Whether something of a value is a field of the object that a method is called on, or chosen by one.
pub(crate) fn hangs_on_fields(key: &Values) -> bool {
    let is_field =
        |part: &Part| matches!(part, Part::Hole(why) if matches!(why.of_path(), Why::Field(_)));
    let mut values = key.iter();
    is_chosen_by_field(key) || values.any(|value| value.to_text().parts.iter().any(is_field))
}

fn is_chosen_by_field(key: &Values) -> bool {
    let mut chosen = key.iter().filter_map(|value| value.to_text().chosen);
    chosen.any(|by| matches!(*by, Chooser::Field(_)))
}

pub(crate) fn is_outer(name: &str, func: &FuncRef) -> bool {
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
pub(crate) fn is_bare(key: &Values) -> bool {
    key.iter()
        .any(|value| pattern_of(&value.to_text(), Op::Read).0.is_opaque())
}

/// The patterns of a key, each once: two ways that differ in what is not known say the same.
pub(crate) fn patterns(key: &Values) -> Vec<Pattern> {
    let mut found: Vec<Pattern> = Vec::new();
    for value in key.iter() {
        let pattern = pattern_of(&value.to_text(), Op::Read).0;
        if !found.contains(&pattern) {
            found.push(pattern);
        }
    }
    found
}

/// The pattern of a symbolic string: each hole a wildcard, scheme and bucket stripped, no leading
/// slash; a listing's prefix covers what begins with it.
pub(crate) fn pattern_of(text: &Text, op: Op) -> (Pattern, Option<Bucket>) {
    let mut parts: Vec<blue_pattern::Part> = Vec::new();
    let mut bucket = None;
    let mut text = once_addressed(&of_any_scheme(text).unwrap_or_else(|| text.clone()));
    if let Some(Part::Literal(first)) = text.parts.first()
        && let Some(address) = unwrapped(first)
    {
        text.parts[0] = Part::Literal(address);
    }
    let mut rest = text.clone();
    if let Some(Part::Literal(first)) = text.parts.first()
        && let Some((scheme, after)) = first.split_once("://")
        && SCHEMES.contains(&scheme)
    {
        match after.split_once('/') {
            Some((name, key)) => {
                bucket = Some(Bucket::Known(name.into()));
                rest.parts[0] = Part::Literal(key.into());
            }
            // The bucket itself is folded from parts: the key begins after its slash.
            None => {
                if after.is_empty() {
                    bucket = bucket_in_front(&text.parts[1..]);
                }
                rest = after_first_slash(&text.parts[1..]);
            }
        }
    }
    for (index, part) in rest.parts.iter().enumerate() {
        let start = match index {
            0 => "/",
            _ => "",
        };
        let literal = |text: &str| match start {
            "" => blue_pattern::Part::Literal(text.to_owned()),
            start => blue_pattern::Part::Literal(text.trim_start_matches(start).to_owned()),
        };
        match part {
            Part::Literal(text) => parts.push(literal(text)),
            // Nobody is seen to give it: what the code takes then.
            Part::Hole(Why::Or(_, default)) if !default.contains("://") => {
                for (at, stretch) in default.split('*').enumerate() {
                    if at > 0 {
                        parts.push(blue_pattern::Part::Any);
                    }
                    parts.push(literal(stretch));
                }
            }
            Part::Any | Part::Hole(_) => parts.push(blue_pattern::Part::Any),
        }
    }
    // A star in what is listed is one to match by: no prefix holds one.
    let is_glob = text.parts.contains(&Part::Any);
    if op == Op::List && !is_glob {
        parts.push(blue_pattern::Part::Any);
    }
    (Pattern::from_parts(parts), bucket)
}

/// An address with its scheme once: a template may put it before what has one already.
fn once_addressed(text: &Text) -> Text {
    let mut text = text.clone();
    if let Some(Part::Literal(first)) = text.parts.first_mut() {
        while let Some((scheme, after)) = first.split_once("://")
            && SCHEMES.contains(&scheme)
            && SCHEMES.iter().any(|again| {
                after
                    .strip_prefix(again)
                    .is_some_and(|it| it.starts_with("://"))
            })
        {
            *first = after.into();
        }
    }
    text
}

/// The variable of the environment that is the whole of what stands before the first slash.
fn bucket_in_front(parts: &[Part]) -> Option<Bucket> {
    let [Part::Hole(why), Part::Literal(next), ..] = parts else {
        return None;
    };
    let why = match why {
        Why::Bucket(why) => why,
        why => why,
    };
    match why {
        Why::Environment(name)
            if next.starts_with('/') && !name.is_empty() && !is_named_as_path(why) =>
        {
            Some(Bucket::Env(name.clone()))
        }
        _ => None,
    }
}

/// Whether what is not known is named as a path is: a bucket and more may stand in it.
fn is_named_as_path(why: &Why) -> bool {
    const NAMES: [&str; 10] = [
        "path",
        "root",
        "dir",
        "directory",
        "folder",
        "prefix",
        "uri",
        "url",
        "location",
        "destination",
    ];
    let (Why::Parameter(name) | Why::Field(name) | Why::Environment(name)) = why else {
        return false;
    };
    let name = name.to_lowercase();
    !name.contains("bucket") && NAMES.iter().any(|word| name.ends_with(word))
}

/// What stands behind the bucket of an address whose scheme is gone.
pub(crate) fn after_first_slash(parts: &[Part]) -> Text {
    let mut made = Text::default();
    let mut found = false;
    if let Some(Part::Hole(why)) = parts.first()
        && is_named_as_path(why)
    {
        parts.iter().for_each(|part| made.push(part.clone()));
        return made;
    }
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
    if found {
        return made;
    }
    // The slash is in what is not known, which may be no bucket's name alone.
    let is_open = |part: &Part| matches!(part, Part::Hole(why) if !matches!(why, Why::Bucket(_)));
    if let Some(at) = parts.iter().position(is_open) {
        parts[at..].iter().for_each(|part| made.push(part.clone()));
    }
    made
}
