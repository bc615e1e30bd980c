//! What operators and literals of collections make of their parts.

use super::*;
use crate::in_common::list_in_common;
use crate::value::MAX_ALTERNATIVES;

impl Evaluator<'_> {
    /// What values are as parts of a string: an instance may say so itself.
    pub(super) fn as_strings(&mut self, values: Values) -> Values {
        self.said_by_themselves(&values).unwrap_or(values)
    }

    /// What objects say of themselves; `None` where none of some values is one that does.
    pub(super) fn said_by_themselves(&mut self, values: &Values) -> Option<Values> {
        let mut is_said = false;
        let said = values.flat_map(|value| match self.says_itself(value) {
            Some(method) => {
                is_said = true;
                self.call_closure(&method, &Args::default())
            }
            None => Values::one(value.clone()),
        });
        is_said.then_some(said)
    }

    fn says_itself(&mut self, value: &Value) -> Option<Closure> {
        let Value::Instance { class, .. } = value else {
            return None;
        };
        let names = ["toString", "__str__", "__fspath__"];
        let mut names = names.into_iter();
        let func = names.find_map(|name| self.method_of(class, name))?;
        Some(Closure {
            func,
            this: Some(Box::new(value.clone())),
            outer: None,
            given: None,
        })
    }

    /// What an operator makes of an object whose class says so itself: `uri / "manifest.json"`.
    fn operated(
        &mut self,
        method: &str,
        left: &Values,
        right: &Values,
        from: FileId,
    ) -> Option<Values> {
        let Value::Instance { class, .. } = left.first() else {
            return None;
        };
        self.method_of(class, method)?;
        let args = Args {
            positional: vec![right.clone()],
            ..Args::default()
        };
        Some(left.flat_map(|object| self.call_method(object, method, &args, from)))
    }

    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        scope: &Scope,
    ) -> Values {
        let parts = match operator {
            Operator::Add => correlated::terms(left, right),
            Operator::Divide | Operator::Percent => vec![left, right],
            _ => return self.binary_in(operator, left, right, scope),
        };
        self.in_each_way(&parts, scope, |this, scope| {
            this.binary_in(operator, left, right, scope)
        })
    }

    fn binary_in(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        scope: &Scope,
    ) -> Values {
        if operator == Operator::Add
            && let Some(values) = self.concat_of_one(&correlated::terms(left, right), scope)
        {
            return values;
        }
        let may_miss = operator == Operator::Or && self.is_looked_up(left, scope);
        let left = self.eval(left, scope);
        let right = self.eval(right, scope);
        match operator {
            Operator::Add
                if let Some(made) = self.operated("__add__", &left, &right, scope.file) =>
            {
                made
            }
            Operator::Add => match (left.first(), right.first()) {
                (Value::List(_), Value::List(_)) => {
                    lists(spread(spread(vec![Vec::new()], &left), &right))
                }
                _ => match sum(&left, &right) {
                    Some(sum) => sum,
                    None => Values::concat([&left, &right]),
                },
            },
            Operator::Equal => comparisons::same(&left, &right).map_or_else(
                || Values::hole(Why::Syntax("comparison".into())),
                |same| Values::one(Value::Bool(same)),
            ),
            Operator::In => comparisons::is_in(&left, &right).map_or_else(
                || Values::hole(Why::Syntax("comparison".into())),
                |is_in| Values::one(Value::Bool(is_in)),
            ),
            Operator::Divide => match self.operated("__truediv__", &left, &right, scope.file) {
                Some(made) => made,
                None => crate::builtins::join_paths([&left, &right]),
            },
            Operator::Subtract | Operator::Multiply | Operator::FloorDivide => {
                calculated(operator, &left, &right)
            }
            Operator::Percent => crate::builtins::percent(&left, &right),
            Operator::Step => left.map(|value| in_steps(value, right.first())),
            Operator::Merge => match (left.first(), right.first()) {
                (Value::Map(a), Value::Map(b)) => {
                    let mut both = (**a).clone();
                    both.take(b);
                    Values::one(Value::Map(Shared::new(both)))
                }
                (Value::List(a), Value::List(b)) => {
                    let both = a.iter().chain(b.iter()).cloned().collect();
                    Values::one(Value::List(Shared::new(both)))
                }
                _ => Values::hole(Why::Syntax("binary operator".into())),
            },
            Operator::Or => {
                if !may_miss
                    && left
                        .iter()
                        .all(|value| comparisons::truth(value) == Some(true))
                {
                    return left;
                }
                let missing = |value: &&Value| {
                    matches!(value, Value::Null)
                        || is_not_given(value)
                        || comparisons::truth(value) == Some(false)
                };
                // What the left side cannot tell (a variable of the environment) may be missing.
                let all = left
                    .iter()
                    .filter(|value| !missing(value))
                    .chain(right.iter());
                // A hole may be empty as it is; of what the environment may say, the default is what the code says.
                let all = all.filter(|value| !is_outside(value));
                let is_open = |it: &Value| is_unknown(it) && !is_outside(it) && !is_not_given(it);
                let has_hole = left.iter().any(is_open);
                let is_empty =
                    |value: &&Value| matches!(value, Value::Text(text) if text.parts.is_empty());
                let all = Values::collect(all.filter(|it| !(has_hole && is_empty(it))).cloned());
                // `options.store ?? defaultStore`: of the two, only one says what it can do.
                let is_object = |value: &Value| {
                    matches!(
                        value,
                        Value::Module(_)
                            | Value::Class(_)
                            | Value::Func(_)
                            | Value::Instance { .. }
                    )
                };
                match left.first() {
                    _ if !may_miss && left.iter().all(is_there) => left,
                    Value::External(external)
                        if external.path.ends_with(')') && !right.iter().all(is_text) =>
                    {
                        left
                    }
                    Value::Hole(_) if right.iter().all(is_object) => right,
                    // `path.relative(root, file) || file`: a name is no empty one.
                    _ if left.iter().all(is_made_of_paths) => left,
                    _ => all.or_hole(&left, &right),
                }
            }
        }
    }

    /// `EXTENSIONS[type]`: an entry by a key that is not known need not be there.
    fn is_looked_up(&mut self, expr: &Expr, scope: &Scope) -> bool {
        match expr {
            Expr::Index(_, key) if !matches!(key.as_ref(), Expr::Text(_) | Expr::Int(_)) => {
                self.eval(key, scope).known().is_none()
            }
            _ => false,
        }
    }

    pub(super) fn list(&mut self, elements: &[Expr], scope: &Scope) -> Values {
        let mut ways = vec![Vec::new()];
        for element in elements {
            let values = self.eval(element, scope);
            match element {
                Expr::Spread(_) => ways = spread(ways, &values),
                _ => ways.iter_mut().for_each(|way| way.push(values.clone())),
            }
        }
        lists(ways)
    }

    pub(super) fn map(&mut self, entries: &[(Option<Expr>, Expr)], scope: &Scope) -> Values {
        let mut made = MapValue::default();
        for (key, value) in entries {
            let Some(key) = key else {
                let values = self.eval(value, scope);
                if crate::boto2::is_still_key(&values, entries) {
                    return values;
                }
                match spread_map(&values) {
                    Some(map) => made.take(&map),
                    None => made.open = Some(why_of(values.first())),
                }
                // One of several that is not known may hold anything.
                let is_unknown =
                    |value: &&Value| matches!(value, Value::Hole(_) | Value::External(_));
                if let Some(unknown) = values.iter().find(is_unknown) {
                    made.open = made.open.take().or_else(|| Some(why_of(unknown)));
                }
                continue;
            };
            // A loop that fills a dict puts in each element's own value.
            if let Some(filled) = self.filled(key, value, scope) {
                made.take(&filled);
                continue;
            }
            let values = self.eval(value, scope);
            // Later entries win where they are asked for; a literal is not searched.
            let is_searched = entries.iter().any(|(key, _)| key.is_none());
            enter(&mut made, (&self.eval(key, scope), values), is_searched);
        }
        Values::one(Value::Map(Shared::new(made)))
    }

    /// What is put in for each element of a collection; `None` where the key is none of an element.
    fn filled(&mut self, key: &Expr, value: &Expr, scope: &Scope) -> Option<MapValue> {
        if !elements::has_each(key, &scope.facts) {
            return None;
        }
        let ways = self.of_each(&[key, value], scope, |this| {
            (this.eval(key, scope), this.eval(value, scope))
        })?;
        let maps = ways.iter().map(|entries| {
            let mut made = MapValue::default();
            for (keys, values) in entries {
                enter(&mut made, (keys, values.clone()), true);
            }
            made
        });
        let maps: Vec<MapValue> = maps.collect();
        Some(MapValue::either(&maps.iter().collect::<Vec<_>>()))
    }
}

/// Enters values in a dict under each of some keys.
fn enter(made: &mut MapValue, (keys, values): (&Values, Values), is_searched: bool) {
    for key in keys.iter() {
        let known: Option<SmolStr> = match key {
            Value::Text(text) => text.known().map(SmolStr::from),
            Value::Int(number) => Some(number.to_string().into()),
            _ => None,
        };
        match known {
            Some(known) if is_searched => made.put(&known, values.clone()),
            Some(known) => made.entries.push((known, values.clone())),
            None => {
                made.open = Some(why_of(key));
                made.put_other(key.to_text(), values.clone());
            }
        }
    }
}

/// Any of some lists.
fn lists(ways: Vec<Vec<Values>>) -> Values {
    let lists = ways.into_iter().map(|way| Value::List(Shared::new(way)));
    Values::collect(lists)
}

/// Lists that go on with all that another holds. What was added on one way through alone makes a list of its own:
/// `parts.append(folder)` under an `if` gives `"/".join(parts)` two keys, not one with all that was ever added.
fn spread(ways: Vec<Vec<Values>>, more: &Values) -> Vec<Vec<Values>> {
    let elements = |value: &Value| match value {
        Value::List(inner) => inner.to_vec(),
        other => vec![each(other)],
    };
    let mut tails: Vec<Vec<Values>> = more.iter().map(elements).collect();
    if ways.len() * tails.len() > MAX_ALTERNATIVES {
        tails = vec![list_in_common(&tails)];
    }
    let with = |way: &Vec<Values>, tail: &Vec<Values>| [way.as_slice(), tail].concat();
    ways.iter()
        .flat_map(|way| tails.iter().map(move |tail| with(way, tail)))
        .collect()
}

/// What two numbers make; of what is no number that is known, nothing.
fn calculated(operator: Operator, left: &Values, right: &Values) -> Values {
    let unknown = || Value::Hole(Why::Syntax("binary_operator".into()));
    left.flat_map(|left| {
        right.flat_map(|right| {
            // `key[: len(key) - 5]`
            if let (Operator::Subtract, Value::External(length), Value::Int(by)) =
                (operator, left, right)
                && let Some(shorter) = crate::builtins::places::shorter(length, *by)
            {
                return shorter;
            }
            let (Value::Int(left), Value::Int(right)) = (left, right) else {
                return Values::one(unknown());
            };
            let made = match operator {
                Operator::Subtract => left.checked_sub(*right),
                Operator::Multiply => left.checked_mul(*right),
                Operator::FloorDivide if *right > 0 => left.checked_div_euclid(*right),
                _ => None,
            };
            Values::one(made.map_or_else(unknown, Value::Int))
        })
    })
}

/// What two numbers are together, and what a number and something unknown are: more likely a count than
/// a name.
fn sum(left: &Values, right: &Values) -> Option<Values> {
    if let [(Value::Place(place), Value::Int(by)) | (Value::Int(by), Value::Place(place))] =
        [(left.first(), right.first())]
    {
        return Some(Values::one(crate::builtins::places::moved(place, *by)));
    }
    let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::Number(_));
    let is_hole = |part: &Part| matches!(part, Part::Hole(_));
    let may_be = |value: &Value| match value {
        Value::Hole(_) | Value::External(_) => true,
        Value::Text(text) => !text.parts.is_empty() && text.parts.iter().all(is_hole),
        value => is_number(value),
    };
    let all = |values: &Values, test: &dyn Fn(&Value) -> bool| values.iter().all(test);
    let one_is = all(left, &is_number) || all(right, &is_number);
    if !one_is || !all(left, &may_be) || !all(right, &may_be) {
        return None;
    }
    let made = left.flat_map(|a| {
        right.map(|b| match (a, b) {
            (Value::Int(a), Value::Int(b)) => a
                .checked_add(*b)
                .map_or(Value::Hole(Why::TooLong), Value::Int),
            (Value::Int(_) | Value::Number(_), other) | (other, _) => match other {
                Value::Int(_) | Value::Number(_) => Value::Hole(Why::Syntax("sum".into())),
                other => Value::Hole(why_of(other)),
            },
        })
    });
    // Where a count begins is no name of its own: `last = 0 if not runs else max(runs)`, and then `last + 1`.
    let is_hole = |value: &&Value| matches!(value, Value::Hole(_));
    match made.iter().any(|value| is_hole(&value)) {
        true => Some(Values::collect(made.iter().filter(is_hole).cloned())),
        false => Some(made),
    }
}

/// A string or a list in steps: turned round, or something of what was there.
fn in_steps(value: &Value, step: &Value) -> Value {
    let is_turned = *step == Value::Int(-1);
    match value {
        Value::Text(text) if is_turned => Value::Text(text.turned()),
        Value::List(elements) if is_turned => {
            Value::List(Shared::new(elements.iter().rev().cloned().collect()))
        }
        // As the elements of a loop they are the same.
        Value::List(_) => value.clone(),
        Value::External(external) if crate::listings::elements(external).is_some() => value.clone(),
        other => Value::Hole(why_of(other)),
    }
}

/// What a caller may give, and the one string that is taken where nobody does.
pub(crate) fn given_or(value: &Value, default: &Values) -> Value {
    let (Value::Hole(why @ (Why::Parameter(_) | Why::Field(_))), Some(default)) =
        (value, default.known())
    else {
        return value.clone();
    };
    match default.contains(char::is_alphanumeric) {
        true => Value::Text(Text::hole(Why::Or(Box::new(why.clone()), default.into()))),
        // One that is empty says no more than the hole.
        false => value.clone(),
    }
}

trait OrHole {
    fn or_hole(self, left: &Values, default: &Values) -> Values;
}

impl OrHole for Values {
    /// A default that says nothing leaves what the left side said. So does one of what callers give: they leave it
    /// out where it holds.
    fn or_hole(self, left: &Values, default: &Values) -> Values {
        let is_given =
            |value: &Value| matches!(value, Value::Hole(Why::Parameter(_) | Why::Field(_)));
        let says_nothing = self.iter().all(|value| matches!(value, Value::Hole(_)));
        if says_nothing {
            return left.clone();
        }
        if !left.iter().any(is_given) {
            return self;
        }
        if default.known().is_some() {
            return left.map(|value| given_or(value, default));
        }
        let Some(Value::Hole(Why::Parameter(name))) = left.iter().find(|it| is_given(it)) else {
            return left.clone();
        };
        let by = Chooser::Parameter(name.clone());
        let says = |value: &&Value| matches!(value, Value::Text(text) if says_a_word(text));
        let made = default.iter().filter(says).map(|value| match value {
            Value::Text(text) => Value::Text(crate::chosen::text_chosen(text, &by)),
            other => other.clone(),
        });
        let both = left.iter().cloned().chain(made).collect::<Vec<_>>();
        // With many more, what is made of them would be too many: what callers give stays.
        match both.len() <= MAX_ALTERNATIVES / 2 {
            true => Values::collect(both),
            false => left.clone(),
        }
    }
}

fn says_a_word(text: &Text) -> bool {
    let mut parts = text.parts.iter();
    parts.any(|part| matches!(part, Part::Literal(text) if text.contains(char::is_alphanumeric)))
}

/// Whether a value surely is neither missing nor empty.
fn is_there(value: &Value) -> bool {
    match value {
        Value::Text(text) => {
            let is_literal = |part: &Part| matches!(part, Part::Literal(_));
            text.parts.iter().any(is_literal)
        }
        Value::Func(_) | Value::Class(_) | Value::Instance { .. } | Value::Module(_) => true,
        _ => false,
    }
}

/// An entry of one of several objects: of those that have it (`{ ok: true, value } | { ok: false, error }`).
pub(super) fn where_given(found: Values) -> Values {
    let has_some = found.iter().any(|value| !matches!(value, Value::Hole(_)));
    match has_some && found.iter().any(is_not_given) {
        true => Values::collect(found.iter().filter(|it| !is_not_given(it)).cloned()),
        false => found,
    }
}

/// An entry that an object does not have, which is known whole.
pub(super) fn is_not_given(value: &Value) -> bool {
    matches!(value, Value::Hole(Why::Syntax(kind)) if kind == "missing key" || kind == "missing argument")
}

fn is_outside(value: &Value) -> bool {
    matches!(value, Value::Hole(Why::Environment(_)))
}

fn is_unknown(value: &Value) -> bool {
    matches!(value, Value::Hole(_) | Value::External(_))
}

/// Whether a value that is not known is what a function of paths returned.
fn is_made_of_paths(value: &Value) -> bool {
    let name = match value {
        Value::Hole(Why::External(name)) => name,
        Value::External(external) => &external.path,
        _ => return false,
    };
    ["path.", "os.path."]
        .iter()
        .any(|module| name.starts_with(module))
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Text(_))
}
