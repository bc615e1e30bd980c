//! Methods of the API tables that Python code keeps under a name of its own: `put = partial(s3.put_object, Bucket=BUCKET)`,
//! `self.upload = s3.upload_file`. Such a name is a function that hands on what it is given, and is walked as one
//! (`lambda *args, **kwargs: s3.put_object(*args, Bucket=BUCKET, **kwargs)`): so whoever calls it, in whatever file, is followed
//! as with any wrapper.

use tree_sitter::Node;

use crate::apis::api_table;
use crate::facts::{Arg, ArgKind, Expr, Function, FunctionKind, Param, ParamKind};
use crate::language::Language;
use crate::roles::Role;
use crate::scope::{Scope, ScopeKind};
use crate::walk::Walker;
use crate::wrappers::is_everybodys;

impl<'t> Walker<'t> {
    /// What a name of a module or a field is bound to, as a function where it keeps a method.
    pub(crate) fn kept_method(&mut self, target: Node<'t>, node: Node<'t>, value: Expr) -> Expr {
        let is_kept = matches!(
            (self.innermost().kind, self.role(target)),
            (ScopeKind::Module, Some(Role::Name)) | (ScopeKind::Function(_), Some(Role::Attribute))
        );
        if self.language != Language::Python || !is_kept {
            return value;
        }
        let kept = match &value {
            Expr::Attr(_, name) if name.contains('_') && is_of_tables(&value) => {
                Some((value.clone(), Vec::new()))
            }
            Expr::Call(_) => self.partial_of_method(&value),
            _ => None,
        };
        match kept {
            Some((method, given)) => self.handing_on(node, method, given),
            None => value,
        }
    }

    /// The method and the arguments that `partial` was given.
    fn partial_of_method(&mut self, value: &Expr) -> Option<(Expr, Vec<Arg>)> {
        let Expr::Call(index) = value else {
            return None;
        };
        let given_method = |index: u32| {
            let call = &self.facts.calls[index as usize];
            let is_partial = call.callee_name().is_some_and(|name| name == "partial");
            let (method, given) = call.args.split_first().filter(|_| is_partial)?;
            is_of_tables(&method.value).then(|| (method.value.clone(), given.to_vec()))
        };
        // In a function, what is given to `partial` counts as called there: that is taken back.
        match given_method(*index) {
            Some(made) => Some(made),
            None => {
                given_method(index.checked_sub(1)?)?;
                self.made_partial(value)
            }
        }
    }

    /// A function that calls a method with what it is given.
    fn handing_on(&mut self, node: Node<'t>, method: Expr, given: Vec<Arg>) -> Expr {
        let func = self.facts.functions.len() as u32;
        let param = |name: &str, kind| Param {
            name: name.into(),
            kind,
            default: None,
            annotation: None,
            given: None,
        };
        let parent = self.function();
        self.facts.functions.push(Function {
            name: "".into(),
            kind: FunctionKind::Plain,
            class: None,
            parent,
            params: vec![
                param("args", ParamKind::Rest),
                param("kwargs", ParamKind::RestMap),
            ],
            bindings: Vec::new(),
            returns: Vec::new(),
            returned: None,
            calls: 0..0,
            reads_receiver: false,
        });
        let handed = |kind, index| Arg {
            keyword: None,
            kind,
            value: Expr::Param { func, index },
        };
        let (named, mut args): (Vec<Arg>, Vec<Arg>) =
            given.into_iter().partition(|arg| arg.keyword.is_some());
        args.push(handed(ArgKind::Spread, 0));
        args.extend(named);
        args.push(handed(ArgKind::SpreadMap, 1));
        let guard = self.guard.take();
        self.scopes.push(Scope::new(ScopeKind::Function(func)));
        let call = self.push_call(node, method, args, Vec::new());
        self.scopes.pop();
        self.guard = guard;
        let function = &mut self.facts.functions[func as usize];
        function.returns.push(Expr::Call(call));
        function.calls = call..call + 1;
        Expr::Func(func)
    }
}

/// Whether a method has a name of the tables, and one that says something.
fn is_of_tables(method: &Expr) -> bool {
    let Expr::Attr(_, name) = method else {
        return false;
    };
    !is_everybodys(name) && !api_table(Language::Python).rows(name).is_empty()
}
