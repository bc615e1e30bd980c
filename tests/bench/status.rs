//! `blue status` and `blue realm check` in a large realm: whole processes, with nothing kept, again, after a change.

#![allow(clippy::print_stdout)] // It is what a benchmark is for.

#[allow(dead_code)] // The keystroke edits a file of it; a whole run does not.
mod generate;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use generate::{Language, Size, World};

/// Runs of each column, in turns.
const RUNS: usize = 7;

const ROWS: &[(&str, usize)] = &[
    ("10 contracts", 10),
    ("1,000 contracts", 1_000),
    ("10,000 contracts", 10_000),
];

/// A file of the realm that is changed on disk, and not committed.
const CHANGED: &str = "realm/repos/aperture.yaml";

fn main() {
    println!(
        "median ms of {RUNS} runs: the process from start to end, in a repository of 100 files"
    );
    println!(
        "{:<20}{:>12}{:>12}{:>12}{:>12}{:>14}",
        "", "status cold", "again", "changed", "check", "realm's check"
    );
    for (name, contracts) in ROWS {
        let world = World::make(Size {
            language: Language::Python,
            lines: 1_000,
            files: 100,
            one_in: 20,
            contracts: *contracts,
        });
        let mut times = [const { Vec::new() }; 5];
        for round in 0..RUNS {
            row(&world, round, &mut times);
        }
        let [cold, again, changed, check, own] = times.map(median);
        println!("{name:<20}{cold:>12.0}{again:>12.0}{changed:>12.0}{check:>12.0}{own:>14.0}");
    }
}

fn row(world: &World, round: usize, times: &mut [Vec<Duration>; 5]) {
    let (repo, realm) = (world.path("aperture"), world.path("realm"));
    let mut timed = |column: usize, folder: &Path, arguments: &[&str]| {
        let start = Instant::now();
        run(world, folder, arguments);
        times[column].push(start.elapsed());
    };
    run(world, &repo, &["realm", "admin", "cache", "clear"]);
    timed(0, &repo, &["status"]);
    timed(1, &repo, &["status"]);
    timed(3, &repo, &["realm", "check"]);
    let text = std::fs::read_to_string(world.path(CHANGED)).expect("it is there");
    let changed = format!("{text}x-round: {round}\n");
    std::fs::write(world.path(CHANGED), changed).expect("it can be written");
    timed(2, &repo, &["status"]);
    std::fs::write(world.path(CHANGED), text).expect("it can be written");
    if round == 0 {
        run(world, &realm, &["realm", "check"]);
    }
    timed(4, &realm, &["realm", "check"]);
}

fn run(world: &World, folder: &Path, arguments: &[&str]) {
    let ended = Command::new(env!("CARGO_BIN_EXE_blue"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("BLUE_HOME", world.path("home"))
        .env_remove("BLUE_REALM_PATH")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(ended.is_ok_and(|ended| ended.code().is_some_and(|code| code <= 1)));
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}
