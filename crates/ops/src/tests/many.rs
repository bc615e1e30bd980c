//! Many at once.

use std::collections::BTreeSet;

use super::http::Server;
use super::world::*;
use crate::Error;

const MANY: usize = 20;

/// As often as it takes: others were faster.
fn until_done<T>(mut doing: impl FnMut() -> Result<T, Error>) -> T {
    loop {
        match doing() {
            Err(Error::Busy { .. }) => {}
            done => break done.unwrap(),
        }
    }
}

/// Nobody imports it, so that each sync is merged at once.
fn nobodys_business() -> World {
    World::with(&[(BINDING, "repo: fungal-image-analysis\n")])
}

#[test]
fn twenty_syncs_at_once_all_land_each_version_once() {
    let world = nobodys_business();
    let url = world.remote_path().to_str().unwrap().to_owned();
    twenty_at_once(&world, &url);
}

#[test]
fn over_http_as_well() {
    let world = nobodys_business();
    let server = Server::start(&world.path(""));
    twenty_at_once(&world, &server.url("realm-letemcook.git"));
}

fn twenty_at_once(world: &World, url: &str) {
    let places: Vec<_> = (0..MANY)
        .map(|at| world.checkout_from(url, &format!("clone-{at}")))
        .collect();
    std::thread::scope(|scope| {
        for (at, place) in places.iter().enumerate() {
            scope.spawn(move || {
                let text = format!("jobs/*/part-{at}.json");
                let changes = [change(&[("write", &text)], &[])];
                let source = source("a", &format!("feat/{at}"));
                until_done(|| as_who("ada", |ask| sync(place, &changes, &source, ask)));
            });
        }
    });
    // Whatever lost the race to be merged waits still, and is made on top by its own next sync.
    for (at, place) in places.iter().enumerate() {
        let text = format!("jobs/*/part-{at}.json");
        let changes = [change(&[("write", &text)], &[])];
        let source = source("a", &format!("feat/{at}"));
        until_done(|| as_who("ada", |ask| sync(place, &changes, &source, ask)));
    }
    let realm = world.realm("main");
    let contract = realm.contract("s3-access", "s3-permissions").unwrap();
    let written = contract.value.as_ref().unwrap()["write"]
        .as_array()
        .unwrap();
    assert_eq!(
        written.len(),
        MANY + 1,
        "nothing is lost and nothing doubled"
    );
    let versions: Vec<String> = contract
        .evolution
        .iter()
        .map(|it| it.version.as_ref().unwrap().to_string())
        .collect();
    let once: BTreeSet<&String> = versions.iter().collect();
    assert_eq!(
        (versions.len(), once.len()),
        (MANY + 1, MANY + 1),
        "{versions:?}"
    );
    assert_eq!(
        contract.version.as_ref().unwrap().to_string(),
        format!("1.{}.0", 4 + MANY)
    );
    assert_eq!(world.branches().len(), 1, "{:?}", world.branches());
}

#[test]
fn two_editors_of_one_contract_on_one_branch_of_the_code() {
    let world = World::new();
    let places = [world.checkout("one"), world.checkout("two")];
    std::thread::scope(|scope| {
        for (place, text) in places.iter().zip(["one.json", "two.json"]) {
            scope.spawn(move || {
                let changes = [change(&[("read", text)], &[])];
                until_done(|| {
                    as_who("ada", |ask| {
                        let mut realm = open(place, ask)?;
                        let request = crate::sync::Request {
                            repo: "aperture",
                            changes: &changes,
                            shows: &|_, _, _| true,
                            held_back: &[],
                            given_up: &[],
                            source: &source("a", "main"),
                            wish: &crate::sync::Wish::default(),
                            // Neither has the other's commit.
                            checkout: &Code::ANOTHER,
                            target: crate::sync::Target::Remote,
                        };
                        crate::sync::export(&mut realm, &request, ask).map(|_| ())
                    })
                });
            });
        }
    });
    let open: Vec<_> = world
        .branches()
        .into_iter()
        .filter(|(name, _)| name != "main")
        .collect();
    assert_eq!(
        open.len(),
        1,
        "keyed by repo, contract and branch: {open:?}"
    );
    let text = world.text(&open[0].0, CONTRACT).unwrap();
    assert!(
        text.contains("- one.json") && text.contains("- two.json"),
        "{text}"
    );
    assert!(text.contains("version: \"1.5.0\""), "{text}");
}

#[test]
fn an_importer_acknowledges_while_the_exporter_updates() {
    let world = World::new();
    let (exporter, importer) = (world.checkout("a"), world.checkout("b"));
    let first = [change(&[("write", "a.json")], &[])];
    let more = [change(&[("write", "a.json"), ("write", "b.json")], &[])];
    as_who("ada", |ask| {
        sync(&exporter, &first, &source("a", "main"), ask)
    })
    .unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            until_done(|| {
                as_who("ada", |ask| {
                    sync(&exporter, &more, &source("b", "main"), ask)
                })
            });
        });
        scope.spawn(|| until_done(|| as_who("finn", |ask| follow_all(&importer, ask))));
    });
    let realm = world
        .branches()
        .into_iter()
        .rfind(|_| true)
        .map(|(name, _)| name)
        .unwrap();
    let text = world.text(&realm, CONTRACT).unwrap();
    assert!(text.contains("a.json") && text.contains("b.json"), "{text}");
}
