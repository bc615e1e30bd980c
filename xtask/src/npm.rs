//! The extension for VS Code: its packages, and the building of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cargo::{root, target};
use crate::process;

/// The extension's folder in the repository.
const FOLDER: &str = "editors/vscode";

/// Where the extension is built for its tests: the package, and these, bundled.
pub(crate) fn built() -> PathBuf {
    target().join("editors").join("vscode-extension")
}

/// Where its packages are, those of the tests among them.
pub(crate) fn packages() -> PathBuf {
    root().join(FOLDER).join("node_modules")
}

/// Type-checks, bundles and packages the extension as `blue.vsix` in `out`; with `program`, a `blue`
/// that it carries, for this platform alone. Returns how long that took.
///
/// # Errors
/// If node or npm is missing, or a step fails: a type error, a file that the package lacks.
pub(crate) fn build(out: &Path, program: Option<&Path>) -> Result<Duration> {
    let installed = install()?;
    let mut command = Command::new("node");
    command.current_dir(root().join(FOLDER));
    command.arg("build.mjs").arg(out);
    if let Some(program) = program {
        command.arg("--bundle").arg(program);
    }
    Ok(installed + process::run(&mut command)?)
}

/// Installs what the lock file says, unless that was what was installed last.
fn install() -> Result<Duration> {
    let lock = root().join(FOLDER).join("package-lock.json");
    let wanted = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let stamp = packages().join(".installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Duration::ZERO);
    }
    let took = process::run(
        Command::new("npm")
            .current_dir(root().join(FOLDER))
            .args(["ci", "--loglevel=error"]),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(took)
}
