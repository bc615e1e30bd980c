//! Findings that a host makes: what only running something can tell (a contract's own check, a
//! commit's signature). They get their fingerprint and severity here, so that they are like all
//! others.

use std::sync::Arc;

use blue_realm::Level;

use crate::draft::Draft;
use crate::finding::{Code, Finding, Place, Severity};
use crate::findings::level;
use crate::host::{RepoKey, Snapshot};

/// What a host has to tell.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its code.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// One sentence: what, and the consequence.
    pub message: String,
    /// The repository that was checked; nothing for a realm's own checkout.
    pub repo: Option<Arc<str>>,
    /// The realm that it is about.
    pub realm: Arc<str>,
    /// The domain.
    pub domain: Option<Arc<str>>,
    /// The contract.
    pub contract: Option<Arc<str>>,
    /// What tells it from others of the same code and contract: never a place or words.
    pub subject: String,
}

impl Made {
    /// The finding, with the severity of its code.
    #[must_use]
    pub fn finding(self) -> Finding {
        let draft = Draft::new(self.code, self.place)
            .message(self.message)
            .in_realm(&self.realm)
            .of_contract(self.domain, self.contract)
            .subject("", &self.subject);
        match &self.repo {
            Some(repo) => draft.finish(repo),
            None => draft.finish_realm(),
        }
    }
}

impl Snapshot {
    /// The severity that the settings of a repository and of a realm give a code: the repository's,
    /// else the realm's, else the code's own; nothing where it is turned off.
    #[must_use]
    pub fn severity(&self, repo: RepoKey, realm: &str, code: Code) -> Option<Severity> {
        match self.level_in_repo(repo, realm, code) {
            None => Some(code.default_severity()),
            Some(level) => Severity::of_level(level),
        }
    }

    fn level_in_repo(&self, repo: RepoKey, realm: &str, code: Code) -> Option<Level> {
        let db = self.db();
        let repo = self.repo(repo)?;
        let own = level(&repo.config(db).config.findings, code.as_str());
        let realms = repo.realms(db).iter();
        let mut records = realms
            .filter(|it| **it.name(db) == *realm)
            .filter_map(|it| it.record(db).realm_file());
        own.or_else(|| records.find_map(|file| level(&file.findings, code.as_str())))
    }
}
