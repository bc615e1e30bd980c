//! The functions of the standard libraries that make strings and paths: what they are worth when
//! their arguments are symbolic.

pub(crate) mod addresses;
pub(crate) mod formats;
mod iterables;
mod javascript;
mod merges;
pub(crate) mod paths;
pub(crate) mod places;
pub(crate) mod records;
mod regular;
pub(crate) mod schemas;
pub(crate) mod settings;
pub(crate) mod strings;

use smol_str::SmolStr;

pub(crate) use self::formats::{percent, zeros};
pub(crate) use self::paths::join as join_paths;
use crate::eval::{Evaluator, why_of};
use crate::facts::PAIRS;
use crate::shared::Shared;
use crate::value::{Args, Closure, External, MAX_ALTERNATIVES, Part, Text, Value, Values, Why};

/// What stands for all that a function from elsewhere goes through, as its callback is given it. No source has such a name.
pub(crate) const EACH: &str = "?.each";

/// A call of something from outside the repository.
pub(crate) fn call_external(path: &str, args: &Args) -> Values {
    let first = args.positional.first();
    let name = path.rsplit('.').next().unwrap_or(path);
    if let Some(values) = javascript::of_node_paths(path, args) {
        return values;
    }
    // `str.join(".", [name, "tgz"])`: a method as its class has it.
    if let Some(method) = path.strip_prefix("str.")
        && let [text, rest @ ..] = args.positional.as_slice()
        && let Value::Text(text) = text.first()
    {
        let args = Args {
            positional: rest.to_vec(),
            ..args.clone()
        };
        return strings::method(text, method, &args);
    }
    match path {
        "os.path.join" | "posixpath.join" | "ntpath.join" | "path.join" | "path.posix.join"
        | "path.resolve" => {
            return join_paths(&args.positional);
        }
        "os.environ.get" | "os.getenv" | "Deno.env.get" => {
            let variable = first.and_then(Values::known).unwrap_or_default();
            return match args.positional.get(1).or_else(|| args.keyword("default")) {
                // `os.getenv("FOLDER", "Not Found")` says that there is none.
                Some(default) if default.known().is_none_or(|it| !it.contains(' ')) => {
                    default.clone()
                }
                _ => Values::hole(Why::Environment(variable.into())),
            };
        }
        // Airflow's own: `Variable.get("prefix", default_var="raw")`, `default` since version 3.
        "airflow.models.Variable.get"
        | "airflow.models.variable.Variable.get"
        | "airflow.sdk.Variable.get" => {
            let by_name = || {
                args.keyword("default_var")
                    .or_else(|| args.keyword("default"))
            };
            return match args.positional.get(1).or_else(by_name) {
                Some(default) => default.clone(),
                None => Values::hole(Why::External(path.into())),
            };
        }
        "os.path.isdir"
            if let Some(path) = first
                && path.iter().all(paths::is_file) =>
        {
            return Values::one(Value::Bool(false));
        }
        "os.path.basename"
        | "posixpath.basename"
        | "ntpath.basename"
        | "path.basename"
        | "path.posix.basename" => return of_path(first, paths::basename),
        "os.path.dirname" | "posixpath.dirname" | "path.dirname" | "path.posix.dirname" => {
            return of_path(first, paths::dirname);
        }
        "os.path.normpath" | "posixpath.normpath" | "path.normalize" | "path.posix.normalize" => {
            return of_path(first, Text::clone);
        }
        "os.path.split" | "posixpath.split" => {
            return pair_of(first, |path| (paths::dirname(path), paths::basename(path)));
        }
        "os.path.splitext" | "posixpath.splitext" => return pair_of(first, paths::extension),
        "re.sub" => {
            if let [pattern, new, text] = args.positional.as_slice()
                && let (Some(pattern), Some(new)) = (pattern.known(), new.known())
            {
                return of_path(Some(text), |text| regular::substitute(&pattern, &new, text));
            }
        }
        _ if let Some(handed) = iterables::call(path, args) => return handed,
        // `uniqid("exports/", ".zip")`, `_.uniqueId("job-")`
        "uniqid" | "uniqid.default" | "lodash.uniqueId" | "_.uniqueId" if first.is_some() => {
            let id = Values::hole(Why::External(path.into()));
            let before = args.positional.iter().take(1);
            let after = args.positional.iter().skip(1);
            return Values::concat(before.chain([&id]).chain(after));
        }
        "Object.values" => return first.map_or_else(missing, |v| v.map(values_of)),
        EACH => return first.map_or_else(missing, |v| v.map(values_or_itself)),
        "Object.keys" => return first.map_or_else(missing, |v| v.map(keys_of)),
        "Object.entries" => return first.map_or_else(missing, |v| v.map(entries_of)),
        // Who else puts something in is not seen.
        "Map" if *args == Args::default() => {
            return Values::one(Value::Map(Shared::new(crate::value::MapValue {
                open: Some(Why::External("Map()".into())),
                ..Default::default()
            })));
        }
        "util.format" if let Some((template, given)) = args.positional.split_first() => {
            let given = Value::List(Shared::new(given.to_vec()));
            return formats::percent(template, &Values::one(given));
        }
        "Map" if args.positional.len() == 1 => {
            return first.map_or_else(missing, |values| values.map(map_of_pairs));
        }
        _ if let Some(merged) = merges::call(path, args) => return merged,
        _ if let Some(default) = settings::call(path, args) => return default,
        _ if let Some(read) = records::call(path, args) => return read,
        "Object.fromEntries" => {
            return first.map_or_else(missing, |values| values.map(map_of_pairs));
        }
        "encodeURIComponent" if let Some(first) = first => {
            return first.map(|value| match value {
                Value::Hole(_) => value.clone(),
                value => Value::Text(strings::map_literals(&value.to_text(), javascript::encoded)),
            });
        }
        // Nothing is in it yet.
        "list" | "set" | "Array" | "Set" if *args == Args::default() => {
            return Values::one(Value::List(Shared::new(Vec::new())));
        }
        "Object.freeze" | "Array.from" => return first.cloned().unwrap_or_else(missing),
        _ => {}
    }
    match name {
        "str" | "String" | "fspath" | "quote" | "quote_plus" | "unquote" | "unquote_plus"
        | "encodeURI" | "decodeURIComponent" | "decodeURI"
            // A setting's kind.
            if !path.starts_with("envalid.") =>
        {
            first.map_or_else(
                || Values::one(Value::text("")),
                |value| Values::concat([value]),
            )
        }
        "Path" | "PurePath" | "PosixPath" | "PurePosixPath" if path.starts_with("pathlib.") => {
            join_paths(&args.positional).map(paths::of_files)
        }
        "Path" | "PurePath" | "PosixPath" | "PurePosixPath" | "S3Path" | "CloudPath"
        | "AnyPath" | "UPath" => join_paths(&args.positional),
        "dict" => {
            let map = crate::value::MapValue {
                entries: args.keywords.clone(),
                open: args
                    .open
                    .clone()
                    .or_else(|| first.map(|v| why_of(v.first()))),
                ..crate::value::MapValue::default()
            };
            Values::one(Value::Map(Shared::new(map)))
        }
        "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "MappingProxyType"
        | "Set" => first.cloned().unwrap_or_else(missing),
        "get_args" if path.starts_with("typing") => first.cloned().unwrap_or_else(missing),
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
        "URL" if args.positional.len() == 1 => first.map_or_else(missing, |values| {
            values.map(|value| match addresses::has_no_scheme(value) {
                true => Value::Hole(Why::Syntax("address without a scheme".into())),
                false => addresses::parsed(value),
            })
        }),
        "parse" if path == "url.parse" => {
            first.map_or_else(missing, |values| values.map(addresses::parsed))
        }
        "urlparse" | "urlsplit" => {
            first.map_or_else(missing, |values| values.map(addresses::parsed))
        }
        "filter" if args.positional.len() == 2 => args.positional[1].map(present),
        // `map(str, parts)`: the same parts, as strings.
        "map" if is_cast(first) && args.positional.len() == 2 => args.positional[1].clone(),
        "product" if path == "itertools.product" && args.keywords.is_empty() => {
            product(&args.positional)
        }
        "chain" if path == "itertools.chain" => Values::one(all_of(&args.positional)),
        "from_iterable" if path == "itertools.chain.from_iterable" => {
            first.map_or_else(missing, |lists| match lists.first() {
                Value::List(lists) => Values::one(all_of(lists)),
                other => Values::hole(why_of(other)),
            })
        }
        "url_to_fs" | "from_uri"
            if path.starts_with("fsspec.") || path.ends_with("FileSystem.from_uri") =>
        {
            first.map_or_else(missing, |url| url.map(addresses::file_system))
        }
        // The root of a store, which is handed to what reads and writes it.
        "get_mapper" if path.starts_with("fsspec.") => {
            let url = first.or_else(|| args.keyword("url"));
            url.cloned().unwrap_or_else(missing)
        }
        "FSStore" | "from_url" if path.starts_with("zarr.") => {
            let url = first.or_else(|| args.keyword("url"));
            url.cloned().unwrap_or_else(missing)
        }
        "S3Map" => {
            let root = first.or_else(|| args.keyword("root"));
            root.map_or_else(missing, |root| root.map(crate::keys::with_scheme))
        }
        "zip" => zip(&args.positional),
        "len" => match first.and_then(Values::known) {
            Some(known) => Values::one(Value::Int(known.chars().count() as i64)),
            None => external_call(path, args, None),
        },
        "min" | "max" if path == name && args.keyword("key").is_some() => {
            first.map_or_else(missing, crate::eval::elements_of)
        }
        "min" | "max" if path == name && args.positional.len() == 1 => {
            let which = match name {
                "min" => places::Which::First,
                _ => places::Which::Last,
            };
            let found = first.and_then(|places| places::outermost(places, which));
            let found = found.or_else(|| iterables::one_of(first?));
            found.unwrap_or_else(|| external_call(path, args, None))
        }
        "any" | "all" if path == name && args.positional.len() == 1 => {
            match first.and_then(|each| holds_of(each, name == "any")) {
                Some(known) => Values::one(Value::Bool(known)),
                None => external_call(path, args, None),
            }
        }
        "deepcopy" => first.cloned().unwrap_or_else(missing),
        "resolve" if path == "Promise.resolve" => first.cloned().unwrap_or_else(missing),
        "all" if path == "Promise.all" => first.cloned().unwrap_or_else(missing),
        // `unicodedata.normalize("NFKD", title)`: the form comes first.
        "normalize" if path == "unicodedata.normalize" => {
            args.positional.get(1).cloned().unwrap_or_else(missing)
        }
        _ if is_check(path, name) || javascript::is_cleaning(name) => {
            first.cloned().unwrap_or_else(missing)
        }
        // `cast(type, value)`: a word to the type checker.
        "cast" if args.positional.len() == 2 => match (first.map(Values::first), args.positional[1].first()) {
            (Some(Value::Class(class)), Value::Hole(_) | Value::External(_)) => {
                Values::one(Value::Instance {
                    class: class.clone(),
                    args: None,
                })
            }
            _ => args.positional[1].clone(),
        },
        "field" | "ib" | "attrib" => match args.keyword("default") {
            Some(default) => default.clone(),
            None => external_call(path, args, None),
        },
        // The default is the first argument as well.
        "Field" | "Option" | "Argument" | "Query" | "Form" | "Body"
            if ["pydantic", "typer.", "fastapi."]
                .iter()
                .any(|module| path.starts_with(module)) =>
        {
            match args.keyword("default").or(first) {
                Some(default) => default.clone(),
                None => Values::hole(Why::Syntax("field without a default".into())),
            }
        }
        // A trait is worth what it is set to; `Enum` begins with what may be set.
        "Unicode" | "CUnicode" | "Enum" | "CaselessStrEnum" if path.starts_with("traitlets.") => {
            let first = first.filter(|_| name.ends_with("Unicode"));
            match args.keyword("default_value").or(first) {
                Some(default) => default.clone(),
                None => Values::hole(Why::Syntax("field without a default".into())),
            }
        }
        // `datetime.strftime(now, "raw/%Y")`, `time.strftime("raw/%Y")`
        "strftime" | "format" if name == "strftime" || path == "format" => {
            match args.positional.iter().find_map(formats::dated) {
                Some(dated) => dated.into(),
                None => external_call(path, args, None),
            }
        }
        // date-fns: `format(new Date(), "yyyy/MM/dd")`
        "format" if path.starts_with("date-fns") => {
            match args.positional.get(1).and_then(formats::dated_by_letters) {
                Some(dated) => dated.into(),
                None => external_call(path, args, None),
            }
        }
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
pub(crate) fn external_attribute(external: &External, name: &str) -> Values {
    if matches!(name, "bucket_arn" | "bucketArn")
        && let Some(buckets) = crate::arns::bucket_names(external)
    {
        return Values::collect(buckets.into_iter().map(|bucket| {
            let mut arn = Text::literal("arn:aws:s3:::");
            arn.append(&bucket);
            Value::Text(arn)
        }));
    }
    if matches!(name, "bucket_name" | "bucketName")
        && let Some(buckets) = crate::arns::bucket_names(external)
    {
        return Values::collect(buckets.into_iter().map(Value::Text));
    }
    if let Some(given) =
        given_to_tuple(external, name).or_else(|| given_to_namespace(external, name))
    {
        return Values::one(given);
    }
    let path = format!("{}.{name}", external.path);
    Values::one(Value::External(Shared::new(External {
        path: path.into(),
        args: external.args.clone(),
        on: external.on.clone(),
    })))
}

/// An attribute of `SimpleNamespace(root="raw")`, or of a dict that is read so: `Box({"root": "raw"})`.
fn given_to_namespace(external: &External, name: &str) -> Option<Value> {
    let class = external.path.strip_suffix("()")?.rsplit('.').next()?;
    let given = match class {
        "SimpleNamespace" | "Namespace" => external.args.keyword(name)?,
        "Box" | "Munch" | "EasyDict" | "AttrDict" | "DotDict" => {
            let of_dict = || match external.args.positional.first()?.first() {
                Value::Map(map) => map.get(name),
                _ => None,
            };
            external.args.keyword(name).or_else(of_dict)?
        }
        _ => return None,
    };
    let known = given.iter().len() == 1;
    known.then(|| given.first().clone())
}

/// A field of `namedtuple("Place", ["root", "name"])(…)`, as the call that made it gave it.
fn given_to_tuple(external: &External, name: &str) -> Option<Value> {
    let path = external.path.strip_suffix("()()")?;
    if path != "namedtuple" && path != "collections.namedtuple" {
        return None;
    }
    let given = match external.args.keyword(name) {
        Some(given) => given,
        None => {
            let fields = external.on.as_ref()?.args.positional.get(1)?;
            let place = match fields.first() {
                Value::List(fields) => fields
                    .iter()
                    .position(|field| field.known().as_deref() == Some(name)),
                _ => fields
                    .known()?
                    .replace(',', " ")
                    .split_whitespace()
                    .position(|it| it == name),
            };
            external.args.positional.get(place?)?
        }
    };
    let known = given.iter().len() == 1;
    known.then(|| given.first().clone())
}

/// A method of a value that is not the repository's own; `None` for one that is not built in.
pub(crate) fn method(
    evaluator: &mut Evaluator<'_>,
    object: &Value,
    name: &str,
    args: &Args,
) -> Option<Values> {
    if let Some(arn) = crate::arns::made_by(object, name, args) {
        return Some(arn);
    }
    if name == PAIRS {
        let pairs = match object {
            Value::Map(_) => entries_of(object),
            other => other.clone(),
        };
        return Some(Values::one(pairs));
    }
    if let Some(listed) = crate::listings::method(object, name, args) {
        return Some(listed);
    }
    match object {
        Value::Text(_) | Value::Hole(_)
            if name == "replace"
                && let Some(moved) = strings::moved(object, args) =>
        {
            Some(moved)
        }
        Value::Text(text) => Some(strings::method(text, name, args)),
        // An object or a bucket by its name, whatever it is asked of: boto3's resources.
        Value::Hole(_) if matches!(name, "Object" | "ObjectSummary" | "Bucket") => {
            Some(external_call(&format!("?.{name}"), args, None))
        }
        Value::Hole(_) if matches!(name, "match" | "matchAll") && !args.positional.is_empty() => {
            javascript::matched(object, args.positional[0].first())
        }
        Value::Hole(_)
            if name == "replace"
                && let Some(replaced) = javascript::replaced_end(object, args) =>
        {
            Some(replaced)
        }
        // A date in a path of words: the words are known.
        Value::Hole(_) | Value::External(_)
            if name == "strftime"
                && let Some(dated) = args.positional.first().and_then(formats::dated) =>
        {
            Some(dated.into())
        }
        Value::Hole(_) | Value::External(_)
            if matches!(name, "format" | "toFormat")
                && let Some(dated) =
                    args.positional.first().and_then(formats::dated_by_letters) =>
        {
            Some(dated.into())
        }
        _ if let Some(read) = records::method(object, name, args) => Some(read),
        Value::External(external) if let Some(default) = settings::method(external, name, args) => {
            Some(default)
        }
        Value::External(external)
            if let Some(made) = of_listed(evaluator, external, name, args) =>
        {
            Some(made)
        }
        Value::Hole(_) | Value::External(_)
            if let Some(made) = of_unknown_elements(evaluator, object, name, args) =>
        {
            Some(made)
        }
        // `options.get("prefix", "raw")`
        Value::Hole(Why::Parameter(_) | Why::Field(_))
            if name == "get"
                && let [_, default] = args.positional.as_slice() =>
        {
            Some(Values::one(crate::eval::given_or(object, default)))
        }
        // A parameter stays that parameter, whatever is done to it, so that its callers are asked.
        Value::Hole(why @ (Why::Parameter(_) | Why::Field(_))) => Some(Values::hole(why.clone())),
        Value::Map(map) => match name {
            "get" => {
                let key = args.positional.first()?;
                let found = key.known().and_then(|key| map.get(&key).cloned());
                Some(match (found, args.positional.get(1)) {
                    (Some(found), _) => found,
                    // Somebody may have put it in.
                    (None, Some(_))
                        if let Some(why) = &map.open
                            && key.known().is_some()
                            && map.others.is_empty() =>
                    {
                        Values::hole(why.clone())
                    }
                    (None, Some(default)) if key.known().is_some() => default.clone(),
                    // Any of a table's entries.
                    (None, default)
                        if key.known().is_none()
                            && let Some(any) = map.entry_of(key) =>
                    {
                        let all = any.iter().chain(default.iter().flat_map(|it| it.iter()));
                        Values::collect(all.cloned())
                    }
                    _ => Values::hole(why_of(key.first())),
                })
            }
            "values" => Some(Values::one(values_of(object))),
            "keys" => Some(Values::one(keys_of(object))),
            "items" | "entries" => Some(Values::one(entries_of(object))),
            "copy" => Some(Values::one(object.clone())),
            "geturl" | "toString" => map.get("href").cloned(),
            _ => None,
        },
        Value::List(elements) => list_method(evaluator, elements, name, args),
        Value::External(external) if !external.path.contains('(') => {
            let path = format!("{}.{name}", external.path);
            // Only what is known by its whole name; a module of the repository may hide behind it.
            is_known_whole(&path).then(|| call_external(&path, args))
        }
        Value::External(external)
            if let Some(groups) = javascript::method(external, name, args) =>
        {
            Some(groups)
        }
        Value::External(external)
            if matches!(name, "substitute" | "safe_substitute")
                && external.path == "string.Template()"
                && let Some(Value::Text(text)) =
                    external.args.positional.first().map(Values::first) =>
        {
            Some(formats::template(text, args))
        }
        Value::External(external) if matches!(name, "group" | "groups") => {
            addresses::group(external, name, args)
        }
        Value::External(external) => {
            let path = format!("{}.{name}", external.path);
            Some(external_call(&path, args, Some(external)))
        }
        _ => None,
    }
}

fn list_method(
    evaluator: &mut Evaluator<'_>,
    elements: &Shared<Vec<Values>>,
    name: &str,
    args: &Args,
) -> Option<Values> {
    match name {
        // Of a mapping nothing is known but what its values are: it is as a list of them.
        "values" if args.positional.is_empty() => Some(Values::one(Value::List(elements.clone()))),
        "items" if args.positional.is_empty() => {
            let key = Values::hole(Why::Syntax("key".into()));
            let pair = |element: &Values| {
                let pair = vec![key.clone(), element.clone()];
                Values::one(Value::List(Shared::new(pair)))
            };
            let pairs = elements.iter().map(pair).collect();
            Some(Values::one(Value::List(Shared::new(pairs))))
        }
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
            let function = args.positional.first()?.first().clone();
            // `parts.map(encodeURIComponent)`
            if let Value::External(external) = &function
                && matches!(
                    &*external.path,
                    "encodeURIComponent" | "encodeURI" | "String"
                )
            {
                let made = elements
                    .iter()
                    .map(|element| call_external(&external.path, &given(&[element])));
                return Some(Values::one(Value::List(Shared::new(made.collect()))));
            }
            let Value::Func(closure) = function else {
                return None;
            };
            let made = elements
                .iter()
                .map(|element| call_with(evaluator, &closure, element));
            let made: Vec<Values> = made.collect();
            let made = match name {
                "flatMap" => flat(&made),
                _ => made,
            };
            Some(Values::one(Value::List(Shared::new(made))))
        }
        "flat" => Some(Values::one(Value::List(Shared::new(flat(elements))))),
        "slice"
            if args
                .positional
                .iter()
                .all(|it| matches!(it.first(), Value::Int(_))) =>
        {
            let at = |index: usize| match args.positional.get(index).map(Values::first) {
                Some(Value::Int(at)) => Some(*at),
                _ => None,
            };
            Some(Values::one(list_slice(elements, at(0), at(1))))
        }
        "reduce" => {
            let Value::Func(closure) = args.positional.first()?.first().clone() else {
                return None;
            };
            let (mut made, elements) = match args.positional.get(1) {
                Some(first) => (first.clone(), elements.as_slice()),
                None => (elements.first()?.clone(), &elements[1..]),
            };
            if elements.len() > crate::value::MAX_ALTERNATIVES {
                return None;
            }
            for element in elements {
                made = evaluator.call_closure(&closure, &given(&[&made, element]));
            }
            Some(made)
        }
        "pop" | "shift" => {
            let front = name == "shift"
                || matches!(
                    args.positional.first().map(Values::first),
                    Some(Value::Int(0))
                );
            let found = if front {
                elements.first()
            } else {
                elements.last()
            };
            found.cloned()
        }
        "filter"
            if matches!(args.positional.first().map(Values::first),
                Some(Value::External(external)) if external.path == "Boolean") =>
        {
            Some(javascript::without_missing(elements))
        }
        "filter" if let Some(Value::Func(test)) = args.positional.first().map(Values::first) => {
            let test = test.clone();
            let mut left = Vec::new();
            for element in elements.iter() {
                let element = javascript::that_pass(evaluator, &test, element);
                left.extend(element);
            }
            Some(javascript::without_missing(&left))
        }
        "reverse" => {
            let reversed = elements.iter().rev().cloned().collect();
            Some(Values::one(Value::List(Shared::new(reversed))))
        }
        "at" => match args.positional.first()?.first() {
            Value::Int(at) => {
                let at = if *at < 0 {
                    elements.len() as i64 + at
                } else {
                    *at
                };
                elements.get(usize::try_from(at).ok()?).cloned()
            }
            _ => None,
        },
        "concat" => {
            let mut all = elements.to_vec();
            for arg in &args.positional {
                match arg.first() {
                    Value::List(more) => all.extend(more.iter().cloned()),
                    _ => all.push(arg.clone()),
                }
            }
            Some(Values::one(Value::List(Shared::new(all))))
        }
        "filter" | "slice" | "splice" | "sort" | "copy" => {
            // A subset of the elements: as the elements of a loop they are the same.
            Some(Values::one(Value::List(elements.clone())))
        }
        _ => None,
    }
}

fn call_with(evaluator: &mut Evaluator<'_>, closure: &Closure, element: &Values) -> Values {
    evaluator.call_closure(closure, &given(&[element]))
}

fn given(values: &[&Values]) -> Args {
    Args {
        positional: values.iter().map(|values| (*values).clone()).collect(),
        ..Args::default()
    }
}

/// What a method makes of what was listed, however much that is: some of it is as all of it.
fn of_listed(
    evaluator: &mut Evaluator<'_>,
    listed: &Shared<External>,
    method: &str,
    args: &Args,
) -> Option<Values> {
    let element = crate::listings::elements(listed)?;
    match method {
        "map" | "flatMap" | "filter" => {
            list_method(evaluator, &Shared::new(vec![element]), method, args)
        }
        "sort" | "toSorted" | "reverse" | "toReversed" | "slice" | "splice" => {
            Some(Values::one(Value::External(listed.clone())))
        }
        "find" | "findLast" | "pop" | "shift" | "at" => Some(element),
        _ => None,
    }
}

/// What a method makes of the elements of a collection that is not known, by what the function it is given
/// makes of one: `names.map((name) => ({ Key: `old/${name}` }))`.
fn of_unknown_elements(
    evaluator: &mut Evaluator<'_>,
    collection: &Value,
    method: &str,
    args: &Args,
) -> Option<Values> {
    let Some(Value::Func(closure)) = args.positional.first().map(Values::first) else {
        return None;
    };
    let element = Values::hole(why_of(collection));
    match method {
        "map" | "flatMap" => {
            let made = evaluator.call_closure(closure, &given(&[&element]));
            let says_something = |value: &Value| !matches!(value, Value::Hole(_));
            let made = match method {
                "flatMap" => flat(&[made]),
                _ => vec![made],
            };
            let mut values = made.iter().flat_map(Values::iter);
            values
                .all(says_something)
                .then(|| Values::one(Value::List(Shared::new(made))))
        }
        "reduce" => {
            let first = args.positional.get(1)?;
            Some(evaluator.call_closure(closure, &given(&[first, &element])))
        }
        _ => None,
    }
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

/// `list[start:end]`.
pub(crate) fn list_slice(elements: &[Values], start: Option<i64>, end: Option<i64>) -> Value {
    // `name.split(".")[:-1]` of what is not known: what is cut off is in the hole.
    if let ([only], None | Some(0), Some(-1)) = (elements, start, end)
        && only.iter().any(ends_in_hole)
    {
        return Value::List(Shared::new(vec![only.clone()]));
    }
    let length = elements.len() as i64;
    let place = |at: i64| if at < 0 { length + at } else { at }.clamp(0, length) as usize;
    let (start, end) = (place(start.unwrap_or(0)), place(end.unwrap_or(length)));
    let taken = elements.get(start..end.max(start)).unwrap_or_default();
    // One element may stand for many: `listed(prefix)[:-3]`.
    if let ([only], []) = (elements, taken)
        && only.iter().any(|value| value.to_text().why().is_some())
    {
        return Value::List(Shared::new(elements.to_vec()));
    }
    Value::List(Shared::new(taken.to_vec()))
}

fn ends_in_hole(value: &Value) -> bool {
    match value {
        Value::Text(text) => matches!(text.parts.last(), Some(Part::Hole(_))),
        _ => false,
    }
}

/// What is known by its whole name alone: a module of the repository may be called as a part of it is.
fn is_known_whole(path: &str) -> bool {
    let file_functions = ["os.path.", "posixpath.", "ntpath.", "path.", "path.posix."];
    let is_of = |names: &[&str], name: &str| names.contains(&name);
    let of_paths = file_functions.iter().any(|module| {
        path.strip_prefix(module).is_some_and(|name| {
            is_of(
                &[
                    "join",
                    "basename",
                    "dirname",
                    "split",
                    "splitext",
                    "normpath",
                    "normalize",
                    "resolve",
                    "extname",
                    "parse",
                    "isdir",
                ],
                name,
            )
        })
    });
    of_paths
        || is_of(
            &[
                "os.environ.get",
                "os.getenv",
                "re.sub",
                "itertools.product",
                "itertools.chain",
                "itertools.chain.from_iterable",
                "datetime.datetime.strftime",
                "datetime.date.strftime",
                "datetime.strftime",
                "time.strftime",
                "Object.values",
                "Object.keys",
                "Object.entries",
                "Object.fromEntries",
                "Object.freeze",
                "lodash.merge",
                "lodash.assign",
                "lodash.extend",
                "lodash.defaults",
                "lodash.defaultsDeep",
                "Object.assign",
                "Array.from",
                "Promise.all",
                "Promise.resolve",
                "url.parse",
            ],
            path,
        )
}

/// A function from outside that gives back what it was given, by its name: `check.str_param(x, "x")`.
fn is_check(path: &str, name: &str) -> bool {
    let begins = [
        "check_",
        "ensure_",
        "validate_",
        "require_",
        "assert_",
        "opt_",
        "not_none",
    ];
    // `subprocess.check_output(command)`: not what it is given.
    !path.starts_with("subprocess.")
        && (name.ends_with("_param") || begins.iter().any(|word| name.starts_with(word)))
}

fn of_path(path: Option<&Values>, change: impl Fn(&Text) -> Text) -> Values {
    path.map_or_else(missing, |values| {
        values.map(|value| Value::Text(change(&value.to_text())))
    })
}

fn pair_of(path: Option<&Values>, part: impl Fn(&Text) -> (Text, Text)) -> Values {
    path.map_or_else(missing, |values| {
        values.map(|value| {
            let (first, second) = part(&value.to_text());
            Value::List(Shared::new(vec![first.into(), second.into()]))
        })
    })
}

/// What `any` and `all` say of a list: the answer of one element settles it, or all say the other.
fn holds_of(list: &Values, settles: bool) -> Option<bool> {
    let Value::List(elements) = list.first() else {
        return None;
    };
    let answers = elements.iter().map(|element| match element.first() {
        Value::Bool(known) if element.iter().len() == 1 => Some(*known),
        _ => None,
    });
    let answers: Vec<Option<bool>> = answers.collect();
    // One that is empty here is filled elsewhere.
    if list.iter().len() > 1 || elements.is_empty() {
        return None;
    }
    match answers.contains(&Some(settles)) {
        true => Some(settles),
        false => answers.iter().all(Option::is_some).then_some(!settles),
    }
}

/// The elements of a list that are there: `filter(None, parts)`.
pub(crate) fn present(value: &Value) -> Value {
    let is_there = |values: &&Values| match values.first() {
        Value::Null => false,
        Value::Text(text) => !text.parts.is_empty(),
        _ => true,
    };
    match value {
        Value::List(elements) => {
            let kept = elements.iter().filter(is_there).cloned();
            Value::List(Shared::new(kept.collect()))
        }
        other => other.clone(),
    }
}

/// Whether a function only makes its argument a string, or cleans it.
fn is_cast(function: Option<&Values>) -> bool {
    matches!(function.map(Values::first),
        Some(Value::External(external)) if matches!(external.path.as_str(), "str" | "os.fspath" | "repr"))
}

/// The elements of some lists, one list after the other.
fn all_of(lists: &[Values]) -> Value {
    let elements = lists.iter().flat_map(|list| match list.first() {
        Value::List(elements) => elements.to_vec(),
        _ => vec![list.flat_map(crate::eval::each)],
    });
    Value::List(Shared::new(elements.collect()))
}

/// Every pair of some lists' elements, as rows; beyond a bound one row of what each place may be.
fn product(lists: &[Values]) -> Values {
    let row = |row: Vec<Values>| Values::one(Value::List(Shared::new(row)));
    let mut rows: Vec<Vec<Values>> = vec![Vec::new()];
    for list in lists {
        let elements = match list.first() {
            Value::List(elements) => elements.to_vec(),
            _ => vec![list.flat_map(crate::eval::each)],
        };
        let with = |row: &Vec<Values>| {
            let row = row.clone();
            let more = elements.clone().into_iter();
            more.map(move |element| row.iter().cloned().chain([element]).collect())
        };
        rows = rows.iter().flat_map(with).collect();
        if rows.len() > MAX_ALTERNATIVES {
            let each = lists.iter().map(crate::eval::elements_of).collect();
            return Values::one(Value::List(Shared::new(vec![row(each)])));
        }
    }
    let rows = rows.into_iter().map(row).collect();
    Values::one(Value::List(Shared::new(rows)))
}

/// Lists walked side by side, as far as the longest that is known.
fn zip(lists: &[Values]) -> Values {
    let known = |values: &Values| match values.first() {
        Value::List(elements) => Some(elements.clone()),
        _ => None,
    };
    let length = lists.iter().filter_map(known).map(|list| list.len()).max();
    let Some(length) = length else {
        return Values::hole(Why::Syntax("collection".into()));
    };
    let rows = (0..length).map(|index| {
        let row = lists.iter().map(|values| match known(values) {
            Some(list) => list
                .get(index)
                .cloned()
                .unwrap_or_else(|| Values::hole(Why::Syntax("index".into()))),
            None => values.flat_map(crate::eval::each),
        });
        Values::one(Value::List(Shared::new(row.collect())))
    });
    Values::one(Value::List(Shared::new(rows.collect())))
}

fn missing() -> Values {
    Values::hole(Why::Syntax("missing argument".into()))
}

/// The elements of the lists among some elements, and the others.
fn flat(elements: &[Values]) -> Vec<Values> {
    let mut made = Vec::new();
    for element in elements {
        match element.first() {
            Value::List(inner) if element.iter().len() == 1 => made.extend(inner.iter().cloned()),
            // `flatMap((it) => (it.Key ? [it.Key] : []))`: what is left out is none.
            Value::List(_) => made.push(crate::eval::elements_of(element)),
            _ => made.push(element.clone()),
        }
    }
    made
}

/// A map, of a list of its keys with their values.
fn map_of_pairs(value: &Value) -> Value {
    let Value::List(pairs) = value else {
        return Value::Hole(why_of(value));
    };
    let mut made = crate::value::MapValue::default();
    for pair in pairs.iter() {
        match pair.first() {
            Value::List(pair) if pair.len() == 2 => match pair[0].known() {
                Some(key) => made.put(&key.into(), pair[1].clone()),
                None => {
                    made.open = Some(why_of(pair[0].first()));
                    made.put_other(pair[0].first().to_text(), pair[1].clone());
                }
            },
            other => made.open = Some(why_of(other)),
        }
    }
    Value::Map(Shared::new(made))
}

fn values_of(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::List(Shared::new(map.values().cloned().collect())),
        Value::Class(class) if crate::eval::is_enumeration(class) => Value::Hole(why_of(value)),
        other => Value::Hole(why_of(other)),
    }
}

/// What lodash gives to a function for each: of an object its values.
fn values_or_itself(value: &Value) -> Value {
    match value {
        Value::Map(_) => values_of(value),
        other => other.clone(),
    }
}

fn keys_of(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let keys = map.pairs().map(|(key, _)| key);
            Value::List(Shared::new(keys.collect()))
        }
        other => Value::Hole(why_of(other)),
    }
}

fn entries_of(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let entries = map.pairs().map(|(key, values)| {
                let pair = vec![key, values.clone()];
                Values::one(Value::List(Shared::new(pair)))
            });
            Value::List(Shared::new(entries.collect()))
        }
        other => Value::Hole(why_of(other)),
    }
}
