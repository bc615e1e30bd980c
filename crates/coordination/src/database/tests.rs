//! What must never happen to a database: a damaged one stops somebody, a newer one is spoilt, others may read it.

use std::path::Path;

use super::{Database, Durability, Format};
use crate::error::Error;

const FIRST: &str = "CREATE TABLE things (name TEXT PRIMARY KEY) STRICT;";
const SECOND: &str = "ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7;";

const OLD: Format = Format {
    durability: Durability::Fleeting,
    migrations: &[FIRST],
};
const NEW: Format = Format {
    durability: Durability::Lasting,
    migrations: &[FIRST, SECOND],
};

fn add(database: &mut Database, name: &str) {
    let sql = "INSERT OR IGNORE INTO things (name) VALUES (?1)";
    database.write(|it| it.execute(sql, [name])).unwrap();
}

fn names(database: &mut Database) -> Vec<String> {
    let look = |it: &rusqlite::Transaction<'_>| {
        let mut statement = it.prepare("SELECT name FROM things ORDER BY name")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    database.read(look).unwrap()
}

#[test]
fn a_file_of_an_older_format_is_brought_to_the_newest_and_keeps_what_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("not/yet/there.db");
    add(&mut Database::open(&path, &OLD).unwrap(), "kept");

    let mut newer = Database::open(&path, &NEW).unwrap();
    assert_eq!(names(&mut newer), ["kept"]);
    let sql = "SELECT size FROM things";
    let size: i64 = newer
        .read(|it| it.query_row(sql, [], |row| row.get(0)))
        .unwrap();
    assert_eq!(size, 7);
}

#[test]
fn a_file_of_a_newer_format_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daemon.db");
    drop(Database::open(&path, &NEW).unwrap());

    let error = Database::open(&path, &OLD).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Newer {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{error}"
    );
    assert!(Database::open(&path, &NEW).unwrap().set_aside().is_none());
}

/// What was done to a file, and how.
type Damage<'d> = (&'d str, &'d dyn Fn(&Path));

/// Whatever was found in its place: the damaged file is kept under another name, and an empty one works.
#[test]
fn a_damaged_file_is_set_aside_and_an_empty_one_takes_its_place() {
    let page = "x".repeat(4096);
    let damages: [Damage<'_>; 3] = [
        ("text", &|path| {
            std::fs::write(path, "no database at all, ".repeat(64)).unwrap()
        }),
        ("cut off", &|path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..4097]).unwrap();
        }),
        ("overwritten", &|path| {
            let mut bytes = std::fs::read(path).unwrap();
            let end = bytes.len();
            bytes[end - page.len()..].copy_from_slice(page.as_bytes());
            std::fs::write(path, bytes).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daemon.db");
        add(&mut Database::open(&path, &OLD).unwrap(), "lost");
        damage(&path);

        let mut fresh =
            Database::open(&path, &OLD).unwrap_or_else(|error| panic!("{what}: {error}"));
        let aside = fresh
            .set_aside()
            .unwrap_or_else(|| panic!("{what}: not noticed"))
            .to_owned();
        assert!(aside.exists(), "{what}");
        assert_eq!(names(&mut fresh), [] as [&str; 0], "{what}");
        add(&mut fresh, "new");
        drop(fresh);
        let mut again = Database::open(&path, &OLD).unwrap();
        assert_eq!(
            (names(&mut again), again.set_aside()),
            (vec!["new".to_owned()], None),
            "{what}"
        );
    }
}

/// What a killed process left half made goes when the file is made, what another one is about to make does not.
#[test]
fn what_was_left_half_made_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(7_200);
    for (name, is_old) in [
        ("cache.db.new-old", true),
        ("cache.db.new-old-journal", true),
        ("cache.db.new-young", false),
        ("others.db.new-old", true),
    ] {
        let file = std::fs::File::create(folder.path().join(name)).unwrap();
        if is_old {
            file.set_modified(long_ago).unwrap();
        }
    }
    drop(Database::open(&path, &OLD).unwrap());
    let names = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = names.map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "cache.db",
            "cache.db.lock",
            "cache.db.new-young",
            "others.db.new-old"
        ]
    );
}

/// Of what can be made again one damaged file is kept, the last; of what is nowhere else each.
#[test]
fn damaged_files_do_not_pile_up() {
    const DERIVED: Format = Format {
        durability: Durability::Derived,
        migrations: &[FIRST],
    };
    for (format, kept) in [(&DERIVED, 1), (&OLD, 1), (&NEW, 5)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.db");
        // As earlier versions of Blue left them.
        for older in ["cache.db.damaged-1", "cache.db.damaged-1-wal"] {
            std::fs::write(folder.path().join(older), "older").unwrap();
        }
        let mut last = String::new();
        for round in 0..4 {
            last = format!("no database at all, {round}, ").repeat(64);
            std::fs::write(&path, &last).unwrap();
            std::fs::write(folder.path().join("cache.db-wal"), "neither").unwrap();
            let mut database = Database::open(&path, format).unwrap();
            assert!(database.set_aside().is_some());
            add(&mut database, "new");
        }
        let names = std::fs::read_dir(folder.path()).unwrap();
        let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
        let aside: Vec<String> = names.filter(|it| it.contains(".damaged")).collect();
        let whole: Vec<_> = aside.iter().filter(|it| !it.ends_with("-wal")).collect();
        assert_eq!(whole.len(), kept, "{aside:?}");
        let newest = whole.iter().any(|it| {
            let text = std::fs::read_to_string(folder.path().join(it));
            text.is_ok_and(|text| text == last)
        });
        assert!(newest, "{aside:?}");
    }
}

#[test]
fn many_that_open_a_damaged_file_at_once_set_it_aside_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    std::fs::write(&path, "no database at all, ".repeat(64)).unwrap();

    let aside: usize = std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8)
            .map(|number| {
                let path = &path;
                scope.spawn(move || {
                    let mut database = Database::open(path, &OLD).unwrap();
                    add(&mut database, &format!("of {number}"));
                    usize::from(database.set_aside().is_some())
                })
            })
            .collect();
        opened
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(aside, 1);
    assert_eq!(names(&mut Database::open(&path, &OLD).unwrap()).len(), 8);
}

/// Those that find a sound part of a file, and keep a log beside it, share none with what takes its place.
#[test]
fn many_that_open_half_a_file_at_once_share_nothing_with_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let format = Format {
        durability: Durability::Derived,
        ..OLD
    };
    for _ in 0..20 {
        let mut database = Database::open(&path, &format).unwrap();
        for number in 0..200 {
            add(&mut database, &format!("{number}, and more"));
        }
        drop(database);
        let sound = std::fs::read(&path).unwrap();
        std::fs::write(&path, &sound[..sound.len() / 2]).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut database = Database::open(&path, &format).unwrap();
                    let read =
                        database.read(|it| it.query_row("PRAGMA quick_check", [], |_| Ok(())));
                    if read.is_err() {
                        drop(database);
                        database = Database::mend(&path, &format).unwrap();
                    }
                    add(&mut database, "of the next");
                });
            }
        });
    }
}

/// A new file is made once, whoever comes first, and nobody is turned away; each round is a new chance to.
#[test]
fn many_that_open_a_new_file_at_once_all_have_it() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/sessions.db");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let mut database = Database::open(path, &NEW).unwrap();
                    add(&mut database, &format!("of {number}"));
                });
            }
        });
        assert_eq!(names(&mut Database::open(&path, &NEW).unwrap()).len(), 8);
        let beside = std::fs::read_dir(path.parent().unwrap()).unwrap();
        let left = beside.map(|it| it.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["sessions.db", "sessions.db.lock"]);
    }
}

#[test]
fn no_room_is_said_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daemon.db");
    let mut database = Database::open(&path, &OLD).unwrap();
    add(&mut database, "kept");
    let pages: i64 = database
        .connection()
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    database
        .connection()
        .pragma_update(None, "max_page_count", pages)
        .unwrap();

    let large = "x".repeat(100_000);
    let full = database.write(|it| it.execute("INSERT INTO things VALUES (?1)", [&large]));
    let error = full.unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert_eq!(names(&mut database), ["kept"]);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_what_blue_keeps() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run/sessions.db");
    add(&mut Database::open(&path, &OLD).unwrap(), "mine");
    let rights = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights(&path), 0o600);
    assert_eq!(rights(path.parent().unwrap()), 0o700);
}
