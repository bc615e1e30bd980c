//! Which bucket a use is of, where the call does not say it: those who make the object say it whose field it is, those
//! who call the function whose parameter it is, or a default. The key is told where it stands all the same.

use crate::apis::Op;
use crate::eval::Scope;
use crate::filling::Filling;
use crate::keys::{SCHEMES, given_by, pattern_of};
use crate::sites::{Bucket, Finder, Use};
use crate::value::{FuncRef, MAX_ALTERNATIVES, Part, Text, Values, Why};

/// Functions that hand on a bucket, one to the next; and how many callers each may have.
const MAX_HANDED: usize = 3;
const MAX_CALLERS: usize = 8;

impl Finder<'_> {
    /// The buckets that a use of a call is of, as others say it; none where one of them does not.
    pub(crate) fn buckets_given(
        &mut self,
        filling: &mut Filling,
        (used, text): (&Use, &Text),
        (index, scope): (u32, &Scope),
    ) -> Vec<Bucket> {
        let Some(why) = open_bucket(used, text) else {
            return Vec::new();
        };
        let given = match why.of_path() {
            Why::Field(_) => self.of_makers(filling, used, (index, scope)),
            Why::Parameter(_) => {
                let by_default = filling.by_default(self, index, scope);
                let by_default = by_default.iter().filter(|it| is_same(it, used));
                let by_default: Vec<&Use> = by_default.collect();
                let by_default = all_of(by_default.into_iter());
                let by_callers = by_default.or_else(|| {
                    let func = scope.frame.as_ref().map(|frame| frame.0.func.clone())?;
                    self.of_callers(&func, used, &why, 0)
                });
                // What a constructor is given it may keep in a field: `self._bucket = s3.Bucket(bucket)`.
                by_callers.or_else(|| self.of_makers(filling, used, (index, scope)))
            }
            _ => None,
        };
        let by_default = || match &why {
            Why::Or(_, default) => vec![Bucket::Known(default.clone())],
            _ => Vec::new(),
        };
        given.unwrap_or_else(by_default)
    }

    /// As those say it who make the object around, or the classes below that fill in what the class around leaves open.
    fn of_makers(
        &mut self,
        filling: &mut Filling,
        used: &Use,
        (index, scope): (u32, &Scope),
    ) -> Option<Vec<Bucket>> {
        let below = filling.below(self, index, scope);
        let below = all_of(below.iter().flatten().filter(|it| is_same(it, used)));
        below.or_else(|| {
            let made = filling.as_made(self, index, scope);
            let made = made.iter().map(|(it, _)| it);
            all_of(made.filter(|it| is_same(it, used)))
        })
    }

    /// As those say it who call the function that gives it.
    fn of_callers(
        &mut self,
        func: &FuncRef,
        used: &Use,
        why: &Why,
        handed: usize,
    ) -> Option<Vec<Bucket>> {
        let giver = given_by(&Values::hole(why.clone()), func)?;
        let called = self.called_below(func, giver);
        let callers = self.callers(&called);
        if callers.is_empty() || callers.len() > MAX_CALLERS {
            return None;
        }
        let mut all = Vec::new();
        for caller in callers.iter() {
            let scope = self.scope_of(caller);
            let mut reached = Vec::new();
            self.wrapped_uses_seen(caller.call, &scope, &mut |at, found| {
                if *at == called && found.trace.starts_with(&used.trace) {
                    reached.push(Use {
                        call: caller.call,
                        ..found.clone()
                    });
                }
            });
            for found in reached {
                match bucket_in(&found) {
                    Some(bucket) => all.push(bucket),
                    None if handed < MAX_HANDED => {
                        let outer = scope.frame.as_ref().map(|frame| frame.0.func.clone())?;
                        let why = found
                            .key
                            .iter()
                            .find_map(|key| open_bucket(&found, &key.to_text()))?;
                        all.extend(self.of_callers(&outer, &found, &why, handed + 1)?);
                    }
                    None => return None,
                }
            }
        }
        only(all)
    }
}

/// What is not known of the bucket of a use: of the argument that is the bucket, or of the address that the key is.
fn open_bucket(used: &Use, text: &Text) -> Option<Why> {
    if used.bucket.is_some() {
        return None;
    }
    used.open_bucket
        .clone()
        .or_else(|| match text.parts.as_slice() {
            [
                Part::Literal(scheme),
                Part::Hole(why),
                Part::Literal(rest),
                ..,
            ] if rest.starts_with('/')
                && SCHEMES.contains(&scheme.strip_suffix("://").unwrap_or_default()) =>
            {
                match why {
                    Why::Bucket(why) => Some((**why).clone()),
                    why => Some(why.clone()),
                }
            }
            _ => None,
        })
}

/// The bucket of a use, be it in the address that the key is.
fn bucket_in(used: &Use) -> Option<Bucket> {
    let of_key = || {
        let mut buckets = used
            .key
            .iter()
            .map(|key| pattern_of(&key.to_text(), Op::Read).1);
        let first = buckets.next()??;
        buckets
            .all(|it| it.as_ref() == Some(&first))
            .then_some(first)
    };
    used.bucket.clone().or_else(of_key)
}

fn is_same(one: &Use, other: &Use) -> bool {
    one.op == other.op && one.trace == other.trace
}

/// The buckets of some uses, where each has one.
fn all_of<'u>(uses: impl Iterator<Item = &'u Use>) -> Option<Vec<Bucket>> {
    let all: Option<Vec<Bucket>> = uses.map(bucket_in).collect();
    only(all?)
}

/// Some buckets, each once; `None` where there are none, or too many.
fn only(mut buckets: Vec<Bucket>) -> Option<Vec<Bucket>> {
    buckets.sort();
    buckets.dedup();
    (1..=MAX_ALTERNATIVES)
        .contains(&buckets.len())
        .then_some(buckets)
}
