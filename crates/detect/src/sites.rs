//! Where a file's code touches a value: the calls that the API tables name, and the calls of
//! in-repo functions that pass a parameter on to one (wrappers).
//!
//! A wrapper's inner call is a template: with the caller's arguments bound, each call of it is a
//! site at the caller. A function that nobody calls keeps its site.

use std::sync::Arc;

use blue_pattern::Pattern;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::apis::{Below, Op, api_table};
use crate::around::InFile;
use crate::eval::{Evaluator, Scope};
use crate::facts::{Call, Expr, Facts, ImportItem};
use crate::filling::Filling;
use crate::folders::in_folder;
use crate::index::{DEFAULT, call_name};
use crate::keys::{begins_with_field, is_s3_url, pattern_of};
use crate::known::{Functions, Known};
use crate::language::{Dialect, Language};
use crate::leads::Lead;
use crate::namesakes::is_unknown;
use crate::program::Program;
use crate::value::{FileId, FuncRef, Text, Values, Why};
use crate::wrappers::is_everybodys;

/// A bucket, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// Its name.
    Known(SmolStr),
    /// The variable of the environment that holds its name.
    Env(SmolStr),
}

/// Which argument of a call a site's value stands in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArgPath {
    /// Into [`Call::args`].
    pub arg: u32,
    /// Into the literal collections below it.
    pub path: Vec<u32>,
}

/// A place where the code touches a value, without its position in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What it does.
    pub op: Op,
    /// The folded value.
    pub pattern: Pattern,
    /// The bucket, where that is known.
    pub bucket: Option<Bucket>,
    /// The statement, by its place in the file's interface.
    pub item: u32,
    /// The call in it.
    pub call: u32,
    /// The argument the value stands in; `None` where the call has no argument for it.
    pub arg: Option<ArgPath>,
    /// The files of the calls on its wrapper chain, outermost first, without the site's own.
    pub through: Vec<FileId>,
    /// The steps that folded the value, in words.
    pub how: Vec<String>,
    /// Why nothing of the value is known; `None` for one that says something.
    pub opaque: Option<Why>,
}

/// A value at a key position.
#[derive(Clone)]
pub(crate) struct Use {
    pub(crate) op: Op,
    pub(crate) key: Values,
    pub(crate) bucket: Option<Bucket>,
    /// What is not known of the bucket that the call is given.
    pub(crate) open_bucket: Option<Why>,
    /// The call and argument, in the outermost function looked at.
    pub(crate) call: u32,
    pub(crate) arg: Option<ArgPath>,
    /// Functions passed through, outermost first.
    pub(crate) chain: Vec<FuncRef>,
    /// The calls that lead to it and the row at the end of them, so that the same use is found
    /// again with other arguments.
    pub(crate) trace: Vec<(u64, u32)>,
    /// Whether it is a site only where the key is an address of S3 ([`crate::apis::Form::Url`]).
    pub(crate) needs_scheme: bool,
    /// Whether the key is a folder of the objects that are touched.
    pub(crate) below: Option<Below>,
    /// Whether it is one only where a caller says so: nobody knows which operation the call means.
    pub(crate) is_possible: bool,
}

/// A call: its file, its statement and the place of that in the file, its index there.
#[derive(Clone)]
pub(crate) struct CallPlace {
    pub(crate) file: FileId,
    pub(crate) facts: Arc<Facts>,
    pub(crate) item: usize,
    pub(crate) call: u32,
}

/// Some statements of a file that follow one another.
pub struct Statements<'s> {
    /// What they say.
    pub items: &'s [Arc<Facts>],
    /// The place of the first in the file's interface. Asked only for code at the level of the module,
    /// so that an answer does not hang on how many statements stand above.
    pub first: &'s dyn Fn() -> usize,
}

/// All sites of a file.
pub fn sites(program: &dyn Program, file: FileId) -> Vec<Site> {
    sites_of_file(&mut Finder::new(program), file)
}

/// All sites of some files, by file: what is found out about the functions that they call is found out
/// once for all of them.
pub fn sites_of_files(program: &dyn Program, files: &[FileId]) -> Vec<Vec<Site>> {
    let mut finder = Finder::new(program);
    let files = files.iter();
    files
        .map(|file| sites_of_file(&mut finder, *file))
        .collect()
}

fn sites_of_file(finder: &mut Finder<'_>, file: FileId) -> Vec<Site> {
    let interface = finder.program.interface(file);
    let all = Statements {
        items: &interface.items,
        first: &|| 0,
    };
    finder.sites_in(file, &all)
}

/// The sites of some statements of a file: [`Site::item`] is counted from the first of them. However a
/// file is parted, all parts have the sites that the whole has.
pub fn sites_in(program: &dyn Program, file: FileId, statements: &Statements<'_>) -> Vec<Site> {
    Finder::new(program).sites_in(file, statements)
}

/// As [`sites_in`], with what others have found out about the same program.
pub fn sites_knowing(
    known: &mut Known,
    program: &dyn Program,
    file: FileId,
    statements: &Statements<'_>,
) -> Vec<Site> {
    known.find(program, Ways::Open, |finder| {
        finder.sites_in(file, statements)
    })
}

/// Which ways through a function are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ways {
    /// Those that its arguments do not rule out.
    Open,
    /// Any: another caller may give other arguments.
    Any,
}

pub(crate) struct Finder<'p> {
    pub(crate) eval: Evaluator<'p>,
    pub(crate) program: &'p dyn Program,
    /// What was found out about functions.
    pub(crate) functions: Functions,
    /// The question in hand ends where the evaluator's total reaches this.
    pub(crate) limit: u64,
    pub(crate) ways: Ways,
    /// What is in hand is given in one of several ways: what it gives on is not parted again.
    pub(crate) is_on_way: bool,
    /// The names of which was asked whether they lead to a call of the tables.
    pub(crate) asked: FxHashSet<SmolStr>,
}

impl<'p> Finder<'p> {
    pub(crate) fn new(program: &'p dyn Program) -> Finder<'p> {
        Finder {
            eval: Evaluator::new(program),
            program,
            functions: Functions::default(),
            limit: 0,
            ways: Ways::Open,
            is_on_way: false,
            asked: FxHashSet::default(),
        }
    }

    fn sites_in(&mut self, file: FileId, statements: &Statements<'_>) -> Vec<Site> {
        let mut found = Vec::new();
        for (item, facts) in statements.items.iter().enumerate() {
            for (index, call) in facts.calls.iter().enumerate() {
                if !self.may_matter(call, facts, file) {
                    continue;
                }
                self.program.poll();
                let above = match call.func {
                    None => (statements.first)(),
                    Some(_) => 0,
                };
                let place = CallPlace {
                    file,
                    facts: facts.clone(),
                    item: above + item,
                    call: index as u32,
                };
                let from = found.len();
                self.sites_of_call(&place, &mut found);
                let own = found[from..].iter_mut();
                own.for_each(|site| site.item = item as u32);
            }
        }
        found
    }

    /// Whether a call may be of the tables or lead to one, by its name and shape.
    pub(crate) fn may_matter(&mut self, call: &Call, facts: &Facts, file: FileId) -> bool {
        let Some(mut name) = call_name(call, facts) else {
            return false;
        };
        let mut is_whole = false;
        if let Expr::Name(_) = &call.callee
            && let Some((facts, index)) = self.program.definitions(file, &name).last()
        {
            is_whole = self.is_module_itself(file, facts, *index);
            if let Some(original) = original_name(facts, *index) {
                name = original;
            }
        }
        if is_whole && self.leads(DEFAULT, file) {
            return true;
        }
        let table = api_table(self.language(file));
        self.leads(&name, file)
            || table.may_hold(&name, call, facts, &self.around(file))
            || self.is_of_own_method(call, facts, file)
    }

    /// Whether a call is of a method of the object around whose name says nothing, and which calls what the tables name:
    /// `this.get()`.
    fn is_of_own_method(&self, call: &Call, facts: &Facts, file: FileId) -> bool {
        let Expr::Attr(object, name) = &call.callee else {
            return false;
        };
        let Expr::This(class) = object.as_ref() else {
            return false;
        };
        if !is_everybodys(name) {
            return false;
        }
        let table = api_table(self.language(file));
        let around = self.around(file);
        let mut methods = facts.classes[*class as usize].methods.iter();
        methods.any(|method| {
            let function = &facts.functions[*method as usize];
            function.name == *name
                && function.calls.clone().any(|index| {
                    let call = &facts.calls[index as usize];
                    let called = call.callee_name();
                    called.is_some_and(|name| table.may_hold(name, call, facts, &around))
                })
        })
    }

    /// Whether a name leads to a call of the tables where a file calls it; that it was asked is remembered.
    pub(crate) fn leads(&mut self, name: &str, file: FileId) -> bool {
        if !self.asked.contains(name) {
            self.asked.insert(name.into());
        }
        self.program.leads(name, file)
    }

    /// The parameters of a name that takes addresses alone where a file calls it; that it was asked is remembered.
    pub(crate) fn address_leads(&mut self, name: &str, file: FileId) -> Option<Arc<[Lead]>> {
        if !self.asked.contains(name) {
            self.asked.insert(name.into());
        }
        self.program.address_leads(name, file)
    }

    /// Whether a definition is what a module of the repository exports as itself.
    fn is_module_itself(&self, file: FileId, facts: &Facts, definition: u32) -> bool {
        let Expr::Import(index) = &facts.definitions[definition as usize].value else {
            return false;
        };
        let import = &facts.imports[*index as usize];
        let is_whole = match &import.item {
            ImportItem::Module => true,
            ImportItem::Named(name) => name == DEFAULT,
            ImportItem::All => false,
        };
        is_whole && self.program.module(file, &import.module).is_some()
    }

    /// The file around a statement, for looks by syntax.
    pub(crate) fn around(&self, file: FileId) -> InFile<'p> {
        let program = self.program;
        InFile { program, file }
    }

    pub(crate) fn sites_of_call(&mut self, place: &CallPlace, found: &mut Vec<Site>) {
        let index = place.call;
        let scope = self.scope_of(place);
        let func = scope.frame.as_ref().map(|frame| frame.0.func.clone());
        let mut uses = self.uses_of_call(index, &scope);
        let mut scope = scope;
        if !uses.is_empty() {
            let guard = place.facts.calls[index as usize].guard;
            let reached = self.eval.apart(|eval| eval.reached(guard, &scope));
            if reached.frame != scope.frame {
                scope = reached;
                uses = self.uses_of_call(index, &scope);
            }
        }
        let mut filling = Filling::default();
        for used in uses.into_iter().filter(|used| !used.is_possible) {
            let is_open = used.key.iter().any(|it| it.to_text().why().is_some());
            let mut said_nothing = false;
            let mut told = Vec::new();
            for value in used.key.iter() {
                let text = value.to_text();
                let is_opaque = pattern_of(&text, Op::Read).0.is_opaque();
                // A local file, or who knows what.
                let is_elsewhere = |text: &Text| used.needs_scheme && !is_s3_url(text);
                if is_elsewhere(&text) && !is_opaque && !begins_with_field(&text) {
                    continue;
                }
                // Of several ways of which nothing is known, one is told.
                if is_opaque && std::mem::replace(&mut said_nothing, true) {
                    continue;
                }
                let mut text = text;
                if !is_elsewhere(&text) || begins_with_field(&text) {
                    match self.told_here(&text, func.as_ref(), &used) {
                        Some(told) => text = told,
                        None => continue,
                    }
                }
                let filled = match is_open {
                    true => self.filled_in(&mut filling, (&used, &text), (index, &scope)),
                    false => None,
                };
                for (filled, made) in filled.iter().flatten() {
                    for value in filled.key.iter() {
                        let text = value.to_text();
                        if !is_elsewhere(&text) && !told.contains(&text) {
                            let at = (place.item, index, &scope);
                            let mut sites = self.sites_by_bucket(&mut filling, (&text, filled), at);
                            for site in &mut sites {
                                site.how.extend(made.clone());
                            }
                            found.extend(sites);
                            told.push(text);
                        }
                    }
                }
                if filled.is_none() && !is_elsewhere(&text) {
                    let at = (place.item, index, &scope);
                    found.extend(self.sites_by_bucket(&mut filling, (&text, &used), at));
                }
            }
        }
    }

    /// A site; where others say of which bucket it is, one for each bucket.
    fn sites_by_bucket(
        &mut self,
        filling: &mut Filling,
        (text, used): (&Text, &Use),
        (item, index, scope): (usize, u32, &Scope),
    ) -> Vec<Site> {
        let site = self.site(text, used, item, scope);
        if site.bucket.is_some() {
            return vec![site];
        }
        let buckets = self.buckets_given(filling, (used, text), (index, scope));
        // Of a key that says nothing one line is enough.
        if buckets.is_empty() || buckets.len() > 1 && site.opaque.is_some() {
            return vec![site];
        }
        let of = |bucket| Site {
            bucket: Some(bucket),
            ..site.clone()
        };
        buckets.into_iter().map(of).collect()
    }

    pub(crate) fn uses_of_call(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        let uses = self.direct_uses(index, scope);
        match uses.is_empty() {
            true => self.wrapped_uses(index, scope),
            false => uses,
        }
    }

    pub(crate) fn site(&mut self, text: &Text, used: &Use, item: usize, scope: &Scope) -> Site {
        let (pattern, bucket) = match used.below {
            Some(below) => pattern_of(&in_folder(text, below), used.op),
            None => pattern_of(text, used.op),
        };
        let opaque = pattern.is_opaque().then(|| {
            text.why()
                .cloned()
                .unwrap_or(Why::Syntax("wildcard".into()))
        });
        let mut how = Vec::new();
        for func in &used.chain {
            let path = self.program.path(func.file);
            how.push(format!("through {}() in {path}", func.function().name));
        }
        let call = &scope.facts.calls[used.call as usize];
        if let (Some(func), Expr::Attr(object, _)) = (used.chain.first(), &call.callee)
            && func.function().class.is_some()
            && self.eval.root(object, scope).iter().all(is_unknown)
        {
            how.push("what it is called on is not known: any class with such a method".to_owned());
        }
        if let Expr::Attr(object, name) = &call.callee {
            self.kept_step(object, name, scope, &mut how);
        }
        if let Some(arg) = &used.arg
            && let Some(arg) = call.args.get(arg.arg as usize)
        {
            self.steps(&arg.value, scope, 6, &mut how);
        }
        Site {
            op: used.op,
            pattern,
            bucket: used.bucket.clone().or(bucket),
            item: item as u32,
            call: used.call,
            arg: self.told_at(text, used, scope),
            through: used.chain.iter().map(|func| func.file).collect(),
            how,
            opaque,
        }
    }

    /// Where a call stands, with the function around it as anybody may call it.
    pub(crate) fn scope_of(&mut self, place: &CallPlace) -> Scope {
        let (file, facts) = (place.file, &place.facts);
        let func = facts.calls[place.call as usize].func.map(|func| FuncRef {
            file,
            facts: facts.clone(),
            func,
        });
        Scope {
            file,
            facts: facts.clone(),
            item: func.is_none().then_some(place.item),
            frame: func.as_ref().map(|func| self.eval.open_frame(func)),
        }
    }

    /// The name of what a call calls, as the tables know it: an imported name by the name it has
    /// where it comes from.
    pub(crate) fn called_name(&self, call: &Call, scope: &Scope) -> Option<SmolStr> {
        let name = call_name(call, &scope.facts)?;
        if let Expr::Name(_) = &call.callee
            && let Some((facts, index)) = self.program.definitions(scope.file, &name).last()
            && let Some(original) = original_name(facts, *index)
        {
            return Some(original);
        }
        Some(name)
    }

    pub(crate) fn language(&self, file: FileId) -> Language {
        Dialect::of_path(&self.program.path(file)).map_or(Language::Python, Dialect::language)
    }
}

/// The name that what a definition binds has where it comes from: an import's, or that of a method that is kept as a
/// value.
pub(crate) fn original_name(facts: &Facts, definition: u32) -> Option<SmolStr> {
    let value = &facts.definitions[definition as usize].value;
    imported_name(facts, definition).or_else(|| crate::dispatch::kept_method(value, facts).cloned())
}

/// The name an import takes, where a definition is one.
pub(crate) fn imported_name(facts: &Facts, definition: u32) -> Option<SmolStr> {
    let Expr::Import(index) = &facts.definitions[definition as usize].value else {
        return None;
    };
    match &facts.imports[*index as usize].item {
        ImportItem::Named(name) if name != "default" => Some(name.clone()),
        _ => None,
    }
}
