//! What a program gets when it lists: the keys of what it finds begin with what it asked for. So the object that a loop
//! over a listing reads or deletes is known as far as the listing's prefix is, and a file that `glob` found as far as
//! its pattern.

use smol_str::SmolStr;

use crate::builtins::{external_call, join_paths};
use crate::receivers::is_on;
use crate::shared::Shared;
use crate::value::{Args, External, MapValue, Part, Text, Value, Values, Why};

/// The path of an object that was found in a listing, with its key as an argument.
const FOUND: &str = "listing.ObjectSummary()";

/// What a hole stands for that a listing leaves in a key: it may have any number of slashes in it.
const LISTED: &str = "what is listed";
/// What a hole stands for that a pattern of files leaves.
const MATCHED: &str = "what a pattern finds";

/// What a response calls the folders in what was listed: each of them ends with the delimiter that was asked for.
const COMMON_PREFIXES: &str = "CommonPrefixes";

/// The lists in a response.
const LISTED_IN_PAGES: [&str; 3] = ["Contents", COMMON_PREFIXES, "Versions"];

/// The calls of boto3's client that list.
const LISTS: [&str; 3] = ["list_objects_v2", "list_objects", "list_object_versions"];
/// Those of the AWS SDK for JavaScript: methods of its second version and of the third's aggregated client, and commands.
const LISTS_OF_JAVASCRIPT: [&str; 3] = ["listObjectsV2", "listObjects", "listObjectVersions"];
const LIST_COMMANDS: [&str; 3] = [
    "ListObjectsV2Command",
    "ListObjectsCommand",
    "ListObjectVersionsCommand",
];

/// The elements of what a listing returned; `None` for anything else.
pub(crate) fn elements(of: &External) -> Option<Values> {
    let path = of.path.as_str();
    let on = of.on.as_deref();
    let first = of.args.positional.first();
    if path.ends_with(".objects.filter()") {
        let bucket = on.and_then(|on| on.args.positional.first());
        return found(of.args.keyword("Prefix"), bucket, None);
    }
    if path.ends_with(".paginate()") && on.is_some_and(is_paginator) {
        return Some(Values::one(Value::External(Shared::new(External {
            path: format!("{path}.page").into(),
            args: of.args.clone(),
            on: of.on.clone(),
        }))));
    }
    if path.ends_with(".paginate().search()") {
        return searched(on?, &first?.known()?);
    }
    if path.ends_with("Minio().list_objects()") {
        let prefix = of
            .args
            .keyword("prefix")
            .or_else(|| of.args.positional.get(1));
        return found(prefix, first, None);
    }
    // Airflow's hook gives the keys themselves.
    if path.ends_with("S3Hook().list_keys()") {
        let prefix = of.args.keyword("prefix").or(of.args.positional.get(1));
        return Some(match prefix {
            Some(prefix) => Values::concat([prefix, &unknown()]),
            None => unknown(),
        });
    }
    if let Some((list, args)) = contents(of) {
        let ending = args.keyword("Delimiter");
        let ending = ending.filter(|_| list == COMMON_PREFIXES);
        return found(args.keyword("Prefix"), args.keyword("Bucket"), ending);
    }
    if let Some((list, asked)) = contents_in_javascript(of) {
        let ending = asked.get("Delimiter");
        let ending = ending.filter(|_| list == COMMON_PREFIXES);
        return found(asked.get("Prefix"), asked.get("Bucket"), ending);
    }
    if path.ends_with("paginateListObjectsV2()") {
        return Some(Values::one(Value::External(Shared::new(External {
            path: format!("{path}.page").into(),
            args: of.args.clone(),
            on: of.on.clone(),
        }))));
    }
    if matches!(path, "glob.glob()" | "glob.iglob()") {
        return Some(first?.map(found_by));
    }
    let (system, method) = path.strip_suffix("()")?.rsplit_once('.')?;
    if !on.is_some_and(|on| on.path == system && is_on(on, "S3FileSystem")) {
        return None;
    }
    match method {
        "ls" | "find" => Some(join_paths([&first?.map(bare), &unknown()])),
        "glob" => Some(first?.map(bare).map(found_by)),
        _ => None,
    }
}

/// What a search by JMESPath gives of all pages: `Contents[]`, `Contents[?Size > \`0\`].Key`.
fn searched(pages: &External, expression: &str) -> Option<Values> {
    let list = expression.split(['[', '|', '.']).next()?.trim();
    if !LISTED_IN_PAGES.contains(&list) || !pages.on.as_deref().is_some_and(is_paginator) {
        return None;
    }
    let ending = pages.args.keyword("Delimiter");
    let ending = ending.filter(|_| list == COMMON_PREFIXES);
    let asked = |name: &str| pages.args.keyword(name);
    let found = found(asked("Prefix"), asked("Bucket"), ending)?;
    let last = expression.trim_end_matches("[]").rsplit('.').next()?.trim();
    Some(found.map(|found| match found {
        Value::External(found) if matches!(last, "Key" | "Prefix") => {
            let key = said_of(found, last);
            key.map_or_else(|| Value::External(found.clone()), |key| key.first().clone())
        }
        other => other.clone(),
    }))
}

/// What an object that was found in a listing says of itself: its key.
pub(crate) fn said_of(object: &External, name: &str) -> Option<Values> {
    let is_key = matches!(name, "key" | "Key" | "Prefix" | "object_name");
    let key = || object.args.keyword("key").cloned();
    (is_key && object.path == FOUND).then(key)?
}

/// An object that was found in a listing, with what is made of its key; anything else as it is.
pub(crate) fn with_key(object: &Value, name: &str, make: impl FnOnce(Values) -> Values) -> Values {
    let Value::External(found) = object else {
        return Values::one(object.clone());
    };
    let Some(key) = said_of(found, name) else {
        return Values::one(object.clone());
    };
    make(key).flat_map(|key| {
        let mut found = External::clone(found);
        for (name, value) in &mut found.args.keywords {
            if name == "key" {
                *value = Values::one(key.clone());
            }
        }
        Values::one(Value::External(Shared::new(found)))
    })
}

/// A method that lists, of something that is not known: what it returns is known all the same. So is a file that is
/// found below a folder by a pattern.
pub(crate) fn method(object: &Value, name: &str, args: &Args) -> Option<Values> {
    let first = args.positional.first();
    match object {
        Value::External(external) if name == "get" && external.path == FOUND => {
            said_of(external, &first?.known()?)
        }
        Value::External(external) if name == "get_mapper" && is_on(external, "S3FileSystem") => {
            Some(first?.map(crate::keys::with_scheme))
        }
        Value::Hole(_) if LISTS.contains(&name) && args.keyword("Prefix").is_some() => {
            Some(external_call(&format!("?.{name}"), args, None))
        }
        Value::Hole(_) if name == "send" && first.is_some_and(is_list_command) => {
            Some(external_call("?.send", args, None))
        }
        Value::Hole(_) if name == "get_paginator" => {
            let lists = first.and_then(Values::known)?;
            let lists = LISTS.contains(&lists.as_str());
            lists.then(|| external_call("?.get_paginator", args, None))
        }
        Value::Text(_) if name == "iterdir" => {
            let found = join_paths([&Values::one(object.clone()), &unknown()]);
            Some(Values::one(Value::List(Shared::new(vec![found]))))
        }
        Value::Text(_) | Value::Hole(Why::Local(_) | Why::Parameter(_) | Why::Field(_)) => {
            below(object, name, first)
        }
        _ => None,
    }
}

/// The files of a pattern below a folder.
fn below(folder: &Value, name: &str, pattern: Option<&Values>) -> Option<Values> {
    let pattern = match (name, pattern) {
        ("glob" | "rglob", Some(pattern)) => {
            // File systems have a method of that name, which takes a whole path.
            let known = pattern.known().filter(|it| it.starts_with('*'))?;
            let known = known.strip_prefix("**/").unwrap_or(&known);
            Values::one(found_by(&Value::text(known)))
        }
        _ => return None,
    };
    let file = join_paths([&Values::one(folder.clone()), &pattern]);
    Some(Values::one(Value::List(Shared::new(vec![file]))))
}

/// What was found by a pattern, with a hole for each star in it; `**/` may stand for no folder at all.
fn found_by(pattern: &Value) -> Value {
    let mut made = Text::default();
    let mut stars = 0;
    for part in &pattern.to_text().parts {
        if *part == Part::Any {
            stars += 1;
            made.push(Part::Hole(Why::External(SmolStr::new_static(MATCHED))));
            continue;
        }
        match part {
            Part::Literal(literal) if stars > 1 => {
                made.push(Part::Literal(
                    literal.strip_prefix('/').unwrap_or(literal).into(),
                ));
            }
            part => made.push(part.clone()),
        }
        stars = 0;
    }
    Value::Text(made)
}

fn unknown() -> Values {
    Values::from(Text::hole(Why::External(SmolStr::new_static(LISTED))))
}

/// Whether a string ends in what a listing left open: at which slash of it something stands nobody knows.
pub(crate) fn is_listed(text: &Text) -> bool {
    text.parts
        .iter()
        .any(|part| matches!(part, Part::Hole(Why::External(it)) if it == LISTED))
}

/// A path as a file system gives it: without the scheme that it was asked with.
fn bare(path: &Value) -> Value {
    let mut text = path.to_text();
    if let Some(Part::Literal(first)) = text.parts.first_mut()
        && let Some((_, rest)) = first.split_once("://")
    {
        *first = rest.into();
    }
    Value::Text(text)
}

/// An object of which the key begins so, and ends so where that is known. Of one out of a whole bucket nothing else is
/// known.
fn found(
    prefix: Option<&Values>,
    bucket: Option<&Values>,
    ending: Option<&Values>,
) -> Option<Values> {
    let (listed, empty) = (unknown(), Values::one(Value::text("")));
    let ending = ending.filter(|ending| ending.known().is_some());
    let prefix = prefix.or(ending.map(|_| &empty))?;
    let key = Values::concat([prefix, &listed].into_iter().chain(ending));
    let named = [("key", Some(key)), ("bucket_name", bucket.cloned())].into_iter();
    let keywords = named.filter_map(|(name, value)| Some((name.into(), value?)));
    let args = Args {
        keywords: keywords.collect(),
        ..Args::default()
    };
    Some(Values::one(Value::External(Shared::new(External {
        path: SmolStr::new_static(FOUND),
        args,
        on: None,
    }))))
}

fn is_paginator(of: &External) -> bool {
    let lists = of.args.positional.first().and_then(Values::known);
    of.path.ends_with(".get_paginator()") && lists.is_some_and(|it| LISTS.contains(&it.as_str()))
}

/// What the call was given of which this is the list of what it found, and the name of the list: `response["Contents"]`,
/// `page.get("Contents", [])`.
fn contents(of: &External) -> Option<(SmolStr, &Args)> {
    let is_list = |name: &str| LISTED_IN_PAGES.contains(&name);
    let (list, from, args, on) = match of.path.strip_suffix(".get()") {
        Some(from) => {
            let asked = of.args.positional.first()?.known()?;
            let on = of.on.as_deref().filter(|_| is_list(&asked))?;
            (SmolStr::from(asked), from, &on.args, on.on.as_deref())
        }
        None => {
            let (from, name) = of.path.rsplit_once('.')?;
            let of = Some(of).filter(|_| is_list(name))?;
            (name.into(), from, &of.args, of.on.as_deref())
        }
    };
    if let Some(pages) = from.strip_suffix(".build_full_result()") {
        let is_it = |on: &&External| on.path == pages && pages.ends_with(".paginate()");
        let pages = on.filter(is_it)?;
        return pages
            .on
            .as_deref()
            .is_some_and(is_paginator)
            .then_some((list, &pages.args));
    }
    let call = from
        .strip_suffix("()")
        .and_then(|call| call.rsplit('.').next());
    let is_page = from.ends_with(".paginate().page") && on.is_some_and(is_paginator);
    (is_page || call.is_some_and(|call| LISTS.contains(&call))).then_some((list, args))
}

/// The same in JavaScript: the list's name, and what the listing was asked for, an object.
fn contents_in_javascript(of: &External) -> Option<(&str, &MapValue)> {
    let (from, list) = of.path.rsplit_once('.')?;
    if !LISTED_IN_PAGES.contains(&list) {
        return None;
    }
    let asked = match from.strip_suffix(".promise()") {
        // The arguments are those of the call that a promise was made of.
        Some(call) => {
            let on = of.on.as_deref().filter(|on| on.path == call)?;
            is_listing_call(call).then(|| on.args.positional.first())?
        }
        None if from.ends_with("paginateListObjectsV2().page") => of.args.positional.get(1),
        None if is_listing_call(from) => of.args.positional.first(),
        None if from.ends_with(".send()") => {
            let command = of
                .args
                .positional
                .first()
                .filter(|it| is_list_command(it))?;
            let Value::External(command) = command.first() else {
                return None;
            };
            command.args.positional.first()
        }
        None => None,
    };
    match asked?.first() {
        Value::Map(asked) => Some((list, asked)),
        _ => None,
    }
}

fn is_listing_call(path: &str) -> bool {
    let name = path.strip_suffix("()").and_then(|it| it.rsplit('.').next());
    name.is_some_and(is_list_of_javascript)
}

/// Whether a method of the AWS SDK for JavaScript lists, by its name.
pub(crate) fn is_list_of_javascript(name: &str) -> bool {
    LISTS_OF_JAVASCRIPT.contains(&name)
}

/// Whether something is a command of the third version that lists.
fn is_list_command(values: &Values) -> bool {
    let Value::External(command) = values.first() else {
        return false;
    };
    let name = command.path.strip_suffix("()");
    let name = name.and_then(|it| it.rsplit('.').next());
    name.is_some_and(|name| LIST_COMMANDS.contains(&name))
}
