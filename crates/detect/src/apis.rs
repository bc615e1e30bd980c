//! The API tables: which call of which SDK touches what by which argument. The rows stand in
//! `queries/apis/*.toml`, one file a family, so that a new SDK is rows and a test.

mod grants;

use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use smol_str::SmolStr;

pub(crate) use self::grants::{GrantRow, StatementRow, grant_table};
use crate::around::Around;
use crate::facts::{Arg, ArgKind, Call, Expr, Facts};
use crate::given_on::is_given_to_these_alone;
use crate::language::Language;
use crate::receivers::names_bucket;

/// What a site does with its value.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// Reads one object, or asks whether it is there.
    Read,
    /// Writes one object.
    Write,
    /// Deletes one object.
    Delete,
    /// Lists the objects below a prefix.
    List,
    /// Allows (or denies) others to do one of these.
    Grant,
}

impl Op {
    /// The word that output uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Read => "read",
            Op::Write => "write",
            Op::Delete => "delete",
            Op::List => "list",
            Op::Grant => "grant",
        }
    }
}

/// Where in a call an argument stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArgSpec {
    pub(crate) position: Option<usize>,
    pub(crate) keyword: Option<SmolStr>,
    #[serde(default)]
    pub(crate) path: Vec<SmolStr>,
    #[serde(default)]
    pub(crate) form: Form,
    /// Where a folder of files is meant, and not one object.
    pub(crate) below: Option<Below>,
}

/// When a key is a folder, below which the objects stand that the call touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Below {
    /// However it is called: Spark writes files into `plates.parquet`.
    Always,
    /// Unless its name has an extension.
    UnlessFile,
    /// Where the call says `recursive=True`, unless its name is that of an archive or another single file.
    Recursive,
}

/// How a key is written in its argument.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// As itself.
    #[default]
    Key,
    /// `bucket/key`, or an object with `Bucket` and `Key`.
    CopySource,
    /// What the receiver was made with: `Object(bucket, key)`, `Bucket(bucket).Object(key)`,
    /// `objects.filter(Prefix=…)`.
    Receiver,
    /// An address with the scheme of S3 (`s3://bucket/key`): whatever else stands there is a file
    /// of another kind, and no site.
    Url,
    /// As [`Form::Url`], but the receiver is the path: `S3Path("s3://bucket/key").read_text()`.
    ReceiverUrl,
    /// `bucket/key`, with or without the scheme.
    BucketKey,
    /// As itself, or a list of such.
    Each,
    /// A statement of SQL, in which addresses of S3 stand that it reads.
    SqlRead,
    /// The same, of those that it writes: after `TO`.
    SqlWrite,
    /// The key of a form that a browser posts: S3 puts the name of its file where `${filename}` stands.
    Posted,
    /// A function that gives the key to the callback it is given last, after an error:
    /// `key: (req, file, done) => done(null, file.name)`.
    Callback,
}

impl Form {
    /// Whether only what has the scheme of S3 is a site.
    pub(crate) fn needs_scheme(self) -> bool {
        matches!(self, Form::Url | Form::ReceiverUrl)
    }
}

/// An argument that decides whether a row holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    pub(crate) position: Option<usize>,
    pub(crate) keyword: Option<SmolStr>,
    pub(crate) is: Vec<SmolStr>,
    /// What it is where the call does not give it, or nobody knows what it gives.
    pub(crate) default: Option<SmolStr>,
}

/// One call that touches a value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) name: SmolStr,
    /// For a function or class: the module it is imported from.
    pub(crate) module: Option<SmolStr>,
    pub(crate) ops: Vec<Op>,
    pub(crate) key: ArgSpec,
    pub(crate) bucket: Option<ArgSpec>,
    pub(crate) when: Option<When>,
    /// What the method is called on, where other things have a method of that name: the last call of
    /// a boto3 resource (`Object`, `Bucket`), or an attribute of it (`Bucket.objects`).
    pub(crate) on: Option<SmolStr>,
    /// How many of its own arguments the call has, options aside, at least and at most: the
    /// same name on a client and on a bucket differs in that.
    #[serde(default)]
    min_args: usize,
    max_args: Option<usize>,
    /// What a file that holds the call holds somewhere, where the name alone is in every other file.
    anchors: Option<Vec<SmolStr>>,
    /// A keyword without which a name as common as `copy` is something else, unless the key is
    /// given by position.
    pub(crate) needs: Option<SmolStr>,
    /// Words of which the receiver's name holds one, where what is given says nothing of itself: for
    /// methods that clients of other services have as well.
    #[serde(default)]
    pub(crate) receivers: Vec<SmolStr>,
    /// Packages one of which a file with such a call imports: for names as common as `open`.
    #[serde(default)]
    imports: Vec<SmolStr>,
    /// The argument that says in which store the key is: what begins the key there, and the bucket.
    pub(crate) store: Option<ArgSpec>,
    /// An attribute on the way to the method: Spark's `read` in `spark.read.option(…).parquet(…)`.
    chain: Option<SmolStr>,
    /// What writes through what the call makes: where that is given to these alone, the call touches nothing itself.
    #[serde(default)]
    written_by: Vec<SmolStr>,
}

/// Whether a method is called on what the file imports under a name of file systems: `from stores import fs`, which the
/// other file makes.
fn is_on_imported_store(call: &Call, around: &dyn Around) -> bool {
    let Expr::Attr(object, _) = &call.callee else {
        return false;
    };
    let Expr::Name(name) = object.as_ref() else {
        return false;
    };
    let is_import = |(facts, index): (Arc<Facts>, u32)| {
        matches!(facts.definitions[index as usize].value, Expr::Import(_))
    };
    name.ends_with("fs") && around.binds(name).is_some_and(is_import)
}

/// Whether what a call is made on is called a file system, or comes of what is: `get_fs().rm(path)`, `fs = self.fs`.
/// Which one it is, its value tells.
fn is_on_file_system(call: &Call, facts: &Facts) -> bool {
    fn names(expr: &Expr, facts: &Facts, depth: u32) -> bool {
        let says = |name: &str| {
            let name = name.to_lowercase();
            name.ends_with("fs") || name.ends_with("filesystem") || name.ends_with("file_system")
        };
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match expr {
            Expr::Name(name) | Expr::Attr(_, name) => says(name),
            Expr::Call(index) => facts.calls[*index as usize]
                .callee_name()
                .is_some_and(|it| says(it)),
            Expr::Param { func, index } => {
                says(&facts.functions[*func as usize].params[*index as usize].name)
            }
            Expr::Local { func, index } => {
                let bound = &facts.functions[*func as usize].bindings[*index as usize];
                names(bound, facts, depth)
            }
            Expr::Declared(both) => names(&both.0, facts, depth),
            Expr::When(_, inner) => names(inner, facts, depth),
            _ => false,
        }
    }
    match &call.callee {
        Expr::Attr(object, _) => names(object, facts, 4),
        _ => false,
    }
}

impl Row {
    /// Whether a client may have been made with the arguments that a call leaves out.
    fn may_be_bound(&self) -> bool {
        let is_named = self.receivers.is_empty() && self.anchors.is_none();
        is_named && self.module.is_none() && self.key.keyword.is_none() && !self.key.path.is_empty()
    }

    /// Whether one of the packages that it asks for is among those that a file imports.
    fn is_imported(&self, packages: &[SmolStr]) -> bool {
        let mut asked = self.imports.iter();
        asked.any(|package| packages.binary_search(package).is_ok())
    }

    pub(crate) fn may_hold(&self, call: &Call, facts: &Facts, around: &dyn Around) -> bool {
        let is_on_file_system =
            || self.on.as_deref() == Some("S3FileSystem") && is_on_file_system(call, facts);
        let is_asked = self.imports.is_empty()
            || self.is_imported(&around.packages())
            || is_on_imported_store(call, around)
            || is_on_file_system();
        if !is_asked {
            return false;
        }
        if let Some(attribute) = &self.chain
            && !has_on_its_way(&call.callee, attribute, facts, around, MAX_WAY)
        {
            return false;
        }
        if !self.written_by.is_empty() && is_given_to_these_alone(call, facts, &self.written_by) {
            return false;
        }
        let counted = call.args.iter().filter(|arg| match &arg.keyword {
            Some(name) => matches!(name.as_str(), "Bucket" | "Key" | "Filename" | "Fileobj"),
            None => true,
        });
        let counted = counted.count();
        if counted < self.min_args || self.max_args.is_some_and(|max| counted > max) {
            return call.args.iter().any(|arg| arg.kind != ArgKind::Plain) && self.on.is_none();
        }
        if let Some(on) = &self.on
            && !may_be_on(call, on, facts)
        {
            return false;
        }
        if matches!(self.key.form, Form::Receiver | Form::ReceiverUrl) {
            return true;
        }
        let plain = |arg: &&Arg| arg.keyword.is_none() && arg.kind == ArgKind::Plain;
        let positional: Vec<_> = call.args.iter().filter(plain).collect();
        let open = call.args.iter().any(|arg| arg.kind != ArgKind::Plain);
        let named = |word: &Option<SmolStr>| {
            word.is_some() && call.args.iter().any(|arg| arg.keyword == *word)
        };
        let given = |position: usize| positional.get(position);
        if open || named(&self.needs) {
            return true;
        }
        if self.needs.is_some() && positional.len() < 3 {
            return false;
        }
        let lists_all = self.ops.contains(&Op::List) && named(&Some("Bucket".into()));
        let first_step = self.key.path.first();
        named(&self.key.keyword)
            || lists_all
            || (call.args.is_empty() && self.may_be_bound())
            || self
                .key
                .position
                .and_then(given)
                .is_some_and(|arg| match (&arg.value, first_step) {
                    (Expr::Map(entries), Some(step)) => entries.iter().any(|(key, _)| match key {
                        Some(Expr::Text(key)) => {
                            key == step || matches!(key.as_str(), "Bucket" | "Body")
                        }
                        _ => true,
                    }),
                    (Expr::Func(_), Some(_)) => self.may_be_bound(),
                    (Expr::Text(_) | Expr::Concat(_) | Expr::List(_) | Expr::Int(_), Some(_)) => {
                        false
                    }
                    _ => true,
                })
    }
}

/// Whether the receiver of a call may be what a row is for, as far as its syntax tells.
fn may_be_on(call: &Call, on: &str, facts: &Facts) -> bool {
    let Expr::Attr(object, _) = &call.callee else {
        return false;
    };
    match on {
        "Object" => may_be_object(object, facts, 4),
        "Bucket" | "S3FileSystem" | "Minio" | "S3Store" | "S3Storage" | "S3Target" | "Key"
        | "TransferManager" => true,
        "boto.Bucket" => names_bucket(object, facts),
        "Bucket.objects" => matches!(object.as_ref(), Expr::Attr(_, name) if name == "objects"),
        _ => matches!(object.as_ref(), Expr::Call(index)
            if facts.calls[*index as usize].callee_name().is_some_and(|name| name == "filter")),
    }
}

/// Calls and attributes that are looked through for one.
const MAX_WAY: u32 = 16;
/// The attributes that a row's `chain` may name.
const WAYS: [&str; 4] = ["read", "readStream", "write", "writeStream"];

/// Whether what is called is reached through that attribute.
fn has_on_its_way(
    expr: &Expr,
    attribute: &str,
    facts: &Facts,
    around: &dyn Around,
    depth: u32,
) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let on = |expr: &Expr, facts: &Facts| has_on_its_way(expr, attribute, facts, around, depth);
    match expr {
        // The nearest one counts: what was read is written by `frame.write.csv(…)`.
        Expr::Attr(_, name) if WAYS.contains(&name.as_str()) => name == attribute,
        Expr::Attr(object, _) => on(object, facts),
        Expr::Call(index) => on(&facts.calls[*index as usize].callee, facts),
        Expr::Local { func, index } => on(
            &facts.functions[*func as usize].bindings[*index as usize],
            facts,
        ),
        Expr::Name(name) => around
            .binds(name)
            .is_some_and(|(facts, index)| on(&facts.definitions[index as usize].value, &facts)),
        // `if parts: writer = writer.partitionBy(*parts)`
        Expr::Alt(ways) => ways.iter().any(|way| on(way, facts)),
        Expr::When(_, inner) => on(inner, facts),
        Expr::Declared(both) => on(&both.0, facts),
        _ => false,
    }
}

/// Whether what a function returns may be an object of S3, by the function's name: it makes one, or is a helper
/// that does (`self._object_of(run)`). What the client's own methods return is none.
fn names_object(name: &str) -> bool {
    if matches!(name, "Object" | "ObjectSummary") {
        return true;
    }
    let name = name.to_lowercase();
    (name.contains("object") || name.ends_with("obj"))
        && ![
            "get_object",
            "put_object",
            "head_object",
            "delete_object",
            "list_object",
        ]
        .iter()
        .any(|own| name.starts_with(own))
}

/// Whether a method of the class around returns what may be an object of S3.
fn returns_object(on: &Expr, method: &str, facts: &Facts, depth: u32) -> bool {
    let Expr::This(class) = on else {
        return false;
    };
    let mut methods = facts.classes[*class as usize].methods.iter();
    methods.any(|function| {
        let function = &facts.functions[*function as usize];
        let mut returns = function.returns.iter();
        function.name == method && returns.any(|value| may_be_object(value, facts, depth - 1))
    })
}

/// Whether a collection may be the objects of a bucket: `bucket.objects.filter(Prefix=…)`.
fn lists_objects(all: &Expr, facts: &Facts, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match all {
        Expr::Call(index) => match &facts.calls[*index as usize].callee {
            Expr::Attr(objects, name) if name == "filter" => {
                matches!(objects.as_ref(), Expr::Attr(_, name) if name == "objects")
            }
            _ => false,
        },
        Expr::Local { func, index } => {
            let bound = &facts.functions[*func as usize].bindings[*index as usize];
            lists_objects(bound, facts, depth)
        }
        Expr::Own(index) => lists_objects(&facts.definitions[*index as usize].value, facts, depth),
        _ => false,
    }
}

fn may_be_object(expr: &Expr, facts: &Facts, depth: u32) -> bool {
    if depth == 0 {
        return false;
    }
    match expr {
        Expr::Call(index) => {
            let callee = &facts.calls[*index as usize].callee;
            let (Expr::Name(name) | Expr::Attr(_, name)) = callee else {
                return false;
            };
            names_object(name)
                || matches!(callee, Expr::Attr(on, _) if returns_object(on, name, facts, depth))
        }
        Expr::Local { func, index } => {
            let bound = &facts.functions[*func as usize].bindings[*index as usize];
            may_be_object(bound, facts, depth - 1)
        }
        Expr::Own(index) => {
            may_be_object(&facts.definitions[*index as usize].value, facts, depth - 1)
        }
        Expr::Each(all) => lists_objects(all, facts, depth - 1),
        Expr::Alt(all) => all.iter().any(|one| may_be_object(one, facts, depth - 1)),
        Expr::When(_, inner) => may_be_object(inner, facts, depth),
        Expr::Declared(both) => may_be_object(&both.0, facts, depth - 1),
        Expr::Attr(inner, name) if matches!(inner.as_ref(), Expr::This(_)) => {
            let fields = facts.classes.iter().flat_map(|class| &class.fields);
            let named = fields.filter(|(known, _)| known == name);
            named
                .map(|(_, value)| value)
                .any(|value| may_be_object(value, facts, depth - 1))
        }
        // A name of the module: looked at when it is resolved.
        Expr::Name(name) => matches!(name.as_str(), "obj" | "object" | "s3_object" | "s3_obj"),
        _ => false,
    }
}

/// The arguments that may stand at a place of a call: the one named so, the one at that position, or
/// those that are spread into it.
pub(crate) fn args_at<'c>(
    call: &'c Call,
    position: Option<usize>,
    keyword: Option<&str>,
) -> Vec<&'c Arg> {
    let named = |arg: &&Arg| arg.keyword.is_some() && arg.keyword.as_deref() == keyword;
    if let Some(arg) = call.args.iter().find(named) {
        return vec![arg];
    }
    let plain = |arg: &&Arg| arg.keyword.is_none() && arg.kind == ArgKind::Plain;
    let at = position.and_then(|position| call.args.iter().filter(plain).nth(position));
    let spread = |arg: &&Arg| arg.kind != ArgKind::Plain;
    match at {
        Some(arg) => vec![arg],
        None => call.args.iter().filter(spread).collect(),
    }
}

/// The argument that says by which file system a path is meant: `read_table(path, filesystem=s3)`.
pub(crate) fn file_system(call: &Call) -> Option<&Arg> {
    let named = |arg: &&Arg| matches!(arg.keyword.as_deref(), Some("filesystem" | "fs"));
    call.args.iter().find(named)
}

/// The calls that make a client, and the service one is made for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientRule {
    pub(crate) calls: Vec<SmolStr>,
    pub(crate) service: SmolStr,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyFile {
    /// For readers of the table.
    #[allow(dead_code)]
    family: SmolStr,
    language: SmolStr,
    client: Option<ClientRule>,
    #[serde(default)]
    method: Vec<Row>,
    #[serde(default)]
    function: Vec<Row>,
    #[serde(default)]
    dispatch: Vec<DispatchRow>,
    /// Modules of other services, whose clients have methods of the same names.
    #[serde(default)]
    others: Vec<SmolStr>,
}

/// A call that is given the names of what it does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DispatchRow {
    pub(crate) name: SmolStr,
    /// The places among the arguments of the service's name, of the operation's, and of its arguments.
    pub(crate) service: Option<usize>,
    pub(crate) operation: usize,
    pub(crate) params: usize,
    /// What a file that holds such a call holds somewhere.
    anchors: Vec<SmolStr>,
}

/// A row with the family it belongs to.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) row: Row,
    pub(crate) client: Option<ClientRule>,
}

/// The rows of one language, by the called name.
#[derive(Debug, Default)]
pub(crate) struct ApiTable {
    by_name: FxHashMap<SmolStr, Vec<Api>>,
    dispatch: Vec<DispatchRow>,
    others: Vec<SmolStr>,
    /// The names of methods, sorted.
    operations: Vec<SmolStr>,
    /// The packages that rows ask for.
    packages: FxHashSet<SmolStr>,
}

impl ApiTable {
    /// The rows of a name; of one that a library made for promises (`putObjectAsync`), those of the method it is for.
    pub(crate) fn rows(&self, name: &str) -> &[Api] {
        let own = self.by_name.get(name);
        let promised = || self.by_name.get(name.strip_suffix("Async")?);
        own.or_else(promised).map_or(&[], Vec::as_slice)
    }

    /// Whether something from outside comes from a module of another service.
    pub(crate) fn is_of_other(&self, path: &str) -> bool {
        let mut others = self.others.iter();
        others.any(|module| {
            let rest = path.strip_prefix(module.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(', '/']))
        })
    }

    pub(crate) fn dispatch(&self) -> &[DispatchRow] {
        &self.dispatch
    }

    /// The names of all methods, sorted.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &SmolStr> {
        self.operations.iter()
    }

    /// The expressions of a call by that name that a row may take its key from, and whether it is one
    /// only as an address.
    pub(crate) fn keys<'c>(
        &self,
        name: &str,
        call: &'c Call,
        facts: &Facts,
        around: &dyn Around,
    ) -> Vec<(&'c Expr, bool)> {
        let mut found = Vec::new();
        let rows = self.rows(name);
        if rows.is_empty() && !self.dispatch.is_empty() {
            let keys = self.dispatched_keys(call, facts).into_iter();
            return keys.map(|key| (key, false)).collect();
        }
        for api in rows {
            let row = &api.row;
            if !row.may_hold(call, facts, around) {
                continue;
            }
            let address = row.key.form.needs_scheme() && file_system(call).is_none();
            match (&call.callee, row.key.form) {
                (Expr::Attr(object, _), Form::Receiver | Form::ReceiverUrl) => {
                    found.push((object.as_ref(), address));
                }
                _ => {
                    let args = args_at(call, row.key.position, row.key.keyword.as_deref());
                    found.extend(args.iter().map(|arg| (&arg.value, address)));
                }
            }
        }
        found
    }

    /// Whether a call by that name may be one of the rows', as far as its arguments tell: most
    /// calls of `copy` are not.
    pub(crate) fn may_hold(
        &self,
        name: &str,
        call: &Call,
        facts: &Facts,
        around: &dyn Around,
    ) -> bool {
        let rows = self.rows(name);
        if rows.is_empty() && !self.dispatch.is_empty() {
            return self.dispatched(call, facts).is_some();
        }
        rows.iter().any(|api| api.row.may_hold(call, facts, around))
    }
}

const FAMILIES: &[(&str, &str)] = &[
    (
        "s3-boto3.toml",
        include_str!("../../../queries/apis/s3-boto3.toml"),
    ),
    (
        "s3-boto2.toml",
        include_str!("../../../queries/apis/s3-boto2.toml"),
    ),
    (
        "s3-urls-python.toml",
        include_str!("../../../queries/apis/s3-urls-python.toml"),
    ),
    (
        "s3-minio-js.toml",
        include_str!("../../../queries/apis/s3-minio-js.toml"),
    ),
    (
        "s3-minio-python.toml",
        include_str!("../../../queries/apis/s3-minio-python.toml"),
    ),
    (
        "s3-powertools.toml",
        include_str!("../../../queries/apis/s3-powertools.toml"),
    ),
    (
        "s3-duckdb.toml",
        include_str!("../../../queries/apis/s3-duckdb.toml"),
    ),
    (
        "s3-obstore.toml",
        include_str!("../../../queries/apis/s3-obstore.toml"),
    ),
    (
        "s3-airflow.toml",
        include_str!("../../../queries/apis/s3-airflow.toml"),
    ),
    (
        "s3-sagemaker.toml",
        include_str!("../../../queries/apis/s3-sagemaker.toml"),
    ),
    (
        "s3-luigi.toml",
        include_str!("../../../queries/apis/s3-luigi.toml"),
    ),
    (
        "s3-data-python.toml",
        include_str!("../../../queries/apis/s3-data-python.toml"),
    ),
    (
        "s3-prefect.toml",
        include_str!("../../../queries/apis/s3-prefect.toml"),
    ),
    (
        "s3-django-storages.toml",
        include_str!("../../../queries/apis/s3-django-storages.toml"),
    ),
    (
        "s3-aws-sdk-js.toml",
        include_str!("../../../queries/apis/s3-aws-sdk-js.toml"),
    ),
];

/// The rows of a language.
///
/// # Panics
/// When one of Blue's own tables does not parse, which a test rules out.
pub(crate) fn api_table(language: Language) -> &'static ApiTable {
    static TABLES: OnceLock<[ApiTable; 3]> = OnceLock::new();
    let tables = TABLES.get_or_init(|| {
        // Of JSON there are no calls.
        let mut tables: [ApiTable; 3] = Default::default();
        for (file, text) in FAMILIES {
            let family: FamilyFile =
                toml::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let table = match family.language.as_str() {
                "python" => &mut tables[Language::Python as usize],
                _ => &mut tables[Language::TypeScript as usize],
            };
            table.dispatch.extend(family.dispatch);
            table.others.extend(family.others);
            let methods = family.method.iter().map(|row| row.name.clone());
            table.operations.extend(methods);
            table.operations.sort();
            table.operations.dedup();
            for row in family.method.into_iter().chain(family.function) {
                table.packages.extend(row.imports.iter().cloned());
                let client = family.client.clone();
                let rows = table.by_name.entry(row.name.clone()).or_default();
                rows.push(Api { row, client });
            }
        }
        tables
    });
    &tables[language as usize]
}

/// Whether a row of any language asks whether a file imports a package.
pub(crate) fn is_asked_about(package: &str) -> bool {
    let mut languages = [Language::Python, Language::TypeScript].into_iter();
    languages.any(|language| api_table(language).packages.contains(package))
}

/// Whether a text holds a word that a file must hold to have a site of its own: asked before parsing.
///
/// The search is a table of all states (under 1 MB, 1 ms to make), which reads a text one and a half
/// times as fast as the smaller automaton that is made by default.
///
/// # Panics
/// When the words of Blue's own tables make no search, which a test rules out.
pub fn holds_anchor(text: &str) -> bool {
    static ANCHORS: OnceLock<AhoCorasick> = OnceLock::new();
    let anchors = ANCHORS.get_or_init(|| {
        let words = anchor_words();
        let table = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .build(words.iter().map(SmolStr::as_str));
        table.unwrap_or_else(|error| panic!("anchor words: {error}"))
    });
    anchors.is_match(text)
}

/// Calls by which frameworks are told of settings that code asks for by name: the files with them are found by these.
const SETTINGS: [&str; 2] = ["registerAs(", "ConfigModule.forRoot("];

fn anchor_words() -> Vec<SmolStr> {
    let mut words: FxHashSet<SmolStr> = SETTINGS.into_iter().map(SmolStr::new).collect();
    for language in [Language::Python, Language::TypeScript] {
        for api in api_table(language).by_name.values().flatten() {
            match &api.row.anchors {
                Some(anchors) => words.extend(anchors.iter().cloned()),
                None => drop(words.insert(api.row.name.clone())),
            }
        }
    }
    for language in [Language::Python, Language::TypeScript] {
        let rows = api_table(language).dispatch.iter();
        words.extend(rows.flat_map(|row| row.anchors.iter().cloned()));
    }
    for row in grant_table().grant.iter().chain(&grant_table().template) {
        words.extend(row.names.iter().cloned());
    }
    words.extend(
        grant_table()
            .statement
            .iter()
            .chain([&grant_table().listed])
            .flat_map(|row| row.names.clone()),
    );
    words.extend(grant_table().anchors.iter().cloned());
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_parses_and_every_language_has_rows() {
        assert!(api_table(Language::Python).rows("put_object").len() == 3);
        assert!(api_table(Language::Python).rows("copy_object").len() == 8);
        assert!(
            api_table(Language::TypeScript)
                .rows("PutObjectCommand")
                .len()
                == 1
        );
        assert!(grant_table().grant.len() >= 5);
        assert!(holds_anchor("iam.PolicyStatement()") && !holds_anchor("iam.Policy"));
    }
}
