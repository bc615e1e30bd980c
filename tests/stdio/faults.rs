//! What clients do wrong, and what the server has to live through.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities};
use crate::world::{PATHS, World};

fn edit(line: u32, from: u32, to: u32, text: &str) -> Value {
    json!([{
        "range": {"start": {"line": line, "character": from}, "end": {"line": line, "character": to}},
        "text": text,
    }])
}

fn session(world: &World) -> Client {
    Client::open_folders(&world.home(), &world.folders(), full_capabilities())
}

#[test]
fn bad_frames() {
    let world = World::new();
    let mut client = session(&world);
    for bad in [
        "Content-Length: 4\r\n\r\n{a}}",
        "Content-Length: 2\r\nContent-Type: application/x; charset=klingon\r\n\r\n{}",
        "Content-Length: x\r\n\r\n",
        "no header at all\r\n\r\n",
        "Content-Length: 27\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":7}",
        "Content-Length: 300\r\n\r\n{\"jsonrpc\":\"2.0\"}",
    ] {
        client.raw(bad.as_bytes());
        let id = client.hover(Path::new("/nowhere/at-all.py"), 0, 0);
        // Longer together than what the last of them claims to be.
        for _ in 0..3 {
            client.notify("$/setTrace", json!({"value": "o".repeat(200)}));
        }
        assert_eq!(client.answer(id)["result"], Value::Null, "{bad}");
    }
}

#[test]
fn unknown_methods_and_wrong_parameters() {
    let world = World::new();
    let mut client = session(&world);
    client.notify("blue/unheardOf", json!({}));
    client.notify("textDocument/didChange", json!({"nothing": "fits"}));
    client.notify("textDocument/didOpen", json!([1, 2]));
    for (method, params, code) in [
        ("blue/unheardOf", json!({}), -32601),
        (
            "textDocument/hover",
            json!({"textDocument": {"uri": "no uri"}}),
            -32602,
        ),
        ("textDocument/hover", Value::Null, -32602),
    ] {
        let id = client.request(method, params);
        assert_eq!(client.answer(id)["error"]["code"], code, "{method}");
    }
    client.round_trip();
}

#[test]
fn a_client_that_never_answers() {
    let world = World::new();
    let mut client = session(&world);
    client.answers = false;
    for _ in 0..300 {
        client.notify(
            "workspace/didChangeConfiguration",
            json!({"settings": null}),
        );
    }
    client.is_asked("workspace/configuration", 300);
    client.open(&world.source(), 1, PATHS);
    client.published(&world.source(), 1);
    client.round_trip();
}

#[test]
fn a_client_that_answers_with_errors_and_twice() {
    let world = World::new();
    let mut client = session(&world);
    for id in 0..40 {
        client.send(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": -1, "message": "no"}}));
        client.send(&json!({"jsonrpc": "2.0", "id": id, "result": {"what": "ever"}}));
        client.send(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": -1, "stack": 1}}));
        client.send(&json!({"jsonrpc": "2.0", "id": id}));
    }
    client.send(&json!({"jsonrpc": "2.0", "id": null, "result": null}));
    client.send(&json!({"jsonrpc": "2.0", "id": "a", "result": null}));
    client.round_trip();
}

#[test]
fn cancelled_hovers() {
    let world = World::new();
    let mut client = session(&world);
    let source = world.source();
    client.open(&source, 1, PATHS);
    let ids: Vec<_> = (0..200).map(|_| client.hover(&source, 7, 65)).collect();
    for id in &ids {
        client.notify("$/cancelRequest", json!({"id": id}));
    }
    client.notify("$/cancelRequest", json!({"id": "never asked"}));
    for id in ids {
        // Exactly one answer each: cancelled, or found before.
        let answer = client.answer(id);
        let is_cancelled = answer["error"]["code"] == -32800;
        assert!(is_cancelled || answer.get("result").is_some(), "{answer}");
    }
    client.round_trip();
}

#[test]
fn edits_out_of_range_are_ignored() {
    let world = World::new();
    let mut client = session(&world);
    let source = world.source();
    client.open(&source, 1, PATHS);
    let before = client.published(&source, 1);
    client.change(&source, 2, edit(4000, 0, 0, "x"));
    client.change(&source, 3, edit(3, 9, 2, "x"));
    client.published(&source, 3);
    client.change(&source, 4, edit(3, 0, 0, "# kept\n"));
    let after = client.published(&source, 4);
    let lines = |found: &Value| -> Vec<_> {
        let found = found.as_array().unwrap().iter();
        found
            .filter_map(|it| it["range"]["start"]["line"].as_u64())
            .collect()
    };
    let moved: Vec<_> = lines(&before).iter().map(|line| line + 1).collect();
    assert_eq!(lines(&after), moved);
}

#[test]
fn documents_that_are_not_open_or_no_files() {
    let world = World::new();
    let mut client = session(&world);
    let source = world.source();
    client.change(&source, 2, edit(0, 0, 1, "x"));
    client.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": crate::client::uri(&source)}}),
    );
    client.notify(
        "textDocument/didSave",
        json!({"textDocument": {"uri": crate::client::uri(&source)}}),
    );
    for uri in [
        "untitled:Untitled-1",
        "git:/a/b.py?ref",
        "vscode-remote://ssh/a.py",
        "file://elsewhere/a.py",
    ] {
        let document = json!({"uri": uri, "languageId": "python", "version": 1, "text": PATHS});
        client.notify("textDocument/didOpen", json!({"textDocument": document}));
        let hover = json!({"textDocument": {"uri": uri}, "position": {"line": 7, "character": 65}});
        let id = client.request("textDocument/hover", hover);
        assert_eq!(client.answer(id)["result"], Value::Null, "{uri}");
    }
    client.open(Path::new("/nowhere/at-all.py"), 1, PATHS);
    client.round_trip();
    client.open(&source, 1, PATHS);
    client.published(&source, 1);
    let sources = client.published.keys().filter(|uri| uri.ends_with(".py"));
    let sources: Vec<_> = sources.collect();
    assert_eq!(sources.len(), 1, "only what is part of a repo: {sources:?}");
}

#[test]
fn a_client_that_can_nothing_is_asked_nothing() {
    let world = World::new();
    let mut client = Client::open_folders(&world.home(), &world.folders(), json!({}));
    client.open(&world.source(), 1, PATHS);
    client.published(&world.source(), 1);
    client.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"blue": {"nonsense": 1}}}),
    );
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [
            {"uri": crate::client::uri(&world.path("realm/realm.yaml")), "type": 2},
            {"uri": "untitled:x", "type": 1},
        ]}),
    );
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"added": [], "removed": [
            {"uri": crate::client::uri(&world.path("realm")), "name": "realm"},
        ]}}),
    );
    client.round_trip();
    assert!(client.asked.is_empty(), "{:?}", client.asked);
}

#[test]
fn great_documents() {
    let world = World::new();
    let mut client = session(&world);
    let source = world.source();
    // A line of 10 MB, and 100,000 lines.
    for (version, text) in [(1, "x".repeat(10 << 20)), (2, "x = 1\n".repeat(100_000))] {
        client.open(&source, version, &text);
        client.change(&source, version + 10, edit(0, 0, 0, "# "));
        client.round_trip();
    }
    client.change(&source, 20, json!([{"text": PATHS}]));
    client.published(&source, 20);
}
