//! Statements of policies: `iam.PolicyStatement(…)`, with what is added to one later, and policy
//! documents written as dicts or objects, wherever they are handed to.

use smol_str::SmolStr;

use super::resources::{names_s3, resource, unknown};
use super::{Effect, Form, Grant, Listed, Resource, is_of_s3, strings, templates};
use crate::apis::{GrantRow, StatementRow, grant_table};
use crate::eval::{Evaluator, Scope};
use crate::facts::{ArgKind, Call, Expr, Facts};
use crate::sites::ArgPath;
use crate::value::{Args, Text, Value, Values, Why};

/// What stands as the callee of a statement that is written as a dict or an object.
pub(crate) const STATEMENT: &str = "policy statement";

/// Whether a dict or object is a statement of a policy document.
pub(crate) fn is_statement(map: &Expr) -> bool {
    let Expr::Map(entries) = map else {
        return false;
    };
    let row = &grant_table().document;
    let has = |name: &str| member(entries, name).is_some();
    let has_any = |names: &[SmolStr]| names.iter().any(|name| has(name));
    (has(&row.actions) || has_any(&row.not_actions))
        && (has(&row.resources) || has_any(&row.not_resources))
}

/// Whether an object in a list is a statement of a document that another tool makes a policy of, or a policy
/// template of SAM.
pub(crate) fn is_listed(map: &Expr) -> bool {
    let Expr::Map(entries) = map else {
        return false;
    };
    let row = &grant_table().listed;
    let has = |name: &SmolStr| member(entries, name).is_some();
    let is_statement = has(&row.actions) && has(&row.resources);
    is_statement || template_of(entries).is_some()
}

fn member<'e>(entries: &'e [(Option<Expr>, Expr)], name: &str) -> Option<&'e Expr> {
    entries.iter().find_map(|(key, value)| match key {
        Some(Expr::Text(key)) if key == name => Some(value),
        _ => None,
    })
}

/// The policy template of SAM that an object is: `{ S3ReadPolicy: { BucketName: … } }`.
fn template_of(entries: &[(Option<Expr>, Expr)]) -> Option<&'static GrantRow> {
    match entries {
        [(Some(Expr::Text(name)), Expr::Map(_))] => grant_table().template(name),
        _ => None,
    }
}

/// How what is written as a dict or an object grants.
pub(super) fn form(call: &Call) -> Option<Form> {
    let table = grant_table();
    let map = &call.args.first()?.value;
    let Expr::Map(entries) = map else {
        return None;
    };
    Some(match template_of(entries) {
        Some(row) => Form::Template(row),
        None if is_statement(map) => Form::Statement(&table.document),
        None => Form::Statement(&table.listed),
    })
}

/// What a policy template of SAM allows, in the bucket that it is given.
pub(super) fn of_template(
    eval: &mut Evaluator<'_>,
    row: &GrantRow,
    call: &Call,
    scope: &Scope,
) -> Grant {
    let args = eval.root_args(&call.args, scope);
    let named = |name: &SmolStr| args.keyword(name);
    let given = match args.positional.first().map(Values::first) {
        Some(Value::Map(map)) => row.names.iter().find_map(|name| map.get(name)),
        _ => row.names.iter().find_map(named),
    };
    let names = ["BucketName", "bucketName", "bucket_name"];
    let name = match given.map(Values::first) {
        Some(Value::Map(map)) => names.iter().find_map(|name| map.get(name)),
        Some(Value::External(made)) => names.iter().find_map(|name| made.args.keyword(name)),
        _ => None,
    };
    templates::of_template(row, name.and_then(Values::known))
}

/// Whether a call stands for such a statement.
pub(super) fn is_document(call: &Call) -> bool {
    matches!(&call.callee, Expr::Unknown(kind) if kind == STATEMENT)
}

/// The row of a call that makes a statement: of the CDK's class, or of one that extends it.
pub(super) fn row_of(call: &Call, facts: &Facts) -> Option<&'static StatementRow> {
    let of = row_named;
    if let Some(name) = call.callee_name()
        && let Some(row) = of(name)
    {
        return Some(row);
    }
    if !is_super(call, facts) {
        return None;
    }
    let class = facts.functions[call.func? as usize].class?;
    let bases = facts.classes[class as usize].bases.iter();
    bases
        .filter_map(|base| match base {
            Expr::Name(name) | Expr::Attr(_, name) => of(name),
            _ => None,
        })
        .next()
}

/// The row of what makes a statement, by its name.
pub(super) fn row_named(name: &str) -> Option<&'static StatementRow> {
    let table = grant_table();
    let mut rows = table.statement.iter().chain([&table.listed]);
    rows.find(|row| row.names.iter().any(|it| it == name))
}

/// `super(…)`, `super().__init__(…)`.
pub(super) fn is_super(call: &Call, facts: &Facts) -> bool {
    let is_word =
        |expr: &Expr| matches!(expr, Expr::Name(name) | Expr::Unknown(name) if name == "super");
    match &call.callee {
        Expr::Attr(object, name) if name == "__init__" => match object.as_ref() {
            Expr::Call(index) => is_word(&facts.calls[*index as usize].callee),
            other => is_word(other),
        },
        callee => is_word(callee),
    }
}

/// What a statement says, before it is judged.
struct Said {
    actions: Vec<Text>,
    listed: Listed,
    resources: Vec<Resource>,
    /// Whether a string among the resources says that it is of S3.
    names_s3: bool,
    effect: Effect,
    has_conditions: bool,
}

/// The grant of a call that is, or stands for, a statement.
pub(super) fn grant(
    eval: &mut Evaluator<'_>,
    row: &StatementRow,
    index: u32,
    scope: &Scope,
) -> Option<Grant> {
    let facts = scope.facts.clone();
    let call = &facts.calls[index as usize];
    let arg = locate(call, &row.resources);
    let mut said = said(eval, row, call, arg.as_ref(), scope);
    added(eval, index, scope, &mut said);
    let known: Option<Vec<SmolStr>> = said
        .actions
        .iter()
        .map(|text| text.known().map(SmolStr::from))
        .collect();
    let unknown_actions = match &known {
        Some(_) => None,
        None => said.actions.iter().find_map(|text| text.why().cloned()),
    };
    let actions: Vec<SmolStr> = match known {
        Some(known) => known,
        None => {
            let known = said.actions.iter().filter_map(Text::known);
            known.map(SmolStr::from).collect()
        }
    };
    let is_about_s3 = match said.listed {
        Listed::These => {
            actions.iter().any(is_of_s3) || (unknown_actions.is_some() && said.names_s3)
        }
        Listed::AllOthers => !said.resources.is_empty(),
    };
    if !is_about_s3 {
        return None;
    }
    let speaks_of_objects = said.listed == Listed::These
        && unknown_actions.is_none()
        && actions.iter().all(|action| is_of_objects(action));
    let mut resources = said.resources;
    // Beside `${arn}/*`, `arn` is the bucket itself.
    let says_keys = resources.iter().any(|resource| resource.keys.is_some());
    if speaks_of_objects && !says_keys && said.effect == Effect::Allow {
        resources.iter_mut().for_each(as_objects);
    }
    let grant = Grant {
        effect: said.effect,
        is_conditional: said.has_conditions,
        listed: said.listed,
        unknown_actions,
        arg,
        ..Grant::allowing(actions, resources)
    };
    Some(grant.settled())
}

/// Whether an action is one on objects alone, which is granted on a bucket's keys or on nothing.
fn is_of_objects(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let on_objects = ["s3:getobject", "s3:putobject", "s3:deleteobject"];
    on_objects.iter().any(|begin| action.starts_with(begin))
}

/// A resource of which nothing is known, where only objects can be meant.
fn as_objects(resource: &mut Resource) {
    if resource.keys.is_none() && resource.bucket.is_none() && resource.opaque.is_some() {
        resource.keys = Some(blue_pattern::Pattern::parse_iam("*"));
    }
}

fn said(
    eval: &mut Evaluator<'_>,
    row: &StatementRow,
    call: &Call,
    arg: Option<&ArgPath>,
    scope: &Scope,
) -> Said {
    let args = eval.root_args(&call.args, scope);
    // In TypeScript the members of the first argument are what keywords are in Python.
    let members = match args.positional.first().map(Values::first) {
        Some(Value::Map(map)) => Args {
            keywords: map.entries.clone(),
            ..Args::default()
        },
        _ => args,
    };
    let first_of = |names: &[SmolStr]| names.iter().find_map(|name| members.keyword(name));
    let (listed, actions) = match (members.keyword(&row.actions), first_of(&row.not_actions)) {
        (Some(actions), _) => (Listed::These, Some(actions)),
        (None, Some(others)) => (Listed::AllOthers, Some(others)),
        (None, None) => (Listed::These, None),
    };
    let actions = actions.map(|values| by_default(eval, call, &row.actions, values, scope));
    let effect = match members.keyword(&row.effect).is_some_and(is_deny) {
        true => Effect::Deny,
        false => Effect::Allow,
    };
    let texts = members.keyword(&row.resources).map(strings);
    let mut resources = match arg.and_then(|arg| literal_list(call, arg)) {
        Some(elements) => by_element(eval, elements, scope),
        None => texts.iter().flatten().filter_map(resource).collect(),
    };
    // All but some: for sure none is denied, and any may be allowed.
    if first_of(&row.not_resources).is_some() && effect == Effect::Allow {
        resources.push(unknown(Why::Syntax("all but some resources".into())));
    }
    Said {
        actions: actions.as_ref().map(strings).unwrap_or_default(),
        listed,
        names_s3: texts.iter().flatten().any(names_s3),
        resources,
        effect,
        has_conditions: members.keyword(&row.conditions).is_some(),
    }
}

/// Actions that a function takes as a parameter are those of its default, where it has one.
fn by_default(
    eval: &mut Evaluator<'_>,
    call: &Call,
    name: &str,
    values: &Values,
    scope: &Scope,
) -> Values {
    let Value::Hole(Why::Parameter(_) | Why::Field(_)) = values.first() else {
        return values.clone();
    };
    let given = call.args.iter().find_map(|arg| match &arg.value {
        value if arg.keyword.as_deref() == Some(name) => Some(value),
        Expr::Map(entries) => entries.iter().find_map(|(key, value)| match key {
            Some(Expr::Text(key)) if key == name => Some(value),
            _ => None,
        }),
        _ => None,
    });
    let Some(Expr::Param { func, index }) = given else {
        return values.clone();
    };
    let param = &scope.facts.functions[*func as usize].params[*index as usize];
    match &param.default {
        Some(default) => eval.root(default, scope),
        None => values.clone(),
    }
}

/// What is added to a statement after it is made: `statement.add_actions("s3:GetObject")`.
fn added(eval: &mut Evaluator<'_>, index: u32, scope: &Scope, said: &mut Said) {
    let facts = scope.facts.clone();
    for call in &facts.calls {
        let Expr::Attr(object, name) = &call.callee else {
            continue;
        };
        let adds_actions = matches!(name.as_str(), "add_actions" | "addActions");
        let adds_resources = matches!(name.as_str(), "add_resources" | "addResources");
        let adds_all = matches!(name.as_str(), "add_all_resources" | "addAllResources");
        let adds_condition = matches!(
            name.as_str(),
            "add_condition" | "add_conditions" | "addCondition" | "addConditions"
        );
        let adds = adds_actions || adds_resources || adds_all || adds_condition;
        if !adds || origin(object, &facts, 8) != Some(index) {
            continue;
        }
        if adds_condition {
            said.has_conditions = true;
            continue;
        }
        if adds_all {
            said.resources.extend(resource(&Text::literal("*")));
            continue;
        }
        let args = eval.root_args(&call.args, scope);
        let texts: Vec<Text> = args.positional.iter().flat_map(strings).collect();
        if adds_actions {
            said.actions.extend(texts);
        } else {
            said.names_s3 |= texts.iter().any(names_s3);
            said.resources.extend(texts.iter().filter_map(resource));
        }
    }
    // `statement.effect = iam.Effect.DENY`
    for binding in facts.functions.iter().flat_map(|it| &it.bindings) {
        if let Expr::Map(entries) = binding
            && let [(None, object), (Some(Expr::Text(name)), value)] = entries.as_slice()
            && name == "effect"
            && origin(object, &facts, 8) == Some(index)
            && is_deny(&eval.root(value, scope))
        {
            said.effect = Effect::Deny;
        }
    }
}

/// The call that made what an expression stands for.
fn origin(expr: &Expr, facts: &Facts, depth: u32) -> Option<u32> {
    let depth = depth.checked_sub(1)?;
    match expr {
        Expr::Call(index) => Some(*index),
        Expr::Local { func, index } => {
            let bound = &facts.functions[*func as usize].bindings[*index as usize];
            origin(bound, facts, depth)
        }
        Expr::Own(index) => origin(&facts.definitions[*index as usize].value, facts, depth),
        Expr::When(_, value) => origin(value, facts, depth),
        Expr::Declared(both) => origin(&both.0, facts, depth),
        // Something was set in it.
        Expr::Map(entries) => match entries.first() {
            Some((None, object)) => origin(object, facts, depth),
            _ => None,
        },
        Expr::Attr(object, name) => {
            let Expr::This(class) = object.as_ref() else {
                return None;
            };
            let fields = facts.classes[*class as usize].fields.iter();
            let (_, value) = fields.rev().find(|(field, _)| field == name)?;
            origin(value, facts, depth)
        }
        _ => None,
    }
}

/// The elements of the list that an argument is written as.
fn literal_list<'c>(call: &'c Call, arg: &ArgPath) -> Option<&'c [Expr]> {
    let mut expr = &call.args.get(arg.arg as usize)?.value;
    for step in &arg.path {
        let Expr::Map(entries) = expr else {
            return None;
        };
        expr = &entries.get(*step as usize)?.1;
    }
    match expr {
        Expr::List(elements) => Some(elements),
        _ => None,
    }
}

/// The resources of a list, each with the element that makes it.
fn by_element(eval: &mut Evaluator<'_>, elements: &[Expr], scope: &Scope) -> Vec<Resource> {
    let mut found = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let element = match element {
            Expr::Spread(inner) => inner,
            other => other,
        };
        let texts = strings(&eval.root(element, scope));
        let is_arn = is_bucket_arn(element);
        found.extend(texts.iter().filter_map(resource).map(|made| Resource {
            element: Some(index as u32),
            // A bucket's ARN names no keys, whichever bucket it is.
            opaque: made.opaque.filter(|_| !is_arn),
            ..made
        }));
    }
    found
}

fn is_bucket_arn(expr: &Expr) -> bool {
    matches!(expr, Expr::Attr(_, name) if matches!(name.as_str(), "bucket_arn" | "bucketArn"))
}

pub(super) fn is_deny(values: &Values) -> bool {
    values.iter().any(|value| match value {
        Value::External(external) => external.path.ends_with("DENY"),
        Value::Text(text) => text
            .known()
            .is_some_and(|known| known.eq_ignore_ascii_case("deny")),
        _ => false,
    })
}

fn locate(call: &Call, name: &str) -> Option<ArgPath> {
    let keyword = |key: &Option<SmolStr>| key.as_deref() == Some(name);
    if let Some(arg) = call.args.iter().position(|arg| keyword(&arg.keyword)) {
        return Some(ArgPath {
            arg: arg as u32,
            path: Vec::new(),
        });
    }
    if let Some(Expr::Map(entries)) = call.args.first().map(|arg| &arg.value) {
        let member = entries
            .iter()
            .position(|(key, _)| matches!(key, Some(Expr::Text(text)) if text == name));
        return Some(ArgPath {
            arg: 0,
            path: member.map(|at| at as u32).into_iter().collect(),
        });
    }
    call.args
        .iter()
        .position(|arg| arg.kind == ArgKind::SpreadMap)
        .map(|arg| ArgPath {
            arg: arg as u32,
            path: Vec::new(),
        })
}
