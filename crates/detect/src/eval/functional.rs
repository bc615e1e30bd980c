//! Functions of the standard library that are given functions of the repository, or make an object of another one:
//! `reduce`, `map`, `dataclasses.replace`.

use super::*;
use crate::value::MAX_ALTERNATIVES;

/// Whether a function of that name may be one of these.
pub(super) fn is_name(name: &str) -> bool {
    matches!(name, "reduce" | "replace" | "evolve" | "values" | "from")
}

impl Evaluator<'_> {
    /// What such a function returns; `None` for others.
    pub(super) fn functional(&mut self, path: &str, args: &Args) -> Option<Values> {
        match path {
            "functools.reduce" | "reduce" => self.reduced(args),
            "map" => {
                let [function, list] = args.positional.as_slice() else {
                    return None;
                };
                self.mapped(function, list, &[])
            }
            // `Array.from({ length: n }, (_, index) => …)`
            "Array.from" => {
                let [list, function] = args.positional.as_slice() else {
                    return None;
                };
                let elements = match list.first() {
                    Value::Map(_) => Values::hole(Why::Syntax("counter".into())),
                    _ => list.clone(),
                };
                let counter = Values::hole(Why::Syntax("counter".into()));
                self.mapped(function, &elements, &[counter])
            }
            "Object.values" => match args.positional.first()?.first() {
                Value::Class(class) if is_enumeration(class) => {
                    Some(self.iterated(&args.positional[0]))
                }
                _ => None,
            },
            "dataclasses.replace" | "attr.evolve" | "attrs.evolve" => replaced(args),
            "str" | "String" | "os.fspath" => {
                let [object] = args.positional.as_slice() else {
                    return None;
                };
                self.said_by_themselves(object)
            }
            // `type(self)(…)` makes another one.
            "type" => {
                let [object] = args.positional.as_slice() else {
                    return None;
                };
                let is_object = |value: &Value| matches!(value, Value::Instance { .. });
                object.iter().all(is_object).then(|| object.map(class_of))
            }
            _ => None,
        }
    }

    /// `reduce(join, parts)`: the function on what it made so far and the next element.
    fn reduced(&mut self, args: &Args) -> Option<Values> {
        let (function, list) = (args.positional.first()?, args.positional.get(1)?);
        let Value::Func(closure) = function.first().clone() else {
            return None;
        };
        let mut elements = match list.first() {
            Value::List(elements) => elements.to_vec(),
            other => vec![each(other)],
        };
        if elements.len() > MAX_ALTERNATIVES {
            return None;
        }
        let mut made = match args.positional.get(2) {
            Some(first) => first.clone(),
            None if !elements.is_empty() => elements.remove(0),
            None => return None,
        };
        for element in elements {
            made = self.call_closure(&closure, &with([made, element]));
        }
        Some(made)
    }

    /// `map(clean, parts)`: the function on each element, and what it is given besides.
    fn mapped(&mut self, function: &Values, list: &Values, more: &[Values]) -> Option<Values> {
        let Value::Func(closure) = function.first().clone() else {
            return None;
        };
        let elements = match list.first() {
            Value::List(elements) => elements.to_vec(),
            other => vec![each(other)],
        };
        if elements.len() > MAX_ALTERNATIVES {
            return None;
        }
        let made = elements.into_iter().map(|element| {
            let mut given = with([element]);
            given.positional.extend_from_slice(more);
            self.call_closure(&closure, &given)
        });
        Some(Values::one(Value::List(Shared::new(made.collect()))))
    }
}

fn with<const N: usize>(values: [Values; N]) -> Args {
    Args {
        positional: values.into(),
        ..Args::default()
    }
}

/// The class of an object.
pub(super) fn class_of(object: &Value) -> Value {
    match object {
        Value::Instance { class, .. } => Value::Class(class.clone()),
        other => other.clone(),
    }
}

/// `replace(layout, root="raw")`: an object that was made with other values for some of its fields.
fn replaced(args: &Args) -> Option<Values> {
    let of = args.positional.first()?;
    let changed = of.map(|value| match value {
        Value::Instance {
            class,
            args: Some(made),
        } => {
            let mut made = Args::clone(made);
            let is_new = |name: &str| args.keyword(name).is_some();
            made.keywords.retain(|(name, _)| !is_new(name));
            made.keywords.extend(args.keywords.iter().cloned());
            made.open = made.open.or_else(|| args.open.clone());
            Value::Instance {
                class: class.clone(),
                args: made.is_kept().then(|| Shared::new(made)),
            }
        }
        other => other.clone(),
    });
    Some(changed)
}
