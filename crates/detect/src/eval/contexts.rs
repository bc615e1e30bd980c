//! What is known of a function's parameters by where the function stands: the type that it is declared to be of, and what
//! the function does with it that it is given to. `withStore(async (store) => store.get(key))` is given what `withStore`
//! calls it with.

use super::*;

impl Evaluator<'_> {
    /// The type that a parameter is declared to be of, and where that is written.
    pub(super) fn annotation_of(
        &mut self,
        (func, index): (u32, u32),
        scope: &Scope,
    ) -> Option<(Expr, Scope)> {
        let function = &scope.facts.functions[func as usize];
        let Some(annotation) = &function.params[index as usize].annotation else {
            return self.annotation_by_callee((func, index), scope);
        };
        // Of the type of the function, the parameter at that place.
        if let Expr::Index(of, place) = annotation
            && let Expr::Int(place) = **place
        {
            return self.annotation_at(of, place as usize, scope);
        }
        let at = Scope {
            frame: None,
            ..scope.clone()
        };
        Some((annotation.clone(), at))
    }

    /// The type of a parameter, by its place, of functions of some type.
    fn annotation_at(&mut self, of: &Expr, place: usize, scope: &Scope) -> Option<(Expr, Scope)> {
        let of = self.interface(of, scope.file, &scope.facts)?;
        let place = place.to_string();
        let mut members = of.class().members.iter();
        let (_, named) = members.find(|(known, _)| *known == place)?;
        let at = Scope::of_module(of.file, &of.facts);
        Some((named.clone(), at))
    }

    /// The type that the function says which takes this one: `use: (store: Store) => Promise<T>`.
    fn annotation_by_callee(
        &mut self,
        (func, index): (u32, u32),
        scope: &Scope,
    ) -> Option<(Expr, Scope)> {
        let (taker, place) = self.taker(func, scope)?;
        let param = taker.func.function().params.get(place)?;
        let of = param.annotation.clone()?;
        let at = Scope::of_module(taker.func.file, &taker.func.facts);
        self.annotation_at(&of, index as usize, &at)
    }

    /// What a parameter of a function is given by the function of the repository that takes it as an argument.
    pub(super) fn given_by_callee(&mut self, func: u32, index: u32, scope: &Scope) -> Values {
        let name = &scope.facts.functions[func as usize].params[index as usize].name;
        let unknown = || Values::hole(Why::Parameter(name.clone()));
        let Some((taker, place)) = self.taker(func, scope) else {
            return unknown();
        };
        let facts = taker.func.facts.clone();
        let callback = Expr::Param {
            func: taker.func.func,
            index: place as u32,
        };
        let at = self.enter_open(&taker);
        let mut given = Vec::new();
        for call in taker.func.function().calls.clone() {
            let call = &facts.calls[call as usize];
            if call.callee != callback || call.func != Some(taker.func.func) {
                continue;
            }
            let is_plain = |arg: &Arg| arg.kind == ArgKind::Plain && arg.keyword.is_none();
            match call.args.get(index as usize) {
                Some(arg) if call.args.iter().all(is_plain) => {
                    given.extend(self.eval(&arg.value, &at).iter().cloned());
                }
                _ => return unknown(),
            }
        }
        match given.is_empty() {
            true => unknown(),
            false => Values::collect(given),
        }
    }

    /// The function of the repository that is given a function where it stands, and at which place.
    fn taker(&mut self, func: u32, scope: &Scope) -> Option<(Closure, usize)> {
        let facts = scope.facts.clone();
        let (call, place) = call_with(func, &facts)?;
        let around = Scope {
            frame: self.frame_of(func, scope).and_then(|it| it.0.outer.clone()),
            ..scope.clone()
        };
        // What it takes to find out is no part of what the value in hand takes.
        let before = std::mem::take(&mut self.cost);
        let callee = self.eval(&call.callee, &around);
        self.cost = before;
        match callee.first() {
            Value::Func(taker) => Some((taker.clone(), place)),
            _ => None,
        }
    }
}

/// Whether a function stands among the arguments of a call.
pub(super) fn is_argument(func: u32, facts: &Facts) -> bool {
    call_with(func, facts).is_some()
}

fn call_with(func: u32, facts: &Facts) -> Option<(&crate::facts::Call, usize)> {
    let function = &facts.functions[func as usize];
    if function.class.is_some() || !function.name.is_empty() {
        return None;
    }
    facts.calls.iter().find_map(|call| {
        // What is called on what a call made is mostly a collection's, and asking for that may be much.
        let is_named = match call.callee.bare() {
            Expr::Attr(object, _) => !matches!(object.bare(), Expr::Call(_) | Expr::Index(..)),
            callee => !matches!(callee, Expr::Call(_)),
        };
        if !is_named {
            return None;
        }
        let place = call
            .args
            .iter()
            .position(|it| it.value == Expr::Func(func))?;
        Some((call, place))
    })
}
