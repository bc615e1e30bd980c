//! `blue compat --pairs`: many pairs of schemas, an answer a line.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use blue_compat::{Compatibility, Mode, Verdict, containment_in};
use serde_json::{Map, Value, json};

use super::{read, word};
use crate::cli::Context;
use crate::failure::{Error, Exit};
use crate::output::Format;
use crate::output::terminal::Terminal;

/// One answer a line, as soon as it is known. Lines that are no pairs are told of at the end.
pub(super) fn run(
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
