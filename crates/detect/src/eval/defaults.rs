//! What code does where nothing is given that has a default: of functions that nobody is seen to call, and of objects that
//! nobody is seen to make; and of objects as they are made.

use std::rc::Rc;

use super::*;

impl Evaluator<'_> {
    /// A scope in a function as it runs where nothing is given that has a default: of strings alone, for these say
    /// what is touched. `None` where there is no such parameter.
    pub(crate) fn by_default(&mut self, scope: &Scope) -> Option<Scope> {
        let frame = scope.frame.as_ref()?;
        let args = self.defaults(&frame.0.func);
        let has_some = args.iter().any(Option::is_some);
        has_some.then(|| with_frame(scope, args, frame.0.this.clone()))
    }

    /// A scope in a method of an object that was made with nothing that has a default. `None` where the class takes no
    /// such string.
    pub(crate) fn made_by_default(&mut self, scope: &Scope, class: &ClassRef) -> Option<Scope> {
        let constructor = self.constructor_of(class)?;
        let args = self.defaults(&constructor);
        let params = constructor.function().params.iter();
        let given = params.zip(args);
        let given = given.filter_map(|(param, value)| Some((param.name.clone(), value?)));
        let given = Args {
            keywords: given.collect(),
            open: Some(Why::Syntax("argument".into())),
            ..Args::default()
        };
        let has_some = !given.keywords.is_empty();
        let object = Value::Instance {
            class: class.clone(),
            args: Some(Shared::new(given)),
        };
        has_some.then(|| self.on_object(scope, object))?
    }

    /// A scope in a method of an object, or in a function that stands in one.
    pub(crate) fn on_object(&mut self, scope: &Scope, object: Value) -> Option<Scope> {
        Some(Scope {
            frame: Some(with_object(scope.frame.as_ref()?, object)),
            ..scope.clone()
        })
    }

    /// What makes an object of a class: its own, or that of the nearest class above.
    pub(crate) fn constructor_of(&mut self, class: &ClassRef) -> Option<FuncRef> {
        let own = |class: &ClassRef| {
            let func = class.class().constructor?;
            Some(FuncRef {
                file: class.file,
                facts: class.facts.clone(),
                func,
            })
        };
        own(class).or_else(|| self.ancestors(class).iter().find_map(own))
    }

    /// The defaults of a function's parameters that are strings with a word in them.
    fn defaults(&mut self, func: &FuncRef) -> Vec<Option<Values>> {
        let of_module = Scope::of_module(func.file, &func.facts);
        let params = func.function().params.iter();
        let default = |param: &crate::facts::Param| {
            let values = self.eval(param.default.as_ref()?, &of_module);
            let says = |text: &String| text.contains(char::is_alphanumeric);
            values.known().filter(says).map(|_| values)
        };
        params.map(default).collect()
    }
}

fn with_frame(scope: &Scope, args: Vec<Option<Values>>, this: Option<Value>) -> Scope {
    let frame = scope.frame.as_ref().map(|frame| {
        let outer = frame.0.outer.clone();
        frame_of(frame, args, this, outer)
    });
    Scope {
        frame,
        ..scope.clone()
    }
}

/// Functions at work, of which the method is called on an object: what it reads of it is bound in the method itself.
fn with_object(frame: &FrameRef, object: Value) -> FrameRef {
    let args = frame.0.args.clone();
    match &frame.0.outer {
        Some(outer) if frame.0.func.function().class.is_none() => {
            let outer = with_object(outer, object);
            frame_of(frame, args, frame.0.this.clone(), Some(outer))
        }
        outer => frame_of(frame, args, Some(object), outer.clone()),
    }
}

fn frame_of(
    frame: &FrameRef,
    args: Vec<Option<Values>>,
    this: Option<Value>,
    outer: Option<FrameRef>,
) -> FrameRef {
    FrameRef(Rc::new(Frame {
        func: frame.0.func.clone(),
        args,
        this,
        outer,
        spent: Some(Cell::default()),
        assumed: Vec::new(),
        is_way: false,
    }))
}
