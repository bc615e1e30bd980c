//! `blue doctor`: is everything there that Blue needs on this machine and in this folder? Each line
//! is one thing that was looked at, and what to do where it is not in order. Nothing is changed.

use std::io::Write;
use std::path::{Path, PathBuf};

use blue_analysis::{Code, Severity};
use blue_workspace::{Found, Options, blue_home, discover};
use serde::Serialize;

use crate::cli::{Context, Detail};
use crate::engine;
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::visible::visible;
use crate::output::{Format, Style, json};

/// Look at what Blue needs, and say what to mend
///
/// The program itself, git and who you are to it, Blue's own folder, this repository's config and its
/// realm. Nothing is changed and nothing is fetched.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue doctor
  blue -C ../aperture doctor --json"
)]
pub(crate) struct Args {}

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// In order.
    Good,
    /// Works, but something will be missing.
    Warning,
    /// Does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Look {
    /// `program`, `git`, `home`, `repository`, `realm`.
    what: &'static str,
    state: State,
    message: String,
    /// What to do; nothing where it is in order.
    remedy: Option<String>,
}

#[derive(Serialize)]
struct Shape<'a> {
    version: u32,
    checks: &'a [Look],
}

pub(crate) fn run(_: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.at(Path::new("."));
    let mut looks = program();
    looks.push(identity(&start));
    looks.extend(home());
    looks.extend(folder(&start, terminal)?);
    let text = match context.format {
        Format::Human => told(&looks, context),
        _ => json::to_text(&Shape {
            version: 1,
            checks: &looks,
        }),
    };
    terminal.write_all(text.as_bytes())?;
    let is_bad = looks.iter().any(|look| look.state == State::Bad);
    Ok(if is_bad { Exit::Usage } else { Exit::Fine })
}

fn told(looks: &[Look], context: &Context) -> String {
    let mut text = String::new();
    for look in looks {
        if look.state == State::Good && context.detail == Detail::Quiet {
            continue;
        }
        let mark = mark(look.state, context.style);
        text.push_str(&format!("{mark} {}\n", visible(&look.message)));
        if let Some(remedy) = &look.remedy {
            text.push_str(&format!("  {}\n", visible(remedy)));
        }
    }
    text
}

fn mark(state: State, style: Style) -> String {
    match state {
        State::Good => style.good(),
        State::Warning => style.warning(),
        State::Bad => style.bad(),
    }
}

fn good(what: &'static str, message: String) -> Look {
    Look {
        what,
        state: State::Good,
        message,
        remedy: None,
    }
}

fn mend(what: &'static str, state: State, message: String, remedy: String) -> Look {
    Look {
        what,
        state,
        message,
        remedy: Some(remedy),
    }
}

/// This program, and whether an editor that looks for `blue` finds it or another one.
fn program() -> Vec<Look> {
    let mut looks = vec![good(
        "program",
        format!("blue {}", env!("CARGO_PKG_VERSION")),
    )];
    let (Ok(own), Some(first)) = (std::env::current_exe(), first_on_path("blue")) else {
        return looks;
    };
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if real(&own) != real(&first) {
        looks.push(mend(
            "program",
            State::Warning,
            format!("another blue is first on the PATH: {}", first.display()),
            format!(
                "editors start that one; put {} before it, or name this one in the editor's settings",
                own.parent().unwrap_or(&own).display()
            ),
        ));
    }
    looks
}

fn first_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .find(|candidate| candidate.is_file())
}

/// Who git says that one is: what a realm takes for the author of a change.
fn identity(start: &Path) -> Look {
    let config = git2::Repository::discover(start)
        .and_then(|repository| repository.config())
        .or_else(|_| git2::Config::open_default());
    let entry = |key: &str| {
        let config = config.as_ref().ok()?;
        config.get_string(key).ok().filter(|it| !it.is_empty())
    };
    match (entry("user.name"), entry("user.email")) {
        (Some(name), Some(email)) => good("git", format!("git knows you as {name} <{email}>")),
        _ => mend(
            "git",
            State::Warning,
            "git does not know who you are, so no change of a realm can be held against its owners"
                .to_owned(),
            "git config --global user.name NAME, and user.email with the address that the realm \
             lists"
                .to_owned(),
        ),
    }
}

/// Blue's own folder, which need not be there.
fn home() -> Option<Look> {
    let home = blue_home()?;
    let shown = home.display();
    let Ok(about) = std::fs::metadata(&home) else {
        return Some(good(
            "home",
            "no folder of Blue's own yet: nothing needs one".to_owned(),
        ));
    };
    if !about.is_dir() {
        return Some(mend(
            "home",
            State::Bad,
            format!("{shown} is not a folder"),
            "move it away, or set BLUE_HOME to another place".to_owned(),
        ));
    }
    if is_open_to_others(&about) {
        return Some(mend(
            "home",
            State::Bad,
            format!("{shown} can be read or written by others"),
            format!("chmod 700 {shown}"),
        ));
    }
    Some(good("home", format!("{shown} is yours alone")))
}

#[cfg(unix)]
fn is_open_to_others(about: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    about.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

/// The repository or realm that the folder lies in.
fn folder(start: &Path, terminal: &mut Terminal) -> Result<Vec<Look>, Error> {
    let start = start.canonicalize().map_err(|source| Error::File {
        doing: "read",
        path: start.to_owned(),
        source,
    })?;
    match discover(&start, None) {
        None => Ok(vec![mend(
            "repository",
            State::Warning,
            "no .blue/config.yaml here or above: this code takes part in no realm".to_owned(),
            "`blue detect .` shows what Blue sees in it all the same; `blue demo` makes an example \
             of a realm"
                .to_owned(),
        )]),
        Some(Found::Realm(root)) => Ok(vec![good(
            "realm",
            format!("{} is a realm's own checkout", root.display()),
        )]),
        Some(Found::Repo(_)) => repository(&start, terminal),
    }
}

/// What a look at the whole world of the repository says of its config and its realm.
fn repository(start: &Path, terminal: &mut Terminal) -> Result<Vec<Look>, Error> {
    let mut progress = |doing: &str| terminal.progress(doing);
    let loaded = engine::load(start, Options::default(), &mut progress)?;
    let report = loaded.report(start, &mut progress)?;
    let name = report.repo.as_deref().unwrap_or_default();
    let mut looks = vec![good("repository", format!("this is {name}"))];
    let realms = report.realms.iter();
    looks.extend(realms.map(|realm| good("realm", format!("the realm {realm} can be read"))));
    for finding in &report.findings {
        let what = match finding.code {
            Code::ConfigInvalid | Code::RepoMismatch => "repository",
            Code::RealmUnreachable | Code::RealmBehind => "realm",
            _ => continue,
        };
        let state = match finding.severity {
            Severity::Error => State::Bad,
            _ if finding.code == Code::RealmUnreachable => State::Bad,
            _ => State::Warning,
        };
        let remedy = format!("blue explain {}", finding.code);
        looks.push(mend(what, state, finding.message.clone(), remedy));
    }
    Ok(looks)
}
