//! What the files of the early layout say beside what is moved: comments, each put to what it stood at, wherever that is
//! now. A realm is its people's, and what they wrote to each other in it is not Blue's to lose.

use std::collections::BTreeMap;

use blue_realm::{Spans, Step, comments};
use blue_text::Span;
use serde_json::Value;

use super::early::value_of;
use super::migrate::Early;
use crate::error::Error;
use crate::proposed::Proposed;

/// A step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    Key(String),
    Index(usize),
}

impl Way {
    pub(super) fn key(key: &str) -> Way {
        Way::Key(key.to_owned())
    }

    fn step(&self) -> Step<'_> {
        match self {
            Way::Key(key) => Step::Key(key),
            Way::Index(index) => Step::Index(*index),
        }
    }
}

/// The steps of a way, as readers of YAML take them.
pub(super) fn steps(way: &[Way]) -> Vec<Step<'_>> {
    way.iter().map(Way::step).collect()
}

/// A part of an early file and where it went. Of several that hold a comment the longest counts; of equally long ones
/// each, as a schema that two contracts share.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    pub(super) from: (String, Vec<Way>),
    pub(super) to: (String, Vec<Way>),
}

/// A comment in its new file.
struct Placed {
    /// Where the line begins that it goes above, or, of one that stood behind a value, where that line ends.
    at: usize,
    text: String,
}

/// Puts the comments of the files that were taken away to what they stood at.
pub(super) fn carry_comments(
    proposed: &mut Proposed,
    early: &Early,
    gone: &[String],
    moved: &[Moved],
) -> Result<(), Error> {
    let mut placed: BTreeMap<String, Vec<Placed>> = BTreeMap::new();
    for path in gone {
        let Some(text) = early.0.get(path) else {
            continue;
        };
        let nodes = nodes(path, text)?;
        for comment in comments(text) {
            let said = comment.slice(text).unwrap_or_default().trim_end();
            let stood = stood_at(text, comment, &nodes);
            for to in destinations(path, &stood, moved) {
                if let Some(new) = proposed.text(&to.0) {
                    let found = place(new, &to, said, &stood);
                    placed.entry(to.0).or_default().push(found);
                }
            }
        }
    }
    for (path, mut comments) in placed {
        // From the end on, so that places stay; of one place in their order.
        comments.reverse();
        comments.sort_by_key(|it| std::cmp::Reverse(it.at));
        let mut text = proposed.text(&path).unwrap_or_default().to_owned();
        for comment in comments {
            text.insert_str(comment.at, &comment.text);
        }
        proposed.write(&path, text);
    }
    Ok(())
}

/// What a comment stood at.
struct Stood {
    way: Vec<Way>,
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Above,
    Behind,
    /// At the end of the file.
    Below,
}

/// A value of a file, or the key that it stands under: where it begins.
struct Node {
    at: usize,
    way: Vec<Way>,
}

/// All values of a file, in order; one that begins where another does comes after that which holds it.
fn nodes(path: &str, text: &str) -> Result<Vec<Node>, Error> {
    let value = value_of(path, text)?;
    let mut found = Vec::new();
    if let Some(spans) = Spans::new(text) {
        walk(&value, &mut Vec::new(), &spans, &mut found);
    }
    found.sort_by_key(|node| node.at);
    Ok(found)
}

fn walk(value: &Value, way: &mut Vec<Way>, spans: &Spans<'_>, found: &mut Vec<Node>) {
    let mut step = |step: Way, value: &Value| {
        way.push(step);
        let route = steps(way);
        let span = match way.last() {
            Some(Way::Key(_)) => spans.key(&route),
            _ => spans.value(&route),
        };
        let at = span.map(|span| span.start as usize);
        found.extend(at.map(|at| Node {
            at,
            way: way.clone(),
        }));
        walk(value, way, spans, found);
        way.pop();
    };
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                step(Way::Index(index), item);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                step(Way::key(key), member);
            }
        }
        _ => {}
    }
}

fn stood_at(text: &str, comment: Span, nodes: &[Node]) -> Stood {
    let start = comment.start as usize;
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let of = |node: &Node, how| Stood {
        way: node.way.clone(),
        how,
    };
    let before = nodes.iter().rev().find(|node| node.at < start);
    if !text[line..start].trim().is_empty() {
        let here = |node: &&Node| (line..start).contains(&node.at);
        let is_key = |node: &&Node| matches!(node.way.last(), Some(Way::Key(_)));
        let keys = nodes.iter().filter(here).find(is_key);
        let found = keys.or_else(|| nodes.iter().find(here)).or(before);
        if let Some(found) = found {
            return of(found, How::Behind);
        }
    }
    match nodes.iter().find(|node| node.at > start) {
        Some(next) => of(next, How::Above),
        None => Stood {
            way: Vec::new(),
            how: How::Below,
        },
    }
}

/// Where a comment goes: files, and the way in each.
fn destinations(path: &str, stood: &Stood, moved: &[Moved]) -> Vec<(String, Vec<Way>)> {
    let holds = |moved: &&Moved| moved.from.0 == path && stood.way.starts_with(&moved.from.1);
    let longest = moved.iter().filter(holds).map(|it| it.from.1.len()).max();
    let all = moved.iter().filter(holds);
    let all = all.filter(|it| Some(it.from.1.len()) == longest);
    all.map(|it| {
        let rest = &stood.way[it.from.1.len()..];
        (it.to.0.clone(), [&it.to.1, rest].concat())
    })
    .collect()
}

fn place(text: &str, (_, way): &(String, Vec<Way>), said: &str, stood: &Stood) -> Placed {
    if stood.how == How::Below {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        return Placed {
            at: text.len(),
            text: format!("{end}{said}\n"),
        };
    }
    let spans = Spans::new(text);
    let begins = |way: &[Way]| {
        let spans = spans.as_ref()?;
        let route = steps(way);
        match way.last()? {
            Way::Key(_) => spans.key(&route),
            Way::Index(_) => spans.value(&route),
        }
    };
    // What is not there any more stood in something that is.
    let there = (1..=way.len()).rev().find_map(|length| {
        let begins = begins(&way[..length])?.start as usize;
        Some((length, begins))
    });
    let (length, begins) = there.unwrap_or((0, 0));
    let line = text[..begins].rfind('\n').map_or(0, |at| at + 1);
    let end = text[begins..]
        .find('\n')
        .map_or(text.len(), |at| begins + at);
    let value = spans
        .as_ref()
        .and_then(|it| it.value(&steps(&way[..length])));
    let is_of_one_line = |span: Span| {
        let (start, stop) = (span.start as usize, span.end as usize);
        start >= line && stop == end && start < stop
    };
    if stood.how == How::Behind && length == way.len() && value.is_some_and(is_of_one_line) {
        return Placed {
            at: end,
            text: format!("  {said}"),
        };
    }
    let indent: String = text[line..].chars().take_while(|it| *it == ' ').collect();
    Placed {
        at: line,
        text: format!("{indent}{said}\n"),
    }
}
