//! Texts, their versions and positions: what is published last is what the last text says.

use serde_json::{Value, json};

use crate::client::{Client, anywhere, full_capabilities, uri};
use crate::world::{PATHS, World};

fn session(world: &World) -> Client {
    Client::open_folders(&world.home(), &world.folders(), full_capabilities())
}

/// What a server says of a text that it never saw another one of.
fn fresh(text: &str) -> Value {
    let world = World::new();
    let mut client = session(&world);
    client.open(&world.source(), 1, text);
    settled(&mut client, &world, 1)
}

/// The findings of a version once the server has read all that there is to read.
fn settled(client: &mut Client, world: &World, version: i64) -> Value {
    client.published(&world.source(), version);
    client.round_trip();
    anywhere(&client.published(&world.source(), version), &world.path(""))
}

fn range(line: usize, from: usize, to: usize) -> Value {
    json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}})
}

#[test]
fn the_last_of_a_burst_is_what_is_published_last() {
    let world = World::new();
    let mut client = session(&world);
    let source = world.source();
    client.open(&source, 0, PATHS);
    // Types into the key of the last line, a character a message, and awaits none of them.
    let line = PATHS.lines().count() - 1;
    let at = PATHS.lines().last().unwrap().find("out.json").unwrap();
    let typed: String = ('a'..='z').cycle().take(300).collect();
    for (number, character) in typed.chars().enumerate() {
        let change = json!([{"range": range(line, at + number, at + number), "text": character}]);
        client.change(&source, number as i64 + 1, change);
    }
    let last = settled(&mut client, &world, 300);
    let text = PATHS.replace("jobs/out.json", &format!("jobs/{typed}out.json"));
    assert_eq!(last, fresh(&text));
    let mut before = -1;
    for published in &client.published[&uri(&source)] {
        let version = published["version"].as_i64().unwrap();
        assert!(version >= before, "{version} after {before}");
        before = version;
        // What is said of a version is what that version says.
        let found = published["diagnostics"].to_string();
        let wanted = format!("jobs/{}out.json", &typed[..version as usize]);
        let is_right = published["diagnostics"] == json!([]) || found.contains(&wanted);
        assert!(is_right, "{version}: {wanted} is not in {found}");
    }
}

#[test]
fn each_awaited_version_is_published() {
    let world = World::new();
    let mut client = session(&world);
    let source = world.source();
    client.open(&source, 1, PATHS);
    client.published(&source, 1);
    for version in 2..30 {
        let change = json!([{"range": range(0, 0, 0), "text": "#"}]);
        client.change(&source, version, change);
        client.published(&source, version);
    }
    client.change(&source, 40, json!([]));
    client.published(&source, 40);
    client.change(&source, 41, json!([{"text": PATHS}]));
    assert_eq!(settled(&mut client, &world, 41), fresh(PATHS));
}

#[test]
fn positions_behind_characters_of_every_width() {
    for (encoding, width) in [("utf-8", 4 + 3 + 2), ("utf-16", 2 + 1 + 1), ("utf-32", 3)] {
        let world = World::new();
        let mut capabilities = full_capabilities();
        capabilities["general"]["positionEncodings"] = json!([encoding]);
        let mut client = Client::open_folders(&world.home(), &world.folders(), capabilities);
        let source = world.source();
        // The same findings, each behind characters of four, three and two bytes.
        let plain = PATHS.replace("    s3.put", "    a = '---'; s3.put");
        let wide = plain.replace("---", "🍄菌é");
        client.open(&source, 1, &plain);
        let plain = settled(&mut client, &world, 1);
        let plain = plain.as_array().unwrap();
        client.change(&source, 2, json!([{"text": wide}]));
        let wide = settled(&mut client, &world, 2);
        let wide = wide.as_array().unwrap();
        assert!(!plain.is_empty() && plain.len() == wide.len());
        for (plain, wide) in plain.iter().zip(wide) {
            for end in ["start", "end"] {
                let column = |it: &Value| it["range"][end]["character"].as_u64().unwrap();
                assert_eq!(column(wide), column(plain) + width - 3, "{encoding}");
            }
        }
        // And an edit there lands where it should.
        let line = plain[0]["range"]["start"]["line"].as_u64().unwrap() as usize;
        let quote = 8 + 1 + width as usize;
        let change = json!([{"range": range(line, quote, quote), "text": "!"}]);
        client.change(&source, 3, change);
        let after = settled(&mut client, &world, 3);
        assert_eq!(after.as_array().unwrap().len(), plain.len(), "{encoding}");
        let column = |it: &Value| it["range"]["start"]["character"].as_u64().unwrap();
        assert_eq!(column(&after[0]), column(&wide[0]) + 1, "{encoding}");
    }
}

#[test]
fn a_hover_sees_the_change_before_it() {
    let world = World::new();
    let mut client = session(&world);
    let source = world.source();
    client.open(&source, 0, PATHS);
    let line = PATHS.lines().count() - 1;
    let column = PATHS.lines().last().unwrap().find("jobs/").unwrap();
    client.published_that(&source, |it| it["diagnostics"] != json!([]));
    for number in 1..=50 {
        client.change(
            &source,
            number,
            json!([{"range": range(line, column + 5, column + 5), "text": "x"}]),
        );
        let id = client.hover(&source, line as u32, column as u32 + 1);
        let answer = client.answer(id);
        let wanted = format!("jobs/{}out.json", "x".repeat(number as usize));
        let found = answer["result"]["contents"]["value"]
            .as_str()
            .unwrap_or_default();
        assert!(found.contains(&wanted), "{wanted} is not in {answer}");
    }
}

#[test]
fn closing_says_what_the_file_on_disk_says() {
    let world = World::new();
    let mut client = session(&world);
    let source = world.source();
    client.open(&source, 1, &PATHS.replace("jobs/", "tasks/"));
    client.published(&source, 1);
    client.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": uri(&source)}}),
    );
    client.published_that(&source, |it| it.get("version").is_none());
    client.round_trip();
    let last = client.last_published(&source).unwrap();
    let tasks = last["diagnostics"].to_string().contains("tasks/");
    assert!(!tasks, "left behind: {last}");
}
