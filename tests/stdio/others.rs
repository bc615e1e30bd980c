//! Others at work: two editors, two processes, and what one shows of what is not saved in the other.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities};
use crate::editor::Editor;
use crate::shown::{NOTHING, Units};
use crate::story_world::{SEGMENT, STACK, world};
use crate::world::replaced;

const WRITE: &str = "[f\"{OBJECTS}/jobs/*/out.json\", f\"{OBJECTS}/jobs/*/report.json\"]";

/// Two editors on one machine, that have nothing but their user in common.
struct Two {
    /// On the importer, with its policy open.
    importer: Editor,
    stack: String,
    /// On the exporter, with nothing open.
    exporter: Client,
    path: PathBuf,
    /// What the exporter's file says on disk, and what it says with one more path that is written.
    saved: String,
    changed: String,
}

impl Two {
    fn start() -> Self {
        let world = world();
        let open = |folder: &str| {
            let folders = [world.path(folder)];
            Client::open_folders(&world.home(), &folders, full_capabilities())
        };
        let exporter = open("aperture");
        let client = open("fungal-image-analysis");
        let (saved, stack) = (world.read(SEGMENT), world.read(STACK));
        let back = "  return manifest;\n";
        let more = "  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${JOBS}/${jobId}/log.txt` }));\n";
        let mut two = Self {
            path: world.path(SEGMENT),
            importer: Editor {
                client,
                world,
                units: Units::Utf16,
            },
            stack,
            exporter,
            changed: replaced(&saved, back, &format!("{more}{back}")),
            saved,
        };
        assert_eq!(two.importer.open(STACK), NOTHING);
        two
    }

    fn type_all(&mut self, version: i64, text: &str) {
        self.exporter
            .change(&self.path, version, json!([{ "text": text }]));
    }

    fn importer_shows_it(&mut self) {
        let path = SEGMENT.split_once('/').unwrap().1;
        let expected = format!(
            "import-pending info «{WRITE}» …s3-permissions 1.4.0…1.5.0 in aperture's {path}, which is open in another \
             editor…`jobs/*/log.txt` must be granted here",
        );
        self.importer.shows(STACK, &self.stack, &[expected]);
    }

    fn importer_shows_nothing(&mut self) {
        self.importer.shows(STACK, &self.stack, &NOTHING);
    }
}

#[test]
fn what_another_editor_has_not_saved_shows_as_pending_until_it_is_undone() {
    let mut two = Two::start();
    let (path, saved, changed) = (two.path.clone(), two.saved.clone(), two.changed.clone());
    two.exporter.open(&path, 1, &changed);
    two.importer_shows_it();
    // What is half a thought takes nothing back.
    two.type_all(
        2,
        &format!("{changed}\nawait s3.send(new PutObjectCommand({{"),
    );
    two.importer_shows_it();
    two.type_all(3, &saved);
    two.importer_shows_nothing();
}

#[test]
fn it_goes_when_the_other_editor_is_killed() {
    let mut two = Two::start();
    let (path, changed) = (two.path.clone(), two.changed.clone());
    two.exporter.open(&path, 1, &changed);
    two.importer_shows_it();
    two.exporter.process.kill().unwrap();
    two.exporter.process.wait().unwrap();
    two.importer_shows_nothing();
}

#[test]
fn who_does_not_want_to_share_is_not_heard() {
    let mut two = Two::start();
    let (path, changed) = (two.path.clone(), two.changed.clone());
    two.exporter.open(&path, 1, &changed);
    two.importer_shows_it();
    two.exporter.settings = json!({"sessions": {"share": "off"}});
    let changed = json!({"settings": Value::Null});
    two.exporter
        .notify("workspace/didChangeConfiguration", changed);
    // The client answers what it is asked while it waits for a message.
    two.exporter.is_asked("workspace/configuration", 2);
    two.importer_shows_nothing();
}

/// A database that somebody holds for as long as they like is waited for by nobody who types. What could not be said
/// then is said later.
#[test]
fn a_locked_database_stops_nobody() {
    let mut two = Two::start();
    let (path, changed, saved) = (two.path.clone(), two.changed.clone(), two.saved.clone());
    two.exporter.open(&path, 1, &changed);
    two.importer_shows_it();
    let database = two.importer.world.home().join("blue/sessions.db");
    let held = rusqlite::Connection::open(database).unwrap();
    held.busy_timeout(crate::client::DEADLINE).unwrap();
    held.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for version in 2..20 {
        let text = if version % 2 == 0 { &saved } else { &changed };
        two.type_all(version, text);
        two.exporter.published(&path, version);
    }
    two.type_all(20, &saved);
    two.exporter.published(&path, 20);
    held.execute_batch("ROLLBACK").unwrap();
    two.importer_shows_nothing();
}

/// A database that is none is set aside, and that is said.
#[test]
fn a_damaged_database_stops_nobody() {
    let world = world();
    let database = world.home().join("blue/sessions.db");
    std::fs::create_dir_all(database.parent().unwrap()).unwrap();
    std::fs::write(&database, "no database at all, ".repeat(64)).unwrap();
    let mut client = Client::open_folders(
        &world.home(),
        &[world.path("aperture")],
        full_capabilities(),
    );
    let said = |client: &mut Client| client.messages_shown.first().cloned();
    let said = client.until(said);
    let aside = database.with_file_name("sessions.db.damaged");
    assert!(said.contains(&*aside.to_string_lossy()), "{said}");
    assert!(aside.exists() && database.exists());
}
