//! `cargo xtask dist`: what is done before a release, and the release build itself.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::cargo::{bare_cargo, cargo, root, target};
use crate::npm;
use crate::process;

/// Refuses a dependency that `deny.toml` does, then builds the command as it is released, and the
/// extension for VS Code with it inside.
pub(crate) fn run() -> Result<()> {
    // Not the advisories: their database is not to be had everywhere (deny.toml).
    process::run(
        Command::new(cargo_deny()?)
            .current_dir(root())
            .args(["check", "--hide-inclusion-graph"])
            .args(["bans", "licenses", "sources"]),
    )?;
    process::run(cargo("build").args(["--release", "--package", "blue-cli", "--bin", "blue"]))?;
    let program = target().join("release").join(format!("blue{EXE_SUFFIX}"));
    let bytes = fs::metadata(&program)
        .with_context(|| format!("no {}", program.display()))?
        .len();
    println!("{} ({:.1} MB)", program.display(), bytes as f64 / 1e6);
    npm::build(&target().join("dist"), Some(&program))?;
    Ok(())
}

/// The path or name of cargo-deny, which is installed below the target folder if there is none.
fn cargo_deny() -> Result<PathBuf> {
    let tools = target().join("tools");
    let installed = tools.join("bin").join(format!("cargo-deny{EXE_SUFFIX}"));
    for candidate in [installed.clone(), "cargo-deny".into()] {
        let asked = Command::new(&candidate)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if asked.is_ok_and(|status| status.success()) {
            return Ok(candidate);
        }
    }
    process::run(
        bare_cargo("install")
            .args(["--locked", "cargo-deny", "--root"])
            .arg(&tools),
    )?;
    Ok(installed)
}
