//! Where in a call that is a site the words stand that its key is made of: the entry of an object (`save({ body, key: "raw/a" })`),
//! the element of a list, the keyword that `**kwargs` takes. A call may go over many lines, and who is told of a key wants its line.

use crate::eval::Scope;
use crate::facts::{Arg, Call, Expr};
use crate::sites::{ArgPath, Finder, Use};
use crate::value::{Part, Text};

/// Collections in collections are gone down to this depth.
const MAX_DEPTH: usize = 4;
/// Of longer collections the whole is told.
const MAX_ELEMENTS: usize = 64;

impl Finder<'_> {
    /// The argument that says most of a site's text, and the entry of it.
    pub(crate) fn told_at(&mut self, text: &Text, used: &Use, scope: &Scope) -> Option<ArgPath> {
        let facts = scope.facts.clone();
        let call = &facts.calls[used.call as usize];
        // Of what is called on an object all arguments may say nothing: the call is told.
        if used.arg.is_none() && used.chain.is_empty() {
            return None;
        }
        self.told_in(&letters(text), call, used.arg.as_ref(), scope)
    }

    /// The argument of a call, where that is not known already, and the entry of it, that say most of a text.
    pub(crate) fn told_in(
        &mut self,
        whole: &str,
        call: &Call,
        arg: Option<&ArgPath>,
        scope: &Scope,
    ) -> Option<ArgPath> {
        let mut at = match arg {
            Some(at) => at.clone(),
            None => {
                let given = call.args.iter().map(|arg: &Arg| &arg.value);
                let arg = self.says_most(given, whole, scope, MAX_DEPTH)?;
                ArgPath {
                    arg,
                    path: Vec::new(),
                }
            }
        };
        let Some(mut value) = value_at(call, &at) else {
            return Some(at);
        };
        while at.path.len() < MAX_DEPTH {
            let inside: Vec<&Expr> = match value {
                Expr::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
                Expr::List(elements) => elements.iter().collect(),
                _ => break,
            };
            let depth = MAX_DEPTH - at.path.len();
            let Some(entry) = self.says_most(inside.iter().copied(), whole, scope, depth) else {
                break;
            };
            value = inside[entry as usize];
            at.path.push(entry);
        }
        Some(at)
    }

    /// Which of some values says most of a text; the first of several. Nothing where none says any of it.
    fn says_most<'e>(
        &mut self,
        values: impl ExactSizeIterator<Item = &'e Expr>,
        whole: &str,
        scope: &Scope,
        depth: usize,
    ) -> Option<u32> {
        if values.len() > MAX_ELEMENTS {
            return None;
        }
        let mut most: Option<(usize, usize)> = None;
        for (place, value) in values.enumerate() {
            let says = self.says_of(value, whole, scope, depth);
            if says > most.map_or(0, |(most, _)| most) {
                most = Some((says, place));
            }
        }
        most.map(|(_, place)| place as u32)
    }

    /// How many letters and digits of a text a value says.
    fn says_of(&mut self, value: &Expr, whole: &str, scope: &Scope, depth: usize) -> usize {
        let inside: Vec<&Expr> = match value {
            Expr::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
            Expr::List(elements) => elements.iter().collect(),
            Expr::Unknown(_) | Expr::Null | Expr::Int(_) | Expr::Func(_) => return 0,
            _ => {
                let said = self.eval.root(value, scope);
                let said = said.iter().map(|value| letters(&value.to_text()));
                let said = said.filter(|said| whole.contains(said.as_str()));
                let count = said.map(|it| it.chars().filter(|it| it.is_alphanumeric()).count());
                return count.max().unwrap_or(0);
            }
        };
        if depth == 0 || inside.len() > MAX_ELEMENTS {
            return 0;
        }
        let inside = inside.into_iter();
        let says = inside.map(|value| self.says_of(value, whole, scope, depth - 1));
        says.max().unwrap_or(0)
    }
}

/// What of a text is known, with a star for what is not.
fn letters(text: &Text) -> String {
    let mut letters = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(literal) => letters.push_str(literal),
            _ if letters.ends_with('*') => {}
            _ => letters.push('*'),
        }
    }
    letters
}

/// The expression that a path leads to.
fn value_at<'f>(call: &'f Call, at: &ArgPath) -> Option<&'f Expr> {
    let mut value = &call.args.get(at.arg as usize)?.value;
    for step in &at.path {
        value = match value {
            Expr::Map(entries) => &entries.get(*step as usize)?.1,
            Expr::List(elements) => elements.get(*step as usize)?,
            _ => return Some(value),
        };
    }
    Some(value)
}
