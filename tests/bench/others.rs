//! What another process does → what this editor shows of it: two `blue lsp` and the command, one machine, nothing in common but the
//! user. Another editor's unsaved edit, a sync that waits, and a notification; and what an idle server costs.
//!
//! `cargo bench -p blue-cli --bench others -- drift` measures one of `drift`, `sync`, `news`, `idle`. Latencies are from the moment
//! the other process has done it: the last keystroke (which counts after a second of quiet), the end of the command.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // It is what a benchmark is for, and its world is made here.
#![allow(dead_code, unused_imports)] // The tests need more of theirs.

#[path = "../stdio/client.rs"]
mod client;
#[path = "../stdio/editor.rs"]
mod editor;
#[path = "../stdio/shared.rs"]
mod shared;
#[path = "../stdio/shown.rs"]
mod shown;
#[path = "../stdio/story_world.rs"]
mod story_world;
#[path = "../stdio/world.rs"]
mod world;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use client::{Client, full_capabilities, uri};
use shared::{BACK, GRANTS, LOG, by_hand, change_the_code, is_of, shared_world, start_in};
use story_world::{SEGMENT, STACK};

const ROUNDS: usize = 50;
/// What is not shared before it was quiet for so long.
const QUIET: Duration = Duration::from_secs(1);

fn main() {
    let chosen: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with('-'))
        .collect();
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|it| it == name);
    for (name, measure) in [
        ("drift", drift as fn()),
        ("sync", sync),
        ("news", news),
        ("idle", idle),
    ] {
        if is_chosen(name) {
            measure();
        }
    }
}

fn told(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |part: usize| took[(took.len() - 1) * part / 100].as_millis();
    println!(
        "{what:<44} p50 {:>5} ms   p99 {:>5} ms   of {}",
        at(50),
        at(99),
        took.len()
    );
}

/// Waits until the importer's policy has the finding, or has it no more; how long.
fn until_pending(client: &mut Client, path: &Path, is_pending: bool) -> Duration {
    let start = Instant::now();
    client.published_that(path, |last| {
        let all = last["diagnostics"].as_array().unwrap();
        all.iter().any(|it| it["code"] == "import-pending") == is_pending
    });
    start.elapsed()
}

fn drift() {
    let world = shared_world();
    let mut exporter = Client::open_folders(
        &world.home(),
        &[world.path("aperture")],
        full_capabilities(),
    );
    let mut importer = start_in(world, "fungal-image-analysis");
    importer.open(STACK);
    let (source, policy) = (importer.path(SEGMENT), importer.path(STACK));
    let saved = importer.world.read(SEGMENT);
    let changed = saved.replace(BACK, &format!("{LOG}{BACK}"));
    exporter.open(&source, 1, &saved);
    exporter.published(&source, 1);
    let (mut there, mut gone) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS as i64 {
        for (text, is_pending, took) in [(&changed, true, &mut there), (&saved, false, &mut gone)] {
            let version = 2 + 2 * round + i64::from(!is_pending);
            exporter.change(&source, version, json!([{ "text": text }]));
            let waited = until_pending(&mut importer.client, &policy, is_pending);
            took.push(waited.saturating_sub(QUIET));
        }
    }
    told("an unsaved edit elsewhere, after its quiet", there);
    told("the same, undone", gone);
}

fn sync() {
    let mut importer = start_in(shared_world(), "fungal-image-analysis");
    importer.open(STACK);
    let policy = importer.path(STACK);
    let (mut there, mut gone) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        change_the_code(&importer.world);
        by_hand(&importer.world, "aperture", &["realm", "sync"]);
        there.push(until_pending(&mut importer.client, &policy, true));
        importer.world.edit(SEGMENT, LOG, "");
        importer.world.commit("aperture");
        by_hand(&importer.world, "aperture", &["realm", "sync"]);
        gone.push(until_pending(&mut importer.client, &policy, false));
    }
    told("a sync that waits, by the command", there);
    told("the same, withdrawn", gone);
}

fn news() {
    let world = shared_world();
    // What is committed here is not the cache that the server writes meanwhile.
    world.write("aperture/.gitignore", ".blue/cache.db*\n");
    let mut exporter = Client::open_folders(
        &world.home(),
        &[world.path("aperture")],
        full_capabilities(),
    );
    exporter.round_trip();
    let mut took = Vec::new();
    for round in 0..ROUNDS {
        let name = format!("log-{round}.txt");
        let line = LOG.replace("log.txt", &name);
        world.edit(SEGMENT, BACK, &format!("{line}{BACK}"));
        world.commit("aperture");
        by_hand(&world, "aperture", &["realm", "sync"]);
        let grants = world.read(STACK);
        let last = "report.json\"";
        let more = format!("{last}, f\"{{OBJECTS}}/jobs/*/{name}\"");
        world.write(STACK, &grants.replacen(last, &more, 1));
        world.commit("fungal-image-analysis");
        is_of(&world, "fungal-image-analysis", "bob");
        by_hand(&world, "fungal-image-analysis", &["ack"]);
        let seen = exporter.messages_shown.len();
        by_hand(&world, "aperture", &["realm", "sync"]);
        let start = Instant::now();
        exporter.until(|client| client.messages_shown.get(seen).map(|_| ()));
        took.push(start.elapsed());
        exporter.round_trip();
        // Both of what happened are told before the next round.
        exporter.until(|client| client.messages_shown.get(seen + 1).map(|_| ()));
    }
    told("a notification, by the command", took);
}

/// Time on a processor, of user and system, in clock ticks of 10 ms (proc(5), `stat`).
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields = stat.rsplit(") ").next().unwrap();
    let fields: Vec<&str> = fields.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn idle() {
    let mut importer = start_in(shared_world(), "fungal-image-analysis");
    importer.open(STACK);
    std::thread::sleep(Duration::from_secs(3));
    let (process, before) = (
        importer.client.process.id(),
        ticks(importer.client.process.id()),
    );
    let while_idle = Duration::from_secs(30);
    std::thread::sleep(while_idle);
    println!(
        "{:<44} {} ms of a processor in {} s",
        "an idle server",
        (ticks(process) - before) * 10,
        while_idle.as_secs()
    );
}
