//! Every way in which the command fails, in one place: each becomes a sentence that says what and
//! where, what to do next, and an exit code. Nothing else in Blue decides on an exit code.

use std::any::Any;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::json;

use crate::cli::asks_for_json;
use crate::output::terminal::Terminal;
use crate::output::visible::visible;

/// How the command ends: the table of docs and `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: checked and fine.
    Fine,
    /// 1: findings at or above `--fail-on`.
    Findings,
    /// 2: wrong use or configuration.
    Usage,
    /// 3: could not check, and nothing worse.
    Unchecked,
    /// 130: interrupted.
    Interrupted,
    /// 101: a fault of Blue's own, the code Rust gives a panic.
    Fault,
}

impl Exit {
    /// The number. 130, interrupted, is the system's doing most of the time: SIGINT ends the process
    /// ([`crate::interruption`]), and a shell reads that as 130.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Unchecked => 3,
            Exit::Fault => 101,
            Exit::Interrupted => 130,
        }
    }
}

/// Why the command could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Wrong arguments, or `--help`, which is an error to clap.
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    #[error("there is no file or folder {}", .0.display())]
    NoPath(PathBuf),
    #[error("there is no query `{0}` in .blue/queries/python or .blue/queries/typescript here")]
    NoQuery(String),
    #[error("the query at {0} does not compile: {1}")]
    Query(String, String),
    #[error("no .blue/config.yaml in {} or above it: this code takes part in no realm", .0.display())]
    NoConfig(PathBuf),
    #[error("`{code}` is no code of a finding")]
    UnknownCode {
        code: String,
        meant: Option<&'static str>,
    },
    #[error("`{kind}` is no kind of file that has a schema")]
    UnknownKind {
        kind: String,
        meant: Option<&'static str>,
    },
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    #[error("cannot {doing} {}", path.display())]
    File {
        /// A verb: `write`.
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot make the git repository {}", path.display())]
    Git {
        path: PathBuf,
        #[source]
        source: git2::Error,
    },
    #[error("the demo's own file {path} does not fit its edit")]
    Demo { path: String },
    #[error("cannot write the answer")]
    Output(#[from] io::Error),
    #[error("there is no revision `{revision}` in the git repository of {}", path.display())]
    NoRevision { revision: String, path: PathBuf },
    /// Arguments that do not go together, or that name what is not there.
    #[error("{message}")]
    Use { message: String, hint: String },
    /// An old version of a contract cannot be had.
    #[error(transparent)]
    Version(#[from] blue_workspace::VersionError),
    /// What is trusted on this machine cannot be read or written.
    #[error(transparent)]
    Trust(#[from] blue_workspace::TrustError),
    #[error("{} holds no JSON Schema: {why}", path.display())]
    NoSchema { path: PathBuf, why: String },
    #[error("`{range}` is no range: {error}")]
    BadRange {
        range: String,
        error: blue_compat::range::RangeError,
    },
    #[error("`{text}` is no version: {why}")]
    BadVersion { text: String, why: String },
    #[error("the history of {} was cut off when it was cloned, so that it is not known where the work since `{revision}` began", path.display())]
    CutOff { revision: String, path: PathBuf },
    #[error("HEAD and `{revision}` have no commit in common in {}", path.display())]
    Unrelated { revision: String, path: PathBuf },
    #[error("cannot read the git repository")]
    History(#[from] blue_git::Error),
    /// What there is to be told cannot be read or written.
    #[error(transparent)]
    Awareness(#[from] blue_coordination::Error),
    /// A verb of the realm's life was not done.
    #[error(transparent)]
    Ops(#[from] blue_ops::Error),
    #[error("the analysis was interrupted")]
    Cancelled,
    /// Ctrl-C, between two steps.
    #[error("it was stopped between two steps, and {}", so_far(done))]
    Interrupted {
        /// What had been done by then, each as the end of a sentence.
        done: Vec<String>,
    },
}

fn so_far(done: &[String]) -> String {
    match done {
        [] => "nothing was written".to_owned(),
        done => format!("so far {}", done.join(", ")),
    }
}

impl From<blue_analysis::Cancelled> for Error {
    fn from(_: blue_analysis::Cancelled) -> Self {
        Error::Cancelled
    }
}

/// An error as it is told.
struct Told {
    message: String,
    hints: Vec<String>,
    exit: Exit,
}

fn tell(error: &Error) -> Told {
    let (exit, hints) = match error {
        Error::Arguments(error) => return tell_arguments(error),
        Error::NoFolder(_) | Error::NoPath(_) => (
            Exit::Usage,
            vec!["paths begin at the folder that -C names, else at the current one".to_owned()],
        ),
        Error::NoQuery(_) | Error::Query(..) => (Exit::Usage, Vec::new()),
        Error::NoConfig(_) => (
            Exit::Usage,
            vec![
                "`blue detect .` shows what Blue sees in this code without a realm".to_owned(),
                "to take part, `blue realm admin join REALM` with a realm's path or address; `blue realm \
                 admin init` makes one, `blue demo` an example"
                    .to_owned(),
                "`-C DIR` checks another folder".to_owned(),
            ],
        ),
        Error::UnknownCode { meant, .. } => (
            Exit::Usage,
            unknown_hints(*meant, "`blue explain` lists all codes"),
        ),
        Error::UnknownKind { meant, .. } => (
            Exit::Usage,
            unknown_hints(*meant, "`blue schema` lists all kinds"),
        ),
        Error::NotEmpty(_) => (
            Exit::Usage,
            vec![
                "name a folder that is empty or does not exist yet; without one `blue demo` \
                  makes a temporary one"
                    .to_owned(),
            ],
        ),
        Error::File { .. } | Error::Git { .. } | Error::Output(_) => (Exit::Unchecked, vec![]),
        Error::History(error) => (Exit::Unchecked, of_git(error)),
        Error::NoRevision { .. } | Error::Unrelated { .. } => (
            Exit::Usage,
            vec![
                "--base takes a branch, a tag or a commit that HEAD shares history with".to_owned(),
            ],
        ),
        Error::CutOff { .. } => (
            Exit::Unchecked,
            vec![
                "in CI, check out the whole history: `fetch-depth: 0` (GitLab: `GIT_DEPTH: 0`)"
                    .to_owned(),
                "`git fetch --unshallow` fetches what is missing here".to_owned(),
            ],
        ),
        Error::Use { hint, .. } => (Exit::Usage, vec![hint.clone()]),
        Error::Version(_) | Error::Awareness(_) => (Exit::Unchecked, vec![]),
        Error::Ops(error) => of_ops(error),
        Error::Trust(_) => (Exit::Usage, vec![]),
        Error::NoSchema { .. } => (
            Exit::Usage,
            vec!["a schema is a file of JSON or YAML that refers only to itself".to_owned()],
        ),
        Error::BadVersion { .. } => (
            Exit::Usage,
            vec!["a version has three numbers, such as 1.4.0 or 2.0.0-rc.1".to_owned()],
        ),
        Error::BadRange { range, error } => (Exit::Usage, bad_range_hints(range, error)),
        Error::Interrupted { .. } => (
            Exit::Interrupted,
            vec!["run it again: what is done is found, and the rest is finished".to_owned()],
        ),
        Error::Demo { .. } | Error::Cancelled => (Exit::Fault, vec![]),
    };
    Told {
        message: with_sources(error),
        hints,
        exit,
    }
}

/// What is another's, or wrong, is a finding; what cannot be reached can be tried again.
fn of_ops(error: &blue_ops::Error) -> (Exit, Vec<String>) {
    use blue_ops::Error as Ops;
    match error {
        Ops::NotAllowed(_) | Ops::Wrong(_) => {
            (Exit::Findings, vec!["nothing was written".to_owned()])
        }
        Ops::Git(error) => (Exit::Unchecked, of_git(error)),
        Ops::InTheWay(_) => (Exit::Findings, vec!["nothing was changed".to_owned()]),
        Ops::Use { hint, .. } | Ops::NotHere { hint, .. } => (Exit::Usage, vec![hint.clone()]),
        Ops::Stopped => (Exit::Interrupted, vec![]),
        Ops::NoRealm { .. } => (
            Exit::Unchecked,
            vec![
                "it is looked for where the command, BLUE_REALM_PATH or `realm` in .blue/config.yaml says: mend that, or clone it there"
                    .to_owned(),
            ],
        ),
        Ops::Nobody | Ops::Pinned { .. } | Ops::Edit { .. } => (Exit::Usage, vec![]),
        _ => (Exit::Unchecked, vec![]),
    }
}

/// What to do about what git could not do, where its own sentence does not say it.
fn of_git(error: &blue_git::Error) -> Vec<String> {
    use blue_git::Error as Git;
    let hint = match error {
        Git::Unreachable { url, .. } | Git::TimedOut { url, .. } => format!(
            "`git ls-remote {url}` tells whether it can be reached; `blue status --offline` shows what was fetched before"
        ),
        Git::Open { path, .. } => format!(
            "`git -C {} status` says what git makes of it",
            path.display()
        ),
        Git::Read { .. } => "see that the file is there and that you may read it".to_owned(),
        Git::Write { .. } => {
            "see that the disk has room and that you may write there; nothing is lost: run it again"
                .to_owned()
        }
        Git::Git { path, .. } => format!(
            "`git -C {} fsck` tells whether the repository is whole; nothing is lost: run it again",
            path.display()
        ),
        _ => return Vec::new(),
    };
    vec![hint]
}

/// Clap's words for people, taken apart: the sentence, then the lines that help.
fn tell_arguments(error: &clap::Error) -> Told {
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or_default();
    Told {
        message: message
            .strip_prefix("error: ")
            .unwrap_or(message)
            .to_owned(),
        hints: lines.map(ToOwned::to_owned).collect(),
        exit: Exit::Usage,
    }
}

fn unknown_hints(meant: Option<&'static str>, list: &str) -> Vec<String> {
    let meant = meant.map(|word| format!("did you mean `{word}`?"));
    meant.into_iter().chain([list.to_owned()]).collect()
}

/// Where in the range, in characters, and what to write instead.
fn bad_range_hints(range: &str, error: &blue_compat::range::RangeError) -> Vec<String> {
    let before = range.get(..error.span.start).unwrap_or_default();
    let place = before.chars().count() + 1;
    let what = range.get(error.span.clone()).unwrap_or_default();
    let at = match what.is_empty() {
        true => format!("at character {place}"),
        false => format!("at character {place}: `{what}`"),
    };
    let instead = error.suggestion.as_ref().map(|text| match text.is_empty() {
        true => "take it out".to_owned(),
        false => format!("write `{text}`"),
    });
    [Some(at), instead].into_iter().flatten().collect()
}

/// What, and why, in one sentence: the error and all that caused it.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // What git's library says is for those who know it.
        if let Some(git) = error.downcast_ref::<git2::Error>() {
            message.push_str(&format!(" ({})", git.message()));
            break;
        }
        let text = error.to_string();
        if !message.ends_with(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        source = error.source();
    }
    message
}

/// Where the last panic was, kept for the one message that tells of it.
static PANICKED_AT: Mutex<Option<String>> = Mutex::new(None);

/// From here on a panic prints nothing by itself: a fault that is caught inside is no news, and
/// one that is not is told once, by [`conclude`].
pub(crate) fn keep_panics_quiet() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        if let Ok(mut kept) = PANICKED_AT.lock() {
            *kept = place;
        }
    }));
}

/// What went wrong, or what broke.
pub(crate) enum Ended {
    As(Exit),
    With(Error),
    Panicked(String),
}

/// Runs it all; a panic ends here.
pub(crate) fn catch(run: impl FnOnce() -> Result<Exit, Error>) -> Ended {
    // Nothing that was borrowed is looked at after a panic but the terminal, which only prints.
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(exit)) => Ended::As(exit),
        Ok(Err(error)) => Ended::With(error),
        Err(payload) => Ended::Panicked(panic_message(payload.as_ref())),
    }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "no reason given".to_owned());
    let place = PANICKED_AT.lock().ok().and_then(|place| place.clone());
    match place {
        Some(place) => format!("{text} ({place})"),
        None => text,
    }
}

/// Says how it ended where that is not fine, and with which code.
pub(crate) fn conclude(ended: Ended, arguments: &[OsString], terminal: &mut Terminal) -> Exit {
    let told = match ended {
        Ended::As(exit) => return flushed(exit, terminal),
        Ended::With(Error::Arguments(error)) if !error.use_stderr() => {
            // --help and --version are an answer.
            let _ = write!(terminal, "{}", error.render());
            return flushed(Exit::Fine, terminal);
        }
        Ended::With(error) => {
            if let Error::Arguments(clap) = &error
                && !asks_for_json(arguments)
            {
                // Clap's words point at the argument, and end with what to do.
                let _ = write!(terminal.stderr(), "{}", clap.render());
                return Exit::Usage;
            }
            tell(&error)
        }
        Ended::Panicked(message) => Told {
            message: format!("a fault of Blue's own: {message}"),
            hints: vec![
                "nothing was changed by it; please report it with the command you typed".to_owned(),
            ],
            exit: Exit::Fault,
        },
    };
    // An error that cannot be told still has its exit code.
    let _ = print(&told, arguments, terminal);
    flushed(told.exit, terminal)
}

fn flushed(exit: Exit, terminal: &mut Terminal) -> Exit {
    match (terminal.flush(), exit) {
        (Err(_), Exit::Fine) => Exit::Unchecked,
        _ => exit,
    }
}

fn print(told: &Told, arguments: &[OsString], terminal: &mut Terminal) -> io::Result<()> {
    if asks_for_json(arguments) {
        let message = told.message.trim_end();
        let error = json!({"version": 1, "error": {"message": message, "hints": told.hints}});
        return writeln!(terminal, "{error:#}");
    }
    let stderr = terminal.stderr();
    writeln!(stderr, "error: {}", visible(&told.message))?;
    for hint in &told.hints {
        writeln!(stderr, "  hint: {}", visible(hint))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_its_causes() {
        let error = Error::File {
            doing: "write",
            path: "aperture/README.md".into(),
            source: io::Error::other("the disk is full"),
        };
        assert_eq!(
            with_sources(&error),
            "cannot write aperture/README.md: the disk is full"
        );
        let error = Error::Output(io::Error::other("the disk is full"));
        assert_eq!(
            with_sources(&error),
            "cannot write the answer: the disk is full"
        );
    }

    #[test]
    fn a_panic_is_a_fault_with_its_words() {
        keep_panics_quiet();
        let ended = catch(|| panic!("the {} is gone", "realm"));
        let Ended::Panicked(message) = ended else {
            unreachable!("it panicked");
        };
        assert!(message.starts_with("the realm is gone ("), "{message}");
        let _ = std::panic::take_hook();
    }
}
