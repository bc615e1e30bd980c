//! While folders are being read: typing, progress. A pipe where a file is expected holds a load up for
//! as long as the test likes.

#![cfg(unix)]

use std::fs::OpenOptions;
use std::process::Command;

use serde_json::json;

use crate::client::{Client, full_capabilities};
use crate::editor::Editor;
use crate::shown::{NOTHING, Units, assert_fits};
use crate::story_world::{SEGMENT, world};
use crate::world::World;

const PIPE: &str = "slow/.blue/config.local.yaml";

/// The story's world with a repository beside that cannot be read to its end.
fn slow_world() -> World {
    let world = world();
    world.write(
        "slow/.blue/config.yaml",
        "realm:\n  name: letemcook\n  path: ../realm\nrepo: slow\n",
    );
    let made = Command::new("mkfifo").arg(world.path(PIPE)).status();
    assert!(made.unwrap().success());
    world
}

/// Lets the load go on: the pipe is read as an empty file.
fn let_go(world: &World) {
    drop(
        OpenOptions::new()
            .write(true)
            .open(world.path(PIPE))
            .unwrap(),
    );
}

fn start(world: World) -> Editor {
    let folders = [world.path("slow"), world.path("aperture")];
    let client = Client::open_folders(&world.home(), &folders, full_capabilities());
    Editor {
        world,
        client,
        units: Units::Utf16,
    }
}

#[test]
fn typing_does_not_wait_for_what_is_being_read() {
    let mut editor = start(slow_world());
    assert_eq!(editor.open(SEGMENT), NOTHING);
    let mut text = editor.world.read(SEGMENT);
    for version in 2..20 {
        let (old, new) = match version % 2 {
            0 => ("/out.json", "/output.json"),
            _ => ("/output.json", "/out.json"),
        };
        text = editor.type_over(SEGMENT, version, &text, old, new);
        let lines = editor.shown(SEGMENT, version, &text);
        match version % 2 {
            0 => assert_fits(
                &lines,
                &["export-breaking error «`${JOBS}/${jobId}/output.json`»…"],
            ),
            _ => assert_fits(&lines, &NOTHING),
        }
    }
    editor.hover(SEGMENT, &text, "manifestKey(jobId)");
    let_go(&editor.world);
    editor.client.progresses("end");
}

#[test]
fn progress_begins_and_ends_once() {
    let mut editor = start(slow_world());
    editor.client.is_asked("window/workDoneProgress/create", 1);
    editor.client.progresses("begin");
    editor.client.round_trip();
    let begun = editor.client.progress.iter();
    assert!(!begun.clone().any(|it| it["value"]["kind"] == "end"));
    let_go(&editor.world);
    editor.client.progresses("end");
    editor.client.round_trip();
    let said = &editor.client.progress;
    assert!(said.iter().all(|it| it["token"] == said[0]["token"]));
    let kinds: Vec<_> = said.iter().map(|it| it["value"]["kind"].clone()).collect();
    assert_eq!(kinds.first(), Some(&json!("begin")));
    assert_eq!(kinds.last(), Some(&json!("end")));
    let middle = &kinds[1..kinds.len() - 1];
    assert!(middle.iter().all(|kind| kind == "report"), "{kinds:?}");
}

#[test]
fn reading_is_stopped_when_nobody_wants_to_wait() {
    let mut editor = start(slow_world());
    assert_eq!(editor.open(SEGMENT), NOTHING);
    editor.client.progresses("begin");
    let token = editor.client.progress[0]["token"].clone();
    let cancel = |editor: &mut Editor, token: serde_json::Value| {
        let params = json!({"token": token});
        editor
            .client
            .notify("window/workDoneProgress/cancel", params);
    };
    cancel(&mut editor, json!("another"));
    cancel(&mut editor, json!(7));
    editor.client.round_trip();
    let ended = |client: &Client| {
        client
            .progress
            .iter()
            .any(|it| it["value"]["kind"] == "end")
    };
    assert!(!ended(&editor.client));
    cancel(&mut editor, token);
    // At once, though the pipe is still shut.
    editor.client.progresses("end");
    editor.client.until(|client| {
        let mut said = client.messages_shown.iter();
        said.find(|it| it.contains("stopped reading slow"))
            .map(|_| ())
    });
    let_go(&editor.world);
    // What was read goes on, and what was not is read when one of its files is opened.
    let text = editor.world.read(SEGMENT);
    let text = editor.type_over(SEGMENT, 2, &text, "/out.json", "/output.json");
    assert_eq!(editor.shown(SEGMENT, 2, &text).len(), 1);
    std::fs::remove_file(editor.world.path(PIPE)).unwrap();
    editor.world.write(PIPE, "");
    let config = "slow/.blue/config.yaml";
    let text = editor.world.read(config);
    let path = editor.path(config);
    editor.client.open(&path, 1, &text);
    editor.client.published_that(&path, |last| {
        last.to_string().contains("has no repo `slow`")
    });
}
