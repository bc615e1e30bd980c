//! Looks at the disk where nobody else does: for a client that does not watch files, and for realms that are not on this
//! machine yet. On a thread of its own, which waits for ever where there is nothing to look at.

use std::time::{Duration, Instant};

use blue_workspace::Sights;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::event::Event;

/// How long nothing is looked at, at least.
const PAUSE: Duration = Duration::from_secs(1);

/// And how much longer than the look took: a fiftieth of one processor at most.
const SHARE: u32 = 50;

/// The main loop's end of it.
pub(crate) struct Lookout {
    tell: Sender<Sights>,
    told: Sights,
}

impl Lookout {
    pub(crate) fn start(events: Sender<Event>) -> Self {
        let (tell, told) = unbounded();
        crate::wire::spawn("lookout", move || look(&told, &events));
        Self {
            tell,
            told: Sights::default(),
        }
    }

    /// What is to be looked at from now on.
    pub(crate) fn at(&mut self, sights: Sights) {
        if sights != self.told {
            self.told = sights.clone();
            let _ = self.tell.send(sights); // Nobody listens where the system has no thread to give.
        }
    }
}

fn look(told: &Receiver<Sights>, events: &Sender<Event>) {
    let mut sights = Sights::default();
    let mut lookout = blue_workspace::Lookout::default();
    let mut next = Instant::now();
    loop {
        let told = match sights.is_empty() {
            true => told.recv().map_err(RecvTimeoutError::from),
            false => told.recv_deadline(next),
        };
        match told {
            Ok(new) => sights = new,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let begun = Instant::now();
        let changed = lookout.look(&sights);
        let now = Instant::now();
        next = now + PAUSE.max((now - begun) * SHARE);
        if !changed.is_empty() && events.send(Event::ChangedOnDisk(changed)).is_err() {
            return;
        }
    }
}
