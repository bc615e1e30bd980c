//! What a realm's history says happened, and that it is told once.

use blue_coordination::{Contract, Kind, Notification, Notifications, Reader};

use super::world::*;
use crate::history::{Filter, entries, learn, log, notifications};
use crate::merge::{Terms, merge_open};
use crate::{Ask, OpenRealm};

fn opened(world: &World, name: &str) -> OpenRealm {
    as_who("ada", |ask: &mut Ask<'_>| open(&world.checkout(name), ask)).unwrap()
}

fn told(realm: &OpenRealm) -> Vec<Notification> {
    let tip = realm.tip().unwrap();
    notifications(realm, None, tip).unwrap()
}

/// Kind, version and repo of each.
fn in_short(told: &[Notification]) -> Vec<String> {
    let told = told.iter();
    told.map(|it| format!("{} {} {}", it.kind.word(), it.version, it.from_repo))
        .collect()
}

fn contract(edit: &[(&str, &str)]) -> String {
    let world = World::new();
    let text = world.text("main", CONTRACT).unwrap();
    edit.iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

/// The contract at a version, with what its history says of it.
fn at(version: &str, compatible: &str) -> String {
    let entry = format!(
        "evolution:\n  - version: {version}\n    changes: [one, two]\n    compatible: {compatible}\n"
    );
    contract(&[("\"1.4.0\"", version), ("evolution:\n", &entry)])
}

#[test]
fn a_version_is_new_then_updated_or_breaking() {
    for (version, compatible, expected) in [
        ("1.5.0", "true", "updated 1.5.0 aperture"),
        ("1.5.0", "false", "breaking 1.5.0 aperture"),
        ("2.0.0", "true", "breaking 2.0.0 aperture"),
    ] {
        let world = World::new();
        world.commit("ada", &[(CONTRACT, &at(version, compatible))]);
        let told = told(&opened(&world, "a"));
        assert_eq!(in_short(&told), ["new 1.4.0 aperture", expected]);
        assert_eq!(told[1].changes, "one; two");
        assert_eq!(told[1].created_at.0, (NOW - 1000) * 1000);
    }
}

/// Its exporter has left: those who import it are told, once, and not those who follow something else.
#[test]
fn a_contract_that_is_taken_away_is_told() {
    let world = World::new();
    let gone = world.made("ada", world.main(), &[(CONTRACT, None)]);
    world.push("main", gone);
    let realm = opened(&world, "a");
    let told = told(&realm);
    assert_eq!(
        in_short(&told),
        ["new 1.4.0 aperture", "breaking 2.0.0-gone aperture"]
    );
    let record = realm.realm_at(realm.tip().unwrap()).unwrap();
    let reads = |repo: &str| crate::history::reader(&realm.id().unwrap(), &record, repo);
    let mut known = daemon(&world);
    for _ in 0..2 {
        learn(&realm, &mut known).unwrap();
        let unread = known.unread(&reads("fungal-image-analysis")).unwrap();
        let words: Vec<String> = unread.iter().map(crate::history::words).collect();
        assert_eq!(
            words,
            ["s3-permissions of aperture is gone: who imports it has nothing to follow any more"]
        );
        assert_eq!(known.unread(&reads("station")).unwrap(), []);
    }
    // Under another name it is there still.
    let world = World::new();
    let renamed = contract(&[(
        "name: s3-permissions",
        "name: access\npreviously: [s3-permissions]",
    )]);
    let path = "domains/s3-access/contracts/access.yaml";
    let files = [(CONTRACT, None), (path, Some(&*renamed))];
    world.push("main", world.made("ada", world.main(), &files));
    let told = self::told(&opened(&world, "a"));
    assert_eq!(in_short(&told), ["new 1.4.0 aperture"]);
}

#[test]
fn what_is_known_of_a_realm_is_not_read_again_and_changes_no_news() {
    let world = World::new();
    let first = world.commit("ada", &[("repos/station.yaml", "name: station\n")]);
    world.commit("ada", &[(CONTRACT, &at("1.5.0", "true"))]);
    let realm = opened(&world, "a");
    let tip = realm.tip().unwrap();
    let old = told(&realm);
    assert_eq!(
        in_short(&old),
        ["new 1.4.0 aperture", "updated 1.5.0 aperture"]
    );
    let record = opened(&world, "b").realm_at(tip).unwrap();
    realm.knows(&record, None);
    assert_eq!(told(&realm), old);
    let known = record.file(CONTRACT).unwrap();
    let held = |commit| realm.file_at(commit, CONTRACT).unwrap().unwrap();
    assert!(std::sync::Arc::ptr_eq(&held(tip), known));
    assert!(held(first).text.contains("1.4.0"));
    let whole = realm.realm_at(tip).unwrap();
    assert!(std::sync::Arc::ptr_eq(whole.file(CONTRACT).unwrap(), known));
}

#[test]
fn what_says_nothing_of_versions_is_no_news() {
    let world = World::new();
    let described = contract(&[("owner: aperture", "owner: aperture\ndescription: objects")]);
    world.commit("ada", &[(CONTRACT, &described)]);
    world.commit("ada", &[(CONTRACT, ": no yaml [")]);
    assert_eq!(
        in_short(&told(&opened(&world, "a"))),
        ["new 1.4.0 aperture"]
    );
    let valueless = "name: events\nowner: aperture\nschema: {}\n";
    world.commit(
        "ada",
        &[("domains/s3-access/contracts/events.yaml", valueless)],
    );
    assert_eq!(
        in_short(&told(&opened(&world, "a"))),
        ["new 1.4.0 aperture"]
    );
}

#[test]
fn another_name_is_not_another_contract() {
    let world = World::new();
    let renamed = contract(&[(
        "name: s3-permissions",
        "name: objects\npreviously: [s3-permissions]",
    )]);
    let path = "domains/s3-access/contracts/objects.yaml";
    let main = world.main();
    let files = [(path, Some(renamed.into_bytes())), (CONTRACT, None)];
    let files = files.map(|(path, content)| blue_git::FileChange {
        path: path.to_owned(),
        content,
    });
    let maker = as_who("ada", |ask| ask.maker());
    let made = world.remote().commit_on(main, &files, "renamed", &maker);
    let update = blue_git::RefUpdate {
        branch: "main".to_owned(),
        expected: Some(main),
        to: Some(made.unwrap()),
    };
    assert!(world.remote().move_branch(&update).unwrap());
    assert_eq!(
        in_short(&told(&opened(&world, "a"))),
        ["new 1.4.0 aperture"]
    );
}

/// Everybody's way: synced, followed, merged.
fn followed(world: &World) {
    let place = world.checkout("a");
    let more = [change(&[("write", "jobs/*/report.json")], &[])];
    as_who("ada", |ask| sync(&place, &more, &source("a", "main"), ask)).unwrap();
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    as_who("finn", |ask| {
        let mut realm = open(&place, ask).unwrap();
        merge_open(&mut realm, &Terms::default(), &[], ask)
    })
    .unwrap();
}

#[test]
fn a_sync_is_told_with_who_follows_it_and_that_it_is_merged() {
    let world = World::new();
    followed(&world);
    assert_eq!(
        in_short(&told(&opened(&world, "a"))),
        [
            "new 1.4.0 aperture",
            "updated 1.5.0 aperture",
            "merged 1.5.0 aperture",
            "acknowledged 1.5.0 fungal-image-analysis",
        ]
    );
}

fn daemon(world: &World) -> Notifications {
    Notifications::open(&world.path("home").join("daemon.db")).unwrap()
}

#[test]
fn each_stretch_is_read_once_and_told_once() {
    let world = World::new();
    let mut known = daemon(&world);
    assert_eq!(learn(&opened(&world, "a"), &mut known).unwrap(), 1);
    assert_eq!(learn(&opened(&world, "a"), &mut known).unwrap(), 0);
    followed(&world);
    assert_eq!(learn(&opened(&world, "a"), &mut known).unwrap(), 3);
    let tip = world.main().to_string();
    let id = opened(&world, "a").id().unwrap();
    assert_eq!(known.read_up_to(&id).unwrap(), Some(tip));
    // A database that was lost is made again from the history.
    drop(known);
    std::fs::remove_file(world.path("home").join("daemon.db")).unwrap();
    assert_eq!(learn(&opened(&world, "b"), &mut daemon(&world)).unwrap(), 4);
}

#[test]
fn what_happened_in_one_realm_is_not_told_in_another_of_its_name() {
    let (one, other) = (World::new(), World::new());
    let mut known = daemon(&one);
    assert_eq!(learn(&opened(&one, "a"), &mut known).unwrap(), 1);
    other.commit("ada", &[(CONTRACT, &at("1.5.0", "true"))]);
    assert_eq!(learn(&opened(&other, "a"), &mut known).unwrap(), 2);
    // A second clone is the same realm.
    assert_eq!(learn(&opened(&one, "b"), &mut known).unwrap(), 0);
    for (world, told) in [(&one, vec![]), (&other, vec!["updated 1.5.0 aperture"])] {
        let realm = opened(world, "a");
        let record = world.realm("main");
        let reader = crate::history::reader(&realm.id().unwrap(), &record, "fungal-image-analysis");
        let unread = known.unread(&reader).unwrap().into_iter();
        let unread: Vec<Notification> = unread.map(|it| it.notification).collect();
        assert_eq!(in_short(&unread), told);
    }
}

#[test]
fn what_the_branch_of_record_took_in_from_an_older_line_is_not_read_again() {
    let world = World::new();
    let place = world.checkout("a");
    let more = [change(&[("write", "jobs/*/report.json")], &[])];
    as_who("ada", |ask| sync(&place, &more, &source("a", "main"), ask)).unwrap();
    // The branch of record goes on, and is taken into the sync, which then becomes the record.
    let since = world.commit("rosa", &[("repos/station.yaml", "name: station\n")]);
    let log = [change(
        &[("write", "jobs/*/report.json"), ("write", "jobs/*/log")],
        &[],
    )];
    as_who("ada", |ask| sync(&place, &log, &source("b", "main"), ask)).unwrap();
    as_who("finn", |ask| follow_all(&place, ask)).unwrap();
    as_who("finn", |ask| {
        let mut realm = open(&place, ask).unwrap();
        merge_open(&mut realm, &Terms::default(), &[], ask)
    })
    .unwrap();
    let realm = opened(&world, "a");
    let tip = realm.tip().unwrap();
    let mut new = Vec::new();
    let collected = entries(&realm, Some(since), tip, |entry| {
        new.push(entry);
        Ok(())
    });
    collected.unwrap();
    assert!(!new.is_empty());
    for entry in &new {
        let known = world.remote().is_ancestor(entry.commit.id, since).unwrap();
        assert!(!known, "{}", entry.commit.message);
    }
    let told = in_short(&notifications(&realm, Some(since), tip).unwrap());
    assert!(
        told.contains(&"merged 1.5.0 aperture".to_owned()),
        "{told:?}"
    );
}

#[test]
fn the_exporter_hears_of_the_merge_and_of_who_follows() {
    let world = World::new();
    let mut known = daemon(&world);
    followed(&world);
    learn(&opened(&world, "a"), &mut known).unwrap();
    let contract = Contract {
        domain: "s3-access".to_owned(),
        name: "s3-permissions".to_owned(),
    };
    let reader = Reader {
        realm: opened(&world, "a").id().unwrap(),
        repo: "aperture".to_owned(),
        exports: [(contract, None)].into(),
        ..Reader::default()
    };
    let unread = known.unread(&reader).unwrap();
    let kinds: Vec<Kind> = unread.iter().map(|it| it.notification.kind).collect();
    assert_eq!(kinds, [Kind::Merged, Kind::Acknowledged]);
}

/// Verb, actor and contracts of each commit, newest first.
fn logged(realm: &OpenRealm, filter: &Filter, limit: usize) -> Vec<String> {
    let found = as_who("ada", |ask| {
        log(realm, realm.tip().unwrap(), filter, limit, ask)
    })
    .unwrap();
    let line = |it: &crate::history::Logged| {
        let contracts: Vec<&str> = it.contracts.iter().map(|it| &**it).collect();
        format!("{} {} {}", it.verb.word(), it.actor, contracts.join(" "))
    };
    found.iter().map(line).collect()
}

#[test]
fn the_log_says_who_did_what() {
    let world = World::new();
    followed(&world);
    world.commit("rosa", &[("repos/station.yaml", "name: station\n")]);
    let realm = opened(&world, "a");
    let all = [
        "changed rosa@example.com ",
        "acknowledged finn@example.com s3-permissions",
        "synced ada@example.com s3-permissions",
        "changed rosa@example.com s3-permissions",
        "changed rosa@example.com ",
    ];
    assert_eq!(logged(&realm, &Filter::default(), 10), all);
    assert_eq!(logged(&realm, &Filter::default(), 2), all[..2]);
    let by = |actor: &str| Filter {
        actor: Some(actor.to_owned()),
        ..Filter::default()
    };
    assert_eq!(logged(&realm, &by("finn"), 10), all[1..2]);
    assert_eq!(logged(&realm, &by("Ada@example.com"), 10), all[2..3]);
    let about = Filter {
        contract: Some("s3-permissions".to_owned()),
        since: Some(NOW),
        ..Filter::default()
    };
    assert_eq!(logged(&realm, &about, 10), all[1..3]);
}

/// What aperture is told that was not let in, as the realm of record stands.
fn refused(world: &World, known: &mut Notifications) -> Vec<String> {
    let id = opened(world, "a").id().unwrap();
    let reader = crate::history::reader(&id, &world.realm("main"), "aperture");
    let unread = known.unread(&reader).unwrap().into_iter();
    let refused = unread.filter(|it| it.notification.kind == Kind::Refused);
    refused.map(|it| crate::history::words(&it)).collect()
}

#[test]
fn a_sync_that_no_agreement_merges_is_told_once_until_the_record_has_its_version() {
    let world = World::new();
    let mut known = daemon(&world);
    let text = contract(&[("\"1.4.0\"", "\"1.5.0\"")]);
    let made = world.made("bert", world.main(), &[(CONTRACT, Some(&text))]);
    world.push("sync/aperture/20260106T090000Z", made);
    // One that waits for people is no refusal.
    let place = world.checkout("a");
    let more = [change(&[("write", "jobs/*/report.json")], &[])];
    as_who("ada", |ask| sync(&place, &more, &source("a", "main"), ask)).unwrap();
    assert_eq!(learn(&opened(&world, "a"), &mut known).unwrap(), 2);
    assert_eq!(learn(&opened(&world, "a"), &mut known).unwrap(), 0);
    // Another clone, and another commit of record.
    assert_eq!(learn(&opened(&world, "b"), &mut known).unwrap(), 0);
    world.commit("rosa", &[("notes.md", "hello\n")]);
    assert_eq!(learn(&opened(&world, "b"), &mut known).unwrap(), 0);
    let told = refused(&world, &mut known);
    let [one] = &told[..] else { panic!("{told:?}") };
    assert!(
        one.starts_with("s3-permissions 1.5.0 of aperture was not let in: sync/aperture/2026")
            && one.contains("was changed by bert@example.com (unverified)"),
        "{one}"
    );
    world.commit("ada", &[(CONTRACT, &at("1.5.0", "true"))]);
    learn(&opened(&world, "a"), &mut known).unwrap();
    assert!(refused(&world, &mut known).is_empty());
}

#[test]
fn a_sync_that_is_taken_away_unmerged_is_told_and_a_withdrawn_or_merged_one_is_not() {
    let take_away = |world: &World, branch: &str| {
        let at = world.remote().resolve(&format!("refs/heads/{branch}"));
        let update = blue_git::RefUpdate {
            branch: branch.to_owned(),
            expected: Some(at.unwrap()),
            to: None,
        };
        assert!(world.remote().move_branch(&update).unwrap());
    };
    let waiting = || {
        let world = World::new();
        let mut known = daemon(&world);
        let place = world.checkout("a");
        let more = [change(&[("write", "jobs/*/report.json")], &[])];
        as_who("ada", |ask| sync(&place, &more, &source("a", "main"), ask)).unwrap();
        learn(&opened(&world, "a"), &mut known).unwrap();
        let branch = world.open().0;
        (world, known, branch)
    };
    let (world, mut known, branch) = waiting();
    take_away(&world, &branch);
    assert_eq!(learn(&opened(&world, "a"), &mut known).unwrap(), 1);
    assert_eq!(learn(&opened(&world, "a"), &mut known).unwrap(), 0);
    assert_eq!(
        refused(&world, &mut known),
        [format!(
            "s3-permissions 1.5.0 of aperture was not let in: {branch} was taken away without being merged"
        )]
    );

    // By its own exporter, whose code says again what the contract says.
    let (world, mut known, _) = waiting();
    let place = world.checkout("a");
    as_who("ada", |ask| sync(&place, &[], &source("b", "main"), ask)).unwrap();
    assert_eq!(world.branches().len(), 1, "it was withdrawn");
    assert_eq!(learn(&opened(&world, "a"), &mut known).unwrap(), 0);

    // Merged as a forge may: its change on the branch of record, and not its commits.
    let (world, mut known, branch) = waiting();
    let text = world.text(&branch, CONTRACT).unwrap();
    world.commit("ada", &[(CONTRACT, &text)]);
    take_away(&world, &branch);
    learn(&opened(&world, "a"), &mut known).unwrap();
    assert!(refused(&world, &mut known).is_empty());

    // Merged as part of another one, which has another version, and made by somebody else's clone.
    let (world, mut known, branch) = waiting();
    let text = text_at(&world.text(&branch, CONTRACT).unwrap(), "1.4.1");
    world.commit("ada", &[(CONTRACT, &text)]);
    take_away(&world, &branch);
    learn(&opened(&world, "a"), &mut known).unwrap();
    assert!(refused(&world, &mut known).is_empty());

    // What came on the branch of record since is in its way, and nobody has made it again yet.
    let (world, mut known, _) = waiting();
    let text = world.text("main", CONTRACT).unwrap();
    world.commit(
        "ada",
        &[(CONTRACT, &text.replace("# quoted by hand", "# quoted"))],
    );
    learn(&opened(&world, "a"), &mut known).unwrap();
    assert!(refused(&world, &mut known).is_empty());
}

/// A contract's text with another version.
fn text_at(text: &str, version: &str) -> String {
    text.replace("version: \"1.5.0\"", &format!("version: \"{version}\""))
}
