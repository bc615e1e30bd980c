//! Plain threads for what takes time. The findings, requests and loads have threads each, so that a
//! long load never keeps a snapshot waiting in a queue: the next edit waits for every snapshot.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Sender, unbounded};

type Job = Box<dyn FnOnce() + Send>;

/// A queue and the threads that work it off, in order. The threads end when the queue is dropped.
pub(crate) struct Queue(Sender<Job>);

impl Queue {
    pub(crate) fn new(name: &str, threads: usize) -> Self {
        let (sender, jobs) = unbounded::<Job>();
        for _ in 0..threads {
            let jobs = jobs.clone();
            crate::wire::spawn(name, move || {
                for job in jobs {
                    let _ = guarded(job);
                }
            });
        }
        Self(sender)
    }

    pub(crate) fn run(&self, job: impl FnOnce() + Send + 'static) {
        if self.0.send(Box::new(job)).is_err() {
            tracing::error!("a job was dropped: no thread is left for it");
        }
    }
}

/// The result of some work, or nothing if it panicked (the panic hook has logged it then). What the
/// work touched is dropped or replaced by those who call this.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_panics_costs_itself() {
        let queue = Queue::new("test", 1);
        let (tell, told) = unbounded();
        for number in 0..4 {
            let tell = tell.clone();
            queue.run(move || {
                assert_ne!(number % 2, 0, "even");
                tell.send(number).unwrap();
            });
        }
        drop((queue, tell));
        assert_eq!(told.iter().collect::<Vec<_>>(), [1, 3]);
    }
}
