//! What moves under the server while it runs: a config that is typed in, a realm's checkout that is on
//! another branch, half written, a linked worktree, or beside the folders that are open.

use git2::Repository;
use git2::build::CheckoutBuilder;
use serde_json::{Value, json};

use crate::client::{Client, full_capabilities, uri};
use crate::editor::{Editor, utf16};
use crate::shown::{NOTHING, Units};
use crate::story_world::{CONTRACT, IMPORT, SEGMENT, STACK, world};
use crate::world::{World, replaced};

const CONFIG: &str = "aperture/.blue/config.yaml";

fn shows(last: &Value, code: &str) -> bool {
    let all = last["diagnostics"].as_array().unwrap();
    all.iter().any(|it| it["code"] == code)
}

fn open_only(world: World, folders: &[&str], capabilities: Value) -> Editor {
    let folders: Vec<_> = folders.iter().map(|folder| world.path(folder)).collect();
    Editor {
        client: Client::open_folders(&world.home(), &folders, capabilities),
        world,
        units: Units::Utf16,
    }
}

#[test]
fn a_config_counts_as_it_is_typed() {
    let mut editor = Editor::start(world(), utf16());
    let source = editor.path(SEGMENT);
    let text = editor.world.read(SEGMENT);
    let more = "  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: \"new.json\" }));\n";
    let added = replaced(
        &text,
        "  return manifest;\n",
        &format!("{more}  return manifest;\n"),
    );
    editor.client.open(&source, 1, &added);
    editor
        .client
        .published_that(&source, |last| shows(last, "export-added"));
    assert_eq!(editor.open(CONFIG), NOTHING);
    let config = editor.world.read(CONFIG);
    // What is typed; what the config shows.
    for (version, (typed, expected)) in [
        (
            "repos: aperture",
            vec![
                "config-invalid error…",
                "unknown-key warning «repos»…`repo`…",
            ],
        ),
        (
            "repo: apertura",
            vec!["unknown-reference error «apertura»…`aperture`…"],
        ),
        ("repo: aperture\nfindings: { export-added: off }", vec![]),
    ]
    .into_iter()
    .enumerate()
    {
        let text = config.replace("repo: aperture", typed);
        let path = editor.path(CONFIG);
        let version = version as i64 + 2;
        editor
            .client
            .change(&path, version, json!([{"text": text}]));
        let lines = editor.shown(CONFIG, version, &text);
        let found = expected.iter().all(|expected| {
            lines
                .iter()
                .any(|line| crate::shown::fits(std::slice::from_ref(line), &[expected]))
        });
        assert!(
            found && (lines.is_empty() == expected.is_empty()),
            "{typed}: {lines:#?}"
        );
    }
    // The severities are those of the buffer, too; closed without saving they are the disk's.
    editor
        .client
        .published_that(&source, |last| !shows(last, "export-added"));
    editor.client.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": uri(&editor.path(CONFIG))}}),
    );
    editor
        .client
        .published_that(&source, |last| shows(last, "export-added"));
}

/// Puts the realm on a branch, made if there is none.
fn check_out(world: &World, branch: &str) {
    let repository = Repository::open(world.path("realm")).unwrap();
    let head = repository.head().unwrap().peel_to_commit().unwrap();
    let _ = repository.branch(branch, &head, false);
    repository
        .set_head(&format!("refs/heads/{branch}"))
        .unwrap();
    let mut options = CheckoutBuilder::new();
    repository.checkout_head(Some(options.force())).unwrap();
}

/// A new version of the contract, committed where the realm's HEAD is.
fn release(world: &World) {
    world.edit(CONTRACT, "version: 1.4.0\nowner", "version: 1.5.0\nowner");
    world.commit("realm");
}

#[test]
fn a_realm_on_another_branch() {
    let mut editor = Editor::start(world(), utf16());
    assert_eq!(editor.open(STACK), NOTHING);
    let path = editor.path(STACK);
    check_out(&editor.world, "next");
    release(&editor.world);
    editor.changed_on_disk(&["realm/.git/HEAD", CONTRACT]);
    editor
        .client
        .published_that(&path, |last| shows(last, "import-stale"));
    check_out(&editor.world, "main");
    editor.changed_on_disk(&["realm/.git/HEAD", CONTRACT]);
    editor
        .client
        .published_that(&path, |last| last["diagnostics"] == json!([]));
}

#[test]
fn a_realm_that_is_half_written() {
    let mut editor = Editor::start(world(), utf16());
    assert_eq!(editor.open(STACK), NOTHING);
    let whole: Vec<_> = [CONTRACT, IMPORT, "realm/realm.yaml"]
        .map(|path| (path, editor.world.read(path)))
        .into();
    for (path, text) in &whole {
        let half = &text[..text.len() / 2];
        editor.world.write(path, &format!("{half}\n  [: "));
    }
    let paths: Vec<&str> = whole.iter().map(|(path, _)| *path).collect();
    editor.changed_on_disk(&paths);
    let broken = editor.path(CONTRACT);
    editor
        .client
        .published_that(&broken, |last| shows(last, "realm-syntax"));
    // The record says what it said.
    let stack = editor.path(STACK);
    let last = editor.client.last_published(&stack);
    assert_eq!(last.unwrap()["diagnostics"], json!([]));
    for (path, text) in &whole {
        editor.world.write(path, text);
    }
    editor.changed_on_disk(&paths);
    editor
        .client
        .published_that(&broken, |last| last["diagnostics"] == json!([]));
}

#[test]
fn a_realm_in_a_linked_worktree() {
    let world = world();
    // The realm moves to a worktree of a repository elsewhere: its `.git` is a file.
    std::fs::rename(world.path("realm"), world.path("store")).unwrap();
    let store = Repository::open(world.path("store")).unwrap();
    store.worktree("realm", &world.path("realm"), None).unwrap();
    assert!(world.path("realm/.git").is_file());
    let mut capabilities = full_capabilities();
    capabilities["workspace"]["didChangeWatchedFiles"]["relativePatternSupport"] = json!(true);
    let mut editor = open_only(world, &["fungal-image-analysis", "realm"], capabilities);
    assert_eq!(editor.open(STACK), NOTHING);
    let path = editor.path(STACK);
    let base = uri(&editor.path("store/.git"));
    editor.client.until(|client| {
        let mut asked = client.wanted.iter();
        let named = |params: &Value| params.to_string().contains(&base);
        asked.find(|(_, params)| named(params)).map(|_| ())
    });
    release(&editor.world);
    editor.changed_on_disk(&["store/.git/refs/heads/realm"]);
    editor
        .client
        .published_that(&path, |last| shows(last, "import-stale"));
}

#[test]
fn a_realm_beside_the_folders_is_watched() {
    for relative in [true, false] {
        let mut capabilities = full_capabilities();
        let watching = &mut capabilities["workspace"]["didChangeWatchedFiles"];
        watching["relativePatternSupport"] = json!(relative);
        let mut editor = open_only(world(), &["fungal-image-analysis"], capabilities);
        let realm = editor.path("realm");
        let pattern = "{realm.yaml,repos/*.yaml,domains/**/*.yaml}";
        let expected = match relative {
            true => json!({"baseUri": uri(&realm), "pattern": pattern}),
            false => json!(format!("{}/{pattern}", realm.display())),
        };
        editor.client.until(|client| {
            let mut asked = client.wanted.iter();
            let of = |params: &Value| {
                let all = &params["registrations"][0]["registerOptions"]["watchers"];
                let all = all.as_array();
                all.is_some_and(|all| all.iter().any(|it| it["globPattern"] == expected))
            };
            asked.find(|(_, params)| of(params)).map(|_| ())
        });
    }
}
