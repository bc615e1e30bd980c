//! Every command takes `--json`, and writes what the schema of its kind says: in the demo's world, in a folder that
//! takes part in nothing, and in a realm with nothing in it. Which commands there are is asked of the program, so
//! that a new one cannot be forgotten: it has no row here, and this fails.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde_json::Value;

use crate::world::World;

/// A command, the kind of what it writes, and how it is asked: `FOLDER: ARGUMENTS`, in this order.
type Row = (&'static str, &'static str, &'static [&'static str]);

/// Commands that write no document: the server speaks its own protocol.
const NONE: &[&str] = &["lsp"];

const ROWS: &[Row] = &[
    ("doctor", "doctor", &["aperture", "realm-letemcook"]),
    ("status", "status", &["aperture", "realm-letemcook"]),
    ("realm status", "status", &["fungal-image-analysis"]),
    (
        "realm check",
        "findings",
        &["aperture", "fungal-image-analysis", "realm-letemcook"],
    ),
    (
        "realm check",
        "comparison",
        &["aperture: --mode=compatibility"],
    ),
    (
        "realm can-merge",
        "merge",
        &["aperture", "realm-letemcook: s3-permissions@2.0.0"],
    ),
    (
        "realm sync",
        "sync",
        &["aperture: --dry-run", "aperture", "realm-letemcook"],
    ),
    (
        "realm sync",
        "sync",
        &["fungal-image-analysis", "aperture: --force"],
    ),
    ("realm can-merge", "merge", &["aperture"]),
    ("status", "status", &["fungal-image-analysis"]),
    (
        "ack",
        "acknowledgements",
        &[
            "fungal-image-analysis: --dry-run",
            "fungal-image-analysis",
            "fungal-image-analysis: s3-permissions --accept v1:0123456789abcdef --reason soon",
        ],
    ),
    ("realm sync", "sync", &["aperture: --force --now"]),
    (
        "notifications",
        "notifications",
        &["fungal-image-analysis", "aperture: --all"],
    ),
    (
        "notifications dismiss",
        "notifications",
        &["fungal-image-analysis: 1"],
    ),
    (
        "notifications mute",
        "notifications",
        &["aperture: --kind merged", "aperture"],
    ),
    (
        "notifications unmute",
        "notifications",
        &["aperture: --kind merged"],
    ),
    ("realm log", "log", &["aperture", "aperture: --all-realms"]),
    ("realm graph", "graph", &["aperture", "realm-letemcook"]),
    (
        "realm coverage",
        "coverage",
        &["aperture", "fungal-image-analysis"],
    ),
    (
        "realm worktree",
        "worktrees",
        &["aperture: --rfc report --dry-run", "aperture: --rfc report"],
    ),
    (
        "realm worktree create",
        "worktrees",
        &["aperture: --rfc report"],
    ),
    ("realm worktree list", "worktrees", &["aperture"]),
    ("realm worktree remove", "worktrees", &["aperture: report"]),
    ("contract list", "contracts", &["aperture"]),
    ("contract show", "contracts", &["aperture: s3-permissions"]),
    ("contract search", "contracts", &["aperture: raw"]),
    (
        "contract history",
        "contracts",
        &["aperture: s3-permissions"],
    ),
    (
        "contract diff",
        "comparison",
        &["aperture: s3-permissions 1.4.0"],
    ),
    ("detect", "site", &["aperture", "fungal-image-analysis: ."]),
    ("demo", "demo", &[".: another --world-only"]),
    ("explain", "codes", &[".", ".: export-added"]),
    ("schema", "schemas", &["."]),
    ("compat", "compat", &[".: old.json new.json"]),
    (
        "semver",
        "ranges",
        &[
            ".: ^1 1.2.0 one",
            ".: --compare 1.0.0 2.0.0",
            ".: ^1 --intersect ~1.2 --subset-of *",
        ],
    ),
    ("completions", "completions", &[".: fish"]),
    (
        "realm admin init",
        "change",
        &[
            ".: --name kitchen --dry-run",
            ".: --name kitchen",
            ".: --name kitchen",
        ],
    ),
    (
        "realm admin join",
        "change",
        &[
            "aperture: ../realm-letemcook --dry-run",
            "aperture: ../realm-letemcook --yes",
        ],
    ),
    (
        "realm admin domain create",
        "change",
        &["aperture: queues --repos aperture --dry-run"],
    ),
    (
        "realm admin domain add-member",
        "change",
        &["aperture: s3-access lab --yes"],
    ),
    (
        "realm admin domain remove-member",
        "change",
        &["aperture: s3-access lab --yes"],
    ),
    ("realm admin domain list", "domains", &["aperture"]),
    (
        "realm admin domain show",
        "domains",
        &["aperture: s3-access"],
    ),
    (
        "realm admin export",
        "change",
        &["aperture: s3-permissions --domain s3-access --dry-run"],
    ),
    (
        "realm admin import",
        "change",
        &[
            "fungal-image-analysis: s3-permissions --domain s3-access --version ^1 --binding infra/stack.py --dry-run",
        ],
    ),
    (
        "realm admin contract deprecate",
        "change",
        &["aperture: s3-permissions --sunset 2999-01-31 --dry-run"],
    ),
    (
        "realm admin contract rename",
        "change",
        &["aperture: s3-permissions bucket-access --dry-run"],
    ),
    ("realm admin health", "health", &["aperture"]),
    (
        "realm admin health",
        "change",
        &["aperture: --confirm --dry-run"],
    ),
    (
        "realm admin migrate",
        "change",
        &["realm-letemcook: --dry-run"],
    ),
    (
        "realm admin codeowners",
        "change",
        &["realm-letemcook: --dry-run", "realm-letemcook: --force"],
    ),
    ("realm admin cache stats", "cache", &["aperture"]),
    (
        "realm admin cache clear",
        "cache",
        &["aperture: --dry-run", "aperture"],
    ),
    (
        "realm admin trust",
        "trust",
        &["aperture: --dry-run", "aperture", "aperture: --list"],
    ),
    (
        "realm admin leave",
        "change",
        &[
            "fungal-image-analysis: --dry-run",
            "fungal-image-analysis: --yes",
        ],
    ),
    (
        "realm admin contract remove",
        "change",
        &[
            "aperture: s3-permissions",
            "aperture: s3-permissions --dry-run",
        ],
    ),
];

/// The commands that do something, as their help lists them.
pub(crate) fn commands(world: &World, above: &[String], found: &mut BTreeSet<String>) {
    let mut words = vec!["blue".to_owned()];
    words.extend_from_slice(above);
    words.push("--help".to_owned());
    let (help, exit) = world.run(&words);
    assert_eq!(exit, 0, "{words:?}: {help}");
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.trim().is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let mut names = names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .peekable();
    if names.peek().is_none() {
        found.insert(above.join(" "));
    }
    for name in names {
        let below = [above, &[name.to_owned()]].concat();
        commands(world, &below, found);
    }
}

/// The schemas that the program prints, each read once.
struct Schemas<'w>(&'w World, BTreeMap<String, Validator>);

impl Schemas<'_> {
    fn of(&mut self, kind: &str) -> &Validator {
        let world = self.0;
        self.1.entry(kind.to_owned()).or_insert_with(|| {
            let (text, exit) = world.run(&["blue", "schema", kind]);
            assert_eq!(exit, 0, "blue schema {kind}: {text}");
            let schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
            jsonschema::draft202012::new(&schema).expect("a schema is one")
        })
    }
}

/// Asks a command, and says what is wrong with what it writes; whether it was no failure.
fn asked(
    world: &World,
    schemas: &mut Schemas<'_>,
    (command, kind): (&str, &str),
    (folder, arguments): (&str, &str),
    wrong: &mut Vec<String>,
) -> bool {
    let line = format!("-C {folder} {command} {arguments} --json");
    let words = ["blue"].into_iter().chain(line.split_whitespace());
    let words: Vec<&str> = words.collect();
    let output = world.command(&words).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let exit = output.status.code().unwrap_or(-1);
    if exit == 101 {
        wrong.push(format!("{line}: a fault: {text}"));
        return false;
    }
    let mut documents = Vec::new();
    match (serde_json::from_str::<Value>(&text), kind) {
        (Ok(document), _) => documents.push(document),
        (Err(_), "site") => {
            for line in text.lines() {
                match serde_json::from_str(line) {
                    Ok(document) => documents.push(document),
                    Err(why) => wrong.push(format!("{line}: no JSON ({why})")),
                }
            }
        }
        (Err(why), _) => wrong.push(format!("{line}: no JSON ({why}), exit {exit}: {text:.300}")),
    }
    let mut is_failure = false;
    for document in documents {
        let of = match document.get("error").is_some_and(Value::is_object) {
            true => "failure",
            false => kind,
        };
        is_failure |= of == "failure";
        if document.get("version") != Some(&Value::from(1)) {
            wrong.push(format!("{line}: has no version"));
        }
        let errors = schemas.of(of).iter_errors(&document);
        wrong.extend(errors.map(|why| format!("{line}: {of}: {}: {why}", why.instance_path())));
    }
    !is_failure
}

#[test]
fn every_command_writes_what_its_schema_says() {
    let world = World::make();
    let mut found = BTreeSet::new();
    commands(&world, &[], &mut found);
    let known = ROWS.iter().map(|(command, ..)| (*command).to_owned());
    let known: BTreeSet<String> = known
        .chain(NONE.iter().map(|it| (*it).to_owned()))
        .collect();
    let forgotten: Vec<&String> = found.difference(&known).collect();
    assert!(
        forgotten.is_empty(),
        "commands without a row here: {forgotten:?}"
    );

    world.edit(
        "aperture/jobs/segment.py",
        "     write_json(f\"{JOBS}/{job_id}/out.json\", {\"tiles\": len(manifest[\"tiles\"])})\n\
         +    write_json(f\"{JOBS}/{job_id}/report.json\", {\"plate\": plate})\n",
    );
    let committed = world.run(&[
        "git",
        "-C",
        "aperture",
        "commit",
        "-qam",
        "A report for each job",
    ]);
    assert_eq!(committed.1, 0, "{}", committed.0);
    world.write("old.json", "{\"type\": \"string\"}");
    world.write("new.json", "{\"type\": [\"string\", \"null\"]}");
    world.write("none/readme.md", "Nothing.\n");

    let mut schemas = Schemas(&world, BTreeMap::new());
    let mut wrong = Vec::new();
    for (command, kind, runs) in ROWS {
        let mut works = false;
        for run in *runs {
            let (folder, arguments) = run.split_once(": ").unwrap_or((run, ""));
            works |= asked(
                &world,
                &mut schemas,
                (command, kind),
                (folder, arguments),
                &mut wrong,
            );
        }
        if !works {
            wrong.push(format!("{command}: never shown but as a failure"));
        }
    }
    // In a realm with nothing in it, and in no realm at all.
    for (command, kind, runs) in ROWS {
        for folder in ["realm-kitchen", "none"] {
            let (_, arguments) = runs[0].split_once(": ").unwrap_or((runs[0], ""));
            asked(
                &world,
                &mut schemas,
                (command, kind),
                (folder, arguments),
                &mut wrong,
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
