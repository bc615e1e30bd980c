//! Who is told what, how often, and what is left when a process is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use semver::Version;

use super::{FORMAT, Notifications, ReadRealm};
use crate::database::{Database, Format};
use crate::error::Error;
use crate::moment::Moment;
use crate::notification::{Contract, Kind, Mute, Noted, Notification, Reader, RealmId};

fn contract(name: &str) -> Contract {
    Contract {
        domain: "s3-access".to_owned(),
        name: name.to_owned(),
    }
}

fn letemcook() -> RealmId {
    RealmId("one".to_owned())
}

fn notification(kind: Kind, name: &str, version: &str, from_repo: &str) -> Notification {
    Notification {
        realm: "letemcook".to_owned(),
        realm_id: letemcook(),
        contract: contract(name),
        version: Version::parse(version).unwrap(),
        from_repo: from_repo.to_owned(),
        kind,
        changes: "adds what experiments write".to_owned(),
        created_at: Moment(0),
    }
}

fn exporter() -> Reader {
    Reader {
        realm: letemcook(),
        repo: "aperture".to_owned(),
        contracts: ["s3-permissions", "queue-names"].map(contract).into(),
        exports: BTreeMap::from([(contract("s3-permissions"), None)]),
        imports: BTreeMap::new(),
        renamed: BTreeMap::new(),
    }
}

/// An importer that has acknowledged 1.4.0.
fn importer() -> Reader {
    Reader {
        repo: "fungal-image-analysis".to_owned(),
        exports: BTreeMap::new(),
        imports: BTreeMap::from([(contract("s3-permissions"), Some(Version::new(1, 4, 0)))]),
        ..exporter()
    }
}

fn open(folder: &tempfile::TempDir) -> Notifications {
    Notifications::open(&folder.path().join("daemon.db")).unwrap()
}

/// `kind contract version` of each.
fn told(unread: &[Noted]) -> Vec<String> {
    let line = |it: &Noted| {
        let Notification {
            kind,
            contract,
            version,
            ..
        } = &it.notification;
        format!("{} {} {version}", kind.word(), contract.name)
    };
    unread.iter().map(line).collect()
}

#[test]
fn each_is_told_to_whom_it_concerns() {
    use Kind::{Acknowledged, Breaking, Merged, New, Refused, Updated};

    let (ours, theirs) = ("aperture", "fungal-image-analysis");
    let name = "s3-permissions";
    // What happened; whether the exporter is told, and the importer.
    let cases = [
        (Updated, name, "1.5.0", ours, false, true),
        (Breaking, name, "2.0.0", ours, false, true),
        (Updated, name, "1.4.0", ours, false, false), // acknowledged
        (Updated, "queue-names", "1.5.0", ours, false, false), // not imported
        (New, "queue-names", "1.0.0", "station", true, true), // of a domain of theirs
        (New, "flags", "1.0.0", "station", false, false), // not there any more
        (Merged, name, "1.5.0", "station", true, true),
        (Merged, name, "1.5.0", ours, true, true), // by whomever
        (Acknowledged, name, "1.5.0", theirs, true, false),
        (Refused, name, "1.5.0", theirs, true, false),
    ];
    for (kind, name, version, from, exporter_is, importer_is) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut notifications = open(&folder);
        notifications
            .record(&[notification(kind, name, version, from)])
            .unwrap();
        let mut is_told = |reader: &Reader| !notifications.unread(reader).unwrap().is_empty();
        let found = (is_told(&exporter()), is_told(&importer()));
        assert_eq!(
            found,
            (exporter_is, importer_is),
            "{kind:?} {name} {version} of {from}"
        );
        let elsewhere = Reader {
            realm: RealmId("another of that name".to_owned()),
            ..importer()
        };
        assert!(!is_told(&elsewhere));
    }
}

#[test]
fn who_has_to_follow_a_version_is_not_told_beside_that_it_is_merged() {
    let folder = tempfile::tempdir().unwrap();
    let mut notifications = open(&folder);
    let of = |kind, version| notification(kind, "s3-permissions", version, "aperture");
    let history = [
        of(Kind::Updated, "1.5.0"),
        of(Kind::Merged, "1.5.0"),
        of(Kind::Merged, "2.0.0"),
    ];
    notifications.record(&history).unwrap();
    let unread = notifications.unread(&importer()).unwrap();
    assert_eq!(
        told(&unread),
        [
            "updated s3-permissions 1.5.0",
            "merged s3-permissions 2.0.0"
        ]
    );
    let ids = [unread[0].id];
    let at = Moment(1);
    let repo = importer().repo;
    notifications.dismiss(&ids, &repo, "finn", at).unwrap();
    let unread = notifications.unread(&importer()).unwrap();
    assert_eq!(told(&unread), ["merged s3-permissions 2.0.0"]);
}

#[test]
fn what_asks_nothing_is_told_once_and_of_several_the_last() {
    use Kind::{Acknowledged, Merged};

    let folder = tempfile::tempdir().unwrap();
    let mut notifications = open(&folder);
    let of = |kind, version, repo| notification(kind, "s3-permissions", version, repo);
    let history = [
        of(Merged, "1.5.0", "aperture"),
        of(Acknowledged, "1.5.0", "fungal-image-analysis"),
        of(Acknowledged, "1.5.0", "station"),
        of(Merged, "1.6.0", "aperture"),
        of(Acknowledged, "1.6.0", "fungal-image-analysis"),
    ];
    notifications.record(&history).unwrap();
    let repo = exporter().repo;
    let unread = notifications.unread(&exporter()).unwrap();
    assert_eq!(
        told(&unread),
        [
            "acknowledged s3-permissions 1.5.0",
            "merged s3-permissions 1.6.0",
            "acknowledged s3-permissions 1.6.0",
        ]
    );
    let ids: Vec<i64> = unread.iter().map(|it| it.id).collect();
    notifications.claim(&ids, &repo, Moment(1)).unwrap();
    assert_eq!(notifications.unread(&exporter()).unwrap(), []);
    let next = [of(Merged, "1.7.0", "aperture")];
    notifications.record(&next).unwrap();
    let unread = notifications.unread(&exporter()).unwrap();
    assert_eq!(told(&unread), ["merged s3-permissions 1.7.0"]);
    // To the importer nobody has shown any of it.
    let unread = notifications.unread(&importer()).unwrap();
    assert_eq!(told(&unread), ["merged s3-permissions 1.7.0"]);
}

#[test]
fn how_far_a_history_was_read_is_kept_with_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut notifications = open(&folder);
    assert_eq!(notifications.read_up_to(&letemcook()).unwrap(), None);
    let first = notification(Kind::Updated, "s3-permissions", "1.5.0", "aperture");
    for (tip, new) in [("a", 1), ("b", 0)] {
        let read = ReadRealm {
            id: letemcook(),
            name: "letemcook".to_owned(),
            url: String::new(),
            local_path: "realm-letemcook".to_owned(),
            tip: tip.repeat(40),
            at: Moment(1),
        };
        let found = notifications.record_history(&read, std::slice::from_ref(&first));
        assert_eq!(found.unwrap(), new);
        let tip = notifications.read_up_to(&letemcook()).unwrap();
        assert_eq!(tip, Some(read.tip));
    }
    assert_eq!(notifications.all(&letemcook()).unwrap().len(), 1);
    assert_eq!(
        notifications
            .all(&RealmId("another".to_owned()))
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn what_is_derived_again_is_not_told_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut notifications = open(&folder);
    let first = notification(Kind::Updated, "s3-permissions", "1.5.0", "aperture");
    assert_eq!(
        notifications.record(std::slice::from_ref(&first)).unwrap(),
        1
    );
    let again = Notification {
        changes: "in other words".to_owned(),
        created_at: Moment(9),
        ..first.clone()
    };
    assert_eq!(notifications.record(&[again, first]).unwrap(), 0);
    assert_eq!(notifications.unread(&importer()).unwrap().len(), 1);
}

#[test]
fn a_later_version_stands_for_the_earlier_ones_and_still_says_that_they_break() {
    let folder = tempfile::tempdir().unwrap();
    let mut notifications = open(&folder);
    let history = [
        notification(Kind::Updated, "s3-permissions", "1.10.0", "aperture"),
        notification(Kind::Breaking, "s3-permissions", "2.0.0", "aperture"),
        notification(Kind::Updated, "s3-permissions", "2.1.0", "aperture"),
        notification(Kind::Updated, "s3-permissions", "1.9.0", "aperture"),
    ];
    notifications.record(&history).unwrap();
    let unread = notifications.unread(&importer()).unwrap();
    assert_eq!(told(&unread), ["breaking s3-permissions 2.1.0"]);
    assert_eq!(unread[0].replaces, 3);

    // It is read with all that it stands for, and a newer one is told again.
    let ids = [unread[0].id, 12_345];
    let done = notifications
        .dismiss(&ids, "fungal-image-analysis", "mo@example.com", Moment(5))
        .unwrap();
    assert_eq!(done, [unread[0].id]);
    assert_eq!(
        told(&notifications.unread(&importer()).unwrap()),
        [] as [&str; 0]
    );
    let next = notification(Kind::Updated, "s3-permissions", "2.2.0", "aperture");
    notifications.record(&[next]).unwrap();
    let unread = notifications.unread(&importer()).unwrap();
    assert_eq!(told(&unread), ["updated s3-permissions 2.2.0"]);
}

#[test]
fn what_one_repository_has_read_another_is_still_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut notifications = open(&folder);
    notifications
        .record(&[notification(
            Kind::Updated,
            "s3-permissions",
            "1.5.0",
            "aperture",
        )])
        .unwrap();
    let id = notifications.unread(&importer()).unwrap()[0].id;
    notifications
        .dismiss(&[id], "fungal-image-analysis", "mo@example.com", Moment(5))
        .unwrap();
    let other = Reader {
        repo: "station".to_owned(),
        ..importer()
    };
    assert_eq!(notifications.unread(&other).unwrap().len(), 1);
}

#[test]
fn what_is_muted_is_held_back_until_it_is_not() {
    let all = Mute::default();
    let some = |text: &str| Some(text.to_owned());
    let cases = [
        (all.clone(), true),
        (
            Mute {
                realm: some("letemcook"),
                ..all.clone()
            },
            true,
        ),
        (
            Mute {
                realm: some("another"),
                ..all.clone()
            },
            false,
        ),
        (
            Mute {
                domain: some("s3-access"),
                ..all.clone()
            },
            true,
        ),
        (
            Mute {
                contract: some("s3-permissions"),
                kind: Some(Kind::Updated),
                ..all.clone()
            },
            true,
        ),
        (
            Mute {
                contract: some("s3-permissions"),
                kind: Some(Kind::Breaking),
                ..all.clone()
            },
            false,
        ),
        (
            Mute {
                contract: some("queue-names"),
                ..all
            },
            false,
        ),
    ];
    for (mute, is_held_back) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut notifications = open(&folder);
        notifications
            .record(&[notification(
                Kind::Updated,
                "s3-permissions",
                "1.5.0",
                "aperture",
            )])
            .unwrap();
        notifications.mute(&mute).unwrap();
        assert_eq!(
            notifications.unread(&importer()).unwrap().is_empty(),
            is_held_back,
            "{mute:?}"
        );
        assert_eq!(notifications.muted().unwrap(), std::slice::from_ref(&mute));
        assert!(notifications.unmute(&mute).unwrap());
        assert!(!notifications.unmute(&mute).unwrap());
        assert_eq!(notifications.unread(&importer()).unwrap().len(), 1);
    }
}

#[test]
fn what_a_newer_blue_wrote_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut notifications = open(&folder);
    notifications
        .record(&[notification(
            Kind::Updated,
            "s3-permissions",
            "1.5.0",
            "aperture",
        )])
        .unwrap();
    let connection = notifications.database().connection();
    connection
        .execute("UPDATE notifications SET kind = 'applauded'", [])
        .unwrap();
    connection
        .execute("INSERT INTO mutes VALUES ('', '', '', 'applauded')", [])
        .unwrap();
    notifications
        .record(&[notification(
            Kind::Updated,
            "s3-permissions",
            "1.6.0",
            "aperture",
        )])
        .unwrap();
    assert_eq!(
        told(&notifications.unread(&importer()).unwrap()),
        ["updated s3-permissions 1.6.0"]
    );
    assert_eq!(notifications.muted().unwrap(), []);
}

/// Two realms of one name wrote into a file of before: what each finds in its own history stays read and shown, and the
/// other's is told to nobody.
#[test]
fn what_was_kept_by_a_name_alone_is_taken_over_by_whose_history_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daemon.db");
    let before = Format {
        durability: FORMAT.durability,
        migrations: &FORMAT.migrations[..3],
    };
    let old = Database::open(&path, &before).unwrap();
    let rows = "
        INSERT INTO notifications (id, realm, domain, contract, version, from_repo, kind, changes, created_at) VALUES
            (1, 'letemcook', 's3-access', 's3-permissions', '1.5.0', 'aperture', 'updated', '', 1),
            (2, 'letemcook', 's3-access', 's3-permissions', '1.5.0', 'aperture', 'merged', '', 1),
            (3, 'letemcook', 's3-access', 's3-permissions', '2.0.0', 'aperture', 'breaking', '', 2),
            (4, 'letemcook', 's3-access', 's3-permissions', '1.6.0', 'aperture', 'refused', '', 3);
        INSERT INTO dismissals VALUES (1, 'fungal-image-analysis', 'mo@example.com', 4);
        INSERT INTO shown VALUES (2, 'fungal-image-analysis', 4);
        INSERT INTO realms VALUES ('letemcook', '', '/home/mo/realm-letemcook/.git', 5, 'aa', 'read');
        INSERT INTO waiting VALUES ('letemcook', '/home/mo/realm-letemcook/.git', 'sync/a', 'bb', 'aa', 'aperture', '[]');
    ";
    old.connection().execute_batch(rows).unwrap();
    drop(old);

    let mut notifications = open(&folder);
    assert!(notifications.has_nameless("letemcook").unwrap());
    assert!(!notifications.has_nameless("another").unwrap());
    assert_eq!(notifications.read_up_to(&letemcook()).unwrap(), None);
    let nobody = Reader {
        realm: RealmId::default(),
        ..importer()
    };
    for reader in [importer(), nobody] {
        assert_eq!(notifications.unread(&reader).unwrap(), []);
    }
    let read = |id: RealmId, folder: &str| ReadRealm {
        id,
        name: "letemcook".to_owned(),
        url: String::new(),
        local_path: format!("/home/mo/{folder}/.git"),
        tip: "aa".to_owned(),
        at: Moment(9),
    };
    let of = |kind, version| notification(kind, "s3-permissions", version, "aperture");
    let own = [of(Kind::Updated, "1.5.0"), of(Kind::Merged, "1.5.0")];
    let one = read(letemcook(), "realm-letemcook");
    assert_eq!(notifications.record_history(&one, &own).unwrap(), 0);
    assert_eq!(notifications.unread(&importer()).unwrap(), []);
    let refused = notifications.unread(&exporter()).unwrap();
    assert_eq!(
        told(&refused),
        [
            "merged s3-permissions 1.5.0",
            "refused s3-permissions 1.6.0"
        ]
    );
    let clone = "/home/mo/realm-letemcook/.git";
    let waits = |notifications: &mut Notifications, realm: &RealmId| {
        notifications.waiting(realm, clone).unwrap().len()
    };
    assert_eq!(waits(&mut notifications, &letemcook()), 1);
    notifications
        .record_waiting((&letemcook(), clone), &[], &[])
        .unwrap();
    assert_eq!(waits(&mut notifications, &letemcook()), 0);

    let another = RealmId("another of that name".to_owned());
    let mut theirs = of(Kind::Breaking, "2.0.0");
    theirs.realm_id = another.clone();
    let read = read(another.clone(), "elsewhere");
    notifications.record_history(&read, &[theirs]).unwrap();
    let reader = Reader {
        realm: another,
        ..importer()
    };
    let unread = notifications.unread(&reader).unwrap();
    assert_eq!(told(&unread), ["breaking s3-permissions 2.0.0"]);
    assert_eq!(notifications.unread(&importer()).unwrap(), []);
}

const WRITER: &str = "BLUE_TEST_DATABASE";
const MANY: u64 = 1_000;
/// A process writes no more often than that, and then waits for its end: so none does all of it.
const OFTEN: u64 = 12;

fn numbered(number: u64) -> Notification {
    notification(
        Kind::Acknowledged,
        "s3-permissions",
        &format!("1.{number}.0"),
        "fungal-image-analysis",
    )
}

/// Not a test of its own: what the processes below do. Each goes on from how far the history was read, as whoever
/// fetches a realm does, some at a time; and says how far that is once it is written.
#[test]
fn writer_that_is_killed() {
    let Some(path) = std::env::var_os(WRITER) else {
        return;
    };
    let mut notifications = Notifications::open(Path::new(&path)).unwrap();
    // The other one writes without a pause: whoever it keeps out for too long asks again.
    let mut read = || match notifications.read_up_to(&letemcook()) {
        Err(Error::Busy { .. }) => None,
        done => Some(done.unwrap().map_or(0, |tip| tip.parse::<u64>().unwrap())),
    };
    let mut from = loop {
        match read() {
            Some(from) => break from,
            None => continue,
        }
    };
    let mut left = OFTEN;
    while from < MANY {
        if left == 0 {
            let _ = std::io::stdin().read_line(&mut String::new());
            return;
        }
        let to = (from + 1 + from % 4).min(MANY);
        let new: Vec<Notification> = (from..to).map(numbered).collect();
        let realm = ReadRealm {
            id: letemcook(),
            name: "letemcook".to_owned(),
            url: String::new(),
            local_path: String::new(),
            tip: to.to_string(),
            at: Moment(1),
        };
        match notifications.record_history(&realm, &new) {
            Err(Error::Busy { .. }) => continue,
            done => done.map(drop).unwrap(),
        }
        // Whoever reads this may be gone.
        let _ = writeln!(std::io::stdout(), "wrote {to}");
        (from, left) = (to, left - 1);
    }
}

/// The next of a sequence that looks like chance and is the same each time (Knuth's MMIX generator).
fn chance(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Two processes read the same history into one database, and one of them or both are killed at some point of it,
/// again and again, until a pair has come to its end. After each kill: what one has said it wrote is there, how far
/// was read is what is there, and nothing is there twice.
#[test]
fn killed_at_any_point_none_is_lost_and_none_doubled() {
    use std::io::{BufRead, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daemon.db");
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "notifications::tests::writer_that_is_killed",
                "--nocapture",
            ])
            .env(WRITER, &path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (mut state, mut written, mut rounds) = (20_260_106, 0, 0);
    while written < MANY {
        rounds += 1;
        let (mut one, mut other) = (start(), start());
        let said = BufReader::new(one.stdout.take().unwrap()).lines();
        let lines = said
            .map_while(Result::ok)
            .filter_map(|line| line.split("wrote ").nth(1)?.parse::<u64>().ok());
        // Where it is by the time that the signal comes nobody knows: in a transaction, before or after one.
        let heard = lines.take(1 + (chance(&mut state) % OFTEN) as usize).last();
        written = heard.unwrap_or(MANY).max(written);
        let at_once = chance(&mut state) > u64::from(u32::MAX >> 2);
        one.kill().unwrap();
        one.wait().unwrap();
        // The other one may go on meanwhile, and writes into what the first one left.
        if !at_once {
            let said = BufReader::new(other.stdout.take().unwrap()).lines();
            said.map_while(Result::ok).take(1).for_each(drop);
        }
        other.kill().unwrap();
        other.wait().unwrap();

        let mut notifications = Notifications::open(&path).unwrap();
        assert_eq!(
            notifications.set_aside(),
            None,
            "{rounds}: the file is whole"
        );
        let read = notifications.read_up_to(&letemcook()).unwrap();
        let read = read.map_or(0, |tip| tip.parse::<u64>().unwrap());
        let unread = notifications.all(&letemcook()).unwrap();
        let versions: BTreeSet<Version> = unread
            .iter()
            .map(|it| it.notification.version.clone())
            .collect();
        assert_eq!(versions.len(), unread.len(), "{rounds}: none doubled");
        let all = |up_to: u64| (0..up_to).all(|it| versions.contains(&numbered(it).version));
        assert!(
            all(written),
            "{rounds}: none lost of {written} that were told"
        );
        // Of two that read the same, the slower one says last how far it came: never further than what is there.
        assert!(
            all(read),
            "{rounds}: none lost of {read} that count as read"
        );
    }
    assert!(rounds > 10, "they were killed {rounds} times");
}

/// Two windows of one user: each is shown once, and earlier versions go with a later one.
#[test]
fn what_one_window_shows_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut other) = (open(&folder), open(&folder));
    let version = |version| notification(Kind::Updated, "s3-permissions", version, "aperture");
    one.record(&[version("1.5.0"), version("1.6.0")]).unwrap();
    let repo = "fungal-image-analysis";
    let ids: Vec<i64> = one
        .all(&letemcook())
        .unwrap()
        .iter()
        .map(|it| it.id)
        .collect();
    let [first, last] = ids[..] else {
        panic!("{ids:?}")
    };
    assert_eq!(one.claim(&[last], repo, Moment(1)).unwrap(), [last]);
    assert!(
        other
            .claim(&[first, last], repo, Moment(2))
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        other.claim(&[first], "aperture", Moment(2)).unwrap(),
        [first]
    );
    assert_eq!(
        one.unread(&importer()).unwrap().len(),
        1,
        "shown is not read"
    );
    one.record(&[version("1.7.0")]).unwrap();
    let ids: Vec<i64> = other
        .unread(&importer())
        .unwrap()
        .iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(
        other.claim(&ids, repo, Moment(3)).unwrap(),
        ids,
        "a later version is news"
    );
    assert!(other.claim(&[4711], repo, Moment(3)).unwrap().is_empty());
}

#[test]
fn another_name_tells_nothing_again_and_hides_nothing() {
    use Kind::{Merged, New, Updated};

    let folder = tempfile::tempdir().unwrap();
    let mut notifications = open(&folder);
    let of = |kind, name, version| notification(kind, name, version, "aperture");
    notifications
        .record(&[
            of(New, "s3-permissions", "1.0.0"),
            of(Updated, "s3-permissions", "1.5.0"),
            of(Merged, "s3-permissions", "1.5.0"),
            of(Updated, "bucket-access", "1.6.0"),
        ])
        .unwrap();
    let renamed = |follows: Version| Reader {
        imports: BTreeMap::from([(contract("bucket-access"), Some(follows))]),
        renamed: BTreeMap::from([(contract("s3-permissions"), contract("bucket-access"))]),
        ..importer()
    };
    // What was not read yet is told by the name that it has now, what was followed is not.
    let unread = notifications
        .unread(&renamed(Version::new(1, 4, 0)))
        .unwrap();
    assert_eq!(told(&unread), ["updated bucket-access 1.6.0"]);
    assert_eq!(unread[0].replaces, 1);
    let unread = notifications
        .unread(&renamed(Version::new(1, 6, 0)))
        .unwrap();
    assert_eq!(told(&unread), ["merged bucket-access 1.5.0"]);
    // Read with the version that came after it, and muted by either name.
    let reader = renamed(Version::new(1, 4, 0));
    let mute = Mute {
        contract: Some("s3-permissions".to_owned()),
        ..Mute::default()
    };
    notifications.mute(&mute).unwrap();
    assert_eq!(told(&notifications.unread(&reader).unwrap()), [""; 0]);
    notifications.unmute(&mute).unwrap();
    notifications
        .dismiss(&[4], &reader.repo, "rosa@example.com", Moment(0))
        .unwrap();
    assert_eq!(told(&notifications.unread(&reader).unwrap()), [""; 0]);
}
