//! How the server ends (LSP 3.17, "exit"): with 0 after a shutdown request, else with 1, at once,
//! and with every answer that is ready already written. tower-lsp 0.20 does none of this: its `serve`
//! never returns while stdin is open.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long `exit` waits for answers to be written, and the end of stdin for messages to be worked
/// off: within the second in which a server whose client is gone has to be gone as well.
const PATIENCE: Duration = Duration::from_millis(700);

/// What ends the process; in a test, what records that it would.
pub(crate) type End = Box<dyn Fn(i32) + Send + Sync>;

/// Shared by the front and the two pumps.
pub(crate) struct Lifecycle {
    state: Mutex<State>,
    changed: Condvar,
    end: End,
}

#[derive(Default)]
struct State {
    /// A shutdown request was seen.
    shutdown: bool,
    /// Requests whose answer has not been written.
    owed: usize,
    /// Everything that the server had to say is written, and it will say no more.
    drained: bool,
    /// `end` was called.
    ended: bool,
    /// What it calls has returned, which the end of a process never does.
    over: bool,
}

impl Lifecycle {
    pub(crate) fn new(end: End) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            end,
        }
    }

    /// A request for shutdown came.
    pub(crate) fn shutdown_seen(&self) {
        self.state().shutdown = true;
    }

    /// A request came that is owed an answer.
    pub(crate) fn owe(&self) {
        self.state().owed += 1;
    }

    /// An answer was written, or the request is one that gets none.
    pub(crate) fn settle(&self) {
        let mut state = self.state();
        state.owed = state.owed.saturating_sub(1);
        drop(state);
        self.changed.notify_all();
    }

    /// The last byte is written.
    pub(crate) fn drained(&self) {
        self.state().drained = true;
        self.changed.notify_all();
    }

    /// Waits until all answers are written, a short while at most, and ends. For `exit`.
    pub(crate) fn end_when_settled(&self) {
        self.wait(|state| state.owed == 0 || state.drained);
        self.end(self.code());
    }

    /// Waits until all is written, a short while at most, and ends. For the end of stdin.
    pub(crate) fn end_when_drained(&self) {
        self.wait(|state| state.drained);
        self.end(self.code());
    }

    /// Ends, once: later calls wait until that is done, since whoever returns to `main` would end the process before.
    pub(crate) fn end(&self, code: i32) {
        let before = std::mem::replace(&mut self.state().ended, true);
        if !before {
            (self.end)(code);
            self.state().over = true;
            self.changed.notify_all();
            return;
        }
        let mut state = self.state();
        while !state.over {
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// 0 after a shutdown request, else 1.
    pub(crate) fn code(&self) -> i32 {
        i32::from(!self.state().shutdown)
    }

    fn wait(&self, done: impl Fn(&State) -> bool) {
        let until = Instant::now() + PATIENCE;
        let mut state = self.state();
        while !done(&state) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
