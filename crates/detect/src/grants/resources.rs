//! What a resource of a policy names: an ARN of S3, split into a bucket and the keys in it.

use blue_pattern::Pattern;

use super::Resource;
use crate::sites::Bucket;
use crate::value::{Part, Text, Why};

/// The bucket and keys of an ARN; `None` for one of another service.
pub(crate) fn resource(text: &Text) -> Option<Resource> {
    let text = &with_variables(text);
    if text.known().as_deref() == Some("*") {
        return Some(every_key(None));
    }
    match text.parts.first()? {
        Part::Literal(first) if first.starts_with("arn:") => of_arn(&text.parts),
        // No ARN begins so.
        Part::Literal(_) => None,
        Part::Hole(Why::External(path)) if is_of_another_service(path) => None,
        // `f"{bucket.bucket_arn}/jobs/*"`
        _ => Some(split(&text.parts)),
    }
}

/// Whether something is of a module of the CDK that is not S3's: `stream.stream_arn`.
fn is_of_another_service(path: &str) -> bool {
    let mut modules = ["aws_cdk.aws_", "aws-cdk-lib/aws-", "@aws-cdk/aws-"].into_iter();
    let service = modules.find_map(|module| path.strip_prefix(module));
    service.is_some_and(|service| !service.starts_with("s3"))
}

/// All keys of a bucket, or of any.
pub(crate) fn every_key(bucket: Option<Bucket>) -> Resource {
    Resource {
        bucket,
        keys: Some(Pattern::parse_iam("*")),
        opaque: None,
        is_whole: true,
        element: None,
    }
}

/// What IAM, or the tool that deploys the document, puts in as it is used is a hole: `home/${aws:username}/*`,
/// `${self:custom.bucket}`.
fn with_variables(text: &Text) -> Text {
    let mut made = Text::default();
    for part in &text.parts {
        match part {
            Part::Literal(literal) if literal.contains("${") => {
                let hole = |name: &str| Text::hole(Why::External(name.into()));
                made.append(&crate::arns::substitute(literal, hole));
            }
            part => made.push(part.clone()),
        }
    }
    made
}

/// Something of which nothing is known.
pub(crate) fn unknown(why: Why) -> Resource {
    Resource {
        bucket: None,
        keys: None,
        opaque: Some(why),
        is_whole: false,
        element: None,
    }
}

/// Whether a string says that it is about S3.
pub(crate) fn names_s3(text: &Text) -> bool {
    segments(&text.parts).is_some_and(|found| is_known(&found[2], "s3"))
}

/// `arn:partition:service:region:account:resource`, each a hole or text. `None` for less than six.
fn segments(parts: &[Part]) -> Option<[Vec<Part>; 6]> {
    let mut found: [Vec<Part>; 6] = Default::default();
    let mut at = 0;
    for part in parts {
        let Part::Literal(literal) = part else {
            found[at].push(part.clone());
            continue;
        };
        let mut rest = literal.as_str();
        while at < 5
            && let Some((before, after)) = rest.split_once(':')
        {
            found[at].push(Part::Literal(before.into()));
            (at, rest) = (at + 1, after);
        }
        found[at].push(Part::Literal(rest.into()));
    }
    found
        .iter_mut()
        .for_each(|parts| parts.retain(|part| *part != Part::Literal("".into())));
    (at == 5).then_some(found)
}

fn is_known(parts: &[Part], text: &str) -> bool {
    matches!(parts, [Part::Literal(literal)] if literal == text)
}

fn of_arn(parts: &[Part]) -> Option<Resource> {
    let Some(found) = segments(parts) else {
        // `arn:aws:s3{…}`: what follows is not known.
        let why = hole_of(parts)?;
        return Some(unknown(why));
    };
    let [_, _, service, _, _, rest] = &found;
    let may_be_any = !service.iter().any(|part| matches!(part, Part::Literal(_)));
    if !is_known(service, "s3") && !may_be_any {
        return None;
    }
    match rest.first() {
        Some(Part::Literal(first)) if first.starts_with("accesspoint/") => of_access_point(rest),
        _ => Some(split(rest)),
    }
}

/// `accesspoint/{name}/object/{key}`: of whatever bucket it is for.
fn of_access_point(rest: &[Part]) -> Option<Resource> {
    const BEFORE: &str = "/object/";
    let at = rest.iter().position(|part| match part {
        Part::Literal(literal) => literal.contains(BEFORE),
        _ => false,
    })?;
    let Part::Literal(literal) = &rest[at] else {
        return None;
    };
    let (_, key) = literal.split_once(BEFORE)?;
    let mut keys = vec![Part::Literal(key.into())];
    keys.extend_from_slice(&rest[at + 1..]);
    Some(Resource {
        bucket: None,
        keys: Some(key_pattern(&keys)),
        opaque: None,
        is_whole: is_whole(&keys),
        element: None,
    })
}

/// `bucket/key`.
fn split(parts: &[Part]) -> Resource {
    let slash = parts
        .iter()
        .enumerate()
        .find_map(|(index, part)| match part {
            Part::Literal(literal) => literal.find('/').map(|at| (index, at)),
            _ => None,
        });
    let Some((index, at)) = slash else {
        return without_slash(parts);
    };
    let mut bucket: Vec<Part> = parts[..index].to_vec();
    let mut keys = Vec::new();
    if let Part::Literal(literal) = &parts[index] {
        bucket.push(Part::Literal(literal[..at].into()));
        keys.push(Part::Literal(literal[at + 1..].into()));
    }
    keys.extend_from_slice(&parts[index + 1..]);
    Resource {
        bucket: bucket_of(&bucket),
        keys: Some(key_pattern(&keys)),
        opaque: None,
        is_whole: is_whole(&keys),
        element: None,
    }
}

/// A bucket, or, where it ends with a wildcard, all in it besides: `arn:aws:s3:::imaging*` matches
/// `arn:aws:s3:::imaging/jobs/1`, since `*` matches a slash, too.
fn without_slash(parts: &[Part]) -> Resource {
    let ends_with_star = parts.last() == Some(&Part::Any);
    let keys = ends_with_star.then(|| Pattern::parse_iam("*"));
    let opaque = match keys {
        Some(_) => None,
        None => hole_of(parts),
    };
    Resource {
        bucket: bucket_of(parts),
        keys,
        opaque,
        is_whole: is_whole(parts),
        element: None,
    }
}

fn hole_of(parts: &[Part]) -> Option<Why> {
    parts.iter().find_map(|part| match part {
        Part::Hole(why) => Some(why.clone()),
        _ => None,
    })
}

pub(crate) fn is_whole(parts: &[Part]) -> bool {
    !parts.iter().any(|part| matches!(part, Part::Hole(_)))
}

fn bucket_of(parts: &[Part]) -> Option<Bucket> {
    let mut text = Text::default();
    for part in parts {
        text.push(part.clone());
    }
    if let [Part::Hole(Why::Environment(name))] = text.parts.as_slice() {
        return Some(Bucket::Env(name.clone()));
    }
    let known = text
        .known()
        .filter(|name| !name.is_empty() && !name.contains(['*', '?']));
    known.map(|name| Bucket::Known(name.into()))
}

/// A grant's keys: the code's `*` and `?` are IAM's; a hole may be anything, and is taken for
/// nothing more than a wildcard would be.
pub(crate) fn key_pattern(parts: &[Part]) -> Pattern {
    let mut iam = String::new();
    for part in parts {
        match part {
            Part::Literal(literal) => iam.push_str(literal),
            Part::Any | Part::Hole(_) => iam.push('*'),
        }
    }
    Pattern::parse_iam(iam.trim_start_matches('/'))
}
