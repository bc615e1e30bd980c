//! Edits that cost more than a keystroke in a key: the signature of a wrapper that many files call, and a
//! bracket that takes the rest of a long file apart. How long until the diagnostics, and how long other
//! requests wait meanwhile.

#![allow(clippy::print_stdout)] // It is what a benchmark is for.

#[allow(dead_code, clippy::unwrap_used)] // The tests need more of it; it is theirs.
#[path = "../stdio/client.rs"]
mod client;
#[allow(dead_code)] // What the keystroke types into.
mod generate;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use client::{Client, full_capabilities, uri};
use generate::{Language, Size, World};

const TIMES: usize = 40;
/// Between a bracket and its removal, and between the edits of a burst.
const PAUSE: Duration = Duration::from_millis(5);

fn main() {
    println!("{:<52}{:>9}{:>9}", "", "p50 ms", "most ms");
    for callers in [5, 50, 500] {
        let took = signature(callers);
        row(
            &format!("a wrapper's signature, {callers} calls of it"),
            took,
        );
    }
    for (name, language) in [
        ("Python", Language::Python),
        ("TypeScript", Language::TypeScript),
    ] {
        let [requests, hovers, removed] = bracket(language);
        row(&format!("`(` in {name}, a request about nothing"), requests);
        row(&format!("`(` in {name}, hover in another file"), hovers);
        row(
            &format!("`(` in {name}, gone again: to diagnostics"),
            removed,
        );
    }
}

fn row(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let (middle, most) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{name:<52}{:>9.2}{:>9.2}", millis(middle), millis(most));
}

fn world(language: Language, lines: usize, files: usize) -> World {
    World::make(Size {
        language,
        lines,
        files,
        one_in: 20,
        contracts: 10,
    })
}

fn start(world: &World) -> Client {
    let folders = [world.path("aperture")];
    Client::open_folders(&world.path("home"), &folders, full_capabilities())
}

const STORE: &str = "import boto3\n\nfrom models.paths import BUCKET, JOBS\n\ns3 = boto3.client(\"s3\")\n\n\n\
     def store(key, body=None, kind=None):\n    s3.put_object(Bucket=BUCKET, Key=f\"{JOBS}/{key}\", Body=body)\n";

/// From an edit of a wrapper's parameters to its diagnostics, each caller being in a file of its own.
fn signature(callers: usize) -> Vec<Duration> {
    let world = world(Language::Python, 1_000, 1_000);
    let root = world.path("aperture");
    write(&root.join("models/store.py"), STORE);
    for number in 0..callers {
        let mut text = String::from("from models.store import store\n\n\ndef run(job):\n");
        let _ = writeln!(text, "    store(f\"{{job}}/{number}.json\", job)");
        write(&root.join(format!("models/calls/call_{number}.py")), &text);
    }
    let path = root.join("models/store.py");
    let mut client = start(&world);
    client.open(&path, 0, STORE);
    client.published(&path, 0);
    let at = "def store(".len();
    let mut times = Vec::new();
    for version in 1..=2 * TIMES as i64 {
        let (start, end, text) = match version % 2 {
            1 => (at, at, "name, "),
            _ => (at, at + "name, ".len(), ""),
        };
        let range = json!({
            "start": {"line": 7, "character": start}, "end": {"line": 7, "character": end},
        });
        let began = Instant::now();
        client.change(&path, version, json!([{"range": range, "text": text}]));
        client.published(&path, version);
        times.push(began.elapsed());
    }
    times.split_off(TIMES)
}

/// A bracket at the top of a long file, and what is asked while it stands there.
fn bracket(language: Language) -> [Vec<Duration>; 3] {
    let world = world(language, 10_000, 100);
    let source = world.source();
    let mut client = start(&world);
    client.open(&source, 0, &world.text);
    client.published(&source, 0);
    let other = other_file(&world);
    let line = world.text[..world.text.find("import").unwrap_or_default()]
        .matches('\n')
        .count();
    let place = |character: usize| json!({"line": line, "character": character});
    let mut times = [const { Vec::new() }; 3];
    let mut version = 0;
    for _ in 0..TIMES {
        version += 1;
        let put = json!({"range": {"start": place(0), "end": place(0)}, "text": "("});
        client.change(&source, version, json!([put]));
        let began = Instant::now();
        client.round_trip();
        times[0].push(began.elapsed());
        let began = Instant::now();
        let asked = client.hover(&other, 1, 1);
        client.answer(asked);
        times[1].push(began.elapsed());
        std::thread::sleep(PAUSE);
        version += 1;
        let gone = json!({"range": {"start": place(0), "end": place(1)}, "text": ""});
        let began = Instant::now();
        client.change(&source, version, json!([gone]));
        client.published(&source, version);
        times[2].push(began.elapsed());
    }
    let published = &client.published[&uri(&source)];
    let versions: Vec<_> = published.iter().map(|it| it["version"].as_i64()).collect();
    assert!(versions.is_sorted(), "published out of order: {versions:?}");
    times
}

fn other_file(world: &World) -> PathBuf {
    let name = match world.language {
        Language::Python => "aperture/models/paths.py",
        Language::TypeScript => "aperture/models/paths.ts",
    };
    world.path(name)
}

fn write(path: &Path, text: &str) {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    std::fs::write(path, text).expect("a file");
}
