//! What absence is judged from.

use blue_workspace::Options;

use crate::world::{CALIBRATE, CONTRACT, World, changed, opened, opened_with, said, said_anew};

const NOTHING: [&str; 0] = [];
const BREAKS: [&str; 1] = ["export-breaking jobs/calibrate.py:1"];
const SINCE_LONG: [&str; 1] = ["export-breaking jobs/segment.py:4"];
const UNSEEN: [&str; 1] = ["export-unseen .blue/config.yaml:1"];

fn calibrates_no_more(world: &World) {
    world.write("aperture/jobs/calibrate.py", "import boto3\n");
}

#[test]
fn head_where_the_contract_names_no_commit() {
    let world = World::new();
    calibrates_no_more(&world);
    assert_eq!(said_anew(&world, "aperture"), BREAKS);
    // Once it is committed, nobody knows that it ever was.
    let mut workspace = opened(&world, &["aperture"]);
    world.commit("aperture");
    changed(&world, &mut workspace, &["aperture/.git/refs/heads/main"]);
    assert_eq!(said(&world, &workspace, "aperture"), UNSEEN);
    assert_eq!(said_anew(&world, "aperture"), UNSEEN);
}

#[test]
fn the_commit_that_the_value_was_read_from() {
    let world = World::new();
    let commit = world.git("aperture").head().unwrap().target().unwrap();
    world.read_from(&commit.to_string());
    calibrates_no_more(&world);
    world.commit("aperture");
    assert_eq!(said_anew(&world, "aperture"), BREAKS);
    // A short id does as well.
    world.read_from(&commit.to_string()[..9]);
    assert_eq!(said_anew(&world, "aperture"), BREAKS);
    // Further commits change nothing of it.
    world.write("aperture/README.md", "words\n");
    world.commit("aperture");
    assert_eq!(said_anew(&world, "aperture"), BREAKS);
}

#[test]
fn a_commit_that_this_clone_has_not() {
    let world = World::new();
    world.read_from("4f2a91c8d0b3e5a6f7089a1b2c3d4e5f60718293");
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    calibrates_no_more(&world);
    world.commit("aperture");
    // There is no place of it to be known: the field's first site.
    assert_eq!(said_anew(&world, "aperture"), SINCE_LONG);
    let with_base = |base: &str| {
        let options = Options {
            base: Some(base.into()),
            ..Options::default()
        };
        let workspace = opened_with(&world, &["aperture"], options);
        said(&world, &workspace, "aperture")
    };
    assert_eq!(with_base("HEAD~1"), BREAKS);
    assert_eq!(with_base("HEAD"), UNSEEN);
    assert_eq!(with_base("no-such-branch"), SINCE_LONG);
}

#[test]
fn base_counts_before_head_and_after_the_contracts_own_commit() {
    let world = World::new();
    let first = world.git("aperture").head().unwrap().target().unwrap();
    calibrates_no_more(&world);
    world.commit("aperture");
    let with_base = |base: &str| {
        let options = Options {
            base: Some(base.into()),
            ..Options::default()
        };
        let workspace = opened_with(&world, &["aperture"], options);
        said(&world, &workspace, "aperture")
    };
    assert_eq!(with_base(&first.to_string()), BREAKS);
    assert_eq!(with_base("main~1"), BREAKS);
    world.read_from(&first.to_string());
    assert_eq!(with_base("HEAD"), BREAKS);
}

#[test]
fn a_sunset_is_over_by_the_day_it_is() {
    let world = World::new();
    let text = world.read(CONTRACT)
        + "deprecated: [{value: calibration/current.json, sunset: 2026-06-30}]\n";
    world.write(CONTRACT, text);
    world.commit("realm");
    calibrates_no_more(&world);
    let on = |day: &str| {
        let options = Options {
            today: blue_realm::Date::parse(day),
            ..Options::default()
        };
        let workspace = opened_with(&world, &["aperture"], options);
        said(&world, &workspace, "aperture")
    };
    // The entry itself is over too, which is told where it stands.
    let over = [
        "export-removed jobs/calibrate.py:1",
        "sunset-passed domains/s3-access/contracts/s3-permissions.yaml:9",
    ];
    assert_eq!(on("2026-06-30"), BREAKS);
    assert_eq!(on("2026-07-01"), over);
    // Nobody says which day it is: the clock does.
    let text = world.read(CONTRACT);
    for (day, said) in [("9999-12-31", BREAKS.as_slice()), ("1999-01-01", &over)] {
        world.write(CONTRACT, text.replace("2026-06-30", day));
        world.commit("realm");
        assert_eq!(said_anew(&world, "aperture"), said);
    }
}

#[test]
fn no_git_at_all() {
    let world = World::without_git();
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    calibrates_no_more(&world);
    assert_eq!(said_anew(&world, "aperture"), SINCE_LONG);
}

#[test]
fn a_repository_without_a_commit() {
    let world = World::without_git();
    world.init("aperture");
    calibrates_no_more(&world);
    assert_eq!(said_anew(&world, "aperture"), SINCE_LONG);
}

#[test]
fn a_linked_worktree_whose_git_is_a_file() {
    let world = World::new();
    let git = world.git("aperture");
    git.worktree("next", &world.path("aperture-next"), None)
        .unwrap();
    assert!(world.path("aperture-next/.git").is_file());
    assert_eq!(said_anew(&world, "aperture-next"), NOTHING);
    world.write("aperture-next/jobs/calibrate.py", "import boto3\n");
    let mut workspace = opened(&world, &["aperture-next"]);
    assert_eq!(said(&world, &workspace, "aperture-next"), BREAKS);
    // A commit there shows in the main checkout's git folder.
    world.commit("aperture-next");
    changed(&world, &mut workspace, &["aperture/.git/refs/heads/next"]);
    assert_eq!(said(&world, &workspace, "aperture-next"), UNSEEN);
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
}

#[test]
fn two_worktrees_of_a_repository_are_shown_each_in_its_own_files() {
    let world = World::new();
    let git = world.git("aperture");
    git.worktree("next", &world.path("aperture-next"), None)
        .unwrap();
    world.write("aperture-next/jobs/calibrate.py", "import boto3\n");
    for folders in [["aperture", "aperture-next"], ["aperture-next", "aperture"]] {
        let workspace = opened(&world, &folders);
        let shown = workspace.snapshot().diagnostics().unwrap();
        let shown: Vec<_> = shown.iter().filter(|file| !file.items.is_empty()).collect();
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].path, world.path("aperture-next/jobs/calibrate.py"));
        assert_eq!(&*shown[0].text, "import boto3\n");
    }
}

#[test]
fn a_folder_of_a_larger_repository() {
    let world = World::without_git();
    std::fs::create_dir_all(world.path("mono/services")).unwrap();
    std::fs::rename(world.path("aperture"), world.path("mono/services/aperture")).unwrap();
    let config = "mono/services/aperture/.blue/config.yaml";
    world.edit(config, "../realm", "../../../realm");
    world.write("mono/jobs/calibrate.py", CALIBRATE);
    world.init("mono");
    let first = world.commit("mono");
    let aperture = "mono/services/aperture";
    assert_eq!(said_anew(&world, aperture), NOTHING);
    world.write("mono/services/aperture/jobs/calibrate.py", "import boto3\n");
    let mut workspace = opened(&world, &[aperture]);
    assert_eq!(said(&world, &workspace, aperture), BREAKS);
    // Its git folder is above it.
    world.commit("mono");
    changed(&world, &mut workspace, &["mono/.git/refs/heads/main"]);
    assert_eq!(said(&world, &workspace, aperture), UNSEEN);
    world.init("realm");
    world.read_from(&first.to_string());
    assert_eq!(said_anew(&world, aperture), BREAKS);
}

#[test]
fn what_is_not_a_source_now_was_none_at_the_baseline() {
    let world = World::new();
    let uses = "s3.get_object(Bucket='imaging', Key='x.json')\n";
    let paths = ["vendor/x.py", "jobs/made.py", "jobs/scratch.py"];
    world.edit(
        "realm/domains/s3-access/contracts/s3-permissions.yaml",
        "calibration/current.json",
        "calibration/current.json, x.json",
    );
    world.edit(
        "realm/domains/s3-access/bindings/aperture.yaml",
        "\"jobs/*.py\"",
        "\"jobs/*.py\", \"vendor/*.py\"",
    );
    world.commit("realm");
    world.write("aperture/vendor/y.py", "");
    for path in paths {
        let made = if path.contains("made") {
            "# @generated\n"
        } else {
            ""
        };
        let text = format!("{made}import boto3\ns3 = boto3.client('s3')\n{uses}");
        world.write(&format!("aperture/{path}"), text);
    }
    world.commit("aperture");
    // Changed and deleted: they were passed over before, and are passed over now.
    world.remove("aperture/vendor/x.py");
    world.edit("aperture/jobs/made.py", uses, "");
    world.edit("aperture/jobs/scratch.py", uses, "");
    world.write("aperture/.gitignore", "scratch.py\n");
    let said = said_anew(&world, "aperture");
    let breaks = said
        .iter()
        .filter(|said| said.starts_with("export-breaking"));
    assert_eq!(breaks.count(), 0, "{said:?}");
}
