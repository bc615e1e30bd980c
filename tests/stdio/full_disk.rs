//! A server on a disk that is full: what it shows is as right as ever, and what it cannot keep is said once.
//!
//! A file may not grow beyond a size, by RLIMIT_FSIZE (`ulimit -f`) with its signal ignored: this fails as a full disk
//! does, and needs no root and no mount.

#![cfg(unix)]

use std::io::{PipeReader, Read};
use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, anywhere, full_capabilities};
use crate::editor::Editor;
use crate::shown::{NOTHING, Units};
use crate::story_world::{SEGMENT, STACK, world};
use crate::world::{World, replaced};

/// A server that may write so many blocks of 512 bytes to a file, and its log. Nothing: as many as it likes.
fn start(world: World, blocks: Option<u32>) -> (Editor, PipeReader) {
    let (log, written) = std::io::pipe().unwrap();
    let limit = blocks.map_or("unlimited".to_owned(), |blocks| blocks.to_string());
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!(
        "trap '' XFSZ; ulimit -S -f {limit}; exec \"$0\" lsp"
    ));
    command
        .arg(env!("CARGO_BIN_EXE_blue"))
        .env("BLUE_LOG", "info")
        .stderr(written);
    let mut client = Client::start_by(command, &world.home());
    let folders = ["aperture", "fungal-image-analysis"].map(|name| world.path(name));
    client.initialize(&folders, full_capabilities());
    let editor = Editor {
        world,
        client,
        units: Units::Utf16,
    };
    (editor, log)
}

fn with_a_log(text: &str) -> String {
    let back = "  return manifest;\n";
    let more = "  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${JOBS}/${jobId}/log.txt` }));\n";
    replaced(text, back, &format!("{more}{back}"))
}

/// What is shown of a file that is typed in, saved, and changed from elsewhere; wherever the world lies.
fn shown(editor: &mut Editor) -> Vec<Value> {
    let (segment, stack) = (editor.path(SEGMENT), editor.path(STACK));
    assert_eq!(editor.open(SEGMENT), NOTHING);
    assert_eq!(editor.open(STACK), NOTHING);
    let saved = editor.world.read(SEGMENT);
    let typed = with_a_log(&saved);
    let mut shown = Vec::new();
    editor.client.change(&segment, 2, json!([{"text": typed}]));
    shown.push(editor.client.published(&segment, 2));
    editor.world.write(SEGMENT, &typed);
    editor.client.notify(
        "textDocument/didSave",
        json!({"textDocument": {"uri": crate::client::uri(&segment)}}),
    );
    editor.changed_on_disk(&[SEGMENT]);
    let is_pending = |last: &Value| last["diagnostics"].to_string().contains("import-pending");
    shown.push(editor.client.published_that(&stack, is_pending)["diagnostics"].clone());
    shown.push(editor.hover(SEGMENT, &typed, "`${JOBS}/${jobId}/log.txt`"));
    editor.client.change(&segment, 3, json!([{"text": saved}]));
    shown.push(editor.client.published(&segment, 3));
    let root = editor.world.path("");
    shown.iter().map(|it| anywhere(it, &root)).collect()
}

/// What was logged, without its times, and what of it was told to the person.
fn said(editor: Editor, mut log: PipeReader) -> (Vec<String>, Vec<String>) {
    let Editor {
        mut client,
        world: _world,
        ..
    } = editor;
    let id = client.request("shutdown", Value::Null);
    client.answer(id);
    client.notify("exit", Value::Null);
    let told = client.messages_shown.clone();
    let (status, ..) = client.end();
    assert!(status.success(), "{status}");
    let mut text = String::new();
    log.read_to_string(&mut text).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once(" WARN "));
    (lines.map(|(_, line)| line.to_owned()).collect(), told)
}

#[test]
fn what_is_shown_is_right_and_what_is_not_kept_is_said_once() {
    let (mut healthy, log) = start(world(), None);
    let expected = shown(&mut healthy);
    assert_eq!(said(healthy, log), (Vec::new(), Vec::new()));
    for blocks in [0, 1, 8, 64] {
        let (mut editor, log) = start(world(), Some(blocks));
        assert_eq!(shown(&mut editor), expected, "{blocks} blocks");
        let (mut logged, told) = said(editor, log);
        let all = logged.len();
        logged.sort();
        logged.dedup();
        assert_eq!(logged.len(), all, "{blocks} blocks: {logged:#?}");
        assert!(told.len() <= 1, "{blocks} blocks: {told:#?}");
        assert!(
            blocks > 8 || (!logged.is_empty() && told.len() == 1),
            "{blocks} blocks: {told:#?}"
        );
    }
}

/// A check says what it says on any disk, and leaves nothing half made.
#[test]
fn a_check_on_a_full_disk() {
    let check = |world: &World, limit: &str| {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!(
            "trap '' XFSZ; ulimit -f {limit}; exec \"$0\" -C \"$1\" realm check"
        ));
        command
            .arg(env!("CARGO_BIN_EXE_blue"))
            .arg(world.path("aperture"));
        command
            .env("BLUE_HOME", world.home())
            .env("XDG_RUNTIME_DIR", world.home());
        let output = command.env_remove("BLUE_REALM_PATH").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (said, output.status.code())
    };
    let expected = check(&world(), "unlimited");
    for limit in ["0", "1", "8", "64"] {
        let world = world();
        assert_eq!(check(&world, limit), expected, "{limit}");
        for folder in ["home/blue", "home", "aperture/.blue"] {
            let files = std::fs::read_dir(world.path(folder)).into_iter().flatten();
            let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
            let half: Vec<String> = names.filter(|it| it.contains(".new-")).collect();
            assert_eq!(half, [""; 0], "{limit}: {folder}");
        }
    }
}

/// When there is room again, others hear what they could not before.
#[test]
#[cfg(target_os = "linux")]
fn what_could_not_be_said_is_said_when_there_is_room() {
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

    let (mut exporter, _log) = start(world(), Some(0));
    let home = exporter.world.home();
    let importer = [exporter.path("fungal-image-analysis")];
    let mut importer = Client::open_folders(&home, &importer, full_capabilities());
    let (segment, stack) = (exporter.path(SEGMENT), exporter.path(STACK));
    importer.open(&stack, 1, &exporter.world.read(STACK));
    let saved = exporter.world.read(SEGMENT);
    exporter.client.open(&segment, 1, &with_a_log(&saved));
    exporter.client.published(&segment, 1);
    let is_said = |client: &mut Client| client.messages_shown.first().cloned();
    let said = exporter.client.until(is_said);
    assert!(said.contains("its disk takes no more"), "{said}");
    let pid = i32::try_from(exporter.client.process.id()).unwrap();
    let unlimited = Rlimit {
        current: getrlimit(Resource::Fsize).maximum,
        maximum: getrlimit(Resource::Fsize).maximum,
    };
    prlimit(Pid::from_raw(pid), Resource::Fsize, unlimited).unwrap();
    let more = replaced(&with_a_log(&saved), "/log.txt", "/logs.txt");
    exporter.client.change(&segment, 2, json!([{"text": more}]));
    importer.published_that(&stack, |last| {
        last["diagnostics"].to_string().contains("jobs/*/logs.txt")
    });
}
