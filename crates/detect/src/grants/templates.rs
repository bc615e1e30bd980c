//! Policy documents in YAML and JSON: templates of CloudFormation and SAM, and policies of IAM by
//! themselves. JSON is read as the YAML that it is.
//!
//! A file is no program: nothing in it is resolved but the functions of CloudFormation that make
//! strings, and the buckets that the same template names.

use blue_text::Span;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use tree_sitter::{Node, Parser, Tree};

use super::resources::{every_key, resource, unknown};
use super::{Effect, Grant, Listed, Resource, is_of_s3};
use crate::apis::{GrantRow, grant_table};
use crate::arns::substitute;
use crate::placed::PlacedGrant;
use crate::sites::Bucket;
use crate::value::{Text, Why};

/// Bytes; a larger template is not read.
const MAX_TEMPLATE: usize = 1 << 20;
/// Templates nested deeper than this say nothing.
const MAX_DEPTH: u32 = 64;

/// Whether a file may hold policy documents, by its name.
pub fn is_template(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    matches!(ending, Some("yaml" | "yml" | "json" | "template"))
}

/// Whether a text holds the words without which it has no policy that [`template_grants`] could read: asked before
/// parsing, for most YAML and JSON is something else.
pub fn may_hold_policies(text: &str) -> bool {
    let row = &grant_table().document;
    let holds = |word: &SmolStr| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    let is_statement = holds(&row.effect) && holds(&row.actions) && holds(&row.resources);
    let mut templates = grant_table().template.iter();
    text.len() <= MAX_TEMPLATE && (is_statement || templates.any(|row| row.names.iter().any(holds)))
}

/// The first place of a text where it is no YAML, in bytes; `None` where it parses.
pub fn template_problem(text: &str) -> Option<u32> {
    let tree = parsed(text)?;
    if !tree.root_node().has_error() {
        return None;
    }
    let blanked = without_placeholders(text);
    let broken = |(start, piece): &(usize, &str)| {
        let tree = parsed(piece)?;
        tree.root_node().has_error().then_some(*start as u32)
    };
    sections(&blanked)
        .into_iter()
        .find_map(|piece| broken(&piece))
}

/// A text with blanks for the lines that another program fills in (`$SUBNETS`, `{% if public %}`): every other
/// character stays where it is.
fn without_placeholders(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let words = line.trim();
        let is_placeholder = ["$", "{%", "{{", "<%", "%{"]
            .iter()
            .any(|start| words.starts_with(start));
        match is_placeholder && !words.contains(": ") {
            true => made.extend(line.bytes().map(|byte| match byte {
                b'\n' => '\n',
                _ => ' ',
            })),
            false => made.push_str(line),
        }
    }
    made
}

/// The sections of a text, each from a key that begins its line on, with their places: where one is no YAML (a line
/// of another language's template), the others are.
fn sections(text: &str) -> Vec<(usize, &str)> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let begins_key = line.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\''));
        if begins_key && at > 0 {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let spans = starts.iter().copied().zip(ends);
    spans
        .map(|(start, end)| (start, &text[start..end]))
        .collect()
}

fn parsed(text: &str) -> Option<Tree> {
    if text.len() > MAX_TEMPLATE {
        return None;
    }
    let mut parser = Parser::new();
    let yaml = tree_sitter_yaml::LANGUAGE.into();
    parser.set_language(&yaml).ok()?;
    parser.parse(text, None)
}

/// The grants of a template or a policy document, in the order of its text. Nothing of a text without
/// a single statement of a policy: what it grants, it grants in another way.
pub fn template_grants(text: &str) -> Option<Vec<PlacedGrant>> {
    let tree = parsed(text)?;
    let blanked;
    let pieces = match tree.root_node().has_error() {
        true => {
            blanked = without_placeholders(text);
            sections(&blanked)
        }
        false => vec![(0, text)],
    };
    let mut statements = 0;
    let mut found = Vec::new();
    for (start, piece) in pieces {
        let tree = parsed(piece)?;
        let mut finder = Finder {
            text: piece,
            base: start as u32,
            buckets: FxHashMap::default(),
            statements: 0,
            found: Vec::new(),
        };
        let stream = tree.root_node();
        let mut cursor = stream.walk();
        for document in stream.named_children(&mut cursor) {
            let root = finder.value(document, MAX_DEPTH);
            finder.name_buckets(&root);
            finder.visit(&root);
        }
        statements += finder.statements;
        found.extend(finder.found);
    }
    found.sort_by_key(|placed| placed.span);
    (statements > 0).then_some(found)
}

/// A node, as far as it matters.
#[derive(Debug)]
enum Yaml<'t> {
    Text(String),
    List(Vec<Item<'t>>),
    Map(Vec<(String, Item<'t>)>),
    /// `!Sub x`: the tag, without what it begins with.
    Tagged(&'t str, Box<Yaml<'t>>),
    Other,
}

#[derive(Debug)]
struct Item<'t> {
    value: Yaml<'t>,
    span: Span,
}

impl<'t> Item<'t> {
    fn get(&self, key: &str) -> Option<&Item<'t>> {
        match &self.value {
            Yaml::Map(entries) => entries.iter().find(|(it, _)| it == key).map(|(_, it)| it),
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match &self.value {
            Yaml::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list, or the one that stands for a list of one.
    fn all(&self) -> Vec<&Item<'t>> {
        match &self.value {
            Yaml::List(items) => items.iter().collect(),
            _ => vec![self],
        }
    }
}

struct Finder<'t> {
    text: &'t str,
    /// Where in the file the text begins.
    base: u32,
    /// The names of buckets, by the logical name of the resource.
    buckets: FxHashMap<String, String>,
    /// Statements seen, of whatever service.
    statements: u32,
    found: Vec<PlacedGrant>,
}

impl<'t> Finder<'t> {
    fn value(&self, node: Node<'t>, depth: u32) -> Item<'t> {
        // A block ends where the next line begins.
        let length = self.source(node).trim_end().len();
        let span = Span::new(
            self.base + node.start_byte() as u32,
            self.base + (node.start_byte() + length) as u32,
        );
        let value = match depth.checked_sub(1) {
            Some(depth) => self.inner(node, depth),
            None => Yaml::Other,
        };
        Item { value, span }
    }

    fn inner(&self, node: Node<'t>, depth: u32) -> Yaml<'t> {
        let mut cursor = node.walk();
        let children: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
        match node.kind() {
            "block_mapping" | "flow_mapping" => {
                let pairs = children.into_iter().filter_map(|pair| {
                    let key = pair.child_by_field_name("key")?;
                    let key = self.value(key, depth).text()?.to_owned();
                    let value = pair.child_by_field_name("value");
                    let value = value.map_or_else(
                        || Item {
                            value: Yaml::Other,
                            span: Span::new(
                                self.base + pair.start_byte() as u32,
                                self.base + pair.end_byte() as u32,
                            ),
                        },
                        |value| self.value(value, depth),
                    );
                    Some((key, value))
                });
                Yaml::Map(pairs.collect())
            }
            "block_sequence" | "flow_sequence" => {
                let items = children.into_iter().map(|child| match child.kind() {
                    "block_sequence_item" => {
                        let inner = child.named_child(0).unwrap_or(child);
                        self.value(inner, depth)
                    }
                    _ => self.value(child, depth),
                });
                Yaml::List(items.collect())
            }
            "plain_scalar" => Yaml::Text(self.source(node).to_owned()),
            "single_quote_scalar" => {
                let inner = self.source(node).trim_matches('\'');
                Yaml::Text(inner.replace("''", "'"))
            }
            "double_quote_scalar" => Yaml::Text(self.quoted(node)),
            "block_scalar" => {
                let lines = self.source(node).lines().skip(1).map(str::trim);
                Yaml::Text(lines.collect::<Vec<_>>().join(" ").trim().to_owned())
            }
            // stream, document, block_node, flow_node: what they hold, with its tag.
            _ => {
                let tag = children.iter().find(|child| child.kind() == "tag");
                let inner = children.iter().find(|child| {
                    !matches!(
                        child.kind(),
                        "tag" | "comment" | "anchor" | "yaml_directive"
                    )
                });
                let inner = inner.map_or(Yaml::Other, |inner| self.value(*inner, depth).value);
                match tag {
                    Some(tag) => {
                        let name = self.source(*tag).trim_start_matches('!');
                        Yaml::Tagged(name, Box::new(inner))
                    }
                    None => inner,
                }
            }
        }
    }

    fn source(&self, node: Node<'t>) -> &'t str {
        &self.text[node.byte_range()]
    }

    fn quoted(&self, node: Node<'t>) -> String {
        let source = self.source(node);
        let plain = || source.trim_matches('"').to_owned();
        serde_json::from_str(source).unwrap_or_else(|_| plain())
    }

    /// Remembers the buckets of a template that have a name of their own.
    fn name_buckets(&mut self, root: &Item<'t>) {
        let Some(Yaml::Map(resources)) = root.get("Resources").map(|it| &it.value) else {
            return;
        };
        for (logical, resource) in resources {
            let is_bucket = resource.get("Type").and_then(Item::text) == Some("AWS::S3::Bucket");
            let name = resource
                .get("Properties")
                .and_then(|it| it.get("BucketName"));
            if is_bucket && let Some(name) = name.and_then(Item::text) {
                self.buckets.insert(logical.clone(), name.to_owned());
            }
        }
    }

    fn visit(&mut self, item: &Item<'t>) {
        if is_statement(item) {
            self.statements += 1;
            self.found.extend(self.statement(item));
            return;
        }
        if let Some(placed) = self.sam_policy(item) {
            self.statements += 1;
            self.found.push(placed);
            return;
        }
        match &item.value {
            Yaml::Map(entries) => entries.iter().for_each(|(_, value)| self.visit(value)),
            Yaml::List(items) => items.iter().for_each(|value| self.visit(value)),
            // `!If [condition, {statement}, …]`: any of its arms may hold.
            Yaml::Tagged(_, inner) => {
                if let Yaml::List(items) = &**inner {
                    items.iter().for_each(|value| self.visit(value));
                }
            }
            _ => {}
        }
    }

    /// `{Effect: Allow, Action: …, Resource: …}`
    fn statement(&self, item: &Item<'t>) -> Option<PlacedGrant> {
        let row = &grant_table().document;
        let first = |names: &[SmolStr]| names.iter().find_map(|name| item.get(name));
        let (listed, said) = match (item.get(&row.actions), first(&row.not_actions)) {
            (Some(actions), _) => (Listed::These, actions),
            (None, others) => (Listed::AllOthers, others?),
        };
        let resources = item.get(&row.resources);
        let others = first(&row.not_resources);
        let effect = match item.get(&row.effect).and_then(Item::text) {
            Some(text) if text.eq_ignore_ascii_case("deny") => Effect::Deny,
            _ => Effect::Allow,
        };
        let texts: Vec<Text> = said.all().into_iter().map(|it| self.string(it)).collect();
        let known = texts.iter().filter_map(Text::known).map(SmolStr::from);
        let actions: Vec<SmolStr> = known.collect();
        if listed == Listed::These && !actions.iter().any(is_of_s3) {
            return None;
        }
        let mut made: Vec<Resource> = Vec::new();
        let elements = resources.map(Item::all).unwrap_or_default();
        for (index, element) in elements.iter().enumerate() {
            let found = resource(&self.string(element));
            made.extend(found.map(|found| Resource {
                element: Some(index as u32),
                ..found
            }));
        }
        if others.is_some() && effect == Effect::Allow {
            made.push(unknown(Why::Syntax("all but some resources".into())));
        }
        let unknown_actions = texts.iter().find_map(|text| text.why().cloned());
        let span = resources.or(others).map_or(item.span, |it| it.span);
        let grant = Grant {
            effect,
            is_conditional: item.get(&row.conditions).is_some(),
            listed,
            unknown_actions,
            ..Grant::allowing(actions, made)
        }
        .settled();
        let is_list = resources.is_some_and(|it| matches!(it.value, Yaml::List(_)));
        let spans = elements.iter().map(|it| it.span);
        let elements = if is_list { spans.collect() } else { Vec::new() };
        Some(PlacedGrant::of_template(grant, span, item.span, elements))
    }

    /// `S3ReadPolicy: {BucketName: x}`, as SAM writes it.
    fn sam_policy(&self, item: &Item<'t>) -> Option<PlacedGrant> {
        let Yaml::Map(entries) = &item.value else {
            return None;
        };
        let [(name, given)] = entries.as_slice() else {
            return None;
        };
        let row = grant_table().template(name)?;
        let bucket = self.string(given.get("BucketName")?);
        let grant = of_template(row, bucket.known());
        Some(PlacedGrant::of_template(
            grant,
            item.span,
            item.span,
            Vec::new(),
        ))
    }

    /// The string that a node makes, by CloudFormation's functions.
    fn string(&self, item: &Item<'t>) -> Text {
        self.string_of(&item.value)
    }

    fn string_of(&self, value: &Yaml<'t>) -> Text {
        match value {
            Yaml::Text(text) => Text::literal(text),
            Yaml::Tagged(tag, inner) => self.function(tag, inner),
            Yaml::Map(entries) => match entries.as_slice() {
                [(name, inner)] => {
                    self.function(name.strip_prefix("Fn::").unwrap_or(name), &inner.value)
                }
                _ => hole("mapping"),
            },
            Yaml::List(_) => hole("list"),
            Yaml::Other => hole("empty value"),
        }
    }

    fn function(&self, name: &str, given: &Yaml<'t>) -> Text {
        match (name, given) {
            ("Sub", Yaml::Text(template)) => substitute(template, |name| self.reference(name)),
            ("Sub", Yaml::List(items)) => match items.as_slice() {
                [template, variables] => {
                    let text = template.text().unwrap_or_default();
                    substitute(text, |name| match variables.get(name) {
                        Some(value) => self.string(value),
                        None => self.reference(name),
                    })
                }
                _ => hole("Sub"),
            },
            ("Join", Yaml::List(items)) => match items.as_slice() {
                [separator, list] => {
                    let mut made = Text::default();
                    for (index, item) in list.all().into_iter().enumerate() {
                        if index > 0 {
                            made.append(&self.string(separator));
                        }
                        made.append(&self.string(item));
                    }
                    made
                }
                _ => hole("Join"),
            },
            ("Ref", Yaml::Text(name)) => self.reference(name),
            ("GetAtt", Yaml::Text(path)) => self.reference(path),
            ("GetAtt", Yaml::List(items)) => {
                let path: Vec<&str> = items.iter().filter_map(Item::text).collect();
                self.reference(&path.join("."))
            }
            _ => hole(name),
        }
    }

    /// What a name of the template stands for: a bucket's name or its ARN, where it has one of its own.
    fn reference(&self, name: &str) -> Text {
        let (logical, attribute) = name.split_once('.').unwrap_or((name, ""));
        match (self.buckets.get(logical), attribute) {
            (Some(bucket), "") => Text::literal(bucket),
            (Some(bucket), "Arn") => Text::literal(&format!("arn:aws:s3:::{bucket}")),
            _ => Text::hole(Why::External(name.into())),
        }
    }
}

/// What a policy template of SAM allows in the bucket of that name.
pub(super) fn of_template(row: &GrantRow, bucket: Option<String>) -> Grant {
    let bucket = bucket.map(|name| Bucket::Known(name.into()));
    Grant::allowing(row.actions.clone(), vec![every_key(bucket)])
}

/// Whether a mapping has what makes a statement.
fn is_statement(item: &Item<'_>) -> bool {
    let row = &grant_table().document;
    let has = |name: &SmolStr| item.get(name).is_some();
    (has(&row.actions) || row.not_actions.iter().any(has))
        && (has(&row.resources) || row.not_resources.iter().any(has))
}

fn hole(what: &str) -> Text {
    Text::hole(Why::Syntax(what.into()))
}
