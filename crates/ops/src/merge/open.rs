//! Syncs that wait: branches `sync/…` that everybody sees and that the branch of record has not.
//!
//! Whoever may push a branch may push any: what one is of is read from the files that it changes and
//! from the branch of record, never from its name or from what its commits say of themselves.

use std::collections::BTreeMap;

use blue_git::{Change, CommitId, CommitInfo};
use blue_realm::{FileKind, classify, contract_path, parse_file};

use super::kept::{keeps_a_word, puts_back};
use crate::error::Error;
use crate::place::OpenRealm;

/// What the branches of syncs begin with.
pub const SYNC: &str = "sync/";

/// More branches than this are not looked at.
const MAX_OPEN: usize = 500;

/// Nor a branch with more commits: a sync has one a contract, and its importers' words.
pub(crate) const MAX_COMMITS: usize = 500;

/// Trailers of a sync's commits.
pub(crate) mod trailer {
    pub(crate) const CONTRACT: &str = "Blue-Contract";
    pub(crate) const DOMAIN: &str = "Blue-Domain";
    pub(crate) const REPO: &str = "Blue-Repo";
    pub(crate) const BRANCH: &str = "Blue-Branch";
    pub(crate) const SOURCE: &str = "Blue-Source";
    pub(crate) const ACTOR: &str = "Blue-Actor";
    pub(crate) const RECORDED: &str = "Blue-Recorded";
    pub(crate) const FIRST: &str = "Blue-First";
    pub(crate) const MERGED: &str = "Blue-Merged";
    pub(crate) const APPROVED: &str = "Blue-Approved-By";
    pub(crate) const ACKNOWLEDGED: &str = "Blue-Acknowledged";
    pub(crate) const FORCED: &str = "Blue-Forced-By";
    /// What only the branch of record says, of branches that it judged.
    pub(crate) const OF_RECORD: [&str; 5] = [RECORDED, FIRST, MERGED, APPROVED, FORCED];
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
    /// The exporter that it is of: the owner, on the branch of record, of what it changes. Empty where
    /// nobody owns that.
    pub repo: String,
    /// The branch of the exporter's code, as it says.
    pub source_branch: Option<String>,
    /// The commits that its values were read from, as it says; `uncommitted` for code that was none. Several where two
    /// clones wrote to it of which neither has what the other one has.
    pub sources: Vec<String>,
    /// Domain and contract of each contract whose file its commits change.
    pub contracts: Vec<(String, String)>,
    /// The e-mail of who last changed one of these files, as the commit says.
    pub actor: String,
    /// That commit.
    pub told_by: Option<CommitId>,
    /// Its commits that the branch of record has not, oldest first.
    pub commits: Vec<CommitInfo>,
    /// What each of them changed.
    pub changes: Vec<Change>,
    /// Why it is not looked at any further, as a sentence's end.
    pub trouble: Option<String>,
}

impl OpenSync {
    /// Reads a branch. What cannot be read is a trouble of the branch and of nothing else: whoever may
    /// push one must not stop the syncs of all others by it.
    fn read(realm: &OpenRealm, main: CommitId, branch: String, tip: CommitId) -> OpenSync {
        let mut open = OpenSync {
            branch,
            tip,
            repo: String::new(),
            source_branch: None,
            sources: Vec::new(),
            contracts: Vec::new(),
            actor: String::new(),
            told_by: None,
            commits: Vec::new(),
            changes: Vec::new(),
            trouble: None,
        };
        let repository = &realm.repository;
        let looked_at = || -> Result<Option<String>, blue_git::Error> {
            if repository.is_further_than(main, tip, MAX_COMMITS)? {
                let why = format!(
                    "it has more than {MAX_COMMITS} commits that {} has not, which are not looked at",
                    realm.main
                );
                return Ok(Some(why));
            }
            Ok(match repository.merge_base(main, tip)? {
                Some(_) => None,
                None => Some(format!("it has no history in common with {}", realm.main)),
            })
        };
        open.trouble = looked_at().unwrap_or_else(|why| Some(why.to_string()));
        if open.trouble.is_some() {
            return open;
        }
        let commits = repository.commits_between(Some(main), tip);
        let changes = repository.changes(main, tip, &realm.under);
        match commits.and_then(|commits| Ok((commits, changes?))) {
            Ok((commits, changes)) => {
                (open.commits, open.changes) = (commits, changes);
                open.leave_kept_words(realm, main);
            }
            Err(why) => open.trouble = Some(why.to_string()),
        }
        open.tell(realm, main);
        open
    }

    /// Leaves out what a merge only kept of importers' words, and what of them was only put back as the branch of record
    /// has it: it is not who did so that says them.
    fn leave_kept_words(&mut self, realm: &OpenRealm, main: CommitId) {
        for change in &mut self.changes {
            let commit = self.commits.iter().find(|it| it.id == change.commit);
            if let Some(commit) = commit {
                let is_kept = |path: &str| -> Result<bool, Error> {
                    Ok(keeps_a_word(realm, (main, commit), path)?
                        || puts_back(realm, (main, commit), path)?)
                };
                // What cannot be read is its maker's.
                change.paths.retain(|path| !is_kept(path).unwrap_or(false));
            }
        }
    }

    /// What it is of: read from the files that it changes and from the branch of record. Of trailers,
    /// those of commits that change a contract alone, and only what decides on nothing.
    fn tell(&mut self, realm: &OpenRealm, main: CommitId) {
        let contracts_in = |change: &Change| -> Vec<(String, String)> {
            let kinds = change.paths.iter().filter_map(|path| classify(path));
            let contracts = kinds.filter_map(|kind| match kind {
                FileKind::Contract { domain, contract } => {
                    Some((domain.to_string(), contract.to_string()))
                }
                _ => None,
            });
            contracts.collect()
        };
        let mut sources: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for change in &self.changes {
            let own = contracts_in(change);
            if own.is_empty() {
                continue;
            }
            self.actor.clone_from(&change.author.email);
            self.told_by = Some(change.commit);
            let commit = self.commits.iter().find(|it| it.id == change.commit);
            let is_merge = commit.is_none_or(|commit| commit.parents.len() > 1);
            if let Some(commit) = commit.filter(|_| !is_merge) {
                self.source_branch = commit.trailers(trailer::BRANCH).last().map(str::to_owned);
                let says: Vec<String> = commit
                    .trailers(trailer::SOURCE)
                    .map(str::to_owned)
                    .collect();
                sources.extend(own.iter().map(|contract| (contract.clone(), says.clone())));
            }
            for contract in own {
                if !self.contracts.contains(&contract) {
                    self.contracts.push(contract);
                }
            }
        }
        for source in sources.into_values().flatten() {
            if !self.sources.contains(&source) {
                self.sources.push(source);
            }
        }
        let owner = |(domain, contract): &(String, String)| -> Option<String> {
            let path = contract_path(domain, contract);
            let full = realm.path_in_repository(&path);
            let bytes = realm.repository.file_at(main, &full).ok()??;
            let file = parse_file(&path, &bytes);
            Some(file.as_contract()?.owner.as_ref()?.to_string())
        };
        self.repo = self.contracts.iter().find_map(owner).unwrap_or_default();
    }

    /// Whether its commits change a contract.
    #[must_use]
    pub fn is_of(&self, domain: &str, contract: &str) -> bool {
        let mut contracts = self.contracts.iter();
        contracts.any(|(d, c)| d == domain && c == contract)
    }

    /// Whether some of its values come from code that was not committed.
    #[must_use]
    pub fn is_uncommitted(&self) -> bool {
        self.sources.iter().any(|it| it == trailer::UNCOMMITTED)
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
    branches_of(realm, main, SYNC)
}

/// The branches whose names begin with `prefix` and that the branch of record at `main` has not, and those that it has.
pub(super) fn branches_of(
    realm: &OpenRealm,
    main: CommitId,
    prefix: &str,
) -> Result<(Vec<OpenSync>, Vec<Tip>), Error> {
    let (mut open, mut merged) = (Vec::new(), Vec::new());
    for (branch, tip) in realm.branches(prefix)?.into_iter().take(MAX_OPEN) {
        if realm.repository.is_ancestor(tip, main)? {
            merged.push((branch, tip));
            continue;
        }
        open.push(OpenSync::read(realm, main, branch, tip));
    }
    Ok((open, merged))
}
