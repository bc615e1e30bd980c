//! Functions that only hand on the elements of what they are given: they show how far a loop has come, take some of them,
//! part them in groups, or pick one. Which of them, and in what order, says nothing of a key.

use crate::eval::elements_of;
use crate::shared::Shared;
use crate::value::{Args, Value, Values};

/// Packages of functions on collections for JavaScript, by how their functions' paths begin.
const OF_JAVASCRIPT: [&str; 6] = [
    "lodash.",
    "lodash/",
    "_.",
    "underscore.",
    "es-toolkit.",
    "radash.",
];

/// What such a function returns; `None` for others.
pub(super) fn call(path: &str, args: &Args) -> Option<Values> {
    // What is put into a list that was empty is not always seen.
    let is_empty = |values: &Values| matches!(values.first(), Value::List(of) if of.is_empty());
    if args.positional.iter().any(is_empty) {
        return None;
    }
    if hands_on(path) {
        return args.positional.first().cloned();
    }
    if let Some(groups) = groups(path, args) {
        return Some(groups);
    }
    match path {
        "next" => {
            let found = one_of(args.positional.first()?)?;
            let default = args.positional.get(1).into_iter().flat_map(Values::iter);
            let default = default.filter(|it| **it != Value::Null);
            Some(Values::collect(found.iter().chain(default).cloned()))
        }
        _ => None,
    }
}

/// Any element, where something is known of them.
pub(super) fn one_of(collection: &Values) -> Option<Values> {
    let found = elements_of(collection);
    let is_known = |value: &Value| !matches!(value, Value::Hole(_));
    found.iter().any(is_known).then_some(found)
}

/// Whether a function hands on the elements of its first argument.
fn hands_on(path: &str) -> bool {
    let is_shown = path.starts_with("tqdm.") && path.ends_with(".tqdm");
    let of_javascript = || {
        let name = of_package(path)?;
        let is_it = matches!(
            name,
            "uniq"
                | "sortBy"
                | "orderBy"
                | "uniqBy"
                | "take"
                | "takeRight"
                | "drop"
                | "dropRight"
                | "slice"
                | "reverse"
                | "shuffle"
                | "sampleSize"
                | "toArray"
                | "values"
                | "unique"
                | "sort"
                | "filter"
                | "reject"
                | "initial"
                | "tail"
        );
        is_it.then_some(())
    };
    is_shown
        || matches!(
            path,
            "rich.progress.track"
                | "alive_progress.alive_it"
                | "progressbar.progressbar"
                | "random.sample"
                | "random.choices"
                | "iter"
                | "itertools.islice"
                | "itertools.cycle"
                | "more_itertools.unique_everseen"
                | "more_itertools.peekable"
                | "heapq.merge"
        )
        || of_javascript().is_some()
}

/// The elements in groups of some: `batched(keys, 1000)`, `chunk(keys, 1000)`. One group stands for all.
fn groups(path: &str, args: &Args) -> Option<Values> {
    let at = match path {
        "itertools.batched"
        | "more_itertools.batched"
        | "more_itertools.chunked"
        | "more_itertools.ichunked"
        | "more_itertools.sliced"
        | "more_itertools.divide" => 0,
        "toolz.partition_all" | "cytoolz.partition_all" => 1,
        _ if matches!(of_package(path)?, "chunk" | "cluster") => 0,
        _ => return None,
    };
    let elements = args.positional.get(at)?.clone();
    Some(Values::one(Value::List(Shared::new(vec![elements]))))
}

/// The name of a function of a package for collections.
fn of_package(path: &str) -> Option<&str> {
    let of = OF_JAVASCRIPT.iter().find_map(|it| path.strip_prefix(it))?;
    Some(of.strip_prefix("default.").unwrap_or(of))
}
