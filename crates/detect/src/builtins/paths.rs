//! Paths, of files and of objects alike: joined, and taken apart at their slashes.

use super::strings::remove_prefix;
use crate::value::{Part, Text, Value, Values, Why};

/// Joined as paths are: one slash between the parts, a part that begins with a slash starts anew.
pub(crate) fn join<'a>(parts: impl IntoIterator<Item = &'a Values>) -> Values {
    let mut whole: Option<Values> = None;
    for part in parts {
        let part = Values::concat([part]);
        whole = Some(match whole {
            None => part,
            Some(before) => {
                let mut all = Vec::new();
                for left in before.iter() {
                    for right in part.iter() {
                        all.push(Value::Text(join_two(&left.to_text(), &right.to_text())));
                    }
                }
                Values::collect(all)
            }
        });
    }
    whole.unwrap_or_else(|| Values::one(Value::text("")))
}

/// A path of local files: one that begins with something unknown is no address of S3 all the same.
pub(crate) fn of_files(path: &Value) -> Value {
    let mut text = path.to_text();
    match text.parts.first_mut() {
        None | Some(Part::Literal(_) | Part::Any | Part::Hole(Why::Local(_))) => {}
        Some(Part::Hole(why)) => *why = Why::Local(Box::new(why.clone())),
    }
    Value::Text(text)
}

fn join_two(left: &Text, right: &Text) -> Text {
    if let Some(Part::Literal(text)) = right.parts.first()
        && text.starts_with('/')
    {
        return right.clone();
    }
    let mut whole = left.clone();
    let ends_with_slash = match left.parts.last() {
        Some(Part::Literal(text)) => text.ends_with('/'),
        None => true,
        _ => false,
    };
    let right = match right.parts.first() {
        Some(Part::Literal(text)) if text.starts_with("./") => remove_prefix(right, "./"),
        _ => right.clone(),
    };
    if !ends_with_slash && !right.parts.is_empty() {
        whole.push(Part::Literal("/".into()));
    }
    whole.append(&right);
    whole
}

/// What stands behind the last slash that is seen; a hole may hold one more, which it covers.
pub(crate) fn basename(path: &Text) -> Text {
    let mut made = Text::default();
    for part in &path.plain().parts {
        match part {
            Part::Literal(literal) => match literal.rsplit_once('/') {
                Some((_, after)) => {
                    made = Text::default();
                    made.push(Part::Literal(after.into()));
                }
                None => made.push(part.clone()),
            },
            part => made.push(part.clone()),
        }
    }
    made
}

/// What stands before the last slash that is seen; a hole may hold a later one.
pub(crate) fn dirname(path: &Text) -> Text {
    // What was listed may lie in folders below.
    if crate::listings::is_listed(path) && matches!(path.parts.last(), Some(Part::Hole(_))) {
        return path.clone();
    }
    let found = path.parts.iter().rposition(|part| match part {
        Part::Literal(literal) => literal.contains('/'),
        _ => false,
    });
    let Some(at) = found else {
        // A slash that is not seen stands in a hole: what follows the last of them is of the name.
        let holes = |part: &Part| matches!(part, Part::Hole(_));
        let last = path.parts.iter().rposition(holes);
        return last
            .map_or_else(Vec::new, |last| path.parts[..=last].to_vec())
            .into();
    };
    let mut made = Text::default();
    for part in &path.parts[..at] {
        made.push(part.clone());
    }
    if let Part::Literal(literal) = &path.parts[at] {
        let before = literal.rsplit_once('/').map_or("", |(before, _)| before);
        made.push(Part::Literal(before.into()));
    }
    made
}

/// A path without its extension, and the extension with its dot.
///
/// A name that begins with its only dot has none, unless what stands before the dot is not known.
pub(crate) fn extension(path: &Text) -> (Text, Text) {
    let mut stem = path.clone();
    // `f"{name}.{form}"`: what stands behind the dot is the extension, whatever it is.
    if let [before @ .., Part::Literal(dot), Part::Hole(form)] = path.parts.as_slice()
        && let Some(kept) = dot.strip_suffix('.')
        && !(kept.ends_with('/') || kept.is_empty() && before.is_empty())
    {
        stem.parts.truncate(before.len());
        stem.push(Part::Literal(kept.into()));
        let mut extension = Text::literal(".");
        extension.push(Part::Hole(form.clone()));
        return (stem, extension);
    }
    let follows = stem.parts.len() > 1;
    let Some(Part::Literal(last)) = stem.parts.last_mut() else {
        return (
            stem.clone(),
            Text::hole(crate::value::Why::Syntax("extension".into())),
        );
    };
    let name = last.rsplit('/').next().unwrap_or(last);
    let is_whole = name.len() < last.len() || !follows;
    let parted = name.rsplit_once('.');
    let Some((_, after)) = parted.filter(|(before, _)| !before.is_empty() || !is_whole) else {
        return (path.clone(), Text::default());
    };
    let extension = Text::literal(&format!(".{after}"));
    let kept = last.len() - after.len() - 1;
    *last = last[..kept].into();
    stem.parts
        .retain(|part| !matches!(part, Part::Literal(literal) if literal.is_empty()));
    (stem, extension)
}

/// An attribute of a path of `pathlib`; `None` for a string that is not one, or no such attribute.
pub(crate) fn attribute(path: &Text, name: &str) -> Option<Text> {
    let is_path = path.parts.iter().any(|part| match part {
        Part::Literal(literal) => literal.contains(['/', '.']),
        _ => true,
    });
    if !is_path {
        return None; // A member of an enum has a name of its own.
    }
    match name {
        "name" => Some(basename(path)),
        "parent" => Some(dirname(path)),
        "stem" => Some(extension(&basename(path)).0),
        "suffix" => Some(extension(path).1),
        _ => None,
    }
}

/// Whether a path names a file, by its ending: one that no folder has.
pub(crate) fn is_file(path: &Value) -> bool {
    const ENDINGS: [&str; 24] = [
        "bz2", "csv", "gz", "html", "ini", "ipynb", "jpeg", "jpg", "json", "jsonl", "log", "md",
        "pdf", "pkl", "png", "py", "sh", "tar", "tgz", "toml", "txt", "yaml", "yml", "zip",
    ];
    let text = path.to_text();
    let Some(Part::Literal(last)) = text.parts.last() else {
        return false;
    };
    let ending = last.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ENDINGS.contains(&ending))
}
