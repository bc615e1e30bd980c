//! Worktrees of git's inside the main checkout, as `blue realm worktree` makes them: each for itself.

use blue_workspace::{Found, discover};

use crate::world::{World, changed, opened, said};

const NOTHING: [&str; 0] = [];
const NEXT: &str = "aperture/.worktrees/feat-next";

/// With a worktree in it, on a branch that is not the change's.
fn world() -> World {
    let world = World::new();
    std::fs::create_dir(world.path("aperture/.worktrees")).unwrap();
    world
        .git("aperture")
        .worktree("feat-next", &world.path(NEXT), None)
        .unwrap();
    assert!(world.path(NEXT).join(".git").is_file());
    world
}

#[test]
fn the_realm_is_where_the_main_checkout_has_it() {
    let world = world();
    // `../realm`, seen from the worktree, is nowhere.
    assert!(!world.path("aperture/.worktrees/realm").exists());
    let workspace = opened(&world, &[NEXT]);
    assert_eq!(said(&world, &workspace, NEXT), NOTHING);
    let at_work = workspace.snapshot().at_work().unwrap();
    let at_work: Vec<_> = at_work
        .iter()
        .map(|it| (&*it.repo, &*it.realm, it.rfc.as_deref()))
        .collect();
    assert_eq!(at_work, [("aperture", "letemcook", Some("next"))]);
    // So is what this machine overrides, which git ignores.
    world.write(
        "aperture/.blue/config.local.yaml",
        "findings: { export-added: off }\n",
    );
    world.write(
        &format!("{NEXT}/jobs/new.py"),
        crate::world::writes("jobs/new.json"),
    );
    assert_eq!(
        said(&world, &opened(&world, &[NEXT]), NEXT),
        NOTHING,
        "switched off"
    );
    world.remove("aperture/.blue/config.local.yaml");
    let told = said(&world, &opened(&world, &[NEXT]), NEXT);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("export-added jobs/new.py"), "{told:?}");
}

#[test]
fn what_is_written_there_is_not_the_outer_repositorys() {
    let world = world();
    let mut workspace = opened(&world, &["aperture"]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    let path = format!("{NEXT}/jobs/new.py");
    world.write(&path, crate::world::writes("jobs/new.json"));
    changed(&world, &mut workspace, &[&path]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    assert_eq!(
        said(&world, &opened(&world, &["aperture"]), "aperture"),
        NOTHING
    );
    // The outer one is told of its own.
    let own = "aperture/jobs/new.py";
    world.write(own, crate::world::writes("jobs/new.json"));
    changed(&world, &mut workspace, &[own]);
    assert_eq!(said(&world, &workspace, "aperture").len(), 1);
}

#[test]
fn above_a_worktree_is_another_checkout() {
    let world = world();
    let inside = world.path(NEXT).join("jobs");
    assert_eq!(discover(&inside, None), Some(Found::Repo(world.path(NEXT))));
    // On a branch from before it took part, it is no repository to Blue, and not the one around it.
    world.remove(&format!("{NEXT}/.blue/config.yaml"));
    assert_eq!(discover(&inside, None), None);
}
