//! What was found out about a program, for whoever asks the next question of it: what names and calls are worth, and
//! what functions do. Each thing is kept with what was read on the way to it, so that the program can tell whether it
//! holds still ([`crate::Program::read_again`]).

use std::rc::Rc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::behind::{Behind, Entered};
use crate::eval::{Evaluator, Worth};
use crate::made::Made;
use crate::namesakes::Namesake;
use crate::program::{Program, Read};
use crate::sites::{CallPlace, Finder, Use, Ways};
use crate::value::{ClassRef, FuncRef};

/// See the module.
#[derive(Default)]
pub struct Known {
    worth: Worth,
    /// Where any way through a function counts, and where those alone do that are not ruled out.
    any: Functions,
    open: Functions,
}

/// Answers, each with what was read for it.
type Kept<K, V> = FxHashMap<K, (V, Read)>;

/// What is known of functions.
#[derive(Default)]
pub(crate) struct Functions {
    /// Whether they come to a call of the tables.
    pub(crate) reaching: Kept<FuncRef, bool>,
    pub(crate) callers: Kept<FuncRef, Rc<[CallPlace]>>,
    /// How objects of classes are made, by how deep within other objects.
    pub(crate) makers: Kept<(ClassRef, usize), Option<Rc<[Made]>>>,
    /// What they do with their parameters unknown.
    pub(crate) open: Kept<FuncRef, Rc<[Use]>>,
    /// The same, of methods on the objects as they are made.
    pub(crate) open_as_made: Kept<FuncRef, Rc<[Use]>>,
    /// What they do with what they are given.
    pub(crate) behind: FxHashMap<Entered, Behind>,
    /// The methods of a name, wherever a class has one, in a crowd under a folder at the top.
    pub(crate) namesakes: Kept<(SmolStr, SmolStr), Rc<[Namesake]>>,
}

impl Known {
    /// How many things are remembered.
    pub fn remembers(&self) -> usize {
        let functions = [&self.any, &self.open].map(|it| it.behind.len() + it.callers.len());
        self.worth.remembers() + functions.iter().sum::<usize>()
    }

    /// Forgets what nobody can ask for again.
    pub fn tidy(&mut self) {
        self.worth.tidy();
    }

    fn of(&mut self, ways: Ways) -> &mut Functions {
        match ways {
            Ways::Any => &mut self.any,
            Ways::Open => &mut self.open,
        }
    }

    /// Finds something out with what is known.
    pub(crate) fn find<'p, R>(
        &mut self,
        program: &'p dyn Program,
        ways: Ways,
        find: impl FnOnce(&mut Finder<'p>) -> R,
    ) -> R {
        let mut finder = Finder {
            eval: Evaluator::knowing(program, std::mem::take(&mut self.worth)),
            functions: std::mem::take(self.of(ways)),
            ways,
            is_on_way: false,
            ..Finder::new(program)
        };
        let found = find(&mut finder);
        *self.of(ways) = finder.functions;
        self.worth = finder.eval.into_worth();
        found
    }
}
