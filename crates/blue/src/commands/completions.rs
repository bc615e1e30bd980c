//! `blue completions`: a script by which a shell completes this command's words.

use std::io::Write;

use clap_complete::Shell;
use serde::Serialize;

use crate::cli::Context;
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::{Format, json};

/// The words of this command, for a shell to complete
///
/// The script is written to stdout, for the shell to read when it starts.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue completions bash > ~/.local/share/bash-completion/completions/blue
  blue completions zsh > ~/.zfunc/_blue
  blue completions fish > ~/.config/fish/completions/blue.fish"
)]
pub(crate) struct Args {
    /// The shell that reads it
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Serialize)]
struct Written {
    version: u32,
    shell: String,
    script: String,
}

/// Writes the script for `command`, all of its subcommands included.
pub(crate) fn run(
    args: &Args,
    command: &mut clap::Command,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "blue", &mut script);
    if context.format == Format::Json {
        let written = Written {
            version: 1,
            shell: args.shell.to_string(),
            script: String::from_utf8_lossy(&script).into_owned(),
        };
        script = json::to_text(&written).into_bytes();
    }
    terminal.write_all(&script)?;
    Ok(Exit::Fine)
}
