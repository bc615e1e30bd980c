//! Repos that ask to take part on branches of their own: let in by whom the realm says, and nothing beside them.

use blue_git::CommitId;

use super::world::*;
use crate::admin::{CODEOWNERS, Join, codeowners, join};
use crate::ask::Step;
use crate::merge::{Admitted, Joining, admit_open, open_joins};
use crate::{Error, commit, words};

const STATION: &str = "repos/station.yaml";

/// A realm whose file of owners is Blue's.
fn owned(files: &[(&str, &str)]) -> World {
    let world = World::with(files);
    let owners = codeowners(&world.realm("main"));
    world.commit("rosa", &[(CODEOWNERS, &owners)]);
    world
}

/// Somebody's repo asks to take part.
fn asks(world: &World, who: &str, repo: &str) -> CommitId {
    let place = world.checkout(&format!("realm-of-{who}"));
    as_who(who, |ask| {
        let realm = open(&place, ask).unwrap();
        let tip = realm.tip().unwrap();
        let wish = Join {
            repo: repo.to_owned(),
            path: Some(format!("../{repo}")),
            ..Join::default()
        };
        let base = realm.realm_at(tip).unwrap();
        let written = join(&base, &wish, &ask.actor, NOW).unwrap().unwrap();
        let made = commit(&realm, tip, &written, ask).unwrap();
        realm
            .publish(
                &blue_git::RefUpdate {
                    branch: format!("join/{repo}"),
                    expected: None,
                    to: Some(made),
                },
                ask,
            )
            .unwrap();
        made
    })
}

fn admit(world: &World, who: &str) -> Vec<Joining> {
    let place = world.checkout("realm");
    as_who(who, |ask| {
        let mut realm = open(&place, ask)?;
        admit_open(&mut realm, ask)
    })
    .unwrap()
}

/// What is said of the only one.
fn said(world: &World, who: &str) -> String {
    let joining = admit(world, who);
    let [one] = &joining[..] else {
        panic!("{joining:?}")
    };
    let lines = words::joining(one, "main", crate::sync::Target::Remote).into_iter();
    lines.map(|it| it.text).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_approver_lets_a_repo_in_and_nobody_else_does() {
    let world = owned(&[]);
    asks(&world, "mia", "station");
    let before = world.main();
    for who in ["ada", "mia"] {
        assert_eq!(
            said(&world, who),
            "station asks to take part (mia@example.com (unverified)): join/station waits for \
             rosa@example.com to run `blue realm sync`"
        );
    }
    assert_eq!(world.main(), before);
    assert_eq!(
        said(&world, "rosa"),
        "station takes part now: join/station of mia@example.com (unverified) is merged into main"
    );
    assert_eq!(world.branches().len(), 1, "and taken away");
    assert!(admit(&world, "ada").is_empty());
    let file = world.text("main", STATION).unwrap();
    assert!(file.contains("mia@example.com"), "{file}");
    let made = world.remote().commit_info(world.main()).unwrap();
    let approved: Vec<_> = made.trailers("Blue-Approved-By").collect();
    assert_eq!(approved, ["rosa@example.com"]);
    let owners = world.text("main", CODEOWNERS).unwrap();
    assert_eq!(owners, codeowners(&world.realm("main")));
    assert!(owners.contains("/repos/station.yaml"));
}

#[test]
fn two_who_ask_at_once_are_both_let_in() {
    let world = owned(&[]);
    asks(&world, "mia", "station");
    asks(&world, "bert", "greenhouse");
    let joined = admit(&world, "rosa");
    assert!(
        joined.iter().all(|it| matches!(it, Joining::Joined(_))) && joined.len() == 2,
        "{joined:?}"
    );
    let owners = world.text("main", CODEOWNERS).unwrap();
    assert_eq!(owners, codeowners(&world.realm("main")));
    assert!(owners.contains("station") && owners.contains("greenhouse"));
}

#[test]
fn killed_once_it_was_merged_the_next_look_cleans_up() {
    let world = owned(&[]);
    asks(&world, "mia", "station");
    let place = world.checkout("realm");
    let killed = as_who("rosa", |ask| {
        let mut realm = open(&place, ask)?;
        ask.killed_after = Some(Step::Merged);
        admit_open(&mut realm, ask)
    });
    assert!(matches!(killed, Err(Error::Stopped)));
    assert!(world.text("main", STATION).is_some());
    let main = world.main();
    assert!(admit(&world, "rosa").is_empty());
    assert_eq!((world.main(), world.branches().len()), (main, 1));
}

#[test]
fn nothing_else_comes_in_with_it() {
    let station = "name: station\nmaintainers: [mia@example.com]\n";
    let realm = "name: letemcook\nversion: 1.0.0\ngovernance:\n  approvers: [mia@example.com]\n";
    let ours = "name: aperture\nmaintainers: [mia@example.com]\n";
    let member = "name: s3-access\nmembers: [aperture, fungal-image-analysis, station]\n";
    let other = "name: greenhouse\nmaintainers: [mia@example.com]\n";
    let beside: &[(&str, &str, &str)] = &[
        (
            "realm.yaml",
            realm,
            "it changes realm.yaml, which is none of station's own files",
        ),
        (
            "repos/aperture.yaml",
            ours,
            "it changes repos/aperture.yaml",
        ),
        (
            "repos/greenhouse.yaml",
            other,
            "it brings greenhouse and station at once",
        ),
        (
            "domains/s3-access/domain.yaml",
            member,
            "it changes domains/s3-access/domain.yaml",
        ),
        (
            "domains/s3-access/bindings/fungal-image-analysis.yaml",
            "repo: fungal-image-analysis\n",
            "none of station's own files",
        ),
        (
            "domains/s3-access/contracts/mine.yaml",
            "name: mine\nowner: station\nschema: {}\n",
            "none of station's own files",
        ),
        (
            "domains/s3-access/acceptances/station.yaml",
            "[]\n",
            "none of station's own files",
        ),
        (
            ".github/workflows/blue.yaml",
            "on: push\n",
            "it changes .github/workflows/blue.yaml",
        ),
    ];
    for (path, text, expected) in beside {
        let world = owned(&[]);
        let files = [(STATION, Some(station)), (*path, Some(*text))];
        let made = world.made("mia", world.main(), &files);
        is_kept_out(&world, made, expected);
    }
    let world = owned(&[]);
    // The file of owners is made anew, whatever the branch says it is.
    let files = [
        (STATION, Some(station)),
        (CODEOWNERS, Some("* mia@example.com\n")),
    ];
    world.push("join/station", world.made("mia", world.main(), &files));
    assert!(matches!(admit(&world, "rosa")[..], [Joining::Joined(_)]));
    let owners = world.text("main", CODEOWNERS).unwrap();
    assert_eq!(owners, codeowners(&world.realm("main")));

    let world = owned(&[]);
    let files = [(STATION, Some(station))];
    let message = "joins\n\nBlue-Approved-By: rosa@example.com\n";
    let says = world.said("mia", world.main(), &files, message);
    is_kept_out(
        &world,
        says,
        "says `Blue-Approved-By`, which only main says",
    );
    let world = owned(&[]);
    let nothing = world.made("mia", world.main(), &[("notes.md", Some("x"))]);
    is_kept_out(&world, nothing, "it brings no repo that is new");
    let world = owned(&[]);
    let wrong = world.made("mia", world.main(), &[(STATION, Some("name: aperture\n"))]);
    is_kept_out(&world, wrong, "repos/station.yaml: ");
}

/// Not even by an approver.
fn is_kept_out(world: &World, made: CommitId, expected: &str) {
    let main = world.main();
    world.push("join/station", made);
    let said = said(world, "rosa");
    assert!(said.contains(expected), "{said}\n{expected}");
    assert_eq!(world.main(), main, "{said}");
}

#[test]
fn who_may_let_in_is_what_the_record_says() {
    let realm = |admission: &str| {
        format!(
            "name: letemcook\nversion: 1.0.0\ngovernance:\n  approvers: [rosa@example.com]\n  admission: {admission}\n"
        )
    };
    for (admission, by_anybody, by_approver) in [
        ("open", true, true),
        ("approval", false, true),
        ("invite-only\n  invited: [station]", true, true),
        ("invite-only", false, false),
    ] {
        let world = owned(&[("realm.yaml", &realm(admission))]);
        asks(&world, "mia", "station");
        let may = |who: &str| {
            let place = world.checkout("realm");
            as_who(who, |ask| {
                let realm = open(&place, ask).unwrap();
                let main = realm.tip().unwrap();
                let record = realm.realm_at(main).unwrap();
                let (open, _) = open_joins(&realm, (main, &record), ask).unwrap();
                matches!(open[0].outcome, Admitted::Yes(_))
            })
        };
        assert_eq!(
            (may("bert"), may("rosa")),
            (by_anybody, by_approver),
            "{admission}"
        );
    }
}
