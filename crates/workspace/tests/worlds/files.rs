//! Which folders are repositories, and which files are theirs.

use blue_workspace::{Found, Workspace, discover};

use crate::world::{BINDING, World, changed, opened, report, run, said, said_anew, writes};

const NOTHING: [&str; 0] = [];

#[test]
fn the_nearest_config_names_the_root() {
    let world = World::new();
    let found = |path: &str| discover(&world.path(path), None);
    let aperture = Some(Found::Repo(world.path("aperture")));
    assert_eq!(found("aperture"), aperture);
    assert_eq!(found("aperture/jobs/segment.py"), aperture);
    // Also of what is not there.
    assert_eq!(found("aperture/new/file.py"), aperture);
    let realm = Some(Found::Realm(world.path("realm")));
    assert_eq!(found("realm/domains/s3-access/domain.yaml"), realm);
    assert_eq!(found("elsewhere"), None);
}

#[test]
fn the_parent_of_blues_own_folder_is_no_repository() {
    let world = World::without_git();
    let home = world.path("home/.blue");
    world.write("home/.blue/config.yaml", "theme: dark\n");
    let path = world.path("home/code/x.py");
    assert_eq!(discover(&path, Some(&home)), None);
    let other = discover(&path, Some(&world.path("elsewhere/.blue")));
    assert_eq!(other, Some(Found::Repo(world.path("home"))));
}

#[test]
fn a_nested_root_is_a_repository_of_its_own() {
    let world = World::new();
    let nested = "aperture/jobs/atlas";
    world.write(
        "aperture/jobs/atlas/.blue/config.yaml",
        "repo: atlas\nrealm: {name: letemcook, path: ../../../realm}\n",
    );
    world.write("aperture/jobs/atlas/run.py", writes("atlas.json"));
    world.edit(BINDING, "\"jobs/*.py\"", "\"jobs/**/*.py\"");
    world.commit("realm");
    // Its files are its own, whichever is loaded, and in whichever order.
    let unknown = ["unknown-reference .blue/config.yaml:1"];
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    assert_eq!(said_anew(&world, nested), unknown);
    for folders in [["aperture", nested], [nested, "aperture"]] {
        let mut workspace = opened(&world, &folders);
        assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
        assert_eq!(said(&world, &workspace, nested), unknown);
        let run_py = world.path("aperture/jobs/atlas/run.py");
        let loads = workspace.buffer_opened(&run_py, writes("other.json").into());
        run(&mut workspace, loads);
        assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    }
    // While only the outer one is loaded, too.
    let mut workspace = opened(&world, &["aperture"]);
    changed(&world, &mut workspace, &["aperture/jobs/atlas/run.py"]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;

    let world = World::new();
    world.write("outside/secret.py", writes("secret.json"));
    symlink(
        world.path("outside/secret.py"),
        world.path("aperture/jobs/link.py"),
    )
    .unwrap();
    symlink(world.path("outside"), world.path("aperture/jobs/folder")).unwrap();
    // Into itself, for ever.
    symlink(world.path("aperture"), world.path("aperture/loop")).unwrap();
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    let mut workspace = opened(&world, &["aperture"]);
    let link = "aperture/jobs/link.py";
    changed(
        &world,
        &mut workspace,
        &[link, "aperture/jobs/folder/secret.py"],
    );
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    // Named by a binding, which anybody may write.
    world.edit(BINDING, "\"jobs/*.py\"", "\"jobs/*.py\", jobs/link.py");
    world.commit("realm");
    let missing = ["export-missing-source .blue/config.yaml:1"];
    assert_eq!(said_anew(&world, "aperture"), missing);
    changed(&world, &mut workspace, &["realm/.git/refs/heads/main"]);
    changed(&world, &mut workspace, &[link]);
    assert_eq!(said(&world, &workspace, "aperture"), missing);
}

#[cfg(unix)]
#[test]
fn a_link_inside_is_followed_where_a_binding_names_it() {
    use std::os::unix::fs::symlink;

    let world = World::new();
    world.write("fungal-image-analysis/real/stack.py", writes("x"));
    world.remove("fungal-image-analysis/infra/stack.py");
    symlink(
        "../real/stack.py",
        world.path("fungal-image-analysis/infra/stack.py"),
    )
    .unwrap();
    let said = said_anew(&world, "fungal-image-analysis");
    assert!(
        said.iter().all(|said| !said.contains("missing")),
        "{said:?}"
    );
}

#[test]
fn a_binding_that_leaves_the_repository_reads_nothing() {
    let world = World::new();
    world.write("outside.py", writes("outside.json"));
    world.edit(
        BINDING,
        "\"jobs/*.py\"",
        "\"jobs/*.py\", ../outside.py, /etc/hosts",
    );
    world.commit("realm");
    let said = said_anew(&world, "aperture");
    let escapes = |said: &&String| said.starts_with("path-escapes ");
    assert_eq!(said.iter().filter(escapes).count(), 2, "{said:?}");
    assert!(
        said.iter().all(|said| !said.contains("outside")),
        "{said:?}"
    );
}

#[test]
fn a_file_that_is_not_utf8_is_said_and_withholds_absence() {
    let world = World::new();
    let calibrate = "aperture/jobs/calibrate.py";
    world.write(calibrate, b"key = '\xff\xfe'\n");
    let unreadable = ["source-unreadable jobs/calibrate.py:1"];
    assert_eq!(said_anew(&world, "aperture"), unreadable);
    let workspace = opened(&world, &["aperture"]);
    let found = report(&workspace, &world.path("aperture")).unwrap();
    assert_eq!(found.unchecked, 1);
    assert!(found.findings[0].message.contains("byte 7"));
    // An editor has it as text.
    let mut workspace = workspace;
    let loads = workspace.buffer_opened(&world.path(calibrate), crate::world::CALIBRATE.into());
    run(&mut workspace, loads);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
}

#[test]
fn a_file_over_the_limit_is_said() {
    let world = World::new();
    world.write("aperture/jobs/huge.py", "#\n".repeat(3 * 1024 * 1024));
    let over_limit = ["limit-exceeded jobs/huge.py:1"];
    assert_eq!(said_anew(&world, "aperture"), over_limit);
}

#[test]
fn json_that_is_large_or_no_text_is_data() {
    let world = World::new();
    world.edit(BINDING, "\"jobs/*.py\"", "\"jobs/*\"");
    world.commit("realm");
    world.write("aperture/jobs/plates.json", "[]\n".repeat(2 * 1024 * 1024));
    world.write("aperture/jobs/latin.json", b"{\"name\": \"\xff\"}\n");
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
}

#[test]
fn what_people_did_not_write_is_not_read() {
    let world = World::new();
    world.edit(BINDING, "\"jobs/*.py\"", "\"**/*.py\"");
    world.commit("realm");
    let path = |path: &str| format!("aperture/{path}");
    for skipped in [
        "node_modules/a/x.py",
        ".venv/x.py",
        "vendor/x.py",
        "dist/x.py",
    ] {
        world.write(&path(skipped), writes("skipped.json"));
    }
    world.write(
        &path("made.py"),
        format!("# @generated\n{}", writes("made.json")),
    );
    world.write(
        &path("min.py"),
        format!("{}x = '{}'\n", writes("min.json"), "a".repeat(20_000)),
    );
    world.write(&path(".gitignore"), "ignored/\n");
    world.write(&path("ignored/x.py"), writes("ignored.json"));
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    // Unless a binding names the file itself.
    world.edit(BINDING, "\"**/*.py\"", "\"**/*.py\", made.py, ignored/x.py");
    world.commit("realm");
    assert_eq!(
        said_anew(&world, "aperture"),
        ["export-added ignored/x.py:2", "export-added made.py:3"]
    );
}

#[test]
fn a_repository_whose_config_is_broken_is_still_one() {
    let world = World::new();
    world.write("aperture/.blue/config.yaml", "repo: [\n");
    let said = said_anew(&world, "aperture");
    assert!(
        said[0].starts_with("config-invalid .blue/config.yaml:"),
        "{said:?}"
    );
    let mut workspace = Workspace::default();
    let loads = workspace.add_folder(&world.path("elsewhere"));
    assert!(loads.is_empty());
    assert!(report(&workspace, &world.path("elsewhere")).is_none());
}

#[test]
fn a_query_that_breaks_while_it_is_open_is_said() {
    let world = World::new();
    let query = "aperture/.blue/queries/python/topics.scm";
    world.write(query, "(call) @value.topics\n");
    let mut workspace = opened(&world, &["aperture"]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    world.write(query, "\n(cal) @value.topics\n");
    changed(&world, &mut workspace, &[query]);
    let broken = ["query-invalid .blue/queries/python/topics.scm:2"];
    assert_eq!(said(&world, &workspace, "aperture"), broken);
    world.remove(query);
    changed(&world, &mut workspace, &[query]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
}
