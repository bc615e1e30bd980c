//! What was known of the texts of source files, so that they are not read again.

use rusqlite::params;

use super::Cache;
use crate::error::Error;

/// What was known of a file's text when it was read last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptText {
    /// The file, relative to the repository's root, `/` between the parts.
    pub path: String,
    /// What was known, as its maker writes it; of a database that others may write it is whatever they wrote.
    pub known: Vec<u8>,
}

impl Cache {
    /// What this program knew of texts.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn texts(&mut self, made_by: &str) -> Result<Vec<KeptText>, Error> {
        let sql = "SELECT file_path, known FROM text_cache WHERE made_by = ?1";
        self.run(|database| {
            database.read(|it| {
                let mut statement = it.prepare(sql)?;
                let rows = statement.query_map([made_by], |row| {
                    let (path, known) = (row.get(0)?, row.get(1)?);
                    Ok(KeptText { path, known })
                })?;
                rows.collect()
            })
        })
    }

    /// Keeps what this program knows of texts, over what was kept of the same files, and forgets what was kept of files
    /// that are gone; what another program knew is removed.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_texts(
        &mut self,
        made_by: &str,
        new: &[KeptText],
        gone: &[String],
    ) -> Result<(), Error> {
        let sql =
            "INSERT OR REPLACE INTO text_cache (file_path, made_by, known) VALUES (?1, ?2, ?3)";
        self.run(|database| {
            database.write(|it| {
                it.execute("DELETE FROM text_cache WHERE made_by <> ?1", [made_by])?;
                let mut forget = it.prepare("DELETE FROM text_cache WHERE file_path = ?1")?;
                for path in gone {
                    forget.execute([path])?;
                }
                let mut statement = it.prepare(sql)?;
                for KeptText { path, known } in new {
                    statement.execute(params![path, made_by, known])?;
                }
                Ok(())
            })
        })
    }
}
