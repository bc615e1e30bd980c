//! `.blue/cache.db` in a repository: what was made of its files, so that it is not made again.
//!
//! Summaries are found by a hash of what they were made of, and not by a time: whoever asks has read the
//! file, or knows of its text what was known of it when it was read last. When that may be believed is for who asks
//! to say. The time and size of a file are noted for whoever looks into the database. It knows its
//! contents as bytes alone; who puts them there says which program made them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::database::{Database, Durability, Format};
use crate::error::Error;

mod texts;

pub use texts::KeptText;

const FORMAT: Format = Format {
    durability: Durability::Derived,
    migrations: &[
        "
        CREATE TABLE export_cache (
            file_path TEXT PRIMARY KEY,
            mtime INTEGER NOT NULL,
            size INTEGER NOT NULL,
            content_hash BLOB NOT NULL,
            made_by TEXT NOT NULL,
            summary BLOB NOT NULL
        ) STRICT;
        CREATE TABLE validation_cache (
            contract TEXT NOT NULL,
            version TEXT NOT NULL,
            binding_hash BLOB NOT NULL,
            valid INTEGER NOT NULL,
            output TEXT NOT NULL,
            PRIMARY KEY (contract, version, binding_hash)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE uses (
            cache TEXT PRIMARY KEY,
            hits INTEGER NOT NULL,
            misses INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
    ",
        "
        CREATE TABLE contract_cache (
            content_hash BLOB NOT NULL UNIQUE,
            file_path TEXT NOT NULL,
            made_by TEXT NOT NULL,
            file BLOB NOT NULL
        ) STRICT;
    ",
        "
        CREATE TABLE text_cache (
            file_path TEXT PRIMARY KEY,
            made_by TEXT NOT NULL,
            known BLOB NOT NULL
        ) STRICT;
    ",
    ],
};

/// Verdicts of one contract that are kept at most: of older ones the files have changed.
const VERDICTS: u32 = 20;

/// A summary to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSummary {
    /// The file, relative to the repository's root, `/` between the parts.
    pub path: String,
    /// When it was changed last. Nanoseconds since 1970.
    pub mtime: i64,
    /// Its bytes.
    pub size: u64,
    /// The hash of its text.
    pub content: [u8; 32],
    /// The summary, as its maker writes it.
    pub summary: Vec<u8>,
}

/// A summary that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSummary {
    /// The file it was made of.
    pub path: String,
    /// The hash of that file's text.
    pub content: [u8; 32],
    /// What was given to be kept; of a database that others may write it is whatever they wrote.
    pub summary: Vec<u8>,
}

/// A file of a realm, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmFile {
    /// The file, relative to the realm's root, `/` between the parts: for whoever looks into the database.
    pub path: String,
    /// The hash of its path and its bytes.
    pub content: [u8; 32],
    /// What it says, as its reader writes it.
    pub file: Vec<u8>,
}

/// The hash of a realm file's path and bytes, and what was given to be kept; of a database that others may write it
/// is whatever they wrote.
pub type KeptFile = ([u8; 32], Vec<u8>);

/// What the verdict of a contract's own check is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictKey {
    /// The contract, with its realm and domain.
    pub contract: String,
    /// Its version.
    pub version: String,
    /// A hash of the check itself and of all that it is given.
    pub binding: [u8; 32],
}

/// How a contract's own check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its exit code.
    pub code: u8,
    /// What it said.
    pub output: String,
}

/// How often something that was asked for was there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// It was.
    pub hits: u64,
    /// It was not, and had to be made.
    pub misses: u64,
}

/// What one of the caches holds, and how it served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    /// Entries.
    pub entries: u64,
    /// Bytes of what is kept in them.
    pub bytes: u64,
    /// Since it was emptied last.
    pub counts: Counts,
}

/// One of the caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Summaries of source files.
    Summaries,
    /// Files of realms: contracts, bindings and the rest.
    Contracts,
    /// Verdicts of contracts' own checks.
    Verdicts,
}

impl Use {
    fn word(self) -> &'static str {
        match self {
            Use::Summaries => "export",
            Use::Contracts => "contract",
            Use::Verdicts => "validation",
        }
    }
}

/// What was made of a repository's files.
#[derive(Debug)]
pub struct Cache {
    database: Database,
    path: PathBuf,
}

impl Cache {
    /// Opens the database, making it where it is not there. Its folder has to be there. A file that is seen at once
    /// to be no database is set aside.
    ///
    /// # Errors
    /// It cannot be used: [`Error::NotWritable`] in a tree that may only be read, [`Error::Newer`], …
    pub fn open(path: &Path) -> Result<Cache, Error> {
        Ok(Cache {
            database: Database::open(path, &FORMAT)?,
            path: path.to_owned(),
        })
    }

    /// Where a damaged database went that was found here, if one was.
    pub fn set_aside(&self) -> Option<&Path> {
        self.database.set_aside()
    }

    /// Runs something; where the database is found to be damaged on the way, it is set aside and the same is run
    /// on an empty one.
    fn run<T>(&mut self, run: impl Fn(&mut Database) -> Result<T, Error>) -> Result<T, Error> {
        match run(&mut self.database) {
            Err(error) if error.is_damage() => {
                self.database = Database::mend(&self.path, &FORMAT)?;
                run(&mut self.database)
            }
            other => other,
        }
    }

    /// All summaries that this program made.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn summaries(&mut self, made_by: &str) -> Result<Vec<KeptSummary>, Error> {
        let sql = "SELECT file_path, content_hash, summary FROM export_cache WHERE made_by = ?1";
        self.run(|database| {
            database.read(|it| {
                let mut statement = it.prepare(sql)?;
                let rows = statement.query_map([made_by], |row| {
                    Ok(KeptSummary {
                        path: row.get(0)?,
                        content: row.get(1)?,
                        summary: row.get(2)?,
                    })
                })?;
                rows.collect()
            })
        })
    }

    /// Keeps summaries that this program made, over those that were kept of the same files; what another one made is
    /// removed, for it would not be asked again.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_summaries(&mut self, made_by: &str, new: &[FileSummary]) -> Result<(), Error> {
        let sql = "INSERT OR REPLACE INTO export_cache
                   (file_path, mtime, size, content_hash, made_by, summary)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.run(|database| {
            database.write(|it| {
                it.execute("DELETE FROM export_cache WHERE made_by <> ?1", [made_by])?;
                let mut statement = it.prepare(sql)?;
                for file in new {
                    let size = i64::try_from(file.size).unwrap_or(i64::MAX);
                    let FileSummary {
                        path,
                        mtime,
                        content,
                        summary,
                        ..
                    } = file;
                    statement.execute(params![path, mtime, size, content, made_by, summary])?;
                }
                Ok(())
            })
        })
    }

    /// Removes the summaries of files that are gone.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn forget_summaries(&mut self, gone: &BTreeSet<String>) -> Result<(), Error> {
        self.run(|database| {
            database.write(|it| {
                let mut statement = it.prepare("DELETE FROM export_cache WHERE file_path = ?1")?;
                gone.iter()
                    .try_for_each(|path| statement.execute([path]).map(|_| ()))
            })
        })
    }

    /// All files of realms that this program read.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn realm_files(&mut self, made_by: &str) -> Result<Vec<KeptFile>, Error> {
        let sql = "SELECT content_hash, file FROM contract_cache WHERE made_by = ?1";
        self.run(|database| {
            database.read(|it| {
                let mut statement = it.prepare(sql)?;
                let rows = statement.query_map([made_by], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect()
            })
        })
    }

    /// Keeps files of realms that this program read, and forgets those of these hashes; what another one read is
    /// removed, for it would not be asked again.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_realm_files(
        &mut self,
        made_by: &str,
        new: &[RealmFile],
        gone: &[[u8; 32]],
    ) -> Result<(), Error> {
        let insert =
            "INSERT OR REPLACE INTO contract_cache (content_hash, file_path, made_by, file)
                      VALUES (?1, ?2, ?3, ?4)";
        self.run(|database| {
            database.write(|it| {
                it.execute("DELETE FROM contract_cache WHERE made_by <> ?1", [made_by])?;
                let mut forget =
                    it.prepare("DELETE FROM contract_cache WHERE content_hash = ?1")?;
                for content in gone {
                    forget.execute([content])?;
                }
                let mut statement = it.prepare(insert)?;
                for RealmFile {
                    path,
                    content,
                    file,
                } in new
                {
                    statement.execute(params![content, path, made_by, file])?;
                }
                Ok(())
            })
        })
    }

    /// How a check ended that was given all the same.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn verdict(&mut self, key: &VerdictKey) -> Result<Option<Verdict>, Error> {
        let sql = "SELECT valid, output FROM validation_cache
                   WHERE contract = ?1 AND version = ?2 AND binding_hash = ?3";
        self.run(|database| {
            database.read(|it| {
                let key = params![key.contract, key.version, key.binding];
                it.query_row(sql, key, |row| {
                    Ok(Verdict {
                        code: row.get(0)?,
                        output: row.get(1)?,
                    })
                })
                .optional()
            })
        })
    }

    /// Keeps how a check ended.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_verdict(&mut self, key: &VerdictKey, verdict: &Verdict) -> Result<(), Error> {
        let insert = "INSERT OR REPLACE INTO validation_cache
                      (contract, version, binding_hash, valid, output) VALUES (?1, ?2, ?3, ?4, ?5)";
        // There is no order to tell the oldest by: with so many of them, most are of no use any more.
        let count = "SELECT count(*) FROM validation_cache WHERE contract = ?1";
        let clear = "DELETE FROM validation_cache WHERE contract = ?1";
        self.run(|database| {
            database.write(|it| {
                let known: u32 = it.query_row(count, [&key.contract], |row| row.get(0))?;
                if known >= VERDICTS {
                    it.execute(clear, [&key.contract])?;
                }
                let VerdictKey {
                    contract,
                    version,
                    binding,
                } = key;
                let values = params![contract, version, binding, verdict.code, verdict.output];
                it.execute(insert, values).map(|_| ())
            })
        })
    }

    /// Counts how one of the caches served.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn count(&mut self, of: Use, counts: Counts) -> Result<(), Error> {
        let sql = "INSERT INTO uses (cache, hits, misses) VALUES (?1, ?2, ?3)
                   ON CONFLICT (cache) DO UPDATE SET hits = hits + ?2, misses = misses + ?3";
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let (hits, misses) = (number(counts.hits), number(counts.misses));
        self.run(|database| {
            database.write(|it| {
                it.execute(sql, params![of.word(), hits, misses])
                    .map(|_| ())
            })
        })
    }

    /// What one of the caches holds, and how it served.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn stored(&mut self, of: Use) -> Result<Stored, Error> {
        let sql = match of {
            Use::Summaries => {
                "SELECT count(*), coalesce(sum(length(summary)), 0)
                    + (SELECT coalesce(sum(length(known)), 0) FROM text_cache) FROM export_cache"
            }
            Use::Contracts => "SELECT count(*), coalesce(sum(length(file)), 0) FROM contract_cache",
            Use::Verdicts => {
                "SELECT count(*), coalesce(sum(length(CAST(output AS BLOB))), 0) FROM validation_cache"
            }
        };
        self.run(|database| {
            database.read(|it| {
                let (entries, bytes) =
                    it.query_row(sql, [], |row| Ok((number(row, 0)?, number(row, 1)?)))?;
                let counts = counts(it, of)?;
                Ok(Stored {
                    entries,
                    bytes,
                    counts,
                })
            })
        })
    }

    /// Forgets everything, and gives the room back to the disk.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn clear(&mut self) -> Result<(), Error> {
        let sql = "DELETE FROM export_cache; DELETE FROM text_cache; DELETE FROM contract_cache;
                   DELETE FROM validation_cache; DELETE FROM uses;";
        self.run(|database| {
            database.write(|it| it.execute_batch(sql))?;
            database.shrink()
        })
    }
}

fn counts(it: &Transaction<'_>, of: Use) -> rusqlite::Result<Counts> {
    let sql = "SELECT hits, misses FROM uses WHERE cache = ?1";
    let found = it.query_row(sql, [of.word()], |row| {
        Ok(Counts {
            hits: number(row, 0)?,
            misses: number(row, 1)?,
        })
    });
    Ok(found.optional()?.unwrap_or_default())
}

/// A number that is never negative, as SQLite has it.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column)
        .map(|number| u64::try_from(number).unwrap_or_default())
}

#[cfg(test)]
mod tests;
