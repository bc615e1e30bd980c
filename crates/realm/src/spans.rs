//! Where a node of a YAML file stands, in bytes.
//!
//! The values come from `yaml`; the places from a syntax tree of the same text, walked by the same
//! ordinals (the third entry's value, its second item). No key is compared on the way down, so a key
//! in quotes, one that stands twice and one with escapes are all found. A syntax tree costs about
//! 0.3 ms a file, so it is made only when there is something to point at.

use std::ops::Range;

use blue_text::Span;
use tree_sitter::{Node, Parser, Tree};

use crate::yaml::{self, Yaml};

/// One step down into a YAML document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// The value of this key of a mapping.
    Key(&'a str),
    /// This item of a list, from 0.
    Index(usize),
}

/// Which part of a node is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// The value itself.
    Value,
    /// The key it stands under.
    Key,
    /// Bytes of its text, a scalar's, which is given too: without escapes it can be found inside.
    Inside(Range<usize>, Box<str>),
}

/// The bytes of the value that `route` leads to; of an alias, the alias. A value that is written as
/// nothing at all stands at its key. Nothing if the text is not YAML or has no such node.
#[must_use]
pub fn span_of(text: &str, route: &[Step<'_>]) -> Option<Span> {
    Spans::new(text)?.value(route)
}

/// The bytes of the key under which the value stands that `route` leads to.
#[must_use]
pub fn key_span_of(text: &str, route: &[Step<'_>]) -> Option<Span> {
    Spans::new(text)?.key(route)
}

/// The comments of a YAML text, from `#` to the end of their line, in order. Bytes.
#[must_use]
pub fn comments(text: &str) -> Vec<Span> {
    if text.len() > crate::limits::FILE_BYTES {
        return Vec::new();
    }
    let Some(layout) = Layout::new(text) else {
        return Vec::new();
    };
    let mut cursor = layout.tree.walk();
    let mut found = Vec::new();
    loop {
        if cursor.node().kind() == "comment" {
            found.push(Span::from_range(cursor.node().byte_range()));
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

/// The places of one file, for a caller that asks more than once: making it is what costs.
#[derive(Debug)]
pub struct Spans<'t> {
    root: Yaml,
    layout: Layout<'t>,
}

impl<'t> Spans<'t> {
    /// Nothing if the text is not YAML within the limits.
    #[must_use]
    pub fn new(text: &'t str) -> Option<Self> {
        if text.len() > crate::limits::FILE_BYTES {
            return None;
        }
        Some(Self {
            root: yaml::read(text).ok()?.root,
            layout: Layout::new(text)?,
        })
    }

    /// See [`span_of`].
    #[must_use]
    pub fn value(&self, route: &[Step<'_>]) -> Option<Span> {
        self.layout.find(&self.ordinals(route)?, &Part::Value)
    }

    /// The value that `route` leads to, as JSON.
    pub(crate) fn json(&self, route: &[Step<'_>]) -> Option<serde_json::Value> {
        Some(descendant(&self.root, &self.ordinals(route)?)?.to_json())
    }

    /// See [`key_span_of`].
    #[must_use]
    pub fn key(&self, route: &[Step<'_>]) -> Option<Span> {
        self.layout.find(&self.ordinals(route)?, &Part::Key)
    }

    /// The node that a JSON pointer (RFC 6901) below `route` leads to.
    #[must_use]
    pub fn pointer(&self, route: &[Step<'_>], pointer: &str) -> Option<Span> {
        let mut ordinals = self.ordinals(route)?;
        ordinals.extend(pointer_ordinals(
            descendant(&self.root, &ordinals)?,
            pointer,
        )?);
        self.layout.find(&ordinals, &Part::Value)
    }

    fn ordinals(&self, route: &[Step<'_>]) -> Option<Vec<usize>> {
        ordinals(&self.root, route)
    }
}

/// A route by keys and indexes as one by ordinals; nothing if it leads nowhere.
pub(crate) fn ordinals(root: &Yaml, route: &[Step<'_>]) -> Option<Vec<usize>> {
    let mut node = root;
    let mut ordinals = Vec::with_capacity(route.len());
    for step in route {
        let (ordinal, next) = match step {
            Step::Key(key) => entry(node, key)?,
            Step::Index(index) => (*index, child(node, *index)?),
        };
        ordinals.push(ordinal);
        node = next;
    }
    Some(ordinals)
}

/// The ordinals that a JSON pointer (RFC 6901) leads along from `node`.
pub(crate) fn pointer_ordinals(node: &Yaml, pointer: &str) -> Option<Vec<usize>> {
    let mut node = node;
    let mut ordinals = Vec::new();
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let (ordinal, next) = match untagged(node) {
            Yaml::List(_) => {
                let index = token.parse().ok()?;
                (index, child(node, index)?)
            }
            _ => entry(node, &token)?,
        };
        ordinals.push(ordinal);
        node = next;
    }
    Some(ordinals)
}

pub(crate) fn descendant<'a>(root: &'a Yaml, ordinals: &[usize]) -> Option<&'a Yaml> {
    ordinals
        .iter()
        .try_fold(root, |node, ordinal| child(node, *ordinal))
}

fn untagged(node: &Yaml) -> &Yaml {
    match node {
        Yaml::Tagged(inner) => untagged(inner),
        other => other,
    }
}

fn child(node: &Yaml, ordinal: usize) -> Option<&Yaml> {
    match untagged(node) {
        Yaml::List(items) => items.get(ordinal),
        Yaml::Map(entries) => entries.get(ordinal).map(|(_, value)| value),
        _ => None,
    }
}

fn entry<'a>(node: &'a Yaml, key: &str) -> Option<(usize, &'a Yaml)> {
    let Yaml::Map(entries) = untagged(node) else {
        return None;
    };
    entries
        .iter()
        .enumerate()
        .find_map(|(ordinal, (name, value))| {
            (name.scalar().as_deref() == Some(key)).then_some((ordinal, value))
        })
}

/// The syntax tree of a file that is known to be YAML.
#[derive(Debug)]
pub(crate) struct Layout<'t> {
    text: &'t str,
    tree: Tree,
}

impl<'t> Layout<'t> {
    pub(crate) fn new(text: &'t str) -> Option<Self> {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_yaml::LANGUAGE.into())
            .ok()?;
        let tree = parser.parse(text, None)?;
        Some(Self { text, tree })
    }

    /// The node at the end of `ordinals`.
    pub(crate) fn place(&self, ordinals: &[usize]) -> Option<Place<'_>> {
        let top = Place::Node(top(&self.tree)?);
        ordinals
            .iter()
            .try_fold(top, |place, ordinal| descend(place, *ordinal))
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The bytes of the part of the node at the end of `ordinals`.
    pub(crate) fn find(&self, ordinals: &[usize], part: &Part) -> Option<Span> {
        let place = self.place(ordinals)?;
        match part {
            Part::Key => self.tidy(place.key()?.byte_range()),
            Part::Value => self.tidy(place.value_range()),
            Part::Inside(range, scalar) => {
                let whole = self.tidy(place.value_range())?;
                Some(self.inside(whole, range, scalar).unwrap_or(whole))
            }
        }
    }

    /// Where a second document begins.
    pub(crate) fn second_document(&self) -> Option<Span> {
        let root = self.tree.root_node();
        let mut cursor = root.walk();
        let second = root
            .children(&mut cursor)
            .filter(|node| node.kind() == "document")
            .nth(1)?;
        self.first_line(second.start_byte())
    }

    /// From `start` to the end of its line.
    fn first_line(&self, start: usize) -> Option<Span> {
        let rest = self.text.get(start..)?;
        let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
        self.tidy(start..start + line)
    }

    /// Without the white space that a block leaves at its end, and never over the end of the text.
    pub(crate) fn tidy(&self, range: Range<usize>) -> Option<Span> {
        let text = self.text.get(range.clone())?;
        let end = range.start + text.trim_end().len();
        Some(Span::from_range(range.start..end.max(range.start)))
    }

    /// Bytes `range` of the scalar's text, found in the file: only if the file writes the scalar as
    /// it is, bare or in quotes.
    fn inside(&self, whole: Span, range: &Range<usize>, scalar: &str) -> Option<Span> {
        let written = whole.slice(self.text)?;
        let quote = usize::from(written.starts_with(['"', '\'']));
        let content = written.get(quote..written.len().checked_sub(quote)?)?;
        if content != scalar {
            return None;
        }
        let start = whole.start as usize + quote + range.start;
        let end = whole.start as usize + quote + range.end;
        self.text.get(start..end)?;
        Some(Span::from_range(start..end))
    }
}

/// Where the walk stands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'n> {
    /// A node by itself: the root, or an item of a list.
    Node(Node<'n>),
    /// An entry of a mapping, by its pair.
    Pair(Node<'n>),
    /// An entry of a flow mapping without a colon (`{a}`).
    BareKey(Node<'n>),
    /// `[a: b]`: an item that is a mapping of one entry.
    PairItem(Node<'n>),
    /// `- ` with nothing after it.
    EmptyItem(Node<'n>),
    /// Somewhere below an alias: all of it stands at the alias.
    Alias(Node<'n>),
}

impl<'n> Place<'n> {
    pub(crate) fn key(self) -> Option<Node<'n>> {
        match self {
            Self::Pair(pair) => pair.child_by_field_name("key"),
            Self::BareKey(key) => Some(key),
            Self::Alias(alias) => Some(alias),
            Self::Node(node) | Self::PairItem(node) | Self::EmptyItem(node) => Some(node),
        }
    }

    fn value_range(self) -> Range<usize> {
        match self {
            Self::Pair(pair) => match pair.child_by_field_name("value") {
                Some(value) => content(value).unwrap_or(value).byte_range(),
                None => pair.child_by_field_name("key").unwrap_or(pair).byte_range(),
            },
            Self::Node(node) => content(node).unwrap_or(node).byte_range(),
            Self::BareKey(node)
            | Self::PairItem(node)
            | Self::EmptyItem(node)
            | Self::Alias(node) => node.byte_range(),
        }
    }

    /// The mapping, list, scalar or alias that is the value, behind its tag and its anchor.
    pub(crate) fn inner(self) -> Option<Node<'n>> {
        match self {
            Self::Pair(pair) => content(pair.child_by_field_name("value")?),
            Self::Node(node) => content(node),
            Self::Alias(alias) => Some(alias),
            Self::BareKey(_) | Self::PairItem(_) | Self::EmptyItem(_) => None,
        }
    }
}

fn top(tree: &Tree) -> Option<Node<'_>> {
    let root = tree.root_node();
    let mut cursor = root.walk();
    let document = root
        .children(&mut cursor)
        .find(|node| node.kind() == "document")?;
    let mut cursor = document.walk();
    document
        .children(&mut cursor)
        .find(|node| matches!(node.kind(), "block_node" | "flow_node"))
}

/// The mapping, list, scalar or alias of a node, behind its tag and its anchor.
fn content(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .find(|child| !matches!(child.kind(), "tag" | "anchor" | "comment"))
}

fn descend(place: Place<'_>, ordinal: usize) -> Option<Place<'_>> {
    if let Place::PairItem(pair) = place {
        return (ordinal == 0).then_some(Place::Pair(pair));
    }
    let node = place.inner()?;
    let nth = |kinds: &[&str]| {
        let mut cursor = node.walk();
        node.named_children(&mut cursor)
            .filter(|child| kinds.contains(&child.kind()))
            .nth(ordinal)
    };
    match node.kind() {
        "alias" => Some(Place::Alias(node)),
        "block_mapping" => nth(&["block_mapping_pair"]).map(Place::Pair),
        "flow_mapping" => nth(&["flow_pair", "flow_node"]).map(|child| match child.kind() {
            "flow_pair" => Place::Pair(child),
            _ => Place::BareKey(child),
        }),
        "block_sequence" => nth(&["block_sequence_item"]).map(|item| {
            let mut cursor = item.walk();
            item.named_children(&mut cursor)
                .find(|child| matches!(child.kind(), "block_node" | "flow_node"))
                .map_or(Place::EmptyItem(item), Place::Node)
        }),
        "flow_sequence" => nth(&["flow_pair", "flow_node"]).map(|child| match child.kind() {
            "flow_pair" => Place::PairItem(child),
            _ => Place::Node(child),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text under the value and the key at the end of `route`, keys and indexes by `/`.
    fn found(text: &str, route: &str) -> (String, String) {
        let steps: Vec<Step<'_>> = route
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().map_or(Step::Key(part), Step::Index))
            .collect();
        let show = |span: Option<Span>| {
            span.and_then(|span| span.slice(text))
                .unwrap_or("-")
                .to_owned()
        };
        (show(span_of(text, &steps)), show(key_span_of(text, &steps)))
    }

    #[test]
    fn every_way_to_write_a_node_is_found() {
        let text = concat!(
            "\u{feff}# ein Kommentar\n",
            "\"na\\u006de\": 'é x' # after\r\n",
            "value:\n",
            "  # before\n",
            "  read:\n",
            "  - a: 1\n",
            "    b: [x, y: z, {p, q: [7]}]\n",
            "  -\n",
            "  - &anchor\n",
            "    deep: !tag tagged\n",
            "  - *anchor\n",
            "empty:\n",
            "text: |\n",
            "  one\n",
            "  two\n",
            "\n",
            "last: end"
        );
        for (route, value, key) in [
            ("name", "'é x'", "\"na\\u006de\""),
            ("value/read/0/a", "1", "a"),
            ("value/read/0/b", "[x, y: z, {p, q: [7]}]", "b"),
            ("value/read/0/b/1", "y: z", "y: z"),
            ("value/read/0/b/1/y", "z", "y"),
            ("value/read/0/b/2/p", "p", "p"),
            ("value/read/0/b/2/q/0", "7", "7"),
            ("value/read/1", "-", "-"),
            ("value/read/2/deep", "tagged", "deep"),
            ("value/read/3", "*anchor", "*anchor"),
            ("value/read/3/deep", "*anchor", "*anchor"),
            ("empty", "empty", "empty"),
            ("text", "|\n  one\n  two", "text"),
            ("last", "end", "last"),
            ("nowhere", "-", "-"),
        ] {
            let (found_value, found_key) = found(text, route);
            assert_eq!(found_value, value, "value of {route}");
            if !route.ends_with(|last: char| last.is_ascii_digit()) {
                assert_eq!(found_key, key, "key of {route}");
            }
        }
    }

    #[test]
    fn a_json_pointer_is_a_route_too() {
        let text = "value:\n  a/b: [1, 2]\n  '~': x\n";
        let spans = Spans::new(text).unwrap();
        let at = |pointer| {
            let span = spans.pointer(&[Step::Key("value")], pointer);
            span.and_then(|span| span.slice(text))
        };
        assert_eq!(at("/a~1b/1"), Some("2"));
        assert_eq!(at("/~0"), Some("x"));
        assert_eq!(at(""), Some("a/b: [1, 2]\n  '~': x"));
        assert_eq!(at("/missing"), None);
    }
}
