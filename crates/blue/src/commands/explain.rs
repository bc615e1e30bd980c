//! `blue explain`: the page of a finding, or the list of all of them.

use std::fmt::Write as _;
use std::io::Write;

use blue_analysis::Code;
use serde::Serialize;

use crate::cli::Context;
use crate::failure::{Error, Exit};
use crate::findings_pages::{page_of, summary};
use crate::output::terminal::Terminal;
use crate::output::{Format, Paint, Style, json};

/// What a finding means, an example, what to do, and how to silence it
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue explain               All codes
  blue explain export-added"
)]
pub(crate) struct Args {
    /// The code between the brackets of a finding; without one, all codes are listed
    code: Option<String>,
}

#[derive(Serialize)]
struct Explained {
    version: u32,
    code: &'static str,
    severity: String,
    page: &'static str,
}

#[derive(Serialize)]
struct List {
    version: u32,
    codes: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    code: &'static str,
    severity: String,
    summary: &'static str,
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let text = match &args.code {
        None => list(context),
        Some(text) => {
            let code = Code::parse(text.trim()).ok_or_else(|| unknown(text))?;
            explain(code, context)
        }
    };
    terminal.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn unknown(text: &str) -> Error {
    Error::UnknownCode {
        code: text.to_owned(),
        meant: closest(text, Code::ALL.iter().map(|code| code.as_str())),
    }
}

/// The word that `text` is a slip of; nothing if none is like it.
pub(crate) fn closest(
    text: &str,
    words: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    let closest = words
        .map(|word| (strsim::jaro_winkler(text, word), word))
        .max_by(|one, other| one.0.total_cmp(&other.0));
    // Below this it is another word, not a slip.
    closest
        .filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, word)| word)
}

fn explain(code: Code, context: &Context) -> String {
    let page = page_of(code);
    match context.format {
        Format::Human => headlines(page, context.style),
        Format::Json => json::to_text(&Explained {
            version: 1,
            code: code.as_str(),
            severity: code.default_severity().to_string(),
            page,
        }),
    }
}

/// Markdown reads well as it stands; its headlines stand out where there are colours.
fn headlines(page: &str, style: Style) -> String {
    let mut out = String::new();
    for line in page.lines() {
        let line = match line.starts_with('#') {
            true => style.paint(Paint::Strong, line),
            false => line.to_owned(),
        };
        let _ = writeln!(out, "{line}");
    }
    out
}

fn list(context: &Context) -> String {
    if context.format == Format::Json {
        let codes = Code::ALL.iter().map(|code| Listed {
            code: code.as_str(),
            severity: code.default_severity().to_string(),
            summary: summary(*code),
        });
        return json::to_text(&List {
            version: 1,
            codes: codes.collect(),
        });
    }
    let style = context.style;
    let mut out = String::new();
    for code in Code::ALL {
        let severity = code.default_severity();
        let name = style.paint(Paint::Strong, &format!("{:<21}", code.as_str()));
        let severity = style.paint(Paint::of(severity), &format!("{:<8}", severity.to_string()));
        let _ = writeln!(out, "{name} {severity} {}", summary(*code));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised() {
        for (text, expected) in [
            ("export-aded", Some("export-added")),
            ("import_stale", Some("import-stale")),
            ("E0502", None),
        ] {
            let Error::UnknownCode { meant, .. } = unknown(text) else {
                unreachable!("it is unknown");
            };
            assert_eq!(meant, expected, "{text}");
        }
    }
}
