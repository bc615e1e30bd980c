//! The terminal, or what stands in its place (a pipe, a file): the only part of Blue that prints.
//!
//! Answers go to stdout, everything else to stderr, so that `blue … --json > file` is whole. A
//! reader that stops reading (`blue … | head`) is no error: the rest of the answer is dropped, and
//! the exit code stays what it would have been.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::cli::When;
use crate::output::{Colours, Glyphs, Style};

/// What takes less than this shows no progress.
const PATIENCE: Duration = Duration::from_millis(500);

/// This process's stdout and stderr. Written to, it writes to stdout.
pub(crate) struct Terminal {
    stdout: Quiet<Box<dyn Write>>,
    stderr: Quiet<Box<dyn Write>>,
    /// Where progress may be shown, when it began and when it was last shown.
    progress: Option<Progress>,
}

struct Progress {
    began: Instant,
    shown: Option<Instant>,
}

impl Terminal {
    pub(crate) fn of_this_process() -> Self {
        let stderr = io::stderr();
        let moving = stderr.is_terminal() && !is_dumb();
        Terminal {
            stdout: Quiet::new(Box::new(io::stdout())),
            stderr: Quiet::new(Box::new(stderr)),
            progress: moving.then(|| Progress {
                began: Instant::now(),
                shown: None,
            }),
        }
    }

    /// Where everything goes that is no answer.
    pub(crate) fn stderr(&mut self) -> &mut dyn Write {
        self.end_progress();
        &mut self.stderr
    }

    /// Colours where the terminal can and nobody says otherwise (no-color.org); ASCII where asked,
    /// and on a terminal that says it is dumb.
    #[allow(clippy::unused_self, reason = "the style is that of this terminal")]
    pub(crate) fn choose_style(&self, colours: When, glyphs: Option<Glyphs>) -> Style {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let able = io::stdout().is_terminal() && !is_dumb() && !refused;
        let on = colours == When::Always || (colours == When::Auto && able);
        let plain = if is_dumb() {
            Glyphs::Ascii
        } else {
            Glyphs::Unicode
        };
        Style {
            colours: if on { Colours::On } else { Colours::Off },
            glyphs: glyphs.unwrap_or(plain),
        }
    }

    /// Shows none from here on.
    pub(crate) fn hide_progress(&mut self) {
        self.progress = None;
    }

    /// What is being done, for one who waits: on stderr, after half a second, ten times a second at
    /// most, gone when there is something else to say.
    pub(crate) fn progress(&mut self, doing: &str) {
        let Some(progress) = &mut self.progress else {
            return;
        };
        let now = Instant::now();
        let last = progress.shown.map_or(PATIENCE, |_| PATIENCE / 5);
        if now.duration_since(progress.shown.unwrap_or(progress.began)) < last {
            return;
        }
        progress.shown = Some(now);
        // Progress that cannot be shown is no reason to stop the work it tells of.
        let _ = write!(self.stderr, "\r\x1b[K{doing}");
        let _ = self.stderr.flush();
    }

    fn end_progress(&mut self) {
        let Some(progress) = &mut self.progress else {
            return;
        };
        if progress.shown.take().is_some() {
            let _ = write!(self.stderr, "\r\x1b[K");
            let _ = self.stderr.flush();
        }
        progress.began = Instant::now();
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.end_progress();
        self.stdout.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Takes everything, and drops it once its reader is gone.
struct Quiet<W> {
    inner: W,
    gone: bool,
}

impl<W: Write> Quiet<W> {
    fn new(inner: W) -> Self {
        Quiet { inner, gone: false }
    }

    fn unless_gone<T>(&mut self, result: io::Result<T>, else_: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(else_)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Quiet<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        let written = self.inner.write(bytes);
        self.unless_gone(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        let flushed = self.inner.flush();
        self.unless_gone(flushed, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `room` bytes, then is gone.
    struct Pipe {
        room: usize,
        taken: Vec<u8>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(ErrorKind::BrokenPipe.into());
            }
            let taken = bytes.len().min(self.room);
            self.taken.extend_from_slice(&bytes[..taken]);
            self.room -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_quiet() {
        let taken = Vec::new();
        let mut quiet = Quiet::new(Pipe { room: 3, taken });
        quiet.write_all(b"abcdef").unwrap();
        quiet.write_all(b"ghi").unwrap();
        quiet.flush().unwrap();
        assert_eq!(quiet.inner.taken, b"abc");
    }
}
