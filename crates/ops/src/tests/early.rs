//! A realm of the early layout, taken over: all of it, or nothing and a sentence that says why.

use super::contracts::{change, refused, told};
use super::world::*;
use crate::admin::{Early, left_over, migrate};
use crate::{Error, Freshness, Landed, OpenRealm, Step};

/// A realm of the early layout.
const EARLY: &[(&str, &str)] = &[
    (
        "domains/aperture/domain.yaml",
        "name: aperture\nrepo_path: ../aperture\nmaintainers: [ada@example.com]\njoined_at: 2026-01-05T09:00:00Z\n",
    ),
    (
        "domains/aperture/exports.yaml",
        "exports:\n  - name: object-paths\n    version: \"1.3.0\"\n    description: What the jobs touch.\n    schema:\n      type: object\n      properties:\n        read: { $ref: \"../../contracts/s3-paths.schema.yaml\" }\n        write: { $ref: \"../../contracts/s3-paths.schema.yaml#/$defs/few\" }\n    value:\n      read: [plates/*/raw/*.tiff]\n      write: [jobs/*/out.json]\n    changelog:\n      - version: 1.3.0\n        date: 2026-01-05\n        changes: [jobs write]\n      - version: 1.2.0\n        changes: [the first]\n",
    ),
    (
        "domains/fungal-image-analysis/domain.yaml",
        "name: fungal-image-analysis\nmaintainers: [finn@example.com]\n",
    ),
    (
        "domains/fungal-image-analysis/imports.yaml",
        "imports:\n  - contract: object-paths\n    from: aperture\n    version: \">=1.0.0\"\n    binding: infra/stack.py\n    status: current\n    resolved_version: 1.3.0\n    resolved_at: 2026-01-05T09:00:00Z\n",
    ),
    (
        "contracts/s3-paths.schema.yaml",
        "$id: https://example.com/s3-paths\ntype: array\nitems: { $ref: \"path.schema.yaml\" }\n$defs:\n  few: { type: array, items: { $ref: \"#/items\" }, maxItems: 9 }\n",
    ),
    ("contracts/path.schema.yaml", "type: string\nminLength: 1\n"),
];

/// A realm of that layout alone.
fn early_world() -> World {
    let world = World::with(EARLY);
    let (remote, main) = (world.remote(), world.main());
    let present = remote.tree_at(main, "").unwrap().into_iter();
    let present = present
        .map(|file| file.path)
        .filter(|path| path != "realm.yaml" && EARLY.iter().all(|(early, _)| path != early));
    let gone: Vec<_> = present
        .map(|path| blue_git::FileChange {
            path,
            content: None,
        })
        .collect();
    let rosa = actor("rosa");
    let maker = blue_git::Maker {
        author: rosa.author,
        committer: rosa.committer,
        time: NOW - 900,
        signer: None,
    };
    let made = remote.commit_on(main, &gone, "as it was", &maker).unwrap();
    let update = blue_git::RefUpdate {
        branch: "main".to_owned(),
        expected: Some(main),
        to: Some(made),
    };
    assert!(remote.move_branch(&update).unwrap());
    world
}

/// As somebody with a checkout of the realm: the early files are read beside it.
fn take_over(world: &World, who: &str, step: Option<Step>) -> Result<Landed, Error> {
    let checkout = world.checkout(who);
    change(world, who, step, &|base, actor| {
        let view = as_who(who, |ask| {
            OpenRealm::open(&checkout, Freshness::AsItIs, blue_git::Rewrites::Stop, ask)
        })?;
        migrate(base, &Early::of(&view)?, "objects", actor, NOW)
    })
}

#[test]
fn the_early_layout_is_taken_over() {
    let whole = {
        let world = early_world();
        take_over(&world, "rosa", None).unwrap();
        told(&world)
    };
    for step in [Step::Planned, Step::Committed, Step::Pushed] {
        let world = early_world();
        take_over(&world, "rosa", Some(step)).unwrap_err();
        take_over(&world, "rosa", None).unwrap();
        assert_eq!(told(&world), whole, "{step:?}");
        assert!(matches!(
            take_over(&world, "rosa", None),
            Ok(Landed::Nothing)
        ));
    }
    assert!(!whole.contains("exports.yaml"), "{whole}");
    assert!(!whole.contains("schema.yaml"), "{whole}");
    assert!(!whole.contains("domains/aperture/"), "{whole}");
    let world = early_world();
    take_over(&world, "rosa", None).unwrap();
    let realm = world.realm("main");
    for file in realm.files() {
        assert_eq!(realm.problems_of(&file.path, None), [], "{}", file.path);
    }
    let contract = realm.contract("objects", "object-paths").unwrap();
    assert_eq!(contract.owner.as_deref(), Some("aperture"));
    let schema = contract.schema.as_ref().unwrap();
    let at = |pointer: &str| schema.pointer(pointer).cloned();
    assert_eq!(at("/properties/read/$ref"), Some("#/$defs/s3-paths".into()));
    assert_eq!(
        at("/properties/write/$ref"),
        Some("#/$defs/s3-paths/$defs/few".into())
    );
    assert_eq!(
        at("/$defs/s3-paths/items/$ref"),
        Some("#/$defs/path".into())
    );
    assert_eq!(
        at("/$defs/s3-paths/$defs/few/items/$ref"),
        Some("#/$defs/s3-paths/items".into())
    );
    assert_eq!(at("/$defs/s3-paths/$id"), None);
    let versions = contract
        .evolution
        .iter()
        .map(|it| it.version.clone().unwrap());
    let versions: Vec<_> = versions.map(|it| it.to_string()).collect();
    assert_eq!(versions, ["1.2.0", "1.3.0"]);
    assert_eq!(realm.importers_of("objects", "object-paths").len(), 1);
    // Those who are no approvers may not.
    let world = early_world();
    let done = take_over(&world, "eve", None);
    assert!(matches!(done, Err(Error::NotAllowed(_))), "{done:?}");
}

/// Where nobody is named who decides, it is whoever takes the realm over.
#[test]
fn whoever_takes_a_realm_over_decides_in_it() {
    let world = early_world();
    world.commit(
        "rosa",
        &[("realm.yaml", "name: letemcook # ours\nversion: 1.0.0\n")],
    );
    take_over(&world, "ada", None).unwrap();
    let text = world.text("main", "realm.yaml").unwrap();
    assert_eq!(
        text,
        "name: letemcook # ours\nversion: 1.0.0\ngovernance:\n  approvers:\n    - ada@example.com\n"
    );
}

#[test]
fn what_cannot_be_taken_over_is_said_and_nothing_is_written() {
    for (path, text, expected) in [
        (
            "domains/fungal-image-analysis/imports.yaml",
            "imports: [{contract: other}]\n",
            "imports other, which no exports.yaml has",
        ),
        (
            "domains/fungal-image-analysis/exports.yaml",
            "exports: [{name: object-paths, version: 1.0.0}]\n",
            "a contract has one exporter",
        ),
        (
            "domains/aperture/exports.yaml",
            "exports:\n  - name: object-paths\n    schema: { $ref: ../../contracts/gone.schema.yaml }\n",
            "there is no contracts/gone.schema.yaml",
        ),
        ("domains/aperture/exports.yaml", "exports: [", "is not YAML"),
        (
            "domains/aperture/exports.yaml",
            "exports: 3\n",
            "that is no list",
        ),
        (
            "domains/aperture/exports.yaml",
            "exports: [{name: object-paths, owner: fungal-image-analysis}]\n",
            "has a `owner` that says something else than what it is to become",
        ),
        (
            "domains/aperture/exports.yaml",
            "exports: [{name: object-paths, changelog: {1.0.0: first}}]\n",
            "a `changelog` of object-paths that is no list",
        ),
        (
            "domains/aperture/exports.yaml",
            "exports: [{name: object-paths, changelog: [first]}]\n",
            "an entry of the `changelog` of object-paths without a version",
        ),
        (
            "domains/aperture/exports.yaml",
            "exports: [{name: object-paths, version: 1.0, changelog: [{version: 1.1}]}]\n",
            "tells of 1.1.0 in the `changelog` of object-paths, which is at 1.0.0",
        ),
        (
            "domains/aperture/exports.yaml",
            "exports: [{name: object-paths, changelog: [{version: 1}, {version: 1.0.0}]}]\n",
            "tells of 1.0.0 of object-paths twice",
        ),
        (
            "repos/aperture.yaml",
            "name: aperture\nmaintainers: [rosa@example.com]\n",
            "says another `maintainers` of aperture than repos/aperture.yaml",
        ),
    ] {
        let world = early_world();
        world.commit("rosa", &[(path, text)]);
        let before = told(&world);
        let said = refused(take_over(&world, "rosa", None));
        assert!(said.contains(expected), "{said}");
        assert_eq!(told(&world), before);
    }
}

/// What people wrote in the early files, keys that no format knows and comments among it.
const TALKATIVE: &[(&str, &str)] = &[
    (
        "domains/aperture/domain.yaml",
        "# note-a\nname: aperture\nrepo_path: ../aperture # note-b\nmaintainers:\n  # note-c\n  - ada@example.com\nchat: '#kept-a'\n",
    ),
    (
        "domains/aperture/exports.yaml",
        "# note-d\nregion: kept-b\nexports:\n  # note-e\n  - name: object-paths # note-f\n    version: 1.3 # note-g\n    team: kept-c\n    deprecated: # note-h\n      - value: jobs/*/out.json\n        note: kept-d\n    source_files: [jobs/*.py] # note-i\n    detect:\n      # note-j\n      - s3\n    schema: { $ref: ../../contracts/s3-paths.schema.yaml } # note-k\n    value:\n      read: [plates/*] # note-l\n      # note-m\n      write:\n        - jobs/*/out.json # note-n\n    changelog: # note-o\n      # note-p\n      - version: 1.3 # note-q\n        ticket: kept-e\n        changes: [jobs write] # note-r\n      # note-s\n      - version: 1.2\n        changes: [the first]\n# note-t\n",
    ),
    (
        "domains/fungal-image-analysis/imports.yaml",
        "imports:\n  # note-u\n  - contract: object-paths # note-v\n    from: aperture # note-w\n    version: \">=1.0.0\" # note-x\n    binding: infra/stack.py\n    status: kept-f\n    severity: kept-g\n",
    ),
    (
        "contracts/s3-paths.schema.yaml",
        "# note-y\n$schema: https://json-schema.org/draft/2020-12/schema\n$id: kept-h\ntype: object # note-z\n",
    ),
    ("contracts/unused.schema.yaml", "type: string # kept-i\n"),
    (
        "realm.yaml",
        "# kept-j\nname: letemcook\nversion: 1.0 # kept-k\ngovernance: {approvers: [rosa@example.com]}\n",
    ),
    (
        "repos/fungal-image-analysis.yaml",
        "# kept-l\nname: fungal-image-analysis\n",
    ),
];

#[test]
fn nothing_that_was_written_is_lost() {
    let world = early_world();
    world.commit("rosa", TALKATIVE);
    let before = words(&world);
    take_over(&world, "rosa", None).unwrap();
    assert_eq!(words(&world), before);
    let realm = world.realm("main");
    let at = |path: &str| realm.file(path).unwrap().text.to_string();
    let contract = at("domains/objects/contracts/object-paths.yaml");
    for line in [
        "# note-e\nname: object-paths  # note-f\n",
        "\nversion: 1.3.0  # note-g\n",
        "\n  # note-l\n  read:\n  - plates/*\n",
        "\n  - jobs/*/out.json  # note-n\n",
        "\n# note-s\n- version: 1.2.0\n",
        "\n- version: 1.3.0  # note-q\n",
        "\n      type: object  # note-z\n",
    ] {
        assert!(contract.contains(line), "{line:?} in\n{contract}");
    }
    assert!(at("realm.yaml").contains("version: 1.0.0 # kept-k\n"));
    let binding = at("domains/objects/bindings/aperture.yaml");
    assert!(binding.contains("  # note-j\n  - s3\n"), "{binding}");
    let repo = at("repos/aperture.yaml");
    assert!(repo.contains("path: ../aperture  # note-b\n"), "{repo}");
    assert_eq!(realm.problems_of("realm.yaml", None), []);
    let contract = realm.contract("objects", "object-paths").unwrap();
    assert_eq!(contract.deprecated.len(), 1);
}

/// The words of [`TALKATIVE`] that the realm's files have now, but for those of versions, each once.
fn words(world: &World) -> Vec<String> {
    let (remote, main) = (world.remote(), world.main());
    let files = remote.tree_at(main, "").unwrap().into_iter();
    let files = files.filter(|file| !file.path.ends_with("/1.3.0.yaml"));
    let texts = files.map(|file| remote.file_at(main, &file.path).unwrap().unwrap());
    let texts: Vec<String> = texts.map(|it| String::from_utf8(it).unwrap()).collect();
    let texts = texts.join("\n");
    let is_of_word = |it: char| it.is_ascii_lowercase() || it == '-';
    let all = texts.split(|it| !is_of_word(it));
    let own = all.filter(|it| it.starts_with("note-") || it.starts_with("kept-"));
    let mut own: Vec<String> = own.map(str::to_owned).collect();
    own.sort();
    own
}

/// A schema that nothing refers to stays where it is, and is named.
#[test]
fn what_nothing_refers_to_is_left_and_named() {
    let world = early_world();
    world.commit("rosa", TALKATIVE);
    let checkout = world.checkout("rosa");
    as_who("rosa", |ask| {
        let view = OpenRealm::open(&checkout, Freshness::AsItIs, blue_git::Rewrites::Stop, ask);
        let early = Early::of(&view.unwrap()).unwrap();
        let made = migrate(&world.realm("main"), &early, "objects", &actor("rosa"), NOW);
        let left = left_over(&early, &made.unwrap().unwrap());
        assert_eq!(
            left,
            ["contracts/path.schema.yaml", "contracts/unused.schema.yaml"]
        );
    });
}

/// A realm that was taken over by an older Blue still has the version that is none.
#[test]
fn a_version_of_two_numbers_is_written_in_full() {
    let text =
        "name: letemcook # ours\nversion: 1.0\ngovernance: {approvers: [rosa@example.com]}\n";
    let world = World::with(&[("realm.yaml", text)]);
    take_over(&world, "rosa", None).unwrap();
    let now = world.realm("main");
    let now = now.file("realm.yaml").unwrap();
    assert_eq!(*now.text, text.replace("version: 1.0", "version: 1.0.0"));
    assert!(matches!(
        take_over(&world, "rosa", None),
        Ok(Landed::Nothing)
    ));
}
