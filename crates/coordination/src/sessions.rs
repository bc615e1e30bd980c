//! `sessions.db`: who is at work on this machine now.
//!
//! A session says everything about itself with each beat. So nothing has to be mended after the file was lost, the
//! clock was set or the machine slept: the next beat, at most ten seconds later, puts it right.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::database::{Database, Durability, Format};
use crate::error::Error;
use crate::moment::Moment;
use crate::session::{Session, SessionKey};

/// A session that has not been heard of for so long, in milliseconds, is gone: it beats every ten seconds.
pub const SILENT_MS: u64 = 30_000;

const FORMAT: Format = Format {
    durability: Durability::Fleeting,
    migrations: &[
        "
        CREATE TABLE sessions (
            process TEXT NOT NULL,
            repo TEXT NOT NULL,
            realm TEXT NOT NULL,
            pid INTEGER NOT NULL,
            client TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            last_heartbeat INTEGER NOT NULL,
            last_activity INTEGER NOT NULL,
            active_rfc TEXT,
            active_domains TEXT NOT NULL,
            exports_modified TEXT NOT NULL,
            imports_watching TEXT NOT NULL,
            PRIMARY KEY (process, repo, realm)
        ) STRICT, WITHOUT ROWID;
    ",
        "
        CREATE TABLE moved (
            realm TEXT PRIMARY KEY,
            times INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
    ",
        // Every session that lives says all of itself again.
        "
        DROP TABLE sessions;
        CREATE TABLE sessions (
            process TEXT NOT NULL,
            repo TEXT NOT NULL,
            realm TEXT NOT NULL,
            realm_at TEXT NOT NULL,
            pid INTEGER NOT NULL,
            client TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            last_heartbeat INTEGER NOT NULL,
            last_activity INTEGER NOT NULL,
            active_rfc TEXT,
            active_domains TEXT NOT NULL,
            exports_modified TEXT NOT NULL,
            imports_watching TEXT NOT NULL,
            PRIMARY KEY (process, repo, realm, realm_at)
        ) STRICT, WITHOUT ROWID;
    ",
    ],
};

/// The sessions of this machine's user.
#[derive(Debug)]
pub struct Sessions(Database);

impl Sessions {
    /// Opens `sessions.db`, making it, and its folder, where they are not there.
    ///
    /// # Errors
    ///
    /// The file cannot be used. A damaged one is no error: it is set aside.
    pub fn open(path: &Path) -> Result<Sessions, Error> {
        Database::open(path, &FORMAT).map(Sessions)
    }

    /// Where a damaged file was moved to as this one was opened.
    #[must_use]
    pub fn set_aside(&self) -> Option<&Path> {
        self.0.set_aside()
    }

    /// A number that changes as other processes write; equal to the last one: nothing has to be read.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn version(&self) -> Result<i64, Error> {
        self.0.version()
    }

    /// A name for this process's sessions, that no other process gets.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn process_name(&mut self) -> Result<String, Error> {
        let sql = "SELECT lower(hex(randomblob(16)))";
        self.0
            .read(|view| view.query_row(sql, [], |row| row.get(0)))
    }

    /// Says that these sessions of one process live, with all that is to be known of them; sessions of the same
    /// process that are not among them end.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn beat(&mut self, process: &str, sessions: &[Session]) -> Result<(), Error> {
        self.0.write(|transaction| {
            let gone: Vec<SessionKey> = all(transaction)?
                .into_iter()
                .map(|session| session.key)
                .filter(|key| key.process == process)
                .filter(|key| !sessions.iter().any(|session| session.key == *key))
                .collect();
            for key in &gone {
                remove(transaction, key)?;
            }
            sessions
                .iter()
                .try_for_each(|session| put(transaction, session))
        })
    }

    /// Ends all sessions of a process.
    ///
    /// # Errors
    ///
    /// The file cannot be written. The sessions are then removed by whoever looks after [`SILENT_MS`].
    pub fn end(&mut self, process: &str) -> Result<(), Error> {
        let sql = "DELETE FROM sessions WHERE process = ?1";
        self.0
            .write(|transaction| transaction.execute(sql, [process]).map(drop))
    }

    /// Says that a realm was written to, or fetched, on this machine, so that others look at it again.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn realm_moved(&mut self, realm: &str) -> Result<(), Error> {
        let sql =
            "INSERT INTO moved VALUES (?1, 1) ON CONFLICT (realm) DO UPDATE SET times = times + 1";
        self.0
            .write(|transaction| transaction.execute(sql, [realm]).map(drop))
    }

    /// How often each realm was said to have been written to: a number that is another one than before means that
    /// it was again.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn moved(&mut self) -> Result<BTreeMap<String, i64>, Error> {
        self.0.read(|view| {
            let mut statement = view.prepare_cached("SELECT realm, times FROM moved")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    /// The sessions that live, by realm, repository and process. Those that are silent, or whose process
    /// `is_running` does not know, are removed.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or what is gone not be removed.
    pub fn live(
        &mut self,
        now: Moment,
        is_running: impl Fn(u32) -> bool,
    ) -> Result<Vec<Session>, Error> {
        let (live, dead): (Vec<_>, Vec<_>) = self.0.read(all)?.into_iter().partition(|session| {
            session.last_heartbeat.distance(now) <= SILENT_MS && is_running(session.pid)
        });
        if dead.is_empty() {
            return Ok(live);
        }
        self.0.write(|transaction| {
            for session in &dead {
                // It may have beaten since.
                if heartbeat(transaction, &session.key)? == Some(session.last_heartbeat) {
                    remove(transaction, &session.key)?;
                }
            }
            Ok(())
        })?;
        Ok(live)
    }
}

fn put(transaction: &Transaction<'_>, session: &Session) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO sessions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let key = &session.key;
    let row = params![
        key.process,
        key.repo,
        key.realm,
        key.realm_at,
        session.pid,
        session.client,
        session.started_at.0,
        session.last_heartbeat.0,
        session.last_activity.0,
        session.active_rfc,
        json(&session.active_domains)?,
        json(&session.exports_modified)?,
        json(&session.imports_watching)?,
    ];
    transaction.prepare_cached(sql)?.execute(row).map(drop)
}

fn remove(transaction: &Transaction<'_>, key: &SessionKey) -> rusqlite::Result<()> {
    let sql = "DELETE FROM sessions WHERE process = ?1 AND repo = ?2 AND realm = ?3
               AND realm_at = ?4";
    transaction
        .execute(sql, [&key.process, &key.repo, &key.realm, &key.realm_at])
        .map(drop)
}

fn heartbeat(view: &Transaction<'_>, key: &SessionKey) -> rusqlite::Result<Option<Moment>> {
    let sql = "SELECT last_heartbeat FROM sessions WHERE process = ?1 AND repo = ?2 AND realm = ?3
               AND realm_at = ?4";
    let key = [&key.process, &key.repo, &key.realm, &key.realm_at];
    view.query_row(sql, key, |row| row.get(0).map(Moment))
        .optional()
}

fn all(view: &Transaction<'_>) -> rusqlite::Result<Vec<Session>> {
    let sql = "SELECT process, repo, realm, realm_at, pid, client, started_at, last_heartbeat, last_activity, active_rfc,
               active_domains, exports_modified, imports_watching FROM sessions ORDER BY realm, realm_at, repo, process";
    let mut statement = view.prepare_cached(sql)?;
    statement.query_map([], session)?.collect()
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        key: SessionKey {
            process: row.get(0)?,
            repo: row.get(1)?,
            realm: row.get(2)?,
            realm_at: row.get(3)?,
        },
        pid: row.get(4)?,
        client: row.get(5)?,
        started_at: Moment(row.get(6)?),
        last_heartbeat: Moment(row.get(7)?),
        last_activity: Moment(row.get(8)?),
        active_rfc: row.get(9)?,
        active_domains: from_json(row, 10)?,
        exports_modified: from_json(row, 11)?,
        imports_watching: from_json(row, 12)?,
    })
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// A cell that another program has spoilt reads as an empty one: it is awareness, and the next beat mends it.
fn from_json<T: Default + serde::de::DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
) -> rusqlite::Result<T> {
    let text: String = row.get(index)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

#[cfg(test)]
mod tests;
