//! What leads to a site: the functions that pass a parameter on to a call of the API tables, found by
//! name and place of the parameter, without resolving anything. Each is then held against what its
//! calls mean (`confirm.rs`). It saves looking into all other files, and into all other calls.
//!
//! **The rule that every host follows**, so that all of them look into the same files and see the same
//! sites. It goes in rounds. In the first, the files with anchor words are looked into ([`is_of_interest`]
//! says it of a text), and those that call one of the leads that bindings name. In a round, all files
//! looked into are asked at once for [`leads_of`], with what was known before; what is new is added, and
//! all are asked again until nothing is. Then come the files that call what the round has added
//! ([`Leads::names_beyond`]), up to [`LEAD_ROUNDS`] times; of a name that very many files call, those that say where it is
//! from (`round_search.rs`). A lead once found stays one.
//!
//! A file need not be asked again while what it was told of leads is the same: [`LeadsFound::asked`].

use std::sync::Arc;

use crate::apis::{api_table, args_at, holds_anchor};
use crate::around::{Around, InFile};
use crate::crowds::{Near, top_in_crowd};
use crate::directives::states_a_value;
use crate::eval::hooks;
use crate::facts::{Arg, ArgKind, Call, Class, Expr, Facts, Name, Param, ParamKind};
use crate::fields::{hangs_on_object, method_around};
use crate::gist::{Gist, is_of_word, key_of};
use crate::index::{DEFAULT, call_name};
use crate::language::Language;
use crate::program::Program;
use crate::taint::{Beginning, ParamId, Taint};
use crate::value::FileId;
use crate::wrappers::is_everybodys;
use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;

/// Methods of one object that have names that say nothing, each called by the next.
const MAX_OWN: u32 = 2;
/// The place of what a method is called on.
pub(crate) const RECEIVER: u32 = u32::MAX;

/// A parameter that a function passes on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lead {
    /// The function's name.
    pub function: Name,
    /// The parameter's place, without Python's `self`; the largest number for what the function is
    /// called on, whose fields matter.
    pub position: u32,
    /// The parameter's name; empty where it is destructured. `*` and `**` of one that takes all that follows, by place or
    /// by name.
    pub keyword: Name,
    /// Whether what is given there matters only as an address of S3: it is handed on as it is, or as
    /// the beginning of a string, to a call that takes local paths as well.
    pub address: bool,
    /// Where the function is.
    pub home: Home,
}

impl Lead {
    /// The arguments of a call that may be given to the parameter.
    pub(crate) fn args<'c>(&self, call: &'c Call) -> Vec<&'c Arg> {
        let position = self.position as usize;
        let is_named = |arg: &Arg| arg.keyword.is_some() || arg.kind == ArgKind::SpreadMap;
        let all = call.args.iter();
        match self.keyword.as_str() {
            ANY_PLACE => all.filter(|arg| !is_named(arg)).skip(position).collect(),
            ANY_NAME => all.filter(|arg| is_named(arg)).collect(),
            keyword => {
                let keyword = Some(keyword).filter(|name| !name.is_empty());
                args_at(call, Some(position), keyword)
            }
        }
    }
}

/// What stands for the name of a parameter that takes all that follows.
const ANY_PLACE: &str = "*";
const ANY_NAME: &str = "**";

fn keyword_of(param: &Param) -> Name {
    match param.kind {
        ParamKind::Rest => ANY_PLACE.into(),
        ParamKind::RestMap => ANY_NAME.into(),
        ParamKind::Plain | ParamKind::KeywordOnly => param.name.clone(),
    }
}

/// Where a function is, as a file mostly says that means it: which of the many functions of a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Home {
    /// The name of the module, as it is imported: that of its file, or of the folder of an `index` or `__init__`. Empty
    /// where nothing is known of it.
    pub module: Name,
    /// The class that it is a method of, if it is one.
    pub class: Name,
    /// Where the tree holds many programs ([`Program::is_crowded`]), the folder at the top of it; empty elsewhere.
    pub top: Name,
}

/// Leads, by the function's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leads {
    /// Each list is sorted, so that equal sets are equal however they came about.
    by_name: FxHashMap<Name, Vec<Lead>>,
}

impl Leads {
    /// Whether a function of that name leads anywhere.
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Takes a lead; `false` when it was there.
    pub fn insert(&mut self, lead: Lead) -> bool {
        let leads = self.by_name.entry(lead.function.clone()).or_default();
        match leads.binary_search(&lead) {
            Ok(_) => false,
            Err(at) => {
                leads.insert(at, lead);
                true
            }
        }
    }

    /// Whether a function that is called by that name somewhere leads anywhere.
    pub fn leads_from(&self, name: &str, near: &Near<'_>) -> bool {
        self.of(name).iter().any(|lead| near.is(lead))
    }

    /// The leads that a call by that name may mean somewhere, where each of them takes addresses alone.
    pub fn addresses_from(&self, name: &str, near: &Near<'_>) -> Option<Arc<[Lead]>> {
        let leads = self.of(name).iter().filter(|lead| near.is(lead));
        let leads: Arc<[Lead]> = leads.cloned().collect();
        let all = !leads.is_empty() && leads.iter().all(|lead| lead.address);
        all.then_some(leads)
    }

    /// The leads of a name, sorted.
    pub fn of(&self, name: &str) -> &[Lead] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names that lead anywhere, in no order.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.by_name.keys()
    }

    /// The names of leads that are not in `before`, sorted: who calls these is looked for next.
    pub fn names_beyond(&self, before: &Leads) -> Vec<Name> {
        let is_new = |(name, leads): &(&Name, &Vec<Lead>)| {
            let known = before.of(name);
            leads.iter().any(|lead| known.binary_search(lead).is_err())
        };
        let new = self.by_name.iter().filter(is_new);
        let mut names: Vec<_> = new.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }
}

impl FromIterator<Lead> for Leads {
    fn from_iter<I: IntoIterator<Item = Lead>>(leads: I) -> Leads {
        let mut found = Leads::default();
        for lead in leads {
            found.insert(lead);
        }
        found
    }
}

/// A lead by the syntax of one function, which need not hold of what its calls really mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// The function: its statement by its place among those looked at, and its place in that.
    pub(crate) func: (u32, u32),
    pub(crate) lead: Lead,
    /// The calls that are given the parameter, or hang on the object, in order.
    pub(crate) calls: Vec<u32>,
    /// Whether the parameter is one where what a function makes of it turns out to be an address.
    pub(crate) is_if_address: bool,
}

/// What of some statements' functions is passed on to a call of the tables or to what `leads` holds,
/// each with its function; not to one another. Sorted. Dunders are called by none. What a module exports
/// as itself is known by `DEFAULT` as well, and the files that import it are known by the name of its
/// file.
pub(crate) fn candidates_in(
    items: &[Arc<Facts>],
    around: InFile<'_>,
    leads: &Leads,
) -> Vec<Candidate> {
    let mut finder = LeadFinder {
        items,
        around,
        exported: exported_whole(&around),
        home: home_of_file(around.program, around.file),
        near: Near::of(around.program, around.file),
        taints: items.iter().map(|facts| Taint::new(facts)).collect(),
        found: FxHashMap::default(),
        is_if_address: false,
    };
    finder.start(leads);
    let found = finder.found.into_iter();
    let found = found.map(|((func, lead), led)| Candidate {
        func,
        lead,
        calls: led.calls,
        is_if_address: led.is_if_address,
    });
    let mut found: Vec<_> = found.collect();
    found.sort_unstable();
    found
}

/// The function that a module exports as itself.
fn exported_whole(around: &dyn Around) -> Option<Name> {
    let (facts, index) = around.binds(DEFAULT)?;
    match &facts.definitions[index as usize].value {
        Expr::Func(func) => Some(facts.functions[*func as usize].name.clone()),
        Expr::Name(name) => Some(name.clone()),
        Expr::Own(index) => Some(facts.definitions[*index as usize].name.clone()),
        // A function that another one is made of has its name.
        Expr::Call(_) => Some(DEFAULT.into()),
        _ => None,
    }
}

/// Where what a file says by itself is.
pub(crate) fn home_of_file(program: &dyn Program, file: FileId) -> Home {
    let path = program.path(file);
    Home {
        module: stem(&path).trim_start_matches('/').into(),
        class: Name::default(),
        top: top_in_crowd(program, &path),
    }
}

/// The name by which files import a module, after a slash.
fn stem(path: &str) -> Name {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.split('.').next().unwrap_or(file);
    let name = match stem {
        "index" | "__init__" => folder.rsplit('/').next().unwrap_or(stem),
        stem => stem,
    };
    format!("/{name}").into()
}

struct LeadFinder<'i> {
    items: &'i [Arc<Facts>],
    around: InFile<'i>,
    /// The function that the module exports as itself.
    exported: Option<Name>,
    /// Where the file is.
    home: Home,
    near: Near<'i>,
    taints: Vec<Taint<'i>>,
    /// By function (statement, place in it) and lead: the calls that are given the parameter.
    found: FxHashMap<((u32, u32), Lead), Led>,
    /// Whether what is found is so where what a function makes turns out to be an address.
    is_if_address: bool,
}

/// What leads a parameter to a call of the tables.
struct Led {
    calls: Vec<u32>,
    is_if_address: bool,
}

impl LeadFinder<'_> {
    fn start(&mut self, leads: &Leads) {
        let (items, around) = (self.items, self.around);
        for (item, facts) in items.iter().enumerate() {
            for (index, call) in facts.calls.iter().enumerate() {
                let Some(name) = call_name(call, facts) else {
                    continue;
                };
                let place = (item as u32, index as u32);
                let original = around.original(&name);
                for name in std::iter::once(&name).chain(&original) {
                    for language in [Language::Python, Language::TypeScript] {
                        let table = api_table(language);
                        for (key, address) in table.keys(name, call, facts, &around) {
                            self.made_of(place, key, address);
                        }
                    }
                    for lead in leads.of(name) {
                        if self.near.is(lead) {
                            self.through(place, lead);
                        }
                    }
                }
            }
        }
    }

    /// `place`: the call's statement, and its place in that.
    fn through(&mut self, place: (u32, u32), lead: &Lead) {
        let items = self.items;
        let call = &items[place.0 as usize].calls[place.1 as usize];
        for arg in lead.args(call) {
            self.made_of(place, &arg.value, lead.address);
        }
        if lead.position == RECEIVER {
            self.in_constructor(place);
        }
        if lead.position == RECEIVER
            && let Expr::Attr(object, _) = &call.callee
        {
            self.on_object(place, object);
            // An object that is made on the spot says what it was made of.
            if is_made_here(object, &items[place.0 as usize]) {
                let made = self.taints[place.0 as usize].of(object);
                self.add(place, &made, false);
            }
        }
    }

    /// `self.store = Store(prefix)` in a constructor: who makes such an object says what the one in it is made with.
    fn in_constructor(&mut self, place: (u32, u32)) {
        let items = self.items;
        let facts = &items[place.0 as usize];
        let call = &facts.calls[place.1 as usize];
        if matches!(call.callee, Expr::Attr(..)) {
            return;
        }
        let Some((func, class)) = constructed_around(facts, call.func) else {
            return;
        };
        let taints = &mut self.taints[place.0 as usize];
        let mut args = call.args.iter();
        let is_given = args.any(|arg| {
            let params = taints.of(&arg.value);
            params.iter().any(|(of, _)| *of == func)
        });
        if is_given {
            self.insert(place, func, on_call_of(class));
        }
    }

    /// The method around a call whose key hangs on what the method is called on.
    fn on_object(&mut self, place: (u32, u32), key: &Expr) {
        self.on_object_at(place, key, MAX_OWN);
    }

    /// `depth`: how many methods of names that say nothing may call one another.
    fn on_object_at(&mut self, place: (u32, u32), key: &Expr, depth: u32) {
        let items = self.items;
        let facts = &items[place.0 as usize];
        let call = &facts.calls[place.1 as usize];
        let Some(method) = method_around(facts, call.func) else {
            if let Some((func, class)) = constructed_around(facts, call.func)
                && (matches!(key, Expr::This(_)) || hangs_on_object(key, facts))
            {
                self.insert(place, func, on_call_of(class));
            }
            return;
        };
        // Classes below fill in what this one leaves open, and who makes an object says what it is made with: those who
        // extend it or make one are looked into.
        if let Some(class) = facts.functions[method as usize].class
            && let class = &facts.classes[class as usize]
            && !class.name.is_empty()
            && (is_made_with_something(class, facts) || !hooks(facts, class).is_empty())
            && hangs_on_object(key, facts)
        {
            self.insert(place, method, on_call_of(&class.name));
        }
        let name = &facts.functions[method as usize].name;
        if is_special(name) || !hangs_on_object(key, facts) {
            return;
        }
        // `this.get()`: of its own class alone, where a method of that name says nothing elsewhere.
        if is_everybodys(name) {
            for (index, call) in facts.calls.iter().enumerate() {
                if depth > 0 && is_own_method(call, facts, method) {
                    self.on_object_at((place.0, index as u32), key, depth - 1);
                }
            }
            return;
        }
        self.insert(place, method, on_call_of(name));
    }

    /// Parameters that an expression at a key's place is made of.
    fn made_of(&mut self, place: (u32, u32), key: &Expr, address: bool) {
        if !address {
            self.on_object(place, key);
        }
        let item = place.0 as usize;
        if !address {
            let made = self.taints[item].of(key);
            self.add(place, &made, false);
            self.by_closures(place, &made);
            return;
        }
        match self.taints[item].beginning(key, &self.around) {
            Beginning::Address => {
                let made = self.taints[item].of(key);
                self.add(place, &made, false);
            }
            Beginning::Unknown(params) => self.add(place, &params, true),
            Beginning::Made(params) => {
                self.add(place, &params, true);
                self.is_if_address = true;
                self.on_object(place, key);
                let made = self.taints[item].of(key);
                self.add(place, &made, false);
                self.is_if_address = false;
            }
        }
    }

    /// The functions around a call that were made with a parameter its key is made of: each call of one
    /// leads there with what it was made with.
    fn by_closures(&mut self, place: (u32, u32), params: &[ParamId]) {
        let items = self.items;
        let facts = &items[place.0 as usize];
        let mut at = facts.calls[place.1 as usize].func;
        while let Some(index) = at {
            let function = &facts.functions[index as usize];
            let is_made_with = params.iter().any(|(func, _)| *func < index);
            let is_called = !function.name.is_empty() && function.parent.is_some();
            if is_made_with && is_called && !is_everybodys(&function.name) {
                self.insert(place, index, on_call_of(&function.name));
            }
            at = function.parent;
        }
    }

    fn add(&mut self, place: (u32, u32), params: &[ParamId], address: bool) {
        let items = self.items;
        let facts = &items[place.0 as usize];
        for (func, index) in params {
            let function = &facts.functions[*func as usize];
            let name = constructed_by(facts, *func).unwrap_or(&function.name);
            if name.is_empty() || is_special(name) {
                continue;
            }
            let lead = Lead {
                function: name.clone(),
                position: *index,
                keyword: keyword_of(&function.params[*index as usize]),
                address,
                home: Home::default(),
            };
            self.insert(place, *func, lead);
        }
    }

    fn insert(&mut self, (item, call): (u32, u32), func: u32, mut lead: Lead) {
        let facts = &self.items[item as usize];
        let class = facts.functions[func as usize].class;
        let class = class.map(|class| facts.classes[class as usize].name.clone());
        lead.home = Home {
            class: class.unwrap_or_default(),
            ..self.home.clone()
        };
        let func = (item, func);
        if self.exported.as_ref() == Some(&lead.function) {
            let stem = format!("/{}", self.home.module).into();
            for function in [DEFAULT.into(), stem] {
                let lead = Lead {
                    function,
                    ..lead.clone()
                };
                self.insert_one(func, call, lead);
            }
        }
        self.insert_one(func, call, lead);
    }

    fn insert_one(&mut self, func: (u32, u32), call: u32, lead: Lead) {
        // What has no name is called by none.
        if lead.function.is_empty() {
            return;
        }
        let led = self.found.entry((func, lead)).or_insert(Led {
            calls: Vec::new(),
            is_if_address: true,
        });
        led.is_if_address &= self.is_if_address;
        if !led.calls.contains(&call) {
            led.calls.push(call);
        }
    }
}

/// Whether a call is one of a method of the object around, by its name.
pub(crate) fn is_own_method(call: &Call, facts: &Facts, method: u32) -> bool {
    let function = &facts.functions[method as usize];
    match &call.callee {
        Expr::Attr(object, name) => {
            *name == function.name
                && matches!(object.as_ref(), Expr::This(class) if function.class == Some(*class))
        }
        _ => false,
    }
}

/// Whether an expression is what a call makes, or a local name of that.
fn is_made_here(object: &Expr, facts: &Facts) -> bool {
    match object {
        Expr::Call(_) => true,
        Expr::Local { func, index } => {
            let value = &facts.functions[*func as usize].bindings[*index as usize];
            matches!(value, Expr::Call(_))
        }
        _ => false,
    }
}

/// Whether whoever makes an object of a class may give something to it.
fn is_made_with_something(class: &Class, facts: &Facts) -> bool {
    match class.constructor {
        Some(constructor) => !facts.functions[constructor as usize].params.is_empty(),
        None => !class.annotations.is_empty(),
    }
}

/// That every call of a function leads there, by what it is called on or was made with.
fn on_call_of(function: &Name) -> Lead {
    Lead {
        function: function.clone(),
        position: RECEIVER,
        keyword: Name::default(),
        address: false,
        home: Home::default(),
    }
}

/// The class that a function makes an object of, in Python: it is called by the name of that.
fn constructed_by(facts: &Facts, func: u32) -> Option<&Name> {
    let function = &facts.functions[func as usize];
    let class = &facts.classes[function.class? as usize];
    (class.constructor == Some(func)).then_some(&class.name)
}

/// As [`constructed_by`], of a function around a place, with that function.
fn constructed_around(facts: &Facts, func: Option<u32>) -> Option<(u32, &Name)> {
    let mut at = func;
    while let Some(index) = at {
        if let Some(class) = constructed_by(facts, index) {
            return Some((index, class)).filter(|(_, name)| !name.is_empty());
        }
        at = facts.functions[index as usize].parent;
    }
    None
}

/// How many times the files that call what was found are looked into.
pub const LEAD_ROUNDS: usize = 4;

/// Whether a text is looked into whoever it calls: it holds a word of the tables, or a comment may state
/// a value in it.
pub fn is_of_interest(text: &str) -> bool {
    holds_anchor(text) || states_a_value(text)
}

/// A search for texts that call, or import under another name, one of some functions.
#[derive(Debug)]
pub struct CallSearch {
    calls: AhoCorasick,
    /// By pattern, the place of its name among those that were given.
    calls_of: Vec<u32>,
    /// The names alone.
    values: AhoCorasick,
    values_of: Vec<u32>,
    /// By what a [`Gist`] knows the names.
    keys: Vec<Option<u32>>,
}

impl CallSearch {
    /// `None` when there are more names than a search can hold.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<CallSearch> {
        let names: Vec<&str> = names.into_iter().collect();
        let (mut calls, mut calls_of) = (Vec::new(), Vec::new());
        let (mut values, mut values_of) = (Vec::new(), Vec::new());
        for (at, name) in (0..).zip(&names).filter(|(_, name)| **name != DEFAULT) {
            let after = match name.starts_with('/') {
                true => ["\"", "'", ".js\"", ".js'"].as_slice(),
                false => CALLED.as_slice(),
            };
            calls.extend(after.iter().map(|after| format!("{name}{after}")));
            calls.extend([format!("= {name}\n"), format!("partial({name}")]);
            calls_of.resize(calls.len(), at);
            if !name.starts_with('/') {
                values.push(*name);
                values_of.push(at);
            }
        }
        let keys = names.iter().filter(|name| **name != DEFAULT);
        Some(CallSearch {
            calls: AhoCorasick::new(calls).ok()?,
            calls_of,
            values: AhoCorasick::new(values).ok()?,
            values_of,
            keys: keys.map(|name| key_of(name)).collect(),
        })
    }

    /// Whether the text that a gist is of may hold one of the names so: where it may not, it does not.
    pub fn may_find(&self, gist: &Gist) -> bool {
        gist.may_call(&self.keys)
    }

    /// Whether the text holds one of the names as a whole word, where it is called, renamed or handed on.
    pub fn finds(&self, text: &str) -> bool {
        self.found_in(text).next().is_some()
    }

    /// The places of the names that the text holds so, among those that were given. Sorted, each once.
    pub fn found(&self, text: &str) -> Box<[u32]> {
        let mut found: Vec<u32> = self.found_in(text).collect();
        found.sort_unstable();
        found.dedup();
        found.into()
    }

    fn found_in(&self, text: &str) -> impl Iterator<Item = u32> {
        let values = self.values.find_overlapping_iter(text);
        let handed_on = values.filter(|found| {
            begins_word(text, found.start())
                && is_given(&text[..found.start()], &text[found.end()..])
        });
        let handed_on = handed_on.map(|found| self.values_of[found.pattern().as_usize()]);
        let calls = self.calls.find_overlapping_iter(text).filter(|found| {
            let is_word =
                text[found.start()..].starts_with('/') || begins_word(text, found.start());
            let is_member = text[..found.end()].ends_with(MEMBER);
            is_word && (!is_member || is_taken_apart(&text[found.end()..]))
        });
        handed_on.chain(calls.map(|found| self.calls_of[found.pattern().as_usize()]))
    }
}

/// What stands behind a name that is called, of a class that another extends, of a table that it is looked up in, of
/// what gets another name. A [`Gist`] knows the words before these.
pub(crate) const CALLED: [&str; 8] = ["(", "<", " as ", ")(", "):", "[", ".get(", MEMBER];

/// What stands behind the name of a member.
pub(crate) const MEMBER: &str = ": ";

/// Whether what follows the name of a member is the rest of a pattern that takes an object apart
/// (`{ save: put } = require("./store")`): most members by that name are something else.
pub(crate) fn is_taken_apart(rest: &str) -> bool {
    const MOST: usize = 400;
    let Some(end) = rest
        .bytes()
        .take(MOST)
        .position(|byte| matches!(byte, b'}' | b'(' | b';'))
    else {
        return false;
    };
    let after = rest[end..].strip_prefix('}').map(str::trim_start);
    after.is_some_and(|after| after.starts_with('=') && !after.starts_with("=="))
}

/// Whether a word between these is given to a call as it is: `submit(save, key)`, `Thread(target=jobs.save, args=…)`,
/// `keys.map(save)`. What it is given to may call it. A [`Gist`] knows such words.
pub(crate) fn is_given(before: &str, after: &str) -> bool {
    if !after.trim_start().starts_with([',', ')']) {
        return false;
    }
    let is_of_path = |char: char| is_of_word(char) || char == '.';
    let before = before.trim_end_matches('#');
    let before = match before.ends_with('.') {
        true => before.trim_end_matches(is_of_path),
        false => before,
    };
    let before = before.trim_end();
    before.ends_with(['(', ',']) || (before.ends_with('=') && !before.ends_with("=="))
}

/// Whether no part of a name stands before a place of a text.
fn begins_word(text: &str, at: usize) -> bool {
    !text[..at].chars().next_back().is_some_and(is_of_word)
}

/// Whether a text may define a method or function of that name, as far as can be told without
/// parsing it: for files that are not looked into, but may hold another class with the same method.
pub fn may_define(text: &str, language: Language, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    let called = format!("{name}(");
    memchr::memmem::find_iter(text.as_bytes(), &called)
        .any(|at| begins_word(text, at) && defines_at(text, at, language))
}

/// Whether the name of a method or function that is being defined stands at a place of a text, by the line around it.
pub(crate) fn defines_at(text: &str, at: usize, language: Language) -> bool {
    let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = text[line_start..at].trim();
    match language {
        Language::Json => false,
        Language::Python => before == "def" || before == "async def",
        Language::TypeScript => {
            let modifiers = [
                "public",
                "private",
                "protected",
                "static",
                "async",
                "override",
                "abstract",
                "function",
                "export",
                "*",
            ];
            let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end);
            before
                .split_whitespace()
                .all(|word| modifiers.contains(&word))
                && text[at..line_end].trim_end().ends_with(['{', '(', ','])
        }
    }
}

/// A name that the language calls by itself (`__init__`), and not one of a private method (`__put`).
pub(crate) fn is_special(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_told_from_a_call_without_parsing() {
        let cases = [
            ("    def save(self, key):", Language::Python, true),
            ("    async def save(", Language::Python, true),
            ("    self.save(key)", Language::Python, false),
            ("def presave(key):", Language::Python, false),
            ("defsave(key)", Language::Python, false),
            ("  asyncsave(key) {", Language::TypeScript, false),
            ("  async save(key: string) {", Language::TypeScript, true),
            ("  await store.save(key, {", Language::TypeScript, false),
            ("  save(key);", Language::TypeScript, false),
        ];
        for (text, language, expected) in cases {
            assert_eq!(may_define(text, language, "save"), expected, "{text}");
        }
    }

    #[test]
    fn a_search_finds_calls_and_renamed_imports_of_whole_words() {
        let search = CallSearch::new(["put"]).unwrap();
        for (text, expected) in [
            ("put(x)", true),
            ("import { put as save }", true),
            ("put<T>(x)", true),
            ("input(x)", false),
            ("put_all(x)", false),
            ("const { put: save } = require('./store');", true),
            ("const {\n  put: save,\n  get,\n} = store;", true),
            ("store({ put: save })", false),
            ("pool.submit(put, key)", true),
            ("Thread(args=(key,), target=jobs.put)", true),
            ("run(\n    put,\n    key,\n)", true),
            ("keys.map(put)", true),
            ("inputs = [put]", false),
            ("if (mode == put)", false),
            ("run(output, key)", false),
            ("interface Store { put: string }\n", false),
        ] {
            assert_eq!(search.finds(text), expected, "{text}");
        }
    }
}
