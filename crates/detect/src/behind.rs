//! What a function does with what it is given, found out once for all calls that give it the same. In a large program
//! nine of ten such questions were asked before: by another caller, for another use, on another way through.
//!
//! An answer may hang on how much of its question's budget is left ([`Finder::question`]): it is taken again only where it
//! would come out the same. What it took is counted as if it had been found out anew.

use std::rc::Rc;

use crate::program::Read;
use crate::sites::{Finder, Use};
use crate::value::{Closure, FrameRef, FuncRef, Value, Values};

/// A function with all that its answer hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Entered {
    func: FuncRef,
    this: Option<Value>,
    outer: Option<FrameRef>,
    args: Vec<Option<Values>>,
    /// How many wrappers further it may go.
    depth: usize,
    is_on_way: bool,
}

/// What a function was found to do.
pub(crate) struct Behind {
    uses: Rc<[Use]>,
    /// The steps that were left when it was asked.
    left: u64,
    /// Those that it took: all that were left, where it was cut short.
    took: u64,
    read: Read,
}

impl Behind {
    fn holds_with(&self, left: u64) -> bool {
        self.left == left || self.took < self.left && self.took < left
    }
}

impl Finder<'_> {
    /// The uses in a function that is called with some arguments, as [`Finder::uses_in`] finds them.
    pub(crate) fn uses_with(
        &mut self,
        closure: &Closure,
        args: Vec<Option<Values>>,
        depth: usize,
    ) -> Rc<[Use]> {
        let entered = Entered {
            func: closure.func.clone(),
            this: closure.this.as_deref().cloned(),
            outer: closure.outer.clone(),
            args,
            depth,
            is_on_way: self.is_on_way,
        };
        let left = self.left();
        if let Some(known) = self.functions.behind.get(&entered)
            && known.holds_with(left)
            && self.program.read_again(known.read)
        {
            self.eval.total += known.took;
            return known.uses.clone();
        }
        self.program.note();
        let scope = self.eval.enter(closure, entered.args.clone());
        let uses: Rc<[Use]> = self.uses_in(&closure.func, &scope, depth).into();
        let behind = Behind {
            uses: uses.clone(),
            left,
            took: left - self.left(),
            read: self.program.noted(),
        };
        self.functions.behind.insert(entered, behind);
        uses
    }

    /// The steps that the question in hand may take still.
    fn left(&self) -> u64 {
        self.limit.saturating_sub(self.eval.total)
    }
}
