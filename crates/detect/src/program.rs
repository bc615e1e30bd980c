//! What resolving asks of its host: the facts of files, and which file an import means.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::facts::{Expr, Facts, ImportItem, Interface};
use crate::value::FileId;

/// Where a module's name is bound: the statement, and the index in its definitions.
pub type Definitions = Arc<[(Arc<Facts>, u32)]>;

/// Where classes have a method: the file, the statement, and the index in its functions.
pub type Methods = Arc<[(FileId, Arc<Facts>, u32)]>;

/// A set of files that may name each other. Its answers are functions of the files' texts; a host
/// that keeps them (a database of derived facts) must see each question on its own, so that only
/// what reads a changed name is resolved again.
pub trait Program {
    /// The facts of a file, in source order.
    fn interface(&self, file: FileId) -> Arc<Interface>;

    /// What binds `name` at the level of the module, in source order; empty when nothing does.
    fn definitions(&self, file: FileId, name: &str) -> Definitions;

    /// The modules whose names the file takes or passes on whole (`from x import *`).
    fn star_imports(&self, file: FileId) -> Arc<[SmolStr]>;

    /// The file that `module`, as written in `from`, means; `None` for one outside the program.
    fn module(&self, from: FileId, module: &str) -> Option<FileId>;

    /// The files that call something by that last name.
    fn callers(&self, name: &str) -> Arc<[FileId]>;

    /// The methods of that name, wherever a class of the program has one. Asked for a method that is
    /// called on something whose class is not known.
    fn methods(&self, name: &str) -> Methods;

    /// The file's path, relative to the repository, for messages.
    fn path(&self, file: FileId) -> Arc<str>;

    /// Asked now and then; unwinds when the answer is no longer wanted.
    fn poll(&self);
}

/// The definitions of one name in an interface.
pub fn definitions_in(interface: &Interface, name: &str) -> Definitions {
    let found = interface.defined(name);
    found
        .map(|(item, index)| (interface.items[item as usize].clone(), index))
        .collect()
}

/// The star imports of an interface.
pub fn star_imports_in(interface: &Interface) -> Arc<[SmolStr]> {
    let imports = interface.items.iter().flat_map(|facts| &facts.imports);
    imports
        .filter(|import| import.item == ImportItem::All)
        .map(|import| import.module.clone())
        .collect()
}

/// The methods of one name in an interface, as indices in the functions of their statement.
pub fn methods_in(interface: &Interface, name: &str) -> Vec<(Arc<Facts>, u32)> {
    let found = interface.methods(name);
    found
        .map(|(item, index)| (interface.items[item as usize].clone(), index))
        .collect()
}

/// Whether an interface calls something by that last name, or by a name it imports it as.
pub fn calls_in(interface: &Interface, name: &str) -> bool {
    interface.called(name).next().is_some()
        || interface
            .aliases(name)
            .any(|alias| interface.called(alias).next().is_some())
}

/// The functions of an interface that call something `leads` names: what their callers would name
/// in turn. Too short a name would make every file worth looking into, and dunders are called by
/// none.
pub fn wrapper_names(interface: &Interface, leads: &dyn Fn(&str) -> bool) -> Vec<SmolStr> {
    let mut aliases = Vec::new();
    for facts in &interface.items {
        for definition in &facts.definitions {
            if let Expr::Import(index) = definition.value
                && let ImportItem::Named(name) = &facts.imports[index as usize].item
                && leads(name)
            {
                aliases.push(&definition.name);
            }
        }
    }
    let mut names = Vec::new();
    for facts in &interface.items {
        for call in &facts.calls {
            let named = |name: &SmolStr| leads(name) || aliases.contains(&name);
            let mut func = call.func.filter(|_| call.callee_name().is_some_and(named));
            while let Some(index) = func {
                let function = &facts.functions[index as usize];
                let name = &function.name;
                if name.len() > 2 && !name.starts_with("__") && !function.params.is_empty() {
                    names.push(name.clone());
                }
                func = function.parent;
            }
        }
    }
    names
}
