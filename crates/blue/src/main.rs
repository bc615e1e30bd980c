//! The command `blue`: one binary for terminals, for CI and, as `blue lsp`, for editors.
//!
//! What it says is found elsewhere (`crates/workspace`); here is who asks, how the answer is
//! written, and with which exit code it ends. One file a subcommand in [`commands`], the formats in
//! [`output`], every error in [`failure`].

mod awareness;
mod checkout;
mod cli;
mod commands;
mod demo;
mod engine;
mod failure;
mod findings_pages;
mod interruption;
mod log;
mod output;
mod realms;
mod sources;

use std::process::ExitCode;

use crate::output::terminal::Terminal;

/// A keystroke makes and drops thousands of small values, which takes a fifth of its time with glibc's allocator. On
/// Linux what is written in C (trees of syntax, git, SQLite) takes from it as well.
#[cfg(all(
    any(target_os = "linux", target_os = "macos"),
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    failure::keep_panics_quiet();
    let mut terminal = Terminal::of_this_process();
    let arguments: Vec<_> = std::env::args_os().collect();
    let ended = failure::catch(|| cli::run(&arguments, &mut terminal));
    let exit = failure::conclude(ended, &arguments, &mut terminal);
    if exit == failure::Exit::Interrupted {
        interruption::end();
    }
    ExitCode::from(exit.code())
}
