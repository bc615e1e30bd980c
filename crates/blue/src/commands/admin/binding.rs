//! `blue realm admin export` and `import`: one binding of this repository.

use std::path::{Path, PathBuf};

use blue_ops::admin::{Constant, First, NewExport, NewImport, export, import, schema_of};
use serde_json::{Value, json};

use crate::cli::Context;
use crate::commands::admin::constant;
use crate::commands::admin::contract::domain_of;
use crate::commands::admin::seen::Seen;
use crate::commands::admin::{Common, ask, change, open, stands, tell, the_realm};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::realms::Here;

/// Declare that this repository exports a contract
///
/// The contract is made where it is new; its first sync gives it a value.
#[derive(Debug, Clone, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue realm admin export s3-permissions --domain s3-access --from-code
  blue realm admin export queue-names --domain s3-access --symbol QUEUES --files config/*.py --from-code
  blue realm admin export limits --domain s3-access --value limits.yaml --symbol LIMITS --files config/*.py"
)]
pub(crate) struct Export {
    /// The contract
    contract: String,
    /// Its domain
    #[arg(long, value_name = "NAME")]
    domain: String,
    /// The files it is read from [default: those that touch objects; none for a --value of another shape]
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    files: Vec<String>,
    /// Give a new contract the value that the code has now; without it, its first sync does
    #[arg(long)]
    from_code: bool,
    /// Give a new contract the value of this file, YAML or JSON, of any shape; its schema is made from it
    #[arg(long, value_name = "FILE", conflicts_with = "from_code")]
    value: Option<PathBuf>,
    /// Read it from this constant of the code, in place of what the code does to objects
    #[arg(long, value_name = "NAME", conflicts_with = "bucket")]
    symbol: Option<String>,
    /// The member of the value, or the JSON pointer, that the constant is [default: all of it]
    #[arg(long, value_name = "FIELD", requires = "symbol")]
    into: Option<String>,
    /// Only this bucket's objects
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    /// Of several realms here, this one
    #[arg(long = "of", value_name = "REALM")]
    of: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Declare that this repository imports a contract
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Import {
    /// The contract
    contract: String,
    /// Its domain [default: the only one that has a contract of that name]
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// The versions that fit, as npm or Cargo write ranges
    #[arg(long = "version", value_name = "RANGE")]
    range: String,
    /// The files here that have to follow
    #[arg(long, value_name = "PATH", value_delimiter = ',', required = true)]
    binding: Vec<String>,
    /// Of several realms here, this one
    #[arg(long = "of", value_name = "REALM")]
    of: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn repo_of(here: &Here) -> Result<String, Error> {
    here.repo.clone().ok_or_else(|| Error::Use {
        message: "this is a realm's own checkout, which has no bindings".to_owned(),
        hint: "run it in the repository whose binding it is".to_owned(),
    })
}

pub(crate) fn run_export(
    args: &Export,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Exit, Error> {
    constant::has_files(args.symbol.as_deref(), &args.files)?;
    let here = stands(context, &args.common)?;
    let repo = repo_of(&here)?;
    let mut progress = |doing: &str| terminal.progress(doing);
    let now = blue_ops::clock::now();
    let given = match &args.value {
        Some(path) => Some(value_in(&context.at(path), now)?),
        None => None,
    };
    // What the code does to objects has nothing to do with a value of another shape.
    let is_of_objects = given.as_ref().is_none_or(|first| touches(&first.value));
    let is_read = is_of_objects && args.symbol.is_none();
    let seen = match is_read || args.from_code {
        true => Seen::of(&here.root, &mut progress)?,
        false => Seen::default(),
    };
    let files = match args.files.is_empty() {
        false => args.files.clone(),
        true => seen.source_files(),
    };
    if files.is_empty() && is_of_objects {
        return Err(Error::Use {
            message: "nothing is seen in this code that a contract could be read from".to_owned(),
            hint: "name the files with --files, or see what is seen with `blue detect .`"
                .to_owned(),
        });
    }
    let wish = NewExport {
        domain: args.domain.clone(),
        contract: args.contract.clone(),
        files,
        bucket: args.bucket.clone(),
        constant: args.symbol.as_ref().map(|symbol| Constant {
            symbol: symbol.clone(),
            into: args.into.clone(),
        }),
    };
    let misfit = match (&given, &wish.constant) {
        (Some(given), Some(constant)) => {
            let of = (constant, &*wish.files);
            constant::fits(&here.root, of, &given.value, &mut progress).err()
        }
        _ => None,
    };
    let place = the_realm(&here, args.of.as_deref())?;
    let first = match (given, args.from_code, &wish.constant) {
        (Some(given), ..) => Some(given),
        (None, true, Some(symbol)) => {
            let of = (symbol, &*wish.files);
            Some(constant::first_value(&here.root, of, now, &mut progress)?)
        }
        (None, true, None) => Some(first_value(
            &seen,
            &here.root,
            (&wish.files, wish.bucket.as_deref()),
            now,
        )?),
        (None, false, _) => None,
    };
    let mut ask = ask(&here, &mut progress)?;
    let mut realm = open(place, &args.common, &mut ask)?;
    // One that is there keeps its value, whatever is given.
    let record = realm.realm_at(realm.tip()?)?;
    if let (Some(misfit), None) = (misfit, record.contract(&wish.domain, &wish.contract)) {
        return Err(misfit);
    }
    let has = record.export_of(&wish.domain, &wish.contract).is_some();
    if is_read && !has {
        seen.tells_apart(&record, &repo, &wish)?;
    }
    let outcome = change(&mut realm, &args.common, &mut ask, &mut |base, actor| {
        export(base, &repo, &wish, first.as_ref(), actor)
    })?;
    let (said, next) = match wish.files.as_slice() {
        [] => (
            format!("{repo} exports {}", wish.contract),
            "nothing reads it from the code: --symbol NAME --files GLOB has a constant say it"
                .to_owned(),
        ),
        files => (
            format!("{repo} exports {} from {}", wish.contract, files.join(", ")),
            "`blue realm sync` brings what the code says to the realm".to_owned(),
        ),
    };
    let next = [next];
    let shape = json!({"repo": repo, "contract": wish.contract, "files": wish.files});
    tell(context, terminal, &outcome, (&said, &next), shape)
}

/// The first value of a contract, as a file has it.
fn value_in(path: &Path, now: i64) -> Result<First, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::File {
        doing: "read",
        path: path.to_owned(),
        source,
    })?;
    let value: Value = serde_yaml::from_str(&text).map_err(|why| Error::Use {
        message: format!("{} holds no value: {why}", path.display()),
        hint: "--value takes one document of YAML or JSON".to_owned(),
    })?;
    Ok(First {
        schema: Some(schema_of(&value)),
        value,
        now,
        source: None,
    })
}

/// Whether a value is about what code does to objects.
fn touches(value: &Value) -> bool {
    ["read", "write", "delete"]
        .iter()
        .any(|field| value.get(field).is_some())
}

/// The commit that the code of a folder is, and its branch; nothing for code that is not committed.
pub(super) fn commit_of(root: &Path) -> Result<Option<(String, Option<String>)>, Error> {
    let source = blue_ops::source(root)?;
    let commit = source.commit.filter(|_| source.is_committed);
    Ok(commit.map(|commit| (commit, source.branch)))
}

/// What the code of a folder says of a contract that is new.
pub(super) fn first_value(
    seen: &Seen,
    root: &Path,
    (files, bucket): (&[String], Option<&str>),
    now: i64,
) -> Result<First, Error> {
    let (value, opaque) = seen.value(files, bucket);
    let is_empty = |value: &Value| value.as_array().is_none_or(Vec::is_empty);
    if value.as_object().is_none_or(|it| it.values().all(is_empty)) {
        return Err(Error::Use {
            message: "nothing is seen in this code that could be the contract's value".to_owned(),
            hint: "leave --from-code out, or see what is seen with `blue detect .`".to_owned(),
        });
    }
    if opaque > 0 {
        return Err(Error::Use {
            message: format!("{opaque} places in this code touch objects of which nothing is known, so that its value is not known either"),
            hint: "leave --from-code out and sync what is known, or see which with `blue realm coverage`".to_owned(),
        });
    }
    Ok(First {
        value,
        schema: None,
        now,
        source: commit_of(root)?,
    })
}

pub(crate) fn run_import(
    args: &Import,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Exit, Error> {
    let here = stands(context, &args.common)?;
    let repo = repo_of(&here)?;
    if let Err(error) = blue_compat::range::VersionRange::parse(&args.range) {
        return Err(Error::BadRange {
            range: args.range.clone(),
            error,
        });
    }
    if let Some(missing) = args
        .binding
        .iter()
        .find(|path| !here.root.join(path).is_file())
    {
        return Err(Error::Use {
            message: format!("{repo} has no file {missing}"),
            hint: "--binding takes paths from the repository's root".to_owned(),
        });
    }
    let mut progress = |doing: &str| terminal.progress(doing);
    let place = the_realm(&here, args.of.as_deref())?;
    let mut ask = ask(&here, &mut progress)?;
    let mut realm = open(place, &args.common, &mut ask)?;
    let base = realm.realm_at(realm.tip()?)?;
    let domain = domain_of(&base, args.domain.as_deref(), &[&args.contract])?;
    let wish = NewImport {
        domain,
        contract: args.contract.clone(),
        version: args.range.clone(),
        binding: args.binding.clone(),
    };
    let outcome = change(&mut realm, &args.common, &mut ask, &mut |base, actor| {
        import(base, &repo, &wish, actor)
    })?;
    let said = format!(
        "{repo} imports {} {} in {}",
        wish.contract,
        wish.version,
        wish.binding.join(", ")
    );
    let next = [
        "`blue realm check` says what is still to be granted, `blue ack` that it is followed"
            .to_owned(),
    ];
    let shape = json!({"repo": repo, "contract": wish.contract, "range": wish.version, "binding": wish.binding});
    tell(context, terminal, &outcome, (&said, &next), shape)
}
