//! Running another program: its output passes through as it comes, and how long it took is said.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::tally::Tally;

/// How a program that runs tests ended.
pub(crate) struct Counted {
    /// What its output said. Has a failure wherever the program failed, also if it counted none.
    pub(crate) tally: Tally,
    pub(crate) took: Duration,
}

/// Runs a program to its end.
///
/// # Errors
/// If it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<Duration> {
    let name = announce(command);
    let started = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{name}`"))?;
    let took = started.elapsed();
    if !status.success() {
        bail!("`{name}` failed ({status}) after {}", seconds(took));
    }
    println!("-- {}: {name}", seconds(took));
    Ok(took)
}

/// Runs a program that runs tests, and adds up the counts in its output. It is ended when `limit` has
/// passed: a test that hangs must not take the whole run with it.
///
/// # Errors
/// If it cannot be started. A failing test is no error: see [`Counted::tally`].
pub(crate) fn run_counted(command: &mut Command, limit: Duration) -> Result<Counted> {
    let name = announce(command);
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{name}`"))?;
    let output = child.stdout.take().context("the output is not piped")?;
    let reader = thread::spawn(move || pass_on(BufReader::new(output)));
    let status = wait(&mut child, limit)?;
    let took = started.elapsed();
    let mut tally = Tally::default();
    match status {
        Some(status) => {
            tally.add(reader.join().unwrap_or_default());
            if !status.success() && tally.failed == 0 {
                println!("-- `{name}` ended with {status}: counted as a failure");
                tally.failed = 1;
            }
        }
        // What the program started may still hold its output open, so the reader is not waited for.
        None => {
            println!(
                "-- `{name}` was ended after {}: counted as a failure",
                seconds(limit)
            );
            tally.failed = 1;
        }
    }
    println!("-- {}: {name}: {tally}", seconds(took));
    Ok(Counted { tally, took })
}

/// A time as people read it: `0.3 s`, `12.0 s`, `4 min 05 s`.
pub(crate) fn seconds(took: Duration) -> String {
    if took < Duration::from_secs(60) {
        return format!("{:.1} s", took.as_secs_f64());
    }
    format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60)
}

/// Prints the command as it would be typed, its program without the folder, and returns that.
fn announce(command: &Command) -> String {
    let program = command.get_program();
    let short = std::path::Path::new(program).file_stem().unwrap_or(program);
    let words: Vec<_> = std::iter::once(short)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    let name = words.join(" ");
    println!("\n== {name}");
    name
}

/// Prints every line as it comes, and counts. Bytes that are not UTF-8 are shown as such.
fn pass_on(mut output: impl BufRead) -> Tally {
    let mut tally = Tally::default();
    let mut line = Vec::new();
    while matches!(output.read_until(b'\n', &mut line), Ok(1..)) {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        if let Some(counted) = Tally::of_line(text.trim_end()) {
            tally.add(counted);
        }
        line.clear();
    }
    tally
}

/// Waits until the program has ended, or `limit` has passed: then it is killed, and there is no status.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[cfg(unix)]
    fn counts(script: &str, limit: Duration) -> (u64, u64) {
        let counted = run_counted(&mut shell(script), limit).unwrap();
        (counted.tally.passed, counted.tally.failed)
    }

    #[test]
    #[cfg(unix)]
    fn a_failing_program_counts_as_a_failure_of_its_own_only_if_it_counted_none() {
        let minute = Duration::from_secs(60);
        assert_eq!(counts("echo 'nvim: 2 passed, 0 failed'", minute), (2, 0));
        assert_eq!(
            counts("echo 'nvim: 2 passed, 1 failed'; exit 1", minute),
            (2, 1)
        );
        assert_eq!(
            counts("echo 'nvim: 2 passed, 0 failed'; exit 1", minute),
            (2, 1)
        );
        assert_eq!(counts("kill -9 $$", minute), (0, 1));
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_hangs_is_ended() {
        assert_eq!(
            counts("exec tail -f /dev/null", Duration::from_millis(50)),
            (0, 1)
        );
    }

    #[test]
    fn times_are_readable() {
        for (millis, expected) in [(340, "0.3 s"), (59_000, "59.0 s"), (245_000, "4 min 05 s")] {
            assert_eq!(seconds(Duration::from_millis(millis)), expected);
        }
    }
}
