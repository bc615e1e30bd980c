//! A lock on a file, for what two processes must not do at once.
//!
//! It is the system's own lock: of a process that is gone, killed or crashed, nothing stays locked,
//! and nobody has to find out whether a number in a file is still somebody's.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::Error;

/// Held for as long as this lives. The file stays.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Between two looks at a lock that somebody holds.
const LOOK: Duration = Duration::from_millis(20);

/// Takes the lock at `path`, which is made where it is not there, waiting `patience` for whoever
/// holds it.
///
/// # Errors
/// [`Error::Locked`] with the process that holds it; [`Error::Write`].
pub fn lock(path: &Path, patience: Duration) -> Result<Lock, Error> {
    let unwritable = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path).map_err(unwritable)?;
    let until = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(LOOK),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Where the system keeps others from reading what is locked, nobody is named.
                let _ = file.read_to_string(&mut holder);
                return Err(Error::Locked {
                    path: path.to_owned(),
                    holder: holder.trim().chars().take(40).collect(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(unwritable(source)),
        }
    }
    // Only for people: the lock does not hang on it.
    let _ = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| write!(file, "{}", std::process::id()));
    Ok(Lock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_none_after() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("realms/letemcook.lock");
        let held = lock(&path, Duration::ZERO).unwrap();
        let again = lock(&path, Duration::ZERO);
        assert!(matches!(again, Err(Error::Locked { .. })), "{again:?}");
        drop(held);
        lock(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn what_a_dead_process_left_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("letemcook.lock");
        fs::write(&path, "4194304").unwrap();
        lock(&path, Duration::ZERO).unwrap();
    }
}
