//! Where the repos of a domain stand on this machine.
//!
//! A realm is written by others: what it says of a path is only where one looks. A folder is a repo when the folder
//! itself says so, by `.blue/config.yaml` or by where git fetches it from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use blue_git::{discover, without_credentials};
use blue_realm::config::{merge, parse_config, parse_local_config};
use blue_realm::{Realm, RepoFile};

/// More folders beside a known one are not looked at.
const NEIGHBOURS: usize = 1_000;

/// A realm, and what of this machine is known beside it.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// As it is on record.
    pub realm: &'a Realm,
    /// Its name.
    pub name: &'a str,
    /// The folder of its checkout, where it has one.
    pub checkout: Option<&'a Path>,
    /// The repository that one stands in: its name and its root.
    pub here: Option<(&'a str, &'a Path)>,
}

/// Why a repo is not among those that stand on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absent {
    /// Nothing says where it could be, and it is not beside those that are known.
    Unknown,
    /// The realm's path leads to nothing.
    NotThere(PathBuf),
    /// The folder does not say that it is that repo.
    Another(PathBuf),
    /// It lies in no git repository with a checkout.
    WithoutGit(PathBuf),
}

impl fmt::Display for Absent {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Absent::Unknown => to.write_str("no checkout of it is known on this machine"),
            Absent::NotThere(path) => write!(to, "{} is not there", path.display()),
            Absent::Another(path) => write!(
                to,
                "{} does not say in .blue/config.yaml that it is this repo",
                path.display()
            ),
            Absent::WithoutGit(path) => {
                write!(to, "{} is no git checkout", path.display())
            }
        }
    }
}

/// A repo that stands on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Local {
    pub(super) repo: String,
    /// The main checkout of its git repository.
    pub(super) checkout: PathBuf,
    /// Its folder there; empty: all of it.
    pub(super) folder: PathBuf,
}

/// Where these repos stand, in their order.
pub(super) fn find(around: &Around<'_>, repos: &[String]) -> (Vec<Local>, Vec<(String, Absent)>) {
    let (mut found, mut absent) = (Vec::new(), Vec::new());
    let beside = neighbours(around);
    for repo in repos {
        let looked = match around.here {
            Some((name, root)) if name == repo => local(repo, root),
            _ => look(around, repo, &beside),
        };
        match looked {
            Ok(local) => found.push(local),
            Err(why) => absent.push((repo.clone(), why)),
        }
    }
    (found, absent)
}

fn look(
    around: &Around<'_>,
    repo: &str,
    beside: &BTreeMap<String, PathBuf>,
) -> Result<Local, Absent> {
    let file = around.realm.repo(repo);
    let said = file.and_then(|file| said_path(around, file));
    let why = match (said, file) {
        (Some(path), _) if !path.is_dir() => Absent::NotThere(path),
        (Some(path), Some(file)) if is_repo(around, repo, file, &path) => {
            return local(repo, &path);
        }
        (Some(path), _) => Absent::Another(path),
        (None, _) => Absent::Unknown,
    };
    match beside.get(repo) {
        Some(path) => local(repo, path),
        None => Err(why),
    }
}

/// Where the realm says that a repo is, for those who have its checkout.
fn said_path(around: &Around<'_>, file: &RepoFile) -> Option<PathBuf> {
    let path = around.checkout?.join(&**file.path.as_ref()?);
    Some(match &file.subdir {
        Some(subdir) => path.join(&**subdir),
        None => path,
    })
}

fn local(repo: &str, root: &Path) -> Result<Local, Absent> {
    let without = || Absent::WithoutGit(root.to_owned());
    let repository = discover(root).ok().flatten().ok_or_else(without)?;
    let folder = blue_workspace::folder_in(&repository, root).ok_or_else(without)?;
    let checkout = repository.main_checkout().ok().flatten();
    Ok(Local {
        repo: repo.to_owned(),
        checkout: checkout.ok_or_else(without)?,
        folder: PathBuf::from(folder),
    })
}

/// Whether a folder says itself that it is a repo of this realm.
fn is_repo(around: &Around<'_>, repo: &str, file: &RepoFile, root: &Path) -> bool {
    match config_says(root, around.name) {
        Some(says) => says == repo,
        None => {
            let plain = |url: &str| {
                let url = without_credentials(url);
                let url = url.trim_end_matches('/');
                url.strip_suffix(".git").unwrap_or(url).to_owned()
            };
            let remotes = discover(root).ok().flatten().map(|it| it.remotes());
            let remotes = remotes.and_then(Result::ok).unwrap_or_default();
            let url = file.url.as_deref().map(plain);
            url.is_some_and(|url| remotes.iter().any(|it| plain(&it.url) == url))
        }
    }
}

/// Which repo of a realm a folder says it is.
fn config_says(root: &Path, realm: &str) -> Option<String> {
    let bytes = std::fs::read(root.join(blue_analysis::CONFIG)).ok()?;
    let mut config = parse_config(&bytes).config;
    if let Some(bytes) = blue_workspace::local_config(root) {
        config = merge(&config, &parse_local_config(&bytes).config);
    }
    let mut names = config.realms.iter().filter_map(|it| it.name.as_deref());
    names.find(|name| *name == realm)?;
    let name = config.repo.map(|name| name.to_string());
    name.or_else(|| blue_workspace::folder_name(root))
}

/// The repos of the realm that lie beside its checkout and beside the one that one stands in, by name; of several
/// checkouts of one, the first by its path.
fn neighbours(around: &Around<'_>) -> BTreeMap<String, PathBuf> {
    let mut folders = Vec::new();
    let here = around.here.and_then(|(repo, root)| local(repo, root).ok());
    for known in [here.as_ref().map(|it| &*it.checkout), around.checkout] {
        let around = known.and_then(Path::parent);
        let Some(Ok(inside)) = around.map(std::fs::read_dir) else {
            continue;
        };
        let inside = inside.flatten().take(NEIGHBOURS);
        folders.extend(inside.map(|entry| entry.path()).filter(|it| it.is_dir()));
    }
    folders.sort();
    folders.dedup();
    let mut found = BTreeMap::new();
    for folder in folders {
        if let Some(repo) = config_says(&folder, around.name) {
            found.entry(repo).or_insert(folder);
        }
    }
    found
}
