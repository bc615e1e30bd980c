//! What can be typed: the words of the command line, and which file of [`crate::commands`] answers them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::commands::{
    ack, admin, can_merge, check, compat, completions, contract, coverage, demo, detect, doctor,
    explain, graph, lsp, notifications, realm_log, schema, semver, status, sync, trust, worktree,
};
use crate::failure::{Error, Exit};
use crate::log;
use crate::output::terminal::Terminal;
use crate::output::{Format, Style};

/// Says whom a changed value breaks in other repositories, and what has to follow
///
/// A realm, a small git repository of YAML files, records what each repository exports and who
/// imports it. Blue reads the code and holds it against the realm.
#[derive(Debug, Parser)]
#[command(name = "blue", version, verbatim_doc_comment, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  blue demo                  A small world of two repositories and a realm, and its story
  blue detect .              What Blue sees in any code, with no realm
  blue realm check           What this repository has to do, and whom it would break
  blue realm sync            The next version of what changed, on its way to everyone
  blue explain export-added  What a finding means

Exit codes:
  0 checked and fine    1 findings at or above --fail-on    2 wrong use or configuration
  3 could not check     101 a fault of Blue's own           130 interrupted";

/// What every subcommand understands.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Work as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    start_in: Option<PathBuf>,
    /// Colours; NO_COLOR also turns them off
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    color: When,
    /// Plain ASCII instead of symbols
    #[arg(long, global = true)]
    ascii: bool,
    /// Say only what asks for something
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more; on stderr also what Blue does
    #[arg(short, long, global = true)]
    verbose: bool,
    /// For machines: one JSON document on stdout
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// Where the terminal can
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The language server, on stdin and stdout
    Lsp(lsp::Args),
    /// What is recorded in the realm, held against the code
    #[command(subcommand)]
    Realm(Realm),
    /// Where this repository stands in its realms
    Status(status::Args),
    /// Say that this repository follows what it imports
    Ack(ack::Args),
    /// What happened to what this repository exports and imports
    Notifications(notifications::Args),
    /// The contracts of every realm that is known here
    #[command(subcommand)]
    Contract(contract::Command),
    /// What Blue sees in any code, with no realm
    Detect(detect::Args),
    /// A small world with two repositories and a realm, and its story
    Demo(demo::Args),
    /// What a finding means, and what to do about it
    Explain(explain::Args),
    /// The JSON Schema of a realm's files, for editors and checks
    Schema(schema::Args),
    /// What Blue needs on this machine and in this folder, and what to mend
    Doctor(doctor::Args),
    /// What a change of a JSON Schema means to those who read by it
    Compat(compat::Args),
    /// What a version range means, and which versions are in it
    Semver(semver::Args),
    /// The words of this command, for a shell to complete
    Completions(completions::Args),
}

#[derive(Debug, Subcommand)]
enum Realm {
    /// Where this repository stands in its realms
    Status(status::Args),
    /// Hold this repository's code against the realm
    Check(check::Args),
    /// Who depends on whom, through what, at which versions
    Graph(graph::Args),
    /// Who changed, synced, acknowledged and merged what, and when
    Log(realm_log::Args),
    /// What Blue saw of this repository, and what it could not see
    Coverage(coverage::Args),
    /// Bring what this repository's code says to the realm
    Sync(sync::Args),
    /// A branch and a worktree for a change, in every repository of a domain
    Worktree(worktree::Args),
    /// Whether changes may be merged now, and who has to move first if not
    CanMerge(can_merge::Args),
    /// The life of a realm
    #[command(subcommand)]
    Admin(Admin),
}

#[derive(Debug, Subcommand)]
enum Admin {
    /// Make a realm: its repository, with you as its approver
    Init(admin::init::Args),
    /// Take part in a realm with this repository
    Join(admin::join::Args),
    /// Take this repository out of a realm
    Leave(admin::leave::Args),
    /// Make a domain, change who is in it, or show it
    #[command(subcommand)]
    Domain(admin::domain::Args),
    /// Declare that this repository exports a contract
    Export(admin::binding::Export),
    /// Declare that this repository imports a contract
    Import(admin::binding::Import),
    /// Deprecate, remove or rename a contract
    #[command(subcommand)]
    Contract(admin::contract::Args),
    /// What of a realm nobody looks after any more
    Health(admin::health::Args),
    /// Turn a realm of the early layout into the present one
    Migrate(admin::migrate::Args),
    /// Write CODEOWNERS from the realm's owners and maintainers
    Codeowners(admin::codeowners::Args),
    /// Show what is kept of this repository from one run to the next, or empty it
    #[command(subcommand)]
    Cache(admin::cache::Args),
    /// Say how far this machine trusts a realm
    Trust(trust::Args),
}

fn run_admin(admin: &Admin, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    match admin {
        Admin::Init(args) => admin::init::run(args, context, terminal),
        Admin::Join(args) => admin::join::run(args, context, terminal),
        Admin::Leave(args) => admin::leave::run(args, context, terminal),
        Admin::Domain(args) => admin::domain::run(args, context, terminal),
        Admin::Export(args) => admin::binding::run_export(args, context, terminal),
        Admin::Import(args) => admin::binding::run_import(args, context, terminal),
        Admin::Contract(args) => admin::contract::run(args, context, terminal),
        Admin::Health(args) => admin::health::run(args, context, terminal),
        Admin::Migrate(args) => admin::migrate::run(args, context, terminal),
        Admin::Codeowners(args) => admin::codeowners::run(args, context, terminal),
        Admin::Cache(args) => admin::cache::run(args, context, terminal),
        Admin::Trust(args) => trust::run(args, context, terminal),
    }
}

/// What a subcommand knows about whom it answers.
pub(crate) struct Context {
    /// Where relative paths begin: `-C`, else empty, the current folder.
    pub(crate) dir: PathBuf,
    /// For people or for machines.
    pub(crate) format: Format,
    /// Colours and symbols of stdout.
    pub(crate) style: Style,
    /// How much is said.
    pub(crate) detail: Detail,
}

/// How much is said to people; never changes what is found or the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    Quiet,
    Normal,
    Verbose,
}

impl Context {
    /// The folder that a command stands in, absolute and without links.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read.
    pub(crate) fn start(&self) -> Result<PathBuf, Error> {
        let start = self.at(Path::new("."));
        start.canonicalize().map_err(|source| Error::File {
            doing: "read",
            path: start.clone(),
            source,
        })
    }

    /// A path as it was typed, from where it counts.
    pub(crate) fn at(&self, path: &Path) -> PathBuf {
        self.dir.join(path)
    }
}

/// Reads the arguments (the program's name first) and does what they say.
pub(crate) fn run(arguments: &[OsString], terminal: &mut Terminal) -> Result<Exit, Error> {
    let cli = Cli::try_parse_from(arguments).map_err(named_where_it_is)?;
    let context = context(&cli.global, terminal)?;
    match (&cli.command, context.detail) {
        // The server says more by itself.
        (Command::Lsp(_), _) => {}
        (_, Detail::Verbose) => log::start("info"),
        _ => log::start("off"),
    }
    match cli.command {
        Command::Lsp(args) => Ok(lsp::run(&args, &context)),
        Command::Status(args) | Command::Realm(Realm::Status(args)) => {
            status::run(&args, &context, terminal)
        }
        Command::Ack(args) => ack::run(&args, &context, terminal),
        Command::Notifications(args) => notifications::run(&args, &context, terminal),
        Command::Realm(Realm::Sync(args)) => sync::run(&args, &context, terminal),
        Command::Realm(Realm::Check(args)) => check::run(&args, &context, terminal),
        Command::Realm(Realm::Graph(args)) => graph::run(&args, &context, terminal),
        Command::Realm(Realm::Log(args)) => realm_log::run(&args, &context, terminal),
        Command::Realm(Realm::Coverage(args)) => coverage::run(&args, &context, terminal),
        Command::Realm(Realm::Worktree(args)) => worktree::run(&args, &context, terminal),
        Command::Realm(Realm::CanMerge(args)) => can_merge::run(&args, &context, terminal),
        Command::Contract(command) => contract::run(&command, &context, terminal),
        Command::Realm(Realm::Admin(admin)) => run_admin(&admin, &context, terminal),
        Command::Detect(args) => detect::run(&args, &context, terminal),
        Command::Demo(args) => demo::run(&args, &context, terminal),
        Command::Explain(args) => explain::run(&args, &context, terminal),
        Command::Schema(args) => schema::run(&args, &context, terminal),
        Command::Doctor(args) => doctor::run(&args, &context, terminal),
        Command::Compat(args) => compat::run(&args, &context, terminal),
        Command::Semver(args) => semver::run(&args, &context, terminal),
        Command::Completions(args) => {
            completions::run(&args, &mut Cli::command(), &context, terminal)
        }
    }
}

/// A subcommand that is typed without the words before it, `blue check`, is named where it is,
/// `blue realm check`: clap by itself offers what is spelled alike, `blue schema`.
fn named_where_it_is(mut error: clap::Error) -> clap::Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let mut found = Vec::new();
    find_subcommand(&Cli::command(), word, "blue", &mut found);
    if !found.is_empty() {
        error.insert(
            ContextKind::SuggestedSubcommand,
            ContextValue::Strings(found),
        );
    }
    error
}

fn find_subcommand(command: &clap::Command, word: &str, path: &str, found: &mut Vec<String>) {
    for sub in command.get_subcommands() {
        let path = format!("{path} {}", sub.get_name());
        if sub.get_name() == word {
            found.push(path.clone());
        }
        find_subcommand(sub, word, &path, found);
    }
}

fn context(global: &Global, terminal: &mut Terminal) -> Result<Context, Error> {
    let dir = global.start_in.clone().unwrap_or_default();
    if global.start_in.is_some() && !dir.is_dir() {
        return Err(Error::NoFolder(dir));
    }
    let detail = match (global.quiet, global.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    let ascii = global.ascii.then_some(crate::output::Glyphs::Ascii);
    let context = Context {
        dir,
        format: if global.json {
            Format::Json
        } else {
            Format::Human
        },
        style: terminal.choose_style(global.color, ascii),
        detail,
    };
    if context.detail == Detail::Quiet || context.format == Format::Json {
        terminal.hide_progress();
    }
    Ok(context)
}

/// True if the arguments, however wrong, ask for JSON: then an error is JSON too.
pub(crate) fn asks_for_json(arguments: &[OsString]) -> bool {
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    words.iter().enumerate().any(|(at, word)| {
        let next = || words.get(at + 1).map(AsRef::as_ref);
        word == "--json"
            || word == "--output-format=json"
            || (word == "--output-format" && next() == Some("json"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_contradict_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_shell_completes_every_option() {
        for shell in clap_complete::Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "blue", &mut script);
            let script = String::from_utf8(script).unwrap();
            for word in ["completions", "no-cache", "importer"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }

    #[test]
    fn a_subcommand_without_the_words_before_it_is_named_where_it_is() {
        for (line, expected) in [
            ("blue check", Some("'blue realm check'")),
            ("blue join", Some("'blue realm admin join'")),
            ("blue realm ack", Some("'blue ack'")),
            ("blue export", Some("'blue realm admin export'")),
            ("blue statu", Some("'status'")),
            ("blue frobnicate", None),
        ] {
            let error = Cli::try_parse_from(line.split(' '))
                .map_err(named_where_it_is)
                .unwrap_err()
                .to_string();
            match expected {
                Some(tip) => assert!(error.contains(tip), "{line}: {error}"),
                None => assert!(!error.contains("tip:"), "{line}: {error}"),
            }
        }
    }

    #[test]
    fn json_is_asked_for() {
        for (line, expected) in [
            ("blue --json", true),
            ("blue realm chek --output-format json", true),
            ("blue realm check --output-format=json", true),
            ("blue realm check --output-format human", false),
            ("blue detect json", false),
        ] {
            let arguments: Vec<_> = line.split(' ').map(OsString::from).collect();
            assert_eq!(asks_for_json(&arguments), expected, "{line}");
        }
    }
}
