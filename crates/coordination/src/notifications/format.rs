//! The tables of `daemon.db`, format by format.

use crate::database::{Durability, Format};

pub(super) const FORMAT: Format = Format {
    durability: Durability::Lasting,
    migrations: &[
        "
        CREATE TABLE notifications (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            realm TEXT NOT NULL,
            domain TEXT NOT NULL,
            contract TEXT NOT NULL,
            version TEXT NOT NULL,
            from_repo TEXT NOT NULL,
            kind TEXT NOT NULL,
            changes TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            UNIQUE (realm, domain, contract, version, from_repo, kind)
        ) STRICT;
        CREATE TABLE dismissals (
            notification INTEGER NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
            repo TEXT NOT NULL,
            actor TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (notification, repo)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE mutes (
            realm TEXT NOT NULL,
            domain TEXT NOT NULL,
            contract TEXT NOT NULL,
            kind TEXT NOT NULL,
            PRIMARY KEY (realm, domain, contract, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE realms (
            name TEXT PRIMARY KEY,
            url TEXT NOT NULL,
            local_path TEXT NOT NULL,
            last_sync INTEGER,
            last_tip TEXT,
            status TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
    ",
        "
        CREATE TABLE shown (
            notification INTEGER NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
            repo TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (notification, repo)
        ) STRICT, WITHOUT ROWID;
    ",
        "
        CREATE TABLE waiting (
            realm TEXT NOT NULL,
            clone TEXT NOT NULL,
            branch TEXT NOT NULL,
            tip TEXT NOT NULL,
            judged_at TEXT NOT NULL,
            repo TEXT NOT NULL,
            contracts TEXT NOT NULL,
            PRIMARY KEY (realm, clone, branch)
        ) STRICT, WITHOUT ROWID;
    ",
        // Of which realm each is. What is kept by a realm's name alone stays, until a realm of that name finds in its own
        // history that it is of it (`take_over`). The tables that refer to it are made first and dropped first.
        "
        CREATE TABLE new_notifications (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            realm_id TEXT NOT NULL,
            realm TEXT NOT NULL,
            domain TEXT NOT NULL,
            contract TEXT NOT NULL,
            version TEXT NOT NULL,
            from_repo TEXT NOT NULL,
            kind TEXT NOT NULL,
            changes TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            UNIQUE (realm_id, realm, domain, contract, version, from_repo, kind)
        ) STRICT;
        INSERT INTO new_notifications
            SELECT id, '', realm, domain, contract, version, from_repo, kind, changes, created_at FROM notifications;
        CREATE TABLE new_dismissals (
            notification INTEGER NOT NULL REFERENCES new_notifications (id) ON DELETE CASCADE,
            repo TEXT NOT NULL,
            actor TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (notification, repo)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO new_dismissals SELECT * FROM dismissals;
        CREATE TABLE new_shown (
            notification INTEGER NOT NULL REFERENCES new_notifications (id) ON DELETE CASCADE,
            repo TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (notification, repo)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO new_shown SELECT * FROM shown;
        DROP TABLE dismissals;
        DROP TABLE shown;
        DROP TABLE notifications;
        ALTER TABLE new_notifications RENAME TO notifications;
        ALTER TABLE new_dismissals RENAME TO dismissals;
        ALTER TABLE new_shown RENAME TO shown;
        ALTER TABLE realms RENAME TO realms_by_name;
        CREATE TABLE realms (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            url TEXT NOT NULL,
            local_path TEXT NOT NULL,
            last_sync INTEGER,
            last_tip TEXT,
            status TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE new_waiting (
            realm_id TEXT NOT NULL,
            clone TEXT NOT NULL,
            branch TEXT NOT NULL,
            tip TEXT NOT NULL,
            judged_at TEXT NOT NULL,
            repo TEXT NOT NULL,
            contracts TEXT NOT NULL,
            PRIMARY KEY (realm_id, clone, branch)
        ) STRICT, WITHOUT ROWID;
        INSERT OR IGNORE INTO new_waiting SELECT '', clone, branch, tip, judged_at, repo, contracts FROM waiting;
        DROP TABLE waiting;
        ALTER TABLE new_waiting RENAME TO waiting;
    ",
    ],
};
