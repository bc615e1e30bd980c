//! Calls that change the collection they are called on: `keys.append(key)`, `params.update(more)`,
//! `parts.unshift(prefix)`, `names.pop()`.

use tree_sitter::Node;

use crate::facts::{Arg, ArgKind, Expr, SpanTree};
use crate::roles::{Part, Role};
use crate::walk::Walker;

impl<'t> Walker<'t> {
    /// `params.update(more)` and `keys.append(key)` change what the name stands for.
    pub(crate) fn changed_by(&mut self, callee: Node<'t>, call: u32) {
        let Some(Expr::Attr(_, name)) = self.facts.calls.get(call as usize).map(|c| &c.callee)
        else {
            return;
        };
        let name = name.clone();
        if let Some(object) = self.roles.part(callee, Part::Object)
            && self.role(object) == Some(Role::Name)
            && self.is_bound_before(self.source(object))
        {
            return self.changed_later(object, &name, call);
        }
        let (is_list, is_map, is_taken) = (
            matches!(name.as_str(), "append" | "push"),
            matches!(name.as_str(), "update"),
            matches!(name.as_str(), "pop" | "shift"),
        );
        if !is_list && !is_map && !is_taken {
            return self.grown_by(callee, &name, call);
        }
        let is_shift = name == "shift";
        let args = self.facts.calls[call as usize].args.clone();
        let Some(object) = self.roles.part(callee, Part::Object) else {
            return;
        };
        let field = self.own_field(object).filter(|_| !is_taken);
        let field = field.or_else(|| is_list.then(|| self.field_that_grows(object))?);
        if self.role(object) != Some(Role::Name) && field.is_none() {
            return;
        }
        if is_taken {
            let first = args.first().map(|arg| &arg.value);
            let ends = match first {
                None if is_shift => (Expr::Int(1), Expr::Null),
                Some(Expr::Int(0)) => (Expr::Int(1), Expr::Null),
                None => (Expr::Null, Expr::Int(-1)),
                _ => return,
            };
            self.change(object, |old| Expr::Slice(Box::new(old), Box::new(ends)));
            return;
        }
        let change = |old| {
            if is_list {
                let mut elements = vec![Expr::Spread(Box::new(old))];
                elements.extend(args.into_iter().map(element));
                return Expr::List(elements);
            }
            let mut entries = vec![(None, old)];
            entries.extend(args.into_iter().map(|arg| match arg.keyword {
                Some(name) => (Some(Expr::Text(name)), arg.value),
                None => (None, arg.value),
            }));
            Expr::Map(entries)
        };
        match field {
            Some(at) => self.amend(at, change),
            None => self.change(object, change),
        }
    }

    /// `keys.extend(more)`, `parts.insert(0, prefix)`, `keys.add(key)` of a set, `params.setdefault("Key", key)`.
    fn grown_by(&mut self, callee: Node<'t>, method: &str, call: u32) {
        let Some(object) = self.roles.part(callee, Part::Object) else {
            return;
        };
        if self.role(object) != Some(Role::Name) {
            return;
        }
        let args = &self.facts.calls[call as usize].args;
        let values: Vec<Expr> = args.iter().map(|arg| arg.value.clone()).collect();
        let spread = |value: Expr| Expr::Spread(Box::new(value));
        match (method, values.as_slice()) {
            ("extend", [more]) => {
                let more = spread(more.clone());
                self.change(object, |old| Expr::List(vec![spread(old), more]));
            }
            ("insert", [Expr::Int(0), first]) | ("unshift", [first]) => {
                let first = first.clone();
                self.change(object, |old| Expr::List(vec![first, spread(old)]));
            }
            // What is there already stays.
            ("setdefault", [Expr::Text(_), value]) => {
                let (key, value) = (args[0].value.clone(), value.clone());
                self.change(object, |old| {
                    Expr::Map(vec![(Some(key), value), (None, old)])
                });
            }
            ("set", [key, value]) if self.is_map(self.source(object)) => {
                let (key, value) = (key.clone(), value.clone());
                self.change(object, |old| {
                    Expr::Map(vec![(None, old), (Some(key), value)])
                });
            }
            ("add", [element]) if self.is_set(self.source(object)) => {
                let element = element.clone();
                self.change(object, |old| Expr::List(vec![spread(old), element]));
            }
            _ => {}
        }
    }

    /// Whether a local name stands for a set, or for one that something was put into.
    fn is_set(&self, name: &str) -> bool {
        match self.bound_to(name) {
            Expr::Set(_) | Expr::List(_) => true,
            value => self.is_made_by(&value, &["set", "Set"]),
        }
    }

    /// Whether a local name stands for a `Map`, or for one that something was put into.
    fn is_map(&self, name: &str) -> bool {
        match self.bound_to(name) {
            Expr::Map(_) => true,
            value => self.is_made_by(&value, &["Map"]),
        }
    }

    /// What a local name stands for, through other names.
    fn bound_to(&self, name: &str) -> Expr {
        let mut value = self.lookup(name);
        while let Expr::Local { func, index } = value {
            value = self.facts.functions[func as usize].bindings[index as usize].clone();
        }
        value
    }

    fn is_made_by(&self, value: &Expr, makers: &[&str]) -> bool {
        let Expr::Call(index) = value else {
            return false;
        };
        let name = self.facts.calls[*index as usize].callee_name();
        name.is_some_and(|name| makers.contains(&name.as_str()))
    }

    /// A method of a name that an earlier statement of the module binds: what it may do to what the
    /// name stands for.
    fn changed_later(&mut self, object: Node<'t>, method: &str, call: u32) {
        let args = &self.facts.calls[call as usize].args;
        let spans = &self.positions.calls[call as usize];
        let mut children = vec![SpanTree {
            span: self.span(object),
            children: Vec::new(),
        }];
        children.extend(spans.args.iter().cloned());
        let at = SpanTree {
            span: spans.call,
            children,
        };
        let values = args.iter().cloned().map(element);
        let old = Expr::Name(self.source(object).into());
        let changed = match method {
            "append" | "push" | "add" => {
                let old = Expr::Spread(Box::new(old));
                Expr::List(std::iter::once(old).chain(values).collect())
            }
            "extend" => {
                let all = std::iter::once(old).chain(values);
                Expr::List(all.map(|one| Expr::Spread(Box::new(one))).collect())
            }
            "update" => {
                let given = args.iter().map(|arg| {
                    let key = arg.keyword.clone().map(Expr::Text);
                    (key, arg.value.clone())
                });
                Expr::Map(std::iter::once((None, old)).chain(given).collect())
            }
            "setdefault" if matches!(args.as_slice(), [key, _] if matches!(key.value, Expr::Text(_))) =>
            {
                let given = (Some(args[0].value.clone()), args[1].value.clone());
                Expr::Map(vec![given, (None, old)])
            }
            "insert" | "unshift" | "splice" | "pop" | "popitem" | "shift" | "remove"
            | "discard" | "clear" | "delete" | "set" | "setdefault" | "sort" | "reverse" => {
                Expr::Unknown(format!("call of {method}()").into())
            }
            _ => return,
        };
        self.change_at(self.source(object), changed, at);
    }
}

/// What an argument adds to a list: `keys.push(...more)` each element of another one.
fn element(arg: Arg) -> Expr {
    match arg.kind {
        ArgKind::Spread => Expr::Spread(Box::new(arg.value)),
        _ => arg.value,
    }
}
