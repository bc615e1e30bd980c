//! A realm from nothing: made, joined, given a domain; and what of it is refused.

use std::path::Path;

use blue_git::{Merged, Rewrites, discover};
use blue_realm::Realm;

use super::world::{BINDING, NOW, World, actor, as_who, open, place};
use crate::admin::{
    Anyway, CODEOWNERS, First, Init, Join, NewDomain, NewExport, NewImport, Without, codeowners,
    create_domain, export, import, init, join, leave,
};
use crate::{
    CheckoutMay, Error, Freshness, Landed, OpenRealm, Proposed, Written, commit, land, renew,
};

/// A change of a realm that has no remote, by who asks for just that.
fn change(
    path: &Path,
    who: &str,
    make: &mut dyn FnMut(&Realm) -> Result<Option<Written>, Error>,
) -> Result<Landed, Error> {
    as_who(who, |ask| {
        let mut realm = OpenRealm::open(&place(path), Freshness::Fetched, Rewrites::Stop, ask)?;
        realm.checkout_may = CheckoutMay::Move;
        land(&mut realm, ask, make)
    })
}

fn take_part(repo: &str) -> Join {
    Join {
        repo: repo.to_owned(),
        path: Some(format!("../{repo}")),
        ..Join::default()
    }
}

fn s3_access() -> NewDomain {
    NewDomain {
        name: "s3-access".to_owned(),
        repos: vec!["aperture".to_owned(), "fungal-image-analysis".to_owned()],
        contract: Some(("s3-permissions".to_owned(), "aperture".to_owned())),
        files: vec!["**/*.py".to_owned()],
        bucket: None,
        constant: None,
        first: None,
        bound: vec![(
            "fungal-image-analysis".to_owned(),
            vec!["infra/stack.py".to_owned()],
        )],
    }
}

fn read(path: &Path) -> Realm {
    let repository = discover(path).unwrap().unwrap();
    let head = repository.resolve("HEAD").unwrap();
    blue_workspace::realm_at(&repository, head, "")
        .unwrap()
        .unwrap()
}

/// Everything that is wrong with a realm.
fn problems(realm: &Realm) -> Vec<String> {
    let all = realm.files().flat_map(|file| {
        let found = realm.problems_of(&file.path, None);
        found
            .into_iter()
            .map(|it| format!("{}: {} {}", file.path, it.code.as_str(), it.message))
    });
    all.collect()
}

fn make(path: &Path) -> Option<blue_git::CommitId> {
    let wish = Init {
        name: "letemcook",
        path,
        beside: &[(".github/workflows/blue.yaml", "name: blue\n")],
    };
    as_who("ada", |ask| init(&wish, ask)).unwrap()
}

#[test]
fn from_nothing_to_a_realm_in_which_nothing_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("realm-letemcook");
    assert!(make(&path).is_some());
    assert!(make(&path).is_none(), "it is there already");
    assert_eq!(problems(&read(&path)), [] as [&str; 0]);

    for repo in ["aperture", "fungal-image-analysis"] {
        let mut made = |realm: &Realm| join(realm, &take_part(repo), &actor("ada"), NOW);
        assert!(matches!(
            change(&path, "ada", &mut made).unwrap(),
            Landed::At(..)
        ));
        assert!(matches!(
            change(&path, "ada", &mut made).unwrap(),
            Landed::Nothing
        ));
    }
    let mut made = |realm: &Realm| {
        let (written, left) = create_domain(realm, &s3_access(), &actor("ada"), NOW)?;
        assert_eq!(left.0, []);
        Ok(written)
    };
    assert!(matches!(
        change(&path, "ada", &mut made).unwrap(),
        Landed::At(..)
    ));
    assert!(matches!(
        change(&path, "ada", &mut made).unwrap(),
        Landed::Nothing
    ));

    let realm = read(&path);
    assert_eq!(problems(&realm), [] as [&str; 0]);
    let binding = realm.binding("s3-access", "fungal-image-analysis").unwrap();
    assert_eq!(
        binding.imports[0].version_text.as_deref(),
        Some(">=1.0.0, <2.0.0")
    );
    // The checkout has followed, since the realm has no remote and this realm was what was asked about.
    let on_disk = |file: &str| std::fs::read_to_string(path.join(file)).unwrap();
    assert!(on_disk("repos/aperture.yaml").contains("joined_at: 2026-01-06T09:00:00Z"));
    assert_eq!(on_disk(CODEOWNERS), codeowners(&realm));
    assert!(
        on_disk(CODEOWNERS)
            .contains("/domains/s3-access/contracts/s3-permissions.yaml ada@example.com\n")
    );
    assert!(path.join(".github/workflows/blue.yaml").is_file());
}

#[test]
fn nothing_in_a_checkout_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("realm-letemcook");
    make(&path);
    let mut made = |realm: &Realm| join(realm, &take_part("aperture"), &actor("ada"), NOW);
    // A change that is not committed, and a file that git does not know where one would be written.
    for (file, text) in [
        ("realm.yaml", "name: letemcook\n"),
        ("repos/aperture.yaml", "mine\n"),
    ] {
        let before = std::fs::read(path.join(file)).ok();
        std::fs::create_dir_all(path.join(file).parent().unwrap()).unwrap();
        std::fs::write(path.join(file), text).unwrap();
        let error = change(&path, "ada", &mut made).unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(path.join(file)).unwrap(), text);
        match before {
            Some(before) => std::fs::write(path.join(file), before).unwrap(),
            None => std::fs::remove_file(path.join(file)).unwrap(),
        }
    }
    change(&path, "ada", &mut made).unwrap();
    // And without being asked for this very realm, nothing moves.
    let refused = as_who("ada", |ask| {
        let mut realm = OpenRealm::open(&place(&path), Freshness::Fetched, Rewrites::Stop, ask)?;
        land(&mut realm, ask, &mut |realm| {
            join(realm, &take_part("station"), &actor("ada"), NOW)
        })
    });
    assert!(matches!(refused.unwrap_err(), Error::Refused { .. }));
}

#[test]
fn a_realm_is_not_made_over_something_else() {
    let folder = tempfile::tempdir().unwrap();
    for (file, text, why) in [
        ("notes.txt", "mine", "is not an empty folder"),
        ("realm.yaml", "name: another\n", "holds another realm"),
    ] {
        std::fs::write(folder.path().join(file), text).unwrap();
        let wish = Init {
            name: "letemcook",
            path: folder.path(),
            beside: &[],
        };
        let error = as_who("ada", |ask| init(&wish, ask)).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
    let wish = Init {
        name: "Let Em Cook",
        path: &folder.path().join("new"),
        beside: &[],
    };
    let error = as_who("ada", |ask| init(&wish, ask)).unwrap_err();
    let Error::Use { hint, .. } = &error else {
        panic!("{error}")
    };
    assert!(hint.contains("`let-em-cook`"), "{hint}");
}

/// The story's realm is by approval, and rosa approves.
#[test]
fn who_may_join() {
    let world = World::new();
    let realm = world.realm("main");
    let new = take_part("station");
    assert!(new.is_admitted(&realm, &actor("rosa")).unwrap());
    assert!(!new.is_admitted(&realm, &actor("ada")).unwrap());
    assert!(
        take_part("aperture")
            .is_admitted(&realm, &actor("eve"))
            .unwrap(),
        "it is in already"
    );
    for (admission, invited, expected) in [
        ("open", "[]", Some(true)),
        ("invite-only", "[station]", Some(true)),
        ("invite-only", "[aperture]", None),
    ] {
        let text = format!(
            "name: letemcook\ngovernance:\n  admission: {admission}\n  invited: {invited}\n  approvers: [rosa@example.com]\n"
        );
        let world = World::with(&[("realm.yaml", &text)]);
        let found = new.is_admitted(&world.realm("main"), &actor("ada"));
        assert_eq!(found.ok(), expected, "{admission} {invited}");
    }
}

#[test]
fn a_domain_leaves_to_others_what_is_theirs() {
    let world = World::new();
    let base = world.realm("main");
    let wish = NewDomain {
        name: "queues".to_owned(),
        repos: ["aperture", "fungal-image-analysis", "station"]
            .map(str::to_owned)
            .to_vec(),
        contract: Some(("names".to_owned(), "aperture".to_owned())),
        files: vec!["jobs/**".to_owned()],
        bucket: None,
        constant: None,
        first: None,
        bound: Vec::new(),
    };
    let (written, left) = create_domain(&base, &wish, &actor("ada"), NOW).unwrap();
    let proposed = written.unwrap().proposed;
    let paths: Vec<&str> = proposed
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "domains/queues/bindings/aperture.yaml",
            "domains/queues/contracts/names.yaml",
            "domains/queues/domain.yaml",
        ],
    );
    let whom = |repo: &str| {
        left.0
            .iter()
            .find(|(of, _)| of == repo)
            .map(|(_, why)| *why)
    };
    assert_eq!(whom("fungal-image-analysis"), Some(Without::Permission));
    assert_eq!(whom("station"), Some(Without::Membership));
    proposed
        .judge(&actor("ada").as_author(), crate::clock::date(NOW))
        .unwrap();

    let (_, left) = create_domain(&base, &wish, &actor("finn"), NOW).unwrap();
    let whom = |repo: &str| {
        left.0
            .iter()
            .find(|(of, _)| of == repo)
            .map(|(_, why)| *why)
    };
    assert_eq!(whom("aperture"), Some(Without::Permission));
    assert_eq!(whom("fungal-image-analysis"), Some(Without::Files));
    let owner = NewDomain {
        contract: Some(("names".to_owned(), "nobody".to_owned())),
        ..wish
    };
    assert!(matches!(
        create_domain(&base, &owner, &actor("ada"), NOW),
        Err(Error::Use { .. })
    ));
}

#[test]
fn a_cycle_through_two_domains_is_refused_and_spelled_out() {
    let everyone = "name: x\nmaintainers: [ada@example.com, finn@example.com]\n";
    let repo = |name: &str| everyone.replace("name: x", &format!("name: {name}"));
    let (aperture, fungal) = (repo("aperture"), repo("fungal-image-analysis"));
    let world = World::with(&[
        ("repos/aperture.yaml", &aperture),
        ("repos/fungal-image-analysis.yaml", &fungal),
    ]);
    let back = NewDomain {
        name: "feedback-loop".to_owned(),
        repos: vec!["aperture".to_owned(), "fungal-image-analysis".to_owned()],
        contract: Some(("outlines".to_owned(), "fungal-image-analysis".to_owned())),
        files: vec!["outlines/**".to_owned()],
        bucket: None,
        constant: None,
        first: None,
        bound: vec![("aperture".to_owned(), vec!["infra/policy.py".to_owned()])],
    };
    let main = world.main();
    let refused = as_who("ada", |ask| {
        let mut realm = open(&world.checkout("realm"), ask)?;
        land(&mut realm, ask, &mut |realm| {
            create_domain(realm, &back, &actor("ada"), NOW).map(|(written, _)| written)
        })
    });
    let error = refused.unwrap_err().to_string();
    assert!(
        error.contains("(s3-access)") && error.contains("(feedback-loop)"),
        "{error}"
    );
    assert_eq!(world.main(), main);
}

#[test]
fn the_import_that_closes_a_cycle_is_refused_wherever_the_cycle_is_told() {
    let everyone = "maintainers: [ada@example.com, finn@example.com]\n";
    let repo = |name: &str| format!("name: {name}\n{everyone}");
    let (aperture, fungal) = (repo("aperture"), repo("fungal-image-analysis"));
    // The other domain sorts before and after the one that there is: the circle is told at either's binding.
    for name in ["feedback-loop", "zz-loop"] {
        let domain = format!("domains/{name}/domain.yaml");
        let members = format!("name: {name}\nmembers: [aperture, fungal-image-analysis]\n");
        let contract = format!("domains/{name}/contracts/outlines.yaml");
        let world = World::with(&[
            ("repos/aperture.yaml", &aperture),
            ("repos/fungal-image-analysis.yaml", &fungal),
            (&domain, &members),
            (
                &contract,
                "name: outlines\nversion: 1.0.0\nowner: fungal-image-analysis\nschema: {}\n",
            ),
        ]);
        let wish = NewImport {
            domain: name.to_owned(),
            contract: "outlines".to_owned(),
            version: "^1.0.0".to_owned(),
            binding: vec!["infra/policy.py".to_owned()],
        };
        let main = world.main();
        let refused = as_who("ada", |ask| {
            let mut realm = open(&world.checkout("realm"), ask)?;
            land(&mut realm, ask, &mut |realm| {
                import(realm, "aperture", &wish, &actor("ada"))
            })
        });
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("is a circle through 2 domains"), "{error}");
        assert_eq!(world.main(), main, "{name}");
    }
}

#[test]
fn an_import_is_added_to_a_file_and_only_its_lines_change() {
    let world = World::new();
    let wish = NewImport {
        domain: "s3-access".to_owned(),
        contract: "s3-permissions".to_owned(),
        version: "^1.4.0".to_owned(),
        binding: vec!["infra/stack.py".to_owned()],
    };
    let made =
        |repo: &str, wish: &NewImport| import(&world.realm("main"), repo, wish, &actor("finn"));
    let written = made("fungal-image-analysis", &wish).unwrap().unwrap();
    let diff = written.proposed.diff();
    let changed: Vec<&str> = diff
        .lines()
        .filter(|line| {
            line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---")
        })
        .collect();
    assert_eq!(
        changed,
        [
            "-    version: \">=1.0.0, <2.0.0\" # until we move",
            "+    version: \"^1.4.0\" # until we move",
        ],
    );
    let misspelt = NewImport {
        contract: "s3-permission".to_owned(),
        ..wish.clone()
    };
    let Err(Error::Use { hint, .. }) = made("fungal-image-analysis", &misspelt) else {
        panic!("it is not there");
    };
    assert!(hint.contains("`s3-permissions`"), "{hint}");
    assert!(matches!(made("station", &wish), Err(Error::Use { .. })));
}

/// What stays in a list keeps its line, its quotes and what is said of it.
#[test]
fn a_list_of_files_changes_by_the_lines_that_change() {
    let exporter = "repo: aperture\nexports:\n  - contract: s3-permissions # see\n    source_files: # globs\n      - 'jobs/**' # all\n      # and the rest\n      - \"lib/**\"\n";
    let importer = "repo: fungal-image-analysis\nimports:\n  - contract: s3-permissions\n    version: '^1.0.0'\n    binding:\n      - 'infra/stack.py' # main\n";
    let world = World::with(&[
        ("domains/s3-access/bindings/aperture.yaml", exporter),
        (BINDING, importer),
    ]);
    let base = world.realm("main");
    let changed = |written: Option<Written>| -> Vec<String> {
        let diff = written.map(|it| it.proposed.diff()).unwrap_or_default();
        let is_changed = |line: &&str| {
            line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---")
        };
        diff.lines().filter(is_changed).map(str::to_owned).collect()
    };
    let exported = |files: &[&str]| {
        let wish = NewExport {
            domain: "s3-access".to_owned(),
            contract: "s3-permissions".to_owned(),
            files: files.iter().map(|it| (*it).to_owned()).collect(),
            bucket: None,
            constant: None,
        };
        changed(export(&base, "aperture", &wish, None, &actor("ada")).unwrap())
    };
    assert_eq!(exported(&["jobs/**", "lib/**"]), [""; 0]);
    assert_eq!(
        exported(&["jobs/**", "lib/**", "sub/**"]),
        ["+      - sub/**"]
    );
    assert_eq!(exported(&["jobs/**"]), ["-      - \"lib/**\""]);
    // In globs the last word counts.
    assert_eq!(exported(&["lib/**", "jobs/**"]).len(), 5);
    let imported = |files: &[&str]| {
        let wish = NewImport {
            domain: "s3-access".to_owned(),
            contract: "s3-permissions".to_owned(),
            version: "^1.0.0".to_owned(),
            binding: files.iter().map(|it| (*it).to_owned()).collect(),
        };
        changed(import(&base, "fungal-image-analysis", &wish, &actor("finn")).unwrap())
    };
    assert_eq!(imported(&["infra/stack.py"]), [""; 0]);
    assert_eq!(
        imported(&["infra/stack.py", "infra/more.py"]),
        ["+      - infra/more.py"]
    );
}

/// Who joins as a repository that nobody looks after does so from then on, where they may decide that.
#[test]
fn a_repository_without_a_maintainer_gets_one() {
    for (who, realm, expected) in [
        (
            "ada",
            "name: letemcook\n",
            Some("name: aperture # ours\nmaintainers:\n  - ada@example.com\n"),
        ),
        (
            "rosa",
            "name: letemcook\ngovernance: {approvers: [rosa@example.com]}\n",
            Some("name: aperture # ours\nmaintainers:\n  - rosa@example.com\n"),
        ),
        (
            "ada",
            "name: letemcook\ngovernance: {approvers: [rosa@example.com]}\n",
            None,
        ),
    ] {
        let world = World::with(&[
            ("realm.yaml", realm),
            ("repos/aperture.yaml", "name: aperture # ours\n"),
        ]);
        let base = world.realm("main");
        let written = join(&base, &take_part("aperture"), &actor(who), NOW).unwrap();
        let text = written
            .as_ref()
            .and_then(|it| it.proposed.text("repos/aperture.yaml"));
        assert_eq!(text, expected, "{who} {realm}");
    }
}

/// A domain that lives is not made again: what its members have declared is theirs.
#[test]
fn a_domain_is_made_once() {
    let world = World::new();
    let wish = NewDomain {
        name: "s3-access".to_owned(),
        repos: vec!["aperture".to_owned(), "fungal-image-analysis".to_owned()],
        contract: Some(("s3-permissions".to_owned(), "aperture".to_owned())),
        bound: vec![(
            "fungal-image-analysis".to_owned(),
            vec!["other.py".to_owned()],
        )],
        ..NewDomain::default()
    };
    let (written, left) = create_domain(&world.realm("main"), &wish, &actor("ada"), NOW).unwrap();
    assert!(
        written.is_none(),
        "{:?}",
        written.map(|it| it.proposed.diff())
    );
    assert_eq!(left.0, []);
}

/// A contract that was made without a value can be given one; one that has another keeps it.
#[test]
fn a_contract_without_a_value_is_given_one() {
    const RAW: &str = "domains/s3-access/contracts/raw.yaml";
    let first = |retries: u8| First {
        value: serde_json::json!({"retries": retries}),
        schema: Some(serde_json::json!({"type": "object"})),
        now: NOW,
        source: None,
    };
    let wish = NewExport {
        domain: "s3-access".to_owned(),
        contract: "raw".to_owned(),
        files: Vec::new(),
        bucket: None,
        constant: None,
    };
    let world = World::with(&[(
        RAW,
        "name: raw # ours\nversion: 1.0.0\nowner: aperture\nschema: {type: array}\n",
    )]);
    let base = world.realm("main");
    let written = export(&base, "aperture", &wish, Some(&first(3)), &actor("ada"))
        .unwrap()
        .unwrap();
    let made = written.proposed.realm.contract("s3-access", "raw").unwrap();
    assert_eq!(made.value, Some(first(3).value));
    assert_eq!(made.schema, first(3).schema);
    assert_eq!(made.evolution.len(), 1);
    assert!(
        written
            .proposed
            .text(RAW)
            .unwrap()
            .starts_with("name: raw # ours\n")
    );
    let version = made.version.as_ref().unwrap();
    assert!(
        written
            .proposed
            .realm
            .release("s3-access", "raw", version)
            .is_some()
    );
    written
        .proposed
        .judge(
            &actor("ada").as_author(),
            blue_realm::Date::parse("2026-01-06").unwrap(),
        )
        .unwrap();
    let again = export(
        &written.proposed.realm,
        "aperture",
        &wish,
        Some(&first(4)),
        &actor("ada"),
    );
    let Err(Error::Use { hint, .. }) = again else {
        panic!("it keeps its value")
    };
    assert!(hint.contains("nothing reads it from the code"), "{hint}");
}

#[test]
fn who_is_relied_on_does_not_leave_unless_it_must() {
    let world = World::new();
    let base = world.realm("main");
    let error = leave(&base, "aperture", Anyway::No, &actor("ada")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("fungal-image-analysis imports s3-permissions"),
        "{error}"
    );
    let gone = leave(&base, "aperture", Anyway::Yes, &actor("ada"))
        .unwrap()
        .unwrap();
    assert!(gone.proposed.realm.repo("aperture").is_none());
    assert!(
        gone.proposed
            .realm
            .contract("s3-access", "s3-permissions")
            .is_none()
    );
    // Insisted on, it is written, too: what it breaks was said.
    let checkout = world.checkout("leaving");
    as_who("ada", |ask| {
        let mut realm = open(&checkout, ask)?;
        land(&mut realm, ask, &mut |base| {
            leave(base, "aperture", Anyway::Yes, &actor("ada"))
        })
    })
    .unwrap();
    assert!(world.realm("main").repo("aperture").is_none());

    let gone = leave(&base, "fungal-image-analysis", Anyway::No, &actor("finn"))
        .unwrap()
        .unwrap();
    assert_eq!(problems_new(&gone.proposed), [] as [&str; 0]);
    gone.proposed
        .judge(&actor("finn").as_author(), crate::clock::date(NOW))
        .unwrap();
    assert!(
        leave(
            &gone.proposed.realm,
            "fungal-image-analysis",
            Anyway::No,
            &actor("finn")
        )
        .unwrap()
        .is_none()
    );
}

/// What a change makes wrong that was right, hints aside: nobody imports the contract any more.
fn problems_new(proposed: &Proposed) -> Vec<String> {
    let before = problems(&proposed.base);
    let after = problems(&proposed.realm);
    after
        .into_iter()
        .filter(|it| !before.contains(it) && !it.contains("unreferenced") && !it.contains("nobody"))
        .collect()
}

#[test]
fn a_proposal_follows_what_others_write_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("realm-letemcook");
    make(&path);
    change(&path, "ada", &mut |realm| {
        join(realm, &take_part("aperture"), &actor("ada"), NOW)
    })
    .unwrap();
    let wish = take_part("fungal-image-analysis");
    let asked = |realm: &Realm| join(realm, &wish, &actor("finn"), NOW).unwrap().unwrap();
    let proposed = as_who("finn", |ask| {
        let realm = open(&place(&path), ask).unwrap();
        let tip = realm.tip().unwrap();
        commit(&realm, tip, &asked(&realm.realm_at(tip).unwrap()), ask).unwrap()
    });
    // Both sides add lines at the end of the file of owners.
    change(&path, "ada", &mut |realm| {
        Ok(create_domain(realm, &s3_access(), &actor("ada"), NOW)?.0)
    })
    .unwrap();
    as_who("finn", |ask| {
        let realm = open(&place(&path), ask).unwrap();
        let (tip, maker) = (realm.tip().unwrap(), ask.maker());
        let by_hand = realm.repository.merge_on(tip, proposed, "both", &maker);
        let conflict = Merged::Conflict(vec![CODEOWNERS.to_owned()]);
        assert_eq!(by_hand.unwrap(), conflict);
        let now = asked(&realm.realm_at(tip).unwrap());
        let renewed = renew(&realm, (proposed, tip), &now, ask).unwrap().unwrap();
        assert!(realm.repository.is_ancestor(tip, renewed).unwrap());
        assert!(realm.repository.is_ancestor(proposed, renewed).unwrap());
        let both = realm.realm_at(renewed).unwrap();
        assert!(both.repo("fungal-image-analysis").is_some());
        assert!(both.contract("s3-access", "s3-permissions").is_some());
        let owners = realm.repository.file_at(renewed, CODEOWNERS).unwrap();
        assert_eq!(owners.unwrap(), codeowners(&both).into_bytes());
    });
}
