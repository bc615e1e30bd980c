//! Leads held against what calls mean. By names alone, nearly every function of a large program leads
//! to some method called `get`; nearly none does once the receivers are looked at.
//!
//! A function is confirmed where the call that is given its parameter comes to a use of it. Whether a call
//! is one of the tables may also hang on who calls the function: on an object that it is given. Such a
//! function is taken as well, for it is looked into with its callers' values later. For the same reason no
//! way through a function is ruled out here ([`crate::sites::Ways::Any`]).

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::around::InFile;
use crate::crowds::Near;
use crate::eval::{Evaluator, Scope, is_hook, made_of};
use crate::facts::{Call, Expr, Facts};
use crate::index::called_in;
use crate::keys::{is_s3_url, tainted_by};
use crate::known::Known;
use crate::leads::{Lead, Leads, RECEIVER, candidates_in, home_of_file};
use crate::named::NamedWrapper;
use crate::program::Program;
use crate::renames::{Naming, namings, renames_by};
use crate::sites::{Finder, Use, Ways};
use crate::value::{FileId, FuncRef, Part, Text, Value, Values, Why};
use crate::wrappers::{MAX_CHAIN, is_everybodys};

/// Tables within tables that are looked through for functions.
const MAX_TABLES: u32 = 4;

/// What was found of some statements.
#[derive(Debug, Default)]
pub struct LeadsFound {
    /// Their functions that pass a parameter on, by calls that come to a use of it: those that were not
    /// known. Sorted, each once.
    pub leads: Vec<Lead>,
    /// The names of which was asked whether they lead anywhere: with other leads by the same answers of
    /// these, the same is found.
    pub asked: FxHashSet<SmolStr>,
}

/// The leads among the functions of some statements of a file, where `leads` is what is known. The
/// program must say of leads just that. However a file is parted, its parts have what the whole has.
pub fn leads_of(
    program: &dyn Program,
    file: FileId,
    items: &[Arc<Facts>],
    leads: &Leads,
) -> LeadsFound {
    leads_by(Evaluator::new(program), program, file, items, leads).0
}

/// As [`leads_of`], with what others have found out about the same program. It says of all that was asked on the way
/// that it was read; [`LeadsFound::asked`] are the other names.
pub fn leads_knowing(
    known: &mut Known,
    program: &dyn Program,
    file: FileId,
    items: &[Arc<Facts>],
    leads: &Leads,
) -> LeadsFound {
    known.find(program, Ways::Any, |finder| {
        leads_found(finder, file, items, leads)
    })
}

/// As [`leads_of`], with what an evaluator knows already. Nothing else is kept from one file to the next: which names
/// were asked for is told of each.
pub(crate) fn leads_by<'p>(
    eval: Evaluator<'p>,
    program: &'p dyn Program,
    file: FileId,
    items: &[Arc<Facts>],
    leads: &Leads,
) -> (LeadsFound, Evaluator<'p>) {
    let mut finder = Finder {
        eval,
        ways: Ways::Any,
        is_on_way: false,
        ..Finder::new(program)
    };
    let found = leads_found(&mut finder, file, items, leads);
    (found, finder.eval)
}

fn leads_found(
    finder: &mut Finder<'_>,
    file: FileId,
    items: &[Arc<Facts>],
    leads: &Leads,
) -> LeadsFound {
    let program = finder.program;
    let around = InFile { program, file };
    let mut found = Vec::new();
    finder.asked = called_names(items, around);
    for candidate in candidates_in(items, around, leads) {
        program.poll();
        let name = &candidate.lead.function;
        finder.asked.insert(name.clone());
        if leads.of(name).contains(&candidate.lead) {
            continue; // It stays one.
        }
        let (item, func) = candidate.func;
        let func = FuncRef {
            file,
            facts: items[item as usize].clone(),
            func,
        };
        if !found.contains(&candidate.lead)
            && (!candidate.is_if_address || finder.comes_to_address(&func, &candidate.calls))
            && finder.may_lead(&func, &candidate.calls, &candidate.lead)
        {
            found.push(candidate.lead);
        }
    }
    finder.renamed_leads(file, items, leads, &mut found);
    found.sort_unstable();
    LeadsFound {
        leads: found,
        asked: std::mem::take(&mut finder.asked),
    }
}

/// The names that some statements call, imported ones also by the name they have where they come from.
fn called_names(items: &[Arc<Facts>], around: InFile<'_>) -> FxHashSet<SmolStr> {
    let called = items.iter().flat_map(|facts| called_in(facts));
    let mut names: FxHashSet<SmolStr> = called.collect();
    let originals: Vec<_> = names.iter().filter_map(|it| around.original(it)).collect();
    names.extend(originals);
    names
}

impl Finder<'_> {
    /// The leads that go by another name as well.
    fn renamed_leads(
        &mut self,
        file: FileId,
        items: &[Arc<Facts>],
        leads: &Leads,
        found: &mut Vec<Lead>,
    ) {
        let home = home_of_file(self.program, file);
        let near = Near::of(self.program, file);
        for facts in items {
            for (naming, alias, value) in namings(facts) {
                let mut new = Vec::new();
                for rename in renames_by(facts, naming, alias, value) {
                    if is_everybodys(&rename.alias) {
                        continue;
                    }
                    let imported = self.around(file).original(&rename.original);
                    for name in [Some(rename.original.clone()), imported] {
                        let Some(name) = name else { continue };
                        let known = leads.of(&name).iter().filter(|lead| near.is(lead));
                        new.extend(known.map(|lead| Lead {
                            home: home.clone(),
                            ..rename.lead(lead)
                        }));
                        self.asked.insert(name);
                    }
                }
                if new.is_empty() {
                    continue;
                }
                self.asked.insert(alias.clone());
                new.retain(|lead| !leads.of(alias).contains(lead) && !found.contains(lead));
                if !new.is_empty() && self.is_of_functions(naming, value, file, facts) {
                    found.extend(new);
                }
            }
        }
    }

    /// Whether what gets a name is a function, or has some in it: most of what goes by the name of one is something else,
    /// and in a large tree all that goes by its name, and so on without end.
    fn is_of_functions(
        &mut self,
        naming: Naming,
        value: &Expr,
        file: FileId,
        facts: &Arc<Facts>,
    ) -> bool {
        let func = match naming {
            Naming::Definition => None,
            Naming::Field(class) => facts.classes[class as usize].constructor,
            Naming::Returned(func) => Some(func),
        };
        let scope = match func {
            None => Scope::of_module(file, facts),
            Some(func) => self.open_scope(&FuncRef {
                file,
                facts: facts.clone(),
                func,
            }),
        };
        let wrappers = self.program.wrappers();
        let values = self.question(|this| this.eval.root(value, &scope));
        values
            .iter()
            .any(|it| has_functions(it, &wrappers, MAX_TABLES))
    }

    /// Whether a function may pass a parameter on, by one of these calls, to what uses it.
    pub(crate) fn may_lead(&mut self, func: &FuncRef, calls: &[u32], lead: &Lead) -> bool {
        let scope = self.open_scope(func);
        let comes_to_a_use = self.question(|this| {
            calls.iter().any(|index| {
                let uses = this.uses_behind(*index, func, &scope, MAX_CHAIN - 1);
                !uses.is_empty() && this.may_say_more(&uses, func, lead, &scope)
            })
        });
        comes_to_a_use
            || calls.iter().any(|index| {
                let call = &func.facts.calls[*index as usize];
                self.hangs_on_callers(call, func, lead)
            })
    }

    /// Whether one of some calls is given an address by the function itself, whatever that is given.
    fn comes_to_address(&mut self, func: &FuncRef, calls: &[u32]) -> bool {
        let scope = self.open_scope(func);
        self.question(|this| {
            calls.iter().any(|index| {
                let uses = this.uses_behind(*index, func, &scope, MAX_CHAIN - 1);
                let mut keys = uses.iter().flat_map(|used| used.key.iter());
                keys.any(|key| begins_as_address(&key.to_text()))
            })
        })
    }

    /// Whether a caller may say more of what a function comes to. What a function is called on, or was
    /// made with, may do so in any way.
    fn may_say_more(&mut self, uses: &[Use], func: &FuncRef, lead: &Lead, scope: &Scope) -> bool {
        lead.position == RECEIVER
            || uses.iter().any(|used| may_be_given(&used.key, func))
            || self.is_known_by_class(func, lead.position, scope)
    }

    /// Whether what a call comes to hangs on who calls the function around it.
    fn hangs_on_callers(&mut self, call: &Call, func: &FuncRef, lead: &Lead) -> bool {
        let scope = self.open_scope(func);
        let scope = self.inner_scope(call, func, &scope);
        // What is a class to its annotation may be an address to its caller.
        if lead.address && self.is_known_by_class(func, lead.position, &scope) {
            let is_of_tables = self.is_of_tables(call, func, &scope);
            return is_of_tables && !self.is_own(call, &scope)
                || self.may_come_to_a_use(call, &scope);
        }
        let Expr::Attr(object, _) = &call.callee else {
            return lead.position == RECEIVER && self.makes_what_is_looked_for(call, &scope);
        };
        self.is_of_tables(call, func, &scope)
            && self.eval.root(object, &scope).iter().any(|on| match on {
                Value::Hole(why) => hangs(why),
                on => is_open(on),
            })
            && !self.is_own(call, &scope)
    }

    /// Whether what a call means is known to be the repository's own: a method of one of its classes, something of one of
    /// its modules.
    fn is_own(&mut self, call: &Call, scope: &Scope) -> bool {
        if let Expr::Attr(object, _) = &call.callee
            && let on = self.eval.root(object, scope)
            && on.iter().all(|on| matches!(on, Value::Module(_)))
        {
            return true;
        }
        let callee = self.eval.root(&call.callee, scope);
        callee.iter().all(|callee| match callee {
            // What a class leaves to others (`Protocol`) may be anybody's, and so may what comes to it.
            Value::Func(closure) => {
                let function = closure.func.function();
                !is_hook(function, &closure.func.facts) && !self.leads(&function.name, scope.file)
            }
            callee => matches!(callee, Value::Class(_)),
        })
    }

    /// Whether a function that a call may mean comes to a use.
    fn may_come_to_a_use(&mut self, call: &Call, scope: &Scope) -> bool {
        let callees = self.all_callees(call, scope);
        callees.iter().any(|callee| self.reaches(&callee.func))
    }

    /// Whether a call makes an object of a class of which it is asked who makes them.
    fn makes_what_is_looked_for(&mut self, call: &Call, scope: &Scope) -> bool {
        let callee = self.eval.root(&call.callee, scope);
        callee.iter().any(|value| match value {
            Value::Class(class) => self.program.leads(&class.class().name, scope.file),
            _ => false,
        })
    }

    /// Whether of a parameter the class is known and no more, as its annotation says.
    fn is_known_by_class(&mut self, func: &FuncRef, index: u32, scope: &Scope) -> bool {
        let param = Expr::Param {
            func: func.func,
            index,
        };
        let values = self.eval.root(&param, scope);
        values.iter().any(is_open)
    }
}

/// Whether a value can be called, or has something in it that can be.
fn has_functions(value: &Value, wrappers: &[NamedWrapper], depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let inner = |values: &Values| {
        values
            .iter()
            .any(|value| has_functions(value, wrappers, depth))
    };
    match value {
        Value::Func(_) | Value::Class(_) => true,
        Value::Instance { class, .. } => {
            let mut methods = class.class().methods.iter();
            methods.any(|method| class.facts.functions[*method as usize].name == "__call__")
        }
        // `memoize(load)`
        Value::External(_) if made_of(value).is_some() => true,
        Value::External(external) => wrappers.iter().any(|wrapper| wrapper.is_at(&external.path)),
        Value::List(elements) => elements.iter().any(inner),
        Value::Map(map) => map.entries.iter().any(|(_, values)| inner(values)),
        _ => false,
    }
}

/// Whether a caller may say more of a key.
fn may_be_given(key: &Values, func: &FuncRef) -> bool {
    let hanging = |part: &Part| matches!(part, Part::Hole(why) if !is_parameter(why) && hangs(why));
    let mut values = key.iter();
    tainted_by(key, func).is_some() || values.any(|it| it.to_text().parts.iter().any(hanging))
}

/// Whether a string is an address, or will be as its object is made.
fn begins_as_address(text: &Text) -> bool {
    let is_of_object =
        |part: &Part| matches!(part, Part::Hole(why) if matches!(why.of_path(), Why::Field(_)));
    is_s3_url(text) || text.parts.first().is_some_and(is_of_object)
}

fn is_parameter(why: &Why) -> bool {
    matches!(why.of_path(), Why::Parameter(_))
}

/// Whether a caller may make it known.
fn hangs(why: &Why) -> bool {
    match why {
        Why::Parameter(_) | Why::Field(_) => true,
        Why::TooMany | Why::TooLong | Why::Cycle | Why::Budget => true,
        Why::Bucket(why) | Why::Local(why) | Why::Or(why, _) => hangs(why),
        Why::External(_) | Why::Environment(_) | Why::Syntax(_) => false,
    }
}

/// Whether of a value the class is known and no more.
fn is_open(value: &Value) -> bool {
    matches!(value, Value::Instance { args: None, .. })
}
