//! Names of a module that are imported when they are first asked for (`__getattr__` of a module, PEP 562): from a table
//! of where each of them stands, or by an import of its own.
//!
//! ```python
//! _EXPORTS = {"load": "storage", "Client": (".client", "Client")}  # or {"storage": ["load"]}
//! def __getattr__(name):
//!     return getattr(importlib.import_module(f".{_EXPORTS[name]}", __name__), name)
//! ```

use super::*;
use crate::facts::{Facts, ImportItem};

/// What a module is asked for names that it does not bind.
const HANDS_OUT: &str = "__getattr__";
/// Names that the function reads, which are looked at.
const MAX_TABLES: usize = 8;

impl Evaluator<'_> {
    /// The module that a name is taken from when it is asked for.
    pub(super) fn handed_out(&self, file: FileId, name: &str) -> Option<FileId> {
        let asked = self.program.definitions(file, HANDS_OUT);
        asked.iter().find_map(|(facts, _)| {
            let module = imported_in(facts, name).or_else(|| {
                let tables = tables_read(facts);
                tables.iter().find_map(|table| match table {
                    Table::Here(entries) => module_of(entries, name),
                    Table::Named(table) => {
                        let bound = self.program.definitions(file, table);
                        bound.iter().find_map(|(facts, index)| {
                            match &facts.definitions[*index as usize].value {
                                Expr::Map(entries) => module_of(entries, name),
                                _ => None,
                            }
                        })
                    }
                })
            })?;
            // Beside the module that hands it out, else by its whole name.
            let beside = format!(".{}", module.trim_start_matches('.'));
            let beside = self.program.module(file, &beside);
            beside.or_else(|| self.program.module(file, &module))
        })
    }
}

/// The module of an import of a name.
fn imported_in(facts: &Facts, name: &str) -> Option<SmolStr> {
    let is_it = |import: &&crate::facts::Import| matches!(&import.item, ImportItem::Named(it) if it == name);
    let import = facts.imports.iter().find(is_it)?;
    Some(import.module.clone())
}

/// Where a table of names stands.
enum Table<'f> {
    Here(&'f [(Option<Expr>, Expr)]),
    Named(&'f SmolStr),
}

/// The tables that a statement may read, by its syntax.
fn tables_read(facts: &Facts) -> Vec<Table<'_>> {
    let mut found = Vec::new();
    let calls = facts.calls.iter();
    let of_calls = calls.flat_map(|call| {
        let args = call.args.iter().map(|arg| &arg.value);
        args.chain([&call.callee])
    });
    let functions = facts.functions.iter();
    let of_functions =
        functions.flat_map(|function| function.bindings.iter().chain(&function.returns));
    let of_guards = facts.guards.iter().flat_map(|guard| match &guard.test {
        crate::facts::Test::In(_, table) => Some(table),
        _ => None,
    });
    for expr in of_calls.chain(of_functions).chain(of_guards) {
        let mut at = expr.bare();
        while let Expr::Attr(object, _) | Expr::Index(object, _) = at {
            at = object;
        }
        match at {
            Expr::Map(entries) => found.push(Table::Here(entries)),
            Expr::Name(name) if found.len() < MAX_TABLES => found.push(Table::Named(name)),
            _ => {}
        }
    }
    found
}

/// The module that a table says a name is of: under the name, by itself or first of a tuple; or as the name of a list
/// that has it.
fn module_of(entries: &[(Option<Expr>, Expr)], name: &str) -> Option<SmolStr> {
    entries.iter().find_map(|(key, value)| {
        let Some(Expr::Text(key)) = key else {
            return None;
        };
        match value {
            Expr::Text(module) if key == name => Some(module.clone()),
            Expr::List(both) if key == name => match both.first() {
                Some(Expr::Text(module)) => Some(module.clone()),
                _ => None,
            },
            Expr::List(names)
                if names
                    .iter()
                    .any(|it| matches!(it, Expr::Text(it) if it == name)) =>
            {
                Some(key.clone())
            }
            _ => None,
        }
    })
}
