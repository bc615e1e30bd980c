//! Ctrl-C between two steps: what was begun is finished, said, and found by whoever runs it again.

use std::os::unix::process::ExitStatusExt;

use crate::running::Over;
use crate::served::Served;

const SIGINT: i32 = 2;

fn ended_by_it(over: &Over) {
    assert_eq!(
        over.status.signal(),
        Some(SIGINT),
        "{}{}",
        over.stdout,
        over.stderr
    );
}

#[test]
fn a_sync_under_way_finishes_its_push_and_says_so() {
    let served = Served::with_a_change();
    let gate = served.server.close_gate();
    let mut running = served.start("blue -C aperture realm sync");
    gate.arrived();
    running.interrupt();
    running.until("stopping after this step");
    assert_eq!(
        served.branches(),
        ["main"],
        "git was not told of the push yet"
    );
    gate.open();
    let over = running.over();
    ended_by_it(&over);
    let branch = served.branches().pop().expect("the push was finished");
    let said = format!("it was stopped between two steps, and so far {branch} of letemcook is at ");
    assert!(over.stderr.contains(&said), "{}", over.stderr);
    let again = served.ok("blue -C aperture realm sync");
    let same = format!("{branch}: waits in letemcook already, and nothing changed since");
    assert!(again.starts_with(&same), "{again}");
}

#[test]
fn the_second_one_ends_it_at_once_and_running_it_again_finishes() {
    let served = Served::with_a_change();
    let gate = served.server.close_gate();
    let mut running = served.start("blue -C aperture realm sync");
    gate.arrived();
    running.interrupt();
    running.until("stopping after this step");
    running.interrupt();
    ended_by_it(&running.over());
    assert_eq!(served.branches(), ["main"]);
    served.ok("blue -C aperture realm sync");
    assert_eq!(served.branches().len(), 2);
}

#[test]
fn waiting_is_stopped_and_what_was_synced_stays() {
    let served = Served::with_a_change();
    let mut running = served.start("blue -C aperture realm sync --wait");
    running.until("waits for fungal-image-analysis");
    running.interrupt();
    let over = running.over();
    ended_by_it(&over);
    assert!(
        over.stderr.contains("what was synced stays"),
        "{}",
        over.stderr
    );
    assert_eq!(served.branches().len(), 2);
}

#[test]
fn an_admin_verb_stops_as_well() {
    let served = Served::make();
    let leave = "blue -C fungal-image-analysis realm admin leave --yes";
    let gate = served.server.close_gate();
    let mut running = served.start(leave);
    gate.arrived();
    running.interrupt();
    running.until("stopping after this step");
    gate.open();
    let over = running.over();
    ended_by_it(&over);
    assert!(
        over.stderr.contains("so far main of letemcook is at "),
        "{}",
        over.stderr
    );
    let left = served.ok("git -C realm-letemcook.git ls-tree -r --name-only main");
    assert!(!left.contains("bindings/fungal-image-analysis"), "{left}");
    served.ok(leave);
}
