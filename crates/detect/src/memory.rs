//! A program held in memory, without a database of derived facts: for `blue detect` over any code,
//! where each file is asked once, and for tests.

use std::sync::{Arc, OnceLock};

use dashmap::DashMap;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;

use crate::crowds::{CROWD, Near, counts_for_crowd, tops_of};
use crate::defined::Defined;
use crate::facts::{Facts, Interface, Summary};
use crate::gist::is_of_word;
use crate::index::DEFAULT;
use crate::language::{Dialect, Language};
use crate::lead_search::all_leads;
use crate::leads::{LEAD_ROUNDS, Lead, Leads, is_of_interest, may_define};
use crate::modules::candidates;
use crate::named::NamedWrapper;
use crate::program::{
    Calls, Definitions, Holders, Methods, Program, Subclasses, attributes_in, base_name, calls_of,
    definition_places_in, definitions_in, holders_in, method_names_in, methods_in, star_imports_in,
};
use crate::projects::{Projects, is_project_file};
use crate::round_search::{Called, Common, RoundSearch};
use crate::source_rules::is_test_path;
use crate::store::SummaryStore;
use crate::summarise::{StatementCache, summarise_stored};
use crate::value::FileId;

struct MemoryFile {
    path: Arc<str>,
    text: Arc<str>,
    dialect: Dialect,
    /// Whether it is looked into for what it calls: a test only where it was asked for.
    is_searched: bool,
    summary: OnceLock<Summary>,
    /// The folders at the top that it is in or imports from.
    tops: OnceLock<Arc<[SmolStr]>>,
}

/// A set of texts that may name each other.
pub struct MemoryProgram {
    files: Vec<MemoryFile>,
    by_path: FxHashMap<Arc<str>, FileId>,
    cache: StatementCache,
    store: Option<Arc<dyn SummaryStore>>,
    definitions: DashMap<(FileId, SmolStr), Definitions, FxBuildHasher>,
    /// The files that call a name, of those worth looking into.
    callers: OnceLock<FxHashMap<SmolStr, Vec<FileId>>>,
    methods: DashMap<SmolStr, Methods, FxBuildHasher>,
    /// The files that have methods, by the names of these.
    with_method: OnceLock<FxHashMap<SmolStr, Vec<FileId>>>,
    /// The classes below others, by the last name that these are called by.
    subclasses: OnceLock<FxHashMap<SmolStr, Subclasses>>,
    /// The files with classes that have an attribute, by its name.
    holders: OnceLock<FxHashMap<SmolStr, Vec<FileId>>>,
    /// The other names that things go by.
    renames: OnceLock<FxHashMap<SmolStr, Vec<SmolStr>>>,
    /// What all texts may define, whether they are looked into or not.
    defined: Defined,
    modules: DashMap<(FileId, SmolStr), Option<FileId>, FxBuildHasher>,
    /// What imports mean by configuration.
    projects: Projects,
    /// The files worth looking into: those with anchor words, and those that name a wrapper.
    relevant: Vec<FileId>,
    /// The functions that lead to a call of the tables, by name.
    leading: Leads,
    /// Functions of others that access objects.
    wrappers: Arc<[NamedWrapper]>,
    /// Whether the files are many programs side by side.
    is_crowded: bool,
}

impl MemoryProgram {
    /// Takes texts by their paths (relative, `/` between the parts), project files
    /// ([`is_project_file`]) among them; what else is in no language that Blue reads is left out. Nothing is parsed yet but what holds a word of the API tables, and
    /// what names a function found to be a wrapper, up to four rounds.
    pub fn new(texts: impl IntoIterator<Item = (Arc<str>, Arc<str>)>) -> MemoryProgram {
        MemoryProgram::with_wrappers(texts, Arc::default())
    }

    /// The same, where the tests that were not asked for are not looked into: nothing of them is told, and a test is no
    /// caller. What others import from one is read.
    pub fn without_tests(
        texts: impl IntoIterator<Item = (Arc<str>, Arc<str>)>,
        is_asked: impl Fn(&str) -> bool,
    ) -> MemoryProgram {
        let is_searched = |path: &str| !is_test_path(path) || is_asked(path);
        MemoryProgram::made(texts, Arc::default(), None, is_searched)
    }

    /// The same, where summaries are asked of a store before a file is parsed, and put there after.
    pub fn with_store(
        texts: impl IntoIterator<Item = (Arc<str>, Arc<str>)>,
        store: Arc<dyn SummaryStore>,
    ) -> MemoryProgram {
        MemoryProgram::made(texts, Arc::default(), Some(store), |_| true)
    }

    /// The same, where functions of others are known to access objects.
    pub fn with_wrappers(
        texts: impl IntoIterator<Item = (Arc<str>, Arc<str>)>,
        wrappers: Arc<[NamedWrapper]>,
    ) -> MemoryProgram {
        MemoryProgram::made(texts, wrappers, None, |_| true)
    }

    fn made(
        texts: impl IntoIterator<Item = (Arc<str>, Arc<str>)>,
        wrappers: Arc<[NamedWrapper]>,
        store: Option<Arc<dyn SummaryStore>>,
        is_searched: impl Fn(&str) -> bool,
    ) -> MemoryProgram {
        let mut files = Vec::new();
        let mut by_path = FxHashMap::default();
        let mut configs: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        for (path, text) in texts {
            let Some(dialect) = Dialect::of_path(&path) else {
                if is_project_file(&path) {
                    configs.push((path, text));
                }
                continue;
            };
            by_path.insert(path.clone(), FileId(files.len() as u32));
            files.push(MemoryFile {
                // Nothing runs in JSON: it is read where code imports it.
                is_searched: Dialect::of_program(&path).is_some() && is_searched(&path),
                path,
                text,
                dialect,
                summary: OnceLock::new(),
                tops: OnceLock::new(),
            });
        }
        let projects = Projects::read(
            configs.iter().map(|(path, text)| (&**path, &**text)),
            by_path.keys().map(|path| &**path),
        );
        let mut program = MemoryProgram {
            files,
            by_path,
            cache: StatementCache::default(),
            store,
            definitions: DashMap::default(),
            callers: OnceLock::new(),
            methods: DashMap::default(),
            with_method: OnceLock::new(),
            subclasses: OnceLock::new(),
            holders: OnceLock::new(),
            renames: OnceLock::new(),
            defined: Defined::default(),
            modules: DashMap::default(),
            projects,
            relevant: Vec::new(),
            leading: Leads::default(),
            wrappers,
            is_crowded: false,
        };
        program.find_relevant();
        program
    }

    /// All files, in order.
    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        (0..self.files.len() as u32).map(FileId)
    }

    /// The files worth looking into, in order.
    pub fn relevant(&self) -> &[FileId] {
        &self.relevant
    }

    /// The summary of a file, made when first asked for.
    pub fn summary(&self, file: FileId) -> &Summary {
        let file = &self.files[file.0 as usize];
        file.summary.get_or_init(|| {
            let store = self.store.as_deref();
            let of = (&*file.path, &*file.text);
            summarise_stored(of, file.dialect, &self.cache, store).unwrap_or_default()
        })
    }

    /// The text of a file.
    pub fn text(&self, file: FileId) -> &Arc<str> {
        &self.files[file.0 as usize].text
    }

    /// Whether a file that nobody needed yet holds no such word, so that it need not be parsed to know that it binds no
    /// such name: what a package hands out of its modules is asked of one after the other.
    fn is_without(&self, file: FileId, word: &str) -> bool {
        let file = &self.files[file.0 as usize];
        file.summary.get().is_none()
            && word.chars().all(is_of_word)
            && memchr::memmem::find(file.text.as_bytes(), word.as_bytes()).is_none()
    }

    /// Whether a file of Python that nobody needed yet takes no names of others whole (`from x import *`).
    fn is_without_stars(&self, file: FileId) -> bool {
        let file = &self.files[file.0 as usize];
        let imports = |at: usize| file.text[..at].trim_end().ends_with("import");
        file.summary.get().is_none()
            && file.dialect.language() == Language::Python
            && !memchr::memchr_iter(b'*', file.text.as_bytes()).any(imports)
    }

    /// Whether a file that is not looked into may have a method of that name.
    fn is_defined_elsewhere(&self, file: FileId, name: &str) -> bool {
        let language = self.files[file.0 as usize].dialect.language();
        let may_define = |other: FileId| {
            let file = &self.files[other.0 as usize];
            file.dialect.language() == language
                && !is_test_path(&file.path)
                && self.relevant.binary_search(&other).is_err()
                && may_define(&file.text, language, name)
        };
        match self.defined.by(name) {
            Some(mut files) => files.any(may_define),
            None => self.files().any(may_define),
        }
    }

    /// The files worth looking into, and the names that lead to a call of the tables: see `leads.rs`.
    fn find_relevant(&mut self) {
        self.leading = self.wrappers.iter().map(NamedWrapper::lead).collect();
        let mut names = self.leading.names_beyond(&Leads::default());
        for round in 0..=LEAD_ROUNDS {
            let looked_into = self.relevant.len();
            let new = self.new_files(&names, round == 0);
            if round == 0 {
                let interesting = new.iter().filter(|file| {
                    let file = &self.files[file.0 as usize];
                    counts_for_crowd(&file.path) && is_of_interest(&file.text)
                });
                self.is_crowded = interesting.count() > CROWD;
            }
            self.look_into(new);
            if round > 0 && self.relevant.len() == looked_into {
                return; // The same files say the same.
            }
            if round == 0 && !self.relevant.is_empty() {
                let files = self.files.par_iter();
                let texts = files.map(|file| (&*file.text, file.dialect.language()));
                self.defined = Defined::of(texts);
            }
            let before = self.leading.clone();
            self.leading = all_leads(self, &self.relevant, before.clone());
            names = self.leading.names_beyond(&before);
            if names.is_empty() {
                return;
            }
        }
    }

    /// The files that a round looks into besides: who calls some names, and in the first all that is of interest.
    fn new_files(&self, names: &[SmolStr], is_first: bool) -> Vec<FileId> {
        let search = RoundSearch::new(names, &self.leading);
        let known = &self.relevant;
        let ids = (0..self.files.len() as u32).into_par_iter().map(FileId);
        let found = ids.filter_map(|id| {
            let file = &self.files[id.0 as usize];
            if !file.is_searched || known.binary_search(&id).is_ok() {
                return None;
            }
            if is_first && is_of_interest(&file.text) {
                return Some((id, None));
            }
            let called = search.as_ref()?.called(&file.path, &file.text)?;
            Some((id, Some(called)))
        });
        let found: Vec<(FileId, Option<Called>)> = found.collect();
        let called = found.iter().filter_map(|(_, called)| called.as_ref());
        let counts = search.as_ref().map(|search| search.count(called));
        let common = Common::of(counts.unwrap_or_default());
        let counts = |called: &Option<Called>| called.as_ref().is_none_or(|it| it.counts(&common));
        let found = found.into_iter().filter(|(_, called)| counts(called));
        found.map(|(id, _)| id).collect()
    }

    /// Takes files as worth looking into.
    fn look_into(&mut self, new: Vec<FileId>) {
        // By all threads: who asks for the callers of a name would read all files by itself.
        new.par_iter().for_each(|file| {
            self.summary(*file);
        });
        self.relevant.extend(new);
        self.relevant.sort_unstable();
        // They are of the files that are looked into.
        self.methods.clear();
        self.with_method = OnceLock::new();
        self.callers = OnceLock::new();
        self.subclasses = OnceLock::new();
        self.holders = OnceLock::new();
        self.renames = OnceLock::new();
    }
}

impl Program for MemoryProgram {
    fn interface(&self, file: FileId) -> Arc<Interface> {
        self.summary(file).interface.clone()
    }

    fn definitions(&self, file: FileId, name: &str) -> Definitions {
        let key = (file, SmolStr::from(name));
        if let Some(known) = self.definitions.get(&key) {
            return known.clone();
        }
        if name != DEFAULT && self.is_without(file, name) {
            return Definitions::default();
        }
        let found = definitions_in(&self.summary(file).interface, name);
        self.definitions.insert(key, found.clone());
        found
    }

    fn definition_places(&self, file: FileId, name: &str) -> Arc<[u32]> {
        definition_places_in(&self.summary(file).interface, name)
    }

    fn packages(&self, file: FileId) -> Arc<[SmolStr]> {
        self.summary(file).interface.packages()
    }

    fn calls(&self, file: FileId, name: &str) -> Calls {
        calls_of(&self.summary(file).interface, name)
    }

    fn star_imports(&self, file: FileId) -> Arc<[SmolStr]> {
        if self.is_without_stars(file) {
            return Arc::default();
        }
        star_imports_in(&self.summary(file).interface)
    }

    fn module(&self, from: FileId, module: &str) -> Option<FileId> {
        let key = (from, SmolStr::from(module));
        if let Some(known) = self.modules.get(&key) {
            return *known;
        }
        let from = &self.files[from.0 as usize];
        let language = from.dialect.language();
        let candidates = candidates(&from.path, module, language, &self.projects);
        let found = candidates
            .iter()
            .find_map(|path| self.by_path.get(path.as_str()))
            .copied();
        self.modules.insert(key, found);
        found
    }

    fn callers(&self, name: &str) -> Arc<[FileId]> {
        let by_name = self.callers.get_or_init(|| {
            let mut by_name: FxHashMap<SmolStr, Vec<FileId>> = FxHashMap::default();
            for file in &self.relevant {
                for name in self.summary(*file).interface.called_names() {
                    by_name.entry(name).or_default().push(*file);
                }
            }
            by_name
        });
        by_name
            .get(name)
            .map_or_else(Arc::default, |files| files.as_slice().into())
    }

    fn methods(&self, name: &str) -> Methods {
        if let Some(known) = self.methods.get(name) {
            return known.clone();
        }
        let by_name = self.with_method.get_or_init(|| {
            let mut by_name: FxHashMap<SmolStr, Vec<FileId>> = FxHashMap::default();
            for file in &self.relevant {
                for name in method_names_in(&self.summary(*file).interface) {
                    let files = by_name.entry(name.clone()).or_default();
                    if files.last() != Some(file) {
                        files.push(*file);
                    }
                }
            }
            by_name
        });
        let mut found = Vec::new();
        for file in by_name.get(name).into_iter().flatten() {
            for (facts, func) in methods_in(&self.summary(*file).interface, name) {
                found.push((*file, facts, func));
            }
        }
        // The only one that was looked into need not be the only one.
        if let [(only, ..)] = found.as_slice()
            && self.is_defined_elsewhere(*only, name)
        {
            found.clear();
        }
        let found: Methods = found.into();
        self.methods.insert(name.into(), found.clone());
        found
    }

    fn subclasses(&self, name: &str) -> Subclasses {
        let by_name = self.subclasses.get_or_init(|| {
            let mut by_name: FxHashMap<SmolStr, Vec<(FileId, Arc<Facts>, u32)>> =
                FxHashMap::default();
            for file in &self.relevant {
                for facts in &self.summary(*file).interface.items {
                    for (index, class) in facts.classes.iter().enumerate() {
                        for name in class.bases.iter().filter_map(base_name) {
                            let found = by_name.entry(name.clone()).or_default();
                            found.push((*file, facts.clone(), index as u32));
                        }
                    }
                }
            }
            let shared = by_name.into_iter();
            shared.map(|(name, found)| (name, found.into())).collect()
        });
        by_name.get(name).cloned().unwrap_or_default()
    }

    fn holders(&self, name: &str) -> Holders {
        let by_name = self.holders.get_or_init(|| {
            let mut by_name: FxHashMap<SmolStr, Vec<FileId>> = FxHashMap::default();
            for file in &self.relevant {
                let items = &self.summary(*file).interface.items;
                for name in items.iter().flat_map(|facts| attributes_in(facts)) {
                    let files = by_name.entry(name.clone()).or_default();
                    if files.last() != Some(file) {
                        files.push(*file);
                    }
                }
            }
            by_name
        });
        let files = by_name.get(name).into_iter().flatten();
        let found = files.flat_map(|file| {
            let found = holders_in(&self.summary(*file).interface, name).into_iter();
            found.map(|(facts, class)| (*file, facts, class))
        });
        found.collect()
    }

    fn other_names(&self, name: &str) -> Arc<[SmolStr]> {
        let by_name = self.renames.get_or_init(|| {
            let mut by_name: FxHashMap<SmolStr, Vec<SmolStr>> = FxHashMap::default();
            for file in &self.relevant {
                for rename in self.summary(*file).interface.renames() {
                    let others = by_name.entry(rename.original.clone()).or_default();
                    if !others.contains(&rename.alias) {
                        others.push(rename.alias.clone());
                    }
                }
            }
            by_name
        });
        by_name
            .get(name)
            .map_or_else(Arc::default, |names| names.as_slice().into())
    }

    fn leads(&self, name: &str, from: FileId) -> bool {
        self.leading.leads_from(name, &Near::of(self, from))
    }

    fn is_crowded(&self) -> bool {
        self.is_crowded
    }

    fn tops(&self, file: FileId) -> Arc<[SmolStr]> {
        let known = &self.files[file.0 as usize].tops;
        known.get_or_init(|| tops_of(self, file)).clone()
    }

    fn address_leads(&self, name: &str, from: FileId) -> Option<Arc<[Lead]>> {
        self.leading.addresses_from(name, &Near::of(self, from))
    }

    fn wrappers(&self) -> Arc<[NamedWrapper]> {
        self.wrappers.clone()
    }

    fn path(&self, file: FileId) -> Arc<str> {
        self.files[file.0 as usize].path.clone()
    }

    fn poll(&self) {}
}
