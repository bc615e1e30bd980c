//! `--symbol NAME --from-code`: what a constant of a folder's code says, as the first value of a contract. It is read as a
//! sync reads it, before any binding names it.

use std::path::Path;

use blue_analysis::value_of_constant;
use blue_detect::{
    Constant as Read, FileId, JsonKind, MemoryProgram, Program, Says, ValuePlace, constant,
    is_test_path, place_value,
};
use blue_ops::admin::{Constant, First, schema_of};
use blue_realm::{SourceSet, did_you_mean};
use serde_json::{Map, Value};

use crate::commands::admin::binding::commit_of;
use crate::failure::Error;
use crate::output::visible::visible;
use crate::sources;

/// Names of the files' own that are looked through for the one that was meant.
const MAX_NAMES: usize = 2_000;

/// What a constant says.
enum Said {
    Value(Value),
    /// Not all of it is known from the code, and why.
    Unknown(Error),
}

/// That it is said which files define a constant that is to be read.
///
/// # Errors
/// [`Error::Use`] where it is not.
pub(super) fn has_files(symbol: Option<&str>, files: &[String]) -> Result<(), Error> {
    match symbol {
        Some(symbol) if files.is_empty() => Err(Error::Use {
            message: format!("which files define `{}` is not said", visible(symbol)),
            hint: "name them with --files GLOB, as in `--files config/*.py`".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// What a constant of the files says.
///
/// # Errors
/// [`Error::Use`] where none of the files defines it, where several do, and where not all of it can be known.
pub(super) fn first_value(
    root: &Path,
    of: (&Constant, &[String]),
    now: i64,
    progress: &mut dyn FnMut(&str),
) -> Result<First, Error> {
    let value = match said(root, of, progress)? {
        Said::Value(value) => value,
        Said::Unknown(why) => return Err(why),
    };
    let value = placed(value, of.0.into.as_deref());
    Ok(First {
        schema: Some(schema_of(&value)),
        value,
        now,
        source: commit_of(root)?,
    })
}

/// Whether a constant is of the shape of the value that a file gives a contract, which it is read from ever after. Of one
/// that cannot be known nothing can be said.
///
/// # Errors
/// [`Error::Use`] where it is not, where none of the files defines it, and where several do.
pub(super) fn fits(
    root: &Path,
    of: (&Constant, &[String]),
    given: &Value,
    progress: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let Constant { symbol, into } = of.0;
    let pointer = pointer_of(into.as_deref());
    let Some(part) = given.pointer(&pointer) else {
        return Err(Error::Use {
            message: format!(
                "the value has no `{}`, which `{}` is to be",
                visible(into.as_deref().unwrap_or_default()),
                visible(symbol)
            ),
            hint: "name a part of it with --into".to_owned(),
        });
    };
    let Said::Value(code) = said(root, of, progress)? else {
        return Ok(());
    };
    let wrong = blue_compat::schema::validate(&schema_of(part), &code).unwrap_or_default();
    let Some(wrong) = wrong.first() else {
        return Ok(());
    };
    Err(Error::Use {
        message: format!(
            "`{}` is of another shape than the value, so that no sync could bring it: {}",
            visible(symbol),
            visible(&wrong.message)
        ),
        hint: "name the part of the value that it is with --into, or have it say the value with --from-code"
            .to_owned(),
    })
}

fn said(
    root: &Path,
    (wanted, files): (&Constant, &[String]),
    progress: &mut dyn FnMut(&str),
) -> Result<Said, Error> {
    let (set, _) = SourceSet::new(files);
    let mut value = None;
    for sources in sources::read(root, &[".".into()], progress)? {
        let program = MemoryProgram::new(sources.texts);
        let lies_in = |file: &FileId| {
            let path = program.path(*file);
            set.matches(&path) && !is_test_path(&path)
        };
        let mut asked: Vec<FileId> = program.files().filter(lies_in).collect();
        asked.sort_by_key(|file| program.path(*file));
        value = Some(read(&program, &asked, &wanted.symbol)?);
    }
    value.ok_or_else(|| missing(&wanted.symbol, &[]))
}

fn read(program: &MemoryProgram, files: &[FileId], symbol: &str) -> Result<Said, Error> {
    let last = symbol.rsplit('.').next().unwrap_or(symbol);
    let holds = |file: &&FileId| program.text(**file).contains(last);
    let defining: Vec<FileId> = files.iter().filter(holds).copied().collect();
    let said = match constant(program, &defining, symbol) {
        Read::Missing => {
            let mut known: Vec<String> = Vec::new();
            for file in files {
                let interface = &program.summary(*file).interface;
                let defined = interface.items.iter().flat_map(|facts| &facts.definitions);
                known.extend(defined.map(|it| it.name.to_string()));
                known.truncate(MAX_NAMES);
            }
            return Err(missing(symbol, &known));
        }
        Read::Several(places) => {
            let mut paths: Vec<String> = places
                .iter()
                .map(|place| program.path(place.file).to_string())
                .collect();
            paths.dedup();
            return Err(Error::Use {
                message: format!(
                    "`{}` is defined in {}",
                    visible(symbol),
                    visible(&blue_realm::listed(&paths))
                ),
                hint: "put the module in front of it, as in `settings.LIMITS`, or narrow --files"
                    .to_owned(),
            });
        }
        Read::Value(said) => said,
    };
    let is_out = |place: &ValuePlace| is_no_part(program, place);
    let (value, unknown) = value_of_constant(&said, &is_out);
    match (value, unknown.as_slice()) {
        (Some(value), []) => Ok(Said::Value(value)),
        (_, unknown) => {
            let why = match &said.kind {
                JsonKind::Unknown(why) => format!(": it comes from {why}"),
                _ => {
                    let places = unknown.iter().filter_map(|at| at.strip_prefix('/'));
                    let places: Vec<&str> = places.collect();
                    match places.as_slice() {
                        [] => String::new(),
                        places => format!(", namely {}", blue_realm::listed(places)),
                    }
                }
            };
            Ok(Said::Unknown(Error::Use {
                message: format!(
                    "not all of `{}` can be known from the code{}",
                    visible(symbol),
                    visible(&why)
                ),
                hint: "leave --from-code out, and give the first value with --value FILE"
                    .to_owned(),
            }))
        }
    }
}

fn missing(symbol: &str, known: &[String]) -> Error {
    let near = did_you_mean(symbol, known.iter().map(String::as_str));
    Error::Use {
        message: format!("no file that --files names defines `{}`", visible(symbol)),
        hint: match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name the files that do".to_owned(),
        },
    }
}

/// Whether a comment takes a place out of the value.
fn is_no_part(program: &MemoryProgram, place: &ValuePlace) -> bool {
    let positions = &program.summary(place.file).positions;
    let Some(span) = place_value(place, positions) else {
        return false;
    };
    let mut said = positions.directives.iter();
    said.any(|it| matches!(it.says, Says::NotASite) && it.applies_to.contains(span.start))
}

/// The pointer that `--into` means: a member by its name, a pointer, or all of the value.
fn pointer_of(into: Option<&str>) -> String {
    match into.unwrap_or_default() {
        "" => String::new(),
        pointer if pointer.starts_with('/') => pointer.to_owned(),
        member => format!("/{}", member.replace('~', "~0").replace('/', "~1")),
    }
}

/// The constant in its place of the contract's value.
fn placed(value: Value, into: Option<&str>) -> Value {
    let pointer = pointer_of(into);
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    steps.into_iter().rev().fold(value, |value, step| {
        let name = step.replace("~1", "/").replace("~0", "~");
        Value::Object(Map::from_iter([(name, value)]))
    })
}
