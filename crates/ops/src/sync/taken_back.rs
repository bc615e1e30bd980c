//! Importers' words on a sync that says something else by now: that a version is followed which does not come, in a range
//! that was widened for it, or that a break is accepted which is none any more. Such a word counts for nothing, and left
//! there it would be merged: then the record says of an importer that it follows what there never was. So it is put back as
//! the branch of record has it, and the importer is asked anew.

use std::sync::Arc;

use blue_git::FileChange;
use blue_realm::{AcceptancesFile, FileKind, Import, Importer, Realm, binding_path};

use super::drafts::State;
use super::plan::Planned;
use super::standing::Asks;
use crate::merge::{OpenSync, as_told};

/// A word that is taken back.
pub(super) struct TakenBack {
    /// The importer's file as the branch of record has it.
    pub(super) file: FileChange,
    /// What is taken back, and what is to be done: a sentence.
    pub(super) why: String,
}

impl State<'_> {
    /// The words about a contract that a sync does not say any more as it did; nothing planned: it says nothing of it.
    pub(super) fn taken_back_words(
        &self,
        (open, asks): (&OpenSync, &Asks),
        (domain, name): (&str, &str),
        planned: Option<&Planned>,
    ) -> Vec<TakenBack> {
        let says = asks.waiting.contract(domain, name);
        let will = planned.and_then(|it| it.proposed.realm.contract(domain, name));
        let is_same = says
            .zip(will)
            .is_some_and(|(says, will)| as_told(says) == as_told(will));
        if is_same {
            return Vec::new();
        }
        let version = says.and_then(|it| it.version.as_ref());
        let version = version.map(ToString::to_string).unwrap_or_default();
        let becomes = match planned {
            None => "does not come".to_owned(),
            Some(it) if it.to.to_string() == version => "says something else now".to_owned(),
            Some(it) => format!("becomes {} now", it.to),
        };
        let mut back = Vec::new();
        for importer in self.record.importers_of(domain, name) {
            let (repo, branch) = (importer.repo, &open.branch);
            if asks.has_followed(&importer, domain) {
                back.push(TakenBack {
                    file: self.of_record(&binding_path(importer.domain, repo)),
                    why: format!(
                        "{repo} said on {branch} that it follows {name} {version}, which {becomes}: that is taken back there, \
                         and is {repo}'s to say anew (`blue ack` in it)"
                    ),
                });
            }
            let prints = planned.map(|it| it.breaks.as_slice()).unwrap_or_default();
            if asks.has_accepted_in_vain(&importer, name, prints) {
                back.push(TakenBack {
                    file: self.of_record(&acceptances_path(&importer)),
                    why: format!(
                        "{repo} accepted on {branch} a break of {name} {version}, which is none any more: that is taken back there"
                    ),
                });
            }
        }
        back
    }
}

fn acceptances_path(importer: &Importer<'_>) -> String {
    let kind = FileKind::Acceptances {
        domain: importer.domain.clone(),
        repo: importer.repo.clone(),
    };
    kind.path()
}

impl Asks {
    /// Whether an importer says on the branch that it follows another version of a contract, or in another range, than it
    /// did where the branch began.
    fn has_followed(&self, importer: &Importer<'_>, domain: &str) -> bool {
        let said = |realm: &Realm| -> Option<Import> {
            let binding = realm.binding(importer.domain, importer.repo)?;
            let mut imports = binding.imports.iter();
            let own = imports.find(|it| {
                it.contract == importer.import.contract
                    && realm.domain_of_import(importer.domain, it) == Some(domain)
            });
            own.cloned()
        };
        let told = |import: Import| (import.resolved_version, import.version_text);
        said(&self.began).map(told) != said(&self.waiting).map(told)
    }

    /// Whether all that an importer has accepted on the branch are breaks of a contract, and none of these.
    fn has_accepted_in_vain(&self, importer: &Importer<'_>, name: &str, breaks: &[String]) -> bool {
        let held = |realm: &Realm| -> Option<Arc<AcceptancesFile>> {
            realm.acceptances(importer.domain, importer.repo).cloned()
        };
        let (was, is) = (held(&self.began), held(&self.waiting));
        let is_known = |print: &str| {
            let mut known = was.iter().flat_map(|it| &it.acceptances);
            known.any(|it| *it.fingerprint == *print)
        };
        let all = is.iter().flat_map(|it| &it.acceptances);
        let mut new = all.filter(|it| !is_known(&it.fingerprint)).peekable();
        new.peek().is_some()
            && new.all(|it| {
                let is_of_it = it.contract.as_deref() == Some(name);
                is_of_it && !breaks.iter().any(|print| **print == *it.fingerprint)
            })
    }
}
