//! boto 2's buckets and keys. A key is an object of its own, made by a bucket (`bucket.new_key(name)`) or of one
//! (`Key(bucket, name)`, `key = Key(bucket)` and then `key.key = name`), and its methods take no name at all.

use crate::facts::{Expr, Facts};
use crate::maps::MapValue;
use crate::receivers::{Made, names_bucket};
use crate::value::{Args, External, Value, Values};

/// Whether a method of something unknown makes a key: nothing else has a method by the one name, and much by the other.
pub(crate) fn makes_key(method: &str, object: &Expr, facts: &Facts) -> bool {
    method == "new_key" || method == "get_key" && names_bucket(object, facts)
}

/// Whether something from outside is a key, by its path.
pub(crate) fn is_key(path: &str) -> bool {
    path.ends_with(".new_key()") || path.ends_with(".get_key()") || is_class(path)
}

/// `boto.s3.key.Key()`: of another module it is anything.
fn is_class(path: &str) -> bool {
    path.starts_with("boto.") && path.ends_with(".Key()")
}

/// Whether something from outside is a bucket, by its path.
pub(crate) fn is_bucket(path: &str) -> bool {
    let is_made = [".get_bucket()", ".create_bucket()", ".lookup()"]
        .iter()
        .any(|made| path.ends_with(made));
    path.starts_with("boto.") && (is_made || path.ends_with(".Bucket()"))
}

/// What a key or a bucket was made with.
pub(crate) fn made(external: &External, on: &str) -> Made {
    let args = &external.args;
    let (key, bucket) = match on {
        "Key" if is_class(&external.path) => {
            let bucket = given(args, 0, "bucket").and_then(|bucket| match bucket.first() {
                Value::External(bucket) => name_of(bucket),
                _ => None,
            });
            (given(args, 1, "name"), bucket)
        }
        "Key" => {
            let bucket = external.on.as_ref().and_then(|bucket| name_of(bucket));
            (
                given(args, 0, "key_name").or_else(|| args.keyword("name")),
                bucket,
            )
        }
        _ => (None, name_of(external)),
    };
    Made {
        key: key.cloned(),
        bucket,
        store: None,
    }
}

/// Whether an object that attributes are set of is a key of the name that it was made with.
pub(crate) fn is_still_key(object: &Values, set: &[(Option<Expr>, Expr)]) -> bool {
    let is_it =
        |value: &Value| matches!(value, Value::External(external) if is_key(&external.path));
    let is_name = |key: &Option<Expr>| match key {
        Some(Expr::Text(name)) => matches!(name.as_str(), "key" | "name"),
        Some(_) => true,
        None => false,
    };
    object.iter().all(is_it) && !set.iter().any(|(key, _)| is_name(key))
}

/// The name that a key was given after it was made.
pub(crate) fn named(map: &MapValue) -> Option<&Values> {
    map.open.as_ref()?;
    map.get("key").or_else(|| map.get("name"))
}

fn name_of(bucket: &External) -> Option<Values> {
    let is_class = bucket.path.ends_with(".Bucket()");
    let at = usize::from(is_class);
    let named = given(&bucket.args, at, "bucket_name");
    named.or_else(|| bucket.args.keyword("name")).cloned()
}

fn given<'a>(args: &'a Args, position: usize, keyword: &str) -> Option<&'a Values> {
    let named = args.keyword(keyword);
    named.or_else(|| args.positional.get(position))
}
