//! Contracts read from constants and from queries of the repository's own, in an editor: findings
//! follow what is typed, in the code and in the query.

use crate::editor::{Editor, utf16};
use crate::shown::{NOTHING, assert_fits};
use crate::story_world::world;
use crate::world::World;

const QUEUES: &str = "aperture/config/queues.py";
const EVENTS: &str = "aperture/events/scan.py";
const QUERY: &str = "aperture/.blue/queries/python/kafka-topics.scm";

/// The story's world with another contract: `queues` is a constant, `topics` what a query captures.
fn with_queues() -> World {
    let world = world();
    world.write(
        "realm/domains/s3-access/contracts/names.yaml",
        "name: names\nversion: 1.4.0\nowner: aperture\nschema: {type: object}\nvalue:\n  queues: \
         [scan, report]\n  topics: [plates.scanned]\nevolution:\n  - version: 1.4.0\n    changes: \
         first value\n    compatible: true\n",
    );
    let exports = "realm/domains/s3-access/bindings/aperture.yaml";
    let text = world.read(exports);
    world.write(
        exports,
        &format!(
            "{text}  - contract: names\n    source_files: [\"config/*.py\", \"events/*.py\"]\n    detect:\n      \
             - symbol: QUEUES\n        into: queues\n      - query: kafka-topics\n"
        ),
    );
    let imports = "realm/domains/s3-access/bindings/fungal-image-analysis.yaml";
    let text = world.read(imports);
    world.write(
        imports,
        &format!(
            "{text}  - contract: names\n    version: \">=1.0.0, <2.0.0\"\n    binding: infra/listen.py\n    \
             resolved_version: 1.4.0\n"
        ),
    );
    world.write(
        "fungal-image-analysis/infra/listen.py",
        "QUEUES = [\"scan\", \"report\"]\n",
    );
    world.write(QUEUES, "QUEUES = [\n    \"scan\",\n    \"report\",\n]\n");
    world.write(
        EVENTS,
        "def scanned(producer):\n    producer.send(\"plates.scanned\")\n",
    );
    world.write(
        QUERY,
        "(call\n  function: (attribute attribute: (identifier) @_send)\n  arguments: (argument_list . (_) \
         @value.topics)\n  (#eq? @_send \"send\"))\n",
    );
    for repo in ["aperture", "fungal-image-analysis", "realm"] {
        world.commit(repo);
    }
    world
}

#[test]
fn an_element_of_a_constant_is_said_at_its_line() {
    let mut editor = Editor::start(with_queues(), utf16());
    assert_eq!(editor.open(QUEUES), NOTHING);
    let text = editor.world.read(QUEUES);
    let text = editor.type_over(QUEUES, 2, &text, "]\n", "    \"audit\",\n]\n");
    assert_fits(
        &editor.shown(QUEUES, 2, &text),
        &["export-added info «\"audit\"» …`audit`…`queues` of names…1.5.0…fungal-image-analysis…"],
    );
    let hover = editor.hover(QUEUES, &text, "audit");
    let words = hover["contents"]["value"].as_str().unwrap();
    assert!(words.contains("a part of QUEUES"), "{words}");
    // Gone from the list, it breaks who relies on it.
    let text = editor.type_over(QUEUES, 3, &text, "    \"report\",\n    \"audit\",\n", "");
    assert_fits(
        &editor.shown(QUEUES, 3, &text),
        &["export-breaking error «]» …`report`…fungal-image-analysis…2.0.0…"],
    );
}

#[test]
fn a_query_that_is_typed_changes_what_is_found() {
    let mut editor = Editor::start(with_queues(), utf16());
    assert_eq!(editor.open(EVENTS), NOTHING);
    assert_eq!(editor.open(QUERY), NOTHING);
    let (events, query) = (editor.world.read(EVENTS), editor.world.read(QUERY));
    let events = editor.type_over(EVENTS, 2, &events, "scanned\")", "archived\")");
    let became = "export-breaking error «\"plates.archived\"» …`plates.scanned`…`plates.archived`…";
    assert_fits(&editor.shown(EVENTS, 2, &events), &[became]);
    // While it does not compile nothing is taken for gone, and it says so at its own line.
    let broken = editor.type_over(QUERY, 2, &query, "argument_list", "argument_lists");
    assert_fits(
        &editor.shown(QUERY, 2, &broken),
        &["query-invalid error «argument_lists» …no node `argument_lists`…"],
    );
    editor.shows(EVENTS, &events, &NOTHING);
    editor.type_over(QUERY, 3, &broken, "argument_lists", "argument_list");
    editor.shows(EVENTS, &events, &[became]);
}
