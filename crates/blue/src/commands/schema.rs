//! `blue schema`: the JSON Schema of a file or of the findings, or the list of all of them. Those in
//! `docs/schemas/` are what it prints.

use std::fmt::Write as _;
use std::io::Write;

use blue_realm::FileFormat;
use serde::Serialize;
use serde_json::Value;

use crate::cli::Context;
use crate::commands::explain::closest;
use crate::commands::{admin, can_merge, check, compat, contract, worktree};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::{Format, Paint, coverage, json};

/// The JSON Schema of a file, for an editor's checks and completions
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue schema                             All kinds
  blue schema contract > contract.json
  blue schema findings                    What `blue realm check --output-format json` writes
  blue schema coverage                    What `blue realm coverage --json` writes"
)]
pub(crate) struct Args {
    /// The kind of file; without one, all kinds are listed
    kind: Option<String>,
}

/// Something that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File(FileFormat),
    Findings,
    Comparison,
    Coverage,
    Compat,
    Contracts,
    Merge,
    Worktrees,
    Cache,
    Told(&'static Told),
}

/// What a command writes that is put together where it is told: its schema is written by hand, and every command's
/// document is held against it by a test.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    name: &'static str,
    place: &'static str,
    schema: &'static str,
}

macro_rules! told {
    ($($name:literal: $place:literal,)*) => {
        &[$(Told {
            name: $name,
            place: $place,
            schema: include_str!(concat!("../schemas/", $name, ".json")),
        }),*]
    };
}

const TOLD: &[Told] = told! {
    "status": "blue status --json",
    "sync": "blue realm sync --json",
    "acknowledgements": "blue ack --json",
    "notifications": "blue notifications --json",
    "log": "blue realm log --json",
    "graph": "blue realm graph --json",
    "change": "blue realm admin join --json",
    "domains": "blue realm admin domain list --json",
    "health": "blue realm admin health --json",
    "trust": "blue realm admin trust --json",
    "site": "blue detect --json",
    "ranges": "blue semver --json",
    "doctor": "blue doctor --json",
    "codes": "blue explain --json",
    "schemas": "blue schema --json",
    "demo": "blue demo --json",
    "completions": "blue completions --json",
    "failure": "any command with --json",
};

#[derive(Serialize)]
struct List {
    version: u32,
    schemas: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    kind: &'static str,
    place: &'static str,
    summary: String,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let text = match &args.kind {
        None => list(context),
        Some(text) => printed(parse(text.trim())?),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn kinds() -> impl Iterator<Item = Kind> {
    let files = FileFormat::ALL.into_iter().map(Kind::File);
    let told = TOLD.iter().map(Kind::Told);
    let derived = [
        Kind::Findings,
        Kind::Compat,
        Kind::Comparison,
        Kind::Coverage,
        Kind::Contracts,
        Kind::Merge,
        Kind::Worktrees,
        Kind::Cache,
    ];
    files.chain(derived).chain(told)
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::File(format) => format.name(),
            Self::Findings => "findings",
            Self::Comparison => "comparison",
            Self::Coverage => "coverage",
            Self::Compat => "compat",
            Self::Contracts => "contracts",
            Self::Merge => "merge",
            Self::Worktrees => "worktrees",
            Self::Cache => "cache",
            Self::Told(told) => told.name,
        }
    }

    fn place(self) -> &'static str {
        match self {
            Self::File(format) => format.place(),
            Self::Findings => "blue realm check --output-format json",
            Self::Comparison => "blue realm check --mode=compatibility --json",
            Self::Coverage => "blue realm coverage --json",
            Self::Compat => "blue compat --json",
            Self::Contracts => "blue contract list --json",
            Self::Merge => "blue realm can-merge --json",
            Self::Worktrees => "blue realm worktree --json",
            Self::Cache => "blue realm admin cache stats --json",
            Self::Told(told) => told.place,
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::File(format) => format.json_schema().clone(),
            Self::Findings => json::schema().to_value(),
            Self::Comparison => check::comparison_schema().to_value(),
            Self::Coverage => coverage::schema().to_value(),
            Self::Compat => compat::shape::schema().to_value(),
            Self::Contracts => contract::schema().to_value(),
            Self::Merge => can_merge::schema().to_value(),
            Self::Worktrees => worktree::schema().to_value(),
            Self::Cache => admin::cache::schema().to_value(),
            // A test reads each of them.
            Self::Told(told) => serde_json::from_str(told.schema).unwrap_or_default(),
        }
    }

    /// The first sentence of its description.
    fn summary(self) -> String {
        let schema = self.schema();
        let description = schema.get("description").and_then(Value::as_str);
        let line = description.unwrap_or_default().split(". ").next();
        line.unwrap_or_default().trim_end_matches('.').to_owned()
    }
}

fn parse(text: &str) -> Result<Kind, Error> {
    let found = kinds().find(|kind| kind.name() == text);
    found.ok_or_else(|| Error::UnknownKind {
        kind: text.to_owned(),
        meant: closest(text, kinds().map(Kind::name)),
    })
}

/// As it stands in `docs/schemas/`.
fn printed(kind: Kind) -> String {
    // A tree of JSON values can always be written.
    let text = serde_json::to_string_pretty(&kind.schema()).unwrap_or_default();
    text + "\n"
}

fn list(context: &Context) -> String {
    if context.format == Format::Json {
        let schemas = kinds().map(|kind| Listed {
            kind: kind.name(),
            place: kind.place(),
            summary: kind.summary(),
        });
        return json::to_text(&List {
            version: 1,
            schemas: schemas.collect(),
        });
    }
    let mut out = String::new();
    for kind in kinds() {
        let name = format!("{:<16}", kind.name());
        let name = context.style.paint(Paint::Strong, &name);
        let _ = writeln!(out, "{name} {}", kind.place());
        let _ = writeln!(out, "{:<16} {}", "", kind.summary());
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_schemas_of_the_docs_are_these() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas");
        for kind in kinds() {
            let path = folder.join(format!("{}.json", kind.name()));
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, printed(kind)).unwrap();
            }
            let known = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(
                known.replace("\r\n", "\n"),
                printed(kind),
                "{} is old: run this test with UPDATE_EXPECT=1",
                path.display()
            );
        }
        let files = std::fs::read_dir(&folder).unwrap().flatten();
        let schemas = files.filter(|file| file.path().extension().is_some_and(|it| it == "json"));
        assert_eq!(schemas.count(), kinds().count());
    }

    /// What the demo makes is what the schemas say.
    #[test]
    fn the_files_of_the_demo_are_valid() {
        let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/world");
        let mut seen = Vec::new();
        walk(&world, &mut |path| {
            let relative = path.to_string_lossy().replace('\\', "/");
            let format = if relative.ends_with("/config.yaml") {
                Some(FileFormat::Config)
            } else {
                let roots = ["/realm.yaml", "/repos/", "/domains/"];
                let start = roots.iter().find_map(|root| relative.rfind(root));
                let kind = start.and_then(|at| blue_realm::classify(&relative[at + 1..]));
                kind.as_ref().and_then(FileFormat::of)
            };
            let Some(format) = format else { return };
            let text = std::fs::read_to_string(path).unwrap();
            let value = serde_yaml::from_str::<Value>(&text).unwrap();
            let validator = jsonschema::draft202012::new(format.json_schema()).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, [""; 0], "{relative}");
            seen.push(format);
        });
        seen.sort();
        seen.dedup();
        assert!(seen.len() >= 5, "{seen:?}");
    }

    fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => walk(&path, each),
                path => each(&path),
            }
        }
    }

    #[test]
    fn a_slip_is_recognised() {
        for (text, expected) in [
            ("contrat", Some("contract")),
            ("acceptances", Some("acceptance")),
            ("finding", Some("findings")),
            ("kubernetes", None),
        ] {
            let Err(Error::UnknownKind { meant, .. }) = parse(text) else {
                unreachable!("it is unknown");
            };
            assert_eq!(meant, expected, "{text}");
        }
        assert_eq!(parse("config").unwrap(), Kind::File(FileFormat::Config));
    }

    #[test]
    fn every_kind_has_a_line() {
        for kind in kinds() {
            assert!(kind.summary().len() > 10, "{kind:?}");
        }
    }
}
