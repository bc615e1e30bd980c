//! `blue demo`: makes the small world of [`crate::demo`] and tells the story that happens in it.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::{Context, Detail};
use crate::demo::story::{self, Told};
use crate::demo::world::{self, APERTURE, FUNGAL, REALM, REMOTE, World};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::{Format, Paint, Style, json};

/// A small world with two repositories and a realm, and its story
///
/// Makes a realm with its remote, a Python repository that exports a contract and a CDK repository
/// that imports it; then walks through what happens when values change. Nothing outside DIR is
/// touched; it stays, to be opened in an editor.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue demo
  blue demo letemcook --world-only --quiet"
)]
pub(crate) struct Args {
    /// An empty folder, or one to be made [default: a new temporary folder]
    dir: Option<PathBuf>,
    /// Make the world as it is at first, when everyone agrees, and tell no story
    #[arg(long)]
    world_only: bool,
}

#[derive(Serialize)]
struct Shape<'a> {
    version: u32,
    dir: String,
    repos: [&'a str; 2],
    realm: &'a str,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    title: &'static str,
    command: String,
    output: String,
    exit: u8,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let dir = match &args.dir {
        Some(dir) => context.at(dir),
        None => temporary_folder()?,
    };
    let world = world::make(&dir)?;
    match (context.format, context.detail) {
        (Format::Json, _) => {
            let text = json::to_text(&shape(&world, args, context.style)?);
            terminal.write_all(text.as_bytes())?;
        }
        (Format::Human, Detail::Quiet) => {
            if !args.world_only {
                story::tell(&world, context.style, &mut |_| Ok(()))?;
            }
            writeln!(terminal, "{}", world.dir.display())?;
        }
        (Format::Human, _) => tell(&world, args, context.style, terminal)?,
    }
    Ok(Exit::Fine)
}

fn temporary_folder() -> Result<PathBuf, Error> {
    let made = tempfile::Builder::new().prefix("blue-demo-").tempdir();
    // It is there to be looked at: whoever asked for it deletes it.
    made.map(tempfile::TempDir::keep)
        .map_err(|source| Error::File {
            doing: "make a folder in",
            path: std::env::temp_dir(),
            source,
        })
}

fn shape(world: &World, args: &Args, style: Style) -> Result<Shape<'static>, Error> {
    let (mut steps, mut title) = (Vec::new(), "");
    let mut told = |told| {
        match told {
            Told::Title(next) => title = next,
            Told::Command(command, output, exit) => steps.push(Step {
                title,
                command,
                output,
                exit: exit.code(),
            }),
            Told::Words(_) | Told::Diff(..) => {}
        }
        Ok(())
    };
    if !args.world_only {
        story::tell(world, style, &mut told)?;
    }
    Ok(Shape {
        version: 1,
        dir: world.dir.display().to_string(),
        repos: [APERTURE, FUNGAL],
        realm: REALM,
        steps,
    })
}

fn tell(world: &World, args: &Args, style: Style, out: &mut dyn Write) -> Result<(), Error> {
    let bold = |text: &str| style.paint(Paint::Strong, text);
    writeln!(
        out,
        "A small world, in {}",
        bold(&world.dir.display().to_string())
    )?;
    for (name, what) in [
        (REMOTE, "the realm's remote, a bare git repository"),
        (
            REALM,
            "a checkout of it: who exports what, and who imports it",
        ),
        (
            APERTURE,
            "the exporter: Python jobs that read and write objects in S3",
        ),
        (
            FUNGAL,
            "the importer: a CDK stack that grants what those jobs touch",
        ),
    ] {
        writeln!(out, "  {name:<22} {what}")?;
    }
    if !args.world_only {
        let mut number = 0;
        story::tell(world, style, &mut |told| {
            number += usize::from(matches!(told, Told::Title(_)));
            Ok(write(&told, number, style, out)?)
        })?;
    }
    write_ending(&world.dir, args, out)?;
    Ok(())
}

fn write(told: &Told, number: usize, style: Style, out: &mut dyn Write) -> std::io::Result<()> {
    match told {
        Told::Title(title) => {
            let title = format!("{number}. {title}");
            writeln!(out, "\n{}", style.paint(Paint::Strong, &title))?;
        }
        Told::Words(words) => writeln!(out, "\n{words}")?,
        Told::Diff(path, hunks) => {
            writeln!(out, "\n{}", style.paint(Paint::Dim, path))?;
            for line in hunks.lines() {
                let paint = match line.as_bytes().first() {
                    Some(b'+') => Paint::Good,
                    Some(b'-') => Paint::Error,
                    _ => Paint::Dim,
                };
                writeln!(out, "  {}", style.paint(paint, line))?;
            }
        }
        Told::Command(command, output, exit) => {
            let line = format!("$ {command}");
            writeln!(out, "\n{}", style.paint(Paint::Strong, &line))?;
            write!(out, "{output}")?;
            if exit.code() != 0 {
                let line = format!("(exit code {})", exit.code());
                writeln!(out, "{}", style.paint(Paint::Dim, &line))?;
            }
        }
    }
    out.flush()
}

fn write_ending(dir: &Path, args: &Args, out: &mut dyn Write) -> std::io::Result<()> {
    let (file, commands) = match args.world_only {
        true => (
            "jobs/segment.py",
            vec![format!("blue -C {FUNGAL} realm check")],
        ),
        false => (
            "jobs/calibrate.py",
            vec![
                format!("git -C {APERTURE} commit -am 'A threshold that never changes'"),
                format!("blue -C {APERTURE} realm sync"),
                format!("blue -C {FUNGAL} ack"),
                format!("blue -C {APERTURE} realm sync"),
            ],
        ),
    };
    writeln!(out, "\nIt is yours to change:")?;
    writeln!(out, "  cd {}", quoted(dir))?;
    for command in commands {
        writeln!(out, "  {command}")?;
    }
    writeln!(
        out,
        "In an editor that runs `blue lsp`, open {APERTURE}/{file} or\n\
         {FUNGAL}/infra/stack.py: the same findings stand on the lines as you type."
    )
}

/// As a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |character: char| character.is_alphanumeric() || "/\\:._-".contains(character);
    match path.chars().all(plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}
