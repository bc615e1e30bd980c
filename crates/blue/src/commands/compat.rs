//! `blue compat`: what a change of a JSON Schema means, for two files or for many pairs at once. It
//! needs no realm: the same verdicts as everywhere, on their own.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use blue_compat::bump::Bump;
use blue_compat::contract::{Overall, Property, PropertyChange};
use blue_compat::{
    Compatibility, Judgement, Mode, Part, Promises, Side, Verdict, containment_in, judge,
};
use semver::Version;
use serde_json::{Map, Value, json};

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
        return pairs(&context.at(path), mode, context, terminal);
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
    let text = match context.format {
        Format::Json => json::to_text(&machine(&judgement)),
        Format::Human => human(&judgement, context),
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

fn machine(judgement: &Judgement) -> Value {
    let mut answer = Map::new();
    answer.insert("version".to_owned(), json!(1));
    answer.insert("mode".to_owned(), json!(mode_word(judgement.promises.mode)));
    answer.insert("verdict".to_owned(), json!(overall_word(judgement.verdict)));
    answer.insert("bump".to_owned(), json!(bump_word(bump(judgement))));
    for (question, verdict) in both(judgement) {
        answer.insert(question.to_owned(), of_verdict(verdict));
    }
    let properties = judgement.properties.iter().map(|property| {
        json!({
            "name": property.name,
            "change": change_word(property.change),
            "text": property.to_string(),
            "verdict": property.verdict.map(overall_word),
        })
    });
    answer.insert("properties".to_owned(), properties.collect());
    Value::Object(answer)
}

fn of_verdict(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Compatible => json!({"verdict": word(verdict)}),
        Verdict::Breaking { witness } => json!({"verdict": word(verdict), "witness": witness}),
        Verdict::Unknown { why, stopped } => {
            let stopped = stopped.as_ref().map(
                |stopped| json!({"schema": part_word(stopped.part), "pointer": stopped.pointer}),
            );
            json!({"verdict": word(verdict), "why": why, "stopped": stopped})
        }
    }
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

fn change_word(change: PropertyChange) -> &'static str {
    match change {
        PropertyChange::Unchanged => "unchanged",
        PropertyChange::Added => "added",
        PropertyChange::Removed => "removed",
        PropertyChange::Changed => "changed",
    }
}

fn human(judgement: &Judgement, context: &Context) -> String {
    let style = context.style;
    let mut out = String::new();
    if context.detail > Detail::Quiet {
        for property in &judgement.properties {
            let _ = writeln!(out, "{}", line(property, style));
        }
        for (question, verdict) in both(judgement) {
            let _ = writeln!(out, "{question}: {}", in_words(question, verdict));
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

/// One answer a line, as soon as it is known. Lines that are no pairs are told of at the end.
fn pairs(
    path: &Path,
    mode: Mode,
    context: &Context,
    terminal: &mut Terminal,
) -> Result<Exit, Error> {
    let text = read(path)?;
    let mut exit = Exit::Fine;
    let lines = text.lines().enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let answer = match pair(line) {
            Ok((id, old, new)) => {
                let begin = Instant::now();
                let found = containment_in(mode, &old, &new);
                answer(&id, &found, begin.elapsed().as_micros())
            }
            Err(why) => {
                exit = Exit::Usage;
                json!({"id": null, "error": format!("line {}: {why}", index + 1)})
            }
        };
        match context.format {
            Format::Json => writeln!(terminal, "{answer}")?,
            Format::Human => writeln!(terminal, "{}", told(&answer))?,
        }
    }
    Ok(exit)
}

fn pair(line: &str) -> Result<(Value, Value, Value), String> {
    let mut pair: Map<String, Value> = serde_json::from_str(line).map_err(|why| why.to_string())?;
    let mut take = |key: &str| pair.shift_remove(key);
    let dialect = match take("dialect") {
        None | Some(Value::Null) => None,
        Some(name) => {
            let text = name
                .as_str()
                .map_or_else(|| name.to_string(), ToOwned::to_owned);
            Some(dialect(&text).ok_or_else(|| format!("no dialect is called `{text}`"))?)
        }
    };
    let id = take("id").unwrap_or_default();
    let mut schema = |key: &str| {
        let mut schema = take(key).ok_or_else(|| format!("`{key}` is missing"))?;
        if let (Some(members), Some(dialect)) = (schema.as_object_mut(), &dialect)
            && !members.contains_key("$schema")
        {
            members.insert("$schema".to_owned(), json!(dialect));
        }
        Ok::<Value, String>(schema)
    };
    Ok((id, schema("old")?, schema("new")?))
}

/// A dialect's `$schema` by its short name: `7`, `draft-07`, `2020-12`, or the address itself.
fn dialect(name: &str) -> Option<String> {
    let bare = name.to_ascii_lowercase();
    let bare = bare
        .trim_start_matches("draft")
        .trim_start_matches(['-', '0', ' ']);
    match bare {
        "4" | "6" | "7" => Some(format!("http://json-schema.org/draft-0{bare}/schema#")),
        "2019-09" | "2020-12" => Some(format!("https://json-schema.org/draft/{bare}/schema")),
        _ => name.contains("://").then(|| name.to_owned()),
    }
}

fn answer(id: &Value, found: &Compatibility, micros: u128) -> Value {
    let mut witnesses = Map::new();
    for (question, verdict) in [
        ("old_in_new", &found.forwards),
        ("new_in_old", &found.backwards),
    ] {
        if let Verdict::Breaking { witness } = verdict {
            witnesses.insert(question.to_owned(), witness.clone());
        }
    }
    json!({
        "id": id,
        "old_in_new": word(&found.forwards),
        "new_in_old": word(&found.backwards),
        "witnesses": witnesses,
        "micros": u64::try_from(micros).unwrap_or(u64::MAX),
    })
}

fn told(answer: &Value) -> String {
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or("");
    let id = match answer.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(id) => id.to_string(),
        None => String::new(),
    };
    match answer.get("error") {
        Some(_) => format!("error: {}", text("error")),
        None => format!(
            "{id}: backwards {}, forwards {}",
            text("new_in_old"),
            text("old_in_new")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_by_their_names() {
        for (name, found) in [
            ("4", Some("http://json-schema.org/draft-04/schema#")),
            ("draft-07", Some("http://json-schema.org/draft-07/schema#")),
            ("draft7", Some("http://json-schema.org/draft-07/schema#")),
            (
                "2020-12",
                Some("https://json-schema.org/draft/2020-12/schema"),
            ),
            ("5", None),
            ("", None),
        ] {
            assert_eq!(dialect(name).as_deref(), found, "{name}");
        }
    }

    #[test]
    fn a_line_that_is_no_pair_says_why() {
        for (line, why) in [
            ("{", "EOF"),
            (r#"{"old": {}}"#, "`new` is missing"),
            (
                r#"{"old": {}, "new": {}, "dialect": "5"}"#,
                "no dialect is called `5`",
            ),
        ] {
            let error = pair(line).unwrap_err();
            assert!(error.starts_with(why), "{line}: {error}");
        }
    }
}
