//! Jobs that run beside one another, in whatever order they end.

use crate::world::{BINDING, World, opened, said, said_anew, writes};

const REPO: &str = "aperture";
const HEAD: &str = "aperture/.git/HEAD";

#[test]
fn a_job_that_waits_serves_what_changes_meanwhile() {
    let world = World::new();
    let mut workspace = opened(&world, &[REPO]);
    let told = [world.path(HEAD)];
    let mut waiting = workspace.files_changed(&told);
    assert_eq!(waiting.len(), 1);
    assert!(workspace.files_changed(&told).is_empty());
    // Once it has begun, it may have read what changes now.
    let loaded = waiting.remove(0).run();
    assert_eq!(workspace.files_changed(&told).len(), 1);
    workspace.loaded(loaded);
    assert!(workspace.files_changed(&told).is_empty());
}

#[test]
fn of_two_jobs_what_was_read_later_counts() {
    let world = World::new();
    let mut workspace = opened(&world, &[REPO]);
    let told = [world.path(HEAD)];
    let older = workspace.files_changed(&told).remove(0).run();
    world.write("aperture/jobs/report.py", writes("reports/all.json"));
    world.edit(BINDING, "jobs/*.py", "jobs/s*.py");
    world.commit("realm");
    let newer = workspace.files_changed(&told).remove(0).run();
    let expected = said_anew(&world, REPO);
    workspace.loaded(newer);
    assert_eq!(said(&world, &workspace, REPO), expected);
    workspace.loaded(older);
    assert_eq!(said(&world, &workspace, REPO), expected);
    assert_ne!(expected, [""; 0]);
}
