//! What happened in a realm: fetched, seen, told once, with what each answer does.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities, uri};
use crate::http::Server;
use crate::shared::{
    BACK, GRANTS, LOG, by_hand, change_the_code, follow, pushed_elsewhere, shared_world, start_in,
};
use crate::shown::NOTHING;
use crate::story_world::{CONTRACT, SEGMENT, STACK};
use crate::world::World;

/// What another process does to the realm is seen without a word from the client: the sync, and that it was taken
/// back. Two editors on one machine are told what happened once between them, and not again later.
#[test]
fn what_others_do_to_the_realm_is_seen_and_told_once() {
    let world = shared_world();
    let mut importer = start_in(world, "fungal-image-analysis");
    assert_eq!(importer.open(STACK), NOTHING);
    let stack = importer.world.read(STACK);
    change_the_code(&importer.world);
    by_hand(&importer.world, "aperture", &["realm", "sync"]);
    let pending = format!("import-pending info «{GRANTS}» …1.5.0 on sync/aperture/…");
    importer.shows(STACK, &stack, &[&pending]);
    // Taken back in the code.
    importer.world.edit(SEGMENT, LOG, "");
    importer.world.commit("aperture");
    by_hand(&importer.world, "aperture", &["realm", "sync"]);
    importer.shows(STACK, &stack, &NOTHING);

    importer.world.edit(SEGMENT, BACK, &format!("{LOG}{BACK}"));
    importer.world.commit("aperture");
    by_hand(&importer.world, "aperture", &["realm", "sync"]);
    importer.shows(STACK, &stack, &[&pending]);
    let home = importer.world.home();
    let folders = [importer.path("aperture")];
    let exporter = || Client::open_folders(&home, &folders, full_capabilities());
    let (mut one, mut other) = (exporter(), exporter());
    for client in [&mut one, &mut other] {
        client.round_trip();
    }
    follow(&importer.world);
    by_hand(&importer.world, "fungal-image-analysis", &["ack"]);
    by_hand(&importer.world, "aperture", &["realm", "sync"]);
    let news = |client: &Client| -> Vec<String> {
        let asked = client.wanted.iter();
        let asked = asked.filter(|(of, _)| of == "window/showMessageRequest");
        let asked = asked.map(|(_, params)| params["message"].as_str().unwrap().to_owned());
        asked.chain(client.messages_shown.clone()).collect()
    };
    // Whichever of them is first.
    let deadline = std::time::Instant::now() + crate::client::DEADLINE;
    let told = loop {
        assert!(std::time::Instant::now() < deadline, "nobody is told");
        for client in [&mut one, &mut other] {
            client.round_trip();
        }
        let told = [news(&one), news(&other)].concat();
        if told.len() >= 2 {
            break told;
        }
    };
    let follows = "letemcook (for aperture): fungal-image-analysis follows s3-permissions 1.5.0.";
    assert!(told.iter().any(|it| it == follows), "{told:?}");
    assert_eq!(
        told.iter().collect::<std::collections::BTreeSet<_>>().len(),
        told.len()
    );
    let mut later = exporter();
    later.is_asked("client/registerCapability", 2);
    later.round_trip();
    assert_eq!(news(&later), [""; 0]);
}

/// Without the setting nothing is told, and nothing counts as told.
#[test]
fn who_wants_no_news_is_told_none() {
    let world = shared_world();
    change_the_code(&world);
    by_hand(&world, "aperture", &["realm", "sync"]);
    follow(&world);
    by_hand(&world, "fungal-image-analysis", &["ack"]);
    by_hand(&world, "aperture", &["realm", "sync"]);
    let (home, folders) = (world.home(), [world.path("aperture")]);
    let mut quiet = Client::start(&home);
    quiet.settings = json!({"notifications": "off"});
    let folder = json!([{"uri": uri(&folders[0]), "name": "aperture"}]);
    let id = quiet.request(
        "initialize",
        json!({
            "processId": null,
            "capabilities": full_capabilities(),
            "workspaceFolders": folder,
            "initializationOptions": {"notifications": "off"},
        }),
    );
    quiet.answer(id);
    quiet.notify("initialized", json!({}));
    quiet.is_asked("client/registerCapability", 2);
    quiet.round_trip();
    assert!(
        quiet.messages_shown.is_empty(),
        "{:?}",
        quiet.messages_shown
    );
    let mut plain = Client::open_folders(&home, &folders, full_capabilities());
    let said = plain.until(|client| client.messages_shown.first().cloned());
    assert!(said.starts_with("letemcook (for aperture): "), "{said}");
}

/// A world in which two things happened that aperture has not been told of.
fn with_news() -> World {
    let world = shared_world();
    change_the_code(&world);
    by_hand(&world, "aperture", &["realm", "sync"]);
    follow(&world);
    by_hand(&world, "fungal-image-analysis", &["ack"]);
    by_hand(&world, "aperture", &["realm", "sync"]);
    world
}

/// A world in which the importer has not been told of two new contracts.
fn with_new_contracts() -> World {
    let world = shared_world();
    for name in ["queues", "topics"] {
        world.write(&format!("{name}.json"), "{\"names\": [\"letemcook\"]}");
        let value = world.path(&format!("{name}.json"));
        let value = value.to_str().unwrap();
        let made = [
            "realm",
            "admin",
            "export",
            name,
            "--domain",
            "s3-access",
            "--value",
            value,
            "--yes",
        ];
        by_hand(&world, "aperture", &made);
    }
    world
}

/// The buttons where the checkout of the realm does not hold the contract yet.
const NOT_PULLED: &[&str] = &["Dismiss"];

/// The identities of what is in a repository's list.
fn listed(world: &World, repo: &str) -> Vec<i64> {
    let text = by_hand(world, repo, &["notifications", "--json"]);
    let list: Value = serde_json::from_str(&text).unwrap();
    let all = list["notifications"].as_array().unwrap().iter();
    all.map(|it| it["id"].as_i64().unwrap()).collect()
}

/// A repository's editor in which notifications have these buttons, and whose user presses one of them each time.
fn pressing(world: &World, repo: &str, buttons: &[&str], button: Option<&str>) -> Client {
    let mut capabilities = full_capabilities();
    capabilities["window"]["showMessage"] = json!({"messageActionItem": {}});
    let folders = [world.path(repo)];
    let mut client = Client::open_folders(&world.home(), &folders, capabilities);
    client.chooses = button.map(str::to_owned);
    client.is_asked("window/showMessageRequest", 2);
    let asked = client.wanted.iter();
    for (_, params) in asked.filter(|(method, _)| method == "window/showMessageRequest") {
        let shown = params["actions"].as_array().unwrap().iter();
        let shown: Vec<_> = shown.map(|it| it["title"].as_str().unwrap()).collect();
        assert_eq!(shown, buttons, "{params}");
    }
    client
}

#[test]
fn a_notification_opens_the_contract() {
    let world = with_news();
    let mut client = pressing(
        &world,
        "aperture",
        &["Open the contract", "Dismiss"],
        Some("Open the contract"),
    );
    let shown = client.wants("window/showDocument");
    assert_eq!(shown["uri"], uri(&world.path(CONTRACT)));
    // That it was merged and is followed asks nothing of aperture: it is told once.
    assert!(listed(&world, "aperture").is_empty());
}

#[test]
fn a_notification_is_dismissed() {
    let world = with_new_contracts();
    let _client = pressing(&world, "fungal-image-analysis", NOT_PULLED, Some("Dismiss"));
    // The server says nothing of it; the list is what shows it.
    let until = std::time::Instant::now() + crate::client::DEADLINE;
    while !listed(&world, "fungal-image-analysis").is_empty() {
        assert!(std::time::Instant::now() < until, "it is in the list still");
    }
}

#[test]
fn a_notification_that_is_put_away_stays_in_the_list() {
    let world = with_new_contracts();
    let mut client = pressing(&world, "fungal-image-analysis", NOT_PULLED, None);
    client.round_trip();
    assert_eq!(listed(&world, "fungal-image-analysis").len(), 2);
    let asked = client.wanted.iter();
    assert!(!asked.clone().any(|(of, _)| of == "window/showDocument"));
}

/// The clones that Blue keeps were fetched yesterday: what was fetched a moment ago is not fetched again.
fn is_long_ago(home: &Path) {
    let clones = std::fs::read_dir(home.join("realms")).unwrap();
    let fetched = clones.map(|clone| clone.unwrap().path().join("blue-fetched"));
    let fetched: Vec<_> = fetched.filter(|path| path.is_file()).collect();
    assert!(!fetched.is_empty(), "nothing was fetched yet");
    let yesterday = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
    for path in fetched {
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(yesterday).unwrap();
    }
}

/// A realm that is known by its address alone, and was cloned when the importer was last at work.
#[test]
fn what_was_pushed_meanwhile_is_seen_when_a_folder_is_opened() {
    let world = shared_world();
    let server = Server::start(&world.path(""));
    let url = server.url("realm.git");
    let config = format!("realm:\n  name: letemcook\n  url: {url}\nrepo: fungal-image-analysis\n");
    world.write("fungal-image-analysis/.blue/config.yaml", &config);
    by_hand(&world, "fungal-image-analysis", &["status", "--fetch"]);
    by_hand(
        &world,
        "fungal-image-analysis",
        &["realm", "admin", "trust"],
    );
    pushed_elsewhere(&world);
    is_long_ago(&world.home());
    let mut importer = start_in(world, "fungal-image-analysis");
    importer.open(STACK);
    let stack = importer.world.read(STACK);
    importer.shows(STACK, &stack, &["import-stale…", "import-uncovered…"]);
}
