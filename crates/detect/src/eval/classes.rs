//! Classes: what they inherit from, what they implement, and attributes as they are found by name.

use super::enumerations::is_auto;
use super::*;

impl Evaluator<'_> {
    pub(super) fn bases(&mut self, class: &ClassRef) -> Vec<ClassRef> {
        let scope = Scope::around(class);
        let bases = class.class().bases.clone();
        let mut found = Vec::new();
        for base in &bases {
            // `Store[Job]`: the class, whatever it is made for.
            let base = match base {
                Expr::Index(generic, _) => generic,
                base => base,
            };
            match self.eval(base, &scope).first() {
                Value::Class(base) => found.push(base.clone()),
                // `module.exports = Store`
                Value::Module(file) => match self.module_name(*file, "default").as_ref() {
                    Some(whole) if let Value::Class(base) = whole.first() => {
                        found.push(base.clone())
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        found
    }

    /// The classes that a class inherits from, nearest first, each once.
    pub(crate) fn ancestors(&mut self, class: &ClassRef) -> Vec<ClassRef> {
        let mut found: Vec<ClassRef> = Vec::new();
        let mut open = self.bases(class);
        open.reverse();
        while let Some(base) = open.pop() {
            if base == *class || found.contains(&base) || found.len() >= MAX_ANCESTORS {
                continue;
            }
            let above = self.bases(&base);
            found.push(base);
            open.extend(above.into_iter().rev());
        }
        found
    }

    pub(crate) fn class_attribute(&mut self, class: &ClassRef, name: &str) -> Option<Values> {
        if let Some(found) = self.own_attribute(class, name) {
            return Some(found);
        }
        if let Some(found) = self.later_attribute(class, name) {
            return Some(found);
        }
        let ancestors = self.ancestors(class);
        ancestors
            .iter()
            .find_map(|base| self.own_attribute(base, name))
    }

    /// An attribute that a later statement gives the class: `Store.prefix = "raw"`,
    /// `Store.prototype.save = function …`.
    fn later_attribute(&mut self, class: &ClassRef, name: &str) -> Option<Values> {
        let class_name = &class.class().name;
        if class_name.is_empty() {
            return None;
        }
        if let Some(found) = self.attached_to(class.file, class_name, name) {
            return Some(found);
        }
        let prototype = format!("{class_name}.prototype");
        if let Some(found) = self.attached_to(class.file, &prototype, name) {
            return Some(found);
        }
        match self
            .attached_to(class.file, class_name, "prototype")?
            .first()
        {
            Value::Map(map) => map.get(name).cloned(),
            _ => None,
        }
    }

    /// The interfaces that a class implements, itself or by what it inherits from.
    pub(crate) fn interfaces(&mut self, class: &ClassRef) -> Vec<ClassRef> {
        let mut open = self.ancestors(class);
        open.push(class.clone());
        let mut found: Vec<ClassRef> = Vec::new();
        while let Some(at) = open.pop() {
            for named in at.class().implements.clone() {
                if let Some(interface) = self.interface(&named, at.file, &at.facts)
                    && !found.contains(&interface)
                    && found.len() < MAX_ANCESTORS
                {
                    found.push(interface.clone());
                    open.push(interface);
                }
            }
        }
        found
    }

    /// The type that something is declared to be of, where that is a class or an interface of the repository.
    pub(crate) fn declared_type(
        &mut self,
        object: &Expr,
        scope: &Scope,
        depth: usize,
    ) -> Option<ClassRef> {
        let depth = depth.checked_sub(1)?;
        let facts = scope.facts.clone();
        match object {
            Expr::Declared(both) => {
                let found = self.interface(&both.1, scope.file, &facts);
                found.or_else(|| self.declared_type(&both.0, scope, depth))
            }
            Expr::Param { func, index } => {
                let param = &facts.functions[*func as usize].params[*index as usize];
                match (self.annotation_of((*func, *index), scope), &param.given) {
                    (Some((named, at)), _) => self.interface(&named, at.file, &at.facts),
                    // An element that a callback is given.
                    (None, Some(given)) => self.declared_type(given, scope, depth),
                    (None, None) => None,
                }
            }
            Expr::Local { func, index } => {
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                self.declared_type(bound, scope, depth)
            }
            Expr::When(_, inner) => self.declared_type(inner, scope, depth),
            Expr::Own(index) => {
                self.declared_type(&facts.definitions[*index as usize].value, scope, depth)
            }
            Expr::Each(list) => {
                let element = self.declared_element(list, scope, depth)?;
                self.interface(&element, scope.file, &facts)
            }
            Expr::Index(of, entry) => {
                let Expr::Text(name) = &**entry else {
                    return None;
                };
                let (class, named) = self.declared_member(of, name, scope, depth)?;
                self.interface(&named, class.file, &class.facts)
            }
            Expr::Attr(of, name) => {
                let worth = self.eval(of, scope);
                let Value::Instance { class, .. } = worth.first() else {
                    let (class, named) = self.declared_member(of, name, scope, depth)?;
                    return self.interface(&named, class.file, &class.facts);
                };
                let mut classes = vec![class.clone()];
                classes.extend(self.ancestors(class));
                classes.iter().find_map(|class| {
                    let annotations = &class.class().annotations;
                    let (_, declared) = annotations.iter().find(|(known, _)| known == name)?;
                    self.interface(declared, class.file, &class.facts)
                })
            }
            _ => None,
        }
    }

    /// The type of the elements of something that is declared to be a list.
    pub(super) fn declared_element(
        &self,
        list: &Expr,
        scope: &Scope,
        depth: usize,
    ) -> Option<Expr> {
        let depth = depth.checked_sub(1)?;
        let functions = &scope.facts.functions;
        let declared = match list {
            Expr::Param { func, index } => {
                let param = &functions[*func as usize].params[*index as usize];
                param.annotation.as_ref()?
            }
            Expr::Declared(both) => &both.1,
            Expr::Local { func, index } => {
                let bound = &functions[*func as usize].bindings[*index as usize];
                return self.declared_element(bound, scope, depth);
            }
            _ => return None,
        };
        match declared {
            // An alternative is what a map has under its keys, which nobody goes through.
            Expr::Every(element) if !matches!(**element, Expr::Alt(_)) => Some((**element).clone()),
            _ => None,
        }
    }

    /// What the type that something is declared to be of says of a member, and the type that says it.
    pub(super) fn declared_member(
        &mut self,
        object: &Expr,
        name: &str,
        scope: &Scope,
        depth: usize,
    ) -> Option<(ClassRef, Expr)> {
        let mut open = vec![self.declared_type(object, scope, depth)?];
        let mut seen = 0;
        while let Some(at) = open.pop() {
            let members = &at.class().members;
            if let Some((_, of)) = members.iter().find(|(known, _)| known == name) {
                let of = of.clone();
                return Some((at, of));
            }
            seen += 1;
            if seen > MAX_ANCESTORS {
                return None;
            }
            let above = at.class().implements.iter();
            let above = above.filter_map(|it| self.interface(it, at.file, &at.facts));
            open.extend(above.collect::<Vec<_>>());
        }
        None
    }

    pub(super) fn own_attribute(&mut self, class: &ClassRef, name: &str) -> Option<Values> {
        let found = class
            .class()
            .attributes
            .iter()
            .rev()
            .find(|(known, _)| known == name);
        if let Some((_, value)) = found {
            let scope = Scope::around(class);
            let value = value.clone();
            let key = Key::Field(class.clone(), None, None, format!("class {name}").into());
            let found = self.remembered(key, |this| this.eval(&value, &scope));
            let is_numbered = is_auto(found.first()) && is_enumeration(class);
            return Some(
                match is_numbered.then(|| self.number_of(class, name)).flatten() {
                    Some(number) => Values::one(number),
                    None => found,
                },
            );
        }
        let func = own_method(class, name)?;
        let this = (func.function().kind == FunctionKind::Method).then(|| Value::Instance {
            class: class.clone(),
            args: None,
        });
        Some(Values::one(Value::Func(Closure {
            func,
            this: this.map(Box::new),
            outer: None,
            given: None,
        })))
    }
}
