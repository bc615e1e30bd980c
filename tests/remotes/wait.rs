//! `blue realm sync --wait`: until it is merged or cannot be, by whomever.

use crate::served::{FUNGAL, Served};

const WAITS: &str = "waits for fungal-image-analysis to acknowledge it";

/// aperture has synced and waits.
fn waiting(served: &Served) -> crate::running::Running {
    let mut running = served.start("blue -C aperture realm sync --wait --timeout 1m");
    running.until(WAITS);
    running
}

/// The branch is not there any more, on the remote; its name.
fn gone(served: &Served) -> String {
    let branch = served.branches().pop().expect("a sync");
    served.ok(&format!("git -C realm-letemcook.git branch -q -D {branch}"));
    branch
}

fn contract(served: &Served) -> String {
    served.file("main", "domains/s3-access/contracts/s3-permissions.yaml")
}

#[test]
fn whoever_waits_merges_what_was_acknowledged() {
    let served = Served::with_a_change();
    let running = waiting(&served);
    served.world.edit(
        "fungal-image-analysis/infra/stack.py",
        "                     f\"{OBJECTS}/jobs/*/out.json\",\n\
         +                    f\"{OBJECTS}/jobs/*/report.json\",\n",
    );
    let said = served.ok(&format!("blue -C {FUNGAL} ack"));
    assert!(said.contains("follows 1.5.0"), "{said}");
    let said = running.over().exited(0);
    let last = "is merged into main (everyone who was asked has acknowledged it)\n";
    assert!(said.ends_with(last), "{said}");
    assert!(contract(&served).contains("version: 1.5.0"));
}

#[test]
fn it_is_seen_that_somebody_else_merged_it() {
    let served = Served::with_a_change();
    let running = waiting(&served);
    // One push that is both the importer's word and the merge.
    let branch = served.branches().pop().expect("a sync");
    served.ok(&format!(
        "git -C realm-letemcook.git update-ref refs/heads/main {branch}"
    ));
    gone(&served);
    let said = running.over().exited(0);
    let last = format!("{branch} is merged into main\n");
    assert!(said.ends_with(&last), "{said}");
}

#[test]
fn a_branch_that_is_taken_away_is_the_end_of_waiting() {
    let served = Served::with_a_change();
    let running = waiting(&served);
    let branch = gone(&served);
    let said = running.over().exited(1);
    let last = format!("{branch} was taken away without being merged into main\n");
    assert!(said.ends_with(&last), "{said}");
}

#[test]
fn a_sync_that_cannot_be_merged_any_more_is_the_end_of_waiting() {
    let served = Served::with_a_change();
    let running = waiting(&served);
    // Somebody writes to the contract on main, by hand and at the very same lines.
    served.ok("git clone -q realm-letemcook.git hands");
    let path = "hands/domains/s3-access/contracts/s3-permissions.yaml";
    let text = contract(&served).replace("version: 1.4.0\nowner", "version: 1.4.1\nowner");
    served.world.write(path, &text);
    served.ok("git -C hands commit -qam hands");
    // The one who waits says on main that it does, before this push or after it.
    if served.run("git -C hands push -q origin main").1 != 0 {
        served.ok("git -C hands pull -q --rebase origin main");
        served.ok("git -C hands push -q origin main");
    }
    let said = running.over().exited(1);
    assert!(said.contains("cannot be merged"), "{said}");
}

#[test]
fn the_time_is_over() {
    let served = Served::with_a_change();
    let said = served.run("blue -C aperture realm sync --wait --timeout 0s");
    assert_eq!(said.1, 3, "{}", said.0);
    assert!(
        said.0
            .contains("waits still, and is not waited for any longer"),
        "{}",
        said.0
    );
    let (said, exit) = served.run("blue -C aperture realm sync --wait --timeout 0s --json");
    assert_eq!(exit, 3, "{said}");
    let json = &said[..said.rfind('}').expect("a document") + 1];
    let json: serde_json::Value = serde_json::from_str(json).expect("it is whole");
    assert_eq!(json["realms"][0]["waited"][0]["state"], "waits");
}

#[test]
fn nothing_to_wait_for() {
    let served = Served::make();
    assert!(
        served
            .ok("blue -C aperture realm sync --wait")
            .contains("nothing to do")
    );
    let (said, exit) = served.run("blue -C aperture realm sync --wait --timeout soon");
    assert_eq!(exit, 2, "{said}");
    assert!(said.contains("90s, 10m or 2h"), "{said}");
}
