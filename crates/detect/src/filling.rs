//! What fills in the holes of a key where it stands: classes below the one around, who makes the object whose fields it
//! hangs on, defaults.

use blue_pattern::{Pattern, Verdict, covers};
use smol_str::SmolStr;

use crate::apis::Op;
use crate::eval::{Scope, own_method};
use crate::facts::Expr;
use crate::keys::{hangs_on_fields, pattern_of, patterns};
use crate::made::{class_around, method_around};
use crate::sites::{Finder, Use};
use crate::value::{MAX_ALTERNATIVES, Part, Text, Value, Values, Why};
use crate::wrappers::says_more;

/// What fills in the holes of a call's keys, each asked for once.
#[derive(Default)]
pub(crate) struct Filling {
    below: Option<Vec<Vec<Use>>>,
    set_below: Option<Vec<Use>>,
    /// With how the object is made.
    as_made: Option<Vec<(Use, String)>>,
    by_default: Option<Vec<Use>>,
}

impl Filling {
    /// The uses of the call by each class below that fills in what the class around it leaves open.
    pub(crate) fn below(
        &mut self,
        finder: &mut Finder<'_>,
        index: u32,
        scope: &Scope,
    ) -> &[Vec<Use>] {
        let ask = || finder.uses_below(index, scope);
        self.below.get_or_insert_with(ask)
    }

    /// Those by each object as it is made, with how that is in words.
    pub(crate) fn as_made(
        &mut self,
        finder: &mut Finder<'_>,
        index: u32,
        scope: &Scope,
    ) -> &[(Use, String)] {
        let ask = || finder.uses_as_made(index, scope);
        self.as_made.get_or_insert_with(ask)
    }

    /// Those in a function that nobody is seen to call, by its defaults.
    pub(crate) fn by_default(
        &mut self,
        finder: &mut Finder<'_>,
        index: u32,
        scope: &Scope,
    ) -> &[Use] {
        let ask = || finder.uses_by_default(index, scope);
        self.by_default.get_or_insert_with(ask)
    }
}

/// A use as somebody fills it in, with who that is in words, where it is who makes the object.
pub(crate) type Filled = (Use, Option<String>);

impl Finder<'_> {
    /// A use whose key has holes, as those say it who fill them in: each of the classes below; those who make the object
    /// whose fields it hangs on; where nobody calls the function around, its defaults. `None`
    /// where nobody does.
    pub(crate) fn filled_in(
        &mut self,
        filling: &mut Filling,
        (used, text): (&Use, &Text),
        (index, scope): (u32, &Scope),
    ) -> Option<Vec<Filled>> {
        let is_same = |it: &&Use| it.op == used.op && it.trace == used.trace;
        let set_below = filling
            .set_below
            .get_or_insert_with(|| self.uses_set_below(index, scope));
        let set_below = set_below.iter().filter(is_same);
        let set_below: Vec<&Use> = set_below.filter(|it| it.key != used.key).collect();
        if !set_below.is_empty() && !hangs_on_fields(&used.key) {
            let own = Use {
                key: Values::one(Value::Text(text.clone())),
                ..used.clone()
            };
            let all = std::iter::once(&own).chain(set_below);
            return Some(all.map(|it| (it.clone(), None)).collect());
        }
        let below = filling.below(self, index, scope);
        let below: Vec<Use> = below.iter().flatten().filter(is_same).cloned().collect();
        // Every way that the key may go, and those of them that are asked for.
        let (all, ways) = match below.is_empty() {
            true => (used.key.clone(), Values::one(Value::Text(text.clone()))),
            false => {
                let all = Values::collect(below.iter().flat_map(|it| it.key.iter().cloned()));
                (all.clone(), all)
            }
        };
        if hangs_on_fields(&all) {
            let as_made = filling.as_made(self, index, scope);
            let as_made: Vec<_> = as_made.iter().filter(|(it, _)| is_same(&it)).collect();
            // Where such objects are made in several ways, each call tells the way of its own; what is told here is of one
            // that leaves it to the default.
            let by_default = are_several(&as_made) && self.is_around_called(scope);
            let filled = filled_by_makers(used, (&all, &ways), &as_made, by_default);
            if filled.is_some() {
                return filled;
            }
        }
        if !below.is_empty() {
            return Some(below.into_iter().map(|it| (it, None)).collect());
        }
        let own = pattern_of(text, Op::Read).0;
        if !own.is_opaque() && !hangs_on_parameters(text) {
            return None;
        }
        let by_default = filling.by_default(self, index, scope);
        let by_default: Vec<_> = by_default
            .iter()
            .filter(is_same)
            .filter_map(|it| by_default_of((text, &own), &patterns(&used.key), it))
            .map(|it| (it, None))
            .collect();
        (!by_default.is_empty()).then_some(by_default)
    }

    /// The uses of a call by each class below that sets an attribute anew which the class around sets as well.
    fn uses_set_below(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        let Some(frame) = &scope.frame else {
            return Vec::new();
        };
        let method = method_around(&frame.0.func);
        let Some(class) = class_around(&method) else {
            return Vec::new();
        };
        let name = method.function().name.clone();
        let own = &class.class().attributes;
        let is_anew = |(name, value): &(SmolStr, Expr)| {
            let mut own = own.iter();
            own.any(|(known, own)| known == name && says(own) && says(value) && own != value)
        };
        let mut below = match own.iter().any(|(_, value)| says(value)) {
            true => self.classes_below(&class),
            false => Vec::new(),
        };
        below.retain(|it| {
            it.class().attributes.iter().any(is_anew) && own_method(it, &name).is_none()
        });
        if below.len() > MAX_ALTERNATIVES {
            return Vec::new();
        }
        let mut found = Vec::new();
        for class in below {
            let at = self.eval.scope_on(scope, &class);
            found.extend(self.question(|this| this.uses_of_call(index, &at)));
        }
        found
    }

    /// Whether somebody is seen to call the function around.
    fn is_around_called(&mut self, scope: &Scope) -> bool {
        let func = scope
            .frame
            .as_ref()
            .map(|frame| method_around(&frame.0.func));
        func.is_some_and(|func| !self.callers(&func).is_empty())
    }

    /// The uses of a call by each class that fills in what the class around it leaves open.
    fn uses_below(&mut self, index: u32, scope: &Scope) -> Vec<Vec<Use>> {
        let scopes = self.eval.apart(|eval| eval.scopes_below(scope));
        let scopes = scopes.iter();
        scopes
            .map(|scope| self.uses_of_call(index, scope))
            .collect()
    }

    /// The uses of a call in a function that nobody is seen to call, with what its parameters are where nothing is given.
    fn uses_by_default(&mut self, index: u32, scope: &Scope) -> Vec<Use> {
        let scope = self.scope_by_default(scope);
        scope.map_or_else(Vec::new, |scope| self.uses_of_call(index, &scope))
    }

    /// A function that nobody is seen to call, with what its parameters are where nothing is given; `None` where none has a
    /// default.
    pub(crate) fn scope_by_default(&mut self, scope: &Scope) -> Option<Scope> {
        let func = scope.frame.as_ref()?.0.func.clone();
        let has_defaults = func.function().params.iter().any(|it| it.default.is_some());
        if !has_defaults || !self.callers(&func).is_empty() {
            return None;
        }
        self.eval.apart(|eval| eval.by_default(scope))
    }
}

/// What a use says of a key by default: all that it says where nothing is known of the key, else what fills in holes of it.
/// Another way that the key goes by default is no reason to leave this one out.
fn by_default_of(
    (text, own): (&Text, &Pattern),
    ways: &[Pattern],
    by_default: &Use,
) -> Option<Use> {
    let fills_in = |said: &Text, pattern: &Pattern| {
        covers(own, pattern) == Verdict::Yes && holes(said) < holes(text) && !ways.contains(pattern)
    };
    let is_filled = |said: &&Value| {
        let said = said.to_text();
        let pattern = pattern_of(&said, Op::Read).0;
        !pattern.is_opaque() && (own.is_opaque() || fills_in(&said, &pattern))
    };
    let filled: Vec<Value> = by_default.key.iter().filter(is_filled).cloned().collect();
    let is_told = match own.is_opaque() {
        true => filled.len() == by_default.key.iter().len(),
        false => !filled.is_empty(),
    };
    is_told.then(|| Use {
        key: Values::collect(filled),
        ..by_default.clone()
    })
}

/// Whether a key goes one way on an object that one makes, and another on another's.
fn are_several(as_made: &[&(Use, String)]) -> bool {
    let mut keys = as_made.iter().map(|(made, _)| patterns(&made.key));
    keys.next()
        .is_some_and(|first| keys.any(|other| other != first))
}

/// Some ways that a key may go, as the object is made by each who makes one; `None` where nobody says more of any of them.
/// `by_default`: of what the code takes where nothing is given, that alone is asked about.
fn filled_by_makers(
    used: &Use,
    (all, ways): (&Values, &Values),
    as_made: &[&(Use, String)],
    by_default: bool,
) -> Option<Vec<Filled>> {
    let mut is_filled = false;
    let mut found: Vec<Filled> = Vec::new();
    for way in ways.iter() {
        let text = match by_default {
            true => way.to_text(),
            // Who makes the object may say another thing than the default.
            false => way.to_text().plain(),
        };
        let said: Vec<_> = as_made
            .iter()
            .map(|(made, how)| (way_as_made(&text, all, &made.key), made, how))
            .collect();
        is_filled |= said.iter().any(|(said, ..)| said.is_some());
        // Who says no more of it leaves it as it is, unless that is a default which all of them override.
        let left: Vec<_> = said.iter().filter(|(said, ..)| said.is_none()).collect();
        if said.is_empty() || !left.is_empty() {
            let plain = pattern_of(&text, Op::Read).0;
            let is_default = pattern_of(&way.to_text(), Op::Read).0 != plain;
            let is_overridden = is_default
                && !left.is_empty()
                && left
                    .iter()
                    .all(|(_, made, _)| patterns(&made.key).contains(&plain));
            is_filled |= is_overridden;
            let key = match is_overridden {
                true => Values::one(Value::Text(text.clone())),
                false => Values::one(way.clone()),
            };
            found.push((
                Use {
                    key,
                    ..used.clone()
                },
                None,
            ));
        }
        for (said, made, how) in said {
            let key = said.filter(|said| !said.is_empty()).map(Values::collect);
            found.extend(key.map(|key| {
                (
                    Use {
                        key,
                        ..made.clone()
                    },
                    Some(how.clone()),
                )
            }));
        }
    }
    is_filled.then_some(found)
}

/// One of the ways that a key may go, as the object is made: those of the key there that say more than it. Nothing where that
/// goes other ways alone; `None` where it says no more.
fn way_as_made(way: &Text, ways: &Values, made: &Values) -> Option<Vec<Value>> {
    let own = pattern_of(way, Op::Read).0;
    let said = patterns(made);
    if own.is_opaque() {
        let says = said.iter().any(|it| !it.is_opaque());
        return says.then(|| made.iter().cloned().collect());
    }
    let of_way = made.iter().filter(|it| {
        let said = pattern_of(&it.to_text(), Op::Read).0;
        covers(&own, &said) == Verdict::Yes
    });
    let of_way: Vec<Value> = of_way.cloned().collect();
    let tells_more = match of_way.is_empty() {
        true => {
            let ways = patterns(ways);
            let is_of_another =
                |it: &Pattern| ways.iter().any(|way| covers(way, it) == Verdict::Yes);
            said.iter().all(is_of_another)
        }
        // What is as little known where the object is made parts the key in more holes, and says nothing.
        false => of_way.iter().all(|it| {
            let said = Values::one(it.clone());
            holes(&it.to_text()) < holes(way) || says_more(ways, &said)
        }),
    };
    tells_more.then_some(of_way)
}

/// Whether an attribute is set to something that a key may be made of.
fn says(value: &Expr) -> bool {
    matches!(
        value,
        Expr::Text(_)
            | Expr::Concat(_)
            | Expr::Name(_)
            | Expr::Attr(..)
            | Expr::Own(_)
            | Expr::Binary(..)
    )
}

fn hangs_on_parameters(text: &Text) -> bool {
    let mut parts = text.parts.iter();
    parts.any(|part| matches!(part, Part::Hole(why) if matches!(why.of_path(), Why::Parameter(_))))
}

fn holes(text: &Text) -> usize {
    let holes = text.parts.iter();
    holes.filter(|part| matches!(part, Part::Hole(_))).count()
}
