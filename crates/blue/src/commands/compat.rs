//! `blue compat`: what a change of a JSON Schema means, for two files or for many pairs at once. It
//! needs no realm: the same verdicts as everywhere, on their own.

mod pairs;
pub(crate) mod shape;

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use blue_compat::bump::Bump;
use blue_compat::contract::{Overall, Property, PropertyChange};
use blue_compat::{Judgement, Mode, Part, Promises, Side, Step, Verdict, derivation, judge};
use semver::Version;
use serde_json::Value;

use crate::cli::{Context, Detail};
use crate::failure::{Error, Exit};
use crate::output::terminal::Terminal;
use crate::output::{Format, Paint, Style, json};

/// What a change of a JSON Schema means to those who read by it
///
/// Backwards: every document that the new schema accepts, the old one accepts. Forwards: the other
/// way round. "Breaking" comes with a document that shows it. (Schema registries look from the
/// reader that is upgraded: their "backward" is forwards here.)
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  blue compat old.json new.json
  blue compat old.json new.json --mode emitted
  blue compat old.json new.json --explain   Why, keyword by keyword
  blue compat --pairs pairs.jsonl --json    One answer a line

Exit codes:
  0 backwards-compatible    1 breaking, or not decided    2 no schema    3 unreadable"
)]
pub(crate) struct Args {
    /// The schema there was, JSON or YAML
    #[arg(required_unless_present = "pairs", conflicts_with = "pairs")]
    old: Option<PathBuf>,
    /// The schema there is now
    #[arg(required_unless_present = "pairs", conflicts_with = "pairs")]
    new: Option<PathBuf>,
    /// Many pairs: a line of FILE is {"id", "old", "new", "dialect"?}, a line of the answer {"id",
    /// "old_in_new", "new_in_old", "witnesses", "micros"}
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// How a property that no schema declares is taken
    #[arg(long, value_enum, default_value_t)]
    mode: ModeArg,
    /// Print with each "compatible" what it follows from (JSON always has it)
    #[arg(long, conflicts_with = "pairs")]
    explain: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum ModeArg {
    /// Both schemas as they are written
    #[default]
    Literal,
    /// What is not declared is not emitted (contracts' default)
    Emitted,
}

impl ModeArg {
    fn mode(self) -> Mode {
        match self {
            ModeArg::Literal => Mode::Literal,
            ModeArg::Emitted => Mode::Emitted,
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context, terminal: &mut Terminal) -> Result<Exit, Error> {
    let mode = args.mode.mode();
    if let Some(path) = &args.pairs {
        return pairs::run(&context.at(path), mode, context, terminal);
    }
    let file =
        |path: &Option<PathBuf>| schema_in(&context.at(path.as_deref().unwrap_or(Path::new(""))));
    let (old, new) = (file(&args.old)?, file(&args.new)?);
    let side = |schema| Side {
        schema: Some(schema),
        ..Side::default()
    };
    let promises = Promises {
        mode,
        ..Promises::default()
    };
    let judgement = judge(&side(&old), &side(&new), promises, None);
    let why = |is_asked: bool| match is_asked {
        true => derivations(&judgement, mode, &old, &new),
        false => Derivations::default(),
    };
    let text = match context.format {
        Format::Json => json::to_text(&shape::of(&judgement, &why(true))),
        Format::Human => human(&judgement, &why(args.explain), context),
    };
    terminal.write_all(text.as_bytes())?;
    Ok(match judgement.verdict {
        Overall::Compatible => Exit::Fine,
        Overall::Breaking | Overall::Unknown => Exit::Findings,
    })
}

fn schema_in(path: &Path) -> Result<Value, Error> {
    let text = read(path)?;
    let schema: Value = serde_yaml::from_str(&text).map_err(|why| Error::NoSchema {
        path: path.to_owned(),
        why: why.to_string(),
    })?;
    match blue_compat::schema::compile(&schema) {
        Ok(_) => Ok(schema),
        Err(why) => Err(Error::NoSchema {
            path: path.to_owned(),
            why: why.to_string(),
        }),
    }
}

fn read(path: &Path) -> Result<String, Error> {
    if !path.is_file() {
        return Err(Error::NoPath(path.to_owned()));
    }
    std::fs::read_to_string(path).map_err(|source| Error::File {
        doing: "read",
        path: path.to_owned(),
        source,
    })
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Compatible => "compatible",
        Verdict::Breaking { .. } => "breaking",
        Verdict::Unknown { .. } => "unknown",
    }
}

fn overall_word(verdict: Overall) -> &'static str {
    match verdict {
        Overall::Compatible => "compatible",
        Overall::Breaking => "breaking",
        Overall::Unknown => "unknown",
    }
}

fn bump_word(bump: Bump) -> &'static str {
    match bump {
        Bump::None => "none",
        Bump::Patch => "patch",
        Bump::Minor => "minor",
        Bump::Major => "major",
    }
}

fn bump(judgement: &Judgement) -> Bump {
    judgement.required_bump(&Version::new(1, 0, 0))
}

/// Both answers; two schemas that say the same are compatible both ways.
fn both(judgement: &Judgement) -> [(&'static str, &Verdict); 2] {
    const SAME: &Verdict = &Verdict::Compatible;
    let answers = judgement.schema.as_ref();
    let answers = answers.map_or([SAME; 2], |both| [&both.backwards, &both.forwards]);
    [("backwards", answers[0]), ("forwards", answers[1])]
}

fn part_word(part: Part) -> &'static str {
    match part {
        Part::Old => "old",
        Part::New => "new",
    }
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Literal => "literal",
        Mode::Emitted => "emitted",
    }
}

fn human(judgement: &Judgement, derivations: &Derivations, context: &Context) -> String {
    let style = context.style;
    let mut out = String::new();
    if context.detail > Detail::Quiet {
        for property in &judgement.properties {
            let _ = writeln!(out, "{}", line(property, style));
        }
        for (question, verdict) in both(judgement) {
            let _ = writeln!(out, "{question}: {}", in_words(question, verdict));
            let (steps, emitter) = match question {
                "backwards" => (&derivations.backwards, Part::New),
                _ => (&derivations.forwards, Part::Old),
            };
            steps
                .iter()
                .for_each(|step| tell(step, part_word(emitter), 1, &mut out));
        }
    }
    let result = overall_word(judgement.verdict).to_uppercase();
    let paint = match judgement.verdict {
        Overall::Compatible => Paint::Good,
        Overall::Breaking | Overall::Unknown => Paint::Error,
    };
    let asks = match (bump(judgement), judgement.verdict) {
        (Bump::None, _) => "no version bump needed".to_owned(),
        (bump, Overall::Compatible) => format!("{} version bump OK", bump_word(bump)),
        (bump, _) => format!("{} version bump needed", bump_word(bump)),
    };
    let mode = mode_word(judgement.promises.mode);
    let _ = writeln!(
        out,
        "Result: {} ({asks}; mode {mode})",
        style.paint(paint, &result)
    );
    out
}

/// Why each "compatible" holds; empty where that was not asked for.
#[derive(Default)]
struct Derivations {
    backwards: Vec<Step>,
    forwards: Vec<Step>,
}

fn derivations(judgement: &Judgement, mode: Mode, old: &Value, new: &Value) -> Derivations {
    let [backwards, forwards] = both(judgement).map(|(_, verdict)| *verdict == Verdict::Compatible);
    let of = |holds: bool, emitter, reader, part| match holds {
        true => derivation(mode, emitter, reader, part),
        false => Vec::new(),
    };
    Derivations {
        backwards: of(backwards, new, old, Part::Old),
        forwards: of(forwards, old, new, Part::New),
    }
}

/// A step and what it rests on, each a line, indented.
fn tell(step: &Step, emitter: &str, depth: usize, out: &mut String) {
    let from: Vec<String> = step.emitter.iter().map(|at| format!("`#{at}`")).collect();
    let from = blue_realm::listed(&from);
    let at = format!("`#{}`", step.reader);
    let words = match step.rule.as_str() {
        "same" => format!("{at}: both schemas say the same there"),
        "branch" => format!("branch {from} of the {emitter} schema: is within {at}"),
        "recursion" => format!("{at}: is what is being shown further up"),
        "nothing" => format!("{at}: {from} of the {emitter} schema accepts nothing"),
        "below" => format!("{at}: holds, deeper than is shown"),
        "closed" => "what is not declared is not emitted, so:".to_owned(),
        "canonical" => "both schemas in one canonical form show it".to_owned(),
        rule if from.is_empty() => format!("{rule} {at}: holds"),
        rule => format!("{rule} {at}: follows from {from} of the {emitter} schema"),
    };
    let _ = writeln!(out, "{}{words}", "  ".repeat(depth));
    for below in &step.because {
        tell(below, emitter, depth + 1, out);
    }
}

fn line(property: &Property, style: Style) -> String {
    let mark = match (property.change, property.verdict) {
        (_, Some(Overall::Breaking | Overall::Unknown)) => style.bad(),
        (PropertyChange::Added, _) => style.paint(Paint::Good, "+"),
        (PropertyChange::Removed, _) => "-".to_owned(),
        (PropertyChange::Changed | PropertyChange::Unchanged, _) => style.good(),
    };
    match property.verdict {
        Some(verdict) => format!(
            "{mark} {property} - {}",
            overall_word(verdict).to_uppercase()
        ),
        None => format!("{mark} {property}"),
    }
}

fn in_words(question: &str, verdict: &Verdict) -> String {
    let (emitter, reader) = match question {
        "backwards" => ("new", "old"),
        _ => ("old", "new"),
    };
    match verdict {
        Verdict::Compatible => {
            format!("compatible: the {reader} schema accepts all that the {emitter} one does")
        }
        Verdict::Breaking { witness } => {
            format!("breaking: the {emitter} schema accepts {witness}, the {reader} one does not")
        }
        Verdict::Unknown { why, stopped } => match stopped {
            Some(stopped) => format!(
                "not decided: {why}, at `#{}` of the {} schema",
                stopped.pointer,
                part_word(stopped.part)
            ),
            None => format!("not decided: {why}"),
        },
    }
}
