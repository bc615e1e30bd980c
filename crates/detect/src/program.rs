//! What resolving asks of its host: the facts of files, and which file an import means.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::facts::{Class, Expr, Facts, FunctionKind, ImportItem, Interface};
use crate::leads::Lead;
use crate::named::NamedWrapper;
use crate::value::FileId;

/// Where a module's name is bound: the statement, and the index in its definitions.
pub type Definitions = Arc<[(Arc<Facts>, u32)]>;

/// Where classes have a method: the file, the statement, and the index in its functions.
pub type Methods = Arc<[(FileId, Arc<Facts>, u32)]>;

/// Where classes below another stand: the file, the statement, and the index in its classes.
pub type Subclasses = Arc<[(FileId, Arc<Facts>, u32)]>;

/// Where classes with an attribute stand: the file, the statement, and the index in its classes.
pub type Holders = Arc<[(FileId, Arc<Facts>, u32)]>;

/// A call: its statement, that statement's place in the file, the index in its calls.
pub type Calls = Arc<[(Arc<Facts>, u32, u32)]>;

/// What was read of a program on the way to something: a number that its host gave for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Read(pub u32);

/// A set of files that may name each other. Its answers are functions of the files' texts; a host
/// that keeps them (a database of derived facts) must see each question on its own, so that only
/// what reads a changed name is resolved again.
pub trait Program {
    /// The facts of a file, in source order.
    fn interface(&self, file: FileId) -> Arc<Interface>;

    /// What binds `name` at the level of the module, in source order; empty when nothing does.
    fn definitions(&self, file: FileId, name: &str) -> Definitions;

    /// The places in the file of the statements that bind a name, in parallel to
    /// [`Program::definitions`]. By itself, for a statement more above them moves them all.
    fn definition_places(&self, file: FileId, name: &str) -> Arc<[u32]>;

    /// The packages that the file imports something from, of those that rows of the API tables ask about. Sorted. What
    /// is read as one answer is one that a keystroke in another import leaves as it is.
    fn packages(&self, file: FileId) -> Arc<[SmolStr]>;

    /// The calls in a file of something by that last name, or by one that the file imports it under;
    /// in source order.
    fn calls(&self, file: FileId, name: &str) -> Calls;

    /// The modules whose names the file takes or passes on whole (`from x import *`).
    fn star_imports(&self, file: FileId) -> Arc<[SmolStr]>;

    /// The file that `module`, as written in `from`, means; `None` for one outside the program.
    fn module(&self, from: FileId, module: &str) -> Option<FileId>;

    /// The files that call something by that last name.
    fn callers(&self, name: &str) -> Arc<[FileId]>;

    /// The methods of that name, wherever a class of the program has one. Asked for a method that is
    /// called on something whose class is not known.
    fn methods(&self, name: &str) -> Methods;

    /// The classes whose bases name a class by that last name: the file, the statement, and the index in its
    /// classes. Asked for a class that leaves something to those below it.
    fn subclasses(&self, name: &str) -> Subclasses;

    /// The classes that have an attribute of that name, of the class or of its objects: set, declared or a
    /// property. Asked for an attribute of something whose class is not known.
    fn holders(&self, name: &str) -> Holders;

    /// The names that something of that name goes by as well ([`crate::other_names_in`]), wherever a module
    /// of the program says so. Asked for a function whose callers are looked for.
    fn other_names(&self, name: &str) -> Arc<[SmolStr]>;

    /// Whether a function that a file calls by that name may lead to a call of the tables, as [`crate::Leads`] tells
    /// for all files worth looking into. A host that cannot tell says yes; it costs time alone.
    fn leads(&self, _name: &str, _from: FileId) -> bool {
        true
    }

    /// Whether the files are many programs side by side (`crowds.rs`): more than [`crate::CROWD`] of them make a crowd.
    fn is_crowded(&self) -> bool {
        false
    }

    /// The folders at the top that a file is in or imports something from, sorted, each once: [`crate::tops_of`]. Asked
    /// where the files are a crowd.
    fn tops(&self, file: FileId) -> Arc<[SmolStr]>;

    /// The parameters by which functions that a file calls by that name lead to a call of the tables, where all they
    /// take are addresses of S3; `None` where anything may matter.
    fn address_leads(&self, _name: &str, _from: FileId) -> Option<Arc<[Lead]>> {
        None
    }

    /// Functions of others that a binding says access objects.
    fn wrappers(&self) -> Arc<[NamedWrapper]> {
        Arc::default()
    }

    /// The file's path, relative to the repository, for messages.
    fn path(&self, file: FileId) -> Arc<str>;

    /// Asked now and then; unwinds when the answer is no longer wanted.
    fn poll(&self);

    /// Notes from here on what is read, until [`Program::noted`]: for a host that must know what an answer hangs on, while
    /// answers are made of what was worked out for others. Notes lie within one another, and what is read in an inner one
    /// is read in those around it.
    fn note(&self) {}

    /// Ends the last note, and says what was read since.
    fn noted(&self) -> Read {
        Read::default()
    }

    /// Whether what was worked out from this would come out the same if it were read now. If so it counts as read.
    fn read_again(&self, _read: Read) -> bool {
        true
    }
}

/// The definitions of one name in an interface.
pub fn definitions_in(interface: &Interface, name: &str) -> Definitions {
    let found = interface.defined(name);
    found
        .map(|(item, index)| (interface.items[item as usize].clone(), index))
        .collect()
}

/// The places of the statements of an interface that bind a name, in source order.
pub fn definition_places_in(interface: &Interface, name: &str) -> Arc<[u32]> {
    interface.defined(name).map(|(item, _)| item).collect()
}

/// The calls in an interface of something by that last name, or by one it is imported under.
pub fn calls_of(interface: &Interface, name: &str) -> Calls {
    let names = std::iter::once(name).chain(interface.aliases(name).map(|alias| alias.as_str()));
    let mut places: Vec<_> = names.flat_map(|name| interface.called(name)).collect();
    places.sort_unstable();
    let places = places.into_iter();
    places
        .map(|(item, index)| (interface.items[item as usize].clone(), item, index))
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

/// The names of the methods in an interface. A name may come more than once.
pub(crate) fn method_names_in(interface: &Interface) -> impl Iterator<Item = &SmolStr> {
    let functions = interface.items.iter().flat_map(|facts| &facts.functions);
    let methods = functions.filter(|function| function.is_method());
    methods.map(|function| &function.name)
}

/// The classes with an attribute of one name in an interface, as indices in the classes of their statement.
pub fn holders_in(interface: &Interface, name: &str) -> Vec<(Arc<Facts>, u32)> {
    let found = interface.holders(name);
    found
        .map(|(item, index)| (interface.items[item as usize].clone(), index))
        .collect()
}

/// The names of the attributes that classes of a statement have.
pub fn attributes_in(facts: &Facts) -> impl Iterator<Item = &SmolStr> {
    let classes = facts.classes.iter();
    classes.flat_map(|class| attributes_of(class, facts))
}

/// The names of the attributes of a class and of its objects: those that are set, declared or properties.
/// A name may come more than once.
pub(crate) fn attributes_of<'f>(
    class: &'f Class,
    facts: &'f Facts,
) -> impl Iterator<Item = &'f SmolStr> {
    let set = class.fields.iter().chain(&class.attributes);
    let named = set.chain(&class.annotations).map(|(name, _)| name);
    let methods = class.methods.iter();
    let methods = methods.map(|at| &facts.functions[*at as usize]);
    let properties = methods.filter(|it| it.kind == FunctionKind::Property);
    named.chain(properties.map(|it| &it.name))
}

/// The classes of an interface whose bases name a class so, as indices in the classes of their statement.
pub fn subclasses_in(interface: &Interface, name: &str) -> Vec<(Arc<Facts>, u32)> {
    let mut found = Vec::new();
    for facts in &interface.items {
        for (index, class) in facts.classes.iter().enumerate() {
            let mut bases = class.bases.iter().filter_map(base_name);
            if bases.any(|base| base == name) {
                found.push((facts.clone(), index as u32));
            }
        }
    }
    found
}

/// The last name of a class that another one extends.
pub fn base_name(base: &Expr) -> Option<&SmolStr> {
    match base {
        Expr::Name(name) | Expr::Attr(_, name) => Some(name),
        Expr::Index(generic, _) => base_name(generic),
        _ => None,
    }
}
