//! What somebody who may push a branch cannot do by it: a realm is shared with people who are not
//! trusted, and nothing that a branch says of itself is evidence.

use blue_git::{CommitId, Merged};

use super::world::*;
use crate::merge::{
    Decision, Force, Merging, OpenSync, Outcome, Terms, Wait, merge_open, open_syncs,
};
use crate::{Ask, Programs, RealmPlace};

const DAY: i64 = 24 * 60 * 60;
const RELEASE: &str = "domains/s3-access/contracts/s3-permissions/1.5.0.yaml";
const ACCEPTANCES: &str = "domains/s3-access/acceptances/fungal-image-analysis.yaml";
const GONE: (&str, &str) = ("read", "calibration/current.json");
const OUT: (&str, &str) = ("write", "jobs/*/out.json");

fn merge(place: &RealmPlace, terms: &Terms<'_>, ask: &mut Ask<'_>) -> Vec<Merging> {
    let mut realm = open(place, ask).unwrap();
    merge_open(&mut realm, terms, &[], ask).unwrap()
}

fn outcome(world: &World, who: &str, place: &str) -> Outcome {
    let place = world.checkout(place);
    let merging = as_who(who, |ask| merge(&place, &Terms::default(), ask));
    merging[0].judged().outcome.clone()
}

fn refusal(world: &World) -> String {
    match outcome(world, "rosa", "judge") {
        Outcome::Refused(why) => why.join("\n"),
        Outcome::Decided(decision) => panic!("{decision:?}"),
    }
}

/// A sync of aperture's that waits, with its branch and commit.
fn waiting(world: &World) -> (String, CommitId) {
    let place = world.checkout("ada");
    let report = [change(&[("write", "jobs/*/report.json")], &[])];
    as_who("ada", |ask| {
        sync(&place, &report, &source("a", "main"), ask)
    })
    .unwrap();
    world.open()
}

fn syncs(world: &World) -> Vec<OpenSync> {
    let place = world.checkout("judge");
    as_who("rosa", |ask| {
        let realm = open(&place, ask).unwrap();
        open_syncs(&realm, realm.tip().unwrap()).unwrap().0
    })
}

/// The importer has accepted one break, and the exporter's commit says that this is all that it breaks.
#[test]
fn what_a_change_breaks_is_found_out_and_not_believed() {
    for removed in [&[GONE][..], &[GONE, OUT]] {
        let accepted = print_of(OUT.0, OUT.1);
        let record =
            format!("- {{ fingerprint: '{accepted}', contract: s3-permissions, reason: x }}\n");
        let world = World::with(&[(ACCEPTANCES, &record)]);
        let place = world.checkout("ada");
        let gone = [change(&[], removed)];
        as_who("ada", |ask| sync(&place, &gone, &source("a", "main"), ask)).unwrap();
        let (branch, tip) = world.open();
        let forged = format!("more words\n\nBlue-Breaks: {accepted}\n");
        world.push(&branch, world.said("ada", tip, &[], &forged));
        let waits = Wait::Importers {
            repos: vec!["fungal-image-analysis".into()],
            until: None,
        };
        let Outcome::Decided(Decision::Wait(told)) = outcome(&world, "rosa", "judge") else {
            panic!("{removed:?}");
        };
        assert!(told.contains(&waits), "{told:?}");
    }
    // What is accepted is all that breaks: nobody is waited for, whatever the exporter leaves out.
    let prints = [print_of(GONE.0, GONE.1), print_of(OUT.0, OUT.1)];
    let records = prints
        .clone()
        .map(|it| format!("- {{ fingerprint: '{it}', contract: s3-permissions, reason: x }}\n"));
    let world = World::with(&[(ACCEPTANCES, &records.concat())]);
    let place = world.checkout("ada");
    let gone = [change(&[], &[GONE, OUT])];
    let synced = as_who("ada", |ask| sync(&place, &gone, &source("a", "main"), ask));
    let (branches, _) = synced.unwrap();
    assert_eq!(
        branches[0].planned[0].breaks, prints,
        "and the sync tells them"
    );
    let done = as_who("rosa", |ask| merge(&place, &Terms::default(), ask));
    assert!(matches!(done[0], Merging::Merged { .. }), "{done:?}");
}

#[test]
fn a_branch_holds_what_a_sync_makes_and_nothing_else() {
    let contract = World::new().text("main", CONTRACT).unwrap();
    let binding = World::new().text("main", BINDING).unwrap();
    let torn = contract.replace("name: s3", "name: [s3");
    let owner = contract.replace("owner: aperture", "owner: fungal-image-analysis");
    let range = binding.replace("infra/stack.py", "nowhere.py");
    let rows: &[(&str, &str, Option<&str>, &str)] = &[
        (
            "ada",
            "realm.yaml",
            Some("name: letemcook\ngovernance: { approvers: [ada@example.com] }\n"),
            "it changes realm.yaml",
        ),
        (
            "ada",
            "repos/fungal-image-analysis.yaml",
            Some("name: fungal-image-analysis\nmaintainers: [ada@example.com]\n"),
            "it changes repos/",
        ),
        (
            "ada",
            "domains/s3-access/governance.yaml",
            Some("breaking_changes: { require_approval: false }\n"),
            "it changes domains/s3-access/governance.yaml",
        ),
        (
            "ada",
            "domains/s3-access/domain.yaml",
            Some("name: s3-access\nmembers: [aperture]\n"),
            "it changes domains/s3-access/domain.yaml",
        ),
        (
            "ada",
            ".github/workflows/blue.yaml",
            Some("on: push\n"),
            "it changes .github/workflows/blue.yaml",
        ),
        (
            "ada",
            "CODEOWNERS",
            Some("* @ada\n"),
            "it changes CODEOWNERS",
        ),
        // The exporter speaks for the importer, or takes it out.
        (
            "ada",
            BINDING,
            Some("repo: fungal-image-analysis\n"),
            "that is for the maintainers of fungal-image-analysis",
        ),
        (
            "ada",
            BINDING,
            None,
            "it takes away domains/s3-access/bindings/",
        ),
        (
            "ada",
            ACCEPTANCES,
            Some("- { fingerprint: 'v1:1', contract: s3-permissions }\n"),
            "that is for the maintainers of fungal-image-analysis",
        ),
        (
            "finn",
            BINDING,
            Some(&range),
            "it changes more than what is followed in",
        ),
        // A contract that cannot be read changes nothing that anybody could be asked about.
        ("ada", CONTRACT, Some(&torn), "s3-permissions.yaml"),
        (
            "ada",
            CONTRACT,
            None,
            "it takes away domains/s3-access/contracts/s3-permissions.yaml",
        ),
        ("ada", CONTRACT, Some(&owner), "it gives another owner to"),
        (
            "ada",
            "domains/s3-access/contracts/new.yaml",
            Some("name: new\nowner: aperture\nversion: 1.0.0\n"),
            "it makes domains/s3-access/contracts/new.yaml",
        ),
        (
            "ada",
            "domains/s3-access/contracts/s3-permissions/9.9.9.yaml",
            Some("value: {}\n"),
            "it releases by",
        ),
        (
            "eve",
            CONTRACT,
            Some(&contract),
            "that is for the maintainers of aperture",
        ),
        ("ada", "realm.yaml", None, "it takes away realm.yaml"),
    ];
    for (who, path, text, why) in rows {
        let world = World::new();
        let main = world.main();
        let (branch, tip) = waiting(&world);
        // As an eye would check it: what the contract was, and the change, in one commit after another.
        let text = match (*path, *text) {
            (CONTRACT, Some(text)) if *who == "eve" => Some(text.replace("- plates/", "- plate/")),
            (_, text) => text.map(str::to_owned),
        };
        world.push(&branch, world.made(who, tip, &[(path, text.as_deref())]));
        let told = refusal(&world);
        assert!(told.contains(why), "{who} {path}: {told}");
        assert_eq!(world.main(), main, "{path}");
    }
}

#[test]
fn links_modes_and_other_repositories_are_no_files_of_a_realm() {
    for (path, mode, why) in [
        (
            "domains/s3-access/contracts/s3-permissions/1.4.0.yaml",
            0o120_000,
            "it makes a link of",
        ),
        (
            "domains/s3-access/acceptances/fungal-image-analysis.yaml",
            0o120_000,
            "it makes a link of",
        ),
        (CONTRACT, 0o100_755, "it changes the mode of"),
        ("vendored", 0o160_000, "it changes vendored"),
    ] {
        let world = World::new();
        let (branch, tip) = waiting(&world);
        let git = git2::Repository::open_bare(world.remote_path()).unwrap();
        let tip = git
            .find_commit(git2::Oid::from_str(&tip.to_string()).unwrap())
            .unwrap();
        let at = tip
            .tree()
            .unwrap()
            .get_path(std::path::Path::new(path))
            .ok();
        let id = match mode {
            0o160_000 => tip.id(),
            _ => at.map_or_else(
                || git.blob(b"../../../repos/aperture.yaml").unwrap(),
                |it| it.id(),
            ),
        };
        let mut index = git2::Index::new().unwrap();
        index.read_tree(&tip.tree().unwrap()).unwrap();
        let time = git2::IndexTime::new(0, 0);
        let entry = git2::IndexEntry {
            ctime: time,
            mtime: time,
            dev: 0,
            ino: 0,
            mode,
            uid: 0,
            gid: 0,
            file_size: 0,
            id,
            flags: 0,
            flags_extended: 0,
            path: path.into(),
        };
        index.add(&entry).unwrap();
        let tree = git.find_tree(index.write_tree_to(&git).unwrap()).unwrap();
        let who = git2::Signature::new("ada", "ada@example.com", &git2::Time::new(NOW, 0)).unwrap();
        let made = git.commit(None, &who, &who, "sly", &tree, &[&tip]).unwrap();
        world.push(&branch, made.to_string().parse().unwrap());
        let told = refusal(&world);
        assert!(told.contains(why), "{path}: {told}");
    }
}

/// The realm stands in a folder of a repository with code in it.
#[test]
fn nothing_outside_the_realms_folder_is_changed() {
    let files = World::files()
        .iter()
        .map(|(path, text)| (format!("realm/{path}"), *text));
    let files: Vec<(String, &str)> = files.collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    let world = World::with(&files);
    world.checkout("ada");
    let place = place(&world.path("ada").join("realm"));
    let report = [change(&[("write", "jobs/*/report.json")], &[])];
    as_who("ada", |ask| {
        sync(&place, &report, &source("a", "main"), ask)
    })
    .unwrap();
    let (branch, tip) = world.open();
    world.push(
        &branch,
        world.made("ada", tip, &[("main.py", Some("print('sly')\n"))]),
    );
    let merging = as_who("rosa", |ask| merge(&place, &Terms::default(), ask));
    let Outcome::Refused(why) = &merging[0].judged().outcome else {
        panic!("{merging:?}");
    };
    assert!(
        why.contains(&"it changes main.py, which no sync does: merge it by hand".to_owned()),
        "{why:?}"
    );
}

/// A merge that keeps what was there before somebody tightened the rules.
#[test]
fn a_merge_brings_no_older_version_of_anothers_file_back() {
    for parents in [2, 3] {
        let world = World::new();
        let before = world.main();
        let now = world.commit(
            "rosa",
            &[(
                "realm.yaml",
                "name: letemcook\ngovernance: { approvers: [rosa@example.com, mia@example.com] }\n",
            )],
        );
        let git = git2::Repository::open_bare(world.remote_path()).unwrap();
        let commit = |id: CommitId| {
            git.find_commit(git2::Oid::from_str(&id.to_string()).unwrap())
                .unwrap()
        };
        let mut others = vec![commit(now), commit(before)];
        if parents == 3 {
            others.push(commit(world.made("ada", before, &[])));
        }
        let others: Vec<&git2::Commit<'_>> = others.iter().collect();
        let who = git2::Signature::new("ada", "ada@example.com", &git2::Time::new(NOW, 0)).unwrap();
        let tree = commit(before).tree().unwrap();
        let made = git
            .commit(None, &who, &who, "merge", &tree, &others)
            .unwrap();
        let made: CommitId = made.to_string().parse().unwrap();
        let changes = world.remote().changes(now, made, "").unwrap();
        let by = changes
            .iter()
            .find(|it| it.commit == made)
            .expect("it changed something");
        assert_eq!(
            (by.author.email.as_str(), &by.paths[..]),
            ("ada@example.com", &["realm.yaml".to_owned()][..])
        );
        world.push("sync/aperture/20260106T090000Z", made);
        assert!(refusal(&world).contains("it changes realm.yaml"));
    }
}

#[test]
fn a_history_of_its_own_is_not_merged() {
    let world = World::new();
    let (branch, tip) = waiting(&world);
    let git = git2::Repository::open_bare(world.remote_path()).unwrap();
    let tip = git
        .find_commit(git2::Oid::from_str(&tip.to_string()).unwrap())
        .unwrap();
    let who = git2::Signature::new("ada", "ada@example.com", &git2::Time::new(NOW, 0)).unwrap();
    let alone = git
        .commit(None, &who, &who, "alone", &tip.tree().unwrap(), &[])
        .unwrap();
    world.push(&branch, alone.to_string().parse().unwrap());
    assert!(refusal(&world).contains("no history in common"));
    let alone = git.find_commit(alone).unwrap();
    let both = git
        .commit(
            None,
            &who,
            &who,
            "both",
            &tip.tree().unwrap(),
            &[&tip, &alone],
        )
        .unwrap();
    world.push(&branch, both.to_string().parse().unwrap());
    assert!(refusal(&world).contains("is not made on main"));
}

#[test]
fn a_branch_of_hundreds_of_commits_stops_nobody_else() {
    let world = World::new();
    let (branch, mut tip) = waiting(&world);
    for _ in 0..crate::merge::MAX_COMMITS {
        tip = world.made("eve", tip, &[]);
    }
    world.push("sync/aaa/long", tip);
    let place = world.checkout("judge");
    let merging = as_who("rosa", |ask| merge(&place, &Terms::default(), ask));
    let of = |name: &str| {
        merging
            .iter()
            .find(|it| it.judged().open.branch == name)
            .unwrap()
    };
    let Outcome::Refused(why) = &of("sync/aaa/long").judged().outcome else {
        panic!("{merging:?}");
    };
    assert!(why[0].contains("more than 500 commits"), "{why:?}");
    assert!(matches!(of(&branch).judged().outcome, Outcome::Decided(_)));
}

#[test]
fn a_branch_is_of_whose_contracts_it_changes() {
    // By its name and its trailers it is the importer's.
    let world = World::new();
    let (branch, tip) = waiting(&world);
    let says = "words\n\nBlue-Repo: fungal-image-analysis\nBlue-Contract: other@1.0.0\nBlue-Domain: queues\nBlue-Actor: rosa@example.com\n";
    world.push(&branch, world.said("eve", tip, &[], says));
    let open = &syncs(&world)[0];
    assert_eq!(
        (open.repo.as_str(), open.actor.as_str()),
        ("aperture", "ada@example.com")
    );
    assert_eq!(
        open.contracts,
        [("s3-access".to_owned(), "s3-permissions".to_owned())]
    );
}

/// Somebody prepares a branch that looks like the exporter's own, for its next sync to build upon.
#[test]
fn what_others_prepared_is_not_gone_on_with() {
    let world = World::with(&[(BINDING, "repo: fungal-image-analysis\n")]);
    let main = world.main();
    let sly = world
        .text("main", CONTRACT)
        .unwrap()
        .replace("  read:\n", "  read:\n    - secrets/*\n")
        .replace("\"1.4.0\"", "\"1.5.0\"");
    let says = format!(
        "s3-permissions 1.4.0 → 1.5.0\n\nBlue-Contract: s3-permissions@1.5.0\nBlue-Domain: s3-access\nBlue-Repo: aperture\nBlue-Branch: main\nBlue-Source: {}\nBlue-Actor: ada@example.com\n",
        "a".repeat(40)
    );
    let made = world.said("eve", main, &[(CONTRACT, Some(&sly))], &says);
    world.push("sync/aperture/20260105T000000Z", made);
    let place = world.checkout("ada");
    let report = [change(&[("write", "jobs/*/report.json")], &[])];
    as_who("ada", |ask| {
        let mut realm = open(&place, ask).unwrap();
        let request = crate::sync::Request {
            repo: "aperture",
            changes: &report,
            shows: &|_, _, _| true,
            held_back: &[],
            given_up: &[],
            source: &source("a", "main"),
            wish: &crate::sync::Wish::default(),
            checkout: &Code::ANOTHER,
            target: crate::sync::Target::Remote,
        };
        crate::sync::export(&mut realm, &request, ask).unwrap();
        merge_open(&mut realm, &Terms::default(), &[], ask).unwrap();
    });
    let text = world.text("main", CONTRACT).unwrap();
    assert!(
        text.contains("report.json") && !text.contains("secrets"),
        "{text}"
    );
}

/// The exporter changes the contract beside the importer's word, and merges the two so that the word comes
/// last.
#[test]
fn a_word_about_something_else_is_none_however_it_is_merged() {
    let world = World::new();
    let (branch, tip) = waiting(&world);
    let importer = world.checkout("finn");
    as_who("finn", |ask| follow_all(&importer, ask)).unwrap();
    let (_, spoken) = world.open();
    let more = |text: String| text.replace("report.json", "secret.json");
    let files = [CONTRACT, RELEASE].map(|path| (path, more(world.text(&branch, path).unwrap())));
    let files: Vec<(&str, Option<&str>)> = files
        .iter()
        .map(|(path, text)| (*path, Some(text.as_str())))
        .collect();
    let other = world.made("ada", tip, &files);
    let remote = world.remote();
    for (ours, theirs) in [(other, spoken), (spoken, other)] {
        let maker = as_who("ada", |ask| ask.maker());
        let Merged::Commit(both) = remote.merge_on(ours, theirs, "both", &maker).unwrap() else {
            panic!("they change other files");
        };
        world.push(&branch, both);
        let Outcome::Decided(Decision::Wait(waits)) = outcome(&world, "ada", "judge") else {
            panic!("the importer has not agreed to this");
        };
        assert!(matches!(waits[0], Wait::Importers { .. }), "{waits:?}");
    }
}

#[test]
fn the_clock_is_the_records_and_of_this_very_branch() {
    // A branch brings its own record along.
    let world = World::new();
    let (branch, tip) = waiting(&world);
    let first = syncs(&world)[0].commits[0].id;
    let says = format!("{branch} waits\n\nBlue-Recorded: {branch}\nBlue-First: {first}\n");
    world.push(&branch, world.said("ada", tip, &[], &says));
    assert!(refusal(&world).contains("says `Blue-Recorded`, which only main says"));

    // A name that waited long ago is used again.
    let world = World::new();
    let (branch, tip) = waiting(&world);
    let at = |days: i64| {
        let place = world.checkout("judge");
        as_who("eve", |ask| {
            ask.now = NOW + days * DAY;
            merge(&place, &Terms::default(), ask)
        })
    };
    assert!(matches!(at(0)[0], Merging::Waits { recorded: true, .. }));
    let contract = world
        .text(&branch, CONTRACT)
        .unwrap()
        .replace("report.json", "secret.json");
    let release = world
        .text(&branch, RELEASE)
        .unwrap()
        .replace("report.json", "secret.json");
    let base = world.remote().commit_info(tip).unwrap().parents[0];
    let other = world.made(
        "ada",
        base,
        &[(CONTRACT, Some(&contract)), (RELEASE, Some(&release))],
    );
    world.push(&branch, other);
    assert!(matches!(at(15)[0], Merging::Waits { recorded: true, .. }));

    // Whoever records sets the clock back: it does not go before what it stands upon.
    let world = World::new();
    waiting(&world);
    let place = world.checkout("judge");
    as_who("ada", |ask| {
        ask.now = NOW - 90 * DAY;
        merge(&place, &Terms::default(), ask)
    });
    let merging = as_who("ada", |ask| merge(&place, &Terms::default(), ask));
    assert!(
        merging[0].judged().since >= Some(NOW - 1000),
        "{:?}",
        merging[0].judged().since
    );
}

/// What is pushed over the branch while it is merged is neither merged nor lost.
#[test]
fn what_was_judged_is_merged_and_nothing_else() {
    let world = World::with(&[(BINDING, "repo: fungal-image-analysis\n")]);
    let place = world.checkout("ada");
    let report = [change(&[("write", "jobs/*/report.json")], &[])];
    as_who("ada", |ask| {
        let mut realm = open(&place, ask).unwrap();
        let request = crate::sync::Request {
            repo: "aperture",
            changes: &report,
            shows: &|_, _, _| true,
            held_back: &[],
            given_up: &[],
            source: &source("a", "main"),
            wish: &crate::sync::Wish::default(),
            checkout: &Code::WHOLE,
            target: crate::sync::Target::Remote,
        };
        crate::sync::export(&mut realm, &request, ask).unwrap();
    });
    let (branch, tip) = world.open();
    let sly = world.made("eve", tip, &[("realm.yaml", Some("name: eves\n"))]);
    let mut forced = false;
    let mut progress = |doing: &str| {
        if doing == "pushing main" && !forced {
            forced = true;
            world.push(&branch, sly);
        }
    };
    let mut ask = Ask::new(actor("ada"), Programs::OnTerminal, &mut progress);
    ask.now = NOW;
    let done = merge(
        &place,
        &Terms {
            force: Force::No,
            ..Terms::default()
        },
        &mut ask,
    );
    assert!(
        forced && matches!(done[0], Merging::Merged { .. }),
        "{done:?}"
    );
    assert_eq!(world.main(), tip);
    assert_eq!(world.open(), (branch, sly));
    assert!(refusal(&world).contains("it changes realm.yaml"));
}
