//! What becomes of what a call makes: `mapper = fsspec.get_mapper(url)` is the root of a store, and nothing is read
//! where the store is only written to.

use smol_str::SmolStr;

use crate::eval::any_part;
use crate::facts::{Call, Expr, Facts};

/// Expressions in one another that are looked through.
const MAX_LOOKS: u32 = 8;

/// Whether a function keeps what a call makes under a name, gives that to calls of some names, and does nothing else
/// with it.
pub(crate) fn is_given_to_these_alone(call: &Call, facts: &Facts, names: &[SmolStr]) -> bool {
    let Some(name) = name_of(call, facts) else {
        return false;
    };
    let has = |expr: &Expr| any_part(expr, facts, MAX_LOOKS, &|part| *part == name);
    let mut functions = facts.functions.iter();
    if functions.any(|it| it.bindings.iter().chain(&it.returns).any(has)) {
        return false;
    }
    let mut is_given = false;
    for other in facts
        .calls
        .iter()
        .filter(|other| !std::ptr::eq(*other, call))
    {
        let is_one = other.callee_name().is_some_and(|name| names.contains(name));
        if has(&other.callee) || !is_one && other.args.iter().any(|arg| has(&arg.value)) {
            return false;
        }
        is_given |= is_one && other.args.iter().any(|arg| arg.value.bare() == &name);
    }
    is_given
}

/// The local name that stands for what a call makes.
fn name_of(call: &Call, facts: &Facts) -> Option<Expr> {
    let index = facts.calls.iter().position(|it| std::ptr::eq(it, call))?;
    let made = Expr::Call(index as u32);
    let func = call.func?;
    let bindings = &facts.functions[func as usize].bindings;
    let index = bindings.iter().position(|bound| *bound == made)? as u32;
    Some(Expr::Local { func, index })
}
