//! Settings: brought by `initialize`, asked for, pushed; changed while the server runs.

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities, uri};
use crate::story_world::{SEGMENT, STACK, world};
use crate::world::{World, replaced};

const ADDED: &str =
    "  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: \"new.json\" }));\n";

/// A client that says its settings when it is asked, or pushes them.
struct Session {
    world: World,
    client: Client,
    pushes: bool,
}

impl Session {
    fn start(world: World, pushes: bool, first: Value) -> Self {
        let mut client = Client::start(&world.home());
        let mut capabilities = full_capabilities();
        capabilities["workspace"]["configuration"] = json!(!pushes);
        capabilities["textDocument"]["publishDiagnostics"]["codeDescriptionSupport"] = json!(true);
        let folders: Vec<_> = world
            .folders()
            .iter()
            .map(|folder| json!({"uri": uri(folder), "name": "x"}))
            .collect();
        let id = client.request(
            "initialize",
            json!({
                "processId": std::process::id(),
                "capabilities": capabilities,
                "workspaceFolders": folders,
                "initializationOptions": first,
            }),
        );
        client.answer(id);
        client.notify("initialized", json!({}));
        Self {
            world,
            client,
            pushes,
        }
    }

    fn set(&mut self, settings: Value) {
        self.client.settings = settings.clone();
        let settings = match self.pushes {
            true => json!({"blue": settings}),
            false => Value::Null,
        };
        self.client.notify(
            "workspace/didChangeConfiguration",
            json!({"settings": settings}),
        );
    }

    /// Opens the exporter's source with a value that the contract has not.
    fn open(&mut self) -> std::path::PathBuf {
        let text = self.world.read(SEGMENT);
        let back = "  return manifest;\n";
        let text = replaced(&text, back, &format!("{ADDED}{back}"));
        let path = self.world.path(SEGMENT);
        self.client.open(&path, 1, &text);
        path
    }
}

/// The severity of the first finding of a code; 0 where there is none.
fn severity(last: &Value, code: &str) -> u64 {
    let mut all = last["diagnostics"].as_array().unwrap().iter();
    let found = all.find(|it| it["code"] == code);
    found.map_or(0, |it| it["severity"].as_u64().unwrap())
}

#[test]
fn severities_and_links_change_while_it_runs() {
    for pushes in [true, false] {
        let first = json!({"docsUrl": "https://letemcook.example/a"});
        let mut session = Session::start(world(), pushes, first);
        let path = session.open();
        let link = |last: &Value| {
            let all = last["diagnostics"].as_array().unwrap();
            all.first().map(|it| {
                it["codeDescription"]["href"]
                    .as_str()
                    .unwrap_or("none")
                    .to_owned()
            })
        };
        let page = "https://letemcook.example/a/export-added";
        session.client.published_that(&path, |last| {
            severity(last, "export-added") == 3 && link(last).as_deref() == Some(page)
        });
        for (settings, expected) in [
            (json!({"findings": {"export-added": "warning"}}), 2),
            (json!({"findings": {"export-added": "off"}}), 0),
            (json!({}), 3),
            (
                json!({"findings": {"export-added": "hint"}, "hints": false}),
                0,
            ),
            (
                json!({"findings": {"export-added": "hint"}, "hints": true}),
                4,
            ),
        ] {
            session.set(settings);
            session
                .client
                .published_that(&path, |last| severity(last, "export-added") == expected);
        }
        // What it was told later goes before what it began with; that comes back when it is unset.
        session.set(json!({"docsUrl": "https://letemcook.example/b"}));
        let other = "https://letemcook.example/b/export-added";
        session
            .client
            .published_that(&path, |last| link(last).as_deref() == Some(other));
        session.set(json!({"docsUrl": ""}));
        session
            .client
            .published_that(&path, |last| link(last).as_deref() == Some(page));
        assert!(session.client.messages_shown.is_empty());
    }
}

#[test]
fn what_the_repository_and_the_realm_say_goes_before() {
    for (path, text) in [
        (
            "aperture/.blue/config.yaml",
            "findings: { export-added: warning }\n",
        ),
        ("realm/realm.yaml", "findings: { export-added: warning }\n"),
    ] {
        let world = world();
        let whole = world.read(path) + text;
        world.write(path, &whole);
        world.commit("realm");
        let first = json!({"findings": {"export-added": "off", "export-breaking": "off"}});
        let mut session = Session::start(world, false, first);
        let source = session.open();
        session
            .client
            .published_that(&source, |last| severity(last, "export-added") == 2);
        // That a break is one is not for the exporter's editor to say.
        session.client.change(
            &source,
            2,
            json!([{"text": session.world.read(SEGMENT).replace("/out.json", "/x.json")}]),
        );
        session
            .client
            .published_that(&source, |last| severity(last, "export-breaking") == 1);
    }
}

#[test]
fn a_realm_elsewhere() {
    let world = world();
    for file in [
        "realm.yaml",
        "domains/s3-access/domain.yaml",
        "domains/s3-access/bindings/fungal-image-analysis.yaml",
        "domains/s3-access/contracts/s3-permissions.yaml",
    ] {
        let text = world.read(&format!("realm/{file}"));
        let text = text.replace("version: 1.4.0", "version: 1.5.0");
        let text = text.replace("resolved_version: 1.5.0", "resolved_version: 1.4.0");
        world.write(&format!("other/{file}"), &text);
    }
    let mut session = Session::start(world, false, json!({}));
    let path = session.world.path(STACK);
    let text = session.world.read(STACK);
    session.client.open(&path, 1, &text);
    session.client.published(&path, 1);
    let other = session.world.path("other");
    session.set(json!({"realmPath": other}));
    session
        .client
        .published_that(&path, |last| severity(last, "import-stale") == 2);
    session.set(json!({}));
    session
        .client
        .published_that(&path, |last| severity(last, "import-stale") == 0);
}

#[test]
fn what_is_no_setting_is_told_once() {
    let mut session = Session::start(world(), true, json!({"delay": 200}));
    let told = |client: &Client, word: &str| {
        let said = client.messages_shown.iter();
        said.filter(|it| it.contains(word)).count()
    };
    for settings in [
        json!({"delay": 100, "trace": {"server": "off"}, "path": "blue"}),
        json!({"delay": 100, "hints": "no"}),
        json!({"hints": "never"}),
    ] {
        session.set(settings);
    }
    session
        .client
        .until(|client| (told(client, "`blue.hints` is not true or false") == 1).then_some(()));
    session.client.round_trip();
    assert_eq!(told(&session.client, "`blue.delay`"), 1);
    assert_eq!(session.client.messages_shown.len(), 2);
}
