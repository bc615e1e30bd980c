//! An editor in front of the server: opens files of a world, types, and says what it shows.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::client::{Client, full_capabilities, uri};
use crate::shown::{Units, fits, shown};
use crate::world::{World, replaced};

/// An editor with the three folders open, and positions counted in some units.
pub(crate) struct Editor {
    pub(crate) world: World,
    pub(crate) client: Client,
    pub(crate) units: Units,
}

impl Editor {
    pub(crate) fn start(world: World, (units, name): (Units, &str)) -> Self {
        let mut capabilities = full_capabilities();
        capabilities["general"]["positionEncodings"] = json!([name]);
        Self::with(world, units, capabilities)
    }

    /// An editor that can do what it says.
    pub(crate) fn with(world: World, units: Units, capabilities: Value) -> Self {
        let client = Client::open_folders(&world.home(), &world.folders(), capabilities);
        Self {
            world,
            client,
            units,
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.world.path(path)
    }

    /// Opens a file; what it shows.
    pub(crate) fn open(&mut self, path: &str) -> Vec<String> {
        let text = self.world.read(path);
        let path = self.path(path);
        self.client.open(&path, 1, &text);
        shown(self.units, &self.client.published(&path, 1), &text)
    }

    /// Replaces what stands once in a text that is open; the text then.
    pub(crate) fn type_over(
        &mut self,
        path: &str,
        version: i64,
        text: &str,
        old: &str,
        new: &str,
    ) -> String {
        let after = replaced(text, old, new);
        let at = text.find(old).unwrap();
        // As an editor sends it: without what stays as it is.
        let equal = |(a, b): &(char, char)| a == b;
        let same = |pairs: Vec<(char, char)>| -> usize {
            let same = pairs.iter().take_while(|pair| equal(pair));
            same.map(|(character, _)| character.len_utf8()).sum()
        };
        let head = same(old.chars().zip(new.chars()).collect());
        let (old, new) = (&old[head..], &new[head..]);
        let tail = same(old.chars().rev().zip(new.chars().rev()).collect());
        let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
        let (start, end) = (
            self.units.position(text, at + head),
            self.units.position(text, at + head + old.len()),
        );
        let change = json!([{
            "range": {"start": {"line": start.0, "character": start.1},
                      "end": {"line": end.0, "character": end.1}},
            "text": new,
        }]);
        let path = self.path(path);
        self.client.change(&path, version, change);
        after
    }

    /// What a version of a file shows.
    pub(crate) fn shown(&mut self, path: &str, version: i64, text: &str) -> Vec<String> {
        let path = self.path(path);
        let found = self.client.published(&path, version);
        shown(self.units, &found, text)
    }

    /// Waits until a file, open or not, shows what is asked for.
    pub(crate) fn shows(&mut self, path: &str, text: &str, expected: &[impl AsRef<str>]) -> Value {
        let (units, path) = (self.units, self.path(path));
        self.client.published_that(&path, |last| {
            shown_or_none(units, &last["diagnostics"], text)
                .is_some_and(|lines| fits(&lines, expected))
        })
    }

    /// Says that files changed on disk.
    pub(crate) fn changed_on_disk(&mut self, paths: &[&str]) {
        let changes: Vec<_> = paths
            .iter()
            .map(|path| json!({"uri": uri(&self.path(path)), "type": 2}))
            .collect();
        self.client.notify(
            "workspace/didChangeWatchedFiles",
            json!({"changes": changes}),
        );
    }

    /// The hover over the first character of what stands once in a file's text.
    pub(crate) fn hover(&mut self, path: &str, text: &str, over: &str) -> Value {
        let at = text.find(over).unwrap();
        let (line, character) = self.units.position(text, at);
        let path = self.path(path);
        let id = self.client.hover(&path, line, character);
        self.client.answer(id)["result"].take()
    }
}

/// [`shown`], if the publication can be one of this text.
fn shown_or_none(units: Units, diagnostics: &Value, text: &str) -> Option<Vec<String>> {
    let lines = text.split('\n').count() as u64;
    let diagnostics = diagnostics.as_array()?;
    let fits = diagnostics.iter().all(|it| {
        let range = &it["range"];
        ["start", "end"].iter().all(|end| {
            let line = range[end]["line"].as_u64().unwrap();
            let character = range[end]["character"].as_u64().unwrap() as usize;
            let text = text.split('\n').nth(line as usize);
            line < lines && text.is_some_and(|text| units.count(text) >= character)
        })
    });
    fits.then(|| shown(units, &json!(diagnostics), text))
}

/// What most editors count in.
pub(crate) fn utf16() -> (Units, &'static str) {
    Units::ALL[1]
}
