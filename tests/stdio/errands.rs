//! What the server does to a realm: the same as the command, once it was agreed to.

use serde_json::{Value, json};

use crate::client::{full_capabilities, uri};
use crate::editor::Editor;
use crate::shared::{
    BACK, GRANTS, LOG, agreed, branches, by_hand, change_the_code, follow, run, said_after, saved,
    shared_world, shown_last, start,
};
use crate::shown::{NOTHING, Units};
use crate::story_world::{SEGMENT, STACK};

/// The three commands leave the same commits as the editor's, to the byte, and what is open shows at once what
/// came of it.
#[test]
fn the_editor_leaves_the_same_realm_as_the_command() {
    let hand = shared_world();
    change_the_code(&hand);
    by_hand(&hand, "aperture", &["realm", "sync"]);

    let world = shared_world();
    change_the_code(&world);
    let mut editor = start(world);
    assert_eq!(editor.open(STACK), NOTHING);
    let stack = editor.world.read(STACK);
    editor.client.chooses = Some("Push".to_owned());
    let (exporter, importer) = (editor.path(SEGMENT), editor.path(STACK));
    let said = run(&mut editor, "blue.sync", &exporter);
    assert_eq!(branches(&editor.world), branches(&hand), "{said}");
    assert!(said.starts_with("s3-permissions 1.4.0 → 1.5.0 (compatible) on sync/aperture/20260106T090000Z: pushed to letemcook."), "{said}");
    assert!(
        said.contains("waits for fungal-image-analysis to acknowledge it"),
        "{said}"
    );
    let (question, text) = agreed(&editor);
    let first = text.lines().next().unwrap();
    assert_eq!(first, "Blue: sync aperture in letemcook: this was pushed.");
    assert!(
        question.starts_with(
            "Push to letemcook? s3-permissions 1.4.0 → 1.5.0 (compatible), + write: jobs/*/log.txt, affects"
        ),
        "{question}"
    );
    for line in [
        "+    - jobs/*/log.txt\n",
        "    Blue-Contract: s3-permissions@1.5.0\n",
        "=== sync/aperture/20260106T090000Z (new)\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    // Nobody told the server of a file: it knows what it did.
    let pending = format!("import-pending info «{GRANTS}» …1.4.0…1.5.0 on sync/aperture/…");
    let shown = editor.shows(STACK, &stack, &[pending]);
    let pending = &shown["diagnostics"][0];
    let context = json!({"diagnostics": [pending]});
    let offered = editor.actions_in(STACK, pending["range"].clone(), context);
    let sees = "See the change: what waits on sync/aperture/20260106T090000Z";
    let see = offered.iter().find(|it| it["title"] == sees).unwrap();
    let seen = editor.client.messages_shown.len();
    editor
        .client
        .request("workspace/executeCommand", see["command"].clone());
    assert_eq!(
        said_after(&mut editor.client, seen),
        "letemcook: s3-permissions waits on sync/aperture/20260106T090000Z."
    );
    let (_, text) = agreed(&editor);
    assert!(text.starts_with("s3-permissions in letemcook: "), "{text}");
    assert!(text.contains("\n+    - jobs/*/log.txt\n"), "{text}");

    for world in [&hand, &editor.world] {
        follow(world);
    }
    saved(&mut editor, STACK, 2);
    let stack = editor.world.read(STACK);
    by_hand(&hand, "fungal-image-analysis", &["ack"]);
    let said = run(&mut editor, "blue.acknowledge", &importer);
    assert_eq!(branches(&editor.world), branches(&hand), "{said}");
    let expected =
        "s3-permissions: fungal-image-analysis follows 1.5.0 on sync/aperture/20260106T090000Z.";
    assert!(said.starts_with(expected), "{said}");
    // It is waited for, and nothing asks for it again.
    let granted = GRANTS.replace(']', ", f\"{OBJECTS}/jobs/*/log.txt\"]");
    let followed = format!(
        "import-pending info «{granted}» …on sync/aperture/…; fungal-image-analysis follows it there, and nothing is left to do here"
    );
    let shown = editor.shows(STACK, &stack, &[followed]);
    let pending = shown["diagnostics"][0].clone();
    let context = json!({"diagnostics": [&pending]});
    let offered = editor.actions_in(STACK, pending["range"].clone(), context);
    let is_ack = |it: &&Value| {
        it["title"]
            .as_str()
            .unwrap()
            .starts_with("Acknowledge s3-permissions")
    };
    let asks: Vec<&Value> = offered.iter().filter(is_ack).collect();
    assert!(asks.iter().all(|it| it["disabled"].is_object()), "{asks:?}");

    by_hand(&hand, "aperture", &["realm", "sync"]);
    let said = run(&mut editor, "blue.sync", &exporter);
    assert_eq!(branches(&editor.world), branches(&hand), "{said}");
    assert_eq!(branches(&hand).len(), 1, "it is merged");
    let expected = "s3-permissions 1.4.0 → 1.5.0 is merged into main (everyone who was asked has acknowledged it).";
    assert!(said.ends_with(expected), "{said}");
    editor.shows(STACK, &stack, &NOTHING);

    // Again: there is nothing to agree to.
    editor.client.wanted.clear();
    let said = run(&mut editor, "blue.sync", &exporter);
    let expected = "letemcook: nothing to do, aperture's code says what the realm says.";
    assert_eq!(said, expected);
    let asked = editor.client.wanted.iter();
    assert!(
        !asked
            .clone()
            .any(|(of, _)| of == "window/showMessageRequest")
    );
    // Whoever did it has been told; the repository beside it is told as news.
    let told = editor.client.messages_shown.join("\n");
    assert!(!told.contains("(for aperture)"), "{told}");
}

#[test]
fn what_is_not_agreed_to_is_not_written() {
    let world = shared_world();
    change_the_code(&world);
    let before = branches(&world);
    let mut editor = start(world);
    let exporter = editor.path(SEGMENT);
    let said = run(&mut editor, "blue.sync", &exporter);
    assert_eq!(
        said,
        "Blue: no sync: you did not agree to the push. Nothing was written."
    );
    assert_eq!(branches(&editor.world), before);
    let (_, text) = agreed(&editor);
    let first = text.lines().next().unwrap();
    assert_eq!(
        first,
        "Blue: sync aperture in letemcook: nothing of this was pushed."
    );

    // Stopped while the question stands.
    editor.client.answers_questions = false;
    editor.client.progress.clear();
    editor.client.wanted.clear();
    let params = json!({"command": "blue.sync", "arguments": [{"uri": uri(&exporter)}]});
    editor.client.request("workspace/executeCommand", params);
    editor.client.wants("window/showMessageRequest");
    editor.client.progresses("report");
    let token = editor.client.progress[0]["token"].clone();
    let seen = editor.client.messages_shown.len();
    editor
        .client
        .notify("window/workDoneProgress/cancel", json!({"token": token}));
    let said = editor
        .client
        .until(|client| client.messages_shown.get(seen).cloned());
    assert_eq!(said, "Blue: no sync: it was stopped. Nothing was written.");
    editor.client.progresses("end");
    assert_eq!(branches(&editor.world), before);
    // What was shown lives no longer than the server.
    let shown = shown_last(&editor);
    assert!(shown.is_file());
    editor.client.hang_up();
    editor.client.end();
    assert!(!shown.exists());
}

#[test]
fn what_is_not_saved_is_asked_about() {
    let world = shared_world();
    let mut editor = start(world);
    editor.open(SEGMENT);
    let exporter = editor.path(SEGMENT);
    let text = editor.world.read(SEGMENT);
    editor.type_over(SEGMENT, 2, &text, BACK, &format!("{LOG}{BACK}"));
    let said = run(&mut editor, "blue.sync", &exporter);
    let expected = "Blue: no sync: there are edits that are not saved. Nothing was written.";
    assert_eq!(said, expected);
    // What is on disk has nothing new.
    editor.client.chooses = Some("Go on without it".to_owned());
    let said = run(&mut editor, "blue.sync", &exporter);
    assert!(said.contains("nothing to do"), "{said}");
    let question = editor.client.wants("window/showMessageRequest");
    let expected = "jobs/segment.ts has edits that are not saved, and Blue reads what is on disk.";
    assert_eq!(question["message"], expected);
}

/// A client that saves documents is asked to, where its user wants that; and of several repositories that are open the
/// user says which is meant.
#[test]
fn what_is_not_saved_is_saved_first() {
    let mut capabilities = full_capabilities();
    capabilities["experimental"] = json!({"blue": {"save": true}});
    let mut editor = Editor::with(shared_world(), Units::Utf16, capabilities);
    editor.open(SEGMENT);
    let text = editor.world.read(SEGMENT);
    editor.type_over(SEGMENT, 2, &text, BACK, &format!("{LOG}{BACK}"));
    editor.client.answers_questions = false;
    let params = json!({"command": "blue.sync", "arguments": []});
    editor.client.request("workspace/executeCommand", params);
    let titles = |question: &Value| -> Vec<String> {
        let actions = question["actions"].as_array().unwrap().iter();
        let titles = actions.map(|it| it["title"].as_str().unwrap().to_owned());
        titles.collect()
    };
    let question = editor.client.answers_next("aperture");
    assert_eq!(question["message"], "To sync: which repository is meant?");
    assert_eq!(titles(&question), ["aperture", "fungal-image-analysis"]);
    let question = editor.client.answers_next("Save first");
    assert_eq!(titles(&question), ["Save first", "Go on without it"]);
    // It says that it saved, and did not: what is on disk is what counts.
    let saved = editor.client.wants("blue/save");
    assert_eq!(saved["uris"], json!([uri(&editor.path(SEGMENT))]));
    let said = said_after(&mut editor.client, 0);
    let expected = "letemcook: nothing to do, aperture's code says what the realm says.";
    assert_eq!(said, expected);
}

/// The titles of the actions at what stands once in a file, each with the reason why it cannot be done.
fn actions(editor: &mut Editor, path: &str, over: &str) -> Vec<(String, Value)> {
    let text = editor.world.read(path);
    let at = text.find(over).unwrap();
    let (line, character) = editor.units.position(&text, at);
    let at = json!({"line": line, "character": character});
    let params = json!({
        "textDocument": {"uri": uri(&editor.path(path))},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": []},
    });
    let id = editor.client.request("textDocument/codeAction", params);
    let answer = editor.client.answer(id);
    let found = answer["result"].as_array().unwrap().iter();
    found
        .map(|it| {
            let title = it["title"].as_str().unwrap().to_owned();
            let has_command =
                it["command"].is_object() || it["edit"].is_object() || it["data"].is_object();
            assert_eq!(has_command, it["disabled"].is_null(), "{it}");
            (title, it["disabled"]["reason"].clone())
        })
        .collect()
}

#[test]
fn actions_are_there_where_they_can_be_done() {
    let world = shared_world();
    change_the_code(&world);
    let mut editor = start(world);
    editor.open(SEGMENT);
    let found = actions(&mut editor, SEGMENT, "`${JOBS}/${jobId}/log.txt`");
    let titles = |found: &[(String, Value)]| -> Vec<String> {
        let can = found.iter().filter(|(_, reason)| reason.is_null());
        can.map(|(title, _)| title.clone()).collect()
    };
    for title in [
        "Sync s3-permissions as 1.5.0",
        "Sync s3-permissions with letemcook",
    ] {
        assert!(
            titles(&found).iter().any(|it| it == title),
            "{title}: {found:?}"
        );
    }
    // Of record, and not granted yet: it cannot be followed, and why is said.
    by_hand(
        &editor.world,
        "aperture",
        &["realm", "sync", "--message", "jobs write a log"],
    );
    let realm = editor.path("realm.git");
    let remote = git2::Repository::open_bare(&realm).unwrap();
    let waits = branches(&editor.world).remove(1);
    remote
        .reference("refs/heads/main", waits.1.parse().unwrap(), true, "")
        .unwrap();
    remote
        .find_reference(&format!("refs/heads/{}", waits.0))
        .unwrap()
        .delete()
        .unwrap();
    by_hand(&editor.world, "aperture", &["realm", "sync"]);
    editor.changed_on_disk(&["realm/.git/refs/remotes/origin/main"]);
    let stack = editor.world.read(STACK);
    editor.client.open(&editor.world.path(STACK), 1, &stack);
    editor.shows(STACK, &stack, &["import-stale…", "import-uncovered…"]);
    let found = actions(&mut editor, STACK, GRANTS);
    let why = json!("no grant covers `jobs/*/log.txt`");
    let expected = ("Acknowledge s3-permissions 1.5.0".to_owned(), why);
    assert!(found.contains(&expected), "{found:?}");
    // Granted, it can.
    let all = GRANTS.replace(']', ", f\"{OBJECTS}/jobs/*/log.txt\"]");
    editor.type_over(STACK, 2, &stack, GRANTS, &all);
    editor.world.write(STACK, &stack.replace(GRANTS, &all));
    let found = actions(&mut editor, STACK, "f\"{OBJECTS}/jobs/*/out.json\"");
    assert!(titles(&found).contains(&expected.0), "{found:?}");
}
