//! The names of AWS: ARNs as infrastructure code puts them together, and the buckets they stand for.
//!
//! Code seldom writes `arn:aws:s3:::imaging/jobs/*`. It asks a bucket for it, a stack to format it, or
//! CloudFormation to join it; what each of these is worth stands here.

use crate::builtins::external_attribute;
use crate::value::{Args, External, MapValue, Part, Text, Value, Values, Why};

/// What a call that makes an ARN is worth; `None` for any other.
pub(crate) fn made_by(object: &Value, name: &str, args: &Args) -> Option<Values> {
    match name {
        "arn_for_objects" | "arnForObjects" => for_objects(object, args),
        "format_arn" | "formatArn" if is_outside(object) => formatted(args),
        "format" if is_named(object, "Arn") => formatted(args),
        "join" if is_functions(object) => joined(args),
        "sub" if is_functions(object) => substituted(args),
        _ => None,
    }
}

/// Whether something is not of the repository: its own methods are looked into instead.
fn is_outside(object: &Value) -> bool {
    matches!(object, Value::External(_) | Value::Hole(_))
}

/// Whether something has the functions of CloudFormation: the CDK's `Fn`, and libraries that make templates.
fn is_functions(object: &Value) -> bool {
    is_named(object, "Fn")
        || matches!(object, Value::External(external)
            if matches!(external.path.as_str(), "@mapbox/cloudfriend" | "cloudfriend" | "cloudform"))
}

/// Whether something from outside has that last name: `Fn` of `cdk.Fn`.
fn is_named(object: &Value, name: &str) -> bool {
    match object {
        Value::External(external) => external.path.rsplit('.').next() == Some(name),
        _ => false,
    }
}

/// `bucket.arn_for_objects("jobs/*")`.
fn for_objects(object: &Value, args: &Args) -> Option<Values> {
    let pattern = args
        .positional
        .first()
        .or_else(|| args.keyword("key_pattern"))?;
    let arn = match object {
        Value::External(external) => {
            let arn = external_attribute(external, "bucket_arn");
            match arn.first() {
                Value::Text(_) => arn,
                _ => Values::hole(Why::External(external.path.clone())),
            }
        }
        Value::Hole(why) => Values::hole(why.clone()),
        _ => return None,
    };
    let slash = Values::one(Value::text("/"));
    Some(Values::concat([&arn, &slash, pattern]))
}

/// What a call was given by name: its keywords, or the members of its first argument.
fn named<'a>(args: &'a Args, name: &str) -> Option<&'a Values> {
    let of_map = || match args.positional.first()?.first() {
        Value::Map(map) => map.get(name),
        // `Arn.format(ArnComponents(service="s3", …), self)`
        Value::External(made) if made.path.ends_with("ArnComponents()") => made.args.keyword(name),
        _ => None,
    };
    args.keyword(name).or_else(of_map)
}

/// `stack.format_arn(service="s3", resource=…)`, `Arn.format({ service: "s3", resource: … })`: of what is
/// not given the partition, region and account are the stack's.
fn formatted(args: &Args) -> Option<Values> {
    let service = named(args, "service")?;
    let resource = named(args, "resource")?;
    let of_stack = Values::hole(Why::External("Aws".into()));
    let given = |name| named(args, name).unwrap_or(&of_stack);
    let text = |text: &str| Values::one(Value::text(text));
    let (arn, colon) = (text("arn:"), text(":"));
    let mut pieces = vec![
        &arn,
        given("partition"),
        &colon,
        service,
        &colon,
        given("region"),
        &colon,
        given("account"),
        &colon,
        resource,
    ];
    let separator = separator(args);
    let is_given = |values: &&Values| *values.first() != Value::Null;
    let name = named(args, "resource_name").or_else(|| named(args, "resourceName"));
    if let Some(name) = name.filter(is_given) {
        pieces.extend([&separator, name]);
    }
    Some(Values::concat(pieces))
}

/// What a method of the repository's own stack is worth that it takes over from the CDK's.
pub(crate) fn inherited(name: &str, args: &Args, why: &Why) -> Option<Values> {
    match name {
        "arn_for_objects" | "arnForObjects" => for_objects(&Value::Hole(why.clone()), args),
        "format_arn" | "formatArn" => formatted(args),
        _ => None,
    }
}

/// What stands between a resource and its name: a slash unless the call says otherwise.
fn separator(args: &Args) -> Values {
    if let Some(given) = named(args, "sep") {
        return given.clone();
    }
    let format = named(args, "arn_format").or_else(|| named(args, "arnFormat"));
    let format = format.map(Values::first);
    let is_colon =
        matches!(format, Some(Value::External(it)) if it.path.ends_with("COLON_RESOURCE_NAME"));
    Values::one(Value::text(if is_colon { ":" } else { "/" }))
}

/// `Fn.join("", ["arn:aws:s3:::", name])`.
fn joined(args: &Args) -> Option<Values> {
    let nothing = Values::one(Value::text(""));
    let (separator, list) = match args.positional.as_slice() {
        // Without a separator there is none between them.
        [list] => (&nothing, list),
        [separator, list, ..] => (separator, list),
        [] => (args.keyword("delimiter")?, args.keyword("list_of_values")?),
    };
    let Value::List(elements) = list.first() else {
        return None;
    };
    let mut pieces: Vec<&Values> = Vec::new();
    for element in elements.iter() {
        if !pieces.is_empty() {
            pieces.push(separator);
        }
        pieces.push(element);
    }
    Some(Values::concat(pieces))
}

/// `Fn.sub("arn:aws:s3:::${Name}/*", {"Name": …})`.
fn substituted(args: &Args) -> Option<Values> {
    let template = args.positional.first().or_else(|| args.keyword("body"))?;
    let variables = match args.positional.get(1).map(Values::first) {
        Some(Value::Map(map)) => (**map).clone(),
        _ => MapValue::default(),
    };
    let known = template.known()?;
    let value = |name: &str| match variables.get(name).map(Values::first) {
        Some(value) => value.to_text(),
        None => Text::hole(Why::External(name.into())),
    };
    Some(Values::one(Value::Text(substitute(&known, value))))
}

/// A function of CloudFormation's in a policy document: `{"Fn::Join": ["", ["arn:aws:s3:::", name]]}`,
/// `{"Fn::Sub": "arn:aws:s3:::${Name}/*"}`.
pub(crate) fn intrinsic(map: &MapValue) -> Option<Text> {
    let [(name, given)] = map.entries.as_slice() else {
        return None;
    };
    let list = |values: &Values| match values.first() {
        Value::List(elements) => Some(elements.to_vec()),
        _ => None,
    };
    match name.as_str() {
        "Fn::Join" => {
            let given = list(given)?;
            let (separator, parts) = (given.first()?.first().to_text(), list(given.get(1)?)?);
            let mut made = Text::default();
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    made.append(&separator);
                }
                made.append(&part_of(part.first()));
            }
            Some(made)
        }
        "Fn::Sub" => {
            let given = list(given).unwrap_or_else(|| vec![given.clone()]);
            let variables = match given.get(1).map(Values::first) {
                Some(Value::Map(map)) => (**map).clone(),
                _ => MapValue::default(),
            };
            let template = given.first()?.known()?;
            Some(substitute(&template, |name| match variables.get(name) {
                Some(value) => part_of(value.first()),
                None => Text::hole(Why::External(name.into())),
            }))
        }
        "Ref" | "Fn::GetAtt" | "Fn::ImportValue" => Some(Text::hole(Why::External(name.clone()))),
        _ => None,
    }
}

fn part_of(value: &Value) -> Text {
    match value {
        Value::Map(map) => intrinsic(map).unwrap_or_else(|| value.to_text()),
        value => value.to_text(),
    }
}

/// A template of CloudFormation's `Sub`, with the values of its variables; `${!x}` is a literal `${x}`.
pub(crate) fn substitute(template: &str, value: impl Fn(&str) -> Text) -> Text {
    let mut made = Text::default();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        made.append(&Text::literal(before));
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            continue;
        };
        match name.strip_prefix('!') {
            Some(literal) => made.append(&Text::literal(&format!("${{{literal}}}"))),
            None => made.append(&value(name.trim())),
        }
        rest = after;
    }
    made.append(&Text::literal(rest));
    made
}

/// The name of the bucket that a construct of the CDK or a resource of boto3 stands for; nothing where it may have one of
/// several.
pub(crate) fn bucket_name(external: &External) -> Option<Text> {
    match bucket_names(external)?.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// The names that it may have.
pub(crate) fn bucket_names(external: &External) -> Option<Vec<Text>> {
    let path = external.path.strip_suffix("()")?;
    let args = &external.args;
    let text = |values: &Values| {
        let texts = values.iter().map(|value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        });
        texts.collect::<Option<Vec<_>>>()
    };
    let of_arns = |arns: Vec<Text>| arns.iter().map(of_arn).collect::<Option<Vec<_>>>();
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
            of_arns(arn)
        }
        "from_bucket_attributes" | "fromBucketAttributes" => {
            let map = match args.positional.get(2).map(Values::first) {
                Some(Value::Map(map)) => Some(map),
                _ => None,
            };
            let member = |name| args.keyword(name).or_else(|| map?.get(name));
            let name = member("bucket_name").or_else(|| member("bucketName"));
            let arn = || member("bucket_arn").or_else(|| member("bucketArn"));
            name.and_then(text).or_else(|| of_arns(text(arn()?)?))
        }
        "Bucket" | "CfnBucket" => match args.keyword("bucket_name") {
            Some(name) => text(name),
            None => match args.positional.last()?.first() {
                Value::Map(map) => text(map.get("bucketName")?),
                // boto3's; what is made of one word elsewhere takes it for its name in the program.
                Value::Text(name) if args.positional.len() == 1 && path.contains("resource(") => {
                    Some(vec![name.clone()])
                }
                _ => None,
            },
        },
        _ => None,
    }
}

/// The bucket of its ARN.
fn of_arn(arn: &Text) -> Option<Text> {
    let mut parts = arn.parts.clone();
    let Some(Part::Literal(first)) = parts.first_mut() else {
        return None;
    };
    *first = first.strip_prefix("arn:aws:s3:::")?.into();
    let mut name = Text::default();
    parts.into_iter().for_each(|part| name.push(part));
    Some(name)
}
