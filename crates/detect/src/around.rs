//! What a look at a statement by its syntax asks of the file around it: what is imported there, and
//! what binds a name. Two things answer: an [`Interface`], where a whole file is looked at, and a
//! [`Program`], where an answer must not hang on more of the file than was asked for.

use std::sync::Arc;

use crate::facts::{Facts, Interface};
use crate::program::Program;
use crate::value::FileId;

pub(crate) trait Around {
    /// Whether something is imported from that module or from one below it.
    fn imports(&self, module: &str) -> bool;

    /// What binds a name of the module last: the statement, and the index in its definitions.
    fn binds(&self, name: &str) -> Option<(Arc<Facts>, u32)>;
}

impl Around for Interface {
    fn imports(&self, module: &str) -> bool {
        Interface::imports(self, module)
    }

    fn binds(&self, name: &str) -> Option<(Arc<Facts>, u32)> {
        let (item, index) = self.defined(name).last()?;
        Some((self.items[item as usize].clone(), index))
    }
}

/// A file of a program.
pub(crate) struct InFile<'p> {
    pub(crate) program: &'p dyn Program,
    pub(crate) file: FileId,
}

impl Around for InFile<'_> {
    fn imports(&self, module: &str) -> bool {
        self.program.imports(self.file, module)
    }

    fn binds(&self, name: &str) -> Option<(Arc<Facts>, u32)> {
        self.program.definitions(self.file, name).last().cloned()
    }
}
