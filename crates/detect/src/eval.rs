//! What an expression is worth: names followed across files, helpers called with their arguments,
//! instances asked for their fields.
//!
//! Every answer is a function of the facts alone, never of who asked first. Two things could spoil
//! that, and are kept from it: a value that depends on itself (every member of such a cycle is a
//! hole, found with Tarjan's low-links), and a budget (the steps of a value are counted as if
//! nothing had been remembered, and are remembered with it).

mod calls;
mod classes;
mod comparisons;
mod containers;
mod contexts;
mod correlated;
mod defaults;
mod elements;
mod enumerations;
mod formatted;
mod frameworks;
mod functional;
mod guards;
mod hooks;
mod implementations;
mod instances;
mod kept;
mod lazy;
mod members;
mod names;
mod objects;
mod operators;
mod quantities;
mod reached;
mod tested_text;
mod ways;

pub(crate) use elements::any_part;
pub(crate) use hooks::{hooks, is_hook};
pub(crate) use objects::option_name;
pub(crate) use operators::given_or;

use self::reached::Assumption;

pub(crate) use self::calls::{gives_what_is_asked, made_of, parts_of_call};

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::facts::{
    Arg, ArgKind, Expr, Facts, FunctionKind, ImportItem, Operator, ParamKind, Test,
};
use crate::language::Language;
use crate::program::{Program, Read};
use crate::shared::Shared;
use crate::value::{
    Args, Chooser, ClassRef, Closure, FileId, FrameRef, FuncRef, MapValue, Part, Text, Value,
    Values, Why,
};
use crate::walk::{RED_ZONE, STACK_STEP};

/// A value that takes more steps than this, counting those of all it is made of, is a hole.
const MAX_STEPS: u32 = 2_000;
/// What a part that is a hole for its steps counts as, in the steps of what it is a part of.
const TOO_MANY: u32 = MAX_STEPS / 2;
/// So is one with more names and calls than this between it and the last thing it is made of.
const MAX_HEIGHT: u32 = 1_000;
/// A call counts as this many names in that: nobody follows a key through twenty helpers.
const CALL_HEIGHT: u32 = 50;

/// A root that begins more values than this ends as a hole. The bounds above are on what a value
/// takes by itself; members of cycles take one step each, and code in which every method returns a
/// new object made of the last one (a fluent interface over thousands of methods) has cycles without
/// end. It is far beyond what any other code takes: such a root is the one place where what was
/// remembered may tell, and the alternative is not to answer at all.
const MAX_BEGUN: usize = 10_000;

/// A class that inherits from more than this is generated.
const MAX_ANCESTORS: usize = 32;

/// What it takes to work a value out, as if nothing had been remembered.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    steps: u32,
    height: u32,
}

impl Cost {
    const TOO_HIGH: Cost = Cost {
        steps: MAX_STEPS + 1,
        height: MAX_HEIGHT + 1,
    };

    fn add(&mut self, part: Cost) {
        self.steps = self.steps.saturating_add(part.steps);
        self.height = self.height.max(part.height);
    }

    /// What it is to a value made with it, where it is worked out once for all of them.
    fn of_a_name(self) -> Cost {
        Cost {
            steps: 1,
            height: self.height,
        }
    }

    /// What it is to a value made with it: what took too many steps is a hole, whoever asks, and leaves the others some.
    fn of_a_part(self) -> Cost {
        match self.steps > MAX_STEPS && self.height <= MAX_HEIGHT {
            true => Cost {
                steps: TOO_MANY,
                ..self
            },
            false => self,
        }
    }

    fn is_too_much(self) -> bool {
        self.steps > MAX_STEPS || self.height > MAX_HEIGHT
    }
}

/// A function at work: what its parameters are worth.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) func: FuncRef,
    /// By parameter; `None` where nobody gave a value.
    args: Vec<Option<Values>>,
    this: Option<Value>,
    outer: Option<FrameRef>,
    /// The steps that its local names took, each once. Not counted where nobody called: there each
    /// name has a budget of its own.
    spent: Option<Cell<u32>>,
    /// Names of the function, and parts of what they stand for, that stand for some of their alternatives alone, where a
    /// condition asked about them; and the answers of conditions, where those are told apart.
    assumed: Vec<Assumption>,
    /// Whether it is at work on one of several ways ([`Evaluator::ways`]), which are not parted again.
    is_way: bool,
}

impl Frame {
    /// What a name stands for here, where a condition left it fewer alternatives than it has.
    fn assumed(&self, name: &Expr) -> Option<&Values> {
        let mut assumed = self.assumed.iter().rev();
        assumed.find_map(|assumed| match assumed {
            Assumption::Worth(known, values) if known == name => Some(values),
            _ => None,
        })
    }

    fn spent(&self) -> u32 {
        self.spent.as_ref().map_or(0, Cell::get)
    }

    fn spend(&self, steps: u32) {
        if let Some(spent) = &self.spent {
            spent.set(spent.get().saturating_add(steps));
        }
    }
}

/// Where an expression stands.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) file: FileId,
    pub(crate) facts: Arc<Facts>,
    /// The function around it, at work.
    pub(crate) frame: Option<FrameRef>,
    /// For code at the level of the module: which statement it is, since a later assignment does
    /// not reach it.
    pub(crate) item: Option<usize>,
}

impl Scope {
    /// A statement at the level of the module, as functions see its names: whatever statement binds them.
    pub(crate) fn of_module(file: FileId, facts: &Arc<Facts>) -> Scope {
        Scope {
            file,
            facts: facts.clone(),
            frame: None,
            item: None,
        }
    }

    /// What a part of something stands for here, where a condition held it against a text.
    fn assumed(&self, part: &Expr) -> Option<Values> {
        let frame = &self.frame.as_ref()?.0;
        match frame.assumed.is_empty() {
            true => None,
            false => frame.assumed(part).cloned(),
        }
    }

    /// The answer that a condition is taken to have here.
    fn answer(&self, test: &Test) -> Option<bool> {
        let frame = &self.frame.as_ref()?.0;
        let answers = frame.assumed.iter().filter_map(|assumed| match assumed {
            Assumption::Answer(known, holds) => Some((known, *holds)),
            Assumption::Worth(..) => None,
        });
        let mut answers = answers.peekable();
        answers.peek()?;
        let (test, is_it) = ways::plainly(test, true);
        answers.find_map(|(known, holds)| match (known, test) {
            _ if known == test => Some(holds == is_it),
            // What is equal to one text is none of the others.
            (Test::Equal(of, Expr::Text(a), _), Test::Equal(other, Expr::Text(b), _))
                if holds && of == other && a != b =>
            {
                Some(!is_it)
            }
            _ => None,
        })
    }

    /// The scope around a class.
    pub(crate) fn around(class: &ClassRef) -> Scope {
        Scope::of_module(class.file, &class.facts)
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Name(FileId, SmolStr),
    /// A name of a module of CommonJS that exports something else under it.
    Own(FileId, SmolStr),
    /// A definition of the module, as it stands when a later statement runs.
    At(FileId, usize, u32),
    /// What a function returns: on this object, within this one at work (of which it reads what it is given and binds),
    /// with these arguments; and whether it is called on one of several ways.
    Call(
        FuncRef,
        Option<Value>,
        Option<FrameRef>,
        Vec<Option<Values>>,
        bool,
    ),
    /// A field of a class; of an object of a class below with that object, whose members its constructor may read.
    Field(ClassRef, Option<Shared<Args>>, Option<Value>, SmolStr),
    /// A local name of a function at work.
    Local(FrameRef, u32),
    /// What a parameter of one is given by the call that the function is an argument of.
    Given(FrameRef, u32),
    /// What all classes of a language keep under a name.
    Kept(Language, SmolStr),
}

impl Key {
    fn height(&self) -> u32 {
        match self {
            Key::Call(..) => CALL_HEIGHT,
            _ => 1,
        }
    }

    /// Whether it is worked out on one of several ways.
    fn is_on_way(&self) -> bool {
        match self {
            Key::Local(frame, _) | Key::Given(frame, _) => frame.0.is_way,
            Key::Call(.., is_on_way) => *is_on_way,
            _ => false,
        }
    }

    /// Whether the value depends on arguments, of which there may be any number.
    fn is_given(&self) -> bool {
        match self {
            Key::Name(..)
            | Key::Own(..)
            | Key::At(..)
            | Key::Local(..)
            | Key::Given(..)
            | Key::Kept(..) => false,
            Key::Call(..) => true,
            Key::Field(_, args, below, _) => args.is_some() || below.is_some(),
        }
    }
}

enum State {
    /// The number by which it was begun.
    AtWork(usize),
    Done(Remembered),
}

struct Remembered {
    values: Values,
    cost: Cost,
    /// What it was worked out from.
    read: Read,
    /// The first begun of what it depends on and what depends on it, while that is still at work.
    low: usize,
}

impl Remembered {
    /// Of what begins more values than a root may.
    fn endless(read: Read) -> Remembered {
        Remembered {
            values: Values::hole(Why::Budget),
            cost: Cost::TOO_HIGH,
            read,
            low: usize::MAX,
        }
    }
}

/// What was worked out so far, for the next evaluator of the same program.
#[derive(Default)]
pub(crate) struct Worth {
    begun: usize,
    known: FxHashMap<Key, State>,
    open_frames: FxHashMap<FuncRef, FrameRef>,
    definers: FxHashMap<(FileId, SmolStr), (Option<FileId>, Read)>,
    assumed: FxHashMap<(FrameRef, Assumption, bool), FrameRef>,
}

impl Worth {
    /// How many values are remembered.
    pub(crate) fn remembers(&self) -> usize {
        self.known.len()
    }

    /// Forgets what hangs on calls that are over: a call that comes again is remembered whole, or begins anew.
    pub(crate) fn tidy(&mut self) {
        let is_over = |frame: &FrameRef| frame.0.spent.is_some();
        self.known.retain(|key, _| match key {
            Key::Local(frame, _) | Key::Given(frame, _) | Key::Call(_, _, Some(frame), ..) => {
                !is_over(frame)
            }
            _ => true,
        });
        self.assumed.retain(|(frame, ..), _| !is_over(frame));
    }
}

/// Works out values over a program. One serves one query of the host; it remembers what it found.
pub(crate) struct Evaluator<'p> {
    pub(crate) program: &'p dyn Program,
    /// How many keys were begun.
    begun: usize,
    low: usize,
    /// The steps of all roots, as if nothing had been remembered.
    pub(crate) total: u64,
    /// Of the piece of work in hand, so far.
    cost: Cost,
    /// How many pieces of work wait for one another.
    depth: u32,
    /// Where the root in hand ends, by [`Evaluator::begun`].
    fuse: usize,
    /// The last dive went as deep as any goes: what it was for is not known to be too high.
    cut: bool,
    known: FxHashMap<Key, State>,
    /// Keys whose cycle is not closed yet.
    pending: Vec<Key>,
    open_frames: FxHashMap<FuncRef, FrameRef>,
    definers: FxHashMap<(FileId, SmolStr), (Option<FileId>, Read)>,
    /// The frames in which names stand for some of their alternatives, by what they are beside and what is assumed.
    assumed: FxHashMap<(FrameRef, Assumption, bool), FrameRef>,
    /// The loops of module code that are gone through one element at a time: the statement, the
    /// loop's variable, and the element it stands for.
    through: Vec<(u64, Expr, Values)>,
    /// The comprehensions that are gone through: the statement, the function at work, the variable, and the
    /// element it stands for.
    elements: Vec<(u64, Option<FrameRef>, Expr, Values)>,
    /// Local names that are being worked out for one of them, by their statement, function and number.
    of_element: Vec<(u64, u32, u32)>,
    /// What is in hand is a part of a whole that is worked out in each way: it is not parted again.
    is_parted: bool,
    /// What is in hand is worked out on one of several ways: what is called on it is not parted either, or a function
    /// that calls itself would be gone through in more ways at each turn.
    is_on_way: bool,
    /// The outermost of those elements that was asked for, by its place; none: `usize::MAX`. What was made of one is not
    /// what a name is worth for all.
    took_element: usize,
}

impl<'p> Evaluator<'p> {
    pub(crate) fn new(program: &'p dyn Program) -> Evaluator<'p> {
        Evaluator::knowing(program, Worth::default())
    }

    /// One that goes on from what others have worked out.
    pub(crate) fn knowing(program: &'p dyn Program, worth: Worth) -> Evaluator<'p> {
        Evaluator {
            program,
            begun: worth.begun,
            fuse: usize::MAX,
            total: 0,
            low: usize::MAX,
            cost: Cost::default(),
            depth: 0,
            cut: false,
            known: worth.known,
            pending: Vec::new(),
            open_frames: worth.open_frames,
            definers: worth.definers,
            assumed: worth.assumed,
            through: Vec::new(),
            elements: Vec::new(),
            of_element: Vec::new(),
            is_parted: false,
            is_on_way: false,
            took_element: usize::MAX,
        }
    }

    /// What it has worked out, between two roots.
    pub(crate) fn into_worth(self) -> Worth {
        Worth {
            begun: self.begun,
            known: self.known,
            open_frames: self.open_frames,
            definers: self.definers,
            assumed: self.assumed,
        }
    }

    /// How many values it remembers.
    pub(crate) fn remembers(&self) -> usize {
        self.known.len()
    }

    /// Goes on with one element of a loop of module code, until [`Evaluator::leave`].
    pub(crate) fn go_through(&mut self, variable: &Expr, scope: &Scope, element: Values) {
        self.through
            .push((scope.facts.id, variable.clone(), element));
    }

    pub(crate) fn leave(&mut self) {
        self.through.pop();
    }

    /// Whether one element at a time is taken of a loop.
    pub(crate) fn goes_through(&self, variable: &Expr, scope: &Scope) -> bool {
        self.element(variable, scope).is_some()
    }

    fn element(&self, variable: &Expr, scope: &Scope) -> Option<&Values> {
        if self.through.is_empty() || scope.frame.is_some() {
            return None;
        }
        let mut through = self.through.iter().rev();
        let found = through.find(|(facts, of, _)| *facts == scope.facts.id && of == variable);
        found.map(|(_, _, element)| element)
    }

    /// A frame for a function of which no call is known: its parameters are holes.
    pub(crate) fn open_frame(&mut self, func: &FuncRef) -> FrameRef {
        if let Some(frame) = self.open_frames.get(func) {
            return frame.clone();
        }
        let outer = func.function().parent.map(|parent| {
            self.open_frame(&FuncRef {
                func: parent,
                ..func.clone()
            })
        });
        let frame = FrameRef(Rc::new(Frame {
            args: vec![None; func.function().params.len()],
            func: func.clone(),
            this: None,
            outer,
            spent: None,
            assumed: Vec::new(),
            is_way: false,
        }));
        self.open_frames.insert(func.clone(), frame.clone());
        frame
    }

    /// The value of an expression on its own: a root, with a budget of its own.
    pub(crate) fn root(&mut self, expr: &Expr, scope: &Scope) -> Values {
        self.fuse = self.begun + MAX_BEGUN;
        let (values, cost) = self.apart(|this| this.work(1, |this| this.eval(expr, scope)));
        let is_blown = self.begun > self.fuse;
        self.fuse = usize::MAX;
        if is_blown {
            self.total += u64::from(MAX_STEPS);
            return Values::hole(Why::Budget);
        }
        self.total += u64::from(cost.steps.min(MAX_STEPS));
        values
    }

    pub(crate) fn eval(&mut self, expr: &Expr, scope: &Scope) -> Values {
        // Literals are free, or a long list of them would be too much.
        match expr {
            Expr::Text(text) => return Values::one(Value::text(text)),
            Expr::Int(number) => return Values::one(Value::Int(*number)),
            Expr::Number(number) => return Values::one(Value::Number(number.clone())),
            Expr::Bool(known) => return Values::one(Value::Bool(*known)),
            Expr::Null => return Values::one(Value::Null),
            _ => {}
        }
        self.cost.steps = self.cost.steps.saturating_add(1);
        // What it is for is a hole already.
        if self.cut || self.cost.is_too_much() || self.begun > self.fuse {
            return Values::hole(Why::Budget);
        }
        // Generated code can chain names deeper than a thread's stack.
        stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.eval_here(expr, scope))
    }

    /// One piece of work, with its cost. What costs too much is a hole, by its cost alone.
    ///
    /// A dive ends at twice the height that a value may have. Then the upper half of what waits is
    /// known to be too high, and is remembered as such; of the lower half nothing is known, and
    /// [`Evaluator::cut`] says so.
    fn work(&mut self, height: u32, work: impl FnOnce(&mut Self) -> Values) -> (Values, Cost) {
        if self.depth >= 2 * MAX_HEIGHT {
            self.cut = true;
            return (Values::hole(Why::Budget), Cost::default());
        }
        let outer = std::mem::take(&mut self.cost);
        self.depth += height;
        let is_parted = std::mem::take(&mut self.is_parted);
        let mut values = work(self);
        self.is_parted = is_parted;
        self.depth -= height;
        let mut cost = std::mem::replace(&mut self.cost, outer);
        cost.height += height;
        if self.cut && self.depth < MAX_HEIGHT {
            self.cut = false;
            cost = Cost::TOO_HIGH;
        }
        if cost.is_too_much() {
            values = Values::hole(Why::Budget);
        }
        (values, cost)
    }

    fn eval_here(&mut self, expr: &Expr, scope: &Scope) -> Values {
        match expr {
            Expr::Unknown(kind) => Values::hole(Why::Syntax(kind.clone())),
            Expr::Text(_) | Expr::Int(_) | Expr::Number(_) | Expr::Bool(_) | Expr::Null => {
                self.eval(expr, scope)
            }
            Expr::Regex(source) => {
                let args = Args {
                    positional: vec![Values::one(Value::text(source))],
                    ..Args::default()
                };
                crate::builtins::external_call("RegExp", &args, None)
            }
            Expr::Concat(parts) => {
                let parts: Vec<&Expr> = parts.iter().collect();
                self.in_each_way(&parts, scope, |this, scope| this.concat(&parts, scope))
            }
            Expr::Binary(operator, left, right) => self.binary(*operator, left, right, scope),
            Expr::Name(name) => self.name(name, scope),
            Expr::Own(index) => {
                let value = &scope.facts.definitions[*index as usize].value;
                self.eval(value, scope)
            }
            Expr::Local { func, index } => self.local(*func, *index, scope),
            Expr::Param { func, index } => self.param(*func, *index, scope),
            Expr::Attr(..) | Expr::Index(..) | Expr::Call(_) | Expr::Each(_)
                if let Some(assumed) = scope.assumed(expr) =>
            {
                assumed
            }
            Expr::Attr(object, name) if let Some(above) = self.of_above(object, name, scope) => {
                above
            }
            Expr::Attr(object, name)
                if name == "config" && frameworks::is_given_application(object, &scope.facts) =>
            {
                Values::one(Value::external("flask.current_app.config"))
            }
            Expr::Attr(object, name) => {
                let of = self.eval(object, scope).there();
                let of = self.or_kept(of, object, name, scope);
                let found = of.flat_map(|of| self.attribute(of, name, scope.file));
                let found = operators::where_given(found);
                let found = self.or_constant(found, (object, name), scope);
                let found = match found.first() {
                    first @ Value::Hole(_) if !operators::is_not_given(first) => self
                        .attached(object, name, scope)
                        .or_else(|| self.property_of_member(object, &of, name, scope))
                        .or_else(|| self.texts_of_member(&found, (object, name), scope))
                        .or_else(|| self.attribute_of_any(&of, (object, name), scope))
                        .unwrap_or(found),
                    _ => found,
                };
                self.part_with_edges(expr, object, found, scope)
            }
            Expr::Index(object, index) => {
                if let Expr::Text(entry) = index.as_ref()
                    && let Some(values) = self.later_entry(object, entry, scope)
                {
                    return values;
                }
                let of = self.eval(object, scope).there();
                let index = self.eval(index, scope).there();
                let found = filled(&of).flat_map(|of| self.index(of, &index, scope.file));
                let found = operators::where_given(found);
                let found = match (found.first(), index.first()) {
                    (first @ Value::Hole(_), Value::Text(name))
                        if !operators::is_not_given(first)
                            && let Some(name) = name.known() =>
                    {
                        self.texts_of_member(&found, (object, &name), scope)
                            .unwrap_or(found)
                    }
                    _ => found,
                };
                self.part_with_edges(expr, object, found, scope)
            }
            Expr::Slice(object, ends) => {
                let object = self.eval(object, scope).there();
                let [start, end] = [&ends.0, &ends.1].map(|end| self.eval(end, scope));
                object.flat_map(|object| objects::sliced(object, &start, &end))
            }
            Expr::Call(index) => self.call(*index, scope),
            Expr::List(elements) => self.list(elements, scope),
            Expr::Map(entries) => self.map(entries, scope),
            Expr::Spread(inner) => self.eval(inner, scope),
            Expr::Alt(values) => self.any_of(values, scope),
            Expr::When(guard, value) => {
                let values = self.eval(value, scope);
                self.narrowed(*guard, value, values, scope)
            }
            Expr::Each(_) if let Some(element) = self.take_element(expr, scope) => element,
            Expr::Each(_) if let Some(element) = self.element(expr, scope) => element.clone(),
            Expr::Each(list) => {
                let collection = self.eval(list, scope);
                let found = elements_of(&self.iterated(&collection));
                match found.first() {
                    Value::Hole(_) => self.texts_of_element(&found, list, scope).unwrap_or(found),
                    _ => found,
                }
            }
            Expr::Every(element) => {
                let each = self.of_each(&[element], scope, |this| this.eval(element, scope));
                let lists = each.unwrap_or_else(|| {
                    let element = self.eval(element, scope);
                    vec![element.iter().cloned().map(Values::one).collect()]
                });
                let lists = lists.into_iter();
                Values::collect(lists.map(|list| Value::List(Shared::new(list))))
            }
            Expr::EveryEntry(entry) => {
                let (key, value) = &**entry;
                let entry = [(Some(key.clone()), value.clone())];
                let each = self.of_each(&[key, value], scope, |this| this.map(&entry, scope));
                each.map_or_else(
                    || self.map(&entry, scope),
                    |each| Values::collect(each.into_iter().map(merged)),
                )
            }
            // Whatever is asked, what is empty or missing is what is left out.
            Expr::Filtered(inner) => self.eval(inner, scope).map(crate::builtins::present),
            Expr::Set(inner) => self.eval(inner, scope),
            Expr::This(class) => self.this(*class, scope),
            Expr::Receiver => self.receiver(scope),
            Expr::Declared(both) => self.declared(&both.0, &both.1, scope),
            Expr::Func(func) => Values::one(Value::Func(Closure {
                func: FuncRef {
                    file: scope.file,
                    facts: scope.facts.clone(),
                    func: *func,
                },
                this: None,
                outer: scope.frame.clone(),
                given: None,
            })),
            Expr::Class(class) => Values::one(Value::Class(class_ref(scope, *class))),
            Expr::Import(index) => self.import(*index, scope),
        }
    }

    fn concat(&mut self, parts: &[&Expr], scope: &Scope) -> Values {
        if let Some(values) = self.concat_of_one(parts, scope) {
            return values;
        }
        let parts: Vec<_> = parts
            .iter()
            .map(|part| {
                let values = match part {
                    Expr::Spread(all) => self.of_all_rounds(all, scope),
                    part => self.eval(part, scope),
                };
                self.as_strings(values)
            })
            .collect();
        Values::concat(&parts)
    }

    /// Does a piece of work once. Members of a cycle are holes, whoever asked first.
    fn remembered(&mut self, key: Key, work: impl FnOnce(&mut Self) -> Values) -> Values {
        match self.known.get(&key) {
            Some(State::Done(known)) if self.program.read_again(known.read) => {
                self.cost.add(known.cost);
                self.low = self.low.min(known.low);
                return known.values.clone();
            }
            Some(State::AtWork(place)) => {
                self.low = self.low.min(*place);
                return Values::hole(Why::Cycle);
            }
            // The program says something else by now.
            Some(State::Done(_)) | None => {}
        }
        self.program.poll();
        self.program.note();
        let own = self.begun;
        self.begun += 1;
        let outer_low = std::mem::replace(&mut self.low, usize::MAX);
        let first_pending = self.pending.len();
        self.known.insert(key.clone(), State::AtWork(own));
        let took_before = std::mem::replace(&mut self.took_element, usize::MAX);
        let was_on_way = std::mem::replace(&mut self.is_on_way, key.is_on_way());
        let (mut values, mut cost) = self.work(key.height(), work);
        self.is_on_way = was_on_way;
        let is_of_element = self.took_element != usize::MAX;
        self.took_element = self.took_element.min(took_before);
        let read = self.program.noted();
        cost = cost.of_a_part();
        if let Key::Local(frame, _) = &key {
            frame.0.spend(cost.steps);
        }
        if !key.is_given() {
            cost = cost.of_a_name();
        }
        let low = self.low;
        if low <= own {
            values = Values::hole(Why::Cycle);
            // Where a cycle was entered must not show in what its members are said to cost.
            cost = Cost {
                steps: 1,
                height: 1,
            };
        }
        self.cost.add(cost);
        let open = if low < own { low } else { usize::MAX };
        self.low = outer_low.min(open);
        if open == usize::MAX {
            // All members of the cycles below are known to be no part of a larger one.
            for member in self.pending.drain(first_pending..) {
                if let Some(State::Done(member)) = self.known.get_mut(&member) {
                    member.low = usize::MAX;
                    // Each of them hangs on all of them.
                    member.read = read;
                }
            }
        }
        if self.cut || self.begun > self.fuse {
            // What took most of the root that ends here would end the next one as well.
            let is_endless = !self.cut && self.begun - own > MAX_BEGUN / 2;
            match is_endless {
                true => self
                    .known
                    .insert(key, State::Done(Remembered::endless(read))),
                false => self.known.remove(&key),
            };
            return values;
        }
        if is_of_element {
            self.known.remove(&key);
            return values;
        }
        if open != usize::MAX {
            self.pending.push(key.clone());
        }
        let done = Remembered {
            values: values.clone(),
            cost,
            read,
            low: open,
        };
        self.known.insert(key, State::Done(done));
        values
    }
}

/// Arguments by position and name.
fn given(args: &[Arg], values: Vec<Values>) -> Args {
    let mut given = Args::default();
    for (arg, values) in args.iter().zip(values) {
        match (arg.kind, &arg.keyword, values.first()) {
            (ArgKind::Plain, Some(keyword), _) => {
                given.keywords.push((keyword.clone(), values));
            }
            (ArgKind::Plain, None, _) => given.positional.push(values),
            (ArgKind::Spread, _, Value::List(list)) => {
                given.positional.extend(list.iter().cloned());
            }
            (ArgKind::SpreadMap, ..) if let Some(map) = spread_map(&values) => {
                given.keywords.extend(map.entries.iter().cloned());
                given.open = given.open.or(map.open.clone());
            }
            (_, _, other) => given.open = Some(why_of(other)),
        }
    }
    given
}

/// The one map that is spread, or what any of several says; an empty one says nothing. Of one that was added to on one
/// way through alone, nothing is known on the other.
fn spread_map(values: &Values) -> Option<MapValue> {
    let maps: Vec<&MapValue> = values
        .iter()
        .filter_map(|value| match value {
            Value::Map(map) => Some(&**map),
            _ => None,
        })
        .collect();
    let made = match maps.as_slice() {
        [] => return None,
        [one] => (*one).clone(),
        several => MapValue::either(several),
    };
    let is_as_before = |value: &&Value| {
        matches!(value, Value::Hole(_) | Value::External(_))
            && made.open.as_ref() == Some(&why_of(value))
    };
    let before = values.iter().find(is_as_before);
    Some(match before {
        Some(before) => made.or_unknown(&why_of(before)),
        None => made,
    })
}

fn class_ref(scope: &Scope, class: u32) -> ClassRef {
    ClassRef {
        file: scope.file,
        facts: scope.facts.clone(),
        class,
    }
}

pub(crate) fn own_method(class: &ClassRef, name: &str) -> Option<FuncRef> {
    let functions = &class.facts.functions;
    let found = class
        .class()
        .methods
        .iter()
        .rev()
        .find(|f| functions[**f as usize].name == name);
    found.map(|func| FuncRef {
        file: class.file,
        facts: class.facts.clone(),
        func: *func,
    })
}

/// Whether an expression reads a field of its own instance.
fn reads_field(expr: &Expr, name: &str, facts: &Facts, depth: u32) -> bool {
    if depth == 0 {
        return false;
    }
    let reads = |inner: &Expr| reads_field(inner, name, facts, depth - 1);
    match expr {
        Expr::Attr(object, read) => {
            (read == name && matches!(object.as_ref(), Expr::This(_))) || reads(object)
        }
        Expr::Call(index) => {
            let call = &facts.calls[*index as usize];
            reads(&call.callee) || call.args.iter().any(|arg| reads(&arg.value))
        }
        Expr::Binary(_, left, right) | Expr::Index(left, right) => reads(left) || reads(right),
        Expr::Slice(object, _)
        | Expr::When(_, object)
        | Expr::Each(object)
        | Expr::Every(object)
        | Expr::Filtered(object)
        | Expr::Set(object) => reads(object),
        Expr::EveryEntry(entry) => reads(&entry.0) || reads(&entry.1),
        Expr::Declared(both) => reads(&both.0),
        Expr::Concat(parts) | Expr::List(parts) | Expr::Alt(parts) => parts.iter().any(reads),
        Expr::Local { func, index } => {
            reads(&facts.functions[*func as usize].bindings[*index as usize])
        }
        _ => false,
    }
}

/// Whether a class is an enum: its members are values, not attributes of an instance.
pub(crate) fn is_enumeration(class: &ClassRef) -> bool {
    class.class().bases.iter().any(|base| match base {
        Expr::Name(name) | Expr::Attr(_, name) => name.ends_with("Enum"),
        Expr::Import(index) => match &class.facts.imports[*index as usize].item {
            ImportItem::Named(name) => name.ends_with("Enum"),
            _ => false,
        },
        _ => false,
    })
}

/// One map of several, one after the other.
fn merged(maps: Vec<Values>) -> Value {
    let mut made = MapValue::default();
    for map in &maps {
        if let Value::Map(map) = map.first() {
            made.take(map);
        }
    }
    Value::Map(Shared::new(made))
}

/// Any element of any of some collections. Nothing comes of a list that is empty where another way
/// through a branch fills it.
pub(crate) fn elements_of(collections: &Values) -> Values {
    filled(collections).there().flat_map(each)
}

/// The collections of some that have something in them.
pub(crate) fn filled(collections: &Values) -> Values {
    let is_empty = |value: &&Value| match value {
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    };
    match collections.iter().len() {
        1 => collections.clone(),
        _ => Values::collect(collections.iter().filter(|it| !is_empty(it)).cloned()),
    }
}

/// Any element of a collection.
pub(crate) fn each(collection: &Value) -> Values {
    match collection {
        Value::List(elements) => {
            Values::collect(elements.iter().flat_map(|values| values.iter().cloned()))
        }
        Value::Map(map) => {
            let keys = map.pairs().map(|(key, _)| key.first().clone());
            Values::collect(keys.collect::<Vec<_>>())
        }
        Value::Hole(why) => Values::hole(why.clone()),
        Value::External(external) if let Some(found) = crate::listings::elements(external) => found,
        Value::External(external)
            if let Some(found) = crate::builtins::records::elements(external) =>
        {
            found
        }
        other => Values::hole(why_of(other)),
    }
}

fn map_entry(map: &MapValue, key: &str) -> Values {
    match (map.get(key), &map.open) {
        (Some(values), _) => values.clone(),
        // It may be under any of the keys that are not known.
        (None, Some(_)) if let [(_, first), others @ ..] = map.others.as_slice() => {
            let others = others.iter().flat_map(|(_, values)| values.iter());
            Values::collect(first.iter().chain(others).cloned())
        }
        (None, Some(why)) => Values::hole(why.clone()),
        (None, None) => Values::hole(Why::Syntax("missing key".into())),
    }
}

pub(crate) fn why_of(value: &Value) -> Why {
    match value {
        Value::Hole(why) => why.clone(),
        other => match other.to_text().parts.into_iter().next() {
            Some(Part::Hole(why)) => why,
            _ => Why::Syntax("value".into()),
        },
    }
}

impl From<Text> for Values {
    fn from(text: Text) -> Values {
        Values::collect([Value::Text(text)])
    }
}
