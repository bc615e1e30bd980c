//! Functions of other people's libraries that a binding says access objects of S3: rows of the API
//! tables that a repository writes itself.

use smol_str::SmolStr;

use crate::apis::{ArgSpec, Form, Op};
use crate::eval::Scope;
use crate::facts::Name;
use crate::keys::{argument, bucket_of, locate, open_bucket_of};
use crate::leads::{Home, Lead};
use crate::sites::{Finder, Use};
use crate::value::Value;

/// A function that accesses objects of S3, by the word of a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedWrapper {
    /// The module and the function, with dots between all parts.
    path: SmolStr,
    name: Name,
    key: ArgSpec,
    bucket: Option<ArgSpec>,
    op: Op,
}

/// An argument by its place (from 0), its name, or both.
pub type NamedArgument = (Option<usize>, Option<SmolStr>);

impl NamedWrapper {
    /// A function by the module it is imported from and its name (`mylib.io.save`, `@acme/io.save`),
    /// what it does, and which argument is the key and which the bucket.
    pub fn new(callee: &str, op: Op, key: NamedArgument, bucket: Option<NamedArgument>) -> Self {
        let path = plain(callee);
        let name = path.rsplit('.').next().unwrap_or(&path).into();
        let spec = |(position, keyword): NamedArgument| ArgSpec {
            position,
            keyword,
            path: Vec::new(),
            form: Form::Key,
            below: None,
        };
        NamedWrapper {
            name,
            path,
            key: spec(key),
            bucket: bucket.map(spec),
            op,
        }
    }

    /// Whether it has that name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Whether it is what goes by a path, as an import and the names behind it say it.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        plain(path) == self.path
    }

    /// What leads to it, for those who look for its callers.
    pub fn lead(&self) -> Lead {
        Lead {
            function: self.name.clone(),
            position: self
                .key
                .position
                .map_or(u32::MAX, |position| position as u32),
            keyword: self.key.keyword.clone().unwrap_or_default(),
            address: false,
            home: Home::default(),
        }
    }
}

/// A path without calls, with dots alone: `@acme/io.Store().put` is `@acme.io.Store.put`.
fn plain(path: &str) -> SmolStr {
    path.replace("()", "").replace('/', ".").into()
}

impl Finder<'_> {
    /// The uses of a value by a call of a function that a binding names.
    pub(crate) fn named_uses(&mut self, name: &str, index: u32, scope: &Scope) -> Vec<Use> {
        let wrappers = self.program.wrappers();
        let mut found = Vec::new();
        for (number, wrapper) in wrappers.iter().enumerate() {
            if wrapper.name != name {
                continue;
            }
            let facts = scope.facts.clone();
            let call = &facts.calls[index as usize];
            let callees = self.eval.root(&call.callee, scope);
            let is_it = |value: &Value| match value {
                Value::External(external) => wrapper.is_at(&external.path),
                _ => false,
            };
            if !callees.iter().any(is_it) {
                continue;
            }
            let args = self.eval.root_args(&call.args, scope);
            let Some(key) = self.key(&wrapper.key, &args, wrapper.op) else {
                continue;
            };
            let bucket = wrapper.bucket.as_ref();
            let bucket = bucket.and_then(|spec| argument(spec, &args));
            found.push(Use {
                op: wrapper.op,
                key,
                bucket: bucket.as_ref().and_then(bucket_of),
                open_bucket: bucket.as_ref().and_then(open_bucket_of),
                needs_scheme: false,
                below: None,
                is_possible: false,
                call: index,
                arg: locate(&wrapper.key, call),
                chain: Vec::new(),
                trace: vec![(u64::MAX - number as u64, index), (wrapper.op as u64, 0)],
            });
        }
        found
    }
}
