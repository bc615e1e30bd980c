//! Why a containment holds, as a small tree a person can read.
//!
//! It exists because "compatible" has to carry evidence too. The reader is taken apart keyword by
//! keyword; for each, the fewest keywords of the emitter from which it follows are looked for, by
//! asking the same search again with one left out. Only what the search closed gets into the tree.

use std::collections::HashSet;

use serde_json::Value;

use super::node::{Id, Lit, Node};
use super::{Answer, Search, read};
use crate::containment::{Part, Step};
use crate::schema;

/// Questions asked for one tree.
const MAX_ASKED: usize = 3_000;
/// Work for one tree, in the search's steps.
const MAX_TOTAL: u64 = 2_000_000;
/// Levels of the tree.
const MAX_DEPTH: usize = 24;

/// Why `reader` accepts all that `emitter` does; `None` where the search does not prove it.
pub(crate) fn derive(emitter: &Value, reader: &Value, reader_part: Part) -> Option<Vec<Step>> {
    let mut search = Search::new();
    let reads = read::read(&mut search.nodes, reader, reader_part)?;
    let emits = read::read(&mut search.nodes, emitter, reader_part.other())?;
    let mut tree = Tree {
        search,
        emitter,
        reader,
        open: HashSet::new(),
        asked: 0,
        work: 0,
    };
    if !tree.is_closed(&[(emits, true), (reads, false)]) {
        return None;
    }
    Some(tree.steps((emits, ""), (reads, ""), 0))
}

struct Tree<'a> {
    search: Search,
    emitter: &'a Value,
    reader: &'a Value,
    /// Pairs that are being explained.
    open: HashSet<(Id, Id)>,
    asked: usize,
    work: u64,
}

impl Tree<'_> {
    fn is_closed(&mut self, lits: &[Lit]) -> bool {
        self.asked += 1;
        if self.asked > MAX_ASKED || self.work > MAX_TOTAL {
            return false;
        }
        self.search.work = 0;
        let is_closed = self.search.place(lits.to_vec()) == Answer::Nothing;
        self.work += self.search.work;
        is_closed
    }

    /// Why one node (standing at a pointer) is within another.
    fn steps(&mut self, emitter: (Id, &str), reader: (Id, &str), depth: usize) -> Vec<Step> {
        let ((emits, emitter_at), (reads, reader_at)) = (emitter, reader);
        let (emits, reads) = (self.followed(emits), self.followed(reads));
        let step = |rule: &str| Step {
            rule: rule.to_owned(),
            reader: reader_at.to_owned(),
            emitter: vec![emitter_at.to_owned()],
            because: Vec::new(),
        };
        if emits == reads {
            return vec![step("same")];
        }
        if depth > MAX_DEPTH {
            return vec![step("below")];
        }
        if !self.open.insert((emits, reads)) {
            return vec![step("recursion")];
        }
        let steps = match self.is_closed(&[(emits, true)]) {
            true => vec![step("nothing")],
            false => {
                let parts = self.parts(reads);
                let parts = parts.into_iter();
                let parts: Vec<Id> = parts
                    .filter(|part| self.search.nodes.types_of((*part, false)) != 0)
                    .collect();
                parts
                    .into_iter()
                    .map(|part| self.step((emits, emitter_at), (part, reader_at), depth))
                    .collect()
            }
        };
        self.open.remove(&(emits, reads));
        steps
    }

    /// The keywords of a schema, as nodes.
    fn parts(&self, id: Id) -> Vec<Id> {
        let id = self.followed(id);
        match self.search.nodes.get(id) {
            Node::All(parts) => parts.clone(),
            _ => vec![id],
        }
    }

    /// What a recursive reference leads to.
    fn followed(&self, id: Id) -> Id {
        let Node::Recursive(slot) = self.search.nodes.get(id) else {
            return id;
        };
        let target = self.search.nodes.targets.get(*slot as usize);
        target.copied().flatten().unwrap_or(id)
    }

    /// Why one keyword of the reader holds.
    fn step(&mut self, emitter: (Id, &str), reader: (Id, &str), depth: usize) -> Step {
        let ((emits, emitter_at), (part, reader_at)) = (emitter, reader);
        let core = self.fewest(emits, part);
        let node = self.search.nodes.get(part).clone();
        let rule = keyword(&node);
        let reader_place = place(self.reader, reader_at, &node);
        let places: Vec<String> = core
            .iter()
            .map(|id| place(self.emitter, emitter_at, self.search.nodes.get(*id)))
            .collect();
        let because = match core.as_slice() {
            [one] if *one != part => {
                let own = self.search.nodes.get(*one).clone();
                self.because((&own, &places[0]), (&node, part, &reader_place), depth)
            }
            _ => Vec::new(),
        };
        Step {
            rule: rule.to_owned(),
            reader: reader_place,
            emitter: places,
            because,
        }
    }

    fn because(
        &mut self,
        (own, own_at): (&Node, &str),
        (node, part, at): (&Node, Id, &str),
        depth: usize,
    ) -> Vec<Step> {
        let below = match (own, node) {
            (Node::Property(_, own), Node::Property(_, read))
            | (Node::Rest(_, own), Node::Rest(_, read))
            | (Node::Item(_, own), Node::Item(_, read))
            | (Node::Matching(_, own), Node::Matching(_, read))
            | (Node::Additional { schema: own, .. }, Node::Additional { schema: read, .. })
            | (Node::Names(own), Node::Names(read)) => Some((*own, *read)),
            _ => None,
        };
        if below.is_some_and(|(own, read)| own == read) {
            return Vec::new();
        }
        if let Some((own, read)) = below
            && self.is_closed(&[(own, true), (read, false)])
        {
            return self.steps((own, own_at), (read, at), depth + 1);
        }
        let (Node::Any(branches) | Node::One(branches)) = own else {
            return Vec::new();
        };
        let mut steps = Vec::new();
        for (index, branch) in branches.clone().into_iter().enumerate() {
            let from = format!("{own_at}/{index}");
            let options = match node {
                Node::Any(options) => options.clone(),
                _ => Vec::new(),
            };
            let chosen = options
                .iter()
                .position(|option| self.is_closed(&[(branch, true), (*option, false)]));
            let (read, to) = match chosen {
                Some(chosen) => (options[chosen], format!("{at}/{chosen}")),
                None => (part, at.to_owned()),
            };
            steps.push(Step {
                rule: "branch".to_owned(),
                reader: to.clone(),
                emitter: vec![from.clone()],
                because: match chosen {
                    Some(_) => self.steps((branch, &from), (read, &to), depth + 1),
                    None => Vec::new(),
                },
            });
        }
        steps
    }

    /// The fewest keywords of the emitter from which the reader's follows, as far as leaving one
    /// out at a time finds them.
    fn fewest(&mut self, emits: Id, part: Id) -> Vec<Id> {
        let mut core = self.parts(emits);
        let node = self.search.nodes.get(part).clone();
        let alike = core
            .iter()
            .copied()
            .find(|own| *own == part || is_alike(self.search.nodes.get(*own), &node));
        if let Some(own) = alike
            && self.is_closed(&[(own, true), (part, false)])
        {
            return vec![own];
        }
        let mut index = 0;
        while index < core.len() {
            let mut fewer = core.clone();
            fewer.remove(index);
            let mut lits: Vec<Lit> = fewer.iter().map(|id| (*id, true)).collect();
            lits.push((part, false));
            match self.is_closed(&lits) {
                true => core = fewer,
                false => index += 1,
            }
        }
        core
    }
}

/// Whether two assertions speak of the same thing.
fn is_alike(one: &Node, other: &Node) -> bool {
    match (one, other) {
        (Node::Property(one, _), Node::Property(other, _)) => one == other,
        (Node::Item(one, _), Node::Item(other, _)) => one == other,
        (Node::Required(one), Node::Required(other)) => one == other,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// The keyword that a node comes from.
fn keyword(node: &Node) -> &'static str {
    match node {
        Node::All(_) => "allOf",
        Node::Any(branches) if branches.is_empty() => "false",
        Node::Any(_) => "anyOf",
        Node::One(_) => "oneOf",
        Node::Not(_) => "not",
        Node::If(..) => "if",
        Node::Recursive(_) => "$ref",
        Node::Types(_) => "type",
        Node::Values(values) if values.len() == 1 => "const",
        Node::Values(_) => "enum",
        Node::Least {
            exclusive: false, ..
        } => "minimum",
        Node::Least { .. } => "exclusiveMinimum",
        Node::Most {
            exclusive: false, ..
        } => "maximum",
        Node::Most { .. } => "exclusiveMaximum",
        Node::Multiple(step) if *step == super::decimal::Decimal::ONE => "integer",
        Node::Multiple(_) => "multipleOf",
        Node::MinLength(_) => "minLength",
        Node::MaxLength(_) => "maxLength",
        Node::Pattern(_) => "pattern",
        Node::MinItems(_) => "minItems",
        Node::MaxItems(_) => "maxItems",
        Node::Unique => "uniqueItems",
        Node::Item(..) => "prefixItems",
        Node::Rest(..) => "items",
        Node::ContainsMin(..) => "contains",
        Node::ContainsMax(..) => "maxContains",
        Node::MinProperties(_) => "minProperties",
        Node::MaxProperties(_) => "maxProperties",
        Node::Required(_) => "required",
        Node::Property(..) => "properties",
        Node::Matching(..) => "patternProperties",
        Node::Additional { .. } => "additionalProperties",
        Node::Names(_) => "propertyNames",
        Node::Unread(keyword, _) => keyword,
    }
}

/// Where, at or under a schema's pointer, the keyword of a node stands: behind references and in
/// other spellings too. The schema itself where it is not found.
fn place(root: &Value, at: &str, node: &Node) -> String {
    let mut at = at.to_owned();
    for _ in 0..16 {
        let Some(schema) = root.pointer(&at) else {
            return at;
        };
        let spellings: &[&str] = match node {
            Node::Values(_) => &["const", "enum"],
            Node::Multiple(_) => &["multipleOf", "type"],
            Node::Least { .. } => &["minimum", "exclusiveMinimum"],
            Node::Most { .. } => &["maximum", "exclusiveMaximum"],
            Node::Item(..) => &["prefixItems", "items"],
            Node::Rest(..) => &["items", "additionalItems", "unevaluatedItems"],
            Node::Additional { .. } => &["additionalProperties", "unevaluatedProperties"],
            Node::If(..) => &[
                "if",
                "dependencies",
                "dependentRequired",
                "dependentSchemas",
            ],
            _ => &[],
        };
        let own = [keyword(node)];
        let found = spellings
            .iter()
            .chain(&own)
            .find(|name| schema.get(**name).is_some());
        if let Some(found) = found {
            let below = match node {
                Node::Property(name, _) => {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    format!("/{name}")
                }
                Node::Item(index, _) => format!("/{index}"),
                _ => String::new(),
            };
            let place = format!("{at}/{found}{below}");
            if root.pointer(&place).is_some() {
                return place;
            }
        }
        let reference = schema.get("$ref").and_then(Value::as_str);
        match reference.filter(|to| schema::resolve(root, to).is_some()) {
            Some(reference) => at = reference.trim_start_matches('#').to_owned(),
            None => return at,
        }
    }
    at
}
