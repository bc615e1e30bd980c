//! A schema of any dialect, read into nodes.
//!
//! It exists because five dialects spell the same few assertions, and only here has anybody to know
//! how. What is not understood becomes [`Node::Unread`], of which nothing is concluded.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::decimal::Decimal;
use super::node::{
    ANY, ARRAY, BOOLEAN, Id, NULL, NUMBER, Node, Nodes, OBJECT, Origin, ROOT, STRING, Types,
};
use crate::containment::Part;
use crate::keywords::asserts_nothing;
use crate::schema;

/// The dialects, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dialect {
    Four,
    Six,
    Seven,
    Of2019,
    Of2020,
}

impl Dialect {
    /// The one that `$schema` names; `None` for one that is not known.
    pub(super) fn of(schema: &Value) -> Option<Dialect> {
        let Some(name) = schema.get("$schema").and_then(Value::as_str) else {
            return Some(Dialect::Of2020);
        };
        let known = [
            ("draft-04", Dialect::Four),
            ("draft-06", Dialect::Six),
            ("draft-07", Dialect::Seven),
            ("2019-09", Dialect::Of2019),
            ("2020-12", Dialect::Of2020),
        ];
        let mut known = known.into_iter();
        known
            .find(|(part, _)| name.contains(part))
            .map(|(_, dialect)| dialect)
    }
}

/// One schema on its way into nodes.
pub(super) struct Reader<'a, 'n> {
    pub(super) nodes: &'n mut Nodes,
    pub(super) root: &'a Value,
    pub(super) dialect: Dialect,
    part: Part,
    /// Schemas that references lead to: read, or being read (then their place among the recursive).
    known: HashMap<*const Value, Target>,
    anchors: HashMap<&'a str, &'a Value>,
}

#[derive(Clone, Copy)]
enum Target {
    Open { recursive: Option<u32> },
    Read(Id),
}

pub(super) type Members = Map<String, Value>;

/// The schema as a node; `None` for a dialect that is not known, or more names in it than
/// references of this reader follow.
pub(super) fn read(nodes: &mut Nodes, schema: &Value, part: Part) -> Option<Id> {
    let mut anchors = HashMap::new();
    if !only_plain_names(schema, schema, &mut anchors) {
        return None;
    }
    let mut reader = Reader {
        nodes,
        root: schema,
        dialect: Dialect::of(schema)?,
        part,
        known: HashMap::new(),
        anchors,
    };
    Some(reader.target(schema, ROOT))
}

/// Collects anchors. `false` where a part of the schema is a document of its own (`$id`), or a name
/// is given twice: what references mean there hangs on more than this reader follows.
fn only_plain_names<'a>(
    schema: &'a Value,
    root: &'a Value,
    anchors: &mut HashMap<&'a str, &'a Value>,
) -> bool {
    match schema {
        Value::Object(members) => {
            let own = ["$id", "id"]
                .iter()
                .find_map(|name| members.get(*name)?.as_str());
            if let Some(own) = own.filter(|_| !std::ptr::eq(schema, root)) {
                // Draft-06 and -07 name anchors so. Any other name begins a document, and may be
                // used as it is written as long as nothing in there refers on, relative to that name.
                let name = own.strip_prefix('#').unwrap_or(own);
                let is_plain = own.starts_with('#') || !refers_within(schema);
                if !is_plain || anchors.insert(name, schema).is_some() {
                    return false;
                }
            }
            for name in ["$anchor", "$dynamicAnchor"] {
                if let Some(anchor) = members.get(name).and_then(Value::as_str)
                    && anchors.insert(anchor, schema).is_some()
                {
                    return false;
                }
            }
            members
                .iter()
                .filter(|(name, _)| {
                    !matches!(name.as_str(), "enum" | "const" | "default" | "examples")
                })
                .all(|(_, value)| only_plain_names(value, root, anchors))
        }
        Value::Array(items) => items
            .iter()
            .all(|item| only_plain_names(item, root, anchors)),
        _ => true,
    }
}

/// Whether anything in it refers to anything: relative to the document it stands in, then.
fn refers_within(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(name, value)| match value {
            Value::String(_) => matches!(name.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef"),
            _ => refers_within(value),
        }),
        Value::Array(items) => items.iter().any(refers_within),
        _ => false,
    }
}

impl<'a> Reader<'a, '_> {
    /// A schema that may be referred to, once.
    fn target(&mut self, schema: &'a Value, path: u32) -> Id {
        let address = std::ptr::from_ref(schema);
        match self.known.get(&address).copied() {
            Some(Target::Read(id)) => return id,
            Some(Target::Open {
                recursive: Some(slot),
            }) => {
                return self.nodes.add(Node::Recursive(slot));
            }
            Some(Target::Open { recursive: None }) => {
                let slot = u32::try_from(self.nodes.targets.len()).unwrap_or(u32::MAX);
                self.nodes.targets.push(None);
                let recursive = Some(slot);
                self.known.insert(address, Target::Open { recursive });
                return self.nodes.add(Node::Recursive(slot));
            }
            None => {}
        }
        self.known.insert(address, Target::Open { recursive: None });
        let id = self.schema(schema, path);
        if let Some(Target::Open {
            recursive: Some(slot),
        }) = self.known.get(&address)
        {
            self.nodes.targets[*slot as usize] = Some(id);
        }
        self.known.insert(address, Target::Read(id));
        id
    }

    /// A schema where it stands.
    pub(super) fn schema(&mut self, schema: &'a Value, path: u32) -> Id {
        let id = match schema {
            Value::Bool(true) => self.nodes.always(),
            Value::Bool(false) => self.nodes.never(),
            Value::Object(members) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                self.members(schema, members, path)
            }),
            _ => self.nodes.add(Node::Unread("", ANY)),
        };
        self.came_from(id, path);
        id
    }

    fn came_from(&mut self, id: Id, path: u32) {
        let part = self.part;
        self.nodes.came_from(id, Origin { part, path });
    }

    /// A schema below a keyword, or below a name or place there.
    pub(super) fn below(&mut self, schema: &'a Value, path: u32, steps: &[&str]) -> Id {
        let path = steps
            .iter()
            .fold(path, |path, step| self.nodes.path(path, step));
        // References may lead here too.
        self.target(schema, path)
    }

    fn members(&mut self, whole: &'a Value, members: &'a Members, path: u32) -> Id {
        if let Some(reference) = members.get("$ref").and_then(Value::as_str)
            && self.dialect <= Dialect::Seven
        {
            return self.reference(reference, path, "$ref");
        }
        let mut parts = Vec::new();
        for (keyword, value) in members {
            let before = parts.len();
            self.keyword(members, keyword, value, path, &mut parts);
            let own: Vec<Id> = parts[before..].to_vec();
            if !own.is_empty() {
                let step = self.nodes.path(path, keyword);
                own.into_iter().for_each(|id| self.came_from(id, step));
            }
        }
        if self.dialect >= Dialect::Of2019 {
            self.unevaluated(whole, members, path, &mut parts);
        }
        self.nodes.all(parts)
    }

    pub(super) fn resolve(&self, reference: &str) -> Option<&'a Value> {
        let own = ["$id", "id"]
            .iter()
            .find_map(|name| self.root.get(*name)?.as_str());
        let rest = match own {
            Some(own) => reference
                .strip_prefix(own.trim_end_matches('#'))
                .unwrap_or(reference),
            None => reference,
        };
        match rest.strip_prefix('#') {
            None if rest.is_empty() => Some(self.root),
            None => self.anchors.get(rest).copied(),
            Some("") => Some(self.root),
            Some(pointer) if pointer.starts_with('/') => schema::resolve(self.root, rest),
            Some(anchor) => self.anchors.get(anchor).copied(),
        }
    }

    fn reference(&mut self, reference: &str, path: u32, keyword: &'static str) -> Id {
        match self.resolve(reference) {
            Some(target) => {
                let path = match reference.strip_prefix("#/") {
                    Some(pointer) => {
                        let steps = pointer.split('/');
                        steps.fold(ROOT, |path, step| {
                            let step = step.replace("~1", "/").replace("~0", "~");
                            self.nodes.path(path, &step)
                        })
                    }
                    None => ROOT,
                };
                self.target(target, path)
            }
            None => {
                let id = self.nodes.add(Node::Unread(keyword, ANY));
                self.came_from(id, path);
                id
            }
        }
    }

    fn keyword(
        &mut self,
        members: &'a Members,
        keyword: &'a str,
        value: &'a Value,
        path: u32,
        parts: &mut Vec<Id>,
    ) {
        use Dialect::{Of2019, Of2020, Seven, Six};
        let node = match keyword {
            "$ref" => value.as_str().map(|to| self.reference(to, path, "$ref")),
            "$dynamicRef" if self.dialect == Of2020 => value
                .as_str()
                .map(|to| self.reference(to, path, "$dynamicRef")),
            "$recursiveRef" if self.dialect == Of2019 => value
                .as_str()
                .map(|to| self.reference(to, path, "$recursiveRef")),
            "type" => return self.types(value, parts),
            "enum" => value.as_array().map(|values| self.nodes.values(values)),
            "const" if self.dialect >= Six => Some(self.nodes.values([value])),
            "not" => {
                let inner = self.below(value, path, &["not"]);
                Some(self.nodes.add(Node::Not(inner)))
            }
            "allOf" | "anyOf" | "oneOf" => Some(self.branches(keyword, value, path)),
            "if" if self.dialect >= Seven => Some(self.condition(members, value, path)),
            "dependentRequired" | "dependentSchemas" if self.dialect >= Of2019 => {
                return self.dependencies(keyword, value, path, parts);
            }
            "dependencies" => return self.dependencies(keyword, value, path, parts),
            "contentMediaType" | "contentEncoding" if matches!(self.dialect, Six | Seven) => {
                Some(self.nodes.add(Node::Unread("contentEncoding", STRING)))
            }
            _ if asserts_nothing(keyword) => None,
            _ => {
                let before = parts.len();
                self.of_numbers(members, keyword, value, parts);
                self.of_strings_and_sizes(keyword, value, parts);
                if parts.len() == before {
                    self.of_arrays(members, keyword, value, path, parts);
                }
                if parts.len() == before {
                    self.of_objects(members, keyword, value, path, parts);
                }
                return;
            }
        };
        parts.extend(node);
    }

    fn types(&mut self, value: &Value, parts: &mut Vec<Id>) {
        let one = [value.clone()];
        let names = value.as_array().map_or(&one[..], Vec::as_slice);
        let mut types: Types = 0;
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        for (name, bit) in [
            ("null", NULL),
            ("boolean", BOOLEAN),
            ("number", NUMBER),
            ("integer", NUMBER),
            ("string", STRING),
            ("array", ARRAY),
            ("object", OBJECT),
        ] {
            if has(name) {
                types |= bit;
            }
        }
        parts.push(self.nodes.add(Node::Types(types)));
        // Whole by value, in draft-04 too: few writers and readers keep 2.0 and 2 apart.
        if has("integer") && !has("number") {
            parts.push(self.nodes.add(Node::Multiple(Decimal::ONE)));
        }
    }

    fn branches(&mut self, keyword: &str, value: &'a Value, path: u32) -> Id {
        let schemas = value.as_array().into_iter().flatten().enumerate();
        let branches: Vec<Id> = schemas
            .map(|(index, schema)| self.below(schema, path, &[keyword, &index.to_string()]))
            .collect();
        match keyword {
            "allOf" => self.nodes.all(branches),
            "anyOf" => self.nodes.any(branches),
            // Twice the same branch is never exactly one, so these are kept as they are.
            _ => match branches.as_slice() {
                [one] => *one,
                _ => self.nodes.add(Node::One(branches)),
            },
        }
    }

    fn condition(&mut self, members: &'a Members, condition: &'a Value, path: u32) -> Id {
        let condition = self.below(condition, path, &["if"]);
        let [then, otherwise] = ["then", "else"].map(|keyword| match members.get(keyword) {
            Some(schema) => self.below(schema, path, &[keyword]),
            None => self.nodes.always(),
        });
        self.nodes.add(Node::If(condition, then, otherwise))
    }

    fn dependencies(&mut self, keyword: &str, value: &'a Value, path: u32, parts: &mut Vec<Id>) {
        for (name, asked) in value.as_object().into_iter().flatten() {
            let has = self.has(name);
            let needed = match asked {
                Value::Array(names) => {
                    let names = names.iter().filter_map(Value::as_str);
                    let names: Vec<Id> = names
                        .map(|name| self.nodes.add(Node::Required(name.to_owned())))
                        .collect();
                    self.nodes.all(names)
                }
                Value::String(name) => self.nodes.add(Node::Required(name.clone())),
                schema => self.below(schema, path, &[keyword, name]),
            };
            let always = self.nodes.always();
            parts.push(self.nodes.add(Node::If(has, needed, always)));
        }
    }

    /// Objects that have a property.
    pub(super) fn has(&mut self, name: &str) -> Id {
        let object = self.nodes.add(Node::Types(OBJECT));
        let required = self.nodes.add(Node::Required(name.to_owned()));
        self.nodes.all(vec![object, required])
    }
}
