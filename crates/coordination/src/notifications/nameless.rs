//! What was kept by a realm's name alone, from before realms of one name were told apart: a realm takes over what its own
//! history says too, so that nothing is told again that was told or read.

use rusqlite::{OptionalExtension, Transaction, params};

use super::ReadRealm;
use crate::notification::{Kind, Notification};

/// Gives a notification that is kept anew what is known of the same one by its realm's name alone; whether there was one.
/// The old row stays: another realm of that name may have it in its history too.
pub(super) fn take_over(
    transaction: &Transaction<'_>,
    id: i64,
    it: &Notification,
) -> rusqlite::Result<bool> {
    let sql = "SELECT id FROM notifications WHERE realm_id = '' AND realm = ?1 AND domain = ?2 AND contract = ?3
               AND version = ?4 AND from_repo = ?5 AND kind = ?6 AND id <> ?7";
    let version = it.version.to_string();
    let (contract, kind) = (&it.contract, it.kind.word());
    let key = params![
        it.realm,
        contract.domain,
        contract.name,
        version,
        it.from_repo,
        kind,
        id
    ];
    let mut statement = transaction.prepare_cached(sql)?;
    let old: Option<i64> = statement.query_row(key, |row| row.get(0)).optional()?;
    let Some(old) = old else {
        return Ok(false);
    };
    for sql in [
        "INSERT OR IGNORE INTO dismissals SELECT ?1, repo, actor, at FROM dismissals WHERE notification = ?2",
        "INSERT OR IGNORE INTO shown SELECT ?1, repo, at FROM shown WHERE notification = ?2",
    ] {
        transaction.execute(sql, [id, old])?;
    }
    Ok(true)
}

/// What was refused is in no history: of what is kept by a realm's name alone it is whose that name was when it was kept.
pub(super) fn take_over_refused(
    transaction: &Transaction<'_>,
    realm: &ReadRealm,
) -> rusqlite::Result<()> {
    let sql = "UPDATE OR IGNORE notifications SET realm_id = ?1 WHERE realm_id = '' AND realm = ?2 AND kind = ?3
               AND EXISTS (SELECT 1 FROM realms_by_name WHERE name = ?2
                           AND ((url <> '' AND url = ?4) OR local_path = ?5))";
    let kind = Kind::Refused.word();
    let row = params![realm.id.0, realm.name, kind, realm.url, realm.local_path];
    transaction.execute(sql, row).map(drop)
}
