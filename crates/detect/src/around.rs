//! What a look at a statement by its syntax asks of the file around it: what is imported there, and
//! what binds a name. A [`Program`] is asked, and not the whole file, so that an answer does not hang on
//! more of the file than was asked for.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::facts::{Expr, Facts, ImportItem};
use crate::index::DEFAULT;
use crate::program::Program;
use crate::value::FileId;

pub(crate) trait Around {
    /// The packages that something is imported from, of those that rows of the API tables ask about. Sorted.
    fn packages(&self) -> Arc<[SmolStr]>;

    /// What binds a name of the module last: the statement, and the index in its definitions.
    fn binds(&self, name: &str) -> Option<(Arc<Facts>, u32)>;
}

/// A file of a program.
#[derive(Clone, Copy)]
pub(crate) struct InFile<'p> {
    pub(crate) program: &'p dyn Program,
    pub(crate) file: FileId,
}

impl InFile<'_> {
    /// The name that an imported one has where it comes from, where that is another.
    pub(crate) fn original(&self, alias: &str) -> Option<smol_str::SmolStr> {
        let bound = self.program.definitions(self.file, alias);
        bound.iter().find_map(|(facts, index)| {
            let Expr::Import(import) = facts.definitions[*index as usize].value else {
                return None;
            };
            match &facts.imports[import as usize].item {
                ImportItem::Named(name) if name != alias => Some(name.clone()),
                // `const put = require("./put")`: what is called is what the module is.
                ImportItem::Module => Some(DEFAULT.into()),
                _ => None,
            }
        })
    }
}

impl Around for InFile<'_> {
    fn packages(&self) -> Arc<[SmolStr]> {
        self.program.packages(self.file)
    }

    fn binds(&self, name: &str) -> Option<(Arc<Facts>, u32)> {
        self.program.definitions(self.file, name).last().cloned()
    }
}
