//! What members of an enumeration have beside their value: a property or a method of its class
//! (`Kind.RAW.folder`). A member is worth its value, so its class is taken from where it is named or declared.

use super::*;
use crate::value::MAX_ALTERNATIVES;

/// A class with more attributes than this is not looked through for its members.
const MAX_ATTRIBUTES: usize = 24;
/// Names that are looked through for an enumeration.
const MAX_HOPS: usize = 6;

impl Evaluator<'_> {
    /// A property of the member that an expression stands for; of a member that is not known, that of any.
    pub(super) fn property_of_member(
        &mut self,
        object: &Expr,
        worth: &Values,
        name: &str,
        scope: &Scope,
    ) -> Option<Values> {
        let class = self.enumeration(object, scope, MAX_HOPS)?;
        let func = method(&class, name)?;
        if func.function().kind != FunctionKind::Property {
            return None;
        }
        self.of_members(&class, worth, &func, &Args::default())
    }

    /// What a method of a member returns.
    pub(super) fn returned_by_member(
        &mut self,
        object: &Expr,
        worth: &Values,
        name: &str,
        (args, scope): (&Args, &Scope),
    ) -> Option<Values> {
        let class = self.enumeration(object, scope, MAX_HOPS)?;
        let func = method(&class, name)?;
        if func.function().kind != FunctionKind::Method {
            return None;
        }
        self.of_members(&class, worth, &func, args)
    }

    fn of_members(
        &mut self,
        class: &ClassRef,
        worth: &Values,
        func: &FuncRef,
        args: &Args,
    ) -> Option<Values> {
        let is_known = |value: &Value| matches!(value, Value::Text(_) | Value::Int(_));
        let members = match worth.iter().all(is_known) {
            true => worth.clone(),
            false => self.members(class)?,
        };
        Some(members.flat_map(|member| {
            let closure = Closure {
                func: func.clone(),
                this: Some(Box::new(member.clone())),
                outer: None,
                given: None,
            };
            self.call_closure(&closure, args)
        }))
    }

    /// The values of all members of an enumeration; `None` where there are too many.
    fn members(&mut self, class: &ClassRef) -> Option<Values> {
        let attributes = &class.class().attributes;
        if attributes.len() > MAX_ATTRIBUTES {
            return None;
        }
        let names: Vec<SmolStr> = attributes.iter().map(|(name, _)| name.clone()).collect();
        let mut all = Vec::new();
        for name in &names {
            let worth = self.own_attribute(class, name)?;
            let is_member = |value: &&Value| matches!(value, Value::Text(_) | Value::Int(_));
            all.extend(worth.iter().filter(is_member).cloned());
        }
        let is_told = !all.is_empty() && all.len() <= MAX_ALTERNATIVES;
        is_told.then(|| Values::collect(all))
    }

    /// The enumeration that an expression names or is declared to be a member of.
    fn enumeration(&mut self, object: &Expr, scope: &Scope, hops: usize) -> Option<ClassRef> {
        let hops = hops.checked_sub(1)?;
        let facts = scope.facts.clone();
        let at = Scope {
            frame: None,
            ..scope.clone()
        };
        match object {
            Expr::Attr(class, _) => self.as_enumeration(class, scope),
            Expr::This(class) => Some(class_ref(scope, *class)).filter(is_enumeration),
            Expr::Param { func, index } => {
                let param = &facts.functions[*func as usize].params[*index as usize];
                self.as_enumeration(param.annotation.as_ref()?, &at)
            }
            Expr::Declared(both) => self.as_enumeration(&both.1, &at),
            Expr::Call(index) => self.as_enumeration(&facts.calls[*index as usize].callee, scope),
            Expr::When(_, inner) => self.enumeration(inner, scope, hops),
            Expr::Each(all) => self.as_enumeration(all, scope),
            Expr::Local { func, index } => {
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                self.enumeration(bound, scope, hops)
            }
            Expr::Own(index) => {
                self.enumeration(&facts.definitions[*index as usize].value, scope, hops)
            }
            _ => None,
        }
    }

    fn as_enumeration(&mut self, class: &Expr, scope: &Scope) -> Option<ClassRef> {
        if !matches!(
            class,
            Expr::Name(_) | Expr::Attr(..) | Expr::Own(_) | Expr::Import(_) | Expr::Class(_)
        ) {
            return None;
        }
        match self.eval(class, scope).first() {
            Value::Class(class) if is_enumeration(class) => Some(class.clone()),
            _ => None,
        }
    }
}
