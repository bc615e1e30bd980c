//! Folders that come and go, on disk and in the editor, and what is no part of any realm.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities, uri};
use crate::editor::{Editor, utf16};
use crate::shown::Units;
use crate::story_world::{CONTRACT, SEGMENT, STACK, world};
use crate::world::World;

const CONFIG: &str = "aperture/.blue/config.yaml";

fn open_only(world: World, folders: &[&str]) -> Editor {
    let folders: Vec<PathBuf> = folders.iter().map(|folder| world.path(folder)).collect();
    Editor {
        client: Client::open_folders(&world.home(), &folders, full_capabilities()),
        world,
        units: Units::Utf16,
    }
}

/// A text of the exporter that is not what the contract says.
fn changed_text(world: &World) -> String {
    world.read(SEGMENT).replace("/out.json", "/output.json")
}

fn folders_changed(editor: &mut Editor, added: &[&str], removed: &[&str]) {
    let folders = |names: &[&str]| -> Vec<Value> {
        let named = names.iter();
        named
            .map(|name| json!({"uri": uri(&editor.world.path(name)), "name": name}))
            .collect()
    };
    let event = json!({"added": folders(added), "removed": folders(removed)});
    editor.client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": event}),
    );
}

fn is_shown(last: &Value, what: &str) -> bool {
    let all = last["diagnostics"].as_array().unwrap();
    all.iter().any(|it| it["code"] == what)
}

#[test]
fn quiet_where_there_is_no_blue() {
    let world = world();
    std::fs::remove_dir_all(world.path("aperture/.blue")).unwrap();
    world.write("empty/notes.txt", "nothing\n");
    let mut editor = open_only(world, &["aperture", "empty"]);
    let text = changed_text(&editor.world);
    let path = editor.path(SEGMENT);
    editor.client.open(&path, 1, &text);
    let other = editor.path("empty/a.py");
    editor.client.open(&other, 1, crate::world::PATHS);
    assert_eq!(
        editor.hover(SEGMENT, &text, "manifestKey(jobId)"),
        Value::Null
    );
    assert_eq!(editor.client.last_published(&path), None);
    assert_eq!(editor.client.last_published(&other), None);
    assert!(editor.client.published.is_empty());
}

#[test]
fn a_folder_that_becomes_a_repo_while_it_is_open() {
    let world = world();
    let config = world.read(CONFIG);
    std::fs::remove_dir_all(world.path("aperture/.blue")).unwrap();
    let mut editor = open_only(world, &["aperture"]);
    let path = editor.path(SEGMENT);
    let text = changed_text(&editor.world);
    editor.client.open(&path, 1, &text);
    assert_eq!(editor.client.last_published(&path), None);
    editor.world.write(CONFIG, &config);
    editor.changed_on_disk(&[CONFIG]);
    editor
        .client
        .published_that(&path, |last| is_shown(last, "export-breaking"));
    // And is none any more. It goes all at once: the server may be writing its cache into it.
    let aside = editor.world.path("aside");
    std::fs::rename(editor.world.path("aperture/.blue"), aside).unwrap();
    editor.changed_on_disk(&[CONFIG]);
    editor
        .client
        .published_that(&path, |last| last["diagnostics"] == json!([]));
}

#[test]
fn a_realm_that_is_deleted_and_comes_back() {
    let mut editor = Editor::start(world(), utf16());
    let path = editor.path(SEGMENT);
    let text = changed_text(&editor.world);
    editor.client.open(&path, 1, &text);
    editor
        .client
        .published_that(&path, |last| is_shown(last, "export-breaking"));
    let aside = editor.world.path("aside");
    std::fs::rename(editor.world.path("realm"), &aside).unwrap();
    editor.changed_on_disk(&[CONTRACT, "realm/realm.yaml", "realm/.git/HEAD"]);
    let config = editor.path(CONFIG);
    editor
        .client
        .published_that(&config, |last| is_shown(last, "realm-unreachable"));
    // Typing goes on, and hovers are answered.
    editor.type_over(SEGMENT, 2, &text, "/output.json", "/outputs.json");
    editor.client.published(&path, 2);
    std::fs::rename(&aside, editor.world.path("realm")).unwrap();
    editor.changed_on_disk(&[CONTRACT, "realm/realm.yaml", "realm/.git/HEAD"]);
    editor
        .client
        .published_that(&config, |last| !is_shown(last, "realm-unreachable"));
    editor
        .client
        .published_that(&path, |last| is_shown(last, "export-breaking"));
}

/// git's objects, without which nothing of the record can be read: what was read stays, and what comes next is read when
/// they are there again.
#[test]
fn a_realm_whose_objects_are_missing() {
    let mut editor = Editor::start(world(), utf16());
    let path = editor.path(SEGMENT);
    let text = changed_text(&editor.world);
    editor.client.open(&path, 1, &text);
    editor
        .client
        .published_that(&path, |last| is_shown(last, "export-breaking"));
    let (objects, aside) = (editor.path("realm/.git/objects"), editor.path("aside"));
    std::fs::rename(&objects, &aside).unwrap();
    std::fs::create_dir(&objects).unwrap();
    editor.changed_on_disk(&["realm/.git/HEAD", CONTRACT]);
    let config = editor.path(CONFIG);
    let last = editor.client.published_that(&config, |last| {
        last["diagnostics"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    });
    assert!(is_shown(&last, "realm-unreachable"), "{last}");
    editor.type_over(SEGMENT, 2, &text, "/output.json", "/outputs.json");
    editor.client.published(&path, 2);
    std::fs::remove_dir_all(&objects).unwrap();
    std::fs::rename(&aside, &objects).unwrap();
    editor.changed_on_disk(&["realm/.git/HEAD", CONTRACT]);
    editor
        .client
        .published_that(&path, |last| is_shown(last, "export-breaking"));
    editor
        .client
        .published_that(&config, |last| !is_shown(last, "realm-unreachable"));
}

#[test]
fn folders_that_are_opened_and_closed() {
    let mut editor = open_only(world(), &["aperture"]);
    let source = editor.path(SEGMENT);
    let text = changed_text(&editor.world);
    editor.client.open(&source, 1, &text);
    editor
        .client
        .published_that(&source, |last| is_shown(last, "export-breaking"));
    // The importer comes, with a policy that nobody has open and that lacks something.
    let out = "f\"{OBJECTS}/jobs/*/out.json\", ";
    editor.world.edit(STACK, out, "");
    folders_changed(&mut editor, &["fungal-image-analysis"], &[]);
    let stack = editor.path(STACK);
    editor
        .client
        .published_that(&stack, |last| is_shown(last, "import-uncovered"));
    folders_changed(&mut editor, &[], &["fungal-image-analysis"]);
    editor
        .client
        .published_that(&stack, |last| last["diagnostics"] == json!([]));
    // The exporter's folder goes; its file is open still, and shows what it showed.
    folders_changed(&mut editor, &[], &["aperture"]);
    let last = editor.client.last_published(&source).unwrap();
    assert!(is_shown(&last, "export-breaking"), "{last}");
    editor.client.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": uri(&source)}}),
    );
    editor
        .client
        .published_that(&source, |last| last["diagnostics"] == json!([]));
}
