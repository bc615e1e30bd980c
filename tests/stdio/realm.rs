//! The realm's own YAML and `.blue/config.yaml`, open in an editor: findings at the very characters.

use serde_json::json;

use crate::client::full_capabilities;
use crate::editor::{Editor, utf16};
use crate::shown::{NOTHING, Units};
use crate::story_world::{CONTRACT, IMPORT, REPORT, SEGMENT, world};

const CONFIG: &str = "aperture/.blue/config.yaml";
const EXPORT: &str = "realm/domains/s3-access/bindings/aperture.yaml";
const DOMAIN: &str = "realm/domains/s3-access/domain.yaml";

/// What is typed over what, in which file, and what it shows then.
#[test]
fn what_is_typed_is_found_and_gone_when_mended() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        (
            CONTRACT,
            "owner: aperture",
            "owner: [aperture",
            &["realm-syntax error"],
        ),
        (
            CONTRACT,
            "version: 1.4.0\nowner",
            "version: 1.4\nowner",
            &["bad-version error «1.4»"],
        ),
        (
            CONTRACT,
            "jobs/*/manifest.json",
            "7",
            &["value-schema error «7»"],
        ),
        (
            CONTRACT,
            "owner: aperture",
            "owner: apertura",
            &["unknown-reference error «apertura»"],
        ),
        (
            IMPORT,
            "\">=1.0.0, <2.0.0\"",
            "\">=1.0.0, <\"",
            &["bad-range error «\"»"],
        ),
        (
            IMPORT,
            "\">=1.0.0, <2.0.0\"",
            "1.2.0",
            &["range-ambiguous warning «1.2.0»"],
        ),
        (
            IMPORT,
            "s3-permissions",
            "s3-permission",
            &["unknown-reference error «s3-permission»"],
        ),
        (
            EXPORT,
            "source_files:",
            "source_file:",
            &["unknown-key warning «source_file»"],
        ),
        (
            EXPORT,
            "\"lib/**/*.ts\"",
            "\"../lib/keys.ts\"",
            &["path-escapes error «\"../lib/keys.ts\"»"],
        ),
        (
            DOMAIN,
            "fungal-image-analysis]",
            "fungal-image-analyses]",
            &["member-pending info «fungal-image-analyses»"],
        ),
    ];
    let mut editor = Editor::start(world(), utf16());
    for path in [CONTRACT, IMPORT, EXPORT, DOMAIN] {
        assert_eq!(editor.open(path), NOTHING, "{path}");
    }
    let mut version = 1;
    for (path, old, new, expected) in cases {
        let text = editor.world.read(path);
        version += 1;
        let typed = editor.type_over(path, version, &text, old, new);
        let lines = editor.shown(path, version, &typed);
        let starts = |expected: &&str| lines.iter().any(|line| line.starts_with(*expected));
        assert!(expected.iter().all(starts), "{new:?} in {path}: {lines:#?}");
        version += 1;
        editor.type_over(path, version, &typed, new, old);
        assert_eq!(editor.shown(path, version, &text), NOTHING, "{path}");
    }
}

#[test]
fn a_config_that_is_wrong() {
    // The config on disk; what is shown in it.
    let cases: &[(&str, &[&str])] = &[
        (
            "realm:\n  name: letemcook\n  path: ../realms\nrepo: aperture\n",
            &["realm-unreachable warning «../realms»"],
        ),
        (
            "realm:\n  name: letemcook\n  path: ../realm\nrepos: aperture\n",
            &["unknown-key warning «repos»"],
        ),
        (
            "realm:\n  name: letemcook\n  path: ../realm\nrepo: [aperture]\n",
            &["config-invalid error «[aperture]»"],
        ),
        ("realm: {\n", &["config-invalid error"]),
    ];
    for (text, expected) in cases {
        let mut editor = Editor::start(world(), utf16());
        editor.open(SEGMENT);
        editor.world.write(CONFIG, text);
        editor.changed_on_disk(&[CONFIG]);
        let path = editor.path(CONFIG);
        let last = editor.client.published_that(&path, |last| {
            last["diagnostics"]
                .as_array()
                .is_some_and(|it| !it.is_empty())
        });
        let lines = crate::shown::shown(editor.units, &last["diagnostics"], text);
        let starts = |expected: &&str| lines.iter().any(|line| line.starts_with(*expected));
        assert!(expected.iter().all(starts), "{text}: {lines:#?}");
    }
}

#[test]
fn a_source_that_is_no_text() {
    let world = world();
    std::fs::write(world.path(REPORT), b"// caf\xe9\n").unwrap();
    let mut editor = Editor::start(world, utf16());
    editor.open(SEGMENT);
    let expected = "source-unreadable warning «» jobs/report.ts is not UTF-8…";
    editor.shows(REPORT, "", &[expected]);
    // An editor decodes it: its buffer is what counts.
    let path = editor.path(REPORT);
    editor.client.open(&path, 1, "// café\n");
    editor.client.published_that(&path, |last| {
        last["version"] == 1 && !last.to_string().contains("source-unreadable")
    });
}

#[test]
fn hovers_over_names_and_ranges() {
    for (format, bold) in [("markdown", "**"), ("plaintext", "")] {
        let mut capabilities = full_capabilities();
        capabilities["textDocument"]["hover"]["contentFormat"] = json!([format]);
        let mut editor = Editor::with(world(), Units::Utf16, capabilities);
        let cases: &[(&str, &str, &str)] = &[
            (CONTRACT, "1.4.0\nowner", "s3-permissions"),
            (
                CONTRACT,
                "aperture\nschema",
                "maintained by ada@letemcook.example",
            ),
            (IMPORT, ">=1.0.0", "Takes in 1.4.0."),
            (IMPORT, "s3-permissions", "Exported by aperture."),
            (DOMAIN, "fungal-image-analysis]", "imports s3-permissions"),
            (CONFIG, "aperture", "in the realm letemcook"),
            (CONFIG, "letemcook", "s3-access (members: 2, contracts: 1)"),
        ];
        for (path, over, expected) in cases {
            let text = editor.world.read(path);
            let full = editor.path(path);
            editor.client.open(&full, 1, &text);
            // Until it is read there is nothing to say of it.
            editor
                .client
                .published_that(&full, |last| last["version"] == 1);
            let hover = editor.hover(path, &text, over);
            assert_eq!(hover["contents"]["kind"], *format);
            let words = hover["contents"]["value"].as_str().unwrap();
            assert!(words.contains(expected), "{path}, {over}: {words}");
            assert_eq!(words.contains("**"), !bold.is_empty(), "{words}");
        }
        // What is typed is a proposal beside what the realm says.
        let text = editor.world.read(CONTRACT);
        let text = editor.type_over(CONTRACT, 2, &text, "1.4.0\nowner", "1.5.0\nowner");
        let hover = editor.hover(CONTRACT, &text, "s3-permissions");
        let words = hover["contents"]["value"].as_str().unwrap();
        assert!(
            words.contains("1.4.0") && words.contains("Proposed: 1.5.0."),
            "{words}"
        );
    }
}

/// A version is judged as it is typed, against what the realm says officially; and who types is
/// whoever git would write into a commit.
#[test]
fn what_is_typed_is_a_proposal() {
    let world = world();
    world.commit("realm");
    let mut editor = Editor::start(world, utf16());
    assert_eq!(editor.open(CONTRACT), NOTHING);
    let text = editor.world.read(CONTRACT);
    let mut typed = text.clone();
    let steps: &[(&str, &str, &str)] = &[
        (
            "version: 1.4.0\nowner",
            "version: 1.3.0\nowner",
            "version-regressed error «1.3.0»",
        ),
        ("version: 1.3.0\nowner", "version: 1.4.0\nowner", ""),
        (
            "jobs/*/manifest.json",
            "jobs/*/list.json",
            "version-not-bumped error «1.4.0»",
        ),
        (
            "version: 1.4.0\nowner",
            "version: 1.5.0\nowner",
            "version-too-small error «1.5.0»",
        ),
    ];
    let mut version = 1;
    for (old, new, expected) in steps {
        version += 1;
        typed = editor.type_over(CONTRACT, version, &typed, old, new);
        let lines = editor.shown(CONTRACT, version, &typed);
        let found = lines.iter().any(|line| line.starts_with(expected));
        match expected.is_empty() {
            true => assert_eq!(lines, NOTHING, "{new}"),
            false => assert!(found, "{new}: {lines:#?}"),
        }
    }
}
