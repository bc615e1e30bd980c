//! Addresses taken apart: by the parsers of the standard libraries, by regular expressions, and by
//! functions from outside that say by their name that they part a bucket from a key.

use super::strings::{Side, slice, strip};
use crate::keys::{behind_scheme, is_local_path};
use crate::shared::Shared;
use crate::value::{Args, External, MapValue, Part, Text, Value, Values, Why};

/// The scheme, the host and the path of an address. The path keeps its leading slash. A string that
/// begins with a hole is all path: what stands in the hole says scheme and host.
struct Address {
    scheme: Text,
    host: Text,
    path: Text,
}

fn address(text: &Text) -> Address {
    let text = &text.plain();
    let unknown = || match text.parts.first() {
        _ if is_local_path(text) => Text::default(),
        Some(Part::Hole(why)) => Text::hole(why.clone()),
        _ => Text::default(),
    };
    let scheme = match text.parts.first() {
        Some(Part::Literal(first)) => first.split_once("://").map(|(scheme, _)| scheme.to_owned()),
        _ => None,
    };
    let (scheme, after) = match (scheme, behind_scheme(text)) {
        (Some(scheme), _) => {
            let after = slice(text, Some(scheme.len() as i64 + 3), None);
            (Text::literal(&scheme), after)
        }
        (None, Some(after)) => (unknown(), after),
        (None, None) => {
            return Address {
                scheme: unknown(),
                host: unknown(),
                path: text.clone(),
            };
        }
    };
    let mut host = Text::default();
    let mut path = Text::default();
    let mut in_path = false;
    let has_slash = |part: &Part| matches!(part, Part::Literal(literal) if literal.contains('/'));
    let last_slash = after.parts.iter().rposition(has_slash);
    for (at, part) in after.parts.into_iter().enumerate() {
        match part {
            Part::Literal(literal) if !in_path => match literal.find('/') {
                Some(at) => {
                    in_path = true;
                    host.push(Part::Literal(literal[..at].into()));
                    path.push(Part::Literal(literal[at..].into()));
                }
                None => host.push(Part::Literal(literal)),
            },
            Part::Hole(Why::Bucket(why)) => host.push(Part::Hole(*why)),
            part if in_path => path.push(part),
            // `"s3://data" + path`: behind a name, where no slash comes any more, it stands in the hole.
            Part::Hole(why) if !host.parts.is_empty() && last_slash.is_none_or(|it| it < at) => {
                in_path = true;
                path.push(Part::Hole(why));
            }
            part => host.push(part),
        }
    }
    Address { scheme, host, path }
}

/// Whether a string surely is no address: it begins with something else than a scheme.
pub(crate) fn has_no_scheme(value: &Value) -> bool {
    match value {
        Value::Text(text) => matches!(text.parts.first(),
            Some(Part::Literal(first)) if !first.contains(':')),
        _ => false,
    }
}

/// What `urlparse` returns, by the names of its attributes and by its first places as a tuple.
pub(crate) fn parsed(value: &Value) -> Value {
    let text = match value {
        Value::Text(text) => text.clone(),
        other => other.to_text(),
    };
    let Address { scheme, host, path } = address(&text);
    let none = Values::one(Value::text(""));
    let mut entries: Vec<_> = [
        ("0", Values::from(scheme.clone())),
        ("1", Values::from(host.clone())),
        ("2", Values::from(path.clone())),
        ("scheme", Values::from(scheme)),
        ("netloc", Values::from(host.clone())),
        ("hostname", Values::from(host.clone())),
        ("path", Values::from(path.clone())),
        ("pathname", Values::from(path.clone())),
        // Other libraries' functions of that name.
        ("bucket", Values::from(host.clone())),
        ("key", Values::from(strip(&path, Some("/"), Side::Left))),
        ("href", Values::from(text)),
    ]
    .map(|(name, values)| (name.into(), values))
    .into();
    entries.extend(["params", "query", "fragment"].map(|name| (name.into(), none.clone())));
    Value::Map(Shared::new(MapValue {
        entries,
        ..MapValue::default()
    }))
}

/// The file system of an address and the path in it, as `fsspec` and `pyarrow` part them.
pub(crate) fn file_system(url: &Value) -> Value {
    let text = url.to_text();
    let Address { scheme, host, path } = address(&text);
    let mut whole = match scheme.known() {
        Some(_) => host,
        None => Text::default(),
    };
    whole.append(&strip(&path, Some("/"), Side::Right));
    let made = External {
        path: "fsspec.filesystem()".into(),
        args: Args {
            positional: vec![Values::from(scheme)],
            ..Args::default()
        },
        on: None,
    };
    let pair = vec![
        Values::one(Value::External(Shared::new(made))),
        Values::from(whole),
    ];
    Value::List(Shared::new(pair))
}

/// The bucket and the key of an address, whether or not its scheme is seen.
pub(crate) fn bucket_and_key(text: &Text) -> (Text, Text) {
    let Address { host, path, .. } = address(text);
    (host, strip(&path, Some("/"), Side::Left))
}

/// Whether a function from outside parts an address into a bucket and a key, by its name:
/// `split_s3_path`, `s3_path_to_bucket_key`; or by that of its module: `acme.s3.parse_uri`.
fn parts_address(path: &str) -> bool {
    let name = path
        .trim_end_matches("()")
        .rsplit('.')
        .next()
        .unwrap_or(path);
    let name = name.to_lowercase();
    let has = |word: &str| name.contains(word);
    let parts =
        has("split") || has("parse") || has("to_bucket") || has("bucket_and") || has("bucketand");
    let function = path.strip_suffix("()").unwrap_or(path);
    let is_of_s3 = has("s3") || !function.contains('(') && function.to_lowercase().contains("s3.");
    parts && (is_of_s3 || has("bucket")) && !has("arn")
}

/// A part of what a function from outside returns of an address it was given: the bucket, or the key.
pub(crate) fn part_of(path: &str, arguments: &[Values], part: AddressPart) -> Option<Values> {
    if !parts_address(path) {
        return None;
    }
    let given = arguments.first()?;
    Some(given.map(|value| match value {
        Value::Hole(_) => value.clone(),
        value => Value::Text(part.of(&value.to_text())),
    }))
}

/// What is asked of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressPart {
    Bucket,
    Key,
}

impl AddressPart {
    /// By its place in what a parting function returns.
    pub(crate) fn at(index: i64) -> Option<AddressPart> {
        match index {
            0 => Some(AddressPart::Bucket),
            1 | -1 => Some(AddressPart::Key),
            _ => None,
        }
    }

    /// By the name of an attribute or a group.
    pub(crate) fn named(name: &str) -> Option<AddressPart> {
        match name {
            "bucket" | "bucket_name" | "bucket_id" | "Bucket" => Some(AddressPart::Bucket),
            "key" | "key_id" | "prefix" | "path" | "Key" => Some(AddressPart::Key),
            _ => None,
        }
    }

    fn of(self, text: &Text) -> Text {
        let (bucket, key) = bucket_and_key(text);
        match self {
            AddressPart::Bucket => bucket,
            AddressPart::Key => key,
        }
    }
}

/// What `group` or `groups` says of a match, where the pattern takes addresses of S3 apart: the first
/// group is the bucket, the second the key.
pub(crate) fn group(external: &External, name: &str, args: &Args) -> Option<Values> {
    let path = external.path.as_str();
    if ![".match()", ".search()", ".fullmatch()"]
        .iter()
        .any(|end| path.ends_with(end))
    {
        return None;
    }
    let (pattern, text) = match external.args.positional.as_slice() {
        [pattern, text, ..] => (pattern, text),
        [text] => (external.on.as_ref()?.args.positional.first()?, text),
        [] => return None,
    };
    let pattern = pattern.known()?;
    let start = pattern.trim_start_matches(['^', '(']);
    if !start.starts_with("s3") && !start.starts_with("?:s3") {
        return None;
    }
    let of = |part: AddressPart| {
        text.map(|value| match value {
            Value::Hole(_) => value.clone(),
            value => Value::Text(part.of(&value.to_text())),
        })
    };
    if name == "groups" {
        let both = vec![of(AddressPart::Bucket), of(AddressPart::Key)];
        return Some(Values::one(Value::List(Shared::new(both))));
    }
    let part = match args.positional.first()?.first() {
        Value::Int(1) => AddressPart::Bucket,
        Value::Int(2) => AddressPart::Key,
        Value::Text(name) => AddressPart::named(&name.known()?)?,
        _ => return None,
    };
    Some(of(part))
}
