//! A repo of people who are no approvers asks to take part, by the command alone: who is asked sees it, and lets it in.

use std::process::Command;

use crate::served::Served;

/// What a command of mia's says, who is nobody to the realm yet.
fn as_mia(served: &Served, arguments: &[&str]) -> String {
    let mut command = served
        .world
        .at_home(Command::new(env!("CARGO_BIN_EXE_blue")));
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "mia");
        command.env(format!("GIT_{who}_EMAIL"), "mia@example.com");
    }
    let output = command.args(arguments).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}{errors}");
    said
}

#[test]
fn a_repo_asks_to_take_part_and_an_approver_lets_it_in() {
    let served = Served::make();
    served.ok("git init -q -b main station");
    served.ok("git -C station commit -q --allow-empty -m begin");
    let url = served.server.url("realm-letemcook.git");
    let said = as_mia(
        &served,
        &["-C", "station", "realm", "admin", "join", &url, "--yes"],
    );
    let asks = "✓ station asks to take part in letemcook\n  it waits on the branch join/station for demo@blue.invalid";
    assert!(said.contains(asks), "{said}");
    let waits = "station asks to take part (mia@example.com (unverified)): join/station waits for demo@blue.invalid \
                 to run `blue realm sync`";
    for verb in [
        &["-C", "station", "realm", "sync"][..],
        &["-C", "station", "status", "--fetch"],
    ] {
        let said = as_mia(&served, verb);
        assert!(said.contains(waits), "{verb:?}: {said}");
    }
    assert_eq!(served.branches(), ["join/station", "main"]);

    let said = served.ok("blue -C aperture status --fetch");
    assert!(
        said.contains(
            "station asks to take part (mia@example.com (unverified)): `blue realm sync` lets it in"
        ),
        "{said}"
    );
    let said = served.ok("blue -C aperture realm sync");
    assert!(
        said.contains("station takes part now: join/station of mia@example.com (unverified) is merged into main"),
        "{said}"
    );
    assert_eq!(served.branches(), ["main"]);
    assert!(
        served
            .file("main", "repos/station.yaml")
            .contains("mia@example.com")
    );
    let said = as_mia(&served, &["-C", "station", "realm", "sync"]);
    assert!(said.contains("nothing to do"), "{said}");
}
