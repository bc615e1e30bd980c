//! A realm that several people share: the story's world with a remote for its realm, its two people, and what they do by
//! hand and in their editors.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, NOW, full_capabilities, uri};
use crate::editor::Editor;
use crate::shown::Units;
use crate::story_world::{SEGMENT, STACK, world};
use crate::world::World;

pub(crate) const BACK: &str = "  return manifest;\n";
pub(crate) const LOG: &str =
    "  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${JOBS}/${jobId}/log.txt` }));\n";
pub(crate) const GRANTS: &str =
    "[f\"{OBJECTS}/jobs/*/out.json\", f\"{OBJECTS}/jobs/*/report.json\"]";

/// The story's world, its realm with a remote, and somebody whom git knows.
pub(crate) fn shared_world() -> World {
    let world = world();
    let path = world.path("realm.git");
    let from = world.path("realm");
    let mut clone = git2::build::RepoBuilder::new();
    clone
        .bare(true)
        .clone(from.to_str().unwrap(), &path)
        .unwrap();
    let realm = git2::Repository::open(&from).unwrap();
    let mut origin = realm.remote("origin", path.to_str().unwrap()).unwrap();
    origin
        .fetch(&["+refs/heads/*:refs/remotes/origin/*"], None, None)
        .unwrap();
    let mut main = realm.find_branch("main", git2::BranchType::Local).unwrap();
    main.set_upstream(Some("origin/main")).unwrap();
    for (repo, who) in [
        ("aperture", "ada"),
        ("fungal-image-analysis", "bob"),
        ("realm", "ada"),
    ] {
        is_of(&world, repo, who);
    }
    world
}

/// The branches that everybody sees, and where they are.
pub(crate) fn branches(world: &World) -> Vec<(String, String)> {
    let remote = git2::Repository::open_bare(world.path("realm.git")).unwrap();
    let found = remote.references_glob("refs/heads/*").unwrap();
    let mut found: Vec<_> = found
        .map(|it| {
            let it = it.unwrap();
            let at = it.target().unwrap().to_string();
            (it.shorthand().unwrap().to_owned(), at)
        })
        .collect();
    found.sort();
    found
}

/// The command, at the same moment; what it prints.
pub(crate) fn by_hand(world: &World, folder: &str, arguments: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_blue"))
        .arg("-C")
        .arg(world.path(folder))
        .args(arguments)
        .env("BLUE_HOME", world.home())
        .env("XDG_RUNTIME_DIR", world.home())
        .env("GIT_COMMITTER_DATE", NOW)
        .env_remove("BLUE_REALM_PATH")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    String::from_utf8(done.stdout).unwrap()
}

/// The exporter writes one more object, and commits that.
pub(crate) fn change_the_code(world: &World) {
    world.edit(SEGMENT, BACK, &format!("{LOG}{BACK}"));
    world.commit("aperture");
}

/// The importer grants it.
pub(crate) fn follow(world: &World) {
    let all = GRANTS.replace(']', ", f\"{OBJECTS}/jobs/*/log.txt\"]");
    world.edit(STACK, GRANTS, &all);
    world.commit("fungal-image-analysis");
    is_of(world, "fungal-image-analysis", "bob");
}

/// Who works in a repository.
pub(crate) fn is_of(world: &World, repo: &str, who: &str) {
    let repository = git2::Repository::open(world.path(repo)).unwrap();
    let mut config = repository.config().unwrap();
    config.set_str("user.name", who).unwrap();
    let email = format!("{who}@letemcook.example");
    config.set_str("user.email", &email).unwrap();
}

pub(crate) fn start(world: World) -> Editor {
    Editor::with(world, Units::Utf16, full_capabilities())
}

/// An editor with one folder of the world open.
pub(crate) fn start_in(world: World, folder: &str) -> Editor {
    let folders = [world.path(folder)];
    Editor {
        client: Client::open_folders(&world.home(), &folders, full_capabilities()),
        world,
        units: Units::Utf16,
    }
}

/// Has a command done; the messages that it ends with.
pub(crate) fn run(editor: &mut Editor, command: &str, about: &Path) -> String {
    let seen = editor.client.messages_shown.len();
    let arguments = json!([{"uri": uri(about)}]);
    let params = json!({"command": command, "arguments": arguments});
    let id = editor.client.request("workspace/executeCommand", params);
    let answer = editor.client.answer(id);
    assert_eq!(answer["result"], Value::Null, "{answer}");
    said_after(&mut editor.client, seen)
}

/// The first message after as many, but for news.
pub(crate) fn said_after(client: &mut Client, seen: usize) -> String {
    let is_news = |said: &&String| said.starts_with("letemcook (for ");
    client.until(|client| {
        let mut said = client.messages_shown.iter().skip(seen);
        said.find(|said| !is_news(said)).cloned()
    })
}

/// The question that a push was agreed to with, and the text that was shown for it.
pub(crate) fn agreed(editor: &Editor) -> (String, String) {
    let last = |method: &str| {
        let wanted = editor.client.wanted.iter().rev();
        let mut wanted = wanted.filter(|(of, _)| of == method);
        wanted.next().unwrap().1.clone()
    };
    let question = last("window/showMessageRequest")["message"].clone();
    let text = std::fs::read_to_string(shown_last(editor)).unwrap();
    (question.as_str().unwrap().to_owned(), text)
}

/// The file of the text that was shown last.
pub(crate) fn shown_last(editor: &Editor) -> PathBuf {
    let mut wanted = editor.client.wanted.iter().rev();
    let shown = wanted.find(|(of, _)| of == "window/showDocument").unwrap();
    let uri = shown.1["uri"].as_str().unwrap();
    uri.strip_prefix("file://").unwrap().into()
}

/// What stands on disk is in the buffer, too.
pub(crate) fn saved(editor: &mut Editor, path: &str, version: i64) {
    let text = editor.world.read(path);
    let path = editor.path(path);
    editor
        .client
        .change(&path, version, json!([{ "text": text }]));
    let document = json!({"textDocument": {"uri": uri(&path)}});
    editor.client.notify("textDocument/didSave", document);
}

/// Another clone of the realm pushes a version of the contract that writes one object more; the commit.
pub(crate) fn pushed_elsewhere(world: &World) -> String {
    let place = world.path("elsewhere");
    let remote = world.path("realm.git");
    let clone = git2::Repository::clone(remote.to_str().unwrap(), &place).unwrap();
    let contract = "elsewhere/domains/s3-access/contracts/s3-permissions.yaml";
    world.edit(contract, "version: 1.4.0\nowner", "version: 1.5.0\nowner");
    world.edit(
        contract,
        "    - jobs/*/report.json\n",
        "    - jobs/*/report.json\n    - jobs/*/log.txt\n",
    );
    world.edit(
        contract,
        "evolution:\n",
        "evolution:\n  - version: 1.5.0\n    changes: jobs write a log\n    compatible: true\n",
    );
    world.commit("elsewhere");
    let mut origin = clone.find_remote("origin").unwrap();
    origin
        .push(&["refs/heads/main:refs/heads/main"], None)
        .unwrap();
    let head = clone.head().unwrap().target().unwrap();
    head.to_string()
}
