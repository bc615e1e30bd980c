//! What importers are told while their exporter types: only of what is written whole, of all that it makes, and where it is
//! written.

use serde_json::Value;

use crate::actions::{nothing, titled};
use crate::client::uri;
use crate::editor::{Editor, utf16};
use crate::shared::{BACK, LOG, by_hand, change_the_code, shared_world, start};
use crate::shown::NOTHING;
use crate::story_world::{KEYS, SEGMENT, STACK, world};
use crate::world::replaced;

/// All that was ever shown in the importer's policy.
fn ever_shown(editor: &Editor) -> Vec<&Value> {
    let all = &editor.client.published[&uri(&editor.path(STACK))];
    let all = all.iter().map(|it| &it["diagnostics"]);
    all.collect()
}

#[test]
fn nobody_is_told_of_half_a_statement() {
    let mut editor = Editor::start(world(), utf16());
    let mut text = editor.world.read(SEGMENT);
    editor.open(SEGMENT);
    assert_eq!(editor.open(STACK), NOTHING);
    let stack = editor.world.read(STACK);
    // The line is typed letter by letter: nothing of it parses before its end.
    let line = LOG.trim_end_matches('\n');
    let mut typed = String::new();
    let mut version = 1;
    for letter in line.chars().chain(['\n']) {
        version += 1;
        let before = format!("{typed}{BACK}");
        typed.push(letter);
        text = match typed.len() {
            1 => replaced(&text, BACK, &format!("{typed}{BACK}")),
            _ => replaced(&text, &before, &format!("{typed}{BACK}")),
        };
        let path = editor.path(SEGMENT);
        let change = serde_json::json!([{ "text": text }]);
        editor.client.change(&path, version, change);
        // What it shows of half a statement is another matter.
        editor.client.published(&path, version);
    }
    let pending = "import-pending info «[f\"{OBJECTS}/jobs/*/out.json\", f\"{OBJECTS}/jobs/*/report.json\"]» …1.5.0 in \
                   aperture's jobs/segment.ts, which is open here…`jobs/*/log.txt` must be granted here";
    editor.shows(STACK, &stack, &[pending]);
    for shown in ever_shown(&editor) {
        let shown = shown.to_string();
        let is_whole = shown == "[]" || shown.contains("`write` gains `jobs/*/log.txt`;");
        assert!(is_whole, "{shown}");
    }
    // Half of it again, and whole once more: it stays.
    let seen = ever_shown(&editor).len();
    let half = replaced(&text, "/log.txt` }", "/log.txt");
    let path = editor.path(SEGMENT);
    for text in [&half, &text] {
        version += 1;
        let change = serde_json::json!([{ "text": text }]);
        editor.client.change(&path, version, change);
        editor.client.published(&path, version);
    }
    editor.client.round_trip();
    assert_eq!(ever_shown(&editor).len(), seen);
}

/// Nothing but the file of the constant is open at the exporter.
#[test]
fn a_constant_is_told_for_all_that_is_made_of_it() {
    let mut editor = Editor::start(world(), utf16());
    let text = editor.world.read(KEYS);
    editor.open(KEYS);
    assert_eq!(editor.open(STACK), NOTHING);
    let stack = editor.world.read(STACK);
    let moved = editor.type_over(KEYS, 2, &text, "JOBS = \"jobs\"", "JOBS = \"work\"");
    let told = |also: &str| {
        format!(
            "import-pending info «…» …2.0.0 in aperture's lib/keys.ts, which is open here…`read` gains \
             `work/*/manifest.json`…`write` gains `work/*/out.json` and `work/*/report.json`…{also}"
        )
    };
    editor.shows(STACK, &stack, &[told("")]);
    // Who types in it sees whom it breaks, once for all its values, and can do something about it.
    let broken = "export-breaking error «\"work\"» with `JOBS` as it is here, `jobs/*/manifest.json`, `jobs/*/out.json` and \
                  `jobs/*/report.json` are gone from the code, and fungal-image-analysis relies on them…2.0.0…";
    let shown = editor.shows(KEYS, &moved, &[broken]);
    let actions = editor.actions_in(KEYS, shown["diagnostics"][0]["range"].clone(), nothing());
    titled(&actions, "Sync s3-permissions as 2.0.0");
    // Also where files that use it are open, or are closed again.
    editor.open(SEGMENT);
    editor.client.round_trip();
    editor.shows(STACK, &stack, &[told("")]);
    editor.type_over(KEYS, 3, &moved, "JOBS = \"work\"", "JOBS = \"jobs\"");
    editor.shows(STACK, &stack, &NOTHING);
}

#[test]
fn what_is_synced_is_told_as_the_sync() {
    let world = shared_world();
    change_the_code(&world);
    let mut editor = start(world);
    editor.open(SEGMENT);
    editor.open(STACK);
    let stack = editor.world.read(STACK);
    let pending = |place: &str| format!("import-pending info «…» …1.5.0 {place}…`jobs/*/log.txt`…");
    editor.shows(
        STACK,
        &stack,
        &[pending("in aperture's jobs/segment.ts, which is open here")],
    );
    by_hand(&editor.world, "aperture", &["realm", "sync"]);
    let waits = pending("on sync/aperture/…, which waits in the realm");
    editor.shows(STACK, &stack, &[waits]);
}
