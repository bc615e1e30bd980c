//! The graph of realms: asked for as data or drawn, and shown as the client can.

use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities, uri};
use crate::shared::said_after;
use crate::story_world::{IMPORT, SEGMENT, STACK, world};
use crate::world::World;

/// What the command prints.
fn printed(world: &World, folder: &str, format: &str) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_blue"))
        .arg("-C")
        .arg(world.path(folder))
        .args(["realm", "graph", "--format", format])
        .env("BLUE_HOME", world.home())
        .env_remove("BLUE_REALM_PATH")
        .output()
        .unwrap();
    assert!(done.status.success());
    String::from_utf8(done.stdout).unwrap()
}

fn graph(client: &mut Client, params: Value) -> Value {
    let id = client.request("blue/graph", params);
    client.answer(id)
}

/// A client whose user runs `blue.showGraph`, and what it is told at the end.
fn shown_by(world: &World, capabilities: Value) -> (Client, String) {
    let mut client = Client::open_folders(&world.home(), &world.folders(), capabilities);
    let about = json!([{"uri": uri(&world.path(STACK))}]);
    let params = json!({"command": "blue.showGraph", "arguments": about});
    let id = client.request("workspace/executeCommand", params);
    assert_eq!(client.answer(id)["result"], Value::Null);
    let said = said_after(&mut client, 0);
    (client, said)
}

#[test]
fn the_command_and_the_server_draw_the_same() {
    let world = world();
    // The question waits for what is being read.
    let mut client = Client::open_folders(&world.home(), &world.folders(), full_capabilities());
    let source = uri(&world.path(SEGMENT));
    for format in ["text", "mermaid", "dot", "svg"] {
        let answer = graph(&mut client, json!({"uri": source, "format": format}));
        let expected = printed(&world, "aperture", format);
        assert_eq!(answer["result"], expected, "{format}");
    }
    let data: Value = serde_json::from_str(&printed(&world, "realm", "json")).unwrap();
    for params in [
        json!({}),
        json!({"uri": uri(&world.path("realm/realm.yaml"))}),
        json!({"realm": "letemcook", "domains": ["s3-access"]}),
    ] {
        let answer = graph(&mut client, params.clone());
        assert_eq!(answer["result"], data, "{params}");
    }
    for (params, why) in [
        (
            json!({"domains": ["s3-acces"]}),
            "no realm here has a domain `s3-acces`; did you mean `s3-access`?",
        ),
        (
            json!({"realm": "letemcok"}),
            "no realm `letemcok` is open here; there are: letemcook",
        ),
        (
            json!({"uri": "file:///nowhere/at-all.py"}),
            "no realm can be read here; where a `.blue/config.yaml` names one, its finding says why; `blue realm admin join REALM` \
             has a repository take part in one",
        ),
    ] {
        let answer = graph(&mut client, params);
        assert_eq!(answer["error"]["message"], why);
    }
    let answer = graph(&mut client, json!({"format": "watercolours"}));
    assert_eq!(answer["error"]["code"], -32602);
    client.round_trip();
}

#[test]
fn each_client_is_shown_what_it_can_show() {
    let world = world();
    let current = "letemcook: 1 contract between 2 repos; its import is current.";

    let mut drawing = full_capabilities();
    drawing["experimental"] = json!({"blue": {"drawings": "svg"}});
    let (mut client, said) = shown_by(&world, drawing);
    assert_eq!(said, current);
    let drawn = client.wants("blue/showDrawing");
    assert_eq!(drawn["title"], "The graph of letemcook");
    assert_eq!(drawn["format"], "svg");
    assert_eq!(drawn["text"], printed(&world, "aperture", "svg"));
    drop(client);

    world.edit(IMPORT, "resolved_version: 1.4.0", "resolved_version: 1.3.0");
    world.commit("realm");
    let (mut client, said) = shown_by(&world, full_capabilities());
    assert_eq!(
        said,
        "letemcook: 1 contract between 2 repos; its import is stale. Next: its repo acknowledges."
    );
    let file = client.wants("window/showDocument")["uri"].clone();
    let file = file.as_str().unwrap().strip_prefix("file://").unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    assert_eq!(text, printed(&world, "aperture", "text"));
    drop(client);

    // Asked for from a text that Blue has shown: of what is open.
    let (mut client, _) = shown_by(&world, json!({}));
    let about = json!([{"uri": format!("file://{file}")}]);
    let params = json!({"command": "blue.showGraph", "arguments": about});
    client.request("workspace/executeCommand", params);
    let said = said_after(&mut client, 1);
    assert!(said.starts_with("letemcook: 1 contract"), "{said}");
    assert!(said.ends_with("`blue realm graph` prints it."), "{said}");
}
