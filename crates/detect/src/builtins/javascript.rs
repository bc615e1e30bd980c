//! What JavaScript does to strings and lists by itself: regular expressions, paths of Node's `path`,
//! lists without what is missing.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::addresses::bucket_and_key;
use super::{of_path, paths, regular, strings};
use crate::eval::Evaluator;
use crate::shared::Shared;
use crate::value::{Args, Closure, External, MapValue, Part, Text, Value, Values, Why};

/// What a regular expression is: the literal and `new RegExp(…)` alike.
const REGEXP: &str = "RegExp()";

/// The source of a regular expression, where a value is one.
pub(super) fn pattern(value: &Value) -> Option<String> {
    let Value::External(external) = value else {
        return None;
    };
    if external.path != REGEXP {
        return None;
    }
    external.args.positional.first()?.known()
}

/// `text.replace(/^\//, "")`.
pub(super) fn replaced(text: &Text, args: &Args) -> Option<Text> {
    let pattern = pattern(args.positional.first()?.first())?;
    let new = args.positional.get(1)?;
    if let Value::Func(_) = new.first()
        && let Some(characters) = class_of_characters(&pattern)
    {
        return Some(made_anew(text, characters));
    }
    if let Some(new) = new.known() {
        return Some(regular::substitute(&pattern, &new, text));
    }
    // What is put there is not known: where it is put, is.
    let hole = match new.first() {
        Value::Text(new) => new.clone(),
        _ => Text::hole(Why::Syntax("replace".into())),
    };
    let marked = regular::substitute(&pattern, MARK, text);
    Some(strings::filled(&marked, MARK, &hole))
}

/// Stands where something is put that is not known.
const MARK: &str = "\u{1}";

/// The characters that a regular expression stands for, one at a time: `[xy]`.
fn class_of_characters(pattern: &str) -> Option<&str> {
    let class = pattern.strip_prefix('[')?.strip_suffix(']')?;
    (!class.is_empty() && class.chars().all(char::is_alphanumeric)).then_some(class)
}

/// A string of which a function makes each of some characters anew: `"xxxx-4xxx".replace(/[x]/g, () => …)`.
fn made_anew(text: &Text, characters: &str) -> Text {
    let mut made = Text::default();
    for part in &text.parts {
        let Part::Literal(literal) = part else {
            made.push(part.clone());
            continue;
        };
        for character in literal.chars() {
            let is_last = matches!(made.parts.last(), Some(Part::Hole(_)));
            match characters.contains(character) {
                true if is_last => {}
                true => made.push(Part::Hole(Why::Syntax("replace".into()))),
                false => made.push(Part::Literal(character.to_string().into())),
            }
        }
    }
    made
}

/// `key.replace(/\/[^/]+$/, suffix)` of a key of which nothing is known: it ends with what is put there.
pub(super) fn replaced_end(unknown: &Value, args: &Args) -> Option<Values> {
    let pattern = pattern(args.positional.first()?.first())?;
    let new = args.positional.get(1)?;
    let is_function = matches!(new.first(), Value::Func(_));
    if !regular::is_of_end(&pattern) || is_function {
        return None;
    }
    Some(Values::concat([&Values::one(unknown.clone()), new]))
}

/// `text.match(/^s3:\/\/([^/]+)\/(.*)$/)`: the whole, the bucket and the key.
pub(super) fn matched(text: &Value, given: &Value) -> Option<Values> {
    let pattern = pattern(given).or_else(|| match given {
        Value::Text(text) => text.known(),
        _ => None,
    })?;
    let start = pattern
        .trim_start_matches("(?i)")
        .trim_start_matches(['^', '('])
        .trim_start_matches("?:");
    if !start.starts_with("s3") {
        return None;
    }
    let both = match text {
        Value::Hole(_) => (text.clone(), text.clone()),
        text => {
            let (bucket, key) = bucket_and_key(&text.to_text());
            (Value::Text(bucket), Value::Text(key))
        }
    };
    let (bucket, key) = (Values::one(both.0), Values::one(both.1));
    let named = ["bucket", "Bucket", "key", "Key", "path", "prefix"].map(|name| {
        let is_bucket = name.eq_ignore_ascii_case("bucket");
        let values = if is_bucket { &bucket } else { &key };
        (name.into(), values.clone())
    });
    let groups = Value::Map(Shared::new(MapValue {
        entries: named.into(),
        ..MapValue::default()
    }));
    let entries = [
        ("0", Values::one(text.clone())),
        ("1", bucket),
        ("2", key),
        ("groups", Values::one(groups)),
    ];
    Some(Values::one(Value::Map(Shared::new(MapValue {
        entries: entries.map(|(name, values)| (name.into(), values)).into(),
        ..MapValue::default()
    }))))
}

/// A method of a regular expression.
pub(super) fn method(external: &External, name: &str, args: &Args) -> Option<Values> {
    if external.path != REGEXP || name != "exec" {
        return None;
    }
    let this = Value::External(Shared::new(external.clone()));
    matched(args.positional.first()?.first(), &this)
}

/// A function of Node's `path`; `None` for one that is not followed.
pub(super) fn of_node_paths(path: &str, args: &Args) -> Option<Values> {
    let name = ["path.posix.", "path.win32.", "path.", "upath.", "pathe."]
        .iter()
        .find_map(|module| path.strip_prefix(module))?;
    let first = args.positional.first();
    match name {
        "join" => Some(joined(&args.positional)),
        "extname" => Some(of_path(first, |path| paths::extension(path).1)),
        "basename" if args.positional.len() == 2 => {
            let suffix = args.positional[1].known();
            Some(of_path(first, |path| {
                let name = paths::basename(path);
                match &suffix {
                    Some(suffix) => strings::remove_suffix(&name, suffix),
                    None => paths::extension(&name).0,
                }
            }))
        }
        "parse" => first.map(|values| values.map(parsed)),
        "toUnix" | "normalizeTrim" | "normalizeSafe" => Some(of_path(first, Text::clone)),
        _ => None,
    }
}

/// Node joins with a slash whatever its parts begin with, and leaves one of several: an empty name between two is none.
fn joined(parts: &[Values]) -> Values {
    let mut relative: Vec<Values> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let part = Values::concat([part]);
        relative.push(match index {
            0 => part,
            _ => part.map(|value| {
                let text = value.to_text();
                Value::Text(strings::strip(&text, Some("/"), strings::Side::Left))
            }),
        });
    }
    paths::join(&relative).map(with_single_slashes)
}

fn with_single_slashes(path: &Value) -> Value {
    let mut made = Text::default();
    for part in path.to_text().parts {
        match part {
            Part::Literal(text) if !text.contains("://") => {
                let mut text = text.to_string();
                while text.contains("//") {
                    text = text.replace("//", "/");
                }
                made.push(Part::Literal(text.into()));
            }
            part => made.push(part),
        }
    }
    Value::Text(made)
}

/// What `path.parse` returns.
fn parsed(value: &Value) -> Value {
    let path = value.to_text();
    let base = paths::basename(&path);
    let (name, extension) = paths::extension(&base);
    let entries = [
        ("dir", paths::dirname(&path)),
        ("base", base),
        ("name", name),
        ("ext", extension),
    ];
    Value::Map(Shared::new(MapValue {
        entries: entries
            .map(|(name, text)| (name.into(), Values::from(text)))
            .into(),
        ..MapValue::default()
    }))
}

/// `[a, b && c].filter(Boolean)`: the list without what is missing, on each way through on which
/// something else is.
pub(super) fn without_missing(elements: &[Values]) -> Values {
    let is_missing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Text(text) => text.parts.is_empty(),
        _ => false,
    };
    let mut lists: Vec<Vec<Values>> = vec![Vec::new()];
    for element in elements {
        let there: Vec<Value> = element.iter().filter(|v| !is_missing(v)).cloned().collect();
        let may_miss = there.len() < element.iter().len();
        let mut next = Vec::new();
        for list in lists {
            if !there.is_empty() {
                let mut longer = list.clone();
                longer.push(Values::collect(there.iter().cloned()));
                next.push(longer);
            }
            if may_miss {
                next.push(list);
            }
        }
        lists = next;
        if lists.len() > crate::value::MAX_ALTERNATIVES {
            return Values::one(Value::List(Shared::new(elements.to_vec())));
        }
    }
    let lists = lists.into_iter();
    Values::collect(lists.map(|list| Value::List(Shared::new(list))))
}

/// What of an element passes a test, for all that is known; `None` where nothing does.
pub(super) fn that_pass(
    evaluator: &mut Evaluator<'_>,
    test: &Closure,
    element: &Values,
) -> Option<Values> {
    let mut passes = |value: &Value| {
        let is_known = matches!(value, Value::Text(text) if text.known().is_some());
        let given = Args {
            positional: vec![Values::one(value.clone())],
            ..Args::default()
        };
        !is_known || *evaluator.call_closure(test, &given).first() != Value::Bool(false)
    };
    let left: Vec<Value> = element
        .iter()
        .filter(|value| passes(value))
        .cloned()
        .collect();
    let left = left.iter().flat_map(|value| {
        let passing = evaluator.passing(test, value);
        passing.iter().cloned().collect::<Vec<_>>()
    });
    let left: Vec<Value> = left.collect();
    (!left.is_empty()).then(|| Values::collect(left))
}

/// Whether a function from outside cleans what it is given and leaves words and slashes alone, by its
/// name.
pub(super) fn is_cleaning(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "sanitize",
        "sanitise",
        "normalize",
        "slash",
        "trim",
        "unixify",
    ]
    .iter()
    .any(|word| name.starts_with(word))
}

/// `"7".padStart(3, "0")`
pub(super) fn padded(known: &str, at_start: bool, args: &Args) -> Option<Text> {
    let Value::Int(width) = args.positional.first()?.first() else {
        return None;
    };
    let filling = match args.positional.get(1) {
        Some(filling) => filling.known()?,
        None => " ".to_owned(),
    };
    let missing = usize::try_from(*width)
        .ok()?
        .min(crate::value::MAX_CHARACTERS);
    let missing = missing.saturating_sub(known.chars().count());
    let filled: String = filling.chars().cycle().take(missing).collect();
    Some(Text::literal(&match at_start {
        true => format!("{filled}{known}"),
        false => format!("{known}{filled}"),
    }))
}

/// What `encodeURIComponent` leaves as it is (ECMA-262, 19.2.6.4).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// `encodeURIComponent("a b")`
pub(super) fn encoded(known: &str) -> String {
    utf8_percent_encode(known, UNRESERVED).to_string()
}
