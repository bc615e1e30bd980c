//! `blue realm graph`: who depends on whom, through what, at which versions.

use std::io::Write as _;

use blue_ops::drawing::{self, Ink, Look};
use blue_realm::Standing;

use crate::cli::Context;
use crate::engine;
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::{Format, Glyphs, Paint, json::to_text};

/// Show who depends on whom in a realm, through what, at which versions
///
/// Of the realms of this repository, or of the realm whose checkout this is; what they say officially, not
/// what is proposed.
#[derive(Debug, Clone, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// How it is drawn; `--json` is short for json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Drawn,
    /// This domain only; may be repeated
    #[arg(long = "domain", value_name = "NAME")]
    domains: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Drawn {
    /// Lines, for people at a terminal
    #[default]
    Text,
    /// Mermaid, which forges draw in Markdown
    Mermaid,
    /// Graphviz
    Dot,
    /// A picture
    Svg,
    /// For programs
    Json,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let start = context.start()?;
    let options = blue_workspace::Options::default();
    let found = engine::load(&start, options, &mut |doing| terminal.progress(doing))?;
    let graphs = drawing::graphs(&found.realm_states(&start), &args.domains)?;
    let text = match (args.format, context.format) {
        (Drawn::Json, _) | (_, Format::Json) => to_text(&drawing::document(&graphs)),
        (Drawn::Text, _) => {
            let style = context.style;
            let look = Look {
                arrow: match style.glyphs {
                    Glyphs::Unicode => Look::PLAIN.arrow,
                    Glyphs::Ascii => "-->",
                },
                ink: &|ink, text| style.paint(paint(ink), text),
            };
            let realms = graphs.iter();
            realms.map(|it| drawing::in_lines(it, &look)).collect()
        }
        (Drawn::Mermaid, _) => drawing::mermaid(&graphs),
        (Drawn::Dot, _) => drawing::dot(&graphs),
        (Drawn::Svg, _) => drawing::svg(&graphs),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn paint(ink: Ink) -> Paint {
    match ink {
        Ink::Headline => Paint::Strong,
        Ink::Arrow => Paint::Gutter,
        Ink::Dim | Ink::Standing(Standing::Unknown) => Paint::Dim,
        Ink::Standing(Standing::Current) => Paint::Good,
        Ink::Standing(Standing::Stale) => Paint::Warning,
        Ink::Standing(Standing::Broken) => Paint::Error,
        Ink::Standing(Standing::New) => Paint::Info,
    }
}
