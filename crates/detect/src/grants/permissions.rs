//! Permissions as SST hands them to functions, by what they are about: `permissions: ["s3", bucket]`,
//! `bind: [bucket]`, `link: [bucket]`, `api.attachPermissions([[bucket, "grantRead"]])`.
//!
//! Statements among them (`{ actions, resources }`, `new PolicyStatement(…)`) are read as statements are.

use smol_str::SmolStr;

use super::buckets::as_bucket;
use super::resources::every_key;
use super::{Grant, Resource};
use crate::apis::grant_table;
use crate::eval::{Evaluator, Scope};
use crate::facts::{Call, Expr, Interface};
use crate::sites::ArgPath;
use crate::value::{Value, Values};

/// The members that list what a function may do.
const MEMBERS: [&str; 3] = ["permissions", "bind", "link"];
/// Members of members are looked through this far (`defaults: { function: { permissions: […] } }`).
const MAX_MEMBERS: u32 = 4;

/// Whether a file is of SST: its later versions are imported by nobody and stand for `sst`.
pub(super) fn is_of_sst(interface: &Interface) -> bool {
    let mut items = interface.items.iter();
    items.any(|facts| {
        let mut imports = facts.imports.iter();
        let is_imported = imports.any(|import| {
            let module = import.module.as_str();
            module == "sst" || module.starts_with("sst/") || module.contains("serverless-stack/")
        });
        is_imported
            || facts
                .calls
                .iter()
                .any(|call| is_rooted(&call.callee, "sst"))
    })
}

fn is_rooted(callee: &Expr, name: &str) -> bool {
    match callee {
        Expr::Attr(object, _) => match object.as_ref() {
            Expr::Name(root) => root == name,
            object => is_rooted(object, name),
        },
        _ => false,
    }
}

/// What the lists of permissions in a call of SST grant, each with its place.
pub(super) fn granted(eval: &mut Evaluator<'_>, call: &Call, scope: &Scope) -> Vec<Grant> {
    let mut lists: Vec<(ArgPath, &Expr)> = Vec::new();
    let attaches = call
        .callee_name()
        .is_some_and(|name| name.starts_with("attachPermissions") || name == "bind");
    for (index, arg) in call.args.iter().enumerate() {
        let at = ArgPath {
            arg: index as u32,
            path: Vec::new(),
        };
        match &arg.value {
            Expr::List(_) | Expr::Text(_) if attaches => lists.push((at, &arg.value)),
            Expr::Map(_) => members(&arg.value, &at, MAX_MEMBERS, &mut lists),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (at, list) in lists {
        let elements = match list {
            Expr::List(elements) => elements.as_slice(),
            one => std::slice::from_ref(one),
        };
        for (index, element) in elements.iter().enumerate() {
            let Some((actions, resource)) = permission(eval, element, scope) else {
                continue;
            };
            let resource = Resource {
                element: matches!(list, Expr::List(_)).then_some(index as u32),
                ..resource
            };
            let grant = Grant {
                arg: Some(at.clone()),
                ..Grant::allowing(actions, vec![resource])
            };
            found.push(grant.settled());
        }
    }
    found
}

/// The lists of permissions in an object, with their places.
fn members<'e>(map: &'e Expr, at: &ArgPath, depth: u32, found: &mut Vec<(ArgPath, &'e Expr)>) {
    let (Expr::Map(entries), Some(depth)) = (map, depth.checked_sub(1)) else {
        return;
    };
    for (index, (key, value)) in entries.iter().enumerate() {
        let mut at = at.clone();
        at.path.push(index as u32);
        match (key, value) {
            (Some(Expr::Text(name)), Expr::List(_) | Expr::Text(_))
                if MEMBERS.contains(&name.as_str()) =>
            {
                found.push((at, value));
            }
            _ => members(value, &at, depth, found),
        }
    }
}

/// What one permission allows: a service or an action on anything, a bucket, or a grant method of one.
fn permission(
    eval: &mut Evaluator<'_>,
    element: &Expr,
    scope: &Scope,
) -> Option<(Vec<SmolStr>, Resource)> {
    let values = eval.root(element, scope);
    if let Some(name) = values.known() {
        let action: SmolStr = match name.as_str() {
            "*" => "*".into(),
            "s3" => "s3:*".into(),
            name if name.starts_with("s3:") => name.into(),
            _ => return None,
        };
        return Some((vec![action], every_key(None)));
    }
    if let Expr::List(pair) = element
        && let [construct, Expr::Text(method)] = pair.as_slice()
    {
        let row = grant_table().method(method)?;
        let values = eval.root(construct, scope);
        return Some((
            row.actions.clone(),
            bucket(eval, &values, construct, scope)?,
        ));
    }
    let resource = bucket(eval, &values, element, scope)?;
    Some((vec!["s3:*".into()], resource))
}

/// All keys of what is a bucket.
fn bucket(
    eval: &mut Evaluator<'_>,
    values: &Values,
    expr: &Expr,
    scope: &Scope,
) -> Option<Resource> {
    let is_construct = |value: &&Value| {
        matches!(
            value,
            Value::External(_) | Value::Hole(_) | Value::Instance { .. }
        )
    };
    let mut values = values.iter().filter(is_construct);
    values.find_map(|value| {
        as_bucket(eval, value, expr, scope).map(|names| every_key(names.into_iter().next()))
    })
}
