//! How the server starts and ends (LSP 3.17, "Lifecycle Messages").

use std::time::{Duration, Instant};

use rusqlite::OpenFlags;
use serde_json::{Value, json};

use crate::client::{Client, DEADLINE, full_capabilities};
use crate::world::World;

#[test]
fn initialize_answers_what_the_server_can() {
    let world = World::new();
    for (encodings, expected) in [
        (json!(["utf-16"]), "utf-16"),
        (json!(["utf-8", "utf-16", "utf-32"]), "utf-8"),
        (json!(["utf-32", "utf-16"]), "utf-32"),
        (json!([]), "utf-16"),
    ] {
        let mut client = Client::start(&world.home());
        let capabilities = json!({"general": {"positionEncodings": encodings}});
        let params = json!({"processId": null, "rootUri": null, "capabilities": capabilities});
        let id = client.request("initialize", params);
        let answer = client.answer(id);
        let can = &answer["result"]["capabilities"];
        assert_eq!(can["positionEncoding"], expected);
        assert_eq!(can["textDocumentSync"]["change"], 2);
        assert_eq!(can["textDocumentSync"]["openClose"], true);
        assert_eq!(can["hoverProvider"], true);
        assert_eq!(can["workspace"]["workspaceFolders"]["supported"], true);
        assert_eq!(answer["result"]["serverInfo"]["name"], "blue");
    }
}

#[test]
fn shutdown_and_exit_with_stdin_left_open() {
    let world = World::new();
    let mut client = Client::open_folders(&world.home(), &world.folders(), full_capabilities());
    let id = client.request("shutdown", Value::Null);
    assert_eq!(client.answer(id)["result"], Value::Null);
    client.notify("exit", Value::Null);
    let (status, took, _) = client.end();
    assert_eq!(status.code(), Some(0));
    assert!(
        took < Duration::from_secs(20),
        "it waited for something: {took:?}"
    );
}

#[test]
fn exit_codes() {
    let shutdown = json!({"jsonrpc": "2.0", "id": 77, "method": "shutdown"});
    let exit = json!({"jsonrpc": "2.0", "method": "exit"});
    // what is sent after initialize, whether stdin is closed then, the code
    for (messages, hangs_up, code) in [
        (vec![&exit], false, 1),
        (vec![&shutdown, &exit], false, 0),
        (vec![&shutdown, &exit, &exit], true, 0),
        (vec![&shutdown], true, 0),
        (vec![], true, 1),
    ] {
        let world = World::new();
        let mut client = Client::open_folders(&world.home(), &world.folders(), json!({}));
        for message in &messages {
            client.send(message);
        }
        if hangs_up {
            client.hang_up();
        }
        let (status, _, answered) = client.end();
        assert_eq!(
            status.code(),
            Some(code),
            "{messages:?}, closed: {hangs_up}"
        );
        let is_answered = answered.contains_key(&77);
        assert_eq!(is_answered, messages.contains(&&shutdown), "{messages:?}");
    }
}

/// However its client goes, the session of a server that is gone is taken off: by itself, or by whoever looks next.
#[test]
fn a_session_ends_with_its_server() {
    let world = World::new();
    let open = |folder: &str| {
        let folders = [world.path(folder)];
        Client::open_folders(&world.home(), &folders, full_capabilities())
    };
    let mut other = open("fungal-image-analysis");
    let database = world.home().join("blue/sessions.db");
    let sessions = |process: u32| -> i64 {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE; // Not: make it.
        let Ok(database) = rusqlite::Connection::open_with_flags(&database, flags) else {
            return 0;
        };
        let count = "SELECT count(*) FROM sessions WHERE pid = ?1";
        database
            .query_row(count, [process], |row| row.get(0))
            .unwrap_or(0)
    };
    let mut until = |holds: &dyn Fn() -> bool| {
        let until = Instant::now() + DEADLINE;
        while !holds() {
            assert!(Instant::now() < until, "it is not so in time");
            other.round_trip();
        }
    };
    for how in ["exit", "stdin", "kill"] {
        let mut client = open("aperture");
        let process = client.process.id();
        until(&|| sessions(process) > 0); // Once it was quiet for a second.
        match how {
            "exit" => {
                let id = client.request("shutdown", Value::Null);
                client.answer(id);
                client.notify("exit", Value::Null);
            }
            "stdin" => client.hang_up(),
            _ => client.process.kill().unwrap(),
        }
        client.end();
        until(&|| sessions(process) == 0);
    }
}

#[test]
fn a_client_that_goes_before_initialize() {
    let world = World::new();
    let mut client = Client::start(&world.home());
    client.hang_up();
    assert_eq!(client.end().0.code(), Some(1));
}

#[test]
fn requests_before_initialize_and_after_shutdown() {
    let world = World::new();
    let mut client = Client::start(&world.home());
    let source = world.source();
    let early = client.hover(&source, 0, 0);
    assert_eq!(client.answer(early)["error"]["code"], -32002);
    client.open(&source, 1, "ignored");
    let id = client.request("initialize", json!({"capabilities": {}}));
    assert!(client.answer(id)["result"].is_object());
    let again = client.request("initialize", json!({"capabilities": {}}));
    assert_eq!(client.answer(again)["error"]["code"], -32600);
    client.notify("initialized", json!({}));
    client.round_trip();
    let id = client.request("shutdown", Value::Null);
    assert_eq!(client.answer(id)["result"], Value::Null);
    let late = client.hover(&source, 0, 0);
    assert_eq!(client.answer(late)["error"]["code"], -32600);
}

#[test]
#[cfg(unix)]
fn a_client_whose_process_is_gone_while_the_pipe_is_open() {
    use std::process::{Command, Stdio};
    let world = World::new();
    let mut parent = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let mut client = Client::start(&world.home());
    let id = client.request(
        "initialize",
        json!({"processId": parent.id(), "capabilities": {}}),
    );
    client.answer(id);
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert_eq!(client.end().0.code(), Some(1));
    // One that was never there (in another container, say) is no reason to end.
    let mut client = Client::start(&world.home());
    let id = client.request(
        "initialize",
        json!({"processId": parent.id(), "capabilities": {}}),
    );
    client.answer(id);
    client.round_trip();
}
