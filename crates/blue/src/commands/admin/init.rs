//! `blue realm admin init`: a realm from nothing.

use std::path::PathBuf;

use blue_ops::admin::{Init, init};
use blue_ops::{Actor, Ask, Programs};
use serde_json::json;

use crate::cli::Context;
use crate::commands::admin::{Outcome, tell};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;

/// Make a realm: its repository, with you as its approver
///
/// A folder with realm.yaml, CODEOWNERS and a workflow that checks each proposal, and a first commit. The workflow is read
/// by GitHub and by Forgejo; write the address of Blue's source into it.
#[derive(Debug, Clone, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The realm's name
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Its folder, which is empty or does not exist [default: realm-NAME]
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

const WORKFLOW: &str = include_str!("../../../../../docs/ci/github-realm.yaml");

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let folder = PathBuf::from(format!("realm-{}", args.name));
    let path = context.at(args.path.as_deref().unwrap_or(&folder));
    let path = std::path::absolute(&path).map_err(|source| Error::File {
        doing: "read",
        path: path.clone(),
        source,
    })?;
    let wish = Init {
        name: &args.name,
        path: &path,
        beside: &[(".github/workflows/blue.yaml", WORKFLOW)],
    };
    let mut progress = |doing: &str| terminal.progress(doing);
    let mut ask = Ask::new(Actor::of_user()?, Programs::OnTerminal, &mut progress);
    let outcome = if args.dry_run {
        let files = ["realm.yaml", "CODEOWNERS", ".github/workflows/blue.yaml"];
        let lines = files.map(|file| format!("+ {}\n", path.join(file).display()));
        Outcome::Shown(lines.concat())
    } else {
        match init(&wish, &mut ask)? {
            Some(_) => Outcome::Landed,
            None => Outcome::Nothing,
        }
    };
    let said = match outcome {
        Outcome::Nothing => format!("{} is in {} already", args.name, path.display()),
        _ => format!("{} is in {}", args.name, path.display()),
    };
    let next = [
        "so that others reach it, give it a remote (`git remote add origin URL`) and push it"
            .to_owned(),
        format!(
            "join it in each repository: blue realm admin join {}",
            path.display()
        ),
    ];
    let shape = json!({"realm": args.name, "path": path});
    tell(context, terminal, &outcome, (&said, &next), shape)
}
