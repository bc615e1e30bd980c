//! The search for leads in a program that is held in memory (`leads.rs` has the rule). Each thread has files of its own,
//! from the first step to the last: what names and calls are worth hangs on no lead, so that what it has worked out
//! in one step is there in the next.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::confirm::leads_by;
use crate::crowds::Near;
use crate::eval::Evaluator;
use crate::facts::Interface;
use crate::leads::{Lead, Leads};
use crate::memory::MemoryProgram;
use crate::named::NamedWrapper;
use crate::program::{Calls, Definitions, Holders, Methods, Program, Subclasses};
use crate::value::FileId;

/// Files that stand side by side go to one thread, so many at once: they share most of what they name.
const TOGETHER: usize = 8;
/// More values than this are not remembered: of a large tree they take more memory than all of its facts.
const MOST_REMEMBERED: usize = 100_000;

/// A thread, what it is asked and what it answers.
struct Worker<'scope> {
    steps: Sender<Step>,
    found: Receiver<Vec<Lead>>,
    thread: std::thread::ScopedJoinHandle<'scope, ()>,
}

/// A name of new leads, and the folders at the top that these are in.
type Fresh = (SmolStr, Vec<SmolStr>);

/// What is known at the beginning of a step.
#[derive(Clone)]
struct Step {
    known: Arc<Leads>,
    /// What the step before has found; `None` in the first.
    fresh: Option<Arc<[Fresh]>>,
}

/// All leads of some files, with those that are known: the files are asked again until there are no more.
pub(crate) fn all_leads(program: &MemoryProgram, files: &[FileId], known: Leads) -> Leads {
    let threads = rayon::current_num_threads();
    let threads = threads.min(files.len().div_ceil(TOGETHER)).max(1);
    if threads == 1 {
        let host = Host::of(program);
        let mut asking = Asking::new(&host, files.to_vec());
        return until_no_more(known, |step| asking.leads(step));
    }
    std::thread::scope(|scope| {
        let workers: Vec<Worker<'_>> = (0..threads)
            .map(|thread| {
                let mine = files.chunks(TOGETHER).skip(thread).step_by(threads);
                let mine: Vec<FileId> = mine.flatten().copied().collect();
                let (steps, asked) = channel::<Step>();
                let (answer, found) = channel();
                let thread = scope.spawn(move || {
                    let host = Host::of(program);
                    let mut asking = Asking::new(&host, mine);
                    for step in asked {
                        if answer.send(asking.leads(&step)).is_err() {
                            return;
                        }
                    }
                });
                Worker {
                    steps,
                    found,
                    thread,
                }
            })
            .collect();
        let leads = until_no_more(known, |step| {
            for worker in &workers {
                // Who does not listen any more has panicked, which is told below.
                let _ = worker.steps.send(step.clone());
            }
            let found = workers.iter();
            found
                .filter_map(|worker| worker.found.recv().ok())
                .flatten()
                .collect()
        });
        for Worker { steps, thread, .. } in workers {
            drop(steps);
            // With the words of the fault: the scope's own panic has none.
            thread
                .join()
                .unwrap_or_else(|fault| std::panic::resume_unwind(fault));
        }
        leads
    })
}

fn until_no_more(known: Leads, mut leads: impl FnMut(&Step) -> Vec<Lead>) -> Leads {
    let mut step = Step {
        known: Arc::new(known),
        fresh: None,
    };
    loop {
        let mut known = (*step.known).clone();
        for lead in leads(&step) {
            known.insert(lead);
        }
        let names = known.names_beyond(&step.known);
        if names.is_empty() {
            return known;
        }
        let tops = |name: &SmolStr| {
            let tops = known.of(name).iter().map(|lead| lead.home.top.clone());
            let mut tops: Vec<SmolStr> = tops.collect();
            tops.sort_unstable();
            tops.dedup();
            tops
        };
        let fresh = names.into_iter().map(|name| (name.clone(), tops(&name)));
        step = Step {
            fresh: Some(fresh.collect()),
            known: Arc::new(known),
        };
    }
}

/// One thread's files.
struct Asking<'h> {
    host: &'h Host<'h>,
    files: Vec<FileId>,
    eval: Option<Evaluator<'h>>,
    /// By file: the names of which was asked whether they lead anywhere.
    asked: FxHashMap<FileId, FxHashSet<SmolStr>>,
}

impl<'h> Asking<'h> {
    fn new(host: &'h Host<'h>, files: Vec<FileId>) -> Asking<'h> {
        Asking {
            host,
            files,
            eval: None,
            asked: FxHashMap::default(),
        }
    }

    /// The new leads of those files that may have any.
    fn leads(&mut self, step: &Step) -> Vec<Lead> {
        self.host.known.replace(step.known.clone());
        let mut found = Vec::new();
        for at in 0..self.files.len() {
            let file = self.files[at];
            let near = Near::of(self.host.program, file);
            let is_near = |tops: &[SmolStr]| tops.iter().any(|top| near.is_under(top));
            if let (Some(asked), Some(fresh)) = (self.asked.get(&file), &step.fresh)
                && !fresh
                    .iter()
                    .any(|(name, tops)| asked.contains(name) && is_near(tops))
            {
                continue;
            }
            let eval = self.eval.take();
            let eval = eval.filter(|eval| eval.remembers() < MOST_REMEMBERED);
            let eval = eval.unwrap_or_else(|| Evaluator::new(self.host));
            let items = &self.host.program.summary(file).interface.items;
            let (of_file, eval) = leads_by(eval, self.host, file, items, &step.known);
            self.eval = Some(eval);
            self.asked.insert(file, of_file.asked);
            found.extend(of_file.leads);
        }
        found
    }
}

/// The program, with the leads that are known in a step.
struct Host<'p> {
    program: &'p MemoryProgram,
    known: RefCell<Arc<Leads>>,
}

impl<'p> Host<'p> {
    fn of(program: &'p MemoryProgram) -> Host<'p> {
        Host {
            program,
            known: RefCell::default(),
        }
    }
}

impl Program for Host<'_> {
    fn interface(&self, file: FileId) -> Arc<Interface> {
        self.program.interface(file)
    }

    fn definitions(&self, file: FileId, name: &str) -> Definitions {
        self.program.definitions(file, name)
    }

    fn definition_places(&self, file: FileId, name: &str) -> Arc<[u32]> {
        self.program.definition_places(file, name)
    }

    fn packages(&self, file: FileId) -> Arc<[SmolStr]> {
        self.program.packages(file)
    }

    fn calls(&self, file: FileId, name: &str) -> Calls {
        self.program.calls(file, name)
    }

    fn star_imports(&self, file: FileId) -> Arc<[SmolStr]> {
        self.program.star_imports(file)
    }

    fn module(&self, from: FileId, module: &str) -> Option<FileId> {
        self.program.module(from, module)
    }

    fn callers(&self, name: &str) -> Arc<[FileId]> {
        self.program.callers(name)
    }

    fn methods(&self, name: &str) -> Methods {
        self.program.methods(name)
    }

    fn subclasses(&self, name: &str) -> Subclasses {
        self.program.subclasses(name)
    }

    fn holders(&self, name: &str) -> Holders {
        self.program.holders(name)
    }

    fn other_names(&self, name: &str) -> Arc<[SmolStr]> {
        self.program.other_names(name)
    }

    fn leads(&self, name: &str, from: FileId) -> bool {
        let known = self.known.borrow();
        known.leads_from(name, &Near::of(self.program, from))
    }

    fn is_crowded(&self) -> bool {
        self.program.is_crowded()
    }

    fn tops(&self, file: FileId) -> Arc<[SmolStr]> {
        self.program.tops(file)
    }

    fn address_leads(&self, name: &str, from: FileId) -> Option<Arc<[Lead]>> {
        let known = self.known.borrow();
        known.addresses_from(name, &Near::of(self.program, from))
    }

    fn wrappers(&self) -> Arc<[NamedWrapper]> {
        self.program.wrappers()
    }

    fn path(&self, file: FileId) -> Arc<str> {
        self.program.path(file)
    }

    fn poll(&self) {
        self.program.poll();
    }
}
