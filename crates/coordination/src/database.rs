//! One SQLite file: opened, brought to the newest format, and set aside where it is damaged.
//!
//! It exists because all of Blue's databases are alike in what must never happen: a damaged file stops nobody, a
//! file of a newer Blue is not touched, two processes may open one at once, and nobody else may read it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::Error;

/// How long a statement waits for another process that writes.
const BUSY: Duration = Duration::from_secs(2);

/// How often a file is opened that may just have been set aside by somebody else.
const TRIES: u32 = 8;

/// How surely a write is kept when the power goes; a process that is killed loses nothing either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// What is anew every ten seconds.
    Fleeting,
    /// What is nowhere else.
    Lasting,
    /// Much that can be made again: to look through all of it at each start would cost what it saves.
    Derived,
}

impl Durability {
    fn soundness(self) -> Soundness {
        match self {
            Durability::Fleeting | Durability::Lasting => Soundness::WhenOpened,
            Durability::Derived => Soundness::WhenRead,
        }
    }
}

/// When damage is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Soundness {
    /// All of the file is read when it is opened.
    WhenOpened,
    /// Only what is read is looked at: who reads it calls [`Database::mend`].
    WhenRead,
}

/// What a file holds.
pub(crate) struct Format {
    pub(crate) durability: Durability,
    /// The statements that lead from one `user_version` to the next. Only ever added to.
    pub(crate) migrations: &'static [&'static str],
}

/// An open database.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection,
    path: PathBuf,
    set_aside: Option<PathBuf>,
}

impl Database {
    /// Opens the file, or makes it. A damaged one is renamed and an empty one takes its place.
    pub(crate) fn open(path: &Path, format: &Format) -> Result<Database, Error> {
        if let Some(folder) = path.parent() {
            make_private_folder(folder).map_err(|source| io(folder, source))?;
        }
        match connect_beside_others(path, format) {
            Err(error) if error.is_damage() => Database::mend(path, format),
            other => other.map(|connection| Database {
                connection,
                path: path.to_owned(),
                set_aside: None,
            }),
        }
    }

    /// Opens a file that was found to be damaged: it is renamed, and an empty one takes its place.
    pub(crate) fn mend(path: &Path, format: &Format) -> Result<Database, Error> {
        // Only one process sets it aside; whoever waited here finds a good file.
        let _lock = lock(path, Hold::Alone)?;
        let looked_through = Soundness::WhenOpened;
        let (connection, set_aside) = match connect(path, format, looked_through) {
            Err(error) if error.is_damage() => {
                let aside =
                    move_aside(path, format.durability).map_err(|source| io(path, source))?;
                (connect(path, format, looked_through)?, Some(aside))
            }
            other => (other?, None),
        };
        Ok(Database {
            connection,
            path: path.to_owned(),
            set_aside,
        })
    }

    /// Where the damaged file went that was found here, if one was.
    pub(crate) fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// One transaction that may write: it has the write lock from its beginning, so that it never fails halfway
    /// for another's sake.
    pub(crate) fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let run = || {
            let behavior = TransactionBehavior::Immediate;
            let transaction = self.connection.transaction_with_behavior(behavior)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|error| Error::sqlite(&self.path, error))
    }

    /// One view of the data, that no write of another changes on the way.
    pub(crate) fn read<T>(
        &mut self,
        look: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let run = || look(&self.connection.transaction()?);
        run().map_err(|error| Error::sqlite(&self.path, error))
    }

    /// Gives room that is free back to the disk.
    pub(crate) fn shrink(&mut self) -> Result<(), Error> {
        let run = || self.connection.execute_batch("VACUUM");
        run().map_err(|error| Error::sqlite(&self.path, error))
    }

    /// A number that another connection's writes change, and this one's do not: SQLite's `data_version`. It costs
    /// a look at shared memory.
    pub(crate) fn version(&self) -> Result<i64, Error> {
        let version = self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0));
        version.map_err(|error| Error::sqlite(&self.path, error))
    }

    #[cfg(test)]
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// How a file is held while it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// Others may open it as well.
    Shared,
    /// Nobody else opens it.
    Alone,
}

/// Waits until a file may be opened so. It may until what is returned is dropped.
fn lock(path: &Path, hold: Hold) -> Result<File, Error> {
    let lock_path = beside(path, ".lock");
    let held = private_file(&lock_path).and_then(|file| {
        match hold {
            Hold::Shared => file.lock_shared(),
            Hold::Alone => file.lock(),
        }?;
        Ok(file)
    });
    held.map_err(|source| match may_not_be_written(&source) {
        true => Error::NotWritable {
            path: path.to_owned(),
        },
        false => io(&lock_path, source),
    })
}

/// A connection to the file while nobody sets it aside. What SQLite keeps beside a file goes by the file's name: a
/// connection that made that anew for a file on its way out would share it with the one that takes its place, and whoever
/// opens that first cuts off what the other has mapped into its memory.
fn connect_beside_others(path: &Path, format: &Format) -> Result<Connection, Error> {
    let _lock = lock(path, Hold::Shared)?;
    connect(path, format, format.durability.soundness())
}

/// A connection to the file, which is made first if there is none. On the way somebody else may find it damaged and set
/// it aside: SQLite then says that it cannot be opened or written, as it does of one that really cannot.
fn connect(path: &Path, format: &Format, soundness: Soundness) -> Result<Connection, Error> {
    let mut connected = connect_once(path, format, soundness);
    for _ in 1..TRIES {
        if !matches!(connected, Err(Error::NotWritable { .. })) {
            break;
        }
        connected = connect_once(path, format, soundness);
    }
    connected
}

fn connect_once(path: &Path, format: &Format, soundness: Soundness) -> Result<Connection, Error> {
    let not_writable = || Error::NotWritable {
        path: path.to_owned(),
    };
    make(path).map_err(|error| match error {
        Error::Io { source, .. } if may_not_be_written(&source) => not_writable(),
        other => other,
    })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let wrap = |error| Error::sqlite(path, error);
    let mut connection = Connection::open_with_flags(path, flags).map_err(wrap)?;
    // SQLite takes a file that it may not write for one that is only to be read.
    if connection.is_readonly("main").map_err(wrap)? {
        return Err(not_writable());
    }
    set_up(&connection, format.durability, soundness).map_err(wrap)?;
    migrate(&mut connection, path, format)?;
    Ok(connection)
}

/// Makes the file if there is none: whole under a name of its own first, so that it keeps a log of its writes from
/// its first moment. To begin that needs a lock for which SQLite lets nobody wait, and those who open a new file at
/// once would fail.
///
/// A file that is there is not opened here: to close it would take away the locks that this process's other
/// connections to it hold ("How To Corrupt An SQLite Database File", 2.2).
fn make(path: &Path) -> Result<(), Error> {
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let prefix = beside(Path::new(path.file_name().unwrap_or_default()), ".new-");
    // For nobody else to read, and SQLite gives the files beside it the rights of the file itself.
    let made = tempfile::Builder::new().prefix(&prefix).tempfile_in(folder);
    let new = made.map_err(|source| io(path, source))?.into_temp_path();
    let begun = Connection::open(&new).and_then(|new| {
        new.pragma_update(None, "journal_mode", "WAL")?;
        new.close().map_err(|(_, error)| error)
    });
    if let Err(error) = begun {
        // What SQLite began beside it; the file itself goes with its name.
        for side in ["-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(&new, side));
        }
        return Err(Error::sqlite(path, error));
    }
    forget_half_made(folder, &prefix);
    match new.persist_noclobber(path) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(io(path, error.error))
        }
        _ => Ok(()),
    }
}

/// Removes what processes that were killed while they made a file left of it. Nobody makes one for so long.
fn forget_half_made(folder: &Path, prefix: &Path) {
    const LONG: Duration = Duration::from_secs(600);
    let prefix = prefix.to_string_lossy();
    for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_half_made = file.file_name().to_string_lossy().starts_with(&*prefix);
        let since = file.metadata().and_then(|it| it.modified());
        let age = since.ok().and_then(|at| at.elapsed().ok());
        if is_half_made && age.is_some_and(|age| age > LONG) {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

fn may_not_be_written(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    [PermissionDenied, ReadOnlyFilesystem].contains(&error.kind())
}

fn set_up(
    connection: &Connection,
    durability: Durability,
    soundness: Soundness,
) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What others may have put into the file (a view, a trigger) is given no right to do anything.
    connection.pragma_update(None, "trusted_schema", false)?;
    let synchronous = match durability {
        Durability::Fleeting | Durability::Derived => "NORMAL",
        Durability::Lasting => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    if soundness == Soundness::WhenRead {
        return Ok(());
    }
    let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound == "ok" {
        return Ok(());
    }
    let damaged = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(damaged, Some(sound)))
}

fn migrate(connection: &mut Connection, path: &Path, format: &Format) -> Result<(), Error> {
    let known = i64::try_from(format.migrations.len()).unwrap_or(i64::MAX);
    let wrap = |error| Error::sqlite(path, error);
    let found = format_of(connection).map_err(wrap)?;
    if found == known {
        return Ok(());
    }
    if found > known {
        return Err(Error::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(wrap)?;
    // Another process may have been here while this one waited for the lock.
    let from = format_of(&transaction).map_err(wrap)?;
    let done = usize::try_from(from).unwrap_or_default();
    let run = || {
        for migration in format.migrations.iter().skip(done) {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "user_version", known.max(from))
    };
    run().map_err(wrap)?;
    transaction.commit().map_err(wrap)
}

fn format_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Renames the file and what SQLite keeps beside it. What is nowhere else gets a name that is new each time; of the rest
/// only the last one stays, to find out what damaged it: on a bad disk they would fill it.
fn move_aside(path: &Path, durability: Durability) -> std::io::Result<PathBuf> {
    let aside = match durability {
        Durability::Lasting => (1..)
            .map(|number| beside(path, &format!(".damaged-{number}")))
            .find(|candidate| !candidate.exists())
            .unwrap_or_else(|| beside(path, ".damaged")),
        Durability::Fleeting | Durability::Derived => {
            let aside = beside(path, ".damaged");
            forget_aside(&aside);
            aside
        }
    };
    // The file itself last: once it is gone another may be made, which has a log of its own by that name.
    for side in ["-wal", "-shm"] {
        match std::fs::rename(beside(path, side), beside(&aside, side)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    std::fs::rename(path, &aside)?;
    Ok(aside)
}

/// Removes what was set aside before, also under the numbers that earlier versions of Blue gave. What cannot be removed is
/// no reason to do without a database.
fn forget_aside(aside: &Path) {
    let (Some(folder), Some(name)) = (aside.parent(), aside.file_name()) else {
        return;
    };
    let name = name.to_string_lossy();
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for file in files {
        let is_older = file.file_name().to_str().is_some_and(|file| {
            let rest = file.strip_prefix(&*name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        if is_older {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> std::io::Result<File> {
    if path.is_symlink() {
        // What it leads to may be anybody's.
        return Err(std::io::ErrorKind::PermissionDenied.into());
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
