//! Clones of the code that lack what a contract was made from, over the wire that real ones are cloned by.

use crate::served::{APERTURE, Served};

/// aperture's code behind http, with what its jobs write more in the record, and a commit on top of that.
fn with_code() -> Served {
    let served = Served::with_a_change();
    let url = served.server.url("aperture.git");
    served.ok("git -C aperture reset -q --hard HEAD~1");
    served.knows(APERTURE);
    served.ok("git -C aperture add -A");
    served.ok("git -C aperture commit -qm config");
    served.ok("git clone -q --bare aperture aperture.git");
    served.ok("git -C aperture.git config http.receivepack true");
    served.ok(&format!("git -C aperture remote add origin {url}"));
    served.ok(&format!("git clone -q {url} stale"));
    served.ok("git -C aperture cherry-pick ORIG_HEAD");
    served.ok("git -C aperture push -q origin HEAD");
    served.ok("git -C aperture fetch -q");
    served.ok("blue -C aperture realm sync");
    let branches = served.branches();
    served.ok(&format!(
        "git -C realm-letemcook.git update-ref refs/heads/main {}",
        branches[1]
    ));
    served.ok("git -C aperture commit -q --allow-empty -m later");
    served.ok("git -C aperture push -q origin HEAD");
    served.ok(&format!("git clone -q --depth 1 {url} ci"));
    served
}

const REPORT: &str = "-    write_json(f\"{JOBS}/{job_id}/report.json\", {\"plate\": plate})\n";

#[test]
fn what_a_stale_clone_lacks_stays_and_what_ci_takes_out_goes() {
    let served = with_code();
    // Behind: what it does not show was pushed by somebody else.
    let (said, exit) = served.run("blue -C stale realm check --fetch");
    assert_eq!(exit, 1, "{said}");
    assert!(
        said.contains("which this clone does not have: if this clone is behind"),
        "{said}"
    );
    let (said, exit) = served.run("blue -C stale realm sync");
    assert_eq!(exit, 1, "{said}");
    assert!(
        said.contains(
            "s3-permissions is not synced: what seems to be gone may only be missing here"
        ),
        "{said}"
    );
    assert_eq!(served.branches(), ["main"]);
    served.ok("git -C stale pull -q");
    served.ok("blue -C stale realm sync");
    assert_eq!(served.branches(), ["main"]);
    // Without its history, and with all that there is: what is gone was taken out.
    served.world.edit("ci/jobs/segment.py", REPORT);
    served.ok("git -C ci commit -qam less");
    let said = served.ok("blue -C ci realm sync");
    assert!(
        said.contains("s3-permissions 1.5.0 → 2.0.0 (breaking)"),
        "{said}"
    );
    assert_eq!(served.branches().len(), 2);
    // Nobody is asked who cannot be reached.
    let (there, away) = (
        served.world.path("aperture.git"),
        served.world.path("away.git"),
    );
    std::fs::rename(there, away).expect("it can be moved");
    served.ok("git -C ci commit -q --allow-empty -m more");
    let (said, exit) = served.run("blue -C ci realm sync --json");
    assert_eq!(exit, 1, "{said}");
    assert!(
        said.contains("whether this clone is behind cannot be asked"),
        "{said}"
    );
    assert_eq!(served.branches().len(), 2, "what waits stays");
}
