//! The importer's side: what its policies show when the realm's record moves under them.

use crate::editor::{Editor, utf16};
use crate::shown::{NOTHING, assert_fits};
use crate::story_world::{CONTRACT, IMPORT, SEGMENT, STACK, world};
use crate::world::replaced;

const WRITE: &str = "[f\"{OBJECTS}/jobs/*/out.json\", f\"{OBJECTS}/jobs/*/report.json\"]";

/// A release of the contract: its version, and a value more in `write`.
fn release(editor: &Editor, version: &str, value: &str) {
    let text = editor.world.read(CONTRACT);
    let text = replaced(
        &text,
        "version: 1.4.0\nowner",
        &format!("version: {version}\nowner"),
    );
    // The history is the last of the file, and stays as it was.
    let newest = text.lines().last().unwrap().to_owned() + "\n";
    let entry = format!("  - version: {version}\n    changes: {value}\n");
    let text = replaced(&text, &newest, &format!("{newest}{entry}"));
    let list = "    - jobs/*/out.json\n";
    let text = replaced(&text, list, &format!("{list}    - {value}\n"));
    editor.world.write(CONTRACT, &text);
}

#[test]
fn the_record_moves_under_the_importer() {
    let broken = |version: &str| {
        format!("import-broken error «{WRITE}» …{version}…`>=1.0.0, <2.0.0`…1.4.0…")
    };
    let stale = |version: &str| format!("import-stale warning «{WRITE}» …{version}…follows 1.4.0…");
    let uncovered = |value: &str, example: &str| {
        format!("import-uncovered warning «{WRITE}» …`{value}`…s3-permissions…`{example}`…")
    };
    // The version released and the value it adds; what the policy shows then.
    let cases = [
        (
            "1.5.0",
            "jobs/*/log.txt",
            vec![
                stale("1.5.0"),
                uncovered("jobs/*/log.txt", "jobs/x/log.txt"),
            ],
        ),
        // A grant that is there already covers it.
        ("1.5.0", "jobs/1/out.json", vec![stale("1.5.0")]),
        (
            "2.0.0",
            "jobs/*/log.txt",
            vec![
                broken("2.0.0"),
                uncovered("jobs/*/log.txt", "jobs/x/log.txt"),
            ],
        ),
    ];
    for (version, value, expected) in cases {
        let mut editor = Editor::start(world(), utf16());
        assert_eq!(editor.open(STACK), NOTHING);
        let text = editor.world.read(STACK);
        release(&editor, version, value);
        editor.world.commit("realm");
        editor.changed_on_disk(&["realm/.git/refs/heads/main"]);
        editor.shows(STACK, &text, &expected);
        // The importer follows: it grants what is new, and its binding says so.
        let granted = format!("f\"{{OBJECTS}}/{value}\", ");
        let text = editor.type_over(
            STACK,
            2,
            &text,
            "[f\"{OBJECTS}/jobs/*/out.json\"",
            &format!("[{granted}f\"{{OBJECTS}}/jobs/*/out.json\""),
        );
        let left = editor.shown(STACK, 2, &text);
        assert!(
            left.iter()
                .all(|line| !line.starts_with("import-uncovered")),
            "{left:?}"
        );
        editor.world.edit(
            IMPORT,
            "resolved_version: 1.4.0",
            &format!("resolved_version: {version}"),
        );
        editor.world.edit(IMPORT, "<2.0.0", "<3.0.0");
        editor.world.commit("realm");
        editor.changed_on_disk(&["realm/.git/refs/heads/main"]);
        editor.shows(STACK, &text, &NOTHING);
    }
}

#[test]
fn a_proposal_is_news_and_not_the_record() {
    let mut editor = Editor::start(world(), utf16());
    assert_eq!(editor.open(STACK), NOTHING);
    let text = editor.world.read(STACK);
    let before = editor.world.read(CONTRACT);
    // Saved in the realm's working tree: nothing of record, but it is coming.
    release(&editor, "2.0.0", "jobs/*/log.txt");
    editor.changed_on_disk(&[CONTRACT]);
    let pending = |version: &str| {
        format!("import-pending info «{WRITE}» …1.4.0…{version}…`jobs/*/log.txt` must be granted…")
    };
    editor.shows(
        STACK,
        &text,
        &[pending("2.0.0 in the realm's working tree, outside")],
    );
    // Typed into an open buffer of it: the same.
    assert_eq!(editor.open(CONTRACT), NOTHING);
    let proposed = editor.world.read(CONTRACT);
    let proposed = editor.type_over(
        CONTRACT,
        2,
        &proposed,
        "version: 2.0.0\nowner",
        "version: 1.5.0\nowner",
    );
    editor.shows(
        STACK,
        &text,
        &[pending("1.5.0 in the realm's working tree, in")],
    );
    // Taken back: it is no news any more.
    editor.type_over(CONTRACT, 3, &proposed, &proposed.clone(), &before);
    editor.shows(STACK, &text, &NOTHING);
}

#[test]
fn an_unsaved_grant_counts_at_once() {
    let mut editor = Editor::start(world(), utf16());
    assert_eq!(editor.open(STACK), NOTHING);
    let text = editor.world.read(STACK);
    let old = "f\"{OBJECTS}/jobs/*/report.json\"";
    let text = editor.type_over(STACK, 2, &text, old, "f\"{OBJECTS}/jobs/*/reports.json\"");
    let list = "[f\"{OBJECTS}/jobs/*/out.json\", f\"{OBJECTS}/jobs/*/reports.json\"]";
    assert_fits(
        &editor.shown(STACK, 2, &text),
        &[
            format!(
                "import-uncovered warning «{list}» …`jobs/*/report.json`…`jobs/x/report.json`…"
            ),
            "import-excess hint «f\"{OBJECTS}/jobs/*/reports.json\"» …".to_owned(),
        ],
    );
    let text = editor.type_over(STACK, 3, &text, "reports.json", "*");
    assert_eq!(editor.shown(STACK, 3, &text), NOTHING);
}

#[test]
fn what_a_binding_names_and_is_not_there() {
    let world = world();
    world.edit(IMPORT, "infra/stack.py", "infra/stacks.py");
    world.commit("realm");
    let mut editor = Editor::start(world, utf16());
    let config = "fungal-image-analysis/.blue/config.yaml";
    let text = editor.world.read(config);
    editor.client.open(&editor.world.path(config), 1, &text);
    editor.shows(
        config,
        &text,
        &["import-missing-file error «fungal-image-analysis» infra/stacks.py…`infra/stack.py`…"],
    );
    // The file is made: the finding goes.
    editor.world.write(
        "fungal-image-analysis/infra/stacks.py",
        &editor.world.read(STACK),
    );
    editor.changed_on_disk(&["fungal-image-analysis/infra/stacks.py"]);
    editor.shows(config, &text, &NOTHING);
}

#[test]
fn the_exporters_buffer_is_news_and_no_record_either() {
    let mut exporter = Editor::start(world(), utf16());
    assert_eq!(exporter.open(SEGMENT), NOTHING);
    assert_eq!(exporter.open(STACK), NOTHING);
    let text = exporter.world.read(SEGMENT);
    let typed = exporter.type_over(SEGMENT, 2, &text, "out.json", "output.json");
    let stack = exporter.world.read(STACK);
    let pending =
        "…2.0.0 in aperture's jobs/segment.ts…gains `jobs/*/output.json`…loses `jobs/*/out.json`…";
    exporter.shows(
        STACK,
        &stack,
        &[format!("import-pending info «{WRITE}» {pending}")],
    );
    exporter.type_over(SEGMENT, 3, &typed, "output.json", "out.json");
    exporter.shows(STACK, &stack, &NOTHING);
}
