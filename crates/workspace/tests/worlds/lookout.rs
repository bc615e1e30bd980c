//! What is seen of the disk by who looks at it, as a client that watches files would tell it.

use std::path::PathBuf;

use blue_workspace::{Lookout, Watching, Workspace};
use git2::build::CheckoutBuilder;

use crate::world::{World, opened, run, said, said_anew, writes};

const NOTHING: [&str; 0] = [];

/// Looks until nothing changes any more, as far as it does by itself: what changed a moment ago is looked at twice.
fn settle(lookout: &mut Lookout, workspace: &mut Workspace, watching: Watching) {
    loop {
        let changed = lookout.look(&workspace.sights(watching));
        if changed.is_empty() {
            return;
        }
        let loads = workspace.files_changed(&changed);
        run(workspace, loads);
    }
}

fn switch(world: &World, repo: &str, branch: &str) {
    let git = world.git(repo);
    let head = git.head().unwrap().peel_to_commit().unwrap();
    let _ = git.branch(branch, &head, false);
    git.set_head(&format!("refs/heads/{branch}")).unwrap();
    git.checkout_head(Some(CheckoutBuilder::new().force()))
        .unwrap();
}

#[test]
fn every_change_is_seen_that_changes_what_is_said() {
    type Change = fn(&World);
    let changes: [(&str, Change); 9] = [
        ("a file that is closed is written", |world| {
            world.write("aperture/jobs/calibrate.py", writes("c.json"));
        }),
        ("of the same length, and at once again", |world| {
            world.write("aperture/jobs/calibrate.py", writes("d.json"));
        }),
        ("a new file", |world| {
            world.write("aperture/jobs/more.py", writes("more.json"));
        }),
        ("a new folder is named", |world| {
            let binding = crate::world::BINDING;
            world.edit(
                binding,
                "[\"jobs/*.py\"]",
                "[\"jobs/*.py\", \"new/*/*.py\"]",
            );
            world.commit("realm");
            world.write("aperture/new/more/a.py", writes("folder.json"));
        }),
        ("a file is gone", |world| {
            world.remove("aperture/jobs/more.py")
        }),
        ("another file in its place", |world| {
            world.write("aperture/jobs/other", writes("e.json"));
            let (from, to) = ("aperture/jobs/other", "aperture/jobs/calibrate.py");
            std::fs::rename(world.path(from), world.path(to)).unwrap();
        }),
        ("what git ignores is no source", |world| {
            world.write("aperture/.gitignore", "calibrate.py\n");
        }),
        ("another branch", |world| switch(world, "aperture", "other")),
        ("the config", |world| {
            world.write("aperture/.blue/config.yaml", "repo: aperture\n");
        }),
    ];
    let world = World::new();
    let mut workspace = opened(&world, &["aperture"]);
    let mut lookout = Lookout::default();
    settle(&mut lookout, &mut workspace, Watching::Nobody);
    for (why, change) in changes {
        change(&world);
        settle(&mut lookout, &mut workspace, Watching::Nobody);
        let said = said(&world, &workspace, "aperture");
        assert_eq!(said, said_anew(&world, "aperture"), "{why}");
    }
}

/// What changes between the reading and the first look is in neither by itself.
#[test]
fn what_changed_since_it_was_read_is_read_again_at_the_first_look() {
    let world = World::new();
    let mut workspace = opened(&world, &["aperture"]);
    world.remove("aperture/jobs/calibrate.py");
    world.write("aperture/jobs/segment.py", writes("new.json"));
    settle(&mut Lookout::default(), &mut workspace, Watching::Nobody);
    let said = said(&world, &workspace, "aperture");
    assert_eq!(said, said_anew(&world, "aperture"));
    assert_ne!(said, NOTHING);
}

#[test]
fn a_realm_that_comes_to_be_is_read() {
    for whose in [Watching::Client, Watching::Nobody] {
        let world = World::new();
        std::fs::rename(world.path("realm"), world.path("elsewhere")).unwrap();
        let mut workspace = opened(&world, &["aperture"]);
        let mut lookout = Lookout::default();
        settle(&mut lookout, &mut workspace, whose);
        let is_unreachable = |workspace: &Workspace| {
            let said = said(&world, workspace, "aperture");
            said.len() == 1 && said[0].starts_with("realm-unreachable")
        };
        assert!(is_unreachable(&workspace));
        // Half of it is none.
        world.write("realm/domains/README.md", "");
        settle(&mut lookout, &mut workspace, whose);
        assert!(is_unreachable(&workspace));
        world.remove("realm");
        settle(&mut lookout, &mut workspace, whose);
        std::fs::rename(world.path("elsewhere"), world.path("realm")).unwrap();
        settle(&mut lookout, &mut workspace, whose);
        assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
        let left = workspace.sights(whose);
        assert_eq!(left.is_empty(), whose == Watching::Client);
    }
}

#[test]
fn the_realms_own_checkout_is_looked_at() {
    let world = World::new();
    let mut workspace = opened(&world, &["fungal-image-analysis"]);
    let mut lookout = Lookout::default();
    settle(&mut lookout, &mut workspace, Watching::Nobody);
    world.edit(
        crate::world::CONTRACT,
        "version: 1.4.0\nowner",
        "version: 1.5.0\nowner",
    );
    world.commit("realm");
    let seen = lookout.look(&workspace.sights(Watching::Nobody));
    let expected: [PathBuf; 2] = [
        world.path(crate::world::CONTRACT),
        world.path("realm/.git/refs/heads/main"),
    ];
    assert!(expected.iter().all(|path| seen.contains(path)), "{seen:?}");
    let loads = workspace.files_changed(&seen);
    run(&mut workspace, loads);
    let now = said(&world, &workspace, "fungal-image-analysis");
    assert_eq!(now, said_anew(&world, "fungal-image-analysis"));
    assert_ne!(now, NOTHING);
}
