//! The project's chores, as `cargo xtask CHORE`: in Rust, so that they run wherever Blue builds and
//! the same way on a developer's machine and in CI.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore's output is for the person who runs it; there is no other surface"
)]

mod bench;
mod cargo;
mod dist;
mod editors;
mod fuzz;
mod lint;
mod npm;
mod process;
mod tally;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask test            every test: of the crates, of the documentation, in the editors
cargo xtask test --fast     the same without the editors
cargo xtask lint            formatting, clippy and documentation, warnings refused
cargo xtask editors [NAME]  the tests in real editors, or in one of them (nvim, vscode)
cargo xtask bench [NAME]    every benchmark, or one
cargo xtask bench --list    what benchmarks there are
cargo xtask fuzz [TARGET] [-- ARGUMENTS]
                            the fuzz targets, or one, a minute each; the arguments are libFuzzer's
cargo xtask dist            licences and sources of dependencies, the release build, VS Code's extension";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match chore(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn chore(words: &[&str]) -> Result<ExitCode> {
    match words {
        ["test"] => return Ok(test::run(test::Scope::Everything)),
        ["test", "--fast"] => return Ok(test::run(test::Scope::Fast)),
        ["editors"] => return Ok(test::run_editors(editors::EDITORS)),
        ["editors", name] => return Ok(test::run_editors(&[editors::by_name(name)?])),
        ["lint"] => lint::run()?,
        ["bench"] => bench::run(None)?,
        ["bench", "--list"] => bench::list()?,
        ["bench", name] => bench::run(Some(name))?,
        ["fuzz"] => fuzz::run(None, &[])?,
        ["fuzz", "--", arguments @ ..] => fuzz::run(None, arguments)?,
        ["fuzz", name] => fuzz::run(Some(name), &[])?,
        ["fuzz", name, "--", arguments @ ..] => fuzz::run(Some(name), arguments)?,
        ["dist"] => dist::run()?,
        [] | ["help" | "--help" | "-h"] => println!("{USAGE}"),
        _ => bail!("no such chore: {}\n{USAGE}", words.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}
