//! Worlds written as text: the files of repositories and realms behind `//- PATH`, brought to a
//! [`Host`] as a workspace would. The first folder of a path is the root it lies in: a folder
//! called `realm…` is a realm, any other a repository.
//!
//! | head | the file as it is |
//! |---|---|
//! | `//- /aperture/a.py` | now, and at every baseline that does not say otherwise |
//! | `//- baseline:/aperture/a.py` | at HEAD; empty text: it was not there |
//! | `//- baseline@4f2a91c:/aperture/a.py` | at that commit; without a path: as now |
//! | `//- proposal:/realm/…` | in the realm's working tree |
//! | `//- open:/aperture/a.py` | in an editor's buffer, now; on disk as without this |
//! | `//- unreadable:/aperture/a.py` | not to be read, now |
//! | `//- deleted:/aperture/a.py` | not there now (a file that the preamble has) |
//!
//! Settings are lines of their own: `//! no-git aperture`, `//! base aperture 4f2a91c`,
//! `//! unreachable aperture other`, `//! today 2027-02-01`,
//! `//! told s3-access s3-permissions 1.5.0 read+a/* read-b/* | in PLACE` (a change under way elsewhere, in letemcook; a sync
//! where PLACE begins with `on sync/…`, of the branch of code behind ` of `;
//! `-` is a version that is not known), `//! default aperture export-removed error`, `//! remote aperture URL`, `//! branch aperture feat`, `//! aside aperture 4f2a91c` (that commit is not part of HEAD), `//! behind aperture is 2 commits behind origin/main`, `//! stale aperture letemcook: URL cannot be reached`.

// Each test binary uses its own part of this.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use blue_analysis::{
    Baseline, BaselineStands, CONFIG, Checkout, Code, Content, Follower, Host, PendingChange,
    Place, RealmKey, RepoKey, RepoSpec, Root, Severity,
};
use blue_realm::config::parse_config;
use blue_realm::{Realm, parse_file};

/// Where the cursor is, in a file's text.
pub const CURSOR: &str = "$0";

type Texts = BTreeMap<String, String>;

/// The files of a world.
#[derive(Debug, Clone, Default)]
pub struct World {
    now: Texts,
    proposed: Texts,
    open: Texts,
    unreadable: Texts,
    /// By repository and commit (`""` is HEAD), paths in it.
    baselines: BTreeMap<(String, String), Texts>,
    settings: Vec<String>,
    /// The file with the cursor, and the cursor's offset.
    pub cursor: Option<(String, u32)>,
}

/// A change that is under way elsewhere, as `//! told` has it.
fn pending(text: &str) -> PendingChange {
    let (words, place) = text.split_once(" | ").unwrap();
    let words: Vec<&str> = words.split(' ').collect();
    let [domain, contract, version, values @ ..] = &words[..] else {
        panic!("{text}");
    };
    let moved = |sign: char| {
        let values = values.iter().filter_map(|value| value.split_once(sign));
        values
            .map(|(field, value)| (field.into(), value.to_owned()))
            .collect()
    };
    PendingChange {
        realm: "letemcook".into(),
        domain: (*domain).into(),
        contract: (*contract).into(),
        to: Some(*version).filter(|it| *it != "-").map(str::to_owned),
        added: moved('+'),
        removed: moved('-'),
        branch: place
            .split([' ', ','])
            .find(|word| word.starts_with("sync/"))
            .map(Into::into),
        followed_by: values
            .iter()
            .filter_map(|value| value.strip_prefix('@'))
            .map(|word| {
                let (repo, range) = word.split_once(':').unzip();
                Follower {
                    repo: repo.unwrap_or(word).into(),
                    range: range.map(str::to_owned),
                }
            })
            .collect(),
        accepted_by: values
            .iter()
            .filter_map(|value| Some(value.strip_prefix('!')?.into()))
            .collect(),
        code_branch: place.split_once(" of ").map(|(_, branch)| branch.into()),
        place: place.to_owned(),
    }
}

impl World {
    /// The world that a text describes.
    pub fn read(text: &str) -> World {
        World::default().and(text)
    }

    /// This world with what a text says over it.
    pub fn and(&self, text: &str) -> World {
        let mut world = self.clone();
        let mut file: Option<(String, String)> = None;
        for line in text.lines() {
            if let Some(head) = line.strip_prefix("//- ") {
                world.take(file.take());
                file = Some((head.trim().to_owned(), String::new()));
            } else if let Some(setting) = line.strip_prefix("//! ") {
                world.take(file.take());
                world.settings.push(setting.trim().to_owned());
            } else if let Some((_, body)) = &mut file {
                body.push_str(line);
                body.push('\n');
            }
        }
        world.take(file.take());
        world
    }

    fn take(&mut self, file: Option<(String, String)>) {
        let Some((head, text)) = file else { return };
        // Blank lines part paragraphs; they belong to no file.
        let mut text = match text.trim_end_matches('\n') {
            "" => String::new(),
            text => format!("{text}\n"),
        };
        let (kind, path) = head.split_once(':').unwrap_or(("", &head));
        if let Some(at) = text.find(CURSOR) {
            text.replace_range(at..at + CURSOR.len(), "");
            self.cursor = Some((path.to_owned(), at as u32));
        }
        match kind {
            "" => self.now.insert(path.to_owned(), text),
            "proposal" => self.proposed.insert(path.to_owned(), text),
            "open" => self.open.insert(path.to_owned(), text),
            "unreadable" => {
                self.now.remove(path);
                self.unreadable.insert(path.to_owned(), text)
            }
            "deleted" => self.now.remove(path),
            baseline => {
                let (_, commit) = baseline.split_once('@').unwrap_or(("", ""));
                let (repo, path) = split(path);
                let tree = (repo.to_owned(), commit.to_owned());
                let tree = self.baselines.entry(tree).or_default();
                match path {
                    "" => None,
                    path => tree.insert(path.to_owned(), text),
                }
            }
        };
    }

    /// The text of a file now.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.now.get(path).map(String::as_str)
    }

    /// The files of a root, by their paths in it.
    pub fn files(&self, root: &str) -> impl Iterator<Item = (&str, &str)> {
        self.now.iter().filter_map(move |(path, text)| {
            let (of, path) = split(path);
            (of == root).then_some((path, text.as_str()))
        })
    }

    fn roots(&self) -> Vec<&str> {
        let paths = self.now.keys().chain(self.unreadable.keys());
        let mut roots: Vec<&str> = paths.map(|path| split(path).0).collect();
        roots.dedup();
        roots.sort();
        roots.dedup();
        roots
    }

    fn says(&self, setting: &str, repo: &str) -> impl Iterator<Item = &str> {
        let head = format!("{setting} {repo}");
        self.settings
            .iter()
            .filter_map(move |line| line.strip_prefix(&head).map(str::trim))
    }

    /// What a repository is, apart from its realms.
    pub fn spec(&self, repo: &str, realms: Vec<RealmKey>) -> RepoSpec {
        let mut files: Vec<(Arc<str>, Content)> = Vec::new();
        let mut queries: Vec<(Arc<str>, Content)> = Vec::new();
        for (path, text) in self.files(repo).filter(|(path, _)| *path != CONFIG) {
            if path.starts_with(".blue/queries/") {
                queries.push((path.into(), Content::Text(text.into())));
                continue;
            }
            files.push((path.into(), Content::Text(text.into())));
        }
        for (path, why) in &self.unreadable {
            let (of, path) = split(path);
            if of == repo {
                let why = why.trim();
                let content = match why.starts_with("is larger than") {
                    true => Content::OverLimit(why.into()),
                    false => Content::Unreadable(why.into()),
                };
                files.push((path.into(), content));
            }
        }
        let config = self.text(&format!("/{repo}/{CONFIG}"));
        let usual = format!("repo: {repo}\nrealm:\n  name: letemcook\n  path: ../realm\n");
        let config = parse_config(config.unwrap_or(&usual).as_bytes());
        let mut baselines: BTreeMap<&str, Baseline> = BTreeMap::new();
        if self.says("no-git", repo).next().is_none() {
            baselines.insert("", Baseline::default());
        }
        for ((of, commit), texts) in &self.baselines {
            if of == repo {
                let changed = texts.iter().map(|(path, text)| {
                    let was = (!text.is_empty()).then(|| Content::Text(text.as_str().into()));
                    (path.as_str().into(), was)
                });
                let changed = changed.collect();
                let is_aside = self.says("aside", repo).any(|it| it == commit);
                let stands = match is_aside {
                    true => BaselineStands::Aside,
                    false => BaselineStands::Within,
                };
                baselines.insert(commit, Baseline { changed, stands });
            }
        }
        RepoSpec {
            name: config.config.repo.clone().unwrap_or_else(|| repo.into()),
            files,
            baselines: baselines.into_iter().map(|(c, b)| (c.into(), b)).collect(),
            base: self.says("base", repo).next().map(Into::into),
            realms,
            config: Arc::new(config),
            local: None,
            queries,
            checkout: Checkout {
                remotes: self.says("remote", repo).map(Into::into).collect(),
                branch: self.says("branch", repo).next().map(Into::into),
                stale: self
                    .says("stale", repo)
                    .map(|words| ("letemcook".into(), words.into()))
                    .collect(),
                behind: self
                    .says("behind", repo)
                    .map(|words| ("letemcook".into(), words.into()))
                    .collect(),
            },
            defaults: self.says("default", repo).map(severity).collect(),
            unreachable: self
                .says("unreachable", repo)
                .map(|name| (name.into(), "it is not there".into()))
                .collect(),
        }
    }

    fn realm(&self, root: &str) -> (Arc<Realm>, Arc<Realm>) {
        let files = |texts: &Texts| -> Vec<_> {
            let of_root = texts.iter().filter(|(path, _)| split(path).0 == root);
            of_root
                .map(|(path, text)| parse_file(split(path).1, with_history(text).as_bytes()))
                .collect()
        };
        let record = Realm::from_files(files(&self.now));
        let mut working = Realm::from_files(files(&self.now));
        for file in files(&self.proposed) {
            working = working.with_file(file);
        }
        (Arc::new(record), Arc::new(working))
    }

    /// A host that was given all of it at once.
    pub fn host(&self) -> Hosted {
        let mut host = Host::default();
        let today = self.settings.iter().rev();
        let mut today = today.filter_map(|line| line.strip_prefix("today "));
        host.set_today(today.next().and_then(blue_realm::Date::parse));
        let told = self
            .settings
            .iter()
            .filter_map(|line| line.strip_prefix("told "));
        host.set_pending(told.map(pending).collect());
        let mut hosted = (Vec::new(), Vec::new());
        let (realms, repos): (Vec<&str>, Vec<&str>) = self
            .roots()
            .into_iter()
            .partition(|root| root.starts_with("realm"));
        for root in realms {
            let (record, working) = self.realm(root);
            let name: Arc<str> = record.name().unwrap_or(root).into();
            let key = host.set_realm(None, &name, record, Some(working));
            hosted.0.push((root.to_owned(), name, key));
        }
        let keys: Vec<RealmKey> = hosted.0.iter().map(|(_, _, key)| *key).collect();
        for root in repos {
            let spec = self.spec(root, keys.clone());
            let name = spec.name.clone();
            let key = host.set_repo(None, spec);
            hosted.1.push((root.to_owned(), name, key));
        }
        for (path, text) in &self.open {
            let (root, path) = split(path);
            let (_, _, key) = hosted.1.iter().find(|(of, ..)| of == root).unwrap();
            let content = Some(Content::Text(text.as_str().into()));
            host.set_file(*key, &path.into(), content, true);
        }
        Hosted {
            host,
            realms: hosted.0,
            repos: hosted.1,
        }
    }
}

/// A host, and what is in it by folder and name.
pub struct Hosted {
    /// The host.
    pub host: Host,
    /// Folder, name, key.
    pub realms: Vec<(String, Arc<str>, RealmKey)>,
    /// Folder, name, key.
    pub repos: Vec<(String, Arc<str>, RepoKey)>,
}

impl Hosted {
    /// The repository in a folder.
    pub fn repo(&self, folder: &str) -> RepoKey {
        let mut repos = self.repos.iter();
        repos.find(|(of, _, _)| of == folder).unwrap().2
    }

    /// `PATH:LINE:COLUMN-COLUMN` (or `LINE:COLUMN-LINE:COLUMN` over several lines), counted from 1
    /// in characters, and the text there.
    pub fn place(&self, place: &Place) -> (String, String) {
        let folder = match &place.root {
            Root::Repo(name) => self.repos.iter().find(|(_, of, _)| of == name).unwrap(),
            Root::Realm(name) => {
                let (folder, _, _) = self.realms.iter().find(|(_, of, _)| of == name).unwrap();
                &(folder.clone(), name.clone(), self.repos[0].2)
            }
        };
        let path = format!("/{}/{}", folder.0, place.path);
        let text = self.host.snapshot().text_of(place);
        let text = text.unwrap_or_else(|| panic!("no text for {path}"));
        let at = |offset: u32| {
            let before = &text[..offset as usize];
            let line = before.matches('\n').count() + 1;
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            (line, before[start..].chars().count() + 1)
        };
        let (from, to) = (at(place.span.start), at(place.span.end));
        let range = match from.0 == to.0 {
            true => format!("{}:{}-{}", from.0, from.1, to.1),
            false => format!("{}:{}-{}:{}", from.0, from.1, to.0, to.1),
        };
        let there = &text[place.span.range()];
        (format!("{path}:{range}"), there.to_owned())
    }
}

/// `/aperture/models/paths.py` as `aperture` and `models/paths.py`.
/// A contract's text with the entry of its version, which no case is about, at its end.
fn with_history(text: &str) -> String {
    let version = text.lines().find_map(|line| line.strip_prefix("version: "));
    match version {
        Some(version) if text.contains("\nvalue:") && !text.contains("\nevolution:") => {
            format!("{text}evolution: [{{ version: \"{version}\" }}]\n")
        }
        _ => text.to_owned(),
    }
}

fn split(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    path.split_once('/').unwrap_or((path, ""))
}

/// A code and a severity, as a setting has them.
fn severity(words: &str) -> (Code, Severity) {
    let (code, severity) = words.split_once(' ').expect("a code and a severity");
    let all = [
        Severity::Hint,
        Severity::Info,
        Severity::Warning,
        Severity::Error,
    ];
    let mut all = all.into_iter();
    let severity = all.find(|it| it.to_string() == severity);
    (Code::parse(code).unwrap(), severity.unwrap())
}
