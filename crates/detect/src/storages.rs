//! Storages of Django's that keep their files in S3: which bucket and which folder one is of stands in its class, or in
//! the call that makes it.

use crate::eval::{Evaluator, Scope};
use crate::receivers::Store;
use crate::value::{ClassRef, External, FileId, Value, Values};

/// Whether a class from outside is such a storage, by its path.
pub(crate) fn is_storage(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    matches!(
        name,
        "S3Boto3Storage" | "S3Storage" | "S3StaticStorage" | "S3ManifestStaticStorage"
    )
}

/// The storage that a call made.
pub(crate) fn made(external: &External) -> Option<Store> {
    let class = external.path.strip_suffix("()")?;
    is_storage(class).then(|| Store {
        bucket: external.args.keyword("bucket_name").cloned(),
        prefix: external.args.keyword("location").cloned(),
    })
}

impl Evaluator<'_> {
    /// The storage that a value is: one from outside, or of a class of the repository that extends one.
    pub(crate) fn storage(&mut self, value: &Value, from: FileId) -> Option<Store> {
        let class = match value {
            Value::External(external) => return made(external),
            Value::Instance { class, .. } => class,
            _ => return None,
        };
        if !self.extends_from_outside(class, is_storage) {
            return None;
        }
        let mut said = |name: &str| {
            let said = self.attribute(value, name, from);
            let is_known = |value: &Value| matches!(value, Value::Text(_));
            said.iter().all(is_known).then_some(said)
        };
        let (bucket, prefix): (Option<Values>, _) = (said("bucket_name"), said("location"));
        Some(Store { bucket, prefix })
    }

    /// Whether a class, or one that it inherits from, extends a class from outside of a certain path.
    fn extends_from_outside(&mut self, class: &ClassRef, is_it: impl Fn(&str) -> bool) -> bool {
        let mut classes = self.ancestors(class);
        classes.push(class.clone());
        classes.iter().any(|class| {
            let scope = Scope::around(class);
            let bases = class.class().bases.clone();
            bases.iter().any(|base| {
                let base = self.root(base, &scope);
                matches!(base.first(), Value::External(external) if is_it(&external.path))
            })
        })
    }
}
