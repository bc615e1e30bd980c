//! What a method returns that is called through an interface, a protocol or an abstract class: what those classes return
//! that fill it in. Keys that a store lists are read or deleted by the same store.

use super::*;
use crate::callees::is_protocol;
use crate::source_rules::is_test_path;

/// How far a declared type is looked for.
const MAX_HOPS: usize = 6;
/// A method that more classes fill in may return anything.
const MAX_IMPLEMENTED: usize = 4;
/// More methods of one name are not looked through.
const MAX_METHODS: usize = 24;

impl Evaluator<'_> {
    /// What the classes return that fill in a method which is called on something of a declared type: of those that say
    /// something of it. One that keeps everything in memory, for tests, says nothing.
    pub(super) fn returned_by_implementations(
        &mut self,
        (object, on): (&Expr, &Values),
        name: &str,
        args: &Args,
        scope: &Scope,
    ) -> Option<Values> {
        let declared = match on.first() {
            // What one's own class leaves open is filled in where it is asked what classes below do.
            _ if matches!(object, Expr::This(_)) => return None,
            Value::Instance { class, args: None } => class.clone(),
            Value::Hole(_) => self.declared_type(object, scope, MAX_HOPS)?,
            _ => return None,
        };
        let mut said: Vec<Value> = Vec::new();
        for closure in self.implementations(&declared, name)? {
            let returned = filled(&self.call_closure(&closure, args)).there();
            if returned.iter().all(says_something) {
                said.extend(returned.iter().cloned());
            }
        }
        (!said.is_empty()).then(|| Values::collect(said))
    }

    /// The methods of that name of classes that are of a type.
    fn implementations(&mut self, declared: &ClassRef, name: &str) -> Option<Vec<Closure>> {
        let methods = self.program.methods(name);
        if methods.len() > MAX_METHODS {
            return None;
        }
        let mut found = Vec::new();
        for (file, facts, func) in methods.iter() {
            let function = &facts.functions[*func as usize];
            let Some(class) = function.class else {
                continue;
            };
            let class = ClassRef {
                file: *file,
                facts: facts.clone(),
                class,
            };
            if class == *declared
                || is_hook(function, facts)
                || is_test_path(&self.program.path(*file))
                || !self.is_of_type(&class, declared)
            {
                continue;
            }
            found.push(Closure {
                func: FuncRef {
                    file: *file,
                    facts: facts.clone(),
                    func: *func,
                },
                this: Some(Box::new(Value::Instance { class, args: None })),
                outer: None,
                given: None,
            });
        }
        (found.len() <= MAX_IMPLEMENTED).then_some(found)
    }

    /// Whether a class is below another one, says that it implements it, or has all methods of a protocol of Python's.
    pub(crate) fn is_of_type(&mut self, class: &ClassRef, declared: &ClassRef) -> bool {
        if self.ancestors(class).contains(declared) || self.interfaces(class).contains(declared) {
            return true;
        }
        if !is_protocol(declared) || is_protocol(class) {
            return false;
        }
        let functions = &declared.facts.functions;
        let methods = declared.class().methods.iter();
        let names: Vec<&SmolStr> = methods.map(|it| &functions[*it as usize].name).collect();
        names
            .iter()
            .all(|name| self.method_of(class, name).is_some())
    }
}

/// Whether something is known of a value, or of what is in it.
fn says_something(value: &Value) -> bool {
    let is_known = |part: &Part| matches!(part, Part::Literal(_));
    match value {
        Value::Text(text) => text.parts.iter().any(is_known),
        Value::List(elements) => {
            let mut elements = elements.iter().flat_map(Values::iter);
            elements.any(says_something)
        }
        Value::External(external) => crate::listings::elements(external).is_some(),
        _ => false,
    }
}
