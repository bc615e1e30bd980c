//! Calls that are given an operation of an SDK to make, in Python: as a method with its arguments
//! (`retry(s3.put_object, Bucket=bucket, Key=key)`), or by its name (`call("s3", "put_object", Key=key)`, or with a dict
//! of them: `call("s3", "put_object", {"Key": key})`). What they come to is that operation, and is recorded as a call of
//! it beside the call that stands in the text.

use crate::apis::{Api, Row, api_table};
use crate::facts::{Arg, ArgKind, Expr};
use crate::handed::{Handed, Worth, is_function};
use crate::language::Language;
use crate::walk::Walker;

/// The operation stands among as many of the first arguments.
const MAX_PLACES: usize = 4;

impl Walker<'_> {
    /// The operation that a call is given, with the arguments that follow it.
    pub(crate) fn operation_given(&self, args: &[Arg]) -> Option<Handed> {
        let plain = |arg: &&Arg| arg.kind == ArgKind::Plain && arg.keyword.is_none();
        let first = args.iter().take_while(plain).take(MAX_PLACES);
        for (at, arg) in first.enumerate() {
            let (name, is_method) = match &arg.value {
                Expr::Attr(object, name) if is_function(object) => (name, true),
                Expr::Text(name) => (name, false),
                _ => continue,
            };
            let rows = api_table(Language::Python).rows(name);
            let given = &args[at + 1..];
            let given = match given.first() {
                _ if rows.is_empty() => continue,
                Some(dict) if !is_method && plain(&dict) && self.is_dict_of(&dict.value, rows) => {
                    vec![Arg {
                        kind: ArgKind::SpreadMap,
                        ..dict.clone()
                    }]
                }
                _ => given.to_vec(),
            };
            if !rows.iter().any(|api| takes(&api.row, &given, is_method)) {
                continue;
            }
            let callee = match is_method {
                true => arg.value.clone(),
                false => Expr::Attr(Box::new(Expr::Unknown("client".into())), name.clone()),
            };
            return Some(Handed {
                callee,
                args: given,
                worth: Worth::Same,
            });
        }
        None
    }

    /// Whether something is a dict of the arguments that an operation takes by their names.
    fn is_dict_of(&self, value: &Expr, rows: &[Api]) -> bool {
        match value {
            Expr::Map(entries) => entries.iter().any(|(name, value)| match name {
                Some(Expr::Text(name)) => {
                    let mut rows = rows.iter();
                    rows.any(|api| api.row.key.keyword.as_ref() == Some(name))
                }
                Some(_) => false,
                None => self.is_dict_of(value, rows),
            }),
            Expr::Local { func, index } => {
                let bound = &self.facts.functions[*func as usize].bindings[*index as usize];
                self.is_dict_of(bound, rows)
            }
            _ => false,
        }
    }
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
