//! Half a statement: what was shown stays while it does not parse, and goes when it does.

use serde_json::json;

use crate::client::uri;
use crate::editor::{Editor, utf16};
use crate::shown::assert_fits;
use crate::story_world::{SEGMENT, world};
use crate::world::replaced;

const KEY: &str = "`${JOBS}/${jobId}/log.txt`";

fn added(under: &str, pattern: &str) -> String {
    format!("export-added info «{under}» `{pattern}` …1.5.0…")
}

/// The exporter's source with a key more, shown.
fn with_a_finding() -> (Editor, String) {
    let mut editor = Editor::start(world(), utf16());
    let put = format!(
        "  await s3.send(new PutObjectCommand({{ Bucket: BUCKET, Key: {KEY}, Body: body }}));\n  \
         return manifest;"
    );
    editor.open(SEGMENT);
    let text = editor.world.read(SEGMENT);
    let text = editor.type_over(SEGMENT, 2, &text, "  return manifest;", &put);
    assert_fits(
        &editor.shown(SEGMENT, 2, &text),
        &[added(KEY, "jobs/*/log.txt")],
    );
    (editor, text)
}

#[test]
fn a_broken_statement_keeps_what_it_showed() {
    let (mut editor, text) = with_a_finding();
    // Its closing backtick goes: it does not parse, and what it showed stays on what is left.
    let broken = editor.type_over(SEGMENT, 3, &text, "/log.txt`,", "/log.txt,");
    let lines = editor.shown(SEGMENT, 3, &broken);
    assert_fits(
        &lines,
        &[added("`${JOBS}/${jobId}/log.txt", "jobs/*/log.txt")],
    );
    // Typed on, and a line above it: carried along.
    let broken = editor.type_over(SEGMENT, 4, &broken, "/log.txt,", "/logs.txt,");
    let broken = editor.type_over(SEGMENT, 5, &broken, "const s3", "// 🍄\nconst s3");
    let lines = editor.shown(SEGMENT, 5, &broken);
    assert_fits(
        &lines,
        &[added("`${JOBS}/${jobId}/logs.txt", "jobs/*/log.txt")],
    );
    // It parses: the facts.
    let whole = editor.type_over(SEGMENT, 6, &broken, "/logs.txt,", "/logs.txt`,");
    let lines = editor.shown(SEGMENT, 6, &whole);
    assert_fits(
        &lines,
        &[added("`${JOBS}/${jobId}/logs.txt`", "jobs/*/logs.txt")],
    );
}

#[test]
fn a_save_shows_the_facts_of_a_broken_statement() {
    let (mut editor, text) = with_a_finding();
    let old = format!("Key: {KEY}, Body: body }}));");
    let broken = editor.type_over(SEGMENT, 3, &text, &old, "Key: ");
    assert_eq!(editor.shown(SEGMENT, 3, &broken).len(), 1);
    let path = editor.path(SEGMENT);
    let saved = json!({"textDocument": {"uri": uri(&path)}, "text": broken});
    editor.client.notify("textDocument/didSave", saved);
    editor
        .client
        .published_that(&path, |last| !last.to_string().contains("jobs/*/log.txt"));
    // Mended, it is found again.
    let whole = editor.type_over(SEGMENT, 4, &broken, "Key: \n", &format!("{old}\n"));
    assert_eq!(whole, text);
    assert_fits(
        &editor.shown(SEGMENT, 4, &whole),
        &[added(KEY, "jobs/*/log.txt")],
    );
}

#[test]
fn a_string_that_is_typed_letter_by_letter_never_loses_its_finding() {
    let (mut editor, mut text) = with_a_finding();
    let mut key = KEY.to_owned();
    for (number, letter) in "-of-the-plate".chars().enumerate() {
        let next = replaced(&key, ".txt", &format!("{letter}.txt"));
        text = editor.type_over(SEGMENT, 3 + number as i64, &text, &key, &next);
        key = next;
        let pattern = key
            .replace("${JOBS}", "jobs")
            .replace("${jobId}", "*")
            .replace('`', "");
        let lines = editor.shown(SEGMENT, 3 + number as i64, &text);
        assert_fits(&lines, &[added(&key, &pattern)]);
    }
}

/// Also when somebody stops to think: what is not whole says nothing about what is gone, however long it stays so.
#[test]
fn a_saved_half_is_no_error_anywhere() {
    let mut editor = Editor::start(world(), utf16());
    editor.open(SEGMENT);
    let text = editor.world.read(SEGMENT);
    let path = editor.path(SEGMENT);
    let whole = "import { BUCKET, JOBS, manifestKey } from \"../lib/keys\";";
    for (version, half) in [
        text.replace("  const manifest", "  const y = `${\n  const manifest"),
        text.replace(
            whole,
            "import { BUCKET, manifestKey } from \"../lib/keys\";",
        ),
        text.replace(
            whole,
            "import { BUCKET, JOBS, manifestKey } from \"../lib/ke\";",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let version = version as i64 + 2;
        let change = json!([{ "text": half }]);
        editor.client.change(&path, version, change);
        let saved = json!({"textDocument": {"uri": uri(&path)}, "text": half});
        editor.client.notify("textDocument/didSave", saved);
        // A save shows the facts.
        let last = editor.client.published_that(&path, |last| {
            last["version"] == version && last.to_string().contains("source-unreadable")
        });
        assert!(
            !last.to_string().contains("export-breaking"),
            "{half}\n{last:#}"
        );
    }
}
