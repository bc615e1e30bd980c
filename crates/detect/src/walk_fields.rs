//! Fields that a constructor sets more than once: one way in each branch, or to what it makes of what it set them to before
//! (`self.prefix += "/"`). While such a constructor is walked, each of them is followed as a local name is, under a name that no code can spell; the
//! field is what that stands for in the end. All other fields are any of what they are set to.

use tree_sitter::Node;

use crate::facts::{Expr, Name};
use crate::roles::{Part, Role};
use crate::walk::Walker;

/// Nodes of a constructor that are looked at for such fields.
const MAX_NODES: usize = 20_000;

/// The fields that are followed in the constructor at hand.
pub(crate) struct Followed {
    class: u32,
    constructor: u32,
    names: Vec<Name>,
}

impl<'t> Walker<'t> {
    /// Begins to follow the fields that a function sets more than once, where it is a constructor; gives those of the
    /// constructor around, which are followed again once this one is walked.
    pub(crate) fn follow_fields(&mut self, node: Node<'t>, function: u32) -> Option<Followed> {
        let class = self.facts.functions[function as usize].class?;
        if self.facts.classes[class as usize].constructor != Some(function) {
            return None;
        }
        let names = self.set_again(node);
        self.followed.replace(Followed {
            class,
            constructor: function,
            names,
        })
    }

    /// Gives a class the fields that were followed in its constructor, in whose scope this is.
    pub(crate) fn settle_fields(&mut self, function: u32, around: Option<Followed>) {
        let is_own = |it: &mut Followed| it.constructor == function;
        let Some(followed) = self.followed.take_if(is_own) else {
            return;
        };
        for name in followed.names {
            let key = followed_name(&name);
            if self.innermost().get(&key).is_some() {
                let value = self.lookup(&key);
                self.value_at = None;
                self.add_field(followed.class, name, value);
            }
        }
        self.followed = around;
    }

    /// The name under which a field of an object is followed here.
    pub(crate) fn followed_field(&self, object: &Expr, name: &str) -> Option<Name> {
        let followed = self.followed.as_ref()?;
        let is_it = matches!(object, Expr::This(class) if *class == followed.class);
        let is_followed = is_it && followed.names.iter().any(|known| known == name);
        is_followed.then(|| followed_name(name))
    }

    /// Sets a field that is followed; `false` for any other, and in a function within the constructor.
    pub(crate) fn set_followed(&mut self, object: &Expr, name: &str, value: &Expr) -> bool {
        let function = self.function();
        let is_here = |it: &Followed| Some(it.constructor) == function;
        let Some(key) = self.followed_field(object, name) else {
            return false;
        };
        if !self.followed.as_ref().is_some_and(is_here) {
            return false;
        }
        self.bind_name(&key, value.clone());
        true
    }

    /// What a field that is followed stands for here.
    pub(crate) fn read_followed(&self, object: &Expr, name: &str) -> Option<Expr> {
        let key = self.followed_field(object, name)?;
        let value = self.lookup(&key);
        (value != Expr::Name(key)).then_some(value)
    }

    /// The name under which what a node reads is followed, where it reads such a field: `self.prefix`.
    pub(crate) fn followed_at(&self, node: Node<'t>) -> Option<Name> {
        let followed = self.followed.as_ref()?;
        let (object, name) = self.field_at(node)?;
        let is_object = self.role(object) == Some(Role::This)
            || self.lookup(self.source(object)) == Expr::This(followed.class);
        let is_followed = is_object && followed.names.iter().any(|known| known == name);
        is_followed.then(|| followed_name(name))
    }

    /// The object and the name of an attribute of something that has a name itself.
    fn field_at(&self, node: Node<'t>) -> Option<(Node<'t>, &'t str)> {
        if self.role(node) != Some(Role::Attribute) {
            return None;
        }
        let object = self.roles.part(node, Part::Object)?;
        let name = self.source(self.roles.part(node, Part::Name)?);
        let is_named = matches!(self.role(object), Some(Role::Name | Role::This));
        is_named.then(|| (object, name.trim_start_matches('#')))
    }

    /// The fields that a constructor sets more than once, or to something made of themselves, by syntax.
    fn set_again(&self, constructor: Node<'t>) -> Vec<Name> {
        let mut found: Vec<Name> = Vec::new();
        let mut set: Vec<&str> = Vec::new();
        let mut open = vec![constructor];
        let mut looked_at = 0;
        while let Some(node) = open.pop() {
            looked_at += 1;
            if looked_at > MAX_NODES {
                return Vec::new();
            }
            let role = self.role(node);
            if let Some(Role::Assign | Role::Augment) = role
                && let Some(target) = self.roles.part(node, Part::Target)
                && let Some((object, name)) = self.field_at(target)
                && !found.iter().any(|known| known == name)
            {
                let text = format!("{}.{name}", self.source(object));
                let value = self.roles.part(node, Part::Value);
                let reads = |value: Node<'t>| reads_field(self.source(value), &text);
                let is_again = role == Some(Role::Augment) || set.contains(&name);
                if is_again || value.is_some_and(reads) {
                    found.push(name.into());
                }
                set.push(name);
            }
            let mut cursor = node.walk();
            open.extend(node.named_children(&mut cursor));
        }
        found
    }
}

/// Whether a text holds a field whole: `self.root` is none of `self.roots`.
fn reads_field(text: &str, field: &str) -> bool {
    let is_word = |at: char| at.is_alphanumeric() || at == '_';
    let mut rest = text;
    while let Some(at) = rest.find(field) {
        let before = rest[..at].chars().next_back();
        let after = &rest[at + field.len()..];
        if !before.is_some_and(is_word) && !after.starts_with(is_word) {
            return true;
        }
        rest = after;
    }
    false
}

fn followed_name(field: &str) -> Name {
    format!(".{field}").into()
}
