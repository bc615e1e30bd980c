//! Fuzzing, by hand: `cargo xtask fuzz [TARGET] [-- ARGUMENTS]`. It is no part of the tests: it
//! needs a nightly compiler, and it has no end but the one it is given.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::cargo::{root, target};
use crate::process;

/// The fuzz targets, each a file in `fuzz/targets/` with seeds in `fuzz/seeds/`.
pub(crate) const TARGETS: &[&str] = &["detect", "ranges", "realm", "schemas"];

/// How long a target runs where nobody says, in seconds.
const USUAL_SECONDS: &str = "-max_total_time=60";

/// What makes a build one that libFuzzer can steer: its counters of edges taken, and the address
/// sanitizer for what dependencies do in C (libFuzzer's documentation, "Fuzzer Usage").
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
     -Zsanitizer=address -Ccodegen-units=1";

/// Runs one target, or each for a while. `arguments` are libFuzzer's.
///
/// # Errors
/// If it does not build, or found an input on which it fails; that is left in `target/fuzz`.
pub(crate) fn run(name: Option<&str>, arguments: &[&str]) -> Result<()> {
    let chosen: Vec<&str> = match name {
        None => TARGETS.to_vec(),
        Some(name) if TARGETS.contains(&name) => vec![name],
        Some(name) => bail!(
            "no such fuzz target: {name}; there are: {}",
            TARGETS.join(", ")
        ),
    };
    for name in chosen {
        run_one(name, arguments)?;
    }
    Ok(())
}

fn run_one(name: &str, arguments: &[&str]) -> Result<()> {
    let folder = target().join("fuzz");
    let found = folder.join("corpus").join(name);
    fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
    let mut build = Command::new("rustup");
    build
        .args([
            "run",
            "nightly",
            "cargo",
            "build",
            "--bin",
            name,
            "--target",
            &host()?,
        ])
        .arg("--manifest-path")
        .arg(root().join("fuzz/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &folder)
        .env("RUSTFLAGS", FLAGS)
        // Those of the cargo that runs this chore are of another toolchain.
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN");
    process::run(&mut build)?;
    let mut fuzz = Command::new(folder.join(host()?).join("debug").join(name));
    fuzz.arg(&found)
        .arg(root().join("fuzz/seeds").join(name))
        .arg(format!("-artifact_prefix={}", prefix(&folder)))
        .args(["-timeout=30", "-rss_limit_mb=4096"]);
    match arguments {
        [] => fuzz.arg(USUAL_SECONDS),
        own => fuzz.args(own),
    };
    process::run(&mut fuzz)?;
    Ok(())
}

fn prefix(folder: &Path) -> String {
    format!("{}/", folder.display())
}

/// The platform that the compiler runs on. It is named, so that what is run while building is not
/// instrumented.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.context("cannot start `rustc`")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned)
        .context("rustc does not say which platform this is")
}
