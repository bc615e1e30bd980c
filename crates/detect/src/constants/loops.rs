//! Comprehensions and `map`: every element is made one by one, since a list of twenty names is known as
//! well as one of two.

use super::*;
use crate::facts::{Call, Facts};
use crate::value::Args;

/// Loops in one comprehension that are gone through.
const MAX_LOOPS: usize = 4;

impl Reader<'_> {
    pub(super) fn every(&mut self, element: &Expr, at: &At) -> Json {
        let mut list = made(JsonKind::List(Vec::new()), at);
        let done = self.each_way(&[element], at, &mut |this| {
            this.push(&mut list, element, at);
        });
        match done {
            Ok(()) => list,
            Err(why) => unknown(why, at),
        }
    }

    pub(super) fn every_entry(&mut self, key: &Expr, value: &Expr, at: &At) -> Json {
        let mut map = made(JsonKind::Map(Vec::new()), at);
        let done = self.each_way(&[key, value], at, &mut |this| {
            this.put_entry(&mut map, Some(key), value, at);
        });
        match done {
            Ok(()) => map,
            Err(why) => unknown(why, at),
        }
    }

    /// Does something once for each element of the collections that some expressions go through.
    fn each_way(
        &mut self,
        exprs: &[&Expr],
        at: &At,
        run: &mut dyn FnMut(&mut Self),
    ) -> Result<(), Why> {
        let mut loops: Vec<Expr> = Vec::new();
        for expr in exprs {
            loops_in(expr, &at.scope.facts, &mut loops, 32);
        }
        loops.retain(|it| !self.eval.goes_through(it, &at.scope));
        // An inner loop over what an outer one gives is found inside it, and so stands before it.
        let Some(next) = loops.pop() else {
            run(self);
            return Ok(());
        };
        if loops.len() >= MAX_LOOPS {
            return Err(syntax("comprehension of many loops"));
        }
        let Expr::Each(collection) = &next else {
            return Err(syntax("comprehension"));
        };
        let collections = self.eval.root(collection, &at.scope);
        let elements: Vec<Values> = match collections.iter().as_slice() {
            [Value::List(list)] => list.iter().cloned().collect(),
            [Value::Map(map)] if map.open.is_none() => {
                let keys = map.entries.iter();
                keys.map(|(key, _)| Values::one(Value::text(key))).collect()
            }
            _ => match self.read(collection, at) {
                Json {
                    kind: JsonKind::Unknown(why),
                    ..
                } => return Err(why),
                read => texts_of(read)?,
            },
        };
        for element in elements {
            self.program.poll();
            if self.left == 0 {
                return Err(syntax("value of more than 10,000 parts"));
            }
            self.eval.go_through(&next, &at.scope, element);
            let done = self.each_way(exprs, at, run);
            self.eval.leave();
            done?;
        }
        Ok(())
    }

    /// `names.map((name) => …)`: the function's value for each element.
    pub(super) fn mapped(&mut self, call: &Call, at: &At) -> Option<Json> {
        let Expr::Attr(object, name) = &call.callee else {
            return None;
        };
        let [arg] = call.args.as_slice() else {
            return None;
        };
        if name != "map" {
            return None;
        }
        let lists = self.eval.root(object, &at.scope);
        let [Value::List(list)] = lists.iter().as_slice() else {
            return None;
        };
        let functions = self.eval.root(&arg.value, &at.scope);
        let [function @ Value::Func(_)] = functions.iter().as_slice() else {
            return None;
        };
        let mut all = Vec::new();
        for element in list.iter() {
            let args = Args {
                positional: vec![element.clone()],
                ..Args::default()
            };
            let given = self.eval.apart(|eval| eval.call_value(function, &args));
            all.push(self.of_values(&given, at));
        }
        Some(made(JsonKind::List(all), at))
    }
}

/// The strings of a list that does not fold, to go through them.
fn texts_of(read: Json) -> Result<Vec<Values>, Why> {
    let read = spread_of(read);
    if let Some(why) = &read.open {
        return Err(why.clone());
    }
    let Some(elements) = read.elements() else {
        return Err(syntax("loop over what is no collection"));
    };
    let texts = elements.iter().map(|element| match &element.kind {
        JsonKind::Text(text) => Ok(Values::one(Value::text(text))),
        JsonKind::Unknown(why) => Err(why.clone()),
        _ => Err(syntax("loop over objects")),
    });
    texts.collect()
}

/// The loops that an expression is inside of, each after those that it goes through.
fn loops_in(expr: &Expr, facts: &Facts, found: &mut Vec<Expr>, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let mut inside = |inner: &Expr| loops_in(inner, facts, found, depth);
    match expr {
        Expr::Each(collection) => {
            inside(collection);
            // The outermost loop last.
            if !found.contains(expr) {
                found.insert(0, expr.clone());
            }
        }
        Expr::Concat(all) | Expr::List(all) | Expr::Alt(all) => all.iter().for_each(inside),
        Expr::Map(entries) => {
            for (key, value) in entries {
                key.iter().for_each(&mut inside);
                inside(value);
            }
        }
        Expr::Binary(_, left, right) | Expr::Index(left, right) => {
            inside(left);
            inside(right);
        }
        Expr::Attr(inner, _) | Expr::Spread(inner) | Expr::Set(inner) => inside(inner),
        Expr::Call(index) => {
            let call = &facts.calls[*index as usize];
            inside(&call.callee);
            call.args.iter().for_each(|arg| inside(&arg.value));
        }
        _ => {}
    }
}
