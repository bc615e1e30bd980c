//! Each command that a person runs: its progress on the client's own token, what it says at the end, and that it
//! can be stopped.

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use git2::Repository;
use serde_json::{Value, json};

use crate::client::{Client, full_capabilities, uri};
use crate::editor::Editor;
use crate::shared::{by_hand, change_the_code, pushed_elsewhere, said_after, shared_world, start};
use crate::shown::NOTHING;
use crate::story_world::{SEGMENT, STACK, world};
use crate::world::World;

/// Asks for a command with a progress of the client's own.
fn ask(client: &mut Client, command: &str, about: &Path) -> i64 {
    client.progress.clear();
    client.messages_shown.clear();
    let params = json!({
        "command": command, "arguments": [{"uri": uri(about)}], "workDoneToken": command,
    });
    client.request("workspace/executeCommand", params)
}

/// Has a command done; what it says at the end. Its progress began and ended once, on its token, and what it was doing
/// was told in between.
fn done(client: &mut Client, command: &str, about: &Path) -> String {
    let id = ask(client, command, about);
    let said = said_after(client, 0);
    assert_eq!(client.answer(id)["result"], Value::Null);
    client.progresses("end");
    let of_it = client.progress.iter().filter(|it| it["token"] == command);
    let kinds: Vec<_> = of_it
        .clone()
        .map(|it| it["value"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.first(), Some(&"begin"), "{command}: {kinds:?}");
    assert_eq!(kinds.last(), Some(&"end"), "{command}: {kinds:?}");
    let between = &kinds[1..kinds.len() - 1];
    assert!(
        !between.is_empty(),
        "{command} says nothing of what it does"
    );
    assert!(between.iter().all(|kind| *kind == "report"), "{kinds:?}");
    let begun = of_it.clone().next().unwrap();
    assert_eq!(begun["value"]["cancellable"], true, "{command}");
    said
}

#[test]
fn check_says_how_the_repository_stands() {
    let world = shared_world();
    let mut client = Client::open_folders(&world.home(), &world.folders(), full_capabilities());
    let source = world.path(SEGMENT);
    assert_eq!(
        done(&mut client, "blue.check", &source),
        "aperture: 1 contract is as it should be, and nothing is left to do."
    );
    change_the_code(&world);
    let said = done(&mut client, "blue.check", &source);
    let expected = "aperture: 1 note. First: ";
    assert!(said.starts_with(expected), "{said}");
    assert!(said.contains("jobs/*/log.txt"), "{said}");
    assert!(said.contains("(export-added, jobs/segment.ts)"), "{said}");
    assert!(said.ends_with(" Next: sync."), "{said}");
}

#[test]
fn refresh_brings_what_others_pushed() {
    let world = shared_world();
    let mut editor = start(world);
    assert_eq!(editor.open(STACK), NOTHING);
    let stack = editor.world.read(STACK);
    // Pushed by another clone: this one has not heard of it.
    let theirs = pushed_elsewhere(&editor.world);
    let path = editor.path(STACK);
    let said = done(&mut editor.client, "blue.refresh", &path);
    let expected = "letemcook is up to date; no sync waits there.";
    assert_eq!(said, expected);
    let realm = Repository::open(editor.path("realm")).unwrap();
    let seen = realm.find_reference("refs/remotes/origin/main").unwrap();
    assert_eq!(seen.target().unwrap().to_string(), theirs);
    editor.shows(STACK, &stack, &["import-stale…", "import-uncovered…"]);
}

/// What a worktree of a change left in a repository: its branches, its worktrees, what lies in them, what is ignored.
fn left(world: &World, repo: &str) -> BTreeMap<String, String> {
    let root = world.path(repo);
    let repository = Repository::open(&root).unwrap();
    let mut left = BTreeMap::new();
    for branch in repository.branches(None).unwrap() {
        let (branch, _) = branch.unwrap();
        let at = branch.get().peel_to_commit().unwrap().id().to_string();
        left.insert(format!("branch {}", branch.name().unwrap().unwrap()), at);
    }
    let exclude = std::fs::read_to_string(repository.path().join("info/exclude"));
    left.insert("ignored".to_owned(), exclude.unwrap_or_default());
    let names = repository.worktrees().unwrap();
    for name in names.iter().map(|name| name.unwrap().unwrap()) {
        let worktree = repository.find_worktree(name).unwrap();
        let inside = worktree.path().strip_prefix(&root).unwrap().to_owned();
        let linked = Repository::open(worktree.path()).unwrap();
        let head = linked.head().unwrap();
        let on = format!("{} {}", head.name().unwrap(), head.target().unwrap());
        left.insert(
            format!("worktree {name}"),
            format!("{} {on}", inside.display()),
        );
        let status = linked.statuses(None).unwrap();
        assert!(status.is_empty(), "{name} is not as it was committed");
    }
    left
}

/// The code action of the exporter's finding, and the command that it stands for.
#[test]
fn worktrees_are_those_that_the_command_makes() {
    let (hand, world) = (shared_world(), shared_world());
    for world in [&hand, &world] {
        change_the_code(world);
    }
    let name = "s3-permissions-after-1.4.0";
    by_hand(&hand, "aperture", &["realm", "worktree", "--rfc", name]);
    let mut editor = start(world);
    editor.open(SEGMENT);
    let action = worktree_action(&mut editor);
    let before = left(&editor.world, "aperture");

    // Nothing is made before it was agreed to.
    let id = editor
        .client
        .request("workspace/executeCommand", action.clone());
    assert_eq!(editor.client.answer(id)["result"], Value::Null);
    let said = said_after(&mut editor.client, 0);
    assert_eq!(
        said,
        "Blue: no worktrees: you did not want the worktrees. Nothing was written."
    );
    assert_eq!(left(&editor.world, "aperture"), before);

    editor.client.chooses = Some("Make them".to_owned());
    editor.client.messages_shown.clear();
    let id = editor.client.request("workspace/executeCommand", action);
    assert_eq!(editor.client.answer(id)["result"], Value::Null);
    let said = said_after(&mut editor.client, 0);
    for repo in ["aperture", "fungal-image-analysis", "realm"] {
        assert_eq!(
            left(&editor.world, repo),
            left(&hand, repo),
            "{repo}: {said}"
        );
    }
    assert_ne!(left(&editor.world, "aperture"), before);
    let question = editor.client.wants("window/showMessageRequest");
    let question = question["message"].as_str().unwrap();
    let expected = "Make worktrees for a change across s3-access? aperture";
    assert!(question.starts_with(expected), "{question}");
    let expected = format!("`blue realm worktree remove --rfc {name}` takes them away.");
    assert!(said.ends_with(&expected), "{said}");
    // Again: they are there, and nothing is asked.
    editor.client.wanted.clear();
    let exporter = editor.path(SEGMENT);
    let params = json!({"uri": uri(&exporter), "rfc": name});
    let params = json!({"command": "blue.worktree", "arguments": [params]});
    editor.client.messages_shown.clear();
    editor.client.request("workspace/executeCommand", params);
    let said = said_after(&mut editor.client, 0);
    assert!(said.contains("is there already, on feat/"), "{said}");
    let wanted = &mut editor.client.wanted.iter();
    assert!(!wanted.any(|(method, _)| method == "window/showMessageRequest"));
}

/// The command of the action that makes worktrees, where the exporter's code drifts.
fn worktree_action(editor: &mut Editor) -> Value {
    let text = editor.world.read(SEGMENT);
    let at = text.find("log.txt").unwrap();
    let (line, character) = editor.units.position(&text, at);
    let at = json!({"line": line, "character": character});
    let params = json!({
        "textDocument": {"uri": uri(&editor.path(SEGMENT))},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": []},
    });
    let id = editor.client.request("textDocument/codeAction", params);
    let answer = editor.client.answer(id);
    let actions = answer["result"].as_array().unwrap();
    let mut commands = actions.iter().map(|it| &it["command"]);
    let command = commands.find(|it| it["command"] == "blue.worktree");
    command.unwrap_or_else(|| panic!("{answer:#}")).clone()
}

/// Has a progress cancelled, which its user saw; what is said then.
fn cancelled(client: &mut Client, command: &str) -> String {
    client.notify("window/workDoneProgress/cancel", json!({"token": command}));
    said_after(client, 0)
}

#[test]
fn worktrees_are_not_made_by_a_command_that_was_stopped() {
    let mut editor = start(shared_world());
    editor.client.answers_questions = false;
    let exporter = editor.path(SEGMENT);
    let before = left(&editor.world, "aperture");
    let id = ask(&mut editor.client, "blue.worktree", &exporter);
    editor.client.wants("window/showMessageRequest");
    assert_eq!(
        cancelled(&mut editor.client, "blue.worktree"),
        "Blue: no worktrees: it was stopped. Nothing was written."
    );
    assert_eq!(editor.client.answer(id)["result"], Value::Null);
    assert_eq!(left(&editor.world, "aperture"), before);
}

/// A realm whose remote answers nothing: until somebody does not want to wait any more.
#[test]
fn a_fetch_that_hangs_is_stopped() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/realm.git", silent.local_addr().unwrap());
    let world = world();
    world.edit(
        "aperture/.blue/config.yaml",
        "path: ../realm",
        &format!("url: {address}"),
    );
    let folders = [world.path("aperture")];
    let mut client = Client::open_folders(&world.home(), &folders, full_capabilities());
    let id = ask(&mut client, "blue.refresh", &world.path(SEGMENT));
    let held: (TcpStream, _) = silent.accept().unwrap();
    assert_eq!(
        cancelled(&mut client, "blue.refresh"),
        "Blue: no realm is fetched: it was stopped."
    );
    assert_eq!(client.answer(id)["result"], Value::Null);
    // The next one is not turned away.
    let id = ask(&mut client, "blue.refresh", &world.path(SEGMENT));
    let again: (TcpStream, _) = silent.accept().unwrap();
    // As a request that is taken back, too.
    client.notify("$/cancelRequest", json!({"id": id}));
    let said = said_after(&mut client, 0);
    assert_eq!(said, "Blue: no realm is fetched: it was stopped.");
    drop((held, again));
}

/// A pipe where a file is expected holds up whoever reads it for as long as the test likes.
#[cfg(unix)]
#[test]
fn a_check_and_a_graph_that_wait_are_stopped() {
    use std::fs::OpenOptions;
    use std::process::Command;
    let world = world();
    let pipe = world.path("aperture/.blue/config.local.yaml");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let folders = [world.path("aperture")];
    let mut client = Client::open_folders(&world.home(), &folders, full_capabilities());
    let source = world.path(SEGMENT);
    // Opened once somebody reads it; until it is dropped they wait.
    let held = OpenOptions::new().write(true).open(&pipe).unwrap();
    let id = ask(&mut client, "blue.showGraph", &source);
    client.progresses("report");
    assert_eq!(
        cancelled(&mut client, "blue.showGraph"),
        "Blue: no graph: it was stopped."
    );
    assert_eq!(client.answer(id)["result"], Value::Null);

    let id = ask(&mut client, "blue.check", &source);
    client.progresses("begin");
    client.notify(
        "window/workDoneProgress/cancel",
        json!({"token": "blue.check"}),
    );
    client.round_trip();
    // Out of the way, then let go: who reads it now reads an empty file, and who comes later none.
    let aside = world.path("aside");
    std::fs::rename(&pipe, &aside).unwrap();
    drop(held);
    let said = said_after(&mut client, 0);
    assert_eq!(said, "Blue: no check: it was stopped.");
    assert_eq!(client.answer(id)["result"], Value::Null);
}
