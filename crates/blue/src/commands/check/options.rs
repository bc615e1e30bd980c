//! What `realm check` takes on the command line, and what the environment adds to it.

use std::path::{Path, PathBuf};

use blue_analysis::Severity;
use blue_workspace::Caching;

use crate::cli::Context;
use crate::commands::check::compatibility::Versions;
use crate::commands::check::hooks::HookArgs;
use crate::commands::check::named::Named;
use crate::output::{Format, ReportFormat};
use crate::realms::FetchArgs;

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
    pub(super) modes: Vec<Side>,
    /// The realm's checkout, in place of what .blue/config.yaml says [env: BLUE_REALM_PATH]
    #[arg(long, value_name = "PATH")]
    pub(super) realm: Option<PathBuf>,
    /// Fail only for what the change since REV brings; what was there before is listed
    #[arg(long, value_name = "REV")]
    pub(super) base: Option<String>,
    #[command(flatten)]
    pub(super) fetch: FetchArgs,
    #[command(flatten)]
    pub(super) versions: Versions,
    #[command(flatten)]
    pub(super) hooks: HookArgs,
    /// Check as CI does: contracts' own checks for CI too; additions on the default branch are warnings [default: where CI=true]
    #[arg(long)]
    ci: bool,
    #[command(flatten)]
    pub(super) named: Named,
    /// Say, to people, what each finding means and rests on; with --mode=compatibility, what the verdict does
    #[arg(long)]
    pub(super) explain: bool,
    /// Exit with 1 for findings of this severity and above
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t)]
    fail_on: FailOn,
    /// Warnings fail too, and removals that no importer feels; what no code shows is a warning
    #[arg(long)]
    strict: bool,
    /// Read nothing from .blue/cache.db, and write nothing to it
    #[arg(long)]
    no_cache: bool,
    /// How to write what was found (--json is short for `json`)
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) output_format: ReportFormat,
}

const AFTER_HELP: &str = "\
Examples:
  blue realm check
  blue realm check --mode=importer --fail-on warning
  blue realm check --base origin/main --output-format json
  blue realm check --mode=compatibility --from 1.4.0 --contract s3-permissions";

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Side {
    /// What this repository provides
    Exporter,
    /// What this repository relies on
    Importer,
    /// The contracts themselves: schema, version, owner; all of them in a realm's own checkout
    Contract,
    /// What a change of contracts means, and whom it affects; on its own
    Compatibility,
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

impl Args {
    /// The arguments with what the environment and `--json` say for those that were left out.
    pub(super) fn completed(&self, context: &Context) -> Args {
        Args {
            realm: realm_path(self.realm.as_deref(), context),
            output_format: match context.format {
                Format::Json => ReportFormat::Json,
                Format::Human => self.output_format,
            },
            ..self.clone()
        }
    }

    /// Whether this is CI, which trusts the realm it was set up for.
    pub(super) fn is_ci(&self) -> bool {
        self.ci || std::env::var_os("CI").is_some_and(|value| value == "true")
    }

    /// Whether what is only suspected counts too.
    pub(super) fn is_strict(&self) -> bool {
        self.strict
    }

    /// Whether what was made of the code is taken from the last run, and kept for the next.
    pub(super) fn caching(&self) -> Caching {
        match self.no_cache {
            true => Caching::Nothing,
            false => Caching::Kept,
        }
    }

    /// From this severity on the check fails.
    pub(super) fn fail_on(&self) -> Severity {
        match self.strict {
            true => Severity::from(self.fail_on).min(Severity::Warning),
            false => self.fail_on.into(),
        }
    }
}

/// `--realm`, else BLUE_REALM_PATH; a relative one begins where the command does.
pub(crate) fn realm_path(argument: Option<&Path>, context: &Context) -> Option<PathBuf> {
    let variable = || std::env::var_os("BLUE_REALM_PATH").filter(|value| !value.is_empty());
    let path = argument.map(Path::to_owned);
    let path = path.or_else(|| variable().map(PathBuf::from));
    // The engine knows no current folder.
    path.map(|path| std::path::absolute(context.at(&path)).unwrap_or(path))
}
