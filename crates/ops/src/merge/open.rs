//! Syncs that wait: branches `sync/…` that everybody sees and that the branch of record has not.
//!
//! What they are of is in their commits' trailers, and only a hint: what they change is read from
//! the realm that they hold, and who may change it is judged as for any other change.

use std::collections::BTreeSet;

use blue_git::{CommitId, CommitInfo};

use crate::error::Error;
use crate::place::OpenRealm;

/// What the branches of syncs begin with.
pub const SYNC: &str = "sync/";

/// More branches than this are not looked at.
const MAX_OPEN: usize = 500;

/// Trailers of a sync's commits.
pub(crate) mod trailer {
    pub(crate) const CONTRACT: &str = "Blue-Contract";
    pub(crate) const DOMAIN: &str = "Blue-Domain";
    pub(crate) const REPO: &str = "Blue-Repo";
    pub(crate) const BRANCH: &str = "Blue-Branch";
    pub(crate) const SOURCE: &str = "Blue-Source";
    pub(crate) const ACTOR: &str = "Blue-Actor";
    pub(crate) const BREAKS: &str = "Blue-Breaks";
    pub(crate) const RECORDED: &str = "Blue-Recorded";
    pub(crate) const MERGED: &str = "Blue-Merged";
    pub(crate) const APPROVED: &str = "Blue-Approved-By";
    pub(crate) const ACKNOWLEDGED: &str = "Blue-Acknowledged";
    pub(crate) const FORCED: &str = "Blue-Forced-By";
    /// In place of a commit.
    pub(crate) const UNCOMMITTED: &str = "uncommitted";
}

/// A sync that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSync {
    /// Its branch.
    pub branch: String,
    /// The branch's commit.
    pub tip: CommitId,
    /// The exporter that it is of, as it says.
    pub repo: String,
    /// The branch of the exporter's code.
    pub source_branch: Option<String>,
    /// The commit that the newest values were read from; `uncommitted`.
    pub source: Option<String>,
    /// Domain and contract of each change.
    pub contracts: Vec<(String, String)>,
    /// Fingerprints of the breaks that it is.
    pub breaks: Vec<String>,
    /// Who made it, as it says.
    pub actor: String,
    /// Its commits that the branch of record has not, oldest first.
    pub commits: Vec<CommitInfo>,
}

impl OpenSync {
    fn read(branch: String, tip: CommitId, commits: Vec<CommitInfo>) -> OpenSync {
        let last = |key: &str| {
            let mut newest = commits.iter().rev();
            newest.find_map(|commit| Some(commit.trailers(key).last()?.to_owned()))
        };
        // Importers' words lie on it too; who made the sync is who last wrote a change of the exporter's.
        let mut own = commits.iter().rev().filter(|commit| {
            let mut of_repo = commit.trailers(trailer::REPO);
            of_repo.next().is_some()
        });
        let actor = own.find_map(|commit| Some(commit.trailers(trailer::ACTOR).last()?.to_owned()));
        let mut contracts: Vec<(String, String)> = Vec::new();
        let mut breaks = BTreeSet::new();
        for commit in &commits {
            let domain = commit.trailers(trailer::DOMAIN).last().unwrap_or_default();
            for contract in commit.trailers(trailer::CONTRACT) {
                let name = contract.split('@').next().unwrap_or_default();
                let one = (domain.to_owned(), name.to_owned());
                if !contracts.contains(&one) {
                    contracts.push(one);
                }
            }
            breaks.extend(commit.trailers(trailer::BREAKS).map(str::to_owned));
        }
        OpenSync {
            repo: last(trailer::REPO).unwrap_or_default(),
            source_branch: last(trailer::BRANCH),
            source: last(trailer::SOURCE),
            actor: actor.unwrap_or_default(),
            breaks: breaks.into_iter().collect(),
            contracts,
            branch,
            tip,
            commits,
        }
    }

    /// Whether it changes a contract, as it says.
    #[must_use]
    pub fn is_of(&self, domain: &str, contract: &str) -> bool {
        let mut contracts = self.contracts.iter();
        contracts.any(|(d, c)| d == domain && c == contract)
    }

    /// Whether its newest values come from code that was not committed.
    #[must_use]
    pub fn is_uncommitted(&self) -> bool {
        self.source.as_deref() == Some(trailer::UNCOMMITTED)
    }
}

/// A branch and its commit.
pub type Tip = (String, CommitId);

/// The syncs that wait for the branch of record at `main`, by name, and the branches that it has
/// merged already.
///
/// # Errors
/// [`Error::Git`].
pub fn open_syncs(realm: &OpenRealm, main: CommitId) -> Result<(Vec<OpenSync>, Vec<Tip>), Error> {
    let (mut open, mut merged) = (Vec::new(), Vec::new());
    for (branch, tip) in realm.branches(SYNC)?.into_iter().take(MAX_OPEN) {
        if realm.repository.is_ancestor(tip, main)? {
            merged.push((branch, tip));
            continue;
        }
        let commits = realm.repository.commits_between(Some(main), tip)?;
        open.push(OpenSync::read(branch, tip, commits));
    }
    Ok((open, merged))
}
