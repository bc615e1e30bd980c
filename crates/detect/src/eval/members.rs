//! Members of something whose class cannot be told, by their names alone: `paths.raw_key(job)` where `paths` is a
//! parameter without a type. Where the classes of the repository that have a member of that name are few, and each
//! of them says something, it is any of theirs. What an object of such a class was made with stays unknown, and is
//! the unknown that was asked.

use super::*;
use crate::callees::fits;
use crate::keys::patterns;
use crate::language::Language;
use crate::namesakes::is_distinctive;
use crate::source_rules::is_test_path;

/// A member that more classes have may be anything.
const MAX_CLASSES: usize = 3;
/// An attribute that all classes say the same string for may be one of more.
const MAX_HOLDERS: usize = 4;

impl Evaluator<'_> {
    /// What a method returns that is called on something of which nothing is known.
    pub(super) fn returned_by_any(
        &mut self,
        on: &Values,
        name: &str,
        (call, args): (&crate::facts::Call, &Args),
        from: FileId,
    ) -> Option<Values> {
        let why = unknown(on)?;
        if !is_distinctive(name) {
            return None;
        }
        let language = self.language_of(from);
        let methods = self.program.methods(name);
        let mut found = Vec::new();
        for (file, facts, func) in methods.iter() {
            let func = FuncRef {
                file: *file,
                facts: facts.clone(),
                func: *func,
            };
            let function = func.function();
            let path = self.program.path(*file);
            if self.language_of(*file) != language
                || is_test_path(&path)
                || is_hook(function, facts)
            {
                continue;
            }
            if !fits(call, &func, &path) || found.len() >= MAX_CLASSES {
                return None;
            }
            let this = function.class.map(|class| Value::Instance {
                class: ClassRef {
                    file: *file,
                    facts: facts.clone(),
                    class,
                },
                args: None,
            });
            found.push(Closure {
                func,
                this: this.map(Box::new),
                outer: None,
                given: None,
            });
        }
        let returned = found
            .iter()
            .map(|closure| self.call_closure(closure, args))
            .collect::<Vec<_>>();
        any_that_says(&returned, why)
    }

    /// Whether something is a parameter that is declared to be of a class from elsewhere: `args: argparse.Namespace`.
    fn is_declared_elsewhere(&mut self, object: &Expr, scope: &Scope) -> bool {
        let Expr::Param { func, index } = object else {
            return false;
        };
        let facts = scope.facts.clone();
        let param = &facts.functions[*func as usize].params[*index as usize];
        let Some(annotation) = &param.annotation else {
            return false;
        };
        let of_module = Scope::of_module(scope.file, &facts);
        let declared = self.eval(annotation, &of_module);
        // What is built in says less: `plates: list` may be anything that is gone through.
        let is_class = |path: &str| path.contains('.') && !path.starts_with("typing");
        matches!(declared.first(), Value::External(class) if is_class(&class.path))
    }

    /// What is read of something of which nothing is known, where all classes with such an attribute say the same
    /// string for it: a constant by its name, else what an object has that nobody made otherwise.
    pub(super) fn or_constant(
        &mut self,
        found: Values,
        (object, name): (&Expr, &str),
        scope: &Scope,
    ) -> Values {
        let is_constant = !name.contains(char::is_lowercase);
        let is_of_words = name.trim_matches('_').contains('_');
        if !is_of_words && !is_constant || unknown(&found).is_none() {
            return found;
        }
        if self.language_of(scope.file) != Language::Python
            || self.is_declared_elsewhere(object, scope)
        {
            return found;
        }
        let Some(said) = self.said_by_all(name) else {
            return found;
        };
        let said = Values::one(Value::text(&said));
        match is_constant {
            true => said,
            false => found.map(|value| operators::given_or(value, &said)),
        }
    }

    /// The string that all classes with an attribute of that name have in it, as they are written.
    fn said_by_all(&mut self, name: &str) -> Option<SmolStr> {
        let holders = self.program.holders(name);
        let mut said: Option<&SmolStr> = None;
        if holders.len() > MAX_HOLDERS {
            return None;
        }
        for (file, facts, class) in holders.iter() {
            if self.language_of(*file) != Language::Python
                || is_test_path(&self.program.path(*file))
            {
                continue;
            }
            let class = &facts.classes[*class as usize];
            let set = class.attributes.iter().chain(&class.fields);
            for (_, value) in set.filter(|(known, _)| known == name) {
                let Expr::Text(text) = value else {
                    return None;
                };
                if said.is_some_and(|said| said != text) {
                    return None;
                }
                said = Some(text);
            }
        }
        said.filter(|text| text.contains(char::is_alphanumeric))
            .cloned()
    }

    /// What an attribute is worth of something of which nothing is known.
    pub(super) fn attribute_of_any(
        &mut self,
        on: &Values,
        (object, name): (&Expr, &str),
        scope: &Scope,
    ) -> Option<Values> {
        let why = unknown(on)?;
        if !is_distinctive(name) || self.is_declared_elsewhere(object, scope) {
            return None;
        }
        let from = scope.file;
        let language = self.language_of(from);
        let holders = self.program.holders(name);
        let mut found = Vec::new();
        for (file, facts, class) in holders.iter() {
            if self.language_of(*file) != language || is_test_path(&self.program.path(*file)) {
                continue;
            }
            if found.len() >= MAX_CLASSES {
                return None;
            }
            found.push(Value::Instance {
                class: ClassRef {
                    file: *file,
                    facts: facts.clone(),
                    class: *class,
                },
                args: None,
            });
        }
        let worth = found
            .iter()
            .map(|object| self.attribute(object, name, from))
            .collect::<Vec<_>>();
        any_that_says(&worth, why)
    }
}

/// Why something is not known that anybody may give.
fn unknown(on: &Values) -> Option<&Why> {
    let is_open = |value: &Value| matches!(value, Value::Hole(Why::Parameter(_) | Why::Field(_)));
    match on.first() {
        Value::Hole(why) if on.iter().all(is_open) => Some(why),
        _ => None,
    }
}

/// All of some strings where each says something, what they leave open being what was not known before.
fn any_that_says(all: &[Values], why: &Why) -> Option<Values> {
    let says = |values: &Values| {
        let is_text = |value: &Value| matches!(value, Value::Text(_) | Value::Null);
        // What is set by somebody, or a text where nobody sets it, says that.
        values.iter().all(is_text) && patterns(values).iter().any(|it| !it.is_opaque())
    };
    let all: Vec<Values> = all.iter().map(|values| values.clone().there()).collect();
    if all.is_empty() || !all.iter().all(says) {
        return None;
    }
    let filled = all.iter().flat_map(Values::iter).map(|value| match value {
        Value::Text(text) => {
            let mut text = text.clone();
            for part in &mut text.parts {
                if let Part::Hole(Why::Parameter(_) | Why::Field(_)) = part {
                    *part = Part::Hole(why.clone());
                }
            }
            Value::Text(text)
        }
        other => other.clone(),
    });
    Some(Values::collect(filled))
}
