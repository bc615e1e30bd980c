//! What was there at `--base` already, and what the change since then brings.

use blue_workspace::Options;

use crate::world::{CALIBRATE, World, opened_with, report, writes};

/// `code new` or `code old` for each finding of a repository, against its last commit.
fn since_head(world: &World, folder: &str) -> Vec<String> {
    let options = Options {
        base: Some("HEAD".into()),
        ..Options::default()
    };
    let workspace = opened_with(world, &[folder], options);
    let before = workspace.snapshot().before(&world.path(folder)).unwrap();
    let report = report(&workspace, &world.path(folder)).unwrap();
    let findings = report.findings.iter().map(|finding| {
        let age = match before.contains(&finding.fingerprint) {
            true => "old",
            false => "new",
        };
        format!("{} {age}", finding.code)
    });
    findings.collect()
}

#[test]
fn what_a_change_brings() {
    let world = World::new();
    world.write("aperture/jobs/report.py", writes("jobs/report.json"));
    world.commit("aperture");
    assert_eq!(since_head(&world, "aperture"), ["export-added old"]);
    // Lines move, another value comes.
    let moved = format!("# A report.\n{}", writes("jobs/report.json"));
    world.write("aperture/jobs/report.py", moved);
    world.write("aperture/jobs/plate.py", writes("jobs/plate.json"));
    assert_eq!(
        since_head(&world, "aperture"),
        ["export-added new", "export-added old"]
    );
}

#[test]
fn what_moves_in_the_realm_is_not_the_changes() {
    let world = World::new();
    let importer = "fungal-image-analysis";
    world.edit(
        "realm/domains/s3-access/contracts/s3-permissions.yaml",
        "version: 1.4.0",
        "version: 1.5.0",
    );
    world.commit("realm");
    assert_eq!(since_head(&world, importer), ["import-stale old"]);
}

#[test]
fn a_comment_that_goes() {
    let world = World::new();
    let comment = " # blue: ignore[export-added] not for others";
    let silenced = format!("{}{comment}\n", writes("jobs/report.json").trim_end());
    world.write("aperture/jobs/report.py", silenced);
    world.commit("aperture");
    assert_eq!(since_head(&world, "aperture"), [""; 0]);
    world.write("aperture/jobs/report.py", writes("jobs/report.json"));
    assert_eq!(since_head(&world, "aperture"), ["export-added new"]);
}

#[test]
fn the_config_of_then() {
    let world = World::new();
    world.write("aperture/jobs/report.py", writes("jobs/report.json"));
    let config = world.read("aperture/.blue/config.yaml");
    let off = format!("{config}findings: {{export-added: off}}\n");
    world.write("aperture/.blue/config.yaml", off);
    world.commit("aperture");
    world.write("aperture/.blue/config.yaml", &config);
    assert_eq!(since_head(&world, "aperture"), ["export-added new"]);
    // Before it took part there was nothing to be said of it.
    world.remove("aperture/.blue");
    world.commit("aperture");
    world.write("aperture/.blue/config.yaml", config);
    assert_eq!(since_head(&world, "aperture"), ["export-added new"]);
}

#[test]
fn a_bound_file_that_is_no_source_code() {
    let world = World::new();
    let importer = "fungal-image-analysis";
    world.edit(
        "realm/domains/s3-access/bindings/fungal-image-analysis.yaml",
        "infra/stack.py",
        "infra/policy.json",
    );
    world.commit("realm");
    assert_eq!(since_head(&world, importer), ["import-missing-file old"]);
    world.write("fungal-image-analysis/infra/policy.json", "{}\n");
    world.commit(importer);
    world.remove("fungal-image-analysis/infra/policy.json");
    assert_eq!(since_head(&world, importer), ["import-missing-file new"]);
}

#[test]
fn a_file_that_went() {
    let world = World::new();
    world.remove("aperture/jobs/calibrate.py");
    assert_eq!(since_head(&world, "aperture"), ["export-breaking new"]);
    world.commit("aperture");
    assert_eq!(since_head(&world, "aperture"), ["export-unseen old"]);
    world.write("aperture/jobs/calibrate.py", CALIBRATE);
    assert_eq!(since_head(&world, "aperture"), [""; 0]);
}
