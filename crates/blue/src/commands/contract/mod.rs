//! `blue contract`: the contracts of every realm that this machine knows, to look at. Nothing is
//! changed and nothing is fetched.

mod diff;
mod found;
mod known;
mod search;
mod shape;
mod told;

pub(crate) use known::kept_in;
use std::io::Write;

use clap::Subcommand;

use crate::cli::Context;
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::{Format, json};

pub(crate) use shape::schema;

/// The contracts of every realm that is known here
///
/// Known are the realm of this repository or checkout, those of `realms/` in Blue's own folder, and
/// those that `index.yaml` there lists.
#[derive(Debug, Subcommand)]
#[command(verbatim_doc_comment)]
pub(crate) enum Command {
    /// All contracts, with versions, owners and importers
    List(Filter),
    /// One contract: what it says, who imports it
    Show(Show),
    /// What mentions a text, and which contracts a path is of
    Search(Search),
    /// The versions of a contract, the newest first
    History(One),
    /// What a change between two versions means, and whom it meets
    Diff(diff::Args),
}

/// Which realms and domains.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Filter {
    /// Of this realm only
    #[arg(long, value_name = "NAME")]
    realm: Option<String>,
    /// Of this domain only
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
}

/// One contract.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct One {
    /// The contract, by the name that it has or had
    name: String,
    #[command(flatten)]
    filter: Filter,
}

/// One version of a contract.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  blue contract show s3-permissions
  blue contract show s3-permissions@1.3.0 --schema")]
pub(crate) struct Show {
    /// The contract, by the name that it has or had, and one of its versions
    #[arg(value_name = "NAME[@VERSION]")]
    name: String,
    /// Its schema too
    #[arg(long)]
    schema: bool,
    #[command(flatten)]
    filter: Filter,
}

/// What is looked for.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  blue contract search plates                      In names, descriptions and values
  blue contract search plates/7/raw/3.tiff         Which contracts' patterns take this path in")]
pub(crate) struct Search {
    /// A text, a path or a pattern
    text: String,
    #[command(flatten)]
    filter: Filter,
}

pub(crate) fn run(
    command: &Command,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Exit, Error> {
    if let Command::Diff(args) = command {
        return diff::run(args, context, terminal);
    }
    let filter = match command {
        Command::List(filter) => filter,
        Command::Show(args) => &args.filter,
        Command::Search(args) => &args.filter,
        Command::History(args) => &args.filter,
        Command::Diff(args) => args.filter(),
    };
    let known = known::realms(filter, context, terminal)?;
    let document = match command {
        Command::List(_) | Command::Diff(_) => found::list(&known),
        Command::Show(args) => found::show(&known, &args.name)?,
        Command::Search(args) => search::search(&known, &args.text),
        Command::History(args) => found::history(&known, &args.name)?,
    };
    let text = match context.format {
        Format::Json => json::to_text(&document),
        Format::Human => match command {
            Command::List(_) | Command::Diff(_) => told::list(&document, context),
            Command::Show(args) => told::show(&document, args.schema, context),
            Command::Search(_) => told::search(&document, context),
            Command::History(_) => told::history(&document, context),
        },
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}
