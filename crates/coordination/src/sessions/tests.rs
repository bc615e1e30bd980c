//! Who is at work: what two processes see of each other, and what is left of one that has gone.

use proptest::prelude::*;

use super::{SILENT_MS, Sessions};
use crate::moment::Moment;
use crate::notification::Contract;
use crate::session::{Edit, Moved, Session, SessionKey};

const NOON: i64 = 1_800_000_000_000;

fn session(process: &str, repo: &str, at: i64) -> Session {
    Session {
        key: SessionKey {
            process: process.to_owned(),
            repo: repo.to_owned(),
            realm: "letemcook".to_owned(),
            realm_at: "git.example.com/labs/realm".to_owned(),
        },
        pid: 4711,
        client: "Neovim".to_owned(),
        started_at: Moment(at),
        last_heartbeat: Moment(at),
        last_activity: Moment(at),
        active_rfc: None,
        active_domains: vec!["s3-access".to_owned()],
        exports_modified: Vec::new(),
        imports_watching: Vec::new(),
    }
}

fn drifting(process: &str, at: i64) -> Session {
    let edit = Edit {
        contract: Contract {
            domain: "s3-access".to_owned(),
            name: "s3-permissions".to_owned(),
        },
        from: "1.4.0".to_owned(),
        to: Some("1.5.0".to_owned()),
        added: vec![Moved {
            field: "read".to_owned(),
            value: "experiments/*/manifest.json".to_owned(),
        }],
        removed: Vec::new(),
        file: "models/paths.py".to_owned(),
    };
    Session {
        exports_modified: vec![edit],
        ..session(process, "aperture", at)
    }
}

fn open(folder: &tempfile::TempDir) -> Sessions {
    Sessions::open(&folder.path().join("sessions.db")).unwrap()
}

fn repos(sessions: &[Session]) -> Vec<&str> {
    sessions.iter().map(|it| it.key.repo.as_str()).collect()
}

#[test]
fn a_session_is_seen_by_another_process_with_all_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let (mut mine, mut theirs) = (open(&folder), open(&folder));
    let before = theirs.version().unwrap();
    let drifting = drifting("a", NOON);
    mine.beat("a", std::slice::from_ref(&drifting)).unwrap();

    assert_ne!(
        theirs.version().unwrap(),
        before,
        "it is told that something changed"
    );
    assert_eq!(theirs.live(Moment(NOON), |_| true).unwrap(), [drifting]);
}

#[test]
fn its_own_writes_wake_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut mine = open(&folder);
    let before = mine.version().unwrap();
    mine.beat("a", &[session("a", "aperture", NOON)]).unwrap();
    assert_eq!(mine.version().unwrap(), before);
}

#[test]
fn what_a_session_no_longer_says_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut sessions = open(&folder);
    let two = [
        drifting("a", NOON),
        session("a", "fungal-image-analysis", NOON),
    ];
    sessions.beat("a", &two).unwrap();
    sessions
        .beat("b", &[session("b", "aperture", NOON)])
        .unwrap();
    // One folder is closed, the edit of the other taken back.
    sessions
        .beat("a", &[session("a", "aperture", NOON + 1)])
        .unwrap();

    let live = sessions.live(Moment(NOON), |_| true).unwrap();
    assert_eq!(repos(&live), ["aperture", "aperture"]);
    assert!(live.iter().all(|it| it.exports_modified.is_empty()));
    sessions.end("a").unwrap();
    assert_eq!(sessions.live(Moment(NOON), |_| true).unwrap().len(), 1);
}

#[test]
fn who_is_silent_or_has_ended_is_removed_by_whoever_looks() {
    let folder = tempfile::tempdir().unwrap();
    let mut sessions = open(&folder);
    let silence = i64::try_from(SILENT_MS).unwrap();
    let ended = Session {
        pid: 1,
        ..session("ended", "station", NOON)
    };
    sessions.beat("ended", &[ended]).unwrap();
    sessions
        .beat(
            "silent",
            &[session("silent", "aperture", NOON - silence - 1)],
        )
        .unwrap();
    sessions
        .beat(
            "late",
            &[session("late", "fungal-image-analysis", NOON - silence)],
        )
        .unwrap();

    let live = sessions.live(Moment(NOON), |pid| pid != 1).unwrap();
    assert_eq!(repos(&live), ["fungal-image-analysis"]);
    // Even to one who asks at an hour at which they would still count.
    let earlier = Moment(NOON - silence);
    assert_eq!(
        repos(&sessions.live(earlier, |_| true).unwrap()),
        ["fungal-image-analysis"]
    );
}

#[test]
fn a_clock_that_was_set_ends_a_session_until_its_next_beat_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let mut sessions = open(&folder);
    let hour = 3_600_000;
    for set_to in [NOON - hour, NOON + hour] {
        sessions
            .beat("a", &[session("a", "aperture", NOON)])
            .unwrap();
        assert_eq!(sessions.live(Moment(set_to), |_| true).unwrap(), []);
        sessions
            .beat("a", &[session("a", "aperture", set_to)])
            .unwrap();
        assert_eq!(sessions.live(Moment(set_to), |_| true).unwrap().len(), 1);
    }
}

#[test]
fn names_of_processes_are_not_drawn_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut sessions = open(&folder);
    let names = [
        sessions.process_name().unwrap(),
        sessions.process_name().unwrap(),
    ];
    assert_ne!(names[0], names[1]);
    assert_eq!(names[0].len(), 32);
}

proptest! {
    /// Whatever a session says of itself comes back.
    #[test]
    fn nothing_is_lost_on_the_way(texts in proptest::collection::vec(".{0,12}", 8), rfc in proptest::option::of(".{0,8}")) {
        let folder = tempfile::tempdir().unwrap();
        let mut sessions = open(&folder);
        let mut said = drifting("a", NOON);
        said.key.repo.clone_from(&texts[0]);
        said.key.realm.clone_from(&texts[1]);
        said.client.clone_from(&texts[2]);
        said.active_domains = texts[3..5].to_vec();
        said.exports_modified[0].added[0].value.clone_from(&texts[5]);
        said.exports_modified[0].contract.name.clone_from(&texts[6]);
        said.imports_watching = vec![Contract { domain: texts[7].clone(), name: texts[0].clone() }];
        said.active_rfc = rfc;
        sessions.beat("a", std::slice::from_ref(&said)).unwrap();
        prop_assert_eq!(sessions.live(Moment(NOON), |_| true).unwrap(), [said]);
    }
}

#[test]
fn a_realm_that_was_written_to_is_told_to_who_looks() {
    let folder = tempfile::tempdir().unwrap();
    let (mut here, mut there) = (open(&folder), open(&folder));
    let seen = there.version().unwrap();
    assert!(there.moved().unwrap().is_empty());
    here.realm_moved("letemcook").unwrap();
    assert_ne!(there.version().unwrap(), seen);
    let once = there.moved().unwrap();
    here.realm_moved("letemcook").unwrap();
    assert_ne!(there.moved().unwrap(), once, "each time is another one");
    let seen = there.version().unwrap();
    there.moved().unwrap();
    assert_eq!(there.version().unwrap(), seen, "to look is no write");
}
