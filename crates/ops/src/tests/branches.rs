//! Syncs of several branches and clones of the exporter's code: which of them speaks for which.

use blue_git::Rewrites;

use super::world::*;
use crate::merge::{Merging, Outcome, Terms, merge_open};
use crate::sync::{ContractChange, Fate, Request, Source, SyncBranch, Target, Wish, export};
use crate::{Freshness, OpenRealm, RealmPlace};

const ONE: (&str, &str) = ("read", "one.json");
const TWO: (&str, &str) = ("read", "two.json");

const FEATURE: Code = Code::WHOLE;
/// The default branch, with all that was merged into it.
const DEFAULT: Code = Code {
    is_default: true,
    ..Code::WHOLE
};
/// The default branch, into which the others were squashed.
const SQUASHED: Code = Code {
    has: "b",
    ..DEFAULT
};

/// A sync of aperture's code, which has these values beside those of the contract, without the merging.
fn exported(
    place: &RealmPlace,
    code: Code,
    source: &Source,
    added: &[(&str, &str)],
) -> Vec<SyncBranch> {
    let changes: Vec<_> = match added {
        [] => Vec::new(),
        added => vec![change(added, &[])],
    };
    as_who("ada", |ask| {
        let mut realm = OpenRealm::open(place, Freshness::Fetched, Rewrites::Accept, ask)?;
        let request = Request {
            repo: "aperture",
            changes: &changes,
            shows: &|_, _, _| true,
            held_back: &[],
            given_up: &[],
            source,
            wish: &Wish::default(),
            checkout: &code,
            target: Target::Remote,
        };
        export(&mut realm, &request, ask)
    })
    .unwrap()
}

fn told(branches: &[SyncBranch]) -> Vec<(Fate, String)> {
    let told = branches.iter().map(|it| {
        let versions: Vec<String> = it.planned.iter().map(|it| it.to.to_string()).collect();
        (it.fate, versions.join(" "))
    });
    told.collect()
}

fn trailers(world: &World, branch: &str, key: &str) -> Vec<String> {
    let remote = world.remote();
    let tip = remote.resolve(branch).unwrap();
    let all = remote.commits_between(Some(world.main()), tip).unwrap();
    let of_contract = all.iter().rev().find(|it| it.parents.len() == 1).unwrap();
    of_contract.trailers(key).map(str::to_owned).collect()
}

#[test]
fn what_is_made_again_in_one_run_takes_versions_of_its_own() {
    let world = World::new();
    let place = world.checkout("realm");
    let mut branches = Vec::new();
    for (name, added) in [("a", "a.json"), ("b", "b.json"), ("c", "c.json")] {
        let made = exported(
            &place,
            Code::ANOTHER,
            &source(name, name),
            &[("read", added)],
        );
        branches.push(made.last().unwrap().clone());
    }
    assert_eq!(
        branches
            .iter()
            .flat_map(|it| told(std::slice::from_ref(it)))
            .collect::<Vec<_>>(),
        ["1.5.0", "1.6.0", "1.7.0"].map(|to| (Fate::Made, to.to_owned()))
    );
    // Somebody merges the second by hand.
    world.push("main", branches[1].commit.unwrap());
    let again = exported(
        &place,
        Code::ANOTHER,
        &source("d", "d"),
        &[("read", "d.json")],
    );
    assert_eq!(
        told(&again),
        [
            (Fate::Updated, "1.7.0".to_owned()),
            (Fate::Updated, "1.8.0".to_owned()),
            (Fate::Made, "1.9.0".to_owned()),
        ]
    );
    // One that is taken away takes none.
    let gone = exported(&place, FEATURE, &source("e", "a"), &[]);
    assert_eq!(told(&gone), [(Fate::Withdrawn, String::new())]);
}

#[test]
fn a_branch_that_ended_in_the_default_one_goes_on_there() {
    // The checkout, what its code has, and what becomes of what a feature branch has synced.
    type Row<'a> = (
        &'a str,
        Code,
        &'a [(&'a str, &'a str)],
        &'a [(Fate, &'a str)],
        &'a str,
    );
    let rows: &[Row<'_>] = &[
        ("merged", DEFAULT, &[ONE], &[(Fate::Same, "1.5.0")], "feat"),
        (
            "squashed",
            SQUASHED,
            &[ONE],
            &[(Fate::Updated, "1.5.0")],
            "main",
        ),
        (
            "merged, and more",
            DEFAULT,
            &[ONE, TWO],
            &[(Fate::Updated, "1.5.0")],
            "main",
        ),
        (
            "squashed, and more",
            SQUASHED,
            &[ONE, TWO],
            &[(Fate::Updated, "1.5.0")],
            "main",
        ),
        (
            "merged, and reverted",
            DEFAULT,
            &[],
            &[(Fate::Withdrawn, "")],
            "",
        ),
        ("not merged yet", SQUASHED, &[], &[], "feat"),
        (
            "something else",
            SQUASHED,
            &[TWO],
            &[(Fate::Made, "1.6.0")],
            "feat",
        ),
        // Begun on top of it, and no default branch.
        ("nothing more", FEATURE, &[ONE], &[(Fate::Same, "")], "feat"),
        (
            "on top of it",
            FEATURE,
            &[ONE, TWO],
            &[(Fate::Made, "1.6.0")],
            "feat",
        ),
        (
            "the same elsewhere",
            Code::ANOTHER,
            &[ONE],
            &[(Fate::Made, "1.6.0")],
            "feat",
        ),
    ];
    for (name, code, added, expected, branch) in rows {
        let world = World::new();
        let place = world.checkout("realm");
        let made = exported(&place, FEATURE, &source("a", "feat"), &[ONE]);
        let first = &made[0].branch;
        let synced = exported(&place, *code, &source("b", "main"), added);
        let expected: Vec<_> = expected
            .iter()
            .map(|(fate, to)| (*fate, (*to).to_owned()))
            .collect();
        assert_eq!(told(&synced), expected, "{name}");
        if branch.is_empty() {
            assert_eq!(world.branches().len(), 1, "{name}");
            continue;
        }
        assert_eq!(trailers(&world, first, "Blue-Branch"), [*branch], "{name}");
        // Again: nothing is left to do.
        let again = exported(&place, *code, &source("b", "main"), added);
        assert!(
            again.iter().all(|it| it.fate == Fate::Same),
            "{name}: {again:?}"
        );
    }
}

#[test]
fn two_of_one_thing_become_one() {
    let world = World::new();
    let place = world.checkout("realm");
    exported(&place, FEATURE, &source("a", "feat"), &[ONE]);
    exported(&place, Code::ANOTHER, &source("b", "main"), &[ONE]);
    let synced = exported(&place, DEFAULT, &source("b", "main"), &[ONE]);
    assert_eq!(
        told(&synced),
        [
            (Fate::Same, "1.5.0".to_owned()),
            (Fate::Joined, String::new())
        ]
    );
    assert_eq!(world.branches().len(), 2);
}

#[test]
fn a_word_stays_when_the_same_value_is_read_from_another_commit() {
    let world = World::new();
    let place = world.checkout("realm");
    exported(&place, FEATURE, &source("a", "feat"), &[ONE]);
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    exported(&place, SQUASHED, &source("b", "main"), &[ONE]);
    let merging = as_who("ada", |ask| {
        let mut realm = open(&place, ask)?;
        merge_open(&mut realm, &Terms::default(), &[], ask)
    });
    let merging = merging.unwrap();
    assert!(
        matches!(merging[..], [Merging::Merged { .. }]),
        "{merging:?}"
    );
}

#[test]
fn what_is_committed_nowhere_is_taken_back_only_where_it_is() {
    let uncommitted = Source {
        is_committed: false,
        ..source("a", "main")
    };
    let (here, another) = ((Code::WHOLE, "a"), (Code::ANOTHER, "b"));
    // Which checkout of the same person, what its code has, and what becomes of what was made here.
    type Row<'a> = (
        &'a str,
        (Code, &'a str),
        &'a [(&'a str, &'a str)],
        (Fate, &'a str),
        &'a [&'a str],
    );
    let rows: &[Row<'_>] = &[
        (
            "another clone",
            another,
            &[],
            (Fate::Same, "1.5.0"),
            &["uncommitted"],
        ),
        (
            "with more",
            another,
            &[TWO],
            (Fate::Updated, "1.5.0"),
            &["uncommitted", "b"],
        ),
        (
            "which commits it",
            another,
            &[ONE],
            (Fate::Updated, "1.5.0"),
            &["b"],
        ),
        ("here", here, &[], (Fate::Withdrawn, ""), &[]),
        (
            "here, more",
            here,
            &[TWO],
            (Fate::Updated, "1.5.0"),
            &["uncommitted"],
        ),
    ];
    for (name, (code, from), added, (fate, to), sources) in rows {
        let world = World::new();
        let place = world.checkout("realm");
        let made = exported(&place, Code::WHOLE, &uncommitted, &[ONE]);
        let from = match *from {
            "a" => uncommitted.clone(),
            other => source(other, "main"),
        };
        let synced = exported(&place, *code, &from, added);
        assert_eq!(told(&synced), [(*fate, (*to).to_owned())], "{name}");
        if sources.is_empty() {
            continue;
        }
        let says = trailers(&world, &made[0].branch, "Blue-Source");
        let says: Vec<&str> = says
            .iter()
            .map(|it| match it.strip_prefix('b') {
                Some(_) => "b",
                None => it,
            })
            .collect();
        assert_eq!(says, *sources, "{name}");
    }
}

#[test]
fn a_sync_lives_on_where_the_history_below_it_was_written_anew() {
    let files: Vec<_> = World::files()
        .iter()
        .map(|(path, text)| (*path, Some(*text)))
        .collect();
    // The last commit alone; all of it, so that the branch's own history holds what no sync does; and one that shares
    // nothing with it.
    for (name, back, fates) in [
        ("the last commit", 1, &[(Fate::Updated, "1.5.0")][..]),
        (
            "nearly all",
            2,
            &[(Fate::Made, "1.5.0"), (Fate::Orphaned, "")],
        ),
        ("all", 3, &[(Fate::Made, "1.5.0"), (Fate::Orphaned, "")]),
    ] {
        let world = World::new();
        let text = world.text("main", CONTRACT).unwrap();
        let commented = text.replace("by hand", "by ada");
        world.commit("ada", &[(CONTRACT, &commented)]);
        let mut files = files.clone();
        files.push((CONTRACT, Some(&commented)));
        let place = world.checkout("realm");
        let made = exported(&place, FEATURE, &source("a", "feat"), &[ONE]);
        let remote = world.remote();
        let mut on = Some(world.main());
        for _ in 0..back {
            on = on.and_then(|on| remote.commit_info(on).unwrap().parents.first().copied());
        }
        world.push("main", world.rooted("rosa", on, &files, "anew"));
        let again = exported(&place, FEATURE, &source("a", "feat"), &[ONE]);
        let fates: Vec<_> = fates
            .iter()
            .map(|(fate, to)| (*fate, (*to).to_owned()))
            .collect();
        assert_eq!(told(&again), fates, "{name}");
        assert_eq!(again[0].branch == made[0].branch, back == 1, "{name}");
        assert_eq!(world.branches().len(), 2, "{name}");
        as_who("ada", |ask| {
            let mut realm = open(&place, ask).unwrap();
            let merging = merge_open(&mut realm, &Terms::default(), &[], ask).unwrap();
            let outcome = &merging[0].judged().outcome;
            assert!(
                matches!(outcome, Outcome::Decided(_)),
                "{name}: {outcome:?}"
            );
        });
    }
}

#[test]
fn what_is_taken_back_of_a_sync_is_not_merged_with_what_stays() {
    let queues = "domains/s3-access/contracts/queue-names.yaml";
    let imports = World::files().iter().find(|(path, _)| *path == BINDING);
    let imports = format!(
        "{}  - contract: queue-names\n    version: ^1.0.0\n    binding: infra/stack.py\n    resolved_version: 1.0.0\n",
        imports.unwrap().1
    );
    let world = World::with(&[
        (BINDING, &imports),
        (
            queues,
            "name: queue-names\nversion: 1.0.0\nowner: aperture\nschema: {}\nvalue: {queues: [jobs]}\n",
        ),
    ]);
    let place = world.checkout("realm");
    let of_queues = ContractChange {
        added: vec![("queues".to_owned(), "plates".to_owned())],
        ..ContractChange::empty("s3-access", "queue-names")
    };
    let both = [change(&[ONE], &[]), of_queues];
    // Either of them goes, whichever is told first.
    for stays in 0..2 {
        let sync = |changes: &[ContractChange], commit: &str| {
            let source = source(commit, "main");
            as_who("ada", |ask| sync_of(&place, DEFAULT, changes, &source, ask)).unwrap()
        };
        let (made, _) = sync(&both, "a");
        let (synced, _) = sync(&both[stays..=stays], "b");
        assert_eq!(synced[0].fate, Fate::Updated, "{stays}");
        let branch = &made[0].branch;
        let differs = |path: &str| world.text(branch, path) != world.text("main", path);
        assert_eq!(
            [differs(CONTRACT), differs(queues)],
            [stays == 0, stays == 1]
        );
        let (again, _) = sync(&both[stays..=stays], "b");
        assert_eq!(again[0].fate, Fate::Same, "{stays}");
        let (gone, _) = sync(&[], "c");
        assert_eq!(gone[0].fate, Fate::Withdrawn, "{stays}");
    }
}

#[test]
fn what_was_taken_out_by_name_stays_out_until_the_code_says_it() {
    let world = World::new();
    let place = world.checkout("realm");
    let sync = |remove: &[&str], shows: bool| {
        let wish = Wish {
            remove: remove.iter().map(|text| (*text).to_owned()).collect(),
            ..Wish::default()
        };
        as_who("ada", |ask| {
            let mut realm = open(&place, ask).unwrap();
            let request = Request {
                repo: "aperture",
                changes: &[],
                shows: &|_, _, _| shows,
                held_back: &[],
                given_up: &[],
                source: &source("a", "main"),
                wish: &wish,
                checkout: &DEFAULT,
                target: Target::Remote,
            };
            told(&export(&mut realm, &request, ask).unwrap())
        })
    };
    let named = ["calibration/current.json"];
    assert_eq!(sync(&named, false), [(Fate::Made, "2.0.0".to_owned())]);
    assert_eq!(sync(&[], false), [(Fate::Same, "2.0.0".to_owned())]);
    assert_eq!(sync(&[], true), [(Fate::Withdrawn, String::new())]);
}

#[test]
fn a_pattern_that_was_taken_out_by_name_stays_out_beside_what_it_covers() {
    let world = World::new();
    let place = world.checkout("realm");
    let narrow = [change(&[("read", "plates/a/raw/*.tiff")], &[])];
    let sync = |remove: &[&str], code: Code| {
        let wish = Wish {
            remove: remove.iter().map(|text| (*text).to_owned()).collect(),
            ..Wish::default()
        };
        as_who("ada", |ask| {
            let mut realm = open(&place, ask).unwrap();
            let request = Request {
                repo: "aperture",
                changes: &narrow,
                shows: &|_, _, _| false,
                held_back: &[],
                given_up: &[],
                source: &source("a", "main"),
                wish: &wish,
                checkout: &code,
                target: Target::Remote,
            };
            told(&export(&mut realm, &request, ask).unwrap())
        })
    };
    assert_eq!(sync(&[], DEFAULT), [(Fate::Made, "1.5.0".to_owned())]);
    let named = ["plates/*/raw/*.tiff"];
    assert_eq!(sync(&named, DEFAULT), [(Fate::Updated, "2.0.0".to_owned())]);
    for code in [DEFAULT, Code::ANOTHER] {
        assert_eq!(sync(&[], code), [(Fate::Same, "2.0.0".to_owned())]);
    }
}

/// Two clones write to one sync from commits of which neither has the other: its entry has one source, the last, and says
/// the other in words.
#[test]
fn an_entry_names_each_commit_that_it_was_read_from() {
    let world = World::new();
    let place = world.checkout("realm");
    exported(&place, Code::ANOTHER, &source("a", "main"), &[ONE]);
    exported(&place, Code::ANOTHER, &source("b", "main"), &[TWO]);
    let (branch, _) = world.open();
    let realm = world.realm(&branch);
    let contract = realm.contract("s3-access", "s3-permissions").unwrap();
    let entry = contract.evolution.last().unwrap();
    let commit = entry.source.as_ref().and_then(|it| it.commit.as_deref());
    assert_eq!(commit, Some(&*"b".repeat(40)));
    let words: Vec<&str> = entry.changes.iter().map(|it| &**it).collect();
    assert!(
        words.contains(&"also read from commit aaaaaaa"),
        "{words:?}"
    );
}
