//! How the chores call cargo, and where it puts things.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Cargo's target folder. Everything that a chore downloads or installs lies below it too, so that
/// one folder can be cached or thrown away.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Where a debug build puts the workspace's programs.
pub(crate) fn debug_programs() -> PathBuf {
    target().join("debug")
}

/// `cargo SUBCOMMAND` at the root. In CI the lock file is binding: what is tested there is what is
/// committed.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = bare_cargo(subcommand);
    if env::var_os("CI").is_some() {
        command.arg("--locked");
    }
    command
}

/// `cargo SUBCOMMAND` at the root, for subcommands that resolve nothing.
pub(crate) fn bare_cargo(subcommand: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).arg(subcommand);
    command
}
