//! Objects that are made of several: `Object.assign`, and the merges and defaults of packages for JavaScript.

use super::why_of;
use crate::shared::Shared;
use crate::value::{Args, MapValue, Value, Values, Why};

/// Objects within objects that are merged.
const MAX_DEPTH: u32 = 8;

/// How objects are put together.
struct Merge {
    /// Which of two values of an entry stays.
    stays: Stays,
    /// Whether objects within them are merged as well.
    is_deep: bool,
}

enum Stays {
    First,
    Last,
}

/// What such a function makes; `None` for others.
pub(super) fn call(path: &str, args: &Args) -> Option<Values> {
    let merge = merge_of(path)?;
    let mut objects: Vec<&Value> = args.positional.iter().map(Values::first).collect();
    if let Stays::First = merge.stays {
        objects.reverse();
    }
    let mut made = MapValue::default();
    for object in objects {
        match object {
            Value::Map(map) if merge.is_deep => take_deep(&mut made, map, MAX_DEPTH),
            Value::Map(map) => made.take(map),
            other => made.open = Some(why_of(other)),
        }
    }
    Some(Values::one(Value::Map(Shared::new(made))))
}

fn merge_of(path: &str) -> Option<Merge> {
    let (stays, is_deep) = match path {
        "Object.assign" => (Stays::Last, false),
        "deepmerge" | "deepmerge.default" | "ts-deepmerge.merge" => (Stays::Last, true),
        "defu" | "defu.defu" | "defu.default" => (Stays::First, true),
        _ => {
            let name = ["lodash.", "lodash/", "_.", "lodash-es.", "es-toolkit."]
                .iter()
                .find_map(|package| path.strip_prefix(package))?;
            match name
                .trim_start_matches("default.")
                .trim_end_matches(".default")
            {
                "assign" | "extend" => (Stays::Last, false),
                "merge" => (Stays::Last, true),
                "defaults" => (Stays::First, false),
                "defaultsDeep" => (Stays::First, true),
                _ => return None,
            }
        }
    };
    Some(Merge { stays, is_deep })
}

/// Takes the entries of another object over its own, in objects within it as well. What is not set takes nothing's place:
/// a variable of the environment may be missing.
fn take_deep(made: &mut MapValue, other: &MapValue, depth: u32) {
    let mut others = other.clone();
    let entries = std::mem::take(&mut others.entries);
    made.take(&others);
    for (key, values) in entries {
        let may_be_missing =
            |value: &Value| matches!(value, Value::Null | Value::Hole(Why::Environment(_)));
        let new = match (made.get(&key).map(Values::first), values.first()) {
            (Some(Value::Map(old)), Value::Map(new)) if depth > 0 => {
                let mut both = (**old).clone();
                take_deep(&mut both, new, depth - 1);
                Values::one(Value::Map(Shared::new(both)))
            }
            (Some(_), new) if may_be_missing(new) => continue,
            _ => values,
        };
        made.put(&key, new);
    }
}
