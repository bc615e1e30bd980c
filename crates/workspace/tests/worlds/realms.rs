//! Which realm, and what of it is the record.

use blue_workspace::{Code, Options};

use crate::world::{
    BINDING, CONTRACT, CONTRACT_TEXT, World, changed, opened, opened_with, report, run, said,
    said_anew, writes,
};

const NOTHING: [&str; 0] = [];

#[test]
fn a_world_that_agrees() {
    let world = World::new();
    for repo in ["aperture", "fungal-image-analysis"] {
        let workspace = opened(&world, &[repo]);
        assert_eq!(said(&world, &workspace, repo), NOTHING);
        assert_eq!(
            report(&workspace, &world.path(repo)).unwrap().passed.len(),
            1
        );
    }
}

#[test]
fn the_working_tree_is_a_proposal() {
    let world = World::new();
    world.edit(CONTRACT, "1.4.0", "1.5.0");
    let fungal = "fungal-image-analysis";
    let pending = ["import-pending infra/stack.py:2"];
    assert_eq!(said_anew(&world, fungal), pending);
    world.commit("realm");
    assert_eq!(said_anew(&world, fungal), ["import-stale infra/stack.py:2"]);
}

#[test]
fn without_git_the_working_tree_is_the_record() {
    let world = World::without_git();
    assert_eq!(said_anew(&world, "fungal-image-analysis"), NOTHING);
    world.edit(CONTRACT, "1.4.0", "1.5.0");
    let stale = ["import-stale infra/stack.py:2"];
    assert_eq!(said_anew(&world, "fungal-image-analysis"), stale);
}

#[test]
fn what_the_remote_has_is_the_record_not_what_is_checked_out() {
    let world = World::new();
    let git = world.git("realm");
    let published = git.head().unwrap().target().unwrap();
    git.remote("origin", "https://git.example.com/realms/letemcook.git")
        .unwrap();
    git.reference("refs/remotes/origin/main", published, true, "")
        .unwrap();
    let mut main = git.find_branch("main", git2::BranchType::Local).unwrap();
    main.set_upstream(Some("origin/main")).unwrap();
    world.edit(CONTRACT, "1.4.0", "1.5.0");
    let own = world.commit("realm");
    let mut workspace = opened(&world, &["fungal-image-analysis"]);
    let pending = ["import-pending infra/stack.py:2"];
    assert_eq!(said(&world, &workspace, "fungal-image-analysis"), pending);
    // A push, or a fetch.
    git.reference("refs/remotes/origin/main", own, true, "")
        .unwrap();
    changed(
        &world,
        &mut workspace,
        &["realm/.git/refs/remotes/origin/main"],
    );
    let stale = ["import-stale infra/stack.py:2"];
    assert_eq!(said(&world, &workspace, "fungal-image-analysis"), stale);
}

#[test]
fn a_checkout_that_is_behind_is_said_and_proposes_nothing() {
    let world = World::new();
    let git = world.git("realm");
    let first = git.head().unwrap().target().unwrap();
    git.remote("origin", "https://git.example.com/realms/letemcook.git")
        .unwrap();
    world.edit(
        CONTRACT,
        "owner: aperture",
        "description: what jobs touch\nowner: aperture",
    );
    let next = world.commit("realm");
    git.reference("refs/remotes/origin/main", next, true, "")
        .unwrap();
    let mut main = git.find_branch("main", git2::BranchType::Local).unwrap();
    main.set_upstream(Some("origin/main")).unwrap();
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    let first = git.find_commit(first).unwrap();
    git.reset(first.as_object(), git2::ResetType::Hard, None)
        .unwrap();
    let behind = ["realm-behind .blue/config.yaml:4"];
    for repo in ["aperture", "fungal-image-analysis"] {
        assert_eq!(said_anew(&world, repo), behind);
    }
    git.branch("next", &first, false).unwrap();
    git.set_head("refs/heads/next").unwrap();
    let config = "aperture/.blue/config.yaml";
    world.edit(config, "path: ../realm", "path: ../realm\n  ref: main");
    let workspace = opened(&world, &["aperture"]);
    let report = report(&workspace, &world.path("aperture")).unwrap();
    let message = &report.findings[0].message;
    assert!(
        message.contains("is on next, 1 commit behind origin/main"),
        "{message}"
    );
}

#[test]
fn the_checkouts_remotes_are_held_against_the_registered_url() {
    let world = World::new();
    world.write(
        "realm/repos/aperture.yaml",
        "name: aperture\nurl: https://git.example.com/labs/aperture.git\n",
    );
    world.commit("realm");
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    let git = world.git("aperture");
    git.remote("origin", "https://ada:secret@git.example.com/ada/aperture")
        .unwrap();
    let workspace = opened(&world, &["aperture"]);
    let report = report(&workspace, &world.path("aperture")).unwrap();
    let [mismatch] = report.findings.as_slice() else {
        panic!("{:?}", report.findings);
    };
    assert_eq!(mismatch.code, Code::RepoMismatch);
    assert!(!mismatch.message.contains("secret"), "{}", mismatch.message);
    git.remote("upstream", "git@git.example.com:labs/aperture.git")
        .unwrap();
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
}

#[test]
fn a_ref_is_followed_whoever_is_loaded_first() {
    let world = World::new();
    let git = world.git("realm");
    let first = git.head().unwrap().target().unwrap();
    git.reference("refs/tags/v1", first, false, "").unwrap();
    world.edit(CONTRACT, "1.4.0", "1.5.0");
    world.commit("realm");
    // aperture pins v1, fungal-image-analysis follows main.
    let config = "aperture/.blue/config.yaml";
    world.edit(config, "  path: ../realm", "  path: ../realm\n  ref: v1");
    world.write("aperture/jobs/report.py", writes("report.json"));
    let stale = ["import-stale infra/stack.py:2"];
    for folders in [
        ["aperture", "fungal-image-analysis", "realm"],
        ["fungal-image-analysis", "realm", "aperture"],
        ["realm", "aperture", "fungal-image-analysis"],
    ] {
        let workspace = opened(&world, &folders);
        let found = report(&workspace, &world.path("aperture")).unwrap();
        let change = found.findings[0].change.as_ref().unwrap();
        assert_eq!(change.from.as_deref(), Some("1.4.0"), "{folders:?}");
        assert_eq!(said(&world, &workspace, "fungal-image-analysis"), stale);
    }
}

#[test]
fn a_realm_that_is_not_there_is_noticed_when_it_comes() {
    let world = World::new();
    std::fs::rename(world.path("realm"), world.path("away")).unwrap();
    let mut workspace = opened(&world, &["aperture"]);
    let unreachable = ["realm-unreachable .blue/config.yaml:4"];
    assert_eq!(said(&world, &workspace, "aperture"), unreachable);
    std::fs::rename(world.path("away"), world.path("realm")).unwrap();
    changed(&world, &mut workspace, &["realm/realm.yaml"]);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    // And when it goes.
    world.remove("realm");
    changed(&world, &mut workspace, &["realm/realm.yaml"]);
    assert_eq!(said(&world, &workspace, "aperture"), unreachable);
}

#[test]
fn a_folder_that_holds_no_realm_is_none() {
    let world = World::new();
    let config = "aperture/.blue/config.yaml";
    world.edit(config, "../realm", "../fungal-image-analysis");
    let unreachable = ["realm-unreachable .blue/config.yaml:4"];
    assert_eq!(said_anew(&world, "aperture"), unreachable);
    // Neither is one that has only a url, in this version: no silence.
    world.edit(
        config,
        "path: ../fungal-image-analysis",
        "url: https://git.example.com/a.git",
    );
    assert_eq!(said_anew(&world, "aperture"), unreachable);
}

#[test]
fn the_local_config_and_the_option_override_the_path() {
    let world = World::new();
    std::fs::rename(world.path("realm"), world.path("elsewhere")).unwrap();
    let unreachable = ["realm-unreachable .blue/config.yaml:4"];
    assert_eq!(said_anew(&world, "aperture"), unreachable);
    let options = Options {
        realm_path: Some(world.path("elsewhere")),
        ..Options::default()
    };
    let workspace = opened_with(&world, &["aperture"], options);
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    world.write(
        "aperture/.blue/config.local.yaml",
        "realm: {path: ../elsewhere}\nfindings: {export-added: error}\n",
    );
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    // While it is open.
    let mut workspace = opened(&world, &["aperture"]);
    let local = "aperture/.blue/config.local.yaml";
    world.remove(local);
    changed(&world, &mut workspace, &[local]);
    assert_eq!(said(&world, &workspace, "aperture"), unreachable);
}

#[test]
fn a_local_config_that_is_wrong_is_said() {
    let world = World::new();
    world.write(
        "aperture/.blue/config.local.yaml",
        "realm: {pth: ../elsewhere}\n",
    );
    assert_eq!(
        said_anew(&world, "aperture"),
        ["unknown-key .blue/config.local.yaml:1"]
    );
    world.write("aperture/.blue/config.local.yaml", "realm: [\n");
    assert_eq!(
        said_anew(&world, "aperture"),
        ["config-invalid .blue/config.local.yaml:1"]
    );
}

#[test]
fn a_realm_in_a_folder_of_a_repository() {
    let world = World::without_git();
    std::fs::create_dir_all(world.path("aperture/coordination")).unwrap();
    std::fs::rename(
        world.path("realm"),
        world.path("aperture/coordination/realm"),
    )
    .unwrap();
    let config = "aperture/.blue/config.yaml";
    world.edit(config, "../realm", "coordination/realm");
    world.init("aperture");
    world.commit("aperture");
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
    world.write("aperture/jobs/report.py", writes("report.json"));
    assert_eq!(
        said_anew(&world, "aperture"),
        ["export-added jobs/report.py:2"]
    );
    // What is proposed is still a proposal there.
    let contract = "aperture/coordination/realm/domains/s3-access/contracts/s3-permissions.yaml";
    world.edit(contract, "jobs/*/out.json", "jobs/*/out.json, report.json");
    assert_eq!(
        said_anew(&world, "aperture"),
        ["export-added jobs/report.py:2"]
    );
    world.commit("aperture");
    assert_eq!(said_anew(&world, "aperture"), NOTHING);
}

#[test]
fn a_realms_own_files_are_checked_as_they_are_typed() {
    let world = World::new();
    let mut workspace = opened(&world, &["realm", "aperture"]);
    let path = world.path(BINDING);
    let text = world
        .read(BINDING)
        .replace("s3-permissions", "s3-permission");
    let loads = workspace.buffer_opened(&path, text.as_str().into());
    run(&mut workspace, loads);
    let shown = |workspace: &blue_workspace::Workspace| {
        let files = workspace.snapshot().diagnostics().unwrap();
        let file = files.into_iter().find(|file| file.path == path).unwrap();
        let codes: Vec<Code> = file.items.iter().map(|item| item.finding.code).collect();
        (codes, file.open)
    };
    assert_eq!(shown(&workspace), (vec![Code::UnknownReference], true));
    // The record says otherwise, and aperture is held against the record.
    assert_eq!(said(&world, &workspace, "aperture"), NOTHING);
    let loads = workspace.buffer_changed(&path, world.read(BINDING).as_str().into(), &[]);
    run(&mut workspace, loads);
    assert_eq!(shown(&workspace), (vec![], true));
}

#[test]
fn a_contract_of_record_that_is_damaged_is_shown_where_it_stands_now() {
    let world = World::new();
    world.write(
        CONTRACT,
        CONTRACT_TEXT.replace("version: 1.4.0", "version: one"),
    );
    world.commit("realm");
    // In the working tree it is mended, and far shorter.
    world.write(CONTRACT, "name: s3-permissions\n");
    let workspace = opened(&world, &["aperture"]);
    let bad = "bad-version domains/s3-access/contracts/s3-permissions.yaml:1";
    let said = said(&world, &workspace, "aperture");
    assert!(said.iter().any(|said| said == bad), "{said:?}");
    workspace.snapshot().diagnostics().unwrap();
}

#[cfg(unix)]
#[test]
fn a_link_in_a_realm_is_not_followed_and_said() {
    let world = World::new();
    world.write("outside.yaml", "name: secret\nversion: 1.0.0\n");
    let link = world.path("realm/domains/s3-access/contracts/secret.yaml");
    std::os::unix::fs::symlink(world.path("outside.yaml"), link).unwrap();
    let workspace = opened(&world, &["realm"]);
    let files = workspace.snapshot().diagnostics().unwrap();
    let said: Vec<_> = files
        .iter()
        .flat_map(|file| &file.items)
        .map(|shown| (shown.finding.code, shown.finding.place.path.to_string()))
        .collect();
    let expected = "domains/s3-access/contracts/secret.yaml".to_owned();
    assert_eq!(said, [(Code::PathEscapes, expected)]);
}
