//! Asks the engine (`blue_workspace`): what has to be read is read here, one job after the other,
//! and told of while it lasts.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use blue_analysis::{Finding, Passed, Place};
use blue_workspace::{Options, Snapshot, Workspace};
use serde::Serialize;

use crate::failure::Error;

/// Between two times that progress is told.
const TICK: Duration = Duration::from_millis(100);

/// What there is to say of a repository, or of a realm's own checkout.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    /// The repository's name; a realm's checkout has none.
    pub(crate) repo: Option<Arc<str>>,
    /// The folder that the paths of its findings are relative to, an absolute path.
    pub(crate) root: PathBuf,
    /// The realms it was held against.
    pub(crate) realms: Vec<Arc<str>>,
    /// In the order of (path, offset, code).
    pub(crate) findings: Vec<Arc<Finding>>,
    /// Contracts about which there is nothing to say.
    pub(crate) passed: Vec<Passed>,
    /// Words for what is empty.
    pub(crate) notes: Vec<String>,
    /// Files that could not be looked into.
    pub(crate) unchecked: u32,
    /// Findings that a comment or a setting silenced.
    pub(crate) silenced: u32,
    /// Fingerprints of what was found at `--base`; nothing without one.
    pub(crate) before: Option<BTreeSet<String>>,
}

/// Whether a finding was there at `--base` already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Age {
    /// The change since then brings it.
    New,
    /// It was there.
    Unchanged,
}

impl Report {
    /// The age of a finding; nothing without `--base`.
    pub(crate) fn age(&self, finding: &Finding) -> Option<Age> {
        let before = self.before.as_ref()?;
        Some(match before.contains(&finding.fingerprint) {
            true => Age::Unchanged,
            false => Age::New,
        })
    }

    /// What counts against the one who asks: all findings, with `--base` the new ones.
    pub(crate) fn counting(&self) -> impl Iterator<Item = &Arc<Finding>> {
        let counts = |finding: &&Arc<Finding>| self.age(finding) != Some(Age::Unchanged);
        self.findings.iter().filter(counts)
    }
}

/// The world that a folder is part of, loaded.
pub(crate) struct Loaded {
    snapshot: Snapshot,
}

/// Loads the repository or realm that `path`, an absolute one, lies in.
///
/// # Errors
/// [`Error::NoConfig`] if it lies in none.
pub(crate) fn load(
    path: &Path,
    options: Options,
    progress: &mut dyn FnMut(&str),
) -> Result<Loaded, Error> {
    let mut workspace = Workspace::new(options);
    let mut loads = workspace.add_folder(path);
    if loads.is_empty() {
        return Err(Error::NoConfig(path.to_owned()));
    }
    while let Some(load) = loads.pop() {
        let doing = format!("reading {} …", path.display());
        let loaded = telling(&doing, progress, || load.run());
        loads.extend(workspace.loaded(loaded));
    }
    let snapshot = workspace.snapshot();
    Ok(Loaded { snapshot })
}

impl Loaded {
    /// The report on what `path` lies in.
    pub(crate) fn report(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Report, Error> {
        // A snapshot can go to another thread, but cannot be shared with one.
        let snapshot = self.snapshot.clone();
        telling("checking …", progress, move || report(&snapshot, path))
    }

    /// The text that a place's span refers to.
    pub(crate) fn text_of(&self, place: &Place) -> Option<Arc<str>> {
        self.snapshot.text_of(place)
    }
}

fn report(snapshot: &Snapshot, path: &Path) -> Result<Report, Error> {
    let Some(report) = snapshot.report(path)? else {
        return realm_report(snapshot, path);
    };
    Ok(Report {
        repo: Some(report.repo),
        root: report.root,
        realms: report.realms,
        findings: report.findings,
        passed: report.passed,
        notes: report.notes,
        unchecked: report.unchecked,
        silenced: report.silenced,
        before: None,
    })
}

/// Of a realm's own checkout: what its files say by themselves.
fn realm_report(snapshot: &Snapshot, path: &Path) -> Result<Report, Error> {
    let files = snapshot.diagnostics()?.into_iter();
    let items = files.flat_map(|file| file.items);
    let findings: Vec<_> = items.map(|shown| shown.finding).collect();
    let mut realms: Vec<_> = findings.iter().filter_map(|it| it.realm.clone()).collect();
    realms.dedup();
    let mut notes = Vec::new();
    if findings.is_empty() {
        notes.push("the realm's files are in order".to_owned());
    }
    let root = snapshot.realm_root(path).unwrap_or_else(|| path.to_owned());
    Ok(Report {
        root,
        realms,
        findings,
        notes,
        ..Report::default()
    })
}

/// Does some work on another thread, and tells of it for as long as it lasts.
pub(crate) fn telling<T: Send>(
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
