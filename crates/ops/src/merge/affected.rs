//! Whom a change of a contract meets, and who of them is asked for their word.

use blue_analysis::relies_on;
use blue_compat::contract::{Judgement, Overall};
use blue_compat::value::ChangeKind;
use blue_realm::{Approve, ContractFile, Import, Realm};
use semver::Version;

/// An importer of a contract that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// The repo.
    pub repo: String,
    /// The domain of its binding.
    pub domain: String,
    /// The place of the import in its binding, from 0.
    pub index: usize,
    /// The range, as written.
    pub range: Option<String>,
    /// The files that have to follow, in that repo.
    pub files: Vec<String>,
    /// The version that it follows; nothing: none yet, and it blocks nobody.
    pub follows: Option<Version>,
    /// Whether the change breaks it: the version is outside its range, or what it relies on goes.
    pub is_broken: bool,
    /// Which changes it wants to approve.
    pub approve: Approve,
}

impl Affected {
    /// Every importer of a contract, by domain and name.
    #[must_use]
    pub fn of(
        realm: &Realm,
        domain: &str,
        contract: &ContractFile,
        to: &Version,
        judgement: &Judgement,
    ) -> Vec<Affected> {
        let importers = realm.importers_of(domain, &contract.name);
        let affected = importers.iter().map(|importer| {
            let import = importer.import;
            let files = import.binding.iter().map(|(_, path)| path.to_string());
            Affected {
                repo: importer.repo.to_string(),
                domain: importer.domain.to_string(),
                index: import.index,
                range: import.version_text.as_ref().map(ToString::to_string),
                files: files.collect(),
                follows: import.resolved_version.clone(),
                is_broken: breaks(import, to, judgement),
                approve: import.approve,
            }
        });
        affected.collect()
    }

    /// Whether its word is waited for: whoever has followed a version before.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.follows.is_some()
    }

    /// `fungal-image-analysis (>=1.0.0, <2.0.0)`.
    #[must_use]
    pub fn named(&self) -> String {
        match &self.range {
            Some(range) => format!("{} ({range})", self.repo),
            None => self.repo.clone(),
        }
    }
}

fn breaks(import: &Import, to: &Version, judgement: &Judgement) -> bool {
    if import
        .version
        .as_ref()
        .is_some_and(|range| !range.matches(to))
    {
        return true;
    }
    if judgement.verdict == Overall::Compatible {
        return false;
    }
    let gone = judgement.value.changes.iter();
    let mut gone = gone.filter(|change| change.kind != ChangeKind::Added);
    let relies = gone.any(|change| {
        let old = change.old.as_ref();
        old.is_none_or(|old| relies_on(import, &change.pointer, old))
    });
    relies || judgement.schema.is_some()
}
