//! A story: a Markdown document whose fenced blocks happen, in order.
//!
//! | block | what happens |
//! |---|---|
//! | ```` ```diff aperture/jobs/segment.py ```` | the file is edited and saved ([`crate::edit`]) |
//! | ```` ```file aperture/jobs/report.py ```` | the file is written |
//! | ```` ```console ```` | each line `world$ …` runs; below it what it prints, then `? 1` for exit code 1 |
//!
//! In files and edits `{HEAD:aperture}` is the commit that repository is at.

use std::fmt::Write as _;

use crate::world::World;

/// The parts of the document, in order.
pub(crate) struct Story {
    parts: Vec<Part>,
}

enum Part {
    /// Words, and blocks that nothing happens in.
    Words(String),
    Block {
        /// Behind the fence: `diff path`.
        head: String,
        body: Vec<String>,
    },
}

const FENCE: &str = "```";
/// Not `$ `, which the demo prints.
const PROMPT: &str = "world$ ";

impl Story {
    pub(crate) fn parse(text: &str) -> Story {
        let mut parts = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let head = line.strip_prefix(FENCE).unwrap_or_default();
            match head.split_whitespace().next() {
                Some("diff" | "file" | "console") => parts.push(Part::Block {
                    head: head.to_owned(),
                    body: lines
                        .by_ref()
                        .take_while(|line| *line != FENCE)
                        .map(ToOwned::to_owned)
                        .collect(),
                }),
                _ => parts.push(Part::Words(line.to_owned())),
            }
        }
        Story { parts }
    }

    /// The document as it has to be after what is really seen.
    pub(crate) fn happen(&self, world: &World) -> String {
        let mut seen = String::new();
        for part in &self.parts {
            match part {
                Part::Words(line) => {
                    let _ = writeln!(seen, "{line}");
                }
                Part::Block { head, body } => {
                    let body = happen(head, body, world);
                    let _ = writeln!(seen, "{FENCE}{head}\n{body}{FENCE}");
                }
            }
        }
        seen
    }
}

/// Lets a block happen; gives the body it has to have.
fn happen(head: &str, body: &[String], world: &World) -> String {
    let text: String = body.iter().map(|line| format!("{line}\n")).collect();
    match head.split_once(' ') {
        Some(("diff", path)) => world.edit(path, &text),
        Some(("file", path)) => world.write(path, &text),
        _ => return console(body, world),
    }
    text
}

fn console(body: &[String], world: &World) -> String {
    let mut seen = String::new();
    for command in body.iter().filter_map(|line| line.strip_prefix(PROMPT)) {
        let (output, exit) = world.run(&words(command));
        let _ = write!(seen, "{PROMPT}{command}\n{output}");
        if exit != 0 {
            let _ = writeln!(seen, "? {exit}");
        }
    }
    seen
}

/// A command line's words; `'…'` and `"…"` keep blanks together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut quote = None;
    let mut word = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_with(String::new);
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_with(String::new).push(character),
        }
    }
    words.extend(word);
    words
}

#[test]
fn words_of_a_command() {
    assert_eq!(
        words("blue -C 'a b'  check"),
        ["blue", "-C", "a b", "check"]
    );
    assert_eq!(words("git -m \"it's\" ''"), ["git", "-m", "it's", ""]);
}
