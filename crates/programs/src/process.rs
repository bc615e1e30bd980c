//! Runs a program within a time limit, and ends all that it started.
//!
//! It exists because what is run is not Blue's own (a contract's check, git's signature tools), and
//! none of it may hold a check for ever or fill its memory.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::left::spawn;

/// Bytes of output that are kept; the rest is read and dropped.
pub const MAX_OUTPUT: usize = 16 * 1024;
/// How long output is waited for once the program has ended, which something it left behind may
/// hold.
const LAST_OUTPUT: Duration = Duration::from_millis(300);

/// How a program ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    With(i32),
    /// By a signal.
    BySignal,
    /// It took longer than it may.
    TimedOut,
    /// It could not be started.
    NotStarted(io::ErrorKind, String),
}

/// Runs it, in a process group of its own; its output, both streams as they came, cut at a bound.
#[must_use]
pub fn run(mut command: Command, limit: Duration) -> (Ended, String) {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let (mut child, _held) = match spawn(&mut command) {
        Ok(started) => started,
        Err(error) => {
            let ended = Ended::NotStarted(error.kind(), error.to_string());
            return (ended, String::new());
        }
    };
    let group = child.id();
    let output: Arc<Mutex<Vec<u8>>> = Arc::default();
    let (sender, streams) = channel::<()>();
    if let Some(stream) = child.stdout.take() {
        read_on(stream, output.clone(), sender.clone());
    }
    if let Some(stream) = child.stderr.take() {
        read_on(stream, output.clone(), sender.clone());
    }
    drop(sender);
    let ended = match waited(child).recv_timeout(limit) {
        Ok(Ok(status)) => of_status(status),
        Ok(Err(error)) => Ended::NotStarted(error.kind(), error.to_string()),
        Err(_) => Ended::TimedOut,
    };
    if ended == Ended::TimedOut {
        end_group(group);
    }
    // What it left running may hold its output: that ends as well, and nobody waits for it.
    if !have_ended(&streams) {
        end_group(group);
        have_ended(&streams);
    }
    let bytes = output.lock().map(|bytes| bytes.clone());
    let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    (ended, text)
}

/// Whether all streams end within the time for the last output.
fn have_ended(streams: &Receiver<()>) -> bool {
    loop {
        match streams.recv_timeout(LAST_OUTPUT) {
            Ok(()) => {}
            Err(error) => return error == RecvTimeoutError::Disconnected,
        }
    }
}

fn read_on(
    mut stream: impl Read + Send + 'static,
    into: Arc<Mutex<Vec<u8>>>,
    ended: std::sync::mpsc::Sender<()>,
) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read) = stream.read(&mut buffer) {
            if read == 0 {
                break;
            }
            if let Ok(mut kept) = into.lock() {
                let room = MAX_OUTPUT.saturating_sub(kept.len()).min(read);
                kept.extend_from_slice(&buffer[..room]);
            }
        }
        let _ = ended.send(());
    });
}

fn waited(mut child: Child) -> Receiver<io::Result<std::process::ExitStatus>> {
    let (sender, ended) = channel();
    std::thread::spawn(move || {
        let _ = sender.send(child.wait());
    });
    ended
}

fn of_status(status: std::process::ExitStatus) -> Ended {
    status.code().map_or(Ended::BySignal, Ended::With)
}

/// Ends the process group that a program began.
#[cfg(unix)]
pub(crate) fn end_group(leader: u32) {
    let pid = i32::try_from(leader)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // Nothing of it is left most of the time.
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
pub(crate) fn end_group(leader: u32) {
    // Windows has no groups; `taskkill /T` ends a process with all that it started.
    let _ = Command::new("taskkill")
        .args(["/T", "/F", "/PID", &leader.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}
