//! Calls that are given an operation of an SDK to make, in Python: as a method with its arguments
//! (`retry(s3.put_object, Bucket=bucket, Key=key)`), or by its name (`call("s3", "put_object", Key=key)`). What they
//! come to is that operation, and is recorded as a call of it beside the call that stands in the text.

use crate::apis::{Row, api_table};
use crate::facts::{Arg, ArgKind, Expr};
use crate::handed::{Handed, Worth, is_function};
use crate::language::Language;

/// The operation stands among as many of the first arguments.
const MAX_PLACES: usize = 4;

/// The operation that a call is given, with the arguments that follow it.
pub(crate) fn operation_given(args: &[Arg]) -> Option<Handed> {
    let plain = |arg: &&Arg| arg.kind == ArgKind::Plain && arg.keyword.is_none();
    let first = args.iter().take_while(plain).take(MAX_PLACES);
    for (at, arg) in first.enumerate() {
        let (name, is_method) = match &arg.value {
            Expr::Attr(object, name) if is_function(object) => (name, true),
            Expr::Text(name) => (name, false),
            _ => continue,
        };
        let given = &args[at + 1..];
        let mut rows = api_table(Language::Python).rows(name).iter();
        if !rows.any(|api| takes(&api.row, given, is_method)) {
            continue;
        }
        let callee = match is_method {
            true => arg.value.clone(),
            false => Expr::Attr(Box::new(Expr::Unknown("client".into())), name.clone()),
        };
        return Some(Handed {
            callee,
            args: given.to_vec(),
            worth: Worth::Same,
        });
    }
    None
}

/// Whether some arguments are those of a row's call: of one that is named by a string they are told by their
/// names alone.
fn takes(row: &Row, given: &[Arg], is_method: bool) -> bool {
    let is_of_client = row.module.is_none() && row.on.is_none() && row.key.keyword.is_some();
    let named = given.iter().any(|arg| match arg.kind {
        ArgKind::Plain => arg.keyword.is_some() && arg.keyword == row.key.keyword,
        ArgKind::SpreadMap => !is_method || arg.keyword.is_none(),
        ArgKind::Spread => false,
    });
    let is_plain = |arg: &&Arg| arg.kind == ArgKind::Plain && arg.keyword.is_none();
    let positional = given.iter().filter(is_plain).count();
    let by_place = is_method && row.key.position.is_some_and(|at| positional > at);
    let is_bucket_named = given
        .iter()
        .any(|arg| arg.keyword.as_deref() == Some("Bucket"));
    is_of_client && !row.key.form.needs_scheme() && (named || by_place || is_bucket_named)
}
