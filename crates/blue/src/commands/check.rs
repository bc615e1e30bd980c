//! `blue realm check`: this repository's code and bindings held against the realm.

use std::io::Write;
use std::path::{Path, PathBuf};

use blue_analysis::{Code, Mode, Severity};
use blue_workspace::Options;

use crate::cli::{Context, Detail};
use crate::engine::{self, Report};
use crate::failure::{Error, Exit};
use crate::output::human::{self, Telling};
use crate::output::terminal::Terminal;
use crate::output::{Format, Style, json};

/// Hold this repository's code against the realm
///
/// As an exporter: does the code still have what the contract says, whom does a change break, which
/// version does it need? As an importer: is the binding at the contract's version, does the code
/// grant what it uses?
#[derive(Debug, Clone, Default, clap::Args)]
#[command(verbatim_doc_comment, after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Check this side of the contracts only; may be repeated [default: all that apply]
    #[arg(long = "mode", value_name = "MODE", value_enum, value_delimiter = ',')]
    modes: Vec<Side>,
    /// The realm's checkout, in place of what .blue/config.yaml says [env: BLUE_REALM_PATH]
    #[arg(long, value_name = "PATH")]
    realm: Option<PathBuf>,
    /// Judge what is gone from REV, where a contract names no commit it was read from
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Exit with 1 for findings of this severity and above
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t)]
    fail_on: FailOn,
    /// Warnings fail too
    #[arg(long)]
    strict: bool,
    /// How to write what was found (--json is short for `json`)
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    output_format: Format,
}

const AFTER_HELP: &str = "\
Examples:
  blue realm check
  blue realm check --mode=importer --fail-on warning
  blue realm check --base origin/main --output-format json";

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Side {
    /// What this repository provides
    Exporter,
    /// What this repository relies on
    Importer,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    #[default]
    Error,
    Warning,
    Info,
    Hint,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Info => Severity::Info,
            FailOn::Hint => Severity::Hint,
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let args = Args {
        realm: realm_path(args.realm.as_deref(), context),
        output_format: match context.format {
            Format::Json => Format::Json,
            Format::Human => args.output_format,
        },
        ..args.clone()
    };
    let start = context.at(Path::new("."));
    let checked = check(&args, &start, context, &mut |doing| {
        terminal.progress(doing)
    })?;
    terminal.write_all(checked.text.as_bytes())?;
    Ok(checked.exit)
}

/// `--realm`, else BLUE_REALM_PATH; a relative one begins where the command does.
fn realm_path(argument: Option<&Path>, context: &Context) -> Option<PathBuf> {
    let variable = || std::env::var_os("BLUE_REALM_PATH").filter(|value| !value.is_empty());
    let path = argument.map(Path::to_owned);
    let path = path.or_else(|| variable().map(PathBuf::from));
    // The engine knows no current folder.
    path.map(|path| std::path::absolute(context.at(&path)).unwrap_or(path))
}

/// What a check says, and how it ends.
pub(crate) struct Checked {
    pub(crate) text: String,
    pub(crate) exit: Exit,
}

/// Checks the repository that `start` lies in, as `blue -C start realm check` would without
/// arguments, for a story that shows it.
pub(crate) fn check_folder(start: &Path, style: Style) -> Result<Checked, Error> {
    let context = Context {
        dir: PathBuf::new(),
        format: Format::Human,
        style,
        detail: Detail::Normal,
    };
    check(&Args::default(), start, &context, &mut |_| ())
}

fn check(
    args: &Args,
    start: &Path,
    context: &Context,
    progress: &mut dyn FnMut(&str),
) -> Result<Checked, Error> {
    let start = start.canonicalize().map_err(|source| Error::File {
        doing: "read",
        path: start.to_owned(),
        source,
    })?;
    if let Some(revision) = &args.base {
        check_revision(&start, revision)?;
    }
    let options = Options {
        realm_path: args.realm.clone(),
        base: args.base.as_deref().map(Into::into),
    };
    let found = engine::load(&start, options, progress)?;
    let report = of_sides(found.report(&start, progress)?, &args.modes);
    let text_of = |place: &_| found.text_of(place);
    let fail_on = match args.strict {
        true => Severity::from(args.fail_on).min(Severity::Warning),
        false => args.fail_on.into(),
    };
    let text = match args.output_format {
        Format::Json => json::check(&report, &text_of),
        Format::Human => {
            let telling = Telling {
                style: context.style,
                detail: context.detail,
                fail_on,
            };
            human::check(&report, &text_of, telling)
        }
    };
    Ok(Checked {
        text,
        exit: exit(&report, fail_on),
    })
}

/// Refuses a revision that is not there: without it every absence would go unseen.
fn check_revision(path: &Path, revision: &str) -> Result<(), Error> {
    let repository = blue_git::discover(path).ok().flatten();
    let found = repository.is_some_and(|repository| repository.resolve(revision).is_ok());
    match found {
        true => Ok(()),
        false => Err(Error::NoRevision {
            revision: revision.to_owned(),
            path: path.to_owned(),
        }),
    }
}

/// Without what belongs to the other side of the contracts alone.
fn of_sides(mut report: Report, sides: &[Side]) -> Report {
    if sides.is_empty() {
        return report;
    }
    let wanted = |side: Option<Side>| side.is_none_or(|side| sides.contains(&side));
    report
        .findings
        .retain(|finding| wanted(side_of(finding.code)));
    report.passed.retain(|passed| {
        wanted(Some(match passed.mode {
            Mode::Exporter => Side::Exporter,
            Mode::Importer => Side::Importer,
        }))
    });
    if report.findings.is_empty() && report.passed.is_empty() && report.notes.is_empty() {
        let notes: Vec<_> = sides
            .iter()
            .map(|side| nothing_of(*side, &report))
            .collect();
        report.notes = notes;
    }
    report
}

fn nothing_of(side: Side, report: &Report) -> String {
    let repo = report.repo.as_deref().unwrap_or("a realm's checkout");
    match side {
        Side::Exporter => format!("{repo} exports no contract"),
        Side::Importer => format!("{repo} imports no contract"),
    }
}

/// The side that has to do something about it; nothing where both have to.
fn side_of(code: Code) -> Option<Side> {
    let text = code.as_str();
    let exporter = text.starts_with("export-").then_some(Side::Exporter);
    exporter.or_else(|| text.starts_with("import-").then_some(Side::Importer))
}

fn exit(report: &Report, fail_on: Severity) -> Exit {
    let found = |codes: &[Code]| {
        let mut all = report.findings.iter();
        all.any(|finding| codes.contains(&finding.code))
    };
    let never_seen = report.realms.is_empty() && found(&[Code::RealmUnreachable]);
    let unreadable = found(&[Code::SourceUnreadable, Code::LimitExceeded]);
    // Whatever else was found was held against a guess.
    if found(&[Code::ConfigInvalid]) {
        return Exit::Usage;
    }
    let mut severities = report.findings.iter().map(|finding| finding.severity);
    if severities.any(|severity| severity >= fail_on) {
        Exit::Findings
    } else if never_seen || unreadable {
        Exit::Unchecked
    } else {
        Exit::Fine
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use blue_analysis::{Finding, Passed, Place, Root};

    use super::*;

    fn report(codes: &[Code]) -> Report {
        let finding = |code: &Code| {
            Arc::new(Finding {
                code: *code,
                severity: code.default_severity(),
                message: String::new(),
                place: Place {
                    root: Root::Repo("aperture".into()),
                    path: "jobs/segment.py".into(),
                    span: blue_text::Span::empty(0),
                },
                sites: vec![],
                related: vec![],
                repo: None,
                realm: None,
                domain: None,
                contract: None,
                change: None,
                fixes: vec![],
                fingerprint: String::new(),
            })
        };
        Report {
            realms: vec!["letemcook".into()],
            findings: codes.iter().map(finding).collect(),
            ..Report::default()
        }
    }

    #[test]
    fn exit_codes() {
        use Code::SourceUnreadable;
        use Code::{ConfigInvalid, ExportAdded, ExportBreaking, ImportStale, RealmUnreachable};
        // codes, fail on, exit code
        for (codes, fail_on, expected) in [
            (&[][..], Severity::Hint, 0),
            (&[ExportAdded, ImportStale], Severity::Error, 0),
            (&[ExportAdded, ImportStale], Severity::Warning, 1),
            (&[ExportAdded], Severity::Info, 1),
            (&[ExportBreaking], Severity::Error, 1),
            (&[SourceUnreadable], Severity::Error, 3),
            (&[SourceUnreadable, ExportBreaking], Severity::Error, 1),
            (&[RealmUnreachable], Severity::Error, 0),
            (&[ConfigInvalid, ExportBreaking], Severity::Error, 2),
        ] {
            let found = exit(&report(codes), fail_on).code();
            assert_eq!(found, expected, "{codes:?} on {fail_on}");
        }
        let mut unseen = report(&[RealmUnreachable]);
        unseen.realms.clear();
        assert_eq!(exit(&unseen, Severity::Error), Exit::Unchecked);
    }

    #[test]
    fn one_side_alone() {
        let mut all = report(&[Code::ExportAdded, Code::ImportStale, Code::BadRange]);
        let passed = |mode| Passed {
            contract: "s3-permissions".into(),
            mode,
            text: String::new(),
        };
        all.passed = vec![passed(Mode::Exporter), passed(Mode::Importer)];
        // sides, codes, modes
        for (sides, codes, passed) in [
            (&[][..], "export-added import-stale bad-range", 2),
            (&[Side::Exporter], "export-added bad-range", 1),
            (&[Side::Importer], "import-stale bad-range", 1),
            (
                &[Side::Importer, Side::Exporter],
                "export-added import-stale bad-range",
                2,
            ),
        ] {
            let left = of_sides(all.clone(), sides);
            let found: Vec<_> = left.findings.iter().map(|it| it.code.as_str()).collect();
            assert_eq!(found.join(" "), codes, "{sides:?}");
            assert_eq!(left.passed.len(), passed, "{sides:?}");
        }
        let mut exporter = report(&[]);
        exporter.repo = Some("aperture".into());
        let left = of_sides(exporter, &[Side::Importer]);
        assert_eq!(left.notes, ["aperture imports no contract"]);
    }
}
