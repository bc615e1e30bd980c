//! The functions of the standard libraries that make strings and paths: what they are worth when
//! their arguments are symbolic.

use smol_str::SmolStr;

use crate::eval::{Evaluator, why_of};
use crate::shared::Shared;
use crate::value::{Args, Closure, External, Part, Text, Value, Values, Why};

/// A call of something from outside the repository.
pub(crate) fn call_external(path: &str, args: &Args) -> Values {
    let first = args.positional.first();
    let name = path.rsplit('.').next().unwrap_or(path);
    match path {
        "os.path.join" | "posixpath.join" | "ntpath.join" | "path.join" | "path.posix.join"
        | "path.resolve" => {
            return join_paths(&args.positional);
        }
        "os.environ.get" | "os.getenv" => {
            let variable = first.and_then(Values::known).unwrap_or_default();
            return match args.positional.get(1).or_else(|| args.keyword("default")) {
                Some(default) => default.clone(),
                None => Values::hole(Why::Environment(variable.into())),
            };
        }
        "os.path.basename" | "posixpath.basename" | "path.basename" | "path.posix.basename" => {
            return first.map_or_else(missing, |values| {
                values.map(|value| Value::Text(basename(&value.to_text())))
            });
        }
        "Object.values" => return first.map_or_else(missing, |v| v.map(values_of)),
        "Object.keys" => return first.map_or_else(missing, |v| v.map(keys_of)),
        "Object.entries" => return first.map_or_else(missing, |v| v.map(entries_of)),
        "Object.freeze" | "Array.from" => return first.cloned().unwrap_or_else(missing),
        "Object.assign" => return merge(args),
        _ => {}
    }
    match name {
        "str" | "String" | "fspath" | "quote" | "quote_plus" | "encodeURI" => first.map_or_else(
            || Values::one(Value::text("")),
            |value| Values::concat([value]),
        ),
        "Path" | "PurePath" | "PosixPath" | "PurePosixPath" | "S3Path" | "CloudPath"
        | "AnyPath" | "UPath" => join_paths(&args.positional),
        "dict" => {
            let map = crate::value::MapValue {
                entries: args.keywords.clone(),
                open: args
                    .open
                    .clone()
                    .or_else(|| first.map(|v| why_of(v.first()))),
            };
            Values::one(Value::Map(Shared::new(map)))
        }
        "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "MappingProxyType" => {
            first.cloned().unwrap_or_else(missing)
        }
        "enumerate" => first.map_or_else(missing, |values| {
            values.map(|value| match value {
                Value::List(elements) => Value::List(Shared::new(
                    elements
                        .iter()
                        .map(|element| {
                            let number = Values::hole(Why::Syntax("counter".into()));
                            Values::one(Value::List(Shared::new(vec![number, element.clone()])))
                        })
                        .collect(),
                )),
                other => Value::Hole(why_of(other)),
            })
        }),
        // `cast(type, value)`: a word to the type checker.
        "cast" if args.positional.len() == 2 => args.positional[1].clone(),
        "field" => match args.keyword("default") {
            Some(default) => default.clone(),
            None => external_call(path, args, None),
        },
        _ => external_call(path, args, None),
    }
}

/// Bytes. A chain of calls on what came from outside is followed no further.
const MAX_OUTSIDE_PATH: usize = 256;

pub(crate) fn external_call(path: &str, args: &Args, on: Option<&Shared<External>>) -> Values {
    let on = on.filter(|on| on.path.contains('(')).cloned();
    let path: SmolStr = format!("{path}()").into();
    if path.len() > MAX_OUTSIDE_PATH {
        return Values::hole(Why::External(SmolStr::new_static("a long chain of calls")));
    }
    let args = match args.is_kept() {
        true => args.clone(),
        false => Args {
            open: Some(Why::TooLong),
            ..Args::default()
        },
    };
    Values::one(Value::External(Shared::new(External { path, args, on })))
}

/// An attribute of what an outside call returned. A bucket's ARN is known where its name is.
pub(crate) fn external_attribute(external: &External, name: &str) -> Value {
    if matches!(name, "bucket_arn" | "bucketArn")
        && let Some(bucket) = bucket_name(external)
    {
        let mut arn = Text::literal("arn:aws:s3:::");
        arn.append(&bucket);
        return Value::Text(arn);
    }
    if matches!(name, "bucket_name" | "bucketName")
        && let Some(bucket) = bucket_name(external)
    {
        return Value::Text(bucket);
    }
    let path = format!("{}.{name}", external.path);
    Value::External(Shared::new(External {
        path: path.into(),
        args: external.args.clone(),
        on: external.on.clone(),
    }))
}

/// The name of the bucket that a CDK construct or a resource stands for.
pub(crate) fn bucket_name(external: &External) -> Option<Text> {
    let path = external.path.strip_suffix("()")?;
    let args = &external.args;
    let text = |values: &Values| match values.first() {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    match path.rsplit('.').next()? {
        "from_bucket_name" | "fromBucketName" => text(
            args.positional
                .get(2)
                .or_else(|| args.keyword("bucket_name"))?,
        ),
        "from_bucket_arn" | "fromBucketArn" => {
            let arn = text(
                args.positional
                    .get(2)
                    .or_else(|| args.keyword("bucket_arn"))?,
            )?;
            Some(Text::literal(arn.known()?.strip_prefix("arn:aws:s3:::")?))
        }
        "Bucket" => match args.keyword("bucket_name") {
            Some(name) => text(name),
            None => match args.positional.last()?.first() {
                Value::Map(map) => text(map.get("bucketName")?),
                Value::Text(name) if args.positional.len() == 1 => Some(name.clone()),
                _ => None,
            },
        },
        _ => None,
    }
}

/// A method of a value that is not the repository's own; `None` for one that is not built in.
pub(crate) fn method(
    evaluator: &mut Evaluator<'_>,
    object: &Value,
    name: &str,
    args: &Args,
) -> Option<Values> {
    match object {
        Value::Text(text) => Some(text_method(text, name, args)),
        Value::Hole(why) if matches!(name, "arn_for_objects" | "arnForObjects") => {
            let slash = Values::one(Value::text("/"));
            let pattern = args.positional.first()?;
            Some(Values::concat([
                &Values::hole(why.clone()),
                &slash,
                pattern,
            ]))
        }
        // An object or a bucket by its name, whatever it is asked of: boto3's resources.
        Value::Hole(_) if matches!(name, "Object" | "ObjectSummary" | "Bucket") => {
            Some(external_call(&format!("?.{name}"), args, None))
        }
        // A parameter stays that parameter, whatever is done to it, so that its callers are asked.
        Value::Hole(why @ Why::Parameter(_)) => Some(Values::hole(why.clone())),
        Value::Map(map) => match name {
            "get" => {
                let key = args.positional.first()?;
                let found = key.known().and_then(|key| map.get(&key).cloned());
                Some(match (found, args.positional.get(1)) {
                    (Some(found), _) => found,
                    (None, Some(default)) if key.known().is_some() => default.clone(),
                    _ => Values::hole(why_of(key.first())),
                })
            }
            "values" => Some(Values::one(values_of(object))),
            "keys" => Some(Values::one(keys_of(object))),
            "items" | "entries" => Some(Values::one(entries_of(object))),
            "copy" => Some(Values::one(object.clone())),
            _ => None,
        },
        Value::List(elements) => list_method(evaluator, elements, name, args),
        Value::External(external) if !external.path.contains('(') => {
            let path = format!("{}.{name}", external.path);
            // Only what is known by its whole name; a module of the repository may hide behind it.
            matches!(
                path.as_str(),
                "os.path.join"
                    | "posixpath.join"
                    | "path.join"
                    | "path.posix.join"
                    | "path.resolve"
                    | "os.path.basename"
                    | "posixpath.basename"
                    | "path.basename"
                    | "path.posix.basename"
                    | "os.environ.get"
                    | "os.getenv"
                    | "Object.values"
                    | "Object.keys"
                    | "Object.entries"
                    | "Object.freeze"
                    | "Object.assign"
                    | "Array.from"
            )
            .then(|| call_external(&path, args))
        }
        Value::External(external) => {
            let known = match name {
                "arn_for_objects" | "arnForObjects" => arn_for_objects(external, args),
                _ => None,
            };
            known.or_else(|| {
                let path = format!("{}.{name}", external.path);
                Some(external_call(&path, args, Some(external)))
            })
        }
        _ => None,
    }
}

fn arn_for_objects(external: &External, args: &Args) -> Option<Values> {
    let pattern = args.positional.first()?;
    let Value::Text(mut arn) = external_attribute(external, "bucket_arn") else {
        let hole = Values::hole(Why::External(external.path.clone()));
        return Some(Values::concat([
            &hole,
            &Values::one(Value::text("/")),
            pattern,
        ]));
    };
    arn.push(Part::Literal("/".into()));
    Some(Values::concat([&Values::one(Value::Text(arn)), pattern]))
}

fn text_method(text: &Text, name: &str, args: &Args) -> Values {
    let first = args.positional.first();
    let given = first.and_then(Values::known);
    let made = match (name, given) {
        ("strip" | "trim", chars) => {
            Some(strip(&strip(text, &chars, Side::Left), &chars, Side::Right))
        }
        ("lstrip" | "trimStart", chars) => Some(strip(text, &chars, Side::Left)),
        ("rstrip" | "trimEnd", chars) => Some(strip(text, &chars, Side::Right)),
        ("lower" | "toLowerCase" | "casefold", _) => Some(map_literals(text, str::to_lowercase)),
        ("upper" | "toUpperCase", _) => Some(map_literals(text, str::to_uppercase)),
        ("removeprefix", Some(prefix)) => Some(remove_prefix(text, &prefix)),
        ("removesuffix", Some(suffix)) => Some(remove_suffix(text, &suffix)),
        ("replace" | "replaceAll", Some(old)) => {
            match args.positional.get(1).and_then(Values::known) {
                Some(new) => Some(map_literals(text, |literal| literal.replace(&old, &new))),
                None => Some(text.clone()),
            }
        }
        ("as_posix" | "toString" | "__str__" | "expanduser" | "normalize", _) => Some(text.clone()),
        ("value", _) => Some(text.clone()),
        ("format", _) => return format(text, args),
        ("join", _) if first.is_some() => {
            return join_text(text, first.map_or(&Value::Null, |v| v.first()));
        }
        ("joinpath", _) => {
            let this = Values::one(Value::Text(text.clone()));
            return join_paths(std::iter::once(&this).chain(&args.positional));
        }
        ("concat", _) => {
            let this = Values::one(Value::Text(text.clone()));
            return Values::concat(std::iter::once(&this).chain(&args.positional));
        }
        _ => None,
    };
    match made {
        Some(text) => text.into(),
        None => Values::hole(Why::Syntax(format!("result of `{name}`").into())),
    }
}

fn list_method(
    evaluator: &mut Evaluator<'_>,
    elements: &Shared<Vec<Values>>,
    name: &str,
    args: &Args,
) -> Option<Values> {
    match name {
        "join" => {
            let separator = match args.positional.first() {
                Some(separator) => match separator.first() {
                    Value::Text(text) => text.clone(),
                    _ => return None,
                },
                None => Text::literal(","),
            };
            Some(join_text(&separator, &Value::List(elements.clone())))
        }
        "map" | "flatMap" => {
            let Value::Func(closure) = args.positional.first()?.first().clone() else {
                return None;
            };
            let made = elements
                .iter()
                .map(|element| call_with(evaluator, &closure, element));
            Some(Values::one(Value::List(Shared::new(made.collect()))))
        }
        "filter" | "slice" | "concat" | "sort" | "reverse" | "copy" => {
            // A subset of the elements: as the elements of a loop they are the same.
            Some(Values::one(Value::List(elements.clone())))
        }
        _ => None,
    }
}

fn call_with(evaluator: &mut Evaluator<'_>, closure: &Closure, element: &Values) -> Values {
    let args = Args {
        positional: vec![element.clone()],
        ..Args::default()
    };
    evaluator.call_closure(closure, &args)
}

fn join_text(separator: &Text, list: &Value) -> Values {
    let Value::List(elements) = list else {
        return Values::hole(why_of(list));
    };
    let separator = Values::one(Value::Text(separator.clone()));
    let mut pieces: Vec<&Values> = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            pieces.push(&separator);
        }
        pieces.push(element);
    }
    Values::concat(pieces)
}

/// Joined as paths are: one slash between the parts, a part that begins with a slash starts anew.
pub(crate) fn join_paths<'a>(parts: impl IntoIterator<Item = &'a Values>) -> Values {
    let mut whole: Option<Values> = None;
    for part in parts {
        let part = Values::concat([part]);
        whole = Some(match whole {
            None => part,
            Some(before) => {
                let mut all = Vec::new();
                for left in before.iter() {
                    for right in part.iter() {
                        all.push(Value::Text(join_two(&left.to_text(), &right.to_text())));
                    }
                }
                Values::collect(all)
            }
        });
    }
    whole.unwrap_or_else(|| Values::one(Value::text("")))
}

fn join_two(left: &Text, right: &Text) -> Text {
    if let Some(Part::Literal(text)) = right.parts.first()
        && text.starts_with('/')
    {
        return right.clone();
    }
    let mut whole = left.clone();
    let ends_with_slash = match left.parts.last() {
        Some(Part::Literal(text)) => text.ends_with('/'),
        None => true,
        _ => false,
    };
    let right = match right.parts.first() {
        Some(Part::Literal(text)) if text.starts_with("./") => remove_prefix(right, "./"),
        _ => right.clone(),
    };
    if !ends_with_slash && !right.parts.is_empty() {
        whole.push(Part::Literal("/".into()));
    }
    whole.append(&right);
    whole
}

/// What stands behind the last slash that is seen; a hole may hold one more, which it covers.
fn basename(path: &Text) -> Text {
    let mut made = Text::default();
    for part in &path.parts {
        match part {
            Part::Literal(literal) => match literal.rsplit_once('/') {
                Some((_, after)) => {
                    made = Text::default();
                    made.push(Part::Literal(after.into()));
                }
                None => made.push(part.clone()),
            },
            part => made.push(part.clone()),
        }
    }
    made
}

enum Side {
    Left,
    Right,
}

fn strip(text: &Text, chars: &Option<String>, side: Side) -> Text {
    let cut = |c: char| match chars {
        Some(chars) => chars.contains(c),
        None => c.is_whitespace(),
    };
    let mut made = Text::default();
    let last = text.parts.len().saturating_sub(1);
    for (index, part) in text.parts.iter().enumerate() {
        match (part, &side) {
            (Part::Literal(literal), Side::Left) if index == 0 => {
                made.push(Part::Literal(literal.trim_start_matches(cut).into()));
            }
            (Part::Literal(literal), Side::Right) if index == last => {
                made.push(Part::Literal(literal.trim_end_matches(cut).into()));
            }
            (part, _) => made.push(part.clone()),
        }
    }
    made
}

fn map_literals(text: &Text, change: impl Fn(&str) -> String) -> Text {
    let mut made = Text::default();
    for part in &text.parts {
        made.push(match part {
            Part::Literal(literal) => Part::Literal(change(literal).into()),
            other => other.clone(),
        });
    }
    made
}

fn remove_prefix(text: &Text, prefix: &str) -> Text {
    let mut made = text.clone();
    if let Some(Part::Literal(literal)) = made.parts.first_mut()
        && let Some(rest) = literal.strip_prefix(prefix)
    {
        *literal = rest.into();
    }
    map_literals(&made, str::to_owned)
}

fn remove_suffix(text: &Text, suffix: &str) -> Text {
    let mut made = text.clone();
    if let Some(Part::Literal(literal)) = made.parts.last_mut()
        && let Some(rest) = literal.strip_suffix(suffix)
    {
        *literal = rest.into();
    }
    map_literals(&made, str::to_owned)
}

/// `"{}/{name}".format(…)`: fields by order, by number, by name; a field's format is not applied.
fn format(text: &Text, args: &Args) -> Values {
    let mut pieces: Vec<Values> = Vec::new();
    let mut next = 0;
    for part in &text.parts {
        let Part::Literal(literal) = part else {
            pieces.push(
                Text {
                    parts: vec![part.clone()],
                }
                .into(),
            );
            continue;
        };
        let mut rest = literal.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            pieces.push(Values::one(Value::text(&rest[..at])));
            let brace = &rest[at..];
            if brace.starts_with("{{") || brace.starts_with("}}") {
                pieces.push(Values::one(Value::text(&brace[..1])));
                rest = &brace[2..];
                continue;
            }
            let Some(end) = brace.find('}').filter(|_| brace.starts_with('{')) else {
                return Values::hole(Why::Syntax("format string".into()));
            };
            pieces.push(format_field(&brace[1..end], args, &mut next));
            rest = &brace[end + 1..];
        }
        pieces.push(Values::one(Value::text(rest)));
    }
    Values::concat(&pieces)
}

fn format_field(field: &str, args: &Args, next: &mut usize) -> Values {
    let name = field.split(['!', ':']).next().unwrap_or_default();
    let found = if name.is_empty() {
        *next += 1;
        args.positional.get(*next - 1)
    } else if let Ok(position) = name.parse::<usize>() {
        args.positional.get(position)
    } else {
        args.keyword(name)
    };
    match found {
        Some(values) => Values::concat([values]),
        None => Values::hole(Why::Syntax("format field".into())),
    }
}

/// `"%s/%d" % (a, b)`, `"%(name)s" % {…}`.
pub(crate) fn percent(template: &Values, given: &Values) -> Values {
    let Value::Text(template) = template.first() else {
        return Values::hole(why_of(template.first()));
    };
    let mut pieces: Vec<Values> = Vec::new();
    let mut next = 0;
    for part in &template.parts {
        let Part::Literal(literal) = part else {
            pieces.push(
                Text {
                    parts: vec![part.clone()],
                }
                .into(),
            );
            continue;
        };
        let mut rest = literal.as_str();
        while let Some(at) = rest.find('%') {
            pieces.push(Values::one(Value::text(&rest[..at])));
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                pieces.push(Values::one(Value::text("%")));
                rest = after;
                continue;
            }
            let mut name = None;
            if let Some(after) = rest.strip_prefix('(')
                && let Some((inside, after)) = after.split_once(')')
            {
                name = Some(inside);
                rest = after;
            }
            let end = rest
                .find(|c: char| c.is_ascii_alphabetic())
                .map_or(rest.len(), |at| at + 1);
            rest = &rest[end..];
            pieces.push(percent_field(name, given, &mut next));
        }
        pieces.push(Values::one(Value::text(rest)));
    }
    Values::concat(&pieces)
}

fn percent_field(name: Option<&str>, given: &Values, next: &mut usize) -> Values {
    let missing = || Values::hole(Why::Syntax("format field".into()));
    match (name, given.first()) {
        (Some(name), Value::Map(map)) => map.get(name).cloned().unwrap_or_else(missing),
        (None, Value::List(elements)) => {
            *next += 1;
            elements.get(*next - 1).cloned().unwrap_or_else(missing)
        }
        (None, _) => given.clone(),
        _ => missing(),
    }
}

fn missing() -> Values {
    Values::hole(Why::Syntax("missing argument".into()))
}

fn merge(args: &Args) -> Values {
    let mut merged = crate::value::MapValue::default();
    for arg in &args.positional {
        match arg.first() {
            Value::Map(map) => {
                merged.entries.extend(map.entries.iter().cloned());
                merged.open = merged.open.or(map.open.clone());
            }
            other => merged.open = Some(why_of(other)),
        }
    }
    Values::one(Value::Map(Shared::new(merged)))
}

fn values_of(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::List(Shared::new(
            map.entries.iter().map(|(_, v)| v.clone()).collect(),
        )),
        Value::Class(class) if crate::eval::is_enumeration(class) => Value::Hole(why_of(value)),
        other => Value::Hole(why_of(other)),
    }
}

fn keys_of(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let keys = map
                .entries
                .iter()
                .map(|(key, _)| Values::one(Value::text(key)));
            Value::List(Shared::new(keys.collect()))
        }
        other => Value::Hole(why_of(other)),
    }
}

fn entries_of(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let entries = map.entries.iter().map(|(key, values)| {
                let pair = vec![Values::one(Value::text(key)), values.clone()];
                Values::one(Value::List(Shared::new(pair)))
            });
            Value::List(Shared::new(entries.collect()))
        }
        other => Value::Hole(why_of(other)),
    }
}
