//! What waits, who has spoken, and what becomes of it.

use super::world::*;
use crate::ack::Said;
use crate::merge::{Because, Decision, Force, Merging, Outcome, Terms, Wait, merge_open};
use crate::{Ask, RealmPlace};

const DAY: i64 = 24 * 60 * 60;

fn merge(place: &RealmPlace, terms: &Terms<'_>, ask: &mut Ask<'_>) -> Vec<Merging> {
    let mut realm = open(place, ask).unwrap();
    merge_open(&mut realm, terms, &[], ask).unwrap()
}

fn decision(merging: &Merging) -> Decision {
    match &merging.judged().outcome {
        Outcome::Decided(decision) => decision.clone(),
        Outcome::Refused(why) => panic!("{why:?}"),
    }
}

fn report() -> [crate::sync::ContractChange; 1] {
    [change(&[("write", "jobs/*/report.json")], &[])]
}

#[test]
fn acknowledged_on_the_branch_it_is_merged_and_everyone_is_current() {
    let world = World::new();
    let (exporter, importer) = (world.checkout("a"), world.checkout("b"));
    let synced = as_who("ada", |ask| {
        sync(&exporter, &report(), &source("a", "main"), ask)
    });
    let (_, merging) = synced.unwrap();
    let waits = [Wait::Importers {
        repos: vec!["fungal-image-analysis".into()],
        until: None,
    }];
    assert_eq!(decision(&merging[0]), Decision::Wait(waits.to_vec()));
    let said = as_who("finn", |ask| follow_all(&importer, ask)).unwrap();
    assert_eq!(
        said[0].on.as_deref(),
        Some("sync/aperture/20260106T090000Z")
    );
    assert!(
        matches!(said[0].said, Said::Follows { widened: None, .. }),
        "{said:?}"
    );
    let again = as_who("finn", |ask| follow_all(&importer, ask)).unwrap();
    assert_eq!(again[0].said, Said::Already);
    let merging = as_who("finn", |ask| merge(&importer, &Terms::default(), ask));
    let made_by = &merging[0].judged().open.actor;
    assert_eq!(made_by, "ada@example.com", "not who acknowledged it");
    assert!(matches!(
        &merging[..],
        [Merging::Merged {
            because: Because::Acknowledged,
            ..
        }]
    ));
    let binding = world.text("main", BINDING).unwrap();
    assert!(binding.contains("resolved_version: 1.5.0\n    resolved_at: 2026-01-06T09:00:00Z\n"));
    assert!(binding.contains("# until we move"));
    assert!(
        world
            .text("main", CONTRACT)
            .unwrap()
            .contains("version: \"1.5.0\"")
    );
    assert_eq!(world.branches().len(), 1, "the merged branch is taken away");
    let nothing = as_who("ada", |ask| merge(&exporter, &Terms::default(), ask));
    assert!(nothing.is_empty());
}

#[test]
fn a_word_is_about_what_stood_there() {
    let world = World::new();
    let place = world.checkout("a");
    as_who("ada", |ask| {
        sync(&place, &report(), &source("a", "main"), ask)
    })
    .unwrap();
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    let more = [change(
        &[("write", "jobs/*/report.json"), ("write", "jobs/*/log.txt")],
        &[],
    )];
    as_who("ada", |ask| sync(&place, &more, &source("b", "main"), ask)).unwrap();
    assert!(
        !world
            .text("main", CONTRACT)
            .unwrap()
            .contains("report.json")
    );
    let open = world.branches().pop().unwrap().0;
    assert!(world.text(&open, CONTRACT).unwrap().contains("log.txt"));
    // It can be said of that as well, though the version is the one that was followed already.
    let said = as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    assert!(matches!(said[0].said, Said::Follows { .. }), "{said:?}");
    let again = as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    assert_eq!(again[0].said, Said::Already);
    as_who("ada", |ask| sync(&place, &more, &source("b", "main"), ask)).unwrap();
    assert!(world.text("main", CONTRACT).unwrap().contains("log.txt"));
}

/// A version that is larger than what the change needs stays, also where the branch of record has moved on: it is followed.
#[test]
fn a_sync_keeps_the_version_that_it_has() {
    let world = World::new();
    let place = world.checkout("a");
    let one = [change(&[("read", "one.json")], &[])];
    let two = [change(&[("read", "two.json")], &[])];
    let of = |changes: &[crate::sync::ContractChange], code: Code, source: &crate::sync::Source| {
        as_who("ada", |ask| sync_of(&place, code, changes, source, ask))
            .unwrap()
            .0
    };
    of(&one, Code::ANOTHER, &source("a", "one"));
    of(&two, Code::ANOTHER, &source("b", "two"));
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    let text = world.text("main", CONTRACT).unwrap();
    let described = text.replace(
        "owner: aperture\n",
        "owner: aperture\ndescription: all of it\nx-team: imaging\n",
    );
    world.commit(
        "ada",
        &[(
            CONTRACT,
            &described.replace(
                "    changes: the first\n",
                "    changes: the first of all\n",
            ),
        )],
    );
    // The first takes its code back; what the second says, and who follows it, stays.
    of(
        &[],
        Code {
            has: "a",
            ..Code::ANOTHER
        },
        &source("c", "one"),
    );
    let done = of(
        &two,
        Code {
            has: "b",
            ..Code::ANOTHER
        },
        &source("b", "two"),
    );
    let (branch, _) = world.open();
    assert!(
        world
            .text(&branch, CONTRACT)
            .unwrap()
            .contains("version: \"1.6.0\""),
        "{done:?}"
    );
    assert!(
        world
            .text(&branch, BINDING)
            .unwrap()
            .contains("resolved_version: 1.6.0")
    );
    assert_eq!(done.last().unwrap().planned[0].to.to_string(), "1.6.0");
}

/// Somebody else's line beside the one that the importer writes is no reason to forget what it said.
#[test]
fn a_word_outlives_a_comment_beside_it() {
    let world = World::new();
    let place = world.checkout("a");
    let synced = || {
        as_who("ada", |ask| {
            sync(&place, &report(), &source("a", "main"), ask)
        })
    };
    synced().unwrap();
    let binding = world.text("main", BINDING).unwrap();
    let commented = binding.replace("infra/stack.py", "infra/stack.py # the one");
    world.commit("finn", &[(BINDING, &commented)]);
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    synced().unwrap();
    assert!(
        world
            .text("main", CONTRACT)
            .unwrap()
            .contains("report.json")
    );
    let merged = commented
        .replace("1.4.0", "1.5.0")
        .replace("01-05", "01-06");
    assert_eq!(world.text("main", BINDING).unwrap(), merged);
}

/// A break waits that the importer follows, in a range that it widens for it. Then it is taken back, and something else
/// waits in its place: the word is about what does not come.
#[test]
fn a_word_about_what_does_not_come_is_taken_back() {
    for others_write_meanwhile in [false, true] {
        let world = World::new();
        let place = world.checkout("a");
        let sync = |code: &str, changes: &[crate::sync::ContractChange]| {
            let synced = as_who("ada", |ask| {
                sync(&place, changes, &source(code, "main"), ask)
            });
            synced.unwrap()
        };
        sync("a", &[change(&[], &[("read", "calibration/current.json")])]);
        as_who("finn", |ask| follow_all(&place, ask)).unwrap();
        let (branch, _) = world.open();
        let binding = || world.text(&branch, BINDING).unwrap();
        assert!(binding().contains(">=2.0.0, <3.0.0"), "{}", binding());
        assert!(binding().contains("resolved_version: 2.0.0"));
        if others_write_meanwhile {
            let nothing = "- { fingerprint: 'v1:0', contract: s3-permissions, reason: x }\n";
            let path = "domains/s3-access/acceptances/fungal-image-analysis.yaml";
            world.commit("finn", &[(path, nothing)]);
        }

        let (branches, _) = sync("b", &report());
        let notes = branches[0].planned[0].notes.join("\n");
        assert!(
            notes.contains("follows s3-permissions 2.0.0, which becomes 1.5.0 now"),
            "{notes}"
        );
        assert_eq!(Some(binding()), world.text("main", BINDING));

        // It is asked anew, and its word about what comes counts.
        let said = as_who("finn", |ask| follow_all(&place, ask)).unwrap();
        let follows = |said: &Said| matches!(said, Said::Follows { widened: None, .. });
        assert!(follows(&said[0].said), "{said:?}");
        let merging = as_who("ada", |ask| merge(&place, &Terms::default(), ask));
        assert!(
            matches!(merging[..], [Merging::Merged { .. }]),
            "{merging:?}"
        );
        let binding = world.text("main", BINDING).unwrap();
        assert!(binding.contains("resolved_version: 1.5.0"), "{binding}");
        assert!(binding.contains(">=1.0.0, <2.0.0"), "{binding}");
    }
}

/// The importer follows a version that says more before it comes: it can say so again.
#[test]
fn a_word_about_less_than_comes_is_asked_for_anew() {
    let world = World::new();
    let place = world.checkout("a");
    let log = ("write", "jobs/*/log.txt");
    let sync = |code: &str, values: &[(&str, &str)]| {
        let changes = [change(values, &[])];
        as_who("ada", |ask| {
            sync(&place, &changes, &source(code, "main"), ask)
        })
        .unwrap()
    };
    sync("a", &[("write", "jobs/*/report.json")]);
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    let (branches, _) = sync("b", &[("write", "jobs/*/report.json"), log]);
    let notes = branches[0].planned[0].notes.join("\n");
    assert!(
        notes.contains("1.5.0, which says something else now"),
        "{notes}"
    );
    let said = as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    assert!(matches!(said[0].said, Said::Follows { .. }), "{said:?}");
    let merging = as_who("ada", |ask| merge(&place, &Terms::default(), ask));
    assert!(
        matches!(merging[..], [Merging::Merged { .. }]),
        "{merging:?}"
    );
}

/// An importer accepts a break that is taken back before it comes.
#[test]
fn an_acceptance_of_what_does_not_come_is_taken_back() {
    let world = World::new();
    let place = world.checkout("a");
    let gone = ("read", "calibration/current.json");
    let sync = |code: &str, changes: &[crate::sync::ContractChange]| {
        let synced = as_who("ada", |ask| {
            sync(&place, changes, &source(code, "main"), ask)
        });
        synced.unwrap()
    };
    sync("a", &[change(&[], &[gone])]);
    let print = print_of(gone.0, gone.1);
    let accepted = as_who("finn", |ask| {
        let mut realm = open(&place, ask)?;
        let acceptance = crate::ack::Acceptance {
            repo: "fungal-image-analysis",
            fingerprint: &print,
            contract: None,
            reason: "we move in May",
            until: None,
        };
        crate::ack::accept(&mut realm, &acceptance, ask)
    });
    let branch = accepted.unwrap().unwrap();
    let path = "domains/s3-access/acceptances/fungal-image-analysis.yaml";
    assert!(world.text(&branch, path).is_some());
    sync("b", &report());
    assert_eq!(world.text(&branch, path), None);
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    let merging = as_who("ada", |ask| merge(&place, &Terms::default(), ask));
    assert!(
        matches!(merging[..], [Merging::Merged { .. }]),
        "{merging:?}"
    );
}

/// The importer is behind what was merged by force, and follows both that and the sync that waits: on the branch of
/// record and on the sync's, which change one line of its binding.
#[test]
fn a_word_outlives_what_came_on_the_branch_of_record() {
    for changes_its_mind in [false, true] {
        let world = World::new();
        let place = world.checkout("a");
        let sync = |code: &str, changes: &[crate::sync::ContractChange]| {
            as_who("ada", |ask| {
                sync(&place, changes, &source(code, "main"), ask)
            })
            .unwrap()
        };
        sync("a", &report());
        let forced = Terms {
            force: Force::Now,
            ..Terms::default()
        };
        as_who("rosa", |ask| merge(&place, &forced, ask));
        let log = ("write", "jobs/*/log.txt");
        sync("b", &[change(&[log], &[])]);
        as_who("finn", |ask| follow_all(&place, ask)).unwrap();
        let more = [log, ("write", "jobs/*/more.txt")];
        let wanted = if changes_its_mind {
            &more[..]
        } else {
            &more[..1]
        };
        sync("c", &[change(wanted, &[])]);
        let is_merged = |what: &str| world.text("main", CONTRACT).unwrap().contains(what);
        assert_eq!(
            is_merged("log.txt"),
            !changes_its_mind,
            "the word was about this"
        );
        if changes_its_mind {
            as_who("finn", |ask| follow_all(&place, ask)).unwrap();
            sync("c", &[change(wanted, &[])]);
            assert!(is_merged("more.txt"), "{:?}", world.branches());
        }
        assert_eq!(world.branches().len(), 1, "{:?}", world.branches());
        let binding = world.text("main", BINDING).unwrap();
        assert!(binding.contains("resolved_version: 1.6.0"), "{binding}");
    }
}

#[test]
fn a_break_needs_an_approver_and_widens_the_range_of_who_follows() {
    let world = World::new();
    let place = world.checkout("a");
    let gone = [change(&[], &[("read", "calibration/current.json")])];
    as_who("ada", |ask| sync(&place, &gone, &source("a", "main"), ask)).unwrap();
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    let merging = as_who("finn", |ask| merge(&place, &Terms::default(), ask));
    assert_eq!(decision(&merging[0]), Decision::Wait(vec![Wait::Approver]));
    let merging = as_who("rosa", |ask| merge(&place, &Terms::default(), ask));
    assert!(matches!(merging[0], Merging::Merged { .. }), "{merging:?}");
    let binding = world.text("main", BINDING).unwrap();
    assert!(
        binding.contains("version: \">=2.0.0, <3.0.0\" # until we move"),
        "{binding}"
    );
    let said = world.remote().commit_info(world.main()).unwrap();
    assert_eq!(
        said.trailers("Blue-Approved-By").collect::<Vec<_>>(),
        ["rosa@example.com"]
    );
    assert!(
        said.message.contains("finn@example.com (unverified)"),
        "{}",
        said.message
    );
}

#[test]
fn the_grace_period_begins_when_the_branch_of_record_says_so() {
    let world = World::new();
    let place = world.checkout("a");
    as_who("ada", |ask| {
        sync(&place, &report(), &source("a", "main"), ask)
    })
    .unwrap();
    let at = |days: i64| {
        as_who("ada", |ask| {
            ask.now = NOW + days * DAY;
            merge(&place, &Terms::default(), ask)
        })
    };
    assert!(matches!(at(10)[0], Merging::Waits { recorded: true, .. }));
    let waits = at(11);
    let until = Some(NOW + 24 * DAY);
    let repos = vec!["fungal-image-analysis".to_owned()];
    assert_eq!(
        decision(&waits[0]),
        Decision::Wait(vec![Wait::Importers { repos, until }])
    );
    assert!(matches!(
        waits[0],
        Merging::Waits {
            recorded: false,
            ..
        }
    ));
    assert!(matches!(
        at(24)[0],
        Merging::Merged {
            because: Because::GracePassed,
            ..
        }
    ));
    let text = world.text("main", CONTRACT).unwrap();
    assert!(text.contains("report.json"), "{text}");
}

#[test]
fn an_approver_insists_and_it_is_written_down() {
    let world = World::new();
    let place = world.checkout("a");
    let gone = [change(&[], &[("read", "calibration/current.json")])];
    as_who("ada", |ask| sync(&place, &gone, &source("a", "main"), ask)).unwrap();
    let terms = Terms {
        force: Force::Now,
        ..Terms::default()
    };
    let by_owner = as_who("ada", |ask| merge(&place, &terms, ask));
    let importers = Wait::Importers {
        repos: vec!["fungal-image-analysis".into()],
        until: None,
    };
    let waits = Decision::Wait(vec![Wait::Approver, importers]);
    assert_eq!(
        decision(&by_owner[0]),
        waits,
        "who is no approver insists in vain"
    );
    let forced = as_who("rosa", |ask| merge(&place, &terms, ask));
    assert!(matches!(
        forced[0],
        Merging::Merged {
            because: Because::Forced,
            ..
        }
    ));
    let said = world.remote().commit_info(world.main()).unwrap();
    assert_eq!(
        said.trailers("Blue-Forced-By").collect::<Vec<_>>(),
        ["rosa@example.com"]
    );
    let silent = "\n\nfungal-image-analysis has not acknowledged it\nWhether the code ";
    assert!(said.message.contains(silent), "{}", said.message);
}

#[test]
fn a_branch_that_changes_what_is_anothers_is_not_merged() {
    let world = World::new();
    let (place, main) = (world.checkout("a"), world.main());
    as_who("ada", |ask| {
        sync(&place, &report(), &source("a", "main"), ask)
    })
    .unwrap();
    let (branch, tip) = world.branches().pop().unwrap();
    let remote = world.remote();
    let binding = world
        .text("main", BINDING)
        .unwrap()
        .replace("1.4.0", "1.5.0");
    for (who, path, text) in [
        // The exporter cannot acknowledge for the importer.
        ("ada", BINDING, binding.as_str()),
        (
            "ada",
            "realm.yaml",
            "name: letemcook\ngovernance:\n  approvers: [ada@example.com]\n",
        ),
    ] {
        let file = blue_git::FileChange {
            path: path.into(),
            content: Some(text.into()),
        };
        let maker = as_who(who, |ask| ask.maker());
        let made = remote.commit_on(tip, &[file], "sneaky", &maker).unwrap();
        let to = |expected, to| blue_git::RefUpdate {
            branch: branch.clone(),
            expected: Some(expected),
            to: Some(to),
        };
        assert!(remote.move_branch(&to(tip, made)).unwrap());
        let merging = as_who("rosa", |ask| merge(&place, &Terms::default(), ask));
        let Outcome::Refused(why) = &merging[0].judged().outcome else {
            panic!("{merging:?}");
        };
        assert!(why.iter().any(|why| why.contains(path)), "{why:?}");
        assert_eq!(world.main(), main);
        assert!(remote.move_branch(&to(made, tip)).unwrap());
    }
}

#[test]
fn an_acceptance_that_has_ended_is_nobodys_word() {
    let world = World::new();
    let place = world.checkout("a");
    let gone = [change(&[], &[("read", "calibration/current.json")])];
    as_who("ada", |ask| sync(&place, &gone, &source("a", "main"), ask)).unwrap();
    let open_branch = world.branches().pop().unwrap().0;
    let accept = |until: Option<&str>, days: i64| {
        as_who("finn", |ask| {
            ask.now += days * DAY;
            let mut realm = open(&place, ask)?;
            let acceptance = crate::ack::Acceptance {
                repo: "fungal-image-analysis",
                fingerprint: &print_of("read", "calibration/current.json"),
                contract: None,
                reason: "we calibrate by hand",
                until: until.and_then(blue_realm::Date::parse),
            };
            crate::ack::accept(&mut realm, &acceptance, ask)
        })
    };
    let decided = |days: i64| {
        as_who("finn", |ask| {
            ask.now += days * DAY;
            decision(&merge(&place, &Terms::default(), ask)[0])
        })
    };
    let waits_for_all = decided(0);
    let refused = accept(Some("2026-01-05"), 0).unwrap_err().to_string();
    assert!(refused.contains("2026-01-05 has passed"), "{refused}");
    assert_eq!(decided(0), waits_for_all);

    // It holds through its last day, and can be given anew once it has ended.
    assert!(accept(Some("2026-01-08"), 0).unwrap().is_some());
    assert_eq!(decided(2), Decision::Wait(vec![Wait::Approver]));
    assert_eq!(accept(None, 2).unwrap(), None);
    assert_ne!(decided(3), Decision::Wait(vec![Wait::Approver]));
    assert!(accept(None, 3).unwrap().is_some());
    assert_eq!(decided(3), Decision::Wait(vec![Wait::Approver]));
    let path = "domains/s3-access/acceptances/fungal-image-analysis.yaml";
    let text = world.text(&open_branch, path).unwrap();
    assert_eq!(text.matches("fingerprint:").count(), 1, "{text}");
    let change = "  change: removed calibration/current.json from read\n";
    assert!(text.contains(change), "{text}");
}
