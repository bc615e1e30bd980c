//! What must not outlive a command that is interrupted: the programs that it runs, and their
//! temporary folders.
//!
//! It exists because these programs stand in process groups of their own, where the Ctrl-C of a
//! terminal does not reach them. The command still ends by the signal itself, which a shell reads as
//! 130.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::commands::check::process::end_group;

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

    /// Ends everything. While what it returns lives, nothing new begins.
    #[cfg_attr(not(unix), allow(dead_code))]
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

/// Something that ends with the command, for as long as this lives.
pub(super) struct Held {
    left: &'static Left,
    number: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut entries = self.left.entries();
        entries.all.retain(|(number, _)| *number != self.number);
    }
}

/// A temporary folder, gone when this is dropped or the command interrupted.
pub(super) struct Folder {
    // Gone before it is forgotten.
    dir: TempDir,
    _held: Held,
}

impl Folder {
    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// A temporary folder of the user's alone.
pub(super) fn folder() -> io::Result<Folder> {
    watch();
    LEFT.folder()
}

/// Starts a program that leads a process group of its own.
pub(super) fn spawn(command: &mut Command) -> io::Result<(Child, Held)> {
    watch();
    LEFT.spawn(command)
}

/// From now on an interruption ends what is left first.
#[cfg(unix)]
fn watch() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // Without it an interruption ends the command as it did.
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
            return;
        };
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                let _nothing_begins = LEFT.end();
                let _ = emulate_default_handler(signal);
            }
        });
    });
}

/// Windows tells every program of a console of Ctrl-C.
#[cfg(not(unix))]
fn watch() {}

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
