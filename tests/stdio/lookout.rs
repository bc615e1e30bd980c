//! What changes on disk where the editor tells of nothing: it watches no files, or the realm was not there to be watched.

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities};
use crate::editor::Editor;
use crate::shared::{by_hand, shared_world};
use crate::shown::{NOTHING, Units};
use crate::story_world::{CONTRACT, REPORT, SEGMENT, STACK, world};
use crate::world::World;

const CONFIG: &str = "aperture/.blue/config.yaml";

fn start(world: World, folder: &str, capabilities: Value) -> Editor {
    let folders = [world.path(folder)];
    Editor {
        client: Client::open_folders(&world.home(), &folders, capabilities),
        world,
        units: Units::Utf16,
    }
}

/// Who registers nothing.
fn watches_nothing() -> Value {
    let mut capabilities = full_capabilities();
    capabilities["workspace"]["didChangeWatchedFiles"]["dynamicRegistration"] = json!(false);
    capabilities
}

#[test]
fn a_closed_file_counts_as_it_is_on_disk() {
    let mut editor = start(world(), "aperture", watches_nothing());
    assert_eq!(editor.open(SEGMENT), NOTHING);
    let text = editor.world.read(REPORT);
    let changed = text.replace("report.json", "summary.json");
    editor.world.write(REPORT, &changed);
    let key = "`${JOBS}/${jobId}/summary.json`";
    let expected = format!("export-breaking error «{key}» …`jobs/*/report.json`…");
    editor.shows(REPORT, &changed, &[expected]);
    editor.world.write(REPORT, &text);
    editor.shows(REPORT, &text, &NOTHING);
    assert!(
        !editor
            .client
            .asked
            .contains_key("client/registerCapability")
    );
}

#[test]
fn the_realms_checkout_is_read_as_it_is_pulled() {
    let mut editor = start(world(), "fungal-image-analysis", watches_nothing());
    assert_eq!(editor.open(STACK), NOTHING);
    let (old, new) = ("version: 1.4.0\nowner", "version: 1.5.0\nowner");
    editor.world.edit(CONTRACT, old, new);
    editor.world.commit("realm");
    let stack = editor.path(STACK);
    editor.client.published_that(&stack, |last| {
        last["diagnostics"].to_string().contains("import-stale")
    });
}

/// Whoever fetches it: this server, or another process that says nothing of it. And whether or not the editor watches.
#[test]
fn a_realm_that_is_fetched_counts_at_once() {
    for (capabilities, by_itself) in [
        (full_capabilities(), true),
        (full_capabilities(), false),
        (watches_nothing(), false),
    ] {
        let world = shared_world();
        let url = format!("url: file://{}", world.path("realm.git").display());
        world.edit(CONFIG, "path: ../realm", &url);
        world.commit("aperture");
        let mut editor = start(world, "aperture", capabilities);
        assert_eq!(editor.open(SEGMENT), NOTHING);
        let config = editor.path(CONFIG);
        let says = |last: &Value, code: &str| last["diagnostics"].to_string().contains(code);
        editor
            .client
            .published_that(&config, |last| says(last, "realm-unreachable"));
        match by_itself {
            true => {
                crate::shared::run(&mut editor, "blue.refresh", &config);
            }
            false => {
                by_hand(&editor.world, "aperture", &["realm", "check"]);
            }
        }
        editor
            .client
            .published_that(&config, |last| last["diagnostics"] == json!([]));
        let text = editor.world.read(SEGMENT);
        let text = editor.type_over(SEGMENT, 2, &text, "/out.json", "/result.json");
        let shown = editor.shown(SEGMENT, 2, &text);
        assert!(
            shown.iter().any(|it| it.starts_with("export-breaking")),
            "{shown:?}"
        );
    }
}
