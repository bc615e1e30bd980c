//! The demo's world in a temporary folder, and programs that run in it as on a machine of which
//! nothing else is known.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::edit;

/// What stands for the world's folder in what is seen.
const HERE: &str = "[WORLD]";

/// What stands for the home of who runs the commands.
const HOME: &str = "[HOME]";

pub(crate) struct World {
    _temporary: TempDir,
    dir: PathBuf,
    home: PathBuf,
}

impl World {
    /// With the demo's repositories in it.
    pub(crate) fn make() -> World {
        let world = World::empty();
        let made = world.run(&["blue", "demo", ".", "--world-only", "--quiet"]);
        assert_eq!(made.1, 0, "{}", made.0);
        world
    }

    /// With nothing in it.
    pub(crate) fn empty() -> World {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let path = temporary.path().canonicalize().expect("it is there");
        let world = World {
            dir: path.join("world"),
            home: path.join("home"),
            _temporary: temporary,
        };
        for dir in [&world.dir, &world.home] {
            std::fs::create_dir(dir).expect("a folder");
        }
        world
    }

    pub(crate) fn edit(&self, path: &str, hunks: &str) {
        let text = std::fs::read_to_string(self.dir.join(path)).expect("a file of the world");
        let hunks = self.with_commits(hunks);
        let edited = edit::apply(&text, &hunks);
        let edited = edited.unwrap_or_else(|| panic!("{path} does not fit its edit:\n{text}"));
        self.write(path, &edited);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        let folder = path.parent().expect("a file in a folder");
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(&path, self.with_commits(text)).expect("a file");
        #[cfg(unix)]
        if text.starts_with("#!") {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&path, mode).expect("a script may be run");
        }
    }

    /// `{HEAD:repo}` replaced.
    fn with_commits(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("{HEAD:") else {
            return text.to_owned();
        };
        let (repo, after) = rest.split_once('}').expect("the name ends");
        let (commit, _) = self.run(&["git", "-C", repo, "rev-parse", "HEAD"]);
        format!("{before}{}{}", commit.trim(), self.with_commits(after))
    }

    /// Where Blue keeps what it knows of this machine.
    pub(crate) fn blue_home(&self) -> PathBuf {
        self.home.join(".blue")
    }

    /// Where something of the world is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A command that was not started yet.
    pub(crate) fn command(&self, words: &[impl AsRef<str>]) -> Command {
        let mut words = words.iter().map(AsRef::as_ref);
        let program = match words.next() {
            Some("blue") => env!("CARGO_BIN_EXE_blue"),
            Some("git") => "git",
            other => panic!("a story runs blue and git, not {other:?}"),
        };
        let mut command = Command::new(program);
        command.args(words);
        self.at_home(command)
    }

    /// Any program, in the world's folder and of nobody but who lives here.
    pub(crate) fn at_home(&self, mut command: Command) -> Command {
        command.current_dir(&self.dir);
        for variable in ["NO_COLOR", "TERM", "EMAIL", "XDG_RUNTIME_DIR"] {
            command.env_remove(variable);
        }
        // Where these tests run in CI, the stories' people do not; nor are they the developer, whose own
        // git and Blue say who that is.
        for (variable, _) in std::env::vars_os() {
            let name = variable.to_string_lossy();
            let prefixes = ["CI_", "GITHUB_", "GITLAB_", "FORGEJO_", "GIT_", "BLUE_"];
            if name == "CI" || prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                command.env_remove(&variable);
            }
        }
        command
            .env("HOME", &self.home)
            .env("BLUE_HOME", self.blue_home())
            .env("XDG_CONFIG_HOME", self.home.join(".config"))
            .env("GIT_CONFIG_GLOBAL", self.home.join("no-gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("PATH", path_with_blue_first());
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "Blue demo")
                .env(format!("GIT_{who}_EMAIL"), "demo@blue.invalid")
                .env(format!("GIT_{who}_DATE"), "2026-01-06T09:00:00Z");
        }
        command
    }

    /// What a command prints, stdout before stderr, and its exit code.
    pub(crate) fn run(&self, words: &[impl AsRef<str>]) -> (String, i32) {
        let output = self.command(words).output().expect("the program starts");
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        let (here, home) = (self.dir.to_string_lossy(), self.home.to_string_lossy());
        (
            text.replace(&*here, HERE).replace(&*home, HOME),
            output.status.code().unwrap_or(-1),
        )
    }
}

/// The PATH of these tests, with the program under test before any other `blue`.
fn path_with_blue_first() -> std::ffi::OsString {
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_blue"));
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let folders = own.parent().map(PathBuf::from).into_iter();
    let folders = folders.chain(std::env::split_paths(&rest));
    std::env::join_paths(folders).expect("folders of a PATH")
}
