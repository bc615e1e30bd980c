//! The tests in real editors. What an editor needs is downloaded below the target folder; an editor
//! that cannot be had fails the test: a skipped test says nothing, and looks like a passed one.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cargo::{debug_programs, root, target};
use crate::npm;
use crate::process::{self, Counted};

/// An editor, and how it is tested.
#[derive(Clone, Copy)]
pub(crate) struct Editor {
    pub(crate) name: &'static str,
    /// Whether a program of this name is one that the test can use.
    usable: fn(&Path) -> bool,
    /// Builds Blue's part in the editor, where it has to be built; says how long that took.
    build: fn() -> Result<Duration>,
    /// The command that tests the editor, given its program.
    story: fn(&Path) -> Command,
}

/// Every editor that is tested. The folder `tests/editors/NAME` holds its `setup.sh` and its story.
pub(crate) const EDITORS: &[Editor] = &[
    Editor {
        name: "nvim",
        usable: nvim_is_usable,
        build: || Ok(Duration::ZERO),
        story: nvim_story,
    },
    Editor {
        name: "vscode",
        // A `code` on the PATH is a window, and has the settings and extensions of whoever runs this.
        usable: |_| false,
        build: || npm::build(&npm::built(), None),
        story: vscode_story,
    },
];

/// A story takes seconds; what it waits for has limits of its own, which together stay below this.
const LIMIT: Duration = Duration::from_secs(8 * 60);

/// The editor of that name.
pub(crate) fn by_name(name: &str) -> Result<Editor> {
    let known: Vec<_> = EDITORS.iter().map(|editor| editor.name).collect();
    let found = EDITORS.iter().find(|editor| editor.name == name).copied();
    found.with_context(|| {
        format!(
            "no test for the editor {name}; there is one for {}",
            known.join(", ")
        )
    })
}

impl Editor {
    /// Finds the editor on the PATH, else installs it below the target folder, and builds Blue's part
    /// in it. Returns the editor's program, and how long that took.
    pub(crate) fn install(&self) -> Result<(PathBuf, Duration)> {
        let built = (self.build)()?;
        let on_path = PathBuf::from(self.name);
        if (self.usable)(&on_path) {
            return Ok((on_path, built));
        }
        let prefix = target().join("editors").join(self.name);
        let setup = Path::new("tests/editors").join(self.name).join("setup.sh");
        let took = process::run(
            Command::new("sh")
                .current_dir(root())
                .arg(setup)
                .arg(&prefix),
        )?;
        Ok((prefix.join("bin").join(self.name), built + took))
    }

    /// Runs the story, in a home folder of its own: neither the settings of whoever runs it nor what
    /// an earlier run left may decide it.
    pub(crate) fn test(&self, program: &Path) -> Result<Counted> {
        let home = target().join("editors").join(format!("{}-home", self.name));
        if home.exists() {
            fs::remove_dir_all(&home)
                .with_context(|| format!("cannot empty {}", home.display()))?;
        }
        fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
        let mut command = (self.story)(program);
        command
            .current_dir(root())
            .env("PATH", path_with(debug_programs())?)
            .env("HOME", &home);
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("GIT_CONFIG_GLOBAL");
        for (variable, folder) in [
            ("BLUE_HOME", ".blue"),
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_CACHE_HOME", ".cache"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_STATE_HOME", ".local/state"),
        ] {
            command.env(variable, home.join(folder));
        }
        // Removed, not moved: a socket's path has room for about a hundred characters.
        for variable in [
            "XDG_RUNTIME_DIR",
            "BLUE_REALM_PATH",
            "BLUE_ACTOR",
            "BD_ACTOR",
        ] {
            command.env_remove(variable);
        }
        process::run_counted(&mut command, LIMIT)
    }
}

/// The PATH with a folder before all others, so that the `blue` just built is the one that is found.
fn path_with(first: PathBuf) -> Result<OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(
        [first].into_iter().chain(env::split_paths(&rest)),
    )?)
}

/// Neovim 0.11 or later.
fn nvim_is_usable(program: &Path) -> bool {
    let asked = Command::new(program)
        .args([
            "--clean",
            "--headless",
            "-c",
            "if !has('nvim-0.11') | cquit | endif",
            "-c",
            "qall",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

fn nvim_story(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.args([
        "--clean",
        "--headless",
        "--cmd",
        "set runtimepath^=editors/nvim",
    ]);
    command.args(["-l", "tests/editors/nvim/story.lua"]);
    command
}

/// The story is given all that the editor's program lies in.
fn vscode_story(program: &Path) -> Command {
    let built = npm::built();
    let prefix = program.ancestors().nth(2).unwrap_or(program);
    let mut command = Command::new("node");
    command
        .arg(built.join("tests").join("story.js"))
        .arg(prefix)
        .arg(built)
        .env("NODE_PATH", npm::packages());
    command
}
