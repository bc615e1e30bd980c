//! What must not outlive a process that is interrupted: the programs that it runs, and their
//! temporary folders.
//!
//! It exists because these programs stand in process groups of their own, where the Ctrl-C of a
//! terminal does not reach them. Whoever hears of an interruption calls [`end`].

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::process::end_group;

/// All of this process.
static LEFT: Left = Left::new();

/// What runs and stands now.
struct Left(Mutex<Entries>);

struct Entries {
    next: u64,
    all: Vec<(u64, Entry)>,
}

enum Entry {
    /// A process group, by its leader.
    Group(u32),
    /// A folder with all that is in it.
    Folder(PathBuf),
}

impl Left {
    const fn new() -> Left {
        let entries = Entries {
            next: 0,
            all: Vec::new(),
        };
        Left(Mutex::new(entries))
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn folder(&'static self) -> io::Result<Folder> {
        let mut entries = self.entries();
        let dir = tempfile::tempdir()?;
        let path = dir.path().to_owned();
        let held = self.hold(&mut entries, Entry::Folder(path));
        Ok(Folder { dir, _held: held })
    }

    fn spawn(&'static self, command: &mut Command) -> io::Result<(Child, Held)> {
        // Held while it starts: an interruption comes before or after.
        let mut entries = self.entries();
        let child = command.spawn()?;
        let held = self.hold(&mut entries, Entry::Group(child.id()));
        Ok((child, held))
    }

    fn hold(&'static self, entries: &mut Entries, entry: Entry) -> Held {
        let number = entries.next;
        entries.next += 1;
        entries.all.push((number, entry));
        Held { left: self, number }
    }

    fn end(&self) -> MutexGuard<'_, Entries> {
        let mut entries = self.entries();
        // The programs first, which may be writing into the folders.
        entries
            .all
            .sort_by_key(|(_, entry)| matches!(entry, Entry::Folder(_)));
        for (_, entry) in entries.all.drain(..) {
            match entry {
                Entry::Group(leader) => end_group(leader),
                // There is nobody left to tell.
                Entry::Folder(path) => drop(std::fs::remove_dir_all(path)),
            }
        }
        entries
    }
}

/// Something that ends with this process, for as long as this lives.
pub struct Held {
    left: &'static Left,
    number: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut entries = self.left.entries();
        entries.all.retain(|(number, _)| *number != self.number);
    }
}

/// A temporary folder, gone when this is dropped or the process interrupted.
pub struct Folder {
    // Gone before it is forgotten.
    dir: TempDir,
    _held: Held,
}

impl Folder {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// A temporary folder of the user's alone.
///
/// # Errors
/// As the system says.
pub fn folder() -> io::Result<Folder> {
    LEFT.folder()
}

/// Starts a program that leads a process group of its own, as `command` says it does.
///
/// # Errors
/// As the system says.
pub fn spawn(command: &mut Command) -> io::Result<(Child, Held)> {
    LEFT.spawn(command)
}

/// What keeps anything new from beginning, for as long as this lives.
pub struct NothingBegins {
    _entries: MutexGuard<'static, Entries>,
}

/// Ends all programs and takes all folders away: for a process that is about to end.
pub fn end() -> NothingBegins {
    NothingBegins {
        _entries: LEFT.end(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::{CommandExt, ExitStatusExt};

    use super::*;

    #[test]
    fn nothing_outlives_the_end() {
        static LEFT: Left = Left::new();
        let folder = LEFT.folder().unwrap();
        std::fs::write(folder.path().join("value.json"), "null").unwrap();
        let mut sleep = Command::new("sleep");
        sleep.arg("60").process_group(0);
        let (mut child, held) = LEFT.spawn(&mut sleep).unwrap();
        let other = LEFT.folder().unwrap();
        let kept = other.path().to_owned();
        drop(other);
        assert_eq!(LEFT.entries().all.len(), 2);
        assert!(!kept.exists());
        drop(LEFT.end());
        assert!(!folder.path().exists());
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        drop(held);
        assert!(LEFT.entries().all.is_empty());
    }
}
