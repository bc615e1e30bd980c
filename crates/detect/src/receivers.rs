//! What a method is called on: boto3's resources, which carry their bucket and key along, and names
//! that say that they stand for a bucket.

use crate::eval::{Evaluator, Scope};
use crate::facts::{Call, Expr, Facts, Operator};
use crate::sites::ArgPath;
use crate::value::{External, Value, Values};

/// Whether something from outside is what a row is for (`Object`, `Bucket`, `Bucket.objects`, …).
pub(crate) fn is_on(external: &External, on: &str) -> bool {
    let path = external.path.as_str();
    match on {
        "Object" => path.ends_with(".Object()") || path.ends_with(".ObjectSummary()"),
        "Bucket" => path.ends_with(".Bucket()"),
        "Bucket.objects" => path.ends_with(".objects"),
        // s3fs's, pyarrow's, or fsspec's by its protocol.
        "S3FileSystem" => {
            let protocol = || external.args.positional.first().and_then(Values::known);
            path.ends_with("S3FileSystem()")
                || (path.ends_with("fsspec.filesystem()")
                    && protocol().is_some_and(|it| it == "s3" || it == "s3a"))
                || keeps_copies_of_s3(external)
        }
        "S3Store" => store_of(external).is_some(),
        "S3Target" => path.ends_with("S3Target()"),
        "S3Storage" => crate::storages::made(external).is_some(),
        "TransferManager" => {
            path.ends_with("TransferManager()") || path.ends_with("create_transfer_manager()")
        }
        "Minio" => {
            path.ends_with("Minio()")
                || path.ends_with("MinioAdmin()")
                || matches!(path, "minio.Client()" | "minio.default.Client()")
        }
        "Key" => crate::boto2::is_key(path),
        "boto.Bucket" => crate::boto2::is_bucket(path),
        _ => path.ends_with(".objects.filter()"),
    }
}

/// Whether something is a file system of fsspec's that keeps copies of what another one has, which is one of S3's.
fn keeps_copies_of_s3(external: &External) -> bool {
    let path = external.path.as_str();
    if !path.ends_with("CacheFileSystem()")
        && !path.ends_with("CachingFileSystem()")
        && !path.ends_with("fsspec.filesystem()")
    {
        return false;
    }
    let of = external.args.keyword("fs").map(Values::first);
    let protocol = external.args.keyword("target_protocol");
    matches!(of, Some(Value::External(of)) if is_on(of, "S3FileSystem"))
        || protocol
            .and_then(Values::known)
            .is_some_and(|it| it == "s3")
}

/// Whether a class from outside is one whose objects rows are for, by its path.
pub(crate) fn is_receiver_type(path: &str) -> bool {
    let (module, name) = path.rsplit_once('.').unwrap_or(("", path));
    let is_of_boto3 = [
        "mypy_boto3_s3",
        "types_boto3_s3",
        "types_aiobotocore_s3",
        "boto3",
    ]
    .iter()
    .any(|known| module.starts_with(known));
    match name {
        "S3FileSystem" | "Minio" | "S3Store" => true,
        "S3Hook" => module.starts_with("airflow"),
        "Client" => module == "minio",
        "Bucket" | "Object" | "ObjectSummary" if is_of_boto3 => true,
        "Bucket" | "IBucket" => module.ends_with("aws-s3") || module.ends_with("aws_s3"),
        _ => false,
    }
}

/// Whether something from outside is made as what it may be declared to be: no type says more of it.
pub(crate) fn is_receiver(external: &External) -> bool {
    const KINDS: [&str; 5] = ["Object", "Bucket", "S3FileSystem", "S3Store", "Minio"];
    KINDS.iter().any(|kind| is_on(external, kind)) || crate::arns::bucket_names(external).is_some()
}

/// Words of names for other things that may be called after a bucket, and have the same methods.
const OTHER_SERVICES: [&str; 23] = [
    "table",
    "queue",
    "topic",
    "secret",
    "stream",
    "parameter",
    "param",
    "key",
    "role",
    "function",
    "lambda",
    "policy",
    "name",
    "arn",
    "repository",
    "asset",
    "group",
    "credentials",
    "password",
    "token",
    "database",
    "cluster",
    "project",
];

/// Whether a name is that of something of another service: `bucketTable`, `Secret.fromSecretName()`,
/// `VectorBucket`.
pub(crate) fn is_of_other_service(path: &str) -> bool {
    let last = last_of(path).replace('_', "").to_lowercase();
    OTHER_SERVICES.iter().any(|word| last.ends_with(word))
        || last.contains("vectorbucket")
        || last.contains("tablebucket")
}

/// What something from outside is, by the last of its names: `Bucket.fromBucketName()` is of the class.
fn last_of(path: &str) -> &str {
    let mut names = path.trim_end_matches("()").rsplit('.');
    let last = names.find(|name| !name.starts_with("from"));
    last.unwrap_or(path)
}

/// Whether something from outside is a bucket, by that name.
pub(crate) fn is_bucket(path: &str) -> bool {
    last_of(path).to_lowercase().contains("bucket")
}

/// A receiver that is not known may still say by its name, or by the type it is declared with, that it
/// is a bucket.
pub(crate) fn names_bucket(object: &Expr, facts: &Facts) -> bool {
    names(object, facts, 8)
}

fn names(object: &Expr, facts: &Facts, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let is_bucket =
        |name: &str| name.to_lowercase().contains("bucket") && !is_of_other_service(name);
    let inner = |expr: &Expr| names(expr, facts, depth);
    match object {
        Expr::Name(name) | Expr::Attr(_, name) => is_bucket(name),
        Expr::Param { func, index } => {
            let param = &facts.functions[*func as usize].params[*index as usize];
            is_bucket(&param.name) || param.annotation.as_ref().is_some_and(inner)
        }
        Expr::Local { func, index } => {
            inner(&facts.functions[*func as usize].bindings[*index as usize])
        }
        Expr::Index(object, index) => match index.as_ref() {
            Expr::Text(name) => is_bucket(name),
            _ => inner(object),
        },
        // An element of `buckets`.
        Expr::Each(all)
        | Expr::Spread(all)
        | Expr::Every(all)
        | Expr::Filtered(all)
        | Expr::Set(all)
        | Expr::When(_, all) => inner(all),
        Expr::List(all) | Expr::Alt(all) => all.iter().any(inner),
        Expr::Binary(Operator::Or, left, right) => inner(left) || inner(right),
        // What it is declared to be says no less than its name does.
        Expr::Declared(both) => inner(&both.0) || inner(&both.1),
        // `Buckets.getOrCreate(…)`, `self._create_bucket()`
        Expr::Call(index) => match &facts.calls[*index as usize].callee {
            Expr::Attr(object, name) => {
                is_bucket(name) || matches!(object.as_ref(), Expr::Name(name) if is_bucket(name))
            }
            callee => inner(callee),
        },
        _ => false,
    }
}

/// What a resource was made with: its key (a prefix for a filter) and its bucket.
pub(crate) struct Made {
    pub(crate) key: Option<Values>,
    pub(crate) bucket: Option<Values>,
    /// The store that it is.
    pub(crate) store: Option<Store>,
}

/// What the receivers of a call were made with, those that a row is for.
pub(crate) fn made_with(eval: &mut Evaluator<'_>, object: &Expr, on: &str, scope: &Scope) -> Made {
    let receivers = eval.root(object, scope);
    let mut keys: Vec<Value> = Vec::new();
    let mut bucket = None;
    let mut store = None;
    for receiver in receivers.iter() {
        if on == "S3Storage" {
            store = store.or_else(|| eval.storage(receiver, scope.file));
            continue;
        }
        if let (Value::Map(map), "Key") = (receiver, on) {
            keys.extend(
                crate::boto2::named(map)
                    .iter()
                    .flat_map(|it| it.iter().cloned()),
            );
        }
        let Value::External(external) = receiver else {
            continue;
        };
        if !is_on(external, on) {
            continue;
        }
        if on == "S3Store" {
            store = store.or_else(|| store_of(external));
            continue;
        }
        if matches!(on, "Key" | "boto.Bucket") {
            let made = crate::boto2::made(external, on);
            keys.extend(made.key.iter().flat_map(|it| it.iter().cloned()));
            bucket = bucket.or(made.bucket);
            continue;
        }
        let args = &external.args;
        if let Some(key) = key_of(external) {
            keys.extend(key.clone().there().iter().cloned());
        }
        let own = args.keyword("bucket_name").or_else(|| {
            let path = external.path.trim_end_matches(".objects");
            if path.ends_with(".Bucket()") {
                return args.positional.first().or_else(|| args.keyword("name"));
            }
            let is_before_key = args.positional.len() >= 2 || args.keyword("key").is_some();
            args.positional.first().filter(|_| is_before_key)
        });
        let above = || {
            let on = external.on.as_ref()?;
            // What a resource is made with is the name of the service.
            let is_bucket = !on.path.ends_with("resource()");
            let name = on.args.positional.first();
            name.or_else(|| on.args.keyword("name"))
                .filter(|_| is_bucket)
        };
        bucket = bucket.or_else(|| own.or_else(above).cloned());
    }
    let key = (!keys.is_empty()).then(|| Values::collect(keys));
    let bucket = bucket.or_else(|| {
        store
            .as_ref()
            .and_then(|store: &Store| store.bucket.clone())
    });
    Made { key, bucket, store }
}

/// The bucket of a store of obstore's or of a storage of Django's, and what all its keys begin with.
pub(crate) struct Store {
    pub(crate) bucket: Option<Values>,
    pub(crate) prefix: Option<Values>,
}

impl Store {
    /// A key in the store as it is in the bucket.
    pub(crate) fn key(&self, key: &Values) -> Values {
        match &self.prefix {
            Some(prefix) => crate::builtins::join_paths(&[prefix.clone(), key.clone()]),
            None => key.clone(),
        }
    }
}

/// The store that something from outside is, where it is one of S3.
pub(crate) fn store_of(external: &External) -> Option<Store> {
    let args = &external.args;
    let prefix = args.keyword("prefix").cloned();
    if external.path.ends_with("S3Store()") {
        let bucket = args.positional.first().or_else(|| args.keyword("bucket"));
        return Some(Store {
            bucket: bucket.cloned(),
            prefix,
        });
    }
    let url = args.positional.first().or_else(|| args.keyword("url"))?;
    let is_of_s3 = external.path.ends_with("S3Store.from_url()");
    let is_of_any = external.path.ends_with("store.from_url()");
    let text = url.first().to_text();
    if !(is_of_s3 || is_of_any && crate::keys::is_s3_url(&text)) {
        return None;
    }
    let (bucket, own) = crate::builtins::addresses::bucket_and_key(&text);
    let own = Values::from(own);
    let begins = match prefix {
        Some(prefix) => crate::builtins::join_paths(&[own, prefix]),
        None => own,
    };
    let is_empty = matches!(begins.first(), Value::Text(text) if text.parts.is_empty());
    Some(Store {
        bucket: Some(bucket.into()),
        prefix: (!is_empty).then_some(begins),
    })
}

/// What an object of boto3's says of itself: `s3.Object(bucket, key).key`.
pub(crate) fn said_of(external: &External, name: &str) -> Option<Values> {
    let args = &external.args;
    match name {
        "name" if is_on(external, "Bucket") => args.positional.first().cloned(),
        "path" if external.path.ends_with("S3Target()") => key_of(external).cloned(),
        _ if !is_on(external, "Object") => None,
        "key" => key_of(external).cloned(),
        "bucket_name" => {
            let own = args.keyword("bucket_name");
            let first = args.positional.first();
            let own = own.or_else(|| first.filter(|_| args.positional.len() >= 2));
            let above = || external.on.as_ref()?.args.positional.first();
            own.or_else(above).cloned()
        }
        _ => None,
    }
}

fn key_of(external: &External) -> Option<&Values> {
    let args = &external.args;
    if external.path.ends_with("S3Target()") {
        return args.keyword("path").or_else(|| args.positional.first());
    }
    if external.path.ends_with("filter()") {
        return args.keyword("Prefix");
    }
    args.keyword("key").or_else(|| args.positional.last())
}

/// Where the key of a receiver stands, when the receiver is made in the very expression.
pub(crate) fn locate(call: &Call, calls: &[Call]) -> Option<(u32, ArgPath)> {
    let Expr::Attr(object, _) = &call.callee else {
        return None;
    };
    let Expr::Call(index) = object.as_ref() else {
        return None;
    };
    let args = &calls[*index as usize].args;
    let named = |name: &str| {
        args.iter()
            .position(|arg| arg.keyword.as_deref() == Some(name))
    };
    let arg = named("key")
        .or_else(|| named("Prefix"))
        .or_else(|| args.len().checked_sub(1))?;
    let path = ArgPath {
        arg: arg as u32,
        path: Vec::new(),
    };
    Some((*index, path))
}
