//! Long random sessions: whatever was typed, in whatever order, what is shown at the end is what a
//! server shows that never saw anything but the last texts.
//!
//! `BLUE_SOAK=1000` makes the sessions that many rounds long.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use crate::client::{Client, DEADLINE, anywhere, full_capabilities, uri};
use crate::story_world::{CONTRACT, IMPORT, KEYS, SEGMENT, STACK, world};
use crate::world::World;

/// Numbers that look random, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }
}

/// A document as an editor holds it: UTF-16, lines by `\n`, `\r\n` and `\r`.
struct Document {
    units: Vec<u16>,
    version: i64,
}

impl Document {
    fn position(&self, at: usize) -> Value {
        let (mut line, mut start) = (0, 0);
        for index in 0..at {
            let next = self.units.get(index + 1);
            let ends = match self.units[index] {
                0x0A => true,
                0x0D => next != Some(&0x0A),
                _ => false,
            };
            if ends {
                (line, start) = (line + 1, index + 1);
            }
        }
        json!({"line": line, "character": at - start})
    }

    /// A place that an editor's cursor can be at: between characters, not inside `\r\n`.
    fn place(&self, random: &mut Random) -> usize {
        loop {
            let at = random.below(self.units.len() + 1);
            let before = at.checked_sub(1).map(|before| self.units[before]);
            let is_low =
                |unit: Option<u16>| unit.is_some_and(|unit| (0xDC00..0xE000).contains(&unit));
            let after = self.units.get(at).copied();
            let in_line_end = before == Some(0x0D) && after == Some(0x0A);
            if !is_low(after) && !in_line_end {
                return at;
            }
        }
    }

    fn edit(&mut self, random: &mut Random, pieces: &[&str]) -> Value {
        let (a, b) = (self.place(random), self.place(random));
        // Mostly short: what is deleted has to grow again.
        let (start, mut end) = (a.min(b), a.max(b));
        if end - start > 3 {
            end = start;
        }
        let text = pieces[random.below(pieces.len())];
        let change = json!({
            "range": {"start": self.position(start), "end": self.position(end)}, "text": text,
        });
        self.units.splice(start..end, text.encode_utf16());
        change
    }

    fn text(&self) -> String {
        String::from_utf16(&self.units).unwrap()
    }
}

/// What is shown in each file that shows something.
fn shown(client: &mut Client, world: &World) -> BTreeMap<String, Value> {
    client.round_trip();
    let last = client.published.values().filter_map(|all| all.last());
    let found = last.filter(|it| it["diagnostics"] != json!([]));
    let root = world.path("");
    found
        .map(|it| {
            let file = anywhere(&it["uri"], &root).to_string();
            (file, anywhere(&it["diagnostics"], &root))
        })
        .collect()
}

/// Documents of a world, open in a server, and what is typed into them.
struct Session {
    world: World,
    client: Client,
    paths: &'static [&'static str],
    documents: Vec<Document>,
    pieces: &'static [&'static str],
    random: Random,
}

impl Session {
    fn start(
        world: World,
        paths: &'static [&'static str],
        pieces: &'static [&'static str],
        seed: u64,
    ) -> Self {
        let mut client = Client::open_folders(&world.home(), &world.folders(), full_capabilities());
        let mut documents = Vec::new();
        for path in paths {
            let text = world.read(path);
            client.open(&world.path(path), 0, &text);
            let units = text.encode_utf16().collect();
            documents.push(Document { units, version: 0 });
        }
        Self {
            world,
            client,
            paths,
            documents,
            pieces,
            random: Random(seed),
        }
    }

    /// Types into the documents without awaiting anything, and saves them: what is held while a
    /// statement does not parse goes then.
    fn round(&mut self) {
        for _ in 0..15 {
            let at = self.random.below(self.paths.len());
            let document = &mut self.documents[at];
            let batch: Vec<_> = (0..1 + self.random.below(3))
                .map(|_| document.edit(&mut self.random, self.pieces))
                .collect();
            document.version += 1;
            let path = self.world.path(self.paths[at]);
            self.client.change(&path, document.version, json!(batch));
        }
        for (path, document) in self.paths.iter().zip(&self.documents) {
            let uri = uri(&self.world.path(path));
            let saved = json!({"textDocument": {"uri": uri}, "text": document.text()});
            self.client.notify("textDocument/didSave", saved);
        }
        for (path, document) in self.paths.iter().zip(&self.documents) {
            self.client
                .published(&self.world.path(path), document.version);
        }
    }

    /// Compares with a server that sees the last texts alone.
    fn compare(&mut self) {
        let world = &self.world;
        let mut fresh = Client::open_folders(&world.home(), &world.folders(), full_capabilities());
        for (path, document) in self.paths.iter().zip(&self.documents) {
            fresh.open(&world.path(path), document.version, &document.text());
        }
        for (path, document) in self.paths.iter().zip(&self.documents) {
            fresh.published(&world.path(path), document.version);
        }
        // Either may still be reading a folder.
        let until = Instant::now() + DEADLINE / 4;
        loop {
            let (found, expected) = (shown(&mut self.client, world), shown(&mut fresh, world));
            if found == expected {
                return;
            }
            if Instant::now() > until {
                let texts: Vec<_> = self.documents.iter().map(Document::text).collect();
                assert_eq!(found, expected, "{texts:#?}");
            }
        }
    }
}

/// How many rounds: as many as asked for, else few.
fn rounds() -> usize {
    let asked = std::env::var("BLUE_SOAK").ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(20)
}

fn soak(mut session: Session) {
    let rounds = rounds();
    // Long sessions are compared less often: a fresh server takes its time.
    let every = rounds.div_ceil(100);
    for round in 1..=rounds {
        session.round();
        if round % every == 0 {
            session.compare();
        }
    }
    session.compare();
}

#[test]
fn one_python_file() {
    const PIECES: &[&str] = &[
        "\n", "\r\n", "\r", "🍄", "é", "\"", "(", ")", "jobs/", " ", "x", "",
    ];
    let world = World::new();
    soak(Session::start(
        world,
        &["aperture/models/paths.py"],
        PIECES,
        7,
    ));
}

#[test]
fn code_in_two_languages_with_its_realm() {
    const PIECES: &[&str] = &[
        "\n", "\r\n", "🍄", "é", "\"", "`", "(", ")", "{", "}", "jobs", "/", "JOBS", " ", "x", ":",
        "- ", "  ", "1", "",
    ];
    let paths = &[KEYS, SEGMENT, STACK, CONTRACT, IMPORT];
    soak(Session::start(world(), paths, PIECES, 11));
}
