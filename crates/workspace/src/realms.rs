//! A realm as it stands on disk and in git: what its record says, what its working tree proposes, and what waits.
//!
//! The files themselves are read in `realm_files.rs`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use blue_analysis::PendingChange;
use blue_git::{Behind, CommitId, Record, Repository, Why};
use blue_realm::Realm;

use crate::known_files::KnownFiles;
use crate::load::{Stop, folder_in, git_dirs, under};
use crate::proposal::{self, Against, Asked, LoadedProposal};
use crate::realm_files::{Checkout, Commits, Others, checkout};
use crate::shown::RealmStates;
use crate::waiting::waiting;

/// A realm as it stands on disk and in git.
#[derive(Debug, Clone)]
pub(crate) struct LoadedRealm {
    pub(crate) name: Arc<str>,
    pub(crate) root: PathBuf,
    /// The branch or tag whose commit is the record, where a config names one.
    pub(crate) follow: Option<Arc<str>>,
    pub(crate) git_dirs: Vec<PathBuf>,
    pub(crate) record: Arc<Realm>,
    /// The commit that the record is; nothing where it is the working tree.
    pub(crate) record_commit: Option<CommitId>,
    pub(crate) working: Arc<Realm>,
    /// What the working tree is held against.
    pub(crate) proposal: Arc<LoadedProposal>,
    /// How its checkout stands to the record, in words, where it is not at it.
    pub(crate) behind: Option<Arc<str>>,
    /// What the syncs that wait in it would make of its contracts.
    pub(crate) waiting: Vec<PendingChange>,
}

/// With what a realm is read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'l> {
    /// What its working tree is held against.
    pub(crate) against: &'l Against<'l>,
    pub(crate) stop: &'l Stop,
    pub(crate) known: &'l KnownFiles,
}

/// A realm as a commit says it, and nothing proposed.
pub(crate) fn at_commit(
    realm: LoadedRealm,
    commit: CommitId,
    known: &KnownFiles,
) -> Result<LoadedRealm, String> {
    let read = || -> Result<Option<Realm>, blue_git::Error> {
        let Some(repository) = blue_git::discover(&realm.root)? else {
            return Ok(None);
        };
        let under = folder_in(&repository, &realm.root).unwrap_or_default();
        Commits::new(&repository, &under, known).realm(commit, &realm.record)
    };
    let found = read().map_err(|error| error.to_string())?;
    let found = found.ok_or_else(|| format!("{} holds no realm", commit.short()))?;
    let found = Arc::new(found.sharing(&realm.record));
    Ok(LoadedRealm {
        record: found.clone(),
        record_commit: Some(commit),
        working: found,
        proposal: Arc::default(),
        behind: None,
        waiting: Vec::new(),
        ..realm
    })
}

/// The states of a realm that Blue keeps a clone of, by the clone's folder: it has no working tree, so
/// that what is proposed is what is said officially. Blocking.
///
/// # Errors
/// Why it cannot be read, in a sentence.
pub fn kept_realm(root: &Path) -> Result<RealmStates, String> {
    let reading = Reading {
        against: &Against::default(),
        stop: &Stop::default(),
        known: &KnownFiles::default(),
    };
    let loaded = load_realm(root, None, None, reading)?;
    Ok(RealmStates {
        realm: loaded.name,
        root: loaded.root,
        follow: loaded.follow,
        record: loaded.record,
        record_commit: loaded.record_commit,
        base: None,
        base_commit: None,
        working: loaded.working,
        unjudged: Vec::new(),
    })
}

/// Reads a repository without a working tree, of which the record is all there is.
fn load_bare(
    repository: &Repository,
    root: &Path,
    name: Option<&Arc<str>>,
    (follow, known): (Option<&str>, &KnownFiles),
) -> Result<LoadedRealm, String> {
    let read = || -> Result<Option<(CommitId, Realm)>, blue_git::Error> {
        let record = repository.record_commit(follow)?;
        let Some(record) = record else {
            return Ok(None);
        };
        let commits = Commits::new(repository, "", known);
        let realm = commits.realm(record.commit, &Realm::default())?;
        Ok(realm.map(|realm| (record.commit, realm)))
    };
    let realm = read().map_err(|error| error.to_string())?;
    let realm = realm.ok_or_else(|| format!("{} holds no realm.yaml", root.display()))?;
    let (commit, realm) = realm;
    let realm = Arc::new(realm);
    let said = || realm.name().map(Into::into);
    let name = name.cloned().or_else(said);
    let name: Arc<str> = name.unwrap_or_else(|| "realm".into());
    Ok(LoadedRealm {
        waiting: waiting(repository, "", (commit, &realm), &name),
        name,
        root: root.to_owned(),
        follow: follow.map(Into::into),
        git_dirs: vec![root.to_owned()],
        record: realm.clone(),
        record_commit: Some(commit),
        working: realm,
        proposal: Arc::default(),
        behind: None,
    })
}

/// Reads a realm's checkout: what its record says, and its working tree.
pub(crate) fn load_realm(
    root: &Path,
    name: Option<&Arc<str>>,
    follow: Option<&str>,
    reading: Reading<'_>,
) -> Result<LoadedRealm, String> {
    if !root.is_dir() {
        return Err(format!(
            "{} does not exist: clone the realm there, or say in .blue/config.yaml where it is",
            root.display()
        ));
    }
    let repository = blue_git::discover(root);
    if let Ok(Some(repository)) = &repository
        && repository.workdir().is_none()
        && !root.join("realm.yaml").is_file()
    {
        return load_bare(repository, root, name, (follow, reading.known));
    }
    let Checkout { files, others } = checkout(root, reading.stop, reading.known);
    if files.is_empty() {
        return Err(format!("{} holds no realm.yaml", root.display()));
    }
    let mut working = Arc::new(Realm::from_shared(files));
    let name = match (name, working.name()) {
        (Some(name), _) => name.clone(),
        (None, Some(name)) => name.into(),
        (None, None) => "realm".into(),
    };
    let git = match repository {
        Ok(Some(repository)) => {
            let on_disk = OnDisk {
                root,
                working: &working,
                others: &others,
            };
            from_git(&repository, on_disk, &name, (follow, reading)).map(Some)
        }
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    let git = git.map_err(|error| error.to_string())?;
    let record_commit = git.as_ref().and_then(|git| git.record_commit);
    let (record, proposal, behind, waiting) = match git {
        Some(git) => {
            // What the checkout has as the record has it is kept once, and is seen to be the same.
            let record = git.record.unwrap_or_else(|| working.clone());
            working = match working.is(&record) {
                true => record.clone(),
                false => Arc::new(working.sharing(&record)),
            };
            let mut proposal = git.proposal;
            if let Some(base) = &mut proposal.proposal.base
                && !Arc::ptr_eq(base, &record)
            {
                *base = Arc::new(base.sharing(&working));
            }
            (record, proposal, git.behind, git.waiting)
        }
        None => (working.clone(), LoadedProposal::default(), None, Vec::new()),
    };
    Ok(LoadedRealm {
        name,
        waiting,
        root: root.to_owned(),
        follow: follow.map(Into::into),
        git_dirs: git_dirs(root),
        record,
        record_commit,
        working,
        proposal: Arc::new(proposal),
        behind,
    })
}

/// A realm's checkout.
#[derive(Clone, Copy)]
struct OnDisk<'l> {
    root: &'l Path,
    working: &'l Arc<Realm>,
    others: &'l Others,
}

/// What a checkout's git says of it.
struct FromGit {
    record: Option<Arc<Realm>>,
    record_commit: Option<CommitId>,
    proposal: LoadedProposal,
    behind: Option<Arc<str>>,
    waiting: Vec<PendingChange>,
}

/// Reads the record of a realm's checkout, and what its working tree is a proposal to.
fn from_git(
    repository: &Repository,
    on_disk: OnDisk<'_>,
    name: &Arc<str>,
    (follow, reading): (Option<&str>, Reading<'_>),
) -> Result<FromGit, blue_git::Error> {
    let found = repository.record_commit(follow)?;
    let behind = match &found {
        Some(found) => {
            let behind = repository.behind(found)?;
            // A tag is pinned, and nobody works on it: later commits are no news.
            let is_pinned = matches!(found.why, Why::Tag { .. });
            let behind = behind.filter(|behind| behind.commits > 0 || !is_pinned);
            behind.map(|behind| stands(&behind, found))
        }
        None => None,
    };
    let OnDisk {
        root,
        working,
        others,
    } = on_disk;
    let commit = found.map(|found| found.commit);
    let under = under(repository, root);
    let commits = under
        .as_ref()
        .map(|under| Commits::new(repository, under, reading.known));
    let record = match (commit, &commits) {
        // A checkout inside another repository that does not hold the realm: its working tree counts.
        (Some(commit), Some(commits)) => {
            let same = |realm: Realm| match realm.is(working) {
                true => working.clone(),
                false => Arc::new(realm),
            };
            commits.realm(commit, working)?.map(same)
        }
        _ => None,
    };
    let proposal = proposal::load(&Asked {
        repository,
        root,
        commits: commits.as_ref(),
        follow,
        against: reading.against,
        record: commit.zip(record.as_ref()),
        working,
        others,
    });
    let behind = behind.filter(|_| record.is_some());
    let waiting = match (commit, &under, &record) {
        (Some(commit), Some(under), Some(record)) => {
            waiting(repository, under, (commit, record), name)
        }
        _ => Vec::new(),
    };
    Ok(FromGit {
        waiting,
        record_commit: commit.filter(|_| record.is_some()),
        record,
        proposal,
        behind,
    })
}

/// How a checkout stands to the record, in words.
fn stands(behind: &Behind, record: &Record) -> Arc<str> {
    let followed = match &record.why {
        Why::RemoteTracking { name } | Why::LocalBranch { name } | Why::Tag { name } => name,
        Why::Head => "HEAD",
    };
    let lacks = match behind.commits {
        0 => None,
        1 => Some(format!("1 commit behind {followed}")),
        commits => Some(format!("{commits} commits behind {followed}")),
    };
    let elsewhere = match (&behind.branch, behind.is_elsewhere) {
        (Some(branch), _) => Some(format!("on {branch}")),
        (None, true) => Some("on no branch".to_owned()),
        (None, false) => None,
    };
    match (elsewhere, lacks) {
        (Some(on), Some(lacks)) => format!("is {on}, {lacks}").into(),
        (Some(on), None) => format!("is {on}, not on {followed}").into(),
        (None, lacks) => format!("is {}", lacks.unwrap_or_default()).into(),
    }
}
