//! Attributes of something whose class cannot be told: a parameter without a type, what a framework hands
//! over. Where every class of the repository that has an attribute of that name keeps an object of one and
//! the same class there, and that class has the member that is asked for, it is such an object.
//!
//! What the classes keep is told by the text of their values and by the names of classes alone: to work
//! the values out would have no end where they are made of one another.

use super::*;
use crate::language::{Dialect, Language};
use crate::source_rules::is_test_path;

/// An attribute that more classes have means many things.
const MAX_HOLDERS: usize = 4;
/// Choices within choices are looked through this far.
const MAX_LOOKS: u32 = 6;

/// An object that a class keeps, and what it is made with where that is seen.
struct Made {
    class: ClassRef,
    args: Args,
}

impl Evaluator<'_> {
    /// What a member is asked of: where nothing is known of it, what classes keep under its name.
    pub(super) fn or_kept(
        &mut self,
        on: Values,
        object: &Expr,
        member: &str,
        scope: &Scope,
    ) -> Values {
        let kept = self.kept_object(&on, object, member, scope);
        kept.map_or(on, Values::one)
    }

    /// The object that `object` is by the name of its attribute, where it is worth `on`, of which nothing is
    /// known, and has the member that is asked for.
    pub(crate) fn kept_object(
        &mut self,
        on: &Values,
        object: &Expr,
        member: &str,
        scope: &Scope,
    ) -> Option<Value> {
        let Value::Hole(why) = on.first() else {
            return None;
        };
        if !on.iter().all(is_open) {
            return None;
        }
        let name = attribute_of(object, &scope.facts, MAX_LOOKS)?;
        let Value::Instance { class, args } = self.kept(&name, scope.file).first().clone() else {
            return None;
        };
        let mut above = self.ancestors(&class).into_iter();
        if !has_member(&class, member) && !above.any(|class| has_member(&class, member)) {
            return None;
        }
        // Whoever says what the attribute is read from says what is missing here.
        let missing = Value::Hole(why.clone());
        let fill = |values: &Values| {
            values.map(|value| match value {
                Value::Hole(_) => missing.clone(),
                known => known.clone(),
            })
        };
        let mut given = args.map_or_else(Args::default, |args| (*args).clone());
        given.positional = given.positional.iter().map(fill).collect();
        let keywords = given.keywords.into_iter();
        given.keywords = keywords.map(|(name, it)| (name, fill(&it))).collect();
        given.open = given.open.map(|_| why.clone());
        Some(Value::Instance {
            class,
            args: Some(Shared::new(given)),
        })
    }

    /// The one object that all classes keep under a name; a hole where there is none.
    fn kept(&mut self, name: &SmolStr, from: FileId) -> Values {
        let language = self.language_of(from);
        self.remembered(Key::Kept(language, name.clone()), |this| {
            let made = this.kept_by_all(name, language);
            made.map_or_else(
                || Values::hole(Why::Syntax("attribute".into())),
                |made| {
                    Values::one(Value::Instance {
                        class: made.class,
                        args: Some(Shared::new(made.args)),
                    })
                },
            )
        })
    }

    pub(super) fn language_of(&self, file: FileId) -> Language {
        Dialect::of_path(&self.program.path(file)).map_or(Language::Python, Dialect::language)
    }

    fn kept_by_all(&mut self, name: &SmolStr, language: Language) -> Option<Made> {
        let holders = self.program.holders(name);
        let mut own: Vec<ClassRef> = Vec::new();
        for (file, facts, class) in holders.iter() {
            if self.language_of(*file) != language || is_test_path(&self.program.path(*file)) {
                continue;
            }
            own.push(ClassRef {
                file: *file,
                facts: facts.clone(),
                class: *class,
            });
            if own.len() > MAX_HOLDERS || own.len() > 1 && is_anything(name) {
                return None;
            }
        }
        let mut found: Vec<Made> = Vec::new();
        for holder in &own {
            self.held(holder, name, &mut found)?;
        }
        let mut found = found.into_iter();
        let mut one = found.next()?;
        for other in found {
            if other.class != one.class {
                return None;
            }
            if other.args != one.args {
                one.args = unseen();
            }
        }
        Some(one)
    }

    /// What one class keeps under a name; `None` where that is not told, or is no object of the repository.
    fn held(&mut self, holder: &ClassRef, name: &str, found: &mut Vec<Made>) -> Option<()> {
        let class = holder.class();
        let scope = Scope::around(holder);
        let declared = class.annotations.iter().find(|(known, _)| known == name);
        if let Some((_, declared)) = declared
            && let Some(class) = self.class_named(declared, &scope)
        {
            found.push(Made {
                class,
                args: unseen(),
            });
            return Some(());
        }
        let set = class.fields.iter().chain(&class.attributes);
        for (_, value) in set.filter(|(known, _)| known == name) {
            self.look(value, &scope, MAX_LOOKS, found)?;
        }
        let functions = &holder.facts.functions;
        let mut methods = class.methods.iter();
        let method = methods.find(|at| functions[**at as usize].name == *name);
        if let Some(method) = method {
            self.look(&Expr::Func(*method), &scope, MAX_LOOKS, found)?;
        }
        Some(())
    }

    fn look(
        &mut self,
        value: &Expr,
        scope: &Scope,
        depth: u32,
        found: &mut Vec<Made>,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let facts = scope.facts.clone();
        match value {
            // What it is before it is made.
            Expr::Null => Some(()),
            Expr::Call(index) => {
                let call = &facts.calls[*index as usize];
                let class = self.class_named(&call.callee, scope)?;
                let args = call.args.iter();
                let args = args.map(|arg| match is_plain(&arg.value) {
                    true => self.eval(&arg.value, scope),
                    false => Values::hole(Why::Syntax("argument".into())),
                });
                let args = given(&call.args, args.collect());
                let args = match args.is_kept() {
                    true => args,
                    false => unseen(),
                };
                found.push(Made { class, args });
                Some(())
            }
            Expr::Local { func, index } => {
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                self.look(bound, scope, depth, found)
            }
            Expr::Param { func, index } => {
                let param = &facts.functions[*func as usize].params[*index as usize];
                let class = self.class_named(param.annotation.as_ref()?, scope)?;
                let args = unseen();
                found.push(Made { class, args });
                Some(())
            }
            Expr::Func(func) => {
                let function = &facts.functions[*func as usize];
                if function.kind != FunctionKind::Property {
                    return None;
                }
                for value in &function.returns {
                    self.look(value, scope, depth, found)?;
                }
                Some(())
            }
            Expr::Alt(all) => {
                for value in all {
                    self.look(value, scope, depth, found)?;
                }
                Some(())
            }
            Expr::When(_, value) => self.look(value, scope, depth, found),
            // `store or Store()`
            Expr::Binary(Operator::Or, given, made) if is_given(given) => {
                self.look(made, scope, depth, found)?;
                if let Some(made) = found.last_mut() {
                    made.args = unseen();
                }
                Some(())
            }
            Expr::Declared(both) => match self.class_named(&both.1, scope) {
                Some(class) => {
                    let args = unseen();
                    found.push(Made { class, args });
                    Some(())
                }
                None => self.look(&both.0, scope, depth, found),
            },
            _ => None,
        }
    }

    /// The class of the repository that a name of the module is.
    fn class_named(&mut self, named: &Expr, scope: &Scope) -> Option<ClassRef> {
        let is_name = |expr: &Expr| {
            matches!(
                expr,
                Expr::Name(_) | Expr::Own(_) | Expr::Import(_) | Expr::Class(_)
            )
        };
        let is_named = match named {
            Expr::Attr(module, _) => is_name(module),
            named => is_name(named),
        };
        if !is_named {
            return None;
        }
        match self.eval(named, scope).first() {
            Value::Class(class) if !is_enumeration(class) => Some(class.clone()),
            _ => None,
        }
    }
}

/// Arguments of which none is seen.
pub(super) fn unseen() -> Args {
    Args {
        open: Some(Why::Syntax("argument".into())),
        ..Args::default()
    }
}

/// Something that anybody may give: not what is known to be something else.
fn is_open(value: &Value) -> bool {
    matches!(value, Value::Hole(Why::Parameter(_) | Why::Field(_)))
}

/// The name of the attribute that something is read from.
fn attribute_of(expr: &Expr, facts: &Facts, depth: u32) -> Option<SmolStr> {
    let depth = depth.checked_sub(1)?;
    match expr {
        Expr::Attr(_, name) => Some(name.clone()),
        Expr::Local { func, index } => {
            let bound = &facts.functions[*func as usize].bindings[*index as usize];
            attribute_of(bound, facts, depth)
        }
        Expr::When(_, value) => attribute_of(value, facts, depth),
        _ => None,
    }
}

fn has_member(class: &ClassRef, name: &str) -> bool {
    let functions = &class.facts.functions;
    let own = class.class();
    let mut methods = own.methods.iter();
    let mut set = own.fields.iter().chain(&own.attributes);
    methods.any(|method| functions[*method as usize].name == name)
        || set.any(|(known, _)| known == name)
        || own.annotations.iter().any(|(known, _)| known == name)
}

/// What says what it is worth by itself.
fn is_plain(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Text(_) | Expr::Int(_) | Expr::Bool(_) | Expr::Null | Expr::Name(_)
    )
}

fn is_given(expr: &Expr) -> bool {
    matches!(expr, Expr::Param { .. })
}

/// Whether an attribute is named as one of anything may be.
fn is_anything(name: &str) -> bool {
    matches!(
        name.trim_start_matches('_'),
        "name"
            | "path"
            | "key"
            | "data"
            | "client"
            | "config"
            | "settings"
            | "options"
            | "context"
            | "parent"
            | "child"
            | "model"
            | "value"
            | "file"
            | "state"
            | "session"
            | "service"
            | "manager"
            | "url"
            | "type"
            | "info"
            | "meta"
            | "metadata"
            | "result"
            | "request"
            | "response"
    )
}
