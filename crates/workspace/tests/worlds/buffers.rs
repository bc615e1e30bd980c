//! Open buffers over the disk, and what changes on disk.

use crate::world::{CALIBRATE, SEGMENT, World, changed, opened, run, said, said_anew, writes};

const NOTHING: [&str; 0] = [];
const CALIBRATION: &str = "aperture/jobs/calibrate.py";

#[test]
fn a_buffer_counts_until_it_is_closed() {
    let world = World::new();
    let mut workspace = opened(&world, &["aperture"]);
    let path = world.path(CALIBRATION);
    let mut loads = workspace.buffer_opened(&path, CALIBRATE.into());
    loads.extend(workspace.buffer_changed(&path, "import boto3\n".into(), &[]));
    run(&mut workspace, loads);
    let breaks = ["export-breaking jobs/calibrate.py:1"];
    assert_eq!(said(&world, &workspace, "aperture"), breaks);
    // The disk does not count while it is open.
    world.write(CALIBRATION, format!("{CALIBRATE}{}", writes("a.json")));
    changed(&world, &mut workspace, &[CALIBRATION]);
    assert_eq!(said(&world, &workspace, "aperture"), breaks);
    let loads = workspace.buffer_closed(&path);
    run(&mut workspace, loads);
    assert_eq!(
        said(&world, &workspace, "aperture"),
        ["export-added jobs/calibrate.py:4"]
    );
}

#[test]
fn a_buffer_opened_before_its_repository_is_loaded() {
    let world = World::new();
    let mut workspace = blue_workspace::Workspace::default();
    let path = world.path(CALIBRATION);
    let loads = workspace.buffer_opened(&path, "import boto3\n".into());
    assert_eq!(loads.len(), 1);
    run(&mut workspace, loads);
    let breaks = ["export-breaking jobs/calibrate.py:1"];
    assert_eq!(said(&world, &workspace, "aperture"), breaks);
    // Nor does loading again forget it.
    changed(&world, &mut workspace, &["aperture/.blue/config.yaml"]);
    assert_eq!(said(&world, &workspace, "aperture"), breaks);
}

#[test]
fn a_file_that_is_only_a_buffer_yet() {
    let world = World::new();
    let mut workspace = opened(&world, &["aperture"]);
    let path = world.path("aperture/jobs/report.py");
    let loads = workspace.buffer_opened(&path, writes("report.json").into());
    run(&mut workspace, loads);
    let added = ["export-added jobs/report.py:2"];
    assert_eq!(said(&world, &workspace, "aperture"), added);
    // Closed without being saved.
    let loads = workspace.buffer_closed(&path);
    run(&mut workspace, loads);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
}

#[test]
fn files_come_change_and_go() {
    let world = World::new();
    let mut workspace = opened(&world, &["aperture"]);
    let report = "aperture/jobs/report.py";
    world.write(report, writes("report.json"));
    changed(&world, &mut workspace, &[report]);
    let added = ["export-added jobs/report.py:2"];
    assert_eq!(said(&world, &workspace, "aperture"), added);
    world.write(report, writes("jobs/*/out.json"));
    changed(&world, &mut workspace, &[report]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    world.remove(report);
    changed(&world, &mut workspace, &[report]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    // What the last commit has.
    world.remove(CALIBRATION);
    changed(&world, &mut workspace, &[CALIBRATION]);
    let gone = ["export-breaking jobs/segment.py:4"];
    assert_eq!(said(&world, &workspace, "aperture"), gone);
    world.write(CALIBRATION, CALIBRATE);
    changed(&world, &mut workspace, &[CALIBRATION]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    // Renamed.
    world.remove(CALIBRATION);
    world.write("aperture/jobs/threshold.py", CALIBRATE);
    let both = [CALIBRATION, "aperture/jobs/threshold.py"];
    changed(&world, &mut workspace, &both);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
}

#[test]
fn a_bound_file_of_any_kind_is_followed() {
    let world = World::new();
    let binding = "realm/domains/s3-access/bindings/fungal-image-analysis.yaml";
    world.edit(binding, "infra/stack.py", "infra/policy.json");
    world.commit("realm");
    let fungal = "fungal-image-analysis";
    let mut workspace = opened(&world, &[fungal]);
    let missing = ["import-missing-file .blue/config.yaml:1"];
    assert_eq!(said(&world, &workspace, fungal), missing);
    let policy = "fungal-image-analysis/infra/policy.json";
    world.write(policy, "{}\n");
    changed(&world, &mut workspace, &[policy]);
    assert_eq!(said(&world, &workspace, fungal), NOTHING);
    world.remove(policy);
    changed(&world, &mut workspace, &[policy]);
    assert_eq!(said(&world, &workspace, fungal), missing);
}

#[test]
fn opening_and_closing_a_file_changes_nothing() {
    let world = World::new();
    world.write("aperture/.gitignore", "scratch*\n");
    world.write("aperture/jobs/scratch.py", writes("scratch.json"));
    world.write("aperture/notes.yaml", "a: 1\n");
    world.write(
        "aperture/jobs/made.py",
        format!("# @generated\n{}", writes("made.json")),
    );
    world.write("aperture/node_modules/x/index.py", writes("x.json"));
    world.write("aperture/jobs/.hidden.py", writes("hidden.json"));
    let paths = [
        "aperture/jobs/scratch.py",
        "aperture/notes.yaml",
        "aperture/jobs/made.py",
        "aperture/node_modules/x/index.py",
        "aperture/jobs/.hidden.py",
        "aperture/jobs/segment.py",
        "aperture/.blue/config.yaml",
    ];
    let mut workspace = opened(&world, &["aperture"]);
    let before = said(&world, &workspace, "aperture");
    assert_eq!(before, NOTHING);
    for path in paths {
        let file = world.path(path);
        let mut loads = workspace.buffer_opened(&file, world.read(path).into());
        let typed = format!("{}\n", world.read(path));
        loads.extend(workspace.buffer_changed(&file, typed.into(), &[]));
        run(&mut workspace, loads);
        assert_eq!(said(&world, &workspace, "aperture"), before, "{path} open");
        let loads = workspace.buffer_closed(&file);
        run(&mut workspace, loads);
        assert_eq!(
            said(&world, &workspace, "aperture"),
            before,
            "{path} closed"
        );
    }
    changed(&world, &mut workspace, &paths);
    assert_eq!(said(&world, &workspace, "aperture"), before, "saved");
}

#[test]
fn what_git_ignores_changes() {
    let world = World::new();
    world.write("aperture/jobs/scratch.py", writes("scratch.json"));
    let mut workspace = opened(&world, &["aperture"]);
    let added = ["export-added jobs/scratch.py:2"];
    assert_eq!(said(&world, &workspace, "aperture"), added);
    world.write("aperture/.gitignore", "scratch*\n");
    changed(&world, &mut workspace, &["aperture/.gitignore"]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
}

#[test]
fn a_folder_becomes_a_repository_and_ceases_to_be_one() {
    let world = World::new();
    let config = "aperture/.blue/config.yaml";
    let text = world.read(config);
    world.remove(config);
    let mut workspace = opened(&world, &["aperture"]);
    let report = |workspace: &blue_workspace::Workspace| {
        crate::world::report(workspace, &world.path("aperture")).is_some()
    };
    assert!(!report(&workspace));
    world.write(config, &text);
    changed(&world, &mut workspace, &[config]);
    assert!(report(&workspace));
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    world.remove(config);
    changed(&world, &mut workspace, &[config]);
    assert!(!report(&workspace));
}

#[test]
fn a_folder_that_is_closed_is_forgotten() {
    let world = World::new();
    world.write("aperture/jobs/report.py", writes("report.json"));
    let mut workspace = opened(&world, &["aperture", "fungal-image-analysis"]);
    let shown =
        |workspace: &blue_workspace::Workspace| workspace.snapshot().diagnostics().unwrap().len();
    assert_eq!(shown(&workspace), 1);
    let loads = workspace.remove_folder(&world.path("aperture"));
    run(&mut workspace, loads);
    assert_eq!(shown(&workspace), 0);
    assert_eq!(said(&world, &workspace, "fungal-image-analysis"), NOTHING);
    let loads = workspace.add_folder(&world.path("aperture"));
    run(&mut workspace, loads);
    assert_eq!(shown(&workspace), 1);
}

#[test]
fn what_is_typed_shows_in_the_file_that_is_open() {
    let world = World::new();
    let key = "reports/all.json";
    world.write("aperture/jobs/a.py", writes(key));
    world.write("aperture/jobs/b.py", writes(key));
    let mut workspace = opened(&world, &["aperture"]);
    let shown = |workspace: &blue_workspace::Workspace| {
        let files = workspace.snapshot().diagnostics().unwrap();
        let shown = files.iter().filter(|file| !file.items.is_empty());
        shown.map(|file| file.path.clone()).collect::<Vec<_>>()
    };
    // Nothing is open: at its place. One of its files is open: there.
    assert_eq!(shown(&workspace), [world.path("aperture/jobs/a.py")]);
    let b = world.path("aperture/jobs/b.py");
    let loads = workspace.buffer_opened(&b, writes(key).into());
    run(&mut workspace, loads);
    assert_eq!(shown(&workspace), std::slice::from_ref(&b));
    // What is open is listed also when it has nothing to show.
    let loads = workspace.buffer_changed(&b, SEGMENT.into(), &[]);
    run(&mut workspace, loads);
    let files = workspace.snapshot().diagnostics().unwrap();
    let own = files.iter().find(|file| file.path == b).unwrap();
    assert!(own.open && own.items.is_empty());
    assert_eq!(said_anew(&world, "aperture"), ["export-added jobs/a.py:2"]);
}
