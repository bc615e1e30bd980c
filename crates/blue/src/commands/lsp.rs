//! `blue lsp`: the language server over this process's stdin and stdout.

use std::process::ExitCode;

use crate::cli::{Context, Detail};
use crate::failure::Exit;
use crate::log;

/// Editors start this; its log goes to stderr, as much of it as BLUE_LOG says (`debug`,
/// `blue_server=trace`).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The only way there is; taken because editors say it
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(crate) fn run(_: &Args, context: &Context) -> Exit {
    let usual = match context.detail {
        Detail::Quiet => "error",
        Detail::Normal => "warn",
        Detail::Verbose => "info",
    };
    log::start(usual);
    // It ends the process itself, with the code the protocol asks for, unless it could not start.
    match blue_server::run() == ExitCode::SUCCESS {
        true => Exit::Fine,
        false => Exit::Fault,
    }
}
