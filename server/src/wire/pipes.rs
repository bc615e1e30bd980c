//! The two plain threads between the real stdin and stdout and the in-memory pipes that tower-lsp is
//! given. A bad frame, a closed stdout or a client that is gone never reach it, and tokio's own
//! blocking read of stdin, which would outlive `exit`, is not used.

use std::io::{self, Read, Write};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Handle;

use super::frame::{FrameReader, clean};
use super::lifecycle::Lifecycle;

/// Bytes that an in-memory pipe holds before its writer waits.
pub(crate) const PIPE: usize = 256 << 10;

/// Moves frames from the client to the server until the client is gone, then ends the process.
pub(crate) fn pump_in(source: impl Read, mut sink: DuplexStream, on: &Handle, life: &Lifecycle) {
    let mut frames = FrameReader::new(source);
    loop {
        let body = match frames.next() {
            Ok(Some(body)) => body,
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(%error, "stdin cannot be read");
                break;
            }
        };
        match clean(frames.bytes(body.clone())) {
            Ok(message) => {
                if on.block_on(sink.write_all(&framed(&message))).is_err() {
                    break; // The server does not listen any more: it is ending.
                }
            }
            Err(why) => {
                tracing::warn!(bytes = body.len(), %why, "dropped a bad frame");
                frames.resume_inside(body);
            }
        }
    }
    drop(sink);
    life.end_when_drained();
}

/// Moves frames from the server to the client, each in one write. Ends the process with 1 when
/// the client does not take them any more.
pub(crate) fn pump_out(source: DuplexStream, mut sink: impl Write, on: Handle, life: &Lifecycle) {
    let mut frames = FrameReader::new(Blocking { pipe: source, on });
    while let Ok(Some(body)) = frames.next() {
        let message = frames.bytes(body);
        let is_answer = !message.starts_with(ASKS);
        let written = sink.write_all(&framed(message));
        if let Err(error) = written.and_then(|()| sink.flush()) {
            tracing::warn!(%error, "stdout is closed");
            life.end(1);
            // A test's process goes on; tower-lsp would panic if nobody read.
            while let Ok(Some(_)) = frames.next() {}
            return;
        }
        if is_answer {
            life.settle();
        }
    }
    life.drained();
}

/// How tower-lsp writes what is no answer: the members of its `Request`, in their order.
const ASKS: &[u8] = br#"{"jsonrpc":"2.0","method":"#;

fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + 32);
    frame.extend_from_slice(b"Content-Length: ");
    frame.extend_from_slice(message.len().to_string().as_bytes());
    frame.extend_from_slice(b"\r\n\r\n");
    frame.extend_from_slice(message);
    frame
}

/// An in-memory pipe as a plain thread reads it.
struct Blocking {
    pipe: DuplexStream,
    on: Handle,
}

impl Read for Blocking {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.on.block_on(self.pipe.read(into))
    }
}

/// Ends the process when the client's is gone (LSP 3.17, `InitializeParams.processId`). A process
/// that was never there says nothing: the client may live in another namespace of process ids.
pub(crate) fn watch_client(process: u32, life: Arc<Lifecycle>) {
    const INTERVAL: std::time::Duration = std::time::Duration::from_secs(2);
    if !is_alive(process) {
        tracing::info!(
            process,
            "the client's process cannot be seen; not watching it"
        );
        return;
    }
    let watch = move || {
        while is_alive(process) {
            std::thread::sleep(INTERVAL);
        }
        tracing::warn!(process, "the client's process is gone");
        life.end(life.code());
    };
    super::spawn("client-watch", watch);
}

#[cfg(unix)]
fn is_alive(process: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    // Anything but "no such process" (another user's, for one) is alive.
    process.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Elsewhere the end of stdin has to do.
#[cfg(not(unix))]
fn is_alive(_process: u32) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_process_and_its_end() {
        let mut child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        assert!(is_alive(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!is_alive(child.id()));
        assert!(!is_alive(0) && !is_alive(u32::MAX));
    }
}
