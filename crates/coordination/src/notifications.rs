//! `daemon.db`: what there is to be told, and what has been read.
//!
//! Notifications are derived from the realm's history at each fetch as well as written by who acts, and both by a
//! natural key: a machine that was off misses nothing, and nothing is told twice. What was read is nowhere else, so
//! this database is written as surely as the disk allows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use semver::Version;

use crate::database::Database;
use crate::error::Error;
use crate::moment::Moment;
use crate::notification::{Contract, Kind, Mute, Noted, Notification, Reader, RealmId, Waiting};

mod format;
mod nameless;

use format::FORMAT;
use nameless::{take_over, take_over_refused};

/// A realm whose history was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRealm {
    /// Which one.
    pub id: RealmId,
    /// Its name.
    pub name: String,
    /// Where git fetches it from, without credentials; empty for one that has no remote.
    pub url: String,
    /// Where its objects are on this machine.
    pub local_path: String,
    /// The commit of record, as git writes it.
    pub tip: String,
    /// When it was read.
    pub at: Moment,
}

/// The notifications of this machine's user, of all realms.
#[derive(Debug)]
pub struct Notifications(Database);

impl Notifications {
    /// Opens `daemon.db`, making it, and its folder, where they are not there.
    ///
    /// # Errors
    ///
    /// The file cannot be used. A damaged one is no error: it is set aside.
    pub fn open(path: &Path) -> Result<Notifications, Error> {
        Database::open(path, &FORMAT).map(Notifications)
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

    /// Keeps what is not known yet, all of it or nothing, and says how many that were.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn record(&mut self, notifications: &[Notification]) -> Result<usize, Error> {
        if notifications.is_empty() {
            return Ok(0);
        }
        self.0
            .write(|transaction| insert(transaction, notifications))
    }

    /// The commit of record up to which a realm's history was read into this database, as git writes it; nothing
    /// for a realm that was never read.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read_up_to(&mut self, realm: &RealmId) -> Result<Option<String>, Error> {
        let sql = "SELECT last_tip FROM realms WHERE id = ?1";
        let tip = self
            .0
            .read(|view| view.query_row(sql, [&realm.0], |row| row.get(0)).optional())?;
        Ok(tip.flatten())
    }

    /// Whether something is kept by this name alone, from before realms of one name were told apart: a realm's whole
    /// history says what of it is its own.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn has_nameless(&mut self, name: &str) -> Result<bool, Error> {
        let sql = "SELECT EXISTS (SELECT 1 FROM notifications WHERE realm_id = '' AND realm = ?1)";
        self.0
            .read(|view| view.query_row(sql, [name], |row| row.get(0)))
    }

    /// Keeps what a realm's history says and how far it was read, both or neither: a process that ends in between
    /// reads the same stretch again. Returns how many notifications were not known yet.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn record_history(
        &mut self,
        realm: &ReadRealm,
        notifications: &[Notification],
    ) -> Result<usize, Error> {
        let sql = "INSERT INTO realms (id, name, url, local_path, last_sync, last_tip, status)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'read')
                   ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url,
                   local_path = excluded.local_path, last_sync = excluded.last_sync, last_tip = excluded.last_tip,
                   status = excluded.status";
        let row = params![
            realm.id.0,
            realm.name,
            realm.url,
            realm.local_path,
            realm.at.0,
            realm.tip
        ];
        self.0.write(|transaction| {
            let new = insert(transaction, notifications)?;
            take_over_refused(transaction, realm)?;
            transaction.execute(sql, row)?;
            Ok(new)
        })
    }

    /// The syncs that were last seen waiting in a realm, by branch, in the clone at this path: another one may have
    /// been fetched at another time.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn waiting(&mut self, realm: &RealmId, clone: &str) -> Result<Vec<Waiting>, Error> {
        let sql = "SELECT branch, tip, judged_at, repo, contracts FROM waiting
                   WHERE realm_id IN (?1, '') AND clone = ?2 ORDER BY branch";
        self.0.read(|view| {
            let mut statement = view.prepare_cached(sql)?;
            statement.query_map([&*realm.0, clone], waiting)?.collect()
        })
    }

    /// Keeps which syncs wait in a realm's clone now, in place of those that did, and what there is to be told of those that
    /// were not let in: both or neither. Returns how many notifications were not known yet.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn record_waiting(
        &mut self,
        (realm, clone): (&RealmId, &str),
        waiting: &[Waiting],
        notifications: &[Notification],
    ) -> Result<usize, Error> {
        let sql = "INSERT INTO waiting VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.0.write(|transaction| {
            let gone = "DELETE FROM waiting WHERE realm_id IN (?1, '') AND clone = ?2";
            transaction.execute(gone, [&*realm.0, clone])?;
            for it in waiting {
                let contracts = serde_json::to_string(&in_words(&it.contracts));
                let contracts = contracts.unwrap_or_default();
                let row = params![
                    realm.0,
                    clone,
                    it.branch,
                    it.tip,
                    it.judged_at,
                    it.repo,
                    contracts
                ];
                transaction.execute(sql, row)?;
            }
            insert(transaction, notifications)
        })
    }

    /// All that is kept of a realm, oldest first: for whomever it is, read or not.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn all(&mut self, realm: &RealmId) -> Result<Vec<Noted>, Error> {
        self.0.read(|view| of_realm(view, realm))
    }

    /// What a repository has not been told, oldest first: neither dismissed, nor followed, nor muted. A later
    /// version of a contract stands for the earlier ones; what asks nothing of anybody is told once.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn unread(&mut self, reader: &Reader) -> Result<Vec<Noted>, Error> {
        if reader.realm == RealmId::default() {
            return Ok(Vec::new()); // Nobody knows which realm it is.
        }
        let (all, dismissed, shown, mutes) = self.0.read(|view| {
            Ok((
                of_realm(view, &reader.realm)?,
                ids_of(view, "dismissals", &reader.repo)?,
                ids_of(view, "shown", &reader.repo)?,
                mutes(view)?,
            ))
        })?;
        let all = all.into_iter().map(|noted| reader.by_its_name(noted));
        let all: Vec<Noted> = all.collect();
        let mutes = mutes.into_iter().flat_map(|mute| reader.with_names(mute));
        let mutes: Vec<Mute> = mutes.collect();
        let read = read_up_to(&all, &dismissed);
        let open = all.into_iter().filter(|noted| {
            let of = &noted.notification;
            let is_of_version = of.kind.is_version() || of.kind == Kind::Merged;
            let is_told_already = of.kind.asks_nothing() && shown.contains(&noted.id);
            let is_later = read.get(&of.contract).is_none_or(|at| *at < of.version);
            reader.is_told(of)
                && !dismissed.contains(&noted.id)
                && !is_told_already
                && (is_later || !is_of_version)
                && !mutes
                    .iter()
                    .any(|mute| mute.holds_back(&noted.notification))
        });
        Ok(latest_of_each(open))
    }

    /// Says that a repository has read these, and by whom. A version stands for the earlier ones of its contract,
    /// so that they are read with it. An id that is not known is none of these; the ids that were are returned.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn dismiss(
        &mut self,
        ids: &[i64],
        repo: &str,
        actor: &str,
        at: Moment,
    ) -> Result<Vec<i64>, Error> {
        self.0.write(|transaction| {
            let mut done = Vec::new();
            for id in ids {
                let Some(read) = by_id(transaction, *id)? else {
                    continue;
                };
                done.push(*id);
                for with in read_with(transaction, &read)? {
                    let sql = "INSERT OR IGNORE INTO dismissals VALUES (?1, ?2, ?3, ?4)";
                    transaction.execute(sql, params![with, repo, actor, at.0])?;
                }
            }
            Ok(done)
        })
    }

    /// Of some notifications those that were not shown to a repository's people yet, by whatever window; they are
    /// shown from now on, with the earlier versions that they stand for. Of two processes that ask at once, one is
    /// given each.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn claim(&mut self, ids: &[i64], repo: &str, at: Moment) -> Result<Vec<i64>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.0.write(|transaction| {
            let sql = "INSERT OR IGNORE INTO shown VALUES (?1, ?2, ?3)";
            let mut claimed = Vec::new();
            for id in ids {
                let Some(it) = by_id(transaction, *id)? else {
                    continue;
                };
                for with in read_with(transaction, &it)? {
                    let is_new = transaction.execute(sql, params![with, repo, at.0])? > 0;
                    if is_new && with == *id {
                        claimed.push(*id);
                    }
                }
            }
            Ok(claimed)
        })
    }

    /// Keeps what a user does not want to be told from now on.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn mute(&mut self, mute: &Mute) -> Result<(), Error> {
        let sql = "INSERT OR IGNORE INTO mutes VALUES (?1, ?2, ?3, ?4)";
        let row = in_cells(mute);
        self.0
            .write(|transaction| transaction.execute(sql, row).map(drop))
    }

    /// Takes a mute back; whether it was there.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn unmute(&mut self, mute: &Mute) -> Result<bool, Error> {
        let sql =
            "DELETE FROM mutes WHERE realm = ?1 AND domain = ?2 AND contract = ?3 AND kind = ?4";
        let row = in_cells(mute);
        self.0
            .write(|transaction| Ok(transaction.execute(sql, row)? > 0))
    }

    /// What is muted.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn muted(&mut self) -> Result<Vec<Mute>, Error> {
        self.0.read(mutes)
    }

    #[cfg(test)]
    pub(crate) fn database(&self) -> &Database {
        &self.0
    }
}

/// Keeps what is not known yet; how many were news. What was kept by the realm's name alone was told already, and who has
/// read it has read this one.
fn insert(
    transaction: &Transaction<'_>,
    notifications: &[Notification],
) -> rusqlite::Result<usize> {
    let sql = "INSERT OR IGNORE INTO notifications
               (realm_id, realm, domain, contract, version, from_repo, kind, changes, created_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let mut statement = transaction.prepare_cached(sql)?;
    let mut new = 0;
    for it in notifications {
        let version = it.version.to_string();
        let added = statement.execute(params![
            it.realm_id.0,
            it.realm,
            it.contract.domain,
            it.contract.name,
            version,
            it.from_repo,
            it.kind.word(),
            it.changes,
            it.created_at.0,
        ])?;
        if added > 0 && !take_over(transaction, transaction.last_insert_rowid(), it)? {
            new += added;
        }
    }
    Ok(new)
}

/// Versions as they are written.
fn in_words(contracts: &[(Contract, Version)]) -> Vec<(&Contract, String)> {
    let contracts = contracts.iter();
    contracts.map(|(it, at)| (it, at.to_string())).collect()
}

/// A row; what a newer Blue wrote differently there is of no contract.
fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let contracts: String = row.get(4)?;
    let contracts: Vec<(Contract, String)> = serde_json::from_str(&contracts).unwrap_or_default();
    let contracts = contracts.into_iter();
    Ok(Waiting {
        branch: row.get(0)?,
        tip: row.get(1)?,
        judged_at: row.get(2)?,
        repo: row.get(3)?,
        contracts: contracts
            .filter_map(|(contract, at)| Some((contract, Version::parse(&at).ok()?)))
            .collect(),
    })
}

/// The latest version of each contract that was dismissed: with it all before are read, by whatever name it had then.
fn read_up_to(all: &[Noted], dismissed: &BTreeSet<i64>) -> BTreeMap<Contract, Version> {
    let mut read: BTreeMap<Contract, Version> = BTreeMap::new();
    let gone = all.iter().filter(|it| dismissed.contains(&it.id));
    for Noted { notification, .. } in gone.filter(|it| it.notification.kind.is_version()) {
        let at = read.entry(notification.contract.clone());
        let at = at.or_insert_with(|| notification.version.clone());
        if *at < notification.version {
            at.clone_from(&notification.version);
        }
    }
    read
}

/// Of all versions of one contract the latest; of what asks nothing the latest that each repository did to it; whatever
/// else there is as it stands.
fn latest_of_each(open: impl Iterator<Item = Noted>) -> Vec<Noted> {
    let mut versions: BTreeMap<Contract, Noted> = BTreeMap::new();
    let mut shown = Vec::new();
    for noted in open {
        if !noted.notification.kind.is_version() {
            shown.push(noted);
            continue;
        }
        let contract = noted.notification.contract.clone();
        let both = match versions.remove(&contract) {
            Some(before) => merged(before, noted),
            None => noted,
        };
        versions.insert(contract, both);
    }
    // Who still has to follow a version is told of that version, and not once more that it was merged.
    shown.retain(|noted| {
        let it = &noted.notification;
        let version = versions.get(&it.contract);
        it.kind != Kind::Merged || version.is_none_or(|at| at.notification.version < it.version)
    });
    let mut latest: BTreeMap<(Contract, String, &str), Noted> = BTreeMap::new();
    let (once, mut shown): (Vec<Noted>, Vec<Noted>) = shown
        .into_iter()
        .partition(|noted| noted.notification.kind.asks_nothing());
    for noted in once {
        let it = &noted.notification;
        let key = (it.contract.clone(), it.from_repo.clone(), it.kind.word());
        let is_later = latest
            .get(&key)
            .is_none_or(|other| other.notification.version <= it.version);
        if is_later {
            latest.insert(key, noted);
        }
    }
    shown.extend(latest.into_values());
    shown.extend(versions.into_values());
    shown.sort_by_key(|noted| (noted.notification.created_at, noted.id));
    shown
}

fn merged(one: Noted, other: Noted) -> Noted {
    let breaks = [&one, &other]
        .iter()
        .any(|noted| noted.notification.kind == Kind::Breaking);
    let replaces = one.replaces + other.replaces + 1;
    let is_later = other.notification.version >= one.notification.version;
    let mut latest = if is_later { other } else { one };
    latest.replaces = replaces;
    if breaks {
        latest.notification.kind = Kind::Breaking;
    }
    latest
}

const COLUMNS: &str =
    "id, realm, domain, contract, version, from_repo, kind, changes, created_at, realm_id";

fn of_realm(view: &Transaction<'_>, realm: &RealmId) -> rusqlite::Result<Vec<Noted>> {
    let sql = format!("SELECT {COLUMNS} FROM notifications WHERE realm_id = ?1 ORDER BY id");
    let mut statement = view.prepare_cached(&sql)?;
    let rows = statement.query_map([&realm.0], noted)?;
    rows.filter_map(Result::transpose).collect()
}

fn by_id(view: &Transaction<'_>, id: i64) -> rusqlite::Result<Option<Noted>> {
    let sql = format!("SELECT {COLUMNS} FROM notifications WHERE id = ?1");
    let mut statement = view.prepare_cached(&sql)?;
    let mut rows = statement.query_map([id], noted)?;
    rows.next().transpose().map(Option::flatten)
}

/// The ids that are read with one: itself, and the earlier versions that it stands for, merged or not; of what asks
/// nothing, what was done before of the same kind.
fn read_with(view: &Transaction<'_>, read: &Noted) -> rusqlite::Result<Vec<i64>> {
    let it = &read.notification;
    if !it.kind.is_version() && !it.kind.asks_nothing() {
        return Ok(vec![read.id]);
    }
    let all = of_realm(view, &it.realm_id)?;
    let with = all.into_iter().filter(|other| {
        let other = &other.notification;
        let is_alike = match it.kind.is_version() {
            true => other.kind.is_version() || other.kind == Kind::Merged,
            false => other.kind == it.kind && other.from_repo == it.from_repo,
        };
        is_alike && other.contract == it.contract && other.version <= it.version
    });
    Ok(with.map(|noted| noted.id).collect())
}

/// A row, unless a newer Blue wrote something there that this one does not know.
fn noted(row: &Row<'_>) -> rusqlite::Result<Option<Noted>> {
    let (version, kind): (String, String) = (row.get(4)?, row.get(6)?);
    let (Ok(version), Some(kind)) = (Version::parse(&version), Kind::of_word(&kind)) else {
        return Ok(None);
    };
    let notification = Notification {
        realm: row.get(1)?,
        realm_id: RealmId(row.get(9)?),
        contract: Contract {
            domain: row.get(2)?,
            name: row.get(3)?,
        },
        version,
        from_repo: row.get(5)?,
        kind,
        changes: row.get(7)?,
        created_at: Moment(row.get(8)?),
    };
    Ok(Some(Noted {
        id: row.get(0)?,
        notification,
        replaces: 0,
    }))
}

/// The notifications that a table has of a repository.
fn ids_of(
    view: &Transaction<'_>,
    table: &'static str,
    repo: &str,
) -> rusqlite::Result<BTreeSet<i64>> {
    let sql = format!("SELECT notification FROM {table} WHERE repo = ?1");
    let mut statement = view.prepare_cached(&sql)?;
    statement.query_map([repo], |row| row.get(0))?.collect()
}

fn mutes(view: &Transaction<'_>) -> rusqlite::Result<Vec<Mute>> {
    let sql =
        "SELECT realm, domain, contract, kind FROM mutes ORDER BY realm, domain, contract, kind";
    let mut statement = view.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let cell = |index| -> rusqlite::Result<Option<String>> {
            let text: String = row.get(index)?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        };
        let kind = cell(3)?;
        let mute = Mute {
            realm: cell(0)?,
            domain: cell(1)?,
            contract: cell(2)?,
            kind: kind.as_deref().and_then(Kind::of_word),
        };
        // A kind that only a newer Blue knows must not mute all kinds.
        Ok((kind.is_none() || mute.kind.is_some()).then_some(mute))
    })?;
    rows.filter_map(Result::transpose).collect()
}

/// Nothing is an empty cell, since a primary key takes no NULL.
fn in_cells(mute: &Mute) -> [String; 4] {
    let text = |name: &Option<String>| name.clone().unwrap_or_default();
    let kind = mute.kind.map(Kind::word).unwrap_or_default();
    [
        text(&mute.realm),
        text(&mute.domain),
        text(&mute.contract),
        kind.to_owned(),
    ]
}

#[cfg(test)]
mod tests;
