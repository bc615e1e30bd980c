//! Asks the engine (`blue_workspace`): what has to be read is read here, one job after the other,
//! and told of while it lasts.

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;

use blue_analysis::{Code, Finding, Passed, Place, Severity};
use blue_ops::status::Seen;
use blue_ops::{read_world, telling};
use blue_workspace::{CoverageReport, Keeper, Options, RealmReport, RealmStates, Snapshot};
use schemars::JsonSchema;
use serde::Serialize;

use crate::checkout::Checkout;
use crate::failure::Error;

/// What there is to say of a repository, or of a realm's own checkout.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    /// The repository's name; a realm's checkout has none.
    pub(crate) repo: Option<Arc<str>>,
    /// Where its files stand for CI.
    pub(crate) checkout: Checkout,
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
    /// What could not be judged, and why: a sentence each.
    pub(crate) could_not: Vec<String>,
    /// Why the sync that is checked out may not be merged yet: a sentence each.
    pub(crate) held_back: Vec<String>,
    /// Fingerprints of what was found at `--base`; nothing without one.
    pub(crate) before: Option<BTreeSet<String>>,
}

/// Whether a finding was there at `--base` already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Age {
    /// The change since then brings it.
    New,
    /// It was there.
    Unchanged,
}

impl Report {
    /// The name of the repo or, in its own checkout, of the realm that was checked.
    pub(crate) fn here(&self) -> Option<&str> {
        let realm = || self.realms.first();
        self.repo.as_ref().or_else(realm).map(|name| &**name)
    }

    /// The age of a finding; nothing without `--base`.
    pub(crate) fn age(&self, finding: &Finding) -> Option<Age> {
        let before = self.before.as_ref()?;
        Some(match before.contains(&finding.fingerprint) {
            true => Age::Unchanged,
            false => Age::New,
        })
    }

    /// Whether a finding counts against the one who asks: not where it was accepted, nor, with
    /// `--base`, where it was there before.
    pub(crate) fn counts(&self, finding: &Finding) -> bool {
        finding.counts() && self.age(finding) != Some(Age::Unchanged)
    }

    /// How many findings were accepted, of those that were not there before.
    pub(crate) fn accepted(&self) -> usize {
        let new = self.findings.iter();
        let new = new.filter(|finding| self.age(finding) != Some(Age::Unchanged));
        new.filter(|finding| finding.accepted.is_some()).count()
    }

    /// How many findings were there at `--base`.
    pub(crate) fn already_there(&self) -> usize {
        let all = self.findings.iter();
        let old = all.filter(|finding| self.age(finding) == Some(Age::Unchanged));
        old.count()
    }

    /// The findings that count.
    pub(crate) fn counting(&self) -> impl Iterator<Item = &Arc<Finding>> {
        self.findings.iter().filter(|finding| self.counts(finding))
    }
}

/// The world that a folder is part of, loaded.
pub(crate) struct Loaded {
    /// Not taken apart: a process that ends gives all of it back at once, and a large realm is a million pieces.
    snapshot: ManuallyDrop<Snapshot>,
    keeper: Keeper,
    /// Whether it is asked what is new.
    since: Since,
}

#[derive(Clone, Copy)]
enum Since {
    Ever,
    Base,
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
    let since = match options.base {
        Some(_) => Since::Base,
        None => Since::Ever,
    };
    let workspace = read_world(path, options, progress);
    let workspace = workspace.ok_or_else(|| Error::NoConfig(path.to_owned()))?;
    let snapshot = ManuallyDrop::new(workspace.snapshot());
    let keeper = workspace.keeper();
    Ok(Loaded {
        snapshot,
        keeper,
        since,
    })
}

impl Loaded {
    /// The report on what `path` lies in.
    pub(crate) fn report(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Report, Error> {
        // A snapshot can go to another thread, but cannot be shared with one.
        let snapshot = Snapshot::clone(&self.snapshot);
        let since = self.since;
        telling("checking …", progress, move || {
            report(&snapshot, path, since)
        })
    }

    /// Keeps what was made of the code for the next run, as far as the options let it.
    pub(crate) fn keep(&self) {
        self.keeper.keep();
    }

    /// Whether files changed while they were looked into, so that all is to be asked again.
    pub(crate) fn was_overtaken(&self) -> bool {
        self.keeper.was_overtaken()
    }

    /// What was seen of the repository at `path`; nothing for a realm's own checkout.
    pub(crate) fn coverage(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Option<CoverageReport>, Error> {
        let snapshot = Snapshot::clone(&self.snapshot);
        telling("looking …", progress, move || Ok(snapshot.coverage(path)?))
    }

    /// What is said of the contracts that the repository at `path` has to do with, as the working
    /// trees of their realms propose them.
    pub(crate) fn contracts_of(&self, path: &Path) -> Result<Vec<RealmReport>, Error> {
        Ok(self.snapshot.contracts_of(path)?)
    }

    /// The severity of a code for the repository at `path`, as its settings and a realm's have it.
    pub(crate) fn severity(&self, path: &Path, realm: &str, code: Code) -> Option<Severity> {
        self.snapshot.severity(path, realm, code)
    }

    /// The states of the realms that `path` has to do with.
    pub(crate) fn realm_states(&self, path: &Path) -> Vec<RealmStates> {
        self.snapshot.realm_states(path)
    }

    /// What there is to say of where `path` stands.
    pub(crate) fn seen(&self, path: &Path) -> Result<Seen, Error> {
        let seen = Seen::of(&self.snapshot, path)?;
        seen.ok_or_else(|| Error::NoConfig(path.to_owned()))
    }

    /// The text that a place's span refers to.
    pub(crate) fn text_of(&self, place: &Place) -> Option<Arc<str>> {
        self.snapshot.text_of(place)
    }
}

fn report(snapshot: &Snapshot, path: &Path, since: Since) -> Result<Report, Error> {
    let Some(report) = snapshot.report(path)? else {
        return realm_report(snapshot, path, since);
    };
    let before = match since {
        Since::Ever => None,
        Since::Base => Some(snapshot.before(path)?),
    };
    Ok(Report {
        repo: Some(report.repo),
        checkout: Checkout::of(&report.root, snapshot.roots()),
        realms: report.realms,
        findings: report.findings,
        passed: report.passed,
        notes: report.notes,
        unchecked: report.unchecked,
        silenced: report.silenced,
        could_not: report.could_not,
        held_back: Vec::new(),
        before,
    })
}

/// Of a realm's own checkout: what its files say by themselves, and as a proposal.
fn realm_report(snapshot: &Snapshot, path: &Path, since: Since) -> Result<Report, Error> {
    let Some(report) = snapshot.realm_report(path)? else {
        return Err(Error::NoConfig(path.to_owned()));
    };
    let found = report.found;
    let before = match since {
        Since::Ever => None,
        Since::Base => Some(snapshot.realm_before(path)?),
    };
    // A branch of its own is a proposal, and one that lacks nothing is no news.
    let behind = report.stands.filter(|stands| !stands.starts_with("is on "));
    let behind = behind.map(|stands| {
        format!(
            "the checkout of {} {stands}: what a check says is said of its files, which are not the record",
            report.realm
        )
    });
    Ok(Report {
        before,
        checkout: Checkout::of(&report.root, snapshot.roots()),
        realms: vec![report.realm],
        findings: found.findings.clone(),
        passed: found.passed.clone(),
        notes: behind.into_iter().chain(found.notes.clone()).collect(),
        unchecked: found.unchecked,
        silenced: found.silenced,
        could_not: found.could_not.clone(),
        ..Report::default()
    })
}
