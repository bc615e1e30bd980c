//! What a repository's code says, read from disk for a verb: how it differs from what it exports, how it
//! stands to what it imports, and which commit it is. What nobody has saved is not in it.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use blue_analysis::{Code as FindingCode, Drift};
use blue_detect::Dialect;
use blue_git::CommitId;
use blue_workspace::{Following, Keeper, Options, SaidValue, ShownValue, Snapshot, Workspace};

use crate::error::Error;
use crate::here::Here;
use crate::sync::Source;

/// Between two times that progress is told.
const TICK: Duration = Duration::from_millis(100);

/// Reads the world that `path`, an absolute one, is part of, all of it; nothing where it is in no
/// repository and in no realm.
pub fn read_world(
    path: &Path,
    options: Options,
    progress: &mut dyn FnMut(&str),
) -> Option<Workspace> {
    let mut workspace = Workspace::new(options);
    let mut loads = workspace.add_folder(path);
    if loads.is_empty() {
        return None;
    }
    while let Some(load) = loads.pop() {
        let doing = format!("reading {} …", path.display());
        let loaded = telling(&doing, progress, || load.run());
        loads.extend(workspace.loaded(loaded));
    }
    Some(workspace)
}

/// Does some work on another thread, and tells of it for as long as it lasts.
pub fn telling<T: Send>(
    doing: &str,
    progress: &mut dyn FnMut(&str),
    work: impl FnOnce() -> T + Send,
) -> T {
    let (sender, ended) = channel::<()>();
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            // Dropped when the work ends, also by a panic.
            let _sender = sender;
            work()
        });
        while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            progress(doing);
        }
        worker.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// An exporter's code.
#[derive(Debug, Clone)]
pub struct ExportedCode {
    /// How it differs from the contracts of its realms.
    pub drifts: Vec<Drift>,
    /// The values of the contracts that it has.
    pub shown: Vec<ShownValue>,
    /// What its constants make of the contracts that are read from them.
    pub said: Vec<SaidValue>,
    /// What no contract gets.
    pub untaken: Vec<Untaken>,
    /// Which code it is.
    pub source: Source,
}

/// A value that several contracts of a realm could take, so that none gets it.
#[derive(Debug, Clone)]
pub struct Untaken {
    /// The realm's name.
    pub realm: String,
    /// What it is, where, and what tells the contracts apart: a sentence.
    pub why: String,
}

impl ExportedCode {
    /// Reads it, held against a realm at a commit; nothing: as it is on record.
    ///
    /// # Errors
    /// [`Error::Use`] for a checkout that is another repository than the realm knows by that name.
    pub fn read(
        here: &Here,
        at: Option<(&str, CommitId)>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<ExportedCode, Error> {
        let at = at.map(|(realm, commit)| (realm.into(), commit));
        let (snapshot, keeper) = read(here, at.into_iter().collect(), progress)?;
        // A snapshot can go to another thread, but cannot be shared with one.
        let of_it = snapshot.clone();
        let report = telling("checking …", progress, move || of_it.report(&here.root));
        let report = report.map_err(|_| Error::Stopped)?;
        let mut findings = report.iter().flat_map(|report| &report.findings);
        if let Some(other) = findings.find(|it| it.code == FindingCode::RepoMismatch) {
            return Err(Error::Use {
                message: other.message.clone(),
                hint:
                    "a sync speaks for the repository that the realm knows; a fork joins under a \
                       name of its own"
                        .to_owned(),
            });
        }
        let all = report.iter().flat_map(|report| &report.findings);
        let ambiguous = all.filter(|it| it.code == FindingCode::ExportAmbiguous && it.counts());
        let untaken = ambiguous.map(|it| Untaken {
            realm: it.realm.as_deref().unwrap_or_default().to_owned(),
            why: format!("{}: {}", it.place.path, it.message),
        });
        let code = ExportedCode {
            untaken: untaken.collect(),
            drifts: snapshot.drifts(&here.root).map_err(|_| Error::Stopped)?,
            shown: snapshot
                .shown_values(&here.root)
                .map_err(|_| Error::Stopped)?,
            said: snapshot
                .said_values(&here.root)
                .map_err(|_| Error::Stopped)?,
            source: source(&here.root)?,
        };
        keeper.keep();
        Ok(code)
    }
}

/// How an importer's code stands to what a realm says at a commit; nothing: of record.
///
/// # Errors
/// [`Error::Use`] where there is no such repository any more.
pub fn followings_at(
    here: &Here,
    realm: &str,
    commit: Option<CommitId>,
) -> Result<Vec<Following>, Error> {
    let at = commit.map(|at| (realm.into(), at)).into_iter().collect();
    let (snapshot, keeper) = read(here, at, &mut |_| ())?;
    let followings = snapshot.followings(&here.root);
    let followings = followings.map_err(|_| Error::Stopped)?;
    keeper.keep();
    Ok(followings)
}

/// The world of a repository, and what keeps what was made of it for the next run. All of its texts are read: what is
/// written to a realm rests on their bytes, and not on what a file's times say of them.
fn read(
    here: &Here,
    realms_at: Vec<(std::sync::Arc<str>, CommitId)>,
    progress: &mut dyn FnMut(&str),
) -> Result<(Snapshot, Keeper), Error> {
    let options = Options {
        realm_path: here.realm_path.clone(),
        realms_at,
        caching: here.caching,
        ..Options::default()
    };
    let workspace = read_world(&here.root, options, progress);
    let read = workspace.map(|workspace| (workspace.snapshot(), workspace.keeper()));
    read.ok_or_else(|| Error::Use {
        message: format!(
            "no .blue/config.yaml in {} or above it: this code takes part in no realm",
            here.root.display()
        ),
        hint: "`blue realm admin join REALM` has a repository take part".to_owned(),
    })
}

/// Which commit the code in a repository is, if it is one.
///
/// # Errors
/// [`Error::Git`].
pub fn source(root: &Path) -> Result<Source, Error> {
    let Some(repository) = blue_git::discover(root)? else {
        return Ok(Source::default());
    };
    let branch = repository.head_branch()?;
    let Some(head) = repository.head_record()? else {
        return Ok(Source {
            commit: None,
            branch,
            is_committed: false,
        });
    };
    let under = blue_workspace::folder_in(&repository, root).unwrap_or_default();
    let changed = repository.changed_since(head.commit, &under)?;
    let is_source = |path: &String| Dialect::of_path(path).is_some();
    Ok(Source {
        commit: Some(head.commit.to_string()),
        branch,
        is_committed: !changed.iter().any(is_source),
    })
}

/// Whether a commit is part of what is checked out.
pub(crate) fn is_past(root: &Path, commit: &str) -> Result<bool, Error> {
    let (Some(repository), Ok(commit)) = (blue_git::discover(root)?, commit.parse()) else {
        return Ok(false);
    };
    let Some(head) = repository.head_record()? else {
        return Ok(false);
    };
    Ok(repository.commit_exists(commit)? && repository.is_ancestor(commit, head.commit)?)
}
