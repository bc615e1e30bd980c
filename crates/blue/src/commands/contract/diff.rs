//! `blue contract diff`: what the change between two versions means, as `--mode=compatibility` says
//! it, in whichever realm that is known has the contract.

use std::io::Write;

use semver::Version;

use super::{Filter, known};
use crate::cli::Context;
use crate::commands::check::{Between, Comparison, between};
use crate::engine::Report;
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;

/// What a change between two versions means, and whom it meets
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  blue contract diff s3-permissions                 What the realm says, and what is proposed
  blue contract diff s3-permissions 1.3.0..1.4.0
  blue contract diff s3-permissions 1.3.0           And what is proposed
  blue contract diff s3-permissions@1.3.0 1.4.0")]
pub(crate) struct Args {
    /// The contract, by the name that it has or had
    #[arg(value_name = "NAME[@VERSION]")]
    name: String,
    /// From which version to which: `1.3.0..1.4.0`; `working` is what is proposed
    #[arg(value_name = "FROM..TO")]
    versions: Option<String>,
    /// What the verdict rests on
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    filter: Filter,
}

impl Args {
    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The name and the two versions; nothing for what the realm says, or what is proposed.
    fn read(&self) -> Result<(&str, [Option<Version>; 2]), Error> {
        let (name, first) = match self.name.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (self.name.as_str(), None),
        };
        let (from, to) = match (first, self.versions.as_deref()) {
            (first, None) => (first, None),
            (None, Some(versions)) => match versions.split_once("..") {
                Some((from, to)) => (Some(from), Some(to)),
                None => (Some(versions), None),
            },
            (Some(first), Some(second)) => (Some(first), Some(second)),
        };
        let read = |text: Option<&str>| {
            let text = text.filter(|text| !text.is_empty() && *text != "working");
            let version = text.map(|text| {
                Version::parse(text).map_err(|why| Error::BadVersion {
                    text: text.to_owned(),
                    why: why.to_string(),
                })
            });
            version.transpose()
        };
        Ok((name, [read(from)?, read(to)?]))
    }
}

pub(super) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let (name, [from, to]) = args.read()?;
    let realms = known::realms(&args.filter, context, terminal)?;
    let mut comparison = Comparison::default();
    for held in realms.named(name)? {
        let world = held.known.world.and_then(|world| realms.worlds.get(world));
        // What an exporter's code has now is asked only where it is compared.
        let report = match (&to, world) {
            (Some(_), _) | (_, None) => Report::default(),
            (None, Some(world)) => {
                let mut progress = |doing: &str| terminal.progress(doing);
                world.loaded.report(&world.start, &mut progress)?
            }
        };
        let versions = Between {
            from: from.as_ref(),
            to: to.as_ref(),
            is_hypothetical: false,
        };
        let subject = (held.domain, &*held.contract.name);
        let unread = &mut comparison.could_not;
        match between((&held.known.states, &report), subject, &versions, unread)? {
            Some(compared) => comparison.compared.push(compared),
            None => comparison.notes.push(format!(
                "{}: new, there is no version before it to compare with",
                held.contract.name
            )),
        }
    }
    let text = comparison.written(args.explain, context);
    terminal.write_all(text.as_bytes())?;
    Ok(match comparison.could_not.is_empty() {
        true => Exit::Fine,
        false => Exit::Unchecked,
    })
}
