//! `cargo xtask lint`: what has to hold before a change is looked at by a person.

use anyhow::Result;

use crate::cargo::{bare_cargo, cargo};
use crate::process;

/// Formatting, clippy and documentation, a warning being an error. The first that fails ends it: the
/// cheapest comes first, and clippy's check of the dependencies serves the documentation too.
pub(crate) fn run() -> Result<()> {
    process::run(bare_cargo("fmt").args(["--all", "--check"]))?;
    process::run(cargo("clippy").args(["--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    process::run(
        cargo("doc")
            .args(["--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(())
}
