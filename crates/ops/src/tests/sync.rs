//! What an exporter's sync writes.

use serde_json::json;

use super::world::*;
use crate::Error;
use crate::sync::{Fate, Source, Wish, plan};

const REPORT: (&str, &str) = ("write", "jobs/*/report.json");
const RELEASE: &str = "domains/s3-access/contracts/s3-permissions/1.5.0.yaml";

/// The lines that differ.
fn diff(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    let changes = diff
        .iter_all_changes()
        .filter(|it| it.tag() != similar::ChangeTag::Equal);
    changes.map(|it| format!("{}{it}", it.tag())).collect()
}

#[test]
fn one_branch_one_commit_and_only_the_lines_that_mean_something() {
    let world = World::new();
    let (place, main) = (world.checkout("realm"), world.main());
    let before = std::fs::read_to_string(world.path("realm").join(CONTRACT)).unwrap();
    let changes = [change(&[REPORT, ("read", "plates/*/meta.json")], &[])];
    let (branches, _) = as_who("ada", |ask| {
        sync(&place, &changes, &source("a", "main"), ask)
    })
    .unwrap();
    let [made] = &branches[..] else {
        panic!("one branch: {branches:?}")
    };
    assert_eq!(
        (made.branch.as_str(), made.fate),
        ("sync/aperture/20260106T090000Z", Fate::Made)
    );
    assert_eq!(made.planned[0].title(), "s3-permissions 1.4.0 → 1.5.0");
    assert_eq!(world.main(), main, "the branch of record waits");
    assert_eq!(world.branches().len(), 2);
    let remote = world.remote();
    assert_eq!(
        remote
            .commits_between(Some(main), made.commit.unwrap())
            .unwrap()
            .len(),
        1
    );
    let after = world.text(&made.branch, CONTRACT).unwrap();
    assert_eq!(
        diff(&before, &after),
        "-version: \"1.4.0\" # quoted by hand\n\
         +version: \"1.5.0\" # quoted by hand\n\
         -  write: [jobs/*/out.json]\n\
         +    - plates/*/meta.json\n\
         +  write: [jobs/*/out.json, jobs/*/report.json]\n\
         +  - version: 1.5.0\n\
         +    changes:\n\
         +      - added jobs/*/report.json to write\n\
         +      - added plates/*/meta.json to read\n\
         +    compatible: true\n\
         +    date: 2026-01-06T09:00:00Z\n\
         +    actor: ada@example.com\n\
         +    source:\n\
         +      commit: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\
         +      branch: main\n"
    );
    let release = world.text(&made.branch, RELEASE).unwrap();
    assert!(
        release.starts_with("schema:\n  type: object\n"),
        "{release}"
    );
    assert!(
        release.ends_with("  write: [jobs/*/out.json, jobs/*/report.json]\n"),
        "{release}"
    );
    assert!(release.contains("# the only one"), "{release}");
    let realm = world.realm(&made.branch);
    for path in [CONTRACT, RELEASE] {
        assert_eq!(realm.problems_of(path, None), [], "{path}");
    }
    assert_eq!(
        std::fs::read_to_string(world.path("realm").join(CONTRACT)).unwrap(),
        before
    );
    let git = git2::Repository::open(world.path("realm")).unwrap();
    assert!(git.statuses(None).unwrap().is_empty());
    assert_eq!(
        git.branches(Some(git2::BranchType::Local)).unwrap().count(),
        1
    );
}

#[test]
fn again_there_is_nothing_to_do_and_what_changes_is_updated() {
    let world = World::new();
    let place = world.checkout("realm");
    let step = |changes: &[_], commit: &str| {
        let synced = as_who("ada", |ask| {
            sync(&place, changes, &source(commit, "main"), ask)
        });
        let (branches, _) = synced.unwrap();
        let open: Vec<_> = world
            .branches()
            .into_iter()
            .filter(|(name, _)| name != "main")
            .collect();
        (
            branches.into_iter().map(|it| it.fate).collect::<Vec<_>>(),
            open,
        )
    };
    let (fates, first) = step(&[change(&[REPORT], &[])], "a");
    assert_eq!((fates, first.len()), (vec![Fate::Made], 1));
    let (fates, again) = step(&[change(&[REPORT], &[])], "a");
    assert_eq!((fates, &again), (vec![Fate::Same], &first));
    // The code says something else now: the same branch does.
    let (fates, open) = step(
        &[change(&[("read", "a")], &[("write", "jobs/*/out.json")])],
        "b",
    );
    assert_eq!((fates, open.len()), (vec![Fate::Updated], 1));
    assert_eq!(open[0].0, first[0].0);
    let text = world.text(&open[0].0, CONTRACT).unwrap();
    assert!(
        text.contains("version: \"2.0.0\" # quoted by hand"),
        "{text}"
    );
    assert!(
        !text.contains("report.json") && text.contains("    - a\n"),
        "{text}"
    );
    assert_eq!(
        world.text(&open[0].0, RELEASE),
        None,
        "1.5.0 is not released after all"
    );
    // And then it says again what the contract says.
    let (fates, open) = step(&[], "c");
    assert_eq!((fates, open), (vec![Fate::Withdrawn], vec![]));
}

#[test]
fn another_branch_of_the_code_waits_beside_and_becomes_the_next_version() {
    let world = World::with(&[(BINDING, "repo: fungal-image-analysis\n")]);
    let place = world.checkout("realm");
    let git = |name: &str, added: &str| {
        let changes = [change(&[("read", added)], &[])];
        as_who("ada", |ask| {
            sync(&place, &changes, &source(name, name), ask)
        })
        .unwrap();
    };
    git("a", "one.json");
    git("b", "two.json");
    let text = world.text("main", CONTRACT).unwrap();
    for part in [
        "version: \"1.6.0\"",
        "- one.json",
        "- two.json",
        "version: 1.5.0",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn two_that_wait_take_versions_of_their_own_and_merge_by_field() {
    let world = World::new();
    let place = world.checkout("realm");
    let step = |branch: &str, added: &[(&str, &str)]| -> Vec<(Fate, String)> {
        let changes = match added {
            [] => Vec::new(),
            added => vec![change(added, &[])],
        };
        let synced = as_who("ada", |ask| {
            sync(&place, &changes, &source("a", branch), ask)
        });
        let (branches, _) = synced.unwrap();
        let titles = branches.into_iter().map(|it| {
            let titles: Vec<String> = it.planned.iter().map(|it| it.title()).collect();
            (it.fate, titles.join(", "))
        });
        titles.collect()
    };
    let title = |to: &str| format!("s3-permissions 1.4.0 → {to}");
    let (one, two, three) = (
        ("read", "one.json"),
        ("read", "two.json"),
        ("read", "three.json"),
    );
    assert_eq!(step("main", &[one]), [(Fate::Made, title("1.5.0"))]);
    assert_eq!(step("feat", &[two]), [(Fate::Made, title("1.6.0"))]);
    // Which has nothing of the others.
    let fix = as_who("ada", |ask| {
        let changes = [change(&[one], &[])];
        sync_of(&place, Code::ANOTHER, &changes, &source("f", "fix"), ask)
    });
    assert_eq!(fix.unwrap().0[0].planned[0].title(), title("1.7.0"));
    // Whoever syncs again keeps what they have.
    assert_eq!(step("main", &[one]), [(Fate::Same, title("1.5.0"))]);
    assert_eq!(step("feat", &[two]), [(Fate::Same, title("1.6.0"))]);
    // What breaks is in nobody's way.
    let out = [change(&[], &[("write", "jobs/*/out.json")])];
    let broken = as_who("ada", |ask| sync(&place, &out, &source("a", "wild"), ask));
    assert_eq!(broken.unwrap().0[0].planned[0].title(), title("2.0.0"));
    assert_eq!(step("late", &[three]), [(Fate::Made, title("1.8.0"))]);
    let open = world.branches();
    // The first is merged: the others are made again on top of it, by field, whatever is checked out.
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    as_who("finn", |ask| {
        sync_as(
            "fungal-image-analysis",
            &place,
            &[],
            &source("f", "main"),
            ask,
        )
    })
    .unwrap();
    let text = world.text("main", CONTRACT).unwrap();
    assert!(text.contains("version: \"1.5.0\""), "{text}");
    let on = |to: &str| format!("s3-permissions 1.5.0 → {to}");
    assert_eq!(
        step("main", &[]),
        [
            (Fate::Updated, on("1.6.0")),
            (Fate::Overtaken, String::new()),
            (Fate::Updated, on("2.0.0")),
            (Fate::Updated, on("1.7.0")),
        ]
    );
    let feat = &open[2].0;
    let text = world.text(feat, CONTRACT).unwrap();
    for part in [
        "version: \"1.6.0\"",
        "- one.json",
        "- two.json",
        "branch: feat",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(world.branches().len() < open.len());
}

#[test]
fn uncommitted_code_is_said_and_waits() {
    let world = World::with(&[(BINDING, "repo: fungal-image-analysis\n")]);
    let (place, main) = (world.checkout("realm"), world.main());
    let uncommitted = Source {
        is_committed: false,
        ..source("a", "main")
    };
    let changes = [change(&[REPORT], &[])];
    let (branches, _) = as_who("ada", |ask| sync(&place, &changes, &uncommitted, ask)).unwrap();
    let text = world.text(&branches[0].branch, CONTRACT).unwrap();
    assert!(
        text.contains("read from code that is not committed yet") && !text.contains("commit: "),
        "{text}"
    );
    assert_eq!(world.main(), main);
    // Committed, it is said so, and merged: nobody imports it.
    as_who("ada", |ask| {
        sync(&place, &changes, &source("b", "main"), ask)
    })
    .unwrap();
    let text = world.text("main", CONTRACT).unwrap();
    assert!(
        text.contains("commit: bbbb") && text.contains("1.5.0"),
        "{text}"
    );
    assert_eq!(text.matches("- version: 1.5.0").count(), 1, "{text}");
}

#[test]
fn what_is_synced_again_says_where_it_was_read_whatever_main_did_since() {
    let world = World::new();
    let place = world.checkout("realm");
    let uncommitted = Source {
        is_committed: false,
        ..source("a", "main")
    };
    let changes = [change(&[REPORT], &[])];
    let sync_from = |source: &Source| {
        let (branches, _) = as_who("ada", |ask| sync(&place, &changes, source, ask)).unwrap();
        branches.into_iter().next().unwrap()
    };
    let first = sync_from(&uncommitted).commit.unwrap();
    // Main records the branch, and so it moves.
    sync_from(&uncommitted);
    let committed = source("b", "main");
    let made = sync_from(&committed);
    assert_eq!(made.fate, Fate::Updated);
    assert_eq!(
        sync_from(&committed).fate,
        Fate::Same,
        "it is known to be committed"
    );
    // Each commit of the contract holds its change; the merge holds none of its own.
    let remote = world.remote();
    let changes = remote.changes(first, made.commit.unwrap(), "").unwrap();
    let of_contract = changes
        .iter()
        .filter(|it| it.paths.iter().any(|path| path == CONTRACT));
    let of_contract: Vec<_> = of_contract.map(|it| it.commit).collect();
    let infos = remote
        .commits_between(Some(first), made.commit.unwrap())
        .unwrap();
    let is_merge = |id| infos.iter().any(|it| it.id == id && it.parents.len() > 1);
    assert_eq!(of_contract.len(), 1, "{changes:?}");
    assert!(!is_merge(of_contract[0]), "{infos:?}");
}

#[test]
fn whoever_does_not_own_a_contract_writes_nothing() {
    let world = World::new();
    let (place, main) = (world.checkout("realm"), world.main());
    let changes = [change(&[REPORT], &[])];
    for (who, repo, word) in [
        ("eve", "aperture", "eve@example.com"),
        ("finn", "fungal-image-analysis", "belongs to aperture"),
    ] {
        let refused = as_who(who, |ask| {
            sync_as(repo, &place, &changes, &source("a", "main"), ask)
        });
        let error = refused.unwrap_err();
        assert!(matches!(error, Error::NotAllowed(_)), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(world.branches(), [("main".to_owned(), main)]);
}

#[test]
fn a_wish_is_granted_or_refused_with_the_reason() {
    let world = World::new();
    let realm = world.realm("main");
    let planned = |change, wish: Wish| {
        let source = source("a", "main");
        let by = crate::sync::By {
            others: &[],
            realm: "letemcook",
            repo: "aperture",
            actor: "ada@example.com",
            now: NOW,
            source: &source,
        };
        plan(&realm, &change, (&wish, &[]), &by).map(|it| it.map(|it| it.to.to_string()))
    };
    use blue_compat::bump::Bump;
    let bump = |bump| Wish {
        bump: Some(bump),
        ..Wish::default()
    };
    let out = ("write", "jobs/*/out.json");
    assert_eq!(
        planned(change(&[REPORT], &[]), bump(Bump::Major))
            .unwrap()
            .as_deref(),
        Some("2.0.0")
    );
    let error = planned(change(&[], &[out]), bump(Bump::Minor))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("1.5.0 would be too small") && error.contains("2.0.0"),
        "{error}"
    );
    let remove = Wish {
        remove: vec![out.1.to_owned()],
        ..Wish::default()
    };
    assert_eq!(
        planned(change(&[], &[]), remove).unwrap().as_deref(),
        Some("2.0.0")
    );
    assert_eq!(planned(change(&[], &[]), Wish::default()).unwrap(), None);
    for part in [("value", "30"), ("limits/timeout", "30")] {
        let error = planned(change(&[part], &[]), Wish::default()).unwrap_err();
        assert!(
            error.to_string().contains("is no item of a list"),
            "{error}"
        );
    }
    let error = planned(change(&[("list", "a")], &[]), Wish::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the schema of s3-permissions refuses"),
        "{error}"
    );
}

/// A contract that is read from constants: of any shape.
fn of_constants(value: &str) -> String {
    format!(
        "name: s3-permissions\nversion: 1.4.0\nowner: aperture\nschema: {{ type: object }}\nvalue:\n{value}evolution:\n  - {{ version: 1.4.0, changes: the first }}\n"
    )
}

fn said(declared: serde_json::Value, value: serde_json::Value) -> Vec<crate::sync::ContractChange> {
    let said = blue_workspace::SaidValue {
        realm: "letemcook".into(),
        domain: "s3-access".into(),
        contract: "s3-permissions".into(),
        declared: Some(declared),
        value: Some(value),
        fields: vec!["value".into()],
        unknown: Vec::new(),
    };
    crate::sync::ContractChange::of_code("letemcook", &[], &[said])
}

#[test]
fn values_of_any_shape_are_synced_and_only_their_lines_change() {
    let text = of_constants(
        "  queues: [a, b]\n  limits:\n    retries: 3 # as agreed\n    names:\n      # by age\n      - north\n    old: 1\n  steps: [1, 2]\n",
    );
    let world = World::with(&[(CONTRACT, &text)]);
    let place = world.checkout("realm");
    let declared = json!({"queues": ["a", "b"], "limits": {"retries": 3, "names": ["north"], "old": 1}, "steps": [1, 2]});
    let value = json!({"queues": ["a", "b", "c"], "limits": {"retries": 5, "names": ["north", "south"], "wait": {"s": 1.5}}, "steps": [1, 3]});
    let changes = said(declared, value.clone());
    let (branches, _) = as_who("ada", |ask| {
        sync(&place, &changes, &source("a", "main"), ask)
    })
    .unwrap();
    let realm = world.realm(&branches[0].branch);
    let made = realm.contract("s3-access", "s3-permissions").unwrap();
    assert_eq!(made.value, Some(value));
    let after = world.text(&branches[0].branch, CONTRACT).unwrap();
    let changed = diff(&text, &after);
    for line in [
        "-    retries: 3 # as agreed\n",
        "+    retries: 5 # as agreed\n",
        "+      - south\n",
        "-    old: 1\n",
        "-  queues: [a, b]\n",
        "+  queues: [a, b, c]\n",
        "+      - changed limits/retries from 3 to 5\n",
    ] {
        assert!(changed.contains(line), "{line}{changed}");
    }
    assert!(after.contains("      # by age\n      - north\n"), "{after}");
}

#[test]
fn two_who_change_one_scalar_are_both_shown_and_nothing_is_lost() {
    let text = of_constants("  retries: 3\n  queues: [a]\n");
    let world = World::with(&[
        (CONTRACT, &text),
        (BINDING, "repo: fungal-image-analysis\n"),
    ]);
    let place = world.checkout("realm");
    let declared = || json!({"retries": 3, "queues": ["a"]});
    let run = |value, branch: &str| {
        as_who("ada", |ask| {
            let source = source("a", branch);
            sync(&place, &said(declared(), value), &source, ask)
        })?;
        as_who("rosa", |ask| {
            let mut realm = open(&place, ask)?;
            crate::merge::merge_open(&mut realm, &crate::merge::Terms::default(), &[], ask)
        })
    };
    run(json!({"retries": 5, "queues": ["a", "b"]}), "one").unwrap();
    // The other knew nothing of it: what does not meet is merged, what does is an error.
    let error = run(json!({"retries": 7, "queues": ["a", "c"]}), "two").unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("is 5 in the realm now") && text.contains("says 7"),
        "{text}"
    );
    run(json!({"retries": 3, "queues": ["a", "c"]}), "three").unwrap();
    let realm = world.realm("main");
    let made = realm.contract("s3-access", "s3-permissions").unwrap();
    assert_eq!(
        made.value,
        Some(json!({"retries": 5, "queues": ["a", "b", "c"]}))
    );
}
