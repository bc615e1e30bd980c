//! Functions that go by another name as well: kept under one (`put = save`), made of one
//! (`put = partial(save, "raw")`), looked up in a table of them (`WRITERS = {"csv": save_csv}`), returned by
//! another function. By syntax alone; what a call by such a name means is worked out where it stands.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::facts::{Call, Expr, Facts, Interface, Operator};
use crate::leads::{Lead, RECEIVER};

/// Tables within tables, and choices within choices, are looked through this far.
const MAX_LOOKS: u32 = 4;

/// Another name of something, most often of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rename {
    /// The name that it has.
    pub(crate) original: SmolStr,
    /// The one that it goes by as well.
    pub(crate) alias: SmolStr,
    /// How many arguments it is given beforehand.
    pub(crate) given: u32,
}

impl Rename {
    /// What a lead of the function says of calls by its other name.
    pub(crate) fn lead(&self, of: &Lead) -> Lead {
        let position = match of.position {
            RECEIVER => RECEIVER,
            // It was given already: every call comes to it.
            at => at.checked_sub(self.given).unwrap_or(RECEIVER),
        };
        Lead {
            function: self.alias.clone(),
            position,
            ..of.clone()
        }
    }
}

/// Where something gets a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// In its module, or its class.
    Definition,
    /// A class gives it to a field of its objects, in its constructor if it has one.
    Field(u32),
    /// A function returns it.
    Returned(u32),
}

/// What gets a name in a statement: where, which name, and what it is.
pub(crate) fn namings(facts: &Facts) -> impl Iterator<Item = (Naming, &SmolStr, &Expr)> {
    let definitions = facts.definitions.iter();
    let definitions = definitions.map(|it| (Naming::Definition, &it.name, &it.value));
    let classes = facts.classes.iter().enumerate();
    let members = classes.flat_map(|(index, class)| {
        let attributes = class.attributes.iter();
        let attributes = attributes.map(|(name, value)| (Naming::Definition, name, value));
        let fields = class.fields.iter();
        attributes
            .chain(fields.map(move |(name, value)| (Naming::Field(index as u32), name, value)))
    });
    let functions = facts.functions.iter().enumerate();
    let returned = functions.flat_map(|(index, function)| {
        let returns = function.returns.iter();
        returns.map(move |value| (Naming::Returned(index as u32), &function.name, value))
    });
    definitions.chain(members).chain(returned)
}

/// The names that some statements give to what has a name already.
pub(crate) fn renames_in(items: &[Arc<Facts>]) -> Vec<Rename> {
    let mut found = Vec::new();
    for facts in items {
        for (naming, name, value) in namings(facts) {
            for rename in renames_by(facts, naming, name, value) {
                if !found.contains(&rename) {
                    found.push(rename);
                }
            }
        }
    }
    found
}

/// The names that a naming says a thing has already, each with the new one.
pub(crate) fn renames_by(
    facts: &Facts,
    naming: Naming,
    name: &SmolStr,
    value: &Expr,
) -> Vec<Rename> {
    let mut found = Vec::new();
    let mut names = Names {
        facts,
        found: &mut found,
    };
    names.give(name, value);
    if !matches!(naming, Naming::Returned(_)) {
        names.keep(name, value);
    }
    // `const readers = { plates: reader("plates") }`: each by its key.
    if let Expr::Map(entries) = value {
        for (key, value) in entries {
            if let Some(Expr::Text(key)) = key {
                names.keep(key, value);
            }
        }
    }
    found
}

struct Names<'f> {
    facts: &'f Facts,
    found: &'f mut Vec<Rename>,
}

impl Names<'_> {
    fn give(&mut self, alias: &SmolStr, value: &Expr) {
        if !alias.is_empty() {
            self.look(alias, value, 0, MAX_LOOKS);
        }
    }

    /// What a function returned is kept under a name, `put_raw = putter("raw")`: where that is a function, it goes by
    /// the name of the one that returned it.
    fn keep(&mut self, alias: &SmolStr, value: &Expr) {
        let Expr::Call(index) = value else {
            return;
        };
        let facts = self.facts;
        let call = &facts.calls[*index as usize];
        // What is made of a function has that one's name.
        if alias.is_empty() || call.args.iter().any(|arg| may_be_function(&arg.value)) {
            return;
        }
        match &call.callee {
            Expr::Name(maker) => self.add(alias, maker, 0),
            Expr::Own(index) => {
                self.add(alias, &facts.definitions[*index as usize].name, 0);
            }
            _ => {}
        }
    }

    fn look(&mut self, alias: &SmolStr, value: &Expr, given: u32, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        let facts = self.facts;
        match value {
            Expr::Name(name) | Expr::Attr(_, name) => self.add(alias, name, given),
            Expr::Own(index) => {
                self.add(alias, &facts.definitions[*index as usize].name, given);
            }
            Expr::Func(func) => self.add(alias, &facts.functions[*func as usize].name, given),
            Expr::Local { func, index } => {
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                if matches!(bound, Expr::Func(_) | Expr::Call(_)) {
                    self.look(alias, bound, given, depth);
                }
            }
            Expr::Map(entries) => {
                for (_, value) in entries {
                    self.look(alias, value, given, depth);
                }
            }
            Expr::List(all) | Expr::Alt(all) => {
                for value in all {
                    self.look(alias, value, given, depth);
                }
            }
            Expr::When(_, value) => self.look(alias, value, given, depth),
            Expr::Declared(both) => self.look(alias, &both.0, given, depth),
            Expr::Binary(Operator::Or, left, right) => {
                self.look(alias, left, given, depth);
                self.look(alias, right, given, depth);
            }
            // `return WRITERS[kind]`, `return WRITERS.get(kind)`: one of a table of the module.
            Expr::Index(table, _) if is_of_module(table) => self.look(alias, table, given, depth),
            Expr::Call(index) => match &facts.calls[*index as usize].callee {
                Expr::Attr(table, name) if name == "get" && is_of_module(table) => {
                    self.look(alias, table, given, depth);
                }
                _ => self.made_by(alias, &facts.calls[*index as usize], depth),
            },
            _ => {}
        }
    }

    /// What a call makes of a function that it is given.
    fn made_by(&mut self, alias: &SmolStr, call: &Call, depth: u32) {
        let Some((function, rest)) = call.args.split_first() else {
            return;
        };
        if !may_be_function(&function.value) {
            return;
        }
        let is_partial = call.callee_name().is_some_and(|name| name == "partial");
        let given = match is_partial {
            true => rest.iter().filter(|arg| arg.keyword.is_none()).count(),
            false => 0,
        };
        self.look(alias, &function.value, given as u32, depth);
    }

    fn add(&mut self, alias: &SmolStr, original: &SmolStr, given: u32) {
        let rename = Rename {
            original: original.clone(),
            alias: alias.clone(),
            given,
        };
        if original != alias && !original.is_empty() && !self.found.contains(&rename) {
            self.found.push(rename);
        }
    }
}

fn is_of_module(value: &Expr) -> bool {
    matches!(value, Expr::Name(_) | Expr::Own(_))
}

fn may_be_function(value: &Expr) -> bool {
    matches!(
        value,
        Expr::Name(_) | Expr::Func(_) | Expr::Own(_) | Expr::Attr(..)
    )
}

/// The names that something of a name goes by as well, in an interface.
pub fn other_names_in(interface: &Interface, name: &str) -> Vec<SmolStr> {
    let renames = interface.renames().iter();
    let found = renames.filter(|rename| rename.original == name);
    found.map(|rename| rename.alias.clone()).collect()
}

/// The names of all that goes by another name as well, by a statement. One may come more than once.
pub fn renamed_in(facts: &Facts) -> impl Iterator<Item = SmolStr> {
    let renames =
        namings(facts).flat_map(|(naming, name, value)| renames_by(facts, naming, name, value));
    renames.map(|rename| rename.original)
}
