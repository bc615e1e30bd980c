//! What can go wrong with a database, in sentences that name the file.
//!
//! Nothing here stops a check or an edit: who gets one of these says it once and goes on without the others.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a database could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process has held it for longer than the busy time-out.
    #[error(
        "{} is held by another process; who else is at work is not known until it lets go", path.display()
    )]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// No room on its disk.
    #[error("there is no room for {} on its disk; free some and try again", path.display())]
    Full {
        /// The database.
        path: PathBuf,
    },
    /// The file, or its folder, may not be written.
    #[error("{} cannot be written; set BLUE_HOME to a folder that can", path.display())]
    NotWritable {
        /// The database.
        path: PathBuf,
    },
    /// A newer Blue has made it.
    #[error(
        "{} is of a newer Blue (format {found}, this one knows {known}); update Blue, or set BLUE_HOME to another \
         folder", path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// The format that the file says it has.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// Its folder could not be made, or a damaged file not be set aside.
    #[error("{} cannot be set up", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Anything else that SQLite says, damage that showed only now among it.
    #[error("{} could not be used", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl Error {
    pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> Error {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy { path },
            Some(ErrorCode::DiskFull) => Error::Full { path },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Error::NotWritable { path }
            }
            _ => Error::Sqlite { path, source },
        }
    }

    /// Whether its disk takes no more: it is full, or refuses to write for another reason of its own (a quota).
    #[must_use]
    pub fn is_of_the_disk(&self) -> bool {
        match self {
            Error::Full { .. } => true,
            Error::Sqlite { source, .. } => {
                source.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
            }
            Error::Io { source, .. } => {
                use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
                [FileTooLarge, QuotaExceeded, StorageFull].contains(&source.kind())
            }
            _ => false,
        }
    }

    /// Whether the file is no database or a damaged one, so that opening it again sets it aside.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        let Error::Sqlite { source, .. } = self else {
            return false;
        };
        is_damage(source)
    }
}

pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    let damage = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
    error
        .sqlite_error_code()
        .is_some_and(|code| damage.contains(&code))
}
