//! Functions that stand in a call's arguments: what the call gives them, so that what they do with it
//! is followed as the body of a loop would be.

use tree_sitter::Node;

use crate::builtins::EACH;
use crate::facts::{Arg, ArgKind, Expr, FunctionKind};
use crate::language::Language;
use crate::roles::Role;
use crate::walk::Walker;

/// Methods of collections that call what they are given with each element.
const OF_ELEMENTS: [&str; 10] = [
    "map",
    "forEach",
    "flatMap",
    "filter",
    "find",
    "some",
    "every",
    "mapSeries",
    "each",
    "eachSeries",
];

/// What a call gives, at the first places, to a function in its arguments; nothing where that is not
/// known. `before` are the arguments in front of the function.
fn given(callee: &Expr, before: &[Arg]) -> Vec<Option<Expr>> {
    let each = |collection: &Expr| Some(Expr::Each(Box::new(collection.clone())));
    let (Expr::Name(name) | Expr::Attr(_, name)) = callee else {
        return Vec::new();
    };
    match (callee, before) {
        (Expr::Attr(object, _), []) if OF_ELEMENTS.contains(&name.as_str()) => vec![each(object)],
        (Expr::Attr(object, _), []) if name == "reduce" => vec![None, each(object)],
        // What a promise is of, is what the promise is worth.
        (Expr::Attr(object, _), []) if name == "then" => vec![Some((**object).clone())],
        (_, [first, ..]) if calls_with_each(name) && first.kind == ArgKind::Plain => {
            vec![each(&first.value)]
        }
        _ => Vec::new(),
    }
}

/// Whether a function calls what it is given with each element of its first argument, by its name:
/// `pMap(keys, remove)`, `async.eachLimit(keys, 3, remove)`, `parallelForeach(keys, remove)`.
fn calls_with_each(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("each") || name.ends_with("map") || name.starts_with("map")
}

/// Whether an expression is small enough to stand in several places.
fn is_small(expr: &Expr, depth: u32) -> bool {
    let inner = |expr: &Expr| depth > 0 && is_small(expr, depth - 1);
    match expr {
        Expr::Attr(object, _) | Expr::Each(object) => inner(object),
        Expr::Index(object, index) => inner(object) && inner(index),
        Expr::List(_)
        | Expr::Map(_)
        | Expr::Alt(_)
        | Expr::Concat(_)
        | Expr::Binary(..)
        | Expr::Slice(..)
        | Expr::Spread(_)
        | Expr::Every(_) => false,
        _ => true,
    }
}

impl<'t> Walker<'t> {
    /// Reads an argument; a function in it is told what the call gives it.
    pub(crate) fn argument_of(&mut self, callee: &Expr, before: &[Arg], node: Node<'t>) -> Arg {
        if self.role(node) != Some(Role::Function) {
            return self.argument(node);
        }
        let given = match self.listed(callee, before, node) {
            // After an error, what was found.
            Some(listed) => vec![None, Some(listed)],
            None => given(callee, before),
        };
        let is_beside = !before.is_empty() && self.language == Language::TypeScript;
        let given = given.into_iter().map(|expr| match expr? {
            Expr::Each(all) if is_beside => {
                let all = self.each_of(node, *all);
                Some(self.element(all))
            }
            expr => Some(self.element(expr)),
        });
        self.given = given.collect();
        let arg = self.argument(node);
        self.given.clear();
        arg
    }

    /// An element of what a function beside goes through, be it a list or an object: `_.forEach(prefixes, (prefix) => …)`.
    fn each_of(&mut self, node: Node<'t>, all: Expr) -> Expr {
        let arg = Arg {
            keyword: None,
            kind: ArgKind::Plain,
            value: all,
        };
        let call = self.push_call(node, Expr::Name(EACH.into()), vec![arg], Vec::new());
        Expr::Each(Box::new(Expr::Call(call)))
    }

    /// What a call lists that hands it to the function behind its arguments: `s3.listObjects(params, (error, data) => …)`.
    fn listed(&mut self, callee: &Expr, before: &[Arg], node: Node<'t>) -> Option<Expr> {
        let (Expr::Attr(_, name), [_]) = (callee, before) else {
            return None;
        };
        if !crate::listings::is_list_of_javascript(name) {
            return None;
        }
        // The call itself stands behind its arguments and has no number yet: another one, of something that has no name.
        let unnamed = Expr::Name(format!("?.{name}").into());
        Some(Expr::Call(self.push_call(
            node,
            unnamed,
            before.to_vec(),
            Vec::new(),
        )))
    }

    /// An element of a collection, where the collection is written once.
    fn element(&mut self, expr: Expr) -> Expr {
        match expr {
            Expr::Each(inner) if !is_small(&inner, 8) => Expr::Each(Box::new(self.shared(*inner))),
            expr => expr,
        }
    }

    /// `keys.forEach(remove)` calls `remove` with each key.
    pub(crate) fn called_with_each(
        &mut self,
        callee: &Expr,
        args: &[Arg],
    ) -> Option<(Expr, Vec<Arg>)> {
        let (before, last) = match args {
            [only] => (&args[..0], only),
            [.., last] => (&args[..args.len() - 1], last),
            [] => return None,
        };
        let is_name = matches!(
            &last.value,
            Expr::Attr(..) | Expr::Name(_) | Expr::Own(_) | Expr::Local { .. }
        );
        let is_builtin = matches!(&last.value, Expr::Name(name)
            if matches!(name.as_str(), "Boolean" | "String" | "Number" | "parseInt"));
        if !is_name || is_builtin || last.kind != ArgKind::Plain || last.keyword.is_some() {
            return None;
        }
        let given = given(callee, before);
        let [Some(value @ Expr::Each(_))] = given.as_slice() else {
            return None;
        };
        let arg = Arg {
            keyword: None,
            kind: ArgKind::Plain,
            value: self.element(value.clone()),
        };
        Some((last.value.clone(), vec![arg]))
    }

    /// `const save = retried(async (key) => …)`: a function that another one makes of it is called as
    /// it would be, under the name that its maker's result is given.
    pub(crate) fn name_made(&mut self, name: &str, call: u32) {
        let call = &self.facts.calls[call as usize];
        let is_of_elements = matches!(&call.callee, Expr::Attr(_, name)
            if OF_ELEMENTS.contains(&name.as_str()) || matches!(name.as_str(), "then" | "reduce" | "catch"));
        let functions = call.args.iter().filter_map(|arg| match arg.value {
            Expr::Func(func) => Some(func),
            _ => None,
        });
        let functions: Vec<_> = functions.collect();
        if let [only] = functions.as_slice()
            && !is_of_elements
        {
            let function = &mut self.facts.functions[*only as usize];
            if function.name.is_empty() {
                function.name = name.into();
            }
        }
    }

    /// `get x() { … }` in an object: read, not called.
    pub(crate) fn is_getter(&mut self, value: &Expr) {
        if let Expr::Func(func) = value {
            self.facts.functions[*func as usize].kind = FunctionKind::Property;
        }
    }

    /// A function with a name of its own in the function that makes the object: `return { read, write }`.
    pub(crate) fn is_member_by_name(&mut self, value: &Expr) {
        if let Expr::Local { func, index } = value
            && let Some(bound @ Expr::Func(_)) = self.facts.functions[*func as usize]
                .bindings
                .get(*index as usize)
        {
            let bound = bound.clone();
            self.is_member(&bound);
        }
    }

    /// A function that is an entry of an object or a field of a class, called on what has it.
    pub(crate) fn is_member(&mut self, value: &Expr) {
        if let Expr::Func(func) = value {
            let function = &mut self.facts.functions[*func as usize];
            if function.kind == FunctionKind::Plain {
                function.kind = FunctionKind::Member;
            }
        }
    }
}
