//! What infrastructure code allows others to do: IAM policy statements and the grant methods of a
//! bucket, as the AWS CDK writes them.

use blue_pattern::Pattern;
use smol_str::SmolStr;

use crate::apis::{GrantRow, StatementRow, grant_table};
use crate::eval::{Evaluator, Scope};
use crate::facts::{ArgKind, Call, Expr};
use crate::program::Program;
use crate::sites::{ArgPath, Bucket};
use crate::value::{Args, FileId, FuncRef, Part, Text, Value, Values, Why};

/// Whether a statement gives or takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, which wins over any other statement.
    Deny,
}

/// One resource of a grant: the keys of a bucket that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resource {
    /// The bucket, where it is known.
    pub bucket: Option<Bucket>,
    /// The keys, by IAM's rules; `None` for the bucket itself.
    pub keys: Option<Pattern>,
    /// Why it is not known, where a hole makes up the whole of it.
    pub opaque: Option<Why>,
    /// Whether the code says all of its keys: no part of them is a hole.
    pub is_whole: bool,
    /// The element of the literal list it stands in that makes it, by its place.
    pub element: Option<u32>,
}

/// A grant, without its position in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Allow or deny.
    pub effect: Effect,
    /// IAM actions (`s3:Get*`), in the order of the code.
    pub actions: Vec<SmolStr>,
    /// Resources.
    pub resources: Vec<Resource>,
    /// The statement, by its place in the file's interface.
    pub item: u32,
    /// The call in it.
    pub call: u32,
    /// The argument that names the resources.
    pub arg: Option<ArgPath>,
}

impl Grant {
    /// The fields of a contract's value that the actions reach: `read`, `write`, `delete`.
    pub fn fields(&self) -> Vec<&'static str> {
        let reaches = |probes: &[&str]| {
            probes.iter().any(|probe| {
                self.actions.iter().any(|action| {
                    // IAM compares actions without regard to case.
                    Pattern::parse_iam(&action.to_lowercase()).matches(&probe.to_lowercase())
                })
            })
        };
        let mut fields = Vec::new();
        if reaches(&["s3:GetObject"]) {
            fields.push("read");
        }
        if reaches(&["s3:PutObject"]) {
            fields.push("write");
        }
        if reaches(&["s3:DeleteObject"]) {
            fields.push("delete");
        }
        fields
    }
}

/// All grants of a file.
pub fn grants(program: &dyn Program, file: FileId) -> Vec<Grant> {
    let mut eval = Evaluator::new(program);
    let interface = program.interface(file);
    let mut found = Vec::new();
    for (item, facts) in interface.items.iter().enumerate() {
        for (index, call) in facts.calls.iter().enumerate() {
            let Some(name) = call.callee_name() else {
                continue;
            };
            let table = grant_table();
            let statement = table.statement.iter().find(|row| row.name == *name);
            let grant = table.grant.iter().find(|row| row.names.contains(name));
            if statement.is_none() && grant.is_none() {
                continue;
            }
            program.poll();
            let func = call.func.map(|func| FuncRef {
                file,
                facts: facts.clone(),
                func,
            });
            let scope = Scope {
                file,
                facts: facts.clone(),
                item: func.is_none().then_some(item),
                frame: func.as_ref().map(|func| eval.open_frame(func)),
            };
            let made = match (statement, grant) {
                (Some(row), _) => statement_grant(&mut eval, row, call, &scope),
                (_, Some(row)) => method_grant(&mut eval, row, call, &scope),
                _ => None,
            };
            if let Some(mut made) = made {
                (made.item, made.call) = (item as u32, index as u32);
                found.push(made);
            }
        }
    }
    found
}

fn statement_grant(
    eval: &mut Evaluator<'_>,
    row: &StatementRow,
    call: &Call,
    scope: &Scope,
) -> Option<Grant> {
    let args = eval.root_args(&call.args, scope);
    // In TypeScript the members of the first argument are what keywords are in Python.
    let members = match args.positional.first().map(Values::first) {
        Some(Value::Map(map)) => Args {
            keywords: map.entries.clone(),
            ..Args::default()
        },
        _ => args,
    };
    let inverted = row.not_actions.iter().chain(&row.not_resources);
    if inverted
        .into_iter()
        .any(|name| members.keyword(name).is_some())
    {
        return None;
    }
    let actions: Vec<SmolStr> = strings(members.keyword(&row.actions)?)
        .into_iter()
        .filter_map(|text| text.known())
        .map(SmolStr::from)
        .collect();
    let is_s3 = |action: &SmolStr| {
        let action = action.to_lowercase();
        action == "*" || action.starts_with("s3:")
    };
    if !actions.iter().any(is_s3) {
        return None;
    }
    let arg = locate(call, &row.resources);
    let listed = match arg.as_ref().and_then(|arg| literal_list(call, arg)) {
        Some(elements) => resources_by_element(eval, elements, scope),
        None => {
            let texts = strings(members.keyword(&row.resources)?);
            texts.iter().filter_map(resource).collect()
        }
    };
    let effect = members.keyword(&row.effect).is_some_and(is_deny);
    if effect && members.keyword(&row.conditions).is_some() {
        return None;
    }
    Some(Grant {
        effect: if effect { Effect::Deny } else { Effect::Allow },
        actions,
        resources: listed,
        item: 0,
        call: 0,
        arg,
    })
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
fn resources_by_element(
    eval: &mut Evaluator<'_>,
    elements: &[Expr],
    scope: &Scope,
) -> Vec<Resource> {
    let mut found = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let element = match element {
            Expr::Spread(inner) => inner,
            other => other,
        };
        let texts = strings(&eval.root(element, scope));
        found.extend(texts.iter().filter_map(resource).map(|made| Resource {
            element: Some(index as u32),
            ..made
        }));
    }
    found
}

/// `bucket.grant_read(identity, "pattern")`: on something that may be a bucket.
fn method_grant(
    eval: &mut Evaluator<'_>,
    row: &GrantRow,
    call: &Call,
    scope: &Scope,
) -> Option<Grant> {
    let Expr::Attr(object, _) = &call.callee else {
        return None;
    };
    let receiver = eval.root(object, scope);
    let bucket = match receiver.first() {
        Value::External(external) => {
            let path = external.path.as_str();
            // Tables, streams, keys and topics have the same methods.
            if !path.contains("Bucket") && !path.contains("bucket") {
                return None;
            }
            crate::builtins::bucket_name(external)
                .and_then(|name| name.known())
                .map(|name| Bucket::Known(name.into()))
        }
        Value::Hole(_) if crate::receivers::names_bucket(object, scope) => None,
        _ => return None,
    };
    let args = eval.root_args(&call.args, scope);
    let pattern = args
        .positional
        .get(1)
        .or_else(|| args.keyword("objects_key_pattern"))
        .or_else(|| args.keyword("objectsKeyPattern"));
    let texts = pattern.map_or_else(|| vec![Text::literal("*")], strings);
    let resources = texts.iter().map(|text| Resource {
        bucket: bucket.clone(),
        keys: Some(key_pattern(&text.parts)),
        opaque: None,
        is_whole: is_whole(&text.parts),
        element: None,
    });
    Some(Grant {
        effect: Effect::Allow,
        actions: row.actions.clone(),
        resources: resources.collect(),
        item: 0,
        call: 0,
        arg: locate_positional(call, if pattern.is_some() { 1 } else { 0 }),
    })
}

fn is_deny(values: &Values) -> bool {
    values.iter().any(|value| match value {
        Value::External(external) => external.path.ends_with("DENY"),
        Value::Text(text) => text
            .known()
            .is_some_and(|known| known.eq_ignore_ascii_case("deny")),
        _ => false,
    })
}

/// The strings of a list, or of one string.
fn strings(values: &Values) -> Vec<Text> {
    let mut found = Vec::new();
    for value in values.iter() {
        match value {
            Value::List(elements) => found.extend(elements.iter().flat_map(strings)),
            other => found.push(other.to_text()),
        }
    }
    found
}

/// The bucket and keys of an ARN; `None` for one of another service.
fn resource(text: &Text) -> Option<Resource> {
    if text.known().as_deref() == Some("*") {
        let keys = Some(Pattern::parse_iam("*"));
        return Some(Resource {
            bucket: None,
            keys,
            opaque: None,
            is_whole: true,
            element: None,
        });
    }
    match text.parts.first() {
        Some(Part::Literal(first)) if first.starts_with("arn:") => {
            let rest = first.splitn(6, ':').nth(5)?;
            if first.split(':').nth(2) != Some("s3") {
                return None;
            }
            let mut parts = text.parts.clone();
            parts[0] = Part::Literal(rest.into());
            Some(split_resource(&parts))
        }
        // `f"{bucket.bucket_arn}/jobs/*"`, `arn:${Aws.PARTITION}:s3:::…`
        Some(Part::Literal(_)) => None,
        Some(_) => Some(split_resource(&text.parts)),
        None => None,
    }
}

fn split_resource(parts: &[Part]) -> Resource {
    let slash = parts
        .iter()
        .enumerate()
        .find_map(|(index, part)| match part {
            Part::Literal(literal) => literal.find('/').map(|at| (index, at)),
            _ => None,
        });
    let Some((index, at)) = slash else {
        let opaque = parts.iter().find_map(|part| match part {
            Part::Hole(why) => Some(why.clone()),
            _ => None,
        });
        return Resource {
            bucket: bucket_of(parts),
            keys: None,
            opaque,
            is_whole: is_whole(parts),
            element: None,
        };
    };
    let Part::Literal(literal) = &parts[index] else {
        return Resource {
            bucket: None,
            keys: None,
            opaque: None,
            is_whole: false,
            element: None,
        };
    };
    let mut bucket: Vec<Part> = parts[..index].to_vec();
    bucket.push(Part::Literal(literal[..at].into()));
    let mut keys = vec![Part::Literal(literal[at + 1..].into())];
    keys.extend_from_slice(&parts[index + 1..]);
    Resource {
        bucket: bucket_of(&bucket),
        keys: Some(key_pattern(&keys)),
        opaque: None,
        is_whole: is_whole(&keys),
        element: None,
    }
}

fn is_whole(parts: &[Part]) -> bool {
    !parts.iter().any(|part| matches!(part, Part::Hole(_)))
}

fn bucket_of(parts: &[Part]) -> Option<Bucket> {
    let mut text = Text::default();
    for part in parts {
        text.push(part.clone());
    }
    let known = text
        .known()
        .filter(|name| !name.is_empty() && !name.contains('*'));
    known.map(|name| Bucket::Known(name.into()))
}

/// A grant's keys: the code's `*` and `?` are IAM's; a hole may be anything, and is taken for
/// nothing more than a wildcard would be.
fn key_pattern(parts: &[Part]) -> Pattern {
    let mut iam = String::new();
    for part in parts {
        match part {
            Part::Literal(literal) => iam.push_str(literal),
            Part::Any | Part::Hole(_) => iam.push('*'),
        }
    }
    Pattern::parse_iam(iam.trim_start_matches('/'))
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

fn locate_positional(call: &Call, position: usize) -> Option<ArgPath> {
    let keyword = call.args.iter().position(|arg| {
        matches!(
            arg.keyword.as_deref(),
            Some("objects_key_pattern" | "objectsKeyPattern")
        )
    });
    let arg = keyword.or_else(|| (position < call.args.len()).then_some(position))?;
    Some(ArgPath {
        arg: arg as u32,
        path: Vec::new(),
    })
}
