//! Where an interface binds, calls and defines names: made once for each interface, when it is first
//! asked, so that a question costs what it finds and not the length of the file.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use smol_str::SmolStr;

use crate::apis::is_asked_about;
use crate::facts::{Call, Expr, Facts, ImportItem, Interface, hash_of};
use crate::program::attributes_of;
use crate::renames::{Rename, renames_in};

/// The name under which a module exports one thing as itself.
pub(crate) const DEFAULT: &str = "default";

/// The entries of one kind: the hash of a name, the statement, the index in it. Sorted.
type Entries = Vec<(u64, u32, u32)>;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct NameIndex {
    definitions: OnceLock<Entries>,
    calls: OnceLock<Entries>,
    methods: OnceLock<Entries>,
    /// The classes with an attribute.
    holders: OnceLock<Entries>,
    renamed: OnceLock<Vec<(SmolStr, SmolStr)>>,
    others: OnceLock<Vec<Rename>>,
    packages: OnceLock<Arc<[SmolStr]>>,
}

/// A clone is asked anew: it is about to be changed, or not asked at all.
impl Clone for NameIndex {
    fn clone(&self) -> NameIndex {
        NameIndex::default()
    }
}

fn collect<'i>(
    interface: &'i Interface,
    names: impl Fn(&'i Facts, &mut dyn FnMut(&str, usize)),
) -> Entries {
    let mut entries = Entries::new();
    for (item, facts) in interface.items.iter().enumerate() {
        names(facts, &mut |name, index| {
            entries.push((hash_of(name), item as u32, index as u32));
        });
    }
    entries.sort_unstable();
    entries
}

/// The statement and index of what may have that name: the caller compares the name itself.
fn look_up(entries: &Entries, name: &str) -> impl Iterator<Item = (u32, u32)> {
    let hash = hash_of(name);
    let start = entries.partition_point(|entry| entry.0 < hash);
    entries[start..]
        .iter()
        .take_while(move |entry| entry.0 == hash)
        .map(|entry| (entry.1, entry.2))
}

impl Interface {
    /// The definitions of a name, in source order: statement, index in its definitions.
    pub(crate) fn defined(&self, name: &str) -> impl Iterator<Item = (u32, u32)> {
        let entries = self.index.definitions.get_or_init(|| {
            collect(self, |facts, found| {
                for (index, definition) in facts.definitions.iter().enumerate() {
                    found(&definition.name, index);
                }
            })
        });
        look_up(entries, name).filter(move |(item, index)| {
            self.items[*item as usize].definitions[*index as usize].name == name
        })
    }

    /// The calls of something by that last name, in source order: statement, index in its calls.
    pub(crate) fn called(&self, name: &str) -> impl Iterator<Item = (u32, u32)> {
        let entries = self.index.calls.get_or_init(|| {
            collect(self, |facts, found| {
                for (index, call) in facts.calls.iter().enumerate() {
                    if let Some(name) = call_name(call, facts) {
                        found(&name, index);
                    }
                }
            })
        });
        look_up(entries, name).filter(move |(item, index)| {
            let facts = &self.items[*item as usize];
            call_name(&facts.calls[*index as usize], facts).is_some_and(|called| called == name)
        })
    }

    /// The methods of a name, in source order: statement, index in its functions.
    pub(crate) fn methods(&self, name: &str) -> impl Iterator<Item = (u32, u32)> {
        let entries = self.index.methods.get_or_init(|| {
            collect(self, |facts, found| {
                for (index, function) in facts.functions.iter().enumerate() {
                    if function.is_method() {
                        found(&function.name, index);
                    }
                }
            })
        });
        look_up(entries, name).filter(move |(item, index)| {
            self.items[*item as usize].functions[*index as usize].name == name
        })
    }

    /// The classes with an attribute of a name, in source order: statement, index in its classes.
    pub(crate) fn holders(&self, name: &str) -> impl Iterator<Item = (u32, u32)> {
        let entries = self.index.holders.get_or_init(|| {
            let mut entries = collect(self, |facts, found| {
                for (index, class) in facts.classes.iter().enumerate() {
                    attributes_of(class, facts).for_each(|name| found(name, index));
                }
            });
            entries.dedup();
            entries
        });
        look_up(entries, name).filter(move |(item, index)| {
            let facts = &self.items[*item as usize];
            attributes_of(&facts.classes[*index as usize], facts).any(|known| known == name)
        })
    }

    /// Every name that is called, imported ones also by the name they have where they come from.
    pub fn called_names(&self) -> Vec<SmolStr> {
        let mut names: Vec<SmolStr> = Vec::new();
        names.extend(self.items.iter().flat_map(|facts| called_in(facts)));
        names.sort_unstable();
        names.dedup();
        let renamed = self.imported_as().iter();
        let originals: Vec<_> = renamed
            .filter(|(_, alias)| names.binary_search(alias).is_ok())
            .map(|(name, _)| name.clone())
            .collect();
        names.extend(originals);
        names
    }

    /// Other names under which the interface imports `name`.
    pub(crate) fn aliases(&self, name: &str) -> impl Iterator<Item = &SmolStr> {
        let renamed = self.imported_as().iter();
        renamed
            .filter(move |(original, _)| original == name)
            .map(|(_, alias)| alias)
    }

    /// The packages that something is imported from, of those that rows of the API tables ask about. Sorted.
    pub fn packages(&self) -> Arc<[SmolStr]> {
        let packages = self.index.packages.get_or_init(|| {
            let imports = self.items.iter().flat_map(|facts| &facts.imports);
            let packages = imports.map(|it| it.module.split('.').next().unwrap_or_default());
            let packages = packages.filter(|it| is_asked_about(it));
            let packages: BTreeSet<SmolStr> = packages.map(SmolStr::from).collect();
            packages.into_iter().collect()
        });
        packages.clone()
    }

    /// The names that it gives to what has a name already.
    pub(crate) fn renames(&self) -> &[Rename] {
        let others = &self.index.others;
        others.get_or_init(|| {
            let mut found = renames_in(&self.items);
            // `from store import save as put`, and then `keep = put`.
            for at in 0..found.len() {
                let mut renamed = self.imported_as().iter();
                let imported = renamed.find(|(_, alias)| *alias == found[at].original);
                if let Some((original, _)) = imported {
                    let original = original.clone();
                    found.push(Rename {
                        original,
                        ..found[at].clone()
                    });
                }
            }
            found
        })
    }

    /// Imports under another name: the name where it comes from, the name here.
    pub fn imported_as(&self) -> &[(SmolStr, SmolStr)] {
        self.index.renamed.get_or_init(|| {
            let mut found = Vec::new();
            for facts in &self.items {
                for definition in &facts.definitions {
                    let Expr::Import(index) = definition.value else {
                        if let Some(kept) = crate::dispatch::kept_method(&definition.value, facts)
                            && *kept != definition.name
                        {
                            found.push((kept.clone(), definition.name.clone()));
                        }
                        continue;
                    };
                    match &facts.imports[index as usize].item {
                        ImportItem::Named(name) if *name != definition.name => {
                            found.push((name.clone(), definition.name.clone()));
                        }
                        // `const put = require("./put")`: what is called is what the module is.
                        ImportItem::Module => {
                            found.push((DEFAULT.into(), definition.name.clone()));
                        }
                        _ => {}
                    }
                }
            }
            found
        })
    }
}

/// The names that a statement calls. One may come more than once.
pub fn called_in(facts: &Facts) -> impl Iterator<Item = SmolStr> {
    let calls = facts.calls.iter();
    calls.filter_map(|call| call_name(call, facts))
}

/// The last name of what a call calls, seen through a local name for it.
pub(crate) fn call_name(call: &Call, facts: &Facts) -> Option<SmolStr> {
    match &call.callee {
        Expr::Name(name) | Expr::Attr(_, name) => Some(name.clone()),
        Expr::Func(func) => Some(facts.functions[*func as usize].name.clone()),
        Expr::Local { func, index } => {
            match &facts.functions[*func as usize].bindings[*index as usize] {
                Expr::Func(inner) => Some(facts.functions[*inner as usize].name.clone()),
                Expr::Import(index) => facts.import_name(*index).cloned(),
                // `const { save } = store()`
                Expr::Index(_, entry) => match entry.as_ref() {
                    Expr::Text(name) => Some(name.clone()),
                    _ => None,
                },
                Expr::Attr(_, name) => Some(name.clone()),
                kept => known_by(kept, facts),
            }
        }
        Expr::Own(index) => Some(facts.definitions[*index as usize].name.clone()),
        Expr::Index(client, _) if crate::dispatch::names_s3(client, facts, 4) => {
            Some(crate::dispatch::INDEXED.into())
        }
        callee => known_by(callee, facts),
    }
}

/// `promisify(s3.getObject)(params)`, and what [`made_by`] tells.
fn known_by(kept: &Expr, facts: &Facts) -> Option<SmolStr> {
    let method = crate::dispatch::kept_method(kept, facts).cloned();
    method.or_else(|| made_by(kept, facts))
}

/// The name by which a function was kept, looked up or returned that is called: `WRITERS[kind](…)`,
/// `WRITERS.get(kind)(…)`, `writer("raw")(…)`.
fn made_by(made: &Expr, facts: &Facts) -> Option<SmolStr> {
    let name_of = |expr: &Expr| match expr {
        Expr::Name(name) | Expr::Attr(_, name) => Some(name.clone()),
        Expr::Own(index) => Some(facts.definitions[*index as usize].name.clone()),
        _ => None,
    };
    match made {
        Expr::Index(table, _) => name_of(table),
        Expr::Call(index) => match &facts.calls[*index as usize].callee {
            Expr::Attr(table, name) if name == "get" => name_of(table),
            callee => name_of(callee),
        },
        made => name_of(made),
    }
}
