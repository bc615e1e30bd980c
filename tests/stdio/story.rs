//! The story, three folders side by side in one editor: what the exporter's author sees while typing.

use serde_json::Value;

use crate::client::uri;
use crate::editor::{Editor, utf16};
use crate::shown::{NOTHING, Units, assert_fits};
use crate::story_world::{CONTRACT, IMPORT, KEYS, REPORT, SEGMENT, STACK, world};

const ADDED: &str = "export-added info «`${JOBS}/${jobId}/log.txt`» …`jobs/*/log.txt`…`write`…1.5.0…\
     fungal-image-analysis…";

#[test]
fn an_unsaved_key_is_said_at_the_key_in_every_encoding() {
    for encoding in Units::ALL {
        let mut editor = Editor::start(world(), encoding);
        assert_eq!(editor.open(SEGMENT), NOTHING);
        let text = editor.world.read(SEGMENT);
        let text = editor.type_over(
            SEGMENT,
            2,
            &text,
            "  return manifest;",
            "  /* 🍄菌é */ await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: \
             `${JOBS}/${jobId}/log.txt`, Body: body }));\n  return manifest;",
        );
        assert_fits(&editor.shown(SEGMENT, 2, &text), &[ADDED]);
        let found = editor.client.published(&editor.world.path(SEGMENT), 2);
        let related = &found[0]["relatedInformation"];
        assert_eq!(related.as_array().unwrap().len(), 1);
        let place = &related[0]["location"];
        assert_eq!(place["uri"], uri(&editor.path(IMPORT)));
        let binding = editor.world.read(IMPORT);
        let under = encoding.0.under(&binding, &place["range"]);
        assert_eq!(under, "\">=1.0.0, <2.0.0\"");
        // Said of the open file alone: the others have nothing to do with it.
        let others: Vec<_> = editor.client.published.keys().collect();
        assert_eq!(others.len(), 1, "{others:?}");
    }
}

fn became(under: &str, old: &str, new: &str) -> String {
    format!("export-breaking error «{under}» …`{old}`…`{new}`…fungal-image-analysis…2.0.0…")
}

#[test]
fn a_constant_in_another_file_moves_what_every_file_shows() {
    let mut editor = Editor::start(world(), utf16());
    assert_eq!(editor.open(KEYS), NOTHING);
    assert_eq!(editor.open(SEGMENT), NOTHING);
    let (keys, segment) = (editor.world.read(KEYS), editor.world.read(SEGMENT));
    let changed = editor.type_over(KEYS, 2, &keys, "\"jobs\"", "\"tasks\"");
    let manifest = became(
        "manifestKey(jobId)",
        "jobs/*/manifest.json",
        "tasks/*/manifest.json",
    );
    let out = became(
        "`${JOBS}/${jobId}/out.json`",
        "jobs/*/out.json",
        "tasks/*/out.json",
    );
    let report = became(
        "`${JOBS}/${jobId}/report.json`",
        "jobs/*/report.json",
        "tasks/*/report.json",
    );
    editor.shows(SEGMENT, &segment, &[&manifest, &out]);
    let closed = editor.world.read(REPORT);
    let last = editor.shows(REPORT, &closed, &[&report]);
    assert_eq!(last.get("version"), None, "nobody has it open");
    // Where it is typed, all of it is said at once.
    let all = "export-breaking error «\"tasks\"» with `JOBS` as it is here, `jobs/*/manifest.json`, `jobs/*/out.json` and \
               `jobs/*/report.json` are gone from the code, and fungal-image-analysis relies on them…2.0.0…";
    assert_fits(&editor.shown(KEYS, 2, &changed), &[all]);
    // And back: all of it goes, in the open files and in the closed one.
    let same = editor.type_over(KEYS, 3, &changed, "\"tasks\"", "\"jobs\"");
    assert_eq!(editor.shown(KEYS, 3, &same), NOTHING);
    editor.shows(SEGMENT, &segment, &NOTHING);
    editor.shows(REPORT, &closed, &NOTHING);
}

#[test]
fn a_removed_read_names_whom_it_breaks() {
    let mut editor = Editor::start(world(), utf16());
    assert_eq!(editor.open(SEGMENT), NOTHING);
    let text = editor.world.read(SEGMENT);
    let line = text
        .lines()
        .find(|line| line.contains("GetObjectCommand({"));
    let line = line.unwrap();
    let text = editor.type_over(SEGMENT, 2, &text, &format!("{line}\n"), "");
    // Its line is gone: it stands at the next one that is still there.
    let next = text
        .lines()
        .find(|line| line.contains("PutObjectCommand({"));
    let expected = format!(
        "export-breaking error «{}» …`jobs/*/manifest.json`…fungal-image-analysis…2.0.0…",
        next.unwrap().trim(),
    );
    assert_fits(&editor.shown(SEGMENT, 2, &text), &[expected]);
}

#[test]
fn what_the_code_never_had_is_only_unseen() {
    let world = world();
    world.edit(
        CONTRACT,
        "    - jobs/*/manifest.json\n",
        "    - jobs/*/manifest.json\n    - plates/*/raw.tiff\n",
    );
    world.edit(
        STACK,
        "[f\"{OBJECTS}/jobs/*/manifest.json\"]",
        "[f\"{OBJECTS}/jobs/*/manifest.json\", f\"{OBJECTS}/plates/*\"]",
    );
    world.commit("realm");
    let mut editor = Editor::start(world, utf16());
    assert_eq!(editor.open(SEGMENT), NOTHING);
    let config = editor.world.read("aperture/.blue/config.yaml");
    editor.shows(
        "aperture/.blue/config.yaml",
        &config,
        &["export-unseen hint «aperture» …`plates/*/raw.tiff`…"],
    );
}

#[test]
fn hovers_over_a_site_and_over_a_grant() {
    let mut editor = Editor::start(world(), utf16());
    let cases: [(&str, &str, &str, &[&str]); 3] = [
        (
            SEGMENT,
            "manifestKey(jobId)",
            "manifestKey(jobId)",
            &[
                "**read** `jobs/*/manifest.json` in `cultivarium-fungal-imaging`",
                "**s3-permissions** 1.4.0 · `read` · s3-access",
                "In the contract.",
                "used by fungal-image-analysis (>=1.0.0, <2.0.0), follows 1.4.0: infra/stack.py",
            ],
        ),
        (
            SEGMENT,
            "`${JOBS}/${jobId}/out.json`",
            "`${JOBS}/${jobId}/out.json`",
            &["**write** `jobs/*/out.json`"],
        ),
        (
            STACK,
            "iam.PolicyStatement(\n    actions=[\"s3:PutObject\"]",
            "iam.PolicyStatement(\n    actions=[\"s3:PutObject\"],\n    resources=[f\"{OBJECTS}/jobs/*/out.json\", f\"{OBJECTS}/jobs/*/report.json\"],\n)",
            &[
                "**s3-permissions** 1.4.0 · `>=1.0.0, <2.0.0` · follows 1.4.0",
                "Exported by aperture, in s3-access.",
                "covers write `jobs/*/out.json`",
                "covers write `jobs/*/report.json`",
            ],
        ),
    ];
    editor.open(SEGMENT);
    editor.open(STACK);
    for (path, over, under, words) in cases {
        let text = editor.world.read(path);
        let answer = editor.hover(path, &text, over);
        let markdown = answer["contents"]["value"].as_str();
        let markdown = markdown.unwrap_or_else(|| panic!("no hover over {over}: {answer}"));
        for words in words {
            assert!(markdown.contains(words), "no {words:?} in\n{markdown}");
        }
        assert_eq!(editor.units.under(&text, &answer["range"]), under);
    }
    let text = editor.world.read(SEGMENT);
    let nothing = editor.hover(SEGMENT, &text, "return manifest");
    assert_eq!(nothing, Value::Null);
}
