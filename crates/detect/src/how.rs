//! How a value was folded, in words: the names and helpers it went through.

use crate::eval::Scope;
use crate::facts::{Expr, ImportItem};
use crate::sites::Finder;
use crate::value::Value;

impl Finder<'_> {
    /// The names and helpers that a value was folded through, in words.
    pub(crate) fn steps(
        &mut self,
        expr: &Expr,
        scope: &Scope,
        depth: usize,
        how: &mut Vec<String>,
    ) {
        if depth == 0 || how.len() >= 8 {
            return;
        }
        match expr {
            Expr::Concat(parts) => {
                for part in parts {
                    self.steps(part, scope, depth - 1, how);
                }
            }
            Expr::Binary(_, left, right) => {
                self.steps(left, scope, depth - 1, how);
                self.steps(right, scope, depth - 1, how);
            }
            Expr::Attr(object, name) => {
                self.kept_step(object, name, scope, how);
                self.steps(object, scope, depth - 1, how);
            }
            Expr::Index(object, _)
            | Expr::Slice(object, _)
            | Expr::When(_, object)
            | Expr::Each(object) => {
                self.steps(object, scope, depth - 1, how);
            }
            Expr::Declared(both) => self.steps(&both.0, scope, depth - 1, how),
            Expr::Alt(values) => {
                for value in values {
                    self.steps(value, scope, depth - 1, how);
                }
            }
            Expr::Local { func, index } => {
                let value = &scope.facts.functions[*func as usize].bindings[*index as usize];
                self.steps(value, scope, depth - 1, how);
            }
            Expr::Import(index) => {
                let import = &scope.facts.imports[*index as usize];
                if let Some(file) = self.program.module(scope.file, &import.module)
                    && let ImportItem::Named(name) = &import.item
                {
                    push_step(how, format!("{name} from {}", self.program.path(file)));
                }
            }
            Expr::Name(name) => {
                let definitions = self.program.definitions(scope.file, name);
                let Some((facts, index)) = definitions.last() else {
                    return;
                };
                let value = facts.definitions[*index as usize].value.clone();
                match value {
                    Expr::Import(_) => {
                        let scope = Scope {
                            facts: facts.clone(),
                            frame: None,
                            ..scope.clone()
                        };
                        self.steps(&value, &scope, depth - 1, how);
                    }
                    _ => push_step(how, format!("{name} in {}", self.program.path(scope.file))),
                }
            }
            Expr::Call(index) => {
                let facts = scope.facts.clone();
                let call = &facts.calls[*index as usize];
                if let Expr::Attr(object, name) = &call.callee {
                    self.kept_step(object, name, scope, how);
                }
                for closure in self.callees(call, scope) {
                    let path = self.program.path(closure.func.file);
                    push_step(how, format!("{}() in {path}", closure.func.function().name));
                }
            }
            _ => {}
        }
    }

    /// That an object is what it is by the name of its attribute alone.
    pub(crate) fn kept_step(
        &mut self,
        object: &Expr,
        member: &str,
        scope: &Scope,
        how: &mut Vec<String>,
    ) {
        let on = self.eval.root(object, scope);
        let kept = self
            .eval
            .apart(|eval| eval.kept_object(&on, object, member, scope));
        if let Some(Value::Instance { class, .. }) = kept {
            let name = &class.class().name;
            push_step(
                how,
                format!(
                    "what `{member}` is asked of is not known: every class of the repository with \
                     such an attribute has an object of `{name}` there"
                ),
            );
        }
    }
}

fn push_step(how: &mut Vec<String>, step: String) {
    if !how.contains(&step) {
        how.push(step);
    }
}
