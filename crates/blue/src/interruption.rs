//! Ctrl-C as a clean stop, heard in one place: a command that writes to a realm finishes the step that it is in, takes no
//! other, says what it has done, and then ends by the signal, which a shell reads as 130. Any other ends at once, and the
//! programs that it started with it, which stand in process groups of their own where Ctrl-C does not reach them.
//!
//! It exists because the step that is cut short may be a push, of which nobody knows then whether it was done. A second Ctrl-C
//! ends the process at once; what was begun is finished by whoever runs the command again. Commands that write nothing and
//! start nothing never come here, and end as they always did.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use blue_ops::Ask;

use crate::failure::Error;

/// What the one who listens tells the others.
struct Heard {
    /// Something is written: the first signal is waited with.
    holds: AtomicBool,
    stop: Arc<AtomicBool>,
    /// Which signal; 0 where there was none.
    #[cfg_attr(not(unix), allow(dead_code))]
    signal: AtomicI32,
    told: Mutex<bool>,
    woken: Condvar,
}

static HEARD: OnceLock<Heard> = OnceLock::new();

fn heard() -> &'static Heard {
    let mut is_first = false;
    let heard = HEARD.get_or_init(|| {
        is_first = true;
        Heard {
            holds: AtomicBool::new(false),
            stop: Arc::default(),
            signal: AtomicI32::new(0),
            told: Mutex::new(false),
            woken: Condvar::new(),
        }
    });
    if is_first {
        listen(heard);
    }
    heard
}

/// From now on an interruption stops this errand at its next step, and no sooner.
pub(crate) fn stops(ask: &mut Ask<'_>) {
    let heard = heard();
    heard.holds.store(true, Ordering::SeqCst);
    ask.stop = heard.stop.clone();
}

/// From now on an interruption ends the programs that were started, and takes their folders away, first.
pub(crate) fn ends_programs() {
    heard();
}

/// Waits that long, or until it is interrupted: then [`blue_ops::Error::Stopped`].
pub(crate) fn pause(time: Duration) -> Result<(), Error> {
    let heard = heard();
    heard.holds.store(true, Ordering::SeqCst);
    let until = Instant::now() + time;
    let mut told = heard.told.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if *told {
            return Err(blue_ops::Error::Stopped.into());
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        let woken = heard.woken.wait_timeout(told, left);
        told = woken.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// An errand that was stopped, as what it had done by then; any other error as it is.
pub(crate) fn told(why: Error, ask: &Ask<'_>) -> Error {
    match why {
        Error::Ops(blue_ops::Error::Stopped) => Error::Interrupted {
            done: ask.moved.iter().map(ToString::to_string).collect(),
        },
        other => other,
    }
}

#[cfg(unix)]
fn listen(heard: &'static Heard) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    // Without it an interruption ends the command at once, and running it again finishes.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let is_held = heard.holds.load(Ordering::SeqCst);
            if !is_held || heard.stop.swap(true, Ordering::SeqCst) {
                let _nothing_begins = blue_programs::end();
                let _ = emulate_default_handler(signal);
            }
            heard.signal.store(signal, Ordering::SeqCst);
            // Said by the one who hears it: the command itself may be waiting for a network. Whether
            // it can be said changes nothing.
            let _ = std::io::Write::write_all(
                &mut std::io::stderr(),
                b"stopping after this step; once more to end at once\n",
            );
            *heard.told.lock().unwrap_or_else(PoisonError::into_inner) = true;
            heard.woken.notify_all();
        }
    });
}

/// Windows ends the process; running it again finishes what was begun.
#[cfg(not(unix))]
fn listen(_: &'static Heard) {}

/// Ends the process by the signal that stopped it, if one did.
#[cfg(unix)]
pub(crate) fn end() {
    let signal = HEARD.get().map(|heard| heard.signal.load(Ordering::SeqCst));
    if let Some(signal) = signal.filter(|signal| *signal != 0) {
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
}

#[cfg(not(unix))]
pub(crate) fn end() {}
