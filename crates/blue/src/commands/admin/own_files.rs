//! What joining a realm writes into the repository that joins: which realms it takes part in, and what git is not to know.

use std::path::Path;

use blue_ops::diff_of;
use blue_realm::Step;
use blue_realm::edit::{self, EditError};
use blue_text::{TextEdit, apply_edits};
use serde_json::{Value, json};

use super::join::{At, relative};
use crate::failure::Error;

const CONFIG: &str = ".blue/config.yaml";
const IGNORE: &str = ".gitignore";

/// A file of this repository that joining writes.
pub(super) struct OwnFile {
    /// From the repository's root.
    pub(super) path: &'static str,
    before: Option<String>,
    after: String,
}

impl OwnFile {
    pub(super) fn diff(&self) -> String {
        diff_of(self.path, self.before.as_deref(), Some(&self.after))
    }
}

/// `.blue/config.yaml` where there is none, or with one realm more where it names others; and what of `.blue` git is not
/// to know.
pub(super) fn own_files(
    root: &Path,
    name: &str,
    realm: &str,
    at: &At,
) -> Result<Vec<OwnFile>, Error> {
    let mut files = Vec::new();
    let mut said = json!({"name": realm});
    match at {
        At::Path(path, url) => {
            let path = relative(root, path).unwrap_or_else(|| path.to_string_lossy().into_owned());
            said["path"] = json!(path);
            if let Some(url) = url {
                said["url"] = json!(url);
            }
        }
        At::Url(url) => said["url"] = json!(url),
    }
    let before = read(&root.join(CONFIG))?;
    let after = match &before {
        None => Some(edit::document(&json!({"realm": said, "repo": name}))),
        Some(text) => with_realm(text, realm, &said).map_err(|why| Error::Use {
            message: format!(
                "{realm} cannot be named in {}: {why}",
                root.join(CONFIG).display()
            ),
            hint: format!("name it there by hand, below `realms`: {said}"),
        })?,
    };
    files.extend(after.map(|after| OwnFile {
        path: CONFIG,
        before,
        after,
    }));
    let ignore = root.join(IGNORE);
    let before = read(&ignore)?;
    let mut after = before.clone().unwrap_or_default();
    for line in [".blue/cache.db*", ".blue/config.local.yaml"] {
        if after.lines().any(|it| it.trim() == line) {
            continue;
        }
        if !after.is_empty() && !after.ends_with('\n') {
            after.push('\n');
        }
        after.push_str(line);
        after.push('\n');
    }
    if before.as_ref() != Some(&after) {
        files.push(OwnFile {
            path: IGNORE,
            before,
            after,
        });
    }
    Ok(files)
}

pub(super) fn write_own(root: &Path, files: &[OwnFile]) -> Result<(), Error> {
    for file in files {
        let path = root.join(file.path);
        let failed = |doing: &'static str, path: &Path| {
            let path = path.to_owned();
            move |source| Error::File {
                doing,
                path,
                source,
            }
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed("make", folder))?;
        }
        std::fs::write(&path, &file.after).map_err(failed("write", &path))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::File {
            doing: "read",
            path: path.to_owned(),
            source,
        }),
    }
}

/// A config that names a realm more; nothing where it names that one already.
fn with_realm(text: &str, name: &str, said: &Value) -> Result<Option<String>, EditError> {
    let read: Value = serde_yaml::from_str(text).unwrap_or_default();
    let one = read.get("realm").filter(|it| !it.is_null());
    let many = read.get("realms").and_then(Value::as_array);
    let mut all = one.into_iter().chain(many.into_iter().flatten());
    if all.any(|realm| realm.get("name").and_then(Value::as_str) == Some(name)) {
        return Ok(None);
    }
    let route = [Step::Key("realms")];
    let Some(one) = one else {
        let edits = match many {
            Some(_) => edit::append(text, &route, said)?,
            None => edit::set(text, &[Step::Key("realm")], said)?,
        };
        return apply(text, &edits).map(Some);
    };
    let listed = match as_list(text).filter(|text| says_list_of(text, one)) {
        Some(listed) => listed,
        None => {
            let edits = edit::rename_key(text, &[Step::Key("realm")], "realms")?;
            let text = apply(text, &edits)?;
            let edits = edit::set(&text, &route, &json!([one]))?;
            apply(&text, &edits)?
        }
    };
    let edits = edit::append(&listed, &route, said)?;
    apply(&listed, &edits).map(Some)
}

fn apply(text: &str, edits: &[TextEdit]) -> Result<String, EditError> {
    apply_edits(text, edits).ok_or_else(|| EditError::Entangled("the file".to_owned()))
}

fn says_list_of(text: &str, one: &Value) -> bool {
    let read: Value = serde_yaml::from_str(text).unwrap_or_default();
    read.get("realms") == Some(&json!([one]))
}

/// `realm:` and the mapping below it as `realms:` and a list of that one, with all that is written beside.
fn as_list(text: &str) -> Option<String> {
    let mut made = String::new();
    let mut lines = text.split_inclusive('\n').peekable();
    loop {
        let line = lines.next()?;
        if let Some(rest) = line.strip_prefix("realm:") {
            made.push_str(&format!("realms:{rest}"));
            break;
        }
        made.push_str(line);
    }
    let is_above = |line: &&str| line.starts_with(|it: char| !it.is_whitespace() && it != '#');
    let mut is_first = true;
    while let Some(line) = lines.next_if(|line| !is_above(line)) {
        let content = line.trim_start();
        let says_nothing = content.is_empty() || content.starts_with('#');
        let indent = &line[..line.len() - content.len()];
        match (says_nothing, is_first) {
            (true, _) => made.push_str(line),
            (false, true) => made.push_str(&format!("{indent}- {content}")),
            (false, false) => made.push_str(&format!("  {line}")),
        }
        is_first &= says_nothing;
    }
    made.extend(lines);
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_realm_more_leaves_all_that_was_said() {
        let said = json!({"name": "other", "path": "../other"});
        for (text, expected) in [
            (
                "# ours\nrealm: # one\n  name: letemcook\n  # beside\n  path: ../r # here\nrepo: aperture\n",
                Some(
                    "# ours\nrealms: # one\n  - name: letemcook\n  # beside\n    path: ../r # here\n  - name: other\n    path: ../other\nrepo: aperture\n",
                ),
            ),
            (
                "realms:\n- {name: letemcook}\nrepo: aperture\n",
                Some(
                    "realms:\n- {name: letemcook}\n- name: other\n  path: ../other\nrepo: aperture\n",
                ),
            ),
            (
                "realm: {name: letemcook, path: ../r}\nrepo: aperture\n",
                Some(
                    "realms:\n  - name: letemcook\n    path: ../r\n  - name: other\n    path: ../other\nrepo: aperture\n",
                ),
            ),
            (
                "repo: aperture\n",
                Some("repo: aperture\nrealm:\n  name: other\n  path: ../other\n"),
            ),
            ("realm:\n  name: other\nrepo: aperture\n", None),
            ("realms: [{name: letemcook}, {name: other}]\n", None),
        ] {
            let made = with_realm(text, "other", &said).unwrap();
            assert_eq!(made.as_deref(), expected, "{text}");
        }
    }
}
