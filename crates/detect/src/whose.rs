//! Whether a use of a value is a site where it stands, or at the callers of the function around it, who say more.

use blue_pattern::{Verdict, covers};

use crate::callers::MAX_CALLERS;
use crate::keys::{given_by, hangs_on_fields, is_bare, patterns};
use crate::sites::{CallPlace, Finder, Use};
use crate::value::{FuncRef, Part, Text, Value, Values, Why};

/// Functions that hand on what they were given, one to the next, before the last one's callers are asked; and how many
/// callers each may have. Every one asks for all the uses behind it, so that this is a power.
const MAX_HANDED: usize = 3;
const MAX_HANDED_TO: usize = 8;

/// Where a use is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Where it stands.
    Own,
    /// Where it stands, but not by the default: all callers give something else, of which nothing is known.
    OwnWithoutDefault,
    /// At the callers of the function around it, who say more.
    Callers,
}

/// What a caller says of a value that a function makes.
enum Adds {
    Something,
    /// As its own function has it, this.
    Nothing(Vec<Use>),
    /// With these arguments the function does not come to it.
    NotReached,
    /// It does, by another way than the one that is asked about.
    OtherWay,
}

impl Finder<'_> {
    /// What of a use is told where it stands; nothing where that is told at the callers of the function around it.
    pub(crate) fn told_here(
        &mut self,
        text: &Text,
        func: Option<&FuncRef>,
        used: &Use,
    ) -> Option<Text> {
        match self.whose(text, func, used, 0) {
            Whose::Callers => None,
            Whose::Own => Some(text.clone()),
            Whose::OwnWithoutDefault => Some(text.plain()),
        }
    }

    /// `passed`: how many functions have handed on what they were given, so far.
    fn whose(&mut self, text: &Text, func: Option<&FuncRef>, used: &Use, passed: usize) -> Whose {
        let Some(func) = func else { return Whose::Own };
        let key = Values::one(Value::Text(text.clone()));
        let Some(mut giver) = given_by(&key, func) else {
            return Whose::Own;
        };
        // Where nobody is seen to call the nearest that gives something of it, the next around may be called.
        let (func, callers) = loop {
            let called = self.called_below(func, giver.clone());
            let callers = self.callers(&called);
            if !callers.is_empty() {
                break (called, callers);
            }
            let around = giver.function().parent;
            let around = around.map(|parent| FuncRef {
                func: parent,
                ..giver.clone()
            });
            match around.and_then(|around| given_by(&key, &around)) {
                Some(next) => giver = next,
                None => return Whose::Own,
            }
        };
        let func = &func;
        // Which of some texts it is, the callers say, whatever the object is made of.
        let is_chosen = text.chosen.is_some();
        let is_of_fields = hangs_on_fields(&key) && !is_chosen;
        if is_bare(&key) && !hangs_on_fields(&key) {
            return Whose::Callers;
        }
        let most = if passed == 0 {
            MAX_CALLERS
        } else {
            MAX_HANDED_TO
        };
        if callers.len() > most {
            return Whose::Own;
        }
        // Some caller adds nothing: then the text here is all there is to show for it. One whose
        // arguments say that this is not reached is none of its callers.
        let mut is_reached = false;
        let plain = patterns(&Values::one(Value::Text(text.plain())));
        // An entry of what a caller hands on may still be what it is by default.
        let is_field = |part: &Part| matches!(part, Part::Hole(Why::Or(why, _)) if matches!(**why, Why::Field(_)));
        let has_default = text.parts.iter().any(is_field);
        let mut is_overridden = false;
        for caller in callers.iter() {
            match self.adds(caller, func, used, &key) {
                Adds::Nothing(handed) if self.is_handed_on(caller, &handed, passed) => {
                    is_reached = true;
                }
                // What it gives in the place of a default is not known.
                Adds::Nothing(handed)
                    if has_default && handed.iter().all(|it| patterns(&it.key) == plain) =>
                {
                    is_overridden = true;
                }
                Adds::Nothing(_) => return Whose::Own,
                // That an object is only ever made the other way, those who make one tell; where nobody does, nobody can.
                Adds::OtherWay if is_of_fields && !self.is_made(func) => return Whose::Own,
                Adds::OtherWay if is_of_fields => {}
                Adds::Something | Adds::OtherWay => is_reached = true,
                Adds::NotReached => {}
            }
        }
        match (is_overridden, is_reached) {
            (true, _) => Whose::OwnWithoutDefault,
            (false, true) => Whose::Callers,
            (false, false) => Whose::Own,
        }
    }

    /// Whether a caller that adds nothing only hands on what its own callers give it, who say more.
    fn is_handed_on(&mut self, caller: &CallPlace, handed: &[Use], passed: usize) -> bool {
        let scope = self.scope_of(caller);
        let Some(outer) = scope.frame.as_ref().map(|frame| frame.0.func.clone()) else {
            return false;
        };
        if passed >= MAX_HANDED || handed.is_empty() {
            return false;
        }
        handed.iter().all(|used| {
            let texts: Vec<Text> = used.key.iter().map(|value| value.to_text()).collect();
            !texts.is_empty()
                && texts
                    .iter()
                    .all(|text| self.whose(text, Some(&outer), used, passed + 1) == Whose::Callers)
        })
    }

    /// Whether a caller's arguments say more of the value than the function does: where there are several
    /// ways through it, of that one.
    fn adds(&mut self, caller: &CallPlace, func: &FuncRef, used: &Use, way: &Values) -> Adds {
        let scope = self.scope_of(caller);
        // A caller that says something leaves nothing to the default.
        let plain = way.iter().map(|way| Value::Text(way.to_text().plain()));
        let own = patterns(&Values::collect(plain));
        let is_only_way = used.key.iter().len() == 1;
        let of_this_way = |found: &Use| {
            let said = patterns(&found.key);
            said.iter()
                .any(|said| own.iter().any(|own| covers(own, said) == Verdict::Yes))
        };
        // One that says nothing may be any way.
        let says_nothing = |found: &Use| patterns(&found.key).iter().all(|it| it.is_opaque());
        // A function may call one wrapper twice: the uses behind the two differ in the call alone.
        let is_of_call = |found: &Use| {
            let next = found.trace.get(used.trace.len());
            next.is_none_or(|(_, call)| *call == used.call)
        };
        let is_use = |at: &FuncRef, found: &Use| {
            at == func && found.trace.starts_with(&used.trace) && is_of_call(found)
        };
        let is_same =
            |at: &FuncRef, found: &Use| is_use(at, found) && (is_only_way || of_this_way(found));
        let mut reached = Vec::new();
        let mut comes_to_it = false;
        let found = self.wrapped_uses_seen(caller.call, &scope, &mut |at, found| {
            if is_same(at, found) || is_use(at, found) && says_nothing(found) {
                // Behind this caller, it is this call that leads to it.
                reached.push(Use {
                    call: caller.call,
                    ..found.clone()
                });
            }
            comes_to_it |= is_use(at, found);
        });
        let says_more = found.iter().any(|found| {
            let first = found.chain.first();
            first.is_some_and(|first| is_same(first, found))
        });
        // A call that is not looked into tells nobody what it says, or the site would stand nowhere.
        let call = &caller.facts.calls[caller.call as usize];
        let says_more = says_more && self.may_matter(call, &caller.facts, caller.file);
        match says_more {
            true => Adds::Something,
            false if !reached.is_empty() => Adds::Nothing(reached),
            false if comes_to_it => Adds::OtherWay,
            false => Adds::NotReached,
        }
    }
}
