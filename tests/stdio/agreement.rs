//! The command and the server say the same: one corpus of worlds, each checked by `blue realm check`
//! and shown by `blue lsp`, finding by finding: place, code, severity, words, fingerprint, fixes.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities, uri};
use crate::story_world::{CONTRACT, IMPORT, KEYS, SEGMENT, STACK, world};
use crate::world::World;

/// What is done to the world, by file: stretches and what they become.
type Edits = &'static [(&'static str, &'static str, &'static str)];

/// A world each. The record is committed, the code is not.
const CORPUS: &[Edits] = &[
    &[],
    &[(KEYS, "\"jobs\"", "\"tasks\"")],
    &[(
        SEGMENT,
        "return manifest;",
        "await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `🍄/${jobId}` })); return manifest;",
    )],
    &[(STACK, "out.json", "in.json")],
    &[
        (CONTRACT, "version: 1.4.0\nowner", "version: 1.5.0\nowner"),
        (CONTRACT, "  - version: 1.4.0", "  - version: 1.5.0"),
    ],
    &[
        (CONTRACT, "version: 1.4.0\nowner", "version: 2.0.0\nowner"),
        (CONTRACT, "  - version: 1.4.0", "  - version: 2.0.0"),
        (STACK, "out.json", "in.json"),
    ],
    &[(IMPORT, "infra/stack.py", "infra/stak.py")],
    &[(
        CONTRACT,
        "    - jobs/*/report.json\n",
        "    - jobs/*/report.json\n    - never/seen\n",
    )],
    &[(
        "aperture/.blue/config.yaml",
        "repo: aperture",
        "repo: apertura",
    )],
];

/// One finding, as text: where, what, in which words.
type Said = BTreeSet<String>;

fn checked(world: &World, repo: &str) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_blue"))
        .args([
            "-C",
            world.path(repo).to_str().unwrap(),
            "realm",
            "check",
            "--json",
        ])
        .env("BLUE_HOME", world.home())
        .env_remove("BLUE_REALM_PATH")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let said = findings.iter().map(|finding| {
        // The command counts from 1, the protocol from 0.
        let at = |end: &str, unit: &str| finding["range"][end][unit].as_u64().unwrap() - 1;
        let place = world.path(repo).join(finding["path"].as_str().unwrap());
        json!({
            "uri": uri(&place),
            "start": [at("start", "line"), at("start", "column")],
            "end": [at("end", "line"), at("end", "column")],
            "code": finding["code"],
            "severity": finding["severity"],
            "message": finding["message"],
            "fingerprint": finding["fingerprint"],
            "fixes": finding["fixes"],
        })
        .to_string()
    });
    said.collect()
}

fn published(client: &Client) -> Said {
    let mut said = Said::new();
    for (uri, publications) in &client.published {
        let Some(last) = publications.last() else {
            continue;
        };
        for shown in last["diagnostics"].as_array().unwrap() {
            let at = |end: &str| {
                let end = &shown["range"][end];
                json!([end["line"], end["character"]])
            };
            let severity = match shown["severity"].as_u64() {
                Some(1) => "error",
                Some(2) => "warning",
                Some(3) => "info",
                _ => "hint",
            };
            said.insert(
                json!({
                    "uri": uri,
                    "start": at("start"),
                    "end": at("end"),
                    "code": shown["code"],
                    "severity": severity,
                    "message": shown["message"],
                    "fingerprint": shown["data"]["fingerprint"],
                    "fixes": shown["data"]["fixes"],
                })
                .to_string(),
            );
        }
    }
    said
}

#[test]
fn the_command_and_the_server_say_the_same() {
    let mut all = 0;
    for edits in CORPUS {
        let world = world();
        for (path, old, new) in *edits {
            let text = world.read(path);
            assert!(text.contains(old), "{path}: {old}");
            world.write(path, &text.replace(old, new));
        }
        world.commit("realm");
        let repos = ["aperture", "fungal-image-analysis"];
        let expected: Said = repos
            .iter()
            .flat_map(|repo| checked(&world, repo))
            .collect();
        // The command counts columns in characters: so does UTF-32.
        let mut capabilities = full_capabilities();
        capabilities["general"]["positionEncodings"] = json!(["utf-32"]);
        let folders = repos.map(|repo| world.path(repo));
        let mut client = Client::open_folders(&world.home(), &folders, capabilities);
        client.until(|client| (published(client) == expected).then_some(()));
        // Nothing follows that would make it different.
        client.round_trip();
        assert_eq!(published(&client), expected, "{edits:?}");
        all += expected.len();
    }
    assert!(all >= CORPUS.len(), "the corpus says too little: {all}");
}
