//! How answers are written: for people ([`human`], with the code itself in [`snippet`]), for programs
//! ([`json`]) and for what shows findings in CI ([`sarif`], [`github`], [`gitlab`], [`junit`]). Pure
//! functions from what was found to text; only [`terminal`] prints.

mod addresses;
pub(crate) mod coverage;
pub(crate) mod evidence;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod places;
pub(crate) mod sarif;
pub(crate) mod sites;
pub(crate) mod snippet;
pub(crate) mod terminal;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod visible;

use std::sync::Arc;

use blue_analysis::{Place, Severity};

/// Who reads the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// A person at a terminal
    #[default]
    Human,
    /// A program
    Json,
}

/// How a report of findings is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Human,
    /// The findings' own shape, for programs: `blue schema findings`
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, for annotations on the lines of a pull request
    Github,
    /// A Code Quality report, for merge requests
    Gitlab,
    /// JUnit's XML, for anything that shows test reports
    Junit,
}

/// The text that a place's bytes refer to; nothing where it is not to be had (another repository
/// that has no checkout here).
pub(crate) type TextOf<'a> = &'a dyn Fn(&Place) -> Option<Arc<str>>;

/// Whether there are colours, and which symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) colours: Colours,
    pub(crate) glyphs: Glyphs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    Off,
    On,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glyphs {
    Unicode,
    Ascii,
}

/// What a stretch of output is, which is what its colour tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Error,
    Warning,
    Info,
    Hint,
    Good,
    /// A headline.
    Strong,
    /// Line numbers, bars, arrows.
    Gutter,
    /// What can be skipped.
    Dim,
}

impl Paint {
    /// The colour of a severity.
    pub(crate) fn of(severity: Severity) -> Paint {
        match severity {
            Severity::Error => Paint::Error,
            Severity::Warning => Paint::Warning,
            Severity::Info => Paint::Info,
            Severity::Hint => Paint::Hint,
        }
    }

    /// Parameters of SGR (ECMA-48, 8.3.117): the sixteen colours alone, which every theme has made
    /// readable.
    fn sgr(self) -> &'static str {
        match self {
            Paint::Error => "1;31",
            Paint::Warning => "1;33",
            Paint::Info => "1;36",
            Paint::Hint => "1;34",
            Paint::Good => "32",
            Paint::Strong => "1",
            Paint::Gutter => "34",
            Paint::Dim => "2",
        }
    }
}

impl Style {
    /// What a pipe gets.
    #[cfg(test)]
    pub(crate) const PLAIN: Style = Style {
        colours: Colours::Off,
        glyphs: Glyphs::Unicode,
    };

    /// `text` in its colour.
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        match self.colours {
            Colours::Off => text.to_owned(),
            Colours::On if text.is_empty() => String::new(),
            Colours::On => format!("\x1b[{}m{text}\x1b[0m", paint.sgr()),
        }
    }

    /// Passed.
    pub(crate) fn good(self) -> String {
        let mark = match self.glyphs {
            Glyphs::Unicode => "✓",
            Glyphs::Ascii => "[ok]",
        };
        self.paint(Paint::Good, mark)
    }

    /// Failed.
    pub(crate) fn bad(self) -> String {
        let mark = match self.glyphs {
            Glyphs::Unicode => "✗",
            Glyphs::Ascii => "[x]",
        };
        self.paint(Paint::Error, mark)
    }

    /// Somebody has something to do.
    pub(crate) fn warning(self) -> String {
        let mark = match self.glyphs {
            Glyphs::Unicode => "⚠️ ",
            Glyphs::Ascii => "[!]",
        };
        self.paint(Paint::Warning, mark)
    }

    /// Something was left out here.
    pub(crate) fn ellipsis(self) -> &'static str {
        match self.glyphs {
            Glyphs::Unicode => "…",
            Glyphs::Ascii => "...",
        }
    }
}

/// `1 error`, `3 errors`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}
