//! A keystroke in a key of the code → the diagnostics of that version, over the stdio of `blue lsp`.
//!
//! The key is one that the contract has and git's HEAD has, so that each keystroke costs everything:
//! the parse, the sites, what is gone since the baseline, whom it breaks. Rows of a group are
//! measured in turns, a keystroke each, so that a noisy machine is as noisy for all of them and the
//! ratios hold. `cargo bench -p blue-cli --bench keystroke -- lines` measures the group of that name
//! alone, `-- 'Python, 10,000 lines' 5000` a row alone, with so many keystrokes (for a profiler).
//! Further words are other builds of `blue` that type in turns with this one: `-- lines 300 ../before/blue`.

#![allow(clippy::print_stdout)] // It is what a benchmark is for.

#[allow(dead_code, clippy::unwrap_used)] // The tests need more of it; it is theirs.
#[path = "../stdio/client.rs"]
mod client;
mod generate;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use client::{Client, full_capabilities};
use generate::{Language, Size, TYPED, World};

/// Keystrokes that are not counted, and those that are.
const WARM: usize = 30;
const COUNTED: usize = 300;
/// Bursts of so many keystrokes, one each few milliseconds, of which only the last is awaited.
const BURSTS: usize = 10;
const BURST: usize = 30;
const PAUSE: Duration = Duration::from_millis(5);

/// Rows that are compared with one another; the first is what the others are held against.
struct Group {
    name: &'static str,
    rows: &'static [(&'static str, Size)],
}

const fn size(language: Language, lines: usize, files: usize, contracts: usize) -> Size {
    Size {
        language,
        lines,
        files,
        one_in: 200,
        contracts,
    }
}

/// A repository of 1,000 files, with a site in one of so many of them.
const fn one_in(files: usize) -> Size {
    Size {
        one_in: files,
        ..size(Python, 1_000, 1_000, 10)
    }
}

use Language::{Python, TypeScript};

const GROUPS: &[Group] = &[
    Group {
        name: "lines",
        rows: &[
            ("Python, 1,000 lines", size(Python, 1_000, 100, 10)),
            ("Python, 10,000 lines", size(Python, 10_000, 100, 10)),
            ("TypeScript, 1,000 lines", size(TypeScript, 1_000, 100, 10)),
            (
                "TypeScript, 10,000 lines",
                size(TypeScript, 10_000, 100, 10),
            ),
        ],
    },
    Group {
        name: "files",
        rows: &[
            ("100 files", size(Python, 1_000, 100, 10)),
            ("1,000 files", size(Python, 1_000, 1_000, 10)),
            ("10,000 files", size(Python, 1_000, 10_000, 10)),
        ],
    },
    Group {
        name: "sites",
        rows: &[
            ("5 sites in other files", one_in(200)),
            ("50 sites in other files", one_in(20)),
            ("500 sites in other files", one_in(2)),
        ],
    },
    Group {
        name: "contracts",
        rows: &[
            ("10 contracts", size(Python, 1_000, 100, 10)),
            ("1,000 contracts", size(Python, 1_000, 100, 1_000)),
            ("10,000 contracts", size(Python, 1_000, 100, 10_000)),
        ],
    },
];

fn main() {
    // cargo passes `--bench`; words are what to choose by.
    let mut words = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'));
    let chosen = words.next().unwrap_or_default();
    let counted = words.next().and_then(|word| word.parse().ok());
    let mut programs = vec![env!("CARGO_BIN_EXE_blue").to_owned()];
    programs.extend(words);
    println!(
        "{:<27}{:>9}{:>9}{:>9}{:>9}{:>10}{:>10}{:>7}",
        "", "p50 ms", "p90 ms", "p99 ms", "growth", "burst ms", "first ms", "MB"
    );
    for group in GROUPS {
        let is_chosen = |name: &str| chosen.is_empty() || name == chosen;
        let rows = group.rows.iter();
        let rows: Vec<_> = rows
            .filter(|(name, _)| is_chosen(name) || is_chosen(group.name))
            .collect();
        if !rows.is_empty() {
            println!("{}", group.name);
            measure(&rows, &programs, counted.unwrap_or(COUNTED));
        }
    }
}

fn measure(rows: &[&(&'static str, Size)], programs: &[String], counted: usize) {
    let with_programs = |row: &&(&'static str, Size)| {
        let (name, size) = **row;
        programs
            .iter()
            .enumerate()
            .map(move |(number, program)| match number {
                0 => (name.to_owned(), size, program),
                _ => (format!("… by {program}"), size, program),
            })
    };
    let rows: Vec<_> = rows.iter().flat_map(with_programs).collect();
    let start = |(_, size, program): &(String, Size, &String)| Typist::start(*size, program);
    let mut typists: Vec<_> = rows.iter().map(start).collect();
    let mut times = vec![Vec::with_capacity(counted); typists.len()];
    for round in 0..WARM + counted {
        for (typist, times) in typists.iter_mut().zip(&mut times) {
            let took = typist.type_one();
            if round >= WARM {
                times.push(took);
            }
        }
    }
    let mut least = None;
    for ((name, ..), (typist, times)) in rows.iter().zip(typists.iter_mut().zip(&mut times)) {
        times.sort();
        let at = |percent: usize| millis(times[times.len() * percent / 100]);
        let least = *least.get_or_insert(at(50));
        println!(
            "  {name:<25}{:>9.2}{:>9.2}{:>9.2}{:>8.2}x{:>10.2}{:>10.0}{:>7}",
            at(50),
            at(90),
            at(99),
            at(50) / least,
            millis(typist.bursts()),
            millis(typist.first),
            megabytes(typist.client.process.id()).map_or(String::new(), |mb| mb.to_string()),
        );
    }
}

/// The memory that a process holds, where the system tells.
fn megabytes(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Somebody who types digits into a key, and waits for what it means each time.
struct Typist {
    client: Client,
    source: PathBuf,
    /// Where the digits are.
    line: usize,
    column: usize,
    version: i64,
    /// From the opening of the file to its first diagnostics, nothing being read before.
    first: Duration,
    _world: World,
}

impl Typist {
    fn start(size: Size, program: &str) -> Self {
        let world = World::make(size);
        let source = world.source();
        let before = world.text.split(TYPED).next().unwrap_or_default();
        let line = before.matches('\n').count();
        let key = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let folders = [world.path("aperture")];
        let start = Instant::now();
        let mut command = Command::new(program);
        command.arg("lsp").stderr(Stdio::null());
        let mut client = Client::start_by(command, &world.path("home"));
        client.initialize(&folders, full_capabilities());
        client.open(&source, 0, &world.text);
        let found = client.published(&source, 0);
        assert_eq!(found, json!([]), "the world is not clean");
        Self {
            first: start.elapsed(),
            client,
            source,
            line,
            column: key + TYPED.find('0').unwrap_or_default(),
            version: 0,
            _world: world,
        }
    }

    /// From a keystroke to its diagnostics.
    fn type_one(&mut self) -> Duration {
        let start = Instant::now();
        self.press();
        self.await_last();
        start.elapsed()
    }

    /// From the last keystroke of a burst to its diagnostics: the median.
    fn bursts(&mut self) -> Duration {
        let mut times: Vec<_> = (0..BURSTS)
            .map(|_| {
                for _ in 0..BURST {
                    self.press();
                    std::thread::sleep(PAUSE);
                }
                self.type_one()
            })
            .collect();
        times.sort();
        times[BURSTS / 2]
    }

    fn digits(&self, version: i64) -> String {
        format!("{version:06}")
    }

    fn press(&mut self) {
        self.version += 1;
        let (digits, before) = (self.digits(self.version), self.digits(self.version - 1));
        // The last digits that differ from before, as an editor sends what was typed over.
        let same = digits.bytes().zip(before.bytes());
        let same = same.take_while(|(a, b)| a == b).count();
        let at = |character: usize| json!({"line": self.line, "character": character});
        let range = json!({"start": at(self.column + same), "end": at(self.column + 6)});
        let change = json!([{"range": range, "text": digits[same..]}]);
        self.client.change(&self.source, self.version, change);
    }

    fn await_last(&mut self) {
        let found = self.client.published(&self.source, self.version);
        let typed = format!("typed/{}/out.json", self.digits(self.version));
        assert!(found.to_string().contains(&typed), "{typed}: {found}");
    }
}
