//! Methods of strings, and slices of them, where parts of the string are not known: what is known
//! stays, as far as it surely does.

use super::places::{self, Which};
use super::{formats, join_text, paths};
use crate::keys::{begins_as_address, is_local_path, is_s3_url};
use crate::shared::Shared;
use crate::value::{Args, Part, Text, Value, Values, Why};

/// What a method of a string returns.
pub(super) fn method(text: &Text, name: &str, args: &Args) -> Values {
    let first = args.positional.first();
    let given = first.and_then(Values::known);
    let plain = (!keeps_defaults(name)).then(|| text.plain());
    let text = plain.as_ref().unwrap_or(text);
    let made = match (name, given.as_deref()) {
        ("strip" | "trim", chars) => {
            Some(strip(&strip(text, chars, Side::Left), chars, Side::Right))
        }
        ("lstrip" | "trimStart", chars) => Some(strip(text, chars, Side::Left)),
        ("rstrip" | "trimEnd", chars) => Some(strip(text, chars, Side::Right)),
        ("lower" | "toLowerCase" | "casefold", _) => Some(map_literals(text, str::to_lowercase)),
        ("upper" | "toUpperCase", _) => Some(map_literals(text, str::to_uppercase)),
        // `Unicode("plates/").tag(config=True)`: a trait that is set.
        ("tag", _) if args.positional.is_empty() => Some(text.clone()),
        ("removeprefix", Some(prefix)) => Some(remove_prefix(text, prefix)),
        ("removesuffix", Some(suffix)) => Some(remove_suffix(text, suffix)),
        ("replace" | "replaceAll", _)
            if let Some(replaced) = super::javascript::replaced(text, args) =>
        {
            Some(replaced)
        }
        ("match" | "matchAll", _)
            if let Some(groups) = first.and_then(|given| {
                super::javascript::matched(&Value::Text(text.clone()), given.first())
            }) =>
        {
            return groups;
        }
        ("replace" | "replaceAll", Some(old)) => {
            match args.positional.get(1).and_then(Values::known) {
                Some(new) => Some(map_literals(text, |literal| literal.replace(old, &new))),
                // A place in a template: `TEMPLATE.replace("{plate}", plate)`.
                None if let Some(new) = args.positional.get(1)
                    && !old.is_empty() =>
                {
                    return new.flat_map(|new| filled(text, old, &put_in(new)).into());
                }
                None => Some(text.clone()),
            }
        }
        // What is replaced is not known; most of the string stays.
        ("replace" | "replaceAll", None) => Some(text.clone()),
        (
            "as_posix" | "toString" | "__str__" | "expanduser" | "normalize" | "encode" | "decode"
            | "resolve" | "absolute" | "as_uri",
            _,
        ) => Some(text.clone()),
        ("value", _) => Some(text.clone()),
        ("split", separator) => return split_at(text, separator, limit(args), Side::Left),
        ("rsplit", separator) => return split_at(text, separator, limit(args), Side::Right),
        ("partition", Some(separator)) => return partition(text, separator, Side::Left),
        ("rpartition", Some(separator)) => return partition(text, separator, Side::Right),
        ("startswith" | "startsWith", Some(prefix)) => return truth(starts_with(text, prefix)),
        ("startswith", None) if let Some(Value::List(prefixes)) = first.map(Values::first) => {
            return truth(starts_with_any(text, prefixes));
        }
        ("startswith" | "startsWith", None)
            if let Some(Value::Text(prefix)) = first.map(Values::first)
                && begins_otherwise(text, prefix) =>
        {
            return truth(Some(false));
        }
        ("endswith" | "endsWith", Some(suffix)) => return truth(ends_with(text, suffix)),
        ("slice" | "substring", _)
            if let Some(start) = first.map(Values::first)
                && let end = args.positional.get(1).map_or(&Value::Null, Values::first)
                && let Some(cut) = places::between(text, start, end) =>
        {
            Some(cut)
        }
        ("slice" | "substring", _)
            if args.positional.iter().all(is_number) && !args.positional.is_empty() =>
        {
            let end = args.positional.get(1).and_then(number);
            Some(slice(text, first.and_then(number), end))
        }
        // From where, and how many characters.
        ("substr", _) if let Some(start) = first.and_then(number) => {
            let count = args.positional.get(1).and_then(number);
            let end = count.map(|count| start + count);
            Some(slice(
                text,
                Some(start),
                end.filter(|end| (*end < 0) == (start < 0)),
            ))
        }
        ("find" | "index" | "indexOf", Some(needle))
            if let Some(place) = places::find(text, needle, Which::First) =>
        {
            return Values::one(place);
        }
        ("rfind" | "rindex" | "lastIndexOf", Some(needle))
            if let Some(place) = places::find(text, needle, Which::Last) =>
        {
            return Values::one(place);
        }
        ("format", _) => return formats::format(text, args),
        ("format_map", _) => {
            let Some(Value::Map(map)) = first.map(Values::first) else {
                return Values::hole(unknown(text, name));
            };
            let keywords = map.entries.clone();
            let open = map.open.clone();
            let args = Args {
                keywords,
                open,
                ..Args::default()
            };
            return formats::format(text, &args);
        }
        ("join", _) if let Some(lists) = first => {
            // What goes through a loop may be none, and then nothing comes of it.
            let is_empty = |value: &&Value| matches!(value, Value::List(list) if list.is_empty());
            let filled = Values::collect(lists.iter().filter(|it| !is_empty(it)).cloned());
            let each = if lists.iter().all(|it| is_empty(&it)) {
                lists
            } else {
                &filled
            };
            return each.flat_map(|list| join_text(text, list));
        }
        ("joinpath", _) => {
            let this = Values::one(Value::Text(text.clone()));
            return paths::join(std::iter::once(&this).chain(&args.positional));
        }
        ("with_suffix", Some(suffix)) => {
            let (stem, _) = paths::extension(text);
            let mut made = stem;
            made.push(Part::Literal(suffix.into()));
            Some(made)
        }
        ("with_name", _) if first.is_some() => {
            let folder = Values::one(Value::Text(paths::dirname(text)));
            return paths::join(std::iter::once(&folder).chain(first));
        }
        ("padStart" | "padEnd", _) if let Some(known) = text.known() => {
            super::javascript::padded(&known, name == "padStart", args)
        }
        ("concat", _) => {
            let this = Values::one(Value::Text(text.clone()));
            return Values::concat(std::iter::once(&this).chain(&args.positional));
        }
        _ => None,
    };
    match made {
        Some(made) => without_scheme(text, made).into(),
        None => Values::hole(unknown(text, name)),
    }
}

/// Whether a method leaves what stands in a hole as it is, but for its ends.
fn keeps_defaults(method: &str) -> bool {
    matches!(
        method,
        "strip"
            | "lstrip"
            | "rstrip"
            | "trim"
            | "trimStart"
            | "trimEnd"
            | "lower"
            | "toLowerCase"
            | "casefold"
            | "upper"
            | "toUpperCase"
            | "replace"
            | "replaceAll"
            | "format"
            | "join"
            | "joinpath"
            | "concat"
            | "as_posix"
            | "toString"
            | "__str__"
            | "encode"
            | "decode"
    )
}

/// `path.replace(folder, "s3://bucket/plates")`: what begins as what is not known in the place of which something else
/// comes, and a path of which nothing is known with an address in the place of the folder that it must begin with.
pub(super) fn moved(path: &Value, args: &Args) -> Option<Values> {
    let [folder, target] = args.positional.as_slice() else {
        return None;
    };
    let [folder] = folder.iter().as_slice() else {
        return None;
    };
    let (path, folder) = (path.to_text(), folder.to_text());
    let is_hole = |part: &Part| matches!(part, Part::Hole(_));
    if !folder.parts.first().is_some_and(is_hole) {
        return None;
    }
    let begins_as_address = || {
        let is_unknown = path.parts.iter().all(is_hole) && folder.parts.iter().all(is_hole);
        is_unknown
            && target
                .iter()
                .all(|it| crate::keys::is_s3_url(&it.to_text()))
    };
    let rest: Text = match path.parts.strip_prefix(folder.parts.as_slice()) {
        Some(rest) if !rest.is_empty() => rest.to_vec().into(),
        _ if begins_as_address() => path,
        _ => return None,
    };
    Some(target.map(|target| {
        let mut text = target.to_text();
        text.append(&rest);
        Value::Text(text)
    }))
}

/// Why the result of a method is not known: a parameter stays that parameter, so that its callers
/// are asked.
fn unknown(text: &Text, method: &str) -> Why {
    let parameter = text.parts.iter().find_map(|part| match part {
        Part::Hole(why) if matches!(why.of_path(), Why::Parameter(_) | Why::Field(_)) => {
            Some(why.of_path().clone())
        }
        _ => None,
    });
    parameter.unwrap_or_else(|| Why::Syntax(format!("result of `{method}`").into()))
}

fn number(values: &Values) -> Option<i64> {
    match values.first() {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

fn is_number(values: &Values) -> bool {
    number(values).is_some()
}

fn limit(args: &Args) -> Option<usize> {
    let given = args.positional.get(1).or_else(|| args.keyword("maxsplit"));
    usize::try_from(given.and_then(number)?).ok()
}

fn truth(known: Option<bool>) -> Values {
    match known {
        Some(known) => Values::one(Value::Bool(known)),
        None => Values::hole(Why::Syntax("condition".into())),
    }
}

/// Whether a string begins so; `None` where a hole decides.
fn starts_with(text: &Text, prefix: &str) -> Option<bool> {
    match text.parts.first() {
        None => Some(prefix.is_empty()),
        Some(Part::Literal(literal)) if literal.len() >= prefix.len() || text.parts.len() == 1 => {
            Some(literal.starts_with(prefix))
        }
        Some(Part::Literal(literal)) if !prefix.starts_with(literal.as_str()) => Some(false),
        _ if is_local_path(text) && begins_as_address(prefix) => Some(false),
        _ => None,
    }
}

/// Whether a string begins with one of several; `None` where a hole decides.
fn starts_with_any(text: &Text, prefixes: &[Values]) -> Option<bool> {
    let each = prefixes
        .iter()
        .map(|prefix| starts_with(text, &prefix.known()?));
    let each: Vec<Option<bool>> = each.collect();
    match each.contains(&Some(true)) {
        true => Some(true),
        false => each.iter().all(Option::is_some).then_some(false),
    }
}

/// Whether two strings surely begin with different words, whatever follows in either.
fn begins_otherwise(text: &Text, other: &Text) -> bool {
    match (text.parts.first(), other.parts.first()) {
        (Some(Part::Literal(a)), Some(Part::Literal(b))) => {
            !a.bytes().zip(b.bytes()).all(|(a, b)| a == b)
        }
        _ => false,
    }
}

fn ends_with(text: &Text, suffix: &str) -> Option<bool> {
    match text.parts.last() {
        None => Some(suffix.is_empty()),
        Some(Part::Literal(literal)) if literal.len() >= suffix.len() || text.parts.len() == 1 => {
            Some(literal.ends_with(suffix))
        }
        Some(Part::Literal(literal)) if !suffix.ends_with(literal.as_str()) => Some(false),
        _ => None,
    }
}

/// Where the scheme of an address was taken off, what begins now is a bucket: it holds no slash.
pub(crate) fn without_scheme(before: &Text, after: Text) -> Text {
    if !is_s3_url(before) || is_s3_url(&after) {
        return after;
    }
    let mut after = after;
    if let Some(Part::Hole(why)) = after.parts.first_mut()
        && !matches!(why, Why::Bucket(_))
    {
        *why = Why::Bucket(Box::new(why.clone()));
    }
    after
}

/// The pieces of a string between separators. A hole at the beginning may hold separators of a path
/// itself: it stands for all of its pieces, at least for one more than is seen.
fn pieces(text: &Text, separator: &str) -> Vec<Text> {
    let mut pieces = vec![Text::default()];
    for part in &text.parts {
        let Part::Literal(literal) = part else {
            // `"https://data.example.org" + path`: a host ends where the path begins.
            if separator == "/" && pieces.len() == 3 && is_host(&pieces) {
                pieces.push(Text::default());
            }
            if let Some(last) = pieces.last_mut() {
                last.push(part.clone());
            }
            continue;
        };
        for (index, stretch) in literal.split(separator).enumerate() {
            if index > 0 {
                pieces.push(Text::default());
            }
            if let Some(last) = pieces.last_mut() {
                last.push(Part::Literal(stretch.into()));
            }
        }
    }
    if separator == "/"
        && let Some(Part::Hole(why)) = text.parts.first()
    {
        match why {
            Why::Bucket(inner) => {
                let inner = Part::Hole((**inner).clone());
                if let Some(first) = pieces.first_mut().and_then(|it| it.parts.first_mut()) {
                    *first = inner;
                }
            }
            why => pieces.insert(0, Text::hole(why.clone())),
        }
    }
    pieces
}

/// Whether a host of the web is what was seen last: `https:`, nothing, `data.example.org`.
fn is_host(pieces: &[Text]) -> bool {
    let known: Vec<_> = pieces.iter().map(|piece| piece.known()).collect();
    match known.as_slice() {
        [Some(scheme), Some(empty), Some(host)] => {
            matches!(scheme.as_str(), "https:" | "http:") && empty.is_empty() && host.contains('.')
        }
        _ => false,
    }
}

fn rejoin(pieces: &[Text], separator: &str) -> Text {
    let mut made = Text::default();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            made.push(Part::Literal(separator.into()));
        }
        made.append(piece);
    }
    made
}

fn list(pieces: impl IntoIterator<Item = Text>) -> Values {
    let pieces = pieces.into_iter().map(Values::from);
    Values::one(Value::List(Shared::new(pieces.collect())))
}

fn split_at(text: &Text, separator: Option<&str>, limit: Option<usize>, side: Side) -> Values {
    let Some(separator) = separator.filter(|separator| !separator.is_empty()) else {
        return Values::hole(unknown(text, "split"));
    };
    // `_, _, bucket, key = url.split("/", 3)`: what begins with a hole is all path, as elsewhere.
    if (separator, limit, side) == ("/", Some(3), Side::Left)
        && let Some(hole @ Part::Hole(_)) = text.parts.first()
        && !is_local_path(text)
    {
        let hole = Text::from(vec![hole.clone()]);
        return list([hole.clone(), Text::default(), hole, text.clone()]);
    }
    let pieces = pieces(text, separator);
    // Once, or from the end: whoever asks for that expects one to be there.
    if pieces.len() == 1
        && limit == Some(1)
        && separator != "/"
        && let Some(parted) = parted_in_hole(text, side)
    {
        return list(parted);
    }
    let Some(limit) = limit.filter(|limit| *limit + 1 < pieces.len()) else {
        // How many pieces there are, only the listing knows: the last is not the one that is seen last.
        if limit.is_none() && crate::listings::is_listed(text) {
            return Values::hole(unknown(text, "split"));
        }
        return list(pieces);
    };
    match side {
        Side::Left => {
            let rest = rejoin(&pieces[limit..], separator);
            list(pieces[..limit].iter().cloned().chain([rest]))
        }
        Side::Right => {
            let at = pieces.len() - limit;
            let rest = rejoin(&pieces[..at], separator);
            list(std::iter::once(rest).chain(pieces[at..].iter().cloned()))
        }
    }
}

/// A string of which no known part holds a separator, so that it is in what is not known: before it and after it.
fn parted_in_hole(text: &Text, side: Side) -> Option<[Text; 2]> {
    let is_hole = |part: &Part| matches!(part, Part::Hole(_));
    let at = match side {
        Side::Left => text.parts.iter().position(is_hole)?,
        Side::Right => text.parts.iter().rposition(is_hole)?,
    };
    let before = Text::from(text.parts[..=at].to_vec());
    Some([before, Text::from(text.parts[at..].to_vec())])
}

fn partition(text: &Text, separator: &str, side: Side) -> Values {
    let pieces = pieces(text, separator);
    let separator_text = Text::literal(separator);
    if pieces.len() < 2
        && let Some([before, after]) = parted_in_hole(text, side)
    {
        return list([before, separator_text, after]);
    }
    if pieces.len() < 2 {
        return match side {
            Side::Left => list([text.clone(), Text::default(), Text::default()]),
            Side::Right => list([Text::default(), Text::default(), text.clone()]),
        };
    }
    let at = match side {
        Side::Left => 1,
        Side::Right => pieces.len() - 1,
    };
    let before = rejoin(&pieces[..at], separator);
    list([before, separator_text, rejoin(&pieces[at..], separator)])
}

/// `text[start:end]`, in characters. Where an end lies in a hole, the hole stands for what is left.
pub(crate) fn slice(text: &Text, start: Option<i64>, end: Option<i64>) -> Text {
    if let Some(known) = text.known() {
        let length = known.chars().count() as i64;
        let place = |at: i64| if at < 0 { (length + at).max(0) } else { at };
        let start = place(start.unwrap_or(0));
        let end = place(end.unwrap_or(length));
        let taken = (end - start).max(0) as usize;
        let known: String = known.chars().skip(start as usize).take(taken).collect();
        return without_scheme(text, Text::literal(&known));
    }
    let text = &text.plain();
    let mut made = text.clone();
    match start {
        Some(start) if start > 0 => drop_front(&mut made, start as usize),
        Some(start) if start < 0 => keep_back(&mut made, start.unsigned_abs() as usize),
        _ => {}
    }
    match end {
        Some(end) if end < 0 => drop_back(&mut made, end.unsigned_abs() as usize),
        Some(end) => keep_front(&mut made, end as usize, start.unwrap_or(0)),
        None => {}
    }
    without_scheme(text, made)
}

fn drop_front(text: &mut Text, count: usize) {
    if let Some(Part::Literal(literal)) = text.parts.first_mut() {
        let rest: String = literal.chars().skip(count).collect();
        *literal = rest.into();
        text.parts.retain(|part| !is_empty(part));
    }
}

fn drop_back(text: &mut Text, count: usize) {
    if let Some(Part::Literal(literal)) = text.parts.last_mut() {
        let kept = literal.chars().count().saturating_sub(count);
        let rest: String = literal.chars().take(kept).collect();
        *literal = rest.into();
        text.parts.retain(|part| !is_empty(part));
    }
}

fn keep_back(text: &mut Text, count: usize) {
    match text.parts.last() {
        Some(Part::Literal(literal)) if literal.chars().count() >= count => {
            let skipped = literal.chars().count() - count;
            let rest: String = literal.chars().skip(skipped).collect();
            *text = Text::literal(&rest);
        }
        _ => text.parts = vec![Part::Hole(hole_of(text))],
    }
}

fn keep_front(text: &mut Text, end: usize, start: i64) {
    let count = end.saturating_sub(start.max(0) as usize);
    match text.parts.first() {
        Some(Part::Literal(literal)) if literal.chars().count() >= count => {
            let rest: String = literal.chars().take(count).collect();
            *text = Text::literal(&rest);
        }
        _ => text.parts = vec![Part::Hole(hole_of(text))],
    }
}

fn hole_of(text: &Text) -> Why {
    text.why()
        .cloned()
        .unwrap_or_else(|| unknown(text, "slice"))
}

fn is_empty(part: &Part) -> bool {
    matches!(part, Part::Literal(literal) if literal.is_empty())
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    Left,
    Right,
}

pub(super) fn strip(text: &Text, chars: Option<&str>, side: Side) -> Text {
    let cut = |c: char| match chars {
        Some(chars) => chars.contains(c),
        None => c.is_whitespace(),
    };
    let mut made = Text::default();
    let last = text.parts.len().saturating_sub(1);
    for (index, part) in text.parts.iter().enumerate() {
        match (part, &side) {
            (Part::Literal(literal), Side::Left) if index == 0 => {
                made.push(Part::Literal(literal.trim_start_matches(cut).into()));
            }
            (Part::Literal(literal), Side::Right) if index == last => {
                made.push(Part::Literal(literal.trim_end_matches(cut).into()));
            }
            (Part::Hole(Why::Or(why, default)), Side::Left) if index == 0 => {
                let default = default.trim_start_matches(cut);
                made.push(Part::Hole(Why::Or(why.clone(), default.into())));
            }
            (Part::Hole(Why::Or(why, default)), Side::Right) if index == last => {
                let default = default.trim_end_matches(cut);
                made.push(Part::Hole(Why::Or(why.clone(), default.into())));
            }
            (part, _) => made.push(part.clone()),
        }
    }
    made
}

pub(super) fn map_literals(text: &Text, change: impl Fn(&str) -> String) -> Text {
    let mut made = Text::default();
    for part in &text.parts {
        made.push(match part {
            Part::Literal(literal) => Part::Literal(change(literal).into()),
            Part::Hole(Why::Or(why, default)) => {
                Part::Hole(Why::Or(why.clone(), change(default).into()))
            }
            other => other.clone(),
        });
    }
    made
}

pub(super) fn remove_prefix(text: &Text, prefix: &str) -> Text {
    let mut made = text.clone();
    if let Some(Part::Literal(literal)) = made.parts.first_mut()
        && let Some(rest) = literal.strip_prefix(prefix)
    {
        *literal = rest.into();
    }
    map_literals(&made, str::to_owned)
}

pub(super) fn remove_suffix(text: &Text, suffix: &str) -> Text {
    let mut made = text.clone();
    if let Some(Part::Literal(literal)) = made.parts.last_mut()
        && let Some(rest) = literal.strip_suffix(suffix)
    {
        *literal = rest.into();
    }
    map_literals(&made, str::to_owned)
}

/// What a function or an object makes is not known.
fn put_in(new: &Value) -> Text {
    match new {
        Value::Func(_) => Text::hole(Why::Syntax("replace".into())),
        new => new.to_text(),
    }
}

/// A string with another one in each place of it.
pub(super) fn filled(text: &Text, place: &str, new: &Text) -> Text {
    let mut made = Text::default();
    for part in &text.parts {
        let Part::Literal(literal) = part else {
            made.push(part.clone());
            continue;
        };
        for (index, stretch) in literal.split(place).enumerate() {
            if index > 0 {
                made.append(new);
            }
            made.push(Part::Literal(stretch.into()));
        }
    }
    made
}
