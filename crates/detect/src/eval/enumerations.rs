//! Members of enumerations: all of them, where it is not known which (`for kind in Kind`, a parameter that is declared
//! to be one, as well as one of a type of texts), and what they have beside their value, a property or a method of the
//! class (`Kind.RAW.folder`). A member is worth its value, so its class is taken from where it is named or declared.

use super::comparisons::texts_of;
use super::*;
use crate::chosen::chosen;
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
        let Some(func) = own_method(&class, name) else {
            return (name == "name").then(|| self.names_of(&class, worth))?;
        };
        if func.function().kind != FunctionKind::Property {
            return None;
        }
        self.of_members(&class, worth, &func, &Args::default())
    }

    /// The names of members that are worth this: of those that are not known, of all.
    fn names_of(&mut self, class: &ClassRef, worth: &Values) -> Option<Values> {
        let attributes = &class.class().attributes;
        if attributes.len() > MAX_ALTERNATIVES {
            return None;
        }
        let mut members = Vec::new();
        for (name, _) in attributes {
            members.push((name, self.own_attribute(class, name)?));
        }
        let all = || Values::collect(members.iter().map(|(name, _)| Value::text(name)));
        let named = worth.flat_map(|worth| {
            let mut named = members
                .iter()
                .filter(|(_, own)| is_same(own.first(), worth));
            match (worth, named.next()) {
                (Value::Text(text), Some((name, _))) => Values::from(Text {
                    chosen: text.chosen.clone(),
                    ..Text::literal(name)
                }),
                (_, Some((name, _))) => Values::one(Value::text(name)),
                (unknown, None) => one_of(&Values::one(unknown.clone()), &all()),
            }
        });
        Some(named)
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
        let func = own_method(&class, name)?;
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
        let members = match worth.iter().all(is_member) {
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
            all.extend(worth.iter().filter(|it| is_member(it)).cloned());
        }
        let is_told = !all.is_empty() && all.len() <= MAX_ALTERNATIVES;
        is_told.then(|| Values::collect(all))
    }

    /// The values of all members of an enumeration, where they are texts.
    pub(super) fn texts_of_members(&mut self, class: &ClassRef) -> Option<Values> {
        let members = self.members(class)?;
        let is_all = members.iter().len() == class.class().attributes.len();
        is_all.then(|| texts_of(&Values::one(listed(&members))))?
    }

    /// The texts that a type leaves: of an enumeration, or one that names them. `declared`: what the type is worth, read
    /// as a value.
    pub(super) fn texts_of_type(
        &mut self,
        named: &Expr,
        declared: &Value,
        scope: &Scope,
    ) -> Option<Values> {
        match declared {
            Value::Class(class) if is_enumeration(class) => self.texts_of_members(class),
            Value::List(_) => texts_of(&Values::one(declared.clone())),
            Value::Class(_) => None,
            _ => {
                let (file, facts, index) = self.type_named(named, scope.file, &scope.facts)?;
                let at = Scope::of_module(file, &facts);
                let texts = &facts.definitions[index as usize].value;
                match texts {
                    // An object, or what a function makes.
                    Expr::Class(_) | Expr::Index(..) => None,
                    texts => texts_of(&self.eval(texts, &at)),
                }
            }
        }
    }

    /// What is not known of a member, where the type that its object is declared to be of leaves a few texts, is a class,
    /// or is what a function makes.
    pub(super) fn texts_of_member(
        &mut self,
        unknown: &Values,
        (object, name): (&Expr, &str),
        scope: &Scope,
    ) -> Option<Values> {
        if self.language_of(scope.file) != Language::TypeScript {
            return None;
        }
        let (class, named) = self.declared_member(object, name, scope, MAX_HOPS)?;
        let at = Scope::of_module(class.file, &class.facts);
        let declared = self.eval(&named, &at);
        if let Some(texts) = self.texts_of_type(&named, declared.first(), &at) {
            return Some(one_of(unknown, &texts));
        }
        let made = names::of_type(declared.first()).or_else(|| self.object_of_alias(&named, &at));
        let made = made.filter(|made| !matches!(made, Value::List(_)))?;
        Some(unknown.map(|_| made.clone()))
    }

    /// What is not known of an element, where the type that its list is declared to be of leaves a few texts.
    pub(super) fn texts_of_element(
        &mut self,
        unknown: &Values,
        list: &Expr,
        scope: &Scope,
    ) -> Option<Values> {
        let element = self.declared_element(list, scope, MAX_HOPS)?;
        let at = Scope {
            frame: None,
            ..scope.clone()
        };
        let declared = self.eval(&element, &at);
        let texts = self.texts_of_type(&element, declared.first(), &at)?;
        Some(one_of(unknown, &texts))
    }

    /// What `auto()` gives a member: one more than the member before it, or its name in an enumeration of strings.
    pub(super) fn number_of(&mut self, class: &ClassRef, name: &str) -> Option<Value> {
        let bases = || {
            class
                .class()
                .bases
                .iter()
                .filter_map(crate::program::base_name)
        };
        if bases().any(|base| base.ends_with("StrEnum") || base.ends_with("StringEnum")) {
            return Some(Value::text(&name.to_lowercase()));
        }
        if !bases().any(|base| matches!(base.as_str(), "Enum" | "IntEnum")) {
            return None;
        }
        let attributes = &class.class().attributes;
        let at = attributes.iter().position(|(known, _)| known == name)?;
        let Some(before) = at.checked_sub(1) else {
            return Some(Value::Int(1));
        };
        match self.own_attribute(class, &attributes[before].0)?.first() {
            Value::Int(number) => Some(Value::Int(number.checked_add(1)?)),
            _ => None,
        }
    }

    /// What a loop goes through: of an enumeration, its members.
    pub(super) fn iterated(&mut self, collection: &Values) -> Values {
        match collection.first() {
            Value::Class(class) if is_enumeration(class) => match self.members(&class.clone()) {
                Some(members) => Values::one(listed(&members)),
                None => Values::hole(Why::TooMany),
            },
            _ => collection.clone(),
        }
    }

    /// The member that something unknown names, or is the value of.
    pub(super) fn member_of(&mut self, class: &ClassRef, named: &Values) -> Option<Values> {
        let is_unknown = |value: &Value| matches!(value, Value::Hole(_));
        let members = self.texts_of_members(class)?;
        named
            .iter()
            .all(is_unknown)
            .then(|| one_of(named, &members))
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

/// Whether a member is worth a value, whoever chose it.
fn is_same(member: &Value, value: &Value) -> bool {
    match (member, value) {
        (Value::Text(member), Value::Text(value)) => member.parts == value.parts,
        (member, value) => member == value,
    }
}

/// Whether a value is one that a member has.
fn is_member(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Int(_))
}

fn listed(members: &Values) -> Value {
    let members = members.iter().cloned().map(Values::one);
    Value::List(Shared::new(members.collect()))
}

/// What is not known and is one of some texts: those, as the parameter or the field chose them that nobody has given yet.
pub(super) fn one_of(unknown: &Values, texts: &Values) -> Values {
    unknown.flat_map(|unknown| match unknown {
        Value::Hole(Why::Parameter(name)) => chosen(texts, &Chooser::Parameter(name.clone())),
        Value::Hole(Why::Field(name)) => chosen(texts, &Chooser::Field(name.clone())),
        _ => texts.clone(),
    })
}

/// Whether a value is that of `auto()`.
pub(super) fn is_auto(value: &Value) -> bool {
    matches!(value, Value::External(external) if matches!(&*external.path, "enum.auto()" | "auto()"))
}
