//! Where a repository stands, for an editor that shows it: what `blue status` says, with what nobody has saved.

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities, uri};
use crate::editor::Editor;
use crate::shared::{BACK, LOG, by_hand, change_the_code, shared_world};
use crate::shown::Units;
use crate::story_world::{SEGMENT, STACK};

fn status(client: &mut Client, params: Value) -> Value {
    let id = client.request("blue/status", params);
    client.answer(id)["result"].clone()
}

#[test]
fn the_command_and_the_server_say_the_same() {
    let world = shared_world();
    change_the_code(&world);
    let mut client = Client::open_folders(&world.home(), &world.folders(), full_capabilities());
    // First as it drifts, then as its sync waits, which the importer is told of.
    for has_synced in [false, true] {
        if has_synced {
            by_hand(&world, "aperture", &["realm", "sync"]);
            let moved = json!({"command": "blue.refresh", "arguments": [{"uri": uri(&world.path(SEGMENT))}]});
            let id = client.request("workspace/executeCommand", moved);
            client.answer(id);
        }
        for (folder, file) in [
            ("aperture", SEGMENT),
            ("fungal-image-analysis", STACK),
            ("realm", "realm/realm.yaml"),
        ] {
            let printed = by_hand(&world, folder, &["status", "--json"]);
            let printed: Value = serde_json::from_str(&printed).unwrap();
            let answer = status(&mut client, json!({"uri": uri(&world.path(file))}));
            assert_eq!(answer, printed, "{folder}, synced: {has_synced}");
            let drift = &printed["realms"][0]["drift"];
            if folder == "aperture" {
                assert_eq!(drift[0]["added"][0]["value"], "jobs/*/log.txt");
                assert_eq!(drift[0]["waits_in"].is_string(), has_synced, "{drift}");
            }
        }
    }
    let nothing = json!({
        "version": 1,
        "repo": null,
        "realms": [],
        "problems": [],
        "findings": {"errors": 0, "warnings": 0},
    });
    let answer = status(&mut client, json!({"uri": "file:///nowhere/at-all.py"}));
    assert_eq!(answer, nothing);
    // Nobody says which: the first that is open.
    assert_eq!(status(&mut client, json!({}))["repo"], "aperture");
}

#[test]
fn a_client_that_shows_it_is_told_when_to_ask_again() {
    let mut shows = full_capabilities();
    shows["experimental"] = json!({"blue": {"status": true}});
    let mut editor = Editor::with(shared_world(), Units::Utf16, shows);
    let text = editor.world.read(SEGMENT);
    editor.open(SEGMENT);
    editor.client.is_asked("blue/statusChanged", 1);
    let about = json!({"uri": uri(&editor.path(SEGMENT))});
    let drift = |editor: &mut Editor| {
        let status = status(&mut editor.client, about.clone());
        status["realms"][0]["drift"].clone()
    };
    assert_eq!(drift(&mut editor), json!([]));
    let told = editor.client.asked["blue/statusChanged"];
    editor.type_over(SEGMENT, 2, &text, BACK, &format!("{LOG}{BACK}"));
    editor.client.is_asked("blue/statusChanged", told + 1);
    assert_eq!(
        drift(&mut editor)[0]["added"][0]["value"],
        "jobs/*/log.txt",
        "nobody has saved it"
    );
}
