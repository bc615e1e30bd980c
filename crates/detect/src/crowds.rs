//! Trees that hold many programs side by side: unpacked packages, a folder of checkouts, what an interpreter has
//! installed. Nearly all names are there many times over, and mean another thing each time. So a call means there what
//! stands under the same folder at the top of the tree, or under one that its file imports from.
//!
//! Of Python alone: a package of JavaScript is imported by a name that is no folder's.

use std::cell::OnceCell;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::language::{Dialect, Language};
use crate::leads::Lead;
use crate::program::Program;
use crate::value::FileId;

/// A tree with more files of Python than this that hold words of the tables is taken to be a crowd. The largest single
/// programs have some hundreds.
pub const CROWD: usize = 2_000;

/// The folder at the top of the tree that a file of Python is in; empty for all others.
pub(crate) fn top_of(path: &str) -> &str {
    match path.trim_start_matches('/').split_once('/') {
        Some((top, _)) if counts_for_crowd(path) => top,
        _ => "",
    }
}

/// The folder at the top that a file of Python is in where the files are a crowd; empty elsewhere.
pub(crate) fn top_in_crowd(program: &dyn Program, path: &str) -> SmolStr {
    match program.is_crowded() {
        true => top_of(path).into(),
        false => SmolStr::default(),
    }
}

/// Whether a file is one of those that make a crowd.
pub fn counts_for_crowd(path: &str) -> bool {
    Dialect::of_path(path).is_some_and(|it| it.language() == Language::Python)
}

/// The folders at the top that a file is in or imports something from. Sorted, each once.
pub fn tops_of(program: &dyn Program, file: FileId) -> Arc<[SmolStr]> {
    let interface = program.interface(file);
    let imports = interface.items.iter().flat_map(|facts| &facts.imports);
    let mut modules: Vec<&SmolStr> = imports.map(|import| &import.module).collect();
    modules.sort_unstable();
    modules.dedup();
    let mut tops = vec![top_of(&program.path(file)).into()];
    // By its dots a module stands under the same folder.
    for module in modules.into_iter().filter(|it| !it.starts_with('.')) {
        let target = program.module(file, module);
        tops.extend(target.map(|target| top_of(&program.path(target)).into()));
    }
    tops.sort_unstable();
    tops.dedup();
    tops.into()
}

/// What is near a file, asked for when it is needed: of what is in no crowd it never is.
pub struct Near<'p> {
    program: &'p dyn Program,
    file: FileId,
    tops: OnceCell<Arc<[SmolStr]>>,
}

impl<'p> Near<'p> {
    /// That of a file.
    pub fn of(program: &'p dyn Program, file: FileId) -> Near<'p> {
        Near {
            program,
            file,
            tops: OnceCell::new(),
        }
    }

    /// Whether a call in the file may mean a function that leads somewhere.
    pub(crate) fn is(&self, lead: &Lead) -> bool {
        self.is_under(&lead.home.top)
    }

    /// Whether it may mean something under a folder at the top; always where none is said.
    pub fn is_under(&self, top: &SmolStr) -> bool {
        let tops = || self.program.tops(self.file);
        top.is_empty() || self.tops.get_or_init(tops).binary_search(top).is_ok()
    }
}
