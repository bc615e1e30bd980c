//! Who imports a contract that changes, each judged from the version that it follows.
//!
//! It exists because compatibility is not transitive: a property may go, and come back with another
//! type, and each step is compatible (compatibility.md, "Verdicts carry evidence"). Whoever skipped a
//! version meets both steps at once.

use blue_compat::bump::Bump;
use blue_compat::contract::{Judgement, Overall};
use blue_realm::{Importer, Realm};
use semver::Version;

use super::affected::{Affected, Change, Seen, affected, takes};
use super::judged::judged;
use super::states::{State, Subject};

/// A version that importers still follow, seen from which the change asks for more than from the one
/// that is compared from.
pub(super) struct Behind {
    pub(super) version: Version,
    /// Who follows it, by name.
    pub(super) repos: Vec<String>,
    pub(super) judgement: Judgement,
    /// The smallest version that is right for them.
    pub(super) smallest: Version,
}

impl Behind {
    /// How far the version has to move, seen from here.
    pub(super) fn bump(&self) -> Bump {
        self.judgement.required_bump(&self.version)
    }
}

/// Everyone, and the versions that they follow.
pub(super) struct Everyone {
    pub(super) affected: Vec<Affected>,
    pub(super) behind: Vec<Behind>,
}

/// Every importer of the subject in `realm`, by name, with how it stands to the change. A version that
/// the new state does not say itself is made large enough for all whose range takes it in.
pub(super) fn everyone(
    subject: &Subject<'_>,
    realm: &Realm,
    (old, new): (&State, &mut State),
    judgement: &Judgement,
    unread: &mut Vec<String>,
) -> Everyone {
    let mut importers: Vec<Importer<'_>> = Vec::new();
    for name in subject.names {
        importers.extend(realm.importers_of(subject.domain, name));
    }
    importers.sort_by_key(|importer| (importer.repo, importer.domain));
    let mut seen_from = followed(subject, &importers, (old, &*new), unread);
    if !new.says_version {
        let larger = seen_from
            .iter()
            .filter(|behind| behind.judgement.verdict != Overall::Compatible);
        let larger = larger.map(|behind| &behind.smallest).max();
        if larger > new.version.as_ref() {
            new.version = larger.cloned();
        }
    }
    let change = Change {
        realm,
        realm_name: &subject.realm.realm,
        domain: subject.domain,
        names: subject.names,
        to: new.version.as_ref(),
        value: new.contract.value.as_ref(),
    };
    let stands = importers.iter().map(|importer| {
        let follows = importer.import.resolved_version.as_ref();
        let behind = seen_from.iter().find(|it| Some(&it.version) == follows);
        let seen = match behind {
            Some(behind) => Seen {
                from: Some(&behind.version),
                judgement: &behind.judgement,
                is_behind: true,
            },
            None => Seen {
                from: old.version.as_ref(),
                judgement,
                is_behind: false,
            },
        };
        affected(importer, &change, &seen)
    });
    let affected = stands.collect();
    // What is not asked of the new version, or not more than is anyway, needs no words.
    seen_from.retain(|behind| {
        let lets_in = importers.iter().any(|importer| {
            let follows = importer.import.resolved_version.as_ref();
            follows == Some(&behind.version) && takes(importer.import, new.version.as_ref())
        });
        let is_worse = behind.judgement.verdict > judgement.verdict;
        let is_older = new.version.as_ref().is_none_or(|to| behind.version < *to);
        lets_in && is_worse && is_older
    });
    Everyone {
        affected,
        behind: seen_from,
    }
}

/// The versions that importers follow and that are not the one compared from, each judged.
fn followed(
    subject: &Subject<'_>,
    importers: &[Importer<'_>],
    (old, new): (&State, &State),
    unread: &mut Vec<String>,
) -> Vec<Behind> {
    let mut all: Vec<Behind> = Vec::new();
    let mut missing: Vec<&Version> = Vec::new();
    for importer in importers {
        let Some(follows) = &importer.import.resolved_version else {
            continue;
        };
        if Some(follows) == old.version.as_ref() || missing.contains(&follows) {
            continue;
        }
        if let Some(known) = all.iter_mut().find(|behind| behind.version == *follows) {
            known.repos.push(importer.repo.to_string());
            continue;
        }
        match subject.version(follows) {
            Ok(state) => {
                let judgement = judged(&state.contract, &new.contract, subject.matching());
                all.push(Behind {
                    smallest: judgement.smallest_version(follows),
                    version: follows.clone(),
                    repos: vec![importer.repo.to_string()],
                    judgement,
                });
            }
            Err(why) => {
                unread.push(format!(
                    "{} follows {follows}, which it is not judged from: {why}",
                    importer.repo
                ));
                missing.push(follows);
            }
        }
    }
    all
}
