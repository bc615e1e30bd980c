//! From a grammar's nodes to roles: the captures of a query, read into a table by node, so that the
//! walker asks what a node *is for* and never what a grammar calls it.

use rustc_hash::FxHashMap;
use streaming_iterator::StreamingIterator;
use tree_sitter::{Node, Query, QueryCursor};

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum $type { $($variant,)* }

        impl $type {
            fn parse(text: &str) -> Option<$type> {
                match text { $($text => Some($type::$variant),)* _ => None }
            }
        }
    };
}

names! {
    /// What a node is for. The text form is the capture's name in `queries/`.
    Role {
        Alias = "alias", Arm = "arm", Assert = "assert", Assign = "assign", Attempt = "attempt", Attribute = "attribute", Augment = "augment",
        Binary = "binary", Block = "block", Branch = "branch", Call = "call", Class = "class",
        Clause = "clause", Compare = "compare", Comprehension = "comprehension", Conditional = "conditional",
        Decorated = "decorated", Dotted = "dotted", Enum = "enum", Exit = "exit", Export = "export", False = "false",
        Field = "field", Function = "function", Global = "global", ImportAs = "import_as", ImportEs = "import_es",
        ImportFrom = "import_from", ImportModule = "import_module",
        ImportRequire = "import_require", Interface = "interface", Jump = "jump", Index = "index", Inner = "inner", Int = "int",
        Keyword = "keyword", KeywordOnly = "keyword_only", List = "list", Loop = "loop",
        Map = "map", MapComprehension = "map_comprehension", Member = "member", Name = "name", Null = "null", Pair = "pair",
        Param = "param", PatternList = "pattern_list", PatternMap = "pattern_map",
        Property = "property", Regex = "regex", Rest = "rest", RestMap = "rest_map", Return = "return",
        Sequence = "sequence", Set = "set", SetComprehension = "set_comprehension", Shape = "shape",
        Shorthand = "shorthand", Signature = "signature", Skip = "skip", Slice = "slice", Spread = "spread",
        SpreadMap = "spread_map", String = "string",
        Strings = "strings", This = "this", True = "true", TypeAlias = "type_alias", Unary = "unary", Yield = "yield",
    }
}

names! {
    /// What a node is to the node that plays a role.
    Part {
        After = "after", Alias = "alias", All = "all", Arguments = "arguments", Arm = "arm",
        Base = "base", Bases = "bases", Body = "body", Callee = "callee", Clause = "clause",
        Condition = "condition", Declaration = "declaration", Decorator = "decorator",
        Default = "default", Definition = "definition", Element = "element", Filter = "filter",
        Implements = "implements", Index = "index",
        Iterable = "iterable", Key = "key", Left = "left", Module = "module", Name = "name",
        Namespace = "namespace", Object = "object", Operator = "operator",
        Otherwise = "otherwise", Param = "param", Params = "params", Right = "right",
        Target = "target", Test = "test", Then = "then", Type = "type", Value = "value",
    }
}

/// A compiled query with what each of its captures means.
pub(crate) struct RoleTable {
    query: Query,
    captures: Vec<Option<(Role, Option<Part>)>>,
}

impl RoleTable {
    /// # Panics
    /// When a capture names no role or part: a fault in Blue's own query files, which a test rules
    /// out.
    pub(crate) fn new(query: Query) -> RoleTable {
        let captures = query
            .capture_names()
            .iter()
            .map(|name| {
                let (role, part) = match name.split_once('.') {
                    Some((role, part)) => (Role::parse(role), Some(part)),
                    None => (Role::parse(name), None),
                };
                let role = role.unwrap_or_else(|| panic!("@{name} names no role"));
                let part = part.map(|part| {
                    Part::parse(part).unwrap_or_else(|| panic!("@{name} names no part"))
                });
                Some((role, part))
            })
            .collect();
        RoleTable { query, captures }
    }

    #[cfg(test)]
    pub(crate) fn query(&self) -> &Query {
        &self.query
    }

    /// The roles of all nodes under `node`.
    pub(crate) fn roles<'t>(&self, node: Node<'t>, text: &str) -> Roles<'t> {
        let mut roles = Roles::default();
        let mut cursor = QueryCursor::new();
        let mut matches = cursor.matches(&self.query, node, text.as_bytes());
        while let Some(found) = matches.next() {
            let meaning = |index: u32| self.captures[index as usize];
            for capture in found.captures {
                if let Some((role, None)) = meaning(capture.index) {
                    roles.by_node.entry(capture.node.id()).or_insert(role);
                }
            }
            for capture in found.captures {
                let Some((role, Some(part))) = meaning(capture.index) else {
                    continue;
                };
                // A comment stands where any node may.
                if capture.node.is_extra() {
                    continue;
                }
                let whole = found
                    .captures
                    .iter()
                    .find(|c| meaning(c.index) == Some((role, None)));
                let Some(whole) = whole else { continue };
                let parts = roles.parts.entry(whole.node.id()).or_default();
                // One node may be matched by several patterns, and so seen twice.
                if !parts.contains(&(part, capture.node)) {
                    parts.push((part, capture.node));
                }
            }
        }
        roles
    }
}

/// The roles of the nodes of one statement.
#[derive(Default)]
pub(crate) struct Roles<'t> {
    by_node: FxHashMap<usize, Role>,
    parts: FxHashMap<usize, Vec<(Part, Node<'t>)>>,
}

impl<'t> Roles<'t> {
    pub(crate) fn role(&self, node: Node<'t>) -> Option<Role> {
        self.by_node.get(&node.id()).copied()
    }

    pub(crate) fn part(&self, node: Node<'t>, part: Part) -> Option<Node<'t>> {
        self.parts
            .get(&node.id())?
            .iter()
            .find(|(p, _)| *p == part)
            .map(|(_, n)| *n)
    }

    pub(crate) fn parts(&self, node: Node<'t>, part: Part) -> Vec<Node<'t>> {
        let Some(parts) = self.parts.get(&node.id()) else {
            return Vec::new();
        };
        let mut nodes: Vec<_> = parts
            .iter()
            .filter(|(p, _)| *p == part)
            .map(|(_, n)| *n)
            .collect();
        nodes.sort_by_key(Node::start_byte);
        nodes
    }
}
