//! What the names of a function stand for where a condition holds that asks about them: of `stage`, which may be
//! several, those for which `stage in RAW_STAGES` leads here, and of all that is made of `stage` what is made of those.
//!
//! A name with fewer alternatives is a frame of its own beside that of the function ([`Frame::assumed`]), in which
//! all else is worked out anew.

use super::*;
use crate::chosen::chosen;
use crate::facts::{Name, Test};
use crate::keys::SCHEMES;

/// Names that conditions ask about, which are looked at.
const MAX_SUBJECTS: usize = 4;
/// Expressions in one another that are looked through for names.
const MAX_LOOKS: u32 = 6;

/// What is taken to be so in a function at work.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Assumption {
    /// A name, or a part of what one stands for, is worth this.
    Worth(Expr, Values),
    /// A condition, said without `not`, has this answer.
    Answer(Test, bool),
}

impl Evaluator<'_> {
    /// The scope as it is where a guard of the function around holds. What it takes to find out is no part of what
    /// the value in hand takes.
    pub(crate) fn reached(&mut self, guard: Option<u32>, scope: &Scope) -> Scope {
        let (Some(guard), Some(frame)) = (guard, &scope.frame) else {
            return scope.clone();
        };
        let subjects = subjects(guard, &scope.facts, frame.0.func.func);
        let parts = parts_told_apart(guard, &scope.facts);
        if subjects.is_empty() && parts.is_empty() {
            return scope.clone();
        }
        let before = std::mem::take(&mut self.cost);
        let mut at = scope.clone();
        for subject in subjects {
            at = self.left_of(&subject, guard, at);
        }
        for (part, text) in parts {
            let values = self.eval(&part, &at);
            if values.iter().all(|value| matches!(value, Value::Hole(_))) {
                at = self.assuming(&part, Values::one(Value::text(&text)), &at);
            }
        }
        self.cost = before;
        at
    }

    /// A scope in which a name stands for those of its alternatives alone for which a guard may hold.
    fn left_of(&mut self, subject: &Expr, guard: u32, at: Scope) -> Scope {
        let values = self.eval(subject, &at);
        if let Some(taken) = self.taken_to_be(subject, &values, guard, &at) {
            return self.assuming(subject, taken, &at);
        }
        if let Some(elsewhere) = self.beginning_elsewhere(subject, guard, &at)
            && values.iter().all(is_unknown)
        {
            let begun = values.map(|value| {
                let mut text = elsewhere.clone();
                text.append(&value.to_text());
                Value::Text(text)
            });
            return self.assuming(subject, begun, &at);
        }
        if let [one] = values.iter().as_slice() {
            let taken = self.without_default(one, guard, subject, &at);
            return match taken == *one {
                true => at,
                false => self.assuming(subject, Values::one(taken), &at),
            };
        }
        let mut left = Vec::new();
        for one in values.iter() {
            let assumed = self.assuming(subject, Values::one(one.clone()), &at);
            if !self.is_ruled_out(guard, &assumed) {
                left.push(one.clone());
            }
        }
        match left.is_empty() || left.len() == values.iter().len() {
            true => at,
            false => self.assuming(subject, Values::collect(left), &at),
        }
    }

    /// What the text that a name stands for begins with where a guard holds, if that is an address of another service:
    /// `if uri.startswith("gs://"):`. Whoever is given it there does nothing with S3.
    fn beginning_elsewhere(&mut self, subject: &Expr, guard: u32, scope: &Scope) -> Option<Text> {
        let facts = scope.facts.clone();
        let mut next = Some(guard);
        while let Some(index) = next {
            let guard = &facts.guards[index as usize];
            next = guard.outer;
            let Test::True(Expr::Call(call)) = &guard.test else {
                continue;
            };
            let call = &facts.calls[*call as usize];
            if let (Expr::Attr(object, name), [arg]) = (&call.callee, call.args.as_slice())
                && guard.holds
                && matches!(name.as_str(), "startswith" | "startsWith")
                && object.bare() == subject
            {
                let beginning = self.eval(&arg.value, scope).known()?;
                let (scheme, _) = beginning.split_once("://")?;
                return (!SCHEMES.contains(&scheme)).then(|| Text::literal(&beginning));
            }
        }
        None
    }

    /// What a name of which nothing is known was found to be equal to, or one of.
    pub(super) fn taken_to_be(
        &mut self,
        subject: &Expr,
        values: &Values,
        guard: u32,
        scope: &Scope,
    ) -> Option<Values> {
        if !values.iter().all(is_unknown) {
            return None;
        }
        let facts = scope.facts.clone();
        let mut next = Some(guard);
        while let Some(index) = next {
            let guard = &facts.guards[index as usize];
            next = guard.outer;
            let Some(texts) = self.found_to_be(&guard.test, guard.holds, subject, scope) else {
                continue;
            };
            return Some(match (texts.iter().as_slice(), given(values)) {
                // Which one a caller gives, the caller says.
                ([_, _, ..], Some(name)) => chosen(&texts, &Chooser::Parameter(name)),
                _ => texts,
            });
        }
        None
    }

    /// The texts of which a condition that holds, or does not, says that something is one.
    fn found_to_be(
        &mut self,
        test: &Test,
        holds: bool,
        subject: &Expr,
        scope: &Scope,
    ) -> Option<Values> {
        match test {
            Test::Not(test) => self.found_to_be(test, !holds, subject, scope),
            Test::Needs(test) if holds => self.found_to_be(test, true, subject, scope),
            Test::Equal(left, Expr::Text(text), _) if holds && left.bare() == subject => {
                Some(Values::one(Value::text(text)))
            }
            Test::In(left, collection) if holds && left.bare() == subject => {
                let collection = self.eval(collection, scope);
                comparisons::texts_of(&collection)
            }
            // Both say so, or one of them says enough.
            Test::And(both) | Test::Or(both) => {
                let is_either = matches!(test, Test::Or(_)) == holds;
                let [one, other] =
                    [&both[0], &both[1]].map(|test| self.found_to_be(test, holds, subject, scope));
                match is_either {
                    true => {
                        let all = [one?, other?];
                        let all = all.iter().flat_map(|texts| texts.iter().cloned());
                        Values::all_of(all.collect::<Vec<_>>())
                    }
                    false => one.or(other),
                }
            }
            _ => None,
        }
    }

    /// The scope in which a name of the function at work stands for some of its alternatives alone.
    pub(super) fn assuming(&mut self, subject: &Expr, values: Values, scope: &Scope) -> Scope {
        self.supposing(Assumption::Worth(subject.clone(), values), scope, false)
    }

    /// The scope in which something is taken to be so; `is_way`: on one of the ways that things go together.
    pub(super) fn supposing(
        &mut self,
        assumption: Assumption,
        scope: &Scope,
        is_way: bool,
    ) -> Scope {
        let Some(frame) = &scope.frame else {
            return scope.clone();
        };
        let key = (frame.clone(), assumption.clone(), is_way);
        let program_frame = &frame.0;
        let known = self.assumed.entry(key).or_insert_with(|| {
            let mut assumed = program_frame.assumed.clone();
            assumed.push(assumption);
            FrameRef(Rc::new(Frame {
                func: program_frame.func.clone(),
                args: program_frame.args.clone(),
                this: program_frame.this.clone(),
                outer: program_frame.outer.clone(),
                spent: program_frame.spent.as_ref().map(|_| Cell::default()),
                assumed,
                is_way,
            }))
        });
        Scope {
            frame: Some(known.clone()),
            ..scope.clone()
        }
    }
}

/// Whether nothing is known of a value: of `path.split(".")[-1]`, either.
fn is_unknown(value: &Value) -> bool {
    match value {
        Value::Hole(_) => true,
        Value::Text(text) => {
            let mut parts = text.parts.iter();
            !text.parts.is_empty() && parts.all(|part| matches!(part, Part::Hole(_)))
        }
        _ => false,
    }
}

/// The parameter that some values are, or are a part of, where they are nothing else.
fn given(values: &Values) -> Option<Name> {
    let [value] = values.iter().as_slice() else {
        return None;
    };
    match value.to_text().why()?.of_path() {
        Why::Parameter(name) => Some(name.clone()),
        _ => None,
    }
}

/// What is no name itself (`kinds[name]`, `options.mode`) and was found to be equal to a text where a guard holds, and
/// that text: where another condition of the statement holds it against another one, one of both fails.
fn parts_told_apart(guard: u32, facts: &Facts) -> Vec<(Expr, SmolStr)> {
    let mut found = Vec::new();
    let mut next = Some(guard);
    while let Some(index) = next {
        let guard = &facts.guards[index as usize];
        next = guard.outer;
        let Test::Equal(part, Expr::Text(text), _) = &guard.test else {
            continue;
        };
        let is_part = matches!(part, Expr::Index(..) | Expr::Attr(..));
        let is_other = |other: &crate::facts::Guard| matches!(&other.test, Test::Equal(of, Expr::Text(it), _) if of == part && it != text);
        if guard.holds && is_part && facts.guards.iter().any(is_other) {
            found.push((part.clone(), text.clone()));
        }
    }
    found
}

/// The names of a function that a guard asks about, and those that it stands under: outer ones first.
fn subjects(guard: u32, facts: &Facts, func: u32) -> Vec<Expr> {
    let mut tests = Vec::new();
    let mut next = Some(guard);
    while let Some(index) = next {
        let guard = &facts.guards[index as usize];
        tests.push(&guard.test);
        next = guard.outer;
    }
    let mut found = Vec::new();
    for test in tests.into_iter().rev() {
        of_test(test, facts, func, &mut found);
    }
    found
}

fn of_test(test: &Test, facts: &Facts, func: u32, found: &mut Vec<Expr>) {
    let mut of = |expr: &Expr| of_expr(expr, facts, func, MAX_LOOKS, found);
    match test {
        Test::True(value) => of(value),
        Test::Equal(left, right, _) | Test::In(left, right) | Test::Less(left, right) => {
            of(left);
            of(right);
        }
        Test::Not(test) | Test::Needs(test) => of_test(test, facts, func, found),
        Test::And(both) | Test::Or(both) => {
            both.iter()
                .for_each(|test| of_test(test, facts, func, found));
        }
    }
}

fn of_expr(expr: &Expr, facts: &Facts, func: u32, depth: u32, found: &mut Vec<Expr>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match expr {
        Expr::Param { func: of, .. } | Expr::Local { func: of, .. }
            if *of == func && found.len() < MAX_SUBJECTS && !found.contains(expr) =>
        {
            found.push(expr.clone());
        }
        Expr::Call(index) => {
            let call = &facts.calls[*index as usize];
            of_expr(&call.callee, facts, func, depth, found);
            let args = call.args.iter();
            args.for_each(|arg| of_expr(&arg.value, facts, func, depth, found));
        }
        Expr::Alt(all) => all
            .iter()
            .for_each(|one| of_expr(one, facts, func, depth, found)),
        Expr::Index(object, _)
        | Expr::Attr(object, _)
        | Expr::Slice(object, _)
        | Expr::When(_, object) => of_expr(object, facts, func, depth, found),
        _ => {}
    }
}
