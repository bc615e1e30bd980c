//! `cargo xtask test`: every test there is, counted. Its very last line is `N passed, M failed`, for
//! those who read only that.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use crate::cargo::cargo;
use crate::editors::{self, Editor};
use crate::process::{self, Counted, seconds};
use crate::tally::Tally;

/// How much is tested.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Everything,
    /// Without the editors, which have to be downloaded and take seconds each.
    Fast,
}

/// Far beyond what the tests take; a run that hangs ends within CI's own limit.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// One line of the table at the end: what ran, for how long, with what count. A step that tests
/// nothing, a build, has no count.
struct Part {
    name: &'static str,
    took: Duration,
    tally: Option<Tally>,
}

/// Runs the tests of `scope`. Fails if one failed, or none ran.
pub(crate) fn run(scope: Scope) -> ExitCode {
    let mut parts = Vec::new();
    let done = run_crates(&mut parts).and_then(|()| match scope {
        Scope::Everything => run_in_editors(editors::EDITORS, &mut parts),
        Scope::Fast => Ok(()),
    });
    conclude(&parts, done)
}

/// Runs the tests in these editors alone. Fails if one failed.
pub(crate) fn run_editors(chosen: &[Editor]) -> ExitCode {
    let mut parts = Vec::new();
    // The command alone, and not all that `test` builds: here one thing is tried again and again.
    let done = process::run(cargo("build").args(["--package", "blue-cli", "--bin", "blue"]))
        .map(|took| {
            parts.push(Part {
                name: "build",
                took,
                tally: None,
            })
        })
        .and_then(|()| run_in_editors(chosen, &mut parts));
    conclude(&parts, done)
}

/// The crates' own tests, and those in their documentation. Benchmarks are left out: what they print
/// is no test result.
fn run_crates(parts: &mut Vec<Part>) -> Result<()> {
    // With the programs, which the editors need: asking for them later, apart from the tests, would
    // choose other features for some dependencies and build those twice.
    let took =
        process::run(cargo("build").args(["--workspace", "--bins", "--tests", "--examples"]))?;
    parts.push(Part {
        name: "build",
        took,
        tally: None,
    });
    let kinds = [
        ("crates", ["--tests", "--examples"].as_slice()),
        ("doc tests", &["--doc"]),
    ];
    for (name, targets) in kinds {
        let mut command = cargo("test");
        command
            .args(["--workspace", "--no-fail-fast"])
            .args(targets);
        parts.push(part(name, process::run_counted(&mut command, LIMIT)?));
    }
    Ok(())
}

fn run_in_editors(chosen: &[Editor], parts: &mut Vec<Part>) -> Result<()> {
    for editor in chosen {
        let (program, took) = editor.install()?;
        parts.push(Part {
            name: "editor set-up",
            took,
            tally: None,
        });
        parts.push(part(editor.name, editor.test(&program)?));
    }
    Ok(())
}

fn part(name: &'static str, Counted { tally, took }: Counted) -> Part {
    Part {
        name,
        took,
        tally: Some(tally),
    }
}

/// Prints the table and the count. What kept the tests from running is one more failure.
fn conclude(parts: &[Part], done: Result<()>) -> ExitCode {
    println!(
        "\n{:<16} {:>12} {:>8} {:>8}",
        "part", "took", "passed", "failed"
    );
    let mut total = Tally::default();
    for Part { name, took, tally } in parts {
        let (passed, failed) = match tally {
            Some(tally) => (tally.passed.to_string(), tally.failed.to_string()),
            None => ("-".into(), "-".into()),
        };
        println!("{name:<16} {:>12} {passed:>8} {failed:>8}", seconds(*took));
        total.add(tally.unwrap_or_default());
    }
    println!();
    if let Err(error) = done {
        println!("xtask: {error:#}");
        total.failed += 1;
    }
    if total == Tally::default() {
        println!("xtask: no test ran");
        total.failed = 1;
    }
    println!("{total}");
    if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
