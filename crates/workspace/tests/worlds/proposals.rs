//! A realm's own checkout: what it is held against, and what of it may be silenced by whom.

use blue_workspace::{Code, Mode, Options, RealmReport, Verifier, Workspace};

use crate::world::{CONTRACT, World, changed, opened, opened_with, run};

fn report(world: &World, workspace: &Workspace) -> RealmReport {
    let snapshot = workspace.snapshot();
    let report = snapshot.realm_report(&world.path("realm")).unwrap();
    report.expect("the realm is loaded")
}

fn anew(world: &World) -> RealmReport {
    report(world, &opened(world, &["realm"]))
}

/// `code: message` a finding, in order.
fn said(report: &RealmReport) -> Vec<String> {
    let findings = report.found.findings.iter();
    let said = findings.map(|finding| format!("{} {}", finding.severity, finding.code));
    said.collect()
}

fn branch(world: &World, name: &str) {
    let git = world.git("realm");
    let head = git.head().unwrap().peel_to_commit().unwrap();
    git.branch(name, &head, false).unwrap();
    git.set_head(&format!("refs/heads/{name}")).unwrap();
}

fn short(oid: git2::Oid) -> String {
    oid.to_string()[..7].to_owned()
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_clean_checkout_passes_in_words() {
    let world = World::new();
    let report = anew(&world);
    assert_eq!(said(&report), NOTHING);
    let passed = &report.found.passed;
    assert_eq!(passed.len(), 1);
    assert_eq!(passed[0].mode, Mode::Contract);
    assert_eq!(&*passed[0].contract, "s3-permissions");
    assert_eq!(&*passed[0].text, "valid schema, version bump correct");
    assert_eq!(report.found.notes, NOTHING);
    assert_eq!(report.found.could_not, NOTHING);
}

#[test]
fn a_branch_is_held_against_where_it_left_main() {
    let world = World::new();
    let left = world.git("realm").head().unwrap().target().unwrap();
    branch(&world, "feat/more");
    world.edit("realm/realm.yaml", "1.0.0", "1.1.0");
    world.commit("realm");
    let own = world.edit_main();
    assert_ne!(own, left);
    let expected = [format!("held against main at {}", short(left))];
    assert_eq!(anew(&world).found.notes, expected);
    // A revision that is named counts instead.
    let options = Options {
        base: Some("HEAD".into()),
        ..Options::default()
    };
    let workspace = opened_with(&world, &["realm"], options);
    let head = world.git("realm").head().unwrap().target().unwrap();
    assert_eq!(report(&world, &workspace).found.notes, NOTHING);
    world.edit("realm/realm.yaml", "1.1.0", "1.2.0");
    let mut workspace = workspace;
    changed(&world, &mut workspace, &["realm/realm.yaml"]);
    let expected = [format!("held against HEAD at {}", short(head))];
    assert_eq!(report(&world, &workspace).found.notes, expected);
}

impl World {
    /// Main goes on while another branch is checked out.
    fn edit_main(&self) -> git2::Oid {
        let git = self.git("realm");
        let main = git.find_branch("main", git2::BranchType::Local).unwrap();
        let main = main.get().peel_to_commit().unwrap();
        let who = git2::Signature::new("b", "b@example.com", &git2::Time::new(200, 0)).unwrap();
        let tree = main.tree().unwrap();
        git.commit(Some("refs/heads/main"), &who, &who, "more", &tree, &[&main])
            .unwrap()
    }
}

#[test]
fn without_git_there_is_nothing_to_hold_it_against() {
    let world = World::without_git();
    let report = anew(&world);
    assert_eq!(&*report.found.passed[0].text, "valid schema");
    assert_eq!(
        report.found.notes,
        ["there is no commit to hold the files against: versions and owners are not judged"]
    );
}

#[test]
fn a_shallow_clone_that_cannot_know_says_how_to_make_it_whole() {
    let world = World::new();
    let git = world.git("realm");
    let head = git.head().unwrap().target().unwrap();
    git.set_head_detached(head).unwrap();
    let mut main = git.find_branch("main", git2::BranchType::Local).unwrap();
    main.delete().unwrap();
    std::fs::write(git.path().join("shallow"), format!("{head}\n")).unwrap();
    let could_not = anew(&world).found.could_not.clone();
    assert_eq!(could_not.len(), 1);
    assert!(could_not[0].contains("fetch-depth: 0"), "{could_not:?}");
}

#[test]
fn a_change_is_not_held_against_itself_where_its_branch_is_not_known() {
    let world = World::new();
    let git = world.git("realm");
    let head = git.head().unwrap().target().unwrap();
    git.set_head_detached(head).unwrap();
    git.remote("origin", "../upstream").unwrap();
    for name in ["refs/remotes/origin/one", "refs/remotes/origin/two"] {
        git.reference(name, head, true, "").unwrap();
    }
    git.find_branch("main", git2::BranchType::Local)
        .and_then(|mut main| main.delete())
        .unwrap();
    let could_not = anew(&world).found.could_not.clone();
    assert_eq!(could_not.len(), 1);
    assert!(could_not[0].contains("--base"), "{could_not:?}");
}

#[test]
fn histories_that_have_nothing_in_common_are_not_judged() {
    let world = World::new();
    let git = world.git("realm");
    let who = git2::Signature::new("b", "b@example.com", &git2::Time::new(200, 0)).unwrap();
    let tree = git.head().unwrap().peel_to_tree().unwrap();
    let anew_made = git.commit(None, &who, &who, "anew", &tree, &[]).unwrap();
    git.reference("refs/remotes/origin/main", anew_made, true, "")
        .unwrap();
    git.remote("origin", "../upstream").unwrap();
    let could_not = anew(&world).found.could_not.clone();
    assert!(
        could_not[0].contains("origin/main have no commit in common"),
        "{could_not:?}"
    );
}

#[test]
fn the_realms_own_severities_count_from_the_record() {
    let world = World::new();
    world.edit(CONTRACT, "owner:", "ownr: x\nowner:");
    assert_eq!(said(&anew(&world)), ["warning unknown-key"]);
    // A proposal does not decide what is said of it.
    let levels = "name: letemcook\nversion: 1.0.0\ngovernance: {admission: open}\nfindings: {unknown-key: off}\n";
    world.write("realm/realm.yaml", levels);
    assert_eq!(said(&anew(&world)), ["warning unknown-key"]);
    world.commit("realm");
    let report = anew(&world);
    assert_eq!(said(&report), NOTHING);
    assert_eq!(report.found.silenced, 1);
    world.edit("realm/realm.yaml", "off", "error");
    world.commit("realm");
    assert_eq!(said(&anew(&world)), ["error unknown-key"]);
}

#[test]
fn a_comment_silences_what_its_line_says() {
    let world = World::new();
    world.edit(
        CONTRACT,
        "owner:",
        "ownr: x # blue: ignore[unknown-key] for a tool of ours\nowner:",
    );
    let report = anew(&world);
    assert_eq!(said(&report), NOTHING);
    assert_eq!(report.found.silenced, 1);
    world.edit(CONTRACT, "ownr: x #", "x-own: x #");
    assert_eq!(said(&anew(&world)), ["warning ignore-unused"]);
    // What the realm alone may lower, and what no finding is called.
    for code in ["not-owner", "unknown-keys"] {
        world.edit(
            CONTRACT,
            "x-own: x # blue: ignore[",
            &format!("x-own: x # blue: ignore[{code}, "),
        );
        assert!(said(&anew(&world)).contains(&"warning ignore-unused".to_owned()));
    }
    // In a text it is no comment.
    let world = World::new();
    world.edit(
        CONTRACT,
        "owner:",
        "description: |\n  see # blue: ignore[unknown-key] why\nownr: x\nowner:",
    );
    assert_eq!(said(&anew(&world)), ["warning unknown-key"]);
}

#[test]
fn a_code_repository_is_told_only_of_its_own_contracts() {
    let world = World::new();
    let other = "realm/domains/s3-access/contracts/jobs-done.yaml";
    world.write(
        other,
        "name: jobs-done\nversion: 1.0.0\nowner: aperture\nschema: {}\nownr: x\n",
    );
    world.edit(CONTRACT, "owner:", "ownr: x\nowner:");
    let workspace = opened(&world, &["fungal-image-analysis"]);
    let path = world.path("fungal-image-analysis");
    let reports = workspace.snapshot().contracts_of(&path).unwrap();
    assert_eq!(reports.len(), 1);
    let found = &reports[0].found;
    let contracts: Vec<_> = found
        .findings
        .iter()
        .map(|finding| (finding.code, finding.contract.as_deref()))
        .collect();
    assert_eq!(contracts, [(Code::UnknownKey, Some("s3-permissions"))]);
    let opened_realm = opened(&world, &["realm"]);
    assert_eq!(report(&world, &opened_realm).found.findings.len(), 2);
}

#[test]
fn a_commit_moves_what_it_is_held_against() {
    let world = World::new();
    let mut workspace = opened(&world, &["realm"]);
    world.edit("realm/realm.yaml", "1.0.0", "1.1.0");
    let head = world.commit("realm");
    changed(&world, &mut workspace, &["realm/.git/refs/heads/main"]);
    assert_eq!(report(&world, &workspace).found.notes, NOTHING);
    let loads = workspace.buffer_opened(
        &world.path("realm/realm.yaml"),
        "name: letemcook\nnme: x\ngovernance: {admission: open}\n".into(),
    );
    run(&mut workspace, loads);
    let report = report(&world, &workspace);
    assert_eq!(said(&report), ["warning unknown-key"]);
    assert_eq!(
        report.found.notes,
        [format!("held against main at {}", short(head))]
    );
}

mod versions {
    use blue_workspace::{ContractAt, VersionError, contract_version};

    use super::{CONTRACT, World, anew};
    use crate::world::opened;

    fn asked(world: &World, version: &str) -> Result<(String, String), VersionError> {
        let states = opened(world, &["realm"])
            .snapshot()
            .realm_states(&world.path("realm"));
        let at = ContractAt {
            root: &states[0].root,
            follow: None,
            domain: "s3-access",
            contract: "s3-permissions",
        };
        let found = contract_version(&at, &states[0].working, &version.parse().unwrap())?;
        Ok((
            found.contract.value.as_ref().unwrap().to_string(),
            found.from,
        ))
    }

    fn release(world: &World, version: &str, value: &str) -> git2::Oid {
        let text = format!(
            "name: s3-permissions\nversion: {version}\nowner: aperture\nschema: {{}}\nvalue: {value}\n"
        );
        world.write(CONTRACT, text);
        world.commit("realm")
    }

    #[test]
    fn old_versions_are_read_from_their_file_else_from_history() {
        let world = World::new();
        release(&world, "1.5.0", "[a]");
        let last = release(&world, "1.5.0", "[a, b]");
        release(&world, "1.6.0", "[c]");
        world.write(
            "realm/domains/s3-access/contracts/s3-permissions/1.4.0.yaml",
            "schema: {}\nvalue: [of the file]\n",
        );
        world.commit("realm");
        // The last commit that says it, not the first.
        let short = last.to_string()[..7].to_owned();
        let of = |version| asked(&world, version).unwrap();
        assert_eq!(of("1.5.0"), (r#"["a","b"]"#.to_owned(), short));
        assert_eq!(of("1.6.0").0, r#"["c"]"#);
        assert_eq!(of("1.4.0").0, r#"["of the file"]"#);
        assert!(of("1.4.0").1.ends_with("1.4.0.yaml"));
        assert!(anew(&world).found.could_not.is_empty());
        let error = asked(&world, "1.3.0").unwrap_err();
        assert!(matches!(
            error,
            VersionError::NotFound { shallow: false, .. }
        ));
        std::fs::write(world.git("realm").path().join("shallow"), "").unwrap();
        let error = asked(&world, "1.3.0").unwrap_err().to_string();
        assert!(error.contains("fetch-depth: 0"), "{error}");
    }
}

#[test]
fn who_signed_is_not_unverified() {
    let world = World::new();
    world.write(
        "realm/repos/aperture.yaml",
        "name: aperture\nmaintainers: [ada@example.com]\n",
    );
    world.commit("realm");
    branch(&world, "feat/more");
    world.edit(CONTRACT, "version: 1.4.0\nowner", "version: 1.4.1\nowner");
    // The same commit with something in the place of a signature.
    let git = world.git("realm");
    let plain = git.find_commit(world.commit("realm")).unwrap();
    let (who, tree) = (plain.author(), plain.tree().unwrap());
    let parents: Vec<_> = plain.parents().collect();
    let parents: Vec<_> = parents.iter().collect();
    let bytes = git.commit_create_buffer(&who, &who, "change", &tree, &parents);
    let text = String::from_utf8(bytes.unwrap().to_vec()).unwrap();
    let signed = git.commit_signed(&text, "by a", None).unwrap();
    git.reference("refs/heads/feat/more", signed, true, "signed")
        .unwrap();
    let message = |verifier: Option<Verifier>| {
        let options = Options {
            verifier,
            ..Options::default()
        };
        let report = report(&world, &opened_with(&world, &["realm"], options));
        let findings = report.found.findings.iter();
        let mut not_owner = findings.filter(|it| it.code == Code::NotOwner);
        not_owner.next().unwrap().message.clone()
    };
    let by = |word: &'static str| {
        Some(Verifier::new(move |record, _, signature| {
            record.repo("aperture").is_some() && signature.signature == word.as_bytes()
        }))
    };
    let is_unverified = [None, by("by b"), by("by a")].map(|verifier| {
        let said = message(verifier);
        assert!(said.contains("was changed by a@example.com"), "{said}");
        said.contains("(unverified)")
    });
    assert_eq!(is_unverified, [true, true, false]);
}
