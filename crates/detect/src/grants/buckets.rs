//! The grant methods of a bucket: `bucket.grant_read(identity, "jobs/*")`.

use super::resources::{is_whole, key_pattern};
use super::{Grant, Resource, strings};
use crate::apis::GrantRow;
use crate::eval::{Evaluator, Scope};
use crate::facts::{Call, Expr, Facts};
use crate::sites::{ArgPath, Bucket};
use crate::value::{ClassRef, Text, Value};

/// The names of the argument with the pattern of keys.
const PATTERN: [&str; 4] = [
    "objects_key_pattern",
    "objectsKeyPattern",
    "key_prefix",
    "keyPrefix",
];
/// Those of the one with the actions that are granted instead of all of the kind.
const ACTIONS: [&str; 2] = ["allowed_action_patterns", "allowedActionPatterns"];

/// `bucket.grant_read(identity, "pattern")`: on something that may be a bucket.
pub(super) fn grant(
    eval: &mut Evaluator<'_>,
    row: &GrantRow,
    call: &Call,
    scope: &Scope,
) -> Option<Grant> {
    let Expr::Attr(object, _) = &call.callee else {
        return None;
    };
    let facts = scope.facts.clone();
    let object = of_grants(call, &facts).unwrap_or(object);
    let receivers = eval.root(object, scope);
    let mut buckets: Vec<Bucket> = Vec::new();
    let mut is_bucket = false;
    for receiver in receivers.iter() {
        if let Some(names) = as_bucket(eval, receiver, object, scope) {
            is_bucket = true;
            buckets.extend(names);
        }
    }
    if !is_bucket {
        return None;
    }
    let buckets = match buckets.is_empty() {
        true => vec![None],
        false => buckets.into_iter().map(Some).collect(),
    };
    let args = eval.root_args(&call.args, scope);
    let named = |names: &[&str]| names.iter().find_map(|name| args.keyword(name));
    let pattern = args
        .positional
        .get(row.position)
        .or_else(|| named(&PATTERN));
    let texts = match pattern {
        // No bucket's method takes a list there.
        Some(values) if values.iter().any(|it| matches!(it, Value::List(_))) => return None,
        Some(values) => values.iter().map(pattern_text).collect(),
        None => vec![Text::literal("*")],
    };
    let in_each = texts
        .iter()
        .flat_map(|text| buckets.iter().map(move |it| (it, text)));
    let resources = in_each.map(|(bucket, text)| Resource {
        bucket: bucket.clone(),
        keys: Some(key_pattern(&text.parts)),
        opaque: None,
        is_whole: is_whole(&text.parts),
        element: None,
    });
    let actions = args
        .positional
        .get(row.position + 1)
        .or_else(|| named(&ACTIONS));
    let actions = actions.map(|values| {
        let known = strings(values).into_iter().map(|text| text.known());
        known.collect::<Option<Vec<_>>>()
    });
    let actions = match actions {
        Some(Some(given)) => given.into_iter().map(Into::into).collect(),
        _ => row.actions.clone(),
    };
    Some(Grant {
        arg: locate(call, pattern.map(|_| row.position)),
        ..Grant::allowing(actions, resources.collect())
    })
}

/// The bucket whose grants a call is made on: `bucket.grants.read(…)`, `BucketGrants.from_bucket(bucket).read(…)`.
pub(super) fn of_grants<'c>(call: &'c Call, facts: &'c Facts) -> Option<&'c Expr> {
    let Expr::Attr(object, _) = &call.callee else {
        return None;
    };
    match object.as_ref() {
        Expr::Attr(bucket, name) if name == "grants" => Some(bucket),
        Expr::Call(index) => {
            let made = &facts.calls[*index as usize];
            let name = made.callee_name()?;
            let is_it = matches!(name.as_str(), "from_bucket" | "fromBucket");
            made.args.first().filter(|_| is_it).map(|arg| &arg.value)
        }
        _ => None,
    }
}

/// The pattern that one value of the argument is; nothing given is all keys.
fn pattern_text(value: &Value) -> Text {
    match value {
        Value::Null => Text::literal("*"),
        other => other.to_text(),
    }
}

/// The bucket's names, as far as they are known, where a receiver is a bucket.
pub(super) fn as_bucket(
    eval: &mut Evaluator<'_>,
    receiver: &Value,
    object: &Expr,
    scope: &Scope,
) -> Option<Vec<Bucket>> {
    match receiver {
        Value::External(external) => {
            let path = external.path.as_str();
            if crate::receivers::is_of_other_service(path) {
                return None;
            }
            if !crate::receivers::is_bucket(path)
                && !crate::receivers::names_bucket(object, &scope.facts)
            {
                return None;
            }
            let names = crate::arns::bucket_names(external).unwrap_or_default();
            let names = names.iter().filter_map(|name| name.known());
            Some(names.map(|name| Bucket::Known(name.into())).collect())
        }
        Value::Hole(_) => crate::receivers::names_bucket(object, &scope.facts).then(Vec::new),
        Value::Instance { class, .. } => extends_bucket(eval, class).then(Vec::new),
        _ => None,
    }
}

/// Whether a class of the repository is a bucket of the CDK with more to it.
fn extends_bucket(eval: &mut Evaluator<'_>, class: &ClassRef) -> bool {
    let mut line = vec![class.clone()];
    line.extend(eval.ancestors(class));
    line.iter().any(|class| {
        let class = class.class();
        let bases = class.bases.iter().chain(&class.implements);
        bases.filter_map(last_name).any(is_class_of_buckets)
    })
}

fn is_class_of_buckets(name: &str) -> bool {
    (name.ends_with("Bucket") || name == "BucketBase")
        && !crate::receivers::is_of_other_service(name)
}

fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) | Expr::Attr(_, name) => Some(name),
        _ => None,
    }
}

fn locate(call: &Call, position: Option<usize>) -> Option<ArgPath> {
    let is_pattern = |keyword: Option<&str>| keyword.is_some_and(|it| PATTERN.contains(&it));
    let keyword = call
        .args
        .iter()
        .position(|arg| is_pattern(arg.keyword.as_deref()));
    let at = position.unwrap_or(0);
    let arg = keyword.or_else(|| (at < call.args.len()).then_some(at))?;
    Some(ArgPath {
        arg: arg as u32,
        path: Vec::new(),
    })
}
