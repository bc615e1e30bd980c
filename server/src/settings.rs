//! The settings that a client can give, under the section `blue`: with `initialize`, when it is asked,
//! or pushed. What is asked for goes before what `initialize` brought; what a repository or a realm
//! says of a finding's severity goes before both.

use std::path::PathBuf;

use blue_workspace::{Code, Level};
use serde_json::Value;
use tower_lsp::lsp_types::Url;

/// Settings that the client keeps under the same section for itself.
const OF_CLIENTS: &[&str] = &["path", "trace", "enable"];

/// All keys, for a spelling that was likely meant.
const KEYS: &[&str] = &[
    "docsUrl",
    "realmPath",
    "hints",
    "findings",
    "sessions",
    "notifications",
];

/// How what happened in the realms is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NewsAs {
    /// With answers to choose from, where the client has them.
    #[default]
    Actions,
    /// As messages.
    Plain,
    /// Not at all.
    Off,
}

impl NewsAs {
    const WORDS: [(&str, NewsAs); 3] = [
        ("on", NewsAs::Actions),
        ("plain", NewsAs::Plain),
        ("off", NewsAs::Off),
    ];
}

/// See the file's head. What is `None` is not set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Settings {
    /// `docsUrl`: where the pages of the findings are; a code is put behind it. Unset: no links.
    pub(crate) docs_url: Option<Url>,
    /// `realmPath`: a realm's checkout, instead of what a config says that names one realm.
    pub(crate) realm_path: Option<PathBuf>,
    /// `hints`: whether findings of the severity hint are shown. Unset: they are.
    pub(crate) hints: Option<bool>,
    /// `findings`: severities for codes of which neither the repository nor the realm says anything.
    pub(crate) findings: Vec<(Code, Level)>,
    /// `sessions.share`: whether other sessions are told what unsaved edits would change. Unset: they are.
    pub(crate) shares: Option<bool>,
    /// `notifications`: how what happened in the realms is shown.
    pub(crate) news: Option<NewsAs>,
}

impl Settings {
    /// The settings of an object, and what of it is none, in words. Null is none.
    pub(crate) fn read(value: &Value) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut ignored = Vec::new();
        let members = match value {
            Value::Object(members) => members,
            Value::Null => return (settings, ignored),
            _ => return (settings, vec!["`blue` is not an object".to_owned()]),
        };
        for (key, value) in members {
            let is_unset = value.is_null() || value.as_str() == Some("");
            if is_unset || OF_CLIENTS.contains(&key.as_str()) {
                continue;
            }
            if let Err(why) = settings.take(key, value, &mut ignored) {
                ignored.push(why);
            }
        }
        (settings, ignored)
    }

    fn take(&mut self, key: &str, value: &Value, ignored: &mut Vec<String>) -> Result<(), String> {
        let expected = |what: &str| format!("`blue.{key}` is not {what}");
        match key {
            "docsUrl" => {
                let url = value.as_str().map(|text| text.trim_end_matches('/'));
                let url = url.and_then(|text| Url::parse(&format!("{text}/")).ok());
                let url = url.filter(|url| !url.cannot_be_a_base());
                self.docs_url = Some(url.ok_or_else(|| expected("an address"))?);
            }
            "realmPath" => {
                let path = value.as_str().map(PathBuf::from);
                let path = path.filter(|path| path.is_absolute());
                self.realm_path = Some(path.ok_or_else(|| expected("an absolute path"))?);
            }
            "hints" => {
                let hints = value.as_bool().ok_or_else(|| expected("true or false"))?;
                self.hints = Some(hints);
            }
            "findings" => {
                let levels = value.as_object();
                let levels = levels.ok_or_else(|| expected("an object of codes and severities"))?;
                for (code, level) in levels {
                    // As a realm's YAML may have it: `off` is false to some readers.
                    let word = match level {
                        Value::Bool(false) => Some("off"),
                        level => level.as_str(),
                    };
                    match (Code::parse(code), word.and_then(level_of)) {
                        (Some(code), Some(level)) => self.findings.push((code, level)),
                        (None, _) => ignored.push(format!("no finding has the code `{code}`")),
                        (_, None) => ignored.push(format!(
                            "`{level}` of `{code}` is none of off, hint, info, warning and error"
                        )),
                    }
                }
            }
            "sessions" => {
                let members = value.as_object();
                let members = members.ok_or_else(|| expected("an object with `share`"))?;
                for (member, value) in members {
                    let share = match value {
                        Value::Bool(share) => Some(*share),
                        value => ["off", "on"]
                            .iter()
                            .position(|it| value == it)
                            .map(|at| at == 1),
                    };
                    match (member.as_str(), share) {
                        ("share", Some(share)) => self.shares = Some(share),
                        ("share", None) if value.is_null() => {}
                        ("share", None) => {
                            ignored.push("`blue.sessions.share` is not on or off".to_owned());
                        }
                        _ => ignored.push(format!("there is no setting `blue.sessions.{member}`")),
                    }
                }
            }
            "notifications" => {
                let mut words = NewsAs::WORDS.into_iter();
                let known = words.find(|(word, _)| value == word).map(|(_, how)| how);
                self.news = Some(known.ok_or_else(|| expected("on, plain or off"))?);
            }
            other => {
                let near = KEYS.iter().find(|known| known.eq_ignore_ascii_case(other));
                let near = near.map(|near| format!(" (did you mean `{near}`?)"));
                let near = near.unwrap_or_default();
                return Err(format!("there is no setting `blue.{other}`{near}"));
            }
        }
        Ok(())
    }

    /// These, where the others say nothing.
    pub(crate) fn under(&self, over: Self) -> Self {
        let mut findings = over.findings;
        for (code, level) in &self.findings {
            if findings.iter().all(|(known, _)| known != code) {
                findings.push((*code, *level));
            }
        }
        Self {
            docs_url: over.docs_url.or_else(|| self.docs_url.clone()),
            realm_path: over.realm_path.or_else(|| self.realm_path.clone()),
            hints: over.hints.or(self.hints),
            shares: over.shares.or(self.shares),
            news: over.news.or(self.news),
            findings,
        }
    }

    /// The page about a code.
    pub(crate) fn page(&self, code: &str) -> Option<Url> {
        self.docs_url.as_ref()?.join(code).ok()
    }
}

fn level_of(word: &str) -> Option<Level> {
    let known = Level::WORDS.iter().find(|(known, _)| *known == word);
    known.map(|(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use blue_realm::FileFormat;
    use serde_json::json;

    use super::*;

    /// What `blue schema settings` prints is what is read: its keys, its types, its words.
    #[test]
    fn the_schema_says_what_is_read() {
        let schema = FileFormat::Settings.json_schema();
        let known: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(known, KEYS);
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(schema)
            .unwrap();
        let agree = |settings: Value| {
            let (_, ignored) = Settings::read(&settings);
            let is_valid = validator.is_valid(&settings);
            assert_eq!(is_valid, ignored.is_empty(), "{settings}: {ignored:?}");
            is_valid
        };
        let folder = env!("CARGO_MANIFEST_DIR");
        for (key, value) in [
            ("docsUrl", json!("https://letemcook.example/findings")),
            ("realmPath", json!(folder)),
            ("hints", json!(false)),
            ("findings", json!({})),
            ("sessions", json!({"share": "off"})),
            ("notifications", json!("plain")),
        ] {
            assert!(agree(json!({ key: value })), "{key}");
            // Of no type that any setting has.
            assert!(!agree(json!({ key: [value] })), "{key}");
        }
        for key in OF_CLIENTS {
            assert!(agree(json!({ *key: [1] })), "{key}");
        }
        for share in [json!("on"), json!(false), json!(true)] {
            assert!(agree(json!({"sessions": {"share": share}})));
        }
        assert!(!agree(json!({"sessions": {"share": "never"}})));
        assert!(!agree(json!({"sessions": {"sahre": "off"}})));
        assert!(!agree(json!({"delay": 200})));
        assert!(!agree(json!({"docsUrl": "no url"})));
        for code in Code::ALL {
            for (word, _) in Level::WORDS {
                assert!(agree(json!({"findings": {code.as_str(): word}})), "{code}");
            }
        }
        assert!(!agree(json!({"findings": {"cycle": "never"}})));
        assert!(!agree(json!({"findings": {"export-aded": "off"}})));
    }

    /// What the extension for VS Code lets people set is what there is, and what nobody has set is
    /// no mistake.
    #[test]
    fn vscode_can_set_them_all() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../editors/vscode/package.json");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        let properties = &manifest["contributes"]["configuration"]["properties"];
        let mut unset = json!({});
        for (key, property) in properties.as_object().unwrap() {
            let key = key.strip_prefix("blue.").unwrap();
            let first = key.split('.').next().unwrap();
            assert!(
                KEYS.contains(&first) || OF_CLIENTS.contains(&first),
                "{key}"
            );
            unset[key] = property["default"].clone();
        }
        for key in KEYS.iter().filter(|key| **key != "sessions") {
            assert!(unset.get(key).is_some(), "{key} is not there to be set");
        }
        // As the editor sends it: `trace.server` is a member of `trace`.
        for (section, member) in [("trace", "server"), ("sessions", "share")] {
            let key = format!("{section}.{member}");
            unset[section] = json!({member: unset[&key].take()});
            unset.as_object_mut().unwrap().remove(&key);
        }
        assert_eq!(Settings::read(&unset).1, [""; 0], "{unset}");
        let words = properties["blue.findings"]["additionalProperties"]["enum"].clone();
        let known: Vec<&str> = Level::WORDS.iter().map(|(word, _)| *word).collect();
        assert_eq!(words, json!(known));
    }

    #[test]
    fn settings_and_what_is_none() {
        let page = |value: &Value| {
            let page = Settings::read(value).0.page("export-added");
            page.map(|url| url.to_string())
        };
        for (value, expected, ignored) in [
            (json!(null), None, vec![]),
            (json!({}), None, vec![]),
            (json!({"docsUrl": null}), None, vec![]),
            // As an editor sends what nobody has set, and what is its own.
            (
                json!({"docsUrl": "", "path": "blue", "trace": {"server": "off"}}),
                None,
                vec![],
            ),
            (
                json!({"docsUrl": "https://letemcook.example/findings"}),
                Some("https://letemcook.example/findings/export-added"),
                vec![],
            ),
            (
                json!({"docsUrl": "https://letemcook.example/f/", "delay": 200}),
                Some("https://letemcook.example/f/export-added"),
                vec!["there is no setting `blue.delay`"],
            ),
            (
                json!({"docsUrl": 7, "Hints": 1, "hints": 1, "realmPath": "../realm"}),
                None,
                vec![
                    "`blue.docsUrl` is not an address",
                    "there is no setting `blue.Hints` (did you mean `hints`?)",
                    "`blue.hints` is not true or false",
                    "`blue.realmPath` is not an absolute path",
                ],
            ),
            (
                json!({"docsUrl": "no url", "findings": {"export-aded": "off", "cycle": "never"}}),
                None,
                vec![
                    "`blue.docsUrl` is not an address",
                    "no finding has the code `export-aded`",
                    "`\"never\"` of `cycle` is none of off, hint, info, warning and error",
                ],
            ),
            (json!([1]), None, vec!["`blue` is not an object"]),
        ] {
            assert_eq!(page(&value).as_deref(), expected, "{value}");
            assert_eq!(Settings::read(&value).1, ignored, "{value}");
        }
    }

    #[test]
    fn what_is_nearer_goes_before() {
        let read = |value: Value| Settings::read(&value).0;
        let base = read(json!({
            "hints": false,
            "docsUrl": "https://letemcook.example/a",
            "findings": {"cycle": "off", "import-excess": "off"},
        }));
        let over = read(json!({"hints": true, "findings": {"cycle": "info"}}));
        let both = base.under(over);
        assert_eq!(both.hints, Some(true));
        assert_eq!(both.docs_url, base.docs_url);
        assert_eq!(
            both.findings,
            [(Code::Cycle, Level::Info), (Code::ImportExcess, Level::Off)]
        );
    }
}
