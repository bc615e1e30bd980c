//! Which realms the user of this machine has trusted: `$BLUE_HOME/trust.yaml` and `index.yaml`
//! (`realm-format.md`, "Per user").
//!
//! A realm is shared with strangers, and a contract in it may name a script to run. So nothing that
//! a realm says is run before somebody on this machine has said that it may (`security.md`).

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use blue_git::without_credentials;
use blue_realm::Step;
use blue_realm::edit::{self, EditError};
use serde_json::{Value, json};

use crate::address::address_of;

/// How far a realm is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrustLevel {
    /// Nothing of it is used.
    Blocked,
    /// It is read; nothing that it names is run. So is a realm of which nothing is said.
    ReadOnly,
    /// The checks that its contracts name are run by commands.
    Full,
}

impl TrustLevel {
    /// All of them.
    pub const ALL: [TrustLevel; 3] = [TrustLevel::Full, TrustLevel::ReadOnly, TrustLevel::Blocked];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TrustLevel::Blocked => "blocked",
            TrustLevel::ReadOnly => "read-only",
            TrustLevel::Full => "full",
        }
    }
}

/// Why the files of trust cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// There is no home folder, and `BLUE_HOME` is not set.
    #[error("there is no home folder to keep it in; set BLUE_HOME")]
    NoHome,
    /// Reading or writing failed.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// A verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is there and says something that is no trust.
    #[error("{} is not as Blue writes it: {why}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// What is trusted on this machine.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Patterns (`*` stands for anything) of URLs and paths, in the order of the file.
    pub entries: Vec<(String, TrustLevel)>,
}

impl Trust {
    /// Reads `trust.yaml` of Blue's own folder; nothing is trusted where there is none.
    ///
    /// # Errors
    /// [`TrustError`]. Whoever cannot read what is trusted must trust nothing.
    pub fn read() -> Result<Trust, TrustError> {
        match crate::discover::blue_home() {
            Some(home) => Trust::read_in(&home),
            None => Ok(Trust::default()),
        }
    }

    fn read_in(home: &Path) -> Result<Trust, TrustError> {
        let path = home.join(TRUST);
        let shape = |why: String| TrustError::Shape {
            path: path.clone(),
            why,
        };
        let text = read(&path)?;
        let parsed: Option<Value> =
            serde_yaml::from_str(&text).map_err(|error| shape(error.to_string()))?;
        let Some(parsed) = parsed else {
            return Ok(Trust::default());
        };
        let entries = parsed
            .as_object()
            .ok_or_else(|| shape("it is no mapping of URLs or paths to levels".to_owned()))?;
        let mut trust = Trust::default();
        for (pattern, level) in entries {
            let mut levels = TrustLevel::ALL.into_iter();
            let known = levels.find(|known| level.as_str() == Some(known.as_str()));
            let known = known.ok_or_else(|| {
                let pattern = without_credentials(pattern);
                shape(format!(
                    "`{pattern}` is none of full, read-only and blocked"
                ))
            })?;
            trust.entries.push((pattern.clone(), known));
        }
        Ok(trust)
    }

    /// How far a realm is trusted: what is written for its URL, else for its path; of several
    /// patterns the least. Nothing where nothing is written.
    #[must_use]
    pub fn level(&self, realm: &RealmIdentity) -> Option<TrustLevel> {
        let of = |name: &str| {
            let matching = self.entries.iter().filter(|(it, _)| matches(it, name));
            matching.map(|(_, level)| *level).min()
        };
        let url = realm.url.as_deref().and_then(of);
        match (url, of(&realm.path)) {
            (Some(TrustLevel::Blocked), _) | (_, Some(TrustLevel::Blocked)) => {
                Some(TrustLevel::Blocked)
            }
            // A checkout says itself where it comes from: its path is what nobody else chose.
            (url, path) => url.or(path),
        }
    }
}

/// By what a realm is told apart from others on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmIdentity {
    /// Its name, for readers.
    pub name: String,
    /// Where git fetches it from, without credentials; nothing for one that was never cloned.
    pub url: Option<String>,
    /// Its checkout, a real path.
    pub path: String,
}

impl RealmIdentity {
    /// Of the checkout at `root`.
    #[must_use]
    pub fn of(name: &str, root: &Path) -> RealmIdentity {
        let path = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let repository = blue_git::discover(root).ok().flatten();
        let own = repository.filter(|repository| {
            // A realm that lies inside another repository is not what that one's remote is. A clone that Blue keeps
            // has no working tree.
            let root = repository.workdir().unwrap_or(repository.git_dir());
            fs::canonicalize(root).is_ok_and(|root| root == path)
        });
        let remotes = own.and_then(|own| own.remotes().ok()).unwrap_or_default();
        let origin = remotes.iter().find(|remote| remote.name == "origin");
        let url = origin.or(remotes.first()).map(|remote| remote.url.clone());
        RealmIdentity {
            name: name.to_owned(),
            url,
            path: path.to_string_lossy().into_owned(),
        }
    }

    /// What trust is recorded under: the URL, else the path.
    #[must_use]
    pub fn key(&self) -> &str {
        self.url.as_deref().unwrap_or(&self.path)
    }

    /// The same for everybody who has the realm, however each reaches it: see [`address_of`].
    #[must_use]
    pub fn address(&self) -> String {
        address_of(self.key())
    }
}

const TRUST: &str = "trust.yaml";
const INDEX: &str = "index.yaml";

/// Records how far a URL or path (which may be a pattern) is trusted, and, of a realm that is known,
/// that it is known. Idempotent.
///
/// # Errors
/// [`TrustError`]; what was there before is still there then.
pub fn set_trust(
    pattern: &str,
    level: TrustLevel,
    realm: Option<&RealmIdentity>,
) -> Result<PathBuf, TrustError> {
    let home = crate::discover::blue_home().ok_or(TrustError::NoHome)?;
    set_trust_in(&home, pattern, level, realm)
}

/// Records that a realm is known, so that it may be fetched as a folder of it is opened. Idempotent. How far it is
/// trusted stays as it was.
///
/// # Errors
/// [`TrustError`]; what was there before is still there then.
pub fn note_realm(realm: &RealmIdentity) -> Result<(), TrustError> {
    let home = crate::discover::blue_home().ok_or(TrustError::NoHome)?;
    add_to_index(&home, realm)
}

/// Whether a realm is one that this user joined or trusts, so that it may be fetched without being asked for; not
/// one that is blocked. Whoever cannot read what is known knows nothing.
#[must_use]
pub fn is_known_realm(realm: &RealmIdentity) -> bool {
    let Some(home) = crate::discover::blue_home() else {
        return false;
    };
    let blocked = Trust::read_in(&home).map(|trust| trust.level(realm));
    if !matches!(
        blocked,
        Ok(None | Some(TrustLevel::Full | TrustLevel::ReadOnly))
    ) {
        return false;
    }
    let text = read(&home.join(INDEX)).unwrap_or_default();
    let known: Option<Value> = serde_yaml::from_str(&text).unwrap_or_default();
    let listed = known
        .as_ref()
        .and_then(|known| known.get("realms")?.as_array());
    listed
        .into_iter()
        .flatten()
        .any(|entry| is_entry_of(entry, realm))
}

/// Whether an entry of the index is a realm's: by its URL, where it has one.
fn is_entry_of(entry: &Value, realm: &RealmIdentity) -> bool {
    let said = |key: &str| entry.get(key).and_then(Value::as_str);
    match &realm.url {
        Some(url) => said("url") == Some(url),
        None => said("path") == Some(&realm.path),
    }
}

fn set_trust_in(
    home: &Path,
    pattern: &str,
    level: TrustLevel,
    realm: Option<&RealmIdentity>,
) -> Result<PathBuf, TrustError> {
    let pattern = without_credentials(pattern);
    // Refused before anything is written, if it is not what Blue wrote.
    Trust::read_in(home)?;
    if let Some(realm) = realm {
        add_to_index(home, realm)?;
    }
    let path = home.join(TRUST);
    let text = read(&path)?;
    let changed = edit::set(&text, &[Step::Key(&pattern)], &json!(level.as_str()));
    write(&path, &edited(&path, &text, changed)?)?;
    Ok(path)
}

fn add_to_index(home: &Path, realm: &RealmIdentity) -> Result<(), TrustError> {
    let path = home.join(INDEX);
    let text = read(&path)?;
    let known: Option<Value> = serde_yaml::from_str(&text).map_err(|error| TrustError::Shape {
        path: path.clone(),
        why: error.to_string(),
    })?;
    let listed = known
        .as_ref()
        .and_then(|known| known.get("realms")?.as_array());
    let is_same = |entry: &&Value| is_entry_of(entry, realm);
    if listed.is_some_and(|listed| listed.iter().any(|entry| is_same(&entry))) {
        return Ok(());
    }
    let mut entry = json!({"name": realm.name, "path": realm.path});
    if let Some(url) = &realm.url {
        entry["url"] = json!(url);
    }
    let changed = edit::append(&text, &[Step::Key("realms")], &entry);
    write(&path, &edited(&path, &text, changed)?)
}

fn edited(
    path: &Path,
    text: &str,
    edits: Result<Vec<blue_text::TextEdit>, EditError>,
) -> Result<String, TrustError> {
    let shape = |why: String| TrustError::Shape {
        path: path.to_owned(),
        why,
    };
    let edits = edits.map_err(|error| shape(error.to_string()))?;
    blue_text::apply_edits(text, &edits).ok_or_else(|| shape("its edits overlap".to_owned()))
}

/// The text of a file; empty where there is none.
fn read(path: &Path) -> Result<String, TrustError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(TrustError::File {
            doing: "read",
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes a file of Blue's own: all of it or nothing, and for nobody else to read.
fn write(path: &Path, text: &str) -> Result<(), TrustError> {
    let failed = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| TrustError::File {
            doing,
            path,
            source,
        }
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed("make", folder))?;
    // Of the user alone from its first byte: that is how temporary files are made.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed("write", path))?;
    let written = file.write_all(text.as_bytes());
    let written = written.and_then(|()| file.as_file().sync_all());
    written.map_err(failed("write", path))?;
    file.persist(path)
        .map_err(|error| failed("write", path)(error.error))?;
    Ok(())
}

/// Whether a pattern, in which `*` stands for any characters, takes in a whole text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.
mod tests {
    use super::*;

    fn identity(url: Option<&str>, path: &str) -> RealmIdentity {
        RealmIdentity {
            name: "letemcook".into(),
            url: url.map(str::to_owned),
            path: path.into(),
        }
    }

    /// A realm that is known by its address is the one at that address, wherever its clone is kept.
    #[test]
    fn a_clone_without_a_working_tree_is_what_it_was_cloned_from() {
        let folder = tempfile::tempdir().unwrap();
        let url = "https://git.letemcook.example/realm.git";
        let bare = git2::Repository::init_bare(folder.path().join("letemcook")).unwrap();
        bare.remote("origin", url).unwrap();
        let of = |path: &Path| RealmIdentity::of("letemcook", path).url;
        assert_eq!(of(&folder.path().join("letemcook")).as_deref(), Some(url));
        let inside = folder.path().join("letemcook/inside");
        fs::create_dir(&inside).unwrap();
        assert_eq!(of(&inside), None);
    }

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("https://a/b", "https://a/b", true),
            ("https://a/b", "https://a/b.git", false),
            ("https://a/*", "https://a/b/c.git", true),
            ("https://a/*/c.git", "https://a/b/c.git", true),
            ("https://a/*/d*", "https://a/b/c.git", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_written_is_what_counts() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().join("blue");
        let url = "https://git.example.com/realms/letemcook.git";
        let realm = identity(Some(url), "/srv/realm-letemcook");
        let level = |realm: &RealmIdentity| Trust::read_in(&home).unwrap().level(realm);
        assert_eq!(level(&realm), None);
        let secret = "https://me:secret@git.example.com/realms/letemcook.git";
        set_trust_in(&home, secret, TrustLevel::Full, Some(&realm)).unwrap();
        assert_eq!(level(&realm), Some(TrustLevel::Full));
        // Another one at the same path, and one that was never cloned.
        let other = "https://git.example.com/realms/other.git";
        assert_eq!(level(&identity(Some(other), "/srv/x")), None);
        assert_eq!(level(&identity(None, "/srv/realm-letemcook")), None);
        // The least of what is said counts; blocked wins over all.
        set_trust_in(
            &home,
            "https://git.example.com/*",
            TrustLevel::ReadOnly,
            None,
        )
        .unwrap();
        assert_eq!(level(&realm), Some(TrustLevel::ReadOnly));
        set_trust_in(&home, "/srv/realm-letemcook", TrustLevel::Blocked, None).unwrap();
        assert_eq!(level(&realm), Some(TrustLevel::Blocked));
        let text = fs::read_to_string(home.join(TRUST)).unwrap();
        assert!(!text.contains("secret"), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn writing_again_changes_nothing_and_keeps_what_people_wrote() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let realm = identity(None, "/srv/realm-letemcook");
        fs::write(home.join(TRUST), "# ours\n\"/srv/a\": full # for now\n").unwrap();
        for _ in 0..2 {
            set_trust_in(home, realm.key(), TrustLevel::Full, Some(&realm)).unwrap();
        }
        let text = fs::read_to_string(home.join(TRUST)).unwrap();
        assert!(
            text.starts_with("# ours\n\"/srv/a\": full # for now\n"),
            "{text}"
        );
        assert_eq!(text.matches("realm-letemcook").count(), 1, "{text}");
        let index = fs::read_to_string(home.join(INDEX)).unwrap();
        assert_eq!(index.matches("letemcook").count(), 2, "{index}");
    }

    #[test]
    fn what_is_no_trust_is_refused_and_left() {
        let home = tempfile::tempdir().unwrap();
        for text in ["[a]", "a: maybe\n", "a: [\n"] {
            fs::write(home.path().join(TRUST), text).unwrap();
            assert!(Trust::read_in(home.path()).is_err(), "{text}");
            let set = set_trust_in(home.path(), "/srv/a", TrustLevel::Full, None);
            assert!(set.is_err(), "{text}");
            let left = fs::read_to_string(home.path().join(TRUST)).unwrap();
            assert_eq!(left, text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let home = home.path().join("deep/blue");
        set_trust_in(&home, "/srv/a", TrustLevel::Full, None).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&home), 0o700);
        assert_eq!(mode(&home.join(TRUST)), 0o600);
    }
}
