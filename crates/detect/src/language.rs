//! The languages Blue reads: which files are in which, how each is parsed, and the query that names
//! its constructs. What a construct is called in a grammar stands in `queries/{language}/*.scm`
//! alone; everything after that is common to all languages.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use tree_sitter::{ParseOptions, Parser, Query, Tree};

use crate::roles::RoleTable;
use crate::source_rules::may_be_imported;

/// A language, as far as rules about it differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Python 3.
    Python,
    /// TypeScript and JavaScript.
    TypeScript,
    /// JSON that code imports: values, and nothing that runs.
    Json,
}

/// A grammar: TypeScript needs two, since `<T>x` and JSX exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// `.py`
    Python,
    /// `.ts`, `.mts`, `.cts`
    TypeScript,
    /// `.tsx`, `.jsx`, `.js`, `.mjs`, `.cjs`
    Tsx,
    /// `.json`
    Json,
}

impl Dialect {
    const COUNT: usize = 4;

    /// The dialect of a file, by its name; `None` for what Blue does not read. Declarations
    /// (`*.pyi`, `*.d.ts`) say nothing about values.
    pub fn of_path(path: &str) -> Option<Dialect> {
        let name = path.rsplit('/').next().unwrap_or(path);
        if [".d.ts", ".d.mts", ".d.cts"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            return None;
        }
        match name.rsplit_once('.')?.1 {
            "py" => Some(Dialect::Python),
            "ts" | "mts" | "cts" => Some(Dialect::TypeScript),
            "tsx" | "jsx" | "js" | "mjs" | "cjs" => Some(Dialect::Tsx),
            "json" => may_be_imported(path).then_some(Dialect::Json),
            _ => None,
        }
    }

    /// The same of a file in which something runs: JSON is read where code imports it.
    pub fn of_program(path: &str) -> Option<Dialect> {
        Dialect::of_path(path).filter(|dialect| *dialect != Dialect::Json)
    }

    /// The language the dialect belongs to.
    pub fn language(self) -> Language {
        match self {
            Dialect::Python => Language::Python,
            Dialect::TypeScript | Dialect::Tsx => Language::TypeScript,
            Dialect::Json => Language::Json,
        }
    }

    pub(crate) fn grammar(self) -> tree_sitter::Language {
        match self {
            Dialect::Python => tree_sitter_python::LANGUAGE.into(),
            Dialect::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Dialect::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Dialect::Json => tree_sitter_json::LANGUAGE.into(),
        }
    }

    /// The compiled query of the dialect, with the roles its captures play.
    ///
    /// # Panics
    /// When a query file of Blue's own does not compile, which a test rules out.
    pub(crate) fn roles(self) -> &'static RoleTable {
        static TABLES: [OnceLock<RoleTable>; Dialect::COUNT] =
            [const { OnceLock::new() }; Dialect::COUNT];
        TABLES[self as usize].get_or_init(|| {
            let query = Query::new(&self.grammar(), &self.query_text())
                .unwrap_or_else(|error| panic!("queries for {self:?}: {error}"));
            RoleTable::new(query)
        })
    }

    /// Parses `text`. `hint` is an older tree of the same file, already told of every edit since
    /// ([`Tree::edit`]). `stop` is asked now and then; `None` when it said so.
    ///
    /// The tree is the one that the text alone has: what an error does to the tree around it depends
    /// on the hint, so a text with errors is parsed without one.
    ///
    /// `stop` runs inside a C function and must not panic: a panic there aborts the process.
    pub fn parse(
        self,
        text: &str,
        hint: Option<&Tree>,
        stop: &mut dyn FnMut() -> bool,
    ) -> Option<Tree> {
        if let Some(hint) = hint.filter(|hint| !hint.root_node().has_error()) {
            let tree = self.parse_from(text, Some(hint), stop)?;
            if !tree.root_node().has_error() {
                return Some(tree);
            }
        }
        self.parse_from(text, None, stop)
    }

    fn parse_from(
        self,
        text: &str,
        hint: Option<&Tree>,
        stop: &mut dyn FnMut() -> bool,
    ) -> Option<Tree> {
        thread_local! {
            static PARSERS: RefCell<[Option<Parser>; Dialect::COUNT]> =
                const { RefCell::new([const { None }; Dialect::COUNT]) };
        }
        PARSERS.with_borrow_mut(|parsers| {
            let slot = &mut parsers[self as usize];
            if slot.is_none() {
                let mut parser = Parser::new();
                parser.set_language(&self.grammar()).ok()?;
                *slot = Some(parser);
            }
            let parser = slot.as_mut()?;
            let bytes = text.as_bytes();
            let mut progress = |_: &tree_sitter::ParseState| {
                if stop() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let options = ParseOptions::new().progress_callback(&mut progress);
            let tree = parser.parse_with_options(
                &mut |offset, _| bytes.get(offset..).unwrap_or_default(),
                hint,
                Some(options),
            );
            if tree.is_none() {
                parser.reset();
            }
            tree
        })
    }
}

const PYTHON: &[&str] = &[
    include_str!("../../../queries/python/scopes.scm"),
    include_str!("../../../queries/python/imports.scm"),
    include_str!("../../../queries/python/constants.scm"),
    include_str!("../../../queries/python/calls.scm"),
    include_str!("../../../queries/python/values.scm"),
];

const TYPESCRIPT: &[&str] = &[
    include_str!("../../../queries/typescript/scopes.scm"),
    include_str!("../../../queries/typescript/imports.scm"),
    include_str!("../../../queries/typescript/constants.scm"),
    include_str!("../../../queries/typescript/calls.scm"),
    include_str!("../../../queries/typescript/values.scm"),
];

const JSON: &str = include_str!("../../../queries/json/values.scm");

impl Dialect {
    fn query_text(self) -> String {
        match self {
            Dialect::Python => PYTHON.concat(),
            Dialect::Tsx => TYPESCRIPT.concat(),
            Dialect::Json => JSON.to_owned(),
            Dialect::TypeScript => {
                TYPESCRIPT.concat()
                    + include_str!("../../../queries/typescript/type_assertions.scm")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queries_compile_for_every_dialect() {
        for dialect in [Dialect::Python, Dialect::TypeScript, Dialect::Tsx] {
            assert!(dialect.roles().query().pattern_count() > 10, "{dialect:?}");
        }
        assert!(Dialect::Json.roles().query().pattern_count() > 5);
    }

    #[test]
    fn declarations_and_other_files_are_not_read() {
        let cases = [
            ("a/b.py", Some(Dialect::Python)),
            ("a/b.pyi", None),
            ("b.ts", Some(Dialect::TypeScript)),
            ("b.d.ts", None),
            ("b.tsx", Some(Dialect::Tsx)),
            ("b.mjs", Some(Dialect::Tsx)),
            ("Makefile", None),
            ("b.ipynb", None),
            ("config/default.json", Some(Dialect::Json)),
            ("package.json", None),
            ("plates/plate-0001.json", None),
        ];
        for (path, dialect) in cases {
            assert_eq!(Dialect::of_path(path), dialect, "{path}");
        }
    }
}
