//! Words that are signed with real keys: whose they are is evidence, and nothing is pushed that could not be signed.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use blue_git::{SignatureFormat, Signing};

use super::world::*;
use crate::history::{Filter, log};
use crate::merge::{Because, Decision, Merging, Outcome, Terms, Wait, merge_open};
use crate::{Ask, RealmPlace, words};

/// A realm that leaves breaks to those whom they break, with a key of each repo; the keys of ada and finn.
struct Signed {
    world: World,
    keys: tempfile::TempDir,
}

fn run(program: &str, at: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.current_dir(at).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
}

impl Signed {
    /// Nothing on a machine without ssh-keygen.
    fn new() -> Option<Signed> {
        let keys = tempfile::tempdir().unwrap();
        let key = |who: &str| {
            let made = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", who];
            let text = || std::fs::read_to_string(keys.path().join(format!("{who}.pub")));
            run("ssh-keygen", keys.path(), &made).then(|| text().unwrap().trim().to_owned())
        };
        let file = |repo: &str, who: &str| {
            let key = key(who)?;
            Some(format!(
                "name: {repo}\nmaintainers: [{who}@example.com]\nsigning_keys:\n  - {key}\n"
            ))
        };
        let exporter = file("aperture", "ada")?;
        let importer = file("fungal-image-analysis", "finn")?;
        let world = World::with(&[
            (
                "realm.yaml",
                "name: letemcook\nversion: 1.0.0\ngovernance:\n  approvers: [rosa@example.com]\n  breaking_changes:\n    require_approval: false\n",
            ),
            ("repos/aperture.yaml", &exporter),
            ("repos/fungal-image-analysis.yaml", &importer),
        ]);
        Some(Signed { world, keys })
    }

    fn key(&self, whose: &str) -> PathBuf {
        self.keys.path().join(whose)
    }

    /// As somebody whose git signs with a key of somebody's.
    fn signing<T>(&self, who: &str, whose: &str, doing: impl FnOnce(&mut Ask<'_>) -> T) -> T {
        let key = self.key(whose).to_string_lossy().into_owned();
        as_who(who, |ask| {
            ask.actor.signing = Some(Signing {
                format: SignatureFormat::Ssh,
                key: Some(key),
                key_command: None,
                program: "ssh-keygen".to_owned(),
            });
            doing(ask)
        })
    }

    /// ada's break, signed with her key.
    fn break_it(&self, place: &RealmPlace) {
        let gone = [change(&[], &[("read", "calibration/current.json")])];
        let synced = self.signing("ada", "ada", |ask| {
            sync(place, &gone, &source("a", "main"), ask)
        });
        synced.unwrap();
    }
}

fn merge(place: &RealmPlace, ask: &mut Ask<'_>) -> Vec<Merging> {
    let mut realm = open(place, ask).unwrap();
    merge_open(&mut realm, &Terms::default(), &[], ask).unwrap()
}

fn waits(merging: &Merging) -> Vec<Wait> {
    match &merging.judged().outcome {
        Outcome::Decided(Decision::Wait(waits)) => waits.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_verified_word_is_evidence_and_a_break_needs_nobody_else() {
    let Some(signed) = Signed::new() else { return };
    let (world, place) = (&signed.world, signed.world.checkout("a"));
    signed.break_it(&place);
    signed
        .signing("finn", "finn", |ask| follow_all(&place, ask))
        .unwrap();
    // Whoever starts no program verifies nobody.
    let unasked = as_who("ada", |ask| {
        ask.programs = crate::Programs::Never;
        merge(&place, ask)
    });
    assert_eq!(waits(&unasked[0]), [Wait::Approver]);
    assert_eq!(unasked[0].judged().actor(), "ada@example.com (unverified)");
    let merging = signed.signing("ada", "ada", |ask| merge(&place, ask));
    let [Merging::Merged { judged, because }] = &merging[..] else {
        panic!("{merging:?}")
    };
    assert_eq!(*because, Because::Acknowledged);
    assert_eq!(judged.actor(), "ada@example.com");
    assert_eq!(judged.changes[0].1.words[0].shown(), "finn@example.com");

    // git itself calls every commit of theirs good, and the log says who is verified.
    let allowed = signed.keys.path().join("allowed");
    let line = |who: &str| {
        let key = std::fs::read_to_string(signed.key(&format!("{who}.pub"))).unwrap();
        format!("{who}@example.com {key}")
    };
    std::fs::write(&allowed, line("ada") + &line("finn")).unwrap();
    let realm = as_who("ada", |ask| open(&place, ask)).unwrap();
    let tip = realm.tip().unwrap();
    let all = Filter::default();
    let logged = as_who("ada", |ask| log(&realm, tip, &all, 9, ask)).unwrap();
    let said: Vec<(&str, bool)> = logged
        .iter()
        .map(|it| (&*it.actor, it.is_verified))
        .collect();
    let (ada, finn) = (("ada@example.com", true), ("finn@example.com", true));
    assert_eq!(said[..2], [finn, ada]);
    assert!(said[2..].iter().all(|(_, is_verified)| !is_verified));
    let option = format!("gpg.ssh.allowedSignersFile={}", allowed.display());
    for it in &logged[..2] {
        let id = it.commit.id.to_string();
        let is_good = run(
            "git",
            &world.remote_path(),
            &["-c", &option, "verify-commit", &id],
        );
        assert!(is_good, "{}", it.subject);
    }
}

#[test]
fn a_key_speaks_for_its_own_repo_alone() {
    // Not signed; by a key of another repo; by one that the realm does not have.
    for whose in [None, Some("ada"), Some("strange")] {
        let Some(signed) = Signed::new() else { return };
        let place = signed.world.checkout("a");
        let made = ["-q", "-t", "ed25519", "-N", "", "-f", "strange"];
        assert!(run("ssh-keygen", signed.keys.path(), &made));
        signed.break_it(&place);
        match whose {
            Some(whose) => signed.signing("finn", whose, |ask| follow_all(&place, ask)),
            None => as_who("finn", |ask| follow_all(&place, ask)),
        }
        .unwrap();
        let merging = as_who("ada", |ask| merge(&place, ask));
        assert_eq!(waits(&merging[0]), [Wait::Approver], "{whose:?}");
        let told = words::waits(merging[0].judged());
        assert!(told[0].text.contains("is unverified"), "{told:?}");
        // An approver merges it, and the merge says who was not verified.
        as_who("rosa", |ask| merge(&place, ask));
        let said = signed.world.remote().commit_info(signed.world.main());
        let said = said.unwrap().message;
        assert!(said.contains("finn@example.com (unverified)"), "{said}");
    }
}

#[test]
fn what_cannot_be_signed_is_not_pushed_and_nothing_is_lost() {
    let Some(signed) = Signed::new() else { return };
    let (world, place) = (&signed.world, signed.world.checkout("a"));
    let before = world.branches();
    let added = [change(&[("write", "jobs/*/report.json")], &[])];
    let sync_with = |whose: &str| {
        signed.signing("ada", whose, |ask| {
            sync(&place, &added, &source("a", "main"), ask)
        })
    };
    let why = sync_with("no-such-key").unwrap_err().to_string();
    assert!(
        why.contains("could not be signed: ssh-keygen says: ") && why.contains("run this again"),
        "{why}"
    );
    assert_eq!(world.branches(), before);
    sync_with("ada").unwrap();
    let (branch, tip) = world.open();
    // Neither is a word that cannot be signed.
    let said = signed.signing("finn", "no-such-key", |ask| follow_all(&place, ask));
    assert!(said.is_err());
    assert_eq!(world.open(), (branch, tip));
    assert!(world.remote().signature_of(tip).unwrap().is_some());
}

#[test]
fn a_rehearsal_signs_nothing_and_shows_all_that_will_be_done() {
    let Some(signed) = Signed::new() else { return };
    let place = signed.world.checkout("a");
    signed.break_it(&place);
    // A key that is not there: nobody asks it.
    let (merged, told) = signed.signing("finn", "no-such-key", |ask| {
        let realm = open(&place, ask).unwrap();
        let mut rehearsal = realm.rehearsal().unwrap();
        follow_in(&mut rehearsal, &place, ask).unwrap();
        let merging = merge_open(&mut rehearsal, &Terms::default(), &[], ask).unwrap();
        (
            matches!(merging[0], Merging::Merged { .. }),
            words::signed_with(&ask.actor).unwrap(),
        )
    });
    assert!(merged, "with the key, it would be");
    assert_eq!(
        told,
        "its commits are signed by finn@example.com with ssh-keygen, as git is told to"
    );
    assert_eq!(signed.world.branches().len(), 2);
}
