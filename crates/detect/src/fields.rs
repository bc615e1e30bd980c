//! Which expressions hang on the object that a method is called on: on fields that its maker gives, or
//! on members that a class below fills in. By syntax alone. Calls of such a method say more than the
//! method does by itself, as calls of one that passes a parameter on do.

use crate::eval::is_hook;
use crate::facts::{Expr, Facts};

/// Expressions that are looked at for one answer.
const MAX_LOOKS: u32 = 200;

/// The method around a place that is reached by its name, where an expression there hangs on the object
/// that the method is called on.
pub(crate) fn method_around(facts: &Facts, func: Option<u32>) -> Option<u32> {
    let mut at = func;
    while let Some(index) = at {
        let function = &facts.functions[index as usize];
        let is_constructor = function
            .class
            .is_some_and(|class| facts.classes[class as usize].constructor == Some(index));
        if function.class.is_some() || function.reads_receiver && !function.name.is_empty() {
            return (!is_constructor).then_some(index);
        }
        at = function.parent;
    }
    None
}

/// Whether an expression hangs on the object that the method around it is called on.
pub(crate) fn hangs_on_object(expr: &Expr, facts: &Facts) -> bool {
    Look {
        facts,
        left: MAX_LOOKS,
    }
    .hangs(expr)
}

struct Look<'f> {
    facts: &'f Facts,
    left: u32,
}

impl Look<'_> {
    fn hangs(&mut self, expr: &Expr) -> bool {
        let Some(left) = self.left.checked_sub(1) else {
            return false;
        };
        self.left = left;
        match expr {
            Expr::Receiver => true,
            Expr::Attr(object, name) => match object.as_ref() {
                Expr::This(class) => self.is_given(*class, name),
                object => self.hangs(object),
            },
            Expr::Local { func, index } => {
                let facts = self.facts;
                self.hangs(&facts.functions[*func as usize].bindings[*index as usize])
            }
            Expr::Call(index) => {
                let call = &self.facts.calls[*index as usize];
                self.hangs(&call.callee) || call.args.iter().any(|arg| self.hangs(&arg.value))
            }
            Expr::Concat(parts) | Expr::List(parts) | Expr::Alt(parts) => {
                parts.iter().any(|part| self.hangs(part))
            }
            Expr::Map(entries) => entries.iter().any(|(_, value)| self.hangs(value)),
            Expr::Binary(_, left, right) | Expr::Index(left, right) => {
                self.hangs(left) || self.hangs(right)
            }
            Expr::Slice(inner, _)
            | Expr::Spread(inner)
            | Expr::Each(inner)
            | Expr::Every(inner)
            | Expr::Filtered(inner)
            | Expr::When(_, inner)
            | Expr::Set(inner) => self.hangs(inner),
            Expr::Declared(both) => self.hangs(&both.0),
            _ => false,
        }
    }

    /// Whether a member is given from outside the class: by whoever makes the object, or by another class.
    fn is_given(&mut self, class: u32, name: &str) -> bool {
        let facts = self.facts;
        let class = &facts.classes[class as usize];
        let mut set = class
            .fields
            .iter()
            .filter(|(known, _)| known == name)
            .peekable();
        if set.peek().is_some() {
            return set.any(|(_, value)| self.takes_parameter(value) || self.hangs(value));
        }
        let mut attributes = class.attributes.iter();
        // A class below may set what is empty here. Python's methods are attributes too.
        let is_value = |value: &Expr| !matches!(value, Expr::Func(_));
        match attributes.find(|(known, _)| known == name) {
            Some((_, Expr::Null)) => return true,
            Some((_, value)) if is_value(value) => return false,
            _ => {}
        }
        let functions = &facts.functions;
        let methods = class
            .methods
            .iter()
            .map(|method| &functions[*method as usize]);
        let mut own = methods.filter(|method| method.name == name).peekable();
        match own.peek() {
            Some(_) => own.any(|method| {
                is_hook(method, facts) || method.returns.iter().any(|value| self.hangs(value))
            }),
            None => true,
        }
    }

    fn takes_parameter(&mut self, value: &Expr) -> bool {
        !crate::taint::Taint::new(self.facts).of(value).is_empty()
    }
}
