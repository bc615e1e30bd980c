//! `blue detect` and `blue realm check` over a cold tree: the whole process, beside the floor of
//! reading every file once in this one.

#![allow(clippy::print_stdout)] // It is what a benchmark is for.

#[allow(dead_code)] // The keystroke edits a file of it; a whole run does not.
mod generate;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use generate::{Language, Size, World};

/// Runs of each row, in turns.
const RUNS: usize = 7;

const ROWS: &[(&str, Language, usize)] = &[
    ("Python, 1,000 files", Language::Python, 1_000),
    ("Python, 10,000 files", Language::Python, 10_000),
    ("TypeScript, 10,000 files", Language::TypeScript, 10_000),
];

fn main() {
    println!("median ms of {RUNS} runs: the process from start to end; reading all files once");
    println!("{:<28}{:>10}{:>10}{:>10}", "", "detect", "check", "read");
    for (name, language, files) in ROWS {
        let world = World::make(Size {
            language: *language,
            lines: 1_000,
            files: *files,
            one_in: 20,
            contracts: 10,
        });
        let repo = world.path("aperture");
        let [mut detect, mut check, mut read] = [const { Vec::new() }; 3];
        for _ in 0..RUNS {
            detect.push(timed(|| run(&repo, &["detect", "."])));
            check.push(timed(|| run(&repo, &["realm", "check"])));
            read.push(timed(|| read_all(&repo)));
        }
        let [detect, check, read] = [detect, check, read].map(median);
        println!("{name:<28}{detect:>10.0}{check:>10.0}{read:>10.0}");
    }
}

fn run(repo: &Path, arguments: &[&str]) {
    let ended = Command::new(env!("CARGO_BIN_EXE_blue"))
        .arg("-C")
        .arg(repo)
        .args(arguments)
        .env_remove("BLUE_REALM_PATH")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(ended.is_ok_and(|ended| ended.code().is_some_and(|code| code <= 1)));
}

fn read_all(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_all(&path);
        } else {
            std::hint::black_box(std::fs::read(&path).ok());
        }
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}
